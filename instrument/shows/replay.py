"""`ladmg replay SHOW --out FILE`: a show's audio once more, without a sound card, sample for sample.

The player is told what it was told then, at the same samples and in the same blocks; each loop is made from its recipe.
"""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.audio.effects import Limiter
from instrument.audio.playback import Player
from instrument.generator import GeneratorSettings, NotFiniteError, load_pipeline, loop_rate, render_recipe
from instrument.lows import write_loop
from instrument.memory import LoopBank, SharedMemoryFull, SlotHeader, SlotState, n_units
from instrument.recipe import Recipe
from instrument.shows.show import Event, Show, ShowError, params_of
from instrument.shows.sound_file import WavWriter

Floats = npt.NDArray[np.float32]
MAX_BLOCK = 8192


class ReplayError(RuntimeError):
    """The show can't be played again; the text says why."""


@dataclass(frozen=True)
class Replayed:
    """What was written. notes: what may make it differ from the recording, for the performer."""

    n_samples: int
    n_loops: int
    notes: tuple[str, ...]


def replay(
    show: Show, out: Path, settings: GeneratorSettings, say: Callable[[str], None] = lambda text: None
) -> Replayed:
    """Write the show's recording anew, as 32-bit float WAV; an existing file is replaced only by a whole new one.

    say: hears of each loop that is made. Raises ReplayError.
    """
    if out.suffix.lower() != ".wav":
        raise ReplayError(f"--out must be a file named *.wav, got {str(out)!r}")
    draft = out.with_name(f".{out.stem}-{secrets.token_hex(4)}.wav")
    try:
        writer = WavWriter(draft, show.rate, show.channels)
    except OSError as error:
        raise ReplayError(f"can't write {str(out)!r}: {error.strerror}") from None
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(writer.close)
            loops = stack.enter_context(_loops(settings, show.rate, say))
            stage = stack.enter_context(_stage(show, loops))
            for first, audio in stage.play():
                start = show.start + writer.n_samples
                kept = audio[max(start - first, 0) : max(show.stop - first, 0)]
                if len(kept):
                    # The time in which nothing was rendered.
                    writer.write(np.zeros((max(first - start, 0), show.channels), np.float32))
                    writer.write(kept)
        draft.replace(out)
    except (OSError, NotFiniteError, SharedMemoryFull) as error:
        raise ReplayError(f"can't write {str(out)!r}: {error}") from None
    except (ShowError, ValueError, KeyError, TypeError) as error:
        raise ReplayError(f"the show can't be played: {error}") from None
    finally:
        draft.unlink(missing_ok=True)
    return Replayed(writer.n_samples, loops.n_made, tuple(stage.notes))


class _Loops:
    """Loops by their recipes, each made once and kept in a file. rate: that they have for a card of `card_rate`."""

    def __init__(
        self, settings: GeneratorSettings, card_rate: int, folder: Path, say: Callable[[str], None]
    ) -> None:
        self.n_made = 0
        self._folder = folder
        self._say = say
        try:
            self._pipeline = load_pipeline(settings)
        except (OSError, RuntimeError, ValueError) as error:
            raise ReplayError(f"the model could not be loaded: {error}") from error
        self.rate = loop_rate(self._pipeline, card_rate)

    def audio(self, recipe: Recipe) -> Floats:
        """[samples, channels]"""
        path = self._folder / f"{recipe.name}.npy"
        if not path.exists():
            rendered = render_recipe(self._pipeline, recipe, rate=self.rate)
            np.save(path, rendered.audio)
            self.n_made += 1
            self._say(f"loop {recipe.name}, {rendered.timings_s['total']:.2f} s")
        audio: Floats = np.load(path, mmap_mode="r")
        return audio


@contextlib.contextmanager
def _loops(settings: GeneratorSettings, card_rate: int, say: Callable[[str], None]) -> Iterator[_Loops]:
    with tempfile.TemporaryDirectory(prefix="ladmg-replay-") as folder:
        yield _Loops(settings, card_rate, Path(folder), say)


@contextlib.contextmanager
def _stage(show: Show, loops: _Loops) -> Iterator[Stage]:
    bank = LoopBank.create(**show.bank)
    try:
        yield Stage(show, bank, loops)
    finally:
        bank.close()
        bank.unlink()


