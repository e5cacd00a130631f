"""The monitor's server side: what a listener gets is what left for the card, by a client that we did not write."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from instrument.memory import OutputRing
from instrument.params import Params
from instrument.web.monitor import FRAMES_PER_S, HEADER, LISTENER_LIMIT, WINDOW, Listener, ListenError
from instrument.web.server import WebServer

RATE = 48_000
SIZE = RATE // FRAMES_PER_S
PATIENCE_S = 30.0
QUIET_S = 0.3


class Card:
    """What plays into the ring, and remembers it."""

    def __init__(self, ring: OutputRing) -> None:
        self.ring = ring
        self._rng = np.random.default_rng(1)
        self._noise = self._rng.uniform(-1.1, 1.1, (40 * RATE, 2)).astype(np.float32)
        self._at = 0

    def play(self, n_samples: int) -> None:
        """Noise, some of it louder than full scale, in blocks of any size."""
        while n_samples > 0:
            size = min(int(self._rng.integers(1, 2048)), n_samples)
            self.ring.write(self._at, self._noise[self._at : self._at + size])
            self._at += size
            n_samples -= size

    def heard(self, first: int, count: int) -> npt.NDArray[np.float64]:
        """In steps of 16 bits, not yet rounded."""
        return np.clip(self._noise[first : first + count].astype(np.float64), -1, 1) * 32767


@pytest.fixture
def card() -> Iterator[Card]:
    ring = OutputRing.create(RATE)
    yield Card(ring)
    ring.close()
    ring.unlink()


@pytest.fixture
def server(card: Card) -> Iterator[WebServer]:
    served = WebServer(Params(), port=0, ring=lambda: card.ring)
    served.start()
    yield served
    served.stop()


@contextlib.contextmanager
def listening(server: WebServer, **options: str) -> Iterator[ClientConnection]:
    uri = f"ws://127.0.0.1:{server.port}/monitor"
    with connect(uri, compression=None, **options) as client:  # type: ignore[arg-type]
        yield client


def take(client: ClientConnection, card: Card, timeout_s: float = PATIENCE_S) -> int:
    """The next frame, which is what the card played: the index of its first sample."""
    frame = client.recv(timeout_s)
    assert isinstance(frame, bytes)
    first, rate = HEADER.unpack_from(frame)
    samples = np.frombuffer(frame, "<i2", offset=HEADER.size).reshape(-1, 2)
    assert (rate, len(samples)) == (RATE, SIZE)
    np.testing.assert_allclose(samples, card.heard(first, SIZE), rtol=0, atol=0.51)  # the nearest of 16 bits
    return int(first)


def reason_of(client: ClientConnection) -> tuple[int, str]:
    with contextlib.suppress(ConnectionClosed):
        while True:
            client.recv(PATIENCE_S)
    assert client.close_code is not None
    assert client.close_reason is not None
    return client.close_code, client.close_reason


def until(is_it: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_it():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_listener_gets_every_sample_that_left_for_the_card(server: WebServer, card: Card) -> None:
    card.play(10 * SIZE)
    with listening(server) as client:
        at = take(client, card)
        assert 0 < 10 * SIZE - at < 4096  # the newest, less the block that readers are not told of yet
        n_taken = 1
        for _ in range(60):
            card.play(4 * SIZE)
            while at + 2 * SIZE <= card.ring.end:
                assert take(client, card) == at + SIZE
                at += SIZE
                n_taken += 1
            client.send(str(n_taken))
        with pytest.raises(TimeoutError):  # while nothing plays there is nothing to send
            client.recv(QUIET_S)


def test_a_listener_goes_on_when_the_card_has_another_rate(server: WebServer, card: Card) -> None:
    card.play(10 * SIZE)
    with listening(server) as client:
        take(client, card)
        card.ring.begin(44_100)
        card.play(10 * SIZE)
        frame = client.recv(PATIENCE_S)
        while HEADER.unpack_from(frame)[1] == RATE:  # one may have been on its way
            frame = client.recv(PATIENCE_S)
        first, rate = HEADER.unpack_from(frame)
        samples = np.frombuffer(frame, "<i2", offset=HEADER.size).reshape(-1, 2)
        assert (rate, len(samples)) == (44_100, 44_100 // FRAMES_PER_S)
        np.testing.assert_allclose(samples, card.heard(first, len(samples)), rtol=0, atol=0.51)


def test_who_is_slow_loses_frames_and_is_told_so_by_the_index(server: WebServer, card: Card) -> None:
    """However much plays meanwhile, no more is on its way than half a second: not in the server, not in the network."""
    with listening(server) as client:
        card.play(SIZE + 4096)
        at = take(client, card)
        for _ in range(100):
            card.play(SIZE)
            time.sleep(0.001)
        for _ in range(WINDOW - 1):
            later = take(client, card)
            assert later >= at + SIZE
            at = later
        card.play(20 * RATE)  # twice what the ring holds
        with pytest.raises(TimeoutError):
            client.recv(QUIET_S)
        client.send(str(WINDOW))
        newest = take(client, card)
        assert newest > at + SIZE
        assert newest + SIZE == card.ring.end
        card.play(10 * SIZE)
        for step in range(1, 8):
            assert take(client, card) == newest + step * SIZE


def test_a_console_that_was_held_up_goes_on_with_the_newest(card: Card) -> None:
    listener = Listener(card.ring)
    card.play(30 * RATE)
    frames = list(listener.frames())
    assert [HEADER.unpack_from(frame)[0] + SIZE for frame in frames] == [card.ring.end]
    assert list(listener.frames()) == []


def test_one_listener_too_many_is_sent_away_and_a_place_is_free_again(server: WebServer, card: Card) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(listening(server)) for _ in range(LISTENER_LIMIT)]
        card.play(SIZE + 4096)
        for client in clients:
            take(client, card)
        with listening(server) as another:
            assert reason_of(another) == (1013, "4 listen already")
        clients[0].close()

        def is_let_in() -> bool:
            card.play(4096)
            with listening(server) as another, contextlib.suppress(ConnectionClosed):
                take(another, card)
                return True
            return False

        until(is_let_in)


def test_the_ring_is_read_only_while_somebody_listens(
    server: WebServer, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    read = card.ring.read

    def counted(sample: int, limit: int) -> tuple[int, npt.NDArray[np.float32]]:
        reads.append(sample)
        return read(sample, limit)

    monkeypatch.setattr(card.ring, "read", counted)
    card.play(RATE)
    time.sleep(QUIET_S)
    assert reads == []
    with listening(server) as client:
        take(client, card)

    def is_over() -> bool:
        before = len(reads)
        card.play(8 * SIZE)
        time.sleep(0.1)
        return len(reads) == before

    until(is_over)


def test_where_nothing_plays_it_says_so() -> None:
    server = WebServer(Params(), port=0)
    server.start()
    try:
        with listening(server) as client:
            assert reason_of(client) == (1013, "nothing plays here")
    finally:
        server.stop()


@pytest.mark.parametrize("rubbish", ["", "x", "-1", "1.0", "26", "٣", "9" * 5000, b"\0", b""])
def test_rubbish_ends_that_listener_and_no_other(server: WebServer, card: Card, rubbish: str | bytes) -> None:
    with listening(server) as other, listening(server) as client:
        card.play(SIZE + 4096)
        take(other, card)
        client.send(rubbish)
        code, reason = reason_of(client)
        assert code == 1008
        assert reason.startswith("tell the number of frames taken, 0..")
        card.play(2 * SIZE)
        take(other, card)


def test_a_number_of_frames_never_goes_back(card: Card) -> None:
    listener = Listener(card.ring)
    card.play(8 * SIZE + 4096)
    assert len(list(listener.frames())) >= 8
    listener.take("8")
    with pytest.raises(ListenError, match=r"tell the number of frames taken, 8\.\."):
        listener.take("7")


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:{port}", "null"])
def test_another_sites_page_hears_nothing(server: WebServer, card: Card, origin: str) -> None:
    card.play(RATE)
    with pytest.raises(InvalidStatus, match="403"), listening(server, origin=origin.format(port=server.port)):
        pass


def test_the_page_itself_hears_it(server: WebServer, card: Card) -> None:
    card.play(RATE)
    with listening(server, origin=f"http://127.0.0.1:{server.port}") as client:
        take(client, card)


def test_the_server_ends_with_listeners_connected(card: Card) -> None:
    server = WebServer(Params(), port=0, ring=lambda: card.ring)
    server.start()
    card.play(RATE)
    with listening(server) as client:
        take(client, card)
        server.stop()
        assert reason_of(client)[0] == 1012  # the service restarts
