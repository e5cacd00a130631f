"""The laws of both decks' decisions together, with a clock that the test turns."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from instrument.actions import (
    Abandon,
    Action,
    AddPoint,
    Assign,
    Cancel,
    Cue,
    DropPoint,
    Enter,
    Free,
    Render,
    Report,
    Stretch,
)
from instrument.chooser import PATH, REST_S, RETRY_PAUSES_S, Fan
from instrument.engine import FEWER, FILL_S, Engine
from instrument.params import DECKS, SHELF_PLACES
from instrument.recipe import GENERATIVE, Recipe
from tests.instrument.desk import BAR_S, DEFAULTS, Sound, made, only

GLOBAL = {name for name, spec in GENERATIVE.items() if spec.scope == "global"} | {"auto"}


class Desks:
    """An engine with a clock, a generator that does as the test says, and an audio process that hears at once."""

    def __init__(self, n_units: int = 256, second: dict[str, Any] | None = None, **values: Any) -> None:
        """values: of both decks; second: what deck 2 has besides."""
        decks = {1: DEFAULTS | values, 2: DEFAULTS | values | (second or {})}
        self.engine = Engine(n_units, decks, random.Random(1))
        self.sounds = {deck: Sound() for deck in DECKS}
        self.now = 100.0
        self.log: list[Action] = []

    def do(self, method: Callable[..., list[Action]], *args: Any) -> list[Action]:
        """Call it, and let the engine go on as the console does after whatever happened."""
        actions = [*method(*args, self.now), *self.engine.advance(self.now)]
        self.log += actions
        for action in actions:
            if isinstance(action, Enter | AddPoint | DropPoint | Cue | Cancel):
                self.sounds[action.deck].take(action)
        return actions

    def wait(self, seconds: float) -> list[Action]:
        self.now += seconds
        return self.do(self.engine.advance)

    def change(self, deck: int, **values: Any) -> list[Action]:
        """A deck's parameters, and global ones for both."""
        return [
            action
            for name, value in values.items()
            for number in (DECKS if name in GLOBAL else (deck,))
            for action in self.do(self.engine.decks[number].change, name, value)
        ]

    def start(self) -> Render:
        """Both processes are up, and the first work is given out."""
        self.do(self.engine.audio_is_up)
        self.do(self.engine.generator_loaded, "clicks")
        return self.ask()

    def ask(self) -> Render:
        (work,) = only(Render, self.do(self.engine.generator_asks))
        assert isinstance(work, Render)
        return work

    def finish(self, work: Render, seconds: float = 0.1, asks: bool = True) -> list[Action]:
        actions = self.do(self.engine.rendered, work.ticket, made(work), seconds)
        return actions + (self.do(self.engine.generator_asks) if asks else [])

    def enter(self, deck: int) -> list[Action]:
        """The boundary comes, and what it ends is released."""
        sound = self.sounds[deck]
        sound.boundary()
        sound.fade_ends()
        actions = []
        while sound.said:
            what, number = sound.said.popleft()
            actions += self.do(getattr(self.engine.decks[deck], what), number)
        return actions

    def run(self, actions: list[Action], seconds: float = 0.1) -> list[Render]:
        """Render all that is due now, from the work among these actions on; what is pending enters."""
        works = []
        while renders := only(Render, actions):
            (work,) = renders
            works.append(work)
            actions = self.finish(work, seconds)
            for deck in DECKS:
                if self.sounds[deck].pending is not None:
                    actions += self.enter(deck)
        return works

    def play(self) -> list[Render]:
        """Both decks sound, and all is rendered."""
        return self.run([self.start()])


# Whose turn it is


def test_a_deck_with_the_same_settings_plays_the_same_loops_without_a_render() -> None:
    desks = Desks()
    works = desks.play()
    assert [work.recipe.place for work in works] == list(PATH)
    one, other = (desks.sounds[deck].fan for deck in DECKS)
    assert one is not None
    assert other is not None
    assert set(one[1]) == set(other[1])


