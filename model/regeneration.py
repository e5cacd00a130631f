"""Regeneration: latents made anew in part. Some of them in depth (`strength`), or some of them in time (`mask`).

Nothing is drawn on the way: the noise that comes in decides, as in the sampler.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from model import iadb
from model.iadb import Flow, Order
from model.loops import BEATS_PER_BAR

EDGE_FRAMES = 3


def regenerate(
    velocity: Flow,
    x_1: Tensor,
    x_0: Tensor,
    n_steps: int,
    strength: float = 1.0,
    mask: Tensor | None = None,
    order: Order = 1,
) -> Tensor:
    """`x_1` made anew from noise `x_0`, both [batch, channels, frames].

    strength: 0 gives x_1 as it is, 1 forgets it; between, the way starts at alpha = 1 - strength from the blend of both
    (arXiv:2108.01073), with steps as long as those of `n_steps` on the whole way, or a little shorter
    mask: [1 or batch, 1, frames], 1 where it is made anew, 0 where x_1 must stay; the result is x_1 there, bit for bit.
    All along the way the kept part is what it would be at that alpha (arXiv:2201.09865 eq. 8, without fresh noise), so
    that what is new fits to it.
    order: as `iadb.integrate` takes it
    """
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength must be in 0..1, got {strength}")
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, got {n_steps}")
    if strength == 0.0:
        return x_1
    start = 1.0 - strength
    n = math.ceil(n_steps * (1.0 - math.sqrt(start)) - 1e-9)
    x = torch.lerp(x_0, x_1, start)
    if mask is None:
        return iadb.integrate(velocity, x, n, start, order)

    def corrected(x: Tensor, alpha: float) -> Tensor:
        return torch.lerp(torch.lerp(x_0, x_1, alpha), x, mask)

    return torch.where(mask == 0, x_1, iadb.integrate(velocity, x, n, start, order, corrected))


def mask(
    ranges: tuple[tuple[float, float], ...], frames: int, n_bars: int, edge_frames: int = EDGE_FRAMES
) -> Tensor:
    """1 where a range of `places.parse_ranges` lies, 0 elsewhere, [1, 1, frames].

    A range begins with the frame in which its first beat begins, all new, so that its attack is; its last
    `edge_frames` fade back, ending before the frame in which the next beat's attack lies, which is the old one.
    """
    n_beats = n_bars * BEATS_PER_BAR
    inside = torch.zeros(frames, dtype=torch.bool)
    for start, end in ranges:
        first, behind = (int(beat * frames / n_beats + 1e-6) for beat in (start, end))
        if end <= start:  # over the loop's end
            behind += frames
        inside[torch.arange(first, max(behind, first + 1)) % frames] = True
    values = inside.float()
    if not bool(inside.all()):
        for i in range(1, edge_frames + 1):  # the i-th frame before what is kept, counted from there
            near = inside & ~inside.roll(-i)
            fade = math.sin(math.pi / 2 * i / (edge_frames + 1)) ** 2
            values = torch.where(near, values.clamp_max(fade), values)
    return values.view(1, 1, frames)
