"""Descriptors along time: how loud, how bright, how noisy and how busy a loop is in each latent frame."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from model.codec import wrap
from model.loops import FRAME_RATE, HOP, SAMPLE_RATE

NAMES = ("rms", "centroid", "noisiness", "onsets")
UNITS = ("dB", "octaves above 1 kHz", "dB of spectral flatness", "onsets a second")
_WINDOW = 2048
_FLOOR = 1e-10  # -100 dB
_ONSET_DB = 4.0  # how far the bands must rise on average from frame to frame
_SMOOTH_S, _SMOOTH_ONSETS_S = 0.25, 1.0


def describe(waveform: Tensor) -> Tensor:
    """[4, frames] in the order of NAMES and in UNITS, of a loop [channels, samples], samples a multiple of HOP.

    Each frame is seen through a Hann window of 43 ms about its middle and smoothed over a quarter of a second (onsets:
    a second), both round the loop: rolling the audio by whole frames rolls the result.
    """
    if waveform.ndim != 2 or waveform.shape[1] % HOP or waveform.shape[1] == 0:
        raise ValueError(f"a loop must be [channels, n * {HOP}] samples, got {list(waveform.shape)}")
    margin = (_WINDOW - HOP) // 2
    around = wrap(waveform.float(), margin, margin)
    windows = around.unfold(1, _WINDOW, HOP) * torch.hann_window(_WINDOW)
    power = torch.fft.rfft(windows).abs().square().mean(0) * (8 / 3 / _WINDOW**2)  # [frames, bins]
    power = power[:, 1:]
    hz = torch.arange(1, _WINDOW // 2 + 1) * SAMPLE_RATE / _WINDOW
    total = power.sum(1)
    magnitude = power.sqrt()
    centroid = (magnitude * hz).sum(1) / (magnitude.sum(1) + 1e-6)
    bands = power @ _log_bands()
    rms = 10 * torch.log10(4 * total + _FLOOR)  # a full-scale sine is 0 dB
    flatness = 10 / math.log(10) * ((bands + _FLOOR).log().mean(1) - (bands.mean(1) + _FLOOR).log())
    levels = 10 * torch.log10(bands + 1e-8)
    rise = F.relu(levels - levels.roll(1, 0)).mean(1)
    neighbours = torch.stack([rise.roll(k) for k in (-2, -1, 1, 2)]).amax(0)
    onset = ((rise > _ONSET_DB) & (rise >= neighbours)).float() * FRAME_RATE
    octaves = torch.log2((centroid + 20.0) / 1000.0)
    slow = smooth(torch.stack([rms, octaves, flatness]), _SMOOTH_S)
    return torch.cat([slow, smooth(onset.unsqueeze(0), _SMOOTH_ONSETS_S)])


def smooth(curves: Tensor, seconds: float) -> Tensor:
    """[n, frames] averaged round the loop under a Hann window of this length."""
    n = max(3, round(seconds * FRAME_RATE)) | 1
    window = torch.hann_window(n + 2, periodic=False)[1:-1]
    around = wrap(curves, n // 2, n // 2)
    return F.conv1d(around.unsqueeze(1), (window / window.sum()).view(1, 1, -1)).squeeze(1)


@cache
def _log_bands(n_bands: int = 40, low_hz: float = 60.0, high_hz: float = 16_000.0) -> Tensor:
    """[bins, bands]: the mean power of bins between neighbours of a logarithmic scale; at least one bin a band."""
    hz = torch.arange(1, _WINDOW // 2 + 1) * SAMPLE_RATE / _WINDOW
    edges = low_hz * (high_hz / low_hz) ** (torch.arange(n_bands + 1) / n_bands)
    inside = ((hz.unsqueeze(1) >= edges[:-1]) & (hz.unsqueeze(1) < edges[1:])).float()
    nearest = (hz.unsqueeze(1) - (edges[:-1] * edges[1:]).sqrt()).abs().argmin(0)
    inside[nearest, torch.arange(n_bands)] = 1.0
    return inside / inside.sum(0)
