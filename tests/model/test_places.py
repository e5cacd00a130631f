"""A place in the loop is where a sequencer counts it."""

import pytest

from model.places import parse_ranges


@pytest.mark.parametrize(
    ("text", "n_bars", "beats"),
    [
        ("4.4", 4, [(15, 16)]),
        ("1.1", 1, [(0, 1)]),
        ("2.1-2.4", 4, [(4, 8)]),
        ("2", 4, [(4, 8)]),
        ("3-4", 4, [(8, 16)]),
        ("4.4.3", 4, [(15.5, 15.75)]),
        ("4.4.3-4.4.4", 4, [(15.5, 16)]),
        ("1.4, 2.4 ,4.3-4", 4, [(3, 4), (7, 8), (14, 16)]),
        ("4.4-1.1", 4, [(15, 1)]),
        ("8", 8, [(28, 32)]),
    ],
)
def test_places_are_counted_as_a_sequencer_does(
    text: str, n_bars: int, beats: list[tuple[float, float]]
) -> None:
    assert parse_ranges(text, n_bars) == tuple(beats)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5.1", r"bar must be in 1\.\.4, got 5"),
        ("0.1", r"bar must be in 1\.\.4, got 0"),
        ("4.5", r"beat must be in 1\.\.4, got 5"),
        ("4.4.5", r"16th must be in 1\.\.4, got 5"),
        ("", "allowed: 4.4"),
        ("4.4,", "allowed: 4.4"),
        ("bar 4", "allowed: 4.4"),
        ("1-2-3", "allowed: 4.4"),
        ("-1", "allowed: 4.4"),
        ("4.4.4.4", "allowed: 4.4"),
        ("٤.٤", "allowed: 4.4"),
    ],
)
def test_what_is_no_place_is_refused_with_what_is_allowed(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_ranges(text, 4)
