"""What the checkpoint that ships must keep to: exact loops, no seam, the beat on the grid, a seed's identity.

A sample that two cores judge in a few minutes; `python -m training.listen` judges the full 50 settings.
"""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from model.loops import n_samples
from model.pipeline import LoopSettings, Pipeline
from training import measure

N_SETTINGS = 12
N_TEMPI = 50
N_IDENTITY_PAIRS = 10
N_MORPHS = 3
CORPUS_SEAM_FLUX_RATIO = 0.99  # median of 50 held-out corpus loops, from `python -m training.listen`
SAMPLING = 1.1  # what the median of N_SETTINGS ratios may exceed it by, as they spread by 0.15

PROMPTS = (
    "minimal techno, four-to-the-floor kick, closed hats",
    "deep house with warm chord stabs, four-to-the-floor kick and off-beat open hats",
    "acid, squelchy 303 and a four-to-the-floor kick",
    "dub techno, dub chords, four-to-the-floor kick, hypnotic",
    "tech house, four-to-the-floor kick, claps and shakers",
    "hard techno, driving four-to-the-floor kick, rolling bass",
)


@cache
def pipeline() -> Pipeline:
    return Pipeline.load()


@cache
def render(loop: LoopSettings) -> np.ndarray:
    return pipeline().render(loop).audio


def varied(n: int, n_bars: int = 4) -> list[LoopSettings]:
    """`n` settings spread over 100..150 BPM, each with another prompt and other seeds."""
    rng = np.random.default_rng(3)
    return [
        LoopSettings(
            bpm=round(100 + 50 * (i + float(rng.random())) / n, 2),
            n_bars=n_bars,
            prompts=(PROMPTS[i % len(PROMPTS)],),
            seed_a=int(rng.integers(1_000_000)),
            seed_b=int(rng.integers(1_000_000)),
        )
        for i in range(n)
    ]


def test_few_steps_come_near_to_where_many_lead() -> None:
    """Mean squared errors of latents, against the distance of two seeds' loops, which have the same words and beat."""
    errors = []
    for loop in varied(6):
        asked = pipeline().conditions(loop)
        end, other, *few = (
            pipeline().dream(replace(loop, n_steps=n_steps, seed_a=seed), asked)
            for n_steps, seed in [(32, loop.seed_a), (8, loop.seed_b), *((n, loop.seed_a) for n in (4, 6, 8))]
        )
        apart = (other - end).square().mean()
        errors.append([float((latents - end).square().mean() / apart) for latents in few])
    print(np.mean(errors, axis=0).round(3))
    assert (np.mean(errors, axis=0) < [0.35, 0.08, 0.04]).all()


CENTI_BPM = st.integers(6000, 20_000)


@given(centi_bpm=CENTI_BPM, n_bars=st.sampled_from((1, 2, 4, 8)))
def test_a_loop_has_exactly_the_samples_that_its_tempo_asks_for(centi_bpm: int, n_bars: int) -> None:
    exact = Fraction(n_bars * 240 * 48_000 * 100, centi_bpm)
    assert n_samples(centi_bpm / 100, n_bars) == round(exact)
    assert abs(n_samples(centi_bpm / 100, n_bars) - n_bars * 240 / (centi_bpm / 100) * 48_000) <= 0.5 + 1e-6


@settings(max_examples=12, deadline=None, derandomize=True)
@given(centi_bpm=CENTI_BPM, n_bars=st.sampled_from((1, 2)))
def test_a_render_has_exactly_these_samples(centi_bpm: int, n_bars: int) -> None:
    bpm = centi_bpm / 100
    audio = render(LoopSettings(bpm=bpm, n_bars=n_bars, n_steps=1))
    assert audio.shape == (round(Fraction(n_bars * 240 * 48_000 * 100, centi_bpm)), 2)
    assert audio.dtype == np.float32
    assert np.isfinite(audio).all()


