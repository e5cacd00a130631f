"""Prepared loops on disk: safetensors shards, read by slices of their memory maps, and a journal of what is in them.

A folder holds

    about.json          format, latent space, embedding space and settings: all shards have them in common
    journal.jsonl       a line a shard: its name and its source files, kept or not, each with its loops
    00000.safetensors   latents [frames, channels], descriptors [frames, 4], tags [loops, N_TAGS],
                        audio [loops, text_dim], text [captions, text_dim], the loops one after the other

A shard is written beside its place, renamed into it, and only then entered in the journal, in one line: whatever kills
the writer, the folder holds whole shards, and the next writer begins with the first shard that the journal lacks.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

FORMAT = "ladmg-shards"
VERSION = 1
ABOUT, JOURNAL = "about.json", "journal.jsonl"
SPLITS = ("train", "heldout")
HELDOUT_SHARE = 0.1


class ShardError(ValueError):
    """A folder of shards that can't be used, with the file and the reason."""


@dataclass(frozen=True)
class Loop:
    """One loop as the UNet is trained on it.

    latents: [channels, frames] float32, standardised; descriptors: [4, frames] in descriptors.UNITS
    tags: [N_TAGS] float32, 1 is there, -1 is known not to be there, 0 nothing known
    audio_embedding: [text_dim] unit vector of its sound, None where no audio tower made one
    text_embeddings: [captions, text_dim] unit vectors of its captions, none where it has none
    """

    latents: Tensor
    descriptors: Tensor
    tags: Tensor
    n_bars: int
    source: str  # the file that it was cut from, relative to the prepared folder
    start_s: float = 0.0  # where in that file it begins
    audio_embedding: Tensor | None = None
    captions: tuple[str, ...] = ()
    text_embeddings: Tensor = field(default_factory=lambda: torch.zeros(0, 0))

    def __post_init__(self) -> None:
        if self.latents.shape[-1] != self.descriptors.shape[-1]:
            raise ValueError(
                f"descriptors must have the {self.frames} frames of the latents, got {self.descriptors.shape[-1]}"
            )
        if len(self.text_embeddings) != len(self.captions):
            raise ValueError(f"{len(self.captions)} captions, but {len(self.text_embeddings)} embeddings")

    @property
    def frames(self) -> int:
        return int(self.latents.shape[-1])


class Shards:
    """Loops of one split, or of both (None), in the journal's order; spawn-safe: shards are opened when first read.

    frames, n_bars: [loops] ints; sources: the file of each; about: what about.json says. Raises ShardError.
    """

    def __init__(self, folder: Path, split: str | None = None, heldout_share: float = HELDOUT_SHARE) -> None:
        if split not in (None, *SPLITS):
            raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
        self.folder = Path(folder)
        self.about = read_about(self.folder)
        self._rows: list[_Row] = []
        batches = read_journal(self.folder)
        newest = {entry["file"]: number for number, batch in enumerate(batches) for entry in batch["files"]}
        heldout = heldout_sources(
            (
                entry
                for n, batch in enumerate(batches)
                for entry in batch["files"]
                if newest[entry["file"]] == n
            ),
            heldout_share,
        )
        for number, batch in enumerate(batches):
            frame = row = caption = 0
            for entry in batch["files"]:
                # A file that was prepared again has its loops in a later shard: those here no longer count.
                wanted = newest[entry["file"]] == number
                wanted &= split is None or (entry["file"] in heldout) == (split == "heldout")
                for loop in entry["loops"]:
                    if wanted:
                        self._rows.append(_Row(batch["shard"], row, frame, caption, entry["file"], loop))
                    frame += loop["frames"]
                    caption += len(loop["captions"])
                    row += 1
        self.frames = np.array([row.loop["frames"] for row in self._rows], dtype=np.int64)
        self.n_bars = np.array([row.loop["n_bars"] for row in self._rows], dtype=np.int64)
        self.sources = [row.source for row in self._rows]
        self._open: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def item(self, index: int) -> Loop:
        """Loop `index`; only its own rows are read from the disk."""
        row = self._rows[index]
        shard = self._shard(row.shard)
        frames = slice(row.frame, row.frame + row.loop["frames"])
        captions = slice(row.caption, row.caption + len(row.loop["captions"]))
        return Loop(
            latents=shard.get_slice("latents")[frames].T.float(),
            descriptors=shard.get_slice("descriptors")[frames].T.float(),
            tags=shard.get_slice("tags")[row.number : row.number + 1][0].float(),
            n_bars=row.loop["n_bars"],
            source=row.source,
            start_s=row.loop["start_s"],
            audio_embedding=(
                shard.get_slice("audio")[row.number : row.number + 1][0].float()
                if row.loop["has_audio"]
                else None
            ),
            captions=tuple(row.loop["captions"]),
            text_embeddings=shard.get_slice("text")[captions].float(),
        )

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_open": {}}

    def _shard(self, name: str) -> Any:
        if name not in self._open:
            try:
                self._open[name] = safe_open(self.folder / name, framework="pt")
            except (OSError, SafetensorError) as error:
                raise ShardError(
                    f"{self.folder / name} can't be read: {error}; prepare the folder again"
                ) from None
        return self._open[name]


@dataclass(frozen=True)
class _Row:
    """Where a loop lies: its shard, its number in it, and its first frame and caption there."""

    shard: str
    number: int
    frame: int
    caption: int
    source: str
    loop: dict[str, Any]


def heldout_sources(entries: Iterable[dict[str, Any]], share: float = HELDOUT_SHARE) -> set[str]:
    """Which source files are kept from training, by a hash of their names without suffix; never a part of a file.

    So a file's place depends on no other file, and a song's WAV and MP3 go together. An entry may name its own split.
    Where the share of few files comes out as none, the file of the smallest hash is held out, if another one is left.
    """
    places: dict[str, float] = {}
    heldout = set()
    for entry in entries:
        if not entry["loops"]:
            continue
        if "split" in entry:
            places[entry["file"]] = 0.0 if entry["split"] == "heldout" else 1.0
        else:
            places[entry["file"]] = name_hash(entry["file"])
        if places[entry["file"]] < share:
            heldout.add(entry["file"])
    stems = {PurePosixPath(name).with_suffix("") for name in places}
    if not heldout and len(stems) > 1:
        lowest = min(places.values())
        heldout = {name for name, place in places.items() if place == lowest}
    return heldout


def name_hash(file: str) -> float:
    """0..1, evenly, from a file's name without suffix."""
    stem = PurePosixPath(file).with_suffix("").as_posix()
    return int(hashlib.sha256(stem.encode()).hexdigest()[:12], 16) / 16**12


def write_shard(file: Path, loops: Sequence[Loop]) -> None:
    """Write a shard in one stroke: it is there and whole, or not there."""
    text_dim = max((loop.text_embeddings.shape[1] for loop in loops), default=0)
    audio_dim = max(
        (len(loop.audio_embedding) for loop in loops if loop.audio_embedding is not None), default=0
    )
    audio = torch.zeros(len(loops), audio_dim)
    for row, loop in zip(audio, loops, strict=True):
        if loop.audio_embedding is not None:
            row.copy_(loop.audio_embedding)
    text = [loop.text_embeddings for loop in loops if len(loop.text_embeddings)]
    tensors = {
        "latents": torch.cat([loop.latents.T for loop in loops]).half(),
        "descriptors": torch.cat([loop.descriptors.T for loop in loops]).float(),
        "tags": torch.stack([loop.tags for loop in loops]).to(torch.int8),
        "audio": audio.half(),
        "text": (torch.cat(text) if text else torch.zeros(0, text_dim)).half(),
    }
    part = file.with_suffix(".part")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, part)
    part.chmod(0o644)  # safetensors writes files that only their owner can read
    _to_disk(part)
    part.replace(file)
    _to_disk(file.parent)


def journal_loop(loop: Loop) -> dict[str, Any]:
    """What the journal says of a loop: all that must be known without opening its shard."""
    return {
        "frames": loop.frames,
        "n_bars": loop.n_bars,
        "start_s": loop.start_s,
        "has_audio": loop.audio_embedding is not None,
        "captions": list(loop.captions),
    }


def append_journal(folder: Path, batch: dict[str, Any]) -> None:
    """Enter a shard that is in place: {"shard": name or None, "files": [{"file", "loops": [...], ...}, ...]}."""
    with (folder / JOURNAL).open("ab") as journal:
        journal.write((json.dumps(batch, ensure_ascii=False) + "\n").encode())
        journal.flush()
        os.fsync(journal.fileno())


def read_journal(folder: Path) -> list[dict[str, Any]]:
    """All whole lines of the journal; the last one may be torn by a kill, and then its shard doesn't count."""
    try:
        data = (folder / JOURNAL).read_bytes()
    except FileNotFoundError:
        return []
    lines = data.split(b"\n")[:-1]  # what comes after the last newline was never finished
    try:
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise ShardError(f"{folder / JOURNAL} is damaged: {error}") from None


def mend_journal(folder: Path) -> list[dict[str, Any]]:
    """`read_journal`, with a torn last line cut off, so that the next one begins on a line of its own."""
    batches = read_journal(folder)
    journal = folder / JOURNAL
    if journal.exists():
        data = journal.read_bytes()
        os.truncate(journal, data.rfind(b"\n") + 1)
    return batches


def write_about(folder: Path, about: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{ABOUT}.part"
    part.write_text(
        json.dumps({"format": FORMAT, "version": VERSION} | about, indent=2) + "\n", encoding="utf-8"
    )
    _to_disk(part)
    part.replace(folder / ABOUT)


def read_about(folder: Path) -> dict[str, Any]:
    """about.json of a folder of shards; raises ShardError when it is not one, or of another version."""
    path = folder / ABOUT
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ShardError(f"no prepared loops in {folder}: {ABOUT} is missing; see ladmg prepare") from None
    except (OSError, ValueError) as error:
        raise ShardError(f"{path} can't be read: {error}") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise ShardError(f"{path} is not about {FORMAT}")
    if about.get("version") != VERSION:
        raise ShardError(f"{path} has version {about.get('version')!r}, this program reads {VERSION}")
    return about


def _to_disk(path: Path) -> None:
    """What was written there outlives a power cut. Windows can't sync folders, and needs not."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
