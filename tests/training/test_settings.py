"""Settings from flags and TOML files: one definition, and an error that names the file and the key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from training.settings import SettingsError, read, read_toml, setting


@dataclass(frozen=True)
class Example:
    minutes: float = setting(60.0, "of this run")
    n_steps: int | None = setting(None, "steps")
    out_folder: Path = setting(Path("runs"), "folder")
    start_from: Path | None = setting(None, "checkpoint folder", alias="from")
    decay: Literal["linear", "cosine"] = setting("linear", "shape")
    resume: bool = setting(False, "go on, 100 %")

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise ValueError(f"minutes must be above 0, got {self.minutes}")


def given(*arguments: str) -> Example:
    return read(Example, "ladmg example", "An example.", arguments)


def test_flags_win_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('minutes = 5\nn_steps = 7\nresume = true\nfrom = "there"\ndecay = "cosine"\n')
    assert given() == Example()
    assert given("--config", str(file)) == Example(5.0, 7, Path("runs"), Path("there"), "cosine", True)
    flags = ["--minutes", "9", "--no-resume", "--start-from", "here", "--out-folder", "x"]
    assert given(*flags, "--config", str(file)) == Example(9.0, 7, Path("x"), Path("here"), "cosine", False)
    assert isinstance(given("--config", str(file)).minutes, float)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("minuts = 5", "unknown key 'minuts'; known: decay, from, minutes, n_steps"),
        ("minutes = 'long'", "minutes must be a number, got 'long'"),
        ("minutes = true", "minutes must be a number, got True"),
        ("n_steps = 1.5", "n_steps must be a whole number, got 1.5"),
        ("resume = 1", "resume must be true or false, got 1"),
        ("out_folder = 3", "out_folder must be a path, got 3"),
        ("decay = 'none'", "decay must be 'linear' or 'cosine', got 'none'"),
        ("from = 'a'\nstart_from = 'b'", "'start_from' is another name of a key that is set already"),
        ("minutes = ", "is not a TOML file"),
    ],
)
def test_a_bad_file_is_an_error_with_its_name_and_the_key(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as error:
        read_toml(Example, file)
    assert str(error.value).startswith(str(file))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--minutes", "0"], "ladmg example: minutes must be above 0, got 0.0"),
        (["--minutes", "long"], "argument --minutes: invalid float value: 'long'"),
        (["--minute", "5"], "unrecognized arguments: --minute"),
        (["--config", "/no/such.toml"], "/no/such.toml can't be read: No such file or directory"),
    ],
)
def test_bad_flags_end_the_program_with_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    with pytest.raises(SystemExit) as end:
        given(*arguments)
    assert end.value.code == 2
    assert words in capsys.readouterr().err


def test_help_has_every_field_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        given("--help")
    shown = " ".join(capsys.readouterr().out.split())
    assert "ladmg example" in shown
    for words in ("--minutes X of this run (default 60.0)", "--start-from PATH, --from PATH", "100 %"):
        assert words in shown
