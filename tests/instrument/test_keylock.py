"""Keylock: a new tempo brings what is heard there with its pitch kept, until it is rendered anew."""

from __future__ import annotations

from instrument.actions import AddPoint, DropPoint, Render, Stretch
from instrument.chooser import REST_S
from tests.instrument.desk import BAR_S, Desk

KEYLOCK = 1


def stretched(desk: Desk) -> Stretch:
    """The work that the engine would give out now."""
    due_at = desk.chooser.stretch_due_at()
    assert due_at is not None
    assert due_at <= desk.now
    slot = desk.slots.place(desk.slots.units_of(desk.chooser.wanted), desk.chooser.wanted)
    assert slot is not None
    return desk.chooser.start_stretch(slot, desk.slots.next_ticket(), desk.now)


def locked() -> tuple[Desk, Render]:
    desk = Desk(stretch=KEYLOCK)
    return desk, desk.play()


def test_what_is_heard_is_stretched_once_the_tempo_rests_and_takes_its_own_place() -> None:
    desk, first = locked()
    desk.change(bpm=130.0)
    assert desk.chooser.stretch_due_at() == desk.now + REST_S
    desk.wait(REST_S)
    work = stretched(desk)
    assert (work.source, work.bpm_centi) == (first.slot, 13_000)
    actions = desk.do(desk.chooser.stretched, work.ticket)
    assert [type(action) for action in actions] == [AddPoint, DropPoint]
    assert desk.sounding == work.slot
    assert desk.chooser.stretch_due_at() is None
    view = desk.chooser.view(desk.now)
    assert view.sounding is not None
    assert view.sounding.bpm == 125.0  # it is still that loop
    desk.wait(BAR_S)  # then it is rendered anew, and enters as any loop
    new = desk.the_work()
    assert new.recipe.bpm == 130.0
    desk.finish(new)
    desk.enter()
    assert desk.sounding == new.slot
    assert desk.chooser.stretch_due_at() is None


def test_every_further_tempo_is_made_from_the_loop_as_it_was_rendered() -> None:
    desk, first = locked()
    for bpm in (127.0, 129.0, 131.0):
        desk.change(bpm=bpm)
        desk.wait(REST_S)
        work = stretched(desk)
        assert work.source == first.slot
        desk.do(desk.chooser.stretched, work.ticket)
        desk.sound.fade_ends()
        desk.hear()
    kept = sum(desk.slots[slot].is_out for slot in desk.slots)
    assert kept == 1  # the ones before have been given back
    assert first.slot in desk.chooser.sounding.slots  # type: ignore[union-attr]


def test_back_at_its_own_tempo_or_without_keylock_the_loop_itself_sounds() -> None:
    for back in ({"bpm": 125.0}, {"stretch": 0}):
        desk, first = locked()
        desk.change(bpm=128.0)
        desk.wait(REST_S)
        desk.do(desk.chooser.stretched, stretched(desk).ticket)
        desk.change(**back)
        assert desk.sounding == first.slot
        assert desk.chooser.stretch_due_at() is None


def test_nothing_is_stretched_without_keylock_or_further_than_sounds_good() -> None:
    desk = Desk()
    desk.play()
    desk.change(bpm=130.0)
    assert desk.chooser.stretch_due_at() is None
    desk, _ = locked()
    desk.change(bpm=62.0)
    assert desk.chooser.stretch_due_at() is None


def test_a_stretch_that_fails_is_told_and_not_tried_again_at_this_tempo() -> None:
    desk, first = locked()
    desk.change(bpm=130.0)
    desk.wait(REST_S)
    work = stretched(desk)
    actions = desk.do(desk.chooser.failed, work.ticket, "stretch", "no")
    assert any(getattr(action, "code", "") == "stretch" for action in actions)
    assert desk.sounding == first.slot
    assert desk.chooser.stretch_due_at() is None
    desk.change(bpm=131.0)
    assert desk.chooser.stretch_due_at() is not None


def test_a_stretch_of_what_sounds_no_more_is_thrown_away() -> None:
    desk, _ = locked()
    desk.change(bpm=130.0)
    desk.wait(REST_S)
    work = stretched(desk)
    desk.chooser._work.pop(work.ticket)
    pending = desk.chooser
    desk.wait(BAR_S)
    new = desk.the_work()
    desk.finish(new)
    desk.enter()
    assert desk.sounding == new.slot
    assert pending.stretch_due_at() is None
