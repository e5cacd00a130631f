"""Judges of random weights, which have opinions on everything and know nothing."""

from __future__ import annotations

import torch

from model.audio_tower import AudioSettings
from model.tags import GENRES, INSTRUMENTS
from training.ears import Ear, Judges, KeyEar

SIZES = AudioSettings(dim=1, widths=(16, 24), n_blocks=(1, 1), hidden=16)


def judges() -> Judges:
    """Always the same ones; embeddings have 16 numbers."""
    priors = {
        "genre": (len(GENRES), 1 / len(GENRES)),
        "key": (24, 1 / 24),
        "groove": (8, 1 / 8),
        "moods": (12, 0.2),
    }
    priors |= {"parts": (len(INSTRUMENTS), 0.4)}
    priors |= {f"level_{name}": (3, value) for name, value in (("mean", 0.5), ("std", 0.2), ("error", 0.1))}
    about = {f"prior_{name}": torch.full((n,), value) for name, (n, value) in priors.items()}
    about |= {"embedding_mean": torch.zeros(16), "embedding_std": torch.ones(16)}
    torch.manual_seed(0)
    return Judges(Ear(SIZES, 3), KeyEar(), about)
