/* The watch: what a host may say and ask over the console's lines, the clock, the motor and the power's end.

   Rule: loaded when something happens, by wearsync.boot.js or the app; `act` is the only way in, and lets first
   happen what was due before. A session outlives the reload with which a Bangle.js changes apps: "kill" leaves
   it in flash, and the next load takes it up, in the same boot. The link does not: its host comes back. Without
   a session or a cue to come, each load in which a host or the wearer asks for us is a boot of its own. */

const bytes = require("wearsync.bytes.js");
const flash = require("wearsync.flash.js");
const makes = require("wearsync.holds.js");
const storage = require("Storage");

const chr = String.fromCharCode;

const VERSION = 1;
const FRAME_MAX_BYTES = 200; /* base64 and all, a line stays below 320 */
const WINDOW_RECORDS = 24; /* what Espruino's output buffer takes without holding the watch up */
const KEYS_MAX = 8;
const PROVE_DEADLINE_MS = 10000;
const START_DEADLINE_MS = 10000;
const DROP_AFTER_MS = 300; /* the last line has to leave the radio first */
const WRONG_PROOFS_MAX = 5;
const LOCKED_OUT_MS = 60000;
const PAIRING_OPEN_MS = 60000;
const PAIRING_CLOSED_MS = 60000;
const PAIRING_ATTEMPTS = 3;
const RELOAD_MAX_S = 20; /* a Bangle.js that changes apps takes a second or two; longer was no reload */
const TICK_RENEWAL = 2061083648; /* a day before 2^31 ms: then, when idle, a new boot begins */
const LEFT_OPEN_RECORDS = 512; /* more than one session leaves, extra holds and all */
const TAP_DEAF_MS = 400; /* a buzz shakes the touch panel */
const BATTERY_STEP_PERCENT = 5;
const TIME_KNOWN_S = 1600000000; /* a clock before September 2020 was never set */
const SNOOZE_MIN = 10;
const RUN_FILE = "wearsync.run";
const APP_FILE = "wearsync.app.js";

const BOOTED = 1, BATTERY = 0x30, CLOCK_SET = 0x40;
const RESET = 2; /* Espruino does not tell power on from reset */
const HELLO = 1, PROVE = 2, START = 3, ACK = 4, CUES = 5, STEP = 7;
const UNKNOWN_KEY = 4, WRONG_PROOF = 5, WRONG_TAG = 6, NOT_NOW = 7, LOCKED_OUT = 8, ANOTHER_BOOT = 9;
const NO_COMMON_VERSION = 3;
const SILENT = 0, CHALLENGED = 1, PROVEN = 2, STREAMING = 3;

const random = n => {
  let s = "";
  while (s.length < n) s += bytes.u32(E.hwRand());
  return s.substr(0, n);
};
const randomNumber = () => bytes.at32(random(4), 0) || 1;

const settings = () => storage.readJSON("setting.json", 1) || {};

const memory = flash.openMemory(() => ({ n: 0, id: btoa(random(16)), boot: 0, keys: [], routine: null }));
const journal = flash.openJournal(randomNumber);
let base = 0; /* getTime() at the tick 0 */
let alarm, dropping;
let battery = -1;
let deafUntil = 0; /* taps before this tick are the motor's */
let isFull = false;
let unsaved = false; /* a cursor has moved that is not in flash yet */
let pendingKey;
const wrongProofs = { count: 0, until: 0 };
const pairing = { until: null, closedUntil: 0, attempts: 0, code: null };

const tick = () => Math.max(0, Math.round((getTime() - base) * 1000));
const unixUs = () => getTime() > TIME_KNOWN_S ? Math.round(getTime() * 1e6) : 0;
const watchId = () => atob(memory.id);

/* A record that flash has no room for did not happen; the app says so. */
const write = (type, body, at) => {
  try {
    journal.append(type, memory.boot, at, body);
    isFull = false;
  } catch (e) {
    isFull = true;
    print("wearsync can't write:", e);
  }
};

