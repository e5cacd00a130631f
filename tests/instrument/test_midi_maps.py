"""Which map a port gets, and what is learnt: files that a performer has, edits and breaks."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from instrument.midi.choice import Maps, default_folder
from instrument.midi.map_file import MapError, factory

NANO = "nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTRL 24:0"
MORPH, FILTER, PROMPT = "/ladmg/1/morph", "/ladmg/1/filter", "/ladmg/1/prompt"


@pytest.fixture
def maps(tmp_path: Path) -> Maps:
    return Maps(tmp_path / "maps")


def write(maps: Maps, name: str, text: str) -> Path:
    maps.folder.mkdir(parents=True, exist_ok=True)
    path = maps.folder / name
    path.write_text(text)
    return path


def test_a_port_gets_the_factory_map_of_its_name_or_the_default_one(maps: Maps) -> None:
    assert maps.choose(NANO).map.name == "Korg nanoKONTROL2"
    assert maps.choose("Knobs:out").map.name == "default"
    assert maps.choose(NANO).learnt == maps.folder / "learnt" / "korg-nanokontrol2.toml"
    assert maps.choose("Knobs:out").learnt == maps.folder / "learnt" / "knobs-out.toml"
    assert not maps.folder.exists(), "looking writes nothing"


def test_a_map_of_ones_own_wins(maps: Maps) -> None:
    write(maps, "any.toml", 'name = "mine for any"\nports = ["*"]')
    assert maps.choose(NANO).map.name == "Korg nanoKONTROL2", "one by name before one for any"
    assert maps.choose("Knobs:out").map.name == "mine for any"
    write(maps, "nano.toml", 'name = "mine"\nports = ["nanokontrol2"]')
    assert maps.choose(NANO).map.name == "mine"


def test_a_broken_map_is_complained_of_and_the_others_are_used(maps: Maps) -> None:
    path = write(maps, "nano.toml", 'ports = ["nanoKONTROL2"]\ncontrols = [ { cc = 1 } ]')
    choice = maps.choose(NANO)
    assert choice.map.name == "Korg nanoKONTROL2"
    assert len(choice.complaints) == 1
    assert choice.complaints[0].startswith(f"{path}: control 1 (cc 1): address must be")


def test_what_is_learnt_is_kept_and_comes_first(maps: Maps) -> None:
    choice = maps.choose(NANO)
    control = maps.learn(choice, choice.map.name, {"cc": 0, "channel": 1, "address": MORPH})
    assert control.text == "cc 0, channel 1"
    controls = maps.choose(NANO).map.controls
    assert controls[0] == control
    assert [one.address for one in controls if one.source.number == 0 and one.source.kind == "cc"] == [MORPH]
    others = next(one for one in factory() if one.name == "Korg nanoKONTROL2").controls
    assert len(controls) == len(others), "it took the place of what this slider did"
    assert maps.learnt() == [("Korg nanoKONTROL2", "cc 0, channel 1", MORPH)]
    assert [path.name for path in choice.learnt.parent.iterdir()] == ["korg-nanokontrol2.toml"], (
        "no draft left"
    )


def test_a_button_that_has_learnt_something_keeps_its_light(maps: Maps) -> None:
    xl = maps.choose("Launch Control XL")
    control = maps.learn(xl, xl.map.name, {"note": 73, "channel": 9, "address": "/ladmg/1/reverse"})
    assert (control.has_feedback, control.leds) == (True, (12, 60))
    maps.learn(xl, xl.map.name, {"note": 74, "channel": 9, "address": MORPH, "value": 0})
    maps.forget(MORPH)
    assert maps.choose("Launch Control XL").map.controls[0] == control


def test_learning_again_moves_it(maps: Maps) -> None:
    knobs = maps.choose("Knobs")
    maps.learn(knobs, "Knobs", {"cc": 20, "channel": 1, "address": MORPH})
    maps.learn(knobs, "Knobs", {"cc": 21, "channel": 1, "address": FILTER})
    maps.learn(knobs, "Knobs", {"cc": 22, "channel": 1, "address": MORPH})
    assert [entry[1:] for entry in maps.learnt()] == [
        ("cc 21, channel 1", FILTER),
        ("cc 22, channel 1", MORPH),
    ]
    maps.learn(knobs, "Knobs", {"cc": 21, "channel": 1, "address": MORPH})
    assert [entry[1:] for entry in maps.learnt()] == [("cc 21, channel 1", MORPH)]
    maps.learn(knobs, "Knobs", {"cc14": 21, "channel": 1, "address": FILTER})
    assert [entry[1:] for entry in maps.learnt()] == [("14-bit cc 21, channel 1", FILTER)], (
        "it is the same knob"
    )


def test_what_is_changed_by_hand_in_a_learnt_file_stays(maps: Maps) -> None:
    knobs = maps.choose("Knobs")
    learnt = knobs.learnt
    maps.learn(knobs, "Knobs", {"cc": 20, "channel": 1, "address": MORPH})
    learnt.write_text(
        learnt.read_text().replace(f'"{MORPH}"', f'"{MORPH}", range = [0.25, 0.75], invert = true')
    )
    text = 'she said "déjà-vu \\ house"'
    maps.learn(knobs, "Knobs", {"note": 36, "channel": 10, "address": PROMPT, "value": text})
    first, second = tomllib.loads(learnt.read_text())["controls"]
    assert first == {"cc": 20, "channel": 1, "address": MORPH, "range": [0.25, 0.75], "invert": True}
    assert second["value"] == text
    assert maps.choose("Knobs").map.controls[1].value == text


def test_forgetting_brings_back_what_the_map_says(maps: Maps) -> None:
    before = maps.choose(NANO).map
    maps.learn(maps.choose(NANO), before.name, {"cc": 0, "channel": 1, "address": MORPH})
    maps.learn(maps.choose("Knobs"), "Knobs", {"cc": 5, "channel": 1, "address": MORPH})
    assert maps.forget(MORPH) == ["cc 5, channel 1", "cc 0, channel 1"]
    assert maps.choose(NANO).map == before
    assert maps.forget(MORPH) == []
    assert maps.learnt() == []


def test_a_broken_learnt_file_is_not_overwritten(maps: Maps) -> None:
    knobs = maps.choose("Knobs")
    learnt = knobs.learnt
    maps.learn(knobs, "Knobs", {"cc": 20, "channel": 1, "address": MORPH})
    learnt.write_text(learnt.read_text() + "what is this")
    broken = learnt.read_text()
    for act in (
        lambda: maps.learn(knobs, "Knobs", {"cc": 1, "address": FILTER}),
        lambda: maps.forget(MORPH),
    ):
        with pytest.raises(MapError, match=r"knobs\.toml"):
            act()
    assert learnt.read_text() == broken
    assert len(maps.choose("Knobs").complaints) == 1
    assert maps.choose("Knobs").map == factory()[-1]


def test_what_makes_no_sense_is_not_learnt(maps: Maps) -> None:
    knobs = maps.choose("Knobs")
    learnt = knobs.learnt
    with pytest.raises(MapError, match="value is missing: preset_recall must be a name"):
        maps.learn(knobs, "Knobs", {"note": 1, "channel": 1, "address": "/ladmg/preset_recall"})
    assert not learnt.exists()


def test_a_stamp_tells_of_every_change(maps: Maps) -> None:
    stamps = {maps.stamp()}
    path = write(maps, "nano.toml", "ports = ['*']")
    stamps.add(maps.stamp())
    path.write_text("ports = ['box']")
    stamps.add(maps.stamp())
    maps.learn(maps.choose("Knobs"), "Knobs", {"cc": 1, "address": FILTER})
    stamps.add(maps.stamp())
    assert len(stamps) == 4
    assert maps.stamp() == maps.stamp()


def test_maps_are_where_the_system_keeps_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "ladmg" / "maps"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".config" / "ladmg" / "maps"
