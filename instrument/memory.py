"""Shared memory between the processes: the loop bank, the parameter block, the meters and the output ring.

Every piece is made by the console and attached by name in its children. Only its creator unlinks it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import secrets
import struct
import threading
import zlib
from collections.abc import Iterator, Sized
from enum import IntEnum
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from operator import attrgetter
from pathlib import Path
from typing import Any, Generic, TypeVar, get_type_hints

import numpy as np
import numpy.typing as npt

PAGE = 4096
MIB = 1024 * 1024
SHARED_FOLDER = Path("/dev/shm")  # where Linux keeps it
SILENCE_DB = -70.0  # this gain, and any below, is silence

Record = TypeVar("Record")


def gain_of(level_db: float) -> float:
    """What a level multiplies samples by; 0 for silence."""
    return 0.0 if level_db <= SILENCE_DB else math.pow(10.0, level_db / 20.0)


class SharedMemoryFull(MemoryError):
    """The machine's shared memory can't hold what was asked for."""


@dataclasses.dataclass(frozen=True)
class SharedNames:
    """The names under which the children find the console's shared memory."""

    bank: str
    parameters: str
    meters: str
    ring: str


class _Segment(SharedMemory):
    """One piece of shared memory, filled with real pages at once, unlinked by its creator alone."""

    is_creator = False

    @classmethod
    def make(cls, size: int, purpose: str) -> _Segment:
        """A new piece of `size` bytes, zeroed. SharedMemoryFull if the pages can't be had now."""
        free = _free_bytes()
        if free is not None and size > free:
            raise _full(size, purpose, free)
        try:
            segment = cls(name=f"ladmg-{os.getpid()}-{secrets.token_hex(4)}", create=True, size=size)
        except OSError as error:
            raise _full(size, purpose, free) from error
        segment.is_creator = True
        # Shared memory is sparse: without this, a full /dev/shm would be SIGBUS in the middle of a set.
        descriptor = getattr(segment, "_fd", -1)
        if descriptor >= 0 and hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(descriptor, 0, size)
            except OSError as error:
                segment.close()
                segment.unlink()
                raise _full(size, purpose, _free_bytes()) from error
            _lock(descriptor)
        return segment

    @classmethod
    def find(cls, name: str) -> _Segment:
        """The piece that another process made. FileNotFoundError if it is gone."""
        with _attaching:
            # Attaching registers the name with the resource tracker, as creating does. The tracker would then
            # warn of a leak, or even unlink, when a child attaches as the console is ending.
            own, register = name, resource_tracker.register

            def register_others(name: Sized, rtype: str) -> None:
                if str(name).lstrip("/") != own.lstrip("/"):
                    register(name, rtype)

            resource_tracker.register = register_others
            try:
                return cls(name=name)
            finally:
                resource_tracker.register = register

    def close(self) -> None:
        """Drop the mapping. Where an array still looks into it, it lives until the process ends."""
        with contextlib.suppress(BufferError):
            super().close()

    def unlink(self) -> None:
        """Give the memory back to the system once all have closed it. Creator only; once is enough."""
        if not self.is_creator:
            raise ValueError(
                f"shared memory {self.name!r} is unlinked by the process that made it, not by this one"
            )
        with contextlib.suppress(FileNotFoundError):
            super().unlink()


_attaching = threading.Lock()


def remove_left_behind() -> int:
    """Give back the pieces of consoles that were killed together with their resource trackers; how many.

    Only where they lie in /dev/shm. A piece whose maker lives is locked by it, or named after a process that runs.
    """
    n_removed = 0
    for path in SHARED_FOLDER.glob("ladmg-*-*"):
        pid = path.name.split("-")[1]
        if not pid.isdecimal() or _is_running(int(pid)):
            continue
        with contextlib.suppress(OSError), path.open("rb") as piece:
            if _lock(piece.fileno()):
                path.unlink()
                n_removed += 1
    return n_removed


def _lock(descriptor: int) -> bool:
    """Lock a file for as long as it stays open, or this process lives; False where another one has it."""
    import fcntl  # which Windows lacks, as it lacks pieces that outlive their makers

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True


