"""The doctor's look at the machine: Python, priority, ports, shared memory, folders, MIDI."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import platform
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from instrument.audio import process as audio
from instrument.console import BANK_BYTES, PlaySettings, bank_units
from instrument.doctor.finding import Checkup, Finding, State
from instrument.doctor.room import room_in
from instrument.doctor.trial import TrialError, attempt
from instrument.memory import MIB, SHARED_FOLDER, LoopBank, OutputRing
from instrument.midi.choice import Maps
from instrument.midi.ports import MidiError, Ports, choose, partner
from instrument.osc.datagram import OscError, encode, parse
from instrument.osc.server import OscServer, OscStartError
from instrument.params import ROOT, Params
from instrument.presets import default_folder
from instrument.session import session_folder, state_folder, was_cut_off
from instrument.shows.recorder import default_folder as recordings_folder
from instrument.web import oscquery
from instrument.web import server as web
from instrument.web.server import WebStartError

CHILD_S = 20.0  # for a process that has nothing much to do, on a busy machine
ANSWER_S = 2.0  # for a program on this machine to answer
LITTLE_BYTES = 2 * 10**9  # of a disk: under an hour and a half of recording
RECORDED_BYTES_S = 48_000 * 2 * 4
PYTHONS = ((3, 11), (3, 12))


def check_machine(checkup: Checkup) -> Iterator[Finding]:
    """Python, the system, and ourselves."""
    try:
        own = version("ladmg")
    except PackageNotFoundError:
        own = "not installed"
    figures = {
        "python": platform.python_version(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "cores": os.cpu_count() or 0,
        "ladmg": own,
    }
    found = "Python {python} on {system} {release}, {machine}, {cores} cores; LADMG {ladmg}".format(**figures)
    if sys.version_info[:2] not in PYTHONS:
        yield Finding("machine", "note", found, "it is tested with Python 3.11 and 3.12 only", figures)
    else:
        yield Finding("machine", "good", found, "", figures)


def check_priority(checkup: Checkup) -> Iterator[Finding]:
    """Whether the audio process may go first. Elsewhere than on Linux the system sees to it."""
    if sys.platform != "linux":
        return
    try:
        policy, niceness = attempt(_priority, limit_s=CHILD_S)
    except TrialError as error:
        found = f"what priority the audio process would get is not known: {error}"
        yield Finding("priority", "note", found, "ask again when the machine has less to do")
        return
    figures = {"real_time": policy != os.SCHED_OTHER, "niceness": niceness}
    if figures["real_time"]:
        yield Finding("priority", "good", "the audio process gets real-time priority", "", figures)
        return
    yield Finding(
        "priority",
        "note",
        f"no real-time priority for the audio process (niceness {niceness}): it may crackle under load",
        "add yourself to the group `audio` and log in again, or raise `ulimit -r` to 5 or more",
        figures,
    )


def _priority() -> tuple[int, int]:
    """In a process of its own: what the audio process would get, scheduling policy and niceness."""
    audio.ask_for_priority()
    return os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)


# Ports


def status_of(play: PlaySettings) -> dict[str, Any] | None:
    """What the instrument on this OSC port says of itself; None where none answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(play.bind, play.bind)
    deadline = time.monotonic() + ANSWER_S
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.suppress(OSError, OverflowError), socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((host, play.osc_port))  # so that nobody listening is an error at once
        asking.send(encode(f"{ROOT}/status", ()))
        while (left := deadline - time.monotonic()) > 0:
            asking.settimeout(left)
            with contextlib.suppress(OscError):
                for message in parse(asking.recv(65536)):
                    if message.address == f"{ROOT}/status":
                        pairs = zip(message.args[::2], message.args[1::2], strict=False)
                        return {str(name): value for name, value in pairs}
    return None


def check_osc_port(checkup: Checkup) -> Iterator[Finding]:
    """Whether OSC can listen where it is to."""
    play = checkup.play
    figures: dict[str, Any] = {"bind": play.bind, "port": play.osc_port}
    if checkup.running is not None:
        yield Finding(
            "OSC port",
            "note",
            f"an instrument plays here already, on {play.bind}:{play.osc_port}; what could be in its way is not tried",
            "for another one: --osc-port 7500 --page-port 7580; or end that one, and ask me again",
            figures | {"status": dict(checkup.running)},
        )
        return
    server = OscServer(Params(), play.bind, play.osc_port, play.allow, say=lambda text: None)
    try:
        server.start()
    except OscStartError as error:
        text = str(error)
        advice = "end the program that has it, or choose another port: --osc-port 7500"
        yield Finding(
            "OSC port", "bad", text, advice if "in use" in text else "start it as that says", figures
        )
    else:
        yield Finding("OSC port", "good", f"{server.place} (UDP) is free", "", figures)
    finally:
        server.stop()


