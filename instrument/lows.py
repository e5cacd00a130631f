"""A loop's low band on its own, which a crossfade switches where it blends the rest: two kicks never overlap.

It is split off as a spectrum, circularly and without a shift in time, and kept at a 16th of the rate beside the loop.
What is above it is the loop minus this: where both bands of a loop sound, it is the loop bit by bit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from instrument.memory import LoopBank, SlotHeader, n_low

PASS_HZ, STOP_HZ = 120.0, 200.0  # a raised cosine between them, 6 dB down at 160 Hz

Floats = npt.NDArray[np.float32]


def low_band(loop: Floats, rate: int) -> Floats:
    """The lows of a loop that repeats, `[samples, channels]` -> `[samples // LOW_RATIO, channels]`."""
    import scipy.fft  # slow to import, and the console imports this module too

    n, m = len(loop), n_low(len(loop))
    spectrum = scipy.fft.rfft(loop, axis=0)[: m // 2 + 1]
    hz = np.arange(len(spectrum)) * (rate / n)
    place = np.clip((hz - PASS_HZ) / (STOP_HZ - PASS_HZ), 0.0, 1.0)
    spectrum *= (0.5 + 0.5 * np.cos(np.pi * place))[:, None]
    low: Floats = (scipy.fft.irfft(spectrum, m, axis=0) * (m / n)).astype(np.float32)
    return low


def write_loop(bank: LoopBank, slot: int, loop: Floats, header: SlotHeader) -> None:
    """Put a loop and its lows into a slot, then say so. Only by the slot's owner. ValueError if there is no room."""
    n = len(loop)
    room = len(bank.samples(slot))
    if n + n_low(n) > room:
        raise ValueError(f"slot {slot} has room for {room} samples, a loop of {n} needs {n + n_low(n)}")
    low = low_band(loop, header.rate)
    samples = bank.samples(slot)
    samples[:n] = loop
    samples[n : n + len(low)] = low
    bank.write_header(slot, header)
