"""Loops of one's own on the command line: what is read from the file, what the recipe remembers, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from instrument import cli, generator
from instrument.generator import GeneratorSettings, loop_settings
from instrument.recipe import Recipe, Source
from instrument.render import RenderError, RenderSettings, own_loop, render
from tests.instrument.fake_pipeline import FakePipeline

OWN = Source("loop.wav", "0123456789abcdef", 124.0, 4, strength=0.6, regenerate="4.4")


@pytest.fixture(autouse=True)
def _fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "load_pipeline", lambda settings: FakePipeline())
    monkeypatch.setattr("instrument.render.load_pipeline", lambda settings: FakePipeline())


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Two bars at 128 BPM, at a rate that isn't ours."""
    folder = tmp_path / "mine"
    folder.mkdir()
    path = folder / "loop.wav"
    soundfile.write(path, np.random.default_rng(1).uniform(-0.5, 0.5, (165_375, 2)), 44_100)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str], str]:
    try:
        code = cli.main([str(argument) for argument in arguments])
    except SystemExit as error:
        code = int(error.code or 0)
    captured = capsys.readouterr()
    return code, captured.out.splitlines(), captured.err


def made(line: str) -> Recipe:
    return Recipe.from_json(line)


def test_a_loop_has_the_tempo_and_bars_of_its_file_unless_others_are_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, own: Path
) -> None:
    out = tmp_path / "x.wav"
    code, lines, err = run(capsys, "render", "--from", own, "--out", out)
    assert (code, err) == (0, "")
    assert lines[0] == f"{own}: 2 bars at 128 BPM, by its length"
    recipe = made(lines[-1])
    assert (recipe.bpm, recipe.n_bars) == (128.0, 2)
    assert recipe.source == Source(str(own), own_loop(own).sha256, 128.0, 2)
    code, lines, err = run(capsys, "render", "--from", own, "--from-bpm", 128, "--bpm", 132, "--out", out)
    assert (code, err) == (0, "")
    assert made(lines[-1]).bpm == 132.0
    assert made(lines[-1]).source == recipe.source


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", {"strength": 0.0}),
        ("--strength 0.3", {"strength": 0.3}),
        ("--regenerate 2.4", {"strength": 1.0, "regenerate": "2.4"}),
        ("--regenerate 2.1-2.4 --strength 0.5", {"strength": 0.5, "regenerate": "2.1-2.4"}),
        ("--alike", {"strength": 1.0, "is_alike": True}),
        ("--alike --strength 0", {"strength": 0.0, "is_alike": True}),
    ],
)
def test_what_is_made_anew_goes_into_the_recipe(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, own: Path, options: str, expected: dict[str, Any]
) -> None:
    code, lines, _ = run(capsys, "render", "--from", own, *options.split(), "--out", tmp_path / "x.wav")
    assert code == 0
    assert made(lines[-1]).source == replace(own_loop(own), **expected)


