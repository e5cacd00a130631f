"""Shared memory: what is written is read, torn records are noticed, nothing is left behind."""

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from instrument.memory import (
    UNIT,
    DeckParams,
    LoopBank,
    MeterReading,
    Meters,
    OutputRing,
    ParameterBlock,
    PlaybackParams,
    SharedMemoryFull,
    SlotHeader,
    SlotState,
    remove_left_behind,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bank():
    bank = LoopBank.create(3)
    yield bank
    bank.close()
    bank.unlink()


@pytest.fixture
def parameters():
    block = ParameterBlock.create()
    yield block
    block.close()
    block.unlink()


def left_behind():
    """Shared memory that this process made and that still has a name."""
    return list(Path("/dev/shm").glob(f"ladmg-{os.getpid()}-*"))


def test_what_one_process_writes_another_reads(bank):
    loop = np.random.default_rng(1).standard_normal((UNIT, 2)).astype(np.float32)
    header = SlotHeader(48000, 4321, 12503, 4, 7, SlotState.READY, 2**64 - 1)
    bank.samples(2)[:] = loop
    bank.write_header(2, header)
    other = LoopBank.attach(bank.name)
    assert (other.n_units, other.channels) == (3, 2)
    assert np.array_equal(other.samples(2), loop)
    assert other.header(2) == header
    assert other.header(2).bpm == 125.03
    assert other.header(0) == SlotHeader()
    other.write_state(2, SlotState.SOUNDING)
    assert bank.header(2) == dataclasses.replace(header, state=SlotState.SOUNDING)
    other.close()


def test_units_lie_in_a_row(bank):
    for slot in range(3):
        bank.samples(slot)[:] = slot + 1
        bank.write_header(slot, SlotHeader(n_samples=slot))
    assert [set(bank.samples(slot)[:UNIT].ravel()) for slot in range(3)] == [{1.0}, {2.0}, {3.0}]
    assert [len(bank.samples(slot)) for slot in range(3)] == [3 * UNIT, 2 * UNIT, UNIT]
    assert [bank.header(slot).n_samples for slot in range(3)] == [0, 1, 2]


def test_wrong_slots_and_headers_are_refused(bank):
    with pytest.raises(ValueError, match=r"slot must be in 0\.\.2, got 3"):
        bank.samples(3)
    with pytest.raises(ValueError, match=rf"n_samples must be in 0\.\.{UNIT} in slot 2, got {UNIT + 1}"):
        bank.write_header(2, SlotHeader(n_samples=UNIT + 1))
    with pytest.raises(ValueError, match="n_units must be at least 1, got 0"):
        LoopBank.create(0)


def test_what_is_no_bank_is_refused(parameters):
    with pytest.raises(ValueError, match="is not a loop bank"):
        LoopBank.attach(parameters.name)


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="shared memory is no file system here")
def test_the_banks_pages_are_really_there():
    """Sparse shared memory would be SIGBUS on stage, once /dev/shm is full."""
    bank = LoopBank.create(4)
    assert (Path("/dev/shm") / bank.name).stat().st_blocks * 512 >= 4 * UNIT * 2 * 4
    bank.close()
    bank.unlink()


def test_a_bank_that_does_not_fit_fails_at_once_and_leaves_nothing():
    with pytest.raises(SharedMemoryFull, match=r"a loop bank of 1000000 units needs .* MiB of shared memory"):
        LoopBank.create(10**6)
    assert not left_behind()


def test_pages_that_can_not_be_had_are_noticed(monkeypatch):
    def refuse(descriptor, start, size):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(SharedMemoryFull, match="make /dev/shm larger"):
        LoopBank.create(1)
    assert not left_behind()


def test_parameters_arrive_whole_and_unchanged_ones_as_the_same_object(parameters):
    other = ParameterBlock.attach(parameters.name)
    assert other.read() is None
    decks = DeckParams(morph=0.25, stutter=3), DeckParams(reverse=True, filter=-0.5)
    written = PlaybackParams(132.01, False, -3.5, swap=6, deck_1=decks[0], deck_2=decks[1])
    parameters.write(written)
    assert other.read() == written
    assert other.read() is other.read()
    parameters.write(PlaybackParams())
    assert other.read() == PlaybackParams()
    other.close()


def test_a_torn_record_is_not_read(parameters):
    """The writer is killed half way: the record before it stands; if both copies are torn there is none."""
    parameters.write(PlaybackParams(bpm=100))
    parameters.write(PlaybackParams(bpm=110))
    shared = parameters._board._buffer
    stride = parameters._board._stride
    newest = 0  # revision 2 lies in copy 0
    shared[newest + 9] ^= 1
    assert ParameterBlock.read(parameters) == PlaybackParams(bpm=100)
    shared[stride + 9] ^= 1
    assert parameters.read() is None


