"""MIDI: the map and the takeover in themselves, then a real port, with a controller in another process."""

import random
import sys
import time
from collections.abc import Callable, Iterator

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument import midi
from instrument.midi import CC_MAP, Control, ControlMap, MidiError, MidiInput, Takeover, choose
from instrument.params import ADDRESSES, Change, Params, accept
from tests.rig_midi import VirtualMidi, virtual_midi  # noqa: F401, the fixture

MORPH, GAIN, BPM, CFG, SEED_A, ROLL, PLAYING = 1, 7, 20, 21, 25, 80, 82
KEY, BRIGHTNESS = 28, 74


@pytest.fixture
def params() -> Params:
    return Params()


@pytest.fixture
def control_map(params: Params) -> ControlMap:
    return ControlMap(params)


def turn(control_map: ControlMap, control: int, *values: int, channel: int = 0) -> None:
    for value in values:
        control_map.receive([0xB0 | channel, control, value])


# The map


def test_the_map_names_parameters_and_fits_them() -> None:
    assert len({control.control for control in CC_MAP}) == len(CC_MAP)
    for control in CC_MAP:
        spec, _ = ADDRESSES[control.address]
        assert control.control < 120  # above are channel mode messages
        assert (control.mode == "button") == (spec.kind == "trigger")
        assert (control.mode == "relative") == (control.step > 0)
        assert spec.kind != "text"
        assert f"| {control.control} | `{control.address}` |" in midi.markdown()


def test_an_absolute_knob_covers_the_range(params: Params, control_map: ControlMap) -> None:
    turn(control_map, MORPH, 0, 64, 127)
    assert params.get("/ladmg/1/morph") == 1.0
    turn(control_map, CFG, 0, 127)
    assert params.get("/ladmg/1/cfg_scale") == 8.0
    turn(control_map, CFG, 0)
    assert params.get("/ladmg/1/cfg_scale") == 0.0


def test_a_knob_in_its_middle_is_a_zero_in_the_middle_of_a_range(
    params: Params, control_map: ControlMap
) -> None:
    turn(control_map, BRIGHTNESS, 0, 127)
    assert params.get("/ladmg/1/brightness") == 1.0
    turn(control_map, BRIGHTNESS, 64)
    assert params.get("/ladmg/1/brightness") == 0.0
    turn(control_map, BRIGHTNESS, 0)
    assert params.get("/ladmg/1/brightness") == -1.0


def test_every_position_is_reached_and_they_rise() -> None:
    positions = [midi.position(value) for value in range(128)]
    assert (positions[0], positions[64], positions[127]) == (0.0, 0.5, 1.0)
    assert positions == sorted(set(positions))


def test_every_key_is_on_the_knob(params: Params, control_map: ControlMap) -> None:
    reached = set()
    for value in range(128):
        turn(control_map, KEY, value)
        reached.add(params.get("/ladmg/key"))
    assert reached == set(range(25))


def test_bpm_moves_by_a_tenth_a_step_in_both_directions(params: Params, control_map: ControlMap) -> None:
    turn(control_map, BPM, 1, 1, 1)
    assert params.get("/ladmg/bpm") == 125.3
    turn(control_map, BPM, 127)
    assert params.get("/ladmg/bpm") == 125.2
    turn(control_map, BPM, 5, 123)  # a fast encoder
    assert params.get("/ladmg/bpm") == 125.2
    turn(control_map, BPM, 0, 64)  # no step, and one that has no direction
    assert params.get("/ladmg/bpm") == 125.2
    turn(control_map, BPM, *[63] * 100)
    assert params.get("/ladmg/bpm") == 200.0


def test_a_seed_moves_by_whole_steps(params: Params, control_map: ControlMap) -> None:
    turn(control_map, SEED_A, 1, 1, 127)
    assert params.get("/ladmg/1/seed_a") == 2
    turn(control_map, SEED_A, 65, 65)
    assert params.get("/ladmg/1/seed_a") == 0


