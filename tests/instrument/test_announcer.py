"""Each thing is told when it changes, and only then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, cast

import pytest

from instrument.announcer import METERS_S, SWAP_BEATS, Announcer
from instrument.memory import LoopBank, MeterReading, SlotHeader
from instrument.osc.server import OscServer
from instrument.params import DECKS, Params
from instrument.status import Status, Terminal
from instrument.transport import SWAPS
from instrument.web.server import WebServer
from tests.instrument.test_engine import Desks

N_UNITS = 128  # fans of more than one point
STILL = MeterReading()


class Listener:
    """All that was sent to one kind of listener."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.shown: list[Status] = []

    def send(self, address: str, *args: Any) -> None:
        self.told.append((address, *args))

    def error(self, address: str, code: str, text: str) -> None:
        self.told.append(("error", address, code, text))

    def say(self, text: str) -> None:
        self.told.append((text,))

    def show(self, status: Status) -> None:
        self.shown.append(status)

    @property
    def news(self) -> list[str]:
        """The addresses since the last time."""
        told, self.told = self.told, []
        return [message[0] for message in told]


class Hall:
    """Two decks that play, and everybody who listens."""

    def __init__(self, bank: LoopBank) -> None:
        self.desks = Desks(N_UNITS)
        self.desks.play()
        self.bank = bank
        for slot in self.desks.engine.slots:
            bank.write_header(slot, SlotHeader(48_000, 2048, 12_500, 1))
        self.params = Params()
        self.osc, self.web, self.terminal = Listener(), Listener(), Listener()
        self.announcer = Announcer(
            self.params,
            cast(OscServer, self.osc),
            cast(WebServer, self.web),
            cast(Terminal, self.terminal),
        )

    def tell(self, reading: MeterReading | None = STILL) -> list[int]:
        return self.announcer.tell(self.desks.engine, self.bank, reading, "")


@pytest.fixture
def hall() -> Iterator[Hall]:
    bank = LoopBank.create(N_UNITS)
    yield Hall(bank)
    bank.close()
    bank.unlink()


def test_what_stays_as_it_is_is_told_once(hall: Hall) -> None:
    assert hall.tell() == list(DECKS)
    everything = {f"/ladmg/{deck}/{name}" for deck in DECKS for name in ("next", "loop", "fan")}
    assert set(hall.osc.news) == everything
    assert set(hall.web.news) == everything | {f"/ladmg/{deck}/waveform" for deck in DECKS}
    for _ in range(3):
        assert hall.tell() == []
    assert hall.osc.news == hall.web.news == []
    assert len(hall.terminal.shown) == 4  # it decides itself what is new


def test_another_point_of_one_deck_is_a_loop_of_that_deck(hall: Hall) -> None:
    hall.tell()
    assert hall.osc.news
    assert hall.web.news
    hall.desks.change(2, morph=1.0)
    assert hall.tell() == [2]
    assert hall.osc.news == ["/ladmg/2/loop"]
    assert hall.web.news == ["/ladmg/2/loop", "/ladmg/2/waveform"]


def test_a_beat_is_told_once_though_the_cards_clock_goes_back_by_a_hair(hall: Hall) -> None:
    hall.tell()
    hall.osc.told.clear()
    now = time.monotonic_ns()
    for beat in (8.01, 8.02, 7.999, 8.3):
        hall.tell(MeterReading(is_running=True, monotonic_ns=now, beat=beat))
    assert [message for message in hall.osc.told if message[0] == "/ladmg/beat"] == [
        ("/ladmg/beat", 3, 1, 125.0)
    ]
    hall.tell(MeterReading(is_running=True, monotonic_ns=now, beat=9.01))
    assert hall.osc.told[-1] == ("/ladmg/beat", 3, 2, 125.0)


def test_levels_are_told_while_they_move_and_once_when_they_end(hall: Hall) -> None:
    hall.tell()
    hall.osc.told.clear()
    for level in (0.5, 0.5, 0.50001, 0.0, 0.0):
        time.sleep(1.1 * METERS_S)
        hall.tell(MeterReading(peak_1=level, rms_1=level / 2))
    assert hall.osc.told == [("/ladmg/1/meter", 0.5, 0.25), ("/ladmg/1/meter", 0.0, 0.0)]


def test_a_fault_is_told_to_everybody(hall: Hall) -> None:
    hall.announcer.report("/ladmg", "device-lost", "'default' is gone")
    assert hall.osc.told == hall.web.told == [("error", "/ladmg", "device-lost", "'default' is gone")]
    assert hall.terminal.told == [("'default' is gone",)]


def test_every_boundary_but_now_and_loop_has_its_beats() -> None:
    assert set(SWAP_BEATS) == set(SWAPS) - {"now", "loop"}
