"""Pictures of patches without Max: what the presentation holds, as plain shapes, and those drawn by matplotlib.

An estimate of what Max draws, good enough to judge places, sizes, colours and texts. Letters are DejaVu Sans, which
comes with matplotlib, made as wide as Arial is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from surfaces.arial import width_of
from surfaces.maxpat import Color, Rect, port_x
from surfaces.style import ACCENT, DIM, EDGE, FIELD, STAGE, TEXT


@dataclass(frozen=True)
class Area:
    rect: Rect
    color: Color
    edge: Color | None = None
    radius: float = 0.0


@dataclass(frozen=True)
class Arc:
    """Of a circle, clockwise, in degrees from the top."""

    x: float
    y: float
    radius: float
    start: float
    stop: float
    color: Color


@dataclass(frozen=True)
class Line:
    x0: float
    y0: float
    x1: float
    y1: float
    color: Color
    width: float = 2.0


@dataclass(frozen=True)
class Words:
    """A line of text at the left (0), in the middle (1) or at the right (2) of a place `room` wide; y is its middle.

    box: what it is the text of
    """

    text: str
    x: float
    y: float
    room: float
    size: float
    color: Color
    align: int
    box: str

    @property
    def width(self) -> float:
        return width_of(self.text, self.size)


Shape = Area | Arc | Line | Words
Files = Mapping[str, dict[str, Any]]  # patches by the names of their files
Values = Mapping[str, Any]  # what a control shows, by address; what a display is told, by "object:outlet"


def scene(name: str, files: Files, values: Values, at: tuple[float, float] = (0, 0)) -> Iterator[Shape]:
    """What the presentation of the patch `name` holds, moved by `at`."""
    patcher = files[name]["patcher"]
    if "bgcolor" in patcher:
        yield Area((*at, *patcher["rect"][2:]), tuple(patcher["bgcolor"]), radius=0)
    for entry in patcher["boxes"]:
        box = entry["box"]
        if not box.get("presentation"):
            continue
        x, y, width, height = box["presentation_rect"]
        rect = (at[0] + x, at[1] + y, width, height)
        if box["maxclass"] == "bpatcher":
            inner = _opened(files[box["name"]]["patcher"], box["args"]) | {"rect": [0, 0, width, height]}
            yield from scene(box["name"], {**files, box["name"]: {"patcher": inner}}, values, rect[:2])
        else:
            yield from _drawn(box, rect, _value(box["id"], patcher, values))


def patching(name: str, files: Files, drawn: Sequence[float] = ()) -> Iterator[Shape]:
    """A patch as one edits it: every object in its place, and the cords between them.

    drawn: what somebody drew into a row of sliders
    """
    patcher = files[name]["patcher"]
    boxes = {entry["box"]["id"]: entry["box"] for entry in patcher["boxes"]}
    yield Area((0, 0, *patcher["rect"][2:]), patcher.get("editing_bgcolor", _PAPER))
    for line in (entry["patchline"] for entry in patcher["lines"]):
        (source, outlet), (target, inlet) = line["source"], line["destination"]
        x0, y0, w0, h0 = boxes[source]["patching_rect"]
        x1, y1, w1, _ = boxes[target]["patching_rect"]
        start = port_x(x0, w0, outlet, boxes[source]["numoutlets"]), y0 + h0
        stop = port_x(x1, w1, inlet, boxes[target]["numinlets"]), y1
        between = line.get("midpoints", [])
        points = [start, *zip(between[::2], between[1::2], strict=True), stop]
        for one, other in pairwise(points):
            yield Line(*one, *other, _CORD, 1.2)
    for box in boxes.values():
        x, y, width, height = rect = tuple(box["patching_rect"])
        if box["maxclass"] in ("newobj", "message", "inlet", "outlet", "toggle", "button"):
            is_typed = box["maxclass"] == "newobj"
            yield Area(rect, FIELD if is_typed else EDGE, ACCENT if is_typed else DIM, 3)
            yield Words(
                box.get("text", ""), x + 5, y + height / 2, width - 8, 12.0, TEXT, 0, f"object {box['id']}"
            )
        elif box["maxclass"] == "bpatcher":
            inner = _opened(files[box["name"]]["patcher"], box["args"]) | {"rect": [0, 0, width, height]}
            yield from scene(box["name"], {**files, box["name"]: {"patcher": inner}}, {}, (x, y))
        elif box["maxclass"] == "comment" and not box.get("presentation"):
            size = float(box.get("fontsize", 12.0))
            shade = box.get("textcolor", TEXT if "editing_bgcolor" in patcher else STAGE)
            yield Words(box["text"], x + 3, y + 4 + size / 2, width - 6, size, shade, 0, "")
        else:
            yield from _drawn(box, rect, list(drawn) if box["maxclass"] == "multislider" and drawn else None)


_PAPER: Color = (0.83, 0.84, 0.85, 1.0)
_CORD: Color = (0.35, 0.38, 0.42, 1.0)


def _opened(patcher: dict[str, Any], args: Sequence[Any]) -> dict[str, Any]:
    """An abstraction as it is once its arguments have been filled in and `loadmess` and `patcherargs` have spoken."""
    boxes = {entry["box"]["id"]: dict(entry["box"]) for entry in patcher["boxes"]}
    for box in boxes.values():
        for index, arg in enumerate(args, start=1):
            if "text" in box:
                box["text"] = box["text"].replace(f"#{index}", str(arg))
    for line in (entry["patchline"] for entry in patcher["lines"]):
        name, _, said = boxes[line["source"][0]].get("text", "").partition(" ")
        target = boxes[line["destination"][0]]
        if name == "loadmess":
            _told(target, *said.split())
    for box in boxes.values():
        if box["maxclass"] == "umenu" and not box["items"]:
            box["items"] = list(args[2:])
    return patcher | {"boxes": [{"box": box} for box in boxes.values()]}


def _told(box: dict[str, Any], attribute: str, *values: str) -> None:
    valueof = dict(box.get("saved_attribute_attributes", {}).get("valueof", {}))
    match attribute:
        case "set":
            box["text"] = " ".join(values)
        case "_parameter_range":
            valueof |= {"parameter_mmin": float(values[0]), "parameter_mmax": float(values[1])}
        case "_parameter_shortname":
            valueof["parameter_shortname"] = values[0]
        case "minimum" | "maximum":
            box[attribute] = float(values[0])
        case _:
            box[attribute] = " ".join(values)
    box["saved_attribute_attributes"] = {"valueof": valueof}


def _value(box: str, patcher: dict[str, Any], values: Values) -> Any:
    """What a box shows: of the link that it is joined to, or of what feeds it; None where nobody says."""
    texts = {entry["box"]["id"]: entry["box"].get("text", "") for entry in patcher["boxes"]}
    sent = {
        (line["patchline"]["source"][0], line["patchline"]["destination"][0]) for line in patcher["lines"]
    }
    after = {target for source, target in sent if source == box}
    after |= {target for source, target in sent if source in after}
    for target in after:
        if texts[target].startswith("ladmg.") and texts[target].split()[1] in values:
            return values[texts[target].split()[1]]
    for line in (entry["patchline"] for entry in patcher["lines"]):
        if line["destination"][0] == box:
            key = f"{texts[line['source'][0]]}:{line['source'][1]}"
            if key in values:
                return values[key]
    return None


def _drawn(box: dict[str, Any], rect: Rect, value: Any) -> Iterator[Shape]:
    x, y, width, height = rect
    size, kind = float(box.get("fontsize", 12.0)), box["maxclass"]
    color: Color = tuple(box.get("textcolor", TEXT))
    valueof = box.get("saved_attribute_attributes", {}).get("valueof", {})
    name = valueof.get("parameter_shortname", "")

    def words(text: str, top: float, align: int = 1, inset: float = 3, shade: Color = color) -> Words:
        # What is told while it plays may be longer than its place; what is written must fit.
        box_id = "" if value is not None and kind in ("comment", "textedit") else f"{kind} {box['id']}"
        return Words(text, x + inset, y + top, width - 2 * inset, size, shade, align, box_id)

    match kind:
        case "comment":
            if "bgcolor" in box:
                yield Area(rect, tuple(box["bgcolor"]))
            text = str(value if value is not None else box.get("text", ""))
            yield words(text, height / 2, box.get("textjustification", 0))
        case "textedit":
            yield Area(rect, tuple(box["bgcolor"]), tuple(box["bordercolor"]), box["rounded"])
            yield words(str(value or box.get("text", "")), height / 2, 0, 6)
        case "number" | "flonum":
            yield Area(rect, tuple(box["bgcolor"]), radius=2)
            yield Words("▸", x + 2, y + height / 2, 10, 9, tuple(box["tricolor"]), 0, "")
            digits = box.get("numdecimalplaces", 0) if kind == "flonum" else 0
            number = float(value if value is not None else box.get("minimum", 0))
            box_id = f"{kind} {box['id']}"
            yield Words(f"{number:.{digits}f}", x + 13, y + height / 2, width - 15, size, color, 0, box_id)
        case "umenu":
            yield Area(rect, tuple(box["bgcolor"]), radius=3)
            items = [str(item) for item in box.get("items", []) if item != ","]
            is_numbers = all(
                item.isdigit() for item in items
            )  # a choice of numbers: its value is one of them
            chosen = items.index(str(value)) if is_numbers and str(value) in items else int(value or 0)
            yield words(items[chosen] if items else "", height / 2, 0, 6)
            yield Words("▾", x + width - 14, y + height / 2, 12, 10, DIM, 0, "")
        case "textbutton":
            is_on = bool(value) and box.get("mode") == 1
            back = value if isinstance(value, tuple) else box["bgoncolor" if is_on else "bgcolor"]
            dark = is_on or isinstance(value, tuple)
            yield Area(rect, tuple(back), tuple(box["bordercolor"]), box["rounded"])
            yield words(box["text"], height / 2, shade=tuple(box["textoncolor"]) if dark else color)
        case "led":
            yield Area(rect, tuple(box["oncolor" if value else "offcolor"]), radius=min(width, height) / 2)
        case "live.tab":
            choices = valueof["parameter_enum"]
            for index, choice in enumerate(choices):
                each = width / len(choices)
                is_on = not box.get("button") and index == (value or 0)
                yield Area((x + index * each + 1, y, each - 2, height), ACCENT if is_on else FIELD, radius=3)
                shade = STAGE if is_on else color
                yield Words(
                    choice, x + index * each, y + height / 2, each, size, shade, 1, f"{kind} {box['id']}"
                )
        case "live.dial":
            low, high, now = _range(valueof, value)
            turn = (now - low) / (high - low)
            radius = min(width, height - 30) / 2 - 1
            middle = (x + width / 2, y + 16 + radius)
            yield words(name, 8)
            yield Arc(*middle, radius, -140, 140, EDGE)
            yield Arc(*middle, radius, -140, -140 + 280 * turn, tuple(box["activedialcolor"]))
            angle = math.radians(-140 + 280 * turn)
            tip = (middle[0] + radius * math.sin(angle), middle[1] - radius * math.cos(angle))
            yield Line(*middle, *tip, tuple(box["activeneedlecolor"]))
            yield words(f"{now:.2f}", height - 7)
        case "live.slider":
            yield from _slider(box, rect, *_range(valueof, value), name)
        case "multislider":
            yield Area(rect, tuple(box["bgcolor"]), radius=2)
            levels = value if isinstance(value, list) else [value or 0.0] * box["size"]
            for index, level in enumerate(levels):
                if box.get("orientation") == 1 and box["size"] == 1:
                    bar = (x, y + height * (1 - level), width, height * level)
                else:
                    each = width / len(levels)
                    bar = (x + index * each, y + height * (1 - level), each, height * level)
                if level:
                    yield Area(bar, tuple(box["slidercolor"]))


def _slider(
    box: dict[str, Any], rect: Rect, low: float, high: float, now: float, name: str
) -> Iterator[Shape]:
    x, y, width, height = rect
    size, color = float(box["fontsize"]), tuple(box["textcolor"])
    part, key = (now - low) / (high - low), f"live.slider {box['id']}"
    if box["orientation"] == 1:
        if box.get("showname", 1):
            yield Words(name, x + 3, y + 7, width / 2 - 3, size, color, 0, key)
            yield Words(f"{now:.2f}", x + width / 2, y + 7, width / 2 - 3, size, color, 2, key)
            top = y + height - 14
        else:
            yield Words(f"{now:.2f}", x + 3, y + height - 6, width - 6, size, color, 2, key)
            top = y + 7
        yield Area((x + 4, top, width - 8, 6), EDGE, radius=3)
        yield Area((x + 4, top, (width - 8) * part, 6), tuple(box["slidercolor"]), radius=3)
        yield Area((x + 1 + (width - 8) * part, top - 4, 6, 14), tuple(box["tricolor"]), radius=2)
    else:
        yield Words(name, x, y + 8, width, size, color, 1, key)
        track = height - 38
        yield Area((x + width / 2 - 3, y + 18, 6, track), EDGE, radius=3)
        yield Area(
            (x + width / 2 - 3, y + 18 + track * (1 - part), 6, track * part),
            tuple(box["slidercolor"]),
            radius=3,
        )
        yield Area((x + width / 2 - 9, y + 15 + track * (1 - part), 18, 6), tuple(box["tricolor"]), radius=2)
        yield Words(f"{now:.2f}", x, y + height - 8, width, size, color, 1, key)


def _range(valueof: dict[str, Any], value: Any) -> tuple[float, float, float]:
    low, high = float(valueof.get("parameter_mmin", 0)), float(valueof.get("parameter_mmax", 1))
    return low, high, float(value if value is not None else low)


def draw(shapes: Iterable[Shape], size: tuple[float, float], path: Path, scale: float = 1.5) -> None:
    """Shapes on a plane of this width and height, as a PNG."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import Arc as ArcPatch
    from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    width, height = size
    figure = pyplot.figure(figsize=(width / 100, height / 100), dpi=100 * scale)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    font = FontProperties(family="DejaVu Sans")
    for shape in shapes:
        match shape:
            case Area(rect, color, edge, radius):
                x, y, w, h = rect
                style: dict[str, Any] = {
                    "facecolor": color,
                    "edgecolor": edge or color,
                    "linewidth": 0.6 if edge else 0,
                }
                radius = min(radius, w / 2, h / 2)
                if radius:
                    corner = f"round,pad=0,rounding_size={radius}"
                    axes.add_patch(FancyBboxPatch((x, y), w, h, boxstyle=corner, mutation_aspect=1, **style))
                else:
                    axes.add_patch(Rectangle((x, y), w, h, **style))
            case Arc(x, y, radius, start, stop, color):
                axes.add_patch(
                    ArcPatch(
                        (x, y),
                        2 * radius,
                        2 * radius,
                        theta1=start - 90,
                        theta2=stop - 90,
                        color=color,
                        lw=2.2,
                    )
                )
            case Line(x0, y0, x1, y1, color, thick):
                axes.plot([x0, x1], [y0, y1], color=color, linewidth=thick)
            case Words() if shape.text:
                outline = TextPath((0, 0), shape.text, size=shape.size, prop=font)
                natural = outline.get_extents().x1 or 1.0
                wide = min(shape.width, shape.room) if not shape.box else shape.width
                left = shape.x + (shape.room - wide) * shape.align / 2
                moved = Affine2D().scale(wide / natural, -1).translate(left, shape.y + shape.size * 0.36)
                axes.add_patch(PathPatch(moved.transform_path(outline), facecolor=shape.color, linewidth=0))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)
