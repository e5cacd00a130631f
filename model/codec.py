"""A compact EnCodec for 48 kHz stereo: continuous latents, 75 frames a second, loops in, loops out.

Two pairs of SEANets of the `encodec` package share the work, each on the coefficients of a short lapped transform (an
MDCT, exact and orthonormal) instead of samples: the layers at 48 kHz, which cost the most and learn the least, are not
needed. What a loop's energy is made of, kicks, basses and the fundamentals of chords below 1.6 kHz, is coded as a
waveform by the first pair. All above is coded as texture by the second, on narrow bands of mid and side; its decoder
is told the lows, and what a distortion makes of them. Apart, neither has to choose between a kick's phase and the hiss
of a hat.

The encoders see the coefficients on a logarithmic scale too, and the decoders give each one a gain of its own, so that
what lies 60 dB below a kick is coded, and silence between two hits is silent. For hats and hiss they have noise to
shape: from latents that stand still, convolutions alone can only make tones at multiples of the frame rate. (Weight
norm, as `time_group_norm` would make the output depend on the excerpt's length.)
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from encodec.modules.seanet import SEANetDecoder, SEANetEncoder
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import remove_weight_norm

from model import checkpoint
from model.cores import Cores
from model.loops import HOP, SAMPLE_RATE
from model.noise import normals

_FRAMES_A_PART = 96  # at least, of what a core decodes: each part's context is decoded twice


@dataclass(frozen=True)
class CodecConfig:
    """Sizes of the codec. The product of a pair's `ratios` and `bands` is the hop in samples."""

    latent_channels: int = 48
    low_channels: int = 32  # of them, the first, for the lows
    n_low: tuple[int, int] = (44, 4)  # what counts as lows of mid and of side: 37.5 Hz each, from 0 Hz
    low_bands: int = 16
    low_filters: int = 96
    low_ratios: tuple[int, ...] = (8, 5)
    high_bands: int = 64
    high_filters: int = 128
    high_ratios: tuple[int, ...] = (5, 2)
    n_residual_layers: int = 1
    has_overtones: bool = False  # whether the highs are told what a distortion makes of the lows
    has_levels: bool = False  # whether the highs' latents are levels of bands, not learnt
    noise_ceiling: float = 1.0  # of the noise, in RMS of a band over the whole corpus: a hit is louder
    latent_bound: float = 4.0

    def __post_init__(self) -> None:
        for bands, ratios in ((self.low_bands, self.low_ratios), (self.high_bands, self.high_ratios)):
            hop = bands * math.prod(ratios)
            if hop != HOP:
                raise ValueError(f"bands times ratios must be {HOP} samples, got {hop}")
        if not 0 < self.low_channels < self.latent_channels:
            raise ValueError(
                f"low_channels must leave some of {self.latent_channels} channels, got {self.low_channels}"
            )


class LappedTransform(nn.Module):
    """MDCT with a sine window (Princen and Bradley, 1987) as a product: `[b, 2, s] <-> [b, rows, s / bands]`.

    Orthonormal, with perfect reconstruction away from the ends, where the caller gives context. `kept`: how many bands
    of each of the two channels there are, lowest first; all by default.
    """

    basis: Tensor

    def __init__(self, n_bands: int, kept: tuple[int, int] | None = None) -> None:
        super().__init__()
        n = torch.arange(2 * n_bands, dtype=torch.float64)
        k = torch.arange(n_bands, dtype=torch.float64).unsqueeze(1)
        window = torch.sin(math.pi / (2 * n_bands) * (n + 0.5))
        basis = (
            window
            * torch.cos(math.pi / n_bands * (n + 0.5 + n_bands / 2) * (k + 0.5))
            * math.sqrt(2 / n_bands)
        )
        self.register_buffer("basis", basis.float(), persistent=False)
        self.n_bands, self.kept = n_bands, kept or (n_bands, n_bands)

    def forward(self, waveform: Tensor) -> Tensor:
        half = self.n_bands // 2
        blocks = F.pad(waveform, (half, self.n_bands - half)).unfold(2, self.n_bands, self.n_bands)
        rows = []
        for channel, n in zip(blocks.unbind(1), self.kept, strict=True):
            first, second = self.basis[:n].chunk(2, dim=1)
            rows.append((channel[:, :-1] @ first.T + channel[:, 1:] @ second.T).mT)
        return torch.cat(rows, dim=1)

    def inverse(self, bands: Tensor) -> Tensor:
        half, samples = self.n_bands // 2, bands.shape[2] * self.n_bands
        channels = []
        for rows, n in zip(torch.split(bands, list(self.kept), dim=1), self.kept, strict=True):
            first, second = (rows.mT @ self.basis[:n]).chunk(2, dim=2)
            overlapped = F.pad(first, (0, 0, 0, 1)) + F.pad(second, (0, 0, 1, 0))
            channels.append(overlapped.flatten(1)[:, half : half + samples])
        return torch.stack(channels, dim=1)


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


