/* Sessions, cues and gestures: led by a host, alone, and over reloads and resets. Rules are of section 6 and 7. */

"use strict";

const assert = require("assert");
const { test } = require("node:test");
const { Bangle, Host, brief, hex, together, u32 } = require("./host.js");

const ALL = 0b111111110; // cue_plan: the patterns 1 to 8
const types = (records, ...wanted) => brief(records).filter(line => wanted.includes(line.split(" ")[0]));
const HOLDS = ["HOLD_STARTED", "HOLD_STOPPED", "SESSION"];

/* A watch that knows its routine, and has no host. */
const alone = (routine, settings) => {
  const { watch, host } = together(settings);
  host.routine(routine);
  host.say(12);
  watch.send("disconnect");
  watch.seen = watch.records().length;
  watch.since = () => watch.records().slice(watch.seen);
  return { watch, host };
};

test("a gap counts down, and the hold runs its planned time", () => {
  const { watch, host } = together();
  host.step({ in: 3000, planned: 10, text: "H\u00fcfte" });
  const { face, ends_at: endsAt, text, app } = watch.view;
  assert.deepEqual([face, endsAt, text], ["gap", watch.at + 3000, "H\u00fcfte"]);
  watch.pass(100);
  assert.ok(watch.view.app || app, "the screen comes by itself");
  watch.pass(2900);
  assert.equal(watch.view.face, "hold");
  watch.pass(10000);
  host.hear();
  assert.deepEqual(brief(host.records), [
    "SESSION 99 1 2", "HOLD_STARTED 99 0 0 0 1 10 1 0", "HOLD_STOPPED 99 0 1 10000"
  ]);
  assert.deepEqual(host.records.map(record => record.tick - host.records[0].tick), [0, 3000, 13000]);
});

test("a tap in the gap means: ready now", () => {
  const { watch, host } = together();
  host.step({ in: 20000 });
  watch.pass(500);
  watch.press("tap");
  host.hear();
  assert.equal(watch.view.face, "hold");
  assert.deepEqual(types(host.records, "HOLD_STARTED"), ["HOLD_STARTED 99 0 0 0 1 10 2 0"]);
});

test("a press of the button in the gap does too, and is no part of a double press", () => {
  const { watch, host } = together();
  host.step({ in: 20000 });
  watch.pass(500);
  watch.click();
  watch.pass(200);
  watch.click();
  assert.equal(watch.view.face, "hold");
  watch.pass(200);
  watch.click();
  assert.equal(watch.view.face, "question", "but two more are one");
});

test("a gap with start tap waits for it, 180 s", () => {
  const { watch, host } = together();
  host.step({ start: 1 });
  watch.pass(179000);
  assert.equal(watch.view.face, "gap");
  assert.ok(!watch.view.locked, "the glass answers in a gap");
  watch.pass(2000);
  host.hear();
  assert.deepEqual(brief(host.records), ["SESSION 99 1 2", "SESSION 99 3 1"]);
});

test("a double press stops the hold at its second press, and the watch asks why", () => {
  for (const [press, reason] of [["answer_done", 2], ["answer_too_much", 3], ["answer_pain", 4]]) {
    const { watch, host } = together();
    host.step({ in: 500, planned: 30 });
    watch.pass(5500);
    watch.press("double_press", 2000);
    assert.equal(watch.view.face, "question");
    assert.deepEqual(watch.screen(), ["Stopped", "Done", "Too much", "It hurt"]);
    watch.press(press);
    host.hear();
    const [stopped] = host.records.filter(record => record.type === "HOLD_STOPPED");
    assert.equal(brief([stopped])[0], `HOLD_STOPPED 99 0 ${reason} 5250`);
    assert.equal(stopped.tick - host.records[1].tick, 5250);
  }
});

test("a question without an answer stands for the wearer, after 10 s", () => {
  const { watch, host } = together();
  host.step({ in: 500, planned: 30 });
  watch.pass(2500);
  watch.press("double_press", 11000);
  host.hear();
  assert.deepEqual(types(host.records, "HOLD_STOPPED"), ["HOLD_STOPPED 99 0 2 2250"]);
});

