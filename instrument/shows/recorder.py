"""The recorder: from the output ring to a sound file, with the show beside it, in a thread of the console.

A recording begins with what is heard when it is asked for, and ends with what has left for the card when it is stopped.
A thread is enough: the ring holds ten seconds, and neither the interpreter's lock nor a slow disk keeps the console
from reading it for so long; a process would have to be kept alive too.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from instrument.memory import MIB, MeterReading, OutputRing
from instrument.params import ROOT, Change, Params, Value
from instrument.shows.show import ShowLog, change_line, header_of, line_of
from instrument.shows.sound_file import WRITERS, SoundWriter

PERIOD_S = 0.2  # a crash loses no more than this, and what the system has not written when the power fails
MARK_S = 1.0  # how often the show says up to where it is complete
CHUNK = 48_000  # samples that are read at a time
MOST_NAMES = 1000
NOT_RECORDING: dict[str, Value] = {"recording": "", "recording_s": 0.0, "recording_missing_s": 0.0}


class RecordError(OSError):
    """A recording that can't begin, or can't go on; the text says why."""


def default_folder() -> Path:
    """Where recordings go unless another folder is named."""
    return Path.home() / "Music" / "LADMG"


@dataclass(frozen=True)
class RecordSettings:
    """folder: None for the default one. kind: of file, a key of WRITERS."""

    folder: Path | None = None
    kind: str = "wav"


class Recorder:
    """The recordings of a session, and what shows are made of. The console's thread, but for `status`.

    where: the newest reading of the meters, None before there is one. bank: for the show, see there. send: to the audio
    process; False if it is not there. tell: hears (code, text), in any thread: "recording" and "recorded" with a file,
    "record" when one can't go on, "record-missing" when something is missing in it.
    """

    def __init__(
        self,
        ring: OutputRing,
        where: Callable[[], MeterReading | None],
        bank: Mapping[str, int],
        settings: RecordSettings,
        params: Params,
        log: ShowLog,
        send: Callable[[tuple[Any, ...]], bool],
        tell: Callable[[str, str], None],
    ) -> None:
        self._ring = ring
        self._where = where
        self._bank = bank
        self._settings = settings
        self._params = params
        self._log = log
        self._send = send
        self._tell = tell
        self._recording: Recording | None = None
        self._stopped: dict[int, Recording] = {}  # until all is known that happened before
        self._ended: list[Recording] = []
        self._n_stopped = 0
        self._asked_at = 0.0

    @property
    def is_waiting(self) -> bool:
        """For the audio process to tell the rest of what happened before a stop."""
        return bool(self._stopped)

    def status(self) -> dict[str, Value]:
        """Any thread."""
        recording = self._recording
        if recording is None:
            return NOT_RECORDING
        missing_s = recording.n_missing / recording.rate
        values = (recording.path.name, recording.seconds, missing_s)
        return dict(zip(NOT_RECORDING, values, strict=True))

    def changed(self, change: Change) -> None:
        """Somebody set a parameter, `record` or another."""
        if self._recording is not None:
            self._recording.note(change_line(change, *self._heard()))
        if change.spec.name == "record":
            if change.value:
                self.start()
            else:
                self.stop()

    def tick(self, now: float) -> None:
        """Now and then, at least every `MARK_S`: ask the audio process up to where all is known. now: in seconds."""
        if self._recording is not None and now - self._asked_at >= MARK_S:
            self._asked_at = now
            self._send(("sync", self._n_stopped))

    def told(self, message: tuple[Any, ...]) -> None:
        """The audio process says something. Before slots are freed that it names."""
        match message:
            case ("synced", number, sample):
                self._note(line_of("known", sample))
                self._finish(number)
            case ("lost", _):
                self._finish(self._n_stopped)
        if line := self._log.told(message):
            self._note(line)

    def _note(self, line: str) -> None:
        for recording in (self._recording, *self._stopped.values()):
            if recording is not None:
                recording.note(line)

    def start(self) -> None:
        """Record from what is heard now on. Where that can't be, it is told and `record` is 0 again."""
        if self._recording is not None:
            return
        sample, beat = self._heard()
        folder = self._settings.folder or default_folder()
        try:
            recording = Recording(self._ring, folder, self._settings.kind, sample, self._fails, self._loses)
        except RecordError as error:
            self._fails(str(error))
            return
        header = header_of(
            rate=recording.rate,
            channels=self._ring.channels,
            bank=self._bank,
            start=sample,
            beat=beat,
            values=self._params.snapshot(),
            audio=recording.path.name,
            made=f"{datetime.now():%Y-%m-%d %H:%M:%S}",
        )
        recording.begin([header, *self._log.lines])
        self._recording = recording
        self._tell("recording", f"recording to {recording.path}")

    def stop(self) -> None:
        """Record no more; the files are complete when all is known that happened before."""
        recording, self._recording = self._recording, None
        if recording is None:
            return
        recording.stop()
        self._n_stopped += 1
        self._stopped[self._n_stopped] = recording
        if not self._send(("sync", self._n_stopped)):
            self._finish(self._n_stopped)

    def close(self) -> None:
        """All files are complete when this returns. After `stop`."""
        self._finish(self._n_stopped)
        for recording in self._ended:
            recording.join()

    def _heard(self) -> tuple[int, float | None]:
        """The sample that is heard now, and its beat; None for that while the transport stands."""
        reading = self._where()
        if reading is None:
            return 0, None
        now = time.monotonic_ns()
        sample = reading.sample - round((reading.monotonic_ns - now) * 1e-9 * reading.rate)
        beat = reading.beat_at(now) if reading.is_running else None
        return min(max(sample, 0), self._ring.end), beat

    def _finish(self, number: int) -> None:
        """Those that were stopped up to this one."""
        self._ended = [recording for recording in self._ended if recording.is_running]
        for stopped in [one for one in self._stopped if one <= number]:
            recording = self._stopped.pop(stopped)
            recording.finish()
            self._ended.append(recording)
            if not recording.has_failed:
                self._tell("recorded", f"recorded {recording.path}")

    def _fails(self, text: str) -> None:
        """In a recording's thread too."""
        self._tell("record", text)
        self._params.set(f"{ROOT}/record", 0, "recorder")

    def _loses(self, n_samples: int) -> None:
        """In a recording's thread."""
        text = f"{n_samples / self._ring.rate:.2f} s are missing in the recording, silence takes their place"
        self._tell("record-missing", f"{text}: the disk, or this machine, was too slow")


