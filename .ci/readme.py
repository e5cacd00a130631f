"""Writes the table of parameters, as it is in the code, into README.md."""

import re
from pathlib import Path

from instrument import params

path = Path(__file__).parent.parent / "README.md"
block = f"<!-- parameters -->\n{params.markdown()}<!-- /parameters -->"
text, n_blocks = re.subn(
    r"<!-- parameters -->.*?<!-- /parameters -->", lambda _: block, path.read_text(), flags=re.DOTALL
)
if n_blocks != 1:
    raise SystemExit(f"README.md must have one block of parameters, got {n_blocks}")
path.write_text(text)
