/* Numbers, text, keys and frames as bytes: the hold profile's sections 2 to 4 (docs/hold-profile.md).

   Rule: pure. Bytes are strings of characters 0 to 255, the way Espruino keeps them. What is not exactly as
   its table row says is malformed. */

const chr = String.fromCharCode;

exports.PROOF_BYTES = 16;
exports.TAG_BYTES = 8;
exports.MALFORMED = 2;
exports.UNKNOWN_OPCODE = 1;

exports.u16 = n => chr(n & 255, n >> 8 & 255);
exports.u32 = n => chr(n & 255, n >>> 8 & 255, n >>> 16 & 255, n >>> 24);
/* Exact up to 2^53, which is the year 2255 in microseconds. */
exports.i64 = n => {
  const high = Math.floor(n / 4294967296);
  return exports.u32(n - high * 4294967296) + exports.u32(high);
};
exports.at16 = (s, i) => s.charCodeAt(i) | s.charCodeAt(i + 1) << 8;
exports.at32 = (s, i) => (exports.at16(s, i) | exports.at16(s, i + 2) << 16) >>> 0;
exports.at64 = (s, i) => (exports.at32(s, i + 4) | 0) * 4294967296 + exports.at32(s, i);

/* SHA-256 of bytes, as bytes. */
exports.sha = s => chr.apply(null, new Uint8Array(require("crypto").SHA256(s)));

/* A key made ready for HMAC: its two pads, so that a frame costs two hashes and no loop. */
exports.hmacKey = key => {
  let inner = "", outer = "";
  for (let i = 0; i < 64; i++) {
    const c = i < key.length ? key.charCodeAt(i) : 0;
    inner += chr(c ^ 0x36);
    outer += chr(c ^ 0x5c);
  }
  return { inner: inner, outer: outer };
};

exports.hmac = (ready, message) => exports.sha(ready.outer + exports.sha(ready.inner + message));

/* Whether both are the same, in constant time. */
exports.same = (one, other) => {
  let difference = one.length ^ other.length;
  for (let i = 0; i < other.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
};

exports.keyId = key => exports.sha("wearsync key" + key).substr(0, 4);

/* What both ends prove with a key, and the session key, ready for HMAC (section 4). */
exports.proofs = (key, versions, watchId, hostNonce, watchNonce) => {
  const ready = exports.hmacKey(key), told = versions + watchId + hostNonce + watchNonce;
  return {
    watch: exports.hmac(ready, "wearsync watch" + told).substr(0, exports.PROOF_BYTES),
    host: exports.hmac(ready, "wearsync host" + told).substr(0, exports.PROOF_BYTES),
    session: exports.hmac(ready, "wearsync session" + hostNonce + watchNonce)
  };
};

/* direction: 0 down, 1 up; counter: its 8 bytes. */
exports.tag = (session, direction, counter, frame) =>
  exports.hmac(session, chr(direction) + counter + frame).substr(0, exports.TAG_BYTES);

/* One record of the journal (section 3), its length included. */
exports.record = (type, seq, boot, tick, body) =>
  chr(14 + body.length, type) + exports.u32(seq) + exports.u32(boot) + exports.u32(tick) + body;

/* Whether these bytes are UTF-8: no overlong form, no surrogate, nothing beyond U+10FFFF. */
exports.isText = s => {
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c < 0x80) continue;
    const more = c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 0;
    if (!more || i + more >= s.length) return false;
    const next = s.charCodeAt(i + 1);
    if (c == 0xe0 && next < 0xa0 || c == 0xed && next > 0x9f) return false;
    if (c == 0xf0 && next < 0x90 || c == 0xf4 && next > 0x8f) return false;
    for (let k = 0; k < more; k++) if ((s.charCodeAt(++i) & 0xc0) != 0x80) return false;
  }
  return true;
};

/* A frame from the host, without its tag: an object with `op`, or the number of the ERROR that answers it. */
exports.readDown = frame => {
  const op = frame.charCodeAt(0), reader = READERS[op];
  if (!frame.length) return exports.MALFORMED;
  if (!reader) return exports.UNKNOWN_OPCODE;
  const read = reader(frame.substr(1));
  if (!read) return exports.MALFORMED;
  read.op = op;
  return read;
};

/* The body of a ROUTINE frame, as it is stored; false if a value is out of its range. */
exports.readRoutine = b => {
  const c = i => b.charCodeAt(i), minute = exports.at16(b, 14);
  return b.length == 16 && c(4) < 2 && within(c(5), 1, 10) && within(c(6), 1, 60) && within(c(7), 1, 60) &&
    within(c(8), 3, 60) && within(c(9), 3, 60) && c(10) < 2 && c(11) < 2 &&
    (minute < 1440 || minute == 65535) && {
      raw: b, id: exports.at32(b, 0), variant: c(4), rounds: c(5), left: c(6), right: c(7), firstGap: c(8),
      switchGap: c(9), firstSide: c(10), start: c(11), plan: exports.at16(b, 12)
    };
};

const TEXT_MAX_BYTES = 40;
const within = (n, low, high) => n >= low && n <= high;

const readCues = b => {
  const cues = [];
  if (b.length < 17 || (b.length - 4) % 13) return false;
  for (let i = 4; i < b.length; i += 13) {
    const pattern = b.charCodeAt(i + 4), anchor = b.charCodeAt(i + 5);
    if (!within(pattern, 1, 11) || anchor > 1) return false;
    cues.push({
      id: exports.at32(b, i), pattern: pattern, anchor: anchor, step: b.charCodeAt(i + 6),
      at: exports.at32(b, i + 7), expires: exports.at16(b, i + 11)
    });
  }
  return { boot: exports.at32(b, 0), cues: cues };
};

const readStep = b => {
  const c = i => b.charCodeAt(i), text = b.substr(15);
  return b.length >= 15 && c(5) < 5 && c(6) < 2 && c(7) < 2 && within(c(13), 1, 60) && c(14) < 2 &&
    text.length <= TEXT_MAX_BYTES && exports.isText(text) && {
      session: exports.at32(b, 0), step: c(4), phase: c(5), side: c(6), variant: c(7), round: c(8),
      startsAt: exports.at32(b, 9), planned: c(13), start: c(14), text: text
    };
};

const readIds = b => {
  const ids = [];
  for (let i = 0; i < b.length; i += 4) ids.push(exports.at32(b, i));
  return b.length % 4 == 0 && { ids: ids };
};

const READERS = {
  1: b => b.length == 22 &&
    { min: b.charCodeAt(0), max: b.charCodeAt(1), keyId: b.substr(2, 4), nonce: b.substr(6) },
  2: b => b.length == 16 && { proof: b },
  3: b => b.length == 4 && { cursor: exports.at32(b, 0) },
  4: b => b.length == 4 && { seq: exports.at32(b, 0) },
  5: readCues,
  6: readIds,
  7: readStep,
  8: b => b.length == 1 && within(b.charCodeAt(0), 1, 3) && { what: b.charCodeAt(0) },
  9: b => b.length == 10 && { unix: b.substr(0, 8), offset: exports.at16(b, 8) << 16 >> 16 },
  10: b => b.length == 4 && { token: b },
  11: exports.readRoutine,
  12: b => b.length == 0 && {}
};
