"""What a performer does to the sound of a deck in the block: filter, kills, level, delay; and the limiter, last.

Filters are biquads after R. Bristow-Johnson's Audio EQ Cookbook, run by `scipy.signal.lfilter`, which takes a quarter
of the time of `sosfilt` for blocks of a few hundred samples; the bands that are killed are split by Linkwitz-Riley
filters of fourth order, which add up to an all-pass. An effect that is not in use costs nothing and changes no bit. One
that comes into use first hears what has just been, so that it does not start from silence, and is then faded in. All is
the same for blocks of any size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from instrument.audio.ramp import Ramp
from instrument.memory import DeckParams, gain_of

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Section = tuple[Doubles, Doubles]
"""Numerator and denominator of a filter in z^-1; the denominator begins with 1."""

FADE_S = 0.010  # an effect comes and goes, a level or a kill moves
STEP_S = 0.005  # from one setting of a filter that moves to the next
HISTORY_S = 0.05  # what an effect hears before it is heard: 7 periods at 150 Hz

OPEN_HZ = {"low": 20_000.0, "high": 20.0}  # where the filter stands when it begins to close
SHUT_HZ = {"low": 90.0, "high": 7_000.0}
RESONANCE = 0.9  # how much more Q it has when it is shut
SPLIT_HZ = (150.0, 2_500.0)  # between low, mid and high

DELAY_BEATS = 0.75  # three 16ths, on which dub leans
DELAY_FEEDBACK = 0.55
DELAY_BAND_HZ = (250.0, 4_500.0)
DELAY_LONGEST_S = DELAY_BEATS * 60 / 60  # at 60 BPM
SILENT = 1e-5  # an echo below this, -100 dB, has died away

CEILING_DB = -0.3
LOOK_AHEAD_S = 0.0015
RELEASE_S = 0.12


def biquad(kind: str, hz: float, rate: int, q: float) -> Section:
    """A second-order section. kind: "low", "high" or "all" pass; hz is kept below 0.45 of the rate."""
    w = 2 * math.pi * min(hz, 0.45 * rate) / rate
    cosine, alpha = math.cos(w), math.sin(w) / (2 * q)
    a = np.array([1 + alpha, -2 * cosine, 1 - alpha])
    match kind:
        case "low":
            b = np.array([0.5, 1.0, 0.5]) * (1 - cosine)
        case "high":
            b = np.array([0.5, -1.0, 0.5]) * (1 + cosine)
        case "all":
            b = a[::-1]
        case _:
            raise ValueError(f'kind must be "low", "high" or "all", got {kind!r}')
    return b / a[0], a / a[0]


def squared(section: Section) -> Section:
    """A section twice in a row, as one: of a Butterworth filter, Linkwitz and Riley's. Precise from 100 Hz on."""
    b, a = section
    return np.convolve(b, b), np.convolve(a, a)


class Filter:
    """Sections in a row with their state, over signals `[samples, channels]`."""

    def __init__(self, sections: Sequence[Section], channels: int) -> None:
        from scipy.signal import lfilter  # slow to import, and the console imports this module too

        self._lfilter = lfilter
        self.sections = sections
        self._channels = channels
        self.reset()

    def run(self, signal: Doubles) -> Doubles:
        for i, (b, a) in enumerate(self.sections):
            signal, self._states[i] = self._lfilter(b, a, signal, axis=0, zi=self._states[i])
        return signal

    def twin(self, sections: Sequence[Section]) -> Filter:
        """Other sections in the same state."""
        twin = Filter(sections, self._channels)
        twin._states = list(self._states)  # they are replaced, never changed
        return twin

    def reset(self) -> None:
        self._states = [np.zeros((len(a) - 1, self._channels)) for _, a in self.sections]


class Effect(Protocol):
    """Makes the wet signal. wanted: whether it is to be heard."""

    wanted: bool

    def run(self, dry: Doubles) -> Doubles: ...

    def reset(self) -> None: ...


