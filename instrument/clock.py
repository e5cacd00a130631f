"""The clock of another instrument: its tempo, and on which beat it is at a time, out of what it sends.

Three kinds: MIDI clock (24 ticks a beat), OSC (`/ladmg/clock bpm beat`), and Ableton Link where a package for it is
installed. Times are seconds of `time.monotonic`, passed in.
"""

from __future__ import annotations

import importlib
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from instrument.params import ParamError

SOURCES = ("internal", "midi", "link", "osc")
TICKS_PER_BEAT = 24
WINDOW = 192  # ticks that the line is laid through, 4 s at 120 BPM
YOUNG = 6  # with fewer, the intervals are all there is to go by
STEADY = 24  # with fewer, the tempo is not worth rendering for
RECENT = 8
CERTAIN = 5.0  # standard deviations by which recent ticks must be off before the tempo has changed
LEAST_OFF_S = 0.0007
GATE_S = 0.003  # a tick further off the line than this, and than four times its jitter, is doubted
DOUBTED = 6  # after so many ticks it is seen whether the tempo has jumped
EVEN = (
    0.05,
    0.2,
)  # of the mean interval: what those of one clock may deviate by, 3.5 times its jitter in between
SILENCE_S = 0.5
LOWEST_BPM, HIGHEST_BPM = 20.0, 400.0
MOST_BEATS = 1e6
_SHORTEST_S = 60.0 / (HIGHEST_BPM * TICKS_PER_BEAT)
BEATS_KEPT = 8
FAR_BEATS = 0.25
TOLD_S = 0.05  # readings are no nearer together, but for starts and stops


class ClockError(RuntimeError):
    """This clock can't be followed; the text says why and what to do."""


@dataclass(frozen=True)
class ClockReading:
    """At time `at` a clock is on `beat` (from 0) and has this tempo. is_steady: it has had it for a while."""

    bpm: float
    beat: float
    at: float
    is_running: bool
    is_steady: bool

    def beat_at(self, now: float) -> float:
        return self.beat + (now - self.at) * self.bpm / 60.0 if self.is_running else self.beat


class Source(Protocol):
    """One clock that can be followed."""

    def reading(self, now: float) -> ClockReading | None:
        """None as long as nothing is known. A clock that falls silent goes on as it was."""
        ...


