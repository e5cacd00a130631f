"""The noise that is found is the one that was there, and the sampler comes back from it."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from model import iadb, inversion
from model.iadb import Flow
from model.inversion import InversionError


def drawn(seed: int, batch: int = 1, channels: int = 4, frames: int = 12) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, channels, frames, dtype=torch.float64, generator=generator)


def constant(velocity: Tensor) -> Flow:
    return lambda x, alpha, step: velocity


def linear(rate: float) -> Flow:
    """`dx / dalpha = rate * x`: a step multiplies by `1 + step * rate`."""
    return lambda x, alpha, step: rate * x


def to_a_point(target: Tensor) -> Flow:
    """The exact flow of data that is one point: `(target - x) / (1 - alpha)`."""
    return lambda x, alpha, step: (target - x) / (1 - alpha)


def bent(strength: float) -> Flow:
    """Mixes frames and bends: a flow as little known in closed form as a net's, with a Lipschitz constant."""

    def velocity(x: Tensor, alpha: float, step: float) -> Tensor:
        return strength * torch.tanh(x + 0.5 * x.roll(1, -1) - 0.3 * x.roll(1, 1)) * (1 + alpha)

    return velocity


@pytest.mark.parametrize("n_steps", [1, 2, 7, 50])
def test_a_constant_velocity_is_taken_back_exactly(n_steps: int) -> None:
    x_0, x_1 = drawn(1), drawn(2)
    found = inversion.invert(constant(x_1 - x_0), x_1, n_steps)
    torch.testing.assert_close(found.noise, x_0)
    assert found.residual < 1e-12
    assert found.snr_db > 100


@pytest.mark.parametrize("n_steps", [1, 4, 50])
@pytest.mark.parametrize("rate", [-0.8, 0.5, 3.0])
def test_a_linear_flow_is_taken_back_by_its_own_factor(rate: float, n_steps: int) -> None:
    """Also where a step stretches by more than plain iteration can bear (rate 3 in one step)."""
    x_0 = drawn(1)
    x_1 = x_0 * math.prod(1 + rate * (end - alpha) for alpha, end in pairwise(iadb.alphas(n_steps)))
    found = inversion.invert(linear(rate), x_1, n_steps, tolerance=1e-9)
    torch.testing.assert_close(found.noise, x_0, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("n_steps", [4, 12, 50])
@pytest.mark.parametrize("strength", [0.5, 2.0])
def test_the_noise_of_a_sample_is_found_again(strength: float, n_steps: int) -> None:
    velocity, x_0 = bent(strength), drawn(3)
    x_1 = iadb.integrate(velocity, x_0, n_steps)
    found = inversion.invert(velocity, x_1, n_steps, tolerance=1e-7)
    torch.testing.assert_close(found.noise, x_0, atol=1e-4, rtol=1e-4)
    assert found.snr_db > 60


def test_inverting_twice_changes_nothing() -> None:
    velocity, x_1 = bent(1.0), drawn(4)
    once = inversion.invert(velocity, x_1, 20, tolerance=1e-7).noise
    again = inversion.invert(velocity, iadb.integrate(velocity, once, 20), 20, tolerance=1e-7).noise
    torch.testing.assert_close(again, once, atol=1e-4, rtol=1e-4)


def test_a_rolled_loop_has_rolled_noise() -> None:
    velocity, x_1 = bent(1.0), drawn(5)
    noise = inversion.invert(velocity, x_1, 20).noise
    torch.testing.assert_close(inversion.invert(velocity, x_1.roll(5, -1), 20).noise, noise.roll(5, -1))


def test_an_item_of_a_batch_is_inverted_as_alone() -> None:
    velocity, x_1 = bent(1.5), torch.cat([drawn(6), 0.3 * drawn(7), 3 * drawn(8)])
    together = inversion.invert(velocity, x_1, 12).noise
    for i in range(3):
        torch.testing.assert_close(inversion.invert(velocity, x_1[i : i + 1], 12).noise, together[i : i + 1])


def test_a_flow_that_forgets_its_noise_has_no_inverse() -> None:
    """Data that is one point: the last step lands there from anywhere, so no step leads to any other place."""
    with pytest.raises(
        InversionError, match=r"alpha 0\.810: after 40 iterations its error is .*n_steps was 10"
    ):
        inversion.invert(to_a_point(drawn(1)), drawn(2), 10)


def test_numbers_that_are_none_are_no_solution() -> None:
    with pytest.raises(InversionError):
        inversion.invert(lambda x, alpha, step: x * math.nan, drawn(1), 4)


def test_a_round_trip_that_loses_the_loop_is_refused() -> None:
    """Steps may each be solved to the tolerance and yet lead elsewhere: what counts is the way back."""
    with pytest.raises(InversionError, match=r"dB only, 20 are wanted"):
        inversion.invert(bent(2.0), drawn(9), 4, tolerance=0.5)


def test_no_steps_are_no_inversion() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        inversion.invert(linear(1.0), drawn(1), 0)


@pytest.mark.parametrize("slope", [-5.0, -1.0, 0.5, 3.0])
def test_mixing_solves_affine_equations_that_iteration_cannot(slope: float) -> None:
    """`x = slope x + c` has one solution; iterating `x -> slope x + c` would run away from it for |slope| >= 1."""
    c = drawn(1)
    x, error, n = inversion.fixed_point(lambda x: slope * x + c, torch.zeros_like(c), 1e-5, 40)
    torch.testing.assert_close(x, c / (1 - slope), atol=1e-4, rtol=1e-4)
    assert error <= 1e-5
    assert n < 40


def test_what_does_not_converge_says_so() -> None:
    x, error, n = inversion.fixed_point(lambda x: x + 1, drawn(1), 1e-3, 7)
    assert n == 7
    assert error > 1e-3
    assert bool(x.isfinite().all())
