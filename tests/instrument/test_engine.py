"""The engine's laws, with a clock that the test turns."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from instrument.engine import (
    REST_S,
    RETRY_PAUSES_S,
    Action,
    Assign,
    Cancel,
    Content,
    Engine,
    Enter,
    Free,
    Render,
    Report,
)
from instrument.recipe import GENERATIVE, Recipe

DEFAULTS: dict[str, Any] = {name: spec.default for name, spec in GENERATIVE.items()} | {"auto": 1, "hold": 0}
AUTOMATIC_STEPS = 8  # what the generator takes for 0


class Desk:
    """An engine with a clock, and a generator and an audio process that do as the test says."""

    def __init__(self, n_slots: int = 6, **values: Any) -> None:
        self.engine = Engine(n_slots, DEFAULTS | values, random.Random(1))
        self.now = 100.0
        self.log: list[Action] = []

    def do(self, method: Callable[..., list[Action]], *args: Any) -> list[Action]:
        actions = method(*args, self.now)
        self.log += actions
        return actions

    def wait(self, seconds: float) -> list[Action]:
        self.now += seconds
        return self.do(self.engine.advance)

    def change(self, **values: Any) -> list[Action]:
        return [action for name in values for action in self.do(self.engine.change, name, values[name])]

    def start(self) -> Render:
        """Both processes are up, and the first work is given out."""
        self.do(self.engine.audio_is_up)
        self.do(self.engine.generator_loaded, "clicks")
        (work,) = self.do(self.engine.generator_asks)
        assert isinstance(work, Render)
        return work

    def finish(self, work: Render, rho: float | None = None) -> list[Action]:
        actions = self.do(self.engine.rendered, work.ticket, work.slot, made(work), rho)
        return actions + self.do(self.engine.generator_asks)

    def play(self) -> Render:
        """The first loop sounds."""
        work = self.start()
        self.finish(work)
        self.enter(work.slot)
        return work

    def enter(self, slot: int) -> None:
        """The boundary comes: the loop enters, and after the fade the one before is released."""
        before = self.engine.sounding
        self.do(self.engine.entered, slot)
        if before is not None and before != slot:
            self.do(self.engine.released, before)

    def render(self, seconds: float = REST_S, **values: Any) -> Render:
        """Change something, let it rest, and take the work."""
        self.change(**values)
        (work,) = [action for action in self.wait(seconds) if isinstance(action, Render)]
        return work

    @property
    def state(self) -> str:
        return self.engine.view(self.now).state


def made(work: Render) -> Recipe:
    """What the generator makes of it."""
    return replace(work.recipe, n_steps=work.recipe.n_steps or AUTOMATIC_STEPS)


def only(kind: type[Action], actions: list[Action]) -> list[Any]:
    return [action for action in actions if isinstance(action, kind)]


def test_first_loop_is_asked_at_once_and_enters_at_once() -> None:
    desk = Desk()
    work = desk.start()
    assert work.recipe.checkpoint == "clicks"
    assert work.reference is None
    assert only(Enter, desk.finish(work)) == [Enter(work.slot, 0.0, None)]
    assert desk.state == "cued"
    desk.enter(work.slot)
    assert desk.engine.sounding == work.slot
    assert desk.state == "none"
    assert desk.engine.wakes_at() is None


def test_nothing_is_sent_to_an_audio_process_that_is_not_up() -> None:
    desk = Desk()
    desk.do(desk.engine.generator_loaded, "clicks")
    (work,) = desk.do(desk.engine.generator_asks)
    assert not only(Enter, desk.finish(work))
    assert only(Enter, desk.do(desk.engine.audio_is_up)) == [Enter(work.slot, 0.0, None)]


def test_a_change_renders_after_stillness_with_the_newest_values() -> None:
    desk = Desk()
    desk.play()
    for step in range(100):  # a fader in motion, 10 ms apart
        desk.now += 0.01
        assert not desk.change(morph=step / 100)
    assert desk.state == "waiting"
    assert desk.engine.wakes_at() == pytest.approx(desk.now + REST_S)
    assert not desk.wait(REST_S - 0.001)
    (work,) = desk.wait(0.002)
    assert work.recipe.morph == 0.99


def test_no_backlog_while_the_generator_is_busy() -> None:
    desk = Desk()
    first = desk.start()
    for seed in range(10, 20):
        desk.change(seed_a=seed)
        assert not desk.wait(1.0)
    works = only(Render, desk.finish(first))
    assert [work.recipe.seed_a for work in works] == [19]


def test_a_setting_that_is_not_heard_renders_nothing() -> None:
    desk = Desk()
    desk.play()
    assert not desk.change(seed_b=99)
    assert not desk.wait(10.0)


def test_tempo_waits_for_a_bar_of_rest() -> None:
    desk = Desk()
    desk.play()
    assert not desk.change(bpm=132.0)
    assert not desk.wait(240 / 132 - 0.01)
    (work,) = desk.wait(0.02)
    assert work.recipe.bpm == 132.0


def test_another_change_does_not_wait_for_the_tempo() -> None:
    desk = Desk()
    desk.play()
    desk.change(bpm=132.0)
    work = desk.render(prompt="acid")
    assert (work.recipe.bpm, work.recipe.prompt) == (132.0, "acid")


def test_a_recipe_in_the_bank_is_reused_at_once() -> None:
    desk = Desk()
    first = desk.play()
    second = desk.render(seed_a=5)
    desk.finish(second)
    desk.enter(second.slot)
    assert desk.change(seed_a=1) == [Enter(first.slot, None, second.slot)]


def test_likeness_counts_only_for_the_pair_it_was_measured_on() -> None:
    desk = Desk()
    first = desk.play()
    second = desk.render(seed_a=5)
    assert second.reference == first.slot
    assert only(Enter, desk.finish(second, rho=0.25)) == [Enter(second.slot, 0.25, first.slot)]
    desk.enter(second.slot)
    third = desk.render(seed_a=6)
    desk.finish(third, rho=0.5)
    desk.enter(third.slot)
    assert desk.change(seed_a=5) == [Enter(second.slot, None, third.slot)]


def test_newest_finished_wins() -> None:
    """Two generators at once are not what we have; a replaced one's late result is the same thing."""
    desk = Desk()
    desk.play()
    old = desk.render(seed_a=5)
    desk.do(desk.engine.generator_asks)
    new = desk.render(seed_a=6)
    assert only(Enter, desk.finish(new)) == [Enter(new.slot, None, desk.engine.sounding)]
    assert not only(Enter, desk.finish(old))
    assert desk.engine.cued == new.slot


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
    assert desk.change(seed_a=1) == [Cancel()]
    desk.do(desk.engine.released, away.slot)
    assert desk.engine.sounding == first.slot
    assert desk.change(seed_a=5) == [Enter(away.slot, None, first.slot)]


