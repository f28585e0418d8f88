/* A Bangle.js 2 without its hardware: runs the app's files, one request at a time, on a clock that is given.

   node espruino.js APPDIR      one JSON request a line on stdin, one JSON reply a line on stdout

   Rule: what the app asks of Espruino is answered as the firmware answers it (its public sources and reference);
   nothing happens between requests, and a timer that is due fires at its own time, however late the request.

   {"now": ms, "do": KIND, ...}, KIND one of
     boot {storage, settings}    power on. `storage` {name: base64}: what is in flash; without it the app's files
                                 the first time, and what was there later. `settings`: vibrate, quiet,
                                 programmable, seed, battery, unix_s, clock ("fast", "slow")
     connect, disconnect         the link; `disconnect` also when the app asked for it ("drop")
     rx {data}                   bytes for the console, base64
     wake                        let happen what is due
     touch {x, y}, swipe {dx, dy}, button {down}, tap, lock {on}     the wearer's hand, and a knock
     press {what}                a whole gesture by its name in watches/view.py, or "pair"
     security {encrypted, mitm, bonded}, bond {status}               what Bluetooth says of the link
     settings {...}              as with boot
     cut_after {bytes}           the power fails after so many bytes written to flash
     storage, journal, screen    what is in flash; the records (base64) and whose they are; the strings on the display
   Reply: {"out": [...], "due": ms or null, "view": {...}}, and "storage", "records" or "screen" where asked for.
   In `out`: tx {data} · buzz {ms, strength, at} · passkey {code or null} · advertise {flags} · drop · off (the
   power failed) · error {text}. After a start of the interpreter nothing is advertised until the app says so. */

"use strict";

const fs = require("fs");
const path = require("path");
const vm = require("vm");
const readline = require("readline");
const { createHash } = require("crypto");
const { Flash, PowerCut, crc32 } = require("./espruino_flash.js");
const { Hand } = require("./espruino_hand.js");

const APP = "wearsync.app.js";
const LIBRARY = "wearsync.lib.js";
const BUTTON = 17; // BTN1, as in the firmware's emulator
const SERVICE_DATA_128 = 0x21; // in advertised data: of a service with a UUID of 16 bytes, which come next
const RELOAD_MS = 1500; // the button held so long reloads the watch
const LOCK_TIMEOUT_MS = 10000;
const BUZZ_MAX_MS = 5000;
const WITHOUT_POWER = ["boot", "storage", "settings"];
const TURNS_MAX = 100000; // in one request: an app that never comes to rest has a fault

const ESCAPE = /\x1b\[(\d[A-GI-Z~a-z]|[A-Za-z])$/; // of cursor keys: complete, and of no use here

/* Whether brackets outside of strings are still open, as jsinteractive.c counts them. */
const isOpen = code => {
  const brackets = code.replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, "").match(/[()[\]{}]/g) || [];
  return brackets.reduce((depth, bracket) => depth + ("([{".includes(bracket) ? 1 : -1), 0) > 0;
};

const toBytes = value => Buffer.from(
  typeof value === "string" ? value : value instanceof ArrayBuffer ? new Uint8Array(value) : value, "latin1");

class Engine {
  constructor(appDirectory) {
    this.appDirectory = appDirectory;
    this.flash = new Flash();
    this.now = 0;
    this.settings = { vibrate: true, quiet: 0, programmable: true, battery: 100, clock: "fast" };
    this.isOn = false;
    this.isFilled = false;
    this.isConnected = false;
    this.security = { encrypted: false, mitm: false, bonded: false };
    this.wall = 0; // s, what getTime() is at now 0
    this.random = 1;
    this.out = [];
    this.hand = new Hand(this);
  }

  /* One request, one reply. */
  handle(request) {
    this.out = [];
    const reply = { out: this.out };
    if (request.do === "boot") this.now = request.now;
    else this.runUntil(request.now);
    this.lockWhenIdle();
    if (this.isOn || WITHOUT_POWER.includes(request.do)) {
      this.guard(() => Object.assign(reply, DO[request.do].call(this, request)));
    }
    this.runUntil(request.now);
    reply.due = this.due();
    reply.view = this.view();
    return reply;
  }

