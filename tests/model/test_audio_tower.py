"""The audio tower: what makes no difference to a vector, and what is refused."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from model import audio_tower
from model.audio_tower import (
    N_BANDS,
    N_MELS,
    STRIDE,
    AudioEncoder,
    AudioSettings,
    AudioTower,
    n_frames,
    spectrum,
)
from model.checkpoint import CheckpointError
from model.loops import SAMPLE_RATE

SMALL = AudioSettings(dim=16, widths=(8, 12), n_blocks=(1, 2), hidden=16)


@pytest.fixture
def tower() -> AudioTower:
    torch.manual_seed(0)
    encoder = AudioEncoder(SMALL)
    with torch.no_grad():
        for parameter in encoder.parameters():  # the blocks too, which begin as nothing
            parameter.add_(0.1 * torch.randn_like(parameter))
    return AudioTower(encoder, "space-1")


def clip(n_samples: int = 61_440, seed: int = 0) -> Tensor:
    """Noise bursts and a tone, [2, samples]; 48 frames."""
    generator = torch.Generator().manual_seed(seed)
    time = torch.arange(n_samples) / SAMPLE_RATE
    bursts = torch.randn(2, n_samples, generator=generator) * torch.exp(-20 * (time % 0.32))
    return 0.2 * bursts + 0.1 * torch.sin(2 * torch.pi * 220 * time)


def test_frames_are_a_multiple_of_the_stride_and_never_none() -> None:
    for samples in (1, 700, 48_000, 96_001, 368_640):
        assert n_frames(samples) % STRIDE == 0
        assert n_frames(samples) >= STRIDE
    assert n_frames(368_640) == 288


def test_a_tone_is_where_it_sounds() -> None:
    time = torch.arange(SAMPLE_RATE) / SAMPLE_RATE
    for semitone in (3, 24, 40):
        tone = torch.sin(2 * torch.pi * 110 * 2 ** (semitone / 12) * time).unsqueeze(0)
        assert int(spectrum(tone).mean(0)[N_MELS:].argmax()) == semitone


def test_white_noise_is_level_in_all_bands() -> None:
    """Power in a band is a mean over its bins, and the whole has an RMS of 1: log power is about 0 everywhere."""
    noise = 0.01 * torch.randn(2, 10 * SAMPLE_RATE, generator=torch.Generator().manual_seed(0))
    power = spectrum(noise).exp().mean(0)
    assert float((power.log()).abs().max()) < 0.25


def test_level_polarity_and_sides_make_no_difference(tower: AudioTower) -> None:
    sound = clip()
    expected = tower.embed(sound)
    for same in (0.01 * sound, 30 * sound, -sound, sound.flip(0), sound * torch.tensor([[1.0], [-1.0]])):
        torch.testing.assert_close(tower.embed(same), expected, atol=1e-5, rtol=0)


def test_a_loop_has_no_beginning(tower: AudioTower) -> None:
    sound = clip()
    step = STRIDE * sound.shape[1] // n_frames(sound.shape[1])
    rolled = tower.embed(sound.roll(5 * step, dims=1))
    torch.testing.assert_close(rolled, tower.embed(sound), atol=1e-5, rtol=0)
    assert not torch.allclose(
        tower.embed(sound.roll(5 * step, dims=1), is_loop=False), tower.embed(sound, is_loop=False), atol=1e-4
    )


def test_a_loop_twice_is_the_same_loop(tower: AudioTower) -> None:
    sound = clip()
    torch.testing.assert_close(tower.embed(sound.repeat(1, 2)), tower.embed(sound), atol=1e-5, rtol=0)


def test_different_sounds_have_different_vectors(tower: AudioTower) -> None:
    assert float(tower.embed(clip(seed=0)) @ tower.embed(torch.randn(2, 50_000))) < 0.999


@pytest.mark.parametrize("is_loop", [True, False])
@pytest.mark.parametrize("n_samples", [1, 100, 3_000, 48_000, 700_001])
def test_any_length_gives_a_unit_vector_and_always_the_same(
    tower: AudioTower, n_samples: int, is_loop: bool
) -> None:
    sound = clip(n_samples)
    vector = tower.embed(sound, is_loop)
    assert vector.shape == (16,)
    assert vector.dtype == torch.float32
    assert vector.norm().item() == pytest.approx(1.0, abs=1e-5)
    assert torch.equal(vector, tower.embed(sound, is_loop))
    assert not vector.is_inference()


def test_silence_has_a_vector(tower: AudioTower) -> None:
    assert tower.embed(torch.zeros(2, 48_000)).norm().item() == pytest.approx(1.0, abs=1e-5)


def test_long_sound_is_analysed_in_chunks_without_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = spectrum(clip())
    monkeypatch.setattr(audio_tower, "CHUNK", 7)
    torch.testing.assert_close(spectrum(clip()), whole)
    assert whole.shape == (48, N_BANDS)


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (torch.zeros(2, 0), "must be \\[channels, samples\\]"),
        (torch.zeros(48_000), "must be \\[channels, samples\\]"),
        (torch.tensor([[0.0, float("nan")]]), "finite"),
        (torch.tensor([[0.0, float("inf")]]), "finite"),
    ],
)
def test_what_is_no_sound_is_refused(tower: AudioTower, sound: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tower.embed(sound)


def test_a_saved_tower_hears_the_same(tower: AudioTower, tmp_path: Path) -> None:
    audio_tower.save(tmp_path, tower.encoder, tower.space)
    loaded = AudioTower.load(tmp_path)
    assert loaded.space == "space-1"
    assert float(loaded.embed(clip()) @ tower.embed(clip())) > 0.999  # int8 in its file


def test_a_part_that_does_not_fit_is_refused(tower: AudioTower, tmp_path: Path) -> None:
    audio_tower.save(tmp_path, tower.encoder, tower.space)
    tensors, config = audio_tower.checkpoint.read_part(tmp_path, audio_tower.PART)
    config["sizes"]["hidden"] = 20
    audio_tower.checkpoint.write_part(tmp_path, audio_tower.PART, tensors, config)
    with pytest.raises(CheckpointError, match="does not fit"):
        AudioTower.load(tmp_path)


@pytest.mark.parametrize("changed", [{"dim": 0}, {"widths": (8, -1)}, {"hidden": 1.5}, {"dropout": 1.0}])
def test_settings_check_themselves(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(changed))):
        AudioSettings(**changed)
