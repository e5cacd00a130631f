"""The command line `ladmg`. Everything heavy is imported where it is needed."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instrument.params import SPECS, Spec
from instrument.recipe import Source

if TYPE_CHECKING:
    from instrument.console import PlaySettings

# Commands of the extra `train`: each is a module's `main(arguments)`, which has its own options. Only named here, so
# that whoever plays never imports them.
_TRAINING = {
    "prepare": ("training.prepare.command", "cut loops to train on out of a folder of audio"),
    "train": ("training.unet", "train the model, or train it further on one's own loops"),
    "distill": ("training.distill", "teach a trained model to need few steps"),
    "evaluate": ("training.evaluate", "measure a model on held-out data"),
}


class UsageError(ValueError):
    """An argument that can't be used; the text says what is allowed."""


class _Parser(argparse.ArgumentParser):
    """One clear line instead of the usage."""

    def error(self, message: str) -> Any:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0, 2 for what the user can put right, 1 where the doctor finds something bad.

    Errors are one line on stderr.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments and arguments[0] in _TRAINING:
            return _train(arguments[0], arguments[1:])
        options = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except UsageError as error:
        print(f"ladmg: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `ladmg params | head`
        sys.stdout = None
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="ladmg", description="A live instrument that dreams up loops and is steered while it plays."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    play = commands.add_parser(
        "play", help="play, until Ctrl-C", description="Play, steered by OSC, MIDI and a web page."
    )
    _add_setup(play)
    play.add_argument(
        "--record-format",
        choices=("wav", "flac"),
        default="wav",
        help="wav (default): bit for bit what was played; flac: 24 bits, smaller",
    )
    session = play.add_mutually_exclusive_group()
    session.add_argument("--fresh", action="store_true", help="begin anew, after a crash too")
    session.add_argument("--resume", action="store_true", help="go on where it ended, not only after a crash")
    play.add_argument(
        "--screen", action="store_true", help="full-screen view in place of the status line; leaving it ends"
    )
    play.set_defaults(command=_play)

    screen = commands.add_parser(
        "screen",
        help="full-screen view of an instrument that plays",
        description="Full-screen view of an instrument that plays, to see and to steer; ? shows the keys.",
    )
    screen.add_argument(
        "url",
        nargs="?",
        default="http://127.0.0.1:7480",
        metavar="URL",
        help="of its page (default http://127.0.0.1:7480)",
    )
    screen.set_defaults(command=_screen)

    render = commands.add_parser(
        "render", help="one loop to a WAV file", description="Render one loop to a WAV file."
    )
    for spec in SPECS:
        if "R" in spec.when and spec.has_value:
            render.add_argument(_option(spec.name), dest=spec.name, **_of(spec))
    render.set_defaults(bpm=None, n_bars=None)  # with --from, those of the file
    own = render.add_argument_group("from a loop of your own")
    own.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="1, 2, 4 or 8 bars of any audio file"
    )
    own.add_argument("--from-bpm", type=float, metavar="BPM", help="its tempo (default: by its length)")
    own.add_argument("--from-bars", type=int, metavar="N", help="its bars (default: by its length)")
    own.add_argument(
        "--strength",
        type=float,
        metavar="X",
        help="how much is made anew, 0..1 (default 0; 1 with --regenerate or --alike; 0.6 with --variations)",
    )
    own.add_argument(
        "--regenerate",
        metavar="PLACES",
        default="",
        help="make anew only these: 4.4 (bar.beat), 4 (a bar), 2.1-2.4 (a range), 1.4,3.4 (several)",
    )
    own.add_argument("--alike", action="store_true", help="ask for its sound, as if it were a prompt")
    render.add_argument(
        "--variations",
        type=int,
        default=1,
        metavar="N",
        help="so many files, of this seed-a and the next ones",
    )
    render.add_argument("--checkpoint", metavar="FOLDER", help="a model other than the one that ships")
    render.add_argument("--out", type=Path, required=True, metavar="FILE.wav", help="file to write")
    render.set_defaults(command=_render)

    replay = commands.add_parser(
        "replay",
        help="a recorded show once more",
        description="A recorded show once more: offline, sample for sample, or live, change by change.",
    )
    replay.add_argument("show", type=Path, metavar="SHOW.json", help="beside the recording")
    how = replay.add_mutually_exclusive_group(required=True)
    how.add_argument("--out", type=Path, metavar="FILE.wav", help="write the recording's audio anew")
    how.add_argument("--live", action="store_true", help="play, and make the performer's changes again")
    replay.add_argument("--checkpoint", metavar="FOLDER", help="a model other than the one that ships")
    replay.add_argument("--device", help="with --live: sound card, as for play")
    replay.add_argument(
        "--osc-port", type=_port, default=7400, metavar="PORT", help="with --live: as for play"
    )
    replay.set_defaults(command=_replay)

    doctor = commands.add_parser(
        "doctor",
        help="whether everything is there to play with sound",
        description="Look at sound card, MIDI, ports, GPU, model, memory and folders, and say what to do. Give it the "
        "options that you play with. The exit code is 1 where something is missing.",
    )
    _add_setup(doctor)
    doctor.add_argument("--json", action="store_true", help="for programs and bug reports")
    doctor.set_defaults(command=_doctor)

    devices = commands.add_parser("devices", help="list sound cards and MIDI inputs")
    devices.set_defaults(command=_devices)

    midi = commands.add_parser(
        "midi",
        help="list MIDI inputs and their maps",
        description="List MIDI inputs and the map that each would get, or check a map of one's own.",
    )
    midi.add_argument("--check", type=Path, metavar="FILE.toml", help="say whether this map makes sense")
    midi.set_defaults(command=_midi)

    info = commands.add_parser(
        "info",
        help="what a checkpoint is",
        description="Print what a checkpoint is, and whether it is whole.",
    )
    info.add_argument("folder", nargs="?", metavar="FOLDER", help="default: the model that ships")
    info.add_argument("--json", action="store_true", help="for programs")
    info.set_defaults(command=_info)

    params = commands.add_parser("params", help="list all parameters")
    shapes = params.add_mutually_exclusive_group()
    shapes.add_argument("--json", action="store_true", help="for programs")
    shapes.add_argument("--markdown", action="store_true", help="for documents")
    params.set_defaults(command=_params)

    for name, (_, words) in _TRAINING.items():
        commands.add_parser(name, help=words)
    return parser