  due() {
    const times = this.isOn ? [...this.timers.values(), ...this.hand.deeds].map(timer => timer.at) : [];
    return times.length ? Math.min(...times) : null;
  }

  view() {
    const library = this.isOn ? this.modules.get(LIBRARY) : undefined;
    const none = { face: "clock", side: 0, step: 0, round: 0, planned: 0, text: "", session: null,
      tapStarts: false, alone: false, host: false, pairing: false, code: null, variant: 0, tick: 0, since: 0,
      endsAt: null };
    const v = library && library.view ? library.view() : none;
    const instant = tick => this.now - v.tick + tick;
    return {
      face: v.face, side: v.side, step: v.step, round: v.round, planned_s: v.planned, variant: v.variant,
      text: Buffer.from(v.text, "latin1").toString("utf8"), session: v.session, since: instant(v.since),
      ends_at: v.endsAt === null ? null : instant(v.endsAt), tap_starts: v.tapStarts, alone: v.alone,
      host: v.host, pairing: v.pairing, code: v.code === null ? null : Number(v.code),
      app: this.isOn && this.file === APP, locked: this.isLocked
    };
  }

  say(what) {
    if (this.isOn && this.flash.budget) this.out.push(what); // what has no power says nothing
  }

  transmit(text) {
    if (this.isConnected) this.say({ kind: "tx", data: Buffer.from(text, "latin1").toString("base64") });
  }

  /* Run what is due, each at its own time; then it is `now`. */
  runUntil(now) {
    let turns = 0;
    for (let due = this.due(); due !== null && due <= now; due = this.due()) {
      if (++turns > TURNS_MAX) throw new Error("the app does not come to rest");
      this.now = Math.max(this.now, due);
      const deed = this.hand.next(due);
      if (deed) {
        this.lockWhenIdle();
        this.guard(deed);
        continue;
      }
      const [id, timer] = [...this.timers].reduce((a, b) => b[1].at < a[1].at ? b : a);
      if (timer.every === undefined) this.timers.delete(id);
      else timer.at += timer.every;
      this.guard(() => timer.run());
    }
    this.now = Math.max(this.now, now);
  }

  /* One event of the interpreter: an error is the console's noise, and a load comes after it. */
  guard(event) {
    try {
      event();
    } catch (error) {
      this.fault(error);
    }
    if (this.flash.budget === 0) this.powerOff();
    if (this.isOn && this.wanted !== undefined) this.reload();
  }

  fault(error) {
    if (error instanceof PowerCut || this.flash.budget === 0) return;
    const text = `Uncaught ${error && error.stack ? error.stack.split("\n", 2).join(" ") : error}`;
    this.say({ kind: "error", text });
    if (this.settings.programmable) this.transmit(`${text}\r\n>`);
  }

  powerOff() {
    if (!this.isOn) return;
    this.out.push({ kind: "off" });
    this.isOn = false;
    this.hand.deeds = [];
  }

  reload() {
    const file = this.wanted;
    this.wanted = undefined;
    this.guard(() => this.emit(this.listeners.E, "kill"));
    if (this.isOn) this.guard(() => this.start(file || undefined));
  }

  /* A fresh interpreter, the boot code, and an app; none: the clock. */
  start(file) {
    this.timers = new Map();
    this.listeners = { E: {}, Bangle: {}, NRF: {} };
    this.watches = new Map();
    this.modules = new Map();
    this.lastId = 0;
    this.line = "";
    this.wanted = undefined;
    this.strings = [];
    this.options = { lockTimeout: LOCK_TIMEOUT_MS, buzz: true };
    this.file = undefined;
    this.context = vm.createContext(this.globals());
    vm.runInContext("var global = globalThis;", this.context);
    const boots = [...this.flash.files.keys()].filter(name => name.endsWith(".boot.js")).sort();
    for (const name of boots) this.runFile(name);
    this.open(file);
  }

