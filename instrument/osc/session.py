"""OSC's protocol, without socket or thread: what each message does, who hears of it, and who may send at all.

What may arrive here is anything: it must cost little, change nothing it should not, and never raise.
"""

import heapq
import ipaddress
import itertools
import logging
import secrets
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from functools import lru_cache, partial

from instrument.osc.datagram import Arg, Message, OscError, encode, parse
from instrument.osc.pattern import PATTERN_LIMIT, WILDCARDS, expand
from instrument.params import (
    ADDRESSES,
    DECKS,
    NAME_LIMIT,
    ROOT,
    TEXT_LIMIT,
    Change,
    ParamError,
    Params,
    Spec,
    Value,
    accept,
)

Peer = tuple[str, int] | tuple[str, int, int, int]  # as the socket has it; IPv6 adds flow and zone
Command = Callable[[tuple[object, ...]], None]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HOLD_S = 10.0
HELD_LIMIT = 256  # messages
PATTERNS_PER_DATAGRAM = 16
REACH_PER_DATAGRAM = 256  # addresses, by patterns
ECHO_INTERVAL_S = 1 / 30
REST_S = 0.1
LEASE_S = 30.0
SUBSCRIBER_LIMIT = 8
SNAPSHOT_INTERVAL_S = 1.0
CHALLENGE_S = 5.0
CHALLENGE_TRIES = 3
ERRORS_PER_S = 30
LISTED_PER_S = 200  # messages that describe, or that answer a `get` with a pattern
OUTSIDER_INTERVAL_S = 60.0

# What the instrument itself says. Never answered, or two instruments could talk to each other for ever.
_OUTGOING = {f"{ROOT}/{name}" for name in ("beat", "error", "midi/learnt", "pong", "synced", "token")} | {
    f"{ROOT}/{deck}/{name}" for deck in DECKS for name in ("next", "loop", "fan", "meter")
}
# What holds until it is told anew, so that who comes later is told it too.
_LASTING = {f"{ROOT}/{deck}/{name}" for deck in DECKS for name in ("next", "loop", "fan")}

_log = logging.getLogger(__name__)


@dataclass
class Counters:
    """What came and what became of it, since the start.

    received: datagrams that were read. malformed: those that were no OSC. refused: messages that were errors.
    dropped_source: datagrams from where nobody may send. dropped_rate: datagrams that came faster than they
    could be read, -1 where the system doesn't tell. unsent: messages that could not be sent. withheld: answers
    too large for a peer that has not shown that it is there, and errors beyond 30 a second. faults: our own.
    """

    received: int = 0
    malformed: int = 0
    refused: int = 0
    dropped_source: int = 0
    dropped_rate: int = -1
    unsent: int = 0
    withheld: int = 0
    faults: int = 0


