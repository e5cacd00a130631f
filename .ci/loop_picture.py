"""Draws docs/pictures/loops.png: spectrograms of loops that `ladmg render` makes with the model that ships."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import soundfile
from PIL import Image

from training.listen import draw

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "loops.png"
PROMPTS = ("deep house, warm chord, shaker", "hard techno, rumble, no hats", "acid, acid bass, clap")
SEED = 7
N_COLOURS = 48  # a third of the bytes


def main() -> None:
    """Each in a row: four bars, and their first one larger."""
    loops = {}
    with tempfile.TemporaryDirectory() as folder:
        for prompt in PROMPTS:
            path = Path(folder) / "loop.wav"
            options = ["--prompt", prompt, "--seed-a", str(SEED), "--out", str(path)]
            subprocess.run([sys.executable, "-m", "instrument", "render", *options], check=True)
            loops[f'ladmg render --prompt "{prompt}" --seed-a {SEED}'] = soundfile.read(path)[0]
    draw(PICTURE, loops)
    Image.open(PICTURE).quantize(N_COLOURS).save(PICTURE, optimize=True)
    print(PICTURE)


if __name__ == "__main__":
    main()
