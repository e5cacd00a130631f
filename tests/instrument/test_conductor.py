"""The conductor: a show's changes come again in order, each where the music was."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from instrument.memory import MeterReading
from instrument.params import Change, Params
from instrument.shows.conductor import Conductor, Step, steps_of
from instrument.shows.show import Event, Show, ShowError

RATE = 48_000
PATIENCE_S = 60.0


def show(
    *changes: tuple[float, float | None, str, Any] | tuple[float, float | None, str, Any, str],
    beat: float | None = 0.0,
    stop_s: float = 100.0,
    **values: Any,
) -> Show:
    """changes: (seconds, beat, address, value[, source])"""
    events = tuple(
        Event(
            round(at * RATE),
            "set",
            {"beat": at_beat, "address": address, "value": value, "source": (*rest, "osc")[0]},
        )
        for at, at_beat, address, value, *rest in changes
    )
    return Show(RATE, 2, {}, 0, round(stop_s * RATE), beat, values, events)


class Music:
    """An instrument whose transport the test moves."""

    def __init__(self, beat: float | None) -> None:
        self.beat = beat
        self.n_asked = 0
        self.params = Params()
        self.changes: list[tuple[float | None, str, Any]] = []
        self.ended = threading.Event()
        self.params.subscribe(self._note)

    def _note(self, change: Change) -> None:
        self.changes.append((self.beat, change.address, change.value))

    def where(self) -> MeterReading | None:
        self.n_asked += 1
        beat = self.beat
        return MeterReading(beat=0.0 if beat is None else beat, is_running=beat is not None)

    def conduct(self, show: Show) -> Conductor:
        conductor = Conductor(show, self.params, self.where, lambda: 0, self.ended.set)
        conductor.start()
        return conductor

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, self.changes
            time.sleep(0.002)

    def move(self, beat: float) -> None:
        """To where the conductor, who waits, has noticed it."""
        self.beat, n_asked = beat, self.n_asked
        self.until(lambda: self.n_asked > n_asked + 1)

    def play(self, first: float, last: float, step: float = 0.25) -> None:
        """Move on; what is due at a beat happens before the next."""
        beat = first
        while beat <= last:
            self.beat = beat
            time.sleep(0.03)
            beat += step


def test_changes_come_where_the_music_was() -> None:
    music = Music(None)
    conductor = music.conduct(
        show(
            (1.0, 2.0, "/ladmg/1/filter", 0.5),
            (2.0, 4.0, "/ladmg/bpm", 130.0),
            (2.5, 4.0, "/ladmg/1/prompt", "dark"),
            beat=1.0,
            **{"/ladmg/gain_db": -6.0, "/ladmg/swap": "loop"},
        )
    )
    music.until(lambda: len(music.changes) == 2)
    assert [address for _, address, _ in music.changes] == ["/ladmg/gain_db", "/ladmg/swap"]  # at once
    time.sleep(0.05)
    assert len(music.changes) == 2  # nothing sounds yet
    music.play(0.0, 5.0)
    music.until(lambda: len(music.changes) == 5)
    conductor.stop()
    assert [(address, value) for _, address, value in music.changes[2:]] == [
        ("/ladmg/1/filter", 0.5),
        ("/ladmg/bpm", 130.0),
        ("/ladmg/1/prompt", "dark"),
    ]
    beats = [beat for beat, _, _ in music.changes[2:]]
    assert all(beat is not None and beat >= due for beat, due in zip(beats, (2.0, 4.0, 4.0), strict=True))
    assert not music.ended.is_set()


def test_a_show_from_the_middle_keeps_its_place_in_the_bars() -> None:
    """It begins at beat 1030, which is 6 after a multiple of 64: `swap` at 16 bars falls where it fell."""
    music = Music(0.0)
    conductor = music.conduct(show((1.0, 1031.5, "/ladmg/1/filter", 0.5), beat=1030.0))
    music.move(7.25)
    assert music.changes == []
    music.beat = 7.5
    music.until(lambda: len(music.changes) == 1)
    conductor.stop()


def test_after_a_restart_beats_count_anew() -> None:
    music = Music(0.0)
    conductor = music.conduct(
        show(
            (1.0, 5.0, "/ladmg/restart", 1),
            (2.0, 5.5, "/ladmg/1/filter", 0.5),  # half a beat more than when it was restarted
            (3.0, 0.5, "/ladmg/1/filter", 0.0),  # and restarted by a stop and a start
        )
    )
    music.beat = 5.0
    music.until(lambda: len(music.changes) == 1)
    music.move(0.0)
    music.move(5.25)
    assert len(music.changes) == 1
    music.beat = 5.5
    music.until(lambda: len(music.changes) == 2)
    music.beat = 0.5
    music.until(lambda: len(music.changes) == 3)
    conductor.stop()


def test_where_the_transport_stood_the_time_counts_and_the_end_is_told() -> None:
    music = Music(None)
    began = time.monotonic()
    conductor = music.conduct(
        show((0.2, None, "/ladmg/1/filter", 0.5), (0.4, None, "/ladmg/playing", 0), beat=None, stop_s=0.6)
    )
    assert music.ended.wait(PATIENCE_S)
    assert time.monotonic() - began >= 0.59
    assert [address for _, address, _ in music.changes] == ["/ladmg/1/filter", "/ladmg/playing"]
    conductor.stop()


def test_a_beat_that_went_back_by_a_hair_holds_nothing_up() -> None:
    """The beat that is heard is reckoned from the newest tempo, and may do so when that changes."""
    music = Music(8.0)
    conductor = music.conduct(
        show(
            (1.0, 4.01, "/ladmg/bpm", 130.0),
            (1.01, 4.0, "/ladmg/bpm", 131.0),
            (2.0, 6.0, "/ladmg/bpm", 132.0),
        )
    )
    music.until(lambda: len(music.changes) == 3)
    conductor.stop()


def test_what_chance_or_files_decided_comes_as_the_values_it_had() -> None:
    steps = steps_of(
        show(
            (1.0, 1.0, "/ladmg/1/roll", 1),
            (1.0, 1.1, "/ladmg/1/seed_b", 77, "engine"),
            (2.0, 2.0, "/ladmg/tap", 1),
            (2.0, 2.1, "/ladmg/bpm", 128.0, "tap"),
            (3.0, 3.0, "/ladmg/preset_recall", "dark"),
            (3.0, 3.1, "/ladmg/1/prompt", "dark", "preset"),
            (4.0, 4.0, "/ladmg/1/undo", 1),
            (4.0, 4.1, "/ladmg/1/prompt", "", "engine"),
            (4.0, 4.2, "/ladmg/1/seed_b", 2, "engine"),
            (5.0, 5.0, "/ladmg/record", 0),
            (5.0, 5.0, "/ladmg/1/go", 1),
            **{"/ladmg/record": 1},
        )
    )
    assert [(step.address, step.value) for step in steps] == [
        ("/ladmg/1/seed_b", 77),
        ("/ladmg/bpm", 128.0),
        ("/ladmg/1/prompt", "dark"),
        ("/ladmg/1/prompt", ""),
        ("/ladmg/1/seed_b", 2),
        ("/ladmg/1/go", 1),  # of the undo: after its values
        ("/ladmg/1/go", 1),
    ]
    undone = steps_of(show((1.0, 1.0, "/ladmg/1/undo", 1)))
    assert undone == [Step(RATE, 1.0, "/ladmg/1/go", 1)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((1.0, 1.0, "/ladmg/9/filter", 0.5), "'/ladmg/9/filter', which is no parameter of this version"),
        ((1.0, 1.0, "/ladmg/swap", "sometime"), "swap must be one of"),
        ((1.0, 1.0, "/ladmg/bpm", None), "bpm must be a number"),
    ],
)
def test_what_this_instrument_does_not_have_is_refused_before_anything(change: Any, reason: str) -> None:
    with pytest.raises(ShowError, match=reason):
        steps_of(show(change))


def test_it_stops_in_the_middle_of_waiting() -> None:
    music = Music(None)
    conductor = music.conduct(show((1.0, 2.0, "/ladmg/1/filter", 0.5)))
    conductor.stop()
    assert music.changes == []
    assert not music.ended.is_set()
