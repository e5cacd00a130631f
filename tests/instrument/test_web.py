"""The page's server and OSCQuery, over real HTTP and real WebSockets, by clients that we did not write."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import ipaddress
import json
import logging
import socket
import struct
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

from instrument.memory import MeterReading
from instrument.params import ADDRESSES, ParamError, Params, describe
from instrument.web import oscquery
from instrument.web import server as web
from instrument.web.server import CLIENT_LIMIT, MESSAGE_LIMIT, WebServer, WebStartError

PATIENCE_S = 30.0
QUIET_S = 0.4  # longer than a confirmation takes


@pytest.fixture
def params() -> Params:
    return Params()


@pytest.fixture
def server(params: Params) -> Iterator[WebServer]:
    served = WebServer(params, port=0, osc_port=lambda: 7400)
    served.start()
    yield served
    served.stop()


def get(
    server: WebServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def node(server: WebServer, path: str) -> Any:
    status, _, body = get(server, path)
    assert status == 200, body
    return json.loads(body)


@contextlib.contextmanager
def opened(server: WebServer, path: str = "/live", **options: Any) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{server.port}{path}", compression=None, **options) as client:
        yield client


class Page:
    """What a page knows: the values and news that it was told, and how often each value."""

    def __init__(self, client: ClientConnection) -> None:
        self.client = client
        self.values: dict[str, Any] = {}
        self.news: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self.errors: list[list[str]] = []
        self.last: dict[str, Any] = {}
        self.hello = self.take(PATIENCE_S)["hello"]
        self.counts.clear()

    def take(self, timeout_s: float) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.client.recv(timeout_s))
        self.values |= message.get("values", {})
        self.news |= message.get("news", {})
        self.errors += message.get("errors", [])
        self.last |= message
        for address in message.get("values", {}):
            self.counts[address] = self.counts.get(address, 0) + 1
        return message

    def until(self, address: str, value: Any) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.values.get(address) != value:
            assert time.monotonic() < deadline, (address, self.values.get(address))
            self.take(PATIENCE_S)

    def listen(self, seconds: float = QUIET_S) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                self.take(left)

    def send(self, *message: Any) -> None:
        self.client.send(json.dumps(message))


def until_closed(client: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            client.recv(PATIENCE_S)


def test_a_page_gets_everything_at_first(server: WebServer, params: Params) -> None:
    params.set("/ladmg/bpm", 132, "test")
    server.send("/ladmg/1/next", "cued", 3.0)
    with opened(server) as client:
        page = Page(client)
        assert page.hello["params"] == json.loads(json.dumps(describe()))
        assert page.values == params.snapshot()
        assert page.news == {"/ladmg/1/next": ["cued", 3.0]}


def test_what_a_page_sets_is_told_to_all_and_confirmed_to_itself_once(
    server: WebServer, params: Params
) -> None:
    with opened(server) as one, opened(server) as two:
        setter, other = Page(one), Page(two)
        setter.send("/ladmg/bpm", 999)
        setter.until("/ladmg/bpm", 200.0)  # as it was clamped
        other.until("/ladmg/bpm", 200.0)
        setter.send("/ladmg/bpm", 250)  # nothing changes, but the fader must hear that it didn't
        setter.send("/ladmg/1/prompt", "dub", "techno")
        setter.send("/ladmg/1/stutter", "1/8")
        other.until("/ladmg/1/stutter", 3)
        setter.listen()
        other.listen()
    assert params.get("/ladmg/1/prompt") == "dub techno"
    assert setter.counts == {"/ladmg/bpm": 2, "/ladmg/1/prompt": 1, "/ladmg/1/stutter": 1}
    assert other.counts == {"/ladmg/bpm": 1, "/ladmg/1/prompt": 1, "/ladmg/1/stutter": 1}


def test_a_flood_is_told_at_30_hz_and_the_latest_wins_for_a_page_that_reads_slowly_too(
    server: WebServer, params: Params
) -> None:
    with opened(server) as quick, opened(server) as slow:
        page, sleeper = Page(quick), Page(slow)
        began = time.monotonic()
        for step in range(20_000):
            params.set("/ladmg/1/filter", step / 20_000, "midi")
        params.set("/ladmg/1/filter", -0.5, "midi")
        page.until("/ladmg/1/filter", -0.5)
        assert page.counts["/ladmg/1/filter"] <= 30 * (time.monotonic() - began) + 2
        sleeper.until("/ladmg/1/filter", -0.5)


def test_nothing_is_missed_between_the_greeting_and_what_comes_after(
    server: WebServer, params: Params
) -> None:
    """A value that changed while a page was connecting stayed old on it."""
    has_ended = threading.Event()

    def move() -> None:
        for address, low in (("/ladmg/1/filter", -1.0), ("/ladmg/1/delay_send", 0.0)):
            for step in range(3000):
                params.set(address, low + step / 3000, "midi")
                time.sleep(0.0001)
        has_ended.set()

    mover = threading.Thread(target=move)
    mover.start()
    with contextlib.ExitStack() as stack:
        pages = []
        while not has_ended.is_set() and len(pages) < CLIENT_LIMIT:
            pages.append(Page(stack.enter_context(opened(server))))
        mover.join()
        for page in pages:
            page.until("/ladmg/1/filter", params.get("/ladmg/1/filter"))
            page.until("/ladmg/1/delay_send", params.get("/ladmg/1/delay_send"))


def test_triggers_fire_and_are_not_told_as_values(server: WebServer, params: Params) -> None:
    fired = threading.Event()
    params.subscribe(lambda change: fired.set() if change.address == "/ladmg/1/roll" else None)
    with opened(server) as client:
        page = Page(client)
        page.send("/ladmg/1/roll", 1)
        assert fired.wait(PATIENCE_S)
        page.listen()
        assert page.counts == {}


def test_a_page_may_do_what_is_no_parameter_where_the_instrument_lets_it(params: Params) -> None:
    done: list[tuple[object, ...]] = []

    def learn(args: tuple[object, ...]) -> None:
        done.append(args)
        if not args:
            raise ParamError("bad_type", "learn what?")

    server = WebServer(params, port=0, commands={"/ladmg/midi/learn": learn})
    server.start()
    try:
        with opened(server) as client:
            page = Page(client)
            assert page.hello["commands"] == ["/ladmg/midi/learn"]
            page.send("/ladmg/midi/learn", "/ladmg/bpm")
            page.send("/ladmg/midi/learn")
            page.listen()
            assert done == [("/ladmg/bpm",), ()]
            assert page.errors == [["/ladmg/midi/learn", "bad_type", "learn what?"]]
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", "malformed"),
        ("{", "malformed"),
        ("[" * 5000, "malformed"),
        ("[]", "malformed"),
        ("[1, 2]", "malformed"),
        ('{"/ladmg/bpm": 1}', "malformed"),
        ('["/ladmg/nothing", 1]', "unknown_address"),
        ('["/ladmg/\\ud800", 1]', "unknown_address"),
        ('["/ladmg/bpm", NaN]', "bad_value"),
        ('["/ladmg/bpm", Infinity]', "bad_value"),
        ('["/ladmg/bpm", null]', "bad_type"),
        ('["/ladmg/bpm", [125]]', "bad_type"),
        ('["/ladmg/bpm", {"a": 1}]', "bad_type"),
        ('["/ladmg/bpm"]', "bad_type"),
        ('["/ladmg/bpm", "125"]', "bad_type"),
        ('["/ladmg/1/prompt", "\\ud800"]', "bad_value"),
        ('["/ladmg/1/prompt", "' + 300 * "x" + '"]', "too_long"),
        ('["/ladmg/preset_recall", "../secret"]', "bad_value"),
        (b"\0\1\2", "malformed"),
    ],
)
def test_rubbish_is_answered_to_its_sender_only_and_costs_nothing(
    server: WebServer, params: Params, message: str | bytes, code: str
) -> None:
    with opened(server) as one, opened(server) as two:
        sender, other = Page(one), Page(two)
        one.send(message)
        sender.send("/ladmg/bpm", 131)
        other.until("/ladmg/bpm", 131.0)
        sender.until("/ladmg/bpm", 131.0)
        assert [error[1] for error in sender.errors] == [code]
        assert other.errors == []
    assert params.snapshot() == Params().snapshot() | {"/ladmg/bpm": 131.0}


def test_numbers_beyond_all_bounds_are_clamped(server: WebServer, params: Params) -> None:
    with opened(server) as client:
        page = Page(client)
        client.send(f'["/ladmg/bpm", {"9" * 4000}]')
        page.until("/ladmg/bpm", 200.0)


def test_a_message_that_is_too_long_ends_that_connection_and_no_other(server: WebServer) -> None:
    with opened(server) as one, opened(server) as two:
        page = Page(two)
        one.send("x" * (MESSAGE_LIMIT + 1))
        until_closed(one)
        page.send("/ladmg/bpm", 140)
        page.until("/ladmg/bpm", 140.0)


def test_one_client_too_many_is_sent_away(server: WebServer) -> None:
    with contextlib.ExitStack() as stack:
        first = [stack.enter_context(opened(server)) for _ in range(CLIENT_LIMIT)]
        with opened(server) as late, pytest.raises(ConnectionClosed, match="1013"):
            late.recv(PATIENCE_S)
        first[0].close()
        deadline = time.monotonic() + PATIENCE_S
        while True:  # there is room again
            with opened(server) as another, contextlib.suppress(ConnectionClosed):
                Page(another)
                break
            assert time.monotonic() < deadline


def test_errors_health_and_the_position_are_told(params: Params) -> None:
    reading = MeterReading(beat=5.0, bpm_centi=12000, is_running=False, peak=0.5, rms=0.25)
    server = WebServer(params, port=0, status=lambda: {"underflows": 3}, meters=lambda: reading)
    server.start()
    try:
        with opened(server) as client:
            page = Page(client)
            server.error("/ladmg/1", "render", "it failed")
            page.listen()
            assert page.errors == [["/ladmg/1", "render", "it failed"]]
            assert page.last["meter"] == [5.0, 120.0, 0, 0.5, 0.25]
            assert page.last["status"] == {"underflows": 3, "pages": 1}
    finally:
        server.stop()


# Who may come


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LOCALHOST", "192.168.1.7", "[::1]", "own", "own.local"]
)
def test_the_machine_answers_to_its_own_names(server: WebServer, host: str) -> None:
    host = host.replace("own", socket.gethostname())
    assert get(server, "/", Host=f"{host}:{server.port}")[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:7480",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "",
        "@",
        "[",
        ":",
        "127.0.0.1:80; script-src *",
        "127.0.0.1:80:80",
        "evil.example@127.0.0.1",
    ],
)
def test_a_rebound_name_is_answered_nothing(server: WebServer, params: Params, host: str) -> None:
    for path in ("/", "/ladmg/bpm", "/page/app.js", "/?HOST_INFO"):
        status, _, body = get(server, path, Host=host)
        assert status in (400, 403)
        assert b"ladmg" not in body
    for path in ("/live", "/monitor", "/"):
        raw = socket.create_connection(("127.0.0.1", server.port), PATIENCE_S)
        with raw:
            raw.sendall(handshake(path, host, None))
            assert raw.recv(4096).split(b"\r\n")[0] in (
                b"HTTP/1.1 403 Forbidden",
                b"HTTP/1.1 400 Bad Request",
            )


def handshake(path: str, host: str, origin: str | None) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: Upgrade", "Upgrade: websocket"]
    lines += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    lines += [f"Origin: {origin}"] if origin else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:1",
        "https://127.0.0.1:{port}",
        "null",
        "file://",
        "http://localhost:{port}",
    ],
)
def test_another_sites_page_reads_and_sets_nothing(server: WebServer, params: Params, origin: str) -> None:
    origin = origin.format(port=server.port)
    for path in ("/live", "/monitor", "/"):
        with pytest.raises(InvalidStatus, match="403"), opened(server, path, origin=origin):
            pass
    status, headers, _ = get(server, "/ladmg/bpm", Origin=origin)
    assert status == 403
    assert headers["Access-Control-Allow-Origin"] is None
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_page_itself_may_come(server: WebServer) -> None:
    origin = f"http://127.0.0.1:{server.port}"
    with opened(server, origin=origin) as client:
        Page(client)
    status, headers, body = get(server, "/", Accept="text/html,*/*;q=0.8", Origin=origin)
    assert status == 200
    assert b"<title>LADMG</title>" in body
    assert headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert f"connect-src 'self' ws://127.0.0.1:{server.port};" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] is None


@pytest.mark.parametrize(
    "path",
    [
        "/page/../web.py",
        "/page/..%2fweb.py",
        "/page/%2e%2e/web.py",
        "/page//etc/passwd",
        "/page/%00",
        "/page/",
        "/../../etc/passwd",
        "/ladmg/../page/app.js",
        "/ladmg/" + "x" * 3000,
    ],
)
def test_no_path_leads_out_of_the_page(server: WebServer, path: str) -> None:
    status, _, body = get(server, path)
    assert status == 404
    assert len(body) < 200


def test_nothing_but_reading_is_possible_by_http(server: WebServer, params: Params) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert get(server, "/ladmg/bpm", method)[0] == 405
    assert params.snapshot() == Params().snapshot()


# OSCQuery


def test_oscquery_describes_every_parameter(server: WebServer, params: Params) -> None:
    found: dict[str, Any] = {}

    def collect(branch: dict[str, Any]) -> None:
        if "CONTENTS" not in branch:
            found[branch["FULL_PATH"]] = branch
        for name, below in branch.get("CONTENTS", {}).items():
            assert below["FULL_PATH"] == branch["FULL_PATH"].rstrip("/") + "/" + name
            collect(below)

    collect(node(server, "/"))
    assert set(found) == set(ADDRESSES)
    for address, (spec, _) in ADDRESSES.items():
        leaf = found[address]
        assert leaf == node(server, address)
        assert leaf["DESCRIPTION"] == spec.doc
        assert leaf["ACCESS"] == (3 if spec.has_value else 2)
        assert ("VALUE" in leaf) == spec.has_value
        if spec.kind in ("float", "int") and not spec.choices:
            assert leaf["RANGE"] == [{"MIN": spec.low, "MAX": spec.high}]
    assert found["/ladmg/bpm"] == {
        "FULL_PATH": "/ladmg/bpm",
        "TYPE": "f",
        "ACCESS": 3,
        "DESCRIPTION": "Tempo.",
        "VALUE": [125.0],
        "RANGE": [{"MIN": 60, "MAX": 200}],
        "CLIPMODE": ["both"],
        "UNIT": ["time.bpm"],
    }
    assert found["/ladmg/1/stutter"]["VALUE"] == ["off"]
    assert found["/ladmg/1/stutter"]["RANGE"] == [{"VALS": ["off", "1/2", "1/4", "1/8", "1/16"]}]
    assert found["/ladmg/n_bars"]["RANGE"] == [{"VALS": [1, 2, 4, 8]}]
    assert found["/ladmg/1/roll"]["TYPE"] == "I"


def test_oscquery_answers_attributes_and_says_what_it_lacks(server: WebServer, params: Params) -> None:
    params.set("/ladmg/1/prompt", "dub", "test")
    assert node(server, "/ladmg/1/prompt?VALUE") == {"VALUE": ["dub"]}
    assert node(server, "/ladmg/1/filter?RANGE") == {"RANGE": [{"MIN": -1, "MAX": 1}]}
    assert next(iter(node(server, "/ladmg?CONTENTS")["CONTENTS"])) == "bpm"
    assert node(server, "/ladmg/1/") == node(server, "/ladmg/1")
    info = node(server, "/?HOST_INFO")
    assert (info["NAME"], info["OSC_PORT"], info["WS_PORT"]) == ("LADMG", 7400, server.port)
    assert info["EXTENSIONS"]["LISTEN"] is True
    assert node(server, "/ladmg/bpm?HOST_INFO") == info
    assert get(server, "/ladmg/1/roll?VALUE")[::2] == (204, b"")
    assert get(server, "/ladmg/1/prompt?UNIT")[0] == 204
    assert get(server, "/ladmg?VALUE")[0] == 204
    assert get(server, "/ladmg/bpm?NONSENSE")[0] == 400
    assert get(server, "/ladmg/bpm?" + "A" * 3000)[0] == 400
    assert get(server, "/ladmg/nothing")[0] == 404
    assert get(server, "/elsewhere")[0] == 404


def osc(address: str, *args: Any) -> bytes:
    builder = OscMessageBuilder(address)
    for arg in args:
        builder.add_arg(arg)
    return bytes(builder.build().dgram)


def heard(client: ClientConnection, seconds: float = QUIET_S) -> list[tuple[str, list[Any]]]:
    found = []
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(TimeoutError):
            message = OscMessage(client.recv(left))
            found.append((message.address, list(message.params)))
    return found


def command(client: ClientConnection, name: str, address: Any) -> None:
    client.send(json.dumps({"COMMAND": name, "DATA": address}))


def test_an_oscquery_client_hears_what_it_listens_to(server: WebServer, params: Params) -> None:
    with opened(server, "/") as client, opened(server) as another:
        page = Page(another)
        command(client, "LISTEN", "/ladmg/bpm")
        command(client, "LISTEN", "/ladmg/1/stutter")
        client.send(osc("/ladmg/1/filter", 0.25))  # set, not listened to
        page.until("/ladmg/1/filter", 0.25)
        client.send(osc("/ladmg/bpm", 300.0))
        page.until("/ladmg/bpm", 200.0)
        page.send("/ladmg/1/stutter", "1/4")
        assert sorted(heard(client)) == [("/ladmg/1/stutter", ["1/4"]), ("/ladmg/bpm", [200.0])]
        command(client, "IGNORE", "/ladmg/bpm")
        page.send("/ladmg/bpm", 100)
        page.until("/ladmg/bpm", 100.0)
        assert heard(client) == []


def test_an_oscquery_client_may_send_patterns_names_and_bundles(server: WebServer, params: Params) -> None:
    with opened(server, "/") as client, opened(server) as another:
        page = Page(another)
        client.send(osc("/ladmg/*/kill_*", 1))
        client.send(osc("/ladmg/key", "A minor"))
        page.until("/ladmg/key", 10)
        assert [params.get(f"/ladmg/1/kill_{band}") for band in ("low", "mid", "high")] == [1, 1, 1]
        for ahead_s, bpm in ((0.3, 150.0), (60.0, 160.0)):
            bundle = OscBundleBuilder(time.time() + ahead_s)
            builder = OscMessageBuilder("/ladmg/bpm")
            builder.add_arg(bpm)
            bundle.add_content(builder.build())
            client.send(bundle.build().dgram)
        assert params.get("/ladmg/bpm") == 125.0
        page.until("/ladmg/bpm", 150.0)
        assert "at most 10 s ahead" in heard(client)[0][1][2]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", "malformed"),
        ("[" * 5000, "malformed"),
        ("[1]", "malformed"),
        ('{"COMMAND": "LISTEN"}', "malformed"),
        ('{"COMMAND": "SHOUT", "DATA": "/ladmg/bpm"}', "bad_value"),
        ('{"COMMAND": ["LISTEN"], "DATA": "/ladmg/bpm"}', "bad_value"),
        ('{"COMMAND": "LISTEN", "DATA": "/ladmg/nothing"}', "unknown_address"),
        ('{"COMMAND": "LISTEN", "DATA": ["/ladmg/bpm"]}', "unknown_address"),
        (b"", "malformed"),
        (b"/ladmg/bpm\0\0,f\0\0", "malformed"),
        (osc("/ladmg/bpm", "fast"), "bad_type"),
        (osc("/ladmg/bpm", float("nan")), "bad_value"),
        (osc("/ladmg/nothing", 1), "unknown_address"),
        (osc("/ladmg/[", 1), "malformed"),
        (osc("/ladmg/**********Z", 1), "unknown_address"),
    ],
)
def test_rubbish_from_an_oscquery_client_costs_nothing(
    server: WebServer, params: Params, message: str | bytes, code: str
) -> None:
    with opened(server, "/") as client:
        client.send(message)
        ((address, args),) = heard(client)
        assert (address, args[1]) == ("/ladmg/error", code)
        command(client, "LISTEN", "/ladmg/bpm")
        client.send(osc("/ladmg/bpm", 131.0))
        assert heard(client) == [("/ladmg/bpm", [131.0])]


def test_many_patterns_in_one_frame_are_refused(server: WebServer, params: Params) -> None:
    with opened(server, "/") as client:
        pattern = osc("/ladmg/*/kill_*", 1)
        frame = b"#bundle\0" + struct.pack(">Q", 1) + 17 * (struct.pack(">I", len(pattern)) + pattern)
        client.send(frame)
        assert heard(client)[0][1][1] == "too_many"
    assert params.snapshot() == Params().snapshot()


def test_other_programs_find_it_by_zeroconf() -> None:
    found: dict[str, Any] = {}
    came = threading.Event()

    class Listener(ServiceListener):
        def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            info = zc.get_service_info(type_, name)
            if info is not None and info.port == 54321:
                found[name] = info.parsed_addresses()
                came.set()

        def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            pass

        def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            found.pop(name, None)

    def ended() -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while found and time.monotonic() < deadline:
            time.sleep(0.05)
        return not found

    async def announce() -> None:
        task = asyncio.create_task(oscquery.announce("127.0.0.1", 54321))
        came_in_time = await asyncio.to_thread(came.wait, PATIENCE_S)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert came_in_time

    with Zeroconf(interfaces=["127.0.0.1"]) as network:
        browser = ServiceBrowser(network, oscquery.SERVICE, Listener())
        asyncio.run(announce())
        assert ended()
        browser.cancel()


# Start and end


def test_a_port_that_is_taken_or_an_address_that_is_not_ours_is_said_so(server: WebServer) -> None:
    with pytest.raises(
        WebStartError, match=rf"page's port {server.port} on 127.0.0.1 is in use.*--page-port"
    ):
        WebServer(Params(), port=server.port).start()
    with pytest.raises(WebStartError, match=r"--page-port must be in 0..65535, got 70000"):
        WebServer(Params(), port=70_000).start()
    with pytest.raises(WebStartError, match=r"--bind must be an address of this machine, got '192.0.2.1'"):
        WebServer(Params(), "192.0.2.1", 0).start()


def test_it_ends_with_clients_connected_and_the_port_is_free_again(params: Params) -> None:
    server = WebServer(params, port=0)
    server.start()
    port = server.port
    with opened(server) as client:
        Page(client)
        server.stop()
        until_closed(client)
    again = WebServer(params, port=port)
    again.start()
    again.stop()
    server.send("/ladmg/beat", 1)  # late news do no harm


def test_beyond_loopback_it_is_said_loudly(params: Params, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        server = WebServer(params, "0.0.0.0", 0)
        server.start()
        status = get(server, "/?HOST_INFO")[0]
        server.stop()
    assert status == 200
    assert "this network can play along" in caplog.text


def test_only_who_is_allowed_gets_the_page(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    server = WebServer(params, port=0, allow=(ipaddress.ip_network("198.51.100.0/24"),))
    server.start()
    assert get(server, "/?HOST_INFO")[0] == 200  # this machine itself
    monkeypatch.setattr(web, "is_loopback", lambda peer: False)
    assert get(server, "/?HOST_INFO")[0] == 403
    with pytest.raises(InvalidStatus), opened(server):
        pass
    monkeypatch.setattr(web, "is_in", lambda host, networks: host == "127.0.0.1")
    assert get(server, "/?HOST_INFO")[0] == 200
    server.stop()


def test_the_page_is_there_by_ipv6(params: Params) -> None:
    server = WebServer(params, "::1", 0)
    try:
        server.start()
    except (WebStartError, OSError) as error:
        pytest.skip(f"no IPv6 here: {error}")
    assert server.url == f"http://[::1]:{server.port}"
    with urllib.request.urlopen(f"{server.url}/?HOST_INFO", timeout=20) as answer:
        assert answer.status == 200
    server.stop()
