"""What to render, what enters next and whose each slot is: the decisions, without I/O, without a clock.

Every method takes the time `now` (seconds, any monotonic clock) where time matters, and returns the actions
to perform, in order. One thread calls it. The console performs the actions and brings back what the
generator and the audio process say.

The laws: a generative change renders after a short stillness; the generator asks and gets the newest
snapshot; the newest finished loop wins; a slot that sounds, fades or is about to enter is never written; a
recipe that is still in the bank is reused.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from instrument.params import Value, accept
from instrument.recipe import GENERATIVE, Recipe

REST_S = 0.15
# A render that fails is tried again after these pauses, then left alone until a setting changes.
RETRY_PAUSES_S = (1.0, 4.0)
UNDO_DEPTH = 16


@dataclass(frozen=True)
class Render:
    """Give this work to the generator. `reference` is the slot that sounds, to measure likeness against."""

    ticket: int
    slot: int
    recipe: Recipe
    reference: int | None


@dataclass(frozen=True)
class Enter:
    """Tell the audio process to enter `slot` at the next boundary.

    rho: likeness to the loop in slot `against`, -1..1, or None where nobody has measured that pair yet.
    """

    slot: int
    rho: float | None
    against: int | None


@dataclass(frozen=True)
class Cancel:
    """Tell the audio process to forget the loop that was about to enter."""


@dataclass(frozen=True)
class Free:
    """Mark the slot as free in the bank: what it holds is of no use."""

    slot: int


@dataclass(frozen=True)
class Assign:
    """Set a parameter, global or the deck's, as a performer would."""

    name: str
    value: Value


@dataclass(frozen=True)
class Report:
    """Tell the performer. `name` is the parameter concerned, global or the deck's; "" for the deck as a whole."""

    name: str
    code: str
    text: str


Action = Render | Enter | Cancel | Free | Assign | Report


class Content(Enum):
    FREE = "free"
    WRITING = "writing"
    KEPT = "kept"


@dataclass
class Slot:
    """recipe: what was asked for. made: the same, with what the generator settled (see `Recipe`)."""

    content: Content = Content.FREE
    recipe: Recipe | None = None
    made: Recipe | None = None
    is_with_audio: bool = False  # sent to the audio process and not released yet
    chosen_at: int = 0  # ticket of its last use: the smallest is overwritten first
    rho: float | None = None
    reference: int | None = None  # the ticket of the loop that rho was measured against

    @property
    def recipe_id(self) -> int | None:
        return None if self.recipe is None else self.recipe.id

    def holds(self, recipe_id: int | None) -> bool:
        """Whether this finished loop is the one of that id, as it was asked for or as it was made."""
        recipes = (self.recipe, self.made) if self.content is Content.KEPT else ()
        return any(recipe is not None and recipe.id == recipe_id for recipe in recipes)


@dataclass(frozen=True)
class View:
    """What a display needs to know. `state` says how far the next loop is, see `Engine.view`."""

    state: str
    sounding: Recipe | None
    next: Recipe | None
    rendering: Recipe | None
    rendering_for_s: float
    n_kept: int


@dataclass
class Attempts:
    """Failed renders of one recipe in a row."""

    recipe_id: int | None = None
    n: int = 0
    retry_at: float = 0.0
    is_given_up: bool = False


@dataclass
class Work:
    slot: int
    recipe: Recipe
    since: float
    reference: int | None = None


