"""Maps of MIDI controllers as TOML files, which a person can read and edit; docs/midi.md describes them.

A map that makes no sense is refused as a whole, with the place in it, what was wrong, and what is allowed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, cast, get_args

from instrument.midi.control_map import ANY_PORT, BUTTONS, Control, Hold, Map, Mode, shown
from instrument.midi.curves import CURVES
from instrument.midi.messages import FIRST_MODE_MESSAGE, NRPN_LSB, RPN_MSB, Encoder, Kind, Source
from instrument.midi.ports import normal
from instrument.params import ADDRESSES, ParamError, Spec, Value, accept

FACTORY = Path(__file__).parent / "maps"
MAX_BYTES = 2**17
N_PROGRAMS = 128
BPM_STEP = 0.1  # an absolute 7-bit control would jump by 1.1 BPM

_NUMBERS: dict[Kind, tuple[int, int]] = {
    "cc": (0, FIRST_MODE_MESSAGE - 1),
    "cc14": (0, 31),
    "nrpn": (0, 16382),  # the last one means none
    "note": (0, 127),
    "program": (1, N_PROGRAMS),
}
_KINDS: tuple[Kind, ...] = get_args(Kind)
_PORTS = f'a list of words that the port\'s name has, or of "{ANY_PORT}" for any port'
_OF_MAP = ("name", "ports", "channel", "feedback", "leds", "presets", "controls")
_OF_CONTROL = (*_KINDS, "label", "address", "channel", "mode", "feedback", "leds")
_OF_MODE: dict[Mode, tuple[str, ...]] = {
    "absolute": ("range", "curve", "invert", "takeover"),
    "relative": ("encoder", "step", "range", "invert"),
    "toggle": ("value", "off"),
    "momentary": ("value", "off"),
    "trigger": ("value",),
    "step": ("step",),
}


class MapError(ValueError):
    """A map that can't be used: the file, the place in it, what was wrong, and what is allowed."""


def parse(text: str, where: str) -> Map:
    """A map out of TOML. where: what errors call it. Raises MapError."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MapError(f"{where}: {error}") from None
    table = _Table(where, data, _OF_MAP)
    name = table.get("name", str, "words", "")
    ports = table.get("ports", list, _PORTS, None)
    if not ports or not all(isinstance(one, str) and (normal(one) or one == ANY_PORT) for one in ports):
        raise table.refusal("ports", _PORTS)
    channel = table.channel(None)
    presets = _presets(table)
    base = _Base(channel, table.feedback(), table.leds((0, 127)), presets)
    entries = table.get("controls", list, "a list of controls", [])
    controls: list[Control] = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise MapError(f"{where}: control {index + 1} must be {{ cc = .., address = .. }}, got {entry!r}")
        control = _control(f"{where}: control {index + 1}", entry, base)
        if any((control.source, control.address) == (one.source, one.address) for one in controls):
            text = f"{control.source.text} moves {control.address} already"
            raise MapError(f"{where}: control {index + 1}: {text}")
        controls.append(control)
    return Map(name or where, tuple(ports), tuple(controls), base.feedback, base.leds)


def load(path: Path) -> Map:
    """A map out of a file. Raises MapError."""
    return parse(read(path), str(path))


def read(path: Path) -> str:
    """A map's text. Raises MapError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise MapError(f"{path}: must have at most {MAX_BYTES} bytes")
        return data.decode("utf-8")
    except OSError as error:
        raise MapError(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise MapError(f"{path}: must be UTF-8 ({error.reason} at byte {error.start})") from None


@lru_cache(maxsize=1)
def factory() -> tuple[Map, ...]:
    """The maps that ship; the last one is for any port."""
    maps = [load(path) for path in sorted(FACTORY.glob("*.toml"))]
    return tuple(sorted(maps, key=lambda one: one.is_for_any))


@dataclass(frozen=True)
class _Base:
    """What a map says for all of its controls."""

    channel: int | None
    feedback: bool | str
    leds: tuple[int, int]
    presets: Mapping[int, str]


class _Table:
    """One table of TOML, whose values are checked as they are taken."""

    def __init__(self, where: str, data: Mapping[str, Any], keys: Sequence[str]) -> None:
        self.where = where
        self.data = data
        for key in data:
            if key not in keys:
                close = get_close_matches(key, keys, 1)
                hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(keys)}"
                raise MapError(f"{where}: there is no key {key!r}; {hint}")

    def refusal(self, key: str, allowed: str) -> MapError:
        got = f"got {self.data[key]!r}" if key in self.data else "it is missing"
        return MapError(f"{self.where}: {key} must be {allowed}, {got}")

    def get(self, key: str, kind: type, allowed: str, default: Any) -> Any:
        value = self.data.get(key, default)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.refusal(key, allowed)
        return value

    def number(self, key: str, low: int, high: int) -> int:
        value = self.get(key, int, f"a whole number in {low}..{high}", low)
        if not low <= value <= high:
            raise self.refusal(key, f"a whole number in {low}..{high}")
        return int(value)

    def one_of(self, key: str, choices: Collection[str], default: str) -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str) or value not in choices:
            raise self.refusal(key, f"one of {', '.join(choices)}")
        return value

    def feedback(self) -> bool | str:
        value = self.data.get("feedback", False)
        if not isinstance(value, bool) and value != BUTTONS:
            raise self.refusal("feedback", f'true, false or "{BUTTONS}"')
        return cast(bool | str, value)

    def channel(self, default: int | None) -> int | None:
        if "channel" not in self.data:
            return default
        if self.data["channel"] == "any":
            return None
        try:
            return self.number("channel", 1, 16) - 1
        except MapError:
            raise self.refusal("channel", 'a whole number in 1..16, or "any"') from None

    def leds(self, default: tuple[int, int]) -> tuple[int, int]:
        value = self.data.get("leds", list(default))
        is_pair = isinstance(value, list) and len(value) == 2
        if not is_pair or not all(type(item) is int and 0 <= item <= 127 for item in value):
            raise self.refusal("leds", "two numbers in 0..127, for off and on")
        return value[0], value[1]