def test_a_copy_enters_at_once_without_a_render() -> None:
    desks = Desks(second={"prompt": "acid", "seed_a": 5, "seed_b": 6})
    desks.play()
    values = {name: desks.engine.decks[1].values[name] for name in GENERATIVE}
    actions = desks.do(desks.engine.decks[2].take, values)
    assert not only(Render, actions)
    (enter,) = only(Enter, actions)
    points = {(place, slot) for slot, place in enter.points}
    points |= {(point.place, point.slot) for point in only(AddPoint, actions)}
    assert desks.sounds[1].fan is not None
    assert points == set(desks.sounds[1].fan[1])


def test_a_copy_of_a_loop_between_the_points_enters_at_once_too() -> None:
    desks = Desks(second={"prompt": "acid"}, morph=0.3)
    work = desks.start()
    desks.finish(work)
    desks.change(1, morph=0.4)
    values = {name: desks.engine.decks[1].values[name] for name in GENERATIVE}
    (enter,) = only(Enter, desks.do(desks.engine.decks[2].take, values))
    assert enter.points == ((work.slot, (0.3, 0.0)),)


def test_first_points_come_before_further_ones() -> None:
    desks = Desks(second={"prompt": "acid"})
    work = desks.start()
    assert work.recipe.prompt == ""
    (second,) = only(Render, desks.finish(work))
    assert (second.recipe.prompt, second.recipe.place) == ("acid", (0.0, 0.0))
    (third,) = only(Render, desks.finish(second))
    assert (third.recipe.prompt, third.recipe.place) == ("", (1.0, 0.0))


@pytest.mark.parametrize(("crossfade", "prompt"), [(0.0, "one"), (0.5, "one"), (0.51, "two"), (1.0, "two")])
def test_the_deck_that_is_heard_more_comes_first(crossfade: float, prompt: str) -> None:
    desks = Desks()
    desks.play()
    desks.change(1, morph=0.3)
    (exact,) = only(Render, desks.wait(BAR_S))
    desks.finish(exact, asks=False)
    desks.engine.crossfade = crossfade
    desks.change(2, prompt="two")
    desks.change(1, prompt="one")
    desks.wait(REST_S)
    first = desks.ask()
    assert first.recipe.prompt == prompt
    (second,) = only(Render, desks.finish(first))
    assert {first.recipe.prompt, second.recipe.prompt} == {"one", "two"}
    assert all(work.recipe.prompt == prompt for work in only(Render, desks.finish(second)))


def test_no_backlog_while_the_generator_is_busy() -> None:
    desks = Desks()
    first = desks.start()
    for seed in range(10, 20):
        desks.change(1, seed_a=seed)
        desks.change(2, seed_a=seed)
        assert not only(Render, desks.wait(1.0))
    (work,) = only(Render, desks.finish(first))
    assert work.recipe.seed_a == 19


def test_a_further_point_is_abandoned_for_a_first_one_and_asked_for_again() -> None:
    desks = Desks()
    (point,) = only(Render, desks.finish(desks.start()))
    assert point.recipe.place == (1.0, 0.0)
    assert not only(Abandon, desks.change(2, prompt="acid"))
    assert desks.wait(REST_S) == [Abandon(point.ticket)]
    assert not desks.wait(1.0)  # once
    assert desks.engine.wakes_at() is None
    assert desks.do(desks.engine.abandoned, point.ticket) == [Free(point.slot)]
    first = desks.ask()
    assert (first.recipe.prompt, first.recipe.place) == ("acid", (0.0, 0.0))
    (again,) = only(Render, desks.finish(first))
    assert again.recipe == point.recipe
    assert again.ticket != point.ticket


def test_a_point_that_was_finished_before_it_could_be_abandoned_counts() -> None:
    desks = Desks()
    (point,) = only(Render, desks.finish(desks.start()))
    desks.change(1, prompt="acid")
    desks.wait(REST_S)
    actions = desks.finish(point)
    assert {action.slot for action in only(AddPoint, actions)} == {point.slot}
    assert [work.recipe.prompt for work in only(Render, actions)] == ["acid"]


def test_a_first_point_is_never_abandoned() -> None:
    desks = Desks()
    first = desks.start()
    desks.change(1, prompt="acid")
    desks.change(2, prompt="dub")
    assert not desks.wait(100.0)
    assert desks.engine.wakes_at() is None
    assert not only(Abandon, desks.finish(first))


