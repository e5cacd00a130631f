"""`ladmg doctor`: each check where all is well and where it is not, with real cards, ports, folders and models."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instrument import cli
from instrument.audio.outputs import Outputs
from instrument.audio.process import AudioSettings
from instrument.console import PlaySettings
from instrument.doctor import examination as doctor
from instrument.doctor import model as doctor_model
from instrument.doctor import sound as doctor_sound
from instrument.doctor import system as doctor_system
from instrument.doctor.finding import Check, Checkup, Finding
from instrument.doctor.trial import TrialError
from instrument.generator import GeneratorSettings
from tests import tiny_checkpoint
from tests.rig import jack_card, recording, virtual_sound_card
from tests.rig_midi import VirtualMidi, virtual_midi
from tests.rig_osc import PATIENCE_S
from tests.rig_play import FAKE_PLAY, Instrument

__all__ = ["virtual_midi"]

ROOT = Path(__file__).parents[2]
FAKE = "tests.instrument.fake_pipeline"
DOCTOR = (sys.executable, "-m", "instrument", "doctor")

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def _no_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No card, as on a server; but for what can't be hidden."""
    config = tmp_path / "alsa.conf"
    config.write_text("pcm.!default { type hw card 99 }\nctl.!default { type hw card 99 }\n")
    for name, value in {
        "ALSA_CONFIG_PATH": str(config),
        "PULSE_RUNTIME_PATH": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "JACK_NO_START_SERVER": "1",
        "JACK_DEFAULT_SERVER": "none-here",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint.write(tmp_path_factory.mktemp("checkpoint"))


def found(check: Check, running: dict[str, Any] | None = None, **settings: Any) -> list[Finding]:
    return list(check(Checkup(PlaySettings(**settings), running)))


def named(findings: Sequence[Finding], name: str) -> Finding:
    """The only finding of that name."""
    (one,) = [finding for finding in findings if finding.check == name]
    return one


def use(monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)


@contextlib.contextmanager
def taken(kind: socket.SocketKind) -> Iterator[int]:
    """A port that a program has which says nothing."""
    with socket.socket(socket.AF_INET, kind) as listener:
        listener.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            listener.listen(8)
        yield listener.getsockname()[1]


def free_port() -> int:
    with taken(socket.SOCK_DGRAM) as port:
        return port


# The whole


def test_what_is_bad_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="must come with advice"):
        Finding("sound card", "bad", "none")


def test_a_check_that_fails_is_a_finding_and_the_others_go_on() -> None:
    def check_something(checkup: Checkup) -> Iterator[Finding]:
        yield Finding("before", "good", "this was found before it failed")
        raise RuntimeError("two\nlines")

    checks = (check_something, doctor_system.check_machine)
    findings = list(doctor.examine(PlaySettings(osc_port=free_port()), checks))
    assert [one.check for one in findings] == ["before", "something", "machine"]
    assert findings[1].state == "bad"
    assert findings[1].found == "this could not be looked at: RuntimeError: two lines"
    assert doctor.verdict(findings) == "not ready to play with sound: something"


def test_for_people_it_is_a_line_and_what_to_do_and_for_programs_json() -> None:
    findings = [
        Finding("a", "good", "all is well", figures={"n": 3}),
        Finding("b", "note", "so so", "try this"),
    ]
    assert doctor.line(findings[0]) == "ok    a              all is well"
    assert doctor.line(findings[1]).splitlines()[1].strip() == "-> try this"
    assert doctor.verdict(findings) == "ready to play with sound"
    told = json.loads(doctor.report(findings))
    assert (told["format"], told["version"], told["is_ready"]) == ("ladmg-doctor", 1, True)
    assert told["findings"][0] == {
        "check": "a",
        "state": "good",
        "found": "all is well",
        "advice": "",
        "figures": {"n": 3},
    }


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_with_a_card_and_a_model_it_is_ready_and_leaves_nothing(tmp_path: Path, checkpoint: Path) -> None:
    with virtual_sound_card(tmp_path) as card:
        home = Path(card.env["HOME"])
        before = everything(home)
        command = [*DOCTOR, "--json", "--checkpoint", str(checkpoint), "--osc-port", str(free_port())]
        command += ["--page-port", "0"]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | card.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        out, err = process.communicate(timeout=PATIENCE_S)
        left = {path for path in everything(home) - before if ".config" not in path.parts}
    assert (process.returncode, err) == (0, "")
    told = json.loads(out)
    assert told["is_ready"]
    states = {one["check"]: one["state"] for one in told["findings"]}
    assert "bad" not in states.values()
    assert {"sound card", "stream", "OSC port", "loopback", "presets"} <= {
        name for name, state in states.items() if state in ("good", "note")
    }
    assert not left, "it writes nothing"
    assert not list(Path("/dev/shm").glob(f"ladmg-{process.pid}-*"))


