"""Listening in a real browser: the buffer by itself, in made-up time, and what its AudioContext plays."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect, sync_playwright
from scipy.signal import correlate, resample_poly

from instrument.memory import OutputRing
from instrument.params import Params
from instrument.web.server import WebServer
from tests.instrument.fake_pipeline import glide
from tests.instrument.test_console import Played
from tests.instrument.test_page import MEASURED_S, PATIENCE_MS, cpu_s, until
from tests.rig_play import GAP, gaps

RATE = 48_000
EDGE = 100
SLACK = 12  # samples that a twentieth of a second may be longer or shorter than it was played
ATTEMPTS = 20
FADE_S = 0.01
LEVELLED = 1.6  # a loop is made louder by at most 4 dB
LARGEST_STEP = 0.4 * LEVELLED * 2 * np.pi * 300 / RATE
CHROMIUM = shutil.which("chromium")
OWN_NAME = socket.gethostname()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        # By its name this machine is another one, as far as the browser knows: no secure context.
        named = f"--host-resolver-rules=MAP {OWN_NAME} 127.0.0.1"
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", named])
        expect.set_options(timeout=PATIENCE_MS)
        yield chromium
        chromium.close()


# The buffer by itself


@pytest.fixture(scope="module")
def alone(browser: Browser) -> Iterator[Page]:
    """A page of the server, which plays nothing."""
    server = WebServer(Params(), port=0)
    server.start()
    page = browser.new_page()
    page.goto(server.url)
    yield page
    page.close()
    server.stop()


# A sine comes in frames, the k-th of which arrives `late[k]` later than it could, never before an earlier one; those
# in `lost` don't come, and from `again` on they count anew. The card takes a block whenever its time has come.
SIMULATED = """async (o) => {
  const { JitterBuffer } = await import("/page/jitter.js");
  const buffer = new JitterBuffer(o.cardRate);
  const size = o.rate / 50;
  const frame = (k) => {
    const data = new ArrayBuffer(12 + 4 * size);
    const view = new DataView(data);
    const first = (k - (k >= o.again ? o.again : 0)) * size;
    view.setBigInt64(0, BigInt(first), true);
    view.setUint32(8, k >= o.again ? o.nextRate : o.rate, true);
    for (let i = 0; i < size; i++) {
      const value = Math.round(32767 * o.peak * Math.sin(2 * Math.PI * o.hertz * ((k * size + i) / o.rate)));
      view.setInt16(12 + 4 * i, value, true);
      view.setInt16(14 + 4 * i, -value, true);
    }
    return data;
  };
  const n = Math.ceil((o.seconds * o.cardRate) / o.block) * o.block;
  const [left, right] = [new Float32Array(n), new Float32Array(n)];
  const reports = [];
  let k = 0, arrives = -Infinity;
  for (let at = 0; at < n; at += o.block) {
    const now = at / o.cardRate;
    for (;;) {
      const sent = ((k + 1) * 0.02) / (1 + o.drift) + (k in o.late ? o.late[k] : o.lag);
      if (Math.max(arrives, sent) > now) break;
      arrives = Math.max(arrives, sent);
      if (!o.lost.includes(k)) buffer.take(frame(k));
      k++;
    }
    if (o.finish !== null && now >= o.finish && !buffer.isEnding) buffer.finish();
    const report = buffer.fill(left.subarray(at, at + o.block), right.subarray(at, at + o.block));
    if (report) reports.push({ now, ...report });
    if (report?.hasEnded) break;
  }
  if (!o.isHeard) return { left: "", right: "", reports };
  const text = (samples) => {
    let all = "";
    const bytes = new Uint8Array(samples.buffer);
    for (let i = 0; i < bytes.length; i += 32768) all += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(all);
  };
  return { left: text(left), right: text(right), reports };
}"""
EASY = {
    "rate": RATE, "cardRate": RATE, "block": 128, "seconds": 6.0, "hertz": 200.0, "peak": 0.5, "drift": 0.0, "lag": 0.0,
    "late": {}, "lost": [], "again": 10**9, "nextRate": RATE, "finish": None,
    "isHeard": True,
}  # fmt: skip


def simulate(page: Page, **options: Any) -> tuple[npt.NDArray[np.float32], list[dict[str, Any]]]:
    """What the card played, the left channel, [samples], and what the buffer told."""
    result = page.evaluate(SIMULATED, EASY | options)
    left, right = (np.frombuffer(base64.b64decode(result[side]), np.float32) for side in ("left", "right"))
    np.testing.assert_allclose(right, -left, atol=1e-6)
    return left, result["reports"]


def assert_no_click(audio: npt.NDArray[np.float32], hertz: float = 200.0, rate: int = RATE) -> None:
    """No corner sharper than those of the sine itself and of a fade."""
    turn = 2 * np.pi * hertz / rate
    fade = 1 / (FADE_S * rate)
    allowed = 0.5 * (turn**2 + 2 * turn * 1.5 * fade + 6 * fade**2) + 4 / 32767
    assert np.abs(np.diff(audio.astype(np.float64), 2)).max() < 1.1 * allowed


def silences(audio: npt.NDArray[np.float32], rate: int = RATE) -> list[tuple[float, float]]:
    """When each silence began and how long it was, in seconds, after the first sound."""
    return [(at / rate, length / rate) for at, length in gaps(audio[:, None])]


def test_what_comes_evenly_is_played_as_it_was_after_150_ms(alone: Page) -> None:
    audio, reports = simulate(alone)
    begins = np.flatnonzero(audio)[0] / RATE
    assert 0.15 <= begins <= 0.15 + 0.03
    assert silences(audio) == []
    assert_no_click(audio)
    assert {report["nDry"] for report in reports} == {0}
    assert all(abs(report["delay_s"] - 0.15) < 0.025 for report in reports if report["isPlaying"])


@pytest.mark.parametrize("hertz", [997.0, 15_000.0])
@pytest.mark.parametrize(
    ("rate", "card_rate"), [(48_000, 48_000), (48_000, 44_100), (44_100, 48_000), (48_000, 96_000)]
)
def test_another_rate_is_resampled_without_a_trace(
    alone: Page, rate: int, card_rate: int, hertz: float
) -> None:
    """A sine obeys x[n + 1] + x[n - 1] = c x[n]; what doesn't is at least 70 dB below it."""
    audio, _ = simulate(alone, rate=rate, nextRate=rate, cardRate=card_rate, hertz=hertz)
    steady = audio[2 * card_rate :].astype(np.float64)
    for x in np.array_split(steady, 40):
        c = np.dot(x[2:] + x[:-2], x[1:-1]) / np.dot(x[1:-1], x[1:-1])
        rest = x[2:] + x[:-2] - c * x[1:-1]
        assert np.sqrt(np.mean(rest**2)) < 10 ** (-70 / 20) * 0.5
        assert np.arccos(c / 2) * card_rate / (2 * np.pi) == pytest.approx(hertz, rel=0.003)
        assert np.sqrt(2 * np.mean(x**2)) == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize("drift", [-300e-6, 300e-6])
