"""Which of the 16 sixteenths of a bar is its first: a template of bars, fitted on the corpus, says.

`python -m training.prepare.downbeat --corpus data/corpus` fits it anew, and prints it and how often it is
right, on loops of other kits and patterns too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.prepare.onsets import ENVELOPE_RATE, Onsets

Array = npt.NDArray[np.float64]

N_PLACES = 16  # in a bar
_BANDS_HZ = ((0, 200), (200, 1000), (1000, 5000), (5000, 24_000))
STARTS_THERE = 3.0  # nats: music that begins in silence begins on a bar far more often than elsewhere
START_TOLERANCE_S = 0.012

# Rows: rise and level below 200 Hz, to 1 kHz, to 5 kHz and above; columns: the 16ths of a bar; in hundredths.
# fmt: off
TEMPLATE = np.array([
    [78, -4, -4, 8, -10, -25, 28, -15, 29, -43, 46, -24, -13, -3, -2, -46],
    [70, 16, -44, -13, 14, -40, 6, 5, 37, -26, 17, 0, 16, 6, -15, -51],
    [39, -37, -20, 11, 18, -25, 4, 7, 34, -18, 7, 0, 25, -9, -11, -25],
    [-18, -28, -15, 42, -6, -52, 42, 27, -8, -47, 29, 28, -2, -8, 33, -16],
    [34, 0, -17, -3, 19, -19, 19, -24, 16, -15, 18, -20, 41, -20, -13, -16],
    [-53, -10, -10, 26, 37, -2, -6, -4, -36, -26, 12, -3, 82, -1, 9, -15],
    [18, -25, 11, 1, -14, -22, 6, -11, -10, -22, 36, -2, 12, -23, 56, -11],
    [-48, -65, -2, 1, 7, -29, -2, -7, -39, -21, 25, 9, 63, 7, 82, 19],
]) / 100
# fmt: on


def bar_profile(heard: Onsets, beats: Array) -> Array:
    """What a bar is like that begins with the first of `beats`, or four later: [rows of TEMPLATE, N_PLACES].

    beats: [n] seconds, of one whole bar at least, as they wander. Of each band the highest rise within half a 16th and
    the mean level in each 16th, averaged over all bars; each row has zero mean and norm 1, so that neither level nor
    brightness counts.
    """
    fine = 6  # values a 16th
    n_bars = max(1, (len(beats) - 1) // 4)
    at = np.arange(n_bars * N_PLACES * fine) * 4 / (N_PLACES * fine)
    place = np.arange(len(heard.full))
    rows = []
    for low_hz, high_hz in _BANDS_HZ:
        level = heard.bands[(heard.centres_hz >= low_hz) & (heard.centres_hz < high_hz)].mean(
            0, dtype=np.float64
        )
        rise = np.zeros_like(level)
        rise[1:-1] = np.maximum(0.0, level[2:] - level[:-2])
        # Rises from half a 16th before each place, levels from the place on.
        around, after = (times_of(at - shift, beats) * ENVELOPE_RATE for shift in (0.125, 0.0))
        rises = np.interp(around, place, rise).reshape(n_bars, N_PLACES, fine).mean(0).max(1)
        levels = np.interp(after, place, level).reshape(n_bars, N_PLACES, fine).mean((0, 2))
        for row in (rises, levels):
            centred = row - row.mean()
            rows.append(centred / max(float(np.linalg.norm(centred)), 1e-9))
    return np.stack(rows)


def times_of(places: Array, beats: Array) -> Array:
    """Seconds of places that are counted in beats from the first one; beyond the ends it goes on at the same pace."""
    index = np.clip(np.floor(places).astype(int), 0, len(beats) - 2)
    times: Array = beats[index] + (places - index) * (beats[index + 1] - beats[index])
    return times


def place(profile: Array, bonus: Array | None = None) -> tuple[int, float]:
    """Which 16th of the profile begins the bar, and how probable that is, by TEMPLATE; bonus: [N_PLACES] nats."""
    scores = np.array([(np.roll(profile, -k, axis=1) * TEMPLATE).sum() for k in range(N_PLACES)])
    if bonus is not None:
        scores = scores + bonus
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    best = int(chances.argmax())
    return best, float(chances[best])


def fit(profiles: Array, weight_decay: float = 0.02) -> Array:
    """The template under which the true places, 0 of each of `profiles` [loops, rows, N_PLACES], are likeliest."""
    import torch

    data = torch.from_numpy(profiles)
    turned = torch.stack([data.roll(k, 2) for k in range(N_PLACES)], 1)
    template = torch.zeros(profiles.shape[1:], dtype=data.dtype, requires_grad=True)
    optimiser = torch.optim.LBFGS([template], max_iter=200)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        scores = (turned * template).sum((2, 3)).log_softmax(1)[:, 0]
        value = weight_decay * template.square().sum() - scores.mean()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return template.detach().numpy()


def main() -> None:
    from tqdm import tqdm

    from training.corpus.dataset import Corpus
    from training.prepare.onsets import onsets

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument(
        "--loops", type=int, default=600, help="of the training split, and as many held-out ones as there are"
    )
    args = parser.parse_args()
    profiles = {}
    for split in ("train", "heldout"):
        corpus = Corpus(args.corpus, split)
        long = [k for k, truth in enumerate(corpus.truths) if truth.n_bars > 1][: args.loops]
        rows = []
        for index in tqdm(long, desc=split, disable=None):
            truth = corpus.truths[index]
            beat = 60.0 / truth.bpm
            # With a beat before it, as context for its first one.
            mono = corpus.audio(index).mean(1)
            mono = np.concatenate([mono[-round(beat * 48_000) :], mono])
            rows.append(bar_profile(onsets(mono), beat * np.arange(1, 4 * truth.n_bars + 2)))
        profiles[split] = np.stack(rows)
    global TEMPLATE
    TEMPLATE = np.round(fit(profiles["train"]), 2)
    for split, found in profiles.items():
        places = [place(profile) for profile in found]
        for least in (0.0, 0.35, 0.5, 0.7):
            sure = [k for k, chance in places if chance >= least]
            right, beat = (np.mean([k % n == 0 for k in sure]) for n in (N_PLACES, 4))
            print(
                f"{split}: {len(sure)} of {len(places)} above {least}: bar right {right:.2f}, beat right {beat:.2f}"
            )
    for row in TEMPLATE:
        print("    [" + ", ".join(f"{round(100 * value)}" for value in row) + "],")


if __name__ == "__main__":
    main()
