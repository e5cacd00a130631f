"""Train the UNet: `ladmg train --latents data/latents --checkpoint runs/checkpoint --max-minutes 80`.

Conditional flow matching on straight lines (IADB): squared error of `x_1 - x_0`. Every loop is rolled to a
random start together with its phases, so that no frame is special. Each condition is dropped on its own. The loops come
from `ladmg prepare` or `training.latents`; `--from default` goes on from the model that ships.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model import checkpoint, clap, codecs, descriptors, iadb, loops, rhythm, tags
from model.pipeline import Sampling, log_bpm
from model.unet import Conditions, UNet, UNetConfig
from training import command, loop
from training.latents import Latents
from training.loop import Progress, Task, TrainingError, TrainSettings
from training.prepared import Prepared, open_loops
from training.settings import setting

# Shares of the items in which something is asked. Words alone are what a performer gives most often.
SHARE_GRID = 0.92
SHARE_TEXT = 0.75
SHARE_AUDIO = 0.3  # of the texts, where there are embeddings of audio
SHARE_TAGS = 0.5
SHARE_TAG = 0.5  # of the tags, where some are asked; unwanted ones less often
SHARE_UNWANTED = 0.15
SHARE_DESCRIPTORS = 0.6
SHARE_DESCRIPTOR = 0.6  # of the four, where some are asked
SHARE_CONSTANT = 0.25  # of the curves: their average, as a knob gives it
N_STEPS = 8  # of a model that is played before it is distilled
JITTER = 0.15  # radians, by which embeddings of audio are moved: words never hit them exactly

FINAL_VALIDATION_LOOPS = 200
LISTEN_LOOPS, LISTEN_STEPS, LISTEN_CFG_SCALE = 3, 8, 3.0


@dataclass(frozen=True)
class UNetSettings(TrainSettings):
    """What the training of a UNet adds."""

    latents: Path = setting(
        Path("data/latents"), "folder that ladmg prepare or training.latents wrote", alias="data"
    )
    checkpoint: Path = setting(
        Path("runs/checkpoint"), "folder to write; what else a checkpoint needs is copied"
    )
    start_from: Path | None = setting(
        None, "checkpoint folder whose UNet is trained further; default: the one that ships", alias="from"
    )
    kept_channels: int = setting(
        0, "first latent channels that --from shares though its codec is another; the others begin anew"
    )
    out: Path = setting(Path("runs/unet"), "folder of the state, the log and the curves")
    max_minutes: float = setting(80.0, "of this run")
    batch_frames: int = setting(3456, "latent frames a part; 3456 is 6 loops of 4 bars")
    n_steps: int | None = setting(
        None, f"live default written to the checkpoint; default: that of --from, or {N_STEPS}"
    )
    alpha_power: float = setting(
        1.0, "of uniform alphas; above 1 more of them near the noise, where prompts decide"
    )
    validation_loops: int = setting(40, "held-out loops a validation; 200 at the end")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.alpha_power > 0:
            raise ValueError(f"alpha_power must be more than 0, got {self.alpha_power}")
        for name, low in (
            ("batch_frames", 1),
            ("n_steps", 1),
            ("validation_loops", 0),
            ("kept_channels", 0),
        ):
            value = getattr(self, name)
            if value is not None and value < low:
                raise ValueError(f"{name} must be at least {low}, got {value}")


Stats = dict[str, tuple[float, ...]]


class Buckets:
    """Loops of the same number of frames, which can share a batch; drawn by how many loops they hold.

    stats: what descriptors are standardised by, the set's own by default; text_dim: of the net, likewise.
    """

    def __init__(self, latents: Latents | Prepared, stats: Stats | None = None, text_dim: int = 0) -> None:
        self.latents = latents
        self.stats = stats or latents.descriptor_stats()
        self.text_dim = text_dim or latents.text_dim
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
        words = nn.functional.normalize(torch.stack(text), dim=1)
        return torch.stack(data), Conditions(
            phases=torch.stack(phases),
            log_bpm=torch.tensor(bpm),
            has_grid=ones,
            text=words,
            has_text=(words.norm(dim=1) > 0.5).float(),
            descriptors=torch.stack(curves),
            has_descriptors=torch.ones(len(picks), len(descriptors.NAMES)),
            tags=torch.from_numpy(self.latents.tags[picks]).float(),
            strengths=torch.ones(len(picks), 2),
        )

    def _embedding(self, index: int, rng: np.random.Generator) -> np.ndarray:
        """Of one of the loop's wordings or of its sound, jittered, sometimes or where there are no words; or zeros."""
        words, heard = self.latents.words(index), self.latents.heard(index)
        said: np.ndarray | None = words[rng.integers(len(words))] if len(words) else None
        if heard is None or (said is not None and rng.random() >= SHARE_AUDIO):
            return np.zeros(self.text_dim, np.float32) if said is None else said
        unit = nn.functional.normalize(torch.from_numpy(heard), dim=0)  # they are stored as float16
        jittered: np.ndarray = clap.jitter(unit, JITTER).numpy()
        return jittered


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


