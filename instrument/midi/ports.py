"""MIDI ports by their names: what there is, and one of it opened, in or out.

Which MIDI system is used is mido's choice: on Linux ALSA, or JACK with MIDO_BACKEND=mido.backends.rtmidi/UNIX_JACK.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import mido

CLIENT = "ladmg"
QUEUE_LIMIT = 16_384  # messages of one port; USB brings some ten in a millisecond
_DIRECTIONS = {"in", "out", "input", "output", "capture", "playback", "midi"}


class MidiError(RuntimeError):
    """There is no such port, it can't be opened, or there is no MIDI at all on this machine."""


def available_inputs() -> list[str]:
    """The names of all MIDI inputs now. Raises MidiError where the system has no MIDI."""
    ports = Ports()
    try:
        return ports.inputs()
    finally:
        ports.close()


def choose(asked: str, names: Sequence[str]) -> str:
    """The name in `names` that `asked` means: the same, or the first that contains it. Raises MidiError.

    Case, punctuation and the numbers that ALSA adds (others at every plugging-in) don't count.
    """
    wanted = normal(asked)
    if wanted:
        same = [name for name in names if normal(name) == wanted]
        containing = [name for name in names if wanted in normal(name)]
        if containing:
            return (same or containing)[0]
    available = ", ".join(repr(name) for name in names) or "none"
    raise MidiError(f"no MIDI input named {asked!r}; available: {available}")


def normal(name: str) -> str:
    """A port's name without case, punctuation, and the numbers that ALSA adds."""
    name = re.sub(r"\s\d+:\d+$", "", name)
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def partner(name: str, outputs: Sequence[str]) -> str | None:
    """The output by which the controller of an input hears its LEDs: called the same but for the direction."""
    same = [output for output in outputs if normal(output) == normal(name)]
    if same:
        return same[0]
    core = _core(name)
    return next((output for output in outputs if _core(output) == core), None)


def _core(name: str) -> list[str]:
    """A port's name without what tells its direction, or the number that Windows adds."""
    words = [word for word in normal(name).split() if word not in _DIRECTIONS]
    return words[:-1] if len(words) > 1 and words[-1].isdigit() else words


class Ports:
    """What ports there are. Raises MidiError where the system has no MIDI."""

    def __init__(self) -> None:
        self._in = _client("MidiIn")
        try:
            self._out = _client("MidiOut")
        except MidiError:
            self._in.delete()
            raise

    def inputs(self) -> list[str]:
        """The names of the inputs now, ours left out."""
        return _others(self._in)

    def outputs(self) -> list[str]:
        """The names of the outputs now, ours left out."""
        return _others(self._out)

    def close(self) -> None:
        self._in.delete()
        self._out.delete()


class InputPort:
    """One open input, to be asked for what has come; exclusive messages and active sensing are left out.

    The driver's thread, in JACK a real-time one, only fills a queue and never waits for Python: when it did, JACK
    had written over what it was to read. Raises MidiError. When the port goes, close it and open a new one: the
    driver says that the old one is still open, and opened again it stays mute.
    """

    def __init__(self, name: str) -> None:
        self._port = _client("MidiIn", queue_size_limit=QUEUE_LIMIT)
        self._port.ignore_types(sysex=True, timing=False, active_sense=True)
        _open(self._port, name, "in")

    def take(self) -> Iterator[tuple[list[int], float]]:
        """The messages that have come, each with the seconds since the one before, by the driver's clock."""
        return iter(self._port.get_message, None)

    def close(self) -> None:
        self._port.close_port()
        self._port.delete()


class OutputPort:
    """One open output. Raises MidiError."""

    def __init__(self, name: str) -> None:
        self._port = _client("MidiOut")
        _open(self._port, name, "out")

    def send(self, data: bytes) -> None:
        """Send one message; what can't be sent is lost: the port is about to be found missing."""
        import rtmidi

        with contextlib.suppress(rtmidi.RtMidiError):
            self._port.send_message(list(data))

    def close(self) -> None:
        self._port.close_port()
        self._port.delete()


def _open(port: Any, name: str, own: str) -> None:
    """Connect a client to the port of that name; it is gone again if it can't be."""
    import rtmidi

    try:
        port.open_port(port.get_ports().index(name), own)
    except (ValueError, rtmidi.RtMidiError) as error:
        port.delete()
        raise MidiError(f"MIDI port {name!r} can't be opened: {error}") from None


def _others(client: Any) -> list[str]:
    try:
        return [name for name in client.get_ports() if not normal(name).startswith(CLIENT)]
    except OSError as error:
        raise MidiError(f"MIDI ports can't be listed: {error}") from None


def _client(kind: str, **options: Any) -> Any:
    try:
        import rtmidi  # here: its wheel needs ALSA's library, which a bare system lacks
    except ImportError as error:
        raise MidiError(f"this machine has no MIDI: {error}") from None
    api = mido.backend.api
    try:
        number = getattr(rtmidi, f"API_{api}") if api else rtmidi.API_UNSPECIFIED
        return getattr(rtmidi, kind)(rtapi=number, name=CLIENT, **options)
    except AttributeError:
        raise MidiError(f"MIDO_BACKEND names no MIDI system of this machine, got {api!r}") from None
    except (OSError, rtmidi.RtMidiError) as error:
        raise MidiError(f"this machine has no MIDI: {error}") from None
