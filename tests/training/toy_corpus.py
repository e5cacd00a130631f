"""A corpus of plain sounds with truths: small, quick, without one-shots. Kicks, hats, and a drone in the loop's key."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from training.corpus.truth import GENRES, KEYS, Truth

RATE = 48_000
FRAMES = 256  # of 2 bars at 140.625 BPM
N_SAMPLES = 640 * FRAMES


def loop(truth: Truth) -> np.ndarray:
    """[samples, 2] float32."""
    rng = np.random.default_rng(truth.seed)
    time = np.arange(N_SAMPLES) / RATE
    beat = N_SAMPLES / RATE / 8
    sound = 0.002 * rng.standard_normal(N_SAMPLES)
    if "kick" in truth.instruments:
        since = time % beat
        sound += (
            0.5 * np.exp(-since / 0.08) * np.sin(2 * np.pi * (55 * since + 12 * np.exp(-since / 0.02) / 8))
        )
        sound += 0.1 * np.exp(-since / 0.03) * np.sin(2 * np.pi * 180 * since)
    if "closed hat" in truth.instruments:
        since = (time + beat / 2) % beat
        sound += 0.2 * np.exp(-since / 0.02) * rng.standard_normal(N_SAMPLES)
    if "pad" in truth.instruments:
        third = 4 if truth.mode == "major" else 3
        for semitones in (0, third, 7, 12):
            hz = 220 * 2 ** ((KEYS.index(truth.key) + 3 + semitones) % 24 / 12)
            cycles = round(hz * N_SAMPLES / RATE)  # whole ones, so that it has no seam
            sound += 0.08 * np.sin(2 * np.pi * cycles * np.arange(N_SAMPLES) / N_SAMPLES)
    return np.stack([sound, np.roll(sound, 3)], axis=1).astype(np.float32)


def truth(seed: int, split: str) -> Truth:
    """Every third has a groove other than four-to-the-floor; instruments take turns."""
    instruments = ["kick"] * (seed % 4 != 3) + ["closed hat"] * (seed % 3 != 2) + ["pad"] * (seed % 2)
    return Truth(
        seed=seed,
        split=split,
        frames=FRAMES,
        n_bars=2,
        bpm=2 * 240 * 75 / FRAMES,
        key=KEYS[seed * 5 % 12],
        mode=("minor", "major")[seed // 2 % 2],
        genre=GENRES[seed % len(GENRES)],
        moods=("dark",) if seed % 2 else ("bright", "warm"),
        instruments=tuple(instruments) or ("noise",),
        density=0.2 + 0.6 * (seed % 5) / 4,
        brightness=0.7 if seed % 3 != 2 else 0.2,
        swing=50.0,
        groove="four-to-the-floor" if seed % 3 else "broken",
        energy=0.5,
        kit=f"kit-{seed % 3}",
        pattern=f"pattern-{seed}",
    )


def write(folder: Path, n_loops: int) -> Path:
    """A corpus folder with so many loops in each split."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "heldout"):
        truths = [truth(seed, split) for seed in range(n_loops)]
        samples = [np.round(loop(one) * 32_767).clip(-32_767, 32_767).astype("<i2") for one in truths]
        (folder / f"{split}.i16").write_bytes(b"".join(one.tobytes() for one in samples))
        rows = [json.loads(one.to_json()) | {"offset": i * N_SAMPLES} for i, one in enumerate(truths)]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
