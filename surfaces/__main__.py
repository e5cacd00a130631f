"""`python -m surfaces`: writes what is made from the table of parameters. With a folder, pictures of the patches."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from instrument.params import ADDRESSES, ROOT
from surfaces import pure_data, stage_control
from surfaces.package import live_device, package
from surfaces.picture import Values, draw, patching, scene
from surfaces.style import PENDING
from surfaces.table import Table

REPOSITORY = Path(__file__).parents[1]
PACKAGE = "max_patches"
MADE = (
    "patchers",
    "help",
    "docs",
    "extras",
    "examples",
    "devices",
    "javascript",
)  # whole folders of the package


def files(table: Table = ADDRESSES) -> dict[str, bytes]:
    """Everything that is made, by its path in the repository."""
    made = {f"{PACKAGE}/{path}": data for path, data in package(table).items()}
    made |= {f"examples/pure-data/{name}": data for name, data in pure_data.patches(table).items()}
    made["examples/open-stage-control.json"] = stage_control.session(table)
    return made


def write() -> None:
    """Write all files, and remove what the package no longer has."""
    made = files()
    for folder in MADE:
        for path in (REPOSITORY / PACKAGE / folder).rglob("*"):
            if path.is_file() and path.relative_to(REPOSITORY).as_posix() not in made:
                path.unlink()
    for name, data in made.items():
        path = REPOSITORY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def pictures(folder: Path, table: Table = ADDRESSES) -> None:
    """PNGs of the main patch and others, as if deck 1 played and its next loop waited."""
    patches = {
        Path(path).name: json.loads(data) for path, data in package(table).items() if ".max" in path[-8:]
    }
    patches["LADMG.amxd"] = live_device(table).to_dict()
    values: dict[str, object] = {
        address: spec.default for address, (spec, _) in table.items() if spec.has_value
    }
    values |= _A_MOMENT
    seen = {"main": "LADMG.maxpat", "device": "LADMG.amxd"}
    for name, patch in seen.items():
        draw(scene(patch, patches, values), patches[patch]["patcher"]["rect"][2:], folder / f"max-{name}.png")
    edited = {
        "link": "ladmg.param.maxpat",
        "sequencer": "ladmg-sequencer.maxpat",
        "lfos": "ladmg-lfos.maxpat",
        "stutter": "ladmg-stutter-steps.maxpat",
        "overview": "LADMG Overview.maxpat",
        "help": "ladmg.dial.maxhelp",
    }
    for name, patch in edited.items():
        draw(
            patching(patch, patches, _DRAWN),
            patches[patch]["patcher"]["rect"][2:],
            folder / f"max-{name}.png",
        )


_DRAWN = (0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.4, 0.15)

_A_MOMENT: Values = {
    f"{ROOT}/1/prompt": "hard techno four-to-the-floor kick closed hat",
    f"{ROOT}/1/prompt_2": "dub chord, deep",
    f"{ROOT}/1/weight_2": 0.4,
    f"{ROOT}/1/morph": 0.25,
    f"{ROOT}/1/cfg_scale": 4.5,
    f"{ROOT}/1/go": PENDING,
    f"{ROOT}/2/prompt": "minimal house, warm pad",
    f"{ROOT}/2/filter": -0.4,
    "js ladmg.deck.js 1:0": "9f2c4e1a, 125 BPM, seeds 1 and 2, hard techno four-to-the-floor kick closed hat",
    "js ladmg.deck.js 1:1": "cued, in 3 beats: cfg_scale 3 → 4.5, prompt_2",
    "js ladmg.deck.js 1:3": [float(column in (0, 8, 16, 24, 32, 64)) for column in range(65)],
    "js ladmg.deck.js 2:0": "51d07c22, 125 BPM, seeds 1 and 2, minimal house, warm pad",
    "js ladmg.deck.js 2:3": [float(column % 8 == 0) for column in range(65)],
    "== 2:0": 1,
    "r #0-alive:0": 1,
    "unpack f f:0": 0.7,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m surfaces", description=__doc__)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw the patches instead")
    arguments = parser.parse_args()
    if arguments.pictures is not None:
        pictures(arguments.pictures)
    else:
        write()


if __name__ == "__main__":
    main()
