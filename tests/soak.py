"""A long set at full load: `make soak MINUTES=30`.

The instrument plays into a virtual sound card while gestures come by OSC and MIDI, 200 a second, and the generator
never rests. Beside it plays a control stream that takes almost as much of the processor and does nothing with it: what
both miss is the machine's, what the instrument alone misses is its own.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import theilslopes

from instrument.memory import MeterReading, Meters
from tests.rig import virtual_sound_card
from tests.rig_midi import VirtualController, VirtualMidi
from tests.rig_play import Instrument, Listener

GESTURES_A_SECOND = 200
TRANSFORMS_A_SAMPLE = (
    1 / 32
)  # of the control stream: a millisecond in 512 samples; two decks with effects take more
PROMPT_EVERY_S = 7.0
SAMPLE_EVERY_S = 5.0
CONTROLS = (
    1,
    77,
    91,
    106,
    107,
)  # of the map that is used without one of one's own: morph and gestures of deck 1
WORDS = (
    "minimal",
    "deep acid",
    "dub techno",
    "hard",
    "house",
    "dark",
    "warm chord",
    "no kick",
    "hats",
    "clap",
)


@dataclass
class Findings:
    """What a set showed. gaps: seconds of the recording at which the instrument alone was silent.

    memory_mb: resident size by process, in the order in which it was sampled. clock_error: samples by which the
    transport was off the formula. losses: how often what was replaced meanwhile, by name.
    """

    minutes: float
    gaps: list[float] = field(default_factory=list)
    control_gaps: list[float] = field(default_factory=list)
    underflows: int = 0
    control_underflows: int = 0
    callback_errors: int = 0
    losses: dict[str, int] = field(default_factory=dict)
    n_gestures: int = 0
    n_loops: int = 0
    clock_error: float = 0.0
    memory_mb: dict[str, list[float]] = field(default_factory=dict)

    def slope(self, process: str) -> float:
        """MB a minute over the second half, in which everything has been in use once.

        The median of slopes between any two samples (Theil and Sen): a leak goes on and on, a buffer grows once.
        """
        sizes = self.memory_mb[process]
        half = sizes[len(sizes) // 2 :]
        times = np.arange(len(half)) * SAMPLE_EVERY_S / 60.0
        return float(theilslopes(half, times).slope) if len(half) > 2 else 0.0

    @property
    def has_more_gaps(self) -> bool:
        """Whether the instrument has gaps that neither the machine nor chance explains.

        What both streams missed at once counts for neither. A machine short of time lets either miss some; two counts
        of the same rate differ by the root of their sum, so it takes more than twice that.
        """
        return _is_more(len(self.gaps), len(self.control_gaps))

    @property
    def is_whole(self) -> bool:
        is_steady = not self.has_more_gaps and not _is_more(self.underflows, self.control_underflows)
        return is_steady and not self.callback_errors and not self.clock_error

    def lines(self) -> Iterator[str]:
        yield f"{self.minutes:g} minutes, {self.n_gestures} gestures, {self.n_loops} times another loop or point of one"
        yield f"gaps: {len(self.gaps)} of its own, {len(self.control_gaps)} in the control stream"
        told = f"{self.underflows}, {self.control_underflows} by the control stream"
        yield f"underflows told: {told}; failed callbacks: {self.callback_errors}"
        yield "replaced: " + (", ".join(f"{name} {n}" for name, n in self.losses.items() if n) or "nothing")
        yield f"transport off the formula by {self.clock_error:g} samples"
        for process, sizes in self.memory_mb.items():
            yield f"memory of {process}: {sizes[-1]:.0f} MB, {self.slope(process):+.2f} MB a minute"


def soak(
    minutes: float, folder: Path, *arguments: str, seed: int = 0, block: int = 512, latency_s: float = 0.045
) -> Findings:
    """Play for so long. arguments: more of `ladmg play`'s."""
    found = Findings(minutes)
    midi = VirtualMidi(folder)
    try:
        with virtual_sound_card(folder) as card:
            controller = midi.plug("soak")
            listener = Listener(card, folder, block, latency_s, round(TRANSFORMS_A_SAMPLE * block))
            with listener.listening():
                options = [f"--block={block}", f"--latency={latency_s}", f"--shelf={folder / 'shelf'}"]
                instrument = Instrument(*options, "--midi", "soak", *arguments, env=card.env | midi.env)
                try:
                    instrument.loop()
                    part = _play(instrument, controller, listener, minutes, random.Random(seed), found)
                finally:
                    instrument.close()
            found.gaps = listener.gaps_of_its_own(part)
            found.control_gaps = listener.gaps(part)[1]
            found.control_underflows = listener.control_underflows
    finally:
        midi.close()
    return found


