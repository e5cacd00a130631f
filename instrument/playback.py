"""From loops to blocks: phase-exact looping, repitching, swaps at musical boundaries, gestures, play and stop, gain."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.effects import Chain
from instrument.memory import LoopBank, PlaybackParams, SlotHeader, gain_of
from instrument.ramp import Ramp
from instrument.slip import Course, Slip
from instrument.transport import Transport

CROSSFADE_S = 0.030
FADE_IN_S = 0.002  # short: the first kick keeps its attack
FADE_OUT_S = 0.010
GAIN_S = 0.010
# Below this correlation, keeping the level would take gains so high that transients would jump out.
LOWEST_RHO = -0.5
MAX_BARS = 64  # so that ticks * samples fits 64 bits

Floats = npt.NDArray[np.float32]


def crossfade_gains(position: npt.ArrayLike, rho: float) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Gains g (old loop) and h (new) at `position` 0..1 that keep the level: g^2 + h^2 + 2 rho g h = 1.

    rho is the correlation of the two loops; from -1 to `LOWEST_RHO` it counts as `LOWEST_RHO`.
    """
    rho = min(max(rho, LOWEST_RHO), 1.0)
    x = np.asarray(position, np.float64)
    rise = x * x * (3.0 - 2.0 * x)
    fall = 1.0 - rise
    level = np.sqrt(fall * fall + rise * rise + 2.0 * rho * fall * rise)
    return fall / level, rise / level


class Voice:
    """One loop as the transport plays it: its place is the transport's position modulo the loop's length."""

    def __init__(self, bank: LoopBank, slot: int, transport: Transport) -> None:
        """ValueError if the slot holds no loop."""
        header: SlotHeader = bank.header(slot)
        if (
            not 0 < header.n_samples <= bank.max_samples
            or not 1 <= header.n_bars <= MAX_BARS
            or header.bpm_centi < 1
        ):
            raise ValueError(
                f"slot {slot} must hold 1..{bank.max_samples} samples, 1..{MAX_BARS} bars and a tempo, "
                f"got {header.n_samples} samples, {header.n_bars} bars, {header.bpm} BPM"
            )
        self.slot = slot
        self.epoch = header.epoch
        self.n_samples = header.n_samples
        self.ticks = header.n_bars * transport.ticks_per_bar
        self.audio = bank.samples(slot)[: header.n_samples]
        # Read sample by sample at its own tempo, if it has just the length that this tempo asks for.
        exact = (2 * self.ticks + header.bpm_centi) // (2 * header.bpm_centi) == header.n_samples
        self.exact_bpm_centi = header.bpm_centi if exact else 0


