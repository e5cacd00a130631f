"""`ladmg play --screen` in a real terminal: however it ends, the terminal is as it was, and nothing is left."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from instrument.params import Params
from instrument.web.server import WebServer
from tests.instrument.test_console import assert_nothing_is_left, children_of
from tests.rig_osc import Patch

fcntl = pytest.importorskip("fcntl", reason="a terminal of one's own needs POSIX")
termios = pytest.importorskip("termios")

ROOT = Path(__file__).parents[2]
PATIENCE_S = 40.0
ENTERED, LEFT, CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


class Seat:
    """A program at a terminal of its own, and all that it wrote there."""

    def __init__(self, *command: str, rows: int = 24, columns: int = 80, **environment: str) -> None:
        self._master, self._slave = os.openpty()
        termios.tcsetwinsize(self._slave, (rows, columns))
        self.modes = termios.tcgetattr(self._slave)
        self.wrote = b""
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"TERM": "xterm-256color"} | environment,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self._is_closed = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._is_closed.is_set():
            if select.select([self._master], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    self.wrote += os.read(self._master, 65536)

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def until(self, is_it: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_it():
            assert time.monotonic() < deadline, self.wrote[-2000:]
            time.sleep(0.05)

    def until_written(self, *words: bytes) -> None:
        for word in words:
            self.until(lambda word=word: word in self.wrote)

    def assert_restored(self) -> None:
        """The terminal is as it was: its modes, its first screen, its cursor."""
        self.until(lambda: self.wrote.rfind(LEFT) > self.wrote.rfind(ENTERED) >= 0)
        self.until(lambda: CURSOR in self.wrote[self.wrote.rfind(ENTERED) :])
        self.until(lambda: termios.tcgetattr(self._slave) == self.modes)

    def hang_up(self) -> None:
        """The terminal is gone, as when ssh is cut off."""
        if not self._is_closed.is_set():
            self._is_closed.set()
            self._reader.join()
            os.close(self._slave)
            os.close(self._master)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.hang_up()


class Played(Seat):
    """The whole instrument with a fake model, at a terminal, and a patch that listens to it."""

    def __init__(self, folder: Path, is_in_shell: bool = False) -> None:
        """is_in_shell: as a shell's child, so that the terminal outlives it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "tests.instrument.fake_play",
            str(port),
            "60",
            str(folder / "presets"),
        ]
        command += [str(folder / "recordings"), "--state", str(folder / "state"), "--screen"]
        super().__init__(*(["sh", "-c", '"$@"; sleep 600', "sh"] if is_in_shell else []), *command)
        self.until_written(ENTERED, b"deck 1")
        self.patch = Patch(port)
        self.patch.loop()
        self.pid = children_of(self.process.pid)[0] if is_in_shell else self.process.pid
        self.children = children_of(self.pid)

    @property
    def view(self) -> int:
        """The process that draws."""
        for child in self.children:
            if b"instrument\0screen" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
        raise AssertionError("no view")

    def close(self) -> None:
        self.patch.close()
        super().close()


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    instrument = Played(tmp_path)
    yield instrument
    instrument.close()


def test_leaving_the_view_ends_the_instrument(played: Played) -> None:
    played.type(b"m")
    played.patch.until("/ladmg/1/mute", lambda value: value == 1)
    played.type(b"\x03")
    assert played.process.wait(PATIENCE_S) == 0
    played.assert_restored()
    played.until_written(b"OSC on 127.0.0.1", b"the page is at http")  # said meanwhile, told afterwards
    assert_nothing_is_left(played.process.pid, played.children)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_view_and_instrument(played: Played, number: signal.Signals) -> None:
    played.process.send_signal(number)
    assert played.process.wait(PATIENCE_S) == 0
    played.assert_restored()
    assert_nothing_is_left(played.process.pid, played.children)


def test_the_music_goes_on_when_the_view_is_killed(played: Played) -> None:
    os.kill(played.view, signal.SIGKILL)
    played.until_written(b"the full-screen view ended (exit code -9); the music goes on, Ctrl-C ends it")
    played.assert_restored()
    played.patch.send("/ladmg/subscribe")
    bar, beat, _ = played.patch.until("/ladmg/beat")
    later = played.patch.until("/ladmg/beat")
    assert later[0] * 4 + later[1] > bar * 4 + beat
    played.type(b"\x03")  # a signal again
    assert played.process.wait(PATIENCE_S) == 0
    assert_nothing_is_left(played.process.pid, played.children)


