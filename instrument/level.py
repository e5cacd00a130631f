"""How loud a loop is (ITU-R BS.1770) and how alike two loops are, for any process."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from instrument.memory import LoopBank

Audio = npt.NDArray[np.float32]

TARGET_LUFS = -14.0
MOST_DB = 4.0
_GRID = 4  # likeness is measured on every 4th sample: below 6 kHz, where nearly all of the energy is


def loudness_lufs(audio: Audio, rate: int) -> float:
    """Integrated loudness of a loop that repeats, in LUFS; -inf for silence. audio: [samples, channels].

    ITU-R BS.1770-4: K-weighting, blocks of 400 ms that overlap by 75 %, gates at -70 LUFS and -10 LU.
    Blocks wrap round the loop's end, so that a loop is as loud wherever it starts.
    """
    # Filtered as a spectrum, which takes the loop as repeating, with half a second of itself before it, in which
    # the filters ring in, and up to a length that is quick to transform.
    n = len(audio)
    n_wrapped = -(-(n + rate // 2) // 4096) * 4096
    wrapped = audio[np.arange(-n_wrapped, 0) % n].T
    spectrum = np.fft.rfft(wrapped) * _k_weighting(n_wrapped, rate)
    power = np.square(np.fft.irfft(spectrum, n_wrapped)[:, -n:]).sum(axis=0, dtype=np.float64)
    block, hop = min(round(0.4 * rate), len(power)), max(1, round(0.1 * rate))
    total = np.concatenate([[0.0], np.cumsum(np.concatenate([power, power[:block]]))])
    starts = np.arange(0, len(power), hop)
    blocks = np.maximum(total[starts + block] - total[starts], 0.0) / block
    gated = blocks[_lufs(blocks) > -70.0]
    if not gated.size:
        return -np.inf
    gated = gated[_lufs(gated) > _lufs(gated.mean()) - 10.0]
    return float(_lufs(gated.mean()))


def levelling_gain(audio: Audio, rate: int) -> float:
    """The factor that brings a loop towards -14 LUFS: by at most 4 dB, and not louder than full scale."""
    lufs = loudness_lufs(audio, rate)
    if not np.isfinite(lufs):
        return 1.0
    gain = 10.0 ** (float(np.clip(TARGET_LUFS - lufs, -MOST_DB, MOST_DB)) / 20.0)
    peak = float(np.abs(audio).max())
    return float(max(min(gain, 1.0 / peak), 10.0 ** (-MOST_DB / 20.0)))


def likeness(one: Audio, n_bars: int, other: Audio, n_bars_other: int) -> float:
    """Correlation -1..1 of two loops laid on one musical grid, each [samples, channels]; 0 beside silence.

    The shorter repeats under the longer; a loop of another tempo is bent to the first one's, as it is played.
    """
    n_bars_both = max(n_bars, n_bars_other)
    n = int(Fraction(len(one), n_bars) * n_bars_both) // _GRID
    a = _on_grid(one, n, Fraction(n_bars_both, n_bars))
    b = _on_grid(other, n, Fraction(n_bars_both, n_bars_other))
    energy = float(np.vdot(a, a)) * float(np.vdot(b, b))
    return float(np.clip(np.vdot(a, b) / np.sqrt(energy), -1.0, 1.0)) if energy > 1e-12 else 0.0


def slot_likeness(bank: LoopBank, slot: int, other: int) -> float:
    """`likeness` of the loops in two slots of the bank."""
    one, two = bank.header(slot), bank.header(other)
    return likeness(
        bank.samples(slot)[: one.n_samples], one.n_bars, bank.samples(other)[: two.n_samples], two.n_bars
    )


def _on_grid(audio: Audio, n: int, n_passes: Fraction) -> npt.NDArray[np.float64]:
    """n samples spread over `n_passes` of the loop, by linear interpolation: [n, channels] float64."""
    position = np.arange(n) * (len(audio) * float(n_passes) / n)
    whole = position.astype(np.int64)
    part = (position - whole)[:, None]
    return audio[whole % len(audio)] * (1.0 - part) + audio[(whole + 1) % len(audio)] * part


def _lufs(power: npt.NDArray[np.float64] | np.float64) -> npt.NDArray[np.float64]:
    return -0.691 + 10.0 * np.log10(np.maximum(power, 1e-20))


def _k_weighting(n_samples: int, rate: int) -> npt.NDArray[np.complex128]:
    """The response of BS.1770's high shelf and high pass at the frequencies of an rfft of n_samples.

    The standard gives coefficients at 48 kHz only; these are the analogue filters behind them (De Man,
    "Evaluation of implementations of the EBU R128 loudness measurement", 2018), by the bilinear transform.
    """
    k, q = np.tan(np.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10.0 ** (3.999843853973347 / 20.0)
    middle = high**0.4996667741545416
    shelf = (high + middle * k / q + k * k, 2.0 * (k * k - high), high - middle * k / q + k * k)
    shelf_poles = (1.0 + k / q + k * k, 2.0 * (k * k - 1.0), 1.0 - k / q + k * k)
    k, q = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    high_pass_poles = (1.0 + k / q + k * k, 2.0 * (k * k - 1.0), 1.0 - k / q + k * k)
    high_pass = (high_pass_poles[0], -2.0 * high_pass_poles[0], high_pass_poles[0])
    delay = np.exp(-2j * np.pi * np.arange(n_samples // 2 + 1) / n_samples)
    return _section(shelf, shelf_poles, delay) * _section(high_pass, high_pass_poles, delay)


def _section(
    zeros: tuple[float, ...], poles: tuple[float, ...], delay: npt.NDArray[np.complex128]
) -> npt.NDArray[np.complex128]:
    """Response of a second-order section, by its coefficients for no, one and two samples of delay."""
    b, a = zeros, poles
    return (b[0] + delay * (b[1] + delay * b[2])) / (a[0] + delay * (a[1] + delay * a[2]))
