"""What a loop can be asked to be, and what would break is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from model.settings import LoopSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"bpm": 0.0},
        {"bpm": float("nan")},
        {"n_bars": 3},
        {"n_steps": -1},
        {"morph": 1.5},
        {"cfg_scale": float("nan")},
        {"cfg_scale": -1.0},
        {"cfg_grid": float("inf")},
        {"brightness": 1.1},
        {"density": float("nan")},
        {"swing": 49.0},
        {"rate": 0.75},
        {"prompts": "acid"},
        {"prompts": ("a", "b", "c", "d", "e")},
        {"weights": (1.0,)},
        {"prompts": ("a", "b"), "weights": (1.0, -0.5)},
        {"prompts": ("a",), "weights": (float("inf"),)},
    ],
)
def test_settings_that_would_break_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"^{list(wrong)[-1]} must be"):
        LoopSettings(**({"bpm": 125.0} | wrong))


def test_the_mixture_is_what_has_words_and_a_weight() -> None:
    prompts = ("acid", " ", "dub", "techno")
    assert LoopSettings(125.0, prompts=prompts, weights=(0.5, 1.0, 0.0, 1.0)).mixture == (
        ("acid", 0.5),
        ("techno", 1.0),
    )
    assert LoopSettings(125.0, prompts=("acid", "dub")).mixture == (("acid", 1.0), ("dub", 1.0))
    assert LoopSettings(125.0).mixture == ()
