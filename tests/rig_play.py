"""`ladmg play` as a user starts it, and a listener at its sound card, for tests of the whole program."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.rig import RATE, VirtualSoundCard, recording
from tests.rig_osc import PATIENCE_S, Patch

ROOT = Path(__file__).parents[1]
PLAY = (sys.executable, "-u", "-m", "instrument", "play", "--page-port", "0")
FAKE_PLAY = (sys.executable, "-u", "-m", "tests.instrument.fake_play")
GAP = 64  # samples: 1.3 ms
CONTROL_LEVEL = 0.25

# What the instrument's audio process is without its music: a stream of the same kind, with the same priority. It may
# work as hard, too: a machine that gets half of its time from its host leaves silence whole, but no music.
CONTROL = f"""
import contextlib, os, sys, numpy, sounddevice
with contextlib.suppress(OSError):
    os.setpriority(os.PRIO_PROCESS, 0, -10)
with contextlib.suppress(OSError):
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))
n_underflows = 0
block, latency_s, n_transforms = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
work = numpy.random.default_rng(0).standard_normal(8192)
def fill(out, n, times, status):
    global n_underflows
    n_underflows += status.output_underflow
    for _ in range(n_transforms):
        numpy.fft.rfft(work)
    out.fill({CONTROL_LEVEL})
settings = dict(samplerate=48000, blocksize=block, channels=2, dtype="float32", latency=latency_s)
with sounddevice.OutputStream(**settings, callback=fill):
    print("plays", flush=True)
    sys.stdin.read()
print(n_underflows)
"""


class Instrument(Patch):
    """A running `ladmg play`, and a patch that is subscribed to it. It has a process group of its own."""

    def __init__(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        program: Sequence[str] = (*PLAY, "--osc-port", "0"),
    ) -> None:
        self.process = subprocess.Popen(
            [*program, *arguments],
            cwd=ROOT,
            env=os.environ | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said: list[str] = []  # by the terminal
        self.complained: list[str] = []  # on stderr
        self._readers = [
            threading.Thread(target=self._follow, args=(stream, lines), daemon=True)
            for stream, lines in ((self.process.stdout, self.said), (self.process.stderr, self.complained))
        ]
        for reader in self._readers:
            reader.start()
        try:
            port = int(self.until_said(r"OSC on 127\.0\.0\.1:(\d+)")[1])
        except BaseException:
            self._end()
            raise
        super().__init__(port)

    @staticmethod
    def _follow(stream: Any, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))

    def until_said(self, pattern: str) -> re.Match[str]:
        """The first line in the terminal, now or later, that holds `pattern`."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            for line in list(self.said):
                if found := re.search(pattern, line):
                    return found
            self.check()
            assert time.monotonic() < deadline, f"never said {pattern!r}: {self.said[-20:]}"
            time.sleep(0.02)

    def check(self) -> None:
        has_ended = self.process.poll() is not None
        assert not has_ended, f"it ended: {self.said[-5:]} {self.complained[-20:]}"

    def children(self) -> list[int]:
        """Every process that it has started and that still runs."""
        command = ["ps", "-o", "pid=", "--ppid", str(self.process.pid)]
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        return [int(word) for word in listed.stdout.split()]

    def interrupt(self) -> int:
        """Ctrl-C: the terminal sends it to every process of the group. The exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join(PATIENCE_S)
        return code

    def close(self) -> None:
        self._end()
        super().close()

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.wait()


def assert_nothing_is_left(pid: int, children: list[int]) -> None:
    """No process, no shared memory. Python's resource tracker ends a moment after the process it serves."""
    assert children
    deadline = time.monotonic() + PATIENCE_S
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert not list(Path("/dev/shm").glob(f"ladmg-{pid}-*"))


class Listener:
    """Records what the card plays and, beside it, a control stream that has nothing to do but to sound."""

    def __init__(
        self,
        card: VirtualSoundCard,
        folder: Path,
        block: int = 512,
        latency_s: float = 0.04,
        n_transforms: int = 0,
    ) -> None:
        """block, latency_s: of the control stream. n_transforms: Fourier transforms that it does in each block."""
        self._card = card
        self._stream = (str(block), str(latency_s), str(n_transforms))
        self.path = folder / "heard.wav"
        self.control_path = folder / "control.wav"
        self._leads: list[int] = []

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Record meanwhile. Afterwards `heard` and `control`, both [samples, 2], and `control_underflows` are there."""
        env = os.environ | self._card.env
        sink = ["sink_name=control", f"rate={RATE}", "channels=2", "format=float32le", "norewinds=1"]
        command = ["pactl", "load-module", "module-null-sink", *sink]
        subprocess.run(command, env=env, check=True, capture_output=True)
        control = subprocess.Popen(
            [sys.executable, "-c", CONTROL, *self._stream],
            env=env | {"PULSE_SINK": "control"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert control.stdout is not None
            assert control.stdout.readline() == "plays\n"
            with self._card.record(self.control_path, "control"), self._card.record(self.path):
                yield
        finally:
            told, _ = control.communicate()
        self.control_underflows = int(told)
        self.heard = recording(self.path)
        self.control = recording(self.control_path)

    @property
    def now(self) -> int:
        """The sample that is being recorded."""
        return _n_recorded(self.path)

    def listen(self, seconds: float) -> slice:
        """Wait while that much is recorded, from now on; which part of the recording it is."""
        start = self.now
        stop = start + round(seconds * RATE)
        deadline = time.monotonic() + seconds + PATIENCE_S
        while self.now < stop:
            assert time.monotonic() < deadline, "the recorder stands still"
            self._leads.append(_n_recorded(self.control_path) - self.now)
            time.sleep(0.05)
        return slice(start, stop)

    @property
    def lead(self) -> int:
        """Samples that the control recording is ahead: the recorders began one after the other."""
        return int(np.median(self._leads)) if self._leads else 0

    def gaps(self, part: slice) -> tuple[list[float], list[float]]:
        """When, in seconds of the recording, the instrument had a gap in this part of it, and the control stream."""
        ours = [at / RATE for at, _ in gaps(self.heard) if part.start <= at < part.stop]
        return ours, [(at - self.lead) / RATE for at, _ in gaps(self.control)]

    def gaps_of_its_own(self, part: slice, tolerance_s: float = 0.5) -> list[float]:
        """The gaps that the control stream did not have too: not the machine's, but the instrument's."""
        assert np.any(np.abs(self.control) > CONTROL_LEVEL / 2), "the control stream was not heard"
        ours, others = self.gaps(part)
        return [at for at in ours if not any(abs(at - other) <= tolerance_s for other in others)]


def _n_recorded(path: Path) -> int:
    return path.stat().st_size // (2 * 4)


def gaps(audio: npt.NDArray[np.float32]) -> list[tuple[int, int]]:
    """(first sample, length) of each run of at least 64 zeros in all channels, between first and last sound.

    A card that runs dry plays zeros, a decoder never does: however quiet a loop is, there is noise in it.
    """
    is_sound = np.any(audio != 0.0, axis=1)
    places = np.flatnonzero(is_sound)
    silences = np.diff(places) - 1
    return [(int(places[i]) + 1, int(silences[i])) for i in np.flatnonzero(silences >= GAP)]