def test_a_loop_that_entered_while_it_was_cancelled_is_left_again() -> None:
    """The cancel and the boundary crossed on the pipe."""
    desk = Desk()
    first = desk.play()
    away = desk.render(seed_a=5)
    desk.finish(away)
    desk.change(seed_a=1)
    assert not only(Enter, desk.do(desk.engine.entered, away.slot))  # the first one is still fading
    assert desk.do(desk.engine.released, first.slot) == [Enter(first.slot, None, away.slot)]


def test_a_slot_still_held_by_audio_is_not_sent_again() -> None:
    desk = Desk()
    first = desk.play()
    second = desk.render(seed_a=5)
    desk.finish(second)
    desk.do(desk.engine.entered, second.slot)
    assert not desk.change(seed_a=1)  # the first one is fading out
    assert desk.do(desk.engine.released, first.slot) == [Enter(first.slot, None, second.slot)]


def test_auto_off_waits_for_go() -> None:
    desk = Desk()
    desk.play()
    desk.change(auto=0)
    work = desk.render(seed_a=5)
    assert not only(Enter, desk.finish(work))
    assert desk.state == "ready"
    assert only(Enter, desk.do(desk.engine.go)) == [Enter(work.slot, None, desk.engine.sounding)]
    desk.enter(work.slot)
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
    assert not desk.do(desk.engine.go)
    desk.change(seed_a=6)
    assert only(Enter, desk.finish(work)) == [Enter(work.slot, None, desk.engine.sounding)]
    desk.enter(work.slot)
    (later,) = only(Render, desk.wait(REST_S))
    assert not only(Enter, desk.finish(later))


