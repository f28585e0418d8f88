/* Cues, sessions and holds on the watch, led by a host or alone (docs/hold-profile.md, sections 6 and 7).

   Rule: everything happens at a tick that is given, and every face that waits has a deadline. State is plain
   data, so that it outlives the reload with which a Bangle.js goes from one app to another. */

const bytes = require("wearsync.bytes.js");

const chr = String.fromCharCode;

/* The plan of a hold is 6 cues: room for this hold, the next, and some sent again. "At least 16". */
exports.CUE_SLOTS = 24;
/* "It remembers at least the last 64": more than the slots, so that no pending one is forgotten. */
const SEEN_IDS = 96;
/* A cue of the watch's own that is this late is of no use any more. */
const OWN_EXPIRES_MS = 1000;
const GAP_MS = 150;
const LAST_THREE_EVERY_MS = 1000;

const HOST_ANSWER_MS = 2000; /* 7, 8: "waits 2 s for a STEP" */
const QUESTION_MS = 10000; /* 6 */
const TAP_GAP_MS = 180000; /* 9 */
const CONFIRM_MS = 60000; /* 9 */
const PAUSED_MS = 900000; /* 8 */
const DONE_MS = 10000; /* 11 */

const HOLD_STARTED = 0x10, HOLD_STOPPED = 0x11, SESSION = 0x12, CUE_ACK = 0x20, INTENT = 0x22;
const SUPPRESSED = 2, EXPIRED = 3, REFUSED = 4, CANCELLED = 5, SCHEDULED = 7;
const READY = 1, START = 2, FORM = 3, HALFWAY = 4, LAST_THREE = 5, DONE = 6, SWITCH = 7, SESSION_DONE = 8;
const PHASE_CONFIRM = 1, PHASE_GAP = 2, PHASE_PAUSED = 3, PHASE_DONE = 4;
const AUTO = 1, WEARER = 2; /* what started a hold */
const STARTED = 1, ENDED_DONE = 2, ABANDONED = 3, ENDED = 4, BY_WATCH = 1, BY_HOST = 2;
const PLANNED = 1, STOPPED = 2, PAIN = 4, PAUSE = 5, HOST = 7; /* why a hold stopped */
const INTENTS = { start: 1, pause: 2, resume: 3, skip: 4, back: 5, extra: 6, snooze: 7, yes: 8, no: 9 };
const ANSWERS = { done: STOPPED, too_much: 3, pain: PAIN };

/* Pulses of each pattern, in ms; 150 ms apart, those of last-three on the full seconds (section 6). */
const PULSES = [
  [], [400], [150, 150], [150], [150], [100, 100, 100], [400], [400, 400], [400, 400, 400], [400], [400],
  [100, 100, 100, 100, 100]
];

const has = (cue, tick) => cue.due !== null && cue.due <= tick;

/* The cue slots. `d`: their state, {} at first; `api`: write(type, body, tick), pulse(ms, tick), isQuiet().
   Every cue of the host's that is taken or refused gets exactly one CUE_ACK; the watch's own get none. */