def test_a_clock_that_drifts_is_followed(alone: Page, drift: float) -> None:
    """At 300 millionths, the delay would be gone after eight minutes, or twice as long."""
    _, reports = simulate(alone, drift=drift, seconds=150.0, block=1024, isHeard=False)
    settled = [report for report in reports if report["now"] > 100]
    assert reports[-1]["nDry"] == 0
    assert all(abs(report["delay_s"] - 0.15) < 0.015 for report in settled)
    assert np.mean([report["bend"] for report in settled]) == pytest.approx(drift, abs=30e-6)
    assert max(abs(report["bend"]) for report in reports) <= 0.003


def test_frames_that_come_by_turns_early_and_late_are_played_evenly(alone: Page) -> None:
    rng = np.random.default_rng(1)
    late = {str(k): float(rng.uniform(0, 0.1)) for k in range(2000)}
    audio, reports = simulate(alone, late=late, seconds=30.0)
    assert silences(audio) == []
    assert_no_click(audio)
    assert reports[-1]["nDry"] == 0


@pytest.mark.parametrize("block", [128, 2048])
def test_where_it_runs_dry_it_fades_and_goes_on_with_a_longer_delay(alone: Page, block: int) -> None:
    audio, reports = simulate(alone, late={"100": 0.3}, block=block)
    assert_no_click(audio)
    ((began, lasted),) = silences(audio)
    assert 2.0 < began < 2.3
    assert 0.05 < lasted < 0.4
    last = reports[-1]
    assert (last["nDry"], last["meant_s"]) == (1, pytest.approx(0.2))
    assert last["delay_s"] == pytest.approx(0.2, abs=0.05)