  open(file) {
    this.file = file;
    if (file !== undefined) this.runFile(file);
    else if (this.settings.clock === "fast") this.context.Bangle.setUI({ mode: "clock", remove: () => undefined });
    else this.context.Bangle.setUI("clock");
  }

  runFile(name) {
    const code = this.flash.read(name);
    if (!code) return;
    try {
      vm.runInContext(code.toString("latin1"), this.context, { filename: name });
    } catch (error) {
      this.fault(error);
    }
  }

  require(name) {
    if (name === "Storage") return this.storage();
    if (name === "crypto") {
      return { SHA256: data => new Uint8Array(createHash("sha256").update(toBytes(data)).digest()).buffer };
    }
    if (!this.modules.has(name)) {
      const code = this.flash.read(name);
      if (!code) throw new Error(`Module "${name}" not found`);
      const module = { exports: {} };
      const run = vm.runInContext(`(function(exports,module){${code.toString("latin1")}\n})`, this.context,
        { filename: name });
      run(module.exports, module);
      this.modules.set(name, module.exports);
    }
    return this.modules.get(name);
  }

  storage() {
    const flash = this.flash;
    const text = bytes => bytes === undefined ? undefined : bytes.toString("latin1");
    const readJSON = (name, isQuiet) => {
      if (name === "setting.json") return this.settings;
      const content = text(flash.read(name));
      try {
        return content === undefined ? undefined : JSON.parse(content);
      } catch (error) {
        if (isQuiet) return undefined;
        throw error;
      }
    };
    return {
      read: (name, offset, length) => text(flash.read(name, offset, length)),
      readJSON,
      write: (name, data, offset, size) =>
        flash.write(name, toBytes(typeof data === "object" ? JSON.stringify(data) : data), offset, size),
      writeJSON: (name, data) => flash.write(name, toBytes(JSON.stringify(data))),
      erase: name => flash.erase(name),
      list: () => [...flash.files.keys()],
      getFree: () => flash.capacity
    };
  }

  timer(run, ms, every) {
    this.timers.set(++this.lastId, { at: this.now + Math.max(0, ms || 0), run, every });
    return this.lastId;
  }

  emit(listeners, event, ...values) {
    for (const listener of [...listeners[event] || []]) listener(...values);
  }

  getTime() {
    return this.wall + this.now / 1000;
  }

  hwRand() {
    this.random = this.random + 0x6d2b79f5 | 0;
    let t = Math.imul(this.random ^ this.random >>> 15, 1 | this.random);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return t ^ t >>> 14;
  }

