"""`ladmg replay SHOW --live`: the performer's changes of a show, made again where the music was when they were made.

The instrument renders and swaps by itself again, so what is heard is the same performance, not the same samples.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from instrument.memory import MeterReading
from instrument.params import ADDRESSES, ROOT, ParamError, Params, Value, accept
from instrument.shows.show import Show, ShowError

# What these did is in the show as values: a recording of its own, taps of another time, another random seed, a preset
# that may have changed.
LEFT_OUT = {"record", "tap", "roll", "preset_save", "preset_recall"}
GRID_BEATS = 64  # a multiple of everything that `swap` waits for
RESTART_NS = 1_000_000_000  # until a restart is heard, at the latest
POLL_S = 0.005


@dataclass(frozen=True)
class Step:
    """One change, with where it was made; beat: None while the transport stood."""

    sample: int
    beat: float | None
    address: str
    value: Value


def steps_of(show: Show) -> list[Step]:
    """All that makes a show again, in order: its values at the start, and its changes. Raises ShowError."""
    steps = [Step(show.start, show.beat, *_accepted(item)) for item in show.values.items()]
    go: Step | None = None  # an undo is the values that it set, and then letting them in
    for event in show.events:
        if event.kind != "set" or not show.start <= event.sample < show.stop:
            continue
        beat = event.fields["beat"]
        address, value = _accepted((event.fields["address"], event.fields["value"]))
        if go is not None and event.fields["source"] != "engine":
            steps.append(go)
            go = None
        spec, deck = ADDRESSES[address]
        if spec.name == "undo":
            go = Step(event.sample, beat, f"{ROOT}/{deck}/go", 1)
        else:
            steps.append(Step(event.sample, beat, address, value))
    if go is not None:
        steps.append(go)
    return [step for step in steps if ADDRESSES[step.address][0].name not in LEFT_OUT]


def _accepted(change: tuple[str, Any]) -> tuple[str, Value]:
    """An address and a value as this instrument has them."""
    address, value = change
    if address not in ADDRESSES:
        raise ShowError(f"the show sets {address!r}, which is no parameter of this version")
    try:
        return address, accept(ADDRESSES[address][0], value)
    except ParamError as error:
        raise ShowError(f"the show sets {address} to what it can't be: {error}") from None


class Conductor:
    """Makes a show's changes in a thread of its own, and calls `ends` after the last.

    where: the newest reading of the meters, None before there is one; asked by that thread alone, with the beat that is
    heard at the time in nanoseconds that `clock_ns` gives.
    """

    def __init__(
        self,
        show: Show,
        params: Params,
        where: Callable[[], MeterReading | None],
        clock_ns: Callable[[], int],
        ends: Callable[[], None],
    ) -> None:
        self._show = show
        self._params = params
        self._where = where
        self._clock_ns = clock_ns
        self._ends = ends
        self._steps = steps_of(show)
        self._is_over = threading.Event()
        # Beats that the show is ahead by: it may begin in bar 1000, and `swap` counts from bar 1.
        self._behind = (show.beat or 0.0) // GRID_BEATS * GRID_BEATS
        self._thread = threading.Thread(target=self._run, name="conductor", daemon=True)

    def start(self) -> None:
        """All values as they were at the start, at once; the rest in its time."""
        self._thread.start()

    def stop(self) -> None:
        """It changes nothing any more when this returns."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        here = Step(self._show.start, self._show.beat, "", 0)
        for step in (*self._steps, Step(self._show.stop, None, "", 0)):
            self._wait(here, step)
            if self._is_over.is_set():
                return
            if step.address:
                self._params.set(step.address, step.value, "show")
            here = step
        self._ends()

    def _wait(self, here: Step, step: Step) -> None:
        """Until the moment of a step, after the one before it."""
        if step.sample == here.sample:
            return
        if step.beat is None:  # it stood: the time counts
            self._is_over.wait((step.sample - here.sample) / self._show.rate)
            return
        if here.beat is None:
            self._behind = 0.0
        elif here.address == f"{ROOT}/restart" or step.beat < here.beat - 1.0:  # it began anew
            last, self._behind = here.beat - self._behind, 0.0
            deadline = self._clock_ns() + RESTART_NS
            while (self._beat() or 0.0) >= last and self._clock_ns() < deadline:
                if self._is_over.wait(POLL_S):
                    return
        self._wait_for(step.beat)

    def _wait_for(self, beat: float) -> None:
        while not self._is_over.is_set():
            now = self._beat()
            if now is not None and now >= beat - self._behind:
                return
            self._is_over.wait(POLL_S)

    def _beat(self) -> float | None:
        """That is heard now; None while the transport stands."""
        reading = self._where()
        return reading.beat_at(self._clock_ns()) if reading is not None and reading.is_running else None
