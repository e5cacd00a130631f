"""Every parameter of the instrument: one table of names, ranges and units, and the values now.

OSC, MIDI, the command line and the README are all made from `SPECS`. A value is checked once, here, where it
enters; everything behind it trusts it.
"""

import logging
import math
import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Value = float | int | str
Scope = Literal["global", "deck"]
Kind = Literal["float", "int", "enum", "text", "trigger", "name", "pick"]
When = Literal["B", "R", "Q", "N"]

ROOT = "/ladmg"
DECKS = (1, 2)
SHELF_PLACES = 16
TEXT_LIMIT = 256
NAME_LIMIT = 64
N_PROMPTS = 4
OFF = "off"
STUTTERS = (OFF, "1/2", "1/4", "1/8", "1/16")  # of a bar
# As the model's tags name them, in their order; a test compares.
KEYS = tuple(
    f"{tonic} {mode}"
    for mode in ("minor", "major")
    for tonic in ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
)
WHEN = {
    "B": "next block",
    "R": "rendered, then enters at `swap`",
    "Q": "at the next boundary",
    "N": "at once",
}

_log = logging.getLogger(__name__)


class ParamError(ValueError):
    """A value or an address that was refused.

    code: `unknown_address`, `bad_type` (not the kind of thing asked for), `bad_value` (the right kind, but no
    value: NaN, an unknown name) or `too_long`.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Spec:
    """One parameter. Which fields count depends on `kind`:

    float: `low`..`high` in steps of `step` (a power of ten).
    int: `low`..`high`, or only the numbers in `choices` where there are some.
    enum: a name in `choices`; its value is the index (and `default` becomes that too).
    text: at most `TEXT_LIMIT` characters.
    trigger: has no value; it happens.
    name: has no value either; something happens to what is called so.
    pick: likewise; something happens to the one of that number, `low`..`high`; 0 is ignored as a trigger's.

    when: by what it is heard, a key of `WHEN`.
    """

    name: str
    scope: Scope
    kind: Kind
    default: Value
    when: tuple[When, ...]
    doc: str
    low: float = 0
    high: float = 1
    step: float = 1
    unit: str = ""
    choices: tuple[str, ...] | tuple[int, ...] = ()
    digits: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digits", max(0, round(-math.log10(self.step))))
        if self.kind == "enum":
            object.__setattr__(self, "high", len(self.choices) - 1)
        if not math.isclose(self.step, 10.0**-self.digits):
            raise ValueError(f"step of {self.name} must be 1, 0.1, 0.01 .., got {self.step}")
        if self.low >= self.high:
            raise ValueError(f"range of {self.name} must not be empty, got {self.low}..{self.high}")
        default = self.default if self.kind == "pick" else accept(self, self.default)
        if self.kind != "enum" and default != self.default:
            raise ValueError(f"default of {self.name} must be one of its values, got {self.default!r}")
        object.__setattr__(self, "default", default)

    @property
    def has_value(self) -> bool:
        return self.kind not in ("trigger", "name", "pick")

    def address(self, deck: int | None = None) -> str:
        """The OSC address; `deck` is needed for a deck's parameter, and only there."""
        if (deck is None) != (self.scope == "global"):
            raise ValueError(f"{self.name} is a {self.scope} parameter, got deck {deck}")
        return f"{ROOT}/{self.name}" if deck is None else f"{ROOT}/{deck}/{self.name}"

    def map(self, position: float) -> Value:
        """The value at `position`, 0..1 of the range. Not for text."""
        if self.kind in ("text", "name"):
            raise ParamError("bad_type", f"{self.name} is text, it has no position in a range")
        position = min(max(position, 0.0), 1.0)
        if self.kind == "int" and self.choices:
            return int(self.choices[round(position * (len(self.choices) - 1))])
        value = self.low + position * (self.high - self.low)
        return accept(self, value if self.kind == "float" else round(value))

    def unmap(self, value: Value) -> float:
        """The position 0..1 of an accepted value. The inverse of `map`: `map(unmap(value)) == value`."""
        if isinstance(value, str):
            raise ParamError("bad_type", f"{self.name} is text, it has no position in a range")
        if self.kind == "int" and self.choices:
            return self.choices.index(value) / (len(self.choices) - 1)
        return (value - self.low) / (self.high - self.low)

    @property
    def span(self) -> str:
        """The range as tables show it; empty for a trigger."""
        if self.kind == "trigger":
            return ""
        if self.kind in ("text", "name"):
            return f"to {TEXT_LIMIT if self.kind == 'text' else NAME_LIMIT} characters"
        span = ", ".join(map(str, self.choices)) or f"{_plain(self.low)}..{_plain(self.high)}"
        unit = f" {self.unit}" if self.unit else ""
        step = f", in {self.step:g}" if self.kind == "float" and self.step >= 0.01 else ""
        return span + unit + step

    @property
    def allowed(self) -> str:
        """What may be sent, in words, as errors and the documentation say it."""
        span = f"{_plain(self.low)}..{_plain(self.high)}"
        if self.kind == "float":
            return f"a number in {span}"
        if self.kind == "enum":
            return f"one of {', '.join(str(choice) for choice in self.choices)} or an index {span}"
        if self.kind == "text":
            return f"words, at most {TEXT_LIMIT} characters"
        if self.kind == "trigger":
            return "nothing or a number, 0 to ignore"
        if self.kind == "name":
            return f"a name of letters, digits, blanks, - and _, at most {NAME_LIMIT} characters"
        if self.choices:
            return f"one of {', '.join(str(choice) for choice in self.choices)}"
        return f"a whole number in {span}"


