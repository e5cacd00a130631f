"""Open Sound Control: parameters in by UDP, changes and news out to subscribers.

`parse`, `expand` and `OscSession` are the protocol, without socket or thread; `OscServer` gives them both.
What may arrive here is anything at all: it must cost little, change nothing it should not, and never raise.
"""

import contextlib
import errno
import heapq
import itertools
import logging
import secrets
import select
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from functools import lru_cache, partial

from pythonosc.osc_message_builder import OscMessageBuilder

from instrument.params import ADDRESSES, DECKS, ROOT, Change, ParamError, Params, Spec, Value

Arg = bool | int | float | str
Peer = tuple[str, int]
Command = Callable[[tuple[object, ...]], None]

DEFAULT_PORT = 7400
DATAGRAM_LIMIT = 8192  # bytes
BUNDLE_DEPTH = 4
ARGUMENT_LIMIT = 256
HOLD_S = 10.0
HELD_LIMIT = 256  # messages
PATTERN_LIMIT = 128  # characters
WILDCARD_LIMIT = 16
PATTERNS_PER_DATAGRAM = 16
ECHO_INTERVAL_S = 1 / 30
REST_S = 0.1
LEASE_S = 30.0
SUBSCRIBER_LIMIT = 8
SNAPSHOT_INTERVAL_S = 1.0
CHALLENGE_S = 5.0
CHALLENGE_TRIES = 3
ERRORS_PER_S = 30
OUTBOX_LIMIT = 1024  # messages from other threads
RECEIVE_BUFFER = 4 << 20  # bytes

# What the instrument itself says. Never answered, or two instruments could talk to each other for ever.
_OUTGOING = {f"{ROOT}/{name}" for name in ("beat", "error", "pong", "synced", "token")} | {
    f"{ROOT}/{deck}/{name}" for deck in DECKS for name in ("next", "loop")
}

_log = logging.getLogger(__name__)


