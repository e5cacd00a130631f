"""The page in a real browser, playing the whole instrument with a fake model; other pages and OSC clients beside it."""

from __future__ import annotations

import http.server
import itertools
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect, sync_playwright

from instrument.params import ADDRESSES, DECKS, ParamError, Params
from instrument.web.server import WebServer
from tests.instrument.test_console import Played

PATIENCE_MS = 60_000
QUIET_MS = 500
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        rebound = "--host-resolver-rules=MAP evil.example 127.0.0.1"
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", rebound])
        expect.set_options(timeout=PATIENCE_MS)
        yield chromium
        chromium.close()


class Pages:
    """Opens pages, and keeps what they say in their consoles."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.said: list[str] = []
        self.contexts: list[BrowserContext] = []

    def open(self, viewport: Any = DESKTOP, is_welcomed: bool = True, **options: Any) -> Page:
        context = self.browser.new_context(viewport=viewport, **options)
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(self.url)
        if is_welcomed:
            page.locator("#welcome button").click()
        return page


@contextmanager
def pages_of(browser: Browser, url: str) -> Iterator[Pages]:
    pages = Pages(browser, url)
    try:
        yield pages
    finally:
        for context in pages.contexts:
            context.close()
    assert pages.said == []


class Instrument:
    """A played instrument, an OSC client that hears it, and its pages."""

    def __init__(self, played: Played, pages: Pages) -> None:
        self.played = played
        self.pages = pages
        self.open = pages.open


@pytest.fixture
def instrument(browser: Browser, tmp_path: Path) -> Iterator[Instrument]:
    played = Played(tmp_path / "presets")
    try:
        with pages_of(browser, played.page_url()) as pages:
            yield Instrument(played, pages)
    finally:
        played.close()


@pytest.fixture
def alone(browser: Browser) -> Iterator[tuple[Params, WebServer, Pages]]:
    """Only parameters and their page: nothing plays, nothing moves by itself."""
    params = Params()
    server = WebServer(params, port=0, commands={"/ladmg/midi/learn": lambda args: None})
    server.start()
    try:
        with pages_of(browser, server.url) as pages:
            yield params, server, pages
    finally:
        server.stop()


def at(page: Page, address: str) -> Any:
    return page.locator(f'[data-address="{address}"]')


def until(is_it: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not is_it():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def values_told(socket: WebSocket, counts: dict[str, int]) -> None:
    """Count the values that come by this WebSocket, but for those of the greeting."""

    def count(frame: str | bytes) -> None:
        message = json.loads(frame)
        for address in message.get("values", {}) if "hello" not in message else ():
            counts[address] = counts.get(address, 0) + 1

    socket.on("framereceived", count)


def test_two_pages_and_an_osc_client_see_each_others_changes_and_nothing_goes_round(
    instrument: Instrument, capsys: pytest.CaptureFixture[str]
) -> None:
    played = instrument.played
    one, two = instrument.open(), instrument.open()
    counts: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for page, told in zip((one, two), counts, strict=True):
        page.on("websocket", lambda socket, told=told: values_told(socket, told))
        page.reload()
        expect(page.locator("body")).not_to_have_class("is-away")

    played.send("/ladmg/subscribe")  # the browser may have taken longer than a subscription lives
    played.until("/ladmg/2/hold")
    played.send("/ladmg/sync", 1)
    played.until("/ladmg/synced")
    played.heard.clear()

    def heard(address: str) -> Any:
        return played.until(address)[0]

    took: dict[str, float] = {}
    began = time.perf_counter()
    at(one, "/ladmg/1/delay_send").focus()
    one.keyboard.press("ArrowRight")
    value = heard("/ladmg/1/delay_send")
    took["a page's key to OSC"] = time.perf_counter() - began
    assert value == pytest.approx(0.01)
    expect(at(two, "/ladmg/1/delay_send")).to_have_attribute("aria-valuenow", "0.01")
    took["and to the other page"] = time.perf_counter() - began

    began = time.perf_counter()
    played.send("/ladmg/1/filter", -0.5)
    for page in (one, two):
        expect(at(page, "/ladmg/1/filter")).to_have_attribute("aria-valuenow", "-0.5")
    took["OSC to both pages"] = time.perf_counter() - began

    at(two, "/ladmg/1/kill_low").click()
    assert heard("/ladmg/1/kill_low") == 1
    expect(at(one, "/ladmg/1/kill_low")).to_have_attribute("aria-pressed", "true")

    prompt = '<img src=x onerror=alert(1)> & "dub"'
    at(one, "/ladmg/1/prompt").locator("input").fill(prompt)
    one.keyboard.press("Enter")
    assert heard("/ladmg/1/prompt") == prompt
    expect(at(two, "/ladmg/1/prompt").locator("input")).to_have_value(prompt)

    played.send("/ladmg/swap", "16bars")
    expect(at(one, "/ladmg/swap").get_by_role("radio", name="16bars")).to_have_attribute(
        "aria-checked", "true"
    )
    for page in (one, two):
        page.wait_for_timeout(QUIET_MS)
    once = dict.fromkeys(
        ("/ladmg/1/delay_send", "/ladmg/1/filter", "/ladmg/1/kill_low", "/ladmg/1/prompt"), 1
    )
    for told in counts:  # the setter's is the confirmation
        assert told == once | {"/ladmg/swap": 1}
    played.take_all()
    for (
        address
    ) in once:  # a renewed subscription brings values again, but an old one never comes after a new one
        values = [args[0] for heard_at, args in played.heard if heard_at == address]
        changes = [value for value, _ in itertools.groupby(values)]
        assert changes[-1] != Params().get(address)
        assert changes[:-1] in ([], [Params().get(address)])
    with capsys.disabled():
        print("".join(f"\n{name}: {1000 * seconds:.0f} ms" for name, seconds in took.items()))


def test_what_open_pages_cost_the_console(instrument: Instrument, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints, in per cent of one core, what the console takes while a knob moves 30 times a second."""
    played = instrument.played
    played.loop()
    shares = [share_while_a_knob_moves(played, MEASURED_S)]
    for _ in range(3):
        page = instrument.open()
        shares.append(share_while_a_knob_moves(played, MEASURED_S))
    played.send("/ladmg/1/filter", 0.125)
    expect(at(page, "/ladmg/1/filter")).to_have_attribute("aria-valuenow", "0.125")
    with capsys.disabled():
        print(f"\nthe console with 0, 1, 2, 3 pages: {', '.join(f'{one:.1f} %' for one in shares)} of a core")


