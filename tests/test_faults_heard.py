"""Faults that a listener must not hear, or must hear end: a recording of one instrument while all of them happen to it.

The model is a fake one whose loops have no silence and no step, so that every gap and every click is the instrument's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from scipy.signal import correlate, resample

from tests.instrument.fake_pipeline import glide
from tests.rig import RATE, JackCard, VirtualSoundCard, jack_card, recorded_so_far, virtual_sound_card
from tests.rig_midi import VirtualMidi
from tests.rig_osc import PATIENCE_S
from tests.rig_play import FAKE_PLAY, Instrument, Listener, gaps

pytestmark = pytest.mark.timeout(600)

LOOP = 92160  # samples of a bar at 125 BPM
LARGEST_STEP = 0.4 * 1.6 * 2 * np.pi * 300 / RATE  # of the tones, levelled up by at most 4 dB
STALL_S = 0.5  # what the control stream suffers at the same time was the machine
RENDER_LIMIT_S = 8.0
MORPH_CONTROL, FILTER_CONTROL = 1, 77


class Stage:
    """An instrument that plays tones, a listener, MIDI, and a clock on the wall that can be moved."""

    def __init__(self, folder: Path, card: VirtualSoundCard, midi: VirtualMidi | None) -> None:
        self.card = card
        self.listener = Listener(card, folder)
        self.knobs = None if midi is None else midi.plug("knobs")
        self.clock = _FakeClock(folder)
        self._folder = folder
        self._midi = midi

    def start(self) -> None:
        arguments = ["0", str(RENDER_LIMIT_S), str(self._folder), "--pipeline", "TonePipeline"]
        arguments += ["--device", "default"]
        env = dict(self.card.env) | self.clock.env
        if self._midi is not None:
            arguments += ["--midi", "knobs"]
            env |= self._midi.env
        self.play = Instrument(*arguments, env=env, program=FAKE_PLAY)
        self.play.send("/ladmg/n_bars", 1)
        self.play.send("/ladmg/swap", "beat")
        self.play.loop(n_bars=1)
        self.seed = 100

    def new_loop(self, **settings: Any) -> None:
        """Ask for another loop, and wait until it sounds: the generator works, and swaps do."""
        self.seed += 1
        self.play.send("/ladmg/1/seed_a", self.seed)
        for name, value in settings.items():
            self.play.send(f"/ladmg/1/{name}", value)
        self.play.loop(seed_a=self.seed, **settings)

    def complaint(self, code: str) -> str:
        """The text of the next error of this code; the terminal says the same, once."""
        text = str(self.play.until("/ladmg/error", lambda _, said, __: said == code)[2])
        self.play.until_said(text[:60].replace("(", r"\(").replace(")", r"\)"))
        assert "\n" not in text
        return text

    def until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first status of which that holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_so(status := self.play.status()):
            assert time.monotonic() < deadline, status
            time.sleep(0.02)
        return status

    def heard(self, start: int, stop: int | None = None) -> npt.NDArray[np.float32]:
        return recorded_so_far(self.listener.path)[start:stop]

    def assert_unbroken(self, start: int, seconds: float = 1.0) -> None:
        """Since this sample of the recording, and for that long from now: sound, no gap, no click."""
        part = self.listener.listen(seconds)
        time.sleep(0.1)
        ours = self.heard(start, part.stop)
        assert np.abs(ours).max() > 0.1
        lead = self.listener.lead
        stalls = [at - lead for at, _ in gaps(recorded_so_far(self.listener.control_path))]
        places = [start + at for at, _ in gaps(ours)]
        places += [
            start + int(at) for at in np.flatnonzero(np.abs(np.diff(ours, axis=0)).max(axis=1) > LARGEST_STEP)
        ]
        broken = [at for at in places if not any(abs(at - stall) < STALL_S * RATE for stall in stalls)]
        assert not broken, [
            (at / RATE, float(np.abs(np.diff(self.heard(at, at + 2), axis=0)).max())) for at in broken
        ]

    def reference(self) -> tuple[int, npt.NDArray[np.float32]]:
        """Where in the recording a whole pass of what sounds begins, and that pass."""
        part = self.listener.listen(LOOP / RATE + 0.1)
        return part.start, self.heard(part.start, part.start + LOOP)

    def back_after(self, killed: int, reference: tuple[int, npt.NDArray[np.float32]]) -> tuple[float, float]:
        """Wait until there is sound again; seconds that it was away since sample `killed`, and by how much the loop
        is then late, in seconds.
        """
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self.listener.listen(0.5)
            heard = self.heard(killed)
            silent = np.flatnonzero(np.all(heard == 0.0, axis=1))
            back = silent[-1] + 1 if len(silent) else len(heard)
            if len(silent) and len(heard) - back > RATE:
                break
            assert time.monotonic() < deadline, "no sound came back"
        at = killed + int(back) + RATE // 2
        began, loop = reference
        part = np.zeros_like(loop)
        part[: RATE // 2] = self.heard(at, at + RATE // 2)
        spectra = [np.fft.rfft(audio[:, 0]) for audio in (loop, part)]
        shift = int(np.argmax(np.fft.irfft(spectra[0] * spectra[1].conj(), LOOP)))
        late = (at - began - shift + LOOP // 2) % LOOP - LOOP // 2
        return int(back) / RATE, late / RATE


class _FakeClock:
    """Moves the wall clock of processes with `env`; where there is no C compiler, `env` is empty."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clock"
        self._path.write_bytes(struct.pack("<q", 0))
        library = folder / "fake_clock.so"
        compiler = shutil.which("cc")
        self.env: dict[str, str] = {}
        if compiler is not None:
            source = Path(__file__).with_name("fake_clock.c")
            subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
            self.env = {"LD_PRELOAD": str(library), "FAKE_CLOCK": str(self._path)}

    def move(self, seconds: int) -> None:
        with self._path.open("r+b") as file:
            file.write(struct.pack("<q", seconds))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    with contextlib.ExitStack() as stack:
        card = stack.enter_context(virtual_sound_card(folder))
        midi = None
        if shutil.which("jackd") is not None:
            midi = VirtualMidi(folder)
            stack.callback(midi.close)
        stage = Stage(folder, card, midi)
        stack.enter_context(stage.listener.listening())
        stage.start()
        stack.callback(stage.play.close)
        yield stage


