"""Loops that are cut: from the right place, exactly so many bars, and without a seam."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model.loops import HOP, resample_periodic
from tests.training.recordings import RATE, drums
from training import measure
from training.prepare import cut, tempo
from training.prepare.tempo import Grid


def grid(bpm: float, n_beats: int, start_s: float = 0.0, first: int = 0, **more: object) -> Grid:
    beats = start_s + np.arange(n_beats + 1) * 60.0 / bpm
    values = {"likeness": np.ones(n_beats), "confidence": 1.0, "downbeat_confidence": 1.0} | more
    return Grid(bpm, "given", beats, first, **values)  # type: ignore[arg-type]


def test_a_loop_that_repeats_comes_out_as_it_is_wherever_it_is_cut() -> None:
    """Its end is faded into what came before its start, which here is the same: nothing may change."""
    loop = drums(120, 2, seed=1).T
    recording = np.tile(loop, 5)[:, 7_000:]
    start_s = (loop.shape[1] - 7_000) / RATE
    loops, refused = cut.cut(recording, grid(120, 32, start_s), (2,))
    assert len(loops) == 4
    assert not refused
    expected = resample_periodic(torch.from_numpy(loop[None]), 300 * HOP)[0]
    for one in loops:
        torch.testing.assert_close(one.waveform, expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize("bpm", [61.7, 99.9, 127.31, 173.2])
def test_every_loop_is_whole_frames_long_and_nearly_its_tempo(bpm: float) -> None:
    recording = drums(bpm, 5, seed=2).T
    loops, _ = cut.cut(recording, grid(bpm, 20), (4, 2, 1))
    assert [one.n_bars for one in loops] == [4]
    assert loops[0].waveform.shape[1] % HOP == 0
    assert loops[0].bpm == pytest.approx(bpm, rel=1.1e-3)


def test_the_lengths_are_tried_in_order_and_one_is_kept() -> None:
    recording = drums(125, 7, seed=3).T
    for bars, expected in (((4, 2, 1), [4]), ((2, 1), [2, 2, 2]), ((8, 1), [1] * 7), ((8,), [])):
        loops, _ = cut.cut(recording, grid(125, 28), bars)
        assert [one.n_bars for one in loops] == expected


def test_the_end_leads_into_the_start() -> None:
    """Music that changes from bar to bar: the seam is no louder a change than the other bar lines."""
    recording = np.concatenate([drums(126, 4, seed).T for seed in range(4)], axis=1)
    beat = 60 / 126
    loops, _ = cut.cut(recording, grid(126, 64 - 8, 4 * beat), (2,))
    ratios = [measure.seam_flux_ratio(one.waveform.numpy().T, 2) for one in loops]
    assert np.median(ratios) < 1.6
    jumps = [float((one.waveform[:, 0] - one.waveform[:, -1]).abs().max()) for one in loops]
    steps = [float(one.waveform.diff(dim=1).abs().max()) for one in loops]
    assert all(jump <= step for jump, step in zip(jumps, steps, strict=True))


def test_a_join_keeps_the_level_whether_or_not_the_two_are_alike() -> None:
    rng = np.random.default_rng(0)
    tail, other = rng.standard_normal((2, 2, 5 * cut.JOIN)).astype(np.float32)
    for lead_in in (tail[:, -cut.JOIN :], other[:, : cut.JOIN], 0.5 * (tail + other)[:, -cut.JOIN :]):
        ends = cut.joined(tail, lead_in)[:, -cut.JOIN :]
        middle = slice(cut.JOIN // 4, -cut.JOIN // 4)
        power = np.mean(ends[:, middle] ** 2)
        expected = 0.5 * np.mean(tail[:, -cut.JOIN :] ** 2) + 0.5 * np.mean(lead_in**2)
        assert 10 * np.log10(power / expected) == pytest.approx(0.0, abs=0.8)


def test_what_is_no_loop_is_refused_by_its_reason() -> None:
    recording = drums(125, 8, seed=6).T.copy()
    recording[:, : recording.shape[1] // 8] = 0.0
    good = grid(125, 32)
    off = good.likeness.copy()
    off[16:20] = 0.0
    _, refused = cut.cut(recording, grid(125, 32, likeness=off), (1,))
    assert refused == {"silent": 1, "not on the grid": 1}
    beats = good.beats.copy()
    beats[18:20] += 0.05
    loops, refused = cut.cut(recording, Grid(125, "given", beats, 0, good.likeness, 1.0, 1.0), (1,))
    assert refused == {"silent": 1, "tempo not steady": 1}
    assert len(loops) == 6
    loops, refused = cut.cut(recording, grid(50, 12), (1,))
    assert not loops
    assert set(refused) == {"outside of 60..200 BPM"}


def test_loops_of_a_file_are_levelled_together() -> None:
    loud, quiet = drums(125, 1, 0).T, 0.25 * drums(125, 1, 0).T
    loops, _ = cut.cut(np.concatenate([loud, quiet], axis=1), grid(125, 8), (1,))
    gain = cut.levelling_gain(loops)
    again = [cut.Cut(one.waveform * gain, 1, one.start_s) for one in loops]
    assert cut.levelling_gain(again) == pytest.approx(1.0, abs=0.02)
    peaks = [float(one.waveform.abs().max()) for one in again]
    assert peaks[0] == pytest.approx(4 * peaks[1], rel=0.02)


def test_heard_and_cut_a_track_gives_loops_from_its_bars() -> None:
    lead = 20_000
    recording = np.concatenate([np.zeros((2, lead), np.float32), drums(124.2, 9, seed=9).T], axis=1)
    loops, _ = cut.cut(recording, tempo.find_grid(recording.mean(0)), (4, 2, 1))
    bar = 240 / 124.2
    assert [one.start_s for one in loops] == pytest.approx([lead / RATE, lead / RATE + 4 * bar], abs=0.006)
