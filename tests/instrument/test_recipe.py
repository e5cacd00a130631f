"""A recipe names a loop: one setting has one spelling, and only what is heard counts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.params import KEYS, SPECS, Params, Spec
from instrument.recipe import GENERATIVE, PROMPTS, WEIGHTS, Recipe


def values_of(spec: Spec) -> st.SearchStrategy[Any]:
    """Anything that a parameter can hold."""
    if spec.kind == "text":
        return st.one_of(st.just(""), st.text('abc é"\\#', max_size=20))
    return st.floats(0, 1).map(spec.map)


recipes = st.builds(Recipe, **{name: values_of(spec) for name, spec in GENERATIVE.items()})


@given(recipes)
def test_json_brings_back_the_same_recipe(recipe: Recipe) -> None:
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_json(recipe.to_json()).id == recipe.id
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert json.loads(recipe.to_json()).items() <= recipe.to_dict().items()


@given(st.fixed_dictionaries({name: values_of(spec) for name, spec in GENERATIVE.items()}))
def test_what_the_parameters_hold_is_a_recipe_that_holds_it(values: dict[str, Any]) -> None:
    params = Params()
    addresses = {spec.name: spec.address(None if spec.scope == "global" else 1) for spec in SPECS}
    for name, value in values.items():
        params.set(addresses[name], value, "test")
    held = {name: params.get(addresses[name]) for name in GENERATIVE}
    recipe = Recipe(**held)
    for name, spec in GENERATIVE.items():
        shown = spec.choices[int(held[name])] if spec.kind == "enum" else held[name]
        assert getattr(recipe, name) == shown


@given(recipes)
def test_id_fits_64_bits_and_is_that_of_what_is_heard(recipe: Recipe) -> None:
    assert 0 <= recipe.id < 2**64
    assert recipe.heard().id == recipe.id
    assert recipe.heard().heard() == recipe.heard()


def test_id_is_the_same_in_every_process_and_in_later_versions() -> None:
    """A number on paper: a hash that changed with Python's salt, an order or more settings would lose every shelf."""
    assert Recipe(prompt="dark techno", seed_a=7, cfg_scale=3.0).name == "a9f80e5a0bba76b1"


def test_recipes_of_the_first_version_still_load() -> None:
    text = '{"bpm":125.0,"n_bars":4,"n_steps":0,"prompt":"dark techno","cfg_scale":3.0,'
    text += '"seed_a":7,"seed_b":2,"morph":0.0,"checkpoint":""}'
    assert Recipe.from_json(text) == Recipe(prompt="dark techno", seed_a=7, cfg_scale=3.0)
    assert Recipe.from_json(text).to_json() == text


ASKED = Recipe(prompt="acid", prompt_2="house")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bpm", 126.0),
        ("n_bars", 2),
        ("n_steps", 4),
        ("key", "A minor"),
        ("prompt", "techno"),
        ("weight_2", 0.5),
        ("negative", "kick"),
        ("cfg_scale", 2.0),
        ("cfg_scale", 0.0),
        ("cfg_grid", 1.5),
        ("seed_a", 9),
        ("morph", 0.5),
        ("brightness", 0.5),
        ("density", -0.5),
        ("swing", 58.0),
        ("checkpoint", "x"),
    ],
)
def test_every_setting_that_is_heard_changes_the_id(name: str, value: object) -> None:
    assert replace(ASKED, **{name: value}).id != ASKED.id


