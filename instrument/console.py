"""`ladmg play`: wires parameters, surfaces, engine, audio and generator together, and keeps them going.

One thread, the console's, owns the engine, the supervisor and the slots. The threads of OSC and MIDI set
parameters; what the callback reads goes into the parameter block right there, everything else into a queue.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from instrument import generator
from instrument.actions import (
    Abandon,
    Action,
    AddPoint,
    Assign,
    Cancel,
    Cue,
    DropPoint,
    Enter,
    Free,
    Render,
    Report,
    Stretch,
)
from instrument.announcer import Announcer
from instrument.audio import process as audio
from instrument.audio.process import AudioSettings
from instrument.clock import SOURCES, ClockError, ClockReading, ExternalClock
from instrument.engine import Engine
from instrument.generator import GeneratorSettings
from instrument.memory import (
    MIB,
    UNIT,
    ClockParams,
    DeckParams,
    LoopBank,
    MeterReading,
    Meters,
    OutputRing,
    ParameterBlock,
    PlaybackParams,
    SharedMemoryFull,
    SharedNames,
    SlotHeader,
    SlotState,
    n_low,
    n_units,
    remove_left_behind,
)
from instrument.midi.controllers import Midi
from instrument.osc.datagram import DEFAULT_PORT
from instrument.osc.server import OscServer, OscStartError
from instrument.osc.session import Network
from instrument.params import ADDRESSES, DECKS, ROOT, Change, Params, Value
from instrument.presets import PresetError, Presets, default_folder
from instrument.recipe import GENERATIVE, Recipe
from instrument.session import KeptLoop, Session, SessionError, SessionKeeper, load, session_folder
from instrument.shelf import ShelfFiles
from instrument.shows.conductor import Conductor, steps_of
from instrument.shows.recorder import NOT_RECORDING, Recorder, RecordSettings
from instrument.shows.show import Show, ShowLog
from instrument.slowness import Slowness
from instrument.status import Terminal
from instrument.supervisor import Child, Message, Supervisor
from instrument.tap import TapTempo
from instrument.terminal.process import ScreenProcess
from instrument.web.server import DEFAULT_PORT as DEFAULT_PAGE_PORT
from instrument.web.server import WebServer, WebStartError

NICENESS = 5
RATE = 48_000
LONGEST_LOOP = 8 * 240 * RATE // 60  # samples: 8 bars at 60 BPM
BANK_BYTES = 256 * MIB
LEAST_LOOPS = 4  # of the longest: one that sounds, one that fades out, one that comes, one that is written
AUDIO_START_LIMIT_S = 30.0
AUDIO_ATTEMPTS = 2  # to get sound out of a card at all, before the clock takes its place
TICK_S = 0.1
FOLLOWED_BPM = 0.15  # the clock's tempo is off by, before the parameter goes with it
RECORD_PATIENCE_S = 2.0  # for the audio process' last word on a recording, when the session ends
_NUMBERS: dict[str, Callable[[Any], Any]] = {"float": float, "int": int, "bool": bool}


def _numbers(kind: type[Any]) -> dict[str, Callable[[Any], Any]]:
    """The numbers among the fields of a dataclass, each with what makes its type."""
    return {item.name: _NUMBERS[str(item.type)] for item in fields(kind) if str(item.type) in _NUMBERS}


# What the callback reads, of all and of each deck.
PLAYBACK, DECK_PLAYBACK = _numbers(PlaybackParams), _numbers(DeckParams)
COUNTED = (
    "generator_losses",
    "audio_losses",
    "midi_losses",
    "device_losses",
    "failed_renders",
)  # since the start

Shared = TypeVar("Shared", LoopBank, ParameterBlock, Meters, OutputRing)


class PlayError(RuntimeError):
    """The instrument can't start, or can't go on; the text says why and what to do."""


@dataclass(frozen=True)
class PlaySettings:
    """midi: names of MIDI inputs, none for no MIDI. roll_seed: makes `roll` repeatable; None: it is not.
    allow: who may send OSC from elsewhere, needed where `bind` is no loopback address.

    presets, shelf, recordings: their folders, the user's own for None. record_format: "wav" or "flac". state: the
    folder where the session is kept, one for each OSC port; the user's own for None. resume: whether the session before
    comes back; None: where it ended by a crash. has_screen: with the full-screen view, which ends it when left.
    """

    audio: AudioSettings = field(default_factory=AudioSettings)
    generator: GeneratorSettings = field(default_factory=GeneratorSettings)
    bind: str = "127.0.0.1"
    osc_port: int = DEFAULT_PORT
    page_port: int = DEFAULT_PAGE_PORT
    allow: Sequence[Network] = ()
    midi: tuple[str, ...] = ()
    roll_seed: int | None = None
    presets: Path | None = None
    shelf: Path | None = None
    recordings: Path | None = None
    record_format: str = "wav"
    state: Path | None = None
    resume: bool | None = None
    has_screen: bool = False


def play(settings: PlaySettings, show: Show | None = None) -> None:
    """Play until Ctrl-C or SIGTERM. Raises PlayError if it can't start; nothing is left behind in any case.

    show: whose changes are made again, which ends it too; ShowError if they can't be. Raises ScreenError where the
    full-screen view was asked for and the terminal is none for it.
    """
    if show is not None:
        steps_of(show)  # found out before anything starts
    with contextlib.ExitStack() as stack:
        screen = stack.enter_context(ScreenProcess()) if settings.has_screen else None
        terminal = Terminal()
        stack.callback(terminal.end)
        console = Console(settings, terminal)
        stack.enter_context(_signals_to(console.end))
        stack.callback(console.close)
        console.open()
        if show is not None:
            console.follow(show)
        if screen is not None:
            screen.start(console.web.own_url, console.end)
        console.run()


class Console:
    """The state of one session. `open`, `run` and `close` are for one thread; `end` for any, signals too."""

    def __init__(self, settings: PlaySettings, terminal: Terminal) -> None:
        self.settings = settings
        self.terminal = terminal
        self.params = Params()
        self.midi = Midi(self.params, settings.midi, self._midi_reports, self._midi_has_learnt)
        self._clock = ExternalClock(self._clock_says)
        self._clock_params = ClockParams()
        self.midi.on_clock = self._clock.midi
        self.osc = OscServer(
            self.params,
            settings.bind,
            settings.osc_port,
            settings.allow,
            status=self.status,
            commands=self.midi.commands | {f"{ROOT}/clock": self._clock.osc},
            say=terminal.say,
        )
        self.web = WebServer(
            self.params,
            settings.bind,
            settings.page_port,
            status=lambda: self._status(self._web_meters),
            meters=lambda: self._web_meters.read() if self._has_streamed else None,
            ring=lambda: self.ring,
            osc_port=lambda: self.osc.port,
            commands=self.midi.commands,
            allow=settings.allow,
        )
        self.announcer = Announcer(self.params, self.osc, self.web, terminal)
        self._stack = contextlib.ExitStack()
        self._is_ending = False
        self._failure: str | None = None
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self._lock = threading.Lock()
        self._changes: dict[tuple[str, Value], Change] = {}
        self._block_lock = threading.Lock()
        self._device = ""
        self._generator_text = "starting"
        self._render_ms = 0
        self._has_loaded = False
        self._has_streamed = False
        self._pids = (0, 0)
        self._taps = TapTempo()
        self._presets = Presets(settings.presets or default_folder("presets"))
        self._shelf = ShelfFiles(settings.shelf or default_folder("shelf"), self._report_shelf)
        self._render_began = 0.0
        self._keeper: SessionKeeper | None = None
        self._counts = dict.fromkeys(COUNTED, 0)
        self._slowness = Slowness()
        self._load_failure = ""
        self._is_restored = False
        self._has_ended = False  # in order

    # Start and end

    def open(self) -> None:
        """Bring everything up, the surfaces first. Raises PlayError."""
        settings, stack = self.settings, self._stack
        self.supervisor = Supervisor()
        with contextlib.suppress(AttributeError, OSError):
            os.nice(NICENESS)
        try:
            self.osc.start()
        except OscStartError as error:
            raise PlayError(str(error)) from None
        stack.callback(self.osc.stop)
        stack.callback(self._shelf.close)
        self.terminal.say(f"OSC on {self.osc.place}; Ctrl-C ends")
        if n_pieces := remove_left_behind():
            self.terminal.say(f"removed {n_pieces} pieces of shared memory that a killed session had left")
        try:
            self.bank = _share(stack, LoopBank.create(bank_units()))
            self.block = _share(stack, ParameterBlock.create())
            meters = _share(stack, Meters.create())
            self.ring = _share(stack, OutputRing.create(settings.audio.rate))
        except SharedMemoryFull as error:
            raise PlayError(str(error)) from None
        # One reader object for each thread that reads.
        self._meters = Meters.attach(meters.name)
        stack.callback(self._meters.close)
        self._status_meters = Meters.attach(meters.name)
        stack.callback(self._status_meters.close)
        self._meters_name = meters.name
        self._web_meters = Meters.attach(meters.name)
        stack.callback(self._web_meters.close)
        try:
            self.web.start()
        except WebStartError as error:
            raise PlayError(str(error)) from None
        stack.callback(self.web.stop)
        self.web.send(f"{ROOT}/presets", *self._presets.names)
        self.terminal.say(f"the page is at {self.web.url}")
        session = self._session_before()
        for address, value in session.values.items():
            self.params.set(address, value, "session")
        self._write_block()
        values = {
            deck: {
                name: self.params.get(_address(name, deck))
                for name in (*GENERATIVE, "auto", "hold", "stretch")
            }
            for deck in DECKS
        }
        self.engine = Engine(self.bank.n_units, values, random.Random(settings.roll_seed), RATE)
        self.recorder = Recorder(
            self.ring,
            self._meters.read,
            {"n_units": self.bank.n_units},
            RecordSettings(settings.recordings, settings.record_format),
            self.params,
            ShowLog(self._recipe_in),
            lambda message: self.supervisor.children["audio"].send(message),
            self._tell_recording,
        )
        self.engine.crossfade = float(self.params.get(_address("crossfade")))
        self._restore(session)
        self.params.subscribe(self._parameter_changed)
        self._clock.start()
        stack.callback(self._clock.stop)

        names = SharedNames(self.bank.name, self.block.name, meters.name, self.ring.name)
        child_audio = Child(
            "audio",
            audio.main,
            (names, settings.audio),
            start_limit_s=AUDIO_START_LIMIT_S,
            consequence="the music goes on where it would be",
            environment={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            pulse=self._samples_played,
        )
        child_generator = Child(
            "generator",
            generator.main,
            (names, settings.generator),
            start_limit_s=settings.generator.load_limit_s,
            consequence="the loop keeps playing",
        )
        stack.callback(self.supervisor.stop)
        stack.callback(self._end_recordings)
        try:
            self.supervisor.start(child_audio)
            self.supervisor.start(child_generator)
        except OSError as error:
            raise PlayError(f"could not start a process: {error}") from None
        if settings.midi:
            self.midi.start()
            stack.callback(self.midi.stop)

    def follow(self, show: Show) -> None:
        """Make a show's changes again, and end with it. Raises ShowError. Once it is open."""
        meters = Meters.attach(self._meters_name)
        self._stack.callback(meters.close)
        conductor = Conductor(show, self.params, meters.read, time.monotonic_ns, self.end)
        conductor.start()
        self._stack.callback(conductor.stop)

    def _session_before(self) -> Session:
        """What comes back; and from now on, this session is kept in its place."""
        settings, nothing = self.settings, Session({})
        if settings.osc_port == 0:  # any free port: nobody could come back to it
            return nothing
        folder = session_folder(settings.state, settings.osc_port)
        self._keeper = SessionKeeper(folder, lambda text: self.announcer.report(ROOT, "session", text))
        self._stack.callback(self._close_keeper)
        if settings.resume is False:
            return nothing
        try:
            session = load(folder)
        except SessionError as error:
            self.announcer.report(ROOT, "session", str(error))
            return nothing
        if session is None or (session.has_ended and not settings.resume):
            return nothing
        how = "ended" if session.has_ended else "was cut off"
        self.terminal.say(f"back to the session before, which {how}; --fresh begins anew")
        if session.complaint:
            self.announcer.report(ROOT, "session", session.complaint)
        return session

    def _close_keeper(self) -> None:
        if self._keeper is not None:
            self._keeper.close(self._has_ended)

    def _restore(self, session: Session) -> None:
        """The loops that sounded sound again, without waiting for the generator."""
        for deck, loop in session.loops.items():
            slot = self.engine.restore(deck, loop.asked, loop.made)
            if slot is None:
                continue
            self.bank.samples(slot)[: len(loop.samples)] = loop.samples
            header = SlotHeader(
                loop.rate,
                loop.n_samples,
                loop.bpm_centi,
                loop.n_bars,
                state=SlotState.READY,
                loop_id=loop.made.id,
            )
            self.bank.write_header(slot, header)
            self._is_restored = True

    def run(self) -> None:
        """Serve until `end`. Raises PlayError when what is missing can't come any more."""
        while True:
            news = self.supervisor.poll(self._time_to_wait(), [self._wake_out])
            with contextlib.suppress(BlockingIOError):
                self._wake_out.recv(4096)
            if self._is_ending:
                self._has_ended = True
                return
            for name, message in news:
                (self._audio_says if name == "audio" else self._generator_says)(message)
                if self._failure is not None:
                    raise PlayError(self._failure)
            with self._lock:
                changes, self._changes = self._changes, {}
            for change in changes.values():
                self._perform(self._act_on(change))
            if changes and self._keeper is not None:
                self._keeper.keep_values(self.params.snapshot())
            self._perform(self.engine.advance(time.monotonic()))
            self.recorder.tick(time.monotonic())
            self._tell()

    def end(self) -> None:
        self._is_ending = True
        self._wake()

    def close(self) -> None:
        """Take everything down that is up, in reverse; children first, then their memory."""
        self._is_ending = True
        self._stack.close()
        self._wake_in.close()
        self._wake_out.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it wakes anyway
            self._wake_in.send(b"\0")

    def _time_to_wait(self) -> float:
        now = time.monotonic()
        times = [TICK_S]
        wakes_at = self.engine.wakes_at()
        if wakes_at is not None:
            times.append(wakes_at - now)
        reading = self._meters.read()
        if reading is not None and reading.is_running:
            beat = reading.beat_at(time.monotonic_ns())
            times.append((1.0 - beat % 1.0) * 60.0 / reading.bpm + 0.0005)
        return max(0.0, min(times))

    # Parameters

    def _parameter_changed(self, change: Change) -> None:
        """In the thread that set it: playback parameters take effect in the next block, from here."""
        if change.spec.name in (PLAYBACK if change.deck is None else DECK_PLAYBACK):
            self._write_block()
        with self._lock:
            is_first = not self._changes  # else a wake is on its way: a flood would send thousands
            self._changes.pop(change.key, None)
            self._changes[change.key] = change
        if is_first:
            self._wake()

    def _write_block(self) -> None:
        with self._block_lock:
            now = self.params.snapshot()  # one look for all: this runs for every step of every fader
            decks = [
                DeckParams(
                    **{name: number(now[_address(name, deck)]) for name, number in DECK_PLAYBACK.items()}
                )
                for deck in DECKS
            ]
            values = {name: number(now[_address(name)]) for name, number in PLAYBACK.items()}
            params = PlaybackParams(**values, clock=self._clock_params, deck_1=decks[0], deck_2=decks[1])
            self.block.write(params)

    def _act_on(self, change: Change) -> list[Action]:
        now = time.monotonic()
        self.recorder.changed(change)
        name, deck = change.spec.name, change.deck
        return (
            self._act_on_deck(name, deck, change.value, now) if deck else self._act(name, change.value, now)
        )

    def _act(self, name: str, value: Value, now: float) -> list[Action]:
        """A global parameter was set."""
        match name:
            case "preset_save":
                return self._save_preset(str(value))
            case "preset_recall":
                return self._recall_preset(str(value), now)
            case "clock_source":
                return self._choose_clock(SOURCES[int(value)])
            case "restart" | "downbeat":
                self.supervisor.children["audio"].send((name,))
                if name == "downbeat":
                    self._clock.downbeat()
            case "panic":
                self.params.set(_address("playing"), 0, "panic")
                self.supervisor.children["audio"].send(("panic",))
            case "tap":
                if (bpm := self._taps.tap(now)) is not None:
                    self.params.set(_address("bpm"), bpm, "tap")
            case "half" | "double":
                bpm = float(self.params.get(_address("bpm"))) * (0.5 if name == "half" else 2.0)
                return self._set_tempo(name, bpm)
            case "crossfade":
                self.engine.crossfade = float(value)
        return [action for deck in DECKS for action in self.engine.decks[deck].change(name, value, now)]

    def _act_on_deck(self, name: str, deck: int, value: Value, now: float) -> list[Action]:
        chooser = self.engine.decks[deck]
        match name:
            case "roll":
                return chooser.roll(now)
            case "go":
                return chooser.go(now)
            case "undo":
                return chooser.undo(now)
            case "copy":
                return self._copy(deck, now)
            case "shelf_keep":
                return self._keep(deck, int(value))
            case "shelf_play":
                return self.engine.play_kept(deck, int(value), now)
        return chooser.change(name, value, now)

    def _set_tempo(self, name: str, bpm: float) -> list[Action]:
        spec = GENERATIVE["bpm"]
        if not spec.low <= bpm <= spec.high:
            text = f"bpm must be in {spec.low:g}..{spec.high:g}, {name} would be {bpm:g}"
            return [Report(None, name, "bad_value", text)]
        self.params.set(_address("bpm"), bpm, name)
        return []

    def _copy(self, deck: int, now: float) -> list[Action]:
        """The deck's loop and its settings become the other deck's."""
        other = next(number for number in DECKS if number != deck)
        names = [spec.name for spec, at in ADDRESSES.values() if at == deck and spec.name in GENERATIVE]
        values = {name: self.params.get(_address(name, other)) for name in names}
        actions = self.engine.decks[deck].take(values, now)
        for name, value in values.items():
            self.params.set(_address(name, deck), value, "copy")
        return actions

    def _keep(self, deck: int, place: int) -> list[Action]:
        actions = self.engine.keep(deck, place)
        kept = self.engine.shelf.get(place)
        if actions or kept is None:
            return actions
        header = self.bank.header(kept.slot)
        made = self.engine.slots[kept.slot].made
        assert made is not None
        # A copy, as the slot may be written again before the file is.
        audio = self.bank.samples(kept.slot)[: header.n_samples].copy()
        self._shelf.write(place, audio, header.rate, made)
        return []

    def _choose_clock(self, name: str) -> list[Action]:
        try:
            if name == "midi" and not self.settings.midi:
                raise ClockError("clock_source midi needs a MIDI input: start with --midi NAME")
            self._clock.choose(name)
        except ClockError as error:
            self.params.set(_address("clock_source"), "internal", "clock")
            return [Report(None, "clock_source", "no-clock", str(error))]
        return []

    def _clock_says(self, reading: ClockReading | None) -> None:
        """In the clock's thread: where the clock is that is followed; None for our own."""
        if reading is None:
            self._clock_params = ClockParams()
        else:
            at_ns = round(reading.at * 1e9)
            self._clock_params = ClockParams(reading.bpm, reading.beat, at_ns, reading.is_running)
            # Loops are made for the tempo that is asked for: it moves only where the clock's has.
            if (
                reading.is_steady
                and abs(reading.bpm - float(self.params.get(_address("bpm")))) > FOLLOWED_BPM
            ):
                self.params.set(_address("bpm"), round(reading.bpm, 1), "clock")
        self._write_block()

    def _save_preset(self, name: str) -> list[Action]:
        try:
            path = self._presets.save(name, self.params.snapshot())
        except PresetError as error:
            return [Report(None, "preset_save", "preset", str(error))]
        self.web.send(f"{ROOT}/presets", *self._presets.names)
        self.terminal.say(f"preset {name!r} kept in {path}")
        return []

    def _recall_preset(self, name: str, now: float) -> list[Action]:
        """Everything of it or, where something is wrong with it, nothing."""
        try:
            values = self._presets.load(name)
        except PresetError as error:
            return [Report(None, "preset_recall", "preset", str(error))]
        # The engine first, and all at once: the settings on the way there are nothing that anybody asked for.
        actions: list[Action] = []
        for deck in DECKS:
            of_deck = {
                spec.name: value
                for address, value in values.items()
                if (spec := ADDRESSES[address][0]).name in GENERATIVE
                and ADDRESSES[address][1] in (None, deck)
            }
            actions += self.engine.decks[deck].take(of_deck, now)
        for address, value in values.items():
            self.params.set(address, value, "preset")
        return actions

    def _report_shelf(self, code: str, text: str) -> None:
        """From the thread that writes."""
        if code == "kept":
            self.terminal.say(text)
        else:
            self.announcer.report(_address("shelf_keep", DECKS[0]), code, text)

    # Recording

    def _recipe_in(self, slot: int) -> Recipe | None:
        """Of the loop in a slot, as it was made."""
        return self.engine.slots[slot].made if slot in self.engine.slots else None

    def _tell_recording(self, code: str, text: str) -> None:
        """Any thread. What went wrong with a recording; what went well is for the terminal only."""
        if code in ("recording", "recorded"):
            self.terminal.say(text)
        else:
            self.announcer.report(_address("record"), code, text)

    def _end_recordings(self) -> None:
        """As when they are stopped, but for an audio process that does not answer."""
        self.recorder.stop()
        deadline = time.monotonic() + RECORD_PATIENCE_S
        while self.recorder.is_waiting and time.monotonic() < deadline:
            for name, message in self.supervisor.poll(0.05):
                if name == "audio":
                    self.recorder.told(message)
        self.recorder.close()

    def _midi_reports(self, code: str, text: str) -> None:
        self._counts["midi_losses"] += code == "midi_restart"
        if code == "midi_opened":
            self.terminal.say(text)
        else:
            self.announcer.report(ROOT, code, text)

    def _midi_has_learnt(self, address: str, control: str) -> None:
        self.terminal.say(f"{control} sets {address}" if control else f"{address} is no longer learnt")
        self.announcer.broadcast(f"{ROOT}/midi/learnt", address, control)

    # What the engine decides

    def _perform(self, actions: list[Action]) -> None:
        audio_process, generator_process = (self.supervisor.children[name] for name in ("audio", "generator"))
        for action in actions:
            match action:
                case Render(ticket, slot, recipe):
                    generator_process.send(("render", ticket, slot, recipe.to_dict()))
                    generator_process.expect(self.settings.generator.render_limit_s, time.monotonic())
                    self._render_began = time.monotonic()
                case Stretch(ticket, source, slot, bpm_centi):
                    generator_process.send(("stretch", ticket, source, slot, bpm_centi))
                    generator_process.expect(self.settings.generator.render_limit_s, time.monotonic())
                case Abandon(ticket):
                    generator_process.send(("abandon", ticket))
                case Enter(deck, fan, points):
                    audio_process.send(("next", deck, fan, points))
                case AddPoint(deck, fan, slot, place):
                    audio_process.send(("point", deck, fan, slot, place))
                case DropPoint(deck, fan, slot):
                    audio_process.send(("drop", deck, fan, slot))
                case Cue(deck, slot):
                    audio_process.send(("cue", deck, slot))
                case Cancel(deck):
                    audio_process.send(("cancel", deck))
                case Free(slot):
                    self.bank.write_header(slot, SlotHeader())
                case Assign(deck, name, value):
                    self.params.set(_address(name, deck), value, "engine")
                case Report(deck, name, code, text):
                    self.announcer.report(_address(name, deck), code, text)

    # What the processes say

    def _generator_says(self, message: Message) -> None:
        now = time.monotonic()
        child = self.supervisor.children["generator"]
        match message:
            case ("loaded", checkpoint_id, device, seconds):
                self._has_loaded = True
                self._load_failure = ""
                self._generator_text = "warming up"
                self.terminal.say(f"model {checkpoint_id} on {device}, loaded in {seconds:.1f} s")
                self._perform(self.engine.generator_loaded(checkpoint_id, now))
            case ("ready",):
                child.settle(now)
                self._generator_text = "ready"
                self._perform(self.engine.generator_asks(now))
            case ("done", ticket, _, info):
                child.settle(now)
                self._render_ms = round(1000 * (now - self._render_began))
                made = Recipe.from_dict(info["recipe"])
                self._perform(self.engine.rendered(ticket, made, now - self._render_began, now))
                self._tell_slowness(made, info)
            case ("stretched", ticket, _, _):
                child.settle(now)
                self._perform(self.engine.stretched(ticket, now))
            case ("abandoned", ticket, _):
                child.settle(now)
                self._perform(self.engine.abandoned(ticket, now))
            case ("refused", ticket, _, name, text):
                child.settle(now)
                self._perform(self.engine.refused(ticket, name, text, now))
            case ("failed", -1, _, code, text):
                if not (self._has_loaded or self._is_restored):
                    self._failure = text
                if text != self._load_failure:
                    self._load_failure = text
                    self.announcer.report(ROOT, code, f"the model could not be loaded, trying again: {text}")
            case ("failed", ticket, _, code, text):
                child.settle(now)
                self._counts["failed_renders"] += 1
                self._perform(self.engine.failed(ticket, code, text, now))
            case ("lost", text):
                self._generator_text = "restarting"
                self._counts["generator_losses"] += 1
                if not self._load_failure:  # or it has said itself why it ends
                    self.announcer.report(ROOT, "generator-lost", text)
                self._perform(self.engine.generator_lost(now))
            case ("started",):
                self._generator_text = "starting"

    def _tell_slowness(self, made: Recipe, info: dict[str, Any]) -> None:
        render_s = sum(seconds for stage, seconds in info["timings_s"].items() if stage != "total")
        loop_s = made.n_bars * 240 / made.bpm
        text = self._slowness.rendered(info["n_steps"], info["is_automatic"], render_s, loop_s)
        if text is not None:
            self.announcer.report(ROOT, "slow", text)

    def _audio_says(self, message: Message) -> None:
        now = time.monotonic()
        self.recorder.told(message)  # before anything is freed that it names
        match message:
            case ("stream", device, rate, block, latency_s):
                self.supervisor.children["audio"].settle(now)
                self._has_streamed = True
                self._device = device
                where = "the real-time clock, no sound card" if device == audio.NO_DEVICE else repr(device)
                text = f"audio to {where}: {rate} Hz, blocks of {block}, latency {latency_s * 1000:.0f} ms"
                self.terminal.say(text)
                self._perform(self.engine.audio_is_up(now))
            case ("entered", deck, fan, _, _, _):
                self._perform(self.engine.decks[deck].entered(fan, now))
            case ("released", deck, slot):
                self._perform(self.engine.decks[deck].released(slot, now))
            case ("fault", code, text):
                is_final = code == "too-few-outputs" or (
                    self._is_named and code in ("no-device", "device-refused")
                )
                if is_final and not self._has_streamed:
                    self._failure = text
                    return
                self._counts["device_losses"] += code == "device-lost"
                self.announcer.report(ROOT, code, text)
            case ("lost", text):
                self._counts["audio_losses"] += 1
                self.announcer.report(ROOT, "audio-lost", text)
                self._perform(self.engine.audio_lost(now))
                if not self._has_streamed and self.supervisor.children["audio"].n_starts >= AUDIO_ATTEMPTS:
                    self._do_without_a_card()

    def _do_without_a_card(self) -> None:
        """The sound library ends the whole process, again and again (as PortAudio does without ALSA's files)."""
        text = f"the sound system ended the audio process {AUDIO_ATTEMPTS} times before it played"
        if self._is_named:
            self._failure = f"{text}: choose another --device, or none"
            return
        child = self.supervisor.children["audio"]
        names, settings = child.args
        child.args = (names, replace(settings, device=audio.NO_DEVICE))
        self.announcer.report(ROOT, "no-device", f"no usable sound card, playing to the clock only: {text}")

    @property
    def _is_named(self) -> bool:
        """Whether the performer asked for a certain card, so that another is no answer."""
        return self.settings.audio.device is not None

    # What the performer sees

    def _samples_played(self) -> int:
        reading = self._meters.read()
        return -1 if reading is None else reading.sample

    def _tell(self) -> None:
        children = self.supervisor.children
        self._pids = (children["audio"].pid, children["generator"].pid)
        loading = ""
        if not self._has_loaded:
            loading = "the model loads"
        elif self._generator_text.endswith("starting"):
            loading = "the generator restarts"
        for deck in self.announcer.tell(self.engine, self.bank, self._meters.read(), loading):
            self._keep_loop(deck)

    def _keep_loop(self, deck: int) -> None:
        """For after a crash, what sounds on a deck."""
        heard = self.engine.loop_of(deck)
        if self._keeper is None or heard is None:
            return
        slot, made = heard
        header = self.bank.header(slot)
        n_samples = header.n_samples
        # A copy, as the slot may be written again before the file is.
        samples = self.bank.samples(slot)[: n_samples + n_low(n_samples)].copy()
        asked = self.engine.slots[slot].recipe
        loop = KeptLoop(header.rate, n_samples, header.bpm_centi, header.n_bars, asked, made, samples)
        self._keeper.keep_values(self.params.snapshot())
        self._keeper.keep_loop(deck, loop)

    def status(self) -> dict[str, Value]:
        """Everything a patch may want to know about the instrument's health. OSC's thread."""
        return self._status(self._status_meters)

    def _status(self, meters: Meters) -> dict[str, Value]:
        reading = meters.read() if self._has_streamed else None
        reading = reading or MeterReading()
        return {
            "state": self.announcer.state,
            "device": self._device,
            "generator": self._generator_text,
            "render_ms": self._render_ms,
            "bar": reading.bar,
            "beat": float(reading.beat),
            "bpm": reading.bpm,
            "peak": reading.peak,
            "rms": reading.rms,
            "underflows": reading.underflows,
            "callback_load": reading.callback_load,
            "callback_errors": reading.errors,
            **(self.recorder.status() if self._has_streamed else NOT_RECORDING),
            **self._counts,
            "audio_pid": self._pids[0],
            "generator_pid": self._pids[1],
            "midi_pid": self.midi.pid,
        }


@cache
def _address(name: str, deck: int | None = None) -> str:
    """Of a parameter, global or the deck's; the deck itself, or the root, for none."""
    if f"{ROOT}/{name}" in ADDRESSES:
        return f"{ROOT}/{name}"
    return "/".join([ROOT, *([str(deck)] if deck else []), *([name] if name else [])])


def bank_units() -> int:
    """As many units as a fair part of shared memory holds."""
    budget = BANK_BYTES
    with contextlib.suppress(OSError):
        budget = min(budget, shutil.disk_usage("/dev/shm").free * 4 // 5)
    return max(LEAST_LOOPS * n_units(LONGEST_LOOP), budget // (UNIT * 2 * 4))


def _share(stack: contextlib.ExitStack, shared: Shared) -> Shared:
    stack.callback(shared.unlink)
    stack.callback(shared.close)
    return shared


@contextlib.contextmanager
def _signals_to(end: Any) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal call `end`; a second one changes nothing."""

    def handler(number: int, frame: FrameType | None) -> None:
        end()

    signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