  globals() {
    const engine = this;
    const on = listeners => ({
      on: (event, listener) => (listeners[event] = listeners[event] || []).push(listener),
      removeListener: (event, listener) => {
        listeners[event] = (listeners[event] || []).filter(other => other !== listener);
      }
    });
    const setTimer = isRepeated => (run, ms, ...values) => {
      const call = typeof run === "function" ? () => run(...values) : () => vm.runInContext(run, engine.context);
      return engine.timer(call, ms, isRepeated ? ms : undefined);
    };
    const clear = id => engine.timers.delete(id);
    const print = (...values) => engine.settings.programmable && engine.transmit(values.join(" ") + "\r\n");
    const E = { ...on(this.listeners.E), CRC32: data => crc32(toBytes(data)), hwRand: () => this.hwRand(),
      getBattery: () => this.settings.battery, setTimeZone: () => undefined };
    const NRF = { ...on(this.listeners.NRF),
      disconnect: () => engine.isConnected && engine.say({ kind: "drop" }),
      setScanResponse: data => engine.say({ kind: "advertise", flags: data[1] === SERVICE_DATA_128 ? data[18] : 0 }),
      setSecurity: options => engine.say({ kind: "passkey",
        code: options && options.passkey ? Number(options.passkey) : null }),
      getSecurityStatus: () => engine.isConnected
        ? { connected: true, encrypted: engine.security.encrypted, mitm_protected: engine.security.mitm,
          bonded: engine.security.bonded }
        : { connected: false } };
    return {
      E, NRF, Bangle: this.bangle(on(this.listeners.Bangle)), g: this.graphics(), BTN: BUTTON, BTN1: BUTTON,
      Bluetooth: { println: text => engine.transmit(`${text}\r\n`), print: text => engine.transmit(text),
        write: text => engine.transmit(text) },
      require: name => engine.require(name), print, console: { log: print },
      getTime: () => engine.getTime(), setTime: s => { engine.wall = s - engine.now / 1000; },
      setTimeout: setTimer(false), setInterval: setTimer(true), clearTimeout: clear, clearInterval: clear,
      setWatch: (run, _, options) => {
        engine.watches.set(++engine.lastId, { run, edge: options.edge, repeat: options.repeat });
        return engine.lastId;
      },
      clearWatch: id => engine.watches.delete(id),
      atob: text => Buffer.from(text, "base64").toString("latin1"),
      btoa: data => toBytes(data).toString("base64"),
      load: file => { engine.wanted = file === ".bootcde" || file === undefined ? null : file; },
      process: { env: { VERSION: "2v29", HWVERSION: 2 } }
    };
  }

  bangle(events) {
    const engine = this;
    const Bangle = { ...events,
      buzz: (ms, strength) => engine.buzz(ms, strength),
      getOptions: () => ({ ...engine.options }),
      setOptions: options => Object.assign(engine.options, options),
      isLocked: () => engine.isLocked, setLocked: on => engine.lock(on, "js"),
      isCharging: () => false, setLCDPower: () => undefined,
      load: file => {
        if (!Bangle.uiRemove) engine.context.load(file);
        else {
          Bangle.setUI();
          engine.timer(() => engine.open(file === ".bootcde" ? undefined : file), 0);
        }
      },
      showClock: () => Bangle.load(".bootcde"), showLauncher: () => undefined,
      setUI: mode => engine.setUI(Bangle, typeof mode === "string" ? { mode } : mode) };
    return Bangle;
  }

  /* As libs/js/banglejs/Bangle_setUI_Bangle2.js: what was there goes, whoever set it. */
  setUI(Bangle, ui) {
    for (const id of this.uiWatches || []) this.watches.delete(id);
    this.uiWatches = [];
    for (const [event, listener] of this.uiListeners || []) Bangle.removeListener(event, listener);
    this.uiListeners = [];
    const remove = Bangle.uiRemove;
    delete Bangle.uiRemove;
    delete Bangle.CLOCK;
    if (remove) remove();
    if (!ui) return;
    if (ui.mode === "clock") Bangle.CLOCK = 1;
    for (const event of ["touch", "swipe", "drag"]) {
      if (ui[event]) {
        Bangle.on(event, ui[event]);
        this.uiListeners.push([event, ui[event]]);
      }
    }
    const { setWatch } = this.context;
    if (ui.btn) this.uiWatches.push(setWatch(ui.btn, BUTTON, { repeat: 1, edge: "rising" }));
    if (ui.btnRelease) this.uiWatches.push(setWatch(ui.btnRelease, BUTTON, { repeat: 1, edge: "falling" }));
    if (ui.remove) Bangle.uiRemove = ui.remove;
  }

  /* One at a time, in order; what is felt is told, and its end comes when it comes, felt or not. */
  buzz(ms, strength) {
    ms = Math.min(ms > 0 ? ms : 200, BUZZ_MAX_MS);
    const at = Math.max(this.now, this.buzzEnds || 0);
    this.buzzEnds = at + ms;
    if (this.settings.vibrate !== false && this.options.buzz) {
      this.say({ kind: "buzz", ms, strength: strength === undefined ? 1 : strength, at });
    }
    const ends = this.buzzEnds;
    return { then: run => { this.timer(run, ends - this.now); } };
  }

