"""Listen by instrument: `python -m training.listen --checkpoint FOLDER --corpus data/corpus --out DIR`.

Judges held-out corpus loops, their round trip through the codec, and loops generated for held-out settings;
prints a Markdown table for `training/LOG.md`, writes every single value to `listen.json` and spectrograms to
PNG files.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from model import checkpoint
from model.codecs import AnyCodec, load_codec
from model.pipeline import LoopSettings, Pipeline
from training import measure
from training.corpus.dataset import Corpus

FOUR = "four-to-the-floor"
PULSE = {"snare", "clap", "closed hat", "open hat", "ride", "shaker", "percussion"}
Values = dict[str, list[float]]
progress = partial(tqdm, disable=None)  # no bar in a log file


@dataclass(frozen=True)
class HeldOut:
    """A setting that no training saw: a held-out loop's caption, at a tempo and with seeds of its own."""

    index: int  # of the corpus loop
    has_four: bool  # the prompt asks for a four-to-the-floor kick, as the corpus loop has
    has_beat: bool  # kick and other drums in the corpus loop, groove not broken: its tempo can be heard
    prompt: str
    bpm: float
    seed_a: int
    seed_b: int
    morph: float = 0.0


def held_out_settings(corpus: Corpus, n: int, seed: int = 2) -> list[HeldOut]:
    """`n` settings of 4 bars in 100..150 BPM for loops spread over the corpus; the same ones every time."""
    indices = [i for i, truth in enumerate(corpus.truths) if truth.n_bars == 4]
    if len(indices) < n:
        raise ValueError(f"{n} settings need as many held-out loops of 4 bars, the corpus has {len(indices)}")
    rng = np.random.default_rng(seed)
    chosen = []
    for index in np.array(indices)[np.linspace(0, len(indices) - 1, n).round().astype(int)]:
        truth = corpus.truths[index]
        prompt = truth.captions[int(rng.integers(len(truth.captions)))]
        has_four = truth.groove == FOUR and "kick" in truth.instruments
        has_beat = "kick" in truth.instruments and bool(PULSE & set(truth.instruments))
        has_beat = has_beat and truth.groove != "broken"
        if has_four and "four" not in prompt:
            prompt = f"{prompt}, {FOUR} kick"
        bpm = round(float(rng.uniform(100, 150)), 2)
        seed_a, seed_b = (int(s) for s in rng.integers(0, 1_000_000, 2))
        chosen.append(HeldOut(int(index), has_four, has_beat, prompt, bpm, seed_a, seed_b))
    return chosen


# ---------------------------------------------------------------- judging


def judge(loops: Iterable[np.ndarray], asked: list[HeldOut], hears_tempo: bool = True) -> Values:
    """Crispness, seam, tempo and beat offset of 4-bar loops; the last two where the setting has a beat to hear.

    tempo_right: 1 right, 0 wrong; octave errors are counted apart in tempo_octave and left out of
    tempo_right.
    """
    values: Values = {
        name: []
        for name in (
            "band_dynamics_db",
            "onset_contrast",
            "onset_contrast_log",
            "seam_flux_ratio",
            "beat_offset_ms",
            "tempo_right",
            "tempo_octave",
            "tempo_error_percent",
        )
    }
    for loop, one in zip(loops, asked, strict=True):
        crisp = measure.crispness(loop)
        values["band_dynamics_db"].append(crisp.band_dynamics_db)
        values["onset_contrast"].append(crisp.onset_contrast)
        values["onset_contrast_log"].append(crisp.onset_contrast_log)
        values["seam_flux_ratio"].append(measure.seam_flux_ratio(loop, 4))
        if one.has_four:
            values["beat_offset_ms"].append(measure.beat_offset_ms(loop, 4))
        if hears_tempo and one.has_beat:
            heard = measure.tempo(loop, 4, one.bpm)
            values["tempo_octave"].append(float(heard.verdict == "octave"))
            if heard.verdict != "octave":
                values["tempo_right"].append(float(heard.verdict == "right"))
            values["tempo_error_percent"].append(100 * heard.error)
    return values


