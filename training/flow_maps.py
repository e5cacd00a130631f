"""What a distilled net is to answer: recipes for the average velocity over a step of the guided teacher's flow.

The student `u(x_alpha, alpha, step, asked)` is right when `x_alpha + step * u` is where the teacher, guided by
`asked.strengths`, comes to at `alpha + step`. (At step 0 and strengths of 1 it stays a teacher: training/distill.py.)
A recipe says at which points the student is asked and what it should have answered: its loss is then a plain
regression. Nothing random happens on the way from noise to data, so seeds keep their identity.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor
from torch.func import jvp

from model import iadb
from model.iadb import Net
from model.settings import LoopSettings
from model.unet import Conditions

# Numbers of steps that are taught, and how often. What 2 n steps do, n steps can learn from; 48 is a multiple of all,
# 12 of those up to 4.
N_STEPS = (1, 2, 3, 4, 6, 8, 12, 16)
SHARES = (4.0, 4.0, 2.0, 4.0, 1.0, 2.0, 1.0, 1.0)
SHARE_INSTANT = 0.25  # of the points at step 0: the guided velocity, on which the shortcuts rest
SHARE_ANYWHERE = (
    0.25  # of a path's points whose steps begin and end anywhere: a loop made anew in part needs them
)
# Strengths are drawn over what the parameters allow, half of them near the parameters' defaults.
MAX_CFG_SCALE, MAX_CFG_GRID = 8.0, 4.0
DEFAULT_STRENGTHS = (LoopSettings.cfg_scale, LoopSettings.cfg_grid)
HUBER = 0.03  # root mean square of an error, below which it counts squared


@dataclass(frozen=True)
class Points:
    """Where the student is asked, and what it should answer there.

    x, target: [points, channels, frames]; alpha, step: [points]; asked: for each, with strengths
    """

    x: Tensor
    alpha: Tensor
    step: Tensor
    asked: Conditions
    target: Tensor


# (teacher's guided velocity, the student's running average, data, what is asked) -> points
Velocity = Callable[[Tensor, Tensor, Conditions], Tensor]
Recipe = Callable[[Velocity, Net, Tensor, Conditions], Points]


def guided_by(teacher: Net, rescale: float = 0.0) -> Velocity:
    """The teacher's velocity `(x, alpha, asked)` under guidance, each item with its own `asked.strengths`.

    The same as `iadb.guided`; of each item only those branches are computed that have a weight.
    """

    @torch.no_grad()
    def velocity(x: Tensor, alpha: Tensor, asked: Conditions) -> Tensor:
        cfg_scale, cfg_grid = asked.strengths.unbind(1)
        content = torch.stack([asked.has_text, asked.has_descriptors.abs().sum(1), asked.tags.abs().sum(1)])
        scale = torch.where(content.sum(0) > 0, cfg_scale, 0.0)
        grid = torch.where(
            asked.has_grid > 0, cfg_grid, 1.0
        )  # where no grid is asked, there is none to leave
        weights = torch.cat([1.0 - grid, grid - scale, scale])
        plain = replace(asked, strengths=torch.ones_like(asked.strengths))
        branches = Conditions.cat([plain.without_anything(), plain.without_content(), plain])
        rows = weights.nonzero().squeeze(1)
        items = rows % len(x)
        answers = teacher(x[items], alpha[items], torch.zeros_like(alpha[items]), picked(branches, rows))
        weighted = weights[rows].view(-1, 1, 1) * answers
        total = torch.zeros_like(x).index_add_(0, items, weighted.to(x.dtype))
        if rescale == 0.0:
            return total
        fullest = torch.zeros_like(items[: len(x)]).scatter_reduce(
            0, items, torch.arange(len(rows), device=x.device), "amax", include_self=False
        )
        ratio = answers[fullest].std((1, 2), keepdim=True) / total.std((1, 2), keepdim=True).clamp_min(1e-6)
        return total * (1 - rescale + rescale * ratio)

    return velocity


def picked(conditions: Conditions, rows: Tensor) -> Conditions:
    """Items `rows` of a batch."""
    return Conditions(*(getattr(conditions, each.name)[rows] for each in fields(Conditions)))


@torch.no_grad()
def walk(velocity: Velocity, x_0: Tensor, asked: Conditions, n_steps: int) -> Tensor:
    """The live sampler's way from noise to data: where its steps begin, and data.

    [n_steps + 1, batch, channels, frames]
    """
    states = [x_0]

    def guided(x: Tensor, alpha: float, _: float) -> Tensor:
        return velocity(x, x.new_full((len(x),), alpha), asked)

    def corrected(x: Tensor, _: float) -> Tensor:
        states.append(x)
        return x

    iadb.integrate(guided, x_0, n_steps, order=2, corrected=corrected)
    return torch.stack(states)


def end_of(velocity: Velocity, x_0: Tensor, asked: Conditions, n_steps: int) -> Tensor:
    """Where that way ends: data, [batch, channels, frames]."""
    return walk(velocity, x_0, asked, n_steps)[-1]


def draw_strengths(n: int) -> Tensor:
    """Pairs of cfg_scale and cfg_grid, [n, 2]: half near the defaults, the rest anywhere in their ranges.

    cfg_grid is often its default exactly, as played.
    """
    near = torch.tensor(DEFAULT_STRENGTHS) + torch.randn(n, 2) * torch.tensor([1.0, 0.0])
    anywhere = torch.rand(n, 2) * torch.tensor([MAX_CFG_SCALE, MAX_CFG_GRID])
    drawn = torch.where(torch.rand(n, 2) < 0.5, near, anywhere)
    return drawn.clamp_min(0.0).minimum(torch.tensor([MAX_CFG_SCALE, MAX_CFG_GRID]))


def steps_up_to(most: int) -> list[int]:
    """The numbers of steps that are taught, up to `most`."""
    return [n for n in N_STEPS if n <= most]


def draw_steps(n: int, like: Tensor, most: int = max(N_STEPS)) -> tuple[Tensor, Tensor]:
    """Steps that are taken live, in roots of alpha: their beginning i / n_steps and their length 1 / n_steps, [n] each.

    In these `iadb.alphas` are evenly spaced. most: of the numbers of steps
    """
    shares = [share if n_steps <= most else 0.0 for n_steps, share in zip(N_STEPS, SHARES, strict=True)]
    which = torch.multinomial(torch.tensor(shares), n, replacement=True)
    n_steps = torch.tensor(N_STEPS, dtype=torch.float32)[which]
    root = (torch.rand(n) * n_steps).floor() / n_steps
    return root.to(like.device), (1.0 / n_steps).to(like.device)


def step_of(root: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
    """Where a step that is given in roots of alpha begins and how long it is, both in alpha."""
    return root.square(), (root + length).square() - root.square()


def shortcut(velocity: Velocity, average: Net, x_1: Tensor, asked: Conditions) -> Points:
    """Shortcut models (arXiv:2410.12557): a step is two steps of half its length, as the student's average takes them.

    At step 0 the target is the guided velocity. Points are blends of noise and data. Halves below the finest step that
    is taught follow the velocity.
    """
    n = len(x_1)
    n_instant = int(n * SHARE_INSTANT + float(torch.rand(())))
    root, length = draw_steps(n, x_1)
    root[:n_instant] = torch.rand(n_instant).to(root)
    length[:n_instant] = 0.0
    alpha, step = step_of(root, length)
    x = iadb.blend(torch.randn_like(x_1), x_1, alpha)
    items = torch.arange(n, device=x.device)
    instant, longer = items[:n_instant], items[n_instant:]
    targets = []
    if n_instant:
        targets.append(velocity(x[instant], alpha[instant], picked(asked, instant)))
    if n_instant < n:
        targets.append(two_halves(average, x[longer], root[longer], length[longer], picked(asked, longer)))
    return Points(x, alpha, step, asked, torch.cat(targets))


@torch.no_grad()
def two_halves(average: Net, x: Tensor, root: Tensor, length: Tensor, asked: Conditions) -> Tensor:
    """Average velocity of two steps of half the length, as roots of alpha go.

    Halves that aren't taught follow the velocity: the average is then that of a line through both.
    """
    half = length / 2
    is_taught = half > 1 / max(N_STEPS) - 1e-6
    (alpha, step), (middle, rest) = step_of(root, half), step_of(root + half, half)
    first = average(x, alpha, torch.where(is_taught, step, 0.0), asked)
    there = x + first * step.view(-1, 1, 1)
    second = average(there, middle, torch.where(is_taught, rest, 0.0), asked)
    weight = torch.where(is_taught, rest / (step + rest), (step + rest) / (2 * step))
    return first + (second - first) * weight.view(-1, 1, 1)


class Paths:
    """Regression on the teacher's own paths: it goes from noise to data in `n_substeps`; the student, in live steps.

    So points are where a guided teacher really passes, up to `most` live steps, and some steps between any two of its
    places. A path costs more than learning from its points: `uses` calls share the cost of each, a call having
    `n_points` of one of the last `kept` (and so depending on those before). Data lends only its shape. n_substeps is a
    multiple of all numbers of steps.
    """

    def __init__(
        self, n_substeps: int = 24, n_points: int = 16, uses: int = 1, most: int = 4, kept: int = 64
    ) -> None:
        if n_substeps < 1 or n_substeps % math.lcm(*steps_up_to(most)):
            multiple = math.lcm(*steps_up_to(most))
            raise ValueError(f"substeps must be a multiple of {multiple} for {most} steps, got {n_substeps}")
        self.n_substeps, self.n_points, self.uses, self.most = n_substeps, n_points, uses, most
        self._calls = 0
        self._walked: deque[tuple[Tensor, Conditions]] = deque(maxlen=kept)

    def __call__(self, velocity: Velocity, average: Net, x_1: Tensor, asked: Conditions) -> Points:
        if self._calls % self.uses == 0:
            new = (walk(velocity, torch.randn_like(x_1), asked, self.n_substeps), asked)
            if self.uses == 1:
                return self._points(*new)
            self._walked.append(new)
        self._calls += 1
        return self._points(*self._walked[int(torch.randint(len(self._walked), ()))])

    def _points(self, states: Tensor, asked: Conditions) -> Points:
        items = torch.arange(states.shape[1], device=states.device).repeat(self.n_points)
        root, length = draw_steps(len(items), states, self.most)
        begin, end = ((each * self.n_substeps).round().long() for each in (root, root + length))
        ends = torch.rand(2, len(items)).to(root).mul(self.n_substeps).floor().long().sort(dim=0).values
        is_anywhere = torch.rand(len(items)).to(root) < SHARE_ANYWHERE
        begin, end = torch.where(is_anywhere, ends[0], begin), torch.where(is_anywhere, ends[1] + 1, end)
        alpha, step = step_of(begin / self.n_substeps, (end - begin) / self.n_substeps)
        x = states[begin, items]
        mean = (states[end, items] - x) / step.view(-1, 1, 1)
        return Points(x, alpha, step, picked(asked, items), mean)


def mean_flow(velocity: Velocity, average: Net, x_1: Tensor, asked: Conditions) -> Points:
    """MeanFlow (arXiv:2505.13447): `u = v + step * du/dalpha` along the flow, the end of the step held fixed.

    v is the guided velocity; the derivative is of the student's average, by forward differentiation. Points are blends
    of noise and data; half of the steps are live ones, the others lie anywhere.
    """
    n = len(x_1)
    ends = torch.rand(n, 2).to(x_1).sort(dim=1).values
    alpha, step = step_of(*draw_steps(n, x_1))
    live = torch.rand(n).to(x_1) < 0.5
    alpha = torch.where(live, alpha, ends[:, 0])
    step = torch.where(live, step, ends[:, 1] - ends[:, 0])
    step = torch.where(torch.rand(n).to(x_1) < SHARE_INSTANT, 0.0, step)
    x = iadb.blend(torch.randn_like(x_1), x_1, alpha)
    v = velocity(x, alpha, asked)
    with torch.no_grad():
        tangents = (v, torch.ones_like(alpha), -torch.ones_like(step))
        slope: Tensor = jvp(lambda x, a, d: average(x, a, d, asked), (x, alpha, step), tangents)[1]
    return Points(x, alpha, step, asked, v + step.view(-1, 1, 1) * slope)


RECIPES: dict[str, Recipe] = {"path": Paths(), "shortcut": shortcut, "mean_flow": mean_flow}


def loss(student: Net, points: Points, importance: Tensor | None = None) -> Tensor:
    """Pseudo-Huber distance of the student's answers to the targets, [points] (arXiv:2310.14189 eq. 8).

    By root mean square: steps whose targets are noisy or large don't outweigh the others. importance: of each channel,
    [channels]; all weigh the same by default
    """
    answer = student(points.x, points.alpha, points.step, points.asked)
    squared = (answer.float() - points.target.float()).square().mean(2)
    if importance is None:
        importance = torch.ones_like(squared[0])
    return (squared @ (importance / importance.sum()) + HUBER**2).sqrt() - HUBER
