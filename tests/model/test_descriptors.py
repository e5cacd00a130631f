"""Descriptors follow what they are named after, in their units, and go round the loop."""

import pytest
import torch

from model import descriptors
from model.descriptors import describe
from model.loops import FRAME_RATE, HOP

FRAMES = 300
N = FRAMES * HOP


def sine(hz: float, level: float = 0.5) -> torch.Tensor:
    return level * torch.sin(2 * torch.pi * hz * torch.arange(N) / 48_000).repeat(2, 1)


def noise(level: float = 0.1) -> torch.Tensor:
    return level * torch.randn(2, N, generator=torch.Generator().manual_seed(0))


def clicks(a_second: int) -> torch.Tensor:
    decay = torch.exp(-torch.arange(N // (4 * a_second)) / 400)
    wave = torch.zeros(2, N)
    for k in range(4 * a_second):
        start = k * N // (4 * a_second)
        wave[:, start : start + len(decay)] = decay * noise(0.5)[:, : len(decay)]
    return wave


def test_a_sine_reads_its_level_and_pitch() -> None:
    rms, centroid, _, _ = describe(sine(2000.0, 0.5))
    torch.testing.assert_close(rms, torch.full((FRAMES,), -6.02), atol=0.1, rtol=0)
    torch.testing.assert_close(centroid, torch.full((FRAMES,), 1.0), atol=0.15, rtol=0)


def test_noise_is_noisier_than_a_sine_and_brighter_than_a_bass() -> None:
    assert float(describe(noise())[2].mean()) > float(describe(sine(440.0))[2].mean()) + 20
    assert float(describe(noise())[1].mean()) > float(describe(sine(60.0))[1].mean()) + 3


@pytest.mark.parametrize("a_second", [2, 4, 8])
def test_onsets_are_counted_a_second(a_second: int) -> None:
    assert float(describe(clicks(a_second))[3].mean()) == pytest.approx(a_second, rel=0.15)


def test_rolling_the_audio_rolls_the_curves() -> None:
    wave = clicks(3) + 0.1 * sine(200.0)
    torch.testing.assert_close(
        describe(wave.roll(77 * HOP, 1)), describe(wave).roll(77, 1), atol=1e-3, rtol=0
    )


def test_silence_is_finite_and_nothing_happens_in_it() -> None:
    silent = describe(torch.zeros(2, N))
    assert bool(silent.isfinite().all())
    assert float(silent[0].max()) < -90
    assert float(silent[3].abs().max()) == 0
    assert FRAME_RATE == 75


def test_a_smoothed_constant_is_that_constant() -> None:
    torch.testing.assert_close(
        descriptors.smooth(torch.full((2, 50), 3.0), 0.25), torch.full((2, 50), 3.0), atol=1e-5, rtol=0
    )


def test_audio_that_is_no_loop_of_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="640"):
        describe(torch.zeros(2, 1000))
