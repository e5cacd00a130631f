"""What lies where in the loop bank, and what may be overwritten. Shared by both decks; without I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from instrument.recipe import Recipe


class Content(Enum):
    WRITING = "writing"
    KEPT = "kept"


@dataclass
class Slot:
    """A loop in the bank. recipe: as it was asked for; made: with what the generator settled, see `Recipe`."""

    n_units: int
    recipe: Recipe
    content: Content = Content.WRITING
    made: Recipe | None = None
    chosen_at: int = 0  # ticket of its last use: the smallest is overwritten first
    out: Counter[int] = field(default_factory=Counter)  # by deck: how often it was sent and not yet released

    @property
    def is_out(self) -> bool:
        return any(self.out.values())

    def holds(self, recipe: Recipe) -> bool:
        """Whether this is the finished loop of that recipe, as it was asked for or as it was made.

        A recipe that says how loud is another loop than one at another level.
        """
        if self.content is not Content.KEPT or self.made is None:
            return False
        if self.made.id == recipe.id:
            return True
        is_level_right = recipe.gain_db in (None, self.made.gain_db)
        return is_level_right and self.recipe.plain.id == recipe.plain.id


class Slots:
    """The bank's units, and the loops in them by the number of their first unit.

    keepers: each names slots that must stay, beside those that are being written or are with the audio process.
    """

    def __init__(self, n_units: int) -> None:
        self.n_units = n_units
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

    def find(self, recipe: Recipe) -> int | None:
        """The slot that holds this loop, finished."""
        return next((slot for slot in self if self._slots[slot].holds(recipe)), None)

    def find_kin(self, recipe: Recipe) -> int | None:
        """The slot of this loop at any tempo, or of the one nearest to its place."""
        kin = [
            slot
            for slot in self
            if (record := self._slots[slot]).content is Content.KEPT and record.recipe.kin == recipe.kin
        ]
        x, y = recipe.place
        return min(
            kin,
            key=lambda slot: (
                (self._slots[slot].recipe.morph - x) ** 2 + (self._slots[slot].recipe.morph_y - y) ** 2
            ),
            default=None,
        )

    def n_kept(self) -> int:
        return sum(record.content is Content.KEPT for record in self._slots.values())

    def place(self, n_units: int, recipe: Recipe) -> int | None:
        """Room for a loop that will be written, or None; what was used longest ago gives way."""
        kept: set[int] = set().union(*(keeper() for keeper in self.keepers))
        ages = [0] * self.n_units
        for slot, record in self._slots.items():
            is_fixed = slot in kept or record.is_out or record.content is Content.WRITING
            ages[slot : slot + record.n_units] = [-1 if is_fixed else record.chosen_at] * record.n_units
        best: tuple[int, int] | None = None
        for start in range(self.n_units - n_units + 1):
            span = ages[start : start + n_units]
            if min(span) >= 0 and (best is None or max(span) < best[0]):
                best = (max(span), start)
        if best is None:
            return None
        start = best[1]
        for slot in [
            slot
            for slot, record in self._slots.items()
            if slot < start + n_units and start < slot + record.n_units
        ]:
            del self._slots[slot]
        self._slots[start] = Slot(n_units, recipe)
        return start

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
