/* The app's files as they are: whole, small, and in the JavaScript that Espruino speaks. */

"use strict";

const assert = require("assert");
const { describe, test } = require("node:test");
const vm = require("vm");
const { APP, appFiles } = require("./host.js");

const files = appFiles(APP);
const scripts = Object.entries(files).filter(([name]) => name.endsWith(".js"))
  .map(([name, content]) => [name, content.toString("latin1")]);
const withoutWords = code => code.replace(/\/\*[^]*?\*\//g, "").replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, '""');

/* What Espruino 2v29 does not parse, or not as the standard has it. */
const UNKNOWN = { "optional chaining": /\?\.[a-z[(]/, "??": /\?\?/, async: /\b(async|await|yield)\b/,
  spread: /\.\.\./, destructuring: /\b(const|let|var)\s*[[{]/, "default parameter": /\([\w, ]+=[^=>][^)]*\)\s*=>/,
  "getter or setter": /[{,]\s*[gs]et\s+\w+\s*\(/, BigInt: /\b\d+n\b/, regex: /[=(,]\s*\/[^/*]/, "**": /\*\*/,
  "shorthand method": /[{,]\s*(?!if|for|while|switch|catch|function)\b\w+\s*\([\w, ]*\)\s*\{/ };

describe("scripts", () => {
  for (const [name, code] of scripts) {
    test(name, () => {
      assert.ok([...code].every(c => c === "\n" || c >= " " && c <= "~"), "plain ASCII");
      assert.ok(code.startsWith("/* "), "says what it is");
      assert.ok(code.split("\n").every(line => line.length <= 120));
      const plain = withoutWords(code);
      for (const [what, pattern] of Object.entries(UNKNOWN)) assert.ok(!pattern.test(plain), `${what} in ${name}`);
      new vm.Script(`(function(){${code}\n})`);
    });
  }
});

test("the boot code is small: it is run at the start of every app", () => {
  assert.ok(files["wearsync.boot.js"].length < 1024);
});

test("wearsync.info names every file, and what the app leaves in flash", () => {
  const info = JSON.parse(files["wearsync.info"]);
  assert.deepEqual(info.files.split(",").sort(), Object.keys(files).sort());
  assert.deepEqual([info.id, info.type, info.src, info.icon], ["wearsync", "app", "wearsync.app.js", "wearsync.img"]);
  for (const file of ["wearsync.j0", "wearsync.j1", "wearsync.m0", "wearsync.m1", "wearsync.run"]) {
    assert.ok(info.data.split(";").includes(file));
    assert.ok(scripts.some(([, code]) => code.includes(`"${file}"`)), file);
  }
  const [, library] = scripts.find(([name]) => name === "wearsync.lib.js");
  assert.ok(library.includes(`exports.VERSION = "${info.version}"`));
});

test("the icon is as wide and high as it says", () => {
  const [width, height, bits] = files["wearsync.img"];
  assert.deepEqual([width, height, bits & 0x7f], [48, 48, 1]);
  assert.equal(files["wearsync.img"].length, 4 + width * height / 8);
});
