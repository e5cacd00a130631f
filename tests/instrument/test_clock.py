"""Clocks of others: tempo and beat out of ticks that jitter, jump, get lost, come twice, stop and go on."""

from __future__ import annotations

import queue
import sys
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import mido
import numpy as np
import pytest

from instrument.clock import (
    SOURCES,
    WINDOW,
    BeatClock,
    ClockError,
    ClockReading,
    ExternalClock,
    LinkClock,
    TickClock,
)
from instrument.params import ADDRESSES, ParamError

PATIENCE_S = 30.0


class Sender:
    """Sends ticks at its tempo, each up to half of `jitter_s` early or late, and knows the truth."""

    def __init__(self, bpm: float, jitter_s: float = 0.0, seed: int = 0) -> None:
        self.bpm = bpm
        self.jitter_s = jitter_s
        self.now = 1000.0  # when the next tick is due
        self.n_sent = 0
        self._rng = np.random.default_rng(seed)

    def tick(self, clock: TickClock, *delays: float) -> None:
        """Send a tick, and copies of it; none with no delays at all."""
        at = self.now + self._rng.uniform(-0.5, 0.5) * self.jitter_s
        for delay in delays:
            clock.tick(at + delay)
        self.n_sent += 1
        self.now += 60.0 / self.bpm / 24

    def ticks(self, clock: TickClock, n: int) -> list[tuple[float, float]]:
        """Send n ticks; after each the errors of tempo, in BPM, and of the beat, in ms."""
        errors = []
        for _ in range(n):
            self.tick(clock, 0.0)
            errors.append(self.errors(clock))
        return errors

    def errors(self, clock: TickClock) -> tuple[float, float]:
        reading = clock.reading(self.now)
        if reading is None:
            return float("nan"), float("nan")
        return reading.bpm - self.bpm, (reading.beat - self.n_sent / 24) * 60_000 / self.bpm


def largest(errors: list[tuple[float, float]]) -> tuple[float, float]:
    bpm, ms = np.abs(np.array(errors)).max(axis=0)
    return float(bpm), float(ms)


def test_the_sources_are_those_of_the_parameter_table() -> None:
    assert ADDRESSES["/ladmg/clock_source"][0].choices == SOURCES


@pytest.mark.parametrize(
    ("jitter_s", "bpm_off", "ms_off"), [(0.0, 1e-6, 1e-6), (0.001, 0.03, 0.3), (0.005, 0.06, 1.5)]
)
@pytest.mark.parametrize("bpm", [90.0, 128.0])
def test_jitter_is_averaged_out(bpm: float, jitter_s: float, bpm_off: float, ms_off: float) -> None:
    sender, clock = Sender(bpm, jitter_s), TickClock()
    sender.ticks(clock, WINDOW)
    worst_bpm, worst_ms = largest(sender.ticks(clock, 2000))
    print(f"{bpm:g} BPM, jitter {1000 * jitter_s:g} ms: at most {worst_bpm:.3f} BPM, {worst_ms:.2f} ms off")
    assert worst_bpm < bpm_off
    assert worst_ms < ms_off


@pytest.mark.parametrize("jitter_s", [0.0, 0.001, 0.005])
@pytest.mark.parametrize(
    ("before", "after"), [(120, 121), (120, 125), (125, 120), (120, 140), (140, 100), (60, 120), (120, 60)]
)
def test_a_new_tempo_is_taken_up_within_a_second_and_no_tick_is_miscounted(
    before: float, after: float, jitter_s: float
) -> None:
    sender, clock = Sender(before, jitter_s), TickClock()
    sender.ticks(clock, 400)
    sender.bpm = after
    n = round(after / 60 * 24)
    sender.ticks(clock, n)
    assert largest(sender.ticks(clock, n))[0] < 1.0
    assert largest(sender.ticks(clock, 4 * n)[-n:])[1] < 2.0


def test_a_tempo_that_glides_is_kept_up_with() -> None:
    """10 BPM in 10 s: what a hand does with a pitch fader."""
    sender, clock = Sender(120.0, 0.001), TickClock()
    sender.ticks(clock, 400)
    errors = []
    while sender.bpm < 130.0:
        errors += sender.ticks(clock, 1)
        sender.bpm += 60.0 / sender.bpm / 24
    worst_bpm, worst_ms = largest(errors)
    assert worst_bpm < 1.5
    assert worst_ms < 3.0


def test_lost_ticks_are_counted() -> None:
    sender, clock = Sender(128.0, 0.001), TickClock()
    sender.ticks(clock, 200)
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(1000):
        sender.tick(clock, *([] if rng.random() < 0.05 else [0.0]))
        errors.append(sender.errors(clock))
    worst_bpm, worst_ms = largest(errors)
    assert worst_bpm < 0.05
    assert worst_ms < 0.5


