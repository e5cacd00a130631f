"""What one deck should render next, and what enters it: the decisions, without I/O, without a clock.

A deck plays a *fan*: points of one family of loops, which differ only in their place between the same seeds. The first
point is what was asked for; it enters at a boundary. Further points are rendered while the generator has nothing more
urgent to do, and the audio process plays the one nearest to `morph`.

Every method takes the time `now` (seconds, any monotonic clock) where time matters, and returns the actions to perform,
in order. One thread calls it.

The laws: a generative change renders after a short stillness; a fan has points of one family only; the newest finished
fan wins; a slot that sounds, fades or is about to enter is never written; a recipe that is still in the bank is reused.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from instrument.actions import (
    Action,
    AddPoint,
    Assign,
    Cancel,
    Cue,
    DropPoint,
    Enter,
    Free,
    Place,
    Render,
    Report,
    Stretch,
)
from instrument.params import Value, accept
from instrument.recipe import GENERATIVE, Recipe
from instrument.slots import Slots
from instrument.transport import LEAST_STRETCH, MOST_STRETCH

REST_S = 0.15
# A render that fails is tried again after these pauses, then left alone until a setting changes.
RETRY_PAUSES_S = (1.0, 4.0)
UNDO_DEPTH = 16
PLACES = ("morph", "morph_y")

# In the order in which they are rendered: the ends, then halves.
PATH: tuple[Place, ...] = tuple((x, 0.0) for x in (0.0, 1.0, 0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875))
PAD: tuple[Place, ...] = (
    *((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)),
    *((0.5, 0.5), (0.5, 0.0), (0.0, 0.5), (1.0, 0.5), (0.5, 1.0)),
)
MOST_EXACT = 3  # points beside these, where the performer rested
_GRID = frozenset(PATH + PAD)


@dataclass(eq=False)
class Fan:
    """number: names it to the audio process. recipe: as its first point was asked for. points: slots by place.

    gain_db: of all its points. given_up: places that can't be rendered. told: places that the audio process knows.
    sources: slots that points were stretched from; tempos: what these points are stretched to, in BPM.
    """

    number: int
    recipe: Recipe
    points: dict[Place, int]
    gain_db: float | None
    given_up: set[Place] = field(default_factory=set)
    told: set[Place] = field(default_factory=set)
    sources: dict[Place, int] = field(default_factory=dict)
    tempos: dict[Place, float] = field(default_factory=dict)

    @property
    def family(self) -> int:
        return self.recipe.family

    @property
    def slots(self) -> set[int]:
        return {*self.points.values(), *self.sources.values()}

    def nearest(self, place: Place) -> Place:
        """Where the point nearest to a place is."""
        return min(self.points, key=lambda point: (point[0] - place[0]) ** 2 + (point[1] - place[1]) ** 2)

    def slot_at(self, place: Place) -> int:
        """The slot of that point."""
        return self.points[self.nearest(place)]

    def source_at(self, place: Place) -> int:
        """The slot of that point as it was rendered, which may be another where it is stretched."""
        point = self.nearest(place)
        return self.sources.get(point, self.points[point])


@dataclass
class Work:
    """A render on its way. fan: the fan that it is a further point of; None for the first point of a new one.

    stretched_to: the tempo that a point of the fan is brought to, in BPM, where that is the work.
    """

    slot: int
    recipe: Recipe
    since: float
    fan: Fan | None = None
    stretched_to: float | None = None


@dataclass
class Attempts:
    """Failed renders of one family's first point in a row."""

    family: int | None = None
    n: int = 0
    retry_at: float = 0.0
    is_given_up: bool = False


@dataclass(frozen=True)
class View:
    """What a display needs to know of a deck. `state` says how far the next fan is, see `Chooser.view`."""

    state: str
    sounding: Recipe | None
    next: Recipe | None
    rendering: Recipe | None
    rendering_for_s: float
    n_kept: int
    places: tuple[Place, ...] = ()  # of the sounding fan's points


