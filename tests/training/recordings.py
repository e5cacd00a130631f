"""Recordings for the tests of `ladmg prepare`: drums with a bass line, at any tempo, written in any format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

Audio = npt.NDArray[np.float32]

RATE = 48_000


def drums(bpm: float, n_bars: int, seed: int = 0, rate: int = RATE, curve: float = 0.0) -> Audio:
    """House drums and a bass, [samples, 2]. `curve`: the tempo changes by this share from start to end (0: steady)."""
    rng = np.random.default_rng(seed)
    n_steps = 16 * n_bars
    place = np.arange(n_steps + 1) / n_steps
    # The time of a step: the integral of 1 / tempo, which rises evenly from 1 to 1 + curve.
    times = (place if curve == 0 else np.log1p(curve * place) / curve) * n_bars * 240.0 / bpm
    samples = round(times[-1] * rate)
    sound = np.zeros((samples + rate, 2))
    kick, clap = _kick(rate), _noise(0.09, 1200, rng, rate)
    hat, ride = _noise(0.03, 7000, rng, rate), _noise(0.15, 5000, rng, rate)
    notes = rng.choice([41.2, 49.0, 55.0, 61.7], 16) * rng.choice([0, 1], 16, p=[0.4, 0.6])
    for step, time in enumerate(times[:-1]):
        at, bar_step = round(time * rate), step % 16
        hits = []
        if step % 4 == 0:
            hits.append((kick, 0.8, 0.0))
        if bar_step in (4, 12):
            hits.append((clap, 0.35, 0.1))
        if step % 4 == 2:
            hits.append((hat, 0.25, -0.2))
        if rng.random() < 0.5:
            hits.append((hat, 0.08, 0.3))
        if step % 64 == 0 and step:
            hits.append((ride, 0.3, 0.0))
        if notes[bar_step]:
            hits.append((_bass(notes[bar_step], 30.0 / bpm, rate), 0.25, 0.0))
        for clip, gain, pan in hits:
            sound[at : at + len(clip)] += gain * clip[:, None] * np.array([1 - pan, 1 + pan])
    sound[: len(sound) - samples] += sound[samples:]  # what rings on at the end goes on at the start
    return (0.7 * sound[:samples] / np.abs(sound).max()).astype(np.float32)


def _kick(rate: int) -> npt.NDArray[np.float64]:
    t = np.arange(round(0.25 * rate)) / rate
    return np.sin(2 * np.pi * (48 * t + 5 * (1 - np.exp(-t / 0.02)))) * np.exp(-t / 0.08)


def _noise(seconds: float, above_hz: float, rng: np.random.Generator, rate: int) -> npt.NDArray[np.float64]:
    n = round(5 * seconds * rate)
    spectrum = np.fft.rfft(rng.standard_normal(n)) * (np.fft.rfftfreq(n, 1 / rate) > above_hz)
    return np.fft.irfft(spectrum, n) * np.exp(-np.arange(n) / rate / seconds)


def _bass(hz: float, seconds: float, rate: int) -> npt.NDArray[np.float64]:
    t = np.arange(round(seconds * rate)) / rate
    return np.tanh(2 * np.sin(2 * np.pi * hz * t)) * np.minimum(1, t / 0.005) * np.exp(-t / seconds)


def write(path: Path, audio: Audio, rate: int = RATE, **more: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, audio, rate, **more)
    return path


def mixed_folder(folder: Path) -> dict[str, str]:
    """Thirty files, good and bad, and what each must become: {name: kind}. Also a picture, a hidden file and a CSV."""
    fate = {}

    def add(name: str, audio: Audio, kind: str = "kept", rate: int = RATE, **more: str) -> Path:
        fate[name] = kind
        return write(folder / name, audio, rate, **more)

    # Loops, exactly so long, in every format, rate and number of channels.
    add("loops/a 120.wav", drums(120, 4, 1))
    add("loops/b.flac", drums(125, 2, 2, 44_100), rate=44_100)
    add("loops/c.ogg", drums(128, 4, 3, 44_100), rate=44_100)
    add("loops/d.mp3", drums(124, 8, 4, 44_100), rate=44_100)
    add("loops/e mono.wav", drums(132, 4, 5)[:, :1])
    add("loops/f 22k.wav", drums(118, 4, 6, 22_050), rate=22_050)
    add("loops/g 96k.wav", drums(126, 2, 7, 96_000), rate=96_000, subtype="PCM_24")
    add("loops/h float.wav", drums(122, 4, 8), subtype="FLOAT")
    add("loops/i.aiff", drums(129.5, 4, 9, 44_100), rate=44_100)
    add("loops/j.w64", drums(140, 4, 10))
    add("loops/k four channels.wav", np.tile(drums(121, 2, 11), 2))
    add("loops/l_127bpm_F#min.wav", drums(127, 4, 12))
    add("loops/m one bar.wav", drums(123, 1, 13))
    # Longer tracks: with silence before, with a tail after.
    quiet = np.zeros((round(0.7 * RATE), 2), np.float32)
    add("dub techno/track 1.wav", np.concatenate([quiet, drums(121.3, 9, 20), quiet]))
    add("dub techno/track 2.flac", np.concatenate([drums(119, 8, 21), quiet[:9000]]))
    add("dub techno/basement/track 3.ogg", np.concatenate([quiet[:4000], drums(116.5, 9, 22)]))
    add("Deep-House, dark/track 4.wav", np.concatenate([quiet[:20_000], drums(122.7, 10, 23)]))
    add("no kick/hats.wav", drums(125, 4, 24))
    add("slow drift.wav", drums(120, 18, 25, curve=0.004))
    add("in the table.wav", np.concatenate([quiet[:30_011], drums(131, 9, 26)]))
    # What can't be used.
    add("bad/silence.wav", np.zeros((10 * RATE, 2), np.float32), "silent")
    add("bad/too short.wav", drums(125, 1, 30)[: RATE // 2], "too short")
    rng = np.random.default_rng(0)
    add("bad/noise.wav", 0.1 * rng.standard_normal((12 * RATE, 2)).astype(np.float32), "not steady")
    add("bad/faster and faster.wav", drums(90, 12, 31, curve=0.8), "not steady")
    add("bad/square.wav", np.sign(drums(125, 4, 32)), "clipped")
    add("loops/twin of a.wav", drums(120, 4, 1), "twice")
    fate["bad/text.wav"], fate["bad/empty.wav"], fate["bad/lost.m4a"] = "unreadable", "empty", "unreadable"
    (folder / "bad/text.wav").write_text("I am not audio at all, but somebody has named me so.\n" * 40)
    (folder / "bad/empty.wav").touch()
    (folder / "bad/lost.m4a").write_bytes(b"\x00\x00\x00\x20ftypM4A " + bytes(2000))
    cut = add("bad/cut off.wav", drums(125, 4, 33), "damaged")
    cut.write_bytes(cut.read_bytes()[:400_000])
    (folder / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / ".hidden.wav").write_text("left alone")
    (folder.parent / "table.csv").write_text(
        "file,bpm,downbeat_s,tags\n"
        "in the table.wav,131,0.6252,acid; no hats; A minor; rusty\n"
        "no such file.wav,120,,\n"
    )
    return fate
