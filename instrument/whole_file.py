"""Files that are written as a whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Put `text` at `path`, in a folder that is made where it is missing. OSError leaves what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name_of_draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    draft = Path(name_of_draft)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    finally:  # nothing is left behind where the disk is full
        draft.unlink(missing_ok=True)
