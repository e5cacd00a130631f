"""From loops to blocks: two decks in one transport, their crossfade, play and stop, gain."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from instrument.audio.cue import SOURCES, CueBus
from instrument.audio.deck import Deck, crossfade_gains
from instrument.audio.effects import Chain
from instrument.audio.follow import Follower
from instrument.audio.ramp import Ramp
from instrument.audio.reader import Floats, Reader, Voice
from instrument.audio.slip import STRAIGHT
from instrument.memory import LoopBank, PlaybackParams, gain_of
from instrument.params import DECKS
from instrument.transport import Transport

FADE_IN_S = 0.002  # short: the first kick keeps its attack
FADE_OUT_S = 0.010
GAIN_S = 0.010
LIKENESS_S = 0.030  # what is compared of two decks, on every 16th
MEMORY = 0.8  # what such a comparison keeps of those before it


class Mixed:
    """A deck as it is mixed: its gestures, and its gains above the lows and in them."""

    def __init__(self, deck: Deck, rate: int, channels: int, max_block: int, gain: float) -> None:
        self.deck = deck
        self.chain = Chain(rate, channels, max_block)
        self.high = Ramp(gain, np.zeros(max_block))
        self.low = Ramp(gain, np.zeros(max_block))
        self.signal = np.zeros((max_block, channels), np.float32)
        self.lows = np.zeros((max_block, channels), np.float32)
        self.probe = np.zeros((max_block, channels), np.float32)
        self.peak = self.power = 0.0  # of what was given since the block began
        self._magnitude = np.zeros((max_block, channels), np.float32)

    def measure(self, signal: Floats) -> None:
        """Note how loud what is given is."""
        magnitude = self._magnitude[: len(signal)]
        np.abs(signal, out=magnitude)
        self.peak = max(self.peak, float(magnitude.max(initial=0.0)))
        self.power += float(np.vdot(signal, signal))

    @property
    def is_silent(self) -> bool:
        ramps = (self.high, self.low)
        return not self.deck.has_loop or all(ramp.is_settled and ramp.target == 0.0 for ramp in ramps)

    def read(self, n: int) -> Floats:
        """What the deck gives into the mix, before its gestures, `[n, channels]`."""
        signal, high, low = self.signal[:n], self.high, self.low
        if self.is_silent:
            signal.fill(0.0)
        elif high.is_settled and low.is_settled and high.target == low.target:
            self.deck.read(signal)
            if high.target != 1.0:
                signal *= np.float32(high.target)
        else:
            lows = self.lows[:n]
            self.deck.read(signal, lows)
            signal -= lows
            for part, gain in ((signal, high), (lows, low)):
                if gain.is_settled:
                    part *= np.float32(gain.target)
                else:
                    part *= gain.step(n)[:, None].astype(np.float32)
            signal += lows
        return signal


class Player:
    """Plays the bank's loops, block by block.

    `command` may be called by one other thread; everything else belongs to the thread that renders. What
    happens is appended to `events`: ("entered", deck, fan, slot, sample, bar), ("added", deck, fan, slot, sample) and
    ("released", deck, slot). What it was told is appended to `told`, with the sample from which on it counts:
    ("took", sample, command, slots), with the slots whose loops the command brings, and ("params", sample, params).
    The same told at the same samples, in the same blocks, is the same audio.
    """

    def __init__(self, bank: LoopBank, rate: int, channels: int = 2, max_block: int = 4096) -> None:
        if channels != bank.channels:
            raise ValueError(f"channels must be the loop bank's {bank.channels}, got {channels}")
        self.rate = rate
        self.channels = channels
        self.sample = 0  # samples rendered
        self.transport = Transport(rate)
        self._follower = Follower(self.transport)
        self._heard_ns = 0  # when the block's first sample is heard
        self._heard_sample = 0  # which one that is
        self.events: deque[tuple[Any, ...]] = deque()
        self.told: deque[tuple[Any, ...]] = deque()
        self._bank = bank
        self._commands: deque[tuple[tuple[Any, ...], tuple[Voice, ...]]] = deque()
        self._is_running = False
        self._is_restarting = False
        self._is_cut = False  # stops at once, not on the bar
        self._params: PlaybackParams | None = None
        self._playing = False
        self._swap = 2
        self._crossfade = 0.0
        self._has_bass_swap = True
        self._bass = 1  # the deck whose lows are heard, where they change hands

        self._max_block = max_block
        self._fade_in = round(FADE_IN_S * rate)
        self._fade_out = round(FADE_OUT_S * rate)
        self._gain_length = round(GAIN_S * rate)
        self._gain = Ramp(1.0, np.zeros(max_block))
        self._gate = Ramp(0.0, np.zeros(max_block))
        self._level = np.zeros((max_block, 1), np.float32)
        self._reader = reader = Reader(self.transport, max_block, channels)
        self._mixed = tuple(
            Mixed(
                Deck(number, bank, self.transport, reader, max_block, self.events),
                rate,
                channels,
                max_block,
                1.0 if number == 1 else 0.0,
            )
            for number in DECKS
        )
        self._decks = tuple(mixed.deck for mixed in self._mixed)
        self._n_probe = min(round(LIKENESS_S * rate), max_block)
        self._products = np.zeros(3)  # of the decks' signals above the lows: with themselves, with each other
        self._cue_bus = CueBus(rate, channels, max_block)
        self._cue_source = SOURCES[0]
        self._probed_at = -1  # ticks of the 16th of the latest comparison

    @property
    def is_running(self) -> bool:
        """The transport moves: playing, and a loop has entered."""
        return self._is_running

    @property
    def slots(self) -> list[int]:
        """The slot that sounds on each deck; -1 for none."""
        return [deck.slot for deck in self._decks]

    @property
    def powers(self) -> list[tuple[float, float]]:
        """Peak and energy of what each deck gave into the last block."""
        return [(mixed.peak, mixed.power) for mixed in self._mixed]

    def command(self, message: tuple[Any, ...]) -> None:
        """What takes effect in the next block:

        ("next", deck, fan, ((slot, (x, y)), ..)): a fan enters at the next boundary, not what waited.
        ("point", deck, fan, slot, (x, y)), ("drop", deck, fan, slot): the fan has one point more, or less.
        ("cancel", deck): nothing enters.
        ("cue", deck, slot): may be listened to until something waits to enter; -1 for none.
        ("restart",): from bar 1 again. ("downbeat",): beat 1 of a bar is now. ("panic",): stop at once.

        Called by one thread, which may be another than the rendering one. ValueError for an unknown message, or a
        slot without a loop.
        """
        match message:
            case ("next", deck, int(), points) if deck in DECKS and points:
                voices = tuple(Voice(self._bank, slot, self.transport) for slot, _ in points)
                self._commands.append((message, voices))
            case ("point", deck, int(), int(slot), _) if deck in DECKS:
                self._commands.append((message, (Voice(self._bank, slot, self.transport),)))
            case ("cue", deck, int(slot)) if deck in DECKS:
                heard = () if slot == -1 else (Voice(self._bank, slot, self.transport),)
                self._commands.append((message, heard))
            case ("drop", deck, int(), int()) | ("cancel", deck) if deck in DECKS:
                self._commands.append((message, ()))
            case ("restart",) | ("downbeat",) | ("panic",):
                self._commands.append((message, ()))
            case _:
                raise ValueError(f"not a command of the player: {message!r}")

    def resume(self, sample: int, ticks: int, is_running: bool) -> None:
        """Go on at this position, as if it had never stopped; what sounds fades in there."""
        self.sample = sample
        self.transport.ticks = ticks
        self._is_running = is_running
        for deck in self._decks:
            deck.slip.reset()
            deck.finish_crossfades()
        self._gate.jump(0.0)
        if is_running:
            self._gate.aim(1.0, self._fade_in)

    def render(
        self, out: Floats, params: PlaybackParams, cue: Floats | None = None, heard_ns: int = 0
    ) -> None:
        """Fill one block, `[samples, channels]`. Audio thread only: no locks, no I/O, no lasting allocation.

        cue: a block as long for the cue bus, where there is one. heard_ns: when its first sample is heard, by
        `time.monotonic_ns()`, for a clock that is followed. Should it raise, the transport has moved on all the same.
        """
        n = len(out)
        sample, ticks = self.sample, self.transport.ticks
        for mixed in self._mixed:
            mixed.peak = mixed.power = 0.0
        try:
            self._follow(params)
            self._take_commands()
            if self._is_following:
                self.told.append(("heard", sample, heard_ns))
                self._heard_ns, self._heard_sample = self._follower.heard(heard_ns, sample), sample
                if self._follower.steer(params, self._heard_ns):
                    self._is_restarting = self._is_running
            start = 0
            while start < n:
                count = self._span(min(n - start, self._max_block))
                piece = slice(start, start + count)
                self._fill(out[piece], None if cue is None else cue[piece])
                start += count
        except BaseException:
            self.sample = sample + n
            if self._is_running:
                self.transport.ticks = ticks + n * self.transport.bpm_centi
            raise

    def _take_commands(self) -> None:
        while self._commands:
            message, voices = self._commands.popleft()
            self.told.append(("took", self.sample, message, tuple(voice.slot for voice in voices)))
            match message[0]:
                case "restart":
                    self._is_restarting = self._is_running
                case "panic":
                    self._is_cut = True
                case "downbeat":
                    self._shift()
                case _:
                    self._decks[message[1] - 1].take(message, voices, self.sample)

    def _shift(self) -> None:
        """The nearest bar line is here, and all that sounds goes on from it."""
        transport = self.transport
        bar = transport.ticks_per_bar
        before, transport.ticks = transport.ticks, (2 * transport.ticks + bar) // (2 * bar) * bar
        for deck in self._decks:
            deck.slip.jump(before)

    def _follow(self, params: PlaybackParams) -> None:
        if params is self._params:
            return
        self.told.append(("params", self.sample, params))
        gain = gain_of(params.gain_db)
        is_first = self._params is None
        if is_first:
            self._gain.jump(gain)
        elif gain != self._gain.target:
            self._gain.aim(gain, self._gain_length)
        for mixed, deck in zip(self._mixed, params.decks, strict=True):
            mixed.chain.follow(deck, at_once=is_first)
            mixed.deck.follow(deck)
        self.transport.bpm_centi = round(params.bpm * (100 + params.nudge))
        is_clock_stopped = params.clock.bpm > 0.0 and not params.clock.is_running
        self._playing = params.playing and not is_clock_stopped
        self._is_cut = is_clock_stopped or (self._is_cut and not params.playing)
        self._swap = params.swap
        self._crossfade = params.crossfade
        self._has_bass_swap = params.bass_swap
        self._cue_source = SOURCES[params.cue]
        self._cue_bus.aim(params.cue_gain_db)
        self._params = params
        self._aim_crossfade(at_once=is_first)

    def _aim_crossfade(self, at_once: bool = False) -> None:
        """Where the decks' gains should go. The lows wait for their beat, see `_span`."""
        own, cross, other = self._products.tolist()
        rho = cross / (own * other) ** 0.5 if own * other > 1e-20 else 0.0
        gains = [float(gain) for gain in crossfade_gains(self._crossfade, rho)]
        if at_once:
            self._bass = self._bass_wanted
        for mixed, gain in zip(self._mixed, gains, strict=True):
            low = gain
            if self._has_bass_swap:
                low = 1.0 if mixed.deck.number == self._bass else 0.0
            for ramp, target in ((mixed.high, gain), (mixed.low, low)):
                if at_once:
                    ramp.jump(target)
                elif ramp.target != target:
                    ramp.aim(target, self._gain_length)

    @property
    def _bass_wanted(self) -> int:
        return 1 if self._crossfade <= 0.5 else 2

    def _span(self, limit: int) -> int:
        """Do what is due at the current sample; return for how many samples, at most `limit`, nothing is."""
        gate = self._gate
        if self._is_running and gate.is_settled and gate.target == 0.0:
            self._is_running = False
            for deck in self._decks:
                deck.finish_crossfades()
        if not self._is_running:
            limit = min(limit, self._stand())
        if not self._is_running:
            return limit
        limit = min(limit, self._stop())
        if gate.target == 0.0:
            limit = min(limit, gate.length - gate.done)
        is_silent = not any(deck.has_loop for deck in self._decks)
        for deck in self._decks:
            if deck.is_waiting:
                wait = 0
                if deck.has_loop:
                    wait = self.transport.samples_to_swap(self._swap, deck.loop_ticks)
                if wait > 0:
                    limit = min(limit, wait)
                else:
                    deck.enter(self.sample, at_once=is_silent)
        if is_silent and any(deck.has_loop for deck in self._decks):
            gate.jump(0.0)
            gate.aim(1.0, self._fade_in)
        limit = min(limit, self._mix_span())
        for deck in self._decks:
            limit = deck.span(limit)
        return limit

    def _stop(self) -> int:
        """Begin to fade out where that is due; samples until it is."""
        if self._gate.target == 0.0 or (self._playing and not self._is_restarting):
            return self._max_block
        wait = 0
        if not (self._is_restarting or self._is_cut):
            # The fade ends on the bar line, so that nothing of the next bar is heard.
            wait = self.transport.samples_to_multiple(self.transport.ticks_per_bar) - self._fade_out
        if wait > 0:
            return wait
        self._gate.aim(0.0, self._fade_out)
        return self._max_block

    def _mix_span(self) -> int:
        """Hand over the lows on the beat, and see on each 16th how alike the decks are; samples until then."""
        transport = self.transport
        limit = self._max_block
        if self._bass != self._bass_wanted:
            wait = transport.samples_to_multiple(transport.ticks_per_beat)
            if wait > 0:
                limit = min(limit, wait)
            else:
                self._bass = self._bass_wanted
                self._aim_crossfade()
        if 0.0 < self._crossfade < 1.0 and all(deck.has_loop for deck in self._decks):
            grid = transport.ticks_per_bar // 16
            wait = transport.samples_to_multiple(grid)
            if wait > 0:
                limit = min(limit, wait)
            elif self._probed_at != transport.ticks:
                self._probed_at = transport.ticks
                self._probe()
        # A ramp's end is one of a span, so that what is read exactly after it is so for blocks of any size.
        left = [ramp.left for mixed in self._mixed for ramp in (mixed.high, mixed.low)]
        return min(limit, *(n for n in left if n), self._max_block)

    def _probe(self) -> None:
        """How alike the decks are above the lows, over the last 16ths."""
        one, other = (mixed.probe[: self._n_probe] for mixed in self._mixed)
        for mixed, signal in zip(self._mixed, (one, other), strict=True):
            mixed.deck.read_high(signal)
        now = [float(np.vdot(*pair)) for pair in ((one, one), (one, other), (other, other))]
        self._products = MEMORY * self._products + (1.0 - MEMORY) * np.array(now)
        self._aim_crossfade()

    @property
    def _is_following(self) -> bool:
        return self._params is not None and self._params.clock.bpm > 0.0

    def _place_to_start(self) -> int:
        """Where the transport starts, in ticks: the downbeat, or where the clock is that it follows."""
        if not self._is_following:
            return 0
        assert self._params is not None
        since_ns = (self.sample - self._heard_sample) * 1_000_000_000 // self.rate
        return self._follower.place(self._params, self._heard_ns + since_ns)

    def _stand(self) -> int:
        """At rest: a loop that waits enters unheard. Then start, if asked to play; samples until that is due."""
        self._is_restarting = False
        is_starting = self._playing and any(deck.has_loop or deck.is_waiting for deck in self._decks)
        wait = 0
        if is_starting:
            place = self._place_to_start()
            wait = max(0, -(place // self.transport.bpm_centi))
            is_starting = wait == 0
        if is_starting:
            self.transport.ticks = place
            self._is_cut = False
            for mixed in self._mixed:
                mixed.deck.slip.reset()
                mixed.chain.clear()
        for deck in self._decks:
            if deck.is_waiting:
                deck.enter(self.sample, at_once=True)
        if is_starting:
            self._is_running = True
            self._gate.jump(0.0)
            self._gate.aim(1.0, self._fade_in)
        return wait or self._max_block

    def _fill(self, out: Floats, cue: Floats | None) -> None:
        n = len(out)
        out.fill(0.0)
        if self._is_running:
            for mixed in self._mixed:
                if not mixed.deck.has_loop:
                    continue
                signal = mixed.read(n)
                mixed.chain.run(signal, self.transport.bpm_centi / 100)
                mixed.measure(signal)
                out += signal
        self._apply_gain(out)
        if cue is not None:
            self._fill_cue(cue)
        if self._is_running:
            for deck in self._decks:
                deck.advance(n)
            self.transport.advance(n)
        self.sample += n

    def _fill_cue(self, cue: Floats) -> None:
        source = self._what_is_cued()
        if source is None:
            cue.fill(0.0)
        elif isinstance(source, Deck):
            source.read(cue)
        else:
            self._reader.read(source, STRAIGHT, cue)
        self._cue_bus.run(cue, source)

    def _what_is_cued(self) -> Voice | Deck | None:
        """A loop that comes, in phase, or a deck; nothing while the transport stands."""
        if not self._is_running or self._cue_source == "off":
            return None
        if self._cue_source == "next":
            # Of two, the one on the deck that the room hears less.
            decks = self._decks if self._crossfade > 0.5 else self._decks[::-1]
            return next((voice for deck in decks if (voice := deck.coming) is not None), None)
        deck = self._decks[int(self._cue_source) - 1]
        return deck if deck.has_loop else None

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
