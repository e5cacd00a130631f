"""`ladmg screen`: the full-screen view, for a terminal, on ssh too.

It is one more client of the page's WebSocket, in a process of its own: so it can neither stall nor crash the
instrument, comes and goes while it plays, several at once. `ladmg play --screen` starts one too (process.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, cast

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input

from instrument.params import DECKS, NAME_LIMIT, ROOT, SHELF_PLACES, TEXT_LIMIT
from instrument.terminal.process import COLUMNS, ROWS, check_terminal
from instrument.terminal.remote import FORGET, Control, Remote, address_of, find
from instrument.terminal.text import (
    AMBER,
    GREEN,
    PAPER,
    QUIET,
    RED,
    count_text,
    field_text,
    health_text,
    meter_text,
    names_text,
    path_text,
    shelf_text,
    title_text,
    wave_text,
    wordy,
)

TALL = 34  # rows, from which on there is room for more
SEEDS = ("seed_a", "seed_b", "seed_c", "seed_d")
LOOKS_S = 1 / 8  # between two looks at what has changed
MESSAGE_S = 8.0
LET_GO_S = 0.6  # a terminal tells no key's release: so long after the last repeat of a held one
ORPHAN_S = 1.0
END_PATIENCE_S = 3.0  # less than that of who started it

# Character: the keys as the help shows them, and what they do.
KEYS = {
    " ": ("space", "play or stop"),
    "r": ("R", "roll: a new idea"),
    "g": ("G", "go: drop what is ready"),
    "h": ("H", "hold"),
    "u": ("U", "undo"),
    "t": ("T", "tap the tempo"),
    "m": ("M", "mute"),
    "q": ("Q W E", "kill low, mid, high"),
    "z": ("Z X C V", "stutter; again: off"),
    "b": ("B", "backwards; again: off"),
    ",": (", .", "slower, faster, while held"),
    "left": ("← →", "along the path; Shift: 0.1"),
    "up": ("↑ ↓", "0.1 BPM; Shift: 1"),
    "f": ("F", "filter open"),
    "p": ("P", "type a prompt"),
    "1": ("1 2", "deck"),
    "a": ("A", "all parameters"),
    "!": ("!", "panic: silence at once"),
    "?": ("?", "these keys"),
    "^c": ("Ctrl-C", "leave"),
}
SELECTED_KEYS = (
    ("Tab", "select the next parameter"),
    ("↑ ↓", "the one above, below"),
    ("← →", "change it; Shift: finer"),
    ("PgUp PgDn", "by ten steps"),
    ("Home End Del", "lowest, highest, default"),
    ("Enter", "type a value; press; play"),
    ("K", "on the shelf: keep there"),
    ("L", "learn a MIDI control"),
    ("Esc", "select nothing"),
)


class Live(Widget):
    """A place that is drawn again when what it shows has changed. One tick of the view looks at all of them."""

    def __init__(
        self, draw: Callable[[int, int], Content] | None = None, id: str | None = None, classes: str = ""
    ) -> None:
        """draw: what is there, for so many columns and rows."""
        super().__init__(id=id, classes=classes)
        self._drawn_by = draw
        self._shown = Content()

    @property
    def view(self) -> View:
        return cast(View, self.app)

    def text(self, width: int, height: int) -> Content:
        return self._drawn_by(width, height) if self._drawn_by is not None else Content()

    def look(self) -> None:
        """Draw what has changed."""
        if self.size and self.text(*self.size) != self._shown:
            self.refresh()

    def render(self) -> Content:
        self._shown = self.text(*self.size) if self.size else Content()
        return self._shown


class Field(Live, can_focus=True):
    """One parameter: selected, it follows the keys."""

    DEFAULT_CSS = f"Field {{ height: 1; color: {PAPER}; }} Field:focus {{ text-style: reverse; }}"

    def __init__(
        self, name: str, deck: int | None = None, word: str | None = None, classes: str = ""
    ) -> None:
        super().__init__(classes=classes)
        self.address = address_of(name, deck)
        self.deck = deck
        self._word = word
        self._state: list[object] = []
        self._at = 0  # of places and names, which have no value: the one that a key would choose

    @property
    def remote(self) -> Remote:
        return self.view.remote

    @property
    def control(self) -> Control | None:
        return self.remote.controls.get(self.address)

    def look(self) -> None:
        """As Live's, but most of these stand still, and to compare what they show costs less than to draw it."""
        control = self.control
        state: list[object] = [control, self.size, self._at, self.remote.values.get(self.address)]
        if control is not None and self.has_class("path"):
            deck = self.remote.decks[control.deck or 1]
            state += [self.remote.value("morph_y", control.deck), deck.points, id(deck.loop), deck.state]
        elif control is not None and not control.has_value:
            state += [self.remote.shelf, self.remote.presets]
        elif control is not None:
            state += [self.remote.sounding(control, self.view.deck), self._is_moot(control)]
        if state != self._state:
            self._state = state
            self.refresh()

    def text(self, width: int, height: int) -> Content:
        control = self.control
        if control is None:
            return Content()
        word = wordy(control) if self._word is None else self._word
        if control.kind == "pick":
            return shelf_text(self.remote.shelf, self._at + 1, SHELF_PLACES, width)
        if control.name == "preset_recall":
            return names_text(word, self.remote.presets, self._at, width)
        sounds = self.remote.sounding(control, self.view.deck)
        if self.has_class("path"):
            deck = self.remote.decks[control.deck or 1]
            x, y = (float(self.remote.value(name, control.deck)) for name in ("morph", "morph_y"))
            return path_text(deck, x, y, width, height)
        value = self.remote.values.get(self.address, 0)
        return field_text(
            control, word, value, sounds, width, self.has_class("tight"), self._is_moot(control)
        )

    def _is_moot(self, control: Control) -> bool:
        """The weight of no words."""
        value = self.remote.values.get(self.address, 0)
        return control.name.startswith("weight") and self.remote.is_moot(control, control.deck or 1, value)

    def on_focus(self) -> None:
        if self.deck is not None:
            self.view.deck = self.deck

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2:
            self.press()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, n_steps: int) -> None:
        if self.has_focus:
            self.step(n_steps, event.shift)
            event.stop()

    def on_key(self, event: events.Key) -> None:
        control = self.control
        if control is None:
            return
        key = event.key.removeprefix("shift+")
        steps = {"left": -1, "right": 1, "pagedown": -10, "pageup": 10}
        if key in steps:
            self.step(steps[key], key != event.key)
        elif key == "delete" and self.remote.armed == self.address:
            self.remote.send(FORGET, self.address)
            self.remote.arm(None)
        elif key in ("home", "end", "delete") and control.has_value and control.kind != "text":
            places = {"home": control.clamped(control.low), "end": control.clamped(control.high)}
            self.remote.set(self.address, places.get(key, control.default))
        elif key == "enter":
            self.press()
        elif event.character in ("k", "K") and control.kind == "pick":
            self.remote.send(f"{ROOT}/{self.deck}/shelf_keep", self._at + 1)
        else:
            return
        event.stop()
        self.look()

    def step(self, n_steps: int, is_other: bool) -> None:
        """Change it by so many steps. is_other: the finer ones."""
        control, value = self.control, self.remote.values.get(self.address)
        if control is None:
            return
        if control.kind == "pick":
            self._at = min(max(self._at + n_steps, 0), SHELF_PLACES - 1)
        elif control.name == "preset_recall" and self.remote.presets:
            self._at = (self._at + n_steps) % len(self.remote.presets)
        elif control.has_value and value is not None:
            self.remote.set(self.address, control.moved(value, n_steps, is_other))

    def press(self) -> None:
        """Enter: what is pressed is pressed, for all else a value is asked for."""
        control = self.control
        if control is None:
            return
        if control.is_switch:
            self.remote.set(self.address, int(not self.remote.values.get(self.address)))
        elif control.kind == "trigger":
            self.remote.send(self.address, 1)
        elif control.kind == "pick":
            self.remote.send(self.address, self._at + 1)
        elif control.name == "preset_recall" and self.remote.presets:
            self.remote.send(self.address, self.remote.presets[self._at % len(self.remote.presets)])
        elif control.name != "preset_recall":
            self.view.ask(self.address)


