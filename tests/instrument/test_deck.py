"""Decks: a morph is heard at once, lows are switched, levels stay, and nothing is read that was given back."""

import numpy as np
import pytest

from instrument.audio.deck import CROSSFADE_S, LOW_FADE_S
from instrument.audio.playback import Player
from instrument.memory import DeckParams, LoopBank, PlaybackParams
from tests.instrument.loops_in_bank import BAR, RATE, SIXTEENTH, UNITS, enter, put, render

CROSSFADE, LOW_FADE = round(CROSSFADE_S * RATE), round(LOW_FADE_S * RATE)
LOOP = 4 * BAR


@pytest.fixture
def bank():
    bank = LoopBank.create(6 * UNITS)
    yield bank
    bank.close()
    bank.unlink()


def at(morph, **values):
    return PlaybackParams(deck_1=DeckParams(morph=morph), **values)


def started(bank, *indices):
    player = Player(bank, RATE)
    player.command(enter(*indices))
    render(player, 2 * 512)
    return player


def tone(hz):
    """Whole cycles in a loop, mono: `[LOOP]`."""
    return 0.4 * np.sin(2 * np.pi * round(hz * LOOP / RATE) * np.arange(LOOP) / LOOP)


def noise(seed):
    return 0.1 * np.random.default_rng(seed).standard_normal((LOOP, 2))


