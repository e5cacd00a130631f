"""The command line of `ladmg prepare`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model import checkpoint
from model.checkpoint import CheckpointError
from training.prepare import tempo
from training.prepare.folder import BARS, PrepareError, PrepareSettings, prepare
from training.prepare.labels import COLUMNS, LabelError
from training.shards import ShardError

PROG = "ladmg prepare"
DESCRIPTION = """\
Cut loops on the bar out of all audio in a folder, and store them as `ladmg train --data OUT` reads them.

Every file's tempo and bars are heard, unless --bpm, the CSV, or its name ("..._125bpm.wav") says them; what isn't
steady, too short, silent, damaged or there twice is skipped, and the report says why. Folders' names are tags where
they name a genre, mood, instrument or key ("dub techno/", "no kick/"), and all of them are captions. Loops take from
the music before them what makes their ends lead into their starts. Stopped at any moment, the same command goes on
where it was; new files are added, changed ones prepared again."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with command-line arguments (default: the program's); the exit code, 2 for what the user can put right."""
    values = vars(_parser().parse_args(arguments))
    try:
        folder: Path = values["folder"]
        values["out"] = values["out"] or Path("data") / "prepared" / folder.resolve().name
        report = prepare(PrepareSettings(**values))
    except (PrepareError, LabelError, CheckpointError, ShardError) as error:
        print(f"{PROG}: {error}", file=sys.stderr)
        return 2
    if not values["dry_run"]:
        print(f"in {values['out']}, with a report of every file in report.json")
    return 0 if report["n_loops"] else 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROG, description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="with audio files, in folders of its own too"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="default: data/prepared/ and FOLDER's name"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only analyse and print the table; nothing is written"
    )
    parser.add_argument(
        "--bars",
        type=_bars,
        default=BARS,
        metavar="N,..",
        help="lengths of loops, the first that a file gives any of counts (default 4,2,1)",
    )
    parser.add_argument(
        "--bpm", type=float, metavar="BPM", help="tempo of all files; else heard, file by file"
    )
    parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help=f"a table of what is known, with columns {', '.join(COLUMNS)}",
    )
    parser.add_argument(
        "--bpm-range",
        type=float,
        nargs=2,
        default=tempo.BPM_RANGE,
        metavar=("LOW", "HIGH"),
        help="where the beat is looked for, an octave; 70 140 for slow music (default {:g} {:g})".format(
            *tempo.BPM_RANGE
        ),
    )
    parser.add_argument(
        "--min-confidence",
        type=float,
        default=0.45,
        metavar="X",
        help="0..1, how well all bars must agree on the beat (default 0.45)",
    )
    parser.add_argument(
        "--min-downbeat",
        type=float,
        default=0.35,
        metavar="X",
        help="0..1, how sure it must be where bars begin (default 0.35)",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=checkpoint.DEFAULT_FOLDER,
        metavar="FOLDER",
        help="whose codec and CLAP are used (default: the model that ships)",
    )
    parser.add_argument(
        "--device", default="auto", help='of the codec: "auto", "cpu", "cuda", .. (default auto)'
    )
    return parser


def _bars(text: str) -> tuple[int, ...]:
    if not all(part.strip().isdigit() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"bars must be numbers with commas between, as in 4,2,1; got {text}")
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
