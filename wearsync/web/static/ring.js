/* The ring with the seconds that run down.

   Rule: drawn from instants and the daemon's clock, so it goes on while the stream is silent, and never below 0. */

import { cue_marks, countdown, left_s, left_share } from "./course.js";
import { by_id, made_svg, set_attribute, set_children, set_text } from "./drawn.js";
import { count, what_words } from "./words.js";

const RADIUS = 86;
const ROUND = 2 * Math.PI * RADIUS;

// Finer than that nobody sees; an old tablet is spared the rest.
const STEPS = 1000;

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Draw it as of `now_ms` of the daemon's clock; null: not known yet. */
export function draw_ring(state, now_ms) {
  const running = now_ms === null ? null : countdown(state);
  const seconds = running === null ? null : left_s(running, now_ms);
  set_text(by_id("seconds"), seconds === null ? "" : String(seconds));
  set_text(by_id("what"), seconds === null ? "" : what_words(state.phase));
  set_text(by_id("timer"), seconds === null ? "" : count(seconds, "second"));
  const share = running === null ? 1 : shown_share(running, now_ms, seconds);
  const gone = Math.round((1 - share) * STEPS) / STEPS;
  set_attribute(by_id("left-over"), "stroke-dasharray", `${ROUND} ${ROUND}`);
  set_attribute(by_id("left-over"), "stroke-dashoffset", (gone * ROUND).toFixed(2));
}

/** Who wants no motion gets a step a second. */
function shown_share(running, now_ms, seconds) {
  return calm.matches ? Math.min(1, (seconds * 1000) / running.total_ms) : left_share(running, now_ms);
}

/** The cues of a hold as marks on the ring. */
export function draw_marks(state) {
  const marks = cue_marks(state);
  set_children(by_id("ticks"), JSON.stringify(marks), () =>
    marks.map((share) => {
      const angle = 2 * Math.PI * share - Math.PI / 2;
      const at = (radius, turn) => (100 + radius * turn).toFixed(2);
      return made_svg("line", {
        x1: at(RADIUS - 9, Math.cos(angle)),
        y1: at(RADIUS - 9, Math.sin(angle)),
        x2: at(RADIUS + 9, Math.cos(angle)),
        y2: at(RADIUS + 9, Math.sin(angle)),
      });
    }),
  );
}
