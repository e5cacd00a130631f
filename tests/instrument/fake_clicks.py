"""`ladmg` with a model that only clicks, one click a beat: its arguments are the command's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.instrument.fake_pipeline import RATE, FakeLoop, clicks


class Clicks:
    """What a generator process loads."""

    sample_rate = RATE
    checkpoint_id = "clicks"
    device = "fake"

    @classmethod
    def load(cls, folder: Path | None = None, device: str = "auto") -> Clicks:
        return cls()

    def affordable_steps(self, settings: Any, limit_s: float) -> int:
        return 8

    def render(self, settings: Any, is_wanted: Any = None) -> FakeLoop:
        return FakeLoop(clicks(settings.bpm, settings.n_bars, 1), 8, {})


if __name__ == "__main__":
    from instrument import cli, console

    real_play = console.play

    def play(settings: console.PlaySettings) -> None:
        made = replace(settings.generator, load="tests.instrument.fake_clicks:Clicks.load")
        real_play(replace(settings, generator=made))

    console.play = play
    raise SystemExit(cli.main())
