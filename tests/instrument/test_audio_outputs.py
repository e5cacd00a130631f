"""The outputs of the audio process: both buses, each on its own outputs of a real stream, recorded."""

import os
import sys
from unittest.mock import patch

import numpy as np
import pytest

from instrument.audio import process as audio
from instrument.audio.outputs import Outputs
from instrument.audio.playback import Player
from instrument.audio.process import AudioSettings, Output
from instrument.memory import PlaybackParams
from tests.instrument.loops_in_bank import BAR, RATE, enter, new_bank, put, slot_of
from tests.instrument.rig_audio import AudioProcess, Shared, wait_for
from tests.rig import recording, virtual_sound_card

NEXT = 1
CUED = PlaybackParams(cue=NEXT, cue_gain_db=0.0, swap=4, crossfade=1.0)  # deck 2 is heard, deck 1 prepared
SETTLED = 2400  # samples after which the cue bus is at its level


@pytest.fixture
def shared():
    bank = new_bank(3)
    for number in range(2):
        put(bank, number, n_bars=1)
    shared = Shared(bank, CUED, RATE)
    yield shared
    shared.close()


@pytest.fixture
def start(shared):
    children = []

    def start(device, outputs):
        settings = AudioSettings(device=device, latency_s=0.3, outputs=Outputs.parse(outputs))
        children.append(AudioProcess(shared, settings))
        return children[-1]

    yield start
    for child in children:
        child.end()


def heard_on(tmp_path, shared, start, outputs, n_channels):
    """What a card of so many outputs plays while loop 0 sounds and loop 1 is listened to.

    And what both buses should be from the first sound on: main and cue, `[samples, 2]` each.
    """
    path = tmp_path / "heard.wav"
    with virtual_sound_card(tmp_path, n_channels) as card, patch.dict(os.environ, card.env):
        child = start(None, outputs)
        child.expect("stream", "default")
        child.send("cue", 1, slot_of(1))
        with card.record(path):
            child.send(*enter(0, deck=2))
            child.expect("entered")
            wait_for(lambda: shared.meters.read().beat > 3.0)
        underflows = shared.meters.read().underflows
    assert underflows == 0
    heard = recording(path)
    begin = int(np.flatnonzero(heard.any(axis=1))[0])
    heard = heard[begin : begin + BAR // 2]
    main, cue = np.zeros((2, len(heard), 2), np.float32)
    player = Player(shared.bank, RATE)
    player.command(("cue", 1, slot_of(1)))
    player.command(enter(0, deck=2))
    player.render(main, CUED, cue)
    settled = slice(SETTLED, None)
    return heard[settled], main[settled], cue[settled]


@pytest.mark.parametrize("outputs", ["main=1-2,cue=3-4", "main=3-4,cue=1-2"])
def test_the_next_loop_is_heard_on_outputs_of_its_own_in_phase(tmp_path, shared, start, outputs):
    """On a card with four outputs: to the sample, and nothing of one bus in the other."""
    heard, main, cue = heard_on(tmp_path, shared, start, outputs, 4)
    buses = (main, cue) if outputs.startswith("main=1") else (cue, main)
    assert main.any()
    assert cue.any()
    assert np.array_equal(heard, np.concatenate(buses, axis=1))


def test_a_stereo_card_has_one_ear_for_each_bus(tmp_path, shared, start):
    heard, main, cue = heard_on(tmp_path, shared, start, "main=1,cue=2", 2)
    np.testing.assert_allclose(heard[:, 0], main.mean(axis=1), atol=1e-7)
    np.testing.assert_allclose(heard[:, 1], cue.mean(axis=1), atol=1e-7)


def test_a_default_card_with_too_few_outputs_is_not_replaced_by_the_clock(tmp_path, start):
    """Nobody who asks for outputs wants to play to none."""
    with virtual_sound_card(tmp_path) as card, patch.dict(os.environ, card.env):
        child = start(None, "main=63-64")
        assert "outputs, --outputs main=63-64 needs 64" in child.expect("fault", "too-few-outputs")[2]
        child.expect("ended")
        assert "stream" not in [message[0] for message in child.messages]


class FakeSoundDevice:
    """A machine with one card."""

    class PortAudioError(Exception):
        pass

    class default:
        device = (0, 0)

    @staticmethod
    def query_hostapis():
        return ({"name": "ALSA"},)

    @staticmethod
    def query_devices():
        return (
            {
                "name": "Scarlett 2i2: USB",
                "hostapi": 0,
                "max_output_channels": 2,
                "default_samplerate": 48000.0,
            },
        )


def test_a_card_with_too_few_outputs_says_so(shared, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", FakeSoundDevice)
    output = Output(Player(shared.bank, RATE), shared.parameters, shared.meters, shared.ring)
    settings = AudioSettings(device="scarlett", outputs=Outputs.parse("main=1-2,cue=3-4"))
    with pytest.raises(
        audio.DeviceError,
        match="'Scarlett 2i2: USB' has 2 outputs, --outputs main=1-2,cue=3-4 needs 4",
    ) as error:
        audio.CardDriver(output, settings)
    assert error.value.code == "too-few-outputs"


def test_each_bus_has_a_limiter_of_its_own(shared):
    """A loud cue takes nothing from what the room hears, and neither clips."""
    put(shared.bank, 0, (0.5, 0.5), n_bars=1)
    put(shared.bank, 1, (3.0, 3.0), n_bars=1)
    player = Player(shared.bank, RATE)
    output = Output(player, shared.parameters, shared.meters, shared.ring, Outputs.parse("main=1-2,cue=3-4"))
    player.command(("cue", 1, slot_of(1)))
    player.command(enter(0, deck=2))
    block = np.zeros((512, 4), np.float32)
    for _ in range(20):
        output.fill(block, 0, False)
    assert output.errors == 0
    assert np.all(block[:, :2] == 0.5)
    assert np.all((block[:, 2:] > 0.9) & (block[:, 2:] < 1.0))
    assert shared.meters.read().peak == 0.5


def test_the_clock_plays_as_many_outputs_as_were_asked_for(shared, start):
    child = start("none", "main=3-4,cue=1-2")
    child.expect("stream", "none")
    child.send(*enter(0, deck=2))
    child.expect("entered", 2, 0, slot_of(0))
    wait_for(lambda: shared.meters.read().peak > 0.1)
    assert shared.meters.read().errors == 0


def test_what_a_wrong_command_gave_is_given_back(start):
    child = start("none", "main=1-2")
    child.expect("stream", "none")
    for message in (("cue", 2, slot_of(2)), enter(2)):
        child.send(*message)
        assert f"slot {slot_of(2)} must hold" in child.expect("fault", "bad-command")[2]
        child.expect("released", message[1], slot_of(2))
