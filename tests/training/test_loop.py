"""The training loop: a killed run goes on as if nothing had happened, and many processes compute what one would."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.training import tiny_training
from training import loop
from training.loop import LOG, STATE, Progress, Task, TrainingError, TrainSettings

ROOT = Path(__file__).parents[2]
BASE = TrainSettings(
    device="cpu", precision="fp32", max_steps=10, lr=0.01, warmup=3, save_every_s=0.0, log_every=1, ema=0.9
)
FLAGS = ["--precision=fp32", "--max-steps=10", "--lr=0.01", "--warmup=3", "--save-every-s=0", "--log-every=1"]
FLAGS += ["--ema=0.9"]


def train(settings: TrainSettings, task: Task[Any] | None = None) -> tuple[Progress, dict[str, Any]]:
    """Progress, and the state that a run in this process left."""
    progress = loop.run(settings, loop.launch(settings), task or tiny_training.task())
    return progress, torch.load(settings.out / STATE, weights_only=True)


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / LOG).read_text().splitlines()]


def start(out: Path, *flags: str, n_processes: int = 1, **environment: str) -> subprocess.Popen[str]:
    """Start the tiny training as a program of its own."""
    one, many = [sys.executable], [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = one if n_processes == 1 else [*many, f"--nproc-per-node={n_processes}"]
    whole = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)} | environment
    script = str(ROOT / "tests/training/tiny_training.py")
    return subprocess.Popen(
        [*command, script, str(out), *FLAGS, *flags],
        env=whole,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def program(
    out: Path, *flags: str, n_processes: int = 1, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    process = start(out, *flags, n_processes=n_processes, **environment)
    _, said = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, "", said)


def assert_same(one: dict[str, Any], other: dict[str, Any], tolerance: float = 0.0) -> None:
    for part in ("net", "average"):
        for name in one[part]:
            torch.testing.assert_close(one[part][name], other[part][name], rtol=tolerance, atol=tolerance)
    assert one["step"] == other["step"]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Ten steps in one go."""
    out = tmp_path_factory.mktemp("unbroken")
    return out, train(replace(BASE, out=out))[1]


