"""Meta's EnCodec as the codec: against the package's own model, with random weights saved in Meta's own format."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import torch
from encodec import EncodecModel
from torch import Tensor

from model import checkpoint, encodec_meta
from model.checkpoint import CheckpointError
from model.codecs import codec_kind, load_codec
from model.encodec_meta import MetaCodec, MetaConfig, chunk_layout
from model.loops import HOP

META_HOP = 320
MAKE: dict[str, Callable[..., EncodecModel]] = {
    "encodec_24khz": EncodecModel.encodec_model_24khz,
    "encodec_48khz": EncodecModel.encodec_model_48khz,
}


def make(kind: str) -> EncodecModel:
    """Meta's model with random weights, and codebooks that have something in them."""
    torch.manual_seed(0)
    with warnings.catch_warnings():  # the package uses torch's older weight norm, which torch tells everybody
        warnings.simplefilter("ignore", FutureWarning)
        package = MAKE[kind](pretrained=False).eval().requires_grad_(False)
    for layer in package.quantizer.vq.layers:
        layer._codebook.embed.normal_(0.0, 0.03)
        layer._codebook.inited.fill_(1)
    package.set_target_bandwidth(24.0)
    return package


def save_as_meta(folder: Path, kind: str, state: dict[str, Tensor]) -> Path:
    """A file as Meta publishes them: named after its own checksum."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(state, folder / "new")
    digits = hashlib.sha256((folder / "new").read_bytes()).hexdigest()[:8]
    return (folder / "new").rename(folder / f"{kind}-{digits}.th")


@pytest.fixture(scope="module")
def package_24() -> EncodecModel:
    return make("encodec_24khz")


@pytest.fixture(scope="module")
def package_48() -> EncodecModel:
    return make("encodec_48khz")


@pytest.fixture(scope="module")
def file_24(package_24: EncodecModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_as_meta(tmp_path_factory.mktemp("meta"), "encodec_24khz", package_24.state_dict())


@pytest.fixture(scope="module")
def codec_24(file_24: Path) -> MetaCodec:
    return encodec_meta.load_pretrained("encodec_24khz", file_24).requires_grad_(False)


@pytest.fixture(scope="module")
def codec_48(package_48: EncodecModel, tmp_path_factory: pytest.TempPathFactory) -> MetaCodec:
    file = save_as_meta(tmp_path_factory.mktemp("meta"), "encodec_48khz", package_48.state_dict())
    return encodec_meta.load_pretrained("encodec_48khz", file).requires_grad_(False)


def tones(frames: int, rate: int, seed: int = 0) -> Tensor:
    """The same periodic sound at either rate, [1, 1, samples]: harmonics of the loop below 12 kHz."""
    rng = np.random.default_rng(seed)
    harmonics = rng.integers(1, frames * META_HOP // 2, size=60)
    phases = rng.uniform(0, 2 * np.pi, size=60)
    n = frames * META_HOP * rate // 24_000
    wave = np.cos(2 * np.pi * np.outer(harmonics, np.arange(n)) / n + phases[:, None]).sum(0) * 0.02
    return torch.from_numpy(wave).float().view(1, 1, -1)


def test_24_khz_gives_the_packages_latents_and_sound(package_24: EncodecModel, codec_24: MetaCodec) -> None:
    """Of a loop that the package gets many times over: its last pass, as its first begins from nothing."""
    frames, passes = 30, 7
    x = tones(frames, 24_000).repeat(1, 1, passes)
    side = torch.cat([tones(frames, 48_000, seed=1), -tones(frames, 48_000, seed=1)], dim=1)
    latents = codec_24.encode(tones(frames, 48_000) + side)  # what left and right don't share is not heard
    assert latents.shape == (1, 128, frames)
    expected = package_24.encoder(x)[..., -frames:]
    torch.testing.assert_close(latents, expected, atol=1e-3 * float(expected.std()), rtol=0)

    [(codes, scale)] = package_24.encode(x)
    assert scale is None
    quantised = package_24.quantizer.decode(codes.transpose(0, 1))[..., -frames:]
    codes = codes[..., -frames:].repeat(1, 1, passes)
    heard = package_24.decode([(codes, None)])[..., -frames * META_HOP :]
    at_48 = torch.from_numpy(scipy.signal.resample(heard.numpy(), frames * HOP, axis=-1))
    decoded = codec_24.decode(quantised)
    torch.testing.assert_close(decoded[:, :1], at_48, atol=1e-3 * float(at_48.std()), rtol=0)
    assert torch.equal(decoded[:, 0], decoded[:, 1])


def test_48_khz_gives_the_packages_latents_and_sound(package_48: EncodecModel, codec_48: MetaCodec) -> None:
    """Chunk by chunk of 1 s, which is all that the package ever decodes at once. Of 180 frames, a chunk each 60."""
    frames = 180
    torch.manual_seed(1)
    waveform = torch.randn(1, 2, frames * HOP) * torch.linspace(0.01, 0.2, frames * HOP)
    latents = codec_48.encode(waveform)
    assert latents.shape == (1, 257, frames)
    rolled = waveform.roll(-60 * HOP, -1)[..., : package_48.segment_length]  # the second of three
    [(codes, scale)] = package_48.encode(rolled)[:1]
    own = slice(67, 127)  # the frames that are farther from an edge of this chunk than of another
    torch.testing.assert_close(latents[:, -1, own].exp(), scale.expand(1, 60), atol=0, rtol=1e-5)
    expected = package_48.encoder(rolled / scale)
    at_150_hz = latents[:, :-1, own].view(1, 2, 128, 60).permute(0, 2, 3, 1).reshape(1, 128, 120)
    torch.testing.assert_close(at_150_hz, expected[..., 14:134], atol=1e-4, rtol=0)

    quantised = package_48.quantizer.decode(codes.transpose(0, 1))
    pairs = quantised.view(1, 128, 75, 2).permute(0, 3, 1, 2).reshape(1, 256, 75)
    asked = torch.randn(1, 257, frames)
    asked[:, :-1, 60:135], asked[:, -1] = pairs, scale.log()
    heard = package_48.decode([(codes, scale)])
    decoded = codec_48.decode(asked)
    inner = slice(75 * HOP, 120 * HOP)  # no other chunk reaches there
    alone = heard[..., 15 * HOP : 60 * HOP]
    torch.testing.assert_close(decoded[..., inner], alone, atol=1e-3 * float(alone.std()), rtol=0)


def test_24_khz_has_no_place_that_is_special(codec_24: MetaCodec) -> None:
    """With random weights, whose LSTM forgets within the run-in; how long Meta's remembers, nobody measured here."""
    waveform = tones(31, 48_000).repeat(1, 2, 1)
    latents = codec_24.encode(waveform)
    rolled = codec_24.encode(waveform.roll(7 * HOP, -1))
    torch.testing.assert_close(rolled, latents.roll(7, -1), atol=1e-5, rtol=0)
    decoded = codec_24.decode(latents)
    assert decoded.shape == waveform.shape
    there = codec_24.decode(latents.roll(7, -1))
    torch.testing.assert_close(there, decoded.roll(7 * HOP, -1), atol=1e-6, rtol=0)