class Sweep:
    """A low-pass or a high-pass that closes, 24 dB an octave, with a little resonance when it is nearly shut.

    It moves from setting to setting by fading from one filter to the next, which goes on from the same state: as smooth
    as new coefficients at each sample, and two calls a block instead of hundreds.
    """

    def __init__(self, kind: str, rate: int, channels: int, max_block: int) -> None:
        self.wanted = False
        self._kind = kind
        self._rate = rate
        self._closed = self._target = 0.0
        self._filter = Filter(self._sections(0.0), channels)
        self._next: Filter | None = None
        self._mix = Ramp(0.0, np.zeros(max_block))
        self._length = round(STEP_S * rate)

    def aim(self, closed: float) -> None:
        """closed: 0 open .. 1 shut."""
        self.wanted = closed > 0.0
        if self.wanted:  # else it stays as it is while it is faded out
            self._target = closed

    def reset(self) -> None:
        """Before it comes into use: straight to where it should be, as it is faded in."""
        self._closed, self._next = self._target, None
        self._filter.sections = self._sections(self._closed)
        self._filter.reset()

    def run(self, dry: Doubles) -> Doubles:
        wet = np.empty(dry.shape)
        start = 0
        while start < len(dry):
            if self._next is None and self._target != self._closed:
                self._closed = self._target
                self._next = self._filter.twin(self._sections(self._closed))
                self._mix.jump(0.0)
                self._mix.aim(1.0, self._length)
            if self._next is None:
                wet[start:] = self._filter.run(dry[start:])
                break
            n = min(self._mix.length - self._mix.done, len(dry) - start)
            piece = slice(start, start + n)
            wet[piece] = self._filter.run(dry[piece])
            # The other filter's state is not quite this one's: it needs some samples, in which it is not yet heard.
            mix = self._mix.step(n)[:, None]
            wet[piece] += (self._next.run(dry[piece]) - wet[piece]) * (mix * mix * (3.0 - 2.0 * mix))
            if self._mix.is_settled:
                self._filter, self._next = self._next, None
            start += n
        return wet

    def _sections(self, closed: float) -> list[Section]:
        hz = OPEN_HZ[self._kind] * (SHUT_HZ[self._kind] / OPEN_HZ[self._kind]) ** closed
        qs = (0.54, 1.31 + RESONANCE * closed)  # of a Butterworth filter where it is open
        return [biquad(self._kind, hz, self._rate, q) for q in qs]


class Kills:
    """Low, mid and high band, each with a gain of its own."""

    def __init__(self, rate: int, channels: int, max_block: int) -> None:
        self.wanted = False
        butterworth = math.sqrt(0.5)

        def split(kind: str, hz: float) -> Section:
            return squared(biquad(kind, hz, rate, butterworth))

        low_hz, high_hz = SPLIT_HZ
        # What the second split does to the phase of mid and high together is done to the lows too.
        aligned = biquad("all", high_hz, rate, butterworth)
        self._low = Filter([split("low", low_hz), aligned], channels)
        self._rest = Filter([split("high", low_hz)], channels)
        self._mid, self._high = (Filter([split(kind, high_hz)], channels) for kind in ("low", "high"))
        self._gains = tuple(Ramp(1.0, np.zeros(max_block)) for _ in range(3))
        self._length = round(FADE_S * rate)

    def aim(self, killed: tuple[bool, bool, bool]) -> None:
        for gain, is_killed in zip(self._gains, killed, strict=True):
            target = 0.0 if is_killed else 1.0
            if gain.target != target:
                gain.aim(target, self._length)
        self.wanted = any(killed)

    def reset(self) -> None:
        for band in (self._low, self._rest, self._mid, self._high):
            band.reset()
        for gain in self._gains:
            gain.jump(gain.target)

    def run(self, dry: Doubles) -> Doubles:
        low, rest = self._low.run(dry), self._rest.run(dry)
        wet = np.zeros(dry.shape)
        for gain, band in zip(self._gains, (low, self._mid.run(rest), self._high.run(rest)), strict=True):
            if not gain.is_settled:
                band *= gain.step(len(dry))[:, None]
            elif gain.value == 0.0:
                continue
            wet += band
        return wet


