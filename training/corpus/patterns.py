"""Groove templates and the patterns made from them: rhythm and motif of every instrument over four bars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

STEPS = 16  # a bar's sixteenths
N_TRAIN, N_HELDOUT = 80, 14  # patterns of each groove

# x accent, o normal, g ghost, . rest
HIT = {"x": 1.0, "o": 0.78, "g": 0.42, ".": 0.0}


def steps(text: str) -> np.ndarray:
    return np.array([HIT[c] for c in text])


FOUR = ("x...x...x...x...",)
OFF_HATS = ("..x...x...x...x.", "..x...x...x..gx.", "..xg..x...xg..x.", "..x..gx...x..gx.")
SIXTEENTHS = (
    "xgogxgogxgogxgog",
    "ogxgogxgogxgogxg",
    "gogxgogxgogxgogx",
    "oggxoggxoggxoggx",
    "g.xgg.xgg.xgg.xg",
)
BROKEN_HATS = (
    "x.xx.xx.x.xx.xx.",
    "x..xx..xx..xx.x.",
    "xx.x.xx.xx.x.xx.",
    "x.xgx..xx.xg.xx.",
    "g.x.gxx.g.x.g.xx",
)
BACKBEAT = ("....x.......x...",)
CLAPS = (*BACKBEAT, *BACKBEAT, "....x.......x..g", "....x..g....x...", "............x...", "....x.......x.g.")
OPEN_OFF = ("..x...x...x...x.", "......x.......x.", "..............x.", "..x.......x.....")
RIDES = ("x...x...x...x...", "..x...x...x...x.", "x.o.x.o.x.o.x.o.", "x.oox.oox.oox.oo")
SHAKERS = ("ogxgogxgogxgogxg", "g.x.g.x.g.x.g.x.", "goxogoxogoxogoxo", "..xg..xg..xg..xg")


@dataclass(frozen=True)
class Groove:
    """What patterns of one kind draw from."""

    name: str
    kicks: tuple[str, ...]
    claps: tuple[str, ...]
    hats: tuple[str, ...]
    swing: tuple[float, float]  # percent
    basses: tuple[str, ...]
    chords: tuple[str, ...]


GROOVES = (
    Groove(
        "four-to-the-floor",
        (*FOUR, *FOUR, "x...x...x...x..g", "x...x...x..gx..."),
        CLAPS,
        OFF_HATS + SIXTEENTHS,
        (50, 56),
        (
            "..x...x...x...x.",
            "..x..gx...x..gx.",
            "x..x..x.x..x..x.",
            "..xo..xo..xo..xo",
            "x.....x...x.....",
            "..x...xo..x..ox.",
        ),
        ("..x...x...x...x.", "...x..x....x..x.", "x..x..x.....x...", "..x..x....x..x..", "......x.......x."),
    ),
    Groove(
        "off-beat",
        FOUR,
        (*BACKBEAT, "....x.......x...", "................"),
        OFF_HATS,
        (50, 54),
        ("..x...x...x...x.", "..x...x...x...xo", "..xx..x...xx..x."),
        ("..x...x...x...x.", "..x.....x.x.....", "..x...x...x..x.."),
    ),
    Groove(
        "rolling",
        (*FOUR, "x...x...x...x..g"),
        (*BACKBEAT, "................", "............x..."),
        SIXTEENTHS,
        (50, 54),
        (
            ".xxx.xxx.xxx.xxx",
            ".oxo.oxo.oxo.oxo",
            ".xox.xox.xox.xoo",
            "oxoxoxoxoxoxoxox",
            ".xxo.xxo.xxo.xox",
            "..xx..xx..xx..xx",
        ),
        ("...x......x.....", "......x.......x.", "..x..x..x..x....", "...x..x...x..x.."),
    ),
    Groove(
        "broken",
        (
            *(
                "x..x..x...x..x..",
                "x.....x...x.x...",
                "x..x....x.x.....",
                "x..x..x.x.....x.",
                "x.......x.x...o.",
            ),
            *("x..o......x..x..", "x.x...x...x..o..", "x....x....x.x..."),
        ),
        (*BACKBEAT, "....x..g.g..x...", "....x....g..x..g", "....x.....x....."),
        BROKEN_HATS + SIXTEENTHS,
        (50, 60),
        ("x..x..x...x.....", "..x...x..x....x.", "x.....xo....x...", "...x..x....x..x.", "x..ox..o..x..x.."),
        ("...x......x.....", "x.....x...x.....", "..x..x....x..x..", "......x..x......"),
    ),
    Groove(
        "shuffled",
        (*FOUR, "x...x...x...x.g.", "x...x..gx...x..."),
        ("....x.......x...", "....x..g.g..x...", "....x.......x..g"),
        ("ogxgogxgogxgogxg", "xgogxgogxgogxgog", "..xg..xg..xg..xg", "g.xgg.xgg.xgg.xg"),
        (57, 67),
        ("x..x..xo..x...x.", "..xo..x...xo..xg", "x.gx..x.x.gx..x.", "...x..x..x.x..x."),
        ("...x..x....x..x.", "...x......x..x..", "x..x......x..x..", "..x....x..x....x"),
    ),
    Groove(
        "stripped",
        (*FOUR, *FOUR, "x...x...x...x.g."),
        ("................", "............x...", "....x.......x...", "........x......."),
        ("..x...x...x...x.", "g.x.g.x.g.x.g.x.", "......x.......x.", "gogxgogxgogxgogx"),
        (50, 58),
        ("...x......x.....", "......x...x.....", "..x..........x..", "x..x........x...", "..x...x.....x..."),
        ("......x.........", "...x............", "..........x..x..", "...x..x........."),
    ),
    Groove(
        "driving",
        FOUR,
        ("................", "....x.......x...", "....x.......x..."),
        ("..x...x...x...x.", "oxoxoxoxoxoxoxox", "xgxgxgxgxgxgxgxg", "ogxgogxgogxgogxg"),
        (50, 52),
        (".xxx.xxx.xxx.xxx", "..x...x...x...x.", "xxxxxxxxxxxxxxxx", ".xox.xox.xox.xox", "..xx..xx..xx..xx"),
        ("..x...x...x...x.", "x..x..x..x..x.x.", "...x...x...x...x"),
    ),
    Groove(
        "half-time",
        ("x.......x.......", "x.........x.....", "x......x..x.....", "x..x......x....."),
        ("........x.......", "........x......g", "........x...g..."),
        (*BROKEN_HATS, *SIXTEENTHS, "..x...x...x...x."),
        (50, 60),
        ("x.........x.....", "x.....x...x.....", "x..x......x..x..", "x...........x..."),
        ("....x...........", "x...............", "...x......x.....", "......x......x.."),
    ),
)
GROOVE_NAMES = tuple(groove.name for groove in GROOVES)


@dataclass(frozen=True)
class Pattern:
    """Four bars of music without sounds. Velocities are [4, 16], 0..1."""

    name: str
    groove: str
    swing: float
    hits: dict[str, np.ndarray]  # by drum
    takes: dict[str, np.ndarray]  # which take of the kit, [4, 16] int, where there are several
    bass: np.ndarray  # velocities
    bass_degrees: np.ndarray  # scale degrees above the chord's root, [4, 16] int; 7 is the octave
    acid: np.ndarray
    acid_degrees: np.ndarray
    acid_accents: np.ndarray  # 0 or 1
    acid_slides: np.ndarray  # 0 or 1: glides from the note before
    chords: np.ndarray
    dub: np.ndarray
    progression: tuple[int, ...]  # a scale degree a bar
    lead: np.ndarray
    lead_degrees: np.ndarray
    vocal: np.ndarray


def pattern_names(split: str) -> tuple[str, ...]:
    count, letter = (N_TRAIN, "t") if split == "train" else (N_HELDOUT, "h")
    return tuple(f"{groove.name}-{letter}{i:02}" for groove in GROOVES for i in range(count))


def euclid(n_hits: int, n: int, rotation: int) -> np.ndarray:
    """n_hits spread as evenly as can be over n steps (Bjorklund's rhythms up to rotation), 0 or 1."""
    hits = np.diff(np.floor(np.arange(n + 1) * n_hits / n)) > 0
    return np.roll(hits, rotation).astype(float)


def _four_bars(bar: np.ndarray) -> np.ndarray:
    return np.tile(bar, (4, 1))


def _progression(rng: np.random.Generator) -> tuple[int, ...]:
    kind = rng.random()
    if kind < 0.45:
        return (0, 0, 0, 0)
    if kind < 0.7:
        other = int(rng.choice([3, 5, 6, -1, 2]))
        return ((0, 0, other, other), (0, other, 0, other), (0, 0, 0, other))[rng.integers(3)]
    return ((0, 5, 3, 6), (0, 3, 5, 6), (0, 2, 5, 3), (0, 6, 5, 6), (5, 6, 0, 0), (3, 0, 6, 0))[
        rng.integers(6)
    ]


@lru_cache(maxsize=1024)
def pattern(name: str) -> Pattern:
    """The pattern of this name: always the same rhythm and motif."""
    groove_name, number = name.rsplit("-", 1)
    if groove_name not in GROOVE_NAMES or number[:1] not in ("t", "h"):
        raise ValueError(f"pattern must be a groove's name with -t00 or -h00, got {name!r}")
    index = GROOVE_NAMES.index(groove_name)
    groove = GROOVES[index]
    rng = np.random.default_rng([303, index, number[0] == "h", int(number[1:])])

    def pick(texts: tuple[str, ...]) -> np.ndarray:
        return _four_bars(steps(str(rng.choice(texts))))

    hits: dict[str, np.ndarray] = {}
    takes: dict[str, np.ndarray] = {}
    hits["kick"] = pick(groove.kicks)
    hits["clap"] = pick(groove.claps)
    if not hits["clap"].any() and rng.random() < 0.5:
        hits["clap"][1::2, 12] = 0.9
    hits["snare"] = pick((*BACKBEAT, "....x..g....x...", "....x..g.g..x..g", "...x..x....x..x."))
    hats = pick(groove.hats)
    for step in np.flatnonzero(rng.random(STEPS) < 0.08):  # the pattern's own hole or ghost
        hats[:, step] = 0.0 if hats[0, step] else 0.4
    hits["closed hat"] = hats
    takes["closed hat"] = (hats < 0.6).astype(int)
    hits["open hat"] = pick(OPEN_OFF)
    hits["ride"] = pick(RIDES)
    hits["shaker"] = pick(SHAKERS)
    takes["shaker"] = (hits["shaker"] < 0.6).astype(int)

    percussion, which = np.zeros((4, STEPS)), np.zeros((4, STEPS), dtype=int)
    for take in range(int(rng.integers(1, 4))):
        if rng.random() < 0.35:  # three against four, over the bar line
            run = np.zeros(4 * STEPS)
            run[int(rng.integers(3)) :: int(rng.choice([3, 5, 6, 7]))] = 1
            line = run.reshape(4, STEPS)
        else:
            line = _four_bars(euclid(int(rng.choice([1, 2, 3, 3, 5])), STEPS, int(rng.integers(STEPS))))
        level = rng.uniform(0.45, 1.0)
        free = (line > 0) & (percussion == 0)
        percussion[free], which[free] = level, take
    hits["percussion"], takes["percussion"] = percussion * rng.choice([1.0, 0.7, 0.85], (1, STEPS)), which

    toms = _four_bars(euclid(int(rng.choice([2, 3, 3, 5])), STEPS, int(rng.integers(1, STEPS))))
    hits["tom"] = toms * rng.choice([1.0, 0.6, 0.8], (1, STEPS))
    takes["tom"] = (rng.random((1, STEPS)) < 0.4).astype(int).repeat(4, axis=0)

    _vary(hits, rng)

    bass = pick(groove.basses)
    bass_degrees = _motif(bass[0] > 0, rng, (0, 0, 0, 0, 7, 4, 6, 2, -1))
    bass[1::2] *= rng.random((1, STEPS)) > 0.08
    if rng.random() < 0.6:
        extra = int(rng.choice([11, 13, 14, 15]))
        bass[3, extra] = 0.8 if not bass[3, extra] else 0.0
        bass_degrees[3, extra] = int(rng.choice([0, 4, 6, 7]))

    played = rng.random(STEPS) < rng.uniform(0.5, 0.9)
    played[0] = rng.random() < 0.7
    acid = _four_bars(played * rng.uniform(0.7, 1.0, STEPS))
    acid_degrees = _motif(played, rng, (0, 0, 0, 7, 7, -7, 1, 2, 4, 6, 3))
    accents = _four_bars((rng.random(STEPS) < 0.28).astype(float))
    slides = _four_bars((rng.random(STEPS) < 0.22).astype(float))
    turn = rng.integers(8, STEPS)
    acid_degrees[3, turn:] = rng.choice([0, 7, 1, 6, 2], STEPS - turn)

    chords = pick(groove.chords)
    dub = np.zeros((4, STEPS))
    for step in rng.choice([0, 2, 3, 6, 10, 11, 14], int(rng.integers(1, 3)), replace=False):
        dub[:, step] = rng.uniform(0.7, 1.0)
    if rng.random() < 0.5:
        dub[1::2] = 0
        dub[1::2, int(rng.choice([3, 6, 10, 13]))] = 0.85

    lead_bar = euclid(int(rng.choice([2, 3, 3, 4, 5])), STEPS, int(rng.integers(STEPS)))
    lead = _four_bars(lead_bar * rng.uniform(0.65, 1.0, STEPS))
    lead_degrees = _motif(lead_bar > 0, rng, (0, 2, 4, 4, 6, 7, 9))
    if rng.random() < 0.5:
        lead[1::2] = 0
    vocal = np.zeros((4, STEPS))
    vocal[:, int(rng.choice([3, 6, 10, 14]))] = 1
    vocal[1::2] = 0
    vocal[3, int(rng.choice([2, 5, 11]))] = 0.8

    swing = float(np.round(rng.uniform(*groove.swing), 1))
    return Pattern(
        name=name,
        groove=groove.name,
        swing=swing,
        hits=hits,
        takes=takes,
        bass=bass,
        bass_degrees=bass_degrees,
        acid=acid,
        acid_degrees=acid_degrees,
        acid_accents=accents,
        acid_slides=slides,
        chords=chords,
        dub=dub,
        progression=_progression(rng),
        lead=lead,
        lead_degrees=lead_degrees,
        vocal=vocal,
    )


def _motif(played: np.ndarray, rng: np.random.Generator, degrees: tuple[int, ...]) -> np.ndarray:
    """A bar of scale degrees that begins on the root, over four bars, one note changed in bars 2 and 4."""
    bar = np.where(rng.random(STEPS) < 0.45, 0, rng.choice(degrees, STEPS))
    if played.any():
        bar[int(np.flatnonzero(played)[0])] = 0
    motif = np.tile(bar, (4, 1))
    motif[1::2, int(rng.integers(6, STEPS))] = int(rng.choice(degrees))
    return motif


def _vary(hits: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Bar-to-bar changes and a fill at the end of the fourth bar, in place."""
    kick = hits["kick"]
    change = rng.random()
    if change < 0.2:
        kick[3, 12:] = 0  # the last beat falls silent
    elif change < 0.4:
        kick[3, int(rng.choice([14, 15, 11]))] = 0.75
    elif change < 0.5:
        kick[1, 15] = 0.55
    hats = hits["closed hat"]
    for bar in (1, 3):
        step = int(rng.integers(STEPS))
        hats[bar, step] = 0.35 if not hats[bar, step] else 0.9 * hats[bar, step]
    fill = rng.random()
    if fill < 0.25:
        hits["snare"][3, 12:] = (0.5, 0.6, 0.75, 0.95)
    elif fill < 0.45:
        hits["snare"][3, 13:] = (0.6, 0, 0.85)
    if rng.random() < 0.3:
        hits["clap"][3, 15] = 0.55
        hits["clap"][3, 14] = 0.0
    if rng.random() < 0.5:
        hits["tom"][3, 10:] = rng.choice([0, 0.7, 0.9], 6)
    if rng.random() < 0.4:
        hits["open hat"][3, 14] = 1.0
    if rng.random() < 0.4:
        hits["percussion"][1::2] *= rng.random((1, STEPS)) > 0.25