def test_48_khz_rolls_exactly_from_chunk_to_chunk_and_nearly_between(codec_48: MetaCodec) -> None:
    torch.manual_seed(2)
    waveform = torch.randn(1, 2, 100 * HOP) * 0.1  # two chunks, 50 frames from each other
    latents = codec_48.encode(waveform)
    decoded = codec_48.decode(latents)
    assert decoded.shape == waveform.shape
    torch.testing.assert_close(
        codec_48.encode(waveform.roll(50 * HOP, -1)), latents.roll(50, -1), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        codec_48.decode(latents.roll(50, -1)), decoded.roll(50 * HOP, -1), atol=1e-5, rtol=0
    )
    moved = (codec_48.encode(waveform.roll(7 * HOP, -1)) - latents.roll(7, -1))[:, :-1]
    assert 0 < float(moved.std()) < 0.2 * float(latents[:, :-1].std())


def test_48_khz_keeps_loudness_apart(codec_48: MetaCodec) -> None:
    """A loop 30 dB down has the same latents but for the last, and comes back 30 dB down."""
    torch.manual_seed(3)
    waveform = torch.randn(1, 2, 76 * HOP) * 0.3
    gain = 10 ** (-30 / 20)
    latents, quiet = codec_48.encode(waveform), codec_48.encode(waveform * gain)
    torch.testing.assert_close(quiet[:, :-1], latents[:, :-1], atol=1e-4, rtol=0)
    torch.testing.assert_close(quiet[:, -1] - latents[:, -1], torch.full((1, 76), np.log(gain)).float())
    both = codec_48.decode(torch.cat([latents, quiet]))  # and an item of a batch is that item alone
    torch.testing.assert_close(both[1] / gain, both[0], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(codec_48.decode(latents)[0], both[0], atol=1e-5, rtol=1e-4)


def test_48_khz_bears_silence_and_nonsense(codec_48: MetaCodec) -> None:
    latents = codec_48.encode(torch.zeros(1, 2, 10 * HOP))
    assert torch.isfinite(latents).all()
    assert float(latents[0, -1, 0].exp()) == pytest.approx(1e-4)
    latents[:, -1] = 1000.0
    assert torch.isfinite(codec_48.decode(latents)).all()


@pytest.mark.parametrize("frames", [1, 40, 74, 75, 91, 180, 577, 720])
def test_chunks_go_round_the_loop(frames: int) -> None:
    """Every frame comes from a chunk that has it, well inside; at every sample the weights add up to 1."""
    layout = chunk_layout(frames, torch.device("cpu"))
    assert torch.equal(layout.frames.flatten()[layout.owner], torch.arange(frames))
    total = torch.zeros(frames * HOP).index_add_(0, layout.samples.flatten(), layout.weights.flatten())
    torch.testing.assert_close(total, torch.ones(frames * HOP), atol=1e-5, rtol=0)
    starts = layout.frames[:, 0].tolist()
    ends = [*starts[1:], starts[0] + frames]
    assert all(end - start < 75 for start, end in zip(starts, ends, strict=True))
    inside = layout.owner % 75
    assert (
        frames < 74
        or int(torch.minimum(inside, 74 - inside).min()) == (75 - (-(-frames // len(starts)))) // 2
    )


@pytest.mark.parametrize("shape", [(1, 1, 640), (1, 2, 641)])
def test_what_is_not_a_stereo_loop_is_refused(codec_24: MetaCodec, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a loop must be"):
        codec_24.encode(torch.zeros(shape))


@pytest.mark.parametrize("codec", ["codec_24", "codec_48"])
def test_a_checkpoint_keeps_our_copy(codec: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    original: MetaCodec = request.getfixturevalue(codec)
    original.latent_mean.normal_()
    original.save(tmp_path)
    assert all(path.stat().st_size <= checkpoint.MAX_PART_BYTES for path in tmp_path.iterdir())
    assert codec_kind(tmp_path) == original.config.kind
    again = load_codec(tmp_path)
    assert type(again) is type(original)
    assert again.config == original.config
    assert again.config.source.startswith(original.config.kind)
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), original.parameters(), strict=True))
    space = original.latent_space()
    assert again.latent_space() == again.fuse().latent_space() == space
    original.latent_mean.zero_()
    assert original.latent_space() != space, "another normalisation is another space"


def test_weights_are_found_by_path_folder_or_in_torch_hubs_cache(
    file_24: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert encodec_meta.find_weights("encodec_24khz", file_24) == file_24
    named = tmp_path / "hub" / "checkpoints" / "encodec_24khz-d7cc33bc.th"
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    with pytest.raises(CheckpointError, match=r"no weights of encodec_24khz at .*M\.encodec_model_24khz\(\)"):
        encodec_meta.load_pretrained("encodec_24khz")
    named.parent.mkdir(parents=True)
    named.touch()
    assert encodec_meta.find_weights("encodec_24khz") == named
    assert encodec_meta.find_weights("encodec_24khz", named.parent) == named
    with pytest.raises(ValueError, match="codec kind must be one of encodec_24khz, encodec_48khz, got 'mp3'"):
        encodec_meta.find_weights("mp3")


def test_a_file_of_another_name_is_refused(file_24: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "encodec_24khz-d7cc33bc.th"
    renamed.write_bytes(file_24.read_bytes())
    with pytest.raises(CheckpointError, match=r"its SHA-256 must begin with d7cc33bc, got [0-9a-f]{8}"):
        encodec_meta.load_pretrained("encodec_24khz", renamed)


@pytest.mark.parametrize("n_bytes", [0, 100, -300])
def test_a_truncated_file_is_refused(file_24: Path, tmp_path: Path, n_bytes: int) -> None:
    for name, reason in (
        (file_24.name, "is truncated or not the file"),
        ("mine.th", "is truncated or not a file"),
    ):
        (tmp_path / name).write_bytes(file_24.read_bytes()[:n_bytes])
        with pytest.raises(CheckpointError, match=reason):
            encodec_meta.load_pretrained("encodec_24khz", tmp_path / name)


class Code:
    """What a hostile file would hold."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("pwned",)


def test_pickled_code_is_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": torch.zeros(2), "code": Code()}, "hostile.th")
    with pytest.raises(
        CheckpointError, match=r"holds code \(\w+\.mkdir\) beside tensors: refused, and not run"
    ):
        encodec_meta.load_pretrained("encodec_24khz", Path("hostile.th"))
    assert not Path("pwned").exists()


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        ("<html>404</html>", "damaged or not a file of torch"),
        ([torch.zeros(2)], "must hold named tensors and nothing else"),
        ({"best": {"weight": torch.zeros(2)}}, "must hold named tensors and nothing else"),
        ({"encoder.model.0.conv.norm.weight": torch.zeros(2)}, "holds encodec_48khz, not encodec_24khz"),
        ({"encoder.weight": torch.zeros(2)}, "has 'encoder.weight', which this Encodec24 does not know"),
        ({"encoder.weight": torch.tensor([torch.nan])}, "not finite"),
        ({}, "lacks 'decoder.model.0.conv.conv.bias'"),
    ],
    ids=["html", "list", "nested", "another", "unknown", "nan", "empty"],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, held: object, reason: str) -> None:
    if isinstance(held, str):
        (tmp_path / "file.th").write_text(held)
    else:
        torch.save(held, tmp_path / "file.th")
    with pytest.raises(CheckpointError, match=reason):
        encodec_meta.load_pretrained("encodec_24khz", tmp_path / "file.th")


def test_a_config_of_no_known_model_is_refused() -> None:
    with pytest.raises(ValueError, match="codec kind must be one of"):
        MetaConfig("encodec_16khz")
