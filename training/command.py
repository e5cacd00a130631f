"""A command of the training extra: settings in, exit code out, and one line for what the user can put right."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from model.checkpoint import CheckpointError
from training import settings
from training.loop import TrainingError
from training.settings import Settings, SettingsError
from training.shards import ShardError

REFUSALS = (TrainingError, CheckpointError, ShardError, SettingsError, FileNotFoundError)


def run(
    kind: type[Settings],
    name: str,
    description: str,
    arguments: Sequence[str] | None,
    work: Callable[[Settings], Any],
) -> int:
    """Do `work` with the settings that the arguments (default: the program's) ask for; 2 when it refuses, else 0.

    name: as the user calls it, "ladmg train". Any other exception is a bug, and comes with its traceback.
    """
    given = settings.read(kind, name, description, arguments)
    try:
        work(given)
    except REFUSALS as error:
        words = (
            f"{error.filename}: {error.strerror}"
            if isinstance(error, OSError) and error.strerror
            else str(error)
        )
        print(f"{name}: {words}", file=sys.stderr)
        return 2
    return 0
