"""Signal judges: curves round a loop, band energies of known sounds, and correlations of all points."""

from functools import partial

import numpy as np
import pytest

from training import adherence

RATE = 48_000
N = 2 * RATE


def tone(hz: float, level: float = 0.2) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(N) / RATE)[:, None].repeat(2, 1)


def clicks(per_second: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    since = np.arange(N) % (RATE // per_second)
    return (0.3 * np.exp(-since / 400) * rng.standard_normal(N))[:, None].repeat(2, 1)


def test_curves_are_in_their_units_and_go_round() -> None:
    level, centroid, flatness, onsets = adherence.curves(tone(2000), 150)
    assert np.median(level) == pytest.approx(20 * np.log10(0.2 / np.sqrt(2)), abs=3)
    assert np.median(centroid) == pytest.approx(1.0, abs=0.1)
    assert np.ptp(level) < 0.2
    assert np.median(flatness) < -30
    assert onsets.max() == 0
    noise = np.random.default_rng(1).standard_normal((N, 2)) * 0.1
    assert np.median(adherence.curves(noise, 150, only=2)) > -8


@pytest.mark.parametrize("per_second", [2, 4, 8])
def test_onsets_a_second_are_counted(per_second: int) -> None:
    onsets = adherence.curves(clicks(per_second), 150, only=3)[0]
    assert onsets.mean() == pytest.approx(per_second, rel=0.15)


def test_a_rolled_loop_has_rolled_curves() -> None:
    loop = clicks(4) * np.linspace(0.1, 1, N)[:, None]
    here, there = adherence.curves(loop, 150), adherence.curves(np.roll(loop, 75 * 640, axis=0), 150)
    np.testing.assert_allclose(np.roll(here, 75, axis=1)[:3], there[:3], atol=0.5)


def test_one_curve_alone_is_that_of_all_four() -> None:
    np.testing.assert_allclose(
        adherence.curves(clicks(4), 100)[1], adherence.curves(clicks(4), 100, only=1)[0]
    )


def test_stretching_keeps_a_loop_s_ends_together() -> None:
    curve = np.array([0.0, 1.0, 2.0, 1.0])
    np.testing.assert_allclose(adherence.stretched(curve, 8), [0, 0.5, 1, 1.5, 2, 1.5, 1, 0.5])


def test_correlation_counts_both_between_loops_and_within_them() -> None:
    rng = np.random.default_rng(0)
    asked = [level + rng.standard_normal(50) for level in (-9.0, 0.0, 9.0)]
    assert adherence.correlation(asked, [2 * a + 1 for a in asked]) == pytest.approx(1)
    levels_only = [np.full(50, a.mean()) for a in asked]
    assert 0.95 < adherence.correlation(asked, levels_only) < 1
    assert np.isnan(adherence.correlation(asked, [np.zeros(50)] * 3))


def test_wishes_read_what_they_name() -> None:
    kick, hats, pad = tone(100), 0.5 * (clicks(8) - np.roll(clicks(8), 1, axis=0)), tone(440)
    readings = {wish.name: partial(wish.reading, n_bars=1) for wish in adherence.WISHES}
    assert readings["no kick"](pad + kick) > readings["no kick"](pad + hats)
    on_beat = (np.arange(N) * 8 // N % 2 == 0)[:, None]  # halves of the four beats
    assert adherence.beat_db(pad + kick * on_beat, 1) > adherence.beat_db(pad + kick * ~on_beat, 1) + 6
    assert readings["no hats"](pad + hats) > readings["no hats"](pad + kick)
    assert readings["only drums"](pad + hats) > readings["only drums"](clicks(2)) + 10
    assert readings["dark, bright"](tone(5000) + kick) > readings["dark, bright"](kick)
    assert adherence.share_db(tone(1000), 900, 1100) == pytest.approx(0, abs=0.01)
