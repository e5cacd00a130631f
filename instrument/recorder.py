"""The recorder: from the output ring to a sound file, with the show beside it, in a thread of the console.

A thread is enough: the ring holds ten seconds, and neither the interpreter's lock nor a slow disk keeps the console
from reading it for so long; a process would have to be kept alive too.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import numpy as np

from instrument.memory import MIB, OutputRing
from instrument.show import line_of
from instrument.sound_file import WRITERS, SoundWriter

PERIOD_S = 0.2  # a crash loses no more than this, and what the system has not written when the power fails
MARK_S = 1.0  # how often the show says how far the recording is
CHUNK = 48_000  # samples that are read at a time
MOST_NAMES = 1000


class RecordError(OSError):
    """A recording that can't begin; the text says why."""


def default_folder() -> Path:
    """Where recordings go unless another folder is named."""
    return Path.home() / "Music" / "LADMG"


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
        self.n_missing = 0
        self.has_failed = False
        self._ring = ring
        self._fails = fails
        self._loses = loses
        self._stop_at: int | None = None
        self._lines: deque[str] = deque()
        self._unwritten: list[str] = []
        self._marked_at = time.monotonic()
        self._is_finishing = threading.Event()
        self.path, self._audio = _make(folder, kind, ring)
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
        return self._audio.n_samples / self._ring.rate

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
                    with contextlib.suppress(OSError):  # a disk that is too full for audio may have room for this
                        self._write_show(is_last=True)
                    raise
        except Exception as error:  # the music goes on, and whoever plays must know
            self.has_failed = True
            self._fails(self._failure(error))

    def _write_audio(self) -> None:
        stop = self._ring.end if self._stop_at is None else self._stop_at
        while self.position < stop:
            first, audio = self._ring.read(self.position, min(CHUNK, stop - self.position))
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

    def _write_silence(self, n: int) -> None:
        """So that what follows is in its time."""
        while n:
            count = min(n, CHUNK)
            self._audio.write(np.zeros((count, self._ring.channels), np.float32))
            n -= count

    def _write_show(self, is_last: bool) -> None:
        now = time.monotonic()
        if is_last or now - self._marked_at >= MARK_S:
            self._marked_at = now
            self.note(line_of("stopped" if is_last else "written", self.position))
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
        free = ""
        with contextlib.suppress(OSError):
            free = f", {shutil.disk_usage(self.path.parent).free / MIB:.0f} MiB are free there"
        return (
            f"recording stopped: {self.path} holds {self.seconds:.1f} s ({reason}{free}); the sound goes on"
        )


def _make(folder: Path, kind: str, ring: OutputRing) -> tuple[Path, SoundWriter]:
    """A file that was not there, named by the time of day, with the same name free for its show."""
    stem = f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, MOST_NAMES):
            path = folder / f"{stem}{'' if number == 1 else f'-{number}'}.{kind}"
            if any(folder.glob(f"{path.stem}.*")):
                continue
            try:
                return path, WRITERS[kind](path, ring.rate, ring.channels)
            except FileExistsError:
                continue
    except OSError as error:
        raise RecordError(f"can't record in {folder}: {error.strerror or error}") from None
    raise RecordError(f"can't record in {folder}: it has {MOST_NAMES} recordings of this second")
