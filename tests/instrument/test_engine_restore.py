"""What the engine makes of loops that it did not ask for: of an earlier session, or of another checkpoint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from instrument.actions import Action, Enter, Render, Report
from instrument.engine import Engine
from instrument.params import DECKS
from instrument.recipe import Recipe
from tests.instrument.desk import DEFAULTS


def made(asked: Recipe) -> Recipe:
    """What the generator makes of it."""
    return replace(asked, n_steps=8, gain_db=asked.gain_db or -1.5)


def engine(**values: Any) -> Engine:
    return Engine(64, dict.fromkeys(DECKS, DEFAULTS | values))


def restored(asked: Recipe, **values: Any) -> Engine:
    """An engine whose first deck sounds a loop of an earlier session; the second has one too."""
    made_of = engine(**values)
    actions: list[Action] = []
    for deck in DECKS:
        assert made_of.restore(deck, asked, made(asked)) is not None
    actions += made_of.audio_is_up(100.0)
    entries = [action for action in actions if isinstance(action, Enter)]
    assert [entry.deck for entry in entries] == list(DECKS)
    for entry in entries:
        assert [place for _, place in entry.points] == [asked.place]
        made_of.decks[entry.deck].entered(entry.fan, 100.0)
    return made_of


def firsts(actions: list[Action]) -> list[Recipe]:
    """Renders that are no further points of a fan: those have a level."""
    return [
        action.recipe for action in actions if isinstance(action, Render) and action.recipe.gain_db is None
    ]


def finish(playing: Engine, work: Render, now: float) -> list[Action]:
    actions = playing.rendered(work.ticket, made(work.recipe), 0.1, now)
    return [*actions, *playing.generator_asks(now)]


def test_loops_of_an_earlier_session_sound_before_any_generator_is_there() -> None:
    asked = Recipe(prompt="dub", checkpoint="clicks")
    playing = restored(asked, prompt="dub")
    for deck in DECKS:
        view = playing.view(deck, 100.0)
        assert (view.state, view.sounding) == ("none", made(asked))
    assert playing.generator_loaded("clicks", 101.0) == []
    actions = playing.generator_asks(101.0)
    assert firsts(actions) == []  # nothing is rendered again, but the fan is filled
    points = [action.recipe for action in actions if isinstance(action, Render)]
    assert {(recipe.gain_db, recipe.family) for recipe in points} <= {(-1.5, asked.family)}


def test_what_was_changed_after_the_earlier_sessions_loop_is_rendered() -> None:
    playing = restored(Recipe(prompt="dub", checkpoint="clicks"), prompt="acid")
    playing.generator_loaded("clicks", 101.0)
    assert [recipe.prompt for recipe in firsts(playing.generator_asks(101.0))] == ["acid"]


def test_another_checkpoint_makes_what_comes_and_leaves_what_sounds() -> None:
    asked = Recipe(checkpoint="clicks")
    playing = restored(asked)
    (report,) = [action for action in playing.generator_loaded("gongs", 101.0) if isinstance(action, Report)]
    assert (report.code, "gongs now, not clicks" in report.text) == ("other-checkpoint", True)
    assert playing.generator_asks(101.0) == []  # no fan has points of both
    assert playing.view(1, 101.0).sounding == made(asked)
    actions = [*playing.decks[1].change("seed_a", 7, 102.0), *playing.advance(103.0)]
    (work,) = [action for action in actions if isinstance(action, Render)]
    assert work.recipe.checkpoint == "gongs"
    (entry,) = [action for action in finish(playing, work, 104.0) if isinstance(action, Enter)]
    playing.decks[1].entered(entry.fan, 104.0)
    playing.decks[1].change(
        "seed_a", 1, 105.0
    )  # the old checkpoint's loop is in the bank, but not what is asked for
    assert playing.view(1, 105.0).state == "waiting"


def test_the_same_checkpoint_again_is_no_news() -> None:
    playing = restored(Recipe(checkpoint="clicks"))
    playing.generator_loaded("clicks", 101.0)
    playing.generator_lost(102.0)
    assert playing.generator_loaded("clicks", 103.0) == []


def test_a_bank_without_room_restores_nothing() -> None:
    small = Engine(2, dict.fromkeys(DECKS, DEFAULTS))
    assert (
        small.restore(1, Recipe(n_bars=8, checkpoint="clicks"), Recipe(n_bars=8, checkpoint="clicks")) is None
    )
    assert small.audio_is_up(100.0) == []
