"""Several cores at once: a pass of the net, or a stretch of a loop, on each of them.

Layers as small as ours don't gain from threads that share each one, and wait for each other after it: on two cores one
pass takes longer on both than on one, and three passes take longer than two on one core beside one on the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from model.unet import Conditions


class Cores:
    """Runs what doesn't need gradients, each piece of work on one core. Callers wait for it."""

    def __init__(self, n: int) -> None:
        """n: how many; `torch.get_num_threads()` is what the user, or the system, gives us."""
        self.n = n
        self._executor = ThreadPoolExecutor(n, thread_name_prefix="core", initializer=_one_thread)

    def map(self, work: Callable[..., Tensor], *pieces: Sequence[Any]) -> list[Tensor]:
        """The results in order; what a piece raises is raised."""
        return list(self._executor.map(partial(_without_gradients, work), *pieces))


def _one_thread() -> None:
    """Of this thread's own layers; the caller's keep theirs."""
    torch.set_num_threads(1)


def _without_gradients(work: Callable[..., Tensor], *piece: Any) -> Tensor:
    with torch.no_grad():
        return work(*piece)


def net_on(cores: Cores, net: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`net(x, alpha, step, conditions)`, whose items are shared out among the cores."""

    def shared_out(x: Tensor, alpha: Tensor, step: Tensor, conditions: Conditions) -> Tensor:
        n = min(cores.n, len(x))
        parts = [each.tensor_split(n) for each in (x, alpha, step)]
        return torch.cat(cores.map(net, *parts, conditions.split(n)))

    return shared_out
