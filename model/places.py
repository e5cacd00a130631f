"""Places in a loop, as a sequencer counts them: 4.4 is beat 4 of bar 4. Without torch, for whoever has none."""

from __future__ import annotations

import re

_COUNTS = (("bar", 4.0), ("beat", 1.0), ("16th", 0.25))  # and their beats
_PLACE = re.compile(r"([0-9]{1,3})(?:\.([0-9]))?(?:\.([0-9]))?")
_GRAMMAR = (
    "4.4 (bar.beat), 4.4.3 (a 16th), 4 (a bar), 2.1-2.4 (a range, both ends in it), or several with commas"
)


def parse_ranges(text: str, n_bars: int) -> tuple[tuple[float, float], ...]:
    """Ranges [start, end) in beats from the loop's start, of text like "4.4", "2.1-2.4" or "1.4, 3".

    A range may run over the loop's end: its end is then not behind its start. Raises ValueError saying what is allowed.
    """
    ranges = []
    for part in text.split(","):
        spans = [_span(end.strip(), n_bars) for end in part.split("-", 1)]
        ranges.append((spans[0][0], spans[-1][1]))
    return tuple(ranges)


def _span(text: str, n_bars: int) -> tuple[float, float]:
    """Start and end, in beats, of one bar, beat or 16th."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise ValueError(f"no place of a loop: {text!r}; allowed: {_GRAMMAR}")
    start = length = 0.0
    for (name, beats), number, count in zip(_COUNTS, match.groups(), (n_bars, 4, 4), strict=True):
        if number is None:
            break
        if not 1 <= int(number) <= count:
            raise ValueError(f"{name} must be in 1..{count}, got {number} in {text!r}")
        start, length = start + (int(number) - 1) * beats, beats
    return start, start + length