class TickClock:
    """MIDI clock. Least squares over the last 192 ticks, fewer after the tempo has changed.

    Ticks that come twice are ignored, lost ones counted. A clock that was never started counts from its first tick.
    """

    def __init__(self) -> None:
        self._numbers: list[int] = []  # of the ticks that the line is laid through
        self._times: list[float] = []
        self._doubted: list[float] = []  # the last tick before the first doubted one, and all that came since
        self._number = -1  # of the latest tick
        self._number_before = -1  # of the first in _doubted
        self._n_expected = 0  # of those that were just where the next tick should be
        self._heard_at = -math.inf
        self._line: tuple[float, float] | None = None  # time of tick 0, seconds from tick to tick
        self._jitter = GATE_S
        self._shift = 0  # from a tick's number to its place in the song
        self._next_place: int | None = 0  # of the next tick, where that is not the one after the last
        self._is_going = True

    def tick(self, now: float) -> None:
        silence, self._heard_at = now - self._heard_at, now
        number = self._number_of(now, silence)
        if number is None:
            return
        self._number = number
        if self._next_place is not None and self._is_going:
            self._shift, self._next_place = self._next_place - number, None
        self._numbers.append(number)
        self._times.append(now)
        self._forget(len(self._times) - WINDOW)
        self._fit()

    def start(self) -> None:
        """The next tick is the song's first."""
        self._next_place, self._is_going = 0, True

    def go_on(self) -> None:
        """The next tick is the one after that of the stop, or the one that a song position named."""
        self._is_going = True

    def stop(self) -> None:
        if self._next_place is None:
            self._next_place = self._number + 1 + self._shift
        self._is_going = False

    def song_position(self, sixteenths: int) -> None:
        """Where the next tick is, in 16ths from the song's start."""
        self._next_place = sixteenths * TICKS_PER_BEAT // 4

    def downbeat(self, now: float) -> None:
        """The nearest tick is beat 1 of the nearest bar."""
        if self._line is None or self._next_place is not None:
            return
        bar = 4 * TICKS_PER_BEAT
        number = round((now - self._line[0]) / self._line[1])
        self._shift = round((number + self._shift) / bar) * bar - number

    def reading(self, now: float) -> ClockReading | None:
        if self._line is None:
            return None
        first, period = self._line
        bpm = 60.0 / (TICKS_PER_BEAT * period)
        is_steady = len(self._times) >= STEADY
        if self._next_place is not None:
            return ClockReading(bpm, self._next_place / TICKS_PER_BEAT, now, False, is_steady)
        beat = ((now - first) / period + self._shift) / TICKS_PER_BEAT
        return ClockReading(bpm, beat, now, True, is_steady)

    def _number_of(self, now: float, silence: float) -> int | None:
        """Of a tick that comes now; None for one that is to be ignored."""
        if not self._times:
            return self._number + 1
        if silence > SILENCE_S:
            n = 1 if self._line is None else max(1, round((now - self._times[-1]) / self._line[1]))
            self._forget(len(self._times))
            self._doubted = []
            return self._number + n
        if len(self._times) < YOUNG or self._line is None:
            return self._number + 1 if silence >= _SHORTEST_S else None
        first, period = self._line
        number = max(round((now - first) / period), self._number + 1)
        gate = min(max(GATE_S, 4.0 * self._jitter), 0.45 * period)
        fits = abs(now - first - number * period) <= gate
        is_expected = fits and number == self._number + 1
        if not (self._doubted or is_expected):
            self._doubted, self._number_before, self._n_expected = [self._times[-1]], self._number, 0
        if self._doubted:
            self._doubted.append(now)
            self._n_expected += is_expected
            if len(self._doubted) > DOUBTED and (anew := self._judge()) is not None:
                return anew
        return number if fits else None

    def _judge(self) -> int | None:
        """Whether the ticks since the first doubted one are the clock's, at another tempo: the number of the last."""
        doubted, self._doubted = np.array(self._doubted), []
        intervals = np.diff(doubted)
        usual = float(intervals.mean())
        most = min(max(EVEN[0] * usual, 3.5 * self._jitter), EVEN[1] * usual)
        own = doubted[1:][intervals > max(0.5 * np.median(intervals), _SHORTEST_S)].tolist()
        is_uneven = self._n_expected > 0 and intervals.std() > most
        if is_uneven or self._n_expected > DOUBTED // 2 or len(own) < YOUNG:
            return None
        self._forget(len(self._times))
        self._line = None
        self._numbers = [self._number_before + 1 + i for i in range(len(own) - 1)]
        self._times = own[:-1]
        return self._number_before + len(own)

    def _forget(self, n: int) -> None:
        """The n oldest ticks."""
        if n > 0:
            del self._numbers[:n], self._times[:n]

    def _fit(self) -> None:
        """Lay the line through the ticks; forget old ones as long as the last do not lie on it."""
        while len(self._times) > 1:
            number, time = np.array(self._numbers, np.float64), np.array(self._times)
            n, middle = len(number), float(number.mean())
            number -= middle
            period = float(np.dot(number, time) / np.dot(number, number))
            off = time - time.mean() - period * number
            steps = off[1:] - off[:-1]
            jitter = math.sqrt(float(np.dot(steps, steps)) / (2 * len(steps)))  # whatever the tempo does
            limit = max(LEAST_OFF_S, CERTAIN * jitter / math.sqrt(RECENT))
            if n >= 2 * RECENT and abs(float(off[-RECENT:].mean())) > limit:
                self._forget(n // 2)
                continue
            if n < YOUNG and self._line is None:
                return
            if n < 2 * YOUNG and self._line is not None and abs(period / self._line[1] - 1.0) < 0.05:
                period = self._line[1]  # so few ticks tell it less well than those before a pause did
            self._line, self._jitter = (float(time.mean()) - period * middle, period), jitter
            return
        if self._line is not None:  # the first tick after a pause
            self._line = (self._times[-1] - self._numbers[-1] * self._line[1], self._line[1])


class BeatClock:
    """A clock that says its tempo and its beat, as often as it likes: the mean of the last of them."""

    def __init__(self) -> None:
        self._zeros: deque[float] = deque(maxlen=BEATS_KEPT)  # when beat 0 was, by each message
        self._bpm = 0.0
        self._beat = 0.0
        self._is_running = False

    def say(self, bpm: float, beat: float, now: float) -> None:
        """On `beat` now. bpm 0: it stands there."""
        self._is_running, self._beat = bpm != 0.0, beat
        if not self._is_running:
            self._zeros.clear()
            return
        zero = now - beat * 60.0 / bpm
        is_far = self._zeros and abs(zero - self._zero) > FAR_BEATS * 60.0 / bpm
        if bpm != self._bpm or is_far:
            self._zeros.clear()
        self._bpm = bpm
        self._zeros.append(zero)

    @property
    def _zero(self) -> float:
        return sum(self._zeros) / len(self._zeros)

    def reading(self, now: float) -> ClockReading | None:
        if not self._bpm:
            return None
        if not self._is_running:
            return ClockReading(self._bpm, self._beat, now, False, True)
        return ClockReading(self._bpm, (now - self._zero) * self._bpm / 60.0, now, True, True)


class LinkClock:
    """Ableton Link, through LinkPython-extern: it contains Link, which is GPL, and so is never installed with us.

    We follow the session's tempo and its bars, and never set them. Where nobody else is in it, there is no clock.
    """

    def __init__(self) -> None:
        """ClockError where the package is missing."""
        try:
            link = importlib.import_module("link")
        except ImportError:
            raise ClockError(
                "clock_source link needs the package LinkPython-extern, which is not installed "
                "(it is GPL, and so no part of LADMG): pip install LinkPython-extern"
            ) from None
        self._link: Any = link.Link(120.0)
        self._link.enabled = True

    def reading(self, now: float) -> ClockReading | None:
        if self._link.numPeers() == 0:
            return None
        state = self._link.captureSessionState()
        beat = state.beatAtTime(self._link.clock().micros(), 4.0)
        return ClockReading(float(state.tempo()), float(beat), now, True, True)

    def close(self) -> None:
        """Leave the session."""
        self._link.enabled = False


class ExternalClock:
    """The clock that is followed, one at a time, in a thread of its own.

    tell(reading) is called from that thread with what is known of it; None: nothing yet, or the clock is our own. Any
    thread may call the methods.
    """

    def __init__(self, tell: Callable[[ClockReading | None], None]) -> None:
        self._tell = tell
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._source: Source | None = None
        self._told: ClockReading | None = None
        self._thread = threading.Thread(target=self._serve, name="clock", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Follow nothing any more, and end the thread."""
        if self._thread.is_alive():
            self._work.put(partial(self._choose, None))
            self._work.put(None)
            self._thread.join()

    def choose(self, name: str) -> None:
        """Follow the clock of that name, one of SOURCES, from now on. ClockError where it can't be had."""
        kinds: dict[str, Callable[[], Source]] = {"midi": TickClock, "link": LinkClock, "osc": BeatClock}
        self._work.put(partial(self._choose, kinds[name]() if name in kinds else None))

    def midi(self, message: Any, at: float) -> None:
        """A mido.Message of a clock came at that time: clock, start, continue, stop or songpos."""
        self._work.put(partial(self._take_midi, message, at))

    def osc(self, args: tuple[object, ...]) -> None:
        """/ladmg/clock bpm beat came now. Raises ParamError for anything else."""
        now = time.monotonic()
        numbers = [float(arg) for arg in args if isinstance(arg, int | float) and not isinstance(arg, bool)]
        if len(args) != 2 or len(numbers) != 2:
            raise ParamError("bad_type", f"clock takes a tempo and a beat, got {args!a:.60}")
        bpm, beat = numbers
        if not (abs(beat) <= MOST_BEATS and (bpm == 0.0 or LOWEST_BPM <= bpm <= HIGHEST_BPM)):
            allowed = f"a tempo in {LOWEST_BPM:g}..{HIGHEST_BPM:g} BPM (0: it stands) and a beat"
            raise ParamError("bad_value", f"clock takes {allowed}, got {bpm:g} {beat:g}")
        self._work.put(partial(self._take_osc, bpm, beat, now))

    def downbeat(self) -> None:
        """Beat 1 of a bar is now: for a MIDI clock, which may never have said where it began."""
        self._work.put(partial(self._take_downbeat, time.monotonic()))

    def _serve(self) -> None:
        while True:
            try:
                # Link is looked at; the others speak when there is something to say.
                work = self._work.get(timeout=TOLD_S if isinstance(self._source, LinkClock) else None)
            except queue.Empty:
                work = self._look
            if work is None:
                return
            work()

    def _choose(self, source: Source | None) -> None:
        if isinstance(self._source, LinkClock):
            self._source.close()
        self._source, self._told = source, None
        self._tell(None)

    def _take_midi(self, message: Any, at: float) -> None:
        source = self._source
        if not isinstance(source, TickClock):
            return
        match message.type:
            case "clock":
                source.tick(at)
            case "start":
                source.start()
            case "continue":
                source.go_on()
            case "stop":
                source.stop()
            case "songpos":
                source.song_position(message.pos)
        self._look()

    def _take_osc(self, bpm: float, beat: float, now: float) -> None:
        if isinstance(self._source, BeatClock):
            self._source.say(bpm, beat, now)
            self._look()

    def _take_downbeat(self, now: float) -> None:
        if isinstance(self._source, TickClock):
            self._source.downbeat(now)
            self._look()

    def _look(self) -> None:
        """Tell what has become of the clock."""
        now = time.monotonic()
        reading, told = None if self._source is None else self._source.reading(now), self._told
        if reading is None:
            return
        if told is None or reading.is_running != told.is_running or now - told.at >= TOLD_S:
            self._told = reading
            self._tell(reading)
