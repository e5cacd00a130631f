"""The monitor: what leaves for the sound card, in frames of PCM, for those who listen in a browser."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from instrument.memory import OutputRing

LISTENER_LIMIT = 4
FRAMES_PER_S = 50
WINDOW = 25  # frames that are on their way at most: what is in no one's hands would only come late
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)
HEADER = struct.Struct("<qI")  # the index of the first sample, samples a second


class ListenError(ValueError):
    """A listener that says what makes no sense."""


class Listener:
    """One listener's place in the output ring. The server's thread only.

    The ring is the only queue. A listener tells back how many frames it has taken, and is sent at most `WINDOW` more;
    where that held it up for as long as they last, it goes on with the newest frame. The index tells what it has lost.
    """

    def __init__(self, ring: OutputRing) -> None:
        self._ring = ring
        self._n_sent = 0
        self._n_taken = 0
        self._begin()

    def _begin(self) -> None:
        self._rate = self._ring.rate
        self._size = self._rate // FRAMES_PER_S
        self._at = max(self._ring.end - self._size, 0)

    def frames(self) -> Iterator[bytes]:
        """Those that are complete and may be sent now."""
        if self._ring.rate != self._rate:
            self._begin()
        if self._ring.end - self._at > WINDOW * self._size:
            self._at = self._ring.end - self._size
        while self._n_sent - self._n_taken < WINDOW and self._ring.end - self._at >= self._size:
            first, audio = self._ring.read(self._at, self._size)
            if self._ring.rate != self._rate:
                return  # what was read may be of another rate
            self._at = first + len(audio)
            self._n_sent += 1
            yield HEADER.pack(first, self._rate) + pcm(audio)

    def take(self, text: str | None) -> None:
        """The number of frames that it has taken since it came. Raises ListenError."""
        n_taken = int(text) if text is not None and _NUMBER.fullmatch(text) else -1
        if not self._n_taken <= n_taken <= self._n_sent:
            raise ListenError(f"tell the number of frames taken, {self._n_taken}..{self._n_sent}")
        self._n_taken = n_taken


def pcm(audio: npt.NDArray[np.float32]) -> bytes:
    """Samples [samples, channels] as signed 16-bit little-endian PCM, channels interleaved; louder ones are clipped."""
    steps: npt.NDArray[np.int16] = np.rint(np.clip(audio, -1.0, 1.0) * 32767.0).astype("<i2")
    return steps.tobytes()
