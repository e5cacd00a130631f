"""What the full-screen view writes into each of its places: plain functions from a state and a width to styled text.

Green sounds, amber is on its way. Every mark is a character too, so that nothing is lost without colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.content import Content

from instrument.params import Value
from instrument.terminal.remote import Control, Deck, Remote

PAPER, QUIET, GREEN, AMBER, RED = "#ece8dc", "#97927f", "#5dffa0", "#ffb000", "#ff6a5c"
WORDS = {
    "bpm": "BPM",
    "playing": "play",
    "swap": "enters",
    "record": "rec",
    "n_bars": "bars",
    "n_steps": "steps",
    "gain_db": "master",
    "clock_source": "clock",
    "cfg_scale": "words",
    "cfg_grid": "beat",
    "level_db": "level",
    "brightness": "bright",
    "delay_send": "echo",
    "bass_swap": "bass swap",
    "seed_a": "A",
    "seed_b": "B",
    "seed_c": "C",
    "seed_d": "D",
    "morph_y": "to C, D",
    "negative": "and not like what?",
    "prompt": "how should it sound?",
    "prompt_2": "and ...",
    "prompt_3": "and ...",
    "prompt_4": "and ...",
    "shelf_play": "shelf",
}
FLOOR_DB = 48  # below full scale, where a meter begins
SLIDER = 5  # cells that one needs at least
WORD_CELLS, VALUE_CELLS = 7, 8  # beside a slider, so that those above each other begin and end together
_STEPS = " ▁▂▃▄▅▆▇█"

Part = tuple[str, str]


def wordy(control: Control) -> str:
    """What a parameter is called here."""
    return WORDS.get(control.name, control.name.replace("_", " "))


def _line(parts: Sequence[Part], width: int) -> Content:
    """One line of just that width; what doesn't fit ends in an ellipsis."""
    return Content.assemble(*parts).truncate(width, ellipsis=True, pad=True)


def _cells(text: str) -> int:
    return Content(text).cell_length


def field_text(
    control: Control,
    word: str,
    value: Value,
    sounds: Value | None,
    width: int,
    is_tight: bool = False,
    is_moot: bool = False,
) -> Content:
    """A parameter: its word, a slider where there is room, and its value, with the one that sounds before it.

    sounds: None where that is the value. is_tight: the value stands right beside the word. is_moot: it is not heard.
    """
    colour = QUIET if is_moot else PAPER if sounds is None else AMBER
    if control.kind == "text":
        if sounds is None:
            return _line([(str(value or word), PAPER if value else QUIET)], width)
        before: list[Part] = [(f"{sounds or 'nothing'}", GREEN)]
        coming = f"→{value or 'nothing'}"
        return _line([*(before if _cells(before[0][0] + coming) <= width else []), (coming, AMBER)], width)
    if not control.has_value:
        return _line([(word, PAPER)], width)
    if control.is_switch:
        return _line([("● " if value else "○ ", colour), (word, f"bold {colour}" if value else QUIET)], width)
    shown = control.shown(value)
    unit = f" {control.unit}" if control.unit in ("dB", "%", "ms") else ""
    n_word = _cells(word)
    room = width - n_word - bool(word)
    tail: list[Part] = [(shown, f"bold {colour}" if value != control.default else colour)]
    if sounds is not None:
        heard = control.shown(sounds)
        fits = len(heard) + 1 + len(shown) <= room
        tail = [*([(heard, GREEN)] if fits else []), ("→", AMBER), *tail]
    if sum(len(text) for text, _ in tail) + len(unit) <= room:
        tail.append((unit, QUIET))
    n_tail = sum(len(text) for text, _ in tail)
    if is_tight:
        return _line([(f"{word} ", QUIET), *tail], width)
    gap: list[Part] = [(" " * (width - n_word - n_tail), "")]
    begins, ends = max(WORD_CELLS, n_word) + 1, width - max(VALUE_CELLS, n_tail) - 1
    if word and control.kind == "float" and ends - begins >= SLIDER and not isinstance(value, str):
        blanks = " " * (begins - n_word), " " * (width - ends - n_tail)
        gap = [(blanks[0], ""), *slider(control, float(value), ends - begins), (blanks[1], "")]
    return _line([(word, QUIET), *gap, *tail], width)


