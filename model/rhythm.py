"""The grid as the net hears it: where each latent frame stands in the 16th, the beat, the bar and the phrase."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from model.loops import BEATS_PER_BAR

PHRASE_BARS = 4
# cycles per beat of every phase: a 16th, an 8th, a beat, a bar, a phrase
_CYCLES_PER_BEAT = (4.0, 2.0, 1.0, 1.0 / BEATS_PER_BAR, 1.0 / (BEATS_PER_BAR * PHRASE_BARS))
N_CHANNELS = 3 * len(_CYCLES_PER_BEAT)


def phases(frames: int, n_bars: int, first_bar: int = 0, start_frame: float = 0.0) -> Tensor:
    """Sine, cosine and sawtooth (-1..1) of every phase, [N_CHANNELS, frames], from absolute time.

    Frame f of a loop of `n_bars` lies `f * 4 * n_bars / frames` beats after the start of bar `first_bar`; nothing is
    rounded to a frame. `start_frame` begins the loop elsewhere, for data that was rolled.
    """
    position = torch.arange(frames, dtype=torch.float64) + start_frame
    beats = (position * (BEATS_PER_BAR * n_bars) / frames) % (
        BEATS_PER_BAR * n_bars
    ) + BEATS_PER_BAR * first_bar
    rows = []
    for cycles in _CYCLES_PER_BEAT:
        turn = (beats * cycles) % 1.0
        rows += [torch.sin(2 * math.pi * turn), torch.cos(2 * math.pi * turn), 2 * turn - 1]
    return torch.stack(rows).float()
