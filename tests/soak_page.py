"""A page that is left open: `make soak-page MINUTES=60`.

The instrument plays into a virtual sound card while a knob moves 30 times a second, first without a page, then with one
in headless Chromium. A control stream that does nothing plays beside it, as in `make soak`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.instrument.test_page import KNOB, UPDATES_A_SECOND, share_while_a_knob_moves
from tests.rig import virtual_sound_card
from tests.rig_play import Instrument, Listener

BLOCK = 512  # samples
LATENCY_S = 0.045
PART_S = 60.0
PARTS_WITHOUT = 3
MOST_PER_CENT = 5.0  # of a core, for a page


@dataclass
class Findings:
    """console: per cent of one core, minute by minute, without a page and with one. heap_mb: of the page's script.

    underflows: while the page was open; control_underflows: from first to last.
    """

    latency_s: float
    without: list[float] = field(default_factory=list)
    console: list[float] = field(default_factory=list)
    heap_mb: list[float] = field(default_factory=list)
    gaps: int = 0
    control_gaps: int = 0
    underflows: int = 0
    control_underflows: int = 0
    shown: float = 0.0  # what the page shows of the knob at the end, and what it is
    is_at: float = 0.0

    @property
    def cost(self) -> float:
        return float(np.mean(self.console) - np.mean(self.without))

    @property
    def is_well(self) -> bool:
        """What a machine short of time took from the control stream too does not count."""
        is_steady = self.gaps <= self.control_gaps and self.underflows <= self.control_underflows
        return is_steady and self.cost < MOST_PER_CENT and abs(self.shown - self.is_at) < 1e-3

    def lines(self) -> Iterator[str]:
        latency = f"latency {self.latency_s * 1000:.0f} ms"
        yield f"{len(self.console)} minutes with a page, {UPDATES_A_SECOND} updates a second, {latency}"
        yield (
            f"the console took {np.mean(self.without):.1f} % of a core without it and {np.mean(self.console):.1f} % "
            f"with it ({self.console[0]:.1f} % in the first minute, {self.console[-1]:.1f} % in the last): it costs "
            f"{self.cost:.1f} %"
        )
        yield f"the page's script held {self.heap_mb[0]:.1f} MB at first and {self.heap_mb[-1]:.1f} MB at last"
        yield f"underflows: {self.underflows}, {self.control_underflows} in the control stream"
        yield f"gaps: {self.gaps} of its own, {self.control_gaps} in the control stream"
        yield f"the knob is at {self.is_at:.3f}, the page shows {self.shown:.3f}"


def leave_open(minutes: int, folder: Path, *arguments: str, latency_s: float = LATENCY_S) -> Findings:
    """Play for so long with a page. arguments: more of `ladmg play`'s."""
    found = Findings(latency_s)
    with virtual_sound_card(folder) as card, sync_playwright() as playwright:
        listener = Listener(card, folder, BLOCK, latency_s)
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--enable-precise-memory-info"]
        )
        with listener.listening():
            options = [f"--block={BLOCK}", f"--latency={latency_s}"]
            instrument = Instrument(*options, *arguments, env=card.env)
            try:
                instrument.loop()
                start = listener.now
                found.without += [share_while_a_knob_moves(instrument, PART_S) for _ in range(PARTS_WITHOUT)]
                before = int(instrument.status()["underflows"])
                page = chromium.new_page(viewport={"width": 1440, "height": 900})
                page.goto(instrument.until_said(r"(http://\S+)")[1])
                page.locator("#welcome button").click()
                for _ in range(minutes):
                    found.console.append(share_while_a_knob_moves(instrument, PART_S))
                    found.heap_mb.append(page.evaluate("performance.memory.usedJSHeapSize") / 1e6)
                    found.underflows = int(instrument.status()["underflows"]) - before
                    print(f"{found.console[-1]:.1f} %, {found.underflows} underflows", flush=True)
                found.is_at = 0.25
                instrument.send(KNOB, found.is_at)
                found.shown = _shown(page)
                part = slice(start, listener.now)
            finally:
                instrument.close()
        chromium.close()
    found.gaps = len(listener.gaps_of_its_own(part))
    found.control_gaps = len(listener.gaps(part)[1])
    found.control_underflows = listener.control_underflows
    return found


def _shown(page: Page) -> float:
    """What the page shows of the knob, a moment later."""
    page.wait_for_timeout(1000)
    value: Any = page.locator(f'[data-address="{KNOB}"]').first.get_attribute("aria-valuenow")
    return float(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and say by the exit code whether all was well."""
    parser = argparse.ArgumentParser(prog="soak-page", description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument(
        "--latency",
        type=float,
        default=LATENCY_S,
        metavar="S",
        help="of both streams: a rented machine may stop for longer than a stream lasts at a stage's latency",
    )
    options, more = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory(prefix="ladmg-page-") as folder:
        found = leave_open(options.minutes, Path(folder), *more, latency_s=options.latency)
    print(*found.lines(), sep="\n")
    return 0 if found.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
