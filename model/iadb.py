"""Iterative alpha-(de)blending (arXiv:2305.03486): from noise to data by small steps along `x_1 - x_0`.

alpha 0 is noise, 1 is data; `x_alpha = (1 - alpha) x_0 + alpha x_1`. Steps are evaluated where they start and end at
alpha = 1. They are short near the noise, where a loop is decided and its flow bends, and long near the data. Nothing
random happens here: the noise that comes in decides everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from model.unet import Conditions

Net = Callable[[Tensor, Tensor, Tensor, Conditions], Tensor]
"""`velocity = net(x, alpha, step_size, conditions)`: x and velocity [batch, channels, frames], the scalars [batch]."""

Flow = Callable[[Tensor, float, float], Tensor]
"""`velocity = flow(x, alpha, step_size)`: a net, and what is asked of it."""

Order = Literal[1, 2]
"""Of the sampler: 1 goes where the velocity points (Euler), 2 sees by the last step how it turns (Adams-Bashforth)."""

TURN = 0.8  # share of Adams' and Bashforth's correction that is made: in 4 to 6 guided steps all of it goes too far


def blend(x_0: Tensor, x_1: Tensor, alpha: Tensor) -> Tensor:
    """`x_alpha` of noise x_0 and data x_1, [batch, channels, frames], at alpha [batch]."""
    return torch.lerp(x_0, x_1, alpha.view(-1, 1, 1))


def guided(
    net: Net,
    x: Tensor,
    alpha: Tensor,
    step: Tensor,
    asked: Conditions,
    cfg_scale: float,
    cfg_grid: float,
    negative: Conditions | None = None,
    rescale: float = 0.0,
) -> Tensor:
    """`v = v_0 + s_grid (v_base - v_0) + s_text (v_full - v_base)`, in one batched evaluation (arXiv:2207.12598 eq. 6).

    `v_base` knows the grid, and what `negative` asks for, which so is steered away from (not where the text is no
    stronger than the grid, as that would steer towards it). Terms whose weight is zero are not computed; where nothing
    but the grid is asked, `v_full` is `v_base`. `rescale` 0..1 pulls the loudness of the result back to that of
    `v_full`, which strong guidance exceeds (arXiv:2305.08891 eq. 15 and 16).
    """
    base = asked.without_content()
    if negative is not None and cfg_scale > cfg_grid:
        base = negative
    scale = cfg_scale if asked.has_content or base is negative else 0.0
    terms = [(1.0 - cfg_grid, asked.without_anything()), (cfg_grid - scale, base), (scale, asked)]
    terms = [(weight, conditions) for weight, conditions in terms if weight != 0.0]
    n = len(terms)
    stacked = Conditions.cat([conditions for _, conditions in terms])
    velocities = net(x.repeat(n, 1, 1), alpha.repeat(n), step.repeat(n), stacked).chunk(n)
    total = torch.stack([weight * v for (weight, _), v in zip(terms, velocities, strict=True)]).sum(0)
    if rescale == 0.0 or n == 1:
        return total
    ratio = velocities[-1].std((1, 2), keepdim=True) / total.std((1, 2), keepdim=True).clamp_min(1e-6)
    return total * (1 - rescale + rescale * ratio)


def in_one_pass(
    net: Net,
    x: Tensor,
    alpha: Tensor,
    step: Tensor,
    asked: Conditions,
    cfg_scale: float,
    cfg_grid: float,
    negative: Conditions | None = None,
) -> Tensor:
    """Average velocity over `step` of a distilled net, which is guided by strengths that it is told.

    A negative takes a second pass: `2 v(asked; s_text / 2) - v(negative; s_text - s_grid)`, both with s_grid, is what
    `guided` gives, as its formula put into both terms shows; over larger steps it is an extrapolation. Nothing is
    steered away from where the text is not stronger than the grid.
    """

    def told(conditions: Conditions, scale: float) -> Conditions:
        return replace(conditions, strengths=x.new_tensor([[scale, cfg_grid]]).expand(len(x), 2))

    if negative is None or cfg_scale <= cfg_grid:
        return net(x, alpha, step, told(asked, cfg_scale))
    both = Conditions.cat([told(asked, cfg_scale / 2), told(negative, cfg_scale - cfg_grid)])
    towards, away = net(x.repeat(2, 1, 1), alpha.repeat(2), step.repeat(2), both).chunk(2)
    return 2 * towards - away


def flow(
    net: Net,
    asked: Conditions,
    cfg_scale: float = 1.0,
    cfg_grid: float = 1.0,
    negative: Conditions | None = None,
    rescale: float = 0.0,
    distilled: bool = False,
) -> Flow:
    """What the sampler integrates.

    A distilled net is told how far it is to go and how strongly it is guided, in one pass; a teacher is asked for the
    velocity at the point (step size 0), once for each term of the guidance, and only its result is rescaled.
    """

    def velocity(x: Tensor, alpha: float, step_size: float) -> Tensor:
        at = x.new_full((len(x),), alpha)
        if distilled:
            step = x.new_full((len(x),), step_size)
            return in_one_pass(net, x, at, step, asked, cfg_scale, cfg_grid, negative)
        return guided(net, x, at, torch.zeros_like(at), asked, cfg_scale, cfg_grid, negative, rescale)

    return velocity


def alphas(n_steps: int, start: float = 0.0) -> list[float]:
    """Where steps begin and end, from `start` to 1, `n_steps + 1` places: the squares of equal steps.

    Of powers 1 to 3 this one comes nearest to the exact solution in 4 to 6 guided steps (training/LOG.md).
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, got {n_steps}")
    root = math.sqrt(start)
    return [(root + (1.0 - root) * i / n_steps) ** 2 for i in range(n_steps)] + [1.0]


def integrate(
    velocity: Flow,
    x: Tensor,
    n_steps: int,
    start: float = 0.0,
    order: Order = 1,
    corrected: Callable[[Tensor, float], Tensor] | None = None,
) -> Tensor:
    """Data of `x` [batch, channels, frames], which lies at alpha `start`, in `n_steps` steps of `alphas`.

    order: 2 is for velocities at a point, and costs no evaluation more; 1 for a distilled net's average velocities over
    the whole step, and for who must walk back, where no step before is known
    corrected: what takes the place of `x` at the alpha that it has come to, after each step
    """
    before: Tensor | None = None
    before_step = 0.0
    for alpha, end in pairwise(alphas(n_steps, start)):
        step = end - alpha
        here = velocity(x, alpha, step)
        average = here
        if order == 2 and before is not None:
            average = here + (here - before) * (TURN * step / (2.0 * before_step))
        x = x + average * step
        before, before_step = here, step
        if corrected is not None:
            x = corrected(x, end)
    return x


def sample(
    net: Net,
    x_0: Tensor,
    asked: Conditions,
    n_steps: int,
    cfg_scale: float = 1.0,
    cfg_grid: float = 1.0,
    negative: Conditions | None = None,
    rescale: float = 0.0,
    distilled: bool = False,
) -> Tensor:
    """Data of noise `x_0` [batch, channels, frames] in `n_steps` steps."""
    velocity = flow(net, asked, cfg_scale, cfg_grid, negative, rescale, distilled)
    return integrate(velocity, x_0, n_steps, order=1 if distilled else 2)
