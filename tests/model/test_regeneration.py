"""What is kept is kept bit for bit, and what is new is what the net wants."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.noise import harmonic_noise
from model.places import parse_ranges
from model.regeneration import mask, regenerate

FRAMES = 64


def latents(seed: int) -> Tensor:
    return harmonic_noise(seed, 4, FRAMES)


def towards(target: Tensor, x: Tensor, alpha: float) -> Tensor:
    """The exact velocity of data that is one point."""
    return (target - x) / (1 - alpha)


def neighbours(x: Tensor, alpha: float, step: float) -> Tensor:
    return torch.tanh(x.roll(1, -1) - x.roll(-1, -1)) + alpha * x


X_0, X_1, OTHER = latents(1), latents(2), latents(3)
FILL = mask(parse_ranges("4.4", 4), FRAMES, 4)


def test_no_strength_is_the_loop_itself() -> None:
    assert torch.equal(regenerate(neighbours, X_1, X_0, 8, strength=0.0), X_1)
    assert torch.equal(regenerate(neighbours, X_1, X_0, 8, strength=0.0, mask=FILL), X_1)


def test_full_strength_forgets_the_loop() -> None:
    first, second = (regenerate(neighbours, x_1, X_0, 8) for x_1 in (X_1, OTHER))
    assert torch.equal(first, second)


@pytest.mark.parametrize("strength", [0.05, 0.3, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("n_steps", [1, 4, 50])
def test_a_constant_velocity_brings_the_loop_back_from_any_depth(strength: float, n_steps: int) -> None:
    """Noise and loop lie on one line: from wherever on it, its own velocity leads to the loop."""
    back = regenerate(lambda x, alpha, step: X_1 - X_0, X_1, X_0, n_steps, strength)
    torch.testing.assert_close(back, X_1, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("strength", [0.1, 0.25, 0.6, 0.75, 1.0])
def test_steps_begin_at_the_strength_and_are_no_longer_than_asked(strength: float) -> None:
    seen: list[tuple[float, float]] = []

    def velocity(x: Tensor, alpha: float, step: float) -> Tensor:
        seen.append((alpha, step))
        return torch.zeros_like(x)

    regenerate(velocity, X_1, X_0, 4, strength)
    assert seen[0][0] == pytest.approx(1 - strength)
    assert seen[-1][0] + seen[-1][1] == pytest.approx(1.0)
    assert max((alpha + step) ** 0.5 - alpha**0.5 for alpha, step in seen) <= 0.25 + 1e-9
    assert len(seen) == -(-(1 - (1 - strength) ** 0.5) * 4 // 1)


def test_more_strength_leads_further_away() -> None:
    distances = [
        float((regenerate(neighbours, X_1, X_0, 20, strength) - X_1).norm())
        for strength in (0.1, 0.3, 0.6, 1.0)
    ]
    assert distances == sorted(distances)


@pytest.mark.parametrize("strength", [0.2, 1.0])
@pytest.mark.parametrize("n_steps", [1, 3, 12])
def test_outside_the_mask_nothing_changes_by_a_bit(strength: float, n_steps: int) -> None:
    made = regenerate(neighbours, X_1, X_0, n_steps, strength, FILL)
    kept = FILL[0, 0] == 0
    assert int(kept.sum()) == FRAMES - FRAMES // 16
    assert torch.equal(made[..., kept], X_1[..., kept])
    assert not bool((made[..., ~kept] == X_1[..., ~kept]).any())


def test_not_even_a_net_that_breaks_reaches_what_is_kept() -> None:
    made = regenerate(lambda x, alpha, step: x * float("nan"), X_1, X_0, 3, mask=FILL)
    kept = FILL[0, 0] == 0
    assert torch.equal(made[..., kept], X_1[..., kept])


def test_inside_the_mask_it_is_what_the_net_wants() -> None:
    """Data that is another loop: the middle of the range is that loop, whatever was there."""
    hard = mask(parse_ranges("2", 4), FRAMES, 4, edge_frames=0)
    made = regenerate(lambda x, alpha, step: towards(OTHER, x, alpha), X_1, X_0, 10, mask=hard)
    torch.testing.assert_close(made, torch.where(hard > 0, OTHER, X_1), atol=1e-5, rtol=1e-5)


def test_the_net_hears_what_is_kept_while_it_makes_the_rest() -> None:
    """At every alpha the kept part is the blend that it would be on the straight way."""

    def velocity(x: Tensor, alpha: float, step: float) -> Tensor:
        kept = FILL[0, 0] == 0
        torch.testing.assert_close(x[..., kept], torch.lerp(X_0, X_1, alpha)[..., kept])
        return neighbours(x, alpha, step)

    regenerate(velocity, X_1, X_0, 7, 0.8, FILL)


@pytest.mark.parametrize("shift", [1, 17, 63])
def test_rolled_loops_are_regenerated_as_rolled(shift: int) -> None:
    made = regenerate(neighbours, X_1, X_0, 6, 0.7, FILL)
    rolled = regenerate(neighbours, *(x.roll(shift, -1) for x in (X_1, X_0)), 6, 0.7, FILL.roll(shift, -1))
    torch.testing.assert_close(rolled, made.roll(shift, -1))


def test_everything_masked_is_no_mask() -> None:
    everything = mask(parse_ranges("1-4", 4), FRAMES, 4)
    assert bool((everything == 1).all())
    assert torch.equal(
        regenerate(neighbours, X_1, X_0, 6, 0.7, everything), regenerate(neighbours, X_1, X_0, 6, 0.7)
    )


@pytest.mark.parametrize(("strength", "n_steps"), [(-0.1, 4), (1.1, 4), (float("nan"), 4), (0.5, 0)])
def test_settings_that_mean_nothing_are_refused(strength: float, n_steps: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        regenerate(neighbours, X_1, X_0, n_steps, strength)


@given(n_bars=st.sampled_from((1, 2, 4, 8)), data=st.data())
def test_a_mask_stays_in_its_beat_and_leaves_the_next_attack_alone(n_bars: int, data: st.DataObject) -> None:
    frames = data.draw(st.integers(n_bars * 90, n_bars * 300))  # 200 to 60 BPM
    beat = data.draw(st.integers(0, n_bars * 4 - 1))
    values = mask(((float(beat), float(beat + 1)),), frames, n_bars)[0, 0]
    inside = values.nonzero().flatten()
    start, end = beat * frames / (n_bars * 4), (beat + 1) * frames / (n_bars * 4)
    assert int(inside[0]) == int(start + 1e-6)
    assert int(inside[-1]) == int(end + 1e-6) - 1
    assert float(values[inside[0]]) == 1.0
    assert 0.0 < float(values[inside[-1]]) < 0.3
    assert bool((values[inside].diff() <= 0).all())


@given(frames=st.integers(90, 2400))
def test_beats_tile_the_loop(frames: int) -> None:
    total = sum(mask(((float(b), float(b + 1)),), frames, 4, edge_frames=0) for b in range(16))
    assert torch.equal(total, torch.ones(1, 1, frames))


def test_a_range_runs_over_the_loops_end() -> None:
    over = mask(parse_ranges("4.4-1.1", 4), FRAMES, 4)
    assert torch.equal(over, mask(parse_ranges("1.1-1.2", 4), FRAMES, 4).roll(-4, -1))


def test_neighbouring_ranges_are_one() -> None:
    assert torch.equal(
        mask(parse_ranges("2.1,2.2", 4), FRAMES, 4), mask(parse_ranges("2.1-2.2", 4), FRAMES, 4)
    )
