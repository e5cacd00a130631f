"""Sound files of any kind, read as 48 kHz stereo: by libsndfile, or by ffmpeg where it is installed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from model.loops import SAMPLE_RATE

Audio = npt.NDArray[np.float32]

# What a name must end in to be taken for sound: libsndfile's formats, then those that only ffmpeg reads.
BY_LIBSNDFILE = frozenset(
    f".{name}"
    for name in (
        *(
            "wav",
            "wave",
            "bwf",
            "rf64",
            "w64",
            "flac",
            "ogg",
            "oga",
            "opus",
            "mp3",
            "mp2",
            "aif",
            "aiff",
            "aifc",
        ),
        *("au", "snd", "caf", "sd2", "voc", "ircam", "sf", "8svx", "iff", "avr", "nist", "sph", "wve", "xi"),
    )
)
BY_FFMPEG = frozenset(
    f".{name}"
    for name in (
        *(
            "m4a",
            "m4b",
            "mp4",
            "aac",
            "wma",
            "alac",
            "ape",
            "wv",
            "webm",
            "weba",
            "mka",
            "mkv",
            "mov",
            "ac3",
            "eac3",
        ),
        *("dts", "tta", "mpc"),
    )
)
MAX_SECONDS = 3600.0
MIN_RATE = 8000
_FULL = 0.999
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # of a RIFF that was written into a pipe
_OGG_PAGE = 27 + 255 + 255 * 255  # bytes at most


class SoundFileError(ValueError):
    """A file that gives no sound to work with. `kind` is one word for it, the text says why."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


@dataclass(frozen=True)
class Sound:
    """waveform: [2, samples] at 48 kHz; rate and channels are the file's own; note: what was done to it, or ""."""

    waveform: Audio
    rate: int
    channels: int
    note: str = ""

    @property
    def seconds(self) -> float:
        return int(self.waveform.shape[1]) / SAMPLE_RATE


def find(folder: Path) -> tuple[list[Path], list[Path]]:
    """All files of a folder, (sound, other) by their names and in their order; hidden ones are left out."""
    sound: list[Path] = []
    other: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith("."):
                continue
            path = Path(parent) / name
            is_sound = path.suffix.lower() in BY_LIBSNDFILE or path.suffix.lower() in BY_FFMPEG
            (sound if is_sound and path.is_file() else other).append(path)  # not a link to nowhere

    def order(path: Path) -> str:
        return path.relative_to(folder).as_posix()

    return sorted(sound, key=order), sorted(other, key=order)


