"""Datagrams as hostile as can be, with what each of them may change, and the laws that hold whatever comes.

`python -m tests.fuzz_osc` feeds a million of them to a session and prints what that cost.
"""

from __future__ import annotations

import argparse
import ipaddress
import itertools
import random
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from instrument.osc.datagram import BUNDLE_DEPTH, DATAGRAM_LIMIT, parse
from instrument.osc.session import HOLD_S, OscSession, Peer
from instrument.params import ADDRESSES, DECKS, TEXT_LIMIT, ParamError, Params, Spec, Value, accept
from tests.rig_osc import bundle

NOTHING: Mapping[str, Value] = {}
COMMANDS = ("subscribe", "unsubscribe", "confirm", "ping", "sync", "get", "status", "describe")
PEERS: tuple[Peer, ...] = (
    ("127.0.0.1", 9001),
    ("127.0.0.1", 9003),
    ("192.0.2.7", 9001),
    ("192.0.2.9", 1025),
    ("203.0.113.5", 9001),
)
HOSTILE_NUMBERS = (float("nan"), float("inf"), float("-inf"))
HOSTILE_PATTERNS = (
    "/ladmg/**********Z",
    "/ladmg/" + "*?" * 7 + "Z",
    "/ladmg/" + "{,a}" * 15,
    "/ladmg/" + "*a" * 40,
    "/ladmg/{a,b,{c",
    "/ladmg/[!-z",
    "/ladmg/[",
    "/ladmg/{",
    "/ladmg/[]",
    "/ladmg/{}",
    "/ladmg/[z-a]",
    "/" * 120 + "*",
    "/ladmg/" + "*" * 4000,
    "/ladmg/" + "[!a]" * 30,
    "*" * 100,
    "/*/é\U0001f3b9?",
)
_VALUES = [(address, spec) for address, (spec, _) in ADDRESSES.items() if spec.has_value]
_HAPPENINGS = [(address, spec) for address, (spec, _) in ADDRESSES.items() if not spec.has_value]
_NUMBERS = [(address, spec) for address, spec in _VALUES if spec.kind != "text"]
_TEXTS = [address for address, spec in _VALUES if spec.kind == "text"]


@dataclass(frozen=True)
class Case:
    """A datagram, and the values that it sets: none for what must have no effect, None for what nobody can say."""

    datagram: bytes
    sets: Mapping[str, Value] | None


def message(address: bytes | str, tags: str, *args: object) -> bytes:
    """A message with these type tags, by the letter of OSC 1.0 and independent of the code that is tested."""
    data = _string(address) + _string("," + tags)
    values = iter(args)
    for tag in tags:
        if tag in "TFNI[]":
            continue
        value = next(values)
        if tag in "sS":
            assert isinstance(value, bytes | str)
            data += _string(value)
        elif tag == "b":
            assert isinstance(value, bytes)
            data += struct.pack(">i", len(value)) + value + bytes(-len(value) % 4)
        else:
            data += struct.pack(
                ">" + {"i": "i", "f": "f", "h": "q", "d": "d", "t": "Q", "r": "I"}[tag], value
            )
    return data


def _string(text: bytes | str) -> bytes:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return data + bytes(4 - len(data) % 4)


