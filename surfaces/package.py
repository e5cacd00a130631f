"""All that lies in the Max package, by path: the main patch, its abstractions, help, reference, examples, device."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from instrument.params import ROOT, Spec
from surfaces import panels
from surfaces.controls import ABSTRACTIONS, IN, OUT, PATCH_PORT, ranged, styled
from surfaces.maxpat import DEVICE_HEIGHT, Box, Patcher, Rect, device
from surfaces.style import PANEL
from surfaces.table import PORT, Table, decks, of_deck

# What a control is shown with in its help, and how large it is there.
_HELP_ARGUMENTS: dict[str, list[str | float]] = {
    "ladmg.param": ["/ladmg/1/cfg_scale"],
    "ladmg.words": ["/ladmg/1/prompt"],
    "ladmg.event": ["/ladmg/1/roll"],
    "ladmg.named": ["/ladmg/preset_save"],
    "ladmg.dial": ["/ladmg/1/cfg_scale", "cfg_scale", 0.0, 8.0],
    "ladmg.int": ["/ladmg/1/seed_a", "seed_a", 0, 999999],
    "ladmg.menu": ["/ladmg/swap", "swap", "now", "beat", "bar", "loop", "4bars", "8bars", "16bars"],
    "ladmg.toggle": ["/ladmg/1/mute", "mute"],
    "ladmg.trigger": ["/ladmg/1/roll", "roll"],
    "ladmg.text": ["/ladmg/1/prompt", "prompt"],
    "ladmg.name": ["/ladmg/preset_save", "save"],
    "ladmg.beat": [],
    "ladmg.io": ["127.0.0.1", PORT, PATCH_PORT],
}
_LINKS = (
    "ladmg.param",
    "ladmg.words",
    "ladmg.event",
    "ladmg.named",
)  # objects in a box; the others are bpatchers
MOST_CHOICES = 7  # that are all named in the overview
AUTOMATABLE = 0  # as Live's parameters are, unless they are hidden
AUTOMATED = ("crossfade", "morph", "filter", "delay_send")  # what Live may automate, one way


def package(table: Table) -> dict[str, bytes]:
    """Every generated file of the Max package, by its path in it."""
    patches = {f"patchers/{name}.maxpat": build() for name, (build, _, _) in ABSTRACTIONS.items()}
    patches |= {f"patchers/{name}.maxpat": patch for name, patch in panels.panels(table).items()}
    patches |= {
        "patchers/LADMG.maxpat": panels.main_patch(table),
        "extras/LADMG Overview.maxpat": overview(table),
        "examples/ladmg-sequencer.maxpat": sequencer(),
        "examples/ladmg-lfos.maxpat": lfos(),
        "examples/ladmg-stutter-steps.maxpat": stutter_steps(),
    }
    patches |= {f"help/{name}.maxhelp": help_patch(name) for name in ABSTRACTIONS}
    files = {path: patch.to_bytes() for path, patch in patches.items()}
    files |= {f"docs/refpages/{name}.maxref.xml": reference(name) for name in ABSTRACTIONS}
    files["javascript/ladmg.deck.js"] = deck_script(table)
    files["devices/LADMG.amxd"] = device(live_device(table), "audio")
    files["package-info.json"] = package_info()
    return files


def package_info() -> bytes:
    info = {
        "name": "LADMG",
        "version": version("ladmg"),
        "displayname": "LADMG",
        "author": "the authors of LADMG",
        "description": "Plays LADMG, an instrument that dreams up musical loops, over OSC.",
        "tags": ["osc", "live", "loops", "generative"],
        "max_version_min": "8.5",
        "max_version_max": "none",
        "os": {"macintosh": {"platform": ["x64", "aarch64"]}, "windows": {"platform": ["x64"]}},
        "homepatcher": "LADMG.maxpat",
    }
    return (json.dumps(info, indent="\t") + "\n").encode()


def deck_script(table: Table) -> bytes:
    """The script of a deck's texts, with those settings of a loop that have to be rendered to be heard."""
    settings = {}
    for address, (spec, _) in table.items():
        if "R" in spec.when and "B" not in spec.when and spec.has_value:
            value = spec.choices[int(spec.default)] if spec.kind == "enum" else spec.default
            names = {"choices": list(spec.choices)} if spec.kind == "enum" else {}
            settings[address] = {"name": spec.name, "value": value, **names}
    text = (Path(__file__).parent / "ladmg.deck.js").read_text(encoding="utf-8")
    return text.replace("{/* settings */}", json.dumps(settings, ensure_ascii=False)).encode()


