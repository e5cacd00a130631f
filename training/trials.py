"""What a model is asked in an evaluation, and what the judges say of the answer: one trial, one loop, one record.

A trial takes tempo, length and truth from a held-out corpus loop. The same trial is put to the model at several
settings, and to the loop itself, whose record is what the judges hear where everything is as asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model import descriptors, tags
from training import adherence, ears, measure
from training.corpus.captions import Claims, draw
from training.corpus.dataset import Corpus
from training.corpus.truth import Truth
from training.ears import Judges
from training.judges import N_AMONG, PITCHED, first_place, heard_key

FOUR = "four-to-the-floor"
SIDES = ("less", "more")
POINTS_A_BEAT = 4  # at which curves are compared
HAS_ESSENTIA = find_spec("essentia") is not None  # AGPL, an extra for tests: it hears tempo, and keys


@dataclass(frozen=True)
class Trial:
    """One question. kind: text, beat, genre, instruments, key, a name of descriptors.NAMES, wish, or diversity.

    index: of the held-out loop; present, absent: instruments that are asked; wish, side: which words of a pair it has.
    """

    kind: str
    index: int
    seed: int
    prompt: str = ""
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    genre: str | None = None
    key: str | None = None
    wish: str = ""
    side: str = ""

    @property
    def needs(self) -> str:
        """The condition that a net must have been taught: text, tags or descriptors."""
        if self.kind in descriptors.NAMES:
            return "descriptors"
        return "tags" if self.kind in ("genre", "instruments", "key") else "text"


@dataclass(frozen=True)
class Counts:
    """How many trials: loops by caption, by each other condition, pairs of each wish, prompts and seeds of each."""

    loops: int = 48
    asked: int = 24
    pairs: int = 40
    prompts: int = 3
    seeds: int = 6


def halves(truths: Sequence[Truth]) -> tuple[list[int], list[int]]:
    """Loops of 2 bars and more, whose seam can be judged: a reference, and those that trials are made of."""
    long = [i for i, truth in enumerate(truths) if truth.n_bars >= 2]
    return long[::2], long[1::2]


def spread(items: Sequence[int], n: int) -> list[int]:
    """At most `n` of them, evenly."""
    if n >= len(items):
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, n).round().astype(int)]


def said(truth: Truth) -> tuple[str, Claims]:
    """A caption that states something besides tempo and swing, and what it states."""
    for attempt in range(50):
        caption = draw(truth, Random(f"evaluate {truth.seed} {attempt}"))
        stated = replace(caption.claims, bpm=None, levels={})
        if stated != Claims():
            break
    return caption.text, caption.claims


def all_trials(corpus: Corpus, counts: Counts) -> list[Trial]:
    """The same ones every time, none like the other; a smaller count takes some of them."""
    truths = corpus.truths
    _, half = halves(truths)
    trials = [Trial("text", i, _seed("text", i), said(truths[i])[0]) for i in spread(half, counts.loops)]
    with_beat = [
        i for i in half if truths[i].groove == FOUR and {"kick", "closed hat"} <= set(truths[i].instruments)
    ]
    for i in spread(with_beat, counts.asked):
        prompt = f"{truths[i].genre}, {FOUR} kick, closed hats"
        trials.append(Trial("beat", i, _seed("beat", i), prompt))
    for i in spread(half, counts.asked):
        trials.append(Trial("genre", i, _seed("genre", i), genre=truths[i].genre))
        rng = Random(f"instruments {i}")
        absent = [name for name in tags.INSTRUMENTS if name not in truths[i].instruments]
        some = rng.sample(truths[i].instruments, (len(truths[i].instruments) + 1) // 2)
        missing = rng.sample(absent, min(3, len(absent)))
        trials.append(
            Trial("instruments", i, _seed("instruments", i), present=tuple(some), absent=tuple(missing))
        )
        trials += [Trial(name, i, _seed(name, i)) for name in descriptors.NAMES]
    for i in spread([i for i in half if heard_key(truths[i])], counts.asked):
        pitched = tuple(name for name in truths[i].instruments if name in PITCHED)
        trials.append(Trial("key", i, _seed("key", i), present=pitched, key=heard_key(truths[i])))
    for wish in adherence.WISHES:
        for i in spread(half, counts.pairs):
            for side in SIDES:
                prompt = f"{truths[i].genre}, {getattr(wish, side)}"
                trials.append(Trial("wish", i, _seed(wish.name, i), prompt, wish=wish.name, side=side))
    for i in spread(half, counts.prompts):
        trials += [Trial("diversity", i, seed, said(truths[i])[0]) for seed in range(counts.seeds)]
    return trials


def _seed(kind: str, index: int) -> int:
    return Random(f"{kind} {index}").randrange(1_000_000)


# ---------------------------------------------------------------- judging


class Words:
    """CLAP's view of sounds and words: cosines of a loop to its own caption and to those of others."""

    def __init__(self, clap: Any) -> None:
        """clap: model.clap.Clap, which can embed audio."""
        self._clap = clap
        self._texts: dict[str, Tensor] = {}

    def cosines(self, loop: np.ndarray, texts: Sequence[str]) -> list[float]:
        heard = self._clap.embed_audio(torch.from_numpy(np.ascontiguousarray(loop.T)).float())
        for text in texts:
            if text not in self._texts:
                self._texts[text] = self._clap.embed_text(text)
        return [float(F.cosine_similarity(heard, self._texts[text], dim=0)) for text in texts]