class OscError(ValueError):
    """A datagram or message that was refused.

    code: `malformed`, `bad_type`, `bad_value`, `too_long`, `too_deep`, `too_far`, `too_many` or
    `unknown_address`.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Message:
    """One message. time: seconds since 1970 at which it is meant to act, 0 for at once."""

    address: str
    args: tuple[object, ...]
    time: float = 0.0


def parse(datagram: bytes) -> list[Message]:
    """All messages of a datagram, bundles unfolded. One bad byte refuses the whole. Raises OscError."""
    if len(datagram) > DATAGRAM_LIMIT:
        raise OscError(
            "too_long", f"a datagram must have at most {DATAGRAM_LIMIT} bytes, got {len(datagram)}"
        )
    messages: list[Message] = []
    _unfold(datagram, 0.0, 0, messages)
    return messages


def encode(address: str, args: Sequence[Arg]) -> bytes:
    """The datagram of one message with flat arguments; true and false go as ints, as Pd wants them."""
    builder = OscMessageBuilder(address)
    for arg in args:
        if not isinstance(arg, int | float | str):
            raise TypeError(f"{address} takes numbers and strings, got {type(arg).__name__}")
        builder.add_arg(int(arg) if isinstance(arg, bool) else arg)
    return bytes(builder.build().dgram)


def _unfold(data: bytes, at: float, depth: int, messages: list[Message]) -> None:
    if not data.startswith(b"#bundle\0"):
        messages.append(_message(data, at))
        return
    if depth == BUNDLE_DEPTH:
        raise OscError("too_deep", f"bundles must be nested at most {BUNDLE_DEPTH} deep")
    if len(data) < 16:
        raise OscError("malformed", f"a bundle must have at least 16 bytes, got {len(data)}")
    timetag = int.from_bytes(data[8:16])
    if timetag > 1:  # 0 and 1: at once
        at = max(at, timetag / 2**32 - 2_208_988_800)  # NTP counts from 1900
    index = 16
    while index < len(data):
        size = int.from_bytes(data[index : index + 4])
        element = data[index + 4 : index + 4 + size]
        if size == 0 or size % 4 or len(element) != size:
            raise OscError("malformed", f"a bundle's element has {len(element)} bytes, it says {size}")
        _unfold(element, at, depth + 1, messages)
        index += 4 + size


def _message(data: bytes, at: float) -> Message:
    # Not python-osc's parser: it reads zeros where a message is cut off, and logs every type that it doesn't know.
    if not data.startswith(b"/") or len(data) % 4:
        raise OscError("malformed", "a message must start with / and have a multiple of 4 bytes")
    args: list[object] = []
    try:
        address, index = _string(data, 0)
        tags = ","
        if index < len(data):
            tags, index = _string(data, index)
        if not tags.startswith(","):
            raise OscError("malformed", "type tags must start with a comma")
        if len(tags) > 1 + ARGUMENT_LIMIT:
            raise OscError("too_many", f"a message must have at most {ARGUMENT_LIMIT} arguments")
        for tag in tags[1:]:
            if tag in _NUMBERS:
                form = _NUMBERS[tag]
                args.extend(form.unpack_from(data, index))
                index += form.size
            elif tag in "sS":
                text, index = _string(data, index)
                args.append(text)
            elif tag in "TFI":  # I is a bang: it happens, as true does
                args.append(tag != "F")
            else:
                raise OscError(
                    "bad_type", f"arguments must be numbers or strings (ifhdsSTFI), got type {tag!a}"
                )
    except struct.error:
        raise OscError("malformed", f"arguments must be complete, got {len(data)} bytes") from None
    except UnicodeDecodeError:
        raise OscError("malformed", "text must be UTF-8") from None
    if index != len(data):
        raise OscError("malformed", f"arguments must end where the message does, at {len(data)}, got {index}")
    return Message(address, tuple(args), at)


_NUMBERS = {tag: struct.Struct(f">{form}") for tag, form in zip("ifhd", "ifqd", strict=True)}


def _string(data: bytes, start: int) -> tuple[str, int]:
    """The string at `start`, closed by 1 to 4 zeros, and the index after it."""
    end = data.find(b"\0", start)
    past = (end // 4 + 1) * 4
    if end < 0 or past > len(data) or data.count(b"\0", end, past) != past - end:
        raise OscError(
            "malformed", f"the string at byte {start} must be closed with zeros to a multiple of 4 bytes"
        )
    return data[start:end].decode(), past


@lru_cache(maxsize=256)
def expand(pattern: str) -> tuple[str, ...]:
    """The parameters' addresses that an OSC pattern means: * ? [a-z] [!a-z] {one,two}, none across a /.

    Bounded: a set of positions moves along each part once, no pattern can make it go back. Raises OscError.
    """
    if len(pattern) > PATTERN_LIMIT:
        raise OscError(
            "too_long", f"a pattern must have at most {PATTERN_LIMIT} characters, got {len(pattern)}"
        )
    parts = [_tokens(part) for part in pattern.split("/")]
    if sum(isinstance(token, _Wild) for part in parts for token in part) > WILDCARD_LIMIT:
        raise OscError("too_many", f"a pattern must have at most {WILDCARD_LIMIT} wildcards")
    branches: list[tuple[str, _Tree]] = [("", _TREE)]
    for index, tokens in enumerate(parts):
        branches = [
            (f"{path}/{name}" if index else name, below)
            for path, tree in branches
            for name, below in tree.items()
            if _matches(tokens, name)
        ]
    return tuple(path for path, tree in branches if path in ADDRESSES and not tree)


class _Tree(dict[str, "_Tree"]):
    """Names and what lies below them."""


def _tree() -> _Tree:
    root = _Tree()
    for address in ADDRESSES:
        branch = root
        for name in address.split("/"):
            branch = branch.setdefault(name, _Tree())
    return root


_TREE = _tree()


@dataclass(frozen=True)
class _Wild:
    """Any run of characters, one character in (or, negated, outside) `spans`, or one of `words`."""

    run: bool = False
    spans: tuple[tuple[str, str], ...] = ()
    negated: bool = False
    words: tuple[str, ...] = ()


_RUN = _Wild(run=True)
_ANY = _Wild(negated=True)
_Token = _Wild | str


def _tokens(part: str) -> list[_Token]:
    tokens: list[_Token] = []
    index = 0
    while index < len(part):
        character = part[index]
        closing = {"[": "]", "{": "}"}.get(character)
        end = part.find(closing, index) if closing else index
        if end < 0:
            raise OscError("malformed", f"a pattern's {character} must be closed by {closing}")
        inner = part[index + 1 : end]
        if character == "*":
            if not tokens or tokens[-1] is not _RUN:
                tokens.append(_RUN)
        elif character == "?":
            tokens.append(_ANY)
        elif character == "[":
            negated = inner.startswith("!")
            tokens.append(_Wild(spans=_spans(inner[negated:]), negated=negated))
        elif character == "{":
            tokens.append(_Wild(words=tuple(inner.split(","))))
        elif tokens and isinstance(tokens[-1], str):
            tokens[-1] += character
        else:
            tokens.append(character)
        index = end + 1
    return tokens


def _spans(inner: str) -> tuple[tuple[str, str], ...]:
    spans = []
    index = 0
    while index < len(inner):
        if inner[index + 1 : index + 2] == "-" and index + 2 < len(inner):
            spans.append((inner[index], inner[index + 2]))
            index += 3
        else:
            spans.append((inner[index], inner[index]))
            index += 1
    return tuple(spans)


def _matches(tokens: list[_Token], name: str) -> bool:
    positions = {0}
    for token in tokens:
        if isinstance(token, str):
            positions = {at + len(token) for at in positions if name.startswith(token, at)}
        elif token.run:
            positions = set(range(min(positions), len(name) + 1))
        elif token.words:
            positions = {
                at + len(word) for at in positions for word in token.words if name.startswith(word, at)
            }
        else:
            positions = {
                at + 1
                for at in positions
                if at < len(name)
                and any(low <= name[at] <= high for low, high in token.spans) != token.negated
            }
        if not positions:
            return False
    return len(name) in positions


@dataclass
class Counters:
    """What came and what became of it, since the start.

    received: datagrams. refused: datagrams or messages that were errors. errors: faults of our own.
    dropped: replies that could not be sent. withheld: replies too large for a peer that has not shown that it
    is there, and errors beyond 30 a second.
    """

    received: int = 0
    refused: int = 0
    errors: int = 0
    dropped: int = 0
    withheld: int = 0


@dataclass
class Subscriber:
    """One surface, listening at `reply` and sending from `source`. due: when each address is told next."""

    reply: Peer
    source: Peer
    expires: float
    snapshot_at: float
    snapshot_asked: bool = False
    due: dict[str, float] = field(default_factory=dict)
    resting: set[str] = field(default_factory=set)
    news: dict[str, tuple[Arg, ...]] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)

    def is_at(self, peer: Peer) -> bool:
        return peer in (self.reply, self.source)

    def echo(self, address: str, now: float) -> None:
        """Tell `address` as soon as the rate allows."""
        self.resting.discard(address)
        self.due[address] = max(now, self.sent.get(address, 0.0) + ECHO_INTERVAL_S)

    def confirm(self, address: str, now: float) -> None:
        """Tell `address`, which this surface has just set, once its gesture has rested."""
        if address not in self.due or address in self.resting:
            self.resting.add(address)
            self.due[address] = now + REST_S


@dataclass
class _Challenge:
    """A peer beyond loopback that asked to subscribe and has yet to show that it hears us."""

    reply: Peer
    token: int
    expires: float
    tries: int = CHALLENGE_TRIES


@dataclass
class _Request:
    """One datagram being answered.

    room: bytes that may still go to a peer who may not be where it says. patterns: how many may still come.
    """

    peer: Peer
    trusted: bool
    room: int
    patterns: int = PATTERNS_PER_DATAGRAM


class OscSession:
    """The protocol: datagrams in, `transmit(datagram, peer)` out. One thread; call `flush` when it says so.

    status: gives the flat values that answer /ladmg/status. commands: what is done at other addresses, with a
    message's arguments; they return soon, and raise ParamError. own: our address, never enrolled. clock counts
    seconds evenly, wall is the time of day that timetags mean.
    """

    def __init__(
        self,
        params: Params,
        transmit: Callable[[bytes, Peer], None],
        status: Callable[[], Mapping[str, Arg]] = dict,
        own: Peer = ("", 0),
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        commands: Mapping[str, Command] | None = None,
    ) -> None:
        self.counters = Counters()
        self.subscribers: dict[Peer, Subscriber] = {}
        self._params = params
        self._transmit = transmit
        self._status_now = status
        self._own = own
        self._clock = clock
        self._wall = wall
        self._challenges: dict[Peer, _Challenge] = {}
        self._held: list[tuple[float, int, Message, _Request]] = []
        self._order = itertools.count()
        self._errors_left = float(ERRORS_PER_S)
        self._errors_at = clock()
        self._commands: dict[str, Callable[[_Request, tuple[object, ...]], None]] = {
            f"{ROOT}/subscribe": self._subscribe,
            f"{ROOT}/confirm": self._confirm,
            f"{ROOT}/unsubscribe": self._unsubscribe,
            f"{ROOT}/ping": self._ping,
            f"{ROOT}/sync": self._sync,
            f"{ROOT}/get": self._get,
            f"{ROOT}/status": self._status,
            f"{ROOT}/describe": self._describe,
        }
        self._commands |= {address: partial(_do, command) for address, command in (commands or {}).items()}

    def receive(self, datagram: bytes, peer: Peer) -> None:
        """Do what a datagram says. Whatever it is, this returns."""
        self.counters.received += 1
        request = _Request(peer, _is_loopback(peer) or self._subscriber(peer) is not None, len(datagram))
        try:
            messages = parse(datagram)
        except OscError as error:
            # Not answered to the sender: what isn't OSC has no sender that could read it.
            self._complain("", error.code, str(error))
            return
        for message in messages:
            self._guarded(message, request)

    def changed(self, change: Change) -> None:
        """Echo a changed value to every subscriber but the one who sent it."""
        if not change.spec.has_value:
            return
        now = self._clock()
        for subscriber in self.subscribers.values():
            if change.source not in (_name(subscriber.reply), _name(subscriber.source)):
                subscriber.echo(change.address, now)

    def broadcast(self, address: str, args: tuple[Arg, ...]) -> None:
        """Tell every subscriber what is no parameter: at most 30 times a second, the latest wins."""
        now = self._clock()
        for subscriber in self.subscribers.values():
            subscriber.news[address] = args
            subscriber.echo(address, now)

    def error(self, address: str, code: str, text: str) -> None:
        """Tell every subscriber of an error that no message caused; a flood of wrong messages can't hide it."""
        for subscriber in self.subscribers.values():
            self._send(subscriber.reply, f"{ROOT}/error", address, code, text)

    def flush(self) -> float | None:
        """Send and do what is due. Returns the seconds until something will be, None if nothing waits."""
        now = self._clock()
        while self._held and self._held[0][0] <= now:
            _, _, message, request = heapq.heappop(self._held)
            self._guarded(message, request)
        for subscriber in [one for one in self.subscribers.values() if one.expires <= now]:
            del self.subscribers[subscriber.reply]
            _log.info("OSC subscriber %s is gone: not renewed for %g s", _name(subscriber.reply), LEASE_S)
        for challenge in [one for one in self._challenges.values() if one.expires <= now]:
            del self._challenges[challenge.reply]
        moments = [self._held[0][0]] if self._held else []
        for subscriber in self.subscribers.values():
            if subscriber.snapshot_asked and subscriber.snapshot_at <= now:
                self._snapshot(subscriber, now)
            for address in [address for address, due in subscriber.due.items() if due <= now]:
                self._tell(subscriber, address, now)
            moments += [subscriber.expires, *subscriber.due.values()]
            moments += [subscriber.snapshot_at] if subscriber.snapshot_asked else []
        return max(0.0, min(moments) - now) if moments else None

    def _guarded(self, message: Message, request: _Request) -> None:
        try:
            self._act(message, request)
        except (OscError, ParamError) as error:
            self._complain(message.address, error.code, str(error), request)
        except Exception:
            self.counters.errors += 1
            if self._may_complain():
                _log.exception("OSC %.80a failed", message.address)

    def _act(self, message: Message, request: _Request) -> None:
        address = message.address
        if message.time and (wait := message.time - self._wall()) > 0:
            if wait > HOLD_S:
                raise OscError("too_far", f"a bundle may be at most {HOLD_S:g} s ahead, got {wait:.1f} s")
            if len(self._held) >= HELD_LIMIT:
                raise OscError("too_many", f"at most {HELD_LIMIT} messages are held for later")
            moment = self._clock() + wait
            held = Message(address, message.args)
            heapq.heappush(
                self._held, (moment, next(self._order), held, _Request(request.peer, request.trusted, 0))
            )
        elif address in ADDRESSES:
            self._set(address, message.args, request)
        elif address in self._commands:
            self._commands[address](request, message.args)
        elif not _WILDCARDS.isdisjoint(address):
            request.patterns -= 1
            if request.patterns < 0:
                raise OscError("too_many", f"a datagram may have at most {PATTERNS_PER_DATAGRAM} patterns")
            found = expand(address)
            for one in found:
                self._guarded(Message(one, message.args), request)
            if not found:
                raise OscError("unknown_address", f"no parameter matches {address!a}")
        elif address not in _OUTGOING:
            known = [*ADDRESSES, *self._commands] if self._errors_left >= 1 else []  # no search in a flood
            close = get_close_matches(address[:64], known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise OscError("unknown_address", f"no parameter {address[:64]!a}{hint}")

    def _set(self, address: str, args: tuple[object, ...], request: _Request) -> None:
        change = self._params.set(address, args, _name(request.peer))
        subscriber = self._subscriber(request.peer)
        if subscriber is not None and change.spec.has_value:
            subscriber.confirm(address, self._clock())

    def _subscribe(self, request: _Request, args: tuple[object, ...]) -> None:
        reply = self._reply_peer("subscribe", request, args)
        now = self._clock()
        subscriber = self.subscribers.get(reply)
        if subscriber is not None:
            # Renewed, or a patch that was closed and opened again: it hears all values in either case.
            subscriber.source = request.peer
            subscriber.expires = now + LEASE_S
            subscriber.snapshot_asked = True
            if subscriber.snapshot_at <= now:
                self._snapshot(subscriber, now)
            return
        if len(self.subscribers) >= SUBSCRIBER_LIMIT:
            raise OscError(
                "too_many", f"there are {SUBSCRIBER_LIMIT} subscribers already; one must unsubscribe"
            )
        if _is_loopback(reply):
            # Nobody outside can send from a loopback address, so this peer is where it says.
            self._enrol(reply, request.peer)
            return
        challenge = self._challenges.get(reply)
        if challenge is None:
            if len(self._challenges) >= SUBSCRIBER_LIMIT:
                del self._challenges[next(iter(self._challenges))]
            challenge = _Challenge(reply, 1 + secrets.randbelow(999_999), now + CHALLENGE_S)
            self._challenges[reply] = challenge
        self._answer(request, f"{ROOT}/token", challenge.token, to=reply)

    def _confirm(self, request: _Request, args: tuple[object, ...]) -> None:
        for challenge in [one for one in self._challenges.values() if one.reply[0] == request.peer[0]]:
            if args == (challenge.token,) and challenge.expires > self._clock():
                del self._challenges[challenge.reply]
                if len(self.subscribers) < SUBSCRIBER_LIMIT:
                    self._enrol(challenge.reply, request.peer)
                return
            challenge.tries -= 1
            if challenge.tries <= 0:
                del self._challenges[challenge.reply]
        raise OscError(
            "bad_value", f"confirm takes the number that {ROOT}/token brought in the last {CHALLENGE_S:g} s"
        )

    def _enrol(self, reply: Peer, source: Peer) -> None:
        now = self._clock()
        self.subscribers[reply] = Subscriber(reply, source, now + LEASE_S, now)
        _log.info("OSC subscriber %s", _name(reply))
        self._snapshot(self.subscribers[reply], now)

    def _unsubscribe(self, request: _Request, args: tuple[object, ...]) -> None:
        reply = self._reply_peer("unsubscribe", request, args)
        for subscriber in [one for one in self.subscribers.values() if one.is_at(reply)]:
            del self.subscribers[subscriber.reply]

    def _reply_peer(self, command: str, request: _Request, args: tuple[object, ...]) -> Peer:
        """Where a peer wants to hear us: the port it names, on its own host and no other."""
        host, port = request.peer
        if args:
            asked = args[0]
            if isinstance(asked, bool) or not isinstance(asked, int | float) or len(args) > 1:
                raise OscError(
                    "bad_type", f"{command} takes a port in 1024..65535 or nothing, got {args!a:.60}"
                )
            if not 1024 <= asked <= 65535 or asked != int(asked):
                raise OscError("bad_value", f"{command} takes a port in 1024..65535 or nothing, got {asked}")
            port = int(asked)
        if port == self._own[1] and (host == self._own[0] or _is_loopback(request.peer)):
            raise OscError(
                "bad_value", f"port {port} is the instrument's own; name the port that you listen on"
            )
        return host, port

    def _ping(self, request: _Request, args: tuple[object, ...]) -> None:
        self._answer(request, f"{ROOT}/pong")

    def _sync(self, request: _Request, args: tuple[object, ...]) -> None:
        if len(args) != 1 or isinstance(args[0], bool) or not isinstance(args[0], int | float):
            raise OscError("bad_type", f"sync takes one number, got {args!a:.60}")
        self._answer(request, f"{ROOT}/synced", args[0])

    def _get(self, request: _Request, args: tuple[object, ...]) -> None:
        if len(args) != 1 or not isinstance(args[0], str):
            raise OscError("bad_type", f"get takes one address, got {args!a:.60}")
        self._answer(request, args[0], self._params.get(args[0]))

    def _status(self, request: _Request, args: tuple[object, ...]) -> None:
        if args:
            return  # another instrument's answer
        values: dict[str, Arg] = dict(self._status_now())
        values |= {f"osc_{name}": count for name, count in asdict(self.counters).items()}
        values["osc_subscribers"] = len(self.subscribers)
        self._answer(request, f"{ROOT}/status", *itertools.chain.from_iterable(values.items()))

    def _describe(self, request: _Request, args: tuple[object, ...]) -> None:
        if len(args) > 1:
            return  # another instrument's answer
        if args and args[0] not in ADDRESSES:
            raise OscError(
                "unknown_address", f"describe takes a parameter's address or nothing, got {args[0]!a:.60}"
            )
        for address, (spec, _) in ADDRESSES.items():
            if not args or args[0] == address:
                self._answer(request, f"{ROOT}/describe", address, *_described(spec))

    def _snapshot(self, subscriber: Subscriber, now: float) -> None:
        subscriber.snapshot_asked = False
        subscriber.snapshot_at = now + SNAPSHOT_INTERVAL_S
        for address in self._params.snapshot():
            if address not in subscriber.resting:  # under a hand just now: confirmed soon, not jerked
                self._tell(subscriber, address, now)

    def _tell(self, subscriber: Subscriber, address: str, now: float) -> None:
        subscriber.due.pop(address, None)
        subscriber.resting.discard(address)
        subscriber.sent[address] = now
        args = subscriber.news.pop(address, None)
        self._send(subscriber.reply, address, *(args if args is not None else (self._params.get(address),)))

    def _complain(self, address: str, code: str, text: str, request: _Request | None = None) -> None:
        self.counters.refused += 1
        if not self._may_complain():
            return
        complaint = (f"{ROOT}/error", address[:PATTERN_LIMIT], code, text)
        sender = self._subscriber(request.peer) if request is not None else None
        if request is not None and sender is None:
            self._answer(request, *complaint)
        for subscriber in self.subscribers.values():
            self._send(subscriber.reply, *complaint)

    def _may_complain(self) -> bool:
        """Whether one more error may be told: they come in bursts of 30, then 30 a second."""
        now = self._clock()
        left = self._errors_left + (now - self._errors_at) * ERRORS_PER_S
        self._errors_left = min(left, float(ERRORS_PER_S))
        self._errors_at = now
        if self._errors_left < 1:
            self.counters.withheld += 1
            return False
        self._errors_left -= 1
        return True

    def _answer(self, request: _Request, address: str, *args: Value, to: Peer | None = None) -> None:
        """Reply to a sender: where it listens, if it subscribes, or else where it sent from.

        A sender's address can be forged. So a peer that is neither on this machine nor a subscriber never
        gets more bytes than it sent, and nobody can be flooded through us.
        """
        datagram = encode(address, args)
        if not request.trusted:
            if len(datagram) > request.room:
                self.counters.withheld += 1
                return
            request.room -= len(datagram)
        subscriber = self._subscriber(request.peer)
        self._transmit(datagram, to or (subscriber.reply if subscriber is not None else request.peer))

    def _send(self, peer: Peer, address: str, *args: Arg) -> None:
        self._transmit(encode(address, args), peer)

    def _subscriber(self, peer: Peer) -> Subscriber | None:
        for subscriber in self.subscribers.values():
            if subscriber.is_at(peer):
                return subscriber
        return None


_WILDCARDS = frozenset("*?[]{}")


def _described(spec: Spec) -> tuple[Arg, ...]:
    """kind, low, high, default, unit, choices, doc: as flat as Max and Pd want it."""
    choices = " ".join(str(choice) for choice in spec.choices)
    return spec.kind, spec.low, spec.high, spec.default, spec.unit, choices, spec.doc


def _name(peer: Peer) -> str:
    """How a peer is called as the source of a change."""
    return f"osc:{peer[0]}:{peer[1]}"


def _do(command: Command, request: _Request, args: tuple[object, ...]) -> None:
    command(args)


def _is_loopback(peer: Peer) -> bool:
    return peer[0].startswith("127.")


class OscServer:
    """A session on a UDP socket, in a thread of its own.

    `start` raises OscStartError when it can't listen. `send` and `error` may be called by any thread, and
    return at once.
    """

    def __init__(
        self,
        params: Params,
        bind: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        status: Callable[[], Mapping[str, Arg]] = dict,
        commands: Mapping[str, Command] | None = None,
    ) -> None:
        self._params = params
        self._commands = commands
        self._bind = bind
        self._asked_port = port
        self._status = status
        self._session: OscSession | None = None
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_in.setblocking(False)
        self._lock = threading.Lock()
        self._changes: dict[str, Change] = {}
        self._outbox: deque[tuple[str, tuple[Arg, ...]]] = deque(maxlen=OUTBOX_LIMIT)
        self._is_stopping = False
        self._dropped = 0

    @property
    def port(self) -> int:
        """The port listened on: the one asked for, or the one that the system chose for 0."""
        return int(self._socket.getsockname()[1]) if self._socket is not None else self._asked_port

    @property
    def counters(self) -> dict[str, int]:
        """Counts since the start (see Counters), and `subscribers` now."""
        if self._session is None:
            return asdict(Counters()) | {"subscribers": 0}
        return asdict(self._session.counters) | {"subscribers": len(self._session.subscribers)}

    def start(self) -> None:
        """Listen. Raises OscStartError when the address or port is not to be had."""
        self._socket = _listen(self._bind, self._asked_port)
        own = self._socket.getsockname()
        self._session = OscSession(
            self._params, self._transmit, self._status, (own[0], own[1]), commands=self._commands
        )
        if not _is_loopback(own):
            _log.warning("OSC listens on %s, port %d: anybody on this network can play along", own[0], own[1])
        self._params.subscribe(self._changed)
        self._thread = threading.Thread(target=self._serve, name="osc", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, and close the socket."""
        self._is_stopping = True
        self._wake()
        if self._thread is not None:
            self._thread.join()
        if self._socket is not None:
            self._socket.close()
        self._wake_in.close()
        self._wake_out.close()

    def send(self, address: str, *args: Arg) -> None:
        """Tell every subscriber; at most 30 times a second an address, the latest wins. Raises TypeError."""
        encode(address, args)  # what can't be sent is the caller's fault, so here and not in our thread
        self._outbox.append((address, args))
        self._wake()

    def error(self, address: str, code: str, text: str) -> None:
        """Tell every subscriber that something went wrong."""
        self._outbox.append((f"{ROOT}/error", (address, code, text)))
        self._wake()

    def _changed(self, change: Change) -> None:
        with self._lock:
            self._changes[change.address] = change
        if threading.current_thread() is not self._thread:
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it wakes anyway; closed: there is nobody to wake
            self._wake_in.send(b"\0")

    def _transmit(self, datagram: bytes, peer: Peer) -> None:
        assert self._socket is not None
        assert self._session is not None
        try:
            self._socket.sendto(datagram, peer)
        except OSError:  # unreachable, too long, or the system's buffer is full
            self._session.counters.dropped += 1

    def _serve(self) -> None:
        assert self._socket is not None
        assert self._session is not None
        wait: float | None = None
        while not self._is_stopping:
            readable, _, _ = select.select([self._socket, self._wake_out], [], [], wait)
            try:
                if self._wake_out in readable:
                    self._wake_out.recv(4096)
                if self._socket in readable:
                    self._receive()
                self._deliver()
                wait = self._session.flush()
            except Exception:
                self._session.counters.errors += 1
                _log.exception("OSC goes on after a fault of its own")
                wait = 0.1

    def _receive(self) -> None:
        assert self._socket is not None
        assert self._session is not None
        for _ in range(256):  # then see to what is due
            try:
                datagram, peer = self._socket.recvfrom(DATAGRAM_LIMIT + 1)
            except BlockingIOError:
                return
            except OSError:  # Windows: an earlier reply found nobody
                continue
            self._session.receive(datagram, peer)

    def _deliver(self) -> None:
        assert self._session is not None
        with self._lock:
            changes, self._changes = self._changes, {}
        for change in changes.values():
            self._session.changed(change)
        while self._outbox:
            address, args = self._outbox.popleft()
            if address == f"{ROOT}/error":
                where, code, text = map(str, args)
                self._session.error(where, code, text)
            else:
                self._session.broadcast(address, args)


class OscStartError(RuntimeError):
    """OSC can't listen where it was asked to."""


def _listen(bind: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # 20,000 messages a second may come in one burst while this process is busy elsewhere.
        with contextlib.suppress(OSError):  # macOS refuses what Linux cuts down
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listener.bind((bind, port))
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            reason = (
                f"OSC port {port} on {bind} is in use (is another ladmg running?): choose one with --osc-port"
            )
        elif isinstance(error, OSError) and error.errno == errno.EACCES:
            reason = f"OSC port {port} on {bind} is not ours to open: choose one above 1023 with --osc-port"
        elif isinstance(error, OverflowError):
            reason = f"--osc-port must be in 0..65535, got {port}"
        else:
            reason = f"--bind must be an IPv4 address of this machine, got {bind!r} ({error})"
        raise OscStartError(reason) from None
    listener.setblocking(False)
    return listener
