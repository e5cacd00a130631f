"""The examples for other programs, run by those programs against the instrument's own OSC."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from instrument.osc.server import OscServer
from instrument.params import ADDRESSES, Change, Params
from tests.instrument.test_console import Played, play  # noqa: F401  (a fixture)

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PATIENCE_S = 60.0
# Of the protocol: what is no parameter. OSC's own, which the instrument's documentation lists.
PROTOCOL = {
    "beat",
    "error",
    "subscribe",
    "unsubscribe",
    "confirm",
    "token",
    "ping",
    "pong",
    "get",
    "sync",
    "describe",
}
OF_A_DECK = {"next", "loop", "fan", "meter"}


class Instrument:
    """The parameters and their OSC on a real socket, and what other programs did to them."""

    def __init__(self) -> None:
        self.params = Params()
        self.osc = OscServer(self.params, port=0)
        self.changes: list[tuple[str, Any]] = []
        self.params.subscribe(self._changed)
        self.osc.start()

    def _changed(self, change: Change) -> None:
        if change.source != "test":
            self.changes.append((change.address, change.value))

    def until(self, *changes: tuple[str, Any]) -> None:
        """Wait until all of these were made, in whatever order."""
        self.until_true(lambda: set(changes) <= set(self.changes))

    def until_true(self, is_it: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_it():
            assert time.monotonic() < deadline, f"only {self.changes}, {self.osc.counters}"
            time.sleep(0.02)


@pytest.fixture
def instrument() -> Iterator[Instrument]:
    made = Instrument()
    yield made
    made.osc.stop()


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


@pytest.fixture
def pure_data(instrument: Instrument, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Opens the patch, joined to the instrument, and moves its controls as hands would; what it prints is in a file."""
    running: list[subprocess.Popen[bytes]] = []

    def opened(*moves: str) -> Path:
        # The patch in another one, which prints what comes in for deck 1.
        around = tmp_path / "around.pd"
        around.write_text(
            "#N canvas 0 0 300 200 12;\n#X obj 10 10 ladmg;\n#X obj 10 40 r ladmg-in-1;\n"
            "#X obj 10 70 print heard;\n#X connect 1 0 2 0;\n"
        )
        sends = [f"ladmg-connect 127.0.0.1 {instrument.osc.port}", *moves]
        command = [program("pd", "puredata-core"), "-nogui", "-noaudio", "-nomidi", "-noprefs", "-stderr"]
        command += ["-path", str(EXAMPLES / "pure-data")]
        command += [word for send in sends for word in ("-send", send)]
        said = tmp_path / "said.txt"
        with said.open("wb") as file:
            running.append(subprocess.Popen([*command, str(around)], stdin=subprocess.DEVNULL, stderr=file))
        return said

    yield opened
    for process in running:
        process.kill()
        process.wait()


def test_a_pure_data_patch_that_opens_changes_nothing_and_hears(
    instrument: Instrument, pure_data: Callable[..., Path]
) -> None:
    said = pure_data()
    instrument.until_true(lambda: instrument.osc.counters["subscribers"] == 1)
    instrument.params.set("/ladmg/1/cfg_scale", 5, "test")
    instrument.until_true(lambda: "heard: cfg_scale 5" in said.read_text())
    assert instrument.changes == []
    assert instrument.osc.counters["refused"] == 0
    assert "connection failed" not in said.read_text()


def test_hands_on_the_pure_data_patch_move_parameters(
    instrument: Instrument, pure_data: Callable[..., Path]
) -> None:
    pure_data(
        "ladmg-bpm 140",
        "ladmg-1-morph 0.75",
        "ladmg-2-filter -0.5",
        "ladmg-1-mute 1",
        "ladmg-1-stutter 3",
        "ladmg-key 3",
        "ladmg-1-seed_a 31337",
        "ladmg-1-prompt list deep dub 90",
        "ladmg-1-roll bang",
        "ladmg-1-shelf_keep 4",
    )
    instrument.until(
        ("/ladmg/bpm", 140.0),
        ("/ladmg/1/morph", 0.75),
        ("/ladmg/2/filter", -0.5),
        ("/ladmg/1/mute", 1),
        ("/ladmg/1/stutter", 3),
        ("/ladmg/key", 3),
        ("/ladmg/1/seed_a", 31337),
        ("/ladmg/1/prompt", "deep dub 90"),
        ("/ladmg/1/roll", 1),
        ("/ladmg/1/shelf_keep", 5),
    )
    assert len(instrument.changes) == 10
    assert instrument.osc.counters["refused"] == 0


def test_the_pure_data_patch_has_every_parameter_and_no_other() -> None:
    text = (EXAMPLES / "pure-data/ladmg.pd").read_text()
    assert re.findall(r"ladmg-param \d \w+ (\S+);", text) == sorted(
        ADDRESSES, key=lambda address: ADDRESSES[address][1] or 0
    )


