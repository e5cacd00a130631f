"""What goes wrong on stage, with the real program: the music goes on, and nothing is left behind."""

from __future__ import annotations

import ast
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests import tiny_checkpoint
from tests.rig import virtual_sound_card
from tests.rig_play import (
    PATIENCE_S,
    PLAY,
    ROOT,
    Instrument,
    Listener,
    assert_nothing_is_left,
)

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Random weights: what comes out is noise, but by the real model's code."""
    return str(tiny_checkpoint.write(tmp_path_factory.mktemp("checkpoint")))


@pytest.fixture
def play(checkpoint: str) -> Iterator[Callable[..., Instrument]]:
    """`ladmg play` with that checkpoint and the given arguments; without a sound card, unless one is given."""
    instruments: list[Instrument] = []

    def start(*arguments: str, **settings: dict[str, str]) -> Instrument:
        instruments.append(Instrument("--checkpoint", checkpoint, *arguments, **settings))
        return instruments[-1]

    yield start
    for instrument in instruments:
        instrument.close()


def test_a_killed_generator_breaks_no_sound_and_another_is_ready(
    play: Callable[..., Instrument], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with virtual_sound_card(tmp_path) as card:
        listener = Listener(card, tmp_path)
        with listener.listening():
            started = listener.now
            instrument = play(env=card.env)
            instrument.loop()
            listener.listen(2.0)
            before = instrument.status()

            os.kill(before["generator_pid"], signal.SIGKILL)
            killed_at = time.monotonic()
            text = "generator stopped (exit code -9), restarting; the loop keeps playing"
            assert instrument.until("/ladmg/error") == ("/ladmg", "generator-lost", text)
            while (now := instrument.status())["generator"] != "ready" or now["generator_pid"] in (
                0,
                before["generator_pid"],
            ):
                assert time.monotonic() < killed_at + PATIENCE_S, now
                time.sleep(0.05)
            seconds = time.monotonic() - killed_at
            with capsys.disabled():
                print(f"\na new generator is ready {seconds:.1f} s after the old one was killed")
            listener.listen(1.0)
            instrument.send("/ladmg/1/seed_a", 50)
            instrument.loop(seed_a=50)
            listener.listen(2.0)
            after = instrument.status()
            assert after["audio_pid"] == before["audio_pid"]
            assert after["callback_errors"] == 0

            # What would be heard if the sound did break: else the silence of this test would prove nothing.
            unbroken = slice(started, listener.now)
            os.kill(after["audio_pid"], signal.SIGSTOP)
            time.sleep(0.4)
            os.kill(after["audio_pid"], signal.SIGCONT)
            broken = listener.listen(2.0)
    assert np.any(listener.heard[unbroken] != 0.0)
    assert listener.gaps_of_its_own(unbroken) == []
    assert listener.gaps(slice(unbroken.stop, broken.stop))[0] != []


def test_too_little_memory_and_a_checkpoint_that_changes_on_disk(
    play: Callable[..., Instrument], tmp_path: Path
) -> None:
    folder = tiny_checkpoint.write(tmp_path / "mine")
    with virtual_sound_card(tmp_path) as card:
        listener = Listener(card, tmp_path)
        with listener.listening():
            started = listener.now
            instrument = play("--checkpoint", str(folder), env=card.env)
            instrument.send("/ladmg/swap", "beat")
            first = instrument.loop()["checkpoint"]

            # The system has no more for the generator: torch's allocator says so, or the process ends.
            pid = instrument.status()["generator_pid"]
            limits = resource.prlimit(pid, resource.RLIMIT_AS)
            resource.prlimit(pid, resource.RLIMIT_AS, (2**20, limits[1]))
            instrument.send("/ladmg/1/seed_a", 20)
            instrument.until(
                "/ladmg/error", lambda _, code, __: code in ("memory", "render", "generator-lost")
            )
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_AS, limits)
            instrument.send("/ladmg/1/seed_a", 21)
            instrument.loop(seed_a=21)

            # Damaged while it plays: what is loaded is in memory, what is loaded anew is refused.
            files = sorted(folder.glob("*.safetensors"))
            for file in files:
                file.write_bytes(file.read_bytes()[:-1] + b"?")
            instrument.send("/ladmg/1/seed_a", 22)
            assert instrument.loop(seed_a=22)["checkpoint"] == first
            os.kill(instrument.status()["generator_pid"], signal.SIGKILL)
            text = instrument.until("/ladmg/error", lambda _, code, __: code == "load")[2]
            assert text.startswith("the model could not be loaded, trying again: ")
            tiny_checkpoint.write(folder, n_steps=3)  # another one
            text = instrument.until("/ladmg/error", lambda _, code, __: code == "other-checkpoint")[2]
            assert f"not {first}: what plays goes on" in text
            told = [args[1] for address, args in instrument.heard if address == "/ladmg/error"]
            assert told.count("load") == 1
            instrument.send("/ladmg/1/seed_a", 23)
            assert instrument.loop(seed_a=23)["checkpoint"] != first
            assert instrument.status()["callback_errors"] == 0
            whole = slice(started, listener.now)
    assert np.any(listener.heard[whole] != 0.0)
    assert listener.gaps_of_its_own(whole) == []


