"""The laws of one deck's decisions, with a clock that the test turns."""

from __future__ import annotations

import random

import pytest

from instrument.actions import AddPoint, Assign, Cancel, Cue, DropPoint, Enter, Free, Render, Report
from instrument.chooser import MOST_EXACT, PAD, PATH, REST_S, RETRY_PAUSES_S, UNDO_DEPTH, Chooser
from instrument.slots import Slots
from tests.instrument.desk import AUTOMATIC_STEPS, BAR_S, DEFAULTS, GAIN_DB, Desk, only


def entry(work: Render) -> Enter:
    """Of the fan that has just this first point."""
    return Enter(1, work.ticket, ((work.slot, work.recipe.place),))


# What is rendered, and what enters


def test_first_loop_is_asked_at_once_and_enters_at_once() -> None:
    desk = Desk()
    work = desk.start()
    assert work.recipe.checkpoint == "clicks"
    assert only(Enter, desk.finish(work)) == [entry(work)]
    assert desk.state == "cued"
    desk.enter()
    assert desk.sounding == work.slot
    assert desk.state == "none"
    assert desk.work() is None


def test_nothing_is_sent_to_an_audio_process_that_is_not_up() -> None:
    desk = Desk()
    desk.do(desk.chooser.generator_loaded, "clicks")
    work = desk.the_work()
    assert not only(Enter, desk.finish(work))
    assert only(Enter, desk.do(desk.chooser.audio_is_up)) == [entry(work)]


def test_a_change_renders_after_stillness_with_the_newest_values() -> None:
    desk = Desk(prompt="acid")
    desk.play()
    for step in range(100):  # a fader in motion, 10 ms apart
        desk.now += 0.01
        assert not desk.change(density=step / 100)
        assert desk.work() is None
    assert desk.state == "waiting"
    assert desk.chooser.first_due_at() == pytest.approx(desk.now + REST_S)
    desk.wait(REST_S - 0.001)
    assert desk.work() is None
    desk.wait(0.002)
    assert desk.the_work().recipe.density == 0.99


def test_a_setting_that_is_not_heard_renders_nothing() -> None:
    desk = Desk()
    desk.play()
    desk.change(seed_b=99, seed_c=98, cfg_scale=7.0, weight_2=0.5)
    desk.wait(10.0)
    assert desk.work() is None
    assert desk.state == "cued"  # with other ends: what sounds goes on, at the same place
    before = desk.sounding
    desk.enter()
    assert desk.sounding == before


def test_tempo_waits_for_a_bar_of_rest() -> None:
    desk = Desk()
    desk.play()
    assert not desk.change(bpm=132.0)
    desk.wait(240 / 132 - 0.01)
    assert desk.work() is None
    desk.wait(0.02)
    assert desk.the_work().recipe.bpm == 132.0


def test_another_change_does_not_wait_for_the_tempo() -> None:
    desk = Desk()
    desk.play()
    desk.change(bpm=132.0)
    work = desk.render(prompt="acid")
    assert (work.recipe.bpm, work.recipe.prompt) == (132.0, "acid")


def test_a_recipe_in_the_bank_is_reused_at_once() -> None:
    desk = Desk()
    first = desk.play()
    desk.play_next(seed_a=5)
    (enter,) = desk.change(seed_a=1)
    assert enter.points == ((first.slot, (0.0, 0.0)),)


def test_newest_finished_wins() -> None:
    """Two generators at once are not what we have; a replaced one's late result is the same thing."""
    desk = Desk()
    desk.play()
    old = desk.render(seed_a=5)
    new = desk.render(seed_a=6)
    assert only(Enter, desk.finish(new)) == [entry(new)]
    assert not only(Enter, desk.finish(old))
    desk.enter()
    assert desk.sounding == new.slot


def test_going_back_while_the_other_renders_keeps_what_sounds() -> None:
    desk = Desk()
    desk.play()
    away = desk.render(seed_a=5)
    assert not desk.change(seed_a=1)
    assert not only(Enter, desk.finish(away))
    assert desk.state == "none"


def test_going_back_while_the_other_is_cued_cancels_it() -> None:
    desk = Desk()
    first = desk.play()
    away = desk.render(seed_a=5)
    desk.finish(away)
    assert desk.change(seed_a=1) == [Cancel(1)]
    desk.sound.fade_ends()
    desk.hear()
    assert desk.sounding == first.slot
    (enter,) = desk.change(seed_a=5)
    assert enter.points == ((away.slot, (0.0, 0.0)),)


