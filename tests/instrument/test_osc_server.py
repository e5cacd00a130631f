"""The OSC server with real packets, from programs that we did not write too."""

import ipaddress
import itertools
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from instrument.osc import server as osc_server
from instrument.osc.datagram import encode
from instrument.osc.server import OscServer, OscStartError
from instrument.params import DECKS, Params
from tests.fuzz_osc import assert_valid, cases
from tests.rig_osc import Client, eventually, is_taken


@pytest.fixture
def server() -> Iterator[tuple[OscServer, Params]]:
    params = Params()
    running = OscServer(params, port=0, status=lambda: {"beat": 1.5})
    running.start()
    yield running, params
    running.stop()


def test_oscsend_is_understood_and_answered(server: tuple[OscServer, Params]) -> None:
    running, params = server
    if shutil.which("oscsend") is None:
        pytest.skip("oscsend (liblo-tools) is not installed")
    client = Client(running.port)
    client.send("/ladmg/subscribe")
    client.send("/ladmg/sync", 1)
    assert len(client.until("/ladmg/synced")) == len(params.snapshot()) + 1

    def oscsend(*words: str) -> None:
        subprocess.run(["oscsend", "127.0.0.1", str(running.port), *words], check=True)

    oscsend("/ladmg/bpm", "f", "132")
    assert client.receive() == ("/ladmg/bpm", 132.0)
    oscsend("/ladmg/bpm", "d", "133.33")
    assert client.receive()[1] == pytest.approx(133.33)
    oscsend("/ladmg/n_bars", "i", "8")
    assert client.receive() == ("/ladmg/n_bars", 8)
    oscsend("/ladmg/playing", "F")
    assert client.receive() == ("/ladmg/playing", 0)
    oscsend("/ladmg/*/prompt", "ssf", "dub", "techno", "90")
    assert [client.receive() for _ in DECKS] == [(f"/ladmg/{deck}/prompt", "dub techno 90") for deck in DECKS]
    oscsend("/ladmg/swap", "s", "4bars")
    assert client.receive() == ("/ladmg/swap", 4)
    rolls: list[str] = []
    params.subscribe(lambda change: rolls.append(change.address))
    oscsend("/ladmg/1/roll", "I")
    eventually(lambda: rolls == ["/ladmg/1/roll"])
    oscsend("/ladmg/bpm", "s", "fast")
    assert client.receive()[:3] == ("/ladmg/error", "/ladmg/bpm", "bad_type")


def test_oscdump_hears_what_changes_on_the_port_that_it_named(server: tuple[OscServer, Params]) -> None:
    running, params = server
    if shutil.which("oscdump") is None:
        pytest.skip("oscdump (liblo-tools) is not installed")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listener = subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True)
    assert listener.stdout is not None
    try:
        eventually(lambda: is_taken(port))
        subscribe = ["oscsend", "127.0.0.1", str(running.port), "/ladmg/subscribe", "i", str(port)]
        subprocess.run(subscribe, check=True)
        heard = [listener.stdout.readline().split(maxsplit=1)[1] for _ in params.snapshot()]
        assert "/ladmg/bpm f 125.000000\n" in heard
        assert "/ladmg/swap i 2\n" in heard
        assert '/ladmg/1/prompt s ""\n' in heard
        params.set("/ladmg/1/prompt", "dub techno", "midi")
        assert listener.stdout.readline().endswith('/ladmg/1/prompt s "dub techno"\n')
    finally:
        listener.kill()
        listener.communicate()


PATCH = """#N canvas 0 0 450 300 12;
#X obj 10 10 loadbang;
#X obj 10 40 t b b b b;
#X msg 200 80 connect 127.0.0.1 {port};
#X msg 10 80 list dark dub techno 90 bpm;
#X msg 100 80 131.5;
#X obj 10 120 oscformat /ladmg/1/prompt;
#X obj 100 150 oscformat /ladmg/bpm;
#X obj 10 190 list prepend send;
#X obj 10 220 list trim;
#X obj 10 250 netsend -u -b;
#X obj 300 80 delay 500;
#X msg 300 120 \\; pd quit;
#X connect 0 0 1 0;
#X connect 1 3 2 0;
#X connect 1 2 3 0;
#X connect 1 1 4 0;
#X connect 1 0 10 0;
#X connect 2 0 9 0;
#X connect 3 0 5 0;
#X connect 4 0 6 0;
#X connect 5 0 7 0;
#X connect 6 0 7 0;
#X connect 7 0 8 0;
#X connect 8 0 9 0;
#X connect 10 0 11 0;
"""


