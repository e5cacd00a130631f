"""From a corpus on disk to batches that a UNet is trained on: lengths, phases and the frozen text tower."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from model import checkpoint, descriptors, tags
from model.codec import Codec
from tests import tiny_checkpoint
from training import latents, unet
from training.corpus import dataset
from training.latents import Latents


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A corpus of four loops, and a checkpoint folder that has a codec and nothing else."""
    folder = tmp_path_factory.mktemp("training")
    for split in ("train", "heldout"):
        dataset.write(folder / "corpus", split, 4, 1)
    tiny = tiny_checkpoint.write(folder / "tiny")
    tensors, config = checkpoint.read_part(tiny, "codec")
    checkpoint.write_part(folder / "checkpoint", "codec", checkpoint.half(tensors), config)
    command = ["latents", "--corpus", str(folder / "corpus"), "--checkpoint", str(folder / "checkpoint")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [*command, "--out", str(folder / "latents")])
        latents.main()
    return folder / "latents", folder / "checkpoint"


def test_latents_are_those_of_the_codec_loop_by_loop(folders: tuple[Path, Path]) -> None:
    read = Latents(folders[0], "train")
    corpus = dataset.Corpus(folders[0].parent / "corpus", "train")
    codec = Codec.load(folders[1])
    assert len(read) == 4
    assert read.about["latent_space"] == codec.latent_space()
    with torch.inference_mode():
        expected = codec.encode(torch.from_numpy(corpus.audio(2).T.copy())[None])[0].numpy()
    np.testing.assert_allclose(read.loop(2), expected, atol=1e-2)
    assert read.captions.shape == (4, latents.N_CAPTIONS, 128)
    np.testing.assert_allclose(np.linalg.norm(read.captions.astype(np.float32), axis=2), 1.0, atol=1e-2)


def test_two_processes_read_what_one_reads(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latents, "CHUNK", 3)
    corpus = folders[0].parent / "corpus"
    for n_workers in (1, 2):
        (tmp_path / str(n_workers)).mkdir()
        latents.read_all(folders[1], corpus, tmp_path / str(n_workers), "train", n_workers)
    for name in ("latents", "descriptors", "shape", "swing", "tags"):
        one, two = (np.load(tmp_path / n / f"train-{name}.npy") for n in ("1", "2"))
        np.testing.assert_allclose(one, two, atol=2e-3)


def test_the_frozen_text_tower_comes_along(folders: tuple[Path, Path]) -> None:
    manifest = checkpoint.read_manifest(folders[1])
    assert (
        manifest["parts"]["text"]["sha256"]
        == checkpoint.read_manifest(checkpoint.DEFAULT_FOLDER)["parts"]["text"]["sha256"]
    )


def test_a_rolled_loop_has_its_phases_rolled_with_it(folders: tuple[Path, Path]) -> None:
    buckets = unet.Buckets(Latents(folders[0], "train"))
    rng = np.random.default_rng(0)
    here, at_start = buckets.batch(np.array([1]), np.array([0]), rng)
    there, rolled = buckets.batch(np.array([1]), np.array([37]), rng)
    torch.testing.assert_close(there, here.roll(-37, -1))
    torch.testing.assert_close(rolled.phases, at_start.phases.roll(-37, -1), atol=1e-4, rtol=0)


def test_descriptors_and_tags_are_the_loop_s_own(folders: tuple[Path, Path]) -> None:
    read = Latents(folders[0], "train")
    corpus = dataset.Corpus(folders[0].parent / "corpus", "train")
    truth = corpus.truths[3]
    expected = descriptors.describe(torch.from_numpy(corpus.audio(3).T.copy()))
    np.testing.assert_allclose(read.descriptors(3), expected, atol=0.1)
    present = {tags.NAMES[i] for i in np.flatnonzero(read.tags[3] > 0)}
    assert {truth.genre, *truth.moods, *truth.instruments} < present
    assert len(present) == 2 + len(truth.moods) + len(truth.instruments)
    absent = {tags.NAMES[i] for i in np.flatnonzero(read.tags[3] < 0)}
    assert absent == set(tags.INSTRUMENTS) - set(truth.instruments)
    assert read.swing[3] == truth.swing


def test_what_is_asked_in_training_is_true_and_sometimes_left_out(folders: tuple[Path, Path]) -> None:
    buckets = unet.Buckets(Latents(folders[0], "train"))
    _, whole = buckets.batch(np.array([0] * 2000), np.zeros(2000, dtype=int), np.random.default_rng(0))
    torch.manual_seed(0)
    asked = unet.dropped(whole)
    assert bool(((asked.tags == whole.tags) | (asked.tags == 0)).all())
    torch.testing.assert_close(asked.descriptors.mean(2), whole.descriptors.mean(2), atol=1e-4, rtol=0)
    for name, share in (("has_grid", unet.SHARE_GRID), ("has_text", unet.SHARE_TEXT)):
        assert float(getattr(asked, name).mean()) == pytest.approx(share, abs=0.04)
    some = unet.SHARE_DESCRIPTORS * (1 - (1 - unet.SHARE_DESCRIPTOR) ** 4)
    assert float(asked.has_descriptors.amax(1).mean()) == pytest.approx(some, abs=0.04)
    assert float((asked.tags.abs().amax(1) > 0).float().mean()) == pytest.approx(unet.SHARE_TAGS, abs=0.04)


def test_a_training_of_seconds_leaves_a_checkpoint_part_and_goes_on(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    sizes = {
        "latent_channels": 8,
        "widths": (16, 32, 32),
        "n_blocks": (1, 1),
        "dilations": (1,),
        "embedding": 16,
    }
    monkeypatch.setattr(unet, "UNetConfig", lambda **more: SMALL(**(sizes | more)))
    command = ["unet", "--latents", str(folders[0]), "--checkpoint", str(folders[1]), "--out", str(out)]
    for more in ([], ["--resume"]):
        monkeypatch.setattr(
            sys, "argv", [*command, "--max-minutes", "0.03", "--validation-loops", "1", *more]
        )
        unet.main()
    tensors, config = checkpoint.read_part(folders[1], "unet")
    assert config["latent_space"] == Latents(folders[0], "train").about["latent_space"]
    assert all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values())
    rows = (out / "log.jsonl").read_text().splitlines()
    assert len(rows) >= 2


SMALL = unet.UNetConfig
