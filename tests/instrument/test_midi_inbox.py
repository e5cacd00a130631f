"""What the drivers' threads hand over: never too much, and when it came."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.midi_inbox import Inbox, Timeline


def test_messages_come_in_order_by_port() -> None:
    inbox = Inbox()
    for value in range(3):
        inbox.put("a", [0xB0, 1, value])
        inbox.put("b", [0xB0, 2, value])
    assert inbox.take() == {"a": [[0xB0, 1, v] for v in range(3)], "b": [[0xB0, 2, v] for v in range(3)]}
    assert inbox.take() == {}


def test_a_flood_is_bounded_and_the_latest_of_each_control_is_kept() -> None:
    inbox = Inbox(limit=10)
    for value in range(100_000):
        inbox.put("a", [0xB0, value % 4, value % 128])
    inbox.put("a", [0x90, 60, 1])
    inbox.put("a", [0x80, 60, 0])
    messages = inbox.take()["a"]
    assert len(messages) == 10 + 4 + 1
    assert [data for data in messages if data[0] == 0xB0][-4:] == [
        [0xB0, value % 4, value % 128] for value in range(99_996, 100_000)
    ]
    assert messages[-1] == [0x80, 60, 0], "no note hangs"
    assert inbox.n_dropped == 100_000 - 10 - 4 + 1


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