class Allowance:
    """How many may come: `at_once`, and then `per_s`. now: seconds on any clock that runs evenly."""

    def __init__(self, at_once: int, per_s: float, now: float) -> None:
        self._most = self._left = float(at_once)
        self._per_s = per_s
        self._at = now

    def left(self, now: float) -> float:
        self._left = min(self._left + (now - self._at) * self._per_s, self._most)
        self._at = now
        return self._left

    def take(self, now: float, n: int = 1) -> bool:
        """Whether there was room for `n` more, which are taken then."""
        if self.left(now) < n:
            return False
        self._left -= n
        return True


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
    reach: how many addresses they may still mean.
    """

    peer: Peer
    trusted: bool
    room: int
    patterns: int = PATTERNS_PER_DATAGRAM
    reach: int = REACH_PER_DATAGRAM


class OscSession:
    """The protocol: datagrams in, `transmit(datagram, peer)` out. One thread; call `flush` when it says so.

    status: gives the flat values that answer /ladmg/status. commands: what is done at other addresses, with a
    message's arguments; they return soon, and raise ParamError. own: our address, never enrolled. allow: who may
    send, besides this machine itself. say: tells the performer, in a line. clock counts seconds evenly, wall is
    the time of day that timetags mean.
    """

    def __init__(
        self,
        params: Params,
        transmit: Callable[[bytes, Peer], None],
        status: Callable[[], Mapping[str, Arg]] = dict,
        own: Peer = ("", 0),
        allow: Sequence[Network] = (),
        say: Callable[[str], None] = _log.warning,
        commands: Mapping[str, Command] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.counters = Counters()
        self.subscribers: dict[Peer, Subscriber] = {}
        self._params = params
        self._transmit = transmit
        self._status_now = status
        self._own = own
        self._say = say
        self._clock = clock
        self._wall = wall
        self._challenges: dict[Peer, _Challenge] = {}
        self._held: list[tuple[float, int, Message, _Request]] = []
        self._order = itertools.count()
        self._errors = Allowance(ERRORS_PER_S, ERRORS_PER_S, clock())
        self._listed = Allowance(2 * len(ADDRESSES), LISTED_PER_S, clock())
        self._is_allowed = lru_cache(maxsize=1024)(lambda host: is_in(host, allow))
        self._outsiders = 0
        self._outsider = ""
        self._outsiders_told_at = clock() - OUTSIDER_INTERVAL_S
        self._faults: set[str] = set()
        self._news: dict[str, tuple[Arg, ...]] = {}
        self._unsettled: dict[str, tuple[Value, Peer]] = {}
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
        self.receive_all([(datagram, peer)])

    def receive_all(self, datagrams: Iterable[tuple[bytes, Peer]]) -> None:
        """The same for all that came at once. Of an address that is only set again and again, the latest counts."""
        for datagram, peer in datagrams:
            self._receive(datagram, peer)
        self._settle()

    def _receive(self, datagram: bytes, peer: Peer) -> None:
        self.counters.received += 1
        is_local = is_loopback(peer)
        if not is_local and not self._is_allowed(peer[0]):
            self.counters.dropped_source += 1
            self._outsiders += 1
            self._outsider = peer[0]
            return
        request = _Request(peer, is_local or self._subscriber(peer) is not None, len(datagram))
        try:
            messages = parse(datagram)
        except OscError as error:
            # Not answered to the sender: what isn't OSC has no sender that could read it.
            self.counters.malformed += 1
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
        self._news[address] = args
        for subscriber in self.subscribers.values():
            subscriber.news[address] = args
            subscriber.echo(address, now)

    def error(self, address: str, code: str, text: str) -> None:
        """Tell every subscriber of an error that no message caused; a flood of wrong messages can't hide it."""
        for subscriber in self.subscribers.values():
            self._send(subscriber.reply, f"{ROOT}/error", address, code, text)

    def fault(self, error: Exception) -> None:
        """Take note of a fault of our own, which the performer is told once, with the place to mend."""
        self.counters.faults += 1
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = ascii(f"{type(error).__name__}: {error}")[1:-1][:200]
        told = f"{place.filename}:{place.lineno}"
        if told in self._faults:
            return
        self._faults.add(told)
        text = f"OSC goes on after a fault of its own at {told}, told only once: {text}"
        self._say(text)
        self.error(ROOT, "fault", text)

    def flush(self) -> float | None:
        """Send and do what is due. Returns the seconds until something will be, None if nothing waits."""
        now = self._clock()
        tell_at = self._outsiders_told_at + OUTSIDER_INTERVAL_S
        if self._outsiders and tell_at <= now:
            self._say(
                f"OSC from outside --allow is not heard: {self._outsiders} since last told, "
                f"the latest from {self._outsider}"
            )
            self._outsiders, self._outsiders_told_at = 0, now
        while self._held and self._held[0][0] <= now:
            _, _, message, request = heapq.heappop(self._held)
            self._guarded(message, request)
        self._settle()
        for subscriber in [one for one in self.subscribers.values() if one.expires <= now]:
            del self.subscribers[subscriber.reply]
            _log.info("OSC subscriber %s is gone: not renewed for %g s", _name(subscriber.reply), LEASE_S)
        for challenge in [one for one in self._challenges.values() if one.expires <= now]:
            del self._challenges[challenge.reply]
        moments = [self._held[0][0]] if self._held else []
        moments += [tell_at] if self._outsiders else []
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
        except (
            Exception
        ) as error:  # the status and who listens to parameters are not ours: anything may be raised
            self.fault(error)

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
            self._settle()
            self._commands[address](request, message.args)
        elif not WILDCARDS.isdisjoint(address):
            for one in self._reached(address, request):
                self._guarded(Message(one, message.args), request)
        elif address not in _OUTGOING:
            in_flood = self._errors.left(self._clock()) < 1  # nobody would be told: no search
            known = [] if in_flood else [*ADDRESSES, *self._commands]
            close = get_close_matches(address[:64], known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise OscError("unknown_address", f"no parameter {address[:64]!a}{hint}")

    def _reached(self, pattern: str, request: _Request) -> tuple[str, ...]:
        """The addresses that a pattern means, at least one. Raises OscError, also where a datagram has too many."""
        request.patterns -= 1
        if request.patterns < 0:
            raise OscError("too_many", f"a datagram may have at most {PATTERNS_PER_DATAGRAM} patterns")
        found = expand(pattern)
        if not found:
            raise OscError("unknown_address", f"no parameter matches {pattern!a}")
        request.reach -= len(found)
        if request.reach < 0:
            raise OscError(
                "too_many", f"the patterns of a datagram may mean at most {REACH_PER_DATAGRAM} addresses"
            )
        return found

    def _set(self, address: str, args: tuple[object, ...], request: _Request) -> None:
        spec, _ = ADDRESSES[address]
        value = accept(spec, args)
        if not spec.has_value:
            self._settle()  # what happens, happens to what was set before
            self._params.set(address, value, _name(request.peer))
            return
        self._unsettled.pop(address, None)
        self._unsettled[address] = (value, request.peer)

    def _settle(self) -> None:
        """Set what was accepted, in order: a flood is read faster than everybody could be told of each value."""
        unsettled, self._unsettled = self._unsettled, {}
        now = self._clock()
        for address, (value, peer) in unsettled.items():
            self._params.set(address, value, _name(peer))
            for subscriber in self.subscribers.values():
                if subscriber.is_at(peer):
                    subscriber.confirm(address, now)

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
        if is_loopback(reply):
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
                self._enrol(challenge.reply, request.peer)
                return
            challenge.tries -= 1
            if challenge.tries <= 0:
                del self._challenges[challenge.reply]
        raise OscError(
            "bad_value", f"confirm takes the number that {ROOT}/token brought in the last {CHALLENGE_S:g} s"
        )

    def _enrol(self, reply: Peer, source: Peer) -> None:
        if len(self.subscribers) >= SUBSCRIBER_LIMIT:
            raise OscError(
                "too_many", f"there are {SUBSCRIBER_LIMIT} subscribers already; one must unsubscribe"
            )
        now = self._clock()
        self.subscribers[reply] = Subscriber(reply, source, now + LEASE_S, now)
        _log.info("OSC subscriber %s", _name(reply))
        self._snapshot(self.subscribers[reply], now)
        for address in _LASTING & self._news.keys():
            self.subscribers[reply].news[address] = self._news[address]
            self._tell(self.subscribers[reply], address, now)

    def _unsubscribe(self, request: _Request, args: tuple[object, ...]) -> None:
        reply = self._reply_peer("unsubscribe", request, args)
        for subscriber in [one for one in self.subscribers.values() if one.is_at(reply)]:
            del self.subscribers[subscriber.reply]

    def _reply_peer(self, command: str, request: _Request, args: tuple[object, ...]) -> Peer:
        """Where a peer wants to hear us: the port it names, on its own host and no other."""
        port = request.peer[1]
        if args:
            asked = args[0]
            if isinstance(asked, bool) or not isinstance(asked, int | float) or len(args) > 1:
                raise OscError(
                    "bad_type", f"{command} takes a port in 1024..65535 or nothing, got {args!a:.60}"
                )
            if not 1024 <= asked <= 65535 or asked != int(asked):
                raise OscError("bad_value", f"{command} takes a port in 1024..65535 or nothing, got {asked}")
            port = int(asked)
        if port == self._own[1] and (request.peer[0] == self._own[0] or is_loopback(request.peer)):
            raise OscError(
                "bad_value", f"port {port} is the instrument's own; name the port that you listen on"
            )
        return at_port(request.peer, port)

    def _ping(self, request: _Request, args: tuple[object, ...]) -> None:
        self._answer(request, f"{ROOT}/pong")

    def _sync(self, request: _Request, args: tuple[object, ...]) -> None:
        # A second argument is for who may not be sent more than it sent: it makes room for the longer address.
        if not 1 <= len(args) <= 2 or isinstance(args[0], bool) or not isinstance(args[0], int | float):
            raise OscError("bad_type", f"sync takes a number, and one to fill up, got {args!a:.60}")
        self._answer(request, f"{ROOT}/synced", args[0])

    def _get(self, request: _Request, args: tuple[object, ...]) -> None:
        if len(args) != 1 or not isinstance(args[0], str):
            raise OscError("bad_type", f"get takes one address, got {args!a:.60}")
        if WILDCARDS.isdisjoint(args[0]):
            self._answer(request, args[0], self._params.get(args[0]))
            return
        found = self._reached(args[0], request)
        self._list(request, [(address, self._params.get(address)) for address in found])

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
        if not args:
            found: Sequence[str] = tuple(ADDRESSES)
        elif not isinstance(args[0], str):
            raise OscError("bad_type", f"describe takes an address or nothing, got {args[0]!a:.60}")
        elif args[0] in ADDRESSES:
            found = (args[0],)
        else:
            found = self._reached(args[0], request)
        described = [(address, *_described(ADDRESSES[address][0])) for address in found]
        self._list(request, [(f"{ROOT}/describe", *values) for values in described])

    def _list(self, request: _Request, answers: Sequence[tuple[str, *tuple[Arg, ...]]]) -> None:
        """Several answers to one question, or to none of it: a patch must be able to tell that it has all."""
        if not self._listed.take(self._clock(), len(answers)):
            raise OscError("too_many", f"at most {LISTED_PER_S} such answers a second; ask again later")
        for address, *args in answers:
            self._answer(request, address, *args)

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
        if not self._errors.take(self._clock()):
            self.counters.withheld += 1
            return
        complaint = (f"{ROOT}/error", address[:PATTERN_LIMIT], code, text)
        sender = self._subscriber(request.peer) if request is not None else None
        if request is not None and sender is None:
            self._answer(request, *complaint)
        for subscriber in self.subscribers.values():
            self._send(subscriber.reply, *complaint)

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
        """Who listens for `peer`; who renewed last, where it named several ports."""
        found = [subscriber for subscriber in self.subscribers.values() if subscriber.is_at(peer)]
        return max(found, key=lambda subscriber: subscriber.expires, default=None)


def _do(command: Command, request: _Request, args: tuple[object, ...]) -> None:
    command(args)


def is_loopback(peer: Peer) -> bool:
    """Whether it is on this machine for certain: nobody outside can send from such an address."""
    return peer[0].startswith("127.") or peer[0] == "::1"


def at_port(peer: Peer, port: int) -> Peer:
    """The same host's other port."""
    return (peer[0], port) if len(peer) == 2 else (peer[0], port, 0, peer[3])


def is_in(host: str, networks: Sequence[Network]) -> bool:
    address = ipaddress.ip_address(host.partition("%")[0])
    return any(address in network for network in networks)


def _described(spec: Spec) -> tuple[Arg, ...]:
    """kind, low, high, default, unit, choices, doc: as flat as Max and Pd want it."""
    low, high, default = spec.low, spec.high, spec.default
    if spec.kind == "text":
        low, high = 0, TEXT_LIMIT
    elif spec.kind == "name":
        low, high, default = 1, NAME_LIMIT, ""
    choices = ",".join(str(choice) for choice in spec.choices)
    return spec.kind, low, high, default, spec.unit, choices, spec.doc


def _name(peer: Peer) -> str:
    """How a peer is called as the source of a change."""
    return f"osc:{peer[0]}:{peer[1]}"