MEASURED_S = 10


UPDATES_A_SECOND = 30
KNOB = "/ladmg/1/filter"


def share_while_a_knob_moves(played: Any, seconds: float) -> float:
    """What the console takes of one core, in per cent; `played` has a `process`, and sends."""
    stat = Path(f"/proc/{played.process.pid}/stat")
    before, began = cpu_s(stat), time.perf_counter()
    for step in range(int(UPDATES_A_SECOND * seconds)):
        played.send(KNOB, step % 100 / 100)
        time.sleep(max(0.0, began + step / UPDATES_A_SECOND - time.perf_counter()))
    return 100 * (cpu_s(stat) - before) / (time.perf_counter() - began)


def cpu_s(stat: Path) -> float:
    """Of a whole process, from its stat in /proc."""
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_what_sounds_and_what_is_on_its_way_are_both_shown(instrument: Instrument) -> None:
    page = instrument.open()
    count = page.locator("#count")
    expect(count).to_have_text(re.compile(r"^[1-4]\.[1-4]$"))
    before = count.inner_text()
    expect(count).not_to_have_text(before)  # it moves
    until(lambda: page.evaluate(GREEN_PIXELS) > 500)  # the loop is drawn

    at(page, "/ladmg/1/hold").click()
    field = at(page, "/ladmg/1/prompt")
    field.locator("input").fill("dark techno")
    page.keyboard.press("Enter")
    expect(page.locator("#next")).to_have_text("ready, held")
    expect(field).to_have_class(re.compile("pending"))
    expect(field.locator(".sounds")).to_have_text("nothing")
    until(lambda: page.evaluate(AMBER_PIXELS) > 100)
    at(page, "/ladmg/1/hold").click()
    expect(field).not_to_have_class(re.compile("pending"))
    expect(page.locator("#next")).to_have_text("")
    until(lambda: page.evaluate(AMBER_PIXELS) == 0)

    at(page, "/ladmg/1/undo").click()
    expect(field.locator("input")).to_have_value("")
    at(page, "/ladmg/1/undo").click()
    at(page, "/ladmg/1/undo").click()
    expect(page.locator("#error")).to_have_text("no loop sounded before this one")
    expect(page.locator("#health")).to_contain_text("underflows")


