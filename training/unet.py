"""Train the UNet: `python -m training.unet --latents data/latents --checkpoint runs/checkpoint --max-minutes 80`.

Conditional flow matching on straight lines (IADB): squared error of `x_1 - x_0`. Every loop is rolled to a
random start together with its phases, so that no frame is special. Each condition is dropped on its own.
"""

from __future__ import annotations

import argparse
import json
import time
from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model import checkpoint, descriptors, iadb, rhythm, tags
from model.pipeline import log_bpm
from model.unet import Conditions, UNet, UNetConfig
from training.latents import Latents

# Shares of the items in which something is asked. Words alone are what a performer gives most often.
SHARE_GRID = 0.92
SHARE_TEXT = 0.75
SHARE_AUDIO = 0.3  # of the texts, where there are embeddings of audio
SHARE_TAGS = 0.35
SHARE_TAG = 0.5  # of the tags, where some are asked; unwanted ones less often
SHARE_UNWANTED = 0.15
SHARE_DESCRIPTORS = 0.4
SHARE_DESCRIPTOR = 0.5  # of the four, where some are asked
SHARE_CONSTANT = 0.5  # of the curves: their average, as a knob gives it
JITTER = 0.15  # length of the noise on an embedding of audio: words never hit it exactly


class Buckets:
    """Loops of the same number of frames, which can share a batch; drawn by how many loops they hold.

    stats: what descriptors are standardised by, the set's own by default.
    """

    def __init__(self, latents: Latents, stats: dict[str, tuple[float, ...]] | None = None) -> None:
        self.latents = latents
        self.stats = stats or latents.descriptor_stats()
        lengths, counts = np.unique(latents.frames, return_counts=True)
        self._members = [np.flatnonzero(latents.frames == length) for length in lengths]
        self._weights = counts * lengths / (counts * lengths).sum()

    def draw(self, n_frames: int, rng: np.random.Generator) -> tuple[Tensor, Conditions]:
        """A batch of about `n_frames` latent frames in all: data [batch, channels, frames] and its conditions."""
        members = self._members[rng.choice(len(self._members), p=self._weights)]
        n = max(1, round(n_frames / self.latents.frames[members[0]]))
        picks = rng.permutation(members)[:n] if len(members) >= n else rng.choice(members, n)
        return self.batch(picks, rng.integers(self.latents.frames[members[0]], size=n), rng)

    def batch(
        self, picks: np.ndarray, starts: np.ndarray, rng: np.random.Generator
    ) -> tuple[Tensor, Conditions]:
        data, phases, text, bpm, curves = [], [], [], [], []
        mean, std = (np.array(self.stats[f"descriptor_{name}"])[:, None] for name in ("mean", "std"))
        for index, start in zip(picks.tolist(), starts.tolist(), strict=True):
            frames, n_bars = int(self.latents.frames[index]), int(self.latents.n_bars[index])
            data.append(torch.from_numpy(np.roll(self.latents.loop(index), -start, axis=1)))
            swing = float(self.latents.swing[index])
            phases.append(rhythm.phases(frames, n_bars, start_frame=start, swing=swing))
            text.append(torch.from_numpy(self._embedding(index, rng)))
            bpm.append(log_bpm(frames, n_bars))
            standardised = (self.latents.descriptors(index) - mean) / std
            curves.append(torch.from_numpy(np.roll(standardised, -start, axis=1)).float())
        ones = torch.ones(len(picks))
        return torch.stack(data), Conditions(
            phases=torch.stack(phases),
            log_bpm=torch.tensor(bpm),
            has_grid=ones,
            text=nn.functional.normalize(torch.stack(text), dim=1),
            has_text=ones,
            descriptors=torch.stack(curves),
            has_descriptors=torch.ones(len(picks), len(descriptors.NAMES)),
            tags=torch.from_numpy(self.latents.tags[picks]).float(),
            strengths=torch.ones(len(picks), 2),
        )

    def _embedding(self, index: int, rng: np.random.Generator) -> np.ndarray:
        """Of one of the loop's wordings or, sometimes, of its sound, jittered."""
        words = self.latents.captions[index, rng.integers(self.latents.captions.shape[1])].astype(np.float32)
        if self.latents.audio is None or rng.random() >= SHARE_AUDIO:
            return words
        heard = self.latents.audio[index].astype(np.float32)
        return heard + JITTER / len(heard) ** 0.5 * rng.standard_normal(len(heard), dtype=np.float32)


