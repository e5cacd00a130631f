"""`ladmg play`: wires parameters, surfaces, engine, audio and generator together, and keeps them going.

One thread, the console's, owns the engine, the supervisor and the slots. The threads of OSC and MIDI set
parameters; what the callback reads goes into the parameter block right there, everything else into a queue.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from instrument import audio, generator
from instrument.audio import AudioSettings
from instrument.engine import Action, Assign, Cancel, Engine, Enter, Free, Render, Report
from instrument.generator import GeneratorSettings
from instrument.memory import (
    LoopBank,
    MeterReading,
    Meters,
    ParameterBlock,
    PlaybackParams,
    SharedMemoryFull,
    SharedNames,
    SlotHeader,
)
from instrument.osc import DEFAULT_PORT, OscServer, OscStartError
from instrument.params import ADDRESSES, ROOT, Change, Params, Value
from instrument.presets import PresetError, Presets, default_folder
from instrument.recipe import GENERATIVE, Recipe
from instrument.status import Status, Terminal
from instrument.supervisor import Child, Message, Supervisor
from instrument.tap import TapTempo
from instrument.transport import SWAPS

NICENESS = 5
DECK = 1
RATE = 48_000
LONGEST_LOOP = 8 * 240 * RATE // 60  # samples: 8 bars at 60 BPM
BANK_BYTES = 160 * 2**20
LEAST_SLOTS, MOST_SLOTS = 5, 12
AUDIO_START_LIMIT_S = 30.0
AUDIO_ATTEMPTS = 2  # to get sound out of a card at all, before the clock takes its place
TICK_S = 0.1
_NUMBERS: dict[str, Callable[[Any], Any]] = {"float": float, "int": int, "bool": bool}
PLAYBACK = {item.name: _NUMBERS[str(item.type)] for item in fields(PlaybackParams)}  # what the callback reads
SWAP_BEATS = {"beat": 1, "bar": 4, "4bars": 16, "8bars": 32, "16bars": 64}

Shared = TypeVar("Shared", LoopBank, ParameterBlock, Meters)


class PlayError(RuntimeError):
    """The instrument can't start, or can't go on; the text says why and what to do."""


@dataclass(frozen=True)
class PlaySettings:
    """midi: the name of a MIDI input, or None for no MIDI. roll_seed: makes `roll` repeatable; None: it is not.

    presets: their folder, the user's own for None.
    """

    audio: AudioSettings = field(default_factory=AudioSettings)
    generator: GeneratorSettings = field(default_factory=GeneratorSettings)
    bind: str = "127.0.0.1"
    osc_port: int = DEFAULT_PORT
    midi: str | None = None
    roll_seed: int | None = None
    presets: Path | None = None


def play(settings: PlaySettings) -> None:
    """Play until Ctrl-C or SIGTERM. Raises PlayError if it can't start; nothing is left behind in any case."""
    terminal = Terminal()
    with contextlib.ExitStack() as stack:
        stack.callback(terminal.end)
        console = Console(settings, terminal)
        stack.enter_context(_signals_to(console.end))
        stack.callback(console.close)
        console.open()
        console.run()