const saveMemory = () => {
  unsaved = false;
  try {
    flash.saveMemory(memory);
  } catch (e) {
    isFull = true;
    print("wearsync can't write:", e);
  }
};

/* Whether what must last can be kept now: without it the watch's own name is another one after each load. */
const hasRoom = () => {
  saveMemory();
  return !isFull;
};

const pulse = (ms, at) => setTimeout(() => {
  deafUntil = tick() + ms + TAP_DEAF_MS;
  Bangle.buzz(ms, 1);
}, Math.max(0, at - tick()));

const isQuiet = () => {
  const s = settings();
  return s.vibrate === false || !!s.quiet || Bangle.getOptions().buzz === false;
};

let routine = memory.routine ? bytes.readRoutine(atob(memory.routine)) : undefined;

const run = storage.readJSON(RUN_FILE, 1);
const isReload = run && run.boot === memory.boot && getTime() >= run.at && getTime() - run.at < RELOAD_MAX_S;
const state = isReload ? run : { deck: {}, holds: {} };
const deck = makes.deck(state.deck, { write: write, pulse: pulse, isQuiet: isQuiet });
const holds = makes.holds(state.holds, deck, {
  write: write, newSession: randomNumber, routine: () => routine
});

/* Who looks at this: the app's screen, if it is there. `screen.draw()` after whatever happened. */
let screen;

/* The hold and the session that the journal closes with (section 7, rule 10). */
const closeWhatWasOpen = () => {
  let isStopped = false, hold, session;
  const last = journal.next - 1, oldest = Math.max(journal.first(), last - LEFT_OPEN_RECORDS);
  for (let seq = last; seq >= oldest; seq--) {
    const record = journal.read(seq), type = record ? record.charCodeAt(1) : 0;
    if (type === 0x11) isStopped = true;
    else if (type === 0x10 && !isStopped) {
      hold = record.substr(14, 5);
      isStopped = true;
      session = record.substr(14, 4);
    } else if (type === 0x12) {
      session = record.charCodeAt(18) === 1 ? record.substr(14, 4) : undefined;
      break;
    }
  }
  if (hold) write(0x11, hold + chr(6) + bytes.u32(0), 0);
  if (session) write(0x12, session + chr(4, 1), 0);
};

const tellBattery = at => {
  const percent = Math.min(100, Math.max(0, E.getBattery())), charging = Bangle.isCharging() ? 1 : 0;
  const told = percent << 1 | charging;
  if (battery >= 0 && (told & 1) === (battery & 1) && Math.abs((told >> 1) - (battery >> 1)) <
      BATTERY_STEP_PERCENT) return;
  battery = told;
  write(BATTERY, chr(percent, charging), at);
};

const newBoot = () => {
  if (memory.keys.some(host => host.j === journal.id && host.c >= journal.next)) {
    journal.format(); /* section 5, rule 5: a host has seen records that are not here any more */
  }
  memory.boot++;
  saveMemory();
  base = getTime();
  battery = -1;
  state.deck.pending = [];
  state.deck.freeAt = deafUntil = wrongProofs.until = pairing.closedUntil = 0;
  write(BOOTED, chr(RESET) + bytes.i64(unixUs()), 0);
  closeWhatWasOpen();
  tellBattery(0);
};

/* The line: one connection, from its first frame to its end. */

const newLine = () => ({
  stage: SILENT, hello: null, host: null, session: null, up: 0, down: 0, deadline: null, stream: null,
  isOver: false
});
let line = newLine();

const say = json => Bluetooth.println("\n" + json); /* the console may have left a prompt in this line */

const send = frame => {
  if (line.session) frame += bytes.tag(line.session, 1, bytes.i64(line.up++), frame);
  say('{"t":"wearsync","u":"' + btoa(frame) + '"}');
};

const end = () => {
  line.isOver = true;
  line.deadline = null;
  if (dropping === undefined) {
    dropping = setTimeout(() => {
      dropping = undefined;
      NRF.disconnect();
    }, DROP_AFTER_MS);
  }
};

