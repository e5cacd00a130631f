"""Where the beats and bars of a recording lie: librosa's beat tracker, refined by a comb on the onset envelope.

Every tempo of the range is scored by how well the envelope repeats after a 16th up to two bars, with a vote for the
tracker's. A comb, the envelope's spectrum at the beat and its harmonics, then finds the period over the whole
recording, to a thousandth of a per cent in a song. The envelope folded at that period is the profile of a beat; how the
profile of two bars is shifted against that of all says how the tempo wanders, and how alike they are, whether there is
a grid at all.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import librosa
import numpy as np
import numpy.typing as npt

from model.loops import BEATS_PER_BAR, SAMPLE_RATE
from training.prepare import downbeat
from training.prepare.downbeat import times_of
from training.prepare.onsets import ENVELOPE_RATE, Array, Onsets, onsets

BPM_RANGE = (88.0, 176.0)  # an octave, so that a tempo and its double are never both in it
LENGTHS = (1, 2, 4, 8, 16, 32)  # bars of a file that is a loop as a whole
LOOP_TOLERANCE_S = 0.02  # how near to the beats of its length those that are heard must be
MIN_LIKENESS = 0.25
_N_BINS = 96  # of the profile of a beat
_TRACKER_POOL = 4  # the tracker hears the envelope at 100 a second
# How much it counts that the envelope repeats after so many beats; on 200 corpus loops of 8 bars 194 came out right,
# and 166 by the tracker alone.
_REPEATS = {0.25: 0.5, 0.5: 0.5, 1.0: 1.0, 2.0: 1.0, 4.0: 1.0, 8.0: 1.0}
_VOTE = 0.25  # for librosa's tempo; a perfect repetition scores 7.5


class NoTempoError(ValueError):
    """No steady beat was found; the text says what was."""


@dataclass(frozen=True)
class Grid:
    """Beats of a recording, bars of four beats.

    bpm: over the whole recording; source: where it comes from: "heard", "given", "name" (of the file) or "length"
    beats: [n] seconds from the recording's start of successive beats, as they wander
    first_downbeat: index of the first of them that begins a bar
    likeness: [n] how well two bars about each beat fit the profile of all others, -1..1, NaN where nothing sounds
    confidence: 0..1, the mean likeness; downbeat_confidence: 0..1, how probably the bars begin there
    is_loop: the whole file is a loop, a power of two of bars long
    """

    bpm: float
    source: str
    beats: Array
    first_downbeat: int
    likeness: Array
    confidence: float
    downbeat_confidence: float
    is_loop: bool = False


def find_grid(
    mono: npt.NDArray[np.float32],
    bpm: float | None = None,
    source: str = "given",
    downbeat_s: float | None = None,
    bpm_range: tuple[float, float] = BPM_RANGE,
) -> Grid:
    """The beats of a recording, [samples] at 48 kHz. Raises NoTempoError.

    bpm, with where it comes from, and downbeat_s (the start of any bar) are taken as they are given, else heard.
    """
    heard = onsets(mono)
    duration = len(mono) / SAMPLE_RATE
    if not heard.full.max() > 0:
        raise NoTempoError("no onset was heard")
    if bpm is None:
        source = "heard"
        coarse = likeliest_bpm(heard, duration, bpm_range)
        period = comb_period(heard.full, coarse, 0.02)
    else:
        period = 60.0 / bpm
    n_bars = whole_bars(duration, 60.0 / period)
    if n_bars:  # then, with a bar line at the start, the length is more exact than any estimate
        exact = duration / (BEATS_PER_BAR * n_bars)
        even = np.linspace(0.0, duration, BEATS_PER_BAR * n_bars + 1)
        beats, likeness, place, sure = bars(heard, exact, downbeat_s, 0.0)
        at = times_of(place + np.arange(len(even), dtype=np.float64), beats)
        if np.abs(at - even).max() < LOOP_TOLERANCE_S:
            likeness = likeness[np.minimum(np.arange(len(even) - 1), len(likeness) - 1)]
            source = "length" if bpm is None else source
            return Grid(60.0 / exact, source, even, 0, likeness, _mean(likeness), sure, is_loop=True)
    beats, likeness, place, sure = bars(heard, period, downbeat_s, _first_sound(mono))
    # From the first beat of the recording on, which may lie before that of the first bar, on its grid.
    places = np.arange(place - BEATS_PER_BAR, len(beats) + 1.0)
    times = times_of(places, beats)
    inside = (times > -downbeat.START_TOLERANCE_S) & (times < duration + 0.02 * period)
    likeness = likeness[np.clip(np.floor(places[inside][:-1]).astype(int), 0, len(likeness) - 1)]
    n_before = round(place - float(places[inside][0]))
    return Grid(60.0 / period, source, times[inside], n_before, likeness, _mean(likeness), sure)


def bars(
    heard: Onsets, period: float, downbeat_s: float | None, first_sound: float
) -> tuple[Array, Array, float, float]:
    """(beats, their likeness, where among them a bar begins, how probable that is); see `follow`, `first_bar`."""
    if downbeat_s is None:
        beats, likeness = follow(heard.full, period, eighths(heard.full, period))
        return beats, likeness, *first_bar(heard, beats, first_sound)
    beats, likeness = follow(heard.full, period, downbeat_s)
    return beats, likeness, float(round((downbeat_s - beats[0]) / period) % BEATS_PER_BAR), 1.0


def _mean(likeness: Array) -> float:
    """Over the beats where something sounds, 0..1."""
    sounding = likeness[np.isfinite(likeness)]
    return float(np.clip(sounding.mean(), 0.0, 1.0)) if sounding.size else 0.0


def into_range(bpm: float, bpm_range: tuple[float, float] = BPM_RANGE) -> float:
    """The same tempo, doubled or halved until it lies in the range, if an octave of it does."""
    low, high = bpm_range
    while bpm >= high and bpm / 2 >= low:
        bpm /= 2
    while bpm < low and bpm * 2 <= high:
        bpm *= 2
    return bpm


def tracked_bpm(envelope: Array) -> float:
    """The tempo that librosa's beat tracker hears; raises NoTempoError where it hears none."""
    pooled = envelope[: len(envelope) // _TRACKER_POOL * _TRACKER_POOL].reshape(-1, _TRACKER_POOL).mean(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, beats = librosa.beat.beat_track(
            onset_envelope=pooled, sr=ENVELOPE_RATE, hop_length=_TRACKER_POOL, units="frames", trim=False
        )
    if len(beats) < 3:
        raise NoTempoError("librosa's beat tracker heard no beat")
    return 60.0 * ENVELOPE_RATE / _TRACKER_POOL / float(np.median(np.diff(beats)))


