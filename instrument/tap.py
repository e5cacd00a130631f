"""Tempo by tapping."""

from __future__ import annotations

from collections import deque

FORGET_S = 1.5  # a longer pause begins anew; the slowest tempo has a beat a second
LEAST, MOST = 3, 9  # taps that a tempo is made of


class TapTempo:
    """The mean of the latest intervals. A tap that does not fit the others by a quarter begins anew."""

    def __init__(self) -> None:
        self._taps: deque[float] = deque(maxlen=MOST)

    def tap(self, now: float) -> float | None:
        """BPM from this tap on, or None while it is too early to say. now: seconds, of any clock."""
        taps = self._taps
        if taps:
            interval = now - taps[-1]
            beat = (taps[-1] - taps[0]) / (len(taps) - 1) if len(taps) > 1 else interval
            if not 0.0 < interval <= FORGET_S or abs(interval - beat) > 0.25 * beat:
                taps.clear()
        taps.append(now)
        if len(taps) < LEAST:
            return None
        return 60.0 * (len(taps) - 1) / (taps[-1] - taps[0])