def test_a_seed_that_is_not_heard_does_not_change_the_id() -> None:
    assert Recipe(seed_b=77).id == Recipe().id
    assert Recipe(seed_a=77, seed_b=5, morph=1.0).id == Recipe(seed_a=5).id
    assert Recipe(seed_b=77, morph=0.5).id != Recipe(morph=0.5).id


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ({"weight_2": 0.7}, {}),  # the weight of an empty prompt
        ({"prompt": "acid", "weight": 0.3}, {"prompt": "acid"}),  # of the only one
        ({"prompt": "acid", "prompt_3": "house"}, {"prompt": "acid"}),  # a prompt without weight
        ({"prompt": "acid", "weight": 0.0}, {}),
        ({"prompt_4": "acid", "weight_4": 0.2}, {"prompt": "acid"}),  # wherever it stands
        (
            {"prompt": "acid", "weight": 0.2, "prompt_2": "house", "weight_2": 0.4},
            {"prompt": "house", "weight": 0.8, "prompt_2": "acid", "weight_2": 0.4},
        ),
        ({"key": "off"}, {"key": 0}),
        ({"cfg_scale": 7.0}, {}),  # the strength of nothing
        (
            {"cfg_scale": 1.5, "cfg_grid": 1.5, "prompt": "acid", "negative": "kick"},
            {"prompt": "acid", "cfg_scale": 1.5, "cfg_grid": 1.5},
        ),
        (
            {"cfg_scale": 3.0, "cfg_grid": 4.0, "prompt": "acid", "negative": "kick"},
            {"cfg_scale": 3.0, "cfg_grid": 4.0, "prompt": "acid"},
        ),
        ({"cfg_scale": 0.0, "prompt": "acid", "key": "A minor", "density": 1.0, "negative": "kick"}, {}),
    ],
)
def test_what_is_not_heard_does_not_change_the_id(one: dict[str, Any], same: dict[str, Any]) -> None:
    assert Recipe(**one).id == Recipe(**same).id


@given(recipes)
def test_the_ratios_of_the_weights_stay(recipe: Recipe) -> None:
    """Whatever else `heard` does to the prompts."""
    before, after = dict(recipe.mixture), dict(recipe.heard().mixture)
    if recipe.cfg_scale == 0.0 or len(before) != len(recipe.mixture):  # a text that stands there twice
        return
    assert before.keys() == after.keys()
    for text, weight in before.items():
        assert weight / sum(before.values()) == pytest.approx(after[text] / sum(after.values()))


def test_a_key_has_its_name() -> None:
    assert Recipe(key=1).key == Recipe(key="c MINOR").key == "C minor"
    assert Recipe(key=len(KEYS)).key == "B major"
    assert '"key":"A minor"' in Recipe(key="A minor").to_json()


numbers = st.integers(0, 10).map(lambda n: n / 10)
all_places = st.tuples(numbers, numbers)


@given(recipes, all_places, st.one_of(st.none(), numbers))
def test_a_family_has_every_place_and_level_and_its_kin_every_tempo(
    recipe: Recipe, place: tuple[float, float], gain_db: float | None
) -> None:
    other = replace(recipe.at(place), gain_db=gain_db)
    assert other.place == place
    assert other.family == recipe.family
    assert other.kin == recipe.kin == replace(recipe, bpm=90.0).kin
    assert other.at(recipe.place).plain == recipe.plain
    assert other.plain.gain_db is None
    assert other.plain.plain == other.plain
    assert (replace(recipe, bpm=90.0).family == recipe.family) == (recipe.bpm == 90.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed_a", 9),
        ("seed_b", 9),
        ("seed_c", 9),
        ("seed_d", 9),
        ("prompt", "dub"),
        ("swing", 60.0),
        ("checkpoint", "x"),
    ],
)
def test_all_but_the_place_tells_families_and_kin_apart(name: str, value: object) -> None:
    other = replace(ASKED, **{name: value})
    assert other.family != ASKED.family
    assert other.kin != ASKED.kin


@pytest.mark.parametrize(
    ("place", "heard"),
    [
        ((0.0, 0.0), "a"),
        ((1.0, 0.0), "b"),
        ((0.0, 1.0), "c"),
        ((1.0, 1.0), "d"),
        ((0.5, 0.0), "ab"),
        ((0.5, 1.0), "cd"),
        ((0.0, 0.5), "ac"),
        ((1.0, 0.5), "bd"),
        ((0.5, 0.5), "abcd"),
    ],
)
def test_the_seeds_that_are_heard_are_those_that_the_place_is_between(
    place: tuple[float, float], heard: str
) -> None:
    recipe = Recipe(seed_a=1, seed_b=2, seed_c=3, seed_d=4).at(place)
    for letter in "abcd":
        other = replace(recipe, **{f"seed_{letter}": 99})
        assert (other.id != recipe.id) == (letter in heard)


