"""The net: a circular 1-D UNet that predicts the velocity of latents of any number of frames. No attention.

Three levels (75, 37.5 and 18.75 frames a second at the default sizes); the lowest one, where most of the weights are,
sees the whole loop through dilated circular convolutions and a pooled context, so that all bars agree on kit and key.
Lengths that don't divide are no special case: each level has `ceil(frames / 2)` frames, spread evenly over the loop,
and features are read between frames, so that no place of a loop is special (rolling the input rolls the output).

Inside, features are [batch, frames, channels] and a convolution is one matrix product over its unfolded input: on CPUs
several times faster than a convolution, in bfloat16 above all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model import rhythm, tags
from model.codec import wrap


@dataclass(frozen=True)
class UNetConfig:
    """Sizes of the net. `widths` are the channels of the levels, finest first."""

    latent_channels: int = 32
    widths: tuple[int, ...] = (128, 192, 320)
    n_blocks: tuple[int, ...] = (
        2,
        2,
    )  # a level, on the way down and again on the way up; the lowest has `dilations`
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    text_dim: int = 128
    embedding: int = 128
    n_tags: int = 0  # 0: does not know of them; as the three below
    n_descriptors: int = 0
    has_notes: bool = False  # whether it hears of a key also which notes it has
    has_averages: bool = False  # whether it hears of descriptors also their averages over the loop
    has_curves: bool = (
        False  # whether every block hears their curves, not only the first layer and the lowest level
    )
    has_strengths: bool = False  # whether it follows the guidance strengths in one pass
    descriptor_mean: tuple[float, ...] = ()  # what was taken off the descriptors, in their units
    descriptor_std: tuple[float, ...] = ()  # and what they were divided by
    descriptor_spread: tuple[
        float, ...
    ] = ()  # of whole loops' averages, standardised: 1 for a knob at its half

    def __post_init__(self) -> None:
        if len(self.n_blocks) != len(self.widths) - 1:
            raise ValueError(f"n_blocks must have {len(self.widths) - 1} entries, got {self.n_blocks}")
        if self.has_notes and self.n_tags != tags.N_TAGS:
            raise ValueError(f"a net that hears of notes must have {tags.N_TAGS} tags, got {self.n_tags}")
        if (self.has_averages or self.has_curves) and not self.n_descriptors:
            raise ValueError(
                "a net that hears of averages or curves must have descriptors, got n_descriptors 0"
            )

    @property
    def n_curves(self) -> int:
        """Values that every block hears for each frame: of each descriptor what is asked, and whether it is."""
        return 2 * self.n_descriptors if self.has_curves else 0


@dataclass(frozen=True)
class Conditions:
    """What the net is asked for, for a batch. Each can be switched off for each item on its own.

    phases: [batch, rhythm.N_CHANNELS, frames]; log_bpm: [batch], log2(bpm / 125); has_grid: [batch] 0 or 1 for both
    text: [batch, text_dim] unit vectors of words or of audio; has_text: [batch] 0 or 1
    descriptors: [batch, n_descriptors, frames], standardised; has_descriptors: [batch, n_descriptors] 0 or 1
    tags: [batch, n_tags], 1 asked for, -1 unwanted, 0 nothing said
    strengths: [batch, 2], the cfg_scale and cfg_grid that a distilled net is to follow; (1, 1) asks for no guidance
    """

    phases: Tensor
    log_bpm: Tensor
    has_grid: Tensor
    text: Tensor
    has_text: Tensor
    descriptors: Tensor
    has_descriptors: Tensor
    tags: Tensor
    strengths: Tensor

    @classmethod
    def nothing(cls, config: UNetConfig, batch: int, frames: int, like: Tensor) -> Conditions:
        """Nothing is asked; on the device and of the type of `like`. `replace` fills in what is."""

        def zeros(*shape: int) -> Tensor:
            return like.new_zeros(batch, *shape)

        return cls(
            phases=zeros(rhythm.N_CHANNELS, frames),
            log_bpm=zeros(),
            has_grid=zeros(),
            text=zeros(config.text_dim),
            has_text=zeros(),
            descriptors=zeros(config.n_descriptors, frames),
            has_descriptors=zeros(config.n_descriptors),
            tags=zeros(config.n_tags),
            strengths=like.new_ones(batch, 2),
        )

    def without_content(self) -> Conditions:
        """Only the grid: no text, no descriptors, no tags."""
        return replace(
            self,
            has_text=torch.zeros_like(self.has_text),
            has_descriptors=torch.zeros_like(self.has_descriptors),
            tags=torch.zeros_like(self.tags),
        )

    def without_anything(self) -> Conditions:
        return replace(self.without_content(), has_grid=torch.zeros_like(self.has_grid))

    @property
    def has_content(self) -> bool:
        """Whether any item asks for anything besides the grid."""
        return any(bool(asked.any()) for asked in (self.has_text, self.has_descriptors, self.tags))

    def repeat(self, n: int) -> Conditions:
        """The batch `n` times over."""
        return Conditions.cat([self] * n)

    def split(self, n: int) -> list[Conditions]:
        """The batch in `n` parts, as `Tensor.tensor_split` has them."""
        parts = [getattr(self, field.name).tensor_split(n) for field in fields(Conditions)]
        return [Conditions(*part) for part in zip(*parts, strict=True)]

    @staticmethod
    def cat(several: list[Conditions]) -> Conditions:
        """Several batches as one."""
        names = [field.name for field in fields(Conditions)]
        return Conditions(*(torch.cat([getattr(one, name) for one in several]) for name in names))


class CircularConv(nn.Module):
    """A convolution round a loop, [batch, frames, channels], of any length; to fewer frames if asked."""

    def __init__(self, channels_in: int, channels: int, kernel_size: int, dilation: int = 1) -> None:
        super().__init__()
        self.linear = nn.Linear(kernel_size * channels_in, channels)
        self.kernel_size, self.dilation = kernel_size, dilation

    def forward(self, x: Tensor, frames_out: int | None = None) -> Tensor:
        frames, reach = x.shape[1], (self.kernel_size - 1) * self.dilation
        padded = wrap(x, reach // 2, reach - reach // 2, dim=1)
        taps = [padded[:, i * self.dilation : i * self.dilation + frames] for i in range(self.kernel_size)]
        if frames_out is not None:
            taps = [read_between(tap, frames_out) for tap in taps]
        convolved: Tensor = self.linear(torch.cat(taps, dim=2))
        return convolved


class AdaGN(nn.Module):
    """`y_s GroupNorm(h) + y_b`, `[y_s, y_b]` linear in the embedding (arXiv:2105.05233); h [batch, frames, channels]"""

    _GROUP = 16

    def __init__(self, channels: int, embedding: int) -> None:
        super().__init__()
        self.affine = nn.Linear(embedding, 2 * channels)
        nn.init.zeros_(self.affine.weight)
        with torch.no_grad():
            self.affine.bias.copy_(torch.cat([torch.ones(channels), torch.zeros(channels)]))

    def forward(self, h: Tensor, embedding: Tensor) -> Tensor:
        channels = h.shape[2]
        precise = h.float()
        sums = torch.stack([precise.mean(1), precise.square().mean(1)])  # [2, batch, channels]
        grouped = sums.view(2, len(h), channels // self._GROUP, self._GROUP).mean(3)
        mean, power = grouped.repeat_interleave(self._GROUP, dim=2)
        scale, shift = self.affine(embedding).float().chunk(2, dim=1)
        scale = scale * (power - mean.square() + 1e-5).rsqrt()
        shift = shift - mean * scale
        return torch.addcmul(shift.unsqueeze(1).to(h.dtype), h, scale.unsqueeze(1).to(h.dtype))


class Block(nn.Module):
    """Two circular convolutions with AdaGN, joined to their input; optionally a pooled context of the whole loop.

    n_curves: values that it hears for each frame, after the norm, which would take their averages off.
    """

    def __init__(
        self,
        channels_in: int,
        channels: int,
        embedding: int,
        dilation: int = 1,
        context: bool = False,
        n_curves: int = 0,
    ) -> None:
        super().__init__()
        self.norm_1 = AdaGN(channels_in, embedding)
        self.conv_1 = CircularConv(channels_in, channels, 3, dilation=dilation)
        self.norm_2 = AdaGN(channels, embedding)
        self.conv_2 = CircularConv(channels, channels, 3)
        self.skip = nn.Linear(channels_in, channels) if channels_in != channels else nn.Identity()
        self.context = nn.Linear(channels, channels) if context else None
        self.curves = nn.Linear(n_curves, channels_in, bias=False) if n_curves else None
        if self.curves is not None:
            nn.init.zeros_(self.curves.weight)
        nn.init.zeros_(self.conv_2.linear.weight)
        nn.init.zeros_(self.conv_2.linear.bias)

    def forward(self, x: Tensor, embedding: Tensor, curves: Tensor | None = None) -> Tensor:
        """curves: [batch, frames, n_curves]; None where nothing is asked."""
        normed = self.norm_1(x, embedding)
        if self.curves is not None and curves is not None:
            normed = normed + self.curves(curves)
        h = self.conv_1(F.silu(normed))
        if self.context is not None:
            h = h + self.context(h.mean(1)).unsqueeze(1)
        joined: Tensor = self.skip(x) + self.conv_2(F.silu(self.norm_2(h, embedding)))
        return joined


class Stack(nn.ModuleList):
    """Blocks one after the other, under the same embedding and the same curves."""

    def forward(self, h: Tensor, embedding: Tensor, curves: Tensor | None = None) -> Tensor:
        if curves is not None:
            curves = read_between(curves, h.shape[1])
        for block in self:
            h = block(h, embedding, curves)
        return h


def read_between(x: Tensor, frames: int) -> Tensor:
    """`frames` values spread evenly over the loop, between two neighbours by linear interpolation.

    x: [batch, n, channels] -> [batch, frames, channels]; value k is read at `k * n / frames`.
    """
    n = x.shape[1]
    if n == frames:
        return x
    if n == 2 * frames:
        return x[:, ::2]
    position = torch.arange(frames, device=x.device, dtype=torch.float64) * n / frames
    left = position.floor().long()
    weight = (position - left).to(x.dtype).unsqueeze(1)
    return torch.lerp(x[:, left % n], x[:, (left + 1) % n], weight)


def fourier(value: Tensor, n: int) -> Tensor:
    """Sines and cosines of a scalar in 0..1 at `n` octave-spaced frequencies, [batch] -> [batch, 2 n]."""
    angle = value.float().unsqueeze(1) * (math.pi * 2.0 ** torch.arange(n, device=value.device) / 2)
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class UNet(nn.Module):
    """`velocity = net(x_alpha, alpha, step_size, conditions)`; x_alpha and velocity are [batch, channels, frames]."""

    STEM_TAPS = 3
    _OCTAVES = 6

    _notes_of_keys: Tensor

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        e, widths = config.embedding, config.widths
        self.time = nn.Sequential(nn.Linear(4 * self._OCTAVES + 2, e), nn.SiLU(), nn.Linear(e, e))
        self.text = nn.Sequential(nn.Linear(config.text_dim + 1, e), nn.SiLU(), nn.Linear(e, e))
        self.tags = (
            nn.Linear(config.n_tags, e, bias=False) if config.n_tags else None
        )  # a lookup table, summed
        self.notes = nn.Linear(len(tags.TONICS), e, bias=False) if config.has_notes else None
        if self.notes is not None:
            nn.init.zeros_(self.notes.weight)
            self.register_buffer("_notes_of_keys", tags.pitch_classes(), persistent=False)
        n_averages = 2 * config.n_descriptors
        self.averages = nn.Linear(n_averages, e, bias=False) if config.has_averages else None
        if self.averages is not None:
            nn.init.zeros_(self.averages.weight)
        self.strengths = nn.Linear(2, e, bias=False) if config.has_strengths else None
        if self.strengths is not None:
            nn.init.zeros_(self.strengths.weight)  # until distilled, they make no difference
        self.join = nn.Sequential(nn.SiLU(), nn.Linear(e, e), nn.SiLU())
        grid = rhythm.N_CHANNELS + 1 + 2 * config.n_descriptors
        self.stem = CircularConv(config.latent_channels + grid, widths[0], self.STEM_TAPS)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        self.shrink, self.grow = nn.ModuleList(), nn.ModuleList()
        for level, n_blocks in enumerate(config.n_blocks):
            here, below = widths[level], widths[level + 1]
            self.down.append(Stack(Block(here, here, e, n_curves=config.n_curves) for _ in range(n_blocks)))
            self.shrink.append(CircularConv(here, below, 4))
            self.grow.insert(0, nn.Linear(below, here))
            joined = [2 * here] + [here] * (n_blocks - 1)
            self.up.insert(0, Stack(Block(n, here, e, n_curves=config.n_curves) for n in joined))
        lowest = widths[-1]
        self.grid = nn.Linear(grid, lowest)
        self.bottom = Stack(
            Block(lowest, lowest, e, d, context=True, n_curves=config.n_curves) for d in config.dilations
        )
        self.norm = AdaGN(widths[0], e)
        self.head = CircularConv(widths[0], config.latent_channels, 3)
        nn.init.zeros_(self.head.linear.weight)
        nn.init.zeros_(self.head.linear.bias)

    def embed(self, alpha: Tensor, step_size: Tensor, conditions: Conditions) -> Tensor:
        scalars = [
            fourier(alpha, self._OCTAVES),
            fourier(step_size, self._OCTAVES),
            (conditions.log_bpm * conditions.has_grid).unsqueeze(1),
            conditions.has_grid.unsqueeze(1),
        ]
        has_text = conditions.has_text.unsqueeze(1)
        text = torch.cat([conditions.text * has_text * self.config.text_dim**0.5, has_text], dim=1)
        total = self.time(torch.cat(scalars, dim=1)) + self.text(text)
        if self.tags is not None:
            total = total + self.tags(conditions.tags)
        if (
            self.notes is not None
        ):  # each of them is learnt from more than half of all loops, a key from a 24th
            total = total + self.notes(conditions.tags[:, tags.members("key")] @ self._notes_of_keys)
        if self.averages is not None:  # as curves alone they pass through norms, which take averages off
            on = conditions.has_descriptors
            total = total + self.averages(torch.cat([conditions.descriptors.mean(2) * on, on], dim=1))
        if self.strengths is not None:
            total = total + self.strengths(conditions.strengths - 1.0)
        embedded: Tensor = self.join(total)
        return embedded

    def curves(self, conditions: Conditions) -> Tensor | None:
        """What every block hears, [batch, frames, n_curves]; None where it is nothing and no gradient is asked for."""
        on = conditions.has_descriptors
        if not (self.config.has_curves and (torch.is_grad_enabled() or bool(on.any()))):
            return None
        curves = conditions.descriptors * on.unsqueeze(2)
        return torch.cat([curves, on.unsqueeze(2).expand_as(curves)], dim=1).mT

    def along_time(self, conditions: Conditions) -> Tensor:
        """What is asked frame by frame, and whether it is asked at all, [batch, frames, 17 + 2 n_descriptors]."""
        frames = conditions.phases.shape[2]
        on = conditions.has_grid.view(-1, 1, 1)
        rows = [conditions.phases * on, on.expand(-1, 1, frames)]
        if self.config.n_descriptors:
            on = conditions.has_descriptors.unsqueeze(2)
            rows += [conditions.descriptors * on, on.expand(-1, -1, frames)]
        return torch.cat(rows, dim=1).mT

    def forward(self, x: Tensor, alpha: Tensor, step_size: Tensor, conditions: Conditions) -> Tensor:
        embedding = self.embed(alpha, step_size, conditions)
        grid, curves = self.along_time(conditions), self.curves(conditions)
        h = self.stem(torch.cat([x.mT, grid], dim=2))
        skips = []
        for blocks, shrink in zip(self.down, self.shrink, strict=True):
            h = blocks(h, embedding, curves)
            skips.append(h)
            h = shrink(h, math.ceil(h.shape[1] / 2))
        h = h + self.grid(phases_between(grid, h.shape[1]))
        h = self.bottom(h, embedding, curves)
        for blocks, grow, skip in zip(self.up, self.grow, reversed(skips), strict=True):
            h = torch.cat([read_between(grow(h), skip.shape[1]), skip], dim=2)
            h = blocks(h, embedding, curves)
        residual: Tensor = self.head(F.silu(self.norm(h, embedding))).mT.float()
        share, scale = preconditioning(alpha.view(-1, 1, 1))
        return share * x + scale * residual


def preconditioning(alpha: Tensor) -> tuple[Tensor, Tensor]:
    """What of the velocity is already known: `velocity = share * x_alpha + scale * (something of unit variance)`.

    For white unit-normal noise and data, `share` is the best linear guess and `scale` what it leaves over; so the net
    learns only what it can't know from the variances (the idea of arXiv:2206.00364, table 1).
    """
    power = alpha.square() + (1 - alpha).square()
    return (2 * alpha - 1) / power, power.rsqrt()


def phases_between(grid: Tensor, frames: int) -> Tensor:
    """The grid at the frames of a coarser level: the nearest fine frame, as a sawtooth must not be interpolated."""
    n = grid.shape[1]
    index = (
        torch.arange(frames, device=grid.device, dtype=torch.float64) * n / frames + 0.5
    ).floor().long() % n
    return grid[:, index]
