"""Recipes of distilling, on a flow that is known exactly: what they ask for is right, and a tiny net learns it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from instrument.params import SPECS
from model import iadb
from model.unet import Conditions, UNet, UNetConfig
from tests.training import linear_flow
from training import flow_maps
from training.flow_maps import N_STEPS, RECIPES, Paths, guided_by


def data_of(asked: Conditions, frames: int = 4) -> Tensor:
    return linear_flow.mean(asked) + linear_flow.SIGMA * torch.randn(len(asked.has_grid), 2, frames)


def some(n: int) -> tuple[Tensor, Conditions]:
    asked = linear_flow.asked(flow_maps.draw_strengths(n))
    return data_of(asked), asked


@pytest.mark.parametrize("rescale", [0.0, 0.7])
def test_each_item_is_guided_by_its_own_strengths(rescale: float) -> None:
    torch.manual_seed(0)
    net = UNet(UNetConfig(4, (16, 16), (1,), (1,), 8, 16, n_tags=3, n_descriptors=4)).requires_grad_(False)
    for parameter in net.parameters():
        nn.init.normal_(parameter, 0.0, 0.2)
    on = {
        "has_grid": torch.tensor([1.0, 1, 0, 1, 0, 1, 1]),
        "has_text": torch.tensor([1.0, 0, 1, 0, 0, 1, 1]),
    }
    on["tags"] = torch.tensor([[0.0, 0, 0]] * 3 + [[1.0, -1.0, 0.0]] + [[0.0, 0, 0]] * 3)
    on["strengths"] = torch.tensor([[3.0, 1], [3, 2], [2, 1.5], [5, 0.5], [4, 2], [1, 1], [0, 1]])
    asked = replace(Conditions.nothing(net.config, 7, 6, torch.zeros(1)), **on)
    asked = replace(asked, phases=torch.randn(7, 15, 6), text=torch.randn(7, 8))
    x, alpha = torch.randn(7, 4, 6), torch.rand(7)
    together = guided_by(net, rescale)(x, alpha, asked)
    for i, (cfg_scale, cfg_grid) in enumerate(on["strengths"].tolist()):
        one = replace(flow_maps.picked(asked, torch.tensor([i])), strengths=torch.ones(1, 2))
        time = alpha[i : i + 1]
        alone = iadb.guided(net, x[i : i + 1], time, 0 * time, one, cfg_scale, cfg_grid, rescale=rescale)
        torch.testing.assert_close(together[i : i + 1], alone, atol=1e-4, rtol=1e-4)


def test_only_needed_branches_are_computed() -> None:
    rows: list[int] = []

    def teacher(x: Tensor, alpha: Tensor, step: Tensor, asked: Conditions) -> Tensor:
        rows.append(len(x))
        return linear_flow.teacher(x, alpha, step, asked)

    asked = linear_flow.asked(torch.tensor([[3.0, 2.0], [3.0, 1.0], [1.0, 1.0], [0.0, 0.0]]))
    guided_by(teacher)(torch.zeros(4, 2, 4), torch.zeros(4), asked)
    assert rows == [3 + 2 + 1 + 1]


def test_a_walk_comes_to_where_the_flow_leads() -> None:
    torch.manual_seed(0)
    asked = linear_flow.asked(torch.tensor([[3.0, 1.0], [6.0, 0.5]]))
    x_0 = torch.randn(2, 2, 4)
    velocity = guided_by(linear_flow.teacher)
    states = flow_maps.walk(velocity, x_0, asked, 400)
    exact = linear_flow.guided_mean(asked) + linear_flow.SIGMA * x_0
    torch.testing.assert_close(states[-1], exact, atol=0.01, rtol=0)
    assert len(states) == 401
    assert torch.equal(flow_maps.end_of(velocity, x_0, asked, 400), states[-1])


@pytest.mark.parametrize("recipe", ["shortcut", "mean_flow"])
def test_what_is_exact_asks_for_no_change(recipe: str) -> None:
    """The exact flow map is the fixed point of the recipes that learn from the student itself."""
    torch.manual_seed(0)
    points = RECIPES[recipe](guided_by(linear_flow.teacher), linear_flow.flow_map, *some(500))
    exact = linear_flow.flow_map(points.x, points.alpha, points.step, points.asked)
    error = (points.target - exact).abs().amax((1, 2))
    length = (points.alpha + points.step).sqrt() - points.alpha.sqrt()
    coarse = (points.step == 0) | (length > 0.1)
    assert float(error[coarse].max()) < 1e-3
    assert float(error.max()) < 0.3  # halves of the shortest steps are Euler's
    assert float(flow_maps.loss(linear_flow.flow_map, points).mean()) < 2e-3


def test_a_shortcut_is_two_of_half_the_length() -> None:
    told: list[tuple[float, float]] = []

    def average(x: Tensor, alpha: Tensor, step: Tensor, _: Conditions) -> Tensor:
        told.append((float(alpha[0]), float(step[0])))
        return x + 10 * step.view(-1, 1, 1)

    x, asked = torch.ones(1, 2, 4), linear_flow.asked(torch.ones(1, 2))
    target = flow_maps.two_halves(average, x, torch.tensor([0.5]), torch.tensor([0.5]), asked)
    first = 1 + 10 * 0.3125
    second = (1 + 0.3125 * first) + 10 * 0.4375
    torch.testing.assert_close(target, torch.full_like(x, (0.3125 * first + 0.4375 * second) / 0.75))
    assert told == [(0.25, 0.3125), (0.5625, 0.4375)]
    told.clear()
    flow_maps.two_halves(average, x, torch.tensor([0.0]), torch.tensor([1 / 16]), asked)
    assert told == [(0.0, 0.0), (1 / 1024, 0.0)]  # finer than what is taught: along the velocity


def test_half_of_every_step_that_is_taught_is_taught_or_the_velocity() -> None:
    for n in N_STEPS:
        assert 2 * n in N_STEPS or 2 * n > max(N_STEPS)


def test_points_of_a_path_are_the_teacher_s_own() -> None:
    torch.manual_seed(0)
    recipe = Paths(n_substeps=480, n_points=40)
    points = recipe(guided_by(linear_flow.teacher), linear_flow.flow_map, *some(60))
    assert len(points.x) == 2400
    exact = linear_flow.flow_map(points.x, points.alpha, points.step, points.asked)
    torch.testing.assert_close(points.target, exact, atol=0.02, rtol=0)
    assert float((points.alpha + points.step).max()) <= 1 + 1e-6
    z = points.x - points.alpha.view(-1, 1, 1) * linear_flow.guided_mean(points.asked)
    z = z / linear_flow.spread(points.alpha).view(
        -1, 1, 1
    )  # on the guided path this is the noise that it began with
    assert float(z.mean()) == pytest.approx(0.0, abs=0.1)
    assert float(z.std()) == pytest.approx(1.0, abs=0.1)


def test_kept_paths_are_learnt_from_again() -> None:
    torch.manual_seed(0)
    teacher, n_asked = guided_by(linear_flow.teacher), 0

    def counted(x: Tensor, alpha: Tensor, asked: Conditions) -> Tensor:
        nonlocal n_asked
        n_asked += 1
        return teacher(x, alpha, asked)

    recipe = Paths(n_substeps=12, n_points=6, uses=3, kept=2)
    offered, learnt_from = [], []
    for call in range(30):
        x_1, asked = some(1)
        points = recipe(counted, linear_flow.flow_map, x_1, asked)
        assert n_asked == 12 * (call // 3 + 1)
        exact = linear_flow.flow_map(points.x, points.alpha, points.step, points.asked)
        torch.testing.assert_close(points.target, exact, atol=0.5, rtol=0)
        offered.append(asked.strengths[0].tolist())
        learnt_from.append(points.asked.strengths[0].tolist())
    for call in range(3, 30):
        newest = call // 3 * 3
        assert learnt_from[call] in (offered[newest - 3], offered[newest])
    assert len({tuple(strengths) for strengths in learnt_from}) == 10


class Tiny(nn.Module):
    """`u = a x + b + c s_text + d s_grid`; a to d depend on alpha and step: the exact map has this form."""

    def __init__(self) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(2, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 4))

    def forward(self, x: Tensor, alpha: Tensor, step: Tensor, asked: Conditions) -> Tensor:
        a, b, c, d = self.time(torch.stack([alpha, step], dim=1)).view(-1, 4, 1, 1).unbind(1)
        cfg_scale, cfg_grid = asked.strengths.view(-1, 2, 1, 1).unbind(1)
        answer: Tensor = a * x + b + 0.3 * (c * cfg_scale + d * cfg_grid)
        return answer


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_a_tiny_net_learns_the_flow_map_under_all_strengths(recipe: str) -> None:
    torch.manual_seed(0)
    net, average = Tiny(), Tiny().requires_grad_(False)
    average.load_state_dict(net.state_dict())
    n_steps = 150 if recipe == "path" else 900
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-2, betas=(0.9, 0.99))
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, n_steps)
    teacher = guided_by(linear_flow.teacher)
    for step in range(n_steps):
        points = RECIPES[recipe](teacher, average, *some(16 if recipe == "path" else 256))
        optimiser.zero_grad()
        flow_maps.loss(net, points).mean().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        fall.step()
        with torch.no_grad():
            weight = max(0.05, 1 / (step + 1))
            torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), weight)
    x_0 = torch.randn(64, 2, 4)
    for strengths in ((3.0, 1.0), (1.0, 1.0), (6.0, 0.5), (0.0, 2.0)):
        asked = linear_flow.asked(torch.tensor([strengths]).expand(64, 2))
        exact = linear_flow.guided_mean(asked) + linear_flow.SIGMA * x_0
        for n in (1, 2, 4):
            reached = iadb.sample(average, x_0, asked, n, *strengths, distilled=True)
            error = float((reached - exact).square().mean().sqrt())
            print(f"{recipe} {strengths} {n} steps: {error:.4f}")
            assert error < 0.06, (strengths, n)  # one Euler step of the teacher's errs by 0.5


def test_strengths_and_steps_are_those_that_are_played() -> None:
    torch.manual_seed(0)
    ranges = {spec.name: spec for spec in SPECS}
    for name, most, default in zip(
        ("cfg_scale", "cfg_grid"),
        (flow_maps.MAX_CFG_SCALE, flow_maps.MAX_CFG_GRID),
        flow_maps.DEFAULT_STRENGTHS,
        strict=True,
    ):
        assert (ranges[name].low, ranges[name].high, ranges[name].default) == (0.0, most, default)
    drawn = flow_maps.draw_strengths(4000)
    assert float(drawn.min()) >= 0
    assert bool((drawn <= torch.tensor([8.0, 4.0])).all())
    assert float((drawn[:, 1] == flow_maps.DEFAULT_STRENGTHS[1]).float().mean()) == pytest.approx(
        0.5, abs=0.05
    )
    assert float((drawn[:, 0] > 6).float().mean()) == pytest.approx(0.375, abs=0.03)
    for most, expected in ((16, set(N_STEPS)), (4, {1, 2, 3, 4})):
        root, length = flow_maps.draw_steps(4000, drawn, most)
        n_steps = (1 / length).round()
        torch.testing.assert_close((root * n_steps).round(), root * n_steps, atol=1e-4, rtol=0)
        assert set(n_steps.int().tolist()) == expected
        assert float((root + length).max()) <= 1 + 1e-6


def test_a_path_has_live_steps_and_others_and_all_of_them_fit() -> None:
    torch.manual_seed(0)
    points = Paths(n_substeps=24, n_points=4000)(
        guided_by(linear_flow.teacher), linear_flow.flow_map, *some(1)
    )
    root = points.alpha.sqrt()
    length = (points.alpha + points.step).sqrt() - root
    assert float(length.min()) == pytest.approx(1 / 24, abs=1e-4)
    live = [(root * n - (root * n).round()).abs() + (length * n - 1).abs() < 1e-3 for n in (1, 2, 3, 4)]
    share = float(torch.stack(live).any(0).float().mean())
    assert share == pytest.approx(1 - flow_maps.SHARE_ANYWHERE, abs=0.05)
    with pytest.raises(ValueError, match="substeps must be a multiple of 48 for 16 steps, got 24"):
        Paths(most=16)
