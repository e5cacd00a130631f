"""What the performer reads of slow renders: that there are fewer steps, then that loops come later; each once."""

from __future__ import annotations

from instrument.slowness import N_AGREE, Slowness

LOOP_S = 8.0


def told(
    slowness: Slowness, n_steps: int, render_s: float, n: int = 12, is_automatic: bool = True
) -> list[str]:
    lines = (slowness.rendered(n_steps, is_automatic, render_s, LOOP_S) for _ in range(n))
    return [line for line in lines if line is not None]


def test_fewer_steps_and_late_loops_are_told_once_and_so_is_their_end() -> None:
    slowness = Slowness()
    assert told(slowness, 8, 1.0) == []
    assert told(slowness, 4, 1.9) == [
        "rendering with 4 steps, not 8: more would take over 25% of the loop's length"
    ]
    assert told(slowness, 2, 1.9) == [
        "rendering with 2 steps, not 8: more would take over 25% of the loop's length"
    ]
    assert told(slowness, 2, 3.0) == [
        "a loop of 8.0 s takes 3.0 s to render with 2 steps: changes come later"
    ]
    assert told(slowness, 2, 1.0) == ["renders are in time again"]
    assert told(slowness, 4, 1.0) == [
        "rendering with 4 steps, not 8: more would take over 25% of the loop's length"
    ]
    assert told(slowness, 8, 1.0) == ["rendering with 8 steps again"]
    assert told(slowness, 4, 1.0) != []


def test_a_moment_is_no_news() -> None:
    slowness = Slowness()
    told(slowness, 8, 1.0)
    for _ in range(10):
        assert told(slowness, 4, 5.0, n=N_AGREE - 1) == []
        assert told(slowness, 8, 1.0, n=1) == []


def test_steps_that_the_performer_chose_are_no_news_but_late_loops_are() -> None:
    slowness = Slowness()
    told(slowness, 8, 1.0)
    assert told(slowness, 2, 1.0, is_automatic=False) == []
    assert told(slowness, 16, 4.0, is_automatic=False) != []