def accept(spec: Spec, raw: object) -> Value:
    """What `raw` becomes as a value of `spec`: clamped, quantised, an enum's index, a trigger's 0 or 1.

    raw: one value, or the tuple or list of a message's arguments. A text joins them with spaces (a patcher
    sends a prompt as a list of words), an empty list clears it; so does an enum's name ("A minor"), in which
    capitals don't count; a trigger needs none; all else takes one.
    Raises ParamError for NaN, infinities, wrong types, unknown names and over-long texts.
    """
    args: Sequence[object] = raw if isinstance(raw, tuple | list) else (raw,)
    if spec.kind == "text":
        return _text(spec, args)
    if spec.kind == "name":
        return _name(spec, args)
    if spec.kind == "enum" and args and all(isinstance(arg, str) for arg in args):
        return _index(spec, " ".join(str(arg) for arg in args))
    if spec.kind == "trigger":
        return 1 if not args or any(_number(spec, arg) for arg in args) else 0
    if len(args) != 1:
        raise ParamError("bad_type", f"{spec.name} takes one value, {spec.allowed}, got {len(args)}")
    number = _number(spec, args[0])
    if spec.kind == "float":
        # Rounding to the grid also takes off what float32 adds: 132.1 arrives as 132.10000610351562.
        return round(float(min(max(number, spec.low), spec.high)), spec.digits) + 0.0
    if number != math.floor(number):
        raise _refusal("bad_value", spec, args[0])
    if spec.kind == "pick" and number == 0:
        return 0
    if spec.kind == "int" and spec.choices:
        return min((int(choice) for choice in spec.choices), key=lambda choice: abs(choice - number))
    return int(min(max(number, spec.low), spec.high))


def _number(spec: Spec, arg: object) -> float | int:
    """`arg` if it is a finite number; true and false count as 1 and 0 where nothing but these is meant."""
    if isinstance(arg, bool) and (
        spec.kind == "trigger" or (spec.kind, spec.low, spec.high) == ("int", 0, 1)
    ):
        return int(arg)
    if isinstance(arg, bool) or not isinstance(arg, int | float):
        raise _refusal("bad_type", spec, arg)
    if isinstance(arg, float) and not math.isfinite(arg):
        raise _refusal("bad_value", spec, arg)
    return arg


def _index(spec: Spec, name: str) -> int:
    """Of an enum's name."""
    names = [str(choice).lower() for choice in spec.choices]
    wanted = " ".join(name.lower().split())
    if wanted not in names:
        raise _refusal("bad_value", spec, name)
    return names.index(wanted)


