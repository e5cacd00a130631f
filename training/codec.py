"""Train the codec: `python -m training.codec --corpus data/corpus --out runs/codec --max-minutes 60`.

Log-spectral losses of mid and side, and a waveform loss below 2.4 kHz. (A codec without exact lows needs the waveform
first: log-spectral losses alone keep a SEANet at silence for more than a thousand steps.) The latents get noise in
training, so that the decoder forgives what the UNet gets wrong.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torchaudio
from torch import Tensor, nn
from torch.nn import functional

from model import checkpoint
from model.codec import Codec, CodecConfig, mid_side
from model.loops import HOP, SAMPLE_RATE
from training.corpus.dataset import Corpus

# Window in samples and mel bands, 0 for plain bins. Bins of long windows tell noise from a comb of tones, as mel bands
# do not; few bands of short windows follow an attack without asking for the very same noise.
RESOLUTIONS = ((2048, 0), (1024, 0), (2048, 96), (1024, 80), (512, 48), (256, 24), (128, 16), (64, 8))
FLOOR = 3e-5  # of a full-scale sine
WAVEFORM_EDGES_HZ = (0, 150, 300, 600, 1200, 2400)


class SpectralLoss(nn.Module):
    """Difference of log magnitudes (natural log) at several resolutions, of mid and side.

    Absolute, and of mel bands also squared (up to 2 nats), as in EnCodec (arXiv:2210.13438 eq. 3).
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
        decoded, target = (mid_side(w).flatten(0, 1) for w in (decoded, target))
        for size, n_mels in resolutions:
            with torch.no_grad():
                reference = self.log_magnitude(target, size, n_mels)
            difference = self.log_magnitude(decoded, size, n_mels) - reference
            total = total + difference.abs().mean()
            if (
                n_mels
            ):  # medians alone shrink the peaks of what can't be coded; single bins of noise just differ
                total = total + functional.huber_loss(difference, torch.zeros_like(difference), delta=2.0)
        return total / len(resolutions)


def waveform_loss(decoded: Tensor, target: Tensor) -> Tensor:
    """Log of the error's share of the energy: over everything, and for each octave below 2.4 kHz on its own.

    Higher up the phase of hats and noise can't be coded in 2,400 numbers a second; there only the spectra count.
    """
    spectra = torch.fft.rfft(torch.cat([decoded - target, target])).abs().square().sum(1)
    error, reference = (spectra / target.shape[-1]).chunk(2)
    total = torch.log(error.sum(1) / (reference.sum(1) + 1e-2) + 1e-3).mean()
    edges = [round(hz * target.shape[-1] / SAMPLE_RATE) for hz in WAVEFORM_EDGES_HZ]
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
    """Round trip of the first `n` held-out loops: SNR in dB (median) and the log-spectral loss."""
    ratios, losses = [], []
    for index in range(min(n, len(corpus))):
        target = torch.from_numpy(corpus.audio(index).T.copy()).unsqueeze(0)
        decoded = codec.decode(codec.encode(target))
        ratios.append(float(10 * torch.log10(target.square().sum() / (decoded - target).square().sum())))
        losses.append(float(spectral(decoded, target)))
    return {"snr_db": float(np.median(ratios)), "log_spectral": float(np.mean(losses))}


@torch.no_grad()
def fit_normalisation(codec: Codec, corpus: Corpus, n: int = 200) -> None:
    """Set `latent_mean` and `latent_std` from the first `n` training loops."""
    codec.latent_mean.zero_()
    codec.latent_std.fill_(1.0)
    latents = [
        codec.encode(torch.from_numpy(corpus.audio(i).T.copy()).unsqueeze(0))[0]
        for i in range(min(n, len(corpus)))
    ]
    joined = torch.cat(latents, dim=1)
    codec.latent_mean.copy_(joined.mean(1, keepdim=True))
    codec.latent_std.copy_(joined.std(1, keepdim=True))