class Insert:
    """Fades an effect in and out. It comes in warm: with what the deck has just played in its filters."""

    def __init__(self, effect: Effect, rate: int, channels: int, max_block: int) -> None:
        self.effect = effect
        self._history = np.zeros((round(HISTORY_S * rate), channels), np.float32)
        self._mix = Ramp(0.0, np.zeros(max_block))
        self._length = round(FADE_S * rate)

    @property
    def is_idle(self) -> bool:
        return self._mix.is_settled and self._mix.target == 0.0

    def clear(self) -> None:
        """Nothing was heard before."""
        self._history.fill(0.0)

    def run(self, signal: Floats) -> None:
        """In place."""
        history = self._history
        dry = signal[-len(history) :].copy()
        self._process(signal)
        history[: len(history) - len(dry)] = history[len(dry) :]
        history[len(history) - len(dry) :] = dry

    def _process(self, signal: Floats) -> None:
        target = 1.0 if self.effect.wanted else 0.0
        if target == 0.0 and self.is_idle:
            return
        if self.is_idle:
            self.effect.reset()
            self.effect.run(self._history.astype(np.float64))
        if target != self._mix.target:
            self._mix.aim(target, self._length)
        wet = self.effect.run(signal.astype(np.float64))
        if self._mix.is_settled:
            signal[:] = wet
            return
        wet -= signal
        wet *= self._mix.step(len(signal))[:, None]
        signal += wet.astype(np.float32)


