"""MIDI learn: which control a performer means, out of everything that comes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from instrument.midi.messages import TOP, Encoder, Kind, Move, Source
from instrument.params import ADDRESSES, Value

N_STEPS = 3  # less is a knob that trembles
_ENCODERS: tuple[tuple[Encoder, frozenset[int]], ...] = (
    ("twos_complement", frozenset((*range(1, 8), *range(121, 128)))),
    ("binary_offset", frozenset((*range(57, 64), *range(65, 72)))),
    ("sign_bit", frozenset((*range(1, 8), *range(65, 72)))),
)


@dataclass(frozen=True)
class Found:
    """The control that was moved. encoder: how it counts, where it looks like one without ends."""

    source: Source
    encoder: Encoder | None = None


@dataclass
class _Trace:
    """What one control has sent so far."""

    values: list[int] = field(default_factory=list)
    n_repeats: int = 0
    has_wrapped: bool = False


class Learner:
    """Waits for the control that is to set `address`: the first that is pressed, or moves three steps.

    A knob that stands still sends nothing, one that is turned never the same value twice: what repeats itself is
    an encoder without ends (or, for a parameter that is only pressed, a pedal). One thread.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        spec = ADDRESSES[address][0]
        self._is_pressed = spec.kind not in ("float", "int", "enum") or (spec.kind, spec.high) == ("int", 1)
        self._traces: dict[tuple[str, Kind, int | None, int], _Trace] = {}
        self._pairs: set[tuple[str, int, int]] = set()

    def take(self, port: str, move: Move) -> Found | None:
        """The control, with the move by which it is known; None until then. port: where the move came from."""
        source = Source(move.kind, move.number, move.channel)
        if move.kind == "program":
            return Found(source)
        if move.kind == "note":
            return Found(source) if move.raw else None
        if move.kind == "cc14":
            if not move.is_fine:
                return None
            self._pairs.add((port, move.channel, move.number or 0))
        elif move.kind == "cc" and self._is_of_a_pair(port, move):
            return None
        trace = self._traces.setdefault((port, move.kind, move.number, move.channel), _Trace())
        values = trace.values
        if values:
            trace.n_repeats += values[-1] == move.raw
            trace.has_wrapped |= abs(values[-1] - move.raw) > 64 and 0 not in (values[-1], move.raw)
        values.append(move.raw)
        step = TOP[move.kind] / 127
        has_moved = abs(move.raw - values[0]) >= N_STEPS * step
        if not has_moved and trace.n_repeats < N_STEPS - 1:
            return None
        return Found(source, self._encoder(trace) if move.kind == "cc" else None)

    def _is_of_a_pair(self, port: str, move: Move) -> bool:
        number = move.number or 0
        return number < 64 and (port, move.channel, number % 32) in self._pairs

    def _encoder(self, trace: _Trace) -> Encoder | None:
        if self._is_pressed or not (trace.n_repeats or trace.has_wrapped):
            return None
        return next((name for name, values in _ENCODERS if values.issuperset(trace.values)), None)


def entry(found: Found, address: str, now: Value, encoder: Encoder | None) -> dict[str, Any]:
    """What a map says of the control that was found. now: the value of the parameter, which a note will bring back.

    encoder: how the map that is in use reads this control.
    """
    source = found.source
    spec = ADDRESSES[address][0]
    if source.kind == "program":
        made: dict[str, Any] = {"program": (source.number or 0) + 1}
    else:
        made = {source.kind: True if source.kind == "bend" else source.number}
    made |= {"channel": (source.channel or 0) + 1, "address": address}
    if (encoder or found.encoder) and spec.kind in ("float", "int", "enum"):
        made["encoder"] = encoder or found.encoder
    is_press = source.kind in ("note", "program") or spec.kind == "text"
    is_switch = (spec.kind, spec.high) == ("int", 1) and source.kind != "program"
    if is_press and spec.has_value and not is_switch:
        made["value"] = spec.choices[int(now)] if spec.kind == "enum" else now
    return made
