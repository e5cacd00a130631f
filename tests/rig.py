"""A virtual sound card for tests: a private PulseAudio with a null sink, recorded bit for bit."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

RATE = 48000
N_JACK_SERVERS = 6  # names that tests use


class VirtualSoundCard:
    """What PortAudio finds as its default device in a process that runs with `env`.

    `env` holds only the variables that differ: give a child `os.environ | card.env`.
    """

    def __init__(self, folder: Path, n_channels: int = 2) -> None:
        """n_channels: 2, or 4."""
        self.n_channels = n_channels
        # Said to all, or PulseAudio mixes one guess into another.
        self._channel_map = ",".join(["front-left", "front-right", "rear-left", "rear-right"][:n_channels])
        self._sink = (
            "module-null-sink",
            "sink_name=ladmg",
            f"rate={RATE}",
            f"channels={n_channels}",
            f"channel_map={self._channel_map}",
            "format=float32le",
            "norewinds=1",
        )
        run, home = folder / "run", folder / "home"
        for path in (run, home):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
        self.env = {
            "XDG_RUNTIME_DIR": str(run),
            "HOME": str(home),
            "PULSE_RUNTIME_PATH": str(run / "pulse"),
            "XDG_CONFIG_HOME": str(home / ".config"),
        }
        self._server: subprocess.Popen[bytes] | None = None
        self._log = folder / "pulseaudio.log"
        self.plug()

    def plug(self) -> None:
        """Start the server and wait until it answers. Again after `unplug`, as a performer would."""
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1"]
        command += ["-L", "module-native-protocol-unix", "-L", " ".join(self._sink)]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(command, env=os.environ | self.env, stdout=log, stderr=log)
        for _ in range(200):
            if self._server.poll() is not None:
                break
            answer = subprocess.run(
                ["pactl", "list", "short", "sinks"],
                env=os.environ | self.env,
                capture_output=True,
                text=True,
                check=False,
            )
            if "ladmg" in answer.stdout:
                return
            time.sleep(0.05)
        raise RuntimeError(f"pulseaudio did not start: {self._log.read_text(errors='replace')[-2000:]}")

    def unplug(self) -> None:
        """Kill the server, as a pulled cable would."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def pull(self) -> None:
        """Take the card away from a server that goes on."""
        for line in self._pactl("list", "short", "modules").splitlines():
            if "sink_name=ladmg" in line:
                self._pactl("unload-module", line.split()[0])

    def push(self) -> None:
        """Put the card back that was pulled."""
        self._pactl("load-module", *self._sink)

    def _pactl(self, *arguments: str) -> str:
        env = os.environ | self.env
        command = ["pactl", *arguments]
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=30).stdout

    def freeze(self) -> None:
        """Stop the server in its tracks: it takes no audio, answers nothing, and closes nothing."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)

    @contextlib.contextmanager
    def record(self, path: Path, sink: str = "ladmg") -> Iterator[None]:
        """What a listener hears meanwhile, as a float WAV at `path`: read it with `recording` afterwards."""
        command = ["parec", "-d", f"{sink}.monitor", "--latency-msec=20", "--format=float32le"]
        command += [f"--rate={RATE}", f"--channels={self.n_channels}", f"--channel-map={self._channel_map}"]
        command += ["--file-format=wav", str(path)]
        with self._log.open("ab") as log:
            recorder = subprocess.Popen(command, env=os.environ | self.env, stdout=log, stderr=log)
        try:
            while recorder.poll() is None and not (path.exists() and path.stat().st_size > 4096):
                time.sleep(0.01)
            yield
        finally:
            recorder.terminate()
            recorder.wait()


class JackCard:
    """A card of one sample rate, which refuses all others: a JACK server. PortAudio calls it "system"."""

    def __init__(self, folder: Path) -> None:
        self.env = {"JACK_NO_START_SERVER": "1", "PULSE_RUNTIME_PATH": str(folder)}
        self._log = folder / "jackd.log"
        self._server: subprocess.Popen[bytes] | None = None

    def plug(self, rate: int) -> None:
        """Start the server, and wait until it answers."""
        # A server that was killed leaves its name in a list of eight, to be used again by one of that name only.
        names = random.sample([f"ladmg-rig-{number}" for number in range(N_JACK_SERVERS)], N_JACK_SERVERS)
        for name in [self.env["JACK_DEFAULT_SERVER"]] if "JACK_DEFAULT_SERVER" in self.env else names:
            if self._has_started(name, rate):
                self.env["JACK_DEFAULT_SERVER"] = name
                return
        raise RuntimeError(f"jackd did not start: {self._log.read_text(errors='replace')[-2000:]}")

    def _has_started(self, name: str, rate: int) -> bool:
        env = os.environ | self.env | {"JACK_DEFAULT_SERVER": name}
        command = ["jackd", "--no-realtime", "--name", name, "-d", "dummy", "--rate", str(rate)]
        command += ["--period", "512", "--playback", "2", "--capture", "0"]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        for _ in range(200):
            time.sleep(0.05)
            if self._server.poll() is not None:  # another session's
                return False
            ports = subprocess.run(["jack_lsp"], env=env, capture_output=True, text=True, check=False)
            if "system:playback_2" in ports.stdout:
                return True
        self.close()
        return False

    def unplug(self) -> None:
        """Kill the server, as a pulled cable would."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def close(self) -> None:
        """Stop the server in order, so that it is in nobody's way."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                self.unplug()

    def listen(self, path: Path, seconds: int) -> tuple[npt.NDArray[np.float32], int]:
        """What a PortAudio stream plays into the card meanwhile, `[samples, 2]`, and its rate."""
        sources = ["PortAudio:out_0", "PortAudio:out_1"]
        command = ["jack_rec", "-f", str(path), "-d", str(seconds), "-b", "32", *sources]
        subprocess.run(command, env=os.environ | self.env, check=True, capture_output=True, timeout=60)
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        return np.asarray(audio, np.float32), int(rate)


@contextlib.contextmanager
def jack_card(folder: Path) -> Iterator[JackCard]:
    """A card of one rate for one test, not yet plugged in; skips where JACK is not installed."""
    for program in ("jackd", "jack_lsp", "jack_rec"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt-get install jackd2")
    card = JackCard(folder)
    try:
        yield card
    finally:
        card.close()


def recording(path: Path) -> npt.NDArray[np.float32]:
    """A recording of `VirtualSoundCard.record`, `[samples, channels]`."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE
    return np.asarray(audio, np.float32)


def recorded_so_far(path: Path) -> npt.NDArray[np.float32]:
    """What has arrived of a recording that goes on, `[samples, 2]`."""
    with path.open("rb") as file:
        offset = file.read(4096).index(b"data") + 8
    n_samples = (path.stat().st_size - offset) // 8
    return np.fromfile(path, np.float32, n_samples * 2, offset=offset).reshape(-1, 2)


@contextlib.contextmanager
def virtual_sound_card(tmp_path: Path, n_channels: int = 2) -> Iterator[VirtualSoundCard]:
    """A sound card of its own for one test; skips where PulseAudio is not installed."""
    for program in ("pulseaudio", "pactl", "parec"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt-get install pulseaudio pulseaudio-utils")
    # A socket's path must be short, which pytest's folders may not be.
    folder = Path(tempfile.mkdtemp(prefix="ladmg-")) if len(str(tmp_path)) > 60 else tmp_path / "card"
    card = VirtualSoundCard(folder, n_channels)
    try:
        yield card
    finally:
        card.unplug()
        shutil.rmtree(folder, ignore_errors=True)
