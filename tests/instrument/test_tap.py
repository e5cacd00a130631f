"""Tap tempo, by a clock that the test sets."""

import random

import pytest

from instrument.tap import FORGET_S, TapTempo


def tapped(*times: float) -> list[float | None]:
    tempo = TapTempo()
    return [tempo.tap(time) for time in times]


def test_the_third_tap_sets_the_tempo() -> None:
    assert tapped(10.0, 10.5, 11.0) == [None, None, pytest.approx(120.0)]


def test_more_taps_even_out_an_unsteady_hand() -> None:
    rng = random.Random(1)
    beat = 60 / 132
    found = tapped(*(i * beat + rng.gauss(0, 0.01) for i in range(9)))
    assert found[-1] == pytest.approx(132.0, rel=0.01)


def test_a_pause_begins_anew() -> None:
    assert tapped(0.0, 0.5, 1.0, 1.0 + FORGET_S + 0.1, 3.2)[-2:] == [None, None]


def test_another_tempo_begins_anew_and_is_found() -> None:
    found = tapped(0.0, 0.5, 1.0, 1.5, 1.8, 2.1, 2.4)
    assert found[4] is None
    assert found[-1] == pytest.approx(200.0)


def test_two_taps_at_once_are_no_tempo() -> None:
    assert tapped(1.0, 1.0, 1.0) == [None, None, None]
