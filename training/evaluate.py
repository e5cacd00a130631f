"""Measure a model on held-out data: `ladmg evaluate --checkpoint FOLDER --out runs/evaluate`.

Needs the corpus and the judges (`python -m training.judges`). Every loop is judged once and kept in OUT/records.jsonl:
a run that was stopped goes on where it was, and more settings can be added later. Writes evaluation.json, evaluation.md
and plots. `--quick` takes few loops: a look, not a result. Tempo is heard by essentia (extra `test`), or left out.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from model import audio_tower, checkpoint, descriptors, loops, tags
from model.checkpoint import CheckpointError
from model.clap import CompactClap
from model.pipeline import LoopSettings, Pipeline
from model.unet import Conditions, UNetConfig
from training import command, degrade, ears, report, trials
from training.audio_tower import Spectra, analyse
from training.corpus.dataset import Corpus
from training.ears import Judges
from training.judges import WEIGHTS
from training.kernel_distance import Landmarks, normalised
from training.report import CODEC, REAL, Column, Figures, Results
from training.settings import numbers, setting
from training.trials import Bench, Counts, Training, Trial, Words

RECORDS = "records.jsonl"
VERSION = 3  # of what a record says
SWEPT = ("text", "beat", "genre", "instruments", "key", "rms", "centroid", "noisiness", "onsets", "diversity")


@dataclass(frozen=True)
class EvaluationSettings:
    """What is compared, on how much."""

    checkpoint: Path = setting(checkpoint.DEFAULT_FOLDER, "folder of the model")
    corpus: Path = setting(Path("data/corpus"), "whose held-out loops are asked for")
    judges: Path = setting(Path("runs/judges"), "what training.judges wrote")
    spectra: Path = setting(Path("data/mels"), "of the corpus, computed once")
    latents: Path = setting(Path("data/latents"), "for the validation loss; left out where there are none")
    out: Path = setting(Path("runs/evaluate"), "folder of records, tables and plots")
    steps: str = setting("1,2,4,8,16,50", "numbers of steps to compare")
    guidance: str = setting("1:1,3:1,6:2", "guidance to compare, content:grid")
    n_steps: int = setting(0, "of the guidance to compare, and of wishes; 0: the checkpoint's own")
    cfg_scale: float = setting(LoopSettings.cfg_scale, "content guidance at which steps are compared")
    cfg_grid: float = setting(LoopSettings.cfg_grid, "grid guidance at which steps are compared")
    loops: int = setting(48, "asked for by caption, in each column")
    asked: int = setting(24, "asked for by each tag and descriptor alone")
    pairs: int = setting(40, "of each wish")
    prompts: int = setting(3, "whose diversity is measured")
    seeds: int = setting(6, "of each such prompt")
    rungs: int = setting(40, "real loops on each rung of degradation that the judges must hear")
    validation_loops: int = setting(100, "for the validation loss")
    max_minutes: float = setting(600.0, "then the report is of what was judged so far")
    device: str = setting("auto", "auto, cpu, cuda or mps")
    quick: bool = setting(False, "few loops and columns")

    def __post_init__(self) -> None:
        for name in ("loops", "asked", "pairs", "prompts", "seeds", "rungs", "validation_loops"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        if not self.max_minutes > 0:
            raise ValueError(f"max_minutes must be above 0, got {self.max_minutes}")
        numbers("steps", self.steps)
        _pairs("guidance", self.guidance)

    @property
    def counts(self) -> Counts:
        return Counts(self.loops, self.asked, self.pairs, self.prompts, self.seeds)

    @property
    def reduced(self) -> EvaluationSettings:
        """The quick ones."""
        return replace(
            self,
            steps="1,4,8",
            guidance="",
            loops=min(self.loops, 10),
            asked=min(self.asked, 4),
            pairs=min(self.pairs, 4),
            prompts=min(self.prompts, 1),
            seeds=min(self.seeds, 3),
            rungs=min(self.rungs, 8),
            validation_loops=min(self.validation_loops, 10),
        )

    def columns(self, own_steps: int) -> list[Column]:
        """What is compared: the settings that are played first, with wishes; then steps, then guidance.

        own_steps: the checkpoint's own number.
        """
        n_steps, swept = self.n_steps or own_steps, frozenset(SWEPT)
        found = [Column(_name(n_steps), n_steps, self.cfg_scale, self.cfg_grid)]
        for n in numbers("steps", self.steps):
            if n != n_steps:
                found.append(Column(_name(n), n, self.cfg_scale, self.cfg_grid, swept))
        for cfg_scale, cfg_grid in _pairs("guidance", self.guidance):
            if (cfg_scale, cfg_grid) != (self.cfg_scale, self.cfg_grid):
                name = f"{_name(n_steps)}, guidance {cfg_scale:g}, grid {cfg_grid:g}"
                found.append(Column(name, n_steps, cfg_scale, cfg_grid, swept))
        return found


def _name(n_steps: int) -> str:
    return f"{n_steps} step{'s' * (n_steps != 1)}"


def _pairs(name: str, text: str) -> list[tuple[float, float]]:
    try:
        parts = [part.split(":") for part in text.split(",") if part.strip()]
        return [(float(scale), float(grid)) for scale, grid in parts]
    except ValueError:
        raise ValueError(f"{name} must be content:grid as 1:1,3:2, got {text!r}") from None


# ---------------------------------------------------------------- what the model says


def asked_of(
    pipeline: Pipeline, trial: Trial, column: Column, corpus: Corpus
) -> tuple[LoopSettings, Conditions]:
    """A trial as the pipeline understands it: settings, and conditions that know tags and curves besides."""
    truth, config = corpus.truths[trial.index], pipeline.unet.config
    settings = LoopSettings(
        bpm=round(truth.bpm, 2),
        n_bars=truth.n_bars,
        n_steps=column.n_steps,
        cfg_scale=column.cfg_scale,
        cfg_grid=column.cfg_grid,
        seed_a=trial.seed,
        swing=truth.swing if trial.needs == "descriptors" else 50.0,
        prompts=(trial.prompt,) if trial.prompt else (),
    )
    conditions = pipeline.conditions(settings)
    if trial.needs == "tags":
        wanted = tags.vector(trial.genre, (), trial.present, trial.absent, trial.key)
        conditions = replace(conditions, tags=wanted.unsqueeze(0).to(pipeline.device))
    if trial.needs == "descriptors":
        which = descriptors.NAMES.index(trial.kind)
        curves = trials.asked_curves(corpus, trial.index)[which]
        curve = (curves - config.descriptor_mean[which]) / config.descriptor_std[which]
        frames = conditions.phases.shape[2]
        position = torch.arange(frames) * len(curve) // frames
        conditions.descriptors[:, which] = curve[position].to(pipeline.device)
        conditions.has_descriptors[:, which] = 1.0
    return settings, conditions


@torch.inference_mode()
def rendered(pipeline: Pipeline, trial: Trial, column: Column, corpus: Corpus) -> np.ndarray:
    """The model's answer, [samples, 2]."""
    settings, conditions = asked_of(pipeline, trial, column, corpus)
    waveform = pipeline.codec.decode(pipeline.dream(settings, conditions))
    waveform = loops.resample_periodic(waveform, loops.n_samples(settings.bpm, settings.n_bars))
    return np.ascontiguousarray(waveform[0].T.cpu().numpy(), dtype=np.float32)


