"""Inversion: the noise that the sampler turns into given latents, so that one's own loop can be morphed and replayed.

A step of the sampler is `y = x + h v(x, alpha)`, with the velocity at the step's *start*. Walking back with the
velocity at its end, as is often done, errs so much that a round trip of 50 steps keeps 4 dB. Here each step is solved
for its start, the fixed point of `x = y - h v(x, alpha)`: with any number of steps the sampler leads back home.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from model.iadb import Flow, alphas, integrate

MIN_SNR_DB = 20.0
TOLERANCE = 0.004  # the errors of 50 steps add up: of a loop that is strange to the net 0.015 gave back 20 dB, this 44
_MEMORY = 4  # earlier iterates that a new one is made of; without them 12 steps don't converge
_RIDGE = 1e-6


class InversionError(ValueError):
    """No noise was found that leads to these latents; the text says how near it came."""


@dataclass(frozen=True)
class Inversion:
    """noise: [batch, channels, frames], near to unit-normal where the net knows such music.

    snr_db: of the latents that the same sampler makes of `noise`, against those that were given; the worst of the batch
    residual: the largest error of a step, RMS, in latents (whose RMS is about 1)
    """

    noise: Tensor
    snr_db: float
    residual: float
    n_evaluations: int


def invert(
    velocity: Flow, x_1: Tensor, n_steps: int, tolerance: float = TOLERANCE, max_iterations: int = 40
) -> Inversion:
    """The noise of which `n_steps` Euler steps make the latents `x_1` [batch, channels, frames].

    tolerance: RMS error of the velocity at which a step counts as solved

    About two evaluations of the velocity a step, and one to see that the way back leads home. Raises InversionError
    where a step has no solution within `max_iterations`, or where the round trip keeps less than MIN_SNR_DB.
    """
    steps = list(reversed(list(pairwise(alphas(n_steps)))))
    y, slope = x_1, velocity(x_1, steps[0][0], 1.0 - steps[0][0])
    n_evaluations, worst = n_steps + 1, 0.0
    for alpha, end_alpha in steps:
        step, end = end_alpha - alpha, y

        def start_of(x: Tensor, alpha: float = alpha, step: float = step, end: Tensor = end) -> Tensor:
            return end - step * velocity(x, alpha, step)

        y, residual, n = fixed_point(start_of, end - step * slope, tolerance * step, max_iterations)
        n_evaluations += n
        worst = max(worst, residual)
        if not residual <= tolerance * step:
            raise InversionError(
                f"the inversion found no start for the step at alpha {alpha:.3f}: after {n} iterations its error is "
                f"{residual:.2g}, allowed are {tolerance * step:.2g}; smaller steps may do (n_steps was {n_steps})"
            )
        slope = (end - y) / step  # the next step will move nearly as fast
    snr_db = worst_snr_db(integrate(velocity, y, n_steps), x_1)
    if not snr_db >= MIN_SNR_DB:
        raise InversionError(
            f"the inverted noise gives the loop back with {snr_db:.1f} dB only, {MIN_SNR_DB:g} are wanted; "
            f"smaller steps may do (n_steps was {n_steps})"
        )
    return Inversion(y, snr_db, worst, n_evaluations)


def fixed_point(
    function: Callable[[Tensor], Tensor], x: Tensor, tolerance: float, max_iterations: int
) -> tuple[Tensor, float, int]:
    """`x` with `x = function(x)`, its error `function(x) - x` (RMS, the worst of the batch) and the evaluations made.

    Anderson's mixing (1965; type II of Fang and Saad, 2009), each item of the batch on its own: of the last iterates,
    the combination whose error would be the smallest if the function were affine. It converges, too, where plain
    iteration would run away. The error is over `tolerance` when it did not converge; then the best iterate comes back.
    """
    images: list[Tensor] = []
    errors: list[Tensor] = []
    best, least = x, torch.full((len(x),), math.inf, device=x.device)
    n = 0
    while n < max_iterations and bool((least > tolerance).any()):
        image = function(x)
        n += 1
        error = image - x
        size = error.float().square().mean((1, 2)).sqrt()
        is_better = (least > tolerance) & (size < least)  # what has converged waits for the others
        best = torch.where(is_better.view(-1, 1, 1), image, best)
        least = torch.where(is_better, size, least)
        images, errors = [*images, image][-_MEMORY - 1 :], [*errors, error][-_MEMORY - 1 :]
        x = _mixed(images, errors)
    return best, float(least.max()), n


def _mixed(images: list[Tensor], errors: list[Tensor]) -> Tensor:
    """The next iterate, of the last few images and errors, oldest first."""
    if len(images) == 1:
        return images[0]
    steps = torch.stack([after - before for before, after in pairwise(errors)], dim=1)
    moves = torch.stack([after - before for before, after in pairwise(images)], dim=1)
    rows = steps.flatten(2)
    # Products and sums, no matrix product: autocast would round that to bfloat16.
    gram = (rows.unsqueeze(1) * rows.unsqueeze(2)).sum(3).cpu().double()
    wanted = (rows * errors[-1].flatten(1).unsqueeze(1)).sum(2).cpu().double()
    power = gram.diagonal(dim1=1, dim2=2).sum(1) + errors[-1].square().sum((1, 2)).cpu() + 1e-30
    gram = gram + _RIDGE * power.view(-1, 1, 1) * torch.eye(gram.shape[1], dtype=gram.dtype)
    shares = torch.linalg.solve(gram, wanted).to(moves)
    mixed: Tensor = images[-1] - (shares.unsqueeze(-1).unsqueeze(-1) * moves).sum(1)
    return mixed


def worst_snr_db(x: Tensor, reference: Tensor) -> float:
    """How well `x` is `reference`, [batch, ...]: its power over that of the difference in dB, of the worst item."""
    signal = reference.flatten(1).float().square().sum(1)
    noise = (x - reference).flatten(1).float().square().sum(1).clamp_min(1e-30)
    return float(10 * torch.log10(signal / noise).min())
