"""The command line: what it accepts, and one clear line with exit code 2 for what it does not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from instrument import cli, console
from instrument.generator import GeneratorSettings, render_recipe
from instrument.params import ADDRESSES, DECKS, SPECS, describe, markdown
from instrument.recipe import GENERATIVE, Recipe
from instrument.render import RenderError, RenderSettings, render
from tests import tiny_checkpoint
from tests.instrument.fake_pipeline import RATE, FakePipeline

ROOT = Path(__file__).parents[2]


@pytest.fixture
def _fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instrument.render.load_pipeline", lambda settings: FakePipeline.load())


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `ladmg ARGUMENTS`."""
    try:
        code = cli.main(arguments)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("render --bpm 999 --out x.wav", "bpm must be a number in 60..200, got 999"),
        ("render --bpm nan --out x.wav", "bpm must be a number in 60..200, got nan"),
        ("render --bpm fast --out x.wav", "bpm must be a number in 60..200, got fast"),
        ("render --bars 3 --out x.wav", "n_bars must be one of 1, 2, 4, 8, got 3"),
        ("render --seed-a -1 --out x.wav", "seed_a must be a whole number in 0..999999, got -1"),
        ("render --seed-b 1.5 --out x.wav", "seed_b must be a whole number in 0..999999, got 1.5"),
        ("render --steps 17 --out x.wav", "n_steps must be a whole number in 0..16, got 17"),
        ("render --morph 1.1 --out x.wav", "morph must be a number in 0..1, got 1.1"),
        ("render --cfg-scale 9 --out x.wav", "cfg_scale must be a number in 0..8, got 9"),
        ("render --cfg-grid 4.1 --out x.wav", "cfg_grid must be a number in 0..4, got 4.1"),
        ("render --key H --out x.wav", "key must be one of off, C minor, C# minor, D minor"),
        ("render --key 25 --out x.wav", "or an index 0..24, got 25"),
        ("render --swing 49 --out x.wav", "swing must be a number in 50..75, got 49"),
        ("render --brightness -1.5 --out x.wav", "brightness must be a number in -1..1, got -1.5"),
        (
            "render --prompt-2 acid --out x.wav",
            "--prompt-2 has no weight and would not be heard: give --weight-2",
        ),
        ("render", "--out"),
        ("render --out x.mp3", "--out must be a file named *.wav, got 'x.mp3'"),
        (
            "render --out /no/such/folder/x.wav",
            "can't write '/no/such/folder/x.wav': No such file or directory",
        ),
        ("render --checkpoint /no/such --out x.wav", "no checkpoint in '/no/such'"),
        ("play --checkpoint /no/such", "no checkpoint in '/no/such'"),
        ("doctor --checkpoint /no/such", "no checkpoint in '/no/such'"),
        ("doctor --block 0", "block must be in 1..8192 samples, got 0"),
        ("doctor --fresh", "--fresh"),
        ("play --latency 0", "latency must be above 0 and at most 2 s, got 0"),
        ("play --latency nan", "latency must be above 0 and at most 2 s, got nan"),
        ("play --outputs 1-2", "outputs must look like main=1-2,cue=3-4"),
        ("play --outputs main=1-2,cue=2-3", "an output can play one thing only, got main=1-2,cue=2-3"),
        ("play --page-port seven", "port must be a whole number in 0..65535, got seven"),
        ("play --osc-port 70000", "port must be a whole number in 0..65535, got 70000"),
        ("play --bind 203.0.113.1", "--bind 203.0.113.1 opens OSC to the network: say who may play"),
        (
            "play --bind 203.0.113.1 --allow ::1",
            "--allow ::1/128 is IPv6 and never heard on --bind 203.0.113.1",
        ),
        (
            "play --bind 0.0.0.0 --allow 192.168.1.7/24",
            "like 192.168.1.0/24, or an address, got '192.168.1.7/24'; did you mean 192.168.1.0/24?",
        ),
        ("play --allow everybody", "network must be one like 192.168.1.0/24, or an address, got 'everybody'"),
        ("play --allow 10.0.0.0/8", "--allow needs --bind with an address that others can send to"),
        ("params --json --markdown", "not allowed with"),
        ("", "COMMAND"),
        ("sing", "sing"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: str, text: str
) -> None:
    code, out, err = run(capsys, *arguments.split())
    assert (code, out) == (2, "")
    assert text in err
    assert err.startswith("ladmg")
    assert err.count("\n") == 1


def test_params_lists_every_address(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "params")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(ADDRESSES)
    code, out, _ = run(capsys, "params", "--json")
    assert code == 0
    assert json.loads(out) == json.loads(json.dumps(describe()))
    code, out, _ = run(capsys, "params", "--markdown")
    assert (code, out) == (0, markdown())
    rows = [[cell.strip() for cell in row.split(" | ")] for row in out.splitlines()[2:]]
    assert [row[0].strip("| `") for row in rows] == [
        address for address, (_, deck) in ADDRESSES.items() if deck in (None, DECKS[0])
    ]
    assert {len(row) for row in rows} == {6}


def test_render_has_an_option_for_every_setting_of_a_loop(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "render", "--help")
    words = " ".join(out.split())
    for name in GENERATIVE:
        option = {"n_bars": "--bars", "n_steps": "--steps"}.get(name, f"--{name.replace('_', '-')}")
        assert option in words
        doc = next(spec.doc for spec in SPECS if spec.name == name)
        assert doc in words


