"""Distil the UNet into few steps: `ladmg distill --latents data/latents --checkpoint runs/checkpoint --max-minutes 60`.

The UNet of the checkpoint is taught to answer with average velocities over whole steps of its own guided flow, the
strengths of guidance being inputs (training/flow_maps.py has the recipes), and takes its place there. The teacher stays
in OUT/teacher. `--evaluate` only measures: how far from the teacher's end point a few steps land, from the same noise.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from model import checkpoint, iadb, noise
from model.checkpoint import CheckpointError
from model.pipeline import Sampling
from model.unet import Conditions, UNet, UNetConfig
from training import command, flow_maps, loop
from training.flow_maps import DEFAULT_STRENGTHS, N_STEPS, Points, Velocity
from training.loop import Progress, Task, TrainingError, TrainSettings
from training.prepared import open_loops
from training.settings import numbers, setting
from training.unet import Buckets, buckets_for, complete, dropped, load

RecipeName = Literal["path", "shortcut", "mean_flow"]
STRENGTHS = (DEFAULT_STRENGTHS, (1.0, 1.0), (3.0, 1.0))  # that are evaluated: cfg_scale, cfg_grid
EVALUATION = "evaluation.json"
Batch = tuple[Tensor, Conditions]


@dataclass(frozen=True)
class DistillSettings(TrainSettings):
    """What distilling has besides what all trainings have."""

    out: Path = setting(Path("runs/distill"), "folder of the teacher, the state, the log and the curves")
    lr: float = setting(3e-4, "highest learning rate")
    latents: Path = setting(
        Path("data/latents"), "folder that ladmg prepare or training.latents wrote", alias="data"
    )
    checkpoint: Path = setting(Path("runs/checkpoint"), "checkpoint folder to write")
    teacher: Path | None = setting(
        None,
        "checkpoint folder of the teacher; default: --checkpoint, whose UNet is copied to OUT/teacher before",
        alias="from",
    )
    recipe: RecipeName = setting("path", "how the student learns; see training/flow_maps.py")
    batch_frames: int = setting(9216, "latent frames a step that the student answers; 9216 is 16 loops")
    path_substeps: int = setting(24, "of the teacher from noise to data, in the recipe path")
    path_points: int = setting(16, "that the student learns from one path of the teacher at a time")
    path_uses: int = setting(1, "times that a path is learnt from; a run that is resumed then walks others")
    rescale: float = setting(0.0, "0..1, of guidance to the loudness of what is asked, as the sampler's")
    n_steps: int = setting(4, "live default written to the checkpoint")
    good_steps: str = setting(
        "", "numbers of steps to choose from live, as 1,2,4; default: those that land near the teacher's loop"
    )
    validation_loops: int = setting(4, "held-out loops")
    evaluation_loops: int = setting(16, "held-out loops")
    teacher_steps: int = setting(50, "of the teacher to the end point that all is measured against")
    evaluate: bool = setting(False, "only measure the checkpoint's distilled UNet")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.recipe not in get_args(RecipeName):
            raise ValueError(f"recipe must be one of {', '.join(get_args(RecipeName))}, got {self.recipe!r}")
        if self.path_substeps < 1 or self.path_substeps % 12:
            raise ValueError(f"path_substeps must be a multiple of 12, got {self.path_substeps}")
        if self.n_steps not in N_STEPS:
            raise ValueError(f"n_steps must be one of {', '.join(map(str, N_STEPS))}, got {self.n_steps}")
        numbers("good_steps", self.good_steps)
        if not 0 <= self.rescale <= 1:
            raise ValueError(f"rescale must be in 0..1, got {self.rescale}")
        counts = (
            "batch_frames",
            "path_points",
            "path_uses",
            "validation_loops",
            "evaluation_loops",
            "teacher_steps",
        )
        for name in counts:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


def distill(settings: DistillSettings) -> None:
    """Train, measure, and write the part; or only measure. Raises TrainingError, CheckpointError or ShardError."""
    if settings.teacher == Path("default") and not settings.teacher.exists():
        settings = replace(settings, teacher=checkpoint.DEFAULT_FOLDER)
    fabric = loop.launch(settings)
    if settings.evaluate:
        print(json.dumps(evaluate_checkpoint(settings, fabric), indent=2))
        return
    torch.manual_seed(settings.seed)
    tensors, part = read_teacher(settings, fabric)
    config = UNetConfig(**checkpoint.tuples(part["sizes"]))
    teacher = frozen(load(config, tensors, teacher_folder(settings)), fabric)
    wider = replace(config, has_strengths=True)
    net, average = (load(wider, tensors, teacher_folder(settings)) for _ in range(2))
    train_set, heldout = (data(settings, split, config, part) for split in ("train", "heldout"))
    fewest = Sampling.of(part).good_steps[0]
    found: dict[str, Any] = {"good_steps": []}  # until measured, which a run that is stopped is not

    def conclude() -> dict[str, float]:
        found.update(evaluate(average, teacher, heldout, settings, fewest))
        write_evaluation(settings, found | {"recipe": settings.recipe, "rescale": settings.rescale})
        row = found["mse"][0]["student"]
        return {f"mse_{n}": mse for n, mse in zip(N_STEPS, row, strict=True)}

    task = task_for(settings, teacher, net, average, train_set, heldout)
    loop.run(settings, fabric, replace(task, conclude=conclude) if len(heldout.latents) else task)
    if fabric.is_global_zero:
        said = {"sizes": asdict(wider), "distilled": True, "recipe": settings.recipe}
        good_steps = numbers("good_steps", settings.good_steps) or found["good_steps"]
        said |= {"rescale": settings.rescale, "good_steps": good_steps}
        said |= {"teacher_n_steps": fewest, "n_steps": settings.n_steps}
        if settings.teacher is not None:
            complete(settings.checkpoint, settings.teacher)
        weights = checkpoint.half(average.state_dict())
        checkpoint.write_part(settings.checkpoint, "unet", weights, part | said)
    fabric.barrier()


def task_for(
    settings: DistillSettings, teacher: UNet, net: UNet, average: UNet, train_set: Buckets, heldout: Buckets
) -> Task[Batch]:
    """Distilling as the training loop knows it; `average` is also the student that a recipe learns from."""
    velocity = flow_maps.guided_by(teacher, settings.rescale)
    recipe = flow_maps.RECIPES[settings.recipe]
    n_frames = settings.batch_frames
    if settings.recipe == "path":
        recipe = flow_maps.Paths(settings.path_substeps, settings.path_points, settings.path_uses)
        n_frames //= settings.path_points

    def batch(rng: np.random.Generator) -> Batch:
        x_1, everything = train_set.draw(n_frames, rng)
        return x_1, replace(dropped(everything), strengths=flow_maps.draw_strengths(len(x_1)))

    def loss(net: torch.nn.Module, batch: Batch, _: Progress) -> tuple[Tensor, dict[str, Tensor]]:
        points: Points = recipe(velocity, average, *batch)
        losses = flow_maps.loss(net, points)
        return losses.mean(), by_step(losses, points.step)

    optimiser = torch.optim.AdamW(net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01)
    judge = judged_on(heldout, settings.validation_loops, settings.teacher_steps, velocity)
    return Task(
        net=net,
        average=average,
        optimiser=optimiser,
        batch=batch,
        loss=loss,
        count=lambda batch: len(batch[0]),
        validate=(lambda: judge(average)) if len(heldout.latents) else dict,
    )


def by_step(losses: Tensor, step: Tensor) -> dict[str, Tensor]:
    """Losses by the length of the step; where a batch has none of a kind, the mean of all stands in."""
    kinds = {"instant": step == 0, "short": (step > 0) & (step < 0.25), "long": step >= 0.25}
    mean = losses.mean()
    return {
        f"loss_{kind}": torch.where(mask.any(), (losses * mask).sum() / mask.sum().clamp_min(1), mean)
        for kind, mask in kinds.items()
    }


def judged_on(
    heldout: Buckets, n_loops: int, teacher_steps: int, velocity: Velocity
) -> Callable[[UNet], dict[str, float]]:
    """Squared distance of a student's loops to the teacher's, whose own are made once, at the default strengths."""
    ends: list[tuple[Tensor, Conditions, Tensor]] = []

    def judge(student: UNet) -> dict[str, float]:
        if not ends:
            device = next(student.parameters()).device
            for x_0, asked in question(heldout, n_loops, (DEFAULT_STRENGTHS,), device):
                ends.append((x_0, asked, flow_maps.end_of(velocity, x_0, asked, teacher_steps)))
        figures = {}
        for n in (1, 2, 4, 8):
            errors = [(few(student, x_0, asked, n) - end).square().mean() for x_0, asked, end in ends]
            figures[f"val_mse_{n}"] = round(float(torch.stack(errors).mean()), 5)
        return figures

    return judge


def question(
    heldout: Buckets, n_loops: int, strengths: tuple[tuple[float, float], ...], device: torch.device
) -> list[tuple[Tensor, Conditions]]:
    """Noise and what is asked (grid and words, as a performer does) of the first held-out loops, a batch each.

    A batch has one item for each pair of strengths, from the same noise.
    """
    rng = np.random.default_rng(0)
    questions = []
    for index in range(min(n_loops, len(heldout.latents))):
        x_1, everything = heldout.batch(np.array([index]), np.zeros(1, dtype=int), rng)
        asked = replace(everything.without_content(), has_text=everything.has_text).repeat(len(strengths))
        asked = replace(asked, strengths=torch.tensor(strengths))
        x_0 = noise.harmonic_noise(index, x_1.shape[1], x_1.shape[2]).repeat(len(strengths), 1, 1)
        questions.append((x_0.to(device), loop.moved(asked, device)))
    return questions


@torch.no_grad()
def few(student: UNet, x_0: Tensor, asked: Conditions, n_steps: int) -> Tensor:
    """Data in `n_steps` of the student, each item with its own strengths."""

    def told(x: Tensor, alpha: Tensor, step: Tensor, _: Conditions) -> Tensor:
        velocity: Tensor = student(x, alpha, step, asked)
        return velocity

    return iadb.sample(told, x_0, asked, n_steps, distilled=True)


def evaluate(
    student: UNet, teacher: UNet, heldout: Buckets, settings: DistillSettings, live_steps: int
) -> dict[str, Any]:
    """How far n steps land from the guided teacher's `teacher_steps` ones, over held-out loops, by strengths and n.

    mse: of standardised latents, in order of `n_steps`: of the student, of the teacher's own guided steps, and of
    its steps without guidance. other_seed: the same distance between two of the teacher's loops. power: mean
    square of the student's loops over that of the teacher's; a student that blurs has less than 1.
    good_steps: those with which the student lands no farther off than the teacher does with `live_steps`.
    """
    velocity = flow_maps.guided_by(teacher, settings.rescale)
    device = next(student.parameters()).device
    sums = {
        name: np.zeros((len(STRENGTHS), len(N_STEPS))) for name in ("student", "teacher", "plain", "power")
    }
    live, other_seed = np.zeros(len(STRENGTHS)), np.zeros(len(STRENGTHS))
    questions = question(heldout, settings.evaluation_loops, STRENGTHS, device)
    for x_0, asked in questions:
        plain = replace(asked, strengths=torch.ones_like(asked.strengths))
        end = flow_maps.end_of(velocity, x_0, asked, settings.teacher_steps)
        other = flow_maps.end_of(velocity, x_0.roll(1, 1), asked, settings.teacher_steps)
        nothing = torch.zeros_like(end)
        other_seed += distance(other, end)
        live += distance(flow_maps.end_of(velocity, x_0, asked, live_steps), end)
        for column, n in enumerate(N_STEPS):
            reached = few(student, x_0, asked, n)
            sums["student"][:, column] += distance(reached, end)
            sums["power"][:, column] += distance(reached, nothing) / distance(end, nothing)
            sums["teacher"][:, column] += distance(flow_maps.end_of(velocity, x_0, asked, n), end)
            sums["plain"][:, column] += distance(flow_maps.end_of(velocity, x_0, plain, n), end)
    means = {name: total / len(questions) for name, total in sums.items()}
    rows = [
        {"cfg_scale": cfg_scale, "cfg_grid": cfg_grid, "other_seed": rounded(other_seed[i] / len(questions))}
        | {name: rounded(mean[i]) for name, mean in means.items()}
        for i, (cfg_scale, cfg_grid) in enumerate(STRENGTHS)
    ]
    allowed = 1.001 * live[0] / len(questions)  # the same steps in another order of sums are as good
    good = [n for n, mse in zip(N_STEPS, means["student"][0], strict=True) if mse <= allowed]
    about = {"n_steps": list(N_STEPS), "loops": len(questions), "teacher_steps": settings.teacher_steps}
    return about | {"live_steps": live_steps, "mse": rows, "good_steps": good}


def distance(a: Tensor, b: Tensor) -> np.ndarray:
    """Mean squared difference of each item, [batch]."""
    squared: np.ndarray = (a - b).float().square().mean((1, 2)).double().cpu().numpy()
    return squared


def rounded(values: Any) -> Any:
    return np.asarray(values).round(5).tolist()


def evaluate_checkpoint(settings: DistillSettings, fabric: Fabric) -> dict[str, Any]:
    """`evaluate` of the checkpoint's UNet against the teacher; leaves OUT/evaluation.json."""
    tensors, part = checkpoint.read_part(settings.checkpoint, "unet")
    if not part.get("distilled"):
        raise TrainingError(f"the UNet of {settings.checkpoint} is not distilled: nothing to evaluate")
    teacher_tensors, teacher_part = checkpoint.read_part(teacher_folder(settings), "unet")
    config = UNetConfig(**checkpoint.tuples(part["sizes"]))
    teacher_config = UNetConfig(**checkpoint.tuples(teacher_part["sizes"]))
    student = frozen(load(config, tensors, settings.checkpoint), fabric)
    teacher = frozen(load(teacher_config, teacher_tensors, teacher_folder(settings)), fabric)
    heldout = data(settings, "heldout", config, part)
    if not len(heldout.latents):
        raise TrainingError(f"{settings.latents} has no held-out loops to evaluate with")
    settings = replace(settings, rescale=part["rescale"])
    with torch.no_grad(), fabric.autocast():
        result = evaluate(student, teacher, heldout, settings, part["teacher_n_steps"])
    result |= {"recipe": part["recipe"], "rescale": part["rescale"]}
    write_evaluation(settings, result)
    return result