def test_variations_are_numbered_files_of_the_next_seeds(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, own: Path
) -> None:
    arguments = ["--from", own, "--variations", 3, "--seed-a", 999_998, "--out", tmp_path / "x.wav"]
    code, lines, _ = run(capsys, "render", *arguments)
    assert code == 0
    recipes = [made(line) for line in lines if line.startswith("{")]
    assert [recipe.seed_a for recipe in recipes] == [999_998, 999_999, 0]
    assert {recipe.source for recipe in recipes} == {replace(own_loop(own), strength=0.6)}
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["x-1.wav", "x-2.wav", "x-3.wav"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--from", "none.wav"], "ladmg: no audio file at none.wav\n"),
        (["--from", "OWN", "--from-bpm", "100"], "lasts 3.750 s: 1.562 bars of 100 BPM"),
        (["--from", "OWN", "--from-bars", "3"], "must be 1, 2, 4 or 8, got 3"),
        (["--from", "OWN", "--strength", "1.5"], "strength must be in 0..1, got 1.5"),
        (
            ["--from", "OWN", "--strength", "0", "--regenerate", "1"],
            "strength must be above 0 to regenerate 1",
        ),
        (["--from", "OWN", "--regenerate", "3.1"], "bar must be in 1..2, got 3 in '3.1'"),
        (
            ["--from", "OWN", "--regenerate", "the end"],
            "no place of a loop: 'the end'; allowed: 4.4 (bar.beat)",
        ),
        (["--strength", "0.5"], "--strength needs --from FILE"),
        (["--regenerate", "4.4"], "--regenerate needs --from FILE"),
        (["--alike"], "--alike needs --from FILE"),
        (["--from-bars", "4"], "--from-bars needs --from FILE"),
        (["--variations", "0"], "variations must be in 1..99, got 0"),
    ],
)
def test_what_cannot_be_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, own: Path, options: list[str], reason: str
) -> None:
    options = [str(own) if option == "OWN" else option for option in options]
    code, _, err = run(capsys, "render", *options, "--out", tmp_path / "x.wav")
    assert code == 2
    assert reason in err
    assert err.count("\n") == 1
    assert not list(tmp_path.glob("*.wav"))


def test_places_are_checked_before_the_model_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bar must be in"):
        RenderSettings(
            tmp_path / "x.wav", Recipe(n_bars=2, source=OWN), GeneratorSettings(load="nowhere:never")
        )


def test_the_content_names_the_loop_not_its_place() -> None:
    recipe = Recipe(source=OWN)
    assert recipe.id == Recipe(source=replace(OWN, path="/elsewhere/loop.wav")).id
    for change in (
        {"sha256": "f" * 16},
        {"bpm": 125.0},
        {"strength": 0.5},
        {"regenerate": "4.3"},
        {"is_alike": True},
    ):
        assert recipe.id != Recipe(source=replace(OWN, **change)).id  # type: ignore[arg-type]
    assert recipe.id != Recipe().id
    assert recipe.heard().source == OWN


def test_json_brings_a_source_back() -> None:
    recipe = Recipe(seed_a=7, source=OWN)
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert "source" not in Recipe().to_json()
    with pytest.raises(ValueError, match="no setting 'loudness' of a recipe's source"):
        Recipe.from_dict({"source": {"loudness": 1}})


def test_beside_a_source_both_seeds_are_heard() -> None:
    """One is the far end of the morph, the other what is made anew with."""
    heard = Recipe(source=OWN, morph=1.0, seed_a=1, seed_b=9).heard()
    assert (heard.morph, heard.seed_a, heard.seed_b) == (1.0, 1, 9)
    assert Recipe(source=OWN, seed_b=5).id == Recipe(source=OWN, seed_b=6).id


def test_the_strength_of_a_sound_that_is_asked_for_is_heard() -> None:
    alike = replace(OWN, is_alike=True)
    assert Recipe(source=alike, cfg_scale=5.0).id != Recipe(source=alike, cfg_scale=2.0).id
    assert Recipe(source=OWN, cfg_scale=5.0).id == Recipe(source=OWN, cfg_scale=2.0).id


def test_the_model_gets_the_source_as_it_is() -> None:
    source = loop_settings(Recipe(source=OWN)).source
    assert source is not None
    assert vars(source) == vars(OWN)


def test_a_file_that_is_no_loop_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("words")
    with pytest.raises(RenderError, match="no audio file that can be read"):
        own_loop(path)


def test_a_loop_is_written_before_the_next_is_begun(tmp_path: Path) -> None:
    loops = render(RenderSettings(tmp_path / "x.wav", Recipe(n_bars=1), n_variations=2))
    first, _ = next(loops)
    assert [path.name for path in tmp_path.iterdir()] == [first.name] == ["x-1.wav"]
    assert [path.name for path, _ in loops] == ["x-2.wav"]
