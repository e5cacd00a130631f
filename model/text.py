"""Text tower: a prompt becomes a unit vector. A small BERT, pruned from MiniLM-L6, int8 in its file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from torch import Tensor, nn
from torch.nn import functional

from model import checkpoint, wording

FILE_NAME = "text.safetensors"
FORMAT = "ladmg-text-1"  # also the beginning of the embedding space's name


@dataclass(frozen=True)
class TextSettings:
    """Sizes of the encoder, saved with its weights."""

    n_pieces: int  # vocabulary
    dim: int = 128  # of the vector that comes out
    width: int = 384
    n_layers: int = 3
    n_heads: int = 12
    hidden: int = 1536
    max_tokens: int = 96  # a longer prompt is cut

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number above 0, got {value!r}")
        if self.width % self.n_heads:
            raise ValueError(f"width must be a multiple of n_heads ({self.n_heads}), got {self.width}")


class Layer(nn.Module):
    """One transformer layer as BERT has it: normalised after each sum."""

    def __init__(self, settings: TextSettings) -> None:
        super().__init__()
        self.n_heads = settings.n_heads
        self.query_key_value = nn.Linear(settings.width, 3 * settings.width)
        self.attended = nn.Linear(settings.width, settings.width)
        self.attended_norm = nn.LayerNorm(settings.width, eps=1e-12)
        self.up = nn.Linear(settings.width, settings.hidden)
        self.down = nn.Linear(settings.hidden, settings.width)
        self.down_norm = nn.LayerNorm(settings.width, eps=1e-12)

    def forward(self, h: Tensor, mask: Tensor) -> Tensor:
        """h: [batch, tokens, width]; mask: [batch, 1, 1, tokens], True where there is a token."""
        batch, tokens, width = h.shape
        split = self.query_key_value(h).view(batch, tokens, 3, self.n_heads, width // self.n_heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        # Spelled out: torch's fused attention is several times slower here on CPUs, backwards above all.
        scores = (query @ key.transpose(-1, -2)) * (width // self.n_heads) ** -0.5
        mixed = scores.masked_fill(~mask, float("-inf")).softmax(-1) @ value
        h = self.attended_norm(h + self.attended(mixed.transpose(1, 2).reshape(batch, tokens, width)))
        normed: Tensor = self.down_norm(h + self.down(functional.gelu(self.up(h))))
        return normed


class TextEncoder(nn.Module):
    """Pieces to unit vectors."""

    def __init__(self, settings: TextSettings) -> None:
        super().__init__()
        self.settings = settings
        self.pieces = nn.Embedding(settings.n_pieces, settings.width)
        self.positions = nn.Embedding(settings.max_tokens, settings.width)
        self.norm = nn.LayerNorm(settings.width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(settings) for _ in range(settings.n_layers))
        self.inner = nn.Linear(settings.width, settings.width)
        self.outer = nn.Linear(settings.width, settings.dim)

    def pool(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Mean of the last layer's tokens, [batch, width]. ids: [batch, tokens], padded; lengths: [batch]."""
        place = torch.arange(ids.shape[1], device=ids.device)
        mask = place[None] < lengths[:, None]
        h = self.norm(self.pieces(ids) + self.positions(place))
        for layer in self.layers:
            h = layer(h, mask[:, None, None])
        mean: Tensor = (h * mask[..., None]).sum(1) / lengths[:, None]
        return mean

    def project(self, pooled: Tensor) -> Tensor:
        """Pooled, [batch, width], to unit vectors, [batch, dim]."""
        unit: Tensor = functional.normalize(self.outer(functional.gelu(self.inner(pooled))), dim=-1)
        return unit

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """ids: [batch, tokens], padded with any id; lengths: [batch], tokens of each. Gives [batch, dim]."""
        return self.project(self.pool(ids, lengths))


