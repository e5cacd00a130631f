"""A flood of OSC at a running instrument: what it answers meanwhile, what it holds afterwards, and how it sounds.

`python -m tests.flood` pours 20,000 messages a second for a minute over `ladmg play`, with the model that ships and a
virtual sound card, and prints what it measured.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import select
import socket
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from instrument.osc.datagram import encode
from instrument.params import ADDRESSES, Value
from tests.fuzz_osc import resident_bytes
from tests.rig import virtual_sound_card
from tests.rig_osc import Client
from tests.rig_play import Instrument, Listener

BURST_S = 0.001
ASK_S = 0.05
AGAIN_S = 0.1
PATIENCE_S = 30.0
# What would make silence or write files: the sound under the flood must be there to be judged.
SPARED = {"playing", "mute", "gain_db", "level_db", "kill_low", "kill_mid", "kill_high", "filter"}
SPARED |= {"crossfade", "cue", "cue_gain_db", "clock_source", "clock_offset_ms", "record"}


@dataclass
class Flooded:
    """sent: messages. answers_s: how long each ping took to be answered, n_asked: sent. grown: bytes by process.

    received, dropped: datagrams, as `/ladmg/status` counts them. held: the values afterwards, asked: what they should
    be. underflows: of the instrument. gaps, gaps_beside: where it was silent, and the control stream beside it;
    gaps_of_its_own: where only it was.
    """

    sent: int = 0
    seconds: float = 0.0
    received: int = 0
    dropped: int = 0
    faults: int = 0
    callback_errors: int = 0
    n_asked: int = 0
    answers_s: list[float] = field(default_factory=list)
    grown: dict[str, int] = field(default_factory=dict)
    asked: dict[str, Value] = field(default_factory=dict)
    held: dict[str, Value] = field(default_factory=dict)
    underflows: int = 0
    gaps: list[float] = field(default_factory=list)
    gaps_beside: list[float] = field(default_factory=list)
    gaps_of_its_own: list[float] = field(default_factory=list)

    def report(self) -> list[str]:
        answers = np.array(self.answers_s) * 1000
        grown = ", ".join(f"{name} {size / 2**20:+.1f} MiB" for name, size in self.grown.items())
        wrong = {address: value for address, value in self.asked.items() if self.held[address] != value}
        return [
            f"{self.sent} messages in {self.seconds:.1f} s, {self.sent / self.seconds:.0f} a second: "
            f"{self.received} read, {self.dropped} dropped by the system, {self.faults} faults",
            f"{len(answers)} pings, asked again every {AGAIN_S:g} s ({self.n_asked} in all): answered in the "
            f"median {np.median(answers):.1f} ms, 99 % within {np.quantile(answers, 0.99):.1f} ms, "
            f"longest {answers.max():.1f} ms",
            f"memory: {grown}",
            f"{len(self.held)} parameters, repeated once afterwards: {len(wrong)} wrong {wrong or ''}",
            f"sound: {self.underflows} underflows, {len(self.gaps)} gaps, {len(self.gaps_beside)} in a silent stream "
            f"beside it, {len(self.gaps_of_its_own)} of its own; {self.callback_errors} errors in the callback",
        ]


def pour(port: int, rate: int, seconds: float, seed: int) -> None:
    """Send `rate` messages a second, each with a value that is accepted; late ones are made good."""
    chance = random.Random(seed)
    values = [(address, spec) for address, (spec, _) in ADDRESSES.items() if spec.has_value]
    values = [(address, spec) for address, spec in values if spec.name not in SPARED]
    datagrams = []
    for _ in range(4096):
        address, spec = chance.choice(values)
        word = f"flood {chance.randrange(1000)}"
        datagrams.append(encode(address, (word if spec.kind == "text" else spec.map(chance.random()),)))
    chance.shuffle(datagrams)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect(("127.0.0.1", port))
        start, sent = time.monotonic(), 0
        while (now := time.monotonic() - start) < seconds or sent < rate * seconds:
            for _ in range(min(round(now * rate), round(rate * seconds)) - sent):
                out.send(datagrams[sent % len(datagrams)])
                sent += 1
            time.sleep(BURST_S)


def measure(instrument: Instrument, rate: int, seconds: float) -> Flooded:
    """Flood an instrument that plays. Its last values are sent once, when it has answered again."""
    flooded = Flooded(sent=round(rate * seconds))
    asking = Client(instrument.port)
    before = _status(asking)
    pids = {
        "console": instrument.process.pid,
        "audio": before["audio_pid"],
        "generator": before["generator_pid"],
    }
    source = multiprocessing.get_context("spawn").Process(
        target=pour, args=(instrument.port, rate, seconds, 1), daemon=True
    )
    source.start()
    start = time.monotonic()
    resident: dict[str, int] = {}
    while source.is_alive():
        if not resident and time.monotonic() > start + seconds / 5:
            resident = {name: resident_bytes(pid) for name, pid in pids.items()}
        _ask(asking, flooded)
        time.sleep(ASK_S)
    source.join()
    assert source.exitcode == 0, "the flood broke off"
    flooded.seconds = seconds
    _ask(asking, flooded)
    flooded.grown = {name: resident_bytes(pid) - resident[name] for name, pid in pids.items()}

    flooded.asked = ask_last_values(asking)
    flooded.held = held_at(asking, flooded.asked)
    after = _status(asking)
    flooded.received = after["osc_received"] - before["osc_received"]
    flooded.dropped = after["osc_dropped_rate"] - before["osc_dropped_rate"]
    flooded.faults = after["osc_faults"]
    flooded.underflows = after["underflows"] - before["underflows"]
    flooded.callback_errors = after["callback_errors"]
    return flooded


def _status(asking: Client) -> dict[str, Any]:
    asking.send("/ladmg/status")
    pairs = asking.until("/ladmg/status")[-1][1:]
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def ask_last_values(asking: Client) -> dict[str, Value]:
    """Send every parameter a value, once."""
    asked: dict[str, Value] = {
        address: spec.default for address, (spec, _) in ADDRESSES.items() if spec.has_value
    }
    for address, (spec, deck) in ADDRESSES.items():  # audible, and not as at the start
        if spec.name in ("seed_a", "seed_b"):
            asked[address] = 70 + (deck or 0)
        elif spec.name == "prompt":
            asked[address] = "dub techno, deep"
    asked |= {"/ladmg/bpm": 131.5, "/ladmg/swap": 1}
    for address, value in asked.items():
        asking.send(address, value)
    asking.send("/ladmg/sync", 1)
    asking.until("/ladmg/synced")
    return asked


def held_at(asking: Client, addresses: Iterable[str]) -> dict[str, Value]:
    """The values that an instrument says it has."""
    held: dict[str, Value] = {}
    for address in addresses:
        asking.send("/ladmg/get", address)
        value = asking.until(address)[-1][1]
        assert isinstance(value, int | float | str)
        held[address] = round(value, 4) if isinstance(value, float) else value  # without what float32 adds
    return held


def _ask(asking: Client, flooded: Flooded) -> None:
    """A sync, which is a ping with a number; again where it is lost. The round trip counts from the first time."""
    start = time.monotonic()
    number = flooded.n_asked
    while time.monotonic() < start + PATIENCE_S:
        flooded.n_asked += 1
        asking.send("/ladmg/sync", number)
        again_at = time.monotonic() + AGAIN_S
        while select.select([asking.socket], [], [], max(0.0, again_at - time.monotonic()))[0]:
            if asking.receive() == ("/ladmg/synced", number):
                flooded.answers_s.append(time.monotonic() - start)
                return
    raise AssertionError(f"no answer within {PATIENCE_S:g} s")


def play_and_measure(folder: Path, rate: int, seconds: float, arguments: Sequence[str] = ()) -> Flooded:
    """The same with a sound card and a listener, on an instrument of its own, until it plays what was asked last."""
    with virtual_sound_card(folder) as card:
        listener = Listener(card, folder)
        with listener.listening():
            instrument = Instrument(*arguments, env=card.env)
            try:
                instrument.loop()
                listener.listen(2.0)
                start = listener.now
                flooded = measure(instrument, rate, seconds)
                listener.listen(1.0)
                part = slice(start, listener.now)
                instrument.loop(bpm=131.5, seed_a=71, prompt="dub techno, deep")
            finally:
                instrument.close()
    assert np.any(listener.heard[part] != 0.0), "nothing was heard"
    flooded.gaps, beside = listener.gaps(part)
    flooded.gaps_beside = [at for at in beside if part.start <= at * 48000 < part.stop]
    flooded.gaps_of_its_own = listener.gaps_of_its_own(part)
    return flooded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=20_000, help="messages a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ladmg-") as folder:
        print(*play_and_measure(Path(folder), options.rate, options.seconds).report(), sep="\n")


if __name__ == "__main__":
    main()