const error = (code, op) => send("\x8f" + chr(code, op));
const refuse = (code, op) => {
  error(code, op);
  end();
};

const findKey = keyId => {
  if (pendingKey && bytes.keyId(pendingKey) === keyId) return { k: btoa(pendingKey), c: 0, j: 0 };
  return memory.keys.find(host => bytes.keyId(atob(host.k)) === keyId);
};

const forgetHost = at => {
  line.stream = null;
  line.host = null;
  if (state.holds.host) holds.hostLeft(at);
  if (unsaved) saveMemory();
};

/* HELLO "at any time; resets session, counters and stream". */
const hello = (raw, at) => {
  line = newLine();
  const read = bytes.readDown(raw);
  if (typeof read === "number") {
    refuse(read, HELLO);
    return;
  }
  const host = findKey(read.keyId), version = Math.min(VERSION, read.max);
  if (at < wrongProofs.until) refuse(LOCKED_OUT, HELLO);
  else if (version < Math.max(VERSION, read.min)) refuse(NO_COMMON_VERSION, HELLO);
  else if (!host) refuse(UNKNOWN_KEY, HELLO);
  else {
    const nonce = random(16);
    const proofs = bytes.proofs(atob(host.k), chr(read.min, read.max, version), watchId(), read.nonce, nonce);
    line.hello = { proofs: proofs, host: host };
    line.stage = CHALLENGED;
    line.deadline = at + PROVE_DEADLINE_MS;
    send("\x81" + chr(version) + watchId() + nonce + proofs.watch);
  }
};

const prove = (raw, at) => {
  const read = bytes.readDown(raw), proofs = line.hello.proofs;
  if (typeof read === "number") {
    refuse(read, PROVE);
    return;
  }
  if (!bytes.same(read.proof, proofs.host)) {
    if (++wrongProofs.count >= WRONG_PROOFS_MAX) {
      wrongProofs.count = 0;
      wrongProofs.until = at + LOCKED_OUT_MS;
    }
    refuse(WRONG_PROOF, PROVE);
    return;
  }
  wrongProofs.count = 0;
  line.session = bytes.hmacKey(proofs.session);
  line.stage = PROVEN;
  line.deadline = at + START_DEADLINE_MS;
  line.host = line.hello.host;
  line.hello = null;
  keep(line.host);
  tellBattery(at);
  send("\x82" + bytes.u32(journal.id) + bytes.u32(memory.boot) + bytes.u32(at) + bytes.u32(journal.first()) +
    bytes.u32(journal.next) + bytes.u16(WINDOW_RECORDS) + chr(makes.CUE_SLOTS) +
    bytes.u32(routine ? routine.id : 0) + bytes.u32(0));
  holds.hostCame();
};

/* A proven key is kept, the latest first; a new one ends pairing mode. */
const keep = host => {
  const isNew = pendingKey !== undefined && host.k === btoa(pendingKey);
  if (memory.keys[0] === host) return;
  memory.keys = [host].concat(memory.keys.filter(other => other.k !== host.k)).slice(0, KEYS_MAX);
  saveMemory();
  if (isNew) {
    pendingKey = undefined;
    if (pairing.until !== null) closePairing();
  }
};

const hear = (raw, at) => {
  if (line.isOver) return;
  const op = raw.length ? raw.charCodeAt(0) : 0;
  if (op === HELLO) {
    forgetHost(at);
    hello(raw, at);
  } else if (line.stage === CHALLENGED && op === PROVE) prove(raw, at);
  else if (line.stage < PROVEN) refuse(raw.length ? NOT_NOW : bytes.MALFORMED, op);
  else hearTagged(raw, op, at);
};

const hearTagged = (raw, first, at) => {
  const frame = raw.substr(0, raw.length - bytes.TAG_BYTES), tag = raw.substr(frame.length);
  if (raw.length <= bytes.TAG_BYTES ||
      !bytes.same(tag, bytes.tag(line.session, 0, bytes.i64(line.down++), frame))) {
    refuse(WRONG_TAG, first);
    return;
  }
  if (first === PROVE || (first === START) === (line.stage === STREAMING)) {
    error(NOT_NOW, first);
    return;
  }
  const read = bytes.readDown(frame);
  if (typeof read === "number") error(read, first);
  else OBEY[first](read, at);
};