@pytest.fixture(scope="module")
def lonely_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stage whose card is the system's only one: where there is another, the sound server itself moves the music."""
    folder = tmp_path_factory.mktemp("lonely")
    with virtual_sound_card(folder) as card:
        stage = Stage(folder, card, None)
        stage.start()
        yield stage
        stage.play.close()


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a measurement past pytest's capture."""

    def tell(text: str) -> None:
        with capsys.disabled():
            print(f"\n    {text}")

    return tell


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=lambda number: number.name)
def test_a_crash_of_the_generator(stage: Stage, number: signal.Signals, tell: Callable[[str], None]) -> None:
    """The kernel's own kill where memory runs out is a SIGKILL too, and takes the generator first."""
    start = stage.listener.now
    before = stage.play.status()
    assert Path(f"/proc/{before['generator_pid']}/oom_score_adj").read_text() == "1000\n"
    os.kill(before["generator_pid"], number)
    killed_at = time.monotonic()
    assert stage.complaint("generator-lost").startswith(
        f"generator stopped (exit code -{int(number)}), restarting"
    )
    after = stage.until(lambda now: now["generator"] == "ready")
    tell(f"a new generator is ready {time.monotonic() - killed_at:.1f} s after {number.name}")
    assert after["generator_losses"] == before["generator_losses"] + 1
    assert after["audio_pid"] == before["audio_pid"]
    stage.new_loop()
    stage.assert_unbroken(start)


@pytest.mark.parametrize(
    ("word", "code", "says"),
    [
        ("nan", "not-finite", "samples are not finite"),
        ("memory", "memory", "too little memory for this loop"),
        ("raise", "render", "asked to raise"),
    ],
)
def test_a_render_that_fails(stage: Stage, word: str, code: str, says: str) -> None:
    start = stage.listener.now
    before = stage.play.status()
    stage.play.send("/ladmg/1/prompt", word)
    assert says in stage.complaint(code)
    stage.new_loop(prompt="")
    after = stage.play.status()
    assert after["failed_renders"] > before["failed_renders"]
    assert after["generator_pid"] == before["generator_pid"]
    stage.assert_unbroken(start)


