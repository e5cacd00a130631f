"""A complete checkpoint with random weights, small enough to write, load and render in a test."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from model import checkpoint, descriptors, tags, text
from model.codec import Codec, CodecConfig
from model.unet import UNet, UNetConfig

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "dub", "techno", "warm", "no", "kick", "acid"]
CODEC_CONFIG = CodecConfig(latent_channels=8, low_channels=4, n_low=(3, 1), low_filters=8, high_filters=8)


def write(folder: Path, knows_all: bool = True, **part: Any) -> Path:
    """Write the checkpoint to `folder` and return it. Always the same weights.

    knows_all: of tags and descriptors; without, it is as the first checkpoints were. part: more for the UNet's config;
    a net that has `few_steps` also follows its strengths.
    """
    torch.manual_seed(0)
    encoder = text.TextEncoder(
        text.TextSettings(len(VOCABULARY), dim=16, width=24, n_layers=1, n_heads=2, hidden=32)
    )
    text.save(folder, encoder, VOCABULARY)
    checkpoint.enter_part(folder, "text", {})
    codec = Codec(CODEC_CONFIG)
    checkpoint.write_part(folder, "codec", codec.stored(), asdict(CODEC_CONFIG))
    n_descriptors = len(descriptors.NAMES) if knows_all else 0
    config = UNetConfig(
        latent_channels=8,
        widths=(16, 32, 32),
        n_blocks=(1, 1),
        dilations=(1, 8),
        text_dim=16,
        embedding=16,
        n_tags=tags.N_TAGS if knows_all else 0,
        n_descriptors=n_descriptors,
        has_strengths="few_steps" in part,
        descriptor_mean=(0.0,) * n_descriptors,
        descriptor_std=(1.0,) * n_descriptors,
        descriptor_spread=(0.5,) * n_descriptors,
    )
    unet = UNet(config)
    for parameter in unet.parameters():  # a fresh net predicts zero: nothing would depend on anything
        torch.nn.init.normal_(parameter, 0.0, 0.05)
    sampling = {
        "sizes": asdict(config),
        "n_steps": 2,
        "latent_space": codec.latent_space(),
        "embedding_space": text.TextTower.load(folder).space,
    }
    checkpoint.write_part(
        folder, "unet", checkpoint.half(unet.state_dict()), sampling | part, name="tiny", licence="MIT"
    )
    return folder
