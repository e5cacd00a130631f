"""A recipe: all settings of one loop, as short JSON whose hash names the loop."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any

from instrument.params import N_PROMPTS, OFF, SPECS, Spec, Value, accept

GENERATIVE: dict[str, Spec] = {spec.name: spec for spec in SPECS if "R" in spec.when and spec.has_value}
"""The parameters that decide how a loop sounds, by name: each is a setting of a recipe."""

PROMPTS = ("prompt", *(f"prompt_{i}" for i in range(2, N_PROMPTS + 1)))
WEIGHTS = ("weight", *(f"weight_{i}" for i in range(2, N_PROMPTS + 1)))
FOLLOWED = (*PROMPTS, "negative", "key", "brightness", "density")
"""What `cfg_scale` is the strength of."""

# The settings of the first recipes. Those that came later are left out of the JSON, and so of the name, where they
# have their defaults: an old recipe still names the same loop.
_FIRST = ("bpm", "n_bars", "n_steps", "prompt", "cfg_scale", "seed_a", "seed_b", "morph", "checkpoint")


MOST_GAIN_DB = 12.0


@dataclass(frozen=True)
class Source:
    """A loop of the performer's own that another is made of.

    path: where its file was, which is no part of a loop's name; sha256: what was in it, in hexadecimal
    bpm, n_bars: of the file. strength: how much is made anew, 0..1; regenerate: where, as in "4.4" or "2.1-2.4", ""
    for everywhere; is_alike: whether its sound is asked for, as a prompt is
    """

    path: str
    sha256: str
    bpm: float
    n_bars: int
    strength: float = 0.0
    regenerate: str = ""
    is_alike: bool = False


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a loop sounds: two recipes with one id are the same audio on one machine.

    Values are those of the parameter table, ranges too: ValueError for any other; a key has its name. `n_steps` 0
    leaves the number of steps to the generator; a loop that was made has the number that it was made with.
    `checkpoint` names the weights, "" while no generator has told yet. `gain_db` is how much the loop is made louder,
    None leaves that to its loudness. `stretched_bpm` is a tempo that it was brought to afterwards, its pitch kept.
    Where there is a `source`, the morph begins with it, not with `seed_a`.
    """

    bpm: float = 125.0
    n_bars: int = 4
    n_steps: int = 0
    key: str = OFF
    prompt: str = ""
    prompt_2: str = ""
    prompt_3: str = ""
    prompt_4: str = ""
    weight: float = 1.0
    weight_2: float = 0.0
    weight_3: float = 0.0
    weight_4: float = 0.0
    negative: str = ""
    cfg_scale: float = 6.0
    cfg_grid: float = 1.0
    seed_a: int = 1
    seed_b: int = 2
    seed_c: int = 3
    seed_d: int = 4
    morph: float = 0.0
    morph_y: float = 0.0
    brightness: float = 0.0
    density: float = 0.0
    swing: float = 50.0
    checkpoint: str = ""
    gain_db: float | None = None
    stretched_bpm: float | None = None
    source: Source | None = None

    def __post_init__(self) -> None:
        for name, spec in GENERATIVE.items():
            # One spelling for one setting: arithmetic in float32 must not make 125.000001 another loop.
            object.__setattr__(self, name, _exactly(spec, getattr(self, name)))
        if self.gain_db is not None and not -MOST_GAIN_DB <= self.gain_db <= MOST_GAIN_DB:
            raise ValueError(f"gain_db must be in -{MOST_GAIN_DB:g}..{MOST_GAIN_DB:g}, got {self.gain_db}")

    @property
    def mixture(self) -> tuple[tuple[str, float], ...]:
        """The prompts that are heard, each with its weight: those that have words and a weight."""
        pairs = (
            (getattr(self, text), getattr(self, weight))
            for text, weight in zip(PROMPTS, WEIGHTS, strict=True)
        )
        return tuple((text, weight) for text, weight in pairs if text and weight)

    def heard(self) -> Recipe:
        """The same loop without what is not heard, and with one spelling of what is.

        This is what is rendered and what the id is made of, so that rolling the far seed, or moving the weight of an
        empty prompt, renders nothing anew.
        """
        loop = self
        if loop.morph_y == 1.0:  # at an end of a path the seeds of the other end play no part
            loop = loop._with(seed_a=loop.seed_c, seed_b=loop.seed_d, morph_y=0.0)
        if loop.morph_y == 0.0:
            loop = loop._with(seed_c=Recipe.seed_c, seed_d=Recipe.seed_d)
        if loop.morph == 0.0:
            loop = loop._with(seed_b=loop.seed_a)
            loop = loop if loop.morph_y == 0.0 else loop._with(seed_d=loop.seed_c)
        elif loop.morph == 1.0 and loop.source is None:
            loop = loop._with(seed_a=loop.seed_b, morph=0.0)
            loop = loop if loop.morph_y == 0.0 else loop._with(seed_c=loop.seed_d)
        nothing: dict[str, Any] = {name: getattr(Recipe, name) for name in FOLLOWED}
        if loop.cfg_scale == 0.0:  # what is followed with no strength is not asked for
            loop = loop._with(**nothing)
        if loop.cfg_scale <= loop.cfg_grid:  # guidance would lead towards a negative, or nowhere
            loop = loop._with(negative="")
        loop = loop._with(**_spelling(loop.mixture))
        is_alike = loop.source is not None and loop.source.is_alike
        if not is_alike and all(getattr(loop, name) == default for name, default in nothing.items()):
            loop = loop._with(cfg_scale=Recipe.cfg_scale)  # the strength of nothing
        return loop

    @cached_property
    def id(self) -> int:
        """64 bits that name the loop, the same on every machine and in every Python."""
        heard = self.heard()
        if heard.source is not None:
            heard = heard._with(source=replace(heard.source, path=""))
        digest = hashlib.blake2b(heard.to_json().encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big")

    @cached_property
    def family(self) -> int:
        """64 bits that name all loops between the same seeds, wherever `morph` and `morph_y` stand."""
        return self._with(morph=0.5, morph_y=0.5, gain_db=None).id

    @cached_property
    def kin(self) -> int:
        """64 bits that name its family at any tempo."""
        return self._with(bpm=Recipe.bpm).family

    @property
    def plain(self) -> Recipe:
        """As it is asked for by somebody who leaves its level open."""
        return self if self.gain_db is None else self._with(gain_db=None)

    @property
    def tempo(self) -> float:
        """What it plays at, in BPM."""
        return self.bpm if self.stretched_bpm is None else self.stretched_bpm

    @property
    def place(self) -> tuple[float, float]:
        """Where between its seeds the loop is: `morph`, `morph_y`."""
        return (self.morph, self.morph_y)

    def at(self, place: tuple[float, float]) -> Recipe:
        """The loop of the same family at another place, which is as the table of parameters accepts it."""
        return self._with(morph=place[0], morph_y=place[1])

    def _with(self, **values: Any) -> Recipe:
        """As `replace`, for values that are exact already: every step of a fader asks for dozens of recipes."""
        recipe = object.__new__(Recipe)
        recipe.__dict__.update({field.name: self.__dict__[field.name] for field in fields(self)} | values)
        return recipe

    @property
    def name(self) -> str:
        """The id as a performer reads it: 16 hexadecimal digits."""
        return f"{self.id:016x}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def to_json(self) -> str:
        """Short JSON: keys in order of declaration, no blanks, without defaults of what the first recipes had not."""
        defaults = {field.name: field.default for field in fields(self)}
        kept = {
            name: value for name, value in self.to_dict().items() if name in _FIRST or value != defaults[name]
        }
        return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """The recipe in `values`; what is left out has its default. ValueError for unknown settings."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"no setting {unknown[0]!r} in a recipe; allowed: {', '.join(sorted(known))}")
        if isinstance(values.get("source"), dict):
            unknown = sorted(set(values["source"]) - {field.name for field in fields(Source)})
            if unknown:
                raise ValueError(f"no setting {unknown[0]!r} of a recipe's source")
            values = values | {"source": Source(**values["source"])}
        return cls(**values)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        return cls.from_dict(json.loads(text))


def _exactly(spec: Spec, value: Any) -> Value:
    """The accepted value, an enum's as its name. ValueError where the table would have to clamp it."""
    accepted = accept(spec, value)
    is_name = spec.kind == "enum" and isinstance(value, str)
    if not is_name:
        is_text = isinstance(accepted, str)
        if is_text != isinstance(value, str) or (not is_text and abs(accepted - value) > spec.step / 2):
            raise ValueError(f"{spec.name} must be {spec.allowed}, got {value}")
    return str(spec.choices[int(accepted)]) if spec.kind == "enum" else accepted


def _spelling(prompts: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    """Prompts and weights as settings: in the order of the alphabet, and as only their ratios count, up to 1."""
    weight = GENERATIVE["weight"]
    steps = [round(asked / weight.step) for _, asked in prompts]
    whole = math.gcd(*steps)
    settings: dict[str, Any] = dict.fromkeys(PROMPTS, "") | {
        name: GENERATIVE[name].default for name in WEIGHTS
    }
    if prompts:
        most = round(1 / weight.step) // (max(steps) // whole)
        shares = sorted((text, step // whole * most) for (text, _), step in zip(prompts, steps, strict=True))
        for i, (text, share) in enumerate(shares):
            settings |= {PROMPTS[i]: text, WEIGHTS[i]: round(share * weight.step, weight.digits)}
    return settings
