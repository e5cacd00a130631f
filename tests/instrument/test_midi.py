"""MIDI through real ports, with controllers in other processes: plugged in and out, with LEDs, learning."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mido
import pytest

from instrument.midi import process as midi_process
from instrument.midi.choice import Maps
from instrument.midi.control_map import Control, Map
from instrument.midi.controller import ECHO_S
from instrument.midi.controllers import Midi
from instrument.midi.map_file import factory
from instrument.midi.messages import TOP, encode
from instrument.midi.ports import MidiError, available_inputs
from instrument.params import ParamError, Params
from tests.rig_midi import VirtualController, VirtualMidi, virtual_midi  # noqa: F401, the fixture
from tests.rig_play import Instrument

ROOT = Path(__file__).parents[2]
MORPH, FILTER, BPM, MUTE = "/ladmg/1/morph", "/ladmg/1/filter", "/ladmg/bpm", "/ladmg/1/mute"
WHEEL, TEMPO = 1, 20  # of the default map


def eventually(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.01)


@pytest.fixture
def params() -> Params:
    return Params()


@pytest.fixture
def jack(virtual_midi: VirtualMidi, monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualMidi]:  # noqa: F811
    """This process, too, uses the virtual MIDI system."""
    for name, value in virtual_midi.env.items():
        monkeypatch.setenv(name, value)
    mido.set_backend(virtual_midi.env["MIDO_BACKEND"])
    yield virtual_midi
    monkeypatch.undo()
    mido.set_backend()


def connect(box: VirtualController, midi: Midi, within_s: float = 60.0) -> None:
    """Wait until what it sends comes through: a port is there a little earlier."""
    before = midi.counters["received"]
    until(lambda: midi.counters["received"] > before, lambda: box.send(119, 0), within_s=within_s)


def until(
    is_so: Callable[[], object], act: Callable[[], object], patience_s: float = 1.0, within_s: float = 60.0
) -> None:
    """Do something, and again, until it is so: a virtual cable loses messages while the machine is busy."""
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end, "it never became so"
        act()
        again_at = time.monotonic() + patience_s
        while not is_so() and time.monotonic() < again_at:
            time.sleep(0.01)


def turn(box: VirtualController, control: int, *values: int) -> None:
    for value in values:
        box.send(control, value)
        time.sleep(0.002)


class Surface:
    """MIDI under test, and what it tells."""

    def __init__(self, params: Params, folder: Path, *names: str) -> None:
        self.told: list[tuple[str, str]] = []
        self.learnt: list[tuple[str, str]] = []
        self.maps = Maps(folder / "maps")
        self.midi = Midi(
            params,
            names,
            lambda code, text: self.told.append((code, text)),
            lambda address, text: self.learnt.append((address, text)),
            self.maps,
        )

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.told]


@pytest.fixture
def surface(params: Params, tmp_path: Path) -> Iterator[Callable[..., Surface]]:
    made: list[Surface] = []

    def start(*names: str) -> Surface:
        made.append(Surface(params, tmp_path, *names))
        made[-1].midi.start()
        return made[-1]

    yield start
    for one in made:
        one.midi.stop()
    assert "midi" not in {thread.name for thread in threading.enumerate()}


def test_a_controller_of_another_process_plays_and_may_come_and_go(
    jack: VirtualMidi, params: Params, surface: Callable[..., Surface]
) -> None:
    one = surface("knobs")
    missing = "no MIDI input named 'knobs'; available: none; it is used as soon as it is there"
    eventually(lambda: one.told == [("no_midi_input", missing)])

    knobs = jack.plug("Knobs")
    eventually(lambda: one.midi.ports == {"Knobs:out": "default"})
    assert available_inputs() == ["Knobs:out"]
    connect(knobs, one.midi)
    until(lambda: params.get(MORPH) == 1.0, lambda: turn(knobs, WHEEL, *range(0, 128, 9), 127))
    knobs.send_bytes(bytes([0xF0, 1, 2, 3, 0xF7]))
    until(lambda: params.get(BPM) > 125.0, lambda: knobs.send(TEMPO, 1, channel=9))

    knobs.unplug()
    eventually(lambda: one.midi.ports == {})
    knobs = jack.plug("Knobs")
    eventually(lambda: one.midi.ports == {"Knobs:out": "default"})
    connect(knobs, one.midi)
    until(lambda: one.midi.ghosts, lambda: turn(knobs, WHEEL, 10))
    assert params.get(MORPH) == 1.0, "not crossed yet"
    assert [(ghost.address, ghost.target) for ghost in one.midi.ghosts] == [(MORPH, 1.0)]
    until(lambda: params.get(BPM) == 125.0, lambda: knobs.send(TEMPO, 127))
    assert one.codes == ["no_midi_input", "midi_opened", "midi_lost", "midi_opened"]
    assert one.told[1] == ("midi_opened", "MIDI input 'Knobs:out', map 'default'")
    assert one.midi.counters["malformed"] == 0


def test_several_controllers_play_at_once_each_by_its_map(
    jack: VirtualMidi, params: Params, surface: Callable[..., Surface]
) -> None:
    one = surface("all")
    eventually(lambda: one.codes == ["no_midi_input"])
    nano, knobs = jack.plug("nanoKONTROL2"), jack.plug("Knobs")
    names = {"nanoKONTROL2:out": "Korg nanoKONTROL2", "Knobs:out": "default"}
    eventually(lambda: one.midi.ports == names)
    connect(nano, one.midi)
    connect(knobs, one.midi)

    def play() -> None:
        for value in (*range(0, 128, 9), 127):
            turn(nano, 1, value)  # slider 2
            turn(knobs, 11, 127 - value)  # expression

    until(lambda: (params.get(MORPH), params.get("/ladmg/1/level_db")) == (1.0, -70.0), play)
    nano.unplug()
    eventually(lambda: one.midi.ports == {"Knobs:out": "default"})
    until(lambda: params.get(BPM) > 125.0, lambda: knobs.send(TEMPO, 1))


# Factory maps


def play(box: VirtualController, control: Control) -> None:
    """What a performer does with a control: turn it through and a part of the way back, or press it."""
    source = control.source
    number = 0 if source.kind == "program" and source.number is None else source.number
    top = TOP[source.kind]
    places = [0, top, top // 3] if control.is_continuous else [top, 0]
    places = [number or 0] if source.kind == "program" else places
    for at in places:
        for data in encode(source.kind, number, source.channel or 0, at):
            box.send_bytes(data)
        time.sleep(0.002)


@pytest.mark.parametrize("one", factory(), ids=lambda one: one.name.replace(" ", "-"))
def test_every_control_of_a_factory_map_moves_its_parameter_and_lights_its_led(
    one: Map, jack: VirtualMidi, params: Params, surface: Callable[..., Surface]
) -> None:
    box = jack.plug("Knobs" if one.is_for_any else one.ports[0])
    started = surface("all")
    eventually(lambda: list(started.midi.ports.values()) == [one.name])
    connect(box, started.midi)
    moved: list[str] = []
    params.subscribe(lambda change: moved.append(change.address))
    for control in one.controls:
        if control.address == "/ladmg/playing" and control.value == 1 and control.mode != "momentary":
            params.set("/ladmg/playing", 0, "test")
        time.sleep(2 * ECHO_S)  # what is pressed at the very moment that its LED goes on counts as its echo
        moved.clear()
        until(lambda control=control: control.address in moved, lambda control=control: play(box, control))
    lit = [control for control in one.controls if control.has_feedback and control.mode == "toggle"]

    def switch() -> None:
        for control in lit:
            params.set(control.address, int(not params.get(control.address)), "osc")

    wanted = {led(control, is_on) for control in lit for is_on in (False, True)}
    until(lambda: wanted <= set(box.heard), switch)
    assert started.midi.counters["malformed"] == 0


def led(control: Control, is_on: bool) -> tuple[int, ...]:
    source = control.source
    (data,) = encode(source.kind, source.number, source.channel or 0, control.leds[is_on])
    return tuple(data)


def test_leds_are_told_everything_anew_when_a_controller_comes_back(
    jack: VirtualMidi, params: Params, surface: Callable[..., Surface]
) -> None:
    started = surface("nanokontrol2")
    box = jack.plug("nanoKONTROL2")
    eventually(lambda: started.midi.ports)
    params.set(MUTE, 1, "osc")

    def replug() -> None:
        nonlocal box
        box.unplug()
        eventually(lambda: started.midi.ports == {})
        params.set("/ladmg/1/kill_low", 1, "osc")
        box = jack.plug("nanoKONTROL2")
        eventually(lambda: started.midi.ports)

    until(lambda: {(0xB0, 48, 127), (0xB0, 49, 127), (0xB0, 50, 0)} <= set(box.heard), replug, 5.0)


def test_messages_between_us_and_a_controller_that_echoes_all_are_few(
    jack: VirtualMidi, params: Params, surface: Callable[..., Surface], tmp_path: Path
) -> None:
    folder = tmp_path / "maps"
    folder.mkdir()
    entries = f'{{ cc = 1, address = "{MORPH}" }}, {{ note = 1, address = "{MUTE}" }}'
    (folder / "box.toml").write_text(f'ports = ["Box"]\nfeedback = true\ncontrols = [ {entries} ]\n')
    box = jack.plug("Box")
    started = surface("box")

    def switch() -> None:
        params.set(MUTE, int(not params.get(MUTE)), "osc")
        params.set(MORPH, 1 - float(params.get(MORPH)), "osc")

    until(lambda: len({data[:2] for data in box.heard}) == 2, switch)
    time.sleep(1)
    start = n_echoed = len(box.heard)
    params.set(MORPH, 0.3, "osc")
    params.set(MUTE, int(not params.get(MUTE)), "osc")
    end = time.monotonic() + 3
    while time.monotonic() < end:
        for data in box.heard[n_echoed:]:
            box.send_bytes(bytes(data))
            n_echoed += 1
        time.sleep(0.001)
    assert n_echoed - start <= 6
    assert params.get(MORPH) == pytest.approx(0.3, abs=0.005)
    assert started.midi.counters["received"] <= 6


# Learning


def learnt_by_turning(box: VirtualController, started: Surface, address: str, control: int) -> None:
    n = len(started.learnt)
    started.midi.arm(address)
    assert started.midi.armed == address
    until(lambda: len(started.learnt) > n, lambda: turn(box, control, 60, 62, 64))


def test_a_control_is_learnt_used_kept_and_forgotten(
    jack: VirtualMidi, params: Params, surface: Callable[..., Surface]
) -> None:
    box = jack.plug("nanoKONTROL2")
    started = surface("nano")
    eventually(lambda: started.midi.ports)
    connect(box, started.midi)
    learnt_by_turning(box, started, BPM, 16)  # knob 1, which is the filter
    assert started.learnt == [(BPM, "cc 16, channel 1 of Korg nanoKONTROL2")]
    assert started.midi.armed is None
    assert (params.get(BPM), params.get(FILTER)) == (125.0, 0.0), "learning moves nothing"
    until(lambda: params.get(BPM) > 125.0, lambda: turn(box, 16, 70, 74))
    assert params.get(FILTER) == 0.0
    assert started.midi.learnt() == [("Korg nanoKONTROL2", "cc 16, channel 1", BPM)]

    box.unplug()
    eventually(lambda: started.midi.ports == {})
    box = jack.plug("nanoKONTROL2")
    eventually(lambda: started.midi.ports)
    connect(box, started.midi)
    params.set(BPM, 125, "osc")
    until(lambda: params.get(BPM) > 125.0, lambda: turn(box, 16, 70, 71))

    started.midi.forget(BPM)
    assert started.learnt[-1] == (BPM, "")
    until(lambda: [one for one in started.midi.ghosts if one.address == FILTER], lambda: turn(box, 16, 127))
    before = params.get(BPM)
    until(lambda: params.get(FILTER) != 0.0, lambda: turn(box, 16, 0, 127))
    assert params.get(BPM) == before


def test_learning_may_be_called_off_and_must_make_sense(
    jack: VirtualMidi, params: Params, surface: Callable[..., Surface]
) -> None:
    box = jack.plug("Knobs")
    started = surface("knobs")
    eventually(lambda: started.midi.ports)
    connect(box, started.midi)
    started.midi.arm(MORPH)
    started.midi.cancel()
    until(lambda: params.get(BPM) > 125.0, lambda: box.send(TEMPO, 1))
    started.midi.arm("/ladmg/preset_recall")
    until(lambda: "bad_map" in started.codes, lambda: box.send_bytes(bytes([0x90, 60, 1])))
    assert started.told[-1][1].startswith("/ladmg/preset_recall can't be learnt from note 60, channel 1: ")
    assert started.midi.armed is None
    with pytest.raises(ParamError, match="no parameter '/ladmg/x'; see `ladmg params`"):
        started.midi.arm("/ladmg/x")
    with pytest.raises(ParamError, match="nothing was learnt for /ladmg/1/morph"):
        started.midi.forget(MORPH)
    learn = started.midi.commands["/ladmg/midi/learn"]
    for args in ((), (5,), (MORPH, MORPH)):
        with pytest.raises(ParamError, match="a parameter's address is wanted"):
            learn(args)
    learn((MORPH,))
    assert started.midi.armed == MORPH
    started.midi.commands["/ladmg/midi/cancel"](())
    assert started.midi.armed is None


def test_without_midi_there_is_nothing_to_learn_from(params: Params, tmp_path: Path) -> None:
    with pytest.raises(ParamError, match="MIDI is off: start with --midi NAME, or --midi all"):
        Surface(params, tmp_path).midi.arm(MORPH)


# Maps that are edited while it plays


def test_a_map_that_is_edited_acts_at_once_and_a_broken_one_is_told(
    jack: VirtualMidi, params: Params, surface: Callable[..., Surface]
) -> None:
    box = jack.plug("Box")
    started = surface("box")
    eventually(lambda: started.midi.ports == {"Box:out": "default"})
    started.maps.folder.mkdir(parents=True)
    path = started.maps.folder / "box.toml"
    path.write_text('ports = ["Box"]\ncontrols = [ { cc = 5, adress = "/ladmg/bpm" } ]\n')
    eventually(lambda: "bad_map" in started.codes)
    complaint = (
        f"{path}: control 1 (cc 5): there is no key 'adress'; did you mean address?; this map is not used"
    )
    assert started.told[-1] == ("bad_map", complaint)
    path.write_text('name = "mine"\nports = ["Box"]\ncontrols = [ { cc = 5, address = "/ladmg/bpm" } ]\n')
    eventually(lambda: started.midi.ports == {"Box:out": "mine"})
    connect(box, started.midi)
    until(lambda: params.get(BPM) > 125.0, lambda: turn(box, 5, 10, 15))
    assert started.codes.count("bad_map") == 1


# Clock, floods, and machines without MIDI


def test_clock_is_told_with_its_times_and_of_one_port(
    jack: VirtualMidi, params: Params, surface: Callable[..., Surface]
) -> None:
    box, other = jack.plug("Drums"), jack.plug("Other")
    started = surface("all")
    eventually(lambda: len(started.midi.ports) == 2)
    connect(box, started.midi)
    connect(other, started.midi)
    received = started.midi.counters["received"]
    heard: list[tuple[str, float, float]] = []

    def hear(message: Any, timestamp: float) -> None:
        heard.append((message.type, timestamp, time.monotonic()))

    started.midi.on_clock = hear
    before = time.monotonic()
    until(lambda: heard, lambda: box.send_bytes(b"\xfa"))
    for _ in range(24):
        box.send_bytes(b"\xf8")
        other.send_bytes(b"\xfb")
        time.sleep(0.01)
    until(lambda: heard[-1][0] == "stop", lambda: box.send_bytes(b"\xfc"))
    assert {kind for kind, _, _ in heard} == {"start", "clock", "stop"}, "the other's are not told"
    times = [timestamp for _, timestamp, _ in heard]
    assert times == sorted(times)
    assert times[0] > before
    assert all(timestamp <= now + 1e-6 for _, timestamp, now in heard)
    assert started.midi.counters["received"] == received, "it is no control"


def test_a_flood_does_no_harm(jack: VirtualMidi, params: Params, surface: Callable[..., Surface]) -> None:
    box = jack.plug("Knobs")
    started = surface("knobs")
    eventually(lambda: started.midi.ports)
    connect(box, started.midi)
    for number in range(20_000):
        box.send(WHEEL, number * 37 % 128)
    until(lambda: params.get(MORPH) == 0.5, lambda: turn(box, WHEEL, 0, 127, 64))
    assert started.midi.counters["malformed"] == 0


def test_a_fault_of_our_own_is_told_once_and_controllers_play_on(
    jack: VirtualMidi, params: Params, surface: Callable[..., Surface], monkeypatch: pytest.MonkeyPatch
) -> None:
    knobs = jack.plug("knobs")
    one = surface("knobs")
    eventually(lambda: one.midi.ports)
    looks: list[float] = []

    def fault() -> tuple[object, ...]:
        looks.append(time.monotonic())
        if len(looks) <= 3:
            raise ZeroDivisionError("division by zero")
        return ()

    monkeypatch.setattr(one.maps, "stamp", fault)
    eventually(lambda: len(looks) > 4)
    assert one.told[1:] == [
        ("midi_fault", "MIDI goes on after a fault of its own: ZeroDivisionError: division by zero")
    ]
    connect(knobs, one.midi)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGSTOP], ids=lambda number: number.name)
def test_a_midi_library_that_crashes_or_hangs_is_restarted_and_controllers_come_back(
    jack: VirtualMidi,
    params: Params,
    surface: Callable[..., Surface],
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    """rtmidi read beyond a thread's stack when the JACK server overtook it, and took the whole console with it."""
    if number == signal.SIGSTOP:  # no shorter: a new process, too, must have started by then
        monkeypatch.setattr(midi_process, "ANSWER_S", 5.0)
    knobs = jack.plug("knobs")
    one = surface("knobs")
    eventually(lambda: one.midi.ports)
    connect(knobs, one.midi)
    before = one.midi.pid
    os.kill(before, number)
    eventually(lambda: one.codes[1:] == ["midi_restart", "midi_opened"])
    why = "exit code -11" if number == signal.SIGSEGV else "no answer within 5 s"
    assert one.told[1][1] == f"MIDI stopped ({why}), restarting; everything else plays on"
    assert one.midi.pid != before
    assert not Path(f"/proc/{before}").exists()
    try:
        connect(knobs, one.midi, within_s=15.0)
    except AssertionError:
        # A client that dies while JACK waits for it can leave others of them waiting for ever: the controller's own.
        knobs = jack.replug(knobs)
        connect(knobs, one.midi)
    until(lambda: params.get(MORPH) == 1.0, lambda: turn(knobs, WHEEL, *range(0, 128, 9), 127))


