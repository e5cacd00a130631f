"""A virtual MIDI cable for tests: a private JACK server without a sound card, and controllers to plug in."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

# A controller is a process of its own, as a real one is: bytes come as hexadecimal lines and go out as MIDI.
CONTROLLER = """
import sys, rtmidi
port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name=sys.argv[1])
port.open_virtual_port("out")
print("ready", flush=True)
for line in sys.stdin:
    port.send_message(list(bytes.fromhex(line)))
port.close_port()
"""


class VirtualController:
    """A MIDI controller; others see the port `NAME:out`."""

    def __init__(self, name: str, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CONTROLLER, name],
            env=os.environ | env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the virtual controller {name} did not start")

    def send(self, control: int, value: int, channel: int = 0) -> None:
        """Send one control change; numbers are mido's, channels begin with 0."""
        self.send_bytes(bytes([0xB0 | channel, control, value]))

    def send_bytes(self, data: bytes) -> None:
        """Send one message, whatever it is."""
        assert self._process.stdin is not None
        self._process.stdin.write(data.hex() + "\n")
        self._process.stdin.flush()

    def unplug(self) -> None:
        """Take it away, after what was sent has gone out."""
        self._process.communicate(timeout=20)


class VirtualMidi:
    """A private JACK server. A process with `env` uses it for MIDI: give a child `os.environ | midi.env`."""

    def __init__(self, folder: Path) -> None:
        name = f"rig{uuid.uuid4().hex[:8]}"
        self.env = {
            "JACK_DEFAULT_SERVER": name,
            "JACK_NO_START_SERVER": "1",
            "MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK",
        }
        self._controllers: list[VirtualController] = []
        command = ["jackd", "--no-realtime", "--name", name]
        command += ["-d", "dummy", "--rate", "48000", "--period", "256", "--playback", "2", "--capture", "0"]
        log = folder / "jackd.log"
        with log.open("wb") as out:
            self._server = subprocess.Popen(command, env=os.environ | self.env, stdout=out, stderr=out)
        for _ in range(200):
            waited = subprocess.run(
                [sys.executable, "-c", "import rtmidi; rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK)"],
                env=os.environ | self.env,
                capture_output=True,
                check=False,
            )
            if waited.returncode == 0:
                return
            if self._server.poll() is not None:
                break
            time.sleep(0.1)
        self.close()
        raise RuntimeError(f"jackd did not start:\n{log.read_text(errors='replace')}")

    def plug(self, name: str) -> VirtualController:
        """Plug in a controller."""
        controller = VirtualController(name, self.env)
        self._controllers.append(controller)
        return controller

    def close(self) -> None:
        """Unplug all, and stop the server."""
        for controller in self._controllers:
            controller.unplug()
        self._server.send_signal(signal.SIGINT)  # at SIGTERM it may take 6 s to leave
        try:
            self._server.wait(10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()


@pytest.fixture
def virtual_midi(tmp_path: Path) -> Iterator[VirtualMidi]:
    """A private MIDI system; skipped where jackd is not installed."""
    if shutil.which("jackd") is None:
        pytest.skip("jackd (Debian: jackd2) is not installed")
    midi = VirtualMidi(tmp_path)
    yield midi
    midi.close()