def test_a_button_fires_when_pressed_and_not_when_released(params: Params, control_map: ControlMap) -> None:
    fired: list[Change] = []
    params.subscribe(fired.append)
    turn(control_map, ROLL, 127, 0, 127, 0)
    assert [(change.address, change.value, change.source) for change in fired] == [
        ("/ladmg/1/roll", 1, "midi")
    ] * 2
    assert control_map.counters.ignored == 2


def test_a_switch_is_on_from_64(params: Params, control_map: ControlMap) -> None:
    for value, playing in ((0, 0), (127, 1), (63, 0), (64, 1)):
        turn(control_map, PLAYING, value)
        assert params.get("/ladmg/playing") == playing


def test_every_channel_counts_and_what_has_no_meaning_does_not(
    params: Params, control_map: ControlMap
) -> None:
    turn(control_map, MORPH, 0, 127, channel=15)
    assert params.get("/ladmg/1/morph") == 1.0
    before = params.snapshot()
    for data in (
        [0x90, 1, 64],
        [0xC0, 1],
        [0xE0, 0, 64],
        [0xF8],
        [0xF0, 1, 2, 0xF7],
        [0xB0, 119, 5],
        [0xB0, 123, 0],
    ):
        control_map.receive(data)
    assert params.snapshot() == before
    assert control_map.counters.ignored == 7


def test_malformed_messages_are_counted_and_survived(params: Params, control_map: ControlMap) -> None:
    before = params.snapshot()
    for data in (
        [],
        [0xB0],
        [0xB0, 1],
        [0xB0, 1, 200],
        [0xB0, 1, 2, 3],
        [1, 2, 3],
        [300, 0, 0],
        [0xF4],
        [-1],
    ):
        control_map.receive(data)
    assert params.snapshot() == before
    assert control_map.counters.malformed == 9


def test_20000_messages_of_rubbish_harm_nothing(params: Params, control_map: ControlMap) -> None:
    dice = random.Random(3)
    for _ in range(20_000):
        status = [dice.choice((0xB0, dice.randrange(256)))]
        control_map.receive(status + [dice.randrange(130) for _ in range(dice.choice((2, 2, 2, 0, 1, 9)))])
    for address, value in params.snapshot().items():
        assert accept(ADDRESSES[address][0], value) == value
    counters = control_map.counters
    assert counters.received == 20_000
    assert counters.received == counters.accepted + counters.waiting + counters.ignored + counters.malformed


# Takeover


def test_a_knob_takes_over_by_crossing_from_either_side(params: Params, control_map: ControlMap) -> None:
    params.set("/ladmg/1/morph", 0.5, "osc")
    turn(control_map, MORPH, 10, 40, 62)
    assert params.get("/ladmg/1/morph") == 0.5
    assert control_map.counters.waiting == 3
    turn(control_map, MORPH, 66)  # past it, without ever being near
    assert params.get("/ladmg/1/morph") == pytest.approx(midi.position(66), abs=1e-6)
    params.set("/ladmg/1/morph", 0.25, "osc")  # moved by somebody else: armed again
    turn(control_map, MORPH, 65, 40)
    assert params.get("/ladmg/1/morph") == 0.25
    turn(control_map, MORPH, 30)
    assert params.get("/ladmg/1/morph") == pytest.approx(midi.position(30), abs=1e-6)


def test_what_the_knob_sets_itself_does_not_take_it_away(params: Params, control_map: ControlMap) -> None:
    turn(control_map, MORPH, 0, *range(0, 128, 7))
    assert control_map.counters.waiting == 0


def test_a_controller_that_comes_back_must_cross_anew(params: Params, control_map: ControlMap) -> None:
    turn(control_map, MORPH, 0, 64)
    control_map.release_all()
    turn(control_map, MORPH, 100)
    assert params.get("/ladmg/1/morph") == 0.5


