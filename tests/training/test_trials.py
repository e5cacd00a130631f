"""Trials: the same ones every time, what they ask is true of their loop, and records that a judge would sign."""

import numpy as np
import pytest

from tests.training import toy_corpus, toy_judges
from training import trials
from training.corpus.dataset import Corpus
from training.trials import Bench, Counts, Training, Trial

COUNTS = Counts(loops=4, asked=2, pairs=2, prompts=1, seeds=3)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    corpus = Corpus(toy_corpus.write(tmp_path_factory.mktemp("trials"), 12), "heldout")
    training = Training(np.zeros((3, 16), np.float32), np.zeros((3, 64 * 40), np.float32))
    return Bench(corpus, toy_judges.judges(), None, training)


def test_trials_are_the_same_every_time_and_all_different(bench: Bench) -> None:
    asked = trials.all_trials(bench.corpus, COUNTS)
    assert asked == trials.all_trials(bench.corpus, COUNTS)
    assert len(set(asked)) == len(asked)
    assert {trial.kind for trial in asked} == {
        *("text", "beat", "genre", "instruments", "key", "rms", "centroid", "noisiness", "onsets"),
        *("wish", "diversity"),
    }


def test_what_is_asked_is_true_of_the_loop(bench: Bench) -> None:
    for trial in trials.all_trials(bench.corpus, COUNTS):
        truth = bench.corpus.truths[trial.index]
        assert set(trial.present) <= set(truth.instruments)
        assert not set(trial.absent) & set(truth.instruments)
        assert trial.genre in (None, truth.genre)
        assert trial.key is None or trial.key.startswith(truth.key)


def test_the_reference_is_never_asked_for(bench: Bench) -> None:
    reference, half = trials.halves(bench.corpus.truths)
    assert not set(reference) & set(half)
    assert {trial.index for trial in trials.all_trials(bench.corpus, COUNTS)} <= set(half)


def test_a_pair_differs_in_its_words_only(bench: Bench) -> None:
    pairs: dict[tuple[str, int], list[Trial]] = {}
    for trial in trials.all_trials(bench.corpus, COUNTS):
        if trial.kind == "wish":
            pairs.setdefault((trial.wish, trial.index), []).append(trial)
    for one, other in pairs.values():
        assert (one.seed, one.index) == (other.seed, other.index)
        assert one.prompt != other.prompt


def test_a_record_of_the_loop_itself_follows_what_was_asked(bench: Bench) -> None:
    index = trials.halves(bench.corpus.truths)[1][0]
    loop = bench.corpus.audio(index)
    for name, least in (("rms", 0.8), ("centroid", 0.8)):
        record = bench.record(Trial(name, index, 1), loop)
        assert len(record["asked"]) == len(record["heard"]) == 2 * 4 * trials.POINTS_A_BEAT
        assert np.corrcoef(record["asked"], record["heard"])[0, 1] > least
    record = bench.record(Trial("text", index, 1, "some words"), loop)
    assert 0 <= record["caption_first"] <= 1
    assert len(record["embedding"]) == 16
    assert "clap_own" not in record


def test_a_copy_of_a_training_loop_is_found_even_when_its_bars_are_turned() -> None:
    rng = np.random.default_rng(0)
    grids = rng.standard_normal((5, 64, 40)).astype(np.float32)
    training = Training(rng.standard_normal((5, 16)).astype(np.float32), grids.reshape(5, -1))
    turned = np.roll(grids[3], 32, axis=0)
    apart, on_grid = training.nearest(training.embeddings[3] + 0.1, turned)
    assert apart == pytest.approx(0.4, abs=1e-4)
    assert on_grid == pytest.approx(0, abs=2e-3)
    assert training.nearest(training.embeddings[0], rng.standard_normal((64, 40)))[1] > 1.2


def test_a_caption_says_more_than_the_tempo(bench: Bench) -> None:
    for truth in bench.corpus.truths:
        _, claims = trials.said(truth)
        assert claims.genre or claims.moods or claims.present or claims.absent or claims.mode or claims.groove
