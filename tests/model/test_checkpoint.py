"""A checkpoint that is not whole is refused with the reason, before anything is played."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save, save_file

from model import checkpoint
from model.checkpoint import CheckpointError
from model.pipeline import Pipeline
from tests import tiny_checkpoint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_checkpoint.write(tmp_path / "tiny")


def test_a_part_returns_as_it_was_written(tmp_path: Path) -> None:
    tensors = {"weight": torch.randn(3, 4), "count": torch.tensor([7])}
    checkpoint.write_part(tmp_path, "part", checkpoint.half(tensors), {"size": 3}, name="mine")
    again, config = checkpoint.read_part(tmp_path, "part")
    assert config == {"size": 3}
    assert again["weight"].dtype == torch.float32
    torch.testing.assert_close(again["weight"], tensors["weight"], atol=1e-3, rtol=1e-3)
    assert int(again["count"]) == 7
    assert checkpoint.checkpoint_id(checkpoint.read_manifest(tmp_path)).startswith("mine-")


def test_int8_is_off_by_half_a_scale_at_most_and_stored_again_bit_by_bit(tmp_path: Path) -> None:
    kernel = torch.randn(7, 10, 5) * torch.logspace(-3, 2, 7)[:, None, None]
    tensors = {"kernel": kernel, "gain": torch.randn(7, 1, 1), "bias": torch.randn(7)}
    stored = checkpoint.int8(tensors)
    assert stored["kernel.int8"].dtype == torch.int8
    assert {"gain", "bias"} < stored.keys()
    read = checkpoint.dequantised(stored)
    scale = stored["kernel.scale"][:, None, None]
    assert ((read["kernel"] - kernel).abs() <= 0.501 * scale).all()
    assert all(torch.equal(stored[name], again) for name, again in checkpoint.int8(read).items())
    checkpoint.write_part(tmp_path, "part", stored, {})
    assert torch.equal(checkpoint.read_part(tmp_path, "part")[0]["kernel"], read["kernel"])


def test_int8_without_its_scales_is_refused(tmp_path: Path) -> None:
    checkpoint.write_part(tmp_path, "part", {"kernel.int8": torch.ones(2, 3, dtype=torch.int8)}, {})
    with pytest.raises(CheckpointError, match=r"needs 'kernel\.scale'"):
        checkpoint.read_part(tmp_path, "part")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no checkpoint at .*nowhere"):
        Pipeline.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "reason"), [({"version": 99}, "version 99"), ({"format": "zip"}, "is not a ladmg-checkpoint")]
)
def test_another_format_or_version_is_refused(folder: Path, change: dict[str, object], reason: str) -> None:
    path = folder / checkpoint.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CheckpointError, match=reason):
        Pipeline.load(folder)


@pytest.mark.parametrize("part", ["codec", "unet", "text"])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "gone"])
def test_a_damaged_part_is_refused(folder: Path, part: str, damage: str) -> None:
    file = folder / f"{part}.safetensors"
    data = bytearray(file.read_bytes())
    if damage == "gone":
        file.unlink()
    elif damage == "truncated":
        file.write_bytes(data[:-100])
    else:
        data[-50] ^= 1
        file.write_bytes(data)
    with pytest.raises(CheckpointError, match=file.name):
        Pipeline.load(folder)


def test_a_pickle_is_never_opened(folder: Path) -> None:
    torch.save({"weight": torch.zeros(1)}, folder / "codec.safetensors")
    checkpoint.enter_part(folder, "codec", {})
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        Pipeline.load(folder)


def test_a_unet_of_another_codec_is_refused(folder: Path) -> None:
    tensors, config = checkpoint.read_part(folder, "unet")
    checkpoint.write_part(
        folder, "unet", checkpoint.half(tensors), config | {"latent_space": "of another day"}
    )
    with pytest.raises(CheckpointError, match="another latent_space"):
        Pipeline.load(folder)


def test_a_part_that_would_not_ship_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="bytes"):
        checkpoint.write_part(tmp_path, "huge", {"weight": torch.zeros(5_000_000)}, {})


def large(n_mib: int) -> dict[str, torch.Tensor]:
    """Tensors of 4 MiB each, all different."""
    return {f"layer_{i}": torch.full((2**20,), float(i)) for i in range(n_mib // 4)}


def test_a_large_part_is_spread_over_files_that_can_be_kept(tmp_path: Path) -> None:
    checkpoint.write_part(tmp_path, "unet", large(40), {"size": 3})
    entry = checkpoint.read_manifest(tmp_path)["parts"]["unet"]
    files = checkpoint.part_files(tmp_path, entry)
    assert [path.name for path, _ in files] == [f"unet-{i}-of-4.safetensors" for i in range(1, 5)]
    assert all(path.stat().st_size <= checkpoint.MAX_PART_BYTES for path, _ in files)
    again, config = checkpoint.read_part(tmp_path, "unet")
    assert config == {"size": 3}
    assert {name: float(tensor[-1]) for name, tensor in again.items()} == {f"layer_{i}": i for i in range(10)}

    files[2][0].unlink()
    with pytest.raises(CheckpointError, match=r"unet-3-of-4\.safetensors is missing"):
        checkpoint.read_part(tmp_path, "unet")
    checkpoint.write_part(tmp_path, "unet", large(4), {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "unet.safetensors"]


def test_a_tensor_that_two_files_have_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_file({"weight": torch.zeros(3)}, tmp_path / f"{name}.safetensors")
    checkpoint.enter_part(tmp_path, "unet", {}, ["one.safetensors", "two.safetensors"])
    with pytest.raises(CheckpointError, match=r"two\.safetensors has 'weight'"):
        checkpoint.read_part(tmp_path, "unet")


def test_what_a_user_should_know_joins_the_manifest(folder: Path) -> None:
    before = checkpoint.checkpoint_id(checkpoint.read_manifest(folder))
    checkpoint.annotate(folder, licence="CC0", training_data="my records", scores={"tempo": 0.98})
    manifest = checkpoint.read_manifest(folder)
    assert (manifest["licence"], manifest["training_data"]) == ("CC0", "my records")
    assert manifest["scores"] == {"tempo": 0.98}
    assert checkpoint.checkpoint_id(manifest) == before, "what is said of the weights does not change them"
    with pytest.raises(CheckpointError, match="can't be written"):
        checkpoint.annotate(folder, scores={"tempo": float("nan")})
    assert checkpoint.read_manifest(folder) == manifest


def rewrite(folder: Path, part: str, data: bytes) -> None:
    """Replace a part's file and enter it with its right checksum: only what is in it can be wrong."""
    (folder / f"{part}.safetensors").write_bytes(data)
    checkpoint.enter_part(folder, part, checkpoint.read_manifest(folder)["parts"][part]["config"])


