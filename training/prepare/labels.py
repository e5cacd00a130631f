"""What is known of a file by its name, its folders and a table: tempo, key, tags and words."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from torch import Tensor

from model import tags

COLUMNS = ("file", "bpm", "downbeat_s", "tags", "caption")
BPM_ALLOWED = (40.0, 250.0)
# Other words for instruments; "no hats" speaks of both kinds.
_ALSO = dict.fromkeys(("hat", "hihat", "hi hat"), ("closed hat", "open hat")) | {"perc": ("percussion",)}
_BPM_IN_NAME = re.compile(r"(?<![\d.])(\d{2,3}(?:\.\d{1,2})?)[ _-]?bpm(?![a-z])", re.IGNORECASE)
_KEY = re.compile(
    r"(?<![A-Za-z])([A-Ga-g])([#b♯♭]?)[ _-]?(?:(minor|min|m)|(major|maj))(?![A-Za-z])", re.IGNORECASE
)
_FLATS = {"Db": "C#", "Eb": "D#", "Gb": "F#", "Ab": "G#", "Bb": "A#", "Cb": "B", "Fb": "E"}
_SHARPS = {"E#": "F", "B#": "C"}


class LabelError(ValueError):
    """A table that can't be used: the line, the value, what is allowed."""


@dataclass(frozen=True)
class Labels:
    """What is known of a file; bpm and downbeat_s are None where nothing says.

    bpm_source: "given" or "name"; tag_names: as in `tags`, or "no X" for an instrument that is known not to be there
    """

    bpm: float | None = None
    bpm_source: str = "given"
    downbeat_s: float | None = None
    tag_names: tuple[str, ...] = ()
    caption: str = ""

    def vector(self) -> Tensor:
        """[N_TAGS]; several genres at once are allowed here, as folders may say so."""
        asked = tags.vector()
        for name in self.tag_names:
            wanted = not name.startswith("no ")
            asked[tags.NAMES.index(name.removeprefix("no "))] = 1.0 if wanted else -1.0
        return asked


@dataclass(frozen=True)
class Table:
    """A CSV's rows, by file as the table names it."""

    rows: dict[str, Labels] = field(default_factory=dict)

    def row(self, file: str) -> Labels | None:
        """The row of a file, named as in the table: by its path in the folder, or by its bare name."""
        return self.rows.get(file) or self.rows.get(PurePosixPath(file).name)

    def unused(self, files: Iterable[str]) -> list[str]:
        """Rows that none of the files has."""
        used = {name for file in files for name in (file, PurePosixPath(file).name)}
        return [name for name in self.rows if name not in used]


def read_table(path: Path) -> Table:
    """A CSV with a header of COLUMNS, `file` at least; tags are separated by ";" . Raises LabelError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            names = [name.strip().lower() for name in reader.fieldnames or ()]
            reader.fieldnames = names
            unknown = [name for name in names if name not in COLUMNS]
            if unknown or "file" not in names:
                raise LabelError(
                    f"{path}: columns must be file and any of {', '.join(COLUMNS[1:])}, "
                    f"got {', '.join(names) or 'none'}"
                )
            rows = {}
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                name = (row["file"] or "").strip().replace("\\", "/")
                if not name:
                    raise LabelError(f"{where}: file is empty")
                rows[name] = _labels(row, where)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelError(f"{path} can't be read: {error}") from None
    return Table(rows)


def _labels(row: dict[str, str | None], where: str) -> Labels:
    known, words = [], []
    for one in (row.get("tags") or "").split(";"):
        names, rest = read_words(one)
        known += names
        words += [rest] if rest else []
    caption = (row.get("caption") or "").strip()
    return Labels(
        bpm=_number(row, "bpm", where, *BPM_ALLOWED),
        downbeat_s=_number(row, "downbeat_s", where, 0.0, 1e5),
        tag_names=tuple(dict.fromkeys(known)),
        caption=caption or ", ".join(words),
    )


def _number(row: dict[str, str | None], name: str, where: str, low: float, high: float) -> float | None:
    text = (row.get(name) or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise LabelError(f"{where}: {name} must be a number in {low:g}..{high:g}, got {text}")
    return value


def labels_of(file: str, table: Table, bpm: float | None = None) -> Labels:
    """What is known of a file, given relative to its folder: the table before `bpm` (of all), that before names.

    Folder names give tags where they are tags' names, and all are words of the caption; so are the table's tags. From
    the file's own name only a tempo ("125bpm") and a key ("F#m", "A minor") are taken.
    """
    path = PurePosixPath(file)
    known: list[str] = []
    words: list[str] = []
    for folder in path.parts[:-1]:
        names, _ = read_words(folder)
        known += names
        words.append(_spaced(folder))
    key = read_key(path.stem)
    row = table.row(file) or Labels()
    if key and not any(name in tags.KEYS_24 for name in (*row.tag_names, *known)):
        known.append(key)
    in_name = bpm_in_name(path.stem)
    tempo, source = row.bpm or bpm or in_name, "given" if row.bpm or bpm else "name"
    all_names = tuple(dict.fromkeys([*row.tag_names, *known]))
    spoken = [*words, *(name for name in row.tag_names if name not in words)]
    spoken += [row.caption] if row.caption else []
    return Labels(tempo, source, row.downbeat_s, all_names, ", ".join(dict.fromkeys(spoken)))


def bpm_in_name(name: str) -> float | None:
    """The tempo that a file name states, as in "loop_125bpm" or "124.5 BPM"; else None."""
    found = _BPM_IN_NAME.search(name)
    bpm = float(found.group(1)) if found else 0.0
    return bpm if BPM_ALLOWED[0] <= bpm <= BPM_ALLOWED[1] else None


def read_key(text: str) -> str | None:
    """The key that a name states, as in "F#min", "Bbm" or "A minor": one of KEYS_24. A bare "Am" may be a word."""
    for found in _KEY.finditer(text):
        letter, sign, minor, major = found.groups()
        if minor and minor.lower() == "m" and (not sign or minor == "M"):
            continue
        tonic = letter.upper() + sign.replace("♯", "#").replace("♭", "b")
        tonic = _FLATS.get(tonic, _SHARPS.get(tonic, tonic))
        return f"{tonic} {'major' if major else 'minor'}"
    return None


def read_words(text: str) -> tuple[list[str], str]:
    """The tags that a text names, the longest first, and the words that are left.

    "Dark Dub-Techno kicks 3" -> ["dub techno", "dark", "kick"], "3"; "no kick" -> ["no kick"]: known not to be there.
    """
    left = f" {_spaced(text).lower()} "
    found = []
    key = read_key(left)
    if key:
        left = _KEY.sub(" ", left)
    meant = {name: (name,) for name in (*tags.GENRES, *tags.MOODS, *tags.INSTRUMENTS)} | _ALSO
    for name in sorted(meant, key=len, reverse=True):
        for form in (f" {name} ", f" {name}s "):
            for no in (" no", " without"):
                if no + form in left and meant[name][0] in tags.INSTRUMENTS:
                    found += [f"no {one}" for one in meant[name]]
                    left = left.replace(no + form, " ")
            if form in left:
                found.append(meant[name][0])
                left = left.replace(form, " ")
    return found + ([key] if key else []), " ".join(left.split())


def _spaced(text: str) -> str:
    return " ".join(re.sub(r"[_\-,;()\[\]]+", " ", text).split())
