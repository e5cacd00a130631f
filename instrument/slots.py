"""What lies where in the loop bank, and what may be overwritten. Shared by both decks; without I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from instrument.actions import Place
from instrument.memory import n_units
from instrument.params import DECKS
from instrument.recipe import Recipe

SHELF_PART = 3  # of the bank, the shelf may take one part in so many
FANS = 2 * len(DECKS)  # that share the rest: on each deck one that goes, one that comes


class Content(Enum):
    WRITING = "writing"
    KEPT = "kept"
    STRETCHED = "stretched"  # of another: what no recipe asks for


@dataclass
class Slot:
    """A loop in the bank. recipe: as it was asked for; made: with what the generator settled, see `Recipe`.

    ids, families: of the finished loop under either, its level left open.
    """

    n_units: int
    recipe: Recipe
    content: Content = Content.WRITING
    made: Recipe | None = None
    chosen_at: int = 0  # ticket of its last use: the smallest is overwritten first
    out: Counter[int] = field(default_factory=Counter)  # by deck: how often it was sent and not yet released
    ids: frozenset[int] = frozenset()
    families: frozenset[int] = frozenset()

    @property
    def is_out(self) -> bool:
        return any(self.out.values())


class Slots:
    """The bank's units, and the loops in them by the number of their first unit.

    rate: of the loops, in Hz. keepers: each names slots that must stay, beside those that are being written or are with
    the audio process. n_finished: counts renders, so that nobody looks twice for what was not there.
    """

    def __init__(self, n_units: int, rate: int = 48_000) -> None:
        self.n_units = n_units
        self.rate = rate
        self.n_finished = 0
        self.keepers: list[Callable[[], set[int]]] = []
        self.ticket = 0
        self._slots: dict[int, Slot] = {}

    def __getitem__(self, slot: int) -> Slot:
        return self._slots[slot]

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._slots))

    def next_ticket(self) -> int:
        self.ticket += 1
        return self.ticket

    def units_of(self, recipe: Recipe) -> int:
        """What a loop will take."""
        return n_units(round(recipe.n_bars * 240 * self.rate / recipe.bpm) + 1)

    def most_points(self, recipe: Recipe) -> int:
        """How many points a fan of such loops may have, so that there is always room for a first point."""
        n_loops = (self.n_units - self.n_units // SHELF_PART) // self.units_of(recipe)
        return max(1, (n_loops - len(DECKS)) // FANS)

    def find(self, recipe: Recipe) -> int | None:
        """The slot that holds this loop, finished.

        A recipe that says how loud is another loop than one at another level.
        """
        plain_id, gain_db = recipe.plain.id, recipe.gain_db
        for slot, record in self._kept():
            assert record.made is not None
            if plain_id in record.ids and gain_db in (None, record.made.gain_db):
                return slot
        return None

    def find_family(self, recipe: Recipe) -> int | None:
        """The slot of this loop's family whose place is the nearest."""
        family = recipe.family
        return _nearest(recipe.place, [item for item in self._kept() if family in item[1].families])

    def find_kin(self, recipe: Recipe) -> int | None:
        """The same at any tempo."""
        return _nearest(recipe.place, [item for item in self._kept() if item[1].recipe.kin == recipe.kin])

    def n_kept(self) -> int:
        return sum(1 for _ in self._kept())

    def has_room(self, n_units: int, without: int) -> bool:
        """Whether `place` will find room once the slot `without` is free."""
        return self._start(n_units, without) is not None

    def place(self, n_units: int, recipe: Recipe) -> int | None:
        """Room for a loop that will be written, or None; what was used longest ago gives way."""
        start = self._start(n_units)
        if start is None:
            return None
        for slot in [
            slot
            for slot, record in self._slots.items()
            if slot < start + n_units and start < slot + record.n_units
        ]:
            del self._slots[slot]
        self._slots[start] = Slot(n_units, recipe)
        return start

    def finish(self, slot: int, made: Recipe) -> None:
        """The loop that was being written is there."""
        record = self._slots[slot]
        record.content, record.made = Content.KEPT, made
        record.ids = frozenset((record.recipe.plain.id, made.plain.id))
        record.families = frozenset((record.recipe.family, made.family))
        self.n_finished += 1

    def finish_stretched(self, slot: int, source: int, bpm: float) -> None:
        """The loop of another slot is there at another tempo."""
        made = self._slots[source].made
        assert made is not None
        record = self._slots[slot]
        record.content, record.made = Content.STRETCHED, replace(made, stretched_bpm=bpm)

    def _kept(self) -> Iterator[tuple[int, Slot]]:
        for slot in self:
            record = self._slots[slot]
            if record.content is Content.KEPT:
                yield slot, record

    def _start(self, n_units: int, without: int | None = None) -> int | None:
        """The first of units in a row that may be overwritten, those whose loops were used longest ago."""
        kept: set[int] = set().union(*(keeper() for keeper in self.keepers))
        ages = [0] * self.n_units
        for slot, record in self._slots.items():
            is_used = slot in kept or record.is_out or record.content is Content.WRITING
            is_fixed = is_used and slot != without
            ages[slot : slot + record.n_units] = [-1 if is_fixed else record.chosen_at] * record.n_units
        best: tuple[int, int] | None = None
        for start in range(self.n_units - n_units + 1):
            span = ages[start : start + n_units]
            if min(span) >= 0 and (best is None or max(span) < best[0]):
                best = (max(span), start)
        return None if best is None else best[1]

    def free(self, slot: int) -> None:
        self._slots.pop(slot, None)

    def release(self, slot: int, deck: int) -> None:
        """The audio process has let go of it, once."""
        record = self._slots.get(slot)
        if record is not None and record.out[deck] > 0:
            record.out[deck] -= 1

    def audio_lost(self) -> None:
        """Nothing is with the audio process any more."""
        for record in self._slots.values():
            record.out.clear()


def _nearest(place: Place, items: list[tuple[int, Slot]]) -> int | None:
    """The slot nearest to a place."""
    x, y = place

    def way(item: tuple[int, Slot]) -> float:
        recipe = item[1].recipe
        return (recipe.morph - x) ** 2 + (recipe.morph_y - y) ** 2

    return min(items, key=way)[0] if items else None
