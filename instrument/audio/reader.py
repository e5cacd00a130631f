"""Reads loops at the transport's position, exactly or repitched."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from instrument.audio.slip import Course
from instrument.memory import LoopBank, n_low
from instrument.transport import Transport

MAX_BARS = 64  # whose ticks are whole numbers in float64, too

Floats = npt.NDArray[np.float32]


class Voice:
    """One loop as the transport plays it: its place is the transport's position modulo the loop's length."""

    def __init__(self, bank: LoopBank, slot: int, transport: Transport) -> None:
        """ValueError if the slot holds no loop."""
        header = bank.header(slot)
        n, room = header.n_samples, len(bank.samples(slot))
        if not 0 < n + n_low(n) <= room or not 1 <= header.n_bars <= MAX_BARS or header.bpm_centi < 1:
            raise ValueError(
                f"slot {slot} must hold a loop with its lows in {room} samples, 1..{MAX_BARS} bars and a tempo, "
                f"got {n} samples, {header.n_bars} bars, {header.bpm} BPM"
            )
        self.slot = slot
        self.ticks = header.n_bars * transport.ticks_per_bar
        self.audio = bank.samples(slot)[:n]
        self.low = bank.samples(slot)[n : n + n_low(n)]
        # Read sample by sample at its own tempo, if it has just the length that this tempo asks for.
        exact = (2 * self.ticks + header.bpm_centi) // (2 * header.bpm_centi) == n
        self.exact_bpm_centi = header.bpm_centi if exact else 0


class Reader:
    """Keeps the scratch memory for reading. Used by one thread.

    Where it reads between samples, a stereo sample counts as one complex number, so that one operation over a row of
    them does both channels: several times faster than NumPy's over pairs.
    """

    def __init__(self, transport: Transport, max_block: int, channels: int) -> None:
        if channels != 2:
            raise ValueError(f"channels must be 2, got {channels}")
        self._transport = transport
        self._count = np.arange(max_block, dtype=np.int64)
        self._ticks = np.zeros(max_block, np.int64)
        self._place = np.zeros(max_block, np.float64)
        self._floor = np.zeros(max_block, np.float64)
        self._part = np.zeros(max_block, np.float32)
        self._index = np.zeros(4 * max_block, np.int64)
        self._weights = np.zeros(4 * max_block, np.float32)
        self._taps = np.zeros(4 * max_block, np.complex64)

    def read(self, voice: Voice, course: Course, out: Floats) -> None:
        """Fill out, `[n, channels]`, from where the course is at the transport's current sample."""
        if course.is_straight and self._transport.bpm_centi == voice.exact_bpm_centi:
            self._read_exactly(voice, out)
        else:
            self._read_repitched(voice.audio, voice.ticks, course, out)

    def read_low(self, voice: Voice, course: Course, out: Floats) -> None:
        """The same of the loop's lows alone."""
        self._read_repitched(voice.low, voice.ticks, course, out)

    def _read_exactly(self, voice: Voice, out: Floats) -> None:
        transport, length = self._transport, len(voice.audio)
        n, done = len(out), 0
        index = transport.passes(voice.ticks)
        offset = -transport.samples_to(index * voice.ticks)
        while done < n:
            next_pass = transport.samples_to((index + 1) * voice.ticks) - done
            count = min(n - done, next_pass)
            within = min(count, length - offset)
            out[done : done + within] = voice.audio[offset : offset + within]
            if (
                within < count
            ):  # a pass lasts floor(L) or ceil(L): now and then one sample more than the loop has
                out[done + within : done + count] = voice.audio[: count - within]
            done += count
            index += 1
            offset = 0

    def _read_repitched(self, audio: Floats, length: int, course: Course, out: Floats) -> None:
        """Catmull-Rom through four samples of a loop of `length` ticks.

        Each place follows from its own tick, a whole number, so that blocks of any size agree.
        """
        n, n_samples = len(out), len(audio)
        ticks, place, floor, part = self._ticks[:n], self._place[:n], self._floor[:n], self._part[:n]
        step = course.direction * self._transport.bpm_centi
        start = course.at(self._transport.ticks) % length
        np.multiply(self._count[:n], step, out=ticks)
        ticks += start
        if not 0 <= start + n * step <= length:  # else no pass ends here
            np.remainder(ticks, length, out=ticks)
        np.multiply(ticks, n_samples / length, out=place)
        np.floor(place, out=floor)
        np.subtract(place, floor, out=part, casting="same_kind")

        index = self._index[: 4 * n].reshape(4, n)
        weights = self._weights[: 4 * n].reshape(4, n)
        taps = self._taps[: 4 * n].reshape(4, n)
        np.add(floor, _OFFSETS, out=index, casting="unsafe")
        a, b, c, d = _CATMULL_ROM
        np.multiply(part, d, out=weights)
        for factor in (c, b):
            weights += factor
            weights *= part
        weights += a
        np.take(audio.view(np.complex64)[:, 0], index, out=taps, mode="wrap")
        taps *= weights
        total = out.view(np.complex64)[:, 0]
        np.add(taps[0], taps[1], out=total)
        total += taps[2]
        total += taps[3]


_OFFSETS = np.array([[-1.0], [0.0], [1.0], [2.0]])  # of the samples that count, from the place's own

# Their weights as polynomials a + b x + c x^2 + d x^3 of the place x between 0 and 1.
_CATMULL_ROM = np.array(
    [
        [[0.0], [1.0], [0.0], [0.0]],
        [[-0.5], [0.0], [0.5], [0.0]],
        [[1.0], [-2.5], [2.0], [-0.5]],
        [[-0.5], [1.5], [-1.5], [0.5]],
    ],
    np.float32,
)
