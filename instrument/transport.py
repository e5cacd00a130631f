"""The musical clock: bars and beats as an exact function of samples.

Position is counted in ticks, of which a beat has 6000 * rate. A sample then lasts exactly bpm * 100 ticks,
since BPM has two decimals: all positions, at any tempo and after any number of tempo changes, are whole
numbers, and nothing can drift. A musical moment falls on the sample nearest to it, `floor(exact + 1/2)`.
"""

from __future__ import annotations

from fractions import Fraction

BEATS_PER_BAR = 4
LEAST_STRETCH, MOST_STRETCH = 0.5, 2.0  # times as long: beyond, attacks stutter and tones warble
SWAPS = ("now", "beat", "bar", "loop", "4bars", "8bars", "16bars")
_SWAP_BEATS = {"now": 0, "beat": 1, "bar": 4, "loop": 0, "4bars": 16, "8bars": 32, "16bars": 64}


def loop_length(n_bars: int, bpm_centi: int, rate: int) -> Fraction:
    """Samples that `n_bars` bars last at `bpm_centi` / 100 BPM, exactly."""
    return Fraction(n_bars * BEATS_PER_BAR * 6000 * rate, bpm_centi)


class Transport:
    """Where the music is. Used by one thread.

    Attributes: `rate` in Hz; `ticks`, the position of the current sample; `bpm_centi`, the tempo in 0.01 BPM,
    which may be set at any sample (the position goes on from there, at the new speed).
    """

    def __init__(self, rate: int, bpm_centi: int = 12500) -> None:
        self.rate = rate
        self.ticks = 0
        self.bpm_centi = bpm_centi
        self.ticks_per_beat = 6000 * rate
        self.ticks_per_bar = BEATS_PER_BAR * self.ticks_per_beat
        self._swap_ticks = tuple(_SWAP_BEATS[swap] * self.ticks_per_beat for swap in SWAPS)

    @property
    def beat(self) -> Fraction:
        """Beats since the start, from 0."""
        return Fraction(self.ticks, self.ticks_per_beat)

    @property
    def bar(self) -> int:
        """The bar that the current sample belongs to, from 1."""
        return self.passes(self.ticks_per_bar) + 1

    def advance(self, n_samples: int) -> None:
        self.ticks += n_samples * self.bpm_centi

    def passes(self, length: int) -> int:
        """Whole passes of `length` ticks before the current sample; a pass starts on its nearest sample."""
        return (2 * self.ticks + self.bpm_centi - 1) // (2 * length)

    def samples_to(self, ticks: int) -> int:
        """Samples from the current one to the one nearest to a position; negative if that is past."""
        return (2 * (ticks - self.ticks) + self.bpm_centi) // (2 * self.bpm_centi)

    def samples_to_multiple(self, length: int) -> int:
        """Samples to the next multiple of `length` ticks; 0 if the current sample is one."""
        index = -((self.bpm_centi - 2 * self.ticks) // (2 * length))
        return self.samples_to(index * length)

    def samples_to_swap(self, swap: int, loop_ticks: int) -> int:
        """Samples to the next boundary of `SWAPS[swap]`; the sounding loop is `loop_ticks` long."""
        length = loop_ticks if SWAPS[swap] == "loop" else self._swap_ticks[swap]
        return self.samples_to_multiple(length) if length else 0
