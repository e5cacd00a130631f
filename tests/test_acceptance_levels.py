"""Levels over a long set: 200 swaps, morph sweeps and crossfades at random, heard as one record."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import butter, find_peaks, sosfiltfilt

from instrument.audio.playback import Player
from instrument.level import levelling_gain, loudness_lufs
from instrument.memory import DeckParams, LoopBank, PlaybackParams
from tests.instrument.loops_in_bank import BAR, RATE, SIXTEENTH, UNITS, put

N_LOOPS = 8
N_MOVES = 200
SHORT_TERM_S = 3.0  # as EBU Tech 3341 has it
Floats = npt.NDArray[np.float32]


def groove(seed: int) -> Floats:
    """A bar of kicks on some 16ths, hats and a chord, levelled as the generator does: [BAR, 2]."""
    rng = np.random.default_rng(seed)
    audio = np.zeros((BAR, 2))
    at = np.arange(2 * SIXTEENTH)
    kick = np.exp(-at / 3500) * np.sin(2 * np.pi * (50 * at / RATE + 1.5 * (1 - np.exp(-at / 600))))
    kick *= np.minimum(at / 100, 1)
    for step in sorted({0, 4, 8, 12} if seed % 2 else {0, *(2 * rng.integers(1, 8, 3))}):
        audio[np.arange(step * SIXTEENTH, step * SIXTEENTH + len(kick)) % BAR] += 0.8 * kick[:, None]
    hat = np.exp(-at / 900)[:, None] * rng.standard_normal((len(at), 2))
    for step in range(1 + seed % 2, 16, 2):
        audio[np.arange(step * SIXTEENTH, step * SIXTEENTH + len(hat)) % BAR] += 0.15 * hat
    for _ in range(3):
        cycles = rng.integers(400, 1600)
        audio += 0.1 * np.sin(2 * np.pi * cycles * np.arange(BAR) / BAR + rng.uniform(0, 6, 2)[:, None]).T
    loop = audio.astype(np.float32)
    return loop * np.float32(levelling_gain(loop, RATE))


@pytest.fixture
def bank() -> Iterator[LoopBank]:
    made = LoopBank.create(N_LOOPS * UNITS)
    yield made
    made.close()
    made.unlink()


def short_term_lufs(audio: Floats) -> npt.NDArray[np.float64]:
    """Loudness of each 3 s, every half second."""
    n = round(SHORT_TERM_S * RATE)
    return np.array(
        [loudness_lufs(audio[start : start + n], RATE) for start in range(0, len(audio) - n, RATE // 2)]
    )


def test_a_long_set_keeps_its_level_and_never_hits_twice(bank: LoopBank) -> None:
    loops = [put(bank, index, groove(index), n_bars=1) for index in range(N_LOOPS)]
    own = [short_term_lufs(np.tile(loop, (3, 1)))[0] for loop in loops]
    rng = np.random.default_rng(1)
    player = Player(bank, RATE)
    pieces: list[Floats] = []
    morph, crossfade = np.zeros(2), 0.0

    def play(n_blocks: int, morph_to: npt.NDArray[np.float64], crossfade_to: float) -> None:
        nonlocal morph, crossfade
        steps = np.linspace(0.0, 1.0, n_blocks)
        for place, mix in zip(
            morph + np.outer(steps, morph_to - morph),
            crossfade + steps * (crossfade_to - crossfade),
            strict=True,
        ):
            decks = [DeckParams(morph=float(x)) for x in place]
            block = np.zeros((512, 2), np.float32)
            player.render(
                block, PlaybackParams(swap=1, crossfade=float(mix), deck_1=decks[0], deck_2=decks[1])
            )
            pieces.append(block)
        morph, crossfade = morph_to, crossfade_to

    for move in range(N_MOVES):
        match rng.integers(3):
            case 0 | 1 if move < 4:
                pass
            case 1:
                play(int(rng.integers(2, 120)), rng.random(2), crossfade)
                continue
            case 2 if move > 4:
                play(int(rng.integers(20, 160)), morph, float(rng.random()))
                continue
        picks = rng.choice(N_LOOPS, 4, replace=False)
        points = tuple((UNITS * int(index), (k / 3, 0.0)) for k, index in enumerate(picks))
        player.command(("next", 1 + move % 2, move, points))
        play(int(rng.integers(10, 100)), morph, crossfade)
        player.events.clear()
    audio = np.concatenate(pieces)

    levels = short_term_lufs(audio)
    assert min(own) - 1.0 < levels.min()
    assert levels.max() < max(own) + 1.0

    # Kicks lie on even 16ths in every loop: nearer than a 16th to each other there would be two of two loops.
    low = sosfiltfilt(butter(4, 110, fs=RATE, output="sos"), audio.mean(axis=1))
    envelope = sosfiltfilt(butter(2, 30, fs=RATE, output="sos"), np.abs(low))
    # Two within 20 ms are one to the ear, and to the detector.
    onsets, _ = find_peaks(np.diff(envelope), height=0.25 * np.diff(envelope).max(), distance=960)
    assert len(onsets) > N_MOVES
    assert np.diff(onsets).min() > 0.9 * SIXTEENTH