def _presets(table: _Table) -> dict[int, str]:
    """Names of presets by the number of a program."""
    allowed = f"a table of names by number 1..{N_PROGRAMS}"
    presets: dict[int, str] = {}
    spec = ADDRESSES["/ladmg/preset_recall"][0]
    for number, name in table.get("presets", dict, allowed, {}).items():
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= N_PROGRAMS):
            raise table.refusal("presets", allowed)
        try:
            presets[int(number)] = str(accept(spec, name))
        except ParamError as error:
            raise MapError(f"{table.where}: presets {number}: {error}") from None
    return presets


def _control(where: str, entry: Mapping[str, Any], base: _Base) -> Control:
    kinds = [kind for kind in _KINDS if kind in entry]
    if len(kinds) == 1:
        where += f" ({kinds[0]} {entry[kinds[0]]})"
    table = _Table(
        where, entry, (*_OF_CONTROL, *dict.fromkeys(key for keys in _OF_MODE.values() for key in keys))
    )
    if len(kinds) != 1:
        got = " and ".join(kinds) or "none"
        raise MapError(f"{where} must have one of {', '.join(_KINDS)}, got {got}")
    address = table.get("address", str, "a parameter's address; see `ladmg params`", None)
    if address not in ADDRESSES:
        close = get_close_matches(address, ADDRESSES, 1)
        hint = f"did you mean {close[0]}?" if close else "see `ladmg params`"
        raise MapError(f"{where}: there is no parameter {address!r}; {hint}")
    spec = ADDRESSES[address][0]
    source = _source(table, kinds[0], base.channel)
    mode = _mode(table, source.kind, spec)
    for key in entry:
        if key not in (*_OF_CONTROL, *_OF_MODE[mode]):
            allowed = ", ".join(_OF_MODE[mode])
            raise MapError(f"{where}: {key} means nothing in mode {mode}, where there may be {allowed}")
    low, high = _range(table, spec)
    value, off = _values(table, spec, source, mode)
    encoder = None
    if "encoder" in entry:
        encoder = cast(Encoder, table.one_of("encoder", get_args(Encoder), ""))
        if source.kind != "cc":
            raise MapError(f"{where}: only a cc can have an encoder")
    is_told = base.feedback is True or (base.feedback == BUTTONS and mode not in ("absolute", "relative"))
    feedback = table.get("feedback", bool, "true or false", is_told)
    return Control(
        source=source,
        address=address,
        mode=mode,
        low=low,
        high=high,
        curve=table.one_of("curve", CURVES, "linear"),
        takeover=cast(Hold, table.one_of("takeover", get_args(Hold), "crossing")),
        encoder=encoder,
        step=_step(table, spec, mode),
        value=value,
        off=off,
        names=_names(table, spec, source, base.presets),
        has_feedback=feedback and spec.has_value and source.kind != "program",
        leds=table.leds(base.leds),
        label=table.get("label", str, "words", ""),
    )


def _source(table: _Table, kind: Kind, channel: int | None) -> Source:
    channel = table.channel(channel)
    if kind == "bend":
        if table.data[kind] is not True:
            raise table.refusal(kind, "true")
        return Source(kind, None, channel)
    if kind == "program" and table.data[kind] == "any":
        return Source(kind, None, channel)
    number = table.number(kind, *_NUMBERS[kind])
    if kind == "cc" and NRPN_LSB <= number <= RPN_MSB:
        raise table.refusal(kind, "another one: 98..101 select NRPN and RPN")
    return Source(kind, number - 1 if kind == "program" else number, channel)


