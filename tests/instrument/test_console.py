"""The whole console with a fake model and no sound card: all three processes, real OSC, real signals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig_osc import PATIENCE_S, Patch

ROOT = Path(__file__).parents[2]
PAGE_AT = "the page is at "


class Played(Patch):
    """An instrument that plays, and a patch that listens to it."""

    def __init__(
        self,
        folder: Path,
        render_limit_s: float = 60.0,
        record_format: str = "wav",
        show: Path | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        self.recordings = folder / "recordings"
        self.process = start(0, render_limit_s, folder, record_format, show, options)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.match(r"OSC on 127\.0\.0\.1:(\d+)", line)
        assert found, line
        super().__init__(int(found[1]))

    def page_url(self) -> str:
        """Where its page is. Once; it may have said other things before."""
        assert self.process.stdout is not None
        said = (line.rstrip() for line in self.process.stdout)
        return next(line.removeprefix(PAGE_AT) for line in said if line.startswith(PAGE_AT))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        super().close()


def start(
    port: int,
    render_limit_s: float = 60.0,
    folder: Path = Path("unused"),
    record_format: str = "wav",
    show: Path | None = None,
    options: tuple[str, ...] = (),
) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-m", "tests.instrument.fake_play", str(port), str(render_limit_s)]
    command += [str(folder / "presets"), str(folder / "recordings"), record_format]
    command += [*([] if show is None else [str(show)]), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[..., Played]]:
    instruments: list[Played] = []

    def make(**settings: Any) -> Played:
        instruments.append(Played(tmp_path, **settings))
        return instruments[-1]

    yield make
    for instrument in instruments:
        instrument.close()


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]


def assert_nothing_is_left(pid: int, children: list[int]) -> None:
    """No process, no shared memory. Python's resource tracker ends a moment after the process it serves."""
    deadline = time.monotonic() + PATIENCE_S
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert not list(Path("/dev/shm").glob(f"ladmg-{pid}-*"))


def test_it_plays_is_steered_and_ends_without_a_trace(play: Callable[..., Played]) -> None:
    played = play()
    recipe = played.loop()
    assert (recipe["bpm"], recipe["seed_a"], recipe["checkpoint"]) == (125.0, 1, "clicks")
    bar, beat, bpm = played.until("/ladmg/beat")
    assert (1 <= beat <= 4, bpm) == (True, 125.0)
    later = played.until("/ladmg/beat")
    assert later[0] * 4 + later[1] > bar * 4 + beat

    played.send("/ladmg/swap", "beat")
    played.send("/ladmg/1/prompt", "dark", "techno")
    played.loop(prompt="dark techno")
    played.send("/ladmg/1/morph", 0.5)
    played.loop(prompt="dark techno", morph=0.5)
    played.send("/ladmg/1/roll", 1)
    (seed_b,) = played.until("/ladmg/1/seed_b", lambda seed: seed != 2)
    played.loop(seed_b=seed_b)
    played.send("/ladmg/bpm", 140.0)
    played.until("/ladmg/beat", lambda bar, beat, bpm: bpm == 140.0)  # bent, before it is rendered
    played.loop(bpm=140.0)

    played.send("/ladmg/auto", 0)
    played.send("/ladmg/1/seed_a", 40)
    played.until("/ladmg/1/next", lambda state, eta: state == "ready")
    played.send("/ladmg/1/go", 1)
    played.loop(seed_a=40)

    assert played.status()["state"] == "none"
    processes = children_of(played.process.pid)
    played.process.send_signal(signal.SIGINT)
    out, err = played.process.communicate(timeout=PATIENCE_S)
    assert played.process.returncode == 0
    assert err == ""
    assert 'plays "dark techno"' in out
    assert_nothing_is_left(played.process.pid, processes)


