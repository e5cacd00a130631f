"""OSC: the protocol on a fake clock, the server with programs that we did not write, and rubbish."""

import itertools
import random
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from instrument import osc
from instrument.osc import Message, OscError, OscServer, OscSession, OscStartError, encode, expand, parse
from instrument.params import ADDRESSES, SPECS, Params, accept

LOCAL = ("127.0.0.1", 9001)
FAR = ("192.0.2.7", 9001)


def bundle(*elements: bytes, at: float = 0.0) -> bytes:
    """A bundle of encoded elements; at: seconds since 1970, 0 for at once."""
    timetag = 1 if at == 0.0 else int((at + 2_208_988_800) * 2**32)
    sized = b"".join(struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + timetag.to_bytes(8) + sized


class Rig:
    """A session on a clock that stands still until told, and all that it sent."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sent: list[tuple[osc.Peer, tuple[object, ...]]] = []
        self.sizes: dict[osc.Peer, int] = {}
        self.params = Params()
        self.session = OscSession(
            self.params,
            self._transmit,
            status=lambda: {"beat": 1.5, "device": "none"},
            own=("127.0.0.1", 7400),
            clock=lambda: self.now,
            wall=lambda: self.now + 1e9,
        )
        self.params.subscribe(self.session.changed)

    def _transmit(self, datagram: bytes, peer: osc.Peer) -> None:
        message = parse(datagram)[0]
        self.sent.append((peer, (message.address, *message.args)))
        self.sizes[peer] = self.sizes.get(peer, 0) + len(datagram)

    def receive(self, peer: osc.Peer, address: str, *args: osc.Arg) -> list[tuple[object, ...]]:
        """What the peer got for one message, at once."""
        return self.receive_raw(peer, encode(address, args))

    def receive_raw(self, peer: osc.Peer, datagram: bytes) -> list[tuple[object, ...]]:
        self.session.receive(datagram, peer)
        return self.taken(peer)

    def pass_time(self, seconds: float) -> None:
        """Time passes in steps of 1 ms, each flushed."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(self.now + 0.001, end)
            self.session.flush()

    def taken(self, peer: osc.Peer) -> list[tuple[object, ...]]:
        taken = [message for to, message in self.sent if to == peer]
        self.sent = [one for one in self.sent if one[0] != peer]
        return taken


@pytest.fixture
def rig() -> Rig:
    return Rig()


# Parsing


def test_messages_of_every_useful_type_are_read() -> None:
    builder = OscMessageBuilder("/a")
    for value, kind in [
        (7, "i"),
        (0.5, "f"),
        ("é", "s"),
        (2**40, "h"),
        (0.1, "d"),
        (True, "T"),
        (False, "F"),
    ]:
        builder.add_arg(value, kind)
    assert parse(builder.build().dgram) == [Message("/a", (7, 0.5, "é", 2**40, 0.1, True, False))]


def test_a_bang_is_true_a_symbol_is_a_string_and_no_type_tags_are_no_arguments() -> None:
    assert parse(b"/roll\0\0\0,I\0\0") == [Message("/roll", (True,))]
    assert parse(b"/roll\0\0\0,S\0\0dark\0\0\0\0") == [Message("/roll", ("dark",))]
    assert parse(b"/roll\0\0\0") == [Message("/roll", ())]


def test_bundles_unfold_in_order_with_the_later_of_their_times() -> None:
    builder = OscBundleBuilder(2e9)
    builder.add_content(OscMessageBuilder("/a").build())
    inner = bundle(encode("/b", (1,)), at=2e9 - 5)
    datagram = builder.build().dgram + struct.pack(">i", len(inner)) + inner
    assert parse(datagram) == [Message("/a", (), 2e9), Message("/b", (1,), 2e9)]
    assert parse(bundle()) == []


@pytest.mark.parametrize(
    ("datagram", "code"),
    [
        (b"", "malformed"),
        (b"GET / HTTP/1.1\r\n\r\n", "malformed"),
        (b"/a", "malformed"),
        (b"/ab\0\xff\xff\xff\xff", "malformed"),
        (b"/a\xff\0,\0\0\0", "malformed"),
        (b"/a\0\0,s\0\0\xff\xfe\0\0", "malformed"),
        (b"/a\0\0,f\0\0", "malformed"),  # python-osc would read 0.0
        (b"/a\0\0,f\0\0\0\0\0\0\0\0\0\0", "malformed"),
        (b"/a\0\0,sf\0dark\0\0\0\0", "malformed"),
        (b"/a\0\0,[i]\0\0\0\0\0\0\0\0", "bad_type"),
        (b"/a\0\0,b\0\0\0\0\0\0", "bad_type"),
        (b"/a\0\0," + b"T" * 2003, "malformed"),
        (b"/a\0\0," + b"T" * 2000 + b"\0\0\0", "too_many"),
        (b"#bundle\0", "malformed"),
        (b"#bundle\0" + bytes(8) + b"\x7f\xff\xff\xff", "malformed"),
        (b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xff/a\0\0", "malformed"),
        (b"#bundle\0" + bytes(8) + bytes(4), "malformed"),
        (bytes(8193), "too_long"),
    ],
)
def test_what_is_not_osc_is_refused(datagram: bytes, code: str) -> None:
    with pytest.raises(OscError) as caught:
        parse(datagram)
    assert caught.value.code == code


def test_bundles_nest_four_deep_and_no_deeper() -> None:
    nested = encode("/a", ())
    for depth in range(1, 400):
        nested = bundle(nested)
        if len(nested) > osc.DATAGRAM_LIMIT:
            break
        if depth <= 4:
            assert parse(nested) == [Message("/a", ())]
        else:
            with pytest.raises(OscError, match="4 deep"):
                parse(nested)


# Patterns


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("/ladmg/*/prompt", ["1/prompt"]),
        ("/*/bpm", ["bpm"]),
        ("/ladmg/*", [spec.name for spec in SPECS if spec.scope == "global"]),
        ("/ladmg/1/seed_?", ["1/seed_a", "1/seed_b"]),
        ("/ladmg/1/seed_[a-c]", ["1/seed_a", "1/seed_b"]),
        ("/ladmg/1/seed_[!a]", ["1/seed_b"]),
        ("/ladmg/{bpm,gain_db,no}", ["bpm", "gain_db"]),
        ("/ladmg/[1-2]/{m,r}o*", ["1/morph", "1/roll"]),
        ("/ladmg/*o*_*", []),
        ("/ladmg/n_*s", ["n_bars", "n_steps"]),
        ("/ladmg/**********Z", []),
        ("*", []),
        ("/ladmg/?", []),
    ],
)
def test_patterns_reach_what_they_should(pattern: str, names: list[str]) -> None:
    assert expand(pattern) == tuple(f"/ladmg/{name}" for name in names)


