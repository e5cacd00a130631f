"""A teacher whose guided flow is known exactly: Gaussian data of spread SIGMA, its mean depending on what is asked."""

from __future__ import annotations

import torch
from torch import Tensor

from model.unet import Conditions, UNetConfig

SIGMA = 0.5
GRID_MEAN, TEXT_MEAN = 0.3, 0.2  # what each adds to the mean
SIZES = UNetConfig(latent_channels=2, text_dim=4, n_tags=3, n_descriptors=4)


def asked(strengths: Tensor, frames: int = 4) -> Conditions:
    """Grid and words, with these strengths [batch, 2]."""
    nothing = Conditions.nothing(SIZES, len(strengths), frames, strengths)
    ones = torch.ones_like(nothing.has_grid)
    return Conditions(**(vars(nothing) | {"has_grid": ones, "has_text": ones, "strengths": strengths}))


def mean(conditions: Conditions) -> Tensor:
    return (GRID_MEAN * conditions.has_grid + TEXT_MEAN * conditions.has_text).view(-1, 1, 1)


def guided_mean(conditions: Conditions) -> Tensor:
    """The velocity is linear in the mean: so guidance moves the mean."""
    cfg_scale, cfg_grid = conditions.strengths.to(conditions.has_grid).view(-1, 2, 1, 1).unbind(1)
    has_grid, has_text = conditions.has_grid.view(-1, 1, 1), conditions.has_text.view(-1, 1, 1)
    return cfg_grid * GRID_MEAN * has_grid + cfg_scale * TEXT_MEAN * has_text


def spread(alpha: Tensor) -> Tensor:
    """Standard deviation of `x_alpha`."""
    return ((1 - alpha) ** 2 + (alpha * SIGMA) ** 2).sqrt()


def teacher(x: Tensor, alpha: Tensor, step: Tensor, conditions: Conditions) -> Tensor:
    """Instantaneous velocity without guidance."""
    return velocity(x, alpha.view(-1, 1, 1), mean(conditions))


def velocity(x: Tensor, alpha: Tensor, m: Tensor) -> Tensor:
    return m + (alpha * SIGMA**2 - (1 - alpha)) / spread(alpha) ** 2 * (x - alpha * m)


def flow_map(x: Tensor, alpha: Tensor, step: Tensor, conditions: Conditions) -> Tensor:
    """Average velocity over the step under guidance: what a student should answer. Exact."""
    alpha, step = alpha.view(-1, 1, 1), step.view(-1, 1, 1)
    m, end = guided_mean(conditions), alpha + step
    reached = end * m + spread(end) / spread(alpha) * (x - alpha * m)
    instant = step < 1e-6
    average = (reached - x) / torch.where(instant, 1.0, step)
    return torch.where(instant, velocity(x, alpha, m), average)
