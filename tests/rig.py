"""A virtual sound card for tests: a private PulseAudio with a null sink, recorded bit for bit."""

from __future__ import annotations

import contextlib
import os
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


class VirtualSoundCard:
    """What PortAudio finds as its default device in a process that runs with `env`.

    `env` holds only the variables that differ: give a child `os.environ | card.env`.
    """

    def __init__(self, folder: Path, n_channels: int = 2) -> None:
        """n_channels: 2, or 4."""
        self.n_channels = n_channels
        # Said to all, or PulseAudio mixes one guess into another.
        self._channel_map = ",".join(["front-left", "front-right", "rear-left", "rear-right"][:n_channels])
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
        form = f"rate=48000 channels={self.n_channels} channel_map={self._channel_map} format=float32le"
        sink = f"module-null-sink sink_name=ladmg {form} norewinds=1"
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1"]
        command += ["-L", "module-native-protocol-unix", "-L", sink]
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


def recording(path: Path) -> npt.NDArray[np.float32]:
    """A recording of `VirtualSoundCard.record`, `[samples, channels]`."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE
    return np.asarray(audio, np.float32)


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
