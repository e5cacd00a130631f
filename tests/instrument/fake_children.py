"""Children for the supervisor's tests: importable, so that a spawned process finds them."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection


def echo(pipe: Connection) -> None:
    """Says what it is, then answers until it is told to stop; ends when the pipe does."""
    pipe.send(("up", os.getpid(), os.environ.get("LADMG_TEST", ""), _blocks_interrupts()))
    try:
        while (message := pipe.recv())[0] != "stop":
            if message[0] == "exit":
                pipe.send(("last words",))
                os._exit(message[1])
            pipe.send(message)
    except EOFError:
        pass


def deaf(pipe: Connection) -> None:
    """Comes up, and is stuck for ever after."""
    pipe.send(("up", os.getpid(), "", False))
    while True:
        time.sleep(60)


def dead(pipe: Connection) -> None:
    """Ends at once."""
    raise SystemExit(7)


def _blocks_interrupts() -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
