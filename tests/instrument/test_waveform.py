"""The outline of a loop: what is loud where, whatever its length."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from instrument.waveform import outline


def rows(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.int8).reshape(3, -1)


def test_every_sample_is_in_exactly_one_point() -> None:
    rng = np.random.default_rng(1)
    for length in (2048, 4097, 368_640):
        for at in (0, length - 1, int(rng.integers(length))):
            audio = np.zeros((length, 2), np.float32)
            audio[at] = 1.0
            low, high, _ = rows(outline(audio))
            assert np.flatnonzero(high).tolist() == [((at + 1) * 1024 - 1) // length]
            assert high.max() == 127
            assert not low.any()


def test_a_sine_has_its_amplitude_and_its_rms_everywhere() -> None:
    wave = 0.5 * np.sin(2 * np.pi * np.arange(102_400) / 100)
    low, high, rms = rows(outline(np.stack([wave, wave], 1).astype(np.float32)))
    assert np.all(np.abs(high - 63.5) <= 1)
    assert np.all(np.abs(low + 63.5) <= 1)
    assert np.all(np.abs(rms - 63.5 / np.sqrt(2)) <= 1)


def test_what_is_louder_than_full_scale_is_cut_and_too_short_a_loop_refused() -> None:
    low, high, _ = rows(outline(np.full((2048, 2), 3.0, np.float32)))
    assert (low.max(), high.max()) == (127, 127)
    with pytest.raises(ValueError, match="at least 1024 samples, got 1000"):
        outline(np.zeros((1000, 2), np.float32))
