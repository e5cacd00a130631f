"""`ladmg prepare`: a folder of anybody's audio becomes shards of loops that a UNet can be trained on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from model import checkpoint
from model.clap import Clap, CompactClap
from model.codecs import AnyCodec, load_codec
from model.descriptors import describe
from model.laion import LaionClap
from model.loops import FRAME_RATE, HOP
from training import shards
from training.prepare import cut, labels, sound_files, tempo
from training.prepare.labels import Labels, Table
from training.prepare.sound_files import SoundFileError
from training.shards import Loop

REPORT = "report.json"
BARS = (4, 2, 1)
SHARD_LOOPS, SHARD_FILES = 128, 64  # a shard is closed when it has so many loops or is of so many files


class PrepareError(ValueError):
    """What the user can put right before anything is prepared."""


@dataclass(frozen=True)
class PrepareSettings:
    """What `ladmg prepare` is asked for.

    bars: lengths of loops to try, the first that a file gives any of counts
    bpm: of all files (None: heard, file by file)
    csv: a table of labels.COLUMNS; bpm_range: where the beat is looked for, at most an octave
    checkpoint: whose codec and CLAP are used; laion_clap: weights of LAION's CLAP, to use that one instead
    device: torch's name, or "auto"
    """

    folder: Path
    out: Path
    bars: tuple[int, ...] = BARS
    bpm: float | None = None
    csv: Path | None = None
    bpm_range: tuple[float, float] = tempo.BPM_RANGE
    min_confidence: float = 0.45
    min_downbeat: float = 0.35
    checkpoint: Path = checkpoint.DEFAULT_FOLDER
    laion_clap: Path | None = None
    device: str = "auto"
    dry_run: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "bpm_range", tuple(self.bpm_range))
        if not self.folder.is_dir():
            raise PrepareError(f"{self.folder} must be a folder with audio in it, and is none")
        if not self.bars or any(n not in (1, 2, 4, 8) for n in self.bars):
            raise PrepareError(f"bars must be one or several of 1, 2, 4, 8, got {self.bars}")
        low, high = labels.BPM_ALLOWED
        if self.bpm is not None and not low <= self.bpm <= high:
            raise PrepareError(f"bpm must be a number in {low:g}..{high:g}, got {self.bpm:g}")
        slow, fast = self.bpm_range
        if not (low <= slow and fast <= high and 1.5 <= fast / slow <= 2.0):
            raise PrepareError(
                f"bpm_range must be two tempi in {low:g}..{high:g}, the second 1.5 to 2 times the first, "
                f"got {slow:g} {fast:g}"
            )
        for name in ("min_confidence", "min_downbeat"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise PrepareError(f"{name} must be in 0..1, got {getattr(self, name)}")


@dataclass(frozen=True)
class Analysis:
    """What became of one file. kind: "kept", or one word for why not; why: in a sentence.

    given: the tempo and downbeat that names and table gave; bpm .. downbeat_confidence: None where none was found
    refused: parts that gave no loop, by reason
    """

    file: str
    size: int
    modified_ns: int
    sha256: str = ""
    kind: str = "kept"
    why: str = ""
    note: str = ""
    seconds: float | None = None
    given: tuple[float | None, float | None] = (None, None)
    bpm: float | None = None
    bpm_source: str = ""
    confidence: float | None = None
    downbeat_confidence: float | None = None
    tags: tuple[str, ...] = ()
    caption: str = ""
    refused: dict[str, int] = field(default_factory=dict)
    loops: tuple[cut.Cut, ...] = ()


class Encoder:
    """The models that turn cut loops into what is stored."""

    def __init__(self, folder: Path, device: str, laion_clap: Path | None = None) -> None:
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        codec: AnyCodec = load_codec(folder)
        self.latent_space = codec.latent_space()
        self._codec = codec.eval().requires_grad_(False).fuse().to(device)
        self._device = device
        self.clap: Clap
        if laion_clap is None:
            self.clap = compact = CompactClap.load(folder)
            self.hears = compact.has_audio  # a checkpoint may understand words only
        else:
            self.clap, self.hears = LaionClap.load(laion_clap, device=device), True

    @torch.inference_mode()
    def encode(self, analysis: Analysis, tag_vector: Tensor) -> list[Loop]:
        """A file's loops as they are stored."""
        captions = (analysis.caption,) if analysis.caption else ()
        words = self.clap.embed_text_batch(captions) if captions else torch.zeros(0, self.clap.dim)
        loops = []
        for one in analysis.loops:
            latents = self._codec.encode(one.waveform.unsqueeze(0).to(self._device))[0].cpu().float()
            loops.append(
                Loop(
                    latents=latents,
                    descriptors=describe(one.waveform),
                    tags=tag_vector,
                    n_bars=one.n_bars,
                    source=analysis.file,
                    start_s=round(one.start_s, 6),
                    audio_embedding=self.clap.embed_audio(one.waveform) if self.hears else None,
                    captions=captions,
                    text_embeddings=words,
                )
            )
        return loops