class Recording:
    """One recording, from `start` on. Its methods are for one thread; it writes in another, its own.

    fails: called by that thread, once, with what went wrong; the recording has ended then, what it has is whole.
    loses: called by it with the number of samples that are missing, for which there is silence.
    """

    def __init__(
        self,
        ring: OutputRing,
        folder: Path,
        kind: str,
        start: int,
        fails: Callable[[str], None],
        loses: Callable[[int], None],
    ) -> None:
        """Make both files and begin; `kind` is a key of WRITERS. RecordError where that can't be."""
        self.start = start
        self.rate = ring.rate  # from its start to its end
        self.n_missing = 0
        self.has_failed = False
        self._ring = ring
        self._fails = fails
        self._loses = loses
        self._stop_at: int | None = None
        self._lines: deque[str] = deque()
        self._unwritten: list[str] = []
        self._is_finishing = threading.Event()
        self.path, self._audio = _make(folder, kind, self.rate, ring.channels)
        try:
            self._show = self.path.with_suffix(".json").open("xb", buffering=0)
        except OSError as error:
            self._audio.close()
            self.path.unlink()
            raise RecordError(f"can't record in {folder}: {error.strerror or error}") from None
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    @property
    def position(self) -> int:
        """The sample that is written next."""
        return self.start + self._audio.n_samples

    @property
    def seconds(self) -> float:
        """How much of it is in the file."""
        return self._audio.n_samples / self.rate

    def begin(self, lines: Iterable[str]) -> None:
        """lines: the show up to here. Once, before anything else."""
        self._lines.extend(lines)
        self._thread.start()

    def note(self, line: str) -> None:
        """One more line of the show."""
        self._lines.append(line)

    def stop(self) -> None:
        """Nothing more than what has already left for the card. The show goes on until `finish`."""
        self._stop_at = self._ring.end

    def finish(self) -> None:
        """The show is complete too; both files will soon be. After `stop`."""
        self._is_finishing.set()

    @property
    def is_running(self) -> bool:
        """Something of it is still to be written."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Both files are complete when this returns. After `finish`."""
        self._thread.join()

    def _run(self) -> None:
        try:
            with contextlib.ExitStack() as files:
                files.callback(self._show.close)
                files.callback(self._audio.close)
                is_last = False
                try:
                    while not is_last:
                        is_last = self._is_finishing.wait(PERIOD_S)
                        self._write_audio()
                        self._write_show(is_last)
                except Exception:
                    with contextlib.suppress(
                        OSError
                    ):  # a disk that is too full for audio may have room for this
                        self._write_show(is_last=True)
                    raise
        except Exception as error:  # the music goes on, and whoever plays must know
            self.has_failed = True
            self._fails(self._failure(error))

    def _write_audio(self) -> None:
        stop = self._ring.end if self._stop_at is None else self._stop_at
        if self._stop_at is None:
            self._check_rate()
        while self.position < stop:
            first, audio = self._ring.read(self.position, min(CHUNK, stop - self.position))
            self._check_rate()
            n_lost = min(first, stop) - self.position
            if n_lost:
                self.n_missing += n_lost
                self.note(line_of("missing", self.position, n=n_lost))
                self._loses(n_lost)
                self._write_silence(n_lost)
            audio = audio[: stop - self.position]
            if not n_lost and not len(audio):
                break
            self._audio.write(audio)

    def _check_rate(self) -> None:
        if self._ring.rate != self.rate:
            raise RecordError(f"the sound card plays at {self._ring.rate} Hz now")

    def _write_silence(self, n: int) -> None:
        """So that what follows is in its time."""
        while n:
            count = min(n, CHUNK)
            self._audio.write(np.zeros((count, self._ring.channels), np.float32))
            n -= count

    def _write_show(self, is_last: bool) -> None:
        if is_last:
            self.note(line_of("stopped", self.position))
        while self._lines:
            self._unwritten.append(self._lines.popleft())
        data = memoryview("".join(f"{line}\n" for line in self._unwritten).encode())
        whole = self._show.tell()
        try:
            while data:
                data = data[self._show.write(data) or 0 :]
        except OSError:
            self._show.seek(whole)
            self._show.truncate()
            raise
        self._unwritten.clear()

    def _failure(self, error: Exception) -> str:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        if not isinstance(error, RecordError):
            with contextlib.suppress(OSError):
                reason += f", {shutil.disk_usage(self.path.parent).free / MIB:.0f} MiB are free there"
        return f"recording stopped: {self.path} holds {self.seconds:.1f} s ({reason}); the sound goes on"


def _make(folder: Path, kind: str, rate: int, channels: int) -> tuple[Path, SoundWriter]:
    """A file that was not there, named by the time of day, with the same name free for its show."""
    stem = f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, MOST_NAMES):
            path = folder / f"{stem}{'' if number == 1 else f'-{number}'}.{kind}"
            if any(folder.glob(f"{path.stem}.*")):
                continue
            try:
                return path, WRITERS[kind](path, rate, channels)
            except FileExistsError:
                continue
    except OSError as error:
        raise RecordError(f"can't record in {folder}: {error.strerror or error}") from None
    raise RecordError(f"can't record in {folder}: it has {MOST_NAMES} recordings of this second")
