"""The full-screen view: driven by Textual's pilot, beside the page's real server and the whole instrument."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from instrument.params import ADDRESSES, DECKS, ParamError, Params
from instrument.recipe import Recipe
from instrument.terminal.remote import Remote, RemoteError, find, socket_url
from instrument.terminal.screen import KEYS, Everything, Field, Help, Live, View
from instrument.web.server import WebServer
from tests.instrument.test_console import Played

PATIENCE_S = 60.0
SMALL, LARGE = (80, 24), (120, 40)
OUTLINE = base64.b64encode(bytes(2048) + bytes(range(128)) * 8).decode()
LONGEST = {
    "clock_source": "internal",
    "swap": "16bars",
    "key": "D# minor",
    "stretch": "keylock",
    "bpm": 199.99,
}


class Commands:
    """What MIDI would be told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.are_refused = False

    def command(self, name: str) -> Callable[[tuple[object, ...]], None]:
        def take(args: tuple[object, ...]) -> None:
            if self.are_refused:
                raise ParamError("bad_value", "MIDI is off: start with --midi NAME, or --midi all")
            self.told.append((name, *args))

        return take


@pytest.fixture
def params() -> Params:
    return Params()


@pytest.fixture
def midi() -> Commands:
    return Commands()


def serve(params: Params, midi: Commands, port: int = 0) -> WebServer:
    commands = {f"/ladmg/midi/{name}": midi.command(name) for name in ("learn", "forget", "cancel")}
    status = {"generator": "ready", "underflows": 2, "render_ms": 900, "device": "none"}
    server = WebServer(params, port=port, commands=commands, status=lambda: status)
    server.start()
    return server


@pytest.fixture
def server(params: Params, midi: Commands) -> Iterator[WebServer]:
    served = serve(params, midi)
    yield served
    served.stop()


@contextlib.asynccontextmanager
async def shown(url: str, size: tuple[int, int] = SMALL) -> AsyncIterator[tuple[View, Pilot[int]]]:
    """A view that has heard from its instrument."""
    view = View(socket_url(url))
    async with view.run_test(size=size) as pilot:
        await until(lambda: view.remote.is_open)
        await seen(view, "deck 1")
        yield view, pilot


