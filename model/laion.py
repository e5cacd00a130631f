"""LAION's CLAP as a `Clap`: the package laion-clap with its music checkpoint, where the user has its weights.

The package is an extra of its own (`clap`): it needs numpy below 2. Left alone, it asks the network for three
tokenizers when it is imported and for RoBERTa's weights when a net is made, unpickles whatever is in a checkpoint, and
takes a random excerpt of what is longer than 10 s. Here it never reaches for the network; only one of the tokenizers is
needed, and read from its files; weights are read as nothing but weights; and the same sound gives the same vector.

`python -m model.laion CHECKPOINT.pt NEW.safetensors` writes the weights alone, without the optimiser's state.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import pickle
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import ByteLevelBPETokenizer
from tokenizers.processors import RobertaProcessing
from torch import Tensor
from torch.nn import functional as F

from model.checkpoint import CheckpointError
from model.loops import SAMPLE_RATE

CHECKPOINT = "music_audioset_epoch_15_esc_90.14.pt"  # trained on music, HTSAT-base, without fusion
CHECKPOINT_URL = f"https://huggingface.co/lukewys/laion_clap/resolve/main/{CHECKPOINT}"
TOKENIZER_FILES = ("vocab.json", "merges.txt")
TOKENIZER_URL = "https://huggingface.co/FacebookAI/roberta-base/resolve/main/"
MAX_TOKENS = 77  # a longer text is cut, as in the package
WINDOW = 10 * SAMPLE_RATE  # what the net hears at once
# A text, and its pieces in RoBERTa's vocabulary: a tokenizer that says otherwise is not RoBERTa's.
KNOWN_TEXT, KNOWN_PIECES = "Hello world", (0, 31414, 232, 2)


def default_folder() -> Path:
    """Where checkpoint and tokenizer are looked for: `ladmg/laion-clap` in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ladmg" / "laion-clap"