def dropped(conditions: Conditions) -> Conditions:
    """What a performer might have asked: of each item some conditions, of its tags some, of its curves averages."""
    batch, n_descriptors = conditions.has_descriptors.shape
    has_descriptors = draw(SHARE_DESCRIPTORS, batch, 1) * draw(SHARE_DESCRIPTOR, batch, n_descriptors)
    flat = draw(SHARE_CONSTANT, batch, 1, 1)
    curves = conditions.descriptors
    kept = torch.where(
        conditions.tags > 0,
        draw(SHARE_TAG, *conditions.tags.shape),
        draw(SHARE_UNWANTED, *conditions.tags.shape),
    )
    return replace(
        conditions,
        has_grid=conditions.has_grid * draw(SHARE_GRID, batch),
        has_text=conditions.has_text * draw(SHARE_TEXT, batch),
        descriptors=torch.lerp(curves, curves.mean(2, keepdim=True).expand_as(curves), flat),
        has_descriptors=conditions.has_descriptors * has_descriptors,
        tags=conditions.tags * kept * draw(SHARE_TAGS, batch, 1),
    )


def draw(share: float, *shape: int) -> Tensor:
    """1 in this share of the places, 0 elsewhere."""
    return (torch.rand(shape) < share).float()


def flow_loss(net: nn.Module, x_1: Tensor, conditions: Conditions, x_0: Tensor, alpha: Tensor) -> Tensor:
    """Squared error of the velocity, [batch]."""
    velocity = net(iadb.blend(x_0, x_1, alpha), alpha, torch.zeros_like(alpha), conditions)
    return (velocity - (x_1 - x_0)).square().mean((1, 2))


def stratified(n: int) -> Tensor:
    """`n` alphas, one in each n-th of 0..1, in random order: less noise in the gradient than independent ones."""
    return (torch.randperm(n) + torch.rand(n)) / n


@torch.inference_mode()
def validate(net: UNet, heldout: Buckets, n: int) -> dict[str, float]:
    """Loss on the first `n` held-out loops with fixed noise, alphas and wordings, by what is asked."""
    generator = torch.Generator().manual_seed(0)
    rng = np.random.default_rng(0)
    sums: dict[str, float] = {}
    count = min(n, len(heldout.latents))
    for index in range(count):
        x_1, everything = heldout.batch(np.array([index]), np.zeros(1, dtype=int), rng)
        x_1, everything = x_1.repeat(4, 1, 1), everything.repeat(4)
        x_0 = torch.randn(x_1.shape, generator=generator)
        alpha = (torch.arange(4) + torch.rand(4, generator=generator)) / 4
        grid = everything.without_content()
        off = torch.zeros_like(everything.has_grid)
        asked = {
            "text": replace(grid, has_text=everything.has_text),
            "tags": replace(grid, tags=everything.tags),
            "descriptors": replace(grid, has_descriptors=everything.has_descriptors),
            "grid": grid,
            "no_grid": replace(grid, has_text=everything.has_text, has_grid=off),
        }
        for name, conditions in asked.items():
            with torch.autocast("cpu", torch.bfloat16):
                loss = float(flow_loss(net, x_1, conditions, x_0, alpha).mean())
            sums[name] = sums.get(name, 0.0) + loss / count
    return {f"val_{name}": round(value, 4) for name, value in sums.items()}


def config_for(train_set: Buckets) -> UNetConfig:
    """The net for this data: it knows all conditions, and has room for what distillation adds."""
    return UNetConfig(
        latent_channels=train_set.latents.loop(0).shape[0],
        text_dim=train_set.latents.captions.shape[-1],
        n_tags=tags.N_TAGS,
        n_descriptors=len(descriptors.NAMES),
        has_strengths=True,
        **train_set.stats,
    )