PIXELS = """() => {
  const ring = document.querySelector("#ring canvas");
  const copy = new OffscreenCanvas(ring.width, ring.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(ring, 0, 0);
  const data = copy.getImageData(0, 0, ring.width, ring.height).data;
  let n = 0;
  for (let i = 0; i < data.length; i += 4) if (%s) n++;
  return n;
}"""
GREEN_PIXELS = PIXELS % "data[i + 3] > 200 && data[i + 1] > 200 && data[i] < 120"
AMBER_PIXELS = PIXELS % "data[i + 3] > 200 && data[i] > 200 && data[i + 2] < 60"


def test_presets_and_the_shelf_are_kept_and_brought_back(instrument: Instrument) -> None:
    page, other = instrument.open(), instrument.open()
    instrument.played.loop()
    at(page, "/ladmg/1/filter").focus()
    page.keyboard.press("End")
    at(page, "/ladmg/preset_save").locator("input").fill("night drive")
    page.keyboard.press("Enter")
    recall = other.get_by_role("button", name="night drive")
    expect(recall).to_be_visible()
    instrument.played.send("/ladmg/1/filter", 0.0)
    expect(at(page, "/ladmg/1/filter")).to_have_attribute("aria-valuenow", "0")
    recall.click()
    expect(at(page, "/ladmg/1/filter")).to_have_attribute("aria-valuenow", "1")

    place = page.get_by_role("button", name="shelf 3", exact=True).first
    place.click()
    expect(page.locator("#error")).to_contain_text("nothing is kept in place 3")
    at(page, "/ladmg/1/shelf_keep").click()
    place.click()
    expect(place).to_have_class(re.compile("held"))
    expect(at(page, "/ladmg/1/shelf_keep")).to_have_attribute("aria-pressed", "false")
    expect(other.get_by_role("button", name="shelf 3", exact=True).first).to_have_class(re.compile("held"))


def test_a_page_says_when_the_instrument_is_gone(browser: Browser) -> None:
    params = Params()
    server = WebServer(params, port=0)
    server.start()
    port = server.port
    pages = Pages(browser, server.url)
    page = pages.open()
    expect(page.locator("body")).not_to_have_class("is-away")
    server.stop()
    expect(page.locator("body")).to_have_class("is-away")
    params.set("/ladmg/bpm", 140, "test")
    again = WebServer(params, port=port)
    again.start()
    expect(page.locator("body")).not_to_have_class("is-away")
    expect(at(page, "/ladmg/bpm").locator("input")).to_have_value("140.00")
    pages.contexts[0].close()
    again.stop()


# Without an instrument: the controls themselves

Alone = tuple[Params, WebServer, Pages]


def test_every_parameter_is_reachable_and_has_a_name(alone: Alone) -> None:
    _, server, pages = alone
    server.send("/ladmg/presets", "opener")
    page = pages.open()
    page.locator("#open-drawer").click()
    reached = set()
    for deck in DECKS:
        if len(DECKS) > 1:
            page.get_by_role("tab", name=f"deck {deck}").click()
        for element in page.locator("[data-address]").all():
            if not element.is_visible():
                continue
            reached.add(element.get_attribute("data-address"))
            named = [element, *element.locator("button, input, select, [role]").all()]
            assert any(one.get_attribute("aria-label") for one in named)
    pad = {f"/ladmg/{deck}/morph_y" for deck in DECKS}  # one handle, both ways
    assert reached | pad | {"/ladmg/preset_recall"} == set(ADDRESSES)
    expect(page.get_by_role("button", name="opener")).to_be_visible()


