"""`ladmg play`, watched: each of its processes writes down what it opens, runs, imports and connects to, a line each.

The first argument is the file for that, the others are the command line's.
"""

from __future__ import annotations

import os
import sys

WATCHED = ("open", "exec", "compile", "import", "os.", "shutil.", "subprocess.", "urllib.", "ctypes.dlopen")
WATCHED += ("socket.connect", "socket.getaddrinfo", "socket.gethostby", "tempfile.")


def watch(path: str) -> None:
    """From now on, in this process."""
    out = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event.startswith(WATCHED):
            os.write(out, f"{os.getpid()}\t{event}\t{args[0] if args else ''!s}\n".encode(errors="replace"))

    sys.addaudithook(hook)


if __name__ in ("__main__", "__mp_main__"):  # and in the processes that it starts
    watch(sys.argv[1])

if __name__ == "__main__":
    from instrument.cli import main

    raise SystemExit(main(sys.argv[2:]))
