"""Settings of a command from flags and a TOML file. One frozen dataclass defines names, types, defaults and help.

A field `max_minutes: float = setting(60.0, "of this run")` is the flag `--max-minutes` and the TOML key `max_minutes`.
Flags win over the file, the file wins over the defaults; the dataclass checks itself in `__post_init__`.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from dataclasses import Field, field, fields
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

Settings = TypeVar("Settings")

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", Path: "a path"}


class SettingsError(ValueError):
    """A setting that can't be used: the file, the key, the value, what is allowed."""


def setting(default: Any, doc: str, alias: str | None = None) -> Any:
    """A field of a settings dataclass with its help; `alias` is a second name, as flag and as key."""
    return field(default=default, metadata={"doc": doc, "alias": alias})


def numbers(name: str, text: str) -> list[int]:
    """The steps that a setting lists; raises ValueError for anything but whole numbers in 1..1000."""
    try:
        listed = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        listed = [0]
    if not all(1 <= n <= 1000 for n in listed):
        raise ValueError(f"{name} must be numbers in 1..1000 as 1,4,16, got {text!r}")
    return listed


def read(
    kind: type[Settings], prog: str, description: str, arguments: Sequence[str] | None = None
) -> Settings:
    """Settings of `kind` from command-line arguments (default: the program's), and the `--config` file they name.

    Ends the program with exit code 2 and one line on stderr for what isn't allowed.
    """
    parser = _parser(kind, prog, description)
    given = vars(parser.parse_args(arguments))
    file: Path | None = given.pop("config", None)
    try:
        from_file = {} if file is None else read_toml(kind, file)
        return kind(**(from_file | given))
    except ValueError as error:
        parser.exit(2, f"{prog}: {error}\n")


def read_toml(kind: type[Any], file: Path) -> dict[str, Any]:
    """Fields of `kind` that a TOML file sets; raises SettingsError. Paths are relative to the working folder."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file} can't be read: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise SettingsError(f"{file} is not a TOML file: {error}") from None
    known = {name: each for each in fields(kind) for name in _names(each)}
    types = _types(kind)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise SettingsError(f"{file}: unknown key {key!r}; known: {', '.join(sorted(known))}")
        name = known[key].name
        if name in values:
            raise SettingsError(f"{file}: {key!r} is another name of a key that is set already")
        try:
            values[name] = _from_toml(types[name], value)
        except ValueError as error:
            raise SettingsError(f"{file}: {key} must be {error}, got {value!r}") from None
    return values


def _parser(kind: type[Any], prog: str, description: str) -> argparse.ArgumentParser:
    """Absent flags leave no trace (`SUPPRESS`), so that the file's values show through."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="defaults for all that follows; flags win"
    )
    types = _types(kind)
    for each in fields(kind):
        flags = ["--" + name.replace("_", "-") for name in _names(each)]
        type_, _ = _optional(types[each.name])
        shown = "" if each.default in (None, False) else f" (default {each.default})"
        options: dict[str, Any] = {
            "dest": each.name,
            "help": (each.metadata["doc"] + shown).replace("%", "%%"),
        }
        if type_ is bool:
            options["action"] = argparse.BooleanOptionalAction
        elif get_origin(type_) is Literal:
            options["choices"] = get_args(type_)
        else:
            options |= {"type": type_, "metavar": {int: "N", float: "X", Path: "PATH"}.get(type_, "TEXT")}
        parser.add_argument(*flags, **options)
    return parser


def _names(each: Field[Any]) -> list[str]:
    alias = each.metadata.get("alias")
    return [each.name] if alias is None else [each.name, alias]


def _types(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _optional(type_: Any) -> tuple[Any, bool]:
    """`X` of `X | None`, and whether it was optional."""
    members = get_args(type_) if get_origin(type_) is not Literal else ()
    if NoneType not in members:
        return type_, False
    (inner,) = [member for member in members if member is not NoneType]
    return inner, True


def _from_toml(type_: Any, value: Any) -> Any:
    """A TOML value as `type_`; raises ValueError with the words for what is allowed."""
    inner, _ = _optional(type_)
    if get_origin(inner) is Literal:
        if value not in get_args(inner):
            raise ValueError(" or ".join(repr(choice) for choice in get_args(inner)))
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if inner is float and is_number:
        return float(value)
    if inner is int and is_number and isinstance(value, int):
        return value
    if inner is Path and isinstance(value, str):
        return Path(value)
    if inner in (bool, str) and isinstance(value, inner):
        return value
    raise ValueError(_WORDS[inner])
