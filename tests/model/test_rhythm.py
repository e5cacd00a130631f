"""Phases come from absolute time: nothing is rounded to a frame, and a loop's end meets its start."""

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
