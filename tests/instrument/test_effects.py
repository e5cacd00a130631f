"""Effects of a deck and the limiter: what they do to tones, that they don't click, and that idle ones change no bit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import sosfilt

from instrument.audio.effects import (
    CEILING_DB,
    DELAY_BEATS,
    FADE_S,
    LOOK_AHEAD_S,
    SPLIT_HZ,
    Chain,
    Filter,
    Limiter,
    biquad,
    squared,
)
from instrument.memory import DeckParams

RATE = 48000
BLOCK = 512
SETTLED = round(0.1 * RATE)

Floats = npt.NDArray[np.float32]


def tone(hz: float, seconds: float = 1.0, level: float = 0.5) -> Floats:
    """The same in both channels."""
    samples = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(samples.astype(np.float32)[:, None], 2, axis=1)


def chained(
    signal: Floats, *changes: tuple[int, DeckParams], block: int = BLOCK, bpm: float = 120.0
) -> Floats:
    """The signal through a chain, which follows `changes`, each from its sample on."""
    chain = Chain(RATE, 2, 4096)
    chain.follow(DeckParams(), at_once=True)
    out = signal.copy()
    due = dict(changes)
    start = 0
    while start < len(out):
        if start in due:
            chain.follow(due[start], at_once=start == 0)
        later = [sample for sample in due if sample > start]
        end = min([start + block, len(out), *later])
        chain.run(out[start:end], bpm)
        start = end
    return out


def level_db(signal: Floats) -> float:
    return float(10 * np.log10(np.square(signal.astype(np.float64)).mean() + 1e-20))


def change_db(params: DeckParams, hz: float) -> float:
    """What a setting does to a tone."""
    dry = tone(hz)
    wet = chained(dry, (0, params))
    return level_db(wet[SETTLED:]) - level_db(dry[SETTLED:])


def roughness(signal: Floats) -> float:
    """The largest third difference: a click stands out in it, a tone of some hundred Hz hardly shows."""
    return float(np.abs(np.diff(signal.astype(np.float64), n=3, axis=0)).max())


def cut(signal: Floats) -> Floats:
    """With a hole in it: what a click sounds like."""
    abrupt = signal.copy()
    abrupt[9660:19260] = 0.0
    return abrupt


def test_an_idle_chain_changes_no_bit() -> None:
    signal = np.random.default_rng(0).standard_normal((RATE, 2)).astype(np.float32)
    assert np.array_equal(chained(signal), signal)


def test_a_filter_that_was_opened_again_leaves_no_trace() -> None:
    signal = np.random.default_rng(0).standard_normal((RATE, 2)).astype(np.float32)
    out = chained(signal, (4800, DeckParams(filter=-0.7)), (9600, DeckParams()))
    assert not np.array_equal(out[4800:9600], signal[4800:9600])
    assert np.array_equal(out[9600 + 1200 :], signal[9600 + 1200 :])


@pytest.mark.parametrize(
    ("position", "hz", "low", "high"),
    [
        (-1.0, 60, -3, 6),
        (-1.0, 1000, -200, -60),
        (1.0, 12_000, -3, 6),
        (1.0, 500, -200, -60),
        (-0.01, 5000, -0.5, 0.5),
        (0.01, 100, -0.5, 0.5),
        (-0.5, 10_000, -200, -30),
        (0.5, 60, -200, -25),
    ],
)
def test_the_filter_closes_from_either_side(position: float, hz: float, low: float, high: float) -> None:
    assert low < change_db(DeckParams(filter=position), hz) < high


@pytest.mark.parametrize("rate", [44_100, 192_000])
@pytest.mark.parametrize("hz", SPLIT_HZ)
@pytest.mark.parametrize("kind", ["low", "high"])
def test_two_sections_as_one_are_as_precise_as_sound_is_heard(kind: str, hz: float, rate: int) -> None:
    """The bands of the kills, against the same sections in a row by another of SciPy's functions."""
    section = biquad(kind, hz, rate, 0.5**0.5)
    signal = np.random.default_rng(0).standard_normal((rate, 2))
    sos = np.concatenate(section)[None].repeat(2, axis=0)
    reference = sosfilt(sos, signal, axis=0)
    filtered = Filter([squared(section)], 2).run(signal)
    assert np.abs(filtered - reference).max() < 1e-6 * np.abs(reference).max()


