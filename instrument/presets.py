"""Presets: all values of a moment under a name, one JSON file each, for a person to read and edit."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from instrument import whole_file
from instrument.params import ADDRESSES, ParamError, Spec, Value, accept

FORMAT = "ladmg-preset"
VERSION = 1
MAX_BYTES = 2**16
LEFT_OUT = {"playing", "hold", "auto", "swap", "limiter", "record"}  # how one plays, not what


class PresetError(ValueError):
    """A preset that can't be kept or read, with the file and the reason."""


def default_folder(what: str) -> Path:
    """Where "presets", or loops of the "shelf", are kept, by the custom of the system."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    elif os.name == "nt":
        base = Path(os.environ.get("APPDATA") or Path.home())
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "ladmg" / what


class Presets:
    """A folder of presets. Names are as the table allows them, and so never lead out of the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def names(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def save(self, name: str, values: Mapping[str, Value]) -> Path:
        """Write the values, by address; a preset of this name is replaced by a whole new one. Raises PresetError."""
        kept = {
            address: spec.choices[int(value)] if spec.kind == "enum" else value
            for address, value in values.items()
            if (spec := _kept(address)) is not None
        }
        text = json.dumps(
            {"format": FORMAT, "version": VERSION, "values": kept}, indent=2, ensure_ascii=False
        )
        path = self._path(name)
        try:
            whole_file.write(path, text + "\n")
        except OSError as error:
            raise PresetError(f"preset {name!r} can't be kept in {self.folder}: {error.strerror}") from None
        return path

    def load(self, name: str) -> dict[str, Value]:
        """The accepted values of a preset, by address. Raises PresetError that says what is wrong and where."""
        path = self._path(name)
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            known = ", ".join(self.names) or "none"
            raise PresetError(f"no preset {name!r} in {self.folder}; there are: {known}") from None
        except OSError as error:
            raise PresetError(f"{path} can't be read: {error.strerror}") from None
        try:
            held = json.loads(data[:MAX_BYTES].decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise PresetError(f"{path} can't be read: {error}") from None
        if not isinstance(held, dict) or (held.get("format"), held.get("version")) != (FORMAT, VERSION):
            raise PresetError(f"{path} is no {FORMAT} of version {VERSION}")
        values = held.get("values")
        if not isinstance(values, dict):
            raise PresetError(f"{path} must have values by address")
        accepted: dict[str, Value] = {}
        for address, value in values.items():
            spec = _kept(address)
            if spec is None:
                raise PresetError(f"{path}: {address!r} is no parameter that presets keep")
            try:
                accepted[address] = accept(spec, value)
            except ParamError as error:
                raise PresetError(f"{path}: {error}") from None
        return accepted

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _kept(address: str) -> Spec | None:
    """The parameter at an address, if presets keep it."""
    spec, _ = ADDRESSES.get(address, (None, None))
    return spec if spec is not None and spec.has_value and spec.name not in LEFT_OUT else None
