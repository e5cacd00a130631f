"""Presets: what is kept comes back, and a file that makes no sense changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from instrument.params import ParamError, Params
from instrument.presets import PresetError, Presets


@pytest.fixture
def presets(tmp_path: Path) -> Presets:
    return Presets(tmp_path / "presets")


def test_values_come_back_and_how_one_plays_is_left_out(presets: Presets) -> None:
    params = Params()
    for address, value in (("/ladmg/bpm", 131.5), ("/ladmg/key", "A minor"), ("/ladmg/1/prompt", "dub é 音")):
        params.set(address, value, "test")
    params.set("/ladmg/playing", 0, "test")
    path = presets.save("my set 1", params.snapshot())
    assert json.loads(path.read_text(encoding="utf-8"))["values"]["/ladmg/key"] == "A minor"
    values = presets.load("my set 1")
    kept = {address: value for address, value in params.snapshot().items() if address in values}
    assert values == kept
    assert values["/ladmg/1/prompt"] == "dub é 音"
    assert not {"/ladmg/playing", "/ladmg/1/hold", "/ladmg/auto", "/ladmg/swap"} & values.keys()
    assert presets.names == ["my set 1"]


def test_a_preset_is_replaced_by_a_whole_one(presets: Presets) -> None:
    for bpm in (120.0, 140.0):
        presets.save("a", {"/ladmg/bpm": bpm})
    assert presets.load("a") == {"/ladmg/bpm": 140.0}
    assert [path.name for path in presets.folder.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "can't be read"),
        ("\udcff", "can't be read"),
        ("[" * 30_000, "can't be read"),
        ("[]", "is no ladmg-preset of version 1"),
        ('{"format": "ladmg-preset", "version": 2, "values": {}}', "is no ladmg-preset of version 1"),
        ('{"format": "ladmg-preset", "version": 1}', "must have values by address"),
        (
            '{"format": "ladmg-preset", "version": 1, "values": {"/ladmg/1/go": 1}}',
            "'/ladmg/1/go' is no parameter that presets keep",
        ),
        (
            '{"format": "ladmg-preset", "version": 1, "values": {"/x": 1}}',
            "'/x' is no parameter that presets keep",
        ),
        (
            '{"format": "ladmg-preset", "version": 1, "values": {"/ladmg/bpm": "fast"}}',
            r"bpm must be a number in 60\.\.200, got 'fast'",
        ),
        ('{"format": "ladmg-preset", "version": 1, "values": {"/ladmg/bpm": NaN}}', "bpm must be"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(presets: Presets, text: str, reason: str) -> None:
    presets.folder.mkdir()
    (presets.folder / "a.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PresetError, match=reason):
        presets.load("a")


def test_a_preset_that_is_not_there_names_those_that_are(presets: Presets) -> None:
    presets.save("dub", {})
    with pytest.raises(PresetError, match=r"no preset 'acid' in .*; there are: dub"):
        presets.load("acid")


def test_a_folder_that_can_t_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PresetError, match="can't be kept"):
        Presets(tmp_path / "file").save("a", {})


@pytest.mark.parametrize(
    "name",
    ["../secret", "a/b", "a\\b", ".hidden", "a.json", "con", "NUL", "Com1", "", "x" * 65, "a\nb", 7, None],
)
def test_names_lead_nowhere_else(name: object) -> None:
    params = Params()
    if name == 7:  # a number is a name too
        assert params.set("/ladmg/preset_save", name, "test").value == "7"
        return
    with pytest.raises(ParamError):
        params.set("/ladmg/preset_save", name, "test")


def test_two_names_in_a_row_are_both_told() -> None:
    params = Params()
    told: list[object] = []
    params.subscribe(lambda change: told.append(change.value))
    for name in ("a", "b", "a"):
        params.set("/ladmg/preset_save", name, "test")
    assert told == ["a", "b", "a"]
    assert "/ladmg/preset_save" not in params.snapshot()
    assert params.get("/ladmg/preset_save") == 0
