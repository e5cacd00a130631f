"""OSC's protocol on a fake clock: values, subscribers, strangers, and what hides in a name."""

import itertools

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from instrument.osc import session as osc_session
from instrument.osc.datagram import Arg, encode
from instrument.osc.session import Allowance, OscSession
from instrument.params import ADDRESSES, DECKS, NAME_LIMIT, SPECS, TEXT_LIMIT, Change, Value
from tests.fuzz_osc import cases
from tests.rig_osc import FAR, LOCAL, Rig, bundle


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_datagram_holds_16_patterns(rig: Rig) -> None:
    rig.receive_raw(LOCAL, bundle(*[encode("/*/*/prompt", ("dub",))] * 20))
    assert rig.session.counters.refused == 4
    assert rig.params.get("/ladmg/1/prompt") == "dub"


def test_the_patterns_of_a_datagram_reach_256_addresses(rig: Rig) -> None:
    """16 patterns that mean everything were thousands of settings, and a datagram must cost little."""
    n_deck = sum(spec.scope == "deck" for spec in SPECS) * len(DECKS)
    n_patterns = osc_session.REACH_PER_DATAGRAM // n_deck
    assert n_patterns < 16
    rig.receive_raw(LOCAL, bundle(*[encode("/*/*/*", (-float(number),)) for number in range(1, 17)]))
    assert rig.params.get("/ladmg/1/level_db") == -n_patterns
    rig.receive_raw(LOCAL, bundle(*[encode("/*/*/level_db", (-float(number),)) for number in range(1, 17)]))
    assert rig.params.get("/ladmg/1/level_db") == -16.0


def test_all_decks_are_reached_by_one_star(rig: Rig) -> None:
    assert rig.receive(LOCAL, "/ladmg/*/prompt", "dark", "techno", 90.0) == []
    assert {rig.params.get(f"/ladmg/{deck}/prompt") for deck in DECKS} == {"dark techno 90"}


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
def test_a_port_that_cannot_be_meant_is_refused(rig: Rig, port: Arg) -> None:
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
    rig.receive(LOCAL, "/ladmg/subscribe")
    once = rig.sizes[LOCAL]
    for _ in range(1000):
        rig.receive(LOCAL, "/ladmg/subscribe")
        rig.pass_time(0.002)
    assert 2 * once <= rig.sizes[LOCAL] <= 3 * once


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
    rig.pass_time(osc_session.CHALLENGE_S + 0.1)
    rig.receive(FAR, "/ladmg/confirm", token)
    assert not rig.session.subscribers
    ((_, token),) = rig.receive(FAR, "/ladmg/subscribe")
    rig.receive(("192.0.2.8", 9001), "/ladmg/confirm", token)
    assert not rig.session.subscribers


def test_get_tells_a_value_and_an_enum_its_index(rig: Rig) -> None:
    assert rig.receive(LOCAL, "/ladmg/get", "/ladmg/swap") == [("/ladmg/swap", 2)]
    assert rig.receive(LOCAL, "/ladmg/get", "/ladmg/nope")[0][2] == "unknown_address"


def test_get_takes_a_pattern(rig: Rig) -> None:
    rig.params.set("/ladmg/1/morph", 0.25, "test")
    expected = [(f"/ladmg/{deck}/morph", 0.25 if deck == 1 else 0.0) for deck in DECKS]
    assert rig.receive(LOCAL, "/ladmg/get", "/ladmg/*/morph") == expected
    assert rig.receive(LOCAL, "/ladmg/get", "*")[0][2] == "unknown_address"


def test_status_is_flat_and_counts(rig: Rig) -> None:
    rig.receive_raw(LOCAL, b"rubbish")
    rig.receive(LOCAL, "/ladmg/bpm", "fast")
    rig.receive(("203.0.113.5", 9001), "/ladmg/bpm", 130)
    ((address, *pairs),) = rig.receive(LOCAL, "/ladmg/status")
    status = dict(zip(pairs[::2], pairs[1::2], strict=True))
    assert address == "/ladmg/status"
    assert status["device"] == "none"
    counted = {name: count for name, count in status.items() if str(name).startswith("osc_")}
    assert counted == {
        "osc_received": 4,
        "osc_malformed": 1,
        "osc_refused": 2,
        "osc_dropped_source": 1,
        "osc_dropped_rate": -1,
        "osc_unsent": 0,
        "osc_withheld": 0,
        "osc_faults": 0,
        "osc_subscribers": 0,
    }