def test_a_machine_without_midi_is_told_so(
    monkeypatch: pytest.MonkeyPatch, surface: Callable[..., Surface]
) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "there-is-none")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    mido.set_backend("mido.backends.rtmidi/UNIX_JACK")
    try:
        started = surface("knobs")
        eventually(lambda: started.told)
        assert started.told[0][1].startswith("this machine has no MIDI: ")
        with pytest.raises(MidiError, match="this machine has no MIDI"):
            available_inputs()
    finally:
        mido.set_backend()


# The command line


def ladmg(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "instrument", "midi", *arguments],
        cwd=ROOT,
        env=os.environ | {"XDG_CONFIG_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_ladmg_midi_lists_ports_with_their_maps(jack: VirtualMidi, tmp_path: Path) -> None:
    jack.plug("nanoKONTROL2")
    jack.plug("Knobs")
    result = ladmg(home=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"your own maps: {tmp_path / 'ladmg' / 'maps'}",
        "MIDI inputs:",
        "  'nanoKONTROL2:out': map 'Korg nanoKONTROL2'",
        "  'Knobs:out': map 'default'",
    ]


def test_ladmg_midi_checks_a_map(tmp_path: Path) -> None:
    path = tmp_path / "box.toml"
    path.write_text(
        'name = "box"\nports = ["Box", "Kiste"]\ncontrols = [ { cc = 5, address = "/ladmg/bpm" } ]\n'
    )
    result = ladmg("--check", str(path), home=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{path}: 'box', 1 control, for ports named 'Box' or 'Kiste'\n"
    path.write_text(path.read_text().replace("/ladmg/bpm", "/ladmg/bmp"))
    result = ladmg("--check", str(path), home=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"ladmg: {path}: control 1 (cc 5): there is no parameter '/ladmg/bmp'; did you mean /ladmg/bpm?\n"
    )


# With the whole instrument


def test_a_patch_arms_and_hears_what_was_learnt(virtual_midi: VirtualMidi, tmp_path: Path) -> None:  # noqa: F811
    box = virtual_midi.plug("Knobs")
    env = virtual_midi.env | {"XDG_CONFIG_HOME": str(tmp_path)}
    instrument = Instrument("--device", "none", "--midi", "knobs", env=env)
    try:
        instrument.until_said("MIDI input 'Knobs:out', map 'default'")
        instrument.send("/ladmg/midi/learn", "/ladmg/1/mroph")
        refused = instrument.until("/ladmg/error")
        assert refused[:2] == ("/ladmg/midi/learn", "unknown_address")
        instrument.send("/ladmg/midi/learn", BPM)
        instrument.send("/ladmg/ping")
        instrument.until("/ladmg/pong")
        learnt = tmp_path / "ladmg" / "maps" / "learnt" / "knobs-out.toml"
        until(learnt.is_file, lambda: turn(box, 90, 60, 62, 64))
        assert instrument.until("/ladmg/midi/learnt") == (BPM, "cc 90, channel 1 of Knobs:out")
        instrument.send("/ladmg/midi/forget", BPM)
        assert instrument.until("/ladmg/midi/learnt") == (BPM, "")
        instrument.send("/ladmg/midi/forget", BPM)
        assert instrument.until("/ladmg/error")[1:] == ("bad_value", f"nothing was learnt for {BPM}")
    finally:
        instrument.close()
