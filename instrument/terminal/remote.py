"""An instrument that plays in another process, as its page's WebSocket tells of it: what the full-screen view knows.

The same words as the page's (instrument/web/page/link.js, app.js): values, what is told besides, what sounds and what
is still on its way. One thread, the one of the event loop.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect as connect_now

from instrument.params import ROOT, Value

DEFAULT_URL = "http://127.0.0.1:7480"
RETRIES_S = (0.3, 1.0, 3.0)
SILENCE_S = 5.0  # the status comes every second; after this long, nobody is there
OPEN_PATIENCE_S = 5.0
SEND_S = 0.016  # at least, between two values of one parameter
UNSENT_LIMIT = 64  # triggers that wait for a link that does not take them
LEARN, FORGET, CANCEL, LEARNT = (f"{ROOT}/midi/{word}" for word in ("learn", "forget", "cancel", "learnt"))

_URL = re.compile(
    r"(?:(?:http|ws)://)?(?P<host>[\w.-]+|\[[\da-fA-F:]+\])(?::(?P<port>\d{1,5}))?(?:/|/live)?", re.ASCII
)


class RemoteError(ValueError):
    """There is no instrument where one was asked for; the text says why and what to do."""


@dataclass(frozen=True)
class Control:
    """One entry of the instrument's table of parameters; see `params.Spec` for the fields."""

    address: str
    name: str
    kind: str
    doc: str
    when: tuple[str, ...]
    deck: int | None = None
    default: Value = 0
    low: float = 0
    high: float = 1
    step: float = 1
    unit: str = ""
    choices: tuple[str | int, ...] = ()

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Control:
        known = {name: value for name, value in entry.items() if name in cls.__dataclass_fields__}
        return cls(**known | {"when": tuple(entry["when"]), "choices": tuple(entry.get("choices", ()))})

    @property
    def has_value(self) -> bool:
        return self.kind not in ("trigger", "name", "pick")

    @property
    def is_switch(self) -> bool:
        return self.kind == "int" and (self.low, self.high) == (0, 1) and not self.choices

    def shown(self, value: Value) -> str:
        """A value as a performer reads it."""
        if self.kind == "enum":
            return str(self.choices[int(value)])
        if self.kind != "float" or isinstance(value, str):
            return str(value)
        if self.unit == "dB":
            return "-inf" if value <= self.low else f"{value:.1f}"
        return f"{value:.{min(2, max(0, len(f'{self.step:.6f}'.rstrip('0')) - 2))}f}"

    def moved(self, value: Value, n_steps: int, is_other: bool = False) -> Value:
        """The value so many steps further. is_other: by the other step, a finer one (coarser for seeds and BPM).

        A text stays as it is.
        """
        if isinstance(value, str):
            return value
        if self.choices:
            places = range(len(self.choices))
            at = int(value) if self.kind == "enum" else self.choices.index(int(value))
            at = min(max(at + n_steps, 0), places[-1])
            return at if self.kind == "enum" else int(self.choices[at])
        if self.unit == "BPM":
            step = 1.0 if is_other else 0.1
        elif self.kind == "int":
            step = 10 if is_other and self.high > 1000 else 1
        else:
            coarse = 10.0 ** next(n for n in itertools.count(6, -1) if 10.0**n <= (self.high - self.low) / 50)
            step = self.step if is_other else max(self.step, coarse)
        return self.clamped(value + n_steps * step)

    def clamped(self, value: float) -> Value:
        """On the grid and in the range."""
        value = min(max(value, self.low), self.high)
        return (
            round(value)
            if self.kind in ("int", "enum", "pick")
            else round(round(value / self.step) * self.step, 6)
        )


class Beat:
    """Where the music is between two readings of it, without the jitter of the link."""

    def __init__(self) -> None:
        self.bpm = 0.0
        self.is_running = False
        self._at = 0.0
        self._since = 0.0

    def take(self, beat: float, bpm: float, is_running: bool, now: float) -> None:
        error = beat - self.at(now)
        self._at = beat if abs(error) > 0.25 else self.at(now) + 0.1 * error
        self._since, self.bpm, self.is_running = now, bpm, is_running

    def at(self, now: float) -> float:
        return max(0.0, self._at + (self.is_running and (now - self._since) / 60 * self.bpm))


@dataclass
class Deck:
    """What sounds on a deck and what comes.

    loop: the recipe that sounds, None for none yet. rms: its outline, 0..1. state, enters_at: of what comes, as
    /ladmg/1/next tells it, and the beat at which it enters, -1 for none. points: places on the path, or pad, that are
    ready. peak: how loud it is, falling slowly.
    """

    loop: dict[str, Any] | None = None
    rms: tuple[float, ...] = ()
    state: str = "none"
    enters_at: float = -1.0
    points: tuple[tuple[float, float], ...] = ()
    peak: float = 0.0

    @property
    def n_beats(self) -> int:
        return 4 * int(self.loop["n_bars"]) if self.loop else 16


