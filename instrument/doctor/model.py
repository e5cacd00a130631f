"""The doctor's look at the model: whether it loads, on what it runs, and whether loops are ready in time."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from instrument.doctor.finding import Checkup, Finding
from instrument.doctor.trial import TrialError, attempt
from instrument.generator import (
    NICENESS,
    RENDER_SHARE,
    GeneratorSettings,
    accelerators,
    load_pipeline,
    render_recipe,
)
from instrument.recipe import GENERATIVE, Recipe

LIMIT_S = 180.0  # to load and render twice: a machine that takes longer can't play
ASKED = Recipe(bpm=125.0, n_bars=4, prompt="dub techno, deep, chord stab")
LOOP_S = ASKED.n_bars * 240 / ASKED.bpm
VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD"}  # of GPUs by which torch could be faster than the CPU


@dataclass(frozen=True)
class Tried:
    """One loop of `LOOP_S`. name: the checkpoint's. hardware: see `model.hardware.accelerators`.

    render_s: of the loop, warm, with n_steps steps: as many as are taken where it is left to us. most_steps: those that
    fit into the share of the loop's length that a render may take, up to the parameter's most; 0 where none does.
    memory: bytes, of the process at its largest; 0 where the system doesn't tell.
    """

    name: str
    device: str
    hardware: dict[str, Any]
    load_s: float
    n_steps: int
    render_s: float
    most_steps: int
    memory: int


def check_model(checkup: Checkup) -> Iterator[Finding]:
    """Load the checkpoint and render a loop, as the generator would."""
    if checkup.running is not None:
        yield _running_finding(checkup)
        return
    settings = checkup.play.generator
    where = settings.checkpoint or "the checkpoint that ships"
    try:
        tried = attempt(_try_out, settings, ASKED, limit_s=LIMIT_S)
    except TrialError as error:
        if "CUDA" in str(error):
            advice = "to play on the CPU: CUDA_VISIBLE_DEVICES= make play; update NVIDIA's driver to play on the GPU"
        elif settings.checkpoint is None:
            advice = "get its files anew, as with git checkout model/checkpoints; `ladmg info` tells more"
        else:
            advice = f"mend it or choose another; `ladmg info {settings.checkpoint}` tells more"
        yield Finding("model", "bad", f"{where} can't be played: {error}", advice)
        return
    figures = {key: value for key, value in asdict(tried).items() if key != "hardware"}
    found = (
        f"{tried.name} loads in {tried.load_s:.1f} s; {ASKED.n_bars} bars at {ASKED.bpm:g} BPM ({LOOP_S:.1f} s) take "
        f"{tried.render_s:.1f} s with {tried.n_steps} steps, {LOOP_S / tried.render_s:.1f} times real time; "
        f"up to {tried.most_steps} steps keep up"
    )
    if tried.render_s <= RENDER_SHARE * LOOP_S:
        yield Finding("model", "good", found, "", figures)
    elif tried.most_steps > 0:
        steps = tried.most_steps
        advice = f"changes come later than they could: close other programs, or take {steps} steps (/ladmg/n_steps)"
        yield Finding("model", "note", found, advice, figures)
    else:
        advice = "changes come late, what plays goes on: take fewer bars (/ladmg/n_bars), or a GPU"
        yield Finding("model", "note", found, advice, figures)
    yield _gpu_finding(tried)


def _try_out(settings: GeneratorSettings, asked: Recipe) -> Tried:
    """In a process of its own: torch must not come into ours."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(NICENESS)
    began = time.perf_counter()
    pipeline = load_pipeline(settings)
    load_s = time.perf_counter() - began
    render_recipe(pipeline, replace(asked, n_steps=1))  # the first one is slower
    rendered = render_recipe(pipeline, asked, limit_s=RENDER_SHARE * LOOP_S)
    timings_s = rendered.timings_s
    net_s = timings_s.get("unet", timings_s["total"])
    left_s = RENDER_SHARE * LOOP_S - (timings_s["total"] - net_s)
    return Tried(
        pipeline.checkpoint_id,
        str(getattr(pipeline, "device", settings.device)),
        accelerators(),
        load_s,
        rendered.n_steps,
        timings_s["total"],
        min(max(0, int(left_s * rendered.n_steps / max(net_s, 1e-9))), int(GENERATIVE["n_steps"].high)),
        _most_memory(),
    )


def _most_memory() -> int:
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _running_finding(checkup: Checkup) -> Finding:
    status = checkup.running or {}
    state, render_ms = str(status.get("generator", "")), int(status.get("render_ms", 0))
    if state != "ready" or not render_ms:
        return Finding("model", "note", f"the instrument that plays says of its generator: {state}")
    return Finding(
        "model", "good", f"the instrument that plays is ready; its last render took {render_ms} ms"
    )


def _gpu_finding(tried: Tried) -> Finding:
    hardware = tried.hardware
    figures = hardware | {"device": tried.device, "found": _gpus()}
    if tried.device.startswith("cuda"):
        name = (hardware["cuda"] or ["a GPU"])[0]
        return Finding("GPU", "good", f"{name}, by CUDA; the model runs on it", "", figures)
    if tried.device == "mps":
        return Finding("GPU", "good", "Apple's, by MPS; the model runs on it", "", figures)
    cpu = f"the model runs on the CPU, with {hardware['threads']} threads (torch {hardware['torch']})"
    gpus = _gpus()
    if not gpus:
        return Finding("GPU", "good", f"none; {cpu}", "", figures)
    if "NVIDIA" in gpus and hardware["built_for"]:
        advice = f"install NVIDIA's driver for CUDA {hardware['built_for']} or later; `nvidia-smi` must list the GPU"
    elif "NVIDIA" in gpus:
        advice = "install a torch that is built for CUDA, of the same version"
    else:
        advice = "torch as it is locked here knows NVIDIA's and Apple's only: nothing to do"
    return Finding("GPU", "note", f"{' and '.join(gpus)} is there and not used; {cpu}", advice, figures)


def _gpus() -> list[str]:
    """Makers of GPUs that torch could have a use for, as the system knows them without torch."""
    found = {
        VENDORS[vendor]
        for path in Path("/sys/class/drm").glob("card*/device/vendor")
        if (vendor := path.read_text().strip()) in VENDORS
    }
    if Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None:
        found.add("NVIDIA")
    return sorted(found)