def judge_codec(codec: AnyCodec, loops: Iterable[np.ndarray]) -> tuple[Values, list[np.ndarray]]:
    """Fidelity and crispness of the round trip of `loops`, [samples, 2] each, and what came back."""
    names = (
        "si_sdr_db",
        "si_sdr_above_200_db",
        "log_mel_db",
        "log_mel_above_2k_db",
        "band_dynamics_db",
        "onset_contrast",
        "onset_contrast_log",
    )
    values: Values = {name: [] for name in names}
    decoded_loops = []
    for loop in loops:
        decoded = round_trip(codec, loop)
        crisp = measure.crispness(decoded)
        row = (
            measure.si_sdr(loop, decoded),
            measure.si_sdr(loop, decoded, above_hz=200),
            measure.log_mel_distance(loop, decoded),
            measure.log_mel_distance(loop, decoded, above_hz=2000),
            crisp.band_dynamics_db,
            crisp.onset_contrast,
            crisp.onset_contrast_log,
        )
        for name, value in zip(names, row, strict=True):
            values[name].append(value)
        decoded_loops.append(decoded)
    return values, decoded_loops


def round_trip(codec: AnyCodec, loop: np.ndarray) -> np.ndarray:
    """A corpus loop, [samples, 2], encoded and decoded."""
    with torch.inference_mode():
        waveform = torch.from_numpy(np.ascontiguousarray(loop.T)).float()[None]
        return codec.decode(codec.encode(waveform))[0].T.numpy()


Render = Callable[[HeldOut], np.ndarray]


def judge_identity(render: Render, settings: Iterable[HeldOut]) -> Values:
    """A seed at 125 and 126 BPM, and two seeds at 125: distances on the beat grid in dB; which is nearer."""
    values: Values = {"same_seed_db": [], "two_seeds_db": [], "seed_keeps_its_music": []}
    for one in settings:
        base = replace(one, bpm=125.0, morph=0.0)
        here, there = render(base), render(replace(base, bpm=126.0))
        other = render(replace(base, seed_a=one.seed_b))
        same, two = measure.grid_distance(here, there, 4), measure.grid_distance(here, other, 4)
        values["same_seed_db"].append(same)
        values["two_seeds_db"].append(two)
        values["seed_keeps_its_music"].append(float(same < two))
    return values


def judge_morph(render: Render, settings: Iterable[HeldOut], n_points: int = 17) -> Values:
    """Morphs from seed A to seed B at 125 BPM: the largest step over the median step, a value a pair."""
    points = np.linspace(0, 1, n_points)
    ratios = []
    for one in settings:
        loops = [render(replace(one, bpm=125.0, morph=float(point))) for point in points]
        ratios.append(measure.morph_smoothness(loops, 4))
    return {"morph_step_ratio": ratios}


# ---------------------------------------------------------------- telling