def test_a_loop_that_entered_while_it_was_cancelled_is_left_again() -> None:
    """The cancel and the boundary crossed on the pipe."""
    desk = Desk()
    first = desk.play()
    away = desk.render(seed_a=5)
    desk.finish(away)
    desk.sound.boundary()
    assert desk.change(seed_a=1) == [Cancel(1)]
    (enter,) = desk.hear()
    assert enter.points == ((first.slot, (0.0, 0.0)),)
    desk.enter()
    assert desk.sounding == first.slot


def test_every_entry_is_heard_of_though_its_cancel_and_an_earlier_one_cross_it() -> None:
    """What was sent before was forgotten with the first of two entries, and the second ignored."""
    desk = Desk()
    desk.play()
    desk.finish(desk.render(seed_a=5))
    desk.sound.boundary()
    last = desk.render(seed_a=6)
    desk.finish(last)
    desk.sound.boundary()
    desk.change(hold=1)
    desk.hear()
    assert desk.chooser.sounding is not None
    assert desk.chooser.sounding.slots == {last.slot} == {slot for _, slot in desk.sound.fan[1]}  # type: ignore[index]


def test_the_number_of_steps_that_was_chosen_is_told_and_asking_for_it_makes_no_other_loop() -> None:
    desk = Desk()
    desk.play()
    sounding = desk.chooser.view(desk.now).sounding
    assert sounding is not None
    assert sounding.n_steps == AUTOMATIC_STEPS
    for n_steps in (AUTOMATIC_STEPS, 0):
        desk.change(n_steps=n_steps)
        desk.wait(10.0)
        assert desk.work() is None
    assert desk.render(n_steps=2).recipe.n_steps == 2


def test_loops_of_another_checkpoint_are_not_the_same() -> None:
    desk = Desk()
    desk.play()
    desk.do(desk.chooser.generator_loaded, "clicks")
    desk.wait(10.0)
    assert desk.work() is None
    desk.do(desk.chooser.generator_loaded, "clacks")
    desk.wait(10.0)
    assert desk.work() is None  # what sounds goes on
    assert desk.render(prompt="acid").recipe.checkpoint == "clacks"


# Fans


def places(works: list[Render]) -> list[tuple[float, float]]:
    return [work.recipe.place for work in works]


def test_a_fan_gets_the_ends_then_halves_after_the_place_that_was_asked_for() -> None:
    desk = Desk(n_points=9, morph=0.3)
    work = desk.start()
    assert work.recipe.place == (0.3, 0.0)
    desk.finish(work)
    works = desk.fill()
    assert places(works) == list(PATH)
    assert [point for point, _ in PATH] == [0.0, 1.0, 0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875]
    assert {work.recipe.family for work in works} == {work.recipe.family}


def test_points_are_told_to_an_audio_process_that_has_the_fan_and_come_with_it_otherwise() -> None:
    desk = Desk(n_points=3)
    work = desk.start()
    desk.finish(work)  # cued
    point = desk.the_work()
    assert desk.finish(point) == [AddPoint(1, work.ticket, point.slot, (1.0, 0.0))]
    desk.enter()
    point = desk.the_work()
    assert desk.finish(point) == [AddPoint(1, work.ticket, point.slot, (0.5, 0.0))]
    desk.change(auto=0)
    later = desk.render(seed_a=5)
    assert desk.finish(later) == [Cue(1, later.slot)]  # it waits, and may be listened to
    points = desk.fill()
    assert places(points) == [(0.5, 0.0)]  # seed_b's end is in the bank
    (enter,) = desk.do(desk.chooser.go)
    assert {place: slot for slot, place in enter.points} == {
        (0.0, 0.0): later.slot,
        (1.0, 0.0): desk.slots.find(later.recipe.at((1.0, 0.0))),
        (0.5, 0.0): points[0].slot,
    }


def test_all_points_have_the_level_of_the_first() -> None:
    desk = Desk(n_points=9)
    desk.finish(desk.start(), gain_db=-3.25)
    assert {work.recipe.gain_db for work in desk.fill()} == {-3.25}


