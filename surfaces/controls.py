"""The abstractions of the Max package: links between a patch and a parameter, and one control of each kind.

They speak over two buses: what a patch wants goes to `ladmg.out`, what the instrument says comes from `ladmg.in`, and
`ladmg.io` joins both to the network. A link sends nothing until it has heard the instrument's value, so that a patch
that opens changes nothing; what it hears it hands on as `set`, so that nothing comes back as a gesture.
"""

from __future__ import annotations

from typing import Any

from surfaces.maxpat import Box, Patcher, Rect
from surfaces.style import LARGE, PANEL, TEXT, looks
from surfaces.table import PORT

OUT, IN = "ladmg.out", "ladmg.in"
PATCH_PORT = PORT + 1  # that Max listens on
HIDDEN = 2  # Live neither automates nor stores it: the instrument keeps the values, and undo must not flood
PING_MS, TIMEOUT_MS, RENEW_MS = 1000, 3000, 10_000


def styled(patcher: Patcher, name: str, rect: Rect, shown: Rect | None = None, **attributes: Any) -> Box:
    """An object with the looks that it has everywhere, but for `attributes`."""
    return patcher.ui(name, rect, shown, **(looks(name) | attributes))


def label(patcher: Patcher, text: str, rect: Rect, shown: Rect, **attributes: Any) -> Box:
    return styled(patcher, "comment", rect, shown, text=text, **attributes)


def ranged(name: str, low: float, high: float, **values: Any) -> dict[str, Any]:
    """What makes a live.dial or live.slider a parameter of floats."""
    return _parameter(name, parameter_type=0, parameter_mmin=low, parameter_mmax=high, **values)


def enumerated(name: str, choices: list[str]) -> dict[str, Any]:
    """What makes a live.tab a parameter with these names."""
    return _parameter(name, parameter_type=2, parameter_enum=choices, parameter_mmax=len(choices) - 1)


def _parameter(name: str, **values: Any) -> dict[str, Any]:
    valueof: dict[str, Any] = {"parameter_longname": name, "parameter_shortname": name.split()[-1]}
    valueof |= {"parameter_invisible": HIDDEN, "parameter_unitstyle": 1, **values}
    return {"parameter_enable": 1, "saved_attribute_attributes": {"valueof": valueof}}


def param() -> Patcher:
    """`ladmg.param ADDRESS`: a value in is sent, the instrument's values come out."""
    patch = Patcher(560, 340, is_shown=False)
    _title(
        patch,
        "ladmg.param ADDRESS",
        "Links anything to a parameter: its values in, `set VALUE` and VALUE out.",
    )
    _link(patch, patch.inlet(30, 70, "a value, which is sent"), 30, 190)
    return patch


def words() -> Patcher:
    """`ladmg.words ADDRESS`: the same for the text of a textedit, which goes as one string."""
    patch = Patcher(660, 420, is_shown=False)
    _title(
        patch, "ladmg.words ADDRESS", "Links a textedit to a text: what it says in, `set TEXT` and TEXT out."
    )
    typed = patch.inlet(30, 70, "text and what was typed")
    route, empty, symbol = (
        patch.box("route text", 30, 120),
        patch.box("route bang", 30, 150),
        patch.box("tosymbol", 100, 190),
    )
    patch.cord(typed, route, empty)
    patch.cord((empty, 1), symbol)
    heard = _link(patch, symbol, 130, 240)
    # An empty text is the address alone; it waits for the same value to be heard.
    closed = patch.box("gate 1", 30, 240)
    patch.cord(heard, closed)
    patch.cord(empty, (closed, 1))
    patch.cord(closed, patch.message("#1", 30, 300), patch.box(f"s {OUT}", 30, 330))
    return patch


def event() -> Patcher:
    """`ladmg.event ADDRESS`: a bang happens."""
    patch = Patcher(420, 260, is_shown=False)
    _title(patch, "ladmg.event ADDRESS", "A bang in is a trigger sent. It has no value that could come back.")
    patch.cord(
        patch.inlet(40, 80, "bang"),
        patch.box("t 1", 40, 120),
        patch.box("prepend #1", 40, 150),
        patch.box(f"s {OUT}", 40, 180),
    )
    return patch


