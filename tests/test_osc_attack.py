"""OSC against the real program: floods, rubbish by socket, and strings that would like to be paths or code."""

from __future__ import annotations

import itertools
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from instrument.osc.datagram import encode
from instrument.params import ADDRESSES, NAME_LIMIT, TEXT_LIMIT
from tests import tiny_checkpoint
from tests.flood import ask_last_values, held_at, play_and_measure
from tests.fuzz_osc import cases, resident_bytes
from tests.rig_osc import Client, bundle, eventually
from tests.rig_play import ROOT, Instrument

pytestmark = pytest.mark.timeout(1200)

HOSTILE = (
    "../../etc/passwd",
    "../pwned",
    "/etc/passwd",
    "..",
    ".",
    ".hidden",
    "~",
    "~root/pwned",
    "C:\\Windows\\win.ini",
    "..\\pwned",
    "\\\\192.0.2.1\\share",
    "file:///etc/passwd",
    "http://192.0.2.1/pwned.json",
    "hf://somebody/model",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "| touch pwned",
    "&& touch pwned #",
    "__import__('os').system('touch pwned')",
    "{0.__class__.__mro__}",
    "%s%s%n",
    "%2e%2e%2fpwned",
    "-rf",
    "--help",
    "*",
    "a/b",
    "a:b",
    "con",
    "NUL",
    "com1",
    "pwned.json",
    "pwned\n",
    "pwned\r\n",
    "\x1b]0;pwned\x07",
    "\u202egpj.derutseb",
    "\uff0e\uff0e\uff0fpwned",
    "..\u2215pwned",
    "\u2025/pwned",
    "a\u0300",
    "\U000e0041",
    "\ufeffpwned",
    "x" * NAME_LIMIT,
    "x" * (NAME_LIMIT + 1),
    "x" * TEXT_LIMIT,
    "x" * 300,
    "x" * 7000,
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_checkpoint.write(tmp_path_factory.mktemp("checkpoint")))