  /* Strings that stand on the display, with their height: what is cleared takes them away. */
  graphics() {
    const engine = this;
    const g = { theme: { fg: 1, bg: 0, fg2: 1, bg2: 0 }, getWidth: () => 176, getHeight: () => 176,
      wrapString: (text, width) => text.split("\n").flatMap(line =>
        line.match(new RegExp(`.{1,${Math.max(1, Math.floor(width / 9))}}(\\s|$)|\\S+`, "g")) || [""]) };
    for (const name of ["reset", "setColor", "setFont", "setFontAlign", "fillRect", "fillPoly", "fillCircle"]) {
      g[name] = () => g;
    }
    g.clear = () => { engine.strings = []; return g; };
    g.clearRect = (x1, y1, x2, y2) => {
      engine.strings = engine.strings.filter(drawn => drawn.y < y1 || drawn.y > y2);
      return g;
    };
    g.drawString = (text, x, y) => { engine.strings.push({ text, y }); return g; };
    return g;
  }

  lock(on, reason) {
    if (on === this.isLocked) return;
    this.isLocked = on;
    this.touched = this.now;
    this.emit(this.listeners.Bangle, "lock", on, reason);
  }

  lockWhenIdle() {
    if (!this.isOn || this.isLocked || !this.options.lockTimeout) return;
    if (this.now - this.touched >= this.options.lockTimeout) this.guard(() => this.lock(true, "timeout"));
  }

  /* The glass hears nothing while the watch is locked. */
  touch(x, y) {
    if (this.isLocked) return;
    this.touched = this.now;
    this.emit(this.listeners.Bangle, "touch", x < 88 ? 1 : 2, { x, y, type: 0 });
  }

  swipe(dx, dy) {
    if (this.isLocked) return;
    this.touched = this.now;
    this.emit(this.listeners.Bangle, "swipe", dx, dy);
  }

  /* The press that wakes a locked watch is eaten, its release too. */
  button(down) {
    clearTimeoutOf(this, down);
    if (down && this.isLocked) {
      this.isEaten = true;
      this.lock(false, "button");
      return;
    }
    this.touched = this.now;
    if (this.isEaten) {
      this.isEaten = down;
      if (!down) return;
    }
    for (const [id, watch] of [...this.watches]) {
      if (watch.edge === "both" || watch.edge === (down ? "rising" : "falling")) {
        if (!watch.repeat) this.watches.delete(id);
        watch.run({ state: down, time: this.getTime(), pin: BUTTON });
      }
    }
  }