def flow_loss(
    net: nn.Module, x_1: Tensor, conditions: Conditions, x_0: Tensor, alpha: Tensor, importance: Tensor
) -> Tensor:
    """Squared error of the velocity, averaged by the channels' `importance`, [batch]."""
    velocity = net(iadb.blend(x_0, x_1, alpha), alpha, torch.zeros_like(alpha), conditions)
    error: Tensor = (velocity - (x_1 - x_0)).square().mean(2) @ (importance / importance.sum())
    return error


def stratified(n: int) -> Tensor:
    """`n` alphas, one in each n-th of 0..1, in random order: less noise in the gradient than independent ones."""
    return (torch.randperm(n) + torch.rand(n)) / n


@torch.inference_mode()
def validate(net: UNet, heldout: Buckets, n: int, importance: Tensor) -> dict[str, float]:
    """Loss on the first `n` held-out loops with fixed noise, alphas and wordings, by what is asked."""
    generator = torch.Generator().manual_seed(0)
    rng = np.random.default_rng(0)
    device = next(net.parameters()).device
    sums: dict[str, float] = {}
    count = min(n, len(heldout.latents))
    for index in range(count):
        x_1, everything = heldout.batch(np.array([index]), np.zeros(1, dtype=int), rng)
        x_1, everything = x_1.repeat(4, 1, 1), everything.repeat(4)
        x_0 = torch.randn(x_1.shape, generator=generator)
        alpha = (torch.arange(4) + torch.rand(4, generator=generator)) / 4
        x_1, everything, x_0, alpha = loop.moved((x_1, everything, x_0, alpha), device)
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
            loss = float(flow_loss(net, x_1, conditions, x_0, alpha, importance).mean())
            sums[name] = sums.get(name, 0.0) + loss / count
    return {f"val_{name}": round(value, 4) for name, value in sums.items()}


@torch.inference_mode()
def listen(net: UNet, codec: codecs.AnyCodec, heldout: Buckets) -> tuple[dict[str, Tensor], int]:
    """What the net makes of the conditions of the first held-out loops, each with always the same noise."""
    device = next(net.parameters()).device
    generator = torch.Generator().manual_seed(0)
    rng = np.random.default_rng(0)
    waveforms = {}
    for index in range(min(LISTEN_LOOPS, len(heldout.latents))):
        x_1, asked = heldout.batch(np.array([index]), np.zeros(1, dtype=int), rng)
        x_0, asked = loop.moved((torch.randn(x_1.shape, generator=generator), asked), device)
        latents = iadb.sample(net, x_0, asked, LISTEN_STEPS, LISTEN_CFG_SCALE)
        waveforms[f"loop_{index + 1}"] = codec.decode(latents.float().cpu())[0]
    return waveforms, loops.SAMPLE_RATE


def buckets_for(config: UNetConfig, loops_in: Latents | Prepared) -> Buckets:
    """Loops for a net that is there: standardised, and with words as wide, as its config has them."""
    names = ("descriptor_mean", "descriptor_std", "descriptor_spread")
    stats = {name: getattr(config, name) for name in names} if config.n_descriptors else None
    return Buckets(loops_in, stats, config.text_dim)


def config_for(train_set: Buckets) -> UNetConfig:
    """The net for this data: it knows all conditions, and has room for what distillation adds."""
    sizes: dict[str, Any] = {
        "latent_channels": train_set.latents.loop(0).shape[0],
        "text_dim": train_set.text_dim,
        "n_tags": tags.N_TAGS,
        "n_descriptors": len(descriptors.NAMES),
        "has_notes": True,
        "has_averages": True,
        "has_curves": True,
        "has_strengths": True,
    }
    return UNetConfig(**(sizes | train_set.stats))


