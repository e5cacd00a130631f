"""Noise that is a musical idea: the same seed at another tempo is the same loop.

A seed gives one complex Gaussian per *loop harmonic* (cycles per loop) and channel, lowest harmonic first. A loop of
any number of frames takes as many as it can hold and transforms them back: white at every length, and nearly the same
curve over the loop. Drawing frame by frame would give an unrelated loop at every tempo.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

MAX_SEED = 999_999


def normals(seed: int, n: int) -> np.ndarray:
    """`n` standard normals of `seed`, [n] float64; the first ones stay the same when more are asked for.

    Philox's raw words and Box-Muller, because numpy may change its distributions from version to version.
    """
    words = np.random.Philox(key=seed).random_raw(n + n % 2).reshape(-1, 2)
    uniform = ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    radius = np.sqrt(-2.0 * np.log(uniform[:, 0]))
    angle = 2.0 * math.pi * uniform[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)[:n]


def harmonic_noise(seed: int, channels: int, frames: int) -> Tensor:
    """White unit-normal noise of a seed, [1, channels, frames] float32."""
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"seed must be in 0..{MAX_SEED}, got {seed}")
    n_harmonics = frames // 2 + 1
    pairs = normals(seed, n_harmonics * channels * 2).reshape(n_harmonics, channels, 2)
    spectrum = (pairs[..., 0] + 1j * pairs[..., 1]) * math.sqrt(frames / 2)
    for harmonic in {0, frames / 2} & set(
        range(n_harmonics)
    ):  # these two are real: all their variance in one number
        spectrum[int(harmonic)] = pairs[int(harmonic), :, 0] * math.sqrt(frames)
    return torch.from_numpy(np.fft.irfft(spectrum, n=frames, axis=0).T.astype(np.float32)).unsqueeze(0)


def at_length(noise: Tensor, frames: int, seed: int) -> Tensor:
    """The same noise for a loop of another length, [1, channels, n] -> [1, channels, frames]: the same harmonics.

    Harmonics that `noise` has no room for are those of `seed`; so a seed's own noise becomes what `harmonic_noise`
    gives at that length. The power of each harmonic stays.
    """
    n = noise.shape[-1]
    if n == frames:
        return noise
    old = torch.fft.rfft(noise, norm="ortho")
    new = torch.fft.rfft(harmonic_noise(seed, noise.shape[1], frames).to(noise), norm="ortho")
    common = min(old.shape[-1], new.shape[-1])
    filled = torch.cat([old[..., :common], new[..., common:]], dim=-1)
    # The harmonic at half the shorter length is real there, with all its power in one number; elsewhere in two.
    if min(n, frames) % 2 == 0:
        last = common - 1
        half = math.sqrt(0.5)
        if frames > n:
            filled[..., last] = torch.complex(old[..., last].real * half, new[..., last].imag)
        else:
            filled[..., last] = torch.complex(
                old[..., last].real / half, torch.zeros_like(new[..., last].imag)
            )
    resized: Tensor = torch.fft.irfft(filled, n=frames, norm="ortho")
    return resized


def slerp(a: Tensor, b: Tensor, position: float) -> Tensor:
    """Noise at `position` (0 is a, 1 is b) on the great circle from a to b, each item on its own.

    a, b: [batch, channels, frames], unit-normal. The result is unit-normal too; a straight line would lose 3 dB midway.
    """
    if position <= 0.0:
        return a
    if position >= 1.0:
        return b
    cosine = (a * b).sum((1, 2)) / (a.flatten(1).norm(dim=1) * b.flatten(1).norm(dim=1))
    angle = torch.arccos(cosine.clamp(-0.999999, 0.999999)).view(-1, 1, 1)
    blend = torch.sin((1 - position) * angle) * a + torch.sin(position * angle) * b
    return blend / torch.sin(angle) if float(angle.min()) > 1e-2 else torch.lerp(a, b, position)
