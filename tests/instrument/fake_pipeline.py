"""A pipeline without a model: click tracks at the right tempo, and faults on demand by words of the prompt.

The generator process loads it by its dotted name, as it would load the real one.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from model.pace import Pace
from model.settings import Abandoned, UnknownConditionError

RATE = 48_000


@dataclass(frozen=True)
class FakeLoop:
    audio: np.ndarray
    n_steps: int
    timings_s: dict[str, float]


class FakePipeline:
    """Words in a prompt: "nan", "raise", "untaught", "memory" and "alloc" (more than there is, asked by numpy and by
    torch), "die" (the process), "crash" (it, by SIGSEGV), "stall" (for ever), "slow" (0.5 s), "steps" (for ever, but it
    can be left).
    """

    sample_rate = RATE
    checkpoint_id = "clicks"
    device = "fake"

    @classmethod
    def load(cls, folder: Path | None = None, device: str = "auto") -> FakePipeline:
        if folder is not None and not folder.is_dir():
            raise FileNotFoundError(f"no checkpoint folder {str(folder)!r}")
        return cls()

    def affordable_steps(self, settings: Any, limit_s: float) -> int:
        return 8

    def render(self, settings: Any, is_wanted: Callable[[], bool] | None = None) -> FakeLoop:
        words = " ".join(settings.prompts).split()
        if "raise" in words:
            raise RuntimeError("asked to\nraise")
        if "memory" in words:
            np.empty(2**50)
        if "alloc" in words:
            import torch

            torch.empty(2**50)
        if "die" in words:
            os._exit(3)
        if "crash" in words:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "untaught" in words:
            raise UnknownConditionError("key", f"key must be off, got {settings.key}")
        while "stall" in words:
            time.sleep(1)
        while "steps" in words:
            if is_wanted is not None and not is_wanted():
                raise Abandoned
            time.sleep(0.01)
        if "slow" in words:
            time.sleep(0.5)
        audio = self.sound(settings.bpm, settings.n_bars, settings.seed_a)
        if "nan" in words:
            audio[100] = np.nan
        return FakeLoop(audio, settings.n_steps or 8, {"unet": 0.0})

    def sound(self, bpm: float, n_bars: int, seed: int) -> np.ndarray:
        return clicks(bpm, n_bars, seed)


class TonePipeline(FakePipeline):
    """Loops without a silence and without a step: what breaks in them was broken by somebody else."""

    checkpoint_id = "tones"

    def sound(self, bpm: float, n_bars: int, seed: int) -> np.ndarray:
        return glide(bpm, n_bars, seed)


class BusyPipeline(FakePipeline):
    """A machine whose steps take time, more with "heavy" or "heavier" in the prompt; it chooses as the model does."""

    GOOD_STEPS = (2, 4, 8)

    def __init__(self) -> None:
        self._pace = Pace()

    def affordable_steps(self, settings: Any, limit_s: float) -> int:
        if not self._pace.is_known:
            return self.GOOD_STEPS[-1]
        in_time = [n for n in self.GOOD_STEPS if self._pace.estimate_s(_frames(settings), n, 1) <= limit_s]
        return in_time[-1] if in_time else self.GOOD_STEPS[0]

    def render(self, settings: Any, is_wanted: Callable[[], bool] | None = None) -> FakeLoop:
        loop = super().render(settings, is_wanted)
        words = " ".join(settings.prompts).split()
        net_s = loop.n_steps * (0.2 if "heavier" in words else 0.055 if "heavy" in words else 0.005)
        time.sleep(net_s)
        self._pace.note(_frames(settings), loop.n_steps, 1, net_s, 0.0)
        return replace(loop, timings_s={"unet": net_s})


def _frames(settings: Any) -> int:
    return round(75 * settings.n_bars * 240 / settings.bpm)


class LateTonePipeline(TonePipeline):
    """Takes for ever to load."""

    @classmethod
    def load(cls, folder: Path | None = None, device: str = "auto") -> FakePipeline:
        while True:
            time.sleep(1)


def clicks(bpm: float, n_bars: int, seed: int) -> np.ndarray:
    """One decaying tone a beat, its pitch by the seed: float32 [samples, 2]."""
    length = Fraction(n_bars * 240 * RATE * 100, round(bpm * 100))
    audio = np.zeros((round(length), 2), np.float32)
    at = np.arange(2400)
    tone = 0.5 * np.exp(-at / 400) * np.sin(2 * np.pi * (200 + 50 * (seed % 40)) * at / RATE)
    for beat in range(4 * n_bars):
        start = round(length * beat / (4 * n_bars))
        audio[start : start + len(tone)] += tone[: len(audio) - start, None].astype(np.float32)
    return audio


def glide(bpm: float, n_bars: int, seed: int) -> np.ndarray:
    """One tone that wanders between 100 and 300 Hz, its way by the seed: float32 [samples, 2].

    It never comes back to where it was within the loop, so that a part of it tells its place.
    """
    n_samples = round(Fraction(n_bars * 240 * RATE * 100, round(bpm * 100)))
    at = np.arange(n_samples) / n_samples
    rng = np.random.default_rng(seed)
    ways = [np.sin(2 * np.pi * (k * at + rng.random())) * rng.uniform(0.5, 1.0) for k in range(1, 12)]
    way = np.sum(ways, axis=0)
    hertz = 200.0 + 100.0 * way / np.abs(way).max()
    phase = np.cumsum(hertz) / RATE
    phase *= round(phase[-1]) / phase[-1]  # whole turns: no step at the seam
    return np.repeat(0.4 * np.sin(2 * np.pi * phase)[:, None], 2, axis=1).astype(np.float32)
