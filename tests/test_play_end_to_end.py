"""`ladmg play` as a newcomer plays it: the model that ships, a sound card, and what a listener hears.

Steered only by programs that we did not write: oscsend, a MIDI controller on JACK, Pure Data.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.rig import RATE, virtual_sound_card
from tests.rig_midi import VirtualMidi, virtual_midi  # noqa: F401  (a fixture)
from tests.rig_play import Instrument, Listener, gaps
from training import measure

LOOP_S = 4 * 240 / 125  # 4 bars at the tempo it starts with: a whole number of samples
SETTLE_S = 0.5  # a loop is told when it enters: then it crosses the card's and the recorder's buffers
MORPH_CONTROL = 1
N_TRANSFORMS = 8  # of the control stream in each block: half a millisecond, as the callback of one deck takes
PROMPT = "hard techno four-to-the-floor kick closed hat"
CHECKPOINT: tuple[str, ...] = ()  # the one that ships

PATCH = """#N canvas 0 0 450 300 12;
#X obj 10 10 loadbang;
#X obj 10 40 t b b b;
#X msg 200 80 connect 127.0.0.1 {port};
#X msg 10 80 list {words};
#X obj 10 120 oscformat /ladmg/1/prompt;
#X obj 10 190 list prepend send;
#X obj 10 220 list trim;
#X obj 10 250 netsend -u -b;
#X obj 300 80 delay 500;
#X msg 300 120 \\; pd quit;
#X connect 0 0 1 0;
#X connect 1 2 2 0;
#X connect 1 1 3 0;
#X connect 1 0 8 0;
#X connect 2 0 7 0;
#X connect 3 0 4 0;
#X connect 4 0 5 0;
#X connect 5 0 6 0;
#X connect 6 0 7 0;
#X connect 8 0 9 0;
"""


def send_from_pure_data(folder: Path, port: int, prompt: str) -> None:
    """Send the prompt as a patcher does: a list of words, which become several strings."""
    patch = folder / "prompt.pd"
    patch.write_text(PATCH.format(port=port, words=prompt))
    command = ["pd", "-nogui", "-noaudio", "-nomidi", "-noprefs", str(patch)]
    subprocess.run(command, check=False, timeout=120, capture_output=True)


def likeness(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    """Correlation -1..1 of two recordings of one loop's length, each [samples, 2], wherever in the loop they began.

    The median of parts a beat long, each where it fits best: a stall of the machine moves all that comes after it.
    """
    around = np.fft.rfft(other, axis=0)
    found = []
    for part in np.array_split(one, 16):
        spectrum = np.fft.rfft(part, len(other), axis=0)
        together = np.fft.irfft((around * spectrum.conj()).sum(axis=1), len(other))
        energy = np.cumsum(np.square(np.concatenate([[[0.0, 0.0]], other, other])).sum(axis=1))
        level = np.sqrt(energy[len(part) : len(part) + len(other)] - energy[: len(other)])
        fits = together / np.maximum(level * np.linalg.norm(part), 1e-9)
        found.append(fits.max())
    return float(np.median(found))


def longest_unbroken(audio: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The longest part between two gaps: a stall of the machine moves the beats after it."""
    edges = [0, *(place for at, length in gaps(audio) for place in (at, at + length)), len(audio)]
    parts = [audio[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return max(parts, key=len)


@pytest.mark.timeout(1200)
def test_it_plays_and_is_steered_while_somebody_listens(
    tmp_path: Path,
    virtual_midi: VirtualMidi,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    for program, package in (("oscsend", "liblo-tools"), ("pd", "puredata-core")):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt-get install {package}")
    knobs = virtual_midi.plug("knobs")
    with virtual_sound_card(tmp_path) as card:
        listener = Listener(card, tmp_path, n_transforms=N_TRANSFORMS)
        with listener.listening():
            started = listener.now
            instrument = Instrument("--midi", "knobs", *CHECKPOINT, env=card.env | virtual_midi.env)
            try:
                recipe = instrument.loop()
                assert recipe["bpm"] == 125.0
                time.sleep(SETTLE_S)
                first, again = listener.listen(LOOP_S), listener.listen(LOOP_S)

                instrument.until_said("MIDI input 'knobs")
                for value in range(128):
                    knobs.send(MORPH_CONTROL, value)
                    time.sleep(0.002)  # no hand is quicker; the virtual cable drops what it can't hold
                instrument.loop(morph=1.0)
                time.sleep(SETTLE_S)
                morphed = listener.listen(LOOP_S)

                send_from_pure_data(tmp_path, instrument.port, PROMPT)
                instrument.loop(prompt=PROMPT, morph=1.0)
                time.sleep(SETTLE_S)
                prompted = listener.listen(LOOP_S)

                command = ["oscsend", "localhost", str(instrument.port), "/ladmg/bpm", "f", "132"]
                subprocess.run(command, check=True)
                instrument.until("/ladmg/beat", lambda bar, beat, bpm: bpm == 132.0)
                time.sleep(SETTLE_S)
                bent = listener.listen(1.0)
                instrument.loop(bpm=132.0, prompt=PROMPT, morph=1.0)
                time.sleep(SETTLE_S)
                faster = listener.listen(16 * 240 / 132)

                status = instrument.status()
                assert status["device"] not in ("", "none")
                assert status["callback_errors"] == 0
                assert instrument.interrupt() == 0
                assert instrument.complained == []
            finally:
                instrument.close()

    heard = listener.heard
    whole = slice(started, len(heard))
    sounding_at = int(np.flatnonzero(np.any(heard[whole] != 0.0, axis=1))[0]) / RATE
    same = likeness(heard[first], heard[again])
    morph_likeness = likeness(heard[again], heard[morphed])
    prompt_likeness = likeness(heard[morphed], heard[prompted])
    tempo = measure.tempo(longest_unbroken(heard[faster]), n_bars=32, asked=132.0)
    ours, others = listener.gaps(whole)
    with capsys.disabled():
        print(
            f"\nfirst sound {sounding_at:.1f} s after the start; {len(ours)} gaps heard, {len(others)} in the "
            f"control stream, {status['underflows']} underflows told\nlikeness {same:.3f} unchanged, "
            f"{morph_likeness:.3f} morphed, {prompt_likeness:.3f} with another prompt\n"
            f"tempo {tempo.estimated:.3f} BPM for 132 ({100 * tempo.error:+.3f} %, {tempo.verdict})"
        )

    assert listener.gaps_of_its_own(whole) == []
    assert same > 0.9
    # What is new in the sound is at most 17 dB below it, and far above what a stall of the machine may change.
    assert 1 - max(morph_likeness, prompt_likeness) > 10 * max(1 - same, 0.001)
    assert np.abs(heard[bent]).max() > 0.01
    assert tempo.verdict != "wrong"
    assert abs(tempo.error) <= 0.002
