"""Meta's pretrained EnCodec (arXiv:2210.13438) as the codec: loops in, continuous latents at 75 Hz, loops out.

Encoder and decoder only: latents are taken before the quantiser. Same interface as `model.codec.Codec`.

encodec_24khz is mono and causal, 128 channels. A loop is mixed down, resampled to 24 kHz and back as the periodic
signal that it is, and comes back with both channels the same and nothing above 12 kHz. The nets run in with 2 s of the
loop's own end before its start: there they are exact as far as their LSTM forgets what was longer ago.

encodec_48khz is stereo, not causal, and works on chunks of 1 s, each divided by its loudness; `time_group_norm` makes
every latent depend on all of its chunk. Chunks are laid evenly round the loop, each overlapping the next by at least a
frame (Meta's: by 1 %), so that no place is a seam; a frame's latents are those of the chunk in which it is farther from
an edge. So latents are exactly what Meta's encoder makes of these chunks, and rolling the loop from one chunk to the
next rolls them; rolling it by another amount also changes them a little. 257 channels: the two 150 Hz latents of a
75 Hz frame one above the other, and the logarithm of the loudness, which the others don't tell. Decoded chunks are
joined under Meta's triangular weights and then given their loudness, ramped from frame to frame: inside a chunk that is
Meta's decoding, and where two meet there is no step, wherever a UNet put them.
"""

from __future__ import annotations

import hashlib
import math
import pickle
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from encodec.modules.seanet import SEANetDecoder, SEANetEncoder
from torch import Tensor, nn
from torch.nn import functional as F

from model import checkpoint
from model.checkpoint import CheckpointError
from model.codec import wrap
from model.loops import FRAME_RATE, HOP, SAMPLE_RATE, resample_periodic

META_HOP = 320  # of both models, each at its own rate
DIMENSION = 128  # of Meta's latents
CONTEXT_FRAMES = 2 * FRAME_RATE
CHUNK_FRAMES = FRAME_RATE  # 1 s
LICENCE = "Meta's: encodec 0.1.1, which publishes these weights, is CC BY-NC 4.0"
# Of a chunk's loudness: from -80 dB, below which nothing is heard, to 12 dB over full scale.
LOG_SCALE_RANGE = (math.log(1e-4), math.log(4.0))


@dataclass(frozen=True)
class Pretrained:
    """One of Meta's models. `file` ends with the first eight digits of its SHA-256."""

    file: str
    latent_channels: int
    nets: dict[str, Any]  # what its SEANets differ in


PRETRAINED = {
    "encodec_24khz": Pretrained(
        "encodec_24khz-d7cc33bc.th", DIMENSION, {"channels": 1, "causal": True, "norm": "none"}
    ),
    "encodec_48khz": Pretrained(
        "encodec_48khz-7e698e3e.th", 2 * DIMENSION + 1, {"channels": 2, "norm": "time_group_norm"}
    ),
}


@dataclass(frozen=True)
class MetaConfig:
    """Which of Meta's models; and for the record the file that its weights came from, and their licence."""

    kind: str
    source: str = ""
    licence: str = LICENCE

    def __post_init__(self) -> None:
        if self.kind not in PRETRAINED:
            raise ValueError(f"codec kind must be one of {', '.join(PRETRAINED)}, got {self.kind!r}")

    @property
    def latent_channels(self) -> int:
        return PRETRAINED[self.kind].latent_channels