def _name(spec: Spec, args: Sequence[object]) -> str:
    """Of a file, which so can't be in another folder, hidden, a device, or the same as another but for its spelling."""
    name = _text(spec, args)
    if not _NAME.fullmatch(name):
        raise _refusal("bad_value" if name else "bad_type", spec, name)
    return name


# Windows opens a device for a file that is called so, with whatever ending.
_NAME = re.compile(rf"(?!(?:con|prn|aux|nul|(?:com|lpt)\d)$)[\w -]{{1,{NAME_LIMIT}}}", re.IGNORECASE)


def _text(spec: Spec, args: Sequence[object]) -> str:
    words = []
    for arg in args:
        if isinstance(arg, str):
            words.append(arg)
        elif isinstance(arg, int | float) and not isinstance(arg, bool) and abs(arg) < 1e15:
            words.append(f"{arg:.7g}" if isinstance(arg, float) else str(arg))  # Pd sends 90 as 90.0
        else:
            raise _refusal("bad_type", spec, arg)
    # One spelling, whichever keyboard typed it: the same words must be the same recipe, and so the same loop.
    text = unicodedata.normalize("NFC", " ".join(words))
    for character in text:
        if unicodedata.category(character) in _CONTROLS or character in _BIDI_CONTROLS:
            raise ParamError(
                "bad_value", f"{spec.name} must be {spec.allowed}, got {_shown(character)} in it"
            )
    text = " ".join(text.split())
    if len(text) > TEXT_LIMIT:
        raise ParamError("too_long", f"{spec.name} must be {spec.allowed}, got {len(text)}")
    return text


# Control characters, lone surrogates, line and paragraph separators; and what turns a terminal's line around.
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
_BIDI_CONTROLS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _refusal(code: str, spec: Spec, arg: object) -> ParamError:
    return ParamError(code, f"{spec.name} must be {spec.allowed}, got {_shown(arg)}")


def _shown(arg: object) -> str:
    text = ascii(arg) if isinstance(arg, str | bytes | float | int | None) else type(arg).__name__
    return text if len(text) <= 40 else f"{text[:37]}..."


def _plain(number: float) -> str:
    return f"{number:g}" if abs(number) < 1e5 else str(int(number))


