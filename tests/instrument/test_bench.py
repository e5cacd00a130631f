"""`make bench` measures everything that it promises, on a model with random weights."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny_checkpoint

ROOT = Path(__file__).parents[2]


def tables(markdown: str) -> dict[str, list[list[str]]]:
    """The rows of each section's tables, as cells, by the section's heading."""
    sections = re.split(r"^## ", markdown, flags=re.MULTILINE)[1:]
    return {
        section.partition("\n")[0]: [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in section.splitlines()
            if line.startswith("|") and not line.startswith("| -")
        ]
        for section in sections
    }


@pytest.mark.timeout(1200)
def test_every_figure_is_there_and_is_a_figure(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint.write(tmp_path)
    command = [sys.executable, "-m", "instrument.bench", "--quick", "--checkpoint", str(checkpoint)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    found = tables(result.stdout)

    def first_cells(words: str) -> list[str]:
        (rows,) = (rows for heading, rows in found.items() if words in heading and "cuda" not in heading)
        for row in rows:
            assert (
                len(row) == len(rows[0])
                or row[0].startswith(("one UNet", "with", "guided", "from"))
                or ".." in row[0]
            ), row
            for cell in row[1:]:
                assert "nan" not in cell
        return [row[0] for row in rows]

    assert first_cells("Cold start")[1:] == ["OSC answers", "audio runs", "model loaded", "first sound"]
    names = [name.split(":")[0] for name in first_cells("OSC packet")]
    assert names[1:4] == ["playback", "playback", "generative"]
    assert len(names) == 15  # and a histogram
    assert len(first_cells("Callback load")) == 7
    assert first_cells("Rendering")[1:6] == ["1", "2", "4", "8", "16"]
    assert len(first_cells("Rendering")) == 11


def test_a_missing_checkpoint_is_one_clear_line() -> None:
    command = [sys.executable, "-m", "instrument.bench", "--quick", "--checkpoint", "no-such-folder"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("bench: ")
    assert "no-such-folder" in result.stderr
    assert result.stderr.count("\n") == 1
