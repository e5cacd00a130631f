"""The web page and OSCQuery: one HTTP server, in a thread of the console.

`/` is the page where a browser asks, OSCQuery's tree where another program does; `/live` is the page's WebSocket,
`/monitor` the one by which it hears what plays, `/` OSCQuery's. What may connect here is anything at all: it can't
read or set anything from another site, costs little, and never stops the music.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import itertools
import json
import logging
import re
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as AsgiMessage
from starlette.websockets import WebSocket, WebSocketDisconnect

from instrument.memory import MeterReading, OutputRing
from instrument.osc.datagram import Arg, Message, OscError, encode, parse
from instrument.osc.pattern import expand
from instrument.osc.session import (
    ECHO_INTERVAL_S,
    HOLD_S,
    PATTERNS_PER_DATAGRAM,
    REST_S,
    Network,
    is_in,
    is_loopback,
)
from instrument.params import ADDRESSES, DECKS, ROOT, Change, ParamError, Params, describe
from instrument.web import oscquery
from instrument.web.monitor import FRAMES_PER_S, LISTENER_LIMIT, Listener, ListenError

DEFAULT_PORT = 7480
CLIENT_LIMIT = 32
MESSAGE_LIMIT = 8192  # bytes
ERROR_LIMIT = 32  # that wait for a slow page
LATER_LIMIT = 256  # messages of bundles that are ahead of time
STATUS_INTERVAL_S = 1.0
STOP_PATIENCE_S = 2
TRY_AGAIN_LATER, POLICY_VIOLATION = 1013, 1008  # a WebSocket's codes

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Not every browser counts a WebSocket among what is of the page's own origin, so that is named.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws://{host}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_log = logging.getLogger(__name__)

Command = Callable[[tuple[object, ...]], None]


class WebStartError(RuntimeError):
    """The page can't be served where it was asked to."""


@dataclass
class _Client:
    """One WebSocket, and what it has yet to be told. The latest value wins, so this stays small.

    listened: the addresses it is told of; None for a page, which is told everything.
    """

    name: str
    listened: set[str] | None
    due: set[str] = field(default_factory=set)
    resting: dict[str, float] = field(default_factory=dict)  # set by this client: confirmed then
    news: dict[str, tuple[Arg, ...]] = field(default_factory=dict)
    errors: deque[tuple[str, str, str]] = field(default_factory=lambda: deque(maxlen=ERROR_LIMIT))

    def changed(self, change: Change, now: float) -> None:
        if self.listened is not None and change.address not in self.listened:
            return
        if change.source == self.name:
            self.confirm(change.address, now)
        else:
            self.due.add(change.address)

    def confirm(self, address: str, now: float) -> None:
        """What it has just set is told back as it was accepted, once the gesture has rested."""
        if (self.listened is None or address in self.listened) and ADDRESSES[address][0].has_value:
            self.resting[address] = now + REST_S

    def take(self, now: float) -> list[str]:
        """The parameters to tell now."""
        self.due |= {address for address, at in self.resting.items() if at <= now}
        taken, self.due = list(self.due), set()
        for address in taken:
            self.resting.pop(address, None)
        return taken


