"""`ladmg play --screen`: the full-screen view as a child of the console, which has the terminal meanwhile.

All that the console, its other children and their libraries write goes to a file, so that nothing tears the view; the
end of it is printed afterwards. Who leaves the view ends the instrument; a view that crashes does not.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from types import TracebackType
from typing import IO, Any

COLUMNS, ROWS = 80, 24
END_PATIENCE_S = 5.0
KEPT_BYTES = 4096  # of what was said, to print at the end
# Off with what Textual switches on: alternate screen, mouse, focus, paste, keyboard protocol; and the cursor is back.
_RESTORE = b"\x1b[<u\x1b[?1000;1002;1003;1004;1006;1015;1016;2004l\x1b[?1049l\x1b[?25h\x1b[0m\r\n"


class ScreenError(RuntimeError):
    """The terminal is none, or none that a full-screen view can have; the text says why."""


def check_terminal() -> None:
    """Raises ScreenError where there is no terminal, or it is too small."""
    for name, stream in (("input", sys.stdin), ("output", sys.stdout), ("error output", sys.stderr)):
        if stream is None or not stream.isatty():
            raise ScreenError(f"the full-screen view needs a terminal, and the {name} is a pipe or a file")
    if os.environ.get("TERM", "") == "dumb":
        raise ScreenError("the full-screen view needs a terminal that moves its cursor, and TERM is dumb")
    columns, rows = shutil.get_terminal_size()
    if columns < COLUMNS or rows < ROWS:
        raise ScreenError(
            f"the full-screen view needs {COLUMNS} x {ROWS} characters, the terminal has {columns} x {rows}"
        )


class ScreenProcess:
    """Takes the terminal on entry, and gives it back on exit as it was. Raises ScreenError, having taken nothing.

    POSIX and Windows; one at a time in a process.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: threading.Thread | None = None
        self._lock = threading.Lock()
        self._fds: tuple[int, int] | None = None
        self._said: IO[bytes] | None = None
        self._modes: list[Any] = []

    def __enter__(self) -> ScreenProcess:
        check_terminal()
        with contextlib.suppress(ImportError):  # Windows
            import termios

            self._modes = termios.tcgetattr(0)
        self._said = tempfile.TemporaryFile()
        sys.stdout.flush()
        sys.stderr.flush()
        self._fds = os.dup(1), os.dup(2)
        for number in (1, 2):
            os.dup2(self._said.fileno(), number)
        return self

    def start(self, url: str, leave: Callable[[], None]) -> None:
        """Show the instrument whose page is at `url`. leave: called, in another thread, when the performer leaves."""
        assert self._fds is not None
        command = [sys.executable, "-m", "instrument", "screen", url]
        out, err = self._fds
        self._process = subprocess.Popen(command, stdout=out, stderr=err)
        self._waiting = threading.Thread(target=self._wait, args=(leave,), name="screen", daemon=True)
        self._waiting.start()

    def _wait(self, leave: Callable[[], None]) -> None:
        assert self._process is not None
        code = self._process.wait()
        if code == 0:
            leave()
            return
        self._give_back(is_torn=True)
        text = f"the full-screen view ended (exit code {code}); the music goes on, Ctrl-C ends it"
        with contextlib.suppress(OSError):
            print(text, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_killed = False
        if self._process is not None and self._waiting is not None:
            if self._process.poll() is None:
                self._process.terminate()
            try:
                self._process.wait(END_PATIENCE_S)
            except subprocess.TimeoutExpired:
                is_killed = True
                self._process.kill()
            self._waiting.join()
        self._give_back(is_killed)

    def _give_back(self, is_torn: bool) -> None:
        """The terminal to this process, once. is_torn: the view could not leave it as it was. Any thread."""
        with self._lock:
            if self._fds is None or self._said is None:
                return
            sys.stdout.flush()
            sys.stderr.flush()
            n_said = self._said.seek(0, os.SEEK_END)
            self._said.seek(max(0, n_said - KEPT_BYTES))
            said = self._said.read()
            for number, fd in enumerate(self._fds, start=1):
                os.dup2(fd, number)
                os.close(fd)
            self._fds = None
            self._said.close()
            with contextlib.suppress(OSError):
                if is_torn:
                    os.write(1, _RESTORE)
                if self._modes:
                    import termios

                    with contextlib.suppress(termios.error):
                        termios.tcsetattr(0, termios.TCSADRAIN, self._modes)
                os.write(1, said if n_said <= KEPT_BYTES else said[said.find(b"\n") + 1 :])
