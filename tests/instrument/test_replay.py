"""A show played again is the recording, sample for sample, whatever befell the audio process."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from instrument.audio.playback import Player
from instrument.audio.process import Output
from instrument.generator import GeneratorSettings, render_recipe
from instrument.lows import write_loop
from instrument.memory import (
    ClockParams,
    DeckParams,
    LoopBank,
    Meters,
    OutputRing,
    ParameterBlock,
    PlaybackParams,
    SlotHeader,
)
from instrument.params import Params
from instrument.recipe import Recipe
from instrument.shows.replay import ReplayError, replay
from instrument.shows.show import ShowLog, header_of, line_of, read
from tests.instrument.fake_pipeline import FakePipeline

RATE = 48_000
FAKE = GeneratorSettings(load="tests.instrument.fake_pipeline:FakePipeline.load")
BANK = {"n_units": 12}
RECIPES = {  # by slot: one bar takes a unit, or two
    0: Recipe(bpm=128.0, n_bars=1, seed_a=1),
    1: Recipe(bpm=132.5, n_bars=2, seed_a=9),
    4: Recipe(bpm=128.0, n_bars=1, seed_a=20),
    6: Recipe(bpm=128.01, n_bars=1, seed_a=33),
}
LATER = {4: Recipe(bpm=128.0, n_bars=4, seed_a=12)}  # over two of these
PLACES = [(0.0, 0.0), (1.0, 0.0), (0.5, 0.0), (0.25, 1.0)]


class Live:
    """What the callback does, block after block, without a process; what it plays is taken from the ring."""

    def __init__(self, seed: int, block: int, rate: int = RATE) -> None:
        self.rate = rate
        self.rng = random.Random(seed)
        self.bank = LoopBank.create(**BANK)
        self.parameters, self.meters, self.ring = (
            ParameterBlock.create(),
            Meters.create(),
            OutputRing.create(RATE),
        )
        self.recipes: dict[int, Recipe] = {}
        self.write(RECIPES)
        self.params = PlaybackParams(bpm=128.0, swap=1)
        self.log = ShowLog(self.recipes.get)
        self.buffer = np.zeros((block, 2), np.float32)
        self.now_ns = 0
        self.played: list[np.ndarray] = []
        self.position = 0
        self.fan = 0
        self.begin()

    def write(self, recipes: dict[int, Recipe]) -> None:
        for slot, recipe in recipes.items():
            rate = min(self.rate, FakePipeline.sample_rate)
            audio = render_recipe(FakePipeline(), recipe, rate=rate).audio
            header = SlotHeader(rate, len(audio), round(recipe.bpm * 100), recipe.n_bars)
            write_loop(self.bank, slot, audio, header)
        self.recipes |= recipes

    def begin(self) -> None:
        """A new process; what the one before had not yet told is told by then."""
        self.player = Player(self.bank, self.rate)
        self.output = Output(self.player, self.parameters, self.meters, self.ring)

    def close(self) -> None:
        for piece in (self.bank, self.parameters, self.meters, self.ring):
            piece.close()
            piece.unlink()

    def turn(self, **changes: Any) -> None:
        """Global parameters, and those of deck 1."""
        deck = {name: changes.pop(name) for name in list(changes) if name in DECK}
        self.params = replace(self.params, deck_1=replace(self.params.deck_1, **deck), **changes)
        self.parameters.write(self.params)

    def turn_2(self, **changes: Any) -> None:
        self.params = replace(self.params, deck_2=replace(self.params.deck_2, **changes))
        self.parameters.write(self.params)

    def enter(self, *slots: int, deck: int = 1) -> None:
        """A fan of these loops."""
        self.fan += 1
        points = tuple((slot, PLACES[i]) for i, slot in enumerate(slots))
        self.player.command(("next", deck, self.fan, points))

    def play(self, seconds: float) -> None:
        for _ in range(round(seconds * self.rate / len(self.buffer))):
            self.output.fill(self.buffer, self.now_ns, False)
            self.now_ns += len(self.buffer) * 1_000_000_000 // self.rate
            while self.player.told:
                self.log.told(self.player.told.popleft())
            while self.player.events:
                self.log.told(self.player.events.popleft())
            self.listen()

    def listen(self) -> None:
        first, audio = self.ring.read(self.position, 10**6)
        assert first == self.position
        self.played.append(audio)
        self.position += len(audio)

    def mess_about(self, seconds: float) -> None:
        """Everything that a hand can do, at random."""
        rng, end = self.rng, self.player.sample + seconds * self.rate
        while self.player.sample < end:
            self.play(rng.choice([0.02, 0.1, 0.3]))
            deck, slots = rng.choice([1, 2]), list(RECIPES)
            rng.shuffle(slots)
            name = rng.choice(
                [*MOVES, "next", "next", "point", "drop", "cancel", "restart", "downbeat", "panic"]
            )
            if name == "next":
                self.enter(*slots[: rng.randint(1, 3)], deck=deck)
            elif name == "point":
                self.player.command(("point", deck, self.fan, slots[0], rng.choice(PLACES)))
            elif name == "drop":
                self.player.command(("drop", deck, self.fan, slots[0]))
            elif name == "cancel":
                self.player.command(("cancel", deck))
            elif name not in MOVES:
                self.player.command((name,))
            elif name in DECK and deck == 2:
                self.turn_2(**{name: MOVES[name](rng)})
            else:
                self.turn(**{name: MOVES[name](rng)})

    def replayed(
        self, folder: Path, start: int, lines: list[str] | None = None
    ) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """From this sample on: as it was played, and as it is played again. lines: instead of the log's."""
        stop = self.position
        header = header_of(self.rate, 2, BANK, start, None, Params().snapshot(), "x.wav", "now")
        path = folder / "x.json"
        path.write_text("\n".join([header, *(lines or self.log.lines), line_of("stopped", stop)]) + "\n")
        done = replay(read(path), folder / "again.wav", FAKE)
        again, rate = soundfile.read(folder / "again.wav", dtype="float32")
        assert (rate, len(again)) == (self.rate, stop - start)
        return np.concatenate(self.played)[start:], np.asarray(again), done.notes


