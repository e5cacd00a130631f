"""The terminal: what a line says, and that a stream that is no terminal gets a line only for what is new."""

from __future__ import annotations

import io

from instrument.engine import View
from instrument.memory import MeterReading
from instrument.recipe import Recipe
from instrument.status import Status, Terminal, status_line


def moment(state: str = "none", beat: float = 0.0, **settings: object) -> Status:
    recipe = Recipe(prompt="dark techno")
    view = View(state, recipe, None, recipe if state == "rendering" else None, 1.25, 1)
    values: dict[str, object] = {
        "view": view,
        "meters": MeterReading(beat=beat, is_running=True),
        "bpm": 126.5,
        "is_playing": True,
        "eta_beats": -1.0,
        "loading": "",
    }
    return Status(**(values | settings))  # type: ignore[arg-type]


def test_line_tells_position_tempo_loop_and_what_comes() -> None:
    name = Recipe(prompt="dark techno").name[:6]
    line = status_line(moment("rendering", beat=66.7))
    assert line == f'  17.3 | 126.50 BPM | plays "dark techno" ({name}) | rendering 1.2 s'
    assert status_line(moment("cued", eta_beats=3.4)).endswith("| next in 3 beats")
    assert status_line(moment("ready")).endswith("| next is ready: go")
    assert "| stopped |" in status_line(moment(is_playing=False))
    assert status_line(moment(meters=MeterReading(underflows=2))).endswith("| 2 underflows")
    assert status_line(moment(meters=None, loading="the model loads")).endswith("| the model loads")


def test_prompts_that_are_heard_and_the_key_are_named() -> None:
    recipe = Recipe(prompt="acid", prompt_2="dub", prompt_3="house", weight_2=0.5, key="A minor")
    line = status_line(moment(view=View("none", recipe, None, None, 0.0, 1)))
    assert f'plays "acid" + "dub" in A minor ({recipe.name[:6]})' in line


def test_plain_stream_gets_a_line_when_something_changes() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream)
    for beat in range(100):
        terminal.show(moment(beat=float(beat)))
    terminal.show(moment("rendering"))
    terminal.say("model on cpu")
    assert len(stream.getvalue().splitlines()) == 3
    assert "\x1b" not in stream.getvalue()


def test_live_line_is_rewritten_below_what_is_said() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream, is_live=True)
    terminal.show(moment(beat=0.0))
    terminal.show(moment(beat=1.0))
    terminal.say("model on cpu")
    terminal.end()
    parts = stream.getvalue().split("\r\x1b[K")
    assert [part.lstrip().split(" ")[0] for part in parts[1:3]] == ["1.1", "1.2"]
    said, again = parts[3].splitlines()
    assert said == "model on cpu"
    assert again.lstrip().startswith("1.2")
    assert stream.getvalue().endswith("\n")


def test_a_stream_that_is_gone_stops_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    terminal = Terminal(stream, is_live=True)
    terminal.say("anything")
    terminal.show(moment())
    terminal.end()