# name of the value, what the reader sees, how a column is summed up, digits, target
ROWS = (
    ("si_sdr_db", "SI-SDR, median dB", "median", 1, "12"),
    ("si_sdr_above_200_db", "SI-SDR above 200 Hz, median dB", "median", 1, ""),
    ("log_mel_db", "log-mel distance, median dB", "median", 2, ""),
    ("log_mel_above_2k_db", "log-mel distance above 2 kHz, median dB", "median", 2, ""),
    ("band_dynamics_db", "band dynamics, median dB", "median", 1, ""),
    ("band_dynamics_ratio", "... against the corpus", "mean", 2, "codec 0.90, renders 0.75"),
    ("band_dynamics_share", "... against the same loop, median", "median", 2, "codec 0.90"),
    ("onset_contrast", "onset contrast, median", "median", 2, ""),
    ("onset_contrast_ratio", "... against the corpus", "mean", 2, "codec 0.90, renders 0.75"),
    ("onset_contrast_share", "... against the same loop, median", "median", 2, "codec 0.90"),
    ("onset_contrast_log", "onset contrast of dB levels, median", "median", 2, ""),
    ("onset_contrast_log_ratio", "... against the corpus", "mean", 2, ""),
    ("tempo_right", "tempo within 0.3 %, % (without octave errors)", "percent", 1, "98"),
    ("tempo_octave", "tempo an octave off, %", "percent", 1, ""),
    ("tempo_octave", "loops with a tempo to hear", "count", 0, ""),
    ("beat_offset_ms", "low onsets from the beat, median ms", "median", 1, "15"),
    ("seam_flux_ratio", "flux at the wrap / other bar lines, median", "median", 2, "the corpus'"),
    ("same_seed_db", "same seed at 125 and 126 BPM, median dB", "median", 2, ""),
    ("two_seeds_db", "two seeds at 125 BPM, median dB", "median", 2, ""),
    ("seed_keeps_its_music", "same seed nearer than another, %", "percent", 1, "90"),
    ("morph_step_ratio", "morph, largest step / median step", "median", 2, "3"),
)


def summed_up(values: list[float], how: str) -> float:
    """One number for a cell of the table."""
    finite = [v for v in values if np.isfinite(v)]
    if not finite:
        return float("nan")
    ways: dict[str, Callable[[list[float]], Any]] = {
        "median": np.median,
        "mean": np.mean,
        "percent": lambda v: 100 * np.mean(v),
        "count": len,
    }
    return float(ways[how](finite))


def add_ratios(columns: dict[str, Values]) -> None:
    """Crispness of every column against the corpus': the ratio of the medians; of the codec's also loop by loop.

    Loops differ more in contrast than any codec does to them: of 50, the ratio of medians has a standard error of 0.04,
    the median of ratios of 0.01 (bootstrap).
    """
    for column, values in columns.items():
        for name in ("band_dynamics", "onset_contrast", "onset_contrast_log"):
            key = f"{name}_db" if name == "band_dynamics" else name
            own, corpus = np.median(values[key]), np.median(columns["corpus"][key])
            values[f"{name}_ratio"] = [float(own / corpus)]
            if column == "codec":  # the very same loops
                pairs = zip(values[key], columns["corpus"][key], strict=True)
                values[f"{name}_share"] = [here / there for here, there in pairs]


def markdown(columns: dict[str, Values]) -> str:
    """The table, a column for each of `columns`."""
    lines = [f"| | {' | '.join(columns)} | target |", "|---" * (len(columns) + 2) + "|"]
    for key, label, how, digits, target in ROWS:
        cells = [
            f"{summed_up(values[key], how):.{digits}f}" if values.get(key) else ""
            for values in columns.values()
        ]
        if any(cells):
            lines.append(f"| {label} | {' | '.join(cells)} | {target} |")
    return "\n".join(lines)


