"""Train the judges: `python -m training.judges --corpus data/corpus --out runs/judges --max-minutes 10`.

They learn from the corpus only: what is true of a loop, and how far it was smeared, buried in noise or dulled, so that
the embedding hears quality too. Their own scores on held-out loops are printed; generated ones are held to these.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from model import audio_tower
from model.audio_tower import N_BANDS, N_MELS, AudioSettings
from model.tags import GENRES, INSTRUMENTS, KEYS_24, MOODS
from training import command, ears, loop
from training.audio_tower import Spectra, analyse
from training.corpus.captions import draw
from training.corpus.dataset import Corpus
from training.corpus.patterns import GROOVE_NAMES
from training.corpus.truth import SPLITS, Truth
from training.ears import DEGRADATIONS, LEVELS, Ear, Judges, KeyEar, Opinion
from training.loop import Progress, Task, TrainSettings
from training.settings import setting

WEIGHTS = "weights"  # folder in OUT
PITCHED = frozenset(("sub bass", "acid bass", "rolling bass", "chord stab", "dub chord", "pad", "lead"))
N_AMONG = 16  # captions to choose from


@dataclass(frozen=True)
class JudgeSettings(TrainSettings):
    """Of one run."""

    out: Path = setting(Path("runs/judges"), "folder of the judges, their state and log")
    corpus: Path = setting(Path("data/corpus"), "what they learn from")
    spectra: Path = setting(Path("data/mels"), "computed once, shared with the audio tower's training")
    max_minutes: float = setting(10.0, "of this run")
    lr: float = setting(1.5e-3, "highest learning rate")
    warmup: int = setting(50, "steps until the learning rate is there")
    ema: float = setting(0.99, "what a step keeps of the running average of the weights")
    decay_share: float = setting(0.6, "last share of the training, in which the learning rate falls")
    validate_every: int = setting(300, "steps")
    batch: int = setting(64, "excerpts a step")
    frames: int = setting(176, "of an excerpt; 37.5 a second")
    key_steps: int = setting(800, "of the key judge, which takes a minute")


# ---------------------------------------------------------------- what is taught


@dataclass(frozen=True)
class Facts:
    """What is true of loops: class numbers [n], or [n, questions] of 0 and 1; levels 0..1; key -1 if unheard."""

    genre: Tensor
    moods: Tensor
    parts: Tensor
    groove: Tensor
    levels: Tensor
    kit: Tensor
    key: Tensor

    @classmethod
    def of(cls, truths: Sequence[Truth], kits: Sequence[str]) -> Facts:
        """kits: those of the training loops; a loop with another one gets number 0."""
        return cls(
            torch.tensor([GENRES.index(t.genre) for t in truths]),
            torch.tensor([[float(mood in t.moods) for mood in MOODS] for t in truths]),
            torch.tensor([[float(part in t.instruments) for part in INSTRUMENTS] for t in truths]),
            torch.tensor([GROOVE_NAMES.index(t.groove) for t in truths]),
            torch.tensor([[getattr(t, name) for name in LEVELS] for t in truths]),
            torch.tensor([kits.index(t.kit) if t.kit in kits else 0 for t in truths]),
            torch.tensor([KEYS_24.index(key) if (key := heard_key(t)) else -1 for t in truths]),
        )

    def of_batch(self, picks: Tensor) -> Facts:
        return Facts(*(getattr(self, name)[picks] for name in self.__dataclass_fields__))


def heard_key(truth: Truth) -> str | None:
    """The key of KEYS_24 that a loop's pitched instruments are in; None where nothing has a pitch."""
    if not PITCHED & set(truth.instruments):
        return None
    return f"{truth.key} {'major' if truth.mode == 'major' else 'minor'}"


@dataclass(frozen=True)
class Excerpts:
    """A batch: spectra [n, frames, N_BANDS], how far each was degraded [n, DEGRADATIONS] 0..1, and its facts."""

    spectra: Tensor
    degradation: Tensor
    facts: Facts

    def __len__(self) -> int:
        return len(self.spectra)