def test_go_with_nothing_to_drop_says_so() -> None:
    desk = Desk(auto=0)
    desk.play()
    (report,) = desk.do(desk.engine.go)
    assert (report.name, report.code) == ("go", "nothing-ready")


def test_auto_turned_off_holds_what_was_cued_and_on_sends_it() -> None:
    desk = Desk()
    desk.play()
    work = desk.render(seed_a=5)
    desk.finish(work)
    assert desk.change(auto=0) == [Cancel()]
    assert desk.state == "ready"
    desk.do(desk.engine.released, work.slot)
    assert only(Enter, desk.change(auto=1))


def test_roll_moves_the_end_that_is_farther_from_morph() -> None:
    desk = Desk()
    (assign,) = desk.do(desk.engine.roll)
    assert assign.name == "seed_b"
    desk.change(morph=0.8)
    (assign,) = desk.do(desk.engine.roll)
    assert assign.name == "seed_a"
    assert 0 <= assign.value <= 999_999
    again = Engine(6, DEFAULTS, random.Random(1))
    assert again.roll(0.0) == [Assign("seed_b", Engine(6, DEFAULTS, random.Random(1)).roll(0.0)[0].value)]


def test_a_failed_render_keeps_the_loop_and_is_tried_again_without_spinning() -> None:
    desk = Desk()
    first = desk.play()
    work = desk.render(prompt="nan")
    n_renders = 1
    for pause_s in RETRY_PAUSES_S:
        actions = desk.do(desk.engine.failed, work.ticket, work.slot, "not-finite", "3 samples")
        assert actions == [Free(work.slot), Report("", "not-finite", "3 samples")]
        assert not desk.do(desk.engine.generator_asks)
        assert desk.engine.wakes_at() == desk.now + pause_s
        assert not desk.wait(pause_s - 0.01)
        (work,) = desk.wait(0.02)
        n_renders += 1
    desk.do(desk.engine.failed, work.ticket, work.slot, "not-finite", "3 samples")
    assert [report.code for report in only(Report, desk.log)] == ["not-finite"] * 3 + ["gave-up"]
    assert not desk.do(desk.engine.generator_asks)
    assert desk.engine.wakes_at() is None
    assert not desk.wait(1e6)
    assert desk.engine.sounding == first.slot
    assert desk.render(prompt="fine").recipe.prompt == "fine"


def test_what_the_checkpoint_cannot_do_is_told_once_and_the_loop_plays_on() -> None:
    desk = Desk()
    first = desk.play()
    work = desk.render(key="A minor")
    actions = desk.do(desk.engine.refused, work.ticket, work.slot, "key", "key must be off")
    assert actions == [Free(work.slot), Report("key", "refused", "key must be off")]
    assert not desk.do(desk.engine.generator_asks)
    assert desk.engine.wakes_at() is None
    assert not desk.wait(1e6)
    assert desk.engine.sounding == first.slot
    assert desk.state == "none"
    assert not desk.change(key="off")  # what plays is what is wanted again
    assert not desk.wait(10.0)
    assert desk.render(prompt="fine").recipe.key == "off"


def test_an_old_refusal_does_not_stop_the_newer_wish() -> None:
    desk = Desk()
    desk.play()
    work = desk.render(key="A minor")
    desk.change(key="off", prompt="acid")
    desk.wait(REST_S)
    desk.do(desk.engine.refused, work.ticket, work.slot, "key", "key must be off")
    (newer,) = desk.do(desk.engine.generator_asks)
    assert newer.recipe.prompt == "acid"