@pytest.mark.parametrize("seed", range(4))
def test_ticks_that_pile_up_on_a_machine_that_stalls_and_come_at_once(seed: int) -> None:
    """It was 12,000 BPM: seven ticks of one burst are even among themselves."""
    sender, clock, rng = Sender(128.0), TickClock(), np.random.default_rng(seed)
    sender.ticks(clock, 50)
    free_at, errors = 0.0, []
    for i in range(3000):
        if rng.random() < 0.02:
            free_at = sender.now + rng.uniform(0.01, 0.15)
        sender.tick(clock, max(0.0, free_at + 0.0002 * (i % 7) - sender.now) + rng.uniform(0.0, 0.003))
        errors.append(sender.errors(clock))
    worst_bpm, worst_ms = largest(errors)
    assert worst_bpm < 0.5
    assert worst_ms < 4.0


def test_ticks_that_come_twice_count_once() -> None:
    """As through a loop of MIDI thru; from the first tick on."""
    sender, clock = Sender(128.0, 0.001), TickClock()
    errors = []
    for _ in range(1000):
        sender.tick(clock, 0.0, 0.002)
        errors.append(sender.errors(clock))
    worst_bpm, worst_ms = largest(errors[WINDOW:])
    assert worst_bpm < 0.05
    assert worst_ms < 1.5


@pytest.mark.parametrize("other", [62.5, 100.0, 117.0, 124.0, 140.0])
def test_two_clocks_on_one_cable_are_a_mess_that_stays_within_bounds_and_ends(other: float) -> None:
    """Nobody can tell which one is meant: no faster than both together, and right when the second has gone."""
    one, two, clock = Sender(125.0, 0.0005), Sender(other, 0.0005, seed=2), TickClock()
    one.ticks(clock, 200)
    two.now = one.now + 0.004
    for _ in range(1000):
        while two.now < one.now:
            two.tick(clock, 0.0)
        one.tick(clock, 0.0)
        reading = clock.reading(one.now)
        assert reading is not None
        assert 0.9 * min(one.bpm, other) < reading.bpm < 1.1 * (one.bpm + other)
    one.ticks(clock, WINDOW)
    assert max(abs(bpm) for bpm, _ in one.ticks(clock, 500)) < 0.05


def test_a_clock_that_falls_silent_goes_on_as_it_was_and_is_met_again_where_it_is() -> None:
    """A cable that is pulled for 3 s."""
    sender, clock = Sender(128.0, 0.001), TickClock()
    sender.ticks(clock, 300)
    for _ in range(154):
        sender.tick(clock)
        bpm, ms = sender.errors(clock)
        assert abs(bpm) < 0.05
        assert abs(ms) < 2.0
    assert largest(sender.ticks(clock, 200))[1] < 2.0


def test_start_stop_continue_and_song_position() -> None:
    sender, clock = Sender(120.0), TickClock()
    sender.ticks(clock, 100)
    clock.start()
    reading = clock.reading(sender.now)
    assert reading is not None
    assert (reading.is_running, reading.beat) == (False, 0.0)  # until the first tick
    sender.n_sent = 0
    assert largest(sender.ticks(clock, 50))[1] < 1e-6
    clock.stop()
    sender.ticks(clock, 30)  # many go on ticking
    reading = clock.reading(sender.now)
    assert reading is not None
    assert (reading.is_running, reading.beat) == (False, 50 / 24)
    clock.go_on()
    sender.n_sent = 50
    assert largest(sender.ticks(clock, 24))[1] < 1e-6
    clock.stop()
    clock.song_position(64)  # 16ths: bar 5
    clock.go_on()
    sender.n_sent = 64 * 6
    assert largest(sender.ticks(clock, 24))[1] < 1e-6


def test_a_clock_that_ticks_only_while_it_runs() -> None:
    """It stops for a minute, and starts at another tempo: in the song's beat from the first tick on."""
    sender, clock = Sender(120.0), TickClock()
    clock.start()
    sender.ticks(clock, 100)
    clock.stop()
    sender.now += 60.0
    sender.bpm = 133.0
    clock.start()
    sender.n_sent = 0
    errors = sender.ticks(clock, 200)
    assert largest(errors)[1] < 30.0
    assert largest(errors[24:])[0] < 0.1
    assert largest(errors[24:])[1] < 0.5


def test_a_bar_begins_where_the_performer_says() -> None:
    sender, clock = Sender(120.0), TickClock()
    sender.ticks(clock, 130)
    clock.downbeat(sender.now + 0.003)
    reading = clock.reading(sender.now)
    assert reading is not None
    assert reading.beat % 4 == pytest.approx(0.0, abs=1e-6)


def test_nothing_is_known_before_there_is_something() -> None:
    sender, clock = Sender(120.0), TickClock()
    assert clock.reading(0.0) is None
    sender.ticks(clock, 5)
    assert clock.reading(sender.now) is None
    sender.ticks(clock, 1)
    assert clock.reading(sender.now) is not None


