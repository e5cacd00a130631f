"""What is shared out among cores is what one core makes of it."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from model.codec import Codec
from model.cores import Cores, net_on
from model.unet import Conditions, UNet, UNetConfig
from tests.tiny_checkpoint import CODEC_CONFIG


def test_pieces_run_at_once_each_on_one_thread_and_come_back_in_order() -> None:
    cores, threads = Cores(3), torch.get_num_threads()
    met = threading.Barrier(3, timeout=30)

    def work(seconds: float, number: int) -> torch.Tensor:
        met.wait()
        time.sleep(seconds)
        return torch.tensor([number, torch.get_num_threads()])

    found = cores.map(work, [0.2, 0.1, 0.0], [1, 2, 3])
    assert torch.stack(found).tolist() == [[1, 1], [2, 1], [3, 1]]
    assert torch.get_num_threads() == threads  # here, where other layers run


def test_an_error_comes_to_the_caller_and_the_cores_go_on() -> None:
    def work(number: int) -> torch.Tensor:
        if number == 2:
            raise RuntimeError("number 2 fails")
        return torch.tensor(number)

    cores = Cores(2)
    with pytest.raises(RuntimeError, match="number 2 fails"):
        cores.map(work, [1, 2, 3])
    assert [int(each) for each in cores.map(work, [3, 4, 5])] == [3, 4, 5]


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_a_net_answers_the_same_on_any_number_of_cores(batch: int) -> None:
    torch.manual_seed(0)
    net = UNet(UNetConfig(4, (16, 16), (1,), (1,), 8, 16, n_tags=3, n_descriptors=4))
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, 0.0, 0.2)
    asked = Conditions.nothing(net.config, batch, 12, torch.zeros(1))
    asked.phases[:] = torch.randn(asked.phases.shape)
    asked.tags[:] = torch.randn(asked.tags.shape)
    question = (torch.randn(batch, 4, 12), torch.rand(batch), torch.rand(batch), asked)
    whole = net(*question)
    for n in (1, 2, 4):
        shared_out = net_on(Cores(n), net)(*question)
        assert not shared_out.requires_grad
        torch.testing.assert_close(shared_out, whole.detach(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("frames", [50, 192, 289, 576])
def test_parts_of_a_loop_are_decoded_to_the_loop(frames: int) -> None:
    torch.manual_seed(0)
    codec = Codec(CODEC_CONFIG).eval()
    latents = torch.randn(1, codec.config.latent_channels, frames)
    with torch.no_grad():
        whole = codec.decode(latents)
        for n in (2, 3, 16):
            codec.cores = Cores(n)
            difference = codec.decode(latents) - whole
            assert (
                difference.abs().max() < 1e-3 * whole.abs().max()
            )  # -60 dB: hashed noise repeats every rounding
