"""Onset envelopes: how far the level of a recording rises, 400 times a second."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.loops import SAMPLE_RATE

Array = npt.NDArray[np.float64]

HOP = 120
ENVELOPE_RATE = SAMPLE_RATE // HOP
_WINDOW = 512


@dataclass(frozen=True)
class Onsets:
    """Value k stands for the time k / ENVELOPE_RATE in seconds.

    full, low: [n] rise of the level, mean over all bands and over those below 200 Hz, each in units of its mean
    bands: [bands, n] levels, the cube roots of powers; centres_hz: [bands]
    """

    full: Array
    low: Array
    bands: npt.NDArray[np.float32]
    centres_hz: Array


def onsets(mono: npt.NDArray[np.float32]) -> Onsets:
    """Onset envelopes of a recording, [samples] at 48 kHz."""
    weights, centres_hz = _bands()
    n = len(mono) // HOP + 1
    padded = np.concatenate([np.zeros(_WINDOW // 2, np.float32), mono, np.zeros(_WINDOW, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][:n]
    shape = np.hanning(_WINDOW).astype(np.float32)
    levels = np.empty((weights.shape[1], n), dtype=np.float32)
    for start in range(0, n, 4096):  # in pieces: the spectra of a long song would not fit into memory
        power = np.abs(np.fft.rfft(windows[start : start + 4096] * shape)).astype(np.float32) ** 2
        levels[:, start : start + 4096] = np.cbrt(power @ weights).T
    rise = np.zeros_like(levels)
    rise[:, 1:-1] = np.maximum(0.0, levels[:, 2:] - levels[:, :-2])
    loudness = np.maximum(levels.mean(1, keepdims=True), 1e-3 * max(float(levels.mean()), 1e-9))
    rise = np.minimum(rise / loudness, 8.0)  # each band counts alike; a hit after silence no more than 8 fold
    is_low = centres_hz < 200.0
    full, low = rise.mean(0, dtype=np.float64), rise[is_low].mean(0, dtype=np.float64)
    return Onsets(full, low, levels, centres_hz)


def _bands(n_bands: int = 24) -> tuple[npt.NDArray[np.float32], Array]:
    """[bins, bands] means of neighbouring bins, evenly in log frequency from 60 Hz to 16 kHz; their centres in Hz."""
    bin_hz = SAMPLE_RATE / _WINDOW
    edges = np.unique(np.round(np.geomspace(60.0, 16_000.0, n_bands + 1) / bin_hz)).astype(int)
    weights = np.zeros((_WINDOW // 2 + 1, len(edges) - 1), dtype=np.float32)
    for band, (low, high) in enumerate(pairwise(edges.tolist())):
        weights[low:high, band] = 1.0 / (high - low)
    return weights, (edges[:-1] + edges[1:] - 1) / 2 * bin_hz