@dataclass(frozen=True)
class Training:
    """What outputs must not copy: the training loops' embeddings [n, dim] and `ears.on_grid`, flat [n, cells]."""

    embeddings: np.ndarray
    grids: np.ndarray

    def nearest(self, embedding: np.ndarray, grid: np.ndarray) -> tuple[float, float]:
        """Distances to the nearest training loops: in the embedding, and in dB on the grid, whole bars rolled."""
        apart = np.sqrt(np.square(self.embeddings - embedding).sum(axis=1).min())
        squares = np.square(self.grids).sum(axis=1)
        n_bars, best = len(grid) // 16, np.inf
        for bar in range(n_bars):
            rolled = np.roll(grid, 16 * bar, axis=0).ravel()
            best = min(best, float((squares - 2 * self.grids @ rolled).min() + rolled @ rolled))
        return float(apart), float(np.sqrt(max(best, 0.0) / grid.size))


@dataclass(frozen=True)
class Bench:
    """The judges, and what they judge by."""

    corpus: Corpus
    judges: Judges
    words: Words | None
    training: Training

    def record(self, trial: Trial, loop: np.ndarray) -> dict[str, Any]:
        """What the judges say of a loop, [samples, 2], that was asked for in a trial; plain numbers and lists."""
        truth = self.corpus.truths[trial.index]
        if trial.kind == "text":
            return self._text(trial, truth, loop)
        if trial.kind == "beat":
            return _beat(truth, loop)
        if trial.kind == "wish":
            wish = next(wish for wish in adherence.WISHES if wish.name == trial.wish)
            return {"reading": wish.reading(loop, truth.n_bars), "is_more": wish.is_more(truth)}
        if trial.kind in descriptors.NAMES:
            which = descriptors.NAMES.index(trial.kind)
            points = 4 * truth.n_bars * POINTS_A_BEAT
            asked = adherence.stretched(asked_curves(self.corpus, trial.index)[which].numpy(), points)
            heard = adherence.curves(loop, truth.frames, only=which)[0]
            return {"asked": _rounded(asked), "heard": _rounded(adherence.stretched(heard, points))}
        opinion = self.judges.hear(loop)
        if trial.kind == "genre":
            return {"right": float(tags.GENRES[int(opinion.genre.argmax())] == trial.genre)}
        if trial.kind == "instruments":
            indices = [tags.INSTRUMENTS.index(name) for name in (*trial.present, *trial.absent)]
            return {
                "heard": _rounded(opinion.parts[indices]),
                "asked": [1] * len(trial.present) + [0] * len(trial.absent),
            }
        if trial.kind == "key":
            record = {
                "right": float(opinion.best_key == trial.key),
                "related": float(ears.related(opinion.best_key, str(trial.key))),
            }
            if HAS_ESSENTIA:
                other = key_by_essentia(loop, truth.n_bars)
                record["related_by_essentia"] = float(ears.related(other, str(trial.key)))
            return record
        grid = ears.on_grid(opinion.spectrum, truth.n_bars)
        return {"embedding": _rounded(opinion.embedding), "grid": _rounded(grid.ravel(), 1)}

    def _text(self, trial: Trial, truth: Truth, loop: np.ndarray) -> dict[str, Any]:
        opinion = self.judges.hear(loop)
        rivals = self._rivals(trial.index)
        evidence = [
            ears.evidence(opinion, said(self.corpus.truths[i])[1], self.judges.priors)
            for i in (trial.index, *rivals)
        ]
        embedding_distance, grid_distance = self.training.nearest(
            opinion.embedding, ears.on_grid(opinion.spectrum, truth.n_bars)
        )
        crisp = measure.crispness(loop)
        record: dict[str, Any] = {
            "embedding": _rounded(opinion.embedding),
            "caption_first": first_place(evidence[0], evidence[1:]),
            "nearest_embedding": embedding_distance,
            "nearest_grid_db": grid_distance,
            "seam": measure.seam_flux_ratio(loop, truth.n_bars),
            "band_dynamics_db": crisp.band_dynamics_db,
            "onset_contrast": crisp.onset_contrast,
        }
        if self.words is not None:
            texts = [trial.prompt, *(said(self.corpus.truths[i])[0] for i in rivals)]
            cosines = self.words.cosines(loop, texts)
            record |= {
                "clap_own": cosines[0],
                "clap_shuffled": float(np.mean(cosines[1:])),
                "clap_first": first_place(cosines[0], cosines[1:]),
            }
        return record

    def _rivals(self, index: int) -> list[int]:
        """The loops whose captions stand beside the right one, always the same for a loop."""
        others = [i for i in halves(self.corpus.truths)[1] if i != index]
        return Random(f"rivals {index}").sample(others, min(N_AMONG - 1, len(others)))


