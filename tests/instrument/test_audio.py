"""The audio process: really started, really killed, and recorded through a real PortAudio stream."""

import gc
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from instrument.audio import process as audio
from instrument.audio.playback import Player
from instrument.audio.process import AudioSettings, ClockDriver, Output, Watch
from instrument.lows import write_loop
from instrument.memory import (
    LoopBank,
    PlaybackParams,
    SlotHeader,
    SlotState,
)
from tests.instrument.rig_audio import AudioProcess, Shared, wait_for
from tests.rig import recording, virtual_sound_card

ROOT = Path(__file__).parents[2]
RATE = 48000
BAR = 92160  # at 125 BPM


def put(bank, slot, audio):
    header = SlotHeader(RATE, BAR, 12500, 1, slot, SlotState.READY)
    write_loop(bank, slot, np.asarray(audio, np.float32), header)


def enter(slot):
    """The command by which deck 1 plays the loop of a slot."""
    return ("next", 1, slot, ((slot, (0.0, 0.0)),))


@pytest.fixture
def shared():
    """With noise loops of a bar in slots 0 to 2."""
    bank = LoopBank.create(4)
    for slot in range(3):
        put(bank, slot, np.random.default_rng(slot).uniform(-0.5, 0.5, (BAR, 2)))
    shared = Shared(bank, PlaybackParams(), RATE)
    yield shared
    shared.close()


@pytest.fixture
def start(shared):
    children = []

    def start(device="none", **settings):
        children.append(AudioProcess(shared, AudioSettings(device=device, **settings)))
        return children[-1]

    yield start
    for child in children:
        child.end()