def tokenizer(vocabulary: Sequence[str], max_tokens: int) -> Tokenizer:
    """BERT's uncased word pieces over `vocabulary`. Wrapping in [CLS] and [SEP] is done by `encode`."""
    made = Tokenizer(WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    made.normalizer = BertNormalizer(lowercase=True)
    made.pre_tokenizer = BertPreTokenizer()
    made.enable_truncation(max_tokens - 2)
    return made


def encode(made: Tokenizer, text: str) -> list[int]:
    """Ids of a text's pieces between [CLS] and [SEP]."""
    inner = made.encode(text, add_special_tokens=False)
    begin, end = made.token_to_id("[CLS]"), made.token_to_id("[SEP]")
    if begin is None or end is None:
        raise ValueError("the vocabulary must have the pieces [CLS] and [SEP]")
    return [begin, *inner.ids, end]


def save(folder: Path, encoder: TextEncoder, vocabulary: Sequence[str]) -> Path:
    """Write FILE_NAME: matrices int8 with a scale a row, vectors float32; settings and vocabulary beside."""
    state = {name: value.float().cpu().contiguous() for name, value in encoder.state_dict().items()}
    tensors = checkpoint.int8(state)
    words = "\n".join(vocabulary)
    settings = json.dumps(asdict(encoder.settings))
    metadata = {
        "format": FORMAT,
        "settings": settings,
        "vocabulary": words,
        "checksum": _checksum(tensors, settings + words),
        "licence": "derived from all-MiniLM-L6-v2 (Apache-2.0)",
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(folder / FILE_NAME), metadata)
    return folder / FILE_NAME


def _checksum(tensors: Mapping[str, Tensor], words: str) -> str:
    digest = hashlib.sha256(words.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].numpy().tobytes())
    return digest.hexdigest()


class TextTower:
    """The frozen text tower, on the CPU. Same text, same vector. Any thread may call it; ~10 ms a prompt."""

    def __init__(self, encoder: TextEncoder, vocabulary: Sequence[str], space: str) -> None:
        self._encoder = encoder.eval().requires_grad_(False)
        self._tokenizer = tokenizer(vocabulary, encoder.settings.max_tokens)
        self.space = space
        self.dim = encoder.settings.dim

    @classmethod
    def load(cls, folder: Path) -> "TextTower":
        """Read FILE_NAME from `folder`. ValueError: not a text tower, damaged, or of another format."""
        path = Path(folder) / FILE_NAME
        if not path.is_file():
            raise FileNotFoundError(f"no text tower at {path}; a checkpoint folder holds {FILE_NAME}")
        try:
            with safe_open(str(path), framework="pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except SafetensorError as error:
            raise ValueError(f"text tower {path} is damaged or not a safetensors file: {error}") from None
        if metadata.get("format") != FORMAT:
            raise ValueError(
                f"text tower {path} must be of format {FORMAT!r}, got {metadata.get('format')!r}"
            )
        settings_text, words = metadata.get("settings", ""), metadata.get("vocabulary", "")
        checksum = _checksum(tensors, settings_text + words)
        if checksum != metadata.get("checksum"):
            stated = metadata.get("checksum", "")
            raise ValueError(
                f"text tower {path} is damaged: its checksum is {checksum[:8]}, not {stated[:8]}"
            )
        settings = TextSettings(**json.loads(settings_text))
        encoder = TextEncoder(settings)
        encoder.load_state_dict(checkpoint.dequantised(tensors))
        return cls(encoder, words.split("\n"), f"{FORMAT}-{checksum[:8]}")

    def embed(self, text: str) -> Tensor:
        """Unit vector [dim], float32. Case does not matter. An empty text has one too, of no meaning."""
        return self.embed_batch([text])[0]

    @torch.inference_mode()
    def embed_batch(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors [n, dim], float32. Texts of equal length go together, so nothing is padded.

        What is to be left out may be said in any of the ways that `wording.plain` knows.
        """
        rows = [encode(self._tokenizer, wording.plain(text)) for text in texts]
        out = torch.empty(len(rows), self.dim)
        for length in sorted({len(row) for row in rows}):
            where = [i for i, row in enumerate(rows) if len(row) == length]
            for begin in range(0, len(where), 64):
                part = where[begin : begin + 64]
                ids = torch.tensor([rows[i] for i in part])
                out[part] = self._encoder(ids, torch.full((len(part),), length))
        return out.clone()