def _play(
    instrument: Instrument,
    controller: VirtualController,
    listener: Listener,
    minutes: float,
    rng: random.Random,
    found: Findings,
) -> slice:
    """Gestures for so long, and what they did; the part of the recording."""
    is_over = threading.Event()
    hands = threading.Thread(
        target=_gesticulate, args=(instrument, controller, rng, is_over, found), daemon=True
    )
    meters = _meters_of(instrument.process.pid)
    first = _reading(meters)
    start = listener.now
    hands.start()
    end = time.monotonic() + 60.0 * minutes
    while time.monotonic() < end:
        status = instrument.status()
        pids = {"console": instrument.process.pid}
        pids |= {name: int(status[f"{name}_pid"]) for name in ("audio", "generator")}
        for name, pid in pids.items():
            found.memory_mb.setdefault(name, []).append(_resident_mb(pid))
        listener.listen(SAMPLE_EVERY_S)
    is_over.set()
    hands.join()
    last = _reading(meters)
    expected = (last.sample - first.sample) * first.bpm_centi
    found.clock_error = (last.ticks - first.ticks - expected) / first.bpm_centi
    meters.close()
    status = instrument.status()
    instrument.take_all()
    found.underflows, found.callback_errors = int(status["underflows"]), int(status["callback_errors"])
    found.losses = {name: int(n) for name, n in status.items() if name.endswith("_losses")}
    found.n_loops = sum(address.endswith("/loop") for address, _ in instrument.heard)
    return slice(start, listener.now)


def _gesticulate(
    instrument: Instrument,
    controller: VirtualController,
    rng: random.Random,
    is_over: threading.Event,
    found: Findings,
) -> None:
    """Everything but what would silence it, or move the tempo by which its clock is checked."""
    began, n, prompt_at = time.monotonic(), 0, 0.0
    while not is_over.is_set():
        for _ in range(int((time.monotonic() - began) * GESTURES_A_SECOND) - n):
            n += 1
            if rng.random() < 0.25:
                controller.send(rng.choice(CONTROLS), rng.randrange(1, 128))
            else:
                address, value = _gesture(rng)
                instrument.send(address, value)
        if time.monotonic() > prompt_at:
            prompt_at = time.monotonic() + PROMPT_EVERY_S
            instrument.send(f"/ladmg/{rng.randint(1, 2)}/prompt", " ".join(rng.sample(WORDS, 3)))
            instrument.send(f"/ladmg/{rng.randint(1, 2)}/{rng.choice(('roll', 'undo', 'copy'))}", 1)
            instrument.send(
                f"/ladmg/{rng.randint(1, 2)}/{rng.choice(('shelf_keep', 'shelf_play'))}", rng.randint(1, 4)
            )
        is_over.wait(0.004)
    found.n_gestures = n


def _gesture(rng: random.Random) -> tuple[str, Any]:
    deck = rng.randint(1, 2)
    name, value = rng.choice(
        (
            ("morph", rng.random()),
            ("morph", rng.random()),
            ("filter", rng.uniform(-0.7, 0.7)),
            ("delay_send", rng.random() ** 3),
            ("level_db", rng.uniform(-9.0, 0.0)),
            ("stutter", rng.choice(("off", "off", "1/4", "1/8", "1/16"))),
            ("reverse", int(rng.random() < 0.2)),
            ("kill_low", int(rng.random() < 0.3)),
            ("kill_high", int(rng.random() < 0.3)),
            ("crossfade", rng.random()),
        )
    )
    return (f"/ladmg/{name}" if name == "crossfade" else f"/ladmg/{deck}/{name}", value)


def _is_more(count: int, control: int) -> bool:
    """Beyond two standard deviations of the difference of two counts at one rate."""
    return count - control > 2.0 * math.sqrt(count + control)


def _meters_of(pid: int) -> Meters:
    """The instrument's meters, by their place in shared memory: the piece in which a reading is whole."""
    for path in Path("/dev/shm").glob(f"ladmg-{pid}-*"):
        if path.stat().st_size > 2**16:
            continue
        meters = Meters.attach(path.name)
        with contextlib.suppress(Exception):
            if meters.read() is not None:
                return meters
        meters.close()
    raise AssertionError(f"no meters of process {pid}")


def _reading(meters: Meters) -> MeterReading:
    reading = meters.read()
    assert reading is not None
    return reading


def _resident_mb(pid: int) -> float:
    """Without what is shared: the loop bank is everybody's."""
    text = Path(f"/proc/{pid}/status").read_text()
    sizes = {line.split(":")[0]: line.split() for line in text.splitlines() if line.startswith("Rss")}
    return (int(sizes["RssAnon"][1]) + int(sizes["RssFile"][1])) / 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and say by the exit code whether the first set was whole; the other one is for reading."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    options, more = parser.parse_known_args(arguments)
    was_whole = []
    for block, latency_s, minutes in ((512, 0.045, options.minutes), (256, 0.030, options.minutes / 5)):
        with tempfile.TemporaryDirectory(prefix="ladmg-soak-") as folder:
            found = soak(minutes, Path(folder), *more, seed=options.seed, block=block, latency_s=latency_s)
        print(f"\nBlocks of {block}, latency {latency_s * 1000:.0f} ms", *found.lines(), sep="\n", flush=True)
        was_whole.append(found.is_whole)
    return 0 if was_whole[0] else 1


if __name__ == "__main__":
    sys.exit(main())
