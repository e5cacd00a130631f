"""The net knows no first frame: rolling its input rolls its output, at lengths that divide and that don't."""

from dataclasses import replace

import pytest
import torch

from model import checkpoint, rhythm, tags
from model.unet import CircularConv, Conditions, UNet, UNetConfig, preconditioning, read_between

SIZES = UNetConfig(
    latent_channels=8,
    widths=(16, 32, 32),
    n_blocks=(1, 1),
    dilations=(1, 8),
    text_dim=16,
    embedding=16,
    n_tags=5,
    n_descriptors=4,
    has_strengths=True,
)


@pytest.fixture(scope="module")
def net() -> UNet:
    torch.manual_seed(0)
    net = UNet(SIZES).eval().requires_grad_(False)
    for parameter in net.parameters():  # a fresh net predicts zero
        torch.nn.init.normal_(parameter, 0.0, 0.1)
    return net


def asked(batch: int, frames: int, n_bars: int = 4) -> Conditions:
    words = torch.nn.functional.normalize(torch.randn(batch, 16), dim=1)
    return Conditions(
        phases=rhythm.phases(frames, n_bars).expand(batch, -1, -1),
        log_bpm=torch.randn(batch),
        has_grid=torch.ones(batch),
        text=words,
        has_text=torch.ones(batch),
        descriptors=torch.randn(batch, 4, frames),
        has_descriptors=torch.ones(batch, 4),
        tags=torch.randn(batch, 5).sign(),
        strengths=1 + 3 * torch.rand(batch, 2),
    )


def rolled_by(conditions: Conditions, frames: int) -> Conditions:
    return replace(
        conditions,
        phases=conditions.phases.roll(frames, -1),
        descriptors=conditions.descriptors.roll(frames, -1),
    )


def velocity(net: UNet, x: torch.Tensor, conditions: Conditions, alpha: float = 0.3) -> torch.Tensor:
    out: torch.Tensor = net(x, torch.full((len(x),), alpha), torch.zeros(len(x)), conditions)
    return out


@pytest.mark.parametrize("frames", [576, 144, 92])
def test_rolling_rolls_exactly_by_whole_coarse_frames(net: UNet, frames: int) -> None:
    x, conditions = torch.randn(1, 8, frames), asked(1, frames)
    rolled = rolled_by(conditions, 28)
    torch.testing.assert_close(
        velocity(net, x.roll(28, -1), rolled), velocity(net, x, conditions).roll(28, -1), atol=1e-4, rtol=1e-3
    )


@pytest.mark.parametrize("frames", [563, 545, 577])
def test_rolling_rolls_nearly_where_the_length_does_not_divide(net: UNet, frames: int) -> None:
    x, conditions = torch.randn(1, 8, frames), asked(1, frames)
    here = velocity(net, x, conditions)
    rolled = rolled_by(conditions, 28)
    error = (velocity(net, x.roll(28, -1), rolled) - here.roll(28, -1)).square().mean()
    assert float(error / here.var()) < 0.03  # less than what one loop in a thousand differs by


@pytest.mark.parametrize("frames", [22, 90, 143, 1152])
def test_any_length_goes_through(net: UNet, frames: int) -> None:
    assert velocity(net, torch.randn(1, 8, frames), asked(1, frames, 1)).shape == (1, 8, frames)


def test_an_item_of_a_batch_equals_that_item_alone(net: UNet) -> None:
    x, conditions = torch.randn(3, 8, 96), asked(3, 96)
    together = velocity(net, x, conditions)
    alone = Conditions(**{name: value[1:2] for name, value in vars(conditions).items()})
    torch.testing.assert_close(velocity(net, x[1:2], alone), together[1:2], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("values", "switch"),
    [
        (("text",), "has_text"),
        (("phases", "log_bpm"), "has_grid"),
        (("descriptors",), "has_descriptors"),
        (("tags",), None),
        (("strengths",), None),
    ],
)
def test_each_condition_counts_and_switched_off_it_does_not(
    net: UNet, values: tuple[str, ...], switch: str | None
) -> None:
    x, one, two = torch.randn(2, 8, 96), asked(2, 96), asked(2, 96, 2)
    other = replace(one, **{name: getattr(two, name) for name in values})
    assert not torch.allclose(velocity(net, x, one), velocity(net, x, other))
    if switch is not None:
        off = {switch: torch.zeros_like(getattr(one, switch))}
        torch.testing.assert_close(
            velocity(net, x, replace(one, **off)), velocity(net, x, replace(other, **off))
        )


