"""MIDI learn: which control it takes, and which not."""

from __future__ import annotations

import mido
import pytest

from instrument.midi.learn import Found, Learner, entry
from instrument.midi.messages import Assembler, Encoder, Source, encode

MORPH, MUTE, ROLL, PROMPT, BPM = (
    "/ladmg/1/morph",
    "/ladmg/1/mute",
    "/ladmg/1/roll",
    "/ladmg/1/prompt",
    "/ladmg/bpm",
)


class Hand:
    """Sends messages to a learner until it has found its control."""

    def __init__(self, address: str) -> None:
        self.learner = Learner(address)
        self.assembler = Assembler()
        self.found: Found | None = None

    def send(self, *messages: bytes | list[int]) -> Found | None:
        for data in messages:
            for move in self.assembler.take(mido.Message.from_bytes(data)):
                self.found = self.found or self.learner.take("port", move)
        return self.found

    def turn(self, control: int, *values: int, channel: int = 0) -> Found | None:
        return self.send(*([0xB0 | channel, control, value] for value in values))


def cc(control: int, channel: int = 0) -> Source:
    return Source("cc", control, channel)


def test_a_knob_is_taken_when_it_has_moved_three_steps() -> None:
    hand = Hand(MORPH)
    assert hand.turn(20, 60, 61, 62) is None
    assert hand.turn(21, 5, 6, 5, 6, 5) is None, "it only trembles"
    assert hand.turn(20, 63, channel=0) == Found(cc(20))


def test_the_first_one_to_move_is_taken_not_the_first_one_heard() -> None:
    hand = Hand(MORPH)
    hand.turn(20, 60)
    assert hand.turn(7, 10, 11, 12, 13, channel=4) == Found(cc(7, 4))


def test_a_button_is_taken_when_it_is_let_go() -> None:
    assert Hand(ROLL).turn(41, 127, 0) == Found(cc(41))
    assert Hand(MUTE).turn(41, 127, 127, 127) == Found(cc(41)), "or by itself, where it tells of no release"


def test_a_note_or_a_program_is_taken_at_once_and_a_release_is_not() -> None:
    hand = Hand(PROMPT)
    assert hand.send([0x89, 36, 64]) is None
    assert hand.send([0x99, 36, 5]) == Found(Source("note", 36, 9))
    assert Hand(PROMPT).send([0xC0, 4]) == Found(Source("program", 4, 0))


def test_a_bend_is_taken_by_its_way() -> None:
    hand = Hand(MORPH)
    assert hand.send([0xE0, 0, 64], [0xE0, 5, 64], [0xE0, 9, 64]) is None
    assert hand.send([0xE0, 9, 80]) == Found(Source("bend", None, 0))


def test_clock_sensing_and_channel_mode_are_never_taken() -> None:
    hand = Hand(MUTE)
    for _ in range(9):
        assert hand.send([0xF8], [0xFE], [0xB0, 123, 0], [0xB0, 121, 127], [0xB0, 120, 0]) is None


def test_a_pair_is_taken_as_one_control_of_14_bits() -> None:
    hand = Hand(MORPH)
    for value in range(8000, 9000, 60):
        hand.send(*encode("cc14", 3, 2, value))
    assert hand.found == Found(Source("cc14", 3, 2))


def test_an_nrpn_is_taken_by_its_number() -> None:
    hand = Hand(MORPH)
    for value in range(8000, 9000, 60):
        hand.send(*encode("nrpn", 1000, 2, value))
    assert hand.found == Found(Source("nrpn", 1000, 2))


@pytest.mark.parametrize(
    ("values", "encoder"),
    [
        ((1, 1, 1), "twos_complement"),
        ((127, 127, 127), "twos_complement"),
        ((1, 127, 1, 127), "twos_complement"),
        ((65, 65, 65), "binary_offset"),
        ((63, 63, 63), "binary_offset"),
        ((1, 1, 65), "sign_bit"),
    ],
)
def test_what_repeats_itself_is_an_encoder(values: tuple[int, ...], encoder: Encoder) -> None:
    assert Hand(BPM).turn(30, *values) == Found(cc(30), encoder)


def test_what_a_map_says_of_what_was_found() -> None:
    assert entry(Found(cc(20, 3)), MORPH, 0.5, None) == {"cc": 20, "channel": 4, "address": MORPH}
    assert entry(Found(cc(30), "sign_bit"), BPM, 125.0, None)["encoder"] == "sign_bit"
    assert entry(Found(cc(30)), BPM, 125.0, "binary_offset")["encoder"] == "binary_offset", "as its map knows"
    assert "encoder" not in entry(Found(cc(30)), ROLL, 0, "binary_offset")
    note = Found(Source("note", 36, 9))
    assert entry(note, MUTE, 1, None) == {"note": 36, "channel": 10, "address": MUTE}
    assert entry(note, PROMPT, "dub techno", None)["value"] == "dub techno", "it brings back what is now"
    assert entry(note, MORPH, 0.25, None)["value"] == 0.25
    assert entry(note, "/ladmg/1/stutter", 3, None)["value"] == "1/8"
    assert entry(Found(Source("bend", None, 0)), MORPH, 0.5, None)["bend"] is True
    program = entry(Found(Source("program", 4, 0)), MUTE, 1, None)
    assert (program["program"], program["value"]) == (5, 1)