def test_the_number_of_steps_that_was_chosen_is_told_and_asking_for_it_makes_no_other_loop() -> None:
    desk = Desk()
    desk.play()
    sounding = desk.engine.view(desk.now).sounding
    assert sounding is not None
    assert sounding.n_steps == AUTOMATIC_STEPS
    assert not desk.change(n_steps=AUTOMATIC_STEPS)
    assert not desk.wait(10.0)
    assert not desk.change(n_steps=0)
    assert not desk.wait(10.0)
    assert desk.render(n_steps=2).recipe.n_steps == 2


def test_a_lost_generator_gives_its_slot_back_and_the_work_is_asked_again() -> None:
    desk = Desk()
    desk.play()
    work = desk.render(seed_a=5)
    assert desk.do(desk.engine.generator_lost) == [Free(work.slot)]
    assert desk.engine.slots[work.slot].content is Content.FREE
    assert not desk.wait(30.0)  # nobody asks
    (again,) = desk.do(desk.engine.generator_asks)
    assert again.recipe == work.recipe
    assert again.ticket != work.ticket
    assert not desk.do(
        desk.engine.rendered, work.ticket, work.slot, made(work), None
    )  # late, from the old one
    assert only(Enter, desk.finish(again))


def test_a_lost_audio_process_gets_the_sounding_loop_back_first() -> None:
    desk = Desk()
    first = desk.play()
    second = desk.render(seed_a=5)
    desk.finish(second)
    assert desk.engine.cued == second.slot
    desk.do(desk.engine.audio_lost)
    assert not desk.wait(5.0)
    assert desk.do(desk.engine.audio_is_up) == [Enter(first.slot, 0.0, None)]
    assert only(Enter, desk.do(desk.engine.entered, first.slot)) == [Enter(second.slot, None, first.slot)]


def test_an_audio_process_lost_before_the_first_entry_gets_that_loop() -> None:
    desk = Desk()
    work = desk.start()
    desk.finish(work)
    desk.do(desk.engine.audio_lost)
    assert only(Enter, desk.do(desk.engine.audio_is_up)) == [Enter(work.slot, 0.0, None)]


def test_with_every_slot_in_use_a_render_waits() -> None:
    desk = Desk(n_slots=5)
    desk.play()
    works = []
    for seed in range(10, 14):  # each sent to the audio process, none released
        works.append(desk.render(seed_a=seed))
        desk.finish(works[-1])
    desk.change(seed_a=20)
    assert not desk.wait(10.0)
    assert desk.engine.wakes_at() is None
    (work,) = only(Render, desk.do(desk.engine.released, works[0].slot))
    assert work.slot == works[0].slot


def test_the_loop_used_longest_ago_is_overwritten_first() -> None:
    desk = Desk(n_slots=5)
    first = desk.play()
    slots = [first.slot]
    for seed in range(10, 14):
        work = desk.render(seed_a=seed)
        desk.finish(work)
        desk.enter(work.slot)
        slots.append(work.slot)
    assert sorted(slots) == list(range(5))
    desk.change(seed_a=1)  # the first one is used again
    desk.enter(first.slot)
    assert desk.render(seed_a=20).slot == slots[1]


def test_fewer_slots_than_roles_are_refused() -> None:
    with pytest.raises(ValueError, match="n_slots must be at least 5, got 4"):
        Engine(4, DEFAULTS)


