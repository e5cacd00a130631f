"""What is kept of a session comes back as it was; what is damaged is told, put aside, and breaks nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instrument import session
from instrument.params import ADDRESSES, Params
from instrument.recipe import Recipe
from instrument.session import KeptLoop, SessionError, SessionKeeper, load

LOOP = KeptLoop(
    rate=48000,
    bpm_centi=12500,
    n_bars=1,
    asked=Recipe(n_bars=1, prompt="dub"),
    made=Recipe(n_bars=1, prompt="dub", n_steps=8, checkpoint="clicks"),
    n_samples=92160,
    samples=np.random.default_rng(1).standard_normal((92160 + 5760, 2)).astype(np.float32),
)


def values(**changes: object) -> dict[str, object]:
    """All values that come back, some of them changed: a recording does not begin again."""
    params = Params()
    for name, value in changes.items():
        address = next(address for address in (f"/ladmg/1/{name}", f"/ladmg/{name}") if address in ADDRESSES)
        params.set(address, value, "test")
    return {address: value for address, value in params.snapshot().items() if address != "/ladmg/record"}


def keep(folder: Path, has_ended: bool = False, loop: KeptLoop = LOOP, **changes: object) -> list[str]:
    """Keep one session; what the keeper complained of."""
    complaints: list[str] = []
    keeper = SessionKeeper(folder, complaints.append)
    keeper.keep_values(values(**changes))
    keeper.keep_loop(1, loop)
    keeper.close(has_ended)
    return complaints


def test_nothing_kept_is_no_session(tmp_path: Path) -> None:
    assert load(tmp_path / "never") is None
    SessionKeeper(tmp_path, pytest.fail).close(has_ended=True)
    assert load(tmp_path) is None


def test_what_never_sounded_does_not_take_the_place_of_what_did(tmp_path: Path) -> None:
    keep(tmp_path, prompt="dub")
    keeper = SessionKeeper(tmp_path, pytest.fail)
    keeper.keep_values(values(prompt="acid"))
    keeper.close(has_ended=True)
    back = load(tmp_path)
    assert back is not None
    assert (back.values, back.has_ended, list(back.loops)) == (values(prompt="dub"), False, [1])


@pytest.mark.parametrize("has_ended", [False, True])
def test_a_session_comes_back_as_it_was(tmp_path: Path, has_ended: bool) -> None:
    assert keep(tmp_path / "new", has_ended, prompt="dub", bpm=131.5, swap="4bars", mute=1) == []
    back = load(tmp_path / "new")
    assert back is not None
    assert back.values == values(prompt="dub", bpm=131.5, swap="4bars", mute=1)
    assert (back.has_ended, back.complaint) == (has_ended, "")
    assert list(back.loops) == [1]
    np.testing.assert_array_equal(back.loops[1].samples, LOOP.samples)
    assert replace(back.loops[1], samples=LOOP.samples) == LOOP


def test_what_changes_meanwhile_is_written_without_an_end(tmp_path: Path) -> None:
    """A killed console closes nothing. The loop before is removed, half-written files there are none."""
    keeper = SessionKeeper(tmp_path, pytest.fail, pause_s=0.01)
    keeper.keep_values(values())
    keeper.keep_loop(1, LOOP)
    until(lambda: (back := load(tmp_path)) is not None and 1 in back.loops)
    other = replace(LOOP, samples=LOOP.samples[::-1].copy())
    for brightness in (0.1, 0.2, 0.3):
        keeper.keep_values(values(brightness=brightness))
    keeper.keep_loop(1, other)
    until(
        lambda: (
            (back := load(tmp_path)) is not None
            and back.values["/ladmg/1/brightness"] == 0.3
            and np.array_equal(back.loops[1].samples, other.samples)
        )
    )
    keeper.close(has_ended=False)
    assert len(list(tmp_path.iterdir())) == 2


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60.0
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\0" * 4096,
        '{"format": "ladmg-session", "version": 99, "values": {}, "loops": {}, "has_ended": false}',
        '{"format": "ladmg-session", "version": 1, "values": {"/ladmg/bpm": "x"}, "loops": {}, "has_ended": false}',
        '{"format": "ladmg-session", "version": 1, "values": {"/ladmg/no": 1}, "loops": {}, "has_ended": false}',
        '{"format": "ladmg-session", "version": 1, "values": [], "loops": {}, "has_ended": false}',
    ],
)
def test_a_damaged_session_is_put_aside_and_told(tmp_path: Path, text: str) -> None:
    (tmp_path / session.FILE).write_text(text)
    with pytest.raises(SessionError, match=r"it is put aside as .*session\.json\.damaged"):
        load(tmp_path)
    assert (tmp_path / "session.json.damaged").read_text() == text
    assert load(tmp_path) is None
    keep(tmp_path)
    assert load(tmp_path) is not None


@pytest.mark.parametrize("damage", ["cut", "bit", "gone", "header", "length", "outside", "above"])
def test_a_damaged_loop_costs_the_loop_alone(tmp_path: Path, damage: str) -> None:
    keep(tmp_path, prompt="dub")
    (path,) = tmp_path.glob("loop-*.f32")
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[:-100])
    elif damage == "bit":
        data[1000] ^= 1
        path.write_bytes(data)
    elif damage == "gone":
        path.unlink()
    else:
        held = json.loads((tmp_path / session.FILE).read_text())
        changes = {
            "header": {"rate": 1},
            "length": {"n_bars": 2},
            "outside": {"file": "../../etc/passwd"},
            "above": {"file": ".."},
        }
        held["loops"]["1"] |= changes[damage]
        (tmp_path / session.FILE).write_text(json.dumps(held))
    back = load(tmp_path)
    assert back is not None
    assert back.loops == {}
    assert back.values == values(prompt="dub")
    assert back.complaint.startswith("the loop of deck 1 can't come back: ")
    assert len(list(tmp_path.glob("*.damaged"))) == (damage in ("cut", "bit", "header", "length"))


def test_a_full_disk_is_told_once_and_leaves_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, prompt="before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    complaints: list[str] = []
    keeper = SessionKeeper(tmp_path, complaints.append, pause_s=0.01)
    keeper.keep_loop(1, LOOP)
    with monkeypatch.context() as patched:
        patched.setattr(session.os, "fsync", full)
        for brightness in (0.1, 0.2):
            keeper.keep_values(values(prompt="after", brightness=brightness))
            time.sleep(0.1)
    assert complaints == [f"nothing is kept for after a crash in {tmp_path}: No space left on device"]
    back = load(tmp_path)
    assert back is not None
    assert back.values["/ladmg/1/prompt"] == "before"
    keeper.keep_values(values(prompt="after"))
    keeper.close(has_ended=False)
    back = load(tmp_path)
    assert back is not None
    assert back.values["/ladmg/1/prompt"] == "after"