def test_gestures_tap_hold_and_undo_reach_the_sound(play: Callable[..., Played]) -> None:
    played = play()
    first = played.loop()
    played.send("/ladmg/swap", "now")

    def peak(is_it: Callable[[float], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_it(played.status()["peak"]):
            assert time.monotonic() < deadline

    played.send("/ladmg/1/mute", 1)
    peak(lambda peak: peak == 0.0)
    played.send("/ladmg/1/mute", 0)
    peak(lambda peak: peak > 0.0)

    played.send("/ladmg/1/hold", 1)
    played.send("/ladmg/1/prompt", "dark")
    played.until("/ladmg/1/next", lambda state, eta: state == "ready")
    played.send("/ladmg/1/hold", 0)
    played.loop(prompt="dark")
    played.send("/ladmg/1/undo", 1)
    assert played.until("/ladmg/1/prompt") == ("",)
    assert played.loop(prompt="")["seed_a"] == first["seed_a"]
    played.send("/ladmg/1/undo", 1)
    assert played.until("/ladmg/error")[:2] == ("/ladmg/1/undo", "nothing-to-undo")

    for _ in range(4):
        played.send("/ladmg/tap", 1)
        time.sleep(0.4)
    (bpm,) = played.until("/ladmg/bpm")
    assert 130.0 < bpm < 160.0
    played.send("/ladmg/restart", 1)
    played.until("/ladmg/beat", lambda bar, beat, bpm: bar == 1)


def test_a_preset_brings_everything_back(play: Callable[..., Played]) -> None:
    played = play()
    played.loop()
    played.send("/ladmg/swap", "now")
    played.send("/ladmg/1/prompt", "dark")
    played.send("/ladmg/1/filter", -0.5)
    played.send("/ladmg/preset_save", "dark one")
    played.loop(prompt="dark")
    played.send("/ladmg/1/prompt", "light")
    played.send("/ladmg/1/filter", 0.0)
    played.loop(prompt="light")
    played.send("/ladmg/preset_recall", "dark", "one")
    assert played.until("/ladmg/1/filter") == (-0.5,)
    played.loop(prompt="dark")
    played.send("/ladmg/preset_recall", "nothing")
    address, code, text = played.until("/ladmg/error")
    assert (address, code) == ("/ladmg/preset_recall", "preset")
    assert text.endswith("there are: dark one")


def test_a_killed_generator_is_replaced_and_the_music_goes_on(play: Callable[..., Played]) -> None:
    played = play()
    played.loop()
    before = played.status()
    os.kill(before["generator_pid"], signal.SIGKILL)
    text = "generator stopped (exit code -9), restarting; the loop keeps playing"
    assert played.until("/ladmg/error") == ("/ladmg", "generator-lost", text)
    played.send("/ladmg/1/seed_a", 50)
    played.loop(seed_a=50)
    after = played.status()
    assert after["generator_pid"] not in (0, before["generator_pid"])
    assert after["audio_pid"] == before["audio_pid"]


def test_a_killed_audio_process_comes_back_with_the_loop_and_the_beat(play: Callable[..., Played]) -> None:
    played = play()
    played.loop()
    before = played.status()
    os.kill(before["audio_pid"], signal.SIGKILL)
    assert played.until("/ladmg/error")[1] == "audio-lost"
    bar, beat, _ = played.until("/ladmg/beat")
    assert bar * 4 + beat > before["beat"]
    deadline = time.monotonic() + PATIENCE_S
    while (after := played.status())["peak"] == 0.0 or after["audio_pid"] == before["audio_pid"]:
        assert time.monotonic() < deadline
    assert after["generator_pid"] == before["generator_pid"]


def test_a_stuck_generator_is_replaced(play: Callable[..., Played]) -> None:
    played = play(render_limit_s=4.0)
    played.loop()
    played.send("/ladmg/1/prompt", "stall")
    _, code, text = played.until("/ladmg/error")
    assert code == "generator-lost"
    assert "no result within 4 s" in text
    played.send("/ladmg/1/prompt", "fine")
    played.loop(prompt="fine")


def test_a_render_that_is_not_finite_is_told_and_not_played(play: Callable[..., Played]) -> None:
    played = play()
    played.loop()
    played.send("/ladmg/1/prompt", "nan")
    address, code, text = played.until("/ladmg/error")
    assert (address, code) == ("/ladmg/1", "not-finite")
    assert "samples are not finite" in text
    played.send("/ladmg/1/prompt", "fine")
    played.loop(prompt="fine")


def test_every_knob_reaches_the_loop_and_what_the_model_cannot_do_is_told_once(
    play: Callable[..., Played],
) -> None:
    played = play()
    played.loop()
    played.send("/ladmg/swap", "beat")
    played.send("/ladmg/key", "A", "minor")
    assert played.until("/ladmg/key") == (10,)
    knobs = {"weight_2": 0.5, "cfg_grid": 1.5, "brightness": -0.25, "density": 0.5, "swing": 58.0}
    texts = {"prompt": "dark", "prompt_2": "dub techno", "negative": "no kick"}
    for name, value in {**knobs, **texts}.items():
        played.send(f"/ladmg/1/{name}", value)
    played.loop(**knobs, **texts, key="A minor", n_steps=8)

    played.send("/ladmg/1/prompt_2", "untaught")
    assert played.until("/ladmg/error") == ("/ladmg/key", "refused", "key must be off, got A minor")
    played.send("/ladmg/1/prompt_2", "dub techno")  # back to what still plays: nothing to render
    played.send("/ladmg/1/seed_a", 40)
    played.loop(seed_a=40)
    assert [address for address, _ in played.heard].count("/ladmg/error") == 1


def test_a_second_instance_on_the_port_says_so_and_starts_nothing(play: Callable[..., Played]) -> None:
    played = play()
    second = start(played.port)
    out, err = second.communicate(timeout=PATIENCE_S)
    assert second.returncode == 2
    assert out == ""
    assert err.startswith(f"ladmg: OSC port {played.port} on 127.0.0.1 is in use")
    assert err.count("\n") == 1


def test_sigterm_before_the_first_loop_ends_it_too(play: Callable[..., Played]) -> None:
    played = play()
    played.process.send_signal(signal.SIGTERM)
    _, err = played.process.communicate(timeout=PATIENCE_S)
    assert (played.process.returncode, err) == (0, "")
    assert not list(Path("/dev/shm").glob(f"ladmg-{played.process.pid}-*"))


def test_children_and_memory_go_when_the_console_is_killed(play: Callable[..., Played]) -> None:
    played = play()
    played.loop()
    processes = children_of(played.process.pid)
    played.process.kill()
    assert_nothing_is_left(played.process.pid, processes)
