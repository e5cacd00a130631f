"""Audio tower: sound becomes a unit vector in the text tower's space. A small circular convolutional net."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torchaudio
from torch import Tensor, nn
from torch.nn import functional as F

from model import checkpoint
from model.checkpoint import CheckpointError
from model.codec import wrap
from model.loops import SAMPLE_RATE

PART = "audio"  # of a checkpoint
HOP = 1280  # samples of a frame, about: 37.5 frames a second
WINDOW, N_MELS = 2048, 80  # 30 Hz to 20 kHz: what sounds, and when
TONAL_WINDOW, N_SEMITONES, LOWEST_HZ = 8192, 48, 110.0  # four octaves from A2: which notes
N_BANDS = N_MELS + N_SEMITONES
STRIDE = 4  # the net's lowest level has a quarter of the frames
FLOOR = 1e-6  # of the power that white noise as loud as the whole would have in a band
CHUNK = 512  # frames analysed at once


@dataclass(frozen=True)
class AudioSettings:
    """Sizes of the net, saved with its weights. `widths`: channels at a half and at a quarter of the frames."""

    dim: int = 128  # of the vector that comes out
    widths: tuple[int, int] = (192, 256)
    n_blocks: tuple[int, int] = (1, 3)  # at each level; dilated by 1, 2, 4, ...
    hidden: int = 256  # between pooling and vector
    dropout: float = 0.1  # in training only

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            sizes = () if name == "dropout" else value if isinstance(value, tuple) else (value,)
            if any(not isinstance(size, int) or size < 1 for size in sizes):
                raise ValueError(f"{name} must be whole numbers above 0, got {value!r}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be in 0..1, got {self.dropout!r}")


def n_frames(n_samples: int) -> int:
    """Frames of so many samples: one in about HOP; a multiple of STRIDE, so that every level divides the loop."""
    return STRIDE * max(1, round(n_samples / HOP / STRIDE))


@cache
def _filters(window: int) -> Tensor:
    """Bands from the bins of a window, [bins, bands]; each band's weights sum to 1."""
    bins = window // 2 + 1
    if window == WINDOW:
        weights = torchaudio.functional.melscale_fbanks(bins, 30.0, 20_000.0, N_MELS, SAMPLE_RATE)
    else:  # triangles on a scale of semitones, as wide as the step to the next one
        hertz = torch.arange(1, bins, dtype=torch.float64) * SAMPLE_RATE / window
        semitones = 12 * torch.log2(hertz / LOWEST_HZ)
        distance = (semitones[:, None] - torch.arange(N_SEMITONES)).abs()
        weights = F.pad((1 - distance).clamp(min=0).float(), (0, 0, 1, 0))
    normalised: Tensor = weights / weights.sum(0, keepdim=True)
    return normalised


def spectrum(waveform: Tensor, is_loop: bool = True) -> Tensor:
    """Log power in N_BANDS bands, [n_frames(samples), N_BANDS] (natural log), of a clip brought to an RMS of 1.

    waveform: [channels, samples] at 48 kHz; the channels' powers are averaged, so nothing cancels out, and level,
    polarity and left against right don't matter. Frames are spread evenly over the clip. A loop goes round; what is
    none has silence before and after it. ValueError: no samples, or values that are no numbers.
    """
    if waveform.ndim != 2 or waveform.shape[1] == 0:
        raise ValueError(f"a waveform must be [channels, samples], got the shape {tuple(waveform.shape)}")
    if not bool(torch.isfinite(waveform).all()):
        raise ValueError("a waveform must be of finite numbers; this one has NaN or infinity in it")
    samples, waveform = waveform.shape[1], waveform.float()
    waveform = waveform / waveform.square().mean().sqrt().clamp(min=1e-8)
    frames = n_frames(samples)
    centres = (torch.arange(frames, dtype=torch.float64) * samples / frames).round().long()
    parts = []
    for window in (WINDOW, TONAL_WINDOW):
        half, shape = window // 2, torch.hann_window(window)
        shape = shape / shape.square().sum().sqrt()
        padded = wrap(waveform, half, half) if is_loop else F.pad(waveform, (half, half))
        filters, inside = _filters(window), torch.arange(window)
        rows = []
        for some in torch.split(centres, CHUNK):
            spectra = torch.fft.rfft(padded[:, some[:, None] + inside] * shape)
            power = (spectra.real.square() + spectra.imag.square()).mean(0)
            rows.append(power @ filters)
        parts.append(torch.cat(rows))
    return (torch.cat(parts, dim=1) + FLOOR).log()


