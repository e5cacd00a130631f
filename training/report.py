"""From records to figures: what an evaluation says, as numbers, a Markdown table and plots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from model import descriptors
from training import adherence
from training.judges import N_AMONG, auc, informedness
from training.kernel_distance import Landmarks, normalised, ratio
from training.trials import SIDES, Trial

Record = Mapping[str, Any]
REAL, CODEC = "real", "codec"  # columns that no model made
N_NEAR = 0.05  # share of real loops that lie as near to a training loop as "too near" means


@dataclass(frozen=True)
class Column:
    """How loops were made: REAL, CODEC, or sampled with so many steps and such guidance."""

    name: str
    n_steps: int = 0
    cfg_scale: float = 0.0
    cfg_grid: float = 0.0
    kinds: frozenset[str] | None = None  # of trials; None: all

    @property
    def is_sampled(self) -> bool:
        return self.n_steps > 0


@dataclass
class Results:
    """The records of one column, by trial."""

    column: Column
    records: dict[Trial, Record] = field(default_factory=dict)

    def of(self, kind: str) -> list[tuple[Trial, Record]]:
        return [(trial, record) for trial, record in self.records.items() if trial.kind == kind]

    def values(self, kind: str, name: str) -> list[float]:
        """Finite values of a name in all records of a kind."""
        found = [record[name] for _, record in self.of(kind) if record.get(name) is not None]
        return [value for value in found if np.isfinite(value)]


Figures = dict[str, float]


def figures(results: Results, real: Results, landmarks: Landmarks | None, n_bootstrap: int = 400) -> Figures:
    """All that can be said of a column; what has too few records is missing."""
    found: Figures = {}
    embeddings = [record["embedding"] for _, record in results.of("text")]
    if landmarks is not None and len(embeddings) >= 4:
        estimate = normalised(np.array(embeddings), landmarks, n_bootstrap)
        found |= {"kad": estimate.value, "kad_low": estimate.low, "kad_high": estimate.high}
    for name, (kind, key, how) in _SUMS.items():
        if values := results.values(kind, key):
            found[name] = how(values)
    if "clap_own" in found:
        found["clap_margin"] = found["clap_own"] - found.pop("clap_shuffled")
    for name in descriptors.NAMES:
        records = [record for _, record in results.of(name)]
        if len(records) >= 2:
            asked, heard = ([np.array(record[key]) for record in records] for key in ("asked", "heard"))
            found[f"{name}_correlation"] = adherence.correlation(asked, heard)
    if records := [record for _, record in results.of("instruments")]:
        parts, truths = (np.concatenate([record[key] for record in records]) for key in ("heard", "asked"))
        found["instruments_informedness"] = informedness(parts, truths)
    found |= _wishes(results) | _diversity(results, real) | _memory(results, real)
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


_SUMS: dict[str, tuple[str, str, Callable[[Sequence[float]], float]]] = {
    "tempo_right": ("beat", "tempo_right", _mean),
    "tempo_octave": ("beat", "tempo_octave", _mean),
    "beat_offset_ms": ("beat", "beat_offset_ms", _median),
    "seam": ("text", "seam", _median),
    "band_dynamics_db": ("text", "band_dynamics_db", _median),
    "onset_contrast": ("text", "onset_contrast", _median),
    "caption_first": ("text", "caption_first", _mean),
    "clap_own": ("text", "clap_own", _mean),
    "clap_shuffled": ("text", "clap_shuffled", _mean),
    "clap_first": ("text", "clap_first", _mean),
    "genre_right": ("genre", "right", _mean),
    "key_right": ("key", "right", _mean),
    "key_related": ("key", "related", _mean),
    "key_related_by_essentia": ("key", "related_by_essentia", _mean),
    "nearest_embedding": ("text", "nearest_embedding", _median),
    "nearest_grid_db": ("text", "nearest_grid_db", _median),
}


def _wishes(results: Results) -> Figures:
    """The share of each wish's pairs whose reading moves the right way."""
    if results.column.name == REAL:
        return _real_wishes(results)
    readings: dict[tuple[str, int], dict[str, float]] = {}
    for trial, record in results.of("wish"):
        readings.setdefault((trial.wish, trial.index), {})[trial.side] = record["reading"]
    less, more = SIDES
    moved: dict[str, list[float]] = {}
    for (wish, _), pair in readings.items():
        if len(pair) == 2:
            moved.setdefault(f"wish_{wish}", []).append(float(pair[more] > pair[less]))
    return {name: _mean(values) for name, values in moved.items()}


def _real_wishes(results: Results) -> Figures:
    """How often a real loop that is as a wish's `more` reads higher than one as its `less`: the judge's own score."""
    found: Figures = {}
    for wish in adherence.WISHES:
        records = [record for trial, record in results.of("wish") if trial.wish == wish.name]
        known = [
            (record["reading"], record["is_more"]) for record in records if record["is_more"] is not None
        ]
        readings, truths = (np.array([pair[i] for pair in known], dtype=float)[:, None] for i in range(2))
        found[f"wish_{wish.name}"] = auc(readings, truths)
    return found


