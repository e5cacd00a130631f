"""A compact EnCodec for 48 kHz stereo: continuous latents, 75 frames a second, loops in, loops out.

The encoder and decoder are SEANets of the `encodec` package with weight norm (`time_group_norm` would make the output
depend on the excerpt's length). They work on the coefficients of a short lapped transform (an MDCT of 16 bands, exact
and orthonormal) instead of samples: the layers at 48 kHz, which cost the most and learn the least, are not needed.
The encoder sees the coefficients on a logarithmic scale too, and the decoder gives each one a gain of its own, so that
what lies 60 dB below a kick is coded, and silence between two hits is silent. For hats and hiss it has noise to shape:
from latents that stand still, convolutions alone can only make tones at multiples of the frame rate.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from encodec.modules.seanet import SEANetDecoder, SEANetEncoder
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import remove_weight_norm

from model import checkpoint
from model.loops import HOP, SAMPLE_RATE
from model.noise import normals


@dataclass(frozen=True)
class CodecConfig:
    """Sizes of the codec. The product of `ratios` and `n_bands` is the hop in samples."""

    latent_channels: int = 32
    n_bands: int = 16
    n_filters: int = 96
    n_residual_layers: int = 1
    ratios: tuple[int, ...] = (8, 5)
    latent_bound: float = 4.0

    def __post_init__(self) -> None:
        hop = self.n_bands * math.prod(self.ratios)
        if hop != HOP:
            raise ValueError(f"n_bands times ratios must be {HOP} samples, got {hop}")


class LappedTransform(nn.Module):
    """MDCT with a sine window (Princen and Bradley, 1987) as a convolution: `[b, c, s] <-> [b, c * bands, s / bands]`.

    Orthonormal, with perfect reconstruction away from the ends, where the caller gives context.
    """

    basis: Tensor

    def __init__(self, n_bands: int) -> None:
        super().__init__()
        n = torch.arange(2 * n_bands, dtype=torch.float64)
        k = torch.arange(n_bands, dtype=torch.float64).unsqueeze(1)
        window = torch.sin(math.pi / (2 * n_bands) * (n + 0.5))
        basis = (
            window
            * torch.cos(math.pi / n_bands * (n + 0.5 + n_bands / 2) * (k + 0.5))
            * math.sqrt(2 / n_bands)
        )
        self.register_buffer("basis", basis.float().unsqueeze(1), persistent=False)
        self.n_bands = n_bands

    def forward(self, waveform: Tensor) -> Tensor:
        batch, channels, samples = waveform.shape
        half = self.n_bands // 2
        padded = F.pad(waveform.reshape(batch * channels, 1, samples), (half, self.n_bands - half))
        return F.conv1d(padded, self.basis, stride=self.n_bands).reshape(batch, channels * self.n_bands, -1)

    def inverse(self, bands: Tensor) -> Tensor:
        batch, rows, steps = bands.shape
        channels = rows // self.n_bands
        flat = bands.reshape(batch * channels, self.n_bands, steps)
        waveform = F.conv_transpose1d(flat, self.basis, stride=self.n_bands)
        half = self.n_bands // 2
        return waveform[..., half : half + steps * self.n_bands].reshape(batch, channels, -1)


class HashNoise(nn.Module):
    """White noise that is a function of the latents: `[b, latent_channels, frames] -> [b, rows, frames * steps]`.

    Sines of large random mixtures of a frame's latents: two frames that differ at all have unrelated noise, and rolled
    latents have rolled noise, which noise drawn by position would not. Unit variance.
    """

    weight: Tensor
    phase: Tensor

    def __init__(self, latent_channels: int, rows: int, steps: int, scale: float = 300.0) -> None:
        super().__init__()
        n = rows * steps
        drawn = torch.from_numpy(normals(0, n * (latent_channels + 1))).float().view(n, latent_channels + 1)
        self.register_buffer("weight", drawn[:, 1:, None] * scale, persistent=False)
        self.register_buffer("phase", drawn[:, 0] * scale, persistent=False)
        self.rows, self.steps = rows, steps

    @torch.no_grad()
    def forward(self, latents: Tensor) -> Tensor:
        batch, _, frames = latents.shape
        noise = torch.sin(F.conv1d(latents.float(), self.weight, self.phase)) * math.sqrt(2)
        return noise.view(batch, self.rows, self.steps, frames).mT.reshape(
            batch, self.rows, frames * self.steps
        )


def wrap(signal: Tensor, before: int, after: int, dim: int = -1) -> Tensor:
    """`signal` with its own end before it and its own start after it; any amount, also more than one period."""
    period = signal.shape[dim]
    if max(before, after) <= period:
        return torch.cat(
            [signal.narrow(dim, period - before, before), signal, signal.narrow(dim, 0, after)], dim=dim
        )
    index = torch.arange(-before, period + after, device=signal.device) % period
    return signal.index_select(dim, index)


class Codec(nn.Module):
    """Waveform `[batch, 2, samples]` <-> standardised latents `[batch, latent_channels, frames]`, both circular."""

    latent_mean: Tensor
    latent_std: Tensor
    sample_rate = SAMPLE_RATE
    hop = HOP
    context_frames = 6  # covers the receptive field of either direction (a test measures it)

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.transform = LappedTransform(config.n_bands)
        sizes: dict[str, Any] = {
            "dimension": config.latent_channels,
            "n_filters": config.n_filters,
            "n_residual_layers": config.n_residual_layers,
            "ratios": list(config.ratios),
            "norm": "weight_norm",
            "lstm": 0,
        }
        with warnings.catch_warnings():  # encodec uses torch's older weight norm, which torch tells everybody
            warnings.simplefilter("ignore", FutureWarning)
            self.encoder = SEANetEncoder(channels=4 * config.n_bands, **sizes)  # each coefficient twice
            self.decoder = SEANetDecoder(channels=6 * config.n_bands, **sizes)  # and here with two gains
        with torch.no_grad():  # gains open, noise quiet: a gain that shuts at the start stays shut
            bias: Tensor = self.decoder.model[-1].conv.conv.bias  # type: ignore[union-attr, assignment]
            bias.copy_(torch.tensor([0.0, 2.0, -3.0]).repeat_interleave(2 * config.n_bands))
        self.noise = HashNoise(config.latent_channels, 2 * config.n_bands, math.prod(config.ratios))
        self.register_buffer("latent_mean", torch.zeros(config.latent_channels, 1))
        self.register_buffer("latent_std", torch.ones(config.latent_channels, 1))

    @classmethod
    def load(cls, folder: Path) -> Codec:
        """The codec of a checkpoint folder. Raises CheckpointError, or torch's own where sizes don't fit."""
        tensors, config = checkpoint.read_part(folder, "codec")
        codec = cls(CodecConfig(**checkpoint.tuples(config)))
        codec.load_state_dict(tensors)
        return codec.eval()

    def encode_excerpt(self, waveform: Tensor) -> Tensor:
        """Softly bounded latents of an excerpt, not yet standardised; the outer frames lack context."""
        bound = self.config.latent_bound
        bands = self.transform(waveform)
        both = torch.cat([bands, torch.asinh(bands * 300.0) / 6.0], dim=1)
        return torch.tanh(self.encoder(both).float() / bound) * bound

    def decode_excerpt(self, latents: Tensor) -> Tensor:
        """Waveform of latents as `encode_excerpt` gives them; the outer frames lack context."""
        bands, gain, noise_gain = self.decoder(latents).float().chunk(3, dim=1)
        shaped_noise = self.noise(latents) * torch.sigmoid(noise_gain).square()
        return self.transform.inverse(bands * torch.sigmoid(gain).square() + shaped_noise)

    def encode(self, waveform: Tensor) -> Tensor:
        """Latents of whole loops, zero mean and unit variance over the training data.

        waveform: [batch, 2, samples], a whole number of hops; rolling it by whole frames rolls the latents.
        """
        if waveform.shape[1] != 2 or waveform.shape[-1] % HOP:
            raise ValueError(f"a loop must be [batch, 2, n * {HOP}] samples, got {tuple(waveform.shape)}")
        margin = self.context_frames
        latents = self.encode_excerpt(wrap(waveform, margin * HOP, margin * HOP))
        return (latents[..., margin:-margin] - self.latent_mean) / self.latent_std

    def decode(self, latents: Tensor) -> Tensor:
        """Waveform [batch, 2, frames * hop] of standardised latents of whole loops, without a seam."""
        margin = self.context_frames
        latents = latents * self.latent_std + self.latent_mean
        waveform = self.decode_excerpt(wrap(latents, margin, margin))
        return waveform[..., margin * HOP : -margin * HOP]

    def latent_space(self) -> str:
        """Short name of exactly these latents: the encoder and the normalisation, not the decoder.

        What a UNet was trained on; a decoder tuned further reads the same latents.
        """
        digest = hashlib.sha256()
        for name, tensor in sorted(self.state_dict().items()):
            if not name.startswith("decoder."):
                digest.update(tensor.half().cpu().numpy().tobytes())  # as it is stored
        return digest.hexdigest()[:16]

    def fuse(self) -> Codec:
        """Fold weight norm into plain weights, in place: the same output, faster; for playing, not for training."""
        for module in self.modules():
            if hasattr(module, "weight_g"):
                remove_weight_norm(module)
        return self
