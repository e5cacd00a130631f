"""An evaluation of a tiny checkpoint on a toy corpus: all columns, nothing judged twice, nothing asked in vain."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model import tags
from model.pipeline import Pipeline
from tests import tiny_checkpoint
from tests.training import toy_corpus, toy_judges
from training import evaluate, latents, trials
from training.corpus.dataset import Corpus
from training.evaluate import EvaluationSettings, Records
from training.judges import WEIGHTS
from training.report import REAL, Column
from training.trials import Trial

COLUMN = Column("2 steps", 2, 3.0, 1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus, a checkpoint that knows all conditions, and judges."""
    folder = tmp_path_factory.mktemp("evaluate")
    toy_corpus.write(folder / "corpus", 12)
    tiny_checkpoint.write(folder / "checkpoint")
    toy_judges.judges().save(folder / "judges" / WEIGHTS)
    return folder


def settings_for(folder: Path, **more: object) -> EvaluationSettings:
    few: dict[str, object] = {"loops": 4, "asked": 1, "pairs": 1, "prompts": 1, "seeds": 2, "rungs": 4}
    few["out"] = folder / "out"
    return EvaluationSettings(
        checkpoint=folder / "checkpoint",
        corpus=folder / "corpus",
        judges=folder / "judges",
        spectra=folder / "spectra",
        latents=folder / "none",
        steps="1",
        guidance="",
        device="cpu",
        **(few | more),  # type: ignore[arg-type]
    )