def test_an_edge_of_the_pad_is_the_path_between_its_seeds() -> None:
    assert Recipe(seed_c=7, seed_d=8, morph=0.3, morph_y=1.0).id == Recipe(seed_a=7, seed_b=8, morph=0.3).id
    assert Recipe(seed_d=8, morph=1.0, morph_y=1.0).id == Recipe(seed_a=8).id


def test_what_came_with_the_pad_is_left_out_of_the_json_of_a_path() -> None:
    """Old recipes keep their names."""
    assert Recipe(morph=0.3).to_json() == Recipe(morph=0.3, seed_c=3, seed_d=4, morph_y=0.0).to_json()
    assert not {"seed_c", "seed_d", "morph_y", "gain_db"} & json.loads(Recipe(morph=0.3).to_json()).keys()
    pad = json.loads(Recipe(morph=0.3, morph_y=0.5, seed_c=9, gain_db=-1.5).to_json())
    assert (pad["morph_y"], pad["seed_c"], pad["gain_db"]) == (0.5, 9, -1.5)


def test_a_level_makes_another_loop_within_what_can_be_made_louder() -> None:
    assert Recipe(gain_db=-1.5).id != Recipe().id
    assert Recipe.from_json(Recipe(gain_db=-1.5).to_json()).gain_db == -1.5
    for gain_db in (12.5, -12.5, float("nan")):
        with pytest.raises(ValueError, match=r"gain_db must be in -12\.\.12"):
            Recipe(gain_db=gain_db)


def test_arithmetic_noise_is_the_same_loop() -> None:
    assert Recipe(bpm=125.0000001, cfg_scale=6.0000001, morph=-0.0, swing=50.0000001) == Recipe()


@given(recipes, st.sampled_from([0.0, 0.125, 0.5, 1.0]), st.sampled_from([0.0, 0.25, 1.0]))
def test_what_is_derived_is_as_exact_as_what_is_made(recipe: Recipe, morph: float, morph_y: float) -> None:
    """Places and what is heard are not checked once more; 0.7000000000000001 would be another loop than 0.7."""
    place = recipe.at((morph, morph_y))
    assert place == replace(recipe, morph=morph, morph_y=morph_y)
    assert place.id == replace(recipe, morph=morph, morph_y=morph_y).id
    for derived in (place, place.heard(), place.plain):
        made = Recipe.from_dict(derived.to_dict())
        assert (made, made.to_json(), made.family) == (derived, derived.to_json(), derived.family)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bpm", 999),
        ("bpm", float("nan")),
        ("n_bars", 3),
        ("n_steps", 17),
        ("key", "H minor"),
        ("key", 25),
        ("key", 1.5),
        ("seed_a", -1),
        ("seed_b", 1_000_000),
        ("morph", 1.5),
        ("cfg_scale", 8.4),
        ("cfg_grid", -1.0),
        ("prompt", 3),
        ("prompt_2", None),
        ("negative", 1.0),
        ("weight_3", 1.1),
        ("brightness", -1.01),
        ("swing", 49.0),
    ],
)
def test_what_no_parameter_can_hold_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Recipe.from_dict({name: value})


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="no setting 'tempo' in a recipe; allowed: bpm"):
        Recipe.from_dict({"tempo": 120})


def test_settings_are_the_generative_parameters() -> None:
    assert set(Recipe().to_dict()) == {*GENERATIVE, "checkpoint", "gain_db", "stretched_bpm", "source"}
    for name, spec in GENERATIVE.items():
        default = spec.choices[int(spec.default)] if spec.kind == "enum" else spec.default
        assert getattr(Recipe(), name) == default
    assert {*PROMPTS, *WEIGHTS} <= set(GENERATIVE)