def named() -> Patcher:
    """`ladmg.named ADDRESS`: what a textedit says, as one string, to something that has no value."""
    patch = Patcher(420, 290, is_shown=False)
    _title(
        patch,
        "ladmg.named ADDRESS",
        "A textedit's text in is a name sent, as of a preset. An empty one is not.",
    )
    route, empty = patch.box("route text", 40, 115), patch.box("route bang", 40, 145)
    patch.cord(patch.inlet(40, 80, "text and what was typed"), route, empty)
    patch.cord(
        (empty, 1),
        patch.box("tosymbol", 110, 175),
        patch.box("prepend #1", 110, 205),
        patch.box(f"s {OUT}", 110, 235),
    )
    return patch


def _title(patch: Patcher, text: str, explanation: str) -> None:
    patch.note(text, 20, 10, 400, fontface=1, fontsize=14.0)
    patch.note(explanation, 20, 32, 460)


def _link(patch: Patcher, source: Box, x: float, y: float) -> Box:
    """From `source` to the bus, from the bus to two outlets. The box whose outlet 0 says 1 when a value was heard."""
    gate = patch.box("gate 1", x, y)
    patch.cord(source, (gate, 1))
    patch.cord(gate, patch.box("prepend #1", x, y + 60), patch.box(f"s {OUT}", x, y + 90))

    heard, route = patch.box(f"r {IN}", x + 130, y - 110), patch.box("route #1", x + 130, y - 80)
    both, setting = patch.box("t 1 l", x + 130, y - 50), patch.box("prepend set", x + 110, y)
    first = patch.outlet(x + 110, y + 100, "set VALUE, for a control")
    second = patch.outlet(x + 330, y + 40, "VALUE")
    patch.cord(heard, route, both, gate)
    patch.cord((both, 1), setting, first)
    patch.cord((both, 1), second)
    patch.cord(gate, second)

    asks = patch.box("loadbang", x + 300, 70), patch.box("deferlow", x + 300, 100)
    patch.cord(*asks, patch.message("/ladmg/get #1", x + 300, 130), patch.box(f"s {OUT}", x + 300, 160))
    return both


def dial() -> Patcher:
    patch = _control(62, 62)
    knob = styled(patch, "live.dial", (30, 70, 58, 60), (2, 1, 58, 60), **ranged("value", 0, 1))
    _join(patch, knob, "ladmg.param #1")
    patch.cord(patch.box("loadmess _parameter_shortname #2", 240, 70), knob)
    patch.cord(patch.box("loadmess _parameter_range #3 #4", 240, 100), knob)
    return patch


def whole() -> Patcher:
    patch = _control(110, 24)
    number = styled(patch, "number", (30, 70, 60, 20), (52, 2, 56, 20))
    _join(patch, number, "ladmg.param #1")
    _named(patch, (2, 3, 50, 18))
    patch.cord(patch.box("loadmess minimum #3", 240, 70), number)
    patch.cord(patch.box("loadmess maximum #4", 240, 100), number)
    return patch


def menu() -> Patcher:
    patch = _control(110, 44)
    items = styled(patch, "umenu", (30, 230, 106, 22), (2, 20, 106, 22), items=[])
    _named(patch, (2, 1, 106, 18))
    split, each = patch.box("zl.slice 2", 30, 100), patch.box("t l clear", 100, 130)
    patch.cord(patch.box("patcherargs", 30, 70), split)
    patch.cord((split, 1), each)
    patch.cord((each, 1), items)
    patch.cord(each, patch.box("zl.iter 1", 100, 160), patch.box("prepend append", 100, 190), items)
    _join(patch, items, "ladmg.param #1", below=270)
    return patch


def toggle() -> Patcher:
    patch = _control(64, 32)
    button = styled(patch, "textbutton", (30, 70, 60, 28), (2, 2, 60, 28), mode=1, text="", texton="")
    _join(patch, button, "ladmg.param #1")
    patch.cord(patch.box("loadmess text #2", 240, 70), button)
    patch.cord(patch.box("loadmess texton #2", 240, 100), button)
    return patch


def trigger() -> Patcher:
    patch = _control(64, 32)
    button = styled(patch, "textbutton", (30, 70, 60, 28), (2, 2, 60, 28), mode=0, text="")
    patch.cord(button, patch.box("ladmg.event #1", 30, 130))
    patch.cord(patch.inlet(30, 30, "bang presses it"), button)
    patch.cord(patch.box("loadmess text #2", 240, 70), button)
    return patch


