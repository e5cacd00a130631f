"""The parameter table: what is accepted, what it becomes, what is refused and how."""

import json
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument import params
from instrument.params import ADDRESSES, SPECS, Change, ParamError, Params, Spec, accept

NUMERIC = [spec for spec in SPECS if spec.has_value and spec.kind != "text"]
BY_NAME = {spec.name: spec for spec in SPECS}


def as_float32(value: float) -> float:
    return struct.unpack(">f", struct.pack(">f", value))[0]


@given(st.sampled_from(NUMERIC), st.floats(0, 1))
def test_every_position_is_a_value_and_its_position_gives_it_back(spec: Spec, position: float) -> None:
    value = spec.map(position)
    assert spec.map(spec.unmap(value)) == value
    assert accept(spec, value) == value
    assert spec.low <= value <= spec.high


@given(st.sampled_from([spec for spec in NUMERIC if spec.kind == "float"]), st.floats(0, 1))
def test_a_position_comes_back_within_half_a_step(spec: Spec, position: float) -> None:
    assert spec.unmap(spec.map(position)) == pytest.approx(
        position, abs=0.5001 * spec.step / (spec.high - spec.low)
    )


@given(st.sampled_from(NUMERIC), st.floats(-1e9, 1e9))
def test_accepting_twice_is_accepting_once_also_through_float32(spec: Spec, number: float) -> None:
    value = accept(spec, number if spec.kind == "float" else round(number))
    assert spec.low <= value <= spec.high
    assert accept(spec, value) == value
    assert accept(spec, as_float32(value)) == value  # what a patcher sends back is what it was told


@given(
    st.sampled_from(SPECS),
    st.lists(
        st.one_of(st.floats(), st.integers(), st.text(), st.binary(), st.booleans(), st.none(), st.tuples()),
        max_size=4,
    ),
)
def test_anything_is_accepted_into_the_range_or_refused(spec: Spec, args: list[object]) -> None:
    refusal = None
    try:
        value = accept(spec, args)
    except ParamError as error:
        refusal = error
    if refusal is not None:
        assert refusal.code in ("bad_type", "bad_value", "too_long")
        assert str(refusal).startswith(spec.name)
    elif spec.kind in ("text", "name"):
        assert isinstance(value, str)
        assert len(value) <= params.TEXT_LIMIT
        assert value.isprintable() or not any(ord(character) < 32 for character in value)
    else:
        assert spec.low <= value <= spec.high


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("bpm", 999, 200.0),
        ("bpm", -5.0, 60.0),
        ("bpm", as_float32(132.1), 132.1),
        ("bpm", 123.456, 123.46),
        ("bpm", 10**400, 200.0),
        ("cfg_scale", 2.26, 2.3),
        ("gain_db", as_float32(-69.9), -69.9),
        ("gain_db", -0.001, 0.0),
        ("morph", as_float32(0.1), 0.1),
        ("seed_a", 3.0, 3),
        ("seed_a", 10**12, 999_999),
        ("n_bars", 3.0, 2),
        ("n_bars", 100, 8),
        ("n_bars", 7, 8),
        ("playing", True, 1),
        ("playing", False, 0),
        ("swap", "4bars", 4),
        ("key", "A minor", 10),
        ("key", ("c#", "MAJOR"), 14),
        ("key", "off", 0),
        ("key", 24.0, 24),
        ("weight_2", as_float32(0.7), 0.7),
        ("brightness", -2, -1.0),
        ("swing", as_float32(58.3), 58.3),
        ("negative", ("no", "kick"), "no kick"),
        ("swap", " Bar ", 2),
        ("swap", 6.0, 6),
        ("swap", 99, 6),
        ("roll", (), 1),
        ("roll", 1.0, 1),
        ("roll", True, 1),
        ("roll", 0, 0),
        ("roll", False, 0),
        ("prompt", ("dark", "techno", 90.0, "bpm", 0.5), "dark techno 90 bpm 0.5"),
        ("prompt", "  deep   house ", "deep house"),
        ("prompt", (), ""),
        ("prompt", "x" * 256, "x" * 256),
        ("prompt", "e\u0301te\u0301", "été"),
    ],
)
def test_accepted(name: str, raw: object, value: object) -> None:
    accepted = accept(BY_NAME[name], raw)
    assert accepted == value
    assert type(accepted) is type(value)
    assert str(accepted) == str(value)  # no -0.0


