"""Tags: what can be asked of a loop by name. A vector says of each whether it is asked for, unwanted, or left open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

GENRES = (
    "minimal techno",
    "deep house",
    "acid",
    "dub techno",
    "tech house",
    "hard techno",
    "detroit techno",
    "ambient techno",
)
MOODS = (
    "dark",
    "bright",
    "hypnotic",
    "driving",
    "deep",
    "dreamy",
    "raw",
    "warm",
    "tense",
    "playful",
    "melancholic",
    "euphoric",
)
INSTRUMENTS = (
    "kick",
    "snare",
    "clap",
    "closed hat",
    "open hat",
    "ride",
    "shaker",
    "percussion",
    "tom",
    "sub bass",
    "acid bass",
    "rolling bass",
    "chord stab",
    "dub chord",
    "pad",
    "lead",
    "riser",
    "vocal",
    "noise",
)
TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
KEYS_24 = tuple(f"{tonic} {mode}" for mode in ("minor", "major") for tonic in TONICS)

SCALES = {
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "major": (0, 2, 4, 5, 7, 9, 11),
}  # natural; semitones above the tonic

_GROUPS = {"genre": GENRES, "mood": MOODS, "instrument": INSTRUMENTS, "key": KEYS_24}
_STARTS = dict(zip(_GROUPS, (0, 8, 20, 39), strict=True))
NAMES = tuple(name for names in _GROUPS.values() for name in names)
N_TAGS = len(NAMES)


def vector(
    genre: str | None = None,
    moods: Sequence[str] = (),
    instruments: Sequence[str] = (),
    without: Sequence[str] = (),
    key: str | None = None,
) -> Tensor:
    """[N_TAGS]: 1 what is asked for, -1 the instruments in `without`, 0 all the rest: nothing said.

    Raises ValueError for a name that isn't in its list.
    """
    asked = torch.zeros(N_TAGS)
    asked[indices("genre", [genre] if genre else [])] = 1.0
    asked[indices("mood", moods)] = 1.0
    asked[indices("instrument", instruments)] = 1.0
    asked[indices("instrument", without)] = -1.0
    asked[indices("key", [key] if key else [])] = 1.0
    return asked


def pitch_classes() -> Tensor:
    """Which notes a key has, [24 keys, 12 notes from C on], 1 or 0: what a key shares with its relatives."""
    notes = torch.zeros(len(KEYS_24), len(TONICS))
    for row, key in zip(notes, KEYS_24, strict=True):
        tonic, mode = key.split()
        row[[(TONICS.index(tonic) + step) % len(TONICS) for step in SCALES[mode]]] = 1.0
    return notes


def indices(group: str, names: Iterable[str]) -> list[int]:
    """Where the names of a group ("genre", "mood", "instrument" or "key") stand in a vector of tags."""
    known = _GROUPS[group]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"{group} must be among {', '.join(known)}; got {', '.join(map(repr, unknown))}")
    return [_STARTS[group] + known.index(name) for name in names]


def members(group: str) -> slice:
    """The part of a vector of tags that belongs to a group."""
    return slice(_STARTS[group], _STARTS[group] + len(_GROUPS[group]))
