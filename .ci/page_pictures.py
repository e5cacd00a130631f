"""Draws docs/pictures/page-*.png and screen.png: the page and the full-screen view, playing the model that ships,
while a loop is about to enter."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Browser, TimeoutError, sync_playwright

from instrument.terminal.remote import socket_url
from instrument.terminal.screen import View
from tests.rig_play import Instrument

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PICTURES = {
    "page-desktop": {"viewport": {"width": 1440, "height": 900}},
    "page-phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
}
SCREEN = (120, 40)  # columns and rows
FAN_MS = 40_000
HEAR_S = 1.0
PLAY = ("--device", "none", "--latency", "0.5")
SOUNDING = {
    "n_steps": 1,  # what it sounds like is not in the picture
    "1/prompt": "dub techno, deep chords",
    "1/prompt_2": "warm pads, vinyl",
    "1/weight_2": 0.4,
    "2/prompt": "acid line, 909",
    "key": "A minor",
}
COMING = {
    "page-desktop": {"1/prompt": "hard techno, rumble", "1/cfg_scale": 4.5, "1/brightness": 0.4},
    "page-phone": {"1/prompt": "minimal, dry", "1/cfg_scale": 3.5, "1/brightness": -0.3},
    "screen": {"1/prompt": "hypnotic, rolling bass", "1/cfg_scale": 2.5, "1/density": 0.3},
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        instrument = Instrument(*PLAY, "--presets", folder, "--shelf", f"{folder}/shelf")
        try:
            url = instrument.until_said(r"the page is at (\S+)")[1]
            begin(instrument)
            for name, device in PICTURES.items():
                page = browser.new_context(**device).new_page()
                page.goto(url)
                page.locator("#welcome button").click()
                with contextlib.suppress(TimeoutError):
                    page.locator(".deck:not([hidden]) .points i").nth(4).wait_for(
                        state="attached", timeout=FAN_MS
                    )
                arrange(instrument, COMING[name])
                page.screenshot(path=FOLDER / f"{name}.png")
                page.close()
                print(FOLDER / f"{name}.png")
            with ThreadPoolExecutor(1) as pool:  # an event loop runs here already, playwright's
                drawing = pool.submit(asyncio.run, screen(url, lambda: arrange(instrument, COMING["screen"])))
                photograph(browser, drawing.result(), FOLDER / "screen.png")
            print(FOLDER / "screen.png")
            instrument.interrupt()
        finally:
            instrument.close()


def set_all(instrument: Instrument, settings: dict[str, float | str]) -> None:
    for name, value in settings.items():
        instrument.send(f"/ladmg/{name}", value)


def begin(instrument: Instrument) -> None:
    """A loop that was asked for sounds, and some things are kept."""
    set_all(instrument, SOUNDING)
    instrument.loop(prompt=SOUNDING["1/prompt"])
    set_all(instrument, {"swap": "now"})
    for seed in range(
        11, 19
    ):  # so many renders that the slow first one no longer decides how many points a fan has
        set_all(instrument, {"1/seed_a": seed})
        instrument.loop(seed_a=seed)
    for preset in ("opener", "night drive"):
        instrument.send("/ladmg/preset_save", preset)
    for place in (1, 2, 5):
        instrument.send("/ladmg/1/shelf_keep", place)
    set_all(instrument, {"1/morph": 0.3, "1/filter": -0.35, "1/delay_send": 0.25, "crossfade": 0.2})


def arrange(instrument: Instrument, coming: dict[str, float | str]) -> None:
    """Another loop comes in a few beats."""
    set_all(instrument, coming | {"swap": "16bars"})
    instrument.send("/ladmg/sync", coming["1/cfg_scale"])
    instrument.until(
        "/ladmg/synced", lambda number: number == coming["1/cfg_scale"]
    )  # what was told before is old
    instrument.until("/ladmg/1/next", lambda state, eta: state == "cued" and 5 <= eta < 12)
    time.sleep(0.3)  # until what was told is drawn


async def screen(url: str, arrange: Callable[[], None]) -> str:
    """The full-screen view as SVG, once all is arranged."""
    view = View(socket_url(url))
    async with view.run_test(size=SCREEN) as pilot:
        for _ in range(FAN_MS // 100):  # until what came has entered and has its points
            await pilot.pause(0.1)
            deck = view.remote.decks.get(1)
            if deck is not None and deck.state == "none" and len(deck.points) > 4:
                break
        await asyncio.to_thread(arrange)
        await pilot.pause(HEAR_S)
        svg = view.export_screenshot(title="ladmg screen")
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # fonts from the internet


def photograph(browser: Browser, svg: str, path: Path) -> None:
    page = browser.new_context(viewport={"width": 1480, "height": 1080}).new_page()
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ width: 1480px }}</style>{svg}")
    page.locator("svg").screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main()
