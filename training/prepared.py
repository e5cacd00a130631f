"""Loops to train on, from a folder of either kind: what `ladmg prepare` or `training.latents` wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.tags import N_TAGS
from training import shards
from training.latents import ABOUT, Latents
from training.shards import Loop, Shards

Array = npt.NDArray[np.float32]

STRAIGHT = 50.0  # swing in per cent; of recordings it isn't known


class Prepared:
    """One split of the loops of `ladmg prepare`, with the members of `Latents`. Raises ShardError."""

    def __init__(self, folder: Path, split: str) -> None:
        self._shards = Shards(folder, split)
        self.about = self._shards.about
        self.frames, self.n_bars = self._shards.frames, self._shards.n_bars
        self.swing = np.full(len(self), STRAIGHT)
        self._last: tuple[int, Loop] | None = None
        tags, widths = [], set()
        for index in range(len(self)):
            item = self._shards.item(index)
            tags.append(item.tags.numpy().astype(np.int8))
            if item.audio_embedding is not None:
                widths.add(len(item.audio_embedding))
            if len(item.text_embeddings):
                widths.add(item.text_embeddings.shape[1])
        self.tags = np.stack(tags) if tags else np.zeros((0, N_TAGS), np.int8)
        if len(widths) > 1:
            raise shards.ShardError(f"{folder} has embeddings of several lengths: {sorted(widths)}")
        self.text_dim = widths.pop() if widths else 0

    def __len__(self) -> int:
        return len(self._shards)

    def loop(self, index: int) -> Array:
        """Standardised latents of a loop, [channels, frames] float32."""
        return self._item(index).latents.numpy()

    def descriptors(self, index: int) -> Array:
        """Descriptors of a loop in their units, [4, frames] float32."""
        return self._item(index).descriptors.numpy()

    def words(self, index: int) -> Array:
        """Unit vectors of the captions of a loop, [captions, text_dim], perhaps none."""
        return self._item(index).text_embeddings.numpy()

    def heard(self, index: int) -> Array | None:
        """Unit vector of the sound of a loop, [text_dim], where there is one."""
        vector = self._item(index).audio_embedding
        return None if vector is None else vector.numpy()

    def descriptor_stats(self) -> dict[str, tuple[float, ...]]:
        """`descriptor_mean`, `descriptor_std` and `descriptor_spread` of a UNetConfig."""
        curves = [self.descriptors(index) for index in range(len(self))]
        means = np.array([curve.mean(1) for curve in curves])
        joined = np.concatenate(curves, axis=1).astype(np.float64)
        std = joined.std(1).clip(1e-3)  # a folder of silence has none
        stats = {"mean": joined.mean(1), "std": std, "spread": means.std(0) / std}
        return {f"descriptor_{name}": tuple(value.round(5).tolist()) for name, value in stats.items()}

    def _item(self, index: int) -> Loop:
        """Loop `index`; the last one is kept, as its parts are asked for one after the other."""
        if self._last is None or self._last[0] != index:
            self._last = index, self._shards.item(index)
        return self._last[1]


def open_loops(folder: Path, split: str) -> Latents | Prepared:
    """The loops of one split ("train", "heldout") of a folder of either kind. Raises ShardError where none are."""
    if (folder / shards.JOURNAL).exists():
        return Prepared(folder, split)
    if not (folder / ABOUT).exists():
        raise shards.ShardError(f"no loops in {folder}: ladmg prepare makes them of a folder of music")
    return Latents(folder, split)
