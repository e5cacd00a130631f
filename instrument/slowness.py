"""What to tell the performer of renders that take long: fewer steps come first, then later loops. No I/O."""

from __future__ import annotations

from collections import deque

from instrument.generator import RENDER_SHARE

N_AGREE = 3  # renders in a row that must say the same, so that one slow moment is no news
N_LATE = 10  # ... until loops are late: by then the model has seen that it should take fewer steps


class Slowness:
    """Looks at every finished render; what has changed for good is told once."""

    def __init__(self) -> None:
        self._most = 0  # steps that this machine had time for
        self._told: int | None = None  # steps, where they are fewer
        self._steps: deque[int] = deque(maxlen=N_AGREE)
        self._late: deque[tuple[bool, int]] = deque(maxlen=N_LATE)  # whether, and with how many steps
        self._is_told_late = False

    def rendered(self, n_steps: int, is_automatic: bool, render_s: float, loop_s: float) -> str | None:
        """The line that the performer should read now, or None.

        is_automatic: whether the number of steps was ours to choose. render_s, loop_s: how long the render took, and
        how long the loop is.
        """
        self._late.append((render_s > RENDER_SHARE * loop_s, n_steps))
        if is_automatic and (text := self._tell_steps(n_steps)):
            return text
        is_late = [is_late for is_late, _ in self._late]
        if self._is_told_late and not any(is_late[-N_AGREE:]):
            self._is_told_late = False
            return "renders are in time again"
        if self._is_told_late or len(self._late) < N_LATE or set(self._late) != {(True, n_steps)}:
            return None
        self._is_told_late = True
        return f"a loop of {loop_s:.1f} s takes {render_s:.1f} s to render with {n_steps} steps: changes come later"

    def _tell_steps(self, n_steps: int) -> str | None:
        self._steps.append(n_steps)
        if len(self._steps) < N_AGREE or len(set(self._steps)) > 1:
            return None
        self._most = max(self._most, n_steps)
        if n_steps == (self._told or self._most):
            return None
        if n_steps == self._most:
            self._told = None
            return f"rendering with {n_steps} steps again"
        self._told = n_steps
        return (
            f"rendering with {n_steps} steps, not {self._most}: "
            f"more would take over {RENDER_SHARE:.0%} of the loop's length"
        )
