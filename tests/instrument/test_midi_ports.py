"""Ports by their names."""

from __future__ import annotations

import sys

import pytest

from instrument.midi.ports import MidiError, available_inputs, choose, partner


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("launch control", "Launch Control XL:Launch Control XL MIDI 1 20:0"),
        (
            "Launch Control XL:Launch Control XL MIDI 1 28:0",
            "Launch Control XL:Launch Control XL MIDI 1 20:0",
        ),
        ("nanokontrol2", "nanoKONTROL2:nanoKONTROL2 _ CTRL 24:0"),
        ("Midi Through", "Midi Through:Midi Through Port-0 14:0"),
        ("knobs", "knobs"),
        ("knobs 2", "Knobs-2"),
    ],
)
def test_a_port_is_found_by_a_part_of_its_name(asked: str, name: str) -> None:
    names = [
        "Midi Through:Midi Through Port-0 14:0",
        "Launch Control XL:Launch Control XL MIDI 1 20:0",
        "nanoKONTROL2:nanoKONTROL2 _ CTRL 24:0",
        "Knobs-2",
        "knobs",
    ]
    assert choose(asked, names) == name


def test_a_port_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(MidiError) as caught:
        choose("nanoKONTROL2", ["Launch Control XL", "Midi Through"])
    assert str(caught.value) == (
        "no MIDI input named 'nanoKONTROL2'; available: 'Launch Control XL', 'Midi Through'"
    )
    with pytest.raises(MidiError, match="no MIDI input named ''; available: none"):
        choose("", [])


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("MIDI Mix:MIDI Mix MIDI 1 20:0", "MIDI Mix:MIDI Mix MIDI 1 20:0"),  # ALSA
        ("MIDI Mix", "MIDI Mix"),  # macOS
        ("MIDI Mix 0", "MIDI Mix 1"),  # Windows
        ("Knobs:out", "Knobs-01:in"),  # JACK
        ("a2j:MIDI Mix [20] (capture): MIDI Mix MIDI 1", "a2j:MIDI Mix [20] (playback): MIDI Mix MIDI 1"),
        ("Keys", None),
    ],
)
def test_leds_are_told_by_the_output_of_the_same_name(name: str, output: str | None) -> None:
    others = ["Midi Through:Midi Through Port-0 14:0", "Other"]
    assert partner(name, [*others, output] if output else others) == output


def test_a_missing_midi_library_is_no_midi(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ALSA's library, importing rtmidi raises ImportError: it ended `ladmg devices`."""
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(MidiError, match="no MIDI"):
        available_inputs()