test("no false stop: a bent wrist, knocks, own buzzes, taps, single presses, a locked screen", () => {
  const { watch, host } = together();
  host.step({ in: 500, planned: 60 });
  for (let i = 0; i < 5; i++) host.cue(i + 1, { pattern: 5, anchor: 1, at: 5000 + i * 4000 });
  watch.pass(700);
  let deeds = 0;
  const FALSE = [
    () => watch.click(900), // a bent wrist leans on the button
    () => watch.click(80),
    () => { watch.click(500); watch.pass(60); watch.click(80); }, // leans, lets go, touches once
    () => { for (let i = 0; i < 3; i++) { watch.send("tap"); watch.pass(120); } },
    () => { for (let i = 0; i < 4; i++) watch.send("touch", { x: 90, y: 40 * i + 10 }); },
    () => watch.send("swipe", { dx: 0, dy: -1 }),
    () => watch.send("swipe", { dx: 1, dy: 0 }),
    () => watch.send("lock", { on: true }),
    () => watch.send("touch", { x: 90, y: 90 }),
    () => watch.click(80), // wakes the locked watch
    () => watch.press("tap", 100)
  ];
  for (let round = 0; round < 4; round++) {
    for (const deed of FALSE) {
      deed();
      deeds++;
      watch.pass(700);
    }
  }
  assert.equal(watch.view.face, "hold");
  host.hear();
  assert.deepEqual(types(host.records, "HOLD_STOPPED"), []);
  watch.pass(60000);
  host.hear();
  assert.deepEqual(types(host.records, "HOLD_STOPPED"), ["HOLD_STOPPED 99 0 1 60000"]);
  assert.ok(watch.buzzes().length >= 15, "the motor ran in the midst of it");
  process.stdout.write(`# ${deeds} deeds, 0 false stops\n`);
});

test("a locked watch stops by a double press too: the first wakes it", () => {
  const { watch, host } = together();
  host.step({ in: 500, planned: 60 });
  watch.pass(4000);
  watch.send("lock", { on: true });
  watch.press("double_press", 1000);
  assert.equal(watch.view.face, "question");
});

test("two presses too far apart are two", () => {
  const { watch, host } = together();
  host.step({ in: 500, planned: 60 });
  watch.pass(4000);
  watch.click();
  watch.pass(700);
  watch.click();
  watch.pass(700);
  assert.equal(watch.view.face, "hold");
});

test("taps while the motor runs, and just after, are the motor's", () => {
  const { watch, host } = together();
  host.step({ in: 30000, start: 0 });
  host.cue(1, { pattern: 1 });
  watch.pass(200);
  watch.send("touch", { x: 88, y: 90 });
  watch.pass(500);
  watch.send("touch", { x: 88, y: 90 });
  assert.equal(watch.view.face, "gap");
  watch.pass(200);
  watch.send("touch", { x: 88, y: 90 });
  assert.equal(watch.view.face, "hold");
});

test("confirm: yes by a tap, no by a double press, later by words, nothing after 60 s", () => {
  for (const [press, intents] of [["tap", ["INTENT 8 99 0"]], ["double_press", ["INTENT 9 99 0"]],
    ["snooze", ["INTENT 7 0 10"]]]) {
    const { watch, host } = together();
    host.step({ phase: 1, text: "Ready?" });
    assert.equal(watch.view.face, "confirm");
    watch.pass(300);
    assert.deepEqual(watch.screen(), ["Ready?", "Yes", "Not now", "In 10 min"]);
    watch.press(press, 2000);
    host.hear();
    assert.deepEqual(brief(host.records), intents);
    watch.pass(61000);
    assert.equal(watch.view.face, "clock");
    assert.ok(!watch.view.app, "back to the clock face");
  }
});

test("a single press of the button says yes to confirm; with a session open there is no confirm", () => {
  const { watch, host } = together();
  host.step({ phase: 1 });
  watch.pass(300);
  watch.click();
  watch.pass(700);
  host.hear();
  assert.deepEqual(brief(host.records), ["INTENT 8 99 0"]);
  host.step({});
  assert.deepEqual(host.step({ phase: 1 }), [hex("8f 07 07")]);
});