@pytest.mark.usefixtures("_no_sound")
def test_without_a_card_it_is_not_ready_and_says_why(
    capsys: pytest.CaptureFixture[str], checkpoint: Path, tmp_path: Path
) -> None:
    arguments = [
        "doctor",
        "--checkpoint",
        str(checkpoint),
        "--osc-port",
        str(free_port()),
        "--page-port",
        "0",
    ]
    code = cli.main([*arguments, "--presets", str(tmp_path), "--recordings", str(tmp_path / "new")])
    out = capsys.readouterr().out
    if "BAD   sound card" not in out:
        pytest.skip(f"this machine's sound cards can't be hidden: {out}")
    assert code == 1
    assert "-> connect a card" in out
    assert out.splitlines()[-1] == "not ready to play with sound: sound card"
    assert f"{tmp_path / 'new'} (will be made)" in out


def test_a_machine_where_all_is_wrong(tmp_path: Path, checkpoint: Path) -> None:
    """In namespaces of its own: 8 MB of shared memory, a full disk, no loopback, no right to go first."""
    namespaces = ["unshare", "--mount", "--net", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*namespaces, "true"], check=False).returncode:
        pytest.skip("no namespace can be made here")
    full = tmp_path / "full"
    full.mkdir()
    script = f"mount -t tmpfs -o size=8m tmpfs /dev/shm && mount -t tmpfs -o size=64k tmpfs {full} && "
    script += f'(cat /dev/zero > {full}/filled || true) 2> /dev/null; exec "$@"'
    command = [*namespaces, "sh", "-c", script, "sh", *DOCTOR, "--json", "--recordings", str(full)]
    command += ["--checkpoint", str(checkpoint), "--device", "none"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert (done.returncode, done.stderr) == (1, "")
    findings = [Finding(**one) for one in json.loads(done.stdout)["findings"]]
    memory = named(findings, "shared memory")
    assert memory.state == "bad"
    assert memory.found.startswith("8 MiB are free in /dev/shm")
    assert "--shm-size" in memory.advice
    assert named(findings, "recordings").found == f"{full} can't be written: No space left on device"
    assert named(findings, "loopback").state == "bad"
    assert "UDP" in named(findings, "loopback").found
    priority = named(findings, "priority")
    assert (priority.state, priority.figures["real_time"]) == ("note", False)
    assert named(findings, "stream").state != "bad", "to the clock: 8 MB are enough for that"


def test_a_running_instrument_is_asked_and_left_alone(tmp_path: Path) -> None:
    arguments = ["0", "60", str(tmp_path), "--pipeline", "TonePipeline", "--device", "none"]
    play = Instrument(*arguments, program=FAKE_PLAY)
    try:
        play.loop()
        before = play.status()
        findings = list(doctor.examine(PlaySettings(osc_port=play.port, page_port=0)))
        after = play.status()
    finally:
        play.close()
    assert named(findings, "OSC port").state == "note"
    assert "plays here already" in named(findings, "OSC port").found
    assert named(findings, "stream").found == "the instrument plays to the clock, unheard"
    assert named(findings, "model").found.startswith("the instrument that plays is ready")
    assert not [one for one in findings if one.check in ("GPU", "session")], "nothing is loaded beside it"
    assert after["callback_errors"] == before["callback_errors"] == 0
    assert after["audio_pid"] == before["audio_pid"]


# Sound


def test_a_stream_is_tried_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with virtual_sound_card(tmp_path) as card:
        use(monkeypatch, card.env)
        with card.record(tmp_path / "heard.wav"):
            findings = found(doctor_sound.check_sound)
    heard = named(findings, "stream")
    assert heard.state in ("good", "note"), heard
    assert (heard.figures["rate"], heard.figures["block"]) == (48_000, 512)
    assert heard.figures["seconds"] == pytest.approx(2.0, abs=0.5)
    if heard.figures["underflows"] == 0:
        assert heard.figures["speed"] == pytest.approx(1.0, abs=0.05)
    assert 0.0 < heard.figures["callback_load"] < 1.0, "it plays a loop, if a silent one"
    assert 0.01 < heard.figures["latency_s"] < 1.0
    assert heard.figures["faults"] == []
    audio = recording(tmp_path / "heard.wav")
    assert len(audio) > 48_000
    assert not np.any(audio)
    card_found = named(findings, "sound card")
    assert card_found.state == "good"
    assert 48_000 in card_found.figures["rates"]
    cable = named(findings, "cable to Max")
    assert (cable.state, cable.figures["cables"]) == ("good", ["ladmg"])


def test_a_card_that_is_not_there_and_one_with_too_few_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with jack_card(tmp_path) as card:
        card.plug(44_100)
        use(monkeypatch, card.env)
        missing = found(doctor_sound.check_sound, audio=AudioSettings(device="no such card"))
        outputs = AudioSettings(device="system", outputs=Outputs((1, 2), (3, 4)))
        few = found(doctor_sound.check_sound, audio=outputs)
        right = found(doctor_sound.check_sound, audio=AudioSettings(device="system"))
    assert named(missing, "sound card").state == "bad"
    assert named(missing, "sound card").found.startswith("no sound card named 'no such card'; available: '")
    assert "--device NAME" in named(missing, "sound card").advice
    assert not [one for one in missing if one.check == "stream"]
    assert named(few, "sound card").state == "bad"
    assert "2 outputs" in named(few, "sound card").found
    assert "--outputs main=1-2,cue=3-4 needs 4" in named(few, "sound card").found
    assert named(right, "sound card").figures["rates"] == [44_100], "and no other"
    assert named(right, "stream").state != "bad"
    assert named(right, "stream").figures["rate"] == 44_100, "as it would play there"


def test_a_sound_library_that_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALSA_CONFIG_PATH", os.devnull)
    findings = found(doctor_sound.check_sound)
    assert named(findings, "sound card").state == "bad"
    assert "ended with exit code -6" in named(findings, "sound card").found
    assert not [one for one in findings if one.check == "stream"]


def test_a_sound_server_that_hangs_is_told_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_S", "START_S"):
        monkeypatch.setattr(doctor_sound, name, 8.0)
    with virtual_sound_card(tmp_path) as card:
        use(monkeypatch, card.env)
        card.freeze()
        findings = found(doctor_sound.check_sound)
    assert "bad" in {one.state for one in findings if one.check in ("sound card", "stream")}, findings


@pytest.mark.parametrize(
    ("name", "is_cable"),
    [
        ("BlackHole 2ch, Core Audio", True),
        ("CABLE Input (VB-Audio Virtual Cable), MME", True),
        ("Loopback Audio, Core Audio", True),
        ("Loopback: PCM (hw:1,0), ALSA", True),
        ("system, JACK Audio Connection Kit", True),
        ("MacBook Pro Speakers, Core Audio", False),
        ("Scarlett 2i2 USB: Audio (hw:1,0), ALSA", False),
    ],
)
def test_cables_are_known_by_their_names(name: str, is_cable: bool) -> None:
    assert bool(doctor_sound.CABLE.search(name)) == is_cable


@pytest.mark.parametrize(
    ("name", "module", "is_null"),
    [
        ("ladmg", "module-null-sink.c", True),
        ("auto_null", "module-null-sink.c", False),
        ("alsa_output.pci-0000_00_1f.3.analog-stereo", "module-alsa-card.c", False),
        ("to-max", "PipeWire", True),
        ("alsa_output.usb-Focusrite.analog-stereo", "PipeWire", False),
        ("tunnel.studio", "module-tunnel-sink.c", False),
    ],
)
def test_null_sinks_are_told_from_cards(name: str, module: str, is_null: bool) -> None:
    assert doctor_sound._is_null_sink(name, module) == is_null


# MIDI


def test_controllers_and_the_maps_that_they_get(
    virtual_midi: VirtualMidi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, virtual_midi.env | {"XDG_CONFIG_HOME": str(tmp_path)})
    virtual_midi.plug("nanoKONTROL2")
    findings = found(doctor_system.check_midi)
    assert findings[0].state == "good"
    assert findings[0].found == "'nanoKONTROL2:out': map 'Korg nanoKONTROL2', lights by 'nanoKONTROL2-01:in'"
    assert "--midi all" in findings[1].advice, "it was not asked for"
    findings = found(doctor_system.check_midi, midi=("nano",))
    assert [one.state for one in findings] == ["good"]
    findings = found(doctor_system.check_midi, midi=("twister", "all"))
    assert findings[1].found == "no MIDI input named 'twister'; available: 'nanoKONTROL2:out'"
    maps = tmp_path / "ladmg" / "maps"
    maps.mkdir(parents=True)
    (maps / "box.toml").write_text("controls = 3\n")
    assert "box.toml" in found(doctor_system.check_midi)[0].found


def test_no_midi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDO_BACKEND", "mido.backends.rtmidi/NO_SUCH")
    (finding,) = found(doctor_system.check_midi)
    assert finding.state == "note"
    assert "MIDO_BACKEND names no MIDI system" in finding.found


# Ports


def test_a_free_osc_port_and_one_that_is_taken() -> None:
    (finding,) = found(doctor_system.check_osc_port, osc_port=free_port())
    assert finding.state == "good"
    with taken(socket.SOCK_DGRAM) as port:
        settings = PlaySettings(osc_port=port)
        assert doctor_system.status_of(settings) is None, "whoever is there says nothing"
        (finding,) = found(doctor_system.check_osc_port, osc_port=port)
    assert finding.state == "bad"
    assert f"OSC port {port} on 127.0.0.1 is in use" in finding.found
    assert "--osc-port" in finding.advice


def test_an_address_that_is_not_ours() -> None:
    (finding,) = found(doctor_system.check_osc_port, bind="203.0.113.1")
    assert finding.state == "bad"
    assert "say who may play along" in finding.found


def test_a_free_page_port_and_one_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = found(doctor_system.check_page_port, page_port=0)
    assert finding.state == "good"
    with taken(socket.SOCK_STREAM) as port:
        (finding,) = found(doctor_system.check_page_port, page_port=port)
    assert finding.state == "bad"
    assert f"port {port} on 127.0.0.1 is in use" in finding.found


def test_a_page_port_that_another_instrument_has(tmp_path: Path) -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"NAME": "LADMG"}'

    def serve() -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        (alone,) = found(doctor_system.check_page_port, page_port=port)
        (beside,) = found(doctor_system.check_page_port, {"state": "none"}, page_port=port)
    assert (alone.state, beside.state) == ("bad", "note")
    assert alone.found == beside.found == f"an instrument's page is at 127.0.0.1:{port}"


