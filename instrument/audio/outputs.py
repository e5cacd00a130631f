"""Which of a sound card's outputs play what: the main bus for the room, the cue bus for the performer's ears."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

BUSES = ("main", "cue")
MOST_OUTPUTS = 64
_CHANNELS = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?", re.ASCII)


@dataclass(frozen=True)
class Outputs:
    """main, cue: the outputs of each bus, counted from 1: a stereo pair, or one for mono; cue may have none.

    ValueError where a bus has other numbers of them, where they are no outputs, or where both buses want the same.
    """

    main: tuple[int, ...] = (1, 2)
    cue: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.main) not in (1, 2) or len(self.cue) > 2:
            raise ValueError(f"main must have 1 or 2 outputs and cue at most 2, got {self}")
        used = self.main + self.cue
        for output in used:
            if not 1 <= output <= MOST_OUTPUTS:
                raise ValueError(f"an output must be in 1..{MOST_OUTPUTS}, got {output} in {self}")
        if len(set(used)) < len(used):
            raise ValueError(f"an output can play one thing only, got {self}")

    @classmethod
    def parse(cls, text: str) -> Outputs:
        """From words like "main=1-2,cue=3-4"; a bus on one output is mono, cue may be left out. ValueError."""
        buses: dict[str, tuple[int, ...]] = {}
        for part in text.split(","):
            name, _, span = part.strip().partition("=")
            found = _CHANNELS.fullmatch(span)
            if name not in BUSES or name in buses or found is None:
                raise ValueError(_refusal(text))
            first, last = int(found[1]), int(found[2] or found[1])
            if found[2] and last != first + 1:
                raise ValueError(f"a pair of outputs must be neighbours, like 3-4, got {span!r} in {text!r}")
            buses[name] = (first, last) if found[2] else (first,)
        if "main" not in buses:
            raise ValueError(_refusal(text))
        return cls(**buses)

    def __str__(self) -> str:
        """As `parse` reads it."""
        buses = ((name, getattr(self, name)) for name in BUSES)
        return ",".join(f"{name}={'-'.join(map(str, outputs))}" for name, outputs in buses if outputs)

    @property
    def n_channels(self) -> int:
        """As many as the card must have."""
        return max(self.main + self.cue)

    @property
    def is_plain(self) -> bool:
        """The main bus is just what the card plays."""
        return self == Outputs()

    def route(self, main: Floats, cue: Floats | None, block: Floats) -> None:
        """Fill block, [samples, n_channels], from the buses, [samples, 2] each; cue None: silence. Audio thread."""
        block.fill(0.0)
        for bus, outputs in ((main, self.main), (cue, self.cue)):
            if bus is None:
                continue
            if len(outputs) == 1:
                mono = block[:, outputs[0] - 1]
                np.add(bus[:, 0], bus[:, 1], out=mono)
                mono *= np.float32(0.5)
            for channel, output in enumerate(outputs if len(outputs) == 2 else ()):
                block[:, output - 1] = bus[:, channel]


def _refusal(text: str) -> str:
    form = "main=1-2,cue=3-4 (a pair, or one output for mono; cue may be left out)"
    return f"outputs must look like {form}, got {text!r}"
