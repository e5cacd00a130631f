"""`ladmg prepare` as a whole: thirty mixed files, a run that goes on, and one that is killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from model import descriptors, tags
from model.codec import Codec
from model.loops import HOP
from model.text import TextTower
from tests import tiny_checkpoint
from tests.training.recordings import drums, mixed_folder, write
from training import shards
from training.prepare import folder as prepare_folder
from training.prepare.command import main
from training.prepare.folder import PrepareError, PrepareSettings, prepare
from training.shards import ShardError, Shards

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.timeout(900)  # thirty files, and processes that import torch, on a busy machine


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint.write(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="module")
def mixed(
    tmp_path_factory: pytest.TempPathFactory, checkpoint: Path
) -> tuple[Path, dict[str, str], dict[str, Any]]:
    """(folder with "in", "out" and "table.csv", what each file must become, the report)."""
    where = tmp_path_factory.mktemp("mixed")
    fate = mixed_folder(where / "in")
    settings = PrepareSettings(where / "in", where / "out", csv=where / "table.csv", checkpoint=checkpoint)
    return where, fate, prepare(settings, show=lambda row: None)


def test_thirty_mixed_files_have_the_right_fates(mixed: tuple[Path, dict[str, str], dict[str, Any]]) -> None:
    where, fate, report = mixed
    assert len(fate) == 30
    assert {entry["file"]: entry["kind"] for entry in report["files"]} == fate
    assert report["n_files"] == 30
    assert report["n_kept"] == sum(kind == "kept" for kind in fate.values())
    assert report["skipped"] == Counter(kind for kind in fate.values() if kind != "kept")
    assert all(bool(entry["why"]) == (entry["kind"] != "kept") for entry in report["files"])
    assert report["other_files"] == ["cover.jpg"]
    assert report["not_in_folder"] == ["no such file.wav"]
    assert json.loads((where / "out" / "report.json").read_text()) == report


def test_every_kept_file_has_its_tempo_and_length(mixed: tuple[Path, dict[str, str], dict[str, Any]]) -> None:
    entries = {entry["file"]: entry for entry in mixed[2]["files"]}
    for name, bpm, lengths in (
        ("loops/a 120.wav", 120, [4]),
        ("loops/b.flac", 125, [2]),
        ("loops/d.mp3", 124, [4, 4]),
        ("loops/i.aiff", 129.5, [4]),
        ("loops/m one bar.wav", 123, [1]),
        ("loops/l_127bpm_F#min.wav", 127, [4]),
        ("dub techno/track 1.wav", 121.3, [4, 4]),
        ("dub techno/basement/track 3.ogg", 116.5, [4, 4]),
        ("in the table.wav", 131, [4, 4]),
    ):
        assert entries[name]["bpm"] == pytest.approx(bpm, rel=5e-4), name
        assert [loop["n_bars"] for loop in entries[name]["loops"]] == lengths, name
    assert entries["loops/a 120.wav"]["bpm_source"] == "length"
    assert entries["dub techno/track 1.wav"]["bpm_source"] == "heard"
    assert entries["in the table.wav"]["bpm_source"] == "given"
    first = entries["dub techno/track 1.wav"]["loops"][0]["start_s"]
    assert first == pytest.approx(0.7, abs=0.006)


def test_what_is_stored_is_the_loop_as_the_models_see_it(
    mixed: tuple[Path, dict[str, str], dict[str, Any]], checkpoint: Path
) -> None:
    where, fate, report = mixed
    read = Shards(where / "out")
    assert len(read) == report["n_loops"]
    assert set(read.sources) == {name for name, kind in fate.items() if kind == "kept"}
    codec, text = Codec.load(checkpoint), TextTower.load(checkpoint)
    assert read.about["latent_space"] == codec.latent_space()
    assert read.about["embedding_space"] == text.space
    for index in range(len(read)):
        item = read.item(index)
        assert item.latents.shape == (8, item.frames)
        assert item.descriptors.shape == (4, item.frames)
        assert bool(torch.isfinite(item.latents).all())
        assert item.frames == pytest.approx(
            item.n_bars * 240 * 75 / dict(bpms(report))[item.source], rel=4e-3
        )
    # A loop that is its whole file, at 48 kHz and whole frames long, is encoded as it is but for its level.
    index = read.sources.index("loops/a 120.wav")
    item = read.item(index)
    waveform = torch.from_numpy(drums(120, 4, 1).T.copy())
    assert waveform.shape[1] == item.frames * HOP
    shift = item.descriptors[0] - descriptors.describe(waveform)[0]
    assert float(shift.std()) < 0.05
    gain = 10 ** (float(shift.mean()) / 20)
    with torch.inference_mode():
        expected = codec.encode(gain * waveform[None])[0]
    torch.testing.assert_close(item.latents, expected, atol=0.05, rtol=0)


def bpms(report: dict[str, Any]) -> list[tuple[str, float]]:
    return [(entry["file"], entry["bpm"]) for entry in report["files"]]


def test_folders_names_and_the_table_become_tags_and_captions(
    mixed: tuple[Path, dict[str, str], dict[str, Any]], checkpoint: Path
) -> None:
    read, text = Shards(mixed[0] / "out"), TextTower.load(checkpoint)

    def first(source: str) -> shards.Loop:
        return read.item(read.sources.index(source))

    dub = first("dub techno/basement/track 3.ogg")
    assert dub.tags.equal(tags.vector("dub techno"))
    assert dub.captions == ("dub techno, basement",)
    torch.testing.assert_close(dub.text_embeddings[0], text.embed("dub techno, basement"), atol=1e-3, rtol=0)
    assert first("Deep-House, dark/track 4.wav").tags.equal(tags.vector("deep house", ["dark"]))
    assert first("no kick/hats.wav").tags.equal(tags.vector(without=["kick"]))
    assert first("loops/l_127bpm_F#min.wav").tags.equal(tags.vector(key="F# minor"))
    listed = first("in the table.wav")
    assert listed.tags.equal(tags.vector("acid", without=["closed hat", "open hat"], key="A minor"))
    assert "rusty" in listed.captions[0]
    assert first("slow drift.wav").captions == ()


def test_the_splits_part_files_not_loops(mixed: tuple[Path, dict[str, str], dict[str, Any]]) -> None:
    where, _, report = mixed
    train, heldout = (Shards(where / "out", split) for split in ("train", "heldout"))
    assert len(train) + len(heldout) == report["n_loops"]
    assert set(heldout.sources) == set(report["heldout_files"])
    assert not set(train.sources) & set(heldout.sources)
    assert len(heldout) == report["n_loops_heldout"] > 0


def test_a_dry_run_says_the_same_and_writes_nothing(
    mixed: tuple[Path, dict[str, str], dict[str, Any]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = mixed[0]
    few = tmp_path / "few"
    for name in ("loops/m one bar.wav", "dub techno/track 2.flac", "bad/silence.wav"):
        (few / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(where / "in" / name, few / name)
    assert main([str(few), "--dry-run", "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().out
    assert not (tmp_path / "out").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few"]
    assert "1 of 1 bar" in shown
    assert "2 of 4 bars; dub techno" in shown
    assert "- silent: its level is -180 dBFS" in shown
    assert "3 files: 2 kept, 1 skipped: 1 silent" in shown


def loops_folder(folder: Path, n_files: int, bpm: float | None = None) -> Path:
    """Loops of a bar, each at a tempo of its own or all at `bpm`; and a file that is too short."""
    for k in range(n_files):
        write(folder / f"loop {k:02}.wav", drums(bpm or 110 + 3 * k, 1, seed=k))
    write(folder / "loop 03 short.wav", drums(125, 1)[:5000])
    return folder


def same(a: Path, b: Path) -> None:
    """Both folders hold the same loops, and their journals say the same."""
    assert shards.read_journal(a) == shards.read_journal(b)
    one, other = Shards(a), Shards(b)
    assert one.sources == other.sources
    for index in range(len(one)):
        torch.testing.assert_close(one.item(index).latents, other.item(index).latents, atol=2e-3, rtol=0)
        torch.testing.assert_close(
            one.item(index).descriptors, other.item(index).descriptors, atol=1e-3, rtol=0
        )
    names = [sorted(path.name for path in folder.glob("*.safetensors")) for folder in (a, b)]
    assert names[0] == names[1]


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare_folder, "SHARD_FILES", 3)


@pytest.mark.usefixtures("small_shards")
def test_a_run_goes_on_where_it_was_and_takes_in_what_is_new(
    tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = loops_folder(tmp_path / "in", 7)
    settings = PrepareSettings(here, tmp_path / "out", checkpoint=checkpoint, bpm=None)
    whole = prepare(settings, show=lambda row: None)
    analysed = []
    analyse = prepare_folder.analyse

    def counted(path: Path, *more: Any) -> prepare_folder.Analysis:
        analysed.append(path.name)
        return analyse(path, *more)

    monkeypatch.setattr(prepare_folder, "analyse", counted)
    assert prepare(settings, show=lambda row: None) == whole
    assert analysed == []
    write(here / "loop 02 new.wav", drums(140, 1, seed=50))
    write(here / "loop 05.wav", drums(141, 1, seed=51))  # changed
    (here / "loop 00.wav").unlink()
    report = prepare(settings, show=lambda row: None)
    assert sorted(analysed) == ["loop 02 new.wav", "loop 05.wav"]
    assert report["n_loops"] == 7
    read = Shards(settings.out)
    assert Counter(read.sources)["loop 05.wav"] == 1
    assert read.item(read.sources.index("loop 05.wav")).frames == round(240 / 141 * 75)
    (tmp_path / "table.csv").write_text("file,tags\nloop 04.wav,acid\n")
    analysed.clear()
    prepare(replace(settings, csv=tmp_path / "table.csv"), show=lambda row: None)
    assert analysed == ["loop 04.wav"]
    read = Shards(settings.out)
    assert read.item(read.sources.index("loop 04.wav")).tags.equal(tags.vector("acid"))


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("broken", ["write_shard", "append_journal"])
@pytest.mark.parametrize("after", [0, 1])
def test_an_end_at_any_step_of_writing_loses_that_shard_only(
    tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, broken: str, after: int
) -> None:
    """Before a shard is written, and between its being written and its being entered."""
    here = loops_folder(tmp_path / "in", 6)
    settings = PrepareSettings(here, tmp_path / "out", checkpoint=checkpoint)
    calls = []
    function = getattr(shards, broken)

    def fails(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) > after:
            raise KeyboardInterrupt
        function(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(shards, broken, fails)
        with pytest.raises(KeyboardInterrupt):
            prepare(settings, show=lambda row: None)
    assert len(shards.read_journal(settings.out)) == after
    prepare(settings, show=lambda row: None)
    prepare(replace(settings, out=tmp_path / "unbroken"), show=lambda row: None)
    same(settings.out, tmp_path / "unbroken")


def test_kill_9_at_random_moments_ends_with_the_same_set(
    tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, out = loops_folder(tmp_path / "in", 16, bpm=125), tmp_path / "out"
    code = (
        "import sys; from training.prepare import folder; from training.prepare.command import main\n"
        "folder.SHARD_FILES = 2; sys.exit(main(sys.argv[1:]))"
    )
    # The tempo is given, which spares every process the beat tracker's compilation.
    more = ["--bpm", "125", "--checkpoint", str(checkpoint)]
    command = [sys.executable, "-c", code, str(here), "--out", str(out), *more]
    rng = random.Random(4)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    n_done = 0
    for _ in range(2):
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while len(shards.read_journal(out)) <= n_done and process.poll() is None:
            time.sleep(0.005)
        time.sleep(rng.uniform(0.0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.wait()
        entered = shards.read_journal(out)
        assert len(entered) > n_done  # what was entered before is still there, and something came to it
        n_done = len(entered)
        read = Shards(out)
        assert len(read) == sum(len(entry["loops"]) for batch in entered for entry in batch["files"])
        assert all(bool(torch.isfinite(read.item(k).latents).all()) for k in range(len(read)))
    monkeypatch.setattr(prepare_folder, "SHARD_FILES", 2)
    settings = PrepareSettings(here, out, bpm=125.0, checkpoint=checkpoint)
    report = prepare(settings, show=lambda row: None)
    unbroken = prepare(replace(settings, out=tmp_path / "unbroken"), show=lambda row: None)
    assert report == unbroken
    assert report["n_loops"] == 16
    same(out, tmp_path / "unbroken")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bars", "3"], "bars must be one or several of 1, 2, 4, 8, got (3,)"),
        (["--bars", "four"], "bars must be numbers with commas between, as in 4,2,1; got four"),
        (["--bpm", "999"], "bpm must be a number in 40..250, got 999"),
        (["--bpm-range", "60", "180"], "the second 1.5 to 2 times the first, got 60 180"),
        (["--min-confidence", "2"], "min_confidence must be in 0..1, got 2.0"),
        (["--csv", "/no/such.csv"], "/no/such.csv can't be read"),
        (["--checkpoint", "/no/such"], "no checkpoint at /no/such: manifest.json is missing"),
    ],
)
def test_what_can_not_be_meant_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    write(tmp_path / "in/x.wav", drums(125, 1))
    with pytest.raises(SystemExit) as end:
        raise SystemExit(main([str(tmp_path / "in"), "--out", str(tmp_path / "out"), *arguments]))
    shown = capsys.readouterr()
    assert (end.value.code, shown.out) == (2, "")
    assert shown.err.startswith("ladmg prepare: ")
    assert message in shown.err
    assert shown.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


class FakeClap:
    """A CLAP of another space that hears how loud a loop is and nothing else."""

    space, dim = "fake", 3

    def embed_text_batch(self, texts: list[str]) -> torch.Tensor:
        return torch.tensor([[0.0, 0.0, 1.0]]).repeat(len(texts), 1)

    def embed_audio(self, waveform: torch.Tensor, is_loop: bool = True) -> torch.Tensor:
        assert waveform.ndim == 2
        assert waveform.shape[1] % HOP == 0
        return torch.tensor([0.6, 0.8, 0.0])


def test_sounds_are_embedded_by_the_clap_that_is_asked_for(
    tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(
        prepare_folder.LaionClap, "load", lambda path, device: asked.append(path) or FakeClap()
    )
    write(tmp_path / "in/acid/x.wav", drums(125, 1))
    settings = PrepareSettings(tmp_path / "in", tmp_path / "out", checkpoint=checkpoint)
    prepare(replace(settings, laion_clap=tmp_path / "weights.pt"), show=lambda row: None)
    assert asked == [tmp_path / "weights.pt"]
    read = Shards(settings.out)
    assert read.about["embedding_space"] == "fake"
    item = read.item(0)
    assert item.audio_embedding is not None
    torch.testing.assert_close(item.audio_embedding, torch.tensor([0.6, 0.8, 0.0]), atol=1e-3, rtol=0)
    torch.testing.assert_close(item.text_embeddings, torch.tensor([[0.0, 0.0, 1.0]]))
    with pytest.raises(PrepareError, match="was prepared with embedding_space fake"):
        prepare(settings)


def test_folders_that_hold_nothing_or_something_else_are_refused(tmp_path: Path, checkpoint: Path) -> None:
    with pytest.raises(PrepareError, match="must be a folder with audio in it, and is none"):
        PrepareSettings(tmp_path / "none", tmp_path / "out")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/notes.txt").touch()
    settings = PrepareSettings(tmp_path / "in", tmp_path / "out", checkpoint=checkpoint)
    with pytest.raises(PrepareError, match=r"no audio files in .*: 1 files with other names"):
        prepare(settings)
    write(tmp_path / "in/x.wav", drums(125, 1))
    prepare(settings, show=lambda row: None)
    with pytest.raises(
        PrepareError, match=r"was prepared with bars \[4, 2, 1\], now it is \[2\]: choose another --out"
    ):
        prepare(replace(settings, bars=(2,)))
    (settings.out / shards.ABOUT).write_text("{")
    with pytest.raises(ShardError, match=r"about\.json can't be read"):
        prepare(settings)
