"""Which outputs play what: what is understood, what is refused, and that nothing goes where it should not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.audio.outputs import Outputs

PLACES = st.integers(1, 8).flatmap(lambda first: st.sampled_from([(first,), (first, first + 1)]))


@pytest.mark.parametrize(
    ("text", "outputs", "n_channels"),
    [
        ("main=1-2", Outputs(), 2),
        ("main=1-2,cue=3-4", Outputs((1, 2), (3, 4)), 4),
        ("main=3-4, cue=1-2", Outputs((3, 4), (1, 2)), 4),
        ("cue=2,main=1", Outputs((1,), (2,)), 2),
        ("main=7-8", Outputs((7, 8)), 8),
        ("main=1-2,cue=5", Outputs((1, 2), (5,)), 5),
    ],
)
def test_understood(text: str, outputs: Outputs, n_channels: int) -> None:
    assert Outputs.parse(text) == outputs
    assert outputs.n_channels == n_channels


@given(PLACES, st.one_of(st.just(()), PLACES))
def test_what_is_said_is_read_back(main: tuple[int, ...], cue: tuple[int, ...]) -> None:
    if not set(main) & set(cue):
        outputs = Outputs(main, cue)
        assert Outputs.parse(str(outputs)) == outputs


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must look like main=1-2,cue=3-4 .*, got ''"),
        ("1-2", "must look like"),
        ("cue=1-2", "must look like"),
        ("main=1-2,main=3-4", "must look like"),
        ("main=1-2,booth=3-4", "must look like"),
        ("main=1-2-3", "must look like"),
        ("main=-1", "must look like"),
        ("main=1-2,", "must look like"),
        ("main=1-3", "a pair of outputs must be neighbours, like 3-4, got '1-3'"),
        ("main=2-1", "neighbours"),
        ("main=0-1", r"must be in 1\.\.64, got 0"),
        ("main=64-65", r"must be in 1\.\.64, got 65"),
        ("main=1-2,cue=2-3", "can play one thing only, got main=1-2,cue=2-3"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Outputs.parse(text)


@given(PLACES, st.one_of(st.just(()), PLACES))
def test_each_bus_is_on_its_outputs_and_nowhere_else(main: tuple[int, ...], cue: tuple[int, ...]) -> None:
    if set(main) & set(cue):
        return
    outputs = Outputs(main, cue)
    rng = np.random.default_rng(1)
    buses = [rng.standard_normal((64, 2)).astype(np.float32) for _ in range(2)]
    block = np.full((64, outputs.n_channels), np.nan, np.float32)
    outputs.route(buses[0], buses[1] if cue else None, block)
    for place in range(1, outputs.n_channels + 1):
        heard = block[:, place - 1]
        if place not in main + cue:
            assert not heard.any()
            continue
        bus, places = (buses[0], main) if place in main else (buses[1], cue)
        expected = bus.mean(axis=1) if len(places) == 1 else bus[:, places.index(place)]
        np.testing.assert_allclose(heard, expected, rtol=1e-6, atol=1e-7)