class Overtones(nn.Module):
    """What a distortion makes of the lows: tones above them and in phase with them, at one level, for gains to shape.

    As a codec's spectral band replication copies lows upwards, but with harmonics where an instrument has them: a
    resonance that sweeps over a saw tooth needs its level coded, not the phases of its partials. One waveshaper is
    odd, one is even.
    """

    def __init__(self, n_bands: int) -> None:
        super().__init__()
        self.transform = LappedTransform(n_bands)

    @torch.no_grad()
    def forward(self, lows: Tensor) -> Tensor:
        """Lows of mid, whitened, `[b, samples]` -> bands of both tones, `[b, 2 * bands, steps]`, of unit variance."""
        lows = lows / self._level(lows.unsqueeze(1), HOP + 1, 1e-4).squeeze(1)
        bands = self.transform(torch.stack([torch.tanh(4.0 * lows), lows.abs()], dim=1))
        whitened: Tensor = bands / self._level(bands, 11, 1e-6)
        return whitened

    @staticmethod
    def _level(signal: Tensor, size: int, floor: float) -> Tensor:
        return (running_mean(signal.square(), size) + floor).sqrt()


class Levels(nn.Module):
    """How loud the highs are, as latents: principal components of the levels of bands, in dB, and back.

    What a small encoder has to learn for hours, the level of every hat and of a resonance that sweeps, is linear in
    these: bands a quarter of their frequency wide, of mid twice a frame (6.7 ms), of side once and relative to mid.
    What lies below `LOWEST_HZ` of mid is the lows' own.
    """

    LOWEST_HZ, WIDTH = 375.0, 0.24
    PER_FRAME, FLOOR, SIDE_WEIGHT = 2, 1e-7, 0.35
    PLAIN_DB = 12.0  # of a component, over all bands together: one that moves less is of less importance

    mean: Tensor
    basis: Tensor
    _mixing: Tensor
    _spreading: Tensor
    _weight: Tensor

    def __init__(self, n_bands: int, n_components: int) -> None:
        super().__init__()
        band_hz = SAMPLE_RATE / 2 / n_bands
        edges = [0, round(self.LOWEST_HZ / band_hz)]
        while edges[-1] < n_bands:
            width = max(1, round(self.WIDTH * edges[-1]))
            edges.append(min(n_bands, edges[-1] + width))
        self.n_groups, self.steps = len(edges) - 1, HOP // n_bands  # steps a frame
        sizes = torch.tensor(edges).diff()
        mixing = torch.repeat_interleave(torch.eye(self.n_groups), sizes, dim=1)  # [groups, bands]
        self.register_buffer("_mixing", mixing / sizes.unsqueeze(1), persistent=False)
        self.register_buffer("_spreading", mixing.T.contiguous(), persistent=False)
        n_mid = (self.n_groups - 1) * self.PER_FRAME
        weight = torch.ones(n_mid + self.n_groups, 1)
        weight[n_mid:] = self.SIDE_WEIGHT
        self.register_buffer("_weight", weight, persistent=False)
        self.register_buffer("mean", torch.zeros(len(weight), 1))
        self.register_buffer("basis", torch.eye(len(weight))[:, :n_components].contiguous())

    def forward(self, bands: Tensor) -> Tensor:
        """Bands of mid and side `[b, 2 * bands, steps]` -> components `[b, components, frames]`, of unit variance."""
        centred = (self.measured(bands) - self.mean) * self._weight
        return (self.basis.T / self.basis.square().sum(0).unsqueeze(1)) @ centred

    def amplitudes(self, components: Tensor) -> Tensor:
        """RMS of each band of mid and side, `[b, 2 * bands, steps]`."""
        levels = (self.basis @ components) / self._weight + self.mean
        n_mid = (self.n_groups - 1) * self.PER_FRAME
        mid, side = levels[:, :n_mid], levels[:, n_mid:]
        mid = mid.view(len(mid), self.PER_FRAME, self.n_groups - 1, -1).permute(0, 2, 3, 1).flatten(2)
        mid = (10.0 ** (mid / 10) - self.FLOOR).clamp_min(0.0)
        mid = F.pad(mid, (0, 0, 1, 0))  # silent where the lows are
        side = 10.0 ** (side / 10) * self._beside(mid)
        mid = mid.repeat_interleave(self.steps // self.PER_FRAME, 2)
        side = side.repeat_interleave(self.steps, 2)
        return torch.cat([self._spreading @ mid, self._spreading @ side], dim=1).sqrt()

    @property
    def importance(self) -> Tensor:
        """How much an error of each component is heard, [components]: 1 of the loudest, less of the finest.

        The last ones are little but the chance of noise in short windows, which nobody can guess.
        """
        size = self.basis.square().sum(0).sqrt()
        return (size / self.PLAIN_DB).clamp(max=1.0)

    def measured(self, bands: Tensor) -> Tensor:
        """Levels in dB, `[b, rows, frames]`: of mid, each part of a frame one after the other, then of side."""
        mid, side = (self._mixing @ part.square() for part in bands.chunk(2, dim=1))
        mid, side = F.avg_pool1d(mid, self.steps // self.PER_FRAME), F.avg_pool1d(side, self.steps)
        over = self._beside(mid)
        of_side = (10 * torch.log10((side + self.FLOOR) / (over + self.FLOOR))).clamp(-30.0, 10.0)
        of_mid = 10 * torch.log10(mid[:, 1:] + self.FLOOR)
        of_mid = of_mid.view(*of_mid.shape[:2], -1, self.PER_FRAME).permute(0, 3, 1, 2).flatten(1, 2)
        return torch.cat([of_mid, of_side], dim=1)

    def fit(self, measured: Tensor) -> None:
        """Set mean and components from measured levels, [rows, frames]."""
        mean = measured.mean(1, keepdim=True)
        centred = ((measured - mean) * self._weight).double()
        vectors, values, _ = torch.linalg.svd(centred @ centred.T / centred.shape[1])
        kept = self.basis.shape[1]
        self.mean.copy_(mean)
        self.basis.copy_(vectors[:, :kept] * values[:kept].sqrt())

    def _beside(self, mid: Tensor) -> Tensor:
        """Power of mid that a group of side is relative to, a frame at a time; the lowest one takes its neighbour's."""
        power = F.avg_pool1d(mid, self.PER_FRAME)
        return torch.cat([power[:, 1:2], power[:, 1:]], dim=1)


def running_mean(signal: Tensor, size: int) -> Tensor:
    """Mean of the `size` values round each, fewer at the ends, [..., n] -> [..., n]; size is odd.

    From sums of 1, 2, 4 ... values, so that a long one costs little, and is rounded everywhere alike.
    """
    n, half = signal.shape[-1], size // 2
    sums, total = F.pad(signal, (half, half)), torch.zeros_like(signal)
    begin, width = 0, 1
    while width <= size:
        if size & width:
            total = total + sums[..., begin : begin + n]
            begin += width
        sums = sums[..., :-width] + sums[..., width:]
        width *= 2
    place = torch.arange(n, device=signal.device)
    return total / ((place + half).clamp(max=n - 1) - (place - half).clamp(min=0) + 1)


def wrap(signal: Tensor, before: int, after: int, dim: int = -1) -> Tensor:
    """`signal` with its own end before it and its own start after it; any amount, also more than one period."""
    period = signal.shape[dim]
    if max(before, after) <= period:
        return torch.cat(
            [signal.narrow(dim, period - before, before), signal, signal.narrow(dim, 0, after)], dim=dim
        )
    index = torch.arange(-before, period + after, device=signal.device) % period
    return signal.index_select(dim, index)


def mid_side(waveform: Tensor) -> Tensor:
    """[batch, 2, samples] of left and right as mid and side, or back: orthonormal, its own inverse."""
    left, right = waveform.unbind(1)
    return torch.stack([left + right, left - right], dim=1) * math.sqrt(0.5)


class BandCodec(nn.Module):
    """One pair of SEANets: two channels of samples `[b, 2, samples]` to `[b, code, frames]`, and other codes back.

    noise_from: channels of what the noise is hashed from.
    """

    band_std: Tensor
    reach = 6  # frames that cover the receptive field of either direction (a test measures it)

    def __init__(
        self,
        n_bands: int,
        ratios: Sequence[int],
        n_filters: int,
        n_residual_layers: int,
        code: int,
        code_back: int,
        noise_from: int,
        has_overtones: bool = False,
        has_levels: bool = False,
        noise_ceiling: float = 1.0,
    ) -> None:
        super().__init__()
        self.noise_ceiling = noise_ceiling
        n_parts = 5 if has_overtones else 3  # bands, their gain, the noise's, the two overtones'
        self.transform = LappedTransform(n_bands)
        sizes: dict[str, Any] = {
            "n_filters": n_filters,
            "n_residual_layers": n_residual_layers,
            "ratios": list(ratios),
            "norm": "weight_norm",
            "lstm": 0,
        }
        with warnings.catch_warnings():  # encodec uses torch's older weight norm, which torch tells everybody
            warnings.simplefilter("ignore", FutureWarning)
            self.encoder = (
                None if has_levels else SEANetEncoder(channels=4 * n_bands, dimension=code, **sizes)
            )
            self.decoder = SEANetDecoder(channels=2 * n_parts * n_bands, dimension=code_back, **sizes)
        with torch.no_grad():  # gains open, noise quiet: a gain that shuts at the start stays shut
            bias: Tensor = self.decoder.model[-1].conv.conv.bias  # type: ignore[union-attr, assignment]
            begin = [0.0, 2.0, -1.0 if has_levels else -3.0, 0.0, 0.0]
            bias.copy_(torch.tensor(begin[:n_parts]).repeat_interleave(2 * n_bands))
        self.noise = HashNoise(noise_from, 2 * n_bands, math.prod(ratios))
        self.register_buffer("band_std", torch.ones(2 * n_bands, 1))
        self.levels = Levels(n_bands, code) if has_levels else None

    def encode(self, signal: Tensor) -> Tensor:
        bands = self.transform(signal)
        code: Tensor
        if self.levels is not None:
            code = self.levels(bands)
            return code
        assert self.encoder is not None
        bands = bands / self.band_std  # the encoder sees each one twice
        code = self.encoder(torch.cat([bands, torch.asinh(bands * 300.0) / 6.0], dim=1)).float()
        return code

    def decode(
        self, code: Tensor, noise_from: Tensor, overtones: Tensor | None = None, scale: Tensor | None = None
    ) -> Tensor:
        """overtones: as `Overtones` makes them, where the net was made for them. scale: of each band, here and now."""
        bands, gain, noise_gain, *amounts = self.decoder(code).float().split(len(self.band_std), dim=1)
        shaped_noise = self.noise(noise_from) * torch.sigmoid(noise_gain).square() * self.noise_ceiling
        if overtones is not None:
            for each, amount in zip(overtones.chunk(2, dim=1), amounts, strict=True):
                bands = bands + torch.cat([each, each], dim=1) * amount  # of mid, and of side
        shaped = bands * torch.sigmoid(gain).square() + shaped_noise
        return self.transform.inverse(shaped * (self.band_std if scale is None else scale))


class Codec(nn.Module):
    """Waveform `[batch, 2, samples]` <-> standardised latents `[batch, latent_channels, frames]`, both circular."""

    low_std: Tensor
    latent_mean: Tensor
    latent_std: Tensor
    sample_rate = SAMPLE_RATE
    hop = HOP
    # Decoding, one pair follows the other, and the lows' window is long.
    context_frames = 2 * BandCodec.reach + 1

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.cores: Cores | None = None  # to decode on, where nothing is learnt
        self._fused_from: str | None = None  # the latent space, whose weights are folded
        n_low, high_channels = sum(config.n_low), config.latent_channels - config.low_channels
        self.long_transform = LappedTransform(HOP, config.n_low)
        self.low = BandCodec(
            config.low_bands,
            config.low_ratios,
            config.low_filters,
            config.n_residual_layers,
            code=config.low_channels,
            code_back=config.low_channels,
            noise_from=config.low_channels,
        )
        self.high = BandCodec(
            config.high_bands,
            config.high_ratios,
            config.high_filters,
            config.n_residual_layers,
            code=high_channels,
            code_back=n_low + high_channels,
            noise_from=config.latent_channels,
            has_overtones=config.has_overtones,
            has_levels=config.has_levels,
            noise_ceiling=config.noise_ceiling,
        )
        self.overtones = Overtones(config.high_bands) if config.has_overtones else None
        self.register_buffer("low_std", torch.ones(n_low, 1))
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
        low, high = self.low.encode(waveform), self.high.encode(mid_side(waveform))
        if self.high.levels is None:
            high = torch.tanh(high / bound) * bound
        return torch.cat([torch.tanh(low / bound) * bound, high], dim=1)

    def decode_excerpt(self, latents: Tensor) -> Tensor:
        """Waveform of latents as `encode_excerpt` gives them; the outer frames lack context."""
        n_low = self.config.low_channels
        low, high = latents[:, :n_low], latents[:, n_low:]
        coefficients = self.long_transform(mid_side(self.low.decode(low, low)))
        companded = torch.asinh(coefficients / self.low_std) / 0.75  # of about unit variance
        overtones = None
        if self.overtones is not None:
            overtones = self.overtones(self.long_transform.inverse(companded)[:, 0])
        levels = self.high.levels
        scale = None if levels is None else levels.amplitudes(high)
        texture = self.high.decode(torch.cat([companded, high], dim=1), latents, overtones, scale)
        return mid_side(self.long_transform.inverse(coefficients) + texture)

    @torch.no_grad()
    def fit(self, waveforms: Sequence[Tensor]) -> None:
        """Set what coefficients are divided by, their RMS over these loops, each [2, samples]."""
        transforms = (self.long_transform, self.high.transform)
        powers: tuple[list[Tensor], list[Tensor]] = ([], [])
        for waveform in waveforms:
            for transform, power in zip(transforms, powers, strict=True):
                power.append(transform(mid_side(waveform.unsqueeze(0))).square().mean((0, 2)))
        if (levels := self.high.levels) is not None:
            measured = [
                levels.measured(self.high.transform(mid_side(each.unsqueeze(0))))[0] for each in waveforms
            ]
            levels.fit(torch.cat(measured, dim=1))
        for std, power in zip((self.low_std, self.high.band_std), powers, strict=True):
            std.copy_(torch.stack(power).mean(0).sqrt().clamp_min(1e-5).unsqueeze(1))

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
        frames, margin = latents.shape[2], self.context_frames
        latents = wrap(latents * self.latent_std + self.latent_mean, margin, margin)
        n_parts = 1 if self.cores is None else max(1, min(self.cores.n, frames // _FRAMES_A_PART))
        if self.cores is None or n_parts == 1:
            return self._decode_inside(latents)
        ends = [frames * i // n_parts for i in range(n_parts + 1)]
        parts = [latents[..., start : end + 2 * margin] for start, end in pairwise(ends)]
        return torch.cat(self.cores.map(self._decode_inside, parts), dim=2)

    def _decode_inside(self, latents: Tensor) -> Tensor:
        """Waveform of all frames that have their context."""
        margin = self.context_frames * HOP
        return self.decode_excerpt(latents)[..., margin:-margin]

    def importance(self) -> Tensor:
        """How much an error of each latent channel counts, [latent_channels], 1 at most: what UNets are trained by."""
        weights = torch.ones(self.config.latent_channels, device=self.latent_mean.device)
        if self.high.levels is not None:
            weights[self.config.low_channels :] = self.high.levels.importance
        return weights

    def latent_space(self) -> str:
        """Short name of exactly these latents: the encoder and the normalisation, not the decoder.

        What a UNet was trained on; a decoder tuned further reads the same latents.
        """
        if self._fused_from is not None:
            return self._fused_from
        digest = hashlib.sha256()
        for name, tensor in sorted(self.stored().items()):
            if ".decoder." not in name:
                digest.update(tensor.cpu().numpy().tobytes())
        return digest.hexdigest()[:16]

    def stored(self) -> dict[str, Tensor]:
        """Tensors as a part holds them: encoders, which only new sounds pass, as int8, all else as float16."""
        state = self.state_dict()
        encoders = {name: tensor for name, tensor in state.items() if ".encoder." in name}
        rest = {name: tensor for name, tensor in state.items() if name not in encoders}
        return checkpoint.half(rest) | checkpoint.int8(encoders)

    def fuse(self) -> Codec:
        """Fold weight norm into plain weights, in place: the same output, faster; for playing, not for training."""
        self._fused_from = self.latent_space()
        for module in self.modules():
            if hasattr(module, "weight_g"):
                remove_weight_norm(module)
        return self
