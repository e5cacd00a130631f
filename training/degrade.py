"""Loops made worse on purpose, in known amounts: what a judge must hear, and the anchor that sets its scale.

Audio is numpy, [samples, channels] at 48 kHz, and a loop: everything wraps round its end, so no seam is made.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

SAMPLE_RATE = 48_000
ANCHOR = "low-pass 3.5 kHz"  # the low anchor of ITU-R BS.1534-3 (MUSHRA)


def low_pass(loop: np.ndarray, hz: float) -> np.ndarray:
    """Without what lies above `hz`; the edge is a tenth of an octave wide, without phase shift."""
    spectrum = np.fft.rfft(loop, axis=0)
    frequencies = np.fft.rfftfreq(len(loop), 1 / SAMPLE_RATE)
    octaves = np.log2(np.maximum(frequencies, 1e-3) / hz)
    gain = np.clip(1 - octaves / 0.1, 0, 1)
    return np.fft.irfft(spectrum * gain[:, None], len(loop), axis=0).astype(np.float32)


def smear(loop: np.ndarray, ms: float, seed: int = 0) -> np.ndarray:
    """Mush: every moment spread over `ms` by a burst of white noise, one for both channels; as loud as before."""
    burst = np.zeros(len(loop))
    length = min(len(loop), max(1, round(ms / 1000 * SAMPLE_RATE)))
    burst[:length] = np.random.default_rng(seed).standard_normal(length) / np.sqrt(length)
    spread = np.fft.irfft(np.fft.rfft(loop, axis=0) * np.fft.rfft(burst)[:, None], len(loop), axis=0)
    power = np.square(spread).mean()
    scaled: np.ndarray = spread * np.sqrt(np.square(loop).mean() / max(power, 1e-20))
    return scaled.astype(np.float32)


def hiss(loop: np.ndarray, snr_db: float, seed: int = 0) -> np.ndarray:
    """White noise beside the loop, `snr_db` below it."""
    noise = np.random.default_rng(seed).standard_normal(loop.shape)
    noisy: np.ndarray = loop + noise * (np.sqrt(np.square(loop).mean()) * 10 ** (-snr_db / 20))
    return noisy.astype(np.float32)


# Families of degradations, mildest first.
LADDERS: dict[str, dict[str, Callable[[np.ndarray], np.ndarray]]] = {
    "low-pass": {
        "low-pass 12 kHz": lambda loop: low_pass(loop, 12_000),
        "low-pass 7 kHz": lambda loop: low_pass(loop, 7000),
        ANCHOR: lambda loop: low_pass(loop, 3500),
    },
    "smear": {
        "smear 10 ms": lambda loop: smear(loop, 10),
        "smear 40 ms": lambda loop: smear(loop, 40),
        "smear 160 ms": lambda loop: smear(loop, 160),
    },
    "hiss": {
        "hiss at -45 dB": lambda loop: hiss(loop, 45),
        "hiss at -30 dB": lambda loop: hiss(loop, 30),
        "hiss at -15 dB": lambda loop: hiss(loop, 15),
    },
}


def anchor(loop: np.ndarray) -> np.ndarray:
    """The degradation that a normalised KAD of 1 stands for."""
    return LADDERS["low-pass"][ANCHOR](loop)
