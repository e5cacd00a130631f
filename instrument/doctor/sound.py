"""The doctor's look at the sound: the card, a silent stream to it, and cables to Max or Live."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

import numpy as np

from instrument.audio import process as audio
from instrument.audio.process import NO_DEVICE, AudioSettings, Device, DeviceError
from instrument.doctor.finding import Checkup, Finding
from instrument.doctor.trial import TrialError, attempt, started
from instrument.memory import (
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
)

LOOK_S = 20.0  # for the sound library to look for cards
START_S = 20.0  # for a stream to start
SETTLE_S = 0.5
STREAM_S = 2.0
STOP_S = 2.0
PACTL_S = 3.0
POLL_S = 0.02
HIGH_LOAD = 0.5  # of a block's time
RATES = (44_100, 48_000, 88_200, 96_000, 192_000)
RING_S = 2.0
BPM_CENTI, BENT_BPM = 12_500, 132.0
# Cards that are cables: what is played into them, another program records.
CABLE = re.compile(
    r"blackhole|cable input|cable in |vb-audio|voicemeeter|loopback|soundflower|virtual cable|jack audio",
    re.I,
)
NO_CABLE = {
    "darwin": "BlackHole (2 channels)",
    "win32": "VB-Cable",
    "linux": "JACK, PipeWire, or a null sink: pactl load-module module-null-sink sink_name=ladmg",
}


@dataclass(frozen=True)
class Cards:
    """What the sound library has. chosen: what `ladmg play` would open; None: nothing, for the reason in `problem`.

    rates: in Hz, of those that were asked, at which it says it would play.
    """

    portaudio: str
    devices: tuple[Device, ...]
    chosen: Device | None = None
    problem: str = ""
    rates: tuple[int, ...] = ()


@dataclass(frozen=True)
class Streamed:
    """What a stream did. device: "none" for the clock. faults: (code, text) as the audio process tells them.

    speed: of real time; less where it ran dry. load: the callback's share of a block's time, the median of its recent
    highest. underflows: once it had settled.
    """

    device: str = ""
    rate: int = 0
    latency_s: float = 0.0
    seconds: float = 0.0
    speed: float = 0.0
    load: float = 0.0
    underflows: int = 0
    errors: int = 0
    faults: tuple[tuple[str, str], ...] = field(default=())


def check_sound(checkup: Checkup) -> Iterator[Finding]:
    """The card, what it does when it plays, and whether it is a cable."""
    settings = checkup.play.audio
    try:
        cards = attempt(_look, settings.device, settings.outputs.n_channels, limit_s=LOOK_S)
    except TrialError as error:
        found = f"the sound library can't be used: {error}"
        advice = "install PortAudio (Debian: libportaudio2), and see that the system plays sound at all"
        yield Finding("sound card", "bad", found, advice)
        cards = None
    if cards is not None:
        yield _card_finding(checkup, cards)
    if checkup.running is not None:
        yield _running_finding(checkup)
    elif cards is not None and (cards.chosen is not None or settings.device == NO_DEVICE):
        yield from _stream_findings(settings)
    yield _cable_finding(cards.devices if cards is not None else ())


def _look(name: str | None, n_channels: int) -> Cards:
    """In a process of its own: sound libraries hang and abort."""
    devices = audio.list_devices()
    import sounddevice

    portaudio = sounddevice.get_portaudio_version()[1]
    if name == NO_DEVICE:
        return Cards(portaudio, tuple(devices))
    try:
        chosen = audio.chosen_device(name)
        rates = audio.accepted_rates(name, min(n_channels, chosen.channels), RATES)
    except DeviceError as error:
        return Cards(portaudio, tuple(devices), problem=str(error))
    return Cards(portaudio, tuple(devices), chosen, rates=rates)


def _card_finding(checkup: Checkup, cards: Cards) -> Finding:
    settings, chosen = checkup.play.audio, cards.chosen
    figures: dict[str, Any] = {
        "portaudio": cards.portaudio,
        "outputs": [
            {"name": one.full_name, "channels": one.channels, "rate": one.rate, "is_default": one.is_default}
            for one in cards.devices
        ],
    }
    if settings.device == NO_DEVICE:
        found = "--device none: it plays to the clock, and nothing is heard"
        return Finding("sound card", "note", found, "leave out --device none to be heard", figures)
    if chosen is None:
        if cards.devices:
            advice = "choose one that is there: --device NAME, of which a part is enough"
        else:
            advice = "connect a card and see that the system plays sound; all but the sound works without"
        return Finding("sound card", "bad", cards.problem, advice, figures)
    figures |= {"chosen": chosen.full_name, "rates": list(cards.rates)}
    rates = ", ".join(f"{rate / 1000:g}" for rate in cards.rates) or "none that we know"
    default = "the default" if chosen.is_default else "not the default"
    found = (
        f"{chosen.full_name!r}, {default} of {len(cards.devices)}: {chosen.channels} outputs; "
        f"its own rate is {chosen.rate / 1000:g} kHz, it takes {rates}"
    )
    if chosen.channels < settings.outputs.n_channels:
        needed = f"; --outputs {settings.outputs} needs {settings.outputs.n_channels}"
        return Finding(
            "sound card", "bad", found + needed, "choose fewer --outputs, or another card", figures
        )
    return Finding("sound card", "good", found, "", figures)


def _running_finding(checkup: Checkup) -> Finding:
    """By what the instrument itself says: a second stream could take its card away."""
    status = checkup.running or {}
    underflows, load = int(status.get("underflows", 0)), float(status.get("callback_load", 0.0))
    device = str(status.get("device", ""))
    found = f"the instrument plays to {device!r}, {underflows} underflows so far, callback load {load:.1%}"
    if device in ("", NO_DEVICE):
        advice = "it has no sound card: connect one, and start it again"
        return Finding("stream", "bad", "the instrument plays to the clock, unheard", advice)
    if underflows:
        return Finding("stream", "note", found, "if they go on, start it with a larger --latency")
    return Finding("stream", "good", found)


def _stream_findings(settings: AudioSettings) -> Iterator[Finding]:
    try:
        streamed = stream(settings)
    except (SharedMemoryFull, OSError) as error:
        yield Finding("stream", "note", f"not tried: {error}", "see shared memory")
        return
    figures = {
        "device": streamed.device,
        "rate": streamed.rate,
        "block": settings.block,
        "latency_asked_s": settings.latency_s,
        "latency_s": streamed.latency_s,
        "seconds": streamed.seconds,
        "speed": streamed.speed,
        "callback_load": streamed.load,
        "underflows": streamed.underflows,
        "faults": [list(fault) for fault in streamed.faults],
    }
    told = "; ".join(text for _, text in streamed.faults)
    if not streamed.seconds or (streamed.device == NO_DEVICE and settings.device != NO_DEVICE):
        found = told or "the stream did not start"
        advice = "close what else uses the card, or choose another: `ladmg devices`, --device NAME"
        yield Finding("stream", "bad", found, advice, figures)
        return
    found = (
        f"{streamed.seconds:.1f} s of silence to {streamed.device!r} at {streamed.rate} Hz, "
        f"blocks of {settings.block}: {streamed.underflows} underflows, latency {1000 * streamed.latency_s:.0f} ms, "
        f"callback load {streamed.load:.1%}"
    )
    if streamed.errors:
        advice = "send this report: the callback fails"
        yield Finding("stream", "bad", f"{found}; {streamed.errors} blocks failed", advice, figures)
    elif streamed.underflows or streamed.load > HIGH_LOAD:
        advice = f"start with --latency {2 * settings.latency_s:g}, close other programs, see priority"
        yield Finding("stream", "note", found, advice, figures)
    elif not 0.97 <= streamed.speed <= 1.03:
        found += f"; it played {streamed.speed:.2f} of real time"
        advice = "choose another card, or another way to it (--device of another host API)"
        yield Finding("stream", "note", found, advice, figures)
    else:
        yield Finding("stream", "good", f"{found}{f'; {told}' if told else ''}", "", figures)


def stream(settings: AudioSettings, seconds: float = STREAM_S) -> Streamed:
    """The instrument's own audio process for so long, with a silent loop that it bends as at another tempo.

    SharedMemoryFull where there is no room for it.
    """
    with contextlib.ExitStack() as stack:
        n_samples = round(240 * settings.rate / (BPM_CENTI / 100))
        bank = LoopBank.create(n_units(n_samples))
        block, meters = ParameterBlock.create(), Meters.create()
        ring = OutputRing.create(settings.rate, RING_S)
        for shared in (bank, block, meters, ring):
            stack.callback(shared.unlink)
            stack.callback(shared.close)
        bank.samples(0)[: n_samples + n_low(n_samples)] = np.float32(0.0)
        bank.write_header(0, SlotHeader(settings.rate, n_samples, BPM_CENTI, 1, state=SlotState.READY))
        block.write(PlaybackParams(bpm=BENT_BPM, swap=0))
        names = SharedNames(bank.name, block.name, meters.name, ring.name)
        with started(audio.main, names, settings) as (pipe, _):
            return _Listener(pipe, meters).listen(settings, seconds)


class _Listener:
    """Hears what the audio process tells, and reads its meters."""

    def __init__(self, pipe: Connection, meters: Meters) -> None:
        self._pipe = pipe
        self._meters = meters
        self._faults: list[tuple[str, str]] = []
        self._stream: tuple[str, int, float] | None = None
        self._has_ended = False

    def listen(self, settings: AudioSettings, seconds: float) -> Streamed:
        self._hear(START_S, until_streaming=True)
        if self._stream is None:
            if not self._has_ended:
                self._faults.append(("hung", f"no sound within {START_S:g} s"))
            return Streamed(faults=tuple(self._faults))
        device, rate, latency_s = self._stream
        if device == NO_DEVICE != settings.device:
            return Streamed(device, rate, latency_s, faults=tuple(self._faults))
        self._send(("next", 1, 1, ((0, (0.0, 0.0)),)))
        self._hear(SETTLE_S)
        first = self._meters.read() or MeterReading()
        loads, deadline = [], time.monotonic() + seconds
        while time.monotonic() < deadline and not self._has_ended:
            self._hear(POLL_S)
            if (reading := self._meters.read()) is not None:
                loads.append(reading.callback_load)
        last = self._meters.read() or first
        self._send(("stop",))
        self._hear(STOP_S)
        heard_s = (last.monotonic_ns - first.monotonic_ns) * 1e-9
        return Streamed(
            device,
            rate,
            latency_s,
            seconds=heard_s,
            speed=(last.sample - first.sample) / rate / max(heard_s, 1e-9),
            load=median(loads) if loads else 0.0,
            underflows=last.underflows - first.underflows,
            errors=last.errors - first.errors,
            faults=tuple(self._faults),
        )

    def _send(self, message: tuple[Any, ...]) -> None:
        with contextlib.suppress(OSError):  # it has ended: what it told before is heard all the same
            self._pipe.send(message)

    def _hear(self, limit_s: float, until_streaming: bool = False) -> None:
        """Take what it tells, for so long, or until it ends."""
        deadline = time.monotonic() + limit_s
        while not (self._has_ended or (until_streaming and self._stream is not None)):
            try:
                if not self._pipe.poll(max(deadline - time.monotonic(), 0.0)):
                    return
                message = self._pipe.recv()
            except (EOFError, OSError):
                message = ("ended",)
            match message:
                case ("stream", device, rate, _, latency_s):
                    self._stream = (device, rate, latency_s)
                case ("fault", code, text):
                    self._faults.append((code, text))
                case ("ended",):
                    self._has_ended = True


def _cable_finding(devices: tuple[Device, ...]) -> Finding:
    cables = [one.full_name for one in devices if CABLE.search(one.full_name)] + _null_sinks()
    if cables:
        found = f"{', '.join(map(repr, cables))}: what is played there, Max or Live can record"
        return Finding("cable to Max", "good", found, "", {"cables": cables})
    kind = NO_CABLE.get(sys.platform, "a virtual sound card")
    found = "no virtual sound card, by which Max or Live could hear the instrument"
    return Finding(
        "cable to Max", "note", found, f"only if you want that: {kind} (docs/max.md)", {"cables": []}
    )


def _null_sinks() -> list[str]:
    """The sinks of PulseAudio or PipeWire that no card stands behind, by their names."""
    if shutil.which("pactl") is None:
        return []
    try:
        command = ["pactl", "list", "short", "sinks"]
        listed = subprocess.run(command, capture_output=True, text=True, timeout=PACTL_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    return [row[1] for row in rows if len(row) > 2 and _is_null_sink(row[1], row[2])]


def _is_null_sink(name: str, module: str) -> bool:
    """auto_null is what a server has where it has no card. PipeWire names cards after ALSA, and tells no module."""
    is_card = name.startswith(("alsa_output", "bluez_output"))
    return name != "auto_null" and ("null-sink" in module or (module == "PipeWire" and not is_card))
