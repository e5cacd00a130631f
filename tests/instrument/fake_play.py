"""`ladmg play` with the fake pipeline, as a program of its own.

Its arguments: port, limit, folder of presets, folder of recordings, their format, and a show to follow if there is one.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    from instrument.audio import AudioSettings
    from instrument.console import PlayError, PlaySettings, play
    from instrument.generator import GeneratorSettings
    from instrument.show import read

    port, render_limit_s = int(sys.argv[1]), float(sys.argv[2])
    load = "tests.instrument.fake_pipeline:FakePipeline.load"
    settings = PlaySettings(
        audio=AudioSettings(device="none", latency_s=0.1),
        generator=GeneratorSettings(load=load, render_limit_s=render_limit_s),
        osc_port=port,
        page_port=0,
        roll_seed=1,
        presets=Path(sys.argv[3]),
        shelf=Path(sys.argv[3]) / "shelf",
        recordings=Path(sys.argv[4]),
        record_format=sys.argv[5],
    )
    try:
        play(settings, read(Path(sys.argv[6])) if len(sys.argv) > 6 else None)
    except PlayError as error:
        print(f"ladmg: {error}", file=sys.stderr)
        raise SystemExit(2) from None
