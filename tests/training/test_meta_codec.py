"""From Meta's file and a folder of music to the codec of a checkpoint, standardised to that music."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from encodec import EncodecModel

from model import checkpoint
from model.checkpoint import CheckpointError
from model.clap import CompactClap
from model.codecs import codec_kind, load_codec
from model.loops import HOP
from tests import tiny_checkpoint
from training import meta_codec
from training.corpus import dataset
from training.meta_codec import MetaCodecSettings


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with random weights of both models in Meta's format."""
    folder = tmp_path_factory.mktemp("meta")
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        torch.save(EncodecModel.encodec_model_24khz(pretrained=False).state_dict(), folder / "24.th")
        torch.save(EncodecModel.encodec_model_48khz(pretrained=False).state_dict(), folder / "48.th")
    return folder


def test_latents_of_the_music_are_standardised(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """48 kHz, from files at another rate, one of which is not a sound file at all."""
    music = tmp_path / "music"
    music.mkdir()
    rng = np.random.default_rng(0)
    for i in range(2):
        noise = rng.normal(0, 0.1, (21_000, 2)) * np.geomspace(0.01, 1, 21_000)[:, None]
        soundfile.write(music / f"{i}.wav", noise, 44_100)
    (music / "words.wav").write_text("no sound")
    folder = tmp_path / "checkpoint"
    flags = [
        "--kind",
        "encodec_48khz",
        "--weights",
        str(weights / "48.th"),
        "--audio",
        str(music),
        "--n-excerpts",
        "3",
    ]
    assert meta_codec.main([*flags, "--checkpoint", str(folder)]) == 0
    said = capsys.readouterr()
    assert "words.wav is left out" in said.err
    codec = load_codec(folder)
    assert (codec_kind(folder), codec.config.latent_channels) == ("encodec_48khz", 257)
    assert codec.latent_space() in said.out
    heard = meta_codec.Excerpts(music, 3)
    assert len(heard) == 2
    with torch.inference_mode():
        latents = torch.cat(
            [codec.encode(torch.from_numpy(heard.audio(i).T)[None])[0] for i in (0, 1)], dim=1
        )
    assert abs(float(latents.mean())) < 0.05
    assert abs(float(latents[:-1].std()) - 1) < 0.1


def test_a_corpus_will_do_as_well(weights: Path, tmp_path: Path) -> None:
    dataset.write(tmp_path / "corpus", "train", 1, 1)
    chosen = MetaCodecSettings(
        "encodec_24khz",
        weights / "24.th",
        corpus=tmp_path / "corpus",
        checkpoint=tmp_path / "mine",
        n_excerpts=1,
    )
    codec = meta_codec.make(chosen)
    assert {"codec", "text"} <= set(checkpoint.read_manifest(tmp_path / "mine")["parts"])
    assert CompactClap.load(tmp_path / "mine").space == CompactClap.load().space, "so that prepare can go on"
    assert bool((codec.latent_std >= meta_codec.SMALLEST_STD).all())
    assert torch.isfinite(codec.encode(torch.zeros(1, 2, 8 * HOP))).all()
    assert checkpoint.read_manifest(tmp_path / "mine")["parts"]["codec"]["config"]["source"] == "24.th"


def test_a_trained_net_is_not_robbed_of_its_codec(weights: Path, tmp_path: Path) -> None:
    folder = tiny_checkpoint.write(tmp_path)
    before = checkpoint.read_manifest(folder)
    with pytest.raises(CheckpointError, match="has a UNet, which another codec would make useless"):
        meta_codec.make(MetaCodecSettings(weights=weights / "48.th", audio=tmp_path, checkpoint=folder))
    assert checkpoint.read_manifest(folder) == before


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (["--audio", "a", "--corpus", "b"], "one of audio and corpus must be given"),
        ([], "one of audio and corpus must be given"),
        (["--audio", "a", "--n-excerpts", "0"], "n_excerpts must be above 0, got 0"),
        (["--audio", "a", "--kind", "mp3"], "invalid choice: 'mp3'"),
        (["--audio", "a", "--weights", "nowhere.th"], "no weights of encodec_48khz at nowhere.th"),
        (["--audio", ".", "--weights", "{}/24.th"], "24.th holds encodec_24khz, not encodec_48khz"),
        (["--audio", ".", "--weights", "{}/48.th"], "no sound in ."),
        (["--corpus", ".", "--weights", "{}/48.th"], "no corpus in ."),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    flags: list[str],
    reason: str,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = meta_codec.main([flag.format(weights) for flag in flags])
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == 2
    assert reason in capsys.readouterr().err.splitlines()[-1]
    assert not list(tmp_path.iterdir())
