// The monitor's buffer: frames as they come by the network in, the blocks of this machine's sound card out.

const START_S = 0.15; // of delay, at first
const GROW_S = 0.05; // more of it each time that it runs dry
const MOST_S = 1;
const EXCESS_S = 0.2; // more than the delay that was meant: some is skipped
const HELD_S = 4;
const FADE_S = 0.01;
const SMOOTH_S = 1; // over which the delay is measured
const STEER_S = 20; // in which a wrong delay is put right
const MOST_BEND = 0.003;
const REPORT_S = 0.2;
const HEADER_BYTES = 12;
const TAPS = 32;
const PHASES = 256;
const BETA = 8; // Kaiser: -80 dB beside the pass band, which ends at 0.84 of half the rate

/**
 * Plays frames at the rate of this machine's card, some delay after they came. The clocks of two machines differ, so the
 * delay is held by a bend of at most 0.3 %. What is missing is a gap in time, and every edge of it is a fade.
 */
export class JitterBuffer {
  /** rate: samples a second of the card here. */
  constructor(rate) {
    this.cardRate = rate;
    this.rate = 0; // of the frames, once there is one
    this.delay_s = START_S; // meant
    this.nDry = 0;
    this.bend = 0;
    this.isEnding = false;
    this.hasEnded = false;
    this.untold = 0;
  }

  /** A frame: the index of its first sample, the rate, and 16-bit stereo. */
  take(data) {
    const header = new DataView(data);
    const first = Number(header.getBigInt64(0, true));
    const rate = header.getUint32(8, true);
    const samples = new Int16Array(data, HEADER_BYTES);
    if (rate !== this.rate) {
      if (this.isPlaying) {
        this.isFading = true; // another instrument, whose frames wait until this one's have died away
        return;
      }
      this.prepare(rate);
    }
    if (first !== this.next) this.jump(first - this.next);
    const count = samples.length / 2;
    if (this.end + count - this.at > this.left.length - TAPS) this.restart(); // nobody plays it
    const fade = Math.ceil(FADE_S * rate);
    for (let i = 0; i < count; i++) {
      const gain = this.rising < fade ? curve(++this.rising / fade) / 32767 : 1 / 32767;
      this.put(samples[2 * i] * gain, samples[2 * i + 1] * gain);
    }
    this.next = first + count;
  }

  /** Fill one block. Five times a second, and at the end, it returns what there is to tell, or else null. */
  fill(left, right) {
    const count = left.length;
    if (this.rate) this.measure(count / this.cardRate);
    if (this.isPlaying) this.render(left, right);
    else {
      left.fill(0);
      right.fill(0);
      this.hasEnded = this.isEnding;
    }
    this.untold += count;
    if (!this.hasEnded && this.untold < REPORT_S * this.cardRate) return null;
    this.untold = 0;
    const { isPlaying, nDry, bend, hasEnded } = this;
    return { isPlaying, nDry, bend, hasEnded, delay_s: isPlaying ? this.smooth : 0, meant_s: this.delay_s };
  }

  /** Fade out, and be done. */
  finish() {
    this.isEnding = true;
    this.isFading = true;
  }

  prepare(rate) {
    this.rate = rate;
    const length = 2 ** Math.ceil(Math.log2(HELD_S * rate));
    this.left = new Float32Array(length);
    this.right = new Float32Array(length);
    this.mask = length - 1;
    this.end = TAPS; // of what came, counted here
    this.next = NaN; // the index that the next frame should have
    this.rising = Infinity; // samples since a gap, while what follows it fades in
    // Above half of the slower rate there is nothing to hear but mirrors.
    this.table = kernel(this.cardRate < rate ? (0.94 * this.cardRate) / rate : 1);
    this.restart();
  }

  restart() {
    this.at = this.end; // what is played next
    this.isPlaying = false;
    this.isFading = false;
    this.gain = 0;
  }

  put(left, right) {
    const place = this.end++ & this.mask;
    this.left[place] = left;
    this.right[place] = right;
  }

