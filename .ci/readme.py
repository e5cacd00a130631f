"""Writes the tables of parameters and MIDI controls, as they are in the code, into README.md."""

import re
from pathlib import Path

from instrument import midi, params

path = Path(__file__).parent.parent / "README.md"
text = path.read_text()
for name, table in (("parameters", params.markdown()), ("controls", midi.markdown())):
    head, tail = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    text, n_blocks = re.subn(f"{head}.*?{tail}", lambda _: head + table + tail, text, flags=re.DOTALL)  # noqa: B023
    if n_blocks != 1:
        raise SystemExit(f"README.md must have one block of {name}, got {n_blocks}")
path.write_text(text)
