"""What `ladmg info` says of a checkpoint, whole and broken."""

import json
from pathlib import Path

import pytest
import torch

from model import checkpoint, encodec_meta, info
from model.checkpoint import CheckpointError
from model.codec import Codec
from model.pipeline import Pipeline
from tests import tiny_checkpoint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_checkpoint.write(tmp_path / "tiny")


def text(folder: Path) -> str:
    return "\n".join(info.lines(info.read(folder)))


def test_a_whole_checkpoint_tells_everything(folder: Path) -> None:
    scores = {"tempo": {"accuracy": 0.98765, "octave": 0.01}, "loops": 40}
    checkpoint.annotate(folder, training_data="ten records", scores=scores)
    read = info.read(folder)
    assert read.problems == ()
    assert read.id == Pipeline.load(folder).checkpoint_id
    assert (read.name, read.version, read.licence, read.training_data) == ("tiny", 1, "MIT", "ten records")
    assert read.codec is not None
    assert read.unet is not None
    assert read.codec == info.CodecInfo("compact", 8, 75, Codec.load(folder).latent_space())
    assert read.unet.latent_space == read.codec.latent_space
    assert (read.unet.n_steps, read.unet.good_steps, read.unet.few_steps) == (2, (2,), 0)
    assert read.unet.conditions[0] == "rhythm"
    assert {part.name for part in read.parts} == {"text", "codec", "unet"}
    for part in read.parts:
        file = folder / f"{part.name}.safetensors"
        assert (part.files, part.n_bytes) == ((file.name,), file.stat().st_size)
        assert 0 < part.n_parameters <= part.n_bytes
        assert part.problem is None
    codec = next(part for part in read.parts if part.name == "codec")
    assert codec.n_parameters == sum(tensor.numel() for tensor in Codec.load(folder).state_dict().values())
    assert codec.types == ("float16", "float32", "int8")

    said = text(folder)
    for expected in (
        read.id,
        "MIT",
        "ten records",
        "8 channels, 75 frames a second",
        "2 by default, good with 2; not distilled",
    ):
        assert expected in said
    assert [line.split() for line in said.splitlines() if "score" in line] == [
        ["score", "tempo.accuracy", "0.9877"],
        ["score", "tempo.octave", "0.01"],
        ["score", "loops", "40"],
    ]
    assert said.count("checksum ok") == 3
    assert json.loads(json.dumps(read.to_dict()))["parts"][0]["name"] == "text"


def test_a_distilled_net_and_what_it_can_be_asked_for(folder: Path) -> None:
    path = folder / checkpoint.MANIFEST
    manifest = json.loads(path.read_text())
    config = manifest["parts"]["unet"]["config"]
    config["sizes"] |= {"n_tags": 5, "n_descriptors": 4, "has_strengths": True}
    config["few_steps"] = 4
    path.write_text(json.dumps(manifest))
    said = text(folder)
    assert "descriptors (rms, centroid, noisiness, onset" in said
    assert "5 tags, guidance strengths" in said
    assert "2 by default, good with 2; distilled, up to 4 in one pass each" in said


def test_a_broken_part_is_told_beside_the_whole_ones(folder: Path) -> None:
    file = folder / "codec.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    read = info.read(folder)
    assert len(read.problems) == 1
    assert "codec.safetensors is truncated" in read.problems[0]
    assert [part.problem is None for part in read.parts if part.name != "codec"] == [True, True]
    assert "is truncated" in text(folder)


def test_parts_that_do_not_belong_together_are_told(folder: Path) -> None:
    tensors, config = checkpoint.read_part(folder, "unet")
    checkpoint.write_part(folder, "unet", tensors, config | {"latent_space": "of another day"})
    assert "another latent_space" in info.read(folder).problems[0]
    checkpoint.write_part(folder, "unet", tensors, {})
    assert "the config of the UNet lacks or misstates 'sizes'" in info.read(folder).problems[0]
    checkpoint.write_part(folder, "codec", {"weight": torch.zeros(1)}, {"n_filters": 8})
    assert "does not fit this program" in info.read(folder).problems[0]


def test_a_folder_without_a_manifest_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        info.read(tmp_path)


def test_a_manifest_can_not_write_to_the_terminal(folder: Path) -> None:
    checkpoint.annotate(folder, licence="\x1b[2JMIT", scores={"\x07": "\r\n"})
    said = text(folder)
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "\N{REPLACEMENT CHARACTER}[2JMIT" in said


def test_a_codec_of_metas_names_its_kind_and_source(tmp_path: Path) -> None:
    """Without a UNet yet: told, and told that it can't be played."""
    codec = encodec_meta.create(encodec_meta.MetaConfig("encodec_48khz", "encodec_48khz-7e698e3e.th"))
    codec.save(tmp_path)
    read = info.read(tmp_path)
    assert read.codec is not None
    assert (read.codec.kind, read.codec.latent_channels, read.codec.frame_rate) == ("encodec_48khz", 257, 75)
    assert "encodec_48khz, from encodec_48khz-7e698e3e.th" in "\n".join(info.lines(read))
    assert "CC BY-NC 4.0" in read.codec.licence
    assert read.problems == (f"checkpoint {tmp_path} has no part 'unet'",)
    assert len(read.parts[0].files) > 1
