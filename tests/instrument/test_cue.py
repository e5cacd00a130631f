"""The cue bus: the next loop, in phase and unheard by the room; decks before their level; never a click."""

import numpy as np
import pytest

from instrument.audio.cue import SOURCES
from instrument.audio.playback import Player
from instrument.memory import DeckParams, PlaybackParams, SlotHeader
from instrument.params import ADDRESSES
from tests.instrument.loops_in_bank import BAR, RATE, enter, new_bank, put, slot_of, started

OFF, NEXT, DECK_1, DECK_2 = range(4)
SETTLED = 2400  # samples after which level and joints have come to rest


@pytest.fixture
def bank():
    bank = new_bank(4)
    yield bank
    bank.close()
    bank.unlink()


def listen(player, n, params, block=512):
    """Main and cue bus, `[n, 2]` each."""
    main, cue = np.full((2, n, 2), np.nan, np.float32)
    for start in range(0, n, block):
        piece = slice(start, start + block)
        player.render(main[piece], params, cue[piece])
    return main, cue


def listen_to(number, deck=1):
    """The command that lets a loop be listened to."""
    return ("cue", deck, slot_of(number))


def playing(bank, params):
    """A player that has played loop 0 for a while."""
    player = started(bank)
    listen(player, 9600, params)
    player.events.clear()
    return player


def test_the_sources_are_those_of_the_parameter_table():
    assert ADDRESSES["/ladmg/cue"][0].choices == SOURCES


def test_the_loop_that_waits_is_heard_in_phase_and_the_room_hears_nothing_of_it(bank):
    loop, coming = put(bank, 0, None), put(bank, 1, None, n_bars=2)
    params = PlaybackParams(cue=NEXT, cue_gain_db=0.0)
    player = playing(bank, params)
    player.command(enter(1))
    main, cue = listen(player, BAR - 9600, params)
    assert np.array_equal(main, loop[9600:BAR])
    assert np.array_equal(cue[SETTLED:], coming[9600 + SETTLED : BAR])
    main, cue = listen(player, BAR, params)
    assert player.events[0][:2] == ("entered", 1)
    assert np.array_equal(main[SETTLED:], coming[BAR + SETTLED :])  # it went on where it was heard
    assert not cue[SETTLED:].any()


def test_a_loop_that_is_only_ready_can_be_listened_to(bank):
    put(bank, 0, None)
    loops = {slot: put(bank, slot, None, n_bars=1) for slot in (1, 2)}
    params = PlaybackParams(cue=NEXT, cue_gain_db=0.0)
    player = playing(bank, params)
    at = 9600
    for slot in (1, 2):
        player.command(listen_to(slot))
        cue = listen(player, 9600, params)[1]
        assert np.array_equal(cue[SETTLED:], loops[slot][at + SETTLED : at + 9600])
        at += 9600
    assert list(player.events) == [("released", 1, slot_of(1))]
    player.command(("cue", 1, -1))
    cue = listen(player, 9600, params)[1]
    assert list(player.events) == [("released", 1, slot_of(1)), ("released", 1, slot_of(2))]
    assert not cue[SETTLED:].any()


def test_a_loop_that_was_ready_and_enters_is_given_back_once_for_each_time_that_it_was_given(bank):
    for number in range(3):
        put(bank, number, None, n_bars=1)
    params = PlaybackParams(cue=NEXT, swap=0)
    player = playing(bank, params)
    player.command(listen_to(1))
    player.command(enter(1))
    listen(player, 9600, params)
    released = [event[2] for event in player.events if event[0] == "released"]
    assert sorted(released) == [slot_of(0), slot_of(1)]
    player.command(enter(2))
    listen(player, 9600, params)
    released = [event[2] for event in player.events if event[0] == "released"]
    assert sorted(released) == [slot_of(0), slot_of(1), slot_of(1)]


def test_what_waits_to_enter_goes_before_what_is_only_ready(bank):
    put(bank, 0, None)
    put(bank, 1, None)
    coming = put(bank, 2, None)
    params = PlaybackParams(cue=NEXT, cue_gain_db=0.0)
    player = playing(bank, params)
    player.command(listen_to(1))
    player.command(enter(2))
    cue = listen(player, 9600, params)[1]
    assert np.array_equal(cue[SETTLED:], coming[9600 + SETTLED : 19200])


@pytest.mark.parametrize("deck", [1, 2])
def test_a_deck_is_heard_before_its_level_and_the_crossfade(bank, deck):
    loops = {1: put(bank, 0, None), 2: put(bank, 1, None)}
    params = PlaybackParams(
        cue=deck + 1,
        cue_gain_db=0.0,
        gain_db=-70.0,
        crossfade=2.0 - deck,
        deck_1=DeckParams(level_db=-20.0, filter=-0.5),
        deck_2=DeckParams(mute=True),
    )
    player = started(bank)
    player.command(enter(1, deck=2))
    listen(player, 9600, params)
    main, cue = listen(player, 9600, params)
    assert not main.any()
    assert np.array_equal(cue, loops[deck][9600:19200])


