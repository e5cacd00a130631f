"""Tags: names in, signs out, and what isn't known is refused."""

import pytest

from model import tags


def test_every_name_has_its_own_place() -> None:
    assert len(tags.NAMES) == tags.N_TAGS == 63
    for group in ("genre", "mood", "instrument", "key"):
        inside = tags.NAMES[tags.members(group)]
        assert [tags.indices(group, [name])[0] for name in inside] == list(range(63))[tags.members(group)]


def test_asked_for_unwanted_and_open() -> None:
    asked = tags.vector("acid", ["dark"], ["kick", "acid bass"], without=["vocal"], key="F# minor")
    named = {name: value for name, value in zip(tags.NAMES, asked.tolist(), strict=True) if value}
    assert named == {"acid": 1, "dark": 1, "kick": 1, "acid bass": 1, "vocal": -1, "F# minor": 1}
    assert not tags.vector().any()


def test_an_unknown_name_is_refused_with_the_list() -> None:
    with pytest.raises(ValueError, match=r"instrument must be among kick, .*'cowbell'"):
        tags.vector(instruments=["cowbell"])
    with pytest.raises(ValueError, match="key must be among C minor"):
        tags.vector(key="H minor")


def test_relative_keys_have_the_same_notes() -> None:
    notes = dict(zip(tags.KEYS_24, tags.pitch_classes().tolist(), strict=True))
    assert notes["A minor"] == notes["C major"] == [1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]
    assert notes["F# minor"] == notes["A major"] != notes["A minor"]
