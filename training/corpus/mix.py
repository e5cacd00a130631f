"""The mixing desk: circular placing, ducking, delay and reverb, loudness, soft clipping. Sounds are [2, samples]."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import butter, freqz, sosfilt

from training.corpus.truth import RATE

CEILING = 0.93  # -0.63 dBFS


def place(track: np.ndarray, clip: np.ndarray, at: float, left: float, right: float) -> None:
    """Adds a clip to a circular track at a sample position, rounded; what passes the end goes on at the beginning."""
    n = track.shape[1]
    begin = round(at) % n
    done = 0
    while done < clip.shape[1]:
        count = min(n - begin, clip.shape[1] - done)
        track[0, begin : begin + count] += np.float32(left) * clip[0, done : done + count]
        track[1, begin : begin + count] += np.float32(right) * clip[1, done : done + count]
        done += count
        begin = 0


def pan(position: float) -> tuple[float, float]:
    """Gains of the two sides for a position -1 (left) .. 1; the middle is 1, 1."""
    return min(1.0, 1 - position), min(1.0, 1 + position)


def ducking(n: int, kicks: list[float], length_s: float) -> np.ndarray:
    """How much a kick pushes the rest down, [n] in 0..1: 1 at each kick, back to 0 after length_s."""
    m = int(length_s * RATE)
    fall = (1 - np.arange(m, dtype=np.float32) / m) ** 1.6
    attack = 96
    down = np.zeros(n, dtype=np.float32)
    for at in kicks:
        begin = round(at) % n
        index = np.arange(begin, begin + m) % n
        np.maximum.at(down, index, fall) if m > n else down.__setitem__(index, np.maximum(down[index], fall))
        before = np.arange(begin - attack, begin) % n
        down[before] = np.maximum(down[before], np.linspace(0, 1, attack, dtype=np.float32))
    return down


@lru_cache(maxsize=64)
def room(seed: int, decay_ms: int, damping_hz: int) -> np.ndarray:
    """An impulse response: noise that decays, highs first, with a few early reflections, [2, samples], energy 1."""
    rng = np.random.default_rng([48, seed])
    n = int(1.1 * decay_ms * RATE / 1000)
    t = np.arange(n) / RATE
    noise = rng.standard_normal((2, n))
    low = sosfilt(butter(1, damping_hz, "lowpass", fs=RATE, output="sos"), noise)
    tail = low * np.exp(-6.9 * t / (decay_ms / 1000)) + 0.3 * (noise - low) * np.exp(
        -16 * t / (decay_ms / 1000)
    )
    pre = int(0.012 * RATE)
    tail[:, :pre] *= np.linspace(0, 1, pre) ** 2
    for side in range(2):
        for at in rng.uniform(0.004, 0.045, 6):
            tail[side, int(at * RATE)] += rng.uniform(3, 8) * rng.choice([-1, 1]) * np.exp(-at / 0.03)
    tail = sosfilt(butter(2, 220, "highpass", fs=RATE, output="sos"), tail)
    return np.ascontiguousarray(tail / np.sqrt((tail**2).sum(axis=1, keepdims=True)), dtype=np.float32)


def _largest_prime(n: int) -> int:
    largest, factor = 1, 2
    while n > 1:
        while n % factor == 0:
            n, largest = n // factor, factor
        factor += 1
    return largest


class Spectrum:
    """The Fourier domain in which the loop's effects run; all convolution in it is circular.

    Where the loop's length has a large prime factor the transform would be slow: then the loop is preceded by its own
    end, longer than any tail, and the transform runs over both.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.before = 0 if _largest_prime(n) <= 29 else 110_000
        self.size = n if not self.before else next_fast_len(n + self.before + 9_600, real=True)
        self.hz = np.fft.rfftfreq(self.size, 1 / RATE).astype(np.float32)

    def forward(self, sound: np.ndarray) -> np.ndarray:
        if self.before:
            copies = -(-self.before // self.n)
            twice = np.concatenate([sound] * (copies + 2), axis=-1)
            begin = copies * self.n - self.before
            sound = twice[..., begin : begin + self.size]
        return rfft(sound, axis=-1)

    def back(self, spectrum: np.ndarray) -> np.ndarray:
        return irfft(spectrum, self.size, axis=-1)[..., self.before : self.before + self.n]

    def response(self, impulses: np.ndarray) -> np.ndarray:
        """The spectrum of an impulse response, folded when it is longer than the loop."""
        longest = self.size
        if impulses.shape[1] > longest:
            folds = -(-impulses.shape[1] // longest)
            padded = np.zeros((2, folds * longest), dtype=np.float32)
            padded[:, : impulses.shape[1]] = impulses
            impulses = padded.reshape(2, folds, longest).sum(axis=1)
        return rfft(impulses, self.size, axis=-1)

    def echoes(self, delay: float, feedback: float, damping_hz: float) -> np.ndarray:
        """A ping-pong delay's steady state, [2, bins]: left after one delay (samples), right after two, and so on."""
        angle = np.float32(2 * np.pi / RATE * delay) * self.hz
        turn = (np.cos(angle) - 1j * np.sin(angle)).astype(np.complex64)
        loop = (
            turn * np.float32(feedback) / (1 + 1j * (self.hz / np.float32(damping_hz))).astype(np.complex64)
        )
        first = turn * (1 / (1 - 1j * np.float32(250) / np.maximum(self.hz, 1))).astype(np.complex64)
        first = first / (1 - loop * loop)
        return np.stack([first, first * loop])


@lru_cache(maxsize=1)
def _weights() -> tuple[np.ndarray, np.ndarray]:
    """Third-octave-like bands, edges in Hz, and the power gain of ITU-R BS.1770's K filter in each."""
    edges = np.concatenate([[0.0], np.geomspace(25, 24_000, 97)])
    centres = np.sqrt(np.maximum(edges[:-1], 10) * edges[1:])
    shelf = freqz(
        [1.53512485958697, -2.69169618940638, 1.19839281085285],
        [1, -1.69065929318241, 0.73248077421585],
        centres,
        fs=RATE,
    )[1]
    high = freqz([1, -2, 1], [1, -1.99004745483398, 0.99007225036621], centres, fs=RATE)[1]
    return edges, np.abs(shelf * high) ** 2


def bands(spectrum: np.ndarray, size: int) -> np.ndarray:
    """Power of each band of _weights, summed over both channels; mean square of the sound where all is summed."""
    edges, _ = _weights()
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    starts = np.minimum((edges[:-1] * size / RATE).astype(int), len(power) - 1)
    return np.add.reduceat(power.astype(np.float64), starts) * 2 / float(size) ** 2


def loudness(band_power: np.ndarray) -> float:
    """Integrated loudness in LUFS, ungated, from band powers."""
    _, weights = _weights()
    return -0.691 + 10 * float(np.log10(max(float((band_power * weights).sum()), 1e-12)))


def brightness(band_power: np.ndarray) -> float:
    """0..1: where the middle of the power lies when every octave counts the same as in pink noise, 0.5 to 7.5 kHz."""
    edges, weights = _weights()
    centres = np.sqrt(np.maximum(edges[:-1], 10) * edges[1:])
    heard = (np.sqrt(band_power * weights * centres))[centres > 40]
    middle = (np.log2(centres[centres > 40]) * heard).sum() / max(heard.sum(), 1e-12)
    return float(np.clip((middle - np.log2(500)) / np.log2(15), 0, 1))


def soft_clip(sound: np.ndarray, knee: float = 0.62) -> np.ndarray:
    """Straight up to the knee, then bent towards CEILING, which it never passes."""
    over = np.abs(sound) - knee
    loud = over > 0
    room_left = CEILING - knee
    bent = sound.copy()
    bent[loud] = np.sign(sound[loud]) * (knee + room_left * np.tanh(over[loud] / room_left))
    return bent
