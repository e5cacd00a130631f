"""A checkpoint: a folder with a manifest and safetensors parts. Nothing in it is ever unpickled.

`manifest.json` names the parts, each with the checksums of its files and the config of what it holds, and says at its
top level what a user should know: `name`, `licence`, `training_data`, `scores`, `embedding_space`. A file has at most
16 MiB, so that it can be kept in a repository; a larger part is spread over several.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor, nn

FORMAT = "ladmg-checkpoint"
VERSION = 1
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 2**20
MAX_PART_BYTES = 16 * 2**20  # of each file
MAX_HEADER_BYTES = 2**20  # of a safetensors file; the text tower's, which holds a vocabulary, has 70 kB
MAX_NAME = 64
INT8, SCALE = ".int8", ".scale"  # what the names of a quantised tensor end in
MIN_ROW = 16  # numbers: a shorter row would lose more than it saves
DEFAULT_FOLDER = Path(__file__).parent / "checkpoints" / "default"

_PART_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\.safetensors")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PICKLE_SUFFIXES = (".pt", ".pth", ".th", ".bin", ".ckpt", ".pkl", ".pickle")
_PICKLE_BEGINNINGS = (b"PK\x03\x04", b"\x80")  # torch.save's zip; a bare pickle from protocol 2 on
_DTYPES = (
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int8,
    torch.uint8,
    torch.bool,
)


class CheckpointError(ValueError):
    """A checkpoint that can't be used, with the file and the reason."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a checkpoint folder; raises CheckpointError when it is none, damaged, or of another version."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise CheckpointError(
            f"no checkpoint at {folder}: {MANIFEST} is missing{_pickles_in(folder)}"
        ) from None
    except OSError as error:
        raise CheckpointError(f"{path} can't be read: {error.strerror}") from None
    if len(data) > MAX_MANIFEST_BYTES:
        raise CheckpointError(f"{path} is too long, a manifest may have {MAX_MANIFEST_BYTES} bytes")
    try:
        manifest = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} can't be read: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a {FORMAT} manifest")
    if manifest.get("version") != VERSION:
        raise CheckpointError(f"{path} has version {manifest.get('version')!r}, this program reads {VERSION}")
    try:
        _check_manifest(manifest)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    return manifest


def checkpoint_id(manifest: Mapping[str, Any]) -> str:
    """Short name of exactly these weights and settings: part of every recipe."""
    digest = hashlib.sha256(json.dumps(manifest["parts"], sort_keys=True).encode()).hexdigest()
    return f"{manifest.get('name', 'unnamed')}-{digest[:8]}"


def part_files(folder: Path, entry: Mapping[str, Any]) -> list[tuple[Path, str]]:
    """Path and SHA-256 of each file of a part, from its entry in a manifest that `read_manifest` returned."""
    files = entry.get("files", [entry])
    return [(folder / file["file"], file["sha256"]) for file in files]


def write_part(
    folder: Path, part: str, tensors: Mapping[str, Tensor], config: dict[str, Any], **about: Any
) -> None:
    """Write `part`, replacing an earlier one, and enter it in the manifest, whose top level `about` joins.

    A part above 16 MiB is spread over several files, a tensor never. Raises CheckpointError for a tensor that is
    larger, of a type that parts don't have, or not finite; then nothing is written.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    for name, tensor in tensors.items():
        check_tensor(part, name, tensor)
    shares = _shares(part, tensors)
    names = [f"{part}-{i}-of-{len(shares)}.safetensors" for i in range(1, len(shares) + 1)]
    if len(shares) == 1:
        names = [f"{part}.safetensors"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, share in zip(names, shares, strict=True):
        temporary = folder / f"{name}.tmp"
        save_file(share, temporary)
        temporary.chmod(0o644)  # safetensors writes files that only their owner can read
        temporary.replace(folder / name)
    enter_part(folder, part, config, names, **about)


def enter_part(
    folder: Path, part: str, config: dict[str, Any], names: list[str] | None = None, **about: Any
) -> None:
    """Enter `part`, whose files are in place, in the manifest with their checksums; `PART.safetensors` if not named."""
    manifest: dict[str, Any] = {"format": FORMAT, "version": VERSION, "parts": {}}
    if (folder / MANIFEST).exists():
        manifest = read_manifest(folder)
    before = manifest["parts"].get(part)
    files = []
    for name in names or [f"{part}.safetensors"]:
        data = _read_bytes(folder / name)
        files.append({"file": name, "sha256": hashlib.sha256(data).hexdigest()})
    held: dict[str, Any] = files[0] if len(files) == 1 else {"files": files}
    manifest["parts"][part] = held | {"config": config}
    _write_manifest(folder, manifest | about)
    for path, _ in part_files(folder, before) if before else []:
        if path.name not in {file["file"] for file in files}:
            path.unlink(missing_ok=True)


def annotate(folder: Path, **about: Any) -> None:
    """Say at the manifest's top level what isn't weights: `name`, `licence`, `training_data`, `scores`."""
    _write_manifest(folder, read_manifest(folder) | about)


def read_part(folder: Path, part: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors (floating ones as float32) and config of a part.

    Raises CheckpointError when a file is missing, damaged, truncated, pickled, or not what the manifest says, and for
    tensors that are not finite or of a type that parts don't have.
    """
    entry = read_manifest(folder)["parts"].get(part)
    if entry is None:
        raise CheckpointError(f"checkpoint {folder} has no part {part!r}")
    tensors: dict[str, Tensor] = {}
    for file, sha256 in part_files(folder, entry):
        read = read_file(file, sha256)
        if twice := tensors.keys() & read.keys():
            raise CheckpointError(f"{file} has {min(twice)!r}, which an earlier file of {part!r} has too")
        tensors |= read
    tensors = dequantised(tensors)
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}, entry["config"]


