"""How fast this machine renders, by the renders it has just made."""

from __future__ import annotations

from collections import deque
from statistics import median_low

N_KEPT = 8  # renders that count: one slow one is forgotten, a machine that got busy is noticed soon


class Pace:
    """Seconds that a latent frame costs in one step of the net, and in all that comes after the net.

    A step of two passes takes less than twice as long as one of a single pass, where cores share them: so each number
    of passes has a pace of its own, and where none is known the others say how long it takes at most.
    """

    def __init__(self) -> None:
        self._steps: deque[tuple[int, float]] = deque(maxlen=N_KEPT)  # passes, seconds
        self._rest: deque[float] = deque(maxlen=N_KEPT)

    @property
    def is_known(self) -> bool:
        return bool(self._steps)

    def note(self, frames: int, n_steps: int, n_passes: int, net_s: float, rest_s: float) -> None:
        """A loop of `frames` took the net `net_s` in `n_steps` steps of `n_passes` passes, and the rest `rest_s`."""
        self._steps.append((n_passes, net_s / (frames * n_steps)))
        self._rest.append(rest_s / frames)

    def estimate_s(self, frames: int, n_steps: int, n_passes: int) -> float:
        """How long a loop will take. Only after a first `note`."""
        alike = [step_s for noted, step_s in self._steps if noted == n_passes]
        others = [step_s * max(1.0, n_passes / noted) for noted, step_s in self._steps]
        return frames * (n_steps * median_low(alike or others) + median_low(self._rest))
