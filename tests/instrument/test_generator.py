"""The generator's work, with a fake model: what reaches the slot is what was asked, and a failure costs one loop."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument import generator
from instrument.generator import (
    GeneratorSettings,
    NotFiniteError,
    load_pipeline,
    loop_settings,
    render_recipe,
)
from instrument.lows import low_band
from instrument.memory import LoopBank, MeterReading, Meters, SharedNames, SlotState, n_low
from instrument.recipe import GENERATIVE, Recipe
from model.settings import Abandoned
from tests import tiny_checkpoint
from tests.instrument.fake_pipeline import RATE, FakeLoop, FakePipeline, clicks
from tests.instrument.test_recipe import values_of

LOAD = "tests.instrument.fake_pipeline:FakePipeline.load"
PATIENCE_S = 60.0


class Peer:
    """A generator process and the console's end of its pipe."""

    def __init__(self, settings: GeneratorSettings) -> None:
        self.bank = LoopBank.create(10)
        self.meters = Meters.create()
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        names = SharedNames(self.bank.name, "", self.meters.name, "")
        self.process = context.Process(target=generator.main, args=(theirs, names, settings), daemon=True)
        self.process.start()
        theirs.close()

    def hear(self) -> tuple[Any, ...]:
        assert self.pipe.poll(PATIENCE_S)
        message: tuple[Any, ...] = self.pipe.recv()
        return message

    def close(self) -> None:
        self.process.kill()
        self.process.join()
        for shared in (self.bank, self.meters):
            shared.close()
            shared.unlink()


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    made = Peer(GeneratorSettings(load=LOAD))
    assert made.hear()[:3] == ("loaded", "clicks", "fake")
    assert made.hear() == ("ready",)
    yield made
    made.close()


def ask(peer: Peer, ticket: int, slot: int, recipe: Recipe) -> tuple[Any, ...]:
    peer.pipe.send(("render", ticket, slot, recipe.to_dict()))
    answer = peer.hear()
    assert peer.hear() == ("ready",)
    return answer


def test_the_slot_holds_what_was_asked(peer: Peer) -> None:
    recipe = Recipe(bpm=128.5, n_bars=2, seed_a=9, n_steps=4)
    kind, ticket, slot, info = ask(peer, 7, 3, recipe)
    assert (kind, ticket, slot) == ("done", 7, 3)
    header = peer.bank.header(3)
    assert header.state == SlotState.READY
    assert (header.rate, header.n_bars, header.bpm_centi) == (RATE, 2, 12850)
    made = Recipe.from_dict(info["recipe"])
    assert made == replace(recipe, checkpoint="clicks", gain_db=made.gain_db)
    assert (header.loop_id, header.epoch) == (made.id, 7)
    assert header.n_samples == info["n_samples"] == round(2 * 240 / 128.5 * RATE)
    assert info["n_steps"] == 4
    assert made.gain_db is not None
    expected = clicks(128.5, 2, 9) * np.float32(10 ** (made.gain_db / 20))
    samples = peer.bank.samples(3)
    np.testing.assert_array_equal(samples[: header.n_samples], expected)
    lows = samples[header.n_samples : header.n_samples + n_low(header.n_samples)]
    np.testing.assert_array_equal(lows, low_band(expected, RATE))


def test_work_that_may_wait_is_left_and_what_was_said_meanwhile_is_heard(peer: Peer) -> None:
    peer.pipe.send(("render", 40, 3, Recipe(prompt="steps").to_dict()))
    peer.pipe.send(("abandon", 39))  # of before: says nothing about this one
    time.sleep(0.3)
    peer.pipe.send(("abandon", 40))
    peer.pipe.send(("render", 41, 3, Recipe().to_dict()))
    assert peer.hear() == ("abandoned", 40, 3)
    assert peer.hear() == ("ready",)
    assert peer.hear()[:3] == ("done", 41, 3)
    assert peer.hear() == ("ready",)


def test_a_loop_keeps_the_level_that_its_recipe_says() -> None:
    one = render_recipe(FakePipeline(), Recipe(gain_db=-3.0))
    assert one.recipe.gain_db == -3.0
    np.testing.assert_array_equal(one.audio, clicks(125, 4, 1) * np.float32(10 ** (-3.0 / 20)))


