"""The judges: numbers for what a listener would hear in a loop, from its samples alone.

Audio is numpy, [samples, channels] at 48 kHz. A loop is periodic: every analysis of one wraps round its end,
so that the seam is judged like any other place. Levels are in dB against a full-scale sine.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from scipy.signal import get_window, resample_poly

SAMPLE_RATE = 48_000
FLOOR_DB = -80.0  # under the loudest band of the loop: played at 90 dB SPL, that is 10 dB, below a quiet room


# ---------------------------------------------------------------- spectra


def power_at(audio: np.ndarray, centres: np.ndarray, window: int) -> np.ndarray:
    """Power spectra [frames, window // 2 + 1] in Hann windows about `centres` (in samples, wrapped round).

    The mean over channels, so that anti-phase stereo does not cancel; a full-scale sine in a bin's middle
    reads 1.
    """
    samples = as_stereo(audio)
    shape = get_window("hann", window)
    offsets = np.arange(window) - window // 2
    indices = (np.asarray(centres, dtype=np.int64)[:, None] + offsets) % len(samples)
    power = np.zeros((len(indices), window // 2 + 1))
    for channel in samples.T:
        power += np.abs(np.fft.rfft(channel[indices] * shape)) ** 2
    return power * (2 / shape.sum()) ** 2 / samples.shape[1]


def log_bands(window: int, n_bands: int = 64, low_hz: float = 40.0, high_hz: float = 16_000.0) -> np.ndarray:
    """Weights [bins, bands] of triangles spaced evenly in log frequency, peak 1, none narrower than a bin."""
    bin_hz = SAMPLE_RATE / window
    frequencies = np.arange(window // 2 + 1) * bin_hz
    ratio = (high_hz / low_hz) ** (1 / (n_bands - 1))
    centres = low_hz * ratio ** np.arange(n_bands)
    half_width = np.maximum(centres * (ratio - 1), bin_hz)
    return np.maximum(0, 1 - np.abs(frequencies[:, None] - centres) / half_width)


def mel_bands(window: int, n_bands: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """Weights [bins, bands] of triangles on the HTK mel scale, 0..24 kHz, peak 1; and the lower edges in Hz.

    m = 2595 log10(1 + f / 700). Bands narrower than a bin keep their nearest bin, so that none is empty.
    """
    frequencies = np.arange(window // 2 + 1) * SAMPLE_RATE / window
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700), n_bands + 2) / 2595) - 1)
    low, peak, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (frequencies[:, None] - low) / (peak - low)
    falling = (high - frequencies[:, None]) / (high - peak)
    weights = np.maximum(0, np.minimum(rising, falling))
    for band in np.flatnonzero(weights.max(axis=0) == 0):
        weights[np.argmin(np.abs(frequencies - peak[band])), band] = 1
    return weights, low


def to_db(power: np.ndarray, floor_db: float = FLOOR_DB, loudest: float | None = None) -> np.ndarray:
    """Levels in dB, none lower than `floor_db` under `loudest` (a power; None: the array's maximum)."""
    top = float(power.max()) if loudest is None else loudest
    return 10 * np.log10(np.maximum(power, max(top, 1e-12) * 10 ** (floor_db / 10)))


# ---------------------------------------------------------------- fidelity: two versions of the same audio


def si_sdr(reference: np.ndarray, estimate: np.ndarray, above_hz: float | None = None) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (arXiv:1811.02508 eq. 3), all channels as one vector.

    above_hz: only what lies above this frequency, cut off steeply and without phase shift: a kick would
    otherwise decide it alone.
    """
    same_shape(reference, estimate)
    a, b = (remove_below(as_stereo(x), above_hz).ravel() for x in (reference, estimate))
    a, b = a - a.mean(), b - b.mean()
    target = a * (np.dot(a, b) / max(np.dot(a, a), 1e-20))
    return float(
        10 * np.log10(max(np.dot(target, target), 1e-20) / max(np.dot(b - target, b - target), 1e-20))
    )


def log_mel_distance(reference: np.ndarray, estimate: np.ndarray, above_hz: float | None = None) -> float:
    """Mean absolute difference in dB of the log-mel spectra (128 bands, 2048-sample windows every 512).

    above_hz: only bands that lie wholly above this frequency. Floor: 80 dB under the reference's loudest.
    """
    same_shape(reference, estimate)
    centres = np.arange(0, len(reference), 512)
    weights, low_hz = mel_bands(2048)
    mel = [power_at(x, centres, 2048) @ weights for x in (reference, estimate)]
    a, b = (to_db(x, loudest=float(mel[0].max())) for x in mel)
    kept = low_hz >= (above_hz or 0)
    return float(np.abs(a - b)[:, kept].mean())


# ---------------------------------------------------------------- crispness: is it mush?


@dataclass(frozen=True)
class Crispness:
    """Mush has little of each: every band hums on between the hits, and the hits do not stand out."""

    band_dynamics_db: float
    onset_contrast: float
    onset_contrast_log: float  # stricter: every band counts alike, so weak hats and hiss show


def crispness(loop: np.ndarray) -> Crispness:
    """Band dynamics and onset contrast of a loop; none depends on its gain.

    Band dynamics: the 95th less the 5th percentile of the level in dB, mean over 64 log-spaced bands from 40 Hz to
    16 kHz. Windows of 2048 samples (43 ms; 23 Hz bins tell sub from kick) every 256; a 16th at 150 BPM lasts 4800.

    Onset contrast: the 95th percentile over the median of the spectral flux, how far the magnitudes rise from one
    frame to the next, over all bins; windows of 1024 samples (21 ms), short enough for an attack, every 256.
    onset_contrast_log: the same of levels in dB of 64 log-spaced bands, floor -60 dB.
    """
    centres = np.arange(0, len(loop), 256)
    p5, p95 = np.percentile(to_db(power_at(loop, centres, 2048) @ log_bands(2048)), (5, 95), axis=0)
    power = power_at(loop, centres, 1024)
    levels = to_db(power @ log_bands(1024), floor_db=-60.0)
    return Crispness(float((p95 - p5).mean()), contrast(flux(np.sqrt(power))), contrast(flux(levels)))


def flux(spectra: np.ndarray) -> np.ndarray:
    """How far a loop's spectra, [frames, bands], rise from frame to frame; falling ones count as 0. [frames]"""
    return np.maximum(0, spectra - np.roll(spectra, 1, axis=0)).mean(axis=1)


def contrast(envelope: np.ndarray) -> float:
    """95th percentile over median, at most 50: between the hits of dry drums nothing rises at all."""
    median, high = np.percentile(envelope, (50, 95))
    return float(high / max(median, high / 50, 1e-12))


# ---------------------------------------------------------------- time: is it on the grid?


@dataclass(frozen=True)
class Tempo:
    """An estimate in BPM against what was asked.

    error: relative, after folding an octave error. verdict: right, octave (half or double is right) or wrong.
    """

    asked: float
    estimated: float
    error: float
    verdict: str


def tempo(loop: np.ndarray, n_bars: int, asked: float) -> Tempo:
    """The tempo in BPM that essentia's RhythmExtractor2013 hears in the loop tiled to 32 bars or more.

    The rate that its ticks share best, ten times nearer on corpus loops than the average of their intervals:
    with a swung bass that errs by up to 1.8 %, and in half time 16 bars have too few ticks for 0.3 %.
    essentia is AGPL: imported here only, an extra for tests.
    """
    import essentia

    essentia.log.infoActive = False
    essentia.log.warningActive = False
    from essentia.standard import RhythmExtractor2013

    mono = as_stereo(loop).mean(axis=1)
    at_44100 = resample_poly(np.tile(mono, -(-32 // n_bars)), 147, 160).astype(np.float32)
    ticks = np.asarray(RhythmExtractor2013(method="multifeature")(at_44100)[1], dtype=np.float64)
    if len(ticks) < 8:
        return Tempo(asked, float("nan"), float("nan"), "wrong")
    periods = np.median(np.diff(ticks)) * np.linspace(0.96, 1.04, 4001)
    shared = np.abs(np.exp(2j * np.pi * ticks[:, None] / periods).sum(axis=0))
    estimated = float(60 / periods[shared.argmax()])
    return against(estimated, asked)


def against(estimated: float, asked: float, tolerance: float = 0.003) -> Tempo:
    """The verdict on an estimate; tolerance is relative."""
    factor = min((1.0, 2.0, 0.5), key=lambda f: abs(estimated / (asked * f) - 1))
    error = estimated / (asked * factor) - 1
    verdict = "wrong" if abs(error) > tolerance else "right" if factor == 1.0 else "octave"
    return Tempo(asked, estimated, error, verdict)


def beat_offset_ms(loop: np.ndarray, n_bars: int) -> float:
    """How far in ms from the beat the low band rises most, in a loop with a kick on every beat; NaN if silent.

    100..300 Hz, the body of a kick above the fundamentals of a sub bass, cut and its envelope taken in the
    loop's
    Fourier series: no delay, no edge. The rise within 10 ms, averaged over all beats, is searched for the
    place in the beat where it is half up to its largest. (The median over all low onsets would count every
    bass note between
    the beats: 50 ms on corpus loops that are right by construction.)
    """
    mono = as_stereo(loop).mean(axis=1)
    frequencies = np.fft.fftfreq(len(mono), 1 / SAMPLE_RATE)
    cut = np.clip((frequencies - 50) / 50, 0, 1) * np.clip((450 - frequencies) / 150, 0, 1)
    envelope = np.abs(np.fft.ifft(2 * cut * np.fft.fft(mono)))[:: SAMPLE_RATE // 1000]  # every ms
    rise = np.maximum(0, envelope - np.min([np.roll(envelope, k) for k in range(1, 11)], axis=0))
    beat_ms = 1000 * len(mono) / SAMPLE_RATE / (4 * n_bars)
    starts = np.round(np.arange(4 * n_bars) * beat_ms).astype(np.int64)
    folded = rise[(starts[:, None] + np.arange(int(beat_ms))) % len(rise)].mean(axis=0)
    if folded.max() <= 1e-9:
        return float("nan")
    place = int(folded.argmax())
    while folded[place % len(folded)] > 0.5 * folded.max() and place > folded.argmax() - 10:
        place -= 1
    return float(abs((place + beat_ms / 2) % beat_ms - beat_ms / 2))


def seam_flux_ratio(loop: np.ndarray, n_bars: int) -> float:
    """Spectral flux at the wrap over the median flux at the other bar lines: 1 is no seam at all.

    Flux at a line: mean over bands of how far the level in dB moves, up or down (a tail cut short only
    falls), from frame to frame of 256 samples, 64 apart, within 10 ms of the line. n_bars is at least 2, or
    ValueError.
    """
    if n_bars < 2:
        raise ValueError(f"n_bars must be at least 2 to compare bar lines, got {n_bars}")
    lines = np.array([round(Fraction(len(loop) * bar, n_bars)) for bar in range(n_bars)])
    offsets = np.arange(-480, 481, 64)
    centres = (lines[:, None] + offsets).ravel()
    power = power_at(loop, centres, 256) @ log_bands(256, n_bands=32, low_hz=100.0)
    levels = to_db(power, loudest=float(power.max()), floor_db=-70.0).reshape(n_bars, len(offsets), -1)
    flux = np.abs(np.diff(levels, axis=1)).mean(axis=(1, 2))
    return float(flux[0] / max(np.median(flux[1:]), 1e-9))


# ---------------------------------------------------------------- identity: is it the same music?


def log_mel_on_grid(loop: np.ndarray, n_bars: int) -> np.ndarray:
    """Log-mel in dB by musical position, [64 * n_bars, 64]: the mean in each 64th of a bar, at any tempo.

    Four windows of 2048 samples in every cell, placed by musical time. Relative to the loop's loudest, floor
    -60 dB.
    """
    cells = 64 * n_bars
    centres = np.round((np.arange(4 * cells) + 0.5) / (4 * cells) * len(loop)).astype(np.int64)
    mel = power_at(loop, centres, 2048) @ mel_bands(2048, 64)[0]
    levels = to_db(mel, floor_db=-60.0) - 10 * np.log10(max(mel.max(), 1e-12))
    return levels.reshape(cells, 4, -1).mean(axis=1)


def grid_distance(a: np.ndarray, b: np.ndarray, n_bars: int) -> float:
    """Root mean square difference in dB between two loops on the beat grid; their tempi may differ."""
    return float(np.sqrt(np.mean((log_mel_on_grid(a, n_bars) - log_mel_on_grid(b, n_bars)) ** 2)))


def morph_smoothness(loops: list[np.ndarray], n_bars: int) -> float:
    """The largest step between neighbours over the median step (`grid_distance`) along a morph: 1 is even."""
    if len(loops) < 3:
        raise ValueError(f"a morph needs at least 3 loops, got {len(loops)}")
    grids = [log_mel_on_grid(loop, n_bars) for loop in loops]
    steps = [float(np.sqrt(np.mean((a - b) ** 2))) for a, b in pairwise(grids)]
    return float(max(steps) / max(np.median(steps), 1e-9))


# ---------------------------------------------------------------- shapes


def as_stereo(audio: np.ndarray) -> np.ndarray:
    """Float64 [samples, channels]; raises ValueError for anything but finite audio of one or two channels."""
    samples = np.asarray(audio, dtype=np.float64)
    if samples.ndim != 2 or samples.shape[1] not in (1, 2) or len(samples) == 0:
        raise ValueError(f"audio must be [samples, 1 or 2], got {list(samples.shape)}")
    if not np.isfinite(samples).all():
        raise ValueError("audio must be finite, got NaN or infinity")
    return samples


def remove_below(samples: np.ndarray, hz: float | None) -> np.ndarray:
    """[samples, channels] without what lies below `hz` (None: as it is), steep and without phase shift."""
    if hz is None:
        return samples
    spectrum = np.fft.rfft(samples, axis=0)
    spectrum[np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE) < hz] = 0
    return np.fft.irfft(spectrum, len(samples), axis=0)


def same_shape(a: np.ndarray, b: np.ndarray) -> None:
    """Raises ValueError where two versions of the same audio differ in shape."""
    if a.shape != b.shape:
        raise ValueError(f"both must have the same shape, got {list(a.shape)} and {list(b.shape)}")