def with_header(header: object, n_bytes: int = 0, claimed: int | None = None) -> bytes:
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return (len(text) if claimed is None else claimed).to_bytes(8, "little") + text + bytes(n_bytes)


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is truncated: it has 0 bytes"),
        (
            b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07builtins\x94.",
            "pickled one, which is never opened",
        ),
        (with_header({"a": ENTRY}, 8, claimed=2**62), "its header claims 4611686018427387904 bytes"),
        (with_header({"a": ENTRY}, 8, claimed=checkpoint.MAX_HEADER_BYTES), "is truncated"),
        (with_header({"a": ENTRY}, 4), r"is truncated: it has \d+ bytes of \d+"),
        (with_header({"a": ENTRY}, 12), "is not a safetensors file"),
        (with_header(b"[" * 100_000), "is not a safetensors file"),
        (with_header([1, 2]), "is not a safetensors file"),
        (with_header({"a": ENTRY | {"data_offsets": [4, 12]}}, 12), "is not a safetensors file"),
        (with_header({"a": ENTRY | {"shape": [3]}}, 8), "is not a safetensors file"),
        (with_header({"a": ENTRY | {"dtype": "F99"}}, 8), "is not a safetensors file"),
        (with_header({"a": ENTRY, "b": ENTRY}, 8), "is not a safetensors file"),
        (
            with_header({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}, 8),
            "'a' must be one of float32",
        ),
        (
            with_header({"a": {"dtype": "F8_E4M3", "shape": [8], "data_offsets": [0, 8]}}, 8),
            "got torch.float8_e4m3fn",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_whole_safetensors_file_is_refused(folder: Path, data: bytes, reason: str) -> None:
    rewrite(folder, "codec", data)
    with pytest.raises(CheckpointError, match=reason):
        checkpoint.read_part(folder, "codec")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(folder: Path, tmp_path: Path, value: float) -> None:
    """Both when they come, and when a training that went astray would write them."""
    tensors = {"weight": torch.tensor([0.0, value])}
    rewrite(folder, "codec", save(tensors))
    with pytest.raises(CheckpointError, match="'weight' holds values that are not finite"):
        checkpoint.read_part(folder, "codec")
    with pytest.raises(CheckpointError, match="'weight' holds values that are not finite"):
        checkpoint.write_part(tmp_path / "new", "codec", tensors, {})
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["codec.pt", "codec.bin", "codec.ckpt"])
def test_a_manifest_that_names_a_pickle_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / "codec.safetensors").read_bytes())
    change_file(folder, name)
    with pytest.raises(CheckpointError, match=r"pickled weights are never opened, only safetensors"):
        Pipeline.load(folder)