def draw(path: Path, loops: dict[str, np.ndarray], n_bars: int = 4) -> None:
    """Log-spectrograms of `loops` (title -> [samples, 2]) one below the other: loop and first bar."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        len(loops),
        2,
        figsize=(16, 3.2 * len(loops)),
        width_ratios=(3, 2),
        squeeze=False,
        layout="constrained",
    )
    weights = measure.log_bands(1024, 160, 60.0, 20_000.0)
    for row, (title, loop) in zip(axes, loops.items(), strict=True):
        levels = measure.to_db(measure.power_at(loop, np.arange(0, len(loop), 192), 1024) @ weights)
        for ax, beats in zip(row, (4 * n_bars, 4), strict=True):
            shown = levels[: round(len(levels) * beats / (4 * n_bars))]
            extent = (0, beats, 0, levels.shape[1])
            top = levels.max()
            ax.imshow(
                shown.T, origin="lower", aspect="auto", extent=extent, vmin=top - 75, vmax=top, cmap="magma"
            )
            ticks = np.array([100, 300, 1000, 3000, 10_000])
            ax.set_yticks(
                np.log(ticks / 60) / np.log(20_000 / 60) * levels.shape[1], [f"{t:g}" for t in ticks]
            )
            ax.set_xticks(range(0, beats + 1, 4 if beats > 4 else 1))
        row[0].set_title(title, loc="left", fontsize=9)
    axes[-1][0].set_xlabel("beats; 75 dB from black to white, Hz")
    figure.savefig(path, dpi=70)
    pyplot.close(figure)


# ---------------------------------------------------------------- the command


def listen(args: argparse.Namespace) -> None:
    """Run every judge that `args` asks for, print the table and write the files."""
    args.out.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(args.corpus, "heldout")
    chosen = held_out_settings(corpus, args.settings)
    originals = [corpus.audio(one.index) for one in chosen]
    own = [replace(one, bpm=corpus.truths[one.index].bpm) for one in chosen]
    columns = {"corpus": judge(progress(originals, desc="corpus"), own, hears_tempo=not args.codec_only)}
    pictures = [{f"corpus: {one.prompt}": a} for one, a in zip(chosen, originals, strict=True)]
    columns["codec"], decoded = judge_codec(
        load_codec(args.checkpoint).fuse(), progress(originals, desc="codec")
    )
    for picture, loop in zip(pictures, decoded, strict=True):
        picture["codec round trip"] = loop
    if not args.codec_only:
        pipeline = Pipeline.load(args.checkpoint)
        for n_steps in args.steps:
            title = f"{n_steps} steps" if n_steps else "automatic steps"

            def render(one: HeldOut, n_steps: int = n_steps) -> np.ndarray:
                settings = LoopSettings(
                    bpm=one.bpm,
                    n_bars=4,
                    n_steps=n_steps,
                    prompts=(one.prompt,),
                    seed_a=one.seed_a,
                    seed_b=one.seed_b,
                    morph=one.morph,
                )
                return pipeline.render(settings).audio

            loops = [render(one) for one in progress(chosen, desc=title)]
            values = judge(progress(loops, desc=f"{title}, judging"), chosen)
            values |= judge_identity(render, progress(chosen[: args.pairs], desc=f"{title}, identity"))
            values |= judge_morph(render, progress(chosen[: args.morphs], desc=f"{title}, morph"))
            columns[title] = values
            for picture, one, loop in zip(pictures, chosen, loops, strict=True):
                picture[f"{title}, {one.bpm} BPM, seed {one.seed_a}"] = loop
    add_ratios(columns)
    for number, picture in enumerate(
        pictures[:: max(1, len(pictures) // max(1, args.pictures))][: args.pictures]
    ):
        draw(args.out / f"spectrograms-{number}.png", picture)
    table = markdown(columns)
    (args.out / "listen.json").write_text(json.dumps(columns, indent=1) + "\n", encoding="utf-8")
    (args.out / "listen.md").write_text(table + "\n", encoding="utf-8")
    print(table)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", type=Path, default=checkpoint.DEFAULT_FOLDER)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--out", type=Path, default=Path("runs/listen"))
    parser.add_argument("--settings", type=int, default=50, help="held-out loops and settings to judge")
    parser.add_argument(
        "--steps",
        type=lambda text: [int(n) for n in text.split(",")],
        default=[0],
        help="n_steps to compare, as 4,8,16; 0 is automatic",
    )
    parser.add_argument("--pairs", type=int, default=30, help="pairs of seeds for identity; 0 leaves it out")
    parser.add_argument("--morphs", type=int, default=10, help="morphs of 17 points; 0 leaves them out")
    parser.add_argument("--pictures", type=int, default=6, help="spectrogram files")
    parser.add_argument("--codec-only", action="store_true", help="the checkpoint has no UNet yet")
    listen(parser.parse_args())


if __name__ == "__main__":
    main()
