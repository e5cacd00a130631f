"""Keylock: another tempo, and everything else as it was: pitch, grid, seam, stereo, level."""

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from instrument import generator
from instrument.generator import GeneratorSettings
from instrument.lows import low_band
from instrument.memory import LoopBank, Meters, SharedNames, SlotHeader
from instrument.stretch import stretch_loop
from tests.instrument.loops_in_bank import RATE, new_bank, put, slot_of
from training import measure

N_BARS = 4
BPM = 125.0
N = 368_640
TONES = (55.0, 220.0, 277.1875, 3300.0)  # each goes round the loop a whole number of times
TEMPI = (115.0, 121.31, 128.77, 135.0)  # from -8 to 8 %


@cache
def loop() -> np.ndarray:
    """Kick on the beat, clap on 2 and 4, hats on 16ths from side to side, a chord that is wide: [N, 2]."""
    rng = np.random.default_rng(1)
    at = np.arange(RATE // 4) / RATE
    kick = np.sin(2 * np.pi * (50 * at + 4 * (1 - np.exp(-at * 40)))) * np.exp(-at * 14)
    clap = rng.standard_normal(len(at)) * np.exp(-at * 40) * 0.4
    hat = np.diff(rng.standard_normal(len(at) + 1)) * np.exp(-at * 90) * 0.15
    time = np.arange(N) / RATE
    audio = np.zeros((N, 2))
    audio[:, 0] = 0.05 * sum(np.sin(2 * np.pi * hz * time) for hz in TONES[1:3])
    audio[:, 1] = 0.05 * sum(np.cos(2 * np.pi * hz * time) for hz in TONES[1:3])
    for step in range(16 * N_BARS):
        where = (round(step * N / (16 * N_BARS)) + np.arange(len(at))) % N
        sounds = [(hat, (0.9, 0.4) if step % 2 else (0.4, 0.9))]
        sounds += [(kick, (0.7, 0.7))] if step % 4 == 0 else []
        sounds += [(clap, (0.5, 0.6))] if step % 8 == 4 else []
        for sound, gains in sounds:
            audio[where] += sound[:, None] * gains
    return (0.7 * audio).astype(np.float32)


def n_at(bpm: float) -> int:
    return round(N_BARS * 240 * RATE / bpm)


@cache
def stretched(bpm: float) -> np.ndarray:
    return stretch_loop(loop(), n_at(bpm), RATE)


def attacks_ms(audio: np.ndarray, n_steps: int) -> np.ndarray:
    """How far from its 16th, in ms, each attack is: where the highs have risen half-way, in dB, within 20 ms of it."""
    highs = np.diff(np.concatenate([audio[-2:], audio]).astype(np.float64), n=2, axis=0)
    window = np.hanning(49) / np.hanning(49).sum()  # 1 ms
    power = np.convolve(np.tile(np.square(highs).sum(axis=1), 3), window, "same")[len(audio) : 2 * len(audio)]
    reach = round(0.02 * RATE)
    found = []
    for step in range(n_steps):
        part = power[(round(step * len(audio) / n_steps) + np.arange(-reach, reach)) % len(audio)]
        level = np.log(part + 1e-4 * part.max())
        found.append((int(np.argmax(level > (level.min() + level.max()) / 2)) - reach) * 1000 / RATE)
    return np.array(found)


@pytest.mark.parametrize("bpm", TEMPI)
def test_a_stretched_loop_has_the_length_and_the_tempo_that_were_asked_for(bpm: float) -> None:
    """Judged by essentia, which knows nothing of ours."""
    audio = stretched(bpm)
    assert audio.shape == (n_at(bpm), 2)
    assert audio.dtype == np.float32
    heard = measure.tempo(audio, N_BARS, bpm)
    assert heard.verdict == "right"
    assert abs(heard.error) < 0.0005


@pytest.mark.parametrize("bpm", TEMPI)
def test_attacks_stay_on_the_grid(bpm: float) -> None:
    moved = attacks_ms(stretched(bpm), 16 * N_BARS) - attacks_ms(loop(), 16 * N_BARS)
    print(f"{bpm} BPM: attacks moved by {np.median(moved):+.2f} ms, at most {np.abs(moved).max():.2f} ms")
    assert abs(np.median(moved)) < 0.5
    assert np.abs(moved).max() < 2.0


def test_the_seam_is_like_any_other_place() -> None:
    ratios = [measure.seam_flux_ratio(stretched(bpm), N_BARS) for bpm in TEMPI]
    print(f"seam flux ratios: {np.round(ratios, 2)}, before {measure.seam_flux_ratio(loop(), N_BARS):.2f}")
    assert np.median(ratios) < 1.1
    assert max(ratios) < 1.3


@pytest.mark.parametrize("bpm", TEMPI)
def test_pitch_is_kept(bpm: float) -> None:
    """To a cent: the largest peak near each tone of a chord, interpolated; as many as went in, and no others."""
    time = np.arange(N) / RATE
    chord = np.stack([sum(np.sin(2 * np.pi * hz * time + side) for hz in TONES) for side in (0, 1)], axis=1)
    audio = stretch_loop((0.1 * chord).astype(np.float32), n_at(bpm), RATE)
    for signal in audio.T:
        power = np.abs(np.fft.rfft(signal * np.hanning(len(signal)), 4 * len(signal))) ** 2
        frequencies = np.arange(len(power)) * RATE / (4 * len(signal))
        is_near = np.zeros(len(power), bool)
        for hz in TONES:
            near = np.abs(frequencies - hz) < hz * 0.05
            found = frequencies[near][power[near].argmax()]
            assert abs(1200 * np.log2(found / hz)) < max(1.0, 1200 * frequencies[1] / hz)
            is_near |= np.abs(frequencies - hz) < 5.0
        assert power[~is_near].sum() < 0.01 * power.sum()


@pytest.mark.parametrize("bpm", TEMPI)
def test_level_and_stereo_image_are_kept(bpm: float) -> None:
    def level_db(signal: np.ndarray) -> float:
        return float(10 * np.log10(np.mean(np.square(signal, dtype=np.float64))))

    before, after = loop(), stretched(bpm)
    assert abs(level_db(after) - level_db(before)) < 0.5
    for part in (
        lambda a: a[:, 0],
        lambda a: a[:, 1],
        lambda a: a[:, 0] + a[:, 1],
        lambda a: a[:, 0] - a[:, 1],
    ):
        assert abs(level_db(part(after)) - level_db(part(before))) < 0.5


@pytest.mark.parametrize("n_beats", [1, 5, 8])
def test_a_loop_that_begins_elsewhere_is_the_same_music(n_beats: int) -> None:
    """Rolling by beats, then stretching, differs far less from the reverse than another tempo does."""
    bpm = 132.0
    there = stretch_loop(np.roll(loop(), n_beats * N // 16, axis=0), n_at(bpm), RATE)
    back = np.roll(there, -round(n_beats * n_at(bpm) / 16), axis=0)
    distance = measure.grid_distance(back, stretched(bpm), N_BARS)
    print(
        f"{distance:.2f} dB, by the tempo alone {measure.grid_distance(loop(), stretched(bpm), N_BARS):.2f} dB"
    )
    assert distance < 1.0


def test_there_and_back_is_the_same_music() -> None:
    back = stretch_loop(stretched(135.0), N, RATE)
    assert measure.grid_distance(back, loop(), N_BARS) < 1.5
    assert np.abs(attacks_ms(back, 16 * N_BARS) - attacks_ms(loop(), 16 * N_BARS)).max() < 2.0


def test_the_same_length_is_the_same_loop() -> None:
    same = stretch_loop(loop(), N, RATE)
    np.testing.assert_array_equal(same, loop())
    assert same is not loop()


def test_the_same_input_gives_the_same_samples() -> None:
    np.testing.assert_array_equal(stretch_loop(loop(), n_at(121.31), RATE), stretched(121.31))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_the_farthest_tempi_still_give_the_length(channels: int, ratio: float) -> None:
    audio = stretch_loop(loop()[: N // 4, :channels], round(ratio * N / 4), RATE)
    assert audio.shape == (round(ratio * N / 4), channels)
    assert np.isfinite(audio).all()


def test_silence_stays_silent() -> None:
    assert not stretch_loop(np.zeros((N, 2), np.float32), n_at(130.0), RATE).any()


def test_what_would_not_sound_well_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.5\.\.2 times as long, got 2\.01 times \(368640 to 740000"):
        stretch_loop(loop(), 740_000, RATE)
    with pytest.raises(ValueError, match=r"0\.5\.\.2 times as long, got 0\.488 times"):
        stretch_loop(loop(), 180_000, RATE)
    with pytest.raises(ValueError, match="a stretched loop must have at least 24000 samples, got 20000"):
        stretch_loop(loop()[:30_000], 20_000, RATE)
    with pytest.raises(ValueError, match="a loop to stretch must have at least 24000 samples, got 0"):
        stretch_loop(loop()[:0], 30_000, RATE)


Ask = Callable[[int, int, int, int], tuple[Any, ...]]


@pytest.fixture(scope="module")
def bank() -> Iterator[LoopBank]:
    bank = new_bank(4)
    yield bank
    bank.close()
    bank.unlink()


@pytest.fixture(scope="module")
def meters() -> Iterator[Meters]:
    meters = Meters.create()
    yield meters
    meters.close()
    meters.unlink()


@pytest.fixture(scope="module")
def ask(bank: LoopBank, meters: Meters) -> Iterator[Ask]:
    """Asks a generator process to stretch (ticket, source, slot, bpm_centi); its answer."""
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    settings = GeneratorSettings(load="tests.instrument.fake_pipeline:FakePipeline.load")
    names = SharedNames(bank.name, "", meters.name, "")
    process = context.Process(target=generator.main, args=(theirs, names, settings), daemon=True)
    process.start()
    theirs.close()

    def hear() -> tuple[Any, ...]:
        assert pipe.poll(60.0)
        message: tuple[Any, ...] = pipe.recv()
        return message

    def ask(*work: int) -> tuple[Any, ...]:
        pipe.send(("stretch", *work))
        answer = hear()
        assert hear() == ("ready",)
        return answer

    assert hear()[0] == "loaded"
    assert hear() == ("ready",)
    yield ask
    process.kill()
    process.join()


def test_the_generator_stretches_a_loop_into_another_slot(bank: LoopBank, ask: Ask) -> None:
    """Same bars and name, the new tempo, its lows beside it, and nothing done to the loop that it is made of."""
    put(bank, 0, loop())
    header = bank.header(slot_of(0))
    assert ask(7, slot_of(0), slot_of(1), 12131)[:3] == ("stretched", 7, slot_of(1))
    n = n_at(121.31)
    assert bank.header(slot_of(1)) == replace(header, n_samples=n, bpm_centi=12131, epoch=7)
    found = bank.samples(slot_of(1))
    np.testing.assert_array_equal(found[:n], stretched(121.31))
    np.testing.assert_array_equal(found[n : n + n // 16], low_band(stretched(121.31), RATE))
    assert bank.header(slot_of(0)) == header
    np.testing.assert_array_equal(bank.samples(slot_of(0))[:N], loop())


def test_a_stretch_that_can_not_be_is_told_and_costs_nothing(bank: LoopBank, ask: Ask) -> None:
    put(bank, 0, loop())
    answer = ask(8, slot_of(0), slot_of(1), 26000)
    assert answer[:4] == ("failed", 8, slot_of(1), "stretch")
    assert answer[4].startswith("a loop can be made 0.5..2 times as long, got 0.481 times")
    bank.write_header(slot_of(2), SlotHeader())
    answer = ask(9, slot_of(2), slot_of(1), 13000)
    assert answer == ("failed", 9, slot_of(1), "stretch", f"slot {slot_of(2)} holds no loop to stretch")
    assert ask(10, slot_of(0), slot_of(1), 13000)[0] == "stretched"
