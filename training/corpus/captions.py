"""Captions of a loop: true statements about it, in words as varied as players' own.

A caption is put together from facts. Each fact is a wording and the claim that it makes, so that training
knows what a caption states, and a test can check that all of it is true. Wordings that only evoke ("for a
warehouse") claim nothing.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from model.tags import INSTRUMENTS
from training.corpus.truth import Truth

# Families of instruments. "no hats" speaks of every member, "hats" of at least one.
FAMILIES: dict[str, tuple[str, ...]] = {
    "drums": ("kick", "snare", "clap", "closed hat", "open hat", "ride", "shaker", "percussion", "tom"),
    "hats": ("closed hat", "open hat"),
    "cymbals": ("closed hat", "open hat", "ride"),
    "bass": ("sub bass", "acid bass", "rolling bass"),
    "chords": ("chord stab", "dub chord"),
    "synths": ("chord stab", "dub chord", "pad", "lead"),
}
PARTS = INSTRUMENTS + tuple(FAMILIES)

PART_WORDS: dict[str, tuple[str, ...]] = {
    "kick": ("kick", "kick", "kick drum", "bass drum", "kicks", "kickdrum", "thumping kick"),
    "snare": ("snare", "snare", "snare drum", "snares"),
    "clap": ("clap", "claps", "handclap", "hand claps"),
    "closed hat": ("closed hat", "closed hats", "closed hi-hats", "ticking hats"),
    "open hat": ("open hat", "open hats", "open hi-hat", "off-beat open hats"),
    "ride": ("ride", "ride cymbal", "rides"),
    "shaker": ("shaker", "shakers"),
    "percussion": ("percussion", "percs", "perc hits", "percussive hits"),
    "tom": ("tom", "toms", "tom-toms", "tom drums"),
    "sub bass": ("sub bass", "sub", "sub-bass", "deep sub"),
    "acid bass": ("acid bass", "acid line", "303", "tb-303", "acid bassline", "squelchy 303", "303 bassline"),
    "rolling bass": ("rolling bass", "rolling bassline", "rolling bass line"),
    "chord stab": ("chord stab", "stabs", "chord stabs", "stab"),
    "dub chord": ("dub chord", "dub chords", "dubby chords", "echoing chords"),
    "pad": ("pad", "pads", "synth pads", "atmospheric pads", "lush pads"),
    "lead": ("lead", "synth lead", "lead synth", "melody", "lead line"),
    "riser": ("riser", "risers", "rising sweep", "uplifter"),
    "vocal": ("vocal", "vocals", "voice", "vocal chops", "vox"),
    "noise": ("noise", "white noise", "hiss", "noise texture"),
    "drums": ("drums", "drums", "drum machine", "909 drums", "beats"),
    "hats": ("hats", "hats", "hi-hats", "hihats", "hi hats", "hi-hat"),
    "cymbals": ("cymbals",),
    "bass": ("bass", "bass", "bassline", "bass line"),
    "chords": ("chords", "chords"),
    "synths": ("synths", "synth"),
}

GENRE_WORDS: dict[str, tuple[str, ...]] = {
    "minimal techno": (
        "minimal techno",
        "minimal techno",
        "minimal",
        "reduced techno",
        "clicky minimal techno",
        "microscopic techno",
    ),
    "deep house": (
        "deep house",
        "deep house",
        "soulful deep house",
        "chicago deep house",
        "late night house",
    ),
    "acid": ("acid", "acid techno", "acid house", "303 acid", "chicago acid", "squelchy acid"),
    "dub techno": (
        "dub techno",
        "dub techno",
        "dubby techno",
        "berlin dub techno",
        "basic channel style dub",
        "echo-drenched techno",
    ),
    "tech house": ("tech house", "tech house", "tech-house", "groovy tech house", "ibiza tech house"),
    "hard techno": (
        "hard techno",
        "hard techno",
        "banging techno",
        "warehouse techno",
        "industrial techno",
        "schranz",
    ),
    "detroit techno": (
        "detroit techno",
        "detroit techno",
        "motor city techno",
        "classic detroit",
        "futuristic detroit techno",
    ),
    "ambient techno": (
        "ambient techno",
        "ambient techno",
        "ambient",
        "atmospheric techno",
        "beatific ambient techno",
    ),
}
GENRE_SCENES: dict[str, tuple[str, ...]] = {
    "minimal techno": (
        "for an after hour in berlin",
        "tiny clicks and a lot of space",
        "for a small dark room",
    ),
    "deep house": (
        "for a rooftop at sunset",
        "for a cocktail bar",
        "like an old chicago record",
        "sunday afternoon by the pool",
    ),
    "acid": ("like a squelching machine gone mad", "smiley faces and strobe lights", "late eighties rave"),
    "dub techno": ("echoes in a foggy harbour", "underwater reverb", "endless delays in the mist"),
    "tech house": ("for a beach club", "for a packed dance floor", "festival afternoon"),
    "hard techno": (
        "for a warehouse rave",
        "peak time in a concrete bunker",
        "factory machines at full power",
    ),
    "detroit techno": ("robots dreaming of soul", "for a car plant at night", "science fiction city"),
    "ambient techno": ("floating in space", "for falling asleep", "slow clouds over the sea"),
}

MOOD_WORDS: dict[str, tuple[str, ...]] = {
    "dark": ("dark", "dark", "gloomy", "murky", "shadowy", "sinister", "ominous", "brooding"),
    "bright": ("bright", "bright", "sunny", "shining", "radiant", "luminous"),
    "hypnotic": ("hypnotic", "hypnotic", "trance-like", "mesmerising", "trippy", "repetitive", "looping"),
    "driving": ("driving", "driving", "relentless", "propulsive", "pushing", "forceful"),
    "deep": ("deep", "deep", "submerged", "immersive", "profound"),
    "dreamy": ("dreamy", "dreamy", "ethereal", "floating", "hazy", "otherworldly"),
    "raw": ("raw", "raw", "gritty", "rough", "dirty", "distorted", "unpolished"),
    "warm": ("warm", "warm", "cosy", "soulful", "smooth", "soft"),
    "tense": ("tense", "tense", "nervous", "anxious", "uneasy", "suspenseful"),
    "playful": ("playful", "playful", "quirky", "funny", "bouncy", "cheeky"),
    "melancholic": ("melancholic", "melancholic", "sad", "wistful", "nostalgic", "bittersweet"),
    "euphoric": ("euphoric", "euphoric", "uplifting", "ecstatic", "joyful", "happy", "blissful"),
}
MOOD_SCENES: dict[str, tuple[str, ...]] = {
    "dark": ("in a cellar", "walking through a tunnel at night", "lights off"),
    "bright": ("morning light", "under a blue sky"),
    "hypnotic": ("staring at a spinning wheel", "lost in a trance"),
    "driving": ("on the motorway at night", "running at full speed"),
    "deep": ("at the bottom of the ocean", "a deep dive"),
    "dreamy": ("half asleep in the clouds", "a dream under the stars"),
    "raw": ("on a broken tape machine", "rust and sweat"),
    "warm": ("by the fireplace", "golden hour"),
    "tense": ("a thriller before the crime", "waiting for the explosion"),
    "playful": ("toys on the kitchen floor", "a children's game"),
    "melancholic": ("rain on the window", "the last train home", "missing somebody"),
    "euphoric": ("hands in the air", "sunrise at the festival", "the best night of my life"),
}

LEVEL_WORDS: dict[tuple[str, int], tuple[str, ...]] = {
    ("density", -1): ("sparse", "spacious", "uncluttered", "empty"),
    ("density", 1): ("busy", "dense", "packed", "full of notes"),
    ("brightness", -1): ("muffled", "low-passed", "dull-sounding", "filtered down"),
    ("brightness", 1): ("crisp", "airy", "sizzling", "with open highs"),
    ("energy", -1): ("calm", "laid-back", "low energy", "relaxed", "chilled"),
    ("energy", 1): ("energetic", "high energy", "powerful", "pumping", "intense"),
    ("swing", -1): ("straight", "quantised", "machine-straight"),
    ("swing", 1): ("swung", "shuffled", "swinging", "with swing", "shuffling"),
    ("tempo", -1): ("slow", "slow tempo", "downtempo"),
    ("tempo", 0): ("mid-tempo", "medium tempo"),
    ("tempo", 1): ("fast", "fast tempo", "rapid"),
}
GROOVE_WORDS: dict[str, tuple[str, ...]] = {
    "four-to-the-floor": (
        "four on the floor",
        "four on the floor",
        "four-to-the-floor",
        "4x4",
        "straight four kick",
    ),
    "off-beat": ("off-beat groove", "offbeat groove", "upbeat accents"),
    "rolling": ("rolling groove", "rolling groove", "galloping groove"),
    "broken": ("broken beat", "broken groove", "breakbeat", "syncopated beat"),
    "shuffled": ("shuffled groove", "shuffle beat", "swinging shuffle"),
    "stripped": ("stripped groove", "bare-bones beat"),
    "driving": ("straight-ahead beat", "marching beat"),
    "half-time": ("half-time", "half-time beat", "halftime groove"),
}
NOUNS = ("loop", "track", "groove", "tune", "music", "pattern", "club track", "beat")
FLAT_NAMES = {"C#": "Db", "D#": "Eb", "F#": "Gb", "G#": "Ab", "A#": "Bb"}


@dataclass(frozen=True)
class Claims:
    """What a caption states. None and empty: not stated. `present` and `absent` are names out of PARTS."""

    genre: str | None = None
    moods: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    key: str | None = None
    mode: str | None = None
    bpm: float | None = None
    groove: str | None = None
    levels: dict[str, int] = field(default_factory=dict)  # "density": -1 low, 1 high, and so on

    def __or__(self, other: "Claims") -> "Claims":
        """Both statements together."""
        return Claims(
            self.genre or other.genre,
            self.moods | other.moods,
            self.present | other.present,
            self.absent | other.absent,
            self.key or other.key,
            self.mode or other.mode,
            self.bpm or other.bpm,
            self.groove or other.groove,
            {**self.levels, **other.levels},
        )


@dataclass(frozen=True)
class Caption:
    """A text and what it states."""

    text: str
    claims: Claims


@dataclass(frozen=True)
class Fact:
    """One wording. `role` is its place in a sentence: "adjective", "noun", "with", "no", "only" or "tail"."""

    role: str
    text: str
    claims: Claims


class _Source(Protocol):
    def __call__(self, truth: Truth, rng: Random) -> Fact | None: ...


def levels(truth: Truth) -> dict[str, int]:
    """The gradual attributes that are worth a word: -1 low, 1 high (tempo also 0); middles have none."""
    result = {}
    for name, value, low, high in (
        ("density", truth.density, 0.3, 0.65),
        ("brightness", truth.brightness, 0.3, 0.65),
        ("energy", truth.energy, 0.35, 0.65),
        ("swing", truth.swing, 51.0, 55.0),
        ("tempo", truth.bpm, 116.0, 134.0),
    ):
        if value <= low:
            result[name] = -1
        elif value >= high:
            result[name] = 1
    if 118.0 <= truth.bpm <= 128.0:
        result["tempo"] = 0
    return result


def _present(parts: tuple[str, ...]) -> frozenset[str]:
    families = {family for family, members in FAMILIES.items() for part in parts if part in members}
    for part in parts:  # a family named as a whole stands in larger ones too: hats are cymbals and drums
        families |= {
            f for f, members in FAMILIES.items() if part in FAMILIES and set(FAMILIES[part]) <= set(members)
        }
    return frozenset(parts) | families


def _absent(parts: tuple[str, ...]) -> frozenset[str]:
    gone = {member for part in parts for member in FAMILIES.get(part, (part,))}
    return frozenset(gone | {family for family, members in FAMILIES.items() if gone >= set(members)})


def _listed(words: list[str], rng: Random) -> str:
    if len(words) == 1:
        return words[0]
    last = rng.choice((" and ", " and ", ", ", " & ", " + "))
    return ", ".join(words[:-1]) + last + words[-1]


def _genre(truth: Truth, rng: Random) -> Fact:
    return Fact("noun", rng.choice(GENRE_WORDS[truth.genre]), Claims(genre=truth.genre))


def _scene(truth: Truth, rng: Random) -> Fact:
    mood = rng.choice(truth.moods)
    if rng.random() < 0.5:
        return Fact("tail", rng.choice(GENRE_SCENES[truth.genre]), Claims())
    return Fact("tail", rng.choice(MOOD_SCENES[mood]), Claims())


def _mood(truth: Truth, rng: Random) -> Fact:
    mood = rng.choice(truth.moods)
    return Fact("adjective", rng.choice(MOOD_WORDS[mood]), Claims(moods=frozenset({mood})))


def _with(truth: Truth, rng: Random) -> Fact | None:
    sounding = [part for part in PARTS if set(FAMILIES.get(part, (part,))) & set(truth.instruments)]
    if "drums" in sounding and len(set(FAMILIES["drums"]) & set(truth.instruments)) < 2:
        sounding.remove("drums")  # a lone shaker is no drums
    if not sounding:
        return None
    parts = tuple(rng.sample(sounding, min(len(sounding), rng.choice((1, 1, 1, 2, 2, 3)))))
    return Fact(
        "with", _listed([rng.choice(PART_WORDS[p]) for p in parts], rng), Claims(present=_present(parts))
    )


def _without(truth: Truth, rng: Random) -> Fact | None:
    silent = [part for part in PARTS if not set(FAMILIES.get(part, (part,))) & set(truth.instruments)]
    if "percussion" in silent and {"shaker", "tom"} & set(truth.instruments):
        silent.remove("percussion")  # shakers and toms are percussion to most ears
    silent += [
        part for part in silent if part in ("kick", "hats", "drums", "bass", "snare", "clap", "vocal")
    ] * 3
    if not silent:
        return None
    part = rng.choice(silent)
    claims = Claims(absent=_absent((part,)))
    if part == "drums" and rng.random() < 0.5:
        return Fact("adjective", rng.choice(("drumless", "beatless")), claims)
    if part == "vocal" and rng.random() < 0.4:
        return Fact("adjective", "instrumental", claims)
    if part == "kick" and rng.random() < 0.2:
        return Fact("adjective", "kickless", claims)
    word = rng.choice(PART_WORDS[part])
    second = rng.choice(silent)
    form = rng.choice(
        (
            "no {}",
            "no {}",
            "no {}",
            "without {}",
            "without {}",
            "without any {}",
            "minus the {}",
            "leave out the {}",
            "{} muted",
        )
    )
    if part != second and form in ("no {}", "without {}") and rng.random() < 0.3:
        joint = {
            "no {}": rng.choice((" and no ", ", no ", " or ")),
            "without {}": rng.choice((" and ", " or ")),
        }[form]
        text = form.format(word) + joint + rng.choice(PART_WORDS[second])
        return Fact("no", text, Claims(absent=_absent((part, second))))
    return Fact("no", form.format(word), claims)


def _only(truth: Truth, rng: Random) -> Fact | None:
    """The fewest or nearly fewest names that cover every sounding part; only where there are at most four."""
    left, parts = list(truth.instruments), []
    rng.shuffle(left)
    while left:
        fitting = [f for f in ("drums", "hats", "bass", "chords", "synths") if left[0] in FAMILIES[f]]
        # A family's name may stand for it in an "only" although not all of its members sound.
        if len(set(FAMILIES["drums"]) & set(left)) < 2:
            fitting = [f for f in fitting if f != "drums"]
        part = rng.choice(fitting) if fitting and rng.random() < 0.8 else left[0]
        parts.append(part)
        left = [name for name in left if name not in FAMILIES.get(part, (part,))]
    if not 1 <= len(parts) <= 4:
        return None
    covered = {member for part in parts for member in FAMILIES.get(part, (part,))}
    claims = Claims(
        present=_present(tuple(parts)),
        absent=_absent(tuple(name for name in INSTRUMENTS if name not in covered)),
    )
    text = rng.choice(("only {}", "only {}", "just {}", "just {}", "nothing but {}", "{} only"))
    return Fact("only", text.format(_listed([rng.choice(PART_WORDS[p]) for p in parts], rng)), claims)


def _bpm(truth: Truth, rng: Random) -> Fact:
    exact = round(truth.bpm)
    text = rng.choice(("at {} bpm", "{} bpm", "{}bpm", "{} beats per minute", "at {}", "tempo {}"))
    return Fact("tail", text.format(exact), Claims(bpm=float(exact)))


def _key(truth: Truth, rng: Random) -> Fact:
    key = FLAT_NAMES.get(truth.key, truth.key) if rng.random() < 0.4 else truth.key
    spoken = key.replace("#", " sharp").replace("b", " flat") if rng.random() < 0.4 else key
    text = rng.choice(("in {} {}", "in {} {}", "{} {}", "key of {} {}", "in the key of {} {}"))
    if rng.random() < 0.12:
        return Fact(
            "tail",
            f"{truth.mode} key" if truth.mode in ("minor", "major") else truth.mode,
            Claims(mode=truth.mode),
        )
    return Fact("tail", text.format(spoken, truth.mode), Claims(key=truth.key, mode=truth.mode))


def _level(truth: Truth, rng: Random) -> Fact | None:
    known = levels(truth)
    if not known:
        return None
    name = rng.choice(list(known))
    word = rng.choice(LEVEL_WORDS[name, known[name]])
    role = "tail" if word.startswith(("with ", "full ")) else "adjective"
    return Fact(role, word, Claims(levels={name: known[name]}))


def _groove(truth: Truth, rng: Random) -> Fact | None:
    needed = {"kick"} if truth.groove in ("four-to-the-floor", "half-time") else set()
    if len(set(FAMILIES["drums"]) & set(truth.instruments)) < 2 or not needed <= set(truth.instruments):
        return None  # the pattern is there, but nobody hears it
    spoken = truth.groove.replace("-", " ")
    words = GROOVE_WORDS.get(truth.groove, (f"{spoken} groove", f"{spoken} beat"))
    return Fact("tail", rng.choice(words), Claims(groove=truth.groove))


def _size(truth: Truth, rng: Random) -> Fact | None:
    if len(truth.instruments) <= 4:
        return Fact("adjective", rng.choice(("stripped down", "stripped-back", "bare", "skeletal")), Claims())
    if len(truth.instruments) >= 9:
        return Fact("adjective", rng.choice(("full", "layered", "rich")), Claims())
    return None


SOURCES: tuple[tuple[_Source, float], ...] = (
    (_genre, 3.5),
    (_mood, 4.0),
    (_with, 4.0),
    (_without, 2.5),
    (_only, 1.2),
    (_bpm, 1.0),
    (_key, 0.8),
    (_level, 2.0),
    (_groove, 1.0),
    (_scene, 0.9),
    (_size, 0.6),
)


def _facts(truth: Truth, rng: Random) -> list[Fact]:
    wanted = rng.choice((1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 7))
    sources, weights = zip(*SOURCES, strict=True)
    facts: list[Fact] = []
    for source in rng.choices(sources, weights, k=3 * wanted):
        fact = source(truth, rng)
        once = fact is not None and fact.role in ("noun", "only") and fact.role in {f.role for f in facts}
        repeated = fact is not None and any(f.claims == fact.claims and f.claims != Claims() for f in facts)
        if fact is not None and not once and not repeated and fact.text not in {f.text for f in facts}:
            facts.append(fact)
        if len(facts) == wanted:
            break
    return facts or [_genre(truth, rng)]


def _as_tags(facts: list[Fact], rng: Random) -> str:
    # "without kick, bass" could mean two things: where something is named as present, what is not comes last.
    last = {"no": 1, "only": 2} if any(f.role in ("with", "only") for f in facts) else {}
    facts = sorted(rng.sample(facts, len(facts)), key=lambda f: last.get(f.role, 0))
    words = [f.text if f.role != "with" or rng.random() < 0.8 else f"with {f.text}" for f in facts]
    loose = not any(f.role in ("no", "only") for f in facts)
    return rng.choice((", ", ", ", "; ", " / ", " ") if loose else (", ", ", ", "; ", " / ")).join(words)


def _as_sentence(facts: list[Fact], rng: Random) -> str:
    by_role = {
        role: [f.text for f in facts if f.role == role]
        for role in ("adjective", "noun", "with", "no", "only", "tail")
    }
    noun = (
        by_role["noun"][0] + rng.choice(("", "", " loop", " track", " groove"))
        if by_role["noun"]
        else rng.choice(NOUNS)
    )
    glue = rng.choice((" ", ", ", " and ")) if len(by_role["adjective"]) == 2 else rng.choice((" ", ", "))
    text = (glue.join(by_role["adjective"]) + " " + noun).strip()
    opening = rng.choice(
        (
            "",
            "",
            "",
            "",
            "a ",
            "give me a ",
            "i want a ",
            "make it a ",
            "play a ",
            "this is a ",
            "something like a ",
        )
    )
    if opening and text[0] in "aeiou":
        opening = opening[:-1] + "n "
    text = opening + text
    if by_role["with"]:
        text += rng.choice((" with ", " with ", ", ", " featuring ", " and ")) + _listed(by_role["with"], rng)
    for tail in by_role["tail"]:
        text += rng.choice((" ", ", ")) + tail
    for claim in by_role["no"] + by_role["only"]:
        text += rng.choice((", ", ", ", " - ", "; ", ". ")) + claim
    return text


def _cased(text: str, rng: Random) -> str:
    draw = rng.random()
    if draw < 0.62:
        return text.lower()
    if draw < 0.7:
        return text.upper()
    if draw < 0.76:
        return text.title()
    return text[0].upper() + text[1:] + rng.choice(("", "", ".", "!"))


def draw(truth: Truth, rng: Random) -> Caption:
    """One caption and what it states, in fresh wording at each call. Every statement is true of `truth`."""
    facts = _facts(truth, rng)
    compose = _as_tags if len(facts) == 1 or rng.random() < 0.5 else _as_sentence
    claims = Claims()
    for fact in facts:
        claims = claims | fact.claims
    return Caption(_cased(compose(facts, rng), rng), claims)


def caption(truth: Truth, rng: Random) -> str:
    """One true caption of a loop, in fresh wording at each call."""
    return draw(truth, rng).text


def captions(truth: Truth, rng: Random, n: int = 6) -> tuple[str, ...]:
    """`n` different true captions of a loop; the first names the genre, a mood and some instruments."""
    first = [_mood(truth, rng), _genre(truth, rng)] + ([fact] if (fact := _with(truth, rng)) else [])
    texts = [_as_sentence(first, rng).lower()]
    while len(texts) < n:
        text = caption(truth, rng)
        if text not in texts:
            texts.append(text)
    return tuple(texts)
