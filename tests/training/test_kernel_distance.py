"""KAD on Gaussians, whose discrepancy is known: without bias, and its landmarks read 0 and 1."""

import numpy as np
import pytest

from training import kernel_distance as kd


def normal(n: int, mean: float, seed: int, dim: int = 8) -> np.ndarray:
    return mean + np.random.default_rng(seed).standard_normal((n, dim))


def exact(mean: float, width: float, dim: int = 8) -> float:
    """The squared discrepancy of N(0, I) and N(mean, I): E k(x, y) of a Gaussian kernel has a closed form."""
    share = width**2 / (width**2 + 2)
    return float(2 * share ** (dim / 2) * (1 - np.exp(-dim * mean**2 / (2 * (width**2 + 2)))))


@pytest.mark.parametrize("mean", [0.0, 0.3, 1.0])
def test_the_mean_over_many_small_sets_is_the_exact_value(mean: float) -> None:
    width = 3.0
    values = [kd.kad(normal(6, mean, 2 * i), normal(9, 0, 2 * i + 1), width) for i in range(3000)]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values) - exact(mean, width)) < 4 * error
    if mean == 0:
        assert 0.3 < np.mean(np.array(values) < 0) < 0.7


def test_the_width_is_the_median_distance() -> None:
    assert kd.median_distance(np.array([[0.0], [1.0], [3.0]])) == 2.0
    with pytest.raises(ValueError, match="rows that differ"):
        kd.median_distance(np.zeros((4, 2)))


def landmarks(n: int = 150) -> kd.Landmarks:
    return kd.Landmarks(normal(n, 0, 1), normal(n, 0, 2), normal(n, 1, 3))


def test_real_loops_read_zero_and_the_anchor_one() -> None:
    marks = landmarks()
    assert kd.normalised(marks.anchor, marks).value == pytest.approx(1)
    assert kd.normalised(marks.real, marks).value == pytest.approx(0)
    others = kd.normalised(normal(150, 0, 4), marks)
    assert others.low < 0 < others.high
    halfway = kd.normalised(normal(150, 0.5, 5), marks)
    assert 0.1 < halfway.low < halfway.value < halfway.high < 0.6


def test_drawing_again_neither_shifts_nor_shrinks_the_value() -> None:
    """A plain bootstrap pairs an item with its own copy, and so reads 1 / n too much."""
    marks = landmarks(30)
    values = [kd.normalised(normal(20, 0.5, seed), marks, n_bootstrap=0).value for seed in range(100, 160)]
    estimate = kd.normalised(normal(20, 0.5, 7), marks, n_bootstrap=600)
    assert abs((estimate.low + estimate.high) / 2 - estimate.value) < 0.3 * (estimate.high - estimate.low)
    assert estimate.high - estimate.low > 2 * np.std(values)


def test_the_interval_holds_the_truth_mostly() -> None:
    hits = 0
    for seed in range(60):
        marks = kd.Landmarks(normal(60, 0, 10 + seed), normal(60, 0, 500 + seed), normal(60, 1, 900 + seed))
        truth = exact(0.6, kd.median_distance(marks.reference)) / exact(
            1.0, kd.median_distance(marks.reference)
        )
        estimate = kd.normalised(normal(40, 0.6, 2000 + seed), marks, n_bootstrap=100)
        hits += estimate.low <= truth <= estimate.high
    assert hits >= 51


def test_a_ratio_of_two_sets_is_that_of_their_normalised_distances() -> None:
    marks = landmarks()
    one, two = normal(100, 0.8, 8), normal(100, 0.5, 9)
    expected = kd.normalised(one, marks).value / kd.normalised(two, marks).value
    estimate = kd.ratio(one, two, marks)
    assert estimate.value == pytest.approx(expected)
    assert 1 < estimate.low < estimate.high


def test_a_set_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 embeddings in each set, x has 1"):
        kd.kad(normal(1, 0, 1), normal(5, 0, 2))
