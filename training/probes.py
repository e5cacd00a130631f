"""Free wording: phrases in words that no caption contains, and how far a CLAP takes them as a person would.

They were written before anything was measured on them, and nothing may be tuned on them. (Those of training/text.py
were looked at while the text tower was made.)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from model.clap import Clap
from model.tags import GENRES, MOODS
from training.corpus.truth import Truth

# A phrase, and the names where a person would put it; any of them counts.
PROBES: tuple[tuple[str, str], ...] = (
    ("a gothic cathedral crypt", "dark,tense,deep,ambient techno"),
    ("nightmare with demons", "dark,tense"),
    ("graveyard and ravens", "dark,tense,melancholic"),
    ("apocalypse of ash", "dark,hard techno,raw,tense"),
    ("dazzling neon carnival", "bright,playful,euphoric"),
    ("orchard in blossom", "bright,warm,playful,dreamy"),
    ("sparkling lemon soda", "bright,playful"),
    ("a monk chanting a mantra", "hypnotic,ambient techno,deep"),
    ("a kaleidoscope turning", "hypnotic,dreamy,acid"),
    ("stampede of wild stallions", "driving,raw,hard techno"),
    ("a grand prix with screaming tyres", "driving,tense,raw,hard techno"),
    ("locomotive gathering steam", "driving,raw,hard techno"),
    ("sinking into a trench of the Pacific", "deep,dark,dub techno,ambient techno"),
    ("a diver below the reef", "deep,dub techno"),
    ("lullaby for a newborn", "dreamy,warm,ambient techno"),
    ("a fairy tale whispered to an infant", "dreamy,playful,warm"),
    ("opium haze", "dreamy,hypnotic,dark,ambient techno"),
    ("chainsaw and gravel", "raw,hard techno"),
    ("scorched amplifier", "raw,hard techno,acid"),
    ("grandmother's knitted sweater", "warm"),
    ("honey and cinnamon", "warm,deep house"),
    ("a detective follows the murderer", "tense,dark"),
    ("hostage negotiation", "tense,dark"),
    ("a tightrope between skyscrapers", "tense"),
    ("puppies fetching a frisbee", "playful,bright"),
    ("monkeys juggling bananas", "playful"),
    ("a farewell letter to her dead father", "melancholic,dark"),
    ("an abandoned railway station in November", "melancholic,dark"),
    ("regret", "melancholic"),
    ("standing ovation", "euphoric,bright"),
    ("champions lift the trophy", "euphoric,driving"),
    ("confetti over a cheering crowd", "euphoric,playful,bright"),
    ("a crackling dubplate", "dub techno"),
    ("Lee Perry twisting knobs", "dub techno,deep"),
    ("Larry Heard and Mr Fingers", "deep house,warm"),
    ("a Rhodes piano and a mellow trumpet", "deep house,warm"),
    ("Phuture", "acid"),
    ("DJ Pierre tweaking cutoff and envelope", "acid"),
    ("Berghain", "hard techno,dark,raw,minimal techno"),
    ("Juan Atkins and Derrick May", "detroit techno"),
    ("Brian Eno at an airport", "ambient techno,dreamy,hypnotic"),
    ("hardstyle stomping boots", "hard techno,raw,driving"),
    ("sipping rosé aboard a yacht", "tech house,deep house,warm,bright"),
    ("congas and bongos", "tech house,playful"),
    ("a conveyor belt of bolts and rivets", "hard techno,raw,driving,hypnotic"),
    ("snowfall on a frozen tundra", "ambient techno,melancholic,dreamy"),
    ("pinprick blips on a blank grid", "minimal techno,hypnotic"),
)
NEAREST = 10  # loops looked at for each phrase


def words_alone(clap: Clap) -> tuple[float, float, float]:
    """Shares of the probes: the nearest name is an accepted one; one of the nearest 3 is; the first by chance."""
    names = [*GENRES, *MOODS]
    alike = clap.embed_text_batch([text for text, _ in PROBES]) @ clap.embed_text_batch(names).T
    first = three = chance = 0.0
    for (_, wanted), similarity in zip(PROBES, alike, strict=True):
        best, accepted = [names[i] for i in similarity.topk(3).indices.tolist()], wanted.split(",")
        first += best[0] in accepted
        three += bool(set(best) & set(accepted))
        chance += len(accepted) / len(names)
    return first / len(PROBES), three / len(PROBES), chance / len(PROBES)


def sounds_found(clap: Clap, loops: Tensor, truths: Sequence[Truth]) -> tuple[float, float]:
    """Share with an accepted genre or mood, of the NEAREST of `loops` [n, dim] to each probe; and of all loops."""
    fits = torch.tensor(
        [
            [float(bool(set(wanted.split(",")) & {truth.genre, *truth.moods})) for truth in truths]
            for _, wanted in PROBES
        ]
    )
    alike = clap.embed_text_batch([text for text, _ in PROBES]) @ loops.T
    return float(fits.gather(1, alike.topk(min(NEAREST, len(truths))).indices).mean()), float(fits.mean())


def report(clap: Clap, loops: Tensor, truths: Sequence[Truth]) -> None:
    """Print both figures. loops: held-out loops' audio embeddings, [n, dim]; truths: theirs."""
    first, three, chance = (100 * share for share in words_alone(clap))
    print(
        f"free wording, {len(PROBES)} phrases: nearest name accepted {first:.0f} % (chance {chance:.0f} %), "
        f"one of the nearest 3 {three:.0f} %"
    )
    found, base = (100 * share for share in sounds_found(clap, loops, truths))
    print(f"of the {NEAREST} nearest loops of a phrase, {found:.0f} % fit it (of all loops {base:.0f} %)")