def test_no_point_is_abandoned_for_a_loop_that_finds_no_room_all_the_same() -> None:
    """It would be begun again at once, and abandoned again, for ever."""
    desks = Desks(n_units=12, auto=0)
    desks.run([desks.start()])
    for deck in DECKS:  # both decks have one that waits for `go`
        desks.change(deck, prompt=f"loop {deck}")
        desks.run(desks.wait(REST_S))
    n = len(desks.log)
    desks.change(1, n_bars=8)
    for _ in range(20):
        desks.run(desks.wait(1.0))
    assert not only(Abandon, desks.log[n:])


def test_undo_of_what_another_deck_has_needs_no_render() -> None:
    desks = Desks()
    desks.play()
    desks.change(1, prompt="acid")
    desks.run(desks.wait(REST_S))
    actions = desks.do(desks.engine.decks[1].undo)
    assert only(Assign, actions) == [Assign(1, "prompt", "")]
    (enter,) = only(Enter, actions)
    assert enter.deck == 1
    assert not only(Render, actions)


# Work and time


def test_a_lost_generator_s_work_is_asked_for_again_when_one_asks() -> None:
    desks = Desks()
    desks.play()
    desks.change(1, seed_a=5)
    (work,) = only(Render, desks.wait(REST_S))
    assert desks.do(desks.engine.generator_lost) == [Free(work.slot)]
    assert not desks.wait(30.0)  # nobody asks
    again = desks.ask()
    assert again.recipe == work.recipe
    assert again.ticket != work.ticket
    assert not desks.do(desks.engine.rendered, work.ticket, made(work), 0.1)  # late, from the old one
    assert only(Enter, desks.finish(again))


def test_a_failed_render_is_tried_again_without_spinning() -> None:
    desks = Desks()
    desks.play()
    desks.change(1, prompt="nan")
    (work,) = only(Render, desks.wait(REST_S))
    for pause_s in RETRY_PAUSES_S:
        actions = desks.do(desks.engine.failed, work.ticket, "not-finite", "3 samples")
        assert actions == [Free(work.slot), Report(1, "", "not-finite", "3 samples")]
        assert not desks.do(desks.engine.generator_asks)
        assert desks.engine.wakes_at() == desks.now + pause_s
        (work,) = only(Render, desks.wait(pause_s + 0.01))
    desks.do(desks.engine.failed, work.ticket, "not-finite", "3 samples")
    assert only(Report, desks.log)[-1].code == "gave-up"
    assert not desks.do(desks.engine.generator_asks)
    assert desks.engine.wakes_at() is None
    assert not desks.wait(1e6)


def test_a_loop_that_finds_no_room_does_not_spin() -> None:
    desks = Desks(n_units=12, auto=0)
    desks.play()
    desks.change(1, n_bars=8)  # more than the bank has beside what sounds
    desks.wait(10.0)
    assert desks.engine.wakes_at() is None


def test_all_that_is_due_wakes() -> None:
    desks = Desks()
    assert desks.engine.wakes_at() is None  # nobody asks
    desks.play()
    assert desks.engine.wakes_at() is None
    desks.change(1, morph=0.3)
    assert desks.engine.wakes_at() == pytest.approx(desks.now + BAR_S)
    desks.change(2, prompt="acid")
    assert desks.engine.wakes_at() == pytest.approx(desks.now + REST_S)


# Pace


def test_a_slow_machine_gets_fewer_points_and_says_so_once() -> None:
    desks = Desks()
    works = desks.run([desks.start()], seconds=5.0)
    (report,) = only(Report, desks.log)
    assert (report.code, report.name) == ("fan-points", "morph")
    assert "5 points now, instead of 9" in report.text
    assert len(works) == 5
    rng = random.Random(1)
    for seed in range(20):
        desks.change(1, seed_a=seed + 10)
        desks.run(desks.wait(REST_S), seconds=rng.uniform(4.0, 5.5))
    assert len(only(Report, desks.log)) == 1


def test_the_first_render_of_a_generator_says_nothing_of_the_pace() -> None:
    """It warms up. It was part of the mean, and a fast machine began with three points."""
    desks = Desks()
    desks.finish(desks.start(), seconds=60.0)
    desks.do(desks.engine.generator_lost)
    works = desks.run([desks.ask()], seconds=1.0)
    assert len(works) >= len(PATH) - 2
    desks.change(1, prompt="acid")
    desks.run(desks.wait(REST_S), seconds=1.0)
    assert not only(Report, desks.log)


