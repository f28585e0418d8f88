/* What the tests of the app have in common: a simulated Bangle.js with the app, and a host that speaks to it.

   Rule: the host's proofs and tags come from Node's own crypto, its frames are written out by hand: nothing of
   the app is used to check the app. Bytes are Buffers; `at` is the clock, ms. */

"use strict";

const fs = require("fs");
const path = require("path");
const { createHash, createHmac } = require("crypto");

const ROOT = path.join(__dirname, "..", "..", "..", "..");
const SIMULATED = path.join(ROOT, "simulators", "wearsync_simulators", "watches", "banglejs");
const APP = path.join(ROOT, "wearsync", "drivers", "banglejs", "app");
const { Engine, appFiles } = require(path.join(SIMULATED, "espruino.js"));

const hex = text => Buffer.from(text.replace(/ /g, ""), "hex");
const u16 = n => Buffer.from([n & 255, n >> 8]);
const u32 = n => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
const bytes = (...parts) => Buffer.concat(parts.map(part => typeof part === "number" ? Buffer.from([part]) : part));
const hmac = (key, ...parts) => createHmac("sha256", key).update(bytes(...parts)).digest();
const text = s => Buffer.from(s, "latin1");

const vectors = file => JSON.parse(fs.readFileSync(path.join(ROOT, "docs", "vectors", file), "utf8"));

/* The watch. `send` gives the reply of one request; `out`, `lines` and `buzzes` collect what came of all. */
class Bangle {
  constructor(settings = {}, capacity = undefined) {
    this.engine = new Engine(APP);
    if (capacity) this.engine.flash.capacity = capacity;
    this.at = 0;
    this.out = [];
    this.send("boot", { settings: { seed: 7, ...settings } });
  }

  send(kind, request = {}) {
    const reply = this.engine.handle({ now: this.at, do: kind, ...request });
    this.out.push(...reply.out);
    this.view = reply.view;
    this.due = reply.due;
    const error = reply.out.find(one => one.kind === "error");
    if (error && !this.mayFail) throw new Error(error.text);
    if (reply.out.some(one => one.kind === "drop")) this.send("disconnect");
    return reply;
  }

  /* Let so much time pass. */
  pass(ms) {
    this.at += ms;
    return this.send("wake");
  }

  press(what, ms = 1000) {
    this.send("press", { what });
    this.pass(ms);
  }

  click(ms = 80) {
    this.send("button", { down: true });
    this.pass(ms);
    this.send("button", { down: false });
  }

  type(line) {
    return this.send("rx", { data: text(line).toString("base64") });
  }

  take(kind) {
    const taken = this.out.filter(one => one.kind === kind);
    this.out = this.out.filter(one => one.kind !== kind);
    return taken;
  }

  buzzes() {
    return this.take("buzz").map(buzz => [buzz.at, buzz.ms]);
  }

  /* Our lines that have come since the last look; all else is noise. */
  lines() {
    const all = this.take("tx").map(one => Buffer.from(one.data, "base64").toString("latin1")).join("");
    return all.split(/[\r\n]+/).filter(line => line.startsWith("{")).map(line => JSON.parse(line));
  }

  records() {
    return this.send("journal").records.map(one => readRecord(Buffer.from(one, "base64")));
  }

  screen() {
    return this.send("screen").screen;
  }
}

const NAMES = { 1: "BOOTED", 16: "HOLD_STARTED", 17: "HOLD_STOPPED", 18: "SESSION", 32: "CUE_ACK", 34: "INTENT",
  48: "BATTERY", 64: "CLOCK_SET" };

const readRecord = raw => ({ type: NAMES[raw[1]], seq: raw.readUInt32LE(2), boot: raw.readUInt32LE(6),
  tick: raw.readUInt32LE(10), body: raw.subarray(14), raw });

const readRecords = body => {
  const records = [];
  for (let i = 0; i < body.length; i += body[i]) records.push(readRecord(body.subarray(i, i + body[i])));
  return records;
};

const HOST_NONCE = hex("101112131415161718191a1b1c1d1e1f");

/* A host with a key, on a watch. */
class Host {
  constructor(watch, key = Buffer.alloc(32, 7)) {
    this.watch = watch;
    this.key = key;
    this.records = [];
  }

  info() {
    this.watch.type('\x10GB({"t":"wearsync","q":"info"})\n');
    return this.watch.lines().find(line => line.info);
  }

  /* The whole ceremony: pairing mode by hand, Bluetooth's bond, the key. */
  pair() {
    const { watch } = this;
    watch.press("pair", 2000);
    this.connect();
    watch.send("security", { encrypted: true, mitm: true, bonded: true });
    return this.hand();
  }

  hand(key = this.key) {
    this.watch.type(`\x10GB({"t":"wearsync","q":"key","k":"${key.toString("base64")}"})\n`);
    return this.watch.lines().find(line => line.key).key;
  }

  connect() {
    this.hear();
    this.watch.send("connect");
    this.watch.type("\n");
    this.session = undefined;
  }

  /* Say a frame; what comes back, without tags (which must be right). */
  say(...parts) {
    let frame = bytes(...parts);
    if (this.session) frame = bytes(frame, this.tag(0, this.down++, frame));
    return this.raw(frame);
  }