def test_a_point_at_another_level_is_rendered_again() -> None:
    """What is in the bank of another fan stays out of this one, or `morph` would change the level."""
    desk = Desk(n_points=2)
    desk.finish(desk.start(), gain_db=-3.0)
    desk.fill()
    desk.change(seed_a=5)
    desk.wait(REST_S)
    desk.finish(desk.the_work(), gain_db=2.0)
    (point,) = desk.fill()
    assert (point.recipe.place, point.recipe.gain_db) == ((1.0, 0.0), 2.0)


@pytest.mark.parametrize("morph_y", [0.0, 0.5])
def test_seeds_that_are_all_equal_have_no_path(morph_y: float) -> None:
    desk = Desk(n_points=9, seed_a=7, seed_b=7, seed_c=7, seed_d=7, morph_y=morph_y)
    desk.finish(desk.start())
    assert not desk.fill()
    desk.change(morph=0.3)
    desk.wait(10.0)
    assert not desk.fill()


def test_a_pad_has_three_by_three_points_corners_first() -> None:
    desk = Desk(n_points=9, morph_y=0.5, morph=0.5)
    desk.finish(desk.start())
    assert places(desk.fill()) == [place for place in PAD if place != (0.5, 0.5)]
    assert sorted(PAD) == [(x, y) for x in (0.0, 0.5, 1.0) for y in (0.0, 0.5, 1.0)]
    assert set(PAD[:4]) == {(x, y) for x in (0.0, 1.0) for y in (0.0, 1.0)}


def test_a_path_becomes_a_pad_once_it_is_played_as_one() -> None:
    desk = Desk(n_points=9)
    first = desk.play()
    desk.fill()
    desk.change(morph_y=1.0)
    assert set(places(desk.fill())) == set(PAD) - set(PATH)
    assert len(only(Enter, desk.log)) == 1  # the one that sounds has them
    assert desk.chooser.sounding is not None
    assert desk.chooser.sounding.number == first.ticket


def test_equal_seeds_of_a_path_may_be_different_on_the_pad() -> None:
    desk = Desk(n_points=9, seed_a=7, seed_b=7)
    desk.play()
    assert not desk.fill()
    desk.change(morph_y=1.0)
    assert desk.fill()


def test_points_are_only_rendered_of_the_family_that_is_wanted() -> None:
    desk = Desk(n_points=9)
    desk.play()
    desk.finish(desk.the_work())
    desk.change(prompt="acid")
    assert desk.work() is None
    desk.wait(REST_S)
    first = desk.the_work()
    desk.finish(first)
    assert {work.recipe.family for work in desk.fill()} == {first.recipe.family}


def test_a_sweep_of_morph_renders_no_first_point() -> None:
    desk = Desk(n_points=9)
    desk.play()
    desk.fill()
    for i in range(1000):
        desk.now += 0.005
        assert not desk.change(morph=i % 1000 / 1000, morph_y=i % 2 / 1000)
        assert desk.chooser.first_due_at() is None
    assert len(only(Enter, desk.log)) == 1


def test_the_exact_place_is_rendered_after_a_bar_of_rest() -> None:
    desk = Desk(n_points=9)
    first = desk.play()
    desk.fill()
    desk.change(morph=0.2)
    desk.wait(BAR_S / 2)
    desk.change(morph=0.3)
    desk.wait(BAR_S - 0.01)
    assert desk.work() is None
    assert desk.chooser.point_due_at() == pytest.approx(desk.now + 0.01)
    desk.wait(0.02)
    work = desk.the_work()
    assert (work.recipe.place, work.recipe.gain_db) == ((0.3, 0.0), GAIN_DB)
    assert desk.finish(work) == [AddPoint(1, first.ticket, work.slot, (0.3, 0.0))]
    assert desk.work() is None


def test_the_exact_place_comes_before_what_the_fan_still_lacks() -> None:
    desk = Desk(n_points=9)
    desk.play()
    desk.change(morph=0.3)
    assert desk.the_work().recipe.place == (1.0, 0.0)
    desk = Desk(n_points=9)
    desk.play()
    desk.change(morph=0.3)
    desk.wait(BAR_S)
    assert places(desk.fill())[0] == (0.3, 0.0)


def test_the_oldest_exact_place_gives_way() -> None:
    desk = Desk(n_points=9)
    first = desk.play()
    desk.fill()
    works = []
    for morph in (0.11, 0.22, 0.33, 0.44, 0.55):
        desk.change(morph=morph)
        desk.wait(BAR_S)
        works += desk.fill()
    assert places(works) == [(morph, 0.0) for morph in (0.11, 0.22, 0.33, 0.44, 0.55)]
    assert only(DropPoint, desk.log) == [DropPoint(1, first.ticket, work.slot) for work in works[:2]]
    assert MOST_EXACT == 3
    held = {place for place, _ in desk.sound.fan[1]}  # type: ignore[index]
    assert held == {*PATH, *places(works[2:])} == set(desk.chooser.view(desk.now).places)