@pytest.mark.parametrize(("crossfade", "deck"), [(0.0, 2), (1.0, 1)])
def test_of_two_loops_that_wait_the_one_is_cued_that_the_room_will_hear_less(bank, crossfade, deck):
    put(bank, 0, None)
    coming = {1: put(bank, 1, None), 2: put(bank, 2, None)}
    params = PlaybackParams(cue=NEXT, cue_gain_db=0.0, crossfade=crossfade)
    player = playing(bank, params)
    player.command(listen_to(1, deck=1))
    player.command(listen_to(2, deck=2))
    cue = listen(player, 9600, params)[1]
    assert np.array_equal(cue[SETTLED:], coming[deck][9600 + SETTLED : 19200])


@pytest.mark.parametrize("source", [OFF, DECK_2])
def test_nothing_is_cued_where_there_is_nothing(bank, source):
    put(bank, 0, None)
    put(bank, 1, None)
    params = PlaybackParams(cue=source)
    player = playing(bank, params)
    player.command(listen_to(1))
    assert not listen(player, 9600, params)[1].any()


def test_while_the_transport_stands_the_cue_bus_is_silent(bank):
    put(bank, 0, None)
    put(bank, 1, None)
    params = PlaybackParams(cue=NEXT, playing=False)
    player = playing(bank, PlaybackParams())
    player.command(listen_to(1))
    listen(player, BAR, params)  # it stops on the bar line
    assert not listen(player, 9600, params)[1].any()


def test_the_cue_level_is_its_own(bank):
    put(bank, 0, None)
    coming = put(bank, 1, None)
    params = PlaybackParams(cue=NEXT, cue_gain_db=-6.0, gain_db=3.0)
    player = playing(bank, params)
    player.command(listen_to(1))
    cue = listen(player, 9600, params)[1]
    np.testing.assert_allclose(
        cue[SETTLED:], coming[9600 + SETTLED : 19200] * 10 ** (-6 / 20), rtol=1e-5, atol=1e-7
    )


def test_no_change_clicks(bank):
    """Loops of constant level, one above and one below zero: no step between two samples is a large one."""
    for slot, value in enumerate((0.5, -0.5, 0.4)):
        put(bank, slot, (value, value))
    params = PlaybackParams(cue=NEXT, cue_gain_db=0.0, swap=0)
    player = playing(bank, params)
    heard = []
    for change in (listen_to(1), listen_to(2), ("cue", 1, -1), listen_to(1), enter(1)):
        player.command(change)
        heard.append(listen(player, 4096, params)[1])
    for other in ({"cue": DECK_1}, {"cue": OFF}, {"cue": DECK_1}, {"cue": DECK_1, "cue_gain_db": -20.0}):
        heard.append(listen(player, 4096, PlaybackParams(**{"cue_gain_db": 0.0} | other))[1])
    steps = np.abs(np.diff(np.concatenate(heard), axis=0))
    assert np.abs(np.concatenate(heard)).max() > 0.4
    assert steps.max() < 0.012  # 1 % of the largest jump there is


def test_blocks_of_any_size_give_the_same_cue(bank):
    def session(block):
        player = Player(bank, RATE)
        params = PlaybackParams(cue=NEXT)
        pieces = []
        for message in (enter(0), listen_to(1), listen_to(2), ("cue", 1, -1)):
            player.command(message)
            pieces.append(listen(player, 7 * 512, params, block)[1])
        return np.concatenate(pieces)

    for number in range(3):
        put(bank, number, None)
    np.testing.assert_allclose(session(512), session(7), atol=1e-6)


def test_the_main_bus_is_the_same_whether_somebody_listens_or_not(bank):
    put(bank, 0, None)
    put(bank, 1, None, n_bars=1)
    params = PlaybackParams(cue=DECK_1, deck_1=DeckParams(filter=0.3))
    with_cue, without = playing(bank, params), playing(bank, params)
    for player in (with_cue, without):
        player.command(enter(1))
    main = listen(with_cue, BAR, params)[0]
    alone = np.zeros_like(main)
    for start in range(0, BAR, 512):
        without.render(alone[start : start + 512], params)
    assert np.array_equal(main, alone)


def test_a_slot_without_a_loop_can_not_be_cued(bank):
    bank.write_header(slot_of(3), SlotHeader())
    with pytest.raises(ValueError, match="slot 12 must hold"):
        Player(bank, RATE).command(listen_to(3))