def rms_db(signal, n=4800):
    """Level of each 100 ms in dB."""
    blocks = signal[: len(signal) // n * n].reshape(-1, n * 2)
    return 20 * np.log10(np.sqrt(np.square(blocks, dtype=np.float64).mean(axis=1)))


def test_a_morph_is_heard_in_the_next_block_and_wholly_after_a_crossfade(bank):
    loops = [put(bank, index, noise(index)) for index in range(2)]
    player = started(bank, 0, 1)
    before = player.sample
    out = render(player, 2 * SIXTEENTH, at(0.9))
    assert not np.array_equal(out[:512], loops[0][before : before + 512])
    done = SIXTEENTH - before + LOW_FADE  # the lows followed on the 16th
    assert np.array_equal(out[done:], loops[1][before + done : before + 2 * SIXTEENTH])
    assert player.slots == [UNITS, -1]


def test_the_nearest_point_plays_and_a_little_to_and_fro_changes_nothing(bank):
    loops = [put(bank, index, noise(index)) for index in range(3)]
    player = started(bank, 0, 1, 2)
    for morph, heard in ((0.2, 0), (0.3, 1), (0.249, 1), (0.2, 0), (0.7, 1), (0.8, 2), (1.0, 2)):
        out = render(player, SIXTEENTH * 2, at(morph))
        end = player.sample
        assert np.array_equal(out[-100:], loops[heard][end - 100 : end]), morph


def test_points_that_come_later_are_taken_and_dropped_ones_left(bank):
    for index in range(3):
        put(bank, index, noise(index))
    player = started(bank, 0)
    render(player, 512, at(0.5))
    player.command(("point", 1, 0, UNITS, (0.5, 0.0)))
    player.command(("point", 1, 9, 2 * UNITS, (0.5, 0.0)))  # of a fan that is not there
    render(player, 2 * SIXTEENTH, at(0.5))
    assert player.slots == [UNITS, -1]
    player.command(("drop", 1, 0, UNITS))
    render(player, 2 * SIXTEENTH, at(0.5))
    assert player.slots == [0, -1]
    assert [event[:3] for event in player.events if event[0] == "released"] == [
        ("released", 1, 2 * UNITS),
        ("released", 1, UNITS),
    ]
    player.command(("drop", 1, 0, 0))  # the last one stays
    render(player, 2 * SIXTEENTH, at(0.5))
    assert player.slots == [0, -1]


def test_lows_are_switched_on_a_16th_and_nowhere_else(bank):
    """Two basses, each in a channel of its own: both sound together for no longer than a click would take."""
    put(bank, 0, np.stack([tone(60), 0 * tone(60)], axis=1))
    put(bank, 1, np.stack([0 * tone(60), tone(60)], axis=1))
    player = started(bank, 0, 1)
    begin = player.sample
    out = np.concatenate([render(player, 512, at(float(i // 3 % 2))) for i in range(300)])
    heard = np.abs(out) > 1e-3
    times = begin + np.flatnonzero(heard.all(axis=1))
    assert len(times)
    assert np.all(times % SIXTEENTH < LOW_FADE + 20)


@pytest.mark.parametrize("likeness", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("bpm", [125.0, 131.3])
def test_a_sweep_keeps_the_level_of_loops_alike_or_not(bank, likeness, bpm):
    common = noise(0)
    for index in range(5):
        put(bank, index, np.sqrt(likeness) * common + np.sqrt(1 - likeness) * noise(index + 1))
    player = started(bank, 0, 1, 2, 3, 4)
    steady = rms_db(render(player, LOOP, at(0.0, bpm=bpm))).mean()
    pieces = [render(player, 512, at(abs(1 - i / 150 % 2), bpm=bpm)) for i in range(700)]
    levels = rms_db(np.concatenate(pieces))
    assert np.abs(levels - steady).max() < 0.5


def test_a_sweep_does_not_click(bank):
    for index, hz in enumerate((220, 331, 440, 553)):
        put(bank, index, np.stack([tone(hz), tone(hz + 40)], axis=1))
    player = started(bank, 0, 1, 2, 3)
    out = np.concatenate([render(player, 64, at(i % 97 / 96)) for i in range(3000)])
    material = 0.4 * 2 * np.pi * 593 / RATE
    assert np.abs(np.diff(out, axis=0)).max() < 1.5 * material


def test_decks_are_crossed_over_without_a_bump(bank):
    """Of equal loops, alike ones and strangers; after the 16ths in which it is heard how alike they are."""
    common = noise(0)
    for likeness in (0.0, 0.6, 1.0):
        for index in range(2):
            put(bank, index, np.sqrt(likeness) * common + np.sqrt(1 - likeness) * noise(index + 1))
        player = started(bank, 0)
        player.command(enter(1, deck=2))
        steady = rms_db(render(player, LOOP)).mean()
        out = np.concatenate([render(player, 512, PlaybackParams(crossfade=i / 1500)) for i in range(1501)])
        assert np.abs(rms_db(out) - steady).max() < 0.6, likeness


def test_the_lows_change_hands_on_the_beat(bank):
    put(bank, 0, np.stack([tone(60), 0 * tone(60)], axis=1))
    put(bank, 1, np.stack([0 * tone(60), tone(60)], axis=1))
    player = started(bank, 0)
    player.command(enter(1, deck=2))
    render(player, 10_000)
    out = render(player, 2 * BAR, PlaybackParams(crossfade=0.6))
    beat = 4 * SIXTEENTH - player.sample % (4 * SIXTEENTH) if player.sample % (4 * SIXTEENTH) else 0
    first = 4 * SIXTEENTH - (10_000 + 1024)
    assert np.abs(out[:first, 1]).max() < 1e-4
    assert np.abs(out[first + LOW_FADE + 20 :, 0]).max() < 1e-4
    assert np.abs(out[first + LOW_FADE + 20 :, 1]).max() == pytest.approx(0.4, abs=1e-3)
    assert beat >= 0
    # Without the swap they fade with the rest.
    out = render(player, 2 * BAR, PlaybackParams(crossfade=0.5, bass_swap=False))[-BAR:]
    assert np.abs(out).max(axis=0) == pytest.approx([0.4 * np.sqrt(0.5)] * 2, abs=5e-3)


def test_a_deck_that_is_faded_away_is_not_heard_but_for_its_echoes(bank):
    loops = [put(bank, index, noise(index)) for index in range(2)]
    player = started(bank, 0)
    player.command(enter(1, deck=2))
    out = render(player, 10_000)
    assert np.array_equal(out, loops[0][1024:11_024])
    out = render(player, 2 * BAR, PlaybackParams(crossfade=1.0))
    end = player.sample
    assert np.array_equal(out[-1000:], loops[1][end - 1000 : end])
    echoing = DeckParams(delay_send=1.0)
    render(player, BAR, PlaybackParams(crossfade=0.0, deck_1=echoing))
    out = render(player, 3 * SIXTEENTH, PlaybackParams(crossfade=1.0))
    start = player.sample - len(out)
    echoes = out - loops[1][start : start + len(out)]
    assert np.abs(echoes[SIXTEENTH:]).max() > 0.05


def test_a_loop_of_another_rate_sounds_at_its_pitch_and_tempo(bank):
    """As after the card came back at another rate: by ratio, until it is rendered anew."""
    n = round(4 * 240 * 44_100 / 125)
    cycles = 1600
    audio = 0.4 * np.sin(2 * np.pi * cycles * np.arange(n) / n)
    put(bank, 0, np.stack([audio, audio], axis=1), rate=44_100)
    player = Player(bank, RATE)
    player.command(enter(0))
    out = render(player, LOOP)
    expected = 0.4 * np.sin(2 * np.pi * cycles * np.arange(LOOP) / LOOP)
    np.testing.assert_allclose(out[200:, 0], expected[200:], atol=1e-3)


def test_the_downbeat_is_now_without_a_click(bank):
    loop = put(bank, 0, np.stack([tone(220), tone(110)], axis=1))
    player = started(bank, 0)
    render(player, BAR + 10_000 - 1024)
    player.command(("downbeat",))
    out = render(player, BAR)
    assert np.array_equal(out[200:], loop[BAR + 200 : 2 * BAR])
    assert np.abs(np.diff(out, axis=0)).max() < 3 * np.abs(np.diff(loop, axis=0)).max()


SESSION = (
    (2, ("point", 1, 0, 2 * UNITS, (0.5, 0.0))),
    (3, enter(3, deck=2)),
    (9, ("downbeat",)),
    (12, ("next", 1, 7, ((4 * UNITS, (0.0, 0.0)), (0, (1.0, 1.0))))),
    (15, ("drop", 1, 7, 0)),
    (18, ("restart",)),
    (22, ("point", 2, 3, UNITS, (1.0, 0.0))),
    (26, ("panic",)),
)


@pytest.mark.parametrize("block", [1, 113, 256])
def test_everything_is_the_same_for_blocks_of_any_size(bank, block):
    """Bit for bit: swaps, morphs, both decks, gestures, tempo, downbeat, restart and panic."""
    for index in range(5):
        put(bank, index, None, n_bars=1 + index % 2)
    put(bank, 4, None, bpm=133.0)

    def session(block):
        player = Player(bank, RATE)
        player.command(enter(0, 1))
        pieces = []
        for i in range(30):
            for when, command in SESSION:
                if when == i:
                    player.command(command)
            decks = [
                DeckParams(
                    morph=i % 5 / 4,
                    morph_y=float(i > 13),
                    delay_send=0.5 * (i % 7 == 3),
                    stutter=i % 11 // 8,
                    reverse=i % 13 == 5,
                    kill_low=i == 20,
                ),
                DeckParams(morph=float(i % 2), filter=-0.3 * (i % 4 == 1)),
            ]
            params = PlaybackParams(
                bpm=133.0 if i > 10 else 125.0,
                playing=i != 26,
                swap=i % 3,
                crossfade=(i % 10) / 9,
                bass_swap=i % 8 < 6,
                deck_1=decks[0],
                deck_2=decks[1],
            )
            pieces.append(render(player, 5 * 512, params, block))
        return np.concatenate(pieces), list(player.events)

    audio, events = session(512)
    other, other_events = session(block)
    assert events == other_events
    assert np.array_equal(audio, other)


def test_what_was_given_back_is_read_no_more_and_all_is_given_back_once(bank):
    """Over random histories: a slot that was given back as often as it was given is overwritten at once, with NaN."""
    rng = np.random.default_rng(5)
    for _ in range(6):
        for index in range(6):
            put(bank, index, None, n_bars=1)
        player = Player(bank, RATE)
        given = dict.fromkeys(range(6), 0)
        fans = {1: -1, 2: -1}
        for step in range(200):
            deck = int(rng.integers(1, 3))
            free = [index for index in range(6) if given[index] == 0]
            usable = [index for index in range(6) if not np.isnan(bank.samples(UNITS * index)[0, 0])]
            match rng.integers(6):
                case 0 if usable:
                    index = int(rng.choice(usable))
                    fans[deck] = step
                    player.command(enter(index, deck=deck, fan=step))
                    given[index] += 1
                case 1 if usable:
                    index = int(rng.choice(usable))
                    player.command(("point", deck, fans[deck], UNITS * index, (float(rng.random()), 0.0)))
                    given[index] += 1
                case 2 if usable:
                    player.command(("drop", deck, fans[deck], UNITS * int(rng.choice(usable))))
                case 3:
                    player.command(("cancel", deck))
                case 4 if free:
                    put(bank, int(rng.choice(free)), None, n_bars=1)
            params = PlaybackParams(
                swap=int(rng.integers(3)),
                crossfade=float(rng.integers(3)) / 2,
                deck_1=DeckParams(morph=float(rng.random())),
                deck_2=DeckParams(morph=float(rng.random())),
            )
            out = render(player, 512 * int(rng.integers(1, 20)), params)
            assert np.isfinite(out).all()
            while player.events:
                event = player.events.popleft()
                if event[0] == "released":
                    index = event[2] // UNITS
                    given[index] -= 1
                    assert given[index] >= 0
                    if given[index] == 0:
                        bank.samples(UNITS * index)[: UNITS * 131_072] = np.nan