def _diversity(results: Results, real: Results) -> Figures:
    """Distance between seeds of one prompt: over that between real loops in the embedding, and in dB on the grid."""
    by_prompt: dict[int, list[Record]] = {}
    for trial, record in results.of("diversity"):
        by_prompt.setdefault(trial.index, []).append(record)
    groups = [group for group in by_prompt.values() if len(group) >= 2]
    others = np.array([record["embedding"] for _, record in real.of("text")])
    if not groups or len(others) < 2:
        return {}
    within = _mean([_apart(np.array([record["embedding"] for record in group])) for group in groups])
    grids = [np.array([record["grid"] for record in group]) for group in groups]
    return {
        "diversity": within / _apart(others),
        "diversity_grid_db": _mean([_apart(grid) / np.sqrt(grid.shape[1]) for grid in grids]),
    }


def _apart(rows: np.ndarray) -> float:
    """Mean distance of two different rows."""
    distances = np.sqrt(np.square(rows[:, None] - rows[None]).sum(axis=2))
    return float(distances[np.triu_indices(len(rows), 1)].mean())


def _memory(results: Results, real: Results) -> Figures:
    """How near outputs are to training loops, against how near real held-out ones are; 1 is as far."""
    found: Figures = {}
    for name in ("nearest_embedding", "nearest_grid_db"):
        here, there = results.values("text", name), real.values("text", name)
        if here and there:
            found[f"{name}_ratio"] = _median(here) / _median(there)
            found[f"{name}_too_near"] = _mean([float(v < np.quantile(there, N_NEAR)) for v in here])
    return found


def against_teacher(
    results: Results, teacher: Results, landmarks: Landmarks, n_bootstrap: int = 400
) -> Figures:
    """Normalised KAD of a column over that of the one with the most steps, with its interval."""
    here, there = (
        np.array([record["embedding"] for _, record in one.of("text")]) for one in (results, teacher)
    )
    if min(len(here), len(there)) < 4:
        return {}
    estimate = ratio(here, there, landmarks, n_bootstrap)
    return {"kad_ratio": estimate.value, "kad_ratio_low": estimate.low, "kad_ratio_high": estimate.high}


# ---------------------------------------------------------------- telling


@dataclass(frozen=True)
class Row:
    """A line of the table. share: the target, as a share of what real loops get; goal: any other target."""

    name: str
    label: str
    digits: int = 2
    share: float | None = None
    goal: str = ""


ROWS = (
    Row("kad", "KAD, 0 real loops, 1 low-pass 3.5 kHz"),
    Row("kad_ratio", "... over that of the most steps", goal="4 steps: 1.25, 1 step: 2"),
    Row("tempo_right", "tempo right (0.3 %)"),
    Row("tempo_octave", "tempo an octave off"),
    Row("beat_offset_ms", "kick off the beat, median ms", 1),
    Row("seam", "flux at the seam / at other bar lines"),
    Row("band_dynamics_db", "band dynamics, median dB", 1),
    Row("onset_contrast", "onset contrast, median"),
    Row("caption_first", f"own caption first of {N_AMONG}", share=0.7),
    Row("clap_margin", "CLAP cosine, own caption less shuffled", 3),
    Row("clap_first", f"CLAP: own caption first of {N_AMONG}"),
    Row("genre_right", "genre right (tag alone)", share=0.75),
    Row("instruments_informedness", "instruments there and not there (tags alone)", share=0.75),
    Row("key_related", "key right or relative", share=0.7),
    Row("key_related_by_essentia", "... by essentia", share=0.7),
    Row("rms_correlation", "level follows its curve, correlation", share=0.85),
    Row("centroid_correlation", "centroid", share=0.85),
    Row("noisiness_correlation", "noisiness", share=0.7),
    Row("onsets_correlation", "onset density", share=0.7),
    *(
        Row(f"wish_{wish.name}", f'"{wish.less}" / "{wish.more}", pairs right', goal="0.80")
        for wish in adherence.WISHES
    ),
    Row("diversity", "seeds of one prompt apart / real loops apart"),
    Row("nearest_embedding_ratio", "nearest training loop / of real held-out loops"),
    Row("nearest_grid_db_ratio", "... on the beat grid"),
    Row("nearest_grid_db_too_near", f"nearer than {100 - 100 * N_NEAR:g} % of real ones, on the grid"),
)


def markdown(columns: Mapping[str, Figures]) -> str:
    """The table. In brackets: the share of what the judge says of real loops, where the target is one."""
    real = columns.get(REAL, {})
    lines = ["| | " + " | ".join(columns) + " | target |", "|---" * (len(columns) + 2) + "|"]
    for row in ROWS:
        cells = [_cell(row, found, real, name) for name, found in columns.items()]
        if any(cells):
            goal = f"{row.share:g} of real" if row.share is not None else row.goal
            lines.append(f"| {row.label} | {' | '.join(cells)} | {goal} |")
    return "\n".join(lines)