test("STEP says what follows: paused, the next step, done; another session ends this one", () => {
  const { watch, host } = together();
  host.step({ in: 100, planned: 5 });
  watch.pass(2100);
  host.step({ in: 100, planned: 5, text: "other words" });
  assert.deepEqual([watch.view.face, watch.view.text], ["hold", "other words"], "rule 4");
  host.step({ phase: 3, step: 1 });
  assert.equal(watch.view.face, "paused");
  watch.press("tap", 100);
  host.step({ step: 1, side: 1, in: 1000, planned: 2 });
  watch.pass(3000);
  host.step({ session: 100, step: 0, in: 1000 });
  host.step({ session: 100, phase: 4 });
  assert.equal(watch.view.face, "done");
  host.hear();
  assert.deepEqual(brief(host.records), [
    "SESSION 99 1 2", "HOLD_STARTED 99 0 0 0 1 5 1 0", "HOLD_STOPPED 99 0 7 2000", "INTENT 3 99 0",
    "HOLD_STARTED 99 1 1 0 1 2 1 0", "HOLD_STOPPED 99 1 1 2000", "SESSION 99 4 2", "SESSION 100 1 2",
    "SESSION 100 2 2"
  ]);
  watch.pass(10100);
  assert.deepEqual([watch.view.face, watch.view.app], ["clock", false]);
});

test("HOLD stops, pauses and ends; without something to end it does nothing", () => {
  const { watch, host } = together();
  host.say(8, 1);
  host.say(8, 3);
  host.step({ in: 100, planned: 20 });
  watch.pass(1100);
  host.say(8, 2);
  assert.equal(watch.view.face, "paused");
  host.step({ in: 100, planned: 20 });
  watch.pass(1100);
  host.say(8, 1);
  host.step({ step: 1, in: 100, planned: 20 });
  watch.pass(1100);
  watch.press("double_press", 500);
  host.say(8, 3);
  host.hear();
  assert.deepEqual(types(host.records, "HOLD_STOPPED", "SESSION"), [
    "SESSION 99 1 2", "HOLD_STOPPED 99 0 5 1000", "HOLD_STOPPED 99 0 7 1000", "HOLD_STOPPED 99 1 2 1250",
    "SESSION 99 4 2"
  ]);
});

test("STEP idle goes back to the clock face", () => {
  const { watch, host } = together();
  host.step({});
  host.step({ phase: 0 });
  host.hear();
  assert.deepEqual([watch.view.face, ...brief(host.records)], ["clock", "SESSION 99 1 2", "SESSION 99 4 2"]);
});

test("menu of a session: pause, skip, back, extra are intents for the host", () => {
  const { watch, host } = together();
  host.step({ side: 1, start: 1 });
  watch.pass(200);
  for (const press of ["pause", "skip", "back", "extra"]) watch.press(press, 1500);
  host.hear();
  assert.deepEqual(types(host.records, "INTENT"), [
    "INTENT 2 99 0", "INTENT 4 99 0", "INTENT 5 99 0", "INTENT 6 99 1"
  ]);
  assert.equal(watch.view.face, "gap");
});

// Cues.

test("a cue at once, at a tick, at a hold's start: scheduled, never played", () => {
  const { watch, host } = together();
  const start = watch.at + 3500;
  host.step({ in: 3500, planned: 10 });
  host.cue(1, { pattern: 9 });
  host.cue(2, { pattern: 2, at: host.tick() + 2000 });
  host.cue(3, { pattern: 5, anchor: 1, at: 2000 });
  watch.pass(9000);
  host.hear();
  assert.deepEqual(watch.buzzes(), [
    [start - 3500, 400], [start - 1500, 150], [start - 1200, 150], [start + 2000, 100], [start + 3000, 100],
    [start + 4000, 100]
  ]);
  const acks = host.records.filter(record => record.type === "CUE_ACK");
  assert.deepEqual(brief(acks), acks.map((record, i) => `CUE_ACK ${i + 1} 7 ${record.tick} 0`));
  assert.equal(acks.length, 3);
});

test("a cue plays at most once, whoever sends it again", () => {
  const { watch, host } = together();
  host.cue(1);
  watch.pass(2000);
  host.cue(1);
  host.comeBack(host.records.length + 1);
  host.cue(1);
  watch.pass(2000);
  assert.equal(watch.buzzes().length, 1);
});

