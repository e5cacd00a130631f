"""MIDI ports in a process of their own: a MIDI library that crashes or hangs takes nothing else with it.

They do happen: JACK's ports read memory that is not theirs when the server overtakes its clients, which a machine that
is short of time lets it do.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import mido

from instrument.midi.ports import InputPort, MidiError, OutputPort, Ports
from instrument.midi.timeline import Timeline

ANSWER_S = 10.0  # to open a port, or to list them, before the process counts as hung
BUSY_S, IDLE_S = 0.002, 0.005  # between two looks for messages, and where none has come for CALM_S
CALM_S = 1.0
END_S = 2.0

Taken = list[tuple[list[int], float]]  # messages, each with the time.monotonic() at which it came

_context = multiprocessing.get_context("spawn")


class MidiLost(RuntimeError):
    """The process of the ports has ended by itself, or does not answer."""


class MidiProcess:
    """The ports of this machine, through a process that has them open. Raises MidiLost from whatever is asked of it.

    `arrived` is called, in a thread of ours, whenever an input has something to take. The other methods are for one
    thread.
    """

    def __init__(self, arrived: Callable[[], None]) -> None:
        self._arrived = arrived
        self._numbers = itertools.count(1)
        self._answers: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._orders: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._is_lost = False
        self._inputs: dict[int, RemoteInput] = {}
        self._pipe, theirs = _context.Pipe()
        # The same MIDI system as here, which may have been chosen since the start.
        args = (theirs, mido.backend.api)
        self._process = _context.Process(target=main, args=args, name="midi", daemon=True)
        self._process.start()
        theirs.close()
        # Neither side ever waits for the other to read: one that hangs would hang both.
        self._threads = [
            threading.Thread(target=target, name="midi-pipe", daemon=True)
            for target in (self._read, self._write)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def list(self) -> tuple[list[str], list[str]]:
        """The names of all inputs and outputs now. Raises MidiError where there is no MIDI."""
        inputs, outputs = self._ask("list")
        return inputs, outputs

    def open_input(self, name: str) -> RemoteInput:
        """Raises MidiError."""
        number = next(self._numbers)
        port = self._inputs[number] = RemoteInput(self, number)
        try:
            self._ask("open_input", number, name)
        except MidiError:
            del self._inputs[number]
            raise
        return port

    def open_output(self, name: str) -> RemoteOutput:
        """Raises MidiError."""
        number = next(self._numbers)
        self._ask("open_output", number, name)
        return RemoteOutput(self, number)

    def close(self) -> None:
        """Close all ports and end the process, which must not be asked for anything any more."""
        self._orders.put(("end",))
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._orders.put(None)
        for thread in self._threads:
            thread.join()
        self._pipe.close()

    def check(self) -> None:
        """Raises MidiLost where it is gone."""
        if self._is_lost:
            self._process.join(END_S)
            raise MidiLost(f"exit code {self._process.exitcode}")

    def tell(self, *message: Any) -> None:
        """What needs no answer."""
        self.check()
        self._orders.put(message)

    def forget(self, number: int) -> None:
        self._inputs.pop(number, None)

    def _ask(self, *message: Any) -> Any:
        self.tell(*message)
        try:
            what, result = self._answers.get(timeout=ANSWER_S)
        except queue.Empty:
            raise MidiLost(f"no answer within {ANSWER_S:g} s") from None
        if what == "error":
            raise MidiError(result)
        self.check()
        return result

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            while (order := self._orders.get()) is not None:
                self._pipe.send(order)

    def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                message = self._pipe.recv()
                if message[0] == "took":
                    _, number, taken = message
                    if (port := self._inputs.get(number)) is not None:
                        port.queue.extend(taken)
                        self._arrived()
                else:
                    self._answers.put(message)
        self._is_lost = True
        self._answers.put(("lost", None))
        self._arrived()


class RemoteInput:
    """One open input, to be asked for what has come."""

    def __init__(self, ports: MidiProcess, number: int) -> None:
        self.queue: deque[tuple[list[int], float]] = deque()
        self._ports = ports
        self._number = number

    def take(self) -> Iterator[tuple[list[int], float]]:
        """The messages that have come, each with the time.monotonic() at which it did."""
        while self.queue:
            yield self.queue.popleft()

    def close(self) -> None:
        self._ports.forget(self._number)
        with contextlib.suppress(MidiLost):
            self._ports.tell("close", self._number)


class RemoteOutput:
    """One open output."""

    def __init__(self, ports: MidiProcess, number: int) -> None:
        self._ports = ports
        self._number = number

    def send(self, data: bytes) -> None:
        """Send one message; what can't be sent is lost."""
        self._ports.tell("send", self._number, data)

    def close(self) -> None:
        with contextlib.suppress(MidiLost):
            self._ports.tell("close", self._number)


# In the process of the ports


def main(pipe: Connection, api: str | None) -> None:
    """Serve ports until the other end of the pipe says so, or is gone. api: of rtmidi, None for the system's own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the console's to answer
    mido.set_backend(f"mido.backends.rtmidi/{api}" if api else "mido.backends.rtmidi")
    server = _Server(pipe)
    with contextlib.suppress(EOFError, OSError):
        server.serve()
    server.close()


class _Server:
    """The open ports by number, and what is done with them."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._ports: Ports | None = None
        self._inputs: dict[int, tuple[InputPort, Timeline]] = {}
        self._outputs: dict[int, OutputPort] = {}

    def serve(self) -> None:
        """Raises EOFError or OSError when nobody is there any more."""
        heard_at = 0.0
        while True:
            wait = None
            if self._inputs:
                wait = BUSY_S if time.monotonic() - heard_at < CALM_S else IDLE_S
            while self._pipe.poll(wait):
                message = self._pipe.recv()
                if message == ("end",):
                    return
                self._do(*message)
                wait = 0.0
            for number, (port, timeline) in self._inputs.items():
                now = time.monotonic()
                if taken := [(data, timeline.at(since, now)) for data, since in port.take()]:
                    heard_at = now
                    self._pipe.send(("took", number, taken))

    def _do(self, what: str, *args: Any) -> None:
        match what:
            case "send":
                number, data = args
                self._outputs[number].send(data)
            case "close":
                (number,) = args
                port = self._inputs.pop(number)[0] if number in self._inputs else self._outputs.pop(number)
                port.close()
            case _:
                try:
                    self._pipe.send(("done", self._answer(what, *args)))
                except MidiError as error:
                    self._pipe.send(("error", str(error)))

    def _answer(self, what: str, *args: Any) -> Any:
        match what:
            case "list":
                return self._list()
            case "open_input":
                number, name = args
                self._inputs[number] = (InputPort(name), Timeline())
            case "open_output":
                number, name = args
                self._outputs[number] = OutputPort(name)
        return None

    def _list(self) -> tuple[list[str], list[str]]:
        self._ports = self._ports or Ports()
        inputs, outputs = self._ports.inputs(), self._ports.outputs()
        if not inputs:  # nothing at all: perhaps the MIDI system itself is gone, and comes back as another
            self._ports.close()
            self._ports = None
        return inputs, outputs

    def close(self) -> None:
        for port, _ in self._inputs.values():
            port.close()
        for output in self._outputs.values():
            output.close()
        if self._ports is not None:
            self._ports.close()