def likeliest_bpm(heard: Onsets, duration: float, bpm_range: tuple[float, float] = BPM_RANGE) -> float:
    """The tempo at which the envelopes repeat best after a 16th .. two bars; librosa's and that of a loop have a vote.

    A tracker takes three 16ths or two triplets for a beat as easily as the octave, which the range decides.
    """
    low, high = bpm_range
    bpms = np.geomspace(low, high, max(2, round(400 * np.log2(high / low))), endpoint=False)
    scores = np.zeros(len(bpms))
    for envelope, weight in ((heard.full, 1.0), (heard.low, 0.5)):
        again = autocorrelation(envelope)
        for n_beats, share in _REPEATS.items():
            lags = n_beats * 60.0 / bpms * ENVELOPE_RATE
            reached = lags < 0.75 * len(again)  # beyond, the few values that overlap would say anything
            near = [np.interp(lags * (1 + off), np.arange(len(again)), again) for off in (-0.002, 0.0, 0.002)]
            scores += weight * share * np.where(reached, np.max(near, axis=0), 0.0)
    votes = [into_range(tracked_bpm(heard.full), bpm_range)]
    votes += [n * 240.0 / duration for n in LENGTHS if low <= n * 240.0 / duration < high]
    for vote in votes:
        scores += _VOTE * (np.abs(bpms / vote - 1) < 0.01)
    return float(bpms[scores.argmax()])


def autocorrelation(envelope: Array) -> Array:
    """Of an envelope, each lag by how much of it overlaps: 1 at lag 0, 0 where nothing is alike."""
    centred = envelope - envelope.mean()
    n = len(centred)
    size = 1 << (2 * n - 1).bit_length()
    products = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2)[:n]
    again: Array = products / (n - np.arange(n)) / max(products[0] / n, 1e-12)
    return again


def comb_period(envelope: Array, bpm: float, tolerance: float) -> float:
    """The beat's period in seconds near `bpm` (relative `tolerance`) at which a comb collects most of the envelope.

    The power of the envelope's spectrum at the beat's frequency and 7 harmonics; by Parseval that is how uneven the
    envelope is when folded at the period.
    """
    centred = (envelope - envelope.mean()) * np.hanning(len(envelope) + 2)[1:-1]
    size = 1 << (8 * len(centred) - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    bin_hz = ENVELOPE_RATE / size
    width = (
        int(np.ceil(16 * tolerance * bpm / 60 / bin_hz)) + 1
    )  # the 8th harmonic moves by half a bin a value
    beat_hz = bpm / 60 * (1 + tolerance * np.linspace(-1, 1, 2 * width + 1))
    score = np.zeros(len(beat_hz))
    for harmonic in range(1, 9):
        score += np.interp(beat_hz * harmonic / bin_hz, np.arange(len(power)), power)
    best = int(np.clip(score.argmax(), 1, len(score) - 2))
    return 1.0 / float(np.interp(best + _top(score[best - 1 : best + 2]), np.arange(len(beat_hz)), beat_hz))


def _top(three: Array) -> float:
    """Where between -0.5 and 0.5 the parabola through three values at -1, 0, 1 has its top."""
    left, middle, right = three
    curve = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / curve, -0.5, 0.5)) if curve < 0 else 0.0


