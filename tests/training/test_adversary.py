"""The discriminator: who learns from which loss, and in which shares."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from model.codec import Codec, CodecConfig
from training.adversary import Adversary, balanced

SAMPLES = 8192


@pytest.fixture(scope="module")
def adversary() -> Adversary:
    torch.manual_seed(0)
    return Adversary(Codec(CodecConfig(low_filters=8, high_filters=8)), n_filters=4)


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randn(2, 2, SAMPLES).mul(0.1).requires_grad_(), torch.randn(2, 2, SAMPLES) * 0.1


def test_the_decoder_s_losses_reach_only_what_was_decoded(
    adversary: Adversary, pair: tuple[Tensor, Tensor]
) -> None:
    decoded, target = pair
    losses = adversary.losses(decoded, target)
    adversary.zero_grad()
    (losses["adversarial"] + losses["features"]).backward()
    assert decoded.grad is not None
    assert decoded.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in adversary.discriminator.parameters())


def test_the_discriminator_s_loss_reaches_only_the_discriminator(
    adversary: Adversary, pair: tuple[Tensor, Tensor]
) -> None:
    decoded, target = pair
    adversary.zero_grad()
    adversary.losses(decoded, target)["discriminator"].backward()
    assert decoded.grad is None
    assert all(parameter.grad is not None for parameter in adversary.discriminator.parameters())


def test_it_learns_to_tell_noise_from_tones_whatever_their_level(adversary: Adversary) -> None:
    torch.manual_seed(2)
    optimiser = torch.optim.AdamW(adversary.discriminator.parameters(), lr=3e-3)
    tone = torch.sin(torch.arange(SAMPLES) * 0.1).expand(2, 2, SAMPLES)
    for _ in range(30):
        level = 10 ** (torch.rand(2, 1, 1) * -2)
        told = adversary.losses(torch.randn(2, 2, SAMPLES) * level, tone * level)["discriminator"]
        optimiser.zero_grad()
        told.backward()
        optimiser.step()
    assert told < 1.0  # 2 for one that can't tell


def test_each_loss_has_its_share_of_the_gradient_whatever_its_scale() -> None:
    decoded = torch.zeros(2, 2, 8, requires_grad=True)
    losses = {
        "low": 1e-3 * decoded[..., :4].sum(),
        "high": 1e4 * decoded[..., 4:].square().add(decoded[..., 4:]).sum(),
    }
    balanced(losses, {"low": 1.0, "high": 3.0}, decoded).backward()
    assert decoded.grad is not None
    low, high = (part.square().sum((1, 2)).sqrt() for part in decoded.grad.split(4, dim=2))
    torch.testing.assert_close(low, torch.full((2,), 0.25))
    torch.testing.assert_close(high, torch.full((2,), 0.75))
