"""Phases come from absolute time: nothing is rounded to a frame, and a loop's end meets its start."""

import pytest
import torch

from model import rhythm


def test_the_beat_phase_turns_once_a_beat_at_any_length() -> None:
    for frames in (576, 563, 545):
        phases = rhythm.phases(frames, 4)
        assert phases.shape == (rhythm.N_CHANNELS, frames)
        beats = torch.arange(frames, dtype=torch.float64) * 16 / frames
        torch.testing.assert_close(phases[6].double(), torch.sin(2 * torch.pi * beats), atol=1e-5, rtol=0)
        torch.testing.assert_close(phases[8].double(), 2 * (beats % 1) - 1, atol=1e-5, rtol=0)


def test_sines_close_round_the_loop() -> None:
    phases = rhythm.phases(563, 4)[[0, 1, 3, 4, 6, 7, 9, 10, 12, 13]]
    steps = torch.cat([phases, phases[:, :1]], dim=1).diff().abs().amax(1)
    inner = phases.diff().abs().amax(1)
    assert bool((steps <= inner * 1.01 + 1e-6).all())


def test_a_rolled_loop_has_rolled_phases() -> None:
    rolled = rhythm.phases(576, 4, start_frame=100)
    torch.testing.assert_close(rolled, rhythm.phases(576, 4).roll(-100, 1), atol=1e-5, rtol=0)


def test_a_short_loop_is_the_first_bar_of_the_phrase() -> None:
    torch.testing.assert_close(rhythm.phases(144, 1), rhythm.phases(576, 4)[:, :144])
    torch.testing.assert_close(
        rhythm.phases(144, 1, first_bar=2), rhythm.phases(576, 4)[:, 288:432], atol=1e-5, rtol=0
    )


def test_swing_moves_the_second_16th_of_each_pair() -> None:
    """At 66 % it lies at 0.33 of a beat instead of 0.25; 8ths and beats stay."""
    frames, share = 9600, 0.66
    swung, straight = rhythm.phases(frames, 4, swing=100 * share), rhythm.phases(frames, 4)
    beat = frames // 16
    torch.testing.assert_close(swung[:, :: beat // 2], straight[:, :: beat // 2], atol=1e-5, rtol=0)
    torch.testing.assert_close(
        swung[:, beat // 2 :: beat][:, 0], straight[:, beat // 2 :: beat][:, 0], atol=1e-5, rtol=0
    )
    second = swung[8, round(share / 2 * beat)]  # the beat's sawtooth there reads a quarter of the beat
    torch.testing.assert_close(second, torch.tensor(2 * 0.25 - 1), atol=2e-3, rtol=0)
    torch.testing.assert_close(rhythm.phases(563, 4, swing=50.0), rhythm.phases(563, 4))


def test_half_and_double_time_are_other_speeds_of_the_grid() -> None:
    torch.testing.assert_close(
        rhythm.phases(576, 4, rate=2.0)[:, :288], rhythm.phases(288, 4), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        rhythm.phases(576, 2, rate=0.5), rhythm.phases(1152, 2)[:, :576], atol=1e-5, rtol=0
    )


@pytest.mark.parametrize(("swing", "rate"), [(49.0, 1.0), (76.0, 1.0), (50.0, 0.0)])
def test_what_is_no_groove_is_refused(swing: float, rate: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        rhythm.phases(576, 4, swing=swing, rate=rate)