exports.deck = (d, api) => {
  const deck = {};
  if (!d.pending) {
    d.pending = []; /* {id: null for our own, pattern, step or null, at, due or null: no hold yet, expires} */
    d.seen = [];
    d.claimed = []; /* step * 16 + pattern: places for which the host has sent a cue */
    d.running = null; /* [step, since] */
    d.freeAt = 0; /* from when the next pattern may play */
  }

  const tell = (cue, result, tick) => {
    if (cue.id !== null) {
      const started = result === SCHEDULED ? tick : 0;
      api.write(CUE_ACK, bytes.u32(cue.id) + chr(result) + bytes.u32(started) + "\0\0", tick);
    }
  };

  const drop = (tick, which) => {
    const dropped = d.pending.filter(which);
    d.pending = d.pending.filter(cue => !which(cue));
    dropped.forEach(cue => tell(cue, CANCELLED, tick));
  };

  /* Whether the host has sent the same for this place: then its cue is the one that is felt. */
  const isTheHosts = own => own.step !== null
    ? d.claimed.includes(own.step * 16 + own.pattern)
    : d.pending.some(cue => cue.id !== null && cue.pattern === own.pattern);

  const play = (cue, tick) => {
    if (cue.id === null && isTheHosts(cue)) return;
    if (api.isQuiet()) {
      tell(cue, SUPPRESSED, tick);
      return;
    }
    let start = tick;
    PULSES[cue.pattern].forEach(ms => {
      api.pulse(ms, start);
      d.freeAt = start + ms + GAP_MS;
      start += cue.pattern === LAST_THREE ? LAST_THREE_EVERY_MS : ms + GAP_MS;
    });
    tell(cue, SCHEDULED, tick);
  };

  const come = tick => d.pending.filter(cue => has(cue, tick)).sort((a, b) => a.due - b.due);
  const remove = cue => d.pending.splice(d.pending.indexOf(cue), 1);

  deck.take = (cues, tick) => {
    cues.forEach(cue => {
      if (d.seen.includes(cue.id)) return;
      d.seen.push(cue.id);
      if (d.seen.length > SEEN_IDS) d.seen.shift();
      if (d.pending.filter(other => other.id !== null).length >= exports.CUE_SLOTS) {
        tell(cue, REFUSED, tick);
        return;
      }
      let due = cue.at || tick;
      if (cue.anchor) {
        d.claimed.push(cue.step * 16 + cue.pattern);
        due = d.running && d.running[0] === cue.step ? d.running[1] + cue.at : null;
      }
      d.pending.push({
        id: cue.id, pattern: cue.pattern, step: cue.anchor ? cue.step : null, at: cue.at, due: due,
        expires: cue.expires
      });
    });
    deck.advance(tick);
  };

  deck.own = (pattern, due, step) =>
    d.pending.push({ id: null, pattern: pattern, step: step, at: 0, due: due, expires: OWN_EXPIRES_MS });

  /* None named means all of the host's. */
  deck.cancel = (ids, tick) => drop(tick, cue => cue.id !== null && (!ids.length || ids.includes(cue.id)));

  deck.holdStarted = (step, tick) => {
    d.running = [step, tick];
    d.pending.forEach(cue => {
      if (cue.step === step && cue.due === null) cue.due = tick + cue.at;
    });
  };

  /* Cancel what is still anchored to this hold, apart from a cue whose time has come. */
  deck.holdEnded = (step, tick) => {
    d.running = null;
    d.claimed = d.claimed.filter(claim => claim >> 4 !== step);
    drop(tick, cue => cue.step === step && !has(cue, tick));
  };

  deck.sessionChanged = tick => {
    d.running = null;
    d.claimed = [];
    drop(tick, cue => cue.step !== null && !has(cue, tick));
  };

  deck.due = () => {
    let due;
    d.pending.forEach(cue => {
      if (cue.due === null) return;
      const at = Math.min(Math.max(cue.due, d.freeAt), cue.due + cue.expires + 1);
      if (due === undefined || at < due) due = at;
    });
    return due;
  };

  /* Give up what is too late, and play what has come, if the motor is free. */
  deck.advance = tick => {
    come(tick).forEach(cue => {
      if (tick > cue.due + cue.expires) {
        remove(cue);
        tell(cue, EXPIRED, tick);
      }
    });
    come(tick).forEach(cue => {
      if (tick >= d.freeAt) {
        remove(cue);
        play(cue, tick);
      }
    });
  };

  return deck;
};

const NOTHING = {
  session: 0, step: 0, phase: 0, side: 0, variant: 0, round: 0, startsAt: 0, planned: 1, start: 0, text: ""
};

const but = (place, changes) => Object.assign({}, place, changes);

/* The gap before a step of the stored routine, without its time: "even steps are of the first side". */
const stepOf = (routine, session, step) => {
  const side = step % 2 ? 1 - routine.firstSide : routine.firstSide;
  const words = routine.variant ? " foot back, hold something firm" : " knee down on the pillow";
  return {
    session: session, step: step, phase: PHASE_GAP, side: side, variant: routine.variant,
    round: (step >> 1) + 1, startsAt: 0, planned: side ? routine.right : routine.left, start: routine.start,
    text: (side ? "RIGHT" : "LEFT") + words
  };
};

/* The patterns that the watch plays by itself in a hold, and when, in ms after its start. */
const holdPlan = (plan, ms) => [
  [START, 0], [FORM, Math.floor(ms / 3)], [HALFWAY, ms >> 1], [LAST_THREE, ms - 3000], [DONE, ms]
].filter(cue => cue[1] >= 0 && plan >> cue[0] & 1);

/* What the watch shows and does. `h`: its state, {} at first; `api`: write(type, body, tick), newSession(),
   routine() (undefined: none stored). Numbers in comments are the rules of section 7. */
