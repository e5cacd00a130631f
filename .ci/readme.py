"""Writes the tables of parameters and MIDI controls, as they are in the code, into README.md and docs/midi.md."""

import re
from pathlib import Path

from instrument import params
from instrument.midi import control_map as midi_map
from instrument.midi import map_file as midi_toml

ROOT = Path(__file__).parent.parent
*FACTORY, DEFAULT = midi_toml.factory()
TABLES = {
    "README.md": {"parameters": params.markdown(), "controls": midi_map.markdown(DEFAULT)},
    "docs/midi.md": {one.name: midi_map.markdown(one) for one in FACTORY},
}


def main() -> None:
    for file, tables in TABLES.items():
        path = ROOT / file
        text = path.read_text()
        for name, table in tables.items():
            head, tail = f"<!-- {name} -->\n", f"<!-- /{name} -->"
            text, n_blocks = re.subn(f"{head}.*?{tail}", lambda _: head + table + tail, text, flags=re.DOTALL)  # noqa: B023
            if n_blocks != 1:
                raise SystemExit(f"{file} must have one block of {name}, got {n_blocks}")
        path.write_text(text)


if __name__ == "__main__":
    main()
