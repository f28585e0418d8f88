/* The verbs that the page offers, phase by phase, and their keys.

   Rule: pure data, in the words of docs/verbs.md; whether a verb can be carried out is the daemon's to say. */

/** A button: its verb as `api/command` takes it, its words, and its key, if it has one. */
function button(verb, words, key, more) {
  return Object.assign({ verb, words, key }, more || {});
}

const START = button("start", "Start", "s", { kind: "main" });
const STOP = button("stop", "Stop", "x", { kind: "quiet" });
const PAUSE = button("pause", "Pause", "p", { kind: "main" });
const RESUME = button("resume", "Resume", "p", { kind: "main" });
const SKIP = button("skip", "Skip", "n");
const BACK = button("back", "Back", "b");
const EXTRA = [
  button("extra", "+ left", "l", { side: "left", label: "One more hold, left" }),
  button("extra", "+ right", "r", { side: "right", label: "One more hold, right" }),
];
const SNOOZE = [
  button("snooze", "In 10 min", "z", { minutes: 10, label: "Ask again in 10 min" }),
  button("snooze", "In 30 min", null, { minutes: 30, label: "Ask again in 30 min" }),
  button("snooze", "In 60 min", null, { minutes: 60, label: "Ask again in 60 min" }),
];

const OF_SESSION = {
  idle: [],
  confirm: SNOOZE.concat([button("stop", "Not now", "x", { kind: "quiet" })]),
  gap: [PAUSE, BACK, SKIP].concat(EXTRA, [STOP]),
  hold: [PAUSE, BACK, SKIP].concat(EXTRA, [STOP]),
  paused: [RESUME, BACK, SKIP].concat(EXTRA, [STOP]),
  closing: [],
};

/** The buttons of a session in that phase. A watch out of reach confirms no end: then it can be stopped here. */
export function of_session(state) {
  if (state.phase === "closing" && state.link !== "connected") {
    return [STOP];
  }
  return OF_SESSION[state.phase] || [];
}

/** The button that begins one. */
export function of_start(state) {
  return state.phase === "idle" ? [START] : [];
}

/** What can be done besides, without a session: `reminder_on` null means that there are no reminders. */
export function of_rest(state, summary) {
  const away = summary && summary.away;
  const buttons = [
    button("away", away ? "I am back" : "Away for some days", null, { away: !away }),
    button("buzz", "Buzz the watch", "u"),
  ];
  if (state.reminder_on !== null && state.reminder_on !== undefined) {
    const on = !state.reminder_on;
    buttons.unshift(button("remind", on ? "Reminders on" : "Reminders off", null, { on }));
  }
  return buttons;
}

/** The body of `api/command`. */
export function command_of(wish, watch) {
  const body = { verb: wish.verb, watch };
  ["side", "minutes", "away", "on"].forEach((key) => {
    if (wish[key] !== undefined) {
      body[key] = wish[key];
    }
  });
  return body;
}

/** The verb of a key, out of the buttons that are there; null: none. */
export function of_key(key, buttons) {
  return buttons.filter((one) => one.key === key)[0] || null;
}

/** All keys with their words, for the help. */
export const KEYS = [
  ["s", "Start"],
  ["p", "Pause, resume"],
  ["n", "Skip this step"],
  ["b", "Back a step"],
  ["l", "One more left"],
  ["r", "One more right"],
  ["x", "Stop the session"],
  ["z", "Ask again in 10 minutes"],
  ["u", "Buzz the watch"],
  ["v", "Speak cues, on or off"],
  ["1 2 3", "Now, weeks, watches"],
  ["?", "This help"],
];