def test_low_and_high_of_a_split_are_together_an_all_pass() -> None:
    signal = np.zeros((4096, 2))
    signal[0] = 1.0
    low, high = (
        Filter([squared(biquad(kind, 2500.0, RATE, 0.5**0.5))], 2).run(signal) for kind in ("low", "high")
    )
    passed = Filter([biquad("all", 2500.0, RATE, 0.5**0.5)], 2).run(signal)
    np.testing.assert_allclose(low + high, passed, atol=1e-12)


def test_kills_take_their_band_and_leave_the_others() -> None:
    bands = {"kill_low": 50.0, "kill_mid": 600.0, "kill_high": 9000.0}
    for kill in bands:
        for band, hz in bands.items():
            changed = change_db(DeckParams(**{kill: True}), hz)  # type: ignore[arg-type]
            assert changed < -30 if band == kill else abs(changed) < 1.0, (kill, hz, changed)


@pytest.mark.parametrize("hz", [40, 150, 400, 1500, 2500, 8000])
def test_the_bands_add_up_to_all_of_it(hz: float) -> None:
    """Between a kill's release and its fade back to the dry sound nothing is louder or softer."""
    dry = tone(hz)
    out = chained(dry, (SETTLED, DeckParams(kill_mid=True)), (2 * SETTLED, DeckParams()))
    after = out[2 * SETTLED + 2 * round(FADE_S * RATE) :]
    assert abs(level_db(after) - level_db(dry)) < 0.2


@pytest.mark.parametrize(
    "params",
    [
        DeckParams(filter=-0.8),
        DeckParams(filter=0.6),
        DeckParams(kill_low=True),
        DeckParams(kill_mid=True),
        DeckParams(mute=True),
        DeckParams(level_db=-12),
    ],
    ids=["low-pass", "high-pass", "kill low", "kill mid", "mute", "level"],
)
def test_nothing_clicks_when_it_comes_or_goes(params: DeckParams) -> None:
    """An abrupt change of the same size is at least ten times rougher."""
    dry = tone(200.0)
    out = chained(dry, (9600, params), (19200, DeckParams()))
    assert roughness(out) < 0.1 * roughness(cut(dry))


def test_a_filter_that_jumps_does_not_click() -> None:
    dry = tone(200.0)
    jumps = (0.9, 0.1, 0.6, 0.05, 1.0)
    out = chained(dry, *((6000 * (i + 1), DeckParams(filter=-jump)) for i, jump in enumerate(jumps)))
    assert roughness(out) < 0.01 * roughness(cut(dry))


def test_a_sweep_makes_no_zipper_noise() -> None:
    """The filter moves by a controller's steps, 128 in half a second, over a low tone: nothing sounds high up.

    Steps of 5 ms are the movement itself: nearer to the tone they are its side bands.
    """
    dry = tone(100.0)
    steps = [(9600 + 192 * i, DeckParams(filter=-i / 128)) for i in range(128)]
    out = chained(dry, *steps)
    spectrum = np.abs(np.fft.rfft(out[9600 : 9600 + 24576, 0] * np.hanning(24576))) ** 2
    hz = np.fft.rfftfreq(24576, 1 / RATE)
    assert 10 * np.log10(spectrum[hz > 2000].sum() / spectrum.sum()) < -65


@pytest.mark.parametrize("block", [1, 100, 4096])
def test_blocks_of_any_size_give_the_same(block: int) -> None:
    signal = 0.3 * np.random.default_rng(1).standard_normal((9600, 2)).astype(np.float32)
    changes = (
        (1000, DeckParams(filter=-0.4, delay_send=0.5)),
        (3000, DeckParams(filter=0.3, kill_low=True)),
        (6000, DeckParams(mute=True)),
    )
    expected = chained(signal, *changes)
    np.testing.assert_allclose(chained(signal, *changes, block=block), expected, atol=2e-7, rtol=0)