def run_sclang(code: str, folder: Path) -> subprocess.Popen[str]:
    """A running sclang that knows the class and does `code`."""
    (folder / "home").mkdir()
    (folder / "run").mkdir(mode=0o700)
    settings = folder / "sclang.yaml"
    settings.write_text(
        f"includePaths:\n    - {EXAMPLES / 'supercollider'}\nexcludePaths: []\n"
        "postInlineWarnings: false\nexcludeDefaultPaths: false\n"
    )
    script = folder / "test.scd"
    script.write_text(code)
    environment = {
        "QT_QPA_PLATFORM": "offscreen",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",
        "HOME": str(folder / "home"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
    }
    return subprocess.Popen(
        [program("sclang", "supercollider-language"), "-l", str(settings), str(script)],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_supercollider_class_sets_and_hears(instrument: Instrument, tmp_path: Path) -> None:
    code = """
    Routine({
        var x = LADMG.new("127.0.0.1", %d), heard = Condition.new;
        x.on("cfg_scale", { |value| if(value == 5) { heard.test = true; heard.signal } }, 1);
        x.set("bpm", 131.5); x.set("prompt", "deep dub", 1); x.set("swap", \\beat); x.happen("roll", 2);
        heard.wait;
        ("bpm is " ++ x.get("bpm")).postln;
        x.free; 0.2.wait; 0.exit;
    }).play(AppClock);
    """
    process = run_sclang(code % instrument.osc.port, tmp_path)
    try:
        instrument.until(
            ("/ladmg/bpm", 131.5), ("/ladmg/1/prompt", "deep dub"), ("/ladmg/swap", 1), ("/ladmg/2/roll", 1)
        )
        instrument.until_true(lambda: instrument.osc.counters["subscribers"] == 1)
        instrument.params.set("/ladmg/1/cfg_scale", 5, "test")
        said, _ = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.wait()
    assert "bpm is 131.5" in said
    instrument.until_true(lambda: instrument.osc.counters["subscribers"] == 0)
    assert instrument.osc.counters["refused"] == 0


def test_the_supercollider_performance_plays(instrument: Instrument, tmp_path: Path) -> None:
    code = (
        f"~port = {instrument.osc.port}; {json.dumps(str(EXAMPLES / 'supercollider/performance.scd'))}.load;"
    )
    process = run_sclang(code, tmp_path)
    try:
        instrument.until_true(lambda: instrument.osc.counters["subscribers"] == 1)
        for bar, beat in ((15, 1), (16, 1), (16, 4)):
            instrument.osc.send("/ladmg/beat", bar, beat, 125.0)
            time.sleep(0.2)
        instrument.until(("/ladmg/1/roll", 1), ("/ladmg/1/stutter", 3))
        instrument.until_true(lambda: any(address == "/ladmg/1/prompt" for address, _ in instrument.changes))
    finally:
        process.kill()
        process.communicate()
    assert instrument.osc.counters["refused"] == 0


def test_the_python_performance_plays_along(play: Callable[..., Played]) -> None:  # noqa: F811
    played = play()
    played.loop()
    played.send("/ladmg/swap", "now")
    command = [sys.executable, str(EXAMPLES / "performance.py"), str(played.port), "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    assert done.stdout == ""
    played.until("/ladmg/1/morph", lambda morph: morph > 0)
    assert played.status()["osc_refused"] == 0


def test_the_open_stage_control_session_has_every_parameter_with_its_range() -> None:
    content = json.loads((EXAMPLES / "open-stage-control.json").read_text())
    assert content["type"] == "session"
    widgets = [widget for tab in content["content"]["tabs"] for widget in tab["widgets"]]
    assert sorted(widget["address"] for widget in widgets) == sorted(ADDRESSES)
    assert len({widget["id"] for widget in widgets}) == len(widgets)
    for widget in widgets:
        spec, _ = ADDRESSES[widget["address"]]
        if spec.kind == "float":
            assert (widget["range"]["min"], widget["range"]["max"]) == (spec.low, spec.high)
        if spec.choices:
            assert list(widget["values"]) == [str(choice) for choice in spec.choices]
            values = list(spec.choices) if spec.kind == "int" else list(range(len(spec.choices)))
            assert list(widget["values"].values()) == values
    for tab in content["content"]["tabs"]:
        places = [(widget["left"], widget["top"]) for widget in tab["widgets"]]
        assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    "path",
    [
        *sorted(path for path in EXAMPLES.rglob("*") if path.is_file()),
        ROOT / "docs/osc-clients.md",
        ROOT / "docs/max.md",
    ],
    ids=lambda path: path.name,
)
def test_every_address_in_the_examples_is_the_instruments(path: Path) -> None:
    found = set(re.findall(r"/ladmg/(?:[12]/)?[a-z]\w*", path.read_text(encoding="utf-8")))
    for address in found - ADDRESSES.keys():
        _, _, rest = address.partition("/ladmg/")
        deck, _, name = rest.rpartition("/")
        assert name in (OF_A_DECK if deck else PROTOCOL), address
    # In SuperCollider a parameter is called by its name and its deck.
    calls = r"x\.(?:set|happen|get)\(\"(\w+)\"(?:.*?, ([12])\))?"
    for name, deck in re.findall(calls, path.read_text(encoding="utf-8")):
        assert (f"/ladmg/{deck}/{name}" if deck else f"/ladmg/{name}") in ADDRESSES