def test_the_delay_never_grows_beyond_a_second(alone: Page) -> None:
    late = {str(k): 2.0 if k % 200 == 0 else 0.0 for k in range(6000)}
    _, reports = simulate(alone, late=late, seconds=120.0, block=1024, isHeard=False)
    assert reports[-1]["nDry"] > 20
    assert reports[-1]["meant_s"] == 1.0


def test_lost_frames_are_a_silence_as_long_as_they_were(alone: Page) -> None:
    audio, reports = simulate(alone, lost=[100, 101, 102])
    assert_no_click(audio)
    ((_, lasted),) = silences(audio)
    assert lasted == pytest.approx(0.06, abs=0.001)
    assert reports[-1]["nDry"] == 0
    assert reports[-1]["delay_s"] == pytest.approx(0.15, abs=0.025)


def test_what_comes_sooner_than_before_is_skipped_to(alone: Page) -> None:
    late = {str(k): 0.5 for k in range(100)}
    audio, reports = simulate(alone, late=late)
    assert_no_click(audio)
    assert all(lasted < 0.02 for _, lasted in silences(audio))
    assert reports[-1]["nDry"] == 0
    assert reports[-1]["delay_s"] == pytest.approx(0.15, abs=0.05)


@pytest.mark.parametrize("next_rate", [RATE, 44_100])
def test_another_instrument_at_the_same_place_follows_without_a_click(alone: Page, next_rate: int) -> None:
    audio, reports = simulate(alone, again=100, nextRate=next_rate)
    steady = audio[: round(2.05 * RATE)]
    assert_no_click(steady)
    assert np.abs(np.diff(audio)).max() < 0.02
    assert reports[-1]["isPlaying"]


def test_it_ends_with_a_fade(alone: Page) -> None:
    audio, reports = simulate(alone, finish=3.0)
    assert_no_click(audio)
    assert np.flatnonzero(audio)[-1] / RATE == pytest.approx(3.01, abs=0.005)
    assert reports[-1]["hasEnded"]


def test_one_that_never_played_ends_at_once(alone: Page) -> None:
    _, reports = simulate(alone, finish=0.0)
    assert [report["hasEnded"] for report in reports] == [True]


# The page


CAPTURE = """registerProcessor("capture", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.held = [];
  }
  process([[left]]) {
    if (left) this.held.push(left.slice());
    if (this.held.length < 32) return true;
    const all = new Float32Array(this.held.length * 128);
    this.held.forEach((block, index) => all.set(block, 128 * index));
    this.held = [];
    this.port.postMessage(all);
    return true;
  }
});"""
# Whatever is connected to the loudspeaker is heard by us too: by a worklet of ours, where there are worklets.
HOOK = """() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    const { context } = this;
    if (to === context.destination) {
      window.ear = { context, heard: [], analyser: new AnalyserNode(context, { fftSize: 1024 }) };
      connect.call(this, window.ear.analyser);
      const capture = URL.createObjectURL(new Blob([CAPTURE], { type: "text/javascript" }));
      context.audioWorklet?.addModule(capture).then(() => {
        const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
        node.port.onmessage = ({ data }) => window.ear.heard.push(data);
        connect.call(this, node);
      }, () => {}); // the page's policy forbids it, unless it is bypassed
    }
    return connect.call(this, to, ...rest);
  };
}""".replace("CAPTURE", json.dumps(CAPTURE))
PEAK = """() => {
  if (!window.ear) return 0;
  const samples = new Float32Array(1024);
  window.ear.analyser.getFloatTimeDomainData(samples);
  return Math.max(...samples.map(Math.abs));
}"""
HEARD = """() => {
  let all = "";
  for (const block of window.ear.heard) all += String.fromCharCode(...new Uint8Array(block.buffer));
  window.ear.heard = [];
  return btoa(all);
}"""
UNTIL_SILENT = """async (limit) => {
  const peak = PEAK;
  while (peak() > limit) await new Promise((resolve) => setTimeout(resolve, 2));
  return Date.now();
}""".replace("PEAK", PEAK)


class Room:
    """Another room: pages that listen to an instrument which plays tones."""

    def __init__(self, browser: Browser, played: Played, port: int) -> None:
        self.browser = browser
        self.played = played
        self.port = port
        self.said: list[str] = []
        self.sockets: list[WebSocket] = []

    @contextlib.contextmanager
    def open(self, host: str = "127.0.0.1", is_captured: bool = False) -> Iterator[Page]:
        """is_captured: all that is played; the page's policy, which forbids others' worklets, is bypassed for that."""
        size = {"width": 1440, "height": 900}
        context = self.browser.new_context(viewport=size, bypass_csp=is_captured)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.add_init_script(f"({HOOK})()")
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("websocket", lambda one: self.sockets.append(one) if "/monitor" in one.url else None)
        page.goto(f"http://{host}:{self.port}")
        page.locator("#welcome button").click()
        try:
            yield page
        finally:
            context.close()


