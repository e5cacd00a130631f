"""One control of a parameter, in any look: what is seen, its link, and the cords between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from instrument.params import ROOT, Spec
from surfaces.controls import OUT, enumerated, label, ranged, styled
from surfaces.maxpat import Box, Patcher, Rect
from surfaces.style import ALARM, LARGE

CELL = (224, 150)  # what a control and its link need while patching


@dataclass(frozen=True)
class Control:
    """What is to be made: for `address` and its spec, at `shown` in the presentation, at x, y while patching."""

    patch: Patcher
    address: str
    spec: Spec
    shown: Rect
    x: float
    y: float

    @property
    def name(self) -> str:
        return self.address.removeprefix(f"{ROOT}/").replace("/", " ")

    @property
    def told(self) -> dict[str, str]:
        """What Max tells whoever points at it."""
        return {"hint": f"{self.address}: {self.spec.doc}", "annotation": f"{self.address}: {self.spec.doc}"}

    def seen(self, kind: str, shown: Rect, down: float = 0, **attributes: Any) -> Box:
        """The object itself, `down` pixels below the top of its cell."""
        width, height = _EDITED.get(kind, (90, 22))
        place = (self.x, self.y + down, width, height)
        return styled(self.patch, kind, place, shown, **self.told, **attributes)

    def label(self, text: str, shown: Rect) -> None:
        label(self.patch, text, (self.x + 14, self.y, 120, 18), shown)

    def link(self, kind: str, *by_way_of: str) -> tuple[Box, ...]:
        """The link, and before it what turns the control's values into the parameter's, each below the other."""
        texts = (*by_way_of, f"{kind} {self.address}")
        return tuple(self.patch.box(text, self.x, self.y + 52 + 24 * i) for i, text in enumerate(texts))


_EDITED = {  # sizes while patching
    "live.dial": (150, 48),
    "live.slider": (150, 48),
    "live.tab": (150, 20),
    "textbutton": (90, 28),
    "textedit": (150, 22),
    "umenu": (120, 22),
}


def slider(control: Control, kind: str, **attributes: Any) -> Box:
    """A live.dial or live.slider, which writes name and value itself."""
    spec = control.spec
    return _both_ways(
        control, control.seen(kind, control.shown, **ranged(control.name, spec.low, spec.high), **attributes)
    )


def number(control: Control, kind: str) -> Box:
    """A number below its name."""
    left, top, width, _ = control.shown
    control.label(control.spec.name, (left, top, width, 18))
    return _both_ways(
        control, control.seen(kind, (left, top + 18, width, 22), 18, **_limits(control.spec, kind))
    )


def large(control: Control) -> Box:
    """A number in large letters, beside its unit."""
    left, top, width, _ = control.shown
    control.label(control.spec.unit or control.spec.name, (left, top + 15, 34, 18))
    attributes = _limits(control.spec, "flonum") | {"fontsize": LARGE}
    return _both_ways(control, control.seen("flonum", (left + 34, top + 8, width - 34, 34), 18, **attributes))


def menu(control: Control) -> Box:
    """A menu of an enum's names, below its own; the index is the value."""
    return _both_ways(control, _menu(control))


def choice(control: Control) -> Box:
    """A menu of the numbers that an int may be: from its index to the number, and back."""
    items, patch = _menu(control), control.patch
    values = " ".join(str(value) for value in control.spec.choices)
    lookup, link = control.link("ladmg.param", f"zl.lookup {values}")
    which = patch.box(f"sel {values}", control.x, control.y + 100)
    patch.cord(items, lookup, link)
    patch.cord((link, 1), which)
    for index in range(len(control.spec.choices)):
        message = patch.message(f"set {index}", control.x + 46 * index, control.y + 124)
        patch.cord((which, index), message, items)
    return items


def tabs(control: Control) -> Box:
    """A row of an enum's names, beside its own; one of them is on."""
    return _both_ways(control, _row(control, [str(name) for name in control.spec.choices], button=0))


def pads(control: Control) -> Box:
    """A row of numbers to press. They show no value."""
    spec, patch = control.spec, control.patch
    row = _row(control, [str(value) for value in range(int(spec.low), int(spec.high) + 1)], button=1)
    first, event = control.link("prepend", f"+ {int(spec.low)}")
    patch.cord(row, first, event, patch.box(f"s {OUT}", control.x, control.y + 100))
    return row


def toggle(control: Control) -> Box:
    name = control.spec.name
    return _both_ways(control, control.seen("textbutton", control.shown, mode=1, text=name, texton=name))


def trigger(control: Control, **attributes: Any) -> Box:
    button = control.seen("textbutton", control.shown, mode=0, text=control.spec.name, **attributes)
    control.patch.cord(button, *control.link("ladmg.event"))
    return button


def text(control: Control) -> Box:
    return _both_ways(control, _field(control, 56), "ladmg.words")


def name(control: Control) -> Box:
    field = _field(control, 78)
    control.patch.cord(field, *control.link("ladmg.named"))
    return field


LOOKS: dict[str, Callable[[Control], Box]] = {
    "alarm": lambda control: trigger(control, bgcolor=list(ALARM)),
    "choice": choice,
    "dial": lambda control: slider(control, "live.dial"),
    "fader": lambda control: slider(control, "live.slider", orientation=0),
    "float": lambda control: number(control, "flonum"),
    "great": lambda control: trigger(control, fontsize=LARGE),
    "large": large,
    "menu": menu,
    "name": name,
    "number": lambda control: number(control, "number"),
    "pads": pads,
    "slider": lambda control: slider(control, "live.slider", orientation=1),
    "strip": lambda control: slider(control, "live.slider", orientation=1, showname=0),
    "tabs": tabs,
    "text": text,
    "toggle": toggle,
    "trigger": trigger,
}
"""By its name, what makes a look; it gives what is seen."""


def _both_ways(control: Control, seen: Box, link: str = "ladmg.param") -> Box:
    linked = control.link(link)
    control.patch.cord(seen, *linked, seen)
    return seen


def _limits(spec: Spec, kind: str) -> dict[str, float]:
    digits = {"numdecimalplaces": spec.digits} if kind == "flonum" else {}
    return {"minimum": spec.low, "maximum": spec.high, **digits}


def _menu(control: Control) -> Box:
    left, top, width, _ = control.shown
    items = [item for choice in control.spec.choices for item in (str(choice), ",")][:-1]
    control.label(control.spec.name, (left, top, width, 18))
    return control.seen("umenu", (left, top + 18, width, 22), 18, items=items)


def _row(control: Control, names: list[str], button: int) -> Box:
    left, top, width, height = control.shown
    control.label(control.spec.name, (left, top + (height - 18) / 2, 64, 18))
    parameter = enumerated(control.name, names)
    return control.seen("live.tab", (left + 64, top, width - 64, height), 18, **parameter, button=button)


def _field(control: Control, label_width: float) -> Box:
    left, top, width, _ = control.shown
    control.label(control.spec.name, (left, top + 5, label_width, 18))
    return control.seen("textedit", (left + label_width, top + 3, width - label_width, 22), 18, text="")
