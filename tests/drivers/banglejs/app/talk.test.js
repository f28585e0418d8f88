/* What a host may say to the watch over the console, and when: pairing, handshake, stream, clock, deadlines. */

"use strict";

const assert = require("assert");
const { test } = require("node:test");
const { Bangle, Host, brief, bytes, hex, text, together, u16, u32 } = require("./host.js");

const KEY_LINE = key => `\x10GB({"t":"wearsync","q":"key","k":"${key}"})\n`;

test("info tells who the watch is, and whether pairing mode is open", () => {
  const watch = new Bangle(), host = new Host(watch);
  host.connect();
  const closed = Buffer.from(host.info().info, "base64");
  assert.equal(closed.length, 19);
  assert.deepEqual([closed[0], closed[1], closed[18]], [1, 1, 0]);
  assert.equal(host.info().app, "1.0");
  watch.press("pair", 2000);
  host.connect();
  const open = Buffer.from(host.info().info, "base64");
  assert.equal(open[18], 1);
  assert.deepEqual(open.subarray(0, 18), closed.subarray(0, 18));
});

test("a host is paired with the code that the watch shows", () => {
  const watch = new Bangle(), host = new Host(watch);
  watch.press("pair", 2000);
  const [{ code }] = watch.take("passkey");
  assert.deepEqual(watch.screen(), ["Type on the host:", String(code).padStart(6, "0")]);
  assert.equal(watch.view.code, code);
  host.connect();
  watch.send("security", { encrypted: true, mitm: true, bonded: true });
  assert.equal(host.hand(), "ok");
  const ready = host.greet();
  assert.deepEqual([ready.boot, ready.first, ready.slots, ready.features], [1, 1, 24, 0]);
  assert.deepEqual(watch.take("passkey"), [{ kind: "passkey", code: null }], "a proven key ends pairing mode");
  assert.ok(!watch.view.pairing);
});

test("a key is refused outside of pairing mode, without the code, and of another length", () => {
  const watch = new Bangle(), host = new Host(watch);
  host.connect();
  watch.send("security", { encrypted: true, mitm: true });
  assert.equal(host.hand(), "refused");
  watch.press("pair", 2000);
  host.connect();
  assert.equal(host.hand(), "refused", "nothing is encrypted");
  watch.send("security", { encrypted: true, mitm: false });
  assert.equal(host.hand(), "refused", "nobody typed the code");
  watch.send("security", { encrypted: true, mitm: true });
  assert.equal(host.hand(Buffer.alloc(31)), "refused");
  assert.ok(!watch.view.pairing, "three attempts, then it is closed");
  watch.pass(1000);
  watch.press("pair", 2000);
  assert.ok(!watch.view.pairing);
  watch.pass(60000);
  watch.press("pair", 2000);
  assert.ok(watch.view.pairing);
});

test("a bond that fails counts as an attempt, and pairing mode ends after 60 s", () => {
  const watch = new Bangle();
  watch.press("pair", 2000);
  watch.send("bond", { status: "start" });
  for (let i = 0; i < 2; i++) watch.send("bond", { status: "fail" });
  assert.ok(watch.view.pairing);
  watch.send("bond", { status: "fail" });
  assert.ok(!watch.view.pairing);
  const other = new Bangle();
  other.press("pair", 59000);
  assert.ok(other.view.pairing);
  other.pass(3000);
  assert.ok(!other.view.pairing);
});

test("a key that was never proven is forgotten at the next boot; a proven one is not", () => {
  const watch = new Bangle(), host = new Host(watch), other = new Host(watch, Buffer.alloc(32, 9));
  host.pair();
  host.greet();
  watch.send("disconnect");
  assert.equal(other.pair(), "ok");
  watch.send("boot");
  other.connect();
  assert.deepEqual(other.hello(), [hex("8f 04 01")]);
  watch.pass(500);
  host.connect();
  host.greet();
});

test("four hosts and more are known, each with its own cursor", () => {
  const watch = new Bangle();
  const hosts = [1, 2, 3, 4, 5].map(n => new Host(watch, Buffer.alloc(32, n)));
  hosts.forEach(host => {
    host.come();
    watch.send("disconnect");
    watch.pass(1000);
  });
  hosts.forEach(host => {
    host.comeBack(1);
    watch.send("disconnect");
  });
});