class Fields(Screen[None]):
    """A screen on which a parameter can be selected."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
    ]

    @property
    def selected(self) -> Field | None:
        return self.focused if isinstance(self.focused, Field) else None

    def select_beside(self, n_rows: int) -> None:
        """Select the nearest one further up (below 0) or down."""
        if self.selected is None:
            return
        at = self.selected.region

        def distance(region: Region) -> tuple[int, int]:
            return abs(region.y - at.y), abs(2 * region.x + region.width - 2 * at.x - at.width)

        others = [
            one for one in self.query(Field) if one.control is not None and (one.region.y - at.y) * n_rows > 0
        ]
        if others:
            min(others, key=lambda one: distance(one.region)).focus()


class Line(Input):
    """Where a value is typed; Escape leaves it as it was."""

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.post_message(self.Left())

    class Left(Message):
        """Nothing was typed."""


class Asking(ModalScreen[None]):
    """One line at the bottom, to type a value in."""

    CSS = f"""
    Asking {{ align: left bottom; background: transparent; }}
    #ask {{ height: 2; background: #2b2a26; padding: 0 1; }}
    #ask Live {{ height: 1; color: {AMBER}; }}
    #ask Line, #ask Line:focus {{ height: 1; border: none; padding: 0; background: #2b2a26; color: {PAPER}; }}
    """

    def __init__(self, control: Control, value: str) -> None:
        super().__init__()
        self._control = control
        self._value = value

    def compose(self) -> ComposeResult:
        control = self._control
        deck = f", deck {control.deck}" if control.deck else ""
        limit = TEXT_LIMIT if control.kind == "text" else NAME_LIMIT
        said = Content.assemble(f"{control.name.replace('_', ' ')}{deck}: Enter takes it, Escape leaves it")
        with Vertical(id="ask"):
            yield Live(lambda width, _: said.truncate(width, ellipsis=True, pad=True))
            yield Line(self._value, max_length=limit, select_on_focus=control.kind != "text")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        app = cast(View, self.app)
        text = event.value.strip()
        control = self._control
        number = text.replace(",", ".")
        if control.kind in ("float", "int") and _is_number(number):
            app.remote.send(control.address, float(number) if "." in number or "e" in number else int(number))
        elif text or control.kind == "text":
            app.remote.send(control.address, text)
        self.dismiss()

    def on_line_left(self) -> None:
        self.dismiss()


def _is_number(text: str) -> bool:
    with contextlib.suppress(ValueError):
        float(text)
        return True
    return False


class Help(ModalScreen[None]):
    """The keys. Any key leaves it."""

    CSS = f"""
    Help {{ align: center middle; }}
    #help {{ width: 80; height: 24; background: #131311; padding: 0 1; layout: horizontal; }}
    #help Live {{ width: 1fr; height: 1fr; color: {PAPER}; }}
    """

    def compose(self) -> ComposeResult:
        rows = list(KEYS.values())
        with Horizontal(id="help"):
            yield Live(lambda *_: _keys_text("keys, as on the page", rows, 9))
            yield Live(lambda *_: _keys_text("a parameter that is selected", SELECTED_KEYS, 14))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss()

    def on_click(self) -> None:
        self.dismiss()


def _keys_text(heading: str, rows: Iterable[tuple[str, str]], width: int) -> Content:
    lines = [Content.styled(heading, f"bold {GREEN}"), Content()]
    lines += [Content.assemble((f"{keys:<{width}}", f"bold {PAPER}"), (text, QUIET)) for keys, text in rows]
    return Content("\n").join(lines)


class Everything(ModalScreen[None], Fields):
    """All parameters that the instrument has."""

    CSS = f"""
    Everything {{ background: #0b0b0a; }}
    #everything {{ height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; scrollbar-background: #0b0b0a; }}
    #everything {{ scrollbar-color: #97927f; scrollbar-background-hover: #0b0b0a; scrollbar-color-hover: #ece8dc; }}
    #everything .heading {{ height: 1; color: {GREEN}; text-style: bold; }}
    #everything .cells {{ layout: grid; grid-size: 2; grid-gutter: 0 2; height: auto; margin: 0 1 1 0; grid-rows: 1; }}
    #everything.wide .cells {{ grid-size: 3; }}
    #everything-message {{ height: 2; padding: 0 1; }}
    """

    def compose(self) -> ComposeResult:
        view = cast(View, self.app)
        with VerticalScroll(id="everything", can_focus=False):
            for deck in (None, *DECKS):
                controls = [one for one in view.remote.controls.values() if one.deck == deck]
                heading = Content(f"deck {deck}" if deck else "all decks")
                yield Live(lambda width, _, heading=heading: heading, classes="heading")  # type: ignore[misc]
                with Vertical(classes="cells"):
                    for one in controls:
                        if one.name != "shelf_keep":  # it is K on the shelf
                            word = wordy(one) if one.kind in ("pick", "text") else one.name.replace("_", " ")
                            yield Field(
                                one.name,
                                deck,
                                f"{one.name.replace('_', ' ')} ..." if one.kind == "text" else word,
                            )
        yield Live(view.message_text, id="everything-message")

    def on_mount(self) -> None:
        self.query(Field).first().focus()

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#everything").set_class(event.size.width >= 110, "wide")

    def on_key(self, event: events.Key) -> None:
        view = cast(View, self.app)
        if event.key in ("up", "down"):
            self.select_beside(-1 if event.key == "up" else 1)
        elif event.key == "escape" or event.character in ("a", "A"):
            view.remote.arm(None)
            self.dismiss()
        elif event.character in ("l", "L", "!"):
            view.press(str(event.character).lower())
        else:
            return
        event.stop()


class Board(Fields):
    """What is played: both decks, and what they share."""

    def compose(self) -> ComposeResult:
        app = cast(View, self.app)
        with Vertical(id="board"):
            yield _row(
                _wide(Live(app.count_text), 17),
                _wide(Field("bpm", classes="tight"), 10),
                _wide(Field("playing", classes="tight"), 6),
                _wide(Field("clock_source", classes="tight"), 14),
                _wide(Field("swap", classes="tight"), 13),
                _wide(Field("auto", classes="tight"), 6),
                _last(_wide(Field("record", classes="tight"), 5)),
            )
            yield _row(
                _wide(Field("key", classes="tight"), 13),
                _wide(Field("n_bars", classes="tight"), 9),
                _wide(Field("n_steps", classes="tight"), 10),
                _wide(Field("stretch", classes="tight"), 15),
                _wide(Field("gain_db", classes="tight"), 15),
                _last(_wide(Field("limiter", classes="tight"), 9)),
            )
            with Horizontal(id="decks", classes="space"):
                for deck in DECKS:
                    with Vertical(classes="deck", id=f"deck-{deck}"):
                        yield from _deck(app, deck)
            yield _row(
                Field("crossfade", classes="fr"),
                _wide(Field("bass_swap", classes="tight"), 11),
                _last(_wide(Live(app.level_text), 30)),
                is_space=True,
            )
            yield Live(app.log_text, id="log")
            yield Live(app.message_text, id="message")
            yield Live(app.health_text, id="health")
            yield Live(app.keys_text, id="keys")
        yield Live(_small_text, id="small")

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < COLUMNS or event.size.height < ROWS, "small")
        self.set_class(event.size.height >= TALL, "tall")

    def on_key(self, event: events.Key) -> None:
        app = cast(View, self.app)
        if self.selected is not None and event.key in ("up", "down"):
            self.select_beside(-1 if event.key == "up" else 1)
        elif event.key == "escape":
            if app.remote.armed is not None:
                app.remote.arm(None)
            else:
                self.set_focus(None)
        elif not app.press(event.key if event.key in ARROWS else (event.character or "").lower()):
            return
        event.stop()


ARROWS = {
    "left": ("morph", -0.01),
    "right": ("morph", 0.01),
    "shift+left": ("morph", -0.1),
    "shift+right": ("morph", 0.1),
    "up": ("bpm", 0.1),
    "down": ("bpm", -0.1),
    "shift+up": ("bpm", 1.0),
    "shift+down": ("bpm", -1.0),
}


def _small_text(width: int, height: int) -> Content:
    text = f"{COLUMNS} x {ROWS} characters are needed, here are {width} x {height}"
    return Content(text)


def _wide(widget: Live, width: int) -> Live:
    widget.styles.width = width
    return widget


def _last(widget: Live) -> Live:
    widget.add_class("last")
    return widget


def _row(*widgets: Widget, is_space: bool = False) -> Horizontal:
    return Horizontal(*widgets, classes="row space" if is_space else "row")


def _deck(app: View, deck: int) -> Iterable[Widget]:
    """What a deck has, from top to bottom."""

    def pair(*names: str, is_space: bool = False) -> Horizontal:
        fields = [Field(name, deck, classes="fr tight" if name in SEEDS else "fr") for name in names]
        _last(fields[-1])
        return _row(*fields, is_space=is_space)

    yield Live(lambda width, _: app.title_text(deck, width), classes="title")
    yield Live(lambda width, height: app.wave_text(deck, width, height), classes="wave")
    yield Field("morph", deck, classes="path")
    yield pair(*SEEDS)
    for number, suffix in enumerate(("", "_2", "_3", "_4")):
        weight = _last(Field(f"weight{suffix}", deck, "", classes="w5"))
        yield _row(Field(f"prompt{suffix}", deck, classes="fr"), weight, is_space=number == 0)
    yield pair("negative")
    yield pair("cfg_scale", "cfg_grid", is_space=True)
    yield pair("brightness", "density")
    yield pair("swing", "morph_y")
    yield pair("filter", "delay_send", is_space=True)
    yield pair("level_db", "stutter")
    yield pair("mute", "hold", "reverse")
    yield pair("kill_low", "kill_mid", "kill_high")
    yield pair("shelf_play")


class View(App[int]):
    """The view of one instrument. deck: the one that the keys play."""

    CSS = f"""
    Board {{ background: #0b0b0a; color: {PAPER}; overflow: hidden; }}
    #board {{ padding: 0 1; }}
    #board.away Field, #board.away .wave, #board.away .title {{ opacity: 45%; }}
    .row {{ height: 1; }}
    .row > * {{ margin-right: 1; }}
    .row > .last {{ margin-right: 0; }}
    #decks {{ height: auto; }}
    .deck {{ width: 1fr; height: auto; }}
    #deck-1 {{ margin-right: 2; }}
    .title, .wave, .path {{ height: 1; width: 1fr; }}
    .fr {{ width: 1fr; }}
    .w5 {{ width: 5; }}
    #log {{ display: none; height: 1fr; min-height: 1; margin-top: 1; }}
    #message {{ height: 2; }}
    #health, #keys {{ height: 1; }}
    #small {{ display: none; width: 100%; height: 100%; content-align: center middle; }}
    Board.small #board {{ display: none; }}
    Board.small #small {{ display: block; }}
    Board.tall .wave {{ height: 4; }}
    Board.tall .path {{ height: 3; margin: 1 0; }}
    Board.tall .space {{ margin-top: 1; }}
    Board.tall #log {{ display: block; }}
    """
    ENABLE_COMMAND_PALETTE = False
    TITLE = "LADMG"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
    ]

    def __init__(self, url: str) -> None:
        """url: of its WebSocket, as `remote.find` tells it."""
        super().__init__()
        self.remote = Remote(url)
        self.deck = DECKS[0]
        self._started_by = os.getppid()
        self._letting_go: asyncio.TimerHandle | None = None

    def get_default_screen(self) -> Board:
        return Board()

    def on_mount(self) -> None:
        self.run_worker(self.remote.run(), name="link")
        self.set_interval(LOOKS_S, self.look)
        self.set_interval(ORPHAN_S, self._leave_if_orphaned)

    def look(self) -> None:
        """Draw what has changed."""
        board = self.screen_stack[0]
        board.query_one("#board").set_class(not self.remote.is_open, "away")
        for screen in self.screen_stack:
            for place in screen.query(Live):
                place.look()

    async def action_leave(self, code: int = 0) -> None:
        """End the view, once what it holds has been let go."""
        self._let_go()
        await self.remote.drain()
        self.exit(code)

    async def _leave_if_orphaned(self) -> None:
        """Who started the view is gone, and so is whoever could give the terminal back."""
        if os.getppid() != self._started_by:
            await self.action_leave(1)

    # Keys

    def press(self, key: str) -> bool:
        """Do what a key does; False for one that does nothing. key: a character, or an arrow's name."""
        remote, deck = self.remote, self.deck

        def toggle(name: str, of: int | None = deck, on: int = 1) -> None:
            address = address_of(name, of)
            remote.set(address, 0 if remote.values.get(address) == on else on)

        triggers = {"r": "roll", "g": "go", "u": "undo"}
        toggles = {
            "h": "hold",
            "m": "mute",
            "q": "kill_low",
            "w": "kill_mid",
            "e": "kill_high",
            "b": "reverse",
        }
        if key in ARROWS:
            name, by = ARROWS[key]
            self._add(address_of(name, deck if name == "morph" else None), by)
        elif key in triggers:
            remote.send(address_of(triggers[key], deck), 1)
        elif key in ("t", "!"):
            remote.send(address_of("tap" if key == "t" else "panic"), 1)
        elif key in toggles:
            toggle(toggles[key])
        elif key and key in "zxcv":
            toggle("stutter", on=1 + "zxcv".index(key))
        elif key == " ":
            toggle("playing", None)
        elif key in (",", "."):
            remote.set(address_of("nudge"), -2.0 if key == "," else 2.0)
            self._let_go_later()
        elif key == "f":
            remote.set(address_of("filter", deck), 0.0)
        elif key == "p":
            self.ask(address_of("prompt", deck))
        elif key == "l":
            self._learn()
        elif key == "a":
            self.push_screen(Everything())
        elif key == "?":
            self.push_screen(Help())
        elif key and key in "".join(map(str, DECKS)):
            self._choose(int(key))
        else:
            return False
        self.look()
        return True

    def ask(self, address: str) -> None:
        """Let a value be typed."""
        control = self.remote.controls.get(address)
        if control is None or not self.remote.is_open:
            return
        value = self.remote.values.get(address, "") if control.has_value else ""
        self.push_screen(Asking(control, control.shown(value) if value != "" else ""))

    def _add(self, address: str, by: float) -> None:
        control, value = self.remote.controls.get(address), self.remote.values.get(address)
        if control is not None and isinstance(value, float | int):
            self.remote.set(address, control.clamped(value + by))

    def _choose(self, deck: int) -> None:
        """The deck that the keys play; what is selected is then selected there."""
        self.deck = deck
        selected = self.focused
        if isinstance(selected, Field) and selected.deck is not None and selected.deck != deck:
            twin = selected.address.replace(f"{ROOT}/{selected.deck}/", f"{ROOT}/{deck}/")
            for one in self.screen.query(Field):
                if one.address == twin:
                    one.focus()

    def _learn(self) -> None:
        selected = self.focused
        if self.remote.armed is not None:
            self.remote.arm(None)
        elif isinstance(selected, Field):
            self.remote.arm(selected.address)
        else:
            self.remote.say("select a parameter first (Tab): L lets a MIDI control set it")

    def _let_go_later(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._letting_go = asyncio.get_running_loop().call_later(LET_GO_S, self._let_go)

    def _let_go(self) -> None:
        """Of what is held."""
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None
            self.remote.set(address_of("nudge"), 0.0)

    # What the places show

    @property
    def now(self) -> float:
        """The beat."""
        return self.remote.beat.at(self.remote.clock())

    def count_text(self, width: int, height: int) -> Content:
        decks = self.remote.decks
        n_beats = decks[self.deck].n_beats if self.deck in decks else 16
        return count_text(self.remote, self.now, n_beats, width)

    def title_text(self, deck: int, width: int) -> Content:
        if deck not in self.remote.decks:
            return Content()
        is_held = bool(self.remote.value("hold", deck))
        return title_text(deck, self.remote.decks[deck], deck == self.deck, is_held, self.now, width)

    def wave_text(self, deck: int, width: int, height: int) -> Content:
        if deck not in self.remote.decks:
            return Content()
        is_silent = not self.remote.value("playing") or bool(self.remote.value("mute", deck))
        return wave_text(self.remote.decks[deck], self.now, is_silent, width, height)

    def level_text(self, width: int, height: int) -> Content:
        return meter_text(self.remote.peak if self.remote.is_open else 0.0, width)

    def health_text(self, width: int, height: int) -> Content:
        if self.deck not in self.remote.decks:
            return Content()
        return health_text(self.remote, self.remote.decks[self.deck], width)

    def keys_text(self, width: int, height: int) -> Content:
        keys = [("?", "keys"), ("Tab", "select"), ("A", "all"), ("space", "play"), ("R", "roll"), ("G", "go")]
        keys += [("!", "panic"), ("1 2", "deck"), ("U", "undo"), ("P", "prompt")]
        shown: list[tuple[str, str]] = []
        for key, text in keys:
            width -= len(key) + len(text) + 3
            if width >= -2:
                shown += [(key, PAPER), (f" {text}  ", QUIET)]
        return Content.assemble(*shown)

    def message_text(self, width: int, height: int) -> Content:
        """What matters most now: no link, a parameter that learns, news, the one that is selected, the last error."""
        remote, selected = self.remote, self.focused
        if not remote.is_open:
            text, style = f"no link to the instrument: {remote.trouble}; trying again", f"bold {RED}"
        elif remote.armed is not None:
            text = f"move the MIDI control for {remote.armed}. L or Escape: none; Delete: forget what it has learnt"
            style = AMBER
        elif remote.says and remote.clock() - remote.said_at < MESSAGE_S:
            text, style = remote.says[-1][2], RED if remote.says[-1][1] else GREEN
        elif isinstance(selected, Field) and selected.control is not None:
            value = remote.values.get(selected.address) if selected.control.kind == "text" else None
            text, style = str(value or f"{selected.control.doc} {selected.address}"), PAPER
        else:
            errors = [said for said in remote.says if said[1]]
            text, style = (f"last error, {errors[-1][0]}: {errors[-1][2]}" if errors else ""), QUIET
        return _wrapped(text, style, width, height)

    def log_text(self, width: int, height: int) -> Content:
        """What was said, the newest last."""
        lines: list[Content] = []
        for at, is_error, text in reversed(self.remote.says):
            said = Content.assemble((f"{at} ", QUIET), (text, RED if is_error else GREEN))
            lines = [*said.wrap(width), *lines]
            if len(lines) >= height:
                break
        return Content("\n").join(lines[-height:])


def _wrapped(text: str, style: str, width: int, height: int) -> Content:
    """At most so many lines; what is longer ends in an ellipsis."""
    lines: Sequence[Content] = Content.styled(text, style).wrap(width) if text else []
    if len(lines) > height:
        rest = Content(" ").join(lines[height - 1 :])
        lines = [*lines[: height - 1], rest.truncate(width, ellipsis=True)]
    return Content("\n").join(lines)


def show(url: str) -> int:
    """Show the instrument at `url` until the performer leaves; the exit code. Raises RemoteError, ScreenError.

    Main thread only. The terminal is as it was afterwards.
    """
    check_terminal()
    view = View(find(url))

    async def run() -> int:
        loop = asyncio.get_running_loop()

        def end(number: int, frame: object) -> None:
            # Textual waits for good for a terminal that is gone, in the thread of the loop.
            last_resort = threading.Timer(END_PATIENCE_S, os._exit, (128 + number,))
            last_resort.daemon = True
            last_resort.start()
            loop.call_soon_threadsafe(view.exit, 128 + number)

        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):  # Windows has one only
                signal.signal(getattr(signal, name), end)
        code = await view.run_async()
        return 1 if code is None else code

    return asyncio.run(run())
