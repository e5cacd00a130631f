// The ring: one turn is one pass of the loop. Green sounds, amber is on its way.

const TURN = 2 * Math.PI;
const TOP = -TURN / 4;
const GREEN = "93, 255, 160";
const AMBER = "255, 176, 0";
const PAPER = "236, 232, 220";
const N_RAYS = 512;
const CURVE = 0.75; // lifts what is quiet, so that there is something to see between the kicks

/** The musical position between two messages: it runs on by the tempo, and leans gently towards what is told. */
export class Beat {
  constructor() {
    this.at = 0;
    this.bpm = 125;
    this.isRunning = false;
    this.since = performance.now();
  }

  take(beat, bpm, isRunning) {
    const now = performance.now();
    const error = beat - this.now(now);
    this.at = Math.abs(error) > 0.25 ? beat : this.now(now) + 0.1 * error;
    this.since = now;
    this.bpm = bpm;
    this.isRunning = isRunning;
  }

  now(at = performance.now()) {
    return this.at + (this.isRunning ? ((at - this.since) / 60000) * this.bpm : 0);
  }
}

/** What was sent as three runs of signed bytes: lowest, highest, RMS. */
export function outlineOf(base64) {
  const bytes = Int8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const n = bytes.length / 3;
  return { low: bytes.subarray(0, n), high: bytes.subarray(n, 2 * n), rms: bytes.subarray(2 * n), n };
}

/** Draws into a canvas what `state()` says: see `frame`. */
export class Ring {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.pictures = new Map();
    this.resize();
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  resize() {
    const size = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (!size || size === this.canvas.width) return;
    this.canvas.width = this.canvas.height = size;
    this.pictures.clear();
  }

  /** state: nBeats in the loop, beat, outline, other (another deck's outline and beats) or null, level 0..1,
   * next: {state, entersAt (beat), progress 0..1}, isSilent. */
  frame(state) {
    const { context, canvas } = this;
    const size = canvas.width;
    if (!size) return;
    const unit = size / 2;
    const turn = (beats) => TOP + (TURN * (beats % state.nBeats)) / state.nBeats;
    const at = turn(state.beat);
    context.clearRect(0, 0, size, size);
    context.save();
    context.translate(unit, unit);
    this.drawGrid(unit, state.nBeats);
    if (state.outline) {
      const bright = this.picture(state.outline, unit, 0.735, 0.155, 1);
      const dim = this.picture(state.outline, unit, 0.735, 0.155, 0.5);
      context.globalAlpha = state.isSilent ? 0.4 : 1;
      context.drawImage(dim, -unit, -unit);
      context.save();
      context.beginPath();
      context.moveTo(0, 0);
      context.arc(0, 0, unit, at - TURN / state.nBeats, at);
      context.clip();
      context.drawImage(bright, -unit, -unit);
      context.restore();
      context.globalAlpha = 1;
    }
    if (state.other?.outline) context.drawImage(this.picture(state.other.outline, unit, 0.51, 0.045, 0.3), -unit, -unit);
    this.drawLevel(unit, state.level);
    this.drawNext(unit, state, at, turn);
    if (state.outline) this.drawHand(unit, at);
    context.restore();
  }

  /** Bars by their numbers, beats by ticks. */
  drawGrid(unit, nBeats) {
    const { context } = this;
    context.font = `${0.055 * unit}px ui-monospace, monospace`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = `rgba(${PAPER}, 0.75)`;
    context.strokeStyle = `rgba(${PAPER}, 0.3)`;
    context.lineWidth = unit * 0.005;
    context.beginPath();
    for (let beat = 0; beat < nBeats; beat++) {
      const angle = TOP + (TURN * beat) / nBeats;
      const [x, y] = [unit * Math.cos(angle), unit * Math.sin(angle)];
      if (beat % 4 === 0) {
        context.fillText(String(beat / 4 + 1), 0.908 * x, 0.908 * y);
      } else {
        context.moveTo(0.905 * x, 0.905 * y);
        context.lineTo(0.93 * x, 0.93 * y);
      }
    }
    context.stroke();
  }

