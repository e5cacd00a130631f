"""A recipe: all settings of one loop, as short JSON whose hash names the loop."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any

from instrument.params import SPECS, Spec, accept

GENERATIVE: dict[str, Spec] = {
    spec.name: spec for spec in SPECS if "R" in spec.when and spec.kind != "trigger"
}
"""The parameters that decide how a loop sounds, by name: each is a setting of a recipe."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a loop sounds: two recipes with one id are the same audio on one machine.

    Values are those of the parameter table, ranges too: ValueError for any other. `n_steps` 0 leaves the
    number of steps to the checkpoint. `checkpoint` names the weights, "" while no generator has told yet.
    """

    bpm: float = 125.0
    n_bars: int = 4
    n_steps: int = 0
    prompt: str = ""
    cfg_scale: float = 3.0
    seed_a: int = 1
    seed_b: int = 2
    morph: float = 0.0
    checkpoint: str = ""

    def __post_init__(self) -> None:
        for name, spec in GENERATIVE.items():
            value = getattr(self, name)
            accepted = accept(spec, value)
            if isinstance(accepted, str) != isinstance(value, str) or (
                not isinstance(accepted, str) and abs(accepted - value) > spec.step / 2
            ):
                raise ValueError(f"{name} must be {spec.allowed}, got {value}")
            # One spelling for one setting: arithmetic in float32 must not make 125.000001 another loop.
            object.__setattr__(self, name, accepted)

    def heard(self) -> Recipe:
        """The same loop without what is not heard: at an end of the path the other seed plays no part.

        This is what is rendered and what the id is made of, so rolling the far seed renders nothing anew.
        """
        if self.morph == 0.0:
            return replace(self, seed_b=self.seed_a)
        if self.morph == 1.0:
            return replace(self, seed_a=self.seed_b, morph=0.0)
        return self

    @cached_property
    def id(self) -> int:
        """64 bits that name the loop, the same on every machine and in every Python."""
        digest = hashlib.blake2b(self.heard().to_json().encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big")

    @property
    def name(self) -> str:
        """The id as a performer reads it: 16 hexadecimal digits."""
        return f"{self.id:016x}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def to_json(self) -> str:
        """Short JSON: keys in order of declaration, no blanks."""
        return json.dumps(self.to_dict(), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """The recipe in `values`; what is left out has its default. ValueError for unknown settings."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"no setting {unknown[0]!r} in a recipe; allowed: {', '.join(sorted(known))}")
        return cls(**values)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        return cls.from_dict(json.loads(text))