def test_a_stretched_loop_is_made_again_by_its_recipe(peer: Peer) -> None:
    made = Recipe.from_dict(ask(peer, 50, 0, Recipe(n_bars=1))[3]["recipe"])
    peer.pipe.send(("stretch", 51, 0, 3, 13_000))
    assert peer.hear()[:3] == ("stretched", 51, 3)
    assert peer.hear() == ("ready",)
    again = render_recipe(FakePipeline(), replace(made, stretched_bpm=130.0))
    assert again.recipe.tempo == 130.0
    np.testing.assert_array_equal(again.audio, peer.bank.samples(3)[: peer.bank.header(3).n_samples])


def test_the_model_leaves_a_render_between_two_steps(tmp_path: Path) -> None:
    pipeline = load_pipeline(GeneratorSettings(checkpoint=str(tiny_checkpoint.write(tmp_path)), device="cpu"))
    answers = iter([True, True, False])
    with pytest.raises(Abandoned):
        render_recipe(pipeline, Recipe(n_bars=1, n_steps=8), is_wanted=lambda: next(answers))


@pytest.mark.parametrize(
    ("word", "code"), [("nan", "not-finite"), ("raise", "render"), ("memory", "memory"), ("alloc", "memory")]
)
def test_a_failed_render_is_told_on_one_line_and_the_next_works(peer: Peer, word: str, code: str) -> None:
    kind, ticket, slot, said, text = ask(peer, 20, 2, Recipe(prompt=word))
    assert (kind, ticket, slot, said) == ("failed", 20, 2, code)
    assert "\n" not in text
    assert ask(peer, 21, 2, Recipe())[0] == "done"


def test_what_the_model_was_never_taught_is_refused_by_name(peer: Peer) -> None:
    answer = ask(peer, 25, 2, Recipe(prompt="untaught", key="A minor"))
    assert answer == ("refused", 25, 2, "key", "key must be off, got A minor")
    assert ask(peer, 26, 2, Recipe())[0] == "done"


def test_the_number_of_steps_that_was_chosen_is_in_the_recipe(peer: Peer) -> None:
    info = ask(peer, 27, 2, Recipe(prompt="acid"))[3]
    assert (info["n_steps"], info["recipe"]["n_steps"]) == (8, 8)


def test_a_loop_is_made_at_the_cards_rate_where_that_is_lower(peer: Peer) -> None:
    for rate, made_at in ((44100, 44100), (96000, RATE), (RATE, RATE)):
        peer.meters.write(MeterReading(rate=rate))
        ask(peer, 28, 2, Recipe(n_bars=1))
        header = peer.bank.header(2)
        assert (header.rate, header.n_samples) == (made_at, round(1.92 * made_at))


def test_what_both_rates_can_hold_is_the_same_at_either() -> None:
    """A tone of 10 kHz, where reading between samples, as loops of another rate are played, is 29 dB off."""
    at_rate = {rate: np.arange(round(1.92 * rate)) / rate for rate in (RATE, 44100)}
    tones = {rate: 0.25 * np.sin(2 * np.pi * 10_000 * t) for rate, t in at_rate.items()}

    class Tone(FakePipeline):
        def render(self, settings: Any, is_wanted: Callable[[], bool] | None = None) -> FakeLoop:
            return FakeLoop(np.repeat(tones[RATE][:, None], 2, axis=1).astype(np.float32), 8, {})

    rendered = render_recipe(Tone(), Recipe(n_bars=1, gain_db=0.0), rate=44100)
    np.testing.assert_allclose(rendered.audio[:, 0], tones[44100], atol=1e-6)
    assert rendered.rate == 44100


def test_it_is_the_first_that_the_kernel_takes_where_memory_runs_out(peer: Peer) -> None:
    assert Path(f"/proc/{peer.process.pid}/oom_score_adj").read_text() == "1000\n"


def test_a_loop_that_does_not_fit_is_refused(peer: Peer) -> None:
    answer = ask(peer, 30, 5, Recipe(n_bars=8))
    assert answer[:4] == ("failed", 30, 5, "render")
    assert "slot 5 has room for 655360 samples, a loop of 737280 needs 783360" in answer[4]


def test_a_checkpoint_that_is_not_there_is_said_and_ends_it() -> None:
    peer = Peer(GeneratorSettings(checkpoint="/nowhere/at/all", load=LOAD))
    try:
        assert peer.hear() == ("failed", -1, -1, "load", "no checkpoint folder '/nowhere/at/all'")
        peer.process.join(PATIENCE_S)
        assert peer.process.exitcode == 1
    finally:
        peer.close()