def test_ten_steps_are_four_and_a_kill_and_the_rest(
    unbroken: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    killed = program(tmp_path, DIE_AT="4")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert torch.load(tmp_path / STATE, weights_only=True)["step"] == 4
    _, state = train(replace(BASE, out=tmp_path, resume=True))
    assert_same(state, unbroken[1])
    for ours, theirs in zip(rows(tmp_path), rows(unbroken[0]), strict=True):
        ours.pop("minutes"), theirs.pop("minutes")
        assert ours == theirs


def test_a_kill_in_the_middle_of_saving_leaves_the_state_from_before(
    unbroken: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    killed = program(tmp_path, DIE_SAVING="3")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert torch.load(tmp_path / STATE, weights_only=True)["step"] == 2
    with (tmp_path / LOG).open(
        "a"
    ) as log:  # a row of a step that the state lacks, and one that a kill has cut
        log.write('{"step": 3, "loss": 0.0}\n{"step": 4, "mi')
    _, state = train(replace(BASE, out=tmp_path, resume=True))
    assert_same(state, unbroken[1])
    assert [row["step"] for row in rows(tmp_path)] == [row["step"] for row in rows(unbroken[0])]


def test_two_processes_are_one_that_accumulates_and_one_with_the_doubled_batch(
    unbroken: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    two = program(tmp_path / "two", n_processes=2)
    assert two.returncode == 0, two.stderr
    state = torch.load(tmp_path / "two" / STATE, weights_only=True)
    _, accumulated = train(replace(BASE, out=tmp_path / "accumulated", accumulate=2))

    step = iter(range(100))

    def both(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Batch and noise of parts 0 and 1 at once."""
        del rng
        k = next(step)
        drawn = [(tiny_training.draw(loop.random_stream(0, k, part)), torch.randn(6, 4)) for part in (0, 1)]
        return torch.cat([batch for batch, _ in drawn]), torch.cat([noise for _, noise in drawn])

    def loss(
        net: nn.Module, given: tuple[Tensor, Tensor], progress: Progress
    ) -> tuple[Tensor, dict[str, Tensor]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch, "randn_like", lambda like: given[1])
            return tiny_training.loss(net, given[0], progress)

    _, doubled = train(
        replace(BASE, out=tmp_path / "doubled"),
        replace(tiny_training.task(both, loss), count=lambda given: len(given[0])),
    )
    assert_same(state, accumulated, 1e-6)
    assert_same(state, doubled, 1e-6)
    for name in ("two", "accumulated"):
        for ours, theirs in zip(rows(tmp_path / name), rows(tmp_path / "doubled"), strict=True):
            assert ours.get("loss", 0) == pytest.approx(theirs.get("loss", 0), rel=1e-4)
            assert ours["items"] == theirs["items"]
    with pytest.raises(AssertionError):
        assert_same(state, unbroken[1], 1e-6)  # so the second process did count
    print("largest difference of two processes from one:", _difference(state, doubled))


def _difference(one: dict[str, Any], other: dict[str, Any]) -> float:
    return max(float((one["net"][name] - other["net"][name]).abs().max()) for name in one["net"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_after_the_step_and_saves(tmp_path: Path, number: signal.Signals) -> None:
    def loss(net: nn.Module, batch: Tensor, progress: Progress) -> tuple[Tensor, dict[str, Tensor]]:
        if progress.step == 3:
            signal.raise_signal(number)
        return tiny_training.loss(net, batch, progress)

    former = signal.getsignal(number)
    settings = replace(BASE, out=tmp_path, save_every_s=1000.0)
    progress, state = train(settings, tiny_training.task(of_loss=loss))
    assert (progress.step, state["step"]) == (4, 4)
    assert signal.getsignal(number) is former


def test_torchrun_that_is_stopped_leaves_a_state_to_go_on_from(tmp_path: Path) -> None:
    """A group is stopped as by Ctrl-C in a terminal: all of it at once, and again by torchrun."""
    process = start(tmp_path, "--max-steps=1000000", n_processes=2)
    while not (tmp_path / STATE).exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    step = torch.load(tmp_path / STATE, weights_only=True)["step"]
    assert rows(tmp_path)[-1]["step"] == step
    finished = program(tmp_path, f"--max-steps={step + 5}", "--resume", n_processes=2)
    assert finished.returncode == 0, finished.stderr
    assert torch.load(tmp_path / STATE, weights_only=True)["step"] == step + 5


def test_gradients_that_are_not_finite_are_skipped_and_counted(tmp_path: Path) -> None:
    def loss(net: nn.Module, batch: Tensor, progress: Progress) -> tuple[Tensor, dict[str, Tensor]]:
        total, figures = tiny_training.loss(net, batch, progress)
        return total * (float("nan") if progress.step in (2, 3) else 1.0), figures

    progress, state = train(replace(BASE, out=tmp_path), tiny_training.task(of_loss=loss))
    assert (progress.step, progress.n_skipped) == (10, 2)
    assert all(bool(weight.isfinite().all()) for weight in state["net"].values())
    assert all(np.isfinite(row["loss"]) for row in rows(tmp_path) if "loss" in row)
    assert rows(tmp_path)[-1]["skipped"] == 2


def test_a_training_that_stays_not_finite_is_ended_with_advice_and_sound_weights(tmp_path: Path) -> None:
    def loss(net: nn.Module, batch: Tensor, progress: Progress) -> tuple[Tensor, dict[str, Tensor]]:
        total, figures = tiny_training.loss(net, batch, progress)
        return total * (float("inf") if progress.step > 4 else 1.0), figures

    settings = replace(BASE, out=tmp_path, max_steps=100, save_every_s=1000.0)
    with pytest.raises(TrainingError, match=r"20 gradients in a row were not finite, up to step 25.*--lr"):
        loop.run(settings, loop.launch(settings), tiny_training.task(of_loss=loss))
    state = torch.load(tmp_path / STATE, weights_only=True)
    assert all(bool(weight.isfinite().all()) for weight in state["net"].values())


def test_an_earlier_training_is_never_overwritten(unbroken: tuple[Path, dict[str, Any]]) -> None:
    settings = replace(BASE, out=unbroken[0])
    with pytest.raises(TrainingError, match=r"is there already: --resume goes on from it"):
        loop.run(settings, loop.launch(settings), tiny_training.task())


class Danger:
    """Unpickled, it would run code."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, ("unpickled",)


@pytest.mark.parametrize("what", ["cut", "rubbish", "code", "empty"])
def test_a_damaged_or_dangerous_state_is_refused(
    unbroken: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = (unbroken[0] / STATE).read_bytes()
    data = {
        "cut": whole[: len(whole) // 2],
        "rubbish": b"rubbish" * 100,
        "code": pickle.dumps(Danger()),
        "empty": b"",
    }
    (tmp_path / STATE).write_bytes(data[what])
    with pytest.raises(TrainingError, match=r"state.pt can't be read"):
        train(replace(BASE, out=tmp_path, resume=True))
    assert not Path("unpickled").exists()


def test_a_state_of_another_net_is_refused(tmp_path: Path) -> None:
    torch.save({"net": {"weight": torch.zeros(3)}}, tmp_path / STATE)
    with pytest.raises(TrainingError, match=r"state.pt is the state of another training"):
        train(replace(BASE, out=tmp_path, resume=True))


def test_the_learning_rate_warms_up_stays_and_falls() -> None:
    settings = replace(BASE, lr=1.0, warmup=10, decay_share=0.5)
    assert loop.learning_rate(settings, 0, 0.0) == pytest.approx(0.1)
    assert loop.learning_rate(settings, 9, 0.1) == 1.0
    assert loop.learning_rate(settings, 1000, 0.5) == 1.0
    assert loop.learning_rate(settings, 1000, 0.75) == pytest.approx(0.51)
    assert loop.learning_rate(settings, 1000, 1.0) == pytest.approx(loop.LR_FLOOR)
    cosine = replace(settings, decay="cosine", decay_share=1.0)
    assert loop.learning_rate(cosine, 1000, 0.5) == pytest.approx(0.51)


def test_the_schedule_goes_by_the_time_of_all_runs() -> None:
    settings = replace(BASE, max_steps=None, max_minutes=30.0)
    assert loop.share_done(settings, Progress(trained_s=2700.0), begin_s=1800.0) == pytest.approx(0.75)
    longer = replace(settings, total_minutes=90.0)
    assert loop.share_done(longer, Progress(trained_s=2700.0), begin_s=1800.0) == pytest.approx(0.5)


def test_a_run_ends_by_time(tmp_path: Path) -> None:
    progress, _ = train(replace(BASE, out=tmp_path, max_steps=None, max_minutes=0.005))
    assert progress.step >= 1
    assert progress.trained_s >= 0.3
    assert "val" in rows(tmp_path)[-1]


def test_what_has_learnt_before_is_judged_before_the_first_step(tmp_path: Path) -> None:
    """Whoever fine-tunes sees where it began, once, and not again when it goes on."""
    task = replace(tiny_training.task(), has_learnt=True)
    train(replace(BASE, out=tmp_path, max_steps=1), task)
    train(
        replace(BASE, out=tmp_path, max_steps=2, resume=True), replace(tiny_training.task(), has_learnt=True)
    )
    assert [row["step"] for row in rows(tmp_path)][:2] == [0, 1]
    assert "val" in rows(tmp_path)[0]
    assert sum(row["step"] == 0 for row in rows(tmp_path)) == 1


def test_the_average_follows_the_weights(tmp_path: Path) -> None:
    """An average that is kept by half a step at a time ends where its own formula says."""
    seen: list[Tensor] = []

    def loss(net: nn.Module, batch: Tensor, progress: Progress) -> tuple[Tensor, dict[str, Tensor]]:
        seen.append(net[2].bias.detach().clone())  # type: ignore[index]
        return tiny_training.loss(net, batch, progress)

    _, state = train(replace(BASE, out=tmp_path, ema=0.5), tiny_training.task(of_loss=loss))
    expected = seen[0]
    for step, weights in enumerate([*seen[1:], state["net"]["2.bias"]], start=1):
        expected = expected.lerp(weights, 1 - min(0.5, (1 + step) / (10 + step)))
    torch.testing.assert_close(state["average"]["2.bias"], expected)


def test_bf16_is_for_products_only_and_a_look_without_gradients_harms_nothing(tmp_path: Path) -> None:
    """Autocast's cache would hand the casts of a forward pass without gradients to the one with."""

    def loss(net: nn.Module, batch: Tensor, progress: Progress) -> tuple[Tensor, dict[str, Tensor]]:
        with torch.no_grad():
            target = net(batch)
        assert batch.dtype == torch.float32
        assert target.dtype == torch.bfloat16
        return (net(batch) - target.float() - 1).square().mean(), {}

    start = tiny_training.net().state_dict()
    _, state = train(replace(BASE, out=tmp_path, precision="bf16"), tiny_training.task(of_loss=loss))
    assert all(weight.dtype == torch.float32 for weight in state["net"].values())
    assert all(not torch.equal(state["net"][name], start[name]) for name in start)


def test_tensorboard_has_the_curves_and_the_audio(tmp_path: Path) -> None:
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    tone = torch.sin(torch.arange(4800) / 10).expand(2, -1)
    task = replace(tiny_training.task(), listen=lambda: ({"example": tone}, 48000))
    train(replace(BASE, out=tmp_path, listen_every=5, validate_every=5), task)
    read = events.EventAccumulator(str(tmp_path))
    read.Reload()
    assert {"loss", "norm", "lr", "first", "val"} <= set(read.Tags()["scalars"])
    assert [event.step for event in read.Scalars("loss")] == list(range(1, 11))
    assert [event.step for event in read.Audio("example")][:2] == [5, 10]
    assert read.Audio("example")[0].sample_rate == 48000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"max_minutes": 0}, "max_minutes must be above 0, got 0"),
        ({"max_steps": 0}, "max_steps must be above 0, got 0"),
        ({"lr": float("nan")}, "lr must be above 0, got nan"),
        ({"log_every": 0}, "log_every must be at least 1 step, got 0"),
        ({"ema": 1.0}, "ema must be at least 0 and below 1, got 1.0"),
        ({"decay_share": 0.0}, "decay_share must be above 0 and at most 1, got 0.0"),
        ({"precision": "fp16"}, "precision must be one of auto, bf16, fp32, got 'fp16'"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_settings_check_themselves(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TrainSettings(**changes)


@pytest.mark.parametrize("is_fast", [True, False])
def test_half_the_digits_only_where_that_is_faster_or_asked_for(
    monkeypatch: pytest.MonkeyPatch, is_fast: bool
) -> None:
    monkeypatch.setattr(loop, "is_bf16_fast", lambda device_type: is_fast and device_type == "cpu")
    chosen = [loop.multiplies_bf16(replace(BASE, precision=name)) for name in ("auto", "bf16", "fp32")]
    assert chosen == [is_fast, True, False]
