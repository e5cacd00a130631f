"""`make bench`: how fast this machine starts, answers and renders. Prints Markdown; passes or fails nothing.

A time says little without the machine, and what else it does meanwhile. So beside it stands a ratio from the
same run: to real time, to the block's duration, or to a reference, one matrix product in numpy.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import itertools
import multiprocessing
import os
import platform
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from instrument.audio.playback import Player
from instrument.audio.process import NO_DEVICE, AudioSettings, Output
from instrument.chooser import REST_S
from instrument.console import Console, PlayError, PlaySettings
from instrument.generator import GeneratorSettings, Pipeline, load_pipeline, render_recipe
from instrument.lows import write_loop
from instrument.memory import (
    DeckParams,
    LoopBank,
    MeterReading,
    Meters,
    OutputRing,
    ParameterBlock,
    PlaybackParams,
    SharedNames,
    SlotHeader,
    SlotState,
    n_units,
)
from instrument.osc.datagram import OscError, encode, parse
from instrument.params import DECKS
from instrument.recipe import Recipe
from instrument.status import Terminal

BPM, N_BARS = 125.0, 4
PLAIN = DeckParams()
IN_EFFECTS = DeckParams(filter=-0.5, kill_mid=True, stutter=2, delay_send=0.5)
STEPS = (1, 2, 4, 8, 16)
STAGES = ("text", "unet", "decode", "resample", "level")
EVALUATION_STEPS = 9  # against 1: the difference is 8 evaluations, and nothing else
CFG_GRID = 2.0  # guidance by the beat, where there is any: renders are timed with both
PATIENCE_S = 300.0
POLL_S = 0.0002


class BenchError(RuntimeError):
    """What was to be measured did not happen; the text says what."""


@dataclass(frozen=True)
class BenchSettings:
    """device: a sound card by name, or "none" for the real-time clock. quick: few repetitions, rough figures."""

    audio: AudioSettings = field(default_factory=lambda: AudioSettings(device=NO_DEVICE))
    generator: GeneratorSettings = field(default_factory=GeneratorSettings)
    quick: bool = False

    def n(self, times: int) -> int:
        """How often to measure what is measured so many times in full."""
        return max(3, times // 8) if self.quick else times


class Times:
    """Measured seconds of one thing."""

    def __init__(self, values: Sequence[float] = ()) -> None:
        self.values = list(values)

    def add(self, seconds: float) -> None:
        self.values.append(seconds)

    @property
    def median(self) -> float:
        return float(np.median(self.values))

    @property
    def p99(self) -> float:
        return float(np.percentile(self.values, 99))

    def between(self, low: float, high: float) -> int:
        """How many lie in low <= seconds < high."""
        return int(np.count_nonzero((np.array(self.values) >= low) & (np.array(self.values) < high)))


class Reference:
    """A fixed piece of work for comparison: the product of two 1024 x 1024 float32 matrices in numpy."""

    def __init__(self) -> None:
        self.times = Times()
        self._matrix = np.random.default_rng(0).standard_normal((1024, 1024), np.float32)
        self._matrix @ self._matrix

    def measure(self) -> None:
        began = time.perf_counter()
        self._matrix @ self._matrix
        self.times.add(time.perf_counter() - began)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m instrument.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions, rough figures")
    parser.add_argument("--checkpoint", metavar="FOLDER", help="a model other than the one that ships")
    parser.add_argument(
        "--device", default=NO_DEVICE, help='sound card to play on (default "none": the clock)'
    )
    options = parser.parse_args(arguments)
    settings = BenchSettings(
        AudioSettings(device=options.device), GeneratorSettings(options.checkpoint), options.quick
    )
    try:
        bench(settings)
    except (BenchError, PlayError, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def bench(settings: BenchSettings) -> None:
    """Measure everything and print it as it comes. What plays is measured before this process loads a model."""
    print_machine()
    print_cold_start(settings)
    print_answers(settings)
    print_callback(settings)
    print_renders(settings)


# What is printed


def heading(text: str) -> None:
    print(f"\n## {text}\n", flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned Markdown: the first column to the left, figures to the right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    for row in (head, rule, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms" if seconds < 0.1 else f"{1000 * seconds:.0f} ms"


def print_machine() -> None:
    heading("Machine")
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = []
    for package in ("torch", "numpy"):
        with contextlib.suppress(PackageNotFoundError):
            versions.append(f"{package} {version(package)}")
    print(f"- {_processor()}, {n_cores} cores, {platform.system()} {platform.release()}")
    print(f"- Python {platform.python_version()}, {', '.join(versions)}")
    if hasattr(os, "getloadavg"):
        load = os.getloadavg()[0]
        busy = "" if load < 0.5 else ": other programs run too, so all times below are too long"
        print(f"- load average {load:.1f} before we began{busy}")


def _processor() -> str:
    with contextlib.suppress(OSError):
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor() or platform.machine()


# Cold start


def print_cold_start(settings: BenchSettings) -> None:
    """From the start of the process to the first block that sounds, by the instrument's own meters."""
    heading("Cold start of `ladmg play`")
    n = 1 if settings.quick else 3
    starts = [cold_start(settings) for _ in range(n)]
    names = list(starts[0])
    table(
        ["seconds after the start of the process", *(f"start {i + 1}" for i in range(n))],
        [[name, *(f"{start[name]:.2f}" for start in starts)] for name in names],
    )
    print("\nThe first start may have to read files that later ones find in memory.")


