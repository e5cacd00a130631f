"""The codec is circular: no place of a loop is special to it."""

from dataclasses import replace

import pytest
import torch

from model.codec import Codec, CodecConfig, HashNoise, LappedTransform, Levels, Overtones, mid_side, wrap
from model.loops import HOP
from tests.tiny_checkpoint import CODEC_CONFIG


@pytest.fixture(
    scope="module",
    params=[(False, False), (True, False), (True, True)],
    ids=["learnt", "overtones", "levels"],
)
def codec(request: pytest.FixtureRequest) -> Codec:
    torch.manual_seed(0)
    has_overtones, has_levels = request.param
    made = Codec(replace(CODEC_CONFIG, has_overtones=has_overtones, has_levels=has_levels, noise_ceiling=8.0))
    if has_levels:
        made.fit([0.3 * torch.randn(2, 40 * HOP) * torch.rand(40 * HOP).square()])
    return made.eval().requires_grad_(False)


def test_the_lapped_transform_is_orthonormal_and_exact() -> None:
    transform = LappedTransform(16)
    waveform = torch.randn(2, 2, 64 * 16)
    bands = transform(waveform)
    assert bands.shape == (2, 32, 64)
    torch.testing.assert_close(
        transform.inverse(bands)[..., 16:-16], waveform[..., 16:-16], atol=1e-5, rtol=0
    )
    inner = torch.zeros(1, 2, 640)
    inner[..., 200:400] = torch.randn(200)
    torch.testing.assert_close(transform(inner).square().sum(), inner.square().sum())


def test_a_few_bands_of_the_lapped_transform_hold_the_lows() -> None:
    transform = LappedTransform(HOP, (44, 4))
    seconds = torch.arange(30 * HOP) / 48_000
    tone = torch.sin(2 * torch.pi * 1200 * seconds)
    mid, side = torch.stack([tone, 0 * tone]).unsqueeze(0), torch.stack([0 * tone, tone]).unsqueeze(0)
    inner = slice(2 * HOP, -2 * HOP)
    assert transform(mid).shape == (1, 48, 30)
    torch.testing.assert_close(
        transform.inverse(transform(mid))[..., inner], mid[..., inner], atol=0.02, rtol=0
    )
    assert float(transform.inverse(transform(side))[..., inner].abs().max()) < 0.02  # 4 bands end at 150 Hz


@pytest.mark.parametrize(("before", "after"), [(0, 0), (3, 2), (5, 5), (12, 7)])
def test_wrap_repeats_the_period(before: int, after: int) -> None:
    signal = torch.arange(5.0).reshape(1, 1, 5)
    expected = torch.arange(-before, 5 + after) % 5
    assert torch.equal(wrap(signal, before, after)[0, 0], expected.float())


def test_rolling_a_loop_rolls_its_latents_and_back(codec: Codec) -> None:
    waveform = torch.randn(1, 2, 40 * HOP) * 0.1
    latents = codec.encode(waveform)
    assert latents.shape == (1, 8, 40)
    torch.testing.assert_close(
        codec.encode(waveform.roll(7 * HOP, -1)), latents.roll(7, -1), atol=1e-5, rtol=0
    )
    decoded = codec.decode(latents)
    assert decoded.shape == waveform.shape
    torch.testing.assert_close(
        codec.decode(latents.roll(7, -1)), decoded.roll(7 * HOP, -1), atol=1e-5, rtol=0
    )


def test_the_context_covers_the_receptive_field(codec: Codec) -> None:
    """What lies `context_frames` away can't be heard: else the wrapped context would be too short."""
    margin = codec.context_frames
    latents = torch.randn(1, 8, 4 * margin)
    changed = latents.clone()
    changed[..., 0] += 10.0
    difference = (codec.decode(changed) - codec.decode(latents)).abs().amax((0, 1))
    assert float(difference[margin * HOP : -margin * HOP].max()) < 1e-6


def test_fusing_weight_norm_changes_nothing_that_is_heard() -> None:
    codec = Codec(CODEC_CONFIG).eval().requires_grad_(False)
    latents = torch.randn(1, 8, 20)
    before = codec.decode(latents)
    torch.testing.assert_close(codec.fuse().decode(latents), before, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 640), (1, 2, 641)])