def cases(seed: int, wall: Callable[[], float]) -> Iterator[Case]:
    """Endless cases, the same for the same seed and time of day."""
    chance = random.Random(seed)
    choose = chance.choice

    def valid() -> Case:
        address, spec = choose(_VALUES)
        tags, args = _valid_arguments(spec, chance)
        return Case(message(address, tags, *args), {address: accept(spec, _as_received(tags, args))})

    def by_star() -> Case:
        name, spec = choose([(spec.name, spec) for _, spec in _VALUES if spec.scope == "deck"])
        tags, args = _valid_arguments(spec, chance)
        value = accept(spec, _as_received(tags, args))
        pattern = choose((f"/ladmg/*/{name}", f"/*/?/{name}", f"/ladmg/[0-9]/{{zz,{name}}}"))
        return Case(message(pattern, tags, *args), {spec.address(deck): value for deck in DECKS})

    def together() -> Case:
        inner = [valid() for _ in range(chance.randrange(6))]
        sets: dict[str, Value] = {}
        for case in inner:
            sets |= case.sets or {}
        data = bundle(*(case.datagram for case in inner), at=choose((0.0, 1e9, wall() - 1)))
        for _ in range(chance.randrange(BUNDLE_DEPTH)):
            data = bundle(data)
        return Case(data, sets)

    def command() -> Case:
        tags = "".join(choose("ifsTFd") for _ in range(chance.randrange(3)))
        words = (*ADDRESSES, "", "/ladmg/*", "/ladmg/*/*", "é", "x" * 200)
        numbers = (0, 1, 3, 1024, 9003, 65535)
        args: list[object] = [
            choose(words) if tag == "s" else choose(numbers) for tag in tags if tag not in "TF"
        ]
        return Case(message(f"/ladmg/{choose(COMMANDS)}", tags, *args), NOTHING)

    def happening() -> Case:
        address, spec = choose(_HAPPENINGS)
        # What follows from it comes when the instrument likes.
        if spec.kind == "name":
            name = choose(("one", "two words", "", "../pwned", "a/b", "x" * 65, "con", "\u00e9"))
            return Case(message(address, "s", name), None)
        tags, args = choose((("", ()), ("f", (1.0,)), ("I", ()), ("i", (3,)), ("i", (99,)), ("s", ("x",))))
        return Case(message(address, tags, *args), None)

    def wrong_value() -> Case:
        address, _ = choose(_NUMBERS)
        tags, args = choose(
            (
                ("f", (choose(HOSTILE_NUMBERS),)),
                ("d", (choose(HOSTILE_NUMBERS),)),
                ("s", (choose(("", "fast", "nan", "1e9", "x" * 5000, "\u202e", "../../etc/passwd")),)),
                ("b", (chance.randbytes(chance.randrange(40)),)),
                ("[f]", (1.0,)),
                ("ff", (1.0, 2.0)),
                ("N", ()),
                ("t", (chance.getrandbits(64),)),
                ("r", (chance.getrandbits(32),)),
                ("i" * 400, (1,) * 400),
                ("", ()),
            )
        )
        return Case(message(address, tags, *args), NOTHING)

    def wrong_text() -> Case:
        text = choose(
            ("x" * (TEXT_LIMIT + 1), "a\x07b", "a\u202eb", b"\xff\xfe", b"\xc0\x80", "\ud800", "\x1b[2J")
        )
        return Case(message(choose(_TEXTS), "s", text), NOTHING)

    def unknown_address() -> Case:
        address = choose(
            ("/", "/ladmg", "/ladmg/", "//", "/ladmg/9/morph", "/é", "/ladmg/bpm/", b"/\xff", "/x" * 2000)
        )
        return Case(message(address, "f", 1.0), NOTHING)

    def pathological() -> Case:
        tags, args = choose((("", ()), ("f", (1.0,)), ("s", ("x",))))
        return Case(message(choose(HOSTILE_PATTERNS), tags, *args), NOTHING)

    def cut() -> Case:
        data = choose((valid, together))().datagram
        return Case(data[: len(data) - choose((1, 2, 3))], NOTHING)

    def dirty_padding() -> Case:
        address, _ = choose([one for one in _VALUES if len(one[0]) % 4 < 3])
        data = bytearray(message(address, "f", 1.0))
        data[len(address) + 1] = chance.randrange(1, 256)
        return Case(bytes(data), NOTHING)

    def too_deep() -> Case:
        data = valid().datagram
        for _ in range(choose((BUNDLE_DEPTH + 1, BUNDLE_DEPTH + 2, 40, 390))):
            if len(data) > DATAGRAM_LIMIT - 20:
                break
            data = bundle(data)
        return Case(data, NOTHING)

    def too_far() -> Case:
        return Case(bundle(valid().datagram, at=wall() + HOLD_S + choose((1.0, 1e3, 1e8))), NOTHING)

    def too_long() -> Case:
        return Case(chance.randbytes(8) * chance.randrange(1100, 4000), NOTHING)

    def noise() -> Case:
        start = choose((b"", b"/", b"#bundle\0", b"/ladmg/bpm\0\0,f\0\0", b"/ladmg/bpm\0\0,s\0\0"))
        return Case(start + chance.randbytes(chance.randrange(choose((8, 64, 2000)))), None)

    def mutated() -> Case:
        data = bytearray(choose((valid, by_star, command, wrong_value))().datagram)
        if chance.random() < 0.3:
            data = bytearray(bundle(bytes(data), valid().datagram))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(data) + 1)
            data[at : at + choose((0, 1, 1, 4))] = chance.randbytes(choose((0, 1, 1, 4)))
        return Case(bytes(data), None)

    kinds = (
        valid,
        valid,
        by_star,
        together,
        command,
        happening,
        wrong_value,
        wrong_text,
        unknown_address,
        pathological,
    )
    kinds += (cut, dirty_padding, too_deep, too_far, too_long, noise, mutated, mutated, mutated, mutated)
    while True:
        yield choose(kinds)()


def _valid_arguments(spec: Spec, chance: random.Random) -> tuple[str, tuple[object, ...]]:
    """Type tags and arguments that a parameter takes, from inside its range and beyond it."""
    if spec.kind == "text":
        words = tuple(
            chance.choice(("dub", "", "techno", "é", "\U0001f3b9", "../x", "$(x)", "90")) for _ in range(3)
        )
        return "sss", words
    if spec.kind == "enum" and chance.random() < 0.5:
        return "s", (str(chance.choice(spec.choices)),)
    if (spec.kind, spec.low, spec.high) == ("int", 0, 1) and chance.random() < 0.3:
        return chance.choice("TFI"), ()
    number = chance.uniform(spec.low - 10, spec.high + 10)
    tag = chance.choice("fd" if spec.kind == "float" else "fdih")
    whole = round(number)
    return tag, (number if spec.kind == "float" else float(whole) if tag in "fd" else whole,)


