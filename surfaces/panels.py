"""The main patch and what it shows: a panel for each deck, its gestures, the mixer between them, the transport on top.

A layout names parameters and gives each a place. Parameters of the table that no layout names go, one after the other,
into the space that is called MORE; where that is full, building fails and says so. Deck 2 mirrors deck 1.
"""

from __future__ import annotations

from collections.abc import Iterable

from instrument.params import ROOT, Spec
from surfaces import controls
from surfaces.controls import IN, OUT, PATCH_PORT, label, styled
from surfaces.looks import CELL, LOOKS, Control
from surfaces.maxpat import Box, Patcher, Rect
from surfaces.style import ALARM, NORMAL, PANEL, PENDING, SOUNDING, STAGE, TEXT
from surfaces.table import PORT, Table, decks, of_deck

WIDTH, HEIGHT = 1280, 720
GAP = 10
DECK_SIZE = (500, 430)
GESTURES_SIZE = (500, 156)
MIXER_SIZE = (240, 430)
NAMES_SIZE = (240, 156)
TOP_SIZE = (1260, 64)
FAN_POINTS = 65  # columns of the strip that shows which points are ready: 64ths, both ends with it

Layout = dict[str, tuple[str, Rect]]  # of a parameter: how it looks, and where it is on deck 1's side

DECK: Layout = {
    "prompt": ("text", (12, 58, 376, 28)),
    "prompt_2": ("text", (12, 88, 376, 28)),
    "prompt_3": ("text", (12, 118, 376, 28)),
    "prompt_4": ("text", (12, 148, 376, 28)),
    "negative": ("text", (12, 178, 476, 28)),
    "weight": ("strip", (394, 58, 94, 28)),
    "weight_2": ("strip", (394, 88, 94, 28)),
    "weight_3": ("strip", (394, 118, 94, 28)),
    "weight_4": ("strip", (394, 148, 94, 28)),
    "cfg_scale": ("dial", (12, 314, 60, 60)),
    "cfg_grid": ("dial", (74, 314, 60, 60)),
    "brightness": ("dial", (136, 314, 60, 60)),
    "density": ("dial", (198, 314, 60, 60)),
    "swing": ("dial", (260, 314, 60, 60)),
    "go": ("great", (330, 316, 158, 56)),
    "roll": ("trigger", (330, 378, 44, 42)),
    "hold": ("toggle", (378, 378, 34, 42)),
    "undo": ("trigger", (416, 378, 34, 42)),
    "copy": ("trigger", (454, 378, 34, 42)),
}
# As it is on both decks: seed_a to the left of seed_b.
MORPH: Layout = {
    "seed_a": ("number", (12, 220, 58, 40)),
    "morph": ("slider", (76, 226, 348, 34)),
    "seed_b": ("number", (430, 220, 58, 40)),
    "seed_c": ("number", (12, 264, 58, 40)),
    "morph_y": ("slider", (76, 268, 348, 34)),
    "seed_d": ("number", (430, 264, 58, 40)),
}
FAN: Rect = (76, 214, 348, 10)
DECK_MORE: Rect = (12, 380, 306, 40)
GESTURES: Layout = {
    "filter": ("dial", (12, 6, 60, 60)),
    "delay_send": ("dial", (76, 6, 60, 60)),
    "kill_low": ("toggle", (146, 12, 64, 50)),
    "kill_mid": ("toggle", (216, 12, 64, 50)),
    "kill_high": ("toggle", (286, 12, 64, 50)),
    "reverse": ("toggle", (356, 12, 64, 50)),
    "mute": ("toggle", (426, 12, 62, 50)),
    "stutter": ("tabs", (12, 72, 476, 32)),
}
SHELF: Layout = {
    "shelf_play": ("pads", (12, 110, 476, 18)),
    "shelf_keep": ("pads", (12, 130, 476, 18)),
}
METER: Rect = (76, 26, 8, 156)
MIXER: Layout = {
    "level_db": ("fader", (14, 8, 60, 190)),
    "gain_db": ("fader", (90, 8, 60, 190)),
    "crossfade": ("slider", (14, 204, 212, 40)),
    "bass_swap": ("toggle", (14, 250, 102, 32)),
    "auto": ("toggle", (124, 250, 102, 32)),
    "swap": ("menu", (14, 286, 102, 44)),
    "key": ("menu", (124, 286, 102, 44)),
    "n_bars": ("choice", (14, 332, 48, 44)),
    "n_steps": ("number", (68, 332, 48, 44)),
    "stretch": ("menu", (124, 332, 102, 44)),
    "cue": ("menu", (14, 378, 102, 44)),
    "cue_gain_db": ("float", (124, 378, 102, 44)),
}
TOP: Layout = {
    "playing": ("toggle", (126, 12, 76, 40)),
    "restart": ("trigger", (208, 12, 60, 40)),
    "tap": ("trigger", (274, 12, 50, 40)),
    "downbeat": ("trigger", (330, 12, 72, 40)),
    "nudge": ("slider", (412, 10, 120, 44)),
    "bpm": ("large", (542, 8, 120, 48)),
    "half": ("trigger", (668, 10, 44, 21)),
    "double": ("trigger", (668, 33, 44, 21)),
    "clock_source": ("menu", (718, 10, 80, 44)),
    "clock_offset_ms": ("float", (802, 10, 84, 44)),
    "limiter": ("toggle", (1090, 12, 48, 40)),
    "record": ("toggle", (1142, 12, 50, 40)),
    "panic": ("alarm", (1196, 12, 52, 40)),
}
BEAT: Rect = (892, 8, 190, 48)
NAMES: Layout = {
    "preset_save": ("name", (14, 8, 212, 28)),
    "preset_recall": ("name", (14, 40, 212, 28)),
}
NAMES_MORE: Rect = (14, 74, 212, 74)
N_COLUMNS = 6  # of controls, while patching