  /** Samples are missing, or it begins anew: silence in their place, with soft edges. */
  jump(missing) {
    if (!this.isPlaying) {
      this.at = this.end;
      return;
    }
    const fade = Math.ceil(FADE_S * this.rate);
    const n = Math.min(fade, Math.max(0, this.end - Math.ceil(this.at) - TAPS));
    for (let i = 0; i < n; i++) {
      const place = (this.end - 1 - i) & this.mask;
      this.left[place] *= curve(i / n);
      this.right[place] *= curve(i / n);
    }
    const room = this.left.length / 2 - (this.end - this.at);
    if (missing > 0 && missing < room) for (let i = 0; i < missing; i++) this.put(0, 0);
    this.rising = 0;
  }

  /** What comes next to do, `seconds` after the last time. */
  measure(seconds) {
    const held = (this.end - this.at) / this.rate;
    if (!this.isPlaying) {
      if (this.isEnding || held < this.delay_s) return;
      this.at = this.end - Math.round(this.delay_s * this.rate);
      this.smooth = this.delay_s;
      this.isPlaying = true;
      return;
    }
    this.smooth += (held - this.smooth) * Math.min(1, seconds / SMOOTH_S);
    const wrong = this.smooth - this.delay_s;
    this.bend = Math.max(-MOST_BEND, Math.min(MOST_BEND, wrong / STEER_S));
    if (this.isFading) return;
    if (held < seconds + FADE_S + (TAPS + 1) / this.rate) {
      this.nDry++;
      this.delay_s = Math.min(MOST_S, this.delay_s + GROW_S);
      this.isFading = true;
    } else if (wrong > EXCESS_S) {
      this.isFading = true;
    }
  }

  render(left, right) {
    const { table, mask } = this;
    const step = (this.rate / this.cardRate) * (1 + this.bend);
    const fade = 1 / (FADE_S * this.cardRate);
    for (let i = 0; i < left.length; i++) {
      this.gain = Math.min(1, Math.max(0, this.gain + (this.isFading ? -fade : fade)));
      const base = Math.floor(this.at);
      const phase = (this.at - base) * PHASES;
      const row = Math.floor(phase);
      const part = phase - row;
      let sumLeft = 0;
      let sumRight = 0;
      for (let tap = 0, k = row * TAPS, place = base - TAPS / 2 + 1; tap < TAPS; tap++, k++, place++) {
        const weight = table[k] + part * (table[k + TAPS] - table[k]);
        sumLeft += weight * this.left[place & mask];
        sumRight += weight * this.right[place & mask];
      }
      const gain = curve(this.gain);
      left[i] = gain * sumLeft;
      right[i] = gain * sumRight;
      this.at += step;
      if (this.isFading && this.gain === 0) {
        left.fill(0, i);
        right.fill(0, i);
        this.isPlaying = this.isFading = false;
        this.hasEnded = this.isEnding;
        return;
      }
    }
  }
}

/** A fade without corners, 0..1 to 0..1. */
function curve(part) {
  return part * part * (3 - 2 * part);
}

/** A windowed sinc at each of PHASES + 1 places between two samples, TAPS weights each. cutoff: 1 is half the rate. */
function kernel(cutoff) {
  const table = new Float64Array((PHASES + 1) * TAPS);
  for (let row = 0; row <= PHASES; row++) {
    let sum = 0;
    for (let tap = 0; tap < TAPS; tap++) {
      const x = tap - TAPS / 2 + 1 - row / PHASES;
      const inside = Math.max(0, 1 - (x / (TAPS / 2)) ** 2);
      const sinc = x ? Math.sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x) : 1;
      const weight = sinc * bessel(BETA * Math.sqrt(inside));
      table[row * TAPS + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < TAPS; tap++) table[row * TAPS + tap] /= sum;
  }
  return table;
}

/** The modified Bessel function of order 0. */
function bessel(x) {
  let sum = 1;
  for (let k = 1, term = 1; term > 1e-12 * sum; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}
