"""Max patches as JSON: boxes, cords, and the container of a Max for Live device.

A patcher is built with a few calls: `box` for what is typed, `ui` for what is seen, `cord` between them. What Max
itself would work out when it makes an object (inlets, outlets and their types) comes from the table OBJECTS.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from surfaces.arial import width_of

Rect = tuple[float, float, float, float]  # x, y, width, height in pixels
Color = tuple[float, float, float, float]  # red, green, blue, alpha, 0..1
Outlets = tuple[str, ...]  # the type of each: "" for any message

VERSION = {"major": 8, "minor": 5, "revision": 0, "architecture": "x64", "modernui": 1}
DEVICE_KINDS = {"audio": b"aaaa", "instrument": b"iiii", "midi": b"mmmm"}
DEVICE_HEIGHT = 169

ANY: Outlets = ("",)
BANG: Outlets = ("bang",)
NONE: Outlets = ()
Shape = tuple[int, Outlets]


def _selectors(names: Sequence[str], each: str = "") -> Shape:
    return max(2, len(names) + 1), (each,) * len(names) + ("",)


_TRIGGERS = {"b": "bang", "i": "int", "f": "float", "1": "int", "0": "int"}
# How many inlets an object has, and its outlets; a function where its arguments decide.
OBJECTS: dict[str, Shape | Callable[[Sequence[str]], Shape]] = {
    "+": (2, ("int",)),
    "==": (2, ("int",)),
    "button": (1, BANG),
    "bpatcher": (0, NONE),  # what it shows decides
    "comment": (1, NONE),
    "counter": (5, ("int", "", "", "int")),
    "cycle~": (2, ("signal",)),
    "deferlow": (1, ANY),
    "delay": (2, BANG),
    "flonum": (1, ("", "bang")),
    "freebang": (1, BANG),
    "gate": lambda arguments: (2, ANY * int(arguments[0])),
    "i": (2, ("int",)),
    "inlet": (0, ANY),
    "js": (1, ("",) * 4),
    "ladmg.event": (1, NONE),
    "ladmg.named": (1, NONE),
    "ladmg.param": (1, ("", "")),
    "ladmg.words": (1, ("", "")),
    "led": (1, ("int",)),
    "live.dial": (1, ("", "float")),
    "live.slider": (1, ("", "float")),
    "live.tab": (1, ("", "", "float")),
    "loadbang": (1, BANG),
    "loadmess": (1, ANY),
    "message": (2, ANY),
    "metro": (2, BANG),
    "multislider": (1, ("", "")),
    "number": (1, ("", "bang")),
    "outlet": (1, NONE),
    "patcherargs": (1, ("", "")),
    "plugin~": (2, ("signal", "signal")),
    "plugout~": (2, ("signal", "signal")),
    "prepend": (1, ANY),
    "r": (0, ANY),
    "route": lambda arguments: _selectors(arguments),
    "s": (1, NONE),
    "scale": (6, ANY),
    "sel": lambda arguments: _selectors(arguments, "bang"),
    "snapshot~": (2, ("float",)),
    "t": lambda arguments: (1, tuple(_TRIGGERS.get(name, "") for name in arguments)),
    "textbutton": (1, ("", "", "int")),
    "textedit": (1, ("", "int", "", "")),
    "toggle": (1, ("int",)),
    "tosymbol": (1, ANY),
    "udpreceive": (1, ANY),
    "udpsend": (1, NONE),
    "umenu": (1, ("int", "", "")),
    "unpack": lambda arguments: (1, tuple({"i": "int", "f": "float"}.get(name, "") for name in arguments)),
    "zl.iter": (2, ("", "")),
    "zl.lookup": (2, ("", "")),
    "zl.slice": (2, ("", "")),
}


def shape(text: str) -> Shape:
    """Inlets and outlets of an object as it is typed. KeyError for one that is not in OBJECTS."""
    name, *arguments = text.split()
    found = OBJECTS[name]
    return found(arguments) if callable(found) else found


@dataclass(frozen=True)
class Box:
    """One object in a patcher, as the JSON has it."""

    id: str
    n_inlets: int
    n_outlets: int
    fields: dict[str, Any]


@dataclass
class Patcher:
    """A patch, an abstraction or a help file of `width` x `height` pixels.

    is_shown: whether it opens in presentation mode, and so shows only the boxes that have a place there
    """

    width: float
    height: float
    is_shown: bool = True
    background: Color | None = None
    boxes: list[Box] = field(default_factory=list)
    cords: list[tuple[Box, int, Box, int, float | None]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)  # more attributes of the patcher

    def box(self, text: str, x: float, y: float) -> Box:
        """An object as it is typed: its name and its arguments."""
        n_inlets, outlets = shape(text)
        return self._add("newobj", n_inlets, outlets, (x, y, _width(text), 22), {"text": text})

    def message(self, text: str, x: float, y: float) -> Box:
        n_inlets, outlets = shape("message")
        return self._add("message", n_inlets, outlets, (x, y, _width(text), 22), {"text": text})

    def note(self, text: str, x: float, y: float, width: float = 300, **attributes: Any) -> Box:
        """A comment beside the objects, not in the presentation."""
        lines = 1 + int(width_of(text, attributes.get("fontsize", 12.0)) / (width - 8))
        return self.ui("comment", (x, y, width, 6 + 14 * lines), text=text, linecount=lines, **attributes)

    def ui(self, name: str, rect: Rect, shown: Rect | None = None, **attributes: Any) -> Box:
        """An object that is seen. rect: its place while patching; shown: its place in the presentation."""
        n_inlets, outlets = shape(name)
        fields: dict[str, Any] = dict(attributes)
        if shown is not None:
            fields |= {"presentation": 1, "presentation_rect": list(shown)}
        return self._add(name, n_inlets, outlets, rect, fields)

    def inlet(self, x: float, y: float, comment: str) -> Box:
        return self.ui("inlet", (x, y, 30, 30), comment=comment, index=0)

    def outlet(self, x: float, y: float, comment: str) -> Box:
        return self.ui("outlet", (x, y, 30, 30), comment=comment, index=0)

    def view(
        self, of: Patcher, name: str, args: Sequence[str | float], rect: Rect, shown: Rect | None
    ) -> Box:
        """A bpatcher: a window on the abstraction `of`, which is the file `name`."""
        n_inlets, n_outlets = of.n_inlets, of.n_outlets
        fields: dict[str, Any] = {
            "name": name,
            "args": list(args),
            "bgmode": 0,
            "border": 0,
            "clickthrough": 0,
            "enablehscroll": 0,
            "enablevscroll": 0,
            "lockeddragscroll": 0,
            "viewvisibility": 1,
            "offset": [0.0, 0.0],
        }
        if shown is not None:
            fields |= {"presentation": 1, "presentation_rect": list(shown)}
        return self._add("bpatcher", n_inlets, ("",) * n_outlets, rect, fields)

    def cord(self, *ends: Box | tuple[Box, int], lane: float | None = None) -> None:
        """Cords along a chain of boxes, from outlet 0 to inlet 0.

        (box, n) leaves by outlet n or, as the last of the chain, enters inlet n. lane: x at which they are led down.
        """
        for index, (start, end) in enumerate(pairwise(ends)):
            source, outlet = start if isinstance(start, tuple) else (start, 0)
            is_last = index == len(ends) - 2
            if isinstance(end, tuple):
                target, inlet = end if is_last else (end[0], 0)
            else:
                target, inlet = end, 0
            if outlet >= source.n_outlets or inlet >= target.n_inlets:
                raise ValueError(f"no cord from {source.fields} {outlet} to {target.fields} {inlet}")
            self.cords.append((source, outlet, target, inlet, lane))

    @property
    def n_inlets(self) -> int:
        return sum(box.fields["maxclass"] == "inlet" for box in self.boxes)

    @property
    def n_outlets(self) -> int:
        return sum(box.fields["maxclass"] == "outlet" for box in self.boxes)

    def _add(
        self, maxclass: str, n_inlets: int, outlets: Iterable[str], rect: Rect, fields: dict[str, Any]
    ) -> Box:
        outlets = list(outlets)
        fields = {
            "id": f"obj-{len(self.boxes) + 1}",
            "maxclass": maxclass,
            "numinlets": n_inlets,
            "numoutlets": len(outlets),
            "patching_rect": list(rect),
            **({"outlettype": outlets} if outlets else {}),
            **fields,
        }
        box = Box(fields["id"], n_inlets, len(outlets), fields)
        self.boxes.append(box)
        return box

    def to_dict(self) -> dict[str, Any]:
        colors = {} if self.background is None else {"bgcolor": list(self.background)}
        if self.background is not None:
            colors |= {"editing_bgcolor": list(self.background), "locked_bgcolor": list(self.background)}
        return {
            "patcher": {
                "fileversion": 1,
                "appversion": VERSION,
                "classnamespace": "box",
                "rect": [60.0, 90.0, self.width, self.height],
                "openinpresentation": int(self.is_shown),
                "default_fontsize": 12.0,
                "default_fontface": 0,
                "default_fontname": "Arial",
                "gridsize": [10.0, 10.0],
                **colors,
                **self.extra,
                "boxes": [{"box": box.fields} for box in self.boxes],
                "lines": [{"patchline": _line(*cord)} for cord in self.cords],
            }
        }

    def to_bytes(self) -> bytes:
        """The file: the same bytes for the same patcher."""
        return (json.dumps(self.to_dict(), indent="\t", ensure_ascii=False) + "\n").encode()


def _line(source: Box, outlet: int, target: Box, inlet: int, lane: float | None) -> dict[str, Any]:
    """A cord; one that goes up is led around the left of both boxes, or along its lane as one that has one."""
    line: dict[str, Any] = {"source": [source.id, outlet], "destination": [target.id, inlet]}
    (x0, y0, w0, h0), (x1, y1, w1, _) = source.fields["patching_rect"], target.fields["patching_rect"]
    if lane is not None or y1 < y0 + h0:
        start, stop = port_x(x0, w0, outlet, source.n_outlets), port_x(x1, w1, inlet, target.n_inlets)
        side = min(x0, x1) - 12 if lane is None else lane
        down, up = y0 + h0 + (8 if lane is None else 3), y1 - 8
        line["midpoints"] = [start, down, side, down, side, up, stop, up]
    return line


def port_x(x: float, width: float, index: int, n_ports: int) -> float:
    """Where on a box an inlet or outlet is."""
    return x + 9.5 + (width - 19) * index / max(1, n_ports - 1)


def _width(text: str) -> float:
    """Of a box with a text in it."""
    return float(max(32, round(width_of(text, 12.0)) + 14))


def device(patcher: Patcher, kind: str) -> bytes:
    """An .amxd file, not frozen: chunks of a name, a length (little-endian) and data.

    The patch is the last of them, closed by a zero.
    """
    patch = patcher.to_bytes() + b"\0"
    chunks = ((b"ampf", DEVICE_KINDS[kind]), (b"meta", struct.pack("<I", 1)), (b"ptch", patch))
    return b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
