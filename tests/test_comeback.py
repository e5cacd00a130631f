"""A console that is killed, and `ladmg play` again: all is back before the model is, or it begins anew where asked."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from instrument import session
from tests.instrument.fake_pipeline import glide
from tests.rig import RATE, VirtualSoundCard, recorded_so_far, virtual_sound_card
from tests.rig_osc import PATIENCE_S
from tests.rig_play import FAKE_PLAY, Instrument, assert_nothing_is_left

pytestmark = pytest.mark.timeout(600)

Start = Callable[..., Instrument]


@pytest.fixture
def card(tmp_path: Path) -> Iterator[VirtualSoundCard]:
    with virtual_sound_card(tmp_path) as card:
        yield card


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """The instrument with tones for a model, on one OSC port and with one folder of states; on a card, where given."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    probe.close()
    started: list[Instrument] = []

    def start(
        *arguments: str, pipeline: str = "TonePipeline", card: VirtualSoundCard | None = None
    ) -> Instrument:
        fixed = [str(port), "20", str(tmp_path), "--state", str(tmp_path / "state"), "--pipeline", pipeline]
        device = ["--device", "none" if card is None else "default"]
        env = {} if card is None else card.env
        started.append(Instrument(*fixed, *device, *arguments, program=FAKE_PLAY, env=env))
        return started[-1]

    yield start
    for instrument in started:
        instrument.close()


def played(start: Start, folder: Path, **settings: object) -> Instrument:
    """An instrument that plays a loop of its own, with other values than those it starts with, all kept by now."""
    instrument = start(**settings)
    for address, value in (("/ladmg/n_bars", 1), ("/ladmg/swap", "beat"), ("/ladmg/1/level_db", -3.0)):
        instrument.send(address, value)
    instrument.send("/ladmg/1/prompt", "dub techno")
    instrument.send("/ladmg/1/seed_a", 77)
    instrument.loop(seed_a=77, prompt="dub techno", n_bars=1)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        kept = session.load(folder / "state" / f"session-{instrument.port}")
        if kept is not None and 1 in kept.loops and kept.loops[1].made.seed_a == 77:
            return instrument
        assert time.monotonic() < deadline, kept
        time.sleep(0.05)


def crash(instrument: Instrument) -> None:
    children = instrument.children()
    instrument.process.kill()
    instrument.wait()
    assert_nothing_is_left(instrument.process.pid, children)


def test_after_a_crash_everything_is_back_before_the_model_is(
    start: Start, card: VirtualSoundCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crash(played(start, tmp_path, card=card))
    path = tmp_path / "heard.wav"
    with card.record(path):
        began, first_sample = time.monotonic(), len(recorded_so_far(path))
        again = start(pipeline="LateTonePipeline", card=card)
        again.until_said("back to the session before, which was cut off; --fresh begins anew")
        recipe = again.loop()
        assert (recipe["seed_a"], recipe["prompt"], recipe["n_bars"]) == (77, "dub techno", 1)
        again.send("/ladmg/get", "/ladmg/1/level_db")
        assert again.until("/ladmg/1/level_db") == (-3.0,)
        assert again.status()["generator"] == "starting"
        while len(heard := recorded_so_far(path)[first_sample:]) < RATE or not heard[:-RATE].any():
            assert time.monotonic() < began + PATIENCE_S
            time.sleep(0.05)
    sound = int(np.flatnonzero(heard.any(axis=1))[0])
    with capsys.disabled():
        print(f"\n    sound {sound / RATE:.1f} s after the new start, with no model at all")
    # From its first sample on, and not another one.
    part = heard[sound : sound + RATE // 2, 0]
    likeness = [
        float(np.abs(np.correlate(glide(125.0, 1, seed)[: len(part) + 4800, 0], part, "valid")).max())
        / float(np.linalg.norm(part) * np.linalg.norm(glide(125.0, 1, seed)[: len(part), 0]))
        for seed in (77, 1)
    ]
    assert likeness[0] > 0.9 > 2 * likeness[1]


def test_after_an_end_in_order_it_begins_anew_unless_it_is_to_go_on(start: Start, tmp_path: Path) -> None:
    first = played(start, tmp_path)
    assert first.interrupt() == 0
    second = start()
    assert second.loop()["seed_a"] == 1
    assert not any("back to the session" in line for line in second.said)
    assert second.interrupt() == 0

    played(start, tmp_path).interrupt()
    third = start("--resume", pipeline="LateTonePipeline")
    third.until_said("back to the session before, which ended; --fresh begins anew")
    assert third.loop()["seed_a"] == 77
    crash(third)
    fourth = start("--no-resume")
    assert fourth.loop()["seed_a"] == 1


def test_what_was_kept_and_is_damaged_is_told_and_put_aside(start: Start, tmp_path: Path) -> None:
    crash(played(start, tmp_path))
    (file,) = tmp_path.glob("state/session-*/session.json")
    loop = file.with_name(json.loads(file.read_text())["loops"]["1"]["file"])
    loop.write_bytes(loop.read_bytes()[:-8])
    again = start()
    again.until_said(r"the loop of deck 1 can't come back: .*put aside as .*\.damaged")
    assert again.loop(seed_a=77)["prompt"] == "dub techno"  # made anew, by the values
    crash(again)
    file.write_text("{")
    anew = start()
    anew.until_said("the session before can't come back, it is put aside as")
    assert anew.loop()["seed_a"] == 1
    assert file.with_name("session.json.damaged").read_text() == "{"
