"""Settings in, exact loop out: the whole path on a checkpoint with random weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model import descriptors, loops, tags
from model.checkpoint import CheckpointError
from model.loops import n_samples
from model.pipeline import LoopSettings, Pipeline, Sampling, check_conditions, log_bpm
from model.settings import UnknownConditionError
from model.unet import UNetConfig
from tests import tiny_checkpoint

SETTINGS = LoopSettings(bpm=125.0, n_bars=1, prompts=("warm dub techno",))


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return Pipeline.load(tiny_checkpoint.write(tmp_path_factory.mktemp("tiny")), device="cpu")


@pytest.fixture(scope="module")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A net that knows of no tags and no descriptors."""
    folder = tiny_checkpoint.write(tmp_path_factory.mktemp("untaught"), knows_all=False)
    return Pipeline.load(folder, device="cpu")


@pytest.fixture(scope="module")
def distilled(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    folder = tmp_path_factory.mktemp("distilled")
    tiny_checkpoint.write(folder, few_steps=4, good_steps=[2, 4, 8], n_steps=4)
    return Pipeline.load(folder, device="cpu")


@pytest.mark.parametrize(("bpm", "n_bars"), [(60.0, 1), (125.0, 4), (127.31, 2), (199.99, 1), (200.0, 8)])
def test_a_loop_has_exactly_its_samples(pipeline: Pipeline, bpm: float, n_bars: int) -> None:
    loop = pipeline.render(LoopSettings(bpm=bpm, n_bars=n_bars))
    assert loop.audio.shape == (n_samples(bpm, n_bars), 2)
    assert loop.audio.dtype == np.float32
    assert np.isfinite(loop.audio).all()
    assert set(loop.timings_s) == {"text", "unet", "decode", "resample"}


def test_the_same_settings_give_the_same_bits(pipeline: Pipeline) -> None:
    first = pipeline.render(SETTINGS)
    pipeline.render(replace(SETTINGS, seed_a=77, bpm=131.0))
    assert np.array_equal(first.audio, pipeline.render(SETTINGS).audio)


CHANGES: list[dict[str, Any]] = [
    {"seed_a": 5},
    {"morph": 0.5},
    {"prompts": ("acid no kick",)},
    {"prompts": ()},
    {"prompts": ("warm dub techno", "acid")},
    {"negative": "kick"},
    {"cfg_scale": 0.0},
    {"cfg_grid": 2.0},
    {"n_steps": 5},
    {"key": "A minor"},
    {"brightness": 0.5},
    {"density": -0.5},
    {"swing": 60.0},
    {"rate": 0.5},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_setting_is_heard(pipeline: Pipeline, change: dict[str, Any]) -> None:
    changed = pipeline.render(replace(SETTINGS, **change))
    assert not np.allclose(changed.audio, pipeline.render(SETTINGS).audio)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_setting_is_heard_from_a_distilled_net(distilled: Pipeline, change: dict[str, Any]) -> None:
    changed = distilled.render(replace(SETTINGS, **change))
    assert not np.allclose(changed.audio, distilled.render(SETTINGS).audio)


def test_the_ends_of_a_morph_are_its_seeds(pipeline: Pipeline) -> None:
    b = pipeline.render(replace(SETTINGS, seed_a=2, seed_b=9))
    assert np.array_equal(pipeline.render(replace(SETTINGS, seed_a=1, seed_b=2, morph=1.0)).audio, b.audio)


def test_a_prompt_without_weight_is_not_heard_and_only_the_ratio_of_weights_counts(
    pipeline: Pipeline,
) -> None:
    alone = pipeline.text(SETTINGS)
    both = replace(SETTINGS, prompts=("warm dub techno", "acid"))
    assert torch.equal(pipeline.text(replace(both, weights=(0.3, 0.0))), alone)
    half = pipeline.text(replace(both, weights=(0.5, 0.5)))
    torch.testing.assert_close(half, pipeline.text(replace(both, weights=(1.0, 1.0))))
    torch.testing.assert_close(half.norm(), torch.tensor(1.0))
    assert float(half @ alone) == pytest.approx(float(half @ pipeline.embed("acid")), abs=1e-5)


def test_knobs_ask_for_their_descriptors_only(pipeline: Pipeline) -> None:
    nothing = pipeline.conditions(SETTINGS)
    assert not nothing.has_descriptors.any()
    asked = pipeline.conditions(replace(SETTINGS, brightness=-0.5, density=1.0))
    by_name = dict(zip(descriptors.NAMES, range(4), strict=True))
    assert asked.has_descriptors[0].tolist() == [float(name in ("centroid", "onsets")) for name in by_name]
    spread = pipeline.unet.config.descriptor_spread
    centroid, onsets = by_name["centroid"], by_name["onsets"]
    assert (asked.descriptors[0, centroid] == -1.0 * spread[centroid]).all()
    assert (asked.descriptors[0, onsets] == 2.0 * spread[onsets]).all()


def test_a_key_is_its_tag(pipeline: Pipeline) -> None:
    asked = pipeline.conditions(replace(SETTINGS, key="F# major"))
    assert torch.equal(asked.tags[0], tags.vector(key="F# major"))
    with pytest.raises(ValueError, match="key must be among C minor"):
        pipeline.conditions(replace(SETTINGS, key="H minor"))


def test_half_time_is_a_grid_of_half_the_tempo(pipeline: Pipeline) -> None:
    asked = pipeline.conditions(replace(SETTINGS, n_bars=2, rate=0.5))
    frames = loops.n_frames(125.0, 2)
    slow = pipeline.conditions(LoopSettings(bpm=62.5, n_bars=1))
    assert slow.phases.shape[2] == frames
    torch.testing.assert_close(asked.phases, slow.phases)
    assert float(asked.log_bpm) == pytest.approx(log_bpm(frames, 1))


def test_a_negative_prompt_keeps_the_grid_and_asks_nothing_else(pipeline: Pipeline) -> None:
    asked = pipeline.conditions(replace(SETTINGS, negative="kick", key="A minor", brightness=1.0))
    assert pipeline.negative(SETTINGS, asked) is None
    negative = pipeline.negative(replace(SETTINGS, negative="kick"), asked)
    assert negative is not None
    assert torch.equal(negative.phases, asked.phases)
    assert float(negative.has_grid) == float(negative.has_text) == 1.0
    assert not negative.tags.any()
    assert not negative.has_descriptors.any()
    torch.testing.assert_close(negative.text[0], pipeline.embed("kick"))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"key": "A minor"}, "key must be off, got A minor: the model tiny-[0-9a-f]{8} was never taught key"),
        ({"brightness": 0.5}, r"brightness must be 0, got 0\.5"),
        ({"density": -0.5}, r"density must be 0, got -0\.5"),
    ],
)
def test_what_a_net_was_never_taught_is_an_error_that_says_so(
    untaught: Pipeline, change: dict[str, Any], text: str
) -> None:
    with pytest.raises(UnknownConditionError, match=text) as caught:
        untaught.render(replace(SETTINGS, **change))
    assert caught.value.setting == next(iter(change))
    assert np.isfinite(untaught.render(SETTINGS).audio).all()


