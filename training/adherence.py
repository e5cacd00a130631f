"""Is what was asked for there? Signal judges that share no code with what conditions the model.

Descriptors along time come from librosa, band energies from Fourier series. Audio is numpy, [samples, channels]
at 48 kHz, and a loop: everything wraps round its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training import measure
from training.corpus.truth import DRUMS, Truth

SAMPLE_RATE = 48_000
HOP = 640
N_BANDS = 40
_WINDOW = 2048
_HANN_RMS = (3 / 8) ** 0.5  # what a Hann window leaves of a level
_MARGIN = 16  # frames before and after the loop, for what looks back
_ONSET_DB = 4.0  # how far a peak of the mean rise stands out
_SMOOTH_S, _SMOOTH_ONSETS_S = 0.25, 1.0


# ---------------------------------------------------------------- descriptors


def curves(loop: np.ndarray, frames: int, only: int | None = None) -> np.ndarray:
    """Level in dB, centroid in octaves above 1 kHz, flatness of mel bands in dB, onsets a second, [4, frames].

    The order and the smoothing are those of model/descriptors.py; the measures are librosa's (extra: train). only: one
    of the four, [1, frames].
    """
    import librosa

    mono = measure.as_stereo(loop).mean(axis=1).astype(np.float32)
    around = np.take(mono, np.arange(-_MARGIN * HOP, len(mono) + _MARGIN * HOP), mode="wrap")
    inside = slice(_MARGIN, _MARGIN + -(-len(mono) // HOP))
    magnitude = np.abs(librosa.stft(around, n_fft=_WINDOW, hop_length=HOP)) + 1e-7
    mel = librosa.feature.melspectrogram(S=magnitude**2, sr=SAMPLE_RATE, n_mels=N_BANDS, fmin=60, fmax=16_000)

    def level() -> np.ndarray:
        rms: np.ndarray = librosa.feature.rms(S=magnitude, frame_length=_WINDOW)[0]
        return 20 * np.log10(rms / _HANN_RMS + 1e-5)

    def centroid() -> np.ndarray:
        hz: np.ndarray = librosa.feature.spectral_centroid(S=magnitude, sr=SAMPLE_RATE)[0]
        return np.log2((hz + 20) / 1000)

    def flatness() -> np.ndarray:
        share: np.ndarray = librosa.feature.spectral_flatness(S=mel, power=1.0, amin=1e-10)[0]
        return 10 * np.log10(share + 1e-10)

    def onsets() -> np.ndarray:
        rise = librosa.onset.onset_strength(S=librosa.power_to_db(mel, ref=np.max), sr=SAMPLE_RATE)
        peaks = librosa.util.peak_pick(
            rise, pre_max=2, post_max=3, pre_avg=8, post_avg=9, delta=_ONSET_DB, wait=2
        )
        marks = np.zeros(magnitude.shape[1])
        marks[peaks] = SAMPLE_RATE / HOP
        return marks

    rows = ((level, _SMOOTH_S), (centroid, _SMOOTH_S), (flatness, _SMOOTH_S), (onsets, _SMOOTH_ONSETS_S))
    chosen = rows if only is None else (rows[only],)
    return np.stack([stretched(smooth(row()[inside], span), frames) for row, span in chosen])


def smooth(curve: np.ndarray, seconds: float) -> np.ndarray:
    """Averaged round the loop under a Hann window of this length."""
    n = max(3, round(seconds * SAMPLE_RATE / HOP)) | 1
    window = np.hanning(n + 2)[1:-1]
    around = np.take(curve, np.arange(-(n // 2), len(curve) + n // 2), mode="wrap")
    return np.convolve(around, window / window.sum(), mode="valid")


def stretched(curve: np.ndarray, n: int) -> np.ndarray:
    """A loop's curve at `n` points."""
    position = np.arange(n) * len(curve) / n
    points: np.ndarray = np.interp(position, np.arange(len(curve) + 1), np.append(curve, curve[0]))
    return points


