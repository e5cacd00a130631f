"""An audio process for tests, and the memory that the console would make for it."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from typing import Any

from instrument.audio import process as audio
from instrument.audio.process import AudioSettings
from instrument.memory import LoopBank, Meters, OutputRing, ParameterBlock, PlaybackParams, SharedNames

PATIENCE_S = 60.0


class Shared:
    """A bank with its loops, parameters, meters and the ring of what was played."""

    def __init__(self, bank: LoopBank, params: PlaybackParams, rate: int = 48_000) -> None:
        self.bank = bank
        self.parameters = ParameterBlock.create()
        self.meters = Meters.create()
        self.ring = OutputRing.create(rate)
        self.names = SharedNames(bank.name, self.parameters.name, self.meters.name, self.ring.name)
        self.parameters.write(params)

    def close(self) -> None:
        for piece in (self.bank, self.parameters, self.meters, self.ring):
            piece.close()
            piece.unlink()


class AudioProcess:
    """It, and the console's end of its pipe."""

    def __init__(self, shared: Shared, settings: AudioSettings) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(target=audio.main, args=(theirs, shared.names, settings), daemon=True)
        self.process.start()
        theirs.close()
        self.messages: list[tuple[Any, ...]] = []

    def send(self, *message: Any) -> None:
        self.pipe.send(message)

    def expect(self, *start: Any) -> tuple[Any, ...]:
        """The next message that begins with `start`; what came before it is in `messages`."""
        deadline = time.monotonic() + PATIENCE_S
        while self.pipe.poll(max(deadline - time.monotonic(), 0)):
            message: tuple[Any, ...] = self.pipe.recv()
            self.messages.append(message)
            if message[: len(start)] == start:
                return message
        raise AssertionError(f"no message {start!r}, only {self.messages}")

    def stop(self) -> None:
        """In order."""
        self.send("stop")
        self.expect("ended")
        self.process.join(30)
        assert self.process.exitcode == 0

    def end(self) -> None:
        if self.process.is_alive():
            self.process.kill()
        self.process.join()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
