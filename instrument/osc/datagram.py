"""Open Sound Control's datagrams: read, as strictly as what comes from anywhere must be, and written.

`osc_pattern` knows what a wildcard address means, `osc_session` what a message does, `osc_server` has the socket.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from pythonosc.osc_message_builder import OscMessageBuilder

Arg = bool | int | float | str

DEFAULT_PORT = 7400
DATAGRAM_LIMIT = 8192  # bytes
BUNDLE_DEPTH = 4
ARGUMENT_LIMIT = 256


class OscError(ValueError):
    """A datagram or message that was refused.

    code: `malformed`, `bad_type`, `bad_value`, `too_long`, `too_deep`, `too_far`, `too_many` or
    `unknown_address`.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Message(NamedTuple):
    """One message. time: seconds since 1970 at which it is meant to act, 0 for at once."""

    address: str
    args: tuple[object, ...]
    time: float = 0.0


def parse(datagram: bytes) -> list[Message]:
    """All messages of a datagram, bundles unfolded. One bad byte refuses the whole. Raises OscError."""
    if len(datagram) > DATAGRAM_LIMIT:
        raise OscError(
            "too_long", f"a datagram must have at most {DATAGRAM_LIMIT} bytes, got {len(datagram)}"
        )
    messages: list[Message] = []
    _unfold(datagram, 0.0, 0, messages)
    return messages


def encode(address: str, args: Sequence[Arg]) -> bytes:
    """The datagram of one message with flat arguments; true and false go as ints, as Pd wants them."""
    builder = OscMessageBuilder(address)
    for arg in args:
        if not isinstance(arg, int | float | str):
            raise TypeError(f"{address} takes numbers and strings, got {type(arg).__name__}")
        builder.add_arg(int(arg) if isinstance(arg, bool) else arg)
    return bytes(builder.build().dgram)


def _unfold(data: bytes, at: float, depth: int, messages: list[Message]) -> None:
    if not data.startswith(b"#bundle\0"):
        messages.append(_message(data, at))
        return
    if depth == BUNDLE_DEPTH:
        raise OscError("too_deep", f"bundles must be nested at most {BUNDLE_DEPTH} deep")
    if len(data) < 16:
        raise OscError("malformed", f"a bundle must have at least 16 bytes, got {len(data)}")
    timetag = int.from_bytes(data[8:16])
    if timetag > 1:  # 0 and 1: at once
        at = max(at, timetag / 2**32 - 2_208_988_800)  # NTP counts from 1900
    index = 16
    while index < len(data):
        size = int.from_bytes(data[index : index + 4])
        element = data[index + 4 : index + 4 + size]
        if size == 0 or size % 4 or len(element) != size:
            raise OscError("malformed", f"a bundle's element has {len(element)} bytes, it says {size}")
        _unfold(element, at, depth + 1, messages)
        index += 4 + size


def _message(data: bytes, at: float) -> Message:
    # Not python-osc's parser: it reads zeros where a message is cut off, and logs every type that it doesn't know.
    if not data.startswith(b"/") or len(data) % 4:
        raise OscError("malformed", "a message must start with / and have a multiple of 4 bytes")
    args: list[object] = []
    try:
        address, index = _string(data, 0)
        tags = ","
        if index < len(data):
            tags, index = _string(data, index)
        if not tags.startswith(","):
            raise OscError("malformed", "type tags must start with a comma")
        if len(tags) > 1 + ARGUMENT_LIMIT:
            raise OscError("too_many", f"a message must have at most {ARGUMENT_LIMIT} arguments")
        for tag in tags[1:]:
            if tag in _NUMBERS:
                form = _NUMBERS[tag]
                args.extend(form.unpack_from(data, index))
                index += form.size
            elif tag in "sS":
                text, index = _string(data, index)
                args.append(text)
            elif tag in "TFI":  # I is a bang: it happens, as true does
                args.append(tag != "F")
            else:
                raise OscError(
                    "bad_type", f"arguments must be numbers or strings (ifhdsSTFI), got type {tag!a}"
                )
    except struct.error:
        raise OscError("malformed", f"arguments must be complete, got {len(data)} bytes") from None
    except UnicodeDecodeError:
        raise OscError("malformed", "text must be UTF-8") from None
    if index != len(data):
        raise OscError("malformed", f"arguments must end where the message does, at {len(data)}, got {index}")
    return Message(address, tuple(args), at)


_NUMBERS = {tag: struct.Struct(f">{form}") for tag, form in zip("ifhd", "ifqd", strict=True)}


def _string(data: bytes, start: int) -> tuple[str, int]:
    """The string at `start`, closed by 1 to 4 zeros, and the index after it."""
    end = data.find(b"\0", start)
    past = (end // 4 + 1) * 4
    if end < 0 or past > len(data) or data.count(b"\0", end, past) != past - end:
        raise OscError(
            "malformed", f"the string at byte {start} must be closed with zeros to a multiple of 4 bytes"
        )
    return data[start:end].decode(), past
