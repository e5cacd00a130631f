"""Captions are true: an independent reader of "no ..." and "only ..." finds them so."""

import re
from random import Random

import pytest

from training.corpus.captions import PARTS, Claims, caption, captions, draw, levels
from training.corpus.truth import GENRES, INSTRUMENTS, MOODS, Truth

GROOVES = (
    "four-to-the-floor",
    "off-beat",
    "rolling",
    "broken",
    "shuffled",
    "stripped",
    "driving",
    "half-time",
)
DRUMS = {"kick", "snare", "clap", "closed hat", "open hat", "ride", "shaker", "percussion", "tom"}

# What a reader takes each word for. Longer words are read first, so "acid bass" is not "bass".
MEANINGS: dict[str, set[str]] = {
    r"(kick ?drums?|bass drums?|thumping kick|kicks?)": {"kick"},
    r"(snare drum|snares?)": {"snare"},
    r"(hand ?claps?|claps?)": {"clap"},
    r"(closed (hats?|hi-hats)|ticking hats)": {"closed hat"},
    r"((off-beat )?open (hats?|hi-hat))": {"open hat"},
    r"(hi-?hats?|hi hats|hats)": {"closed hat", "open hat"},
    r"(cymbals)": {"closed hat", "open hat", "ride"},
    r"(ride cymbal|rides?)": {"ride"},
    r"(shakers?)": {"shaker"},
    r"(percussion|percs|perc hits|percussive hits)": {"percussion"},
    r"(tom-toms|tom drums|toms?)": {"tom"},
    r"(sub[- ]bass|deep sub|sub)": {"sub bass"},
    r"(acid bassline|acid bass|acid line|squelchy 303|303 bassline|tb-303|303)": {"acid bass"},
    r"(rolling bass ?line|rolling bass)": {"rolling bass"},
    r"(bass ?line|bass)": {"sub bass", "acid bass", "rolling bass"},
    r"(chord stabs?|stabs?)": {"chord stab"},
    r"(dub chords?|dubby chords?|echoing chords)": {"dub chord"},
    r"(chords)": {"chord stab", "dub chord"},
    r"(pads?|synth pads|atmospheric pads|lush pads)": {"pad"},
    r"(synth lead|lead synth|lead line|lead|melody)": {"lead"},
    r"(synths?)": {"chord stab", "dub chord", "pad", "lead"},
    r"(risers?|rising sweep|uplifter)": {"riser"},
    r"(vocal chops|vocals?|voice|vox)": {"vocal"},
    r"(white noise|noise texture|noise|hiss)": {"noise"},
    r"(drum machine|909 drums|drums|beats)": DRUMS,
}
# Without groups, so that findall gives whole things; longest first, so that "bassline" is not "bass".
ALTERNATIVES = (
    "kick drums?|kickdrum|bass drums?|snare drum|hand ?claps?|closed hats?|closed hi-hats|ticking hats|"
    "off-beat open hats?|open hats?|open hi-hat|hi-?hats?|hi hats|ride cymbal|perc hits|"
    "percussive hits|percussion|percs|tom-toms|tom drums|sub[- ]bass|deep sub|acid bassline|acid bass|"
    "acid line|squelchy 303|303 bassline|tb-303|rolling bass ?line|rolling bass|bass ?line|"
    "chord stabs?|dub chords?|dubby chords?|echoing chords|synth pads|atmospheric pads|lush pads|"
    "synth lead|lead synth|lead line|melody|rising sweep|uplifter|vocal chops|white noise|"
    "noise texture|drum machine|909 drums|thumping kick|kicks?|snares?|claps?|hats|cymbals|rides?|"
    "shakers?|toms?|sub|303|bass|stabs?|chords|pads?|lead|synths?|risers?|vocals?|voice|vox|noise|hiss|"
    "drums|beats"
)
THINGS = f"(?:{ALTERNATIVES})"


def meaning(thing: str) -> set[str]:
    fitting = [names for pattern, names in MEANINGS.items() if re.fullmatch(pattern, thing)]
    assert len(fitting) == 1, thing
    return fitting[0]