class MetaCodec(nn.Module, ABC):
    """Waveform `[batch, 2, samples]` at 48 kHz <-> standardised latents `[batch, latent_channels, frames]`."""

    latent_mean: Tensor
    latent_std: Tensor
    sample_rate = SAMPLE_RATE
    hop = HOP

    def __init__(self, config: MetaConfig) -> None:
        super().__init__()
        self.config = config
        nets = PRETRAINED[config.kind].nets
        self.encoder = SEANetEncoder(**nets)
        self.decoder = SEANetDecoder(**nets)
        self.register_buffer("latent_mean", torch.zeros(config.latent_channels, 1))
        self.register_buffer("latent_std", torch.ones(config.latent_channels, 1))

    @abstractmethod
    def encode_raw(self, waveform: Tensor) -> Tensor:
        """Latents of whole loops as Meta's encoder gives them, not yet standardised."""

    @abstractmethod
    def decode_raw(self, latents: Tensor) -> Tensor:
        """Waveform of latents as `encode_raw` gives them."""

    def encode(self, waveform: Tensor) -> Tensor:
        """Latents of whole loops, zero mean and unit variance over the data that the normalisation was fitted to.

        waveform: [batch, 2, samples], a whole number of hops.
        """
        if waveform.shape[1] != 2 or waveform.shape[-1] % HOP:
            raise ValueError(f"a loop must be [batch, 2, n * {HOP}] samples, got {tuple(waveform.shape)}")
        return (self.encode_raw(waveform) - self.latent_mean) / self.latent_std

    def decode(self, latents: Tensor) -> Tensor:
        """Waveform [batch, 2, frames * hop] of standardised latents of whole loops, without a seam."""
        return self.decode_raw(latents * self.latent_std + self.latent_mean)

    def importance(self) -> Tensor:
        """How much an error of each latent channel counts: of these all the same."""
        return torch.ones(self.config.latent_channels)

    def latent_space(self) -> str:
        """Short name of exactly these latents: the encoder and the normalisation, not the decoder."""
        digest = hashlib.sha256(self.config.kind.encode())
        for name, tensor in sorted(self.state_dict().items()):
            if not name.startswith("decoder."):
                digest.update(tensor.cpu().numpy().tobytes())
        return digest.hexdigest()[:16]

    def fuse(self) -> MetaCodec:
        """As it is: weight norm was folded when the weights were read."""
        return self

    def save(self, folder: Path) -> None:
        """Write our copy to a checkpoint folder, float32 as Meta's, so that the latents are the same."""
        checkpoint.write_part(folder, "codec", self.state_dict(), asdict(self.config))


class Encodec24(MetaCodec):
    """Mono at 24 kHz, 75 latents a second, causal."""

    def encode_raw(self, waveform: Tensor) -> Tensor:
        frames = waveform.shape[-1] // HOP
        mono = resample_periodic(waveform.mean(1, keepdim=True), frames * META_HOP)
        latents: Tensor = self.encoder(wrap(mono, CONTEXT_FRAMES * META_HOP, 0))
        return latents[..., CONTEXT_FRAMES:]

    def decode_raw(self, latents: Tensor) -> Tensor:
        mono: Tensor = self.decoder(wrap(latents, CONTEXT_FRAMES, 0))
        mono = mono[..., CONTEXT_FRAMES * META_HOP :]
        return resample_periodic(mono, latents.shape[-1] * HOP).repeat(1, 2, 1)


