"""Synthesiser voices: each renders one note or hit as [2, samples] float32 (drums, chords) at 48 kHz, peak about 1."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.fft import irfft
from scipy.signal import butter, sosfilt

from training.corpus.truth import RATE

Array = np.ndarray
METAL_HZ = np.array([205.3, 304.4, 369.6, 522.7, 540.0, 800.0])  # the six square waves of the 808 cymbal
FORMANTS = {"ah": (730, 1090, 2440), "oh": (430, 820, 2400), "eh": (530, 1840, 2480), "oo": (300, 870, 2240)}


def time(n: int) -> Array:
    return np.arange(n, dtype=np.float64) / RATE


def stereo(left: Array, right: Array | None = None, peak: float | None = 1.0) -> Array:
    """[2, samples] float32 of one or two channels, scaled to `peak` (None: as it is)."""
    sound = np.stack([left, left if right is None else right])
    if peak is not None:
        sound = sound * (peak / max(float(np.abs(sound).max()), 1e-9))
    return np.ascontiguousarray(sound, dtype=np.float32)


def fade_out(sound: Array, n: int) -> Array:
    """The last n samples brought to zero, in place; the last axis is time."""
    n = min(n, sound.shape[-1])
    sound[..., -n:] *= np.linspace(1, 0, n) ** 2
    return sound


def highpass(sound: Array, hz: float, order: int = 2) -> Array:
    return sosfilt(butter(order, hz, "highpass", fs=RATE, output="sos"), sound)


def bandpass(sound: Array, low_hz: float, high_hz: float, order: int = 2) -> Array:
    return sosfilt(butter(order, [low_hz, high_hz], "bandpass", fs=RATE, output="sos"), sound)


# Drums


def kick(
    hz: float, sweep_hz: float, sweep_s: float, decay_s: float, click: float, drive: float, noise: Array
) -> Array:
    """A sine that falls from hz + sweep_hz to hz, with a click of noise. 909: short and driven, 808: long, clean."""
    n = int(min(1.2, decay_s * 4.5) * RATE)
    t = time(n)
    pitch = hz + sweep_hz * np.exp(-t / sweep_s) + 6 * sweep_hz * click * np.exp(-t / 0.0012)
    body = np.sin(2 * np.pi * np.cumsum(pitch) / RATE)
    body *= np.minimum(t / 0.0004, 1) * np.exp(-((t / decay_s) ** 1.4))
    n_click = 300
    burst = highpass(noise[:n_click], 2200) * np.exp(-time(n_click) / 0.0011)
    body[:n_click] += click * 0.8 * burst / max(float(np.abs(burst).max()), 1e-9)
    body = np.tanh(body * (1 + drive)) / np.tanh(1 + drive)
    return stereo(fade_out(body, 960))


def snare(hz: float, decay_s: float, snap: float, noise: Array) -> Array:
    n = int(min(0.6, decay_s * 5) * RATE)
    t = time(n)
    tone = np.sin(2 * np.pi * (hz * t + 12 * (1 - np.exp(-t / 0.01)) / 10)) * np.exp(-t / (0.6 * decay_s))
    tone += 0.6 * np.sin(2 * np.pi * 1.78 * hz * t) * np.exp(-t / (0.35 * decay_s))
    rattle = bandpass(noise[: 2 * n].reshape(2, n), 900, 11_000) * np.exp(-t / decay_s)
    both = 0.7 * tone * (1 - 0.5 * snap) + (0.5 + snap) * rattle
    return stereo(*fade_out(np.tanh(1.4 * both), 480))


def clap(centre_hz: float, spread_s: float, decay_s: float, n_bursts: int, noise: Array) -> Array:
    """Bursts of band-passed noise some 10 ms apart, and a tail."""
    n = int((spread_s * n_bursts + decay_s * 5) * RATE)
    t = time(n)
    envelope = np.zeros(n)
    for burst in range(n_bursts):
        since = t - burst * spread_s
        last = burst == n_bursts - 1
        envelope = np.where(since >= 0, np.exp(-since / (decay_s if last else 0.0045)), envelope)
    sound = bandpass(noise[: 2 * n].reshape(2, n), 0.62 * centre_hz, min(18_000, 2.6 * centre_hz)) * envelope
    sound += 0.35 * highpass(noise[2 * n : 4 * n].reshape(2, n), 5000) * envelope
    mid = sound.mean(axis=0, keepdims=True)
    return stereo(*fade_out(0.65 * mid + 0.45 * sound, 240))


def metal(n: int, scale: float, low_hz: float) -> Array:
    """The square-wave cluster of an analogue cymbal, high-passed, [samples]."""
    t = time(n)
    cluster = sum(np.sign(np.sin(2 * np.pi * hz * scale * t + i)) for i, hz in enumerate(METAL_HZ))
    return highpass(np.asarray(cluster), low_hz, 4)


def hat(scale: float, decay_s: float, noisiness: float, low_hz: float, noise: Array) -> Array:
    """A hi-hat, closed (decay_s about 0.03) or open (0.2 and more)."""
    n = int(min(0.9, 0.004 + decay_s * 6) * RATE)
    t = time(n)
    ring = metal(n, scale, low_hz)
    hiss = highpass(noise[: 2 * n].reshape(2, n), low_hz, 4)
    ring = ring / max(float(np.std(ring[:2000])), 1e-9)
    hiss = hiss / np.std(hiss)
    envelope = np.minimum(t / 0.0003, 1) * (np.exp(-t / decay_s) + 0.6 * np.exp(-t / 0.004))
    if decay_s > 0.06:  # an open hat holds before it falls
        envelope = np.minimum(t / 0.0003, 1) * (
            0.8 * np.exp(-((t / decay_s) ** 2)) + 0.5 * np.exp(-t / 0.006)
        )
    both = ((1 - noisiness) * ring + noisiness * hiss) * envelope
    return stereo(*fade_out(both, 240))


def ride(scale: float, decay_s: float, noise: Array) -> Array:
    n = int(min(1.0, decay_s * 4) * RATE)
    t = time(n)
    hz = scale * np.geomspace(3100, 12_500, 28) * (1 + 0.06 * noise[:28])
    tones = np.sin(
        (2 * np.pi * np.outer(hz, t)).astype(np.float32) + np.arange(28, dtype=np.float32)[:, None]
    )
    ring = (tones * np.exp(-np.outer((hz / 5000) ** 0.5 / (0.6 * decay_s), t).astype(np.float32))).sum(
        axis=0
    ) / 5
    hiss = highpass(noise[: 2 * n].reshape(2, n), 7000, 4)
    ping = np.exp(-t / 0.01)
    both = 0.4 * ring * (0.6 + 1.4 * ping) + hiss * (0.25 * np.exp(-t / (0.35 * decay_s)) + 0.35 * ping)
    return stereo(*fade_out(both, 480))


def shaker(centre_hz: float, decay_s: float, noise: Array) -> Array:
    n = int((0.012 + decay_s * 5) * RATE)
    t = time(n)
    envelope = np.minimum(t / 0.012, 1) ** 2 * np.exp(-np.maximum(t - 0.012, 0) / decay_s)
    return stereo(
        *fade_out(
            bandpass(noise[: 2 * n].reshape(2, n), 0.75 * centre_hz, min(2 * centre_hz, 20_000)) * envelope,
            240,
        )
    )


def tom(hz: float, decay_s: float, noise: Array) -> Array:
    n = int(min(0.8, decay_s * 5) * RATE)
    t = time(n)
    phase = 2 * np.pi * (hz * t + 0.35 * hz * 0.05 * (1 - np.exp(-t / 0.05)))
    body = np.sin(phase) * np.exp(-t / decay_s) + 0.25 * np.sin(1.6 * phase) * np.exp(-t / (0.4 * decay_s))
    body[:400] += 0.25 * noise[:400] * np.exp(-time(400) / 0.002)
    return stereo(fade_out(np.tanh(1.3 * body) * np.minimum(t / 0.0005, 1), 480))


def blip(hz: float, ratio: float, index: float, decay_s: float) -> Array:
    """A short FM percussion: wood, metal or rim according to ratio and index."""
    n = int(min(0.5, decay_s * 6) * RATE)
    t = time(n)
    modulator = np.sin(2 * np.pi * hz * ratio * t) * index * np.exp(-t / (0.4 * decay_s))
    sweep = 0.02 * hz * 0.01 * (1 - np.exp(-t / 0.01))
    return stereo(fade_out(np.sin(2 * np.pi * (hz * t + sweep) + modulator) * np.exp(-t / decay_s), 240))


# Tonal voices: a bank of partials whose gains follow a filter, block by block


def bank(hz: Array, gains: Array, phases: Array, n: int, block: int) -> Array:
    """A sum of sines, [n] float32: partial p at hz[p] with the complex gain gains[b, p] at sample b * block.

    gains: [n_blocks + 1, partials], joined linearly. One matrix product, since a block's phase advance is the same in
    every block: sin(w(t_b + m)) splits into a factor of b and a factor of m.
    """
    n_blocks = -(-n // block)
    starts = np.arange(n_blocks) * (block / RATE)
    turn = np.exp(2j * np.pi * (np.outer(starts, hz) % 1.0) + 1j * phases)
    now, after = gains[:n_blocks] * turn, gains[1 : n_blocks + 1] * turn
    left = np.concatenate([now.imag, now.real, after.imag, after.real], axis=1).astype(np.float32)
    steps = np.arange(block)
    angle = 2 * np.pi * np.outer(hz / RATE, steps)
    ramp = steps / block
    cos, sin = np.cos(angle), np.sin(angle)
    right = np.concatenate([cos * (1 - ramp), sin * (1 - ramp), cos * ramp, sin * ramp]).astype(np.float32)
    return (left @ right).reshape(-1)[:n]


def ladder(hz: Array, cutoff_hz: Array, resonance: float) -> Array:
    """The response of a four-pole low-pass, [blocks, partials] complex; resonance 0..4 (4 would ring for ever)."""
    x = hz[None, :] / cutoff_hz[:, None]
    return (1 + 0.6 * resonance) / ((1 + 1j * x) ** 4 + resonance)


def two_pole(hz: Array, cutoff_hz: Array, q: float) -> Array:
    x = hz[None, :] / cutoff_hz[:, None]
    return 1 / (1 - x**2 + 1j * x / q)


WAVES: dict[str, Callable[[Array], Array]] = {
    "saw": lambda k: 1 / k,
    "square": lambda k: (k % 2) / k,
    "pulse": lambda k: np.abs(np.sin(np.pi * 0.28 * k)) / k,
    "organ": lambda k: np.isin(k, (1, 2, 3, 4, 6, 8)) / k**0.8,
}


def chord(
    notes_hz: list[float],
    wave: str,
    cutoff: tuple[float, float, float],
    q: float,
    envelope: tuple[float, float],
    length_s: float,
    detune_cents: float,
    phase: Array,
    block: int = 128,
) -> Array:
    """Notes that share a filter and its envelope, detuned between left and right, [2, samples].

    cutoff: (end Hz, added Hz at the start, decay s). envelope: (attack s, decay s); the decay begins after length_s.
    phase: random phases in 0..1, at least 400.
    """
    attack_s, decay_s = envelope
    n = int((length_s + 4 * decay_s) * RATE)
    t = np.arange(-(-n // block) + 1) * (block / RATE)
    low, added, fall = cutoff
    cutoff_hz = low + added * np.exp(-t / fall) * np.minimum(t / max(attack_s, 1e-3), 1)
    level = np.minimum(t / max(attack_s, 1e-4), 1) * np.exp(-np.maximum(t - length_s, 0) / decay_s)
    top = min(17_000.0, 3.2 * float(cutoff_hz.max()))
    sides = []
    for side in (-1, 1):
        partials, gains = [], []
        for note in notes_hz:
            f = note * 2 ** (side * detune_cents / 1200)
            k = np.arange(1, max(2, int(top / f)) + 1)
            partials.append(f * k)
            gains.append(WAVES[wave](k))
        hz = np.concatenate(partials)
        gain = np.concatenate(gains)[None, :] * two_pole(hz, cutoff_hz, q) * level[:, None]
        offset = 2 * np.pi * np.resize(np.roll(phase, 37 * side), len(hz))
        sides.append(bank(hz, gain, offset, n, block))
    return stereo(*fade_out(np.stack(sides), 960))


def acid(
    hz: float,
    from_hz: float | None,
    wave: str,
    cutoff_hz: float,
    depth_octaves: float,
    resonance: float,
    decay_s: float,
    length_s: float,
    accent: float,
    drive: float,
) -> Array:
    """A TB-303 note: saw or square, four-pole filter with envelope, drive. from_hz: glides from there in 50 ms."""
    n = int((length_s + 0.02) * RATE)
    block = 64
    t = np.arange(-(-n // block) + 1) * (block / RATE)
    sweep = cutoff_hz * 2 ** ((depth_octaves + accent) * np.exp(-t / (decay_s * (1 - 0.4 * accent))))
    sweep = np.minimum(sweep, 9000)
    k = np.arange(1, max(2, int(min(14_000, 3.2 * float(sweep.max())) / hz)) + 1)
    level = np.minimum(t / 0.002, 1) * np.exp(-t / 0.5) * (1 + 0.4 * accent)
    gain = WAVES[wave](k)[None, :] * ladder(hz * k, sweep, resonance) * level[:, None]
    note = bank(hz * k, gain, np.zeros(len(k)), n, block)
    if from_hz is not None:
        ratio = 1 + (from_hz / hz - 1) * np.exp(-time(n) / 0.02)
        note = np.interp(np.minimum(np.cumsum(ratio), n - 1), np.arange(n), note)
    note = np.tanh((1 + 2 * drive) * note) / np.tanh(1 + 2 * drive)
    return stereo(fade_out(note, 400), peak=None) * np.float32(0.8)


def bass(
    hz: float,
    wave: str,
    cutoff_hz: float,
    depth_octaves: float,
    q: float,
    decay_s: float,
    length_s: float,
    drive: float,
) -> Array:
    """A plucked or held low-passed bass note over a clean sub sine, mono in both channels."""
    n = int((length_s + 0.03) * RATE)
    block = 64
    t = np.arange(-(-n // block) + 1) * (block / RATE)
    sweep = np.minimum(cutoff_hz * 2 ** (depth_octaves * np.exp(-t / decay_s)), 7000)
    k = np.arange(1, max(2, int(3.2 * float(sweep.max()) / hz)) + 1)
    level = np.minimum(t / 0.0025, 1) * (0.35 + 0.65 * np.exp(-t / (2.5 * decay_s)))
    gain = WAVES[wave](k)[None, :] * two_pole(hz * k, sweep, q) * level[:, None]
    gain[:, 0] += 0.7 * level
    note = bank(hz * k, gain, np.zeros(len(k)), n, block)
    note = np.tanh((0.6 + 1.5 * drive) * note)
    return stereo(fade_out(note, 600))


def sub(hz: float, harmonics: float, decay_s: float, length_s: float) -> Array:
    """A sine bass with a little second and third harmonic and a soft knock at its start."""
    n = int((length_s + 0.03) * RATE)
    t = time(n)
    phase = 2 * np.pi * hz * t + 0.6 * (1 - np.exp(-t / 0.008))
    level = np.minimum(t / 0.004, 1) * (0.45 + 0.55 * np.exp(-t / decay_s))
    bright = harmonics * (0.4 + np.exp(-t / 0.06))
    tone = np.sin(phase) + bright * (
        0.5 * np.sin(2 * phase) + 0.35 * np.sin(3 * phase) + 0.12 * np.sin(5 * phase)
    )
    return stereo(fade_out(np.tanh(1.1 * tone * level), 900))


def fm_chord(notes_hz: list[float], ratio: float, index: float, decay_s: float, length_s: float) -> Array:
    """FM stabs: electric piano (ratio 1 or 2), bell or metal (odd ratios), [2, samples]."""
    n = int((length_s + 3.5 * decay_s) * RATE)
    t = time(n).astype(np.float32)
    level = np.minimum(t / np.float32(0.0015), 1) * np.exp(-t / np.float32(decay_s + 0.5 * length_s))
    bite = np.float32(index) * np.exp(-t / np.float32(0.35 * decay_s))
    sides = np.zeros((2, n), dtype=np.float32)
    for i, hz in enumerate(notes_hz):
        w = np.float32(2 * np.pi * hz) * t
        tone = np.sin(w + bite * np.sin(np.float32(ratio) * w)) * level
        spread = 0.25 * (-1) ** i
        sides[0] += (1 - spread) * tone
        sides[1] += (1 + spread) * tone
    return stereo(*fade_out(sides, 960))


def voice(notes_hz: list[float], vowel: str, length_s: float, decay_s: float, phase: Array) -> Array:
    """A sung chop: a pulse wave through the formants of a vowel, with a little vibrato between left and right."""
    n = int((length_s + 4 * decay_s) * RATE)
    block = 128
    t = np.arange(-(-n // block) + 1) * (block / RATE)
    level = np.minimum(t / 0.012, 1) * np.exp(-np.maximum(t - length_s, 0) / decay_s)
    sides = []
    for side in (-1, 1):
        hz = np.concatenate([f * 2 ** (side * 7 / 1200) * np.arange(1, int(6000 / f)) for f in notes_hz])
        shape = sum(
            w / (1 + ((hz - f) / b) ** 2)
            for f, w, b in zip(FORMANTS[vowel], (1, 0.6, 0.25), (90, 110, 160), strict=True)
        )
        gain = (np.asarray(shape) * (200 / hz) ** 0.4)[None, :] * level[:, None]
        sides.append(
            bank(hz, gain, 2 * np.pi * np.resize(np.roll(phase, 11 * side), len(hz)) * 0.3, n, block)
        )
    return stereo(*fade_out(np.stack(sides), 480))


# Noise that lasts the whole loop


@lru_cache(maxsize=1)
def _white() -> Array:
    """Spectra of short grains of white noise, [128, 513] complex64."""
    return np.exp(2j * np.pi * np.random.default_rng(8).random((128, 513))).astype(np.complex64)


def moving_noise(n: int, centre_hz: Array, width_octaves: float, rng: np.random.Generator) -> Array:
    """Noise through a band whose centre follows centre_hz (any number of points over the loop), seamless, [2, n]."""
    size, hop = 1024, 512
    n_hops = -(-n // hop)
    at = np.linspace(0, len(centre_hz) - 1, n_hops)
    centre = np.interp(at, np.arange(len(centre_hz)), np.log2(centre_hz))
    hz = np.log2(np.maximum(np.arange(size // 2 + 1) * RATE / size, 20))
    shape = np.exp(-0.5 * ((hz[None, :] - centre[:, None]) / (0.5 * width_octaves)) ** 2).astype(np.float32)
    grains = irfft(shape * _white()[rng.integers(0, 128, (2, n_hops))], axis=2) * np.hanning(size).astype(
        np.float32
    )
    hops = np.zeros((2, n_hops + 1, hop), dtype=np.float32)
    hops[:, :-1] += grains[:, :, :hop]
    hops[:, 1:] += grains[:, :, hop:]
    sound = hops.reshape(2, -1)
    sound[:, :hop] += sound[:, n : n + hop] if sound.shape[1] >= n + hop else 0
    sound = sound[:, :n]
    return sound / np.float32(max(float(np.abs(sound).max()), 1e-9))