def test_points_in_the_bank_are_adopted_without_rendering() -> None:
    desk = Desk(n_points=9)
    desk.play()
    works = desk.fill()
    desk.play_next(prompt="acid")
    (enter, *points) = desk.change(prompt="")
    assert isinstance(enter, Enter)
    assert {(point.slot, point.place) for point in only(AddPoint, points)} | set(enter.points) >= {
        (work.slot, work.recipe.place) for work in works
    }
    assert not desk.fill()


def test_a_family_in_the_bank_is_reused_at_the_place_nearest_to_the_one_that_is_wanted() -> None:
    desk = Desk(n_points=9)
    desk.play()
    desk.fill()
    desk.play_next(prompt="acid")
    desk.change(morph=0.76)
    (enter, *_) = desk.change(prompt="")
    assert enter.points[0][1] == (0.75, 0.0)


def test_an_end_of_another_path_does_not_enter_for_the_middle_of_this_one() -> None:
    """It would enter as something that nobody asked for, and be replaced beside any boundary."""
    desk = Desk(n_points=9, morph=0.5)
    desk.play()
    desk.fill()
    assert not only(Enter, desk.change(seed_b=99))
    desk.wait(REST_S)
    assert desk.the_work().recipe.place == (0.5, 0.0)


def test_what_sounds_may_be_of_the_family_that_is_wanted_too() -> None:
    """Between two points of the path, an unheard corner of the pad is set."""
    desk = Desk(n_points=9)
    desk.play()
    desk.fill()
    desk.change(morph=0.51)
    desk.change(seed_c=99)
    desk.wait(REST_S)
    assert desk.chooser.first_due_at() is None
    assert {work.recipe.place for work in desk.fill()} <= {(0.51, 0.0)}


def test_going_back_to_what_sounds_does_not_wait_for_its_point_that_is_being_rendered() -> None:
    desk = Desk(n_points=9)
    desk.play()
    point = desk.the_work()
    other = desk.render(prompt="acid")
    desk.finish(other)
    assert desk.state == "cued"
    assert desk.change(prompt="") == [Cancel(1)]
    assert only(AddPoint, desk.finish(point))


def test_a_fan_that_was_overtaken_gets_no_point_more() -> None:
    desk = Desk(n_points=9, auto=0)
    desk.play()
    desk.fill()
    desk.finish(desk.render(prompt="dub"))
    late = desk.the_work()  # of the fan that is ready
    newest = desk.render(prompt="acid")
    desk.finish(newest)
    assert not desk.finish(late)
    assert [enter.points for enter in desk.do(desk.chooser.go)] == [((newest.slot, (0.0, 0.0)),)]


def test_a_point_that_comes_after_its_fan_is_left_stays_in_the_bank_for_later() -> None:
    desk = Desk(n_points=2)
    desk.play()
    point = desk.the_work()
    desk.play_next(prompt="acid")
    assert not only(AddPoint, desk.finish(point))
    (enter, *points) = desk.change(prompt="")
    assert {slot for slot, _ in enter.points} | {action.slot for action in points} >= {point.slot}


def test_points_that_came_while_a_fan_was_cancelled_are_told_when_it_entered_all_the_same() -> None:
    desk = Desk(n_points=9)
    desk.play()
    desk.fill()
    work = desk.render(prompt="acid")
    desk.finish(work)
    desk.sound.boundary()
    desk.change(hold=1)
    point = desk.the_work()
    assert not only(AddPoint, desk.finish(point))  # the fan waits, as far as we know
    assert desk.hear() == [AddPoint(1, work.ticket, point.slot, (1.0, 0.0)), Cue(1, -1)]


def test_a_tempo_that_moves_leaves_the_fan_as_it_is_until_the_new_one_is_there() -> None:
    desk = Desk(n_points=9)
    first = desk.play()
    point = desk.the_work()
    desk.change(bpm=132.0)
    assert desk.finish(point) == [AddPoint(1, first.ticket, point.slot, (1.0, 0.0))]
    assert desk.work() is None
    desk.wait(240 / 132)
    anew = desk.the_work()
    assert (anew.recipe.bpm, anew.recipe.place) == (132.0, (0.0, 0.0))
    assert only(Enter, desk.finish(anew)) == [entry(anew)]
    assert {work.recipe.bpm for work in desk.fill()} == {132.0}


