/* The journal and the memory, in Espruino's Storage (docs/hold-profile.md, section 5).

   Rule: what `append` has returned is in flash, and no cut of the power, at whatever byte, loses it or anything
   before it. Espruino's flash is written once: bits are only ever cleared, a file's size is fixed when it is
   created, and an erased file is only a name struck out until the watch tidies its flash up.

   The journal is a ring of two files of slots. A full one is followed by the other, whose old content is struck
   out first: so between one and two files of records are there. A slot that a cut left half written is skipped;
   its record was never told to anyone, and its number is given again. */

const bytes = require("wearsync.bytes.js");
const storage = require("Storage");

/* "At least 2,000 records": what one file holds by itself. 2 files of 72 KiB, of the 8 MiB of a Bangle.js 2. */
exports.SLOTS = 2047;
const RECORD_BYTES = 32; /* the longest of ours is CLOCK_SET, 30 */
const SLOT_BYTES = RECORD_BYTES + 4;
const HEAD_BYTES = 16;
const MAGIC = "WSJ1";
const JOURNAL_FILES = ["wearsync.j0", "wearsync.j1"];
const MEMORY_FILES = ["wearsync.m0", "wearsync.m1"];
/* Close to the last number that fits, a new journal begins at the next boot. */
const SEQ_LAST = 4294901760;

const checked = s => s + bytes.u32(E.CRC32(s));
const isSound = (s, check) => E.CRC32(s) >>> 0 === bytes.at32(check, 0);

const readFile = name => {
  const head = storage.read(name, 0, HEAD_BYTES);
  if (!head || head.length < HEAD_BYTES || head.substr(0, 4) !== MAGIC) return undefined;
  if (!isSound(head.substr(0, 12), head.substr(12))) return undefined;
  const file = { name: name, id: bytes.at32(head, 4), base: bytes.at32(head, 8), used: 0 };
  let low = 0, high = exports.SLOTS; /* slots are filled in order: look for the first that is erased */
  while (low < high) {
    const middle = low + high >> 1;
    if (storage.read(name, HEAD_BYTES + middle * SLOT_BYTES, 1) === "\xff") high = middle;
    else low = middle + 1;
  }
  file.used = low;
  return file;
};

/* The record in a slot, or undefined if it was cut short or has rotted. */
const readSlot = (file, slot) => {
  const s = storage.read(file.name, HEAD_BYTES + slot * SLOT_BYTES, SLOT_BYTES) || "";
  const length = s.charCodeAt(0);
  if (!(length >= 14 && length <= RECORD_BYTES)) return undefined;
  return isSound(s.substr(0, RECORD_BYTES), s.substr(RECORD_BYTES)) ? s.substr(0, length) : undefined;
};

const seqOf = record => bytes.at32(record, 2);

const createFile = (name, id, base) => {
  storage.erase(name);
  const size = HEAD_BYTES + exports.SLOTS * SLOT_BYTES;
  storage.write(name, checked(MAGIC + bytes.u32(id) + bytes.u32(base)), 0, size);
  return { name: name, id: id, base: base, used: 0 };
};

const nextAfter = file => {
  for (let slot = file.used - 1; slot >= 0; slot--) {
    const record = readSlot(file, slot);
    if (record) return seqOf(record) + 1;
  }
  return file.base;
};

/* The journal as it is in flash; `newId()` draws the id of a new one. Nothing is written before `append`. */
exports.openJournal = newId => {
  const j = {};
  let current, older;

  const adopt = () => {
    const found = JOURNAL_FILES.map(readFile).filter(f => f).sort((a, b) => b.base - a.base);
    current = found[0];
    older = found.length > 1 && found[1].id === current.id ? found[1] : undefined;
    j.id = current ? current.id : newId();
    j.next = current ? nextAfter(current) : 1;
    if (j.next > SEQ_LAST) j.format();
  };

  const rotate = () => {
    const full = current;
    const name = full && full.name === JOURNAL_FILES[0] ? JOURNAL_FILES[1] : JOURNAL_FILES[0];
    older = undefined;
    current = createFile(name, j.id, j.next);
    older = full;
  };

  /* Begin a new journal. The newest file goes last: cut short, the next boot sees what this one saw. */
  j.format = () => {
    if (older) storage.erase(older.name);
    if (current) storage.erase(current.name);
    current = older = undefined;
    j.id = newId();
    j.next = 1;
  };

  j.first = () => older ? older.base : current ? current.base : j.next;

  /* Write what happened; gives its record. Throws if the watch's storage is full: then nothing happened. */
  j.append = (type, boot, tick, body) => {
    const record = bytes.record(type, j.next, boot, tick, body);
    if (!current || current.used >= exports.SLOTS) rotate();
    const slot = checked(record + "\xff".repeat(RECORD_BYTES - record.length));
    storage.write(current.name, slot, HEAD_BYTES + current.used * SLOT_BYTES);
    current.used++;
    j.next++;
    return record;
  };

  /* The record of this number, or undefined if it is not there. */
  j.read = seq => {
    const file = older && seq < current.base ? older : current;
    if (!file || seq < file.base) return undefined;
    for (let slot = seq - file.base; slot < file.used; slot++) { /* slots skipped only shift what follows */
      const record = readSlot(file, slot);
      if (record && seqOf(record) >= seq) return seqOf(record) === seq ? record : undefined;
    }
    return undefined;
  };

  adopt();
  return j;
};

const readMemory = name => {
  const s = storage.read(name) || "";
  if (s.length < 6 || !isSound(s.substr(4), s)) return undefined;
  return JSON.parse(s.substr(4));
};

/* What is kept beside the journal: two copies, written in turn; the later sound one counts. */
exports.openMemory = fresh => {
  const copies = MEMORY_FILES.map(readMemory).filter(m => m).sort((a, b) => b.n - a.n);
  return copies[0] || fresh();
};

exports.saveMemory = memory => {
  memory.n++;
  const s = JSON.stringify(memory);
  storage.write(MEMORY_FILES[memory.n & 1], bytes.u32(E.CRC32(s)) + s);
};