def _add_setup(play: argparse.ArgumentParser) -> None:
    """What one plays with and where: the options that `doctor` shares with `play`."""
    play.add_argument(
        "--device", help='sound card, by name or part of it; "none" plays to the clock, unheard'
    )
    play.add_argument("--latency", type=_seconds, default=0.04, metavar="S", help="in seconds (default 0.04)")
    play.add_argument(
        "--block",
        type=_block,
        default=512,
        metavar="N",
        help="samples the card asks for at once (default 512)",
    )
    play.add_argument(
        "--outputs",
        type=_outputs,
        default="main=1-2",
        metavar="BUSES",
        help="of the card: main=1-2,cue=3-4, or main=1,cue=2 in mono (default main=1-2)",
    )
    play.add_argument("--osc-port", type=_port, default=7400, metavar="PORT", help="UDP (default 7400)")
    play.add_argument(
        "--page-port", type=_port, default=7480, metavar="PORT", help="of the web page (default 7480)"
    )
    play.add_argument(
        "--bind",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="to listen on (default 127.0.0.1: only this machine is heard)",
    )
    play.add_argument(
        "--allow",
        type=_network,
        action="append",
        default=[],
        metavar="NETWORK",
        help="who may send, where --bind is reached from elsewhere: 192.168.1.0/24 or one address; again for more",
    )
    play.add_argument(
        "--midi",
        action="append",
        default=[],
        metavar="NAME",
        help='MIDI input, by name or part of it, again for more; "all" for every one there is',
    )
    play.add_argument("--checkpoint", metavar="FOLDER", help="a model other than the one that ships")
    play.add_argument("--presets", type=Path, metavar="FOLDER", help="of presets (default: the user's own)")
    play.add_argument(
        "--shelf", type=Path, metavar="FOLDER", help="of the shelf's loops as WAV (default: the user's own)"
    )
    play.add_argument(
        "--recordings", type=Path, metavar="FOLDER", help="of what is recorded (default: ~/Music/LADMG)"
    )
    play.add_argument(
        "--state",
        type=Path,
        metavar="FOLDER",
        help="of what comes back after a crash (default: the user's own)",
    )