def correlation(asked: list[np.ndarray], heard: list[np.ndarray]) -> float:
    """Of all points of all loops together: both whether loops differ as asked and whether each moves as asked."""
    if not asked:
        return float("nan")
    a, b = np.concatenate(asked), np.concatenate(heard)
    if a.std() < 1e-9 or b.std() < 1e-9:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


# ---------------------------------------------------------------- band energies


@dataclass(frozen=True)
class Wish:
    """Words that move a band's energy. A pair of loops has the same seed; `more` should read higher than `less`.

    reading: of a loop, [samples, channels], and its number of bars
    is_more: whether a corpus loop is as `more` says, None where it is neither; so the reading can be judged itself
    """

    name: str
    less: str
    more: str
    reading: Callable[[np.ndarray, int], float]
    is_more: Callable[[Truth], bool | None]


def share_db(loop: np.ndarray, low_hz: float, high_hz: float) -> float:
    """The part of a loop's energy that lies between two frequencies, in dB."""
    samples = measure.as_stereo(loop)
    power = np.square(np.abs(np.fft.rfft(samples, axis=0))).sum(axis=1)[1:]
    hz = np.arange(1, len(power) + 1) * SAMPLE_RATE / len(samples)
    inside = power[(hz >= low_hz) & (hz < high_hz)].sum()
    return float(10 * np.log10(max(inside, 1e-12) / max(power.sum(), 1e-12)))


def sustained_db(loop: np.ndarray, low_hz: float = 150.0, high_hz: float = 2000.0) -> float:
    """What sounds half of the time between two frequencies, in dB of the loop's mean power: tones do, drums don't."""
    return _share_db(loop, 512, low_hz, high_hz, np.median)


def beat_db(loop: np.ndarray, n_bars: int, low_hz: float = 40.0, high_hz: float = 120.0) -> float:
    """What sounds between two frequencies in the 16th from each beat on, in dB of the loop's mean power.

    A bass between the beats has more energy there than a kick: as a share of the whole loop its band tells nothing.
    """

    def on_the_beats(inside: np.ndarray) -> float:
        sixteenth = ((np.arange(len(inside)) + 0.5) * 16 * n_bars / len(inside)).astype(int)
        return float(inside[sixteenth % 4 == 0].mean())

    return _share_db(loop, 256, low_hz, high_hz, on_the_beats)


def _share_db(
    loop: np.ndarray, hop: int, low_hz: float, high_hz: float, typical: Callable[[np.ndarray], float]
) -> float:
    """A band's power at every `hop`-th sample, summed up by `typical`, in dB of the loop's mean power."""
    power = measure.power_at(loop, np.arange(0, len(loop), hop), _WINDOW)
    hz = np.arange(power.shape[1]) * SAMPLE_RATE / _WINDOW
    inside = power[:, (hz >= low_hz) & (hz < high_hz)].sum(axis=1)
    return float(10 * np.log10(max(typical(inside), 1e-12) / max(power.sum(axis=1).mean(), 1e-12)))


def _kicks(truth: Truth) -> bool:
    return "kick" in truth.instruments


def _has_hats(truth: Truth) -> bool:
    return bool({"closed hat", "open hat"} & set(truth.instruments))


def _is_more_than_drums(truth: Truth) -> bool:
    return not set(truth.instruments) <= set(DRUMS)


def _is_bright(truth: Truth) -> bool | None:
    bright, dark = ("bright" in truth.moods, "dark" in truth.moods)
    return bright if bright != dark else None


WISHES = (
    Wish("no kick", "no kick", "kick", beat_db, _kicks),
    Wish("no hats", "no hats", "hats", lambda loop, n_bars: share_db(loop, 7000, 24_000), _has_hats),
    Wish(
        "only drums",
        "only drums",
        "chords, bass and drums",
        lambda loop, n_bars: sustained_db(loop),
        _is_more_than_drums,
    ),
    Wish("dark, bright", "dark", "bright", lambda loop, n_bars: share_db(loop, 3000, 24_000), _is_bright),
)