def test_a_clock_that_says_its_beat() -> None:
    rng, clock, errors = np.random.default_rng(1), BeatClock(), []
    assert clock.reading(0.0) is None
    for i in range(200):
        now = 50.0 + i * 0.1
        clock.say(126.0, 7.0 + i * 0.1 * 126 / 60, now + rng.uniform(0.0, 0.002))
        reading = clock.reading(now)
        assert reading is not None
        assert (reading.bpm, reading.is_running) == (126.0, True)
        errors.append((reading.beat - 7.0 - i * 0.1 * 126 / 60) * 60_000 / 126)
    assert np.abs(errors[8:]).max() < 2.0
    assert np.std(errors[8:]) < 0.4
    clock.say(0.0, 12.5, 80.0)
    reading = clock.reading(90.0)
    assert reading is not None
    assert (reading.beat, reading.is_running) == (12.5, False)
    clock.say(126.0, 100.0, 91.0)  # elsewhere: at once
    reading = clock.reading(91.0)
    assert reading is not None
    assert reading.beat == pytest.approx(100.0)


def test_link_without_its_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "link", None)
    with pytest.raises(ClockError, match="pip install LinkPython-extern"):
        LinkClock()


def fake_link() -> Any:
    """The parts of LinkPython-extern that are used: a session at 121 BPM in which somebody may be."""

    class State:
        def tempo(self) -> float:
            return 121.0

        def beatAtTime(self, micros: int, quantum: float) -> float:
            assert quantum == 4.0
            return micros * 1e-6 * 121 / 60

    class Link:
        n_peers = 0
        enabled = False

        def __init__(self, bpm: float) -> None:
            pass

        def numPeers(self) -> int:
            return Link.n_peers

        def captureSessionState(self) -> State:
            return State()

        def clock(self) -> Any:
            return types.SimpleNamespace(micros=lambda: round(time.monotonic() * 1e6))

    return types.SimpleNamespace(Link=Link)


def test_link_is_followed_while_somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_link()
    monkeypatch.setitem(sys.modules, "link", fake)
    clock = LinkClock()
    assert clock.reading(time.monotonic()) is None
    fake.Link.n_peers = 1
    now = time.monotonic()
    reading = clock.reading(now)
    assert reading is not None
    assert (reading.bpm, reading.is_running) == (121.0, True)
    assert reading.beat == pytest.approx(now * 121 / 60, abs=0.1)
    clock.close()


class Told:
    """What an ExternalClock tells."""

    def __init__(self) -> None:
        self.readings: queue.SimpleQueue[ClockReading | None] = queue.SimpleQueue()

    def until(self, is_it: Callable[[ClockReading | None], bool]) -> ClockReading | None:
        deadline = time.monotonic() + PATIENCE_S
        while (left := deadline - time.monotonic()) > 0:
            reading = self.readings.get(timeout=left)
            if is_it(reading):
                return reading
        raise AssertionError("never told")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def external(told: Told) -> Iterator[ExternalClock]:
    clock = ExternalClock(told.readings.put)
    clock.start()
    yield clock
    clock.stop()


def test_only_the_chosen_clock_is_followed(external: ExternalClock, told: Told) -> None:
    external.osc((120.0, 1.0))
    external.choose("osc")
    assert told.until(lambda reading: True) is None
    external.midi(mido.Message("clock"), 1.0)
    external.osc((123.0, 5))
    reading = told.until(lambda reading: reading is not None)
    assert reading is not None
    assert reading.bpm == 123.0
    external.choose("midi")
    assert told.until(lambda reading: True) is None
    external.osc((99.0, 5))
    for i in range(30):
        external.midi(mido.Message("clock"), 100 + i * 60 / 130 / 24)
    reading = told.until(lambda reading: reading is not None)
    assert reading is not None
    assert reading.bpm == pytest.approx(130.0)
    external.midi(mido.Message("stop"), 200.0)
    assert told.until(lambda reading: reading is not None and not reading.is_running)
    external.choose("internal")
    assert told.until(lambda reading: reading is None) is None


def test_link_is_looked_at(external: ExternalClock, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_link()
    fake.Link.n_peers = 1
    monkeypatch.setitem(sys.modules, "link", fake)
    external.choose("link")
    for _ in range(3):
        told.until(lambda reading: reading is not None and reading.bpm == 121.0)


@pytest.mark.parametrize(
    ("args", "code", "text"),
    [
        ((), "bad_type", r"clock takes a tempo and a beat, got \(\)"),
        ((120.0,), "bad_type", "a tempo and a beat"),
        (("fast", 1.0), "bad_type", "a tempo and a beat"),
        ((True, 1.0), "bad_type", "a tempo and a beat"),
        ((5.0, 1.0), "bad_value", r"a tempo in 20\.\.400 BPM \(0: it stands\) and a beat, got 5 1"),
        ((float("nan"), 1.0), "bad_value", "got nan 1"),
        ((120.0, float("inf")), "bad_value", "got 120 inf"),
    ],
)
def test_what_is_no_clock_is_refused(args: tuple[object, ...], code: str, text: str) -> None:
    with pytest.raises(ParamError, match=text) as error:
        ExternalClock(lambda reading: None).osc(args)
    assert error.value.code == code
