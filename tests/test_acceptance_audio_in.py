"""A loop of one's own in the model that ships: noise is found for it, at its own tempo and at another.

The loop is made here, of a few lines of synthesis: the model was not trained on it.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from model import loops
from model.inversion import MIN_SNR_DB, worst_snr_db
from model.pipeline import LoopSettings, Pipeline, recorded
from model.settings import Source

BPM, N_BARS = 125.0, 1
N_POSITIONS = 32 * N_BARS


def house(bass_hz: tuple[float, ...], open_hats: bool) -> np.ndarray:
    """Kick on the beat, a hat between or on every 16th, a bass line by the 8th: [samples, 2] at 48 kHz."""
    length = loops.n_samples(BPM, N_BARS)
    audio = np.zeros(length)
    rng = np.random.default_rng(0)
    at = np.arange(12_000) / 48_000

    def play(sixteenth: int, sound: np.ndarray) -> None:
        start = round(length * sixteenth / (16 * N_BARS))
        audio[(start + np.arange(len(sound))) % length] += sound

    for sixteenth in range(16 * N_BARS):
        if sixteenth % 4 == 0:
            play(
                sixteenth,
                0.7 * np.exp(-at / 0.06) * np.sin(2 * np.pi * (50 * at + 4 * (1 - np.exp(-at / 0.02)))),
            )
        if sixteenth % 4 == 2 or not open_hats:
            decay_s = 0.06 if open_hats else 0.015
            play(sixteenth, 0.1 * np.exp(-at / decay_s) * np.diff(rng.normal(size=len(at) + 1)))
        if sixteenth % 2 == 0:
            hz = bass_hz[sixteenth // 2 % len(bass_hz)]
            play(sixteenth, 0.2 * np.exp(-at / 0.08) * np.sin(2 * np.pi * hz * at))
    return np.stack([audio, audio], axis=1)


SOUNDS = {
    "low": house((55.0, 55.0, 82.4, 65.4), open_hats=True),
    "high": house((220.0, 261.6, 196.0), open_hats=False),
}


@cache
def pipeline() -> Pipeline:
    return Pipeline.load(device="cpu")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path: Path = tmp_path_factory.mktemp("own") / "low.wav"
    soundfile.write(path, SOUNDS["low"], 48_000)
    return Source(str(path), bpm=BPM)


def picture(audio: np.ndarray) -> np.ndarray:
    """Levels of 20 bands at places of a loop of any length: [N_POSITIONS, bands], less each band's mean."""
    centres = (np.arange(N_POSITIONS) + 0.25) * len(audio) / N_POSITIONS
    index = (centres.astype(int)[:, None] + np.arange(2048) - 1024) % len(audio)
    power = np.abs(np.fft.rfft(audio.mean(axis=1)[index] * np.hanning(2048))) ** 2
    edges = np.searchsorted(np.fft.rfftfreq(2048, 1 / 48_000), np.geomspace(40, 16_000, 21))
    level = np.log10(np.add.reduceat(power, np.maximum.accumulate(edges), axis=1)[:, :20] + 1e-4)
    centred: np.ndarray = level - level.mean(axis=0)
    return centred


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two pictures."""
    return float(np.corrcoef(picture(a).ravel(), picture(b).ravel())[0, 1])


@torch.inference_mode()
def test_the_noise_of_a_loop_gives_it_back_by_20_db(source: Source) -> None:
    """As it is replayed, in 50 Euler steps at guidance 1; SNR in latents against the codec's own."""
    loop = recorded(source)
    found = pipeline().inversion(loop)
    # What is morphed by next to nothing is made of the noise, not read from the file.
    hardly = LoopSettings(BPM, N_BARS, source=source, morph=1e-9, cfg_scale=1.0, cfg_grid=1.0)
    again = pipeline().dream(hardly, pipeline().conditions(hardly))
    snr_db = worst_snr_db(again, loop.latents(pipeline().codec, pipeline().device))
    print(f"round trip {snr_db:.1f} dB, noise of deviation {float(found.noise.std()):.2f}")
    assert snr_db >= MIN_SNR_DB
    assert 0.7 < float(found.noise.std()) < 1.3


def test_at_another_tempo_it_is_the_same_loop_and_no_other(source: Source) -> None:
    mine = pipeline().render(LoopSettings(BPM, N_BARS, source=source)).audio
    faster = pipeline().render(LoopSettings(131.0, N_BARS, source=source)).audio
    assert len(faster) == loops.n_samples(131.0, N_BARS)
    here = likeness(faster, mine)
    elsewhere = likeness(faster, SOUNDS["high"])
    shifted = [likeness(faster, np.roll(mine, len(mine) * k // 16, axis=0)) for k in (1, 2, 3, 6)]
    print(f"at 131 BPM {here:.2f} like itself, {elsewhere:.2f} like the other, {max(shifted):.2f} if shifted")
    assert here > 0.6
    assert here > elsewhere + 0.1
    assert here > max(shifted) + 0.1
