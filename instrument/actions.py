"""What the engine wants done, by the console."""

from __future__ import annotations

from dataclasses import dataclass

from instrument.params import Value
from instrument.recipe import Recipe

Place = tuple[float, float]  # `morph` and `morph_y`


@dataclass(frozen=True)
class Render:
    """Give this work to the generator."""

    ticket: int
    slot: int
    recipe: Recipe


@dataclass(frozen=True)
class Stretch:
    """Have the generator bring the loop in slot `source` to another tempo, its pitch kept, in `slot`."""

    ticket: int
    source: int
    slot: int
    bpm_centi: int


@dataclass(frozen=True)
class Abandon:
    """Tell the generator that what it renders may wait."""

    ticket: int


@dataclass(frozen=True)
class Enter:
    """Tell the audio process to enter a fan at the next boundary: its points as (slot, place)."""

    deck: int
    fan: int
    points: tuple[tuple[int, Place], ...]


@dataclass(frozen=True)
class AddPoint:
    """Tell the audio process that a fan has one point more."""

    deck: int
    fan: int
    slot: int
    place: Place


@dataclass(frozen=True)
class DropPoint:
    """Tell the audio process that a fan has one point less."""

    deck: int
    fan: int
    slot: int


@dataclass(frozen=True)
class Cue:
    """Tell the audio process which loop may be listened to before it may enter; slot -1 for none."""

    deck: int
    slot: int


@dataclass(frozen=True)
class Cancel:
    """Tell the audio process to forget the fan that was about to enter."""

    deck: int


@dataclass(frozen=True)
class Free:
    """Mark the slot as free in the bank: what it holds is of no use."""

    slot: int


@dataclass(frozen=True)
class Assign:
    """Set a parameter, global or the deck's, as a performer would."""

    deck: int
    name: str
    value: Value


@dataclass(frozen=True)
class Report:
    """Tell the performer. `name` is the parameter concerned, global or the deck's; "" for the deck as a whole.

    deck: None for what concerns no deck.
    """

    deck: int | None
    name: str
    code: str
    text: str


Action = Render | Stretch | Abandon | Enter | AddPoint | DropPoint | Cue | Cancel | Free | Assign | Report
