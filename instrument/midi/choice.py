"""Which map a port gets: the user's own by its name, one that ships, the default one; and what was learnt on top.

What is learnt is kept in files of its own, in the folder `learnt` beside the user's maps, in the same format. So
the user's files stay as they were written, with their comments.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from instrument import whole_file
from instrument.midi.control_map import ANY_PORT, Control, Map
from instrument.midi.map_file import MapError, factory, load, parse, read
from instrument.midi.messages import Source
from instrument.midi.ports import normal

LEARNT = "learnt"
_HEAD = "# Written by the instrument, when it learns or forgets: values may be changed here, comments are not kept.\n"


def default_folder() -> Path:
    """Where a user keeps maps, by the custom of the system."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    elif os.name == "nt":
        base = Path(os.environ.get("APPDATA") or Path.home())
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "ladmg" / "maps"


@dataclass(frozen=True)
class Choice:
    """The map of a port, with what was learnt. learnt: the file of that. complaints: of maps that can't be used."""

    map: Map
    learnt: Path
    complaints: tuple[str, ...] = ()


class Maps:
    """All maps that there are. Any thread; files are read whenever they are asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()
        self._lock = threading.Lock()

    def choose(self, port: str) -> Choice:
        """The map of a port: by its name the user's own before one that ships; then one for any port, likewise."""
        complaints: list[str] = []
        own: list[Map] = []
        for path in sorted(self.folder.glob("*.toml")):
            try:
                own.append(load(path))
            except MapError as error:
                complaints.append(str(error))
        maps = [*own, *factory()]
        fitting = [one for one in maps if one.fits(port)] + [one for one in maps if one.is_for_any]
        chosen = fitting[0]
        learnt = self._learnt(port if chosen.is_for_any else chosen.name)
        try:
            added = load(learnt).controls if learnt.exists() else ()
        except MapError as error:
            complaints.append(str(error))
            added = ()
        kept = [one for one in chosen.controls if not any(_overlap(one.source, new.source) for new in added)]
        return Choice(replace(chosen, controls=(*added, *kept)), learnt, tuple(complaints))

    def stamp(self) -> tuple[object, ...]:
        """Differs when a file has changed."""
        stamps: list[object] = []
        for path in sorted((*self.folder.glob("*.toml"), *(self.folder / LEARNT).glob("*.toml"))):
            try:
                stat = path.stat()
            except OSError:  # gone meanwhile
                continue
            stamps.append((path.name, stat.st_mtime_ns, stat.st_size))
        return tuple(stamps)

    def learn(self, choice: Choice, name: str, entry: Mapping[str, Any]) -> Control:
        """Keep one control: it no longer does what it did, and what had set this address by learning doesn't any more.

        choice: the map that it is in, whose lights it keeps. name: of the controller. Raises MapError, and OSError
        where the file can't be written.
        """
        learnt, like = choice.learnt, replace(choice.map, name=name)
        control = parse(_text(like, [entry]), "what was learnt").controls[0]
        with self._lock:
            kept = []
            for old in _entries(learnt):
                source = parse(_text(like, [old]), str(learnt)).controls[0].source
                if old.get("address") != control.address and not _overlap(source, control.source):
                    kept.append(old)
            text = _text(like, [*kept, entry])
            parse(text, str(learnt))
            whole_file.write(learnt, text)
        return control

    def forget(self, address: str) -> list[str]:
        """Take back what was learnt for an address, on every controller; the controls, in words. As `learn` raises."""
        forgotten: list[str] = []
        with self._lock:
            for path in self._files():
                entries = _entries(path)
                kept = [one for one in entries if one.get("address") != address]
                if len(kept) < len(entries):
                    one = load(path)
                    forgotten += [control.text for control in one.controls if control.address == address]
                    whole_file.write(path, _text(one, kept))
        return forgotten

    def learnt(self) -> list[tuple[str, str, str]]:
        """All that was learnt: controller, control and address. Raises MapError."""
        maps = [load(path) for path in self._files()]
        return [(one.name, control.text, control.address) for one in maps for control in one.controls]

    def _files(self) -> list[Path]:
        return sorted((self.folder / LEARNT).glob("*.toml"))

    def _learnt(self, name: str) -> Path:
        return self.folder / LEARNT / f"{normal(name).replace(' ', '-') or 'unnamed'}.toml"


def _overlap(one: Source, other: Source) -> bool:
    """Whether some message belongs to both."""
    if None not in (one.channel, other.channel) and one.channel != other.channel:
        return False
    return not _messages(one).isdisjoint(_messages(other))


def _messages(source: Source) -> set[tuple[str, int | None]]:
    if source.kind == "cc14" and source.number is not None:
        return {("cc", source.number), ("cc", source.number + 32)}
    return {(source.kind, source.number)}


def _entries(path: Path) -> list[Mapping[str, Any]]:
    """The controls of a learnt map as they stand in its file, none where there is no file. Raises MapError."""
    if not path.exists():
        return []
    text = read(path)
    parse(text, str(path))
    return list(tomllib.loads(text).get("controls", []))


def _text(like: Map, entries: list[Mapping[str, Any]]) -> str:
    head = {"name": like.name, "ports": [ANY_PORT], "feedback": like.feedback, "leds": list(like.leds)}
    lines = [f"{key} = {_toml(value)}\n" for key, value in head.items()]
    controls = [f"    {_toml(entry)},\n" for entry in entries]
    return f"{_HEAD}{''.join(lines)}\ncontrols = [\n{''.join(controls)}]\n"


def _toml(value: Any) -> str:
    """A value in TOML, in one line; its strings and numbers are JSON's."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
