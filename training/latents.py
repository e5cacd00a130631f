"""The corpus as the UNet sees it, computed once and memory-mapped: latents, descriptors, tags, captions' embeddings.

`python -m training.latents --corpus data/corpus --checkpoint runs/checkpoint --out data/latents`
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from model import checkpoint, descriptors, tags
from model.codecs import load_codec
from model.text import FILE_NAME, TextTower
from training.corpus.captions import caption
from training.corpus.dataset import Corpus
from training.corpus.truth import SPLITS, Truth

ABOUT = "about.json"
N_CAPTIONS = 8  # wordings a loop
CHUNK = 20  # loops that a process reads at a time


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


class Reader:
    """A codec and the loops that it reads; one a process."""

    def __init__(self, checkpoint_folder: Path, corpus_folder: Path, split: str, device: str = "cpu") -> None:
        self._codec = load_codec(checkpoint_folder).eval().fuse().to(device)
        self._corpus = Corpus(corpus_folder, split)
        self._device = device

    @torch.inference_mode()
    def read(self, indices: range) -> tuple[np.ndarray, np.ndarray]:
        """Latents [frames, channels] and descriptors [frames, 4] of these loops, one after the other, float16."""
        latents, curves = [], []
        for index in indices:
            waveform = torch.from_numpy(self._corpus.audio(index).T.copy())
            curves.append(descriptors.describe(waveform).T)
            latents.append(self._codec.encode(waveform.to(self._device).unsqueeze(0))[0].T.cpu())
        return torch.cat(latents).half().numpy(), torch.cat(curves).half().numpy()


_reader: Reader  # of a process that reads


def _open_reader(*arguments: Any) -> None:
    global _reader
    torch.set_num_threads(1)
    _reader = Reader(*arguments)


def _read(indices: range) -> tuple[np.ndarray, np.ndarray]:
    return _reader.read(indices)


def read_all(
    checkpoint_folder: Path,
    corpus_folder: Path,
    out: Path,
    split: str,
    n_workers: int = 1,
    device: str = "cpu",
) -> None:
    """Write latents, descriptors, lengths, swing and tags of one split; `n_workers` processes, if on the CPU."""
    corpus = Corpus(corpus_folder, split)
    chunks = [range(at, min(at + CHUNK, len(corpus))) for at in range(0, len(corpus), CHUNK)]
    arguments = (checkpoint_folder, corpus_folder, split)
    with ExitStack() as stack:
        if n_workers > 1 and device == "cpu":
            pool = ProcessPoolExecutor(n_workers, get_context("spawn"), _open_reader, arguments)
            done = stack.enter_context(pool).map(_read, chunks)
        else:
            done = map(Reader(*arguments, device).read, chunks)
        parts = list(
            tqdm(done, desc=f"encoding {split}", unit=f"{CHUNK} loops", total=len(chunks), disable=None)
        )
    for name, arrays in zip(("latents", "descriptors"), zip(*parts, strict=True), strict=True):
        np.save(out / f"{split}-{name}.npy", np.concatenate(arrays))
    shape = [[truth.frames for truth in corpus.truths], [truth.n_bars for truth in corpus.truths]]
    np.save(out / f"{split}-shape.npy", np.array(shape))
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
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)"
    )
    parser.add_argument(
        "--device", default="cuda" if torch.cuda.is_available() else "cpu", help="of the codec"
    )
    args = parser.parse_args()
    about = {"latent_space": load_codec(args.checkpoint).latent_space()}
    # The tower is frozen: every checkpoint has the one that ships.
    if not (args.checkpoint / FILE_NAME).exists():
        shutil.copy(checkpoint.DEFAULT_FOLDER / FILE_NAME, args.checkpoint)
    text = TextTower.load(args.checkpoint)
    checkpoint.enter_part(args.checkpoint, "text", {}, embedding_space=text.space)
    args.out.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        corpus = Corpus(args.corpus, split)
        read_all(args.checkpoint, args.corpus, args.out, split, args.workers, args.device)
        embed(text, corpus, args.out, split)
    about["embedding_space"] = text.space
    (args.out / ABOUT).write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