def _option(name: str) -> str:
    """The option of a parameter."""
    return {"n_bars": "--bars", "n_steps": "--steps"}.get(name, f"--{name.replace('_', '-')}")


def _of(spec: Spec) -> dict[str, Any]:
    """argparse's words for a parameter of the table: its type, range, default and help."""

    def convert(text: str) -> Any:
        try:
            is_index = spec.kind == "enum" and text.isascii() and text.isdigit()
            value: Any = {"int": int, "float": float}.get("int" if is_index else spec.kind, str)(text)
        except ValueError:
            raise argparse.ArgumentTypeError(_refusal(spec, text)) from None
        return _accepted(spec, value, text)

    shown = {"text": "TEXT", "int": "N", "float": "X", "enum": "NAME"}[spec.kind]
    words = f"{spec.doc} {spec.allowed[0].upper()}{spec.allowed[1:]}"
    default = "" if spec.kind == "text" else f", default {_shown_default(spec)}"
    return {
        "type": convert,
        "default": spec.default,
        "metavar": shown,
        "help": f"{words}{default}".replace("%", "%%"),
    }


def _accepted(spec: Spec, value: Any, text: str) -> Any:
    """The value as the instrument would hold it. On the command line, what is outside is refused, not clamped."""
    from instrument.params import ParamError, accept

    try:
        accepted = accept(spec, value)
    except ParamError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    is_outside = not isinstance(value, str) and not spec.low <= value <= spec.high
    if is_outside or (spec.kind == "int" and spec.choices and value not in spec.choices):
        raise argparse.ArgumentTypeError(_refusal(spec, text))
    return accepted


def _refusal(spec: Spec, text: str) -> str:
    return f"{spec.name} must be {spec.allowed}, got {text}"


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 < value <= 2.0:
        raise argparse.ArgumentTypeError(f"latency must be above 0 and at most 2 s, got {text}")
    return value


def _block(text: str) -> int:
    from instrument.audio.process import MAX_BLOCK, AudioSettings

    try:
        return AudioSettings(block=int(text)).block
    except ValueError:
        raise argparse.ArgumentTypeError(f"block must be in 1..{MAX_BLOCK} samples, got {text}") from None


def _outputs(text: str) -> Any:
    from instrument.audio.outputs import Outputs

    try:
        return Outputs.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"port must be a whole number in 0..65535, got {text}")
    return int(text)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        hint = ""
    with contextlib.suppress(ValueError):  # as in 192.168.1.7/24
        hint = f"; did you mean {ipaddress.ip_network(text, strict=False)}?"
    raise argparse.ArgumentTypeError(
        f"network must be one like 192.168.1.0/24, or an address, got {text!r}{hint}"
    )


def _checked_checkpoint(folder: str | None) -> str | None:
    """Before anything starts: a folder that isn't there, or isn't a checkpoint."""
    if folder is not None and not (Path(folder) / "manifest.json").is_file():
        raise UsageError(f"no checkpoint in {folder!r}: it must be a folder with a manifest.json")
    return folder


def _train(name: str, arguments: Sequence[str]) -> int:
    """Hand a command over to its module of the extra `train`."""
    from importlib import import_module

    try:
        command = import_module(_TRAINING[name][0]).main
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("training", "model"):
            raise
        raise UsageError(
            f"{name} needs the extra train, {package} is missing: pip install 'ladmg[train]'"
        ) from None
    return command(arguments) or 0


