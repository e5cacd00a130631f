"""One loop from one seed: what plays (the plan), its layers, and the mix."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from model import tags
from training.corpus import mix, voices
from training.corpus.kits import kit, kit_names
from training.corpus.patterns import STEPS, Pattern, pattern, pattern_names
from training.corpus.truth import (
    BPM_RANGE,
    DRUMS,
    FRAME_RATE,
    HOP,
    KEYS,
    RATE,
    SPLITS,
    Truth,
    bpm_of,
    frame_range,
)

SCALES = tags.SCALES | {"dorian": (0, 2, 3, 5, 7, 9, 10), "phrygian": (0, 1, 3, 5, 7, 8, 10)}


@dataclass(frozen=True)
class Genre:
    """What a genre tends to: tempo, modes, grooves, kits, and the chance of each instrument."""

    bpm: tuple[float, float]
    modes: dict[str, float]
    grooves: dict[str, float]
    families: dict[str, float]
    chances: dict[str, float]
    moods: dict[str, float]
    wet: float  # how much space, 0..1


GENRE = {
    "minimal techno": Genre(
        (122, 130),
        {"minor": 4, "dorian": 2, "phrygian": 2},
        {"stripped": 4, "four-to-the-floor": 2, "shuffled": 2, "off-beat": 1, "rolling": 1},
        {"909": 2, "808": 3, "sampled": 2, "dusty": 1},
        {
            "clap": 0.68,
            "closed hat": 0.85,
            "open hat": 0.44,
            "shaker": 0.35,
            "percussion": 0.8,
            "tom": 0.25,
            "sub bass": 0.6,
        }
        | {
            "rolling bass": 0.3,
            "acid bass": 0.1,
            "chord stab": 0.25,
            "dub chord": 0.15,
            "lead": 0.25,
            "vocal": 0.1,
            "noise": 0.2,
        },
        {"hypnotic": 4, "dark": 2, "deep": 2, "playful": 2, "raw": 1, "tense": 1},
        0.35,
    ),
    "deep house": Genre(
        (118, 125),
        {"minor": 4, "dorian": 4, "major": 2},
        {"four-to-the-floor": 4, "shuffled": 4, "off-beat": 1},
        {"909": 3, "808": 2, "sampled": 2, "dusty": 3},
        {
            "clap": 0.75,
            "snare": 0.15,
            "closed hat": 0.8,
            "open hat": 0.6,
            "ride": 0.15,
            "shaker": 0.5,
            "percussion": 0.5,
        }
        | {"sub bass": 0.9, "chord stab": 0.75, "pad": 0.35, "lead": 0.2, "vocal": 0.25, "noise": 0.1},
        {"warm": 4, "deep": 4, "dreamy": 2, "melancholic": 2, "euphoric": 1, "playful": 1},
        0.45,
    ),
    "acid": Genre(
        (124, 138),
        {"minor": 4, "phrygian": 3, "dorian": 1},
        {"four-to-the-floor": 3, "driving": 3, "off-beat": 2, "stripped": 1, "broken": 1},
        {"909": 5, "808": 3, "hard": 1},
        {
            "clap": 0.7,
            "snare": 0.2,
            "closed hat": 0.8,
            "open hat": 0.65,
            "ride": 0.36,
            "percussion": 0.35,
            "tom": 0.25,
        }
        | {"acid bass": 0.97, "sub bass": 0.1, "chord stab": 0.15, "pad": 0.1, "noise": 0.1, "riser": 0.08},
        {"hypnotic": 3, "raw": 3, "driving": 3, "tense": 2, "dark": 1, "playful": 1},
        0.3,
    ),
    "dub techno": Genre(
        (116, 128),
        {"minor": 5, "dorian": 3},
        {"stripped": 3, "four-to-the-floor": 4, "off-beat": 2, "broken": 1},
        {"808": 3, "909": 2, "dusty": 3},
        {
            "clap": 0.3,
            "closed hat": 0.8,
            "open hat": 0.35,
            "shaker": 0.3,
            "percussion": 0.4,
            "sub bass": 0.8,
            "dub chord": 0.97,
        }
        | {"pad": 0.2, "noise": 0.45, "tom": 0.1, "rolling bass": 0.1},
        {"deep": 4, "hypnotic": 3, "dreamy": 2, "dark": 2, "warm": 2, "melancholic": 1},
        0.9,
    ),
    "tech house": Genre(
        (123, 129),
        {"minor": 4, "dorian": 3, "phrygian": 1, "major": 1},
        {"four-to-the-floor": 4, "shuffled": 3, "off-beat": 2, "rolling": 2},
        {"909": 4, "sampled": 4, "808": 1},
        {
            "clap": 0.85,
            "snare": 0.15,
            "closed hat": 0.85,
            "open hat": 0.65,
            "ride": 0.1,
            "shaker": 0.5,
            "percussion": 0.75,
        }
        | {
            "tom": 0.25,
            "rolling bass": 0.45,
            "sub bass": 0.5,
            "chord stab": 0.35,
            "lead": 0.2,
            "vocal": 0.5,
            "riser": 0.1,
            "noise": 0.06,
        },
        {"driving": 3, "playful": 4, "hypnotic": 2, "bright": 2, "raw": 1, "warm": 1},
        0.25,
    ),
    "hard techno": Genre(
        (138, 151),
        {"minor": 4, "phrygian": 5},
        {"driving": 5, "rolling": 3, "four-to-the-floor": 1, "broken": 1},
        {"hard": 7, "909": 2},
        {
            "clap": 0.68,
            "snare": 0.2,
            "closed hat": 0.75,
            "open hat": 0.6,
            "ride": 0.45,
            "percussion": 0.45,
            "tom": 0.25,
        }
        | {
            "rolling bass": 0.75,
            "acid bass": 0.25,
            "chord stab": 0.3,
            "lead": 0.2,
            "riser": 0.2,
            "noise": 0.25,
        },
        {"dark": 4, "driving": 5, "raw": 4, "tense": 3},
        0.35,
    ),
    "detroit techno": Genre(
        (122, 134),
        {"minor": 5, "dorian": 4},
        {"four-to-the-floor": 3, "broken": 3, "driving": 2, "shuffled": 1, "half-time": 0.5},
        {"909": 5, "808": 3, "dusty": 1},
        {
            "clap": 0.6,
            "snare": 0.25,
            "closed hat": 0.85,
            "open hat": 0.55,
            "ride": 0.45,
            "shaker": 0.1,
            "percussion": 0.4,
        }
        | {"sub bass": 0.35, "rolling bass": 0.45, "chord stab": 0.75, "pad": 0.4, "lead": 0.35, "tom": 0.15},
        {"melancholic": 3, "driving": 2, "euphoric": 2, "dreamy": 2, "warm": 1, "bright": 1},
        0.4,
    ),
    "ambient techno": Genre(
        (100, 124),
        {"minor": 4, "dorian": 3, "major": 3},
        {"broken": 4, "half-time": 4, "stripped": 2},
        {"808": 3, "dusty": 4, "sampled": 2},
        {
            "clap": 0.15,
            "snare": 0.25,
            "closed hat": 0.6,
            "shaker": 0.3,
            "percussion": 0.6,
            "tom": 0.15,
            "sub bass": 0.7,
        }
        | {"pad": 0.85, "dub chord": 0.25, "lead": 0.5, "vocal": 0.2, "noise": 0.35, "chord stab": 0.15},
        {"dreamy": 5, "warm": 2, "melancholic": 3, "deep": 2, "bright": 1, "hypnotic": 1},
        0.7,
    ),
}

# What is left of a genre's instruments, and how often.
ARRANGEMENTS = {
    "full": 0.36,
    "drums and bass": 0.20,
    "drums only": 0.13,
    "kick and bass": 0.04,
    "no kick": 0.09,
    "no hats": 0.06,
    "break": 0.06,
    "tonal": 0.06,
}
HATS = ("closed hat", "open hat", "ride", "shaker")
BASSES = ("sub bass", "acid bass", "rolling bass")
HARMONY = ("chord stab", "dub chord", "pad", "lead", "vocal")

# Peak of a layer's loudest clip before the master, and its sends (delay, reverb, times the loop's wetness).
LEVEL = {
    "kick": 1.0,
    "snare": 0.62,
    "clap": 0.68,
    "closed hat": 0.5,
    "open hat": 0.44,
    "ride": 0.36,
    "shaker": 0.4,
    "percussion": 0.46,
    "tom": 0.48,
    "sub bass": 0.44,
    "acid bass": 0.46,
    "rolling bass": 0.44,
    "chord stab": 0.55,
    "dub chord": 0.6,
    "pad": 0.28,
    "lead": 0.34,
    "riser": 0.2,
    "vocal": 0.5,
    "noise": 0.06,
}
SENDS = {
    "snare": (0.0, 0.22),
    "clap": (0.0, 0.28),
    "closed hat": (0.0, 0.04),
    "open hat": (0.0, 0.06),
    "ride": (0.0, 0.06),
    "percussion": (0.18, 0.22),
    "tom": (0.05, 0.15),
    "acid bass": (0.12, 0.08),
    "chord stab": (0.25, 0.25),
    "dub chord": (0.75, 0.5),
    "pad": (0.0, 0.3),
    "lead": (0.4, 0.35),
    "vocal": (0.35, 0.35),
    "riser": (0.0, 0.2),
}
DUCK = {
    "sub bass": 0.9,
    "acid bass": 0.46,
    "rolling bass": 0.85,
    "chord stab": 0.4,
    "dub chord": 0.5,
    "pad": 0.75,
    "lead": 0.3,
    "riser": 0.5,
    "vocal": 0.2,
    "noise": 0.7,
    "space": 0.6,
}


@dataclass
class Plan:
    """All decisions of a loop, before a sound is made."""

    seed: int
    split: str
    frames: int
    n_bars: int
    genre: str
    key: str
    mode: str
    moods: tuple[str, ...]
    kit: str
    pattern: str
    instruments: tuple[str, ...]
    bars: tuple[int, ...]  # which bars of the pattern play
    tone: float  # 0 dark .. 1 bright: cutoffs
    wet: float
    drive: float
    rng: np.random.Generator = field(repr=False)


def _draw(rng: np.random.Generator, weights: dict[str, float]) -> str:
    names = list(weights)
    chances = np.array([weights[name] for name in names], dtype=float)
    return names[int(rng.choice(len(names), p=chances / chances.sum()))]


def plan(seed: int, split: str, n_bars: int | None = None, frames: int | None = None) -> Plan:
    """Decides everything about the loop of this seed. n_bars and frames may be given; frames must suit n_bars."""
    if split not in SPLITS:
        raise ValueError(f"split must be one of {SPLITS}, got {split!r}")
    rng = np.random.default_rng([seed, SPLITS.index(split)])
    drawn_bars = int(rng.choice([4, 2, 1], p=[0.6, 0.2, 0.2]))
    if n_bars is None and frames is not None:
        fitting = [n for n in (4, 2, 1) if frame_range(n)[0] <= frames <= frame_range(n)[1]]
        n_bars = fitting[0] if fitting else drawn_bars
    n_bars = drawn_bars if n_bars is None else n_bars
    if n_bars not in (1, 2, 4):
        raise ValueError(f"n_bars must be 1, 2 or 4, got {n_bars}")
    lowest, highest = frame_range(n_bars)

    genre = _draw(rng, dict.fromkeys(tags.GENRES, 1.0))
    style = GENRE[genre]
    anywhere = rng.random() < 0.35
    bpm = (
        rng.uniform(*BPM_RANGE)
        if anywhere
        else np.clip(rng.normal(sum(style.bpm) / 2, np.ptp(style.bpm) / 2.5), *BPM_RANGE)
    )
    drawn_frames = int(np.clip(round(n_bars * 240 * FRAME_RATE / float(bpm)), lowest, highest))
    frames = drawn_frames if frames is None else frames
    if not lowest <= frames <= highest:
        raise ValueError(
            f"frames must be in {lowest}..{highest} for {n_bars} bars in 98..152 BPM, got {frames}"
        )

    key = str(rng.choice(KEYS))
    mode = _draw(rng, style.modes)
    count = int(rng.choice([1, 2, 3], p=[0.3, 0.45, 0.25]))
    weights = dict(style.moods)
    moods: list[str] = []
    if mode == "major":
        weights = {m: w for m, w in weights.items() if m not in ("dark", "tense", "melancholic")} | {
            "bright": 2,
            "euphoric": 2,
        }
    if mode == "phrygian":
        weights = {m: w for m, w in weights.items() if m not in ("bright", "euphoric", "warm", "dreamy")} | {
            "dark": 3,
            "tense": 3,
        }
    for _ in range(count):
        mood = _draw(rng, weights)
        moods.append(mood)
        against = {
            "dark": ("bright", "euphoric", "playful"),
            "bright": ("dark", "deep", "melancholic"),
            "warm": ("raw", "tense"),
        }
        against |= {
            "raw": ("warm", "dreamy"),
            "dreamy": ("raw", "driving"),
            "driving": ("dreamy",),
            "tense": ("warm", "euphoric"),
        }
        against |= {
            "euphoric": ("dark", "melancholic", "tense"),
            "melancholic": ("bright", "euphoric", "playful"),
        }
        against |= {"playful": ("dark", "melancholic"), "deep": ("bright",)}
        weights = {m: w for m, w in weights.items() if m != mood and m not in against.get(mood, ())}
        if not weights:
            break

    groove = _draw(rng, style.grooves)
    chosen_pattern = str(
        rng.choice([name for name in pattern_names(split) if name.rsplit("-", 1)[0] == groove])
    )
    family = _draw(rng, style.families)
    chosen_kit = str(rng.choice([name for name in kit_names(split) if name.startswith(family + "-")]))

    arrangement = _draw(rng, ARRANGEMENTS)
    instruments = _arrange(arrangement, style, moods, rng)
    music = pattern(chosen_pattern)
    bars = _bars(n_bars, music, rng)
    instruments = [name for name in instruments if _plays(name, music, bars)] or ["kick", "closed hat"]

    tone = 0.45 + 0.2 * rng.standard_normal()
    for mood, shift in (
        ("dark", -0.3),
        ("bright", 0.35),
        ("deep", -0.2),
        ("warm", -0.12),
        ("raw", 0.1),
        ("euphoric", 0.2),
    ):
        tone += shift * (mood in moods)
    wet = (
        style.wet * rng.uniform(0.6, 1.3) * (1.5 if "dreamy" in moods else 1) * (0.6 if "raw" in moods else 1)
    )
    drive = float(
        np.clip(rng.uniform(0, 0.5) + 0.4 * ("raw" in moods) + 0.3 * (genre == "hard techno"), 0, 1)
    )
    return Plan(
        seed=seed,
        split=split,
        frames=frames,
        n_bars=n_bars,
        genre=genre,
        key=key,
        mode=mode,
        moods=tuple(moods),
        kit=chosen_kit,
        pattern=chosen_pattern,
        instruments=tuple(instruments),
        bars=bars,
        tone=float(np.clip(tone, 0, 1)),
        wet=float(np.clip(wet, 0.05, 1.2)),
        drive=drive,
        rng=rng,
    )


def _arrange(arrangement: str, style: Genre, moods: list[str], rng: np.random.Generator) -> list[str]:
    chances = {"kick": 1.0, **style.chances}
    if "dreamy" in moods:
        chances["pad"] = chances.get("pad", 0) + 0.3
    if "driving" in moods and "rolling bass" in chances:
        chances["rolling bass"] += 0.2
    if "tense" in moods:
        chances["riser"] = chances.get("riser", 0) + 0.12
    if "playful" in moods:
        chances["percussion"] = chances.get("percussion", 0) + 0.2
    chosen = {name for name, chance in chances.items() if rng.random() < chance}
    basses = [name for name in BASSES if name in chosen]
    if len(basses) > 1:
        kept = "acid bass" if "acid bass" in basses and rng.random() < 0.6 else str(rng.choice(basses))
        chosen -= set(basses) - {kept}
    if not basses:
        chosen.add(max(BASSES, key=lambda name: style.chances.get(name, 0)))
    if {"clap", "snare"} <= chosen and rng.random() < 0.7:
        chosen.discard(str(rng.choice(["clap", "snare"])))
    harmony = [name for name in HARMONY if name in chosen]
    while len(harmony) > 2:  # few voices: what plays is to be heard
        dropped = harmony.pop(int(rng.integers(len(harmony))))
        if dropped in style.chances and style.chances[dropped] > 0.9:
            harmony.insert(0, dropped)
            dropped = harmony.pop()
        chosen.discard(dropped)

    if arrangement == "drums and bass":
        chosen -= {*HARMONY, "riser"}
    elif arrangement == "drums only":
        chosen -= {*HARMONY, *BASSES, "riser", "noise"}
        chosen |= {str(rng.choice(["closed hat", "percussion", "shaker"]))}
    elif arrangement == "kick and bass":
        chosen &= {"kick", *BASSES}
    elif arrangement == "no kick":
        chosen.discard("kick")
    elif arrangement == "no hats":
        chosen -= set(HATS)
    elif arrangement == "break":
        chosen -= {*DRUMS, *BASSES}
        chosen |= {"pad"}
    elif arrangement == "tonal":
        chosen -= set(DRUMS)
        if not chosen & {*HARMONY}:
            chosen.add("chord stab")
    return sorted(chosen)


def _bars(n_bars: int, music: Pattern, rng: np.random.Generator) -> tuple[int, ...]:
    if n_bars == 4:
        return (0, 1, 2, 3)
    if n_bars == 2:
        return ((0, 1), (0, 3), (2, 3))[int(rng.integers(3))]
    return (int(rng.choice([0, 0, 1, 2])),)


def _plays(name: str, music: Pattern, bars: tuple[int, ...]) -> bool:
    """Whether the pattern gives this instrument a note in these bars."""
    rows = {
        "sub bass": music.bass,
        "rolling bass": music.bass,
        "acid bass": music.acid,
        "chord stab": music.chords,
    }
    rows |= {"dub chord": music.dub, "lead": music.lead, "vocal": music.vocal}
    row = rows.get(name, music.hits.get(name))
    return row is None or bool((row[list(bars)] > 0.3).any())


class _Score:
    """A plan with its clock: turns (bar, step) into samples and degrees into Hz."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.music = pattern(plan.pattern)
        self.kit = kit(plan.kit)
        self.n = HOP * plan.frames
        self.step = self.n / (plan.n_bars * STEPS)
        self.step_s = self.step / RATE
        self.rng = plan.rng
        self.tonic = KEYS.index(plan.key)
        self.scale = SCALES[plan.mode]
        self.phase = self.rng.random(997)
        self.down: np.ndarray | None = None  # the ducking, where there is a kick

    def at(self, bar: int, step: float) -> float:
        """Where a sixteenth begins, swung, in samples."""
        late = (self.music.swing - 50) / 50 if int(step) % 2 else 0.0
        return (bar * STEPS + step + late) * self.step

    def jitter(self, s: float) -> float:
        return float(self.rng.normal(0, s)) * RATE

    def semitones(self, degree: int) -> int:
        """A scale degree (0 the tonic, 7 its octave) as semitones above the tonic."""
        return 12 * (degree // 7) + self.scale[degree % 7]

    def hz(self, degree: int, floor: int) -> float:
        """The degree's frequency; the tonic is the lowest one at or above MIDI note `floor`."""
        tonic = floor + (self.tonic - floor) % 12
        return float(440 * 2 ** ((tonic + self.semitones(degree) - 69) / 12))

    def track(self) -> np.ndarray:
        return np.zeros((2, self.n), dtype=np.float32)


def _drum(score: _Score, name: str) -> np.ndarray:
    track = score.track()
    hits = score.music.hits[name]
    which = score.music.takes.get(name)
    takes = score.kit.takes[name]
    rng, tight = score.rng, name in ("kick", "clap", "snare")
    late = {"kick": 0.0, "clap": 0.0, "snare": 0.001, "closed hat": 0.0015, "shaker": 0.002}.get(name, 0.001)
    late_samples = late * RATE * rng.uniform(0, 1.5) if name != "kick" else 0.0
    places = [0.0] * len(takes)
    if name not in ("kick", "snare", "clap"):
        side = rng.uniform(-0.35, 0.35)
        places = [side * (-1) ** i for i in range(len(takes))]
    for row, bar in enumerate(score.plan.bars):
        for step in np.flatnonzero(hits[bar]):
            take = int(which[bar, step]) % len(takes) if which is not None else 0
            level = float(hits[bar, step]) ** 1.3 * (1.0 if tight else 1 + 0.08 * rng.standard_normal())
            shift = 0.0 if name == "kick" else late_samples + score.jitter(0.0008 if tight else 0.0015)
            left, right = mix.pan(places[take])
            mix.place(track, takes[take], score.at(row, int(step)) + shift, level * left, level * right)
    return track


def _chord_degrees(score: _Score, rng: np.random.Generator) -> tuple[int, ...]:
    kinds = {(0, 2, 4): 2.0, (0, 2, 4, 6): 4.0, (0, 4, 6, 9): 2.0, (0, 2, 6, 8): 1.5, (0, 4, 7): 1.0}
    if score.plan.genre in ("hard techno", "minimal techno", "acid"):
        kinds |= {(0, 4, 7): 4.0, (0, 2): 2.0}
    names = list(kinds)
    weights = np.array([kinds[name] for name in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def _gaps(row: np.ndarray) -> np.ndarray:
    """For each step of a flat row, how many steps until the next hit (circular), at most 16."""
    hits = np.flatnonzero(row)
    gaps = np.zeros(len(row), dtype=int)
    for i, at in enumerate(hits):
        after = hits[(i + 1) % len(hits)]
        gaps[at] = min((int(after) - int(at) - 1) % len(row) + 1, 16)
    return gaps


def _bass(score: _Score, name: str) -> np.ndarray:
    plan, rng, music = score.plan, score.rng, score.music
    track = score.track()
    bars = list(plan.bars)
    is_acid = name == "acid bass"
    velocities = (music.acid if is_acid else music.bass)[bars].reshape(-1)
    degrees = (music.acid_degrees if is_acid else music.bass_degrees)[bars].reshape(-1)
    accents, slides = music.acid_accents[bars].reshape(-1), music.acid_slides[bars].reshape(-1)
    gaps = _gaps(velocities)
    moves = rng.random() < 0.5 and not is_acid
    roots = np.repeat([music.progression[bar] if moves else 0 for bar in bars], STEPS)
    clips: dict[tuple[object, ...], np.ndarray] = {}
    tone = plan.tone
    wave = str(rng.choice(["saw", "square"]))
    cutoff = float(rng.uniform(140, 420) * 2 ** (2.0 * (tone - 0.4)))
    depth, q = float(rng.uniform(1.8, 3.6)), float(rng.uniform(0.8, 3.5))
    decay = float(rng.uniform(0.05, 0.16))
    hold = float(rng.uniform(0.45, 0.9))
    harmonics = float(rng.uniform(0.15, 0.8) * (0.6 + tone))
    resonance, drive = float(rng.uniform(2.2, 3.5)), float(0.2 + 0.8 * plan.drive)
    floor = 36 if is_acid else int(rng.choice([33, 36]) if name == "rolling bass" else rng.choice([31, 33]))
    before: float | None = None
    # A knob that turns over the loop and comes back, as a hand would; quantised so that notes can be shared.
    sweep = rng.uniform(0, 1.3) if is_acid else rng.uniform(0, 0.6)
    turned = (
        np.round(
            2 * sweep * np.sin(2 * np.pi * (np.arange(plan.n_bars * 2) / (plan.n_bars * 2) + rng.random()))
        )
        / 2
    )
    for i in np.flatnonzero(velocities):
        degree = int(degrees[i] + roots[i])
        if not is_acid and degree >= 7 and degrees[i] < 7:
            degree -= 7
        hz = score.hz(degree, floor)
        slide = is_acid and bool(slides[i]) and before is not None
        length = float(gaps[i]) if slide else min(float(gaps[i]), 4 if name == "sub bass" else 2) * hold
        length = min(length, float(gaps[i]), 8.0)
        opened = float(turned[i * 2 // STEPS])
        known = (degree, length, bool(accents[i]), round(before, 2) if slide and before else 0, opened)
        if known not in clips:
            seconds = length * score.step_s
            if is_acid:
                start = before if slide else None
                clips[known] = voices.acid(
                    hz,
                    start,
                    wave,
                    cutoff * 1.4 * 2**opened,
                    depth,
                    resonance,
                    1.6 * decay,
                    seconds,
                    float(accents[i]),
                    drive,
                )
            elif name == "rolling bass":
                clips[known] = voices.bass(hz, wave, cutoff * 2**opened, depth, q, decay, seconds, plan.drive)
            else:
                clips[known] = voices.sub(hz, harmonics, 2.2 * decay + 0.1, seconds)
        level = float(velocities[i])
        mix.place(track, clips[known], score.at(0, int(i)), level, level)
        before = hz
    return track


def _stabs(score: _Score, name: str) -> np.ndarray:
    plan, rng, music = score.plan, score.rng, score.music
    track = score.track()
    is_dub = name == "dub chord"
    velocities = (music.dub if is_dub else music.chords)[list(plan.bars)]
    shape = _chord_degrees(score, rng)
    fm = not is_dub and rng.random() < 0.4
    wave = str(rng.choice(["saw", "saw", "square", "pulse"]))
    tone = plan.tone
    cutoff = (
        float(rng.uniform(250, 600) * 2 ** (1.5 * tone)),
        float(rng.uniform(900, 3500) * 2 ** (1.5 * (tone - 0.4))),
        float(rng.uniform(0.05, 0.16)),
    )
    q = float(rng.uniform(0.7, 2.8))
    length = float(rng.choice([0.4, 0.7, 1.0, 1.6])) * score.step_s
    decay = float(rng.uniform(0.04, 0.16)) * (1.6 if is_dub else 1)
    ratio, index = float(rng.choice([1, 1, 2, 3, 1.5])), float(rng.uniform(0.8, 2.6) * (0.6 + 0.8 * tone))
    floor = int(rng.choice([48, 50, 53, 55]))
    clips: dict[int, np.ndarray] = {}
    for row, bar in enumerate(plan.bars):
        root = music.progression[bar]
        for step in np.flatnonzero(velocities[row]):
            if root not in clips:
                inverted = [root + d - (7 if root + d > 9 else 0) for d in shape]
                notes = [score.hz(d, floor) for d in inverted]
                clips[root] = (
                    voices.fm_chord(notes, ratio, index, 1.8 * decay, length)
                    if fm
                    else voices.chord(
                        notes, wave, cutoff, q, (0.002, decay), length, float(rng.uniform(4, 14)), score.phase
                    )
                )
            level = float(velocities[row, step])
            mix.place(track, clips[root], score.at(row, int(step)) + score.jitter(0.001), level, level)
    return track


def _pad(score: _Score, name: str) -> np.ndarray:
    plan, rng, music = score.plan, score.rng, score.music
    track = score.track()
    shape = _chord_degrees(score, rng)
    wave = str(rng.choice(["saw", "square", "pulse", "organ"]))
    base = float(rng.uniform(350, 900) * 2 ** (2 * (plan.tone - 0.4)))
    q, detune, floor = float(rng.uniform(0.7, 1.6)), float(rng.uniform(5, 16)), int(rng.choice([48, 52, 55]))
    roots = [music.progression[bar] for bar in plan.bars]
    begin = 0
    while begin < len(roots):
        end = begin + 1
        while end < len(roots) and end - begin < 2 and roots[end] == roots[begin]:
            end += 1
        notes = [score.hz(roots[begin] + d - (7 if roots[begin] + d > 9 else 0), floor) for d in shape]
        bars_s = (end - begin) * STEPS * score.step_s
        swell = (base, base * float(rng.uniform(0, 1.5)), 0.4 * bars_s)
        clip = voices.chord(
            notes, wave, swell, q, (0.12, 0.25), bars_s - 0.15, detune, score.phase, block=512
        )
        mix.place(track, clip, score.at(begin, 0), 1, 1)
        begin = end
    if rng.random() < 0.3:  # a gated pad breathes with the sixteenths
        gate = music.chords[0] if music.chords[0].any() else np.tile([1.0, 0, 1, 1], 4)
        opened = np.interp(
            np.arange(score.n) / score.step,
            np.arange(plan.n_bars * STEPS * 8) / 8,
            np.repeat(np.tile(gate > 0, plan.n_bars), 8),
        )
        track *= (0.12 + 0.88 * opened).astype(np.float32)
    return track


def _lead(score: _Score, name: str) -> np.ndarray:
    plan, rng, music = score.plan, score.rng, score.music
    track = score.track()
    bars = list(plan.bars)
    velocities, degrees = music.lead[bars].reshape(-1), music.lead_degrees[bars].reshape(-1)
    kind = str(rng.choice(["pluck", "fm", "bell"]))
    wave = str(rng.choice(["saw", "square", "pulse"]))
    length = float(rng.choice([0.5, 0.9, 1.5])) * score.step_s
    decay = float(rng.uniform(0.05, 0.14))
    tone = 2 ** (1.5 * (plan.tone - 0.4))
    ratio = float(rng.choice([2, 3.5, 1.41, 4])) if kind == "bell" else float(rng.choice([1, 2]))
    cutoff = (500 * tone, float(rng.uniform(1200, 4000)) * tone, 0.1)
    clips: dict[int, np.ndarray] = {}
    for i in np.flatnonzero(velocities):
        degree = int(degrees[i])
        if degree not in clips:
            hz = score.hz(degree, 64)
            clips[degree] = (
                voices.chord([hz], wave, cutoff, 2.0, (0.002, decay), length, 5.0, score.phase)
                if kind == "pluck"
                else voices.fm_chord([hz], ratio, 2.2, 1.5 * decay, length)
            )
        level = float(velocities[i])
        left, right = mix.pan(0.3 * (-1) ** int(i))
        mix.place(
            track, clips[degree], score.at(0, int(i)) + score.jitter(0.001), level * left, level * right
        )
    return track


def _vocal(score: _Score, name: str) -> np.ndarray:
    plan, rng, music = score.plan, score.rng, score.music
    track = score.track()
    vowel = str(rng.choice(list(voices.FORMANTS)))
    notes = [score.hz(d, 50) for d in ((0,), (0, 2), (0, 4))[int(rng.integers(3))]]
    clip = voices.voice(notes, vowel, float(rng.uniform(0.6, 2.2)) * score.step_s, 0.05, score.phase)
    for row, bar in enumerate(plan.bars):
        for step in np.flatnonzero(music.vocal[bar]):
            level = float(music.vocal[bar, step])
            mix.place(track, clip, score.at(row, int(step)), level, level)
    return track


def _riser(score: _Score, name: str) -> np.ndarray:
    rng = score.rng
    position = np.linspace(0, 1, 64)
    sound = voices.moving_noise(score.n, 300 * 2 ** (4.6 * position), float(rng.uniform(0.7, 1.6)), rng)
    rise = np.linspace(0, 1, score.n, dtype=np.float32) ** 1.7
    rise[-300:] *= np.linspace(1, 0, 300, dtype=np.float32)
    return sound * rise


def _noise(score: _Score, name: str) -> np.ndarray:
    rng = score.rng
    centre = float(rng.uniform(3000, 7000)) * 2 ** (0.6 * np.sin(2 * np.pi * np.linspace(0, 1, 33)))
    sound = voices.moving_noise(score.n, centre, float(rng.uniform(1.5, 3)), rng)
    if rng.random() < 0.6:  # crackle
        count = int(score.n / RATE * rng.uniform(6, 25))
        at = rng.integers(0, score.n, count)
        sound[rng.integers(0, 2, count), at] += rng.uniform(-3, 3, count).astype(np.float32)
    return sound


PLAYERS = dict.fromkeys(DRUMS, _drum) | {
    "sub bass": _bass,
    "acid bass": _bass,
    "rolling bass": _bass,
    "chord stab": _stabs,
    "dub chord": _stabs,
    "pad": _pad,
    "lead": _lead,
    "vocal": _vocal,
    "riser": _riser,
    "noise": _noise,
}


def _layers(decided: Plan) -> tuple[_Score, dict[str, np.ndarray]]:
    """Each instrument's track at its level, ducked, without effects."""
    score = _Score(decided)
    layers = {}
    if "kick" in decided.instruments:
        hits = score.music.hits["kick"]
        kicks = [
            score.at(row, int(s))
            for row, bar in enumerate(decided.bars)
            for s in np.flatnonzero(hits[bar] > 0.5)
        ]
        score.down = mix.ducking(score.n, kicks, float(score.rng.uniform(0.1, 0.3)))
    for name in decided.instruments:
        track = PLAYERS[name](score, name)
        peak = float(np.abs(track).max())
        level = LEVEL[name] * float(score.rng.uniform(0.8, 1.2)) / max(peak, 1e-6)
        if name == "kick":
            level = LEVEL[name] / max(peak, 1e-6)
        if score.down is not None and name in DUCK:
            track *= np.float32(level) - np.float32(level * DUCK[name]) * score.down
        else:
            track *= np.float32(level)
        layers[name] = track
    return score, layers


def _mixed(decided: Plan) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray, float]:
    """(master [2, samples], layers, band powers of the mix, gain from layers to master)."""
    score, layers = _layers(decided)
    rng = score.rng
    domain = mix.Spectrum(score.n)
    mixed = np.zeros((2, score.n), dtype=np.float32)
    sends = np.zeros((2, score.n), dtype=np.float32)  # to the delay, to the reverb: both mono
    for name, track in layers.items():
        mixed += track
        if name in SENDS:
            mono = track[0] + track[1]
            for send, amount in zip(sends, SENDS[name], strict=True):
                if amount:
                    send += np.float32(0.5 * amount * decided.wet) * mono
    delay = float(rng.choice([3, 3, 3, 2, 6, 4])) * score.step
    feedback = float(rng.uniform(0.45, 0.72)) if "dub chord" in layers else float(rng.uniform(0.25, 0.5))
    decay_ms = int(rng.choice([350, 500, 800] if decided.wet < 0.5 else [700, 1100, 1700]))
    impulses = mix.room(int(rng.integers(8)), decay_ms, int(rng.choice([2500, 4500, 7000])))
    if sends.any():
        sent = domain.forward(sends)
        wet = domain.echoes(delay, feedback, 3500)
        wet *= sent[0]
        sent[1] += np.float32(0.12) * (wet[0] + wet[1])
        wet += domain.response(impulses) * sent[1]
        space = domain.back(wet)
        if score.down is not None:
            space = space * (1 - np.float32(DUCK["space"]) * score.down)
        layers["space"] = space
        mixed += space
    spectrum = domain.forward(mixed)
    low = domain.hz < 400
    hz = domain.hz[low]
    spectrum[:, low] *= (hz / np.sqrt(hz**2 + 24**2)) ** 2  # nothing below the kick
    side = (spectrum[0, low] - spectrum[1, low]) * 0.5
    lost = side / (1 + (hz / 130) ** 4)  # the lows in the middle
    spectrum[0, low] -= lost
    spectrum[1, low] += lost
    bands = mix.bands(spectrum, domain.size)
    target = -14.0 if set(layers) & {"kick", *BASSES} else -16.5
    gain = 10 ** ((target - mix.loudness(bands)) / 20)
    sound = domain.back(spectrum)
    peak = float(np.abs(sound).max())
    gain = min(gain, 10 ** (4.0 / 20) / max(peak, 1e-9))  # at most 4 dB into the soft clipper
    warmth = np.float32(0.05 + 0.2 * decided.drive)
    sound = sound * np.float32(gain)
    squared = sound * sound
    sound *= 1 - warmth * squared / (1 + squared)
    return mix.soft_clip(sound), layers, bands, gain


def _truth(decided: Plan, layers: dict[str, np.ndarray], bands: np.ndarray) -> Truth:
    music = pattern(decided.pattern)
    bars = list(decided.bars)
    onsets = np.zeros(len(bars) * STEPS)
    tracks = {
        "sub bass": music.bass,
        "rolling bass": music.bass,
        "acid bass": music.acid,
        "chord stab": music.chords,
    }
    tracks |= {"dub chord": music.dub, "lead": music.lead, "vocal": music.vocal, **music.hits}
    for name in decided.instruments:
        if name in tracks:
            onsets += (tracks[name][bars] > 0.3).reshape(-1)
    density = float(np.clip(onsets.mean() / 3.2, 0, 1))
    bpm = bpm_of(decided.frames, decided.n_bars)
    bright = mix.brightness(bands)
    energy = (
        0.45 * density + 0.2 * ("kick" in decided.instruments) + 0.2 * (bpm - 98) / 54 + 0.15 * decided.drive
    )
    return Truth(
        seed=decided.seed,
        split=decided.split,
        frames=decided.frames,
        n_bars=decided.n_bars,
        bpm=bpm,
        key=decided.key,
        mode=decided.mode,
        genre=decided.genre,
        moods=decided.moods,
        instruments=tuple(name for name in PLAYERS if name in layers),
        density=round(density, 3),
        brightness=round(bright, 3),
        swing=music.swing,
        groove=music.groove,
        energy=round(float(np.clip(energy, 0, 1)), 3),
        kit=decided.kit,
        pattern=decided.pattern,
    )


def render(
    seed: int, split: str, n_bars: int | None = None, frames: int | None = None
) -> tuple[np.ndarray, Truth]:
    """The loop of this seed: audio float32 [samples, 2] at 48 kHz, seamless, and its truth (without captions).

    n_bars: 1, 2, 4; frames: latent frames of the whole loop, which decide the tempo. Both are drawn when not given.
    The same arguments give the same bits.
    """
    decided = plan(seed, split, n_bars, frames)
    sound, layers, bands, _ = _mixed(decided)
    return np.ascontiguousarray(sound.T), _truth(decided, layers, bands)


def render_layers(
    seed: int, split: str, n_bars: int | None = None, frames: int | None = None
) -> tuple[dict[str, np.ndarray], Truth]:
    """The same loop before its master: float32 [samples, 2] by instrument, and "space" (all delay and reverb).

    Already ducked and at the level that they have in the loop, so their sum is the loop but for the master's
    bass filter, saturation and soft clipping.
    """
    decided = plan(seed, split, n_bars, frames)
    _, layers, bands, gain = _mixed(decided)
    return {name: np.ascontiguousarray(track.T) * np.float32(gain) for name, track in layers.items()}, _truth(
        decided, layers, bands
    )
