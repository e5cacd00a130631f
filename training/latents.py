"""The corpus as the UNet sees it, computed once and memory-mapped: latents, descriptors, tags, captions' embeddings.

`python -m training.latents --corpus data/corpus --checkpoint runs/checkpoint --out data/latents`
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from model import checkpoint, descriptors, tags
from model.codecs import AnyCodec, load_codec
from model.text import FILE_NAME, TextTower
from training.corpus.captions import caption
from training.corpus.dataset import Corpus
from training.corpus.truth import SPLITS, Truth

ABOUT = "about.json"
N_CAPTIONS = 8  # wordings a loop


class Latents:
    """One split.

    frames, n_bars, swing: [loops]; captions: [loops, N_CAPTIONS, text_dim] float16, unit vectors of words;
    tags: [loops, N_TAGS] int8, what is true: 1 present, -1 an instrument that is absent;
    audio: [loops, text_dim] float16, unit vectors of the sound itself, or None where they weren't computed.
    """

    def __init__(self, folder: Path, split: str) -> None:
        self.about = json.loads((folder / ABOUT).read_text())
        self.frames, self.n_bars = np.load(folder / f"{split}-shape.npy")
        self.swing = np.load(folder / f"{split}-swing.npy")
        self.captions = np.load(folder / f"{split}-captions.npy")
        self.tags = np.load(folder / f"{split}-tags.npy")
        audio = folder / f"{split}-audio.npy"
        self.audio = np.load(audio) if audio.exists() else None
        self.text_dim = self.captions.shape[-1]
        self._ends = np.cumsum(self.frames)
        self._latents = np.load(folder / f"{split}-latents.npy", mmap_mode="r")
        self._descriptors = np.load(folder / f"{split}-descriptors.npy", mmap_mode="r")

    def __len__(self) -> int:
        return len(self.frames)

    def loop(self, index: int) -> np.ndarray:
        """Standardised latents of a loop, [channels, frames] float32."""
        end = self._ends[index]
        return self._latents[end - self.frames[index] : end].T.astype(np.float32)

    def descriptors(self, index: int) -> np.ndarray:
        """Descriptors of a loop in their units, [4, frames] float32."""
        end = self._ends[index]
        return self._descriptors[end - self.frames[index] : end].T.astype(np.float32)

    def words(self, index: int) -> np.ndarray:
        """Unit vectors of the wordings of a loop, [N_CAPTIONS, text_dim] float32."""
        return self.captions[index].astype(np.float32)

    def heard(self, index: int) -> np.ndarray | None:
        """Unit vector of the sound of a loop, [text_dim] float32, where it was computed."""
        return None if self.audio is None else self.audio[index].astype(np.float32)

    def descriptor_stats(self) -> dict[str, tuple[float, ...]]:
        """`descriptor_mean`, `descriptor_std` and `descriptor_spread` of a UNetConfig."""
        means = np.array([self.descriptors(i).mean(1) for i in range(len(self))])
        mean = np.asarray(self._descriptors, dtype=np.float64).mean(0)
        std = np.asarray(self._descriptors, dtype=np.float64).std(0)
        stats = {"mean": mean, "std": std, "spread": means.std(0) / std}
        return {f"descriptor_{name}": tuple(value.round(5).tolist()) for name, value in stats.items()}


@torch.inference_mode()
def encode(codec: AnyCodec, corpus: Corpus, out: Path, split: str) -> None:
    """Write the latents and lengths of one split."""
    latents = []
    for index in tqdm(range(len(corpus)), desc=f"encoding {split}", unit="loop", disable=None):
        waveform = torch.from_numpy(corpus.audio(index).T.copy()).unsqueeze(0)
        latents.append(codec.encode(waveform)[0].T.half().numpy())
    np.save(out / f"{split}-latents.npy", np.concatenate(latents))
    shape = [[truth.frames for truth in corpus.truths], [truth.n_bars for truth in corpus.truths]]
    np.save(out / f"{split}-shape.npy", np.array(shape))


def describe_all(corpus: Corpus, out: Path, split: str) -> None:
    """Write descriptors, swing and tags of one split."""
    curves = []
    for index in tqdm(range(len(corpus)), desc=f"describing {split}", unit="loop", disable=None):
        waveform = torch.from_numpy(corpus.audio(index).T.copy())
        curves.append(descriptors.describe(waveform).T.half().numpy())
    np.save(out / f"{split}-descriptors.npy", np.concatenate(curves))
    np.save(out / f"{split}-swing.npy", np.array([truth.swing for truth in corpus.truths]))
    asked = [true_tags(truth).numpy().astype(np.int8) for truth in corpus.truths]
    np.save(out / f"{split}-tags.npy", np.stack(asked))


def true_tags(truth: Truth) -> Tensor:
    """All tags that are true of a corpus loop, [N_TAGS]: 1 present, -1 an instrument that is absent."""
    absent = [name for name in tags.INSTRUMENTS if name not in truth.instruments]
    third = "major" if truth.mode == "major" else "minor"  # dorian and phrygian have a minor third
    return tags.vector(truth.genre, truth.moods, truth.instruments, absent, f"{truth.key} {third}")


def embed(text: TextTower, corpus: Corpus, out: Path, split: str, seed: int = 0) -> None:
    """Write the embeddings of `N_CAPTIONS` wordings of each loop of one split."""
    rng = Random(f"{split} {seed}")
    words = [caption(truth, rng) for truth in corpus.truths for _ in range(N_CAPTIONS)]
    starts = tqdm(range(0, len(words), 512), desc=f"captions of {split}", disable=None)
    vectors = torch.cat([text.embed_batch(words[i : i + 512]).half() for i in starts])
    np.save(out / f"{split}-captions.npy", vectors.view(len(corpus), N_CAPTIONS, -1).numpy())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument(
        "--checkpoint", type=Path, default=Path("runs/checkpoint"), help="folder with codec and text tower"
    )
    parser.add_argument("--out", type=Path, default=Path("data/latents"))
    args = parser.parse_args()
    codec = load_codec(args.checkpoint)
    about = {"latent_space": codec.latent_space()}
    # The tower is frozen: every checkpoint has the one that ships.
    if not (args.checkpoint / FILE_NAME).exists():
        shutil.copy(checkpoint.DEFAULT_FOLDER / FILE_NAME, args.checkpoint)
    text = TextTower.load(args.checkpoint)
    checkpoint.enter_part(args.checkpoint, "text", {}, embedding_space=text.space)
    args.out.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        corpus = Corpus(args.corpus, split)
        encode(codec.fuse(), corpus, args.out, split)
        describe_all(corpus, args.out, split)
        embed(text, corpus, args.out, split)
    about["embedding_space"] = text.space
    (args.out / ABOUT).write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