@dataclass
class Remote:
    """The instrument at `url`, a WebSocket's. trouble: why there is no link, "" while there is one.

    armed: the address that waits for a MIDI control. is_unmet: what was asked for last was refused. says: what it said
    last: time of day, whether it is an error, text; said_at: when, by `clock`.
    """

    url: str
    clock: Callable[[], float] = time.monotonic
    is_open: bool = False
    trouble: str = "connecting"
    controls: dict[str, Control] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    shelf: tuple[int, ...] = ()
    decks: dict[int, Deck] = field(default_factory=dict)
    beat: Beat = field(default_factory=Beat)
    peak: float = 0.0
    armed: str | None = None
    is_unmet: bool = False
    says: deque[tuple[str, bool, str]] = field(default_factory=lambda: deque(maxlen=50))
    said_at: float = float("-inf")
    _unsent: dict[str, Value] = field(default_factory=dict)
    _triggers: deque[list[Any]] = field(default_factory=lambda: deque(maxlen=UNSENT_LIMIT))
    _has_unsent: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Keep the link up, for good; where it is lost, try again."""
        n_tries = 0
        while True:
            try:
                async with connect(
                    self.url, compression=None, open_timeout=OPEN_PATIENCE_S, close_timeout=1
                ) as socket:
                    n_tries = 0
                    sending = asyncio.create_task(self._send(socket))
                    try:
                        while True:
                            self.take(json.loads(await asyncio.wait_for(socket.recv(), SILENCE_S)))
                    finally:
                        sending.cancel()
                        await asyncio.wait([sending])
            except (OSError, WebSocketException, ValueError, LookupError, TypeError) as error:
                self.trouble = _reason(error)
            finally:
                self.is_open = False
                self.armed = None
                self._unsent.clear()
                self._triggers.clear()
            await asyncio.sleep(RETRIES_S[min(n_tries, len(RETRIES_S) - 1)])
            n_tries += 1

    async def drain(self, patience_s: float = 0.2) -> None:
        """Wait until all that was set is on its way, where there is a link."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self.is_open and (self._unsent or self._triggers):
                    await asyncio.sleep(SEND_S / 4)

    def set(self, address: str, value: Value) -> None:
        """Set a parameter: seen here at once, and told back as the instrument took it. Without a link, nothing."""
        if self.is_open and address in self.controls:
            self.values[address] = self._unsent[address] = value
            self._has_unsent.set()

    def send(self, address: str, *args: Value) -> None:
        """Fire a trigger, give a command, or leave it to the instrument what a value means. Without a link, nothing."""
        if self.is_open:
            self._triggers.append([address, *args])
            self._has_unsent.set()

    def arm(self, address: str | None) -> None:
        """Let the MIDI control that moves next set this parameter; None: none any more."""
        if address is None and self.armed is not None:
            self.send(CANCEL)
        elif address is not None:
            self.send(LEARN, address)
        self.armed = address if self.is_open else None

    async def _send(self, socket: ClientConnection) -> None:
        while True:
            await self._has_unsent.wait()
            self._has_unsent.clear()
            messages = [*([address, value] for address, value in self._unsent.items()), *self._triggers]
            self._unsent.clear()
            self._triggers.clear()
            for message in messages:
                await socket.send(json.dumps(message))
            await asyncio.sleep(SEND_S)

    # What it tells

    def take(self, message: dict[str, Any]) -> None:
        """One message of the instrument. Raises ValueError for what is none."""
        if not isinstance(message, dict) or not (self.is_open or "hello" in message):
            raise ValueError("what answers there is no LADMG")
        if "hello" in message:
            self._greet(message["hello"])
        self.values |= message.get("values", {})
        for address, args in message.get("news", {}).items():
            self._news(address, args, is_old="hello" in message)
        if "meter" in message:
            beat, bpm, is_running, peak, _ = message["meter"]
            self.beat.take(beat, bpm, bool(is_running), self.clock())
            self.peak = max(peak, 0.9 * self.peak)
        self.status = message.get("status", self.status)
        for address, _, text in message.get("errors", ()):
            if address in self.controls or _deck_of(address) in self.decks:
                self.is_unmet = True
            if address == LEARN:
                self.armed = None
            self.say(text, is_error=True)

    def say(self, text: str, is_error: bool = False) -> None:
        self.says.append((time.strftime("%H:%M:%S"), is_error, text))
        self.said_at = self.clock()

    def _greet(self, hello: dict[str, Any]) -> None:
        self.controls = {entry["address"]: Control.of(entry) for entry in hello["params"]}
        self.commands = tuple(hello["commands"])
        self.decks = {deck: Deck() for deck in hello["decks"]}
        self.status, self.beat, self.is_unmet = {}, Beat(), False
        self.is_open, self.trouble = True, ""

    def _news(self, address: str, args: list[Any], is_old: bool) -> None:
        deck = self.decks.get(_deck_of(address) or 0, Deck())
        match address.removeprefix(f"{ROOT}/").split("/"):
            case ["presets"]:
                self.presets = tuple(args)
            case ["shelf"]:
                self.shelf = tuple(args)
            case [_, "next"]:
                deck.state = args[0]
                deck.enters_at = round(self.beat.at(self.clock()) + args[1]) if args[1] > 0 else -1.0
            case [_, "loop"]:
                deck.loop = json.loads(args[1])
                self.is_unmet = False
            case [_, "fan"]:
                deck.points = tuple(zip(args[::2], args[1::2], strict=True))
            case [_, "waveform"]:
                deck.rms = _rms(args[1])
            case [_, "meter"]:
                deck.peak = args[0] and max(args[0], 0.8 * deck.peak)
            case ["midi", "learnt"] if not is_old:
                where, control = args
                self.say(f"{control} sets {where}" if control else f"{where} is no longer learnt")
                self.armed = None if self.armed == where else self.armed

    # What that means

    def value(self, name: str, deck: int | None = None) -> Value:
        """Of a parameter, 0 where the instrument has none of that name."""
        return self.values.get(address_of(name, deck), 0)

    def sounding(self, control: Control, deck: int) -> Value | None:
        """The value that sounds, where it is not the one that was asked for and that one is on its way.

        deck: whose loop counts for what all decks share.
        """
        deck = control.deck or deck
        loop = self.decks[deck].loop if deck in self.decks else None
        if loop is None or "R" not in control.when or "B" in control.when or not control.has_value:
            return None
        if self.decks[deck].state == "none" and not self.is_unmet:
            return None
        sounds: Value = loop.get(control.name, control.default)
        if control.kind == "enum" and isinstance(sounds, str):
            sounds = control.choices.index(sounds)
        value = self.values.get(control.address)
        return None if value is None or sounds == value or self.is_moot(control, deck, value) else sounds

    def is_moot(self, control: Control, deck: int, value: Value) -> bool:
        """Whether a difference would not be heard: a far seed, the weight of no words, an automatic number."""
        name = control.name
        return (
            (name == "n_steps" and value == 0)
            or (name == "seed_a" and self.value("morph", deck) == 1)
            or (name == "seed_b" and self.value("morph", deck) == 0)
            or (name in ("seed_c", "seed_d") and not self.value("morph_y", deck))
            or (name.startswith("weight") and not self.value(name.replace("weight", "prompt"), deck))
        )


