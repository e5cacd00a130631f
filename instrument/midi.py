"""MIDI controllers in: one input port, found by name, whose control changes move parameters by `CC_MAP`.

The port may come and go. A knob takes a value over only when it crosses it, so nothing jumps. The words are
mido's: channel, control, value. Which MIDI system is used is mido's choice too: on Linux ALSA, or JACK with
MIDO_BACKEND=mido.backends.rtmidi/UNIX_JACK.
"""

import contextlib
import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import mido

from instrument.params import ADDRESSES, Change, ParamError, Params

POLL_S = 1.0
NO_MIDI_S = (
    10.0  # to the next try where there was no MIDI at all: each try lets the system's library complain
)
QUEUE_LIMIT = 4096  # messages; a cable brings about 1,000 a second
SOURCE = "midi"
_CLOCK = {0xF2, 0xF8, 0xFA, 0xFB, 0xFC}  # song position, clock, start, continue, stop

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Control:
    """What one control does, on any channel.

    absolute: 0..127 is the whole range, 64 its middle, taken over by crossing. relative: 1..63 steps up,
    127..65 steps down (two's complement), by `step` each. switch: 64 and above is 1, below is 0. button: fires
    when pressed; 0 is its release.
    """

    control: int
    address: str
    mode: Literal["absolute", "relative", "switch", "button"]
    step: float = 0.0


CC_MAP: tuple[Control, ...] = (
    Control(1, "/ladmg/1/morph", "absolute"),  # the modulation wheel
    Control(7, "/ladmg/gain_db", "absolute"),  # channel volume
    Control(11, "/ladmg/1/level_db", "absolute"),  # expression
    Control(16, "/ladmg/1/weight", "absolute"),  # general purpose 1 to 4
    Control(17, "/ladmg/1/weight_2", "absolute"),
    Control(18, "/ladmg/1/weight_3", "absolute"),
    Control(19, "/ladmg/1/weight_4", "absolute"),
    Control(20, "/ladmg/bpm", "relative", 0.1),  # an absolute 7-bit control would jump by 1.1 BPM
    Control(21, "/ladmg/1/cfg_scale", "absolute"),
    Control(22, "/ladmg/swap", "absolute"),
    Control(23, "/ladmg/n_bars", "absolute"),
    Control(24, "/ladmg/n_steps", "absolute"),
    Control(25, "/ladmg/1/seed_a", "relative", 1),
    Control(26, "/ladmg/1/seed_b", "relative", 1),
    Control(27, "/ladmg/1/cfg_grid", "absolute"),
    Control(28, "/ladmg/key", "absolute"),
    Control(74, "/ladmg/1/brightness", "absolute"),  # as MIDI calls it
    Control(75, "/ladmg/1/density", "absolute"),
    Control(76, "/ladmg/1/swing", "absolute"),
    Control(77, "/ladmg/1/filter", "absolute"),
    Control(78, "/ladmg/nudge", "absolute"),
    Control(80, "/ladmg/1/roll", "button"),
    Control(81, "/ladmg/1/go", "button"),
    Control(82, "/ladmg/playing", "switch"),
    Control(83, "/ladmg/auto", "switch"),
    Control(91, "/ladmg/1/delay_send", "absolute"),  # effects depth
    Control(102, "/ladmg/1/mute", "switch"),  # from here on, MIDI leaves them undefined
    Control(103, "/ladmg/1/kill_low", "switch"),
    Control(104, "/ladmg/1/kill_mid", "switch"),
    Control(105, "/ladmg/1/kill_high", "switch"),
    Control(106, "/ladmg/1/reverse", "switch"),
    Control(107, "/ladmg/1/stutter", "absolute"),
    Control(108, "/ladmg/1/hold", "switch"),
    Control(109, "/ladmg/1/undo", "button"),
    Control(110, "/ladmg/tap", "button"),
    Control(111, "/ladmg/restart", "button"),
)


def markdown() -> str:
    """The default map as a Markdown table, for the README."""
    lines = ["| control | address | |", "|---|---|---|"]
    for control in CC_MAP:
        how = f"{control.mode}, {control.step:g} a step" if control.step else control.mode
        lines.append(f"| {control.control} | `{control.address}` | {how} |")
    return "\n".join(lines) + "\n"


class MidiError(RuntimeError):
    """There is no such input, or no MIDI at all on this machine."""