def whole_bars(duration: float, bpm: float) -> int:
    """How many bars the file has, if by its length it is a loop as a whole: a power of two; else 0.

    The tempo of a short one is known less exactly than its length.
    """
    for n_bars in LENGTHS:
        if abs(n_bars * 240.0 / bpm - duration) < (0.02 if n_bars <= 4 else 0.01):
            return n_bars
    return 0


def fold(envelope: Array, start: float, period: float, n_beats: int) -> Array:
    """Beats from `start` (seconds) on, [n_beats, _N_BINS]; what lies outside of the recording counts as 0."""
    times = (start + (np.arange(n_beats * _N_BINS) + 0.5) * period / _N_BINS) * ENVELOPE_RATE
    values = np.interp(times, np.arange(len(envelope)), envelope, left=0.0, right=0.0)
    return values.reshape(n_beats, _N_BINS)


def eighths(envelope: Array, period: float) -> float:
    """Where the first 8th of beats of `period` lies, in seconds: where half a beat's profile is highest."""
    n_halves = max(1, int(2 * (len(envelope) - 1) / ENVELOPE_RATE / period + 0.02))
    profile = fold(envelope, 0.0, period / 2, n_halves).mean(0)
    best = int(profile.argmax())
    around = profile[[(best + d) % _N_BINS for d in (-1, 0, 1)]]
    return (best + 0.5 + _top(around)) / _N_BINS * period / 2


def first_bar(heard: Onsets, beats: Array, first_sound: float) -> tuple[float, float]:
    """Where the first bar begins, in beats after the first of `beats`, which are on an 8th; and how probable that is.

    Which of a bar's 16ths is its first, the template says, and where the first sound lies.
    """
    places = np.arange(downbeat.N_PLACES) / 4
    starts, bar = times_of(places, beats), float(BEATS_PER_BAR * np.diff(beats).mean())
    away = np.abs((starts - first_sound + bar / 2) % bar - bar / 2)
    bonus = np.where(away < downbeat.START_TOLERANCE_S, downbeat.STARTS_THERE, 0.0)
    best, sure = downbeat.place(downbeat.bar_profile(heard, beats), bonus)
    # A bar that begins a moment before the recording has its first attack cut a little short.
    is_before = bar - starts[best] < downbeat.START_TOLERANCE_S
    return float(places[best]) - BEATS_PER_BAR * is_before, sure


def _first_sound(mono: npt.NDArray[np.float32]) -> float:
    """When the recording first comes within 34 dB of its peak, in seconds."""
    level = np.abs(mono)
    return float((level > 0.02 * level.max()).argmax()) / SAMPLE_RATE


def follow(envelope: Array, period: float, origin: float) -> tuple[Array, Array]:
    """Beats of about `period` as they wander, one of them near `origin` (seconds): (times [n + 1], likeness [n]).

    Two bars about each beat are folded and laid over the profile of all others; the best shift within an eighth of a
    beat of the previous one's counts. Where nothing sounds the likeness is NaN, and there, or where nothing is alike,
    the shift is the neighbour's.
    """
    phase = origin % period
    n_beats = max(1, int(((len(envelope) - 1) / ENVELOPE_RATE - phase) / period + 0.02))
    each = fold(envelope, phase, period, n_beats)
    # At most half of the recording, so that there is something to compare it with.
    around = max(1, min(2 * BEATS_PER_BAR, n_beats // 2))
    sums = np.concatenate([np.zeros((1, _N_BINS)), each.cumsum(0)])
    starts = np.clip(np.arange(n_beats) - around // 2, 0, n_beats - around)
    parts = sums[starts + around] - sums[starts]
    strength = parts.std(1)
    shifts, likeness = np.zeros(n_beats), np.full(n_beats, np.nan)
    # From the strongest part outwards, so that a quiet introduction does not lead the rest astray.
    first = int(strength.argmax())
    reach = _N_BINS // 8
    for order in (range(first, n_beats), range(first - 1, -1, -1)):
        last = 0.0 if order.step > 0 else float(shifts[first])
        for k in order:
            if strength[k] > 0.1 * strength[first]:
                alike = _correlations(parts[k], sums[-1] - parts[k])
                centre = round(last * _N_BINS / period)
                near = (centre + np.arange(-reach, reach + 1)) % _N_BINS
                best = int(alike[near].argmax())
                likeness[k] = alike[near[best]]
                if likeness[k] > MIN_LIKENESS:
                    fine = _top(alike[(near[best] + np.array([-1, 0, 1])) % _N_BINS])
                    last = (centre + best - reach + fine) * period / _N_BINS
            shifts[k] = last
    return phase + np.arange(n_beats + 1) * period + np.append(shifts, shifts[-1]), likeness


def _correlations(part: Array, profile: Array) -> Array:
    """Correlation of `part` with `profile` moved later by each number of bins, [_N_BINS]."""
    a, b = part - part.mean(), profile - profile.mean()
    products = np.fft.irfft(np.fft.rfft(a) * np.conj(np.fft.rfft(b)), n=_N_BINS)
    scaled: Array = products / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-12)
    return scaled