def test_the_checkpoint_says_how_many_steps(pipeline: Pipeline) -> None:
    assert pipeline.render(SETTINGS).n_steps == 2
    assert pipeline.render(replace(SETTINGS, n_steps=3)).n_steps == 3
    assert pipeline.affordable_steps(SETTINGS, 1e-9) == 2  # nothing to choose from


def test_as_many_good_steps_as_the_time_allows(distilled: Pipeline) -> None:
    assert distilled.render(SETTINGS).n_steps == 4
    assert distilled.affordable_steps(SETTINGS, float("inf")) == 8
    assert distilled.affordable_steps(SETTINGS, 1e-9) == 2
    frames = loops.n_frames(125.0, 1)
    assert distilled.affordable_steps(SETTINGS, 1.001 * distilled.pace.estimate_s(frames, 4, 1)) == 4
    assert distilled.affordable_steps(SETTINGS, 1.001 * distilled.pace.estimate_s(frames, 8, 1)) == 4
    assert distilled.affordable_steps(SETTINGS, 1.001 * distilled.pace.estimate_s(frames, 8, 2)) == 8
    avoiding = replace(SETTINGS, negative="kick")  # each step takes two passes
    assert distilled.affordable_steps(avoiding, 1.001 * distilled.pace.estimate_s(frames, 4, 1)) == 2