def test_a_whole_evaluation_then_nothing_left_to_render(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = evaluate.evaluate(settings_for(folder))
    out = folder / "out"
    assert list(summary["columns"]) == ["real", "2 steps", "codec", "1 step"]
    main = summary["columns"]["2 steps"]
    assert {"kad", "kad_low", "seam", "rms_correlation", "wish_no kick", "diversity", "tempo_right"} & set(
        main
    )
    assert "kad_ratio" in summary["columns"]["1 step"]
    assert not any(name.startswith("wish") for name in summary["columns"]["1 step"])
    assert set(summary["ladders"]) >= {"low-pass 3.5 kHz", "smear 40 ms", "hiss at -15 dB"}
    assert json.loads((out / "evaluation.json").read_text()) == summary
    assert (out / "evaluation.md").read_text().startswith("| | real | 2 steps | codec | 1 step | target |")
    assert {"shares.png", "memory.png", "steps.png"} <= {path.name for path in out.iterdir()}

    def never(*_: object) -> None:
        raise AssertionError("judged already")

    monkeypatch.setattr(evaluate, "rendered", never)
    monkeypatch.setattr(evaluate, "round_trip", never)
    again = evaluate.evaluate(settings_for(folder))
    assert again["columns"] == summary["columns"]


def test_losses_are_of_the_latents_of_the_checkpoint_s_own_codec(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = {"loops": 0, "asked": 0, "pairs": 0, "prompts": 0, "rungs": 0, "validation_loops": 2}
    given = replace(settings_for(folder, out=folder / "losses", **nothing), latents=folder / "latents")
    command = ["latents", "--corpus", str(folder / "corpus"), "--checkpoint", str(folder / "checkpoint")]
    monkeypatch.setattr(sys, "argv", [*command, "--out", str(given.latents), "--workers", "1"])
    latents.main()
    losses = evaluate.evaluate(given)["losses"]
    assert set(losses) == {"val_text", "val_tags", "val_descriptors", "val_grid", "val_no_grid"}
    assert all(np.isfinite(loss) and loss > 0 for loss in losses.values())
    assert "| grid and text |" in (given.out / "evaluation.md").read_text()
    about = given.latents / latents.ABOUT
    about.write_text(about.read_text().replace('latent_space": "', 'latent_space": "other-'))
    assert evaluate.evaluate(given)["losses"] == {}
    assert "latents of another codec" in capsys.readouterr().out
    about.unlink()
    assert evaluate.evaluate(given)["losses"] == {}
    assert "no validation loss: no loops in" in capsys.readouterr().out


def test_no_time_left_still_gives_a_report(folder: Path) -> None:
    summary = evaluate.evaluate(settings_for(folder, out=folder / "late", max_minutes=1e-9))
    assert summary["columns"]["2 steps"] == {}


def test_tags_and_curves_reach_the_net(folder: Path) -> None:
    pipeline = Pipeline.load(folder / "checkpoint", "cpu")
    corpus = Corpus(folder / "corpus", "heldout")
    _, plain = evaluate.asked_of(pipeline, Trial("text", 1, 5, "dub techno"), COLUMN, corpus)
    assert float(plain.has_text) == 1
    assert not plain.tags.any()
    trial = Trial("instruments", 1, 5, present=("kick",), absent=("pad",), genre="acid", key="A minor")
    _, asked = evaluate.asked_of(pipeline, trial, COLUMN, corpus)
    assert torch.equal(asked.tags[0], tags.vector("acid", (), ("kick",), ("pad",), "A minor"))
    assert not asked.has_text.any()
    _, asked = evaluate.asked_of(pipeline, Trial("centroid", 1, 5), COLUMN, corpus)
    assert asked.has_descriptors.tolist() == [[0, 1, 0, 0]]
    expected = trials.asked_curves(corpus, 1)[1]  # the tiny net's descriptors are in their units
    torch.testing.assert_close(asked.descriptors[0, 1], expected, atol=1e-4, rtol=0)


def test_a_trial_is_rendered_at_its_loop_s_length_and_the_same_every_time(folder: Path) -> None:
    pipeline = Pipeline.load(folder / "checkpoint", "cpu")
    corpus = Corpus(folder / "corpus", "heldout")
    loop = evaluate.rendered(pipeline, Trial("genre", 1, 5, genre="acid"), COLUMN, corpus)
    assert abs(len(loop) - toy_corpus.N_SAMPLES) < 30  # the tempo is rounded to hundredths
    assert np.array_equal(
        loop, evaluate.rendered(pipeline, Trial("genre", 1, 5, genre="acid"), COLUMN, corpus)
    )


def test_an_old_net_is_not_asked_for_what_it_was_never_taught(folder: Path, tmp_path: Path) -> None:
    tiny_checkpoint.write(tmp_path, knows_all=False)
    config = Pipeline.load(tmp_path, "cpu").unet.config
    assert [evaluate.knows(config, name) for name in ("text", "tags", "descriptors")] == [True, False, False]


def test_records_outlive_a_line_that_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "out" / "records.jsonl"
    records = Records(path)
    records.put("a", {"value": 1.5})
    records.put("b", [1, 2])
    records.close()
    path.write_text(path.read_text()[:-8])
    records = Records(path)
    assert records.get("a") == {"value": 1.5}
    assert records.get("b") is None
    records.put("b", [1, 2])
    records.close()
    assert Records(path).get("b") == [1, 2]


def test_without_judges_or_a_corpus_there_is_a_line_that_says_what_to_do(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = ["--checkpoint", str(folder / "checkpoint"), "--device", "cpu", "--out", str(tmp_path)]
    assert evaluate.main([*known, "--corpus", str(folder / "corpus"), "--judges", str(tmp_path)]) == 2
    assert "python -m training.judges makes them" in capsys.readouterr().err
    assert evaluate.main([*known, "--corpus", str(tmp_path / "none")]) == 2
    assert "no corpus in" in capsys.readouterr().err


def test_columns_are_the_settings_then_steps_then_guidance() -> None:
    settings = EvaluationSettings(steps="1,4", guidance="1:1,6:1,3:1")
    names = [column.name for column in settings.columns(own_steps=4)]
    assert names == ["4 steps", "1 step", "4 steps, guidance 1, grid 1", "4 steps, guidance 3, grid 1"]
    assert settings.columns(own_steps=4)[0].kinds is None
    assert REAL not in names


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"steps": "1,x"}, "steps must be numbers in 1..1000 as 1,4,16, got '1,x'"),
        ({"guidance": "3"}, "guidance must be content:grid as 1:1,3:2, got '3'"),
        ({"pairs": -1}, "pairs must be at least 0, got -1"),
    ],
)
def test_wrong_settings_are_refused(more: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EvaluationSettings(**more)  # type: ignore[arg-type]
