"""The transport on another instrument's clock: in its beat, gently, from its start to its stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from instrument.audio.follow import FAR_S, MOST
from instrument.audio.playback import FADE_OUT_S, Player
from instrument.memory import ClockParams, LoopBank, PlaybackParams
from tests.instrument.loops_in_bank import RATE, enter, new_bank, put

BLOCK = 512
T0_NS = 5_000_000_000  # when sample 0 is heard
LATENCY_NS = 40_000_000  # a block is made so long before it is heard


@pytest.fixture
def bank() -> Iterator[LoopBank]:
    bank = new_bank(2)
    put(bank, 0, bpm=128.0)
    yield bank
    bank.close()
    bank.unlink()


@dataclass
class Session:
    """A player and a clock, of which it learns every 50 ms where it is. clock: its beat at a time in ns."""

    player: Player
    params: PlaybackParams
    bpm: float = 128.0
    first_ns: int = T0_NS  # when the clock is on beat 0
    is_running: bool = True
    waver_ns: Callable[[], int] = lambda: 0
    told_at: int = -1_000_000_000

    def clock_at(self, ns: int) -> float:
        return (ns - self.first_ns) * 1e-9 * self.bpm / 60.0

    def heard_ns(self) -> int:
        return T0_NS + self.player.sample * 1_000_000_000 // RATE

    def play(self, seconds: float) -> np.ndarray:
        """Render; the block's errors in ms, where the transport is against where it should be."""
        errors, blocks = [], []
        for _ in range(round(seconds * RATE / BLOCK)):
            now_ns = self.heard_ns() - LATENCY_NS
            if now_ns - self.told_at >= 50_000_000:
                self.tell(now_ns)
            block = np.zeros((BLOCK, 2), np.float32)
            self.player.render(block, self.params, None, self.heard_ns() + self.waver_ns())
            blocks.append(block)
            transport = self.player.transport
            late = self.clock_at(self.heard_ns()) - transport.ticks / transport.ticks_per_beat
            errors.append(late * 60_000 / self.bpm)
        self.heard = np.concatenate(blocks)
        return np.array(errors)

    def tell(self, now_ns: int) -> None:
        self.told_at = now_ns
        beat = self.clock_at(now_ns)
        clock = ClockParams(self.bpm, beat if self.is_running else max(beat, 0.0), now_ns, self.is_running)
        self.params = replace(self.params, clock=clock)


def session(bank: LoopBank, bpm: float = 128.0, **settings: object) -> Session:
    player = Player(bank, RATE)
    player.command(enter(0))
    return Session(player, PlaybackParams(bpm=128.0), bpm, **settings)  # type: ignore[arg-type]


def test_it_starts_where_the_clock_is_and_stays_there_without_a_bend(bank: LoopBank) -> None:
    """A clock that has run for 3.7 s: in its beat from the first block on, and read sample by sample."""
    running = session(bank, first_ns=T0_NS - 3_700_000_000)
    errors = running.play(10.0)
    assert np.abs(errors).max() < 1.0
    assert running.player.transport.bpm_centi == 12800


def test_it_starts_on_the_sample_at_which_the_clock_begins(bank: LoopBank) -> None:
    begins = 12_345  # in the middle of a block
    starting = session(bank, first_ns=T0_NS + begins * 1_000_000_000 // RATE)
    starting.play(1.0)
    first = int(np.flatnonzero(starting.heard.any(axis=1))[0])
    assert first == pytest.approx(begins, abs=1)  # times are whole nanoseconds


@pytest.mark.parametrize("bpm", [120.0, 127.34, 140.0, 128.05])
def test_any_tempo_is_kept_for_long(bank: LoopBank, bpm: float) -> None:
    errors = session(bank, bpm).play(60.0)
    assert np.abs(errors[200:]).max() < 1.2


def test_a_small_error_is_taken_back_gently(bank: LoopBank) -> None:
    running = session(bank)
    running.play(2.0)
    running.first_ns -= 30_000_000  # the clock was 30 ms further than it seemed
    tempi = []
    for _ in range(60):
        errors = running.play(0.1)
        tempi.append(running.player.transport.bpm_centi)
    assert abs(errors[-1]) < 1.1
    assert 12800 < max(tempi) <= round(12800 * (1 + MOST))
    assert running.player.transport.bpm_centi == 12800
    assert list(running.player.events)[1:] == []


def test_far_away_it_jumps_with_a_short_fade(bank: LoopBank) -> None:
    running = session(bank)
    running.play(2.0)
    running.first_ns += 700_000_000
    errors = running.play(0.5)
    assert abs(errors[0]) > 1000 * FAR_S
    assert abs(errors[-1]) < 1.0
    silent = np.flatnonzero(~running.heard.any(axis=1))
    assert len(silent) < 2 * FADE_OUT_S * RATE


def test_a_stop_is_obeyed_at_once_and_a_start_too(bank: LoopBank) -> None:
    running = session(bank)
    running.play(2.1)
    running.is_running = False
    running.tell(running.heard_ns())
    running.play(1.0)
    assert not running.heard[round(FADE_OUT_S * RATE) + BLOCK :].any()
    running.is_running = True
    running.first_ns = running.heard_ns() + 250_000_000
    errors = running.play(2.0)
    first = int(np.flatnonzero(running.heard.any(axis=1))[0])
    assert first == pytest.approx(RATE / 4, abs=1)
    assert np.abs(errors[50:]).max() < 1.0


def test_playing_0_is_silent_whatever_the_clock_does(bank: LoopBank) -> None:
    running = session(bank)
    running.play(1.0)
    running.params = replace(running.params, playing=False)
    running.play(3.0)
    running.play(1.0)
    assert not running.heard.any()
    running.params = replace(running.params, playing=True)
    assert np.abs(running.play(1.0)[10:]).max() < 1.0


@pytest.mark.parametrize("offset_ms", [-35.0, 35.0])
def test_the_offset_is_heard_as_such(bank: LoopBank, offset_ms: float) -> None:
    running = session(bank)
    running.params = replace(running.params, clock_offset_ms=offset_ms)
    errors = running.play(3.0)
    assert errors[-1] == pytest.approx(offset_ms, abs=1.1)


def test_a_card_that_is_not_sure_when_it_is_heard_bends_nothing(bank: LoopBank) -> None:
    """Its word wavers by 8 ms from block to block."""
    rng = np.random.default_rng(1)
    running = session(bank, waver_ns=lambda: int(rng.uniform(-4e6, 4e6)))
    errors = running.play(30.0)
    settled = errors[300:]
    assert np.abs(settled - np.median(settled)).max() < 2.0


def test_a_clock_that_jumps_about_leaves_sound_in_between(bank: LoopBank) -> None:
    rng = np.random.default_rng(1)
    running = session(bank)
    running.play(2.0)
    silent = 0
    for _ in range(50):
        running.first_ns = T0_NS + int(rng.uniform(-5e9, 5e9))
        running.play(0.1)
        silent += int((~running.heard.any(axis=1)).sum())
    assert silent < 0.05 * 5.0 * RATE


def test_when_the_clock_is_our_own_again_nothing_jumps(bank: LoopBank) -> None:
    running = session(bank, bpm=127.0)
    running.play(3.0)
    before = running.player.transport.ticks
    out = np.zeros((BLOCK, 2), np.float32)
    running.player.render(out, PlaybackParams(bpm=128.0), None, running.heard_ns())
    assert running.player.transport.ticks - before == BLOCK * 12800
