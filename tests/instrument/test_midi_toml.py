"""Maps as files: those that ship, what may stand in one, and what is said of one that makes no sense."""

from __future__ import annotations

import contextlib
import random
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.midi.control_map import Control
from instrument.midi.map_file import FACTORY, MAX_BYTES, MapError, factory, load, parse
from instrument.midi.messages import Source
from instrument.params import ADDRESSES

HEAD = 'ports = ["box"]\n'
KNOB, TEMPO = 'cc = 1, address = "/ladmg/1/morph", ', 'cc = 1, address = "/ladmg/bpm", '
CC, NOTE = 'cc = 1, address = "/ladmg/1/', 'note = 1, address = "/ladmg/1/'
FILES = sorted(FACTORY.glob("*.toml"))


def one(entry: str, head: str = HEAD) -> Control:
    (control,) = parse(f"{head}controls = [ {{ {entry} }} ]", "box.toml").controls
    return control


def refusal(text: str) -> str:
    with pytest.raises(MapError) as caught:
        parse(text, "box.toml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Those that ship


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_address_of_a_factory_map_exists(path: Path) -> None:
    entries = tomllib.loads(path.read_text())["controls"]
    assert {entry["address"] for entry in entries} <= set(ADDRESSES)
    assert len(load(path).controls) == len(entries)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_factory_map_plays_both_decks_alike(path: Path) -> None:
    """All but the default one, which was there when there was one deck, and may be copied for the other."""
    entries = tomllib.loads(path.read_text())["controls"]
    decks = [sorted(e["address"][8:] for e in entries if e["address"][7] == deck) for deck in "12"]
    assert decks[0] == decks[1] or path.stem == "default"
    assert all(entry.get("label") for entry in entries if "program" not in entry) or path.stem == "default"


def test_the_factory_maps_are_told_apart_by_their_ports() -> None:
    ports = {
        "Akai MIDImix": "MIDI Mix:MIDI Mix MIDI 1 20:0",
        "Korg nanoKONTROL2": "nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTRL 24:0",
        "Novation Launch Control XL": "Launch Control XL:Launch Control XL Launch Contro 28:0",
        "Akai MPK mini mk3": "MPK mini 3:MPK mini 3 MIDI 1 32:0",
    }
    for name, port in ports.items():
        assert [one.name for one in factory() if one.fits(port)] == [name]
    assert [one.name for one in factory() if one.is_for_any] == ["default"]
    assert factory()[-1].is_for_any


def test_tempo_never_jumps_in_a_factory_map() -> None:
    bpm = [control for one in factory() for control in one.controls if control.address == "/ladmg/bpm"]
    assert len(bpm) >= 4
    assert {(control.mode in ("relative", "step"), abs(control.step)) for control in bpm} == {(True, 0.1)}


def test_every_factory_map_recalls_presets_by_their_numbers() -> None:
    for one in factory():
        (program,) = [control for control in one.controls if control.source.kind == "program"]
        assert program.names == tuple(str(number) for number in range(1, 129))


# What may stand in one


def test_the_least_that_a_control_needs() -> None:
    assert one('cc = 20, address = "/ladmg/1/morph"') == Control(
        Source("cc", 20, None), "/ladmg/1/morph", "absolute"
    )


def test_the_whole_of_it() -> None:
    text = """
    name = "My box"
    ports = ["box", "other box"]
    channel = 9
    feedback = true
    leds = [12, 60]
    presets = { 1 = "intro", 128 = "the end" }

    [[controls]]
    label = "fader 1"
    cc14 = 7
    channel = "any"
    address = "/ladmg/1/level_db"
    range = [-30, 0]
    invert = true
    curve = "fader"
    takeover = "jump"
    feedback = false

    [[controls]]
    program = "any"
    address = "/ladmg/preset_recall"
    """
    box = parse(text, "box.toml")
    fader, program = box.controls
    assert (box.name, box.ports) == ("My box", ("box", "other box"))
    assert fader.source == Source("cc14", 7, None)
    assert [fader.value_at(raw) for raw in (0, 16383)] == [0.0, -30.0]
    assert (fader.curve, fader.takeover, fader.has_feedback, fader.leds) == ("fader", "jump", False, (12, 60))
    assert program.source == Source("program", None, 8)
    assert [program.names[number] for number in (0, 1, 127)] == ["intro", "2", "the end"]


@pytest.mark.parametrize(
    ("entry", "mode"),
    [
        ('cc = 1, address = "/ladmg/1/morph"', "absolute"),
        ('cc = 1, address = "/ladmg/bpm"', "relative"),
        ('cc14 = 1, address = "/ladmg/bpm"', "relative"),
        ('cc = 1, address = "/ladmg/bpm", mode = "absolute", range = [120, 130]', "absolute"),
        ('cc = 1, address = "/ladmg/1/seed_a", encoder = "sign_bit"', "relative"),
        ('cc = 1, address = "/ladmg/1/mute"', "toggle"),
        ('cc = 1, address = "/ladmg/1/roll"', "trigger"),
        ('note = 1, address = "/ladmg/swap"', "step"),
        ('note = 1, address = "/ladmg/swap", value = "now"', "trigger"),
        ('note = 1, address = "/ladmg/bpm", value = 125', "trigger"),
        ('note = 1, address = "/ladmg/1/prompt", value = "acid"', "trigger"),
        ('bend = true, address = "/ladmg/nudge"', "absolute"),
        ('nrpn = 16382, address = "/ladmg/1/morph"', "absolute"),
        ('program = 5, address = "/ladmg/1/mute", value = 1', "trigger"),
        ('note = 1, address = "/ladmg/1/shelf_play", value = 3', "trigger"),
    ],
)
def test_the_mode_that_a_control_has_by_itself(entry: str, mode: str) -> None:
    assert one(entry).mode == mode


def test_steps_that_a_control_has_by_itself() -> None:
    steps = {
        "bpm": 0.1,
        "n_steps": 1,
        "swap": 1,
        "1/morph": 0.01,
        "1/filter": 0.02,
        "1/seed_a": 1,
        "nudge": 0.08,
    }
    for name, step in steps.items():
        assert one(f'cc = 1, address = "/ladmg/{name}", mode = "relative"').step == pytest.approx(step)


def test_what_a_press_and_its_release_set() -> None:
    held = one('note = 1, address = "/ladmg/1/stutter", mode = "momentary", value = "1/8"')
    assert (held.value, held.off) == (3, 0)
    pulled = one('note = 1, address = "/ladmg/nudge", mode = "momentary", value = -2, off = 0')
    assert (pulled.value, pulled.off) == (-2.0, 0.0)
    switch = one('cc = 1, address = "/ladmg/playing"')
    assert (switch.value, switch.off) == (1, 0)


def test_feedback_of_a_map_may_be_for_buttons_only() -> None:
    for feedback, told in (("true", (True, True)), ('"buttons"', (True, False)), ("false", (False, False))):
        head = f"{HEAD}feedback = {feedback}\n"
        button = one('note = 1, address = "/ladmg/1/mute"', head)
        knob = one('cc = 1, address = "/ladmg/1/morph"', head)
        assert (button.has_feedback, knob.has_feedback) == told
    assert one('cc = 1, address = "/ladmg/1/morph", feedback = true').has_feedback
    assert not one('cc = 1, address = "/ladmg/1/roll", feedback = true').has_feedback, (
        "there is nothing to show"
    )


# What makes no sense


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ports = [", "box.toml: Invalid value (at end of document)"),
        ("ports = ['a']\ncontrols = [ x ]", "box.toml: Invalid value (at line 2, column 14)"),
        (
            "",
            'box.toml: ports must be a list of words that the port\'s name has, or of "*" for any port, it is missing',
        ),
        ("ports = 'box'", "box.toml: ports must be a list of words"),
        ("ports = ['?']", "box.toml: ports must be a list of words"),
        (HEAD + "control = []", "box.toml: there is no key 'control'; did you mean controls?"),
        (HEAD + "controls = 5", "box.toml: controls must be a list of controls, got 5"),
        (HEAD + "controls = [5]", "box.toml: control 1 must be { cc = .., address = .. }, got 5"),
        (HEAD + "channel = 17", 'box.toml: channel must be a whole number in 1..16, or "any", got 17'),
        (
            HEAD + "leds = [0, 200]",
            "box.toml: leds must be two numbers in 0..127, for off and on, got [0, 200]",
        ),
        (HEAD + "feedback = 1", 'box.toml: feedback must be true, false or "buttons", got 1'),
        (HEAD + "presets = { 0 = 'a' }", "box.toml: presets must be a table of names by number 1..128"),
        (HEAD + "presets = { 1 = '../a' }", "box.toml: presets 1: preset_recall must be a name of letters"),
    ],
)
def test_a_file_that_makes_no_sense_is_told_where_and_why(text: str, said: str) -> None:
    assert said in refusal(text)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('cc = 1', ": address must be a parameter's address; see `ladmg params`, it is missing"),
        ('address = "/ladmg/bpm"', " must have one of cc, cc14, nrpn, note, bend, program, got none"),
        ('cc = 1, note = 1, address = "/ladmg/bpm"', "got cc and note"),
        (CC + 'mroph"', " (cc 1): there is no parameter '/ladmg/1/mroph'; did you mean"),
        ('cc = 1, address = "x"', "there is no parameter 'x'; see `ladmg params`"),
        ('cc = 120, address = "/ladmg/bpm"', " (cc 120): cc must be a whole number in 0..119, got 120"),
        ('cc = true, address = "/ladmg/bpm"', "cc must be a whole number in 0..119, got True"),
        ('cc = 98, address = "/ladmg/bpm"', "cc must be another one: 98..101 select NRPN and RPN, got 98"),
        ('cc14 = 32, address = "/ladmg/bpm"', "cc14 must be a whole number in 0..31, got 32"),
        ('note = -1, address = "/ladmg/1/mute"', "note must be a whole number in 0..127, got -1"),
        ('program = 0, address = "/ladmg/1/mute"', "program must be a whole number in 1..128, got 0"),
        ('bend = false, address = "/ladmg/nudge"', "bend must be true, got False"),
        ('cc = 1, channel = 0, address = "/ladmg/bpm"', 'channel must be a whole number in 1..16, or "any", got 0'),
        ('cc = 1, adress = "/ladmg/bpm"', "there is no key 'adress'; did you mean address?"),
        (KNOB + 'mode = "abs"', "mode must be one of absolute, relative, toggle, momentary, trigger, step, got"),
        (NOTE + 'morph", mode = "absolute"', "mode must be one of toggle, momentary, trigger, step, got"),
        (CC + 'roll", mode = "toggle"', "mode must be one of trigger, got 'toggle'"),
        (CC + 'mute", curve = "linear"', "curve means nothing in mode toggle, where there may be"),
        (KNOB + 'curve = "log"', "curve must be one of linear, exponential, fader, centred, got 'log'"),
        (KNOB + 'curve = ["fader"]', "curve must be one of linear"),
        (KNOB + 'range = [0, 2]', "range must be a number in 0..1, got [0, 2]"),
        (KNOB + 'range = [1, 0]', "range must be two of a number in 0..1, the lower first, got [1, 0]"),
        (KNOB + 'range = 1', "range must be two of a number in 0..1"),
        (KNOB + 'range = ["a", 1]', "range: morph must be a number in 0..1, got 'a'"),
        (KNOB + 'range = [nan, 1]', "range: morph must be a number in 0..1, got nan"),
        (KNOB + 'invert = 1', "invert must be true or false, got 1"),
        (KNOB + 'takeover = "near"', "takeover must be one of crossing, jump, got 'near'"),
        (TEMPO + 'encoder = "fast"', "encoder must be one of twos_complement, binary_offset, sign_bit, got"),
        ('bend = true, address = "/ladmg/bpm", encoder = "sign_bit"', "only a cc can have an encoder"),
        (TEMPO + 'step = 0', "step must be a number from 0.01 to 140, got 0"),
        (TEMPO + 'step = -1', "step must be a number from 0.01 to 140, got -1"),
        (CC + 'seed_a", mode = "step", step = 1.5', "step must be a whole number from 1 to 999999 or below 0"),
        (TEMPO + 'step = nan', "step must be a number from 0.01 to 140, got nan"),
        (NOTE + 'prompt"', "value is missing: prompt must be words, at most 256 characters"),
        (NOTE + 'prompt", value = true', "value: prompt must be words"),
        (NOTE + 'stutter", mode = "toggle", value = "1/3"', "value: stutter must be one of off, 1/2,"),
        ('note = 1, address = "/ladmg/n_bars", value = 3', "value must be one of 1, 2, 4, 8, got 3"),
        (NOTE + 'shelf_play"', "value is missing: shelf_play must be"),
        (NOTE + 'shelf_play", value = 17', "value must be a whole number in 1..16"),
        (NOTE + 'mute", value = 0', "value and off must differ, got 0 for both"),
        (NOTE + 'roll", value = 1', "value means nothing here: roll is told by the press alone"),
        ('program = "any", address = "/ladmg/1/prompt"', "any program can only choose a preset or a number"),
        ('program = 3, address = "/ladmg/preset_recall"', "value is missing: preset_recall must be a name"),
        (KNOB + 'label = 5', "label must be words, got 5"),
    ],
)  # fmt: skip
def test_a_control_that_makes_no_sense_is_told_where_and_why(entry: str, said: str) -> None:
    text = refusal(f'{HEAD}controls = [ {{ cc = 2, address = "/ladmg/1/morph" }}, {{ {entry} }} ]')
    assert text.startswith("box.toml: control 2")
    assert said in text


