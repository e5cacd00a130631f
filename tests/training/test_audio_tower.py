"""Training of the audio tower: its data is resumable and checked, its measures count right, and it learns."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from model import audio_tower, checkpoint
from model.audio_tower import N_BANDS, AudioTower, n_frames
from model.checkpoint import CheckpointError
from model.text import FILE_NAME, TextTower
from training.audio_tower import (
    AudioTowerSettings,
    Batch,
    Excerpts,
    Facts,
    Names,
    Nets,
    Spectra,
    analyse,
    auc,
    captions,
    ceiling,
    equaliser_curves,
    measure,
    ranks,
    train,
)
from training.corpus.dataset import Corpus
from training.corpus.truth import SPLITS, Truth
from training.loop import TrainingError

needs_weights = pytest.mark.skipif(
    not (checkpoint.DEFAULT_FOLDER / FILE_NAME).is_file(), reason="no text tower has been trained"
)
GENRES = ("minimal techno", "deep house", "acid", "dub techno")


def write_corpus(folder: Path, n_loops: int = 6) -> None:
    """One-bar loops of bursts of noise, of which the genre sets the band, in the corpus' own format."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        rng, lines, sounds, offset = np.random.default_rng(len(split)), [], [], 0
        for seed in range(n_loops):
            genre, frames = GENRES[seed % 4], 120 + seed
            truth = Truth(
                seed=seed, split=split, frames=frames, n_bars=1, bpm=240 * 75 / frames, key="C", mode="minor",
                genre=genre, moods=("dark",) if seed % 2 else ("warm",), instruments=("kick",) if seed % 3 else (),
                density=0.5, brightness=0.5, swing=50.0, groove="straight", energy=0.5, kit="k", pattern="p",
            )  # fmt: skip
            time = np.arange(truth.n_samples) / 48_000
            tone = np.sin(2 * np.pi * 200 * 4 ** (seed % 4) * time) + 0.1 * rng.standard_normal(len(time))
            burst = (0.3 * tone * np.exp(-9 * (time % 0.4)))[:, None].repeat(2, 1)
            sounds.append(np.round(burst.clip(-1, 1) * 32_767).astype("<i2").tobytes())
            lines.append(json.dumps(json.loads(truth.to_json()) | {"offset": offset}) + "\n")
            offset += truth.n_samples
        (folder / f"{split}.i16").write_bytes(b"".join(sounds))
        (folder / f"{split}.jsonl").write_text("".join(lines))


def write_captions(folder: Path, corpus: Path, text: TextTower) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "about.json").write_text(json.dumps({"embedding_space": text.space}))
    for split in SPLITS:
        vectors = [
            text.embed_batch([f"{truth.genre} loop", f"some {truth.moods[0]} {truth.genre}"]).numpy()
            for truth in Corpus(corpus, split).truths
        ]
        np.save(folder / f"{split}-captions.npy", np.stack(vectors).astype(np.float16))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    write_corpus(tmp_path / "corpus")
    return tmp_path / "corpus"


def test_spectra_are_those_of_the_loops(corpus: Path, tmp_path: Path) -> None:
    loops = Corpus(corpus, "heldout")
    analyse(loops, tmp_path / "spectra", "heldout")
    spectra = Spectra(tmp_path / "spectra", "heldout", loops.truths)
    assert len(spectra) == len(loops)
    for index in (0, 3, 5):
        expected = audio_tower.spectrum(torch.from_numpy(loops.audio(index).T.copy()))
        assert spectra.loop(index).shape == (n_frames(loops.truths[index].n_samples), N_BANDS)
        torch.testing.assert_close(torch.from_numpy(spectra.loop(index)), expected, atol=0.01, rtol=0.001)


