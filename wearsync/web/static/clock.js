/* The daemon's clock, as far as the page knows it.

   Rule: pure; the browser's own time comes in as a number of milliseconds that only ever grows. */

// Two minutes of heartbeats. What arrives late makes the daemon's clock look slow, so the earliest arrival of
// these is the truest.
const SAMPLES_KEPT = 8;

// More than a radio or a busy tablet delays: then somebody has set a clock, or the machine has slept.
const STEP_MS = 2000;

export class DaemonClock {
  constructor() {
    this.samples = [];
    this.speed = 1;
  }

  /** The daemon said `now` (ISO, UTC), and that arrived at `here_ms`; `speed`: of a demo's clock. */
  heard(now, here_ms, speed) {
    const there_ms = Date.parse(now);
    if (Number.isNaN(there_ms)) {
      return;
    }
    if (speed > 0 && speed !== this.speed) {
      this.speed = speed;
      this.samples = [];
    }
    const offset_ms = there_ms - here_ms * this.speed;
    const known_ms = this.offset_ms();
    if (known_ms !== null && Math.abs(offset_ms - known_ms) > STEP_MS * this.speed) {
      this.samples = [];
    }
    this.samples.push(offset_ms);
    this.samples.splice(0, this.samples.length - SAMPLES_KEPT);
  }

  /** What the daemon's clock shows at `here_ms`, in ms since 1970; null: it has said nothing yet. */
  at(here_ms) {
    const offset_ms = this.offset_ms();
    return offset_ms === null ? null : offset_ms + here_ms * this.speed;
  }

  offset_ms() {
    return this.samples.length ? Math.max.apply(null, this.samples) : null;
  }
}
