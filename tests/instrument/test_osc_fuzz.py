"""OSC under attack: the laws that hold at each datagram are in `tests.fuzz_osc`, which also feeds a million."""

from tests.fuzz_osc import Attack


def test_100000_hostile_datagrams_break_no_law() -> None:
    """Nothing escapes, nobody gets more than he sent, and each parameter is what was last validly sent."""
    attack = Attack()
    attack.run(100_000, seed=7)
    counters = attack.session.counters
    assert counters.faults == 0
    assert counters.received == 100_000
    assert min(counters.malformed, counters.refused, counters.dropped_source, counters.withheld) > 1000
    # python-osc takes 11 s for some of these; time of the processor, so that others who use it don't count.
    assert attack.toll.slowest_s < 0.5
    assert attack.toll.grown_bytes < 8 * 2**20
