"""Shards: what is written is read back in any order, and a writer that dies leaves only whole ones."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from model.tags import N_TAGS
from training import shards
from training.shards import Loop, ShardError, Shards

TEXT_DIM = 16


def loop(number: int, source: str, frames: int = 30, n_captions: int = 1, has_audio: bool = True) -> Loop:
    generator = torch.Generator().manual_seed(number)
    return Loop(
        latents=torch.randn(8, frames, generator=generator),
        descriptors=torch.randn(4, frames, generator=generator),
        tags=torch.randint(-1, 2, (N_TAGS,), generator=generator).float(),
        n_bars=1,
        source=source,
        start_s=float(number),
        audio_embedding=torch.randn(TEXT_DIM, generator=generator) if has_audio else None,
        captions=tuple(f"caption {number} {k}" for k in range(n_captions)),
        text_embeddings=torch.randn(n_captions, TEXT_DIM, generator=generator),
    )


def write(folder: Path, name: str, loops: list[Loop], **more: object) -> None:
    """A shard of these loops, entered in the journal."""
    if not (folder / shards.ABOUT).exists():
        shards.write_about(folder, {"latent_space": "tiny"})
    shards.write_shard(folder / name, loops)
    files = [
        {"file": source, "loops": [shards.journal_loop(one) for one in loops if one.source == source], **more}
        for source in dict.fromkeys(one.source for one in loops)
    ]
    shards.append_journal(folder, {"shard": name, "files": files})


def test_loops_come_back_as_they_were_written_in_any_order(tmp_path: Path) -> None:
    loops = [loop(k, f"{k // 2}.wav", 20 + k, n_captions=k % 3, has_audio=k % 2 == 0) for k in range(7)]
    write(tmp_path, "00000.safetensors", loops[:4])
    write(tmp_path, "00001.safetensors", loops[4:])
    read = Shards(tmp_path)
    assert len(read) == 7
    assert read.frames.tolist() == [one.frames for one in loops]
    for k in (6, 0, 3, 5, 2, 4, 1):
        one, expected = read.item(k), loops[k]
        torch.testing.assert_close(one.latents, expected.latents, atol=2e-3, rtol=0)
        torch.testing.assert_close(one.descriptors, expected.descriptors)
        torch.testing.assert_close(one.tags, expected.tags)
        torch.testing.assert_close(one.text_embeddings, expected.text_embeddings, atol=2e-3, rtol=0)
        assert (one.source, one.start_s, one.captions) == (
            expected.source,
            expected.start_s,
            expected.captions,
        )
        assert (one.audio_embedding is None) == (expected.audio_embedding is None)


def test_shards_go_to_another_process(tmp_path: Path) -> None:
    write(tmp_path, "00000.safetensors", [loop(0, "a.wav")])
    read = Shards(tmp_path)
    read.item(0)
    torch.testing.assert_close(pickle.loads(pickle.dumps(read)).item(0).latents, read.item(0).latents)


def test_splits_share_no_source_and_depend_on_no_other_file(tmp_path: Path) -> None:
    names = [f"{k}.wav" for k in range(60)]
    write(tmp_path, "00000.safetensors", [loop(k, names[k // 2]) for k in range(120)])
    parts = {split: set(Shards(tmp_path, split).sources) for split in shards.SPLITS}
    assert parts["train"] | parts["heldout"] == set(names)
    assert not parts["train"] & parts["heldout"]
    assert 1 <= len(parts["heldout"]) <= 15
    alone = shards.heldout_sources({"file": name, "loops": [{}]} for name in names[:30])
    assert alone == parts["heldout"] & set(names[:30])


def test_a_song_in_two_formats_is_on_one_side() -> None:
    entries = [{"file": f"{k}{suffix}", "loops": [{}]} for k in range(200) for suffix in (".wav", ".mp3")]
    heldout = shards.heldout_sources(entries)
    assert all((f"{k}.wav" in heldout) == (f"{k}.mp3" in heldout) for k in range(200))
    assert 5 <= len(heldout) // 2 <= 40


def test_few_files_still_have_one_held_out_and_one_to_train_on() -> None:
    for n in (2, 3, 5):
        heldout = shards.heldout_sources(
            ({"file": f"few {k}.wav", "loops": [{}]} for k in range(n)), share=1e-9
        )
        assert len(heldout) == 1
    assert not shards.heldout_sources([{"file": "only.wav", "loops": [{}]}], share=1e-9)


def test_a_split_that_is_given_counts(tmp_path: Path) -> None:
    write(tmp_path, "00000.safetensors", [loop(0, "a.wav"), loop(1, "b.wav")], split="heldout")
    write(tmp_path, "00001.safetensors", [loop(2, "c.wav")], split="train")
    assert Shards(tmp_path, "heldout").sources == ["a.wav", "b.wav"]
    assert Shards(tmp_path, "train").sources == ["c.wav"]


def test_a_file_prepared_again_is_there_once(tmp_path: Path) -> None:
    write(tmp_path, "00000.safetensors", [loop(0, "a.wav"), loop(1, "b.wav")])
    write(tmp_path, "00001.safetensors", [loop(2, "a.wav")])
    read = Shards(tmp_path)
    assert read.sources == ["b.wav", "a.wav"]
    assert [read.item(k).start_s for k in range(2)] == [1.0, 2.0]


def test_a_torn_last_line_of_the_journal_is_cut_off(tmp_path: Path) -> None:
    write(tmp_path, "00000.safetensors", [loop(0, "a.wav")])
    journal = tmp_path / shards.JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"shard": "00001.safete')
    assert Shards(tmp_path).sources == ["a.wav"]
    assert len(shards.mend_journal(tmp_path)) == 1
    assert journal.read_bytes() == whole


def test_what_can_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match=r"no prepared loops in .*about\.json is missing"):
        Shards(tmp_path)
    write(tmp_path, "00000.safetensors", [loop(0, "a.wav")])
    shard = tmp_path / "00000.safetensors"
    shard.write_bytes(shard.read_bytes()[:200])
    with pytest.raises(ShardError, match=r"00000\.safetensors can't be read"):
        Shards(tmp_path).item(0)
    shard.unlink()
    with pytest.raises(ShardError, match=r"00000\.safetensors can't be read"):
        Shards(tmp_path).item(0)
    (tmp_path / shards.ABOUT).write_text('{"format": "ladmg-shards", "version": 9}')
    with pytest.raises(ShardError, match="has version 9"):
        Shards(tmp_path)
    with pytest.raises(ValueError, match="split must be one of train, heldout"):
        Shards(tmp_path, "test")