def test_describe_tells_of_each_parameter_in_a_flat_message_of_one_shape(rig: Rig) -> None:
    described = rig.receive(LOCAL, "/ladmg/describe")
    assert [message[1] for message in described] == list(ADDRESSES)
    for _, address, kind, low, high, default, unit, choices, doc in described:
        spec, _ = ADDRESSES[str(address)]
        assert (kind, unit, doc) == (spec.kind, spec.unit, spec.doc)
        assert [type(value) for value in (unit, choices, doc)] == [str, str, str]
        assert str(choices).split(",") == [str(choice) for choice in spec.choices or ("",)]
        if spec.has_value and spec.kind != "text":
            assert (low, high, default) == pytest.approx((spec.low, spec.high, spec.default))


def test_describe_takes_an_address_or_a_pattern(rig: Rig) -> None:
    def described(asked: str) -> list[tuple[object, ...]]:
        return [message[1:] for message in rig.receive(LOCAL, "/ladmg/describe", asked)]

    assert described("/ladmg/bpm") == [("/ladmg/bpm", "float", 60, 200, 125.0, "BPM", "", "Tempo.")]
    assert described("/ladmg/1/prompt")[0][1:6] == ("text", 0, TEXT_LIMIT, "", "")
    assert described("/ladmg/preset_save")[0][1:6] == ("name", 1, NAME_LIMIT, "", "")
    assert [found[0] for found in described("/ladmg/*/morph")] == [f"/ladmg/{deck}/morph" for deck in DECKS]
    assert described("/ladmg/nope")[0][1] == "unknown_address"


def test_long_lists_are_whole_or_refused_and_come_at_a_bounded_rate(rig: Rig) -> None:
    told = 0
    for _ in range(1000):
        answers = rig.receive(LOCAL, "/ladmg/describe")
        is_list = answers and answers[0][0] == "/ladmg/describe"
        assert len(answers) == len(ADDRESSES) if is_list else all(one[2] == "too_many" for one in answers)
        told += len(answers) if is_list else 0
        rig.pass_time(0.01)
    assert told <= 2 * len(ADDRESSES) + 10 * osc_session.LISTED_PER_S
    assert told >= 9 * osc_session.LISTED_PER_S
    rig.pass_time(2.0)
    assert rig.receive(LOCAL, "/ladmg/describe", "/ladmg/bpm")[0][0] == "/ladmg/describe"


def test_an_allowance_is_for_so_many_at_once_and_so_many_a_second() -> None:
    allowance = Allowance(5, 10, 0.0)
    assert [allowance.take(0.0) for _ in range(6)] == [True] * 5 + [False]
    assert not allowance.take(0.05)
    assert allowance.take(0.1)
    assert not allowance.take(100.0, 6)
    assert allowance.take(100.0, 5)


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
    assert rig.session.counters.refused == 302 - osc_session.HELD_LIMIT
    rig.pass_time(1.1)
    assert rig.params.get("/ladmg/bpm") == 131.0


def test_who_subscribes_later_hears_what_sounds_and_what_comes_next(rig: Rig) -> None:
    """A patch that was opened while a loop played knew nothing of it until the next one."""
    rig.session.broadcast("/ladmg/beat", (1, 1, 125.0))
    rig.session.broadcast("/ladmg/1/loop", ("abc", "{}"))
    rig.session.broadcast("/ladmg/1/next", ("rendering", -1.0))
    rig.session.broadcast("/ladmg/1/next", ("cued", 3.0))
    got = rig.receive(LOCAL, "/ladmg/subscribe")
    assert got[: len(rig.params.snapshot())] == [*rig.params.snapshot().items()]
    assert sorted(got[len(rig.params.snapshot()) :]) == [
        ("/ladmg/1/loop", "abc", "{}"),
        ("/ladmg/1/next", "cued", 3.0),
    ]


def test_what_comes_at_once_ends_as_if_it_came_one_by_one() -> None:
    one_by_one, at_once = Rig(), Rig()
    told: list[Change] = []
    at_once.params.subscribe(told.append)
    hostile = cases(11, lambda: one_by_one.now + 1e9)
    for _ in range(100):
        batch = [(case.datagram, LOCAL) for case in itertools.islice(hostile, 50)]
        for datagram, peer in batch:
            one_by_one.session.receive(datagram, peer)
        at_once.session.receive_all(batch)
        assert at_once.params.snapshot() == one_by_one.params.snapshot()
    assert at_once.session.counters.refused == one_by_one.session.counters.refused
    told.clear()
    at_once.session.receive_all([(encode("/ladmg/bpm", (60.0 + step,)), LOCAL) for step in range(100)])
    assert [change.value for change in told] == [159.0]