class WebServer:
    """Serves the page and OSCQuery. `start` raises WebStartError when it can't listen.

    `send` and `error` may be called by any thread, and return at once, as OscServer's do. status and meters are
    called by the server's thread only. ring: what may be listened to, None for nothing. osc_port: the one that
    OSCQuery's clients should send to. commands: what a page may do at other addresses, with a message's arguments; they
    return soon, and raise ParamError. allow: who may come from elsewhere, None for everybody.
    """

    def __init__(
        self,
        params: Params,
        bind: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        status: Callable[[], Mapping[str, Arg]] = dict,
        meters: Callable[[], MeterReading | None] = lambda: None,
        ring: Callable[[], OutputRing | None] = lambda: None,
        osc_port: Callable[[], int] = lambda: 0,
        commands: Mapping[str, Command] | None = None,
        allow: Sequence[Network] | None = None,
    ) -> None:
        self._params = params
        self._allow = allow
        self._bind = bind
        self._asked_port = port
        self._status = status
        self._meters = meters
        self._ring = ring
        self._osc_port = osc_port
        self._commands = dict(commands or {})
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._clients: list[_Client] = []
        self._n_listeners = 0
        self._numbers = itertools.count(1)
        self._n_later = 0
        self._lock = threading.Lock()
        self._changes: dict[str, Change] = {}
        self._news: dict[str, tuple[Arg, ...]] = {}
        self._last_news: dict[str, tuple[Arg, ...]] = {}
        self._errors: deque[tuple[str, str, str]] = deque(maxlen=ERROR_LIMIT)
        page = files("instrument.web") / "page"
        # All in memory from the start, by name: there is no path that could lead out of the folder.
        self._files = {file.name: file.read_bytes() for file in page.iterdir() if file.is_file()}

    @property
    def port(self) -> int:
        """The port listened on: the one asked for, or the one that the system chose for 0."""
        return int(self._socket.getsockname()[1]) if self._socket is not None else self._asked_port

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        host = self._address()
        if ipaddress.ip_address(host).is_unspecified:
            host = socket.gethostname()
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def own_url(self) -> str:
        """Where a program on this machine finds the page."""
        host = ipaddress.ip_address(self._address())
        if host.is_unspecified:
            return f"http://{'127.0.0.1' if host.version == 4 else '[::1]'}:{self.port}"
        return self.url

    @property
    def _is_loopback(self) -> bool:
        return ipaddress.ip_address(self._address()).is_loopback

    def _address(self) -> str:
        assert self._socket is not None
        return str(self._socket.getsockname()[0])

    def start(self) -> None:
        """Listen. Raises WebStartError when the address or port is not to be had."""
        self._socket = listen(self._bind, self._asked_port)
        if not self._is_loopback and self._allow is None:
            _log.warning("the page is at %s: anybody on this network can play along", self.url)
        routes = [
            Route("/page/{name}", self._file),
            Route("/{path:path}", self._page_or_node),
            WebSocketRoute("/live", self._serve_page),
            WebSocketRoute("/monitor", self._serve_monitor),
            WebSocketRoute("/", self._serve_oscquery),
        ]
        app = Starlette(routes=routes, lifespan=self._lifespan)
        config = uvicorn.Config(
            _Guard(app, self._allow),
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            http="h11",
            ws="websockets-sansio",
            ws_max_size=MESSAGE_LIMIT,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=STOP_PATIENCE_S,
        )
        self._server = uvicorn.Server(config)
        self._params.subscribe(self._changed)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close all connections and the socket."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        if self._socket is not None:
            self._socket.close()

    def send(self, address: str, *args: Arg) -> None:
        """Tell every page; at most 30 times a second an address, the latest wins. A page that opens hears it too."""
        with self._lock:
            self._news[address] = self._last_news[address] = args

    def error(self, address: str, code: str, text: str) -> None:
        """Tell every page that something went wrong."""
        with self._lock:
            self._errors.append((address, code, text))

    def _changed(self, change: Change) -> None:
        with self._lock:
            self._changes[change.address] = change

    # The server's thread, from here on

    def _run(self) -> None:
        assert self._server is not None
        assert self._socket is not None
        asyncio.run(self._server.serve(sockets=[self._socket]))

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        if self._is_loopback or ":" in self._address():  # nobody else could come; IPv6 is not announced
            yield
            return
        announcing = asyncio.create_task(oscquery.announce(self._address(), self.port))
        yield
        announcing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await announcing

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            return JSONResponse({"error": "no such file of the page"}, 404)
        suffix = name[name.rfind(".") :]
        return Response(self._files[name], media_type=_TYPES.get(suffix, "application/octet-stream"))

    async def _page_or_node(self, request: Request) -> Response:
        path, query = request.url.path, request.url.query
        if path == "/" and not query and "text/html" in request.headers.get("accept", ""):
            return Response(self._files["index.html"], media_type="text/html", headers={"Vary": "Accept"})
        try:
            node = oscquery.answer(self._params, path, query, self._osc_port(), self.port)
        except oscquery.QueryError as error:
            if error.status == 204:
                return Response(status_code=204)
            return JSONResponse({"error": str(error)}, error.status)
        return JSONResponse(node, headers={"Vary": "Accept"})

    async def _serve_page(self, socket: WebSocket) -> None:
        """Everything at first, then what changes, at most 30 times a second; `[address, value, ..]` back."""

        async def tell(client: _Client) -> None:
            status_at = 0.0
            while True:
                now = time.monotonic()
                news = self._news_of(client, now)
                reading = self._meters()
                if reading is not None:
                    beat = reading.beat_at(time.monotonic_ns())
                    level = round(reading.peak, 3), round(reading.rms, 3)
                    news["meter"] = [round(beat, 3), reading.bpm, int(reading.is_running), *level]
                if now >= status_at:
                    status_at = now + STATUS_INTERVAL_S
                    news["status"] = dict(self._status()) | {"pages": len(self._clients)}
                if news:
                    await socket.send_text(_json(news))
                await asyncio.sleep(ECHO_INTERVAL_S)

        def take(client: _Client, message: AsgiMessage) -> None:
            address = ""
            try:
                address, *args = _told(message.get("text"))
                if address in self._commands:
                    self._commands[address](tuple(args))
                    return
                self._params.set(address, args, client.name)
                client.confirm(address, time.monotonic())
            except (ParamError, OscError) as error:
                client.errors.append((address[:128], error.code, str(error)))

        def hello() -> dict[str, Any]:
            with self._lock:
                news = dict(self._last_news)
            table = {"params": describe(), "decks": DECKS, "commands": list(self._commands)}
            return {"hello": table, "values": self._params.snapshot(), "news": news}

        await self._serve(socket, None, hello, tell, take)

    async def _serve_oscquery(self, socket: WebSocket) -> None:
        """LISTEN and IGNORE as JSON, values as OSC both ways."""

        async def tell(client: _Client) -> None:
            while True:
                news = self._news_of(client, time.monotonic())
                for address, value in news.get("values", {}).items():
                    told = oscquery.told(ADDRESSES[address][0], value)
                    await socket.send_bytes(encode(address, (told,)))
                for error in news.get("errors", ()):
                    await socket.send_bytes(encode(f"{ROOT}/error", error))
                await asyncio.sleep(ECHO_INTERVAL_S)

        def take(client: _Client, message: AsgiMessage) -> None:
            try:
                if message.get("bytes") is None:
                    _listen_or_ignore(client, message.get("text"))
                    return
                messages = parse(message["bytes"])
                if sum(one.address not in ADDRESSES for one in messages) > PATTERNS_PER_DATAGRAM:
                    raise OscError("too_many", f"a frame may have at most {PATTERNS_PER_DATAGRAM} patterns")
                for one in messages:
                    self._take_osc(client, one)
            except (OscError, ParamError) as error:
                client.errors.append(("", error.code, str(error)))

        await self._serve(socket, set(), None, tell, take)

    async def _serve_monitor(self, socket: WebSocket) -> None:
        """What leaves for the card, in frames; the number of those that it has taken back."""
        await socket.accept()
        ring = self._ring()
        if ring is None:
            await socket.close(TRY_AGAIN_LATER, "nothing plays here")
            return
        if self._n_listeners >= LISTENER_LIMIT:
            await socket.close(TRY_AGAIN_LATER, f"{LISTENER_LIMIT} listen already")
            return
        listener = Listener(ring)

        async def tell() -> None:
            while True:
                for frame in listener.frames():
                    await socket.send_bytes(frame)
                await asyncio.sleep(1 / FRAMES_PER_S)

        self._n_listeners += 1
        try:
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(tell())
                try:
                    while (message := await socket.receive())["type"] == "websocket.receive":
                        listener.take(message.get("text"))
                finally:
                    telling.cancel()
        except* WebSocketDisconnect:
            pass
        except* ListenError as errors:
            await socket.close(POLICY_VIOLATION, str(errors.exceptions[0]))
        finally:
            self._n_listeners -= 1

    async def _serve(
        self,
        socket: WebSocket,
        listened: set[str] | None,
        hello: Callable[[], dict[str, Any]] | None,
        tell: Callable[[_Client], Any],
        take: Callable[[_Client, AsgiMessage], None],
    ) -> None:
        """Serve one client until it goes."""
        await socket.accept()
        if len(self._clients) >= CLIENT_LIMIT:
            await socket.close(TRY_AGAIN_LATER, f"{CLIENT_LIMIT} clients are connected already")
            return
        client = _Client(f"web:{next(self._numbers)}", listened)
        self._distribute()  # what is older than the greeting is in it; what is newer will be told
        self._clients.append(client)
        try:
            if hello is not None:
                await socket.send_text(_json(hello()))
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(tell(client))
                while (message := await socket.receive())["type"] == "websocket.receive":
                    take(client, message)
                telling.cancel()
        except* WebSocketDisconnect:
            pass
        finally:
            self._clients.remove(client)

    def _distribute(self) -> None:
        """Give what happened since the last time to all who are connected."""
        now = time.monotonic()
        with self._lock:
            changes, self._changes = self._changes, {}
            news, self._news = self._news, {}
            errors = list(self._errors)
            self._errors.clear()
        for client in self._clients:
            for change in changes.values():
                if change.spec.has_value:
                    client.changed(change, now)
            if client.listened is None:
                client.news |= news
            client.errors += errors

    def _news_of(self, client: _Client, now: float) -> dict[str, Any]:
        """What there is to tell a client now, which then counts as told."""
        self._distribute()
        told: dict[str, Any] = {}
        if addresses := client.take(now):
            told["values"] = {address: self._params.get(address) for address in addresses}
        if client.news:
            told["news"], client.news = client.news, {}
        if client.errors:
            told["errors"] = list(client.errors)
            client.errors.clear()
        return told

    def _take_osc(self, client: _Client, message: Message) -> None:
        wait = message.time - time.time() if message.time else 0.0
        if wait <= 0:
            self._set_by_osc(client, message)
            return
        if wait > HOLD_S:
            raise OscError("too_far", f"a bundle may be at most {HOLD_S:g} s ahead, got {wait:.1f} s")
        if self._n_later >= LATER_LIMIT:
            raise OscError("too_many", f"at most {LATER_LIMIT} messages are held for later")
        self._n_later += 1
        asyncio.get_running_loop().call_later(wait, self._set_later, client, message)

    def _set_later(self, client: _Client, message: Message) -> None:
        self._n_later -= 1
        self._set_by_osc(client, message)

    def _set_by_osc(self, client: _Client, message: Message) -> None:
        try:
            addresses = (message.address,) if message.address in ADDRESSES else expand(message.address)
            if not addresses:
                raise OscError("unknown_address", f"no parameter matches {message.address!a:.80}")
            for address in addresses:
                self._params.set(address, message.args, client.name)
                client.confirm(address, time.monotonic())
        except (OscError, ParamError) as error:
            client.errors.append((message.address[:128], error.code, str(error)))


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _told(text: str | None) -> list[Any]:
    """A page's message: an address and its values. Raises OscError."""
    try:
        message = json.loads(text or "")
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, list) or not message or not isinstance(message[0], str):
        raise OscError("malformed", "a message must be a JSON list of an address and its values")
    return message


