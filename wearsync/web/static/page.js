/* The page: what the daemon tells goes to the views, what people want goes to the daemon.

   Rule: wiring only. What is known stands in `known`, and everything is drawn from it. */

import { keep_awake, why_dark } from "./awake.js";
import { DaemonClock } from "./clock.js";
import { answer, give } from "./commands.js";
import { by_id, set_attribute, set_options, set_shown, set_text } from "./drawn.js";
import { draw_keys, follow_keys } from "./keys.js";
import { recall, remember } from "./remembered.js";
import { draw_rest } from "./rest_view.js";
import { draw_session, end_session, show_only, tick_session } from "./session_view.js";
import { sign_in_by_address } from "./sign_in.js";
import { Speaker } from "./spoken.js";
import { Stream } from "./stream.js";
import * as verbs from "./verbs.js";
import { say, show_voice, switch_voice } from "./voice.js";
import { draw_watches } from "./watches_view.js";
import { draw_weeks, follow_days } from "./weeks_view.js";
import { ago } from "./words.js";

const VIEWS = ["now", "weeks", "watches"];
// Home Assistant shows the page below such a path, and its app has no terminal.
const WHERE = window.location.pathname.indexOf("/api/hassio_ingress/") === 0 ? "home-assistant" : "here";

const clock = new DaemonClock();
const speaker = new Speaker();

// `states`: by watch, as they came; `heard_ms`, `status_ms`: when, by this browser's time.
const known = { names: null, states: {}, status: null, status_ms: 0, heard_ms: null, lost: null, weeks: 26, dose: "" };

const here_ms = () => performance.now();

/** The chosen watch's state; null: none yet. */
function chosen() {
  const names = known.names || [];
  const name = names.indexOf(known.watch) >= 0 ? known.watch : names[0];
  return (name !== undefined && known.states[name]) || null;
}

function set_names(names) {
  known.names = names;
  Object.keys(known.states)
    .filter((name) => names.indexOf(name) < 0)
    .forEach((name) => delete known.states[name]);
}

function heard() {
  known.heard_ms = here_ms();
  known.lost = null;
}

const stream = new Stream({
  hello(event) {
    heard();
    // Another daemon brings another page.
    if (known.version && known.version !== event.version) {
      window.location.reload();
      return;
    }
    known.version = event.version;
    clock.heard(event.now, here_ms(), event.speed);
    set_names(event.watches);
    draw();
  },
  state(event) {
    heard();
    const before = chosen();
    set_names(event.watches);
    known.states[event.watch] = event;
    const now = chosen();
    // A session that begins is what everybody wants to see.
    if (before && now && before.state.phase === "idle" && now.state.phase !== "idle") {
      go_to("now");
    }
    draw();
  },
  status(event) {
    heard();
    known.status = event;
    known.status_ms = here_ms();
    set_names(event.watches.map((watch) => watch.name));
    draw();
  },
  clock(event) {
    heard();
    clock.heard(event.now, here_ms(), event.speed);
    draw_link();
  },
  lost(reason) {
    known.lost = known.lost || { since_ms: here_ms(), reason: "" };
    known.lost.reason = reason || known.lost.reason;
    draw_link();
  },
});

/** How long ago the chosen watch was heard of, in s; null: not known. */
function heard_ago_s(name) {
  const watches = known.status ? known.status.watches : [];
  const watch = watches.filter((one) => one.name === name)[0];
  return watch && watch.last_heard_s !== null ? watch.last_heard_s + (here_ms() - known.status_ms) / 1000 : null;
}

function draw() {
  const seen = chosen();
  // Not before it is known how many watches there are: nothing moves any more then.
  set_shown(by_id("main"), known.names !== null);
  set_shown(by_id("waiting"), known.names === null);
  set_options(by_id("watch"), by_id("watch-choice"), known.names || [], seen ? seen.watch : "");
  draw_link();
  draw_now(seen);
  if (known.status) {
    draw_watches(known.status, known.states, (here_ms() - known.status_ms) / 1000);
  }
  draw_history(seen);
  if (known.framing) {
    tick();
  } else {
    each_frame();
  }
}

function draw_now(seen) {
  if (!seen) {
    show_only(known.names && !known.names.length ? "no-watch" : null);
    keep_awake(false);
    return;
  }
  const session = seen.state.phase !== "idle";
  set_attribute(document.body, "data-session", session ? "yes" : "no");
  set_text(by_id("screen-said"), why_dark() || "The screen stays on during a session.");
  keep_awake(session);
  if (session) {
    draw_session(seen, heard_ago_s(seen.watch));
  } else {
    end_session(seen.state);
    draw_rest(seen);
  }
  show_only(session ? "stage" : "rest");
}

