"""Positions and curves: they rise, reach both ends, and can be gone back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.midi.curves import CURVES, place, position

SHARES = st.floats(0, 1)


@pytest.mark.parametrize("top", [127, 16383])
def test_the_middle_step_is_the_middle_and_the_ends_are_the_ends(top: int) -> None:
    positions = [position(raw, top) for raw in range(top + 1)]
    assert (positions[0], positions[(top + 1) // 2], positions[-1]) == (0.0, 0.5, 1.0)
    assert positions == sorted(set(positions))
    for raw in range(top + 1):
        assert place(positions[raw], top) == pytest.approx(raw, abs=1e-9)


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_rises_from_end_to_end(name: str) -> None:
    shares = [CURVES[name].share(at / 1000) for at in range(1001)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == pytest.approx((0.0, 1.0), abs=1e-12)
    assert all(-1e-12 <= share <= 1 + 1e-12 for share in shares)


@pytest.mark.parametrize("name", CURVES)
@given(share=SHARES)
def test_a_curve_finds_the_place_of_every_share(name: str, share: float) -> None:
    curve = CURVES[name]
    at = curve.at(share)
    assert 0 <= at <= 1
    assert curve.share(at) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("name", sorted(set(CURVES) - {"centred"}))
@given(at=SHARES)
def test_a_curve_without_rest_finds_every_place(name: str, at: float) -> None:
    curve = CURVES[name]
    assert curve.at(curve.share(at)) == pytest.approx(at, abs=1e-6)


def test_what_the_curves_are_for() -> None:
    assert 76 * CURVES["fader"].share(0.72) - 70 == pytest.approx(0.0, abs=0.1), "0 dB"
    assert CURVES["exponential"].share(0.5) == pytest.approx(1 / 9, abs=1e-3)
    rest = [raw for raw in range(128) if CURVES["centred"].share(position(raw, 127)) == 0.5]
    assert rest == list(range(59, 70))