def _listen_or_ignore(client: _Client, text: str | None) -> None:
    """{"COMMAND": "LISTEN", "DATA": "/ladmg/bpm"}, or IGNORE. Raises OscError."""
    assert client.listened is not None
    try:
        message = json.loads(text or "")
        command, address = message["COMMAND"], message["DATA"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise OscError("malformed", 'a message must be {"COMMAND": .., "DATA": ..} or binary OSC') from None
    if command not in ("LISTEN", "IGNORE"):
        raise OscError("bad_value", f"COMMAND must be LISTEN or IGNORE, got {command!a:.40}")
    if not isinstance(address, str) or address not in ADDRESSES:
        raise OscError("unknown_address", f"no parameter {address!a:.80} to {command}")
    if command == "IGNORE":
        client.listened.discard(address)
    else:
        client.listened.add(address)


class _Guard:
    """Lets through only who may come, asks for this machine by its own name, and is no page of another site.

    A site whose name was pointed at this machine (DNS rebinding) has that name as the host; an address in
    figures can't be rebound. A page of another site sends its own origin, and browsers let nobody change that.
    """

    def __init__(self, app: ASGIApp, allow: Sequence[Network] | None) -> None:
        self._app = app
        self._allow = allow
        own = socket.gethostname().lower()
        self._names = {"localhost", own, f"{own}.local"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if self._may_come(scope) and self._is_own(host) and origin in (None, f"http://{host}"):
            await self._app(scope, receive, _with_headers(send, host))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})  # before it is accepted: 403
        else:
            text = "this is a musical instrument; it plays with nobody from another site\n"
            await Response(text, 403, media_type="text/plain")(scope, receive, _with_headers(send, ""))

    def _may_come(self, scope: Scope) -> bool:
        client = scope.get("client")
        if self._allow is None or client is None:
            return self._allow is None
        return is_loopback(client) or is_in(client[0], self._allow)

    def _is_own(self, host: str) -> bool:
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        if found["name"] in self._names:
            return True
        with contextlib.suppress(ValueError):
            ipaddress.ip_address(found["name"].strip("[]"))
            return True
        return False


_HOST = re.compile(r"(?P<name>[\w.-]+|\[[\da-f:]+\])(:\d{1,5})?", re.ASCII)


def _with_headers(send: Send, host: str) -> Send:
    async def send_with_headers(message: AsgiMessage) -> None:
        if message["type"] == "http.response.start":
            policy = {"Content-Security-Policy": _POLICY.format(host=host)}
            MutableHeaders(scope=message).update(_HEADERS | policy)
        await send(message)

    return send_with_headers


def listen(bind: str, port: int) -> socket.socket:
    """A socket that listens there. Raises WebStartError."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # a port that was in use a moment ago may be taken again
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((bind, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            reason = f"the page's port {port} on {bind} is in use: choose one with --page-port"
        elif isinstance(error, OSError) and error.errno == errno.EACCES:
            reason = f"the page's port {port} on {bind} is not ours to open: choose one above 1023 with --page-port"
        elif isinstance(error, OverflowError):
            reason = f"--page-port must be in 0..65535, got {port}"
        else:
            reason = f"--bind must be an address of this machine, got {bind!r} ({error})"
        raise WebStartError(reason) from None
    return listener
