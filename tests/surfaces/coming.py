"""The table of parameters as it will be, with two decks: what is planned and not there yet, and what nobody planned."""

from __future__ import annotations

from instrument.params import SPECS, Spec
from surfaces.table import Table

PLANNED = (
    Spec("stretch", "global", "enum", "repitch", ("B",), "", choices=("repitch", "keylock")),
    Spec("crossfade", "global", "float", 0.0, ("B",), "", 0, 1, 0.01),
    Spec("bass_swap", "global", "int", 1, ("Q",), ""),
    Spec("cue", "global", "enum", "next", ("B",), "", choices=("off", "next", "1", "2")),
    Spec("cue_gain_db", "global", "float", -6.0, ("B",), "", -70, 6, 0.01, "dB"),
    Spec(
        "clock_source", "global", "enum", "internal", ("Q",), "", choices=("internal", "midi", "link", "osc")
    ),
    Spec("clock_offset_ms", "global", "float", 0.0, ("B",), "", -200, 200, 0.1, "ms"),
    Spec("downbeat", "global", "trigger", 0, ("N",), ""),
    Spec("panic", "global", "trigger", 0, ("N",), ""),
    Spec("record", "global", "int", 0, ("N",), ""),
    Spec("seed_c", "deck", "int", 3, ("R",), "", 0, 999_999),
    Spec("seed_d", "deck", "int", 4, ("R",), "", 0, 999_999),
    Spec("morph_y", "deck", "float", 0.0, ("B",), "", 0, 1, 1e-6),
    Spec("shelf_keep", "deck", "int", 1, ("N",), "", 1, 16),
    Spec("shelf_play", "deck", "int", 1, ("Q",), "", 1, 16),
)
UNPLANNED = (
    Spec("unheard_of", "deck", "float", 0.0, ("B",), "", 0, 1, 0.01),
    Spec("unheard_of_too", "global", "enum", "one", ("B",), "", choices=("one", "two")),
)


def table(*more: Spec) -> Table:
    """What is there, what is planned, and `more`, for decks 1 and 2."""
    there = {spec.name for spec in SPECS}
    specs = (*SPECS, *(spec for spec in (*PLANNED, *more) if spec.name not in there))
    return {
        spec.address(deck): (spec, deck)
        for spec in specs
        for deck in ((None,) if spec.scope == "global" else (1, 2))
    }