@pytest.fixture
def instrument(checkpoint: str, tmp_path: Path) -> Iterator[Instrument]:
    """`ladmg play` without a sound card, whose processes write what they do to `done` in the test's folder."""
    watched = ("tests.instrument.watched_play", str(tmp_path / "done"))
    program = (sys.executable, "-u", "-m", *watched, "play", "--osc-port", "0", "--page-port", "0")
    started = Instrument(
        *("--device", "none", "--checkpoint", checkpoint, "--presets", str(tmp_path / "presets")),
        env={"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "home")},
        program=program,
    )
    yield started
    started.close()


def test_20000_messages_a_second_break_neither_values_nor_sound(checkpoint: str, tmp_path: Path) -> None:
    """A flood may lose messages, but none uncounted. `python -m tests.flood` is the long one, and prints figures."""
    flooded = play_and_measure(tmp_path, 20_000, 6.0, ["--checkpoint", checkpoint])
    assert flooded.held == flooded.asked
    assert flooded.faults == flooded.callback_errors == 0
    assert flooded.gaps_of_its_own == []
    assert max(flooded.answers_s) < 20.0  # milliseconds, where nobody else wants the processor
    assert max(flooded.grown.values()) < 16 * 2**20
    if sys.platform == "linux":
        others = flooded.n_asked + 3 * len(flooded.asked)
        assert flooded.sent <= flooded.received + flooded.dropped <= flooded.sent + others


def test_10000_hostile_datagrams_leave_it_playing_what_was_asked_last(instrument: Instrument) -> None:
    instrument.loop()
    client, attacker = Client(instrument.port), Client(instrument.port)

    def pour(n: int, seed: int, only_harmless: bool) -> None:
        hostile = (case for case in cases(seed, time.time) if case.sets == {} or not only_harmless)
        for number, case in enumerate(itertools.islice(hostile, n)):
            attacker.socket.sendto(case.datagram, attacker.to)
            if number % 25 == 0:
                client.send("/ladmg/sync", number)
                client.until("/ladmg/synced")

    pour(2000, 1, only_harmless=False)
    resident = resident_bytes(instrument.process.pid)
    pour(8000, 2, only_harmless=False)
    assert resident_bytes(instrument.process.pid) - resident < 16 * 2**20
    instrument.send("/ladmg/playing", 1)
    time.sleep(1.0)  # what was undone or tapped has reached the console
    asked = ask_last_values(client)
    assert held_at(client, asked) == asked
    pour(1000, 3, only_harmless=True)
    assert held_at(client, asked) == asked
    instrument.loop(bpm=131.5, seed_a=71, prompt="dub techno, deep")
    status = instrument.status()
    assert (status["osc_faults"], status["callback_errors"]) == (0, 0)
    assert status["osc_malformed"] > 500
    assert instrument.interrupt() == 0
    assert instrument.complained == []


def test_no_string_reaches_a_file_a_program_or_another_machine(
    instrument: Instrument, tmp_path: Path
) -> None:
    """Only presets are files, by a name in their own folder; the rest is text, and stays text in all processes."""
    instrument.loop()
    client = Client(instrument.port)
    done = tmp_path / "done"
    presets = tmp_path / "presets"

    def ask(address: str, *args: str) -> None:
        client.send(address, *args)
        client.send("/ladmg/sync", 1)
        client.until("/ladmg/synced")

    # Once in good faith, so that whatever is read or imported at first use has been.
    instrument.send("/ladmg/swap", "now")
    ask("/ladmg/1/prompt", "dub techno")
    instrument.loop(prompt="dub techno")
    ask("/ladmg/preset_save", "good")
    eventually((presets / "good.json").exists)
    ask("/ladmg/preset_recall", "good")
    ask("/ladmg/preset_recall", "missing")
    instrument.until("/ladmg/error", lambda address, code, text: code == "preset")
    before = {path for path in tmp_path.rglob("*") if presets not in path.parents}
    start = done.stat().st_size

    kinds = ("text", "name", "enum", "pick")
    taking = [address for address, (spec, _) in ADDRESSES.items() if spec.kind in kinds]
    assert {"/ladmg/preset_save", "/ladmg/preset_recall", "/ladmg/1/prompt", "/ladmg/1/negative"} <= set(
        taking
    )
    others = ("get", "describe", "subscribe", "midi/learn", "midi/forget", "clock")
    for address in [*taking, *(f"/ladmg/{name}" for name in others)]:
        for text in HOSTILE:
            ask(address, text)
            ask(address, "good", text)
        client.socket.sendto(encode(address, ("goodXpwned",)).replace(b"X", b"\0"), client.to)
        client.socket.sendto(bundle(encode(address, (HOSTILE[1],))), client.to)
    for text in HOSTILE:
        if text != "*":  # which would keep and recall a preset, rightly
            client.socket.sendto(encode(f"/ladmg/{text}", ("x",)), client.to)
    for text in ("../../etc/passwd", "$(touch pwned)", "http://192.0.2.1/pwned.json"):
        ask("/ladmg/1/prompt", text)
        instrument.loop(prompt=text)

    allowed = re.compile(rf"[\w -]{{1,{NAME_LIMIT}}}\.json")
    assert all(allowed.fullmatch(path.name) for path in presets.iterdir()), list(presets.iterdir())
    assert {path for path in tmp_path.rglob("*") if presets not in path.parents} == before
    assert not list(ROOT.glob("pwned*"))
    log = done.read_text(errors="replace")
    status = instrument.status()
    for pid in (instrument.process.pid, status["audio_pid"], status["generator_pid"]):
        assert f"{pid}\topen\t" in log  # all were watched
    later = [line.split("\t") for line in done.read_bytes()[start:].decode(errors="replace").splitlines()]
    assert any(event == "open" and what.startswith(f"{presets}/") for _, event, what in later)
    # A number is a file that is open already, by a name that is in the log too.
    elsewhere = [line for line in later if not line[2].startswith(str(presets)) and not line[2].isdigit()]
    assert elsewhere == []
    assert status["osc_faults"] == 0