def available_inputs() -> list[str]:
    """The names of all MIDI inputs now. Raises MidiError where the system has no MIDI."""
    probe = _new_input()
    try:
        return list(probe.get_ports())
    finally:
        probe.delete()


def choose(asked: str, names: Sequence[str]) -> str:
    """The name in `names` that `asked` means: the same, or the first that contains it. Raises MidiError.

    Case, punctuation and the numbers that ALSA adds (other ones at every plugging-in) don't count.
    """
    wanted = _normal(asked)
    if wanted:
        same = [name for name in names if _normal(name) == wanted]
        containing = [name for name in names if wanted in _normal(name)]
        if containing:
            return (same or containing)[0]
    available = ", ".join(repr(name) for name in names) or "none"
    raise MidiError(f"no MIDI input named {asked!r}; available: {available}")


def _normal(name: str) -> str:
    name = re.sub(r"\s\d+:\d+$", "", name)
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def _new_input() -> Any:
    try:
        import rtmidi  # here: its wheel needs ALSA's library, which a bare system lacks
    except ImportError as error:
        raise MidiError(f"this machine has no MIDI: {error}") from None
    api = mido.backend.api
    try:
        kind = getattr(rtmidi, f"API_{api}") if api else rtmidi.API_UNSPECIFIED
        return rtmidi.MidiIn(rtapi=kind, name="ladmg")
    except AttributeError:
        raise MidiError(f"MIDO_BACKEND names no MIDI system of this machine, got {api!r}") from None
    except OSError as error:
        raise MidiError(f"this machine has no MIDI: {error}") from None


@dataclass
class Counters:
    """What came since the start, in messages.

    received: all. accepted: those that a parameter took. waiting: those of a knob that has yet to cross its
    value. ignored: controls without a meaning, releases, all but control changes. malformed: no MIDI.
    """

    received: int = 0
    accepted: int = 0
    waiting: int = 0
    ignored: int = 0
    malformed: int = 0


def position(value: int) -> float:
    """Where a control stands, 0..1; 64 is the middle, as everywhere in MIDI: a knob finds the 0 that lies there."""
    return value / 128 if value < 64 else 0.5 + (value - 64) / 126


class Takeover:
    """Whether a knob may move its parameter: once it has crossed, or met, the value that it would change."""

    def __init__(self) -> None:
        self._position: float | None = None
        self._has_taken = False

    def release(self) -> None:
        """Something else moved the parameter: the knob must cross it anew."""
        self._has_taken = False

    def take(self, position: float, target: float) -> bool:
        """Whether the knob, now at `position`, moves a parameter that stands at `target`; both 0..1."""
        before, self._position = self._position, position
        if not self._has_taken:
            # Met: where the knob's steps can't come nearer.
            has_met = abs(position - target) < 0.5 / 126
            has_crossed = before is not None and (before - target) * (position - target) <= 0
            self._has_taken = has_met or has_crossed
        return self._has_taken


class ControlMap:
    """Control changes to parameters, without a port: `receive` takes the bytes of one message. One thread."""

    def __init__(self, params: Params, controls: Sequence[Control] = CC_MAP) -> None:
        self.counters = Counters()
        self._params = params
        self._controls = {control.control: control for control in controls}
        self._takeovers = {control.address: Takeover() for control in controls if control.mode == "absolute"}
        params.subscribe(self._changed)

    def release_all(self) -> None:
        """Every knob must cross its value anew: the controller is gone, and may come back in any position."""
        for address in self._takeovers:
            self._takeovers[address] = Takeover()

    def receive(self, data: Sequence[int]) -> None:
        """Do what a message says. Whatever it is, this returns."""
        self.counters.received += 1
        try:
            message = mido.Message.from_bytes(data)
        except (ValueError, TypeError, IndexError):
            self.counters.malformed += 1
            return
        control = self._controls.get(message.control) if message.type == "control_change" else None
        try:
            raw = self._raw(control, message.value) if control is not None else None
            if control is None or raw is None:
                self.counters.ignored += 1
            elif control.mode == "absolute" and not self._has_taken(control, message.value):
                self.counters.waiting += 1
            else:
                self._params.set(control.address, raw, SOURCE)
                self.counters.accepted += 1
        except ParamError as error:
            self.counters.ignored += 1
            _log.warning("MIDI control %d: %s", message.control, error)

    def _raw(self, control: Control, value: int) -> float | int | str | None:
        """What `value` asks of the parameter, in its units; None for nothing."""
        if control.mode == "button":
            return 1 if value else None
        if control.mode == "switch":
            return int(value >= 64)
        if control.mode == "absolute":
            return ADDRESSES[control.address][0].map(position(value))
        steps = value if value < 64 else value - 128
        now = self._params.get(control.address)
        return None if steps in (0, -64) or isinstance(now, str) else now + steps * control.step

    def _has_taken(self, control: Control, value: int) -> bool:
        target = ADDRESSES[control.address][0].unmap(self._params.get(control.address))
        return self._takeovers[control.address].take(position(value), target)

    def _changed(self, change: Change) -> None:
        takeover = self._takeovers.get(change.address)
        if takeover is not None and change.source != SOURCE:
            takeover.release()


