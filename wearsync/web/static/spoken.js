/* What the page says aloud, and when.

   Rule: pure; nothing is said twice, whatever comes again after a lost connection, and nothing late: who hears
   "halfway" three seconds after it changes sides too late next time. */

// A cue that is later than this has been felt already.
const LATE_MS = 1500;

const OF_CUE = {
  start: "Hold",
  form: "Hips forward and level",
  halfway: "Halfway",
  "last-three": "Last three seconds",
};

export class Speaker {
  constructor() {
    // Where the session stood when it was last looked at, and what has been said of that.
    this.place = null;
    this.said = [];
    this.side = null;
    // Whether a session goes on of which it has not been said that it is done.
    this.open = false;
  }

  /** What is to be said now of `state`, at `now_ms` of the daemon's clock; null: nothing. */
  next(state, now_ms) {
    const place = `${state.session} ${state.step} ${state.phase}`;
    const came = place !== this.place;
    if (came) {
      this.place = place;
      this.said = [];
    }
    if (state.phase === "hold") {
      this.side = state.side;
      this.open = true;
      return this.of_hold(state, now_ms);
    }
    // The end may be shorter than any look at it: the cue that told it stays.
    const done = state.phase === "closing" || (state.phase === "idle" && state.last_cue === "session-done");
    if (done) {
      const news = this.open;
      this.open = false;
      this.side = null;
      return news ? "Session done" : null;
    }
    const words = this.of_phase(state);
    this.side = state.phase === "idle" ? null : this.side;
    return came ? words : null;
  }

  of_phase(state) {
    switch (state.phase) {
      case "confirm":
        return "Tap the watch to begin";
      case "gap":
        return this.of_gap(state);
      case "paused":
        return "Paused";
      default:
        return null;
    }
  }

  of_gap(state) {
    const changes = this.side !== null && this.side !== state.side;
    return `${changes ? "Change sides. " : ""}${state.side} ${state.variant === "standing" ? "foot back" : "knee down"}`;
  }

  of_hold(state, now_ms) {
    const due = (state.planned_cues || []).filter((planned) => {
      const late_ms = now_ms - Date.parse(planned.at);
      return OF_CUE[planned.cue] && late_ms >= 0 && late_ms < LATE_MS && this.said.indexOf(planned.cue) < 0;
    });
    if (!due.length) {
      return null;
    }
    const cue = due[due.length - 1].cue;
    this.said = this.said.concat(due.map((planned) => planned.cue));
    return OF_CUE[cue];
  }
}
