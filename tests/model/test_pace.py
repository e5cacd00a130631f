"""The pace is that of the latest renders, whatever their length and steps."""

import pytest

from model.pace import N_KEPT, Pace


def note(pace: Pace, frames: int, n_passes: int, slower: float = 1.0) -> None:
    """A render on a machine that takes 1 ms a frame and pass, and 2 ms a frame for the rest."""
    pace.note(frames, n_passes, slower * 0.001 * frames * n_passes, slower * 0.002 * frames)


def test_what_was_noted_is_estimated_at_any_length_and_number_of_passes() -> None:
    pace = Pace()
    assert not pace.is_known
    note(pace, 144, 2)
    assert pace.is_known
    assert pace.estimate_s(576, 8) == pytest.approx(576 * 0.010)


def test_one_slow_render_changes_nothing_and_many_do() -> None:
    pace = Pace()
    for _ in range(N_KEPT):
        note(pace, 100, 4)
    note(pace, 100, 4, slower=50)
    assert pace.estimate_s(100, 4) == pytest.approx(0.6)
    for _ in range(N_KEPT):
        note(pace, 100, 4, slower=3)
    assert pace.estimate_s(100, 4) == pytest.approx(1.8)
