"""OSC datagrams: what is read and what is refused."""

import struct

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from instrument.osc.datagram import DATAGRAM_LIMIT, Message, OscError, encode, parse
from tests.rig_osc import bundle


def test_messages_of_every_useful_type_are_read() -> None:
    builder = OscMessageBuilder("/a")
    for value, kind in [
        (7, "i"),
        (0.5, "f"),
        ("é", "s"),
        (2**40, "h"),
        (0.1, "d"),
        (True, "T"),
        (False, "F"),
    ]:
        builder.add_arg(value, kind)
    assert parse(builder.build().dgram) == [Message("/a", (7, 0.5, "é", 2**40, 0.1, True, False))]


def test_a_bang_is_true_a_symbol_is_a_string_and_no_type_tags_are_no_arguments() -> None:
    assert parse(b"/roll\0\0\0,I\0\0") == [Message("/roll", (True,))]
    assert parse(b"/roll\0\0\0,S\0\0dark\0\0\0\0") == [Message("/roll", ("dark",))]
    assert parse(b"/roll\0\0\0") == [Message("/roll", ())]


def test_bundles_unfold_in_order_with_the_later_of_their_times() -> None:
    builder = OscBundleBuilder(2e9)
    builder.add_content(OscMessageBuilder("/a").build())
    inner = bundle(encode("/b", (1,)), at=2e9 - 5)
    datagram = builder.build().dgram + struct.pack(">i", len(inner)) + inner
    assert parse(datagram) == [Message("/a", (), 2e9), Message("/b", (1,), 2e9)]
    assert parse(bundle()) == []


@pytest.mark.parametrize(
    ("datagram", "code"),
    [
        (b"", "malformed"),
        (b"GET / HTTP/1.1\r\n\r\n", "malformed"),
        (b"/a", "malformed"),
        (b"/ab\0\xff\xff\xff\xff", "malformed"),
        (b"/a\xff\0,\0\0\0", "malformed"),
        (b"/a\0\0,s\0\0\xff\xfe\0\0", "malformed"),
        (b"/a\0\0,f\0\0", "malformed"),  # python-osc would read 0.0
        (b"/a\0\0,f\0\0\0\0\0\0\0\0\0\0", "malformed"),
        (b"/a\0\0,sf\0dark\0\0\0\0", "malformed"),
        (b"/a\0\0,[i]\0\0\0\0\0\0\0\0", "bad_type"),
        (b"/a\0\0,b\0\0\0\0\0\0", "bad_type"),
        (b"/a\0\0," + b"T" * 2003, "malformed"),
        (b"/a\0\0," + b"T" * 2000 + b"\0\0\0", "too_many"),
        (b"#bundle\0", "malformed"),
        (b"#bundle\0" + bytes(8) + b"\x7f\xff\xff\xff", "malformed"),
        (b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xff/a\0\0", "malformed"),
        (b"#bundle\0" + bytes(8) + bytes(4), "malformed"),
        (bytes(8193), "too_long"),
    ],
)
def test_what_is_not_osc_is_refused(datagram: bytes, code: str) -> None:
    with pytest.raises(OscError) as caught:
        parse(datagram)
    assert caught.value.code == code


def test_bundles_nest_four_deep_and_no_deeper() -> None:
    nested = encode("/a", ())
    for depth in range(1, 400):
        nested = bundle(nested)
        if len(nested) > DATAGRAM_LIMIT:
            break
        if depth <= 4:
            assert parse(nested) == [Message("/a", ())]
        else:
            with pytest.raises(OscError, match="4 deep"):
                parse(nested)


def test_what_is_written_is_read_again() -> None:
    for args in ((), (1,), (-0.5,), ("é \U0001f3b9", 3, 2.5, "")):
        assert parse(encode("/ladmg/x", args)) == [Message("/ladmg/x", args)]
    assert parse(encode("/ladmg/x", (True, False))) == [Message("/ladmg/x", (1, 0))]
    with pytest.raises(TypeError, match="numbers and strings"):
        encode("/ladmg/x", ([1, 2],))  # type: ignore[arg-type]
