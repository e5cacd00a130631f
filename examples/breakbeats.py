"""Music to try training on: 24 tracks of breaks and bells, a style that the model which ships does not know.

    python examples/breakbeats.py data/breaks
    ladmg prepare data/breaks --out data/mine
    ladmg train --data data/mine --from default --checkpoint runs/mine --out runs/mine-unet --max-minutes 5
    ladmg play --checkpoint runs/mine

The tracks are of several formats, rates and lengths, as a folder of one's own is. Six more files can't be used, so that
the table of `ladmg prepare` shows how it says so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

RATE = 48_000
TEMPI = (96, 104, 112, 118, 126, 133, 140, 150)
SECONDS = (40, 65, 90)
FORMATS = (("wav", 48_000), ("flac", 44_100), ("ogg", 22_050), ("mp3", 44_100), ("aiff", 96_000))
FOLDERS = ("breakbeat", "electro", "breaks and bells")
SCALE = (0, 3, 5, 7, 10)  # minor pentatonic, in semitones

Sound = np.ndarray


def kick() -> Sound:
    at = np.arange(round(0.35 * RATE)) / RATE
    return 0.9 * np.sin(2 * np.pi * (55 * at + 9 * (1 - np.exp(-at / 0.02)))) * np.exp(-at / 0.12)


def snare(rng: np.random.Generator) -> Sound:
    at = np.arange(round(0.35 * RATE)) / RATE
    rattle, drum = rng.normal(size=len(at)) * np.exp(-at / 0.07), np.sin(2 * np.pi * 190 * at)
    return 0.5 * (rattle + drum * np.exp(-at / 0.05))


def hat(rng: np.random.Generator) -> Sound:
    at = np.arange(round(0.1 * RATE)) / RATE
    return 0.25 * np.diff(rng.normal(size=len(at) + 1)) * np.exp(-at / 0.025)


def bell(hz: float) -> Sound:
    at = np.arange(round(0.5 * RATE)) / RATE
    bend = 3 * np.exp(-at / 0.2) * np.sin(2 * np.pi * 1.41 * hz * at)
    return 0.09 * np.sin(2 * np.pi * hz * at + bend) * np.exp(-at / 0.25)


def track(number: int, bpm: float, seconds: float) -> Sound:
    """A pattern of 16 steps that repeats, with a bell that plays another tune in each track: [samples, 2]."""
    rng = np.random.default_rng(number)
    out = np.zeros((round((seconds + 1) * RATE), 2))
    kicks = {0, 10, 3 if number % 2 else 7}
    root, tune = 110 * 2 ** (rng.integers(12) / 12), rng.choice(SCALE, 16)
    fifth = (1.0, 1.5, 2.0) if number % 3 else (1.0, 1.5, 1.2)

    def play(start: int, sound: Sound, left: float, right: float) -> None:
        out[start : start + len(sound)] += sound[:, None] * (left, right)

    for i in range(int(seconds * bpm * 4 / 60)):
        step, start = i % 16, round(i * 15 / bpm * RATE)
        if step in kicks:
            play(start, kick(), 0.9, 1.0)
        if step in (4, 12) or (step == 15 and i // 16 % 2):
            play(start, snare(rng), 0.9, 1.0)
        if step % 2 == 0 or rng.random() < 0.3:
            play(start, hat(rng), 0.9, 1.0)
        if step % 4 == 2 or step == 0:
            for ratio in fifth:
                play(start, bell(root * 2 ** (tune[step] / 12) * ratio), 1.0, 0.6)
    out = np.tanh(1.2 * out[: round(seconds * RATE)])
    return (0.9 * out / np.abs(out).max()).astype(np.float32)


def write(path: Path, audio: Sound, rate: int = RATE) -> None:
    """In blocks: libsndfile writes no Ogg file in one piece."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if rate != RATE:
        divisor = np.gcd(rate, RATE)
        audio = resample_poly(audio, rate // divisor, RATE // divisor, axis=0)
    n_channels = 1 if audio.ndim == 1 else audio.shape[1]
    with soundfile.SoundFile(path, "w", rate, n_channels) as file:
        for start in range(0, len(audio), 4096):
            file.write(audio[start : start + 4096])


def write_tracks(out: Path) -> None:
    for number in range(24):
        audio = track(number, TEMPI[number % len(TEMPI)], SECONDS[number % len(SECONDS)])
        suffix, rate = FORMATS[number % len(FORMATS)]
        folder = out / FOLDERS[number % len(FOLDERS)]
        write(folder / f"track {number}.{suffix}", audio.mean(axis=1) if number % 5 == 0 else audio, rate)


def write_what_is_no_use(out: Path) -> None:
    """A silent file, a text, one of a second, one that breaks off, a copy, and snares without a beat."""
    write(out / "silence.wav", np.zeros((30 * RATE, 2)))
    (out / "notes.wav").write_text("not audio at all\n")
    write(out / "short.flac", track(1, 120, 1.0))
    whole = (out.parent / FOLDERS[1] / "track 1.flac").read_bytes()
    (out / "truncated.flac").write_bytes(whole[: len(whole) // 60])
    (out / "copy.wav").write_bytes((out.parent / FOLDERS[0] / "track 0.wav").read_bytes())
    rng = np.random.default_rng(9)
    unsteady, start = np.zeros((40 * RATE, 2)), 0
    while start < 39 * RATE:
        sound = 0.5 * snare(rng)
        unsteady[start : start + len(sound)] += sound[:, None]
        start += round(rng.uniform(0.1, 1.2) * RATE)
    write(out / "unsteady.wav", unsteady)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder to write 30 files into, 0.2 GB")
    out: Path = parser.parse_args(arguments).out
    write_tracks(out)
    write_what_is_no_use(out / "odd")
    print(f"{sum(path.is_file() for path in out.rglob('*'))} files in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
