"""From settings to sound: the whole model, loaded once and kept warm."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model import checkpoint, descriptors, iadb, loops, noise, rhythm, tags
from model.checkpoint import CheckpointError
from model.clap import Clap, CompactClap, mix
from model.codecs import AnyCodec, load_codec
from model.pace import Pace
from model.settings import OFF, LoopSettings, UnknownConditionError
from model.unet import Conditions, UNet, UNetConfig

__all__ = ["Loop", "LoopSettings", "Pipeline"]

MAX_CACHED_PROMPTS = 64
REFERENCE_BPM = 125.0
_KNOBS = {"brightness": "centroid", "density": "onsets"}  # and the descriptors that they ask for


@dataclass(frozen=True)
class Sampling:
    """How the net of a checkpoint is sampled, by the config of its part.

    n_steps: where nobody says how many. good_steps: numbers of steps that sound as they should, fewest first; only
    these are chosen from. rescale: see `iadb.guided`. is_distilled: it is told its guidance, and takes whole steps.
    """

    n_steps: int
    good_steps: tuple[int, ...]
    rescale: float = 0.0
    is_distilled: bool = False

    def __post_init__(self) -> None:
        if not all(isinstance(n, int) and 1 <= n <= 1000 for n in (self.n_steps, *self.good_steps)):
            raise ValueError(f"steps must be in 1..1000, got {self.n_steps} and {self.good_steps}")
        if not 0.0 <= self.rescale <= 1.0:
            raise ValueError(f"rescale must be in 0..1, got {self.rescale}")

    @classmethod
    def of(cls, part: Mapping[str, Any]) -> Sampling:
        n_steps = part["n_steps"]
        return cls(
            n_steps,
            tuple(sorted(part.get("good_steps") or [n_steps])),
            part.get("rescale", 0.0),
            bool(part.get("distilled", False)),
        )


@dataclass(frozen=True)
class Loop:
    """A rendered loop. audio: [samples, 2] float32 at 48 kHz, exactly `round(n_bars * 240 / bpm * 48000)` samples."""

    audio: np.ndarray
    n_steps: int
    timings_s: dict[str, float]


class Pipeline:
    """CLAP, UNet and codec of one checkpoint on one device."""

    sample_rate = loops.SAMPLE_RATE

    def __init__(
        self,
        codec: AnyCodec,
        unet: UNet,
        clap: Clap,
        sampling: Sampling,
        checkpoint_id: str,
        device: torch.device,
    ) -> None:
        self.codec = codec.eval().requires_grad_(False).fuse().to(device)
        self.unet = unet.eval().requires_grad_(False).to(device)
        self.clap = clap
        self.sampling = sampling
        self.checkpoint_id = checkpoint_id
        self.device = device
        self.pace = Pace()
        self._prompts: OrderedDict[str, Tensor] = OrderedDict()

    @classmethod
    def load(cls, folder: Path | None = None, device: str = "auto") -> Pipeline:
        """Load a checkpoint folder, the one that ships by default. Raises CheckpointError saying what is wrong with it.

        device: "auto" (CUDA, else MPS, else CPU) or torch's own name of one.
        """
        folder = folder or checkpoint.DEFAULT_FOLDER
        manifest = checkpoint.read_manifest(folder)
        unet_tensors, part = checkpoint.read_part(folder, "unet")
        try:
            codec = load_codec(folder)
            config = UNetConfig(**checkpoint.tuples(part["sizes"]))
            sampling = Sampling.of(part)
            check_conditions(config, sampling)
            unet = UNet(config)
            unet.load_state_dict(unet_tensors)
            spaces = {name: part[name] for name in ("latent_space", "embedding_space")}
        except CheckpointError:
            raise
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"checkpoint {folder} does not fit this program: {error}") from None
        clap = load_clap(folder, spaces["embedding_space"])
        for name, expected in (("latent_space", codec.latent_space()), ("embedding_space", clap.space)):
            if spaces[name] != expected:
                raise CheckpointError(
                    f"the UNet of {folder} was trained with another {name}: {spaces[name]}, not {expected}"
                )
        if device == "auto":
            device = (
                "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
            )
        checkpoint_id = checkpoint.checkpoint_id(manifest)
        return cls(codec, unet, clap, sampling, checkpoint_id, torch.device(device))

    def check(self, settings: LoopSettings) -> None:
        """Raises UnknownConditionError where the settings ask for what this net was never taught."""
        config = self.unet.config
        if settings.key != OFF and not config.n_tags:
            raise self._never_taught("key", OFF, settings.key)
        for name in _KNOBS:
            value = getattr(settings, name)
            if value and not config.n_descriptors:
                raise self._never_taught(name, 0, value)

    def _never_taught(self, setting: str, allowed: object, value: object) -> UnknownConditionError:
        return UnknownConditionError(
            setting,
            f"{setting} must be {allowed}, got {value}: the model {self.checkpoint_id} was never taught {setting}",
        )

    def embed(self, prompt: str) -> Tensor:
        """Unit vector of a text, [text_dim]; zeros for an empty one, which means: nothing asked."""
        if not prompt.strip():
            return torch.zeros(self.unet.config.text_dim)
        if prompt not in self._prompts:
            self._prompts[prompt] = self.clap.embed_text(prompt)
            while len(self._prompts) > MAX_CACHED_PROMPTS:
                self._prompts.popitem(last=False)
        self._prompts.move_to_end(prompt)
        return self._prompts[prompt]

    def text(self, settings: LoopSettings) -> Tensor:
        """Unit vector of all prompts, mixed on the sphere, [text_dim]; zeros where there are none."""
        if not settings.mixture:
            return self.embed("")
        texts, weights = zip(*settings.mixture, strict=True)
        return mix(torch.stack([self.embed(text) for text in texts]), weights)

    def conditions(self, settings: LoopSettings, text: Tensor | None = None) -> Conditions:
        """What the settings ask the net for, batch 1. Raises UnknownConditionError (see `check`).

        text: a vector [text_dim] of the embedding space, of a sound for instance, in place of the prompts'.
        """
        self.check(settings)
        config = self.unet.config
        frames = loops.n_frames(settings.bpm, settings.n_bars)
        on = torch.ones(1, device=self.device)
        phases = rhythm.phases(frames, settings.n_bars, swing=settings.swing, rate=settings.rate)
        asked = replace(
            Conditions.nothing(config, 1, frames, on),
            phases=phases.unsqueeze(0).to(self.device),
            log_bpm=on * log_bpm(frames, settings.n_bars, settings.rate),
            has_grid=on,
        )
        asked = _saying(asked, self.text(settings) if text is None else text)
        if settings.key != OFF:
            asked = replace(asked, tags=tags.vector(key=settings.key).unsqueeze(0).to(self.device))
        for name, descriptor in _KNOBS.items():
            if value := getattr(settings, name):
                which = descriptors.NAMES.index(descriptor)
                asked.descriptors[:, which] = 2 * value * config.descriptor_spread[which]
                asked.has_descriptors[:, which] = 1.0
        return asked

    def negative(self, settings: LoopSettings, asked: Conditions) -> Conditions | None:
        """The negative prompt on the grid of `asked`; None without one."""
        if not settings.negative.strip():
            return None
        return _saying(asked.without_content(), self.embed(settings.negative))

    def noise(self, settings: LoopSettings) -> Tensor:
        """Where the loop begins: the seeds' noise at `morph`, [1, channels, frames]."""
        channels, frames = (
            self.unet.config.latent_channels,
            loops.n_frames(settings.bpm, settings.n_bars),
        )
        ends = [noise.harmonic_noise(seed, channels, frames) for seed in (settings.seed_a, settings.seed_b)]
        return noise.slerp(ends[0], ends[1], settings.morph).to(self.device)

    def affordable_steps(self, settings: LoopSettings, limit_s: float) -> int:
        """How many of the checkpoint's good numbers of steps this machine can do within `limit_s`; at least the fewest.

        By the times of the latest renders; before the first one, by two that are made for it. So the answer is not
        the same every time: whoever wants a loop again keeps the number.
        """
        good_steps = self.sampling.good_steps
        if len(good_steps) == 1 or limit_s == float("inf"):
            return good_steps[-1]
        if not self.pace.is_known:
            for _ in range(2):  # the first one warms up
                self.pace = Pace()
                self.render(replace(settings, n_steps=1))
        frames = loops.n_frames(settings.bpm, settings.n_bars)
        n_passes = self._n_passes(settings)
        in_time = [n for n in good_steps if self.pace.estimate_s(frames, n * n_passes) <= limit_s]
        return in_time[-1] if in_time else good_steps[0]

    @torch.inference_mode()
    def render(self, settings: LoopSettings) -> Loop:
        """The loop of these settings: the same settings on the same machine give the same samples, bit for bit.

        Raises UnknownConditionError where they ask for what the net was never taught.
        """
        clock = [time.perf_counter()]
        asked = self.conditions(settings)
        negative = self.negative(settings, asked)
        clock.append(time.perf_counter())
        latents = self.dream(settings, asked, negative)
        self._synchronize()
        clock.append(time.perf_counter())
        waveform = self.codec.decode(latents)
        self._synchronize()
        clock.append(time.perf_counter())
        waveform = loops.resample_periodic(waveform, loops.n_samples(settings.bpm, settings.n_bars))
        audio = np.ascontiguousarray(waveform[0].T.cpu().numpy(), dtype=np.float32)
        clock.append(time.perf_counter())
        text_s, unet_s, decode_s, resample_s = np.diff(clock).tolist()
        n_steps = settings.n_steps or self.sampling.n_steps
        frames = latents.shape[2]
        self.pace.note(frames, n_steps * self._n_passes(settings), unet_s, decode_s + resample_s)
        timings_s = {"text": text_s, "unet": unet_s, "decode": decode_s, "resample": resample_s}
        return Loop(audio, n_steps, timings_s)

    @torch.inference_mode()
    def dream(
        self,
        settings: LoopSettings,
        asked: Conditions,
        negative: Conditions | None = None,
        x_0: Tensor | None = None,
    ) -> Tensor:
        """Standardised latents of a loop, [1, channels, frames], from `x_0`, by default the seeds' own noise.

        asked, negative: as `conditions` and `negative` give them.
        """
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._is_low_precision):
            return iadb.sample(
                self.unet,
                self.noise(settings) if x_0 is None else x_0,
                asked,
                settings.n_steps or self.sampling.n_steps,
                settings.cfg_scale,
                settings.cfg_grid,
                negative,
                self.sampling.rescale,
                self.sampling.is_distilled,
            )

    def _n_passes(self, settings: LoopSettings) -> int:
        """How often the net is asked in one step, see `iadb.guided` and `iadb.in_one_pass`."""
        is_negative = bool(settings.negative.strip())
        if self.sampling.is_distilled:
            return 2 if is_negative and settings.cfg_scale > settings.cfg_grid else 1
        has_content = settings.mixture or settings.key != OFF or settings.brightness or settings.density
        scale = settings.cfg_scale if has_content or is_negative else 0.0
        return sum(weight != 0.0 for weight in (1.0 - settings.cfg_grid, settings.cfg_grid - scale, scale))

    @property
    def _is_low_precision(self) -> bool:
        """bfloat16 where the processor multiplies it natively; elsewhere it would be slower than float32."""
        return self.device.type == "cuda" or (
            self.device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
        )

    def _synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def _saying(asked: Conditions, text: Tensor) -> Conditions:
    """Asked for in words too: `text` is a vector [text_dim], zeros for none."""
    has_text = (text.norm() > 0).to(asked.has_text).view(1)
    return replace(asked, text=F.normalize(text, dim=0).unsqueeze(0).to(asked.text), has_text=has_text)