test("cues never overlap, expire when they are late, and are refused without a slot", () => {
  const { watch, host } = together();
  host.cue(1, { pattern: 8 });
  host.cue(2, { pattern: 3, expires: 3000 });
  host.cue(3, { pattern: 3, expires: 100 });
  watch.pass(4000);
  for (let i = 0; i < 25; i++) host.cue(100 + i, { anchor: 1, step: 7, at: 100 });
  host.hear();
  assert.equal(watch.buzzes().map(([, ms]) => ms).join(), "400,400,400,150");
  const results = Object.fromEntries(brief(host.records).map(line => line.split(" ").slice(1, 3)));
  assert.deepEqual(results, { 1: "7", 2: "7", 3: "3", 124: "4" });
});

test("a hold's end cancels what is anchored to it, but the done of a planned end plays", () => {
  const { watch, host } = together();
  host.step({ in: 100, planned: 3 });
  host.cue(1, { pattern: 6, anchor: 1, at: 3000 });
  host.cue(2, { pattern: 4, anchor: 1, at: 9000 });
  host.cue(3, { pattern: 4, anchor: 1, step: 1, at: 1000 });
  watch.pass(3200);
  host.say(8, 3);
  host.hear();
  const acks = types(host.records, "CUE_ACK").map(line => line.split(" ").slice(1, 3).join(" "));
  assert.deepEqual(acks, ["1 7", "2 5", "3 5"]);
  assert.equal(watch.buzzes().length, 1);
});

test("the press that stops a hold cancels its cues; CANCEL cancels by name, or all", () => {
  const { watch, host } = together();
  host.step({ in: 100, planned: 30 });
  host.cue(1, { pattern: 4, anchor: 1, at: 15000 });
  watch.pass(2000);
  watch.press("double_press", 500);
  for (const id of [2, 3, 4]) host.cue(id, { at: host.tick() + 60000 });
  host.say(6, u32(3));
  host.say(6);
  host.hear();
  assert.deepEqual(types(host.records, "CUE_ACK"), [1, 3, 2, 4].map(id => `CUE_ACK ${id} 5 0 0`));
});

test("in quiet mode, or without vibration, a cue is suppressed, and said to be", () => {
  for (const settings of [{ quiet: 2 }, { quiet: 1 }, { vibrate: false }]) {
    const { watch, host } = together(settings);
    host.cue(1);
    host.hear();
    assert.deepEqual([watch.buzzes(), brief(host.records)], [[], ["CUE_ACK 1 2 0 0"]]);
    watch.send("settings", { quiet: 0, vibrate: true });
    host.cue(2);
    assert.equal(watch.buzzes().length, 1);
  }
});

test("a cue sounds in any clock face, without the app", () => {
  const { watch, host } = together();
  watch.click();
  watch.pass(500);
  assert.ok(!watch.view.app);
  host.cue(1);
  host.hear();
  assert.equal(watch.buzzes().length, 1);
  assert.ok(!watch.view.app);
});

test("link loss and BYE cancel no cue", () => {
  const { watch, host } = together();
  host.cue(1, { at: host.tick() + 5000 });
  host.cue(2, { at: host.tick() + 8000 });
  host.say(12);
  watch.send("disconnect");
  watch.pass(10000);
  assert.equal(watch.buzzes().length, 2);
});

// Alone.

test("without a host the wearer runs the stored routine", () => {
  const { watch } = alone({ rounds: 1, left: 6, right: 4, firstGap: 3, switchGap: 5, plan: ALL });
  watch.press("start", 500);
  const began = watch.since().find(record => record.type === "INTENT").tick;
  watch.pass(40000);
  const records = watch.since();
  const session = records.find(record => record.type === "SESSION").body.readUInt32LE(0);
  assert.deepEqual(brief(records).map(line => line.replace(session, "S")), [
    "INTENT 1 S 0", "SESSION S 1 1", "HOLD_STARTED S 0 0 0 1 6 1 5", "HOLD_STOPPED S 0 1 6000",
    "HOLD_STARTED S 1 1 0 1 4 1 5", "HOLD_STOPPED S 1 1 4000", "SESSION S 2 1"
  ]);
  assert.deepEqual(records.map(record => record.tick - began), [0, 0, 3000, 9000, 14000, 18000, 18000]);
  const start = watch.at0 + began;
  // ready; start, form, halfway, last-three, done, switch; the same of 4 s, session-done in the place of switch
  const felt = watch.buzzes().map(([at, ms]) => `${at - start} ${ms}`);
  assert.deepEqual(felt.slice(0, 7),
    ["0 400", "3000 150", "3300 150", "5000 150", "6000 150", "6300 100", "7300 100"]);
  assert.ok(felt.includes("9000 400") && felt.some(line => /^9\d\d\d 400$/.test(line)));
  assert.equal(felt.filter(line => line.endsWith(" 400")).length, 1 + 1 + 2 + 1 + 3);
});