def train(args: argparse.Namespace) -> None:
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    corpus, heldout = Corpus(args.corpus, "train"), Corpus(args.corpus, "heldout")
    config = CodecConfig(n_residual_layers=args.residual_layers, n_filters=args.filters)
    codec = Codec(config)
    spread = np.linspace(0, len(corpus) - 1, min(200, len(corpus)), dtype=int)
    codec.fit([torch.from_numpy(corpus.audio(int(index)).T.copy()) for index in spread])
    if args.start_from:
        codec.load_state_dict(checkpoint.read_part(args.start_from, "codec")[0])
    for net in (codec.encoder, codec.decoder):  # not the transforms: they need all their digits
        net.forward = torch.autocast("cpu", torch.bfloat16)(net.forward)
    trained = list((codec.decoder if args.decoder_only else codec).parameters())
    average = Codec(config).requires_grad_(False)  # not a deepcopy: weight norm leaves a non-leaf behind
    average.load_state_dict(codec.state_dict())
    spectral = SpectralLoss()
    optimiser = torch.optim.AdamW(trained, lr=args.lr, betas=(0.8, 0.99), weight_decay=1e-4)
    step, trained_s = 0, 0.0
    state_file = out / "state.pt"
    if args.resume and state_file.exists():
        state = torch.load(state_file, weights_only=True)
        codec.load_state_dict(state["codec"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step, trained_s = state["step"], state["trained_s"]
        rng = np.random.default_rng([args.seed, step])
    budget_s = args.max_minutes * 60
    log = (out / "log.jsonl").open("a", encoding="utf-8")
    started = last_save = last_step = time.monotonic()
    sums: dict[str, float] = {}
    margin = codec.context_frames * HOP // 2

    def save() -> None:
        state = {
            "codec": codec.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
        }
        torch.save(state | {"step": step, "trained_s": trained_s}, state_file.with_suffix(".tmp"))
        state_file.with_suffix(".tmp").replace(state_file)

    while time.monotonic() - started < budget_s:
        progress = (time.monotonic() - started) / budget_s
        for group in optimiser.param_groups:
            group["lr"] = (
                args.lr
                * min(1.0, (step + 1) / 100)
                * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
            )
        target = excerpts(corpus, args.batch, args.frames, rng)
        with torch.set_grad_enabled(not args.decoder_only):
            latents = codec.encode_excerpt(target)
        sigma = torch.rand(len(target), 1, 1) * args.latent_noise
        decoded = codec.decode_excerpt(latents + sigma * torch.randn_like(latents))
        inner, goal = decoded[..., margin:-margin], target[..., margin:-margin]
        picks = rng.choice(len(RESOLUTIONS), 3, replace=False)  # not all: they would cost as much as the nets
        resolutions = [RESOLUTIONS[i] for i in picks]
        parts = {
            "waveform": waveform_loss(inner, goal),
            "spectral": spectral(inner, goal, resolutions),
            "latent": latent_penalty(latents[:, sum(config.n_low) :]),
        }
        loss = 0.5 * parts["waveform"] + 4.0 * parts["spectral"] + 0.1 * parts["latent"]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(trained, args.clip)
        if torch.isfinite(norm):
            optimiser.step()
        step += 1
        decay = min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            for mean, value in zip(average.parameters(), codec.parameters(), strict=True):
                mean.lerp_(value, 1 - decay)
        for name, value in {**parts, "norm": norm}.items():
            sums[name] = sums.get(name, 0.0) + value.item()
        now = time.monotonic()
        trained_s, last_step = trained_s + now - last_step, now
        if step % args.log_every == 0:
            row = {
                "step": step,
                "minutes": round(trained_s / 60, 2),
                **{k: round(v / args.log_every, 4) for k, v in sums.items()},
            }
            sums = {}
            if step % (args.log_every * 5) == 0:
                row |= {k: round(v, 3) for k, v in validate(average, heldout, spectral).items()}
            print(json.dumps(row), flush=True)
            log.write(json.dumps(row) + "\n")
            log.flush()
        if now - last_save > 120:
            save()
            last_save = now
    save()
    if not args.decoder_only:
        fit_normalisation(average, corpus)
    row = {
        "step": step,
        "minutes": round(trained_s / 60, 2),
        "final": validate(average, heldout, spectral, 64),
    }
    print(json.dumps(row), flush=True)
    log.write(json.dumps(row) + "\n")
    checkpoint.write_part(
        args.checkpoint or out / "checkpoint", "codec", checkpoint.half(average.state_dict()), asdict(config)
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--out", type=Path, default=Path("runs/codec"))
    parser.add_argument(
        "--checkpoint", type=Path, help="checkpoint folder to write the part to (default: OUT/checkpoint)"
    )
    parser.add_argument("--max-minutes", type=float, default=60.0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start-from", type=Path, help="checkpoint folder whose codec is trained further")
    parser.add_argument(
        "--decoder-only", action="store_true", help="freeze encoder and latents: UNets stay valid"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=10, help="excerpts a step")
    parser.add_argument("--frames", type=int, default=48, help="latent frames an excerpt")
    parser.add_argument("--filters", type=int, default=CodecConfig.n_filters)
    parser.add_argument("--residual-layers", type=int, default=CodecConfig.n_residual_layers)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--clip", type=float, default=5.0)
    parser.add_argument(
        "--latent-noise", type=float, default=0.15, help="largest noise on the latents, of unit variance"
    )
    parser.add_argument("--log-every", type=int, default=50)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
