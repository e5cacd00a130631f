"""The generator process: keeps the model warm, asks for work, renders a recipe into its slot.

It asks when it is free, so it always gets the newest settings and no backlog builds up. Its first render is
its warm-up too: a separate one would only make the first sound later.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import math
import os
import signal
import threading
import time
import traceback
import warnings
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import partial
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from instrument.level import levelling_gain
from instrument.lows import write_loop
from instrument.memory import LoopBank, Meters, SharedNames, SlotHeader, SlotState
from instrument.recipe import GENERATIVE, Recipe
from instrument.transport import loop_length

if TYPE_CHECKING:
    from model.settings import LoopSettings

NICENESS = 10
RENDER_SHARE = 0.25  # of a loop's length: what its render may take where the number of steps is left to us
# Threads that spin between two layers would take the cores from the callback, and from each other.
PASSIVE_THREADS = {"KMP_BLOCKTIME": "0", "OMP_WAIT_POLICY": "PASSIVE"}


@dataclass(frozen=True)
class GeneratorSettings:
    """checkpoint: a folder, or None for the one that ships. device: "auto", "cpu", "cuda" or "mps".

    load: dotted name of the callable that makes the pipeline out of these two; tests name a fake one. A
    process that has not loaded, or rendered, within its limit is stuck.
    """

    checkpoint: str | None = None
    device: str = "auto"
    load: str = "model.pipeline:Pipeline.load"
    load_limit_s: float = 180.0
    render_limit_s: float = 120.0

    def __post_init__(self) -> None:
        module, _, name = self.load.partition(":")
        if not (module and name):
            raise ValueError(f"load must look like 'package.module:name', got {self.load!r}")


class Loop(Protocol):
    """What a pipeline renders: audio float32 [samples, channels]."""

    @property
    def audio(self) -> np.ndarray: ...
    @property
    def n_steps(self) -> int: ...
    @property
    def timings_s(self) -> dict[str, float]: ...


class Pipeline(Protocol):
    """What the instrument needs of `model.pipeline.Pipeline`."""

    sample_rate: int
    checkpoint_id: str

    def render(self, settings: LoopSettings, is_wanted: Callable[[], bool] | None = None) -> Loop: ...
    def affordable_steps(self, settings: LoopSettings, limit_s: float) -> int: ...


class NotFiniteError(ArithmeticError):
    """The model gave NaN or infinities."""


@dataclass(frozen=True)
class Rendered:
    """A loop as it is played and as `ladmg render` writes it.

    audio: float32 [samples, channels], levelled. recipe: of exactly this loop, with its checkpoint, the number of steps
    and the gain. timings_s: by stage, also "level" and "total".
    """

    audio: np.ndarray
    recipe: Recipe
    rate: int
    n_steps: int
    timings_s: dict[str, float]


def load_pipeline(settings: GeneratorSettings) -> Pipeline:
    """The model, on its device. This is where torch is imported. Errors are the model's own."""
    for name, value in PASSIVE_THREADS.items():
        os.environ.setdefault(name, value)
    module, _, name = settings.load.partition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of one library about another: nothing to play by
        load: Any = importlib.import_module(module)
        for part in name.split("."):
            load = getattr(load, part)
        pipeline: Pipeline = load(
            None if settings.checkpoint is None else Path(settings.checkpoint), settings.device
        )
    return pipeline


def accelerators() -> dict[str, Any]:
    """See `model.hardware.accelerators`. Imports torch."""
    from model import hardware

    return hardware.accelerators()


