/* A running session: side, ring, drawing, prompt, cues, verbs.

   Rule: drawn from the newest state of the chosen watch; what every second changes is `tick`'s, all else `draw`'s. */

import { why_dark } from "./awake.js";
import { draw_buttons } from "./buttons.js";
import { next_cue } from "./course.js";
import { by_id, set_attribute, set_shown, set_text } from "./drawn.js";
import { draw_marks, draw_ring } from "./ring.js";
import { of_session } from "./verbs.js";
import { ack_words, announcement, cue_words, form_words, prompt_words, reach_words, then_words } from "./words.js";

let announced = "";

/** All that changes with the state. `seen`: {watch, state}; `heard_ago_s` null: not known. */
export function draw_session(seen, heard_ago_s) {
  const state = seen.state;
  const stage = by_id("stage");
  set_attribute(stage, "data-phase", state.phase);
  set_attribute(stage, "data-side", state.side || "none");
  set_attribute(stage, "data-word", state.phase === "closing" ? "done" : state.side || "none");
  set_attribute(stage, "data-variant", state.variant || "kneeling");
  set_attribute(by_id("form"), "aria-label", state.side ? form_words(state.side, state.variant) : "Drawing");
  set_text(by_id("prompt"), prompt_words(state));
  set_text(by_id("place"), state.round ? `Round ${state.round} of ${Math.max(state.round, state.rounds)}` : "");
  set_text(by_id("then"), then_words(state));
  set_text(by_id("last-cue"), state.last_cue ? `${cue_words(state.last_cue)}: ${ack_words(state.last_ack)}` : "none yet");
  const reach = reach_words(state, heard_ago_s);
  set_text(by_id("remark"), reach || why_dark());
  set_attribute(by_id("remark"), "data-kind", reach ? "trouble" : "note");
  draw_marks(state);
  draw_buttons(by_id("session-verbs"), of_session(state), seen.watch);
  announce(state);
}

/** What changes with the time. */
export function tick_session(state, now_ms) {
  draw_ring(state, now_ms);
  const next = now_ms === null ? null : next_cue(state, now_ms);
  set_text(by_id("next-cue"), next === null ? "–" : `${cue_words(next.cue)} in ${next.in_s} s`);
}

/** Phases are told to screen readers, each once; seconds are not. */
function announce(state) {
  const words = announcement(state);
  const place = `${state.session} ${state.step} ${state.phase}`;
  if (place !== announced) {
    announced = place;
    set_text(by_id("announced"), words);
  }
}

/** Without a session there is nothing to announce but that. */
export function end_session(state) {
  if (announced !== "") {
    announced = "";
    set_text(by_id("announced"), announcement(state));
  }
}

/** Show the session, or what stands in its place; null: nothing is known yet. */
export function show_only(id) {
  ["stage", "rest", "no-watch"].forEach((one) => set_shown(by_id(one), one === id));
}
