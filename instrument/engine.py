"""The decks' decisions together: whose turn it is at the generator, and what the shelf keeps. Without I/O or a clock.

The generator asks for work when it is free. First come first points, of the deck that is heard before the other; then
further points of fans, in the same order. A further point that is being rendered when a first one is due is abandoned.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from instrument.actions import Abandon, Action, Render, Report
from instrument.chooser import PATH, Chooser, View
from instrument.memory import n_units
from instrument.params import DECKS
from instrument.recipe import Recipe
from instrument.slots import Slots

FAN_SHARE = (
    4  # the part of the bank that one fan may take: two decks, each with one that goes and one that comes
)
FILL_S = 30.0  # a fan that takes longer to fill gets fewer points
AGAIN = 0.7  # of that time, within which it gets more of them again
FEWER = (len(PATH), 5, 3, 1)


@dataclass(frozen=True)
class Kept:
    """What a place of the shelf holds: a loop in the bank, at the place where it was when it was kept."""

    slot: int
    recipe: Recipe


class Engine:
    """Decides for all decks. Every method that takes `now` returns the actions to perform, in order. One thread.

    values: by deck, the parameters of GENERATIVE, `auto` and `hold`. rate: of the loops that are rendered, in Hz.
    """

    def __init__(
        self,
        n_units_in_bank: int,
        values: Mapping[int, Mapping[str, Any]],
        rng: random.Random | None = None,
        rate: int = 48_000,
    ) -> None:
        self.slots = Slots(n_units_in_bank)
        rng = rng or random.Random()
        self.decks = {deck: Chooser(deck, self.slots, dict(values[deck]), rng) for deck in DECKS}
        self.shelf: dict[int, Kept] = {}
        self.slots.keepers.append(lambda: {kept.slot for kept in self.shelf.values()})
        self.crossfade = 0.0  # which deck is heard more, and so is served first
        self._rate = rate
        self._is_asked = False
        self._has_room = True
        self._running: int | None = None  # ticket of what the generator renders
        self._abandoned: int | None = None  # ticket that it was told to leave
        self._render_s: float | None = None  # what a render takes, lately
        self._n_points = len(PATH)

    # The generator

    def generator_loaded(self, checkpoint_id: str, now: float) -> list[Action]:
        actions = [
            action for deck in self.decks.values() for action in deck.generator_loaded(checkpoint_id, now)
        ]
        return actions + self.advance(now)

    def generator_asks(self, now: float) -> list[Action]:
        """The generator is free."""
        self._is_asked, self._running = True, None
        return self.advance(now)

    def rendered(self, ticket: int, made: Recipe, seconds: float, now: float) -> list[Action]:
        """See `Chooser.rendered`. seconds: what it took."""
        return [*self._note_pace(seconds), *self._of(ticket, "rendered", made, now), *self.advance(now)]

    def refused(self, ticket: int, name: str, text: str, now: float) -> list[Action]:
        return [*self._of(ticket, "refused", name, text, now), *self.advance(now)]

    def failed(self, ticket: int, code: str, text: str, now: float) -> list[Action]:
        return [*self._of(ticket, "failed", code, text, now), *self.advance(now)]

    def abandoned(self, ticket: int, now: float) -> list[Action]:
        return [*self._of(ticket, "abandoned", now), *self.advance(now)]

    def generator_lost(self, now: float) -> list[Action]:
        self._is_asked, self._running = False, None
        return [action for deck in self.decks.values() for action in deck.generator_lost(now)]

    # The audio process

    def audio_is_up(self, now: float) -> list[Action]:
        return [action for deck in self.decks.values() for action in deck.audio_is_up(now)] + self.advance(
            now
        )

    def audio_lost(self, now: float) -> list[Action]:
        self.slots.audio_lost()
        return [action for deck in self.decks.values() for action in deck.audio_lost(now)]

    # The shelf

    def keep(self, deck: int, place: int) -> list[Action]:
        """What sounds on a deck stays in memory, in a place of the shelf."""
        chooser = self.decks[deck]
        fan = chooser.sounding
        if fan is None:
            return [Report(deck, "shelf_keep", "nothing-sounds", "no loop sounds yet that could be kept")]
        slot = fan.nearest(chooser.place)
        kept = {kept.slot for number, kept in self.shelf.items() if number != place} | {slot}
        units = sum(self.slots[slot].n_units for slot in kept)
        if units > self.slots.n_units // 3:
            text = f"the shelf is full: {len(kept) - 1} loops take a third of the memory; use a place again"
            return [Report(deck, "shelf_keep", "shelf-full", text)]
        self.shelf[place] = Kept(slot, self.slots[slot].recipe)
        return []

    def play_kept(self, deck: int, place: int, now: float) -> list[Action]:
        """Back to what a place of the shelf holds, with its settings; the tempo stays."""
        kept = self.shelf.get(place)
        if kept is None:
            held = ", ".join(map(str, sorted(self.shelf))) or "none"
            text = f"nothing is kept in place {place} of the shelf; there is something in: {held}"
            return [Report(deck, "shelf_play", "shelf-empty", text)]
        return [*self.decks[deck].bring_back(kept.recipe, now), *self.advance(now)]

    # Time

    def advance(self, now: float) -> list[Action]:
        """Do what has become due. Call it at `wakes_at` too."""
        actions = [action for deck in self.decks.values() for action in deck.advance(now)]
        return actions + self._dispatch(now)

    def wakes_at(self) -> float | None:
        """When `advance` will have something to do if nothing else happens; None for never."""
        due = [deck.first_due_at() for deck in self.decks.values()]
        if self._is_asked:
            due += [deck.point_due_at() for deck in self.decks.values()]
        elif not self._may_be_abandoned():
            return None
        return min((at for at in due if at is not None), default=None) if self._has_room else None

    def loop_of(self, deck: int) -> tuple[int, Recipe] | None:
        """Slot and recipe of the point that is heard on a deck."""
        chooser = self.decks[deck]
        if chooser.sounding is None:
            return None
        slot = chooser.sounding.nearest(chooser.place)
        made = self.slots[slot].made
        return None if made is None else (slot, made)

    def view(self, deck: int, now: float) -> View:
        return self.decks[deck].view(now)

    # Inside

    def _of(self, ticket: int, method: str, *args: Any) -> list[Action]:
        """Tell the deck that asked for this work; nothing where nobody waits for it any more."""
        for deck in self.decks.values():
            if deck.has_work(ticket):
                actions: list[Action] = getattr(deck, method)(ticket, *args)
                return actions
        return []

    def _in_turn(self) -> list[Chooser]:
        """The decks, the one that is heard more first."""
        first, second = self.decks.values()
        return [first, second] if self.crossfade <= 0.5 else [second, first]

    def _dispatch(self, now: float) -> list[Action]:
        """Give the generator, if it asks, what is wanted most; have it leave what can wait, if it doesn't."""
        self._has_room = True
        for deck in self._in_turn():
            due_at = deck.first_due_at()
            if due_at is None or due_at > now:
                continue
            if not self._is_asked:
                if not self._may_be_abandoned():
                    return []
                assert self._running is not None
                self._abandoned = self._running
                return [Abandon(self._running)]
            slot = self._place(deck.wanted)
            if slot is not None:
                return [self._started(deck.start_first(slot, self.slots.next_ticket(), now))]
        return self._dispatch_points(now) if self._is_asked else []

    def _may_be_abandoned(self) -> bool:
        running = self._running
        if running is None or running == self._abandoned:
            return False
        return any(deck.is_further_point(running) for deck in self.decks.values())

    def _dispatch_points(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for deck in self._in_turn():
            deck.n_points = min(self._n_points, self._n_points_that_fit(deck.wanted))
            due_at = deck.point_due_at()
            while due_at is not None and due_at <= now:
                recipe = deck.next_point(now)
                if recipe is None:
                    break
                found = self.slots.find(recipe)
                if found is None:
                    slot = self._place(recipe)
                    if slot is None:
                        break
                    ticket = self.slots.next_ticket()
                    return [*actions, self._started(deck.start_point(slot, ticket, recipe, now))]
                actions += deck.found_point(found, recipe)
                due_at = deck.point_due_at()
        return actions

    def _started(self, render: Render) -> Render:
        self._is_asked = False
        self._running = render.ticket
        return render

    def _place(self, recipe: Recipe) -> int | None:
        slot = self.slots.place(self._n_units(recipe), recipe.plain)
        self._has_room = self._has_room and slot is not None
        return slot

    def _n_units(self, recipe: Recipe) -> int:
        return n_units(round(recipe.n_bars * 240 * self._rate / recipe.bpm) + 1)

    def _n_points_that_fit(self, recipe: Recipe) -> int:
        return max(1, self.slots.n_units // self._n_units(recipe) // FAN_SHARE - 1)

    def _note_pace(self, seconds: float) -> list[Action]:
        """Fewer points where the machine is slow, and say so."""
        before = self._render_s
        self._render_s = seconds if before is None else 0.7 * before + 0.3 * seconds
        if before is None:  # the first one warms up
            return []
        n_points = next((n for n in FEWER if n * self._render_s <= FILL_S), 1)
        if n_points == self._n_points:
            return []
        if n_points > self._n_points and n_points * self._render_s > AGAIN * FILL_S:
            return []
        self._n_points, was = n_points, self._n_points
        text = (
            f"a render takes {self._render_s:.1f} s here: a morph has {n_points} points now, instead of {was}"
        )
        return [Report(DECKS[0], "morph", "fan-points", text)]
