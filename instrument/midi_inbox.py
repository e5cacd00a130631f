"""What the MIDI drivers' threads hand over: messages, never too many, and the times of clock messages."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from instrument.midi_controller import control_of

LIMIT = 4096  # messages; a cable brings about 1,000 a second


class Inbox:
    """From the drivers' threads to ours. Bounded: where a flood fills it, each control's latest message is kept."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.n_dropped = 0
        self._limit = limit
        self._lock = threading.Lock()
        self._first: deque[tuple[str, Sequence[int]]] = deque()
        self._latest: dict[tuple[str, tuple[int, int]], Sequence[int]] = {}

    def put(self, port: str, data: Sequence[int]) -> None:
        """Keep a message, of one byte or more."""
        with self._lock:
            if len(self._first) < self._limit:
                self._first.append((port, data))
                return
            key = (port, control_of(data))
            self.n_dropped += self._latest.pop(key, None) is not None
            self._latest[key] = data

    def take(self) -> dict[str, list[Sequence[int]]]:
        """All messages, by port, in order."""
        with self._lock:
            first, self._first = self._first, deque()
            latest, self._latest = self._latest, {}
        messages: dict[str, list[Sequence[int]]] = {}
        for port, data in first:
            messages.setdefault(port, []).append(data)
        for (port, _), data in latest.items():
            messages.setdefault(port, []).append(data)
        return messages


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