@pytest.mark.parametrize("n_units", [12, 24, 64, 120, 256])
def test_no_fan_has_more_points_than_leave_room_for_the_other_three(n_units: int) -> None:
    desk = Desk(n_units=n_units, n_points=9)
    desk.play()
    rng = random.Random(n_units)
    for _ in range(25):
        desk.change(morph=rng.randrange(101) / 100, morph_y=rng.choice([0.0, rng.randrange(101) / 100]))
        desk.wait(BAR_S)
        desk.fill()
        desk.sound.fade_ends()
        desk.hear()
        assert desk.sound.fan is not None
        assert len(desk.sound.fan[1]) <= desk.slots.most_points(desk.chooser.wanted)
        assert {slot for _, slot in desk.sound.fan[1]} == desk.chooser.sounding.slots  # type: ignore[union-attr]


# Auto, go and hold


def test_auto_off_waits_for_go() -> None:
    desk = Desk()
    desk.play()
    desk.change(auto=0)
    work = desk.render(seed_a=5)
    assert not only(Enter, desk.finish(work))
    assert desk.state == "ready"
    assert only(Enter, desk.do(desk.chooser.go)) == [entry(work)]
    desk.enter()
    later = desk.render(seed_a=6)
    assert not only(Enter, desk.finish(later))


def test_the_first_loop_enters_with_auto_off() -> None:
    desk = Desk(auto=0)
    work = desk.start()
    assert only(Enter, desk.finish(work))


def test_go_before_it_is_ready_lets_exactly_that_one_in() -> None:
    desk = Desk(auto=0)
    desk.play()
    work = desk.render(seed_a=5)
    assert not desk.do(desk.chooser.go)
    desk.change(seed_a=6)
    assert only(Enter, desk.finish(work)) == [entry(work)]
    desk.enter()
    desk.wait(REST_S)
    assert not only(Enter, desk.finish(desk.the_work()))


def test_go_with_nothing_to_drop_says_so() -> None:
    desk = Desk(auto=0)
    desk.play()
    (report,) = desk.do(desk.chooser.go)
    assert (report.deck, report.name, report.code) == (1, "go", "nothing-ready")


def test_auto_turned_off_holds_what_was_cued_and_on_sends_it() -> None:
    desk = Desk()
    desk.play()
    work = desk.render(seed_a=5)
    desk.finish(work)
    assert desk.change(auto=0) == [Cancel(1)]
    assert desk.state == "ready"
    assert desk.change(auto=1) == [entry(work)]


def test_hold_keeps_what_is_ready_until_it_is_released() -> None:
    desk = Desk()
    first = desk.play()
    desk.change(hold=1)
    work = desk.render(prompt="dub")
    assert not only(Enter, desk.finish(work))
    assert desk.state == "ready"
    assert desk.sounding == first.slot
    newest = desk.render(prompt="dub techno")
    assert not only(Enter, desk.finish(newest))
    assert desk.change(hold=0) == [entry(newest)]


def test_hold_takes_back_what_was_about_to_enter_and_lets_it_in_afterwards() -> None:
    desk = Desk(auto=0)
    desk.play()
    work = desk.render(prompt="dub")
    desk.finish(work)
    assert only(Enter, desk.do(desk.chooser.go))
    assert desk.change(hold=1) == [Cancel(1)]
    assert not only(Enter, desk.do(desk.chooser.go))
    assert desk.change(hold=0) == [entry(work)]


def test_hold_with_something_newer_ready_lets_that_in_afterwards() -> None:
    """What was about to enter was forgotten, and nothing entered at all."""
    desk = Desk(auto=0)
    desk.play()
    desk.finish(desk.render(prompt="dub"))
    desk.do(desk.chooser.go)
    newest = desk.render(prompt="acid")
    desk.finish(newest)
    assert desk.change(hold=1) == [Cancel(1)]
    assert desk.change(hold=0) == [entry(newest)]


def test_hold_does_not_stop_the_fan_from_growing() -> None:
    desk = Desk(n_points=9)
    first = desk.play()
    desk.change(hold=1)
    desk.fill()
    assert {point.fan for point in only(AddPoint, desk.log)} == {first.ticket}
    assert len(desk.chooser.view(desk.now).places) == len(PATH)


