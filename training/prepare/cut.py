"""Loops of whole bars out of a recording whose beats are known: without a seam, and whole latent frames long."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.loops import BEATS_PER_BAR, HOP, SAMPLE_RATE, resample_periodic
from training.corpus import mix
from training.prepare.tempo import MIN_LIKENESS, Grid

Audio = npt.NDArray[np.float32]

BPM_ALLOWED = (60.0, 200.0)  # what the instrument plays
MAX_WANDER_S = 0.012  # how far a beat of a loop may lie from an even grid
MIN_LEVEL_DB = -50.0
JOIN = 960  # samples, 20 ms, in which a loop's end becomes what came before its start
TARGET_LUFS, CEILING = -14.0, 0.93  # of the corpus that the shipped model learnt from


@dataclass(frozen=True)
class Cut:
    """A loop of exactly `n_bars`: waveform [2, frames * HOP] at 48 kHz, which began `start_s` seconds into the file."""

    waveform: Tensor
    n_bars: int
    start_s: float

    @property
    def bpm(self) -> float:
        return self.n_bars * 240.0 * SAMPLE_RATE / self.waveform.shape[1]


def cut(recording: Audio, grid: Grid, bars: tuple[int, ...]) -> tuple[list[Cut], Counter[str]]:
    """Loops of the first length of `bars` of which the recording, [2, samples], holds any, and why parts gave none.

    They follow each other from bar to bar without overlap; where one is refused, the next try is a bar later. The
    reasons are those of the last length that was tried.
    """
    refused: Counter[str] = Counter()
    for n_bars in bars:
        loops, refused = _of_length(recording, grid, n_bars)
        if loops:
            return loops, refused
    return [], refused


def _of_length(recording: Audio, grid: Grid, n_bars: int) -> tuple[list[Cut], Counter[str]]:
    loops: list[Cut] = []
    refused: Counter[str] = Counter()
    n_beats = n_bars * BEATS_PER_BAR
    samples = recording.shape[1]
    beat = grid.first_downbeat
    while beat + n_beats < len(grid.beats):
        times = grid.beats[beat : beat + n_beats + 1]
        start, end = max(0, round(float(times[0]) * SAMPLE_RATE)), round(float(times[-1]) * SAMPLE_RATE)
        why = _why_not(recording[:, start:end], times, grid.likeness[beat : beat + n_beats])
        if why is None and end > samples + JOIN:
            why = "cut off by the file's end"
        if why is not None:
            refused[why] += 1
            beat += BEATS_PER_BAR
            continue
        wraps = grid.is_loop
        is_whole = wraps and abs(end - start - samples) <= 1
        loop = recording[:, start : min(end, samples)]
        loop = np.pad(loop, ((0, 0), (0, end - start - loop.shape[1])))
        if not is_whole:
            loop = joined(loop, before(recording, start, wraps))
        frames = max(1, round(loop.shape[1] / HOP))
        waveform = resample_periodic(torch.from_numpy(loop).unsqueeze(0), frames * HOP)[0]
        loops.append(Cut(waveform.float(), n_bars, start / SAMPLE_RATE))
        beat += n_beats
    return loops, refused


def _why_not(loop: Audio, times: npt.NDArray[np.float64], likeness: npt.NDArray[np.float64]) -> str | None:
    """Why these bars are no loop: in words that can be counted; None if they are."""
    level_db = (
        20 * np.log10(max(float(np.sqrt(np.mean(loop**2, dtype=np.float64))), 1e-9)) if loop.size else -180.0
    )
    if level_db < MIN_LEVEL_DB:
        return "silent"
    bpm = 60.0 * (len(times) - 1) / (times[-1] - times[0])
    if not BPM_ALLOWED[0] <= bpm <= BPM_ALLOWED[1]:
        return f"outside of {BPM_ALLOWED[0]:g}..{BPM_ALLOWED[1]:g} BPM"
    even = np.linspace(times[0], times[-1], len(times))
    if np.abs(times - even).max() > MAX_WANDER_S:
        return "tempo not steady"
    sounding = likeness[np.isfinite(likeness)]
    if sounding.size and sounding.mean() < MIN_LIKENESS:
        return "not on the grid"
    return None


def before(recording: Audio, start: int, wraps: bool) -> Audio:
    """The JOIN samples before `start`: of the file's end where it `wraps`, else silence before its first one."""
    index = np.arange(start - JOIN, start)
    if wraps:
        return recording[:, index % recording.shape[1]]
    return np.where(index >= 0, recording[:, np.maximum(index, 0)], np.float32(0))


def joined(loop: Audio, lead_in: Audio) -> Audio:
    """The loop with its last JOIN samples faded into `lead_in`, what came before its first: the end leads to the start.

    The two are correlated or not, as the music repeats; gains g, h obey g^2 + h^2 + 2 rho g h = 1, so the level holds.
    """
    tail = loop[:, -JOIN:]
    products = (tail * lead_in).sum(dtype=np.float64)
    energies = (tail**2).sum(dtype=np.float64) * (lead_in**2).sum(dtype=np.float64)
    rho = float(np.clip(products / max(np.sqrt(energies), 1e-12), 0.0, 1.0))
    h = (np.arange(JOIN) + 0.5) / JOIN
    g = 1.0 - h
    scale = 1.0 / np.sqrt(g**2 + h**2 + 2 * rho * g * h)
    ends = (tail * (g * scale) + lead_in * (h * scale)).astype(np.float32)
    return np.concatenate([loop[:, :-JOIN], ends], axis=1)


def levelling_gain(loops: list[Cut]) -> float:
    """The factor that brings a file's loops, all together, to -14 LUFS as the corpus is; none past the ceiling.

    One for all of them: a break stays quieter than what follows it.
    """
    samples = [one.waveform.shape[1] for one in loops]
    powers = [mix.bands(np.fft.rfft(one.waveform.numpy()), one.waveform.shape[1]) for one in loops]
    lufs = mix.loudness(np.average(powers, axis=0, weights=samples))
    gain = float(10 ** ((TARGET_LUFS - lufs) / 20))
    peak = max(float(one.waveform.abs().max()) for one in loops)
    return min(gain, max(1.0, CEILING / max(peak, 1e-9)))
