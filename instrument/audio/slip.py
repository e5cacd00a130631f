"""Where a deck reads its loop while the transport goes on: straight on, in a stutter, or backwards.

A gesture begins and ends on a 16th. It slips: the transport never stops, so that the loop is afterwards where it would
have been without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instrument.transport import Transport

PARTS = (
    0,
    2,
    4,
    8,
    16,
)  # of a bar that a stutter's length is one of, by the parameter's index; 0: no stutter
FADE_S = 0.003  # between two places of the loop: long enough not to click, short enough to keep an attack


@dataclass(frozen=True)
class Course:
    """A straight line through a loop: at tick `start` of the transport the loop is read at tick `source`."""

    start: int = 0
    source: int = 0
    direction: int = 1

    @property
    def is_straight(self) -> bool:
        return self.direction == 1 and self.start == self.source

    def at(self, ticks: int) -> int:
        return self.source + self.direction * (ticks - self.start)


STRAIGHT = Course()


class Slip:
    """The course of the moment. Used by the thread that renders, in spans that `span` has allowed."""

    def __init__(self, transport: Transport) -> None:
        self.course = self.before = STRAIGHT
        self._transport = transport
        self._grid = transport.ticks_per_bar // 16
        self._length = round(FADE_S * transport.rate)
        self._rise = ((np.arange(self._length) + 0.5) / self._length).astype(np.float32)[:, None]
        self._faded = self._length
        self._end = 0  # where the stutter comes round, in ticks of the transport
        self._wanted = self._now = (0, False)  # index in PARTS, and whether backwards

    @property
    def is_fading(self) -> bool:
        return self._faded < self._length

    def aim(self, stutter: int, reverse: bool) -> None:
        self._wanted = (stutter, reverse)

    def reset(self) -> None:
        """Straight on, from here; what is wanted begins on the next 16th."""
        self.course, self._now, self._faded = STRAIGHT, (0, False), self._length

    def jump(self, before: int) -> None:
        """The transport is elsewhere than at tick `before`: fade over to what is there."""
        here = self._transport.ticks
        self.before = Course(here, self.course.at(before), self.course.direction)
        self.course, self._now, self._faded = STRAIGHT, (0, False), 0

    def span(self) -> int:
        """Turn where a turn is due; samples until something has to be done again."""
        transport = self._transport
        if self._wanted != self._now and transport.samples_to_multiple(self._grid) == 0:
            self._turn(*self._wanted)
        part = PARTS[self._now[0]]
        if part and transport.samples_to(self._end) <= 0:
            self._take(Course(self._end, self.course.source, self.course.direction))
            self._end += transport.ticks_per_bar // part
        waits = [transport.samples_to(self._end)] if part else []
        if self._wanted != self._now:
            waits.append(transport.samples_to_multiple(self._grid))
        if self.is_fading:
            waits.append(self._length - self._faded)
        return max(1, min(waits, default=2**31))

    def advance(self, n: int) -> None:
        self._faded = min(self._faded + n, self._length)

    def fade(self, n: int) -> npt.NDArray[np.float32]:
        """Gains of the course over the one before, for the next n samples, [n, 1]."""
        return self._rise[self._faded : self._faded + n]

    def _turn(self, stutter: int, reverse: bool) -> None:
        transport = self._transport
        here = self._grid * ((2 * transport.ticks + self._grid) // (2 * self._grid))  # the 16th, exactly
        length = transport.ticks_per_bar // PARTS[stutter] if stutter else 0
        self._now = (stutter, reverse)
        if reverse:
            self._take(Course(here, here + length, -1))
        elif stutter:
            self._take(Course(here, here))
        else:
            self._take(STRAIGHT)
        self._end = here + length

    def _take(self, course: Course) -> None:
        self.before, self.course, self._faded = self.course, course, 0
