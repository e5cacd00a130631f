"""Values that move without steps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class Ramp:
    """A value that moves to its target in a straight line, the same for any block sizes."""

    def __init__(self, value: float, scratch: npt.NDArray[np.float64]) -> None:
        """scratch: at least as long as any block."""
        self.start = value
        self.target = value
        self.length = 0
        self.done = 0
        self._count = np.arange(1, len(scratch) + 1, dtype=np.float64)
        self._scratch = scratch

    @property
    def is_settled(self) -> bool:
        return self.done >= self.length

    @property
    def left(self) -> int:
        """Samples until it has settled."""
        return max(self.length - self.done, 0)

    @property
    def value(self) -> float:
        if self.is_settled:
            return self.target
        return self.start + (self.target - self.start) * (self.done / self.length)

    def jump(self, value: float) -> None:
        self.start = self.target = value
        self.length = self.done = 0

    def aim(self, target: float, length: int) -> None:
        """Reach `target` at the end of the next `length` samples."""
        self.start, self.target, self.length, self.done = self.value, target, length, 0

    def step(self, n: int) -> npt.NDArray[np.float64]:
        """The values of the next n samples, `[n]`, valid until the next call."""
        values = self._scratch[:n]
        np.add(self._count[:n], self.done, out=values)
        np.minimum(values, self.length, out=values)
        values /= self.length
        values *= self.target - self.start
        values += self.start
        values[max(self.length - self.done - 1, 0) :] = self.target
        self.done += n
        if self.is_settled:
            self.jump(self.target)
        return values