def excerpts(spectra: Spectra, facts: Facts, n: int, frames: int, rng: np.random.Generator) -> Excerpts:
    """From anywhere in loops drawn at random; half of them are made worse in one of three ways."""
    picks = rng.permutation(len(spectra))[:n]
    rows, amounts = [], []
    for index in picks.tolist():
        whole = spectra.loop(index)
        start = int(rng.integers(len(whole)))
        row = whole[(np.arange(frames) + start) % len(whole)]
        amount = np.zeros(len(DEGRADATIONS), dtype=np.float32)
        if rng.random() < 0.5:
            kind = int(rng.integers(len(amount)))
            amount[kind] = rng.random()
            row = degraded(row, DEGRADATIONS[kind], float(amount[kind]))
        rows.append(row)
        amounts.append(amount)
    return Excerpts(
        torch.from_numpy(np.stack(rows)).float(),
        torch.from_numpy(np.stack(amounts)),
        facts.of_batch(torch.from_numpy(picks)),
    )


def degraded(log_power: np.ndarray, kind: str, amount: float) -> np.ndarray:
    """A spectrum [frames, N_BANDS] made worse by 0..1: smeared (to 0.4 s), in noise (to -13 dB), cut (from 1.5 kHz)."""
    worse: np.ndarray
    if kind == "smear":
        power = np.exp(log_power)
        spread = np.mean([np.roll(power, k, axis=0) for k in range(1 + round(14 * amount))], axis=0)
        worse = np.log(spread + audio_tower.FLOOR)
    elif kind == "noise":
        worse = np.logaddexp(log_power, np.float32(-14 + 11 * amount))
    else:
        octaves = np.log2(band_hz() / (20_000 * (1500 / 20_000) ** amount))
        worse = np.logaddexp(log_power - 12 * np.maximum(octaves, 0), np.log(audio_tower.FLOOR))
    return worse


def band_hz() -> np.ndarray:
    """The middle of each band of `audio_tower.spectrum`, [N_BANDS]."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (30, 20_000))
    mel = 700 * (10 ** (np.linspace(low, high, N_MELS + 2)[1:-1] / 2595) - 1)
    return np.concatenate([mel, audio_tower.LOWEST_HZ * 2 ** (np.arange(N_BANDS - N_MELS) / 12)])


def lost(ear: nn.Module, batch: Excerpts, progress: Progress) -> tuple[Tensor, dict[str, Tensor]]:
    """The sum of all answers' losses."""
    assert isinstance(ear, Ear)
    answers = {name: answer.float() for name, answer in ear.answer(ear.embed(batch.spectra)).items()}
    facts = batch.facts
    losses = {
        "genre": F.cross_entropy(answers["genre"], facts.genre, label_smoothing=0.05),
        "groove": 0.5 * F.cross_entropy(answers["groove"], facts.groove, label_smoothing=0.05),
        "kit": 0.3 * F.cross_entropy(answers["kit"], facts.kit, label_smoothing=0.05),
        "moods": 2 * F.binary_cross_entropy_with_logits(answers["moods"], facts.moods),
        "parts": 4 * F.binary_cross_entropy_with_logits(answers["parts"], facts.parts),
        "levels": 5 * F.mse_loss(answers["levels"], facts.levels),
        "degradation": 5 * F.mse_loss(answers["degradation"], batch.degradation),
    }
    return torch.stack(list(losses.values())).sum(), losses


def train_key_ear(spectra: Spectra, facts: Facts, n_steps: int, seed: int = 0) -> KeyEar:
    """The key judge, of loops whose key can be heard."""
    torch.manual_seed(seed)
    rows = torch.stack([ears.notes(torch.from_numpy(spectra.loop(i))) for i in range(len(spectra))])
    net = KeyEar()
    known = torch.nonzero(facts.key >= 0)[:, 0]
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=max(2, n_steps))
    for _ in tqdm(range(n_steps), desc="key judge", unit="step", disable=None):
        picks = known[torch.randint(len(known), (128,))]
        noisy = rows[picks] + 0.1 * torch.randn(len(picks), *rows.shape[1:])
        optimiser.zero_grad()
        loss = F.cross_entropy(net(noisy), facts.key[picks], label_smoothing=0.1)
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
    return net.eval()


