"""The shelf's loops as files: a WAV each with its recipe beside it, under the loop's name."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from instrument.recipe import Recipe

Tell = Callable[[str, str], None]


class ShelfFiles:
    """Writes loops in a thread of its own, one after the other. tell: called there with (code, text) of each."""

    def __init__(self, folder: Path, tell: Tell) -> None:
        self.folder = folder
        self._tell = tell
        self._writer = ThreadPoolExecutor(1, "shelf")

    def write(self, place: int, audio: np.ndarray, rate: int, recipe: Recipe) -> None:
        """audio: float32 [samples, channels], which is not changed any more."""
        self._writer.submit(self._write, place, audio, rate, recipe)

    def close(self) -> None:
        """Wait for what is still being written."""
        self._writer.shutdown()

    def _write(self, place: int, audio: np.ndarray, rate: int, recipe: Recipe) -> None:
        from scipy.io import wavfile

        path = self.folder / f"{recipe.name}.wav"
        draft = path.with_suffix(".tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                wavfile.write(draft, rate, audio)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            path.with_suffix(".json").write_text(recipe.to_json() + "\n", encoding="utf-8")
        except OSError as error:
            text = (
                f"the loop stays in place {place} of the shelf, but {path} can't be written: {error.strerror}"
            )
            self._tell("shelf-file", text)
            return
        self._tell("kept", f"place {place} of the shelf: {path}")
