"""The training loop of every net here, on Lightning Fabric: one process, or as many as `torchrun` starts; CPU or CUDA.

A step's batch has `world_size * accumulate` parts, and the randomness of a part depends on (seed, step, part) only:
a run that was killed and resumed goes on as an unbroken one would have, and N processes compute what one process
computes that accumulates N parts.
"""

from __future__ import annotations

import atexit
import gc
import json
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Generic, Literal, Self, TypeVar, get_args, get_type_hints

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm import tqdm

from model.precision import is_bf16_fast
from training.settings import setting

STATE = "state.pt"
LOG = "log.jsonl"
LR_FLOOR = 0.01  # share of the learning rate that is left at the very end
MAX_SKIPPED_IN_A_ROW = 20

Batch = TypeVar("Batch")


class TrainingError(RuntimeError):
    """A training that can't start or go on, and what to do."""


@dataclass(frozen=True)
class TrainSettings:
    """What all trainings have in common. Minutes are of the clock on the wall, validation and saving included."""

    out: Path = setting(Path("runs/training"), "folder of the state, the log and the curves")
    max_minutes: float = setting(60.0, "of this run")
    total_minutes: float | None = setting(
        None, "of all runs together, for the learning rate's decay; default: up to the end of this run"
    )
    max_steps: int | None = setting(None, "of all runs together; the learning rate then decays by steps")
    lr: float = setting(1e-3, "highest learning rate")
    warmup: int = setting(200, "steps until the learning rate is there")
    decay: Literal["linear", "cosine"] = setting("linear", "shape of the learning rate's fall")
    decay_share: float = setting(0.5, "last share of the training, in which the learning rate falls")
    ema: float = setting(0.999, "what a step keeps of the running average of the weights")
    clip: float = setting(1.0, "largest norm of the gradient")
    precision: Literal["auto", "bf16", "fp32"] = setting(
        "auto", "of matrix products, auto: bf16 where the processor has it; weights are always fp32"
    )
    device: Literal["auto", "cpu", "cuda"] = setting("auto", "auto: CUDA where there is one")
    accumulate: int = setting(1, "parts of a step's batch that each process computes, one after the other")
    log_every: int = setting(50, "steps")
    validate_every: int = setting(500, "steps")
    listen_every: int = setting(5000, "steps between audio examples for TensorBoard")
    save_every_s: float = setting(120.0, "seconds between two saved states: what a kill can lose")
    seed: int = setting(0, "of everything random")
    resume: bool = setting(False, "go on from OUT/state.pt, where there is one")

    def __post_init__(self) -> None:
        for name in ("max_minutes", "total_minutes", "max_steps", "lr", "clip", "accumulate"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"{name} must be above 0, got {value}")
        for name in ("log_every", "validate_every", "listen_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1 step, got {getattr(self, name)}")
        for name in ("warmup", "save_every_s", "seed"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        if not 0 < self.decay_share <= 1:
            raise ValueError(f"decay_share must be above 0 and at most 1, got {self.decay_share}")
        if not 0 <= self.ema < 1:
            raise ValueError(f"ema must be at least 0 and below 1, got {self.ema}")
        types = get_type_hints(TrainSettings)
        for name in ("decay", "precision", "device"):
            allowed = get_args(types[name])
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {getattr(self, name)!r}")


@dataclass
class Progress:
    """How far a training is, over all its runs."""

    step: int = 0
    trained_s: float = 0.0
    n_items: int = 0  # of all processes, taken to draw equally many
    n_skipped: int = 0  # steps whose gradient was not finite

    def row(self) -> dict[str, Any]:
        """The first columns of a row of the log."""
        row = {"step": self.step, "minutes": round(self.trained_s / 60, 2), "items": self.n_items}
        return row | ({"skipped": self.n_skipped} if self.n_skipped else {})


@dataclass(frozen=True)
class Task(Generic[Batch]):
    """What is trained, on what, and how it is judged. `validate` and `listen` run in the first process only.

    net: all parameters that require gradients are the optimiser's, and take part in every loss
    average: another net of the same make, which gets the running average (not a deepcopy: weight norm refuses one)
    batch: one part of a step's batch, on the CPU; all that is random comes from the generator or torch's global one
    loss: (net, batch, progress) -> mean over the batch, and figures for the log, alike in all processes; torch's global
        random numbers may be used. Called in the run's precision, the batch on the run's device
    count: items of a batch, for the log
    validate: figures of `average`, called without gradients in the run's precision
    conclude: the same at the end of a run, which may take its time; `validate` if there is none
    listen: of `average`, waveforms [channels, samples] by name and their sample rate in Hz
    has_learnt: before this training, so that it is judged before the first step, too
    """

    net: nn.Module
    average: nn.Module
    optimiser: Optimizer
    batch: Callable[[np.random.Generator], Batch]
    loss: Callable[[nn.Module, Batch, Progress], tuple[Tensor, dict[str, Tensor]]]
    count: Callable[[Batch], int]
    validate: Callable[[], dict[str, float]] = dict
    conclude: Callable[[], dict[str, float]] | None = None
    listen: Callable[[], tuple[dict[str, Tensor], int]] | None = None
    has_learnt: bool = False


def multiplies_bf16(settings: TrainSettings) -> bool:
    """Whether matrix products are of bfloat16, on this machine and by these settings."""
    return settings.precision == "bf16" or (
        settings.precision == "auto" and is_bf16_fast(_accelerator(settings))
    )


def _accelerator(settings: TrainSettings) -> Literal["cuda", "cpu"]:
    return "cuda" if torch.cuda.is_available() and settings.device != "cpu" else "cpu"


def launch(settings: TrainSettings) -> Fabric:
    """Fabric for this process, be it alone or one of those that `torchrun` started."""
    accelerator = _accelerator(settings)
    if settings.device == "cuda" and accelerator != "cuda":
        raise TrainingError("device must be auto or cpu on this machine, got 'cuda': torch finds none")
    n_here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    n_all = int(os.environ.get("WORLD_SIZE", "1"))
    fabric = Fabric(
        accelerator=accelerator,
        devices=n_here,
        num_nodes=n_all // n_here,
        strategy="ddp" if n_all > 1 else "auto",
        precision="bf16-mixed" if multiplies_bf16(settings) else "32-true",
    )
    fabric.launch()
    if n_all > 1:
        atexit.register(_part)
    return fabric


def _part() -> None:
    """Leave the group of processes while Python still stands.

    A thread of gloo that lets go of its last tensor in a Python that is being taken down ends the process by SIGABRT
    ("terminate called without an active exception", https://github.com/pytorch/pytorch/issues/190489), and torchrun
    calls a training that was finished and saved a failure.
    """
    gc.collect()  # a wrapped net keeps the group alive
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def run(settings: TrainSettings, fabric: Fabric, task: Task[Batch]) -> Progress:
    """Train until the time or the steps are up or a signal asks to stop (SIGINT, SIGTERM), then save the state.

    Raises TrainingError when there is a state that doesn't fit or isn't wanted, or when gradients stay not finite.
    """
    settings.out.mkdir(parents=True, exist_ok=True)
    file = settings.out / STATE
    if file.exists() and not settings.resume:
        raise TrainingError(f"{file} is there already: --resume goes on from it, or choose another --out")
    with _no_autocast_cache():
        net, optimiser = fabric.setup(_Objective(task), task.optimiser)
        task.average.to(fabric.device).requires_grad_(False)
        progress = load_state(file, task) if file.exists() else Progress()
        _check_same_start(fabric, progress, file)
        with StopSignals() as stop, _diary(settings, fabric, progress) as diary:
            begin_s, means, n_bad = progress.trained_s, _Means(), 0
            if diary is not None and task.has_learnt and progress.step == 0:
                diary.write(0, progress.row() | _judged(fabric, task.conclude or task.validate))
            started = last_save = time.monotonic()
            while True:
                elapsed_s, stopping = _agreed(fabric, time.monotonic() - started, stop.is_set)
                progress.trained_s = begin_s + elapsed_s
                done = share_done(settings, progress, begin_s)
                if stopping or done >= 1 or elapsed_s >= 60 * settings.max_minutes:
                    break
                lr = learning_rate(settings, progress.step, done)
                figures = _step(settings, fabric, net, optimiser, task, progress, lr)
                n_bad = 0 if figures else n_bad + 1
                means.add(figures)
                gives_up = n_bad == MAX_SKIPPED_IN_A_ROW
                if fabric.is_global_zero and (
                    gives_up or time.monotonic() - last_save >= settings.save_every_s
                ):
                    save_state(file, task, progress)
                    last_save = time.monotonic()
                if gives_up:
                    raise TrainingError(
                        f"{n_bad} gradients in a row were not finite, up to step {progress.step}: lower --lr (now "
                        f"{settings.lr:g}) or look at the data; {file} has the weights from before"
                    )
                if diary is not None:
                    diary.show(done, progress.step)
                _report(settings, fabric, task, progress, diary, means, lr)
            if fabric.is_global_zero:
                save_state(file, task, progress)
            row = progress.row() | _rounded(means.take(fabric))
            if diary is not None and stopping:
                diary.write(progress.step, row)
            elif diary is not None:
                diary.write(progress.step, row | _judged(fabric, task.conclude or task.validate))
                diary.play(progress.step, task.listen, fabric)
    fabric.barrier()
    return progress


def share_done(settings: TrainSettings, progress: Progress, begin_s: float) -> float:
    """Share of the whole training that is behind, 0..1; `begin_s` was trained before this run."""
    if settings.max_steps is not None:
        return min(1.0, progress.step / settings.max_steps)
    total_s = begin_s + 60 * settings.max_minutes
    if settings.total_minutes is not None:
        total_s = 60 * settings.total_minutes
    return min(1.0, progress.trained_s / total_s)


def learning_rate(settings: TrainSettings, step: int, done: float) -> float:
    """Learning rate of step `step` (from 0) with the share `done` of the training behind."""
    left = min(1.0, (1 - done) / settings.decay_share)
    if settings.decay == "cosine":
        left = (1 - math.cos(math.pi * left)) / 2
    warm = min(1.0, (step + 1) / settings.warmup) if settings.warmup else 1.0
    return settings.lr * warm * min(1.0, LR_FLOOR + left)


@torch.no_grad()
def update_average(average: nn.Module, net: nn.Module, ema: float, step: int) -> None:
    """Move the average towards the weights after step `step` (from 1); the first steps forget faster."""
    weight = 1 - min(ema, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), weight)
    for ours, theirs in zip(average.buffers(), net.buffers(), strict=True):
        ours.copy_(theirs)