def test_a_session_without_a_sound_card(shared, start):
    child = start()
    assert child.expect("stream") == ("stream", "none", RATE, 512, 0.04)
    child.send(*enter(0))
    _, deck, fan, slot, sample, bar = child.expect("entered")
    assert (deck, fan, slot, bar) == (1, 0, 0, 1)
    wait_for(lambda: shared.meters.read().slot_1 == 0 and shared.meters.read().peak > 0.1)
    assert shared.bank.header(0).state == SlotState.SOUNDING
    shared.parameters.write(PlaybackParams(swap=1))
    child.send(*enter(1))
    assert (child.expect("entered")[4] - sample) % (BAR // 4) == 0
    assert child.expect("released") == ("released", 1, 0)
    assert shared.bank.header(0).state == SlotState.RELEASED
    reading = shared.meters.read()
    assert reading.is_running
    assert reading.beat == pytest.approx((reading.sample - sample) * 125 / 60 / RATE)
    assert (reading.bpm, reading.slot_1, reading.slot_2, reading.errors) == (125.0, 1, -1, 0)
    child.stop()
    assert shared.meters.read().peak == 0.0  # it faded out before it ended


def test_wrong_commands_are_answered_and_the_slot_given_back(start):
    child = start()
    child.send(*enter(3))
    assert "slot 3 must hold" in child.expect("fault", "bad-command")[2]
    child.expect("released", 1, 3)
    child.send(*enter(0))
    child.expect("entered", 1, 0)
    child.stop()


def test_it_ends_when_the_console_is_gone(start):
    child = start()
    child.expect("stream")
    child.pipe.close()
    child.process.join(30)
    assert child.process.exitcode == 0


def test_ctrl_c_is_the_consoles_business(start):
    child = start()
    child.expect("stream")
    os.kill(child.process.pid, signal.SIGINT)
    child.send(*enter(0))
    child.expect("entered", 1, 0)
    child.stop()


def test_a_restarted_process_goes_on_at_the_same_musical_position(shared, start):
    first = start()
    first.send(*enter(0))
    first.expect("entered")
    wait_for(lambda: shared.meters.read().beat > 1.0)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.join()
    before = shared.meters.read()
    second = start()
    second.expect("stream")
    second.send(*enter(1))
    second.expect("entered", 1, 1)
    after = shared.meters.read()
    assert after.sample > before.sample
    lost_samples = (after.monotonic_ns - before.monotonic_ns) * 1e-9 * RATE - (after.sample - before.sample)
    if after.underflows == 0:
        assert abs(lost_samples) < 2
    assert after.ticks - before.ticks == (after.sample - before.sample) * 12500
    second.stop()


def test_a_player_of_another_rate_goes_on_at_the_same_musical_position(shared):
    """A card that has come back at 44.1 kHz: positions are counted in other samples and ticks."""
    block = np.zeros((512, 2), np.float32)
    before = Output(Player(shared.bank, RATE), shared.parameters, shared.meters, shared.ring)
    before._player.command(("next", 1, 1, ((0, (0.0, 0.0)),)))
    for i in range(200):
        before.fill(block, i * 512 * 1_000_000_000 // RATE, False)
    last = shared.meters.read()
    after = Output(Player(shared.bank, 44100), shared.parameters, shared.meters, shared.ring)
    after.resume(settle_s=0.02)
    for _ in range(2):  # silence, while a new stream learns its delay
        after.fill(block, last.monotonic_ns, False)
        assert shared.meters.read() == last
    after.fill(block, last.monotonic_ns, False)
    now = shared.meters.read()
    assert now.rate == 44100
    heard_s = (now.monotonic_ns - last.monotonic_ns) * 1e-9
    assert now.beat - last.beat == pytest.approx(heard_s * 125 / 60, abs=1e-3)
    assert now.bar == last.bar


def test_a_device_that_does_not_exist_is_named_with_those_that_do(start):
    child = start(device="Nonesuch 2i2")
    text = child.expect("fault", "no-device")[2]
    assert text.startswith("no sound card named 'Nonesuch 2i2'; available: ")
    child.expect("ended")
    child.process.join(30)
    assert child.process.exitcode == 0


def test_nothing_is_written_over_the_performers_terminal(tmp_path, shared, start, capfd):
    """ALSA and PortAudio print a page while they look for cards, and more when one is lost."""
    with virtual_sound_card(tmp_path) as card, patch.dict(os.environ, card.env):
        child = start(device=None)
        child.expect("stream", "default")
        card.unplug()
        child.expect("fault", "device-lost")
        child.stop()
    assert capfd.readouterr() == ("", "")


def test_the_card_plays_bit_for_bit_what_the_player_renders(tmp_path, shared, start):
    """A real PortAudio stream into a virtual sound card, recorded: loop, swap, tempo change, stop."""
    path = tmp_path / "heard.wav"
    with virtual_sound_card(tmp_path) as card, patch.dict(os.environ, card.env):
        child = start(device=None, latency_s=0.3)
        child.expect("stream", "default")
        with card.record(path):
            child.send(*enter(0))
            first = child.expect("entered")[4]
            child.send(*enter(1))
            swapped = child.expect("entered")[4]
            child.expect("released")
            wait_for(lambda: shared.meters.read().sample > swapped + BAR)
            shared.parameters.write(PlaybackParams(bpm=131.5))
            wait_for(lambda: shared.meters.read().sample > swapped + 2 * BAR)
        reading = shared.meters.read()
        child.stop()
    heard = recording(path)
    begin = int(np.flatnonzero(heard.any(axis=1))[0])
    heard = heard[begin:]

    player = Player(shared.bank, RATE)
    expected = np.zeros((len(heard), 2), np.float32)
    player.command(enter(0))
    player.render(expected[:512], PlaybackParams())
    player.command(enter(1))
    player.render(expected[512:], PlaybackParams())
    assert player.events[1][:5] == ("entered", 1, 1, 1, swapped - first)
    changed = int(np.flatnonzero((heard != expected).any(axis=1))[0])
    assert reading.underflows == 0
    assert changed >= swapped - first + BAR
    # From the block in which they differ it is the bent loop, to the last sample.
    assert np.array_equal(heard, bent(shared.bank, changed // 512 * 512, len(heard)))


def bent(bank, change, n):
    """The session above, with the tempo changed at sample `change`."""
    player = Player(bank, RATE)
    out = np.zeros((n, 2), np.float32)
    player.command(enter(0))
    player.render(out[:512], PlaybackParams())
    player.command(enter(1))
    player.render(out[512:change], PlaybackParams())
    player.render(out[change:], PlaybackParams(bpm=131.5))
    return out


def test_a_lost_card_is_reported_and_played_on_when_it_is_back(tmp_path, shared, start):
    path = tmp_path / "heard.wav"
    with virtual_sound_card(tmp_path) as card, patch.dict(os.environ, card.env):
        child = start(device=None)
        child.expect("stream", "default")
        child.send(*enter(0))
        child.expect("entered", 1, 0)
        card.unplug()
        assert "'default' is gone" in child.expect("fault", "device-lost")[2]
        child.expect("stream", "none")
        child.send(*enter(1))
        child.expect("entered", 1, 1)  # the music goes on meanwhile
        card.plug()
        child.expect("stream", "default")
        with card.record(path):
            count = shared.meters.read().sample
            wait_for(lambda: shared.meters.read().sample > count + RATE)
        child.stop()
    assert np.abs(recording(path)).max() > 0.4


def test_a_card_that_hangs_is_left_to_a_new_process(tmp_path, start):
    """Closing its stream would hang for ever; the supervisor replaces the process."""
    with virtual_sound_card(tmp_path) as card, patch.dict(os.environ, card.env):
        child = start(device=None)
        child.expect("stream", "default")
        card.freeze()
        assert child.expect("fault")[1] == "device-stuck"
        child.process.join(30)
        assert child.process.exitcode == 3


def test_without_any_sound_card_the_default_is_the_clock_and_says_so(tmp_path, start):
    with virtual_sound_card(tmp_path) as card, patch.dict(os.environ, card.env):
        card.unplug()
        child = start(device=None)
        assert "playing to the clock only" in child.expect("fault", "no-device")[2]
        child.expect("stream", "none")
        child.stop()


def test_a_failing_callback_gives_silence_and_is_counted(shared):
    player = Player(shared.bank, RATE)
    output = Output(player, shared.parameters, shared.meters, shared.ring)
    player.command(enter(0))
    block = np.ones((512, 2), np.float32)
    output.fill(block, 0, False)
    assert block.any()
    reader = player._decks[0]._reader
    read, reader.read = reader.read, None
    output.fill(block, 0, True)
    assert not block.any()
    assert (output.errors, output.underflows, output.n_samples) == (1, 1, 1024)
    assert isinstance(output.last_error, TypeError)
    assert shared.meters.read().errors == 1
    reader.read = read
    output.fill(block, 0, False)
    delay = output._limiter.delay
    assert not block[:delay].any()
    assert np.array_equal(block[delay:], shared.bank.samples(0)[1024 : 1536 - delay])


def test_torn_parameters_leave_the_last(shared):
    output = Output(Player(shared.bank, RATE), shared.parameters, shared.meters, shared.ring)
    shared.parameters.write(PlaybackParams(bpm=140.0))
    block = np.zeros((512, 2), np.float32)
    output.fill(block, 0, False)
    shared.parameters._board._buffer[:] = bytes(len(shared.parameters._board._buffer))
    output.fill(block, 0, False)
    assert shared.meters.read().bpm == 140.0


def test_meters_measure(shared):
    put(shared.bank, 0, np.tile((0.5, -0.25), (BAR, 1)))
    player = Player(shared.bank, RATE)
    output = Output(player, shared.parameters, shared.meters, shared.ring)
    player.command(enter(0))
    block = np.zeros((512, 2), np.float32)
    for i in range(3):
        output.fill(block, 1000 + i, False)
    reading = shared.meters.read()
    assert reading.peak == 0.5
    assert reading.rms == pytest.approx(np.sqrt((0.25 + 0.0625) / 2))
    assert (reading.sample, reading.ticks) == (3 * 512, 3 * 512 * 12500)
    look_ahead_ns = output._limiter.delay * 1_000_000_000 // RATE
    assert reading.monotonic_ns == 1002 + look_ahead_ns + 10_666_666  # the end of the third block
    assert reading.callback_load > 0.0


def test_meters_never_mix_two_moments(shared):
    """A start within the block: position 0 goes with a moving transport, not with the one that stood."""
    player = Player(shared.bank, RATE)
    output = Output(player, shared.parameters, shared.meters, shared.ring)
    player.command(enter(0))
    block = np.zeros((512, 2), np.float32)
    for playing in (True, True, False, False, True):
        shared.parameters.write(PlaybackParams(playing=playing))
        if not playing:
            player.command(("panic",))
        output.fill(block, 0, False)
    reading = shared.meters.read()
    assert (reading.is_running, reading.ticks, reading.sample) == (True, 512 * 12500, 5 * 512)


def test_the_callback_allocates_nothing_that_lasts(shared):
    """All of it, for thousands of blocks: parameters that change, swaps, meters."""
    player = Player(shared.bank, RATE)
    output = Output(player, shared.parameters, shared.meters, shared.ring)
    block = np.zeros((512, 2), np.float32)

    def play(n_blocks):
        for i in range(n_blocks):
            if i % 20 == 0:
                player.command(enter(i // 20 % 3))
                shared.parameters.write(PlaybackParams(bpm=125.0 + i % 200 // 40, swap=0))
            output.fill(block, time.monotonic_ns(), False)
            player.events.clear()
            player.told.clear()

    play(400)
    gc.collect()
    tracemalloc.start()
    play(200)
    before = tracemalloc.get_traced_memory()[0]
    play(2000)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert output.errors == 0
    assert after - before < 16_000  # one object a block would be over 50 kB


class Recorder:
    """Stands for the output: notes what the clock asks for."""

    def __init__(self):
        self.blocks = []
        self.stall_s = 0.0

    def fill(self, block, heard_ns, is_underflow):
        self.blocks.append((heard_ns, is_underflow))
        if self.stall_s:
            stall, self.stall_s = self.stall_s, 0.0
            time.sleep(stall)


def test_the_clock_asks_in_exact_steps_and_counts_a_stall_as_a_card_would():
    recorder = Recorder()
    clock = ClockDriver(recorder, RATE, 480, 0.05)
    wait_for(lambda: len(recorder.blocks) > 20)
    recorder.stall_s = 0.2
    count = len(recorder.blocks)
    wait_for(lambda: len(recorder.blocks) > count + 20)
    clock.close()
    assert not clock.is_alive
    steps = np.diff([heard_ns for heard_ns, _ in recorder.blocks])
    dry = np.array([is_underflow for _, is_underflow in recorder.blocks[1:]])
    assert dry.any()
    assert set(steps[~dry]) == {10_000_000}
    assert np.all(steps[dry] > 10_000_000)


def test_the_watch_reports_what_went_wrong_once_in_a_while():
    watch = Watch(latency_s=0.02)
    assert watch.check(0.0, RATE, 0, 0, 0, None) == []
    assert watch.check(5.0, RATE, 5 * RATE, 3, 0, None) == []
    assert watch.check(10.0, RATE, 10 * RATE, 3, 0, None) == [
        ("underflow", "3 underflows in the last 10 s: raise --latency (now 0.02 s)")
    ]
    assert watch.check(20.0, RATE, 20 * RATE, 3, 0, None) == []
    assert watch.check(30.0, RATE, 26 * RATE, 3, 0, None) == [
        ("clock", "the sound card played 0.60 of real time in the last 10 s")
    ]
    error = RuntimeError("broken")
    assert watch.check(31.0, RATE, 27 * RATE, 3, 1, error) == [
        ("callback", "1 blocks of silence, the callback failed: RuntimeError('broken')")
    ]
    assert watch.check(32.0, RATE, 28 * RATE, 3, 80, error) == []
    (report,) = watch.check(41.0, RATE, 37 * RATE, 3, 900, error)
    assert report[1].startswith("899 blocks of silence")
    watch.restart()
    assert watch.check(60.0, RATE, 37 * RATE, 3, 900, error) == []
    assert watch.check(71.0, RATE, 48 * RATE, 3, 900, error) == []


@pytest.mark.parametrize(
    "wrong", [{"rate": 0}, {"block": 0}, {"latency_s": 0.0}, {"latency_s": float("nan")}]
)
def test_settings_check_themselves(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be"):
        AudioSettings(**wrong)


FAKE_APIS = ({"name": "ALSA"}, {"name": "JACK"})
FAKE_CARDS = (
    {"name": "Scarlett 2i2: USB", "hostapi": 0, "max_output_channels": 2, "default_samplerate": 48000.0},
    {"name": "Microphone", "hostapi": 0, "max_output_channels": 0, "default_samplerate": 48000.0},
    {"name": "Built-in", "hostapi": 0, "max_output_channels": 2, "default_samplerate": 44100.0},
    {"name": "Built-in", "hostapi": 1, "max_output_channels": 2, "default_samplerate": 48000.0},
)


class FakeSoundDevice:
    """A machine with three outputs, none of which opens."""

    class PortAudioError(Exception):
        pass

    class default:
        device = (1, 2)

    @staticmethod
    def OutputStream(**settings):
        raise FakeSoundDevice.PortAudioError("Invalid sample rate")

    @staticmethod
    def query_hostapis():
        return FAKE_APIS

    @staticmethod
    def query_devices():
        return FAKE_CARDS


@pytest.mark.parametrize(
    ("name", "index"),
    [
        (None, 2),
        ("Scarlett 2i2: USB", 0),
        ("scarlett", 0),
        ("Built-in", 2),
        ("built-in, JACK", 3),
        ("JACK", 3),
    ],
)
def test_cards_are_found_by_name_or_part_of_it(name, index):
    assert audio._find_device(FakeSoundDevice, name)[0] == index


def test_cards_that_are_unclear_or_unknown_are_refused():
    with pytest.raises(audio.DeviceError, match="no sound card named 'Microphone'; available: 'Scarlett"):
        audio._find_device(FakeSoundDevice, "Microphone")
    with pytest.raises(
        audio.DeviceError, match="must name one of several: 'Scarlett 2i2: USB, ALSA', 'Built-in"
    ):
        audio._find_device(FakeSoundDevice, "ALSA")


def test_a_card_that_refuses_the_rate_says_so(shared, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", FakeSoundDevice)
    output = Output(Player(shared.bank, RATE), shared.parameters, shared.meters, shared.ring)
    with pytest.raises(
        audio.DeviceError, match="'Scarlett 2i2: USB' must play 2 channels at 48000 Hz"
    ) as error:
        audio.CardDriver(output, AudioSettings(device="scarlett"))
    assert "Invalid sample rate; available: 'Scarlett 2i2: USB, ALSA', 'Built-in, ALSA'" in str(error.value)
    assert error.value.code == "device-refused"


def test_the_machines_cards_are_listed(tmp_path):
    with virtual_sound_card(tmp_path) as card:
        listing = "from instrument.audio.process import list_devices; print(*list_devices(), sep=chr(10))"
        run = subprocess.run(
            [sys.executable, "-c", listing],
            env=os.environ | card.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    assert "Device(name='default', host_api='ALSA', channels=" in run.stdout
    assert run.stdout.count("is_default=True") == 1
    assert run.stderr == ""


def test_importing_the_module_starts_neither_portaudio_nor_torch():
    look = "import instrument.audio.process, sys\n"
    look += "print([m for m in ('sounddevice', 'torch', 'scipy') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_a_missing_portaudio_is_a_card_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library, importing sounddevice raises OSError: it ended the audio process."""

    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(audio.DeviceError, match="libportaudio2"):
        audio.list_devices()