def test_echoes_come_three_16ths_apart_change_sides_and_die_away() -> None:
    dry = np.zeros((6 * RATE, 2), np.float32)
    dry[4800:4900, 0] = np.hanning(100)
    out = chained(dry, (0, DeckParams(delay_send=1.0)), bpm=120.0)
    lag = round(DELAY_BEATS * 0.5 * RATE)
    peaks = [np.abs(out[4800 + k * lag : 4900 + k * lag + 60]).max(axis=0) for k in range(4)]
    assert peaks[1][0] > 0.9
    assert peaks[1][1] == 0.0
    assert peaks[2][1] > 3 * peaks[2][0]
    assert peaks[1].max() > peaks[2].max() > peaks[3].max() > 0
    between = np.abs(out[4800 + lag // 2 : 4800 + lag - 100]).max()
    assert between < 1e-3
    assert np.abs(out[-RATE:]).max() < 1e-2


def test_an_echo_rings_on_when_the_deck_is_muted() -> None:
    dry = tone(500, 1.0)
    out = chained(
        dry,
        (0, DeckParams(delay_send=1.0)),
        (24000, DeckParams(delay_send=1.0, mute=True)),
        bpm=180.0,
    )
    assert level_db(out[25000:30000]) > -30


def test_another_tempo_moves_the_echo_without_a_click() -> None:
    dry = tone(200, 2.0)
    chain = Chain(RATE, 2, 4096)
    chain.follow(DeckParams(delay_send=0.8), at_once=True)
    out = dry.copy()
    for start in range(0, len(out), BLOCK):
        chain.run(out[start : start + BLOCK], 120.0 if start < RATE else 131.0)
    assert roughness(out[24000:]) < 0.01 * roughness(cut(dry))


def limited(signal: Floats, is_on: bool = True, block: int = BLOCK) -> tuple[Floats, int]:
    limiter = Limiter(RATE, 2, 8192)
    out = signal.copy()
    for start in range(0, len(out), block):
        limiter.run(out[start : start + block], is_on)
    return out, limiter.delay


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), gain=st.floats(0.1, 30), block=st.sampled_from([1, 64, 480, 8192]))
def test_no_peak_leaves_the_limiter(seed: int, gain: float, block: int) -> None:
    rng = np.random.default_rng(seed)
    signal = (gain * rng.standard_normal((4800, 2)) * (rng.random((4800, 1)) < 0.01)).astype(np.float32)
    out, _ = limited(signal, block=block)
    assert np.abs(out).max() <= 10 ** (CEILING_DB / 20) * (1 + 1e-6)


@pytest.mark.parametrize("is_on", [True, False])
def test_below_the_ceiling_the_limiter_only_delays(is_on: bool) -> None:
    signal = tone(100, 0.2, level=0.9)
    out, delay = limited(signal, is_on)
    assert delay == round(LOOK_AHEAD_S * RATE) - 1
    assert np.array_equal(out[delay:], signal[:-delay])
    assert not out[:delay].any()


def test_off_it_lets_peaks_through() -> None:
    signal = tone(100, 0.2, level=3.0)
    out, delay = limited(signal, is_on=False)
    assert np.array_equal(out[delay:], signal[:-delay])


def test_after_a_peak_the_limiter_lets_go_and_then_changes_no_bit() -> None:
    signal = tone(100, 3.0, level=0.5)
    signal[4800:4810] *= 4
    out, delay = limited(signal)
    assert np.array_equal(out[delay + 2 * RATE :], signal[2 * RATE : -delay])
    around = out[delay + 4700 : delay + 4900, 0]
    assert np.abs(around).max() <= 10 ** (CEILING_DB / 20) * (1 + 1e-6)


def test_limiting_is_the_same_for_blocks_of_any_size() -> None:
    signal = tone(100, 0.5, level=2.0)
    expected, _ = limited(signal)
    for block in (1, 37, 8192):
        np.testing.assert_allclose(limited(signal, block=block)[0], expected, atol=1e-6, rtol=0)
