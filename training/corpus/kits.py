"""Drum kits: which one-shots and synthesiser drums play together; made from a name, split in train and held-out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from training.corpus import voices
from training.corpus.oneshots import oneshot
from training.corpus.truth import RATE

FAMILIES = ("909", "808", "sampled", "hard", "dusty")
N_TRAIN, N_HELDOUT = 18, 4  # kits of each family

# One-shots that only held-out kits use, so that these are not just other mixtures of sounds that training heard.
KICKS = {
    "train": (
        *("bd_haus", "bd_klub", "bd_tek", "bd_fat", "bd_gas", "bd_pure", "bd_sone", "bd_ada", "bd_boom"),
        *("drum_heavy_kick", "drum_bass_hard", "elec_soft_kick", "elec_hollow_kick", "bd_808"),
    ),
    "heldout": ("bd_zome", "bd_zum", "drum_bass_soft"),
}
SNARES = {
    "train": (
        "sn_dolf",
        "sn_dub",
        "elec_hi_snare",
        "elec_snare",
        "drum_snare_hard",
        "elec_mid_snare",
        "perc_snap2",
    ),
    "heldout": ("sn_zome", "drum_snare_soft", "elec_lo_snare"),
}
CLAPS = {"train": ("perc_snap", "sn_dub", "elec_hi_snare"), "heldout": ("perc_snap", "elec_filt_snare")}
HATS = {"train": ("drum_cymbal_closed", "elec_triangle"), "heldout": ("drum_cymbal_pedal",)}
OPENS = {"train": ("drum_cymbal_open", "elec_cymbal", "drum_splash_soft"), "heldout": ("drum_cymbal_hard",)}
RIDES = {"train": ("drum_cymbal_soft", "perc_till"), "heldout": ("drum_splash_hard",)}
TOMS = {
    "train": (
        "drum_tom_hi_hard",
        "drum_tom_lo_hard",
        "drum_tom_mid_hard",
        "elec_fuzz_tom",
        "tabla_ghe1",
        "tabla_ghe4",
    ),
    "heldout": ("drum_tom_hi_soft", "drum_tom_lo_soft", "tabla_ghe8"),
}
PERCUSSION = {
    "train": (
        *(
            "elec_blip",
            "elec_blip2",
            "elec_bell",
            "elec_flip",
            "elec_ping",
            "elec_plip",
            "elec_pop",
            "elec_tick",
        ),
        *(
            "elec_twip",
            "elec_wood",
            "elec_bong",
            "elec_beep",
            "drum_cowbell",
            "perc_swash",
            "elec_twang",
            "elec_blup",
        ),
        *(
            "tabla_ke1",
            "tabla_ke3",
            "tabla_na",
            "tabla_na_s",
            "tabla_re",
            "tabla_tas1",
            "tabla_tas3",
            "tabla_te1",
        ),
        *("tabla_te_m", "tabla_dhec", "perc_snap", "perc_snap2"),
    ),
    "heldout": ("tabla_ke2", "tabla_tas2", "tabla_te2", "tabla_te_ne", "elec_chime", "tabla_na_o"),
}


def _family(**chances: float) -> dict[str, float]:
    return {"kick": 0.5, "snare": 0.5, "clap": 0.3, "hat": 0.3, "perc": 0.7, **chances}


# How likely a family takes a one-shot where it could synthesise.
SAMPLED = {
    "909": _family(kick=0.25, hat=0.1, clap=0.1),
    "808": _family(kick=0.15, snare=0.2, hat=0.0, clap=0.1, perc=0.4),
    "sampled": _family(kick=1.0, snare=1.0, hat=0.7, clap=0.6, perc=0.9),
    "hard": _family(kick=0.3, snare=0.4, hat=0.1),
    "dusty": _family(kick=0.7, snare=0.8, hat=0.5, perc=0.9),
}


@dataclass(frozen=True)
class Kit:
    """Hits by instrument, each [2, samples] float32 with peak 1; several takes of an instrument where it is varied."""

    name: str
    family: str
    takes: dict[str, tuple[np.ndarray, ...]]


def _tight(hit: np.ndarray, hold_s: float) -> np.ndarray:
    """A hit that is let go after hold_s, so that there is room until the next."""
    return hit * np.exp(-((voices.time(hit.shape[1]) / hold_s) ** 3)).astype(np.float32)


def kit_names(split: str) -> tuple[str, ...]:
    """The kits of a split; "909-t03" is a train kit, "909-h01" a held-out one."""
    count, letter = (N_TRAIN, "t") if split == "train" else (N_HELDOUT, "h")
    return tuple(f"{family}-{letter}{i:02}" for family in FAMILIES for i in range(count))


@lru_cache(maxsize=64)
def kit(name: str) -> Kit:
    """The kit of this name: always the same sounds."""
    family, number = name.rsplit("-", 1)
    if family not in FAMILIES or number[:1] not in ("t", "h"):
        raise ValueError(
            f"kit must be one of {kit_names('train')[:3]}... or of the held-out ones, got {name!r}"
        )
    split = "train" if number[0] == "t" else "heldout"
    rng = np.random.default_rng([909, FAMILIES.index(family), split == "heldout", int(number[1:])])
    noise = rng.standard_normal(4 * RATE)
    sampled = SAMPLED[family]

    def either(kind: str) -> bool:
        return bool(rng.random() < sampled[kind])

    def pick(names: dict[str, tuple[str, ...]], spread: float, max_s: float) -> np.ndarray:
        chosen = str(rng.choice(names[split]))
        return oneshot(chosen, round(float(rng.uniform(-spread, spread)), 1), max_s)

    def uniform(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    takes: dict[str, tuple[np.ndarray, ...]] = {}
    if either("kick"):
        takes["kick"] = (pick(KICKS, 2, 0.6),)
    elif family == "808":
        takes["kick"] = (
            voices.kick(
                uniform(43, 55),
                uniform(50, 120),
                uniform(0.012, 0.03),
                uniform(0.2, 0.38),
                uniform(0.05, 0.3),
                uniform(0, 0.4),
                noise,
            ),
        )
    elif family == "hard":
        takes["kick"] = (
            voices.kick(
                uniform(47, 60),
                uniform(180, 380),
                uniform(0.02, 0.04),
                uniform(0.14, 0.24),
                uniform(0.3, 0.7),
                uniform(1.5, 5),
                noise,
            ),
        )
    else:
        takes["kick"] = (
            voices.kick(
                uniform(46, 58),
                uniform(120, 260),
                uniform(0.015, 0.035),
                uniform(0.12, 0.24),
                uniform(0.15, 0.6),
                uniform(0.3, 1.6),
                noise,
            ),
        )
    takes["snare"] = (
        _tight(pick(SNARES, 3, 0.4), uniform(0.09, 0.2))
        if either("snare")
        else voices.snare(uniform(165, 230), uniform(0.05, 0.11), uniform(0.2, 0.8), noise),
    )
    takes["clap"] = (
        _tight(pick(CLAPS, 2, 0.35), uniform(0.09, 0.2))
        if either("clap")
        else voices.clap(
            uniform(950, 1600), uniform(0.008, 0.013), uniform(0.03, 0.065), int(rng.integers(3, 5)), noise
        ),
    )
    scale, low_hz, noisiness = uniform(1.3, 2.3), uniform(6000, 9000), uniform(0.2, 0.9)
    if family == "808":
        noisiness = uniform(0.05, 0.3)
    if either("hat"):
        closed = pick(HATS, 3, 0.25)
        opened = pick(OPENS, 3, 0.35)
        fade = np.exp(-((voices.time(opened.shape[1]) / uniform(0.08, 0.18)) ** 2)).astype(np.float32)
        opened = opened * fade
    else:
        closed = voices.hat(scale, uniform(0.016, 0.045), noisiness, low_hz, noise)
        opened = voices.hat(
            scale * uniform(0.97, 1.03), uniform(0.07, 0.15), noisiness, low_hz * 0.9, noise[::-1]
        )
    # The second take is the same hat damped: a ghost note.
    damped = closed * np.exp(-voices.time(closed.shape[1]) / 0.014).astype(np.float32)
    takes["closed hat"] = (closed, damped)
    takes["open hat"] = (opened,)
    takes["ride"] = (
        _tight(pick(RIDES, 3, 0.8), uniform(0.2, 0.4))
        if either("hat")
        else voices.ride(uniform(0.85, 1.2), uniform(0.14, 0.35), noise),
    )
    takes["shaker"] = (
        voices.shaker(uniform(4500, 8500), uniform(0.02, 0.045), noise),
        voices.shaker(uniform(4500, 8500), uniform(0.015, 0.03), noise[RATE:]),
    )
    hz = uniform(85, 150)
    if either("perc"):
        takes["tom"] = (pick(TOMS, 3, 0.5), pick(TOMS, 5, 0.4))
    else:
        takes["tom"] = tuple(voices.tom(hz * ratio, uniform(0.09, 0.22), noise) for ratio in (1, 1.34))
    percussion = []
    for _ in range(3):
        if either("perc"):
            percussion.append(pick(PERCUSSION, 4, 0.4))
        else:
            ratio = float(rng.choice([1.4, 1.7, 2.3, 3.1, 0.5, 2.0]))
            percussion.append(voices.blip(uniform(350, 1800), ratio, uniform(0.5, 4), uniform(0.015, 0.07)))
    takes["percussion"] = tuple(percussion)
    return Kit(name, family, takes)
