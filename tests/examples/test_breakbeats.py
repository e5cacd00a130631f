"""The music to try training on: `ladmg prepare` hears its tempo, and says what it can't use."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_prepare_hears_its_tempo_and_skips_the_rest(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("breakbeats", ROOT / "examples/breakbeats.py")
    assert spec is not None
    assert spec.loader is not None
    breakbeats = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(breakbeats)
    breakbeats.write(tmp_path / "breakbeat/track 0.wav", breakbeats.track(0, 118, 30.0))
    breakbeats.write(tmp_path / "electro/track 1.flac", breakbeats.track(1, 150, 30.0).mean(axis=1), 22_050)
    breakbeats.write_what_is_no_use(tmp_path / "odd")
    command = [sys.executable, "-m", "instrument", "prepare", str(tmp_path), "--dry-run"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    table = {line.split("  ")[0]: line for line in result.stdout.splitlines()}
    assert "118.0" in table["breakbeat/track 0.wav"]
    assert "150.0" in table["electro/track 1.flac"]
    assert (
        "8 files: 2 kept, 6 skipped: 2 unreadable, 1 twice, 1 too short, 1 silent, 1 not steady"
        in result.stdout
    )
