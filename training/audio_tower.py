"""Train the audio tower: `python -m training.audio_tower --corpus data/corpus --out runs/audio --max-minutes 12`.

The text tower is frozen; the net learns to put a loop where its captions are (symmetric InfoNCE, and cosine to their
mean) and where the names of what sounds in it are ("dub techno", "with claps" rather than "no claps"). Heads on the
pooled features (genre, parts, moods, key and levels) teach it to hear; they are left behind. Spectra are computed once.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from model import audio_tower, checkpoint
from model.audio_tower import (
    LOWEST_HZ,
    N_BANDS,
    N_MELS,
    N_SEMITONES,
    AudioEncoder,
    AudioSettings,
    AudioTower,
    n_frames,
)
from model.checkpoint import CheckpointError
from model.clap import CompactClap, require_space
from model.tags import GENRES, INSTRUMENTS, MOODS
from model.text import TextTower
from training import loop, probes, settings
from training.corpus.captions import GENRE_WORDS
from training.corpus.dataset import Corpus
from training.corpus.truth import KEYS, MODES, SPLITS, Truth
from training.loop import Progress, Task, TrainingError, TrainSettings
from training.settings import setting

ABOUT = "about.json"
LENGTHS = (96, 128, 192)  # frames of the excerpts of a batch
SHARE_OPEN = 0.25  # of the batches are heard as excerpts, which don't go round
KNOTS = 6  # of a random equaliser, evenly in octaves
EQUALISER = 0.5  # nepers of power at a knot, standard deviation: 2 dB
WEIGHTS = {"contrast": 1.0, "mean": 1.0, "names": 0.5, "heads": 0.5}  # of the losses


@dataclass(frozen=True)
class AudioTowerSettings(TrainSettings):
    """What the training of the audio tower adds."""

    corpus: Path = setting(Path("data/corpus"), "folder that training.corpus wrote")
    captions: Path = setting(
        Path("data/latents"), "folder where training.latents put the captions' embeddings"
    )
    spectra: Path = setting(Path("data/mels"), "folder of the spectra; computed once, 225 MB")
    text: Path = setting(checkpoint.DEFAULT_FOLDER, "checkpoint folder with the frozen text tower")
    checkpoint: Path = setting(Path("runs/checkpoint-audio"), "folder to write the part to")
    embed_into: Path | None = setting(None, "folder of latents that gets the embeddings of all loops, if any")
    out: Path = setting(Path("runs/audio"), "folder of the state, the log and the curves")
    max_minutes: float = setting(12.0, "of this run")
    lr: float = setting(1.5e-3, "highest learning rate")
    warmup: int = setting(40, "steps until the learning rate is there")
    decay_share: float = setting(0.8, "last share of the training, in which the learning rate falls")
    ema: float = setting(0.995, "what a step keeps of the running average of the weights")
    clip: float = setting(2.0, "largest norm of the gradient")
    validate_every: int = setting(200, "steps")
    save_every_s: float = setting(60.0, "seconds between two saved states: what a kill can lose")
    batch: int = setting(64, "loops a part")
    evaluate: bool = setting(False, "only measure the tower in CHECKPOINT")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch < 2:
            raise ValueError(f"batch must be at least 2, got {self.batch}")


# ---------------------------------------------------------------- data


class Spectra:
    """A split's spectra in corpus order, memory-mapped: `loop(i)` is [frames, N_BANDS] float32."""

    def __init__(self, folder: Path, split: str, truths: Sequence[Truth]) -> None:
        self._ends = np.cumsum([n_frames(truth.n_samples) for truth in truths])
        self._data = np.memmap(folder / f"{split}.f16", dtype="<f2", mode="r").reshape(-1, N_BANDS)
        if len(self._data) != self._ends[-1]:
            raise TrainingError(
                f"{folder / split}.f16 has {len(self._data)} frames, the corpus gives {self._ends[-1]}: delete {folder}"
            )

    def __len__(self) -> int:
        return len(self._ends)

    def loop(self, index: int) -> np.ndarray:
        begin = self._ends[index - 1] if index else 0
        return self._data[begin : self._ends[index]].astype(np.float32)


