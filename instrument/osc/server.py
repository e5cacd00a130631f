"""OSC on a UDP socket, in a thread of its own: this machine's only, or open to those on the network who may play."""

import contextlib
import errno
import ipaddress
import logging
import select
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from instrument.osc.datagram import DATAGRAM_LIMIT, DEFAULT_PORT, Arg, encode
from instrument.osc.session import Command, Counters, Network, OscSession, Peer
from instrument.params import ROOT, Change, Params

OUTBOX_LIMIT = 1024  # messages from other threads
RECEIVE_BUFFER = 1 << 19  # bytes, of which Linux makes room for 1,300 messages
READ_AT_ONCE = 256  # datagrams

_log = logging.getLogger(__name__)


class OscServer:
    """A session on a UDP socket, in a thread of its own.

    bind: the address to listen on. Where others on the network can reach it, `allow` names who may send. status,
    commands: see OscSession. say: tells the performer, in a line.
    `start` raises OscStartError when it can't listen. `send` and `error` may be called by any thread, and
    return at once.
    """

    def __init__(
        self,
        params: Params,
        bind: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        allow: Sequence[Network] = (),
        status: Callable[[], Mapping[str, Arg]] = dict,
        commands: Mapping[str, Command] | None = None,
        say: Callable[[str], None] = _log.warning,
    ) -> None:
        self._params = params
        self._bind = bind
        self._asked_port = port
        self._allow = allow
        self._status = status
        self._commands = commands
        self._say = say
        self._session: OscSession | None = None
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_in.setblocking(False)
        self._lock = threading.Lock()
        self._changes: dict[str, Change] = {}
        self._outbox: deque[tuple[str, tuple[Arg, ...]]] = deque(maxlen=OUTBOX_LIMIT)
        self._is_stopping = False

    @property
    def port(self) -> int:
        """The port listened on: the one asked for, or the one that the system chose for 0."""
        return int(self._socket.getsockname()[1]) if self._socket is not None else self._asked_port

    @property
    def place(self) -> str:
        """Address and port, as one writes them."""
        return f"[{self._bind}]:{self.port}" if ":" in self._bind else f"{self._bind}:{self.port}"

    @property
    def counters(self) -> dict[str, int]:
        """Counts since the start (see Counters), and `subscribers` now."""
        if self._session is None:
            return asdict(Counters()) | {"subscribers": 0}
        return asdict(self._session.counters) | {"subscribers": len(self._session.subscribers)}

    def start(self) -> None:
        """Listen. Raises OscStartError when the address or port is not to be had, or it is not said who may send."""
        self._check()
        self._socket = _listen(self._bind, self._asked_port)
        own: Peer = self._socket.getsockname()
        self._session = OscSession(
            self._params, self._transmit, self._status, own, self._allow, self._say, self._commands
        )
        if self._allow:
            networks = " and ".join(map(str, self._allow))
            self._say(
                f"OSC on {self.place} is open to the network: whoever sends from {networks} plays along"
            )
        self._params.subscribe(self._changed)
        self._thread = threading.Thread(target=self._serve, name="osc", daemon=True)
        self._thread.start()

    def _check(self) -> None:
        try:
            address = ipaddress.ip_address(self._bind)
        except ValueError:
            raise OscStartError(
                f"--bind must be an address of this machine, such as 127.0.0.1 or ::1, got {self._bind!r}"
            ) from None
        if address.is_loopback and self._allow:
            raise OscStartError(
                f"--allow needs --bind with an address that others can send to: nobody else reaches {address}"
            )
        if not address.is_loopback and not self._allow:
            example = "192.168.1.0/24" if address.version == 4 else "fd00::/64"
            raise OscStartError(
                f"--bind {address} opens OSC to the network: say who may play along, as in --allow {example}"
            )
        for network in self._allow:
            if network.version != address.version:
                raise OscStartError(
                    f"--allow {network} is IPv{network.version} and never heard on --bind {address}"
                )

    def stop(self) -> None:
        """Stop listening, and close the socket."""
        self._is_stopping = True
        self._wake()
        if self._thread is not None:
            self._thread.join()
        if self._socket is not None:
            self._socket.close()
        self._wake_in.close()
        self._wake_out.close()

    def send(self, address: str, *args: Arg) -> None:
        """Tell every subscriber; at most 30 times a second an address, the latest wins. Raises TypeError."""
        encode(address, args)  # what can't be sent is the caller's fault, so here and not in our thread
        self._outbox.append((address, args))
        self._wake()

    def error(self, address: str, code: str, text: str) -> None:
        """Tell every subscriber that something went wrong."""
        self._outbox.append((f"{ROOT}/error", (address, code, text)))
        self._wake()

    def _changed(self, change: Change) -> None:
        with self._lock:
            self._changes[change.address] = change
        if threading.current_thread() is not self._thread:
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it wakes anyway; closed: there is nobody to wake
            self._wake_in.send(b"\0")

    def _transmit(self, datagram: bytes, peer: Peer) -> None:
        assert self._socket is not None
        assert self._session is not None
        try:
            self._socket.sendto(datagram, peer)
        except OSError:  # unreachable, too long, or the system's buffer is full
            self._session.counters.unsent += 1

    def _serve(self) -> None:
        assert self._socket is not None
        assert self._session is not None
        wait: float | None = None
        while not self._is_stopping:
            readable, _, _ = select.select([self._socket, self._wake_out], [], [], wait)
            try:
                if self._wake_out in readable:
                    self._wake_out.recv(4096)
                if self._socket in readable:
                    self._receive()
                self._deliver()
                wait = self._session.flush()
            except Exception as error:  # a surface must not go deaf on stage, whatever it is
                self._session.fault(error)
                wait = 0.1

    def _receive(self) -> None:
        assert self._socket is not None
        assert self._session is not None
        datagrams: list[tuple[bytes, Peer]] = []
        while len(datagrams) < READ_AT_ONCE:  # then see to what is due
            try:
                datagrams.append(self._socket.recvfrom(DATAGRAM_LIMIT + 1))
            except BlockingIOError:
                break
            except ConnectionError:  # Windows: an earlier message found nobody listening
                self._session.counters.unsent += 1
            except OSError:  # Windows: longer than what may come, which others cut off
                self._session.counters.malformed += 1
        self._session.receive_all(datagrams)
        self._session.counters.dropped_rate = _dropped(self._socket)

    def _deliver(self) -> None:
        assert self._session is not None
        with self._lock:
            changes, self._changes = self._changes, {}
        for change in changes.values():
            self._session.changed(change)
        while self._outbox:
            address, args = self._outbox.popleft()
            if address == f"{ROOT}/error":
                where, code, text = map(str, args)
                self._session.error(where, code, text)
            else:
                self._session.broadcast(address, args)