def cold_start(settings: BenchSettings) -> dict[str, float]:
    """Seconds from the start of the process until each thing was there."""
    command = [sys.executable, "-u", "-m", "instrument", "play", "--osc-port", "0", "--page-port", "0"]
    command += ["--device", settings.audio.device or ""]
    if settings.generator.checkpoint is not None:
        command += ["--checkpoint", settings.generator.checkpoint]
    events = {"OSC answers": "OSC on", "audio runs": "audio to", "model loaded": "model "}
    reached: dict[str, float] = {}
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            now = time.perf_counter() - began
            for name, words in events.items():
                if name not in reached and line.startswith(words):
                    reached[name] = now
            if line.startswith("OSC on"):
                port = int(line.split(";")[0].rpartition(":")[2])
            if len(reached) == len(events):
                break
        else:
            raise BenchError(f"`ladmg play` ended: {(process.communicate()[1] or '').strip()[-500:]}")
        # Nobody reads what it says from here on; a few lines fit the pipe.
        with Patch(port) as patch:
            while patch.status()["peak"] == 0.0:
                if time.perf_counter() - began > PATIENCE_S:
                    raise BenchError(f"no sound within {PATIENCE_S:g} s of the start")
                time.sleep(0.005)
            reached["first sound"] = time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()
    return reached


class Patch:
    """An OSC program beside the instrument."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(1.0)

    def __enter__(self) -> Patch:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, address: str, *args: int | float | str) -> None:
        self._socket.send(encode(address, args))

    def status(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            self.send("/ladmg/status")
            with contextlib.suppress(TimeoutError, ConnectionError, OscError):
                for message in parse(self._socket.recv(65536)):
                    if message.address == "/ladmg/status":
                        return dict(zip(map(str, message.args[::2]), message.args[1::2], strict=True))
        raise BenchError("no answer to /ladmg/status")


# From a packet to a sample


def print_answers(settings: BenchSettings) -> None:
    """From sending a packet to the first changed sample, when it is heard by the audio process' own clock."""
    heading("From an OSC packet to the first changed sample that is heard")
    with playing(settings) as (patch, meters, latency_s):
        where = "the real-time clock" if settings.audio.device == NO_DEVICE else f"{settings.audio.device!r}"
        print(
            f"Measured on {where}, blocks of {settings.audio.block} samples, "
            f"with an output latency of {ms(latency_s)} that is part of each figure.\n"
        )
        playback, busiest = answers_of_gain(patch, meters, settings.n(200))
        morph, busier = answers_of_morph(patch, meters, settings.n(200))
        generative, busiest_of_all = answers_of_prompt(patch, meters, settings.n(24))
        underflows = patch.status()["underflows"]
    rows = []
    for name, times in (
        ("playback: `gain_db`", playback),
        ("playback: `1/morph`", morph),
        ("generative: `1/prompt`, `swap` now", generative),
    ):
        blocks = times.median / (settings.audio.block / settings.audio.rate)
        cells = [ms(times.median), ms(times.p99), f"{times.median / latency_s:.2f}", f"{blocks:.1f}"]
        rows.append([name, str(len(times.values)), *cells])
    table(["parameter", "times", "median", "p99", "in output latencies", "in blocks"], rows)
    print(
        f"\nThe generative one begins with {ms(REST_S)} of rest, then renders with the checkpoint's own number of "
        f"steps. Highest callback load meanwhile, with the generator at work: "
        f"{100 * max(busiest, busier, busiest_of_all):.1f} % of the block's duration; {underflows} underflows.\n"
    )
    table(
        ["from .. to", "`gain_db`", "`1/morph`"],
        [
            [
                f"{1000 * low:.0f} .. {1000 * high:.0f} ms",
                *(str(times.between(low, high)) for times in (playback, morph)),
            ]
            for low, high in itertools.pairwise((0.0, *(latency_s + 0.002 * i for i in range(9)), PATIENCE_S))
        ],
    )