def test_a_broken_off_analysis_goes_on_after_the_last_whole_loop(corpus: Path, tmp_path: Path) -> None:
    loops, folder = Corpus(corpus, "train"), tmp_path / "spectra"
    analyse(loops, folder, "train")
    whole = (folder / "train.f16").read_bytes()
    for kept in (0, 100, len(whole) // 2, len(whole) - 1, len(whole)):
        (folder / "train.f16").write_bytes(whole[:kept])
        analyse(loops, folder, "train")
        assert (folder / "train.f16").read_bytes() == whole


def test_spectra_of_other_settings_or_another_corpus_are_refused(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops, folder = Corpus(corpus, "train"), tmp_path / "spectra"
    analyse(loops, folder, "train")
    with pytest.raises(TrainingError, match="delete"):
        Spectra(folder, "train", loops.truths[:-1])
    monkeypatch.setattr(audio_tower, "FLOOR", 1e-3)
    with pytest.raises(TrainingError, match="other settings"):
        analyse(loops, folder, "train")


def test_captions_of_another_space_are_refused(tmp_path: Path) -> None:
    (tmp_path / "about.json").write_text('{"embedding_space": "ladmg-text-1-other"}')
    np.save(tmp_path / "train-captions.npy", np.ones((2, 8, 4), np.float16))
    with pytest.raises(CheckpointError, match="ladmg-text-1-other"):
        captions(tmp_path, "train", 2, "ladmg-text-1-mine")
    with pytest.raises(TrainingError, match="captions of 2 loops, the corpus 3"):
        captions(tmp_path, "train", 3, "ladmg-text-1-other")
    with pytest.raises(FileNotFoundError, match=r"training\.latents"):
        captions(tmp_path, "heldout", 2, "ladmg-text-1-other")


def test_excerpts_are_drawn_by_the_generator_alone(corpus: Path, tmp_path: Path) -> None:
    loops = Corpus(corpus, "train")
    analyse(loops, tmp_path / "spectra", "train")
    wordings = functional.normalize(torch.randn(len(loops), 8, 16), dim=-1)
    drawn = Excerpts(Spectra(tmp_path / "spectra", "train", loops.truths), wordings, Facts.of(loops.truths))
    first, again, other = (drawn.draw(4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.excerpts, again.excerpts)
    assert torch.equal(first.wording, again.wording)
    assert first.excerpts.shape[::2] == (4, N_BANDS)
    assert not torch.equal(first.wording, other.wording)
    assert len(drawn.draw(99, np.random.default_rng(0)).excerpts) == len(loops)


def test_the_equaliser_is_flat_where_its_knots_are_level() -> None:
    torch.testing.assert_close(equaliser_curves().sum(0), torch.ones(N_BANDS))


def test_ranks_count_who_is_nearer() -> None:
    answers = torch.eye(4)
    assert ranks(answers, answers, 4).tolist() == [0, 0, 0, 0]
    assert ranks(answers, answers.flip(0), 4).tolist() == [1, 1, 1, 1]
    assert len(ranks(torch.eye(7), torch.eye(7), 3)) == 6


def test_auc_of_perfect_reversed_and_no_knowledge() -> None:
    truths = torch.tensor([[1.0, 1.0], [1.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    scores = torch.tensor([[0.9, 0.0], [0.8, 0.0], [0.2, 0.0], [0.1, 0.0]])
    assert auc(scores, truths) == 1.0
    assert auc(-scores, truths) == 0.0
    assert auc(0 * scores, truths) == 0.5


@needs_weights
def test_what_knows_the_captions_measures_best(corpus: Path) -> None:
    text, truths = TextTower.load(checkpoint.DEFAULT_FOLDER), 4 * Corpus(corpus, "heldout").truths
    names, facts = Names.of(text), Facts.of(truths)
    wordings = functional.normalize(torch.randn(len(truths), 4, text.dim), dim=-1)
    knowing = measure(functional.normalize(wordings.mean(1), dim=1), wordings, names, facts)
    guessing = measure(
        functional.normalize(torch.randn(len(truths), text.dim), dim=1), wordings, names, facts
    )
    assert knowing["own caption first of 16"] > 0.9
    assert guessing["own caption first of 16"] < 0.4
    assert knowing["cosine to the mean caption"] == pytest.approx(1.0)
    assert measure(names.genres[facts.genre], wordings, names, facts)["genre read back"] == 1.0
    assert 0 <= ceiling(wordings, names, facts)["own caption first of 16"] <= 1


@needs_weights
def test_losses_fall_where_a_vector_is_moved_to_its_captions() -> None:
    """Each loss's gradient with respect to the encoder points the right way: a step against it lowers the sum."""
    text = TextTower.load(checkpoint.DEFAULT_FOLDER)
    torch.manual_seed(0)
    nets, names = Nets(audio_tower.AudioSettings(128, (16, 16), (1, 1), 16, 0.0)), Names.of(text)
    truths = [
        Truth(
            seed=i, split="train", frames=576, n_bars=4, bpm=125.0, key="C", mode="minor", genre=GENRES[i],
            moods=("dark",), instruments=("kick",), density=0.5, brightness=0.5, swing=50.0, groove="", energy=0.5,
            kit="", pattern="",
        )
        for i in range(4)
    ]  # fmt: skip
    wording = text.embed_batch(GENRES).clone()
    batch = Batch(torch.randn(4, 32, N_BANDS), True, wording, wording, Facts.of(truths))
    optimiser = torch.optim.AdamW(nets.parameters(), lr=0.01)
    rows = []
    for _ in range(30):
        lost = nets.losses(batch, names)
        rows.append({name: loss.item() for name, loss in lost.items()})
        optimiser.zero_grad()
        torch.stack([*lost.values()]).sum().backward()
        optimiser.step()
    assert all(rows[-1][name] < rows[0][name] for name in rows[0])


@needs_weights
def test_a_run_writes_a_part_that_loads_and_embeds_all_loops(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TextTower.load(checkpoint.DEFAULT_FOLDER)
    write_captions(tmp_path / "latents", corpus, text)
    given = AudioTowerSettings(
        corpus=corpus,
        captions=tmp_path / "latents",
        spectra=tmp_path / "spectra",
        checkpoint=tmp_path / "checkpoint",
        embed_into=tmp_path / "latents",
        out=tmp_path / "run",
        max_steps=2,
        batch=4,
        log_every=1,
        validate_every=2,
        device="cpu",
    )
    train(given)
    tower = AudioTower.load(tmp_path / "checkpoint")
    assert tower.space == text.space
    loops = Corpus(corpus, "heldout")
    embedded = np.load(tmp_path / "latents" / "heldout-audio.npy")
    expected = tower.embed(torch.from_numpy(loops.audio(2).T.copy()))
    assert embedded.shape == (len(loops), tower.dim)
    assert float(torch.from_numpy(embedded[2].astype(np.float32)) @ expected) > 0.999
    assert "free wording" in capsys.readouterr().out
    train(replace(given, resume=True, max_steps=3))
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["step"] == 3
    assert "part AUC" in rows[-1]


def test_settings_check_themselves() -> None:
    with pytest.raises(ValueError, match="batch must be at least 2"):
        AudioTowerSettings(batch=1)