def render_recipe(
    pipeline: Pipeline,
    recipe: Recipe,
    limit_s: float = math.inf,
    is_wanted: Callable[[], bool] | None = None,
    rate: int | None = None,
) -> Rendered:
    """Make the audio of a recipe. The only way audio is made: live and offline are the same, bit for bit.

    limit_s: the time that there is, by which the number of steps is chosen where the recipe leaves it open. is_wanted:
    see `model.pipeline.Pipeline.render`. rate: of the audio, in Hz; None for the model's own.
    Raises NotFiniteError, ValueError for a recipe of another checkpoint, and whatever the model raises.
    """
    if recipe.checkpoint not in ("", pipeline.checkpoint_id):
        raise ValueError(
            f"the recipe is of checkpoint {recipe.checkpoint}, this one is {pipeline.checkpoint_id}"
        )
    began = time.perf_counter()
    settings = loop_settings(recipe)
    if settings.n_steps == 0:
        settings = replace(settings, n_steps=pipeline.affordable_steps(settings, limit_s))
    loop = pipeline.render(settings, is_wanted)
    audio = np.ascontiguousarray(loop.audio, dtype=np.float32)
    if not np.isfinite(audio).all():
        raise NotFiniteError(
            f"{np.count_nonzero(~np.isfinite(audio))} of {audio.size} samples are not finite"
        )
    levelling = time.perf_counter()
    rate = rate or pipeline.sample_rate
    if rate != pipeline.sample_rate:
        audio = _at_rate(audio, recipe, rate)
    gain_db = recipe.gain_db
    if gain_db is None:  # cut off to what a recipe can say, so that it stays below full scale
        gain_db = math.floor(2000.0 * math.log10(levelling_gain(audio, rate))) / 100.0
    audio = audio * np.float32(10.0 ** (gain_db / 20.0))
    if recipe.stretched_bpm is not None:
        audio = _stretched(audio, recipe.n_bars, round(100 * recipe.stretched_bpm), pipeline.sample_rate)
    now = time.perf_counter()
    timings_s = {**loop.timings_s, "level": now - levelling, "total": now - began}
    made = replace(recipe, checkpoint=pipeline.checkpoint_id, gain_db=gain_db)
    # A checkpoint's only number may be more than the parameter's highest: then 0 stands for it.
    if loop.n_steps <= GENERATIVE["n_steps"].high:
        made = replace(made, n_steps=loop.n_steps)
    return Rendered(audio, made, rate, loop.n_steps, timings_s)


def loop_rate(pipeline: Pipeline, card_rate: int) -> int:
    """In Hz, of the loops for a card: what its lower rate can't hold would be heard as something else.

    A higher one asks for nothing more.
    """
    return min(card_rate, pipeline.sample_rate)


def _at_rate(audio: np.ndarray, recipe: Recipe, rate: int) -> np.ndarray:
    """The loop at another rate, [samples, channels]: a Fourier transform is exact, and takes it as repeating."""
    from scipy.signal import resample

    n_samples = math.floor(loop_length(recipe.n_bars, round(recipe.bpm * 100), rate) + Fraction(1, 2))
    return np.ascontiguousarray(resample(audio, n_samples, axis=0), dtype=np.float32)


def loop_settings(recipe: Recipe) -> LoopSettings:
    """A recipe in the model's words. Raises ValueError for places of a source that the loop does not have."""
    from model.settings import LoopSettings, Source

    heard = recipe.heard()
    return LoopSettings(
        bpm=heard.bpm,
        n_bars=heard.n_bars,
        n_steps=heard.n_steps,
        cfg_scale=heard.cfg_scale,
        cfg_grid=heard.cfg_grid,
        seed_a=heard.seed_a,
        seed_b=heard.seed_b,
        seed_c=heard.seed_c,
        seed_d=heard.seed_d,
        morph=heard.morph,
        morph_y=heard.morph_y,
        key=heard.key,
        brightness=heard.brightness,
        density=heard.density,
        swing=heard.swing,
        prompts=tuple(text for text, _ in heard.mixture),
        weights=tuple(weight for _, weight in heard.mixture),
        negative=heard.negative,
        source=None if heard.source is None else Source(**asdict(heard.source)),
    )


def main(pipe: Connection, names: SharedNames, settings: GeneratorSettings) -> None:
    """Entry of the generator process. Ends on `("stop",)` or when the console has gone.

    ("render", ticket, slot, recipe) is answered by ("done", ticket, slot, info), ("abandoned", ticket, slot),
    ("refused", ticket, slot, setting, text) or ("failed", ticket, slot, code, text); ("stretch", ticket, source, slot,
    bpm_centi) by ("stretched", ticket, slot, info) or ("failed", ticket, slot, "stretch", text). Then it asks anew:
    ("ready",).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the console's to handle
    with contextlib.suppress(AttributeError, OSError):
        os.nice(NICENESS)
    _go_first_where_memory_runs_out()
    _end_with_parent()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        began = time.perf_counter()
        try:
            pipeline = load_pipeline(settings)
        except Exception as error:
            pipe.send(("failed", -1, -1, "load", one_line(error)))
            raise SystemExit(1) from None
        device = str(getattr(pipeline, "device", settings.device))
        pipe.send(("loaded", pipeline.checkpoint_id, device, time.perf_counter() - began))
        gc.collect()
        gc.freeze()
        bank, meters = LoopBank.attach(names.bank), Meters.attach(names.meters)
        inbox = _Inbox(pipe)
        pipe.send(("ready",))
        while (message := inbox.next())[0] != "stop":
            kind, ticket, *work = message
            if kind == "stretch":
                pipe.send(_stretch(bank, ticket, *work))
            else:
                reading = meters.read()
                card_rate = pipeline.sample_rate if reading is None else reading.rate
                is_wanted = partial(inbox.wants, ticket)
                pipe.send(_work(pipeline, bank, is_wanted, card_rate, ticket, *work))
            pipe.send(("ready",))


class _Inbox:
    """The console's messages, of which ("abandon", ticket) is read while there is work, and the others after it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: deque[tuple[Any, ...]] = deque()

    def next(self) -> tuple[Any, ...]:
        """The next message that is not about work that is done."""
        while True:
            message = self._waiting.popleft() if self._waiting else self._pipe.recv()
            if message[0] != "abandon":
                return tuple(message)

    def wants(self, ticket: int) -> bool:
        """Whether the work of this ticket should go on."""
        while self._pipe.poll():
            self._waiting.append(self._pipe.recv())
        return ("abandon", ticket) not in self._waiting