class OscStartError(RuntimeError):
    """OSC can't listen where it was asked to."""


def _dropped(listener: socket.socket) -> int:
    """How many datagrams the system threw away because they came faster than they were read; -1: it doesn't tell."""
    if sys.platform != "linux":
        return -1
    # linux/socket.h, linux/sock_diag.h: SO_MEMINFO is 55, and gives nine numbers of which SK_MEMINFO_DROPS is the last.
    try:
        return int(struct.unpack("9I", listener.getsockopt(socket.SOL_SOCKET, 55, 36))[8])
    except OSError:  # before Linux 4.12
        return -1


def _listen(bind: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise OscStartError(f"--bind {bind}: this machine has no IPv6 ({error.strerror})") from None
    try:
        if family == socket.AF_INET6:
            # Else :: would hear IPv4 too, under addresses that no --allow names.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Enough for a burst while this process is busy elsewhere; in a flood, what waits longer comes too late.
        with contextlib.suppress(OSError):  # macOS refuses what Linux cuts down
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listener.bind((bind, port))
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OverflowError):
            reason = f"--osc-port must be in 0..65535, got {port}"
        elif error.errno == errno.EADDRINUSE:
            reason = (
                f"OSC port {port} on {bind} is in use (is another ladmg running?): choose one with --osc-port"
            )
        elif error.errno == errno.EACCES:
            reason = f"OSC port {port} on {bind} is not ours to open: choose one above 1023 with --osc-port"
        else:
            reason = f"--bind must be an address of this machine, got {bind!r} ({error})"
        raise OscStartError(reason) from None
    listener.setblocking(False)
    return listener