def _free_bytes() -> int | None:
    try:
        status = os.statvfs(SHARED_FOLDER)
    except (AttributeError, OSError):
        return None
    return status.f_bavail * status.f_frsize


def _full(size: int, purpose: str, free: int | None) -> SharedMemoryFull:
    left = "" if free is None else f", {free / MIB:.1f} MiB are free in /dev/shm"
    return SharedMemoryFull(
        f"{purpose} needs {size / MIB:.1f} MiB of shared memory{left}: "
        "use fewer or shorter slots, or make /dev/shm larger (in a container: --shm-size)"
    )


def _bytes_of(segment: SharedMemory) -> memoryview:
    buffer = segment.buf
    if buffer is None:
        raise ValueError(f"shared memory {segment.name!r} is closed")
    return buffer


class SlotState(IntEnum):
    FREE = 0
    WRITING = 1
    READY = 2
    SOUNDING = 3
    RELEASED = 4


@dataclasses.dataclass(frozen=True)
class SlotHeader:
    """What a slot holds: `n_samples` samples at `rate` Hz, `n_bars` bars at `bpm_centi` / 100 BPM."""

    rate: int = 0
    n_samples: int = 0
    bpm_centi: int = 0
    n_bars: int = 0
    epoch: int = 0
    state: int = SlotState.FREE
    loop_id: int = 0  # 64 bits, unsigned

    @property
    def bpm(self) -> float:
        return self.bpm_centi / 100


_SLOT = struct.Struct("<qqqqqqQ")
_BANK = struct.Struct("<8sqq")
_BANK_MARK = b"LADMGlb2"
_HEADER_BYTES = 64
UNIT = 131_072  # samples: a MiB of stereo float32; four bars at 125 BPM take three
LOW_RATIO = 16  # of a loop's rate to that of its low band


