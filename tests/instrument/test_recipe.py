"""A recipe names a loop: one setting has one spelling, and only what is heard counts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.recipe import GENERATIVE, Recipe

recipes = st.builds(
    Recipe,
    bpm=st.floats(60, 200),
    n_bars=st.sampled_from([1, 2, 4, 8]),
    n_steps=st.integers(0, 16),
    prompt=st.text("abc é", max_size=20),
    cfg_scale=st.floats(0, 8),
    seed_a=st.integers(0, 999_999),
    seed_b=st.integers(0, 999_999),
    morph=st.floats(0, 1),
)


@given(recipes)
def test_json_brings_back_the_same_recipe(recipe: Recipe) -> None:
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_json(recipe.to_json()).id == recipe.id
    assert json.loads(recipe.to_json()) == recipe.to_dict()


@given(recipes)
def test_id_fits_64_bits_and_is_that_of_what_is_heard(recipe: Recipe) -> None:
    assert 0 <= recipe.id < 2**64
    assert recipe.heard().id == recipe.id
    assert recipe.heard().heard() == recipe.heard()


def test_id_is_the_same_in_every_process() -> None:
    """A number on paper: a hash that changed with Python's salt or a reordering would lose every shelf."""
    assert Recipe(prompt="dark techno", seed_a=7).name == "a9f80e5a0bba76b1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bpm", 126.0),
        ("n_bars", 2),
        ("n_steps", 4),
        ("prompt", "acid"),
        ("cfg_scale", 2.0),
        ("seed_a", 9),
        ("morph", 0.5),
        ("checkpoint", "x"),
    ],
)
def test_every_setting_that_is_heard_changes_the_id(name: str, value: object) -> None:
    assert Recipe.from_dict({name: value}).id != Recipe().id


def test_a_seed_that_is_not_heard_does_not_change_the_id() -> None:
    assert Recipe(seed_b=77).id == Recipe().id
    assert Recipe(seed_a=77, seed_b=5, morph=1.0).id == Recipe(seed_a=5).id
    assert Recipe(seed_b=77, morph=0.5).id != Recipe(morph=0.5).id


def test_arithmetic_noise_is_the_same_loop() -> None:
    assert Recipe(bpm=125.0000001, cfg_scale=3.0000001, morph=-0.0) == Recipe()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bpm", 999),
        ("bpm", float("nan")),
        ("n_bars", 3),
        ("n_steps", 17),
        ("seed_a", -1),
        ("seed_b", 1_000_000),
        ("morph", 1.5),
        ("cfg_scale", 8.4),
        ("prompt", 3),
    ],
)
def test_what_no_parameter_can_hold_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Recipe.from_dict({name: value})


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="no setting 'tempo' in a recipe; allowed: bpm"):
        Recipe.from_dict({"tempo": 120})


def test_settings_are_the_generative_parameters() -> None:
    assert set(Recipe().to_dict()) == {*GENERATIVE, "checkpoint"}