def test_one_descriptor_alone_can_be_asked_for(net: UNet) -> None:
    x, one, two = torch.randn(1, 8, 96), asked(1, 96), asked(1, 96)
    only_second = replace(one, has_descriptors=torch.tensor([[0.0, 1.0, 0.0, 0.0]]))
    others_changed = two.descriptors.clone()
    others_changed[:, 1] = one.descriptors[:, 1]
    changed = replace(only_second, descriptors=others_changed)
    torch.testing.assert_close(velocity(net, x, changed), velocity(net, x, only_second))
    assert not torch.allclose(
        velocity(net, x, replace(only_second, descriptors=two.descriptors)), velocity(net, x, only_second)
    )


def test_nothing_asked_is_what_switching_all_off_leaves(net: UNet) -> None:
    x, conditions = torch.randn(2, 8, 96), replace(asked(2, 96), strengths=torch.ones(2, 2))
    nothing = Conditions.nothing(SIZES, 2, 96, x)
    torch.testing.assert_close(
        velocity(net, x, conditions.without_anything()), velocity(net, x, nothing), atol=1e-6, rtol=0
    )
    assert not nothing.has_content
    assert conditions.has_content


def test_a_net_that_knows_of_no_tags_and_descriptors_still_answers() -> None:
    """As the first checkpoints were: their manifests do not name these sizes."""
    config = replace(SIZES, n_tags=0, n_descriptors=0, has_strengths=False)
    x = torch.randn(1, 8, 96)
    assert velocity(UNet(config), x, Conditions.nothing(config, 1, 96, x)).shape == x.shape


def test_relative_keys_are_alike_to_a_net_that_hears_of_notes() -> None:
    """But for the tonic, which the table of tags says."""
    torch.manual_seed(0)
    net = UNet(replace(SIZES, n_tags=tags.N_TAGS, has_notes=True))
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, 0.0, 0.2)
    assert net.tags is not None
    torch.nn.init.zeros_(net.tags.weight)
    asked = Conditions.nothing(net.config, 1, 12, torch.zeros(()))
    keys = {
        name: replace(asked, tags=tags.vector(key=name)[None]) for name in ("A minor", "C major", "B major")
    }
    with torch.inference_mode():
        heard = {
            name: net.embed(torch.zeros(1), torch.zeros(1), conditions) for name, conditions in keys.items()
        }
    assert torch.equal(heard["A minor"], heard["C major"])
    assert not torch.allclose(heard["A minor"], heard["B major"])
    with pytest.raises(ValueError, match="63 tags"):
        replace(SIZES, n_tags=5, has_notes=True)


def test_averages_of_descriptors_are_heard_in_every_frame() -> None:
    """And of those alone that are asked for; a curve with the same average is heard alike there."""
    torch.manual_seed(0)
    net = UNet(replace(SIZES, n_descriptors=2, has_averages=True))
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, 0.0, 0.2)
    nothing = Conditions.nothing(net.config, 1, 12, torch.zeros(()))
    asked = replace(nothing, has_descriptors=torch.tensor([[1.0, 0.0]]))
    flat = torch.tensor([0.5, 3.0]).view(1, 2, 1).expand(1, 2, 12)
    curve = flat + torch.linspace(-1, 1, 12)

    def heard(conditions: Conditions) -> torch.Tensor:
        with torch.inference_mode():
            return net.embed(torch.zeros(1), torch.zeros(1), conditions)

    torch.testing.assert_close(
        heard(replace(asked, descriptors=flat)), heard(replace(asked, descriptors=curve))
    )
    assert not torch.allclose(heard(replace(asked, descriptors=flat)), heard(asked))
    louder = flat + torch.tensor([0.0, 1.0]).view(1, 2, 1)  # of what is not asked for
    assert torch.equal(heard(replace(asked, descriptors=flat)), heard(replace(asked, descriptors=louder)))
    with pytest.raises(ValueError, match="n_descriptors 0"):
        replace(SIZES, n_descriptors=0, has_averages=True)