def read_unet(
    folder: Path, about: dict[str, Any], may_be_other_latents: bool = False
) -> tuple[dict[str, Tensor], UNetConfig]:
    """Weights and sizes of a checkpoint's UNet, to go on from with loops that `about` describes.

    Raises TrainingError when they lie in other latents, unless that is meant, or their words and sounds in another
    embedding space.
    """
    tensors, config = checkpoint.read_part(folder, "unet")
    for space in ("embedding_space",) if may_be_other_latents else ("latent_space", "embedding_space"):
        if config[space] != about.get(space, config[space]):
            raise TrainingError(
                f"the UNet of {folder} was trained with {space} {config[space]}, these loops have {about[space]}: "
                f"prepare them with --checkpoint {folder}"
            )
    sizes = UNetConfig(**checkpoint.tuples(config["sizes"]))
    # an older one learns of notes, averages and curves from here on
    has_notes = sizes.has_notes or sizes.n_tags == tags.N_TAGS
    hears = sizes.n_descriptors > 0
    return tensors, replace(sizes, has_notes=has_notes, has_averages=hears, has_curves=hears)


def load(config: UNetConfig, tensors: dict[str, Tensor], source: Path | None) -> UNet:
    """A net with these weights; what it has room for and they lack, as strengths or notes, makes no difference."""
    net = UNet(config)
    later = ("strengths", "notes", "averages", "curves")
    lacking = {
        name: torch.zeros_like(weight)
        for name, weight in net.state_dict().items()
        if name.split(".")[-2] in later
    }
    checkpoint.fill(net, lacking | tensors, source or "")
    return net


def in_other_latents(
    tensors: dict[str, Tensor], config: UNetConfig, n_channels: int, n_kept: int
) -> tuple[dict[str, Tensor], UNetConfig]:
    """A UNet for `n_channels` latent channels, of which the first `n_kept` mean what they meant; it ignores the others.

    Raises TrainingError when it has fewer than `n_kept`.
    """
    had = config.latent_channels
    if n_kept > min(had, n_channels):
        raise TrainingError(f"kept_channels must be at most {min(had, n_channels)}, got {n_kept}")
    moved = dict(tensors)
    taps = UNet.STEM_TAPS
    weight = tensors["stem.linear.weight"]
    old = weight.reshape(len(weight), taps, -1)  # of each tap the latents, then the grid
    new = old.new_zeros(len(old), taps, n_channels + old.shape[2] - had)
    new[..., :n_kept], new[..., n_channels:] = old[..., :n_kept], old[..., had:]
    moved["stem.linear.weight"] = new.flatten(1)
    for name in ("head.linear.weight", "head.linear.bias"):
        moved[name] = tensors[name].new_zeros(n_channels, *tensors[name].shape[1:])
        moved[name][:n_kept] = tensors[name][:n_kept]
    return moved, replace(config, latent_channels=n_channels)


def steps_of(given: UNetSettings) -> dict[str, Any]:
    """`n_steps` and `good_steps` for the part: those that are asked for, or of `--from` as far as they are guided.

    What training goes on from may be distilled; what comes out of it is not.
    """
    n_steps = given.n_steps
    if n_steps is None and given.start_from is not None:
        part = checkpoint.read_part(given.start_from, "unet")[1]
        had = Sampling.of(part)
        many = [n for n in had.good_steps if n > had.few_steps]
        if had.n_steps > had.few_steps and many:
            return {"n_steps": had.n_steps, "good_steps": many}
    return {"n_steps": n_steps or N_STEPS, "good_steps": [n_steps or N_STEPS]}


def codec_for(target: Path, start_from: Path | None, latent_space: str) -> tuple[Path, codecs.AnyCodec]:
    """A checkpoint folder with the codec of these latents, and the codec; raises TrainingError where there is none.

    target: the folder that is written to, whose own codec must fit if it has one.
    """
    for folder in (target, start_from, checkpoint.DEFAULT_FOLDER):
        if folder is None or not (folder / checkpoint.MANIFEST).exists():
            continue
        if "codec" not in checkpoint.read_manifest(folder)["parts"]:
            continue
        codec = codecs.load_codec(folder)
        if codec.latent_space() == latent_space:
            return folder, codec
        if folder == target:
            raise TrainingError(
                f"{folder} has another codec (latent_space {codec.latent_space()}) than these loops "
                f"({latent_space}): choose another --checkpoint"
            )
    raise TrainingError(
        f"no codec of latent_space {latent_space}: --from must name the checkpoint that the loops were "
        "prepared with"
    )