def test_the_first_loop_is_there_soonest(distilled: Pipeline) -> None:
    fresh = Pipeline(
        distilled.codec,
        distilled.unet,
        distilled.clap,
        distilled.sampling,
        distilled.checkpoint_id,
        distilled.device,
    )
    assert fresh.affordable_steps(SETTINGS, 3600.0) == 2
    assert fresh.affordable_steps(SETTINGS, float("inf")) == 8
    assert not fresh.pace.is_known  # nothing was rendered to find out
    fresh.render(SETTINGS)
    assert fresh.affordable_steps(SETTINGS, 3600.0) == 8


def count_passes(pipeline: Pipeline, settings: LoopSettings, n_steps: int) -> float:
    """How often the net really answers for one loop in one of its steps."""
    counted = []
    hook = pipeline.unet.register_forward_hook(lambda _, inputs, __: counted.append(len(inputs[0])))
    pipeline.render(replace(settings, n_steps=n_steps))
    hook.remove()
    return sum(counted) / n_steps


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"prompts": ()},
        {"prompts": (), "key": "A minor"},
        {"negative": "kick"},
        {"negative": "kick", "prompts": ()},
        {"cfg_scale": 0.0},
        {"cfg_grid": 2.0},
        {"cfg_grid": 3.0},
        {"cfg_grid": 4.0, "negative": "kick"},
    ],
    ids=str,
)
def test_time_is_planned_for_the_passes_that_are_made(
    pipeline: Pipeline, distilled: Pipeline, change: dict[str, Any]
) -> None:
    settings = replace(SETTINGS, **change)
    for one in (pipeline, distilled):
        for n_steps in (1, 5):
            assert one._n_passes(settings, n_steps) == count_passes(one, settings, n_steps)


def test_a_distilled_net_is_told_few_steps_and_guided_in_many(distilled: Pipeline) -> None:
    told: list[tuple[float, list[float]]] = []

    def noted(_: Any, inputs: Any) -> None:
        _, _, step, conditions = inputs
        told.append((float(step[0]), conditions.strengths[0].tolist()))

    hook = distilled.unet.register_forward_pre_hook(noted)
    distilled.render(replace(SETTINGS, n_steps=2))
    assert told == [(0.25, [6.0, 1.0]), (0.75, [6.0, 1.0])]
    told.clear()
    distilled.render(replace(SETTINGS, n_steps=5))
    hook.remove()
    assert set(map(str, told)) == {str((0.0, [1.0, 1.0]))}


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ({"good_steps": [0]}, "steps must be in 1..1000"),
        ({"rescale": 2.0}, r"rescale must be in 0\.\.1, got 2"),
        ({"few_steps": -1}, r"few_steps must be in 0\.\.1000, got -1"),
        ({"embedding_space": "elsewhere"}, "another embedding_space"),
    ],
)
def test_a_part_that_makes_no_sense_is_refused(tmp_path: Path, part: dict[str, Any], text: str) -> None:
    with pytest.raises(CheckpointError, match=text):
        Pipeline.load(tiny_checkpoint.write(tmp_path, **part), device="cpu")


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ({"n_tags": 5}, f"n_tags must be 0 or {tags.N_TAGS}, got 5"),
        ({"n_descriptors": 2}, "n_descriptors must be 0 or 4, got 2"),
        ({"n_descriptors": 4}, r"descriptor_spread must have 4 entries, got \(\)"),
        ({}, "a distilled net must have_strengths"),
    ],
)
def test_a_net_with_other_conditions_is_refused(sizes: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        check_conditions(UNetConfig(**sizes), Sampling(4, (4,), few_steps=4))
