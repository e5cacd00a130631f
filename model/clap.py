"""CLAP: texts and sounds as unit vectors of one space, by which the net is told what to dream; and mixtures of them.

Two implementations of `Clap`: the compact one that ships, here, and LAION's in model/laion.py. Vectors of different
spaces have nothing to do with each other: every space has a name, and `require_space` refuses the wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from model import audio_tower, checkpoint
from model.audio_tower import AudioTower
from model.checkpoint import CheckpointError
from model.text import TextTower

MAX_MIX_STEPS = 100


class Clap(Protocol):
    """Both ways into one space of unit vectors. Same input, same vector; any thread may call it."""

    space: str
    dim: int

    def embed_text(self, text: str) -> Tensor:
        """Unit vector [dim], float32, on the CPU."""

    def embed_text_batch(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors [n, dim]."""

    def embed_audio(self, waveform: Tensor, is_loop: bool = True) -> Tensor:
        """Unit vector [dim] of [channels, samples] at 48 kHz. ValueError: no samples, or values that are no numbers."""


class CompactClap:
    """The CLAP that ships: a frozen text tower, and an audio tower fitted into its space."""

    def __init__(self, text: TextTower, audio: AudioTower | None) -> None:
        if audio is not None:
            require_space("the audio tower", audio.space, text.space)
        self._text, self._audio = text, audio
        self.space, self.dim = text.space, text.dim

    @classmethod
    def load(cls, folder: Path | None = None) -> CompactClap:
        """From a checkpoint folder, by default the one that ships. Without an audio tower only `embed_audio` fails.

        CheckpointError: no text tower, or something is damaged.
        """
        folder = folder or checkpoint.DEFAULT_FOLDER
        try:
            text = TextTower.load(folder)
        except (ValueError, FileNotFoundError) as error:
            raise CheckpointError(str(error)) from None
        has_audio = audio_tower.PART in checkpoint.read_manifest(folder).get("parts", {})
        return cls(text, AudioTower.load(folder) if has_audio else None)

    @property
    def has_audio(self) -> bool:
        return self._audio is not None

    def embed_text(self, text: str) -> Tensor:
        return self._text.embed(text)

    def embed_text_batch(self, texts: Sequence[str]) -> Tensor:
        return self._text.embed_batch(texts)

    def embed_audio(self, waveform: Tensor, is_loop: bool = True) -> Tensor:
        """Unit vector [dim] of [channels, samples] at 48 kHz. CheckpointError: the checkpoint has no audio tower."""
        if self._audio is None:
            raise CheckpointError("this checkpoint has no audio tower: it understands words only")
        return self._audio.embed(waveform, is_loop)


def require_space(what: str, space: str, expected: str) -> None:
    """CheckpointError unless `what`, made for the embedding space `space`, meets the space `expected`."""
    if space != expected:
        raise CheckpointError(
            f"{what} was made for the embedding space {space!r} and can't be used with {expected!r}: "
            "vectors of different spaces mean different things"
        )


def mix(vectors: Tensor, weights: Sequence[float] | Tensor) -> Tensor:
    """Unit vector [dim]: the weighted mean on the sphere (Buss & Fillmore 2001, algorithm A1) of unit vectors [n, dim].

    It is the point from which the weighted arcs to all the vectors add up to nothing; for two vectors that is slerp.
    Only the ratios of the weights count. A weight of 0 leaves its vector out; a single one left is returned as it is.
    All 0: zeros, which the net knows as nothing asked. Of vectors that cancel out, where many answers are as good, the
    same one is given each time. ValueError: weights that are negative, no numbers, or not one for each vector.
    """
    given = torch.as_tensor(weights, dtype=torch.float64)
    if vectors.ndim != 2 or given.shape != vectors.shape[:1]:
        raise ValueError(
            f"mix takes vectors [n, dim] and n weights, got {tuple(vectors.shape)} and {tuple(given.shape)}"
        )
    if not bool(((given >= 0) & given.isfinite()).all()):
        raise ValueError(f"weights must be numbers of 0 or more, got {given.tolist()}")
    asked = given > 0
    if not bool(asked.any()):
        return torch.zeros_like(vectors[0])
    if int(asked.sum()) == 1:
        return vectors[asked][0].clone()
    points = F.normalize(vectors[asked].double(), dim=1)
    share = given[asked] / given[asked].max()
    share = share / share.sum()
    mean = share @ points
    if float(mean.norm()) < 1e-9:  # they cancel out: from the heaviest one, the first of equals
        mean = points[int(share.argmax())]
    mean = F.normalize(mean, dim=0)
    for _ in range(MAX_MIX_STEPS):
        step = share @ _arcs(mean, points)
        mean = _moved(mean, step)
        if float(step.norm()) < 1e-12:
            break
    unit: Tensor = F.normalize(mean, dim=0).to(vectors.dtype)
    return unit


def jitter(vector: Tensor, amount: float, generator: torch.Generator | None = None) -> Tensor:
    """Unit vectors [..., dim], each moved in a random direction by an angle of about `amount` radians."""
    if not 0 <= amount <= math.pi / 2:
        raise ValueError(f"amount must be in 0..{math.pi / 2:.2f} radians, got {amount}")
    noise = torch.randn(vector.shape, generator=generator, dtype=vector.dtype).to(vector.device)
    tangent = noise - (noise * vector).sum(-1, keepdim=True) * vector
    return _moved(vector, tangent * (amount / math.sqrt(max(1, vector.shape[-1] - 1))))


def _arcs(origin: Tensor, points: Tensor) -> Tensor:
    """The tangents at `origin` [dim] that lead to `points` [n, dim], as long as their arcs (the sphere's logarithm)."""
    cosine = points @ origin
    across = points - cosine[:, None] * origin
    sine = across.norm(dim=1)
    arcs: Tensor = across * (torch.atan2(sine, cosine) / sine.clamp(min=1e-300))[:, None]
    opposite = (sine < 1e-12) & (cosine < 0)
    if bool(opposite.any()):
        # Every direction leads there: towards the axis that is most nearly at right angles.
        axis = torch.zeros_like(origin)
        axis[int(origin.abs().argmin())] = 1.0
        arcs[opposite] = math.pi * F.normalize(axis - (axis @ origin) * origin, dim=0)
    return arcs


def _moved(origin: Tensor, tangent: Tensor) -> Tensor:
    """From `origin` along a tangent, over the tangent's length (the sphere's exponential); both [..., dim]."""
    angle = tangent.norm(dim=-1, keepdim=True)
    # sinc is sin(pi x) / (pi x)
    moved: Tensor = F.normalize(angle.cos() * origin + torch.sinc(angle / math.pi) * tangent, dim=-1)
    return moved
