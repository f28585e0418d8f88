/* Espruino's Storage as the Bangle.js 2 has it: what a write may do, and what a cut of the power leaves.

   Rule: written from what Espruino's sources do (src/jsflash.c). A file's size is fixed when it is created; its
   content is 0xFF then, and only erased bytes can be written. An erased file is struck out, and its room comes
   back when the flash is compacted. Power fails after a number of bytes that is given, in the midst of a write. */

"use strict";

const HEADER_BYTES = 32;
const STRIKE_BYTES = 4;
const NAME_MAX = 28;
/* What a Bangle.js 2 has: 8 MiB. */
const CAPACITY_BYTES = 8 * 1024 * 1024;

class PowerCut extends Error {}

const align = n => n + 3 & ~3;

/* CRC-32 as zlib's. */
const TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? n >>> 1 ^ 0xedb88320 : n >>> 1;
  return n;
});

function crc32(data) {
  let crc = -1;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 255] ^ crc >>> 8;
  return (crc ^ -1) >>> 0;
}

class Flash {
  constructor(capacity = CAPACITY_BYTES) {
    this.capacity = capacity;
    this.files = new Map();
    this.trash = 0;
    this.budget = Infinity; // bytes until the power fails
  }

  /* name -> content, as the request `boot` has it. */
  fill(files) {
    this.files = new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)]));
  }

  /* Take bytes from the budget: how many can still be written. */
  spend(bytes) {
    const left = Math.min(bytes, this.budget);
    this.budget -= left;
    return left;
  }

  erase(name) {
    const file = this.files.get(name);
    if (!file) return;
    if (this.spend(STRIKE_BYTES)) {
      this.files.delete(name);
      this.trash += HEADER_BYTES + align(file.length);
    }
    if (!this.budget) throw new PowerCut();
  }

  create(name, size) {
    if (!name || name.length > NAME_MAX) throw new Error(`no file can be called ${name}`);
    const needed = HEADER_BYTES + align(size);
    let used = this.trash;
    for (const file of this.files.values()) used += HEADER_BYTES + align(file.length);
    if (used + needed > this.capacity) {
      if (used - this.trash + needed > this.capacity) throw new Error("Unable to find or create file");
      this.trash = 0;
    }
    if (this.spend(HEADER_BYTES) < HEADER_BYTES) throw new PowerCut();
    const file = Buffer.alloc(size, 0xff);
    this.files.set(name, file);
    return file;
  }

  /* `Storage.write`, data as bytes. */
  write(name, data, offset = 0, size = 0) {
    if (!this.budget) throw new PowerCut();
    if (offset < 0 || size < 0) return false;
    size = size || data.length;
    if (!size) throw new Error("Can't create zero length file");
    let file = this.files.get(name);
    if (offset === 0 && (!file || file.length !== size || !file.every(byte => byte === 0xff))) {
      if (file && file.length === size && file.equals(data)) return true;
      if (file) this.erase(name);
      file = this.create(name, size);
    }
    if (!file) throw new Error("Unable to find or create file");
    if (offset + data.length > file.length) throw new Error("Too much data for file size");
    if (!file.subarray(offset, offset + data.length).every(byte => byte === 0xff)) {
      throw new Error("File already written with different data");
    }
    const written = this.spend(data.length);
    data.copy(file, offset, 0, written);
    if (written < data.length) throw new PowerCut();
    return true;
  }

  /* `Storage.read`, undefined if there is no such file. */
  read(name, offset = 0, length = 0) {
    const file = this.files.get(name);
    if (!file) return undefined;
    return file.subarray(Math.max(0, offset), length ? offset + length : undefined);
  }
}

module.exports = { Flash, PowerCut, crc32 };
