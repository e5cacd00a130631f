"""The recorder alone: exact from first to last sample, silence for what is missing, whole when the disk is full."""

from __future__ import annotations

import json
import resource
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from instrument.memory import OutputRing
from instrument.shows.recorder import RecordError, Recording, default_folder

RATE = 48_000
PATIENCE_S = 60.0


class Session:
    """A ring in which each sample is a number of its own, and a recording from it."""

    def __init__(self, folder: Path) -> None:
        self.ring = OutputRing.create(RATE, 2.0)
        self.folder = folder
        self.failures: list[str] = []
        self.lost: list[int] = []
        self.done = 0

    def play(self, n: int, block: int = 512) -> None:
        for _ in range(0, n, block):
            self.ring.write(self.done, expected(self.done, self.done + block))
            self.done += block

    def record(self, start: int, kind: str = "wav") -> Recording:
        recording = Recording(self.ring, self.folder, kind, start, self.failures.append, self.lost.append)
        recording.begin(['{"first":1}'])
        return recording

    def close(self) -> None:
        self.ring.close()
        self.ring.unlink()


def expected(start: int, stop: int) -> np.ndarray:
    count = np.arange(start, stop)
    return np.stack([count % 4001 / 8002, count // 4001 % 4001 / 8002], 1).astype(np.float32)


def held(recording: Recording) -> tuple[np.ndarray, list[dict[str, Any]]]:
    audio, rate = soundfile.read(recording.path, dtype="float32", always_2d=True)
    assert rate == RATE
    lines = recording.path.with_suffix(".json").read_text().splitlines()
    return np.asarray(audio), [json.loads(line) for line in lines]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path / "Music" / "LADMG")
    yield session
    session.close()


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_recording_is_the_ring_from_its_first_sample_to_its_last(session: Session, kind: str) -> None:
    session.play(20_000)
    recording = session.record(12_345, kind)
    for _ in range(20):
        session.play(10_000)
        position = recording.position
        wait_for(lambda position=position: recording.position > position)  # type: ignore[misc]
    recording.note('{"last":1}')
    recording.stop()
    end = session.ring.end
    session.play(5_000)
    recording.finish()
    recording.join()
    audio, lines = held(recording)
    assert len(audio) == end - 12_345
    assert np.abs(audio - expected(12_345, end)).max() <= (0 if kind == "wav" else 2**-23)
    assert lines[0] == {"first": 1}
    assert {"last": 1} in lines
    assert lines[-1] == {"sample": end, "event": "stopped"}
    assert (session.failures, session.lost, recording.n_missing) == ([], [], 0)
    assert recording.seconds == (end - 12_345) / RATE


def test_a_ring_that_was_lapped_leaves_silence_of_that_length_and_says_so(session: Session) -> None:
    session.play(10_000)
    recording = Recording(
        session.ring, session.folder, "wav", 0, session.failures.append, session.lost.append
    )
    session.play(300_000)  # while the recorder can't come to it
    recording.begin([])
    wait_for(lambda: recording.position >= session.ring.end)
    session.play(20_000)
    recording.stop()
    recording.finish()
    recording.join()
    audio, lines = held(recording)
    end = session.ring.end
    assert len(audio) == end
    (n_lost,) = session.lost
    assert recording.n_missing == n_lost > 200_000
    assert not audio[:n_lost].any()
    assert np.array_equal(audio[n_lost:], expected(n_lost, end))
    assert {"sample": 0, "event": "missing", "n": n_lost} in lines
    assert session.failures == []


def test_a_card_of_another_rate_ends_it_whole_and_the_next_is_of_that_rate(session: Session) -> None:
    session.play(10_000)
    whole, cut_off = session.record(0), session.record(0)
    wait_for(lambda: min(whole.position, cut_off.position) == session.ring.end)
    end = session.ring.end
    whole.stop()
    session.ring.begin(44_100)
    session.play(20_000)
    wait_for(lambda: bool(session.failures))
    whole.finish()
    for recording in (whole, cut_off):
        recording.join()
        assert np.array_equal(held(recording)[0], expected(0, end))
    (text,) = session.failures
    assert text.startswith(
        f"recording stopped: {cut_off.path} holds {end / RATE:.1f} s (the sound card plays at 44100 Hz now)"
    )
    after = session.record(session.ring.end - 1000)
    session.play(20_000)
    wait_for(lambda: after.seconds > 0.2)
    after.stop()
    after.finish()
    after.join()
    audio, rate = soundfile.read(after.path, dtype="float32", always_2d=True)
    assert rate == 44_100
    assert np.array_equal(audio, expected(after.start, after.position))


def test_no_recording_takes_the_place_of_another(session: Session) -> None:
    session.play(10_000)
    recordings = [session.record(0) for _ in range(5)]
    for recording in recordings:
        recording.stop()
        recording.finish()
        recording.join()
        assert len(held(recording)[0]) == session.ring.end
    assert len({recording.path for recording in recordings}) == 5
    assert all(recording.path.name.startswith("20") for recording in recordings)


def test_on_a_full_disk_it_ends_whole_and_says_so(session: Session) -> None:
    session.play(10_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_003, before[1]))
    try:
        recording = session.record(0)
        while not session.failures:
            session.play(2_000)
            recording.note('{"more":1}')
            time.sleep(0.01)
        recording.join()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    recording.stop()  # comes from the console afterwards
    recording.finish()
    (text,) = session.failures
    assert str(recording.path) in text
    assert "File too large" in text
    audio, lines = held(recording)
    assert len(audio) == (400_003 - 92) // 8
    assert np.array_equal(audio, expected(0, len(audio)))
    assert lines[0] == {"first": 1}
    assert recording.has_failed


def test_a_show_that_does_not_fit_keeps_its_whole_lines(session: Session) -> None:
    session.play(10_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_003, before[1]))
    try:
        recording = session.record(0)
        wait_for(lambda: recording.position > 0)
        recording.note(f'"{"x" * 60_000}"')
        wait_for(lambda: recording.path.with_suffix(".json").stat().st_size > 60_000)
        recording.note(f'"{"y" * 60_000}"')
        recording.join()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    audio, lines = held(recording)
    assert np.array_equal(audio, expected(0, len(audio)))
    assert len(lines) == 2
    assert len(session.failures) == 1


def test_where_nothing_can_be_written_it_does_not_begin(session: Session, tmp_path: Path) -> None:
    (tmp_path / "Music").write_text("a file")
    n_threads = threading.active_count()
    with pytest.raises(RecordError, match=r"can't record in .*LADMG: (Not a directory|File exists)"):
        session.record(0)
    assert threading.active_count() == n_threads


def test_recordings_are_music() -> None:
    assert default_folder() == Path.home() / "Music" / "LADMG"
