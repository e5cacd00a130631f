"""What is to be left out is said in words that the tower knows, and nothing else is touched."""

from functools import cache

import pytest

from model import checkpoint
from model.text import TextTower
from model.wording import plain

PARTS = ("kick", "hats", "drums", "bass", "vocals", "percussion", "pads", "claps", "chords")
SAYINGS = (
    *(
        "{}-free",
        "{}less",
        "free of {}",
        "devoid of any {}",
        "lacking {}",
        "sans {}",
        "minus the {}",
        "not {}",
    ),
    *(
        "remove the {}",
        "removed {}",
        "lose the {}",
        "ditch the {}",
        "take out the {}",
        "leave out the {}",
        "skip the {}",
    ),
    *("omit {}", "mute the {}", "zero {}", "get rid of the {}"),
)


@cache
def shipped() -> TextTower:
    return TextTower.load(checkpoint.DEFAULT_FOLDER)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("kick-free techno", "techno without kick"),
        ("Kick-Free", "without Kick"),
        ("hi-hat-free house", "house without hi-hat"),
        ("kickless and hatless acid", "acid without kick or hat"),
        ("a kick-free, warm loop", "without kick, warm loop"),
        ("deep house; bass-free, dusty", "deep house; without bass, dusty"),
        ("acid minus the hats", "acid without hats"),
        ("dub sans any percussion", "dub without percussion"),
        ("free of all the drums", "without drums"),
        ("Remove the hats and the kick", "without hats and the kick"),
        ("get rid of that kick", "without kick"),
        ("acid, lose the bass line", "acid, without bass line"),
        ("zero percussion", "without percussion"),
    ],
)
def test_the_same_is_said_with_without(text: str, meant: str) -> None:
    assert plain(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no kick, without hats",
        "lose yourself",
        "zero gravity",
        "free jazz",
        "carefree and stateless",
        "drop the bass",
        "beatless ambient",
        "a muted trumpet",
        "the kick is lost; remove nothing",
    ],
)
def test_what_means_something_else_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("after", ["", "dub techno, "])
@pytest.mark.parametrize("saying", SAYINGS)
def test_the_tower_that_ships_hears_that_a_part_is_to_be_left_out(saying: str, after: str) -> None:
    for part in PARTS:
        asked, no, with_it = shipped().embed_batch(
            [after + words for words in (saying.format(part), f"no {part}", f"with {part}")]
        )
        assert asked @ no > asked @ with_it, part
