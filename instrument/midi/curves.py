"""From the step at which a control stands to a share 0..1 of a range, and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_REST = 0.04  # to each side of the middle: five steps of 127, what a hand finds without looking
_BEND = math.log(64.0)


def position(raw: int, top: int) -> float:
    """Where a control stands, 0..1, of the steps 0..`top`; the middle one (64, 8192) is 0.5, as everywhere in MIDI.

    So a knob finds the 0 that lies in the middle of a range.
    """
    half = (top + 1) // 2
    return raw / (2 * half) if raw < half else 0.5 + (raw - half) / (2 * (top - half))


def place(at: float, top: int) -> float:
    """The step, not rounded, of a position 0..1: the inverse of `position`."""
    half = (top + 1) // 2
    return at * 2 * half if at < 0.5 else half + (at - 0.5) * 2 * (top - half)


@dataclass(frozen=True)
class Curve:
    """A rising way through a range. share: of the range, 0..1, at a position 0..1; at: the inverse. doc: what for."""

    share: Callable[[float], float]
    at: Callable[[float], float]
    doc: str


def _centred(at: float) -> float:
    aside = abs(at - 0.5)
    return 0.5 if aside <= _REST else 0.5 + math.copysign((aside - _REST) / (1 - 2 * _REST), at - 0.5)


def _centred_at(share: float) -> float:
    aside = abs(share - 0.5)
    return 0.5 if aside == 0 else 0.5 + math.copysign(aside * (1 - 2 * _REST) + _REST, share - 0.5)


CURVES = {
    "linear": Curve(lambda at: at, lambda share: share, "even"),
    "exponential": Curve(
        lambda at: math.expm1(_BEND * at) / math.expm1(_BEND),
        lambda share: math.log1p(share * math.expm1(_BEND)) / _BEND,
        "fine at the low end: the middle is a ninth of the range",
    ),
    "fader": Curve(
        lambda at: 1 - (1 - at) ** 2,
        lambda share: 1 - math.sqrt(1 - share),
        "for levels in dB: fine at the top, -70..6 dB has its 0 dB at 72 %",
    ),
    "centred": Curve(_centred, _centred_at, "for a filter: rests in the middle for 4 % to each side"),
}