def fingerprint(path: Path) -> str:
    """SHA-256 of the file's bytes: two files of the same are one."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(path: Path) -> Sound:
    """The sound of a file. Raises SoundFileError, whose kind is one of unreadable, damaged, too long, empty, not
    numbers, silent, clipped.
    """
    samples, rate, note = _samples(path)
    channels = samples.shape[1]
    if not len(samples):
        raise SoundFileError("empty", "it holds no samples")
    if not np.isfinite(samples).all():
        raise SoundFileError("not numbers", "it holds values that are no numbers (NaN or infinity)")
    if channels > 2:
        note = f"{channels} channels: the first two were taken"
    stereo = samples[:, [0, min(1, channels - 1)]]
    if rate < MIN_RATE:
        raise SoundFileError("unreadable", f"its rate of {rate} Hz is below {MIN_RATE} Hz: hardly music")
    offset = stereo.mean(axis=0)
    if np.abs(offset).max() > 0.01:
        note = f"a constant of {np.abs(offset).max():.2f} was taken off"
        stereo = stereo - offset
    _check_level(stereo)
    if rate != SAMPLE_RATE:
        stereo = soxr.resample(stereo, rate, SAMPLE_RATE, quality="VHQ")
    return Sound(np.ascontiguousarray(stereo.T, dtype=np.float32), rate, channels, note)


def _samples(path: Path) -> tuple[Audio, int, str]:
    """[samples, channels] as the file has them, its rate, and by whom it was read where it wasn't libsndfile."""
    try:
        with soundfile.SoundFile(path) as file:
            _check_length(file.frames / file.samplerate)
            expected, rate = file.frames, file.samplerate
            samples = file.read(dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        why = str(getattr(error, "error_string", error)).rstrip(".\n")
        if path.stat().st_size == 0:
            raise SoundFileError("empty", "it has no bytes") from None
        return *_by_ffmpeg(path, why), "read by ffmpeg"
    there = _promised_bytes(path)
    if there is not None:
        size, promised = there
        raise SoundFileError("damaged", f"it is cut off: {size} of {promised} bytes are there")
    if len(samples) < expected:
        seconds = [n / rate for n in (len(samples), expected)]
        raise SoundFileError("damaged", f"it is cut off: {seconds[0]:.1f} of {seconds[1]:.1f} s can be read")
    return samples, rate, ""


def _check_length(seconds: float) -> None:
    if seconds > MAX_SECONDS:
        raise SoundFileError(
            "too long",
            f"it has {seconds / 60:.0f} minutes, at most {MAX_SECONDS / 60:.0f} are read; split it",
        )


def _promised_bytes(path: Path) -> tuple[int, int] | None:
    """(size, promised size) of a RIFF, FORM, W64 or Ogg file that ends too early, which libsndfile reads in silence."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(24)
        file.seek(max(0, size - 2 * _OGG_PAGE))
        end = file.read()
    if header[:4] == b"RIFF":
        promised = 8 + int.from_bytes(header[4:8], "little")
    elif header[:4] == b"FORM":
        promised = 8 + int.from_bytes(header[4:8], "big")
    elif header[:4] == b"riff":
        promised = int.from_bytes(header[16:24], "little")
    elif header[:4] == b"OggS" and b"OggS" in end:
        page = end[
            end.rindex(b"OggS") :
        ]  # its header: 27 bytes, the last of which counts the segments' lengths
        n_segments = page[26] if len(page) > 26 else 0
        promised = size - len(page) + 27 + n_segments + sum(page[27 : 27 + n_segments])
    else:
        return None
    # Some writers count the header's 8 bytes, or don't pad: only what is really missing counts.
    is_known = promised - 8 not in _UNKNOWN_SIZES
    return (size, promised) if is_known and size + (0 if header[:4] == b"OggS" else 16) < promised else None


def _by_ffmpeg(path: Path, why: str) -> tuple[Audio, int]:
    """[samples, 2] and the rate, decoded by ffmpeg. `why` libsndfile could not goes into the error."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise SoundFileError(
            "unreadable", f"libsndfile says: {why}; ffmpeg, which might read it, is not installed"
        )
    command = [program, "-v", "error", "-nostdin", "-i", str(path), "-vn", "-t", str(MAX_SECONDS + 1)]
    command += ["-f", "f32le", "-ac", "2", "-ar", str(SAMPLE_RATE), "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode or not done.stdout:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        said = lines[-1] if lines else "nothing"
        raise SoundFileError("unreadable", f"libsndfile says: {why}; ffmpeg says: {said}")
    samples = np.frombuffer(done.stdout[: len(done.stdout) // 8 * 8], dtype="<f4").reshape(-1, 2)
    _check_length(len(samples) / SAMPLE_RATE)
    return samples, SAMPLE_RATE


def _check_level(samples: Audio) -> None:
    """Raises SoundFileError for silence, and for what was clipped to a square wave."""
    level_db = 20 * np.log10(max(float(np.sqrt(np.mean(samples**2, dtype=np.float64))), 1e-9))
    if level_db < -65.0:
        raise SoundFileError("silent", f"its level is {max(level_db, -180.0):.0f} dBFS")
    full = np.abs(samples) >= _FULL * np.abs(samples).max()
    share = float(full.mean())
    if share > 0.2:
        raise SoundFileError("clipped", f"{100 * share:.0f} % of its samples stand at full level")
