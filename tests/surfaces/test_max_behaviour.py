"""What the Max patches do, in an interpreter of Max, against the instrument's own side of OSC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pythonosc.osc_message import OscMessage

from instrument.osc.datagram import encode
from instrument.osc.session import OscSession
from instrument.params import ADDRESSES, Params, Value
from tests.surfaces.max_interpreter import Max

PACKAGE = Path(__file__).parents[2] / "max_patches"
ASKING = ("/ladmg/get", "/ladmg/ping", "/ladmg/subscribe")


class Stage:
    """Max and the instrument's parameters with its OSC between them, without a network."""

    def __init__(self) -> None:
        self.max = Max(PACKAGE)
        self.params = Params()
        self.changes: list[tuple[str, Value]] = []
        self.params.subscribe(lambda change: self.changes.append((change.address, change.value)))
        self._now = 100.0
        self.session = OscSession(self.params, self._transmit, clock=lambda: self._now)
        self.params.subscribe(self.session.changed)
        self._seen = 0
        self._arriving: list[list[Any]] = []
        self.is_on = True

    def _transmit(self, datagram: bytes, peer: tuple[str, int]) -> None:
        message = OscMessage(datagram)
        self._arriving.append([message.address, *message.params])

    def exchange(self, milliseconds: float) -> None:
        """Let time pass on both sides."""
        for _ in range(int(milliseconds // 20)):
            self.max.wait(20)
            self._now += 0.02
            while self._seen < len(self.max.sent):
                address, *args = self.max.sent[self._seen]
                self._seen += 1
                if self.is_on:
                    self.session.receive(encode(address, args), ("127.0.0.1", 7401))
            if self.is_on:
                self.session.flush()
            while self._arriving:
                self.max.hear(self._arriving.pop(0))

    def set_by_another_hand(self, address: str, value: Any) -> None:
        self.params.set(address, value, "midi")

    def acting(self) -> list[list[Any]]:
        """What Max sent that could change something."""
        return [message for message in self.max.sent if message[0] not in ASKING]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def shown(control: Any) -> Any:
    return control.state


def values_of(address: str) -> Iterator[Any]:
    spec, _ = ADDRESSES[address]
    if spec.kind in ("text", "name"):
        yield from ("deep dub, 90 bpm", "acid")
    elif spec.kind == "trigger":
        yield None
    elif spec.kind == "pick":
        yield from (0, int(spec.high - spec.low))
    elif spec.choices and spec.kind == "int":
        yield from range(len(spec.choices))
    else:
        yield from (int(spec.low), int(spec.high))


def accepted(address: str, moved: Any) -> Value:
    spec, _ = ADDRESSES[address]
    if spec.kind == "trigger":
        return 1
    if spec.kind == "pick":
        return int(spec.low) + moved
    return spec.choices[moved] if spec.kind == "int" and spec.choices else moved


def test_a_patch_that_opens_changes_nothing_and_shows_the_values(stage: Stage) -> None:
    for address in ("/ladmg/bpm", "/ladmg/1/cfg_scale"):
        stage.set_by_another_hand(address, 77 if address.endswith("bpm") else 5.5)
    stage.set_by_another_hand("/ladmg/1/prompt", "hard techno")
    stage.set_by_another_hand("/ladmg/n_bars", 8)
    stage.changes.clear()
    patch = stage.max.open("LADMG.maxpat")
    stage.exchange(3000)
    assert stage.changes == []
    assert stage.acting() == []
    controls = patch.controls()
    for address, value in stage.params.snapshot().items():
        spec, _ = ADDRESSES[address]
        expected = spec.choices.index(value) if spec.kind == "int" and spec.choices else value
        assert shown(controls[address]) == pytest.approx(expected) or expected == "", address


def test_every_control_sends_its_own_parameter_and_nothing_comes_back(stage: Stage) -> None:
    patch = stage.max.open("LADMG.maxpat")
    stage.exchange(3000)
    controls = patch.controls()
    assert controls.keys() == ADDRESSES.keys()
    for address, control in controls.items():
        for moved in values_of(address):
            before = len(stage.acting())
            control.press(moved)
            stage.exchange(400)
            message, *others = stage.acting()[before:]
            assert message == [address, accepted(address, moved)]
            assert others == [], address
            if ADDRESSES[address][0].has_value:
                assert stage.params.get(address) == accepted(address, moved)
                assert shown(control) == moved


def test_an_emptied_text_is_cleared(stage: Stage) -> None:
    stage.set_by_another_hand("/ladmg/1/prompt", "hard techno")
    patch = stage.max.open("LADMG.maxpat")
    stage.exchange(3000)
    patch.controls()["/ladmg/1/prompt"].press("")
    stage.exchange(200)
    assert stage.params.get("/ladmg/1/prompt") == ""


def test_a_name_that_is_empty_is_not_sent(stage: Stage) -> None:
    patch = stage.max.open("LADMG.maxpat")
    stage.exchange(3000)
    patch.controls()["/ladmg/preset_recall"].press("")
    stage.exchange(200)
    assert stage.acting() == []


def test_what_other_hands_do_is_shown_and_not_sent(stage: Stage) -> None:
    patch = stage.max.open("LADMG.maxpat")
    stage.exchange(3000)
    for address, (spec, _) in ADDRESSES.items():
        if spec.has_value and spec.kind != "text":
            stage.set_by_another_hand(address, spec.choices[-1] if spec.choices else spec.high)
    stage.exchange(1000)
    assert stage.acting() == []
    assert shown(patch.controls()["/ladmg/swap"]) == len(ADDRESSES["/ladmg/swap"][0].choices) - 1


def test_nothing_is_sent_to_an_instrument_that_does_not_answer(stage: Stage) -> None:
    stage.is_on = False
    patch = stage.max.open("LADMG.maxpat")
    stage.exchange(3000)
    for address, control in patch.controls().items():
        control.press(next(values_of(address)))
    assert stage.acting() == []


def test_an_instrument_that_starts_later_is_found_and_one_that_stops_is_lost(stage: Stage) -> None:
    stage.is_on = False
    patch = stage.max.open("LADMG.maxpat")
    stage.exchange(2000)
    lamp = next(
        each for each in patch.everything() if each.name == "led" and each.patch.name == "ladmg.io.maxpat"
    )
    assert lamp.state == 0
    stage.is_on = True
    stage.exchange(12_000)
    assert lamp.state == 1
    assert shown(patch.controls()["/ladmg/bpm"]) == 125
    stage.is_on = False
    stage.exchange(5000)
    assert lamp.state == 0


def test_of_several_connections_one_has_the_network_and_another_takes_over(stage: Stage) -> None:
    main = stage.max.open("LADMG.maxpat")
    others = [stage.max.open("ladmg.trigger.maxhelp"), stage.max.open("ladmg.dial.maxhelp")]
    stage.exchange(3000)

    def rolls_heard() -> int:
        stage.changes.clear()
        others[0].controls()["/ladmg/1/roll"].press()
        stage.exchange(200)
        return stage.changes.count(("/ladmg/1/roll", 1))

    def pings_sent() -> int:
        before = stage.max.sent.count(["/ladmg/ping"])
        stage.exchange(4000)
        return stage.max.sent.count(["/ladmg/ping"]) - before

    assert (rolls_heard(), pings_sent()) == (1, 4)
    stage.max.close(main)
    assert (rolls_heard(), pings_sent()) == (1, 4)
    stage.max.close(others[1])
    assert (rolls_heard(), pings_sent()) == (1, 4)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.maxhelp")), ids=lambda path: path.stem)
def test_a_help_patch_that_opens_changes_nothing(stage: Stage, path: Path) -> None:
    stage.max.open("LADMG.maxpat")
    stage.exchange(3000)
    stage.max.open(path.name)
    stage.exchange(3000)
    assert stage.acting() == []


@pytest.mark.parametrize(
    ("name", "args", "moved", "sent"),
    [
        ("ladmg.dial", ("/ladmg/bpm", "bpm", 60.0, 200.0), 131.5, 131.5),
        ("ladmg.int", ("/ladmg/1/seed_a", "seed_a", 0, 999999), 31337, 31337),
        ("ladmg.menu", ("/ladmg/key", "key", "off", "C minor", "C# minor"), 2, 2),
        ("ladmg.toggle", ("/ladmg/1/mute", "mute"), 1, 1),
        ("ladmg.text", ("/ladmg/1/prompt", "prompt"), "hard, 90 bpm", "hard, 90 bpm"),
    ],
)
def test_a_control_of_ones_own(stage: Stage, name: str, args: tuple[Any, ...], moved: Any, sent: Any) -> None:
    stage.max.open("ladmg.io.maxpat", ("127.0.0.1", 7400, 7401))
    stage.exchange(3000)
    patch = stage.max.open(f"{name}.maxpat", args)
    stage.exchange(300)
    control = patch.controls()[str(args[0])]
    control.press(moved)
    stage.exchange(300)
    assert stage.acting() == [[args[0], sent]]
    assert stage.params.get(str(args[0])) == sent
    if name == "ladmg.menu":
        assert control.items == ["off", "C minor", "C# minor"]
    if name == "ladmg.dial":
        assert control.fields["_parameter_range"] == [60.0, 200.0]


def play_along(stage: Stage, name: str, steps: list[float], n_beats: int) -> list[list[Any]]:
    """Opens an example, draws its steps, switches it on; what it sent in so many beats."""
    stage.max.open("LADMG.maxpat")
    patch = stage.max.open(name)
    stage.exchange(3000)
    boxes = patch.boxes.values()
    next(box for box in boxes if box.name == "multislider").state = steps
    for beat in range(n_beats):
        if beat == 4:  # not before it is on
            assert stage.acting() == []
            next(box for box in boxes if box.name == "toggle").press(1)
        stage.max.hear(["/ladmg/beat", beat // 4 + 1, beat % 4 + 1, 125.0])
        stage.exchange(40)
    return stage.acting()


def test_the_sequencer_steps_the_morph_each_bar_and_the_prompt_each_fourth(stage: Stage) -> None:
    steps = [n / 8 for n in range(8)]
    sent = play_along(stage, "ladmg-sequencer.maxpat", steps, 4 * 9)
    assert [value for address, value in sent if address == "/ladmg/1/morph"] == steps
    prompts = [value for address, value in sent if address == "/ladmg/1/prompt"]
    assert prompts == ["deep house warm pad", "acid techno squelchy bass"]


def test_stutter_steps_with_the_beat(stage: Stage) -> None:
    steps = [0, 1, 2, 3, 4] + 11 * [0]
    sent = play_along(stage, "ladmg-stutter-steps.maxpat", steps, 4 + 16)
    assert sent == [["/ladmg/1/stutter", step] for step in steps]
    assert stage.params.get("/ladmg/1/stutter") == 0
