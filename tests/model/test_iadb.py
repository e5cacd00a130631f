"""The sampler integrates what it is told, and guidance is the published formula."""

import math
from dataclasses import replace

import pytest
import torch

from model import iadb
from model.unet import Conditions, UNetConfig

SIZES = UNetConfig(latent_channels=2, text_dim=4, n_tags=3, n_descriptors=4)


def asked(has_text: float = 1.0) -> Conditions:
    nothing = Conditions.nothing(SIZES, 1, 8, torch.zeros(1))
    return replace(nothing, has_grid=torch.ones(1), has_text=torch.full((1,), has_text))


@pytest.mark.parametrize("n_steps", [1, 2, 3, 16, 50])
def test_constant_velocity_is_integrated_exactly(n_steps: int) -> None:
    x_0, x_1 = torch.randn(1, 2, 8, dtype=torch.float64), torch.randn(1, 2, 8, dtype=torch.float64)
    reached = iadb.sample(lambda x, *_: (x_1 - x_0).expand_as(x), x_0, asked(), n_steps)
    torch.testing.assert_close(reached, x_1)


def test_steps_are_evaluated_at_their_start_and_reach_one() -> None:
    seen: list[tuple[float, float]] = []

    def net(x: torch.Tensor, alpha: torch.Tensor, step: torch.Tensor, _: Conditions) -> torch.Tensor:
        seen.append((float(alpha[0]), float(step[0])))
        return torch.zeros_like(x)

    iadb.sample(net, torch.zeros(1, 2, 8), asked(), 4)
    assert seen == [(0.0, 0.0), (1 / 16, 0.0), (1 / 4, 0.0), (9 / 16, 0.0)]
    seen.clear()
    iadb.sample(net, torch.zeros(1, 2, 8), asked(), 2, distilled=True)
    assert seen == [(0.0, 0.25), (0.25, 0.75)]


@pytest.mark.parametrize(
    ("cfg_scale", "cfg_grid"), [(1.0, 1.0), (3.0, 1.0), (0.0, 1.0), (3.0, 2.0), (0.0, 0.0), (5.5, 0.5)]
)
def test_guidance_is_the_formula(cfg_scale: float, cfg_grid: float) -> None:
    """Each branch answers with its own constant: 1 without anything, 10 with the grid, 100 with grid and words."""

    def net(x: torch.Tensor, _: torch.Tensor, __: torch.Tensor, c: Conditions) -> torch.Tensor:
        branch = torch.where(c.has_text > 0, 100.0, torch.where(c.has_grid > 0, 10.0, 1.0))
        return branch.view(-1, 1, 1).expand_as(x)

    x, time = torch.zeros(1, 2, 8), torch.zeros(1)
    v = iadb.guided(net, x, time, time, asked(), cfg_scale, cfg_grid)
    torch.testing.assert_close(v, torch.full_like(v, 1.0 + cfg_grid * 9.0 + cfg_scale * 90.0))
    wordless = iadb.guided(net, x, time, time, asked(has_text=0.0), cfg_scale, cfg_grid)
    torch.testing.assert_close(wordless, torch.full_like(v, 1.0 + cfg_grid * 9.0))


@pytest.mark.parametrize("content", ["has_text", "has_descriptors", "tags"])
def test_whatever_is_asked_besides_the_grid_is_guided(content: str) -> None:
    def net(x: torch.Tensor, _: torch.Tensor, __: torch.Tensor, c: Conditions) -> torch.Tensor:
        return getattr(c, content).view(len(x), -1).sum(1).view(-1, 1, 1).expand_as(x)

    x, time = torch.zeros(1, 2, 8), torch.zeros(1)
    only_grid = asked(has_text=0.0)
    one = replace(only_grid, **{content: torch.ones_like(getattr(only_grid, content))})
    whole = float(net(x, time, time, one).mean())
    assert float(iadb.guided(net, x, time, time, one, 3.0, 1.0).mean()) == pytest.approx(3.0 * whole)


def test_a_negative_prompt_takes_the_place_of_the_base() -> None:
    """The text's answer is its length: asked 1, to be avoided 5, at strength 3 gives 5 + 3 (1 - 5)."""

    def net(x: torch.Tensor, _: torch.Tensor, __: torch.Tensor, c: Conditions) -> torch.Tensor:
        return (c.has_text * c.text.sum(1)).view(-1, 1, 1).expand_as(x)

    x, time = torch.zeros(1, 2, 8), torch.zeros(1)
    full = replace(asked(), text=torch.tensor([[1.0, 0.0, 0.0, 0.0]]))
    avoided = replace(asked(), text=torch.tensor([[5.0, 0.0, 0.0, 0.0]]))
    assert float(iadb.guided(net, x, time, time, full, 3.0, 1.0, avoided).mean()) == pytest.approx(-7.0)
    assert float(iadb.guided(net, x, time, time, full, 1.0, 1.0, avoided).mean()) == pytest.approx(1.0)
    wordless = asked(has_text=0.0)
    assert float(iadb.guided(net, x, time, time, wordless, 3.0, 1.0, avoided).mean()) == pytest.approx(-10.0)