class Stage:
    """A player that is told a show."""

    def __init__(self, show: Show, bank: LoopBank, loops: _Loops) -> None:
        self.notes: list[str] = []
        self._show = show
        self._bank = bank
        self._loops = loops
        self._player: Player | None = None
        self._limiter = Limiter(show.rate, show.channels, MAX_BLOCK)
        self._block = 0
        self._values: dict[str, Any] = {}
        self._params = params_of({})
        self._has_failed = False
        self._heard_ns = 0
        self._lies: dict[int, tuple[int, int]] = {}  # by slot: the loop's id, and the unit after its last
        self._entered: list[tuple[Any, ...]] = []

    def play(self) -> Iterator[tuple[int, Floats]]:
        """The show from its first event to its stop, as (index of the first sample, block)."""
        for event in self._show.events:
            if event.kind in _ACTS:
                until = event.fields["ended"] if event.kind == "began" else event.sample
                yield from self._play_until(min(until, self._end))
                if event.sample >= self._end:
                    break
                self._act(event)
        yield from self._play_until(self._end)
        self._compare_swaps()

    @property
    def _end(self) -> int:
        """The sample that the player must have come to: what leaves the limiter is late."""
        return self._show.stop + self._limiter.delay

    def _play_until(self, sample: int) -> Iterator[tuple[int, Floats]]:
        player = self._player
        while player is not None and player.sample < sample:
            audio = np.zeros((self._block, self._show.channels), np.float32)
            player.render(audio, self._params, heard_ns=self._heard_ns)
            if self._has_failed:
                audio.fill(0.0)
                self._limiter.reset()
                self._has_failed = False
            else:
                self._limiter.run(audio, self._params.limiter)
            while player.events:
                event = player.events.popleft()
                if event[0] == "entered":
                    self._entered.append(event[1:])
            yield player.sample - len(audio) - self._limiter.delay, audio

    def _act(self, event: Event) -> None:
        fields = event.fields
        if event.kind == "began":
            self._begin(event)
            return
        player = self._player
        if player is None or player.sample != event.sample:
            raise ShowError(f"{event.kind} at sample {event.sample} is not where a block begins")
        if event.kind == "took":
            for slot, values in fields["loops"].items():
                self._put(int(slot), values)
            player.command(_tuples(fields["command"]))
        elif event.kind == "heard":
            self._heard_ns = fields["at_ns"]
        elif event.kind == "params":
            self._values |= fields["values"]
            self._params = params_of(self._values)
        else:
            self._has_failed = True
            self.notes.append(f"the callback failed at sample {event.sample}: what follows may differ")

    def _begin(self, event: Event) -> None:
        fields = event.fields
        if fields["is_new"]:
            if self._player is not None:
                self.notes.append(
                    f"another audio process began at sample {event.sample}: before it may differ"
                )
            self._player = Player(self._bank, self._show.rate, self._show.channels)
            self._limiter.reset()
            self._values = {}
        if self._player is None or fields["block"] < 1:
            raise ShowError("nothing begins before it is played")
        self._block = fields["block"]
        self._player.resume(event.sample, fields["ticks"], fields["is_running"])

    def _put(self, slot: int, values: Mapping[str, Any]) -> None:
        recipe = Recipe.from_dict(dict(values))
        if self._lies.get(slot, (0, 0))[0] == recipe.id:
            return
        audio = self._loops.audio(recipe)
        end = slot + n_units(len(audio))
        # What lay there before is gone, the whole of each loop.
        self._lies = {
            first: lies for first, lies in self._lies.items() if not (first < end and slot < lies[1])
        }
        self._lies[slot] = (recipe.id, end)
        header = SlotHeader(
            rate=self._loops.rate,
            n_samples=len(audio),
            bpm_centi=round(recipe.tempo * 100),
            n_bars=recipe.n_bars,
            state=SlotState.READY,
            loop_id=recipe.id,
        )
        write_loop(self._bank, slot, audio, header)

    def _compare_swaps(self) -> None:
        """A loop that enters at another sample than it did then would be a fault: of the show, or of this program."""
        told = {
            (*event.fields["where"], event.sample, event.fields["bar"])
            for event in self._show.events
            if event.kind == "entered" and event.sample < self._show.stop
        }
        come = {event for event in self._entered if event[-2] < self._show.stop}
        for sample in sorted(event[-2] for event in told ^ come)[:3]:
            self.notes.append(f"a loop enters at sample {sample} only then, or only now")


def _tuples(value: Any) -> Any:
    """A command as it was, before JSON made lists of it."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


_ACTS = ("began", "took", "params", "heard", "failed")