class Console:
    """The state of one session. `open`, `run` and `close` are for one thread; `end` for any, signals too."""

    def __init__(self, settings: PlaySettings, terminal: Terminal) -> None:
        self.settings = settings
        self.terminal = terminal
        self.params = Params()
        self.osc = OscServer(self.params, settings.bind, settings.osc_port, status=self.status)
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
        self._has_loaded = False
        self._has_streamed = False
        self._pids = (0, 0)
        self._told_next: tuple[Any, ...] = ()
        self._told_loop: int | None = None
        self._told_beat: int | None = None
        self._taps = TapTempo()
        self._presets = Presets(settings.presets or default_folder())

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
        self.terminal.say(f"OSC on {settings.bind}:{self.osc.port}; Ctrl-C ends")
        try:
            self.bank = _share(stack, LoopBank.create(_n_slots(), LONGEST_LOOP))
            self.block = _share(stack, ParameterBlock.create())
            meters = _share(stack, Meters.create())
        except SharedMemoryFull as error:
            raise PlayError(str(error)) from None
        # One reader object for each thread that reads.
        self._meters = Meters.attach(meters.name)
        stack.callback(self._meters.close)
        self._status_meters = Meters.attach(meters.name)
        stack.callback(self._status_meters.close)
        self._write_block()
        values = {spec.name: self.params.get(address) for address, (spec, _) in ADDRESSES.items()}
        engine_values = {name: values[name] for name in (*GENERATIVE, "auto", "hold")}
        self.engine = Engine(self.bank.n_slots, engine_values, random.Random(settings.roll_seed))
        self.params.subscribe(self._parameter_changed)

        names = SharedNames(self.bank.name, self.block.name, meters.name)
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
        try:
            self.supervisor.start(child_audio)
            self.supervisor.start(child_generator)
        except OSError as error:
            raise PlayError(f"could not start a process: {error}") from None
        if settings.midi is not None:
            from instrument.midi import MidiInput

            midi = MidiInput(self.params, settings.midi, self._midi_reports)
            midi.start()
            stack.callback(midi.stop)

    def run(self) -> None:
        """Serve until `end`. Raises PlayError when what is missing can't come any more."""
        while True:
            news = self.supervisor.poll(self._time_to_wait(), [self._wake_out])
            with contextlib.suppress(BlockingIOError):
                self._wake_out.recv(4096)
            if self._is_ending:
                return
            for name, message in news:
                (self._audio_says if name == "audio" else self._generator_says)(message)
                if self._failure is not None:
                    raise PlayError(self._failure)
            with self._lock:
                changes, self._changes = self._changes, {}
            for change in changes.values():
                self._perform(self._act_on(change))
            self._perform(self.engine.advance(time.monotonic()))
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
            times.append((math.floor(beat) + 1 - beat) * 60.0 / reading.bpm + 0.0005)
        return max(0.0, min(times))

    # Parameters

    def _parameter_changed(self, change: Change) -> None:
        """In the thread that set it: playback parameters take effect in the next block, from here."""
        if change.spec.name in PLAYBACK:
            self._write_block()
        with self._lock:
            self._changes.pop(change.key, None)
            self._changes[change.key] = change
        self._wake()

    def _write_block(self) -> None:
        with self._block_lock:
            values = {name: number(self.params.get(_address(name))) for name, number in PLAYBACK.items()}
            self.block.write(PlaybackParams(**values))

    def _act_on(self, change: Change) -> list[Action]:
        now = time.monotonic()
        if change.spec.name == "preset_save":
            return self._save_preset(str(change.value))
        if change.spec.name == "preset_recall":
            return self._recall_preset(str(change.value), now)
        if change.spec.name == "roll":
            return self.engine.roll(now)
        if change.spec.name == "go":
            return self.engine.go(now)
        if change.spec.name == "undo":
            return self.engine.undo(now)
        if change.spec.name == "restart":
            self.supervisor.children["audio"].send(("restart",))
        if change.spec.name == "tap" and (bpm := self._taps.tap(now)) is not None:
            self.params.set(_address("bpm"), bpm, "tap")
        return self.engine.change(change.spec.name, change.value, now)

    def _save_preset(self, name: str) -> list[Action]:
        try:
            path = self._presets.save(name, self.params.snapshot())
        except PresetError as error:
            return [Report("preset_save", "preset", str(error))]
        self.terminal.say(f"preset {name!r} kept in {path}")
        return []

    def _recall_preset(self, name: str, now: float) -> list[Action]:
        """Everything of it or, where something is wrong with it, nothing."""
        try:
            values = self._presets.load(name)
        except PresetError as error:
            return [Report("preset_recall", "preset", str(error))]
        # The engine first, and all at once: the settings on the way there are nothing that anybody asked for.
        by_name = {ADDRESSES[address][0].name: value for address, value in values.items()}
        actions = self.engine.take({name: by_name[name] for name in by_name if name in GENERATIVE}, now)
        for address, value in values.items():
            self.params.set(address, value, "preset")
        return actions

    def _midi_reports(self, code: str, text: str) -> None:
        self.terminal.say(text)
        if code != "midi_opened":
            self.osc.error(ROOT, code, text)

    # What the engine decides

    def _perform(self, actions: list[Action]) -> None:
        children = self.supervisor.children
        for action in actions:
            match action:
                case Render(ticket, slot, recipe, reference):
                    child = children["generator"]
                    child.send(("render", ticket, slot, recipe.to_dict(), reference))
                    child.expect(self.settings.generator.render_limit_s, time.monotonic())
                case Enter(slot, rho, against):
                    if rho is None and against is not None:
                        from instrument.level import slot_likeness

                        rho = slot_likeness(self.bank, slot, against)
                    children["audio"].send(("next", slot, rho or 0.0))
                case Cancel():
                    children["audio"].send(("cancel",))
                case Free(slot):
                    self.bank.write_header(slot, SlotHeader())
                case Assign(name, value):
                    self.params.set(_address(name), value, "engine")
                case Report(name, code, text):
                    self._report(_address(name), code, text)

    def _report(self, address: str, code: str, text: str) -> None:
        self.terminal.say(text)
        self.osc.error(address, code, text)

    # What the processes say

    def _generator_says(self, message: Message) -> None:
        now = time.monotonic()
        child = self.supervisor.children["generator"]
        match message:
            case ("loaded", checkpoint_id, device, seconds):
                self._has_loaded = True
                self._generator_text = "warming up"
                self.terminal.say(f"model {checkpoint_id} on {device}, loaded in {seconds:.1f} s")
                self._perform(self.engine.generator_loaded(checkpoint_id, now))
            case ("ready",):
                child.settle(now)
                self._generator_text = "ready"
                self._perform(self.engine.generator_asks(now))
            case ("done", ticket, slot, info):
                child.settle(now)
                made = Recipe.from_dict(info["recipe"])
                self._perform(self.engine.rendered(ticket, slot, made, info["rho"], now))
            case ("refused", ticket, slot, name, text):
                child.settle(now)
                self._perform(self.engine.refused(ticket, slot, name, text, now))
            case ("failed", -1, _, code, text):
                if not self._has_loaded:
                    self._failure = text
                self._report(ROOT, code, f"the model could not be loaded: {text}")
            case ("failed", ticket, slot, code, text):
                child.settle(now)
                self._perform(self.engine.failed(ticket, slot, code, text, now))
            case ("lost", text):
                self._generator_text = "restarting"
                self._report(ROOT, "generator-lost", text)
                self._perform(self.engine.generator_lost(now))
            case ("started",):
                self._generator_text = "starting"

    def _audio_says(self, message: Message) -> None:
        now = time.monotonic()
        match message:
            case ("stream", device, rate, block, latency_s):
                self.supervisor.children["audio"].settle(now)
                self._has_streamed = True
                self._device = device
                where = "the real-time clock, no sound card" if device == audio.NO_DEVICE else repr(device)
                text = f"audio to {where}: {rate} Hz, blocks of {block}, latency {latency_s * 1000:.0f} ms"
                self.terminal.say(text)
                self._perform(self.engine.audio_is_up(now))
            case ("entered", slot, _, _):
                self._perform(self.engine.entered(slot, now))
            case ("released", slot):
                self._perform(self.engine.released(slot, now))
            case ("fault", code, text):
                if not self._has_streamed and code in ("no-device", "device-refused") and self._is_named:
                    self._failure = text
                    return
                self._report(ROOT, code, text)
            case ("lost", text):
                self._report(ROOT, "audio-lost", text)
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
        self._report(ROOT, "no-device", f"no usable sound card, playing to the clock only: {text}")

    @property
    def _is_named(self) -> bool:
        """Whether the performer asked for a certain card, so that another is no answer."""
        return self.settings.audio.device is not None

    # What the performer sees

    def _samples_played(self) -> int:
        reading = self._meters.read()
        return -1 if reading is None else reading.sample

    def _eta_beats(self, reading: MeterReading | None) -> float:
        """Beats until the cued loop enters; -1 where nothing is cued."""
        view = self.engine.view(time.monotonic())
        if view.state != "cued" or reading is None:
            return -1.0
        swap = SWAPS[int(self.params.get(f"{ROOT}/swap"))]
        n_beats = SWAP_BEATS.get(swap, 0)
        if swap == "loop" and view.sounding is not None:
            n_beats = 4 * view.sounding.n_bars
        if not n_beats or not reading.is_running:
            return 0.0
        return n_beats - reading.beat_at(time.monotonic_ns()) % n_beats

    def _tell(self) -> None:
        """Beat, next and loop to subscribers, the status to the terminal."""
        children = self.supervisor.children
        self._pids = (children["audio"].pid, children["generator"].pid)
        reading = self._meters.read()
        now = time.monotonic()
        view = self.engine.view(now)
        eta_beats = self._eta_beats(reading)
        beat = None
        if reading is not None and reading.is_running:
            beat = math.floor(reading.beat_at(time.monotonic_ns()))
        # The card's clock may put a moment back by a hair; a beat is told once.
        if beat is not None and beat != self._told_beat and beat + 1 != self._told_beat:
            self._told_beat = beat
            assert reading is not None
            self.osc.send(f"{ROOT}/beat", beat // 4 + 1, beat % 4 + 1, reading.bpm)
        told = (view.state, None if view.next is None else view.next.id, beat if eta_beats > 0 else None)
        if told != self._told_next:
            self._told_next = told
            self.osc.send(f"{ROOT}/{DECK}/next", view.state, float(eta_beats))
        loop = None if view.sounding is None else view.sounding.id
        if loop != self._told_loop:
            self._told_loop = loop
            if view.sounding is not None:
                self.osc.send(f"{ROOT}/{DECK}/loop", view.sounding.name, view.sounding.to_json())
        if not self._has_loaded:
            loading = "the model loads"
        else:
            loading = "the generator restarts" if self._generator_text.endswith("starting") else ""
        self.terminal.show(
            Status(
                view=view,
                meters=reading,
                bpm=float(self.params.get(f"{ROOT}/bpm")),
                is_playing=bool(self.params.get(f"{ROOT}/playing")),
                eta_beats=eta_beats,
                loading=loading,
            )
        )

    def status(self) -> dict[str, Value]:
        """Everything a patch may want to know about the instrument's health. OSC's thread."""
        reading = self._status_meters.read() if self._has_streamed else None
        reading = reading or MeterReading()
        told = self._told_next
        return {
            "state": told[0] if told else "none",
            "device": self._device,
            "generator": self._generator_text,
            "bar": reading.bar,
            "beat": float(reading.beat),
            "bpm": reading.bpm,
            "peak": reading.peak,
            "rms": reading.rms,
            "underflows": reading.underflows,
            "callback_load": reading.callback_load,
            "callback_errors": reading.errors,
            "audio_pid": self._pids[0],
            "generator_pid": self._pids[1],
        }


def _address(name: str) -> str:
    """Of a parameter, global or the deck's; the deck itself for none."""
    if not name:
        return f"{ROOT}/{DECK}"
    addresses = (f"{ROOT}/{name}", f"{ROOT}/{DECK}/{name}")
    return next(address for address in addresses if address in ADDRESSES)


def _n_slots() -> int:
    """As many slots as a fair part of shared memory holds, for the longest loop."""
    slot_bytes = LONGEST_LOOP * 2 * 4
    budget = BANK_BYTES
    with contextlib.suppress(OSError):
        budget = min(budget, shutil.disk_usage("/dev/shm").free * 4 // 5)
    return max(LEAST_SLOTS, min(MOST_SLOTS, budget // slot_bytes))


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
