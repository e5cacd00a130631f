"""Training of a codec by the command: a part that codes, and a decoder tuned further that reads the same latents."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from model import checkpoint
from model.codec import Codec
from model.loops import HOP
from training import codec
from training.corpus import dataset

SIZES = [
    "--low-filters=8",
    "--high-filters=8",
    "--batch=2",
    "--frames=24",
    "--log-every=1",
    "--device=cpu",
    "--lr=0.003",
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two loops to train on and one held out."""
    folder = tmp_path_factory.mktemp("corpus")
    dataset.write(folder, "train", 2, 1)
    dataset.write(folder, "heldout", 1, 1)
    return folder


def test_a_codec_is_trained_and_its_decoder_tuned_on_the_same_latents(corpus: Path, tmp_path: Path) -> None:
    first, tuned = tmp_path / "first", tmp_path / "tuned"
    flags = [*SIZES, "--corpus", str(corpus), "--max-steps=3"]
    assert codec.main([*flags, "--out", str(first)]) == 0
    before = Codec.load(first / "checkpoint")
    assert all(bool(value.isfinite().all()) for value in before.state_dict().values())
    more = ["--decoder-only", "--from", str(first / "checkpoint"), "--precision=fp32"]
    assert codec.main([*flags, *more, "--out", str(tuned)]) == 0
    after = Codec.load(tuned / "checkpoint")
    assert after.latent_space() == before.latent_space()
    changed = {
        name
        for name, value in after.state_dict().items()
        if not torch.equal(value, before.state_dict()[name])
    }
    assert changed
    assert all(name.startswith(("low.decoder.", "high.decoder.")) for name in changed)
    last = json.loads((tuned / "log.jsonl").read_text().splitlines()[-1])
    assert {"snr_db", "log_spectral", "band_dynamics_db", "onset_contrast"} <= last.keys()


def test_the_highs_are_trained_on_and_the_lows_encoder_is_kept(corpus: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    flags = [*SIZES, "--corpus", str(corpus), "--max-steps=2"]
    assert codec.main([*flags, "--out", str(first), "--levels=0"]) == 0
    assert codec.main([*flags, "--out", str(second), "--from", str(first / "checkpoint"), "--keep-lows"]) == 0
    before, after = (Codec.load(folder / "checkpoint").state_dict() for folder in (first, second))
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert any(name.startswith("high.encoder.") for name in changed)
    assert not any(name.startswith("low.encoder.") for name in changed)


def test_highs_are_coded_as_levels_beside_lows_that_stay(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    flags = [*SIZES, "--corpus", str(corpus), "--max-steps=2"]
    assert codec.main([*flags, "--out", str(first), "--levels=0"]) == 0
    more = ["--from", str(first / "checkpoint"), "--levels=7", "--out", str(second)]
    assert codec.main([*flags, *more, "--decoder-only"]) == 2
    assert "--keep-lows" in capsys.readouterr().err
    assert codec.main([*flags, *more, "--keep-lows"]) == 0
    learnt, told = (Codec.load(folder / "checkpoint") for folder in (first, second))
    assert learnt.high.levels is None
    assert told.high.levels is not None
    assert told.config.latent_channels == told.config.low_channels + 7
    loop = torch.from_numpy(dataset.Corpus(corpus, "heldout").audio(0).T.copy())[None]
    with torch.inference_mode():
        before, after = (each.encode(loop)[:, : told.config.low_channels] for each in (learnt, told))
    torch.testing.assert_close(after, before)


def test_a_discriminator_joins_in_and_is_no_part_of_the_codec(corpus: Path, tmp_path: Path) -> None:
    flags = [
        *SIZES,
        "--corpus",
        str(corpus),
        "--decoder-only",
        "--discriminator-filters=2",
        "--waveform-hz=600",
    ]
    assert codec.main([*flags, "--max-steps=2", "--out", str(tmp_path)]) == 0
    assert codec.main([*flags, "--max-steps=3", "--out", str(tmp_path), "--resume"]) == 0
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {"adversarial", "features", "discriminator"} <= rows[-2].keys()
    assert not [name for name in Codec.load(tmp_path / "checkpoint").state_dict() if "discriminator" in name]


def test_above_the_highest_frequency_a_waveform_does_not_count() -> None:
    time = torch.arange(8192) / codec.SAMPLE_RATE
    low, high = (torch.sin(2 * np.pi * hz * time).expand(1, 2, -1) for hz in (187.5, 1500.0))
    wrong = codec.waveform_loss(low - high, low + high, highest_hz=600.0)
    assert wrong < codec.waveform_loss(low - high, low + high) - 1.0
    assert wrong == pytest.approx(
        float(codec.waveform_loss(low + high, low + high, highest_hz=600.0)), abs=1e-3
    )


def test_softened_hits_and_a_hum_that_flutters_are_heard_and_other_noise_is_not() -> None:
    rng = torch.Generator().manual_seed(0)
    attack = codec.AttackLoss()

    def hits(rise: int, hum: float = 0.0) -> torch.Tensor:
        """Eight hits of noise on both channels, each louder for `rise` samples before it falls."""
        time = torch.arange(4096)
        shape = (time / rise).clamp(max=1.0) * torch.exp(-time / 600)
        noise = torch.randn(1, 2, 8 * 4096, generator=rng)
        return 0.1 * noise * (shape.repeat(8) + hum)

    sharp = hits(4)
    assert attack(sharp, sharp) == 0.0
    same = float(attack(hits(4), sharp))
    assert same < 0.08
    assert float(attack(hits(4).roll(2048, 2), sharp)) < 0.1
    assert float(attack(hits(600), sharp)) > 2 * same
    assert float(attack(hits(4, hum=0.01), sharp)) > 2 * same
    assert float(attack(hits(4, hum=0.05), sharp)) > 5 * same


def test_latents_of_the_trained_codec_are_standardised(corpus: Path, tmp_path: Path) -> None:
    assert codec.main([*SIZES, "--corpus", str(corpus), "--max-steps=1", "--out", str(tmp_path)]) == 0
    trained = Codec.load(tmp_path / "checkpoint")
    loops = dataset.Corpus(corpus, "train")
    waveforms = [torch.from_numpy(loops.audio(index).T.copy())[None] for index in range(len(loops))]
    assert waveforms[0].shape[-1] % HOP == 0
    with torch.inference_mode():
        latents = torch.cat([trained.encode(waveform)[0] for waveform in waveforms], dim=1)
    np.testing.assert_allclose(latents.mean(1), 0.0, atol=0.05)
    np.testing.assert_allclose(latents.std(1), 1.0, atol=0.05)


def test_excerpts_within_the_lost_context_are_refused(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [
        "--low-filters=8",
        "--high-filters=8",
        "--frames=12",
        "--corpus",
        str(corpus),
        "--out",
        str(tmp_path),
        "--device=cpu",
    ]
    assert codec.main(flags) == 2
    assert "frames must be more than" in capsys.readouterr().err


def test_a_checkpoint_of_other_sizes_is_refused(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [
        "--low-filters=8",
        "--high-filters=8",
        "--corpus",
        str(corpus),
        "--out",
        str(tmp_path),
        "--device=cpu",
    ]
    assert codec.main([*flags, "--from", str(checkpoint.DEFAULT_FOLDER)]) == 2
    assert capsys.readouterr().err.startswith("training.codec: ")
