"""What the instrument tells by itself: beat, next, loop, fan and levels to OSC and pages, its state to the terminal."""

from __future__ import annotations

import math
import time

from instrument.chooser import View
from instrument.engine import Engine
from instrument.memory import LoopBank, MeterReading
from instrument.osc.server import OscServer
from instrument.params import DECKS, ROOT, Params, Value
from instrument.status import Status, Terminal
from instrument.transport import SWAPS
from instrument.waveform import outline
from instrument.web.server import WebServer

METERS_S = 0.05  # between two readings that subscribers are told
SWAP_BEATS = {"beat": 1, "bar": 4, "4bars": 16, "8bars": 32, "16bars": 64}


class Announcer:
    """Tells each thing when it changes, and only then. `report` and `broadcast` are for any thread, `tell` for one."""

    def __init__(self, params: Params, osc: OscServer, web: WebServer, terminal: Terminal) -> None:
        self._params = params
        self._osc = osc
        self._web = web
        self._terminal = terminal
        self._beat: int | None = None
        self._nexts: dict[int, tuple[str, int | None, int | None]] = {}
        self._loops: dict[int, int] = {}
        self._fans: dict[int, tuple[tuple[float, float], ...]] = {}
        self._levels: dict[int, tuple[float, ...]] = {}
        self._levels_told_at = 0.0
        self._shelf: tuple[int, ...] = ()

    @property
    def state(self) -> str:
        """Of deck 1's next loop, as it was told."""
        return self._nexts[DECKS[0]][0] if DECKS[0] in self._nexts else "none"

    def report(self, address: str, code: str, text: str) -> None:
        """Something went wrong, and what follows from it; to everybody."""
        self._terminal.say(text)
        self._osc.error(address, code, text)
        self._web.error(address, code, text)

    def broadcast(self, address: str, *args: Value) -> None:
        self._osc.send(address, *args)
        self._web.send(address, *args)

    def tell(self, engine: Engine, bank: LoopBank, reading: MeterReading | None, loading: str) -> list[int]:
        """What has changed since the last time; the decks on which another loop sounds.

        loading: what the instrument still waits for, "" for nothing.
        """
        now = time.monotonic()
        beat = self._tell_beat(reading)
        if now >= self._levels_told_at + METERS_S:
            self._levels_told_at = now
            self._tell_levels(reading)
        views = {deck: engine.view(deck, now) for deck in DECKS}
        etas = {deck: self._eta_beats(view, reading) for deck, view in views.items()}
        changed = []
        for deck, view in views.items():
            self._tell_next(deck, view, etas[deck], beat)
            if self._tell_loop(deck, view):
                self._draw(deck, engine, bank)
                changed.append(deck)
            self._tell_fan(deck, view)
        if tuple(engine.shelf) != self._shelf:
            self._shelf = tuple(engine.shelf)
            self._web.send(f"{ROOT}/shelf", *self._shelf)
        heard = DECKS[0] if engine.crossfade <= 0.5 else DECKS[1]
        self._terminal.show(
            Status(
                view=views[heard],
                meters=reading,
                bpm=float(self._params.get(f"{ROOT}/bpm")),
                is_playing=bool(self._params.get(f"{ROOT}/playing")),
                eta_beats=etas[heard],
                loading=loading,
            )
        )
        return changed

    def _tell_beat(self, reading: MeterReading | None) -> int | None:
        """The beat, from 0; None where time stands still."""
        if reading is None or not reading.is_running:
            return None
        beat = math.floor(reading.beat_at(time.monotonic_ns()))
        # The card's clock may put a moment back by a hair; a beat is told once.
        if beat != self._beat and beat + 1 != self._beat:
            self._beat = beat
            self.broadcast(f"{ROOT}/beat", beat // 4 + 1, beat % 4 + 1, reading.bpm)
        return beat

    def _tell_levels(self, reading: MeterReading | None) -> None:
        """How loud each deck is, while it sounds and once after that; where it moved by what an eye can see."""
        if reading is None:
            return
        levels = {1: (reading.peak_1, reading.rms_1), 2: (reading.peak_2, reading.rms_2)}
        for deck, exact in levels.items():
            told = tuple(round(level, 3) for level in exact)
            if told != self._levels.get(deck, (0.0, 0.0)):
                self._levels[deck] = told
                self.broadcast(f"{ROOT}/{deck}/meter", *told)

    def _eta_beats(self, view: View, reading: MeterReading | None) -> float:
        """Beats until the cued loop enters; -1 where nothing is cued."""
        if view.state != "cued" or reading is None:
            return -1.0
        swap = SWAPS[int(self._params.get(f"{ROOT}/swap"))]
        n_beats = SWAP_BEATS.get(swap, 0)
        if swap == "loop" and view.sounding is not None:
            n_beats = 4 * view.sounding.n_bars
        if not n_beats or not reading.is_running:
            return 0.0
        return n_beats - reading.beat_at(time.monotonic_ns()) % n_beats

    def _tell_next(self, deck: int, view: View, eta_beats: float, beat: int | None) -> None:
        told = (view.state, None if view.next is None else view.next.id, beat if eta_beats > 0 else None)
        if told != self._nexts.get(deck):
            self._nexts[deck] = told
            self.broadcast(f"{ROOT}/{deck}/next", view.state, float(eta_beats))

    def _tell_loop(self, deck: int, view: View) -> bool:
        """Whether it is another one."""
        sounding = view.sounding
        if sounding is None or sounding.id == self._loops.get(deck):
            return False
        self._loops[deck] = sounding.id
        self.broadcast(f"{ROOT}/{deck}/loop", sounding.name, sounding.to_json())
        return True

    def _draw(self, deck: int, engine: Engine, bank: LoopBank) -> None:
        """The outline of the loop that sounds, which nobody writes to meanwhile, to the pages."""
        heard = engine.loop_of(deck)
        if heard is not None:
            slot, made = heard
            audio = bank.samples(slot)[: bank.header(slot).n_samples]
            self._web.send(f"{ROOT}/{deck}/waveform", made.name, outline(audio))

    def _tell_fan(self, deck: int, view: View) -> None:
        if view.places != self._fans.get(deck, ()):
            self._fans[deck] = view.places
            coordinates = (coordinate for place in view.places for coordinate in place)
            self.broadcast(f"{ROOT}/{deck}/fan", *coordinates)
