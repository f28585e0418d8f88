/* The journal and the memory in flash: as a ring, and through cuts of the power at every byte. */

"use strict";

const assert = require("assert");
const { test } = require("node:test");
const { Bangle, Host, readRecord, text } = require("./host.js");

const SLOTS = 40; // a file of the ring, so that a short run goes round it
const RECORDS = 200;
const WHOLE_BOOT_EVERY = 211; // cuts, from one boot of the whole watch to the next

/* A watch whose ring is small. */
const smallWatch = () => {
  const watch = new Bangle();
  watch.engine.require("wearsync.flash.js").SLOTS = SLOTS;
  return watch;
};

const journalOf = watch => watch.engine.require("wearsync.flash.js").openJournal(() => 4711);

const copy = files => new Map([...files].map(([name, content]) => [name, Buffer.from(content)]));

/* Note every change of the flash from now on: {bytes, apply(files, n)}: what the first n of its bytes do. */
const noteChanges = flash => {
  const log = [];
  const { erase, create, write } = flash;
  log.spent = 0;
  const note = (bytes, apply) => {
    log.push({ bytes, apply });
    log.spent += bytes;
  };
  flash.erase = name => {
    if (flash.files.has(name)) note(4, (files, n) => n && files.delete(name));
    return erase.call(flash, name);
  };
  flash.create = (name, size) => {
    note(32, (files, n) => n === 32 && files.set(name, Buffer.alloc(size, 0xff)));
    return create.call(flash, name, size);
  };
  flash.write = (name, data, offset = 0, size = 0) => {
    const done = write.call(flash, name, data, offset, size);
    note(data.length, (files, n) => data.copy(files.get(name), offset, 0, n));
    return done;
  };
  return log;
};

/* Sessions, cues and intents over a link that comes and goes, until the host has RECORDS; it acknowledges. */
const aBusyDay = () => {
  const watch = smallWatch();
  const host = new Host(watch);
  const before = copy(watch.engine.flash.files);
  const log = noteChanges(watch.engine.flash);
  const told = []; // {record, spent}: what the host has been told, and how many bytes were in flash by then
  const hear = () => {
    host.hear();
    while (told.length < host.records.length) told.push({ record: host.records[told.length], spent: log.spent });
  };
  host.come();
  watch.at0 = watch.at - host.ready.tick;
  hear();
  for (let n = 0; told.length < RECORDS; n++) {
    host.step({ session: 100 + n, in: 100, planned: 1 });
    for (let i = 0; i < 3; i++) host.cue(n * 10 + i + 1, { pattern: 3 });
    hear();
    watch.pass(600);
    hear();
    watch.pass(2000);
    host.say(8, 3);
    hear();
    watch.pass(11000);
    const last = told[told.length - 1].record.seq;
    host.ack(last);
    if (n % 4 === 3) {
      watch.send("disconnect");
      host.connect();
      host.greet();
      host.start(last + 1);
    }
    hear();
  }
  return { before, log, told };
};

test("the power cut at every byte of a run of 200 records: none is lost that a host was told", () => {
  const { before, log, told } = aBusyDay();
  const watch = smallWatch(), flash = watch.engine.flash, module = watch.engine.require("wearsync.flash.js");
  const image = copy(before);
  let spent = 0, cuts = 0, heard = 0, lost = 0;
  const check = () => {
    cuts++;
    while (heard < told.length && told[heard].spent <= spent) heard++;
    flash.files = image;
    const journal = module.openJournal(() => 4711);
    const newest = journal.next - 1;
    for (let i = heard - 1; i >= 0 && told[i].record.seq > newest - SLOTS; i--) {
      const { seq, raw } = told[i].record;
      if (journal.read(seq) !== raw.toString("latin1")) lost++;
    }
    assert.ok(heard === 0 || newest >= told[heard - 1].record.seq, `the newest is gone at byte ${spent}`);
    flash.files = copy(image);
    const next = journal.append(0x22, 9, 1, text("\x07\0\0\0\0\0").toString("latin1"));
    assert.equal(module.openJournal(() => 4711).read(newest + 1), next, `in the way at byte ${spent}`);
  };
  for (const change of log) {
    for (let n = 0; n < change.bytes; n++) {
      change.apply(image, n);
      check();
      spent++;
    }
    change.apply(image, change.bytes);
  }
  check();
  assert.ok(told.length >= RECORDS && cuts > RECORDS * 36, `${cuts} cuts`);
  assert.equal(lost, 0);
  process.stdout.write(`# ${told.length} records, ${cuts} cuts, ${lost} lost\n`);
});