def prepare(settings: PrepareSettings, show: Callable[[str], None] = print) -> dict[str, Any]:
    """Analyse the folder and, unless it's a dry run, write shards to `out`, going on where an earlier run stopped.

    Returns the report, which is also written there, and shows it line by line. Raises PrepareError, LabelError,
    CheckpointError or ShardError before the first file is read.
    """
    table = labels.read_table(settings.csv) if settings.csv else Table()
    paths, others = sound_files.find(settings.folder)
    inside = settings.out.resolve()
    paths = [path for path in paths if inside not in path.resolve().parents]
    others = [path for path in others if inside not in path.resolve().parents]
    names = [path.relative_to(settings.folder).as_posix() for path in paths]
    if not paths:
        raise PrepareError(f"no audio files in {settings.folder}: {len(others)} files with other names")
    unused = table.unused(names)
    done = _analyse(settings, table, paths) if settings.dry_run else _write(settings, table, paths, names)
    for row in (HEADER, *map(line, done)):
        show(row)
    report = summary(done, [path.relative_to(settings.folder).as_posix() for path in others], unused)
    if not settings.dry_run:
        text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
        (settings.out / REPORT).write_text(text, encoding="utf-8")
    for row in totals(report):
        show(row)
    return report


def _analyse(settings: PrepareSettings, table: Table, paths: list[Path]) -> list[dict[str, Any]]:
    """The entries of all files, without writing any."""
    known: dict[str, str] = {}
    entries = []
    for path in _with_progress(paths, len(paths), 0):
        analysis = analyse(path, settings, table, known)
        loops = [
            {"frames": one.waveform.shape[1] // HOP, "n_bars": one.n_bars, "start_s": round(one.start_s, 6)}
            for one in analysis.loops
        ]
        entries.append(_entry(analysis, loops))
    return entries


def _write(
    settings: PrepareSettings, table: Table, paths: list[Path], names: list[str]
) -> list[dict[str, Any]]:
    """Prepare what the journal lacks; the entries of all files of the folder, in its order."""
    encoder = Encoder(settings.checkpoint, settings.device, settings.laion_clap)
    _claim(settings, encoder)
    batches = shards.mend_journal(settings.out)
    done = {entry["file"]: entry for batch in batches for entry in batch["files"]}
    known = {entry["sha256"]: entry["file"] for entry in done.values() if entry["kind"] == "kept"}
    left = [
        (path, name)
        for path, name in zip(paths, names, strict=True)
        if not _is_done(path, labels.labels_of(name, table, settings.bpm), done.get(name))
    ]
    again = {name for _, name in left}  # a file that has changed is no twin of its old self
    known = {sha256: name for sha256, name in known.items() if name not in again}
    number = sum(batch["shard"] is not None for batch in batches)
    loops: list[Loop] = []
    files: list[dict[str, Any]] = []

    def close() -> None:
        nonlocal number
        shard = None
        if loops:
            shard = f"{number:05}.safetensors"
            shards.write_shard(settings.out / shard, loops)
            number += 1
        shards.append_journal(settings.out, {"shard": shard, "files": files})
        done.update({entry["file"]: entry for entry in files})
        loops.clear()
        files.clear()

    for path, name in _with_progress(left, len(paths), len(paths) - len(left)):
        analysis = analyse(path, settings, table, known)
        encoded = encoder.encode(analysis, labels.labels_of(name, table).vector())
        loops += encoded
        files.append(_entry(analysis, [shards.journal_loop(loop) for loop in encoded]))
        if len(loops) >= SHARD_LOOPS or len(files) >= SHARD_FILES:
            close()
    if files:
        close()
    return [done[name] for name in names]


def analyse(path: Path, settings: PrepareSettings, table: Table, known: dict[str, str]) -> Analysis:
    """Everything about a file but its latents; never raises for what is wrong with the file.

    known: files by the SHA-256 of their bytes, which a kept file joins: a second copy is refused.
    """
    name = path.relative_to(settings.folder).as_posix()
    said = labels.labels_of(name, table, settings.bpm)
    stat = path.stat()
    given = (said.bpm, said.downbeat_s)
    result = Analysis(
        name, stat.st_size, stat.st_mtime_ns, tags=said.tag_names, caption=said.caption, given=given
    )
    try:
        sha256 = sound_files.fingerprint(path)
        result = replace(result, sha256=sha256)
        if sha256 in known:
            raise SoundFileError("twice", f"it is the same as {known[sha256]}")
        result = _loops_of(path, result, said, settings)
    except SoundFileError as error:
        return replace(result, kind=error.kind, why=str(error))
    except OSError as error:
        return replace(result, kind="unreadable", why=error.strerror or str(error))
    if result.kind == "kept":
        known[sha256] = name
    return result


def _loops_of(path: Path, result: Analysis, said: Labels, settings: PrepareSettings) -> Analysis:
    sound = sound_files.read(path)
    result = replace(result, seconds=round(sound.seconds, 3), note=sound.note)
    shortest = min(settings.bars) * 240.0 / (said.bpm or settings.bpm_range[1])
    if sound.seconds < shortest - 0.02:
        bars = f"{min(settings.bars)} bar" + "s" * (min(settings.bars) > 1)
        return replace(
            result, kind="too short", why=f"{sound.seconds:.2f} s; {bars} must last {shortest:.2f} s or more"
        )
    try:
        grid = tempo.find_grid(
            sound.waveform.mean(0), said.bpm, said.bpm_source, said.downbeat_s, settings.bpm_range
        )
    except tempo.NoTempoError as error:
        return replace(result, kind="no tempo", why=str(error))
    result = replace(
        result,
        bpm=round(grid.bpm, 3),
        bpm_source=grid.source,
        confidence=round(grid.confidence, 3),
        downbeat_confidence=round(grid.downbeat_confidence, 3),
    )
    if grid.confidence < settings.min_confidence:
        return replace(
            result,
            kind="not steady",
            why=f"about {grid.bpm:.1f} BPM, but its bars agree on it by {grid.confidence:.2f} only "
            f"(at least {settings.min_confidence:g})",
        )
    if grid.downbeat_confidence < settings.min_downbeat:
        return replace(
            result,
            kind="no downbeat",
            why=f"where its bars begin is unsure ({grid.downbeat_confidence:.2f}, at least {settings.min_downbeat:g}); "
            "give downbeat_s in the CSV",
        )
    loops, refused = cut.cut(sound.waveform, grid, settings.bars)
    result = replace(result, refused=dict(refused))
    if not loops:
        why = ", ".join(f"{n} times {reason}" for reason, n in refused.most_common()) or "no whole bars in it"
        kind = "too short" if not refused else refused.most_common()[0][0]
        return replace(result, kind=kind, why=f"no loop could be cut: {why}")
    gain = cut.levelling_gain(loops)
    return replace(result, loops=tuple(replace(one, waveform=one.waveform * gain) for one in loops))


def _is_done(path: Path, said: Labels, entry: dict[str, Any] | None) -> bool:
    """Neither the file has changed since, nor what names and table say of it."""
    if entry is None:
        return False
    stat = path.stat()
    now = [stat.st_size, stat.st_mtime_ns, [said.bpm, said.downbeat_s], list(said.tag_names), said.caption]
    return now == [entry[name] for name in ("size", "modified_ns", "given", "tags", "caption")]


def _claim(settings: PrepareSettings, encoder: Encoder) -> None:
    """Write about.json, or refuse a folder whose shards were made otherwise."""
    about = {
        "latent_space": encoder.latent_space,
        "embedding_space": encoder.clap.space,
        "bars": list(settings.bars),
        "bpm_range": list(settings.bpm_range),
        "min_confidence": settings.min_confidence,
        "min_downbeat": settings.min_downbeat,
    }
    if (settings.out / shards.ABOUT).exists():
        there = shards.read_about(settings.out)
        for key, value in about.items():
            if there.get(key) != value:
                raise PrepareError(
                    f"{settings.out} was prepared with {key} {there.get(key)}, now it is {value}: choose another --out"
                )
    else:
        shards.write_about(settings.out, about)


def _entry(analysis: Analysis, loops: list[dict[str, Any]]) -> dict[str, Any]:
    values = {name: value for name, value in asdict(replace(analysis, loops=())).items() if name != "loops"}
    return values | {"tags": list(analysis.tags), "given": list(analysis.given), "loops": loops}


def _with_progress(items: Sequence[Any], total: int, done: int) -> Iterator[Any]:
    yield from tqdm(items, total=total, initial=done, unit="file", desc="prepare", disable=None)


HEADER = f"{'file':44s} {'BPM':>7s} {'from':6s} {'sure':>4s} {'bar':>4s}  loops, or why none"


def line(entry: dict[str, Any]) -> str:
    """One row of the table: tempo and where it comes from, how sure tempo and bar are, and what became of the file."""
    name = entry["file"] if len(entry["file"]) <= 44 else "..." + entry["file"][-41:]
    heard = " " * 24
    if entry["bpm"] is not None:
        sure = f"{entry['confidence']:4.2f} {entry['downbeat_confidence']:4.2f}"
        heard = f"{entry['bpm']:7.2f} {entry['bpm_source']:6s} {sure}"
    if entry["kind"] != "kept":
        return f"{name:44s} {heard}  - {entry['kind']}: {entry['why']}"
    lengths = Counter(loop["n_bars"] for loop in entry["loops"])
    parts = [", ".join(f"{n} of {_bars(bars)}" for bars, n in lengths.items())]
    parts += [", ".join(entry["tags"])] if entry["tags"] else []
    parts += [f"{n} left: {why}" for why, n in entry["refused"].items()]
    parts += [entry["note"]] if entry["note"] else []
    return f"{name:44s} {heard}  {'; '.join(parts)}"


def summary(entries: list[dict[str, Any]], others: list[str], unused: list[str]) -> dict[str, Any]:
    """The report: every file with its fate, and exact counts."""
    kept = [entry for entry in entries if entry["kind"] == "kept"]
    loops = [loop for entry in kept for loop in entry["loops"]]
    heldout = shards.heldout_sources(kept)
    refused: Counter[str] = Counter()
    for entry in kept:
        refused.update(entry["refused"])
    return {
        "n_files": len(entries),
        "n_kept": len(kept),
        "skipped": dict(Counter(entry["kind"] for entry in entries if entry["kind"] != "kept").most_common()),
        "n_loops": len(loops),
        "loops_by_bars": {str(n): count for n, count in sorted(Counter(x["n_bars"] for x in loops).items())},
        "minutes": round(sum(loop["frames"] for loop in loops) / FRAME_RATE / 60, 2),
        "parts_refused": dict(refused.most_common()),
        "heldout_files": sorted(heldout),
        "n_loops_heldout": sum(len(entry["loops"]) for entry in kept if entry["file"] in heldout),
        "other_files": others,
        "not_in_folder": unused,
        "files": entries,
    }


def totals(report: dict[str, Any]) -> list[str]:
    """The report's counts in a few lines."""
    skipped = report["skipped"]
    rows = [
        f"{report['n_files']} files: {report['n_kept']} kept, {sum(skipped.values())} skipped{_counted(skipped)}"
    ]
    lengths = ", ".join(f"{n} of {_bars(int(bars))}" for bars, n in report["loops_by_bars"].items())
    rows.append(
        f"{report['n_loops']} loops{f' ({lengths})' if lengths else ''}, {report['minutes']:.1f} minutes; "
        f"{report['n_loops_heldout']} of them held out, from {len(report['heldout_files'])} files"
    )
    if report["parts_refused"]:
        rows.append(f"parts of kept files that gave no loop{_counted(report['parts_refused'])}")
    for name, words in (
        ("other_files", "not named as audio"),
        ("not_in_folder", "in the CSV, but not in the folder"),
    ):
        if report[name]:
            shown = ", ".join(report[name][:5]) + (", ..." if len(report[name]) > 5 else "")
            rows.append(f"{len(report[name])} {words}: {shown}")
    return rows


def _counted(counts: dict[str, int]) -> str:
    return ": " + ", ".join(f"{n} {why}" for why, n in counts.items()) if counts else ""


def _bars(n: int) -> str:
    return f"{n} bar" if n == 1 else f"{n} bars"