def analyse(corpus: Corpus, folder: Path, split: str) -> None:
    """Write a split's spectra as float16, going on after the last whole loop that an earlier run left."""
    about = {
        "hop": audio_tower.HOP,
        "windows": [audio_tower.WINDOW, audio_tower.TONAL_WINDOW],
        "bands": N_BANDS,
        "floor": audio_tower.FLOOR,
    }
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / ABOUT).exists() and json.loads((folder / ABOUT).read_text()) != about:
        raise TrainingError(f"the spectra in {folder} were made with other settings: delete the folder")
    (folder / ABOUT).write_text(json.dumps(about) + "\n")
    path, row = folder / f"{split}.f16", 2 * N_BANDS
    ends = np.cumsum([n_frames(truth.n_samples) for truth in corpus.truths])
    have = path.stat().st_size // row if path.exists() else 0
    done = int(np.searchsorted(ends, have, side="right"))
    with path.open("r+b" if done else "wb") as file:
        file.truncate(row * int(ends[done - 1]) if done else 0)
        file.seek(0, 2)
        for index in tqdm(
            range(done, len(corpus)),
            desc=f"spectra of {split}",
            initial=done,
            total=len(corpus),
            disable=None,
        ):
            spectrum = audio_tower.spectrum(torch.from_numpy(corpus.audio(index).T.copy()))
            file.write(spectrum.numpy().astype("<f2").tobytes())


def captions(folder: Path, split: str, n_loops: int, space: str) -> Tensor:
    """Embeddings of a split's captions as training.latents wrote them, unit vectors [loops, wordings, dim]."""
    path = folder / f"{split}-captions.npy"
    if not path.is_file():
        raise FileNotFoundError(f"no {path}: python -m training.latents writes it")
    require_space(str(path), json.loads((folder / ABOUT).read_text())["embedding_space"], space)
    vectors = torch.from_numpy(np.load(path).astype(np.float32))
    if len(vectors) != n_loops:
        raise TrainingError(f"{path} has the captions of {len(vectors)} loops, the corpus {n_loops} loops")
    return F.normalize(vectors, dim=-1)


@dataclass(frozen=True)
class Facts:
    """What is true of loops, [n] class numbers or [n, questions] of 0 and 1; levels about -1..1."""

    genre: Tensor
    key: Tensor
    mode: Tensor
    moods: Tensor
    parts: Tensor
    levels: Tensor  # density, brightness, energy, tempo

    @classmethod
    def of(cls, truths: Sequence[Truth]) -> Facts:
        return cls(
            torch.tensor([GENRES.index(t.genre) for t in truths]),
            torch.tensor([KEYS.index(t.key) for t in truths]),
            torch.tensor([MODES.index(t.mode) for t in truths]),
            torch.tensor([[float(mood in t.moods) for mood in MOODS] for t in truths]),
            torch.tensor([[float(part in t.instruments) for part in INSTRUMENTS] for t in truths]),
            torch.tensor(
                [
                    [2 * t.density - 1, 2 * t.brightness - 1, 2 * t.energy - 1, (t.bpm - 125) / 15]
                    for t in truths
                ]
            ),
        )

    def at(self, picks: Tensor) -> Facts:
        """Those of some of the loops."""
        return Facts(*(getattr(self, field.name)[picks] for field in fields(self)))


def equaliser_curves() -> Tensor:
    """How much each of KNOTS frequencies, evenly spaced in octaves, moves each band, [KNOTS, N_BANDS]."""
    low, high = (2595 * math.log10(1 + hertz / 700) for hertz in (30, 20_000))
    mel = torch.linspace(low, high, N_MELS + 2)[1:-1]
    hertz = torch.cat([700 * (10 ** (mel / 2595) - 1), LOWEST_HZ * 2 ** (torch.arange(N_SEMITONES) / 12)])
    position = (hertz / 30).log2() / math.log2(20_000 / 30) * (KNOTS - 1)
    return (1 - (position - torch.arange(KNOTS)[:, None]).abs()).clamp(min=0)


@dataclass(frozen=True)
class Batch:
    """Excerpts [n, frames, N_BANDS]; of each loop one caption, the mean of all, both [n, dim], and what is true."""

    excerpts: Tensor
    is_loop: bool
    wording: Tensor
    mean: Tensor
    facts: Facts