function draw_link() {
  const lost = known.lost;
  set_attribute(document.body, "data-link", lost ? "lost" : known.heard_ms === null ? "connecting" : "live");
  const since = known.heard_ms === null ? "" : ` This is from ${ago((here_ms() - known.heard_ms) / 1000)}.`;
  const why = lost && lost.reason ? lost.reason : "The daemon does not answer: reconnecting …";
  set_text(by_id("lost"), lost ? `${why}${since}` : "");
  set_text(by_id("waiting"), lost ? why : "Connecting to the daemon …");
}

function draw_history(seen) {
  const wearers = known.status ? known.status.watches.map((watch) => watch.wearer) : [];
  const names = wearers.filter((name, place) => wearers.indexOf(name) === place).sort();
  const own = seen ? seen.summary.wearer : names[0];
  const wearer = names.indexOf(known.wearer) >= 0 ? known.wearer : own;
  set_options(by_id("wearer"), by_id("wearer-choice"), names, wearer || "");
  // Anew when the dose of somebody has changed, or the day: not with each state.
  const doses = Object.keys(known.states).map((name) => known.states[name].summary);
  const dose = JSON.stringify([wearer, known.weeks, doses.map((one) => [one.date, one.today, one.counts, one.full, one.away])]);
  if (seen && !by_id("weeks").hidden && dose !== known.dose) {
    known.dose = dose;
    draw_weeks(wearer, known.weeks);
  }
}

/** What changes with the time alone. */
function tick() {
  const seen = chosen();
  if (!seen || seen.state.phase === "idle") {
    return;
  }
  const now_ms = clock.at(here_ms());
  tick_session(seen.state, now_ms);
  if (now_ms !== null) {
    say(speaker.next(seen.state, now_ms));
  }
}

/** While something runs down; a page that only lies there costs nothing. */
function each_frame() {
  tick();
  known.framing = document.body.dataset.session === "yes";
  if (known.framing) {
    window.requestAnimationFrame(each_frame);
  }
}

/** Ages, and a page whose frames the browser holds back. */
function each_second() {
  draw_link();
  if (document.hidden) {
    tick();
  }
  if (known.status && !by_id("watches").hidden) {
    draw_watches(known.status, known.states, (here_ms() - known.status_ms) / 1000);
  }
}

function go_to(view) {
  VIEWS.forEach((one) => {
    set_shown(by_id(one), one === view);
    set_attribute(by_id(`to-${one}`), "aria-current", one === view ? "page" : null);
  });
  if (document.body.dataset.view !== view) {
    set_attribute(document.body, "data-view", view);
    window.scrollTo(0, 0);
  }
  known.dose = "";
  draw_history(chosen());
}

function view_of_address() {
  const view = window.location.hash.slice(1);
  return VIEWS.indexOf(view) >= 0 ? view : "now";
}

/** What a key does; false: nothing. */
function act(key) {
  if (key === "?") {
    return open_help();
  }
  if (key === "v") {
    answer(switch_voice(), false);
    return true;
  }
  if (VIEWS[Number(key) - 1]) {
    window.location.hash = VIEWS[Number(key) - 1];
    return true;
  }
  const seen = chosen();
  const offered = seen ? verbs.of_session(seen.state).concat(verbs.of_start(seen.state), verbs.of_rest(seen.state, seen.summary)) : [];
  const wish = verbs.of_key(key, offered);
  if (wish) {
    give(wish, seen.watch, null);
  }
  return wish !== null;
}

function open_help() {
  show_voice();
  by_id("help").showModal();
  return true;
}

function choose_weeks(weeks) {
  known.weeks = weeks;
  [26, 52].forEach((one) => set_attribute(by_id(`weeks-${one}`), "aria-pressed", one === weeks ? "true" : "false"));
  draw_history(chosen());
}

function follow_people() {
  by_id("watch").addEventListener("change", (event) => {
    known.watch = event.target.value;
    remember("watch", known.watch);
    draw();
  });
  by_id("wearer").addEventListener("change", (event) => {
    known.wearer = event.target.value;
    remember("wearer", known.wearer);
    draw_history(chosen());
  });
  by_id("weeks-26").addEventListener("click", () => choose_weeks(26));
  by_id("weeks-52").addEventListener("click", () => choose_weeks(52));
  by_id("voice").addEventListener("click", () => answer(switch_voice(), false));
  by_id("help-button").addEventListener("click", open_help);
  window.addEventListener("hashchange", () => sign_in_by_address().then(() => go_to(view_of_address())));
  follow_keys(act);
  follow_days();
}

function begin() {
  known.watch = recall("watch");
  known.wearer = recall("wearer");
  document.querySelectorAll("[data-where]").forEach((one) => set_shown(one, one.dataset.where === WHERE));
  draw_keys();
  show_voice();
  follow_people();
  sign_in_by_address().then(() => {
    go_to(view_of_address());
    stream.open();
  });
  window.setInterval(each_second, 1000);
}

begin();