def _work(
    pipeline: Pipeline,
    bank: LoopBank,
    is_wanted: Callable[[], bool],
    card_rate: int,
    ticket: int,
    slot: int,
    recipe: dict[str, Any],
) -> tuple[Any, ...]:
    """Render into the slot; the message for the console. Whatever fails costs this one loop only."""
    from model.settings import Abandoned, UnknownConditionError

    try:
        asked = Recipe.from_dict(recipe)
        limit_s = RENDER_SHARE * asked.n_bars * 240 / asked.bpm
        rendered = render_recipe(pipeline, asked, limit_s, is_wanted, loop_rate(pipeline, card_rate))
        header = SlotHeader(
            rate=rendered.rate,
            n_samples=len(rendered.audio),
            bpm_centi=round(asked.bpm * 100),
            n_bars=asked.n_bars,
            epoch=ticket,
            state=SlotState.READY,
            loop_id=rendered.recipe.id,
        )
        write_loop(bank, slot, rendered.audio, header)
        info = {
            "recipe": rendered.recipe.to_dict(),
            "n_samples": len(rendered.audio),
            "n_steps": rendered.n_steps,
            "is_automatic": asked.n_steps == 0,
            "timings_s": rendered.timings_s,
        }
        return ("done", ticket, slot, info)
    except Abandoned:
        return ("abandoned", ticket, slot)
    except UnknownConditionError as error:
        return ("refused", ticket, slot, error.setting, str(error))
    except NotFiniteError as error:
        return ("failed", ticket, slot, "not-finite", str(error))
    except Exception as error:
        if _is_about_memory(error):
            return ("failed", ticket, slot, "memory", f"too little memory for this loop: {one_line(error)}")
        return ("failed", ticket, slot, "render", one_line(error))


def _stretch(bank: LoopBank, ticket: int, source: int, slot: int, bpm_centi: int) -> tuple[Any, ...]:
    """The loop in slot `source` at another tempo, its pitch kept, into `slot`; the message for the console."""
    try:
        began = time.perf_counter()
        header = bank.header(source)
        if header.n_samples == 0:
            raise ValueError(f"slot {source} holds no loop to stretch")
        audio = _stretched(bank.samples(source)[: header.n_samples], header.n_bars, bpm_centi, header.rate)
        n_samples = len(audio)
        made = replace(
            header, n_samples=n_samples, bpm_centi=bpm_centi, epoch=ticket, state=int(SlotState.READY)
        )
        write_loop(bank, slot, audio, made)
        timings_s = {"total": time.perf_counter() - began}
        return ("stretched", ticket, slot, {"n_samples": n_samples, "timings_s": timings_s})
    except Exception as error:
        return ("failed", ticket, slot, "stretch", one_line(error))


def _stretched(audio: np.ndarray, n_bars: int, bpm_centi: int, rate: int) -> np.ndarray:
    """A loop at another tempo, of exactly its length."""
    from instrument.stretch import stretch_loop

    return stretch_loop(audio, math.floor(loop_length(n_bars, bpm_centi, rate) + Fraction(1, 2)), rate)


def _is_about_memory(error: Exception) -> bool:
    """torch's allocators raise RuntimeError, of many wordings."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "memory" in str(error))


def one_line(error: BaseException) -> str:
    """What went wrong, and where if that was not foreseen, on one line."""
    text = " ".join(str(error).split()) or "no reason given"
    if isinstance(error, OSError | ValueError):
        return text
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{where}"


def _go_first_where_memory_runs_out() -> None:
    """The kernel kills somebody then: let it be us, whose loss is not heard."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _end_with_parent() -> None:
    """End this process when the console dies, in the middle of a render too."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()