@dataclass
class Engine:
    """Decides for one deck. n_slots: at least 5 (sounding, fading out, about to enter, ready, being written).

    values: the parameters of GENERATIVE, `auto` and `hold`. rng: where `roll` gets its seeds.
    """

    n_slots: int
    values: dict[str, Any]
    rng: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        if self.n_slots < 5:
            raise ValueError(f"n_slots must be at least 5, got {self.n_slots}")
        self.values = dict(self.values)
        self.slots = [Slot() for _ in range(self.n_slots)]
        self.sounding: int | None = None
        self.cued: int | None = None  # with the audio process, enters at the boundary
        self.ready: int | None = None  # finished, waits for `go` or for the audio process
        self._resume: int | None = None  # sounded when the audio process died; enters before anything else
        self._armed: int | None = None  # id of the loop that may enter though `auto` is off
        self._chosen: int | None = None  # id of the newest loop that was finished or reused
        self._ticket = 0
        self._newest = 0  # ticket of the newest loop that was finished or reused
        self._work: dict[int, Work] = {}
        self._generator_asks = False
        self._audio_is_up = False
        self._checkpoint = ""
        self._asked: Recipe | None = None  # the last snapshot that was rendered or reused
        self._moved_at = float("-inf")
        self._tempo_moved_at = float("-inf")
        self._attempts = Attempts()
        self._heard: deque[Recipe] = deque(maxlen=UNDO_DEPTH)  # what sounded before, the latest last
        self._undone: int | None = None  # id of the loop that `undo` brings back
        self.wanted = self._snapshot()

    # The performer

    def change(self, name: str, value: Any, now: float) -> list[Action]:
        """A parameter has a new value. Any but the generative ones, `auto` and `hold` are of no concern here."""
        if name == "auto":
            return self._set_auto(bool(value))
        if name == "hold":
            return self._set_hold(bool(value))
        if name not in GENERATIVE or self.values.get(name) == value:
            return []
        self.values[name] = value
        self.wanted = self._snapshot()
        if name == "bpm":
            self._tempo_moved_at = now
        else:
            self._moved_at = now
        if self._attempts.recipe_id != self.wanted.id:
            self._attempts = Attempts()
        return self.advance(now)

    def roll(self, now: float) -> list[Action]:
        """A new seed at the end of the path that is farther from `morph`."""
        name = "seed_b" if self.values["morph"] <= 0.5 else "seed_a"
        taken = {self.values["seed_a"], self.values["seed_b"]}
        seed = self.rng.randrange(1_000_000)
        while seed in taken:
            seed = self.rng.randrange(1_000_000)
        return [Assign(name, seed)]

    def go(self, now: float) -> list[Action]:
        """Let in what is ready, or what is on its way as soon as it is ready."""
        if self.ready is None and not self._is_on_its_way():
            if self.cued is not None:
                return []
            return [Report("go", "nothing-ready", "nothing is ready to drop: change a setting first")]
        ready = None if self.ready is None else self.slots[self.ready].recipe
        self._armed = (ready or self.wanted).id
        return self.advance(now)

    def undo(self, now: float) -> list[Action]:
        """Back to the loop that sounded before, and to its settings; the tempo stays."""
        if not self._heard:
            return [Report("undo", "nothing-to-undo", "no loop sounded before this one")]
        before = self._heard.pop()
        values = {
            name: accept(spec, getattr(before, name)) for name, spec in GENERATIVE.items() if name != "bpm"
        }
        changed = {name: value for name, value in values.items() if value != self.values[name]}
        self._set_all(changed, now)
        self._armed = self._undone = self.wanted.id
        return [*(Assign(name, value) for name, value in changed.items()), *self.advance(now)]

    def take(self, values: dict[str, Value], now: float) -> list[Action]:
        """Generative parameters have new values, as of a preset."""
        self._set_all(values, now)
        return self.advance(now)

    def _set_all(self, values: dict[str, Value], now: float) -> None:
        """All at once: what the settings would be on the way there is nothing that anybody asked for."""
        self.values |= values
        self.wanted = self._snapshot()
        self._moved_at = now
        self._attempts = Attempts()

    def _set_hold(self, is_held: bool) -> list[Action]:
        self.values["hold"] = int(is_held)
        if not is_held:
            return self._offer()
        if self.cued is not None:
            self._armed = self.slots[self.cued].recipe_id  # let go, it enters
        return self._withdraw()

    def _set_auto(self, is_auto: bool) -> list[Action]:
        was_auto, self.values["auto"] = bool(self.values["auto"]), int(is_auto)
        if is_auto or not was_auto:
            return self._offer()
        return self._withdraw()  # nothing enters uninvited from now on, not even what was about to

    def _withdraw(self) -> list[Action]:
        """What was about to enter waits instead."""
        if self.cued is None or self.sounding is None:
            return []
        if self.ready is None:
            self.ready = self.cued
        self.cued = None
        return [Cancel()]

    # The generator

    def generator_loaded(self, checkpoint_id: str, now: float) -> list[Action]:
        """The generator has its weights; loops made by others are not the same loops."""
        self._checkpoint = checkpoint_id
        self.wanted = self._snapshot()
        return self.advance(now)

    def generator_asks(self, now: float) -> list[Action]:
        """The generator is free."""
        self._generator_asks = True
        return self.advance(now)

    def rendered(self, ticket: int, slot: int, made: Recipe, rho: float | None, now: float) -> list[Action]:
        """A render is finished and lies in its slot. One older than what was chosen since does not enter.

        made: the recipe with what the generator settled, the number of steps: exactly this makes the loop again.
        """
        work = self._work.pop(ticket, None)
        if work is None:
            return []
        record = self.slots[slot]
        record.content, record.recipe, record.made = Content.KEPT, work.recipe, made
        record.chosen_at = ticket
        record.rho, record.reference = rho, work.reference
        self._attempts = Attempts()
        if ticket < self._newest:
            return self.advance(now)
        return [*self._choose(slot, ticket, work.recipe), *self.advance(now)]

    def refused(self, ticket: int, slot: int, name: str, text: str, now: float) -> list[Action]:
        """The checkpoint can't do what parameter `name` asks for: what sounds goes on. Told once, never tried again."""
        work = self._work.pop(ticket, None)
        if work is None:
            return []
        if work.recipe.id == self.wanted.id:
            self._attempts = Attempts(work.recipe.id, is_given_up=True)
        return [self._free(slot), Report(name, "refused", text), *self.advance(now)]

    def failed(self, ticket: int, slot: int, code: str, text: str, now: float) -> list[Action]:
        """A render failed: what sounds goes on, and the work is tried again, a few times."""
        work = self._work.pop(ticket, None)
        if work is None:
            return []
        actions: list[Action] = [self._free(slot), Report("", code, text)]
        return actions + self._count_failure(work.recipe, now) + self.advance(now)

    def generator_lost(self, now: float) -> list[Action]:
        """The generator is gone: its slots are free again, its work will be asked again."""
        actions: list[Action] = []
        for ticket in sorted(self._work):
            work = self._work.pop(ticket)
            actions.append(self._free(work.slot))
            actions += self._count_failure(work.recipe, now)
        self._generator_asks = False
        return actions

    def _count_failure(self, recipe: Recipe, now: float) -> list[Action]:
        if recipe.id != self.wanted.id:
            return []
        attempts = self._attempts
        if attempts.recipe_id != recipe.id:
            attempts = self._attempts = Attempts(recipe.id)
        attempts.n += 1
        if attempts.n <= len(RETRY_PAUSES_S):
            attempts.retry_at = now + RETRY_PAUSES_S[attempts.n - 1]
            return []
        attempts.is_given_up = True
        text = f"gave this loop up after {attempts.n} attempts: change a setting to try again"
        return [Report("", "gave-up", text)]

    # The audio process

    def audio_is_up(self, now: float) -> list[Action]:
        """A stream runs. After a restart it first gets the loop that sounded."""
        self._audio_is_up = True
        actions = [] if self._resume is None else self._send(self._resume)
        return actions + self.advance(now)

    def entered(self, slot: int, now: float) -> list[Action]:
        """The loop in `slot` sounds."""
        self._remember(slot)
        self.sounding = slot
        if self._resume == slot:
            self._resume = None
        if self.ready == slot:
            self.ready = None
        if self.cued == slot:
            self.cued = None
        elif self.cued is None and self.ready is None:
            chosen = self._slot_of(self._chosen)
            if chosen is not None and chosen != slot:
                # This one entered while it was being cancelled: bring back what was chosen instead.
                self.ready, self._armed = chosen, self._chosen
        return self.advance(now)

    def _remember(self, entered: int) -> None:
        """For `undo`: the loop that sounded, if the one that takes its place is another and no `undo` brought it."""
        new = self.slots[entered].recipe
        old = None if self.sounding is None else self.slots[self.sounding].recipe
        if new is None or old is None:
            return
        if new.id == self._undone:
            self._undone = None
        elif replace(old, bpm=new.bpm).id != new.id:
            self._heard.append(old)

    def released(self, slot: int, now: float) -> list[Action]:
        """The audio process does not read `slot` any more; the loop stays in the bank for later."""
        self.slots[slot].is_with_audio = False
        if self.cued == slot:
            self.cued = None
        if self.sounding == slot:
            self.sounding = None
        if self._resume == slot:
            self._resume = None
        return self.advance(now)

    def audio_lost(self, now: float) -> list[Action]:
        """The audio process is gone: nothing is with it now; the next one resumes the loop that sounded."""
        self._audio_is_up = False
        for record in self.slots:
            record.is_with_audio = False
        if self.sounding is not None:
            self._resume = self.sounding
            if self.cued is not None and self.ready is None:
                record = self.slots[self.cued]
                assert record.recipe is not None
                self.ready, self._armed = self.cued, record.recipe.id
        elif self._resume is None:
            self._resume = self.cued
        self.sounding = self.cued = None
        return []

    # Time

    def advance(self, now: float) -> list[Action]:
        """Do what has become due. Call it at `wakes_at` too."""
        actions = self._reuse()
        actions += self._offer()
        actions += self._dispatch(now)
        return actions

    def wakes_at(self) -> float | None:
        """When `advance` will have something to do if nothing else happens; None for never."""
        due_at = self._due_at()
        if due_at is None or not self._generator_asks or self._slot_to_write() is None:
            return None
        return due_at

    def view(self, now: float) -> View:
        """What plays and what comes. `state` of the next loop: none, waiting (to be rendered), rendering,
        ready (for `go`), cued (for the boundary).
        """
        newest_ticket = max(self._work, default=None)
        work = None if newest_ticket is None else self._work[newest_ticket]
        if self.cued is not None:
            state, shown = "cued", self.slots[self.cued].made
        elif self.ready is not None:
            state, shown = "ready", self.slots[self.ready].made
        elif work is not None:
            state, shown = "rendering", work.recipe
        elif self._due_at() is not None:
            state, shown = "waiting", self.wanted
        else:
            state, shown = "none", None
        return View(
            state=state,
            sounding=None if self.sounding is None else self.slots[self.sounding].made,
            next=shown,
            rendering=None if work is None else work.recipe,
            rendering_for_s=0.0 if work is None else now - work.since,
            n_kept=sum(record.content is Content.KEPT for record in self.slots),
        )

    # Inside

    def _snapshot(self) -> Recipe:
        """The recipe of the parameters as they stand."""
        return Recipe(**{name: self.values[name] for name in GENERATIVE}, checkpoint=self._checkpoint)

    def _slot_of(self, recipe_id: int | None) -> int | None:
        """The slot that holds this loop, finished."""
        for slot, record in enumerate(self.slots):
            if record.holds(recipe_id):
                return slot
        return None

    def _is_on_its_way(self) -> bool:
        return bool(self._work) or self._due_at() is not None

    def _due_at(self) -> float | None:
        """When the wanted recipe should be rendered; None when it is there, on its way, or given up."""
        wanted = self.wanted
        if wanted.id == self._chosen or self._is_rendering(wanted):
            return None
        if self._attempts.recipe_id == wanted.id:
            return None if self._attempts.is_given_up else self._attempts.retry_at
        asked = self._asked
        if self.sounding is not None and asked is not None and replace(asked, bpm=wanted.bpm).id == wanted.id:
            # Only the tempo moved: the playing loop is bent meanwhile, so wait until it has rested for a bar.
            return self._tempo_moved_at + 240.0 / wanted.bpm
        return self._moved_at + REST_S

    def _is_rendering(self, recipe: Recipe) -> bool:
        return any(work.recipe.id == recipe.id for work in self._work.values())

    def _reuse(self) -> list[Action]:
        wanted = self.wanted
        if wanted.id == self._chosen:
            return []
        slot = self._slot_of(wanted.id)
        if slot is None:
            return []
        self._ticket += 1
        self._asked = wanted
        return self._choose(slot, self._ticket, wanted)

    def _choose(self, slot: int, ticket: int, recipe: Recipe) -> list[Action]:
        """This finished loop, asked for by `recipe`, is what should be heard next."""
        self._newest = self.slots[slot].chosen_at = ticket
        self._chosen = recipe.id
        if slot == self.sounding:
            self.ready = None
            if self.cued is None:
                return []
            self.cued = None
            return [Cancel()]
        self.ready = None if slot == self.cued else slot
        return []

    def _offer(self) -> list[Action]:
        """Hand the ready loop to the audio process, if it may enter and is not still held there."""
        if self.ready is None or not self._audio_is_up or self._resume is not None:
            return []
        record = self.slots[self.ready]
        is_first = self.sounding is None and self.cued is None
        is_armed = self._armed is not None and record.holds(self._armed)
        is_invited = bool(self.values["auto"]) or is_armed
        if not is_first and (self.values["hold"] or not is_invited):
            return []
        if record.is_with_audio:
            return []
        slot, self.ready = self.ready, None
        self._armed = None
        return self._send(slot)

    def _send(self, slot: int) -> list[Action]:
        record = self.slots[slot]
        record.is_with_audio = True
        self.cued = slot
        against = self.sounding
        if against is None:
            return [Enter(slot, 0.0, None)]
        is_measured = record.reference is not None and record.reference == self.slots[against].chosen_at
        return [Enter(slot, record.rho if is_measured else None, against)]

    def _slot_to_write(self) -> int | None:
        for slot, record in enumerate(self.slots):
            if record.content is Content.FREE and not record.is_with_audio:
                return slot
        in_use = {self.sounding, self.cued, self.ready, self._resume}
        kept = [
            (record.chosen_at, slot)
            for slot, record in enumerate(self.slots)
            if record.content is Content.KEPT and not record.is_with_audio and slot not in in_use
        ]
        return min(kept)[1] if kept else None

    def _dispatch(self, now: float) -> list[Action]:
        """Give the generator the newest snapshot, if it asks and the snapshot has rested."""
        due_at = self._due_at()
        if not self._generator_asks or due_at is None or now < due_at:
            return []
        slot = self._slot_to_write()
        if slot is None:
            return []
        self._generator_asks = False
        self._ticket += 1
        self._asked = recipe = self.wanted
        reference = self.sounding
        self.slots[slot] = Slot(Content.WRITING)
        self._work[self._ticket] = Work(
            slot, recipe, now, None if reference is None else self.slots[reference].chosen_at
        )
        return [Render(self._ticket, slot, recipe, reference)]

    def _free(self, slot: int) -> Free:
        self.slots[slot] = Slot()
        return Free(slot)