const start = read => {
  if (read.cursor > journal.next) {
    refuse(NOT_NOW, START);
    return;
  }
  line.stage = STREAMING;
  line.deadline = null;
  const next = Math.max(read.cursor, 1);
  line.stream = { next: next, acked: next - 1, holes: [] };
};

const acked = read => {
  const stream = line.stream;
  if (read.seq >= stream.next) {
    error(NOT_NOW, ACK);
    return;
  }
  stream.acked = Math.max(stream.acked, read.seq);
  stream.holes = stream.holes.filter(hole => hole[1] - 1 > stream.acked);
  line.host.c = read.seq;
  line.host.j = journal.id;
  unsaved = true; /* into flash when the host leaves: a cursor that is behind costs a visit, no record */
};

const setClock = (read, at) => {
  const before = unixUs();
  setTime(bytes.at64(read.unix, 0) / 1e6);
  E.setTimeZone(read.offset / 60);
  write(CLOCK_SET, bytes.i64(before) + read.unix, at);
};

const OBEY = {
  3: start,
  4: acked,
  5: (read, at) => {
    if (read.boot === memory.boot) deck.take(read.cues, at);
    else error(ANOTHER_BOOT, CUES);
  },
  6: (read, at) => deck.cancel(read.ids, at),
  7: (read, at) => {
    if (!holds.step(read, at)) error(NOT_NOW, STEP);
  },
  8: (read, at) => holds.hold(read.what, at),
  9: setClock,
  10: (read, at) => send("\x84" + read.token + bytes.u32(memory.boot) + bytes.u32(at) + bytes.i64(unixUs())),
  11: read => {
    routine = read;
    memory.routine = btoa(read.raw);
    saveMemory();
  },
  12: (read, at) => {
    holds.hostLeft(at);
    if (unsaved) saveMemory();
  }
};

/* Say what the stream has: in order, within the window, a LOST in the place of what is gone. */
const pump = () => {
  const stream = line.stream, room = FRAME_MAX_BYTES - 1 - bytes.TAG_BYTES;
  if (!stream || line.isOver) return;
  let batch = "";
  const flush = () => {
    if (batch) send("\x83" + batch);
    batch = "";
  };
  while (stream.next < journal.next && underWay(stream) < WINDOW_RECORDS) {
    const record = journal.read(stream.next);
    if (!record || batch.length + record.length > room) flush();
    if (record) {
      batch += record;
      stream.next++;
      continue;
    }
    const gone = stream.next;
    while (stream.next < journal.next && !journal.read(stream.next)) {
      stream.next = Math.max(stream.next + 1, journal.first());
    }
    stream.holes.push([gone, stream.next]);
    send("\x85" + bytes.u32(gone) + bytes.u32(stream.next));
  }
  flush();
};

/* Records beyond the last ACK: "what is lost takes no room". */
const underWay = stream => stream.holes.reduce(
  (left, hole) => left - (hole[1] - Math.max(hole[0], stream.acked + 1)), stream.next - 1 - stream.acked);

/* Pairing mode. While it is open, Espruino lets nobody on the console's service who has not typed the code. */

/* The wearer's own settings, as the bootloader sets them. */
const ownSecurity = () => {
  const own = settings(), key = own.passkey;
  return Object.assign(key && key.toString().length === 6 ? { passkey: key.toString(), display: 1, mitm: 1 } : {},
    own.bleprivacy ? { privacy: own.bleprivacy } : {});
};

