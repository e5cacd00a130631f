"""What a page draws of a loop: its outline, as text short enough to send to everybody."""

from __future__ import annotations

import base64
from functools import reduce

import numpy as np
import numpy.typing as npt

N_POINTS = 1024


def outline(audio: npt.NDArray[np.float32], n_points: int = N_POINTS) -> str:
    """Lowest, highest and RMS of each of `n_points` equal parts of a loop, [samples, channels], as base64.

    Three runs of `n_points` signed bytes, 127 for full scale; what is louder is cut there. Channels are averaged.
    Fewer samples than points: ValueError.
    """
    if len(audio) < n_points:
        raise ValueError(f"a loop must have at least {n_points} samples, got {len(audio)}")
    # Channel by channel: a mean over so short an axis takes ten times as long.
    mono = reduce(np.add, audio.T) / np.float32(audio.shape[1])
    starts = np.arange(n_points) * len(mono) // n_points
    sizes = np.diff(starts, append=len(mono))
    rms = np.sqrt(np.add.reduceat(mono * mono, starts) / sizes)
    rows = np.stack([np.minimum.reduceat(mono, starts), np.maximum.reduceat(mono, starts), rms])
    return base64.b64encode(np.round(np.clip(rows, -1, 1) * 127).astype(np.int8).tobytes()).decode()
