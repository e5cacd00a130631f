"""Whether a folder that is written to has room."""

from __future__ import annotations

import errno
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Room:
    """is_there: the folder; where it isn't, `free` (bytes) and `problem` are of the nearest folder above it.

    problem: why nothing can be written, "" where it can.
    """

    is_there: bool
    free: int
    problem: str


def room_in(folder: Path) -> Room:
    """Found out with a file that goes away by itself. A network's disk may hang."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    is_there = place == folder
    try:
        if not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "it is no folder", str(place))
        free = shutil.disk_usage(place).free
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        where = "" if is_there else f" (in {place})"
        return Room(is_there, 0, f"{error.strerror or error}{where}")
    return Room(is_there, free, "")
