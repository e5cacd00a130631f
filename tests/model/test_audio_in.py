"""A file becomes exactly its bars at 48 kHz, or is refused with the reason; tempo and bars are never guessed."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model import loops
from model.audio_in import AudioInError, read_loop


def tone(seconds: float, rate: int, channels: int = 2, cycles: int = 440) -> np.ndarray:
    """A sine of a whole number of cycles a loop, on the right half as loud: [samples, channels]."""
    n = round(seconds * rate)
    wave = 0.5 * np.sin(2 * np.pi * cycles * np.arange(n) / n)
    return np.stack([wave, wave / 2], axis=1)[:, :channels].astype(np.float32)


def write(folder: Path, audio: np.ndarray, rate: int = 48_000, name: str = "loop.wav") -> Path:
    path = folder / name
    soundfile.write(path, audio, rate, subtype="FLOAT" if path.suffix == ".wav" else None)
    return path


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_any_rate_becomes_48_khz_exactly(tmp_path: Path, rate: int) -> None:
    loop = read_loop(write(tmp_path, tone(8.0, rate), rate), bpm=120.0)
    assert (loop.bpm, loop.n_bars) == (120.0, 4)
    assert loop.waveform.dtype == torch.float32
    torch.testing.assert_close(loop.waveform.T.numpy(), tone(8.0, 48_000), atol=2e-5, rtol=0)


@pytest.mark.parametrize("name", ["loop.wav", "loop.flac", "loop.ogg", "loop.mp3", "loop.aiff"])
def test_what_libsndfile_reads_is_read(tmp_path: Path, name: str) -> None:
    """Lossy ones may be a few milliseconds longer than what was written."""
    loop = read_loop(write(tmp_path, tone(240 / 125, 44_100), 44_100, name), bpm=125.0)
    assert loop.waveform.shape == (2, loops.n_samples(125.0, 1))
    left, right = loop.waveform.square().mean(1).sqrt()
    assert float(left) == pytest.approx(0.5 / 2**0.5, rel=0.03)
    assert float(right) == pytest.approx(0.25 / 2**0.5, rel=0.03)


def test_mono_is_heard_on_both_sides(tmp_path: Path) -> None:
    loop = read_loop(write(tmp_path, tone(2.0, 48_000, channels=1)), bpm=120.0)
    assert torch.equal(loop.waveform[0], loop.waveform[1])


def test_the_content_names_the_loop_wherever_it_lies(tmp_path: Path) -> None:
    first, copy = (write(tmp_path, tone(2.0, 48_000), name=name) for name in ("a.wav", "b.wav"))
    other = write(tmp_path, tone(2.0, 48_000, cycles=441), name="c.wav")
    hashes = [read_loop(path, bpm=120.0).sha256 for path in (first, copy, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes[0]) == 64


@pytest.mark.parametrize(
    ("seconds", "bpm", "n_bars", "expected"),
    [
        (7.68, None, None, (125.0, 4)),
        (8.0, None, None, (120.0, 4)),  # not 2 bars at 60
        (2.4, None, None, (100.0, 1)),  # not 2 bars at 200
        (2.0, None, None, (120.0, 1)),
        (32.0, None, None, (60.0, 8)),  # 16 bars don't exist
        (1.2, None, None, (200.0, 1)),  # nor does half a bar
        (5.5, None, 4, (174.55, 4)),
        (5.5, None, 2, (87.27, 2)),
        (5.5172, 174.0, None, (174.0, 4)),
        (5.5172, 87.0, None, (87.0, 2)),
        (7.68, 125.0, 4, (125.0, 4)),
    ],
)
def test_tempo_and_bars_are_what_is_said_or_what_the_length_leaves(
    tmp_path: Path, seconds: float, bpm: float | None, n_bars: int | None, expected: tuple[float, int]
) -> None:
    loop = read_loop(write(tmp_path, tone(seconds, 8_000), 8_000), bpm, n_bars)
    assert (loop.bpm, loop.n_bars) == expected
    assert loop.is_inferred == (bpm is None or n_bars is None)
    assert loop.waveform.shape == (2, loops.n_samples(*expected))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(centi_bpm=st.integers(6_000, 20_000), n_bars=st.sampled_from((1, 2, 4, 8)))
def test_a_loop_written_by_its_bars_is_read_as_these_bars(
    tmp_path: Path, centi_bpm: int, n_bars: int
) -> None:
    bpm = centi_bpm / 100
    path = write(tmp_path, np.zeros((loops.n_samples(bpm, n_bars, 8_000), 1), np.float32), 8_000)
    for given_bpm, given_bars in ((bpm, None), (bpm, n_bars), (None, n_bars)):
        try:
            loop = read_loop(path, given_bpm, given_bars)
        except AudioInError:  # rounded to samples, the slowest and fastest may lie just outside
            assert min(bpm - 60, 200 - bpm) < 0.02
            continue
        assert loop.n_bars == n_bars
        assert loop.bpm == pytest.approx(bpm, abs=0.015)
        assert loop.waveform.shape == (2, loops.n_samples(loop.bpm, n_bars))


@pytest.mark.parametrize(
    ("seconds", "bars"), [(5.5, "2 bars at 87.27 BPM or 4 bars at 174.55"), (2.7, "88.89")]
)
def test_two_answers_are_no_answer(tmp_path: Path, seconds: float, bars: str) -> None:
    with pytest.raises(AudioInError, match=bars):
        read_loop(write(tmp_path, tone(seconds, 8_000), 8_000))


def test_the_tempo_that_is_said_decides_where_the_loop_ends(tmp_path: Path) -> None:
    """What an encoder added is cut, what a rounding export dropped is silence: nothing is squeezed into the bars."""
    exact = tone(2.0, 48_000)
    longer = write(tmp_path, np.concatenate([exact, np.full((1000, 2), 0.9, np.float32)]), name="longer.wav")
    torch.testing.assert_close(read_loop(longer, bpm=120.0).waveform.T.numpy(), exact)
    shorter = write(tmp_path, exact[:-1000], name="shorter.wav")
    waveform = read_loop(shorter, bpm=120.0).waveform.T.numpy()
    torch.testing.assert_close(waveform[:-1000], exact[:-1000])
    assert not waveform[-1000:].any()


@pytest.mark.parametrize(
    ("seconds", "bpm", "n_bars", "reason"),
    [
        (7.0, 120.0, None, r"lasts 7\.000 s: 3\.500 bars of 120 BPM; it must be 1, 2, 4 or 8 bars"),
        (6.0, 120.0, None, r"3\.000 bars of 120 BPM"),
        (8.0, 120.0, 2, r"4\.000 bars of 120 BPM; it must be 2 bars"),
        (8.0, 121.0, None, r"4\.033 bars of 121 BPM"),
        (8.0, None, 1, r"lasts 8\.000 s, which is not 1 bar at 60\.\.200 BPM"),
        (1.0, None, None, r"lasts 1\.000 s, which is not 1, 2, 4 or 8 bars at 60\.\.200 BPM"),
        (40.0, None, None, r"lasts 40\.00 s, a loop at most 32 s \(8 bars at 60 BPM\)"),
        (8.0, 20.0, None, r"must be in 60\.\.200 BPM, got 20"),
        (8.0, float("nan"), None, r"must be in 60\.\.200 BPM, got nan"),
        (8.0, None, 3, r"must be 1, 2, 4 or 8, got 3"),
    ],
)
def test_what_is_no_whole_loop_is_refused(
    tmp_path: Path, seconds: float, bpm: float | None, n_bars: int | None, reason: str
) -> None:
    with pytest.raises(AudioInError, match=reason):
        read_loop(write(tmp_path, tone(seconds, 8_000), 8_000), bpm, n_bars)


def test_files_that_are_no_audio_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("these are words")
    empty = write(tmp_path, np.zeros((0, 2), np.float32), name="empty.wav")
    broken = write(tmp_path, np.full((96_000, 2), np.nan, np.float32), name="nan.wav")
    many = write(tmp_path, np.zeros((96_000, 6), np.float32), name="many.wav")
    cut = tmp_path / "cut.flac"
    cut.write_bytes(write(tmp_path, tone(2.0, 48_000), name="whole.flac").read_bytes()[:20_000])
    for path, reason in (
        (tmp_path / "none.wav", "no audio file at"),
        (tmp_path, "no audio file at"),
        (text, "no audio file that can be read"),
        (empty, "no samples"),
        (broken, "no finite numbers"),
        (many, "6 channels"),
        (cut, "cut.flac"),
    ):
        with pytest.raises(AudioInError, match=reason):
            read_loop(path, bpm=120.0)


def test_latents_are_of_the_nearest_frames(tmp_path: Path) -> None:
    class Recorder:
        hop = 640

        def encode(self, waveform: torch.Tensor) -> torch.Tensor:
            return waveform

    loop = read_loop(write(tmp_path, tone(7.5, 48_000)), bpm=128.0)
    assert loop.latents(Recorder(), torch.device("cpu")).shape == (1, 2, 562 * 640)
