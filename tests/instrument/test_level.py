"""Loudness by the standard's own test signals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import sosfreqz

from instrument.level import MOST_DB, levelling_gain, loudness_lufs
from tests.instrument.fake_pipeline import RATE, clicks


def tone(
    level_db: float, seconds: float = 4.0, rate: int = RATE, n_channels: int = 2, hz: float = 1000.0
) -> np.ndarray:
    at = np.arange(round(seconds * rate)) / rate
    one = 10 ** (level_db / 20) * np.sin(2 * np.pi * hz * at)
    return np.repeat(one[:, None], n_channels, axis=1).astype(np.float32)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_a_stereo_tone_of_1_khz_is_as_loud_as_its_peak_level(rate: int) -> None:
    """EBU Tech 3341, case 1: both channels at -23 dBFS are -23.0 LUFS, within 0.1 LU."""
    assert loudness_lufs(tone(-23.0, rate=rate), rate) == pytest.approx(-23.0, abs=0.1)
    assert loudness_lufs(tone(-33.0, rate=rate), rate) == pytest.approx(-33.0, abs=0.1)


def test_a_tone_in_one_channel_is_3_lu_softer() -> None:
    """BS.1770: 0 dBFS at 997 Hz in one channel is -3.01 LUFS."""
    assert loudness_lufs(tone(0.0, n_channels=1), RATE) == pytest.approx(-3.01, abs=0.1)


@pytest.mark.parametrize("hz", [20.0, 38.0, 100.0, 1000.0, 3000.0, 15_000.0])
def test_weighting_is_the_standards_own(hz: float) -> None:
    """BS.1770-4, tables 1 and 2: the coefficients at 48 kHz, through scipy's filter response."""
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585]
    high_pass = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
    _, response = sosfreqz([shelf, high_pass], [hz], fs=RATE)
    weight_db = 20 * np.log10(np.abs(response[0]))
    assert loudness_lufs(tone(-20.0, hz=hz), RATE) == pytest.approx(-20.0 - 0.691 + weight_db, abs=0.02)


def test_quiet_parts_are_gated_out() -> None:
    """EBU Tech 3341, case 3's idea: what is far softer than the rest does not count."""
    loud, soft = tone(-23.0, 60.0), tone(-36.0, 10.0)
    assert loudness_lufs(np.concatenate([soft, loud, soft]), RATE) == pytest.approx(-23.0, abs=0.1)


def test_a_loop_is_as_loud_wherever_it_starts() -> None:
    loop = clicks(125.0, 1, 3)
    rolled = np.roll(loop, len(loop) // 3, axis=0)
    assert loudness_lufs(rolled, RATE) == pytest.approx(loudness_lufs(loop, RATE), abs=0.05)


def test_silence_is_left_alone() -> None:
    assert loudness_lufs(np.zeros((RATE, 2), np.float32), RATE) == -np.inf
    assert levelling_gain(np.zeros((RATE, 2), np.float32), RATE) == 1.0


@pytest.mark.parametrize(
    ("level_db", "expected_db"), [(-16.0, 2.0), (-30.0, MOST_DB), (-12.0, -2.0), (-1.0, -MOST_DB)]
)
def test_levelling_goes_towards_14_lufs_by_at_most_4_db(level_db: float, expected_db: float) -> None:
    assert 20 * np.log10(levelling_gain(tone(level_db), RATE)) == pytest.approx(expected_db, abs=0.1)


def test_levelling_does_not_push_peaks_over_full_scale() -> None:
    loop = clicks(60.0, 1, 3)
    loop *= 0.9 / np.abs(loop).max()
    assert np.abs(loop * levelling_gain(loop, RATE)).max() <= 1.0