class Player:
    """Plays the bank's loops, block by block.

    `command` may be called by one other thread; everything else belongs to the thread that renders. What
    happens is appended to `events`: ("entered", slot, sample, bar) and ("released", slot).
    """

    def __init__(self, bank: LoopBank, rate: int, channels: int = 2, max_block: int = 4096) -> None:
        if channels != bank.channels:
            raise ValueError(f"channels must be the loop bank's {bank.channels}, got {channels}")
        self.rate = rate
        self.channels = channels
        self.sample = 0  # samples rendered
        self.transport = Transport(rate)
        self.events: deque[tuple[Any, ...]] = deque()
        self._bank = bank
        self._commands: deque[tuple[Any, ...]] = deque()
        self._sounding: Voice | None = None
        self._entering: Voice | None = None
        self._pending: Voice | None = None
        self._pending_rho = 0.0
        self._is_running = False
        self._is_restarting = False
        self._params: PlaybackParams | None = None
        self._playing = False
        self._swap = 2

        self._max_block = max_block
        self._fade_length = round(CROSSFADE_S * rate)
        self._faded = 0
        self._fade_positions = (np.arange(self._fade_length) + 0.5) / self._fade_length
        self._old_gain = np.zeros((self._fade_length, 1), np.float32)
        self._new_gain = np.zeros((self._fade_length, 1), np.float32)
        self._fade_in = round(FADE_IN_S * rate)
        self._fade_out = round(FADE_OUT_S * rate)
        self._gain_length = round(GAIN_S * rate)
        self._gain = Ramp(1.0, np.zeros(max_block))
        self._gate = Ramp(0.0, np.zeros(max_block))
        self._level = np.zeros((max_block, 1), np.float32)
        self._other = np.zeros((max_block, channels), np.float32)
        self._before = np.zeros((max_block, channels), np.float32)
        self._slip = Slip(self.transport)
        self._chain = Chain(rate, channels, max_block)
        self._reader = _Reader(max_block, channels)

    @property
    def is_running(self) -> bool:
        """The transport moves: playing, and a loop has entered."""
        return self._is_running

    @property
    def sounding_slot(self) -> int:
        """The slot that sounds, the newer one during a crossfade; -1 for none."""
        voice = self._entering or self._sounding
        return voice.slot if voice else -1

    @property
    def sounding_epoch(self) -> int:
        voice = self._entering or self._sounding
        return voice.epoch if voice else 0

    def command(self, message: tuple[Any, ...]) -> None:
        """("next", slot, rho): enter at the next boundary, not what waited; ("cancel",): nothing enters;
        ("restart",): from bar 1 again.

        Takes effect in the next block. Called by one thread, which may be another than the rendering one.
        ValueError for an unknown message, a slot without a loop, or rho outside -1..1.
        """
        match message:
            case ("next", int(slot), float() | int() as rho):
                if not -1.0 <= rho <= 1.0:
                    raise ValueError(f"rho must be in -1..1, got {rho}")
                self._commands.append(("next", Voice(self._bank, slot, self.transport), float(rho)))
            case ("cancel",) | ("restart",):
                self._commands.append(message)
            case _:
                raise ValueError(
                    f"a command is ('next', slot, rho), ('cancel',) or ('restart',), got {message!r}"
                )

    def resume(self, sample: int, ticks: int, is_running: bool) -> None:
        """Go on at this position, as if it had never stopped; what sounds fades in there."""
        self.sample = sample
        self.transport.ticks = ticks
        self._is_running = is_running
        self._slip.reset()
        self._finish_crossfade()
        self._gate.jump(0.0)
        if is_running:
            self._gate.aim(1.0, self._fade_in)

    def render(self, out: Floats, params: PlaybackParams) -> None:
        """Fill one block, `[samples, channels]`. Audio thread only: no locks, no I/O, no lasting allocation.

        Should it raise, the transport has moved on all the same.
        """
        n = len(out)
        sample, ticks = self.sample, self.transport.ticks
        try:
            self._take_commands()
            self._follow(params)
            start = 0
            while start < n:
                count = self._span(min(n - start, self._max_block))
                self._fill(out[start : start + count])
                start += count
        except BaseException:
            self.sample = sample + n
            if self._is_running:
                self.transport.ticks = ticks + n * self.transport.bpm_centi
            raise

    def _take_commands(self) -> None:
        while self._commands:
            message = self._commands.popleft()
            if message[0] == "restart":
                self._is_restarting = self._is_running
                continue
            replaced, self._pending = self._pending, None
            if message[0] == "next":
                self._pending, self._pending_rho = message[1], message[2]
            if replaced is not None:
                self._release(replaced.slot)

    def _follow(self, params: PlaybackParams) -> None:
        if params is self._params:
            return
        gain = gain_of(params.gain_db)
        if self._params is None:
            self._gain.jump(gain)
        elif gain != self._gain.target:
            self._gain.aim(gain, self._gain_length)
        self._chain.follow(params, at_once=self._params is None)
        self._slip.aim(params.stutter, params.reverse)
        self.transport.bpm_centi = round(params.bpm * (100 + params.nudge))
        self._playing = params.playing
        self._swap = params.swap
        self._params = params

    def _span(self, limit: int) -> int:
        """Do what is due at the current sample; return for how many samples, at most `limit`, nothing is."""
        gate = self._gate
        if self._is_running and gate.is_settled and gate.target == 0.0:
            self._is_running = False
            self._finish_crossfade()
        if not self._is_running:
            self._stand()
        elif (self._is_restarting or not self._playing) and gate.target != 0.0:
            gate.aim(0.0, self._fade_out)

        if not self._is_running:
            return limit
        limit = min(limit, self._slip.span())
        if gate.target == 0.0:
            limit = min(limit, gate.length - gate.done)
        if self._entering is not None:
            if self._faded < self._fade_length:
                return min(limit, self._fade_length - self._faded)
            self._finish_crossfade()
        if self._pending is not None:
            if self._sounding is None:
                self._enter()
                gate.jump(0.0)
                gate.aim(1.0, self._fade_in)
            else:
                wait = self.transport.samples_to_swap(self._swap, self._sounding.ticks)
                if wait > 0:
                    return min(limit, wait)
                self._enter()
        if self._entering is not None:
            limit = min(limit, self._fade_length)
        return limit

    def _stand(self) -> None:
        """At rest: a loop that waits enters unheard. Then start from the downbeat, if asked to play."""
        self._is_restarting = False
        is_starting = self._playing and (self._sounding or self._pending) is not None
        if is_starting:
            self.transport.ticks = 0
            self._slip.reset()
            self._chain.clear()
        if self._pending is not None:
            self._enter()
        if is_starting:
            self._is_running = True
            self._gate.jump(0.0)
            self._gate.aim(1.0, self._fade_in)

    def _enter(self) -> None:
        voice, self._pending = self._pending, None
        assert voice is not None
        old = self._sounding
        self.events.append(("entered", voice.slot, self.sample, self.transport.bar))
        if old is None or not self._is_running or old.slot == voice.slot:
            self._sounding = voice
            if old is not None:
                self._release(old.slot)
            return
        self._entering = voice
        self._faded = 0
        old_gain, new_gain = crossfade_gains(self._fade_positions, self._pending_rho)
        self._old_gain[:, 0] = old_gain
        self._new_gain[:, 0] = new_gain

    def _finish_crossfade(self) -> None:
        if self._entering is not None:
            old, self._sounding, self._entering = self._sounding, self._entering, None
            if old is not None:
                self._release(old.slot)

    def _release(self, slot: int) -> None:
        for voice in (self._sounding, self._entering, self._pending):
            if voice is not None and voice.slot == slot:
                return
        self.events.append(("released", slot))

    def _fill(self, out: Floats) -> None:
        n = len(out)
        if not self._is_running or self._sounding is None:
            out.fill(0.0)
        else:
            self._read(self._sounding, out)
            if self._entering is not None:
                other = self._other[:n]
                self._read(self._entering, other)
                fade = slice(self._faded, self._faded + n)
                out *= self._old_gain[fade]
                other *= self._new_gain[fade]
                out += other
                self._faded += n
            self._chain.run(out, self.transport.bpm_centi / 100)
        self._apply_gain(out)
        if self._is_running:
            self._slip.advance(n)
            self.transport.advance(n)
        self.sample += n

    def _read(self, voice: Voice, out: Floats) -> None:
        """The voice on the course of the moment, faded over from the course before where that has just ended."""
        slip = self._slip
        self._reader.read(voice, self.transport, slip.course, out)
        if slip.is_fading:
            before = self._before[: len(out)]
            self._reader.read(voice, self.transport, slip.before, before)
            gain = slip.fade(len(out))
            out *= gain
            before *= 1.0 - gain
            out += before

    def _apply_gain(self, out: Floats) -> None:
        gain, gate = self._gain, self._gate
        if gain.is_settled and gate.is_settled:
            level = gain.value * gate.value
            if level != 1.0:
                out *= np.float32(level)
            return
        n = len(out)
        level_of = self._level[:n, 0]
        if gate.is_settled:
            np.multiply(gain.step(n), gate.value, out=level_of, casting="same_kind")
        elif gain.is_settled:
            np.multiply(gate.step(n), gain.value, out=level_of, casting="same_kind")
        else:
            np.multiply(gain.step(n), gate.step(n), out=level_of, casting="same_kind")
        out *= self._level[:n]