@given(st.floats(0, 1), st.lists(st.integers(0, 127), min_size=1, max_size=30))
def test_a_knob_never_moves_a_value_that_it_has_not_crossed(target: float, values: list[int]) -> None:
    takeover = Takeover()
    taken = [takeover.take(midi.position(value), target) for value in values]
    assert taken == sorted(taken)  # once taken, it stays
    first = taken.index(True) if True in taken else len(values)
    sides = {midi.position(value) > target for value in values[:first]}
    assert len(sides) <= 1
    if first < len(values) and first > 0:
        nearest = abs(midi.position(values[first]) - target) < 0.5 / 126
        assert nearest or (midi.position(values[first]) >= target) != (
            midi.position(values[first - 1]) > target
        )


# Names


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


# A real port


def eventually(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.01)


@pytest.fixture
def jack(virtual_midi: VirtualMidi, monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualMidi]:  # noqa: F811
    """This process, too, uses the virtual MIDI system."""
    for name, value in virtual_midi.env.items():
        monkeypatch.setenv(name, value)
    mido.set_backend(virtual_midi.env["MIDO_BACKEND"])
    yield virtual_midi
    monkeypatch.undo()
    mido.set_backend()


def test_a_controller_of_another_process_plays_and_may_come_and_go(jack: VirtualMidi, params: Params) -> None:
    told: list[tuple[str, str]] = []
    surface = MidiInput(params, "knobs", lambda code, text: told.append((code, text)))
    surface.start()
    missing = "no MIDI input named 'knobs'; available: none; it is used as soon as it is there"
    eventually(lambda: told == [("no_midi_input", missing)])

    knobs = jack.plug("Knobs")
    eventually(lambda: surface.port == "Knobs:out")
    assert midi.available_inputs() == ["Knobs:out"]
    for value in range(128):
        knobs.send(MORPH, value)
    eventually(lambda: params.get("/ladmg/1/morph") == 1.0)
    knobs.send_bytes(bytes([0xB0, BPM, 1]))
    knobs.send_bytes(bytes([0xF0, 1, 2, 3, 0xF7]))
    knobs.send(BPM, 1, channel=9)
    eventually(lambda: params.get("/ladmg/bpm") == 125.2)

    knobs.unplug()
    eventually(lambda: surface.port is None)
    knobs = jack.plug("Knobs")
    eventually(lambda: surface.port == "Knobs:out")
    knobs.send(MORPH, 10)
    knobs.send(BPM, 127)
    eventually(lambda: params.get("/ladmg/bpm") == 125.1)
    assert params.get("/ladmg/1/morph") == 1.0  # not crossed yet
    codes = [code for code, _ in told]
    assert codes[1:3] == ["midi_opened", "midi_lost"]
    assert codes[-1] == "midi_opened"
    assert surface.counters["malformed"] == 0
    surface.stop()


def test_a_machine_without_midi_is_told_so(monkeypatch: pytest.MonkeyPatch, params: Params) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "there-is-none")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    mido.set_backend("mido.backends.rtmidi/UNIX_JACK")
    try:
        told: list[str] = []
        surface = MidiInput(params, "knobs", lambda code, text: told.append(text))
        surface.start()
        eventually(lambda: bool(told))
        assert told[0].startswith("this machine has no MIDI: ")
        surface.stop()
        with pytest.raises(MidiError, match="this machine has no MIDI"):
            midi.available_inputs()
    finally:
        mido.set_backend()


def test_a_control_that_does_nothing_yet_is_ignored(params: Params) -> None:
    only = ControlMap(params, [Control(5, "/ladmg/bpm", "relative", 0.1)])
    turn(only, MORPH, 0, 127)
    turn(only, 5, 1)
    assert params.get("/ladmg/1/morph") == 0.0
    assert params.get("/ladmg/bpm") == 125.1


def test_a_missing_midi_library_is_no_midi(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ALSA's library, importing rtmidi raises ImportError: it ended `ladmg devices`."""
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(MidiError, match="no MIDI"):
        midi.available_inputs()