@dataclass
class Chooser:
    """Decides for one deck. rng: where `roll` gets its seeds.

    values: the parameters of GENERATIVE, `auto`, `hold` and `stretch`.

    n_points: the most that a fan is given beside what was asked for.
    """

    deck: int
    slots: Slots
    values: dict[str, Any]
    rng: random.Random = field(default_factory=random.Random)
    n_points: int = len(PATH)

    def __post_init__(self) -> None:
        self.values = dict(self.values)
        self.sounding: Fan | None = None
        self.cued: Fan | None = None  # with the audio process, enters at the boundary
        self.ready: Fan | None = None  # has its first point, waits for `go` or for the audio process
        self._resume: Fan | None = None  # sounded when the audio process died; enters before anything else
        self._sent: list[Fan] = []  # what the audio process may still say has entered, in that order
        self._armed: set[int] = set()  # families that may enter though `auto` is off
        self._chosen: int | None = None  # family of the newest fan
        self._newest = 0  # its ticket
        self._work: dict[int, Work] = {}
        self._audio_is_up = False
        self._listening = -1  # slot that may be listened to before it may enter
        self._checkpoint = ""
        self._asked: Recipe | None = None  # the last snapshot that was rendered or reused
        self._moved_at = self._tempo_moved_at = self._morphed_at = float("-inf")
        self._attempts = Attempts()
        self._heard: deque[Recipe] = deque(maxlen=UNDO_DEPTH)  # what sounded before, the latest last
        self._left_at: Place | None = None  # where `morph` stood before it was set together with the seeds
        self._undone: set[int] = set()  # kin that `undo` brings back
        self._adopted_at: tuple[int, int] | None = None
        self._adopted: set[tuple[Place, ...]] = set()  # grids that were looked for then
        self._looked_for: tuple[int, int] | None = None
        self._want()
        self.slots.keepers.append(self._in_use)

    # The performer

    def change(self, name: str, value: Any, now: float) -> list[Action]:
        """A parameter has a new value. Any but those in `values` are of no concern here."""
        if name == "auto":
            return self._set_auto(bool(value))
        if name == "hold":
            return self._set_hold(bool(value))
        if name == "stretch":
            self.values["stretch"] = value
            return self._unstretch() + self.advance(now)
        if name not in GENERATIVE or self.values.get(name) == value:
            return []
        self.values[name] = value
        if name in PLACES:
            self._morphed_at, self._left_at = now, None
            return self.advance(now)
        self._want()
        if name == "bpm":
            self._tempo_moved_at = now
        else:
            self._moved_at = now
            self._undone.clear()
        if self._attempts.family != self._family:
            self._attempts = Attempts()
        return self.advance(now)

    def roll(self, now: float) -> list[Action]:
        """A new seed at the end of the path that is farther from `morph`; on the pad, at the corner opposite to it."""
        is_right, is_up = self.values["morph"] <= 0.5, self.values["morph_y"] <= 0.5
        if self.values["morph_y"] == 0.0:
            name = "seed_b" if is_right else "seed_a"
        else:
            name = {
                (True, True): "seed_d",
                (False, True): "seed_c",
                (True, False): "seed_b",
                (False, False): "seed_a",
            }[is_right, is_up]
        taken = {self.values[f"seed_{letter}"] for letter in "abcd"}
        seed = self.rng.randrange(1_000_000)
        while seed in taken:
            seed = self.rng.randrange(1_000_000)
        return [Assign(self.deck, name, seed)]

    def go(self, now: float) -> list[Action]:
        """Let in what is ready, or what is on its way as soon as it is ready."""
        if self.ready is None and not self._is_on_its_way():
            if self.cued is not None:
                return []
            text = "nothing is ready to drop: change a setting first"
            return [Report(self.deck, "go", "nothing-ready", text)]
        self._armed = {self._family if self.ready is None else self.ready.family}
        return self.advance(now)

    def undo(self, now: float) -> list[Action]:
        """Back to the loop that sounded before, and to its settings; the tempo stays."""
        if not self._heard:
            return [Report(self.deck, "undo", "nothing-to-undo", "no loop sounded before this one")]
        return self.bring_back(self._heard.pop(), now, is_undo=True)

    def bring_back(self, recipe: Recipe, now: float, is_undo: bool = False) -> list[Action]:
        """A loop and its settings, but for the tempo; it may enter though `auto` is off."""
        values = {
            name: accept(spec, getattr(recipe, name)) for name, spec in GENERATIVE.items() if name != "bpm"
        }
        changed = {name: value for name, value in values.items() if value != self.values[name]}
        self._set_all(changed, now)
        actions: list[Action] = [Assign(self.deck, name, value) for name, value in changed.items()]
        actions += self._choose_kept()
        self._armed = {self._family}
        if self._chosen != self._family and (slot := self.slots.find_kin(recipe)) is not None:
            # It is there at another tempo: bent to this one until it is rendered anew.
            self._asked = self.slots[slot].recipe.plain
            self._armed.add(self._asked.family)
            actions += self._choose(slot, self.slots.next_ticket(), self._asked)
        if is_undo:
            self._undone.add(recipe.kin)
        return actions + self.advance(now)

    def take(self, values: dict[str, Value], now: float) -> list[Action]:
        """Generative parameters have new values, as of a preset."""
        self._undone.clear()
        self._set_all(values, now)
        return self.advance(now)

    def restore(self, slot: int, made: Recipe) -> None:
        """A loop of an earlier session lies in `slot`: it sounds first. Before anything else has happened."""
        self.slots.finish(slot, made)
        asked = self.slots[slot].recipe
        self._asked, self._checkpoint = asked, made.checkpoint
        self._want()
        self._choose(slot, self.slots.next_ticket(), asked)

    def _set_all(self, values: dict[str, Value], now: float) -> None:
        """All at once: what the settings would be on the way there is nothing that anybody asked for."""
        place, family = self.place, self._family
        self.values |= values
        self._want()
        if self._left_at is None and self._family != family:
            self._left_at = place
        self._moved_at = now
        self._attempts = Attempts()

    def _set_hold(self, is_held: bool) -> list[Action]:
        self.values["hold"] = int(is_held)
        if not is_held:
            return self._offer()
        actions = self._withdraw()
        if actions and self.ready is not None:
            self._armed = {self.ready.family}  # let go, it enters
        return actions

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
        return [Cancel(self.deck)]

    # The generator

    def generator_loaded(self, checkpoint_id: str, now: float) -> list[Action]:
        """The generator has its weights. Others than before make what comes; what was chosen goes on."""
        before, family = self._checkpoint, self._family
        self._checkpoint = checkpoint_id
        self._want()
        if before not in ("", checkpoint_id):
            if self._chosen == family:
                self._chosen = self._family
            if self._asked is not None:
                self._asked = replace(self._asked, checkpoint=checkpoint_id)
        return self.advance(now)

    def has_work(self, ticket: int) -> bool:
        return ticket in self._work

    def is_further_point(self, ticket: int) -> bool:
        work = self._work.get(ticket)
        return work is not None and work.fan is not None and work.stretched_to is None

    def rendered(self, ticket: int, made: Recipe, now: float) -> list[Action]:
        """A render is finished and lies in its slot. A first point older than what was chosen since does not enter.

        made: the recipe with what the generator settled: exactly this makes the loop again.
        """
        work = self._work.pop(ticket)
        self.slots.finish(work.slot, made)
        self.slots[work.slot].chosen_at = ticket
        if work.fan is not None:
            return [*self._add(work.fan, work.recipe.place, work.slot), *self.advance(now)]
        self._attempts = Attempts()
        if ticket < self._newest:
            return self.advance(now)
        return [*self._choose(work.slot, ticket, work.recipe), *self.advance(now)]

    def stretched(self, ticket: int, now: float) -> list[Action]:
        """A point of the fan that sounds is there at another tempo: it takes the place of the one before."""
        work = self._work.pop(ticket)
        fan, place = work.fan, work.recipe.place
        assert fan is not None
        assert work.stretched_to is not None
        if fan is not self.sounding or place not in fan.points:
            return [self._free(work.slot), *self.advance(now)]
        source = fan.sources.setdefault(place, fan.points[place])
        self.slots.finish_stretched(work.slot, source, work.stretched_to)
        fan.tempos[place] = work.stretched_to
        return [*self._replace(fan, place, work.slot), *self.advance(now)]

    def refused(self, ticket: int, name: str, text: str, now: float) -> list[Action]:
        """The checkpoint can't do what parameter `name` asks for: what sounds goes on. Told once, never tried again."""
        work = self._work.pop(ticket)
        if work.fan is not None:
            work.fan.given_up.add(work.recipe.place)
        elif work.recipe.family == self._family:
            self._attempts = Attempts(work.recipe.family, is_given_up=True)
        return [self._free(work.slot), Report(self.deck, name, "refused", text), *self.advance(now)]

    def failed(self, ticket: int, code: str, text: str, now: float) -> list[Action]:
        """A render failed: what sounds goes on, and the work is tried again, a few times; a further point is not."""
        work = self._work.pop(ticket)
        actions: list[Action] = [self._free(work.slot), Report(self.deck, "", code, text)]
        return actions + self._count_failure(work, now) + self.advance(now)

    def abandoned(self, ticket: int, now: float) -> list[Action]:
        """The generator stopped a render for something more urgent: it is asked for again when there is time."""
        work = self._work.pop(ticket)
        return [self._free(work.slot), *self.advance(now)]

    def generator_lost(self, now: float) -> list[Action]:
        """The generator is gone: its slots are free again, its work will be asked again."""
        actions: list[Action] = []
        for ticket in sorted(self._work):
            work = self._work.pop(ticket)
            actions.append(self._free(work.slot))
            actions += self._count_failure(work, now)
        return actions

    def _count_failure(self, work: Work, now: float) -> list[Action]:
        if work.fan is not None and work.stretched_to is not None:
            work.fan.tempos[work.recipe.place] = work.stretched_to  # it is not tried again
            return []
        if work.fan is not None:
            work.fan.given_up.add(work.recipe.place)
            return []
        family = work.recipe.family
        if family != self._family:
            return []
        attempts = self._attempts
        if attempts.family != family:
            attempts = self._attempts = Attempts(family)
        attempts.n += 1
        if attempts.n <= len(RETRY_PAUSES_S):
            attempts.retry_at = now + RETRY_PAUSES_S[attempts.n - 1]
            return []
        attempts.is_given_up = True
        text = f"gave this loop up after {attempts.n} attempts: change a setting to try again"
        return [Report(self.deck, "", "gave-up", text)]

    # The audio process

    def audio_is_up(self, now: float) -> list[Action]:
        """A stream runs. After a restart it first gets the fan that sounded."""
        self._audio_is_up = True
        actions = [] if self._resume is None else self._send(self._resume)
        return actions + self.advance(now)

    def entered(self, number: int, now: float) -> list[Action]:
        """The fan of this number sounds."""
        n_before = next((i for i, fan in enumerate(self._sent) if fan.number == number), None)
        if n_before is None:
            return []
        fan = self._sent[n_before]
        del self._sent[: n_before + 1]
        self._remember(fan)
        before, self.sounding = self.sounding, fan
        if self._resume is fan:
            self._resume = None
        if self.ready is fan:
            self.ready = None
        if self.cued is fan:
            self.cued = None
        elif self.ready is None and before is not None and fan.family != self._chosen == before.family:
            # This one entered while it was being cancelled: bring back what was chosen instead.
            self.ready = before
            self._armed.add(before.family)
        # Points that came while it was about to be cancelled.
        return [*self._tell_points(fan), *self.advance(now)]

    def _remember(self, entered: Fan) -> None:
        """For `undo`: what sounded, if what takes its place is another and no `undo` brought it."""
        if self.sounding is None:
            return
        new, old = entered.recipe.kin, self.sounding.recipe
        if new in self._undone:
            self._undone.remove(new)
        elif old.kin != new:
            self._heard.append(old.at(self._left_at or self.place))
        self._left_at = None

    def released(self, slot: int, now: float) -> list[Action]:
        """The audio process has let go of `slot`, once; the loop stays in the bank for later."""
        self.slots.release(slot, self.deck)
        return self.advance(now)

    def audio_lost(self, now: float) -> list[Action]:
        """The audio process is gone; the next one resumes what sounded."""
        self._audio_is_up = False
        if self.sounding is not None:
            self._resume = self.sounding
            if self.cued is not None and self.ready is None:
                self.ready = self.cued
                self._armed.add(self.cued.family)
        elif self._resume is None:
            self._resume = self.cued
        self.sounding = self.cued = None
        self._sent.clear()
        self._listening = -1
        return []

    def make_room(self) -> bool:
        """Give up what waits to enter, if something else is wanted by now; whether there was such."""
        if self.ready is None or self.ready.family == self._family:
            return False
        self.ready = None
        playing = self.cued or self.sounding or self._resume
        self._chosen = None if playing is None else playing.family
        return True

    # Time

    def advance(self, now: float) -> list[Action]:
        """Do what has become due, all but rendering. Call it at `wakes_at` too."""
        actions = self._reuse()
        actions += self._adopt()
        if self.sounding is not None and self.sounding.recipe.bpm == self.values["bpm"]:
            actions += self._unstretch()
        actions += self._offer()
        return actions + self._prelisten()

    def first_due_at(self) -> float | None:
        """When the first point of the wanted fan should be rendered; None when it is there, on its way, or given up."""
        if self._family == self._chosen or self._is_first_rendering():
            return None
        if self._attempts.family == self._family:
            return None if self._attempts.is_given_up else self._attempts.retry_at
        asked = self._asked
        if self.sounding is not None and asked is not None and asked.kin == self._seeded.kin:
            # Only the tempo moved: the playing loop is bent meanwhile, so wait until it has rested for a bar.
            return self._tempo_moved_at + 240.0 / self._seeded.bpm
        return self._moved_at + REST_S

    def point_due_at(self) -> float | None:
        """When a further point should be rendered; None while there is nothing to add."""
        fan = self._newest_fan()
        if fan is None or fan.family != self._family or self._work:
            return None
        if any(place not in fan.given_up for place in self._missing(fan)):
            return float("-inf")
        return self._exact_due_at(fan)

    def stretch_due_at(self) -> float | None:
        """When what is heard should be brought to the tempo of now, its pitch kept; None while there is no need."""
        fan = self.sounding
        if fan is None or not self.values["stretch"] or self._work:
            return None
        place, bpm = fan.nearest(self.place), self.values["bpm"]
        is_there = fan.tempos.get(place, fan.recipe.bpm) == bpm
        if is_there or not LEAST_STRETCH <= fan.recipe.bpm / bpm <= MOST_STRETCH:
            return None
        return max(self._tempo_moved_at, self._morphed_at) + REST_S

    def start_stretch(self, slot: int, ticket: int, now: float) -> Stretch:
        """`stretch_due_at` must have come."""
        fan, bpm = self.sounding, float(self.values["bpm"])
        assert fan is not None
        place = fan.nearest(self.place)
        self._work[ticket] = Work(slot, fan.recipe.at(place), now, fan, bpm)
        return Stretch(ticket, fan.source_at(place), slot, round(100 * bpm))

    def start_first(self, slot: int, ticket: int, now: float) -> Render:
        """What to render now that the first point is due."""
        self._asked = wanted = self.wanted
        self._work[ticket] = Work(slot, wanted, now)
        return Render(ticket, slot, wanted)

    def next_point(self, now: float) -> Recipe:
        """The further point that is most wanted, at its fan's level. `point_due_at` must have come."""
        fan = self._newest_fan()
        assert fan is not None
        exact_due_at = self._exact_due_at(fan)
        if exact_due_at is not None and exact_due_at <= now:
            place = self.place
        else:
            missing = (place for place in self._missing(fan) if place not in fan.given_up)
            place = next(missing)
        return replace(fan.recipe.at(place), gain_db=fan.gain_db)

    def start_point(self, slot: int, ticket: int, recipe: Recipe, now: float) -> Render:
        """Render what `next_point` named."""
        self._work[ticket] = Work(slot, recipe, now, self._newest_fan())
        return Render(ticket, slot, recipe)

    def found_point(self, slot: int, recipe: Recipe) -> list[Action]:
        """What `next_point` named is in the bank."""
        fan = self._newest_fan()
        assert fan is not None
        return self._add(fan, recipe.place, slot)

    def view(self, now: float) -> View:
        """What plays and what comes. `state` of the next fan: none, waiting (to be rendered), rendering,
        ready (for `go`), cued (for the boundary).
        """
        firsts = [ticket for ticket, work in self._work.items() if work.fan is None]
        work = self._work[max(firsts)] if firsts else None
        shown: Recipe | None
        if self.cued is not None:
            state, shown = "cued", self._made(self.cued)
        elif self.ready is not None:
            state, shown = "ready", self._made(self.ready)
        elif work is not None:
            state, shown = "rendering", work.recipe
        elif self.first_due_at() is not None:
            state, shown = "waiting", self.wanted
        else:
            state, shown = "none", None
        return View(
            state=state,
            sounding=None if self.sounding is None else self._made(self.sounding),
            next=shown,
            rendering=None if work is None else work.recipe,
            rendering_for_s=0.0 if work is None else now - work.since,
            n_kept=self.slots.n_kept(),
            places=() if self.sounding is None else tuple(sorted(self.sounding.points)),
        )

    # Inside

    @property
    def place(self) -> Place:
        return (self.values["morph"], self.values["morph_y"])

    @property
    def wanted(self) -> Recipe:
        """The recipe of the parameters as they stand."""
        return self._seeded.at(self.place)

    def _want(self) -> None:
        """A family is wanted from now on. Its names are taken once: a morph that is swept must cost nothing."""
        values = {name: self.values[name] for name in GENERATIVE if name not in PLACES}
        self._seeded = Recipe(**values, checkpoint=self._checkpoint)
        self._family = self._seeded.family
        self._most = self.slots.most_points(self._seeded)
        self._n_exact = min(MOST_EXACT, max(1, (self._most + 1) // 3))

    def _made(self, fan: Fan) -> Recipe | None:
        return self.slots[fan.slot_at(self.place)].made

    def _fans(self) -> list[Fan]:
        fans = (self.sounding, self.cued, self.ready, self._resume)
        return [fan for fan in fans if fan is not None]

    def _in_use(self) -> set[int]:
        return set().union(*(fan.slots for fan in self._fans()))

    def _newest_fan(self) -> Fan | None:
        return self.ready or self.cued or self.sounding

    def _is_on_its_way(self) -> bool:
        return any(work.fan is None for work in self._work.values()) or self.first_due_at() is not None

    def _is_first_rendering(self) -> bool:
        return any(work.fan is None and work.recipe.family == self._family for work in self._work.values())

    @property
    def _are_seeds_equal(self) -> bool:
        letters = "ab" if self.values["morph_y"] == 0.0 else "abcd"
        return len({self.values[f"seed_{letter}"] for letter in letters}) == 1

    def _grid(self) -> tuple[Place, ...]:
        """The places that a fan should have points at: a path, or a pad once it is played as one."""
        n = min(self.n_points, self._most - 1 - self._n_exact)
        if n <= 1 or self._are_seeds_equal:
            return ()
        return (PATH if self.values["morph_y"] == 0.0 else PAD)[:n]

    def _missing(self, fan: Fan) -> list[Place]:
        return [place for place in self._grid() if place not in fan.points]

    def _exact_due_at(self, fan: Fan) -> float | None:
        """When the point just where the performer stands should be rendered."""
        if self.place in fan.points or self.place in fan.given_up or self._are_seeds_equal:
            return None
        return self._morphed_at + 240.0 / self._seeded.bpm

    def _reuse(self) -> list[Action]:
        """What is wanted, if it is in the bank."""
        if self._family == self._chosen or self._is_first_rendering():
            return []
        seen = (self._family, self.slots.n_finished)
        if seen == self._looked_for:
            return []
        self._looked_for = seen
        return self._choose_kept()

    def _choose_kept(self) -> list[Action]:
        """The wanted loop, or what sounds if it is of the wanted family too, or this family's nearest to the place."""
        wanted = self.wanted
        slot = self.slots.find(wanted)
        if slot is None and self.sounding is not None:
            place = self.sounding.nearest(self.place)
            if wanted.at(place).id in self.slots[self.sounding.points[place]].ids:
                wanted, slot = wanted.at(place), self.sounding.points[place]
        if slot is None and (slot := self.slots.find_family(self.wanted)) is not None:
            wanted = wanted.at(self.slots[slot].recipe.place)
        if slot is None:
            return []
        self._asked = wanted
        return self._choose(slot, self.slots.next_ticket(), wanted)

    def _fan(self, slot: int, ticket: int, recipe: Recipe) -> Fan:
        made = self.slots[slot].made
        assert made is not None
        return Fan(ticket, recipe, {recipe.place: slot}, made.gain_db)

    def _choose(self, slot: int, ticket: int, recipe: Recipe) -> list[Action]:
        """This finished loop, asked for by `recipe`, is what should be heard next, and its fan with it."""
        self._newest = self.slots[slot].chosen_at = ticket
        self._chosen = recipe.family
        for fan in (self.sounding or self._resume, self.cued):
            if fan is not None and fan.family == recipe.family:
                # It sounds already, or is about to: what waits besides is not wanted any more.
                self.ready = None
                if fan is self.cued or self.cued is None:
                    return []
                self.cued = None
                return [Cancel(self.deck)]
        self.ready = self._fan(slot, ticket, recipe)
        return []

    def _adopt(self) -> list[Action]:
        """Points that the bank has already."""
        fan = self._newest_fan()
        if fan is None or fan.family != self._family:
            return []
        grid, seen = self._grid(), (fan.number, self.slots.n_finished)
        if seen != self._adopted_at:
            self._adopted_at = seen
            self._adopted.clear()
        if grid in self._adopted:
            return []
        self._adopted.add(grid)
        actions: list[Action] = []
        for place in self._missing(fan):
            slot = self.slots.find(replace(fan.recipe.at(place), gain_db=fan.gain_db))
            if slot is not None:
                actions += self._add(fan, place, slot)
        return actions

    def _add(self, fan: Fan, place: Place, slot: int) -> list[Action]:
        """One point more. The oldest place where the performer rested gives way; then points of the other grid."""
        if fan not in self._fans():
            return []
        fan.points[place] = slot
        self.slots[slot].chosen_at = max(self.slots[slot].chosen_at, fan.number)
        actions: list[Action] = []
        is_with_audio = fan is self.cued or fan is self.sounding
        if is_with_audio:
            actions += self._tell_points(fan)
        grid = self._grid()
        exact = [point for point in fan.points if point not in _GRID]
        others = [point for point in fan.points if point in _GRID and point not in grid]
        dropped, exact = exact[: -self._n_exact], exact[-self._n_exact :]
        n_over = max(0, len(fan.points) - len(dropped) - self._most)
        dropped += [point for point in others + exact if point != place][:n_over]
        for point in dropped:
            old = fan.points.pop(point)
            fan.told.discard(point)
            fan.sources.pop(point, None)
            fan.tempos.pop(point, None)
            if is_with_audio:
                actions.append(DropPoint(self.deck, fan.number, old))
        return actions

    def _replace(self, fan: Fan, place: Place, slot: int) -> list[Action]:
        """Another slot for a point of the fan that sounds, which enters in phase, at once."""
        old, fan.points[place] = fan.points[place], slot
        self.slots[slot].out[self.deck] += 1
        return [AddPoint(self.deck, fan.number, slot, place), DropPoint(self.deck, fan.number, old)]

    def _unstretch(self) -> list[Action]:
        """Back to the loops as they were rendered, where they fit again, or where nobody wants others any more."""
        fan, actions = self.sounding, []
        if fan is not None and not (self.values["stretch"] and fan.recipe.bpm != self.values["bpm"]):
            for place, source in fan.sources.items():
                actions += self._replace(fan, place, source)
            fan.sources.clear()
            fan.tempos.clear()
        return actions

    def _tell_points(self, fan: Fan) -> list[Action]:
        """The points that the audio process does not know of a fan that it has."""
        untold = [(slot, place) for place, slot in fan.points.items() if place not in fan.told]
        for slot, place in untold:
            self.slots[slot].out[self.deck] += 1
            fan.told.add(place)
        return [AddPoint(self.deck, fan.number, slot, place) for slot, place in untold]

    def _offer(self) -> list[Action]:
        """Hand the ready fan to the audio process, if it may enter."""
        if self.ready is None or not self._audio_is_up or self._resume is not None:
            return []
        is_first = self.sounding is None and self.cued is None
        is_invited = bool(self.values["auto"]) or self.ready.family in self._armed
        if not is_first and (self.values["hold"] or not is_invited):
            return []
        fan, self.ready = self.ready, None
        # What was brought back at another tempo may enter once more at this one.
        self._armed = self._armed & {self._family} - {fan.family}
        return self._send(fan)

    def _prelisten(self) -> list[Action]:
        """What is ready, and may not enter yet, can be heard on the cue outputs."""
        slot = -1
        if self.ready is not None and self._audio_is_up and self._resume is None:
            slot = self.ready.slot_at(self.place)
        if slot == self._listening:
            return []
        self._listening = slot
        if slot >= 0:
            self.slots[slot].out[self.deck] += 1
        return [Cue(self.deck, slot)]

    def _send(self, fan: Fan) -> list[Action]:
        self.cued = fan
        self._listening = -1  # what enters takes the place of what was listened to
        self._sent.append(fan)
        fan.told = set(fan.points)
        for slot in fan.points.values():
            self.slots[slot].out[self.deck] += 1
        points = tuple((slot, place) for place, slot in fan.points.items())
        return [Enter(self.deck, fan.number, points)]

    def _free(self, slot: int) -> Free:
        self.slots.free(slot)
        return Free(slot)
