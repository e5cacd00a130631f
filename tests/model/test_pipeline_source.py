"""From a loop of one's own to another: what is asked is made, what is to be kept is kept; on a random checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

from model.audio_in import AudioInError
from model.checkpoint import CheckpointError
from model.inversion import worst_snr_db
from model.loops import n_samples
from model.pipeline import LoopSettings, Pipeline, Sampling, recorded
from model.settings import Source
from tests import tiny_checkpoint

BPM = 150.0  # 120 frames a bar: short


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return Pipeline.load(tiny_checkpoint.write(tmp_path_factory.mktemp("tiny")), device="cpu")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("own") / "loop.wav"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, (n_samples(BPM, 1), 2)), 48_000)
    return Source(str(path), bpm=BPM)


def dream(pipeline: Pipeline, source: Source | None, **changes: object) -> Tensor:
    settings = replace(LoopSettings(BPM, 1, source=source), **changes)  # type: ignore[arg-type]
    asked = pipeline.conditions(settings)
    return pipeline.dream(settings, asked, pipeline.negative(settings, asked))


def own(pipeline: Pipeline, source: Source) -> Tensor:
    with torch.inference_mode():
        return recorded(source).latents(pipeline.codec, pipeline.device)


def test_a_loop_of_which_nothing_is_asked_is_itself(pipeline: Pipeline, source: Source) -> None:
    assert torch.equal(dream(pipeline, source), own(pipeline, source))
    loop = pipeline.render(LoopSettings(BPM, 1, source=source))
    with torch.inference_mode():
        decoded = pipeline.codec.decode(own(pipeline, source))
    np.testing.assert_allclose(loop.audio, decoded[0].T.numpy(), atol=1e-5)


def test_its_noise_leads_back_to_it(pipeline: Pipeline, source: Source) -> None:
    found = pipeline.inversion(recorded(source))
    assert found.snr_db >= 20
    replayed = dream(pipeline, source, swing=50.001)  # anything asked is played from the noise
    assert worst_snr_db(replayed, own(pipeline, source)) >= 20
    assert pipeline.inversion(recorded(source)) is found


@pytest.mark.parametrize("bpm", [60.0, 120.0, 200.0])
def test_at_another_tempo_it_has_that_length(pipeline: Pipeline, source: Source, bpm: float) -> None:
    assert pipeline.render(LoopSettings(bpm, 1, source=source)).audio.shape == (n_samples(bpm, 1), 2)


@pytest.mark.parametrize(
    "change",
    [
        {"morph": 0.3},
        {"prompts": ("acid",)},
        {"negative": "kick"},
        {"swing": 60.0},
        {"key": "A minor"},
        {"brightness": 0.5},
    ],
)
def test_what_is_asked_of_it_is_heard(pipeline: Pipeline, source: Source, change: dict[str, object]) -> None:
    unasked = dream(pipeline, source, swing=50.001)  # from the noise, under the same guidance
    hardly_any = float((dream(pipeline, source, swing=50.002) - unasked).norm())
    assert float((dream(pipeline, source, **change) - unasked).norm()) > 10 * hardly_any


def test_a_morph_begins_with_the_loop_and_ends_with_the_seed(
    pipeline: Pipeline, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seed in the same steps: a loop is taken back by those of first order, and so played by them."""
    distances = [
        float((dream(pipeline, source, morph=morph, seed_b=7) - own(pipeline, source)).norm())
        for morph in (0.0, 0.2, 0.5, 1.0)
    ]
    assert distances == sorted(distances)
    monkeypatch.setattr(Sampling, "order", lambda sampling, n_steps: 1)
    seed = dream(pipeline, None, seed_a=7, n_steps=50, morph=0.0)
    torch.testing.assert_close(dream(pipeline, source, morph=1.0, seed_b=7), seed, atol=0.02, rtol=0.02)


def test_some_beats_are_made_anew_and_the_others_stay_bit_for_bit(pipeline: Pipeline, source: Source) -> None:
    fill = replace(source, strength=1.0, regenerate="1.4")
    made, before = dream(pipeline, fill), own(pipeline, source)
    assert torch.equal(made[..., :90], before[..., :90])
    assert not bool((made[..., 90:] == before[..., 90:]).all(dim=1).any())
    assert not torch.equal(made, dream(pipeline, fill, seed_a=5))
    assert not torch.equal(made, dream(pipeline, fill, prompts=("acid",)))


def test_strength_leads_from_the_loop_to_the_seed(pipeline: Pipeline, source: Source) -> None:
    made = [dream(pipeline, replace(source, strength=s), n_steps=8) for s in (0.01, 0.3, 0.7, 1.0)]
    distances = [float((x - own(pipeline, source)).norm()) for x in made]
    assert distances == sorted(distances)
    torch.testing.assert_close(made[-1], dream(pipeline, None, n_steps=8))


def test_a_file_that_has_changed_is_refused(pipeline: Pipeline, source: Source, tmp_path: Path) -> None:
    named = replace(source, sha256=recorded(source).sha256[:16])
    assert torch.equal(dream(pipeline, named), own(pipeline, source))
    with pytest.raises(AudioInError, match="has another content than it had"):
        dream(pipeline, replace(named, sha256="0" * 16))
    with pytest.raises(AudioInError, match="no audio file"):
        dream(pipeline, replace(named, path=str(tmp_path / "gone.wav")))


def test_a_loop_keeps_its_bars(pipeline: Pipeline, source: Source) -> None:
    with pytest.raises(AudioInError, match=r"n_bars must be 1, as .* has, got 2"):
        dream(pipeline, source, n_bars=2)


def test_a_model_that_cannot_hear_says_so(pipeline: Pipeline, source: Source) -> None:
    with pytest.raises(CheckpointError, match="no audio tower"):
        dream(pipeline, replace(source, is_alike=True))


def test_the_sound_of_a_loop_is_a_prompt_among_the_others(
    pipeline: Pipeline, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = torch.nn.functional.normalize(torch.arange(16.0), dim=0)
    monkeypatch.setattr(pipeline.clap, "embed_audio", lambda waveform: sound, raising=False)
    alike = LoopSettings(BPM, 1, source=replace(source, is_alike=True))
    torch.testing.assert_close(pipeline.text(alike), sound)
    words = pipeline.embed("acid")
    torch.testing.assert_close(
        pipeline.text(replace(alike, prompts=("acid",))), torch.nn.functional.normalize(sound + words, dim=0)
    )


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"strength": 1.5}, "strength must be in"),
        ({"strength": float("nan")}, "strength must be in"),
        ({"regenerate": "1.1"}, "strength must be above 0 to regenerate"),
        ({"regenerate": "2.1", "strength": 1.0}, "bar must be in"),
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        LoopSettings(BPM, 1, source=replace(Source("loop.wav"), **wrong))  # type: ignore[arg-type]


def test_how_fast_the_machine_is_is_not_measured_by_inverting(
    source: Source, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Renders from a source are no measure of a render: the first one that asked for a number of steps broke."""
    folder = tiny_checkpoint.write(tmp_path_factory.mktemp("few"), few_steps=4, n_steps=4, good_steps=[2, 4])
    few = Pipeline.load(folder, device="cpu")
    settings = LoopSettings(BPM, 1, source=source)
    few.render(replace(settings, n_steps=few.affordable_steps(settings, 1e-9)))
    assert not few.pace.is_known
