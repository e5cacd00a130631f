"""Three minutes of `make soak`: gestures without a rest, at the generator's full load, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import soak


@pytest.mark.timeout(900)
def test_three_minutes_of_everything_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = soak(3.0, tmp_path)
    with capsys.disabled():
        print("", *found.lines(), sep="\n")
    assert not found.has_more_gaps
    assert found.callback_errors == 0
    assert found.clock_error == 0
    assert found.n_gestures > 20_000
    assert found.n_loops >= 3
    for process in ("console", "audio"):
        assert found.slope(process) < 1.0  # MB a minute; a leak at this rate of gestures would be many