def check_page_port(checkup: Checkup) -> Iterator[Finding]:
    """Whether the page can be served where it is to."""
    play = checkup.play
    figures: dict[str, Any] = {"bind": play.bind, "port": play.page_port}
    try:
        web.listen(play.bind, play.page_port).close()
    except WebStartError as error:
        name = None
        with contextlib.suppress(TrialError):
            name = attempt(_oscquery_name, play.bind, play.page_port, limit_s=CHILD_S)
        advice = "end the program that has it, or choose another port: --page-port 7580"
        if name != oscquery.NAME:
            yield Finding("page port", "bad", str(error), advice, figures)
            return
        place = f"an instrument's page is at {play.bind}:{play.page_port}"
        state: State = "bad" if checkup.running is None else "note"
        yield Finding("page port", state, place, advice if checkup.running is None else "", figures)
    else:
        yield Finding("page port", "good", f"{play.bind}:{play.page_port} (TCP) is free", "", figures)


def _oscquery_name(host: str, port: int) -> str | None:
    """What whoever listens there calls itself, by OSCQuery."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_S)
    connection.request("GET", "/?HOST_INFO")
    told = json.loads(connection.getresponse().read(65536))
    return str(told["NAME"]) if isinstance(told, dict) and "NAME" in told else None


def check_loopback(checkup: Checkup) -> Iterator[Finding]:
    """Whether programs on this machine reach each other: OSC by UDP, the page by TCP."""
    silent = []
    for kind, name in ((socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")):
        try:
            _reach_oneself(kind)
        except OSError as error:
            silent.append(f"{name} ({error})")
    if silent:
        yield Finding(
            "loopback",
            "bad",
            f"nothing arrives on 127.0.0.1 by {' and '.join(silent)}",
            "let programs on this machine reach 127.0.0.1: a firewall is in the way, or `ip link set lo up` is missing",
        )
    else:
        yield Finding("loopback", "good", "127.0.0.1 is reached by UDP and TCP")


def _reach_oneself(kind: socket.SocketKind) -> None:
    """OSError where it can't be done."""
    with socket.socket(socket.AF_INET, kind) as listener, socket.socket(socket.AF_INET, kind) as sender:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(ANSWER_S)
        sender.settimeout(ANSWER_S)
        if kind == socket.SOCK_STREAM:
            listener.listen(1)
        sender.connect(listener.getsockname())
        sender.send(b"ladmg")
        if kind == socket.SOCK_DGRAM:
            listener.recv(16)
            return
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(ANSWER_S)
            connection.recv(16)


# Memory and disks


def check_shared_memory(checkup: Checkup) -> Iterator[Finding]:
    """What the loop bank takes, against what there is. Only where it lies in /dev/shm."""
    if not SHARED_FOLDER.is_dir():
        return
    free = shutil.disk_usage(SHARED_FOLDER).free
    bank = LoopBank.n_bytes(bank_units())
    wanted = bank + OutputRing.n_bytes(checkup.play.audio.rate)
    figures = {"free": free, "wanted": wanted}
    there = f"{free / MIB:.0f} MiB are free in {SHARED_FOLDER}"
    larger = f"make {SHARED_FOLDER} larger (in a container: --shm-size=512m)"
    if checkup.running is not None:
        yield Finding("shared memory", "good", f"{there}, beside what the instrument has", "", figures)
    elif free < wanted:
        found = f"{there}, {wanted / MIB:.0f} are needed at least"
        yield Finding("shared memory", "bad", found, larger, figures)
    elif bank < BANK_BYTES:
        found = f"{there}: the bank gets {bank / MIB:.0f} MiB, {BANK_BYTES / MIB:.0f} would hold more loops"
        yield Finding("shared memory", "note", found, larger, figures)
    else:
        found = f"{there}, the bank takes {bank / MIB:.0f}"
        yield Finding("shared memory", "good", found, "", figures)


