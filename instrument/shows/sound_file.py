"""Sound files that grow while music plays, and that are whole after every write, whatever comes next."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

_RIFF = struct.Struct("<4sI4s 4sIQQQI 4sIHHIIHH 4sII 4sI")  # ends on a multiple of four, as samples like it
_IEEE_FLOAT = 3
_UNKNOWN = 0xFFFF_FFFF  # where a 32-bit length would not do: the chunk ds64 has it (EBU Tech 3306)
_FLAC_BLOCK = 4096  # samples, libFLAC's own at the level that libsndfile asks for
_FLAC_LENGTH_AT = (
    18  # where STREAMINFO has 64 bits, of which the last 36 are the number of samples (RFC 9639, 8.2)
)


class SoundWriter(Protocol):
    """A file being written. After each `write`, and after one that failed, what is in the file can be read."""

    n_samples: int

    def write(self, audio: npt.NDArray[np.float32]) -> None:
        """Append `[samples, channels]`. OSError where the disk won't take it: then only `close` is left to do."""

    def close(self) -> None: ...


class WavWriter:
    """32-bit float WAV, which holds bit for bit what the instrument played; RF64 from 4 GiB on."""

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        """FileExistsError if there is such a file, any other OSError if it can't be written."""
        self.n_samples = 0
        self._rate = rate
        self._channels = channels
        self._file = path.open("xb", buffering=0)
        self._tell_length()

    def write(self, audio: npt.NDArray[np.float32]) -> None:
        data = memoryview(np.asarray(audio, "<f4").tobytes())
        frame = 4 * self._channels
        start, done = self.n_samples * frame, 0
        self._file.seek(_RIFF.size + start)
        try:
            while done < len(data):
                done += self._file.write(data[done:]) or 0
        finally:
            # In this order: the header never tells of more than is there.
            self.n_samples = (start + done) // frame
            self._tell_length()

    def close(self) -> None:
        self._file.truncate(_RIFF.size + self.n_samples * 4 * self._channels)  # half a sample, of a full disk
        self._file.close()

    def _tell_length(self) -> None:
        frame = 4 * self._channels
        n_bytes = self.n_samples * frame
        n_all = _RIFF.size - 8 + n_bytes
        is_large = n_all >= _UNKNOWN
        ds64 = (n_all, n_bytes, self.n_samples) if is_large else (0, 0, 0)
        header = _RIFF.pack(
            b"RF64" if is_large else b"RIFF",
            _UNKNOWN if is_large else n_all,
            b"WAVE",
            b"ds64" if is_large else b"JUNK",
            28,
            *ds64,
            0,
            b"fmt ",
            16,
            _IEEE_FLOAT,
            self._channels,
            self._rate,
            self._rate * frame,
            frame,
            32,
            b"fact",
            4,
            _UNKNOWN if is_large else self.n_samples,
            b"data",
            _UNKNOWN if is_large else n_bytes,
        )
        self._file.seek(0)
        self._file.write(header)


class FlacWriter:
    """24-bit FLAC: half the size or less; what is louder than full scale is cut there.

    While it grows, its header tells of the blocks that are complete; of the newest sound, up to 85 ms are not.
    """

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        """As `WavWriter`."""
        import soundfile

        self.n_samples = 0
        self._error: type[Exception] = soundfile.LibsndfileError
        self._path = path
        with path.open("xb"):  # libsndfile's own errors don't say whether there was such a file
            pass
        self._file: Any = soundfile.SoundFile(path, "w", rate, channels, "PCM_24", format="FLAC")

    def write(self, audio: npt.NDArray[np.float32]) -> None:
        try:
            self._file.write(audio)
            self._file.flush()
        except self._error as error:
            raise OSError(f"libsndfile: {error}") from error
        self.n_samples += len(audio)
        self._tell_length(max(self.n_samples - 1, 0) // _FLAC_BLOCK * _FLAC_BLOCK)

    def close(self) -> None:
        try:
            self._file.close()
        except self._error as error:
            raise OSError(f"libsndfile: {error}") from error

    def _tell_length(self, n_samples: int) -> None:
        with self._path.open("r+b", buffering=0) as file:
            file.seek(_FLAC_LENGTH_AT)
            bits = int.from_bytes(file.read(8))
            file.seek(_FLAC_LENGTH_AT)
            file.write((bits >> 36 << 36 | n_samples).to_bytes(8))


WRITERS: dict[str, Callable[[Path, int, int], SoundWriter]] = {"wav": WavWriter, "flac": FlacWriter}