def test_a_trigger_finds_what_was_set_before_it_and_nothing_later(rig: Rig) -> None:
    found: list[Value] = []
    rig.params.subscribe(
        lambda change: found.append(rig.params.get("/ladmg/bpm")) if not change.spec.has_value else None
    )
    messages = [("bpm", 130), ("preset_save", "one"), ("bpm", 140), ("1/go", 1), ("bpm", 150)]
    rig.session.receive_all([(encode(f"/ladmg/{name}", (value,)), LOCAL) for name, value in messages])
    assert found == [130.0, 140.0]
    assert rig.params.get("/ladmg/bpm") == 150.0
    got = rig.receive_raw(LOCAL, bundle(encode("/ladmg/bpm", (99,)), encode("/ladmg/get", ("/ladmg/bpm",))))
    assert got == [("/ladmg/bpm", 99.0)]


def test_news_reaches_subscribers_the_latest_wins(rig: Rig) -> None:
    rig.receive(LOCAL, "/ladmg/subscribe")
    rig.taken(LOCAL)
    rig.session.broadcast("/ladmg/beat", (1, 1, 125.0))
    rig.pass_time(0.001)
    for beat in (2, 3, 4):
        rig.session.broadcast("/ladmg/beat", (1, beat, 125.0))
    rig.pass_time(0.1)
    assert rig.taken(LOCAL) == [("/ladmg/beat", 1, 1, 125.0), ("/ladmg/beat", 1, 4, 125.0)]


def test_a_fault_of_our_own_is_survived_and_told_once_with_its_place(rig: Rig) -> None:
    """Broken code behind OSC filled the terminal with tracebacks, or was heard of by nobody."""
    session = OscSession(
        rig.params, lambda datagram, peer: None, status=lambda: {}["missing"], say=rig.said.append
    )
    for _ in range(100):
        session.receive(encode("/ladmg/status", ()), LOCAL)
    assert session.counters.faults == 100
    (told,) = rig.said
    assert "test_osc_session.py" in told
    assert "KeyError: 'missing'" in told


def test_a_fault_reaches_the_subscribers_too(rig: Rig) -> None:
    rig.receive(LOCAL, "/ladmg/subscribe")
    rig.taken(LOCAL)
    try:
        raise ValueError("\x1b[2J wrong")
    except ValueError as error:
        rig.session.fault(error)
    ((address, _, code, text),) = rig.taken(LOCAL)
    assert (address, code) == ("/ladmg/error", "fault")
    assert str(text).isprintable()


# Who may send, and who is sent what


OUTSIDE = ("203.0.113.5", 9001)


def test_only_who_is_allowed_is_heard(rig: Rig) -> None:
    rig.receive(FAR, "/ladmg/bpm", 130)
    assert rig.receive(OUTSIDE, "/ladmg/bpm", 140) == []
    assert rig.receive(OUTSIDE, "/ladmg/ping") == []
    assert rig.receive(OUTSIDE, "/ladmg/subscribe") == []
    assert rig.params.get("/ladmg/bpm") == 130.0
    assert rig.session.counters.dropped_source == 3
    assert rig.session.counters.refused == 0


def test_outsiders_are_told_of_once_a_minute_in_one_line(rig: Rig) -> None:
    for _ in range(2):
        for _ in range(1000):
            rig.receive(OUTSIDE, "/ladmg/bpm", 140)
            rig.pass_time(0.06)
    assert 2 <= len(rig.said) <= 3
    assert (
        rig.said[1]
        == "OSC from outside --allow is not heard: 1000 since last told, the latest from 203.0.113.5"
    )
    assert not any("\n" in line for line in rig.said)
    told = len(rig.said)
    rig.pass_time(120.0)
    assert len(rig.said) <= told + 1  # what came since; and nothing more where nothing comes


def test_on_ipv6_the_same_holds() -> None:
    rig = Rig()
    near = ("::1", 9001, 0, 0)
    assert rig.receive(near, "/ladmg/subscribe", 9100) == []
    assert len(rig.taken(("::1", 9100, 0, 0))) == len(rig.params.snapshot())
    assert rig.receive(("fe80::1", 9001, 0, 2), "/ladmg/bpm", 140) == []
    assert rig.session.counters.dropped_source == 1


