"""The table of parameters as a surface sees it: by address, and a deck at a time."""

from __future__ import annotations

from collections.abc import Mapping

from instrument.osc.datagram import DEFAULT_PORT
from instrument.params import Spec

PORT = DEFAULT_PORT  # that the instrument listens on
Table = Mapping[str, tuple[Spec, int | None]]


def decks(table: Table) -> list[int]:
    return sorted({deck for _, deck in table.values() if deck is not None})


def of_deck(table: Table, deck: int | None) -> Table:
    """What is one deck's, or, for None, global."""
    return {address: entry for address, entry in table.items() if entry[1] == deck}