def _as_received(tags: str, args: Sequence[object]) -> tuple[object, ...]:
    """The arguments as they are after the way through float32, with what stands in the tags alone."""
    if tags in ("T", "F", "I"):
        return (tags != "F",)
    if tags == "f":
        return struct.unpack(">f", struct.pack(">f", args[0]))
    return tuple(args)


@dataclass
class Toll:
    """What a run cost. slowest_s: the longest call, in time of the processor, with its datagram."""

    n: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    slowest: bytes = b""
    grown_bytes: int = 0
    bytes_out: int = 0


class Attack:
    """A session under attack, on a clock of its own, and the laws that are checked at each datagram."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.params = Params()
        self.said: list[str] = []
        self.session = OscSession(
            self.params,
            self._transmit,
            status=lambda: {"beat": 1.5, "device": "none"},
            own=("127.0.0.1", 7400),
            allow=(ipaddress.ip_network("192.0.2.0/24"),),
            say=self.said.append,
            clock=lambda: self.now,
            wall=self.wall,
        )
        self.params.subscribe(self.session.changed)
        self.toll = Toll()
        self._out: list[tuple[Peer, int]] = []

    def wall(self) -> float:
        return self.now + 1e9

    def _transmit(self, datagram: bytes, peer: Peer) -> None:
        assert len(datagram) <= DATAGRAM_LIMIT
        (sent,) = parse(datagram)
        assert all(isinstance(arg, int | float | str) for arg in sent.args)
        self._out.append((peer, len(datagram)))

    def run(self, count: int, seed: int) -> None:
        """Feed `count` cases. Raises AssertionError where a law is broken, and whatever escapes."""
        chance = random.Random(seed + 1)
        expected: dict[str, Value] = dict(self.params.snapshot())
        started, resident = time.monotonic(), 0
        for number, case in enumerate(itertools.islice(cases(seed, self.wall), count)):
            if number == count // 10:
                resident = resident_bytes()  # caches and pools have filled
            peer = chance.choice(PEERS)
            before = time.thread_time()
            self.session.receive(case.datagram, peer)
            self.now += 0.0005
            self.session.flush()
            self._count(time.thread_time() - before, case.datagram)
            self._check_replies(case, peer)
            if peer[0].startswith("203."):
                continue  # beyond --allow: nothing of it may count
            values = self.params.snapshot()
            if case.sets is None:
                assert_valid(values)
                expected = values
            else:
                expected |= case.sets
                assert values == expected, (number, case)
        assert self.params.snapshot() == expected
        self.toll.seconds += time.monotonic() - started
        self.toll.grown_bytes = resident_bytes() - resident

    def _count(self, seconds: float, datagram: bytes) -> None:
        self.toll.n += 1
        if seconds > self.toll.slowest_s:
            self.toll.slowest_s, self.toll.slowest = seconds, datagram

    def _check_replies(self, case: Case, peer: Peer) -> None:
        """Nobody is sent what he didn't ask for, and nobody outside more than he sent."""
        abroad = 0
        for to, size in self._out:
            self.toll.bytes_out += size
            assert to[0] in ("127.0.0.1", peer[0]), (to, peer, case)
            assert to[0] != "203.0.113.5", (peer, case)
            abroad += size if to[0] != "127.0.0.1" else 0
        assert abroad <= len(case.datagram), (peer, case)
        self._out.clear()


def assert_valid(values: Mapping[str, Value]) -> None:
    for address, value in values.items():
        try:
            assert accept(ADDRESSES[address][0], value) == value, (address, value)
        except ParamError as error:
            raise AssertionError(f"{address} holds {value!r}") from error


def resident_bytes(pid: int | str = "self") -> int:
    """The memory of a process, 0 where the system doesn't tell it in /proc."""
    path = Path(f"/proc/{pid}/statm")
    return int(path.read_text().split()[1]) * 4096 if path.exists() else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="datagrams")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    attack = Attack()
    attack.run(options.count, options.seed)
    toll = attack.toll
    print(f"{toll.n} datagrams in {toll.seconds:.0f} s, every law held")
    print(f"slowest: {toll.slowest_s * 1000:.1f} ms for {toll.slowest[:60]!r} of {len(toll.slowest)} bytes")
    print(f"memory grew by {toll.grown_bytes / 2**20:.1f} MiB; {toll.bytes_out} bytes sent")
    print(attack.session.counters)


if __name__ == "__main__":
    main()