def _setup(options: argparse.Namespace) -> PlaySettings:
    """The options of `_add_setup`."""
    from instrument.audio.process import AudioSettings
    from instrument.console import PlaySettings
    from instrument.generator import GeneratorSettings

    return PlaySettings(
        audio=AudioSettings(
            device=options.device, block=options.block, latency_s=options.latency, outputs=options.outputs
        ),
        generator=GeneratorSettings(checkpoint=_checked_checkpoint(options.checkpoint)),
        bind=options.bind,
        osc_port=options.osc_port,
        page_port=options.page_port,
        allow=tuple(options.allow),
        midi=tuple(options.midi),
        presets=options.presets,
        shelf=options.shelf,
        recordings=options.recordings,
        state=options.state,
    )


def _play(options: argparse.Namespace) -> int:
    from instrument.console import PlayError, play
    from instrument.terminal.process import ScreenError

    settings = replace(
        _setup(options),
        record_format=options.record_format,
        resume=True if options.resume else False if options.fresh else None,
        has_screen=options.screen,
    )
    try:
        play(settings)
    except (PlayError, ScreenError) as error:
        raise UsageError(str(error)) from None
    return 0


def _screen(options: argparse.Namespace) -> int:
    from instrument.terminal.process import ScreenError
    from instrument.terminal.remote import RemoteError
    from instrument.terminal.screen import show

    try:
        return show(options.url)
    except (RemoteError, ScreenError) as error:
        raise UsageError(str(error)) from None


def _render(options: argparse.Namespace) -> int:
    from instrument.generator import GeneratorSettings, NotFiniteError
    from instrument.recipe import GENERATIVE, PROMPTS, WEIGHTS, Recipe
    from instrument.render import RenderError, RenderSettings, render

    asked = {name: getattr(options, name) for name in GENERATIVE if getattr(options, name) is not None}
    source = _source(options)
    if source is not None:
        asked = {"bpm": source.bpm, "n_bars": source.n_bars} | asked
    recipe = Recipe(**asked, source=source)
    for text, weight in zip(PROMPTS, WEIGHTS, strict=True):
        if getattr(recipe, text) and not getattr(recipe, weight):
            raise UsageError(
                f"{_option(text)} has no weight and would not be heard: give {_option(weight)} too"
            )
    generator = GeneratorSettings(checkpoint=_checked_checkpoint(options.checkpoint))
    try:
        for out, rendered in render(RenderSettings(options.out, recipe, generator, options.variations)):
            seconds = len(rendered.audio) / rendered.rate
            total_s = rendered.timings_s["total"]
            print(
                f"{out}: {len(rendered.audio)} samples, {seconds:.3f} s, {rendered.n_steps} steps, "
                f"rendered in {total_s:.2f} s ({seconds / total_s:.1f} times real time)"
            )
            print(rendered.recipe.to_json())
    except (RenderError, NotFiniteError, ValueError) as error:
        raise UsageError(str(error)) from None
    return 0


def _source(options: argparse.Namespace) -> Source | None:
    """The loop of one's own that is to be used, with what its options say."""
    from instrument.render import RenderError, own_loop

    if options.source is None:
        for name in ("from_bpm", "from_bars", "strength", "regenerate", "alike"):
            if getattr(options, name) not in (None, "", False):
                raise UsageError(f"--{name.replace('_', '-')} needs --from FILE, the loop that it is about")
        return None
    try:
        source = own_loop(options.source, options.from_bpm, options.from_bars)
    except RenderError as error:
        raise UsageError(str(error)) from None
    if options.from_bpm is None or options.from_bars is None:
        print(f"{options.source}: {source.n_bars} bars at {source.bpm:g} BPM, by its length")
    strength = options.strength
    if strength is None:
        is_made_anew = options.regenerate or options.alike
        strength = 1.0 if is_made_anew else 0.6 if options.variations > 1 else 0.0
    return replace(source, strength=strength, regenerate=options.regenerate, is_alike=options.alike)