class Excerpts:
    """A split as batches: each item from anywhere in its loop, wrapped at its end, equalised, with a raised floor."""

    def __init__(self, spectra: Spectra, wordings: Tensor, facts: Facts) -> None:
        self._spectra, self._wordings, self._facts = spectra, wordings, facts
        self._means = F.normalize(wordings.mean(1), dim=1)
        self._curves = equaliser_curves()

    def draw(self, n: int, rng: np.random.Generator) -> Batch:
        """`n` loops, or all if there are fewer."""
        picks = rng.permutation(len(self._spectra))[:n]
        frames = int(rng.choice(LENGTHS))
        rows = []
        for index in picks.tolist():
            spectrum = self._spectra.loop(index)
            rows.append(spectrum[(np.arange(frames) + rng.integers(len(spectrum))) % len(spectrum)])
        knots = torch.from_numpy(rng.normal(0, EQUALISER, (len(picks), KNOTS))).float()
        floor = torch.from_numpy(rng.uniform(-14, -7, (len(picks), 1, 1))).float()
        equalised = torch.from_numpy(np.stack(rows)) + (knots @ self._curves).unsqueeze(1)
        wording = torch.from_numpy(rng.integers(self._wordings.shape[1], size=len(picks)))
        where = torch.from_numpy(picks)
        return Batch(
            excerpts=torch.logaddexp(equalised, floor),
            is_loop=bool(rng.random() >= SHARE_OPEN),
            wording=self._wordings[where, wording],
            mean=self._means[where],
            facts=self._facts.at(where),
        )


# ---------------------------------------------------------------- what is learnt


@dataclass(frozen=True)
class Names:
    """What things are called, through the text tower, [n, dim]: genres, moods, and parts (there minus not there)."""

    genres: Tensor
    moods: Tensor
    parts: Tensor

    @classmethod
    def of(cls, text: TextTower) -> Names:
        wordings = [[genre, *GENRE_WORDS[genre]] for genre in GENRES]
        there = text.embed_batch([f"with {part}" for part in INSTRUMENTS])
        return cls(
            genres=torch.stack([F.normalize(text.embed_batch(w).mean(0), dim=0) for w in wordings]),
            moods=text.embed_batch(MOODS).clone(),
            parts=there - text.embed_batch([f"no {part}" for part in INSTRUMENTS]),
        )


class Nets(nn.Module):
    """The encoder, and what only training needs: temperatures, biases and heads."""

    def __init__(self, sizes: AudioSettings) -> None:
        super().__init__()
        self.encoder = AudioEncoder(sizes)
        self.scales = nn.ParameterDict(
            {
                name: nn.Parameter(torch.tensor(math.log(10.0)))
                for name in ("captions", "genres", "moods", "parts")
            }
        )
        self.bias = nn.ParameterDict(
            {"moods": torch.full((len(MOODS),), -2.0), "parts": torch.zeros(len(INSTRUMENTS))}
        )
        answers = {"genre": len(GENRES), "key": len(KEYS), "mode": len(MODES), "moods": len(MOODS)}
        answers |= {"parts": len(INSTRUMENTS), "levels": 4}
        self.heads = nn.ModuleDict({name: nn.Linear(sizes.hidden, n) for name, n in answers.items()})

    def scale(self, name: str) -> Tensor:
        """How sharp cosines of this kind are, at most 50."""
        scale: Tensor = self.scales[name].exp().clamp(max=50)
        return scale

    def losses(self, batch: Batch, names: Names) -> dict[str, Tensor]:
        """Each of WEIGHTS. Only the encoder runs in the precision of the surroundings."""
        pooled = self.encoder.pool(batch.excerpts, batch.is_loop)
        with torch.autocast(pooled.device.type, enabled=False):
            return self._compared(pooled.float(), batch, names)

    def _compared(self, pooled: Tensor, batch: Batch, names: Names) -> dict[str, Tensor]:
        vectors, facts = self.encoder.project(pooled), batch.facts
        alike = self.scale("captions") * vectors @ batch.wording.T
        own = torch.arange(len(vectors), device=vectors.device)
        moods = self.scale("moods") * vectors @ names.moods.T + self.bias["moods"]
        parts = self.scale("parts") * vectors @ names.parts.T + self.bias["parts"]
        heads = {name: head(pooled) for name, head in self.heads.items()}
        return {
            "contrast": (F.cross_entropy(alike, own) + F.cross_entropy(alike.T, own)) / 2,
            "mean": 1 - (vectors * batch.mean).sum(1).mean(),
            "names": F.cross_entropy(self.scale("genres") * vectors @ names.genres.T, facts.genre)
            + F.binary_cross_entropy_with_logits(moods, facts.moods)
            + F.binary_cross_entropy_with_logits(parts, facts.parts),
            "heads": F.cross_entropy(heads["genre"], facts.genre)
            + 0.3 * F.cross_entropy(heads["key"], facts.key)
            + 0.3 * F.cross_entropy(heads["mode"], facts.mode)
            + F.binary_cross_entropy_with_logits(heads["moods"], facts.moods)
            + F.binary_cross_entropy_with_logits(heads["parts"], facts.parts)
            + F.mse_loss(heads["levels"], facts.levels),
        }


