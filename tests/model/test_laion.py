"""LAION's CLAP: nothing is unpickled, the network is not asked, and the same sound gives the same vector.

The package can't be installed beside numpy 2, so in most environments a stand-in of its name takes its place, which
does what it does at import and answers as it does. Where laion-clap is installed, the last test runs it, with random
weights in its own format.
"""

import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers.pre_tokenizers import ByteLevel
from torch import nn

from model import laion
from model.checkpoint import CheckpointError
from model.laion import CHECKPOINT, WINDOW, LaionClap, read_weights, roberta_tokenizer, space_name, windows

HAS_PACKAGE = importlib.util.find_spec("laion_clap") is not None
TRANSFORMERS = """
class _Pretrained:
    @classmethod
    def from_pretrained(cls, name):
        raise OSError(f"{name}: the network was asked")
class BertTokenizer(_Pretrained): pass
class RobertaTokenizer(_Pretrained): pass
class BartTokenizer(_Pretrained): pass
class RobertaConfig:
    def __init__(self, **sizes): self.sizes = sizes
class RobertaModel(_Pretrained):
    def __init__(self, config): self.config = config
"""
PACKAGE = """
import os, sys
import numpy as np, torch
from torch import nn
from transformers import BartTokenizer, BertTokenizer, RobertaModel, RobertaTokenizer
sys.path.append(os.path.dirname(__file__))
tokenizers = [kind.from_pretrained("x") for kind in (BertTokenizer, RobertaTokenizer, BartTokenizer)]
class CLAP_Module(nn.Module):
    def __init__(self, enable_fusion=True, device=None, amodel="HTSAT-tiny", tmodel="roberta"):
        super().__init__()
        if amodel != "HTSAT-base":
            raise RuntimeError(f"Model config for {amodel} not found.")
        assert not enable_fusion
        assert RobertaModel.from_pretrained("roberta-base").config.sizes["vocab_size"] == 50265
        self.model = nn.Module()
        self.model.joint_embed_shape = 8
        self.model.audio_projection = nn.Linear(3, 8)
        self.model.text_projection = nn.Linear(77, 8)
    def get_text_embedding(self, x, tokenizer=None, use_tensor=False):
        tokens = tokenizer(x)
        given = (tokens["input_ids"] * tokens["attention_mask"]).float() / 50265
        return nn.functional.normalize(self.model.text_projection(given), dim=-1).detach().numpy()
    def get_audio_embedding_from_data(self, x, use_tensor=False):
        assert isinstance(x, np.ndarray) and x.shape[1] <= 480000 and np.abs(x).max() <= 1
        heard = torch.from_numpy(np.stack([[c.std(), c.max(), c.min()] for c in (x * 32767).astype("i2") / 32767]))
        return nn.functional.normalize(self.model.audio_projection(heard.float()), dim=-1).detach().numpy()
"""


class Opened:
    """When unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def write_tokenizer(folder: Path, hello: int = 31414) -> None:
    """RoBERTa's format, with its ids where the loader looks: two words, and all bytes."""
    pieces = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    pieces |= {letter: 100 + i for i, letter in enumerate(sorted(ByteLevel.alphabet()))}
    merges = []
    for word, number in (("Hello", hello), ("\u0120world", 232)):
        for end in range(1, len(word)):
            merges.append(f"{word[:end]} {word[end]}")
            pieces.setdefault(word[: end + 1], 1000 + len(pieces))
        pieces[word] = number
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(pieces))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")


def stand_in_weights(seed: int = 0) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    nets = {"audio_projection": nn.Linear(3, 8), "text_projection": nn.Linear(77, 8)}
    return {
        f"{part}.{name}": value.detach()
        for part, net in nets.items()
        for name, value in net.named_parameters()
    }


