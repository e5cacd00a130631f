"""`ladmg render`: loops to files, without a sound card, by the generator's own code."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from instrument.generator import (
    GeneratorSettings,
    Pipeline,
    Rendered,
    load_pipeline,
    loop_settings,
    render_recipe,
)
from instrument.recipe import GENERATIVE, Recipe, Source

MAX_VARIATIONS = 99


class RenderError(RuntimeError):
    """The file can't be made; the text says why."""


@dataclass(frozen=True)
class RenderSettings:
    """out: a WAV file to write, 32-bit float as the instrument plays it.

    n_variations: above 1, so many files, numbered: loop-1.wav of the recipe itself, the others of the next `seed_a`s
    """

    out: Path
    recipe: Recipe = field(default_factory=Recipe)
    generator: GeneratorSettings = field(default_factory=GeneratorSettings)
    n_variations: int = 1

    def __post_init__(self) -> None:
        if self.out.suffix.lower() != ".wav":
            raise ValueError(f"--out must be a file named *.wav, got {str(self.out)!r}")
        if not 1 <= self.n_variations <= MAX_VARIATIONS:
            raise ValueError(f"variations must be in 1..{MAX_VARIATIONS}, got {self.n_variations}")
        loop_settings(self.recipe)  # what the model would refuse is refused before it is loaded

    @property
    def loops(self) -> tuple[tuple[Path, Recipe], ...]:
        """Every file and its recipe."""
        if self.n_variations == 1:
            return ((self.out, self.recipe),)
        n_seeds = int(GENERATIVE["seed_a"].high) + 1
        seeds = [(self.recipe.seed_a + i) % n_seeds for i in range(self.n_variations)]
        return tuple(
            (self.out.with_stem(f"{self.out.stem}-{i}"), replace(self.recipe, seed_a=seed))
            for i, seed in enumerate(seeds, start=1)
        )


def own_loop(path: Path, bpm: float | None = None, n_bars: int | None = None) -> Source:
    """The loop in a file; what is None is concluded from its length. Raises RenderError where that can't be done."""
    from model.audio_in import AudioInError, read_loop

    try:
        loop = read_loop(path, bpm, n_bars)
    except AudioInError as error:
        raise RenderError(str(error)) from None
    return Source(str(path), loop.sha256[:16], loop.bpm, loop.n_bars)


def render(settings: RenderSettings) -> Iterator[tuple[Path, Rendered]]:
    """Render and write one loop after the other; an existing file is replaced only by a whole new one.

    Raises RenderError.
    """
    pipeline: Pipeline | None = None
    for out, recipe in settings.loops:
        draft = _draft(out)  # found out before a render that would be for nothing
        try:
            if pipeline is None:
                try:
                    pipeline = load_pipeline(settings.generator)
                except (OSError, RuntimeError, ValueError) as error:
                    raise RenderError(f"the model could not be loaded: {error}") from error
            rendered = render_recipe(pipeline, recipe)
            _write(out, draft, rendered)
        finally:
            draft.unlink(missing_ok=True)
        yield out, rendered


def _draft(out: Path) -> Path:
    """A new file beside `out`, to be written first."""
    if out.is_dir():
        raise RenderError(f"can't write {str(out)!r}: it is a folder")
    try:
        handle, name = tempfile.mkstemp(suffix=".wav", prefix=f".{out.stem}-", dir=out.parent)
    except OSError as error:
        raise RenderError(f"can't write {str(out)!r}: {error.strerror}") from None
    os.close(handle)
    return Path(name)


def _write(out: Path, draft: Path, rendered: Rendered) -> None:
    # Not soundfile: it writes the time of day into the header, and the same recipe must be the same file.
    from scipy.io import wavfile

    try:
        wavfile.write(draft, rendered.rate, rendered.audio)
        draft.chmod(0o666 & ~_umask())
        draft.replace(out)
    except OSError as error:
        raise RenderError(f"can't write {str(out)!r}: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
