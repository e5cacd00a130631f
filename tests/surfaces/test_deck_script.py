"""The script of a deck's texts, in node instead of Max's `js`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "max_patches/javascript/ladmg.deck.js"
HARNESS = """
const said = {};
const context = {
  jsarguments: ["ladmg.deck.js", %d],
  arrayfromargs: (args) => Array.from(args),
  outlet: (n, ...args) => { said[n] = args.flat(); },
  JSON, Math,
};
require("vm").createContext(context);
require("vm").runInContext(require("fs").readFileSync(process.argv[1], "utf8"), context);
for (const [address, ...args] of JSON.parse(process.argv[2])) {
  context.messagename = address;
  context.anything(...args);
}
console.log(JSON.stringify(said));
"""
RECIPE = {"bpm": 125.0, "n_bars": 4, "n_steps": 8, "prompt": "", "cfg_scale": 3.0, "seed_a": 1, "seed_b": 2}
LOOP = ["/ladmg/1/loop", "9f2c", json.dumps(RECIPE)]


def said(*messages: list[Any], deck: int = 1) -> dict[str, list[Any]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: apt-get install nodejs")
    command = [node, "-e", HARNESS % deck, str(SCRIPT), json.dumps(messages)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    answer: dict[str, list[Any]] = json.loads(result.stdout)
    return answer


def test_what_sounds_and_nothing_pending() -> None:
    heard = said(LOOP, ["/ladmg/1/next", "none", -1.0], ["/ladmg/1/cfg_scale", 3.0], ["/ladmg/1/prompt", ""])
    assert heard["0"] == ["set", "9f2c, 125 BPM, seeds 1 and 2"]
    assert heard["1"] == ["set", " "]
    assert heard["2"][0] == "bgcolor"


def test_a_setting_that_does_not_sound_yet_is_pending() -> None:
    heard = said(
        LOOP, ["/ladmg/1/cfg_scale", 4.5], ["/ladmg/1/prompt", "deep", "dub"], ["/ladmg/1/next", "cued", 3.0]
    )
    assert heard["1"] == ["set", "cued, in 3 beats: cfg_scale 3 → 4.5, prompt"]
    amber = heard["2"]
    assert said(LOOP, ["/ladmg/1/next", "none", -1])["2"] != amber


def test_an_enum_is_compared_by_its_name_and_a_default_is_known() -> None:
    assert said(LOOP, ["/ladmg/key", 0])["1"] == ["set", " "]
    assert said(LOOP, ["/ladmg/key", 2])["1"] == ["set", "key off → C# minor"]


def test_float32_and_automatic_steps_are_no_difference() -> None:
    assert said(LOOP, ["/ladmg/1/cfg_scale", 3.0000001192092896], ["/ladmg/n_steps", 0])["1"] == ["set", " "]


def test_ready_points_are_columns_of_the_strip() -> None:
    strip = said(["/ladmg/1/fan", 0.0, 0.0, 0.5, 0.0, 1.0, 0.0])["3"]
    assert [column for column, level in enumerate(strip) if level] == [0, 32, 64]
    assert set(strip) == {0, 1}
    assert sum(said(["/ladmg/1/fan"])["3"]) == 0


def test_a_point_is_the_higher_the_nearer_it_is() -> None:
    fan = ["/ladmg/1/fan", 0.0, 0.0, 0.5, 0.5, 1.0, 1.0]
    strip = said(fan, ["/ladmg/1/morph_y", 1.0])["3"]
    assert strip[0] < strip[32] < strip[64] == 1


def test_what_is_heard_at_once_is_not_pending() -> None:
    assert said(LOOP, ["/ladmg/bpm", 131.0], ["/ladmg/1/morph", 0.7])["1"] == ["set", " "]


def test_it_listens_to_its_own_deck() -> None:
    assert said(LOOP, deck=2) == {}