test("nothing but HELLO and PROVE is taken before the proof", () => {
  const watch = new Bangle(), host = new Host(watch);
  host.pair();
  assert.deepEqual(host.raw(bytes(3, u32(1))), [hex("8f 07 03")]);
  watch.pass(500);
  assert.ok(!watch.engine.isConnected);
  host.connect();
  assert.deepEqual(host.raw(Buffer.alloc(0)), [hex("8f 02 00")]);
  watch.pass(500);
  host.connect();
  assert.deepEqual(host.raw(hex("01 01")), [hex("8f 02 01")]);
  watch.pass(500);
  host.connect();
  assert.deepEqual(host.raw(bytes(1, 2, 3, Buffer.alloc(20))), [hex("8f 03 01")], "no common version");
});

test("five wrong proofs lock everybody out for a minute", () => {
  const watch = new Bangle(), host = new Host(watch).come();
  for (let i = 0; i < 5; i++) {
    host.connect();
    host.hello();
    assert.deepEqual(host.raw(bytes(2, Buffer.alloc(16))), [hex("8f 05 02")]);
    watch.pass(500);
  }
  host.connect();
  assert.deepEqual(host.hello(), [hex("8f 08 01")]);
  watch.pass(60000);
  host.connect();
  host.greet();
});

test("a host that does not go on is dropped: PROVE in 10 s, START in 10 s", () => {
  const watch = new Bangle(), host = new Host(watch);
  host.pair();
  host.hello();
  watch.pass(9900);
  assert.ok(watch.engine.isConnected);
  watch.pass(500);
  assert.ok(!watch.engine.isConnected);
  host.connect();
  host.greet();
  watch.pass(10500);
  assert.ok(!watch.engine.isConnected);
});

test("who says nothing to us is not our business", () => {
  const watch = new Bangle(), host = new Host(watch);
  host.connect();
  host.info();
  watch.pass(600000);
  assert.ok(watch.engine.isConnected);
});

test("a wrong tag ends the connection, and nothing of its frame counts", () => {
  const { watch, host } = together();
  const frame = bytes(9, Buffer.alloc(10));
  assert.deepEqual(host.raw(bytes(frame, Buffer.alloc(8))), [hex("8f 06 09")]);
  watch.pass(500);
  assert.ok(!watch.engine.isConnected);
  assert.ok(watch.records().every(record => record.type !== "CLOCK_SET"));
});

test("frames that make no sense are answered, and the talk goes on", () => {
  const { host } = together();
  assert.deepEqual(host.say(0x40, 1, 2), [hex("8f 01 40")]);
  assert.deepEqual(host.say(8, 9), [hex("8f 02 08")]);
  assert.deepEqual(host.say(2, Buffer.alloc(16)), [hex("8f 07 02")]);
  assert.deepEqual(host.start(), [hex("8f 07 03")]);
  assert.deepEqual(host.ack(77777), [hex("8f 07 04")]);
  assert.deepEqual(host.cue(1, { boot: 40 }), [hex("8f 09 05")]);
  assert.equal(host.say(10, u32(5))[0][0], 0x84);
});

test("the stream begins at the cursor, and keeps to its window", () => {
  const watch = new Bangle(), host = new Host(watch).come();
  for (let i = 0; i < 60; i++) watch.press("snooze", 400);
  assert.equal(host.hear().length > 0, true);
  const { window } = host.ready;
  assert.equal(host.records.length, window);
  assert.deepEqual(host.records.map(record => record.seq), [...Array(window).keys()].map(n => n + 1));
  while (host.records.length < watch.records().length) host.ack(host.records[host.records.length - 1].seq);
  assert.deepEqual(host.records.map(record => record.raw), watch.records().map(record => record.raw));
  host.records = [];
  host.comeBack(60);
  assert.equal(host.records[0].seq, 60);
  watch.press("snooze", 100);
  host.hear();
  assert.equal(host.records[host.records.length - 1].type, "INTENT", "what happens now comes in the same stream");
});

test("no frame is longer than 200 bytes", () => {
  const watch = new Bangle(), host = new Host(watch);
  for (let i = 0; i < 20; i++) watch.press("snooze", 400);
  host.pair();
  host.greet();
  const frames = host.start();
  assert.ok(frames.every(frame => frame.length <= 192) && frames.some(frame => frame.length > 150));
});

test("START beyond the journal is refused, and the connection ended", () => {
  const watch = new Bangle(), host = new Host(watch);
  host.pair();
  host.greet();
  assert.deepEqual(host.start(host.ready.next + 1), [hex("8f 07 03")]);
  watch.pass(500);
  assert.ok(!watch.engine.isConnected);
});

