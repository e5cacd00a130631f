"""What comes back after a crash: all values and the loops that sounded, kept on disk while one plays."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from instrument.memory import n_low
from instrument.params import ADDRESSES, DECKS, Value, accept
from instrument.recipe import Recipe

FORMAT = "ladmg-session"
VERSION = 1
FILE = "session.json"
MAX_BYTES = 2**20
MAX_LOOP_BYTES = 2**26
PAUSE_S = 2.0  # between two writes: what changed since the last one is lost in a crash
CLOSE_S = 2.0  # a disk that hangs must not keep us from ending
CHANNELS = 2
MAX_RATE = 48_000  # of the model; the memory of a loop is reckoned by it
_LOOP_FILE = re.compile(r"loop-[0-9a-f]{16}\.f32")


class SessionError(ValueError):
    """What was kept can't be used; the text says why and where it lies now."""


@dataclass(frozen=True)
class KeptLoop:
    """A loop that sounded, with its recipe as asked for and as made.

    samples: float32 [samples, 2] as in the bank, `n_samples` of the loop at `rate` Hz and its lows behind them.
    """

    rate: int
    n_samples: int
    bpm_centi: int
    n_bars: int
    asked: Recipe
    made: Recipe
    samples: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        if not 8000 <= self.rate <= MAX_RATE:
            raise ValueError(f"a loop's rate must be in 8000..{MAX_RATE} Hz, got {self.rate}")
        made = self.made
        if (self.n_bars, self.bpm_centi) != (made.n_bars, round(made.bpm * 100)):
            raise ValueError(f"{self.n_bars} bars at {self.bpm_centi / 100} BPM are not what the recipe says")
        exact = made.n_bars * 240 * self.rate / made.bpm
        if abs(self.n_samples - exact) > 1 or len(self.samples) != self.n_samples + n_low(self.n_samples):
            raise ValueError(
                f"{len(self.samples)} samples can't be a loop of {self.n_samples}, which should be {exact:.0f}"
            )


@dataclass(frozen=True)
class Session:
    """values: of all parameters, by address. loops: by deck. has_ended: in order, not by a crash.

    complaint: what could not be read of it, "" where that is nothing.
    """

    values: Mapping[str, Value]
    loops: Mapping[int, KeptLoop] = field(default_factory=dict)
    has_ended: bool = False
    complaint: str = ""


def state_folder() -> Path:
    """Where sessions are kept, by the custom of the system."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    elif os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home())
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "ladmg"


def session_folder(state: Path | None, osc_port: int) -> Path:
    """Of the instrument on a port, which only one can have. state: the folder of all; the user's own for None."""
    return (state or state_folder()) / f"session-{osc_port}"


def load(folder: Path) -> Session | None:
    """What is kept in a folder; None for nothing. What is damaged is put aside; SessionError where that is all."""
    try:
        with (folder / FILE).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SessionError(f"{folder / FILE} can't be read: {error.strerror}") from None
    try:
        held = _held(data[:MAX_BYTES])
        values = {
            address: accept(ADDRESSES[address][0], value)
            for address, value in held["values"].items()
            if ADDRESSES[address][0].name != "record"  # what was recorded is closed
        }
        has_ended, entries = bool(held["has_ended"]), dict(held["loops"])
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        aside = _put_aside(folder / FILE)
        raise SessionError(
            f"the session before can't come back, it is put aside as {aside}: {error}"
        ) from None
    loops: dict[int, KeptLoop] = {}
    complaints = []
    for deck, entry in entries.items():
        try:
            if int(deck) not in DECKS:
                raise ValueError(f"there are decks {DECKS[0]} and {DECKS[1]}")
            loops[int(deck)] = _load_loop(folder, entry)
        except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
            complaints.append(f"the loop of deck {deck} can't come back: {error}")
            if isinstance(entry, dict) and _LOOP_FILE.fullmatch(file_name := str(entry.get("file"))):
                complaints[-1] += f"; it is put aside as {_put_aside(folder / file_name)}"
    return Session(values, loops, has_ended, "; ".join(complaints))


def was_cut_off(folder: Path) -> bool | None:
    """Whether the session that is kept in a folder did not end in order; None for no session. Changes nothing there.

    SessionError where it can't be read.
    """
    try:
        with (folder / FILE).open("rb") as file:
            held = _held(file.read(MAX_BYTES))
        return not held["has_ended"]
    except FileNotFoundError:
        return None
    except (OSError, TypeError, KeyError, ValueError, RecursionError) as error:
        raise SessionError(f"{folder / FILE} can't be read: {error}") from None


def _held(data: bytes) -> Any:
    """What a session's file holds. KeyError, TypeError, ValueError or RecursionError where it is none."""
    held = json.loads(data)
    if (held["format"], held["version"]) != (FORMAT, VERSION):
        raise ValueError(f"it is no {FORMAT} of version {VERSION}")
    return held