def slider(control: Control, value: float, width: int) -> list[Part]:
    """Where the value is in its range: a line that is drawn from the rest, the middle of what goes both ways."""
    taper = 2.5 if control.unit == "dB" else 1.0  # as a mixer's: most of the way for the loud part

    def place(number: float) -> int:
        part = (number - control.low) / (control.high - control.low)
        return round(math.pow(part, taper) * (width - 1))

    at = place(value)
    rest = place(0) if control.low < 0 and control.unit != "dB" else 0
    low, high = min(at, rest), max(at, rest)
    ends: list[Part] = [("┄" * low, QUIET), ("━" * (at - low), PAPER), ("●", PAPER)]
    return [*ends, ("━" * (high - at), PAPER), ("┄" * (width - 1 - max(at, high)), QUIET)]


def shelf_text(held: Sequence[int], at: int, n_places: int, width: int) -> Content:
    """The places that keep loops; the one that a key would play is told by its number."""
    places: list[Part] = []
    for number in range(1, n_places + 1):
        is_held = number in held
        style = GREEN if is_held else QUIET
        places.append(("●" if is_held else "·", f"{style} underline" if number == at else style))
    return _line([("shelf ", QUIET), *places, (f" {at}", PAPER)], width)


def names_text(word: str, names: Sequence[str], at: int, width: int) -> Content:
    """The presets, of which one is chosen."""
    if not names:
        return _line([(word, QUIET), (" none yet", QUIET)], width)
    return _line(
        [
            (word, QUIET),
            (f" {names[at % len(names)]}", PAPER),
            (f"  {at % len(names) + 1}/{len(names)}", QUIET),
        ],
        width,
    )


def meter_text(peak: float, width: int) -> Content:
    """How loud it is: peak 0..1 of full scale, over the last 48 dB."""
    level = 20 * math.log10(max(peak, 1e-6))
    figure = f"{level:5.1f} dB" if peak > 1e-4 else " -inf dB"
    n_cells = max(1, width - len(figure) - 1)
    n_lit = round(min(1.0, max(0.0, (level + FLOOR_DB) / FLOOR_DB)) * n_cells)
    n_hot = max(0, n_lit - round(n_cells * (FLOOR_DB - 6) / FLOOR_DB))
    style = RED if level > -0.1 else AMBER
    lit: list[Part] = [("■" * (n_lit - n_hot), GREEN), ("■" * n_hot, style), ("·" * (n_cells - n_lit), QUIET)]
    return _line([*lit, (f" {figure}", PAPER)], width)


def title_text(number: int, deck: Deck, is_chosen: bool, is_held: bool, now: float, width: int) -> Content:
    """A deck's heading: how loud it is, and what comes."""
    text = next_text(deck, is_held, now)
    head: list[Part] = [
        (
            f"▶deck {number}" if is_chosen else f" deck {number}",
            f"bold reverse {PAPER}" if is_chosen else f"bold {PAPER}",
        )
    ]
    n_meter = width - 7 - 2 - _cells(text) - (2 if text else 0)
    meter = meter_text(deck.peak, min(n_meter, 44))
    gap = width - 7 - 2 - min(n_meter, 44) - _cells(text)
    return Content.assemble(*head, "  ", meter, " " * gap, (text, AMBER)).truncate(width, pad=True)


def next_text(deck: Deck, is_held: bool, now: float) -> str:
    """What comes, in words: as the page's."""
    if deck.state == "cued":
        left = deck.enters_at - now if deck.enters_at >= 0 else 0.0
        n_beats = math.ceil(left)
        return f"in {n_beats} beat{'s' if n_beats > 1 else ''}" if n_beats > 0 else "enters"
    if deck.state == "ready":
        return "ready, held" if is_held else "ready: go"
    if deck.state == "none":
        return "" if deck.loop else "no loop yet"
    return deck.state


