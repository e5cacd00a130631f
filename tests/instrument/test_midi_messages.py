"""Messages to moves: halves of pairs, NRPN, encoders; and moves to messages."""

from __future__ import annotations

import random
from typing import get_args

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.midi.messages import TOP, Assembler, Encoder, Kind, Move, Source, encode, n_steps


def moves(assembler: Assembler, *messages: bytes | list[int]) -> list[Move]:
    return [move for data in messages for move in assembler.take(mido.Message.from_bytes(data))]


def of(kind: str, found: list[Move]) -> list[int]:
    return [move.raw for move in found if move.kind == kind]


@given(
    st.sampled_from([kind for kind in get_args(Kind) if kind != "program"]),
    st.integers(0, 31),
    st.integers(0, 15),
    st.lists(st.integers(0, 16383), min_size=1, max_size=9),
)
def test_what_is_encoded_is_the_move_that_is_read(
    kind: Kind, number: int, channel: int, values: list[int]
) -> None:
    """The law of 14-bit pairs too: whole values come, in order, and none in between."""
    assembler = Assembler()
    at = None if kind == "bend" else number
    values = [value % (TOP[kind] + 1) for value in values]
    for value in values:
        read = [move for move in moves(assembler, *encode(kind, at, channel, value)) if move.kind == kind]
        assert [(move.number, move.channel, move.raw) for move in read] == [(at, channel, value)]
    assert not assembler.is_waiting or kind == "cc"


@given(st.integers(0, 16382), st.integers(0, 16383), st.integers(0, 15))
def test_nrpn_has_16383_numbers(number: int, value: int, channel: int) -> None:
    """And a last one that means none, after which data entry is a control like any other."""
    null = moves(Assembler(), *encode("nrpn", 16383, channel, value))
    assert "nrpn" not in {move.kind for move in null}
    read = moves(Assembler(), *encode("nrpn", number, channel, value))
    assert read == [Move("nrpn", number, channel, value, is_fine=True)]


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 16383)), max_size=20))
def test_pairs_of_many_channels_do_not_mix(sent: list[tuple[int, int]]) -> None:
    assembler = Assembler()
    read = moves(assembler, *(data for channel, value in sent for data in encode("cc14", 5, channel, value)))
    assert [(move.channel, move.raw) for move in read if move.kind == "cc14"] == sent


def test_an_upper_half_alone_is_told_when_no_lower_one_comes() -> None:
    assembler = Assembler()
    assert of("cc14", moves(assembler, [0xB0, 1, 64])) == []
    assert assembler.is_waiting
    assert of("cc14", moves(assembler, [0xB0, 1, 65])) == [64 << 7], "the next message shows it"
    assert of("cc14", list(assembler.rest())) == [65 << 7]
    assert not assembler.is_waiting
    assert of("cc14", moves(assembler, [0xB0, 33, 3])) == [65 << 7 | 3], "a lower half may come alone"
    assert of("cc14", moves(Assembler(), [0xB0, 33, 3])) == [], "but not before there is an upper one"


def test_every_control_change_is_one_of_its_own_too() -> None:
    assembler = Assembler()
    for control in [number for number in range(120) if not 98 <= number <= 101]:
        assert of("cc", moves(assembler, [0xB3, control, 7])) == [7], control


def test_data_entry_of_a_registered_parameter_is_no_knob() -> None:
    assembler = Assembler()
    pitch_bend_range = ([0xB0, 101, 0], [0xB0, 100, 0], [0xB0, 6, 2], [0xB0, 38, 0])
    assert moves(assembler, *pitch_bend_range) == []
    nothing = ([0xB0, 101, 127], [0xB0, 100, 127])
    assert of("cc", moves(assembler, *nothing, [0xB0, 6, 5])) == [5], "deselected: a control as any other"
    assert of("cc", moves(assembler, [0xB1, 6, 5])) == [5], "or on another channel"


def test_a_lower_half_does_not_take_the_upper_one_of_another_parameter() -> None:
    assembler = Assembler()
    moves(assembler, *encode("nrpn", 1, 0, 9000))
    assert moves(assembler, [0xB0, 99, 0], [0xB0, 98, 2], [0xB0, 38, 5]) == []


def test_notes_bends_and_programs() -> None:
    assembler = Assembler()
    assert moves(assembler, [0x92, 60, 100]) == [Move("note", 60, 2, 100)]
    assert moves(assembler, [0x82, 60, 64]) == moves(assembler, [0x92, 60, 0]) == [Move("note", 60, 2, 0)]
    assert moves(assembler, [0xE0, 0, 64]) == [Move("bend", None, 0, 8192)]
    assert moves(assembler, [0xC5, 7]) == [Move("program", 7, 5, 7)]


def test_what_is_no_control_moves_nothing() -> None:
    others = (
        [0xF8],
        [0xFE],
        [0xFA],
        [0xF0, 1, 0xF7],
        [0xA0, 60, 5],
        [0xD0, 5],
        [0xB0, 120, 0],
        [0xB0, 127, 0],
    )
    assert moves(Assembler(), *others) == []


def test_any_20000_messages_make_only_moves_within_their_range() -> None:
    dice = random.Random(5)
    assembler = Assembler()
    for _ in range(20_000):
        data = [dice.choice((0xB0, dice.randrange(0x80, 0xF0))), dice.randrange(128), dice.randrange(128)]
        data = data[:2] if data[0] & 0xF0 in (0xC0, 0xD0) else data
        for move in moves(assembler, data):
            assert 0 <= move.raw <= TOP[move.kind]
            assert move.number is None or 0 <= move.number <= 16383


# Encoders


@pytest.mark.parametrize("encoder", get_args(Encoder))
@given(steps=st.integers(-63, 63).filter(bool))
def test_an_encoder_turns_as_far_up_as_down(encoder: Encoder, steps: int) -> None:
    sent = {
        "twos_complement": steps % 128,
        "binary_offset": 64 + steps,
        "sign_bit": steps if steps > 0 else 64 - steps,
    }[encoder]
    assert n_steps(encoder, sent) == steps


@pytest.mark.parametrize(
    ("encoder", "values"), [("twos_complement", (0, 64)), ("binary_offset", (0, 64)), ("sign_bit", (0, 64))]
)
def test_what_is_no_step_is_none(encoder: Encoder, values: tuple[int, ...]) -> None:
    assert [n_steps(encoder, value) for value in values] == [0, 0]


def test_sources_are_told_as_a_performer_counts() -> None:
    assert Source("cc", 16, None).text == "cc 16"
    assert Source("cc14", 1, 0).text == "14-bit cc 1, channel 1"
    assert Source("nrpn", 1234, 9).text == "NRPN 1234, channel 10"
    assert Source("bend", None, None).text == "pitch bend"
    assert Source("program", None, None).text == "program change"
    assert Source("program", 0, 15).text == "program 1, channel 16"
    assert Source("note", 0, None).text == "note 0"
