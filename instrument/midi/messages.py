"""MIDI messages to moves of controls: 14-bit pairs and NRPN put together, encoders' steps read; and back, for LEDs.

The words are mido's: channel (0..15), control, value, note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["cc", "cc14", "nrpn", "note", "bend", "program"]
Encoder = Literal["twos_complement", "binary_offset", "sign_bit"]

TOP: dict[Kind, int] = {"cc": 127, "cc14": 16383, "nrpn": 16383, "note": 127, "bend": 16383, "program": 127}
FIRST_MODE_MESSAGE = 120  # controls from here on speak of the channel, not of a knob
DATA, DATA_LSB = 6, 38
NRPN_LSB, NRPN_MSB, RPN_LSB, RPN_MSB = 98, 99, 100, 101


@dataclass(frozen=True)
class Source:
    """Which messages belong to a control. number: None for a pitch bend, or any program; channel: None for any."""

    kind: Kind
    number: int | None
    channel: int | None

    def covers(self, other: Source) -> bool:
        """Whether all messages of `other` are of this one too."""
        is_same = (self.kind, self.number) == (other.kind, other.number)
        return is_same and self.channel in (None, other.channel)

    @property
    def text(self) -> str:
        """As a performer says it: channels and programs count from 1."""
        name = {"cc14": "14-bit cc", "bend": "pitch bend", "nrpn": "NRPN"}.get(self.kind, self.kind)
        if self.number is None:
            number = " change" if self.kind == "program" else ""
        else:
            number = f" {self.number + (self.kind == 'program')}"
        channel = f", channel {self.channel + 1}" if self.channel is not None else ""
        return name + number + channel


@dataclass(frozen=True)
class Move:
    """A control came to stand at `raw`, 0..TOP[kind]; of a note the velocity, 0 when released; of a program its number.

    is_fine: of a pair, whether its lower half came too.
    """

    kind: Kind
    number: int | None
    channel: int
    raw: int
    is_fine: bool = False


def n_steps(encoder: Encoder, value: int) -> int:
    """How many steps an endless encoder turned, up or down, as it says in one value 0..127.

    The one step down that has no counterpart up means nothing: 64 in two's complement, 0 in binary offset.
    """
    if encoder == "sign_bit":
        return value if value < 64 else 64 - value
    steps = value - 64 if encoder == "binary_offset" else (value + 64) % 128 - 64
    return 0 if steps == -64 else steps


class Assembler:
    """One port's messages to moves. One thread.

    A 14-bit pair is a move of its own beside that of its upper half: who maps `cc` never sees the lower. The
    lower half follows the upper; if it doesn't, it is 0, which is known at the next message or by `rest`.
    """

    def __init__(self) -> None:
        self._upper: dict[tuple[int, int], int] = {}  # by channel and control
        self._open: tuple[Kind, int, int, int] | None = None  # kind, number, channel, upper half
        self._selected: dict[int, dict[int, int]] = {}  # by channel: the control that selects -> its value
        self._is_registered: dict[int, bool] = {}

    def take(self, message: Any) -> Iterator[Move]:
        """The moves that a mido.Message makes; none for what is no control."""
        if message.type == "control_change" and message.control < FIRST_MODE_MESSAGE:
            yield from self._control(message.channel, message.control, message.value)
            return
        yield from self.rest()
        match message.type:
            case "note_on" | "note_off":
                velocity = message.velocity if message.type == "note_on" else 0
                yield Move("note", message.note, message.channel, velocity)
            case "pitchwheel":
                yield Move("bend", None, message.channel, message.pitch + 8192)
            case "program_change":
                yield Move("program", message.program, message.channel, message.program)

    def rest(self) -> Iterator[Move]:
        """No lower half comes any more: what waits for it has 0."""
        if self._open is not None:
            kind, number, channel, upper = self._open
            self._open = None
            yield Move(kind, number, channel, upper << 7)

    @property
    def is_waiting(self) -> bool:
        """Whether `rest` would bring a move."""
        return self._open is not None

    def _control(self, channel: int, control: int, value: int) -> Iterator[Move]:
        if control in (NRPN_LSB, NRPN_MSB, RPN_LSB, RPN_MSB):
            yield from self.rest()
            self._selected.setdefault(channel, {})[control] = value
            self._is_registered[channel] = control in (RPN_LSB, RPN_MSB)
            self._upper.pop((channel, DATA), None)
            return
        kind: Kind = "cc14"
        number, is_upper = control % 32, control < 32
        if control in (DATA, DATA_LSB) and (selected := self._parameter(channel)) is not None:
            kind, number = "nrpn", selected
        if is_upper or self._open is None or self._open[:3] != (kind, number, channel):
            yield from self.rest()
        if number < 0:  # a registered parameter, such as the range of the pitch bend, is no knob
            return
        if kind == "cc14":
            yield Move("cc", control, channel, value)
        if control >= 64:
            return
        if is_upper:
            self._upper[channel, control] = value
            self._open = (kind, number, channel, value)
            return
        self._open = None
        if (upper := self._upper.get((channel, control - 32))) is not None:
            yield Move(kind, number, channel, upper << 7 | value, is_fine=True)

    def _parameter(self, channel: int) -> int | None:
        """What data entry on this channel is for: an NRPN's number, -1 for a registered one, None for nothing."""
        selected = self._selected.get(channel, {})
        lsb, msb = (RPN_LSB, RPN_MSB) if self._is_registered.get(channel, False) else (NRPN_LSB, NRPN_MSB)
        if lsb not in selected or msb not in selected or selected[lsb] == selected[msb] == 127:
            return None
        return -1 if lsb == RPN_LSB else selected[msb] << 7 | selected[lsb]


def encode(kind: Kind, number: int | None, channel: int, raw: int) -> list[bytes]:
    """The messages that put a control's LED, ring or motor at `raw`; the same that the control itself would send."""
    at = number or 0
    change = 0xB0 | channel
    match kind:
        case "cc":
            return [bytes([change, at, raw])]
        case "note":
            return [bytes([0x90 | channel, at, raw])]
        case "cc14":
            return [bytes([change, at, raw >> 7]), bytes([change, at + 32, raw & 127])]
        case "nrpn":
            pairs = ((NRPN_MSB, at >> 7), (NRPN_LSB, at & 127), (DATA, raw >> 7), (DATA_LSB, raw & 127))
            return [bytes([change, control, value]) for control, value in pairs]
        case "bend":
            return [bytes([0xE0 | channel, raw & 127, raw >> 7])]
        case "program":
            return [bytes([0xC0 | channel, raw])]
