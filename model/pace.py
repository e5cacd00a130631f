"""How fast this machine renders, by the renders it has just made."""

from __future__ import annotations

from collections import deque
from statistics import median_low

N_KEPT = 8  # renders that count: one slow one is forgotten, a machine that got busy is noticed soon


class Pace:
    """Seconds that a latent frame costs in one pass of the net, and in all that comes after the net."""

    def __init__(self) -> None:
        self._net: deque[float] = deque(maxlen=N_KEPT)
        self._rest: deque[float] = deque(maxlen=N_KEPT)

    @property
    def is_known(self) -> bool:
        return bool(self._net)

    def note(self, frames: int, n_passes: int, net_s: float, rest_s: float) -> None:
        """A loop of `frames` took the net `net_s` in all its passes, one after the other, and the rest `rest_s`."""
        self._net.append(net_s / (frames * n_passes))
        self._rest.append(rest_s / frames)

    def estimate_s(self, frames: int, n_passes: int) -> float:
        """How long a loop will take. Only after a first `note`."""
        return frames * (n_passes * median_low(self._net) + median_low(self._rest))
