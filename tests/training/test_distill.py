"""The command that distils: what it leaves in the checkpoint, that it goes on, what it refuses, what it measures."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model import checkpoint, iadb
from model.codec import Codec
from model.unet import UNet, UNetConfig
from tests import tiny_checkpoint
from training import distill, flow_maps, loop
from training.distill import DistillSettings
from training.latents import ABOUT, N_CAPTIONS
from training.loop import STATE, TrainingError

CONFIG = UNetConfig(
    latent_channels=8,
    widths=(16, 16),
    n_blocks=(1,),
    dilations=(1,),
    text_dim=8,
    embedding=16,
    n_tags=3,
    n_descriptors=4,
    has_strengths=True,
    descriptor_mean=(0.0,) * 4,
    descriptor_std=(1.0,) * 4,
    descriptor_spread=(1.0,) * 4,
)
torch.manual_seed(0)
CODEC = Codec(tiny_checkpoint.CODEC_CONFIG)
SPACES = {"latent_space": CODEC.latent_space(), "embedding_space": "tiny words"}


def write_latents(folder: Path) -> None:
    rng = np.random.default_rng(0)
    folder.mkdir()
    (folder / ABOUT).write_text(json.dumps(SPACES))
    frames = np.array([12, 12, 15])
    for split in ("train", "heldout"):
        arrays = {
            "shape": np.stack([frames, np.ones(3, dtype=int)]),
            "swing": np.full(3, 50.0),
            "captions": rng.standard_normal((3, N_CAPTIONS, 8)).astype(np.float16),
            "tags": rng.integers(-1, 2, (3, 3)).astype(np.int8),
            "latents": rng.standard_normal((39, 8)).astype(np.float16),
            "descriptors": rng.standard_normal((39, 4)).astype(np.float16),
        }
        for name, array in arrays.items():
            np.save(folder / f"{split}-{name}.npy", array)


def write_teacher(folder: Path) -> None:
    torch.manual_seed(0)
    net = UNet(CONFIG)
    for name, parameter in net.named_parameters():
        if name != "strengths.weight":
            torch.nn.init.normal_(parameter, 0.0, 0.1)
    part = {"sizes": asdict(CONFIG), "n_steps": 12, **SPACES}
    checkpoint.write_part(folder, "unet", checkpoint.half(net.state_dict()), part)
    checkpoint.write_part(folder, "codec", CODEC.stored(), asdict(tiny_checkpoint.CODEC_CONFIG))


@pytest.fixture
def settings(tmp_path: Path) -> DistillSettings:
    """A few steps of a tiny net on random latents."""
    write_latents(tmp_path / "latents")
    write_teacher(tmp_path / "checkpoint")
    return DistillSettings(
        out=tmp_path / "out",
        latents=tmp_path / "latents",
        checkpoint=tmp_path / "checkpoint",
        device="cpu",
        precision="fp32",
        max_steps=3,
        log_every=1,
        validate_every=2,
        batch_frames=96,
        path_points=4,
        data_frames=24,
        validation_loops=1,
        evaluation_loops=1,
        teacher_steps=16,
    )


def run(settings: DistillSettings) -> None:
    distill.distill(settings)


@pytest.mark.parametrize("recipe", list(flow_maps.RECIPES))
def test_the_distilled_part_says_what_it_is_and_keeps_its_spaces(
    settings: DistillSettings, recipe: distill.RecipeName
) -> None:
    before = checkpoint.read_part(settings.checkpoint, "unet")[0]
    run(replace(settings, recipe=recipe))
    tensors, part = checkpoint.read_part(settings.checkpoint, "unet")
    assert (part["few_steps"], part["n_steps"], part["recipe"]) == (4, 12, recipe)
    assert set(part["good_steps"]) <= {1, 2, 3, 4, 12}
    assert part["good_steps"][-1] == 12  # as the teacher is played
    assert {name: part[name] for name in SPACES} == SPACES
    net = UNet(UNetConfig(**checkpoint.tuples(part["sizes"])))
    net.load_state_dict(tensors)
    assert any(not torch.equal(tensors[name], before[name]) for name in before)
    kept, teacher_part = checkpoint.read_part(settings.out / "teacher", "unet")
    assert "few_steps" not in teacher_part
    assert all(torch.equal(kept[name], before[name]) for name in before)
    rows = [json.loads(line) for line in (settings.out / loop.LOG).read_text().splitlines()]
    assert {"loss", "loss_short", "loss_long", "loss_flow"} <= rows[0].keys()
    assert ("loss_instant" in rows[0]) == (recipe != "path")
    assert {"val_mse_1", "val_mse_4", "val_text", "val_no_grid"} <= rows[1].keys()


def test_who_has_listened_says_which_steps_are_good(settings: DistillSettings) -> None:
    run(replace(settings, good_steps="1, 2,4"))
    assert checkpoint.read_part(settings.checkpoint, "unet")[1]["good_steps"] == [1, 2, 4]


def test_a_broken_run_goes_on_as_an_unbroken_one_with_the_same_teacher(settings: DistillSettings) -> None:
    settings = replace(settings, recipe="shortcut", max_steps=4, decay_share=0.01)
    run(replace(settings, out=settings.out / "whole"))
    write_teacher(settings.checkpoint)
    run(replace(settings, max_steps=2))
    run(replace(settings, resume=True))  # the checkpoint's UNet is distilled by now: the teacher is OUT's
    ours, expected = (
        torch.load(out / STATE, weights_only=True) for out in (settings.out, settings.out / "whole")
    )
    assert ours["step"] == expected["step"] == 4
    for part in ("net", "average"):
        for name, tensor in expected[part].items():
            torch.testing.assert_close(ours[part][name], tensor, rtol=0, atol=0)


def test_what_is_distilled_is_a_teacher_with_its_velocity(settings: DistillSettings) -> None:
    run(replace(settings, good_steps="1,2,12"))
    once, _ = checkpoint.read_part(settings.checkpoint, "unet")
    run(replace(settings, out=settings.out / "again"))
    kept, kept_part = checkpoint.read_part(settings.out / "again" / "teacher", "unet")
    assert all(torch.equal(kept[name], once[name]) for name in once)
    assert kept_part["few_steps"] == 4
    part = checkpoint.read_part(settings.checkpoint, "unet")[1]
    assert (part["teacher_n_steps"], part["n_steps"], part["good_steps"][-1]) == (12, 12, 12)


def test_without_loops_the_velocity_is_left_alone(settings: DistillSettings) -> None:
    run(replace(settings, data_frames=0, few_steps=2))
    rows = [json.loads(line) for line in (settings.out / loop.LOG).read_text().splitlines()]
    assert "loss_flow" not in rows[0]
    assert "val_mse_4" not in rows[1]
    assert checkpoint.read_part(settings.checkpoint, "unet")[1]["few_steps"] == 2


def test_latents_of_another_space_are_refused(settings: DistillSettings) -> None:
    (settings.latents / ABOUT).write_text(json.dumps(SPACES | {"latent_space": "other"}))
    with pytest.raises(TrainingError, match="other"):
        run(settings)


def test_evaluation_is_of_what_lies_there(settings: DistillSettings) -> None:
    fabric = loop.launch(settings)
    with pytest.raises(TrainingError, match="not distilled"):
        distill.evaluate_checkpoint(settings, fabric)
    run(settings)
    file = settings.out / distill.EVALUATION
    left = json.loads(file.read_text())
    file.unlink()
    again = distill.evaluate_checkpoint(replace(settings, evaluate=True), fabric)
    assert again == json.loads(file.read_text())
    np.testing.assert_allclose(
        again["mse"][0]["student"], left["mse"][0]["student"], rtol=0.02
    )  # halved weights
    assert again["n_steps"] == list(flow_maps.N_STEPS)
    assert again["few_steps"] == [1, 2, 3, 4]
    row = again["mse"][0]
    assert (row["cfg_scale"], row["cfg_grid"]) == flow_maps.DEFAULT_STRENGTHS
    assert row["teacher"][-1] == 0.0  # 16 steps, measured against 16
    assert row["plain"][-1] > 0.0
    assert row["other_seed"] > 0.0
    plain = again["mse"][1]
    assert (plain["cfg_scale"], plain["cfg_grid"]) == (1.0, 1.0)
    assert plain["plain"] == plain["teacher"]


def test_good_are_the_steps_that_land_no_farther_than_the_teacher_as_it_is_played(
    settings: DistillSettings,
) -> None:
    """A student that only knows the velocity errs as Euler's steps do: more of them than the teacher's 2 are good."""
    tensors, part = checkpoint.read_part(settings.checkpoint, "unet")
    same = {
        name: torch.zeros_like(tensor) for name, tensor in tensors.items()
    }  # hears neither step nor strengths
    checkpoint.write_part(settings.out / "teacher", "unet", same, part)
    distilled = part | {"few_steps": 16, "recipe": "path", "rescale": 0.0, "teacher_n_steps": 2}
    checkpoint.write_part(settings.checkpoint, "unet", same, distilled)
    result = distill.evaluate_checkpoint(settings, loop.launch(settings))
    student, teacher = (result["mse"][0][who] for who in ("student", "teacher"))
    assert student[0] == teacher[0]  # the first step has nothing to see a turn from
    assert result["good_steps"] == [
        n for n, mse in zip(flow_maps.N_STEPS, student, strict=True) if mse <= teacher[1]
    ]
    assert 2 < result["good_steps"][0] < 16
    power = result["mse"][0]["power"]
    assert power == sorted(power)  # of a flow that grows, Euler's steps see too little
    assert 0.5 < power[-1] < 1.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_steps": 0}, "n_steps must be at least 1, got 0"),
        ({"few_steps": 5}, "few_steps must be one of 1, 2, 3"),
        ({"path_substeps": 50}, "multiple of 12 for 4 steps, got 50"),
        ({"few_steps": 8, "path_substeps": 12}, "multiple of 24 for 8 steps, got 12"),
        ({"data_frames": -1}, "data_frames must be at least 0, got -1"),
        ({"alpha_power": 0.0}, "alpha_power must be more than 0, got 0"),
        ({"good_steps": "1,few"}, "good_steps must be numbers in 1..1000 as 1,4,16, got '1,few'"),
        ({"rescale": 2.0}, "0..1, got 2.0"),
        ({"batch_frames": 0}, "at least 1, got 0"),
    ],
)
def test_settings_check_themselves(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DistillSettings(**wrong)  # type: ignore[arg-type]


def test_few_steps_follow_each_item_s_strengths() -> None:
    """As the sampler does for one pair of strengths at a time."""
    torch.manual_seed(0)
    net = UNet(CONFIG).requires_grad_(False)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, 0.0, 0.2)
    x_0 = torch.randn(2, 8, 10)
    asked = distill.Conditions.nothing(CONFIG, 2, 10, x_0)
    asked = replace(asked, has_grid=torch.ones(2), strengths=torch.tensor([[3.0, 1.0], [6.0, 2.0]]))
    both = distill.few(net, x_0, asked, 3)
    for i, strengths in enumerate(((3.0, 1.0), (6.0, 2.0))):
        one = flow_maps.picked(asked, torch.tensor([i]))
        alone = iadb.sample(net, x_0[i : i + 1], one, 3, *strengths, distilled=True)
        torch.testing.assert_close(both[i : i + 1], alone, atol=1e-5, rtol=1e-5)
    assert float((both[0] - both[1]).abs().max()) > 0