class Encodec48(MetaCodec):
    """Stereo at 48 kHz, 150 latents a second, in chunks of 1 s."""

    def encode_raw(self, waveform: Tensor) -> Tensor:
        batch, _, samples = waveform.shape
        layout = chunk_layout(samples // HOP, waveform.device)
        chunks = waveform[..., layout.samples].transpose(1, 2).flatten(0, 1)  # [batch * n_chunks, 2, 48000]
        loudness = chunks.mean(1).square().mean(1).sqrt()  # of the mono mix, as Meta has it
        log_scale = (loudness + 1e-8).log().clamp(*LOG_SCALE_RANGE).view(-1, 1, 1)
        latents = self.encoder(chunks / log_scale.exp())  # [batch * n_chunks, 128, 150]
        pairs = latents.view(-1, DIMENSION, CHUNK_FRAMES, 2).permute(0, 3, 1, 2).flatten(1, 2)
        joined = torch.cat([pairs, log_scale.expand(-1, 1, CHUNK_FRAMES)], dim=1)
        places = joined.view(batch, -1, *joined.shape[1:]).transpose(1, 2).flatten(2, 3)
        return places[..., layout.owner]

    def decode_raw(self, latents: Tensor) -> Tensor:
        batch, _, frames = latents.shape
        layout = chunk_layout(frames, latents.device)
        pairs = latents[:, :-1, layout.frames].transpose(1, 2).flatten(0, 1)  # [batch * n_chunks, 256, 75]
        chunks = pairs.view(-1, 2, DIMENSION, CHUNK_FRAMES).permute(0, 2, 3, 1).flatten(2, 3)
        decoded = self.decoder(chunks).view(batch, -1, 2, CHUNK_FRAMES * HOP) * layout.weights[:, None]
        waveform = decoded.new_zeros(batch, 2, frames * HOP)
        for i, places in enumerate(layout.samples):
            waveform.index_add_(2, places, decoded[:, i])
        log_scale = latents[:, -1:].clamp(*LOG_SCALE_RANGE)
        ramps = F.interpolate(wrap(log_scale, 1, 1), scale_factor=float(HOP), mode="linear")
        scaled: Tensor = waveform * ramps[..., HOP:-HOP].exp()
        return scaled


_CLASSES: dict[str, type[MetaCodec]] = {"encodec_24khz": Encodec24, "encodec_48khz": Encodec48}


@dataclass(frozen=True)
class ChunkLayout:
    """Where the chunks of 1 s lie round a loop.

    frames: [n_chunks, 75], the loop's frame at each place; samples: [n_chunks, 48000], likewise
    owner: [frames], the place, counted through all chunks, from which a frame's latents are taken
    weights: [n_chunks, 48000], triangles as Meta's, divided so that they add up to 1 everywhere
    """

    frames: Tensor
    samples: Tensor
    owner: Tensor
    weights: Tensor


@lru_cache(maxsize=8)
@torch.inference_mode(False)  # what is kept may serve in training later
def chunk_layout(frames: int, device: torch.device) -> ChunkLayout:
    """Chunks of 1 s, evenly round a loop of any number of frames, each overlapping the next by at least one frame."""
    n_chunks = math.ceil(frames / (CHUNK_FRAMES - 1))
    starts = np.arange(n_chunks)[:, None] * frames // n_chunks
    at_frame = (starts + np.arange(CHUNK_FRAMES)) % frames
    at_sample = (starts * HOP + np.arange(CHUNK_FRAMES * HOP)) % (frames * HOP)
    place = np.arange(CHUNK_FRAMES)
    from_edge = np.minimum(place, place[::-1] - 0.5)  # the half: where two are as far, all chunks yield alike
    order = np.argsort(np.tile(from_edge, n_chunks), kind="stable")
    owner = np.empty(frames, dtype=np.int64)
    owner[at_frame.ravel()[order]] = order  # of a frame's places the last stays, farthest from an edge
    ramp = np.linspace(0.0, 1.0, CHUNK_FRAMES * HOP + 2)[1:-1]
    triangle = np.tile(0.5 - np.abs(ramp - 0.5), (n_chunks, 1))
    weights = triangle / np.bincount(at_sample.ravel(), triangle.ravel())[at_sample]
    arrays = (at_frame, at_sample, owner, weights.astype(np.float32))
    return ChunkLayout(*(torch.from_numpy(array).to(device) for array in arrays))


def create(config: MetaConfig) -> MetaCodec:
    """The codec of `config`, with random weights."""
    return _CLASSES[config.kind](config)


def _empty(config: MetaConfig) -> MetaCodec:
    """The codec of `config` without weights, to be filled: drawing random ones first would take longer than to read."""
    with torch.device("meta"):
        return create(config)


def load(folder: Path) -> MetaCodec:
    """Our copy in a checkpoint folder, as `MetaCodec.save` wrote it. Raises CheckpointError."""
    tensors, config = checkpoint.read_part(folder, "codec")
    try:
        codec = _empty(MetaConfig(**config))
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"the codec of {folder} is not known here: {error}") from None
    checkpoint.fill(codec, tensors, f"the codec of {folder}")
    return codec.eval()


