"""Which codec a checkpoint has: the compact one that ships, or one of Meta's."""

from __future__ import annotations

from pathlib import Path

from model import checkpoint, encodec_meta
from model.codec import Codec
from model.encodec_meta import MetaCodec

COMPACT = "compact"
KINDS = (COMPACT, *encodec_meta.PRETRAINED)

AnyCodec = Codec | MetaCodec


def codec_kind(folder: Path) -> str:
    """One of `KINDS`, as the checkpoint's manifest has it. Raises CheckpointError for another, or without a codec."""
    entry = checkpoint.read_manifest(folder)["parts"].get("codec")
    if entry is None:
        raise checkpoint.CheckpointError(f"checkpoint {folder} has no part 'codec'")
    kind = entry["config"].get("kind", COMPACT)
    if kind not in KINDS:
        raise checkpoint.CheckpointError(
            f"the codec of {folder} must be one of {', '.join(KINDS)}, got {kind!r}"
        )
    return str(kind)


def load_codec(folder: Path) -> AnyCodec:
    """The codec of a checkpoint folder, in its class. Raises CheckpointError, or torch's own where sizes don't fit."""
    return Codec.load(folder) if codec_kind(folder) == COMPACT else encodec_meta.load(folder)