@contextlib.contextmanager
def playing(settings: BenchSettings) -> Iterator[tuple[Patch, Meters, float]]:
    """The whole instrument in processes of its own, sounding: a patch, its meters, the output's latency."""
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    settings_of_play = PlaySettings(
        audio=settings.audio, generator=settings.generator, osc_port=0, page_port=0
    )
    process = context.Process(target=_play, args=(theirs, settings_of_play))
    process.start()
    theirs.close()
    try:
        answer = _receive(pipe)
        if isinstance(answer, str):
            raise BenchError(answer)
        port, names = answer
        meters = Meters.attach(names.meters)
        try:
            with Patch(port) as patch:
                _until(meters, lambda reading: reading.peak > 0.0)
                yield patch, meters, settings.audio.latency_s
        finally:
            meters.close()
    finally:
        pipe.close()  # its end is the word to stop
        process.join()


def _play(pipe: Connection, settings: PlaySettings) -> None:
    """`ladmg play` that tells the names of its shared memory, and ends with the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Path(os.devnull).open("w") as nowhere:
        console = Console(settings, Terminal(nowhere, is_live=False))
        try:
            console.open()
            names: SharedNames = console.supervisor.children["audio"].args[0]
            pipe.send((console.osc.port, names))

            def end_with_pipe() -> None:
                with contextlib.suppress(EOFError, OSError):
                    pipe.recv()
                console.end()

            threading.Thread(target=end_with_pipe, daemon=True).start()
            console.run()
        except PlayError as error:
            with contextlib.suppress(OSError):
                pipe.send(str(error))
        finally:
            console.close()


def _receive(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except EOFError:
        raise BenchError("the console ended before it played") from None


def _until(
    meters: Meters, is_it: Callable[[MeterReading], bool], limit_s: float = PATIENCE_S
) -> MeterReading:
    """The first reading for which `is_it` holds. Each block has one; a poll takes a fraction of a block."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        reading = meters.read()
        if reading is not None and is_it(reading):
            return reading
        time.sleep(POLL_S)
    raise BenchError(f"what was asked for was not heard within {limit_s:g} s")


def _heard_after(sent_ns: int, reading: MeterReading, settings_block: int) -> float:
    """Seconds from a moment until the first sample of the reading's block is heard."""
    block_ns = settings_block * 1_000_000_000 // reading.rate
    return (reading.monotonic_ns - block_ns - sent_ns) * 1e-9


def answers_of_gain(
    patch: Patch, meters: Meters, n: int, block: int = AudioSettings().block
) -> tuple[Times, float]:
    """From silence (-70 dB) to 0 dB, sent at any moment of a block; and the highest callback load."""
    moments = random.Random(0)
    times, busiest = Times(), 0.0
    for _ in range(n):
        patch.send("/ladmg/gain_db", -70.0)
        _until(meters, lambda reading: reading.peak == 0.0)
        time.sleep(moments.uniform(0.02, 0.05))
        sent_ns = time.monotonic_ns()
        patch.send("/ladmg/gain_db", 0.0)
        reading = _until(meters, lambda reading: reading.peak > 0.0)
        times.add(_heard_after(sent_ns, reading, block))
        busiest = max(busiest, reading.callback_load)
    return times, busiest