def _put(patch: Patcher, name: str, args: list[str | float], x: float, y: float) -> Box:
    """An abstraction in a patch: in a box if it is a link, seen through a bpatcher if it is a control."""
    if name in _LINKS:
        return patch.box(" ".join([name, *map(str, args)]), x, y)
    of = ABSTRACTIONS[name][0]()
    return patch.view(of, f"{name}.maxpat", args, (x, y, of.width, of.height), None)


def _connection(patch: Patcher, x: float, y: float) -> None:
    _put(patch, "ladmg.io", _HELP_ARGUMENTS["ladmg.io"], x, y)
    patch.note("The connection. While `ladmg play` runs,", x + 124, y, 240)
    patch.note("the lamp is on.", x + 124, y + 22, 240)


def help_patch(name: str) -> Patcher:
    """One control that works, and its arguments in words."""
    _, digest, arguments = ABSTRACTIONS[name]
    patch = Patcher(620, 420, is_shown=False)
    patch.note(name, 20, 14, 400, fontsize=20.0, fontface=1)
    patch.note(f"{digest}. Arguments: {', '.join(arguments) or 'none'}.", 20, 44, 560)
    if name == "ladmg.io":
        _connection(patch, 40, 120)
        patch.note("Have it once in a patch, or open LADMG, which has one.", 40, 190, 500)
        return patch
    shown = _put(patch, name, _HELP_ARGUMENTS[name], 40, 160)
    match name:
        case "ladmg.param":
            knob = styled(patch, "flonum", (40, 110, 60, 22), minimum=0.0, maximum=8.0)
            patch.cord(knob, shown, knob)
        case "ladmg.words" | "ladmg.named":
            field = styled(patch, "textedit", (40, 110, 240, 22), text="")
            patch.cord(field, shown)
            if shown.n_outlets:
                patch.cord(shown, field)
        case "ladmg.event" | "ladmg.trigger":
            patch.cord(patch.ui("button", (40, 110, 24, 24)), shown)
        case "ladmg.beat":
            for outlet in range(3):
                patch.cord((shown, outlet), styled(patch, "flonum", (40 + 70 * outlet, 240, 60, 22)))
        case "ladmg.toggle":
            patch.cord(patch.ui("toggle", (40, 110, 24, 24)), shown)
            patch.cord(shown, patch.ui("toggle", (40, 240, 24, 24)))
        case "ladmg.text":
            patch.cord(shown, patch.box("prepend set", 40, 220), patch.message("", 40, 250))
        case "ladmg.dial" | "ladmg.int" | "ladmg.menu":
            patch.cord(styled(patch, "flonum", (40, 110, 60, 22)), shown)
            patch.cord(shown, styled(patch, "flonum", (40, 250, 60, 22)))
    patch.note(
        "It sends only after it has heard the instrument's value, and only what a hand or a cord does.",
        40,
        290,
        500,
    )
    _connection(patch, 40, 330)
    return patch


def reference(name: str) -> bytes:
    _, digest, arguments = ABSTRACTIONS[name]
    rows = "".join(
        f"\t\t<objarg name={quoteattr(argument.lower())} optional='0' type='symbol'>"
        f"<digest>{escape(argument.capitalize())}</digest></objarg>\n"
        for argument in arguments
    )
    return (
        f"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n"
        f"<c74object name={quoteattr(name)} module='max' category='LADMG'>\n"
        f"\t<digest>{escape(digest)}</digest>\n\t<description>{escape(digest)}. See its help.</description>\n"
        f"\t<objarglist>\n{rows}\t</objarglist>\n</c74object>\n"
    ).encode()


