"""The low band: what it is, where it is, and that it is a part of its loop."""

import numpy as np
import pytest

from instrument.lows import low_band, write_loop
from instrument.memory import LOW_RATIO, UNIT, LoopBank, SlotHeader, n_low, n_units

RATE = 48_000
N = 92_160


def tone(hz, n=N):
    """As many whole cycles as come nearest to a pitch, `[n, 2]`."""
    phase = 2 * np.pi * round(hz * n / RATE) * np.arange(n) / n
    return np.stack([np.sin(phase), np.cos(phase)], axis=1).astype(np.float32)


@pytest.mark.parametrize(("hz", "gain"), [(30, 1.0), (110, 1.0), (160, 0.5), (210, 0.0), (1000, 0.0)])
def test_lows_are_what_lies_below_160_hz_without_a_shift_in_time(hz, gain):
    low = low_band(tone(hz), RATE)
    np.testing.assert_allclose(low, gain * tone(hz)[::LOW_RATIO], atol=3e-3)


def test_rolling_a_loop_rolls_its_lows():
    loop = 0.1 * np.random.default_rng(1).standard_normal((N, 2)).astype(np.float32)
    rolled = low_band(np.roll(loop, 50 * LOW_RATIO, axis=0), RATE)
    np.testing.assert_allclose(rolled, np.roll(low_band(loop, RATE), 50, axis=0), atol=1e-6)


def test_a_loop_lies_in_the_bank_with_its_lows_behind_it_and_only_where_there_is_room():
    bank = LoopBank.create(2)
    loop = tone(60)
    write_loop(bank, 0, loop, SlotHeader(RATE, N, 12500, 1))
    assert np.array_equal(bank.samples(0)[:N], loop)
    assert np.array_equal(bank.samples(0)[N : N + n_low(N)], low_band(loop, RATE))
    assert bank.header(0).n_samples == N
    longer = np.zeros((UNIT, 2), np.float32)
    with pytest.raises(ValueError, match="slot 1 has room for 131072 samples, a loop of 131072 needs 139264"):
        write_loop(bank, 1, longer, SlotHeader(RATE, UNIT, 12500, 1))
    assert (n_units(N), n_units(UNIT), n_units(368_640)) == (1, 2, 3)
    bank.close()
    bank.unlink()