@pytest.mark.parametrize(
    ("name", "raw", "code", "text"),
    [
        ("bpm", float("nan"), "bad_value", "bpm must be a number in 60..200, got nan"),
        ("bpm", float("-inf"), "bad_value", "bpm must be a number in 60..200, got -inf"),
        ("bpm", "fast", "bad_type", "bpm must be a number in 60..200, got 'fast'"),
        ("bpm", True, "bad_type", "bpm must be a number in 60..200, got True"),
        ("bpm", None, "bad_type", "bpm must be a number in 60..200, got None"),
        ("bpm", (), "bad_type", "bpm takes one value, a number in 60..200, got 0"),
        ("bpm", (120, 121), "bad_type", "bpm takes one value, a number in 60..200, got 2"),
        ("n_steps", 3.5, "bad_value", "n_steps must be a whole number in 0..16, got 3.5"),
        ("n_bars", "4", "bad_type", "n_bars must be one of 1, 2, 4, 8, got '4'"),
        ("n_bars", True, "bad_type", "n_bars must be one of 1, 2, 4, 8, got True"),
        (
            "swap",
            "never",
            "bad_value",
            "swap must be one of now, beat, bar, loop, 4bars, 8bars, 16bars or an index 0..6, got 'never'",
        ),
        ("seed_a", float("inf"), "bad_value", "seed_a must be a whole number in 0..999999, got inf"),
        ("roll", float("nan"), "bad_value", "roll must be nothing or a number, 0 to ignore, got nan"),
        ("roll", "bang", "bad_type", "roll must be nothing or a number, 0 to ignore, got 'bang'"),
        ("prompt", "x" * 257, "too_long", "prompt must be words, at most 256 characters, got 257"),
        (
            "prompt",
            "a\x1b[2J",
            "bad_value",
            "prompt must be words, at most 256 characters, got '\\x1b' in it",
        ),
        ("prompt", "a\nb", "bad_value", "prompt must be words, at most 256 characters, got '\\n' in it"),
        (
            "prompt",
            "a\u202eb",
            "bad_value",
            "prompt must be words, at most 256 characters, got '\\u202e' in it",
        ),
        ("prompt", ("a", b"b"), "bad_type", "prompt must be words, at most 256 characters, got b'b'"),
        ("prompt", ("a", float("nan")), "bad_type", "prompt must be words, at most 256 characters, got nan"),
    ],
)
def test_refused(name: str, raw: object, code: str, text: str) -> None:
    with pytest.raises(ParamError) as caught:
        accept(BY_NAME[name], raw)
    assert caught.value.code == code
    assert str(caught.value) == text


def test_keys_are_the_models() -> None:
    from model import tags

    assert params.KEYS == tags.KEYS_24


def test_a_refused_value_changes_nothing() -> None:
    values = Params()
    before = values.snapshot()
    for address in ADDRESSES:
        for rubbish in (float("nan"), b"", None, [[]]):
            with pytest.raises(ParamError):
                values.set(address, rubbish, "test")
    assert values.snapshot() == before


def test_an_unknown_address_is_refused() -> None:
    values = Params()
    with pytest.raises(ParamError, match="no parameter '/ladmg/bmp'") as caught:
        values.set("/ladmg/bmp", 120, "test")
    assert caught.value.code == "unknown_address"
    with pytest.raises(ParamError):
        values.get("/ladmg/3/prompt")


