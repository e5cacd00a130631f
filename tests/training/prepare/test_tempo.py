"""Beats and bars of recordings whose beats are known, because they were put there."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.recordings import RATE, drums
from training.prepare import downbeat, tempo
from training.prepare.onsets import ENVELOPE_RATE, onsets


@pytest.mark.parametrize(("bpm", "lead_s"), [(97.3, 0.41), (121.37, 0.0), (128.0, 1.234), (149.9, 0.7)])
def test_tempo_and_bar_are_found_wherever_the_music_begins(bpm: float, lead_s: float) -> None:
    lead = round(lead_s * RATE)
    mono = np.concatenate(
        [np.zeros(lead, np.float32), drums(bpm, 9, seed=3).mean(1), np.zeros(5000, np.float32)]
    )
    grid = tempo.find_grid(mono)
    assert grid.source == "heard"
    assert grid.bpm == pytest.approx(bpm, rel=3e-4)
    assert grid.beats[grid.first_downbeat] == pytest.approx(lead_s, abs=0.005)
    assert grid.beats[grid.first_downbeat + 16] == pytest.approx(lead_s + 16 * 60 / bpm, abs=0.005)
    assert grid.confidence > 0.8
    assert grid.downbeat_confidence > 0.5


@pytest.mark.parametrize("n_bars", [1, 2, 4, 8])
def test_a_file_of_whole_bars_is_a_loop_and_its_length_says_its_tempo(n_bars: int) -> None:
    bpm = 123.456
    mono = drums(bpm, n_bars, seed=n_bars).mean(1)
    grid = tempo.find_grid(mono)
    assert grid.is_loop
    assert grid.source == "length"
    assert grid.bpm == pytest.approx(n_bars * 240 * RATE / len(mono), rel=1e-9)
    assert grid.beats[0] == 0.0
    assert len(grid.beats) == 4 * n_bars + 1


def test_the_range_decides_the_octave() -> None:
    mono = drums(80, 9, seed=1).mean(1)[:-5000]
    assert tempo.find_grid(mono).bpm == pytest.approx(160, rel=1e-3)
    assert tempo.find_grid(mono, bpm_range=(70, 140)).bpm == pytest.approx(80, rel=1e-3)


def test_a_given_tempo_and_downbeat_are_taken() -> None:
    mono = np.concatenate([np.zeros(12_345, np.float32), drums(130, 6, seed=2).mean(1)])
    beat = 60 / 130
    grid = tempo.find_grid(mono, bpm=130.0, downbeat_s=12_345 / RATE + 4 * beat)
    assert (grid.bpm, grid.source) == (pytest.approx(130.0), "given")
    assert grid.downbeat_confidence == 1.0
    assert grid.beats[grid.first_downbeat] == pytest.approx(12_345 / RATE, abs=0.004)


def test_a_tempo_that_wanders_is_followed() -> None:
    """0.5 % faster at the end than at the start: 0.3 s off by then, if it were not."""
    bpm, n_bars, curve = 120.0, 32, 0.005
    mono = drums(bpm, n_bars, seed=4, curve=curve).mean(1)
    grid = tempo.find_grid(mono)
    place = np.arange(4 * n_bars + 1) / (4 * n_bars)
    true = np.log1p(curve * place) / curve * n_bars * 240 / bpm
    heard = grid.beats[grid.first_downbeat : grid.first_downbeat + len(true) - 1]
    assert np.abs(heard - true[: len(heard)])[4:-4].max() < 0.012


@pytest.mark.parametrize("seed", range(3))
def test_noise_and_a_running_tempo_have_no_confidence(seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal(10 * RATE).astype(np.float32)
    faster = drums(90, 12, seed, curve=0.7).mean(1)
    for mono in (noise, faster):
        assert tempo.find_grid(mono).confidence < 0.4


def test_where_nothing_happens_there_is_no_tempo() -> None:
    with pytest.raises(tempo.NoTempoError):
        tempo.find_grid(np.zeros(5 * RATE, np.float32))
    with pytest.raises(tempo.NoTempoError):
        tempo.find_grid(np.full(5 * RATE, 0.5, np.float32))


def test_an_onset_is_where_it_is() -> None:
    mono = np.zeros(RATE, np.float32)
    rng = np.random.default_rng(0)
    mono[24_000:26_000] = rng.standard_normal(2000) * np.exp(-np.arange(2000) / 300)
    envelope = onsets(mono).full
    assert envelope.argmax() / ENVELOPE_RATE == pytest.approx(0.5, abs=0.006)


def test_the_comb_is_exact_over_a_long_time() -> None:
    period = 60 / 127.123
    times = np.arange(400) * period
    envelope = np.zeros(round(times[-1] * ENVELOPE_RATE) + 10)
    np.add.at(envelope, np.floor(times * ENVELOPE_RATE).astype(int), 1 - times * ENVELOPE_RATE % 1)
    np.add.at(envelope, np.floor(times * ENVELOPE_RATE).astype(int) + 1, times * ENVELOPE_RATE % 1)
    assert tempo.comb_period(envelope, 126.0, 0.02) == pytest.approx(period, rel=2e-6)


def test_the_template_finds_a_turned_bar() -> None:
    mono = drums(125, 4, seed=5).mean(1)
    heard = onsets(np.concatenate([mono[-24_000:], mono]))
    profile = downbeat.bar_profile(heard, 0.5 + np.arange(17) * 60 / 125)
    for turn in range(16):
        assert downbeat.place(np.roll(profile, turn, axis=1))[0] == turn
    certain = np.zeros(16)
    certain[7] = 50.0
    assert downbeat.place(profile, certain) == (7, pytest.approx(1.0))