def answers_of_morph(
    patch: Patch, meters: Meters, n: int, block: int = AudioSettings().block
) -> tuple[Times, float]:
    """From one end of the path to the other, once the fan has points there: the first sample of the crossfade."""
    moments = random.Random(0)
    times, busiest = Times(), 0.0
    for i in range(n + 1):
        before = _until(meters, lambda reading: True).slot_1
        sent_ns = time.monotonic_ns()
        patch.send("/ladmg/1/morph", float(1 - i % 2))
        reading = _until(meters, lambda reading, before=before: reading.slot_1 != before)  # type: ignore[misc]
        if i:  # the first one waits for its point to be rendered
            times.add(_heard_after(sent_ns, reading, block))
            busiest = max(busiest, reading.callback_load)
        time.sleep(moments.uniform(0.04, 0.08))  # past the crossfade
    return times, busiest


def answers_of_prompt(
    patch: Patch, meters: Meters, n: int, block: int = AudioSettings().block
) -> tuple[Times, float]:
    """A prompt that was never rendered before, `swap` now: rest, render, enter; and the highest callback load."""
    patch.send("/ladmg/swap", "now")
    times, busiest = Times(), 0.0
    for i in range(n):
        before = _until(meters, lambda reading: True).slot_1
        sent_ns = time.monotonic_ns()
        patch.send("/ladmg/1/prompt", "acid techno, take", str(i))
        reading = _until(meters, lambda reading, before=before: reading.slot_1 != before)  # type: ignore[misc]
        times.add(_heard_after(sent_ns, reading, block))
        busiest = max(busiest, reading.callback_load)
        time.sleep(0.1)  # past the crossfade
    return times, busiest


# The callback


def print_callback(settings: BenchSettings) -> None:
    block = settings.audio.block
    heading(f"Callback load, blocks of {block} samples at {settings.audio.rate} Hz")
    rows = []
    for name, times in callback_times(settings, settings.n(2000)).items():
        shares = [
            f"{100 * seconds * settings.audio.rate / block:.2f} %" for seconds in (times.median, times.p99)
        ]
        rows.append([name, *shares, f"{1e6 * times.median:.0f} us"])
    table(["share of the block's duration", "median", "p99", "median"], rows)