SPECS: tuple[Spec, ...] = (
    Spec("bpm", "global", "float", 125.0, ("B", "R"), "Tempo.", 60, 200, 0.01, "BPM"),
    Spec("playing", "global", "int", 1, ("N",), "1 plays, 0 is silent."),
    Spec(
        "swap",
        "global",
        "enum",
        "bar",
        ("N",),
        "The musical boundary at which a finished loop enters.",
        choices=("now", "beat", "bar", "loop", "4bars", "8bars", "16bars"),
    ),
    Spec("auto", "global", "int", 1, ("N",), "1: a finished loop enters by itself. 0: it waits for go."),
    Spec("n_bars", "global", "int", 4, ("R",), "Bars in a loop.", 1, 8, unit="bars", choices=(1, 2, 4, 8)),
    Spec(
        "n_steps",
        "global",
        "int",
        0,
        ("R",),
        "Steps of the sampler; 0: as many as the machine can do in time.",
        0,
        16,
    ),
    Spec("key", "global", "enum", OFF, ("R",), "The key that the loop should be in.", choices=(OFF, *KEYS)),
    Spec(
        "stretch",
        "global",
        "enum",
        "repitch",
        ("B",),
        "What a new tempo does to the loop that plays: bends it, pitch and all, or keeps its pitch.",
        choices=("repitch", "keylock"),
    ),
    Spec(
        "gain_db",
        "global",
        "float",
        0.0,
        ("B",),
        "Level of all that sounds; -70 is silence.",
        -70,
        6,
        0.01,
        "dB",
    ),
    Spec(
        "nudge",
        "global",
        "float",
        0.0,
        ("B",),
        "Bends the tempo while it is held, to bring two sources together.",
        -4,
        4,
        0.01,
        "%",
    ),
    Spec("tap", "global", "trigger", 0, ("N",), "Three taps or more set the tempo."),
    Spec("half", "global", "trigger", 0, ("N",), "Half the tempo."),
    Spec("double", "global", "trigger", 0, ("N",), "Twice the tempo."),
    Spec("downbeat", "global", "trigger", 0, ("N",), "Beat 1 of a bar is now."),
    Spec("preset_save", "global", "name", "preset", ("N",), "Keeps all values under a name."),
    Spec("preset_recall", "global", "name", "preset", ("N", "R"), "Brings back what is kept under a name."),
    Spec("restart", "global", "trigger", 0, ("N",), "From bar 1 again, at once."),
    Spec("panic", "global", "trigger", 0, ("N",), "Silence at once, echoes too; playing 1 starts again."),
    Spec("crossfade", "global", "float", 0.0, ("B",), "From deck 1 (0) to deck 2 (1).", 0, 1, 0.001),
    Spec(
        "bass_swap",
        "global",
        "int",
        1,
        ("Q",),
        "1: the lows change hands at the middle of the crossfade, on the beat. 0: they fade with the rest.",
    ),
    Spec(
        "clock_source",
        "global",
        "enum",
        "internal",
        ("Q",),
        "Whose tempo and beat are followed; internal: bpm, tap and nudge.",
        choices=("internal", "midi", "link", "osc"),
    ),
    Spec(
        "clock_offset_ms",
        "global",
        "float",
        0.0,
        ("B",),
        "How much later than the clock that is followed; below 0 earlier.",
        -200,
        200,
        0.1,
        "ms",
    ),
    Spec(
        "cue",
        "global",
        "enum",
        "next",
        ("B",),
        "What the cue outputs play: the loop that comes next, in phase, or a deck whatever its level.",
        choices=(OFF, "next", "1", "2"),
    ),
    Spec("cue_gain_db", "global", "float", -6.0, ("B",), "Level of the cue outputs.", -70, 6, 0.01, "dB"),
    Spec("limiter", "global", "int", 1, ("B",), "1 keeps peaks below full scale; 0 lets them clip."),
    Spec("record", "global", "int", 0, ("N",), "1 records what is heard, with the show beside it."),
    Spec("prompt", "deck", "text", "", ("R",), "What the loop should sound like; words are joined."),
    Spec("prompt_2", "deck", "text", "", ("R",), "A second text, mixed in by weight_2."),
    Spec("prompt_3", "deck", "text", "", ("R",), "A third text, mixed in by weight_3."),
    Spec("prompt_4", "deck", "text", "", ("R",), "A fourth text, mixed in by weight_4."),
    Spec("weight", "deck", "float", 1.0, ("R",), "Share of prompt among the prompts.", 0, 1, 0.01),
    Spec("weight_2", "deck", "float", 0.0, ("R",), "Share of prompt_2 among the prompts.", 0, 1, 0.01),
    Spec("weight_3", "deck", "float", 0.0, ("R",), "Share of prompt_3 among the prompts.", 0, 1, 0.01),
    Spec("weight_4", "deck", "float", 0.0, ("R",), "Share of prompt_4 among the prompts.", 0, 1, 0.01),
    Spec(
        "negative",
        "deck",
        "text",
        "",
        ("R",),
        "What the loop should not sound like; heard while cfg_scale is above cfg_grid.",
    ),
    Spec(
        "cfg_scale",
        "deck",
        "float",
        6.0,
        ("R",),
        "How strictly prompts, key, brightness and density are followed.",
        0,
        8,
        0.1,
    ),
    Spec("cfg_grid", "deck", "float", 1.0, ("R",), "How strictly the beat is followed.", 0, 4, 0.1),
    Spec("seed_a", "deck", "int", 1, ("R",), "The noise at morph 0.", 0, 999_999),
    Spec("seed_b", "deck", "int", 2, ("R",), "The noise at morph 1.", 0, 999_999),
    Spec("seed_c", "deck", "int", 3, ("R",), "The noise at morph 0, morph_y 1.", 0, 999_999),
    Spec("seed_d", "deck", "int", 4, ("R",), "The noise at morph 1, morph_y 1.", 0, 999_999),
    Spec(
        "morph",
        "deck",
        "float",
        0.0,
        ("B", "R"),
        "The position between seed_a (0) and seed_b (1).",
        0,
        1,
        1e-6,
    ),
    Spec(
        "morph_y",
        "deck",
        "float",
        0.0,
        ("B", "R"),
        "The position between seed_a and seed_b (0), and seed_c and seed_d (1).",
        0,
        1,
        1e-6,
    ),
    Spec("brightness", "deck", "float", 0.0, ("R",), "Darker or brighter; 0 asks for nothing.", -1, 1, 0.01),
    Spec("density", "deck", "float", 0.0, ("R",), "Sparser or busier; 0 asks for nothing.", -1, 1, 0.01),
    Spec(
        "swing",
        "deck",
        "float",
        50.0,
        ("R",),
        "Where in each pair of 16ths the second one lies; 50 is straight.",
        50,
        75,
        0.1,
        "%",
    ),
    Spec("level_db", "deck", "float", 0.0, ("B",), "Level of the deck; -70 is silence.", -70, 6, 0.01, "dB"),
    Spec(
        "mute", "deck", "int", 0, ("B",), "1 is silent; the loop goes on unheard, its echoes are heard out."
    ),
    Spec(
        "filter",
        "deck",
        "float",
        0.0,
        ("B",),
        "Below 0 a low-pass that closes, above 0 a high-pass; 0 is open.",
        -1,
        1,
        0.001,
    ),
    Spec("kill_low", "deck", "int", 0, ("B",), "1 takes away all below 150 Hz."),
    Spec("kill_mid", "deck", "int", 0, ("B",), "1 takes away 150 Hz to 2.5 kHz."),
    Spec("kill_high", "deck", "int", 0, ("B",), "1 takes away all above 2.5 kHz."),
    Spec(
        "stutter",
        "deck",
        "enum",
        OFF,
        ("Q",),
        "Repeats a part of the bar, from the next 16th on; off: the loop is where it would have been.",
        choices=STUTTERS,
    ),
    Spec("reverse", "deck", "int", 0, ("Q",), "1 plays backwards from the next 16th on."),
    Spec("delay_send", "deck", "float", 0.0, ("B",), "Echoes in three 16ths.", 0, 1, 0.01),
    Spec("hold", "deck", "int", 0, ("B",), "1: no loop enters, while everything else goes on."),
    Spec("undo", "deck", "trigger", 0, ("Q",), "Back to the loop and the settings before; not the tempo."),
    Spec("roll", "deck", "trigger", 0, ("R",), "A new seed at the end farther from morph."),
    Spec("go", "deck", "trigger", 0, ("Q",), "Drop what is ready."),
    Spec("copy", "deck", "trigger", 0, ("R",), "Takes over all settings of the other deck."),
    Spec(
        "shelf_keep",
        "deck",
        "pick",
        0,
        ("N",),
        "Keeps what sounds in a place of the shelf, and as a WAV.",
        1,
        SHELF_PLACES,
    ),
    Spec(
        "shelf_play",
        "deck",
        "pick",
        0,
        ("Q",),
        "Brings back what is kept in a place of the shelf, with its settings.",
        1,
        SHELF_PLACES,
    ),
)


