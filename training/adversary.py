"""A discriminator for the codec's decoder: what no distance between spectra can say, does it sound like a recording?

EnCodec's own multi-scale STFT discriminator (arXiv:2210.13438, section 3.4) on mid and side, with its hinge and feature
losses. One backward pass serves both sides: the decoder is judged by a copy of the weights that takes no gradient.
"""

from __future__ import annotations

import torch
from encodec.msstftd import MultiScaleSTFTDiscriminator
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from model.codec import Codec, mid_side

WINDOWS = (2048, 512)  # one for tones, one for attacks
WEIGHTS = {
    "waveform": 0.5,
    "spectral": 3.0,
    "adversarial": 1.5,
    "features": 3.0,
}  # shares of the decoder's gradient
EMPHASIS = (
    0.97  # of the sample before that is taken away: loops fall by some 6 dB an octave, and hats count too
)


class Adversary(nn.Module):
    """A codec and its discriminator, which are trained together."""

    def __init__(self, codec: Codec, n_filters: int) -> None:
        super().__init__()
        self.codec = codec
        hops = [window // 4 for window in WINDOWS]
        self.discriminator = MultiScaleSTFTDiscriminator(
            n_filters, in_channels=2, n_ffts=list(WINDOWS), hop_lengths=hops, win_lengths=list(WINDOWS)
        )

    def losses(self, decoded: Tensor, target: Tensor) -> dict[str, Tensor]:
        """`adversarial` and `features` for the decoder, `discriminator` for the judge; both [batch, 2, samples].

        Neither reaches the other's weights.
        """
        decoded, target = (emphasised(mid_side(waveform)) for waveform in (decoded, target))
        level = target.square().mean((1, 2), keepdim=True).sqrt().clamp_min(1e-4)
        decoded, target = decoded / level, target / level
        frozen = {name: parameter.detach() for name, parameter in self.discriminator.named_parameters()}
        of_real, seen = self.discriminator(target)
        of_decoded, _ = self.discriminator(decoded.detach())
        asked, shown = functional_call(self.discriminator, frozen, (decoded,))
        judged = [
            functional.relu(1 - real).mean() + functional.relu(1 + made).mean()
            for real, made in zip(of_real, of_decoded, strict=True)
        ]
        distances = [
            (made - real.detach()).abs().mean() / real.detach().abs().mean().clamp_min(1e-4)
            for scale, copy in zip(seen, shown, strict=True)
            for real, made in zip(scale, copy, strict=True)
        ]
        return {
            "adversarial": torch.stack([functional.relu(1 - logit).mean() for logit in asked]).mean(),
            "features": torch.stack(distances).mean(),
            "discriminator": torch.stack(judged).mean(),
        }


def emphasised(waveform: Tensor) -> Tensor:
    """Each sample less most of the one before it."""
    return waveform[..., 1:] - EMPHASIS * waveform[..., :-1]


def balanced(losses: dict[str, Tensor], weights: dict[str, float], decoded: Tensor) -> Tensor:
    """A scalar whose gradient at `decoded`, [batch, 2, samples], has of each loss its share by weight.

    Whatever the losses' scales, as EnCodec's balancer does it (arXiv:2210.13438, eq. 5), but for each excerpt on its
    own and without a memory. The scalar itself says nothing.
    """
    total = torch.zeros_like(decoded)
    for name, weight in weights.items():
        (gradient,) = torch.autograd.grad(losses[name], decoded, retain_graph=True)
        norm = gradient.square().sum((1, 2), keepdim=True).sqrt().clamp_min(1e-12)
        total += weight / sum(weights.values()) * gradient / norm
    return (decoded * total).sum()
