"""A virtual MIDI cable for tests: a private JACK server without a sound card, and controllers to plug in."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

N_SERVERS = 6

# A controller is a process of its own, as a real one is: bytes come as hexadecimal lines and go out as MIDI, and
# what its LEDs are told comes back as such lines.
CONTROLLER = """
import sys, threading, time, rtmidi
port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name=sys.argv[1])
port.open_virtual_port("out")
leds = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name=sys.argv[1])
leds.open_virtual_port("in")
def listen():  # not in JACK's thread, which can't wait for Python: it would read what is no longer there
    while True:
        heard = leds.get_message()
        if heard is None:
            time.sleep(0.001)
        else:
            print(bytes(heard[0]).hex(), flush=True)
threading.Thread(target=listen, daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    port.send_message(list(bytes.fromhex(line)))
leds.close_port()
port.close_port()
"""


class VirtualController:
    """A MIDI controller; others see its ports `NAME:out` and, for its LEDs, `NAME-01:in`.

    heard: the messages that its LEDs were sent, in order.
    """

    def __init__(self, name: str, env: dict[str, str]) -> None:
        self.name = name
        self.heard: list[tuple[int, ...]] = []
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
        self._ears = threading.Thread(target=self._listen, daemon=True)
        self._ears.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.heard.append(tuple(bytes.fromhex(line)))

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
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=20)
            self._ears.join(timeout=20)

    def kill(self) -> None:
        """Take it away at once."""
        self._process.kill()
        self._process.wait(timeout=20)
        self._ears.join(timeout=20)


class VirtualMidi:
    """A private JACK server. A process with `env` uses it for MIDI: give a child `os.environ | midi.env`."""

    def __init__(self, folder: Path) -> None:
        self._controllers: list[VirtualController] = []
        log = folder / "jackd.log"
        # A server that was killed leaves its name in a list of eight, to be used again by one of that name only.
        for number in random.sample(range(N_SERVERS), N_SERVERS):
            self.env = {
                "JACK_DEFAULT_SERVER": f"ladmg-rig-{number}",
                "JACK_NO_START_SERVER": "1",
                "MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK",
            }
            if self._has_started(log):
                return
        raise RuntimeError(f"jackd did not start:\n{log.read_text(errors='replace')}")

    def _has_started(self, log: Path) -> bool:
        command = ["jackd", "--no-realtime", "--name", self.env["JACK_DEFAULT_SERVER"], "-d", "dummy"]
        command += ["--rate", "48000", "--period", "256", "--playback", "2", "--capture", "0"]
        with log.open("ab") as out:
            self._server = subprocess.Popen(command, env=os.environ | self.env, stdout=out, stderr=out)
        for _ in range(200):
            time.sleep(0.05)
            if self._server.poll() is not None:  # another test has a server of this name
                return False
            waited = subprocess.run(
                [sys.executable, "-c", "import rtmidi; rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK)"],
                env=os.environ | self.env,
                capture_output=True,
                check=False,
            )
            if waited.returncode == 0 and self._server.poll() is None:
                return True
        self.close()
        return False

    def plug(self, name: str) -> VirtualController:
        """Plug in a controller."""
        controller = VirtualController(name, self.env)
        self._controllers.append(controller)
        return controller

    def replug(self, controller: VirtualController) -> VirtualController:
        """The same one, plugged in anew. Its process may hang, where JACK has left its thread waiting."""
        self._controllers.remove(controller)
        controller.kill()
        return self.plug(controller.name)

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
