"""KAD, the kernel audio distance (arXiv:2502.15602): how far two sets of embeddings are apart, without bias.

The squared maximum mean discrepancy under a Gaussian kernel as wide as the median distance within the reference. Its
estimate is unbiased: between two halves of one set it is as often below zero as above. A bare value says little, so
`normalised` sets it between two landmarks: 0 are real loops against other real loops, 1 is a degraded anchor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

N_BOOTSTRAP = 400


@dataclass(frozen=True)
class Estimate:
    """A value and the 95 % interval that the bootstrap gives it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Landmarks:
    """What a normalised KAD is measured by, embeddings [n, dim] each.

    reference: real loops that all sets are compared with; real: other real loops; anchor: degraded ones.
    """

    reference: np.ndarray
    real: np.ndarray
    anchor: np.ndarray


def median_distance(embeddings: np.ndarray) -> float:
    """The median distance between two different rows of [n, dim], the kernel's width."""
    width = float(
        np.median(np.sqrt(squared_distances(embeddings, embeddings))[np.triu_indices(len(embeddings), 1)])
    )
    if not width > 0:
        raise ValueError(f"a kernel needs rows that differ, got {len(embeddings)} of no distance")
    return width


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Between all rows, [n, dim] and [m, dim] -> [n, m]."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    squared: np.ndarray = np.maximum(0, (x**2).sum(1)[:, None] + (y**2).sum(1)[None] - 2 * x @ y.T)
    return squared


def gaussian(x: np.ndarray, y: np.ndarray, width: float) -> np.ndarray:
    """The kernel between all rows, [n, m]."""
    return np.exp(-squared_distances(x, y) / (2 * width**2))


def kad(x: np.ndarray, reference: np.ndarray, width: float | None = None) -> float:
    """The unbiased squared discrepancy of [n, dim] and [m, dim] (arXiv:2502.15602, without its scaling factor).

    width: the kernel's; by default the reference's own median distance.
    """
    width = median_distance(reference) if width is None else width
    return _discrepancy(_Kernels(x, reference, width), np.ones(len(x)), np.ones(len(reference)))


def normalised(
    x: np.ndarray, landmarks: Landmarks, n_bootstrap: int = N_BOOTSTRAP, seed: int = 0
) -> Estimate:
    """(KAD of x - KAD of real) / (KAD of the anchor - KAD of real), each against the reference; [n, dim] x.

    The interval: all four sets drawn anew with replacement, an item never paired with itself, which would make the
    discrepancy larger than it is.
    """
    return ratio(x, None, landmarks, n_bootstrap, seed)


def ratio(
    x: np.ndarray,
    against: np.ndarray | None,
    landmarks: Landmarks,
    n_bootstrap: int = N_BOOTSTRAP,
    seed: int = 0,
) -> Estimate:
    """How much farther from the reference x is than `against` (None: the anchor), both counted from the real loops.

    Few steps against many are judged so: 1.25 says that the normalised KAD is a quarter higher.
    """
    width = median_distance(landmarks.reference)
    sets = (x, landmarks.anchor if against is None else against, landmarks.real)
    kernels = [_Kernels(one, landmarks.reference, width) for one in sets]
    n_reference = len(landmarks.reference)

    def value(weights: list[np.ndarray], of_reference: np.ndarray) -> float:
        here, other, floor = (
            _discrepancy(kernel, weight, of_reference)
            for kernel, weight in zip(kernels, weights, strict=True)
        )
        return (here - floor) / (other - floor) if other != floor else float("nan")

    rng = np.random.default_rng(seed)
    drawn = [
        value([_drawn_again(len(one), rng) for one in sets], _drawn_again(n_reference, rng))
        for _ in range(n_bootstrap)
    ]
    low, high = np.nanpercentile(drawn, (2.5, 97.5)) if drawn else (float("nan"),) * 2
    return Estimate(value([np.ones(len(one)) for one in sets], np.ones(n_reference)), float(low), float(high))


class _Kernels:
    """The kernel within x, within the reference and between them; an item and itself count 0."""

    def __init__(self, x: np.ndarray, reference: np.ndarray, width: float) -> None:
        for name, rows in (("x", x), ("reference", reference)):
            if len(rows) < 2:
                raise ValueError(f"KAD needs at least 2 embeddings in each set, {name} has {len(rows)}")
        self.xx, self.rr = gaussian(x, x, width), gaussian(reference, reference, width)
        self.xr = gaussian(x, reference, width)
        np.fill_diagonal(self.xx, 0)
        np.fill_diagonal(self.rr, 0)


def _discrepancy(kernels: _Kernels, x: np.ndarray, reference: np.ndarray) -> float:
    """The discrepancy where item i counts `x[i]` or `reference[i]` times; pairs of an item with itself do not count."""

    def within(kernel: np.ndarray, weights: np.ndarray) -> float:
        n_pairs = weights.sum() ** 2 - (weights**2).sum()
        return float(weights @ kernel @ weights / n_pairs)

    between = float(x @ kernels.xr @ reference / (x.sum() * reference.sum()))
    return within(kernels.xx, x) + within(kernels.rr, reference) - 2 * between


def _drawn_again(n: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of n items comes when n are drawn with replacement; at least two different ones do."""
    while True:
        counts = np.bincount(rng.integers(n, size=n), minlength=n)
        if np.count_nonzero(counts) >= 2:
            return counts.astype(np.float64)