def test_roll_moves_the_end_that_is_farther_from_morph() -> None:
    desk = Desk()
    (assign,) = desk.do(desk.chooser.roll)
    assert (assign.deck, assign.name) == (1, "seed_b")
    desk.change(morph=0.8)
    (assign,) = desk.do(desk.chooser.roll)
    assert assign.name == "seed_a"
    assert 0 <= assign.value <= 999_999
    one, other = (Chooser(1, Slots(6), DEFAULTS, random.Random(1)).roll(0.0) for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    ("place", "corner"),
    [((0.1, 0.1), "seed_d"), ((0.9, 0.1), "seed_c"), ((0.1, 0.9), "seed_b"), ((0.9, 1.0), "seed_a")],
)
def test_roll_moves_the_corner_opposite_on_the_pad(place: tuple[float, float], corner: str) -> None:
    desk = Desk(morph=place[0], morph_y=place[1])
    (assign,) = desk.do(desk.chooser.roll)
    assert assign.name == corner


# Failures


def test_a_failed_render_keeps_the_loop_and_is_tried_again_without_spinning() -> None:
    desk = Desk()
    first = desk.play()
    work = desk.render(prompt="nan")
    for pause_s in RETRY_PAUSES_S:
        actions = desk.do(desk.chooser.failed, work.ticket, "not-finite", "3 samples")
        assert actions == [Free(work.slot), Report(1, "", "not-finite", "3 samples")]
        assert desk.chooser.first_due_at() == desk.now + pause_s
        desk.wait(pause_s - 0.01)
        assert desk.work() is None
        desk.wait(0.02)
        work = desk.the_work()
    desk.do(desk.chooser.failed, work.ticket, "not-finite", "3 samples")
    assert [report.code for report in only(Report, desk.log)] == ["not-finite"] * 3 + ["gave-up"]
    assert desk.chooser.first_due_at() is None
    desk.wait(1e6)
    assert desk.work() is None
    assert desk.sounding == first.slot
    assert desk.render(prompt="fine").recipe.prompt == "fine"


def test_what_the_checkpoint_cannot_do_is_told_once_and_the_loop_plays_on() -> None:
    desk = Desk()
    first = desk.play()
    work = desk.render(key="A minor")
    actions = desk.do(desk.chooser.refused, work.ticket, "key", "key must be off")
    assert actions == [Free(work.slot), Report(1, "key", "refused", "key must be off")]
    desk.wait(1e6)
    assert desk.work() is None
    assert desk.sounding == first.slot
    assert desk.state == "none"
    desk.change(key="off")  # what plays is what is wanted again
    desk.wait(10.0)
    assert desk.work() is None
    assert desk.render(prompt="fine").recipe.key == "off"


def test_an_old_refusal_does_not_stop_the_newer_wish() -> None:
    desk = Desk()
    desk.play()
    work = desk.render(key="A minor")
    desk.change(key="off", prompt="acid")
    desk.wait(REST_S)
    desk.do(desk.chooser.refused, work.ticket, "key", "key must be off")
    assert desk.the_work().recipe.prompt == "acid"


@pytest.mark.parametrize("how", ["failed", "refused"])
def test_a_point_that_can_not_be_rendered_is_given_up_and_the_others_are_not(how: str) -> None:
    desk = Desk(n_points=3)
    desk.play()
    work = desk.the_work()
    desk.do(getattr(desk.chooser, how), work.ticket, "key", "no")
    assert places(desk.fill()) == [(0.5, 0.0)]
    assert desk.chooser.point_due_at() is None
    desk.change(morph=0.3)
    desk.wait(BAR_S)
    exact = desk.the_work()
    desk.do(getattr(desk.chooser, how), exact.ticket, "key", "no")
    assert desk.chooser.point_due_at() is None
    desk.change(morph=0.4)
    desk.wait(BAR_S)
    assert desk.the_work().recipe.place == (0.4, 0.0)


def test_a_lost_generator_gives_its_slot_back_and_the_work_is_asked_again() -> None:
    desk = Desk()
    desk.play()
    work = desk.render(seed_a=5)
    assert desk.do(desk.chooser.generator_lost) == [Free(work.slot)]
    assert work.slot not in desk.slots
    desk.wait(RETRY_PAUSES_S[0])
    again = desk.the_work()
    assert again.recipe == work.recipe
    assert again.ticket != work.ticket
    assert not desk.chooser.has_work(work.ticket)
    assert only(Enter, desk.finish(again)) == [entry(again)]


