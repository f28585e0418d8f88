/* The wearer's hand on the simulated Bangle.js: whole gestures as presses, touches and swipes, with their timing.

   Rule: it looks at the display and touches what stands there; what the app has no gesture for does nothing. */

"use strict";

const CLICK_MS = 80; // a finger on the button
const BETWEEN_PRESSES_MS = 250; // of a double press, from one to the next
const LOOK_MS = 300; // from one screen to the next
const STEADY_MS = 450; // after the motor, before the finger comes
const MIDDLE = 88;

/* The words that stand where a gesture's finger goes. */
const MAIN = { start: ["Start"], snooze: ["In 10 min"], pair: ["Pair", "Yes"] };
const SESSION = { pause: ["Pause"], skip: ["Skip"], back: ["Back"], extra: ["Extra"] };
const CONFIRM = { tap: ["Yes"], snooze: ["In 10 min"] };
const QUESTION = { answer_done: ["Done"], answer_too_much: ["Too much"], answer_pain: ["It hurt"] };
const LEAVE = "Back"; // from a page of the menu to its first

class Hand {
  constructor(engine) {
    this.engine = engine;
    this.deeds = []; // {at, run}
  }

  /* The deed that is due at this time and comes before every timer of the app's, or undefined. */
  next(due) {
    const index = this.deeds.findIndex(deed => deed.at === due);
    return index < 0 ? undefined : this.deeds.splice(index, 1)[0].run;
  }

  press(what) {
    const { face, app } = this.engine.view();
    if (what === "double_press") this.clicks(2);
    else if (face === "clock" && what in MAIN) this.inMenu(MAIN[what], app);
    else if (!app) return;
    else if (face === "confirm" && what in CONFIRM) this.read(CONFIRM[what], 0);
    else if (face === "question" && what in QUESTION) this.read(QUESTION[what], 0);
    else if (face === "gap" || face === "paused") {
      if (what === "tap") this.finger(MIDDLE, 0);
      else if (what in SESSION) {
        this.later(0, () => this.engine.swipe(0, -1));
        this.read(SESSION[what], LOOK_MS);
      }
    }
  }

  later(ms, run) {
    this.deeds.push({ at: this.engine.now + ms, run });
  }

  clicks(times) {
    for (let i = 0; i < times; i++) {
      this.later(i * BETWEEN_PRESSES_MS, () => this.engine.button(true));
      this.later(i * BETWEEN_PRESSES_MS + CLICK_MS, () => this.engine.button(false));
    }
  }

  /* The launcher opens the app; then an entry of its menu. */
  inMenu(words, isOpen) {
    if (!isOpen) this.later(0, () => this.engine.context.Bangle.load("wearsync.app.js"));
    const isElsewhere = isOpen && this.heightOf(words[0]) === undefined;
    this.read(isElsewhere ? [LEAVE, ...words] : words, isOpen ? 0 : LOOK_MS);
  }

  /* Touch these words, one screen after another. */
  read(words, ms) {
    const [word, ...others] = words;
    this.steadily(ms, () => this.heightOf(word), () => others.length && this.read(others, LOOK_MS));
  }

  heightOf(word) {
    const drawn = this.engine.strings.find(one => one.text === word);
    return drawn && drawn.y;
  }

  finger(y, ms) {
    this.steadily(ms, () => y, () => undefined);
  }

  /* A finger waits for the motor, and wakes a locked watch first; what is not there it does not touch. */
  steadily(ms, where, then) {
    const { engine } = this;
    const touch = () => {
      const y = where();
      if (y !== undefined) engine.touch(MIDDLE, Math.round(y));
      then();
    };
    this.later(Math.max(ms, (engine.buzzEnds || 0) + STEADY_MS - engine.now), () => {
      if (!engine.isLocked) touch();
      else {
        this.clicks(1);
        this.later(LOOK_MS, touch);
      }
    });
  }
}

module.exports = { Hand };