def overview(table: Table) -> Patcher:
    """Every address of the table, as a message to click or to copy, and what it takes."""
    columns = [list(of_deck(table, deck).items()) for deck in (None, *decks(table))]
    wide, high, top = 460, 27, 124
    bottom = top + high * max(map(len, columns)) + 10
    patch = Patcher(60 + wide * len(columns), bottom + 110, is_shown=False)
    patch.note("LADMG: every parameter", 30, 14, 400, fontsize=20.0, fontface=1)
    patch.note(
        "Click to ask for a value; the answer is below. An address and a value, without /ladmg/get, sets it.",
        30,
        46,
        640,
    )
    _connection(patch, 700, 14)
    for index, (title, column) in enumerate(
        zip(("for all", *(f"deck {deck}" for deck in decks(table))), columns, strict=True)
    ):
        x = 40 + wide * index
        patch.note(title, x, top - 28, 200, fontsize=14.0, fontface=1)
        ask = patch.box(f"s {OUT}", x - 20, bottom)
        for row, (address, (spec, _)) in enumerate(column):
            message = patch.message(f"{ROOT}/get {address}", x, top + high * row)
            patch.cord(message, ask, lane=x - 12)
            patch.note(_span(spec), x + 210, top + high * row, wide - 222, fontsize=11.0)
    patch.cord(
        patch.box(f"r {IN}", 200, bottom),
        patch.box("prepend set", 200, bottom + 30),
        patch.message("", 200, bottom + 60),
    )
    return patch


def _span(spec: Spec) -> str:
    """What a parameter takes, in a few words; a long list by its ends."""
    if len(spec.choices) > MOST_CHOICES:
        return f"{spec.choices[0]}, {spec.choices[1]} .. {spec.choices[-1]}"
    return spec.span


def _example(width: float, height: float, title: str, explanation: str) -> Patcher:
    patch = Patcher(width, height, is_shown=False)
    patch.note(title, 20, 14, 500, fontsize=20.0, fontface=1)
    patch.note(explanation, 20, 44, width - 60)
    _connection(patch, width - 390, height - 70)
    return patch


def sequencer() -> Patcher:
    """Each bar another morph; every fourth bar the next prompt."""
    patch = _example(
        760,
        560,
        "A sequencer of morphs and prompts",
        "Each bar steps the morph; every fourth brings the next prompt.",
    )
    on = patch.ui("toggle", (30, 90, 24, 24))
    patch.note("on", 60, 92, 60)
    beat = _put(patch, "ladmg.beat", [], 130, 80)
    first, run = patch.box("sel 1", 200, 150), patch.box("gate 1", 30, 180)
    patch.cord((beat, 1), first)
    patch.cord(on, run)
    patch.cord(first, (run, 1))
    step = patch.box("counter 0 7", 30, 210)
    patch.cord(run, step)
    values = styled(patch, "multislider", (30, 330, 240, 90), size=8, ignoreclick=0)
    patch.note("eight morphs: draw them", 280, 330, 200)
    patch.cord(step, patch.box("+ 1", 30, 240), patch.box("prepend fetch", 30, 270), values)
    patch.cord((values, 1), patch.box("ladmg.param /ladmg/1/morph", 258, 450))
    four = patch.box("sel 0 4", 300, 240)
    patch.cord(step, four)
    prompt = patch.box("ladmg.param /ladmg/1/prompt", 300, 300)
    for outlet, words in enumerate(("deep house warm pad", "acid techno squelchy bass")):
        patch.cord((four, outlet), patch.message(f'"{words}"', 300 + 190 * outlet, 270), prompt)
    return patch


def lfos() -> Patcher:
    """Four slow sines on what is heard in the next block."""
    patch = _example(
        920, 420, "An LFO bank", "Four sines, sampled 20 times a second. Switch the audio on, and each LFO."
    )
    targets = (
        ("/ladmg/1/morph", 0.03),
        ("/ladmg/1/filter", 0.11),
        ("/ladmg/1/delay_send", 0.07),
        ("/ladmg/1/level_db", 0.05),
    )
    lows = {
        "/ladmg/1/morph": (0.0, 1.0),
        "/ladmg/1/filter": (-0.7, 0.7),
        "/ladmg/1/delay_send": (0.0, 0.6),
        "/ladmg/1/level_db": (-12.0, 0.0),
    }
    for index, (address, rate) in enumerate(targets):
        x = 30 + 220 * index
        on, timer = patch.ui("toggle", (x, 90, 24, 24)), patch.box("metro 50", x, 130)
        speed = styled(patch, "flonum", (x + 80, 90, 60, 22), minimum=0.0, maximum=2.0)
        wave, sample = patch.box(f"cycle~ {rate}", x + 80, 130), patch.box("snapshot~", x, 180)
        low, high = lows[address]
        patch.cord(on, timer, sample)
        patch.cord(speed, wave, sample)
        patch.cord(
            sample,
            patch.box(f"scale -1. 1. {low} {high}", x, 220),
            patch.box(f"ladmg.param {address}", x, 260),
        )
    return patch