def write_checkpoint(file: Path, weights: dict[str, torch.Tensor]) -> None:
    """As the package's training writes it, with what is in the way of reading it."""
    stored = {f"module.{name}": value for name, value in weights.items()}
    stored["module.text_branch.embeddings.position_ids"] = torch.arange(514).unsqueeze(0)
    scores = {
        "epoch": 15,
        "name": "music",
        "optimizer": {"state": {}},
        "score": np.float64(0.9),
        "one": np.float32(1),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(scores | {"state_dict": stored}, file)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The stand-in, importable."""
    folder = tmp_path / "site"
    (folder / "laion_clap").mkdir(parents=True)
    (folder / "transformers.py").write_text(TRANSFORMERS)
    (folder / "laion_clap" / "__init__.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(folder)
    before = {name: sys.modules.pop(name) for name in ("transformers", "laion_clap") if name in sys.modules}
    yield
    for name in ("transformers", "laion_clap"):
        sys.modules.pop(name, None)
    sys.modules.update(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkpoint and a tokenizer side by side."""
    write_tokenizer(tmp_path / "clap")
    write_checkpoint(tmp_path / "clap" / CHECKPOINT, stand_in_weights())
    return tmp_path / "clap"


def test_both_ways_lead_to_unit_vectors(package: None, folder: Path) -> None:
    clap = LaionClap.load(folder / CHECKPOINT)
    assert clap.dim == 8
    texts = clap.embed_text_batch(["Hello", "Hello world"] * 40)
    assert texts.shape == (80, 8)
    torch.testing.assert_close(texts.norm(dim=1), torch.ones(80))
    torch.testing.assert_close(clap.embed_text("Hello world"), texts[1])
    assert not torch.allclose(texts[0], texts[1])
    assert clap.embed_text_batch([]).shape == (0, 8)
    sound = 3 * torch.randn(2, 2 * WINDOW + 99, generator=torch.Generator().manual_seed(0))
    vector = clap.embed_audio(sound)
    assert vector.norm().item() == pytest.approx(1.0, abs=1e-5)
    assert torch.equal(vector, clap.embed_audio(sound))


def test_nothing_of_the_import_is_left(package: None, folder: Path) -> None:
    path = list(sys.path)
    LaionClap.load(folder / CHECKPOINT)
    assert sys.path == path
    transformers = importlib.import_module("transformers")
    with pytest.raises(OSError, match="the network was asked"):
        transformers.BertTokenizer.from_pretrained("bert-base-uncased")


def test_a_safetensors_version_is_the_same_space(
    package: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = LaionClap.load(folder / CHECKPOINT)
    small = (folder / CHECKPOINT).with_suffix(".safetensors")
    monkeypatch.setattr(sys, "argv", ["laion", str(folder / CHECKPOINT), str(small)])
    laion.main()
    (folder / CHECKPOINT).unlink()
    second = LaionClap.load(small)
    assert second.space == first.space
    assert torch.equal(second.embed_text("Hello"), first.embed_text("Hello"))


def test_other_weights_are_another_space() -> None:
    assert space_name(stand_in_weights(0), "HTSAT-base") == space_name(stand_in_weights(0), "HTSAT-base")
    assert space_name(stand_in_weights(0), "HTSAT-base") != space_name(stand_in_weights(1), "HTSAT-base")


def test_the_default_is_the_users_cache(
    package: None, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(CheckpointError, match=f"needs its weights at .*{CHECKPOINT}: get https://"):
        LaionClap.load()
    (tmp_path / "cache" / "ladmg").mkdir(parents=True)
    folder.rename(tmp_path / "cache" / "ladmg" / "laion-clap")
    assert LaionClap.load().dim == 8


def test_a_missing_tokenizer_is_named_with_its_place_and_source(folder: Path) -> None:
    (folder / "merges.txt").unlink()
    with pytest.raises(CheckpointError, match=r"missing: .*clap/merges.txt; get https://.*put them there"):
        LaionClap.load(folder / CHECKPOINT)


def test_another_tokenizer_is_refused(tmp_path: Path) -> None:
    """transformers 5 takes an empty vocabulary without a word, and then all texts are alike."""
    write_tokenizer(tmp_path, hello=7)
    with pytest.raises(CheckpointError, match="not RoBERTa's: 'Hello world' must be"):
        roberta_tokenizer(tmp_path)
    (tmp_path / "vocab.json").write_text("{}")
    with pytest.raises(CheckpointError, match="RoBERTa's"):
        roberta_tokenizer(tmp_path)


def test_tokens_are_padded_and_cut_as_in_the_package(tmp_path: Path) -> None:
    write_tokenizer(tmp_path)
    tokens = roberta_tokenizer(tmp_path)(["Hello world", "Hello world " * 200])
    assert tokens["input_ids"].shape == tokens["attention_mask"].shape == (2, 77)
    assert tokens["input_ids"][0, :6].tolist() == [0, 31414, 232, 2, 1, 1]
    assert tokens["attention_mask"].sum(1).tolist() == [4, 77]
    assert tokens["input_ids"][1, -1] == 2


def test_without_the_package_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(CheckpointError, match="needs the package laion-clap"):
        LaionClap.load(folder / CHECKPOINT)


def test_an_unknown_audio_net_is_refused(package: None, folder: Path) -> None:
    with pytest.raises(CheckpointError, match="can't make 'HTSAT-huge'"):
        LaionClap.load(folder / CHECKPOINT, amodel="HTSAT-huge")


def test_weights_of_another_net_are_refused(package: None, folder: Path) -> None:
    write_checkpoint(folder / CHECKPOINT, {"audio_projection.weight": torch.zeros(2, 2)})
    with pytest.raises(CheckpointError, match="does not fit laion-clap's HTSAT-base"):
        LaionClap.load(folder / CHECKPOINT)


def test_nothing_is_executed_from_a_checkpoint(tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    torch.save({"state_dict": {"a": Opened(opened)}}, tmp_path / "evil.pt")
    with pytest.raises(CheckpointError, match="is refused, as it holds more than weights"):
        read_weights(tmp_path / "evil.pt")
    assert not opened.exists()


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
@pytest.mark.parametrize("data", [b"", b"rubbish" * 99])
def test_damaged_files_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CheckpointError, match=name):
        read_weights(tmp_path / name)


def test_a_checkpoint_without_tensors_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {"a": 1}}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="is no checkpoint of laion-clap"):
        read_weights(tmp_path / "a.pt")


def test_windows_cover_all_of_a_long_sound() -> None:
    short = torch.randn(2, 1000)
    assert len(windows(short)) == 1
    torch.testing.assert_close(windows(0.1 * short)[0], 0.1 * short.mean(0))
    for spare in (1, WINDOW // 2, WINDOW, WINDOW + 1, 3 * WINDOW):
        mono = torch.linspace(0, 1, WINDOW + spare).unsqueeze(0)
        clips = windows(mono)
        assert all(len(clip) == WINDOW for clip in clips)
        assert clips[0][0] == 0
        assert clips[-1][-1] == 1
        one = 1.5 / (WINDOW + spare)  # the next sample
        assert all(later[0] <= earlier[-1] + one for earlier, later in pairwise(clips))


def test_a_loud_sound_is_turned_down_rather_than_wrapped_round() -> None:
    assert float(windows(5 * torch.ones(2, 100))[0].max()) == 1.0


@pytest.mark.parametrize("sound", [torch.zeros(2, 0), torch.zeros(5), torch.tensor([[float("nan")]])])
def test_what_is_no_sound_is_refused(sound: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="a waveform must be"):
        windows(sound)


@pytest.mark.skipif(not HAS_PACKAGE, reason="laion-clap is not installed (extra clap)")
def test_the_real_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights, saved as the package saves them: our vectors are the package's own, and no socket is opened."""
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was asked"))
    write_tokenizer(tmp_path)
    made = laion.empty_net("HTSAT-base", "cpu")
    write_checkpoint(tmp_path / CHECKPOINT, made.model.state_dict())
    clap = LaionClap.load(tmp_path / CHECKPOINT)
    assert clap.dim == 512
    sound = 0.1 * torch.randn(1, WINDOW, generator=torch.Generator().manual_seed(0))
    expected = torch.from_numpy(made.get_audio_embedding_from_data(x=sound.numpy()))
    torch.testing.assert_close(clap.embed_audio(sound), expected[0], atol=1e-5, rtol=0)
    texts = clap.embed_text_batch(["Hello", "Hello world"])
    torch.testing.assert_close(texts.norm(dim=1), torch.ones(2))
    assert not torch.allclose(texts[0], texts[1])
