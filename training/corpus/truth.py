"""What is true of a corpus loop: tempo, key, genre, instruments; the format of a line in `train.jsonl`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from fractions import Fraction

import numpy as np

from model.tags import GENRES, INSTRUMENTS, MOODS, TONICS

RATE = 48_000  # Hz
HOP = 640  # samples of a latent frame: 75 frames a second
FRAME_RATE = 75
BPM_RANGE = (98.0, 152.0)

SPLITS = ("train", "heldout")
KEYS = TONICS
MODES = ("minor", "major", "dorian", "phrygian")
DRUMS = INSTRUMENTS[:9]


@dataclass(frozen=True)
class Truth:
    """One loop's truth. Beat 0 is sample 0; beat k begins at sample `k * 60 / bpm * RATE`, a fraction."""

    seed: int
    split: str  # "train" or "heldout"
    frames: int  # latent frames of the whole loop; the loop has HOP * frames samples
    n_bars: int  # 1, 2 or 4
    bpm: float  # n_bars * 240 * FRAME_RATE / frames
    key: str  # tonic, one of KEYS
    mode: str  # one of MODES
    genre: str  # one of GENRES
    moods: tuple[str, ...]  # 1 to 3 of MOODS
    instruments: tuple[str, ...]  # those of INSTRUMENTS that are audible
    density: float  # onsets a 16th, 0..1
    brightness: float  # 0..1
    swing: float  # 50..75 %: where the second 16th of a pair lies
    groove: str  # name of the groove template
    energy: float  # 0..1
    kit: str  # the set of one-shots and synthesiser parameters
    pattern: str  # the rhythm and motif; neither kit nor pattern is in both splits
    captions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("split", self.split, SPLITS),
            ("n_bars", self.n_bars, (1, 2, 4)),
            ("key", self.key, KEYS),
            ("mode", self.mode, MODES),
            ("genre", self.genre, GENRES),
        ):
            if value not in allowed:
                raise ValueError(f"{name} must be one of {allowed}, got {value!r}")
        for name, values, known in (
            ("moods", self.moods, MOODS),
            ("instruments", self.instruments, INSTRUMENTS),
        ):
            unknown = [value for value in values if value not in known]
            if unknown:
                raise ValueError(f"{name} must be among {known}, got {unknown}")

    @property
    def n_samples(self) -> int:
        return HOP * self.frames

    def beat_samples(self) -> np.ndarray:
        """Where the 4 * n_bars beats begin, in samples (fractional), float64."""
        beat = Fraction(self.n_samples, 4 * self.n_bars)
        return np.array([float(k * beat) for k in range(4 * self.n_bars)])

    def bar_samples(self) -> np.ndarray:
        """Where the bars begin, in samples (fractional), float64."""
        return self.beat_samples()[::4]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Truth:
        """Reads a line of the corpus; what is no field of Truth (such as "offset") is left aside."""
        values = json.loads(line)
        names = {field.name for field in fields(cls)}
        for name in ("moods", "instruments", "captions"):
            values[name] = tuple(values.get(name, ()))
        return cls(**{name: value for name, value in values.items() if name in names})


def frame_range(n_bars: int) -> tuple[int, int]:
    """The smallest and largest frame count whose tempo lies in BPM_RANGE."""
    whole = Fraction(n_bars * 240 * FRAME_RATE)
    low, high = (Fraction(b) for b in BPM_RANGE)
    return -int(-whole / high // 1), int(whole / low)


def bpm_of(frames: int, n_bars: int) -> float:
    return n_bars * 240 * FRAME_RATE / frames
