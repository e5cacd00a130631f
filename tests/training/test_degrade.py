"""Degradations keep a loop a loop, and are as strong as they say."""

import numpy as np
import pytest

from training import degrade
from training.adherence import share_db

LOOP = np.random.default_rng(0).standard_normal((48_000, 2)).astype(np.float32) * 0.1


@pytest.mark.parametrize("name", [name for rungs in degrade.LADDERS.values() for name in rungs])
def test_a_degraded_loop_has_no_place_that_is_special(name: str) -> None:
    function = next(rungs[name] for rungs in degrade.LADDERS.values() if name in rungs)
    worse = function(LOOP)
    assert worse.shape == LOOP.shape
    assert worse.dtype == np.float32
    if not name.startswith("hiss"):
        np.testing.assert_allclose(
            function(np.roll(LOOP, 777, axis=0)), np.roll(worse, 777, axis=0), atol=1e-6
        )


def test_what_lies_above_the_low_pass_is_gone_and_the_rest_is_left() -> None:
    dull = degrade.anchor(LOOP)
    assert share_db(dull, 3800, 24_000) < -90
    assert share_db(dull, 100, 3400) > share_db(LOOP, 100, 3400) + 8
    tone = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(48_000) / 48_000)[:, None].repeat(2, 1).astype(
        np.float32
    )
    np.testing.assert_allclose(degrade.anchor(tone), tone, atol=1e-6)


def test_hiss_is_as_loud_as_said() -> None:
    noise = degrade.hiss(LOOP, 30) - LOOP
    assert 10 * np.log10(np.square(LOOP).mean() / np.square(noise).mean()) == pytest.approx(30, abs=0.2)


def test_a_smeared_click_fills_the_time_it_is_given_and_keeps_its_energy() -> None:
    click = np.zeros((48_000, 2), dtype=np.float32)
    click[1000] = 1.0
    spread = degrade.smear(click, 40)
    assert np.square(spread).sum() == pytest.approx(np.square(click).sum(), rel=1e-4)
    assert np.abs(spread[1000 : 1000 + 1920]).min(axis=1).mean() > 0
    assert np.square(spread[3000:]).sum() < 1e-6