def test_pure_data_sends_a_prompt_as_a_list_of_words(
    server: tuple[OscServer, Params], tmp_path: Path
) -> None:
    running, params = server
    if shutil.which("pd") is None:
        pytest.skip("Pure Data (puredata-core) is not installed")
    patch = tmp_path / "prompt.pd"
    patch.write_text(PATCH.format(port=running.port))
    command = ["pd", "-nogui", "-noaudio", "-nomidi", "-noprefs", str(patch)]
    subprocess.run(command, check=False, timeout=30, capture_output=True)
    eventually(lambda: params.get("/ladmg/bpm") == 131.5)
    assert params.get("/ladmg/1/prompt") == "dark dub techno 90 bpm"
    assert running.counters["refused"] == 0


SCLANG = """
(
var here = NetAddr("127.0.0.1", {port});
OSCFunc({{ |message| ("heard" + message).postln }}, "/ladmg/swap");
OSCFunc({{ |message| ("heard" + message).postln; 0.exit }}, "/ladmg/synced");
here.sendMsg("/ladmg/subscribe");
here.sendMsg("/ladmg/bpm", 132.5);
here.sendMsg("/ladmg/n_bars", 8);
here.sendMsg("/ladmg/1/mute", true);
here.sendMsg("/ladmg/1/hold", nil);
here.sendMsg("/ladmg/*/prompt", \\dub, "techno, deep");
here.sendBundle(nil, ["/ladmg/swap", "4bars"], ["/ladmg/key", "a minor"]);
here.sendBundle(0.2, ["/ladmg/1/morph", 0.5]);
here.sendBundle(1.0, ["/ladmg/gain_db", -6], ["/ladmg/1/level_db", -12]);
here.sendBundle(60, ["/ladmg/bpm", 180]);
here.sendRaw([35, 98].as(Int8Array));
AppClock.sched(2, {{ here.sendMsg("/ladmg/sync", 7) }});
AppClock.sched(20, {{ 0.exit }});
)
"""


def test_supercollider_is_understood_with_its_bundles_in_time_and_answered(
    server: tuple[OscServer, Params], tmp_path: Path
) -> None:
    running, params = server
    if shutil.which("sclang") is None:
        pytest.skip("sclang (supercollider-language) is not installed")
    times: dict[str, float] = {}
    params.subscribe(lambda change: times.setdefault(change.address, time.monotonic()))
    script = tmp_path / "play.scd"
    script.write_text(SCLANG.format(port=running.port))
    env = {"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1", "HOME": str(tmp_path)}
    said = subprocess.run(
        ["sclang", "-u", "0", str(script)],
        env=os.environ | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    ).stdout
    values = params.snapshot()
    assert values["/ladmg/bpm"] == 132.5
    assert values["/ladmg/n_bars"] == 8
    assert values["/ladmg/1/mute"] == 1
    assert values["/ladmg/1/hold"] == 0
    assert {values[f"/ladmg/{deck}/prompt"] for deck in DECKS} == {"dub techno, deep"}
    assert (values["/ladmg/swap"], values["/ladmg/key"]) == (4, 10)
    assert values["/ladmg/1/morph"] == 0.5
    assert (values["/ladmg/gain_db"], values["/ladmg/1/level_db"]) == (-6.0, -12.0)
    # What sclang sends ahead acts when it is meant to, not when it comes.
    assert times["/ladmg/gain_db"] - times["/ladmg/swap"] == pytest.approx(1.0, abs=0.15)
    assert "heard [ /ladmg/swap, 4 ]" in said
    assert "heard [ /ladmg/synced, 7 ]" in said
    assert running.counters["refused"] == 2  # a minute ahead, and what is no OSC
    assert running.counters["malformed"] == 1


def test_rubbish_by_socket_leaves_the_server_answering(server: tuple[OscServer, Params]) -> None:
    running, params = server
    client, attacker = Client(running.port), Client(running.port)
    for number, case in enumerate(itertools.islice(cases(5, time.time), 3000)):
        attacker.socket.sendto(case.datagram, attacker.to)
        if number % 50 == 0:
            client.send("/ladmg/sync", number)
            client.until("/ladmg/synced")
    attacker.socket.sendto(bytes(60_000), attacker.to)
    client.send("/ladmg/ping")
    client.until("/ladmg/pong")
    assert running.counters["faults"] == 0
    assert running.counters["received"] >= 3000
    assert_valid(params.snapshot())


