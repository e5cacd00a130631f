"""The audio process: one stream to the sound card, and a callback that never stops.

Imports only numpy and sounddevice, the latter where it is needed: importing it starts PortAudio.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from instrument.audio.effects import Limiter
from instrument.audio.outputs import Outputs
from instrument.audio.playback import Player
from instrument.memory import (
    LoopBank,
    MeterReading,
    Meters,
    OutputRing,
    ParameterBlock,
    PlaybackParams,
    SharedNames,
    SlotState,
)

NO_DEVICE = "none"
WATCH_S = 10.0  # underflows and the card's speed are judged over this time
RETRY_S = 1.0
SETTLE_S = 0.3  # the most that a new stream is given to learn its delay
STALLED_S = 1.0  # a card that asks for no block for so long is lost, and given so long to let go
FIRST_BLOCK_S = 2.0
MAX_BLOCK = 8192
INVALID_SAMPLE_RATE = -9997  # PortAudio's
_POLL_S = 0.01
_CHANNELS = 2
PLAIN_OUTPUTS = Outputs()


@dataclasses.dataclass(frozen=True)
class AudioSettings:
    """What to play on, and how.

    device: a name as `ladmg devices` prints it, or a part of it; None: the system's default; "none": no card.
    rate: in Hz; a card that refuses it plays at its own. outputs: which of its outputs play what.
    """

    device: str | None = None
    rate: int = 48000
    block: int = 512
    latency_s: float = 0.04
    outputs: Outputs = PLAIN_OUTPUTS

    def __post_init__(self) -> None:
        if not 8000 <= self.rate <= 192000:
            raise ValueError(f"rate must be in 8000..192000 Hz, got {self.rate}")
        if not 1 <= self.block <= MAX_BLOCK:
            raise ValueError(f"block must be in 1..{MAX_BLOCK} samples, got {self.block}")
        if not (math.isfinite(self.latency_s) and 0.0 < self.latency_s <= 2.0):
            raise ValueError(f"latency_s must be above 0 and at most 2 s, got {self.latency_s}")


@dataclasses.dataclass(frozen=True)
class Device:
    """A sound card's output, as PortAudio names it."""

    name: str
    host_api: str
    channels: int
    rate: float
    is_default: bool

    @property
    def full_name(self) -> str:
        """Unlike the name, it names one device only."""
        return f"{self.name}, {self.host_api}"


