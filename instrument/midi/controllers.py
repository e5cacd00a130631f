"""MIDI controllers, as many as there are: found by name, each played by its map, coming and going as they like.

One thread does all of it: it looks for ports every second, takes what has come from the process that has them open,
moves parameters, tells LEDs, and learns.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import mido

from instrument.midi.choice import Choice, Maps
from instrument.midi.controller import Controller, Counters, Ghost
from instrument.midi.learn import Found, Learner, entry
from instrument.midi.map_file import MapError
from instrument.midi.ports import MidiError, choose, partner
from instrument.midi.process import MidiLost, MidiProcess, RemoteInput, RemoteOutput
from instrument.params import ADDRESSES, ROOT, Change, ParamError, Params
from instrument.supervisor import Restarts

ALL = "all"
POLL_S = 1.0
NO_MIDI_S = (
    10.0  # to the next try where there was no MIDI at all: each try lets the system's library complain
)
PAIR_S = 0.02  # a lower half that comes at all comes within the next millisecond
CLOCK_SILENCE_S = 1.0
_CLOCK = {0xF2, 0xF8, 0xFA, 0xFB, 0xFC}  # song position, clock, start, continue, stop

OnClock = Callable[[Any, float], None]

_log = logging.getLogger(__name__)


@dataclass
class _Plug:
    """One controller that is plugged in. asked: by what name it was asked for."""

    name: str
    asked: str
    choice: Choice
    controller: Controller
    input: RemoteInput
    output: RemoteOutput | None = None
    output_name: str = ""
    heard_at: float = 0.0


class Midi:
    """All controllers. Any thread may call the public methods.

    names: of inputs, or parts of them; ALL for every input that there is. report(code, text) is told, from our
    thread, when a port is missing (`no_midi_input`), comes (`midi_opened`) or goes (`midi_lost`), of a map that
    can't be used (`bad_map`), of the ports' process that is lost (`midi_restart`) and of a fault of our own
    (`midi_fault`); learnt(address, text) of what has been
    learnt, or, with no text, forgotten.
    on_clock(message, timestamp), which may be set at any time, is told a mido.Message of each clock, start,
    continue, stop and song position of one port, with the time.monotonic() at which it came, in our thread.
    """

    def __init__(
        self,
        params: Params,
        names: Sequence[str],
        report: Callable[[str, str], None] = lambda code, text: _log.warning("%s", text),
        learnt: Callable[[str, str], None] = lambda address, text: None,
        maps: Maps | None = None,
    ) -> None:
        self.on_clock: OnClock | None = None
        self._params = params
        self._names = tuple(names)
        self._report = report
        self._tell_learnt = learnt
        self._maps = maps or Maps()
        self._stamp: tuple[object, ...] = ()
        self._said: dict[str, str] = {}
        self._lost: set[str] = set()
        self._complaints: set[str] = set()
        self._ports: MidiProcess | None = None
        self._restarts = Restarts()
        self._plugs: tuple[_Plug, ...] = ()
        self._past = Counters()
        self._shown: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._learner: Learner | None = None
        self._clock_port = ""
        self._clock_at = 0.0
        self._look_at = 0.0
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._serve, name="midi", daemon=True)

    def start(self) -> None:
        """Begin to look for ports. What goes wrong is reported, not raised: it may come later."""
        self._params.subscribe(self._note)
        self._thread.start()

    def stop(self) -> None:
        """Close all ports and end the thread."""
        self._is_stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def ports(self) -> dict[str, str]:
        """The inputs that are open now, and the name of the map of each."""
        return {plug.name: plug.choice.map.name for plug in self._plugs}

    @property
    def counters(self) -> dict[str, int]:
        """Counts since the start (see Counters)."""
        counted = [self._past, *(plug.controller.counters for plug in self._plugs)]
        return {name: sum(getattr(one, name) for one in counted) for name in asdict(self._past)}

    @property
    def ghosts(self) -> list[Ghost]:
        """The knobs that stand elsewhere than their values, and wait to cross them."""
        return [ghost for plug in self._plugs for ghost in plug.controller.ghosts()]

    # Learning

    @property
    def commands(self) -> dict[str, Callable[[tuple[object, ...]], None]]:
        """Learning by OSC: what to do with the arguments of a message at each address. They raise ParamError."""
        return {
            f"{ROOT}/midi/learn": lambda args: self.arm(_address(args)),
            f"{ROOT}/midi/forget": lambda args: self.forget(_address(args)),
            f"{ROOT}/midi/cancel": lambda args: self.cancel(),
        }

    @property
    def armed(self) -> str | None:
        """The address that waits for its control."""
        learner = self._learner
        return None if learner is None else learner.address

    def arm(self, address: str) -> None:
        """Let the next control that moves set `address`; until then, none does anything else. Raises ParamError."""
        if not self._names:
            raise ParamError("bad_value", "MIDI is off: start with --midi NAME, or --midi all")
        with self._lock:
            self._learner = Learner(_address((address,)))

    def cancel(self) -> None:
        """Wait for a control no longer."""
        with self._lock:
            self._learner = None

    def forget(self, address: str) -> None:
        """Take back what was learnt for `address`: these controls do again what their map says. Raises ParamError."""
        try:
            forgotten = self._maps.forget(address)
        except (MapError, OSError) as error:
            raise ParamError("bad_value", str(error)) from None
        if not forgotten:
            raise ParamError("bad_value", f"nothing was learnt for {address}")
        self._look_at = 0.0
        self._wake.set()
        self._tell_learnt(address, "")

    def learnt(self) -> list[tuple[str, str, str]]:
        """All that was learnt: controller, control, address. Raises MapError where a file makes no sense."""
        return self._maps.learnt()

    def _keep(self, plug: _Plug, learner: Learner, found: Found) -> None:
        """Write down what was found, and use it."""
        with self._lock:
            if self._learner is not learner:  # cancelled meanwhile
                return
            self._learner = None
        same = (one for one in plug.choice.map.controls if one.source.covers(found.source))
        encoder = next((one.encoder for one in same if one.encoder is not None), None)
        made = entry(found, learner.address, self._params.get(learner.address), encoder)
        name = plug.name if plug.choice.map.is_for_any else plug.choice.map.name
        try:
            control = self._maps.learn(plug.choice, name, made)
        except (MapError, OSError) as error:
            self._report("bad_map", f"{learner.address} can't be learnt from {found.source.text}: {error}")
            return
        self._choose_anew()
        self._tell_learnt(control.address, f"{control.text} of {name}")

    # The thread

    def _serve(self) -> None:
        while not self._is_stopping:
            wait = POLL_S
            try:
                if time.monotonic() >= self._look_at:
                    self._look_at = time.monotonic() + POLL_S
                    self._look()
                wait = min(self._work(), self._look_at - time.monotonic())
            except MidiLost as loss:
                self._begin_anew(loss)
                wait = max(0.0, self._look_at - time.monotonic())
            except Exception as error:  # a fault of ours must not cost the performer every controller
                text = f"MIDI goes on after a fault of its own: {type(error).__name__}: {error}"
                if self._say("fault", "midi_fault", text):
                    _log.error("%s", text, exc_info=error)
            self._wake.wait(max(wait, 0.0))
            self._wake.clear()
        for plug in self._plugs:
            self._unplug(plug)
        if self._ports is not None:
            self._ports.close()

    @property
    def pid(self) -> int:
        """Of the process that has the ports; 0 for none."""
        return 0 if self._ports is None else self._ports.pid

    def _work(self) -> float:
        """Do what has arrived, and tell LEDs; the seconds until there is more to do."""
        now = time.monotonic()
        wait = POLL_S
        if self._ports is not None:
            self._ports.check()
        for plug in self._plugs:
            messages: list[Sequence[int]] = []
            for data, at in plug.input.take():
                if data and data[0] in _CLOCK:
                    self._tick(plug.name, data, at)
                else:
                    messages.append(data)
            if messages:
                plug.heard_at = now
                self._play(plug, messages)
            elif plug.controller.is_waiting and now - plug.heard_at > PAIR_S:
                plug.controller.rest()
            if plug.controller.is_waiting:
                wait = PAIR_S
        with self._lock:
            changed, self._changed = self._changed, set()
        for plug in self._plugs:
            for address in changed:
                plug.controller.changed(address)
            if plug.output is not None:
                told, due = plug.controller.feedback()
                for message in told:
                    plug.output.send(message)
                wait = min(wait, POLL_S if due is None else due)
        return wait

    def _play(self, plug: _Plug, messages: Sequence[Sequence[int]]) -> None:
        learner = self._learner
        moves = plug.controller.moves(messages, is_learning=learner is not None)
        if learner is None:
            plug.controller.act(moves)
            return
        for move in moves:
            if (found := learner.take(plug.name, move)) is not None:
                self._keep(plug, learner, found)
                return

    def _look(self) -> None:
        """Open what is there and was not, close what is gone, read maps that have changed."""
        self._ports = self._ports or MidiProcess(self._wake.set)
        try:
            inputs, outputs = self._ports.list()
        except MidiError as error:
            self._say("", "no_midi_input", str(error))
            self._look_at = time.monotonic() + NO_MIDI_S
            return
        for plug in [plug for plug in self._plugs if plug.name not in inputs]:
            self._unplug(plug)
            text = f"MIDI input {plug.name!r} is gone; it is used again when it comes back"
            self._say(plug.asked, "midi_lost", text)
            self._lost.add(plug.asked)
        if self._maps.stamp() != self._stamp:
            self._choose_anew()
        for asked in self._names:
            self._open_asked(self._ports, asked, inputs)
        for plug in self._plugs:
            self._open_output(self._ports, plug, outputs)
        self._shown = frozenset().union(*(plug.controller.shown for plug in self._plugs if plug.output))

    def _begin_anew(self, loss: MidiLost) -> None:
        """With another process, when it may start; controllers come back with it."""
        self._report("midi_restart", f"MIDI stopped ({loss}), restarting; everything else plays on")
        for plug in self._plugs:
            self._unplug(plug)
            self._lost.add(plug.asked)
            self._said.pop(plug.asked, None)
        if self._ports is not None:
            self._ports.close()
            self._ports = None
        now = time.monotonic()
        self._look_at = now + self._restarts.pause_s(now)

    def _open_asked(self, ports: MidiProcess, asked: str, inputs: Sequence[str]) -> None:
        free = [name for name in inputs if all(plug.name != name for plug in self._plugs)]
        if asked == ALL:
            for name in free:
                self._open(ports, asked, name)
            if not inputs and asked not in self._lost:
                self._say(asked, "no_midi_input", "no MIDI input; one is used as soon as it is there")
        elif all(plug.asked != asked for plug in self._plugs):
            try:
                self._open(ports, asked, choose(asked, free))
            except MidiError as error:
                if asked not in self._lost:
                    self._say(asked, "no_midi_input", f"{error}; it is used as soon as it is there")

    def _open(self, ports: MidiProcess, asked: str, name: str) -> None:
        choice = self._maps.choose(name)
        try:
            port = ports.open_input(name)
        except MidiError as error:
            self._say(name, "no_midi_input", str(error))
            return
        self._plugs = (*self._plugs, _Plug(name, asked, choice, Controller(self._params, choice.map), port))
        self._lost.discard(asked)
        self._said.pop(name, None)
        self._say(asked, "midi_opened", f"MIDI input {name!r}, map {choice.map.name!r}")
        self._complain()

    def _open_output(self, ports: MidiProcess, plug: _Plug, outputs: Sequence[str]) -> None:
        """Where its map has feedback. An output may come later than the input, and go without it."""
        if plug.output is not None and plug.output_name not in outputs:
            plug.output.close()
            plug.output = None
        if plug.output is None and plug.controller.shown:
            fitting = [name for name in outputs if plug.choice.map.fits(name)]
            name = partner(plug.name, outputs) or (fitting[0] if fitting else None)
            if name is None:
                return
            try:
                plug.output, plug.output_name = ports.open_output(name), name
            except MidiError as error:
                self._say(f"{plug.name} out", "no_midi_output", str(error))
                return
            plug.controller.tell_all()

    def _unplug(self, plug: _Plug) -> None:
        self._plugs = tuple(one for one in self._plugs if one is not plug)
        plug.input.close()
        if plug.output is not None:
            plug.output.close()
        for name, count in asdict(plug.controller.counters).items():
            setattr(self._past, name, getattr(self._past, name) + count)

    def _choose_anew(self) -> None:
        """Maps have changed: those of the controllers that are plugged in are read again."""
        self._stamp = self._maps.stamp()
        for plug in self._plugs:
            plug.choice = self._maps.choose(plug.name)
            plug.controller.use(plug.choice.map)
        self._complain()
        self._look_at = 0.0  # one that had no LEDs may have some now

    def _complain(self) -> None:
        """Report the maps that can't be used, each once until it is put right."""
        complaints = {complaint for plug in self._plugs for complaint in plug.choice.complaints}
        for complaint in sorted(complaints - self._complaints):
            self._report("bad_map", f"{complaint}; this map is not used")
        self._complaints = complaints

    def _say(self, about: str, code: str, text: str) -> bool:
        """Report what has not been said already, as it's looked for every second; whether it was new."""
        is_new = self._said.get(about) != text
        if is_new:
            self._said[about] = text
            self._report(code, text)
        return is_new

    # Other threads

    def _note(self, change: Change) -> None:
        """A parameter has changed, in the thread that set it."""
        if change.address in self._shown:
            with self._lock:
                self._changed.add(change.address)
            self._wake.set()

    def _tick(self, port: str, data: list[int], at: float) -> None:
        """One port's clock is followed until it is silent: two at once would be no tempo."""
        if port != self._clock_port and at - self._clock_at < CLOCK_SILENCE_S:
            return
        self._clock_port, self._clock_at = port, at
        if (on_clock := self.on_clock) is not None:
            with contextlib.suppress(ValueError):  # a song position that is cut off
                on_clock(mido.Message.from_bytes(data), at)


def _address(args: tuple[object, ...]) -> str:
    """The one argument of a message, if it is a parameter's address. Raises ParamError."""
    if len(args) != 1 or not isinstance(args[0], str):
        raise ParamError("bad_type", f"a parameter's address is wanted, got {args!a:.60}")
    if args[0] not in ADDRESSES:
        raise ParamError("unknown_address", f"no parameter {args[0][:64]!a}; see `ladmg params`")
    return args[0]