test("the whole watch boots after a cut, with its keys, and goes on with the journal", () => {
  const { before, log, told } = aBusyDay();
  const image = copy(before), watch = smallWatch();
  let spent = 0, wasPaired = false;
  for (const change of log) {
    for (let n = 0; n < change.bytes; n++, spent++) {
      if (spent % WHOLE_BOOT_EVERY) continue;
      change.apply(image, n);
      const files = Object.fromEntries([...image].map(([name, content]) => [name, content.toString("base64")]));
      watch.send("boot", { storage: files });
      watch.engine.require("wearsync.flash.js").SLOTS = SLOTS;
      const host = new Host(watch);
      host.connect();
      const isPaired = host.hello()[0][0] === 0x81;
      assert.ok(isPaired || !wasPaired, `the key is gone at byte ${spent}`);
      wasPaired = isPaired;
      if (!isPaired) continue;
      host.greet();
      host.start(1);
      for (let more = 0; more < host.records.length;) {
        more = host.records.length;
        host.ack(host.records[more - 1].seq);
      }
      const known = new Map(host.records.map(record => [record.seq, record.raw.toString("hex")]));
      for (const { record } of told.filter(one => one.spent <= spent && one.record.seq > host.ready.next - SLOTS)) {
        assert.equal(known.get(record.seq), record.raw.toString("hex"), `record ${record.seq} at byte ${spent}`);
      }
      const boots = new Set(host.records.map(record => record.boot));
      assert.equal(Math.max(...boots), host.ready.boot, "a boot number is never given twice");
    }
    change.apply(image, change.bytes);
  }
  assert.ok(wasPaired);
});

test("the stub's own power cut stops the watch in the midst of a record", () => {
  const watch = new Bangle(), host = new Host(watch).come();
  const before = host.records.length;
  watch.send("cut_after", { bytes: 10 });
  watch.press("snooze", 500);
  assert.deepEqual(watch.take("off"), [{ kind: "off" }]);
  assert.equal(watch.due, null);
  watch.send("boot");
  assert.deepEqual(watch.records().map(record => record.seq), [...Array(before).keys()].map(n => n + 1));
  host.records = [];
  host.comeBack(1);
  assert.deepEqual(host.records.map(record => record.seq), [...Array(before + 2).keys()].map(n => n + 1));
});

test("the ring keeps at least 2,000 records, and the oldest goes first", () => {
  const watch = new Bangle(), journal = journalOf(watch);
  for (let i = 0; i < 4500; i++) journal.append(0x30, 1, i, "\x32\0");
  assert.equal(journal.next, 4501);
  assert.ok(journal.next - journal.first() >= 2000);
  const again = journalOf(watch);
  assert.deepEqual([again.id, again.first(), again.next], [journal.id, journal.first(), journal.next]);
  assert.equal(again.read(journal.first() - 1), undefined);
  for (const seq of [again.first(), again.first() + 1, 4093, 4094, 4095, 4096, 4500]) {
    assert.equal(readRecord(text(again.read(seq))).seq, seq);
  }
});

test("a watch whose storage is full says so, and what it has stays", () => {
  const watch = new Bangle({}, 300000), host = new Host(watch).come();
  watch.send("disconnect");
  const files = watch.send("storage").storage;
  let used = 0;
  for (const content of Object.values(files)) used += Buffer.from(content, "base64").length + 64;
  watch.engine.flash.capacity = used;
  const journal = watch.engine.require("wearsync.lib.js").journal;
  for (let i = 0; i < 2047 - 4; i++) journal.append(0x30, 1, i, "\x32\0");
  for (let i = 0; i < 20; i++) watch.press("snooze", 500);
  assert.ok(watch.screen().includes("Storage full"));
  assert.equal(watch.records().length, journal.next - 1);
  host.records = [];
  host.comeBack(journal.next - 3);
  assert.equal(host.records.length, 3);
  watch.engine.flash.capacity = 8 * 1024 * 1024;
  watch.press("snooze", 500);
  assert.ok(!watch.screen().includes("Storage full"));
});

test("a memory that rotted leaves its older copy", () => {
  const watch = new Bangle(), host = new Host(watch).come();
  watch.send("disconnect");
  watch.send("boot");
  host.comeBack(1);
  const { files } = watch.engine.flash;
  const newer = ["wearsync.m0", "wearsync.m1"].find(name => files.get(name).includes(`"boot":${host.ready.boot}`));
  files.get(newer)[9] ^= 1;
  watch.send("disconnect");
  watch.send("boot");
  host.comeBack(1);
});
