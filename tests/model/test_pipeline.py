"""Settings in, exact loop out: the whole path on a checkpoint with random weights."""

from dataclasses import replace

import numpy as np
import pytest

from model.loops import n_samples
from model.pipeline import LoopSettings, Pipeline
from tests import tiny_checkpoint

SETTINGS = LoopSettings(bpm=125.0, n_bars=1, prompt="warm dub techno")


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return Pipeline.load(tiny_checkpoint.write(tmp_path_factory.mktemp("tiny")), device="cpu")


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


@pytest.mark.parametrize(
    "change",
    [
        {"seed_a": 5},
        {"morph": 0.5},
        {"prompt": "acid no kick"},
        {"prompt": ""},
        {"cfg_scale": 0.0},
        {"n_steps": 5},
    ],
)
def test_every_setting_is_heard(pipeline: Pipeline, change: dict[str, object]) -> None:
    changed = pipeline.render(replace(SETTINGS, **change))  # type: ignore[arg-type]
    assert not np.allclose(changed.audio, pipeline.render(SETTINGS).audio)


def test_the_ends_of_a_morph_are_its_seeds(pipeline: Pipeline) -> None:
    b = pipeline.render(replace(SETTINGS, seed_a=2, seed_b=9))
    assert np.array_equal(pipeline.render(replace(SETTINGS, seed_a=1, seed_b=2, morph=1.0)).audio, b.audio)


def test_the_checkpoint_says_how_many_steps(pipeline: Pipeline) -> None:
    assert pipeline.render(SETTINGS).n_steps == 2
    assert pipeline.render(replace(SETTINGS, n_steps=3)).n_steps == 3


@pytest.mark.parametrize("wrong", [{"bpm": 0.0}, {"n_bars": 3}, {"n_steps": -1}, {"morph": 1.5}])
def test_settings_that_would_break_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        LoopSettings(**({"bpm": 125.0} | wrong))  # type: ignore[arg-type]
