"""Loops in a bank, for tests of what plays them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.lows import write_loop
from instrument.memory import LoopBank, SlotHeader, SlotState
from instrument.playback import Player
from instrument.transport import loop_length

RATE = 48000
BAR = 92160  # at 125 BPM
HERE = (0.0, 0.0)
_UNITS = 4  # a slot's, which hold a loop of four bars at 125 BPM


def slot_of(number: int) -> int:
    """The slot of the loop of that number, from 0."""
    return _UNITS * number


def new_bank(n_loops: int) -> LoopBank:
    return LoopBank.create(_UNITS * n_loops)


def put(
    bank: LoopBank, number: int, audio: Any = None, bpm: float = 125.0, n_bars: int = 4
) -> npt.NDArray[np.float32]:
    """Write a loop; audio: a number for each channel, or None for noise. Returns it, `[samples, 2]`."""
    n = round(loop_length(n_bars, round(bpm * 100), RATE))
    loop = np.zeros((n, 2), np.float32)
    loop[:] = 0.1 * np.random.default_rng(number).standard_normal((n, 2)) if audio is None else audio
    header = SlotHeader(RATE, n, round(bpm * 100), n_bars, number, SlotState.READY)
    write_loop(bank, slot_of(number), loop, header)
    return loop


def next_loop(number: int, deck: int = 1) -> tuple[Any, ...]:
    """The command that lets a loop in, alone in its fan."""
    return ("next", deck, number, ((slot_of(number), HERE),))


def started(bank: LoopBank, number: int = 0) -> Player:
    """A player whose loop begins to sound with the next block."""
    player = Player(bank, RATE)
    player.command(next_loop(number))
    return player