def test_subscribers_that_vanish_disturb_nobody(server: tuple[OscServer, Params]) -> None:
    """To a port that nobody listens on, the system answers: unreachable. On some it makes a later call fail."""
    running, params = server
    stays = Client(running.port)
    stays.send("/ladmg/subscribe")
    gone = [Client(running.port) for _ in range(7)]
    for client in gone:
        client.send("/ladmg/subscribe")
        client.send("/ladmg/sync", 1)
        client.until("/ladmg/synced")
    stays.send("/ladmg/sync", 1)
    stays.until("/ladmg/synced")
    ports = [client.port for client in gone]
    for client in gone:
        client.socket.close()
    for step in range(50):
        params.set("/ladmg/1/seed_a", 100 + step, "midi")
        while stays.receive() != ("/ladmg/1/seed_a", 100 + step):
            pass
    # One of them comes back to its port, in time or not, and hears all values.
    back = Client(running.port)
    back.send("/ladmg/subscribe")
    assert back.receive()[2] == "too_many"
    back.send("/ladmg/unsubscribe")
    again = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    again.bind(("127.0.0.1", ports[0]))
    again.settimeout(10)
    again.sendto(encode("/ladmg/subscribe", ()), stays.to)
    assert len([again.recv(65536) for _ in params.snapshot()]) == len(params.snapshot())
    again.close()
    assert running.counters["faults"] == 0


class Refusing(socket.socket):
    """A socket to which the system tells what it tells on Windows: that an earlier message found nobody."""

    refusals = 1000

    def recvfrom(self, *args: int) -> tuple[bytes, tuple[str, int]]:  # type: ignore[override]
        if Refusing.refusals:
            Refusing.refusals -= 1
            raise ConnectionResetError(10054, "An existing connection was forcibly closed by the remote host")
        return super().recvfrom(*args)

    def sendto(self, *args: object) -> int:  # type: ignore[override]
        raise ConnectionRefusedError(111, "Connection refused")


def test_a_system_that_tells_of_peers_that_are_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osc_server.socket, "socket", Refusing)
    params = Params()
    running = OscServer(params, port=0)
    running.start()
    monkeypatch.undo()
    client = Client(running.port)
    client.send("/ladmg/ping")
    client.send("/ladmg/bpm", 130)
    eventually(lambda: params.get("/ladmg/bpm") == 130.0)
    assert running.counters["unsent"] == 1001
    assert running.counters["faults"] == 0
    running.stop()


def test_a_fault_in_the_thread_is_told_once_and_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    running = OscServer(Params(), port=0, say=said.append)
    running.start()
    client = Client(running.port)
    monkeypatch.setattr(osc_server.OscSession, "receive_all", lambda *args: 1 / 0)
    for _ in range(3):
        client.send("/ladmg/ping")
        eventually(lambda: running.counters["faults"] > 0)
    monkeypatch.undo()
    client.send("/ladmg/ping")
    assert client.receive() == ("/ladmg/pong",)
    assert len(said) == 1
    assert "ZeroDivisionError" in said[0]
    running.stop()


def test_what_comes_too_fast_is_dropped_by_the_system_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells")
    monkeypatch.setattr(osc_server, "RECEIVE_BUFFER", 4096)
    goes_on = threading.Event()
    params = Params()
    params.subscribe(lambda change: bool(goes_on.wait(20)))
    running = OscServer(params, port=0)
    running.start()
    client = Client(running.port)
    for step in range(1000):
        client.send("/ladmg/1/seed_a", 100 + step)
    goes_on.set()
    client.send("/ladmg/ping")
    eventually(lambda: running.counters["dropped_rate"] > 0)
    client.send("/ladmg/status")
    (_, *pairs) = client.until("/ladmg/status")[-1]
    status = dict(zip(pairs[::2], pairs[1::2], strict=True))
    assert status["osc_dropped_rate"] + status["osc_received"] == pytest.approx(1002, abs=1)
    running.stop()


def test_changes_of_other_surfaces_news_and_errors_arrive(server: tuple[OscServer, Params]) -> None:
    running, params = server
    client = Client(running.port)
    client.send("/ladmg/subscribe")
    client.send("/ladmg/sync", 1)
    client.until("/ladmg/synced")
    for step in range(500):
        params.set("/ladmg/1/morph", (step + 1) / 500, "midi")
    got = [client.receive()]
    while got[-1] != ("/ladmg/1/morph", 1.0):
        got.append(client.receive())
    assert len(got) < 100
    running.send("/ladmg/beat", 3, 1, 125.0)
    assert client.receive() == ("/ladmg/beat", 3, 1, 125.0)
    running.error("/ladmg/1/prompt", "render_failed", "out of memory")
    assert client.receive() == ("/ladmg/error", "/ladmg/1/prompt", "render_failed", "out of memory")
    with pytest.raises(TypeError, match="numbers and strings"):
        running.send("/ladmg/beat", [1, 2])  # type: ignore[arg-type]


# On a network