def read_file(file: Path, sha256: str) -> dict[str, Tensor]:
    """Tensors of one safetensors file, as stored; raises CheckpointError as `read_part` does."""
    data = _read_bytes(file)
    _check_structure(file, data)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointError(f"{file} is damaged: its checksum is not the manifest's")
    try:
        tensors = load(data)
    except (SafetensorError, KeyError) as error:  # KeyError: a type that this torch does not know
        raise CheckpointError(f"{file} is not a safetensors file: {error}") from None
    for name, tensor in tensors.items():
        check_tensor(file, name, tensor)
    return tensors


def fill(module: nn.Module, tensors: Mapping[str, Tensor], source: Path | str) -> None:
    """Put `tensors` into `module`; raises CheckpointError naming the first that is missing, unknown, or does not fit.

    source: where they come from, for the error. A module on the "meta" device, which has shapes and no memory yet,
    takes the tensors themselves.
    """
    expected = module.state_dict()
    if unknown := tensors.keys() - expected.keys():  # a file's tensors come in any order
        raise CheckpointError(
            f"{source} has {min(unknown)!r}, which this {type(module).__name__} does not know"
        )
    if missing := expected.keys() - tensors.keys():
        raise CheckpointError(f"{source} lacks {min(missing)!r}, which this {type(module).__name__} needs")
    for name, here in expected.items():
        shape, wanted = list(tensors[name].shape), list(here.shape)
        if shape != wanted:
            raise CheckpointError(f"{source}: {name!r} must have shape {wanted}, got {shape}")
        if tensors[name].is_floating_point() != here.is_floating_point():
            raise CheckpointError(f"{source}: {name!r} must be {here.dtype}, got {tensors[name].dtype}")
    module.load_state_dict(dict(tensors), assign=any(tensor.is_meta for tensor in expected.values()))


def check_tensor(source: Path | str, name: str, tensor: Tensor) -> None:
    """Raises CheckpointError for a tensor that a part may not have: of another type, or not finite."""
    if tensor.dtype not in _DTYPES:
        allowed = ", ".join(str(dtype).removeprefix("torch.") for dtype in _DTYPES)
        raise CheckpointError(f"{source}: {name!r} must be one of {allowed}, got {tensor.dtype}")
    if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
        raise CheckpointError(f"{source}: {name!r} holds values that are not finite")


