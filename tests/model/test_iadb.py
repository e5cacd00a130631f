"""The sampler integrates what it is told, and guidance is the published formula."""

import pytest
import torch

from model import iadb
from model.unet import Conditions


def asked(has_text: float = 1.0) -> Conditions:
    return Conditions(
        torch.zeros(1, 3, 8), torch.ones(1), torch.ones(1, 4), torch.full((1,), has_text), torch.zeros(1)
    )


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
    assert seen == [(0.0, 0.0), (0.25, 0.0), (0.5, 0.0), (0.75, 0.0)]
    seen.clear()
    iadb.sample(net, torch.zeros(1, 2, 8), asked(), 2, distilled=True)
    assert seen == [(0.0, 0.5), (0.5, 0.5)]


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


def test_no_steps_is_no_sample() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        iadb.sample(lambda x, *_: x, torch.zeros(1, 2, 8), asked(), 0)
