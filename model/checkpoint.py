"""A checkpoint: a folder with a manifest and safetensors parts. Nothing in it is ever unpickled."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor

FORMAT = "ladmg-checkpoint"
VERSION = 1
MANIFEST = "manifest.json"
MAX_PART_BYTES = 16 * 2**20
DEFAULT_FOLDER = Path(__file__).parent / "checkpoints" / "default"


class CheckpointError(ValueError):
    """A checkpoint that can't be used, with the file and the reason."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a checkpoint folder; raises CheckpointError when it is not one, or of another version."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"no checkpoint at {folder}: {MANIFEST} is missing") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} can't be read: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a {FORMAT} manifest")
    if manifest.get("version") != VERSION:
        raise CheckpointError(f"{path} has version {manifest.get('version')!r}, this program reads {VERSION}")
    return manifest


def checkpoint_id(manifest: dict[str, Any]) -> str:
    """Short name of exactly these weights and settings: part of every recipe."""
    digest = hashlib.sha256(json.dumps(manifest["parts"], sort_keys=True).encode()).hexdigest()
    return f"{manifest.get('name', 'unnamed')}-{digest[:8]}"


def write_part(
    folder: Path, part: str, tensors: dict[str, Tensor], config: dict[str, Any], **about: Any
) -> None:
    """Write `part`, replacing an earlier one, and enter it in the manifest, whose top level `about` joins."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{part}.safetensors"
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, file)
    file.chmod(0o644)  # safetensors writes files that only their owner can read
    if file.stat().st_size > MAX_PART_BYTES:
        raise CheckpointError(f"{file} has {file.stat().st_size} bytes, a part may have {MAX_PART_BYTES}")
    enter_part(folder, part, config, **about)


def enter_part(folder: Path, part: str, config: dict[str, Any], **about: Any) -> None:
    """Enter `part`, whose file is in place, in the manifest with its checksum."""
    file = folder / f"{part}.safetensors"
    manifest: dict[str, Any] = {"format": FORMAT, "version": VERSION, "parts": {}}
    if (folder / MANIFEST).exists():
        manifest = read_manifest(folder)
    manifest.update(about)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    manifest["parts"][part] = {"file": file.name, "sha256": sha256, "config": config}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def read_part(folder: Path, part: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors (floating ones as float32) and config of a part; raises CheckpointError when missing or damaged."""
    entry = read_manifest(folder).get("parts", {}).get(part)
    if entry is None:
        raise CheckpointError(f"checkpoint {folder} has no part {part!r}")
    file = folder / Path(entry["file"]).name
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{file} can't be read: {error.strerror}") from None
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise CheckpointError(f"{file} is damaged: its checksum is not the manifest's")
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise CheckpointError(f"{file} is not a safetensors file: {error}") from None
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}, entry["config"]


def half(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors with float32 stored as float16, as weights ship."""
    return {name: t.half() if t.dtype == torch.float32 else t for name, t in tensors.items()}


def tuples(config: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples that frozen configs hold."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in config.items()}
