"""What is read of files of any kind, and why others aren't."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.training.recordings import RATE, write
from training.prepare import sound_files
from training.prepare.sound_files import SoundFileError


def tone(seconds: float, rate: int, channels: int = 2, hz: float = 440.0) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return np.repeat(0.5 * np.sin(2 * np.pi * hz * t)[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("name", ["x.wav", "x.flac", "x.aiff", "x.ogg"])
def test_a_tone_is_a_tone_at_48_khz(tmp_path: Path, rate: int, name: str) -> None:
    sound = sound_files.read(write(tmp_path / name, tone(1.0, rate), rate))
    assert (sound.rate, sound.channels, sound.note) == (rate, 2, "")
    assert sound.waveform.shape == (2, RATE)
    expected = tone(1.0, RATE).T
    inner = slice(2000, -2000)
    lossy = 0.05 if name.endswith("ogg") else 1e-3
    np.testing.assert_allclose(sound.waveform[:, inner], expected[:, inner], atol=lossy)


def test_mono_is_both_sides_and_more_channels_are_two(tmp_path: Path) -> None:
    mono = sound_files.read(write(tmp_path / "mono.wav", tone(0.5, RATE, 1)))
    np.testing.assert_array_equal(mono.waveform[0], mono.waveform[1])
    six = sound_files.read(write(tmp_path / "six.wav", tone(0.5, RATE, 6)))
    assert (six.channels, six.note) == (6, "6 channels: the first two were taken")


def test_a_constant_is_taken_off(tmp_path: Path) -> None:
    sound = sound_files.read(write(tmp_path / "x.wav", tone(1.0, RATE) * 0.5 + 0.25))
    assert abs(float(sound.waveform.mean())) < 1e-3
    assert "a constant of 0.25" in sound.note


@pytest.mark.parametrize(
    ("audio", "kind"),
    [
        (np.zeros((RATE, 2)), "silent"),
        (np.full((RATE, 2), 0.5), "silent"),
        (1e-5 * tone(1.0, RATE), "silent"),
        (np.sign(tone(1.0, RATE)), "clipped"),
        (np.full((RATE, 2), np.nan), "not numbers"),
        (np.zeros((0, 2)), "empty"),
    ],
)
def test_what_is_no_music_is_refused(tmp_path: Path, audio: np.ndarray, kind: str) -> None:
    with pytest.raises(SoundFileError) as refused:
        sound_files.read(write(tmp_path / "x.wav", audio.astype(np.float32), subtype="FLOAT"))
    assert refused.value.kind == kind


@pytest.mark.parametrize("name", ["x.wav", "x.aiff", "x.flac", "x.ogg", "x.mp3", "x.w64"])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_truncated_file_is_refused_in_every_format(tmp_path: Path, name: str, share: float) -> None:
    rng = np.random.default_rng(0)
    noise = (0.2 * rng.standard_normal((3 * 44_100, 2))).astype(np.float32)
    path = write(tmp_path / name, noise, 44_100)
    assert sound_files.read(path).seconds == pytest.approx(3.0, abs=0.06)
    data = path.read_bytes()
    path.write_bytes(data[: round(share * len(data))])
    with pytest.raises(SoundFileError) as refused:
        sound_files.read(path)
    assert refused.value.kind in ("damaged", "unreadable")


def test_a_wav_that_was_written_into_a_pipe_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", tone(1.0, RATE))
    data = bytearray(path.read_bytes())
    at = data.index(b"data")
    data[4:8] = data[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert sound_files.read(path).seconds == pytest.approx(1.0)


def test_what_libsndfile_can_not_read_goes_to_ffmpeg_if_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a program of that name that decodes anything to a tone."""
    path = tmp_path / "song.m4a"
    path.write_bytes(b"\x00\x00\x00\x20ftypM4A " + bytes(100))
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(
        SoundFileError, match=r"libsndfile says: .*; ffmpeg, which might read it, is not installed"
    ):
        sound_files.read(path)
    raw = tmp_path / "raw.f32"
    raw.write_bytes(tone(1.0, RATE).astype("<f4").tobytes())
    program = programs / "ffmpeg"

    def install(body: str) -> None:
        program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
        program.chmod(0o755)

    install(
        f"assert sys.argv[sys.argv.index('-i') + 1] == {str(path)!r}\n"
        f"sys.stdout.buffer.write(open({str(raw)!r}, 'rb').read())"
    )
    sound = sound_files.read(path)
    np.testing.assert_array_equal(sound.waveform, tone(1.0, RATE).T)
    assert sound.note == "read by ffmpeg"
    install("print('moov atom not found', file=sys.stderr); sys.exit(1)")
    with pytest.raises(SoundFileError, match="ffmpeg says: moov atom not found"):
        sound_files.read(path)


def test_files_are_found_by_name_in_order_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for name in ("b/2.WAV", "b/1.flac", "a.mp3", ".git/x.wav", ".x.wav", "cover.jpg", "c/d/e.opus"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    sound, other = sound_files.find(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in sound] == [
        "a.mp3",
        "b/1.flac",
        "b/2.WAV",
        "c/d/e.opus",
    ]
    assert [path.name for path in other] == ["cover.jpg", "gone.wav"]


def test_libsndfiles_own_formats_are_known_by_name() -> None:
    names = {f".{name.lower()}" for name in soundfile.available_formats()}
    not_suffixes = {".raw", ".htk", ".mat4", ".mat5", ".mpc2k", ".paf", ".pvf", ".sds", ".svx", ".wavex"}
    assert names - not_suffixes <= sound_files.BY_LIBSNDFILE