def _cell(row: Row, found: Figures, real: Figures, column: str) -> str:
    if row.name not in found:
        return ""
    text = f"{found[row.name]:.{row.digits}f}"
    if f"{row.name}_low" in found:
        text += f" ({found[f'{row.name}_low']:.{row.digits}f} to {found[f'{row.name}_high']:.{row.digits}f})"
    if row.share is not None and column not in (REAL, CODEC) and real.get(row.name, 0) > 0:
        text += f" ({found[row.name] / real[row.name]:.2f})"
    return text


def shares(found: Figures, real: Figures) -> dict[str, tuple[float, float]]:
    """What a column reaches of what the judges say of real loops, and the target, by label."""
    return {
        row.label: (found[row.name] / real[row.name], row.share)
        for row in ROWS
        if row.share is not None and row.name in found and real.get(row.name, 0) > 0
    }


def validation_table(losses: Figures) -> str:
    """Loss on held-out latents by what is asked, in Markdown."""
    names = {
        "text": "grid and text",
        "tags": "grid and tags",
        "descriptors": "grid and descriptors",
        "grid": "grid only",
        "no_grid": "text only",
    }
    lines = ["| asked for | held-out loss |", "|---|---|"]
    for key, value in losses.items():
        name = key.removeprefix("val_")
        lines.append(f"| {names.get(name, name)} | {value:.4f} |")
    return "\n".join(lines)


SHOWN = (
    *("kad", "tempo_right", "caption_first", "genre_right"),
    *("key_related", "centroid_correlation", "diversity", "nearest_grid_db_ratio"),
)


def draw_sweep(
    path: Path,
    columns: Sequence[Column],
    found: Mapping[str, Figures],
    axis: Callable[[Column], float],
    label: str,
) -> None:
    """How the figures move along an axis: steps, or guidance; a dashed line is what real loops get."""
    columns = sorted((column for column in columns if found.get(column.name)), key=axis)
    titles = {row.name: row.label for row in ROWS}
    shown = [name for name in SHOWN if any(name in found[column.name] for column in columns)]
    if not shown:
        return
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(
        2, -(-len(shown) // 2), figsize=(15, 6), squeeze=False, layout="constrained"
    )
    for ax, name in zip(axes.flat, shown, strict=False):
        points = [(axis(c), found[c.name]) for c in columns if name in found[c.name]]
        xs, ys = [x for x, _ in points], [one[name] for _, one in points]
        if all(f"{name}_low" in one for _, one in points):
            spans = [(one[name] - one[f"{name}_low"], one[f"{name}_high"] - one[name]) for _, one in points]
            ax.errorbar(xs, ys, np.maximum(0, np.array(spans).T), marker="o", capsize=3)
        else:
            ax.plot(xs, ys, marker="o")
        if name in found.get(REAL, {}):
            ax.axhline(found[REAL][name], linestyle="--", color="gray")
        if label == "steps":
            ax.set_xscale("log", base=2)
            ax.set_xticks(xs, [f"{x:g}" for x in xs])
        ax.set_title(titles.get(name, name), fontsize=9, loc="left")
        ax.set_xlabel(label)
    for ax in list(axes.flat)[len(shown) :]:
        ax.set_axis_off()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def draw_shares(path: Path, reached: Mapping[str, tuple[float, float]]) -> None:
    """Bars of what is reached of the judges' own scores, with the targets."""
    if not reached:
        return
    pyplot = _pyplot()
    figure, ax = pyplot.subplots(figsize=(9, 0.5 * len(reached) + 1), layout="constrained")
    places = np.arange(len(reached))[::-1]
    values, targets = zip(*reached.values(), strict=True)
    ax.barh(places, values, color=["tab:green" if v >= t else "tab:orange" for v, t in reached.values()])
    ax.plot(targets, places, "k|", markersize=16)
    ax.set_yticks(places, list(reached))
    ax.set_xlabel("share of what the judge says of real loops; the mark is the target")
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def draw_memory(path: Path, results: Iterable[Results]) -> None:
    """Distances to the nearest training loop: outputs beside real held-out loops."""
    groups = [(one.column.name, one.values("text", "nearest_grid_db")) for one in results]
    groups = [(name, values) for name, values in groups if values]
    if not groups:
        return
    pyplot = _pyplot()
    figure, ax = pyplot.subplots(figsize=(9, 0.5 * len(groups) + 1.5), layout="constrained")
    ax.boxplot(
        [values for _, values in groups], orientation="horizontal", tick_labels=[name for name, _ in groups]
    )
    ax.set_xlabel("to the nearest training loop on the beat grid, dB")
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot
