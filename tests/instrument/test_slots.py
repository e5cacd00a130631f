"""The bank's books: loops lie in units in a row, and what is in use stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.memory import UNIT, LoopBank, n_low
from instrument.params import DECKS
from instrument.recipe import GENERATIVE, Recipe
from instrument.slots import FANS, SHELF_PART, Slots

LOOP = Recipe(checkpoint="clicks")


def put(slots: Slots, n_units: int, recipe: Recipe, gain_db: float = -1.0) -> int:
    """A finished loop."""
    slot = slots.place(n_units, recipe)
    assert slot is not None
    gain_db = gain_db if recipe.gain_db is None else recipe.gain_db
    slots.finish(slot, replace(recipe, n_steps=recipe.n_steps or 8, gain_db=gain_db))
    slots[slot].chosen_at = slots.next_ticket()
    return slot


def test_a_loop_takes_as_many_units_in_a_row_as_it_needs() -> None:
    slots = Slots(10)
    assert [slots.place(n_units, LOOP) for n_units in (3, 1, 4)] == [0, 3, 4]
    assert slots.place(3, LOOP) is None
    assert slots.place(2, LOOP) == 8
    slots.free(3)
    assert slots.place(2, LOOP) is None
    assert slots.place(1, LOOP) == 3


def test_the_loop_used_longest_ago_is_overwritten_first() -> None:
    slots = Slots(5)
    loops = [put(slots, 1, replace(LOOP, seed_a=seed)) for seed in range(5)]
    slots[loops[0]].chosen_at = slots.next_ticket()
    assert slots.place(1, LOOP) == loops[1]


def test_a_longer_loop_takes_the_place_of_several_and_of_the_one_that_it_cuts_into() -> None:
    slots = Slots(6)
    short = [put(slots, 2, replace(LOOP, seed_a=seed)) for seed in range(3)]
    slots[short[0]].chosen_at = slots.next_ticket()
    assert slots.place(3, LOOP) == 2
    assert list(slots) == [0, 2]


def test_what_is_written_kept_or_with_the_audio_process_stays() -> None:
    slots = Slots(4)
    writing = slots.place(1, LOOP)
    kept, out, free = (put(slots, 1, replace(LOOP, seed_a=seed)) for seed in range(3))
    slots.keepers.append(lambda: {kept})
    slots[out].out[2] += 2
    assert slots.place(1, LOOP) == free
    assert slots.place(1, LOOP) is None
    slots.release(out, 1)  # not this deck's
    slots.release(out, 2)
    assert slots.place(1, LOOP) is None
    slots.release(out, 2)
    assert slots.place(1, LOOP) == out
    assert writing is not None
    slots.free(writing)
    assert slots.place(1, LOOP) == writing


def test_a_release_too_many_counts_for_nothing() -> None:
    slots = Slots(2)
    slot = put(slots, 1, LOOP)
    slots.release(slot, 1)
    slots.release(1, 1)
    slots[slot].out[1] += 1
    assert slots[slot].is_out
    slots.audio_lost()
    assert not slots[slot].is_out


def test_there_is_room_without_a_slot_if_there_will_be_once_it_is_free() -> None:
    slots = Slots(3)
    writing = slots.place(2, LOOP)
    assert writing == 0
    assert slots.has_room(3, without=writing)
    slots.place(1, LOOP)
    assert slots.has_room(2, without=writing)
    assert not slots.has_room(3, without=writing)
    assert slots.place(1, LOOP) is None
    assert slots[writing].n_units == 2


@pytest.mark.parametrize("n_bars", [1, 2, 4, 8])
@given(bpm=st.integers(6000, 20000), rate=st.sampled_from([44_100, 48_000]))
def test_a_loop_and_its_lows_fit_into_its_units(n_bars: int, bpm: int, rate: int) -> None:
    recipe = Recipe(bpm=bpm / 100, n_bars=n_bars)
    n_samples = round(n_bars * 240 * rate / recipe.bpm)
    n_units = Slots(1, rate).units_of(recipe)
    assert n_samples + n_low(n_samples) <= n_units * UNIT
    assert n_samples + n_low(n_samples) > (n_units - 1) * UNIT - 2


def test_units_are_those_of_the_bank() -> None:
    bank = LoopBank.create(4)
    try:
        slots = Slots(4)
        slot = [slots.place(slots.units_of(replace(LOOP, n_bars=1)), LOOP) for _ in range(4)][-1]
        assert slot == 3
        assert len(bank.samples(slot)) == UNIT
    finally:
        bank.close()
        bank.unlink()


@given(n_units=st.integers(52, 400), n_bars=st.sampled_from([1, 2, 4, 8]), bpm=st.integers(60, 200))
def test_fans_leave_room_for_a_first_point_of_each_deck_beside_a_full_shelf(
    n_units: int, n_bars: int, bpm: int
) -> None:
    slots = Slots(n_units)
    recipe = Recipe(bpm=bpm, n_bars=n_bars)
    most = slots.most_points(recipe)
    assert most >= 1
    if most > 1:
        assert (FANS * most + len(DECKS)) * slots.units_of(recipe) + n_units // SHELF_PART <= n_units


# What is found


def test_a_loop_is_found_when_it_is_finished_as_it_was_asked_for_and_as_it_was_made() -> None:
    slots = Slots(6)
    slot = slots.place(1, LOOP)
    assert slot is not None
    assert slots.find(LOOP) is None
    assert slots.find_family(LOOP) is None
    slots.finish(slot, replace(LOOP, n_steps=8, gain_db=-1.0))
    assert slots.find(LOOP) == slots.find(replace(LOOP, n_steps=8)) == slot
    assert slots.find(replace(LOOP, seed_b=99)) == slot  # not heard at morph 0
    assert slots.find(replace(LOOP, n_steps=4)) is None
    assert slots.find(replace(LOOP, seed_a=99)) is None


def test_a_recipe_that_says_how_loud_is_another_loop_than_one_at_another_level() -> None:
    slots = Slots(6)
    slot = put(slots, 1, LOOP, gain_db=-1.0)
    assert slots.find(replace(LOOP, gain_db=-1.0)) == slot
    assert slots.find(replace(LOOP, gain_db=-2.0)) is None
    louder = put(slots, 1, replace(LOOP, gain_db=-2.0))
    assert slots.find(replace(LOOP, gain_db=-2.0)) == louder
    assert slots.find(LOOP) == slot


def test_of_a_family_the_nearest_is_found_and_of_its_kin_at_any_tempo() -> None:
    slots = Slots(8)
    near, far = (put(slots, 1, LOOP.at((x, 0.0))) for x in (0.25, 1.0))
    put(slots, 1, replace(LOOP, prompt="acid", morph=0.5))
    slow = put(slots, 1, replace(LOOP, bpm=90.0, morph=0.5))
    assert slots.find_family(LOOP.at((0.5, 0.0))) == near
    assert slots.find_family(LOOP.at((0.7, 0.0))) == far
    assert slots.find_family(replace(LOOP, prompt="dub")) is None
    assert slots.find_kin(replace(LOOP, bpm=140.0, morph=0.5)) == slow
    assert slots.find_kin(replace(LOOP, bpm=140.0, morph=0.1)) == near
    assert slots.find_kin(replace(LOOP, prompt="dub")) is None


def test_what_was_looked_for_in_vain_may_be_there_once_a_render_is_finished() -> None:
    """Kept loops were counted: one that took another's place changed nothing."""
    slots = Slots(1)
    put(slots, 1, LOOP)
    before, n_kept = slots.n_finished, slots.n_kept()
    put(slots, 1, replace(LOOP, seed_a=9))
    assert slots.n_kept() == n_kept
    assert slots.n_finished > before


def test_every_generative_setting_is_part_of_what_is_found() -> None:
    slots = Slots(2)
    put(slots, 1, replace(LOOP, prompt="acid", morph=0.5, morph_y=0.5, weight_2=0.5, prompt_2="dub"))
    asked = slots[0].recipe
    for name, spec in GENERATIVE.items():
        if spec.kind == "text" or name.startswith("weight"):
            continue
        other: Any = spec.map(0.9)
        assert slots.find(replace(asked, **{name: other})) is None, name
