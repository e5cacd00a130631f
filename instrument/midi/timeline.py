"""When MIDI messages came, by the clock that everything else goes by."""

from __future__ import annotations


class Timeline:
    """A driver's times, which come as seconds since the message before, as those of `time.monotonic`.

    A message that was handed over without delay sets the offset; the others were late by what is beyond it. It is
    let go by 100 ppm, as far as two clocks may differ.
    """

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._offset: float | None = None

    def at(self, since: float, now: float) -> float:
        """When the message came that we have at `now`, `since` seconds after the one before."""
        self._elapsed += since
        lead = now - self._elapsed
        if self._offset is None or lead - self._offset > 1.0:  # the first, or the machine slept
            self._offset = lead
        self._offset = min(self._offset + 1e-4 * since, lead)
        return self._elapsed + self._offset