def test_a_machine_that_is_fast_again_gets_its_points_back() -> None:
    """Nine would take longer than the limit for more; that was no reason to go on with one."""
    desks = Desks()
    desks.run([desks.start()], seconds=40.0)
    assert desks.engine.view(1, desks.now).places
    for seed in range(20):
        desks.change(1, seed_a=seed + 10)
        desks.run(desks.wait(REST_S), seconds=3.0)
    counts = [int(report.text.split(" has ")[1].split()[0]) for report in only(Report, desks.log)]
    assert counts[0] == 1
    assert counts == sorted(counts)
    assert counts[-1] == max(n for n in FEWER if n * 3.0 < 0.7 * FILL_S) == 5


# The shelf


def test_the_shelf_has_sixteen_places_and_brings_loops_back_with_their_settings() -> None:
    desks = Desks()
    desks.play()
    assert not desks.engine.keep(1, 3)
    desks.change(1, prompt="acid", density=0.5)
    desks.run(desks.wait(REST_S))
    assert not desks.engine.keep(1, SHELF_PLACES)
    actions = desks.do(desks.engine.play_kept, 1, 3)
    assert only(Assign, actions) == [Assign(1, "prompt", ""), Assign(1, "density", 0.0)]
    assert len(only(Enter, actions)) == 1
    assert not only(Render, actions)
    desks.enter(1)
    (assign, *_) = only(Assign, desks.do(desks.engine.play_kept, 2, SHELF_PLACES))
    assert assign == Assign(2, "prompt", "acid")


def test_what_is_kept_is_the_point_that_is_heard() -> None:
    desks = Desks()
    desks.play()
    desks.change(1, morph=0.77)
    desks.engine.keep(1, 1)
    assert desks.engine.loop_of(1) == (
        desks.engine.shelf[1].slot,
        desks.engine.slots[desks.engine.shelf[1].slot].made,
    )
    assert desks.engine.shelf[1].recipe.morph == 0.75
    desks.change(1, prompt="acid", morph=0.0)
    desks.run(desks.wait(REST_S))
    actions = desks.do(desks.engine.play_kept, 1, 1)
    assert Assign(1, "morph", 0.75) in actions
    (enter,) = only(Enter, actions)
    assert enter.points[0] == (desks.engine.shelf[1].slot, (0.75, 0.0))


def test_a_stretched_point_is_kept_as_it_was_rendered() -> None:
    desks = Desks(stretch=1)
    desks.play()
    rendered = desks.engine.loop_of(1)
    desks.change(1, bpm=130.0)
    (work,) = only(Stretch, desks.wait(REST_S))
    desks.do(desks.engine.stretched, work.ticket)
    stretched = desks.engine.loop_of(1)
    assert stretched is not None
    assert stretched[1].stretched_bpm == 130.0
    desks.engine.keep(1, 1)
    slot = desks.engine.shelf[1].slot
    assert (slot, desks.engine.slots[slot].made) == rendered


def test_a_loop_of_the_shelf_enters_bent_at_another_tempo_and_once_more_at_this_one() -> None:
    desks = Desks(second={"prompt": "dub"}, auto=0)
    desks.play()
    desks.engine.keep(1, 1)
    desks.change(1, prompt="acid")
    desks.run(desks.wait(REST_S))
    desks.do(desks.engine.decks[1].go)
    desks.enter(1)
    desks.change(1, bpm=140.0)
    desks.run(desks.wait(10.0))
    n = len(desks.log)
    actions = desks.do(desks.engine.play_kept, 1, 1)
    (enter,) = only(Enter, actions)
    assert enter.points == ((desks.engine.shelf[1].slot, (0.0, 0.0)),)
    desks.run([*actions, *desks.enter(1)])
    desks.run(desks.wait(10.0))
    assert len([action for action in only(Enter, desks.log[n:]) if action.deck == 1]) == 2
    sounding = desks.engine.view(1, desks.now).sounding
    assert sounding is not None
    assert (sounding.bpm, sounding.prompt) == (140.0, "")
    assert desks.engine.view(1, desks.now).state == "none"