def complete(folder: Path, source: Path) -> None:
    """Copy what `folder` lacks of a playable checkpoint: all parts of `source` but the UNet, and what they are."""
    manifest = checkpoint.read_manifest(source)
    here = (folder / checkpoint.MANIFEST).exists()
    present = checkpoint.read_manifest(folder)["parts"] if here else {}
    folder.mkdir(parents=True, exist_ok=True)
    for part, entry in manifest["parts"].items():
        if part == "unet" or part in present:
            continue
        files = [file for file, _ in checkpoint.part_files(source, entry)]
        for file in files:
            shutil.copyfile(file, folder / file.name)
        checkpoint.enter_part(folder, part, entry["config"], [file.name for file in files])
    known = checkpoint.read_manifest(folder)
    about = {"name": (folder.resolve().name or "unnamed")[: checkpoint.MAX_NAME]}
    if "embedding_space" in manifest:
        about["embedding_space"] = manifest["embedding_space"]
    checkpoint.annotate(folder, **{name: value for name, value in about.items() if name not in known})


def train(given: UNetSettings) -> Progress:
    """Train, and write a playable checkpoint. Raises TrainingError, CheckpointError or ShardError."""
    if given.start_from == Path("default") and not given.start_from.exists():
        given = replace(given, start_from=checkpoint.DEFAULT_FOLDER)
    fabric = loop.launch(given)
    torch.manual_seed(given.seed)
    loops_in = open_loops(given.latents, "train")
    about = loops_in.about
    if not len(loops_in):
        raise TrainingError(f"{given.latents} has no loops to train on")
    source, codec = codec_for(given.checkpoint, given.start_from, about["latent_space"])
    importance = codec.importance().to(fabric.device)
    if given.start_from is None:
        tensors = None
        train_set = Buckets(loops_in)
        config = config_for(train_set)
    else:
        tensors, config = read_unet(given.start_from, about, bool(given.kept_channels))
        if given.kept_channels:
            n_channels = loops_in.loop(0).shape[0]
            tensors, config = in_other_latents(tensors, config, n_channels, given.kept_channels)
        stats = {name: value for name, value in asdict(config).items() if name.startswith("descriptor_")}
        train_set = Buckets(loops_in, stats if config.n_descriptors else None, config.text_dim)
    heldout = Buckets(open_loops(given.latents, "heldout"), train_set.stats, train_set.text_dim)
    net = UNet(config) if tensors is None else load(config, tensors, given.start_from)
    average = UNet(config)
    average.load_state_dict(net.state_dict())

    def batch(rng: np.random.Generator) -> tuple[Tensor, Conditions]:
        x_1, conditions = train_set.draw(given.batch_frames, rng)
        return x_1, dropped(conditions)

    def loss(
        module: nn.Module, drawn: tuple[Tensor, Conditions], progress: Progress
    ) -> tuple[Tensor, dict[str, Tensor]]:
        x_1, conditions = drawn
        alpha = stratified(len(x_1)).pow(given.alpha_power).to(x_1.device)
        return flow_loss(module, x_1, conditions, torch.randn_like(x_1), alpha, importance).mean(), {}

    task = Task(
        net=net,
        average=average,
        optimiser=torch.optim.AdamW(
            net.parameters(), lr=given.lr, betas=(0.9, 0.99), weight_decay=0.01, fused=True
        ),
        batch=batch,
        loss=loss,
        count=lambda drawn: len(drawn[0]),
        validate=lambda: validate(average, heldout, given.validation_loops, importance),
        conclude=lambda: validate(average, heldout, FINAL_VALIDATION_LOOPS, importance),
        listen=lambda: listen(average, codec, heldout),
        has_learnt=given.start_from is not None,
    )
    progress = loop.run(given, fabric, task)
    if fabric.is_global_zero:
        part = steps_of(given) | {
            "sizes": asdict(config),
            "latent_space": about["latent_space"],
            "embedding_space": about["embedding_space"],
        }
        for folder in (source, given.start_from or source):  # towers come along to another codec too
            complete(given.checkpoint, folder)
        checkpoint.write_part(given.checkpoint, "unet", checkpoint.half(average.state_dict()), part)
    fabric.barrier()
    return progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with command-line arguments (default: the program's); the exit code."""
    return command.run(UNetSettings, "ladmg train", __doc__ or "", arguments, train)


if __name__ == "__main__":
    sys.exit(main())
