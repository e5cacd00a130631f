"""The CC0 one-shots of Debian's sonic-pi-samples: found, loaded, brought to 48 kHz, trimmed, pitched, cached."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample, resample_poly

from training.corpus.truth import RATE

FOLDERS = (Path("/usr/share/sonic-pi/samples"), Path("/opt/sonic-pi/etc/samples"))

# Those that Debian's copyright file gives as CC0 (the rest falls under its MIT catch-all), without the loops.
CC0 = frozenset(
    [
        "ambi_choir",
        "ambi_dark_woosh",
        "ambi_drone",
        "ambi_glass_hum",
        "ambi_glass_rub",
        "ambi_haunted_hum",
        "ambi_lunar_land",
        "ambi_piano",
        "ambi_soft_buzz",
        "ambi_swoosh",
        "bass_dnb_f",
        "bass_drop_c",
        "bass_hard_c",
        "bass_hit_c",
        "bass_thick_c",
        "bass_trance_c",
        "bass_voxy_c",
        "bass_voxy_hit_c",
        "bass_woodsy_c",
        "bd_808",
        "bd_ada",
        "bd_boom",
        "bd_fat",
        "bd_gas",
        "bd_haus",
        "bd_klub",
        "bd_pure",
        "bd_sone",
        "bd_tek",
        "bd_zome",
        "bd_zum",
        "drum_bass_hard",
        "drum_bass_soft",
        "drum_cowbell",
        "drum_cymbal_closed",
        "drum_cymbal_hard",
        "drum_cymbal_open",
        "drum_cymbal_pedal",
        "drum_cymbal_soft",
        "drum_heavy_kick",
        "drum_roll",
        "drum_snare_hard",
        "drum_snare_soft",
        "drum_splash_hard",
        "drum_splash_soft",
        "drum_tom_hi_hard",
        "drum_tom_hi_soft",
        "drum_tom_lo_hard",
        "drum_tom_lo_soft",
        "drum_tom_mid_hard",
        "drum_tom_mid_soft",
        "elec_beep",
        "elec_bell",
        "elec_blip",
        "elec_blip2",
        "elec_blup",
        "elec_bong",
        "elec_chime",
        "elec_cymbal",
        "elec_filt_snare",
        "elec_flip",
        "elec_fuzz_tom",
        "elec_hi_snare",
        "elec_hollow_kick",
        "elec_lo_snare",
        "elec_mid_snare",
        "elec_ping",
        "elec_plip",
        "elec_pop",
        "elec_snare",
        "elec_soft_kick",
        "elec_tick",
        "elec_triangle",
        "elec_twang",
        "elec_twip",
        "elec_wood",
        "guit_e_fifths",
        "guit_e_slide",
        "guit_em9",
        "guit_harmonics",
        "misc_burp",
        "misc_cineboom",
        "misc_crow",
        "perc_bell",
        "perc_snap",
        "perc_snap2",
        "perc_swash",
        "perc_till",
        "sn_dolf",
        "sn_dub",
        "sn_zome",
        "tabla_dhec",
        "tabla_ghe1",
        "tabla_ghe2",
        "tabla_ghe3",
        "tabla_ghe4",
        "tabla_ghe5",
        "tabla_ghe6",
        "tabla_ghe7",
        "tabla_ghe8",
        "tabla_ke1",
        "tabla_ke2",
        "tabla_ke3",
        "tabla_na",
        "tabla_na_o",
        "tabla_na_s",
        "tabla_re",
        "tabla_tas1",
        "tabla_tas2",
        "tabla_tas3",
        "tabla_te1",
        "tabla_te2",
        "tabla_te_m",
        "tabla_te_ne",
        "tabla_tun1",
        "tabla_tun2",
        "tabla_tun3",
        "vinyl_backspin",
        "vinyl_hiss",
        "vinyl_rewind",
        "vinyl_scratch",
    ]
)


def folder() -> Path:
    """Where the one-shots are: LADMG_ONESHOTS, or where Debian puts them. FileNotFoundError says how to get them."""
    chosen = os.environ.get("LADMG_ONESHOTS")
    places = (Path(chosen),) if chosen else FOLDERS
    for place in places:
        if (place / "bd_haus.flac").is_file():
            return place
    looked = ", ".join(str(place) for place in places)
    raise FileNotFoundError(
        f"sonic-pi-samples not found in {looked}: apt-get install sonic-pi-samples, or set LADMG_ONESHOTS to its folder"
    )


@lru_cache(maxsize=512)
def oneshot(name: str, semitones: float = 0.0, max_s: float = 3.0) -> np.ndarray:
    """A one-shot, [2, samples] float32 at 48 kHz, peak 1, beginning at its onset; read-only, for it is cached.

    semitones: repitched by resampling, so it gets shorter when it goes up. max_s: cut there, with a short fade.
    """
    if name not in CC0:
        raise ValueError(f"one-shot must be one of the CC0 ones, got {name!r}")
    audio, rate = soundfile.read(folder() / f"{name}.flac", dtype="float64", always_2d=True)
    sound = audio.T if audio.shape[1] == 2 else np.repeat(audio.T, 2, axis=0)
    sound = (
        resample_poly(sound, 160, 147, axis=1) if rate == 44_100 else resample_poly(sound, RATE, rate, axis=1)
    )
    level = np.abs(sound).max(axis=0)
    loud = np.flatnonzero(level > 0.03 * level.max())
    start = max(0, int(loud[0]) - 24)
    heard = np.flatnonzero(level > 0.002 * level.max())
    sound = sound[:, start : int(heard[-1]) + 1][:, : int(max_s * RATE)]
    if semitones:
        sound = resample(sound, max(64, round(sound.shape[1] * 2 ** (-semitones / 12))), axis=1)
    fade = min(sound.shape[1] // 2, 480)
    sound[:, -fade:] *= np.linspace(1, 0, fade) ** 2
    sound[:, :24] *= np.linspace(0, 1, 24)
    sound = np.ascontiguousarray(sound / np.abs(sound).max(), dtype=np.float32)
    sound.setflags(write=False)
    return sound
