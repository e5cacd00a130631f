"""Sound files are whole after every write: killed, on a full disk, above 4 GiB."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from instrument.shows.sound_file import WRITERS, FlacWriter, WavWriter

ROOT = Path(__file__).parents[2]
RATE = 48_000
BLOCK = 4096  # of FLAC
WRITING = """
import sys, numpy as np
from pathlib import Path
from instrument.shows.sound_file import WRITERS
path = Path(sys.argv[1])
writer = WRITERS[path.suffix[1:]](path, 48000, 2)
for i in range(10**6):
    writer.write(np.full((1000, 2), (i % 1000) / 1000, np.float32))
    print(i, flush=True)
"""


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (n, 2)).astype(np.float32)


def held(path: Path) -> np.ndarray:
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE
    return np.asarray(audio)


@given(st.lists(st.integers(0, 3000), max_size=6))
def test_after_every_write_a_wav_holds_it_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    path = tmp_path_factory.mktemp("wav") / "x.wav"
    writer = WavWriter(path, RATE, 2)
    audio = 3.0 * noise(sum(sizes))  # above full scale too
    done = 0
    for size in sizes:
        writer.write(audio[done : done + size])
        done += size
        assert np.array_equal(held(path), audio[:done])
    writer.close()
    assert np.array_equal(held(path), audio)
    assert (soundfile.info(path).subtype, writer.n_samples) == ("FLOAT", len(audio))


def test_after_every_write_a_flac_holds_all_blocks_that_are_complete(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    writer = FlacWriter(path, RATE, 2)
    audio = noise(50_000)
    for start in range(0, 50_000, 5000):
        writer.write(audio[start : start + 5000])
        if start:
            part = held(path)
            assert start + 5000 - BLOCK <= len(part) <= start + 5000
            assert np.abs(part - audio[: len(part)]).max() <= 2**-23
    writer.close()
    assert len(held(path)) == len(audio)
    assert soundfile.info(path).subtype == "PCM_24"


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_file_that_is_there_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        WRITERS[kind](path, RATE, 2)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("kind", ["wav", "flac"])
@pytest.mark.parametrize("after", [5, 23, 77])
def test_killed_at_any_moment_it_can_be_read(tmp_path: Path, kind: str, after: int) -> None:
    path = tmp_path / f"x.{kind}"
    command = [sys.executable, "-c", WRITING, str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= after:
            break
    time.sleep(after % 7 / 1000)
    process.send_signal(signal.SIGKILL)
    last = max([after, *(int(line) for line in process.stdout if line.endswith("\n"))])
    process.wait()
    part = held(path)
    assert len(part) >= (last + 1) * 1000 - (BLOCK if kind == "flac" else 0)
    expected = (np.arange(len(part)) // 1000 % 1000) / 1000
    assert np.abs(part - expected[:, None]).max() < 1e-6


def full_disk(write: Callable[[], None], n_bytes: int) -> None:
    """A file may not grow beyond `n_bytes` meanwhile, as on a disk that is full then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_what_is_written_before_the_disk_is_full_stays(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    writer = WRITERS[kind](path, RATE, 2)
    audio = noise(200_000)
    done = 0

    def write() -> None:
        nonlocal done
        while True:
            writer.write(audio[done : done + 1000])
            done += 1000

    with pytest.raises(OSError, match=r"File too large|System error"):
        full_disk(write, 500_001)
    part = held(path)
    writer.close()
    assert len(held(path)) >= len(part) >= done - 2 * BLOCK
    assert len(part) > 50_000
    assert np.abs(part - audio[: len(part)]).max() <= 2**-23
    if kind == "wav":
        assert len(part) == (500_001 - 92) // 8
        assert path.stat().st_size == 92 + 8 * len(part)


def test_from_4_gib_on_it_is_rf64(tmp_path: Path) -> None:
    """The first 4 GiB are a hole in the file, which takes no room on the disk."""
    path = tmp_path / "x.wav"
    writer = WavWriter(path, RATE, 2)
    audio = noise(1000)
    writer.write(audio)
    almost = 2**32 // 8 - 1000
    writer.n_samples = almost
    writer.write(audio[:900])
    with soundfile.SoundFile(path) as file:
        assert (file.format, file.frames) == ("WAV", almost + 900)
    writer.write(audio)
    writer.close()
    assert path.stat().st_size > 2**32
    assert path.stat().st_blocks * 512 < 2**20
    with soundfile.SoundFile(path) as file:
        assert (file.format, file.frames) == ("RF64", almost + 1900)
        assert np.array_equal(file.read(1000, dtype="float32"), audio)
        file.seek(almost)
        assert np.array_equal(file.read(dtype="float32"), np.concatenate([audio[:900], audio]))