class Conv(nn.Module):
    """A convolution over frames, [batch, frames, channels], round a loop or not. One matrix product: fast on CPUs."""

    def __init__(
        self, channels_in: int, channels: int, size: int, dilation: int = 1, stride: int = 1
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(size * channels_in, channels)
        self.size, self.dilation, self.stride = size, dilation, stride

    def forward(self, x: Tensor, is_loop: bool) -> Tensor:
        frames, reach = x.shape[1], (self.size - 1) * self.dilation
        before, after = reach // 2, reach - reach // 2
        padded = wrap(x, before, after, dim=1) if is_loop else F.pad(x, (0, 0, before, after))
        starts = range(0, reach + 1, self.dilation)
        convolved: Tensor = self.linear(
            torch.cat([padded[:, i : i + frames : self.stride] for i in starts], dim=2)
        )
        return convolved


class Block(nn.Module):
    """Two convolutions, joined to their input."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.conv_1 = Conv(channels, channels, 3, dilation)
        self.conv_2 = Conv(channels, channels, 3)
        nn.init.zeros_(self.conv_2.linear.weight)

    def forward(self, x: Tensor, is_loop: bool) -> Tensor:
        h = F.gelu(self.conv_1(self.norm(x), is_loop))
        joined: Tensor = x + self.conv_2(h, is_loop)
        return joined


class AudioEncoder(nn.Module):
    """Spectra to unit vectors."""

    band_mean: Tensor
    band_std: Tensor

    def __init__(self, settings: AudioSettings) -> None:
        super().__init__()
        self.settings = settings
        self.register_buffer("band_mean", torch.zeros(N_BANDS))
        self.register_buffer("band_std", torch.ones(N_BANDS))
        upper, lower = settings.widths
        self.stem = Conv(N_BANDS, upper, 5, stride=2)
        self.upper = nn.ModuleList(Block(upper, 2**i) for i in range(settings.n_blocks[0]))
        self.down = Conv(upper, lower, 4, stride=2)
        self.lower = nn.ModuleList(Block(lower, 2**i) for i in range(settings.n_blocks[1]))
        self.norm = nn.LayerNorm(lower)
        self.inner = nn.Linear(2 * lower, settings.hidden)
        self.dropout = nn.Dropout(settings.dropout)
        self.outer = nn.Linear(settings.hidden, settings.dim)

    def pool(self, spectra: Tensor, is_loop: bool = True) -> Tensor:
        """What the clip holds as a whole, [batch, hidden]. spectra: [batch, frames, N_BANDS], from `spectrum`."""
        h = self.stem((spectra - self.band_mean) / self.band_std, is_loop)
        for block in self.upper:
            h = block(h, is_loop)
        h = self.down(F.gelu(h), is_loop)
        for block in self.lower:
            h = block(h, is_loop)
        h = self.norm(h)
        pooled: Tensor = self.dropout(F.gelu(self.inner(torch.cat([h.mean(1), h.amax(1)], dim=1))))
        return pooled

    def project(self, pooled: Tensor) -> Tensor:
        """Pooled, [batch, hidden], to unit vectors, [batch, dim]."""
        return F.normalize(self.outer(pooled).float(), dim=-1)

    def forward(self, spectra: Tensor, is_loop: bool = True) -> Tensor:
        """[batch, frames, N_BANDS] -> [batch, dim]"""
        return self.project(self.pool(spectra, is_loop))


class AudioTower:
    """The trained audio tower, on the CPU. Same sound, same vector; any thread may call it."""

    def __init__(self, encoder: AudioEncoder, space: str) -> None:
        self.encoder = encoder.eval().requires_grad_(False)
        self.space = space  # of the text tower whose space it was fitted into
        self.dim = encoder.settings.dim

    @classmethod
    def load(cls, folder: Path) -> AudioTower:
        """The part PART of a checkpoint. CheckpointError: it has none, or one that is damaged or doesn't fit."""
        tensors, config = checkpoint.read_part(folder, PART)
        try:
            encoder = AudioEncoder(AudioSettings(**checkpoint.tuples(config["sizes"])))
            encoder.load_state_dict(tensors)
            return cls(encoder, config["embedding_space"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"the audio tower of {folder} does not fit this program: {error}") from None

    def embed(self, waveform: Tensor, is_loop: bool = True) -> Tensor:
        """Unit vector [dim], float32, of [channels, samples] at 48 kHz, of any length.

        Level, polarity, left against right, and for a loop also where it begins, make no difference. Silence has
        a vector too, of no meaning. ValueError: no samples, or values that are no numbers.
        """
        with torch.inference_mode():
            vectors: Tensor = self.encoder(spectrum(waveform, is_loop).unsqueeze(0), is_loop)
        return vectors[0].clone()  # out of inference mode, so that a training may use it


def save(folder: Path, encoder: AudioEncoder, space: str, **about: Any) -> None:
    """Write the part PART, float16, with the name of the text space that it was fitted into."""
    config = {"sizes": asdict(encoder.settings), "embedding_space": space, **about}
    checkpoint.write_part(folder, PART, checkpoint.int8(encoder.state_dict()), config)
