"""CLAP: two towers of one space, mixtures on the sphere, and refusals where spaces would be mixed."""

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from model import audio_tower, checkpoint
from model.audio_tower import AudioEncoder, AudioSettings, AudioTower
from model.checkpoint import CheckpointError
from model.clap import CompactClap, jitter, mix, require_space
from model.text import FILE_NAME, TextEncoder, TextSettings, TextTower, save

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "dark", "dub", "techno"]
needs_weights = pytest.mark.skipif(
    not (checkpoint.DEFAULT_FOLDER / FILE_NAME).is_file(), reason="no text tower has been trained"
)


def write_text_tower(folder: Path, seed: int = 0) -> str:
    """A small random one, with its part in the manifest; the name of its space."""
    torch.manual_seed(seed)
    settings = TextSettings(
        len(VOCABULARY), dim=16, width=24, n_layers=1, n_heads=3, hidden=32, max_tokens=20
    )
    save(folder, TextEncoder(settings).eval(), VOCABULARY)
    checkpoint.enter_part(folder, "text", {})
    return TextTower.load(folder).space


def write_audio_tower(folder: Path, space: str) -> None:
    torch.manual_seed(1)
    audio_tower.save(folder, AudioEncoder(AudioSettings(16, (8, 8), (1, 1), 16)), space)


def unit(*rows: list[float]) -> Tensor:
    return functional.normalize(torch.tensor(rows, dtype=torch.float64), dim=1)


def random_units(n: int, dim: int = 128, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(n, dim, generator=generator, dtype=torch.float64), dim=1)


def test_both_ways_lead_to_unit_vectors_of_one_space(tmp_path: Path) -> None:
    space = write_text_tower(tmp_path)
    write_audio_tower(tmp_path, space)
    clap = CompactClap.load(tmp_path)
    text, audio = clap.embed_text("dark dub"), clap.embed_audio(torch.randn(2, 20_000))
    assert clap.space == space
    assert text.shape == audio.shape == (clap.dim,)
    torch.testing.assert_close(torch.stack([text, audio]).norm(dim=1), torch.ones(2))
    torch.testing.assert_close(clap.embed_text_batch(["techno", "dark dub"])[1], text, atol=1e-5, rtol=0)


def test_towers_of_two_spaces_are_refused(tmp_path: Path) -> None:
    space = write_text_tower(tmp_path, seed=0)
    write_audio_tower(tmp_path, space)
    other = write_text_tower(tmp_path, seed=1)
    with pytest.raises(CheckpointError, match=f"the audio tower .*{space}.*{other}"):
        CompactClap.load(tmp_path)


def test_require_space_names_what_and_both_spaces() -> None:
    require_space("the UNet", "a-1", "a-1")
    with pytest.raises(CheckpointError, match=r"the UNet was made for the embedding space 'a-1'.*'b-2'"):
        require_space("the UNet", "a-1", "b-2")


def test_without_an_audio_tower_words_work_and_sound_is_refused(tmp_path: Path) -> None:
    write_text_tower(tmp_path)
    clap = CompactClap.load(tmp_path)
    assert not clap.has_audio
    assert clap.embed_text("dub").shape == (16,)
    with pytest.raises(CheckpointError, match="no audio tower"):
        clap.embed_audio(torch.randn(2, 4_000))


def test_a_folder_without_towers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no text tower"):
        CompactClap.load(tmp_path)


def test_a_damaged_audio_tower_is_refused(tmp_path: Path) -> None:
    write_audio_tower(tmp_path, write_text_tower(tmp_path))
    file = tmp_path / "audio.safetensors"
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match="damaged"):
        CompactClap.load(tmp_path)


@needs_weights
def test_what_ships_is_whole() -> None:
    clap = CompactClap.load()
    assert clap.dim == 128
    assert clap.space == TextTower.load(checkpoint.DEFAULT_FOLDER).space
    if clap.has_audio:
        assert AudioTower.load(checkpoint.DEFAULT_FOLDER).space == clap.space


# ---------------------------------------------------------------- mixtures


def test_one_vector_is_returned_as_it_is() -> None:
    vectors = random_units(3)
    assert torch.equal(mix(vectors[:1], [0.3]), vectors[0])
    assert torch.equal(mix(vectors, [0.0, 2.0, 0.0]), vectors[1])