class DeviceError(RuntimeError):
    """The sound card that was asked for can't be had.

    code: "no-device", "device-refused" or "too-few-outputs". own_rate: in Hz, where it refused another one and may take
    this.
    """

    def __init__(self, code: str, text: str, own_rate: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.own_rate = own_rate


class Output:
    """What the callback does: one block, whatever happens.

    The audio thread calls `fill`; the control thread reads the counts. To what the player was told it adds
    ("began", sample, block, is_new, ended, ticks, is_running) where a stream begins: in blocks of so many samples, by a
    player that is new or one whose last block ended at sample `ended`; and ("failed", sample) for a block of silence.
    """

    def __init__(
        self,
        player: Player,
        parameters: ParameterBlock,
        meters: Meters,
        ring: OutputRing,
        outputs: Outputs = PLAIN_OUTPUTS,
    ) -> None:
        self.underflows = 0
        self.errors = 0
        self.last_error: BaseException | None = None
        self.n_samples = 0  # asked for by the card, since the process started
        self.filled_at = time.monotonic()  # when a block was last asked for
        self.is_closing = False  # set by the control thread: fade out, stay silent
        self._player = player
        self._parameters = parameters
        self._meters = meters
        self._ring = ring
        self._params = PlaybackParams()
        self._final: PlaybackParams | None = None
        self._load = 0.0
        self._is_resuming = True
        self._is_new = True
        self._n_unsettled = 0  # samples of silence before that
        self._scratch = np.zeros(MAX_BLOCK * _CHANNELS, np.float32)
        self._limiter = Limiter(player.rate, _CHANNELS, MAX_BLOCK)
        self._limiter_ns = self._limiter.delay * 1_000_000_000 // player.rate
        self._outputs = outputs
        self._main = np.zeros((MAX_BLOCK, _CHANNELS), np.float32)
        self._cue = np.zeros((MAX_BLOCK, _CHANNELS), np.float32)
        # It delays as the main one does, so that both buses are in phase.
        self._cue_limiter = Limiter(player.rate, _CHANNELS, MAX_BLOCK)

    def resume(self, settle_s: float) -> None:
        """Go on where the meters say the music is by then. While no stream runs.

        settle_s: silence before that, while a new stream does not yet know how far ahead of the card it is.
        """
        last = self._meters.read()
        self._n_unsettled = 0 if last is None else round(min(settle_s, SETTLE_S) * self._player.rate)
        self._is_resuming = True

    def fill(self, block: npt.NDArray[np.float32], heard_ns: int, is_underflow: bool) -> None:
        """Fill one block, `[samples, outputs of the card]`. Audio thread only; raises nothing.

        heard_ns: when its first sample is heard, by `time.monotonic_ns()`. is_underflow: the card ran dry.
        """
        began = time.perf_counter()
        self.filled_at = time.monotonic()
        self.underflows += is_underflow
        if self._n_unsettled > 0:
            self._n_unsettled -= len(block)
            self.n_samples += len(block)
            block.fill(0.0)
            return
        player = self._player
        transport = player.transport
        heard_ns += self._limiter_ns
        peak = rms = 0.0
        outputs = self._outputs
        main = block if outputs.is_plain else self._main[: len(block)]
        try:
            if self._is_resuming:
                self._is_resuming = False
                self._go_on(heard_ns, len(block))
            params = self._read_params()
            cue = self._cue[: len(block)] if outputs.cue else None
            player.render(main, params, cue, heard_ns)
            self._limiter.run(main, params.limiter)
            if cue is not None:
                self._cue_limiter.run(cue, params.limiter)
            if not outputs.is_plain:
                outputs.route(main, cue, block)
            peak, rms = self._measure(main)
        except Exception as error:  # an exception would end the stream
            block.fill(0.0)
            main.fill(0.0)
            self._limiter.reset()
            self._cue_limiter.reset()
            self.errors += 1
            self.last_error = error
            player.told.append(("failed", player.sample - len(block)))
        self._ring.write(player.sample - len(block) - self._limiter.delay, main)
        self.n_samples += len(block)
        load = (time.perf_counter() - began) * player.rate / max(len(block), 1)
        self._load = max(load, self._load * 0.98)
        powers = player.powers
        self._meters.write(
            MeterReading(
                rate=player.rate,
                sample=player.sample,
                monotonic_ns=heard_ns + len(block) * 1_000_000_000 // player.rate,
                ticks=transport.ticks,
                bpm_centi=transport.bpm_centi,
                is_running=player.is_running,
                bar=transport.bar,
                beat=transport.ticks / transport.ticks_per_beat,
                peak=peak,
                rms=rms,
                underflows=self.underflows,
                callback_load=self._load,
                slot_1=player.slots[0],
                slot_2=player.slots[1],
                peak_1=powers[0][0],
                rms_1=math.sqrt(powers[0][1] / max(main.size, 1)),
                peak_2=powers[1][0],
                rms_2=math.sqrt(powers[1][1] / max(main.size, 1)),
                errors=self.errors,
            )
        )

    def _read_params(self) -> PlaybackParams:
        params = self._parameters.read()
        if params is not None:
            self._params = params
        if self.is_closing:
            if self._final is None:
                self._final = dataclasses.replace(self._params, playing=False)
            return self._final
        return self._params

    def _go_on(self, heard_ns: int, n: int) -> None:
        self._ring.begin(self._player.rate)
        player, last = self._player, self._meters.read()
        if last is not None:
            rate = player.rate
            n_samples = round(max(heard_ns - last.monotonic_ns, 0) * 1e-9 * rate)
            sample, ticks = last.sample, last.ticks
            if last.rate != rate:
                sample, ticks = sample * rate // last.rate, ticks * rate // last.rate
            ticks += n_samples * last.bpm_centi if last.is_running else 0
            player.resume(sample + n_samples, ticks, last.is_running)
        ended = self._ring.written + self._limiter.delay
        state = (player.transport.ticks, player.is_running)
        player.told.append(("began", player.sample, n, self._is_new, ended, *state))
        self._is_new = False

    def _measure(self, block: npt.NDArray[np.float32]) -> tuple[float, float]:
        flat = block.reshape(-1)
        scratch = self._scratch[: len(flat)]
        np.abs(flat, out=scratch)
        return float(scratch.max(initial=0.0)), math.sqrt(float(np.dot(flat, flat)) / max(len(flat), 1))


class Driver(Protocol):
    """What asks for blocks: a sound card, or the clock."""

    name: str
    latency_s: float

    @property
    def is_alive(self) -> bool: ...

    def close(self) -> None: ...


class ClockDriver:
    """Asks for blocks at the pace of the real-time clock, as a card of this latency would, and drops them.

    A block that comes late is caught up with, up to the latency; after that the "card" ran dry: an underflow
    is counted and the time is lost, as it would be on a card.
    """

    name = NO_DEVICE

    def __init__(
        self, output: Output, rate: int, block: int, latency_s: float, n_channels: int = _CHANNELS
    ) -> None:
        self.latency_s = latency_s
        self._output = output
        self._rate = rate
        self._buffer = np.zeros((block, n_channels), np.float32)
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        self._is_closing.set()
        self._thread.join()

    def _run(self) -> None:
        block = len(self._buffer)
        latency_ns = round(self.latency_s * 1e9)
        origin, n_samples, is_underflow = time.monotonic_ns(), 0, False
        while not self._is_closing.is_set():
            due_ns = origin + n_samples * 1_000_000_000 // self._rate
            wait_ns = due_ns - time.monotonic_ns()
            if wait_ns > 0:
                self._is_closing.wait(wait_ns * 1e-9)
                continue
            if -wait_ns > latency_ns:
                origin, n_samples, is_underflow = time.monotonic_ns(), 0, True
                continue
            self._output.fill(self._buffer, due_ns + latency_ns, is_underflow)
            n_samples += block
            is_underflow = False


class CardDriver:
    """One PortAudio stream. Made, watched and closed by the control thread."""

    def __init__(self, output: Output, settings: AudioSettings) -> None:
        """DeviceError if the card can't be had."""
        sounddevice = _portaudio()
        index, device = _find_device(sounddevice, settings.device)
        n_channels = settings.outputs.n_channels
        if device.channels < n_channels:
            raise DeviceError(
                "too-few-outputs",
                f"sound card {device.name!r} has {device.channels} outputs, "
                f"--outputs {settings.outputs} needs {n_channels}",
            )
        extra = None
        if device.host_api == "Windows WASAPI":
            extra = sounddevice.WasapiSettings(auto_convert=True)
        self.name = device.name
        self.device = device
        self._output = output
        self._is_finished = False
        try:
            self._stream = sounddevice.OutputStream(
                samplerate=settings.rate,
                blocksize=settings.block,
                device=index,
                channels=n_channels,
                dtype="float32",
                latency=settings.latency_s,
                extra_settings=extra,
                callback=self._callback,
                finished_callback=self._finished,
            )
            self.latency_s = float(self._stream.latency)
            n_samples = output.n_samples
            self._stream.start()
        except sounddevice.PortAudioError as error:
            is_about_rate = INVALID_SAMPLE_RATE in error.args
            raise DeviceError(
                "device-refused",
                f"sound card {device.name!r} must play {n_channels} channels at {settings.rate} Hz, "
                f"it answered: {error}; available: {_names(_devices(sounddevice))}",
                own_rate=round(device.rate) if is_about_rate else None,
            ) from error

        deadline = time.monotonic() + FIRST_BLOCK_S
        while output.n_samples == n_samples:
            if time.monotonic() > deadline:
                _close_in_time(self)
                raise DeviceError(
                    "device-refused",
                    f"sound card {device.name!r} opens but asks for no audio; choose another",
                )
            time.sleep(0.005)

    @property
    def is_alive(self) -> bool:
        return not self._is_finished and time.monotonic() - self._output.filled_at < STALLED_S

    def close(self) -> None:
        """May hang when the card is gone; the caller knows."""
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _callback(self, out: npt.NDArray[np.float32], n: int, times: Any, flags: Any) -> None:
        delay = times.outputBufferDacTime - times.currentTime
        if not 0.0 < delay < 2.0:  # some host APIs don't tell
            delay = self.latency_s
        heard_ns = time.monotonic_ns() + int(delay * 1e9)
        self._output.fill(out, heard_ns, bool(flags) and bool(flags.output_underflow))

    def _finished(self) -> None:
        self._is_finished = True


def list_devices() -> list[Device]:
    """PortAudio's outputs, in its order. The list is frozen when sounddevice is first imported."""
    with _quiet_stderr():
        return _devices(_portaudio())


def chosen_device(name: str | None) -> Device:
    """The output that a stream on `name` would open, see AudioSettings. DeviceError where there is none."""
    with _quiet_stderr():
        return _find_device(_portaudio(), name)[1]


def accepted_rates(name: str | None, n_channels: int, rates: Sequence[int]) -> tuple[int, ...]:
    """Those of the rates, in Hz, at which that output says it would play so many channels. DeviceError as above."""
    with _quiet_stderr():
        sounddevice = _portaudio()
        index, _ = _find_device(sounddevice, name)
        accepted = []
        for rate in rates:
            with contextlib.suppress(sounddevice.PortAudioError, ValueError):
                sounddevice.check_output_settings(index, n_channels, "float32", samplerate=rate)
                accepted.append(rate)
        return tuple(accepted)


def _portaudio() -> Any:
    """The sounddevice module, which initialises PortAudio. DeviceError where the library is missing."""
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError("no-device", f"{error}: install it (Debian: libportaudio2)") from None
    return sounddevice


def _devices(sounddevice: Any) -> list[Device]:
    host_apis = sounddevice.query_hostapis()
    default = sounddevice.default.device[1]
    return [
        Device(
            name=entry["name"],
            host_api=host_apis[entry["hostapi"]]["name"],
            channels=entry["max_output_channels"],
            rate=entry["default_samplerate"],
            is_default=index == default,
        )
        for index, entry in enumerate(sounddevice.query_devices())
        if entry["max_output_channels"] > 0
    ]


def _find_device(sounddevice: Any, name: str | None) -> tuple[int, Device]:
    """PortAudio's index of a device, by its name or a part that only one has; the default for None."""
    devices = _devices(sounddevice)
    indices = [i for i, entry in enumerate(sounddevice.query_devices()) if entry["max_output_channels"] > 0]
    pairs = list(zip(indices, devices, strict=True))
    if name is None:
        for index, device in pairs:
            if device.is_default:
                return index, device
        raise DeviceError("no-device", f"no default sound card; available: {_names(devices)}")
    wanted = name.casefold().strip()
    for found in (
        [pair for pair in pairs if pair[1].full_name.casefold() == wanted],
        [pair for pair in pairs if pair[1].name.casefold() == wanted and pair[1].is_default],
        [pair for pair in pairs if pair[1].name.casefold() == wanted],
        [pair for pair in pairs if wanted and wanted in pair[1].full_name.casefold()],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise DeviceError(
                "no-device",
                f"sound card {name!r} must name one of several: {_names([device for _, device in found])}",
            )
    raise DeviceError("no-device", f"no sound card named {name!r}; available: {_names(devices)}")


def _names(devices: list[Device]) -> str:
    return ", ".join(repr(device.full_name) for device in devices) or "none"


def ask_for_priority() -> None:
    """Go first: real-time scheduling for all our threads where it is permitted, else niceness where that is.

    All threads, because the callback waits for the interpreter lock that the control thread may hold. 5 is well
    below the sound server's and the kernel's own threads.
    """
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))


