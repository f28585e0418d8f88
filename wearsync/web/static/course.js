/* The course of a session: how long this phase still lasts, and what comes next.

   Rule: pure; made from a state of docs/mqtt.md and the daemon's time in ms. Nothing is planned here: which
   cues there are and which side follows is the coordinator's word. */

/** The running countdown: when it ends, how long it is in all, and what is shown at most: a hold's first instants may come
    before this browser knows the daemon's clock well, a gap may be longer than planned. Null: this phase has none. */
export function countdown(state) {
  if (state.phase === "hold" && state.hold_ends_at) {
    const ends_ms = Date.parse(state.hold_ends_at);
    const total_ms = Math.max(1, ends_ms - Date.parse(state.hold_started_at));
    return { ends_ms, total_ms, most_ms: total_ms };
  }
  if (state.phase === "gap" && state.gap_ends_at) {
    const routine = state.routine || {};
    const gap_s = state.step === 0 ? routine.first_gap_s : routine.switch_gap_s;
    return { ends_ms: Date.parse(state.gap_ends_at), total_ms: 1000 * (gap_s || 10), most_ms: Infinity };
  }
  return null;
}

/** Milliseconds that are left of it, never fewer than none. */
export function left_ms(count, now_ms) {
  return Math.max(0, Math.min(count.most_ms, count.ends_ms - now_ms));
}

/** The share of it that is left, 0 to 1. */
export function left_share(count, now_ms) {
  return Math.min(1, left_ms(count, now_ms) / count.total_ms);
}

/** The seconds to show: the last one is shown until it is over. */
export function left_s(count, now_ms) {
  return Math.ceil(left_ms(count, now_ms) / 1000);
}

/** The next cue and in how many seconds; null: none is known. */
export function next_cue(state, now_ms) {
  const cues = state.planned_cues || [];
  for (let place = 0; place < cues.length; place += 1) {
    const at_ms = Date.parse(cues[place].at);
    if (at_ms > now_ms) {
      return { cue: cues[place].cue, in_s: Math.ceil((at_ms - now_ms) / 1000) };
    }
  }
  return null;
}

/** Where on the ring the cues of a hold are, as shares of it that are left then. */
export function cue_marks(state) {
  const count = countdown(state);
  if (count === null || state.phase !== "hold") {
    return [];
  }
  return (state.planned_cues || [])
    .map((cue) => (count.ends_ms - Date.parse(cue.at)) / count.total_ms)
    .filter((share) => share > 0.01 && share < 0.99);
}

/** How long a session of that routine takes, in whole minutes. */
export function session_min(routine) {
  const holds_s = routine.rounds * (routine.left_s + routine.right_s);
  const gaps_s = routine.first_gap_s + (2 * routine.rounds - 1) * routine.switch_gap_s;
  return Math.max(1, Math.round((holds_s + gaps_s) / 60));
}

/** Seconds planned for a day, a side: one session of the routine. */
export function planned_today_s(routine, side) {
  return routine.rounds * (side === "left" ? routine.left_s : routine.right_s);
}