def write_evaluation(settings: DistillSettings, result: dict[str, Any]) -> None:
    settings.out.mkdir(parents=True, exist_ok=True)
    (settings.out / EVALUATION).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def teacher_folder(settings: DistillSettings) -> Path:
    return settings.teacher or settings.out / "teacher"


def read_teacher(settings: DistillSettings, fabric: Fabric) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and config of the teacher; the checkpoint's UNet becomes it when a training begins.

    Raises CheckpointError when that one is distilled already, and so is no teacher.
    """
    folder = teacher_folder(settings)
    begins = not (settings.out / loop.STATE).exists()
    if fabric.is_global_zero and settings.teacher is None and begins:
        tensors, part = checkpoint.read_part(settings.checkpoint, "unet")
        refuse_distilled(settings.checkpoint, part)
        checkpoint.write_part(folder, "unet", checkpoint.half(tensors), part)
    fabric.barrier()
    tensors, part = checkpoint.read_part(folder, "unet")
    refuse_distilled(folder, part)
    return tensors, part


def refuse_distilled(folder: Path, part: dict[str, Any]) -> None:
    if part.get("distilled"):
        raise CheckpointError(
            f"the UNet of {folder} is distilled already: name the folder of its teacher with --from"
        )


def frozen(net: UNet, fabric: Fabric) -> UNet:
    return net.eval().requires_grad_(False).to(fabric.device)


def data(settings: DistillSettings, split: str, config: UNetConfig, part: dict[str, Any]) -> Buckets:
    """One split, standardised as the teacher's was; raises TrainingError when its spaces are not the teacher's."""
    loops = open_loops(settings.latents, split)
    for space in ("latent_space", "embedding_space"):
        if loops.about.get(space, part[space]) != part[space]:
            raise TrainingError(
                f"{settings.latents} has {space} {loops.about[space]}, the teacher {part[space]}: prepare the loops "
                "with the teacher's checkpoint"
            )
    return buckets_for(config, loops)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with command-line arguments (default: the program's); the exit code."""
    return command.run(DistillSettings, "ladmg distill", __doc__ or "", arguments, distill)


if __name__ == "__main__":
    sys.exit(main())
