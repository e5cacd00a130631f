"""The decks' decisions together: whose turn it is at the generator, and what the shelf keeps. Without I/O or a clock.

The generator asks for work when it is free. First come first points, of the deck that is heard before the other; then
further points of fans, in the same order. A further point that is being rendered when a first one is due is abandoned.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from instrument.actions import Abandon, Action, Render, Report, Stretch
from instrument.chooser import PATH, Chooser, View
from instrument.params import DECKS
from instrument.recipe import Recipe
from instrument.slots import SHELF_PART, Slots

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
        self.slots = Slots(n_units_in_bank, rate)
        rng = rng or random.Random()
        self.decks = {deck: Chooser(deck, self.slots, dict(values[deck]), rng) for deck in DECKS}
        self.shelf: dict[int, Kept] = {}
        self.slots.keepers.append(lambda: {kept.slot for kept in self.shelf.values()})
        self.crossfade = 0.0  # which deck is heard more, and so is served first
        self._checkpoint = ""
        self._is_asked = False
        self._without_room: set[int] = set()  # decks whose first point waits for room
        self._without_room_for_points: set[int] = set()
        self._running: Render | Stretch | None = None  # what the generator renders
        self._abandoned: int | None = None  # ticket that it was told to leave
        self._is_warm = False
        self._render_s: float | None = None  # what a render takes, lately
        self._n_points = len(PATH)

    # The generator

    def generator_loaded(self, checkpoint_id: str, now: float) -> list[Action]:
        before, self._checkpoint = self._checkpoint, checkpoint_id
        actions = [
            action for deck in self.decks.values() for action in deck.generator_loaded(checkpoint_id, now)
        ]
        if before not in ("", checkpoint_id):
            what = f"the generator has checkpoint {checkpoint_id} now, not {before}"
            text = f"{what}: what plays goes on, what comes is its"
            actions.append(Report(None, "", "other-checkpoint", text))
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

    def stretched(self, ticket: int, now: float) -> list[Action]:
        return [*self._of(ticket, "stretched", now), *self.advance(now)]

    def failed(self, ticket: int, code: str, text: str, now: float) -> list[Action]:
        return [*self._of(ticket, "failed", code, text, now), *self.advance(now)]

    def abandoned(self, ticket: int, now: float) -> list[Action]:
        return [*self._of(ticket, "abandoned", now), *self.advance(now)]

    def generator_lost(self, now: float) -> list[Action]:
        self._is_asked, self._is_warm, self._running = False, False, None
        return [action for deck in self.decks.values() for action in deck.generator_lost(now)]

    # The audio process

    def audio_is_up(self, now: float) -> list[Action]:
        return [action for deck in self.decks.values() for action in deck.audio_is_up(now)] + self.advance(
            now
        )

    def audio_lost(self, now: float) -> list[Action]:
        self.slots.audio_lost()
        return [action for deck in self.decks.values() for action in deck.audio_lost(now)]

    # An earlier session

    def restore(self, deck: int, asked: Recipe, made: Recipe) -> int | None:
        """Where a loop of it is to lie, which sounds first on a deck; None for no room. Before anything else."""
        slot = self.slots.place(self.slots.units_of(asked), asked)
        if slot is not None:
            self._checkpoint = made.checkpoint
            self.decks[deck].restore(slot, made)
        return slot

    # The shelf

    def keep(self, deck: int, place: int) -> list[Action]:
        """What sounds on a deck stays in memory, in a place of the shelf."""
        chooser = self.decks[deck]
        fan = chooser.sounding
        if fan is None:
            return [Report(deck, "shelf_keep", "nothing-sounds", "no loop sounds yet that could be kept")]
        slot = fan.source_at(chooser.place)
        kept = {kept.slot for number, kept in self.shelf.items() if number != place} | {slot}
        units = sum(self.slots[slot].n_units for slot in kept)
        if units > self.slots.n_units // SHELF_PART:
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
        if not self._is_asked and not self._may_be_abandoned():
            return None
        due = [deck.first_due_at() for n, deck in self.decks.items() if n not in self._without_room]
        if self._is_asked:
            decks = self.decks.items()
            for due_at in (Chooser.stretch_due_at, Chooser.point_due_at):
                due += [due_at(deck) for n, deck in decks if n not in self._without_room_for_points]
        return min((at for at in due if at is not None), default=None)

    def loop_of(self, deck: int) -> tuple[int, Recipe] | None:
        """Slot and recipe of the point that is heard on a deck."""
        chooser = self.decks[deck]
        if chooser.sounding is None:
            return None
        fan = chooser.sounding
        slot = fan.slot_at(chooser.place)
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
        self._without_room.clear()
        self._without_room_for_points.clear()
        for deck in self._in_turn():
            due_at = deck.first_due_at()
            if due_at is None or due_at > now:
                continue
            n_units = self.slots.units_of(deck.wanted)
            if not self._is_asked:
                if not self._may_be_abandoned():
                    return []
                assert self._running is not None
                if self.slots.has_room(n_units, without=self._running.slot):
                    self._abandoned = self._running.ticket
                    return [Abandon(self._running.ticket)]
            else:
                slot = self.slots.place(n_units, deck.wanted)
                if slot is None and deck.make_room():
                    slot = self.slots.place(n_units, deck.wanted)
                if slot is not None:
                    return [self._started(deck.start_first(slot, self.slots.next_ticket(), now))]
            self._without_room.add(deck.deck)
        if not self._is_asked:
            return []
        return self._dispatch_stretch(now) or self._dispatch_points(now)

    def _may_be_abandoned(self) -> bool:
        running = self._running
        if running is None or running.ticket == self._abandoned:
            return False
        return any(deck.is_further_point(running.ticket) for deck in self.decks.values())

    def _dispatch_stretch(self, now: float) -> list[Action]:
        for deck in self._in_turn():
            due_at = deck.stretch_due_at()
            if due_at is not None and due_at <= now:
                slot = self.slots.place(self.slots.units_of(deck.wanted), deck.wanted)
                if slot is not None:
                    return [self._started(deck.start_stretch(slot, self.slots.next_ticket(), now))]
                self._without_room_for_points.add(deck.deck)
        return []

    def _dispatch_points(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for deck in self._in_turn():
            deck.n_points = self._n_points
            while (due_at := deck.point_due_at()) is not None and due_at <= now:
                recipe = deck.next_point(now)
                found = self.slots.find(recipe)
                if found is not None:
                    actions += deck.found_point(found, recipe)
                    continue
                slot = self.slots.place(self.slots.units_of(recipe), recipe.plain)
                if slot is None:
                    self._without_room_for_points.add(deck.deck)
                    break
                ticket = self.slots.next_ticket()
                return [*actions, self._started(deck.start_point(slot, ticket, recipe, now))]
        return actions

    def _started(self, work: Render | Stretch) -> Action:
        self._is_asked = False
        self._running = work
        return work

    def _note_pace(self, seconds: float) -> list[Action]:
        """Fewer points where the machine is slow, and say so."""
        if not self._is_warm:  # the first one warms up
            self._is_warm = True
            return []
        before = self._render_s
        self._render_s = seconds if before is None else 0.7 * before + 0.3 * seconds
        most, again = (
            next((n for n in FEWER if n * self._render_s <= limit_s), 1)
            for limit_s in (FILL_S, AGAIN * FILL_S)
        )
        n_points = min(most, max(again, self._n_points))
        if n_points == self._n_points:
            return []
        self._n_points, was = n_points, self._n_points
        text = (
            f"a render takes {self._render_s:.1f} s here: a morph has {n_points} points now, instead of {was}"
        )
        return [Report(DECKS[0], "morph", "fan-points", text)]