def _addresses() -> dict[str, tuple[Spec, int | None]]:
    table: dict[str, tuple[Spec, int | None]] = {}
    for spec in SPECS:
        for deck in (None,) if spec.scope == "global" else DECKS:
            table[spec.address(deck)] = (spec, deck)
    return table


ADDRESSES: dict[str, tuple[Spec, int | None]] = _addresses()


@dataclass(frozen=True)
class Change:
    """A value that was accepted at `address`. `changed` is false where it was that already.

    value: a number, an enum's index, a text, or 1 for a trigger that fired.
    source: who sent it, in the caller's words; a listener echoes to all others.
    """

    address: str
    value: Value
    changed: bool
    source: str
    spec: Spec
    deck: int | None

    @property
    def key(self) -> tuple[str, Value]:
        """Of two changes with the same key, only the latter counts."""
        return (self.address, self.value if self.spec.kind in ("name", "pick") else "")


Listener = Callable[[Change], None]


class Params:
    """The values of all parameters. Any thread may call any method; nothing here waits or does I/O.

    Listeners hear what changed, and every trigger that fired, in order. They run in whichever thread set a
    value (not always the one whose value it is), may call `get`, `set` and `snapshot`, and should only take
    note and return. Where values come faster than listeners take them, each address tells its latest only.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._untold: dict[tuple[str, Value], Change] = {}
        self._listeners: tuple[Listener, ...] = ()
        self._values: dict[str, Value] = {
            address: spec.default for address, (spec, _) in ADDRESSES.items() if spec.has_value
        }

    def set(self, address: str, raw: object, source: str) -> Change:
        """Accept `raw` (see `accept`) at an exact address, and tell the listeners. Raises ParamError."""
        spec, deck = _at(address)
        value = accept(spec, raw)
        with self._lock:
            if not spec.has_value:
                changed = bool(value)
            else:
                changed = value != self._values[address]
                self._values[address] = value
            change = Change(address, value, changed, source, spec, deck)
            if changed:
                self._untold.pop(change.key, None)
                self._untold[change.key] = change
        self._tell()
        return change

    def get(self, address: str) -> Value:
        """The value at an exact address; 0 for a trigger. Raises ParamError."""
        _at(address)
        with self._lock:
            return self._values.get(address, 0)

    def snapshot(self) -> dict[str, Value]:
        """All values of one moment, by address. Triggers have none."""
        with self._lock:
            return dict(self._values)

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with every later Change."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def _tell(self) -> None:
        # Only one thread at a time tells, so that listeners hear changes in order; another one leaves its
        # change to it instead of waiting. Looking again after the release catches what was left in between.
        while self._untold:
            if not self._telling.acquire(blocking=False):
                return
            try:
                while True:
                    with self._lock:
                        if not self._untold:
                            break
                        change = self._untold.pop(next(iter(self._untold)))
                        listeners = self._listeners
                    for listener in listeners:
                        try:
                            listener(change)
                        except Exception:
                            _log.exception("a listener failed at %s", change.address)
            finally:
                self._telling.release()


def _at(address: str) -> tuple[Spec, int | None]:
    try:
        return ADDRESSES[address]
    except KeyError:
        raise ParamError("unknown_address", f"no parameter {_shown(address)}; see `ladmg params`") from None


def describe() -> list[dict[str, object]]:
    """The table as plain data, one entry an address, ready for JSON."""
    entries: list[dict[str, object]] = []
    for address, (spec, deck) in ADDRESSES.items():
        entry: dict[str, object] = {"address": address, "name": spec.name, "kind": spec.kind}
        if deck is not None:
            entry["deck"] = deck
        if spec.has_value and spec.kind != "text":
            entry |= {
                "default": spec.default,
                "low": spec.low,
                "high": spec.high,
                "step": spec.step,
            }
        if spec.kind == "text":
            entry |= {"default": spec.default, "limit": TEXT_LIMIT}
        if spec.kind == "pick":
            entry |= {"low": spec.low, "high": spec.high}
        if spec.choices:
            entry["choices"] = list(spec.choices)
        entries.append(entry | {"unit": spec.unit, "when": list(spec.when), "doc": spec.doc})
    return entries


def markdown() -> str:
    """The table as Markdown, for the README; a deck's parameters once, with the first deck's addresses."""
    lines = ["| address | type | range | default | heard | |", "|---|---|---|---|---|---|"]
    types = {
        "float": "f",
        "int": "i",
        "enum": "enum",
        "text": "s",
        "trigger": "trigger",
        "name": "s",
        "pick": "i",
    }
    for address, (spec, deck) in ADDRESSES.items():
        if deck not in (None, DECKS[0]):
            continue
        default = _plain(spec.default) if not isinstance(spec.default, str) else f'"{spec.default}"'
        if spec.kind == "enum":
            default = str(spec.choices[int(spec.default)])
        if not spec.has_value:
            default = ""
        heard = "; ".join(WHEN[when] for when in spec.when)
        lines.append(f"| `{address}` | {types[spec.kind]} | {spec.span} | {default} | {heard} | {spec.doc} |")
    return "\n".join(lines) + "\n"