def text() -> Patcher:
    patch = _control(300, 28)
    field = styled(patch, "textedit", (30, 70, 220, 22), (62, 3, 234, 22), text="")
    _join(patch, field, "ladmg.words #1")
    _named(patch, (2, 5, 60, 18))
    return patch


def name() -> Patcher:
    patch = _control(220, 28)
    field = styled(patch, "textedit", (30, 70, 134, 22), (82, 3, 134, 22), text="")
    patch.cord(field, patch.box("ladmg.named #1", 30, 130))
    _named(patch, (2, 5, 80, 18))
    return patch


def _control(width: float, height: float) -> Patcher:
    return Patcher(width, height, background=PANEL)


def _named(patch: Patcher, shown: Rect) -> None:
    """Its second argument, written beside it."""
    patch.cord(patch.box("loadmess set #2", 240, 160), label(patch, "", (240, 190, 100, 20), shown))


def _join(patch: Patcher, control: Box, link: str, below: float = 150) -> None:
    """A control and its link, both ways; its own value in from a patch, out to it."""
    linked = patch.box(link, 30, below)
    patch.cord(control, linked, control)
    patch.cord(patch.inlet(30, 30, "a value, as by hand"), control)
    patch.cord((linked, 1), patch.outlet(120, below + 50, "the value"))


def io() -> Patcher:
    """`ladmg.io HOST PORT OWN_PORT`: the network. Of several that are open, one owns it; when it goes, another does."""
    patch = Patcher(112, 44, background=PANEL)
    for text, x, y in (
        ("asks: is anybody there, and a subscription", 30, 80),
        ("hears, if it is the owner", 370, 80),
        ("sends, if it is the owner; what patches want, while somebody answers", 30, 305),
        ("is the owner, if there is none", 480, 305),
    ):
        patch.note(text, x, y, 330 if y == 80 else 440, textcolor=list(TEXT), fontface=1)

    begin = patch.box("t 1", 30, 170)
    patch.cord(patch.box("loadbang", 30, 110), patch.box("delay 1000", 30, 140), begin)
    for text, milliseconds, x in (("/ladmg/ping", PING_MS, 30), ("/ladmg/subscribe #3", RENEW_MS, 140)):
        asks = patch.box(f"metro {milliseconds}", x, 200), patch.message(text, x, 230)
        patch.cord(begin, *asks, patch.box("s #0-net", x, 260))

    receive, owns = patch.box("udpreceive #3", 400, 140), patch.box("gate 1", 370, 180)
    token = patch.box("route /ladmg/token", 470, 210)
    patch.cord(patch.box("r #0-owner", 370, 110), owns)
    patch.cord(receive, (owns, 1))
    patch.cord(owns, patch.box(f"s {IN}", 370, 250))
    # Beyond this machine the instrument wants to see that we hear it.
    patch.cord(owns, token, patch.box("prepend /ladmg/confirm", 470, 240), patch.box("s #0-net", 470, 270))

    heard, route = patch.box(f"r {IN}", 680, 110), patch.box("route /ladmg/pong", 680, 140)
    alive, silent = patch.box("t 1 b", 680, 170), patch.box(f"delay {TIMEOUT_MS}", 760, 200)
    patch.cord(heard, route, alive, patch.box("s #0-alive", 680, 260))
    patch.cord((alive, 1), silent, patch.box("t 0", 760, 230), patch.box("s #0-alive", 780, 260))
    patch.cord(heard, patch.outlet(860, 140, "all that the instrument says"))

    living, owner, send = (
        patch.box("gate 1", 30, 400),
        patch.box("gate 1", 30, 450),
        patch.box("udpsend #1 #2", 30, 490),
    )
    patch.cord(patch.box("r #0-alive", 30, 340), living)
    patch.cord(patch.box(f"r {OUT}", 130, 340), (living, 1))
    patch.cord(patch.inlet(230, 332, "a message for the instrument"), (living, 1))
    patch.cord(living, (owner, 1))
    patch.cord(patch.box("r #0-net", 130, 400), (owner, 1))
    patch.cord(patch.box("r #0-owner", 230, 400), owner, send)

    # It asks whether there is an owner, who answers at once, and says that it is the one if nobody did.
    first, vacant, who = (
        patch.box("t b b", 480, 370),
        patch.box("gate 1 1", 480, 440),
        patch.box("i #0", 480, 480),
    )
    patch.cord(patch.box("loadbang", 480, 340), first, (vacant, 1))
    patch.cord((first, 1), patch.box("s ladmg.who", 540, 400))
    patch.cord(vacant, who, patch.box("s ladmg.owner", 480, 510))
    said, mine = patch.box("r ladmg.owner", 480, 560), patch.box("== #0", 480, 590)
    patch.cord(said, mine, patch.box("s #0-owner", 480, 620))
    patch.cord(said, patch.box("t 0", 600, 590), vacant)
    answers = patch.box("gate 1", 640, 440)
    patch.cord(mine, answers)
    patch.cord(patch.box("r ladmg.who", 660, 370), (answers, 1))
    patch.cord(answers, who)
    # When the owner goes, the others open the port anew, in case they could not have it too, and one takes over.
    goes, left, takes = (
        patch.box("t b 0", 800, 370),
        patch.box("gate 1 1", 800, 440),
        patch.box("t b 1 b", 800, 480),
    )
    patch.cord(patch.box("freebang", 800, 340), goes, patch.box("s ladmg.free", 760, 400))
    patch.cord((goes, 1), left)
    patch.cord(patch.box("r ladmg.free", 880, 400), (left, 1))
    patch.cord(left, takes, (vacant, 1))
    patch.cord((takes, 1), vacant)
    patch.cord((takes, 2), patch.message("port #3", 880, 520), receive)

    lamp = styled(patch, "led", (30, 590, 20, 20), (6, 24, 14, 14))
    patch.cord(patch.box("r #0-alive", 30, 560), lamp)
    large = {"fontsize": 14.0, "fontface": 1, "textcolor": list(TEXT)}
    label(patch, "LADMG", (130, 560, 80, 24), (2, 2, 108, 20), **large)
    label(patch, "connected", (130, 590, 80, 20), (22, 23, 86, 18))
    return patch


