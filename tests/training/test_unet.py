"""Training and fine-tuning of a UNet by the command, from prepared loops to a checkpoint that plays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model import checkpoint
from model.codec import Codec
from model.pipeline import LoopSettings, Pipeline
from model.tags import N_TAGS
from tests import tiny_checkpoint
from training import shards, unet
from training.loop import TrainingError
from training.prepared import Prepared, open_loops
from training.shards import Loop

ROOT = Path(__file__).parents[2]
TEXT_DIM = 16


def tone(frames: int, k: int, phase: float) -> torch.Tensor:
    """Latents that a net can learn: slow waves, [8, frames]."""
    turns = torch.arange(frames) / frames
    return torch.stack([torch.sin(2 * torch.pi * (turns * (k + c) + phase)) * 1.4 for c in range(8)])


def write_loops(folder: Path, latent_space: str, embedding_space: str) -> Path:
    """A folder as `ladmg prepare` writes it: 20 loops of 8 files, with captions, with audio embeddings, or without."""
    generator = torch.Generator().manual_seed(0)
    loops = []
    for k in range(20):
        frames, n_captions = (96, 120)[k % 2], (2, 0, 0, 1)[k % 4]
        loops.append(
            Loop(
                latents=tone(frames, 1 + k % 3, k / 20),
                descriptors=torch.randn(4, frames, generator=generator),
                tags=torch.randint(-1, 2, (N_TAGS,), generator=generator).float(),
                n_bars=1,
                source=f"{k % 8}.wav",
                audio_embedding=torch.randn(TEXT_DIM, generator=generator) if k % 3 else None,
                captions=("words",) * n_captions,
                text_embeddings=torch.randn(n_captions, TEXT_DIM, generator=generator),
            )
        )
    shards.write_about(folder, {"latent_space": latent_space, "embedding_space": embedding_space})
    loops.sort(key=lambda loop: loop.source)
    shards.write_shard(folder / "00000.safetensors", loops)
    files = [
        {"file": name, "loops": [shards.journal_loop(loop) for loop in loops if loop.source == name]}
        for name in sorted({loop.source for loop in loops})
    ]
    shards.append_journal(folder, {"shard": "00000.safetensors", "files": files})
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A complete tiny checkpoint, and loops prepared with it."""
    folder = tmp_path_factory.mktemp("finetune")
    tiny = tiny_checkpoint.write(folder / "tiny")
    config = checkpoint.read_manifest(tiny)["parts"]["unet"]["config"]
    return tiny, write_loops(folder / "loops", config["latent_space"], config["embedding_space"])


def command(loops: Path, out: Path, *more: str) -> int:
    flags = ["--latents", str(loops), "--checkpoint", str(out / "checkpoint"), "--out", str(out / "run")]
    return unet.main([*flags, "--device", "cpu", "--batch-frames", "960", "--validation-loops", "2", *more])


def rows(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "run" / "log.jsonl").read_text().splitlines()]


def test_an_error_counts_as_much_as_its_channel() -> None:
    class Still(torch.nn.Module):
        def forward(self, x: torch.Tensor, *_: object) -> torch.Tensor:
            return torch.zeros_like(x)

    x_0, x_1 = torch.zeros(1, 3, 8), torch.tensor([1.0, 2.0, 3.0])[None, :, None].expand(1, 3, 8)
    ways = {"alike": (1.0, 1.0, 1.0), "not the last": (1.0, 1.0, 0.0), "half of the last": (1.0, 1.0, 0.5)}
    losses = {
        name: float(unet.flow_loss(Still(), x_1, None, x_0, torch.zeros(1), torch.tensor(weights)))
        for name, weights in ways.items()
    }
    assert losses == pytest.approx(
        {"alike": 14 / 3, "not the last": 5 / 2, "half of the last": (1 + 4 + 4.5) / 2.5}
    )


