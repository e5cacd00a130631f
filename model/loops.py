"""The length of a loop, in samples and in latent frames, and the exact way from one to the other."""

from __future__ import annotations

import math
from fractions import Fraction

import torch
from torch import Tensor

SAMPLE_RATE = 48_000
HOP = 640
FRAME_RATE = SAMPLE_RATE // HOP
BEATS_PER_BAR = 4


def duration(bpm: float, n_bars: int) -> Fraction:
    """Exact length of a loop in seconds. `bpm` counts in hundredths; beyond that it is rounded."""
    centi = round(bpm * 100)
    if centi <= 0 or n_bars <= 0:
        raise ValueError(f"bpm and n_bars must be positive, got {bpm} and {n_bars}")
    return Fraction(n_bars * BEATS_PER_BAR * 60 * 100, centi)


def n_samples(bpm: float, n_bars: int, rate: int = SAMPLE_RATE) -> int:
    """Samples of the rendered loop, nearest to `n_bars * 240 / bpm * rate`; halves go up, as the transport counts."""
    return math.floor(duration(bpm, n_bars) * rate + Fraction(1, 2))


def n_frames(bpm: float, n_bars: int) -> int:
    """Latent frames that come nearest to the loop's length; what is left, under 1.5 cents at 4 bars, is resampled."""
    return max(1, round(duration(bpm, n_bars) * FRAME_RATE))


def resample_periodic(waveform: Tensor, length: int) -> Tensor:
    """One period of a periodic signal at another number of samples: exact for what both rates can hold, no edges.

    waveform: [batch, channels, samples] -> [batch, channels, length]
    """
    period = waveform.shape[-1]
    if period == length:
        return waveform
    spectrum = torch.fft.rfft(waveform)
    bins = min(period, length) // 2 + 1
    resized = spectrum.new_zeros(*spectrum.shape[:-1], length // 2 + 1)
    resized[..., :bins] = spectrum[..., :bins]
    if (
        min(period, length) % 2 == 0
    ):  # the Nyquist bin of the shorter one stands for both signs of its frequency
        resized[..., bins - 1] = spectrum[..., bins - 1].real * (0.5 if length > period else 1.0)
    resampled: Tensor = torch.fft.irfft(resized, n=length) * (length / period)
    return resampled