# ---------------------------------------------------------------- measurement


@torch.inference_mode()
def embeddings(encoder: AudioEncoder, spectra: Spectra, n: int | None = None) -> Tensor:
    """Unit vectors of the first `n` whole loops (default: all), [loops, dim], in corpus order, on the CPU."""
    was_training, device = encoder.training, encoder.band_mean.device
    encoder.eval()
    rows = [
        encoder(torch.from_numpy(spectra.loop(i)).unsqueeze(0).to(device)) for i in range(n or len(spectra))
    ]
    encoder.train(was_training)
    return torch.cat(rows).float().cpu()


def ranks(queries: Tensor, answers: Tensor, among: int) -> Tensor:
    """Place of each query's own answer, 0 the nearest, in its group of `among`; what fills no group is left out."""
    n = len(queries) // among * among
    places = []
    for begin in range(0, n, among):
        alike = queries[begin : begin + among] @ answers[begin : begin + among].T
        places.append((alike > alike.diagonal()[:, None]).sum(1))
    return torch.cat(places)


def auc(scores: Tensor, truths: Tensor) -> float:
    """How often a true one scores above a false one: mean over the columns that have both; both [n, columns]."""
    shares = []
    for score, truth in zip(scores.T, truths.T > 0.5, strict=True):
        if bool(truth.any()) and not bool(truth.all()):
            above = score[truth][:, None] - score[~truth][None]
            shares.append(((above > 0).float() + 0.5 * (above == 0).float()).mean())
    return float(torch.stack(shares).mean())


def measure(vectors: Tensor, wordings: Tensor, names: Names, facts: Facts) -> dict[str, float]:
    """Figures of audio vectors [loops, dim] against captions [loops, wordings, dim]; all wordings count."""
    row: dict[str, float] = {}
    for among, top in ((16, 3), (100, 10)):
        if len(vectors) < among:
            continue
        places = torch.cat([ranks(vectors, wordings[:, i], among) for i in range(wordings.shape[1])])
        row[f"own caption first of {among}"] = float((places == 0).float().mean())
        row[f"in the first {top} of {among}"] = float((places < top).float().mean())
        back = torch.cat([ranks(wordings[:, i], vectors, among) for i in range(wordings.shape[1])])
        row[f"own loop first of {among}"] = float((back == 0).float().mean())
    row["cosine to the mean caption"] = float((vectors * F.normalize(wordings.mean(1), dim=1)).sum(1).mean())
    row["genre read back"] = float(((vectors @ names.genres.T).argmax(1) == facts.genre).float().mean())
    nearest_mood = (vectors @ names.moods.T).argmax(1)
    row["nearest mood is one of its own"] = float(facts.moods.gather(1, nearest_mood[:, None]).mean())
    row["mood AUC"] = auc(vectors @ names.moods.T, facts.moods)
    row["part AUC"] = auc(vectors @ names.parts.T, facts.parts)
    return {name: round(value, 4) for name, value in row.items()}


def ceiling(wordings: Tensor, names: Names, facts: Facts) -> dict[str, float]:
    """The same figures where the mean of a loop's other captions stands for its sound: what words alone reach."""
    half = wordings.shape[1] // 2
    return measure(F.normalize(wordings[:, :half].mean(1), dim=1), wordings[:, half:], names, facts)


# ---------------------------------------------------------------- the run