def _load_loop(folder: Path, entry: Mapping[str, Any]) -> KeptLoop:
    if not _LOOP_FILE.fullmatch(entry["file"]):
        raise ValueError(f"{entry['file']!r} is no name of a loop's file")
    path = folder / entry["file"]
    with path.open("rb") as file:
        data = file.read(MAX_LOOP_BYTES)
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise ValueError(f"{path.name} is not what was written, {len(data)} bytes")
    return KeptLoop(
        rate=int(entry["rate"]),
        n_samples=int(entry["n_samples"]),
        bpm_centi=int(entry["bpm_centi"]),
        n_bars=int(entry["n_bars"]),
        asked=Recipe.from_dict(entry["asked"]),
        made=Recipe.from_dict(entry["made"]),
        samples=np.frombuffer(data, np.float32).reshape(-1, CHANNELS),
    )


def _put_aside(path: Path) -> Path:
    """Out of the way, for whoever wants to look at it. One of each name."""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError:
        return path
    return aside


class SessionKeeper:
    """Writes a session to its folder, in a thread of its own: the newest, once in a while, whole or not at all.

    Any thread may call `keep_values` and `keep_loop`, which don't wait. What can't be written is told to
    `complain`, once, and the music goes on.
    """

    def __init__(self, folder: Path, complain: Callable[[str], None], pause_s: float = PAUSE_S) -> None:
        self.folder = folder
        self._complain = complain
        self._pause_s = pause_s
        self._values: dict[str, Value] | None = None
        self._loops: dict[int, KeptLoop] = {}
        self._entries: dict[int, tuple[KeptLoop, dict[str, Any]]] = {}  # what lies in the folder already
        self._has_news = threading.Event()
        self._is_closing = threading.Event()
        self._has_ended = False
        self._has_complained = False
        self._thread = threading.Thread(target=self._serve, name="session", daemon=True)
        self._thread.start()

    def keep_values(self, values: dict[str, Value]) -> None:
        """All values, by address."""
        self._values = values
        self._has_news.set()

    def keep_loop(self, deck: int, loop: KeptLoop) -> None:
        """What sounds now. Its samples must not change any more."""
        self._loops = self._loops | {deck: loop}
        self._has_news.set()

    def close(self, has_ended: bool) -> None:
        """Write what is left. has_ended: in order; else the session comes back by itself at the next start."""
        self._has_ended = has_ended
        self._is_closing.set()
        self._has_news.set()
        self._thread.join(CLOSE_S)

    def _serve(self) -> None:
        is_last = False
        while not is_last:
            self._has_news.wait()
            self._has_news.clear()
            is_last = self._is_closing.is_set()
            try:
                self._write()
                self._has_complained = False
            except OSError as error:
                if not self._has_complained:
                    self._complain(f"nothing is kept for after a crash in {self.folder}: {error.strerror}")
                self._has_complained = True
            self._is_closing.wait(self._pause_s)

    def _write(self) -> None:
        values, loops = self._values, self._loops
        if values is None or not loops:  # before anything sounds, the session before is worth more
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for deck, loop in loops.items():
            if deck not in self._entries or self._entries[deck][0] is not loop:
                self._entries[deck] = (loop, self._write_loop(loop))
        entries = {deck: entry for deck, (_, entry) in self._entries.items()}
        kept = {
            "format": FORMAT,
            "version": VERSION,
            "has_ended": self._has_ended,
            "values": {address: _named(address, value) for address, value in values.items()},
            "loops": entries,
        }
        with _draft(self.folder / FILE) as file:
            file.write(json.dumps(kept, indent=1, ensure_ascii=False).encode())
        in_use = {entry["file"] for entry in entries.values()}
        for path in self.folder.glob("loop-*.f32"):
            if path.name not in in_use:
                path.unlink(missing_ok=True)

    def _write_loop(self, loop: KeptLoop) -> dict[str, Any]:
        data = np.ascontiguousarray(loop.samples, np.float32).tobytes()
        sha256 = hashlib.sha256(data).hexdigest()
        entry: dict[str, Any] = {"file": f"loop-{sha256[:16]}.f32", "sha256": sha256}
        with _draft(self.folder / entry["file"]) as file:
            file.write(data)
        for item in fields(loop):
            value = getattr(loop, item.name)
            if item.name != "samples":
                entry[item.name] = value.to_dict() if isinstance(value, Recipe) else value
        return entry


def _named(address: str, value: Value) -> Value:
    """An enum's value as its name, which later tables have too."""
    spec, _ = ADDRESSES[address]
    return spec.choices[int(value)] if spec.kind == "enum" else value


@contextmanager
def _draft(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its place whole, when it is on the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(handle)
        draft.replace(path)
    finally:  # nothing is left behind where the disk is full
        draft.unlink(missing_ok=True)
