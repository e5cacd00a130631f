"""One controller by its map, without ports: messages in move parameters, parameters move its LEDs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import mido

from instrument.midi.control_map import Control, Map
from instrument.midi.messages import TOP, Assembler, Kind, Move, encode, n_steps
from instrument.midi.takeover import Takeover
from instrument.params import ParamError, Params, Value

SOURCE = "midi"
FEEDBACK_INTERVAL_S = 1 / 30
REST_S = 0.3  # a ring or motor that a hand has just moved is left alone for so long
ECHO_S = (
    0.1  # within it, what comes back exactly as it was sent is a cable in a circle, or a device that echoes
)

_log = logging.getLogger(__name__)


@dataclass
class Counters:
    """What came since the start.

    received: messages. malformed: those that are no MIDI. echoes: those that were ours. ignored: those that
    move nothing, or are a part of what does. waiting: moves of a knob that has yet to cross its value.
    accepted: moves that a parameter took.
    """

    received: int = 0
    malformed: int = 0
    echoes: int = 0
    ignored: int = 0
    waiting: int = 0
    accepted: int = 0


@dataclass(frozen=True)
class Ghost:
    """A knob that waits to cross its value. value: where it stands, in units; target: where the parameter does."""

    address: str
    control: str
    value: Value
    target: Value


class _Hand:
    """A control, and what is known of it now.

    own: the value that it has set itself. raw: what it said last. sent: what its LED was told, or shows by itself.
    """

    def __init__(self, control: Control) -> None:
        self.control = control
        self.takeover = Takeover()
        self.own: Value | None = None
        self.raw: int | None = None
        self.is_down = False
        self.channel = control.source.channel or 0
        self.moved_at = -REST_S
        self.sent: int | None = None
        self.sent_at = -FEEDBACK_INTERVAL_S


class Controller:
    """The state of one controller. One thread, but for `ghosts`, which any may call.

    A value that something else has moved since is crossed anew: it is compared with what the control had set
    itself, so it doesn't matter who moved it, or how.
    """

    def __init__(self, params: Params, one: Map, clock: Callable[[], float] = time.monotonic) -> None:
        self.counters = Counters()
        self._params = params
        self._clock = clock
        self._assembler = Assembler()
        self._hands: tuple[_Hand, ...] = ()
        self._by_source: dict[tuple[Kind, int | None], list[_Hand]] = {}
        self._by_address: dict[str, list[_Hand]] = {}
        self._due: dict[_Hand, None] = {}
        self._echoes: dict[tuple[int, int], tuple[bytes, float]] = {}
        self.use(one)

    def use(self, one: Map) -> None:
        """Go on with another map. Controls that are the same in both keep what is known of them."""
        known = {hand.control: hand for hand in self._hands}
        self._hands = tuple(known.get(control) or _Hand(control) for control in one.controls)
        self._by_source, self._by_address = {}, {}
        for hand in self._hands:
            source = hand.control.source
            self._by_source.setdefault((source.kind, source.number), []).append(hand)
            if hand.control.has_feedback:
                self._by_address.setdefault(hand.control.address, []).append(hand)
        self._due = {hand: None for hands in self._by_address.values() for hand in hands}

    # In

    def receive(self, messages: Iterable[Sequence[int]]) -> None:
        """Do what messages say, in order; of a control's positions only the last counts. It always returns."""
        self.act(self.moves(messages))

    def moves(self, messages: Iterable[Sequence[int]], is_learning: bool = False) -> list[Move]:
        """What the controls did, by these messages, for `act`; for a learner, those of no meaning too."""
        moves: list[Move] = []
        for data in messages:
            self.counters.received += 1
            try:
                message = mido.Message.from_bytes(data)
            except (ValueError, TypeError, IndexError):
                self.counters.malformed += 1
                continue
            if self._is_echo(bytes(data)):
                self.counters.echoes += 1
                continue
            found = [move for move in self._assembler.take(message) if is_learning or self._hands_of(move)]
            self.counters.ignored += not found
            moves += found
        return moves

    @property
    def is_waiting(self) -> bool:
        """Whether half of a pair waits for its other half; `rest` ends that."""
        return self._assembler.is_waiting

    def rest(self) -> None:
        """Nothing has come for a while."""
        self.act(self._assembler.rest())

    def act(self, moves: Iterable[Move]) -> None:
        """Move parameters."""
        moves = list(moves)
        latest = {(move.kind, move.number, move.channel): index for index, move in enumerate(moves)}
        now = self._clock()
        for index, move in enumerate(moves):
            is_latest = latest[move.kind, move.number, move.channel] == index
            for hand in self._hands_of(move):
                try:
                    self._act(hand, move, now, is_latest)
                except ParamError as error:
                    self.counters.ignored += 1
                    _log.warning("MIDI %s: %s", hand.control.text, error)

    def _hands_of(self, move: Move) -> list[_Hand]:
        numbers = (move.number, None) if move.kind == "program" else (move.number,)
        hands = [hand for number in numbers for hand in self._by_source.get((move.kind, number), ())]
        return [hand for hand in hands if hand.control.source.channel in (None, move.channel)]

    def _act(self, hand: _Hand, move: Move, now: float, is_latest: bool) -> None:
        control = hand.control
        hand.channel = move.channel
        is_pressed = self._pressed(hand, move) if not control.is_continuous else None
        match control.mode:
            case "absolute":
                self._place(hand, move.raw, now, is_latest)
            case "relative":
                self._turn(hand, move.raw, now)
            case "momentary" if is_pressed is False:
                # Unless another hand has moved it meanwhile: two pads that hold the same, the later one wins.
                if hand.own is None or self._params.get(control.address) == hand.own:
                    self._set(hand, control.off)
                hand.own = None
            case _ if is_pressed is not True:
                self.counters.ignored += 1
            case "toggle":
                is_on = self._params.get(control.address) == control.value
                self._set(hand, control.off if is_on else control.value)
            case "step":
                self._set(hand, control.stepped(self._params.get(control.address)))
            case _ if control.names:
                if move.raw < len(control.names):
                    self._set(hand, control.names[move.raw])
            case _:
                self._set(hand, 1 if control.value is None else control.value)

    def _pressed(self, hand: _Hand, move: Move) -> bool | None:
        """True when it was pressed, False when released, None when neither.

        A button that only ever tells of presses repeats itself; a knob, which is pressed from its middle on, never.
        """
        before, was_down = hand.raw, hand.is_down
        hand.raw = move.raw
        if move.kind in ("note", "program"):
            hand.is_down = move.kind == "note" and move.raw > 0
            return hand.is_down or move.kind == "program"
        hand.is_down = 2 * move.raw > TOP[move.kind]
        if hand.is_down:
            return True if not was_down or before == move.raw else None
        return False if was_down or before is None else None

    def _place(self, hand: _Hand, raw: int, now: float, is_latest: bool) -> None:
        control = hand.control
        value = self._params.get(control.address)
        if hand.own != value:
            hand.takeover.release()
        asked = control.value_at(raw)
        target = float(raw) if asked == value else control.place_of(value)
        hand.moved_at, hand.sent = now, raw
        if not hand.takeover.take(raw, target) and control.takeover == "crossing":
            self.counters.waiting += 1
            self._tell(hand)
        elif raw == round(target) or not is_latest:  # it stands where the value does: not even to be rounded
            hand.own = value
            self.counters.accepted += 1
        else:
            self._set(hand, asked)

    def _turn(self, hand: _Hand, raw: int, now: float) -> None:
        control = hand.control
        if control.encoder is not None:
            steps: float = n_steps(control.encoder, raw)
        else:
            steps = 0.0 if hand.raw is None else (raw - hand.raw) * 127 / control.top
        hand.raw, hand.moved_at = raw, now
        if not steps:
            self.counters.ignored += 1
            return
        self._set(hand, control.moved(self._params.get(control.address), steps))

    def _set(self, hand: _Hand, value: Value | None) -> None:
        hand.own = self._params.set(hand.control.address, value, SOURCE).value
        self.counters.accepted += 1

    # Out

    @property
    def shown(self) -> frozenset[str]:
        """The addresses that LEDs, rings or motors show."""
        return frozenset(self._by_address)

    def changed(self, address: str) -> None:
        """A parameter has another value: LEDs that show it are told when they may be."""
        for hand in self._by_address.get(address, ()):
            self._tell(hand)

    def tell_all(self) -> None:
        """Nobody knows what the LEDs show: they are all told anew."""
        for hands in self._by_address.values():
            for hand in hands:
                hand.sent = None
                self._tell(hand)

    def _tell(self, hand: _Hand) -> None:
        if hand.control.has_feedback:
            self._due[hand] = None

    def feedback(self) -> tuple[list[bytes], float | None]:
        """The messages that are due to LEDs, rings and motors now, and the seconds until more will be, or None.

        One message a control in 33 ms; none to one with positions for 0.3 s after it was moved; none that
        says what was said before.
        """
        now = self._clock()
        messages: list[bytes] = []
        waits: list[float] = []
        for hand in tuple(self._due):
            control = hand.control
            at = hand.sent_at + FEEDBACK_INTERVAL_S
            if control.is_continuous:
                at = max(at, hand.moved_at + REST_S)
            if at > now:
                waits.append(at - now)
                continue
            del self._due[hand]
            shown = control.shown(self._params.get(control.address))
            if shown == hand.sent:
                continue
            hand.sent, hand.sent_at = shown, now
            source = control.source
            sent = encode(source.kind, source.number, hand.channel, shown)
            self._echoes.update((control_of(data), (data, now + ECHO_S)) for data in sent)
            messages += sent
        return messages, min(waits) if waits else None

    def _is_echo(self, data: bytes) -> bool:
        sent, until = self._echoes.pop(control_of(data), (b"", 0.0))
        return sent == data and self._clock() < until

    # For who looks on

    def ghosts(self) -> list[Ghost]:
        """The knobs that stand elsewhere than their values, and wait to cross them."""
        ghosts: list[Ghost] = []
        for hand in self._hands:
            control, place = hand.control, hand.takeover.place
            if control.mode != "absolute" or control.takeover != "crossing" or place is None:
                continue
            target = self._params.get(control.address)
            if not hand.takeover.has_hold or hand.own != target:
                ghosts.append(Ghost(control.address, control.text, control.value_at(place), target))
        return ghosts


def control_of(data: Sequence[int]) -> tuple[int, int]:
    """Which control a message is of, whatever it says; a note's end is of its note."""
    status = data[0] | 0x10 if data[0] & 0xF0 == 0x80 else data[0]
    return status, data[1] if len(data) > 1 else 0