@pytest.mark.parametrize(("cfg_scale", "cfg_grid"), [(3.0, 1.0), (8.0, 0.0), (2.0, 1.5), (1.0, 1.0)])
def test_a_distilled_net_is_guided_in_one_pass_and_steered_away_in_two(
    cfg_scale: float, cfg_grid: float
) -> None:
    """A net that follows its strengths as it should is steered away from a negative as a teacher is."""

    def teacher(x: torch.Tensor, _: torch.Tensor, __: torch.Tensor, c: Conditions) -> torch.Tensor:
        answer = 1.0 + 9.0 * c.has_grid + c.has_text * c.text.sum(1)
        return answer.view(-1, 1, 1).expand_as(x)

    passes: list[int] = []

    def distilled(x: torch.Tensor, a: torch.Tensor, s: torch.Tensor, c: Conditions) -> torch.Tensor:
        passes.append(len(x))
        scale, grid = c.strengths[:, 0].view(-1, 1, 1), c.strengths[:, 1].view(-1, 1, 1)
        nothing, base, full = (teacher(x, a, s, b) for b in (c.without_anything(), c.without_content(), c))
        return nothing + grid * (base - nothing) + scale * (full - base)

    x, time = torch.zeros(1, 2, 8), torch.zeros(1)
    full = replace(asked(), text=torch.tensor([[7.0, 0.0, 0.0, 0.0]]))
    avoided = replace(asked(), text=torch.tensor([[5.0, 0.0, 0.0, 0.0]]))
    for negative, n in ((None, 1), (avoided, 2 if cfg_scale > cfg_grid else 1)):
        expected = iadb.guided(teacher, x, time, time, full, cfg_scale, cfg_grid, negative)
        told = iadb.in_one_pass(distilled, x, time, time, full, cfg_scale, cfg_grid, negative)
        torch.testing.assert_close(told, expected)
        assert passes.pop() == n


@pytest.mark.parametrize("distilled", [False, True])
def test_a_text_no_stronger_than_the_grid_steers_away_from_nothing(distilled: bool) -> None:
    """The formula would steer towards the negative there."""

    def net(x: torch.Tensor, _: torch.Tensor, __: torch.Tensor, c: Conditions) -> torch.Tensor:
        return (c.has_text * c.text.sum(1)).view(-1, 1, 1).expand_as(x)

    x = torch.zeros(1, 2, 8)
    avoided = replace(asked(), text=torch.tensor([[5.0, 0.0, 0.0, 0.0]]))
    for cfg_scale in (0.0, 0.5, 1.0):
        with_it = iadb.sample(net, x, asked(), 2, cfg_scale, 1.0, avoided, distilled=distilled)
        without = iadb.sample(net, x, asked(), 2, cfg_scale, 1.0, distilled=distilled)
        torch.testing.assert_close(with_it, without)


def test_integration_may_start_on_the_way() -> None:
    """Velocity alpha from 0.4 squared to 1: the left-hand sum of three steps, whose roots are 0.2 apart."""
    reached = iadb.integrate(lambda x, alpha, _: torch.full_like(x, alpha), torch.zeros(1, 2, 8), 3, 0.16)
    torch.testing.assert_close(reached, torch.full_like(reached, 0.16 * 0.2 + 0.36 * 0.28 + 0.64 * 0.36))


@pytest.mark.parametrize("n_steps", [4, 6, 12])
@pytest.mark.parametrize("rate", [-1.0, 1.0, 2.0])
def test_the_second_order_errs_less_from_the_same_evaluations(n_steps: int, rate: float) -> None:
    n_evaluations = 0

    def velocity(x: torch.Tensor, *_: float) -> torch.Tensor:
        nonlocal n_evaluations
        n_evaluations += 1
        return rate * x

    x_0 = torch.ones(1, 2, 8, dtype=torch.float64)
    exact = math.exp(rate)
    euler, bent = (
        float((iadb.integrate(velocity, x_0, n_steps, order=order) - exact).abs().max()) for order in (1, 2)
    )
    assert bent < 0.6 * euler
    assert n_evaluations == 2 * n_steps


def test_steps_can_be_corrected_where_they_end() -> None:
    seen: list[float] = []

    def corrected(x: torch.Tensor, alpha: float) -> torch.Tensor:
        seen.append(alpha)
        return torch.full_like(x, alpha)

    reached = iadb.integrate(lambda x, *_: x, torch.zeros(1, 2, 8), 2, corrected=corrected)
    assert seen == [0.25, 1.0]
    assert bool((reached == 1.0).all())


def test_rescaling_brings_the_loudness_back_and_keeps_the_direction() -> None:
    answer = torch.randn(1, 2, 8)

    def net(x: torch.Tensor, _: torch.Tensor, __: torch.Tensor, c: Conditions) -> torch.Tensor:
        return torch.where(c.has_text.view(-1, 1, 1) > 0, answer, 0.2 * answer)

    x, time = torch.zeros(1, 2, 8), torch.zeros(1)
    loud = iadb.guided(net, x, time, time, asked(), 6.0, 1.0)
    assert float(loud.std()) > 4 * float(answer.std())
    tamed = iadb.guided(net, x, time, time, asked(), 6.0, 1.0, rescale=1.0)
    torch.testing.assert_close(tamed, answer)


def test_no_steps_is_no_sample() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        iadb.sample(lambda x, *_: x, torch.zeros(1, 2, 8), asked(), 0)
