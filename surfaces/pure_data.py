"""Patches of Pure Data (0.52 and later, without externals): a link to a parameter, the network, and a patch of all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from instrument.params import ROOT, Spec
from surfaces.table import PORT, Table, decks, of_deck

ROW, COLUMN, TOP = 26, 470, 110  # of the patch's grid, pixels
LABEL, LINK = 10, 300  # where in a column the control and its link are
RENEW_MS = 10_000
LOOK = "-8 -1 0 12 #fcfcfc #000000 #000000"  # a label's place, font and size; colours


class Patch:
    """The text of a patch: `obj` gives an object's number, `cord` joins two by their numbers."""

    def __init__(self, width: int, height: int) -> None:
        self._lines = [f"#N canvas 60 60 {width} {height} 12;"]
        self._cords: list[str] = []
        self._n = 0

    def obj(self, x: int, y: int, text: str, kind: str = "obj") -> int:
        self._lines.append(f"#X {kind} {x} {y} {text};")
        self._n += 1
        return self._n - 1

    def cord(self, *ends: int | tuple[int, int]) -> None:
        """From outlet 0 to inlet 0 along a chain of numbers; (number, n) leaves by outlet n."""
        for start, end in pairwise(ends):
            source, outlet = start if isinstance(start, tuple) else (start, 0)
            target = end[0] if isinstance(end, tuple) else end
            self._cords.append(f"#X connect {source} {outlet} {target} 0;")

    def to_bytes(self) -> bytes:
        return ("\n".join([*self._lines, *self._cords]) + "\n").encode()


def patches(table: Table) -> dict[str, bytes]:
    return {"ladmg-param.pd": param(), "ladmg-net.pd": net(table), "ladmg.pd": everything(table)}


def param() -> bytes:
    """`ladmg-param DECK NAME ADDRESS`: values in are sent, `set VALUE` comes out. DECK is 0 for what is global."""
    patch = Patch(480, 260)
    patch.obj(20, 10, "a value in is sent to ADDRESS \\; what the instrument says comes out as set", "text")
    inlet, outlet = patch.obj(20, 50, "inlet"), patch.obj(250, 190, "outlet")
    patch.cord(inlet, patch.obj(20, 90, "list prepend \\$3"), patch.obj(20, 130, "s ladmg-out"))
    heard, route = patch.obj(250, 50, "r ladmg-in-\\$1"), patch.obj(250, 90, "route \\$2")
    patch.cord(
        heard, route, patch.obj(250, 120, "list prepend set"), patch.obj(250, 150, "list trim"), outlet
    )
    return patch.to_bytes()


def net(table: Table) -> bytes:
    """`ladmg-net`: joins the buses ladmg-out and ladmg-in-DECK to the network, and subscribes."""
    patch = Patch(640, 420)
    patch.obj(20, 10, "ladmg-connect HOST PORT joins another one \\; ladmg-out takes ADDRESS VALUE", "text")
    send = patch.obj(20, 300, "netsend -u -b")
    other, order = patch.obj(180, 50, "r ladmg-connect"), patch.obj(180, 80, "t a b")
    patch.cord(
        other, order, patch.obj(180, 140, "list prepend connect"), patch.obj(180, 170, "list trim"), send
    )
    patch.cord((order, 1), patch.obj(300, 110, "disconnect", "msg"), send)
    begin = patch.obj(20, 50, "loadbang")
    patch.cord(begin, patch.obj(20, 80, f"connect 127.0.0.1 {PORT}", "msg"), send)
    timer, asks = patch.obj(20, 200, f"metro {RENEW_MS}"), patch.obj(20, 230, "oscformat /ladmg/subscribe")
    pack = patch.obj(20, 265, "list prepend send")
    trim = patch.obj(160, 265, "list trim")
    # Whoever it is joined to, it hears from it as soon as it can.
    patch.cord(send, timer, asks, pack, trim, send)

    wanted, twice = patch.obj(420, 50, "r ladmg-out"), patch.obj(420, 80, "t a a")
    address, value = patch.obj(500, 110, "list split 1"), patch.obj(420, 140, "list split 1")
    text = patch.obj(420, 230, "oscformat")
    patch.cord(wanted, twice, value)
    patch.cord(
        (twice, 1), address, patch.obj(500, 170, "list prepend set"), patch.obj(500, 200, "list trim"), text
    )
    patch.cord((value, 1), text, pack)

    heard = (
        patch.obj(20, 330, "oscparse"),
        patch.obj(100, 330, "list trim"),
        patch.obj(190, 330, "route ladmg"),
    )
    # A part of an address is a symbol, even 1: so it is written with a backslash.
    by_deck = patch.obj(290, 330, " ".join(["route", *(f"\\{deck}" for deck in decks(table))]))
    patch.cord((send, 1), *heard, by_deck)
    for outlet, deck in enumerate([*decks(table), 0]):
        patch.cord((by_deck, outlet), patch.obj(290 + 110 * outlet, 370, f"s ladmg-in-{deck}"))
    return patch.to_bytes()