def beat() -> Patcher:
    """`ladmg.beat`: the bar and four lights; bar, beat and BPM out, for a sequencer."""
    patch = Patcher(190, 48, background=PANEL)
    split = patch.box("unpack i i f", 40, 120)
    patch.cord(patch.box(f"r {IN}", 40, 60), patch.box("route /ladmg/beat", 40, 90), split)
    large = {"fontsize": LARGE, "textcolor": list(TEXT)}
    bar = label(patch, "1", (330, 240, 60, 26), (4, 20, 60, 26), **large)
    patch.cord(split, patch.box("prepend set", 330, 200), bar)
    label(patch, "bar", (330, 280, 60, 18), (4, 2, 60, 18))
    for n in range(1, 5):
        light = styled(patch, "led", (60 * n, 240, 24, 24), (40 + 29 * n, 14, 24, 24))
        patch.cord((split, 1), patch.box(f"== {n}", 60 * n, 200), light)
    for n, comment in enumerate(("bar", "beat, 1..4", "BPM")):
        patch.cord((split, n), patch.outlet(40 + 60 * n, 300, comment))
    return patch


ABSTRACTIONS = {
    "ladmg.param": (param, "A link of any object to a parameter", ("ADDRESS",)),
    "ladmg.words": (words, "A link of a textedit to a text", ("ADDRESS",)),
    "ladmg.event": (event, "A bang that happens in the instrument", ("ADDRESS",)),
    "ladmg.named": (named, "A textedit's text as a name", ("ADDRESS",)),
    "ladmg.dial": (dial, "A dial for a parameter of kind float", ("ADDRESS", "LABEL", "LOW", "HIGH")),
    "ladmg.int": (whole, "A number for a parameter of kind int", ("ADDRESS", "LABEL", "LOW", "HIGH")),
    "ladmg.menu": (menu, "A menu for a parameter of kind enum", ("ADDRESS", "LABEL", "NAMES...")),
    "ladmg.toggle": (toggle, "A switch for a parameter that is 0 or 1", ("ADDRESS", "LABEL")),
    "ladmg.trigger": (trigger, "A button for a trigger", ("ADDRESS", "LABEL")),
    "ladmg.text": (text, "A field for a text, sent with Enter", ("ADDRESS", "LABEL")),
    "ladmg.name": (name, "A field for a name, as of a preset", ("ADDRESS", "LABEL")),
    "ladmg.beat": (beat, "The beat that sounds", ()),
    "ladmg.io": (io, "The connection to the instrument", ("HOST", "PORT", "OWN PORT")),
}
"""Every abstraction by name: what builds it, what it is, its arguments."""