def test_a_clock_on_the_wall_that_jumps(stage: Stage) -> None:
    if not stage.clock.env:
        pytest.skip("no C compiler: the clock can't be faked")
    start = stage.listener.now
    before = stage.play.status()
    for days in (1, -400, 0):
        stage.clock.move(86400 * days)
        # What is meant for half a day from the true time: past on this clock, or too far ahead.
        bundle = OscBundleBuilder(time.time() + 43200)
        message = OscMessageBuilder("/ladmg/1/density")
        message.add_arg(0.5 if days > 0 else 0.25)
        bundle.add_content(message.build())
        stage.play.send_bytes(bundle.build().dgram)
        if days > 0:
            stage.play.until("/ladmg/1/density", lambda value: value == 0.5)
        else:
            assert "at most 10 s ahead" in stage.play.until("/ladmg/error")[2]
        beat = stage.play.status()["beat"]
        stage.until(lambda now, beat=beat: beat + 1 < now["beat"] < beat + 20)
        stage.new_loop()
    after = stage.play.status()
    for name in ("generator_pid", "audio_pid", "device_losses", "failed_renders"):
        assert after[name] == before[name]
    stage.assert_unbroken(start)


def test_a_flood_of_midi(stage: Stage, tell: Callable[[str], None]) -> None:
    """5,000 control changes a second, of a knob that renders and of one that is heard at once."""
    if stage.knobs is None:
        pytest.skip("jackd (Debian: jackd2) is not installed")
    stage.play.until_said("MIDI input 'knobs")
    start = stage.listener.now
    began, n = time.monotonic(), 0
    for control in (MORPH_CONTROL, FILTER_CONTROL):  # from end to end: a knob must cross its value first
        for value in (*range(128), 0):
            stage.knobs.send(control, value)
            time.sleep(0.001)
    flood_began = time.monotonic()
    while (elapsed := time.monotonic() - flood_began) < 3.0:
        while n < 5000 * elapsed:
            value = 127 * (n // 2 % 2)
            stage.knobs.send(MORPH_CONTROL if n % 2 else FILTER_CONTROL, 64 if not n % 2 else value)
            n += 1
        time.sleep(0.002)
    for _ in range(3):  # what comes last counts
        stage.knobs.send(MORPH_CONTROL, 64)
        stage.knobs.send(FILTER_CONTROL, 64)
        time.sleep(0.3)
    sent_at = time.monotonic()
    tell(f"{n} control changes in {flood_began - began + 3:.1f} s")
    stage.play.send("/ladmg/sync", 1)
    stage.play.until("/ladmg/synced")  # no echo of before is left
    for name, held in (("morph", 0.5), ("filter", 0.0)):
        stage.play.send("/ladmg/get", f"/ladmg/1/{name}")
        assert stage.play.until(f"/ladmg/1/{name}") == (held,)
    tell(f"both values held {time.monotonic() - sent_at:.1f} s after the flood")
    stage.play.send("/ladmg/1/morph", 0.0)
    stage.new_loop(morph=0.0)
    stage.assert_unbroken(start)


def test_a_midi_library_that_crashes(stage: Stage) -> None:
    if stage.knobs is None:
        pytest.skip("jackd (Debian: jackd2) is not installed")
    stage.play.until_said("MIDI input 'knobs")
    start = stage.listener.now
    before = stage.play.status()
    n_opened = sum("MIDI input 'knobs" in line for line in stage.play.said)
    os.kill(before["midi_pid"], signal.SIGSEGV)
    assert stage.complaint("midi_restart").startswith("MIDI stopped (exit code -11), restarting")
    stage.until(lambda now: sum("MIDI input 'knobs" in line for line in stage.play.said) > n_opened)
    after = stage.until(lambda now: now["midi_losses"] == before["midi_losses"] + 1)
    for name in ("generator_pid", "audio_pid", "callback_errors"):
        assert after[name] == before[name]
    stage.new_loop()
    stage.assert_unbroken(start)


def test_a_generator_that_hangs(stage: Stage) -> None:
    start = stage.listener.now
    before = stage.play.status()
    stage.play.send("/ladmg/1/prompt", "stall")
    assert f"no result within {RENDER_LIMIT_S:g} s" in stage.complaint("generator-lost")
    stage.new_loop(prompt="")
    after = stage.play.status()
    assert after["generator_pid"] != before["generator_pid"]
    stage.assert_unbroken(start)


def test_a_session_that_is_suspended(stage: Stage, tell: Callable[[str], None]) -> None:
    """A closed lid: all three processes stand for 5 s. Nobody is to blame, and nobody is replaced."""
    before = stage.play.status()
    pids = [stage.play.process.pid, before["audio_pid"], before["generator_pid"]]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(5.0)
    resumed, resumed_at = stage.listener.now, time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    stage.until(lambda now: now["beat"] > before["beat"] + 1)
    stage.new_loop()
    after = stage.play.status()
    for name in ("audio_pid", "generator_pid", "audio_losses", "generator_losses", "device_losses"):
        assert after[name] == before[name]
    first = np.flatnonzero(np.any(stage.heard(resumed) != 0.0, axis=1))[0]
    tell(
        f"sound again {first / RATE:.2f} s after the session goes on ({time.monotonic() - resumed_at:.1f} s)"
    )
    stage.assert_unbroken(stage.listener.now)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=lambda number: number.name)
