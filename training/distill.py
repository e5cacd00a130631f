"""Distil the UNet into few steps: `ladmg distill --latents data/latents --checkpoint runs/checkpoint --max-minutes 60`.

The UNet of the checkpoint is taught to answer with average velocities over whole steps of its own guided flow, the
strengths of guidance being inputs (training/flow_maps.py has the recipes), and takes its place there. Asked for the
velocity at a point it goes on learning from loops, so that more than `--few-steps` steps are taken as before, with
guidance in several passes. The teacher stays in OUT/teacher. `--evaluate` only measures: how far from the teacher's end
point a few steps land, from the same noise.
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
from model.pipeline import Sampling
from model.unet import Conditions, UNet, UNetConfig
from training import command, flow_maps, loop
from training.flow_maps import DEFAULT_STRENGTHS, N_STEPS, Points, Velocity
from training.loop import Progress, Task, TrainingError, TrainSettings
from training.prepared import open_loops
from training.settings import numbers, setting
from training.unet import (
    Buckets,
    buckets_for,
    codec_for,
    complete,
    dropped,
    flow_loss,
    load,
    stratified,
    validate,
)

RecipeName = Literal["path", "shortcut", "mean_flow"]
STRENGTHS = (DEFAULT_STRENGTHS, (1.0, 1.0), (3.0, 1.0))  # that are evaluated: cfg_scale, cfg_grid
EVALUATION = "evaluation.json"
Loops = tuple[Tensor, Conditions]


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
    data_frames: int = setting(
        2304, "latent frames a step of loops, from which it learns the velocity at a point; 0: none"
    )
    alpha_power: float = setting(1.0, "of uniform alphas of these; above 1 more of them near the noise")
    rescale: float = setting(0.0, "0..1, of guidance to the loudness of what is asked, as the sampler's")
    few_steps: int = setting(
        4, "up to how many steps are one pass each; more are guided in several, as before"
    )
    n_steps: int | None = setting(None, "live default written to the checkpoint; default: the teacher's")
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
        if self.few_steps not in N_STEPS:
            raise ValueError(f"few_steps must be one of {', '.join(map(str, N_STEPS))}, got {self.few_steps}")
        self.paths()
        numbers("good_steps", self.good_steps)
        if self.data_frames < 0:
            raise ValueError(f"data_frames must be at least 0, got {self.data_frames}")
        if not self.alpha_power > 0:
            raise ValueError(f"alpha_power must be more than 0, got {self.alpha_power}")
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
        if self.n_steps is not None and self.n_steps < 1:
            raise ValueError(f"n_steps must be at least 1, got {self.n_steps}")

    def paths(self) -> flow_maps.Paths:
        """The recipe `path`. Raises ValueError where its numbers don't fit each other."""
        return flow_maps.Paths(self.path_substeps, self.path_points, self.path_uses, self.few_steps)


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
    codec = codec_for(settings.checkpoint, settings.teacher, part["latent_space"])[1]
    students = Students(teacher, net, average, codec.importance().to(fabric.device))
    had = Sampling.of(part)
    found: dict[str, Any] = {"good_steps": []}  # until measured, which a run that is stopped is not

    def conclude() -> dict[str, float]:
        few_steps = flow_maps.steps_up_to(settings.few_steps)
        found.update(evaluate(average, teacher, heldout, settings, live_steps(had), few_steps))
        write_evaluation(settings, found | {"recipe": settings.recipe, "rescale": settings.rescale})
        row = found["mse"][0]["student"]
        return {f"mse_{n}": mse for n, mse in zip(N_STEPS, row, strict=False)}

    task = task_for(settings, students, train_set, heldout)
    loop.run(settings, fabric, replace(task, conclude=conclude) if len(heldout.latents) else task)
    if fabric.is_global_zero:
        many = [n for n in had.good_steps if n > settings.few_steps]
        good_steps = numbers("good_steps", settings.good_steps) or [*found["good_steps"], *many]
        n_steps = settings.n_steps or had.n_steps
        said = {"sizes": asdict(wider), "few_steps": settings.few_steps, "recipe": settings.recipe}
        said |= {"rescale": settings.rescale, "n_steps": n_steps, "good_steps": good_steps or [n_steps]}
        said |= {"teacher_n_steps": live_steps(had)}
        if settings.teacher is not None:
            complete(settings.checkpoint, settings.teacher)
        weights = checkpoint.half(average.state_dict())
        checkpoint.write_part(settings.checkpoint, "unet", weights, part | said)
    fabric.barrier()