def random_stream(seed: int, step: int, part: int) -> np.random.Generator:
    """The generator of one part of one step's batch; torch's global one is seeded with it."""
    source = np.random.SeedSequence([seed, step, part])
    torch.manual_seed(int(source.generate_state(1, np.uint64)[0]))
    return np.random.default_rng(source)


def save_state(file: Path, task: Task[Any], progress: Progress) -> None:
    """Replace the state file by the state of now, or leave it as it was: nothing in between, whenever a kill comes."""
    state = {
        "net": task.net.state_dict(),
        "average": task.average.state_dict(),
        "optimiser": task.optimiser.state_dict(),
    }
    temporary = file.with_suffix(".tmp")
    with temporary.open("wb") as stream:
        torch.save(state | vars(progress), stream)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def load_state(file: Path, task: Task[Any]) -> Progress:
    """Load a state into the task's nets and optimiser; raises TrainingError when it is damaged or of other nets."""
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # nothing is executed, but rubbish makes the reader fail in any way
        reason = str(error).partition("\n")[0]
        raise TrainingError(f"{file} can't be read: {reason}; begin anew with another --out") from None
    try:
        task.net.load_state_dict(state["net"])
        task.average.load_state_dict(state["average"])
        task.optimiser.load_state_dict(state["optimiser"])
        return Progress(**{each.name: state.get(each.name, each.default) for each in fields(Progress)})
    except (KeyError, TypeError, RuntimeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise TrainingError(f"{file} is the state of another training: {reason}") from None


class StopSignals:
    """SIGINT and SIGTERM only set a flag while it is open. Asked again a second later or more, they act at once.

    (A terminal's Ctrl-C comes twice at the same time to the processes of `torchrun`: from the terminal and from it.)
    """

    def __init__(self) -> None:
        self._first = math.inf
        self._former: dict[int, Any] = {}

    @property
    def is_set(self) -> bool:
        return self._first < math.inf

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        while self._former:
            signal.signal(*self._former.popitem())

    def _note(self, number: int, frame: FrameType | None) -> None:
        if time.monotonic() - self._first >= 1.0:
            self.__exit__()
            signal.raise_signal(number)
        self._first = min(self._first, time.monotonic())


class Diary:
    """What a training tells: rows in OUT/log.jsonl and on stdout, a progress bar, curves and audio for TensorBoard.

    Rows of steps that a kill has lost are taken back.
    """

    def __init__(self, out: Path, progress: Progress) -> None:
        file = out / LOG
        kept = [line for line in _lines(file) if _step_of(line) <= progress.step]
        temporary = file.with_suffix(".tmp")
        temporary.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        temporary.replace(file)
        self._log = file.open("a", encoding="utf-8")
        self._writer = _tensorboard(out, progress.step)
        form = "{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
        self._bar = tqdm(total=1.0, bar_format=form, disable=None, leave=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
        self._log.close()
        if self._writer is not None:
            self._writer.close()

    def show(self, done: float, step: int) -> None:
        """Move the progress bar."""
        if self._bar.n == 0:
            self._bar.initial = done
        self._bar.set_postfix_str(f"step {step}", refresh=False)
        self._bar.update(done - self._bar.n)

    def write(self, step: int, row: dict[str, Any]) -> None:
        """A row of the log; its numbers are curves."""
        with tqdm.external_write_mode():
            print(json.dumps(row), flush=True)
        self._log.write(json.dumps(row) + "\n")
        self._log.flush()
        if self._writer is not None:
            for name, value in row.items():
                if name != "step" and isinstance(value, int | float):
                    self._writer.add_scalar(name, value, step)

    def play(
        self, step: int, listen: Callable[[], tuple[dict[str, Tensor], int]] | None, fabric: Fabric
    ) -> None:
        """Audio examples, where somebody can hear them."""
        if self._writer is None or listen is None:
            return
        waveforms, rate = _judged(fabric, listen)
        for name, waveform in waveforms.items():
            mono = waveform.mean(0).float().clamp(-1, 1).cpu()  # TensorBoard's audio has one channel
            self._writer.add_audio(name, mono, step, sample_rate=rate)


def _diary(
    settings: TrainSettings, fabric: Fabric, progress: Progress
) -> AbstractContextManager[Diary | None]:
    return Diary(settings.out, progress) if fabric.is_global_zero else nullcontext()


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _step_of(line: str) -> float:
    """The step of a row of the log; infinite for what a kill left of one."""
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return math.inf


def _tensorboard(out: Path, step: int) -> Any:
    """TensorBoard's writer, or None where the package is missing."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        print(f"no TensorBoard here (extra train): the curves are in {out / LOG} only", flush=True)
        return None
    return SummaryWriter(out, purge_step=step + 1)


class _Objective(nn.Module):
    """A task's loss as a module: whatever it asks of the net, processes synchronise and autocast once."""

    def __init__(self, task: Task[Any]) -> None:
        super().__init__()
        self.net, self._loss = task.net, task.loss

    def forward(self, given: _Given) -> tuple[Tensor, dict[str, Tensor]]:
        loss, figures = self._loss(self.net, given.batch, given.progress)
        return loss, {name: figure.detach() for name, figure in figures.items()}


class _Given:
    """Carries a batch through Fabric as it is: Fabric would round all numbers in it to bfloat16."""

    def __init__(self, batch: Any, progress: Progress) -> None:
        self.batch, self.progress = batch, progress


class _Means:
    """Running means of figures, kept on the device until they are asked for."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._n = 0

    def add(self, figures: dict[str, Tensor]) -> None:
        for name, figure in figures.items():
            self._sums[name] = self._sums.get(name, 0.0) + figure.double()
        self._n += bool(figures)

    def take(self, fabric: Fabric) -> dict[str, float]:
        """The means over all steps and processes since the last call."""
        if not self._n:
            return {}
        stacked = torch.stack([*self._sums.values()]) / self._n
        reduced = fabric.all_reduce(stacked, reduce_op="mean")
        assert isinstance(reduced, Tensor)
        means = dict(zip(self._sums, reduced.tolist(), strict=True))
        self._sums, self._n = {}, 0
        return means


def _step(
    settings: TrainSettings,
    fabric: Fabric,
    net: Any,
    optimiser: Any,
    task: Task[Any],
    progress: Progress,
    lr: float,
) -> dict[str, Tensor]:
    """One step of the optimiser; figures of this process, or none where the gradient was not finite."""
    for group in optimiser.param_groups:
        group["lr"] = lr
    optimiser.zero_grad(set_to_none=True)
    figures = _backward(settings, fabric, net, task, progress)
    norm = fabric.clip_gradients(net, optimiser, max_norm=settings.clip, error_if_nonfinite=False)
    assert norm is not None
    progress.step += 1
    if not norm.isfinite():
        progress.n_skipped += 1
        return {}
    optimiser.step()
    update_average(task.average, task.net, settings.ema, progress.step)
    return figures | {"norm": norm}


def _backward(
    settings: TrainSettings, fabric: Fabric, net: Any, task: Task[Batch], progress: Progress
) -> dict[str, Tensor]:
    """Gradients of one step; figures of this process, averaged over its parts."""
    sums: dict[str, Tensor] = {}
    n_items = 0
    for k in range(settings.accumulate):
        part = k * fabric.world_size + fabric.global_rank
        batch = task.batch(random_stream(settings.seed, progress.step, part))
        n_items += task.count(batch)
        with fabric.no_backward_sync(net, enabled=k < settings.accumulate - 1):
            loss, figures = net(_Given(moved(batch, fabric.device), progress))
            fabric.backward(loss / settings.accumulate)
        for name, figure in {"loss": loss.detach(), **figures}.items():
            sums[name] = sums.get(name, 0.0) + figure / settings.accumulate
    progress.n_items += n_items * fabric.world_size
    return sums


def _report(
    settings: TrainSettings,
    fabric: Fabric,
    task: Task[Any],
    progress: Progress,
    diary: Diary | None,
    means: _Means,
    lr: float,
) -> None:
    """A row of the log, a validation and audio, each when its step has come."""
    step = progress.step
    row: dict[str, float] = {}
    if step % settings.log_every == 0:
        row = _rounded({"lr": lr} | means.take(fabric))
    if diary is None:
        return
    if step % settings.validate_every == 0:
        row |= _judged(fabric, task.validate)
    if row:
        diary.write(step, progress.row() | row)
    if step % settings.listen_every == 0:
        diary.play(step, task.listen, fabric)


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.5g}") for name, value in figures.items()}


Judged = TypeVar("Judged")


def _judged(fabric: Fabric, judge: Callable[[], Judged]) -> Judged:
    with torch.no_grad(), fabric.autocast():
        return judge()


def _agreed(fabric: Fabric, elapsed_s: float, is_stopping: bool) -> tuple[float, bool]:
    """The time of the slowest process, and whether any was asked to stop: all must decide alike."""
    if fabric.world_size == 1:
        return elapsed_s, is_stopping
    said = torch.tensor([elapsed_s, float(is_stopping)], dtype=torch.float64, device=fabric.device)
    agreed = fabric.all_reduce(said, reduce_op="max")
    assert isinstance(agreed, Tensor)
    elapsed_s, stopping = agreed.tolist()
    return elapsed_s, bool(stopping)


def _check_same_start(fabric: Fabric, progress: Progress, file: Path) -> None:
    """Machines that don't share OUT would go on from different steps."""
    steps = fabric.all_gather(torch.tensor(progress.step, device=fabric.device))
    assert isinstance(steps, Tensor)
    if int(steps.min()) != int(steps.max()):
        raise TrainingError(
            f"processes would go on from different steps: {file} must be on a disk that all share"
        )


def moved(batch: Any, device: torch.device) -> Any:
    """The batch with its tensors on `device`; tuples, lists, dicts and dataclasses are looked into."""
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, dict):
        return {key: moved(value, device) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(moved(value, device) for value in batch)
    if is_dataclass(batch) and not isinstance(batch, type):
        return type(batch)(**{each.name: moved(getattr(batch, each.name), device) for each in fields(batch)})
    return batch


@contextmanager
def _no_autocast_cache() -> Iterator[None]:
    """Without the cache, a loss may ask the net without gradients first: cached casts would have none afterwards."""
    former = torch.is_autocast_cache_enabled()
    torch.set_autocast_cache_enabled(False)
    try:
        yield
    finally:
        torch.set_autocast_cache_enabled(former)