def some_truth(rng: Random) -> Truth:
    sounding = tuple(name for name in INSTRUMENTS if rng.random() < rng.choice((0.1, 0.4, 0.7)))
    frames = round(4 * 240 * 75 / rng.uniform(100, 150))
    moods = tuple(rng.sample(MOODS, rng.choice((1, 2, 3))))
    return Truth(
        1, "train", frames, 4, 72000 / frames, rng.choice(("A", "C#", "A#")), rng.choice(("minor", "dorian")),
        rng.choice(GENRES), moods, sounding or ("kick",), rng.random(), rng.random(), rng.uniform(50, 70),
        rng.choice(GROOVES), rng.random(), "kit", "pattern", (),
    )  # fmt: skip


def drawn(n: int) -> list[tuple[Truth, str, Claims]]:
    rng = Random(5)
    truths = [some_truth(rng) for _ in range(n)]
    made = [draw(truth, rng) for truth in truths]
    return [(truth, c.text, c.claims) for truth, c in zip(truths, made, strict=True)]


def test_what_is_denied_does_not_sound() -> None:
    denied = re.compile(
        rf"\b(?:no|without any|without|minus the|leave out the) ({THINGS})\b(?: (or|and no) ({THINGS})\b)?"
    )
    n_found = 0
    for truth, text, _ in drawn(4000):
        low = text.lower()
        for first, _, second in denied.findall(low):
            for thing in filter(None, (first, second)):
                n_found += 1
                assert not meaning(thing) & set(truth.instruments), text
        for muted in re.findall(rf"\b({THINGS}) muted\b", low):
            assert not meaning(muted) & set(truth.instruments), text
        if "drumless" in low or "beatless" in low:
            assert not DRUMS & set(truth.instruments), text
        if "kickless" in low:
            assert "kick" not in truth.instruments
        if "instrumental" in low:
            assert "vocal" not in truth.instruments
    assert n_found > 300


def test_only_names_all_that_sounds() -> None:
    listed = re.compile(
        rf"\b(?:only|just|nothing but) ((?:{THINGS})(?:(?:, | and | & | \+ )(?:{THINGS})\b)*)"
    )
    n_found = 0
    for truth, text, _ in drawn(6000):
        for things in listed.findall(text.lower()):
            if re.search(r" only\b", text.lower()):
                continue
            n_found += 1
            named = set().union(*(meaning(t) for t in re.findall(rf"\b(?:{THINGS})\b", things)))
            assert set(truth.instruments) <= named, (text, truth.instruments)
    assert n_found > 50


def test_claims_are_true() -> None:
    for truth, text, claims in drawn(3000):
        sounding = set(truth.instruments)
        assert claims.genre in (None, truth.genre), text
        assert claims.moods <= set(truth.moods), text
        assert not {p for p in claims.absent if p in INSTRUMENTS} & sounding, text
        assert {p for p in claims.present if p in INSTRUMENTS} <= sounding, text
        assert not claims.present & claims.absent, text
        assert claims.present | claims.absent <= set(PARTS)
        assert claims.key in (None, truth.key), text
        assert claims.mode in (None, truth.mode), text
        assert claims.bpm is None or abs(claims.bpm - truth.bpm) <= 0.5, text
        assert claims.levels.items() <= levels(truth).items(), text


def test_tempo_and_key_are_the_loops_own() -> None:
    flats = {"db": "c#", "eb": "d#", "gb": "f#", "ab": "g#", "bb": "a#"}
    for truth, text, _ in drawn(4000):
        for number in re.findall(r"(\d+) ?(?:bpm|beats per minute)", text.lower()):
            assert abs(int(number) - truth.bpm) <= 0.5, text
        for name, mode in re.findall(
            r"\b([a-g](?:#|b| sharp| flat)?) (minor|major|dorian|phrygian)\b", text.lower()
        ):
            key = name.replace(" sharp", "#").replace(" flat", "b")
            assert (flats.get(key, key).upper(), mode) == (truth.key, truth.mode), text


def test_the_same_generator_gives_the_same_captions() -> None:
    truth = some_truth(Random(3))
    assert captions(truth, Random(9)) == captions(truth, Random(9))
    assert len(set(captions(truth, Random(9)))) == 6


@pytest.mark.parametrize("seed", range(3))
def test_wording_is_varied(seed: int) -> None:
    truth, rng = some_truth(Random(seed)), Random(seed)
    texts = {caption(truth, rng) for _ in range(300)}
    assert len(texts) > 230
    assert any(text.isupper() for text in texts)
    assert any(len(text.split()) == 1 for text in texts)
    assert max(map(len, texts)) <= 256