def _replay(options: argparse.Namespace) -> int:
    from instrument.generator import GeneratorSettings
    from instrument.shows.show import ShowError, read

    generator = GeneratorSettings(checkpoint=_checked_checkpoint(options.checkpoint))
    try:
        show = read(options.show)
        if options.live:
            from instrument.audio.process import AudioSettings
            from instrument.console import PlayError, PlaySettings, play

            settings = PlaySettings(
                audio=AudioSettings(device=options.device), generator=generator, osc_port=options.osc_port
            )
            try:
                play(settings, show)
            except PlayError as error:
                raise UsageError(str(error)) from None
            return 0
        from instrument.shows.replay import ReplayError, replay

        try:
            replayed = replay(show, options.out, generator, print)
        except ReplayError as error:
            raise UsageError(str(error)) from None
    except ShowError as error:
        raise UsageError(str(error)) from None
    for note in replayed.notes:
        print(f"note: {note}")
    seconds = replayed.n_samples / show.rate
    print(f"{options.out}: {replayed.n_samples} samples, {seconds:.3f} s, of {replayed.n_loops} loops")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from instrument.doctor import examination as doctor
    from instrument.doctor.trial import end_program

    findings = []
    for finding in doctor.examine(_setup(options)):
        findings.append(finding)
        if not options.json:
            print(doctor.line(finding), flush=True)
    print(doctor.report(findings) if options.json else doctor.verdict(findings), flush=True)
    return end_program(int(any(finding.state == "bad" for finding in findings)))


def _devices(options: argparse.Namespace) -> int:
    from instrument.audio.process import DeviceError, list_devices
    from instrument.midi.ports import MidiError, available_inputs

    try:
        cards = list_devices()
    except DeviceError as error:
        raise UsageError(str(error)) from None
    print("sound cards:" if cards else "no sound card: `ladmg play` will play to the clock, unheard")
    for card in cards:
        default = ", default" if card.is_default else ""
        print(f"  {card.name!r} ({card.host_api}, {card.channels} channels, {card.rate:g} Hz{default})")
    try:
        inputs = available_inputs()
    except MidiError as error:
        print(error)
        return 0
    print("MIDI inputs:" if inputs else "no MIDI input")
    for name in inputs:
        print(f"  {name!r}")
    return 0


def _midi(options: argparse.Namespace) -> int:
    from instrument.midi.choice import Maps
    from instrument.midi.map_file import MapError, load
    from instrument.midi.ports import MidiError, available_inputs

    if options.check is not None:
        try:
            checked = load(options.check)
        except MapError as error:
            raise UsageError(str(error)) from None
        ports = " or ".join(repr(words) for words in checked.ports)
        n = len(checked.controls)
        print(
            f"{options.check}: {checked.name!r}, {n} control{'s' if n != 1 else ''}, for ports named {ports}"
        )
        return 0
    maps = Maps()
    print(f"your own maps: {maps.folder}")
    try:
        inputs = available_inputs()
    except MidiError as error:
        raise UsageError(str(error)) from None
    print("MIDI inputs:" if inputs else "no MIDI input")
    complaints: set[str] = set()
    for name in inputs:
        choice = maps.choose(name)
        complaints.update(choice.complaints)
        learnt = f", and {choice.learnt}" if choice.learnt.exists() else ""
        print(f"  {name!r}: map {choice.map.name!r}{learnt}")
    if complaints:
        raise UsageError("; ".join(sorted(complaints)))
    return 0


def _info(options: argparse.Namespace) -> int:
    import json

    from model import info
    from model.checkpoint import CheckpointError

    try:
        read = info.read(Path(options.folder) if options.folder is not None else None)
    except CheckpointError as error:
        raise UsageError(str(error)) from None
    print(json.dumps(read.to_dict(), indent=2) if options.json else "\n".join(info.lines(read)))
    if read.problems:
        raise UsageError(f"{read.id} can't be played: {'; '.join(read.problems)}")
    return 0


def _params(options: argparse.Namespace) -> int:
    import json

    from instrument.params import ADDRESSES, describe, markdown

    if options.json:
        print(json.dumps(describe(), indent=2))
        return 0
    if options.markdown:
        print(markdown(), end="")
        return 0
    for address, (spec, _) in ADDRESSES.items():
        default = "" if not spec.has_value or spec.kind == "text" else f", default {_shown_default(spec)}"
        print(f"{address:18s} {spec.doc} ({spec.allowed}{default})")
    return 0


def _shown_default(spec: Spec) -> Any:
    return spec.choices[int(spec.default)] if spec.kind == "enum" else spec.default
