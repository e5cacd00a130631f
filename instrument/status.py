"""What the terminal shows: a live status line, or plain lines where nobody is watching it live."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
from dataclasses import dataclass
from typing import TextIO

from instrument.chooser import View
from instrument.memory import MeterReading
from instrument.params import OFF
from instrument.recipe import Recipe


@dataclass(frozen=True)
class Status:
    """One moment of the instrument. loading: what it still waits for, "" when all is up."""

    view: View
    meters: MeterReading | None
    bpm: float
    is_playing: bool
    eta_beats: float
    loading: str


def status_line(status: Status) -> str:
    """The line of one moment: bar.beat, BPM, what plays, what comes, underflows."""
    meters = status.meters
    beat = 0.0 if meters is None else meters.beat
    parts = [f"{int(beat // 4) + 1:4d}.{int(beat % 4) + 1}", f"{status.bpm:6.2f} BPM"]
    if not status.is_playing:
        parts.append("stopped")
    parts.append(f"plays {_recipe_text(status.view.sounding)}")
    parts += [text for text in (status.loading, _next_text(status)) if text]
    if meters is not None and meters.underflows:
        parts.append(f"{meters.underflows} underflow{'s' if meters.underflows > 1 else ''}")
    return " | ".join(parts)


def _recipe_text(recipe: Recipe | None) -> str:
    """A loop in a few words: its prompts, or the seeds where there are none, and the start of its name."""
    if recipe is None:
        return "nothing yet"
    prompts = " + ".join(f'"{text}"' for text, _ in recipe.mixture)
    words = prompts or f"seed {recipe.seed_a}"
    if 0.0 < recipe.morph < 1.0:
        words = f"{words} {recipe.morph:.2f} to {recipe.seed_b}"
    if recipe.key != OFF:
        words = f"{words} in {recipe.key}"
    return f"{words} ({recipe.name[:6]})"


def _next_text(status: Status) -> str:
    view = status.view
    if view.state == "cued":
        return f"next in {max(status.eta_beats, 0.0):.0f} beats"
    if view.state == "ready":
        return "next is ready: go"
    if view.state == "rendering":
        return f"rendering {view.rendering_for_s:.1f} s"
    return "next is waiting" if view.state == "waiting" and not status.loading else ""


class Terminal:
    """Writes the status to a stream. Any thread may `say`; a stream that is gone is no reason to stop.

    On a terminal, `show` keeps one line up to date, below everything that is said. Elsewhere it writes a line
    only when what plays or comes has changed.
    """

    def __init__(self, stream: TextIO | None = None, is_live: bool | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._is_live = self._stream.isatty() if is_live is None else is_live
        self._lock = threading.Lock()
        self._line = ""
        self._shown: tuple[object, ...] = ()

    def say(self, text: str) -> None:
        """A line that stays."""
        with self._lock:
            self._write(f"{self._clear()}{text}\n{self._line}" if self._is_live else f"{text}\n")

    def show(self, status: Status) -> None:
        """The moment as it is now; call it as often as you like."""
        if self._is_live:
            width = shutil.get_terminal_size().columns - 1
            line = status_line(status)[:width]
            with self._lock:
                if line != self._line:
                    self._write(f"{self._clear()}{line}")
                    self._line = line
            return
        view = status.view
        underflows = 0 if status.meters is None else status.meters.underflows
        shown = (view.sounding, view.state, view.next, status.loading, status.is_playing, underflows)
        if shown != self._shown:
            self._shown = shown
            with self._lock:
                self._write(f"{status_line(status)}\n")

    def end(self) -> None:
        """Leave the cursor on a line of its own."""
        with self._lock:
            if self._line:
                self._write("\n")
                self._line = ""

    def _clear(self) -> str:
        return "\r\x1b[K" if self._line or self._is_live else ""

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()
