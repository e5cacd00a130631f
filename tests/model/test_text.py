"""The text tower: its file, its laws, and that what ships hears genre and negation."""

from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from model.text import FILE_NAME, TextEncoder, TextSettings, TextTower, encode, save, tokenizer

SHIPPED = Path(__file__).parents[2] / "model" / "checkpoints" / "default"
LETTERS = [*"abcdefghijklmnopqrstuvwxyz0123456789,.#-"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "dark", "dub", "techno", "no", "kick", *LETTERS]
VOCABULARY += ["##" + letter for letter in LETTERS]
needs_weights = pytest.mark.skipif(
    not (SHIPPED / FILE_NAME).is_file(), reason="no text tower has been trained"
)


def small_encoder() -> TextEncoder:
    torch.manual_seed(0)
    settings = TextSettings(
        len(VOCABULARY), dim=16, width=24, n_layers=2, n_heads=3, hidden=32, max_tokens=20
    )
    return TextEncoder(settings).eval()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path, small_encoder(), VOCABULARY)
    return tmp_path


def test_gives_unit_vectors_and_ignores_case(folder: Path) -> None:
    tower = TextTower.load(folder)
    vector = tower.embed("Dark DUB techno, no kick")
    assert vector.shape == (tower.dim,)
    assert vector.dtype == torch.float32
    assert vector.norm().item() == pytest.approx(1.0, abs=1e-5)
    assert torch.equal(vector, tower.embed("dark dub techno, no kick"))


def test_same_file_gives_same_vectors_and_space(folder: Path) -> None:
    first, second = TextTower.load(folder), TextTower.load(folder)
    assert first.space == second.space
    assert first.space.startswith("ladmg-text-1-")
    assert torch.equal(first.embed("dub"), second.embed("dub"))


def test_an_item_of_a_batch_equals_that_item_alone(folder: Path) -> None:
    tower = TextTower.load(folder)
    texts = ["dub", "dark dub techno", "no kick", "kick", "a very long text " * 9, ""]
    together = tower.embed_batch(texts)
    for text, vector in zip(texts, together, strict=True):
        torch.testing.assert_close(vector, tower.embed(text), atol=1e-5, rtol=0)
    assert tower.embed_batch([]).shape == (0, tower.dim)


def test_padding_changes_nothing() -> None:
    encoder = small_encoder()
    rows = torch.tensor([[2, 4, 5, 3, 0, 0, 0]])
    with torch.inference_mode():
        padded, alone = encoder(rows, torch.tensor([4])), encoder(rows[:, :4], torch.tensor([4]))
    torch.testing.assert_close(padded, alone, atol=1e-6, rtol=0)


def test_a_layer_is_berts() -> None:
    """Attention against an independent implementation: torch's own post-norm transformer layer."""
    encoder = small_encoder()
    layer, settings = encoder.layers[0], encoder.settings
    other = torch.nn.TransformerEncoderLayer(
        settings.width,
        settings.n_heads,
        settings.hidden,
        dropout=0.0,
        activation=functional.gelu,
        layer_norm_eps=1e-12,
        batch_first=True,
    ).eval()
    state = {
        "self_attn.in_proj_": layer.query_key_value,
        "self_attn.out_proj.": layer.attended,
        "linear1.": layer.up,
        "linear2.": layer.down,
        "norm1.": layer.attended_norm,
        "norm2.": layer.down_norm,
    }
    weights = {key + end: getattr(part, end) for key, part in state.items() for end in ("weight", "bias")}
    other.load_state_dict(weights)
    h = torch.randn(2, 5, settings.width)
    mask = torch.ones(2, 1, 1, 5, dtype=torch.bool)
    torch.testing.assert_close(layer(h, mask), other(h), atol=1e-5, rtol=1e-4)


def test_pieces_are_cut_greedily_and_unknown_signs_survive() -> None:
    made = tokenizer(VOCABULARY, 20)
    pieces = [VOCABULARY[i] for i in encode(made, "Dark kicks 鼓")]
    assert pieces == ["[CLS]", "dark", "kick", "##s", "[UNK]", "[SEP]"]
    assert len(encode(made, "dub " * 300)) == 20


def test_a_damaged_file_is_refused(folder: Path) -> None:
    path = folder / FILE_NAME
    content = bytearray(path.read_bytes())
    content[-40] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        TextTower.load(folder)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="damaged"):
        TextTower.load(folder)


def test_a_wrong_or_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no text tower"):
        TextTower.load(tmp_path)
    save_file({"x": torch.zeros(2)}, str(tmp_path / FILE_NAME))
    with pytest.raises(ValueError, match="must be of format 'ladmg-text-1', got None"):
        TextTower.load(tmp_path)


def test_settings_check_themselves() -> None:
    with pytest.raises(ValueError, match="n_layers must be a whole number above 0, got 0"):
        TextSettings(100, n_layers=0)
    with pytest.raises(ValueError, match="multiple of n_heads"):
        TextSettings(100, width=100, n_heads=12)


@cache
def shipped() -> TextTower:
    return TextTower.load(SHIPPED)


@needs_weights
def test_what_ships_is_small_and_of_128_dimensions() -> None:
    assert (SHIPPED / FILE_NAME).stat().st_size < 16 * 2**20
    assert shipped().dim == 128


@needs_weights
@pytest.mark.parametrize("part", ["kick", "hats", "drums", "bass", "vocals"])
def test_no_is_heard(part: str) -> None:
    """ "no kick" stands apart from "kick" farther than other wordings of the same claim do."""
    tower = shipped()
    bare, yes, no, without = tower.embed_batch([part, f"with {part}", f"no {part}", f"without any {part}"])
    assert bare @ no < bare @ yes
    assert bare @ no < no @ without


@needs_weights
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("echoing dub chords in the fog", "dub techno"),
        ("303 squelch", "acid"),
        ("banging warehouse rave", "hard techno"),
        ("soulful house with warm chords", "deep house"),
        ("floating beatless soundscape", "ambient techno"),
    ],
)
def test_free_wording_finds_its_genre(text: str, name: str) -> None:
    tower = shipped()
    genres = ["minimal techno", "deep house", "acid", "dub techno", "tech house", "hard techno"]
    genres += ["detroit techno", "ambient techno"]
    nearest = genres[int((tower.embed_batch(genres) @ tower.embed(text)).argmax())]
    assert nearest == name
