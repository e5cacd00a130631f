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


def phases(
    frames: int,
    n_bars: int,
    first_bar: int = 0,
    start_frame: float = 0.0,
    swing: float = 50.0,
    rate: float = 1.0,
) -> Tensor:
    """Sine, cosine and sawtooth (-1..1) of every phase, [N_CHANNELS, frames], from absolute time.

    Frame f of a loop of `n_bars` lies `f * 4 * n_bars / frames` beats after the start of bar `first_bar`; nothing is
    rounded to a frame. `start_frame` begins the loop elsewhere, for data that was rolled. Swing and half or double time
    bend the phases, so the net needs no notion of them: `swing` says where in each pair of 16ths the second one lies
    (50..75 %), `rate` how many beats of the grid pass in one beat (0.5 half time, 2 double time; where that leaves no
    whole bars, the last one is cut).
    """
    if not 50.0 <= swing <= 75.0:
        raise ValueError(f"swing must be in 50..75 %, got {swing}")
    if rate <= 0:
        raise ValueError(f"rate must be above 0, got {rate}")
    position = torch.arange(frames, dtype=torch.float64) + start_frame
    beats = (position * (BEATS_PER_BAR * n_bars) / frames) % (BEATS_PER_BAR * n_bars)
    beats = swung(beats * rate + BEATS_PER_BAR * first_bar, swing / 100)
    rows = []
    for cycles in _CYCLES_PER_BEAT:
        turn = (beats * cycles) % 1.0
        rows += [torch.sin(2 * math.pi * turn), torch.cos(2 * math.pi * turn), 2 * turn - 1]
    return torch.stack(rows).float()


def swung(beats: Tensor, share: float) -> Tensor:
    """The straight time that swung time stands for: `share` of each pair of 16ths (half a beat) becomes its half."""
    pairs = beats * 2
    inside = pairs % 1.0
    straight = torch.where(inside < share, inside / share, 1 + (inside - share) / (1 - share)) / 2
    return (pairs.floor() + straight) / 2
