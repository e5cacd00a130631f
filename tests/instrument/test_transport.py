"""The musical clock is exact: at any tempo, after any time, through any number of tempo changes."""

import math
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from instrument.params import ADDRESSES
from instrument.transport import SWAPS, Transport, loop_length

TEMPI = st.integers(6000, 20000)
BARS = st.sampled_from([1, 2, 4, 8])
RATES = st.sampled_from([48000, 96000])


@given(TEMPI, BARS, RATES, st.integers(0, 5000))
@example(16384, 1, 48000, 1)
def test_pass_k_starts_at_the_rounded_kth_multiple_of_the_length(bpm_centi, n_bars, rate, k):
    start = math.floor(k * loop_length(n_bars, bpm_centi, rate) + Fraction(1, 2))  # halves go up
    transport = Transport(rate, bpm_centi)
    ticks = n_bars * transport.ticks_per_bar
    assert transport.samples_to(k * ticks) == start
    transport.advance(start)
    assert transport.passes(ticks) == k
    assert transport.samples_to(k * ticks) == 0
    assert transport.samples_to_multiple(ticks) == 0
    assert transport.beat == pytest.approx(float(k * n_bars * 4), abs=1e-4)
    transport.advance(-1)
    assert transport.passes(ticks) == k - 1
    assert transport.samples_to_multiple(ticks) == 1


@given(st.lists(st.tuples(st.integers(0, 100_000), TEMPI), min_size=1, max_size=20))
def test_tempo_changes_keep_the_position_and_add_up_exactly(changes):
    transport = Transport(48000)
    beat = Fraction(0)
    for n_samples, bpm_centi in changes:
        transport.bpm_centi = bpm_centi
        assert transport.beat == beat
        transport.advance(n_samples)
        beat += n_samples * Fraction(bpm_centi, 100) / (60 * 48000)
    assert transport.beat == beat


@given(st.lists(st.tuples(st.integers(0, 100_000), TEMPI), max_size=5), st.integers(0, 6))
def test_a_boundary_is_never_past_and_never_missed(changes, swap):
    """Walking on to a boundary arrives at it, and the one after is a whole unit later."""
    transport = Transport(48000)
    for n_samples, bpm_centi in changes:
        transport.bpm_centi = bpm_centi
        transport.advance(n_samples)
    loop_ticks = 2 * transport.ticks_per_bar
    wait = transport.samples_to_swap(swap, loop_ticks)
    assert wait >= 0
    transport.advance(wait)
    assert transport.samples_to_swap(swap, loop_ticks) == 0
    if SWAPS[swap] != "now":
        transport.advance(1)
        unit = {"beat": 1, "bar": 4, "loop": 8, "4bars": 16, "8bars": 32, "16bars": 64}[SWAPS[swap]]
        exact = unit * 60 * 48000 / Fraction(transport.bpm_centi, 100)
        assert abs(transport.samples_to_swap(swap, loop_ticks) + 1 - exact) <= 1


def test_bars_change_on_their_nearest_sample():
    transport = Transport(48000, 12750)  # a bar is 90352.94 samples
    assert transport.bar == 1
    transport.advance(90352)
    assert transport.bar == 1
    transport.advance(1)
    assert transport.bar == 2


def test_the_swaps_are_those_of_the_parameter_table():
    assert ADDRESSES["/ladmg/swap"][0].choices == SWAPS
