"""Lengths are exact, and resampling a period changes nothing that both lengths can hold."""

from fractions import Fraction

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from instrument.transport import Transport
from model import loops

BPM = st.integers(6_000, 20_000).map(lambda centi: centi / 100)


@given(BPM, st.sampled_from([1, 2, 4, 8]))
@example(163.84, 1)
def test_samples_are_the_rounded_exact_length(bpm: float, n_bars: int) -> None:
    """Halves go up: at 163.84 BPM a bar had a sample less than the transport counts, and was bent to it."""
    exact = Fraction(n_bars * 240) / Fraction(round(bpm * 100), 100) * 48_000
    assert loops.n_samples(bpm, n_bars) == Transport(48_000, round(bpm * 100)).samples_to(
        n_bars * Transport(48_000).ticks_per_bar
    )
    assert abs(loops.n_samples(bpm, n_bars) - exact) <= Fraction(1, 2)
    assert abs(loops.n_frames(bpm, n_bars) * loops.HOP - exact) <= loops.HOP / 2


@pytest.mark.parametrize(("bpm", "frames"), [(120.0, 600), (125.0, 576), (128.0, 562)])
def test_frames_of_known_tempi(bpm: float, frames: int) -> None:
    assert loops.n_frames(bpm, 4) == frames


@pytest.mark.parametrize("n_bars", [0, -4])
def test_no_loop_without_bars(n_bars: int) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        loops.duration(125.0, n_bars)


@pytest.mark.parametrize(
    ("period", "length"), [(640, 651), (651, 640), (640, 1280), (1280, 640), (641, 642), (640, 640)]
)
def test_a_periodic_tone_stays_that_tone(period: int, length: int) -> None:
    def tone(n: int) -> torch.Tensor:
        turn = torch.arange(n, dtype=torch.float64) / n
        return (torch.sin(2 * torch.pi * 5 * turn) + 0.3 * torch.cos(2 * torch.pi * 130 * turn) + 0.1)[
            None, None
        ]

    torch.testing.assert_close(loops.resample_periodic(tone(period), length), tone(length), atol=1e-9, rtol=0)


def test_resampling_up_and_down_returns_the_signal() -> None:
    waveform = torch.randn(1, 2, 999, dtype=torch.float64)
    again = loops.resample_periodic(loops.resample_periodic(waveform, 1024), 999)
    torch.testing.assert_close(again, waveform)
