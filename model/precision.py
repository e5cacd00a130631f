"""Which numbers are multiplied fastest."""

from __future__ import annotations

import torch


def is_bf16_fast(device_type: str) -> bool:
    """Whether "cuda", "cpu" or "mps" multiplies bfloat16 natively; what doesn't is several times slower by it."""
    return device_type == "cuda" or (device_type == "cpu" and torch.cpu._is_avx512_bf16_supported())