class LaionClap:
    """laion-clap behind the interface of `model.clap.Clap`, 512 dimensions. Loading takes seconds and 1 GB."""

    def __init__(self, net: Any, tokenize: Callable[[Sequence[str]], dict[str, Tensor]], space: str) -> None:
        self._net, self._tokenize = net, tokenize
        self.space = space
        self.dim = int(net.model.joint_embed_shape)

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        tokenizer_folder: Path | None = None,
        device: str = "cpu",
        amodel: str = "HTSAT-base",
    ) -> LaionClap:
        """From a checkpoint of the package, .pt or .safetensors; by default the music checkpoint in `default_folder()`.

        tokenizer_folder: with RoBERTa's vocab.json and merges.txt; by default the checkpoint's own folder. amodel: the
        package's name of the checkpoint's audio net. CheckpointError: what is missing and where it belongs, or wrong.
        """
        path = Path(path) if path is not None else default_checkpoint()
        if not path.is_file():
            raise CheckpointError(
                f"LAION's CLAP needs its weights at {path}: get {CHECKPOINT_URL} (2.4 GB) and put it there"
            )
        tokenize = roberta_tokenizer(tokenizer_folder or path.parent)
        weights = read_weights(path)
        net = empty_net(amodel, device)
        try:
            net.model.load_state_dict(weights)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:200]
            raise CheckpointError(
                f"{path} does not fit laion-clap's {amodel} without fusion: {reason}"
            ) from None
        net.eval().requires_grad_(False)
        return cls(net, tokenize, space_name(weights, amodel))

    def embed_text(self, text: str) -> Tensor:
        """Unit vector [dim], float32, on the CPU."""
        return self.embed_text_batch([text])[0]

    def embed_text_batch(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors [n, dim]."""
        parts = [texts[i : i + 64] for i in range(0, len(texts), 64)]
        rows = [self._net.get_text_embedding(list(part), tokenizer=self._tokenize) for part in parts]
        return torch.from_numpy(np.concatenate(rows)).float() if rows else torch.empty(0, self.dim)

    def embed_audio(self, waveform: Tensor, is_loop: bool = True) -> Tensor:
        """Unit vector [dim] of [channels, samples] at 48 kHz. ValueError: no samples, or values that are no numbers.

        The net hears 10 s of mono. What is shorter is repeated as often as it fits, then silence, as in the package's
        training, loop or not. Of what is longer the mean of evenly spread windows counts.
        """
        clips = torch.stack(windows(waveform))
        # The package brings them to 16 bits and back. With tensors it would not, so it is given arrays.
        vectors = torch.from_numpy(self._net.get_audio_embedding_from_data(x=clips.numpy(), use_tensor=False))
        return F.normalize(vectors.float().mean(0), dim=0)


def windows(waveform: Tensor) -> list[Tensor]:
    """Mono clips [samples] within -1..1 of at most WINDOW samples, evenly spread over the waveform."""
    if waveform.ndim != 2 or waveform.shape[1] == 0:
        raise ValueError(f"a waveform must be [channels, samples], got the shape {tuple(waveform.shape)}")
    if not bool(torch.isfinite(waveform).all()):
        raise ValueError("a waveform must be of finite numbers; this one has NaN or infinity in it")
    mono = waveform.float().mean(0).cpu()
    mono = mono / mono.abs().max().clamp(min=1.0)  # 16 bits would wrap round
    spare = mono.shape[0] - WINDOW
    if spare <= 0:
        return [mono]
    n = 1 + -(-spare // WINDOW)
    return [mono[round(k * spare / (n - 1)) :][:WINDOW] for k in range(n)]


def default_checkpoint() -> Path:
    """The music checkpoint in `default_folder()`: its safetensors version where there is one."""
    path = default_folder() / CHECKPOINT
    smaller = path.with_suffix(".safetensors")
    return smaller if smaller.is_file() else path


def read_weights(path: Path) -> dict[str, Tensor]:
    """The weights in a checkpoint of the package, .pt or .safetensors. Nothing but tensors and plain values is made."""
    try:
        if path.suffix == ".safetensors":
            weights: Mapping[str, Any] = load_file(path)
        else:
            # What training noted in numpy's types, such as scores, is read as nothing.
            names = ("core.multiarray.scalar", "_core.multiarray.scalar", "dtype", "dtypes.Float64DType")
            with torch.serialization.safe_globals([(_Ignored, f"numpy.{name}") for name in names]):
                stored = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
            weights = stored.get("state_dict", stored)
    except pickle.UnpicklingError as error:
        found = re.search(r"GLOBAL (\S+)", str(error))
        what = f"it asks for {found[1]}, which could run anything" if found else "it is damaged"
        raise CheckpointError(f"{path} is refused, as it holds more than weights: {what}") from None
    except (OSError, SafetensorError, RuntimeError, AttributeError, EOFError) as error:
        reason = str(error).split("\n")[0][:200]
        raise CheckpointError(f"{path} can't be read as a checkpoint of laion-clap: {reason}") from None
    weights = {name.removeprefix("module."): value for name, value in weights.items()}
    # A constant that older versions of transformers stored among the weights.
    weights.pop("text_branch.embeddings.position_ids", None)
    strangers = [name for name, value in weights.items() if not isinstance(value, Tensor)]
    if strangers or not weights:
        raise CheckpointError(f"{path} is no checkpoint of laion-clap: {strangers[:3] or 'it is empty'}")
    return weights


class _Ignored:
    """Stands for a value of no interest when a checkpoint is read."""

    def __init__(self, *values: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def space_name(weights: Mapping[str, Tensor], amodel: str) -> str:
    """Name of the embedding space: of the weights that lead into it, so the same for .pt and .safetensors."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        if name.startswith(("audio_projection.", "text_projection.")):
            digest.update(name.encode() + weights[name].float().contiguous().numpy().tobytes())
    return f"laion-clap-{amodel}-{digest.hexdigest()[:8]}"


def roberta_tokenizer(folder: Path) -> Callable[[Sequence[str]], dict[str, Tensor]]:
    """RoBERTa's tokenizer from its two files in `folder`: texts to ids and mask, [n, MAX_TOKENS], as the package asks.

    Read here, because transformers 5 makes do with an empty vocabulary where it can't find them, and says nothing.
    """
    files = [folder / name for name in TOKENIZER_FILES]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise CheckpointError(
            f"LAION's CLAP needs RoBERTa's tokenizer, missing: {', '.join(missing)}; "
            f"get {' and '.join(TOKENIZER_URL + name for name in TOKENIZER_FILES)} and put them there"
        )
    try:
        made = ByteLevelBPETokenizer.from_file(*map(str, files))
    except Exception as error:  # tokenizers raises plain Exception
        raise CheckpointError(f"RoBERTa's tokenizer in {folder} can't be read: {error}") from None
    ids = [made.token_to_id(piece) for piece in ("<s>", "<pad>", "</s>")]
    if ids != [0, 1, 2]:
        raise CheckpointError(
            f"the tokenizer in {folder} is not RoBERTa's: <s>, <pad>, </s> must be 0, 1, 2, got {ids}"
        )
    made.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    made.enable_truncation(MAX_TOKENS)
    made.enable_padding(pad_id=1, pad_token="<pad>", length=MAX_TOKENS)
    pieces = tuple(made.encode(KNOWN_TEXT).ids[: len(KNOWN_PIECES)])
    if pieces != KNOWN_PIECES:
        raise CheckpointError(
            f"the tokenizer in {folder} is not RoBERTa's: {KNOWN_TEXT!r} must be {KNOWN_PIECES}, got {pieces}"
        )

    def tokenize(texts: Sequence[str]) -> dict[str, Tensor]:
        rows = made.encode_batch(list(texts))
        return {
            "input_ids": torch.tensor([row.ids for row in rows]),
            "attention_mask": torch.tensor([row.attention_mask for row in rows]),
        }

    return tokenize


def empty_net(amodel: str, device: str) -> Any:
    """The package's net without fusion, with random weights, made without the network. CheckpointError: no package."""
    try:
        transformers = importlib.import_module("transformers")
    except ImportError:
        raise CheckpointError(
            "LAION's CLAP needs the package laion-clap, in an environment of its own (numpy below 2): "
            "pip install -r requirements-clap.lock"
        ) from None

    def nothing(*_: Any, **__: Any) -> None:
        return None

    def roberta(*_: Any, **__: Any) -> Any:
        """roberta-base, random: its weights are in the checkpoint."""
        config = transformers.RobertaConfig(
            vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5
        )
        return transformers.RobertaModel(config)

    answers = {
        transformers.BertTokenizer: nothing,
        transformers.RobertaTokenizer: nothing,
        transformers.BartTokenizer: nothing,
        transformers.RobertaModel: roberta,
    }
    path = list(sys.path)
    with _answered(answers):
        try:
            laion_clap = importlib.import_module("laion_clap")
        except ImportError as error:
            raise CheckpointError(f"the package laion-clap can't be imported: {error}") from None
        finally:
            sys.path[:] = path  # the package puts itself there, with folders named `training` and `evaluate`
        try:
            return laion_clap.CLAP_Module(enable_fusion=False, device=device, amodel=amodel, tmodel="roberta")
        except RuntimeError as error:
            raise CheckpointError(f"laion-clap can't make {amodel!r}: {error}") from None


@contextmanager
def _answered(answers: Mapping[type, Callable[..., Any]]) -> Iterator[None]:
    """While this is open, `from_pretrained` of some classes is answered here instead of by the network."""
    own = {kind: kind.__dict__["from_pretrained"] for kind in answers if "from_pretrained" in kind.__dict__}
    for kind, answer in answers.items():
        kind.from_pretrained = staticmethod(answer)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for kind in answers:
            if kind in own:
                kind.from_pretrained = own[kind]  # type: ignore[attr-defined]
            else:
                del kind.from_pretrained  # type: ignore[attr-defined]


def main() -> None:
    """Write the weights of a checkpoint as safetensors."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    weights = read_weights(args.checkpoint)
    save_file({name: value.clone().contiguous() for name, value in weights.items()}, args.out)


if __name__ == "__main__":
    main()
