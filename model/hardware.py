"""What torch can compute on, on this machine."""

from __future__ import annotations

from typing import Any

import torch


def accelerators() -> dict[str, Any]:
    """torch: its version. built_for: the CUDA version of this build, None for none. cuda: names of the GPUs that it can
    use. mps: whether it can use Apple's. threads: that it takes on the CPU.
    """
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return {
        "torch": str(torch.__version__),
        "built_for": torch.version.cuda,
        "cuda": [torch.cuda.get_device_name(number) for number in range(n_gpus)],
        "mps": bool(torch.backends.mps.is_available()),
        "threads": torch.get_num_threads(),
    }
