"""Shows: what decided what was heard, sample by sample, as JSON lines. `docs/shows.md` describes the format.

The player's audio follows from what it is told and when. So a show is all that the player was told from the moment at
which the audio process began, which is long before a recording that starts in the middle of the music: what rings on
from before it is known too.
"""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from instrument.memory import PlaybackParams
from instrument.params import ADDRESSES, Change, Spec, Value
from instrument.recipe import Recipe

FORMAT = "ladmg-show"
VERSION = 1
PACKED = 1000  # lines at a time


class ShowError(ValueError):
    """A file that is no show, with the reason."""


@dataclass(frozen=True)
class Event:
    """What happened, and the sample from which on it counted. fields: the rest of its line, by name."""

    sample: int
    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Show:
    """A show file. The recording is the samples from `start` to before `stop`; `events` begin long before.

    bank: the arguments of `LoopBank.create`. values: of all parameters at the start, by address. beat: of the transport
    then, None where it stood.
    """

    rate: int
    channels: int
    bank: Mapping[str, int]
    start: int
    stop: int
    beat: float | None
    values: Mapping[str, Any]
    events: tuple[Event, ...]


class ShowLog:
    """Keeps what the audio process tells that it was told, as lines of a show. One thread.

    A night of it is held in memory, in case somebody records: packed, which takes less than a fifth of the room.
    recipe_of: the recipe of the loop in a slot that is with the audio process.
    """

    def __init__(self, recipe_of: Callable[[int], Recipe | None]) -> None:
        self._recent: list[str] = []
        self._packed: list[bytes] = []
        self._recipe_of = recipe_of
        self._params: dict[str, Any] = {}

    @property
    def lines(self) -> list[str]:
        """All of them, oldest first."""
        packed = "".join(zlib.decompress(block).decode() for block in self._packed)
        return [*packed.split("\n")[:-1], *self._recent]

    def _keep(self, line: str) -> None:
        self._recent.append(line)
        if len(self._recent) >= PACKED:
            text = "".join(f"{line}\n" for line in self._recent)
            self._packed.append(zlib.compress(text.encode(), 1))
            self._recent = []

    def told(self, message: tuple[Any, ...]) -> str:
        """Take note of an event of the audio process (see `audio.main`); its line, "" if shows have none for it."""
        match message:
            case ("began", sample, block, is_new, ended, ticks, is_running):
                if is_new:  # what the process before it was told is of no use to this one
                    self._recent, self._packed, self._params = [], [], {}
                line = line_of(
                    "began",
                    sample,
                    block=block,
                    is_new=is_new,
                    ended=ended,
                    ticks=ticks,
                    is_running=is_running,
                )
            case ("took", sample, command, slots):
                loops = {str(slot): recipe.to_dict() for slot in slots if (recipe := self._recipe_of(slot))}
                line = line_of("took", sample, command=command, loops=loops)
            case ("params", sample, params):
                values = _flat(dataclasses.asdict(params))
                changed = {name: value for name, value in values.items() if self._params.get(name) != value}
                self._params = values
                line = line_of("params", sample, values=changed)
            case ("heard", sample, at_ns):
                line = line_of("heard", sample, at_ns=at_ns)
            case ("entered", *where, sample, bar):
                line = line_of("entered", sample, where=where, bar=bar)
            case ("failed", sample):
                line = line_of("failed", sample)
            case _:
                return ""
        self._keep(line)
        return line


def header_of(
    rate: int,
    channels: int,
    bank: Mapping[str, int],
    start: int,
    beat: float | None,
    values: Mapping[str, Any],
    audio: str,
    made: str,
) -> str:
    """The first line of a show. audio: the name of the recording's file; made: date and time, for people."""
    head = {"format": FORMAT, "version": VERSION, "made": made, "audio": audio, "rate": rate}
    named = {address: _named(ADDRESSES[address][0], value) for address, value in values.items()}
    return _json(head | {"channels": channels, "bank": bank, "start": start, "beat": beat, "values": named})


def line_of(event: str, sample: int, **fields: Any) -> str:
    return _json({"sample": sample, "event": event, **fields})


def change_line(change: Change, sample: int, beat: float | None) -> str:
    """A change that somebody asked for, with where the music was; beat: None while the transport stands."""
    fields = {"address": change.address, "value": _named(change.spec, change.value), "source": change.source}
    return line_of("set", sample, beat=beat, **fields)


def _named(spec: Spec, value: Value) -> Value:
    """An enum's name, which a later version still knows."""
    return spec.choices[int(value)] if spec.kind == "enum" else value


def read(path: Path) -> Show:
    """A show from its file. A line that a crash has cut off at the end is left out. Raises ShowError."""
    try:
        *lines, _ = path.read_text("utf-8").split("\n")  # the last is empty, or cut off
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ShowError(f"{path} can't be read: {reason}") from None
    held = [_object(path, number, line) for number, line in enumerate(lines, start=1)]
    if not held or (held[0].get("format"), held[0].get("version")) != (FORMAT, VERSION):
        raise ShowError(f"{path} is no {FORMAT} of version {VERSION}")
    head = held[0]
    try:
        events = tuple(
            Event(
                int(line["sample"]),
                str(line["event"]),
                {name: value for name, value in line.items() if name not in ("sample", "event")},
            )
            for line in held[1:]
        )
        # Where nobody has stopped it: up to where a crash has left it complete.
        reached = [event.sample for event in events if event.kind == "stopped"]
        reached = reached or [event.sample for event in events if event.kind == "known"]
        return Show(
            rate=int(head["rate"]),
            channels=int(head["channels"]),
            bank=dict(head["bank"]),
            start=int(head["start"]),
            stop=max(reached, default=int(head["start"])),
            beat=None if head["beat"] is None else float(head["beat"]),
            values=dict(head["values"]),
            events=events,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ShowError(f"{path} is damaged: {error!r}") from None


def params_of(values: Mapping[str, Any]) -> PlaybackParams:
    """The playback parameters of a show's values, by dotted names. ValueError for what they can't be."""
    return _record(PlaybackParams, dict(values), "")  # type: ignore[no-any-return]


def _record(kind: type[Any], values: Mapping[str, Any], prefix: str) -> Any:
    made = {}
    for name, field_kind in get_type_hints(kind).items():
        if dataclasses.is_dataclass(field_kind):
            made[name] = _record(field_kind, values, f"{prefix}{name}.")  # type: ignore[arg-type]
        elif prefix + name in values:
            made[name] = values[prefix + name]
    return kind(**made)


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Of a nested dict, by dotted names."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        held = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ShowError(f"{path} is damaged in line {number}: {error}") from None
    if not isinstance(held, dict):
        raise ShowError(f"{path} is damaged in line {number}: no object")
    return held


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
