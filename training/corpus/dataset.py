"""The corpus on disk: one int16 file of samples and one jsonl of truths for each split; written and read."""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
from tqdm import tqdm

from training.corpus.loops import render
from training.corpus.truth import HOP, SPLITS, Truth

FULL_SCALE = 32_767
CHUNK = 8  # loops a task of a worker


class Corpus:
    """A split of a corpus folder, memory-mapped. Fork- and spawn-safe: it holds no open file handle of its own."""

    def __init__(self, folder: str | Path, split: str) -> None:
        if split not in SPLITS:
            raise ValueError(f"split must be one of {SPLITS}, got {split!r}")
        lines_path = Path(folder) / f"{split}.jsonl"
        if not lines_path.is_file():
            raise FileNotFoundError(
                f"no corpus in {folder}: make one by python -m training.corpus --out {folder}"
            )
        lines = lines_path.read_text().splitlines()
        self.truths = [Truth.from_json(line) for line in lines]
        self._offsets = [int(json.loads(line)["offset"]) for line in lines]
        self._samples = np.memmap(Path(folder) / f"{split}.i16", dtype="<i2", mode="r").reshape(-1, 2)

    def __len__(self) -> int:
        return len(self.truths)

    def audio(self, index: int) -> np.ndarray:
        """The loop's audio, float32 [samples, 2], at most 1."""
        offset = self._offsets[index]
        samples = self._samples[offset : offset + self.truths[index].n_samples]
        return samples.astype(np.float32) / np.float32(FULL_SCALE)


def described(truth: Truth) -> Truth:
    """The truth with its captions, which follow from its seed."""
    from training.corpus.captions import captions  # here, so that rendering needs no words

    return replace(
        truth, captions=tuple(captions(truth, Random(2 * truth.seed + (truth.split == "heldout"))))
    )


def _task(work: tuple[str, tuple[int, ...]]) -> tuple[bytes, list[str]]:
    split, seeds = work
    sounds, lines = [], []
    for seed in seeds:
        audio, truth = render(seed, split)
        sounds.append(np.round(audio * FULL_SCALE).astype("<i2").tobytes())
        lines.append(described(truth).to_json())
    return b"".join(sounds), lines


def complete(folder: Path, split: str) -> int:
    """How many loops of the split are whole on disk; what a broken-off run left after them is cut away."""
    samples_path, lines_path = folder / f"{split}.i16", folder / f"{split}.jsonl"
    if not lines_path.is_file() or not samples_path.is_file():
        return 0
    have = samples_path.stat().st_size // 4
    kept, end = [], 0
    for number, line in enumerate(lines_path.read_text().splitlines()):
        try:
            values = json.loads(line)
        except json.JSONDecodeError:
            break
        if values["seed"] != number or values["offset"] != end or end + HOP * values["frames"] > have:
            break
        end += HOP * values["frames"]
        kept.append(line + "\n")
    lines_path.write_text("".join(kept))
    os.truncate(samples_path, 4 * end)
    return len(kept)


def write(folder: Path, split: str, n_loops: int, n_workers: int) -> None:
    """Renders seeds 0..n_loops - 1 of a split into the folder, going on where an earlier run stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    done = complete(folder, split)
    offset = (folder / f"{split}.i16").stat().st_size // 4 if done else 0
    work = [(split, tuple(range(at, min(at + CHUNK, n_loops)))) for at in range(done, n_loops, CHUNK)]
    mode = "ab" if done else "wb"
    with (
        (folder / f"{split}.i16").open(mode) as samples_file,
        (folder / f"{split}.jsonl").open(mode) as lines_file,
        tqdm(total=n_loops, initial=min(done, n_loops), unit="loop", desc=split) as bar,
    ):

        def keep(sounds: bytes, lines: list[str]) -> None:
            nonlocal offset
            samples_file.write(sounds)
            samples_file.flush()
            for line in lines:
                values = json.loads(line) | {"offset": offset}
                lines_file.write((json.dumps(values) + "\n").encode())
                offset += HOP * values["frames"]
            lines_file.flush()
            bar.update(len(lines))

        if n_workers <= 1:
            for item in work:
                keep(*_task(item))
        elif work:
            with ProcessPoolExecutor(n_workers) as pool:
                for sounds, lines in pool.map(_task, work):
                    keep(sounds, lines)
