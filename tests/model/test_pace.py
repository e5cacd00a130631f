"""The pace is that of the latest renders, whatever their length and steps."""

import pytest

from model.pace import N_KEPT, Pace


def note(pace: Pace, frames: int, n_steps: int, n_passes: int = 1, slower: float = 1.0) -> None:
    """A render on a machine that takes 1 ms a frame and pass, a second pass 0.2 ms, and 2 ms a frame for the rest."""
    step_s = slower * 0.001 * (1.0 + 0.2 * (n_passes - 1))
    pace.note(frames, n_steps, n_passes, frames * n_steps * step_s, slower * 0.002 * frames)


def test_what_was_noted_is_estimated_at_any_length_and_number_of_steps() -> None:
    pace = Pace()
    assert not pace.is_known
    note(pace, 144, 2)
    assert pace.is_known
    assert pace.estimate_s(576, 8, 1) == pytest.approx(576 * 0.010)


def test_one_slow_render_changes_nothing_and_many_do() -> None:
    pace = Pace()
    for _ in range(N_KEPT):
        note(pace, 100, 4)
    note(pace, 100, 4, slower=50)
    assert pace.estimate_s(100, 4, 1) == pytest.approx(0.6)
    for _ in range(N_KEPT):
        note(pace, 100, 4, slower=3)
    assert pace.estimate_s(100, 4, 1) == pytest.approx(1.8)


def test_steps_of_more_passes_have_a_pace_of_their_own() -> None:
    pace = Pace()
    note(pace, 100, 4, n_passes=2)
    assert pace.estimate_s(100, 4, 2) == pytest.approx(0.1 * (4 * 1.2 + 2))
    assert pace.estimate_s(100, 4, 1) == pytest.approx(0.1 * (4 * 1.2 + 2))  # at most
    note(pace, 100, 4)
    assert pace.estimate_s(100, 4, 1) == pytest.approx(0.1 * (4 * 1.0 + 2))
    assert pace.estimate_s(100, 4, 2) == pytest.approx(0.1 * (4 * 1.2 + 2))


def test_a_machine_that_has_time_again_is_noticed_by_what_it_renders_now() -> None:
    pace = Pace()
    note(pace, 100, 8, n_passes=2, slower=9)
    for _ in range(N_KEPT):
        note(pace, 100, 4)
    assert pace.estimate_s(100, 8, 2) == pytest.approx(0.1 * (8 * 2.0 + 2))
