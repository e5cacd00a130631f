"""Controls and values: from the place of a knob to a value and back; and what maps say of themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.midi.control_map import Control, Map, markdown
from instrument.midi.curves import CURVES
from instrument.midi.messages import TOP, Kind, Source
from instrument.params import ADDRESSES

NUMBERS = [address for address, (spec, _) in ADDRESSES.items() if spec.kind in ("float", "int", "enum")]


def knob(address: str, kind: Kind = "cc", **fields: object) -> Control:
    return Control(Source(kind, 1, None), address, "absolute", **fields)  # type: ignore[arg-type]


@given(
    st.sampled_from(NUMBERS),
    st.sampled_from(("cc", "cc14")),
    st.sampled_from(sorted(CURVES)),
    st.booleans(),
    st.floats(0, 1),
)
def test_every_value_has_its_place_and_the_place_its_value(
    address: str, kind: Kind, curve: str, is_inverted: bool, at: float
) -> None:
    """At the nearest step, within what one step is worth there; enums and whole numbers of the knob's reach exactly."""
    low, high = (1.0, 0.0) if is_inverted else (0.0, 1.0)
    control = knob(address, kind, curve=curve, low=low, high=high)
    raw = round(at * TOP[kind])
    value = control.value_at(raw)
    place = control.place_of(value)
    assert 0 <= place <= TOP[kind]
    assert control.value_at(round(place)) == value or control.spec.kind == "float"
    around = [control.spec.unmap(control.value_at(min(max(raw + by, 0), TOP[kind]))) for by in (-1, 1)]
    back = control.spec.unmap(control.value_at(round(place)))
    grain = 2 * control.spec.step / (control.spec.high - control.spec.low)
    assert min(around) - grain <= back <= max(around) + grain


@pytest.mark.parametrize("address", NUMBERS)
def test_a_knob_reaches_both_ends_and_rises(address: str) -> None:
    control = knob(address)
    spec = control.spec
    positions = [spec.unmap(control.value_at(raw)) for raw in range(128)]
    assert (positions[0], positions[-1]) == (0.0, 1.0)
    assert positions == sorted(positions)
    turned = knob(address, low=1.0, high=0.0)
    assert [turned.value_at(raw) for raw in (0, 127)] == [control.value_at(127), control.value_at(0)]


def test_every_key_is_on_the_knob() -> None:
    assert {knob("/ladmg/key").value_at(raw) for raw in range(128)} == set(range(25))


def test_a_knob_in_its_middle_is_a_zero_in_the_middle_of_a_range() -> None:
    assert [knob("/ladmg/1/brightness").value_at(raw) for raw in (0, 64, 127)] == [-1.0, 0.0, 1.0]


def test_a_range_is_all_that_a_knob_reaches() -> None:
    spec = ADDRESSES["/ladmg/bpm"][0]
    control = knob("/ladmg/bpm", low=spec.unmap(120.0), high=spec.unmap(130.0))
    assert [control.value_at(raw) for raw in (0, 64, 127)] == [120.0, 125.0, 130.0]
    assert (control.place_of(60.0), control.place_of(200.0)) == (0.0, 127.0), "it can be caught at an end"


@given(st.sampled_from(NUMBERS), st.floats(0, 1), st.integers(-30, 30), st.booleans())
def test_steps_stay_within_the_range(address: str, at: float, steps: int, is_inverted: bool) -> None:
    spec = ADDRESSES[address][0]
    low, high = (1.0, 0.0) if is_inverted else (0.0, 1.0)
    control = Control(Source("cc", 1, None), address, "relative", low, high, step=max(1.0, spec.step))
    value = spec.map(at)
    moved = control.moved(value, steps)
    assert 0 <= spec.unmap(moved) <= 1
    direction = spec.unmap(moved) - spec.unmap(value)
    assert direction * steps * (-1 if is_inverted else 1) >= 0
    if 0 < spec.unmap(moved) < 1 and 0 < spec.unmap(value) < 1:
        assert control.moved(moved, -steps) == pytest.approx(value)


def test_presses_go_round_the_choices() -> None:
    def pressed(address: str, step: float, value: int, n: int) -> list[object]:
        control = Control(Source("note", 1, None), address, "step", step=step)
        values: list[object] = []
        for _ in range(n):
            value = control.stepped(value)  # type: ignore[assignment]
            values.append(value)
        return values

    assert pressed("/ladmg/swap", 1, 5, 3) == [6, 0, 1]
    assert pressed("/ladmg/swap", -1, 1, 3) == [0, 6, 5]
    assert pressed("/ladmg/n_bars", 1, 4, 3) == [8, 1, 2]
    assert pressed("/ladmg/bpm", 0.1, 199.85, 3) == [199.95, 200.0, 200.0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("port", "is_known"),
    [
        ("nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTRL 24:0", True),
        ("nanoKONTROL2 1", True),
        ("NANOKONTROL2 SLIDER/KNOB", True),
        ("nanoKONTROL", False),
        ("my nanoKONTROL2x", False),
        ("Midi Through:Midi Through Port-0 14:0", False),
    ],
)
def test_a_port_is_known_by_whole_words(port: str, is_known: bool) -> None:
    assert Map("", ("nanoKONTROL2",), ()).fits(port) is is_known
    assert not Map("", ("*",), ()).fits(port)


def test_a_table_says_what_each_control_does() -> None:
    bpm = Control(Source("cc", 20, 8), "/ladmg/bpm", "relative", step=0.1)
    pad = Control(Source("note", 36, 9), "/ladmg/1/prompt", "trigger", value="acid", label="pad 1")
    level = knob("/ladmg/1/level_db", curve="fader", takeover="jump", low=1.0, high=0.5)
    assert markdown(Map("", (), (bpm, level))) == (
        "| control | address | |\n|---|---|---|\n"
        "| cc 20, channel 9 | `/ladmg/bpm` | relative, 0.1 a step |\n"
        "| cc 1 | `/ladmg/1/level_db` | absolute, -32..6, inverted, fader, jump |\n"
    )
    assert "| pad 1 | note 36, channel 10 | `/ladmg/1/prompt` | trigger, “acid” |" in markdown(
        Map("", (), (pad,))
    )