def address_of(name: str, deck: int | None = None) -> str:
    """Of a parameter of a deck, or of all for None."""
    return f"{ROOT}/{deck}/{name}" if deck else f"{ROOT}/{name}"


def _deck_of(address: str) -> int | None:
    found = re.match(rf"{ROOT}/(\d+)(/|$)", address)
    return int(found[1]) if found else None


def _rms(outline: str) -> tuple[float, ...]:
    """The RMS out of what `instrument.waveform.outline` wrote."""
    codes = base64.b64decode(outline)
    return tuple(code / 127 for code in codes[2 * len(codes) // 3 :])


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        return (
            "it plays with nobody from here (403)"
            if status == 403
            else f"what answers there is no LADMG ({status})"
        )
    if isinstance(error, ConnectionRefusedError):
        return "nothing plays there"
    return str(error) or type(error).__name__


def socket_url(url: str) -> str:
    """The WebSocket of an instrument whose page is at `url`, as `ladmg play` tells it. Raises RemoteError."""
    found = _URL.fullmatch(url)
    port = int(found["port"] or 7480) if found else 0
    if not found or not 0 < port <= 65535:
        raise RemoteError(f"the instrument's address must be like {DEFAULT_URL}, got {url!a:.80}")
    return f"ws://{found['host']}:{port}/live"


def find(url: str) -> str:
    """As `socket_url`, once an instrument has answered there. Raises RemoteError."""
    at = socket_url(url)
    try:
        with connect_now(at, compression=None, open_timeout=OPEN_PATIENCE_S, close_timeout=1) as socket:
            Remote(at).take(json.loads(socket.recv(OPEN_PATIENCE_S)))
    except (OSError, WebSocketException, ValueError, LookupError) as error:
        text = f"no instrument at {url} ({_reason(error)}): start `ladmg play`, or give its page's address"
        raise RemoteError(text) from None
    return at
