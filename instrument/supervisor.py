"""Starts the other processes, notices when one is dead or stuck, and replaces it.

Liveness is judged by results: a child that owes something has a deadline, one that should be moving has a
pulse. A ping would still be answered by a process whose real work is stuck.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

Message = tuple[Any, ...]

QUICK_RESTARTS = 3
QUICK_WITHIN_S = 60.0
SLOW_RESTART_S = 20.0
STOP_PATIENCE_S = 2.0

_context = multiprocessing.get_context("spawn")


@dataclass
class Restarts:
    """When a child that keeps ending may start again: at once a few times, then only now and then."""

    ends: deque[float] = field(default_factory=deque)

    def pause_s(self, now: float) -> float:
        """How long to wait after an end at `now`: 0, then doubling from 0.5 s, slow beyond the quick ones."""
        while self.ends and now - self.ends[0] > QUICK_WITHIN_S:
            self.ends.popleft()
        self.ends.append(now)
        n = len(self.ends)
        if n > QUICK_RESTARTS:
            return SLOW_RESTART_S
        return 0.0 if n == 1 else 0.5 * 2 ** (n - 2)


@dataclass
class Child:
    """One process to keep alive: `target(pipe, *args)`, run under `name`, with `environment` added to ours.

    start_limit_s: until it has to have settled (see `settle`) after a start. consequence: what its loss means
    to the performer. pulse: a number that must change every `pulse_limit_s` once it has settled, or None.
    """

    name: str
    target: Callable[..., None]
    args: tuple[Any, ...]
    start_limit_s: float
    consequence: str
    environment: Mapping[str, str] = field(default_factory=dict)
    pulse: Callable[[], int] | None = None
    pulse_limit_s: float = 3.0

    process: SpawnProcess | None = field(default=None, init=False)
    pipe: Connection | None = field(default=None, init=False)
    restarts: Restarts = field(default_factory=Restarts, init=False)
    restart_at: float | None = field(default=None, init=False)
    n_starts: int = field(default=0, init=False)
    _deadline: float | None = field(default=None, init=False)
    _limit_s: float = field(default=0.0, init=False)
    _last_pulse: int = field(default=-1, init=False)
    _pulse_at: float | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """0 while it does not run."""
        return 0 if self.process is None else self.process.pid or 0

    def expect(self, limit_s: float, now: float) -> None:
        """It owes a result within `limit_s`, or it is stuck."""
        self._deadline, self._limit_s = now + limit_s, limit_s

    def settle(self, now: float) -> None:
        """It gave what it owed."""
        self._deadline = None
        if self.pulse is not None and self._pulse_at is None:
            self._pulse_at = now

    def excuse(self, gap_s: float) -> None:
        """We ourselves were stopped for a while: that is not its fault."""
        if self._deadline is not None:
            self._deadline += gap_s
        if self._pulse_at is not None:
            self._pulse_at += gap_s

    def complaint(self, now: float) -> str | None:
        """How it is stuck, or None."""
        if self._deadline is not None and now > self._deadline:
            return f"no result within {self._limit_s:g} s"
        if self.pulse is not None and self._pulse_at is not None:
            pulse = self.pulse()
            if pulse != self._last_pulse:
                self._last_pulse, self._pulse_at = pulse, now
            elif now - self._pulse_at > self.pulse_limit_s:
                return f"stood still for {self.pulse_limit_s:g} s"
        return None

    def send(self, message: Message) -> bool:
        """False where the process is not there (any more): its end will be noticed by `Supervisor.poll`."""
        if self.pipe is None:
            return False
        try:
            self.pipe.send(message)
        except OSError:
            return False
        return True

    def _began(self, process: SpawnProcess, pipe: Connection, now: float) -> None:
        self.process, self.pipe = process, pipe
        self.restart_at = self._pulse_at = None
        self.n_starts += 1
        self.expect(self.start_limit_s, now)

    def _ended(self) -> None:
        if self.pipe is not None:
            self.pipe.close()
        if self.process is not None:
            self.process.close()
        self.process = self.pipe = self._deadline = self._pulse_at = None


class Supervisor:
    """Keeps the children running until `stop`. All methods are for one thread.

    Made before the console makes itself nicer: its thread that starts processes keeps the priority of that
    moment, so that a replaced audio process is as urgent as the first one was (on Linux, where it is the
    thread that is nice; elsewhere only the first one is).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.children: dict[str, Child] = {}
        self._clock = clock
        self._last_poll: float | None = None
        self._starter = ThreadPoolExecutor(1, "starter", initializer=_block_interrupts)
        self._starter.submit(os.getpid).result()

    def start(self, child: Child) -> None:
        """Start a child, and look after it from now on. OSError where the system can't."""
        self.children[child.name] = child
        pipe, process = self._starter.submit(_spawn, child).result()
        child._began(process, pipe, self._clock())

    def poll(self, timeout_s: float, others: Sequence[Any] = ()) -> list[tuple[str, Message]]:
        """Wait for messages, ends, or one of `others` to become readable; look after the children.

        Returns (child, message) pairs in order. `("lost", text)` says that the child has ended and will be
        replaced, after all that it had sent; `("started",)` that the new one runs.
        """
        by_waitable: dict[Any, Child] = {}
        for child in self.children.values():
            if child.process is not None:
                by_waitable[child.process.sentinel] = child
                if child.pipe is not None:
                    by_waitable[child.pipe] = child
        ready = wait([*by_waitable, *others], max(timeout_s, 0.0))
        now = self._clock()
        gap_s = 0.0 if self._last_poll is None else now - self._last_poll - max(timeout_s, 0.0)
        self._last_poll = now
        news: list[tuple[str, Message]] = []
        for child in list(self.children.values()):
            if gap_s > 1.0:
                child.excuse(gap_s)
            if child.process is None:
                if child.restart_at is not None and now >= child.restart_at:
                    try:
                        self.start(child)
                        news.append((child.name, ("started",)))
                    except OSError as error:
                        news.append((child.name, self._retire(child, f"could not start: {error}")))
                continue
            news += [(child.name, message) for message in _drain(child, now)]
            if child.process.sentinel in ready:
                child.process.join()
                news.append((child.name, self._retire(child, f"exit code {child.process.exitcode}")))
            elif (complaint := child.complaint(now)) is not None:
                _kill(child.process)
                news += [(child.name, message) for message in _drain(child, now)]
                news.append((child.name, self._retire(child, complaint)))
        return news

    def _retire(self, child: Child, reason: str) -> Message:
        now = self._clock()
        pause_s = child.restarts.pause_s(now)
        child._ended()
        child.restart_at = now + pause_s
        when = "restarting" if pause_s == 0 else f"restarting in {pause_s:g} s"
        return ("lost", f"{child.name} stopped ({reason}), {when}; {child.consequence}")

    def stop(self) -> None:
        """End all children: asked first, then killed. Also usable half-way through a start."""
        running = [child for child in self.children.values() if child.process is not None]
        for child in running:
            child.send(("stop",))
        deadline = time.monotonic() + STOP_PATIENCE_S
        for child in running:
            assert child.process is not None
            child.process.join(max(0.0, deadline - time.monotonic()))
            if child.process.exitcode is None:
                _kill(child.process)
            child._ended()
        for child in self.children.values():
            child.restart_at = None
        self._starter.shutdown()


def _spawn(child: Child) -> tuple[Connection, SpawnProcess]:
    ours, theirs = _context.Pipe(duplex=True)
    process = _context.Process(
        target=child.target, args=(theirs, *child.args), name=f"ladmg {child.name}", daemon=True
    )
    try:
        with _added_to_environment(child.environment):
            process.start()
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()  # or we would never see the pipe's end
    return ours, process


@contextlib.contextmanager
def _added_to_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Libraries read these when a child imports them. What the user has set stays."""
    new = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            os.environ.pop(name, None)


def _block_interrupts() -> None:
    """Ctrl-C reaches every process of the terminal: a child inherits this mask, so the console alone acts."""
    resource_tracker.ensure_running()  # or it would start with the first child, and undo the mask
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _drain(child: Child, now: float) -> list[Message]:
    """All messages that lie in the pipe. A closed pipe is let go: the process is about to end, or has."""
    messages: list[Message] = []
    while child.pipe is not None:
        try:
            if not child.pipe.poll():
                break
            messages.append(child.pipe.recv())
        except (EOFError, OSError):
            child.pipe.close()
            child.pipe = None
            child.expect(STOP_PATIENCE_S, now)
    return messages


def _kill(process: SpawnProcess) -> None:
    process.kill()
    process.join()
