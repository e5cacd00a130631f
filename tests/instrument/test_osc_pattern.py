"""OSC patterns: what they reach, and that none of them costs more than a moment."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.osc.datagram import OscError
from instrument.osc.pattern import PATTERN_LIMIT, expand
from instrument.params import ADDRESSES, DECKS, SPECS


def by_regex(pattern: str) -> set[str]:
    """What a pattern reaches, by way of a regular expression; only for patterns that do not run away."""
    form = pattern.replace("[!", "[^/").replace("*", "[^/]*").replace("?", "[^/]")
    form = re.sub(r"\{([^}]*)\}", lambda found: f"(?:{found[1].replace(',', '|')})", form)
    return {address for address in ADDRESSES if re.fullmatch(form, address)}


@pytest.mark.parametrize(
    ("pattern", "addresses"),
    [
        ("/ladmg/*/prompt", [f"/ladmg/{deck}/prompt" for deck in DECKS]),
        ("/*/bpm", ["/ladmg/bpm"]),
        ("/ladmg/*", [spec.address() for spec in SPECS if spec.scope == "global"]),
        ("/ladmg/1/*", [spec.address(1) for spec in SPECS if spec.scope == "deck"]),
        ("/ladmg/[1-2]/morph", [f"/ladmg/{deck}/morph" for deck in DECKS]),
        ("/ladmg/[!1]/morph", [f"/ladmg/{deck}/morph" for deck in DECKS if deck != 1]),
        ("/ladmg/1/seed_[!a]", ["/ladmg/1/seed_b", "/ladmg/1/seed_c", "/ladmg/1/seed_d"]),
        ("/ladmg/{bpm,gain_db,no}", ["/ladmg/bpm", "/ladmg/gain_db"]),
        ("/ladmg/**********Z", []),
        ("*", []),
        ("/ladmg/?", []),
    ],
)
def test_patterns_reach_what_they_should(pattern: str, addresses: list[str]) -> None:
    assert expand(pattern) == tuple(address for address in addresses if address in ADDRESSES)


PIECES = st.sampled_from(["*", "?", "[a-m]", "[!b]", "[12]", "{m,b,ro}", "{,s}", "o", "seed", "_", "m", "1"])


@given(st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), min_size=1, max_size=2))
def test_a_pattern_reaches_what_the_regular_expression_does(parts: list[str]) -> None:
    pattern = "/".join(["/ladmg", *parts])
    found = expand(pattern)
    assert set(found) == by_regex(pattern)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    "pattern",
    [
        "/ladmg/[a",
        "/ladmg/{a",
        "/ladmg/{a,b,{c",
        "/ladmg/[!-z",
        "/" + "*" * PATTERN_LIMIT,
        "/ladmg/" + "*a" * 20,
    ],
)
def test_patterns_that_are_wrong_or_too_much_are_refused(pattern: str) -> None:
    with pytest.raises(OscError):
        expand(pattern)


def test_no_pattern_goes_back() -> None:
    """python-osc makes a regex of `/ladmg/**********Z` that holds the interpreter for 11 s."""
    for length in range(1, 14):
        for ending in ("Z", "[!a]Z", "{a,b,}Z"):
            for stars in (
                "*" * length,
                "?*" * (length // 2),
                "*a" * length,
                "{*,?}" * length,
                "{,}" * length,
            ):
                assert expand(f"/ladmg/{stars}{ending}") == ()
