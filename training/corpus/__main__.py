"""Makes the corpus: `python -m training.corpus --out data/corpus --train 3000 --heldout 300 --workers 2`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.corpus", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/corpus"), help="folder of the corpus")
    parser.add_argument("--train", type=int, default=3000, help="loops to train on")
    parser.add_argument(
        "--heldout", type=int, default=300, help="loops of kits and patterns that training never hears"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes, one core each")
    parser.add_argument("--wav", type=int, default=0, help="also write this many loops of each split as WAV")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    asked = parse(arguments)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # before numpy comes: a worker is one core
    import soundfile

    from training.corpus.dataset import Corpus, write
    from training.corpus.oneshots import folder
    from training.corpus.truth import RATE

    try:
        folder()
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 1
    for split, count in (("train", asked.train), ("heldout", asked.heldout)):
        if count:
            write(asked.out, split, count, asked.workers)
            corpus = Corpus(asked.out, split)
            for index in range(min(asked.wav, len(corpus))):
                truth = corpus.truths[index]
                name = f"{split}-{index:05}-{truth.bpm:.2f}-{truth.genre.replace(' ', '-')}.wav"
                soundfile.write(asked.out / name, corpus.audio(index), RATE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