  raw(frame) {
    this.watch.type(`\x10GB({"t":"wearsync","d":"${frame.toString("base64")}"})\n`);
    return this.hear();
  }

  hear() {
    return this.watch.lines().filter(line => line.u).map(line => this.open(Buffer.from(line.u, "base64")));
  }

  open(frame) {
    if (!this.session || frame[0] === 0x81) return frame;
    const inside = frame.subarray(0, -8), tag = this.tag(1, this.up++, inside);
    if (!tag.equals(frame.subarray(-8))) throw new Error(`wrong tag on ${frame.toString("hex")}`);
    if (inside[0] === 0x83) this.records.push(...readRecords(inside.subarray(1)));
    return inside;
  }

  tag(direction, counter, frame) {
    const eight = Buffer.alloc(8);
    eight.writeUInt32LE(counter);
    return hmac(this.session, direction, eight, frame).subarray(0, 8);
  }

  hello() {
    this.session = undefined;
    const keyId = createHash("sha256").update(bytes(text("wearsync key"), this.key)).digest().subarray(0, 4);
    return this.say(1, 1, 1, keyId, HOST_NONCE);
  }

  /* HELLO, CHALLENGE, PROVE: gives READY. */
  greet() {
    const challenge = this.hello()[0];
    const told = bytes(hex("010101"), challenge.subarray(2, 18), HOST_NONCE, challenge.subarray(18, 34));
    const proof = hmac(this.key, text("wearsync watch"), told).subarray(0, 16);
    if (!proof.equals(challenge.subarray(34))) throw new Error("the watch did not prove itself");
    const prove = bytes(2, hmac(this.key, text("wearsync host"), told).subarray(0, 16));
    this.watch.type(`\x10GB({"t":"wearsync","d":"${prove.toString("base64")}"})\n`);
    this.session = hmac(this.key, text("wearsync session"), HOST_NONCE, challenge.subarray(18, 34));
    this.up = this.down = 0;
    const ready = this.hear()[0];
    this.ready = { journal: ready.readUInt32LE(1), boot: ready.readUInt32LE(5), tick: ready.readUInt32LE(9),
      first: ready.readUInt32LE(13), next: ready.readUInt32LE(17), window: ready.readUInt16LE(21),
      slots: ready[23], routine: ready.readUInt32LE(24), features: ready.readUInt32LE(28) };
    return this.ready;
  }

  start(cursor = 1) { return this.say(3, u32(cursor)); }
  ack(seq) { return this.say(4, u32(seq)); }

  /* Paired, proven, and the stream is on. */
  come(cursor = 1) {
    this.pair();
    this.greet();
    this.start(cursor);
    return this;
  }

  /* A new link, after one that was lost. */
  comeBack(cursor) {
    this.connect();
    this.greet();
    return this.start(cursor);
  }

  step(step) {
    const s = { session: 99, step: 0, phase: 2, side: 0, variant: 0, round: 1, in: 1000, planned: 10, start: 0,
      text: "LEFT knee down", ...step };
    return this.say(7, u32(s.session), s.step, s.phase, s.side, s.variant, s.round, u32(this.tick() + s.in),
      s.planned, s.start, Buffer.from(s.text));
  }

  cue(id, cue) {
    const c = { pattern: 9, anchor: 0, step: 0, at: 0, expires: 500, boot: this.ready.boot, ...cue };
    return this.say(5, u32(c.boot), u32(id), c.pattern, c.anchor, c.step, u32(c.at), u16(c.expires));
  }

  routine(routine) {
    const r = { id: 5, rounds: 1, left: 6, right: 4, firstGap: 3, switchGap: 3, start: 0, plan: 0, ...routine };
    return this.say(11, u32(r.id), 0, r.rounds, r.left, r.right, r.firstGap, r.switchGap, 0, r.start, u16(r.plan),
      u16(65535));
  }

  tick() {
    return this.watch.at - this.watch.at0;
  }
}

/* A watch with a host on the line; ticks of the watch count from its `at0`. */
const together = settings => {
  const watch = new Bangle(settings);
  const host = new Host(watch).come();
  watch.at0 = watch.at - host.ready.tick;
  watch.buzzes();
  watch.click(); // back to the clock face
  watch.pass(1000);
  host.records = [];
  return { watch, host };
};

/* Records in short: "SESSION 99 1 2", numbers as their table row has them. */
const ROWS = {
  HOLD_STARTED: "41111114", HOLD_STOPPED: "4114", SESSION: "411", CUE_ACK: "4142", INTENT: "141", BATTERY: "11"
};
const brief = records => records.filter(record => ROWS[record.type]).map(record => {
  let at = 0;
  const numbers = [...ROWS[record.type]].map(size => {
    const n = record.body.readUIntLE(at, Number(size));
    at += Number(size);
    return n;
  });
  return [record.type, ...numbers].join(" ");
});

module.exports = { APP, Bangle, Engine, Host, appFiles, brief, bytes, hex, hmac, readRecord, text, together, u16, u32,
  vectors };