@pytest.mark.parametrize(
    "viewport",
    [
        PHONE,
        {"width": 360, "height": 640},
        DESKTOP,
        {"width": 1280, "height": 800},
        {"width": 1024, "height": 768},
    ],
)
def test_nothing_overlaps_or_scrolls_sideways_and_all_is_large_enough_to_touch(
    alone: Alone, viewport: Any
) -> None:
    _, server, pages = alone
    server.send("/ladmg/presets", *(f"a preset with a long name {i}" for i in range(12)))
    page = pages.open(viewport, has_touch=viewport["width"] < 1000)
    page.wait_for_timeout(QUIET_MS)
    for deck in DECKS:
        if len(DECKS) > 1:
            page.get_by_role("tab", name=f"deck {deck}").click()
        assert page.evaluate(CROWDED) == []
    page.locator("#open-drawer").click()
    assert page.evaluate(CROWDED) == []


CROWDED = """() => {
  const found = [];
  const scroller = document.scrollingElement;
  if (scroller.scrollWidth > innerWidth) found.push(`the page is ${scroller.scrollWidth} wide`);
  const drawer = document.querySelector("#drawer");
  const isOpen = !drawer.hidden;
  const all = [...document.querySelectorAll("button, select, input, .fader, .morph")].filter((element) =>
    element.checkVisibility() && !element.closest("dialog") && Boolean(element.closest("#drawer")) === isOpen);
  const boxes = all.map((element) => {
    const touched = element.matches("input, select") ? element.closest(".words, .box") : element;
    return [element, touched.getBoundingClientRect(), Boolean(element.closest("footer"))];
  });
  const name = (element) => element.getAttribute("aria-label") ?? element.textContent;
  for (const [element, box] of boxes) {
    if (box.height < 43.5 || box.width < (element.closest(".shelf, .steps") ? 28 : 43.5)) {
      found.push(`${name(element)} is ${box.width} x ${box.height}`);
    }
    if (box.left < -0.5 || box.right > innerWidth + 0.5) found.push(`${name(element)} sticks out`);
    const isCut = element.matches("button, .number input") && element.scrollWidth > element.clientWidth + 1;
    if (isCut) found.push(`${name(element)} is cut`);
  }
  for (let i = 0; i < boxes.length; i++) {
    for (let j = 0; j < i; j++) {
      const [[one, a, isFixed], [other, b, isOtherFixed]] = [boxes[i], boxes[j]];
      if (one.contains(other) || other.contains(one) || isFixed !== isOtherFixed) continue;
      if (one.closest(".saved") && other.closest(".saved")) continue; // scrolls in itself
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 1.5 && height > 1.5) found.push(`${name(one)} lies on ${name(other)}`);
    }
  }
  const words = [...document.querySelectorAll(".fader")].filter((element) => element.checkVisibility());
  for (const element of words) {
    const [word, figures] = [".word", ".figures"].map((one) => element.querySelector(one).getBoundingClientRect());
    const text = element.querySelector(".word");
    if (text.scrollWidth > text.clientWidth + 1 || word.right > figures.left + 1) found.push(`${name(element)} is cut`);
  }
  return found;
}"""


