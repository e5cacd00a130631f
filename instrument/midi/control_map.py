"""What the controls of a MIDI controller do with parameters: from the place of a knob to a value, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from instrument.midi.curves import CURVES, place, position
from instrument.midi.messages import TOP, Encoder, Source
from instrument.midi.ports import normal
from instrument.params import ADDRESSES, Spec, Value, accept

Mode = Literal["absolute", "relative", "toggle", "momentary", "trigger", "step"]
Hold = Literal["crossing", "jump"]

ANY_PORT = "*"
BUTTONS = "buttons"


@dataclass(frozen=True)
class Control:
    """What one control does. Which fields count depends on `mode`:

    absolute: `low` to `high`, positions 0..1 in the parameter's range (the lower second where it is inverted),
    along `curve`, taken over by `takeover`.
    relative: steps of `step` between `low` and `high`, down where `low` is the upper; read by `encoder`, or the
    differences of a control that has ends.
    toggle: `value` at one press, `off` at the next. momentary: `value` while pressed.
    trigger: `value` when pressed; of programs, what `names` says for the number.
    step: `step` further when pressed.

    leds: what a button's LED is sent for off and on. label: what is printed beside it on the box.
    """

    source: Source
    address: str
    mode: Mode
    low: float = 0.0
    high: float = 1.0
    curve: str = "linear"
    takeover: Hold = "crossing"
    encoder: Encoder | None = None
    step: float = 0.0
    value: Value | None = None
    off: Value | None = None
    names: tuple[Value, ...] = ()
    has_feedback: bool = False
    leds: tuple[int, int] = (0, 127)
    label: str = ""

    @property
    def spec(self) -> Spec:
        return ADDRESSES[self.address][0]

    @property
    def top(self) -> int:
        return TOP[self.source.kind]

    @property
    def is_continuous(self) -> bool:
        """Whether it has positions or steps, rather than presses."""
        return self.mode in ("absolute", "relative")

    @property
    def text(self) -> str:
        """The control in a few words."""
        return f"{self.label} ({self.source.text})" if self.label else self.source.text

    def value_at(self, raw: int) -> Value:
        """The value for a control that stands at `raw`."""
        share = CURVES[self.curve].share(position(raw, self.top))
        return self.spec.map(self.low + share * (self.high - self.low))

    def place_of(self, value: Value) -> float:
        """Where on its scale 0..`top` the control would have to stand for a value; the nearer end for one outside."""
        share = (self.spec.unmap(value) - self.low) / (self.high - self.low)
        return place(CURVES[self.curve].at(min(max(share, 0.0), 1.0)), self.top)

    def moved(self, value: Value, n_steps: float) -> Value:
        """The value so many steps further, at most at the ends."""
        spec = self.spec
        down = -1 if self.low > self.high else 1
        ends = sorted((self.low, self.high))
        if spec.kind == "int" and spec.choices:
            at = spec.unmap(value) + down * n_steps * self.step / (len(spec.choices) - 1)
            return spec.map(min(max(at, ends[0]), ends[1]))
        low, high = (float(spec.map(at)) for at in ends)
        moved = min(max(float(value) + down * n_steps * self.step, low), high)
        return accept(spec, moved if spec.kind == "float" else round(moved))

    def stepped(self, value: Value) -> Value:
        """The value one press further: names and choices begin again at their end, numbers stop there."""
        spec = self.spec
        if not spec.choices:
            return self.moved(value, 1)
        choices: Sequence[Value] = spec.choices if spec.kind == "int" else range(len(spec.choices))
        return choices[(choices.index(value) + round(self.step)) % len(choices)]

    def shown(self, value: Value) -> int:
        """What its LED, ring or motor is sent for a value."""
        if self.is_continuous:
            return round(self.place_of(value))
        is_on = value not in (0, 0.0, "") if self.mode == "step" else value == self.value
        return self.leds[is_on]

    @property
    def how(self) -> str:
        """What it does with its parameter, in words."""
        spec = self.spec
        words = [str(self.mode)]
        if self.mode in ("relative", "step"):
            words.append(f"{self.step:+g} a press" if self.mode == "step" else f"{self.step:g} a step")
        if self.is_continuous and sorted((self.low, self.high)) != [0.0, 1.0]:
            words.append("..".join(shown(spec, spec.map(at)) for at in sorted((self.low, self.high))))
        if self.is_continuous and self.low > self.high:
            words.append("inverted")
        if self.curve != "linear":
            words.append(self.curve)
        if self.mode == "absolute" and self.takeover != "crossing":
            words.append(self.takeover)
        if self.value is not None and (self.mode != "toggle" or spec.high > 1):
            words.append(shown(spec, self.value))
        return ", ".join(words)


@dataclass(frozen=True)
class Map:
    """What the controls of one kind of controller do. ports: words by which the names of its ports are known.

    feedback, leds: what is so for a control that doesn't say; BUTTONS are all without positions.
    """

    name: str
    ports: tuple[str, ...]
    controls: tuple[Control, ...]
    feedback: bool | str = False
    leds: tuple[int, int] = (0, 127)

    def fits(self, port: str) -> bool:
        """Whether a port's name has its words; that a map is for any port doesn't count."""
        return any(f" {normal(words)} " in f" {normal(port)} " for words in self.ports if words != ANY_PORT)

    @property
    def is_for_any(self) -> bool:
        return ANY_PORT in self.ports


def markdown(one: Map) -> str:
    """A map as a Markdown table."""
    is_labelled = any(control.label for control in one.controls)
    head = (
        "| control | sends | address | |\n|---|---|---|---|"
        if is_labelled
        else "| control | address | |\n|---|---|---|"
    )
    lines = [head]
    for control in one.controls:
        label = f"| {control.label} " if is_labelled else ""
        lines.append(f"{label}| {control.source.text} | `{control.address}` | {control.how} |")
    return "\n".join(lines) + "\n"


def shown(spec: Spec, value: Value) -> str:
    if spec.kind == "enum":
        return str(spec.choices[int(value)])
    return f"“{value}”" if isinstance(value, str) else f"{value:g}"