def callback_times(settings: BenchSettings, n_blocks: int) -> dict[str, Times]:
    """What the callback does with nothing else in its process, as in the audio process: by what sounds."""
    rate, block = settings.audio.rate, settings.audio.block
    length = round(N_BARS * 240 * rate / BPM)
    result: dict[str, Times] = {}
    with contextlib.ExitStack() as stack:
        stride = n_units(length)
        bank, parameters, meters = LoopBank.create(2 * stride), ParameterBlock.create(), Meters.create()
        ring = OutputRing.create(rate)
        for shared in (bank, parameters, meters, ring):
            stack.callback(shared.unlink)
            stack.callback(shared.close)
        for slot in (0, stride):
            noise = np.random.default_rng(slot).uniform(-0.5, 0.5, (length, 2)).astype(np.float32)
            header = SlotHeader(rate, length, round(BPM * 100), N_BARS, slot + 1, SlotState.READY)
            write_loop(bank, slot, noise, header)
        player = Player(bank, rate)
        output = Output(player, parameters, meters, ring)
        buffer = np.zeros((block, 2), np.float32)
        gc.collect()
        gc.freeze()
        gc.disable()
        stack.callback(gc.enable)
        stack.callback(gc.unfreeze)
        points = ((0, (0.0, 0.0)), (stride, (1.0, 0.0)))
        for deck in DECKS:
            player.command(("next", deck, deck, points))
        for name, bpm, is_morphing, crossfade, gestures in (
            ("a loop at its own tempo", BPM, False, 0.0, PLAIN),
            ("a loop bent to 132 BPM", 132.0, False, 0.0, PLAIN),
            ("a morph from loop to loop, without a rest", BPM, True, 0.0, PLAIN),
            ("two decks, bent", 132.0, False, 0.5, PLAIN),
            ("two decks, bent, and both morph", 132.0, True, 0.5, PLAIN),
            ("the same, in all effects", 132.0, True, 0.5, IN_EFFECTS),
        ):
            times = result[name] = Times()
            for i in range(n_blocks):
                # A crossfade lasts just under three blocks of 512.
                place = replace(gestures, morph=float(is_morphing and i // 3 % 2))
                if i % 3 == 0:
                    parameters.write(PlaybackParams(bpm=bpm, crossfade=crossfade, deck_1=place, deck_2=place))
                began = time.perf_counter()
                output.fill(buffer, time.monotonic_ns(), False)
                times.add(time.perf_counter() - began)
                player.events.clear()
                player.told.clear()
        if output.errors:
            raise BenchError(f"the callback failed {output.errors} times: {output.last_error!r}")
        del player, output
    return result


# Rendering


def print_renders(settings: BenchSettings) -> None:
    """By the generator's own code, in this process."""
    # As the console starts the generator: threads that spin between two layers would take the cores from others.
    os.environ.setdefault("KMP_BLOCKTIME", "0")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    pipeline = load_pipeline(settings.generator)
    device = str(getattr(pipeline, "device", "cpu"))
    print_renders_on(device, pipeline, settings)
    if device != "cpu" and settings.generator.device == "auto":
        del pipeline
        cpu = GeneratorSettings(settings.generator.checkpoint, "cpu", settings.generator.load)
        print_renders_on("cpu", load_pipeline(cpu), settings)


def print_renders_on(device: str, pipeline: Pipeline, settings: BenchSettings) -> None:
    heading(f"Rendering {N_BARS} bars at {BPM:g} BPM on {_device_text(device)}, guided by prompt and beat")
    takes = itertools.count()
    reference = Reference()
    n = settings.n(16)
    duration_s = N_BARS * 240 / BPM

    def render(n_steps: int, recipe: Recipe) -> dict[str, float]:
        reference.measure()
        prompt = recipe.prompt and f"{recipe.prompt}, take {next(takes)}"
        return render_recipe(pipeline, replace(recipe, n_steps=n_steps, prompt=prompt)).timings_s

    unguided = Recipe(bpm=BPM, n_bars=N_BARS, cfg_grid=1.0)
    prompted = replace(unguided, prompt="acid techno")
    asked = replace(prompted, cfg_grid=CFG_GRID)
    evaluations = {
        "without guidance": (unguided, Times()),
        "guided by the beat": (replace(unguided, cfg_grid=CFG_GRID), Times()),
        "guided by a prompt": (prompted, Times()),
        "guided by the beat and a prompt": (asked, Times()),
    }
    for recipe, _ in evaluations.values():
        render(2, recipe)
    by_steps: dict[int, list[dict[str, float]]] = {n_steps: [] for n_steps in STEPS}
    for _ in range(n):
        for n_steps in STEPS:
            by_steps[n_steps].append(render(n_steps, asked))
        for recipe, times in evaluations.values():
            few, many = (render(n_steps, recipe).get("unet", 0.0) for n_steps in (1, EVALUATION_STEPS))
            times.add((many - few) / (EVALUATION_STEPS - 1))

    rows = []
    for n_steps, timings in by_steps.items():
        stages = [Times([timing.get(stage, 0.0) for timing in timings]).median for stage in STAGES]
        total = Times([timing["total"] for timing in timings])
        speed = f"{duration_s / total.median:.1f}"
        rows.append([str(n_steps), *map(ms, stages), ms(total.median), ms(total.p99), speed])
    head = ["steps", "text", "UNet", "decode", "resample", "level", "all", "all, p99", "x real time"]
    table(head, rows)
    print(f"\nMedians of {n}. The loop lasts {duration_s:g} s.\n")

    rows = []
    for name, (_, times) in evaluations.items():
        ratio = times.median / reference.times.median
        rows.append([name, ms(times.median), ms(times.p99), f"{ratio:.1f}"])
    table(["one UNet evaluation", "median", "p99", "in references"], rows)
    print(
        f"\nThe reference, measured in between: a product of two 1024 x 1024 float32 matrices in numpy, "
        f"median {ms(reference.times.median)}, p99 {ms(reference.times.p99)}."
    )


def _device_text(device: str) -> str:
    """The device as torch calls it; torch is loaded by the pipeline, if it uses it at all."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return device
    if device.startswith("cuda"):
        return f"{device} ({torch.cuda.get_device_name()})"
    return f"{device} ({torch.get_num_threads()} threads)"


if __name__ == "__main__":
    sys.exit(main())
