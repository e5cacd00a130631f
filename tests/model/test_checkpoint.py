"""A checkpoint that is not whole is refused with the reason, before anything is played."""

import json
from pathlib import Path

import pytest
import torch

from model import checkpoint
from model.checkpoint import CheckpointError
from model.pipeline import Pipeline
from tests import tiny_checkpoint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_checkpoint.write(tmp_path / "tiny")


def test_a_part_returns_as_it_was_written(tmp_path: Path) -> None:
    tensors = {"weight": torch.randn(3, 4), "count": torch.tensor([7])}
    checkpoint.write_part(tmp_path, "part", checkpoint.half(tensors), {"size": 3}, name="mine")
    again, config = checkpoint.read_part(tmp_path, "part")
    assert config == {"size": 3}
    assert again["weight"].dtype == torch.float32
    torch.testing.assert_close(again["weight"], tensors["weight"], atol=1e-3, rtol=1e-3)
    assert int(again["count"]) == 7
    assert checkpoint.checkpoint_id(checkpoint.read_manifest(tmp_path)).startswith("mine-")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no checkpoint at .*nowhere"):
        Pipeline.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "reason"), [({"version": 99}, "version 99"), ({"format": "zip"}, "is not a ladmg-checkpoint")]
)
def test_another_format_or_version_is_refused(folder: Path, change: dict[str, object], reason: str) -> None:
    path = folder / checkpoint.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CheckpointError, match=reason):
        Pipeline.load(folder)


@pytest.mark.parametrize("part", ["codec", "unet", "text"])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "gone"])
def test_a_damaged_part_is_refused(folder: Path, part: str, damage: str) -> None:
    file = folder / f"{part}.safetensors"
    data = bytearray(file.read_bytes())
    if damage == "gone":
        file.unlink()
    elif damage == "truncated":
        file.write_bytes(data[:-100])
    else:
        data[-50] ^= 1
        file.write_bytes(data)
    with pytest.raises(CheckpointError, match=file.name):
        Pipeline.load(folder)


def test_a_pickle_is_never_opened(folder: Path) -> None:
    torch.save({"weight": torch.zeros(1)}, folder / "codec.safetensors")
    checkpoint.enter_part(folder, "codec", {})
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        Pipeline.load(folder)


def test_a_unet_of_another_codec_is_refused(folder: Path) -> None:
    tensors, config = checkpoint.read_part(folder, "unet")
    checkpoint.write_part(
        folder, "unet", checkpoint.half(tensors), config | {"latent_space": "of another day"}
    )
    with pytest.raises(CheckpointError, match="another latent_space"):
        Pipeline.load(folder)


def test_a_part_that_would_not_ship_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="bytes"):
        checkpoint.write_part(tmp_path, "huge", {"weight": torch.zeros(5_000_000)}, {})
