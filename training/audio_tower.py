"""Train the audio tower: `python -m training.audio_tower --corpus data/corpus --out runs/audio --max-minutes 12`.

The text tower is frozen; the net learns to put a loop where its captions are (symmetric InfoNCE, and cosine to their
mean) and where the names of what sounds in it are ("dub techno", "with claps" rather than "no claps"). Heads on the
pooled features (genre, parts, moods, key and levels) teach it to hear; they are left behind. Spectra are computed once.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from model import audio_tower, checkpoint
from model.audio_tower import LOWEST_HZ, N_BANDS, N_MELS, N_SEMITONES, AudioEncoder, AudioSettings, n_frames
from model.clap import CompactClap, require_space
from model.tags import GENRES, INSTRUMENTS, MOODS
from model.text import TextTower
from training.corpus.captions import GENRE_WORDS
from training.corpus.dataset import Corpus
from training.corpus.truth import KEYS, MODES, SPLITS, Truth
from training.probes import report as report_probes

ABOUT = "about.json"
KNOTS = 6  # of a random equaliser, evenly in octaves


@dataclass(frozen=True)
class TrainingSettings:
    """Of one run; saved with its state."""

    batch: int = 128
    lengths: tuple[int, ...] = (128, 192, 288)  # frames of the excerpts of a step, drawn anew each step
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    warm_up: int = 40  # steps
    ema: float = 0.995
    open_share: float = 0.25  # of the steps hear excerpts that are no loops
    equaliser: float = 0.5  # nepers in power, standard deviation at a knot (2 dB)
    # Weights of the losses.
    contrast: float = 1.0
    mean: float = 1.0
    names: float = 0.5
    heads: float = 0.5
    seed: int = 0


# ---------------------------------------------------------------- data


class Spectra:
    """A split's spectra in corpus order, memory-mapped: `loop(i)` is [frames, N_BANDS] float32."""

    def __init__(self, folder: Path, split: str, truths: Sequence[Truth]) -> None:
        self._ends = np.cumsum([n_frames(truth.n_samples) for truth in truths])
        self._data = np.memmap(folder / f"{split}.f16", dtype="<f2", mode="r").reshape(-1, N_BANDS)
        if len(self._data) != self._ends[-1]:
            raise ValueError(
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
        raise ValueError(f"the spectra in {folder} were made with other settings: delete the folder")
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
        raise ValueError(f"{path} has the captions of {len(vectors)} loops, the corpus {n_loops} loops")
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

    def of_batch(self, picks: Tensor) -> Facts:
        return Facts(*(getattr(self, name)[picks] for name in self.__dataclass_fields__))


def equaliser_curves() -> Tensor:
    """How much each of KNOTS frequencies, evenly spaced in octaves, moves each band, [KNOTS, N_BANDS]."""
    mel = torch.linspace(2595 * math.log10(1 + 30 / 700), 2595 * math.log10(1 + 20_000 / 700), N_MELS + 2)[
        1:-1
    ]
    hertz = torch.cat([700 * (10 ** (mel / 2595) - 1), LOWEST_HZ * 2 ** (torch.arange(N_SEMITONES) / 12)])
    position = (hertz / 30).log2() / math.log2(20_000 / 30) * (KNOTS - 1)
    return (1 - (position - torch.arange(KNOTS)[:, None]).abs()).clamp(min=0)


class Excerpts:
    """Batches of excerpts, each from anywhere in its loop and wrapped at its end, equalised and with a raised floor."""

    def __init__(self, spectra: Spectra, settings: TrainingSettings) -> None:
        self._spectra, self._settings, self._curves = spectra, settings, equaliser_curves()

    def draw(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Loop numbers [batch] and excerpts [batch, frames, N_BANDS]."""
        settings = self._settings
        picks = torch.randperm(len(self._spectra), generator=generator)[: settings.batch]
        frames = settings.lengths[int(torch.randint(len(settings.lengths), (1,), generator=generator))]
        rows = []
        for index, place in zip(
            picks.tolist(), torch.rand(len(picks), generator=generator).tolist(), strict=True
        ):
            loop = self._spectra.loop(index)
            rows.append(loop[(np.arange(frames) + int(place * len(loop))) % len(loop)])
        excerpts = torch.from_numpy(np.stack(rows))
        knots = torch.randn(len(picks), KNOTS, generator=generator) * settings.equaliser
        floor = -14 + 7 * torch.rand(len(picks), 1, 1, generator=generator)
        return picks, torch.logaddexp(excerpts + (knots @ self._curves).unsqueeze(1), floor)


# ---------------------------------------------------------------- what is learnt


class Names:
    """What things are called, through the text tower, [n, dim]: genres, moods, and parts (there minus not there)."""

    def __init__(self, text: TextTower) -> None:
        wordings = [[genre, *GENRE_WORDS[genre]] for genre in GENRES]
        self.genres = torch.stack([F.normalize(text.embed_batch(w).mean(0), dim=0) for w in wordings])
        self.moods = text.embed_batch(MOODS).clone()
        self.parts = text.embed_batch([f"with {part}" for part in INSTRUMENTS]) - text.embed_batch(
            [f"no {part}" for part in INSTRUMENTS]
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

    def losses(
        self, excerpts: Tensor, is_loop: bool, wording: Tensor, mean: Tensor, names: Names, facts: Facts
    ) -> dict[str, Tensor]:
        """excerpts [n, frames, N_BANDS]; one caption of each and the mean of all its captions, [n, dim]."""
        with torch.autocast("cpu", torch.bfloat16):
            pooled = self.encoder.pool(excerpts, is_loop)
        pooled = pooled.float()
        vectors = self.encoder.project(pooled)
        alike = self.scale("captions") * vectors @ wording.T
        own = torch.arange(len(vectors))
        moods = self.scale("moods") * vectors @ names.moods.T + self.bias["moods"]
        parts = self.scale("parts") * vectors @ names.parts.T + self.bias["parts"]
        heads = {name: head(pooled) for name, head in self.heads.items()}
        return {
            "contrast": (F.cross_entropy(alike, own) + F.cross_entropy(alike.T, own)) / 2,
            "mean": 1 - (vectors * mean).sum(1).mean(),
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
def embeddings(encoder: AudioEncoder, spectra: Spectra) -> Tensor:
    """Unit vectors of whole loops, [loops, dim], in corpus order."""
    encoder = deepcopy(encoder).eval()
    return torch.cat([encoder(torch.from_numpy(spectra.loop(i)).unsqueeze(0)) for i in range(len(spectra))])


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


def steps(settings: TrainingSettings, max_minutes: float, used_s: float) -> Iterator[tuple[float, float]]:
    """Until the time is up: the share of it that is left, and the seconds used by all runs so far."""
    begun = time.monotonic() - used_s
    with tqdm(
        total=round(max_minutes * 60), initial=round(used_s), unit="s", desc="audio tower", disable=None
    ) as bar:
        while used_s < max_minutes * 60:
            yield 1 - used_s / (max_minutes * 60), used_s
            used_s = time.monotonic() - begun
            bar.update(round(used_s) - bar.n)


def train(
    settings: TrainingSettings,
    sizes: AudioSettings,
    corpora: dict[str, Corpus],
    spectra: dict[str, Spectra],
    wordings: dict[str, Tensor],
    names: Names,
    out: Path,
    max_minutes: float,
    is_resumed: bool,
    save_every_s: float = 60.0,
    measure_every: int = 150,
) -> AudioEncoder:
    """The averaged encoder. State and log go to `out`, from where a resumed run goes on; all runs share the time."""
    torch.manual_seed(settings.seed)
    nets = Nets(sizes)
    first = torch.cat(
        [torch.from_numpy(spectra["train"].loop(i)) for i in range(min(400, len(spectra["train"])))]
    )
    nets.encoder.band_mean.copy_(first.mean(0))
    nets.encoder.band_std.copy_(first.std(0).clamp(min=0.1))
    average = deepcopy(nets.encoder).requires_grad_(False)
    decayed = [p for p in nets.parameters() if p.ndim > 1]
    plain = [p for p in nets.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    )
    generator = torch.Generator().manual_seed(settings.seed)
    step, used_s, state_file = 0, 0.0, out / "state.pt"
    out.mkdir(parents=True, exist_ok=True)
    if is_resumed and state_file.exists():
        state = torch.load(state_file, weights_only=True)
        nets.load_state_dict(state["nets"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        generator.set_state(state["generator"])
        step, used_s = state["step"], state["used_s"]

    def keep() -> None:
        state = {
            "nets": nets.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
            "generator": generator.get_state(),
            "step": step,
            "used_s": used_s,
        }
        torch.save(state, state_file.with_suffix(".new"))
        state_file.with_suffix(".new").replace(state_file)

    def log(row: dict[str, float]) -> None:
        tqdm.write(json.dumps(row))
        with (out / "log.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")

    excerpts, facts = Excerpts(spectra["train"], settings), Facts.of(corpora["train"].truths)
    held_facts = Facts.of(corpora["heldout"].truths)
    means = F.normalize(wordings["train"].mean(1), dim=1)
    sums: dict[str, float] = {}
    n_summed, saved_s = 0, used_s
    for left, used_s in steps(settings, max_minutes, used_s):  # noqa: B020  (it goes on from the value it is given)
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * min((step + 1) / settings.warm_up, 1.25 * left + 0.01, 1.0)
        picks, batch = excerpts.draw(generator)
        drawn = torch.randint(wordings["train"].shape[1], (len(picks),), generator=generator)
        is_loop = float(torch.rand(1, generator=generator)) >= settings.open_share
        nets.train()
        lost = nets.losses(
            batch, is_loop, wordings["train"][picks, drawn], means[picks], names, facts.of_batch(picks)
        )
        optimiser.zero_grad()
        total = torch.stack([getattr(settings, name) * loss for name, loss in lost.items()]).sum()
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(nets.parameters(), 2.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            rate = min(settings.ema, (1 + step) / (10 + step))
            for mean, now in zip(average.parameters(), nets.encoder.parameters(), strict=True):
                mean.lerp_(now, 1 - rate)
        sums = {name: sums.get(name, 0.0) + loss.item() for name, loss in lost.items()}
        n_summed += 1
        if step % measure_every == 0:
            row = {"step": step, "minutes": round(used_s / 60, 2)}
            row |= {name: round(value / n_summed, 4) for name, value in sums.items()}
            sums, n_summed = {}, 0
            log(
                row | measure(embeddings(average, spectra["heldout"]), wordings["heldout"], names, held_facts)
            )
        if used_s - saved_s >= save_every_s:
            saved_s = used_s
            keep()
    keep()
    return average.eval()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument(
        "--captions", type=Path, default=Path("data/latents"), help="where training.latents put them"
    )
    parser.add_argument("--spectra", type=Path, default=Path("data/mels"), help="computed once, 225 MB")
    parser.add_argument(
        "--text",
        type=Path,
        default=checkpoint.DEFAULT_FOLDER,
        help="checkpoint folder with the frozen text tower",
    )
    parser.add_argument("--out", type=Path, default=Path("runs/audio"), help="state and log of the run")
    parser.add_argument(
        "--checkpoint", type=Path, default=Path("runs/checkpoint-audio"), help="folder to write the part to"
    )
    parser.add_argument("--max-minutes", type=float, default=12.0, help="of all runs that --resume joins")
    parser.add_argument("--resume", action="store_true", help="go on from OUT/state.pt")
    parser.add_argument("--spectra-only", action="store_true", help="compute the spectra and stop")
    parser.add_argument("--evaluate", action="store_true", help="only measure the tower in --checkpoint")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    corpora = {split: Corpus(args.corpus, split) for split in SPLITS}
    for split, corpus in corpora.items():
        analyse(corpus, args.spectra, split)
    if args.spectra_only:
        return
    spectra = {split: Spectra(args.spectra, split, corpora[split].truths) for split in SPLITS}
    text = TextTower.load(args.text)
    names, held_facts = Names(text), Facts.of(corpora["heldout"].truths)
    wordings = {s: captions(args.captions, s, len(corpora[s]), text.space) for s in SPLITS}
    settings = TrainingSettings(seed=args.seed)
    if not args.evaluate:
        encoder = train(
            settings,
            AudioSettings(),
            corpora,
            spectra,
            wordings,
            names,
            args.out,
            args.max_minutes,
            args.resume,
        )
        audio_tower.save(args.checkpoint, encoder, text.space)
    tower = audio_tower.AudioTower.load(args.checkpoint)
    vectors = {split: embeddings(tower.encoder, spectra[split]) for split in SPLITS}
    for split in SPLITS:
        np.save(args.spectra / f"{split}-audio.npy", vectors[split].half().numpy())
    print("held out:", json.dumps(measure(vectors["heldout"], wordings["heldout"], names, held_facts)))
    few = slice(len(held_facts.genre))
    taught = Facts.of(corpora["train"].truths[few])
    print("in training:", json.dumps(measure(vectors["train"][few], wordings["train"][few], names, taught)))
    print("words alone:", json.dumps(ceiling(wordings["heldout"], names, held_facts)))
    report_probes(CompactClap(text, tower), vectors["heldout"], corpora["heldout"].truths)


if __name__ == "__main__":
    main()
