"""A program that trains a net of a few weights: to be killed, resumed and run by `torchrun`.

`tiny_training.py OUT [flags of the loop]`. In the environment, DIE_AT is the step in which it kills itself, DIE_SAVING
the number of the save in whose middle it does; PARTS the parts that one process draws as one batch.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor, nn

from training import loop, settings
from training.loop import Progress, Task, TrainSettings


def net() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))


def draw(rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.standard_normal((6, 4))).float()


def loss(module: nn.Module, batch: Tensor, progress: Progress) -> tuple[Tensor, dict[str, Tensor]]:
    if os.environ.get("DIE_AT") == str(progress.step):
        os.kill(os.getpid(), signal.SIGKILL)
    noise = 0.1 * torch.randn_like(batch)
    target = torch.stack([batch.sum(1).sin(), batch.prod(1)], dim=1)
    error = (module(batch + noise) - target).square()
    return error.mean(), {"first": error[:, 0].mean()}


def task(batch: Any = draw, of_loss: Any = loss) -> Task[Tensor]:
    trained, average = net(), net()
    optimiser = torch.optim.AdamW(trained.parameters(), lr=0.01)
    probe = torch.linspace(-1, 1, 8).view(2, 4)
    return Task(
        trained,
        average,
        optimiser,
        batch,
        of_loss,
        len,
        lambda: {"val": float(average(probe).mean())},
    )


def die_saving(which: int) -> None:
    """From now on, the `which`-th save ends in the middle of the file."""
    save, calls = torch.save, iter(range(1, 1000))

    def half(state: Any, stream: BinaryIO) -> None:
        buffer = io.BytesIO()
        save(state, buffer)
        dies = next(calls) == which
        stream.write(buffer.getvalue()[: len(buffer.getvalue()) // 2] if dies else buffer.getvalue())
        stream.flush()
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)

    torch.save = half  # type: ignore[assignment]


def main() -> None:
    out, flags = Path(sys.argv[1]), sys.argv[2:]
    given = settings.read(TrainSettings, "tiny", __doc__ or "", ["--device", "cpu", *flags])
    if "DIE_SAVING" in os.environ:
        die_saving(int(os.environ["DIE_SAVING"]))
    loop.run(replace(given, out=out), loop.launch(given), task())


if __name__ == "__main__":
    main()
