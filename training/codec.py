"""Train the codec: `python -m training.codec --corpus data/corpus --out runs/codec --max-minutes 60`.

A waveform loss below 2.4 kHz first, then log-spectral losses of mid and side with it: these alone keep a SEANet at
silence for more than a thousand steps. The latents get noise in training, so that the decoder forgives what the UNet
gets wrong. With `--discriminator-filters` a discriminator joins in, last, when the levels are nearly right.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import torch
import torchaudio
from torch import Tensor, nn
from torch.nn import functional

from model import checkpoint
from model.codec import Codec, CodecConfig, mid_side
from model.codecs import AnyCodec
from model.loops import HOP, SAMPLE_RATE
from training import adversary, command, loop, measure
from training.corpus.dataset import Corpus
from training.loop import Progress, Task, TrainingError, TrainSettings
from training.settings import setting

# Window in samples and mel bands, 0 for plain bins. Bins of long windows tell noise from a comb of tones, as mel bands
# do not; few bands of short windows follow an attack without asking for the very same noise.
RESOLUTIONS = ((2048, 0), (1024, 0), (2048, 96), (1024, 80), (512, 48), (256, 24), (128, 16), (64, 8))
FLOOR = 3e-5  # of a full-scale sine
LEVELS = 24  # principal components of the highs' levels: within 1.2 dB (LOG.md)
# Of the noise. Of a level that is told, or of a band's RMS over the corpus, where 1 cut off every second hat.
NOISE_CEILING, NOISE_CEILING_UNTOLD = 2.0, 8.0
ENERGY_SAMPLES = 4096  # a 16th at 176 BPM
# Windows and hops in samples by which rises are heard, and between which frequencies they add up: the chance in a hat's
# single bins is averaged out.
RISE_WINDOWS = ((1024, 256), (512, 128))
RISE_EDGES_HZ = (0, 200, 600, 1600, 4000, 8000, 16_000, SAMPLE_RATE / 2)
RISE_FLOOR = 0.1  # of a band's mean rise: below it, rises are alike
WAVEFORM_STEPS = 300  # without spectral losses; as many again until they count in full
WAVEFORM_EDGES_HZ = (0, 150, 300, 600, 1200, 2400)
FINAL_VALIDATION_LOOPS, LISTEN_LOOPS = 64, 3
FITTED_LOOPS = 200  # what statistics are measured on


@dataclass(frozen=True)
class CodecSettings(TrainSettings):
    """What the training of a codec adds. Only encoder and decoder compute in bf16: transforms need all their digits."""

    corpus: Path = setting(Path("data/corpus"), "folder that training.corpus wrote")
    out: Path = setting(Path("runs/codec"), "folder of the state, the log and the curves")
    checkpoint: Path | None = setting(None, "folder to write the part to; default: OUT/checkpoint")
    start_from: Path | None = setting(None, "checkpoint folder whose codec is trained further", alias="from")
    decoder_only: bool = setting(False, "freeze encoder and latents: UNets stay valid")
    keep_lows: bool = setting(False, "freeze the lows' latents: UNets find those channels as they were")
    levels: int | None = setting(
        None, f"channels for the levels of the highs; 0: a learnt encoder; default: as --from, or {LEVELS}"
    )
    warmup: int = setting(100, "steps until the learning rate is there")
    decay: Literal["linear", "cosine"] = setting("cosine", "shape of the learning rate's fall")
    decay_share: float = setting(1.0, "last share of the training, in which the learning rate falls")
    clip: float = setting(5.0, "largest norm of the gradient")
    validate_every: int = setting(250, "steps")
    batch: int = setting(8, "excerpts a part")
    frames: int = setting(64, "latent frames an excerpt")
    low_filters: int = setting(CodecConfig.low_filters, "of the SEANets for the lows")
    high_filters: int = setting(CodecConfig.high_filters, "of the SEANets for the rest")
    residual_layers: int = setting(CodecConfig.n_residual_layers, "of the SEANets, at each rate")
    latent_noise: float = setting(0.3, "largest noise on the latents, of unit variance")
    waveform_hz: float = setting(24_000.0, "up to where the waveform counts; above only spectra do")
    attack: float = setting(
        4.0, "weight of how steeply hits rise and how little else does, against what should"
    )
    discriminator_filters: int = setting(0, "of a discriminator, 8 are some; 0: none")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("batch", "frames", "low_filters", "high_filters", "residual_layers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("discriminator_filters", "levels"):
            if (getattr(self, name) or 0) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        if not self.waveform_hz > WAVEFORM_EDGES_HZ[1]:
            raise ValueError(f"waveform_hz must be above {WAVEFORM_EDGES_HZ[1]}, got {self.waveform_hz}")
        for name in ("latent_noise", "attack"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")


class SpectralLoss(nn.Module):
    """Difference of log magnitudes (natural log) at several resolutions, of mid and side.

    Absolute, and of mel bands also squared (up to 2 nats), as in EnCodec (arXiv:2210.13438 eq. 3). And of the energy of
    each mel band within a 16th and over the whole excerpt: what the latents don't tell, a decoder that is only to be
    near everywhere makes too quiet where it is loud, and hats and claps dull.
    """

    def __init__(self) -> None:
        super().__init__()
        for size, n_mels in RESOLUTIONS:
            self.register_buffer(f"window_{size}", torch.hann_window(size) * 2 / (size / 2))
            if n_mels:
                banks = torchaudio.functional.melscale_fbanks(
                    size // 2 + 1, 30.0, SAMPLE_RATE / 2, n_mels, SAMPLE_RATE
                )
                self.register_buffer(f"banks_{size}", banks / banks.sum(0, keepdim=True).clamp_min(1e-6))

    def log_magnitude(self, signal: Tensor, size: int, n_mels: int) -> Tensor:
        window = getattr(self, f"window_{size}")
        spectrum = torch.stft(signal, size, size // 2, size, window, center=False, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        if n_mels:
            power = torch.einsum("bft,fm->bmt", power, getattr(self, f"banks_{size}"))
        return 0.5 * (power + FLOOR**2).log()

    def forward(
        self, decoded: Tensor, target: Tensor, resolutions: Sequence[tuple[int, int]] = RESOLUTIONS
    ) -> Tensor:
        """decoded, target: [batch, 2, samples] -> scalar, averaged over the resolutions."""
        total = decoded.new_zeros(())
        decoded, target = (mid_side(waveform).flatten(0, 1) for waveform in (decoded, target))
        for size, n_mels in resolutions:
            with torch.no_grad():
                reference = self.log_magnitude(target, size, n_mels)
            magnitude = self.log_magnitude(decoded, size, n_mels)
            difference = magnitude - reference
            total = total + difference.abs().mean()
            if n_mels:  # medians alone shrink the peaks of what can't be coded; single bins just differ
                total = total + functional.huber_loss(difference, torch.zeros_like(difference), delta=2.0)
                for span in (ENERGY_SAMPLES // (size // 2), magnitude.shape[2]):
                    total = (
                        total + (log_energy(magnitude, span) - log_energy(reference, span)).abs().mean() / 2
                    )
        return total / len(resolutions)


def log_energy(log_magnitude: Tensor, span: int) -> Tensor:
    """Half the log of the energy of every `span` frames, [batch, bands, frames] -> [batch, bands, frames // span]."""
    return 0.5 * (2.0 * log_magnitude).unfold(2, span, span).logsumexp(3)


class AttackLoss(nn.Module):
    """Difference of the spectral flux, natural log, in a few wide bands of both channels: the largest with the largest.

    A decoder that is to be near everywhere softens what the latents don't tell in full: hits rise a tenth less than
    they should, and what hums on between them flutters. Sorted over an excerpt, rises say how steep hits are and how
    still the rest is, as a one-dimensional transport distance; when the hits come is known to the other losses.
    """

    def __init__(self) -> None:
        super().__init__()
        for size, _ in RISE_WINDOWS:
            self.register_buffer(f"window_{size}", torch.hann_window(size) * 2 / (size / 2))

    def rises(self, signal: Tensor, size: int, hop: int) -> Tensor:
        """[batch, 2, samples] -> [batch, bands, frames]"""
        spectrum = torch.stft(
            signal.flatten(0, 1),
            size,
            hop,
            size,
            getattr(self, f"window_{size}"),
            center=False,
            return_complex=True,
        )
        power = (
            (spectrum.real.square() + spectrum.imag.square()).view(len(signal), 2, *spectrum.shape[1:]).sum(1)
        )
        rise = (power + FLOOR**2).sqrt().diff(dim=2).clamp_min(0.0)
        edges = [round(hz * size / SAMPLE_RATE) for hz in RISE_EDGES_HZ]
        return torch.stack([rise[:, a:b].sum(1) for a, b in pairwise(edges)], dim=1)

    def forward(self, decoded: Tensor, target: Tensor) -> Tensor:
        """decoded, target: [batch, 2, samples] -> scalar"""
        total = decoded.new_zeros(())
        for size, hop in RISE_WINDOWS:
            with torch.no_grad():
                reference = self.rises(target, size, hop).sort(2).values
                floor = RISE_FLOOR * reference.mean(2, keepdim=True) + FLOOR
            ratio = (self.rises(decoded, size, hop).sort(2).values + floor) / (reference + floor)
            total = total + ratio.log().abs().mean()
        return total / len(RISE_WINDOWS)


def waveform_loss(decoded: Tensor, target: Tensor, highest_hz: float = SAMPLE_RATE / 2) -> Tensor:
    """Log of the error's share of the energy: of all below `highest_hz`, and of each octave below 2.4 kHz on its own.

    Higher up the phase of hats and noise can't be coded in 2,400 numbers a second; there only the spectra count. A
    waveform that isn't coded is best silent, by this loss: where levels are to be right, `highest_hz` is where phases
    end.
    """
    spectra = torch.fft.rfft(torch.cat([decoded - target, target])).abs().square().sum(1)
    spectra = spectra[:, : round(highest_hz * target.shape[-1] / SAMPLE_RATE) + 1]
    error, reference = (spectra / target.shape[-1]).chunk(2)
    total = torch.log(error.sum(1) / (reference.sum(1) + 1e-2) + 1e-3).mean()
    edges = [round(hz * target.shape[-1] / SAMPLE_RATE) for hz in WAVEFORM_EDGES_HZ if hz <= highest_hz]
    octaves = [
        torch.log(error[:, a:b].sum(1) / (reference[:, a:b].sum(1) + 1e-2) + 3e-2).mean()
        for a, b in pairwise(edges)
    ]
    return total + torch.stack(octaves).mean()


def latent_penalty(latents: Tensor) -> Tensor:
    """Pulls every channel to zero mean and unit variance over the batch."""
    mean, variance = latents.mean((0, 2)), latents.var((0, 2))
    return mean.square().mean() + (variance.clamp_min(1e-3).log()).square().mean()


def excerpts(corpus: Corpus, n: int, frames: int, rng: np.random.Generator) -> Tensor:
    """`n` random excerpts of random loops, wrapped at their ends, [n, 2, frames * HOP]."""
    items = []
    for index in rng.integers(len(corpus), size=n):
        loop = corpus.audio(int(index))
        picked = (np.arange(frames * HOP) + rng.integers(len(loop))) % len(loop)
        items.append(loop[picked] * 10 ** (rng.uniform(-6, 1) / 20))
        if rng.random() < 0.5:
            items[-1] = items[-1][:, ::-1]
    return torch.from_numpy(np.stack(items).transpose(0, 2, 1).copy()).float()


@torch.no_grad()
def validate(codec: Codec, corpus: Corpus, spectral: SpectralLoss, n: int = 16) -> dict[str, float]:
    """Round trip of `n` held-out loops: SNR in dB (median), log-spectral loss, crispness as shares of theirs."""
    ratios, losses, crispness = [], [], []
    for index in np.linspace(0, len(corpus) - 1, min(n, len(corpus)), dtype=int).tolist():
        target = torch.from_numpy(corpus.audio(index).T.copy()).unsqueeze(0).to(codec.latent_mean.device)
        decoded = codec.decode(codec.encode(target))
        crispness.append([measure.crispness(x[0].T.cpu().numpy()) for x in (target, decoded)])
        ratios.append(float(10 * torch.log10(target.square().sum() / (decoded - target).square().sum())))
        losses.append(float(spectral(decoded, target)))
    shares = {}
    for name in ("band_dynamics_db", "onset_contrast"):
        original, coded = np.median([[getattr(x, name) for x in pair] for pair in crispness], axis=0)
        shares[name] = float(coded / original)
    return {"snr_db": float(np.median(ratios)), "log_spectral": float(np.mean(losses))} | shares


@torch.no_grad()
def round_trips(codec: Codec, corpus: Corpus) -> tuple[dict[str, Tensor], int]:
    """The first held-out loops, coded and decoded."""
    device = codec.latent_mean.device
    waveforms = {}
    for index in range(min(LISTEN_LOOPS, len(corpus))):
        target = torch.from_numpy(corpus.audio(index).T.copy()).unsqueeze(0).to(device)
        waveforms[f"loop_{index + 1}"] = codec.decode(codec.encode(target))[0]
    return waveforms, SAMPLE_RATE


def with_levels(config: CodecConfig, n: int) -> CodecConfig:
    """The same lows, and for the highs `n` components of their levels; 0: an encoder that learns."""
    if n == (config.latent_channels - config.low_channels) * config.has_levels:
        return config
    return replace(
        config,
        latent_channels=config.low_channels + n if n else CodecConfig.latent_channels,
        has_levels=n > 0,
        has_overtones=True,
        noise_ceiling=NOISE_CEILING if n else NOISE_CEILING_UNTOLD,
    )


def begin(given: CodecSettings, corpus: Corpus) -> Codec:
    """A codec to train: that of `--from`, of which only the lows stay where the highs are to be coded another way.

    Raises TrainingError, or CheckpointError.
    """
    had, tensors = CodecConfig(has_overtones=True, noise_ceiling=NOISE_CEILING_UNTOLD), None
    levels = given.levels
    if given.start_from is not None:
        tensors, about = checkpoint.read_part(given.start_from, "codec")
        had = CodecConfig(**checkpoint.tuples(about))
    elif levels is None:
        levels = LEVELS
    config = had if levels is None else with_levels(had, levels)
    codec = Codec(
        replace(
            config,
            n_residual_layers=given.residual_layers,
            low_filters=given.low_filters,
            high_filters=given.high_filters,
        )
    )
    if given.frames <= codec.context_frames:
        raise TrainingError(f"frames must be more than {codec.context_frames}, got {given.frames}")
    spread = np.linspace(0, len(corpus) - 1, min(FITTED_LOOPS, len(corpus)), dtype=int)
    codec.fit([torch.from_numpy(corpus.audio(int(index)).T.copy()) for index in spread])
    if tensors is None:
        return codec
    if config != had:
        if given.decoder_only:
            raise TrainingError(
                "levels are latents: they don't change with --decoder-only, but with --keep-lows"
            )
        own, n_low = codec.state_dict(), config.low_channels
        for name in ("latent_mean", "latent_std"):
            own[name][:n_low] = tensors[name][:n_low]
        tensors = own | {name: each for name, each in tensors.items() if name.startswith(("low.", "low_"))}
    checkpoint.fill(codec, tensors, given.start_from or "")
    return codec


class Sounds(Protocol):
    """Pieces of audio: a corpus, or what else is heard."""

    def __len__(self) -> int: ...

    def audio(self, index: int) -> np.ndarray:
        """[samples, 2] float32"""


@torch.no_grad()
def fit_normalisation(codec: AnyCodec, corpus: Sounds, n: int = FITTED_LOOPS) -> None:
    """Set `latent_mean` and `latent_std` from the first `n` training loops."""
    codec.latent_mean.zero_()
    codec.latent_std.fill_(1.0)
    latents = [
        codec.encode(torch.from_numpy(corpus.audio(i).T.copy()).unsqueeze(0).to(codec.latent_mean.device))[0]
        for i in range(min(n, len(corpus)))
    ]
    joined = torch.cat(latents, dim=1)
    codec.latent_mean.copy_(joined.mean(1, keepdim=True))
    codec.latent_std.copy_(joined.std(1, keepdim=True))


def train(given: CodecSettings) -> Progress:
    """Train, and write the part. Raises TrainingError or CheckpointError."""
    fabric = loop.launch(replace(given, precision="fp32"))
    torch.manual_seed(given.seed)
    corpus, heldout = Corpus(given.corpus, "train"), Corpus(given.corpus, "heldout")
    codec = begin(given, corpus)
    average = Codec(codec.config)
    average.load_state_dict(codec.state_dict())
    for pair in (codec.low, codec.high):
        if pair.encoder is not None:
            pair.encoder.requires_grad_(not given.decoder_only)
    if given.keep_lows and codec.low.encoder is not None:
        codec.low.encoder.requires_grad_(False)
    if loop.multiplies_bf16(given):
        for half in (codec.low.encoder, codec.low.decoder, codec.high.encoder, codec.high.decoder):
            if half is not None:
                half.forward = torch.autocast(fabric.device.type, torch.bfloat16)(half.forward)  # type: ignore[method-assign]
    net: nn.Module = codec
    averages: nn.Module = average
    if given.discriminator_filters:
        net = adversary.Adversary(codec, given.discriminator_filters)
        averages = adversary.Adversary(average, given.discriminator_filters)
        averages.load_state_dict(net.state_dict())
    spectral = SpectralLoss().to(fabric.device)
    attack = AttackLoss().to(fabric.device)
    margin = codec.context_frames * HOP // 2

    def batch(rng: np.random.Generator) -> tuple[Tensor, list[int]]:
        """Excerpts, and which resolutions count: not all, they would cost as much as the nets."""
        target = excerpts(corpus, given.batch, given.frames, rng)
        return target, rng.choice(len(RESOLUTIONS), 3, replace=False).tolist()

    def loss(
        net: nn.Module, drawn: tuple[Tensor, list[int]], progress: Progress
    ) -> tuple[Tensor, dict[str, Tensor]]:
        target, picks = drawn
        with torch.set_grad_enabled(not given.decoder_only):
            latents = codec.encode_excerpt(target)
        sigma = torch.rand(len(target), 1, 1, device=target.device) * given.latent_noise
        decoded = codec.decode_excerpt(latents + sigma * torch.randn_like(latents))
        inner, goal = decoded[..., margin:-margin], target[..., margin:-margin]
        parts = {
            "waveform": waveform_loss(inner, goal, given.waveform_hz),
            "spectral": spectral(inner, goal, [RESOLUTIONS[i] for i in picks]),
            "latent": latent_penalty(latents),
        }
        if given.attack:
            parts["attack"] = attack(inner, goal)
        ramp = 1.0 if given.start_from else min(1.0, max(0.0, progress.step / WAVEFORM_STEPS - 1))
        if isinstance(net, adversary.Adversary):
            parts |= net.losses(inner, goal)
            total = adversary.balanced(parts, adversary.WEIGHTS, inner) + parts["discriminator"]
        else:
            total = parts["waveform"] + 4.0 * ramp * parts["spectral"]
            if given.attack:
                total = total + given.attack * ramp * parts["attack"]
        return total + 0.1 * parts["latent"], parts

    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    task = Task(
        net=net,
        average=averages,
        optimiser=torch.optim.AdamW(trained, lr=given.lr, betas=(0.8, 0.99), weight_decay=1e-4),
        batch=batch,
        loss=loss,
        count=lambda drawn: len(drawn[0]),
        validate=lambda: validate(average, heldout, spectral),
        conclude=lambda: validate(average, heldout, spectral, FINAL_VALIDATION_LOOPS),
        listen=lambda: round_trips(average, heldout),
    )
    progress = loop.run(given, fabric, task)
    if fabric.is_global_zero:
        if not given.decoder_only:
            lows = slice(average.config.low_channels if given.keep_lows else 0)
            kept = average.latent_mean[lows].clone(), average.latent_std[lows].clone()
            # what is read again is what is fitted
            average.load_state_dict(checkpoint.dequantised(average.stored()))
            fit_normalisation(average, corpus)
            average.latent_mean[lows], average.latent_std[lows] = kept
        folder = given.checkpoint or given.out / "checkpoint"
        checkpoint.write_part(folder, "codec", average.stored(), asdict(average.config))
    fabric.barrier()
    return progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with command-line arguments (default: the program's); the exit code."""
    return command.run(CodecSettings, "training.codec", __doc__ or "", arguments, train)


if __name__ == "__main__":
    sys.exit(main())
