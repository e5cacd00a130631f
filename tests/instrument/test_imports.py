"""The direction of imports: training -> model; only the generator and the offline render reach the model."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for package in ("instrument", "model", "training") for path in (ROOT / package).rglob("*.py")
)
MODEL_SIDE = {"instrument.generator", "instrument.render"}
LAZY = {"instrument.cli"}  # its commands import what they need when they are called


def imported_by(path: Path, anywhere: bool = True) -> set[str]:
    """Every module that a file names in an import, wherever in the file or only at its top level."""
    names: set[str] = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree) if anywhere else tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
    return names


def packages(path: Path, anywhere: bool = True) -> set[str]:
    return {name.partition(".")[0] for name in imported_by(path, anywhere)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    package = module.partition(".")[0]
    if package == "model":
        assert not packages(path) & {"instrument", "training"}
    elif package == "training":
        assert "instrument" not in packages(path)
    elif module in MODEL_SIDE:
        assert "training" not in packages(path)
    else:
        reached = packages(path, anywhere=module not in LAZY)
        assert not reached & {"model", "training", "torch", "torchaudio", "encodec", "safetensors"}


def modules_after(code: str) -> set[str]:
    """sys.modules of a fresh Python that ran `code`."""
    code += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_importing_instrument_pulls_in_next_to_nothing() -> None:
    assert not modules_after("import instrument") & {"torch", "numpy", "scipy", "sounddevice", "mido"}


def test_the_console_pulls_in_no_torch_and_no_audio_stream() -> None:
    loaded = modules_after("import instrument.console, instrument.midi.controllers, instrument.cli")
    assert not loaded & {"torch", "sounddevice", "model", "scipy", "textual"}


def test_the_full_screen_view_pulls_in_nothing_that_plays() -> None:
    loaded = modules_after("import instrument.terminal.screen")
    assert not loaded & {"torch", "numpy", "sounddevice", "mido", "instrument.console", "instrument.memory"}


def test_the_doctor_leaves_both_to_its_processes() -> None:
    assert not modules_after("import instrument.doctor.examination") & {
        "torch",
        "sounddevice",
        "rtmidi",
        "model",
    }


def test_the_audio_process_pulls_in_no_torch_and_no_console() -> None:
    loaded = modules_after("import instrument.audio.process")
    assert not loaded & {"torch", "model", "mido", "pythonosc", "instrument.console", "instrument.engine"}


def test_the_generators_torch_comes_with_the_model_only() -> None:
    assert not modules_after("import instrument.generator") & {"torch", "model"}


def test_ladmg_params_is_instant() -> None:
    """By what it imports, not by a clock: numpy alone would triple its time."""
    code = "import contextlib, io\nfrom instrument.cli import main\n"
    code += "with contextlib.redirect_stdout(io.StringIO()): main(['params', '--json'])"
    assert not modules_after(code) & {"numpy", "torch", "pythonosc", "multiprocessing"}