# ---------------------------------------------------------------- their own scores


def auc(scores: np.ndarray, truths: np.ndarray) -> float:
    """How often a true one scores above a false one, mean over the columns that have both; both [n, columns]."""
    shares = []
    for score, truth in zip(np.asarray(scores).T, np.asarray(truths).T > 0.5, strict=True):
        if truth.any() and not truth.all():
            above = score[truth][:, None] - score[~truth][None]
            shares.append(np.mean((above > 0) + 0.5 * (above == 0)))
    return float(np.mean(shares)) if shares else float("nan")


def informedness(scores: np.ndarray, truths: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Share of the true ones that score above 0.5 less that of the false ones (Youden's J): 0 by chance, 1 at best.

    [n, columns] each; weights (0 or 1) say what counts. All columns count together.
    """
    counted = np.ones_like(scores, dtype=bool) if weights is None else np.asarray(weights) > 0
    yes, no = counted & (np.asarray(truths) > 0.5), counted & (np.asarray(truths) <= 0.5)
    if not yes.any() or not no.any():
        return float("nan")
    return float(np.mean(scores[yes] > 0.5) - np.mean(scores[no] > 0.5))


def own_scores(judges: Judges, opinions: Sequence[Opinion], truths: Sequence[Truth]) -> dict[str, float]:
    """How well the judges hear what is true of real loops; what these can't show is left out."""
    facts = Facts.of(truths, [])
    keys = [
        (opinion.best_key, key)
        for opinion, truth in zip(opinions, truths, strict=True)
        if (key := heard_key(truth))
    ]
    parts = np.stack([opinion.parts for opinion in opinions])
    scores = {
        "genre right": np.mean(
            [o.genre.argmax() == int(g) for o, g in zip(opinions, facts.genre, strict=True)]
        ),
        "mood AUC": auc(np.stack([opinion.moods for opinion in opinions]), facts.moods.numpy()),
        "instruments AUC": auc(parts, facts.parts.numpy()),
        "instruments informedness": informedness(parts, facts.parts.numpy()),
        "groove right": np.mean(
            [o.groove.argmax() == int(g) for o, g in zip(opinions, facts.groove, strict=True)]
        ),
        "key right": np.mean([heard == key for heard, key in keys]) if keys else np.nan,
        "key right or relative": np.mean([ears.related(heard, key) for heard, key in keys])
        if keys
        else np.nan,
        f"caption first of {N_AMONG}": caption_rate(judges, opinions, truths),
    }
    for i, name in enumerate(LEVELS):
        heard = np.array([opinion.levels[i] for opinion in opinions])
        scores[f"{name} correlation"] = np.corrcoef(heard, facts.levels[:, i].numpy())[0, 1]
    return {name: round(float(value), 4) for name, value in scores.items() if np.isfinite(value)}


def caption_rate(
    judges: Judges, opinions: Sequence[Opinion], truths: Sequence[Truth], n_wordings: int = 4
) -> float:
    """How often a loop's own caption, out of N_AMONG, is the one for which most speaks; by chance 1 / N_AMONG."""
    hits = []
    for wording in range(n_wordings):
        claims = [draw(truth, Random(f"judged {truth.seed} {wording}")).claims for truth in truths]
        rng = np.random.default_rng(wording)
        for i, opinion in enumerate(opinions):
            others = [j for j in rng.permutation(len(truths)) if j != i][: N_AMONG - 1]
            own = ears.evidence(opinion, claims[i], judges.priors)
            rivals = [ears.evidence(opinion, claims[j], judges.priors) for j in others]
            hits.append(first_place(own, rivals))
    return float(np.mean(hits)) if hits else float("nan")


def first_place(own: float, rivals: Sequence[float]) -> float:
    """1 where nothing beats it, its share of the first place where others are level."""
    if any(rival > own for rival in rivals):
        return 0.0
    return 1 / (1 + sum(rival == own for rival in rivals))


# ---------------------------------------------------------------- the run


def settle(ear: Ear, key_ear: KeyEar, spectra: Spectra, facts: Facts, n: int = 400) -> Judges:
    """The judges of trained nets, with what embeddings are standardised by and how often things are true."""
    ear.eval()
    few = range(0, len(spectra), max(1, len(spectra) // n))
    with torch.inference_mode():
        embedded = torch.cat([ear.embed(torch.from_numpy(spectra.loop(i)).unsqueeze(0)) for i in few])
        embedded = embedded.float()
        heard = ear.answer(embedded)["levels"].float()
    levels = facts.levels[list(few)]

    def shares(numbers: Tensor, n_classes: int) -> Tensor:
        return torch.bincount(numbers[numbers >= 0], minlength=n_classes).float() / max(
            1, int((numbers >= 0).sum())
        )

    about = {
        "embedding_mean": embedded.mean(0),
        "embedding_std": embedded.std(0).clamp(min=1e-3),
        "prior_genre": shares(facts.genre, len(GENRES)),
        "prior_moods": facts.moods.mean(0),
        "prior_parts": facts.parts.mean(0),
        "prior_groove": shares(facts.groove, len(GROOVE_NAMES)),
        "prior_key": shares(facts.key, len(KEYS_24)),
        "prior_level_mean": facts.levels.mean(0),
        "prior_level_std": facts.levels.std(0),
        "prior_level_error": (heard - levels).square().mean(0).sqrt().clamp(min=0.05),
    }
    return Judges(ear, key_ear, about)


def opinions_on(judges: Judges, spectra: Spectra) -> list[Opinion]:
    """On all loops of a split, from what is on disk."""
    return [judges.opinion(torch.from_numpy(spectra.loop(i))) for i in range(len(spectra))]


def train(settings: JudgeSettings, sizes: AudioSettings = ears.SIZES) -> dict[str, float]:
    """Train, save and score; the scores on held-out loops."""
    corpora = {split: Corpus(settings.corpus, split) for split in SPLITS}
    for split, corpus in corpora.items():
        analyse(corpus, settings.spectra, split)
    spectra = {split: Spectra(settings.spectra, split, corpora[split].truths) for split in SPLITS}
    kits = sorted({truth.kit for truth in corpora["train"].truths})
    facts = {split: Facts.of(corpora[split].truths, kits) for split in SPLITS}
    torch.manual_seed(settings.seed)
    ear, average = Ear(sizes, len(kits)), Ear(sizes, len(kits))
    first = torch.cat(
        [torch.from_numpy(spectra["train"].loop(i)) for i in range(min(400, len(spectra["train"])))]
    )
    ear.encoder.band_mean.copy_(first.mean(0))
    ear.encoder.band_std.copy_(first.std(0).clamp(min=0.1))
    average.load_state_dict(ear.state_dict())
    key_ear = train_key_ear(spectra["train"], facts["train"], settings.key_steps, settings.seed)

    def scores() -> dict[str, float]:
        judges = settle(average, key_ear, spectra["train"], facts["train"])
        return own_scores(judges, opinions_on(judges, spectra["heldout"]), corpora["heldout"].truths)

    task = Task(
        net=ear,
        average=average,
        optimiser=torch.optim.AdamW(ear.parameters(), settings.lr, weight_decay=0.05),
        batch=lambda rng: excerpts(spectra["train"], facts["train"], settings.batch, settings.frames, rng),
        loss=lost,
        count=len,
        validate=scores,
        conclude=dict,  # they are scored when they are saved
    )
    loop.run(settings, loop.launch(settings), task)
    judges = settle(average.float(), key_ear, spectra["train"], facts["train"])
    judges.save(settings.out / WEIGHTS)
    result = scores()
    (settings.out / "scores.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with command-line arguments (default: the program's); the exit code."""

    def work(given: JudgeSettings) -> None:
        print(json.dumps(train(given), indent=1))

    return command.run(JudgeSettings, "training.judges", __doc__ or "", arguments, work)


if __name__ == "__main__":
    sys.exit(main())