def test_a_lost_audio_process_gets_the_sounding_fan_back_first() -> None:
    desk = Desk(n_points=2)
    first = desk.play()
    desk.fill()
    desk.finish(desk.render(seed_a=5))
    desk.sound = type(desk.sound)()
    desk.slots.audio_lost()
    desk.do(desk.chooser.audio_lost)
    assert not desk.wait(5.0)
    (enter,) = desk.do(desk.chooser.audio_is_up)
    assert enter.fan == first.ticket
    assert {place for _, place in enter.points} == {(0.0, 0.0), (1.0, 0.0)}
    (later,) = only(Enter, desk.enter())
    assert {place for _, place in later.points} >= {(0.0, 0.0)}
    desk.enter()
    assert desk.chooser.sounding is not None
    assert desk.chooser.sounding.recipe.seed_a == 5


def test_points_on_their_way_while_the_audio_process_restarts_are_in_the_fan_that_resumes() -> None:
    desk = Desk(n_points=2)
    desk.play()
    point = desk.the_work()
    desk.sound = type(desk.sound)()
    desk.slots.audio_lost()
    desk.do(desk.chooser.audio_lost)
    assert not desk.finish(point)
    (enter,) = desk.do(desk.chooser.audio_is_up)
    assert point.slot in {slot for slot, _ in enter.points}


def test_an_audio_process_lost_before_the_first_entry_gets_that_loop() -> None:
    desk = Desk()
    work = desk.start()
    desk.finish(work)
    desk.slots.audio_lost()
    desk.do(desk.chooser.audio_lost)
    assert only(Enter, desk.do(desk.chooser.audio_is_up)) == [entry(work)]


def test_going_back_while_there_is_no_audio_process_resumes_what_sounded_once() -> None:
    desk = Desk()
    desk.play()
    desk.slots.audio_lost()
    desk.do(desk.chooser.audio_lost)
    desk.finish(desk.render(prompt="acid"))
    desk.change(prompt="")
    assert len(only(Enter, desk.do(desk.chooser.audio_is_up))) == 1
    assert not only(Enter, desk.enter())


# Undo


def values_of(actions: list[object]) -> dict[str, object]:
    return {action.name: action.value for action in actions if isinstance(action, Assign)}


def test_undo_goes_back_loop_by_loop_with_the_settings_of_each() -> None:
    desk = Desk()
    works = [desk.play()]
    for prompt, key in (("dub", 0), ("dub", 3), ("acid", 3)):
        works.append(desk.play_next(prompt=prompt, key=key))
    for before, values in zip(works[-2::-1], ({"prompt": "dub"}, {"key": 0}, {"prompt": ""}), strict=True):
        actions = desk.do(desk.chooser.undo)
        assert values_of(actions) == values
        assert [enter.points[0][0] for enter in only(Enter, actions)] == [before.slot]
        desk.enter()
        assert desk.work() is None
    (report,) = only(Report, desk.do(desk.chooser.undo))
    assert report.code == "nothing-to-undo"


def test_undo_is_let_in_without_auto_and_keeps_the_tempo() -> None:
    """The loop is there at the old tempo: it enters at once, bent, and once more when it is rendered anew."""
    desk = Desk(auto=0)
    first = desk.play()
    desk.finish(desk.render(prompt="dub"))
    desk.do(desk.chooser.go)
    desk.enter()
    desk.change(bpm=140.0)
    actions = desk.do(desk.chooser.undo)
    assert values_of(actions) == {"prompt": ""}
    (enter,) = only(Enter, actions)
    assert enter.points == ((first.slot, (0.0, 0.0)),)
    desk.enter()
    desk.wait(240 / 140)
    again = desk.the_work()
    assert (again.recipe.bpm, again.recipe.prompt) == (140.0, "")
    assert only(Enter, desk.finish(again)) == [entry(again)]
    desk.enter()
    desk.wait(10.0)
    assert desk.work() is None
    assert len(only(Enter, desk.log)) == 4
    assert desk.state == "none"