  /** From the bottom up on both sides; a closed ring is full scale. */
  drawLevel(unit, level) {
    const { context } = this;
    const bottom = TURN / 4;
    context.lineWidth = unit * 0.012;
    for (const [colour, part] of [[`rgba(${PAPER}, 0.12)`, 1], [`rgb(${GREEN})`, level]]) {
      context.strokeStyle = colour;
      context.beginPath();
      context.arc(0, 0, 0.43 * unit, bottom - (TURN / 2) * part, bottom + (TURN / 2) * part);
      context.stroke();
    }
  }

  drawNext(unit, { next, beat, nBeats }, at, turn) {
    const { context } = this;
    const arc = (from, to, width, alpha, dashes = []) => {
      context.strokeStyle = `rgba(${AMBER}, ${alpha})`;
      context.lineWidth = unit * width;
      context.setLineDash(dashes.map((dash) => dash * unit));
      context.beginPath();
      context.arc(0, 0, 0.965 * unit, from, to);
      context.stroke();
      context.setLineDash([]);
    };
    if (next.state === "waiting") arc(0, TURN, 0.012, 0.35, [0.01, 0.05]);
    if (next.state === "rendering") {
      arc(0, TURN, 0.012, 0.25, [0.01, 0.05]);
      arc(TOP, TOP + TURN * next.progress, 0.014, 0.9);
    }
    if (next.state === "ready") arc(0, TURN, 0.022, 0.9, [0.06, 0.03]);
    if (next.state === "cued") {
      const left = Math.max(0, next.entersAt - beat);
      arc(at, at + Math.min(TURN, (TURN * left) / nBeats), 0.034, 1);
      const entry = turn(next.entersAt);
      context.strokeStyle = `rgb(${AMBER})`;
      context.lineWidth = unit * 0.014;
      context.beginPath();
      for (const [from, to] of [[0.56, 0.875], [0.945, 0.985]]) {
        context.moveTo(from * unit * Math.cos(entry), from * unit * Math.sin(entry));
        context.lineTo(to * unit * Math.cos(entry), to * unit * Math.sin(entry));
      }
      context.stroke();
    }
  }

  drawHand(unit, at) {
    const { context } = this;
    context.strokeStyle = `rgb(${PAPER})`;
    context.lineWidth = unit * 0.008;
    context.lineCap = "round";
    context.beginPath();
    context.moveTo(0.56 * unit * Math.cos(at), 0.56 * unit * Math.sin(at));
    context.lineTo(0.9 * unit * Math.cos(at), 0.9 * unit * Math.sin(at));
    context.stroke();
    context.lineCap = "butt";
  }

  /** A loop's outline bent into a ring of this radius, drawn once: rays from its lowest to its highest, brighter to its RMS. */
  picture(outline, unit, radius, height, alpha) {
    const key = `${radius} ${alpha}`;
    const known = this.pictures.get(key);
    if (known?.outline === outline) return known.canvas;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * unit;
    const context = canvas.getContext("2d");
    context.translate(unit, unit);
    const loudest = Math.max(16, ...outline.high, ...outline.low.map((value) => Math.min(127, -value)));
    const lifted = (value) => Math.sign(value) * (Math.abs(value) / loudest) ** CURVE;
    const ray = (angle, low, high) => {
      context.moveTo((radius + height * low) * unit * Math.cos(angle), (radius + height * low) * unit * Math.sin(angle));
      context.lineTo((radius + height * high) * unit * Math.cos(angle), (radius + height * high) * unit * Math.sin(angle));
    };
    const step = outline.n / N_RAYS;
    for (const isInner of [false, true]) {
      context.strokeStyle = `rgba(${GREEN}, ${alpha * (isInner ? 1 : 0.5)})`;
      context.lineWidth = Math.max(1, ((TURN * radius * unit) / N_RAYS) * 0.62);
      context.beginPath();
      for (let i = 0; i < N_RAYS; i++) {
        const angle = TOP + (TURN * (i + 0.5)) / N_RAYS;
        const part = (values, of) => lifted(of(...values.subarray(Math.floor(i * step), Math.floor((i + 1) * step))));
        const rms = part(outline.rms, Math.max);
        const low = isInner ? -rms : part(outline.low, Math.min);
        const high = isInner ? rms : part(outline.high, Math.max);
        ray(angle, Math.min(low, -0.02), Math.max(high, 0.02));
      }
      context.stroke();
    }
    this.pictures.set(key, { outline, canvas });
    return canvas;
  }
}