def test_an_audio_process_that_is_lost(
    stage: Stage, number: signal.Signals, tell: Callable[[str], None]
) -> None:
    before = stage.play.status()
    reference = stage.reference()
    killed = stage.listener.now
    os.kill(before["audio_pid"], number)
    text = stage.complaint("audio-lost")
    reason = "exit code -9" if number == signal.SIGKILL else "stood still for 3 s"
    assert text.startswith(f"audio stopped ({reason}), restarting")
    assert text.endswith("; the music goes on where it would be")
    away_s, late_s = stage.back_after(killed, reference)
    tell(f"{number.name}: silent for {away_s:.2f} s, then {1000 * late_s:+.0f} ms from where it would be")
    after = stage.play.status()
    assert after["audio_losses"] == before["audio_losses"] + 1
    assert abs(late_s) < 0.06  # half a 16th
    start = stage.listener.now
    stage.new_loop()
    stage.assert_unbroken(start)


@pytest.mark.parametrize("how", ["pulled", "server killed", "server hangs"])
def test_a_card_that_goes_and_comes_back(
    lonely_stage: Stage, how: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """A pulled cable; a sound server that crashes; one that hangs, so that only a new audio process gets away."""
    stage = lonely_stage
    before, before_at = stage.play.status(), time.monotonic()
    if how == "pulled":
        stage.card.pull()
    elif how == "server killed":
        stage.card.unplug()
    else:
        stage.card.freeze()
    text = stage.complaint("device-stuck" if how == "server hangs" else "device-lost")
    tell(f"{how}: told after {time.monotonic() - before_at:.1f} s: {text}")
    if how == "server hangs":
        stage.complaint("audio-lost")
        stage.card.unplug()
        stage.complaint("device-lost")
    lost = stage.until(lambda now: now["device"] == "none" and now["device_losses"] > before["device_losses"])
    stage.until(lambda now: now["beat"] > lost["beat"] + 2)  # the music goes on, unheard
    stage.new_loop()

    if how == "pulled":
        stage.card.push()
    else:
        stage.card.plug()
    back_at = time.monotonic()
    path = tmp_path / "again.wav"
    with stage.card.record(path):
        after = stage.until(lambda now: now["device"] == "default")
        opened_at = time.monotonic()
        while len(heard := recorded_so_far(path)) < RATE or np.any(heard[-RATE:] == 0.0, axis=1).mean() > 0.1:
            assert time.monotonic() < back_at + PATIENCE_S, "no sound"
            time.sleep(0.05)
    assert np.abs(heard[-RATE:]).max() > 0.1
    tell(f"{how}: opened {opened_at - back_at:.1f} s after it was back, {after['beat']}")
    now, now_at = stage.play.status(), time.monotonic()
    late_s = (now_at - before_at) - (now["beat"] - before["beat"]) * 60 / 125
    tell(f"{how}: {1000 * late_s:+.0f} ms from where the music would be")
    assert (
        abs(late_s) < 0.2
    )  # blocks and packets between the two looks; to the millisecond it is measured above
    assert (now["audio_pid"] == before["audio_pid"]) == (how != "server hangs")


def test_a_card_of_another_rate(tmp_path: Path, tell: Callable[[str], None]) -> None:
    """It comes back at 44.1 kHz and refuses 48: the loop that was made is read at another pace, the next made anew.

    A recording ends whole where the rate changes, and the next one is of the new rate.
    """
    other = 44100
    with jack_card(tmp_path) as card:
        card.plug(RATE)
        arguments = [
            "0",
            str(RENDER_LIMIT_S),
            str(tmp_path),
            str(tmp_path / "recorded"),
            "--pipeline",
            "TonePipeline",
            "--device",
            "system",
        ]
        play = Instrument(*arguments, env=card.env, program=FAKE_PLAY)
        try:
            play.send("/ladmg/n_bars", 1)
            play.send("/ladmg/swap", "beat")
            play.loop(n_bars=1)
            play.until_said(f"audio to 'system': {RATE} Hz")
            play.send("/ladmg/record", 1)
            play.until_said("recording to ")
            before, before_at = play.status(), time.monotonic()
            card.unplug()
            play.until("/ladmg/error", lambda _, code, __: code == "device-lost")
            card.plug(other)
            back_at = time.monotonic()
            play.until_said(f"'system' is back and refuses {RATE} Hz: starting anew at its own rate")
            play.until_said(f"audio to 'system': {other} Hz")
            play.until("/ladmg/error", lambda _, code, text: code == "record" and f"{other} Hz now" in text)
            tell(f"plays at {other} Hz {time.monotonic() - back_at:.1f} s after it was back")
            first = play.status()["beat"]
            while (now := play.status())["beat"] == first:
                assert time.monotonic() < back_at + PATIENCE_S
            late_s = time.monotonic() - before_at - (now["beat"] - before["beat"]) * 60 / 125
            tell(f"{1000 * late_s:+.0f} ms from where the music would be")
            assert abs(late_s) < 0.2
            assert_plays(card, tmp_path, 1, other, tell)
            play.send("/ladmg/1/seed_a", 5)
            play.loop(seed_a=5)
            play.send("/ladmg/record", 1)
            assert_plays(card, tmp_path, 5, other, tell)
            play.send("/ladmg/record", 0)
            play.until_said("recorded ")
            assert [soundfile.info(path).samplerate for path in recordings(tmp_path)] == [RATE, other]
            assert sounds(recordings(tmp_path)[-1])
            assert now["callback_errors"] == 0
        finally:
            play.close()


def recordings(folder: Path) -> list[Path]:
    return sorted((folder / "recorded").glob("*.wav"))


def sounds(path: Path) -> bool:
    """All of a second and more."""
    audio, rate = soundfile.read(path, always_2d=True)
    return len(audio) > rate and not gaps(audio)


def assert_plays(card: JackCard, folder: Path, seed: int, rate: int, tell: Callable[[str], None]) -> None:
    """The card is sent the loop of this seed, over and over; judged where the machine did not stall."""
    heard, heard_rate = card.listen(folder / "heard.wav", 3)
    assert heard_rate == rate
    asked = np.tile(resample(glide(125.0, 1, seed)[:, 0], LOOP * rate // RATE), 2)
    n = rate // 2
    snr_db = [-np.inf]
    for begin in range(0, len(heard) - n, n):
        part = heard[begin : begin + n, 0]
        best = asked[int(np.argmax(correlate(asked, part, "valid", "fft"))) :][:n]
        error = part - best * float(part @ best / (best @ best))
        snr_db.append(10 * np.log10(max(float(part @ part), 1e-9) / max(float(error @ error), 1e-9)))
    tell(f"seed {seed} at {rate} Hz: {max(snr_db):.0f} dB above all that is not the loop")
    assert max(snr_db) > 30.0  # to a sample; what is read at another pace lies between two


def test_steps_go_down_before_changes_come_later(tmp_path: Path) -> None:
    """A machine that gets slower and slower while it plays."""
    play = Instrument("0", "60", str(tmp_path), "--pipeline", "BusyPipeline", program=FAKE_PLAY)
    try:
        for address, value in (("/ladmg/bpm", 200.0), ("/ladmg/n_bars", 1), ("/ladmg/swap", "now")):
            play.send(address, value)
        assert play.loop(bpm=200.0, n_bars=1)["n_steps"] == 8
        told = []
        for word, last in (("heavy", "rendering with 4 steps, not 8"), ("heavier", "changes come later")):
            play.send("/ladmg/1/prompt", word)
            deadline = time.monotonic() + PATIENCE_S
            while not (told and last in told[-1]):
                assert time.monotonic() < deadline, told
                play.send("/ladmg/1/seed_a", len(play.heard) % 1000)  # there is always something to render
                _, code, text = play.until("/ladmg/error")
                told += [text] if code == "slow" else []
        assert [line.split(":")[0].split(",")[0] for line in told[:-1]] == [
            "rendering with 4 steps",
            "rendering with 2 steps",
        ]
        assert told[-1].endswith("to render with 2 steps: changes come later")
    finally:
        play.close()