def test_two_vectors_are_joined_as_by_slerp() -> None:
    a, b = unit([1.0, 0.0, 0.0], [0.2, 1.0, 0.4])
    angle = math.acos(float(a @ b))
    for position in (0.1, 0.25, 0.5, 0.9):
        expected = (math.sin((1 - position) * angle) * a + math.sin(position * angle) * b) / math.sin(angle)
        torch.testing.assert_close(mix(torch.stack([a, b]), [1 - position, position]), expected)


@given(
    n=st.integers(2, 4),
    seed=st.integers(0, 10_000),
    weights=st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4),
)
def test_weighted_arcs_from_the_mean_add_up_to_nothing(n: int, seed: int, weights: list[float]) -> None:
    """The definition of the spherical mean, checked with arcs computed in another way: by arccosine."""
    points, shares = random_units(n, seed=seed), torch.tensor(weights[:n], dtype=torch.float64)
    mean = mix(points, shares)
    assert float(mean.norm()) == pytest.approx(1.0)
    across = functional.normalize(points - (points @ mean)[:, None] * mean, dim=1)
    arcs = torch.arccos((points @ mean).clamp(-1, 1))[:, None] * across
    assert float((shares / shares.sum() @ arcs).norm()) < 1e-6


def test_only_ratios_count_and_the_order_does_not() -> None:
    points, weights = random_units(4), torch.tensor([0.1, 0.4, 0.2, 0.9])
    expected = mix(points, weights)
    torch.testing.assert_close(mix(points, 1e6 * weights), expected)
    torch.testing.assert_close(mix(points, 1e-300 * weights.double()), expected, atol=1e-6, rtol=0)
    order = [2, 0, 3, 1]
    torch.testing.assert_close(mix(points[order], weights[order]), expected)
    doubled = torch.cat([points, points[:1]])
    split = torch.tensor([0.04, 0.4, 0.2, 0.9, 0.06])
    torch.testing.assert_close(mix(doubled, split), expected, atol=1e-6, rtol=0)


def test_nothing_asked_gives_zeros() -> None:
    assert torch.equal(mix(random_units(2), [0.0, 0.0]), torch.zeros(128, dtype=torch.float64))


@pytest.mark.parametrize("weights", [[1.0, 1.0], [0.3, 0.7], [1.0, 1e-9]])
def test_opposite_vectors_have_a_mean_and_always_the_same(weights: list[float]) -> None:
    a = random_units(1)[0]
    pair = torch.stack([a, -a])
    mean = mix(pair, weights)
    assert float(mean.norm()) == pytest.approx(1.0)
    assert torch.equal(mean, mix(pair, weights))
    share = weights[1] / sum(weights)
    assert math.acos(min(1.0, max(-1.0, float(mean @ a)))) == pytest.approx(math.pi * share, abs=1e-4)


def test_vectors_that_cancel_out_have_a_mean() -> None:
    crossed = unit([1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0])
    mean = mix(crossed, [1.0, 1.0, 1.0, 1.0])
    assert float(mean.norm()) == pytest.approx(1.0)
    assert torch.equal(mean, mix(crossed, [1.0, 1.0, 1.0, 1.0]))


def test_a_weight_moves_the_mean_without_jumps() -> None:
    points = random_units(3)
    path = torch.stack([mix(points, [1 - k / 100, k / 100, 0.5]) for k in range(101)])
    steps = torch.arccos((path[1:] * path[:-1]).sum(1).clamp(max=1))
    assert float(steps.max()) < 2.5 * float(steps.median())


def test_float32_stays_float32() -> None:
    mean = mix(random_units(3).float(), [1, 2, 3])
    assert mean.dtype == torch.float32
    assert float(mean.norm()) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("weights", [[1.0, -0.1], [math.nan, 1.0], [math.inf, 1.0], [1.0]])
def test_impossible_weights_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        mix(random_units(2), weights)


def test_jitter_moves_by_about_the_angle_asked_and_is_repeatable() -> None:
    vectors = random_units(400).float()
    moved = jitter(vectors, 0.2, torch.Generator().manual_seed(5))
    angles = torch.arccos((moved * vectors).sum(1).clamp(max=1))
    assert float(angles.square().mean().sqrt()) == pytest.approx(0.2, rel=0.05)
    torch.testing.assert_close(moved.norm(dim=1), torch.ones(400))
    assert torch.equal(moved, jitter(vectors, 0.2, torch.Generator().manual_seed(5)))
    torch.testing.assert_close(jitter(vectors, 0.0), vectors)
    with pytest.raises(ValueError, match="amount must be in"):
        jitter(vectors, 2.0)