class Panel:
    """A patch that is filled with controls, each with its link."""

    def __init__(self, size: tuple[float, float], is_mirrored: bool = False) -> None:
        self.patch = Patcher(*size, background=PANEL)
        self.width, self.height = size
        self.is_mirrored = is_mirrored
        self.controls: dict[str, Box] = {}  # what is seen, by its parameter's address

    def place(self, table: Table, layout: Layout) -> None:
        """Controls for those parameters of a table that the layout names."""
        for address, (spec, _) in table.items():
            if spec.name in layout:
                look, rect = layout[spec.name]
                self.control(address, spec, look, self.side(rect))

    def place_more(self, table: Table, space: Rect) -> None:
        """Controls for all of `table`, in rows in a space. Raises ValueError where it is too small."""
        left, top, width, height = space
        x, y = left, top
        for address, (spec, _) in table.items():
            look, w = _PLAIN[spec.kind]
            if x + w > left + width:
                x, y = left, y + 38
            if y + 36 > top + height:
                raise ValueError(
                    f"no place is left for {address}: give {spec.name} one in surfaces/panels.py"
                )
            self.control(address, spec, look, self.side((x, y, w, 36)))
            x += w + 4

    def side(self, rect: Rect) -> Rect:
        """A place as it is for deck 1, on this panel."""
        x, y, width, height = rect
        return (self.width - x - width, y, width, height) if self.is_mirrored else rect

    def control(self, address: str, spec: Spec, look: str, shown: Rect) -> None:
        """One control, and while patching the next free cell for it."""
        row, column = divmod(len(self.controls), N_COLUMNS)
        x, y = 30 + CELL[0] * column, 40 + CELL[1] * row
        self.controls[address] = LOOKS[look](Control(self.patch, address, spec, shown, x, y))

    @property
    def foot(self) -> float:
        """Below all controls, while patching."""
        return 40.0 + CELL[1] * -(-len(self.controls) // N_COLUMNS)


_PLAIN = {  # of a parameter that has no place of its own: how it looks, and how wide it is
    "float": ("float", (72.0)),
    "int": ("number", (72.0)),
    "enum": ("menu", (90.0)),
    "trigger": ("trigger", (72.0)),
    "text": ("text", (150.0)),
    "name": ("name", (212.0)),
}


def without(table: Table, *layouts: Iterable[str]) -> Table:
    """Of a table, what none of the layouts names."""
    named = {name for layout in layouts for name in layout}
    return {address: entry for address, entry in table.items() if entry[0].name not in named}


def deck_panel(table: Table, deck: int) -> Patcher:
    panel = Panel(DECK_SIZE, is_mirrored=deck == 2)
    mine, patch = of_deck(table, deck), panel.patch
    panel.place(mine, DECK | (_mirrored(MORPH, DECK_SIZE) if deck == 2 else MORPH))
    panel.place_more(without(mine, DECK, MORPH, GESTURES, SHELF, MIXER), DECK_MORE)

    x, y = 30, panel.foot
    script = patch.box(f"js ladmg.deck.js {deck}", x, y + 30)
    for bus, at in ((IN, 0), (OUT, 90)):
        patch.cord(patch.box(f"r {bus}", x + at, y), script)
    number = {"fontsize": 32.0, "fontface": 1, "textcolor": list(TEXT)}
    label(patch, str(deck), (x + 500, y + 60, 40, 40), panel.side((12, 6, 36, 44)), **number)
    for outlet, (top, color) in enumerate(((8, SOUNDING), (28, PENDING))):
        line = label(
            patch,
            "",
            (x + 210 * outlet, y + 60, 200, 20),
            panel.side((52, top, 436, 20)),
            fontsize=NORMAL,
            textcolor=list(color),
            textjustification=2 if panel.is_mirrored else 0,
        )
        patch.cord((script, outlet), line)
    if go := panel.controls.get(f"{ROOT}/{deck}/go"):
        patch.cord((script, 2), go)
    strip = styled(patch, "multislider", (x + 560, y + 60, 160, 20), FAN, size=FAN_POINTS)
    patch.cord((script, 3), strip)
    return patch


def gestures_panel(table: Table, deck: int) -> Patcher:
    panel = Panel(GESTURES_SIZE, is_mirrored=deck == 2)
    mine = of_deck(table, deck)
    panel.place(mine, GESTURES | SHELF)
    return panel.patch


def mixer_panel(table: Table) -> Patcher:
    panel = Panel(MIXER_SIZE)
    panel.place(of_deck(table, None), MIXER)
    patch = panel.patch
    for deck in decks(table):
        panel.is_mirrored = deck == 2
        panel.place(of_deck(table, deck), MIXER)
        x, y = 700 + 200 * (deck - 1), 340
        heard, route = patch.box(f"r {IN}", x, y), patch.box(f"route {ROOT}/{deck}/meter", x, y + 30)
        meter = styled(patch, "multislider", (x, y + 90, 20, 80), panel.side(METER), size=1, orientation=1)
        patch.cord(heard, route, patch.box("unpack f f", x, y + 60), meter)
    return patch


def names_panel(table: Table) -> Patcher:
    panel = Panel(NAMES_SIZE)
    mine = of_deck(table, None)
    panel.place(mine, NAMES)
    panel.place_more(without(mine, NAMES, MIXER, TOP), NAMES_MORE)
    return panel.patch


def top_panel(table: Table) -> Patcher:
    panel = Panel(TOP_SIZE)
    panel.place(of_deck(table, None), TOP)
    io, beat = controls.io(), controls.beat()
    panel.patch.view(
        io,
        "ladmg.io.maxpat",
        ["127.0.0.1", PORT, PATCH_PORT],
        (30, panel.foot, 112, 44),
        (8, 10, 112, 44),
    )
    panel.patch.view(beat, "ladmg.beat.maxpat", [], (170, panel.foot, 190, 48), BEAT)
    return panel.patch


def panels(table: Table) -> dict[str, Patcher]:
    """Every panel by the name of its file."""
    made = {
        "ladmg.top": top_panel(table),
        "ladmg.mixer": mixer_panel(table),
        "ladmg.names": names_panel(table),
    }
    for deck in decks(table):
        made[f"ladmg.deck.{deck}"] = deck_panel(table, deck)
        made[f"ladmg.gestures.{deck}"] = gestures_panel(table, deck)
    return made


def main_patch(table: Table) -> Patcher:
    """1280 x 720: what a performer opens."""
    patch = Patcher(WIDTH, HEIGHT, background=STAGE)
    made = panels(table)
    left, middle, right = GAP, 2 * GAP + DECK_SIZE[0], WIDTH - GAP - DECK_SIZE[0]
    upper, lower = 84, 84 + DECK_SIZE[1] + GAP
    places = {"ladmg.top": (GAP, GAP), "ladmg.mixer": (middle, upper), "ladmg.names": (middle, lower)}
    for deck in decks(table):
        x = left if deck == 1 else right
        places |= {f"ladmg.deck.{deck}": (x, upper), f"ladmg.gestures.{deck}": (x, lower)}
    for name, (x, y) in places.items():
        panel = made[name]
        rect: Rect = (x, y, panel.width, panel.height)
        patch.view(panel, f"{name}.maxpat", [], (x, y + 40, *rect[2:]), rect)
    error: Rect = (GAP, 690, WIDTH - 2 * GAP, 22)
    heard, route = patch.box(f"r {IN}", 1330, 60), patch.box(f"route {ROOT}/error", 1330, 90)
    line = styled(
        patch,
        "comment",
        (1330, 150, 300, 22),
        error,
        text="",
        fontsize=NORMAL,
        textcolor=list(ALARM),
        bgcolor=list(PANEL),
    )
    patch.cord(heard, route, patch.box("prepend set", 1330, 120), line)
    patch.note("Errors of the instrument; all else is in the panels.", 1330, 20)
    return patch


def _mirrored(layout: Layout, size: tuple[float, float]) -> Layout:
    """A layout that, on a mirrored panel, is as it was."""
    return {
        name: (look, (size[0] - x - width, y, width, height))
        for name, (look, (x, y, width, height)) in layout.items()
    }