def test_a_stopped_view_holds_nothing_up(played: Played) -> None:
    """As when ssh hangs: what is for it is not sent, and nobody waits."""
    os.kill(played.view, signal.SIGSTOP)
    for value in range(1, 200):
        played.patch.send("/ladmg/1/seed_a", value)
    assert played.patch.loop(seed_a=199)
    assert played.patch.status()["callback_errors"] == 0
    os.kill(played.view, signal.SIGCONT)
    played.type(b"\x03")
    assert played.process.wait(PATIENCE_S) == 0
    played.assert_restored()


def test_the_view_ends_when_the_instrument_is_killed(tmp_path: Path) -> None:
    played = Played(tmp_path, is_in_shell=True)
    try:
        os.kill(played.pid, signal.SIGKILL)
        played.assert_restored()
        assert_nothing_is_left(played.pid, played.children)
    finally:
        played.close()


def test_a_terminal_that_is_gone_ends_view_and_instrument(played: Played) -> None:
    played.hang_up()
    played.process.wait(PATIENCE_S)
    assert_nothing_is_left(played.process.pid, played.children)


@pytest.fixture
def server() -> Iterator[WebServer]:
    served = WebServer(Params(), port=0)
    served.start()
    yield served
    served.stop()


def test_sixteen_colours_are_enough(server: WebServer) -> None:
    """Green, amber, paper and the quiet one stay apart on a terminal that has no more."""
    seat = Seat(sys.executable, "-m", "instrument", "screen", server.url, TERM="xterm-16color", COLORTERM="")
    try:
        seat.until_written(b"deck 2", b"crossfade")
        assert b"38;2" not in seat.wrote
        assert b"38;5" not in seat.wrote
        colours = {
            int(code) for codes in re.findall(rb"\x1b\[([\d;]+)m", seat.wrote) for code in codes.split(b";")
        }
        assert len({code for code in colours if 30 <= code <= 37 or 90 <= code <= 97}) >= 3
        seat.type(b"\x03")
        assert seat.process.wait(PATIENCE_S) == 0
        seat.assert_restored()
    finally:
        seat.close()


def test_a_view_whose_terminal_is_gone_ends(server: WebServer) -> None:
    seat = Seat(sys.executable, "-m", "instrument", "screen", server.url)
    try:
        seat.until_written(b"crossfade")
        seat.hang_up()
        seat.process.wait(PATIENCE_S)
    finally:
        seat.close()


def test_a_signal_ends_a_view_in_order(server: WebServer) -> None:
    seat = Seat(sys.executable, "-m", "instrument", "screen", server.url)
    try:
        seat.until_written(b"crossfade")
        seat.process.terminate()
        assert seat.process.wait(PATIENCE_S) == 128 + signal.SIGTERM
        seat.assert_restored()
    finally:
        seat.close()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            ("screen", "https://stage"),
            b"the instrument's address must be like http://127.0.0.1:7480, got 'https://stage'",
        ),
        (("screen", "http://127.0.0.1:9"), b"no instrument at http://127.0.0.1:9 (nothing plays there)"),
    ],
)
def test_what_can_not_be_shown_is_one_clear_line(command: tuple[str, ...], words: bytes) -> None:
    seat = Seat(sys.executable, "-m", "instrument", *command)
    try:
        assert seat.process.wait(PATIENCE_S) == 2
        seat.until_written(words)
        assert ENTERED not in seat.wrote
    finally:
        seat.close()


def test_a_terminal_that_is_too_small_is_refused_before_anything_starts() -> None:
    seat = Seat(sys.executable, "-m", "instrument", "play", "--screen", "--device", "none", rows=20)
    try:
        assert seat.process.wait(PATIENCE_S) == 2
        seat.until_written(b"the full-screen view needs 80 x 24 characters, the terminal has 80 x 20")
        assert ENTERED not in seat.wrote
        assert b"OSC on" not in seat.wrote
    finally:
        seat.close()


@pytest.mark.parametrize("command", [("play", "--screen"), ("screen",)])
def test_a_pipe_is_no_terminal(command: tuple[str, ...]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "instrument", *command],
        cwd=ROOT,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr == "ladmg: the full-screen view needs a terminal, and the input is a pipe or a file\n"
    assert ended.stdout == ""