MOVES: dict[str, Callable[[random.Random], Any]] = {
    "crossfade": lambda rng: rng.choice([0.0, 0.3, 0.6, 1.0]),
    "bass_swap": lambda rng: rng.random() > 0.5,
    "morph": lambda rng: rng.random(),
    "morph_y": lambda rng: rng.choice([0.0, 1.0]),
    "bpm": lambda rng: round(rng.uniform(100, 160), 2),
    "playing": lambda rng: rng.random() > 0.2,
    "gain_db": lambda rng: rng.choice([0.0, 12.0, -6.0]),
    "swap": lambda rng: rng.choice([0, 1, 2]),
    "nudge": lambda rng: rng.choice([0.0, 3.0, -4.0]),
    "limiter": lambda rng: rng.random() > 0.3,
    "level_db": lambda rng: rng.uniform(-20, 6),
    "mute": lambda rng: rng.random() > 0.7,
    "filter": lambda rng: rng.choice([0.0, rng.uniform(-1, 1)]),
    "kill_low": lambda rng: rng.random() > 0.5,
    "kill_mid": lambda rng: rng.random() > 0.5,
    "stutter": lambda rng: rng.choice([0, 0, 2, 4]),
    "reverse": lambda rng: rng.random() > 0.7,
    "delay_send": lambda rng: rng.choice([0.0, 0.7]),
}
DECK = {field.name for field in fields(DeckParams)}


@pytest.fixture
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    live = Live(*request.param)
    live.turn()
    yield live
    live.close()


@pytest.mark.parametrize(
    "live", [(1, 512), (2, 512), (3, 480), (4, 1000), (9, 512, 44_100), (11, 512, 96_000)], indirect=True
)
def test_whatever_is_played_comes_again_sample_for_sample(live: Live, tmp_path: Path) -> None:
    """From a moment in the middle: echoes, filters and the limiter ring on from before it."""
    live.enter(0, 1)
    live.mess_about(8.0)
    live.turn(playing=True, delay_send=0.8, filter=-0.5, gain_db=12.0, mute=False)
    live.play(1.0)
    live.player.command(("cancel", 1))
    live.player.command(("cancel", 2))
    live.play(1.0)
    start = live.position - 1234
    live.mess_about(4.0)
    played, again, notes = live.replayed(tmp_path, start)
    assert np.abs(played).max() > 0.1
    assert np.array_equal(played, again)
    assert notes == ()


@pytest.mark.parametrize("live", [(5, 512)], indirect=True)
def test_a_card_that_was_gone_for_a_while_leaves_the_same_silence(live: Live, tmp_path: Path) -> None:
    live.enter(0, 1)
    live.play(1.0)
    for seconds in (0.7, 2.3):
        live.now_ns += round(seconds * 1e9)
        live.output.resume(0.06)
        live.mess_about(2.0)
    played, again, notes = live.replayed(tmp_path, 0)
    assert np.array_equal(played, again)
    assert notes == ()


@pytest.mark.parametrize("live", [(8, 512)], indirect=True)
def test_a_followed_clock_steers_it_the_same_again(live: Live, tmp_path: Path) -> None:
    """When a block is heard decides where the transport goes: the show knows it."""
    live.enter(0, 1)
    live.play(1.0)
    for bpm in (127.0, 131.5):
        live.turn(clock=ClockParams(bpm, live.player.sample / RATE * bpm / 60.0 + 0.3, live.now_ns, True))
        for _ in range(20):
            live.now_ns += live.rng.randrange(2_000_000)
            live.play(0.1)
        live.turn(clock=ClockParams())
        live.play(0.5)
    played, again, notes = live.replayed(tmp_path, 0)
    assert np.array_equal(played, again)
    assert notes == ()


