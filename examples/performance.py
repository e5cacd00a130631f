"""A performance of its own, with python-osc: the morph wanders, seeds are rolled, prompts follow each other.

python examples/performance.py [PORT [BARS]] plays along with the `ladmg play` that listens on PORT.
"""

import random
import sys
import time

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_server import BlockingOSCUDPServer

PROMPTS = ["hard techno four-to-the-floor kick", "dub techno deep chord stab", "minimal house warm pad"]
RENEW_S = 10.0  # a subscription lasts 30

port = int(sys.argv[1]) if len(sys.argv) > 1 else 7400
bars_left = int(sys.argv[2]) if len(sys.argv) > 2 else 64
morph = 0.5


def send(address: str, *values: float | str) -> None:
    # From the socket that listens, so that the instrument knows where to answer.
    server.socket.sendto(build_msg(address, list(values)).dgram, ("127.0.0.1", port))


def beat(_: str, bar: int, beat: int, bpm: float) -> None:
    """Every beat: the last one of four bars stutters. Every bar: a step of the morph, and now and then more."""
    global morph, bars_left
    send("/ladmg/1/stutter", "1/8" if bar % 4 == 0 and beat == 4 else "off")
    if beat == 1:
        bars_left -= 1
        morph = min(max(morph + random.uniform(-0.2, 0.2), 0.0), 1.0)
        send("/ladmg/1/morph", morph)
        if bar % 8 == 0:
            send("/ladmg/1/roll", 1)
        if bar % 16 == 1:
            send("/ladmg/1/prompt", PROMPTS[bar // 16 % len(PROMPTS)])


dispatcher = Dispatcher()
dispatcher.map("/ladmg/beat", beat)
dispatcher.map("/ladmg/error", print)
with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
    server.timeout = 1.0
    renew_at = 0.0
    while bars_left > 0:
        if time.monotonic() >= renew_at:
            send("/ladmg/subscribe")
            renew_at = time.monotonic() + RENEW_S
        server.handle_request()
