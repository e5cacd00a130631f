"""`record` in the whole console, all three processes: hundreds of moves, and everything that can go wrong."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from instrument.generator import GeneratorSettings
from instrument.shows.replay import replay
from instrument.shows.show import Show, read
from tests.instrument.test_console import Played
from tests.rig_osc import PATIENCE_S

FAKE = GeneratorSettings(load="tests.instrument.fake_pipeline:FakePipeline.load")
RATE = 48_000
GESTURES: dict[str, Callable[[random.Random], Any]] = {
    "1/filter": lambda rng: rng.choice([0.0, rng.uniform(-1, 1)]),
    "2/filter": lambda rng: rng.choice([0.0, rng.uniform(-1, 1)]),
    "1/level_db": lambda rng: rng.uniform(-12, 6),
    "1/delay_send": lambda rng: rng.choice([0.0, 0.8]),
    "1/kill_low": lambda rng: rng.randint(0, 1),
    "2/kill_mid": lambda rng: rng.randint(0, 1),
    "1/stutter": lambda rng: rng.choice(["off", "off", "1/4", "1/16"]),
    "1/reverse": lambda rng: rng.choice([0, 0, 1]),
    "1/mute": lambda rng: rng.choice([0, 0, 1]),
    "1/morph": lambda rng: rng.random(),
    "1/seed_a": lambda rng: rng.randint(0, 9),
    "2/seed_b": lambda rng: rng.randint(0, 9),
    "1/prompt": lambda rng: rng.choice(["", "dark"]),
    "crossfade": lambda rng: rng.choice([0.0, 0.4, 1.0]),
    "bpm": lambda rng: rng.choice([125.0, 128.0, rng.uniform(110, 140)]),
    "nudge": lambda rng: rng.choice([0.0, 2.0]),
    "gain_db": lambda rng: rng.choice([0.0, 6.0]),
    "limiter": lambda rng: rng.randint(0, 1),
    "playing": lambda rng: rng.choice([1, 1, 1, 0]),
    "swap": lambda rng: rng.choice(["now", "beat"]),
    "restart": lambda rng: 1,
    "downbeat": lambda rng: 1,
}


def perform(played: Played, n: int, seed: int) -> None:
    """n moves in a few seconds."""
    rng = random.Random(seed)
    for _ in range(n):
        name = rng.choice(list(GESTURES))
        played.send(f"/ladmg/{name}", GESTURES[name](rng))
        time.sleep(rng.choice([0.0, 0.01, 0.05]))
    played.send("/ladmg/playing", 1)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def record(played: Played) -> None:
    played.send("/ladmg/record", 1)
    until(lambda: bool(played.status()["recording"]))


def files(played: Played) -> tuple[Path, Path]:
    """The sound and the show of the only recording."""
    (show,) = played.recordings.glob("*.json")
    (sound,) = set(played.recordings.iterdir()) - {show}
    assert show.stem == sound.stem
    return sound, show


def until_complete(show: Path) -> None:
    until(lambda: '"event":"stopped"' in show.read_text().splitlines()[-1])


def samples(path: Path) -> np.ndarray:
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE
    return np.asarray(audio)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[..., Played]]:
    instruments: list[Played] = []

    def make(**settings: Any) -> Played:
        instruments.append(Played(tmp_path / "played", **settings))
        return instruments[-1]

    yield make
    for instrument in instruments:
        instrument.close()


def test_a_show_of_hundreds_of_moves_is_played_again_sample_for_sample(
    play: Callable[..., Played], tmp_path: Path
) -> None:
    played = play()
    played.loop()
    played.send("/ladmg/swap", "now")
    perform(played, 80, seed=1)  # the recording begins in the middle
    record(played)
    perform(played, 500, seed=2)
    status = played.status()
    assert status["recording"].endswith(".wav")
    assert status["recording_s"] > 2.0
    assert status["recording_missing_s"] == 0.0
    played.send("/ladmg/record", 0)
    until(lambda: played.status()["recording"] == "")
    sound, path = files(played)
    until_complete(path)
    show = read(path)
    recorded = samples(sound)
    assert len(recorded) == show.stop - show.start
    assert np.abs(recorded).max() > 0.1
    kinds = [event.kind for event in show.events]
    assert kinds.count("set") > 100
    assert kinds.count("params") > 60
    assert kinds.count("entered") > 3
    assert kinds.count("missing") == 0
    again = tmp_path / "again.wav"
    done = replay(show, again, FAKE)
    assert done.notes == ()
    assert again.read_bytes() == sound.read_bytes()


def test_ctrl_c_completes_a_recording(play: Callable[..., Played], tmp_path: Path) -> None:
    played = play()
    played.loop()
    record(played)
    until(lambda: played.status()["recording_s"] > 0.5)
    played.process.send_signal(signal.SIGINT)
    out, err = played.process.communicate(timeout=PATIENCE_S)
    assert (played.process.returncode, err) == (0, "")
    sound, path = files(played)
    assert f"recorded {sound}" in out
    show = read(path)
    assert show.events[-1].kind == "stopped"
    replay(show, tmp_path / "again.wav", FAKE)
    assert (tmp_path / "again.wav").read_bytes() == sound.read_bytes()


@pytest.mark.parametrize("record_format", ["wav", "flac"])
def test_killed_while_it_records_it_leaves_all_but_the_last_moment(
    play: Callable[..., Played], tmp_path: Path, record_format: str
) -> None:
    played = play(record_format=record_format)
    played.loop()
    record(played)
    perform(played, 60, seed=3)
    until(lambda: played.status()["recording_s"] > 2.5)
    last_s = played.status()["recording_s"]
    played.process.kill()
    played.process.wait()
    sound, path = files(played)
    recorded = samples(sound)
    assert len(recorded) >= last_s * RATE - 4096
    show = read(path)
    assert show.stop - show.start >= last_s * RATE - 1.5 * RATE
    replay(show, tmp_path / "again.wav", FAKE)
    again = samples(tmp_path / "again.wav")
    n = min(len(again), len(recorded))
    assert n > RATE
    if record_format == "wav":
        assert np.array_equal(again[:n], recorded[:n])
    else:
        assert np.abs(again[:n].clip(-1, 1) - recorded[:n]).max() <= 2**-23


def test_a_killed_audio_process_leaves_silence_and_the_time_goes_on(
    play: Callable[..., Played], tmp_path: Path
) -> None:
    played = play()
    played.loop()
    record(played)
    until(lambda: played.status()["recording_s"] > 0.5)
    before = played.status()
    os.kill(before["audio_pid"], signal.SIGKILL)
    assert played.until("/ladmg/error")[1] == "audio-lost"
    until(lambda: played.status()["audio_pid"] not in (0, before["audio_pid"]))
    until(lambda: played.status()["peak"] > 0.0)
    at = played.status()["recording_s"]
    until(lambda: played.status()["recording_s"] > at + 1.0)
    played.send("/ladmg/record", 0)
    sound, path = files(played)
    until_complete(path)
    show = read(path)
    recorded = samples(sound)
    assert len(recorded) == show.stop - show.start
    (began,) = (event for event in show.events if event.kind == "began" and event.sample > 0)
    assert began.fields["is_new"]
    delay = 71  # the limiter's look-ahead is taken off the recording's indices
    gap = recorded[began.fields["ended"] - delay - show.start : began.sample - delay - show.start]
    assert len(gap) > 1000
    assert not gap.any()
    done = replay(show, tmp_path / "again.wav", FAKE)
    assert any("another audio process" in note for note in done.notes)
    again = samples(tmp_path / "again.wav")
    after = began.sample - show.start
    assert np.array_equal(again[after:], recorded[after:])


def test_a_full_disk_ends_the_recording_and_not_the_music(play: Callable[..., Played]) -> None:
    played = play()
    played.loop()
    resource.prlimit(played.process.pid, resource.RLIMIT_FSIZE, (600_000, 600_000))
    played.send("/ladmg/record", 1)
    address, code, text = played.until("/ladmg/error")
    assert (address, code) == ("/ladmg/record", "record")
    assert "recording stopped: " in text
    assert "File too large" in text
    played.until("/ladmg/record", lambda value: value == 0)
    until(lambda: played.status()["recording"] == "")
    assert played.status()["callback_errors"] == 0
    played.until("/ladmg/beat")
    until(lambda: played.status()["peak"] > 0.0)
    sound, path = files(played)
    assert len(samples(sound)) == (600_000 - 92) // 8
    until_complete(path)
    assert read(path).stop - read(path).start == len(samples(sound))


def test_where_nothing_can_be_written_record_goes_back(play: Callable[..., Played]) -> None:
    played = play()
    played.recordings.parent.mkdir()
    played.recordings.write_text("a file")
    played.loop()
    played.send("/ladmg/record", 1)
    address, code, text = played.until("/ladmg/error")
    assert (address, code) == ("/ladmg/record", "record")
    assert text.startswith(f"can't record in {played.recordings}")
    played.until("/ladmg/record", lambda value: value == 0)


def test_one_recording_follows_another(play: Callable[..., Played]) -> None:
    played = play()
    played.loop()
    for _ in range(3):
        record(played)
        played.send("/ladmg/record", 0)
        until(lambda: played.status()["recording"] == "")
    shows = sorted(played.recordings.glob("*.json"))
    assert len(shows) == len(list(played.recordings.glob("*.wav"))) == 3
    for path in shows:
        until_complete(path)
        show = read(path)
        assert len(samples(path.with_suffix(".wav"))) == show.stop - show.start
    starts: list[Show] = sorted((read(path) for path in shows), key=lambda show: show.start)
    assert all(one.stop >= one.start for one in starts)


def test_a_show_is_played_again_live(play: Callable[..., Played], tmp_path: Path) -> None:
    """By an instrument of its own: it takes the values, makes the changes where the music was, and ends."""
    played = play()
    played.loop()
    played.send("/ladmg/swap", "now")
    played.send("/ladmg/1/prompt", "dark")
    played.loop(prompt="dark")
    record(played)
    played.send("/ladmg/1/filter", -0.5)
    played.send("/ladmg/1/seed_a", 40)
    played.loop(seed_a=40)
    played.send("/ladmg/1/roll", 1)
    (seed_b,) = played.until("/ladmg/1/seed_b", lambda seed: seed != 2)
    played.send("/ladmg/record", 0)
    path = files(played)[1]
    until_complete(path)
    played.close()
    shutil.copy(path, tmp_path / "show.json")
    again = play(show=tmp_path / "show.json")
    again.until("/ladmg/1/seed_b", lambda value: value == seed_b)  # the last of them
    told = {("/ladmg/1/prompt", ("dark",)), ("/ladmg/1/filter", (-0.5,)), ("/ladmg/1/seed_a", (40,))}
    assert told <= set(again.heard)
    _, err = again.process.communicate(timeout=PATIENCE_S)
    assert (again.process.returncode, err) == (0, "")
    assert len(list(played.recordings.glob("*.json"))) == 1  # it does not record itself
    header = json.loads(path.read_text().splitlines()[0])
    assert header["values"]["/ladmg/1/prompt"] == "dark"