class Delay:
    """Echoes three 16ths apart that change sides and grow darker; they ring on when the send closes."""

    def __init__(self, rate: int, channels: int, max_block: int) -> None:
        self._rate = rate
        self._line = np.zeros((2 * math.ceil(DELAY_LONGEST_S * rate), channels))
        self._at = 0
        self._send = Ramp(0.0, np.zeros(max_block))
        self._fade = Ramp(1.0, np.zeros(max_block))
        self._lag = self._old_lag = 0
        self._length = round(FADE_S * rate)
        low, high = DELAY_BAND_HZ
        self._band = Filter([biquad("high", low, rate, 0.6), biquad("low", high, rate, 0.6)], channels)
        self._quiet = len(self._line)  # samples since the line last held something

    def aim(self, send: float) -> None:
        if send != self._send.target:
            self._send.aim(send, self._length)

    def clear(self) -> None:
        self._line.fill(0.0)
        self._band.reset()
        self._quiet = len(self._line)

    def run(self, signal: Floats, bpm: float) -> None:
        """Adds the echoes to `signal`, in place."""
        if self._send.is_settled and self._send.target == 0.0 and self._quiet >= len(self._line):
            return
        lag = min(round(DELAY_BEATS * 60.0 / bpm * self._rate), len(self._line) // 2)
        if lag != self._lag and self._fade.is_settled:
            self._old_lag, self._lag = self._lag or lag, lag
            self._fade.jump(0.0)
            self._fade.aim(1.0, 3 * self._length)
        longest = min(self._lag, self._old_lag)  # what is heard must have been written
        for start in range(0, len(signal), longest):
            self._run_piece(signal[start : start + longest])

    def _run_piece(self, signal: Floats) -> None:
        n = len(signal)
        echo = self._read(self._lag, n)
        if not self._fade.is_settled:
            old = self._read(self._old_lag, n)
            echo = old + (echo - old) * self._fade.step(n)[:, None]
        send = self._send.value if self._send.is_settled else self._send.step(n)[:, None]
        fed = signal * send + DELAY_FEEDBACK * self._band.run(echo)[:, ::-1]
        self._line[(self._at + np.arange(n)) % len(self._line)] = fed
        self._at = (self._at + n) % len(self._line)
        is_loud = float(np.abs(fed).max(initial=0.0)) > SILENT
        self._quiet = 0 if is_loud else self._quiet + n
        signal += echo.astype(np.float32)

    def _read(self, lag: int, n: int) -> Doubles:
        return self._line[(self._at - lag + np.arange(n)) % len(self._line)]


class Chain:
    """All of a deck's effects, in the order filter, kills, level, delay. One thread."""

    def __init__(self, rate: int, channels: int, max_block: int) -> None:
        self._low_pass = Sweep("low", rate, channels, max_block)
        self._high_pass = Sweep("high", rate, channels, max_block)
        self._kills = Kills(rate, channels, max_block)
        effects = (self._low_pass, self._high_pass, self._kills)
        self._inserts = [Insert(effect, rate, channels, max_block) for effect in effects]
        self._level = Ramp(1.0, np.zeros(max_block))
        self._delay = Delay(rate, channels, max_block)
        self._length = round(FADE_S * rate)

    def follow(self, params: DeckParams, at_once: bool = False) -> None:
        """at_once: the level does not fade to where it should be."""
        self._low_pass.aim(max(-params.filter, 0.0))
        self._high_pass.aim(max(params.filter, 0.0))
        self._kills.aim((params.kill_low, params.kill_mid, params.kill_high))
        self._delay.aim(params.delay_send)
        level = 0.0 if params.mute else gain_of(params.level_db)
        if at_once:
            self._level.jump(level)
        elif level != self._level.target:
            self._level.aim(level, self._length)

    def clear(self) -> None:
        """Forget what was heard: after a stop, no echo of before comes back."""
        self._delay.clear()
        for insert in self._inserts:
            insert.clear()

    def run(self, signal: Floats, bpm: float) -> None:
        """In place. signal: [samples, channels], at most the largest block."""
        for insert in self._inserts:
            insert.run(signal)
        if not self._level.is_settled:
            signal *= self._level.step(len(signal))[:, None].astype(np.float32)
        elif self._level.value != 1.0:
            signal *= np.float32(self._level.value)
        self._delay.run(signal, bpm)


class Limiter:
    """A peak limiter that looks ahead: nothing above the ceiling leaves it, and what stays below is untouched.

    The gain falls as a ramp that is down when the peak arrives, the lowest of all needed within the look-ahead, and
    comes back in about RELEASE_S. It delays by `delay` samples, always, also when it is off.
    """

    def __init__(self, rate: int, channels: int, max_block: int) -> None:
        self.delay = max(1, round(LOOK_AHEAD_S * rate)) - 1
        self._ceiling = 10 ** (CEILING_DB / 20)
        self._channels = channels
        self._decay = math.exp(-1.0 / (RELEASE_S * rate))
        self._powers = self._decay ** np.arange(max_block + 1, dtype=np.float64)
        self._window = self.delay + 1
        self.reset()

    def reset(self) -> None:
        """Nothing was heard before."""
        self._late = np.zeros((self.delay, self._channels), np.float32)  # samples that have not left yet
        self._needed = np.zeros(self.delay)  # reductions, 0 for none, of the samples before this block
        self._held = np.zeros(self.delay)
        self._last = 0.0
        self._is_idle = True

    def run(self, block: Floats, is_on: bool) -> None:
        """In place: block becomes what was `delay` samples ago, below the ceiling if it is on."""
        n = len(block)
        # By columns: NumPy's maximum along so short an axis takes ten times as long.
        peaks = np.abs(block[:, 0])
        for channel in range(1, self._channels):
            np.maximum(peaks, np.abs(block[:, channel]), out=peaks)
        joined = np.concatenate([self._late, block])
        block[:] = joined[:n]
        self._late = joined[n:]
        loudest = float(peaks.max(initial=0.0))
        if self._is_idle and (not is_on or loudest <= self._ceiling):
            return
        needed = np.zeros(n)
        if is_on:
            loud = np.maximum(
                peaks, self._ceiling, dtype=np.float64
            )  # in float32 a gain is off by its last bits
            np.maximum(1.0 - self._ceiling / loud, 0.0, out=needed)
        history = np.concatenate([self._needed, needed])
        self._needed = history[n:]
        ahead = np.lib.stride_tricks.sliding_window_view(history, self._window).max(axis=1)
        # The release: a value falls by `decay` a sample unless a higher one comes.
        powers = self._powers[1 : n + 1]
        held = np.maximum.accumulate(np.maximum(ahead / powers, self._last)) * powers
        self._last = float(held[-1])
        history = np.concatenate([self._held, held])
        self._held = history[n:]
        sums = np.cumsum(np.concatenate([[0.0], history]))
        reduction = (sums[self._window :] - sums[: -self._window]) / self._window
        # What rounding in the mean may leave above the ceiling is far below its last bit of float32.
        block *= (1.0 - reduction)[:, None].astype(np.float32)
        if self._last < 1e-6 and not self._needed.any():
            self._last = 0.0
            self._held.fill(0.0)
            self._is_idle = True
        else:
            self._is_idle = False
