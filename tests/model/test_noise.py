"""Noise is white at every length, the same idea at every tempo, and unit-normal all along the sphere."""

import pytest
import torch
from torch.nn.functional import cosine_similarity

from model.loops import resample_periodic
from model.noise import at_length, harmonic_noise, slerp

FIRST_OF_SEED_1 = torch.tensor([[0.145399, 0.622068, -0.716496], [0.706752, 0.878248, 0.765168]])


@pytest.mark.parametrize("frames", [90, 143, 576, 577])
def test_noise_is_white_and_unit_normal(frames: int) -> None:
    noise = torch.cat([harmonic_noise(seed, 32, frames) for seed in range(40)])
    assert noise.shape == (40, 32, frames)
    assert abs(float(noise.mean())) < 0.01
    assert abs(float(noise.std()) - 1) < 0.01
    power = torch.fft.rfft(noise, norm="ortho").abs().square().mean((0, 1))
    assert 0.85 < float(power.min()) <= float(power.max()) < 1.15
    kurtosis = float((noise**4).mean() / noise.var() ** 2)
    assert abs(kurtosis - 3) < 0.1


def test_a_seed_is_the_same_idea_at_another_tempo() -> None:
    at_125, at_126, at_132 = (harmonic_noise(7, 32, frames) for frames in (576, 571, 545))
    assert cosine_similarity(resample_periodic(at_126, 576).flatten(), at_125.flatten(), dim=0) > 0.99
    assert cosine_similarity(resample_periodic(at_132, 576).flatten(), at_125.flatten(), dim=0) > 0.95
    assert abs(cosine_similarity(harmonic_noise(8, 32, 576).flatten(), at_125.flatten(), dim=0)) < 0.03


def test_noise_of_a_seed_never_changes() -> None:
    """Guards every recipe ever saved: these numbers may never become others."""
    first = harmonic_noise(1, 2, 8)[0, :, :3]
    torch.testing.assert_close(first, harmonic_noise(1, 2, 8)[0, :, :3], atol=0, rtol=0)
    torch.testing.assert_close(first, FIRST_OF_SEED_1, atol=1e-6, rtol=0)


@pytest.mark.parametrize("seed", [-1, 1_000_000])
def test_seeds_outside_the_range_are_refused(seed: int) -> None:
    with pytest.raises(ValueError, match=r"0\.\.999999"):
        harmonic_noise(seed, 2, 8)


def test_slerp_stays_on_the_sphere_and_hits_its_ends() -> None:
    a, b = harmonic_noise(1, 32, 576), harmonic_noise(2, 32, 576)
    assert torch.equal(slerp(a, b, 0.0), a)
    assert torch.equal(slerp(a, b, 1.0), b)
    for position in (0.1, 0.5, 0.9):
        assert abs(float(slerp(a, b, position).std()) - 1) < 0.01
    torch.testing.assert_close(slerp(a, a, 0.5), a)


@pytest.mark.parametrize(
    ("frames", "other"), [(576, 545), (545, 576), (576, 600), (577, 300), (300, 577), (8, 9)]
)
def test_noise_at_another_length_is_what_the_seed_gives_there(frames: int, other: int) -> None:
    there = at_length(harmonic_noise(5, 4, frames), other, seed=5)
    torch.testing.assert_close(there, harmonic_noise(5, 4, other), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("frames", "longer"), [(90, 143), (91, 142), (90, 91)])
def test_noise_comes_back_from_a_longer_loop(frames: int, longer: int) -> None:
    noise = harmonic_noise(5, 4, frames)
    torch.testing.assert_close(at_length(at_length(noise, longer, seed=9), frames, seed=8), noise)
    assert torch.equal(at_length(noise, frames, seed=9), noise)


def test_noise_filled_up_by_another_seed_stays_white() -> None:
    noise = torch.cat([at_length(harmonic_noise(seed, 32, 300), 577, seed=seed + 100) for seed in range(20)])
    power = torch.fft.rfft(noise, norm="ortho").abs().square().mean((0, 1))
    assert 0.8 < float(power.min()) <= float(power.max()) < 1.2