class AnyOrder(RuleBasedStateMachine):
    """Whatever order things happen in: a slot in use is never written, and nothing gets stuck."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine(5, DEFAULTS, random.Random(1))
        self.now = 0.0
        self.work: list[Render] = []
        self.asks = False
        # The audio process as it really is: a loop that sounds, one that fades, one that is pending.
        self.is_up = False
        self.sounding: int | None = None
        self.pending: int | None = None
        self.fading: list[int] = []
        self.unsaid: list[tuple[str, int]] = []

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Render):
                assert self.asks
                self.asks = False
                held = {self.sounding, self.pending, *self.fading, *(work.slot for work in self.work)}
                assert action.slot not in held
                assert action.slot not in {self.engine.sounding, self.engine.cued, self.engine.ready}
                assert action.slot not in {slot for _, slot in self.unsaid}
                self.work.append(action)
            elif isinstance(action, Enter):
                assert self.is_up
                assert action.slot not in {self.sounding, self.pending, *self.fading}
                assert action.slot not in {work.slot for work in self.work}
                if self.pending is not None:
                    self.unsaid.append(("released", self.pending))
                self.pending = action.slot
            elif isinstance(action, Cancel) and self.pending is not None:
                self.unsaid.append(("released", self.pending))
                self.pending = None

    @initialize()
    def load(self) -> None:
        self.take(self.engine.generator_loaded("clicks", self.now))

    @rule(name=st.sampled_from(["seed_a", "bpm", "morph", "auto", "n_steps"]), step=st.integers(0, 3))
    def change(self, name: str, step: int) -> None:
        value = {
            "seed_a": step,
            "bpm": 120.0 + step,
            "morph": step / 3,
            "auto": step % 2,
            "n_steps": 4 * step,
        }[name]
        self.take(self.engine.change(name, value, self.now))

    @rule()
    def go(self) -> None:
        self.take(self.engine.go(self.now))

    @rule(seconds=st.sampled_from([0.01, 0.2, 5.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.engine.advance(self.now))

    @precondition(lambda self: not self.asks and not self.work)
    @rule()
    def ask(self) -> None:
        self.asks = True
        self.take(self.engine.generator_asks(self.now))

    @precondition(lambda self: self.work)
    @rule(how=st.sampled_from(["good", "failed", "refused"]))
    def finish(self, how: str) -> None:
        work = self.work.pop()
        if how == "good":
            self.take(self.engine.rendered(work.ticket, work.slot, made(work), None, self.now))
        elif how == "failed":
            self.take(self.engine.failed(work.ticket, work.slot, "render", "no", self.now))
        else:
            self.take(self.engine.refused(work.ticket, work.slot, "key", "no", self.now))

    @rule()
    def lose_generator(self) -> None:
        self.work.clear()
        self.asks = False
        self.take(self.engine.generator_lost(self.now))

    @precondition(lambda self: not self.is_up)
    @rule()
    def audio_comes_up(self) -> None:
        self.is_up = True
        self.take(self.engine.audio_is_up(self.now))

    @precondition(lambda self: self.is_up)
    @rule()
    def lose_audio(self) -> None:
        self.is_up = False
        self.sounding = self.pending = None
        self.fading.clear()
        self.unsaid.clear()
        self.take(self.engine.audio_lost(self.now))

    @precondition(lambda self: self.pending is not None)
    @rule()
    def boundary(self) -> None:
        assert self.pending is not None
        self.unsaid.append(("entered", self.pending))
        if self.sounding is not None:
            self.fading.append(self.sounding)
        self.sounding, self.pending = self.pending, None

    @precondition(lambda self: self.fading)
    @rule()
    def fade_ends(self) -> None:
        self.unsaid.append(("released", self.fading.pop(0)))

    @precondition(lambda self: self.unsaid)
    @rule()
    def say(self) -> None:
        what, slot = self.unsaid.pop(0)
        method = self.engine.entered if what == "entered" else self.engine.released
        self.take(method(slot, self.now))

    def teardown(self) -> None:
        """Let everything run on, with `auto` on: what is wanted sounds in the end."""
        if not self.is_up:
            self.audio_comes_up()
        self.take(self.engine.change("auto", 1, self.now))
        self.take(self.engine.change("swing", 60.0, self.now))  # whatever was given up: this is another loop
        for _ in range(40):
            if self.unsaid:
                while self.unsaid:
                    self.say()
            elif self.pending is not None:
                self.boundary()
            elif self.fading:
                self.fade_ends()
            elif self.work:
                self.finish("good")
            elif not self.asks:
                self.ask()
            else:
                self.wait(5.0)
        sounding = self.engine.view(self.now).sounding
        assert sounding is not None
        assert self.engine.wanted.id in (sounding.id, replace(sounding, n_steps=0).id)
        assert self.sounding == self.engine.sounding


# Without shrinking: it takes minutes here, and the steps that failed are few enough to read.
AnyOrder.TestCase.settings = hypothesis_settings(
    max_examples=100, stateful_step_count=40, deadline=None, phases=(Phase.reuse, Phase.generate)
)
TestAnyOrder = AnyOrder.TestCase


# Hold and undo


def test_hold_keeps_what_is_ready_until_it_is_released() -> None:
    desk = Desk()
    first = desk.play()
    desk.change(hold=1)
    work = desk.render(prompt="dub")
    assert not only(Enter, desk.finish(work))
    assert desk.state == "ready"
    assert desk.engine.sounding == first.slot
    newest = desk.render(prompt="dub techno")
    assert not only(Enter, desk.finish(newest))
    assert [action.slot for action in only(Enter, desk.change(hold=0))] == [newest.slot]


def test_hold_takes_back_what_was_about_to_enter_and_lets_it_in_afterwards() -> None:
    desk = Desk(auto=0)
    desk.play()
    work = desk.render(prompt="dub")
    desk.finish(work)
    assert only(Enter, desk.do(desk.engine.go))
    assert only(Cancel, desk.change(hold=1))
    desk.do(desk.engine.released, work.slot)
    assert not only(Enter, desk.do(desk.engine.go))
    assert [action.slot for action in only(Enter, desk.change(hold=0))] == [work.slot]


def test_undo_goes_back_loop_by_loop_with_the_settings_of_each() -> None:
    desk = Desk()
    works = [desk.play()]
    for prompt, key in (("dub", 0), ("dub", 3), ("acid", 3)):
        works.append(desk.render(prompt=prompt, key=key))
        desk.finish(works[-1])
        desk.enter(works[-1].slot)
    for before, values in zip(works[-2::-1], ({"prompt": "dub"}, {"key": 0}, {"prompt": ""}), strict=True):
        actions = desk.do(desk.engine.undo)
        assert {action.name: action.value for action in only(Assign, actions)} == values
        assert [action.slot for action in only(Enter, actions)] == [before.slot]
        assert not only(Render, actions)
        desk.enter(before.slot)
    (report,) = only(Report, desk.do(desk.engine.undo))
    assert report.code == "nothing-to-undo"


def test_undo_is_let_in_without_auto_and_keeps_the_tempo() -> None:
    desk = Desk(auto=0)
    desk.play()
    work = desk.render(prompt="dub")
    desk.finish(work)
    desk.do(desk.engine.go)
    desk.enter(work.slot)
    desk.change(bpm=140.0)
    actions = desk.do(desk.engine.undo)
    assert {action.name for action in only(Assign, actions)} == {"prompt"}
    (again,) = only(Render, desk.wait(REST_S))
    assert (again.recipe.bpm, again.recipe.prompt) == (140.0, "")
    assert only(Enter, desk.finish(again))


def test_a_tempo_alone_is_nothing_to_undo() -> None:
    desk = Desk()
    desk.play()
    work = desk.render(bpm=140.0, seconds=240 / 140)
    desk.finish(work)
    desk.enter(work.slot)
    assert only(Report, desk.do(desk.engine.undo))


def test_undo_remembers_sixteen_loops() -> None:
    desk = Desk(n_slots=5)
    desk.play()
    for seed in range(20):
        work = desk.render(seed_a=100 + seed)
        desk.finish(work)
        desk.enter(work.slot)
    undone = 0
    while not only(Report, actions := desk.do(desk.engine.undo)):
        undone += 1
        (assigned,) = only(Assign, actions)
        assert assigned.value == 119 - undone
        renders = only(Render, desk.wait(REST_S))
        for work in renders:
            desk.finish(work)
        desk.enter(desk.engine.cued)
    assert undone == 16
