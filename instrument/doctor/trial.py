"""A function in a process of its own, with a deadline: what hangs or crashes there costs an answer, and no more."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, TypeVar

KILL_PATIENCE_S = 2.0

Result = TypeVar("Result")

_context = multiprocessing.get_context("spawn")
_stuck: list[SpawnProcess] = []  # killed, and still there: they wait for a device or a disk


class TrialError(RuntimeError):
    """There is no result; the text says what became of it, in one line."""


def attempt(function: Callable[..., Result], *args: Any, limit_s: float) -> Result:
    """`function(*args)`, in a process that is killed after `limit_s`. What it prints is lost.

    function: of a module, so that the process finds it; what it takes and gives can be pickled. TrialError where it
    raises, takes too long, or where its process ends.
    """
    with started(_answer, function, args) as (pipe, process):
        ready = wait([pipe, process.sentinel], limit_s)
        if not ready:
            raise TrialError(f"no answer within {limit_s:g} s")
        try:
            is_result, answer = pipe.recv()
        except (EOFError, OSError):
            process.join(KILL_PATIENCE_S)
            raise TrialError(f"its process ended with exit code {process.exitcode}") from None
    if not is_result:
        raise TrialError(answer)
    result: Result = answer
    return result


@contextlib.contextmanager
def started(target: Callable[..., None], *args: Any) -> Iterator[tuple[Connection, SpawnProcess]]:
    """`target(pipe, *args)` in a process that is gone afterwards, whatever it does; our end of the pipe, and it.

    Ctrl-C is for us alone.
    """
    ours, theirs = _context.Pipe(duplex=True)
    process = _context.Process(target=target, args=(theirs, *args), daemon=True)
    try:
        with _interrupts_blocked():
            process.start()
        theirs.close()  # or we would never see the pipe's end
        yield ours, process
    finally:
        theirs.close()
        ours.close()
        if process.pid is not None:
            process.kill()
            process.join(KILL_PATIENCE_S)
            if process.exitcode is None:
                _stuck.append(process)


def end_program(code: int) -> int:
    """The exit code; where a process can't even be killed, end here: Python would wait for it for ever."""
    if any(process.exitcode is None for process in _stuck):
        os._exit(code)
    return code


def _answer(pipe: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    with Path(os.devnull).open("w") as nowhere:  # sound and MIDI libraries print pages
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    try:
        answer = (True, function(*args))
    except Exception as error:
        answer = (False, " ".join(str(error).split()) or type(error).__name__)
    pipe.send(answer)


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """A process that is started meanwhile inherits it."""
    resource_tracker.ensure_running()  # or it would start with the first process, and undo the mask
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