class _Reader:
    """Reads voices at the transport's position, exactly or repitched. Keeps the scratch memory for it."""

    def __init__(self, max_block: int, channels: int) -> None:
        self._count = np.arange(max_block, dtype=np.int64)
        self._ticks = np.zeros(max_block, np.int64)
        self._index = np.zeros(max_block, np.int64)
        self._part = np.zeros(max_block, np.float64)
        self._weight = np.zeros(max_block, np.float64)
        self._weight32 = np.zeros((max_block, 1), np.float32)
        self._tap = np.zeros((max_block, channels), np.float32)

    def read(self, voice: Voice, transport: Transport, course: Course, out: Floats) -> None:
        """Fill out, `[n, channels]`, from where the course is at the transport's current sample."""
        if course.is_straight and transport.bpm_centi == voice.exact_bpm_centi:
            self._read_exactly(voice, transport, out)
        else:
            ticks, step = course.at(transport.ticks), course.direction * transport.bpm_centi
            self._read_repitched(voice, ticks, step, out)

    def _read_exactly(self, voice: Voice, transport: Transport, out: Floats) -> None:
        n, done = len(out), 0
        index = transport.passes(voice.ticks)
        offset = -transport.samples_to(index * voice.ticks)
        while done < n:
            next_pass = transport.samples_to((index + 1) * voice.ticks) - done
            count = min(n - done, next_pass)
            within = min(count, voice.n_samples - offset)
            out[done : done + within] = voice.audio[offset : offset + within]
            if (
                within < count
            ):  # a pass lasts floor(L) or ceil(L): now and then one sample more than the loop has
                out[done + within : done + count] = voice.audio[: count - within]
            done += count
            index += 1
            offset = 0

    def _read_repitched(self, voice: Voice, first: int, step: int, out: Floats) -> None:
        """Catmull-Rom through four samples, `step` ticks apart from `first` on.

        Positions are whole ticks, so that blocks of any size agree.
        """
        n = len(out)
        ticks, index, part = self._ticks[:n], self._index[:n], self._part[:n]
        np.multiply(self._count[:n], step, out=ticks)
        ticks += first % voice.ticks
        np.remainder(ticks, voice.ticks, out=ticks)
        ticks *= voice.n_samples
        np.floor_divide(ticks, voice.ticks, out=index)
        np.remainder(ticks, voice.ticks, out=ticks)
        np.true_divide(ticks, voice.ticks, out=part)

        weight, weight32, tap = self._weight[:n], self._weight32[:n], self._tap[:n]
        out.fill(0.0)
        index -= 1
        for a, b, c, d in _CATMULL_ROM:
            np.multiply(part, d, out=weight)
            weight += c
            weight *= part
            weight += b
            weight *= part
            weight += a
            weight32[:, 0] = weight
            np.take(voice.audio, index, axis=0, out=tap, mode="wrap")
            tap *= weight32
            out += tap
            index += 1


# Weights of the samples at -1, 0, 1, 2 as polynomials a + b x + c x^2 + d x^3 of the place x between 0 and 1.
_CATMULL_ROM = (
    (0.0, -0.5, 1.0, -0.5),
    (1.0, 0.0, -2.5, 1.5),
    (0.0, 0.5, 2.0, -1.5),
    (0.0, 0.0, -0.5, 0.5),
)