class MidiInput:
    """A control map on a MIDI port, in a thread of its own, which looks for the port every second.

    report(code, text) is told, from that thread, when the port is missing (`no_midi_input`), comes
    (`midi_opened`) or goes (`midi_lost`).
    """

    def __init__(
        self,
        params: Params,
        port_name: str,
        report: Callable[[str, str], None] = lambda code, text: _log.warning("%s", text),
    ) -> None:
        self.port: str | None = None
        self.on_clock: Callable[[Any, float], None] | None = (
            None  # told each clock message, in the driver's thread
        )
        self._asked = port_name
        self._report = report
        self._told = ""
        self._source: Any = None
        self._map = ControlMap(params)
        self._queue: queue.SimpleQueue[Sequence[int] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="midi", daemon=True)

    @property
    def counters(self) -> dict[str, int]:
        """Counts since the start (see Counters)."""
        return asdict(self._map.counters)

    def start(self) -> None:
        """Begin to look for the port. What goes wrong is reported, not raised: it may come later."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and end the thread."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _serve(self) -> None:
        while self._play(until=time.monotonic() + self._look()):
            pass
        self._close()

    def _play(self, until: float) -> bool:
        """Do what arrives until then. False when it's time to stop."""
        while (left := until - time.monotonic()) > 0:
            try:
                data = self._queue.get(timeout=left)
            except queue.Empty:
                break
            if data is None:
                return False
            self._map.receive(data)
        return True

    def _look(self) -> float:
        """Open the port if it is there and was not, close it if it is gone; seconds until the next look."""
        if self._source is None:
            try:
                self._source = _new_input()
            except MidiError as error:
                self._tell("no_midi_input", str(error))
                return NO_MIDI_S
            self._source.ignore_types(sysex=True, timing=False, active_sense=True)
            self._source.set_callback(self._arrived)
        names: list[str] = []
        try:
            names = self._source.get_ports()
            if self.port is not None and self.port not in names:
                # The driver says that it is still open, and opened again it stays mute: make a new one.
                lost, names = self.port, []
                self._close()
                self._map.release_all()
                self._tell("midi_lost", f"MIDI input {lost!r} is gone; it is used again when it comes back")
            elif self.port is None:
                name = choose(self._asked, names)
                self._source.open_port(names.index(name), "in")
                self.port = name
                self._tell("midi_opened", f"MIDI input {name!r}")
        except MidiError as error:
            self._tell("no_midi_input", f"{error}; it is used as soon as it is there")
        except OSError as error:
            self._tell("no_midi_input", f"MIDI input {self._asked!r} can't be opened: {error}")
        if self.port is None and not names:
            self._close()  # nothing at all: perhaps the MIDI system itself is gone, and comes back as another
        return POLL_S

    def _close(self) -> None:
        self.port = None
        if self._source is not None:
            self._source.cancel_callback()
            self._source.close_port()
            self._source.delete()
            self._source = None

    def _tell(self, code: str, text: str) -> None:
        """Report what has not been said already: it's looked for every second."""
        if text != self._told:
            self._told = text
            self._report(code, text)

    def _arrived(self, event: tuple[list[int], float], _: object) -> None:
        # The driver's thread, in JACK a real-time one: hand over and return.
        if event[0] and event[0][0] in _CLOCK:
            if self.on_clock is not None:
                with contextlib.suppress(ValueError):
                    self.on_clock(mido.Message.from_bytes(event[0]), time.monotonic())
            return
        if self._queue.qsize() < QUEUE_LIMIT:
            self._queue.put(event[0])