def _keep_stderr_for_python() -> None:
    """What ALSA and PortAudio print goes nowhere: it would run over the console's status line."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """ALSA and JACK print pages while PortAudio looks for cards; what counts comes as an exception."""
    sys.stderr.flush()
    saved = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _place(error: BaseException | None) -> str:
    """Where it was raised, if that is known."""
    lines = traceback.extract_tb(error.__traceback__) if error else []
    return f" in {Path(lines[-1].filename).name}:{lines[-1].lineno}" if lines else ""


class Watch:
    """Turns counts into reports, at most one of a kind in `WATCH_S`. No I/O."""

    def __init__(self, latency_s: float) -> None:
        self.latency_s = latency_s
        self._began: float | None = None
        self._n_samples = 0
        self._underflows = 0
        self._errors = 0
        self._told_error_at = -math.inf

    def restart(self) -> None:
        """The stream is a new one: judge its speed afresh."""
        self._began = None

    def check(
        self, now: float, rate: int, n_samples: int, underflows: int, errors: int, error: BaseException | None
    ) -> list[tuple[str, str]]:
        """(code, text) of what went wrong. now: seconds, of any clock; counts are since the process began."""
        reports = []
        if errors > self._errors and now - self._told_error_at >= WATCH_S:
            reports.append(
                (
                    "callback",
                    f"{errors - self._errors} blocks of silence, the callback failed: {error!r}{_place(error)}",
                )
            )
            self._errors, self._told_error_at = errors, now
        if self._began is None:
            self._began, self._n_samples = now, n_samples
        elapsed = now - self._began
        if elapsed >= WATCH_S:
            if underflows > self._underflows:
                count = underflows - self._underflows
                reports.append(
                    (
                        "underflow",
                        f"{count} underflows in the last {elapsed:.0f} s: "
                        f"raise --latency (now {self.latency_s:.3g} s)",
                    )
                )
            played = (n_samples - self._n_samples) / rate / elapsed
            if not 0.97 <= played <= 1.03:
                reports.append(
                    ("clock", f"the sound card played {played:.2f} of real time in the last {elapsed:.0f} s")
                )
            self._began, self._n_samples, self._underflows = now, n_samples, underflows
        return reports


class _OtherRateError(Exception):
    """The card has come back at a rate that only a new process can play."""


class _Session:
    """The control thread's side: pipe, driver, reports."""

    def __init__(self, pipe: Connection, names: SharedNames, settings: AudioSettings) -> None:
        self.pipe = pipe
        self.settings = settings
        self.bank = LoopBank.attach(names.bank)
        self.parameters = ParameterBlock.attach(names.parameters)
        self.meters = Meters.attach(names.meters)
        self.ring = OutputRing.attach(names.ring)
        self.is_replacement = self.meters.read() is not None  # another process played before this one
        self.watch = Watch(settings.latency_s)
        self.driver: Driver | None = None
        self.is_card_lost = False  # one that played and is gone: tried again and again
        self.lost_device: str | None = None
        self.retry_at = 0.0
        self.minded_at = time.monotonic()
        self._play_at(settings.rate)

    def _play_at(self, rate: int) -> None:
        """Begin anew, at this rate. Only before the first stream: what sounds would be lost."""
        self.rate = rate
        self.player = Player(self.bank, rate, _CHANNELS)
        self.output = Output(self.player, self.parameters, self.meters, self.ring, self.settings.outputs)

    def run(self) -> None:
        try:
            self._open()
            gc.collect()
            gc.freeze()
            gc.disable()  # a collection in the callback's way would be heard; nothing here makes cycles
            while self._serve_pipe():
                self._report()
                self._mind_driver()
            self._fade_out()
            self.pipe.send(("ended",))
        except DeviceError as error:
            self.pipe.send(("fault", error.code, str(error)))
            self.pipe.send(("ended",))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._fade_out()  # the console is gone
        except _OtherRateError as error:
            self.pipe.send(("fault", "rate-changed", str(error)))
        finally:
            if self.driver is not None and not _close_in_time(self.driver):
                os._exit(3)

    def _open(self) -> None:
        if self.settings.device == NO_DEVICE:
            self._start_clock()
            self._tell_stream()
            return
        try:
            try:
                self._start_card(self.settings.device)
            except DeviceError as error:
                if error.own_rate is None:
                    raise
                self._play_at(error.own_rate)
                self._start_card(self.settings.device)
        except DeviceError as error:
            if error.code != "too-few-outputs" and self.is_replacement:
                self.pipe.send(("fault", "device-lost", f"{error}; trying to open it every second"))
                self._lose(self.settings.device)
                return
            if self.settings.device is not None or error.code == "too-few-outputs":
                raise
            self.pipe.send(("fault", error.code, f"no usable sound card, playing to the clock only: {error}"))
            self._start_clock()
            self._tell_stream()

    def _start_card(self, name: str | None) -> None:
        self.output.resume(1.5 * self.settings.latency_s)
        self.driver = CardDriver(self.output, dataclasses.replace(self.settings, device=name, rate=self.rate))
        self.is_card_lost = False
        self._tell_stream()

    def _start_clock(self) -> None:
        self.output.resume(0.0)
        settings = self.settings
        self.driver = ClockDriver(
            self.output, self.rate, settings.block, settings.latency_s, settings.outputs.n_channels
        )
        self.watch.restart()

    def _lose(self, name: str | None) -> None:
        """The card of this name, the default one for None, is gone: the music goes on to the clock meanwhile."""
        self.is_card_lost, self.lost_device = True, name
        self._start_clock()
        self._tell_stream()
        self.retry_at = time.monotonic() + RETRY_S

    def _tell_stream(self) -> None:
        assert self.driver is not None
        self.watch.restart()
        name, latency_s = self.driver.name, self.driver.latency_s
        self.pipe.send(("stream", name, self.rate, self.settings.block, latency_s))

    def _serve_pipe(self) -> bool:
        """Wait a moment for commands and hand them over; False after ("stop",)."""
        while self.pipe.poll(_POLL_S):
            message = self.pipe.recv()
            if message == ("stop",):
                return False
            if message[:1] == ("sync",):
                sample = self.ring.written  # all before it was made of what is told by now
                self._send_events()
                self.pipe.send(("synced", *message[1:], sample))
                continue
            try:
                self.player.command(message)
            except ValueError as error:
                self.pipe.send(("fault", "bad-command", str(error)))
                for slot in _given(message):
                    self.pipe.send(("released", message[1], slot))
            self._send_events()
        return True

    def _send_events(self) -> None:
        told, events = self.player.told, self.player.events
        n_events = len(events)
        while told:  # first: a slot that it names may be released by one of these events
            self.pipe.send(told.popleft())
        for _ in range(n_events):
            event = events.popleft()
            match event:
                case ("entered", _, _, slot, _, _):
                    self.bank.write_state(slot, SlotState.SOUNDING)
                case ("released", _, slot):
                    self.bank.write_state(slot, SlotState.RELEASED)
            self.pipe.send(event)

    def _report(self) -> None:
        self._send_events()
        output = self.output
        for code, text in self.watch.check(
            time.monotonic(),
            self.rate,
            output.n_samples,
            output.underflows,
            output.errors,
            output.last_error,
        ):
            self.pipe.send(("fault", code, text))

    def _mind_driver(self) -> None:
        now = time.monotonic()
        if now - self.minded_at > STALLED_S / 2:
            self.output.filled_at = now  # this whole process was stopped: that is not the card's fault
        self.minded_at = now
        driver = self.driver
        if isinstance(driver, CardDriver) and not driver.is_alive:
            if not _close_in_time(driver):
                self.pipe.send(("fault", "device-stuck", f"sound card {driver.name!r} does not let go"))
                os._exit(3)
            self.pipe.send(
                (
                    "fault",
                    "device-lost",
                    f"sound card {driver.name!r} is gone; trying to open it every second",
                )
            )
            self._lose(driver.device.full_name)
        elif self.is_card_lost and now >= self.retry_at:
            self._try_again(self.lost_device)
            self.retry_at = time.monotonic() + RETRY_S

    def _try_again(self, name: str | None) -> None:
        import sounddevice

        # PortAudio's list of cards is made when it starts.
        sounddevice._terminate()
        sounddevice._initialize()
        try:
            _find_device(sounddevice, name)
        except DeviceError:
            return
        clock = self.driver
        assert clock is not None
        clock.close()
        try:
            self._start_card(name)
        except DeviceError as error:
            if error.own_rate is not None:
                raise _OtherRateError(
                    f"sound card {name!r} is back and refuses {self.rate} Hz: starting anew at its own rate"
                ) from error
            self._start_clock()

    def _fade_out(self) -> None:
        self.output.is_closing = True
        self.player.command(("panic",))
        if self.driver is not None:
            time.sleep(min(self.driver.latency_s + 0.05, 0.3))