test("HELLO in the midst begins anew, in the same connection", () => {
  const { watch, host } = together();
  host.greet();
  host.start(1);
  assert.equal(host.records[0].seq, 1);
  assert.equal(watch.view.host, true);
});

test("a rotten record is told as lost, and takes no room in the window", () => {
  const watch = new Bangle(), host = new Host(watch);
  for (let i = 0; i < 6; i++) watch.press("snooze", 400);
  const file = watch.engine.flash.files.get("wearsync.j0");
  file[16 + 36 * 3 + 5] ^= 1;
  file[16 + 36 * 4 + 5] ^= 1;
  host.pair();
  host.greet();
  const frames = host.start(2);
  assert.deepEqual(frames[1], bytes(0x85, u32(4), u32(6)));
  assert.deepEqual(host.records.map(record => record.seq).slice(0, 3), [2, 3, 6]);
});

test("the clock is set, read back, and ticks go on over it", () => {
  const { watch, host } = together();
  const unixUs = 1795385670123456;
  const eight = Buffer.alloc(8);
  eight.writeBigInt64LE(BigInt(unixUs));
  const before = host.say(10, u32(1))[0];
  host.say(9, eight, u16(60));
  watch.pass(5000);
  const after = host.say(10, u32(2))[0];
  assert.equal(before.readBigInt64LE(13), 0n, "it did not know the time");
  assert.equal(after.readUInt32LE(9) - before.readUInt32LE(9), 5000);
  assert.ok(Math.abs(Number(after.readBigInt64LE(13)) - unixUs - 5e6) < 1000);
  const [set] = host.records.filter(record => record.type === "CLOCK_SET");
  assert.equal(set.body.readBigInt64LE(8), BigInt(unixUs));
});

test("another app that sets the clock does not move the ticks", () => {
  const { watch, host } = together();
  const tick = host.say(10, u32(1))[0].readUInt32LE(9);
  watch.type("\x10setTime(1700000000)\n");
  watch.pass(1000);
  assert.equal(host.say(10, u32(1))[0].readUInt32LE(9) - tick, 1000);
});

test("a boot is a new one, with its own number, and the journal goes on", () => {
  const watch = new Bangle(), host = new Host(watch).come();
  const first = host.ready;
  watch.send("disconnect");
  watch.send("boot");
  host.records = [];
  host.comeBack(1);
  assert.equal(host.ready.boot, first.boot + 1);
  assert.equal(host.ready.journal, first.journal);
  assert.deepEqual(host.records.filter(record => record.type === "BOOTED").map(record => record.boot), [1, 2]);
});

test("a journal that went back gets a new id", () => {
  const watch = new Bangle(), host = new Host(watch).come();
  const { journal } = host.ready, old = watch.send("storage").storage;
  watch.press("snooze", 500);
  watch.press("snooze", 500);
  host.hear();
  host.ack(host.records[host.records.length - 1].seq);
  watch.send("disconnect");
  const files = watch.send("storage").storage;
  files["wearsync.j0"] = old["wearsync.j0"];
  watch.send("boot", { storage: files });
  host.connect();
  host.greet();
  assert.notEqual(host.ready.journal, journal);
  host.start(0);
  assert.equal(host.records.filter(record => record.boot === 2)[0].seq, 1);
});

test("the routine is kept over a boot", () => {
  const { watch, host } = together();
  host.routine({ id: 77 });
  watch.send("disconnect");
  watch.send("boot");
  host.connect();
  assert.equal(host.greet().routine, 77);
});

test("lines that are not for us, or make no sense, do nothing", () => {
  const watch = new Bangle(), host = new Host(watch).come();
  const before = watch.records().length;
  watch.type('\x10GB({"t":"notify","title":"wearsync"})\n\x10GB({"t":"wearsync"})\n\x10GB({"t":"wearsync","d":5})\n');
  watch.type(KEY_LINE("!!!") + '\x10GB({"t":"wearsync","q":"what"})\n');
  assert.equal(watch.records().length, before);
  assert.deepEqual(watch.lines().filter(line => line.u), []);
  assert.equal(host.say(10, u32(5))[0][0], 0x84, "the talk goes on");
});