def check_folders(checkup: Checkup) -> Iterator[Finding]:
    """Whether what is kept can be written, and how long a recording may get."""
    play = checkup.play
    folders = {
        "presets": play.presets or default_folder("presets"),
        "shelf": play.shelf or default_folder("shelf"),
        "recordings": play.recordings or recordings_folder(),
        "sessions": play.state or state_folder(),
    }
    for what, folder in folders.items():
        try:
            room = attempt(room_in, folder, limit_s=CHILD_S)
        except TrialError as error:
            yield Finding(what, "note", f"{folder} can't be looked at: {error}", _elsewhere(what))
            continue
        figures = {"folder": str(folder), "free": room.free, "is_there": room.is_there}
        if room.problem:
            found = f"{folder} can't be written: {room.problem}"
            yield Finding(what, "note", found, _elsewhere(what), figures)
            continue
        there = f"{folder}{'' if room.is_there else ' (will be made)'}, {room.free / 1e9:.1f} GB free"
        if what == "recordings":
            there += f": {room.free / RECORDED_BYTES_S / 60:.0f} minutes of WAV"
        if room.free < LITTLE_BYTES:
            yield Finding(what, "note", there, f"make room, or {_elsewhere(what)}", figures)
        else:
            yield Finding(what, "good", there, "", figures)


def _elsewhere(what: str) -> str:
    return f"name another folder: --{'state' if what == 'sessions' else what} FOLDER"


def check_session(checkup: Checkup) -> Iterator[Finding]:
    """Whether a session was cut off, and will come back at the next start."""
    play = checkup.play
    if play.osc_port == 0 or checkup.running is not None:
        return
    folder = session_folder(play.state, play.osc_port)
    try:
        is_cut_off = attempt(was_cut_off, folder, limit_s=CHILD_S)
    except TrialError as error:
        yield Finding("session", "note", str(error), "nothing to do: it is put aside at the next start")
        return
    if is_cut_off:
        found = f"one was cut off by a crash and comes back at the next start, from {folder}"
        yield Finding("session", "note", found, "to begin anew instead: --fresh")
    else:
        found = "none was cut off" if is_cut_off is None else "the last one ended in order"
        yield Finding("session", "good", found)


# MIDI


@dataclass(frozen=True)
class MidiInput:
    """A controller. output: by which it hears its lights, None for none. map: the name of the one that it gets."""

    name: str
    output: str | None
    map: str
    complaints: tuple[str, ...]


def check_midi(checkup: Checkup) -> Iterator[Finding]:
    """The controllers, and what each would play."""
    try:
        inputs, outputs = attempt(_controllers, limit_s=CHILD_S)
    except TrialError as error:
        yield Finding(
            "MIDI",
            "note",
            str(error),
            "on Linux load the module snd-seq, or use JACK: MIDO_BACKEND=mido.backends.rtmidi/UNIX_JACK",
        )
        return
    names = [one.name for one in inputs]
    figures = {"inputs": {one.name: one.map for one in inputs}, "outputs": outputs}
    if not inputs:
        advice = "plug one in, if you have one; it may be done while it plays, too"
        yield Finding("MIDI", "note", "no MIDI input", advice, figures)
    for one in inputs:
        lights = f", lights by {one.output!r}" if one.output else ", no output for its lights"
        found = f"{one.name!r}: map {one.map!r}{lights}"
        if one.complaints:
            yield Finding("MIDI", "note", f"{found}; {'; '.join(one.complaints)}", "mend that map", figures)
        else:
            yield Finding("MIDI", "good", found, "", figures)
    if inputs and not checkup.play.midi:
        advice = 'start with --midi "PART OF ITS NAME", or --midi all'
        yield Finding("MIDI", "note", "no controller is listened to unless it is named", advice)
    for asked in checkup.play.midi:
        try:
            if asked != "all":
                choose(asked, names)
        except MidiError as error:
            yield Finding("MIDI", "note", str(error), "plug it in, or name it as it is called above")


def _controllers() -> tuple[list[MidiInput], list[str]]:
    """In a process of its own: MIDI libraries may hang, and maps may lie on a disk that does."""
    ports, maps = Ports(), Maps()
    try:
        names, outputs = ports.inputs(), ports.outputs()
    finally:
        ports.close()
    inputs = []
    for name in names:
        choice = maps.choose(name)
        inputs.append(MidiInput(name, partner(name, outputs), choice.map.name, choice.complaints))
    return inputs, outputs