@dataclass(frozen=True)
class Split:
    """What is known of one split of the corpus."""

    truths: tuple[Truth, ...]
    spectra: Spectra
    wordings: Tensor
    facts: Facts

    @classmethod
    def read(cls, given: AudioTowerSettings, split: str, space: str) -> Split:
        corpus = Corpus(given.corpus, split)
        truths = tuple(corpus.truths)
        wordings = captions(given.captions, split, len(corpus), space)
        return cls(truths, Spectra(given.spectra, split, truths), wordings, Facts.of(truths))


def train(given: AudioTowerSettings) -> Progress:
    """Train, write the part, and measure it. Raises TrainingError or CheckpointError."""
    fabric = loop.launch(given)
    if fabric.is_global_zero:
        for split in SPLITS:
            analyse(Corpus(given.corpus, split), given.spectra, split)
    fabric.barrier()
    text = TextTower.load(given.text)
    splits = {split: Split.read(given, split, text.space) for split in SPLITS}
    names, held = Names.of(text), splits["heldout"]
    progress = Progress()
    if not given.evaluate:
        torch.manual_seed(given.seed)
        net, average = Nets(AudioSettings()), Nets(AudioSettings())
        standardise(net.encoder, splits["train"].spectra)
        average.load_state_dict(net.state_dict())
        drawn = Excerpts(splits["train"].spectra, splits["train"].wordings, splits["train"].facts)
        here = loop.moved(names, fabric.device)

        def loss(module: nn.Module, batch: Batch, progress: Progress) -> tuple[Tensor, dict[str, Tensor]]:
            assert isinstance(module, Nets)
            lost = module.losses(batch, here)
            return sum((WEIGHTS[name] * each for name, each in lost.items()), torch.zeros(())), lost

        task = Task(
            net=net,
            average=average,
            optimiser=torch.optim.AdamW(grouped(net), lr=given.lr),
            batch=lambda rng: drawn.draw(given.batch, rng),
            loss=loss,
            count=lambda batch: len(batch.excerpts),
            validate=lambda: measure(
                embeddings(average.encoder, held.spectra), held.wordings, names, held.facts
            ),
        )
        progress = loop.run(given, fabric, task)
        if fabric.is_global_zero:
            audio_tower.save(given.checkpoint, average.encoder, text.space)
    if fabric.is_global_zero:
        report(AudioTower.load(given.checkpoint), text, splits, names, given.embed_into)
    fabric.barrier()
    return progress


def standardise(encoder: AudioEncoder, spectra: Spectra) -> None:
    """Set the encoder's mean and deviation of each band to those of the first loops."""
    heard = torch.cat([torch.from_numpy(spectra.loop(i)) for i in range(min(400, len(spectra)))])
    encoder.band_mean.copy_(heard.mean(0))
    encoder.band_std.copy_(heard.std(0).clamp(min=0.1))


def grouped(net: nn.Module) -> list[dict[str, object]]:
    """Parameters for the optimiser: matrices decay, vectors and scalars don't."""
    decayed = [parameter for parameter in net.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in net.parameters() if parameter.ndim <= 1]
    return [{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]


def report(
    tower: AudioTower, text: TextTower, splits: dict[str, Split], names: Names, embed_into: Path | None
) -> None:
    """Print the figures of a finished tower (float16 in its file); write the loops' embeddings where asked."""
    held, taught, n = splits["heldout"], splits["train"], len(splits["heldout"].truths)
    heard = {
        "heldout": embeddings(tower.encoder, held.spectra),
        "train": embeddings(tower.encoder, taught.spectra, None if embed_into else n),
    }
    if embed_into is not None:
        for split, vectors in heard.items():
            np.save(embed_into / f"{split}-audio.npy", vectors.half().numpy())
    row = measure(heard["train"][:n], taught.wordings[:n], names, Facts.of(taught.truths[:n]))
    print("in training:", json.dumps(row))
    print("held out:", json.dumps(measure(heard["heldout"], held.wordings, names, held.facts)))
    print("words alone:", json.dumps(ceiling(held.wordings, names, held.facts)))
    probes.report(CompactClap(text, tower), heard["heldout"], held.truths)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with command-line arguments (default: the program's); the exit code, 2 for what the user can put right."""
    given = settings.read(AudioTowerSettings, "training.audio_tower", __doc__ or "", arguments)
    try:
        train(given)
    except (TrainingError, CheckpointError, FileNotFoundError) as error:
        print(f"training.audio_tower: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