test("a hold stopped short is not repeated when alone; pain ends the session", () => {
  const { watch } = alone({ rounds: 2, left: 20, right: 20 });
  watch.press("start", 5000);
  watch.press("double_press", 1000);
  watch.press("answer_done", 8000);
  watch.press("double_press", 1000);
  watch.press("answer_pain", 1000);
  const lines = types(watch.since(), ...HOLDS).map(line => line.split(" "));
  assert.deepEqual(lines.map(line => [line[0], line[0] === "SESSION" ? line[2] : line[2]].join(" ")), [
    "SESSION 1", "HOLD_STARTED 0", "HOLD_STOPPED 0", "HOLD_STARTED 1", "HOLD_STOPPED 1", "SESSION 4"
  ]);
});

test("alone: pause waits for the tap, 15 min at most", () => {
  const { watch } = alone({ rounds: 1, left: 6, right: 6, start: 1 });
  watch.press("start", 500);
  watch.press("pause", 1000);
  assert.equal(watch.view.face, "paused");
  watch.press("tap", 500);
  assert.equal(watch.view.face, "gap");
  watch.press("pause", 1000);
  watch.pass(15 * 60000);
  assert.deepEqual(types(watch.since(), "SESSION").map(line => line.split(" ")[2]), ["1", "3"]);
});

test("without a stored routine a session that nobody leads ends", () => {
  const watch = new Bangle();
  watch.press("start", 1000);
  assert.deepEqual(types(watch.records(), "INTENT").length, 1);
  assert.equal(watch.view.face, "clock");
});

test("with a host on the line the watch waits 2 s for its STEP", () => {
  const { watch, host } = together();
  host.routine({ firstGap: 5 });
  watch.press("start", 300);
  watch.pass(500);
  assert.equal(watch.view.face, "waiting");
  host.hear();
  const [intent] = host.records.filter(record => record.type === "INTENT");
  const session = intent.body.readUInt32LE(1);
  host.step({ session, in: 4000 });
  watch.pass(3000);
  assert.deepEqual([watch.view.face, watch.view.alone, watch.view.session], ["gap", false, session]);
  host.say(8, 3);
  watch.pass(11000);
  watch.press("start", 500);
  watch.pass(2000);
  assert.deepEqual([watch.view.face, watch.view.alone], ["gap", true]);
});

test("a link lost in a session: the watch goes on from its step, and tells all of it later", () => {
  const { watch, host } = together();
  host.routine({ rounds: 1, left: 6, right: 4, switchGap: 4 });
  host.step({ in: 500, planned: 6 });
  watch.pass(2000);
  watch.send("disconnect");
  watch.pass(30000);
  host.hear();
  const told = host.records.length;
  host.comeBack(host.records[told - 1].seq + 1);
  assert.ok(told >= 2);
  assert.deepEqual(types(host.records, ...HOLDS), [
    "SESSION 99 1 2", "HOLD_STARTED 99 0 0 0 1 6 1 5", "HOLD_STOPPED 99 0 1 6000",
    "HOLD_STARTED 99 1 1 0 1 4 1 5", "HOLD_STOPPED 99 1 1 4000", "SESSION 99 2 1"
  ]);
});

// Reloads and resets.

test("a session outlives the reload from a clock that cannot make room, in the same boot", () => {
  const { watch, host } = together({ clock: "slow" });
  host.step({ in: 3000, planned: 10 });
  watch.pass(100);
  assert.ok(watch.view.app, "the app was loaded");
  assert.ok(!watch.engine.isConnected, "and the host has to come back");
  watch.pass(1900);
  host.hear();
  host.records = [];
  host.comeBack(host.ready.next);
  assert.equal(watch.view.face, "gap");
  host.cue(1, { pattern: 4, anchor: 1, at: 3000 });
  watch.pass(12000);
  host.hear();
  assert.deepEqual(types(host.records, ...HOLDS, "BOOTED"), [
    "SESSION 99 1 2", "HOLD_STARTED 99 0 0 0 1 10 1 0", "HOLD_STOPPED 99 0 1 10000"
  ]);
  assert.equal(watch.buzzes().length, 1);
  assert.equal(new Set(host.records.map(record => record.boot)).size, 1);
});