@pytest.mark.parametrize("pattern", ["/ladmg/[a", "/ladmg/{a", "/ladmg/" + "*" * 200, "/ladmg/" + "*a" * 20])
def test_patterns_that_are_wrong_or_too_much_are_refused(pattern: str) -> None:
    with pytest.raises(OscError):
        expand(pattern)


def test_no_pattern_goes_back() -> None:
    """python-osc makes a regex of `/ladmg/**********Z` that holds the interpreter for 11 s."""
    for length in range(1, 14):
        for ending in ("Z", "[!a]Z", "{a,b,}Z"):
            for stars in (
                "*" * length,
                "?*" * (length // 2),
                "*a" * length,
                "{*,?}" * length,
                "{,}" * length,
            ):
                assert expand(f"/ladmg/{stars}{ending}") == ()


def test_a_datagram_holds_16_patterns(rig: Rig) -> None:
    rig.receive_raw(LOCAL, bundle(*[encode("/*/*/prompt", ("dub",))] * 20))
    assert rig.session.counters.refused == 4
    assert rig.params.get("/ladmg/1/prompt") == "dub"


# The session


def test_all_decks_are_reached_by_one_star(rig: Rig) -> None:
    assert rig.receive(LOCAL, "/ladmg/*/prompt", "dark", "techno", 90.0) == []
    assert rig.params.get("/ladmg/1/prompt") == "dark techno 90"


def test_subscribing_brings_all_values_before_anything_later(rig: Rig) -> None:
    got = [*rig.receive(LOCAL, "/ladmg/subscribe"), *rig.receive(LOCAL, "/ladmg/sync", 3)]
    assert got == [*rig.params.snapshot().items(), ("/ladmg/synced", 3)]


def test_a_surface_may_listen_on_another_port_than_it_sends_from(rig: Rig) -> None:
    listening = ("127.0.0.1", 9100)
    assert rig.receive(LOCAL, "/ladmg/subscribe", 9100.0) == []  # Pd sends every number as a float
    assert len(rig.taken(listening)) == len(rig.params.snapshot())
    rig.receive(LOCAL, "/ladmg/ping")
    assert rig.taken(listening) == [("/ladmg/pong",)]


@pytest.mark.parametrize("port", [80, 70000, 9001.5, "9001", float("nan"), 7400])
def test_a_port_that_cannot_be_meant_is_refused(rig: Rig, port: osc.Arg) -> None:
    ((address, about, _code, _text),) = rig.receive(LOCAL, "/ladmg/subscribe", port)
    assert (address, about) == ("/ladmg/error", "/ladmg/subscribe")
    assert not rig.session.subscribers


def test_others_hear_a_change_at_once_and_its_sender_the_accepted_value_once(rig: Rig) -> None:
    other = ("127.0.0.1", 9002)
    for peer in (LOCAL, other):
        rig.receive(peer, "/ladmg/subscribe")
        rig.taken(peer)
    rig.pass_time(0.1)
    for step in range(10):
        rig.receive(LOCAL, "/ladmg/bpm", 500.0 + step)
        rig.pass_time(0.01)
    assert rig.taken(other) == [("/ladmg/bpm", 200.0)]
    assert rig.taken(LOCAL) == []  # still moving: nothing may come back into the hand
    rig.pass_time(0.2)
    assert rig.taken(LOCAL) == [("/ladmg/bpm", 200.0)]
    rig.pass_time(1.0)
    assert rig.taken(LOCAL) == rig.taken(other) == []


def test_echoes_are_at_most_30_a_second_and_the_last_value_arrives(rig: Rig) -> None:
    rig.receive(LOCAL, "/ladmg/subscribe")
    rig.taken(LOCAL)
    rig.pass_time(0.5)
    for step in range(1000):
        rig.params.set("/ladmg/1/morph", step / 1000, "midi")
        rig.pass_time(0.001)
    rig.pass_time(0.1)
    got = rig.taken(LOCAL)
    assert 29 <= len(got) <= 31
    assert got[-1][1] == pytest.approx(0.999)
    assert [value for _, value in got] == sorted(value for _, value in got)


def test_a_hand_that_moves_still_hears_another(rig: Rig) -> None:
    rig.receive(LOCAL, "/ladmg/subscribe")
    rig.taken(LOCAL)
    rig.receive(LOCAL, "/ladmg/1/morph", 0.25)
    rig.params.set("/ladmg/1/morph", 0.75, "midi")
    rig.pass_time(0.05)
    assert rig.taken(LOCAL) == [("/ladmg/1/morph", 0.75)]


def test_only_changes_are_echoed_and_triggers_are_not(rig: Rig) -> None:
    rig.receive(LOCAL, "/ladmg/subscribe")
    rig.taken(LOCAL)
    rig.pass_time(0.1)
    rig.params.set("/ladmg/bpm", 125, "midi")
    rig.params.set("/ladmg/1/roll", 1, "midi")
    rig.receive(LOCAL, "/ladmg/1/go", 1.0)
    rig.pass_time(0.5)
    assert rig.taken(LOCAL) == []


def test_a_lease_ends_after_30_s_unless_renewed(rig: Rig) -> None:
    rig.receive(LOCAL, "/ladmg/subscribe")
    rig.now += 29
    rig.session.flush()
    assert rig.receive(LOCAL, "/ladmg/subscribe")  # renewed: all values again, in case a packet was lost
    rig.now += 29
    rig.session.flush()
    assert rig.session.subscribers
    rig.now += 2
    rig.session.flush()
    assert not rig.session.subscribers


def test_renewing_does_not_jerk_what_is_under_the_hand(rig: Rig) -> None:
    rig.receive(LOCAL, "/ladmg/subscribe")
    rig.pass_time(2.0)
    rig.taken(LOCAL)
    rig.receive(LOCAL, "/ladmg/bpm", 131.0)
    snapshot = rig.receive(LOCAL, "/ladmg/subscribe")
    assert len(snapshot) == len(rig.params.snapshot()) - 1
    assert "/ladmg/bpm" not in [address for address, _ in snapshot]
    rig.pass_time(0.2)
    assert rig.taken(LOCAL) == [("/ladmg/bpm", 131.0)]


def test_subscribing_again_and_again_brings_a_snapshot_a_second(rig: Rig) -> None:
    for _ in range(1000):
        rig.receive(LOCAL, "/ladmg/subscribe")
        rig.pass_time(0.002)
    assert rig.sizes[LOCAL] < 4 * 1000


def test_there_are_eight_subscribers_and_no_more(rig: Rig) -> None:
    for port in range(9001, 9009):
        rig.receive(("127.0.0.1", port), "/ladmg/subscribe")
    late = ("127.0.0.1", 9009)
    assert rig.receive(late, "/ladmg/subscribe")[0][2] == "too_many"
    rig.receive(LOCAL, "/ladmg/unsubscribe")
    assert rig.receive(late, "/ladmg/subscribe")[0] == ("/ladmg/bpm", 125.0)
    assert LOCAL not in rig.session.subscribers


def test_a_far_peer_must_show_that_it_hears_before_it_gets_more_than_it_sent(rig: Rig) -> None:
    ((address, token),) = rig.receive(FAR, "/ladmg/subscribe")
    assert address == "/ladmg/token"
    assert rig.sizes[FAR] <= len(encode("/ladmg/subscribe", ()))
    assert not rig.session.subscribers
    assert len(rig.receive(FAR, "/ladmg/confirm", token)) == len(rig.params.snapshot())
    assert FAR in rig.session.subscribers
    assert rig.receive(FAR, "/ladmg/status")[0][:3] == ("/ladmg/status", "beat", 1.5)


def test_a_forged_address_cannot_guess_its_way_in(rig: Rig) -> None:
    ((_, token),) = rig.receive(FAR, "/ladmg/subscribe")
    for wrong in range(3):
        rig.receive(FAR, "/ladmg/confirm", token + 1 + wrong)
    rig.receive(FAR, "/ladmg/confirm", token)
    assert not rig.session.subscribers
    ((_, token),) = rig.receive(FAR, "/ladmg/subscribe")
    rig.pass_time(osc.CHALLENGE_S + 0.1)
    rig.receive(FAR, "/ladmg/confirm", token)
    assert not rig.session.subscribers
    ((_, token),) = rig.receive(FAR, "/ladmg/subscribe")
    rig.receive(("192.0.2.8", 9001), "/ladmg/confirm", token)
    assert not rig.session.subscribers


def test_nothing_that_an_unconfirmed_peer_sends_brings_more_than_it_cost(rig: Rig) -> None:
    rig.params.set("/ladmg/1/prompt", "x" * 256, "test")
    requests = [
        encode("/ladmg/subscribe", ()),
        encode("/ladmg/subscribe", (9001,)),
        encode("/ladmg/status", ()),
        encode("/ladmg/describe", ()),
        encode("/ladmg/describe", ("/ladmg/swap",)),
        encode("/ladmg/get", ("/ladmg/1/prompt",)),
        encode("/ladmg/sync", (1,)),
        encode("/ladmg/ping", ()),
        encode("/ladmg/bpm", (float("nan"),)),
        encode("/x", ()),
        encode("/*/*/*", ()),
        bundle(*[encode("/ladmg/ping", ())] * 20),
        bundle(*[encode("/ladmg/subscribe", (port,)) for port in range(2000, 2020)]),
        bundle(*[encode("/ladmg/get", ("/ladmg/1/prompt",))] * 20, at=1e9 + 1001),
    ]
    for request in requests:
        rig.sizes.clear()
        rig.session.receive(request, FAR)
        rig.pass_time(1.5)
        assert sum(rig.sizes.values()) <= len(request), request
    rig.taken(FAR)
    assert rig.receive(FAR, "/ladmg/ping") == [("/ladmg/pong",)]


def test_get_tells_a_value_and_an_enum_its_index(rig: Rig) -> None:
    assert rig.receive(LOCAL, "/ladmg/get", "/ladmg/swap") == [("/ladmg/swap", 2)]
    assert rig.receive(LOCAL, "/ladmg/get", "/ladmg/nope")[0][2] == "unknown_address"


def test_status_and_describe_are_flat(rig: Rig) -> None:
    ((address, *pairs),) = rig.receive(LOCAL, "/ladmg/status")
    status = dict(zip(pairs[::2], pairs[1::2], strict=True))
    assert address == "/ladmg/status"
    assert status["device"] == "none"
    assert status["osc_received"] == 1
    described = rig.receive(LOCAL, "/ladmg/describe")
    assert [message[1] for message in described] == list(ADDRESSES)
    assert rig.receive(LOCAL, "/ladmg/describe", "/ladmg/bpm") == [
        ("/ladmg/describe", "/ladmg/bpm", "float", 60, 200, 125.0, "BPM", "", "Tempo.")
    ]


def test_errors_go_to_the_sender_and_to_subscribers_once_each(rig: Rig) -> None:
    other = ("127.0.0.1", 9002)
    rig.receive(other, "/ladmg/subscribe")
    rig.taken(other)
    expected = ("/ladmg/error", "/ladmg/bpm", "bad_value", "bpm must be a number in 60..200, got nan")
    assert rig.receive(LOCAL, "/ladmg/bpm", float("nan")) == [expected]
    assert rig.taken(other) == [expected]
    assert rig.receive(other, "/ladmg/bpm", float("nan")) == [expected]


def test_a_slip_of_the_pen_is_told_the_right_address(rig: Rig) -> None:
    ((_, _, code, text),) = rig.receive(LOCAL, "/ladmg/bmp", 130)
    assert code == "unknown_address"
    assert text == "no parameter '/ladmg/bmp'; did you mean /ladmg/bpm?"


def test_errors_are_told_at_most_30_times_a_second(rig: Rig) -> None:
    told = sum(len(rig.receive(LOCAL, f"/x/{number}")) for number in range(1000))
    assert told == 30
    assert rig.session.counters.refused == 1000
    rig.pass_time(1.0)
    assert rig.receive(LOCAL, "/x")


def test_a_flood_of_wrong_messages_hides_no_fault_of_the_instrument(rig: Rig) -> None:
    rig.receive(LOCAL, "/ladmg/subscribe")
    for number in range(100):
        rig.receive(LOCAL, f"/x/{number}")
    rig.session.error("/ladmg/1/prompt", "render_failed", "out of memory")
    assert rig.taken(LOCAL) == [("/ladmg/error", "/ladmg/1/prompt", "render_failed", "out of memory")]


def test_two_instruments_do_not_answer_each_other(rig: Rig) -> None:
    for message in (
        ("error", "/a", "b", "c"),
        ("pong",),
        ("synced", 1),
        ("beat", 1, 1, 125.0),
        ("status", "a", 1),
    ):
        assert rig.receive(LOCAL, f"/ladmg/{message[0]}", *message[1:]) == []
    assert rig.receive_raw(LOCAL, b"rubbish") == []


def test_a_bundle_ahead_is_held_a_past_one_acts_and_a_far_one_is_refused(rig: Rig) -> None:
    wall = rig.now + 1e9
    rig.receive_raw(LOCAL, bundle(encode("/ladmg/bpm", (130,)), at=wall + 2))
    rig.receive_raw(LOCAL, bundle(encode("/ladmg/gain_db", (-6,)), at=wall - 100))
    ((_, _, code, text),) = rig.receive_raw(LOCAL, bundle(encode("/ladmg/bpm", (140,)), at=wall + 11))
    assert (code, text) == ("too_far", "a bundle may be at most 10 s ahead, got 11.0 s")
    assert rig.params.get("/ladmg/gain_db") == -6.0
    assert rig.session.flush() == pytest.approx(2, abs=0.001)
    rig.pass_time(1.9)
    assert rig.params.get("/ladmg/bpm") == 125.0
    rig.pass_time(0.2)
    assert rig.params.get("/ladmg/bpm") == 130.0


def test_held_messages_keep_their_order_and_are_bounded(rig: Rig) -> None:
    wall = rig.now + 1e9
    rig.receive_raw(LOCAL, bundle(encode("/ladmg/bpm", (130,)), encode("/ladmg/bpm", (131,)), at=wall + 1))
    for _ in range(300):
        rig.receive_raw(LOCAL, bundle(encode("/ladmg/bpm", (140,)), at=wall + 0.5))
    assert rig.session.counters.refused == 302 - osc.HELD_LIMIT
    rig.pass_time(1.1)
    assert rig.params.get("/ladmg/bpm") == 131.0


def test_news_reaches_subscribers_the_latest_wins(rig: Rig) -> None:
    rig.receive(LOCAL, "/ladmg/subscribe")
    rig.taken(LOCAL)
    rig.session.broadcast("/ladmg/beat", (1, 1, 125.0))
    rig.pass_time(0.001)
    for beat in (2, 3, 4):
        rig.session.broadcast("/ladmg/beat", (1, beat, 125.0))
    rig.pass_time(0.1)
    assert rig.taken(LOCAL) == [("/ladmg/beat", 1, 1, 125.0), ("/ladmg/beat", 1, 4, 125.0)]


def test_a_failing_status_is_counted_and_survived(rig: Rig) -> None:
    session = OscSession(rig.params, lambda datagram, peer: None, status=lambda: {}["missing"])
    session.receive(encode("/ladmg/status", ()), LOCAL)
    assert session.counters.errors == 1


# Rubbish


def rubbish(random_source: random.Random) -> Iterator[bytes]:
    """Datagrams: valid ones, mutilated ones, nested ones, and noise; endless."""
    addresses = [
        *ADDRESSES,
        "/ladmg/subscribe",
        "/ladmg/get",
        "/ladmg/sync",
        "/ladmg/confirm",
        "/ladmg/describe",
    ]
    addresses += [
        "/ladmg/*",
        "/ladmg/*/*",
        "/ladmg/**********Z",
        "/ladmg/{bpm,",
        "/ladmg/[!a-z]",
        "/",
        "/ladmg/é",
    ]
    numbers = (0, 1, -1, 2**31 - 1, 2**63 - 1, 0.5, 130.0, 1e38, float("nan"), float("inf"), -0.0)
    words = ("", "dark", "x" * 300, "4bars", "\u202e", "\x00"[:0], "/ladmg/bpm", "\U0001f3b9")
    choose = random_source.choice

    def message() -> bytes:
        builder = OscMessageBuilder(choose(addresses))
        for _ in range(random_source.randrange(4)):
            builder.add_arg(choose((*numbers, *words, True, False, None, b"blob")))
        return bytes(builder.build().dgram)

    def mutilated() -> bytes:
        data = bytearray(message())
        for _ in range(random_source.randrange(1, 6)):
            at = random_source.randrange(len(data))
            data[at : at + choose((0, 1, 1, 4))] = random_source.randbytes(choose((0, 1, 1, 4)))
            if not data:
                break
        return bytes(data)

    def nested() -> bytes:
        inner = choose((message, mutilated))()
        for _ in range(random_source.randrange(1, 8)):
            inner = bundle(
                inner, *([message()] * random_source.randrange(3)), at=choose((0.0, 1e9, 1e9 + 1001, 2e9))
            )
        return inner

    def noise() -> bytes:
        return choose((b"", b"/", b"#bundle\0", b"/ladmg/bpm\0\0,f\0\0")) + random_source.randbytes(
            random_source.randrange(choose((8, 64, 2000)))
        )

    while True:
        yield choose((message, mutilated, nested, noise))()


def assert_all_is_valid(params: Params) -> None:
    for address, value in params.snapshot().items():
        assert accept(ADDRESSES[address][0], value) == value


def test_20000_datagrams_of_rubbish_harm_nothing(rig: Rig) -> None:
    peers = [LOCAL, FAR, ("127.0.0.1", 9003), ("192.0.2.9", 1025)]
    choose = random.Random(7)
    for number, datagram in enumerate(itertools.islice(rubbish(random.Random(2026)), 20_000)):
        rig.session.receive(datagram, choose.choice(peers))
        rig.now += 0.0005
        rig.session.flush()
        if number % 500 == 0:
            assert_all_is_valid(rig.params)
            rig.sent.clear()
    assert rig.session.counters.errors == 0
    assert rig.session.counters.received == 20_000
    assert_all_is_valid(rig.params)
    rig.pass_time(2.0)
    rig.taken(LOCAL)
    assert rig.receive(LOCAL, "/ladmg/ping") == [("/ladmg/pong",)]


# The server, with real packets


@pytest.fixture
def server() -> Iterator[tuple[OscServer, Params]]:
    params = Params()
    running = OscServer(params, port=0, status=lambda: {"beat": 1.5})
    running.start()
    yield running, params
    running.stop()


class Client:
    """A UDP socket that speaks to a server."""

    def __init__(self, port: int) -> None:
        self.to = ("127.0.0.1", port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(10)

    def send(self, address: str, *args: osc.Arg) -> None:
        self.socket.sendto(encode(address, args), self.to)

    def receive(self) -> tuple[object, ...]:
        message = parse(self.socket.recv(65536))[0]
        return (message.address, *message.args)

    def until(self, address: str) -> list[tuple[object, ...]]:
        """All that comes, up to and with the first message at `address`."""
        messages = [self.receive()]
        while messages[-1][0] != address:
            messages.append(self.receive())
        return messages


def eventually(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.01)


def is_taken(port: int) -> bool:
    """Whether some program listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return True
    return False


def test_oscsend_is_understood_and_answered(server: tuple[OscServer, Params]) -> None:
    running, params = server
    if shutil.which("oscsend") is None:
        pytest.skip("oscsend (liblo-tools) is not installed")
    client = Client(running.port)
    client.send("/ladmg/subscribe")
    client.send("/ladmg/sync", 1)
    assert len(client.until("/ladmg/synced")) == len(params.snapshot()) + 1

    def oscsend(*words: str) -> None:
        subprocess.run(["oscsend", "127.0.0.1", str(running.port), *words], check=True)

    oscsend("/ladmg/bpm", "f", "132")
    assert client.receive() == ("/ladmg/bpm", 132.0)
    oscsend("/ladmg/bpm", "d", "133.33")
    assert client.receive()[1] == pytest.approx(133.33)
    oscsend("/ladmg/n_bars", "i", "8")
    assert client.receive() == ("/ladmg/n_bars", 8)
    oscsend("/ladmg/playing", "F")
    assert client.receive() == ("/ladmg/playing", 0)
    oscsend("/ladmg/*/prompt", "ssf", "dub", "techno", "90")
    assert client.receive() == ("/ladmg/1/prompt", "dub techno 90")
    oscsend("/ladmg/swap", "s", "4bars")
    assert client.receive() == ("/ladmg/swap", 4)
    rolls: list[str] = []
    params.subscribe(lambda change: rolls.append(change.address))
    oscsend("/ladmg/1/roll", "I")
    eventually(lambda: rolls == ["/ladmg/1/roll"])
    oscsend("/ladmg/bpm", "s", "fast")
    assert client.receive()[:3] == ("/ladmg/error", "/ladmg/bpm", "bad_type")


def test_oscdump_hears_what_changes_on_the_port_that_it_named(server: tuple[OscServer, Params]) -> None:
    running, params = server
    if shutil.which("oscdump") is None:
        pytest.skip("oscdump (liblo-tools) is not installed")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listener = subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True)
    assert listener.stdout is not None
    try:
        eventually(lambda: is_taken(port))
        subscribe = ["oscsend", "127.0.0.1", str(running.port), "/ladmg/subscribe", "i", str(port)]
        subprocess.run(subscribe, check=True)
        heard = [listener.stdout.readline().split(maxsplit=1)[1] for _ in params.snapshot()]
        assert "/ladmg/bpm f 125.000000\n" in heard
        assert "/ladmg/swap i 2\n" in heard
        assert '/ladmg/1/prompt s ""\n' in heard
        params.set("/ladmg/1/prompt", "dub techno", "midi")
        assert listener.stdout.readline().endswith('/ladmg/1/prompt s "dub techno"\n')
    finally:
        listener.kill()
        listener.communicate()


PATCH = """#N canvas 0 0 450 300 12;
#X obj 10 10 loadbang;
#X obj 10 40 t b b b b;
#X msg 200 80 connect 127.0.0.1 {port};
#X msg 10 80 list dark dub techno 90 bpm;
#X msg 100 80 131.5;
#X obj 10 120 oscformat /ladmg/1/prompt;
#X obj 100 150 oscformat /ladmg/bpm;
#X obj 10 190 list prepend send;
#X obj 10 220 list trim;
#X obj 10 250 netsend -u -b;
#X obj 300 80 delay 500;
#X msg 300 120 \\; pd quit;
#X connect 0 0 1 0;
#X connect 1 3 2 0;
#X connect 1 2 3 0;
#X connect 1 1 4 0;
#X connect 1 0 10 0;
#X connect 2 0 9 0;
#X connect 3 0 5 0;
#X connect 4 0 6 0;
#X connect 5 0 7 0;
#X connect 6 0 7 0;
#X connect 7 0 8 0;
#X connect 8 0 9 0;
#X connect 10 0 11 0;
"""


def test_pure_data_sends_a_prompt_as_a_list_of_words(
    server: tuple[OscServer, Params], tmp_path: Path
) -> None:
    running, params = server
    if shutil.which("pd") is None:
        pytest.skip("Pure Data (puredata-core) is not installed")
    patch = tmp_path / "prompt.pd"
    patch.write_text(PATCH.format(port=running.port))
    command = ["pd", "-nogui", "-noaudio", "-nomidi", "-noprefs", str(patch)]
    subprocess.run(command, check=False, timeout=30, capture_output=True)
    eventually(lambda: params.get("/ladmg/bpm") == 131.5)
    assert params.get("/ladmg/1/prompt") == "dark dub techno 90 bpm"
    assert running.counters["refused"] == 0


def test_rubbish_by_socket_leaves_the_server_answering(server: tuple[OscServer, Params]) -> None:
    running, params = server
    client = Client(running.port)
    for number, datagram in enumerate(itertools.islice(rubbish(random.Random(5)), 3000)):
        client.socket.sendto(datagram, client.to)
        if number % 50 == 0:
            client.send("/ladmg/sync", number)
            client.until("/ladmg/synced")
    client.socket.sendto(bytes(60_000), client.to)
    client.send("/ladmg/ping")
    client.until("/ladmg/pong")
    assert running.counters["errors"] == 0
    assert running.counters["received"] >= 3000
    assert_all_is_valid(params)


def test_changes_of_other_surfaces_news_and_errors_arrive(server: tuple[OscServer, Params]) -> None:
    running, params = server
    client = Client(running.port)
    client.send("/ladmg/subscribe")
    client.send("/ladmg/sync", 1)
    client.until("/ladmg/synced")
    for step in range(500):
        params.set("/ladmg/1/morph", (step + 1) / 500, "midi")
    got = [client.receive()]
    while got[-1] != ("/ladmg/1/morph", 1.0):
        got.append(client.receive())
    assert len(got) < 100
    running.send("/ladmg/beat", 3, 1, 125.0)
    assert client.receive() == ("/ladmg/beat", 3, 1, 125.0)
    running.error("/ladmg/1/prompt", "render_failed", "out of memory")
    assert client.receive() == ("/ladmg/error", "/ladmg/1/prompt", "render_failed", "out of memory")
    with pytest.raises(TypeError, match="numbers and strings"):
        running.send("/ladmg/beat", [1, 2])  # type: ignore[arg-type]


def test_a_network_address_is_loudly_logged_and_loopback_is_not(caplog: pytest.LogCaptureFixture) -> None:
    for bind, warnings in (("127.0.0.1", []), ("0.0.0.0", ["WARNING"])):
        caplog.clear()
        running = OscServer(Params(), bind=bind, port=0)
        running.start()
        client = Client(running.port)
        client.send("/ladmg/ping")
        assert client.receive() == ("/ladmg/pong",)
        running.stop()
        assert [record.levelname for record in caplog.records] == warnings


def test_a_port_in_use_is_named_with_the_option() -> None:
    first = OscServer(Params(), port=0)
    first.start()
    second = OscServer(Params(), port=first.port)
    with pytest.raises(OscStartError, match=rf"OSC port {first.port} on 127.0.0.1 is in use .* --osc-port"):
        second.start()
    second.stop()
    first.stop()
    with pytest.raises(
        OscStartError, match=r"--bind must be an IPv4 address of this machine, got '192.0.2.1'"
    ):
        OscServer(Params(), bind="192.0.2.1").start()
    with pytest.raises(OscStartError, match=r"--osc-port must be in 0..65535, got 70000"):
        OscServer(Params(), port=70000).start()