exports.holds = (h, deck, api) => {
  const holds = {};
  if (!h.face) {
    h.face = "clock";
    h.since = 0;
    h.due = null;
    h.place = NOTHING;
    h.session = null;
    h.alone = false;
    h.holdSince = 0;
    h.pressedAt = 0;
    h.waiting = null; /* {then: "begin", "next" or "resume", since: tick its gap counts from, reason} */
  }
  h.host = false;

  const show = (face, place, tick, due) => {
    h.face = face;
    h.place = place;
    h.since = tick;
    h.due = due;
    h.waiting = null;
  };

  const idle = tick => show("clock", NOTHING, tick, null);

  const intent = (what, session, argument, tick) =>
    api.write(INTENT, chr(INTENTS[what]) + bytes.u32(session) + chr(argument), tick);

  const tellSession = (session, what, source, tick) =>
    api.write(SESSION, bytes.u32(session) + chr(what, source), tick);

  /* 3: the first gap of a session that the watch does not know. */
  const enter = (session, source, tick) => {
    if (h.session !== null) return;
    deck.sessionChanged(tick);
    tellSession(session, STARTED, source, tick);
    h.session = session;
  };

  const endSession = (what, source, tick) => {
    if (h.session === null) return;
    tellSession(h.session, what, source, tick);
    deck.sessionChanged(tick);
    h.session = null;
    show("done", h.place, tick, tick + DONE_MS); /* 11 */
  };

  const gap = (place, tick) => {
    show("gap", place, tick, place.start ? tick + TAP_GAP_MS : place.startsAt);
    holds.advance(tick); /* 1: "at once if that has passed" */
  };

  const beginHold = (source, tick) => {
    const place = h.place, routine = api.routine();
    h.holdSince = tick;
    api.write(HOLD_STARTED, bytes.u32(h.session) +
      chr(place.step, place.side, place.variant, place.round, place.planned, source) +
      bytes.u32(routine ? routine.id : 0), tick);
    show("hold", place, tick, tick + place.planned * 1000);
    deck.holdStarted(place.step, tick);
    if (routine && (h.alone || !h.host)) {
      holdPlan(routine.plan, place.planned * 1000)
        .forEach(cue => deck.own(cue[0], tick + cue[1], place.step));
    }
  };

  const recordStop = (reason, stopped) => {
    api.write(HOLD_STOPPED, bytes.u32(h.place.session) + chr(h.place.step, reason) +
      bytes.u32(stopped - h.holdSince), stopped);
    deck.holdEnded(h.place.step, stopped);
  };

  /* The hold ended at `stopped`; it is `tick` now. Then: what the host says, or alone. */
  const stop = (reason, stopped, tick) => {
    recordStop(reason, stopped);
    if (reason === PAUSE) show("paused", h.place, tick, tick + PAUSED_MS);
    else askTheHost({ then: "next", since: stopped, reason: reason }, tick);
  };

  /* End a hold on the host's word; one that the wearer has stopped already stays the wearer's. */
  const breakOff = tick => {
    if (h.face === "hold") recordStop(HOST, tick);
    else if (h.face === "question") recordStop(STOPPED, h.pressedAt);
  };

  const askTheHost = (waiting, tick) => {
    show("waiting", h.place, tick, tick + HOST_ANSWER_MS);
    h.waiting = waiting;
    if (!h.host) goOnAlone(tick);
  };

  const own = (pattern, routine, tick) => {
    if (routine.plan >> pattern & 1) deck.own(pattern, tick, null);
  };

  /* 8: what the watch does by itself when no STEP comes in time. */
  const goOnAlone = tick => {
    const waiting = h.waiting, place = h.place, routine = api.routine();
    h.alone = true;
    if (waiting.then !== "begin" && h.session === null) idle(tick);
    else if (!routine || waiting.reason === PAIN) {
      idle(tick);
      endSession(ENDED, BY_WATCH, tick);
    } else if (waiting.then === "next" && place.step >= 2 * routine.rounds - 1) {
      endSession(ENDED_DONE, BY_WATCH, tick);
      own(SESSION_DONE, routine, tick);
    } else if (waiting.then === "next") {
      own(SWITCH, routine, tick);
      gap(but(stepOf(routine, place.session, place.step + 1),
        { startsAt: waiting.since + routine.switchGap * 1000 }), tick);
    } else {
      enter(place.session, BY_WATCH, tick);
      own(READY, routine, tick);
      gap(but(waiting.then === "resume" ? place : stepOf(routine, place.session, 0),
        { phase: PHASE_GAP, startsAt: waiting.since + routine.firstGap * 1000 }), tick);
    }
  };

  const isTheRunningHold = step => (h.face === "hold" || h.face === "question") &&
    (step.phase === PHASE_GAP || step.phase === PHASE_PAUSED) &&
    step.session === h.place.session && step.step === h.place.step;

  /* STEP. False: not now. */
  holds.step = (step, tick) => {
    if (step.phase === PHASE_CONFIRM) {
      if (h.session !== null) return false;
      show("confirm", step, tick, tick + CONFIRM_MS);
      return true;
    }
    if (isTheRunningHold(step)) {
      h.place = but(h.place, { text: step.text }); /* 4 */
      return true;
    }
    breakOff(tick);
    if (h.session !== null && step.session !== h.session) endSession(ENDED, BY_HOST, tick); /* 3 */
    h.alone = false;
    if (step.phase === PHASE_GAP) {
      enter(step.session, BY_HOST, tick);
      gap(step, tick);
    } else if (step.phase === PHASE_PAUSED) show("paused", step, tick, tick + PAUSED_MS);
    else if (step.phase === PHASE_DONE) {
      endSession(ENDED_DONE, BY_HOST, tick);
      show("done", step, tick, tick + DONE_MS);
    } else {
      endSession(ENDED, BY_HOST, tick);
      idle(tick);
    }
    return true;
  };

  /* HOLD: 1 stop, 2 pause, 3 end; "without something to end they do nothing". */
  holds.hold = (what, tick) => {
    if (what === 3) {
      breakOff(tick);
      endSession(ENDED, BY_HOST, tick);
    } else if (h.face === "hold") stop(what === 1 ? HOST : PAUSE, tick, tick);
  };

  holds.hostCame = () => {
    h.host = true;
  };

  /* Who waited for the host goes on alone. */
  holds.hostLeft = tick => {
    h.host = false;
    if (h.face === "waiting") goOnAlone(tick);
  };

  /* A single press; in a hold it does nothing. */
  holds.tap = tick => {
    if (h.face === "confirm") {
      intent("yes", h.place.session, 0, tick);
      idle(tick);
    } else if (h.face === "gap") beginHold(WEARER, tick);
    else if (h.face === "paused") {
      intent("resume", h.place.session, 0, tick);
      askTheHost({ then: "resume", since: tick, reason: PLANNED }, tick);
    }
  };

  /* Stops a hold and asks why; says no to "ready?". */
  holds.doublePress = tick => {
    if (h.face === "confirm") {
      intent("no", h.place.session, 0, tick);
      idle(tick);
    } else if (h.face === "hold") {
      h.pressedAt = tick;
      deck.holdEnded(h.place.step, tick);
      show("question", h.place, tick, tick + QUESTION_MS);
    }
  };

  /* "done", "too_much" or "pain". */
  holds.answer = (what, tick) => {
    if (h.face === "question") stop(ANSWERS[what], h.pressedAt, tick);
  };

  /* 7: the wearer starts a session on the watch. */
  holds.start = tick => {
    if (h.session !== null || h.face !== "clock" && h.face !== "done") return;
    const session = api.newSession();
    intent("start", session, 0, tick);
    h.place = but(NOTHING, { session: session });
    askTheHost({ then: "begin", since: tick, reason: PLANNED }, tick);
  };

  /* The wearer's pause: the host's to carry out; without one the watch pauses by itself. */
  holds.pause = tick => {
    holds.tell("pause", 0, tick);
    if (h.host || h.session === null) return;
    if (h.face === "gap") show("paused", h.place, tick, tick + PAUSED_MS);
  };

  /* An intent that only a host can carry out. */
  holds.tell = (what, argument, tick) => intent(what, h.session || 0, argument, tick);

  /* End the face whose deadline has come. */
  holds.advance = tick => {
    if (h.due === null || tick < h.due) return;
    if (h.face === "gap" && !h.place.start) beginHold(AUTO, tick);
    else if (h.face === "hold") stop(PLANNED, tick, tick);
    else if (h.face === "question") stop(STOPPED, h.pressedAt, tick);
    else if (h.face === "waiting") goOnAlone(tick);
    else if ((h.face === "gap" || h.face === "paused") && h.session !== null) {
      endSession(ABANDONED, BY_WATCH, tick); /* 8, 9 */
    } else idle(tick);
  };

  return holds;
};