def test_what_the_shelf_holds_is_never_overwritten() -> None:
    desks = Desks(n_units=36)
    desks.play()
    desks.engine.keep(1, 1)
    slot = desks.engine.shelf[1].slot
    for seed in range(30):
        desks.change(1, seed_a=100 + seed, seed_b=200 + seed)
        assert slot not in {work.slot for work in desks.run(desks.wait(REST_S))}
    assert desks.engine.slots[slot].recipe == desks.engine.shelf[1].recipe


def test_the_shelf_takes_a_third_of_the_memory_and_says_when_it_is_full() -> None:
    desks = Desks(n_units=36)
    desks.play()
    for place in range(1, 5):
        assert not desks.engine.keep(1, place)
        desks.change(1, seed_a=100 + place)
        desks.run(desks.wait(REST_S))
    (report,) = desks.engine.keep(1, 5)
    assert (report.deck, report.name, report.code) == (1, "shelf_keep", "shelf-full")
    assert "4 loops" in report.text
    assert 5 not in desks.engine.shelf
    assert not desks.engine.keep(1, 4)  # instead of what was there
    assert not desks.engine.keep(1, 16)  # the same loop in two places takes no more
    assert (
        sum(desks.engine.slots[slot].n_units for slot in {kept.slot for kept in desks.engine.shelf.values()})
        == 12
    )


def test_an_empty_place_and_a_silent_deck_are_told() -> None:
    desks = Desks()
    (report,) = desks.engine.keep(2, 1)
    assert (report.deck, report.name, report.code) == (2, "shelf_keep", "nothing-sounds")
    desks.play()
    (report,) = desks.do(desks.engine.play_kept, 2, 7)
    assert (report.deck, report.name, report.code) == (2, "shelf_play", "shelf-empty")
    assert "none" in report.text
    desks.engine.keep(1, 2)
    (report,) = desks.do(desks.engine.play_kept, 2, 7)
    assert report.text.endswith(": 2")


# Any order