def everything(table: Table) -> bytes:
    """A control for every parameter, and what the instrument says."""
    columns: Sequence[int | None] = [None, *decks(table)]
    rows = max(len(of_deck(table, deck)) for deck in columns)
    patch = Patch(20 + COLUMN * len(columns), TOP + ROW * (2 * rows + 1))
    patch.obj(
        10, 10, "LADMG: every parameter. The number at the right counts the bars of what plays.", "text"
    )
    patch.obj(10, 40, "ladmg-net")
    number = patch.obj(540, 10, "5 0 0 0 - - - 0", "floatatom")
    joined, heard = patch.obj(540, 40, "r ladmg-in-0"), patch.obj(540, 64, "route beat error")
    patch.cord(joined, heard, patch.obj(540, 86, "unpack f f f"), number)
    patch.cord((heard, 1), patch.obj(680, 64, "print ladmg-error"))
    for column, deck in enumerate(columns):
        for row, (address, (spec, _)) in enumerate(of_deck(table, deck).items()):
            x, y = 10 + COLUMN * column, TOP + ROW * row
            patch.obj(x, y, spec.name, "text")
            control, kind = _control(spec, address)
            box = patch.obj(x + 120, y, control, kind)
            link = patch.obj(x + LINK, y, f"ladmg-param {deck or 0} {spec.name} {address}")
            match spec.kind:
                case "pick":
                    patch.cord(box, patch.obj(x + LINK - 40, y, f"+ {spec.low:g}"), link)
                case "trigger":
                    patch.cord(box, patch.obj(x + LINK - 40, y, "f 1"), link)
                case "text" | "name":
                    # A box of words that had a name to hear would have no inlet.
                    patch.cord(patch.obj(x + 120, y + ROW * rows, f"r {_bus(address)}"), box, link, box)
                case _:
                    patch.cord(box, link, box)
    return patch.to_bytes()


def _control(spec: Spec, address: str) -> tuple[str, str]:
    """What is typed for a control of a parameter, and the kind of its line."""
    name = _bus(address)
    match spec.kind:
        case "float":
            return f"hsl 150 15 {spec.low:g} {spec.high:g} 0 0 empty {name} empty {LOOK} 0 1", "obj"
        case "int" if (spec.low, spec.high) == (0, 1):
            return f"tgl 15 0 empty {name} empty {LOOK} 0 1", "obj"
        case "enum" if len(spec.choices) <= 8:
            return f"hradio 15 1 0 {len(spec.choices)} empty {name} empty {LOOK} 0", "obj"
        case "int" | "enum":
            return f"nbx 7 15 {spec.low:g} {spec.high:.0f} 0 0 empty {name} empty {LOOK} 0 256", "obj"
        case "pick":
            return f"hradio 8 1 0 {spec.high - spec.low + 1:g} empty {name} empty {LOOK} 0", "obj"
        case "trigger":
            return f"bng 15 250 50 0 empty {name} empty {LOOK}", "obj"
        case _:
            return "22 0 0 0 - - - 0", "listbox"


def _bus(address: str) -> str:
    """The name by which a control of the patch can be moved from elsewhere."""
    return "ladmg-" + address.removeprefix(f"{ROOT}/").replace("/", "-")
