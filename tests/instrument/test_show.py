"""Show files: what the audio process tells becomes lines, lines become a show again, and damage is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.memory import DeckParams, PlaybackParams
from instrument.params import ADDRESSES, Params
from instrument.recipe import Recipe
from instrument.shows.show import (
    PACKED,
    Show,
    ShowError,
    ShowLog,
    change_line,
    header_of,
    line_of,
    params_of,
    read,
)

BEGAN = ("began", 0, 512, True, 71, 0, False)
RECIPES = {0: Recipe(seed_a=7, prompt="dark"), 3: Recipe(seed_a=8)}


def header(**changes: Any) -> str:
    known: dict[str, Any] = {
        "rate": 48_000,
        "channels": 2,
        "bank": {"n_units": 7},
        "start": 1000,
        "beat": 2.5,
        "values": Params().snapshot(),
        "audio": "x.wav",
        "made": "now",
    }
    return header_of(**(known | changes))


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def test_what_was_told_comes_back(tmp_path: Path) -> None:
    log = ShowLog(RECIPES.get)
    for message in (
        BEGAN,
        ("params", 0, PlaybackParams(bpm=130.0)),
        ("took", 512, ("next", 1, 5, ((3, (0.0, 0.25)),)), (3,)),
        ("entered", 1, 5, 3, 600, 1),
        ("took", 1024, ("cancel", 2), ()),
        ("params", 1024, PlaybackParams(bpm=130.0, deck_2=DeckParams(filter=-0.5))),
        ("failed", 2048),
    ):
        assert log.told(message) == log.lines[-1]
    assert log.told(("released", 1, 3)) == log.told(("stream", "none", 48_000, 512, 0.1)) == ""
    show = read(written(tmp_path / "x.json", header(), *log.lines, line_of("stopped", 5000)))
    assert (show.rate, show.channels, show.start, show.stop, show.beat) == (48_000, 2, 1000, 5000, 2.5)
    assert show.bank == {"n_units": 7}
    assert show.values["/ladmg/swap"] == "bar"  # a name, not the index that another version may have for it
    kinds = ["began", "params", "took", "entered", "took", "params", "failed", "stopped"]
    assert [event.kind for event in show.events] == kinds
    assert [event.sample for event in show.events] == [0, 0, 512, 600, 1024, 1024, 2048, 5000]
    took, changed = show.events[2], show.events[5]
    assert took.fields["command"] == ["next", 1, 5, [[3, [0.0, 0.25]]]]
    assert Recipe.from_dict(took.fields["loops"]["3"]) == RECIPES[3]
    assert changed.fields["values"] == {"deck_2.filter": -0.5}
    values = show.events[1].fields["values"] | changed.fields["values"]
    assert params_of(values) == PlaybackParams(bpm=130.0, deck_2=DeckParams(filter=-0.5))


def test_a_long_set_is_kept_whole_in_little_room() -> None:
    log = ShowLog(RECIPES.get)
    lines = [log.told(BEGAN)]
    for sample in range(2 * PACKED + 10):
        lines.append(log.told(("params", sample, PlaybackParams(gain_db=-sample / 100))))
    assert log.lines == lines
    packed = sum(map(len, log._packed))
    assert packed < 0.2 * sum(map(len, lines))


def test_a_new_audio_process_is_told_everything_anew(tmp_path: Path) -> None:
    log = ShowLog(RECIPES.get)
    log.told(BEGAN)
    log.told(("params", 0, PlaybackParams()))
    log.told(("began", 9000, 512, False, 8000, 5, True))
    assert len(log.lines) == 3
    log.told(("began", 20_000, 512, True, 15_000, 7, True))
    log.told(("params", 20_000, PlaybackParams()))
    assert [json.loads(line)["sample"] for line in log.lines] == [20_000, 20_000]
    values = json.loads(log.lines[1])["values"]
    assert params_of(values) == PlaybackParams()
    assert {"bpm", "deck_1.morph", "deck_2.morph"} < values.keys()


@given(st.floats(-70, 6), st.booleans(), st.floats(0, 1))
def test_any_parameters_come_back(level_db: float, mute: bool, crossfade: float) -> None:
    params = PlaybackParams(
        crossfade=crossfade, deck_1=DeckParams(level_db=level_db), deck_2=DeckParams(mute=mute)
    )
    values = json.loads(ShowLog(RECIPES.get).told(("params", 0, params)))["values"]
    assert params_of(values) == params


def test_a_change_is_told_with_where_the_music_was() -> None:
    params = Params()
    heard: list[str] = []
    params.subscribe(lambda change: heard.append(change_line(change, 4711, 3.5)))
    params.set("/ladmg/swap", "loop", "osc:1")
    fields = {"address": "/ladmg/swap", "value": "loop", "source": "osc:1"}
    assert json.loads(heard[0]) == {"sample": 4711, "event": "set", "beat": 3.5, **fields}


def test_what_a_crash_leaves_can_be_read(tmp_path: Path) -> None:
    """The last line may be half; how far the recording is was told every second."""
    lines = [header(), line_of("began", 0, block=512), line_of("known", 3000), line_of("known", 4000)]
    path = written(tmp_path / "x.json", *lines)
    whole = path.read_bytes()
    assert read(path).stop == 4000
    assert read(written(tmp_path / "y.json", *lines, line_of("stopped", 3500))).stop == 3500
    for cut in range(1, 30):
        path.write_bytes(whole[:-cut])
        assert read(path).stop == 3000
    path.write_bytes(whole[: len(lines[0]) + 1])
    assert (read(path).stop, read(path).events) == (1000, ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no ladmg-show of version 1"),
        ("[]\n", "is damaged in line 1: no object"),
        ('{"format":"ladmg-show","version":2}\n', "is no ladmg-show of version 1"),
        ('{"format":"ladmg-show","version":1}\n', "is damaged: KeyError"),
        (header() + "\nrubbish\n", "is damaged in line 2"),
        (header() + "\n" + "[" * 100_000 + "\n", "is damaged in line 2"),
        (header() + '\n{"event":"params"}\n', "is damaged: KeyError('sample')"),
        (header(start="now") + "\n", "is damaged: ValueError"),
        (header(bank=7) + "\n", "is damaged: TypeError"),
    ],
)
def test_what_is_no_show_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ShowError) as caught:
        read(path)
    assert reason in str(caught.value)
    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ShowError, match="No such file"):
        read(tmp_path / "none.json")
    (tmp_path / "x.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ShowError, match="can't be read"):
        read(tmp_path / "x.json")


def test_every_value_of_the_table_can_be_in_a_show(tmp_path: Path) -> None:
    show: Show = read(written(tmp_path / "x.json", header()))
    assert set(show.values) == {address for address, (spec, _) in ADDRESSES.items() if spec.has_value}
