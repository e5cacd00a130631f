"""From settings to sound: the whole model, loaded once and kept warm."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model import checkpoint, iadb, loops, noise, rhythm
from model.checkpoint import CheckpointError
from model.codec import Codec
from model.text import TextTower
from model.unet import Conditions, UNet, UNetConfig

MAX_CACHED_PROMPTS = 64
REFERENCE_BPM = 125.0


@dataclass(frozen=True)
class LoopSettings:
    """What the model is asked for. Ranges are those of the parameter table; here only what would break is refused."""

    bpm: float
    n_bars: int = 4
    n_steps: int = 0  # 0: the checkpoint's own default
    prompt: str = ""
    cfg_scale: float = 3.0
    seed_a: int = 1
    seed_b: int = 2
    morph: float = 0.0

    def __post_init__(self) -> None:
        if not 20.0 <= self.bpm <= 400.0:
            raise ValueError(f"bpm must be in 20..400, got {self.bpm}")
        if self.n_bars not in (1, 2, 4, 8):
            raise ValueError(f"n_bars must be 1, 2, 4 or 8, got {self.n_bars}")
        if not 0 <= self.n_steps <= 1000:
            raise ValueError(f"n_steps must be in 0..1000, got {self.n_steps}")
        if not 0.0 <= self.morph <= 1.0:
            raise ValueError(f"morph must be in 0..1, got {self.morph}")


@dataclass(frozen=True)
class Loop:
    """A rendered loop. audio: [samples, 2] float32 at 48 kHz, exactly `round(n_bars * 240 / bpm * 48000)` samples."""

    audio: np.ndarray
    n_steps: int
    timings_s: dict[str, float]


class Pipeline:
    """Text tower, UNet and codec of one checkpoint on one device."""

    sample_rate = loops.SAMPLE_RATE

    def __init__(
        self,
        codec: Codec,
        unet: UNet,
        text: TextTower,
        n_steps: int,
        checkpoint_id: str,
        device: torch.device,
    ) -> None:
        self.codec = codec.eval().requires_grad_(False).fuse().to(device)
        self.unet = unet.eval().requires_grad_(False).to(device)
        self.text = text
        self.n_steps = n_steps
        self.checkpoint_id = checkpoint_id
        self.device = device
        self._prompts: OrderedDict[str, Tensor] = OrderedDict()

    @classmethod
    def load(cls, folder: Path | None = None, device: str = "auto") -> Pipeline:
        """Load a checkpoint folder, the one that ships by default. Raises CheckpointError saying what is wrong with it.

        device: "auto" (CUDA, else MPS, else CPU) or torch's own name of one.
        """
        folder = folder or checkpoint.DEFAULT_FOLDER
        manifest = checkpoint.read_manifest(folder)
        unet_tensors, unet_config = checkpoint.read_part(folder, "unet")
        try:
            text = TextTower.load(folder)
        except (ValueError, FileNotFoundError) as error:
            raise CheckpointError(str(error)) from None
        try:
            codec = Codec.load(folder)
            unet = UNet(UNetConfig(**checkpoint.tuples(unet_config["sizes"])))
            unet.load_state_dict(unet_tensors)
        except (KeyError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"checkpoint {folder} does not fit this program: {error}") from None
        for part, expected in (("latent_space", codec.latent_space()), ("embedding_space", text.space)):
            if unet_config[part] != expected:
                raise CheckpointError(
                    f"the UNet of {folder} was trained with another {part}: {unet_config[part]}, not {expected}"
                )
        if device == "auto":
            device = (
                "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
            )
        return cls(
            codec,
            unet,
            text,
            unet_config["n_steps"],
            checkpoint.checkpoint_id(manifest),
            torch.device(device),
        )

    def embed(self, prompt: str) -> Tensor:
        """Unit vector of a prompt, [text_dim]; zeros for an empty one, which means: nothing asked."""
        if not prompt.strip():
            return torch.zeros(self.unet.config.text_dim)
        if prompt not in self._prompts:
            self._prompts[prompt] = self.text.embed(prompt)
            while len(self._prompts) > MAX_CACHED_PROMPTS:
                self._prompts.popitem(last=False)
        self._prompts.move_to_end(prompt)
        return self._prompts[prompt]

    @torch.inference_mode()
    def render(self, settings: LoopSettings) -> Loop:
        """The loop of these settings: the same settings on the same machine give the same samples, bit for bit."""
        clock = [time.perf_counter()]
        text = self.embed(settings.prompt).to(self.device).unsqueeze(0)
        clock.append(time.perf_counter())
        latents = self.dream(settings, text)
        self._synchronize()
        clock.append(time.perf_counter())
        waveform = self.codec.decode(latents)
        self._synchronize()
        clock.append(time.perf_counter())
        waveform = loops.resample_periodic(waveform, loops.n_samples(settings.bpm, settings.n_bars))
        audio = np.ascontiguousarray(waveform[0].T.cpu().numpy(), dtype=np.float32)
        clock.append(time.perf_counter())
        spans = np.diff(clock).tolist()
        return Loop(
            audio,
            settings.n_steps or self.n_steps,
            dict(zip(("text", "unet", "decode", "resample"), spans, strict=True)),
        )

    @torch.inference_mode()
    def dream(self, settings: LoopSettings, text: Tensor) -> Tensor:
        """Standardised latents of a loop, [1, channels, frames]; `text` [1, text_dim] as `embed` gives it."""
        frames = loops.n_frames(settings.bpm, settings.n_bars)
        channels = self.unet.config.latent_channels
        ends = [noise.harmonic_noise(seed, channels, frames) for seed in (settings.seed_a, settings.seed_b)]
        x_0 = noise.slerp(ends[0], ends[1], settings.morph).to(self.device)
        conditions = replace(
            Conditions.nothing(self.unet.config, 1, frames, x_0),
            phases=rhythm.phases(frames, settings.n_bars).unsqueeze(0).to(self.device),
            log_bpm=x_0.new_tensor([log_bpm(frames, settings.n_bars)]),
            has_grid=x_0.new_ones(1),
            text=F.normalize(text, dim=1),
            has_text=(text.norm(dim=1) > 0).to(x_0.dtype),
        )
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._is_low_precision):
            return iadb.sample(
                self.unet, x_0, conditions, settings.n_steps or self.n_steps, settings.cfg_scale
            )

    @property
    def _is_low_precision(self) -> bool:
        """bfloat16 where the processor multiplies it natively; elsewhere it would be slower than float32."""
        return self.device.type == "cuda" or (
            self.device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
        )

    def _synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def log_bpm(frames: int, n_bars: int) -> float:
    """The tempo condition: octaves from 125 BPM, of the tempo at which `frames` are exactly `n_bars`."""
    return float(np.log2(n_bars * 240.0 * loops.FRAME_RATE / frames / REFERENCE_BPM))
