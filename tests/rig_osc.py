"""OSC for tests: bundles, a session on a clock of its own, a UDP client."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from pythonosc.osc_message import OscMessage

from instrument.osc.datagram import Arg, encode, parse
from instrument.osc.session import OscSession, Peer
from instrument.params import Params

LOCAL = ("127.0.0.1", 9001)
FAR = ("192.0.2.7", 9001)
PATIENCE_S = 240.0  # for what comes in a few seconds on a machine that has nothing else to do
RENEW_S = 10.0  # well before a subscription ends
FAR_NETWORK = ipaddress.ip_network("192.0.2.0/24")


def bundle(*elements: bytes, at: float = 0.0) -> bytes:
    """A bundle of encoded elements; at: seconds since 1970, 0 for at once."""
    timetag = 1 if at == 0.0 else int((at + 2_208_988_800) * 2**32)
    sized = b"".join(struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + timetag.to_bytes(8) + sized


class Rig:
    """A session on a clock that stands still until told, and all that it sent."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sent: list[tuple[Peer, tuple[object, ...]]] = []
        self.sizes: dict[Peer, int] = {}
        self.said: list[str] = []
        self.params = Params()
        self.session = OscSession(
            self.params,
            self._transmit,
            status=lambda: {"beat": 1.5, "device": "none"},
            own=("127.0.0.1", 7400),
            allow=(FAR_NETWORK,),
            say=self.said.append,
            clock=lambda: self.now,
            wall=lambda: self.now + 1e9,
        )
        self.params.subscribe(self.session.changed)

    def _transmit(self, datagram: bytes, peer: Peer) -> None:
        message = parse(datagram)[0]
        self.sent.append((peer, (message.address, *message.args)))
        self.sizes[peer] = self.sizes.get(peer, 0) + len(datagram)

    def receive(self, peer: Peer, address: str, *args: Arg) -> list[tuple[object, ...]]:
        """What the peer got for one message, at once."""
        return self.receive_raw(peer, encode(address, args))

    def receive_raw(self, peer: Peer, datagram: bytes) -> list[tuple[object, ...]]:
        self.session.receive(datagram, peer)
        return self.taken(peer)

    def pass_time(self, seconds: float) -> None:
        """Time passes in steps of 1 ms, each flushed."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(self.now + 0.001, end)
            self.session.flush()

    def taken(self, peer: Peer) -> list[tuple[object, ...]]:
        taken = [message for to, message in self.sent if to == peer]
        self.sent = [one for one in self.sent if one[0] != peer]
        return taken


class Patch:
    """A subscriber as Max is one: a thread takes what comes, so that nothing is lost while nobody waits for it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard: list[tuple[str, tuple[Any, ...]]] = []  # what `until` has gone through
        self._arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._is_closed = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._subscribe()

    def _subscribe(self) -> None:
        """Which is answered with all values."""
        self.send("/ladmg/subscribe")
        self._renew_at = time.monotonic() + RENEW_S

    def _read(self) -> None:
        self._socket.settimeout(0.1)
        while not self._is_closed.is_set():
            with contextlib.suppress(TimeoutError):
                self._arrived.put(self._socket.recv(65536))

    def send(self, address: str, *args: Any) -> None:
        self.send_bytes(encode(address, args))

    def send_bytes(self, datagram: bytes) -> None:
        self._socket.sendto(datagram, ("127.0.0.1", self.port))

    def check(self) -> None:
        """Called while it waits: nothing comes any more from an instrument that has ended."""

    def until(self, address: str, is_it: Callable[..., bool] = lambda *args: True) -> tuple[Any, ...]:
        """The arguments of the next message at `address` for which `is_it` holds."""
        deadline = time.monotonic() + PATIENCE_S
        while (now := time.monotonic()) < deadline:
            self.check()
            if now > self._renew_at:
                self._subscribe()
            with contextlib.suppress(queue.Empty):
                args = self._take(self._arrived.get(timeout=0.1), address)
                if args is not None and is_it(*args):
                    return args
        raise AssertionError(f"no {address} within {PATIENCE_S:g} s; heard {self.heard[-20:]}")

    def _take(self, datagram: bytes, address: str) -> tuple[Any, ...] | None:
        """Its arguments, if it is at `address`."""
        message = OscMessage(datagram)
        args = tuple(message.params)
        self.heard.append((message.address, args))
        return args if message.address == address else None

    def take_all(self) -> None:
        """Go through what has arrived, without waiting for more."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._take(self._arrived.get_nowait(), "")

    def status(self) -> dict[str, Any]:
        self.send("/ladmg/status")
        args = self.until("/ladmg/status")
        return dict(zip(args[::2], args[1::2], strict=True))

    def loop(self, **settings: Any) -> dict[str, Any]:
        """Wait until a loop of these settings sounds; its recipe."""

        def is_it(name: str, recipe: str) -> bool:
            return settings.items() <= json.loads(recipe).items()

        recipe: dict[str, Any] = json.loads(self.until("/ladmg/1/loop", is_it)[1])
        return recipe

    def close(self) -> None:
        self._is_closed.set()
        self._reader.join()
        self._socket.close()


class Client:
    """A UDP socket at `host`, an address of this machine, that speaks to a server there."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.to = (host, port)
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.settimeout(10)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def send(self, address: str, *args: Arg) -> None:
        self.socket.sendto(encode(address, args), self.to)

    def receive(self) -> tuple[object, ...]:
        message = parse(self.socket.recv(65536))[0]
        return (message.address, *message.args)

    def until(self, address: str) -> list[tuple[object, ...]]:
        """All that comes, up to and with the first message at `address`."""
        messages = [self.receive()]
        while messages[-1][0] != address:
            messages.append(self.receive())
        return messages


def eventually(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.01)


def is_taken(port: int) -> bool:
    """Whether some program listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return True
    return False