def test_a_pickle_in_place_of_a_part_is_pointed_at(folder: Path) -> None:
    (folder / "codec.safetensors").rename(folder / "codec.ckpt")
    with pytest.raises(CheckpointError, match=r"missing \(codec\.ckpt is pickled, and never opened\)"):
        checkpoint.read_part(folder, "codec")
    (folder / checkpoint.MANIFEST).unlink()
    with pytest.raises(CheckpointError, match=r"no checkpoint at .*codec\.ckpt is pickled"):
        Pipeline.load(folder)


def change_file(folder: Path, name: object) -> None:
    path = folder / checkpoint.MANIFEST
    manifest = json.loads(path.read_text())
    manifest["parts"]["codec"]["file"] = name
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "name",
    [
        "../codec.safetensors",
        "/etc/codec.safetensors",
        "sub/codec.safetensors",
        "..\\codec.safetensors",
        "",
        None,
        7,
    ],
)
def test_a_file_outside_of_the_folder_is_refused(folder: Path, name: object) -> None:
    (folder.parent / "codec.safetensors").write_bytes((folder / "codec.safetensors").read_bytes())
    change_file(folder, name)
    with pytest.raises(CheckpointError, match="of the checkpoint's own folder"):
        checkpoint.read_part(folder, "codec")


def test_what_is_not_a_file_is_not_opened(folder: Path) -> None:
    """A named pipe would be waited for until the end of days."""
    (folder / "codec.safetensors").unlink()
    os.mkfifo(folder / "codec.safetensors")
    with pytest.raises(CheckpointError, match="is not a file"):
        checkpoint.read_part(folder, "codec")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parts": None}, "parts are missing"),
        ({"parts": {"../x": {}}}, "a part's name must be"),
        ({"parts": {"codec": []}}, "'codec' has no config"),
        ({"parts": {"codec": {"config": {}, "files": []}}}, "'codec' names no files"),
        ({"parts": {"codec": {"config": {}, "file": "codec.safetensors"}}}, "has no SHA-256"),
        ({"name": "x" * 65}, "name must be"),
        ({"name": "\x1b[2J"}, "name must be"),
    ],
)
def test_a_manifest_that_lacks_something_is_refused(
    folder: Path, change: dict[str, object], reason: str
) -> None:
    path = folder / checkpoint.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CheckpointError, match=reason):
        Pipeline.load(folder)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"format"', "can't be read"),
        ("[" * 100_000, "can't be read"),
        ("[]", "is not a ladmg-checkpoint"),
        (
            '{"format": "ladmg-checkpoint", "version": 1, "parts": {}, "scores": NaN}',
            "must be finite, got NaN",
        ),
        (" " * (checkpoint.MAX_MANIFEST_BYTES + 1), "is too long"),
        ("\udcff", "can't be read"),
    ],
    ids=["cut", "deep", "list", "nan", "long", "not utf-8"],
)
def test_a_manifest_that_is_no_manifest_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / checkpoint.MANIFEST).write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(CheckpointError, match=reason):
        checkpoint.read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({"weight": torch.zeros(2, 3)}, "lacks 'bias', which this Linear needs"),
        (
            {"weight": torch.zeros(3, 2), "bias": torch.zeros(2)},
            r"'weight' must have shape \[2, 3\], got \[3, 2\]",
        ),
        (
            {"weight": torch.zeros(2, 3), "bias": torch.zeros(2, dtype=torch.int8)},
            "'bias' must be torch.float32",
        ),
        ({"bias": torch.zeros(2), "gain": torch.zeros(2)}, "has 'gain', which this Linear does not know"),
    ],
)
def test_tensors_that_do_not_fit_a_module_are_named(tensors: dict[str, torch.Tensor], reason: str) -> None:
    module = torch.nn.Linear(3, 2)
    before = module.weight.clone()
    with pytest.raises(CheckpointError, match=reason):
        checkpoint.fill(module, tensors, "codec.safetensors")
    assert torch.equal(module.weight, before)
    checkpoint.fill(module, {"weight": torch.ones(2, 3), "bias": torch.ones(2)}, "codec.safetensors")
    assert torch.equal(module.weight, torch.ones(2, 3))


def test_a_module_without_memory_takes_the_tensors_themselves() -> None:
    module = torch.nn.Linear(3, 2, device="meta")
    tensors = {"weight": torch.ones(2, 3), "bias": torch.ones(2)}
    checkpoint.fill(module, tensors, "codec.safetensors")
    assert module.weight.data_ptr() == tensors["weight"].data_ptr()
    assert torch.equal(module(torch.ones(1, 3)), torch.full((1, 2), 4.0))