class AnyOrder:
    """A performer, a generator and an audio process that do anything in any order, but for what can't be.

    What may be heard, or is kept, is never written; what is sent is finished, of one family and at one level; nothing
    spins.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.now = 0.0
        self.work: Render | None = None
        self.abandoned: set[int] = set()
        self.asks = False
        self.is_up = False
        self.sounds = {deck: Sound() for deck in DECKS}
        self.inboxes: dict[int, deque[Action]] = {deck: deque() for deck in DECKS}
        self.sizes: dict[int, int] = {}
        self.fans: dict[int, Fan] = {}  # that were sent, by number
        values = DEFAULTS | {"n_bars": 1}
        other = values | {"prompt": rng.choice(["", "acid"])}
        self.engine = Engine(rng.choice([10, 12, 16, 40]), {1: values, 2: other}, random.Random(1))
        self.do(self.engine.generator_loaded, "clicks")
        self.audio_comes_up()
        self.ask()

    def step(self) -> None:
        """Something happens."""
        often = [self.render, self.play_on, self.change, self.move, self.trigger]
        each = [self.deliver, self.boundary, self.fade_ends, self.say, self.wait, self.finish, self.ask]
        seldom = [self.change_all, self.copy, self.use_shelf, self.leave]
        rare = [self.lose_generator, self.lose_audio, self.audio_comes_up]
        weights = [6] * len(often) + [4] * len(each) + [2] * len(seldom) + [1] * len(rare)
        (what,) = self.rng.choices([*often, *each, *seldom, *rare], weights)
        what()
        self.check_counts()

    @property
    def deck(self) -> int:
        """Any."""
        return self.rng.choice(DECKS)

    # What the console does

    def do(self, method: Callable[..., list[Action]], *args: Any) -> None:
        self.take(method(*args, self.now))
        self.take(self.engine.advance(self.now))
        assert not self.engine.advance(self.now)
        wakes_at = self.engine.wakes_at()
        assert wakes_at is None or wakes_at > self.now

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Render(_, slot, _):
                    assert self.asks
                    assert self.work is None
                    self.asks = False
                    size = self.engine.slots[slot].n_units
                    assert not set(range(slot, slot + size)) & self.units_in_use()
                    assert slot + size <= self.engine.slots.n_units
                    self.sizes[slot] = size
                    self.work = action
                case Abandon(ticket):
                    assert self.work is not None
                    assert self.work.ticket == ticket
                    assert ticket not in self.abandoned
                    self.abandoned.add(ticket)
                case Enter(deck, number, points):
                    assert self.is_up
                    fan = self.engine.decks[deck].cued
                    assert fan is not None
                    assert fan.number == number
                    self.fans[number] = fan
                    for slot, place in points:
                        self.check_point(slot, fan.recipe.at(place), fan.gain_db)
                    self.inboxes[deck].append(action)
                case AddPoint(deck, number, slot, place):
                    assert self.is_up
                    fan = self.fans[number]
                    self.check_point(slot, fan.recipe.at(place), fan.gain_db)
                    self.inboxes[deck].append(action)
                case DropPoint(deck) | Cue(deck) | Cancel(deck):
                    assert self.is_up
                    self.inboxes[deck].append(action)
                case Assign(deck, name, value):
                    for number in DECKS if name in GLOBAL else (deck,):
                        self.take(self.engine.decks[number].change(name, value, self.now))

    def check_point(self, slot: int, recipe: Recipe, gain_db: float | None) -> None:
        """It is finished, of the fan's family, at the fan's level."""
        assert self.work is None or self.work.slot != slot
        record = self.engine.slots[slot]
        assert record.made is not None
        assert recipe.plain.id in record.ids
        assert record.made.gain_db == gain_db

    def units_in_use(self) -> set[int]:
        """What may be heard, or be written, or is kept."""
        slots = {kept.slot for kept in self.engine.shelf.values()}
        for deck in DECKS:
            slots |= {*self.unreleased(deck)}
            chooser = self.engine.decks[deck]
            for fan in (chooser.sounding, chooser.cued, chooser.ready):
                slots |= fan.slots if fan else set()
        if self.work is not None:
            slots.add(self.work.slot)
        return {unit for slot in slots for unit in range(slot, slot + self.sizes[slot])}

    def has_news(self, deck: int) -> bool:
        sound = self.sounds[deck]
        return bool(self.inboxes[deck] or sound.pending or sound.retired or sound.said)

    def unreleased(self, deck: int) -> list[int]:
        """A slot for each time that it was sent and that its release has not been heard."""
        slots = self.sounds[deck].unreleased
        for action in self.inboxes[deck]:
            if isinstance(action, Enter):
                slots += [slot for slot, _ in action.points]
            elif isinstance(action, AddPoint) or (isinstance(action, Cue) and action.slot >= 0):
                slots.append(action.slot)
        return slots

    def check_counts(self) -> None:
        """How often each slot is with the audio process."""
        for deck in DECKS:
            sent = self.unreleased(deck)
            for slot in self.engine.slots:
                assert self.engine.slots[slot].out[deck] == sent.count(slot)

    # The performer

    def change(self) -> None:
        step = self.rng.randrange(3)
        values = {"seed_a": step, "seed_b": step, "prompt": "x" * step, "hold": step % 2}
        name, value = self.rng.choice([*values.items()])
        self.do(self.engine.decks[self.deck].change, name, value)

    def move(self) -> None:
        change = self.engine.decks[self.deck].change
        self.do(change, "morph", self.rng.randrange(11) / 10)
        self.do(change, "morph_y", self.rng.choice([0.0, 0.0, 0.0, 0.7, 1.0]))

    def change_all(self) -> None:
        step = self.rng.randrange(3)
        values = {"bpm": 120.0 + step, "n_bars": 1 + step % 2, "n_steps": 4 * step, "auto": step % 2}
        name, value = self.rng.choice([*values.items()])
        for deck in DECKS:
            self.do(self.engine.decks[deck].change, name, value)

    def trigger(self) -> None:
        self.do(getattr(self.engine.decks[self.deck], self.rng.choice(["go", "undo", "roll"])))

    def copy(self) -> None:
        deck = self.deck
        other = self.engine.decks[3 - deck].values
        self.do(self.engine.decks[deck].take, {n: other[n] for n in GENERATIVE if n not in GLOBAL})

    def use_shelf(self) -> None:
        place = self.rng.randrange(1, 4)
        if self.rng.random() < 0.5:
            self.engine.keep(self.deck, place)
        else:
            self.do(self.engine.play_kept, self.deck, place)

    def wait(self) -> None:
        self.pause(self.rng.choice([0.01, 0.2, 5.0]))

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.do(self.engine.advance)

    # The generator

    def ask(self) -> None:
        if not self.asks and self.work is None:
            self.asks = True
            self.do(self.engine.generator_asks)

    def finish(self) -> None:
        self.say_of_work(
            self.rng.choice(["rendered"] * 3 + ["failed", "refused"]), self.rng.choice([0.1, 4.0])
        )

    def say_of_work(self, how: str, seconds: float) -> None:
        if self.work is None:
            return
        work, self.work = self.work, None
        self.now += seconds
        if how == "rendered":
            self.do(self.engine.rendered, work.ticket, made(work, -1.0 - work.ticket % 5), seconds)
        else:
            self.do(getattr(self.engine, how), work.ticket, "key", "no")
        self.ask()

    def leave(self) -> None:
        """What it was told to abandon."""
        if self.work is not None and self.work.ticket in self.abandoned:
            work, self.work = self.work, None
            self.do(self.engine.abandoned, work.ticket)
            self.ask()

    def render(self) -> None:
        """As it goes mostly."""
        self.pause(self.rng.choice([0.2, 5.0]))
        self.say_of_work("rendered", 0.1)
        self.ask()

    def lose_generator(self) -> None:
        self.work, self.asks = None, False
        self.do(self.engine.generator_lost)

    # The audio process

    def audio_comes_up(self) -> None:
        if not self.is_up:
            self.is_up = True
            self.do(self.engine.audio_is_up)

    def lose_audio(self) -> None:
        if self.is_up:
            self.is_up = False
            self.sounds = {deck: Sound() for deck in DECKS}
            self.inboxes = {deck: deque() for deck in DECKS}
            self.do(self.engine.audio_lost)

    def deliver(self) -> None:
        self.take_in(self.deck, self.rng.randrange(1, 4))

    def take_in(self, deck: int, n: int) -> None:
        for _ in range(min(n, len(self.inboxes[deck]))):
            self.sounds[deck].take(self.inboxes[deck].popleft())

    def boundary(self) -> None:
        sound = self.sounds[self.deck]
        if sound.pending is not None:
            sound.boundary()

    def fade_ends(self) -> None:
        self.sounds[self.deck].fade_ends()

    def say(self) -> None:
        self.tell(self.deck, self.rng.randrange(1, 6))

    def tell(self, deck: int, n: int) -> None:
        for _ in range(min(n, len(self.sounds[deck].said))):
            what, number = self.sounds[deck].said.popleft()
            self.do(getattr(self.engine.decks[deck], what), number)

    def play_on(self) -> None:
        """As it goes mostly."""
        deck = self.deck
        self.take_in(deck, 99)
        if self.sounds[deck].pending is not None:
            self.sounds[deck].boundary()
        self.sounds[deck].fade_ends()
        self.tell(deck, 999)

    def end(self) -> None:
        """Let everything run on, with `auto` on and no `hold`: what is wanted sounds in the end."""
        self.audio_comes_up()
        for deck in DECKS:
            self.do(self.engine.decks[deck].change, "auto", 1)
            self.do(self.engine.decks[deck].change, "hold", 0)
            self.do(
                self.engine.decks[deck].change, "swing", 60.0
            )  # whatever was given up: this is another loop
        for _ in range(200):
            self.play_on()
            if self.asks and self.engine.wakes_at() is None and not any(map(self.has_news, DECKS)):
                break
            self.render()
        for deck in DECKS:
            chooser, fan = self.engine.decks[deck], self.sounds[deck].fan
            assert chooser.view(self.now).state == "none"
            assert chooser.sounding is not None
            assert chooser.sounding.family == chooser.wanted.family
            assert fan is not None
            assert fan[0] == chooser.sounding.number
            assert dict(fan[1]) == chooser.sounding.points
            assert len(fan[1]) == len(chooser.sounding.points)


@pytest.mark.parametrize("seed", range(40))
def test_in_any_order_what_may_be_heard_is_never_written_and_what_is_wanted_sounds_in_the_end(
    seed: int,
) -> None:
    history = AnyOrder(random.Random(seed))
    for _ in range(120):
        history.step()
    history.end()
