"""A loop at another tempo with its pitch kept, by Signalsmith Stretch (Geraint Luff, MIT), as seamless as it was."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from python_stretch import Signalsmith

from instrument.audio.deck import correlation, crossfade_gains
from instrument.transport import LEAST_STRETCH, MOST_STRETCH

Audio = npt.NDArray[np.float32]

# The library's own block, 120 ms, moves attacks by 3 to 8 ms; half of it keeps them within 1 ms, but then the notes of
# a chord pull each other by up to 50 cents. So each has the band that it is good for: below SPLIT_HZ notes lie close
# together, above it are the attacks.
SPLIT_HZ = 2000.0
SPLIT_ORDER = 12  # steep: what both bands have comes out of them with different phases
BLOCKS_S = (0.120, 0.060)
OVERLAP = 4
FADE_S = 0.020
SEARCH_S = 0.5  # from the loop's start on, where the best place for the splice is looked for


def stretch_loop(audio: Audio, n_samples: int, rate: int) -> Audio:
    """The loop `audio`, [samples, channels] at `rate` Hz, over `n_samples` samples: other tempo, same pitch.

    What is at one part of the way through the loop is there afterwards too, to about a millisecond. The same samples
    for the same input. ValueError for a loop of less than `SEARCH_S`, before or after, or one that would be less than
    `LEAST_STRETCH` or more than `MOST_STRETCH` times as long.
    """
    shortest = round(SEARCH_S * rate)
    for name, count in (("a loop to stretch", len(audio)), ("a stretched loop", n_samples)):
        if count < shortest:
            raise ValueError(f"{name} must have at least {shortest} samples, got {count}")
    ratio = n_samples / len(audio)
    if not LEAST_STRETCH <= ratio <= MOST_STRETCH:
        raise ValueError(
            f"a loop can be made {LEAST_STRETCH:g}..{MOST_STRETCH:g} times as long, got {ratio:.3g} times "
            f"({len(audio)} to {n_samples} samples)"
        )
    if n_samples == len(audio):
        return audio.copy()

    # The library takes away its own latency, but fades at both ends: so the loop goes on there.
    before = 2 * round(BLOCKS_S[0] * rate)
    n_wrapped = 2 * before + len(audio) + round(shortest / ratio)
    n_wrapped = -(-n_wrapped // 4096) * 4096  # quick to transform
    wrapped = audio[np.arange(-before, n_wrapped - before) % len(audio)].T
    low = _low(wrapped, rate)
    start = round(before * ratio)
    stretched = np.zeros((audio.shape[1], n_samples + shortest), np.float32)
    for band, block_s in zip((low, wrapped - low), BLOCKS_S, strict=True):
        stretch = Signalsmith.Stretch()
        interval = round(block_s * rate / OVERLAP)
        stretch.configure(audio.shape[1], OVERLAP * interval, interval)
        stretch.setTimeFactor(1.0 / ratio)
        whole = np.asarray(stretch.process(np.ascontiguousarray(band)))
        stretched += whole[:, start : start + stretched.shape[1]]
    return _closed(np.ascontiguousarray(stretched.T), n_samples, round(FADE_S * rate))


def _low(signals: Audio, rate: int) -> Audio:
    """What lies below SPLIT_HZ in signals, [channels, samples], without delay; the end runs into the beginning."""
    frequencies = np.fft.rfftfreq(signals.shape[1], 1 / rate)
    response = 1.0 / (1.0 + (frequencies / SPLIT_HZ) ** (2 * SPLIT_ORDER))
    low = np.fft.irfft(np.fft.rfft(signals) * response, signals.shape[1])
    return low.astype(np.float32)


def _closed(audio: Audio, n_samples: int, fade: int) -> Audio:
    """The first n_samples, joined with what follows them: the same music, but its tones have other phases.

    A tone that went round the loop a whole number of times does not do so at another length, so the two can't agree
    everywhere: they are crossfaded where they differ least.
    """
    again = audio[n_samples:]
    difference = np.square(again - audio[: len(again)], dtype=np.float64).sum(axis=1)
    sums = np.cumsum(np.concatenate([[0.0], difference]))
    at = int(np.argmin(sums[fade:] - sums[:-fade]))
    old, new = again[at : at + fade], audio[at : at + fade]
    fall, rise = crossfade_gains((np.arange(fade) + 0.5) / fade, correlation(old, new))
    closed = audio[:n_samples].copy()
    closed[:at] = again[:at]
    closed[at : at + fade] = old * fall[:, None] + new * rise[:, None]
    return closed
