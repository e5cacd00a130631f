"""Soft takeover: by crossing, and by nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from instrument.midi.takeover import Takeover

PLACES = st.lists(st.integers(0, 127), min_size=1, max_size=30)


@given(st.floats(0, 127), PLACES)
def test_a_control_has_no_hold_before_it_has_crossed_or_met_the_value(
    target: float, places: list[int]
) -> None:
    takeover = Takeover()
    holds = [takeover.take(place, target) for place in places]
    assert holds == sorted(holds), "once it has hold, it keeps it"
    first = holds.index(True) if True in holds else len(places)
    assert len({place > target for place in places[:first]}) <= 1, "all on one side"
    if first < len(places) and places[first] != round(target):
        assert first > 0
        assert (places[first] >= target) != (places[first - 1] > target)


@given(st.floats(0, 127), PLACES)
def test_a_control_that_goes_through_the_whole_range_always_gets_hold(
    target: float, places: list[int]
) -> None:
    takeover = Takeover()
    for place in places:
        takeover.take(place, target)
    takeover.take(0, target)
    assert takeover.take(127, target)


@given(st.floats(0, 127), st.floats(0, 127), st.integers(0, 127))
def test_after_a_release_it_must_cross_the_new_value(old: float, new: float, place: int) -> None:
    takeover = Takeover()
    takeover.take(0, old)
    takeover.take(127, old)
    takeover.release()
    assert takeover.take(place, new) == (place == round(new) or place <= new)


def test_to_come_near_is_not_enough() -> None:
    takeover = Takeover()
    assert not any(takeover.take(place, 64.0) for place in (0, 60, 62, 63, 62, 63))
    assert takeover.take(65, 64.0)
