"""What the model can be asked for: the settings of one loop. Without torch, so that anybody may hold them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.places import parse_ranges

MAX_PROMPTS = 4
RATES = (0.5, 1.0, 2.0)
OFF = "off"


@dataclass(frozen=True)
class Source:
    """A loop of one's own, of which another is made; what is None is concluded from the file's length.

    sha256: the file's content in hexadecimal, or its beginning; another content is refused. "" takes what is there.
    strength: how much is made anew, from the noise of `seed_a`: 0 nothing, 1 everything
    regenerate: where, as `places.parse_ranges` reads it; "" everywhere
    is_alike: whether its sound is asked for, beside the prompts, by its embedding in the CLAP space
    """

    path: str
    sha256: str = ""
    bpm: float | None = None
    n_bars: int | None = None
    strength: float = 0.0
    regenerate: str = ""
    is_alike: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            raise ValueError(f"strength must be in 0..1, got {self.strength}")
        if self.regenerate and self.strength == 0.0:
            raise ValueError(f"strength must be above 0 to regenerate {self.regenerate}, got 0")


@dataclass(frozen=True)
class LoopSettings:
    """Ranges are those of the parameter table; here only what would break is refused.

    n_steps: 0 for the checkpoint's own number
    cfg_scale, cfg_grid: how strictly all the content, and the grid, are followed; 1 without guidance, 0 not at all
    key: "off", or one of `tags.KEYS_24`
    brightness, density: -1..1 from dark and sparse to bright and busy, 0 asks for nothing
    swing: where in each pair of 16ths the second one lies, 50..75 %; rate: 0.5 for half time, 2 for double time
    prompts: up to four texts, mixed by their weights, of which only the ratios count; no weights: all alike
    negative: a text to be kept away from
    seed_a .. seed_d: noises at the corners (0, 0), (1, 0), (0, 1) and (1, 1) of `morph` and `morph_y`
    source: a loop of one's own that takes the place of `seed_a` at the beginning of the morph
    """

    bpm: float
    n_bars: int = 4
    n_steps: int = 0
    cfg_scale: float = 6.0
    cfg_grid: float = 1.0
    seed_a: int = 1
    seed_b: int = 2
    seed_c: int = 3
    seed_d: int = 4
    morph: float = 0.0
    morph_y: float = 0.0
    key: str = OFF
    brightness: float = 0.0
    density: float = 0.0
    swing: float = 50.0
    rate: float = 1.0
    prompts: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    negative: str = ""
    source: Source | None = None

    def __post_init__(self) -> None:
        if not 20.0 <= self.bpm <= 400.0:
            raise ValueError(f"bpm must be in 20..400, got {self.bpm}")
        if self.n_bars not in (1, 2, 4, 8):
            raise ValueError(f"n_bars must be 1, 2, 4 or 8, got {self.n_bars}")
        if not 0 <= self.n_steps <= 1000:
            raise ValueError(f"n_steps must be in 0..1000, got {self.n_steps}")
        for name in ("cfg_scale", "cfg_grid"):
            if not 0.0 <= getattr(self, name) <= 100.0:
                raise ValueError(f"{name} must be in 0..100, got {getattr(self, name)}")
        for name in ("morph", "morph_y"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be in 0..1, got {getattr(self, name)}")
        if self.source is not None and self.morph_y > 0.0:
            raise ValueError(f"morph_y must be 0 where a loop is made of one's own, got {self.morph_y}")
        for name in ("brightness", "density"):
            if not -1.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be in -1..1, got {getattr(self, name)}")
        if not 50.0 <= self.swing <= 75.0:
            raise ValueError(f"swing must be in 50..75 %, got {self.swing}")
        if self.rate not in RATES:
            raise ValueError(f"rate must be 0.5, 1 or 2, got {self.rate}")
        if not isinstance(self.prompts, tuple) or len(self.prompts) > MAX_PROMPTS:
            raise ValueError(f"prompts must be at most {MAX_PROMPTS} texts, got {self.prompts!r:.100}")
        if self.weights and len(self.weights) != len(self.prompts):
            raise ValueError(
                f"weights must be one for each of the {len(self.prompts)} prompts, got {self.weights}"
            )
        if self.source is not None and self.source.regenerate:
            parse_ranges(self.source.regenerate, self.n_bars)
        if not all(weight >= 0.0 and math.isfinite(weight) for weight in self.weights):
            raise ValueError(f"weights must be numbers of 0 or more, got {self.weights}")

    @property
    def mixture(self) -> tuple[tuple[str, float], ...]:
        """The prompts that are heard, each with its weight: those that have words and a weight."""
        weights = self.weights or (1.0,) * len(self.prompts)
        pairs = zip(self.prompts, weights, strict=True)
        return tuple((text, weight) for text, weight in pairs if text.strip() and weight)


class Abandoned(Exception):
    """A render was left that nobody waits for any more."""


class UnknownConditionError(ValueError):
    """The checkpoint was never taught what `setting`, the name of a field of LoopSettings, asks for."""

    def __init__(self, setting: str, text: str) -> None:
        super().__init__(text)
        self.setting = setting
