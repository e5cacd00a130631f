"""From settings to sound: the whole model, loaded once and kept warm."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model import (
    audio_in,
    checkpoint,
    descriptors,
    iadb,
    inversion,
    loops,
    noise,
    places,
    regeneration,
    rhythm,
    tags,
)
from model.audio_in import AudioInError, RecordedLoop
from model.checkpoint import CheckpointError
from model.clap import Clap, CompactClap, mix
from model.codec import Codec
from model.codecs import AnyCodec, load_codec
from model.cores import Cores, net_on
from model.iadb import Flow, Net, Order
from model.inversion import Inversion
from model.pace import Pace
from model.precision import is_bf16_fast
from model.settings import OFF, Abandoned, LoopSettings, Source, UnknownConditionError
from model.unet import Conditions, UNet, UNetConfig

__all__ = ["Loop", "LoopSettings", "Pipeline"]

MAX_CACHED_PROMPTS = 64
MAX_CACHED_SOURCES = 4
REFERENCE_BPM = 125.0
REPLAY_STEPS = 50  # of one's own loop to its noise and back, where fewer would bend it
_KNOBS = {"brightness": "centroid", "density": "onsets"}  # and the descriptors that they ask for


@dataclass(frozen=True)
class Sampling:
    """How the net of a checkpoint is sampled, by the config of its part.

    n_steps: where nobody says how many. good_steps: numbers of steps that sound as they should, fewest first; only
    these are chosen from. rescale: see `iadb.guided`. few_steps: of a distilled net, up to how many are whole steps in
    one pass, of which it is told how far and how strictly; more are guided by the velocity at a point, as without.
    """

    n_steps: int
    good_steps: tuple[int, ...]
    rescale: float = 0.0
    few_steps: int = 0

    def is_one_pass(self, n_steps: int) -> bool:
        """Whether each of so many steps is one pass of a distilled net."""
        return n_steps <= self.few_steps

    def order(self, n_steps: int) -> Order:
        """Of the sampler: see `iadb.integrate`."""
        return 1 if self.is_one_pass(n_steps) else 2

    def __post_init__(self) -> None:
        if not all(isinstance(n, int) and 1 <= n <= 1000 for n in (self.n_steps, *self.good_steps)):
            raise ValueError(f"steps must be in 1..1000, got {self.n_steps} and {self.good_steps}")
        if not 0.0 <= self.rescale <= 1.0:
            raise ValueError(f"rescale must be in 0..1, got {self.rescale}")
        if not (isinstance(self.few_steps, int) and 0 <= self.few_steps <= 1000):
            raise ValueError(f"few_steps must be in 0..1000, got {self.few_steps}")

    @classmethod
    def of(cls, part: Mapping[str, Any]) -> Sampling:
        n_steps = part["n_steps"]
        return cls(
            n_steps,
            tuple(sorted(part.get("good_steps") or [n_steps])),
            part.get("rescale", 0.0),
            part.get("few_steps", 0),
        )


@dataclass(frozen=True)
class Loop:
    """A rendered loop. audio: [samples, 2] float32 at 48 kHz, exactly `loops.n_samples` of them."""

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
        self._net: Net = self._at_fast_precision
        if self.device.type == "cpu" and torch.get_num_threads() > 1:
            cores = Cores(torch.get_num_threads())
            self._net = net_on(cores, self._at_fast_precision)
            if isinstance(self.codec, Codec):
                self.codec.cores = cores
        self._prompts: OrderedDict[str, Tensor] = OrderedDict()
        self._inversions: OrderedDict[tuple[str, float, int], Inversion] = OrderedDict()

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
        """Unit vector of all prompts, mixed on the sphere, [text_dim]; zeros where there are none.

        The sound of a source that is_alike is one more, of weight 1.
        """
        vectors = [self.embed(text) for text, _ in settings.mixture]
        weights = [weight for _, weight in settings.mixture]
        if settings.source is not None and settings.source.is_alike:
            vectors.append(self.clap.embed_audio(recorded(settings.source).waveform))
            weights.append(1.0)
        return mix(torch.stack(vectors), weights) if vectors else self.embed("")

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
        """Where the loop begins: the seeds' noise at `morph` and `morph_y`, [1, channels, frames]."""
        channels, frames = (
            self.unet.config.latent_channels,
            loops.n_frames(settings.bpm, settings.n_bars),
        )

        def between(left: int, right: int) -> Tensor:
            ends = [noise.harmonic_noise(seed, channels, frames) for seed in (left, right)]
            return noise.slerp(ends[0], ends[1], settings.morph)

        x_0 = between(settings.seed_a, settings.seed_b)
        if settings.morph_y > 0.0:
            x_0 = noise.slerp(x_0, between(settings.seed_c, settings.seed_d), settings.morph_y)
        return x_0.to(self.device)

    def affordable_steps(self, settings: LoopSettings, limit_s: float) -> int:
        """How many of the checkpoint's good numbers of steps this machine can do within `limit_s`; at least the fewest.

        By the times of the latest renders; the first loop is wanted at once, and gets the fewest. So the answer is not
        the same every time: whoever wants a loop again keeps the number.
        """
        good_steps = self.sampling.good_steps
        if limit_s == float("inf"):
            return good_steps[-1]
        if len(good_steps) == 1 or not self.pace.is_known:
            return good_steps[0]
        frames = loops.n_frames(settings.bpm, settings.n_bars)
        in_time = [
            n for n in good_steps if self.pace.estimate_s(frames, n, self._n_passes(settings, n)) <= limit_s
        ]
        return in_time[-1] if in_time else good_steps[0]

    @torch.inference_mode()
    def render(self, settings: LoopSettings, is_wanted: Callable[[], bool] | None = None) -> Loop:
        """The loop of these settings: the same settings on the same machine give the same samples, bit for bit.

        is_wanted: asked before each step, and no more once it says no. Raises Abandoned then, and UnknownConditionError
        where the settings ask for what the net was never taught.
        """
        clock = [time.perf_counter()]
        asked = self.conditions(settings)
        negative = self.negative(settings, asked)
        clock.append(time.perf_counter())
        latents = self.dream(settings, asked, negative, is_wanted=is_wanted)
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
        if settings.source is None:  # which takes another way, of more steps
            self.pace.note(frames, n_steps, self._n_passes(settings, n_steps), unet_s, decode_s + resample_s)
        timings_s = {"text": text_s, "unet": unet_s, "decode": decode_s, "resample": resample_s}
        return Loop(audio, n_steps, timings_s)

    @torch.inference_mode()
    def dream(
        self,
        settings: LoopSettings,
        asked: Conditions,
        negative: Conditions | None = None,
        is_wanted: Callable[[], bool] | None = None,
    ) -> Tensor:
        """Standardised latents of a loop, [1, channels, frames], from the seeds' own noise.

        asked, negative: as `conditions` and `negative` give them; is_wanted: as `render` takes it. Where the settings
        have a source, see `rework`.
        """
        if settings.source is not None:
            return self.rework(settings, settings.source, asked, negative)
        n_steps = settings.n_steps or self.sampling.n_steps
        velocity = self._flow(asked, negative, settings.cfg_scale, settings.cfg_grid, n_steps)
        if is_wanted is not None:
            velocity = _while_wanted(velocity, is_wanted)
        return iadb.integrate(velocity, self.noise(settings), n_steps, order=self.sampling.order(n_steps))

    @torch.inference_mode()
    def rework(
        self, settings: LoopSettings, source: Source, asked: Conditions, negative: Conditions | None = None
    ) -> Tensor:
        """Latents of a loop that is made of one's own.

        First it is played: as it is, where the settings ask for nothing else. Otherwise from its own noise, which is
        brought to another tempo by loop harmonics and morphed towards `seed_b`, under what is asked. Then it is made
        anew with the source's strength, where it is said, from the noise of `seed_a`; what is asked is then asked of
        this second half only. Raises AudioInError and InversionError.
        """
        loop = recorded(source)
        if settings.n_bars != loop.n_bars:
            raise AudioInError(f"n_bars must be {loop.n_bars}, as {source.path} has, got {settings.n_bars}")
        frames, own = loops.n_frames(settings.bpm, settings.n_bars), LoopSettings(loop.bpm, loop.n_bars)
        played = LoopSettings(settings.bpm, settings.n_bars)
        # How strictly a grid is followed asks for nothing.
        is_plain = source.strength > 0.0 or not (
            asked.has_content or negative or (settings.swing, settings.rate) != (50.0, 1.0)
        )
        if is_plain and settings.morph == 0.0 and frames == loops.n_frames(own.bpm, own.n_bars):
            x_1 = loop.latents(self.codec, self.device)
        else:
            x_0 = noise.at_length(self.inversion(loop).noise.cpu(), frames, settings.seed_a)
            end = noise.harmonic_noise(settings.seed_b, x_0.shape[1], frames)
            x_0 = noise.slerp(x_0, end, settings.morph).to(self.device)
            replay = (
                self._exact_flow(played)
                if is_plain
                else self._flow(asked, negative, settings.cfg_scale, settings.cfg_grid)
            )
            x_1 = iadb.integrate(replay, x_0, REPLAY_STEPS)
        if source.strength == 0.0:
            return x_1
        mask = None
        if source.regenerate:
            ranges = places.parse_ranges(source.regenerate, settings.n_bars)
            mask = regeneration.mask(ranges, frames, settings.n_bars).to(self.device)
        x_0 = noise.harmonic_noise(settings.seed_a, x_1.shape[1], frames).to(self.device)
        n_steps = settings.n_steps or self.sampling.n_steps
        velocity = self._flow(asked, negative, settings.cfg_scale, settings.cfg_grid, n_steps)
        order = self.sampling.order(n_steps)
        return regeneration.regenerate(velocity, x_1, x_0, n_steps, source.strength, mask, order)

    @torch.inference_mode()
    def inversion(self, loop: RecordedLoop) -> Inversion:
        """The noise of a recorded loop, at its own tempo and under nothing but its grid. Raises InversionError."""
        key = (loop.sha256, loop.bpm, loop.n_bars)
        if key not in self._inversions:
            velocity = self._exact_flow(LoopSettings(loop.bpm, loop.n_bars))
            x_1 = loop.latents(self.codec, self.device)
            self._inversions[key] = inversion.invert(velocity, x_1, REPLAY_STEPS)
            while len(self._inversions) > MAX_CACHED_SOURCES:
                self._inversions.popitem(last=False)
        self._inversions.move_to_end(key)
        return self._inversions[key]

    def _flow(
        self,
        asked: Conditions,
        negative: Conditions | None = None,
        cfg_scale: float = 1.0,
        cfg_grid: float = 1.0,
        n_steps: int = REPLAY_STEPS,
    ) -> Flow:
        """What is integrated under these conditions, in so many steps."""
        rescale, is_one_pass = self.sampling.rescale, self.sampling.is_one_pass(n_steps)
        return iadb.flow(self._net, asked, cfg_scale, cfg_grid, negative, rescale, is_one_pass)

    def _exact_flow(self, played: LoopSettings) -> Flow:
        """That of nothing but the grid, in float32: what an inversion solves is too fine for bfloat16."""
        return iadb.flow(self.unet, self.conditions(played))

    def _at_fast_precision(
        self, x: Tensor, alpha: Tensor, step_size: Tensor, conditions: Conditions
    ) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=is_bf16_fast(self.device.type)):
            velocity: Tensor = self.unet(x, alpha, step_size, conditions)
            return velocity

    def _n_passes(self, settings: LoopSettings, n_steps: int) -> int:
        """How often the net is asked in one of so many steps, see `iadb.guided` and `iadb.in_one_pass`."""
        is_negative = bool(settings.negative.strip()) and settings.cfg_scale > settings.cfg_grid
        if self.sampling.is_one_pass(n_steps):
            return 2 if is_negative else 1
        has_content = settings.mixture or settings.key != OFF or settings.brightness or settings.density
        scale = settings.cfg_scale if has_content or is_negative else 0.0
        return sum(weight != 0.0 for weight in (1.0 - settings.cfg_grid, settings.cfg_grid - scale, scale))

    def _synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def recorded(source: Source) -> RecordedLoop:
    """The loop in the source's file. Raises AudioInError, also where its content is not what the source says."""
    loop = audio_in.read_loop(Path(source.path), source.bpm, source.n_bars)
    if not loop.sha256.startswith(source.sha256):
        raise AudioInError(
            f"{source.path} has another content than it had: SHA-256 {loop.sha256[:16]}, not {source.sha256[:16]}"
        )
    return loop


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
    if sampling.few_steps and not config.has_strengths:
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


def _while_wanted(velocity: Flow, is_wanted: Callable[[], bool]) -> Flow:
    """The same flow, which raises Abandoned once it is not wanted any more."""

    def minded(x: Tensor, alpha: float, step_size: float) -> Tensor:
        if not is_wanted():
            raise Abandoned
        return velocity(x, alpha, step_size)

    return minded