def test_a_new_writer_goes_on_where_the_old_one_was_killed(parameters):
    for bpm in (100, 110, 120):
        parameters.write(PlaybackParams(bpm=bpm))
    successor = ParameterBlock.attach(parameters.name)
    successor.write(PlaybackParams(bpm=90))
    assert parameters.read() == PlaybackParams(bpm=90)
    successor.close()


def _write_for_ever(name):
    block = ParameterBlock.attach(name)
    value = 0
    while True:
        value = (value + 1) % 100
        block.write(PlaybackParams(bpm=100.0 + value, gain_db=-float(value), swap=value % 7))


def test_a_reader_never_sees_a_mixture(parameters):
    """Another process writes as fast as it can, and is killed."""
    writer = multiprocessing.get_context("spawn").Process(target=_write_for_ever, args=(parameters.name,))
    writer.start()
    seen = set()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        params = parameters.read()
        if params is not None:
            assert params.bpm - 100.0 == -params.gain_db
            assert params.swap == int(-params.gain_db) % 7
            seen.add(params.bpm)
        if len(seen) == 30:
            break
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert len(seen) > 1
    last = parameters.read()
    assert last is not None
    assert last.bpm - 100.0 == -last.gain_db


@pytest.mark.parametrize(
    "wrong", [{"bpm": 0.0}, {"bpm": float("nan")}, {"gain_db": float("inf")}, {"gain_db": 99.0}, {"swap": 7}]
)
def test_parameters_check_themselves(wrong):
    name = next(iter(wrong))
    with pytest.raises(ValueError, match=f"{name} must be"):
        PlaybackParams(**wrong)


def test_meters_tell_the_musical_time():
    meters = Meters.create()
    other = Meters.attach(meters.name)
    assert other.read() is None
    reading = MeterReading(
        sample=96000, monotonic_ns=5_000_000_000, bpm_centi=12000, is_running=True, beat=4.0, peak=0.5
    )
    meters.write(reading)
    assert other.read() == reading
    assert other.read().beat_at(5_250_000_000) == pytest.approx(4.5)
    assert dataclasses.replace(reading, is_running=False).beat_at(9_000_000_000) == 4.0
    other.close()
    meters.close()
    meters.unlink()


def test_only_the_creator_unlinks(bank):
    other = LoopBank.attach(bank.name)
    with pytest.raises(ValueError, match="is unlinked by the process that made it"):
        other.unlink()
    other.close()


CHILDREN = """
import multiprocessing, os, signal, subprocess, sys, time
from instrument.memory import LoopBank, Meters, ParameterBlock

def child(name, how):
    bank = LoopBank.attach(name)
    kept = bank.samples(0)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "close":
        bank.close()

if __name__ == "__main__":
    bank, block, meters = LoopBank.create(2), ParameterBlock.create(), Meters.create()
    spawn = multiprocessing.get_context("spawn")
    for how in ("close", "leave", "kill"):
        process = spawn.Process(target=child, args=(bank.name, how))
        process.start()
        process.join()
    stranger = "import sys; from instrument.memory import LoopBank; LoopBank.attach(sys.argv[1])"
    subprocess.run([sys.executable, "-c", stranger, bank.name], check=True)
    LoopBank.attach(bank.name).close()
    for shared in (bank, block, meters):
        shared.close()
        shared.unlink()
        shared.unlink()
"""


def test_children_that_end_or_are_killed_leave_the_memory_to_its_creator(tmp_path):
    """No double unlink, no warning by the resource tracker; even after a child with a tracker of its own."""
    script = tmp_path / "children.py"
    script.write_text(CHILDREN)
    run = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.fixture
def ring():
    ring = OutputRing.create(48000, 2.0)
    yield ring
    ring.close()
    ring.unlink()


def numbered(start, n):
    """A block whose samples are their own indices."""
    return np.repeat(np.arange(start, start + n, dtype=np.float32)[:, None], 2, axis=1)


def test_the_ring_gives_each_sample_by_its_index_to_any_reader(ring):
    reader = OutputRing.attach(ring.name)
    assert (reader.rate, reader.capacity, reader.channels, reader.end) == (48000, 96000, 2, 0)
    position = 0
    for start in range(-71, 500_000, 777):
        ring.write(start, numbered(start, 777))
        assert reader.written == start + 777
        assert reader.end == max(start, 0)  # the newest block is told of with the next
        first, audio = reader.read(position, 1000)
        assert first == position
        assert np.array_equal(audio, numbered(position, len(audio)))
        position += len(audio)
    assert position == reader.end
    assert len(reader.read(position, 1000)[1]) == len(reader.read(position + 5000, 1000)[1]) == 0
    reader.close()


