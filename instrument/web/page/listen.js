// Listen: what the instrument plays, in this browser, in another room.

import { JitterBuffer } from "./jitter.js";
import { make } from "./controls.js";

const TELL_EVERY = 5; // frames
const RETRY_MS = 1000;
const SENT_AWAY = 1013; // a WebSocket's code

/** key: the button that begins and ends it. say(text): shows why nothing is heard. */
export function listen(key, say) {
  const delay = key.appendChild(make("small", {}));
  let monitor = null;
  const show = (isOn, text) => {
    key.setAttribute("aria-pressed", String(isOn));
    delay.textContent = text;
  };
  key.addEventListener("click", () => {
    if (monitor) {
      monitor.close();
      monitor = null;
      show(false, "");
      return;
    }
    const mine = (monitor = new Monitor());
    const isMine = () => monitor === mine;
    mine.report = ({ isPlaying, delay_s }) => isMine() && show(true, isPlaying ? `${Math.round(1000 * delay_s)} ms` : "...");
    mine.fail = (text) => {
      mine.close();
      if (!isMine()) return;
      monitor = null;
      show(false, "");
      say(text);
    };
    show(true, "...");
    mine.open().catch((error) => {
      mine.context?.close();
      mine.fail(`this browser plays no sound: ${error.message}`);
    });
  });
}

class Monitor {
  isOpen = true;

  /** To be called by a press: no browser plays a sound before one. */
  async open() {
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.context.resume();
    this.player = await playerOf(this.context, (report) => this.take(report));
    if (this.isOpen) this.connect();
    else this.player.finish();
  }

  connect() {
    let nTaken = 0;
    this.socket = new WebSocket(`ws://${location.host}/monitor`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => {
      // The instrument sends no more than half a second ahead of what it is told: nothing piles up on the way.
      if (++nTaken % TELL_EVERY === 0) this.socket.send(String(nTaken));
      this.player.take(data);
    };
    this.socket.onclose = ({ code, reason }) => {
      if (!this.isOpen) return;
      if (code === SENT_AWAY) this.fail(reason);
      else setTimeout(() => this.isOpen && this.connect(), RETRY_MS);
    };
  }

  take(report) {
    const { outputLatency, baseLatency } = this.context;
    if (report.hasEnded) this.context.close();
    else this.report({ ...report, delay_s: report.delay_s + (outputLatency || baseLatency || 0) });
  }

  close() {
    this.isOpen = false;
    this.socket?.close();
    this.player?.finish();
  }
}

/** What plays frames: take(frame), and finish(), which fades out. report(..): hears what the buffer has to tell. */
async function playerOf(context, report) {
  if (context.audioWorklet) {
    await context.audioWorklet.addModule("/page/monitor-worklet.js");
    const node = new AudioWorkletNode(context, "ladmg-monitor", { numberOfInputs: 0, outputChannelCount: [2] });
    node.port.onmessage = ({ data }) => report(data);
    node.connect(context.destination);
    return { take: (frame) => node.port.postMessage(frame, [frame]), finish: () => node.port.postMessage("finish") };
  }
  // Browsers keep worklets for https and for what comes from this machine. By plain http from another one it has to be
  // the page's own thread.
  const buffer = new JitterBuffer(context.sampleRate);
  const node = context.createScriptProcessor(2048, 0, 2);
  node.onaudioprocess = ({ outputBuffer }) => {
    const told = buffer.fill(outputBuffer.getChannelData(0), outputBuffer.getChannelData(1));
    if (told) report(told);
    if (buffer.hasEnded) node.disconnect();
  };
  node.connect(context.destination);
  return { node, take: (frame) => buffer.take(frame), finish: () => buffer.finish() };
}