def test_listeners_hear_changes_and_triggers_but_no_repetition() -> None:
    values, heard = Params(), []
    values.subscribe(heard.append)
    assert values.set("/ladmg/bpm", 130, "a").changed
    assert not values.set("/ladmg/bpm", 130.001, "b").changed
    assert values.set("/ladmg/1/roll", 1, "a").changed
    assert not values.set("/ladmg/1/roll", 0, "a").changed
    values.set("/ladmg/1/roll", (), "c")
    assert [(change.address, change.value, change.source) for change in heard] == [
        ("/ladmg/bpm", 130.0, "a"),
        ("/ladmg/1/roll", 1, "a"),
        ("/ladmg/1/roll", 1, "c"),
    ]
    assert (heard[1].spec.name, heard[1].deck) == ("roll", 1)
    assert values.get("/ladmg/1/roll") == 0
    assert "/ladmg/1/roll" not in values.snapshot()


def test_a_listener_may_set_and_a_failing_one_harms_nobody() -> None:
    values, heard = Params(), []

    def roll(change: Change) -> None:
        if change.spec.name == "roll":
            values.set("/ladmg/1/seed_b", 77, "engine")

    def fail(change: Change) -> None:
        raise RuntimeError("a listener's own fault")

    values.subscribe(roll)
    values.subscribe(fail)
    values.subscribe(lambda change: heard.append(change.spec.name))
    values.set("/ladmg/1/roll", 1, "a")
    assert heard == ["roll", "seed_b"]
    assert values.get("/ladmg/1/seed_b") == 77


def test_from_many_threads_the_last_told_is_the_value() -> None:
    values, told = Params(), {}
    values.subscribe(lambda change: told.__setitem__(change.address, change.value))

    def play(first: int) -> None:
        for seed in range(first, first + 3000):
            values.set("/ladmg/1/seed_a", seed, "a")
            values.set("/ladmg/1/morph", seed % 100 / 100, "a")

    threads = [threading.Thread(target=play, args=(first,)) for first in (10, 20_000, 300_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told["/ladmg/1/seed_a"] == values.get("/ladmg/1/seed_a")
    assert told["/ladmg/1/morph"] == values.get("/ladmg/1/morph")


def test_a_slow_listener_costs_the_others_nothing_and_gets_the_latest() -> None:
    values, heard = Params(), []
    is_in, may_go = threading.Event(), threading.Event()

    def slow(change: Change) -> None:
        is_in.set()
        may_go.wait(10)
        heard.append(change.value)

    values.subscribe(slow)
    thread = threading.Thread(target=values.set, args=("/ladmg/1/seed_a", 5, "a"))
    thread.start()
    assert is_in.wait(10)
    for seed in range(1000):
        values.set("/ladmg/1/seed_a", 1000 + seed, "b")  # returns at once
    may_go.set()
    thread.join()
    assert heard == [5, 1999]


def test_the_table_says_what_it_holds() -> None:
    entries = params.describe()
    assert json.loads(json.dumps(entries)) == entries
    assert [entry["address"] for entry in entries] == list(ADDRESSES)
    table = params.markdown()
    for address, (spec, deck) in ADDRESSES.items():
        assert (f"`{address}`" in table) == (deck in (None, 1))  # a deck's parameters once
        assert spec.doc.endswith(".")
        if spec.has_value:
            assert accept(spec, spec.default) == spec.default
    assert len(table.splitlines()) == 2 + sum(deck in (None, 1) for _, deck in ADDRESSES.values())


def test_no_leaf_is_a_folder_and_all_fits_in_a_float32() -> None:
    for address, (spec, _) in ADDRESSES.items():
        assert not any(other.startswith(address + "/") for other in ADDRESSES)
        if spec in NUMERIC:
            assert accept(spec, as_float32(spec.high)) == spec.high


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"kind": "float", "default": 2.0}, "default of x must be one of its values, got 2.0"),
        ({"kind": "float", "default": 0.0, "low": 1, "high": 1}, "range of x must not be empty, got 1..1"),
        ({"kind": "float", "default": 0.0, "step": 0.03}, "step of x must be 1, 0.1, 0.01 .., got 0.03"),
    ],
)
def test_a_wrong_entry_fails_early(fields: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text.replace(".", r"\.")):
        Spec(name="x", scope="global", when=("N",), doc="", **fields)