def train(args: argparse.Namespace) -> None:
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    train_set = Buckets(Latents(args.latents, "train"))
    heldout = Buckets(Latents(args.latents, "heldout"), train_set.stats)
    config = config_for(train_set)
    net = UNet(config)
    if args.start_from:
        net.load_state_dict(checkpoint.read_part(args.start_from, "unet")[0])
    average = deepcopy(net).requires_grad_(False)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.lr, betas=(0.9, 0.99), weight_decay=0.01)
    step, trained_s, n_loops = 0, 0.0, 0
    state_file = args.out / "state.pt"
    if args.resume and state_file.exists():
        state = torch.load(state_file, weights_only=True)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step, trained_s, n_loops = state["step"], state["trained_s"], state["n_loops"]
        rng = np.random.default_rng([args.seed, step])
        torch.manual_seed(args.seed + step)

    def save() -> None:
        state = {
            "net": net.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
        }
        torch.save(
            state | {"step": step, "trained_s": trained_s, "n_loops": n_loops}, state_file.with_suffix(".tmp")
        )
        state_file.with_suffix(".tmp").replace(state_file)

    total_s = args.total_minutes * 60 if args.total_minutes else trained_s + args.max_minutes * 60
    log = (args.out / "log.jsonl").open("a", encoding="utf-8")
    started = last_save = last_step = time.monotonic()
    sums, norms = 0.0, 0.0
    while time.monotonic() - started < args.max_minutes * 60:
        progress = min(1.0, trained_s / total_s)
        lr = args.lr * min(1.0, (step + 1) / 200) * min(1.0, 0.01 + (1 - progress) / args.decay_share)
        for group in optimiser.param_groups:
            group["lr"] = lr
        x_1, conditions = train_set.draw(args.batch_frames, rng)
        with torch.autocast("cpu", torch.bfloat16):
            loss = flow_loss(
                net, x_1, dropped(conditions), torch.randn_like(x_1), stratified(len(x_1))
            ).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if torch.isfinite(norm):
            optimiser.step()
        step, n_loops = step + 1, n_loops + len(x_1)
        with torch.no_grad():
            torch._foreach_lerp_(
                list(average.parameters()),
                list(net.parameters()),
                1 - min(args.ema, (1 + step) / (10 + step)),
            )
        sums, norms = sums + loss.item(), norms + norm.item()
        now = time.monotonic()
        trained_s, last_step = trained_s + now - last_step, now
        if step % args.log_every == 0:
            row = {"step": step, "minutes": round(trained_s / 60, 2), "loops": n_loops, "lr": round(lr, 6)}
            row |= {"loss": round(sums / args.log_every, 4), "norm": round(norms / args.log_every, 3)}
            sums = norms = 0.0
            if step % (args.log_every * 10) == 0:
                row |= validate(average, heldout, args.validation_loops)
            print(json.dumps(row), flush=True)
            log.write(json.dumps(row) + "\n")
            log.flush()
        if now - last_save > 120:
            save()
            last_save = now
    save()
    row = {
        "step": step,
        "minutes": round(trained_s / 60, 2),
        "loops": n_loops,
        **validate(average, heldout, 200),
    }
    print(json.dumps(row), flush=True)
    log.write(json.dumps(row) + "\n")
    about = train_set.latents.about
    part = {
        "sizes": asdict(config),
        "n_steps": args.n_steps,
        "latent_space": about["latent_space"],
        "embedding_space": about["embedding_space"],
    }
    checkpoint.write_part(args.checkpoint, "unet", checkpoint.half(average.state_dict()), part)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--latents", type=Path, default=Path("data/latents"))
    parser.add_argument(
        "--checkpoint", type=Path, default=Path("runs/checkpoint"), help="folder to write the part to"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/unet"))
    parser.add_argument("--max-minutes", type=float, default=80.0, help="of this run")
    parser.add_argument(
        "--total-minutes",
        type=float,
        help="of all runs, for the learning rate's decay (default: up to the end of this one)",
    )
    parser.add_argument("--resume", action="store_true", help="go on from OUT/state.pt")
    parser.add_argument("--start-from", type=Path, help="checkpoint folder whose UNet is trained further")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--batch-frames", type=int, default=3456, help="latent frames a step; 3456 is 6 loops of 4 bars"
    )
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument(
        "--decay-share",
        type=float,
        default=0.5,
        help="last share of the time in which the learning rate falls to zero",
    )
    parser.add_argument("--ema", type=float, default=0.999)
    parser.add_argument("--n-steps", type=int, default=12, help="live default written to the checkpoint")
    parser.add_argument("--validation-loops", type=int, default=40)
    parser.add_argument("--log-every", type=int, default=50)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