async def until(is_it: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_it():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def text(view: View) -> list[str]:
    """What stands on the terminal, line by line."""
    return [strip.text for strip in view.screen._compositor.render_strips()]


async def seen(view: View, words: str) -> None:
    await until(lambda: words in " ".join(" ".join(text(view)).split()))


def field(view: View, address: str) -> Field:
    return next(one for one in view.screen.query(Field) if one.address == address)


def tell_a_loop(server: WebServer, deck: int = 1, **settings: Any) -> None:
    recipe = replace(Recipe(), **settings)
    server.send(f"/ladmg/{deck}/loop", recipe.name, recipe.to_json())
    server.send(f"/ladmg/{deck}/waveform", recipe.name, OUTLINE)
    server.send(f"/ladmg/{deck}/fan", 0.0, 0.0, 0.5, 0.0, 1.0, 0.0)


# How it looks


@pytest.mark.parametrize("size", [SMALL, (100, 30), LARGE, (200, 60)])
@pytest.mark.parametrize("is_full", [False, True])
def test_nothing_overlaps_and_nothing_is_cut_off(
    params: Params, server: WebServer, size: tuple[int, int], is_full: bool
) -> None:
    """With all values at their longest too, each of them pending."""
    if is_full:
        for address, (spec, _) in ADDRESSES.items():
            if spec.name in LONGEST:
                params.set(address, LONGEST[spec.name], "test")
            elif spec.has_value and spec.kind in ("float", "int"):
                params.set(address, spec.low if spec.low < 0 else spec.high, "test")
        other = {
            "key": "G# minor",
            "n_bars": 1,
            "n_steps": 1,
            "brightness": -0.33,
            "density": -0.44,
            "swing": 66.6,
        }
        for deck in DECKS:
            tell_a_loop(server, deck, **other, cfg_scale=1.1, cfg_grid=3.9, seed_a=123456, weight=0.33)
            server.send(f"/ladmg/{deck}/next", "cued", 64.0)

    async def check() -> None:
        async with shown(server.url, size) as (view, pilot):
            await pilot.resize_terminal(*size)
            await seen(view, "in 64 beats" if is_full else "no loop yet")
            places = [one for one in view.screen.query(Live) if one.display and one.region]
            assert len(places) > 60
            for place in places:
                assert place.region in view.screen.region, place
            for one, other in itertools.combinations(places, 2):
                assert not one.region.overlaps(other.region), (one, other)
            assert "…" not in "".join(text(view))
            for one in view.screen.query(Field):
                control, value = one.control, params.snapshot().get(one.address)
                words = str(one.text(*one.size))
                assert control is not None
                assert len(words.splitlines()[0]) <= one.size.width
                if (
                    control.kind in ("float", "int", "enum")
                    and not control.is_switch
                    and control.name != "morph"
                ):
                    assert control.shown(value) in words, one.address

    asyncio.run(check())


def test_a_terminal_that_is_too_small_says_so_and_recovers(server: WebServer) -> None:
    async def check() -> None:
        async with shown(server.url) as (view, pilot):
            await pilot.resize_terminal(60, 20)
            await seen(view, "80 x 24 characters are needed, here are 60 x 20")
            await pilot.resize_terminal(*SMALL)
            await seen(view, "deck 2")

    asyncio.run(check())


def test_it_shows_what_sounds_and_what_comes(params: Params, server: WebServer) -> None:
    tell_a_loop(server, prompt="dub techno", key="A minor", cfg_scale=2.0)
    params.set("/ladmg/key", "C major", "test")
    params.set("/ladmg/1/cfg_scale", 4.5, "test")

    async def check() -> None:
        async with shown(server.url) as (view, _):
            await seen(view, "words 4.5")  # nothing comes, so nothing is pending
            for state, words in (("waiting", "waiting"), ("rendering", "rendering"), ("ready", "ready: go")):
                server.send("/ladmg/1/next", state, -1.0)
                await seen(view, words)
            await seen(view, "words 2.0→4.5")
            await seen(view, "→C major")
            server.send("/ladmg/1/next", "cued", 3.0)
            await seen(view, "in 3 beats")
            server.send("/ladmg/shelf", 2, 3)
            await seen(view, "shelf ·●●············· 1")
            await seen(view, "underflows 2 │ render 0.90 s of 7.68")
            server.error("/ladmg/1/prompt", "untaught", "this model was never taught singing")
            await seen(view, "this model was never taught singing")
            tell_a_loop(server, key="C major", cfg_scale=4.5)
            server.send("/ladmg/1/next", "none", -1.0)
            await seen(view, "words 4.5")
            assert "◆" in "".join(text(view))
            assert "○──" in "".join(text(view))

    asyncio.run(check())


def test_without_colours_the_same_is_said(
    params: Params, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_a_loop(server, cfg_scale=2.0)
    server.send("/ladmg/1/next", "ready", -1.0)
    params.set("/ladmg/1/mute", 1, "test")
    shots = []

    async def check() -> None:
        async with shown(server.url) as (view, _):
            for words in ("words 2.0→6.0", "● mute", "ready: go", "▶deck 1", "underflows 2 │ render 0.90 s"):
                await seen(view, words)
            shots.append(text(view))

    asyncio.run(check())
    monkeypatch.setenv("NO_COLOR", "1")
    asyncio.run(check())
    assert shots[0] == shots[1]


# How it is played


def test_every_key_of_the_page_does_what_it_does_there(params: Params, server: WebServer) -> None:
    heard: list[tuple[str, Any]] = []
    params.subscribe(lambda change: heard.append((change.address, change.value)))
    done = {
        "space": ("/ladmg/playing", 0),
        "m": ("/ladmg/1/mute", 1),
        "h": ("/ladmg/1/hold", 1),
        "q": ("/ladmg/1/kill_low", 1),
        "w": ("/ladmg/1/kill_mid", 1),
        "E": ("/ladmg/1/kill_high", 1),
        "z": ("/ladmg/1/stutter", 1),
        "v": ("/ladmg/1/stutter", 4),
        "b": ("/ladmg/1/reverse", 1),
        "right": ("/ladmg/1/morph", 0.01),
        "shift+right": ("/ladmg/1/morph", 0.11),
        "left": ("/ladmg/1/morph", 0.1),
        "up": ("/ladmg/bpm", 125.1),
        "shift+down": ("/ladmg/bpm", 124.1),
        "full_stop": ("/ladmg/nudge", 2.0),
        "f": ("/ladmg/1/filter", 0.0),
    }
    params.set("/ladmg/1/filter", 0.5, "test")

    async def check() -> None:
        async with shown(server.url) as (view, pilot):
            for key, (address, value) in done.items():
                await pilot.press(key)
                await until(lambda change=(address, value): change in heard)
            await until(lambda: ("/ladmg/nudge", 0.0) in heard)  # let go
            for key in ("v", "b"):
                await pilot.press(key)
            await until(lambda: (params.get("/ladmg/1/stutter"), params.get("/ladmg/1/reverse")) == (0, 0))
            for key, name in (("r", "1/roll"), ("g", "1/go"), ("u", "1/undo"), ("t", "tap"), ("!", "panic")):
                await pilot.press(key)
                await until(lambda name=name: (f"/ladmg/{name}", 1) in heard)
            await pilot.press("2", "m")
            await until(lambda: params.get("/ladmg/2/mute") == 1)
            await seen(view, "▶deck 2")
            await pilot.press("?")
            await until(lambda: isinstance(view.screen, Help))
            for keys, words in KEYS.values():
                await seen(view, f"{keys} {words}")
            await pilot.press("m")
            await until(lambda: not isinstance(view.screen, Help))
            assert params.get("/ladmg/2/mute") == 1

    asyncio.run(check())


def test_a_selected_parameter_follows_the_keys(params: Params, server: WebServer) -> None:
    address = "/ladmg/1/delay_send"
    keys = {"right": 0.01, "pageup": 0.11, "shift+right": 0.12, "left": 0.11, "end": 1.0, "home": 0.0}

    async def check() -> None:
        async with shown(server.url) as (view, pilot):
            field(view, address).focus()
            await seen(view, "Echoes in three 16ths.")
            for key, value in keys.items():
                await pilot.press(key)
                await until(lambda value=value: params.get(address) == value)
            await pilot.press("end", "delete")
            await until(lambda: params.get(address) == 0.0)
            await pilot.press("enter", *"0.7", "enter")
            await until(lambda: params.get(address) == 0.7)
            await seen(view, "echo 0.70")
            await pilot.press("enter", *"loud", "enter")
            await seen(view, "delay_send must be a number in 0..1")
            await pilot.press("up")
            assert view.focused is field(view, "/ladmg/1/morph_y")
            await pilot.press("down", "down", "right")
            await until(lambda: params.get("/ladmg/1/stutter") == 1)
            await pilot.press("2", "right", "right")
            await until(lambda: params.get("/ladmg/2/stutter") == 2)
            await pilot.press("tab", "enter")
            await until(lambda: params.get("/ladmg/2/mute") == 1)
            await pilot.press("escape", "up")
            await until(lambda: params.get("/ladmg/bpm") == 125.1)
            assert params.get("/ladmg/1/stutter") == 1

    asyncio.run(check())


def test_a_prompt_is_typed_and_what_is_typed_is_no_key(params: Params, server: WebServer) -> None:
    async def check() -> None:
        async with shown(server.url) as (view, pilot):
            await pilot.press("p", *"dub, h and m [b]", "enter")
            await until(lambda: params.get("/ladmg/1/prompt") == "dub, h and m [b]")
            await seen(view, "dub, h and m [b]")
            await pilot.press("p", *" more", "escape")
            await seen(view, "? keys")
            await pilot.press("2", "p", *"acid", "enter")
            await until(lambda: params.get("/ladmg/2/prompt") == "acid")
            assert params.get("/ladmg/1/prompt") == "dub, h and m [b]"
            assert (params.get("/ladmg/1/hold"), params.get("/ladmg/1/mute")) == (0, 0)

    asyncio.run(check())


def test_all_parameters_shelf_and_presets_are_reached(params: Params, server: WebServer) -> None:
    heard: list[tuple[str, Any]] = []
    params.subscribe(lambda change: heard.append((change.address, change.value)))
    server.send("/ladmg/presets", "night", "opener")

    async def check() -> None:
        async with shown(server.url) as (view, pilot):
            field(view, "/ladmg/1/shelf_play").focus()
            await pilot.press("right", "right", "k", "enter")
            await until(lambda: heard == [("/ladmg/1/shelf_keep", 3), ("/ladmg/1/shelf_play", 3)])
            await pilot.press("a")
            await until(lambda: isinstance(view.screen, Everything) and isinstance(view.focused, Field))
            shown_there = {one.address for one in view.screen.query(Field)}
            for one in view.screen.query(Field):
                assert "…" not in str(one.text(*one.size)), one.address
            assert shown_there == {one for one in ADDRESSES if not one.endswith("shelf_keep")}
            field(view, "/ladmg/preset_recall").focus()
            await pilot.press("right", "enter")
            await until(lambda: heard[-1] == ("/ladmg/preset_recall", "opener"))
            field(view, "/ladmg/preset_save").focus()
            await pilot.press("enter", *"mine", "enter")
            await until(lambda: heard[-1] == ("/ladmg/preset_save", "mine"))
            field(view, "/ladmg/cue").focus()
            await pilot.press("left")
            await until(lambda: params.get("/ladmg/cue") == 0)
            await pilot.press("escape")
            await seen(view, "deck 2")

    asyncio.run(check())


def test_a_parameter_learns_a_control(params: Params, server: WebServer, midi: Commands) -> None:
    address = "/ladmg/1/filter"

    async def check() -> None:
        async with shown(server.url) as (view, pilot):
            await pilot.press("l")
            await seen(view, "select a parameter first")
            field(view, address).focus()
            await pilot.press("l")
            await until(lambda: midi.told == [("learn", address)])
            await seen(view, f"move the MIDI control for {address}")
            await pilot.press("escape")
            await until(lambda: midi.told[-1] == ("cancel",))
            await pilot.press("l", "delete")
            await until(lambda: ("forget", address) in midi.told)
            assert params.get(address) == 0.0
            await pilot.press("l")
            server.send("/ladmg/midi/learnt", address, "cc 21 on channel 1")
            await seen(view, f"cc 21 on channel 1 sets {address}")
            assert view.remote.armed is None
            midi.are_refused = True
            await pilot.press("l")
            await seen(view, "MIDI is off: start with --midi NAME")
            assert view.remote.armed is None

    asyncio.run(check())


# With the instrument


@pytest.fixture
def played(tmp_path: Path) -> Iterator[tuple[Played, str]]:
    instrument = Played(tmp_path)
    try:
        yield instrument, instrument.page_url()
    finally:
        instrument.close()


def test_two_views_and_an_osc_client_see_each_others_changes(played: tuple[Played, str]) -> None:
    instrument, url = played

    async def check() -> None:
        async with shown(url) as (one, keys), shown(url, LARGE) as (two, other_keys):
            await asyncio.to_thread(instrument.loop)
            for view in (one, two):
                await until(lambda view=view: view.remote.beat.is_running)
                await until(lambda view=view: bool(view.remote.decks[1].rms) and view.remote.peak > 0)
                await until(lambda view=view: view.remote.decks[1].peak > 0)
            field(one, "/ladmg/1/filter").focus()
            await keys.press("left")
            await asyncio.to_thread(instrument.until, "/ladmg/1/filter", lambda value: value < 0)
            await until(lambda: two.remote.values["/ladmg/1/filter"] == one.remote.values["/ladmg/1/filter"])
            await other_keys.press("q")
            await asyncio.to_thread(instrument.until, "/ladmg/1/kill_low", lambda value: value == 1)
            await seen(one, "● kill low")
            instrument.send("/ladmg/1/echo_that_is_none", 1)
            instrument.send("/ladmg/swap", "16bars")
            instrument.send("/ladmg/1/prompt", "dark")
            for view in (one, two):
                await seen(view, "enters 16bars")
                await seen(view, "→dark")
                await until(lambda view=view: view.remote.decks[1].state == "cued")
                await seen(view, "beats")
            instrument.send("/ladmg/swap", "now")
            for view in (one, two):
                await until(lambda view=view: (view.remote.decks[1].loop or {}).get("prompt") == "dark")

    asyncio.run(check())


def test_a_view_that_is_left_lets_go_and_costs_nothing_more(params: Params, server: WebServer) -> None:
    async def check() -> None:
        async with shown(server.url) as (view, pilot):
            await until(lambda: len(server._clients) == 1)
            await pilot.press("comma")
            await until(lambda: params.get("/ladmg/nudge") == -2.0)
            await pilot.press("ctrl+c")
            await until(lambda: view.return_code == 0)
        await until(lambda: params.get("/ladmg/nudge") == 0.0)
        await until(lambda: not server._clients)

    asyncio.run(check())


def test_a_lost_link_is_shown_and_comes_back_by_itself(params: Params, midi: Commands) -> None:
    server = serve(params, midi)
    port = server.port

    async def check() -> None:
        nonlocal server
        async with shown(server.url) as (view, pilot):
            await asyncio.to_thread(server.stop)
            await seen(view, "no link to the instrument")
            await pilot.press("m", "p", "escape")  # nobody hears it, and it is not kept for later
            params.set("/ladmg/bpm", 140.0, "test")
            server = serve(params, midi, port)
            await until(lambda: view.remote.is_open)
            await seen(view, "BPM 140.00")
            assert params.get("/ladmg/1/mute") == 0
            await pilot.press("h")
            await until(lambda: params.get("/ladmg/1/hold") == 1)

    try:
        asyncio.run(check())
    finally:
        server.stop()


def test_what_answers_and_is_no_instrument_is_no_crash(server: WebServer) -> None:
    for message in (
        [],
        {},
        {"values": {}},
        {"hello": {}},
        {"hello": {"params": [{}], "decks": [], "commands": []}},
    ):
        with pytest.raises((ValueError, LookupError, TypeError)):
            Remote("").take(message)  # type: ignore[arg-type]
    assert find(server.url).startswith("ws://127.0.0.1:")
    with pytest.raises(RemoteError, match=r"nothing plays there.*start `ladmg play`"):
        find("http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://127.0.0.1:7480", "ws://127.0.0.1:7480/live"),
        ("stage.local", "ws://stage.local:7480/live"),
        ("http://[::1]:8000/", "ws://[::1]:8000/live"),
        ("https://127.0.0.1:7480", None),
        ("http://127.0.0.1:74800", None),
        ("http://127.0.0.1:0", None),
        ("", None),
    ],
)
def test_where_an_instrument_is(url: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(RemoteError, match="address must be like http://127"):
            socket_url(url)
    else:
        assert socket_url(url) == found
