"""`ladmg render`: one loop to a file, without a sound card, by the generator's own code."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from instrument.generator import GeneratorSettings, Rendered, load_pipeline, render_recipe
from instrument.recipe import Recipe


class RenderError(RuntimeError):
    """The file can't be made; the text says why."""


@dataclass(frozen=True)
class RenderSettings:
    """out: a WAV file to write, 32-bit float as the instrument plays it."""

    out: Path
    recipe: Recipe = field(default_factory=Recipe)
    generator: GeneratorSettings = field(default_factory=GeneratorSettings)

    def __post_init__(self) -> None:
        if self.out.suffix.lower() != ".wav":
            raise ValueError(f"--out must be a file named *.wav, got {str(self.out)!r}")


def render(settings: RenderSettings) -> Rendered:
    """Render the recipe and write it; an existing file is replaced only by a whole new one. Raises RenderError."""
    # Not soundfile: it writes the time of day into the header, and the same recipe must be the same file.
    from scipy.io import wavfile

    out = settings.out
    if out.is_dir():
        raise RenderError(f"can't write {str(out)!r}: it is a folder")
    try:
        # Found out before a render that would be for nothing.
        handle, name = tempfile.mkstemp(suffix=".wav", prefix=f".{out.stem}-", dir=out.parent)
    except OSError as error:
        raise RenderError(f"can't write {str(out)!r}: {error.strerror}") from None
    os.close(handle)
    draft = Path(name)
    try:
        try:
            pipeline = load_pipeline(settings.generator)
        except (OSError, RuntimeError, ValueError) as error:
            raise RenderError(f"the model could not be loaded: {error}") from error
        rendered = render_recipe(pipeline, settings.recipe)
        try:
            wavfile.write(draft, rendered.rate, rendered.audio)
            draft.chmod(0o666 & ~_umask())
            draft.replace(out)
        except OSError as error:
            raise RenderError(f"can't write {str(out)!r}: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    return rendered


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