def test_curves_are_heard_by_every_block_where_they_are_asked_for() -> None:
    torch.manual_seed(0)
    net = UNet(replace(SIZES, n_descriptors=2, has_curves=True))
    for name, parameter in net.named_parameters():
        if "curves" not in name:
            torch.nn.init.normal_(parameter, 0.0, 0.2)
    x, at = torch.randn(1, SIZES.latent_channels, 12), torch.tensor([0.3])
    nothing = Conditions.nothing(net.config, 1, 12, torch.zeros(()))
    curve = torch.linspace(-1, 1, 12).expand(1, 2, 12)
    asked = replace(nothing, has_descriptors=torch.tensor([[1.0, 0.0]]), descriptors=curve)

    def velocity(conditions: Conditions) -> torch.Tensor:
        with torch.inference_mode():
            return net(x, at, torch.zeros(1), conditions)

    layers = [(name, each) for name, each in net.named_parameters() if name.endswith("curves.weight")]
    assert len(layers) == 2 * sum(SIZES.n_blocks) + len(SIZES.dilations)
    assert all(not layer.any() for _, layer in layers)
    silent, heard = velocity(nothing), velocity(asked)
    for name, layer in layers:
        torch.nn.init.normal_(layer)
        assert torch.equal(velocity(nothing), silent), name
        assert not torch.allclose(velocity(asked), heard), name
        other = curve + torch.tensor([0.0, 1.0]).view(1, 2, 1)  # of what is not asked for
        assert torch.equal(velocity(replace(asked, descriptors=other)), velocity(asked)), name
        torch.nn.init.zeros_(layer)
    with pytest.raises(ValueError, match="n_descriptors 0"):
        replace(SIZES, n_descriptors=0, has_curves=True)


@pytest.mark.parametrize(
    ("kernel_size", "dilation", "frames"), [(3, 1, 20), (3, 8, 20), (4, 1, 9), (3, 32, 20)]
)
def test_circular_conv_is_the_convolution_of_the_tiled_loop(
    kernel_size: int, dilation: int, frames: int
) -> None:
    conv = CircularConv(5, 7, kernel_size, dilation)
    x = torch.randn(2, frames, 5)
    weight = conv.linear.weight.view(7, kernel_size, 5).transpose(1, 2)
    tiled = torch.nn.functional.conv1d(x.mT.repeat(1, 1, 9), weight, conv.linear.bias, dilation=dilation)
    start = 4 * frames - (kernel_size - 1) * dilation // 2
    torch.testing.assert_close(conv(x).mT, tiled[..., start : start + frames], atol=1e-5, rtol=1e-4)


def test_reading_between_frames() -> None:
    ramp = torch.sin(2 * torch.pi * torch.arange(64) / 64).view(1, 64, 1)
    assert torch.equal(read_between(ramp, 32), ramp[:, ::2])
    expected = torch.sin(2 * torch.pi * torch.arange(51) / 51).view(1, 51, 1)
    torch.testing.assert_close(read_between(ramp, 51), expected, atol=2e-3, rtol=0)


@pytest.mark.parametrize("alpha", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_preconditioning_leaves_unit_variance_uncorrelated_with_the_input(alpha: float) -> None:
    x_0, x_1 = torch.randn(2, 200_000, dtype=torch.float64)
    x_alpha = torch.lerp(x_0, x_1, alpha)
    share, scale = preconditioning(torch.tensor(alpha, dtype=torch.float64))
    left_over = (x_1 - x_0 - share * x_alpha) / scale
    assert abs(float(left_over.std()) - 1) < 0.01
    assert abs(float((left_over * x_alpha).mean())) < 0.01


def test_the_net_that_is_trained_fits_one_file() -> None:
    """At 19 MB it would have been refused only when a training ended."""
    config = UNetConfig(
        latent_channels=64,
        n_tags=tags.N_TAGS,
        n_descriptors=4,
        has_notes=True,
        has_averages=True,
        has_curves=True,
        has_strengths=True,
    )
    n_bytes = 2 * sum(parameter.numel() for parameter in UNet(config).parameters())
    assert n_bytes < checkpoint.MAX_PART_BYTES - 100_000
