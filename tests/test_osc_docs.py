"""docs/osc.md: what it says is what happens."""

import re
import shlex
from dataclasses import fields
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from instrument import cli
from instrument.osc import datagram as osc
from instrument.osc import pattern as osc_pattern
from instrument.osc import session as osc_session
from instrument.osc.datagram import parse
from instrument.osc.session import Counters
from instrument.params import ADDRESSES, NAME_LIMIT, TEXT_LIMIT
from tests.fuzz_osc import cases, message
from tests.rig_osc import FAR, LOCAL, Rig

ROOT = Path(__file__).parents[1]
QUESTIONS = ("subscribe", "unsubscribe", "confirm", "ping", "sync", "get", "status", "describe")
TOLD = ("beat", "error", "pong", "synced", "token", "1/next", "1/loop", "1/fan", "1/meter")


@cache
def text() -> str:
    return (ROOT / "docs" / "osc.md").read_text(encoding="utf-8")


def prose() -> str:
    """The text on one line, as sentences run over several."""
    return " ".join(text().split())


def sent() -> list[bytes]:
    """The datagrams of all `oscsend` lines."""
    datagrams = []
    for line in re.findall(r"^ {4}oscsend \S+ \d+ (.*)$", text(), re.MULTILINE):
        address, tags, *words = shlex.split(line)
        args: list[Any] = [
            {"f": float, "i": int, "s": str}[tag](word) for tag, word in zip(tags, words, strict=True)
        ]
        datagrams.append(message(address, tags, *args))
    return datagrams


def test_every_example_is_obeyed() -> None:
    rig = Rig()
    assert len(sent()) >= 6
    for datagram in sent():
        rig.session.receive(datagram, LOCAL)
    assert rig.session.counters.refused == 0
    assert rig.params.get("/ladmg/2/prompt") == "warm dub techno"
    (question,) = [datagram for datagram in sent() if b"/ladmg/sync" in datagram]
    assert rig.receive_raw(FAR, question) == [("/ladmg/synced", 3)]


@pytest.mark.parametrize(
    "line", re.findall(r'make play ARGS="(.*?)"', (ROOT / "docs" / "osc.md").read_text())
)
def test_every_option_is_one(line: str) -> None:
    options = cli._parser().parse_args(["play", *line.split()])
    assert options.osc_port == 7500 or options.allow


def test_every_address_exists_and_every_question_is_told_of() -> None:
    known = {*ADDRESSES, *(f"/ladmg/{name}" for name in (*QUESTIONS, *TOLD)), "/ladmg/*/prompt", "/ladmg/bmp"}
    named = set(re.findall(r"/ladmg/[\w/*]+", text()))
    assert named <= known
    assert {f"/ladmg/{name}" for name in (*QUESTIONS, *TOLD)} <= named
    assert set(Rig().session._commands) == {f"/ladmg/{name}" for name in QUESTIONS}


def test_the_limits_are_those_of_the_code() -> None:
    for statement in (
        f"A pattern has at most {osc_pattern.PATTERN_LIMIT} characters and {osc_pattern.WILDCARD_LIMIT} wildcards",
        f"a datagram has at most {osc_session.PATTERNS_PER_DATAGRAM} patterns",
        f"reach at most {osc_session.REACH_PER_DATAGRAM} addresses",
        f"Bundles may be nested {osc.BUNDLE_DEPTH} deep",
        f"up to {osc_session.HOLD_S:g} s ahead is held, at most {osc_session.HELD_LIMIT} messages",
        f"A datagram has at most {osc.DATAGRAM_LIMIT} bytes, a message at most {osc.ARGUMENT_LIMIT} arguments",
        f"at most {1 / osc_session.ECHO_INTERVAL_S:.0f} times a second",
        f"rested for {osc_session.REST_S:g} s",
        f"A subscription ends after {osc_session.LEASE_S:g} s",
        f"There can be {osc_session.SUBSCRIBER_LIMIT} subscribers",
        f"{osc_session.LISTED_PER_S} such messages a second",
        f"errors beyond {osc_session.ERRORS_PER_S} a second",
        f"within {osc_session.CHALLENGE_S:g} s. Three wrong numbers",
        f"at most {TEXT_LIMIT} characters |",
        f"at most {NAME_LIMIT} characters: never a path",
    ):
        assert statement in prose(), statement
    assert osc_session.CHALLENGE_TRIES == 3
    assert osc_session.SNAPSHOT_INTERVAL_S == 1.0
    assert osc_session.OUTSIDER_INTERVAL_S == 60.0


def test_the_counters_are_all_told_of() -> None:
    named = re.findall(r"^\| `osc_(\w+)` \|", text(), re.MULTILINE)
    assert named == [*(field.name for field in fields(Counters)), "subscribers"]


def test_the_answers_that_are_shown_are_given() -> None:
    rig = Rig()
    shown = [shlex.split(line) for line in re.findall(r"^ {4}(/ladmg/.*)$", text(), re.MULTILINE)]
    given = [
        *rig.receive(LOCAL, "/ladmg/describe", "/ladmg/bpm"),
        *rig.receive(LOCAL, "/ladmg/bpm", float("nan")),
        *rig.receive(LOCAL, "/ladmg/bmp", 130),
    ]
    assert shown == [[str(word) for word in answer] for answer in given]


def test_the_codes_are_those_that_are_told() -> None:
    rig = Rig()
    listener = ("127.0.0.1", 9555)
    told = set()
    for number, case in enumerate(islice(cases(3, lambda: rig.now + 1e9), 5000)):
        if number % 100 == 0:
            rig.receive(listener, "/ladmg/subscribe")
        rig.session.receive(case.datagram, LOCAL)
        rig.now += 0.1
        rig.session.flush()
        told |= {message[2] for message in rig.taken(listener) if message[0] == "/ladmg/error"}
        rig.sent.clear()
    sentence = re.search(r"The codes of refused messages are (.*?);", prose())
    assert sentence
    assert told == set(re.findall(r"`(\w+)`", sentence[1]))


def test_the_kinds_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| ([a-z, ]+) \| ", text().split("## Hear")[0], re.MULTILINE)
    kinds = {kind for row in rows[1:] for kind in row.split(", ")}
    assert kinds == {spec.kind for spec, _ in ADDRESSES.values()}
    assert parse(message("/ladmg/key", "s", "a minor"))[0].args == ("a minor",)
