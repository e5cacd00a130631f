"""The corpus as the UNet sees it, computed once and memory-mapped: latents, and embeddings of captions.

`python -m training.latents --corpus data/corpus --checkpoint runs/checkpoint --out data/latents`
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

import numpy as np
import torch
from tqdm import tqdm

from model import checkpoint
from model.codec import Codec, CodecConfig
from model.text import TextTower
from training.corpus.captions import caption
from training.corpus.dataset import Corpus
from training.corpus.truth import SPLITS

ABOUT = "about.json"
N_CAPTIONS = 8  # wordings a loop


class Latents:
    """One split. `frames`, `n_bars`: [loops] ints; `captions`: [loops, N_CAPTIONS, text_dim] float16."""

    def __init__(self, folder: Path, split: str) -> None:
        self.about = json.loads((folder / ABOUT).read_text())
        self.frames, self.n_bars = np.load(folder / f"{split}-shape.npy")
        self.captions = np.load(folder / f"{split}-captions.npy")
        self._ends = np.cumsum(self.frames)
        self._latents = np.load(folder / f"{split}-latents.npy", mmap_mode="r")

    def __len__(self) -> int:
        return len(self.frames)

    def loop(self, index: int) -> np.ndarray:
        """Standardised latents of a loop, [channels, frames] float32."""
        end = self._ends[index]
        return self._latents[end - self.frames[index] : end].T.astype(np.float32)


@torch.inference_mode()
def encode(codec: Codec, text: TextTower, corpus: Corpus, out: Path, split: str, seed: int = 0) -> None:
    """Write one split of `Latents`."""
    rng = Random(f"{split} {seed}")
    latents, captions = [], []
    for index, truth in enumerate(tqdm(corpus.truths, desc=f"encoding {split}", unit="loop", disable=None)):
        waveform = torch.from_numpy(corpus.audio(index).T.copy()).unsqueeze(0)
        latents.append(codec.encode(waveform)[0].T.half().numpy())
        captions += [caption(truth, rng) for _ in range(N_CAPTIONS)]
    embedded = [
        text.embed_batch(captions[i : i + 512]).half()
        for i in tqdm(range(0, len(captions), 512), disable=None)
    ]
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / f"{split}-latents.npy", np.concatenate(latents))
    np.save(out / f"{split}-captions.npy", torch.cat(embedded).view(len(latents), N_CAPTIONS, -1).numpy())
    np.save(
        out / f"{split}-shape.npy",
        np.array([[t.frames for t in corpus.truths], [t.n_bars for t in corpus.truths]]),
    )


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
    tensors, config = checkpoint.read_part(args.checkpoint, "codec")
    codec = Codec(CodecConfig(**checkpoint.tuples(config))).eval()
    codec.load_state_dict(tensors)
    text = TextTower.load(args.checkpoint)
    for split in SPLITS:
        encode(codec.fuse(), text, Corpus(args.corpus, split), args.out, split)
    parts = checkpoint.read_manifest(args.checkpoint)["parts"]
    about = {"codec": parts["codec"]["sha256"], "embedding_space": text.space}
    (args.out / ABOUT).write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