def asked_curves(corpus: Corpus, index: int) -> Tensor:
    """A held-out loop's own descriptors in their units, [4, frames]: what a performer's curve would be."""
    return descriptors.describe(torch.from_numpy(corpus.audio(index).T.copy()))


def _beat(truth: Truth, loop: np.ndarray) -> dict[str, Any]:
    """Tempo by essentia, where there is one, and how far the kick is off the beat; None where nothing is heard."""
    offset_ms = measure.beat_offset_ms(loop, truth.n_bars)
    record: dict[str, Any] = {"beat_offset_ms": offset_ms if np.isfinite(offset_ms) else None}
    if not HAS_ESSENTIA:
        return record
    heard = measure.tempo(loop, truth.n_bars, truth.bpm)
    return record | {
        "tempo_right": float(heard.verdict == "right"),
        "tempo_octave": float(heard.verdict == "octave"),
        "tempo_error_percent": 100 * heard.error if np.isfinite(heard.error) else None,
    }


def key_by_essentia(loop: np.ndarray, n_bars: int) -> str:
    """The key, a name of KEYS_24, that essentia's KeyExtractor hears with its profile for electronic music.

    essentia is AGPL: imported here only, an extra for tests.
    """
    import essentia
    from scipy.signal import resample_poly

    essentia.log.infoActive = False
    from essentia.standard import KeyExtractor

    mono = np.tile(measure.as_stereo(loop).mean(axis=1), -(-4 // n_bars))
    at_44100 = resample_poly(mono, 147, 160).astype(np.float32)
    tonic, scale, _ = KeyExtractor(profileType="edma")(at_44100)
    flats = {"Db": "C#", "Eb": "D#", "Gb": "F#", "Ab": "G#", "Bb": "A#"}
    return f"{flats.get(tonic, tonic)} {scale}"


def _rounded(values: np.ndarray, digits: int = 4) -> list[float]:
    rounded: list[float] = np.round(np.asarray(values, dtype=np.float64), digits).tolist()
    return rounded
