"""The judges: what they are taught, keys that turn with the notes, what speaks for a caption, a training of seconds."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from model import audio_tower
from model.audio_tower import N_BANDS
from model.checkpoint import CheckpointError
from model.tags import GENRES, INSTRUMENTS, KEYS_24
from tests.training import toy_corpus, toy_judges
from training import ears, judges
from training.audio_tower import Spectra
from training.corpus.captions import Claims
from training.corpus.dataset import Corpus
from training.ears import Judges
from training.judges import Facts, JudgeSettings


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    """A folder with a corpus and judges that had a few steps; and their scores."""
    folder = tmp_path_factory.mktemp("judges")
    toy_corpus.write(folder / "corpus", 12)
    settings = JudgeSettings(
        out=folder / "judges",
        corpus=folder / "corpus",
        spectra=folder / "spectra",
        max_steps=3,
        batch=4,
        frames=64,
        key_steps=150,
        log_every=1,
        precision="fp32",
        device="cpu",
    )
    return folder, judges.train(settings, toy_judges.SIZES)


def test_a_training_of_seconds_leaves_judges_that_load_and_hear(
    taught: tuple[Path, dict[str, float]],
) -> None:
    folder, scores = taught
    assert scores == json.loads((folder / "judges" / "scores.json").read_text())
    assert 0 <= scores["genre right"] <= 1
    corpus = Corpus(folder / "corpus", "heldout")
    heard = Judges.load(folder / "judges" / judges.WEIGHTS).hear(corpus.audio(3))
    assert heard.genre.sum() == pytest.approx(1, abs=1e-4)
    assert heard.key.shape == (24,)
    assert heard.parts.shape == (len(INSTRUMENTS),)
    assert np.isfinite(heard.embedding).all()


def test_the_key_of_a_held_chord_is_heard_in_keys_that_were_never_taught(
    taught: tuple[Path, dict[str, float]],
) -> None:
    """A key judge of few steps on twelve loops; a roll of the pitch classes is another key."""
    folder, _ = taught
    corpus = Corpus(folder / "corpus", "train")
    known = [i for i in range(len(corpus)) if judges.heard_key(corpus.truths[i])]
    spectra = Spectra(folder / "spectra", "train", corpus.truths)
    net = judges.train_key_ear(spectra, Facts.of(corpus.truths, []), 150)
    rows = torch.stack([ears.notes(torch.from_numpy(spectra.loop(i))) for i in known])
    right = [
        KEYS_24[int(k)] == judges.heard_key(corpus.truths[i])
        for i, k in zip(known, net(rows).argmax(1), strict=True)
    ]
    assert np.mean(right) > 0.7
    for shift in (1, 5):
        there = net(rows.roll(shift, 2)).view(-1, 2, 12)
        torch.testing.assert_close(there, net(rows).view(-1, 2, 12).roll(shift, 2), atol=1e-4, rtol=1e-4)


def test_notes_begin_at_c() -> None:
    time = torch.arange(48_000) / 48_000
    waveform = 0.1 * torch.sin(2 * torch.pi * 523.0 * time).repeat(2, 1)  # C5
    held = ears.notes(audio_tower.spectrum(waveform))[: audio_tower.N_SEMITONES // 12]
    assert int(held.amax(0).argmax()) == 0


def test_relative_keys_have_the_same_notes() -> None:
    assert ears.related("A minor", "C major")
    assert ears.related("C major", "C major")
    assert ears.related("D# minor", "F# major")
    assert not ears.related("A minor", "A major")
    assert not ears.related("A minor", "E minor")


@pytest.mark.parametrize("kind", ears.DEGRADATIONS)
def test_a_spectrum_is_made_worse_by_degrees(kind: str) -> None:
    rng = np.random.default_rng(0)
    spectrum = np.log(rng.gamma(0.3, 1.0, (100, N_BANDS)) + 1e-6).astype(np.float32)
    changes = [
        np.abs(judges.degraded(spectrum, kind, amount) - spectrum).mean() for amount in (0.0, 0.4, 1.0)
    ]
    assert changes[0] < 0.35
    assert changes[0] < changes[1] < changes[2]


def test_bands_are_where_the_spectrum_has_them() -> None:
    for hz in (200.0, 440.0, 3000.0):
        waveform = torch.sin(2 * torch.pi * hz * torch.arange(48_000) / 48_000).repeat(2, 1)
        loudest = audio_tower.spectrum(waveform).mean(0)[: audio_tower.N_MELS].argmax()
        assert judges.band_hz()[int(loudest)] == pytest.approx(hz, rel=0.15)


def opinion(**heard: np.ndarray) -> ears.Opinion:
    values = {
        "embedding": np.zeros(16),
        "genre": np.full(len(GENRES), 1 / len(GENRES)),
        "moods": np.full(12, 0.2),
        "parts": np.full(len(INSTRUMENTS), 0.4),
        "groove": np.full(8, 1 / 8),
        "levels": np.full(3, 0.5),
        "key": np.full(24, 1 / 24),
        "spectrum": np.zeros((8, N_BANDS)),
    }
    return ears.Opinion(**(values | heard))


def test_evidence_is_for_what_is_heard_and_nothing_where_nothing_is_said() -> None:
    priors = toy_judges.judges().priors
    assert ears.evidence(opinion(), Claims(), priors) == 0
    assert ears.evidence(opinion(), Claims(genre="acid"), priors) == pytest.approx(0, abs=1e-6)
    acid = np.where(np.array(GENRES) == "acid", 0.8, 0.2 / 7)
    assert ears.evidence(opinion(genre=acid), Claims(genre="acid"), priors) > 1
    assert ears.evidence(opinion(genre=acid), Claims(genre="deep house"), priors) < -1
    kick = np.where(np.array(INSTRUMENTS) == "kick", 0.95, 0.1)
    assert ears.evidence(opinion(parts=kick), Claims(present=frozenset({"kick", "drums"})), priors) > 0.5
    assert ears.evidence(opinion(parts=kick), Claims(absent=frozenset({"kick"})), priors) < -1
    assert ears.evidence(opinion(parts=kick), Claims(absent=frozenset({"pad"})), priors) > 0
    in_c = np.where(np.array(KEYS_24) == "C minor", 0.9, 0.1 / 23)
    assert ears.evidence(opinion(key=in_c), Claims(key="C", mode="dorian"), priors) > 1
    assert ears.evidence(opinion(key=in_c), Claims(key="D", mode="minor"), priors) < -1
    busy = np.array([0.9, 0.5, 0.5])
    assert ears.evidence(opinion(levels=busy), Claims(levels={"density": 1}), priors) > 0
    assert ears.evidence(opinion(levels=busy), Claims(levels={"density": -1}), priors) < 0


def test_tempo_and_swing_say_nothing_for_a_caption() -> None:
    """The grid asks for these too: a loop that ignores its text would have them right."""
    claims = Claims(bpm=128.0, levels={"tempo": 1, "swing": -1})
    assert ears.evidence(opinion(), claims, toy_judges.judges().priors) == 0


def test_first_place_is_shared_by_those_who_are_level() -> None:
    assert judges.first_place(1.0, [0.0, 0.5]) == 1
    assert judges.first_place(0.2, [0.0, 0.5]) == 0
    assert judges.first_place(0.5, [0.5, 0.5, 0.1]) == pytest.approx(1 / 3)


def test_scores_by_chance_are_zero_and_perfect_ones_are_one() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random((400, 5)) < 0.3).astype(float)
    assert judges.informedness(truth, truth) == 1
    assert judges.informedness(rng.random((400, 5)), truth) == pytest.approx(0, abs=0.08)
    assert judges.auc(truth, truth) == 1
    assert judges.auc(rng.random((400, 5)), truth) == pytest.approx(0.5, abs=0.05)
    assert np.isnan(judges.informedness(truth, np.ones_like(truth)))


def test_a_loop_on_the_grid_is_the_same_at_any_tempo_and_rolls_by_bars() -> None:
    rng = np.random.default_rng(0)
    slow = np.repeat(rng.standard_normal((32, N_BANDS)), 6, axis=0)
    quick = np.repeat(slow[::6], 4, axis=0)
    grid = ears.on_grid(slow, 2)
    assert grid.shape == (64, 40)
    assert np.abs(grid - ears.on_grid(quick, 2)).mean() < 1.5
    np.testing.assert_allclose(grid[:32], grid[32:])
    np.testing.assert_allclose(
        ears.on_grid(np.roll(slow, 96, axis=0), 2), np.roll(grid, 16, axis=0), atol=1e-4
    )


def test_judges_of_another_program_are_refused(tmp_path: Path) -> None:
    some = toy_judges.judges()
    some.save(tmp_path)
    loaded = Judges.load(tmp_path)
    spectrum = torch.randn(40, N_BANDS)
    np.testing.assert_allclose(loaded.embed(spectrum), some.embed(spectrum), atol=1e-5)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["parts"]["judges"]["config"]["n_kits"] = 5
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CheckpointError, match="do not fit this program"):
        Judges.load(tmp_path)