def test_the_same_seed_is_the_same_loop_bit_for_bit_and_another_is_not() -> None:
    loop = LoopSettings(bpm=127.3, n_bars=2, prompts=(PROMPTS[0],), seed_a=11, seed_b=12)
    first = render(loop)
    pipeline().render(replace(loop, bpm=90.0, seed_a=5))  # nothing of another render may stay behind
    np.testing.assert_array_equal(pipeline().render(loop).audio, first)
    np.testing.assert_array_equal(Pipeline.load().render(loop).audio, first)
    other = render(replace(loop, seed_a=13))
    assert np.abs(other - first).max() > 0.01
    assert not np.array_equal(render(replace(loop, prompts=(PROMPTS[4],))), first)


@pytest.mark.parametrize("frames", [1, 143, 576])
@pytest.mark.parametrize("by", [1, 97])
def test_rolling_the_latents_by_whole_frames_rolls_the_audio(frames: int, by: int) -> None:
    """To 60 dB under the loop: so no place in it, the seam included, is special to the codec."""
    codec = pipeline().codec
    latents = torch.randn(1, codec.config.latent_channels, frames, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        there = codec.decode(torch.roll(latents, by, dims=2))
        rolled = torch.roll(codec.decode(latents), by * codec.hop, dims=2)
    assert float((there - rolled).norm() / rolled.norm()) < 10 ** (-60 / 20)


def test_rolling_the_audio_by_whole_frames_rolls_the_latents() -> None:
    codec = pipeline().codec
    loop = render(LoopSettings(bpm=125, n_bars=1, prompts=(PROMPTS[0],)))
    with torch.inference_mode():
        waveform = torch.from_numpy(loop.T.copy())[None]
        there = codec.encode(torch.roll(waveform, 17 * codec.hop, dims=2))
        rolled = torch.roll(codec.encode(waveform), 17, dims=2)
    assert float((there - rolled).norm() / rolled.norm()) < 10 ** (-60 / 20)


def test_the_wrap_is_no_rougher_than_the_corpus_own() -> None:
    ratios = [measure.seam_flux_ratio(render(loop), 4) for loop in varied(N_SETTINGS)]
    print(f"seam flux ratio: median {np.median(ratios):.3f}, corpus {CORPUS_SEAM_FLUX_RATIO}")
    assert np.median(ratios) <= CORPUS_SEAM_FLUX_RATIO * SAMPLING


@pytest.mark.timeout(1200)
def test_the_tempo_is_the_one_asked_for() -> None:
    """An independent estimate within 0.3 % for 98 %; octave errors are counted apart.

    Of so many loops some more may be wrong by chance: as many as would be in 19 of 20 samples of a model that is right
    in 98 %. How many there were is printed, and is in `training/LOG.md`.
    """
    heard = [measure.tempo(render(loop), 4, loop.bpm) for loop in varied(N_TEMPI)]
    octaves = sum(one.verdict == "octave" for one in heard)
    right = sum(one.verdict == "right" for one in heard)
    print(f"tempo: {right} right, {octaves} an octave off, of {len(heard)}")
    n_heard = len(heard) - octaves
    assert n_heard - right <= binom.ppf(0.95, n_heard, 0.02), [one for one in heard if one.verdict == "wrong"]
    assert octaves <= N_TEMPI // 4


def test_the_kick_is_on_the_beat() -> None:
    offsets = [measure.beat_offset_ms(render(loop), 4) for loop in varied(N_SETTINGS)]
    print(f"low onsets from the beat: median {np.nanmedian(offsets):.1f} ms")
    assert np.isfinite(offsets).mean() > 0.8
    assert np.nanmedian(offsets) < 15


def test_a_seed_keeps_its_music_at_another_tempo() -> None:
    nearer = []
    for loop in varied(N_IDENTITY_PAIRS, 2):
        base = replace(loop, bpm=125.0)
        same = measure.grid_distance(render(base), render(replace(base, bpm=126.0)), 2)
        other = measure.grid_distance(render(base), render(replace(base, seed_a=base.seed_b)), 2)
        nearer.append(same < other)
    assert np.mean(nearer) >= 0.9, nearer


def test_a_morph_is_smooth() -> None:
    ratios = [
        measure.morph_smoothness(
            [render(replace(loop, bpm=125.0, morph=i / 16)) for i in range(17)],
            2,
        )
        for loop in varied(N_MORPHS, 2)
    ]
    print(f"morph, largest over median step: {np.median(ratios):.2f}")
    assert np.median(ratios) <= 3