def live_steps(teacher: Sampling) -> int:
    """The fewest steps in which a teacher is good with guidance in several passes."""
    return min((n for n in teacher.good_steps if n > teacher.few_steps), default=teacher.n_steps)


@dataclass(frozen=True)
class Students:
    """Who teaches, who learns, and how much each latent channel counts. average: the student that recipes learn from"""

    teacher: UNet
    net: UNet
    average: UNet
    importance: Tensor


def task_for(
    settings: DistillSettings, students: Students, train_set: Buckets, heldout: Buckets
) -> Task[tuple[Loops, Loops]]:
    """Distilling as the training loop knows it; a batch has loops for the recipe, and loops for the velocity."""
    velocity = flow_maps.guided_by(students.teacher, settings.rescale)
    recipe = flow_maps.RECIPES[settings.recipe]
    n_points = 1  # of each loop that is drawn
    if settings.recipe == "path":
        recipe, n_points = settings.paths(), settings.path_points
    average, importance = students.average, students.importance

    def batch(rng: np.random.Generator) -> tuple[Loops, Loops]:
        x_1, everything = train_set.draw(settings.batch_frames // n_points, rng)
        asked = replace(dropped(everything), strengths=flow_maps.draw_strengths(len(x_1)))
        heard, everything = train_set.draw(settings.data_frames, rng)
        return (x_1, asked), (heard, dropped(everything))

    def loss(
        net: torch.nn.Module, batch: tuple[Loops, Loops], _: Progress
    ) -> tuple[Tensor, dict[str, Tensor]]:
        (x_1, asked), (heard, conditions) = batch
        points: Points = recipe(velocity, average, x_1, asked)
        losses = flow_maps.loss(net, points, importance)
        total, figures = losses.mean(), by_step(losses, points.step)
        if settings.recipe == "path":
            del figures["loss_instant"]  # all of its steps have a length
        if settings.data_frames:
            alpha = stratified(len(heard)).pow(settings.alpha_power).to(heard.device)
            flow = flow_loss(net, heard, conditions, torch.randn_like(heard), alpha, importance).mean()
            total, figures = total + flow, figures | {"loss_flow": flow}
        return total, figures

    optimiser = torch.optim.AdamW(
        students.net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01, fused=True
    )
    judge = judged_on(heldout, settings, velocity)

    def validated() -> dict[str, float]:
        return judge(average) | validate(average, heldout, settings.validation_loops, importance)

    return Task(
        net=students.net,
        average=average,
        optimiser=optimiser,
        batch=batch,
        loss=loss,
        count=lambda batch: len(batch[0][0]) * n_points + len(batch[1][0]),
        validate=validated if len(heldout.latents) else dict,
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
    heldout: Buckets, settings: DistillSettings, velocity: Velocity
) -> Callable[[UNet], dict[str, float]]:
    """Squared distance of a student's loops to the teacher's, whose own are made once, at the default strengths."""
    ends: list[tuple[Tensor, Conditions, Tensor]] = []

    def judge(student: UNet) -> dict[str, float]:
        if not ends:
            device = next(student.parameters()).device
            for x_0, asked in question(heldout, settings.validation_loops, (DEFAULT_STRENGTHS,), device):
                ends.append((x_0, asked, flow_maps.end_of(velocity, x_0, asked, settings.teacher_steps)))
        figures = {}
        for n in flow_maps.steps_up_to(settings.few_steps):
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
    student: UNet,
    teacher: UNet,
    heldout: Buckets,
    settings: DistillSettings,
    live_steps: int,
    few_steps: Sequence[int],
) -> dict[str, Any]:
    """How far n steps land from the guided teacher's `teacher_steps` ones, over held-out loops, by strengths and n.

    mse: of standardised latents, in order of `n_steps`: of the student, of the teacher's own guided steps, and of
    its steps without guidance. other_seed: the same distance between two of the teacher's loops. power: mean
    square of the student's loops over that of the teacher's; a student that blurs has less than 1.
    n_steps: of teacher and plain; student and power have few_steps. good_steps: those with which the student lands no
    farther off than the teacher does with `live_steps`.
    """
    velocity = flow_maps.guided_by(teacher, settings.rescale)
    device = next(student.parameters()).device
    counts = {"student": few_steps, "power": few_steps, "teacher": N_STEPS, "plain": N_STEPS}
    sums = {name: np.zeros((len(STRENGTHS), len(steps))) for name, steps in counts.items()}
    live, other_seed = np.zeros(len(STRENGTHS)), np.zeros(len(STRENGTHS))
    questions = question(heldout, settings.evaluation_loops, STRENGTHS, device)
    for x_0, asked in questions:
        plain = replace(asked, strengths=torch.ones_like(asked.strengths))
        end = flow_maps.end_of(velocity, x_0, asked, settings.teacher_steps)
        other = flow_maps.end_of(velocity, x_0.roll(1, 1), asked, settings.teacher_steps)
        nothing = torch.zeros_like(end)
        other_seed += distance(other, end)
        live += distance(flow_maps.end_of(velocity, x_0, asked, live_steps), end)
        for column, n in enumerate(few_steps):
            reached = few(student, x_0, asked, n)
            sums["student"][:, column] += distance(reached, end)
            sums["power"][:, column] += distance(reached, nothing) / distance(end, nothing)
        for column, n in enumerate(N_STEPS):
            sums["teacher"][:, column] += distance(flow_maps.end_of(velocity, x_0, asked, n), end)
            sums["plain"][:, column] += distance(flow_maps.end_of(velocity, x_0, plain, n), end)
    means = {name: total / len(questions) for name, total in sums.items()}
    rows = [
        {"cfg_scale": cfg_scale, "cfg_grid": cfg_grid, "other_seed": rounded(other_seed[i] / len(questions))}
        | {name: rounded(mean[i]) for name, mean in means.items()}
        for i, (cfg_scale, cfg_grid) in enumerate(STRENGTHS)
    ]
    allowed = 1.001 * live[0] / len(questions)  # the same steps in another order of sums are as good
    good = [n for n, mse in zip(few_steps, means["student"][0], strict=True) if mse <= allowed]
    about = {"n_steps": list(N_STEPS), "few_steps": list(few_steps), "loops": len(questions)}
    about |= {"teacher_steps": settings.teacher_steps}
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
    if not part.get("few_steps"):
        raise TrainingError(f"the UNet of {settings.checkpoint} is not distilled: nothing to evaluate")
    teacher_tensors, teacher_part = checkpoint.read_part(teacher_folder(settings), "unet")
    config = UNetConfig(**checkpoint.tuples(part["sizes"]))
    teacher_config = UNetConfig(**checkpoint.tuples(teacher_part["sizes"]))
    student = frozen(load(config, tensors, settings.checkpoint), fabric)
    teacher = frozen(load(teacher_config, teacher_tensors, teacher_folder(settings)), fabric)
    heldout = data(settings, "heldout", config, part)
    if not len(heldout.latents):
        raise TrainingError(f"{settings.latents} has no held-out loops to evaluate with")
    few_steps = flow_maps.steps_up_to(part["few_steps"])
    settings = replace(settings, rescale=part["rescale"])
    with torch.no_grad(), fabric.autocast():
        result = evaluate(student, teacher, heldout, settings, part["teacher_n_steps"], few_steps)
    result |= {"recipe": part["recipe"], "rescale": part["rescale"]}
    write_evaluation(settings, result)
    return result


def write_evaluation(settings: DistillSettings, result: dict[str, Any]) -> None:
    settings.out.mkdir(parents=True, exist_ok=True)
    (settings.out / EVALUATION).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def teacher_folder(settings: DistillSettings) -> Path:
    return settings.teacher or settings.out / "teacher"


def read_teacher(settings: DistillSettings, fabric: Fabric) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and config of the teacher; the checkpoint's UNet becomes it when a training begins."""
    folder = teacher_folder(settings)
    begins = not (settings.out / loop.STATE).exists()
    if fabric.is_global_zero and settings.teacher is None and begins:
        tensors, part = checkpoint.read_part(settings.checkpoint, "unet")
        checkpoint.write_part(folder, "unet", checkpoint.half(tensors), part)
    fabric.barrier()
    return checkpoint.read_part(folder, "unet")


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