def _mode(table: _Table, kind: Kind, spec: Spec) -> Mode:
    if kind == "program" or spec.kind in ("trigger", "text", "name", "pick"):
        allowed: tuple[Mode, ...] = ("trigger",)
    elif kind == "note":
        allowed = ("toggle", "momentary", "trigger", "step")
    else:
        allowed = get_args(Mode)
    return cast(Mode, table.one_of("mode", allowed, _default_mode(table, kind, spec, allowed)))


def _default_mode(table: _Table, kind: Kind, spec: Spec, allowed: Sequence[Mode]) -> Mode:
    if len(allowed) == 1:
        return allowed[0]
    if "encoder" in table.data or (spec.name == "bpm" and "relative" in allowed):
        return "relative"
    if (spec.kind, spec.low, spec.high) == ("int", 0, 1):
        return "toggle"
    if kind == "note":
        return "trigger" if "value" in table.data or spec.kind == "float" else "step"
    return "absolute"


def _range(table: _Table, spec: Spec) -> tuple[float, float]:
    low, high = 0.0, 1.0
    if "range" in table.data:
        span = table.data["range"]
        allowed = f"two of {spec.allowed}, the lower first"
        if not isinstance(span, list) or len(span) != 2:
            raise table.refusal("range", allowed)
        low, high = (spec.unmap(_value(table, "range", spec, end)) for end in span)
        if low >= high:
            raise table.refusal("range", allowed)
    return (high, low) if table.get("invert", bool, "true or false", False) else (low, high)


def _value(table: _Table, key: str, spec: Spec, raw: object) -> Value:
    """The value that a map asks for. What is outside is refused, not clamped."""
    try:
        value = accept(spec, raw)
    except ParamError as error:
        raise MapError(f"{table.where}: {key}: {error}") from None
    is_number = isinstance(raw, int | float) and spec.kind in ("float", "int", "enum", "pick")
    if is_number and (not spec.low <= cast(float, raw) <= spec.high or (spec.kind == "int" and value != raw)):
        raise table.refusal(key, spec.allowed)
    return value


def _values(table: _Table, spec: Spec, source: Source, mode: Mode) -> tuple[Value | None, Value | None]:
    """What a press sets, and its release or the next one."""
    if mode not in ("toggle", "momentary", "trigger"):
        return None, None
    if spec.kind == "trigger" or (source.kind == "program" and source.number is None):
        if "value" in table.data:
            raise MapError(f"{table.where}: value means nothing here: {spec.name} is told by the press alone")
        return None, None
    if "value" in table.data:
        value = _value(table, "value", spec, table.data["value"])
    elif mode == "trigger":
        raise MapError(f"{table.where}: value is missing: {spec.name} must be {spec.allowed}")
    else:
        value = spec.map(1.0)
    if mode == "trigger":
        return value, None
    off = _value(table, "off", spec, table.data["off"]) if "off" in table.data else spec.map(0.0)
    if value == off:
        raise MapError(f"{table.where}: value and off must differ, got {shown(spec, value)} for both")
    return value, off


def _names(table: _Table, spec: Spec, source: Source, presets: Mapping[int, str]) -> tuple[Value, ...]:
    """What each program sets, from the first on: for presets the names, for the rest the number."""
    if source.kind != "program" or source.number is not None:
        return ()
    if spec.kind == "name":
        return tuple(presets.get(number, str(number)) for number in range(1, N_PROGRAMS + 1))
    if spec.kind in ("int", "pick"):
        return tuple(range(1, min(N_PROGRAMS, int(spec.high)) + 1))
    raise MapError(f"{table.where}: any program can only choose a preset or a number, got {spec.name}")


def _step(table: _Table, spec: Spec, mode: Mode) -> float:
    if mode not in ("relative", "step"):
        return 0.0
    if spec.name == "bpm":
        default = BPM_STEP
    else:
        default = (spec.high - spec.low) / 100 if spec.kind == "float" else 1.0
    value = table.data.get("step", max(default, spec.step))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_whole = is_number and (spec.kind == "float" or value == int(value))
    if not is_whole or not spec.step <= abs(value) <= spec.high - spec.low or (value < 0 and mode != "step"):
        whole = "a whole number" if spec.kind != "float" else "a number"
        below = " or below 0" if mode == "step" else ""
        raise table.refusal("step", f"{whole} from {spec.step:g} to {spec.high - spec.low:g}{below}")
    return float(value)
