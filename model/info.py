"""What a checkpoint is, for people and for programs, and whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from model import audio_tower, checkpoint, descriptors
from model.checkpoint import CheckpointError
from model.codecs import codec_kind, load_codec
from model.loops import FRAME_RATE
from model.pipeline import Pipeline, Sampling


@dataclass(frozen=True)
class PartInfo:
    """One part. types: how its numbers are stored; problem: why it can't be read, None when it is whole."""

    name: str
    files: tuple[str, ...]
    n_bytes: int = 0
    n_parameters: int = 0
    types: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class CodecInfo:
    """kind: one of `codecs.KINDS`; source: the file that pretrained weights came from, with their own licence."""

    kind: str
    latent_channels: int
    frame_rate: int
    latent_space: str
    source: str = ""
    licence: str = ""


@dataclass(frozen=True)
class UNetInfo:
    """conditions: what it can be asked for; n_steps, good_steps, few_steps: see `pipeline.Sampling`."""

    conditions: tuple[str, ...]
    n_steps: int
    good_steps: tuple[int, ...]
    few_steps: int
    latent_space: str
    embedding_space: str


@dataclass(frozen=True)
class CheckpointInfo:
    """A checkpoint as its manifest and parts tell it. problems: what keeps it from being played, in words."""

    folder: str
    id: str
    name: str
    version: int
    licence: str
    training_data: str
    embedding_space: str
    parts: tuple[PartInfo, ...]
    codec: CodecInfo | None
    unet: UNetInfo | None
    scores: dict[str, Any]
    problems: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def read(folder: Path | None = None) -> CheckpointInfo:
    """Everything about a checkpoint folder, the one that ships by default; every file of it is read.

    Raises CheckpointError without a manifest that can be read; what is wrong beyond that is in `problems`.
    """
    folder = folder or checkpoint.DEFAULT_FOLDER
    manifest = checkpoint.read_manifest(folder)
    parts = tuple(_part(folder, name, entry) for name, entry in manifest["parts"].items())
    problems = [part.problem for part in parts if part.problem is not None]
    codec, unet = None, None
    if not problems:
        try:
            if "codec" in manifest["parts"]:
                codec = _codec(folder)
            if "unet" in manifest["parts"]:
                unet = _unet(manifest["parts"])
            Pipeline.load(folder, device="cpu")
        except CheckpointError as error:
            problems.append(str(error))
    return CheckpointInfo(
        folder=str(folder),
        id=checkpoint.checkpoint_id(manifest),
        name=manifest.get("name", "unnamed"),
        version=manifest["version"],
        licence=str(manifest.get("licence", "not said")),
        training_data=str(manifest.get("training_data", "not said")),
        embedding_space=str(manifest.get("embedding_space", "not said")),
        parts=parts,
        codec=codec,
        unet=unet,
        scores=manifest.get("scores", {}),
        problems=tuple(problems),
    )


def lines(info: CheckpointInfo) -> Iterator[str]:
    """The same for people. Only printable characters, whatever a manifest holds."""
    yield _printable(info.id)
    rows = {
        "folder": info.folder,
        "format": f"{checkpoint.FORMAT}, version {info.version}",
        "licence": info.licence,
        "training data": info.training_data,
        "embedding space": info.embedding_space,
    }
    if info.codec is not None:
        codec = info.codec
        rows["codec"] = codec.kind + (f", from {codec.source}" if codec.source else "")
        if codec.licence:
            rows["codec licence"] = codec.licence
        rows["latents"] = f"{codec.latent_channels} channels, {codec.frame_rate} frames a second"
        rows["latent space"] = codec.latent_space
    if info.unet is not None:
        rows["conditions"] = ", ".join(info.unet.conditions)
        good = ", ".join(map(str, info.unet.good_steps))
        few = info.unet.few_steps
        distilled = f"distilled, up to {few} in one pass each" if few else "not distilled"
        rows["steps"] = f"{info.unet.n_steps} by default, good with {good}; {distilled}"
    for part in info.parts:
        state = part.problem or (
            f"{part.n_bytes / 1e6:.1f} MB in {len(part.files)} {'file' if len(part.files) == 1 else 'files'}, "
            f"{part.n_parameters:,} parameters ({', '.join(part.types)}), checksum ok"
        )
        rows[f"part {part.name}"] = state
    for name, value in _flat(info.scores):
        rows[f"score {name}"] = f"{value:.4g}" if isinstance(value, float) else str(value)
    width = max(map(len, rows))
    for name, text in rows.items():
        yield f"  {_printable(name):{width}s}  {_printable(text)}"


def _part(folder: Path, name: str, entry: Mapping[str, Any]) -> PartInfo:
    files = checkpoint.part_files(folder, entry)
    names = tuple(path.name for path, _ in files)
    tensors: dict[str, Tensor] = {}
    try:
        for path, sha256 in files:
            tensors |= checkpoint.read_file(path, sha256)
        n_parameters = sum(tensor.numel() for tensor in checkpoint.dequantised(tensors).values())
    except CheckpointError as error:
        return PartInfo(name, names, problem=str(error))
    return PartInfo(
        name,
        names,
        sum(path.stat().st_size for path, _ in files),
        n_parameters,
        tuple(sorted({str(tensor.dtype).removeprefix("torch.") for tensor in tensors.values()})),
    )


def _codec(folder: Path) -> CodecInfo:
    try:
        codec = load_codec(folder)
    except (KeyError, TypeError, RuntimeError, ValueError) as error:
        raise CheckpointError(f"the codec of {folder} does not fit this program: {error}") from None
    return CodecInfo(
        codec_kind(folder),
        codec.config.latent_channels,
        FRAME_RATE,
        codec.latent_space(),
        getattr(codec.config, "source", ""),
        getattr(codec.config, "licence", ""),
    )


def _unet(parts: Mapping[str, Any]) -> UNetInfo:
    config = parts["unet"]["config"]
    hears = (
        audio_tower.PART in parts or "text" not in parts
    )  # without a text tower it is LAION's CLAP, which hears
    try:
        sizes, sampling = config["sizes"], Sampling.of(config)
        conditions = ["rhythm", f"words{' and sounds' if hears else ''} ({sizes['text_dim']} numbers)"]
        if sizes.get("n_descriptors"):
            conditions.append(f"descriptors ({', '.join(descriptors.NAMES[: sizes['n_descriptors']])})")
        if sizes.get("n_tags"):
            conditions.append(f"{sizes['n_tags']} tags")
        if sizes.get("has_strengths"):
            conditions.append("guidance strengths")
        return UNetInfo(
            tuple(conditions),
            sampling.n_steps,
            sampling.good_steps,
            sampling.few_steps,
            str(config["latent_space"]),
            str(config["embedding_space"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CheckpointError(f"the config of the UNet lacks or misstates {error}") from None


def _flat(scores: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of nested scores with their dotted names."""
    if not isinstance(scores, Mapping):
        yield prefix, scores
        return
    for name, value in scores.items():
        yield from _flat(value, f"{prefix}.{name}" if prefix else str(name))


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
