"""The player: loops exact to the sample, swaps on theirs, level kept, blocks of any size give the same."""

import gc
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.audio import slip
from instrument.audio.deck import CROSSFADE_S, LOW_FADE_S, LOWEST_RHO, crossfade_gains
from instrument.audio.playback import FADE_IN_S, FADE_OUT_S, Player
from instrument.memory import DeckParams, LoopBank, PlaybackParams
from instrument.transport import SWAPS, loop_length
from tests.instrument.loops_in_bank import BAR, RATE, SIXTEENTH, UNITS, enter, put, render, started

CROSSFADE = round(CROSSFADE_S * RATE)
LOW_FADE = round(LOW_FADE_S * RATE)
FADE_IN = round(FADE_IN_S * RATE)
FADE_OUT = round(FADE_OUT_S * RATE)


@pytest.fixture
def bank():
    bank = LoopBank.create(4 * UNITS)
    yield bank
    bank.close()
    bank.unlink()


def happened(player):
    """Entered and released loops of deck 1, by their numbers: ("entered", loop, sample, bar), ("released", loop)."""
    told = []
    for event in player.events:
        match event:
            case ("entered", 1, _, slot, sample, bar):
                told.append(("entered", slot // UNITS, sample, bar))
            case ("released", 1, slot):
                told.append(("released", slot // UNITS))
    return told


def sounding(player, deck=1):
    slot = player.slots[deck - 1]
    return slot // UNITS if slot >= 0 else -1


def test_silence_until_a_loop_enters_and_then_from_its_downbeat(bank):
    loop = put(bank, 0, None)
    player = Player(bank, RATE)
    assert not render(player, 5000).any()
    assert (player.transport.ticks, sounding(player)) == (0, -1)
    player.command(enter(0))
    out = render(player, 5000)
    assert happened(player) == [("entered", 0, 5000, 1)]
    assert np.array_equal(out[FADE_IN:], loop[FADE_IN:5000])
    assert sounding(player) == 0


def test_ten_minutes_are_exact_to_the_sample(bank):
    """Pass k of the loop starts at round(k * L)."""
    bpm = 127.31
    loop = put(bank, 0, None, bpm)
    length = Fraction(4 * 240 * RATE) / Fraction(12731, 100)
    assert length.denominator > 1
    player = started(bank)
    total = 600 * RATE
    params = PlaybackParams(bpm=bpm)
    out = np.zeros((4096, 2), np.float32)
    k = 0
    lengths = set()
    for start in range(0, total, 4096):
        player.render(out, params)
        expected = np.zeros_like(out)
        for i in (k, k + 1):
            first, last = round(i * length), round((i + 1) * length)
            lengths.add(last - first)
            a, b = max(start, first), min(start + 4096, last)
            if a < b:
                expected[a - start : b - start] = np.take(
                    loop, np.arange(a - first, b - first), axis=0, mode="wrap"
                )
        if start + 4096 >= round((k + 1) * length):
            k += 1
        skip = FADE_IN if start == 0 else 0
        assert np.array_equal(out[skip:], expected[skip:]), start
    assert k == int(total // length)
    assert lengths == {int(length), int(length) + 1}


@pytest.mark.parametrize("block", [1, 7, 256])
def test_blocks_of_any_size_give_the_same_audio(bank, block):
    """Bit for bit, through swaps, tempo changes, fades, stops and starts."""
    unit = 7 * 512

    def session(block):
        player = Player(bank, RATE)
        commands = {1: enter(0), 3: enter(1), 11: enter(2), 12: enter(3)}
        pieces = []
        for i in range(18):
            if i in commands:
                player.command(commands[i])
            if i < 9:
                params = PlaybackParams(swap=1)
            elif i < 11:
                params = PlaybackParams(bpm=131.3, gain_db=-6, swap=0)
            elif i < 14:
                params = PlaybackParams(bpm=132.37, gain_db=3, swap=0)
            else:
                params = PlaybackParams(bpm=132.37, playing=i % 3 > 1)
            pieces.append(render(player, unit, params, block))
        return np.concatenate(pieces), happened(player)

    put(bank, 0, None)
    put(bank, 1, None, n_bars=2)
    put(bank, 2, None, bpm=132.37)
    put(bank, 3, None, n_bars=1)
    audio, events = session(512)
    assert [event[:2] for event in events if event[0] == "entered"] == [
        ("entered", slot) for slot in range(4)
    ]
    other_audio, other_events = session(block)
    assert np.array_equal(audio, other_audio)
    assert events == other_events


def hiss(n, left, right):
    """The highest tone there is, at an amplitude for each channel: no lows."""
    return (-1.0) ** np.arange(n)[:, None] * np.array([left, right])


@pytest.mark.parametrize("swap", range(len(SWAPS)))
@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_a_swap_begins_on_its_exact_sample_and_keeps_the_level(bank, swap, rho):
    """The second channel tells the gain of the new loop, the first one then that of the old."""
    bpm = 187.77
    n = round(loop_length(2, 18777, RATE))
    put(bank, 0, hiss(n, 1.0, 0.0), bpm, n_bars=2)
    n = round(loop_length(1, 18777, RATE))
    other = np.sqrt(1 - rho**2)
    put(bank, 1, hiss(n, rho, other), bpm, n_bars=1)
    player = started(bank)
    params = PlaybackParams(bpm=bpm, swap=swap)
    render(player, 1000, params)
    player.command(enter(1))
    beats = {"now": None, "beat": 1, "bar": 4, "loop": 8, "4bars": 16, "8bars": 32, "16bars": 64}[SWAPS[swap]]
    begin = 1000 if beats is None else round(beats * 60 * RATE / Fraction(18777, 100))
    out = np.abs(render(player, begin - 1000 + CROSSFADE + 2000, params)[begin - 1000 :])
    h = out[:CROSSFADE, 1] / other
    g = out[:CROSSFADE, 0] - rho * h
    if begin % 2 == 0:  # else the two tones are in opposite phase
        np.testing.assert_allclose(g**2 + h**2 + 2 * rho * g * h, 1.0, atol=1e-3)
    assert 0.0 < h[0] < 0.01
    assert np.all(np.diff(h) >= -1e-4)
    np.testing.assert_allclose(out[CROSSFADE:], np.tile([rho, other], (2000, 1)), atol=1e-3)
    bar = int((begin + 0.5) // (240 * RATE / bpm)) + 1
    assert happened(player) == [("entered", 0, 0, 1), ("entered", 1, begin, bar), ("released", 0)]
    assert sounding(player) == 1


def test_nothing_of_the_new_loop_is_heard_before_the_boundary(bank):
    put(bank, 0, (1, 0))
    put(bank, 1, (0, 1))
    player = started(bank)
    render(player, 512)
    player.command(enter(1))
    out = render(player, 4 * 23040 - 512)
    assert np.array_equal(out, np.tile(np.float32([1, 0]), (len(out), 1)))


@given(st.floats(-1, 1), st.floats(0, 1))
def test_crossfade_gains_keep_the_level_and_never_leap(rho, position):
    g, h = crossfade_gains(position, rho)
    effective = max(rho, LOWEST_RHO)
    assert g**2 + h**2 + 2 * effective * g * h == pytest.approx(1.0)
    assert 0.0 <= g <= 1.16
    assert 0.0 <= h <= 1.16


def test_swapping_for_the_same_music_is_not_heard(bank):
    loop = put(bank, 0, None)
    put(bank, 1, loop.copy())
    player = started(bank)
    out = render(player, 92160, PlaybackParams(swap=1))
    player.command(enter(1))
    out = np.concatenate([out, render(player, 92160, PlaybackParams(swap=1))])
    np.testing.assert_allclose(out[FADE_IN:], loop[FADE_IN : 2 * 92160], atol=1e-7)


def test_loops_of_any_length_enter_in_phase(bank):
    """The place in a loop is the transport's position modulo the loop's own length."""
    put(bank, 0, (0, 0), n_bars=4)
    one = put(bank, 1, None, n_bars=1)
    two = put(bank, 2, None, n_bars=2)
    bar = 92160
    player = started(bank)
    render(player, 3 * bar - 100)
    player.command(enter(2))
    out = render(player, 100 + 2 * bar)[100:]
    assert np.array_equal(out[CROSSFADE:bar], two[bar + CROSSFADE :])
    assert np.array_equal(out[bar:], two[:bar])
    player.command(enter(1))
    out = render(player, 12345, PlaybackParams(swap=1))
    assert np.array_equal(out[CROSSFADE:], one[CROSSFADE:12345])


def test_the_loop_boundary_is_the_sounding_loops_end(bank):
    put(bank, 0, None, n_bars=2)
    put(bank, 1, None, n_bars=4)
    player = started(bank)
    params = PlaybackParams(swap=SWAPS.index("loop"))
    render(player, 100, params)
    player.command(enter(1))
    render(player, 3 * 92160, params)
    assert happened(player)[1] == ("entered", 1, 2 * 92160, 3)


def sine(bank, slot, cycles, bpm=125.0, n_bars=4):
    """A sine with whole cycles in the loop, left; a cosine, right."""
    n = round(loop_length(n_bars, round(bpm * 100), RATE))
    phase = 2 * np.pi * cycles * np.arange(n) / n
    return put(bank, slot, 0.5 * np.stack([np.sin(phase), np.cos(phase)], 1), bpm, n_bars)


def test_a_new_tempo_bends_the_loop_at_once_and_stays_in_phase(bank):
    """A sine tells where in the loop we are: always where the beats say."""
    cycles = 4 * 4 * 100
    sine(bank, 0, cycles)
    player = started(bank)
    beat = Fraction(0)
    for bpm in (125.0, 131.27, 60.0, 200.0, 125.0, 125.01):
        out = render(player, 30000, PlaybackParams(bpm=bpm))
        centi = round(bpm * 100)
        beats = float(beat) + np.arange(30000) * (centi / 100 / 60 / RATE)
        beat += 30000 * Fraction(centi, 6000 * RATE)
        expected = 0.5 * np.sin(2 * np.pi * cycles * beats / 16)
        # Exact reading begins a pass on the nearest sample: half a sample's phase at this frequency.
        slack = np.pi * cycles * bpm / 60 / RATE / 16 * 0.5 + 1e-4
        np.testing.assert_allclose(out[FADE_IN:, 0], expected[FADE_IN:], atol=slack)
    assert player.transport.beat == beat


def test_bending_does_not_click(bank):
    sine(bank, 0, 4 * 4 * 100)  # 208 Hz at 125 BPM
    player = started(bank)
    out = [render(player, 9600)[FADE_IN:]]
    for step in range(40):
        out.append(render(player, 512, PlaybackParams(bpm=125 + step * 0.5)))
    jumps = np.abs(np.diff(np.concatenate(out)[:, 0], axis=0))
    assert jumps.max() < 1.5 * 0.5 * 2 * np.pi * 208.4 * (145 / 125) / RATE


def test_a_loop_rendered_at_the_new_tempo_enters_in_phase_and_is_read_exactly(bank):
    put(bank, 0, None)
    new = put(bank, 1, None, bpm=132.0)
    player = started(bank)
    render(player, 50_001)
    params = PlaybackParams(bpm=132.0)
    render(player, 20_000, params)
    player.command(enter(1))
    out = render(player, 4 * 92160, params)
    # It enters at bar 2, a bar into the loop: where its pass would have begun at this tempo follows.
    beats = Fraction(50_001 * 12500, 6000 * RATE)
    begin = round(50_001 + (4 - beats) * 60 * RATE / 132)
    assert happened(player)[1] == ("entered", 1, begin, 2)
    first_pass = round(50_001 - beats * 60 * RATE / 132)
    first_heard = begin + CROSSFADE
    end = round(50_001 + (16 - beats) * 60 * RATE / 132)
    assert np.array_equal(
        out[first_heard - 70_001 : end - 70_001], new[first_heard - first_pass : end - first_pass]
    )
    assert np.array_equal(out[end - 70_001 :][:20_000], new[:20_000])


def test_a_loop_at_another_tempo_than_the_transports_is_bent_to_it(bank):
    cycles = 4 * 4 * 100
    sine(bank, 0, cycles, bpm=140.0)
    out = render(started(bank), 96000)
    beats = np.arange(96000) * (125 / 60 / RATE)
    np.testing.assert_allclose(
        out[FADE_IN:, 0], 0.5 * np.sin(2 * np.pi * cycles * beats / 16)[FADE_IN:], atol=1e-4
    )


def test_stop_lets_the_bar_play_out(bank):
    """To its last sample, and not a sample of the next one."""
    loop = put(bank, 0, None)
    player = started(bank)
    render(player, 100_000)
    out = render(player, 2 * BAR, PlaybackParams(playing=False))
    end = 2 * BAR - 100_000
    assert np.array_equal(out[: end - FADE_OUT], loop[100_000 : 2 * BAR - FADE_OUT])
    assert out[end - FADE_OUT : end - 10].any()
    assert not out[end:].any()
    assert player.transport.ticks == 2 * BAR * 12500
    assert not player.is_running


def test_playing_on_before_the_bar_is_over_changes_nothing(bank):
    loop = put(bank, 0, None)
    player = started(bank)
    render(player, 10_000)
    out = np.concatenate([render(player, 10_000, PlaybackParams(playing=False)), render(player, 100_000)])
    assert np.array_equal(out, loop[10_000:120_000])


def test_panic_stops_at_once_and_start_begins_at_the_downbeat(bank):
    loop = put(bank, 0, (0.5, 0.5))
    loop[:, 1] = np.linspace(0, 1, len(loop))
    player = started(bank)
    render(player, 100_000)
    stopped = PlaybackParams(playing=False)
    player.command(("panic",))
    out = render(player, 5000, stopped)
    assert np.all(np.diff(out[:FADE_OUT, 0]) < 0)
    assert np.abs(np.diff(out[:, 0])).max() < 1.01 * 0.5 / FADE_OUT
    assert not out[FADE_OUT:].any()
    assert not player.is_running
    held = player.transport.ticks
    assert held == (100_000 + FADE_OUT) * 12500
    render(player, 5000, stopped)
    assert player.transport.ticks == held
    out = render(player, 5000)
    assert np.array_equal(out[FADE_IN:], loop[FADE_IN:5000])
    assert np.abs(np.diff(out[:FADE_IN, 0])).max() < 1.01 * 0.5 / FADE_IN


def test_start_within_the_fade_out_waits_for_its_end(bank):
    loop = put(bank, 0, (0.5, 0.5))
    player = started(bank)
    render(player, 10_000)
    player.command(("panic",))
    render(player, 100, PlaybackParams(playing=False))
    out = render(player, 5000)
    rest = FADE_OUT - 100
    assert out[rest - 1, 0] == 0.0
    assert np.array_equal(out[rest + FADE_IN :], loop[FADE_IN : 5000 - rest])
    assert player.transport.ticks == (5000 - rest) * 12500


def test_a_loop_that_comes_while_stopped_is_there_at_the_start(bank):
    put(bank, 0, (1, 0))
    put(bank, 1, (0, 1))
    player = started(bank)
    render(player, 10_000)
    stopped = PlaybackParams(playing=False)
    player.command(("panic",))
    render(player, 1000, stopped)
    player.command(enter(1))
    assert not render(player, 1000, stopped).any()
    assert happened(player)[1:] == [("entered", 1, 11_000, 1), ("released", 0)]
    out = render(player, 1000)
    assert not out[:, 0].any()
    np.testing.assert_allclose(out[FADE_IN:, 1], 1.0, atol=1e-6)


def test_stopping_within_a_crossfade_ends_it(bank):
    put(bank, 0, (1, 0))
    put(bank, 1, (0, 1))
    player = started(bank)
    now = PlaybackParams(swap=0)
    render(player, 10_000, now)
    player.command(enter(1))
    render(player, 512, now)
    player.command(("panic",))
    out = render(player, 1024, PlaybackParams(swap=0, playing=False))
    assert np.abs(np.diff(out, axis=0)).max() < 0.01
    assert happened(player)[1:] == [("entered", 1, 10_000, 1), ("released", 0)]
    assert sounding(player) == 1


def test_gain_moves_without_steps_and_reaches_silence(bank):
    put(bank, 0, (0.5, 0.5))
    player = started(bank)
    render(player, 1000)
    out = render(player, 4000, PlaybackParams(gain_db=-6.0))
    assert np.abs(np.diff(out, axis=0)).max() < 0.002
    assert out[-1, 0] == pytest.approx(0.5 * 10 ** (-6 / 20))
    out = render(player, 4000, PlaybackParams(gain_db=-70.0))
    assert np.abs(np.diff(out, axis=0)).max() < 0.002
    assert not out[1000:].any()
    assert player.is_running
    assert render(player, 4000)[-1, 0] == 0.5


def test_a_newer_loop_takes_the_place_of_the_waiting_one(bank):
    for slot in range(3):
        put(bank, slot, None)
    player = started(bank)
    render(player, 512)
    player.command(enter(1))
    render(player, 512)
    player.command(enter(2))
    render(player, 512)
    assert happened(player)[1:] == [("released", 1)]
    player.command(("cancel", 1))
    render(player, 512)
    assert happened(player)[2:] == [("released", 2)]
    render(player, 92160 * 2)
    assert sounding(player) == 0


def test_a_slot_is_released_as_often_as_it_was_given(bank):
    """The same slot twice: waiting and waiting, sounding and waiting, fading out and waiting."""
    for index in range(2):
        put(bank, index, None)
    player = started(bank)
    now, later = PlaybackParams(swap=0), PlaybackParams(swap=6)
    render(player, 512, later)
    for index in (1, 1, 0):
        player.command(enter(index))
    render(player, 512, later)
    assert happened(player)[1:] == [("released", 1), ("released", 1)]
    render(player, 4 * CROSSFADE, now)
    assert happened(player)[3:] == [("entered", 0, 1024, 1), ("released", 0)]
    player.command(enter(1))
    render(player, 512, now)
    player.command(enter(0))
    render(player, 2 * SIXTEENTH, now)
    assert [event[:2] for event in happened(player)[5:]] == [
        ("entered", 1),
        ("entered", 0),
        ("released", 1),
        ("released", 0),
    ]


def test_of_swaps_that_come_fast_the_last_one_counts(bank):
    for slot in range(3):
        put(bank, slot, (0.5, 0.5))
    player = started(bank)
    now = PlaybackParams(swap=0)
    render(player, 1000, now)
    player.command(enter(1))
    render(player, 10, now)
    player.command(enter(2))
    out = render(player, 7000, now)
    np.testing.assert_allclose(out, 0.5, atol=1e-6)
    assert happened(player)[1:] == [
        ("entered", 1, 1000, 1),
        ("entered", 2, 1010, 1),
        ("released", 1),
        ("released", 0),
    ]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (enter(3), "slot 12 must hold"),
        (("next", 1, 7, ((99, (0.0, 0.0)),)), r"slot must be in 0\.\.15, got 99"),
        (("next", 3, 7, ((0, (0.0, 0.0)),)), "not a command of the player"),
        (("next", 1, 7, ()), "not a command of the player"),
        (("dance",), "not a command of the player"),
    ],
)
def test_wrong_commands_are_refused_and_change_nothing(bank, message, text):
    put(bank, 0, None)
    player = started(bank)
    render(player, 512)
    with pytest.raises(ValueError, match=text):
        player.command(message)
    render(player, 512)
    assert happened(player) == [("entered", 0, 0, 1)]


def test_a_block_that_fails_costs_no_time(bank):
    """The transport moves on, so that the music is where it would have been."""
    loop = put(bank, 0, None)
    player = started(bank)
    render(player, 1024)
    reader = player._decks[0]._reader
    read = reader.read

    def fail(*args):
        raise RuntimeError("broken")

    reader.read = fail
    with pytest.raises(RuntimeError):
        render(player, 512)
    reader.read = read
    assert np.array_equal(render(player, 512), loop[1536:2048])
    assert player.sample == 2048


def test_resuming_goes_on_in_phase(bank):
    loop = put(bank, 0, None)
    player = Player(bank, RATE)
    player.resume(sample=700_000, ticks=100_000 * 12500, is_running=True)
    assert not render(player, 1000).any()
    player.command(enter(0))
    out = render(player, 1000)
    assert np.array_equal(out[FADE_IN:], loop[101_000 + FADE_IN : 102_000])
    assert happened(player) == [("entered", 0, 701_000, 2)]


def test_a_bank_with_other_channels_is_refused(bank):
    with pytest.raises(ValueError, match="channels must be the loop bank's 2, got 1"):
        Player(bank, RATE, channels=1)


def test_rendering_allocates_nothing_that_lasts(bank):
    """Thousands of blocks, exact and bent, with swaps, stops and gain moves."""
    put(bank, 0, None)
    put(bank, 1, None, bpm=132.0)
    player = started(bank)
    out = np.zeros((512, 2), np.float32)
    kinds = [
        PlaybackParams(swap=0, deck_1=DeckParams(morph=1.0)),
        PlaybackParams(swap=1, bpm=132.0, crossfade=0.5),
        PlaybackParams(swap=1, bpm=128.0, gain_db=-3, deck_1=DeckParams(morph=1.0)),
        PlaybackParams(swap=1, playing=False),
    ]

    def play(n_blocks):
        for i in range(n_blocks):
            if i % 50 == 0:
                player.command(enter(i // 50 % 2, 1 - i // 50 % 2))
            player.render(out, kinds[i // 25 % 4])
            player.events.clear()
            player.told.clear()

    play(400)
    gc.collect()
    tracemalloc.start()
    play(200)
    before = tracemalloc.get_traced_memory()[0]
    play(2000)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 16_000  # one object a block would be over 50 kB


# Stutter and reverse

SLIP_FADE = round(slip.FADE_S * RATE)


def test_a_stutter_begins_on_the_16th_repeats_its_part_and_slips(bank):
    loop = put(bank, 0, None)
    player = started(bank)
    stutter = PlaybackParams(deck_1=DeckParams(stutter=3))  # 1/8 bar: two 16ths
    out = np.concatenate([render(player, 10_000), render(player, 40_000, stutter), render(player, 60_000)])
    begin, length = 2 * SIXTEENTH, 2 * SIXTEENTH
    assert np.array_equal(out[FADE_IN:begin], loop[FADE_IN:begin])
    part = loop[begin + SLIP_FADE : begin + length]
    for k in range(3):
        start = begin + k * length
        np.testing.assert_allclose(out[start + SLIP_FADE : start + length], part, atol=1e-6, rtol=0)
    end = SIXTEENTH * -(-50_000 // SIXTEENTH)
    assert np.array_equal(out[end + SLIP_FADE :], loop[end + SLIP_FADE : len(out)])


def test_reverse_plays_backwards_from_the_16th_and_slips(bank):
    loop = put(bank, 0, None)
    player = started(bank)
    reverse = PlaybackParams(deck_1=DeckParams(reverse=True))
    out = np.concatenate([render(player, 10_000), render(player, 40_000, reverse), render(player, 20_000)])
    begin, end = 2 * SIXTEENTH, SIXTEENTH * -(-50_000 // SIXTEENTH)
    n = end - begin
    expected = np.take(loop, begin - np.arange(n), axis=0, mode="wrap")
    np.testing.assert_allclose(out[begin + SLIP_FADE : end], expected[SLIP_FADE:], atol=1e-6, rtol=0)
    assert np.array_equal(out[end + SLIP_FADE :], loop[end + SLIP_FADE : len(out)])


def test_slips_don_t_click(bank):
    n = round(loop_length(4, 12500, RATE))
    tone = 0.5 * np.sin(2 * np.pi * 100 * np.arange(n) / RATE)[:, None].repeat(2, axis=1)
    put(bank, 0, tone)
    player = started(bank)
    out = [render(player, 9000)]
    for params in (
        PlaybackParams(deck_1=DeckParams(stutter=4)),
        PlaybackParams(deck_1=DeckParams(stutter=2, reverse=True)),
        PlaybackParams(),
    ):
        out.append(render(player, 30_000, params))
    steps = np.abs(np.diff(np.concatenate(out)[FADE_IN:], axis=0))
    assert steps.max() < 3 * np.abs(np.diff(tone, axis=0)).max()


@pytest.mark.parametrize("block", [1, 7, 256])
def test_slips_are_the_same_for_blocks_of_any_size(bank, block):
    put(bank, 0, None, bpm=131.3)

    def session(block):
        player = started(bank)
        pieces = [render(player, 7 * 512, PlaybackParams(bpm=131.3), block)]
        for params in (
            PlaybackParams(bpm=131.3, deck_1=DeckParams(stutter=4)),
            PlaybackParams(bpm=133.0, deck_1=DeckParams(stutter=3, reverse=True)),
            PlaybackParams(bpm=133.0),
        ):
            pieces.append(render(player, 21 * 512, params, block))
        return np.concatenate(pieces)

    assert np.array_equal(session(512), session(block))


def test_gestures_last_through_a_swap(bank):
    put(bank, 0, 0.25)
    put(bank, 1, 0.5)
    player = started(bank)
    params = PlaybackParams(swap=1, deck_1=DeckParams(mute=True))
    render(player, 5000, PlaybackParams(swap=1))
    render(player, 5000, params)
    player.command(enter(1))
    assert not render(player, 60_000, params).any()
    assert np.allclose(render(player, 5000, PlaybackParams(swap=1))[-1], 0.5)


def test_restart_begins_at_bar_1_without_a_click(bank):
    put(bank, 0, 0.5)
    player = started(bank)
    render(player, 70_000)
    player.command(("restart",))
    out = render(player, 5000)
    steps = np.abs(np.diff(out, axis=0))
    assert steps.max() < 0.01
    assert player.transport.ticks == (5000 - FADE_OUT) * 12500
    assert np.allclose(out[-1], 0.5)
    player.command(("restart",))
    assert not render(player, 5000, PlaybackParams(playing=False))[FADE_OUT:].any()


def test_a_nudge_bends_the_tempo_while_it_lasts(bank):
    put(bank, 0, None)
    player = started(bank)
    render(player, 10_000)
    ticks = player.transport.ticks
    render(player, 10_000, PlaybackParams(nudge=2.0))
    assert player.transport.ticks - ticks == 10_000 * 12750
    render(player, 512)
    assert player.transport.bpm_centi == 12500