def stutter_steps() -> Patcher:
    """A row of sixteen steps over four bars, each a stutter."""
    patch = _example(
        760,
        460,
        "Steps of stutter",
        "One step a beat, sixteen beats: 0 is off, 1 to 4 are 1/2, 1/4, 1/8 and 1/16.",
    )
    on = patch.ui("toggle", (30, 90, 24, 24))
    beat = _put(patch, "ladmg.beat", [], 130, 80)
    run, bang = patch.box("gate 1", 30, 150), patch.box("t b", 30, 180)
    patch.cord(on, run)
    patch.cord((beat, 1), (run, 1))
    step = patch.box("counter 1 16", 30, 210)
    rows = styled(
        patch, "multislider", (30, 280, 480, 70), size=16, ignoreclick=0, setminmax=[0.0, 4.0], settype=0
    )
    patch.cord(run, bang, step, patch.box("prepend fetch", 30, 240), rows)
    patch.cord((rows, 1), patch.box("ladmg.param /ladmg/1/stutter", 30, 390))
    return patch


def live_device(table: Table) -> Patcher:
    """An audio effect that lets its audio through, with the deck's hands and lanes that Live can automate.

    A lane sends and never hears, so that what Live records is what a hand did; and only while `automate` is on, so
    that a set that opens, and brings its values back, changes nothing.
    """
    patch = Patcher(
        800, DEVICE_HEIGHT, background=PANEL, extra={"openrect": [0.0, 0.0, 800.0, float(DEVICE_HEIGHT)]}
    )
    sound_in, sound_out = patch.box("plugin~", 30, 220), patch.box("plugout~", 30, 260)
    patch.cord(sound_in, sound_out)
    patch.cord((sound_in, 1), (sound_out, 1))
    seen: list[tuple[str, list[str | float], float, float]] = [
        ("ladmg.io", _HELP_ARGUMENTS["ladmg.io"], 4, 4),
        ("ladmg.beat", [], 4, 56),
        ("ladmg.toggle", ["/ladmg/playing", "playing"], 4, 112),
        ("ladmg.trigger", ["/ladmg/tap", "tap"], 72, 112),
    ]
    for deck in decks(table):
        y = 4.0 + 82 * (deck - 1)
        root = f"{ROOT}/{deck}"
        seen += [
            ("ladmg.text", [f"{root}/prompt", "prompt"], 200, y),
            ("ladmg.trigger", [f"{root}/roll", "roll"], 200, y + 36),
            ("ladmg.trigger", [f"{root}/go", "go"], 268, y + 36),
            ("ladmg.toggle", [f"{root}/hold", "hold"], 336, y + 36),
            ("ladmg.trigger", [f"{root}/undo", "undo"], 404, y + 36),
        ]
    for name, args, x, y in seen:
        of = ABSTRACTIONS[name][0]()
        patch.view(
            of, f"{name}.maxpat", args, (30 + x, 320 + y, of.width, of.height), (x, y, of.width, of.height)
        )

    armed = styled(
        patch, "textbutton", (560, 220, 90, 24), (506, 8, 90, 24), mode=1, text="automate", texton="automate"
    )
    lanes = [(address, spec) for address, (spec, _) in table.items() if spec.name in AUTOMATED]
    for index, (address, spec) in enumerate(lanes):
        name = address.removeprefix(f"{ROOT}/").replace("/", " ")
        place: Rect = (506 + 72 * (index % 4), 40 + 64 * (index // 4), 70, 60)
        x = 560 + 190 * index
        shown = {"parameter_shortname": name, "parameter_invisible": AUTOMATABLE}
        lane = styled(
            patch, "live.dial", (x, 320, 44, 48), place, **ranged(name, spec.low, spec.high, **shown)
        )
        gate = patch.box("gate 1", x, 380)
        patch.cord(armed, gate)
        patch.cord(lane, (gate, 1))
        patch.cord(gate, patch.box(f"prepend {address}", x, 410), patch.box(f"s {OUT}", x, 440))
    return patch
