"""How the transport follows another instrument's clock: at its tempo, gently towards its beat, far away by a jump."""

from __future__ import annotations

from instrument.memory import PlaybackParams
from instrument.transport import Transport

FAR_S = 0.1
SOUGHT_S, FOUND_S = 0.001, 0.0002  # corrected from the one on, until the other: between, nothing is bent
CORRECTED_IN_S = 1.0
MOST = 0.04  # of the tempo that a correction bends, as much as a nudge may
JUMP_PAUSE_S = 1.0  # whatever happens to the clock, there is sound in between
LEAP_NS = 30_000_000  # a card's word for when it is heard wavers by less; more is another latency
CALM = 64  # blocks over which that word is averaged
SAME_BPM = 0.1  # so near, the tempo is that of the parameter, at which loops are read sample by sample


class Follower:
    """Used by the thread that renders."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._is_correcting = False
        self._heard_ns = 0
        self._sample = 0
        self._jumped_at = 0

    def heard(self, heard_ns: int, sample: int) -> int:
        """When a block is heard, calmly, that begins with `sample` and of which the card says `heard_ns`."""
        expected = self._heard_ns + (sample - self._sample) * 1_000_000_000 // self._transport.rate
        off = heard_ns - expected
        self._heard_ns = heard_ns if abs(off) > LEAP_NS else expected + off // CALM
        self._sample = sample
        return self._heard_ns

    def place(self, params: PlaybackParams, heard_ns: int) -> int:
        """The clock's position, in ticks of the transport, when a sample is heard. Below 0: it has yet to begin."""
        clock = params.clock
        beat = clock.beat
        if clock.is_running:
            seconds = (heard_ns - clock.at_ns) * 1e-9 - params.clock_offset_ms * 1e-3
            beat += seconds * clock.bpm / 60.0
        return round(beat * self._transport.ticks_per_beat)

    def steer(self, params: PlaybackParams, heard_ns: int) -> bool:
        """Set the tempo of samples that are heard from then on; whether they are so far off that a jump is needed."""
        transport, bpm = self._transport, params.clock.bpm
        if abs(bpm - params.bpm) < SAME_BPM:
            bpm = params.bpm
        late_s = (self.place(params, heard_ns) - transport.ticks) / transport.ticks_per_beat * 60.0 / bpm
        is_far = abs(late_s) > FAR_S
        self._is_correcting = not is_far and abs(late_s) > (FOUND_S if self._is_correcting else SOUGHT_S)
        part = min(max(late_s / CORRECTED_IN_S, -MOST), MOST) if self._is_correcting else 0.0
        transport.bpm_centi = max(1, round(bpm * 100.0 * (1.0 + part)))
        if not is_far or self._sample - self._jumped_at < JUMP_PAUSE_S * transport.rate:
            return False
        self._jumped_at = self._sample
        return True