def orphan(pipe: Connection, bank: str, meters: str) -> None:
    """A console that starts a generator, gives it endless work, and waits to be killed."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    names = SharedNames(bank, "", meters, "")
    process = context.Process(target=generator.main, args=(theirs, names, GeneratorSettings(load=LOAD)))
    process.start()
    while ours.recv() != ("ready",):
        pass
    ours.send(("render", 1, 0, Recipe(prompt="stall").to_dict()))
    pipe.send(process.pid)
    time.sleep(PATIENCE_S)


def test_a_generator_ends_with_its_console_in_the_middle_of_a_render() -> None:
    bank, meters = LoopBank.create(1), Meters.create()
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    console = context.Process(target=orphan, args=(theirs, bank.name, meters.name))
    console.start()
    try:
        assert pipe.poll(PATIENCE_S)
        pid = pipe.recv()
        assert console.pid is not None
        os.kill(console.pid, signal.SIGKILL)
        console.join()
        deadline = time.monotonic() + PATIENCE_S
        while _is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _is_running(pid)
    finally:
        console.kill()
        console.join()
        for shared in (bank, meters):
            shared.close()
            shared.unlink()


def _is_running(pid: int) -> bool:
    """Not even as a zombie that nobody has reaped yet."""
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_same_recipe_is_the_same_audio_bit_for_bit() -> None:
    one, two = (render_recipe(FakePipeline(), Recipe(seed_a=3)) for _ in range(2))
    np.testing.assert_array_equal(one.audio, two.audio)


def test_what_the_model_made_it_makes_again_bit_for_bit(tmp_path: Path) -> None:
    """With every knob in use, and whatever number of steps the machine chose."""
    tiny_checkpoint.write(tmp_path, few_steps=4, n_steps=4, good_steps=[2, 4, 8])
    pipeline = load_pipeline(GeneratorSettings(checkpoint=str(tmp_path), device="cpu"))
    asked = Recipe(
        n_bars=1,
        key="A minor",
        prompt="dub techno",
        prompt_2="acid",
        weight_2=0.4,
        negative="kick",
        cfg_grid=2.0,
        brightness=0.5,
        density=-0.5,
        swing=58.0,
        morph=0.5,
    )
    chosen = {render_recipe(pipeline, asked, limit_s).n_steps for limit_s in (1e-9, math.inf)}
    assert chosen == {2, 8}
    rendered = render_recipe(pipeline, asked, 1.0)
    assert rendered.recipe.n_steps == rendered.n_steps
    assert rendered.recipe.checkpoint == pipeline.checkpoint_id
    again = render_recipe(pipeline, Recipe.from_json(rendered.recipe.to_json()), 1e-9)
    np.testing.assert_array_equal(again.audio, rendered.audio)


def test_a_recipe_of_another_checkpoint_is_refused() -> None:
    with pytest.raises(ValueError, match="the recipe is of checkpoint gongs, this one is clicks"):
        render_recipe(FakePipeline(), Recipe(checkpoint="gongs"))


def test_a_number_of_steps_that_no_recipe_can_hold_stays_open() -> None:
    class Slow(FakePipeline):
        def affordable_steps(self, settings: Any, limit_s: float) -> int:
            return 50

    rendered = render_recipe(Slow(), Recipe())
    assert (rendered.n_steps, rendered.recipe.n_steps) == (50, 0)


@given(st.builds(Recipe, **{name: values_of(spec) for name, spec in GENERATIVE.items()}))
def test_every_recipe_is_a_setting_of_the_model(recipe: Recipe) -> None:
    settings, heard = loop_settings(recipe), recipe.heard()
    for name in {field.name for field in fields(settings)} & GENERATIVE.keys():
        assert getattr(settings, name) == getattr(heard, name)
    assert settings.mixture == heard.mixture


def test_what_is_not_finite_is_never_handed_out() -> None:
    with pytest.raises(NotFiniteError, match="2 of 737280 samples are not finite"):
        render_recipe(FakePipeline(), Recipe(prompt="nan"))


def test_load_must_be_a_dotted_name() -> None:
    with pytest.raises(ValueError, match=r"load must look like 'package\.module:name', got 'pipeline'"):
        GeneratorSettings(load="pipeline")