def test_a_reader_that_was_lapped_is_told_what_is_missing(ring):
    for start in range(0, 300_000, 512):
        ring.write(start, numbered(start, 512))
    first, audio = ring.read(1000, 300_000)
    assert 0 < ring.end - 96000 < first < ring.end - 60000
    assert np.array_equal(audio, numbered(first, ring.end - first))


def test_a_card_of_another_rate_begins_anew(ring):
    ring.write(0, numbered(0, 512))
    ring.begin(48_000)
    ring.write(512, numbered(512, 512))
    reader = OutputRing.attach(ring.name)
    assert (reader.end, reader.written) == (512, 1024)
    ring.begin(44_100)
    assert (reader.rate, reader.end, reader.written) == (44_100, 0, 0)
    for start in (30_000, 30_512):  # where the music is by then: what was before it is silence
        ring.write(start, numbered(start, 512))
    first, audio = reader.read(29_900, 1000)
    assert first == 29_900
    assert not audio[:100].any()
    assert np.array_equal(audio[100:], numbered(30_000, 512))
    reader.close()


def test_time_without_a_block_is_silence_in_the_ring(ring):
    ring.write(0, numbered(0, 512))
    other = OutputRing.attach(ring.name)  # of the next audio process
    other.write(30_000, numbered(30_000, 512))
    other.write(30_512, numbered(30_512, 512))
    first, audio = ring.read(0, 40_000)
    assert (first, len(audio)) == (0, 30_512)
    assert np.array_equal(audio[:512], numbered(0, 512))
    assert not audio[512:30_000].any()
    assert np.array_equal(audio[30_000:], numbered(30_000, 512))
    other.write(10**9, numbered(10**9, 512))  # longer than the ring
    other.write(10**9 + 512, numbered(0, 512))
    first, audio = ring.read(30_512, 10**6)
    assert first > 10**9 - 96_000
    assert not audio[:-512].any()
    other.close()


WRITING_A_RING = """
import sys, numpy as np
from instrument.memory import OutputRing
ring = OutputRing.attach(sys.argv[1])
count = np.arange(700)[:, None] * np.ones((1, 2))
print("writes", flush=True)
start = 0
while True:
    n = 1 + start % 699
    ring.write(start, ((start + count[:n]) % 2**20).astype(np.float32))
    start += n
"""


def test_what_is_read_while_it_is_written_is_never_a_mixture(ring):
    """A writer far faster than real time overtakes the reader again and again."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITING_A_RING, ring.name], cwd=ROOT, stdout=subprocess.PIPE
    )
    position = n_read = n_lapped = 0
    try:
        writer.stdout.readline()
        while n_read < 3_000_000 or n_lapped < 3:
            first, audio = ring.read(position, 48_000)
            n_lapped += first > position
            assert np.array_equal(audio[:, 0], (first + np.arange(len(audio))) % 2**20)
            position = first + len(audio)
            n_read += len(audio)
            if n_read > 2_000_000 and n_lapped < 3:
                time.sleep(0.2)
    finally:
        writer.kill()
        writer.communicate()


def test_a_ring_that_is_too_short_to_read_from_is_refused():
    with pytest.raises(ValueError, match="must hold over 65536 samples, got 48000"):
        OutputRing.create(48000, 1.0)
    assert left_behind() == []


MAKER = """
import os, time
from multiprocessing import resource_tracker
from instrument.memory import LoopBank
bank = LoopBank.create(2)
print(bank.name, resource_tracker._resource_tracker._pid, flush=True)
time.sleep(600)
"""


def test_what_a_killed_console_left_is_removed_at_the_next_start_and_no_other(bank):
    """Killed with its resource tracker, as when the system runs out of memory: nobody else would remove it."""
    maker = subprocess.Popen([sys.executable, "-c", MAKER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    name, tracker = maker.stdout.readline().split()
    left = Path("/dev/shm", name)
    remove_left_behind()
    assert left.exists()  # its maker lives
    for pid in (int(tracker), maker.pid):
        os.kill(pid, signal.SIGKILL)
    maker.communicate()
    assert left.exists()
    assert remove_left_behind() >= 1
    assert not left.exists()
    assert len(left_behind()) == 1


def test_a_piece_that_is_locked_is_not_removed_whatever_its_name_says(bank):
    """Where two containers share the memory, one sees no process of the other's names."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    alias = Path("/dev/shm", f"ladmg-{gone.pid}-00000000")
    os.link(f"/dev/shm/{bank.name}", alias)
    try:
        remove_left_behind()
        assert alias.exists()
    finally:
        alias.unlink(missing_ok=True)