def test_ctrl_c_ends_all_processes_and_leaves_no_shared_memory(play: Callable[..., Instrument]) -> None:
    instrument = play("--device", "none")
    instrument.loop()
    children = instrument.children()
    status = instrument.status()
    assert {status["audio_pid"], status["generator_pid"]} <= set(children)
    assert list(Path("/dev/shm").glob(f"ladmg-{instrument.process.pid}-*"))
    assert instrument.interrupt() == 0
    assert instrument.complained == []
    assert_nothing_is_left(instrument.process.pid, children)


def test_ctrl_c_while_the_model_loads_ends_all_processes_too(play: Callable[..., Instrument]) -> None:
    instrument = play("--device", "none")
    instrument.until_said("audio to")
    children = instrument.children()
    assert instrument.interrupt() == 0
    assert instrument.complained == []
    assert_nothing_is_left(instrument.process.pid, children)


def test_a_killed_console_takes_the_others_and_the_memory_with_it(play: Callable[..., Instrument]) -> None:
    instrument = play("--device", "none", "--midi", "all")
    instrument.loop()
    status = instrument.status()
    assert all(status[f"{name}_pid"] in instrument.children() for name in ("audio", "generator", "midi"))
    children = instrument.children()
    instrument.process.kill()
    instrument.wait()
    assert_nothing_is_left(instrument.process.pid, children)


def test_a_second_instance_on_the_port_says_so_and_the_first_plays_on(
    play: Callable[..., Instrument],
) -> None:
    first = play("--device", "none")
    command = [*PLAY, "--device", "none", "--osc-port", str(first.port)]
    second = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert second.returncode == 2
    assert second.stdout == ""
    assert second.stderr.startswith(f"ladmg: OSC port {first.port} on 127.0.0.1 is in use")
    assert "--osc-port" in second.stderr
    assert second.stderr.count("\n") == 1
    first.loop()
    assert first.process.poll() is None


def without_sound(folder: Path) -> dict[str, str]:
    """The environment of a machine where no sound is set up; skips where there is a card that can't be hidden."""
    config = folder / "alsa.conf"
    config.write_text("pcm.!default { type hw card 99 }\nctl.!default { type hw card 99 }\n")
    env = {"ALSA_CONFIG_PATH": str(config), "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    env |= {
        "PULSE_RUNTIME_PATH": str(folder),
        "JACK_NO_START_SERVER": "1",
        "JACK_DEFAULT_SERVER": "none-here",
    }
    command = [sys.executable, "-m", "instrument", "devices"]
    listed = subprocess.run(
        command, cwd=ROOT, env=os.environ | env, capture_output=True, text=True, check=True
    )
    if "no sound card" not in listed.stdout:
        pytest.skip(f"this machine's sound cards can't be hidden: {listed.stdout}")
    return env


def test_without_a_sound_card_it_says_so_and_runs_against_the_clock(
    play: Callable[..., Instrument], tmp_path: Path
) -> None:
    env = without_sound(tmp_path)
    instrument = play(env=env)
    instrument.until_said("no usable sound card, playing to the clock only")
    instrument.until_said("audio to the real-time clock, no sound card")
    instrument.loop()
    before = instrument.status()
    assert before["device"] == "none"
    while instrument.status()["beat"] < before["beat"] + 4:
        time.sleep(0.05)
    instrument.send("/ladmg/swap", "beat")
    instrument.send("/ladmg/1/seed_a", 7)
    instrument.loop(seed_a=7)
    assert instrument.interrupt() == 0
    assert instrument.complained == []


def test_a_sound_library_that_ends_the_process_is_no_card(play: Callable[..., Instrument]) -> None:
    """Without ALSA's files PortAudio aborts: the audio process was restarted for ever and nothing played."""
    if sys.platform != "linux":
        pytest.skip("ALSA is Linux'")
    instrument = play(env=os.environ | {"ALSA_CONFIG_PATH": os.devnull})
    instrument.until_said("no usable sound card, playing to the clock only")
    instrument.until_said("audio to the real-time clock, no sound card")
    instrument.loop()
    assert instrument.status()["device"] == "none"
    assert instrument.interrupt() == 0


def test_a_full_shared_memory_is_told_before_anything_sounds() -> None:
    """In a namespace of its own, where /dev/shm is 8 MB."""
    command = ['mount -t tmpfs -o size=8m tmpfs /dev/shm && exec "$@"', "sh", *PLAY]
    command = [
        "unshare",
        "--mount",
        "--map-root-user",
        "sh",
        "-c",
        *command,
        "--device",
        "none",
        "--osc-port",
        "0",
    ]
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            ["unshare", "--mount", "--map-root-user", "true"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no namespace can be made here")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 2
    assert "MiB of shared memory, 8.0 MiB are free in /dev/shm: " in done.stderr
    assert done.stderr.count("\n") == 1


def test_only_monotonic_clocks_are_used() -> None:
    """The wall clock may jump. Only OSC's timetags mean it, compared with it once when they arrive, and file names."""
    asked = {}
    for path in sorted((ROOT / "instrument").rglob("*.py")):
        names = {
            f"{node.value.id}.{node.attr}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        }
        wall = {
            "time.time",
            "time.time_ns",
            "datetime.now",
            "datetime.utcnow",
            "date.today",
            "time.localtime",
        }
        asked |= {path.relative_to(ROOT / "instrument").as_posix(): names & wall} if names & wall else {}
    assert asked == {
        "osc/session.py": {"time.time"},
        "shows/recorder.py": {"datetime.now"},
        "web/server.py": {"time.time"},
    }
