"""The cue bus: what the performer listens to before the room does, without a click whatever it changes to."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from instrument.audio.ramp import Ramp
from instrument.memory import gain_of

Floats = npt.NDArray[np.float32]

SOURCES = ("off", "next", "1", "2")
GAIN_S = 0.010
SETTLE_S = 0.002  # a jump between two sources dies away to 1/e in this time


class CueBus:
    """Level and joints of the cue bus. Used by the thread that renders."""

    def __init__(self, rate: int, channels: int, max_block: int) -> None:
        self._gain = Ramp(0.0, np.zeros(max_block))
        self._length = round(GAIN_S * rate)
        self._decay = (math.exp(-1.0 / (SETTLE_S * rate)) ** np.arange(1, max_block + 1)).astype(np.float32)
        self._source: object | None = None
        self._last = np.zeros(channels, np.float32)
        self._jump = np.zeros(channels, np.float32)  # what is still added to the source

    def aim(self, gain_db: float) -> None:
        gain = gain_of(gain_db)
        if gain != self._gain.target:
            self._gain.aim(gain, self._length)

    def run(self, signal: Floats, source: object | None) -> None:
        """In place. signal: [samples, channels], at most the largest block, of `source`: None for silence."""
        n = len(signal)
        if self._gain.is_settled:
            signal *= np.float32(self._gain.value)
        else:
            signal *= self._gain.step(n)[:, None].astype(np.float32)
        if source is not self._source:
            self._source = source
            self._jump[:] = self._last - signal[0]
        if self._jump.any():
            signal += self._decay[:n, None] * self._jump
            self._jump *= self._decay[n - 1]
            if float(np.abs(self._jump).max()) < 1e-6:
                self._jump.fill(0.0)
        self._last[:] = signal[-1]
