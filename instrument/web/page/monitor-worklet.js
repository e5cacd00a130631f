// The monitor's buffer in the browser's audio thread.

import { JitterBuffer } from "./jitter.js";

registerProcessor("ladmg-monitor", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.buffer = new JitterBuffer(sampleRate);
    this.port.onmessage = ({ data }) => (data === "finish" ? this.buffer.finish() : this.buffer.take(data));
  }

  process(_, [[left, right]]) {
    const report = this.buffer.fill(left, right);
    if (report) this.port.postMessage(report);
    return !this.buffer.hasEnded;
  }
});