def _given(message: tuple[Any, ...]) -> list[int]:
    """The slots that come with a command."""
    match message:
        case ("next", _, _, points):
            return [slot for slot, _ in points]
        case ("point", _, _, slot, _) | ("cue", _, slot):
            return [slot]
    return []


def _close_in_time(driver: Driver) -> bool:
    """Closing a dead card's stream can hang for ever: False then, and only a new process helps."""
    closing = threading.Thread(target=driver.close, daemon=True)
    closing.start()
    closing.join(STALLED_S)
    return not closing.is_alive()


def main(pipe: Connection, names: SharedNames, settings: AudioSettings) -> None:
    """The process' main function. Ends on ("stop",) or when the pipe's other end is closed.

    Sends ("stream", device_name, rate, block, latency_s) for each stream that starts, what the player was told and
    its events, ("fault", code, text) and last ("ended",). ("sync", number) is answered by ("synced", number, sample),
    after all that was told of what is in the ring before that sample. The codes: no-device, device-refused,
    too-few-outputs,
    device-lost, device-stuck, underflow, clock, callback, bad-command.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes; the console ends us in order
    ask_for_priority()
    _keep_stderr_for_python()
    sys.setswitchinterval(0.0005)  # the callback must not wait 5 ms for the control thread
    session = _Session(pipe, names, settings)
    try:
        session.run()
    finally:
        pieces = (session.bank, session.parameters, session.meters, session.ring)
        del session
        for shared in pieces:
            shared.close()
