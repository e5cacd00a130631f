"""`ladmg play` with a fake pipeline, as a program of its own; see --help."""

from __future__ import annotations

import argparse
from pathlib import Path

if __name__ == "__main__":
    from instrument.audio.process import AudioSettings
    from instrument.console import PlayError, PlaySettings, play
    from instrument.generator import GeneratorSettings
    from instrument.shows.show import read

    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("render_limit_s", type=float)
    parser.add_argument("presets", type=Path)
    parser.add_argument("recordings", type=Path, nargs="?")
    parser.add_argument("record_format", nargs="?", default="wav")
    parser.add_argument("show", type=Path, nargs="?", help="to follow")
    parser.add_argument("--pipeline", default="FakePipeline")
    parser.add_argument("--device", default="none", help='"default" for the system\'s')
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--midi")
    parser.add_argument("--state", type=Path)
    parser.add_argument("--resume", action=argparse.BooleanOptionalAction)
    parser.add_argument("--screen", action="store_true")
    options = parser.parse_args()

    device = None if options.device == "default" else options.device
    load = f"tests.instrument.fake_pipeline:{options.pipeline}.load"
    settings = PlaySettings(
        audio=AudioSettings(device=device, latency_s=options.latency),
        generator=GeneratorSettings(load=load, render_limit_s=options.render_limit_s),
        osc_port=options.port,
        page_port=0,
        midi=(options.midi,) if options.midi else (),
        roll_seed=1,
        presets=options.presets,
        shelf=options.presets / "shelf",
        recordings=options.recordings,
        record_format=options.record_format,
        state=options.state,
        resume=options.resume,
        has_screen=options.screen,
    )
    try:
        play(settings, None if options.show is None else read(options.show))
    except PlayError as error:
        parser.exit(2, f"ladmg: {error}\n")