  /* The console: lines for the interpreter, echo unless they begin with 0x10. One with an open bracket waits
     for more lines, whatever they are; "ESC [ 2 H" and Ctrl-C empty it. Without the console all are lines. */
  receive(text) {
    const { programmable } = this.settings;
    for (const c of text) {
      if (c !== "\n" && c !== "\r") {
        this.line += c;
        if (programmable) this.line = this.line.replace(/^[^]*(\x1b\[2H|\x03)$/, "").replace(ESCAPE, "");
      } else if (programmable && isOpen(this.line)) this.line += "\n";
      else {
        const line = this.line;
        this.line = "";
        this.guard(() => this.enter(line));
        if (!this.isOn) return;
      }
    }
  }

  enter(line) {
    const isEchoed = !line.startsWith("\x10"), code = isEchoed ? line : line.slice(1);
    if (!this.settings.programmable) {
      const told = /^GB\((\{.*\})\)$/.exec(code);
      if (told && this.context.GB) {
        try {
          this.context.GB(vm.runInContext("JSON.parse", this.context)(told[1]));
        } catch (error) {
          this.fault(error);
        }
      }
      return;
    }
    if (isEchoed) this.transmit(`${code}\r\n`);
    try {
      const value = vm.runInContext(code, this.context);
      if (isEchoed) this.transmit(code ? `=${value}\r\n>` : ">");
    } catch (error) {
      this.fault(error);
    }
  }

  configure(settings) {
    for (const [name, value] of Object.entries(settings || {})) {
      if (name === "seed") this.random = value | 0;
      else if (name === "unix_s") this.wall = value - this.now / 1000;
      else this.settings[name] = value;
    }
  }
}

/* The button's own clock: held for RELOAD_MS, it reloads the watch. */
function clearTimeoutOf(engine, down) {
  if (engine.reloading !== undefined) engine.timers.delete(engine.reloading);
  engine.reloading = down ? engine.timer(() => engine.context.load(), RELOAD_MS) : undefined;
}

const appFiles = directory => Object.fromEntries(fs.readdirSync(directory)
  .filter(name => name.startsWith("wearsync.")).map(name => [name, fs.readFileSync(path.join(directory, name))]));

const DO = {
  boot(request) {
    const { storage } = request;
    this.flash.budget = Infinity;
    this.configure(request.settings);
    if (storage) {
      this.flash.fill(Object.fromEntries(
        Object.entries(storage).map(([name, content]) => [name, Buffer.from(content, "base64")])));
    } else if (!this.isFilled) this.flash.fill(appFiles(this.appDirectory));
    this.isFilled = this.isOn = true;
    this.isConnected = this.isLocked = false;
    this.buzzEnds = 0;
    this.touched = this.now;
    this.hand.deeds = [];
    this.start(undefined);
  },
  connect() {
    this.isConnected = true;
    this.security = { encrypted: false, mitm: false, bonded: false };
    this.emit(this.listeners.NRF, "connect", "");
  },
  disconnect() {
    if (!this.isConnected) return;
    this.isConnected = false;
    this.emit(this.listeners.NRF, "disconnect", 0);
  },
  rx(request) { this.receive(Buffer.from(request.data, "base64").toString("latin1")); },
  wake() {},
  touch(request) { this.touch(request.x, request.y); },
  swipe(request) { this.swipe(request.dx, request.dy); },
  button(request) { this.button(request.down); },
  tap() { this.emit(this.listeners.Bangle, "tap", { dir: "front", double: false, x: 0, y: 0, z: 1 }); },
  lock(request) { this.lock(request.on, "timeout"); },
  press(request) { this.hand.press(request.what); },
  security(request) { Object.assign(this.security, request); },
  bond(request) { this.emit(this.listeners.NRF, "bond", request.status); },
  settings(request) { this.configure(request.settings || pick(request, ["vibrate", "quiet", "battery"])); },
  cut_after(request) { this.flash.budget = request.bytes; },
  storage() {
    return { storage: Object.fromEntries(
      [...this.flash.files].map(([name, content]) => [name, content.toString("base64")])) };
  },
  journal() {
    const library = this.modules.get(LIBRARY);
    const journal = library ? library.journal
      : this.flash.files.has("wearsync.flash.js") ? this.require("wearsync.flash.js").openJournal(() => 0) : null;
    const records = [];
    for (let seq = journal ? journal.first() : 1; journal && seq < journal.next; seq++) {
      const record = journal.read(seq);
      if (record) records.push(Buffer.from(record, "latin1").toString("base64"));
    }
    const memory = this.flash.files.has("wearsync.flash.js")
      ? this.require("wearsync.flash.js").openMemory(() => ({ id: null })) : { id: null };
    return { records, journal_id: journal ? journal.id : null, watch_id: memory.id };
  },
  screen() { return { screen: this.strings.map(drawn => drawn.text) }; }
};

const pick = (object, names) => Object.fromEntries(names.filter(name => name in object)
  .map(name => [name, object[name]]));

module.exports = { Engine, appFiles };

if (require.main === module) {
  const engine = new Engine(process.argv[2]);
  readline.createInterface({ input: process.stdin }).on("line", line => {
    process.stdout.write(JSON.stringify(engine.handle(JSON.parse(line))) + "\n");
  });
}