def test_it_is_played_by_keyboard(alone: Alone) -> None:
    params, _, pages = alone
    page = pages.open()
    fired: list[str] = []
    params.subscribe(lambda change: fired.append(change.address))
    for key, address, value in (
        (" ", "/ladmg/playing", 0),
        ("h", "/ladmg/1/hold", 1),
        ("m", "/ladmg/1/mute", 1),
        ("w", "/ladmg/1/kill_mid", 1),
        ("ArrowRight", "/ladmg/1/morph", 0.01),
        ("Shift+ArrowRight", "/ladmg/1/morph", 0.11),
        ("ArrowUp", "/ladmg/bpm", 125.1),
        ("Shift+ArrowDown", "/ladmg/bpm", 124.1),
    ):
        page.keyboard.press(key)
        until(lambda address=address, value=value: params.get(address) == value)
    for key, name in (("r", "1/roll"), ("g", "1/go"), ("u", "1/undo"), ("t", "tap"), ("!", "panic")):
        page.keyboard.press(key)
        until(lambda name=name: f"/ladmg/{name}" in fired)
    for key, address, value in (
        ("x", "/ladmg/1/stutter", 2),
        ("b", "/ladmg/1/reverse", 1),
        (".", "/ladmg/nudge", 2),
    ):
        page.keyboard.down(key)
        until(lambda address=address, value=value: params.get(address) == value)
        page.keyboard.up(key)
        until(lambda address=address: params.get(address) == 0)

    page.keyboard.press("p")
    page.keyboard.type("dub, h and m and r")  # words are words
    page.keyboard.press("Enter")
    until(lambda: params.get("/ladmg/1/prompt") == "dub, h and m and r")
    assert params.get("/ladmg/1/hold") == 1
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).not_to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("m")
    until(lambda: params.get(f"/ladmg/{DECKS[-1]}/mute") == 1)
    assert params.get("/ladmg/1/mute") == 1


def test_faders_follow_the_pointer_and_the_keys(alone: Alone) -> None:
    params, _, pages = alone
    page = pages.open()
    fader = at(page, "/ladmg/1/filter")
    box = fader.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 200)  # off it: it still holds
    until(lambda: params.get("/ladmg/1/filter") == pytest.approx(0.5, abs=0.01))
    page.mouse.move(box["x"] - 100, box["y"])
    page.mouse.up()
    until(lambda: params.get("/ladmg/1/filter") == -1.0)
    fader.dblclick(position={"x": 5, "y": 20})
    until(lambda: params.get("/ladmg/1/filter") == 0.0)
    fader.focus()
    for key, value in (("ArrowLeft", -0.01), ("Shift+ArrowLeft", -0.011), ("Home", -1.0), ("Delete", 0.0)):
        page.keyboard.press(key)
        until(lambda value=value: params.get("/ladmg/1/filter") == value)

    seed = at(page, "/ladmg/1/seed_a").locator("input")
    seed.fill("4711")
    seed.press("Enter")
    until(lambda: params.get("/ladmg/1/seed_a") == 4711)
    seed.fill("rubbish")
    seed.press("Enter")
    expect(seed).to_have_value("4711")
    at(page, "/ladmg/key").locator("select").select_option(label="A minor")
    until(lambda: params.get("/ladmg/key") == 10)
    pad = at(page, "/ladmg/1/morph").locator(".field")
    size = pad.bounding_box()
    pad.click(position={"x": size["width"] * 0.25, "y": size["height"] * 0.5})
    until(lambda: params.get("/ladmg/1/morph") == pytest.approx(0.25, abs=0.02))
    until(lambda: params.get("/ladmg/1/morph_y") == pytest.approx(0.5, abs=0.05))


def test_a_fader_that_is_held_is_not_taken_out_of_the_hand(alone: Alone) -> None:
    params, _, pages = alone
    page = pages.open()
    fader = at(page, "/ladmg/1/delay_send")
    box = fader.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    until(lambda: params.get("/ladmg/1/delay_send") == pytest.approx(0.5, abs=0.01))
    held = fader.get_attribute("aria-valuenow")
    params.set("/ladmg/1/delay_send", 0.9, "midi")
    page.wait_for_timeout(QUIET_MS)
    assert fader.get_attribute("aria-valuenow") == held
    page.mouse.up()
    expect(fader).to_have_attribute("aria-valuenow", "0.9")