def own_address() -> str:
    """This machine's on a network; skips where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing, only asks for the way
            address = str(probe.getsockname()[0])
        except OSError:
            address = "127.0.0.1"
    if address.startswith("127."):
        pytest.skip("this machine is in no network")
    return address


def test_a_peer_of_the_network_is_heard_confirmed_and_told_everything() -> None:
    address = own_address()
    said: list[str] = []
    params = Params()
    running = OscServer(
        params, bind="0.0.0.0", port=0, allow=(ipaddress.ip_network(address),), say=said.append
    )
    running.start()
    assert said == [
        f"OSC on 0.0.0.0:{running.port} is open to the network: whoever sends from {address}/32 plays along"
    ]
    client = Client(running.port, address)
    client.send("/ladmg/bpm", 133)
    client.send("/ladmg/status")  # far longer than what was sent: no answer yet
    client.send("/ladmg/subscribe")
    (_, token) = client.until("/ladmg/token")[0]
    client.send("/ladmg/confirm", float(token))  # as Pd sends a number
    assert len([client.receive() for _ in params.snapshot()]) == len(params.snapshot())
    client.send("/ladmg/status")
    client.until("/ladmg/status")
    params.set("/ladmg/1/morph", 0.5, "midi")
    client.until("/ladmg/1/morph")
    assert params.get("/ladmg/bpm") == 133.0
    near = Client(running.port)
    near.send("/ladmg/ping")
    assert near.receive() == ("/ladmg/pong",)
    running.stop()


def test_a_peer_that_is_not_allowed_is_not_heard_and_told_of() -> None:
    address = own_address()
    said: list[str] = []
    params = Params()
    running = OscServer(
        params, bind="0.0.0.0", port=0, allow=(ipaddress.ip_network("198.51.100.0/24"),), say=said.append
    )
    running.start()
    client = Client(running.port, address)
    for _ in range(3):
        client.send("/ladmg/bpm", 133)
    near = Client(running.port)
    eventually(lambda: running.counters["dropped_source"] == 3)
    near.send("/ladmg/ping")
    assert near.receive() == ("/ladmg/pong",)
    assert params.get("/ladmg/bpm") == 125.0
    running.stop()
    assert [line for line in said if address in line] == said[1:2]


def test_it_speaks_ipv6() -> None:
    params = Params()
    running = OscServer(params, bind="::1", port=0)
    try:
        running.start()
    except OscStartError as error:
        pytest.skip(str(error))
    assert running.place == f"[::1]:{running.port}"
    client = Client(running.port, "::1")
    client.send("/ladmg/subscribe")
    client.send("/ladmg/bpm", 133)
    client.send("/ladmg/sync", 1)
    assert len(client.until("/ladmg/synced")) == len(params.snapshot()) + 1
    other = Client(running.port, "::1")
    client.send("/ladmg/subscribe", other.port)
    other.until("/ladmg/bpm")
    assert params.get("/ladmg/bpm") == 133.0
    running.stop()


@pytest.mark.parametrize(
    ("bind", "allow", "text"),
    [
        (
            "0.0.0.0",
            "",
            "--bind 0.0.0.0 opens OSC to the network: say who may play along, as in --allow 192.168.1.0/24",
        ),
        ("::", "", "--bind :: opens OSC to the network: say who may play along, as in --allow fd00::/64"),
        ("127.0.0.1", "10.0.0.0/8", "--allow needs --bind with an address that others can send to"),
        ("0.0.0.0", "fd00::/64", "--allow fd00::/64 is IPv6 and never heard on --bind 0.0.0.0"),
        (
            "localhost",
            "",
            "--bind must be an address of this machine, such as 127.0.0.1 or ::1, got 'localhost'",
        ),
        ("192.0.2.1", "10.0.0.0/8", "--bind must be an address of this machine, got '192.0.2.1'"),
        ("::ffff:127.0.0.1", "::/0", "--bind must be an address of this machine"),
    ],
)
def test_an_open_door_needs_a_guest_list(bind: str, allow: str, text: str) -> None:
    networks = (ipaddress.ip_network(allow),) if allow else ()
    running = OscServer(Params(), bind=bind, port=0, allow=networks)
    with pytest.raises(OscStartError) as caught:
        running.start()
    assert text in str(caught.value)
    running.stop()


def test_a_port_in_use_is_named_with_the_option() -> None:
    first = OscServer(Params(), port=0)
    first.start()
    second = OscServer(Params(), port=first.port)
    with pytest.raises(OscStartError, match=rf"OSC port {first.port} on 127.0.0.1 is in use .* --osc-port"):
        second.start()
    second.stop()
    first.stop()
    with pytest.raises(OscStartError, match=r"--osc-port must be in 0..65535, got 70000"):
        OscServer(Params(), port=70000).start()