@pytest.mark.usefixtures("_fake_model")
def test_render_writes_what_the_generator_would_play(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out_file = tmp_path / "x.wav"
    arguments = f"render --bpm 133.33 --bars 2 --seed-a 7 --steps 3 --out {out_file}".split()
    code, out, err = run(capsys, *arguments, "--prompt", "acid  house")
    assert (code, err) == (0, "")
    audio, rate = soundfile.read(out_file, dtype="float32", always_2d=True)
    recipe = Recipe(bpm=133.33, n_bars=2, seed_a=7, n_steps=3, prompt="acid house")
    assert rate == RATE
    assert audio.shape == (round(2 * 240 / 133.33 * RATE), 2)
    np.testing.assert_array_equal(audio, render_recipe(FakePipeline(), recipe).audio)
    made = Recipe.from_json(out.splitlines()[-1])
    assert made == replace(recipe, checkpoint="clicks", gain_db=made.gain_db)
    assert "3 steps" in out
    assert "times real time" in out
    assert soundfile.info(out_file).subtype == "FLOAT"
    assert list(tmp_path.iterdir()) == [out_file]


@pytest.mark.usefixtures("_fake_model")
def test_render_takes_every_knob_and_prints_the_recipe_that_makes_the_loop_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    knobs = "--weight-2 0.5 --cfg-grid 2 --brightness -0.5 --density 0.25 --swing 58 --bars 1"
    texts = ["--prompt", "acid", "--prompt-2", "dub techno", "--negative", "kick", "--key", "f# MINOR"]
    code, out, _ = run(capsys, "render", *knobs.split(), *texts, "--out", str(tmp_path / "x.wav"))
    assert code == 0
    assert Recipe.from_json(out.splitlines()[-1]) == Recipe(
        gain_db=4.0,
        n_bars=1,
        n_steps=8,
        key="F# minor",
        prompt="acid",
        prompt_2="dub techno",
        weight_2=0.5,
        negative="kick",
        cfg_grid=2.0,
        brightness=-0.5,
        density=0.25,
        swing=58.0,
        checkpoint="clicks",
    )


@pytest.mark.usefixtures("_fake_model")
def test_what_the_model_was_never_taught_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["--prompt", "untaught", "--key", "A minor", "--out", str(tmp_path / "x.wav")]
    code, out, err = run(capsys, "render", *arguments)
    assert (code, out, err) == (2, "", "ladmg: key must be off, got A minor\n")


@pytest.mark.usefixtures("_fake_model")
def test_the_same_recipe_is_the_same_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """libsndfile puts the time of day into a float WAV's header: two renders differed in a byte."""
    for name in ("x.wav", "y.wav"):
        assert run(capsys, "render", "--bars", "1", "--out", str(tmp_path / name))[0] == 0
        time.sleep(1.1)
    assert (tmp_path / "x.wav").read_bytes() == (tmp_path / "y.wav").read_bytes()


@pytest.mark.usefixtures("_fake_model")
def test_a_render_that_fails_leaves_the_old_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out_file = tmp_path / "x.wav"
    out_file.write_bytes(b"old")
    code, _, err = run(capsys, "render", "--prompt", "nan", "--out", str(out_file))
    assert code == 2
    assert "samples are not finite" in err
    assert list(tmp_path.iterdir()) == [out_file]
    assert out_file.read_bytes() == b"old"


def test_a_folder_that_cannot_be_written_is_refused_before_the_model_loads(tmp_path: Path) -> None:
    settings = GeneratorSettings(load="nowhere:never")
    folder = tmp_path / "y.wav"
    folder.mkdir()
    with pytest.raises(RenderError, match="it is a folder"):
        list(render(RenderSettings(folder, generator=settings)))
    with pytest.raises(RenderError, match="No such file or directory"):
        list(render(RenderSettings(tmp_path / "gone" / "y.wav", generator=settings)))


def test_an_unknown_device_is_one_line_and_nothing_is_left(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "instrument", "play", "--device", "no such card", "--osc-port", "0"]
    command += ["--page-port", "0"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("ladmg: no sound card named 'no such card'; available: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("option", "resume"), [((), None), (("--resume",), True), (("--fresh",), False)])
def test_what_play_does_with_the_session_before(
    option: tuple[str, ...], resume: bool | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    played: list[console.PlaySettings] = []
    monkeypatch.setattr(console, "play", played.append)
    assert cli.main(["play", "--state", str(tmp_path), *option]) == 0
    assert (played[0].resume, played[0].state) == (resume, tmp_path)


def test_info_tells_of_a_checkpoint_and_refuses_a_broken_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tiny_checkpoint.write(tmp_path / "tiny")
    code, out, err = run(capsys, "info", str(folder))
    assert (code, err) == (0, "")
    assert out.startswith("tiny-")
    code, out, err = run(capsys, "info", str(folder), "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["unet"]["n_steps"] == 2

    file = folder / "codec.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    code, out, err = run(capsys, "info", str(folder))
    assert code == 2
    assert "checksum ok" in out, "the parts that are whole are told all the same"
    assert "codec.safetensors is truncated" in err
    code, out, err = run(capsys, "info", str(tmp_path))
    assert (code, out) == (2, "")
    assert "manifest.json is missing" in err
    assert err.count("\n") == 1


def test_training_commands_are_listed_and_have_their_own_options(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--help")
    assert {"train", "distill", "evaluate"} <= set(out.split())
    code, out, err = run(capsys, "train", "--help")
    assert (code, err) == (0, "")
    assert "usage: ladmg train" in out
    assert "--max-minutes" in out
    code, _, err = run(capsys, "train", "--max-minutes", "-1")
    assert (code, err) == (2, "ladmg train: max_minutes must be above 0, got -1.0\n")


def test_without_the_extra_a_training_command_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "training":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    code, out, err = run(capsys, "train", "--max-minutes", "1")
    assert (code, out) == (2, "")
    assert (
        err == "ladmg: train needs the extra train, lightning_fabric is missing: pip install 'ladmg[train]'\n"
    )
