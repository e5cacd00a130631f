"""Draws docs/pictures/page-*.png: the page, playing the model that ships, while a loop is about to enter."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, sync_playwright

from tests.rig_play import Instrument

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PICTURES = {
    "page-desktop": {"viewport": {"width": 1440, "height": 900}},
    "page-phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
}
FAN_MS = 40_000
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
                arrange(instrument, page, COMING[name])
                page.screenshot(path=FOLDER / f"{name}.png")
                page.close()
                print(FOLDER / f"{name}.png")
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


def arrange(instrument: Instrument, page: Page, coming: dict[str, float | str]) -> None:
    """More points of the fan that sounds are ready, as far as this machine gets, and another comes in a few beats."""
    with contextlib.suppress(TimeoutError):
        page.locator(".deck:not([hidden]) .points i").nth(4).wait_for(state="attached", timeout=FAN_MS)
    set_all(instrument, coming | {"swap": "16bars"})
    instrument.send("/ladmg/sync", coming["1/cfg_scale"])
    instrument.until(
        "/ladmg/synced", lambda number: number == coming["1/cfg_scale"]
    )  # what was told before is old
    instrument.until("/ladmg/1/next", lambda state, eta: state == "cued" and 5 <= eta < 12)
    time.sleep(0.3)  # until what was told is drawn


if __name__ == "__main__":
    main()
