/* Plain words for what the daemon says.

   Rule: pure; a word that is not known yet (a newer daemon's) is shown as it came. */

const LINKS = {
  connected: "connected",
  searching: "out of reach",
  idle: "visited when there is something new",
  refused: "not accepted",
  no_adapter: "this computer's Bluetooth is off or gone",
  no_clock: "this computer does not know the time: set its clock",
  no_storage: "the journal can't be written: the watch keeps its records",
};
const TRUSTS = {
  key: "proven: each word carries the watch's own key",
  bond: "by its Bluetooth bond only: it has no key of its own",
  none: "none: anybody could say that",
};
const CUES = {
  ready: "ready",
  start: "start",
  form: "form",
  halfway: "halfway",
  "last-three": "last three",
  done: "done",
  switch: "change sides",
  "session-done": "session done",
  nudge: "nudge",
  reminder: "reminder",
  problem: "problem",
};
const ACKS = {
  played: "felt",
  suppressed: "not played: the watch is quiet",
  expired: "came too late",
  refused: "refused by the watch",
  cancelled: "taken back",
  failed: "failed on the watch",
  scheduled: "queued on the watch",
  unknown: "no answer",
};
const WHATS = { gap: "get ready", hold: "hold", confirm: "", paused: "", closing: "" };
const ENDS = { done: "done", abandoned: "given up", ended: "ended early" };
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const word = (table, key) => (key === null || key === undefined ? "" : table[key] || String(key));

export const link_words = (link) => word(LINKS, link);
export const trust_words = (trust) => (trust ? word(TRUSTS, trust) : "not known yet: it has not been connected");
export const cue_words = (cue) => word(CUES, cue);
export const ack_words = (ack) => (ack ? word(ACKS, ack) : "no answer yet");
export const what_words = (phase) => word(WHATS, phase);
export const month = (number) => MONTHS[number];

/** 1 day, 2 days. */
export function count(number, one) {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

/** Two hands: knee on the pillow or foot back, always with the side: or sides get swapped. */
export function form_words(side, variant) {
  const other = side === "left" ? "right" : "left";
  return variant === "standing"
    ? `Drawing: ${side} foot back, ${other} knee bent, torso upright, a hand on a chair`
    : `Drawing: ${side} knee on a pillow, ${other} foot in front, hips forward and level, torso upright, hands on the hips`;
}

/** What a screen reader is told when the phase or step changes. */
export function announcement(state) {
  const place = `${state.side || ""}, round ${state.round} of ${state.rounds}`;
  switch (state.phase) {
    case "confirm":
      return "Tap the watch to begin.";
    case "gap":
      return `Get ready: ${place}. ${state.text}`;
    case "hold":
      return `Hold: ${place}, ${state.planned_s} seconds.`;
    case "paused":
      return "Paused.";
    case "closing":
      return "Session done.";
    default:
      return "No session.";
  }
}

/** The prompt, larger than the watch could show it. */
export function prompt_words(state) {
  if (state.phase === "confirm") {
    return "Tap the watch to begin";
  }
  if (state.phase === "paused") {
    return "Paused: tap the watch, or resume here";
  }
  return state.phase === "closing" ? "Session done" : state.text;
}

/** What follows this hold. */
export function then_words(state) {
  if (state.phase === "closing") {
    return "–";
  }
  const next = state.next_hold;
  return next ? `${next.side.toUpperCase()}, ${next.planned_s} s` : "session done";
}

/** How long ago, in words: "just now", "3 min ago". */
export function ago(seconds) {
  if (seconds < 5) {
    return "just now";
  }
  if (seconds < 60) {
    return `${Math.floor(seconds)} s ago`;
  }
  if (seconds < 5400) {
    return `${Math.round(seconds / 60)} min ago`;
  }
  return seconds < 129600 ? `${count(Math.round(seconds / 3600), "hour")} ago` : `${Math.round(seconds / 86400)} days ago`;
}

/** A calendar day, "Mon 9 Nov"; `day` as 2026-11-09. */
export function day_words(day) {
  const parts = day.split("-").map(Number);
  const weekday = new Date(Date.UTC(parts[0], parts[1] - 1, parts[2])).getUTCDay();
  return `${WEEKDAYS[weekday]} ${parts[2]} ${MONTHS[parts[1] - 1]}`;
}

/** An instant in the reader's own time, with the day unless it is `today`: "07:30", "Tue 10 Nov 07:30". */
export function instant_words(instant, today) {
  const at = new Date(instant);
  const two = (number) => (number < 10 ? `0${number}` : String(number));
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return day === today ? time : `${day_words(day)} ${time}`;
}

/** The dose of the day, as a headline. */
export function headline(summary) {
  if (summary.away) {
    return "Away: the streak waits for you";
  }
  if (summary.full) {
    return "Done for today";
  }
  if (summary.counts) {
    return "Today counts";
  }
  const some = summary.today.left.seconds + summary.today.right.seconds > 0;
  return some ? "Well begun" : "Today is still to come";
}

/** Both sides of four weeks, in words; `symmetry`: the left side's share. */
export function symmetry_words(symmetry) {
  if (symmetry === null || symmetry === undefined) {
    return "Nothing held in the last four weeks.";
  }
  const left = Math.round(100 * symmetry);
  const shares = `left ${left} %, right ${100 - left} % of the last four weeks`;
  if (Math.abs(left - 50) <= 3) {
    return `Even: ${shares}.`;
  }
  return `The ${left > 50 ? "left" : "right"} side had more: ${shares}.`;
}

/** The session before, in one line. */
export function last_session_words(last, today) {
  if (!last) {
    return "none yet";
  }
  const dose = `left ${Math.round(last.left_s)} s, right ${Math.round(last.right_s)} s`;
  return `${instant_words(last.at, today)}: ${word(ENDS, last.end)}, ${count(last.holds, "hold")}, ${dose}`;
}

/** One remark on the link in a session, or ""; `heard_ago_s` null: not known. */
export function reach_words(state, heard_ago_s) {
  if (state.link === "connected") {
    return "";
  }
  if (state.phase === "confirm" && (state.link === "searching" || state.link === "idle")) {
    return "Looking for the watch: it asks as soon as it is reached.";
  }
  const heard = heard_ago_s === null ? "" : ` Last heard ${ago(heard_ago_s)}.`;
  if (state.link === "searching" || state.link === "idle") {
    return `The watch is out of reach: it goes on alone, and is heard when it is back.${heard}`;
  }
  return `The watch is ${state.link === "refused" ? "" : "not heard: "}${link_words(state.link)}.${heard}`;
}
