"""How loud a loop is (ITU-R BS.1770), for any process."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Audio = npt.NDArray[np.float32]

TARGET_LUFS = -14.0
MOST_DB = 4.0


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