def half(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors with float32 stored as float16, as weights ship."""
    return {name: t.half() if t.dtype == torch.float32 else t for name, t in tensors.items()}


def int8(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors with matrices and kernels stored as int8 `NAME.int8` and a `NAME.scale` for each row.

    Off by half a scale at most; short rows stay as they are. Scales are powers of two, so that what was read can be
    stored again bit by bit.
    """
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.dim() < 2 or tensor[0].numel() < MIN_ROW or not tensor.is_floating_point():
            stored[name] = tensor
            continue
        rows = tensor.detach().float().flatten(1)
        scale = (rows.abs().amax(1).clamp_min(1e-12) / 127).log2().ceil().exp2()
        stored[name + INT8] = (rows / scale[:, None]).round().to(torch.int8).view(tensor.shape)
        stored[name + SCALE] = scale
    return stored


def dequantised(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `int8` stored, as float32 again; other tensors as they are.

    Raises CheckpointError where the scales are missing, or not one a row.
    """
    read: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name.endswith(INT8):
            plain = name.removesuffix(INT8)
            scale = tensors.get(plain + SCALE)
            if scale is None or scale.shape != tensor.shape[:1]:
                raise CheckpointError(f"{name!r} needs {plain + SCALE!r}, one for each of its rows")
            read[plain] = tensor.float() * scale.view(-1, *[1] * (tensor.dim() - 1))
        elif not (name.endswith(SCALE) and name.removesuffix(SCALE) + INT8 in tensors):
            read[name] = tensor
    return read


def tuples(config: Mapping[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples that frozen configs hold."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in config.items()}


def _check_manifest(manifest: Mapping[str, Any]) -> None:
    """Raises CheckpointError unless the fields that are read later are there and of their types."""
    name = manifest.get("name", "unnamed")
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= MAX_NAME:
        raise CheckpointError(f"name must be 1..{MAX_NAME} printable characters, got {name!r:.100}")
    parts = manifest.get("parts")
    if not isinstance(parts, dict):
        raise CheckpointError("parts are missing")
    for part, entry in parts.items():
        if not _PART_NAME.fullmatch(part):
            raise CheckpointError(f"a part's name must be letters, digits and '_', got {part!r:.100}")
        if not isinstance(entry, dict) or not isinstance(entry.get("config"), dict):
            raise CheckpointError(f"part {part!r} has no config")
        files = entry.get("files", [entry])
        if not isinstance(files, list) or not files or not all(isinstance(file, dict) for file in files):
            raise CheckpointError(f"part {part!r} names no files")
        for file in files:
            _check_file_entry(part, file)


def _check_file_entry(part: str, file: Mapping[str, Any]) -> None:
    name, sha256 = file.get("file"), file.get("sha256")
    if isinstance(name, str) and name.lower().endswith(_PICKLE_SUFFIXES):
        raise CheckpointError(
            f"part {part!r} is in {name!r:.100}: pickled weights are never opened, only safetensors"
        )
    if not isinstance(name, str) or not _FILE_NAME.fullmatch(name):
        raise CheckpointError(
            f"part {part!r} must be in a .safetensors file of the checkpoint's own folder, got {name!r:.100}"
        )
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise CheckpointError(f"part {part!r} has no SHA-256 for {name!r}")


def _check_structure(file: Path, data: bytes) -> None:
    """Raises CheckpointError with the plainest reason why `data` can't be a whole safetensors file."""
    if data.startswith(_PICKLE_BEGINNINGS) and not _has_header(data):
        raise CheckpointError(f"{file} is not a safetensors file but a pickled one, which is never opened")
    if len(data) < 8:
        raise CheckpointError(f"{file} is truncated: it has {len(data)} bytes")
    n_header = int.from_bytes(data[:8], "little")
    if n_header > MAX_HEADER_BYTES:
        raise CheckpointError(
            f"{file} is not a safetensors file: its header claims {n_header} bytes, at most {MAX_HEADER_BYTES} are read"
        )
    try:
        header = json.loads(data[8 : 8 + n_header])
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        expected = 8 + n_header + max(ends, default=0)
    except (ValueError, RecursionError, AttributeError, KeyError, IndexError, TypeError):
        reason = "is truncated" if len(data) < 8 + n_header else "is not a safetensors file"
        raise CheckpointError(f"{file} {reason}: its header can't be read") from None
    if len(data) < expected:
        raise CheckpointError(f"{file} is truncated: it has {len(data)} bytes of {expected}")


def _has_header(data: bytes) -> bool:
    """Whether a safetensors header begins here: its length may by chance begin like a pickle."""
    return int.from_bytes(data[:8], "little") <= MAX_HEADER_BYTES and data[8:9] == b"{"


def _read_bytes(file: Path) -> bytes:
    try:
        if file.exists() and not file.is_file():
            raise CheckpointError(f"{file} is not a file")
        with file.open("rb") as opened:
            data = opened.read(MAX_PART_BYTES + 1)
    except FileNotFoundError:
        raise CheckpointError(f"{file} is missing{_pickles_in(file.parent)}") from None
    except OSError as error:
        raise CheckpointError(f"{file} can't be read: {error.strerror}") from None
    if len(data) > MAX_PART_BYTES:
        raise CheckpointError(f"{file} has more than the {MAX_PART_BYTES} bytes that a file may have")
    return data


def _pickles_in(folder: Path) -> str:
    """A hint for those who bring weights of another program: which files here would never be opened."""
    if not folder.is_dir():
        return ""
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in _PICKLE_SUFFIXES)
    return f" ({pickles[0]} is pickled, and never opened)" if pickles else ""


def _shares(part: str, tensors: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    """The tensors, in their order, in shares that each fit a file of at most `MAX_PART_BYTES`."""
    shares: list[dict[str, Tensor]] = [{}]
    room = MAX_PART_BYTES - MAX_HEADER_BYTES // 4
    filled = 0
    for name, tensor in tensors.items():
        n_bytes = tensor.numel() * tensor.element_size() + 256  # and its line in the header
        if n_bytes > room:
            raise CheckpointError(f"{part}: {name!r} has {n_bytes} bytes, a file may have {MAX_PART_BYTES}")
        if filled + n_bytes > room:
            shares.append({})
            filled = 0
        shares[-1][name] = tensor
        filled += n_bytes
    return shares


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write whole or not at all. Raises CheckpointError for what could not be read again."""
    _check_manifest(manifest)
    try:
        text = json.dumps(manifest, indent=2, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / MANIFEST} can't be written: {error}") from None
    temporary = folder / f"{MANIFEST}.tmp"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(folder / MANIFEST)


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"numbers must be finite, got {constant}")
