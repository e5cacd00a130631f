"""Loops in a bank, by number, for the tests of what plays them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.audio.playback import Player
from instrument.lows import write_loop
from instrument.memory import LoopBank, PlaybackParams, SlotHeader, SlotState
from instrument.transport import loop_length

RATE = 48_000
UNITS = 4  # of the bank, for each of the loops here
BAR, SIXTEENTH = 92_160, 5_760  # samples at 125 BPM, exactly


def new_bank(n_loops: int) -> LoopBank:
    return LoopBank.create(UNITS * n_loops)


def slot_of(index: int) -> int:
    """The slot of the loop of that number, from 0."""
    return UNITS * index


def put(
    bank: LoopBank, index: int, audio: Any = None, bpm: float = 125.0, n_bars: int = 4, rate: int = RATE
) -> npt.NDArray[np.float32]:
    """Write loop number `index`; audio: a number for each channel, or None for noise. Returns it, `[samples, 2]`."""
    bpm_centi = round(bpm * 100)
    n = round(loop_length(n_bars, bpm_centi, rate))
    if audio is None:
        audio = 0.1 * np.random.default_rng(index).standard_normal((n, 2))
    loop = np.broadcast_to(np.asarray(audio, np.float32), (n, 2))
    header = SlotHeader(rate, n, bpm_centi, n_bars, index, SlotState.READY)
    write_loop(bank, slot_of(index), loop, header)
    return bank.samples(slot_of(index))[:n]


def enter(*indices: int, deck: int = 1, fan: int | None = None) -> tuple[Any, ...]:
    """The command by which a deck plays these loops, spread over the path of `morph`."""
    last = max(len(indices) - 1, 1)
    points = tuple((slot_of(index), (k / last, 0.0)) for k, index in enumerate(indices))
    return ("next", deck, indices[0] if fan is None else fan, points)


def started(bank: LoopBank, index: int = 0) -> Player:
    """A player whose loop begins to sound with the next block."""
    player = Player(bank, RATE)
    player.command(enter(index))
    return player


def render(
    player: Player, n: int, params: PlaybackParams | None = None, block: int = 512
) -> npt.NDArray[np.float32]:
    """n samples in blocks of `block`."""
    out = np.full((n, 2), np.nan, np.float32)
    params = params or PlaybackParams()
    for start in range(0, n, block):
        player.render(out[start : start + block], params)
    return out
