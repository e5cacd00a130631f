"""Recordings and shows as a user has them: the real program, a real model, a real PortAudio stream."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from tests import tiny_checkpoint
from tests.rig import RATE, recording, virtual_sound_card
from tests.rig_osc import PATIENCE_S
from tests.rig_play import ROOT, Instrument

REPLAY = (sys.executable, "-m", "instrument", "replay")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def record(instrument: Instrument, folder: Path, n_moves: int, seconds: float) -> tuple[Path, Path]:
    """A recording of so many moves, and so long at least: the sound and the show."""
    rng = random.Random(n_moves)
    instrument.send("/ladmg/record", 1)
    until(lambda: instrument.status()["recording"] != "")
    for i in range(n_moves):
        instrument.send("/ladmg/1/filter", rng.uniform(-1.0, 1.0))
        instrument.send("/ladmg/1/delay_send", rng.choice([0.0, 0.6]))
        instrument.send("/ladmg/crossfade", rng.random())
        if i % 20 == 0:
            instrument.send("/ladmg/bpm", rng.uniform(124.0, 130.0))
            instrument.send("/ladmg/2/seed_a", rng.randrange(5))
            instrument.send("/ladmg/1/morph", rng.choice([0.0, 0.5, 1.0]))
        time.sleep(0.02)
    until(lambda: instrument.status()["recording_s"] > seconds)
    instrument.send("/ladmg/record", 0)
    found = instrument.until_said(r"recorded (.*\.wav)")
    sound = Path(found[1])
    assert sound.parent == folder
    show = sound.with_suffix(".json")
    until(lambda: '"event":"stopped"' in show.read_text().splitlines()[-1])
    return sound, show


def test_a_show_with_a_real_model_is_rendered_again_sample_for_sample(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint.write(tmp_path / "tiny")
    folder = tmp_path / "recordings"
    arguments = ["--device", "none", "--checkpoint", str(checkpoint), "--recordings", str(folder)]
    instrument = Instrument(*arguments, "--presets", str(tmp_path), "--shelf", str(tmp_path))
    try:
        instrument.send("/ladmg/swap", "now")
        instrument.send("/ladmg/n_bars", 1)
        instrument.loop(n_bars=1)
        sound, show = record(instrument, folder, 100, 4.0)
        assert instrument.interrupt() == 0
        assert instrument.complained == []
    finally:
        instrument.close()
    again = tmp_path / "again.wav"
    command = [*REPLAY, str(show), "--out", str(again), "--checkpoint", str(checkpoint)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    audio, _ = soundfile.read(sound, dtype="float32")
    assert np.abs(audio).max() > 0.01
    lines = done.stdout.splitlines()
    assert sum(line.startswith("loop ") for line in lines) >= 2
    assert lines[-1].startswith(f"{again}: {len(audio)} samples, ")
    assert not any(line.startswith("note:") for line in lines)
    assert again.read_bytes() == sound.read_bytes()

    refused = subprocess.run([*command[:-2]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "the recipe is of checkpoint " in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert again.read_bytes() == sound.read_bytes()


def test_what_is_recorded_is_what_the_card_plays_bit_for_bit(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint.write(tmp_path / "tiny")
    folder, heard_path = tmp_path / "recordings", tmp_path / "heard.wav"
    arguments = ["--latency", "0.3", "--checkpoint", str(checkpoint), "--recordings", str(folder)]
    arguments += ["--presets", str(tmp_path), "--shelf", str(tmp_path)]
    with virtual_sound_card(tmp_path) as card:
        instrument = Instrument(*arguments, env=card.env)
        try:
            instrument.loop()
            with card.record(heard_path):
                sound, _ = record(instrument, folder, 40, 3.0)
                time.sleep(1.0)
            assert instrument.interrupt() == 0
        finally:
            instrument.close()
    heard = recording(heard_path)
    played, _ = soundfile.read(sound, dtype="float32")
    played = played[int(np.flatnonzero(played.any(axis=1))[0]) :]
    assert len(played) > 2 * RATE
    at = place_of(played, heard)
    while len(played):
        n = min(len(played), len(heard) - at)
        different = np.flatnonzero((heard[at : at + n] != played[:n]).any(axis=1))
        if not len(different):
            assert n > RATE / 2  # the rest is the same
            break
        at, played = at + int(different[0]), played[int(different[0]) :]
        gap = place_of(
            played, heard[at:]
        )  # a card that ran dry, as a busy machine's does, played zeros there
        assert not heard[at : at + gap].any()
        at += gap


def place_of(played: np.ndarray, heard: np.ndarray) -> int:
    """Where the first samples of what was played are heard first."""
    pattern = played[:64]
    for at in np.flatnonzero((heard[: len(heard) - 64] == pattern[0]).all(axis=1)):
        if np.array_equal(heard[at : at + 64], pattern):
            return int(at)
    raise AssertionError("what was recorded was not heard")