def test_the_first_visit_explains_itself_once(alone: Alone) -> None:
    _, _, pages = alone
    page = pages.open(is_welcomed=False)
    expect(page.locator("#welcome")).to_be_visible()
    assert len(page.locator("#welcome").inner_text().split()) < 100  # half a minute
    page.keyboard.press("Escape")
    expect(page.locator("#welcome")).not_to_be_visible()
    page.reload()
    expect(at(page, "/ladmg/bpm")).to_be_visible()
    expect(page.locator("#welcome")).not_to_be_visible()


def test_reduced_motion_is_respected(alone: Alone) -> None:
    _, _, pages = alone
    page = pages.open(reduced_motion="reduce")
    at(page, "/ladmg/1/roll").click()
    assert at(page, "/ladmg/1/roll").evaluate("element => getComputedStyle(element).animationName") == "none"


def test_a_control_is_learnt_by_touching_it(browser: Browser) -> None:
    armed: list[tuple[object, ...]] = []
    params = Params()

    def learn(args: tuple[object, ...]) -> None:
        armed.append(args)
        if args == ("/ladmg/1/mute",):
            raise ParamError("bad_value", "MIDI is off")

    commands = {"/ladmg/midi/learn": learn, "/ladmg/midi/cancel": lambda args: armed.append(args)}
    server = WebServer(params, port=0, commands=commands)
    server.start()
    try:
        with pages_of(browser, server.url) as pages:
            page = pages.open()
            page.locator("#learn").click()
            at(page, "/ladmg/1/filter").click(position={"x": 5, "y": 5})
            until(lambda: armed == [("/ladmg/1/filter",)])
            assert params.get("/ladmg/1/filter") == 0.0  # it was meant, not moved
            server.send("/ladmg/midi/learnt", "/ladmg/1/filter", "CC 77 of knobs")
            expect(page.locator("#said")).to_have_text("CC 77 of knobs plays /ladmg/1/filter")
            expect(page.locator("body")).not_to_have_class("is-learning")
            page.locator("#learn").click()
            at(page, "/ladmg/1/mute").click()
            expect(page.locator("#error")).to_have_text("MIDI is off")
            page.keyboard.press("Escape")
            until(lambda: armed[-1] == ())
            assert params.snapshot() == Params().snapshot()
    finally:
        server.stop()


# Who may not come


ATTACK = """async (url) => {
  const got = [];
  const note = (name) => (value) => got.push(`${name}: ${value}`);
  await fetch(`${url}/ladmg/bpm`).then((answer) => answer.text()).then(note("fetch"), () => {});
  await fetch(`${url}/ladmg/bpm`, { mode: "no-cors" }).then((answer) => answer.type).then(note("no-cors"), () => {});
  for (const path of ["/live", "/monitor", "/"]) {
    await new Promise((resolve) => {
      const socket = new WebSocket(url.replace("http", "ws") + path);
      socket.onopen = () => { note("socket")(path); socket.send('["/ladmg/bpm", 66]'); };
      socket.onmessage = (event) => note("message")(event.data);
      socket.onclose = resolve;
    });
  }
  return got;
}"""


def test_a_hostile_page_reads_and_sets_nothing(browser: Browser, alone: Alone) -> None:
    params, server, _ = alone
    elsewhere = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    elsewhere.RequestHandlerClass.log_message = lambda *args: None  # type: ignore[assignment]
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{elsewhere.server_port}/README.md")
        assert page.evaluate(ATTACK, server.url) == []
        # A name of theirs that has been pointed at this machine: the same origin, as far as the browser knows.
        rebound = server.url.replace("127.0.0.1", "evil.example")
        answer = page.goto(rebound)
        assert answer is not None
        assert answer.status == 403
        assert page.evaluate(ATTACK, rebound) == ["fetch: " + answer.text(), "no-cors: basic"]
        assert "BPM" not in answer.text()
    finally:
        context.close()
        elsewhere.shutdown()
        elsewhere.server_close()
    assert params.snapshot() == Params().snapshot()