def test_what_is_not_a_stereo_loop_is_refused(codec: Codec, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a loop must be"):
        codec.encode(torch.zeros(shape))


def test_sizes_that_miss_the_frame_rate_are_refused() -> None:
    with pytest.raises(ValueError, match="must be 640"):
        CodecConfig(low_ratios=(8, 4))
    with pytest.raises(ValueError, match="must leave some of 32 channels"):
        CodecConfig(latent_channels=32)


def test_hash_noise_is_white_and_belongs_to_the_latents() -> None:
    noise = HashNoise(8, rows=4, steps=40)
    latents = torch.randn(1, 8, 300)
    made = noise(latents)
    assert made.shape == (1, 4, 300 * 40)
    assert abs(float(made.std()) - 1) < 0.02
    spectrum = torch.fft.rfft(made[0], norm="ortho").abs().square().mean(0)
    smooth = spectrum[1:6001].view(20, 300).mean(1)  # no comb at the frame rate, no slope
    assert 0.85 < float(smooth.min()) <= float(smooth.max()) < 1.15
    assert float(spectrum[300:6000:300].mean()) < 2.0
    assert torch.equal(noise(latents.roll(7, -1)), made.roll(7 * 40, -1))
    moved = noise(latents + 0.02 * torch.randn_like(latents))
    assert abs(float((moved * made).mean())) < 0.02


def test_overtones_are_harmonics_of_the_lows_whatever_their_level() -> None:
    seconds = torch.arange(30 * HOP) / 48_000
    tone = torch.sin(2 * torch.pi * 300 * seconds).unsqueeze(0)
    overtones = Overtones(16)
    bands = overtones(tone)
    inner = slice(20 * 16, -20 * 16)
    torch.testing.assert_close(overtones(0.2 * tone)[..., inner], bands[..., inner], atol=0.02, rtol=0)
    odd, even = overtones.transform.inverse(bands).double()[0, :, HOP * 5 : HOP * 25]
    for part, order in ((odd, 3), (even, 2)):
        spectrum = torch.fft.rfft(part * torch.hann_window(len(part))).abs()
        bin_hz = 48_000 / len(part)
        above = spectrum[round(450 / bin_hz) : round(1000 / bin_hz)]
        assert int(above.argmax()) + round(450 / bin_hz) == round(300 * order / bin_hz)


def bursts(n: int) -> torch.Tensor:
    """Loops of noise that comes and goes, each with a colour of its own, [n, 2, samples]."""
    torch.manual_seed(3)
    noise = torch.randn(n, 2, 60 * HOP)
    noise = noise + torch.rand(n, 1, 1) * noise.roll(1, -1)
    beat = (torch.arange(60 * HOP) // 800 % 5 == 0) + 0.05
    return 0.1 * noise * beat * torch.rand(n, 2, 1)


def test_levels_are_those_of_the_bands() -> None:
    transform, levels = LappedTransform(64), Levels(64, 51)
    bands = transform(mid_side(bursts(1)))
    levels.fit(torch.cat([levels.measured(transform(mid_side(each[None])))[0] for each in bursts(40)], dim=1))
    made = levels.amplitudes(levels(bands))
    assert made.shape == bands.shape
    assert float(made[:, 0].max()) == 0.0  # there is only what the lows say
    # of mid, two halves of a frame; of side, the whole frame
    for rows, steps in ((slice(30, 37), 5), (slice(64 + 30, 64 + 37), 10)):
        loud = torch.nn.functional.avg_pool1d(bands[:, rows].square(), steps).mean(1)
        said = torch.nn.functional.avg_pool1d(made[:, rows].square(), steps).mean(1)
        inner = slice(2, -2)
        assert float((10 * torch.log10(said / loud))[:, inner].abs().median()) < 1.0


def test_a_few_components_of_levels_are_uncorrelated_and_say_most() -> None:
    transform, levels = LappedTransform(64), Levels(64, 6)
    measured = torch.cat([levels.measured(transform(mid_side(each[None])))[0] for each in bursts(40)], dim=1)
    levels.fit(measured)
    components = torch.cat([levels(transform(mid_side(each[None])))[0] for each in bursts(40)], dim=1)
    torch.testing.assert_close(
        components @ components.T / components.shape[1], torch.eye(6), atol=0.02, rtol=0
    )
    said = levels.basis @ components + levels.mean * 0
    left = (measured - levels.mean) - said
    assert float(left.square().mean()) < 0.2 * float((measured - levels.mean).square().mean())


def test_the_finest_levels_are_of_less_importance() -> None:
    told = Codec(replace(CODEC_CONFIG, has_overtones=True, has_levels=True))
    told.fit(list(bursts(10)))
    importance = told.importance()
    assert importance.shape == (CODEC_CONFIG.latent_channels,)
    assert (importance[: CODEC_CONFIG.low_channels] == 1).all()
    of_levels = importance[CODEC_CONFIG.low_channels :]
    assert (of_levels.diff() <= 0).all()
    assert 0 < float(of_levels[-1]) < 1
    assert (Codec(CODEC_CONFIG).importance() == 1).all()


def test_noise_may_be_louder_than_a_band_s_average() -> None:
    torch.manual_seed(0)
    quiet, loud = (Codec(replace(CODEC_CONFIG, noise_ceiling=ceiling)) for ceiling in (1.0, 8.0))
    loud.load_state_dict(quiet.state_dict())
    for codec in (quiet, loud):
        codec.requires_grad_(False)
        bias = codec.high.decoder.model[-1].conv.conv.bias
        bias[:] = torch.tensor([0.0, -20.0, 20.0]).repeat_interleave(len(bias) // 3)  # all noise
    latents = torch.randn(1, 8, 40)
    assert loud.decode(latents).std() > 4 * quiet.decode(latents).std()


def test_a_decoder_tuned_further_keeps_the_latent_space(codec: Codec) -> None:
    tuned = Codec(codec.config)
    tuned.load_state_dict(codec.state_dict())
    with torch.no_grad():
        next(tuned.low.decoder.parameters()).add_(1.0)
        next(tuned.high.decoder.parameters()).add_(1.0)
    assert tuned.latent_space() == codec.latent_space()
    with torch.no_grad():
        next(tuned.low.encoder.parameters()).add_(1.0)
    assert tuned.latent_space() != codec.latent_space()


def test_folding_the_weights_keeps_the_latent_space(codec: Codec) -> None:
    folded = Codec(codec.config)
    folded.load_state_dict(codec.state_dict())
    assert folded.fuse().latent_space() == codec.latent_space()
