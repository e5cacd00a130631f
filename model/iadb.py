"""Iterative alpha-(de)blending (arXiv:2305.03486): from noise to data by small steps along `x_1 - x_0`.

alpha 0 is noise, 1 is data; `x_alpha = (1 - alpha) x_0 + alpha x_1`. Steps are evaluated where they start and end at
alpha = 1. Nothing random happens here: the noise that comes in decides everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from model.unet import Conditions

Net = Callable[[Tensor, Tensor, Tensor, Conditions], Tensor]


def blend(x_0: Tensor, x_1: Tensor, alpha: Tensor) -> Tensor:
    """`x_alpha` of noise x_0 and data x_1, [batch, channels, frames], at alpha [batch]."""
    return torch.lerp(x_0, x_1, alpha.view(-1, 1, 1))


def guided(
    net: Net, x: Tensor, alpha: Tensor, step: Tensor, asked: Conditions, cfg_scale: float, cfg_grid: float
) -> Tensor:
    """`v = v_0 + s_grid (v_grid - v_0) + s_text (v_full - v_grid)`, in one batched evaluation (arXiv:2207.12598 eq. 6).

    Terms whose weight is zero are not computed. Where nothing is asked in words, `v_full` is `v_grid`.
    """
    wordless = not bool(asked.has_text.any())
    scale = 0.0 if wordless else cfg_scale
    no_text = replace(asked, has_text=torch.zeros_like(asked.has_text))
    nothing = replace(no_text, has_grid=torch.zeros_like(asked.has_grid))
    terms = [(1.0 - cfg_grid, nothing), (cfg_grid - scale, no_text), (scale, asked)]
    terms = [(weight, conditions) for weight, conditions in terms if weight != 0.0]
    n = len(terms)
    stacked = Conditions(
        *(
            torch.cat([getattr(c, name) for _, c in terms])
            for name in ("phases", "has_grid", "text", "has_text", "log_bpm")
        )
    )
    velocities = net(x.repeat(n, 1, 1), alpha.repeat(n), step.repeat(n), stacked).chunk(n)
    return torch.stack([weight * v for (weight, _), v in zip(terms, velocities, strict=True)]).sum(0)


def sample(
    net: Net,
    x_0: Tensor,
    asked: Conditions,
    n_steps: int,
    cfg_scale: float = 1.0,
    cfg_grid: float = 1.0,
    distilled: bool = False,
) -> Tensor:
    """Data of noise `x_0` [batch, channels, frames] in `n_steps` Euler steps.

    A distilled net is told how far it is to go; a teacher is asked for the velocity at the point (step size 0).
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, got {n_steps}")
    x = x_0
    batch = x.shape[0]
    for i in range(n_steps):
        alpha = x.new_full((batch,), i / n_steps)
        step = x.new_full((batch,), 1.0 / n_steps if distilled else 0.0)
        x = x + guided(net, x, alpha, step, asked, cfg_scale, cfg_grid) / n_steps
    return x
