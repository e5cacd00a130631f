"""The decisions with a clock that the test turns, a generator and an audio process that do as the test says."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from instrument.actions import Action, AddPoint, Cancel, Cue, DropPoint, Enter, Place, Render
from instrument.chooser import REST_S, Chooser
from instrument.recipe import GENERATIVE, Recipe
from instrument.slots import Slots

DEFAULTS: dict[str, Any] = {name: spec.default for name, spec in GENERATIVE.items()} | {
    "auto": 1,
    "hold": 0,
    "stretch": 0,
}
AUTOMATIC_STEPS = 8  # what the generator takes for 0
GAIN_DB = -1.5  # by which it levels what leaves that open
BAR_S = 240 / DEFAULTS["bpm"]


def made(work: Render, gain_db: float = GAIN_DB) -> Recipe:
    """What the generator makes of it."""
    recipe = work.recipe
    gain_db = gain_db if recipe.gain_db is None else recipe.gain_db
    return replace(recipe, n_steps=recipe.n_steps or AUTOMATIC_STEPS, gain_db=gain_db)


def only(kind: type[Action], actions: list[Action]) -> list[Any]:
    return [action for action in actions if isinstance(action, kind)]


class Sound:
    """What one deck of the audio process holds, by the books that `instrument.audio.deck` keeps.

    A point is a list of place and slot, so that one that was sent twice is two. said: what the console has yet to hear.
    """

    def __init__(self) -> None:
        self.fan: tuple[int, list[tuple[Place, int]]] | None = None
        self.pending: tuple[int, list[tuple[Place, int]]] | None = None
        self.cued: int | None = None
        self.retired: list[int] = []
        self.said: deque[tuple[str, int]] = deque()

    @property
    def held(self) -> set[int]:
        """Slots that may be read."""
        points = [point for fan in (self.fan, self.pending) if fan for point in fan[1]]
        cued = set() if self.cued is None else {self.cued}
        return {slot for _, slot in points} | {*self.retired} | cued

    @property
    def unreleased(self) -> list[int]:
        """A slot for each time that the console has not heard yet that it was released."""
        points = [point for fan in (self.fan, self.pending) if fan for point in fan[1]]
        return (
            [slot for _, slot in points]
            + self.retired
            + ([] if self.cued is None else [self.cued])
            + [slot for what, slot in self.said if what == "released"]
        )

    def take(self, action: Action) -> None:
        match action:
            case Enter(_, number, points):
                self._retire(self.pending)
                self._listen(None)
                self.pending = (number, [(place, slot) for slot, place in points])
            case AddPoint(_, number, slot, place):
                fans = [fan for fan in (self.pending, self.fan) if fan and fan[0] == number]
                if fans:
                    fans[0][1].append((place, slot))
                else:
                    self.retired.append(slot)
            case DropPoint(_, number, slot):
                for fan in (self.pending, self.fan):
                    slots = [slot for _, slot in fan[1]] if fan and fan[0] == number else []
                    if fan and slot in slots and len(slots) > 1:
                        del fan[1][slots.index(slot)]
                        self.retired.append(slot)
            case Cue(_, slot):
                self._listen(None if slot < 0 else slot)
            case Cancel():
                self._retire(self.pending)
                self.pending = None

    def boundary(self) -> None:
        """What is pending enters."""
        assert self.pending is not None
        self._retire(self.fan)
        self.fan, self.pending = self.pending, None
        self.said.append(("entered", self.fan[0]))

    def fade_ends(self) -> None:
        """Nothing that was retired is heard any more."""
        self.said.extend(("released", slot) for slot in self.retired)
        self.retired.clear()

    def _listen(self, slot: int | None) -> None:
        if self.cued is not None:
            self.retired.append(self.cued)
        self.cued = slot

    def _retire(self, fan: tuple[int, list[tuple[Place, int]]] | None) -> None:
        if fan is not None:
            self.retired += [slot for _, slot in fan[1]]


class Desk:
    """One deck, at a generator that is always free and an audio process that hears of everything at once."""

    def __init__(self, n_units: int = 256, n_points: int = 1, **values: Any) -> None:
        """n_points: of a fan's grid; 1: only what was asked for, so that a test of entering is about that."""
        self.slots = Slots(n_units)
        self.chooser = Chooser(1, self.slots, DEFAULTS | values, random.Random(1), n_points)
        self.sound = Sound()
        self.now = 100.0
        self.log: list[Action] = []

    def do(self, method: Callable[..., list[Action]], *args: Any) -> list[Action]:
        actions = method(*args, self.now)
        self.log += actions
        for action in actions:
            self.sound.take(action)
        return actions

    def wait(self, seconds: float) -> list[Action]:
        self.now += seconds
        return self.do(self.chooser.advance)

    def change(self, **values: Any) -> list[Action]:
        return [action for name in values for action in self.do(self.chooser.change, name, values[name])]

    def work(self) -> Render | None:
        """What is due at the generator, as the engine gives it out."""
        chooser, slots = self.chooser, self.slots
        due_at = chooser.first_due_at()
        if due_at is not None and due_at <= self.now:
            slot = slots.place(slots.units_of(chooser.wanted), chooser.wanted)
            return None if slot is None else chooser.start_first(slot, slots.next_ticket(), self.now)
        due_at = chooser.point_due_at()
        if due_at is None or due_at > self.now:
            return None
        recipe = chooser.next_point(self.now)
        slot = slots.place(slots.units_of(recipe), recipe)
        return None if slot is None else chooser.start_point(slot, slots.next_ticket(), recipe, self.now)

    def the_work(self) -> Render:
        work = self.work()
        assert work is not None
        return work

    def start(self) -> Render:
        """Both processes are up, and the first work is given out."""
        self.do(self.chooser.audio_is_up)
        self.do(self.chooser.generator_loaded, "clicks")
        return self.the_work()

    def finish(self, work: Render, gain_db: float = GAIN_DB) -> list[Action]:
        return self.do(self.chooser.rendered, work.ticket, made(work, gain_db))

    def hear(self) -> list[Action]:
        """The console hears all that the audio process has said."""
        actions = []
        while self.sound.said:
            what, number = self.sound.said.popleft()
            actions += self.do(getattr(self.chooser, what), number)
        return actions

    def enter(self) -> list[Action]:
        """The boundary comes: what is pending enters, and after the fade the one before is released."""
        self.sound.boundary()
        self.sound.fade_ends()
        return self.hear()

    def let_go(self) -> None:
        """What is listened to on the cue outputs, and not wanted any more, is given back."""
        self.wait(0.0)
        self.sound.fade_ends()
        self.hear()

    def play(self) -> Render:
        """The first loop sounds."""
        work = self.start()
        self.finish(work)
        self.enter()
        return work

    def render(self, seconds: float = REST_S, **values: Any) -> Render:
        """Change something, let it rest, and take the work."""
        self.change(**values)
        self.wait(seconds)
        return self.the_work()

    def play_next(self, **values: Any) -> Render:
        """Change something, render it and let it enter."""
        work = self.render(**values)
        self.finish(work)
        self.enter()
        return work

    def fill(self) -> list[Render]:
        """Render all that is due now."""
        works = []
        while (work := self.work()) is not None:
            works.append(work)
            self.finish(work)
        return works

    @property
    def state(self) -> str:
        return self.chooser.view(self.now).state

    @property
    def sounding(self) -> int:
        """The slot of what sounds, where there is only one point of it."""
        assert self.sound.fan is not None
        ((_, slot),) = self.sound.fan[1]
        return slot