@pytest.mark.parametrize("live", [(6, 512)], indirect=True)
def test_after_another_audio_process_began_it_is_the_same_again(live: Live, tmp_path: Path) -> None:
    """A recording goes on through it: its lines are those of both processes."""
    live.enter(0, 1)
    live.mess_about(2.0)
    before = live.log.lines
    live.now_ns += 1_700_000_000
    live.begin()
    live.enter(1, 4)
    live.mess_about(3.0)
    played, again, notes = live.replayed(tmp_path, 0, before + live.log.lines)
    assert np.array_equal(played, again)
    assert [note.startswith("another audio process began") for note in notes] == [True]


@pytest.mark.parametrize("live", [(7, 512)], indirect=True)
def test_a_recording_after_another_process_needs_nothing_from_before(live: Live, tmp_path: Path) -> None:
    live.mess_about(1.0)
    live.now_ns += 1_700_000_000
    live.begin()
    live.enter(1, 4)
    live.mess_about(3.0)
    played, again, notes = live.replayed(tmp_path, live.position - 2 * RATE)
    assert np.array_equal(played, again)
    assert notes == ()


@pytest.mark.parametrize("live", [(8, 512)], indirect=True)
def test_a_callback_that_failed_is_silence_again_and_is_noted(live: Live, tmp_path: Path) -> None:
    live.enter(0, 1)
    live.play(1.0)
    fails, live.player._fill = live.player._fill, None  # type: ignore[assignment, method-assign]
    live.play(len(live.buffer) / RATE)
    live.player._fill = fails  # type: ignore[method-assign]
    live.play(1.0)
    played, again, notes = live.replayed(tmp_path, 0)
    assert len(notes) == 1
    assert "the callback failed at sample" in notes[0]
    assert np.array_equal(played, again)


@pytest.mark.parametrize("live", [(9, 512)], indirect=True)
def test_a_show_that_was_tampered_with_is_noticed(live: Live, tmp_path: Path) -> None:
    live.enter(0, 1)
    live.play(1.0)
    live.enter(1, 4)
    live.play(1.5)
    assert live.replayed(tmp_path, 0)[2] == ()

    def tampered(old: str, new: str) -> list[str]:
        return [line.replace(old, new) for line in live.log.lines]

    played, again, _ = live.replayed(
        tmp_path, 0, tampered('"bpm":128.0,"n_bars":1', '"bpm":100.0,"n_bars":1')
    )
    assert not np.array_equal(played, again)
    notes = live.replayed(tmp_path, 0, tampered('"swap":1', '"swap":2'))[2]
    assert any("only then, or only now" in note for note in notes)
    with pytest.raises(ReplayError, match="is not where a block begins"):
        live.replayed(tmp_path, 0, tampered('"sample":48128', '"sample":48129'))


@pytest.mark.parametrize("live", [(10, 512)], indirect=True)
def test_what_cannot_be_is_said_and_leaves_nothing(live: Live, tmp_path: Path) -> None:
    live.enter(0, 1)
    live.play(0.5)
    live.replayed(tmp_path, 0)
    show = read(tmp_path / "x.json")
    out = tmp_path / "out.wav"
    kept = (tmp_path / "again.wav").read_bytes()
    other = GeneratorSettings(checkpoint=str(tmp_path / "none"), load=FAKE.load)
    with pytest.raises(ReplayError, match="the model could not be loaded: no checkpoint folder"):
        replay(show, tmp_path / "again.wav", other)
    assert (tmp_path / "again.wav").read_bytes() == kept
    with pytest.raises(ReplayError, match=r"must be a file named \*\.wav"):
        replay(show, tmp_path / "out.mp3", FAKE)
    with pytest.raises(ReplayError, match="No such file or directory"):
        replay(show, tmp_path / "none" / "out.wav", FAKE)
    wrong = tuple(
        replace(event, fields={**event.fields, "loops": {"0": {"checkpoint": "another"}}})
        if event.kind == "took"
        else event
        for event in show.events
    )
    with pytest.raises(ReplayError, match="the recipe is of checkpoint another, this one is clicks"):
        replay(replace(show, events=wrong), out, FAKE)
    with pytest.raises(ReplayError, match="the show can't be played"):
        replay(replace(show, bank={"n_units": 0}), out, FAKE)
    with pytest.raises(ReplayError, match="the show can't be played"):
        replay(replace(show, bank={"rows": 0}), out, FAKE)
    with pytest.raises(ReplayError, match="is not where a block begins"):
        replay(replace(show, events=show.events[1:]), out, FAKE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.wav", "x.json"]