@pytest.fixture
def room(browser: Browser, tmp_path: Path) -> Iterator[Room]:
    played = Played(tmp_path / "presets", options=("--pipeline", "TonePipeline"))
    try:
        _, _, port = played.page_url().rpartition(":")
        played.loop()
        yield Room(browser, played, int(port))
    finally:
        played.close()


def heard_by(page: Page) -> npt.NDArray[np.float32]:
    """What was played since the last time, the left channel, [samples], at RATE."""
    audio = np.frombuffer(base64.b64decode(page.evaluate(HEARD)), np.float32)
    rate = round(page.evaluate("() => window.ear.context.sampleRate"))
    # The resampler takes silence for what lies beyond the ends.
    return audio if rate == RATE else resample_poly(audio, RATE, rate).astype(np.float32)[EDGE:-EDGE]


def fits(around: npt.NDArray[np.float32], part: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """How well a part of what was heard fits at each place in what was played: 1 is exactly."""
    sums = np.concatenate([[0.0], np.cumsum(around.astype(np.float64) ** 2)])
    energy = (sums[len(part) :] - sums[: -len(part)]) * np.sum(part.astype(np.float64) ** 2)
    fit: npt.NDArray[np.float64] = correlate(around.astype(np.float64), part.astype(np.float64), "valid")
    return fit / np.sqrt(energy)


def is_whole(heard: npt.NDArray[np.float32], loop: npt.NDArray[np.float32]) -> bool:
    """One piece of the loop, over and over, no sample left out: at a pace that is off by 0.3 % at most."""
    if np.any(np.maximum.reduceat(np.abs(heard), np.arange(0, len(heard), GAP)) == 0.0):
        return False
    size = RATE // 20
    played = np.concatenate([loop] * 4)
    place = int(np.argmax(fits(played[: len(loop) + 10 * size], heard[: 10 * size]))) + len(loop)
    slack = 5 * SLACK  # that place is right at the middle of half a second
    for at in range(0, len(heard) - size, size):
        near = fits(played[place - slack : place + size + slack], heard[at : at + size])
        if near.max() < 0.99:
            return False
        place += int(np.argmax(near)) - slack + size
        slack = SLACK
    return True


def test_what_the_instrument_plays_is_heard_without_a_dropout_until_it_is_stopped(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a machine with other work runs the buffer dry, the delay grows, until it is enough for five seconds."""
    with room.open(is_captured=True) as page:
        key = page.get_by_role("button", name="listen", exact=True)
        expect(key).to_have_attribute("aria-pressed", "false")
        assert page.evaluate("() => window.ear === undefined")  # no sound before it is asked for
        key.click()
        expect(key).to_have_attribute("aria-pressed", "true")
        expect(key).to_have_text(re.compile(r"^listen\d+ ms$"))
        loop = glide(125.0, 4, 1)[:, 0]
        for attempt in range(1, ATTEMPTS + 1):  # noqa: B007
            page.wait_for_timeout(500)
            heard_by(page)
            page.wait_for_timeout(5500)
            heard = heard_by(page)
            assert len(heard) > 5 * RATE
            assert np.abs(np.diff(heard)).max() < LARGEST_STEP  # a dropout is no click
            if was_whole := is_whole(heard, loop):
                break
        with capsys.disabled():
            print(f"\nfive seconds without a dropout at the attempt {attempt}, with {key.inner_text()!r}")
        assert was_whole

        key.click()
        expect(key).to_have_attribute("aria-pressed", "false")
        expect(key).to_have_text("listen")
        until(lambda: page.evaluate("() => window.ear.context.state") == "closed")
        assert np.abs(np.diff(heard_by(page))).max() < LARGEST_STEP
        until(lambda: [one.is_closed() for one in room.sockets] == [True])

        page.keyboard.press("l")  # and again, by the key
        expect(key).to_have_text(re.compile(r"^listen\d+ ms$"))
        until(lambda: page.evaluate(PEAK) > 0.1)
    assert room.said == []


def test_by_plain_http_from_another_machine_it_is_heard_too(room: Room) -> None:
    """Browsers keep AudioWorklet for https and localhost."""
    if OWN_NAME == "localhost":
        pytest.skip("this machine has no other name")
    with room.open(OWN_NAME) as page:
        assert page.evaluate("() => isSecureContext") is False
        key = page.get_by_role("button", name="listen", exact=True)
        key.click()
        expect(key).to_have_text(re.compile(r"^listen\d+ ms$"))
        assert page.evaluate("() => window.ear.context.audioWorklet === undefined")
        until(lambda: page.evaluate(PEAK) > 0.1)
        key.click()
        until(lambda: page.evaluate("() => window.ear.context.state") == "closed")


def test_it_goes_on_where_nobody_looks_and_with_the_next_instrument(browser: Browser) -> None:
    ring = OutputRing.create(RATE)
    playing = threading.Event()

    def play() -> None:
        tone = 0.5 * np.sin(2 * np.pi * 200 * np.arange(480) / RATE).astype(np.float32)
        at, began = 0, time.perf_counter()
        while not playing.wait(max(0.0, began + at / RATE - time.perf_counter())):
            ring.write(at, np.repeat(tone[:, None], 2, axis=1))
            at += len(tone)

    thread = threading.Thread(target=play)
    thread.start()
    server = WebServer(Params(), port=0, ring=lambda: ring)
    server.start()
    port = server.port
    room = Room(browser, None, port)  # type: ignore[arg-type]
    try:
        with room.open() as page:
            key = page.get_by_role("button", name="listen", exact=True)
            key.click()
            until(lambda: page.evaluate(PEAK) > 0.1)
            page.context.new_page().bring_to_front()
            until(lambda: page.evaluate(PEAK) > 0.1)
            page.bring_to_front()
            server.stop()
            until(lambda: page.evaluate(PEAK) == 0)
            expect(key).to_have_text("listen...")
            server = WebServer(Params(), port=port, ring=lambda: ring)
            server.start()
            until(lambda: page.evaluate(PEAK) > 0.1)
            expect(key).to_have_text(re.compile(r"^listen\d+ ms$"))
    finally:
        server.stop()
        playing.set()
        thread.join()
        ring.close()
        ring.unlink()


def test_where_it_can_not_be_heard_the_page_says_why(browser: Browser) -> None:
    server = WebServer(Params(), port=0)
    server.start()
    try:
        with Room(browser, None, server.port).open() as page:  # type: ignore[arg-type]
            key = page.get_by_role("button", name="listen", exact=True)
            key.click()
            expect(page.locator("#error")).to_have_text("nothing plays here")
            expect(key).to_have_attribute("aria-pressed", "false")
    finally:
        server.stop()


def test_what_a_listener_costs_the_console_and_how_late_it_hears(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prints, in per cent of a core, what the console takes, and the time from an OSC message to its sound."""
    stat = Path(f"/proc/{room.played.process.pid}/stat")

    def share(wait: Callable[[], None]) -> float:
        before, began = cpu_s(stat), time.perf_counter()
        wait()
        return 100 * (cpu_s(stat) - before) / (time.perf_counter() - began)

    with room.open() as page:
        wait = lambda: page.wait_for_timeout(1000 * MEASURED_S)  # noqa: E731
        without = share(wait)
        key = page.get_by_role("button", name="listen", exact=True)
        key.click()
        until(lambda: page.evaluate(PEAK) > 0.1)
        beside = share(wait)
        took: list[float] = []
        for _ in range(5):
            sent: list[float] = []

            def send(sent: list[float] = sent) -> None:
                sent.append(time.time())
                room.played.send("/ladmg/gain_db", -70.0)

            timer = threading.Timer(0.3, send)
            timer.start()
            silent_at = page.evaluate(UNTIL_SILENT, 1e-3) / 1000
            timer.join()
            took.append(1000 * (silent_at - sent[0]))
            room.played.send("/ladmg/gain_db", 0.0)
            until(lambda: page.evaluate(PEAK) > 0.1)
            page.wait_for_timeout(500)
        shown = key.inner_text()
    with capsys.disabled():
        times = ", ".join(f"{one:.0f}" for one in sorted(took))
        shares = f"{without:.1f} % of a core, with one that listens {beside:.1f} %"
        print(f"\nthe console with a page: {shares}\nfrom OSC to the browser: {times} ms ({shown!r})")