def load_pretrained(kind: str, path: Path | None = None) -> MetaCodec:
    """Meta's own weights, with latents not yet standardised (`training.meta_codec` fits that).

    path: Meta's file, or a folder that holds it; by default torch hub's cache, where the `encodec` package keeps it.
    Raises CheckpointError when it is not there, damaged, of another model, or holds anything besides tensors.
    """
    file = find_weights(kind, path)
    codec = _empty(MetaConfig(kind, file.name))
    channels = codec.config.latent_channels
    normalisation = {"latent_mean": torch.zeros(channels, 1), "latent_std": torch.ones(channels, 1)}
    checkpoint.fill(codec, read_weights(kind, file) | normalisation, file)
    return codec.eval()


def find_weights(kind: str, path: Path | None = None) -> Path:
    """Meta's file: `path` itself, or in the folder `path`, or in torch hub's cache."""
    name = PRETRAINED[MetaConfig(kind).kind].file
    if path is None:
        path = Path(torch.hub.get_dir()) / "checkpoints"
    file = path / name if path.is_dir() else path
    if not file.is_file():
        raise CheckpointError(
            f"no weights of {kind} at {file}; give the path of {name}, or let the encodec package "
            f"fetch it: python -c 'from encodec import EncodecModel as M; M.encodec_model_{kind[-5:]}()'"
        )
    return file


def read_weights(kind: str, file: Path) -> dict[str, Tensor]:
    """Encoder and decoder of Meta's file, weight norm folded into plain weights, float32."""
    if digits := re.search(r"-([0-9a-f]{8})\.th$", file.name):
        with file.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        if not sha256.startswith(digits[1]):
            raise CheckpointError(
                f"{file} is truncated or not the file of that name: its SHA-256 must begin with {digits[1]}, "
                f"got {sha256[:8]}"
            )
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)  # unpickles tensors, and runs no code
    except pickle.UnpicklingError as error:
        if code := re.search(r"GLOBAL (\S+)", str(error)):
            raise CheckpointError(
                f"{file} holds code ({code[1]}) beside tensors: refused, and not run"
            ) from None
        raise CheckpointError(f"{file} is damaged or not a file of torch") from None
    except (OSError, EOFError, RuntimeError, ValueError, KeyError) as error:
        reason = str(error).partition("\n")[0][:100] or "it ends too early"
        raise CheckpointError(f"{file} is truncated or not a file of torch: {reason}") from None
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError(f"{file} must hold named tensors and nothing else")
    for held, marker in (
        ("encodec_24khz", "encoder.model.0.conv.conv.weight_g"),
        ("encodec_48khz", "encoder.model.0.conv.norm.weight"),
    ):
        if held != kind and marker in state:
            raise CheckpointError(f"{file} holds {held}, not {kind}")
    nets = {name: value for name, value in state.items() if not name.startswith("quantizer.")}
    folded = fold_weight_norm(nets)
    for name, value in folded.items():
        checkpoint.check_tensor(file, name, value)
    return {name: value.float() for name, value in folded.items()}


def fold_weight_norm(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weight norm's `weight_g` and `weight_v` as the plain `weight` that they stand for (arXiv:1602.07868 eq. 2)."""
    folded = {}
    for name, value in state.items():
        stem, _, last = name.rpartition(".")
        magnitude = state.get(f"{stem}.weight_g")
        if last == "weight_v" and magnitude is not None:
            norm = value.flatten(1).norm(dim=1).view(-1, *[1] * (value.dim() - 1))
            folded[f"{stem}.weight"] = value * (magnitude / norm)
        elif last != "weight_g":
            folded[name] = value
    return folded