@torch.inference_mode()
def round_trip(pipeline: Pipeline, loop: np.ndarray) -> np.ndarray:
    """A loop [samples, 2] through the codec: as good as a model of its latents can be."""
    waveform = torch.from_numpy(np.ascontiguousarray(loop.T)).float()[None].to(pipeline.device)
    decoded: np.ndarray = pipeline.codec.decode(pipeline.codec.encode(waveform))[0].T.cpu().numpy()
    return decoded


def knows(config: UNetConfig, condition: str) -> bool:
    """Whether a net was taught text, tags or descriptors."""
    return {"text": True, "tags": config.n_tags > 0, "descriptors": config.n_descriptors > 0}[condition]


# ---------------------------------------------------------------- records


class Records:
    """What the judges said, on disk line by line; a line that a kill cut short is judged anew."""

    def __init__(self, path: Path) -> None:
        self._known: dict[str, Any] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
                self._known[row["key"]] = row["record"]
            except (ValueError, KeyError, TypeError):
                continue
        self._file = path.open("a", encoding="utf-8")
        if path.stat().st_size:
            self._file.write("\n")  # ends what a kill may have cut short

    def get(self, key: str) -> Any:
        return self._known.get(key)

    def put(self, key: str, record: Any) -> None:
        self._known[key] = record
        self._file.write(json.dumps({"key": key, "record": record}) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def key_of(*parts: Any) -> str:
    """A short name of what decides a record."""
    text = json.dumps([VERSION, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


# ---------------------------------------------------------------- the run


class Evaluation:
    """Model, judges, corpus and records of one run."""

    def __init__(self, settings: EvaluationSettings) -> None:
        self.settings = settings
        self._deadline = time.monotonic() + 60 * settings.max_minutes
        self.corpus = Corpus(settings.corpus, "heldout")
        self.pipeline = Pipeline.load(settings.checkpoint, settings.device)
        if not (settings.judges / WEIGHTS).is_dir():
            raise CheckpointError(f"no judges in {settings.judges}: python -m training.judges makes them")
        self.judges = Judges.load(settings.judges / WEIGHTS)
        train = Corpus(settings.corpus, "train")
        for split, corpus in (("train", train), ("heldout", self.corpus)):
            analyse(corpus, settings.spectra, split)
        self._heldout = Spectra(settings.spectra, "heldout", self.corpus.truths)
        training = self._training(train)
        self.words = words_of(settings.checkpoint)
        self.bench = Bench(self.corpus, self.judges, self.words, training)
        self.records = Records(settings.out / RECORDS)
        self.trials = trials.all_trials(self.corpus, settings.counts)
        self._corpus_id = key_of([truth.to_json() for truth in self.corpus.truths])
        parts = checkpoint.read_manifest(settings.checkpoint)["parts"]
        self._words_id = parts.get(audio_tower.PART)
        # who made a loop, so that a record outlasts what it doesn't depend on
        self._made_by = {REAL: "", CODEC: key_of(parts["codec"])}

    def _training(self, train: Corpus) -> Training:
        """Kept beside the judges: their embeddings of all training loops."""
        path = self.settings.judges / f"train-{self.judges.id}.npz"
        if not path.exists():
            spectra = Spectra(self.settings.spectra, "train", train.truths)
            embeddings, grids = [], []
            for i in tqdm(range(len(spectra)), desc="training loops", unit="loop", disable=None):
                spectrum = spectra.loop(i)
                embeddings.append(self.judges.embed(torch.from_numpy(spectrum)).astype(np.float16))
                grids.append(ears.on_grid(spectrum, train.truths[i].n_bars).ravel().astype(np.float16))
            temporary = path.with_suffix(".tmp.npz")
            np.savez(temporary, embeddings=np.stack(embeddings), grids=np.stack(grids))
            temporary.replace(path)
        with np.load(path) as stored:
            return Training(*(stored[name].astype(np.float32) for name in ("embeddings", "grids")))

    def ask(self, column: Column) -> Results:
        """Put all trials of a column, until the time is up."""
        results = Results(column)
        wanted = [trial for trial in self.trials if self._fits(trial, column)]
        for trial in tqdm(wanted, desc=column.name, unit="loop", disable=None):
            made_by = self._made_by.get(column.name, self.pipeline.checkpoint_id)
            how = [column.n_steps, column.cfg_scale, column.cfg_grid] if column.is_sampled else column.name
            key = key_of(
                asdict(trial),
                how,
                made_by,
                self.judges.id,
                self._corpus_id,
                self._words_id,
                trials.HAS_ESSENTIA,
            )
            record = self.records.get(key)
            if record is None and time.monotonic() < self._deadline:
                record = self.bench.record(trial, self._loop(trial, column))
                self.records.put(key, record)
            if record is not None:
                results.records[trial] = record
        return results

    def _fits(self, trial: Trial, column: Column) -> bool:
        if column.kinds is not None and trial.kind not in column.kinds:
            return False
        if not column.is_sampled:
            is_once = trial.kind != "wish" or (column.name == REAL and trial.side == trials.SIDES[0])
            return is_once and trial.kind != "diversity"
        return knows(self.pipeline.unet.config, trial.needs)

    def _loop(self, trial: Trial, column: Column) -> np.ndarray:
        if column.is_sampled:
            return rendered(self.pipeline, trial, column, self.corpus)
        loop = self.corpus.audio(trial.index)
        return round_trip(self.pipeline, loop) if column.name == CODEC else loop

    def embeddings(self, indices: Iterable[int]) -> np.ndarray:
        """Of real held-out loops, [n, dim]."""
        return np.stack([self.judges.embed(torch.from_numpy(self._heldout.loop(i))) for i in indices])

    def degraded(self, name: str, indices: Iterable[int]) -> np.ndarray:
        """Embeddings of real held-out loops, made worse, [n, dim]."""
        function = next(rungs[name] for rungs in degrade.LADDERS.values() if name in rungs)
        rows = []
        for index in tqdm(list(indices), desc=name, unit="loop", disable=None):
            key = key_of("degraded", name, index, self.judges.id, self._corpus_id)
            row = self.records.get(key)
            if row is None:
                worse = torch.from_numpy(np.ascontiguousarray(function(self.corpus.audio(index)).T))
                row = self.judges.embed(audio_tower.spectrum(worse)).round(4).tolist()
                self.records.put(key, row)
            rows.append(row)
        return np.array(rows)

    def landmarks(self) -> Landmarks:
        """Half of the real loops is the reference; the other half, which trials are made of, is real and anchor."""
        reference, real = trials.halves(self.corpus.truths)
        return Landmarks(
            self.embeddings(reference), self.embeddings(real), self.degraded(degrade.ANCHOR, real)
        )

    def ladders(self, landmarks: Landmarks) -> Figures:
        """Normalised KAD of real loops on every rung of degradation: what the judges' embedding hears."""
        some = trials.spread(trials.halves(self.corpus.truths)[1], self.settings.rungs)
        if len(some) < 4:
            return {}
        names = [name for rungs in degrade.LADDERS.values() for name in rungs]
        return {name: normalised(self.degraded(name, some), landmarks, 0).value for name in names}

    def losses(self) -> Figures:
        """Validation loss by what is asked; empty without latents of this checkpoint's codec."""
        from training.prepared import open_loops
        from training.shards import ShardError
        from training.unet import buckets_for, validate

        folder, config = self.settings.latents, self.pipeline.unet.config
        if not folder.exists() or not self.settings.validation_loops:
            return {}
        try:
            heldout = open_loops(folder, "heldout")
        except (ShardError, FileNotFoundError) as error:
            print(f"no validation loss: {error}")
            return {}
        codec = self.pipeline.codec
        if heldout.about["latent_space"] != codec.latent_space():
            print(f"no validation loss: {folder} holds latents of another codec")
            return {}
        known = buckets_for(config, heldout)
        importance = codec.importance().to(self.pipeline.device)
        found = validate(self.pipeline.unet, known, self.settings.validation_loops, importance)
        unknown = {f"val_{name}" for name in ("tags", "descriptors") if not knows(config, name)}
        return {name: value for name, value in found.items() if name not in unknown}


def words_of(folder: Path) -> Words | None:
    """The checkpoint's CLAP as a judge; None where it understands words only."""
    try:
        clap = CompactClap.load(folder)
    except CheckpointError as error:
        print(f"no CLAP agreement: {error}")
        return None
    return Words(clap) if clap.has_audio else None


def evaluate(settings: EvaluationSettings) -> dict[str, Any]:
    """Judge, write the report to OUT, and return what evaluation.json holds."""
    settings = settings.reduced if settings.quick else settings
    run = Evaluation(settings)
    landmarks = run.landmarks()
    sampled = settings.columns(run.pipeline.sampling.n_steps)
    real = run.ask(Column(REAL))
    results = {REAL: real}
    for column in [*sampled[:1], Column(CODEC, kinds=frozenset(SWEPT) - {"diversity"}), *sampled[1:]]:
        results[column.name] = run.ask(column)
        summary = summed_up(run, results, sampled, landmarks)
        write(settings.out, summary, results, sampled)
    summary |= {"ladders": run.ladders(landmarks), "losses": run.losses()}
    write(settings.out, summary, results, sampled)
    run.records.close()
    return summary


def summed_up(
    run: Evaluation, results: Mapping[str, Results], sampled: list[Column], landmarks: Landmarks
) -> dict[str, Any]:
    """The figures of all columns so far."""
    real = results[REAL]
    found = {name: report.figures(one, real, landmarks) for name, one in results.items()}
    by_steps = [results[c.name] for c in sampled if c.name in results and _is_plain(c, sampled[0])]
    if len(by_steps) > 1:
        teacher = max(by_steps, key=lambda one: one.column.n_steps)
        for one in by_steps:
            if one is not teacher:
                found[one.column.name] |= report.against_teacher(one, teacher, landmarks)
    return {
        "checkpoint": run.pipeline.checkpoint_id,
        "judges": run.judges.id,
        "counts": asdict(run.settings.counts),
        "columns": found,
    }


def _is_plain(column: Column, main: Column) -> bool:
    """Whether only its steps differ from the main column."""
    return (column.cfg_scale, column.cfg_grid) == (main.cfg_scale, main.cfg_grid)


def write(out: Path, summary: dict[str, Any], results: Mapping[str, Results], sampled: list[Column]) -> None:
    """evaluation.json, evaluation.md and the plots."""
    columns = summary["columns"]
    (out / "evaluation.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    (out / "evaluation.md").write_text(told(summary) + "\n", encoding="utf-8")
    main = sampled[0]
    steps = [c for c in sampled if _is_plain(c, main)]
    guided = [c for c in sampled if c.n_steps == main.n_steps]
    report.draw_sweep(out / "steps.png", steps, columns, lambda c: c.n_steps, "steps")
    report.draw_sweep(out / "guidance.png", guided, columns, lambda c: c.cfg_scale, "guidance by content")
    report.draw_shares(out / "shares.png", report.shares(columns.get(main.name, {}), columns.get(REAL, {})))
    report.draw_memory(out / "memory.png", results.values())


def told(summary: Mapping[str, Any]) -> str:
    """The whole report in Markdown."""
    parts = [report.markdown(summary["columns"])]
    if summary.get("losses"):
        parts.append(report.validation_table(summary["losses"]))
    if summary.get("ladders"):
        rungs = [f"| {name} | {value:.2f} |" for name, value in summary["ladders"].items()]
        parts.append("\n".join(["| real loops, made worse | KAD |", "|---|---|", *rungs]))
    return "\n\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with command-line arguments (default: the program's); the exit code."""
    name = "ladmg evaluate"
    return command.run(
        EvaluationSettings, name, __doc__ or "", arguments, lambda given: print(told(evaluate(given)))
    )


if __name__ == "__main__":
    sys.exit(main())
