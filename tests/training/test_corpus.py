"""Laws of the corpus: exact lengths, same bits for a seed, no seam, disjoint splits, truths that are true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.corpus import loops, mix
from training.corpus.kits import kit_names
from training.corpus.oneshots import FOLDERS, folder, oneshot
from training.corpus.patterns import pattern, pattern_names
from training.corpus.truth import BPM_RANGE, HOP, RATE, SPLITS, Truth, frame_range

needs_oneshots = pytest.mark.skipif(
    not any((place / "bd_haus.flac").is_file() for place in FOLDERS),
    reason="sonic-pi-samples is not installed",
)
SEEDS = range(6)


@needs_oneshots
@pytest.mark.parametrize("seed", SEEDS)
def test_a_loop_is_whole_frames_and_whole_bars_within_headroom(seed: int) -> None:
    audio, truth = loops.render(seed, "train")
    assert audio.shape == (HOP * truth.frames, 2)
    assert audio.dtype == np.float32
    assert truth.bpm * truth.frames == pytest.approx(truth.n_bars * 240 * 75)
    assert BPM_RANGE[0] <= truth.bpm <= BPM_RANGE[1]
    assert 0.1 < np.abs(audio).max() < 10 ** (-0.5 / 20)


@needs_oneshots
def test_same_seed_same_bits_and_another_seed_another_loop() -> None:
    first, truth = loops.render(7, "train", n_bars=1, frames=144)
    again, same_truth = loops.render(7, "train", n_bars=1, frames=144)
    other, _ = loops.render(8, "train", n_bars=1, frames=144)
    assert truth == same_truth
    assert np.array_equal(first, again)
    assert not np.allclose(first, other, atol=0.01)


@needs_oneshots
@pytest.mark.parametrize("n_bars", [1, 2, 4])
def test_length_is_as_asked(n_bars: int) -> None:
    for frames in frame_range(n_bars):
        audio, truth = loops.render(3, "heldout", n_bars=n_bars, frames=frames)
        assert (len(audio), truth.n_bars, truth.frames) == (HOP * frames, n_bars, frames)


def test_wrong_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"frames must be in 119\.\.183 for 1 bars"):
        loops.plan(1, "train", n_bars=1, frames=400)
    with pytest.raises(ValueError, match="n_bars must be 1, 2 or 4, got 3"):
        loops.plan(1, "train", n_bars=3)
    with pytest.raises(ValueError, match="split must be one of"):
        loops.plan(1, "test")


def test_splits_share_neither_kit_nor_pattern() -> None:
    assert not set(kit_names("train")) & set(kit_names("heldout"))
    assert not set(pattern_names("train")) & set(pattern_names("heldout"))

    def rhythm(name: str) -> bytes:
        music = pattern(name)
        return b"".join(
            row.tobytes() for row in (*music.hits.values(), music.bass, music.acid, music.acid_degrees)
        )

    rhythms = {split: {rhythm(name) for name in pattern_names(split)} for split in SPLITS}
    assert not rhythms["train"] & rhythms["heldout"]
    assert len(rhythms["train"]) == len(pattern_names("train"))
    for split in SPLITS:
        plans = [loops.plan(seed, split) for seed in range(40)]
        assert {plan.kit for plan in plans} <= set(kit_names(split))
        assert {plan.pattern for plan in plans} <= set(pattern_names(split))


@needs_oneshots
def test_the_truth_names_what_sounds_and_the_layers_add_up() -> None:
    for seed in SEEDS:
        layers, truth = loops.render_layers(seed, "train", n_bars=1)
        assert set(truth.instruments) == set(layers) - {"space"}
        for name in truth.instruments:
            assert np.abs(layers[name]).max() > 0.01, f"{name} of seed {seed} is silent"
        audio, _ = loops.render(seed, "train", n_bars=1)
        together = sum(layers.values())
        likeness = np.corrcoef(np.ravel(together), np.ravel(audio))[0, 1]
        assert likeness > 0.95


@needs_oneshots
def test_kick_hits_begin_on_the_beats_of_the_truth() -> None:
    found = 0
    for seed in range(40):
        plan = loops.plan(seed, "train", n_bars=1)
        kicks = pattern(plan.pattern).hits["kick"][plan.bars[0]]
        if "kick" not in plan.instruments or not np.array_equal(np.flatnonzero(kicks), [0, 4, 8, 12]):
            continue
        layers, truth = loops.render_layers(seed, "train", n_bars=1)
        kick = np.abs(layers["kick"]).max(axis=1)
        for beat in truth.beat_samples():
            around = np.arange(round(beat) - 480, round(beat) + 1440) % len(kick)
            first = np.flatnonzero(kick[around] > 0.1 * kick.max())
            if kick[around[0]] < 0.02 * kick.max():  # not in the tail of a long kick
                assert abs(int(first[0]) - 480) < 0.008 * RATE
                found += 1
        if found > 8:
            return
    assert found > 8


def test_what_passes_the_end_goes_on_at_the_beginning() -> None:
    track = np.zeros((2, 100), dtype=np.float32)
    clip = np.arange(1, 251, dtype=np.float32)[None].repeat(2, axis=0)
    mix.place(track, clip, 90, 1.0, 0.5)
    expected = np.zeros(100)
    for i in range(250):
        expected[(90 + i) % 100] += i + 1
    assert np.allclose(track[0], expected)
    assert np.allclose(track[1], expected / 2)


@pytest.mark.parametrize("frames", [576, 577])  # 577 is prime: the loop is preceded by its own end
def test_effects_are_circular(frames: int) -> None:
    rng = np.random.default_rng(0)
    sound = rng.standard_normal((2, HOP * frames)).astype(np.float32)
    domain = mix.Spectrum(HOP * frames)
    impulses = mix.room(1, 500, 4500)

    def wet(dry: np.ndarray) -> np.ndarray:
        return domain.back(domain.forward(dry) * domain.response(impulses))

    rolled = np.roll(wet(sound), 12_345, axis=1)
    assert np.abs(wet(np.roll(sound, 12_345, axis=1)) - rolled).max() < 1e-3 * np.abs(rolled).max()


def test_truth_survives_its_line() -> None:
    truth = Truth(
        *(1, "train", 576, 4, 125.0, "C#", "dorian", "acid", ("raw",), ("kick", "acid bass")),
        *(0.5, 0.25, 54.0, "off-beat", 0.75, "909-t01", "off-beat-t07", ("acid at 125",)),
    )
    assert Truth.from_json(truth.to_json()[:-1] + ', "offset": 12}') == truth
    assert truth.beat_samples()[1] == 23_040
    with pytest.raises(ValueError, match="genre must be one of"):
        Truth.from_json(truth.to_json().replace('"acid"', '"polka"', 1))


def test_missing_oneshots_are_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LADMG_ONESHOTS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="apt-get install sonic-pi-samples"):
        folder()
    with pytest.raises(ValueError, match="CC0"):
        oneshot("bd_mehackit")


@needs_oneshots
def test_corpus_on_disk_goes_on_where_it_stopped(tmp_path: Path) -> None:
    dataset = pytest.importorskip("training.corpus.dataset")
    dataset.write(tmp_path, "heldout", 2, 1)
    with (tmp_path / "heldout.i16").open("ab") as samples_file:
        samples_file.write(b"broken off")
    dataset.write(tmp_path, "heldout", 3, 1)
    corpus = dataset.Corpus(tmp_path, "heldout")
    assert [truth.seed for truth in corpus.truths] == [0, 1, 2]
    for index, truth in enumerate(corpus.truths):
        audio, expected = loops.render(truth.seed, "heldout")
        assert truth.kit == expected.kit
        assert truth.captions
        assert np.abs(corpus.audio(index) - audio).max() <= 0.6 / 32_767
    with pytest.raises(FileNotFoundError, match=r"python -m training\.corpus"):
        dataset.Corpus(tmp_path / "none", "train")