class LoopBank:
    """Memory for loops in units of `UNIT` samples, float32 `[samples, channels]`.

    A loop takes as many units in a row as it needs; the first one's number is its slot, and has its header. A slot
    belongs to one process at a time, told by messages on pipes; nothing here is locked. Only the console says what
    lies where.
    """

    def __init__(self, segment: _Segment) -> None:
        """Use `create` or `attach`."""
        self._segment = segment
        buffer = _bytes_of(segment)
        mark, n_units, channels = _BANK.unpack_from(buffer, 0)
        if mark != _BANK_MARK:
            raise ValueError(f"shared memory {segment.name!r} is not a loop bank of this version")
        self.n_units = int(n_units)
        self.channels = int(channels)
        self._headers = buffer
        self._samples = np.ndarray(
            (self.n_units * UNIT, self.channels), np.float32, buffer, _first_unit(self.n_units)
        )

    @classmethod
    def create(cls, n_units: int, channels: int = 2) -> LoopBank:
        """A new bank, all slots FREE, all of its memory really there. SharedMemoryFull if it can't be."""
        for name, value in (("n_units", n_units), ("channels", channels)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        segment = _Segment.make(cls.n_bytes(n_units, channels), f"a loop bank of {n_units} units")
        _BANK.pack_into(_bytes_of(segment), 0, _BANK_MARK, n_units, channels)
        return cls(segment)

    @staticmethod
    def n_bytes(n_units: int, channels: int = 2) -> int:
        """What such a bank takes of shared memory."""
        return _first_unit(n_units) + n_units * UNIT * channels * 4

    @classmethod
    def attach(cls, name: str) -> LoopBank:
        return cls(_Segment.find(name))

    @property
    def name(self) -> str:
        return self._segment.name

    def samples(self, slot: int) -> npt.NDArray[np.float32]:
        """From the slot's first sample to the bank's end, `[samples, channels]`: a view; see the header for its own."""
        return self._samples[self._checked(slot) * UNIT :]

    def header(self, slot: int) -> SlotHeader:
        return SlotHeader(*_SLOT.unpack_from(self._headers, _HEADER_BYTES * (1 + self._checked(slot))))

    def write_header(self, slot: int, header: SlotHeader) -> None:
        """Only by the process that owns the slot."""
        room = (self.n_units - self._checked(slot)) * UNIT
        if not 0 <= header.n_samples <= room:
            raise ValueError(f"n_samples must be in 0..{room} in slot {slot}, got {header.n_samples}")
        _SLOT.pack_into(self._headers, _HEADER_BYTES * (1 + slot), *dataclasses.astuple(header))

    def write_state(self, slot: int, state: SlotState) -> None:
        """Only by the process that owns the slot."""
        self.write_header(slot, dataclasses.replace(self.header(slot), state=int(state)))

    def close(self) -> None:
        """Let go of this process' view. The arrays from `samples` must not be used any more."""
        self._samples = np.zeros((0, self.channels), np.float32)
        self._headers = memoryview(b"")
        self._segment.close()

    def unlink(self) -> None:
        self._segment.unlink()

    def _checked(self, slot: int) -> int:
        if not 0 <= slot < self.n_units:
            raise ValueError(f"slot must be in 0..{self.n_units - 1}, got {slot}")
        return slot


def n_low(n_samples: int) -> int:
    """Samples that the low band of a loop has, which lies behind it (see `lows`)."""
    return n_samples // LOW_RATIO


def n_units(n_samples: int) -> int:
    """Units that a loop takes together with its low band."""
    return -(-(n_samples + n_low(n_samples)) // UNIT)


def _first_unit(n_units: int) -> int:
    """Offset of the first unit in bytes: units begin on pages."""
    return -(-_HEADER_BYTES * (1 + n_units) // PAGE) * PAGE


_CODES = {"int": "q", "float": "d", "bool": "?"}
_REVISION = struct.Struct("<Q")


@dataclasses.dataclass(frozen=True)
class _Layout:
    """How a dataclass lies in memory: its fields in order, each a struct code or another such layout."""

    kind: type[Any]
    fields: tuple[tuple[str, str | _Layout], ...]

    @classmethod
    def of(cls, kind: type[Any]) -> _Layout:
        hints = get_type_hints(kind)
        return cls(
            kind,
            tuple(
                (name, _CODES[hint.__name__] if hint.__name__ in _CODES else cls.of(hint))
                for name, hint in hints.items()
            ),
        )

    def numbers(self, prefix: str = "") -> Iterator[tuple[str, str]]:
        """(dotted name, struct code) of each number."""
        for name, field in self.fields:
            if isinstance(field, _Layout):
                yield from field.numbers(f"{prefix}{name}.")
            else:
                yield prefix + name, field

    def record(self, numbers: Iterator[Any]) -> Any:
        """The dataclass of these numbers, in the order of `numbers`."""
        return self.kind(
            *[
                field.record(numbers) if isinstance(field, _Layout) else next(numbers)
                for _, field in self.fields
            ]
        )


class _Board(Generic[Record]):
    """One frozen dataclass of numbers, nested or not, in shared memory: one writer, any number of readers, no locks.

    It is kept twice, written in turn, each copy with a revision and a checksum. A reader takes the newest
    copy that is whole; so a writer that dies in the middle of writing leaves the record before.
    """

    def __init__(self, buffer: memoryview, kind: type[Record]) -> None:
        self._buffer = buffer
        self._layout = _Layout.of(kind)
        numbers = list(self._layout.numbers())
        self._numbers_of = attrgetter(*(name for name, _ in numbers))
        self._body = struct.Struct("<Q" + "".join(code for _, code in numbers))
        self._sum = struct.Struct("<I")
        self._stride = -(-(self._body.size + self._sum.size) // 64) * 64
        self._draft = bytearray(self._body.size + self._sum.size)
        self._revision: int | None = None
        self._last: tuple[int, Record] | None = None

    @classmethod
    def size_of(cls, kind: type[Any]) -> int:
        return 2 * cls(memoryview(b""), kind)._stride

    def write(self, record: Record) -> None:
        """By one thread of one process."""
        if self._revision is None:
            self._revision = max((revision for revision, _ in self._whole_copies()), default=0)
        self._revision += 1
        draft = self._draft
        self._body.pack_into(draft, 0, self._revision, *self._numbers_of(record))
        self._sum.pack_into(draft, self._body.size, zlib.crc32(memoryview(draft)[: self._body.size]))
        start = (self._revision % 2) * self._stride
        self._buffer[start : start + len(draft)] = draft

    def read(self) -> Record | None:
        """The newest whole record; None if there is none. The same object again while nothing was written."""
        whole = self._whole_copies()
        if not whole:
            return None
        revision, copy = max(whole)
        last = self._last
        if last is None or last[0] != revision:
            numbers = iter(self._body.unpack_from(copy, 0)[1:])
            last = self._last = (revision, self._layout.record(numbers))
        return last[1]

    def _whole_copies(self) -> list[tuple[int, bytes]]:
        found = []
        size = self._body.size
        for start in (0, self._stride):
            copy = bytes(self._buffer[start : start + size + self._sum.size])
            (checksum,) = self._sum.unpack_from(copy, size)
            (revision,) = _REVISION.unpack_from(copy, 0)
            if revision > 0 and checksum == zlib.crc32(copy[:size]):
                found.append((revision, copy))
        return found

    def close(self) -> None:
        self._buffer = memoryview(b"")


def _check_ranges(record: Any, ranges: tuple[tuple[str, float, float], ...]) -> None:
    for name, low, high in ranges:
        value = getattr(record, name)
        if not low <= value <= high:  # NaN neither
            raise ValueError(f"{name} must be in {low}..{high}, got {value}")


@dataclasses.dataclass(frozen=True)
class DeckParams:
    """What the callback reads of one deck. It checks itself when made."""

    morph: float = 0.0
    morph_y: float = 0.0
    level_db: float = 0.0
    mute: bool = False
    filter: float = 0.0
    kill_low: bool = False
    kill_mid: bool = False
    kill_high: bool = False
    stutter: int = 0  # index in slip.PARTS
    reverse: bool = False
    delay_send: float = 0.0

    def __post_init__(self) -> None:
        _check_ranges(
            self,
            (
                ("morph", 0, 1),
                ("morph_y", 0, 1),
                ("level_db", -1000, 24),
                ("filter", -1, 1),
                ("stutter", 0, 4),
                ("delay_send", 0, 1),
            ),
        )


@dataclasses.dataclass(frozen=True)
class ClockParams:
    """The clock that the transport follows: at `at_ns`, of `time.monotonic_ns()`, it is on `beat`. bpm 0: none."""

    bpm: float = 0.0
    beat: float = 0.0
    at_ns: int = 0
    is_running: bool = True

    def __post_init__(self) -> None:
        _check_ranges(self, (("bpm", 0, 1000), ("beat", -1e9, 1e9)))


@dataclasses.dataclass(frozen=True)
class PlaybackParams:
    """What the callback reads at the start of each block. It checks itself when made."""

    bpm: float = 125.0
    playing: bool = True
    gain_db: float = 0.0
    swap: int = 2  # index in transport.SWAPS
    nudge: float = 0.0  # % that the tempo is bent by
    limiter: bool = True
    crossfade: float = 0.0  # 0 is deck 1, 1 is deck 2
    bass_swap: bool = True
    cue: int = 1  # index in cue.SOURCES
    cue_gain_db: float = -6.0
    clock_offset_ms: float = 0.0  # later than the clock
    clock: ClockParams = ClockParams()
    deck_1: DeckParams = DeckParams()
    deck_2: DeckParams = DeckParams()

    @property
    def decks(self) -> tuple[DeckParams, DeckParams]:
        return (self.deck_1, self.deck_2)

    def __post_init__(self) -> None:
        _check_ranges(
            self,
            (
                ("bpm", 1, 1000),
                ("gain_db", -1000, 24),
                ("swap", 0, 6),
                ("nudge", -50, 50),
                ("crossfade", 0, 1),
                ("cue", 0, 3),
                ("cue_gain_db", -1000, 24),
                ("clock_offset_ms", -1000, 1000),
            ),
        )


class ParameterBlock:
    """The playback parameters: written by the console, read by the callback at the start of each block."""

    def __init__(self, segment: _Segment) -> None:
        """Use `create` or `attach`."""
        self._segment = segment
        self._board = _Board(_bytes_of(segment), PlaybackParams)
        self._writing = threading.Lock()

    @classmethod
    def create(cls) -> ParameterBlock:
        return cls(_Segment.make(_Board.size_of(PlaybackParams), "the parameter block"))

    @classmethod
    def attach(cls, name: str) -> ParameterBlock:
        return cls(_Segment.find(name))

    @property
    def name(self) -> str:
        return self._segment.name

    def write(self, params: PlaybackParams) -> None:
        """Console only; any of its threads."""
        with self._writing:
            self._board.write(params)

    def read(self) -> PlaybackParams | None:
        """The newest whole parameters, any thread. None when torn or never written: keep what you had."""
        return self._board.read()

    def close(self) -> None:
        self._board.close()
        self._segment.close()

    def unlink(self) -> None:
        self._segment.unlink()


@dataclasses.dataclass(frozen=True)
class MeterReading:
    """Where the music is, and how the audio process is doing.

    The pair (`sample`, `monotonic_ns`) says when a sample is heard, on the clock of `time.monotonic_ns()`;
    `ticks`, `bar` and `beat` are the musical position of that same sample. It is the anchor from which a
    restarted audio process goes on.
    """

    rate: int = 48000
    sample: int = 0  # samples rendered since the session began: the index of the one that comes next
    monotonic_ns: int = 0  # when that one is heard
    ticks: int = 0  # exact position, see transport.py
    bpm_centi: int = 12500
    is_running: bool = False  # the transport moves
    bar: int = 1  # counted from 1
    beat: float = 0.0  # beats since the transport's start, from 0
    peak: float = 0.0  # of the last block, 1.0 is full scale
    rms: float = 0.0
    underflows: int = 0  # since the process started
    callback_load: float = 0.0  # time in the callback / time it fills, its recent highest
    slot_1: int = -1  # that sounds on deck 1; -1: none
    slot_2: int = -1
    peak_1: float = 0.0  # of what deck 1 gave into the mix in the last block
    rms_1: float = 0.0
    peak_2: float = 0.0
    rms_2: float = 0.0
    errors: int = 0  # exceptions in the callback since the process started

    @property
    def bpm(self) -> float:
        return self.bpm_centi / 100

    def beat_at(self, monotonic_ns: int) -> float:
        """The beat that is heard at a time, if nothing changes meanwhile."""
        if not self.is_running:
            return self.beat
        return self.beat + (monotonic_ns - self.monotonic_ns) * 1e-9 * self.bpm / 60.0


class Meters:
    """The audio process' report after each block; everybody may read."""

    def __init__(self, segment: _Segment) -> None:
        """Use `create` or `attach`."""
        self._segment = segment
        self._board = _Board(_bytes_of(segment), MeterReading)

    @classmethod
    def create(cls) -> Meters:
        return cls(_Segment.make(_Board.size_of(MeterReading), "the meters"))

    @classmethod
    def attach(cls, name: str) -> Meters:
        return cls(_Segment.find(name))

    @property
    def name(self) -> str:
        return self._segment.name

    def write(self, reading: MeterReading) -> None:
        """Audio process only, one thread at a time."""
        self._board.write(reading)

    def read(self) -> MeterReading | None:
        """The newest whole reading; None before the first block. Any thread."""
        return self._board.read()

    def close(self) -> None:
        self._board.close()
        self._segment.close()

    def unlink(self) -> None:
        self._segment.unlink()


RING_S = 10.0
# More samples than the writer may be past `end`: the block that is not told of yet, and the one being written.
_RING_AHEAD = 32_768
_RING = struct.Struct("<8sqqq")
_RING_MARK = b"LADMGor1"


class OutputRing:
    """The last seconds of what leaves for the sound card, float32 `[samples, channels]`, after the limiter.

    One writer, any number of readers, no locks. A sample has the index that it has on the player's sample clock, as in
    the meters: the limiter's delay is taken off. Time in which nothing was rendered, since the card or the process was
    gone, is silence. A card of another `rate` begins anew: who reads must see whether it changed.
    """

    def __init__(self, segment: _Segment) -> None:
        """Use `create` or `attach`."""
        self._segment = segment
        buffer = _bytes_of(segment)
        mark, _, capacity, channels = _RING.unpack_from(buffer, 0)
        if mark != _RING_MARK:
            raise ValueError(f"shared memory {segment.name!r} is not an output ring of this version")
        self._rate = np.ndarray((1,), np.int64, buffer, len(_RING_MARK))
        self.capacity = int(capacity)
        self.channels = int(channels)
        self._ends = np.ndarray((2,), np.int64, buffer, _HEADER_BYTES)  # told to readers, written
        self._samples = np.ndarray((self.capacity, self.channels), np.float32, buffer, PAGE)

    @classmethod
    def create(cls, rate: int, seconds: float = RING_S, channels: int = 2) -> OutputRing:
        """A new ring, empty. ValueError if it is too short to read from; SharedMemoryFull if it can't be had."""
        capacity = round(rate * seconds)
        if capacity <= 2 * _RING_AHEAD:
            raise ValueError(f"an output ring must hold over {2 * _RING_AHEAD} samples, got {capacity}")
        segment = _Segment.make(cls.n_bytes(rate, seconds, channels), f"an output ring of {seconds:g} s")
        _RING.pack_into(_bytes_of(segment), 0, _RING_MARK, rate, capacity, channels)
        return cls(segment)

    @staticmethod
    def n_bytes(rate: int, seconds: float = RING_S, channels: int = 2) -> int:
        """What such a ring takes of shared memory."""
        return PAGE + round(rate * seconds) * channels * 4

    @classmethod
    def attach(cls, name: str) -> OutputRing:
        return cls(_Segment.find(name))

    @property
    def name(self) -> str:
        return self._segment.name

    @property
    def rate(self) -> int:
        """In Hz. Any process."""
        return int(self._rate[0])

    @property
    def end(self) -> int:
        """The index after the last sample that may be read. Any process."""
        return int(self._ends[0])

    @property
    def written(self) -> int:
        """The index after the last sample that was written, by this process or by the one that died before it."""
        return int(self._ends[1])

    def begin(self, rate: int) -> None:
        """What comes now is of this rate, in Hz; what was there of another one is gone. Audio thread only."""
        if rate != self.rate:
            self._rate[0] = rate  # first: who sees the new ends sees this, too
            self._ends[:] = 0

    def write(self, sample: int, block: npt.NDArray[np.float32]) -> None:
        """Put in a block, `[samples, channels]`, whose first sample has this index. Audio thread only.

        Readers are told of it when the next block comes: by then the memory is in order for every processor.
        """
        written = self.written
        self._ends[0] = written
        if sample > written:
            for start, stop in self._parts(max(written, sample - self.capacity), sample):
                self._samples[start:stop] = 0.0
        done = 0
        for start, stop in self._parts(sample, sample + len(block)):
            self._samples[start:stop] = block[done : done + stop - start]
            done += stop - start
        self._ends[1] = sample + len(block)

    def read(self, sample: int, limit: int) -> tuple[int, npt.NDArray[np.float32]]:
        """What there is from an index on, at most `limit` samples: the index of the first one, and a copy.

        That index is later than the one asked for where the writer has already overwritten what lies between.
        """
        first = max(sample, self._oldest())
        count = max(min(limit, self.end - first), 0)
        audio = np.empty((count, self.channels), np.float32)
        done = 0
        for start, stop in self._parts(first, first + count):
            audio[done : done + stop - start] = self._samples[start:stop]
            done += stop - start
        lost = min(max(self._oldest() - first, 0), count)  # while it was copied
        return first + lost, audio[lost:]

    def _oldest(self) -> int:
        return self.end - self.capacity + _RING_AHEAD

    def _parts(self, first: int, last: int) -> tuple[tuple[int, int], ...]:
        """Where in memory the samples from one index to another lie; at most the capacity of them."""
        start = first % self.capacity
        stop = start + last - first
        if stop <= self.capacity:
            return ((start, stop),)
        return (start, self.capacity), (0, stop - self.capacity)

    def close(self) -> None:
        """Let go of this process' view."""
        self._ends = np.zeros(2, np.int64)
        self._samples = np.zeros((1, self.channels), np.float32)
        self._segment.close()

    def unlink(self) -> None:
        self._segment.unlink()
