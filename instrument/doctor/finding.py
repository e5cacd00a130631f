"""What `ladmg doctor` finds: one thing that was looked at, how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from instrument.console import PlaySettings

State = Literal["good", "note", "bad"]


@dataclass(frozen=True)
class Finding:
    """check: what was looked at. state: "note" is worth knowing and keeps nobody from playing with sound, "bad" does.

    found: what is there, in one line. advice: what to do, in one line; empty for nothing, never where it is bad.
    figures: numbers and names for a bug report, as JSON has them.
    """

    check: str
    state: State
    found: str
    advice: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.state == "bad" and not self.advice:
            raise ValueError(f"what is bad must come with advice: {self.check}: {self.found}")

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Checkup:
    """What the checks are about. play: as `ladmg play` would have it. running: the status of an instrument that plays
    on this OSC port, None for none; nothing is tried then that could be in its way.
    """

    play: PlaySettings
    running: Mapping[str, Any] | None = None


Check = Callable[[Checkup], Iterable[Finding]]
