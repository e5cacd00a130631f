"""The shelf's files: what is written is the loop and its recipe, and a folder that can't be written is told."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from instrument.recipe import Recipe
from instrument.shelf import ShelfFiles

RATE = 48_000


def a_loop(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((1000, 2)).astype(np.float32)


class Told:
    def __init__(self) -> None:
        self.all: list[tuple[str, str]] = []

    def __call__(self, code: str, text: str) -> None:
        self.all.append((code, text))


def test_a_loop_is_written_bit_by_bit_with_a_recipe_that_makes_it_again(tmp_path: Path) -> None:
    told, audio = Told(), a_loop()
    recipe = Recipe(prompt="dark techno", key="A minor", n_steps=8, gain_db=-1.25, checkpoint="clicks")
    files = ShelfFiles(tmp_path / "new" / "shelf", told)
    files.write(7, audio, RATE, recipe)
    files.close()
    rate, written = wavfile.read(tmp_path / "new" / "shelf" / f"{recipe.name}.wav")
    assert rate == RATE
    assert written.dtype == np.float32
    np.testing.assert_array_equal(written, audio)
    text = (tmp_path / "new" / "shelf" / f"{recipe.name}.json").read_text(encoding="utf-8")
    assert Recipe.from_json(text) == recipe
    ((code, text),) = told.all
    assert code == "kept"
    assert "place 7" in text
    assert f"{recipe.name}.wav" in text
    assert len(list((tmp_path / "new" / "shelf").iterdir())) == 2  # no draft


def test_all_that_was_asked_for_is_written_before_it_closes(tmp_path: Path) -> None:
    told = Told()
    files = ShelfFiles(tmp_path, told)
    recipes = [Recipe(seed_a=seed) for seed in range(16)]
    for place, recipe in enumerate(recipes, start=1):
        files.write(place, a_loop(place), RATE, recipe)
    files.close()
    assert {path.stem for path in tmp_path.glob("*.wav")} == {recipe.name for recipe in recipes}
    assert [code for code, _ in told.all] == ["kept"] * 16


def test_a_folder_that_can_not_be_written_is_told_and_the_next_loop_is_tried(tmp_path: Path) -> None:
    told, recipe = Told(), Recipe()
    folder = tmp_path / "shelf"
    folder.write_text("not a folder")
    files = ShelfFiles(folder, told)
    files.write(3, a_loop(), RATE, recipe)
    deadline = time.monotonic() + 30.0
    while not told.all and time.monotonic() < deadline:
        time.sleep(0.01)
    ((code, text),) = told.all
    assert code == "shelf-file"
    assert "place 3" in text
    assert str(folder) in text
    folder.unlink()
    files.write(3, a_loop(), RATE, recipe)
    files.close()
    assert [code for code, _ in told.all] == ["shelf-file", "kept"]


def test_what_was_there_stays_whole_where_it_can_not_be_written_again(tmp_path: Path) -> None:
    """A WAV is a draft until it is complete."""
    told, recipe = Told(), Recipe()
    files = ShelfFiles(tmp_path, told)
    files.write(1, a_loop(1), RATE, recipe)
    files.close()
    (tmp_path / f"{recipe.name}.tmp").mkdir()  # where the draft would be
    files = ShelfFiles(tmp_path, told)
    files.write(1, a_loop(2), RATE, recipe)
    files.close()
    assert [code for code, _ in told.all] == ["kept", "shelf-file"]
    np.testing.assert_array_equal(wavfile.read(tmp_path / f"{recipe.name}.wav")[1], a_loop(1))