const openPairing = at => {
  if (at < pairing.closedUntil || pairing.until !== null) return;
  pairing.until = at + PAIRING_OPEN_MS;
  pairing.attempts = PAIRING_ATTEMPTS;
  pairing.code = ("00000" + (E.hwRand() >>> 0) % 1000000).substr(-6);
  if (NRF.getSecurityStatus().connected) NRF.disconnect(); /* else the code waits for the link's end */
  NRF.setSecurity(Object.assign(ownSecurity(), { passkey: pairing.code, display: 1, mitm: 1 }));
};

const closePairing = () => {
  pairing.until = pairing.code = null;
  NRF.setSecurity(ownSecurity());
};

const failedPairing = at => {
  if (pairing.until === null || --pairing.attempts > 0) return;
  closePairing();
  pairing.closedUntil = at + PAIRING_CLOSED_MS;
};

const takeKey = (key, at) => {
  const link = NRF.getSecurityStatus();
  const isTaken = pairing.until !== null && key.length === 32 && link.encrypted && link.mitm_protected && hasRoom();
  if (isTaken) pendingKey = key;
  else failedPairing(at);
  say('{"t":"wearsync","key":"' + (isTaken ? "ok" : "refused") + '"}');
};

/* Time. */

const due = () => {
  const times = [deck.due(), state.holds.due, pairing.until, line.deadline]
    .filter(time => time !== undefined && time !== null);
  return times.length ? Math.min.apply(null, times) : undefined;
};

/* The tick now, after all that was due before: a `done` at the planned end plays before the hold's end
   cancels what has not come. */
const advance = () => {
  const now = tick();
  for (let next = due(); next !== undefined && next <= now; next = due()) {
    deck.advance(next);
    holds.advance(next);
    if (pairing.until !== null && next >= pairing.until) {
      closePairing();
      pairing.closedUntil = next + PAIRING_CLOSED_MS;
    }
    if (line.deadline !== null && next >= line.deadline) end();
  }
  return now;
};

/* The profile's service data in the scan response, while there is something to tell: bit 0 in pairing mode, 1
   something new, 2 asks for the host. Name and advertisement stay as they are; else, the console's own UUID. */
const HOLD_PROFILE =
  [18, 0x21, 0xa1, 0x41, 0x3c, 0x34, 0x6c, 0xdb, 0xda, 0xad, 4, 0x49, 0xcb, 0xd1, 0, 0, 0x9b, 0xf6];
const CONSOLE =
  [17, 7, 0x9e, 0xca, 0xdc, 0x24, 0x0e, 0xe5, 0xa9, 0xe0, 0x93, 0xf3, 0xa3, 0xb5, 1, 0, 0x40, 0x6e];
let advertised = 0;

const advertise = () => {
  const known = memory.keys.reduce((seq, host) => host.j === journal.id ? Math.max(seq, host.c) : seq, 0);
  const flags = (pairing.until === null ? 0 : 1) | (journal.next - 1 > known ? 2 : 0) |
    (state.holds.session !== null || state.holds.face === "waiting" ? 4 : 0);
  if (flags === advertised) return;
  advertised = flags;
  try {
    NRF.setScanResponse(flags ? HOLD_PROFILE.concat(flags) : CONSOLE);
  } catch (e) {
    print("wearsync does not advertise:", e); /* a courtesy: hosts come without it, only later */
  }
};

const SHOWN = ["confirm", "gap", "hold", "question", "paused"];

const settle = () => {
  pump();
  advertise();
  if (alarm !== undefined) clearTimeout(alarm);
  const next = due();
  alarm = next === undefined ? undefined : setTimeout(() => {
    alarm = undefined;
    act(() => undefined);
  }, Math.max(1, next - tick()));
  const isNew = state.shown !== state.holds.face;
  state.shown = state.holds.face;
  if (screen) screen.draw();
  else if (isNew && SHOWN.includes(state.shown) && !state.isOpening) {
    state.isOpening = state.isPopped = true;
    Bangle.load(APP_FILE);
  }
};

const act = deed => {
  deed(advance());
  advance();
  settle();
};

/* What the rest of the watch asks. */

exports.VERSION = "1.0";

