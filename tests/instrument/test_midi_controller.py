"""A controller without a port: what its messages do by its map, and what its LEDs are told."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.midi.controller import ECHO_S, FEEDBACK_INTERVAL_S, REST_S, Controller, Ghost
from instrument.midi.curves import position
from instrument.midi.map_file import factory, parse
from instrument.midi.messages import Encoder, encode
from instrument.params import ADDRESSES, Change, Params, accept

MORPH, BPM, MUTE, STUTTER = "/ladmg/1/morph", "/ladmg/bpm", "/ladmg/1/mute", "/ladmg/1/stutter"
WHEEL, TEMPO, CFG, SEED_A, ROLL, PLAYING = 1, 20, 21, 25, 80, 82  # of the default map


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Rig:
    """A controller with its parameters, and a clock that stands until it is moved."""

    def __init__(self, *entries: str, head: str = "feedback = true") -> None:
        text = f'ports = ["*"]\n{head}\ncontrols = [ {", ".join(f"{{ {entry} }}" for entry in entries)} ]'
        self.params = Params()
        self.clock = Clock()
        one = parse(text, "box") if entries else factory()[-1]
        self.controller = Controller(self.params, one, self.clock)
        self.params.subscribe(lambda change: self.controller.changed(change.address))
        self.leds()

    def send(self, *messages: bytes | list[int]) -> None:
        """One after the other, as a performer sends them."""
        for data in messages:
            self.controller.receive([data])

    def turn(self, control: int, *values: int, channel: int = 0) -> None:
        self.send(*([0xB0 | channel, control, value] for value in values))

    def leds(self, after_s: float = 1.0) -> list[tuple[int, ...]]:
        """What LEDs are told in the next `after_s` seconds."""
        told: list[tuple[int, ...]] = []
        end = self.clock.now + after_s
        while True:
            messages, due = self.controller.feedback()
            told += [tuple(data) for data in messages]
            if due is None or self.clock.now + due > end:
                self.clock.now = end
                return told
            self.clock.now += due + 1e-6


# Modes


def test_an_absolute_knob_covers_the_range() -> None:
    rig = Rig()
    rig.turn(WHEEL, 0, 64, 127)
    assert rig.params.get(MORPH) == 1.0
    rig.turn(CFG, 0, 127)
    assert rig.params.get("/ladmg/1/cfg_scale") == 8.0
    rig.turn(CFG, 0)
    assert rig.params.get("/ladmg/1/cfg_scale") == 0.0


def test_bpm_moves_by_a_tenth_a_step_in_both_directions() -> None:
    rig = Rig()
    rig.turn(TEMPO, 1, 1, 1)
    assert rig.params.get(BPM) == 125.3
    rig.turn(TEMPO, 127)
    assert rig.params.get(BPM) == 125.2
    rig.turn(TEMPO, 5, 123)  # a fast encoder
    assert rig.params.get(BPM) == 125.2
    rig.turn(TEMPO, 0, 64)  # no step, and one that has no direction
    assert rig.params.get(BPM) == 125.2
    rig.turn(TEMPO, *[63] * 100)
    assert rig.params.get(BPM) == 200.0


@pytest.mark.parametrize(
    ("encoder", "up", "down"),
    [("twos_complement", 3, 125), ("binary_offset", 67, 61), ("sign_bit", 3, 67)],
)
def test_every_kind_of_encoder(encoder: Encoder, up: int, down: int) -> None:
    rig = Rig(f'cc = 5, address = "{BPM}", encoder = "{encoder}"')
    rig.turn(5, up)
    assert rig.params.get(BPM) == 125.3
    rig.turn(5, down, down)
    assert rig.params.get(BPM) == 124.7


@given(st.lists(st.integers(0, 127), min_size=2, max_size=40))
def test_a_knob_with_ends_moves_the_tempo_by_its_differences(values: list[int]) -> None:
    """So the tempo never jumps, wherever the knob stood, and a knob that is turned back brings it back."""
    rig = Rig(f'cc = 5, address = "{BPM}"')
    rig.turn(5, values[0])
    assert rig.params.get(BPM) == 125.0
    rig.turn(5, *values[1:])
    assert rig.params.get(BPM) == pytest.approx(125.0 + 0.1 * (values[-1] - values[0]), abs=1e-6)


def test_a_seed_moves_by_whole_steps() -> None:
    rig = Rig()
    rig.turn(SEED_A, 1, 1, 127)
    assert rig.params.get("/ladmg/1/seed_a") == 2
    rig.turn(SEED_A, 65, 65)
    assert rig.params.get("/ladmg/1/seed_a") == 0


def test_a_trigger_fires_when_pressed_and_not_when_released() -> None:
    rig = Rig()
    fired: list[Change] = []
    rig.params.subscribe(fired.append)
    rig.turn(ROLL, 127, 0, 127, 0)
    assert [(change.address, change.value, change.source) for change in fired] == [
        ("/ladmg/1/roll", 1, "midi")
    ] * 2
    rig.turn(ROLL, *range(128), 127, 127)
    assert len(fired) == 5, "a knob fires as it passes the middle, a pedal without releases each time"


def test_a_switch_is_on_from_64() -> None:
    rig = Rig()
    for value, playing in ((0, 0), (127, 1), (63, 0), (64, 1)):
        rig.turn(PLAYING, value)
        assert rig.params.get("/ladmg/playing") == playing


def test_a_toggle_changes_with_every_press() -> None:
    rig = Rig(f'note = 36, address = "{MUTE}"', 'cc = 9, address = "/ladmg/1/reverse"')
    states = []
    for _ in range(3):
        rig.send([0x90, 36, 1])
        rig.send([0x80, 36, 64])
        rig.turn(9, 127, 0)
        states.append((rig.params.get(MUTE), rig.params.get("/ladmg/1/reverse")))
    assert states == [(1, 1), (0, 0), (1, 1)]


def test_a_gesture_lasts_while_its_pad_is_held_and_the_later_pad_wins() -> None:
    held = 'mode = "momentary", value'
    rig = Rig(
        f'note = 36, address = "{STUTTER}", {held} = "1/8"',
        f'note = 37, address = "{STUTTER}", {held} = "1/16"',
    )
    states = []
    for data in ([0x90, 36, 9], [0x90, 37, 9], [0x80, 36, 0], [0x80, 37, 0], [0x90, 36, 9], [0x90, 36, 0]):
        rig.send(data)
        states.append(rig.params.get(STUTTER))
    assert states == [3, 4, 4, 0, 3, 0]


def test_a_note_sets_a_prompt_and_brings_a_value_back() -> None:
    rig = Rig(
        'note = 44, address = "/ladmg/1/prompt", value = "dub techno, no hats"',
        f'note = 45, address = "{MORPH}", value = 0.25',
    )
    rig.send([0x99, 44, 100], [0x89, 44, 0], [0x99, 45, 100])
    assert rig.params.get("/ladmg/1/prompt") == "dub techno, no hats"
    assert rig.params.get(MORPH) == 0.25


def test_a_step_goes_round() -> None:
    rig = Rig(
        'note = 1, address = "/ladmg/swap"', 'note = 2, address = "/ladmg/swap", mode = "step", step = -1'
    )
    rig.send([0x90, 1, 1], [0x80, 1, 0], [0x90, 1, 1], [0x80, 1, 0])
    assert rig.params.get("/ladmg/swap") == 4
    rig.send([0x90, 2, 1])
    assert rig.params.get("/ladmg/swap") == 3


def test_a_program_recalls_a_preset_by_the_name_that_the_map_gives() -> None:
    rig = Rig(
        'program = "any", address = "/ladmg/preset_recall"',
        'program = 9, channel = 2, address = "/ladmg/1/roll"',
        head='presets = { 1 = "intro" }',
    )
    told: list[tuple[str, object]] = []
    rig.params.subscribe(lambda change: told.append((change.address[7:], change.value)))
    rig.send([0xC0, 0], [0xC0, 4], [0xC1, 8])
    assert told == [
        ("preset_recall", "intro"),
        ("preset_recall", "5"),
        ("1/roll", 1),
        ("preset_recall", "9"),
    ]


def test_programs_may_choose_a_place_of_the_shelf() -> None:
    rig = Rig('program = "any", channel = 2, address = "/ladmg/1/shelf_play"')
    told: list[object] = []
    rig.params.subscribe(lambda change: told.append(change.value))
    rig.send([0xC1, 0], [0xC1, 15], [0xC1, 16], [0xC0, 1])
    assert told == [1, 16], "there is no place 17"


@pytest.mark.parametrize("kind", ["cc14", "nrpn", "bend"])
def test_14_bits_set_a_value_within_a_ten_thousandth(kind: str) -> None:
    number = {"cc14": "5", "nrpn": "1234", "bend": "true"}[kind]
    rig = Rig(f'{kind} = {number}, address = "{MORPH}"')
    at = None if kind == "bend" else int(number)
    for raw in (0, 1, 5000, 8192, 8193, 16383):
        rig.send(*encode(kind, at, 0, raw))  # type: ignore[arg-type]
        assert rig.params.get(MORPH) == pytest.approx(position(raw, 16383), abs=1e-6)


def test_an_upper_half_alone_counts_when_the_line_rests() -> None:
    rig = Rig(f'cc14 = 5, address = "{MORPH}"')
    rig.turn(5, 0, 127)
    assert rig.params.get(MORPH) == 0.0
    assert rig.controller.is_waiting
    rig.controller.rest()
    assert rig.params.get(MORPH) == pytest.approx(position(127 << 7, 16383), abs=1e-6)
    assert not rig.controller.is_waiting


# Channels, rubbish, floods


def test_a_map_may_mean_every_channel_or_one() -> None:
    rig = Rig(f'cc = 1, address = "{MORPH}"', f'cc = 2, channel = 3, address = "{BPM}", encoder = "sign_bit"')
    rig.turn(1, 0, 127, channel=15)
    assert rig.params.get(MORPH) == 1.0
    rig.turn(2, 1, channel=1)
    assert rig.params.get(BPM) == 125.0
    rig.turn(2, 1, channel=2)
    assert rig.params.get(BPM) == 125.1


def test_what_has_no_meaning_changes_nothing() -> None:
    rig = Rig()
    before = rig.params.snapshot()
    rig.send([0x90, 1, 64], [0xE0, 0, 64], [0xF8], [0xF0, 1, 2, 0xF7], [0xB0, 119, 5], [0xB0, 123, 0])
    assert rig.params.snapshot() == before
    assert rig.controller.counters.ignored == 6


def test_malformed_messages_are_counted_and_survived() -> None:
    rig = Rig()
    before = rig.params.snapshot()
    rig.send([], [0xB0], [0xB0, 1], [0xB0, 1, 200], [0xB0, 1, 2, 3], [1, 2, 3], [300, 0, 0], [0xF4], [-1])
    assert rig.params.snapshot() == before
    assert rig.controller.counters.malformed == 9


@pytest.mark.parametrize("number", range(len(factory())))
def test_20000_messages_of_rubbish_harm_nothing(number: int) -> None:
    params = Params()
    controller = Controller(params, factory()[number])
    dice = random.Random(3)
    statuses = (0xB0, 0xB8, 0x90, 0x98, 0x99, 0xC0, 0xE0)
    for _ in range(20_000):
        status = [dice.choice((*statuses, dice.randrange(256)))]
        controller.receive([status + [dice.randrange(130) for _ in range(dice.choice((2, 2, 2, 0, 1, 9)))]])
        controller.feedback()
    for address, value in params.snapshot().items():
        assert accept(ADDRESSES[address][0], value) == value
    assert controller.counters.received == 20_000
    assert controller.counters.accepted > 100


def test_of_a_flood_each_knob_acts_once_and_no_button_is_lost() -> None:
    rig = Rig(
        *(f'cc = {n}, address = "/ladmg/1/{name}"' for n, name in enumerate(("morph", "filter", "mute")))
    )
    told: list[str] = []
    rig.params.subscribe(lambda change: told.append(change.address))
    rig.turn(0, 0)
    rig.turn(1, 0, 127)
    told.clear()
    flood = [[0xB0, n % 2, n % 128] for n in range(20_000)]
    flood[5000:5000] = [[0xB0, 2, 127], [0xB0, 2, 0]] * 3
    rig.controller.receive(flood)
    assert sorted(told) == sorted(["/ladmg/1/mute"] * 3 + ["/ladmg/1/morph", "/ladmg/1/filter"])
    last = {n: [data[2] for data in flood if data[1] == n][-1] for n in (0, 1)}
    assert rig.params.get(MORPH) == pytest.approx(position(last[0], 127), abs=1e-6)
    assert rig.params.get(MUTE) == 1


def test_a_knob_that_goes_through_its_range_in_one_go_has_crossed_its_value() -> None:
    rig = Rig(f'cc = 1, address = "{MORPH}"')
    rig.params.set(MORPH, 0.25, "osc")
    told: list[object] = []
    rig.params.subscribe(lambda change: told.append(change.value))
    rig.controller.receive([[0xB0, 1, value] for value in range(128)])
    assert told == [1.0]
    rig.controller.receive([[0xB0, 1, value] for value in reversed(range(128))])
    assert told == [1.0, 0.0]


# Takeover


def test_a_knob_takes_over_by_crossing_from_either_side() -> None:
    rig = Rig()
    rig.params.set(MORPH, 0.5, "osc")
    rig.turn(WHEEL, 10, 40, 62)
    assert rig.params.get(MORPH) == 0.5
    assert rig.controller.counters.waiting == 3
    rig.turn(WHEEL, 66)  # past it, without ever being near
    assert rig.params.get(MORPH) == pytest.approx(position(66, 127), abs=1e-6)
    rig.params.set(MORPH, 0.25, "osc")  # moved by somebody else: armed again
    rig.turn(WHEEL, 65, 40)
    assert rig.params.get(MORPH) == 0.25
    rig.turn(WHEEL, 30)
    assert rig.params.get(MORPH) == pytest.approx(position(30, 127), abs=1e-6)


def test_another_knob_is_another_hand() -> None:
    rig = Rig(f'cc = 1, address = "{MORPH}"', f'cc = 2, address = "{MORPH}"')
    rig.turn(1, 0, 64)
    rig.turn(2, 127, 100, 20)
    assert rig.params.get(MORPH) == pytest.approx(position(20, 127))
    rig.turn(1, 63, 30)
    assert rig.params.get(MORPH) == pytest.approx(position(20, 127))


def test_what_the_knob_sets_itself_does_not_take_it_away() -> None:
    rig = Rig()
    rig.turn(WHEEL, 0, *range(0, 128, 7))
    assert rig.controller.counters.waiting == 0


def test_a_value_between_two_steps_is_not_rounded_by_a_knob_that_stands_there() -> None:
    rig = Rig()
    rig.params.set(MORPH, 0.3, "osc")
    rig.turn(WHEEL, 38)
    assert rig.params.get(MORPH) == 0.3
    rig.turn(WHEEL, 39)
    assert rig.params.get(MORPH) == pytest.approx(39 / 128, abs=1e-6)


def test_jump_takes_over_at_once() -> None:
    rig = Rig(f'bend = true, address = "{MORPH}", takeover = "jump"')
    rig.send([0xE0, 0, 96])
    assert rig.params.get(MORPH) == pytest.approx(position(96 << 7, 16383), abs=1e-6)


KNOB_OR_HAND = st.lists(st.tuples(st.booleans(), st.integers(0, 127)), max_size=40)


@given(KNOB_OR_HAND)
def test_a_value_never_moves_further_than_the_knob_did(moves: list[tuple[bool, int]]) -> None:
    """The law of soft takeover: whatever another hand does in between, no move of a knob makes a jump."""
    rig = Rig(f'cc = 1, address = "{MORPH}"')
    before: float | None = None
    for is_knob, raw in moves:
        at = position(raw, 127)
        value = float(rig.params.get(MORPH))
        if not is_knob:
            rig.params.set(MORPH, at * 0.97, "osc")
            continue
        rig.turn(1, raw)
        moved = abs(float(rig.params.get(MORPH)) - value)
        assert moved <= (0.0 if before is None else abs(at - before)) + 0.5 / 126
        before = at


def test_a_ghost_shows_where_a_knob_waits() -> None:
    rig = Rig(f'cc = 1, label = "wheel", address = "{MORPH}"', f'cc = 2, address = "{MUTE}"')
    assert rig.controller.ghosts() == [], "nobody knows yet where it stands"
    rig.params.set(MORPH, 0.5, "osc")
    rig.turn(1, 32)
    assert rig.controller.ghosts() == [Ghost(MORPH, "wheel (cc 1)", 0.25, 0.5)]
    rig.turn(1, 64)
    assert rig.controller.ghosts() == []
    rig.params.set(MORPH, 1.0, "preset")
    assert rig.controller.ghosts() == [Ghost(MORPH, "wheel (cc 1)", 0.5, 1.0)]


# Feedback


def test_leds_and_rings_follow_values_that_others_set() -> None:
    rig = Rig(
        f'note = 1, channel = 2, address = "{MUTE}", leds = [12, 60]',
        f'cc = 10, address = "{MORPH}", invert = true',
        'cc14 = 3, address = "/ladmg/1/filter"',
        'note = 7, address = "/ladmg/1/prompt", value = "acid"',
        'note = 8, address = "/ladmg/swap"',
        'cc = 11, address = "/ladmg/1/density", feedback = false',
    )
    rig.params.set(MUTE, 1, "osc")
    assert rig.leds() == [(0x91, 1, 60)]
    rig.params.set(MUTE, 0, "osc")
    rig.params.set(MORPH, 0.25, "osc")
    assert rig.leds() == [(0x91, 1, 12), (0xB0, 10, 96)]
    rig.params.set("/ladmg/1/filter", 1.0, "osc")
    assert rig.leds() == [(0xB0, 3, 127), (0xB0, 35, 127)]
    rig.params.set("/ladmg/1/prompt", "acid", "osc")
    rig.params.set("/ladmg/swap", "now", "osc")
    assert rig.leds() == [(0x90, 7, 127), (0x90, 8, 0)]
    rig.params.set("/ladmg/1/density", 1, "osc")
    rig.params.set("/ladmg/1/prompt", "acid", "osc")
    assert rig.leds() == [], "not mapped, or not changed"


def test_a_new_controller_is_told_everything_and_again_when_asked() -> None:
    rig = Rig(f'note = 1, address = "{MUTE}"', f'cc = 10, address = "{MORPH}"')
    assert rig.leds() == []
    rig.controller.tell_all()
    assert rig.leds() == [(0x90, 1, 0), (0xB0, 10, 0)]


def test_a_control_is_told_at_most_30_times_a_second_and_of_the_last_value() -> None:
    rig = Rig(f'cc = 10, address = "{MORPH}"', f'note = 1, address = "{MUTE}"')
    told: list[tuple[int, ...]] = []
    for step in range(1000):
        rig.params.set(MORPH, step / 999, "osc")
        rig.params.set(MUTE, step % 2, "osc")
        told += rig.leds(0.001)
    told += rig.leds(0.1)
    assert 27 <= len([data for data in told if data[0] == 0xB0]) <= 31
    assert len([data for data in told if data[0] == 0x90]) <= 31
    assert [data for data in told if data[0] == 0xB0][-1] == (0xB0, 10, 127)
    assert pytest.approx(1 / 30) == FEEDBACK_INTERVAL_S


def test_a_knob_under_a_hand_is_left_alone() -> None:
    rig = Rig(f'cc = 10, address = "{MORPH}"')
    rig.turn(10, 0, 64)
    rig.params.set(MORPH, 0.75, "osc")
    assert rig.leds(REST_S - 0.01) == []
    assert rig.leds(0.02) == [(0xB0, 10, 96)]
    rig.turn(10, 20)  # it waits for its crossing: a motor brings it back to the value, when it is let go
    assert rig.leds(REST_S - 0.01) == []
    assert rig.leds(0.02) == [(0xB0, 10, 96)]


def test_a_knob_is_not_told_what_it_has_just_said() -> None:
    rig = Rig(f'cc = 10, address = "{MORPH}"')
    rig.turn(10, 0, 30, 64)
    assert rig.leds() == []


def test_a_button_answers_at_once() -> None:
    rig = Rig(f'note = 1, address = "{MUTE}"')
    rig.send([0x90, 1, 100])
    assert rig.leds(0.001) == [(0x90, 1, 127)]


def test_a_cable_in_a_circle_changes_nothing_and_comes_to_rest() -> None:
    """What a controller is told comes back to us at once: values stay as they were set, messages are few."""
    rig = Rig(
        f'note = 1, address = "{MUTE}"',
        f'cc = 10, address = "{MORPH}"',
        'cc = 11, address = "/ladmg/1/seed_a", encoder = "twos_complement"',
        'cc14 = 3, address = "/ladmg/1/filter"',
        f'note = 2, address = "{STUTTER}", mode = "momentary", value = "1/8"',
    )
    set_to = {MUTE: 1, MORPH: 0.3, "/ladmg/1/seed_a": 500_000, "/ladmg/1/filter": 0.123, STUTTER: 3}
    for address, value in set_to.items():
        rig.params.set(address, value, "osc")
    n_told = 0
    for _ in range(200):
        told = rig.leds(0.01)
        n_told += len(told)
        rig.send(*(list(data) for data in told))
    assert {address: rig.params.get(address) for address in set_to} == set_to
    assert n_told == 6


def test_a_device_that_echoes_late_makes_no_endless_talk() -> None:
    rig = Rig(f'note = 1, address = "{MUTE}"', f'cc = 10, address = "{MORPH}"')
    rig.params.set(MUTE, 1, "osc")
    rig.params.set(MORPH, 0.3, "osc")
    n_told = 0
    for _ in range(100):
        told = rig.leds(0.01)
        rig.clock.now += 2 * ECHO_S
        n_told += len(told)
        rig.send(*(list(data) for data in told))
    assert n_told <= 6


def test_a_press_just_after_the_led_was_told_the_same_is_still_a_press() -> None:
    rig = Rig(f'note = 1, address = "{MUTE}"')
    rig.send([0x90, 1, 127])
    assert rig.leds(0.001) == [(0x90, 1, 127)]
    rig.send([0x90, 1, 0], [0x90, 1, 127])
    assert rig.params.get(MUTE) == 0


def test_a_map_that_is_read_again_keeps_what_is_known_of_its_controls() -> None:
    rig = Rig(f'cc = 10, address = "{MORPH}"')
    rig.turn(10, 0, 64)
    entries = f'{{ cc = 10, address = "{MORPH}" }}, {{ cc = 11, address = "{BPM}" }}'
    text = f'ports = ["*"]\nfeedback = true\ncontrols = [ {entries} ]'
    rig.controller.use(parse(text, "box"))
    rig.turn(10, 65)
    assert rig.params.get(MORPH) == pytest.approx(position(65, 127))
    assert rig.leds() == [(0xB0, 11, 59)]