def test_undo_of_what_is_not_in_the_bank_renders_it() -> None:
    desk = Desk(n_units=6)  # two loops
    desk.play()
    desk.play_next(prompt="dub")
    desk.play_next(prompt="acid")
    desk.do(desk.chooser.undo)
    desk.enter()
    desk.do(desk.chooser.undo)
    desk.wait(REST_S)
    work = desk.the_work()
    assert work.recipe.prompt == ""
    desk.finish(work)
    desk.enter()
    assert only(Report, desk.do(desk.chooser.undo))


def test_two_undos_at_once_go_back_two_loops_and_the_first_of_them_is_not_the_next() -> None:
    """The one in between entered while the other was rendered, and the loop that it undid was remembered."""
    desk = Desk(n_units=6)  # two loops
    desk.play()
    for prompt in ("two", "three", "four"):
        desk.play_next(prompt=prompt)
    assert desk.chooser.sounding is not None
    desk.do(desk.chooser.undo)
    desk.do(desk.chooser.undo)
    desk.enter()
    desk.wait(REST_S)
    desk.finish(desk.the_work())
    desk.enter()
    assert desk.chooser.sounding.recipe.prompt == "two"
    assert values_of(desk.do(desk.chooser.undo)) == {"prompt": ""}


def test_an_undo_that_the_performer_overtook_is_forgotten() -> None:
    desk = Desk()
    desk.play()
    desk.play_next(prompt="dub")
    desk.do(desk.chooser.undo)
    desk.change(prompt="dub")  # before it entered
    desk.play_next(prompt="acid")
    desk.change(prompt="")
    desk.enter()
    assert values_of(desk.do(desk.chooser.undo)) == {"prompt": "acid"}


def test_undo_brings_morph_back_to_where_it_was_left() -> None:
    desk = Desk()
    desk.play()
    desk.change(morph=0.25)
    desk.do(desk.chooser.take, {"prompt": "dub", "morph": 0.75})
    desk.wait(REST_S)
    desk.finish(desk.the_work())
    desk.enter()
    assert values_of(desk.do(desk.chooser.undo)) == {"prompt": "", "morph": 0.25}


def test_a_tempo_alone_is_nothing_to_undo() -> None:
    desk = Desk()
    desk.play()
    desk.finish(desk.render(bpm=140.0, seconds=240 / 140))
    desk.enter()
    assert only(Report, desk.do(desk.chooser.undo))


def test_undo_remembers_sixteen_loops() -> None:
    desk = Desk(n_units=15)
    desk.play()
    for seed in range(20):
        desk.play_next(seed_a=100 + seed)
    undone = 0
    while not only(Report, actions := desk.do(desk.chooser.undo)):
        undone += 1
        assert values_of(actions) == {"seed_a": 119 - undone}
        desk.wait(REST_S)
        desk.fill()
        desk.enter()
    assert undone == UNDO_DEPTH == 16


# Room


def test_with_every_slot_in_use_a_render_waits() -> None:
    desk = Desk(n_units=15)
    desk.play()
    for seed in range(10, 14):  # each sent to the audio process, none released
        desk.finish(desk.render(seed_a=seed))
    desk.change(seed_a=20)
    desk.wait(10.0)
    assert desk.work() is None
    desk.sound.fade_ends()
    desk.hear()
    assert desk.the_work().recipe.seed_a == 20


def test_what_waits_for_go_gives_way_when_there_is_no_other_room() -> None:
    desk = Desk(n_units=6, auto=0)
    desk.play()
    desk.finish(desk.render(prompt="dub"))
    assert desk.state == "ready"
    desk.change(prompt="acid")
    desk.wait(REST_S)
    assert desk.work() is None
    assert desk.chooser.make_room()
    desk.let_go()
    newest = desk.the_work()
    desk.finish(newest)
    assert desk.do(desk.chooser.go) == [entry(newest)]


def test_what_gave_way_is_rendered_again_when_it_is_wanted_again() -> None:
    desk = Desk(n_units=6, auto=0)
    desk.play()
    desk.finish(desk.render(prompt="dub"))
    desk.change(prompt="acid")
    desk.wait(REST_S)
    assert desk.chooser.make_room()
    desk.let_go()
    desk.the_work()
    desk.change(prompt="dub")
    desk.wait(REST_S)
    assert desk.chooser.first_due_at() is not None


def test_what_is_wanted_does_not_give_way() -> None:
    desk = Desk(n_units=6, auto=0)
    desk.play()
    desk.finish(desk.render(prompt="dub"))
    assert not desk.chooser.make_room()
