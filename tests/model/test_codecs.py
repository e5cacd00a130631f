"""Whichever codec a checkpoint has, the pipeline plays it."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from model import checkpoint, encodec_meta, loops
from model.checkpoint import CheckpointError
from model.codec import Codec
from model.codecs import codec_kind, load_codec
from model.pipeline import LoopSettings, Pipeline
from model.unet import UNet, UNetConfig
from tests import tiny_checkpoint


def test_a_checkpoint_says_which_codec_it_has(tmp_path: Path) -> None:
    folder = tiny_checkpoint.write(tmp_path / "tiny")
    assert codec_kind(folder) == "compact"
    assert type(load_codec(folder)) is Codec
    tensors, _ = checkpoint.read_part(folder, "codec")
    checkpoint.write_part(folder, "codec", tensors, {"kind": "dac_44khz"})
    with pytest.raises(
        CheckpointError, match="must be one of compact, encodec_24khz, encodec_48khz, got 'dac_44khz'"
    ):
        load_codec(folder)
    checkpoint.write_part(folder, "codec", tensors, {"kind": "encodec_24khz"})
    with pytest.raises(CheckpointError, match="which this Encodec24 does not know"):
        load_codec(folder)
    checkpoint.write_part(folder, "codec", tensors, {"kind": "encodec_24khz", "bits": 3})
    with pytest.raises(CheckpointError, match="is not known here"):
        load_codec(folder)


@pytest.mark.parametrize("kind", encodec_meta.PRETRAINED)
def test_a_checkpoint_with_metas_codec_plays(kind: str, tmp_path: Path) -> None:
    folder = tiny_checkpoint.write(tmp_path)
    torch.manual_seed(1)
    codec = encodec_meta.create(encodec_meta.MetaConfig(kind))
    codec.save(folder)
    _, part = checkpoint.read_part(folder, "unet")
    sizes = replace(
        UNetConfig(**checkpoint.tuples(part["sizes"])), latent_channels=codec.config.latent_channels
    )
    part |= {"sizes": asdict(sizes), "latent_space": codec.latent_space()}
    checkpoint.write_part(folder, "unet", UNet(sizes).state_dict(), part)
    pipeline = Pipeline.load(folder, device="cpu")
    loop = pipeline.render(LoopSettings(bpm=200.0, n_bars=1, n_steps=1))
    assert loop.audio.shape == (loops.n_samples(200.0, 1), 2)
    assert abs(loop.audio).max() > 0
