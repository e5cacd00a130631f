"""When messages came: by the driver's clock, however late they are looked for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.midi.timeline import Timeline


@given(st.lists(st.floats(0, 0.05), min_size=200, max_size=300), st.floats(-50e-6, 50e-6))
def test_times_are_the_drivers_however_late_we_hear_of_them(lags: list[float], drift: float) -> None:
    """A clock tick every 20 ms; each is heard up to 50 ms late, by a clock that runs a little differently."""
    timeline = Timeline()
    errors = []
    for tick, lag in enumerate([0.0, *lags]):
        true = 1000.0 + 0.02 * tick
        errors.append(timeline.at(0.02 * (1 + drift) if tick else 0.0, true + lag) - true)
    steps = [after - before for before, after in pairwise(errors)]
    assert max(map(abs, errors)) < 0.001
    assert max(map(abs, steps)) < 0.0005


def test_after_the_machine_slept_time_is_right_again() -> None:
    timeline = Timeline()
    timeline.at(0.0, 10.0)
    assert timeline.at(0.02, 500.0) == pytest.approx(500.0)
