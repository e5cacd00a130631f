"""Make one of Meta's pretrained EnCodecs the codec of a checkpoint folder, its latents standardised to your music.

`python -m training.meta_codec --kind encodec_24khz --audio FOLDER --checkpoint runs/checkpoint`

Meta's file is taken from torch hub's cache, where the `encodec` package puts it, or from `--weights`. The CLAP that
ships comes along. Then `ladmg prepare` and `ladmg train` with the same `--checkpoint` take whichever codec it has.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from tqdm import tqdm

from model import checkpoint
from model.checkpoint import CheckpointError
from model.encodec_meta import MetaCodec, load_pretrained
from model.loops import HOP, SAMPLE_RATE
from training import command
from training.codec import Sounds, fit_normalisation
from training.corpus.dataset import Corpus
from training.loop import TrainingError
from training.prepare import sound_files
from training.settings import setting
from training.unet import complete

SMALLEST_STD = 1e-3  # a channel that never moves must not be divided by nothing


@dataclass(frozen=True)
class MetaCodecSettings:
    """Which codec, where its weights are, and what its latents are standardised to: one of `audio` and `corpus`."""

    kind: Literal["encodec_24khz", "encodec_48khz"] = setting(
        "encodec_48khz", "24 kHz is mono, 48 kHz stereo"
    )
    weights: Path | None = setting(None, "Meta's file, or a folder with it (default: torch hub's cache)")
    audio: Path | None = setting(None, "folder of sound files")
    corpus: Path | None = setting(None, "corpus folder, as python -m training.corpus makes it")
    checkpoint: Path = setting(Path("runs/checkpoint"), "folder that the codec is written to")
    n_excerpts: int = setting(64, "how many loops of the corpus, or pieces of 8 s of the files, are heard")

    def __post_init__(self) -> None:
        if (self.audio is None) == (self.corpus is None):
            raise ValueError("one of audio and corpus must be given")
        if self.n_excerpts < 1:
            raise ValueError(f"n_excerpts must be above 0, got {self.n_excerpts}")


class Excerpts:
    """Pieces of at most 8 s of a folder's sound files, in a corpus's clothes. Files that can't be read are told."""

    def __init__(self, folder: Path, n: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        files = sound_files.find(folder)[0]
        self._pieces: list[np.ndarray] = []
        for i in tqdm(rng.permutation(len(files))[:n], desc="reading", unit="file", disable=None):
            try:
                waveform = sound_files.read(files[i]).waveform
            except sound_files.SoundFileError as error:
                print(f"{files[i]} is left out: {error}", file=sys.stderr)
                continue
            for _ in range(-(-n // len(files))):
                length = min(waveform.shape[1], 8 * SAMPLE_RATE) // HOP * HOP
                start = int(rng.integers(waveform.shape[1] - length + 1))
                if length:
                    self._pieces.append(waveform[:, start : start + length].T.copy())
        if not self._pieces:
            raise TrainingError(
                f"no sound in {folder}: {len(files)} files there look like sound, none could be read"
            )

    def __len__(self) -> int:
        return len(self._pieces)

    def audio(self, index: int) -> np.ndarray:
        """[samples, 2] float32, a whole number of frames."""
        return self._pieces[index]


def make(chosen: MetaCodecSettings) -> MetaCodec:
    """Read Meta's weights, standardise, write the parts, say so. Raises CheckpointError or TrainingError."""
    folder = chosen.checkpoint
    if (folder / checkpoint.MANIFEST).exists() and "unet" in checkpoint.read_manifest(folder)["parts"]:
        raise CheckpointError(
            f"{folder} has a UNet, which another codec would make useless: name a new folder"
        )
    codec = load_pretrained(chosen.kind, chosen.weights)
    if chosen.audio is not None:
        heard: Sounds = Excerpts(chosen.audio, chosen.n_excerpts)
    else:
        assert chosen.corpus is not None
        heard = Corpus(chosen.corpus, "train")
    fit_normalisation(codec, heard, chosen.n_excerpts)
    codec.latent_std.clamp_(min=SMALLEST_STD)
    codec.save(folder)
    complete(folder, checkpoint.DEFAULT_FOLDER)
    channels = codec.config.latent_channels
    print(f"{folder}: {chosen.kind}, {channels} latent channels, latent space {codec.latent_space()}")
    return codec


def main(arguments: Sequence[str] | None = None) -> int:
    """The command's exit code."""
    return command.run(MetaCodecSettings, "training.meta_codec", __doc__ or "", arguments, make)


if __name__ == "__main__":
    sys.exit(main())
