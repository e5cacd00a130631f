"""Audio in: a recorded loop as the model hears it: which bars at which tempo, at 48 kHz, and its latents."""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import soundfile
import torch
from torch import Tensor

from model import loops

MIN_BPM, MAX_BPM = 60.0, 200.0
BARS = (1, 2, 4, 8)
# A file may be this much longer or shorter than its bars: encoders of MP3 and rounding exports add or drop as much.
TOLERANCE_S = 0.06
MAX_S = loops.BEATS_PER_BAR * max(BARS) * 60.0 / MIN_BPM + TOLERANCE_S
MAX_BYTES = 256 * 2**20
_USUAL_BPM = 125.0
_CLEARLY_OCTAVES = (
    0.25  # by which one tempo must lie nearer to the usual than another, to be the only one meant
)


class AudioInError(ValueError):
    """A file that can't be used as a loop, and why."""


class LoopCodec(Protocol):
    hop: int

    def encode(self, waveform: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class RecordedLoop:
    """waveform: [2, loops.n_samples(bpm, n_bars)] float32 at 48 kHz, one period of something periodic.

    sha256: of the file's bytes, in hexadecimal: the loop's name wherever the file lies
    is_inferred: whether tempo or bars were concluded from the length of the file
    """

    waveform: Tensor
    bpm: float
    n_bars: int
    sha256: str
    is_inferred: bool

    def latents(self, codec: LoopCodec, device: torch.device) -> Tensor:
        """Standardised latents [1, channels, frames] of the nearest whole number of frames, by a codec on `device`."""
        frames = loops.n_frames(self.bpm, self.n_bars)
        waveform = loops.resample_periodic(self.waveform.unsqueeze(0), frames * codec.hop)
        return codec.encode(waveform.to(device))


def read_loop(path: Path, bpm: float | None = None, n_bars: int | None = None) -> RecordedLoop:
    """A loop from any file that libsndfile reads: 1, 2, 4 or 8 bars of 4/4 at 60..200 BPM, mono or stereo, at any rate.

    What of `bpm` and `n_bars` is None is concluded from the length, where that leaves one answer. With a `bpm`, the
    loop has exactly that tempo: up to TOLERANCE_S is cut from its end, or added to it as silence. Raises AudioInError.
    """
    if bpm is not None and not MIN_BPM <= bpm <= MAX_BPM:
        raise AudioInError(f"the tempo of {path} must be in {MIN_BPM:g}..{MAX_BPM:g} BPM, got {bpm:g}")
    if n_bars is not None and n_bars not in BARS:
        raise AudioInError(f"the bars of {path} must be 1, 2, 4 or 8, got {n_bars}")
    data = _bytes(path)
    samples, rate = _decoded(path, data)
    tempo, bars = _grid(str(path), samples.shape[1] / rate, bpm, n_bars)
    period = loops.n_samples(tempo, bars, rate)
    if bpm is not None:  # otherwise the tempo is the length's, but for the rounding to hundredths
        samples = torch.nn.functional.pad(samples, (0, period - samples.shape[1]))
    waveform = loops.resample_periodic(samples.unsqueeze(0), loops.n_samples(tempo, bars))[0]
    is_inferred = bpm is None or n_bars is None
    return RecordedLoop(waveform, tempo, bars, hashlib.sha256(data).hexdigest(), is_inferred)


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise AudioInError(f"no audio file at {path}")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise AudioInError(f"{path} has {size / 2**20:.0f} MiB, a loop may have {MAX_BYTES // 2**20}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise AudioInError(f"{path} can't be read: {error.strerror}") from None


def _decoded(path: Path, data: bytes) -> tuple[Tensor, int]:
    """Samples [2, n] float32 and their rate."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate, channels = file.samplerate, file.channels
            if channels > 2:
                raise AudioInError(f"{path} has {channels} channels, a loop may have 1 or 2")
            if file.frames > MAX_S * rate:
                raise AudioInError(
                    f"{path} lasts {file.frames / rate:.2f} s, a loop at most {MAX_S - TOLERANCE_S:g} s "
                    f"(8 bars at {MIN_BPM:g} BPM)"
                )
            samples = torch.from_numpy(file.read(dtype="float32", always_2d=True).T.copy())
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise AudioInError(f"{path} is no audio file that can be read: {error}") from None
    if samples.shape[1] == 0:
        raise AudioInError(f"{path} has no samples")
    if not bool(samples.isfinite().all()):
        raise AudioInError(f"{path} has samples that are no finite numbers")
    return samples.expand(2, -1), rate


def _grid(name: str, seconds: float, bpm: float | None, n_bars: int | None) -> tuple[float, int]:
    """Tempo in hundredths and bars of a loop of this length, of which either may be given."""
    if bpm is not None:
        fitting = [n for n in BARS if abs(float(loops.duration(bpm, n)) - seconds) <= TOLERANCE_S]
        if n_bars is not None:
            fitting = [n for n in fitting if n == n_bars]
        if not fitting:
            wanted = _bars(n_bars) if n_bars else "1, 2, 4 or 8 bars"
            raise AudioInError(
                f"{name} lasts {seconds:.3f} s: {seconds * bpm / 240:.3f} bars of {bpm:g} BPM; "
                f"it must be {wanted}, give or take {TOLERANCE_S:g} s"
            )
        return round(bpm, 2), fitting[0]
    answers = [(round(240 * n / seconds, 2), n) for n in BARS if n_bars is None or n == n_bars]
    answers = [answer for answer in answers if MIN_BPM <= answer[0] <= MAX_BPM]
    if not answers:
        what = _bars(n_bars) if n_bars else "1, 2, 4 or 8 bars"
        raise AudioInError(
            f"{name} lasts {seconds:.3f} s, which is not {what} at {MIN_BPM:g}..{MAX_BPM:g} BPM"
        )
    answers.sort(key=_octaves_from_usual)
    if (
        len(answers) > 1
        and _octaves_from_usual(answers[1]) - _octaves_from_usual(answers[0]) < _CLEARLY_OCTAVES
    ):
        choice = " or ".join(f"{_bars(n)} at {tempo:g} BPM" for tempo, n in sorted(answers))
        raise AudioInError(
            f"{name} lasts {seconds:.3f} s, which may be {choice}: say how many bars, or which tempo"
        )
    return answers[0]


def _bars(n: int) -> str:
    return "1 bar" if n == 1 else f"{n} bars"


def _octaves_from_usual(answer: tuple[float, int]) -> float:
    return abs(math.log2(answer[0] / _USUAL_BPM))
