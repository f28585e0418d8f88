/* The page's pure parts: clock, course, what is said, words, verbs, calendar. Run by test_page_modules.py. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { bars_of, kind_of, weeks_of } from "./calendar.js";
import { DaemonClock } from "./clock.js";
import { countdown, cue_marks, left_s, left_share, next_cue, session_min } from "./course.js";
import { Speaker } from "./spoken.js";
import { KEYS, command_of, of_key, of_rest, of_session, of_start } from "./verbs.js";
import * as words from "./words.js";

const T0 = Date.parse("2026-03-14T18:04:05.000Z");
const at = (seconds) => new Date(T0 + seconds * 1000).toISOString();
const ROUTINE = { variant: "kneeling", rounds: 2, left_s: 30, right_s: 40, first_gap_s: 15, switch_gap_s: 10 };
const HOLD = {
  phase: "hold", link: "connected", session: 5, step: 0, side: "left", variant: "kneeling", round: 1, rounds: 2, planned_s: 30,
  hold_started_at: at(0), hold_ends_at: at(30), gap_ends_at: null, text: "LEFT knee down on the pillow", routine: ROUTINE,
  planned_cues: [["start", 0], ["form", 10], ["halfway", 15], ["last-three", 27], ["done", 30]].map(([cue, s]) => ({ cue, at: at(s) })),
  next_hold: { side: "right", round: 1, planned_s: 40 },
};
const GAP = { ...HOLD, phase: "gap", hold_started_at: null, hold_ends_at: null, gap_ends_at: at(0) };

test("the clock follows the sample that came with the least delay", () => {
  const clock = new DaemonClock();
  assert.equal(clock.at(1000), null);
  clock.heard(at(0), 5000, 1);
  clock.heard(at(15), 20300, 1); // 300 ms late
  assert.equal(clock.at(20000), T0 + 15000);
  clock.heard(at(30), 34900, 1); // the first one was late by 100 ms
  assert.equal(clock.at(34900), T0 + 30000);
});

test("the clock steps when somebody has set one of the two, back as well as on", () => {
  for (const step_s of [3600, -3600]) {
    const clock = new DaemonClock();
    clock.heard(at(0), 0, 1);
    clock.heard(at(15 + step_s), 15000, 1);
    assert.equal(clock.at(15000), T0 + (15 + step_s) * 1000);
  }
});

test("the clock runs at a demo's speed, and nonsense does not move it", () => {
  const clock = new DaemonClock();
  clock.heard(at(0), 1000, 20);
  clock.heard("soon", 1500, 20);
  assert.equal(clock.at(2000), T0 + 20000);
});

test("the old delays are forgotten", () => {
  const clock = new DaemonClock();
  clock.heard(at(0), 0, 1);
  for (let number = 1; number <= 8; number += 1) {
    clock.heard(at(number), number * 1000 + 50, 1); // this browser's clock gains
  }
  assert.equal(clock.at(8050), T0 + 8000);
});

test("seconds run down by the instants, and never below 0", () => {
  const count = countdown(HOLD);
  assert.equal(left_s(count, T0), 30);
  assert.equal(left_s(count, T0 - 400), 30, "not 31, while the clock is not known well");
  assert.equal(left_s(count, T0 + 29001), 1);
  assert.equal(left_s(count, T0 + 30000), 0);
  assert.equal(left_s(count, T0 + 90000), 0);
  assert.equal(left_share(count, T0 + 15000), 0.5);
  assert.equal(left_share(count, T0 - 5000), 1);
  assert.equal(left_share(count, T0 + 90000), 0);
});

test("a gap counts down by the routine's gap, the first by its own", () => {
  assert.equal(countdown(GAP).total_ms, 15000);
  assert.equal(left_s(countdown(GAP), T0 - 17500), 18);
  assert.equal(countdown({ ...GAP, step: 1 }).total_ms, 10000);
  assert.equal(countdown({ ...GAP, routine: null }).total_ms, 10000);
  assert.equal(countdown({ ...GAP, gap_ends_at: null }), null); // it waits for the tap
  for (const phase of ["idle", "confirm", "paused", "closing"]) {
    assert.equal(countdown({ ...HOLD, phase }), null);
  }
});

test("the next cue is the first whose time is to come", () => {
  assert.deepEqual(next_cue(HOLD, T0 + 500), { cue: "form", in_s: 10 });
  assert.deepEqual(next_cue(HOLD, T0 + 15000), { cue: "last-three", in_s: 12 });
  assert.equal(next_cue(HOLD, T0 + 30000), null);
  assert.equal(next_cue({ ...HOLD, planned_cues: undefined }, T0), null); // an older daemon
});

test("cues are marked on the ring of a hold, but for its ends", () => {
  assert.deepEqual(cue_marks(HOLD).map((share) => share.toFixed(2)), ["0.67", "0.50", "0.10"]);
  assert.deepEqual(cue_marks(GAP), []);
});

test("a session's length counts its holds and gaps", () => {
  assert.equal(session_min(ROUTINE), Math.round((2 * 70 + 15 + 30) / 60));
});

test("a hold is spoken at its cues, each once, also when the stream comes again", () => {
  const speaker = new Speaker();
  const said = [];
  for (let ms = 0; ms <= 31000; ms += 250) {
    const state = JSON.parse(JSON.stringify(HOLD)); // as it comes anew after a reconnect
    const spoken = speaker.next(state, T0 + ms);
    if (spoken) {
      said.push([ms, spoken]);
    }
  }
  assert.deepEqual(said, [[0, "Hold"], [10000, "Hips forward and level"], [15000, "Halfway"], [27000, "Last three seconds"]]);
});

test("what is late is not said any more", () => {
  const speaker = new Speaker();
  assert.equal(speaker.next(HOLD, T0 + 18000), null);
  assert.equal(speaker.next(HOLD, T0 + 27100), "Last three seconds");
});

test("the side is said in each gap, and that it changes", () => {
  const speaker = new Speaker();
  assert.equal(speaker.next(GAP, T0 - 5000), "left knee down");
  assert.equal(speaker.next(GAP, T0 - 4000), null);
  speaker.next(HOLD, T0);
  const right = { ...GAP, step: 1, side: "right", variant: "standing" };
  assert.equal(speaker.next(right, T0 + 31000), "Change sides. right foot back");
  assert.equal(speaker.next({ ...GAP, step: 0 }, T0 + 32000), "left knee down"); // back
});

test("phases are said once each", () => {
  const speaker = new Speaker();
  const phases = ["idle", "confirm", "confirm", "gap", "paused", "paused", "gap"];
  const said = phases.map((phase) => speaker.next({ ...GAP, phase }, T0));
  assert.deepEqual(said, [null, "Tap the watch to begin", null, "left knee down", "Paused", null, "left knee down"]);
});

test("the session's end is said once, however short it was, and not of one that was stopped or is long over", () => {
  const idle = { ...GAP, phase: "idle", last_cue: "session-done" };
  const closing = { ...GAP, phase: "closing" };
  const ended = (...states) => {
    const speaker = new Speaker();
    speaker.next(HOLD, T0 + 29500);
    return states.map((state) => speaker.next(state, T0 + 30000));
  };
  assert.deepEqual(ended(closing, closing, idle, idle), ["Session done", null, null, null]);
  assert.deepEqual(ended({ ...idle, last_cue: "done" }, idle, idle), [null, "Session done", null]);
  assert.deepEqual(ended({ ...idle, last_cue: "done" }), [null]);
  assert.equal(new Speaker().next(idle, T0), null);
});

test("each phase offers its verbs", () => {
  const offered = (phase, link = "connected") => of_session({ ...HOLD, phase, link }).map((one) => one.verb).join(" ");
  assert.equal(offered("idle"), "");
  assert.equal(offered("confirm"), "snooze snooze snooze stop");
  assert.equal(offered("hold"), "pause back skip extra extra stop");
  assert.equal(offered("gap"), offered("hold"));
  assert.equal(offered("paused"), "resume back skip extra extra stop");
  assert.equal(offered("closing"), "");
  assert.equal(offered("closing", "searching"), "stop");
  assert.equal(offered("a newer phase"), "");
  assert.equal(of_start({ phase: "idle" }).length, 1);
  assert.equal(of_start({ phase: "hold" }).length, 0);
});

test("switches offer the other way round, and reminders only where there are some", () => {
  const wishes = (state, summary) => of_rest(state, summary).map((wish) => command_of(wish, "W"));
  assert.deepEqual(wishes({ reminder_on: null }, { away: false }), [
    { verb: "away", watch: "W", away: true }, { verb: "buzz", watch: "W" },
  ]);
  assert.deepEqual(wishes({ reminder_on: true }, { away: true })[0], { verb: "remind", watch: "W", on: false });
  assert.deepEqual(wishes({ reminder_on: true }, { away: true })[1], { verb: "away", watch: "W", away: false });
});

test("keys mean one verb a phase, and the help names them all", () => {
  const named = KEYS.map((key) => key[0]).join(" ");
  for (const phase of ["idle", "confirm", "gap", "hold", "paused"]) {
    const buttons = of_session({ ...HOLD, phase }).concat(of_start({ phase }), of_rest({ reminder_on: true }, { away: false }));
    const keys = buttons.map((one) => one.key).filter(Boolean);
    assert.equal(new Set(keys).size, keys.length, phase);
    keys.forEach((key) => assert.ok(named.includes(key), key));
  }
  const held = of_session(HOLD);
  assert.deepEqual(command_of(of_key("r", held), "W"), { verb: "extra", watch: "W", side: "right" });
  assert.deepEqual(command_of(of_key("z", of_session({ ...HOLD, phase: "confirm" })), "W"), { verb: "snooze", watch: "W", minutes: 10 });
  assert.equal(of_key("s", held), null);
});

test("words that are not known yet are shown as they came", () => {
  assert.equal(words.link_words("asleep"), "asleep");
  assert.equal(words.ack_words("sung"), "sung");
  assert.equal(words.ack_words(null), "no answer yet");
  assert.equal(words.cue_words(null), "");
  assert.match(words.trust_words(null), /not known yet/);
});

test("prompts, what follows, and the drawing name the side", () => {
  assert.equal(words.prompt_words(HOLD), "LEFT knee down on the pillow");
  assert.equal(words.prompt_words({ ...HOLD, phase: "confirm" }), "Tap the watch to begin");
  assert.match(words.prompt_words({ ...HOLD, phase: "paused" }), /^Paused/);
  assert.equal(words.then_words(HOLD), "RIGHT, 40 s");
  assert.equal(words.then_words({ ...HOLD, next_hold: null }), "session done");
  assert.match(words.form_words("left", "kneeling"), /left knee on a pillow, right foot in front/);
  assert.match(words.form_words("right", "standing"), /right foot back, left knee bent/);
  assert.equal(words.announcement(HOLD), "Hold: left, round 1 of 2, 30 seconds.");
});

test("the day's dose is told without reproach", () => {
  const day = (left, more) => ({ away: false, full: false, counts: false, today: { left: { seconds: left }, right: { seconds: 0 } }, ...more });
  assert.equal(words.headline(day(0)), "Today is still to come");
  assert.equal(words.headline(day(20)), "Well begun");
  assert.equal(words.headline(day(30, { counts: true })), "Today counts");
  assert.equal(words.headline(day(60, { counts: true, full: true })), "Done for today");
  assert.equal(words.headline(day(0, { away: true })), "Away: the streak waits for you");
});

test("symmetry in words", () => {
  assert.match(words.symmetry_words(0.503), /^Even: left 50 %, right 50 %/);
  assert.match(words.symmetry_words(0.58), /^The left side had more: left 58 %, right 42 %/);
  assert.match(words.symmetry_words(0.4), /^The right side had more/);
  assert.match(words.symmetry_words(null), /^Nothing held/);
});

test("ages, days and instants", () => {
  assert.deepEqual([2, 42, 200, 7200, 400000].map(words.ago), ["just now", "42 s ago", "3 min ago", "2 hours ago", "5 days ago"]);
  assert.equal(words.day_words("2026-11-09"), "Mon 9 Nov");
  assert.match(words.instant_words(new Date(2026, 10, 9, 7, 5).toISOString(), "2026-11-09"), /^07:05$/);
  assert.match(words.instant_words(new Date(2026, 10, 10, 7, 5).toISOString(), "2026-11-09"), /^Tue 10 Nov 07:05$/);
});

test("who is out of reach is told so, with what is known", () => {
  assert.equal(words.reach_words(HOLD, 3), "");
  assert.match(words.reach_words({ ...HOLD, link: "searching" }, 200), /goes on alone.*Last heard 3 min ago/);
  assert.match(words.reach_words({ ...HOLD, phase: "confirm", link: "idle" }, 200), /^Looking for the watch/);
  assert.match(words.reach_words({ ...HOLD, link: "no_adapter" }, null), /Bluetooth is off or gone\.$/);
});

const day = (date, more) => ({ date, left_s: 0, right_s: 0, counts: false, full: false, pain: false, away: false, ...more });

test("a day is what weighs most in it", () => {
  const kind = (more) => kind_of(day("2026-11-09", more));
  assert.equal(kind_of(undefined), "nothing");
  assert.equal(kind({ pain: true, full: true, counts: true }), "pain");
  assert.equal(kind({ full: true, counts: true }), "full");
  assert.equal(kind({ counts: true, left_s: 30 }), "counts");
  assert.equal(kind({ left_s: 12, away: true }), "some");
  assert.equal(kind({ away: true }), "away");
  assert.equal(kind({}), "nothing");
});

test("weeks are whole ones, days to come are empty, months are named where they begin", () => {
  const week = (monday) => ({ monday, left_s: 300, right_s: 900, counted_days: 5 });
  const history = {
    summary: { date: "2026-11-03", week: { target_s: 600 } },
    weeks: ["2026-10-19", "2026-10-26", "2026-11-02"].map(week),
    days: [day("2026-10-27", { left_s: 60, right_s: 60, counts: true, full: true })],
  };
  const weeks = weeks_of(history);
  assert.deepEqual(weeks.map((one) => one.month), ["Oct", "Nov", ""]);
  assert.deepEqual(weeks[1].days[1], { date: "2026-10-27", kind: "full", line: "Tue 27 Oct: left 60 s, right 60 s, routine done" });
  assert.deepEqual(weeks[2].days.map((one) => one && one.date), ["2026-11-02", "2026-11-03", null, null, null, null, null]);
  const bars = bars_of(history, 2);
  assert.deepEqual(bars.map((bar) => bar.name), ["2 Nov", "26 Oct"]);
  assert.deepEqual([bars[0].left, bars[0].right, bars[0].right_min], [0.5, 1, "15.0"]);
});