test("the watch's own reload, by the button held long, ends nothing", () => {
  const { watch, host } = together();
  host.step({ in: 500, planned: 20 });
  watch.pass(3000);
  watch.click(1600);
  watch.pass(1000);
  assert.deepEqual([watch.view.face, watch.view.app], ["hold", true]);
  watch.pass(20000);
  assert.deepEqual(types(watch.records(), "HOLD_STOPPED"), ["HOLD_STOPPED 99 0 1 20000"]);
});

test("a reset in a hold: BOOTED, the hold stopped by it, the session over", () => {
  const { watch, host } = together();
  host.step({ in: 500, planned: 20 });
  watch.pass(3000);
  host.hear();
  watch.send("disconnect");
  watch.send("boot");
  host.comeBack(host.records[host.records.length - 1].seq + 1);
  assert.deepEqual(brief(host.records).filter(line => !line.startsWith("BATTERY")), [
    "SESSION 99 1 2", "HOLD_STARTED 99 0 0 0 1 20 1 0", "HOLD_STOPPED 99 0 6 0", "SESSION 99 4 1"
  ]);
  assert.equal(watch.view.face, "clock");
});

test("a reset between holds ends the session, and a second one nothing", () => {
  const { watch, host } = together();
  host.step({ in: 500, planned: 2 });
  watch.pass(1000);
  host.say(8, 2);
  for (let i = 0; i < 2; i++) {
    watch.send("boot");
    host.comeBack(host.ready.next);
    watch.send("disconnect");
  }
  assert.deepEqual(types(watch.records(), "SESSION"), ["SESSION 99 1 2", "SESSION 99 4 1"]);
});

test("idle, nothing wakes the watch", () => {
  const { watch, host } = together();
  host.step({ in: 100, planned: 1 });
  watch.pass(2000);
  host.step({ phase: 4 });
  host.say(12);
  watch.send("disconnect");
  watch.pass(30000);
  assert.equal(watch.due, null);
  assert.ok(!watch.view.app);
});

test("the screen is drawn once a second at most, and only what has changed", () => {
  const { watch, host } = together();
  host.step({ in: 500, planned: 30, text: "LEFT knee down" });
  watch.pass(3000);
  assert.deepEqual(watch.screen(), ["LEFT  1", "hold", "28"]);
  const { g } = watch.engine.context, drawn = [], drawString = g.drawString;
  g.drawString = (text, x, y) => { drawn.push(text); return drawString(text, x, y); };
  for (let i = 0; i < 50; i++) watch.pass(100);
  assert.deepEqual(drawn, ["27", "26", "25", "24", "23"]);
});

test("a locked watch is unlocked when a gap comes: its glass has to answer", () => {
  const { watch, host } = together();
  watch.send("lock", { on: true });
  host.step({ in: 20000 });
  watch.pass(500);
  assert.ok(!watch.view.locked);
  watch.send("touch", { x: 88, y: 90 });
  assert.equal(watch.view.face, "hold");
});

const REBOOTED = ["SESSION 99 1 2", "HOLD_STARTED 99 0 0 0 1 60 1 0", "HOLD_STOPPED 99 0 6 0", "SESSION 99 4 1"];

test("a reset soon after a reload is a reset all the same", () => {
  const { watch, host } = together({ clock: "slow" });
  host.step({ in: 500, planned: 60 });
  watch.pass(3000);
  assert.equal(watch.view.face, "hold", "over the reload that brought the app");
  watch.send("boot");
  host.comeBack(1);
  assert.deepEqual(types(watch.records(), ...HOLDS), REBOOTED);
});

test("a reload that takes a minute was a power cut", () => {
  const { watch, host } = together();
  host.step({ in: 500, planned: 60 });
  watch.pass(3000);
  watch.click(1495);
  watch.engine.emit(watch.engine.listeners.E, "kill"); // and here the power goes
  watch.engine.isOn = false;
  watch.pass(60000);
  watch.send("boot");
  host.comeBack(1);
  assert.deepEqual(types(watch.records(), ...HOLDS), REBOOTED);
});