def test_prepared_loops_are_batches_with_what_is_known_of_them(folders: tuple[Path, Path]) -> None:
    train_set, heldout = (open_loops(folders[1], split) for split in ("train", "heldout"))
    assert isinstance(train_set, Prepared)
    assert len(train_set) + len(heldout) == 20
    assert len(heldout) > 0
    buckets = unet.Buckets(train_set)
    data, conditions = buckets.batch(np.array([0, 0]), np.array([0, 7]), np.random.default_rng(0))
    torch.testing.assert_close(data[1], data[0].roll(-7, 1))
    torch.testing.assert_close(conditions.descriptors[1], conditions.descriptors[0].roll(-7, 1))
    frames = train_set.frames
    for index in range(len(train_set)):
        _, conditions = buckets.batch(np.array([index]), np.array([0]), np.random.default_rng(0))
        is_known = len(train_set.words(index)) > 0 or train_set.heard(index) is not None
        assert bool(conditions.has_text[0]) == is_known
        assert conditions.phases.shape[2] == frames[index]


def test_a_fine_tune_lowers_the_loss_and_leaves_a_checkpoint_that_plays(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    code = command(folders[1], tmp_path, "--from", str(folders[0]), "--max-steps", "40", "--lr", "3e-3")
    assert code == 0
    code = command(folders[1], tmp_path, "--from", str(folders[0]), "--max-steps", "80", "--resume")
    assert code == 0
    before, after = rows(tmp_path)[0], rows(tmp_path)[-1]
    assert (before["step"], after["step"]) == (0, 80)
    assert after["val_grid"] < before["val_grid"]
    manifest = checkpoint.read_manifest(tmp_path / "checkpoint")
    assert manifest["parts"].keys() == {"codec", "text", "unet"}
    assert manifest["name"] == "checkpoint"
    sources = checkpoint.read_manifest(folders[0])["parts"]
    assert manifest["parts"]["unet"]["config"]["n_steps"] == sources["unet"]["config"]["n_steps"]
    for part in ("codec", "text"):
        theirs = sources[part]
        assert manifest["parts"][part] == theirs
    loop = Pipeline.load(tmp_path / "checkpoint", "cpu").render(LoopSettings(bpm=150.0, n_bars=1))
    assert loop.audio.shape == (76800, 2)
    assert np.isfinite(loop.audio).all()


def test_a_toml_file_gives_defaults(folders: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(f'from = "{folders[0]}"\nmax_steps = 2\nn_steps = 7\nlog_every = 1\n')
    assert command(folders[1], tmp_path, "--config", str(file), "--n-steps", "5") == 0
    assert [row["step"] for row in rows(tmp_path)] == [0, 1, 2, 2]  # judged at first and at last
    assert checkpoint.read_part(tmp_path / "checkpoint", "unet")[1]["n_steps"] == 5


def test_other_latents_or_embeddings_are_refused_before_training(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = folders[0]
    config = checkpoint.read_manifest(tiny)["parts"]["unet"]["config"]
    cases = {
        "other_latents": (write_loops(tmp_path / "a", "another", config["embedding_space"]), "no codec of"),
        "other_words": (write_loops(tmp_path / "b", config["latent_space"], "another"), "embedding_space"),
    }
    for name, (loops, words) in cases.items():
        assert command(loops, tmp_path / name, "--from", str(tiny)) == 2
        said = capsys.readouterr().err
        assert words in said
        assert "another" in said
        assert said.count("\n") == 1
        assert not (tmp_path / name / "checkpoint").exists()


def test_a_checkpoint_with_another_codec_is_never_mixed_up(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--from", str(folders[0]), "--checkpoint", str(checkpoint.DEFAULT_FOLDER)]
    assert command(folders[1], tmp_path, *flags) == 2
    assert "has another codec" in capsys.readouterr().err


def test_in_other_latents_the_channels_that_are_kept_mean_what_they_meant(folders: tuple[Path, Path]) -> None:
    tensors, config = unet.read_unet(folders[0], {})
    moved, wider = unet.in_other_latents(tensors, config, 11, 5)
    assert wider.latent_channels == 11
    before, after = unet.load(config, tensors, folders[0]), unet.load(wider, moved, folders[0])
    loops_in = unet.Buckets(open_loops(folders[1], "train"))
    x, asked = loops_in.draw(200, np.random.default_rng(0))
    alpha = torch.rand(len(x))
    kept = x.clone()
    kept[:, 5:] = 0.0
    wide = torch.randn(len(x), 11, x.shape[2])
    wide[:, :5] = x[:, :5]
    with torch.no_grad():
        here, there = (net(v, alpha, 0 * alpha, asked)[:, :5] for net, v in ((before, kept), (after, wide)))
    torch.testing.assert_close(here, there)
    with pytest.raises(TrainingError, match="kept_channels must be at most 8, got 9"):
        unet.in_other_latents(tensors, config, 11, 9)


def test_a_unet_goes_on_in_the_latents_of_another_codec(folders: tuple[Path, Path], tmp_path: Path) -> None:
    tiny, _ = folders
    torch.manual_seed(7)
    other = Codec(replace(tiny_checkpoint.CODEC_CONFIG, high_filters=16))
    checkpoint.write_part(tmp_path / "checkpoint", "codec", other.stored(), asdict(other.config))
    space = Codec.load(tmp_path / "checkpoint").latent_space()
    words = checkpoint.read_manifest(tiny)["parts"]["unet"]["config"]["embedding_space"]
    loops = write_loops(tmp_path / "loops", space, words)
    assert command(loops, tmp_path, "--from", str(tiny), "--kept-channels", "4", "--max-steps", "2") == 0
    played = Pipeline.load(tmp_path / "checkpoint").render(LoopSettings(bpm=120, n_bars=1))
    assert np.isfinite(played.audio).all()


def test_an_older_net_learns_of_notes_averages_and_curves_from_where_it_is(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    tiny, loops = folders
    assert command(loops, tmp_path, "--from", str(tiny), "--max-steps", "2") == 0
    before, after = (checkpoint.read_part(each, "unet") for each in (tiny, tmp_path / "checkpoint"))
    for name in ("notes", "averages", "curves"):
        assert not any(f"{name}.weight" in weight for weight in before[0])
        assert after[1]["sizes"][f"has_{name}"]
        added = [weight for key, weight in after[0].items() if f"{name}.weight" in key]
        assert added
        assert all(weight.any() for weight in added)


def test_two_processes_train_the_same_net_as_one(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """The UNet by `torchrun`, against one process that accumulates twice as many parts of the same batches."""
    flags = ["--from", str(folders[0]), "--max-steps=3", "--warmup=0", "--lr=0.01", "--precision=fp32"]
    flags += ["--log-every=1", "--latents", str(folders[1]), "--batch-frames=480", "--validation-loops=1"]
    flags += ["--device=cpu"]
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "training.unet"]
    places = {name: ["--out", str(tmp_path / name), "--checkpoint", str(tmp_path / "ck")] for name in "ab"}
    launched = subprocess.run(
        [sys.executable, *launcher, *flags, *places["a"]],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert launched.returncode == 0, launched.stderr
    assert unet.main([*flags, *places["b"], "--accumulate=2"]) == 0
    two, one = (torch.load(tmp_path / name / "state.pt", weights_only=True) for name in "ab")
    start = checkpoint.read_part(folders[0], "unet")[0]
    for name in one["net"]:
        torch.testing.assert_close(two["net"][name], one["net"][name], rtol=1e-5, atol=1e-5)
    moved = {name for name in start if not torch.equal(one["net"][name], start[name])}
    assert len(moved) > 0.9 * len(start)
    logs = [(tmp_path / name / "log.jsonl").read_text().splitlines() for name in "ab"]
    losses = [[row["loss"] for row in map(json.loads, log) if "loss" in row] for log in logs]
    assert len(losses[0]) == 3
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