def test_loopback_is_there() -> None:
    assert [one.state for one in found(doctor_system.check_loopback)] == ["good"]


# Memory and folders


def test_little_shared_memory_makes_a_small_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = found(doctor_system.check_shared_memory)
    assert finding.state in ("good", "note")
    usage = shutil.disk_usage("/dev/shm")
    for free_mib, state in ((1000, "good"), (150, "note"), (40, "bad")):
        little = usage._replace(free=free_mib * 2**20)
        monkeypatch.setattr(shutil, "disk_usage", lambda path, little=little: little)
        (finding,) = found(doctor_system.check_shared_memory)
        assert finding.state == state, free_mib
        assert finding.found.startswith(f"{free_mib} MiB are free")


def test_folders_that_can_be_written_and_that_cannot(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("a file")
    before = everything(tmp_path)
    findings = found(
        doctor_system.check_folders,
        presets=tmp_path,
        shelf=tmp_path / "not" / "yet",
        recordings=in_the_way,
        state=in_the_way / "below",
    )
    assert everything(tmp_path) == before
    states = [one.figures["is_there"] for one in findings]
    assert states == [True, False, True, False]
    assert "(will be made)" in named(findings, "shelf").found
    for what, option in (("recordings", "--recordings"), ("sessions", "--state")):
        finding = named(findings, what)
        assert finding.state == "note"
        assert "it is no folder" in finding.found
        assert option in finding.advice


def test_a_session_that_was_cut_off(tmp_path: Path) -> None:
    folder = tmp_path / "session-7400"
    folder.mkdir()
    check, settings = doctor_system.check_session, {"state": tmp_path}
    assert [one.found for one in found(check, **settings)] == ["none was cut off"]
    kept = {"format": "ladmg-session", "version": 1, "has_ended": True, "values": {}, "loops": {}}
    for has_ended, state in ((True, "good"), (False, "note")):
        (folder / "session.json").write_text(json.dumps(kept | {"has_ended": has_ended}))
        assert [one.state for one in found(check, **settings)] == [state]
    assert found(check, {"state": "none"}, **settings) == [], "it is the one that plays"
    for text in ("{", "[]", '{"format": "other", "version": 1}'):
        (folder / "session.json").write_text(text)
        (finding,) = found(check, **settings)
        assert (finding.state, (folder / "session.json").read_text()) == ("note", text), (
            "it is only looked at"
        )
        assert "can't be read" in finding.found


# The model


def test_a_model_that_plays(checkpoint: Path) -> None:
    findings = found(doctor_model.check_model, generator=GeneratorSettings(checkpoint=str(checkpoint)))
    model = named(findings, "model")
    assert model.state == "good", model
    assert model.figures["name"].startswith("tiny-")
    assert model.figures["n_steps"] == 2
    assert 0.0 < model.figures["render_s"] < model.figures["load_s"] + 60.0
    assert model.figures["memory"] > 2**26
    gpu = named(findings, "GPU")
    assert (gpu.state, gpu.figures["device"]) == ("good", "cpu") or gpu.figures["found"]
    assert gpu.figures["torch"]
    assert json.dumps([one.to_dict() for one in findings])


def test_a_damaged_checkpoint(tmp_path: Path) -> None:
    folder = tiny_checkpoint.write(tmp_path / "mine")
    file = folder / "unet.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    (finding,) = found(doctor_model.check_model, generator=GeneratorSettings(checkpoint=str(folder)))
    assert finding.state == "bad"
    assert "unet.safetensors is truncated" in finding.found
    assert f"ladmg info {folder}" in finding.advice


def test_a_model_that_fails_dies_or_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(prompt: str, load: str = "FakePipeline") -> Finding:
        monkeypatch.setattr(doctor_model, "ASKED", replace(doctor_model.ASKED, prompt=prompt))
        generator = GeneratorSettings(load=f"{FAKE}:{load}.load")
        return found(doctor_model.check_model, generator=generator)[0]

    assert tried("dub").state == "good"
    for prompt, text in (
        ("nan", "samples are not finite"),
        ("raise", "asked to raise"),
        ("die", "its process ended with exit code 3"),
        ("crash", "its process ended with exit code -11"),
    ):
        finding = tried(prompt)
        assert finding.state == "bad"
        assert text in finding.found
    monkeypatch.setattr(doctor_model, "LIMIT_S", 20.0)
    for finding in (tried("stall"), tried("dub", "LateTonePipeline")):
        assert finding.state == "bad"
        assert "no answer within 20 s" in finding.found


def test_words_for_models_that_do_not_keep_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hardware = {"torch": "2", "built_for": "13.0", "cuda": [], "mps": False, "threads": 2}
    quick = doctor_model.Tried("m", "cpu", hardware, 1.0, 8, 1.0, 12, 0)
    monkeypatch.setattr(doctor_model, "_gpus", lambda: ["NVIDIA"])
    for tried, state, advice in (
        (quick, "good", ""),
        (replace(quick, render_s=3.0, most_steps=5), "note", "take 5 steps (/ladmg/n_steps)"),
        (replace(quick, render_s=30.0, most_steps=0), "note", "/ladmg/n_bars"),
    ):
        monkeypatch.setattr(doctor_model, "attempt", lambda *args, tried=tried, **limits: tried)
        model, gpu = found(doctor_model.check_model)
        assert model.state == state
        assert advice in model.advice
        assert gpu.state == "note"
        assert gpu.found.startswith("NVIDIA is there and not used")
        assert "driver for CUDA 13.0" in gpu.advice

    def broken(*args: Any, **limits: float) -> Any:
        raise TrialError("CUDA error: no kernel image is available for execution on the device")

    monkeypatch.setattr(doctor_model, "attempt", broken)
    assert "CUDA_VISIBLE_DEVICES= make play" in found(doctor_model.check_model)[0].advice
    on_gpu = replace(quick, device="cuda", hardware=hardware | {"cuda": ["NVIDIA H100"]})
    assert doctor_model._gpu_finding(on_gpu).found == "NVIDIA H100, by CUDA; the model runs on it"