def wave_text(deck: Deck, now: float, is_silent: bool, width: int, height: int) -> Content:
    """One pass of the loop, first beat to last: the part that was heard, the hand, and where the next one enters."""
    if not deck.rms:
        return _line([("no loop yet", QUIET)], width)
    n = len(deck.rms)
    top = max(max(deck.rms), 1 / 127)
    parts = [deck.rms[n * i // width : max(n * (i + 1) // width, n * i // width + 1)] for i in range(width)]
    levels = [max(1, round(8 * height * max(part) / top)) for part in parts]
    hand = int(now % deck.n_beats / deck.n_beats * width)
    left = deck.enters_at - now
    entry = int(deck.enters_at % deck.n_beats / deck.n_beats * width) if 0 <= left <= deck.n_beats else -1
    heard = QUIET if is_silent else GREEN

    rows = []
    for row in reversed(range(height)):
        cells: list[Part] = []
        for column, level in enumerate(levels):
            if column == hand:
                cells.append(("│", f"bold {PAPER}"))
            elif column == entry and deck.state == "cued":
                cells.append(("┊", f"bold {AMBER}"))
            else:
                cells.append((_STEPS[min(8, max(0, level - 8 * row))], heard if column < hand else QUIET))
        rows.append(Content.assemble(*cells))
    return Content("\n").join(rows)


def path_text(deck: Deck, morph: float, morph_y: float, width: int, height: int) -> Content:
    """The path between the seeds, or the pad of four: ready points, the one that sounds, and where `morph` stands."""
    figure = f" {morph:.2f}" if height == 1 else ""
    n = width - 4 - len(figure)
    loop = deck.loop or {}
    sounds = (float(loop.get("morph", 0.0)), float(loop.get("morph_y", 0.0)))

    def cell(x: float, y: float) -> tuple[int, int]:
        return round(x * (n - 1)), round(y * (height - 1))

    rows = []
    ready = {cell(x, y) for x, y in deck.points if height > 1 or abs(y - morph_y) <= 0.25}
    for row in range(height):
        ends = ("A", "B") if row == 0 else ("C", "D") if row == height - 1 else (" ", " ")
        cells: list[Part] = [(f"{ends[0]} ", QUIET)]
        for column in range(n):
            at = (column, row)
            is_here = at == cell(morph, morph_y if height > 1 else 0)
            does_sound = deck.loop is not None and at == cell(sounds[0], sounds[1] if height > 1 else 0)
            if is_here:
                cells.append(
                    ("◆", f"bold {GREEN if does_sound else AMBER if deck.state != 'none' else PAPER}")
                )
            elif does_sound:
                cells.append(("●", GREEN))
            else:
                cells.append(("○", GREEN) if at in ready else ("─" if row in (0, height - 1) else " ", QUIET))
        rows.append(Content.assemble(*cells, (f" {ends[1]}", QUIET), (figure, PAPER)))
    return Content("\n").join(rows)


def count_text(remote: Remote, now: float, n_beats: int, width: int) -> Content:
    """Bar and beat in the loop, and the tempo that sounds."""
    beat = remote.beat
    if not remote.is_open or not beat.bpm:
        return _line([("■  -.-", QUIET)], width)
    count = f"{int(now // 4) % (n_beats // 4) + 1}.{int(now) % 4 + 1}"
    mark = "▶" if beat.is_running and remote.value("playing") else "■"
    return _line([(f"{mark}  ", GREEN), (count, f"bold {PAPER}"), (f"  {beat.bpm:.2f}", GREEN)], width)


def health_text(remote: Remote, deck: Deck, width: int) -> Content:
    """How the instrument is; what has no room is left out, the least important first."""
    status = remote.status
    underflows = int(status.get("underflows", 0))
    lasts = deck.n_beats * 60 / float(deck.loop["bpm"]) if deck.loop else 0.0
    render = float(status.get("render_ms", 0)) / 1000
    lost = [(word, int(status.get(f"{word}_losses", 0))) for word in ("generator", "audio", "device")]
    parts: list[Part] = []
    if status.get("recording"):
        seconds = float(status["recording_s"])
        missing = float(status.get("recording_missing_s", 0.0))
        parts.append((f"● rec {int(seconds // 60)}:{int(seconds % 60):02d}", f"bold {RED}"))
        parts += [(f"{missing:.1f} s missing", RED)] if missing else []
    generator = str(status.get("generator", ""))
    parts += [(f"generator {generator}", AMBER)] if generator and generator != "ready" else []
    parts.append((f"underflows {underflows}", AMBER if underflows else QUIET))
    if render:
        parts.append((f"render {render:.2f} s of {lasts:.2f}", AMBER if render > lasts else QUIET))
    load = float(status.get("callback_load", 0.0))
    parts.append((f"load {load:.0%}".replace("%", " %"), AMBER if load > 0.8 else QUIET))
    parts += [(f"{word} lost {n}", AMBER) for word, n in lost if n]
    failed = int(status.get("failed_renders", 0))
    parts += [(f"failed renders {failed}", AMBER)] if failed else []
    device = str(status.get("device", "")) or "..."
    parts.append(("no card" if device == "none" else device[:30], QUIET))
    parts.append((f"views {status.get('pages', 1)}", QUIET))
    shown: list[Part] = []
    room = width
    for text, style in parts:
        room -= _cells(text) + 3 * bool(shown)
        if room < 0:
            break
        shown += [(" │ ", QUIET)] * bool(shown) + [(text, style)]
    return _line(shown, width)