test("what another app does with GB still happens", () => {
  const watch = new Bangle();
  const files = watch.send("storage").storage;
  files["android.boot.js"] = text("global.heard=[];global.GB=e=>heard.push(e.t)").toString("base64");
  watch.send("boot", { storage: files });
  watch.send("connect");
  watch.type('\x10GB({"t":"notify"})\n\x10GB({"t":"wearsync","q":"info"})\n');
  assert.deepEqual([...watch.engine.context.heard], ["notify"]);
  assert.equal(watch.lines().length, 1);
});

test("with Programmable off the talk is the same, and nothing can be run", () => {
  const watch = new Bangle({ programmable: false }), host = new Host(watch).come();
  watch.type('\x10require("Storage").erase("wearsync.info")\n');
  assert.ok("wearsync.info" in watch.send("storage").storage);
  assert.equal(host.say(10, u32(5))[0][0], 0x84);
});

test("half installed, it does nothing at all", () => {
  const watch = new Bangle();
  const files = watch.send("storage").storage;
  delete files["wearsync.info"];
  delete files["wearsync.lib.js"];
  watch.send("boot", { storage: files });
  watch.send("connect");
  watch.type('\x10GB({"t":"wearsync","q":"info"})\n');
  assert.deepEqual(watch.lines(), []);
});

test("a battery that has gone down is told when a host comes", () => {
  const watch = new Bangle(), host = new Host(watch).come();
  watch.send("disconnect");
  watch.send("settings", { battery: 98 });
  host.comeBack(1);
  watch.send("disconnect");
  watch.send("settings", { battery: 90 });
  host.records = [];
  host.comeBack(1);
  assert.deepEqual(brief(host.records).filter(line => line.startsWith("BATTERY")), ["BATTERY 100 0", "BATTERY 90 0"]);
});

test("it advertises pairing mode, something new, and that it asks for the host", () => {
  const watch = new Bangle(), host = new Host(watch);
  const flags = () => watch.take("advertise").map(one => one.flags);
  watch.press("pair", 2000);
  assert.deepEqual(flags(), [2, 3]);
  host.connect();
  watch.send("security", { encrypted: true, mitm: true });
  host.hand();
  host.greet();
  assert.deepEqual(flags(), [2]);
  host.start();
  host.ack(host.records.length);
  assert.deepEqual(flags(), [0]);
  watch.at0 = watch.at - host.ready.tick;
  host.step({});
  assert.deepEqual(flags(), [6]);
});

test("half a line that the last link left does no harm: ESC [ 2 H empties it", () => {
  for (const settings of [{}, { programmable: false }]) {
    const watch = new Bangle(settings), host = new Host(watch);
    watch.send("connect");
    watch.type('\x10GB({"t":"wearsync","d":"AAA');
    watch.send("disconnect");
    watch.send("connect");
    watch.type("\x1b[2H\n");
    assert.ok(host.info());
  }
});

test("a host that comes back is still known to have what it acknowledged", () => {
  const watch = new Bangle(), host = new Host(watch).come();
  host.ack(host.records.length);
  watch.take("advertise");
  host.comeBack(host.records.length + 1);
  assert.deepEqual(watch.take("advertise"), []);
});

test("a watch whose storage is full takes no key: it could keep neither the key nor its own name", () => {
  for (const room of [64, 1000]) { /* not even the memory; the memory, but no journal */
    const watch = new Bangle();
    const files = [...watch.engine.flash.files.values()];
    watch.engine.flash.capacity = files.reduce((sum, file) => sum + 32 + (file.length + 3 & ~3), room);
    assert.equal(new Host(watch).pair(), "refused");
  }
});

test("pairing mode leaves the wearer's own security as it was, a private address too", () => {
  const watch = new Bangle({ bleprivacy: 1, passkey: "123456" }), asked = [];
  watch.engine.context.NRF.setSecurity = options => asked.push({ ...options });
  const host = new Host(watch);
  watch.press("pair", 2000);
  watch.pass(60000);
  assert.equal(asked[0].privacy, 1);
  assert.deepEqual(asked[1], { passkey: "123456", display: 1, mitm: 1, privacy: 1 });
  host.connect();
});

test("an app that is taken out in a session writes nothing any more", () => {
  const { watch, host } = together();
  host.step({ in: 0, planned: 30 });
  host.ack(2);
  watch.mayFail = true;
  for (const name of Object.keys(watch.send("storage").storage)) {
    watch.type(`\x10(require("Storage").erase("${name}"),true)\n`);
  }
  watch.type("\x10load()\n");
  assert.deepEqual(Object.keys(watch.send("storage").storage), []);
});
