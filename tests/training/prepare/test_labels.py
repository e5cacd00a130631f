"""What names, folders and tables say of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from model import tags
from training.prepare import labels
from training.prepare.labels import LabelError, Table


@pytest.mark.parametrize(
    ("text", "found", "left"),
    [
        ("dub techno", ["dub techno"], ""),
        ("Deep-House, dark", ["deep house", "dark"], ""),
        ("DARK dub_techno Kicks 3", ["dub techno", "dark", "kick"], "3"),
        ("no kick", ["no kick"], ""),
        ("without hats", ["no closed hat", "no open hat"], ""),
        ("deep", ["deep"], ""),
        ("A minor pads", ["pad", "A minor"], ""),
        ("my holiday 2019", [], "my holiday 2019"),
        ("kickstarter", [], "kickstarter"),
    ],
)
def test_words_are_read_as_tags_where_they_name_one(text: str, found: list[str], left: str) -> None:
    assert labels.read_words(text) == (found, left)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("loop F#min", "F# minor"),
        ("Bbm stab", "A# minor"),
        ("C major", "C major"),
        ("pad_Ebmaj_02", "D# major"),
        ("a minor thing", "A minor"),
        ("I Am Here", None),
        ("Bm", None),
        ("drum", None),
    ],
)
def test_a_key_is_read_only_where_it_is_no_word(name: str, key: str | None) -> None:
    assert labels.read_key(name) == key


@pytest.mark.parametrize(
    ("name", "bpm"),
    [
        ("loop_125bpm", 125),
        ("124.5 BPM x", 124.5),
        ("90-bpm", 90),
        ("track 125", None),
        ("999bpm", None),
        ("x1280bpm", None),
    ],
)
def test_a_tempo_in_a_name(name: str, bpm: float | None) -> None:
    assert labels.bpm_in_name(name) == bpm


def test_the_table_goes_before_the_folder_and_that_before_the_name(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(
        "\ufefffile,BPM,downbeat_s,tags\n"
        "b/x_125bpm_Cmaj.wav,131.5,0.25,acid; no clap; D minor; rusty gate\n"
        "y.wav,,,\n",
        encoding="utf-8",
    )
    read = labels.read_table(table)
    one = labels.labels_of("b/x_125bpm_Cmaj.wav", read, bpm=128)
    assert (one.bpm, one.bpm_source, one.downbeat_s) == (131.5, "given", 0.25)
    assert one.tag_names == ("acid", "no clap", "D minor")
    assert one.caption == "b, acid, no clap, D minor, rusty gate"
    wanted = tags.vector("acid", without=["clap"], key="D minor")
    assert one.vector().equal(wanted)
    other = labels.labels_of("dub techno/cellar tape/x_125bpm_Cmaj.wav", read)
    assert (other.bpm, other.bpm_source) == (125, "name")
    assert other.caption == "dub techno, cellar tape"
    assert other.tag_names == ("dub techno", "C major")
    assert labels.labels_of("dub techno/x_125bpm.wav", read, bpm=128).bpm == 128
    assert labels.labels_of("any folder/y.wav", read).bpm is None
    assert read.unused(["any folder/y.wav"]) == ["b/x_125bpm_Cmaj.wav"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,bpm\n", "columns must be file and any of bpm, downbeat_s, tags, caption, got name, bpm"),
        ("", "got none"),
        ("file,bpm\nx.wav,fast\n", r"line 2: bpm must be a number in 40\.\.250, got fast"),
        ("file,bpm\nx.wav,125\ny.wav,nan\n", r"line 3: bpm must be a number in 40\.\.250, got nan"),
        ("file,downbeat_s\nx.wav,-1\n", "line 2: downbeat_s must be a number in 0"),
        ("file,bpm\n,125\n", "line 2: file is empty"),
    ],
)
def test_a_table_that_can_not_be_used_says_where(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(LabelError, match=message):
        labels.read_table(tmp_path / "table.csv")
    with pytest.raises(LabelError, match="can't be read"):
        labels.read_table(tmp_path / "none.csv")


def test_nothing_said_is_nothing_known() -> None:
    one = labels.labels_of("x.wav", Table())
    assert (one.bpm, one.tag_names, one.caption) == (None, (), "")
    assert not one.vector().any()
