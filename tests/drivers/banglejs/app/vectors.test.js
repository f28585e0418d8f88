/* The vectors of docs/vectors, run against the app on the simulated watch: frames, records, proofs, tags. */

"use strict";

const assert = require("assert");
const { describe, test } = require("node:test");
const { Bangle, Host, bytes, hex, text, vectors } = require("./host.js");

const watch = new Bangle();
const app = watch.engine.require("wearsync.bytes.js");
const latin = buffer => buffer.toString("latin1");
const at = name => vectors("handshake.json").find(row => row.name === name);

/* The app's names for what the document names. */
const FIELDS = { version_min: "min", version_max: "max", key_id: "keyId", host_nonce: "nonce", cue_ids: "ids",
  starts_at: "startsAt", planned_s: "planned", do: "what", unix_us: "unix", utc_offset_min: "offset",
  left_s: "left", right_s: "right", first_gap_s: "firstGap", switch_gap_s: "switchGap", first_side: "firstSide",
  cue_plan: "plan", cue_id: "id", expires_ms: "expires" };
const RAW = ["key_id", "host_nonce", "proof"];

const same = (read, fields) => {
  for (const [name, value] of Object.entries(fields)) {
    const mine = read[FIELDS[name] || name];
    if (name === "reminder_min") continue; // the app runs no reminders of its own: the host sends them as cues
    if (RAW.includes(name)) assert.equal(Buffer.from(mine, "latin1").toString("hex"), value, name);
    else if (name === "unix_us") assert.equal(app.at64(mine, 0), value, name);
    else if (name === "token") assert.equal(app.at32(mine, 0), value, name);
    else if (name === "text") assert.equal(Buffer.from(mine, "latin1").toString("utf8"), value);
    else if (name === "cues") value.forEach((cue, i) => same(mine[i], cue));
    else assert.deepEqual(Array.isArray(mine) ? [...mine] : mine, value, name);
  }
};

describe("frames down", () => {
  for (const row of vectors("frames.json").filter(one => one.direction === "down")) {
    test(row.name, () => {
      const read = app.readDown(latin(hex(row.hex)));
      if (row.frame === "unknown") assert.equal(read, app.UNKNOWN_OPCODE);
      else same(read, row.fields);
    });
  }
});

describe("what is malformed", () => {
  const rows = vectors("broken.json").filter(row => row.kind === "values" || row.kind === "frame");
  for (const row of rows.filter(one => one.direction !== "up")) {
    test(row.name, () => assert.equal(app.readDown(latin(hex(row.hex))), app.MALFORMED));
  }
});

test("no frame, however cut or stretched, is more than malformed or unknown", () => {
  for (const row of vectors("frames.json").filter(one => one.direction === "down")) {
    const raw = hex(row.hex);
    for (let n = 0; n <= raw.length; n++) app.readDown(latin(raw.subarray(0, n)));
    app.readDown(latin(bytes(raw, Buffer.alloc(200, 0xff))));
  }
});

describe("records", () => {
  const OURS = ["BOOTED", "HOLD_STARTED", "HOLD_STOPPED", "SESSION", "CUE_ACK", "INTENT", "BATTERY", "CLOCK_SET"];
  for (const row of vectors("records.json").filter(one => OURS.includes(one.record))) {
    test(row.name, () => {
      const raw = hex(row.hex), { type, seq, boot, tick } = row.fields;
      assert.equal(app.record(type, seq, boot, tick, latin(raw.subarray(14))), latin(raw));
      if (row.record === "BOOTED") assert.equal(app.i64(row.fields.unix_us), latin(raw.subarray(15)));
    });
  }
});

describe("keys and proofs", () => {
  for (const row of vectors("handshake.json")) {
    test(row.name, () => {
      const [key, versions, id, host, watchNonce] =
        ["key", "versions", "watch_id", "host_nonce", "watch_nonce"].map(name => latin(hex(row[name])));
      const proofs = app.proofs(key, versions, id, host, watchNonce);
      assert.equal(app.keyId(key), latin(hex(row.key_id)));
      assert.equal(proofs.watch, latin(hex(row.watch_proof)));
      assert.equal(proofs.host, latin(hex(row.host_proof)));
      assert.equal(proofs.session, latin(hex(row.session_key)));
    });
  }
});

const tagOf = (row, frame) => {
  const counter = Buffer.alloc(8);
  // 2^63 - 1 is beyond what JSON.parse keeps, and beyond any session; its bytes are not
  if (row.counter > Number.MAX_SAFE_INTEGER) counter.writeBigInt64LE(2n ** 63n - 1n);
  else counter.writeBigInt64LE(BigInt(row.counter));
  return app.tag(app.hmacKey(latin(hex(at(row.handshake).session_key))), row.direction, latin(counter), latin(frame));
};

describe("tags", () => {
  for (const row of vectors("tags.json")) {
    test(row.name, () => assert.equal(tagOf(row, hex(row.frame)), latin(hex(row.tag))));
  }
  for (const row of vectors("broken.json").filter(one => one.kind === "tag")) {
    test(row.name, () => assert.ok(!app.same(tagOf(row, hex(row.frame)), latin(hex(row.tag)))));
  }
});

/* The watch of a vector: with its id, and its nonce as the next thing that it draws. */
const watchOf = row => {
  const one = new Bangle();
  const host = new Host(one, hex(row.key)).come();
  one.engine.require("wearsync.flash.js").saveMemory({
    n: 50, id: hex(row.watch_id).toString("base64"), boot: 9, routine: null,
    keys: [{ k: hex(row.key).toString("base64"), c: 0, j: 0 }]
  });
  one.send("disconnect");
  one.send("boot");
  host.connect();
  assert.equal(host.info().info, bytes(1, 1, hex(row.watch_id), 0).toString("base64"));
  const words = [0, 4, 8, 12].map(i => hex(row.watch_nonce).readInt32LE(i));
  one.engine.hwRand = () => words.shift();
  return { one, host };
};

describe("the handshake on the line", () => {
  for (const row of vectors("handshake.json").filter(one => one.versions === "010101")) {
    test(row.name, () => {
      const { host } = watchOf(row);
      assert.deepEqual(host.raw(hex(row.hello)), [hex(row.challenge)]);
      assert.equal(host.raw(hex(row.prove))[0][0], 0x82);
    });
  }
  for (const row of vectors("broken.json").filter(one => one.kind === "proof" && one.of === "host")) {
    test(row.name, () => {
      const { one, host } = watchOf(at(row.handshake));
      host.raw(hex(at(row.handshake).hello));
      assert.deepEqual(host.raw(bytes(2, hex(row.proof))), [hex("8f 05 02")]);
      one.pass(1000);
      assert.ok(!one.engine.isConnected);
    });
  }
});

test("text is UTF-8 or refused", () => {
  for (const good of ["", "abc", "H\u00fcfte", "\u20ac \u{1f600}"]) {
    assert.ok(app.isText(latin(Buffer.from(good))), good);
  }
  for (const bad of ["c080", "eda080", "f4908080", "c3", "80", "e28c", "f0808080", "ff", "61c3"]) {
    assert.ok(!app.isText(latin(hex(bad))), bad);
  }
  assert.ok(app.same(latin(text("a")), "a") && !app.same("a", "ab") && !app.same("ab", "a") && app.same("", ""));
});
