"""One of two decks in the callback: a fan of loops, of which the one nearest to `morph` sounds.

From loop to loop it goes in short crossfades that keep the level. The lows of two loops are never blended for longer
than a click would take: they are switched on a 16th, the rest follows the performer at once.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.audio.reader import Floats, Reader, Voice
from instrument.audio.slip import Slip
from instrument.memory import DeckParams, LoopBank
from instrument.transport import Transport

CROSSFADE_S = 0.030  # above the lows: long enough to be smooth, too short for two attacks
LOW_FADE_S = 0.010
# Below this correlation, keeping the level would take gains so high that transients would jump out.
LOWEST_RHO = -0.5
STICKINESS = 0.98  # another point is taken when it is nearer than this part of the way to the present one

Place = tuple[float, float]


def crossfade_gains(position: npt.ArrayLike, rho: float) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Gains g (old signal) and h (new) at `position` 0..1 that keep the level: g^2 + h^2 + 2 rho g h = 1.

    rho is the correlation of the two; from -1 to `LOWEST_RHO` it counts as `LOWEST_RHO`.
    """
    rho = min(max(rho, LOWEST_RHO), 1.0)
    x = np.asarray(position, np.float64)
    rise = x * x * (3.0 - 2.0 * x)
    fall = 1.0 - rise
    level = np.sqrt(fall * fall + rise * rise + 2.0 * rho * fall * rise)
    return fall / level, rise / level


def correlation(one: Floats, other: Floats) -> float:
    """Of two signals `[samples, channels]`, -1..1; 0 beside silence."""
    energy = float(np.vdot(one, one)) * float(np.vdot(other, other))
    return float(np.vdot(one, other)) / energy**0.5 if energy > 1e-20 else 0.0


class Fan:
    """Loops by their place, which all are one musical idea. number: the engine's name for it."""

    def __init__(self, number: int, points: list[tuple[Place, Voice]]) -> None:
        self.number = number
        self.points = points

    def nearest(self, place: Place, present: Voice | None) -> Voice:
        """The voice nearest to a place; the present one while no other is clearly nearer."""
        best, shortest = self.points[0][1], float("inf")
        for (x, y), voice in self.points:
            way = ((x - place[0]) ** 2 + (y - place[1]) ** 2) ** 0.5
            if voice is present:
                way *= STICKINESS
            if way < shortest:
                best, shortest = voice, way
        return best


class Band:
    """Which voice sounds in one band of the spectrum: one, or two during a crossfade."""

    def __init__(self, length: int) -> None:
        self.voice: Voice | None = None
        self.entering: Voice | None = None
        self.length = length
        self._faded = length
        self._positions = (np.arange(length) + 0.5) / length
        self._old_gain = np.zeros((length, 1), np.float32)
        self._new_gain = np.zeros((length, 1), np.float32)

    @property
    def is_fading(self) -> bool:
        return self.entering is not None

    @property
    def newest(self) -> Voice | None:
        return self.entering or self.voice

    @property
    def left(self) -> int:
        """Samples to the end of the crossfade."""
        return self.length - self._faded

    def jump(self, voice: Voice | None) -> None:
        self.voice, self.entering = voice, None

    def begin(self, voice: Voice, rho: float) -> None:
        """Cross over to `voice` in the next samples. rho: its correlation with what sounds."""
        old_gain, new_gain = crossfade_gains(self._positions, rho)
        self._old_gain[:, 0] = old_gain
        self._new_gain[:, 0] = new_gain
        self.entering = voice
        self._faded = 0

    def settle(self) -> bool:
        """End a crossfade that is through; whether there was one."""
        if self.entering is None or self._faded < self.length:
            return False
        self.jump(self.entering)
        return True

    def gain_of(self, voice: Voice, n: int) -> Floats | float:
        """What a voice is multiplied by in the next n samples: a number, or `[n, 1]`."""
        if voice is self.entering:
            return self._new_gain[self._faded : self._faded + n]
        if voice is not self.voice:
            return 0.0
        return self._old_gain[self._faded : self._faded + n] if self.is_fading else 1.0

    def advance(self, n: int) -> None:
        self._faded = min(self._faded + n, self.length)