def check_conditions(config: UNetConfig, sampling: Sampling) -> None:
    """Raises ValueError for a net whose conditions are not those of this program."""
    if config.n_tags not in (0, tags.N_TAGS):
        raise ValueError(f"n_tags must be 0 or {tags.N_TAGS}, got {config.n_tags}")
    n_descriptors = len(descriptors.NAMES)
    if config.n_descriptors not in (0, n_descriptors):
        raise ValueError(f"n_descriptors must be 0 or {n_descriptors}, got {config.n_descriptors}")
    if len(config.descriptor_spread) != config.n_descriptors:
        raise ValueError(
            f"descriptor_spread must have {config.n_descriptors} entries, got {config.descriptor_spread}"
        )
    if sampling.is_distilled and not config.has_strengths:
        raise ValueError("a distilled net must have_strengths")


def load_clap(folder: Path, space: str) -> Clap:
    """The CLAP of this embedding space: LAION's, where its weights are, or the one in the checkpoint."""
    if space.startswith("laion-clap-"):
        from model.laion import LaionClap

        return LaionClap.load()
    return CompactClap.load(folder)


def log_bpm(frames: int, n_bars: int, rate: float = 1.0) -> float:
    """The tempo condition: octaves from 125 BPM, of the tempo at which `frames` are exactly `n_bars`, times `rate`."""
    return float(np.log2(n_bars * 240.0 * loops.FRAME_RATE / frames * rate / REFERENCE_BPM))