def test_the_same_control_may_move_two_parameters_but_none_twice() -> None:
    entries = '{ cc = 1, address = "/ladmg/1/morph" }, { cc = 1, address = "/ladmg/1/filter" }'
    assert len(parse(f"{HEAD}controls = [ {entries} ]", "").controls) == 2
    text = refusal(f'{HEAD}controls = [ {entries}, {{ cc = 1, address = "/ladmg/1/morph", invert = true }} ]')
    assert text == "box.toml: control 3: cc 1 moves /ladmg/1/morph already"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MapError, match=r"none\.toml can't be read: No such file"):
        load(tmp_path / "none.toml")
    path = tmp_path / "box.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(MapError, match=r"box\.toml: must be UTF-8 \(invalid start byte at byte 8\)"):
        load(path)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(MapError, match="must have at most 131072 bytes"):
        load(path)
    path.write_text("a = " + "[" * 5000)
    with pytest.raises(MapError, match=r"box\.toml"):
        load(path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-300, 300) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.integers(0, 10**6), st.data())
def test_whatever_is_changed_in_a_map_it_is_a_map_or_a_map_error(seed: int, data: st.DataObject) -> None:
    dice = random.Random(seed)
    lines = dice.choice(FILES).read_text().splitlines()
    at = dice.randrange(len(lines))
    value = str(data.draw(_JSON)).replace("None", "").replace("True", "true").replace("False", "false")
    key, equals, rest = lines[at].rpartition("= ")
    lines[at] = dice.choice(
        [f"{key}{equals}{value}", f"{key}{equals}{value}, {rest}", lines[at][dice.randrange(9) :]]
    )
    with contextlib.suppress(MapError):
        parse("\n".join(lines), "box.toml")