class Deck:
    """What one deck plays. Commands come from `take`; everything belongs to the thread that renders.

    number: 1 or 2. events: where ("entered", deck, fan, slot, sample, bar), ("added", deck, fan, slot, sample), and for
    each point that was given to it, once, ("released", deck, slot) are appended.
    """

    def __init__(
        self,
        number: int,
        bank: LoopBank,
        transport: Transport,
        reader: Reader,
        max_block: int,
        events: deque[tuple[Any, ...]],
    ) -> None:
        self.number = number
        self.slip = Slip(transport)
        self._transport = transport
        self._reader = reader
        self._events = events
        self._fan: Fan | None = None
        self._pending: Fan | None = None
        self._cued: Voice | None = None  # only listened to
        self._retired: list[Voice] = []  # in no fan any more, and perhaps still heard
        self._high = Band(round(CROSSFADE_S * transport.rate))
        self._low = Band(round(LOW_FADE_S * transport.rate))
        self._place: Place = (0.0, 0.0)
        self._grid = transport.ticks_per_bar // 16
        shape = (max_block, bank.channels)
        self._one, self._other, self._before, self._lows = (np.zeros(shape, np.float32) for _ in range(4))

    @property
    def has_loop(self) -> bool:
        return self._fan is not None

    @property
    def is_waiting(self) -> bool:
        return self._pending is not None

    @property
    def coming(self) -> Voice | None:
        """The loop that would sound if what waits entered now; where nothing waits, the one to be listened to."""
        return self._cued if self._pending is None else self._pending.nearest(self._place, None)

    @property
    def loop_ticks(self) -> int:
        """Length of the loop that sounds."""
        voice = self._high.newest
        return 0 if voice is None else voice.ticks

    @property
    def slot(self) -> int:
        """The slot that sounds, the newer one during a crossfade; -1 for none."""
        voice = self._high.newest
        return -1 if voice is None else voice.slot

    def take(self, message: tuple[Any, ...], voices: tuple[Voice, ...], sample: int) -> None:
        """See `Player.command`. voices: of the slots whose loops the command brings."""
        match message:
            case ("next", _, number, points):
                self._retire(self._pending)
                self._listen(None)
                places = [place for _, place in points]
                self._pending = Fan(number, list(zip(places, voices, strict=True)))
            case ("point", _, number, _, place):
                (voice,) = voices
                fans = [fan for fan in (self._pending, self._fan) if fan is not None and fan.number == number]
                if fans:
                    fans[0].points.append((place, voice))
                    self._events.append(("added", self.number, number, voice.slot, sample))
                else:
                    self._retired.append(voice)
            case ("drop", _, number, slot):
                for fan in (self._pending, self._fan):
                    if fan is not None and fan.number == number and len(fan.points) > 1:
                        dropped = [voice for _, voice in fan.points if voice.slot == slot][:1]
                        fan.points = [point for point in fan.points if point[1] not in dropped]
                        self._retired += dropped
            case ("cue", _, _):
                self._listen(voices[0] if voices else None)
            case ("cancel", _):
                self._retire(self._pending)
                self._pending = None
        self._release()

    def follow(self, params: DeckParams) -> None:
        self._place = (params.morph, params.morph_y)
        self.slip.aim(params.stutter, params.reverse)

    def enter(self, sample: int, at_once: bool) -> None:
        """What waits takes over. at_once: unheard, without a crossfade."""
        fan, self._pending = self._pending, None
        assert fan is not None
        self._retire(self._fan)
        self._fan = fan
        voice = fan.nearest(self._place, None)
        self._events.append(("entered", self.number, fan.number, voice.slot, sample, self._transport.bar))
        if at_once:
            self._high.jump(voice)
            self._low.jump(voice)
        self._release()

    def finish_crossfades(self) -> None:
        """The new loop from here on, without the rest of a crossfade."""
        for band in (self._high, self._low):
            band.jump(self._high.newest)
        self._release()

    def span(self, limit: int) -> int:
        """Begin what is due at the current sample; for how many samples, at most `limit`, nothing is."""
        if [band.settle() for band in (self._high, self._low)] != [False, False]:
            self._release()
        fan, high, low = self._fan, self._high, self._low
        if fan is None:
            return limit
        if not high.is_fading:
            target = fan.nearest(self._place, high.voice)
            if target is not high.voice:
                self._begin(high, target)
        target_low = high.newest
        if not low.is_fading and target_low is not None and low.voice is not target_low:
            wait = self._transport.samples_to_multiple(self._grid)
            if wait > 0:
                limit = min(limit, wait)
            else:
                self._begin(low, target_low)
        for band in (high, low):
            if band.is_fading:
                limit = min(limit, band.left)
        return min(limit, self.slip.span())

    def read(self, out: Floats, low: Floats | None = None) -> None:
        """What sounds, `[n, channels]`; into `low` its lows, where they are wanted too."""
        voices = {
            id(voice): voice
            for band in (self._high, self._low)
            for voice in (band.voice, band.entering)
            if voice
        }
        if len(voices) == 1 and not (self._high.is_fading or self._low.is_fading):
            (voice,) = voices.values()
            self._read(voice, out)
            if low is not None:
                self._read_low(voice, low)
            return
        n = len(out)
        lows = self._lows[:n]
        lows.fill(0.0)
        out.fill(0.0)
        for voice in voices.values():
            high_gain, low_gain = self._high.gain_of(voice, n), self._low.gain_of(voice, n)
            signal = self._one[:n]
            self._read_low(voice, signal)
            lows += signal * low_gain
            if isinstance(high_gain, float) and high_gain == 0.0:
                continue
            whole = self._other[:n]
            self._read(voice, whole)
            whole -= signal
            whole *= high_gain
            out += whole
        out += lows
        if low is not None:
            low[:] = lows

    def read_high(self, out: Floats) -> None:
        """What is above the lows of the loop that sounds, from here on, as if nothing were to change."""
        voice = self._high.newest
        if voice is None:
            out.fill(0.0)
            return
        self._reader.read(voice, self.slip.course, out)
        low = self._one[: len(out)]
        self._reader.read_low(voice, self.slip.course, low)
        out -= low

    def advance(self, n: int) -> None:
        self._high.advance(n)
        self._low.advance(n)
        self.slip.advance(n)

    def _begin(self, band: Band, voice: Voice) -> None:
        """Start a crossfade, by the likeness of just what is heard in it."""
        if band.voice is None:
            band.begin(voice, 0.0)
            return
        n = min(band.length, len(self._one))
        signals = []
        for one, scratch in ((band.voice, self._one), (voice, self._other)):
            signal = scratch[:n]
            if band is self._low:
                self._reader.read_low(one, self.slip.course, signal)
            else:
                self._reader.read(one, self.slip.course, signal)
                low = self._lows[:n]
                self._reader.read_low(one, self.slip.course, low)
                signal -= low
            signals.append(signal)
        band.begin(voice, correlation(*signals))

    def _read(self, voice: Voice, out: Floats) -> None:
        """The voice on the course of the moment, faded over from the course before where that has just ended."""
        self._on_course(self._reader.read, voice, out)

    def _read_low(self, voice: Voice, out: Floats) -> None:
        self._on_course(self._reader.read_low, voice, out)

    def _on_course(self, read: Any, voice: Voice, out: Floats) -> None:
        slip = self.slip
        read(voice, slip.course, out)
        if slip.is_fading:
            before = self._before[: len(out)]
            read(voice, slip.before, before)
            gain = slip.fade(len(out))
            out *= gain
            before *= 1.0 - gain
            out += before

    def _retire(self, fan: Fan | None) -> None:
        if fan is not None:
            self._retired += [voice for _, voice in fan.points]

    def _listen(self, voice: Voice | None) -> None:
        if self._cued is not None:
            self._retired.append(self._cued)
        self._cued = voice

    def _release(self) -> None:
        """Give back what is heard no more."""
        if not self._retired:
            return
        heard = (self._high.voice, self._high.entering, self._low.voice, self._low.entering)
        gone = [voice for voice in self._retired if not any(voice is other for other in heard)]
        self._retired = [voice for voice in self._retired if not any(voice is other for other in gone)]
        self._events.extend(("released", self.number, voice.slot) for voice in gone)
