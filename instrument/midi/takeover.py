"""Soft takeover: a control moves a value only once it has crossed it, so that nothing jumps."""

from __future__ import annotations


class Takeover:
    """Whether one control has hold of its value. Places are steps on the control's own scale."""

    def __init__(self) -> None:
        self.place: int | None = None
        self.has_hold = False

    def release(self) -> None:
        """Something else moved the value: the control must cross it anew."""
        self.has_hold = False

    def take(self, place: int, target: float) -> bool:
        """Whether the control, now at `place`, holds a value that stands at `target` on its scale.

        It does from the move by which it crosses the target or comes to stand on the step nearest to it (the end
        of a scale can't be crossed), until `release`. However near it comes on one side, that is not enough.
        """
        before, self.place = self.place, place
        if not self.has_hold:
            has_crossed = before is not None and (before - target) * (place - target) <= 0
            self.has_hold = has_crossed or place == round(target)
        return self.has_hold