/* A line for us: GB({"t":"wearsync",...}). */
exports.gb = e => act(at => {
  if (e.q === "info") {
    const info = chr(VERSION, VERSION) + watchId() + chr(pairing.until === null ? 0 : 1);
    say('{"t":"wearsync","info":"' + btoa(info) + '","app":"' + exports.VERSION + '"}');
  } else if (e.q === "key" && typeof e.k === "string") takeKey(atob(e.k), at);
  else if (typeof e.d === "string") hear(atob(e.d), at);
});

/* The wearer's hand: a "tap" or an answer on the glass, the rest by the button or from a menu. On the glass,
   what comes while the motor runs, or just after, is the motor's. */
exports.press = what => act(at => {
  if (what === "tap") {
    if (at >= deafUntil) holds.tap(at);
  } else if (what === "button") holds.tap(at);
  else if (what === "double_press") holds.doublePress(at);
  else if (what === "start") holds.start(at);
  else if (what === "pause") holds.pause(at);
  else if (what === "extra") holds.tell(what, state.holds.place.side, at);
  else if (what === "snooze") holds.tell(what, SNOOZE_MIN, at);
  else if (what === "pair") openPairing(at);
  else if (what === "skip" || what === "back") holds.tell(what, 0, at);
  else if (at >= deafUntil) holds.answer(what, at);
});

/* The app's screen is up; `undefined`: it is gone. */
exports.show = what => {
  screen = what;
  state.isOpening = false;
  if (!screen) state.isPopped = false;
  else act(() => undefined);
};

/* What can be seen; since and endsAt are ticks. */
exports.view = () => {
  const h = state.holds, place = h.place;
  const counts = h.face === "hold" || h.face === "question" || h.face === "gap" && !place.start;
  return {
    face: h.face, side: place.side, step: place.step, round: place.round, planned: place.planned,
    text: place.text, session: h.session, since: h.since, endsAt: counts ? h.due : null,
    tapStarts: place.start === 1, alone: h.alone, host: h.host, variant: place.variant,
    rounds: routine ? routine.rounds : 0, pairing: pairing.until !== null, code: pairing.code,
    isClosed: tick() < pairing.closedUntil, isPopped: !!state.isPopped, isFull: isFull, tick: tick()
  };
};

exports.journal = journal;

/* Ticks count on while the wall clock steps, whoever sets it. */
const setWallClock = global.setTime;
global.setTime = seconds => {
  const before = getTime();
  setWallClock(seconds);
  base += getTime() - before;
};

const beginLine = at => {
  if (dropping !== undefined) clearTimeout(dropping);
  dropping = undefined;
  forgetHost(at);
  line = newLine();
};
NRF.on("connect", () => act(beginLine)); /* what the last link left in the input buffer was not this one's */
NRF.on("disconnect", () => act(at => {
  beginLine(at);
  if (at >= TICK_RENEWAL && state.holds.session === null && state.holds.face === "clock") newBoot();
}));
NRF.on("bond", status => {
  if (status === "fail") act(failedPairing);
});
Bangle.on("charging", () => act(tellBattery));
E.on("kill", () => {
  if (pairing.until !== null) closePairing();
  if (advertised) try { NRF.setScanResponse(CONSOLE); } catch (e) { /* it would outlive us */ }
  if (storage.read("wearsync.info", 0, 1) === undefined) return; /* taken out: what is written now would stay */
  if (unsaved) saveMemory();
  const isIdle = state.holds.face === "clock" && !state.deck.pending.length && !state.holds.host;
  if (isFull || isIdle) return;
  storage.writeJSON(RUN_FILE, {
    boot: memory.boot, at: getTime(), base: base, battery: battery, hadHost: state.holds.host,
    deck: state.deck, holds: state.holds, isPopped: !!state.isPopped
  });
});

if (run) storage.erase(RUN_FILE);
if (isReload) {
  base = run.base;
  battery = run.battery;
  if (run.hadHost && NRF.getSecurityStatus().connected) NRF.disconnect();
  setTimeout(() => act(() => undefined), 0);
} else newBoot();