def test_who_names_another_port_is_answered_there_from_then_on(rig: Rig) -> None:
    """A patch that changed its port had its answers sent to the old one for the rest of half a minute."""
    for port in (9100, 9200):
        rig.receive(LOCAL, "/ladmg/subscribe", port)
        rig.pass_time(1.0)
        rig.taken(("127.0.0.1", port))
    rig.receive(LOCAL, "/ladmg/ping")
    assert rig.taken(("127.0.0.1", 9100)) == []
    assert rig.taken(("127.0.0.1", 9200)) == [("/ladmg/pong",)]
    # Both may be meant: each hears what the one sender sets.
    rig.receive(LOCAL, "/ladmg/bpm", 130)
    rig.pass_time(0.2)
    assert rig.taken(("127.0.0.1", 9100)) == rig.taken(("127.0.0.1", 9200)) == [("/ladmg/bpm", 130.0)]


@pytest.mark.parametrize("args", [("nope",), (1, 2, 3), (True,), ("9001",), (float("inf"),)])
def test_only_a_well_formed_subscribe_enrols(rig: Rig, args: tuple[Arg, ...]) -> None:
    builder = OscMessageBuilder("/ladmg/subscribe")
    for arg in args:
        builder.add_arg(arg)
    rig.receive_raw(LOCAL, builder.build().dgram)
    rig.receive(LOCAL, "/ladmg/subscribed")
    rig.receive_raw(LOCAL, encode("/ladmg/subscribe", ())[:-1])
    rig.receive(LOCAL, "/ladmg/sub*")
    assert not rig.session.subscribers


def test_an_unconfirmed_peer_may_make_room_for_the_answer_to_sync(rig: Rig) -> None:
    assert rig.receive(FAR, "/ladmg/sync", 3) == []
    assert rig.receive(FAR, "/ladmg/sync", 3, 0) == [("/ladmg/synced", 3)]
    assert rig.receive(FAR, "/ladmg/sync", 3, 1, 2) == []
    assert rig.receive(LOCAL, "/ladmg/sync", 3) == [("/ladmg/synced", 3)]


def requests() -> list[bytes]:
    """Everything that can be asked, in every shape that may bring an answer."""
    plain = [
        encode(f"/ladmg/{name}", args)
        for name in (
            "subscribe",
            "confirm",
            "unsubscribe",
            "ping",
            "sync",
            "get",
            "status",
            "describe",
            "x",
            "",
        )
        for args in itertools.chain(
            [
                (),
                (1,),
                (9001,),
                (1.5,),
                (float("nan"),),
                (1, 0),
                (1, 0, 0),
                ("*",),
                ("/ladmg/*",),
                ("/*/*/*",),
            ],
            [(address,) for address in ADDRESSES],
        )
    ]
    plain += [encode(address, args) for address in ADDRESSES for args in ((), (1,), ("x",), (float("nan"),))]
    plain += [encode("/*/*/*", ("x",)), encode("/*/*", (float("nan"),)), b"rubbish", b"", b"/x\0\0"]
    return (
        plain
        + [bundle(one) for one in plain]
        + [bundle(*[one] * (7000 // (len(one) + 4))) for one in plain[:200:5]]
        + [bundle(one, at=1e9 + 1001) for one in plain[::7]]
    )


def test_nothing_that_an_unconfirmed_peer_sends_brings_more_than_it_cost(rig: Rig) -> None:
    """Its address may be another's, whom we would flood. The law holds over all messages, one by one and together."""
    for deck in DECKS:
        rig.params.set(f"/ladmg/{deck}/prompt", "x" * 256, "test")
    for request in requests():
        rig.sizes.clear()
        rig.session.receive(request, FAR)
        rig.session.flush()
        rig.now += 0.5
        rig.session.flush()
        assert sum(rig.sizes.values()) <= len(request), request
        assert set(rig.sizes) <= {FAR, (FAR[0], 1), (FAR[0], 9001)}
    assert rig.session.counters.withheld > 0
    rig.now += 20.0
    rig.session.flush()
    rig.taken(FAR)
    assert rig.receive(FAR, "/ladmg/ping") == [("/ladmg/pong",)]
    assert not rig.session.subscribers
