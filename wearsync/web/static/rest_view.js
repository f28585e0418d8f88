/* Without a session: what to do, today for each side against the plan, the streak.

   Rule: it shows and does not preach: what is missing is a number, not a reproach. */

import { draw_buttons } from "./buttons.js";
import { planned_today_s, session_min } from "./course.js";
import { by_id, made, set_attribute, set_children, set_text } from "./drawn.js";
import { of_rest, of_start } from "./verbs.js";
import { count, headline, instant_words, last_session_words, link_words } from "./words.js";

export function draw_rest(seen) {
  const { state, summary, watch } = seen;
  set_text(by_id("headline"), headline(summary));
  set_text(by_id("plan"), plan_words(state, summary));
  draw_sides(state, summary);
  const reached = state.link === "connected" || state.link === "idle";
  set_text(by_id("rest-remark"), reached ? "" : `${watch}: ${link_words(state.link)}.`);
  draw_buttons(by_id("start-verbs"), of_start(state), watch);
  draw_buttons(by_id("rest-verbs"), of_rest(state, summary), watch);
  draw_facts(facts_of(summary));
}

function plan_words(state, summary) {
  const routine = state.routine;
  if (!routine) {
    return "The routine is not known yet.";
  }
  const holds = routine.left_s === routine.right_s ? `${routine.left_s} s a side` : `left ${routine.left_s} s, right ${routine.right_s} s`;
  const rounds = count(routine.rounds, "round");
  const again = summary.full ? "Once more, if you like: " : "";
  return `${again}${rounds}, ${holds}, ${routine.variant}: about ${session_min(routine)} min. The watch asks for a tap first.`;
}

function draw_sides(state, summary) {
  set_children(by_id("today"), "sides", () => ["left", "right"].map(side_row));
  ["left", "right"].forEach((side) => {
    const held_s = Math.round(summary.today[side].seconds);
    const planned_s = state.routine ? planned_today_s(state.routine, side) : 60;
    const row = by_id(`today-${side}`);
    row.querySelector(".bar").style.setProperty("--share", Math.min(1, held_s / planned_s));
    set_attribute(row.querySelector(".bar"), "data-done", held_s >= planned_s ? "yes" : "no");
    set_text(row.querySelector(".dose"), `${held_s} of ${planned_s} s`);
  });
}

function side_row(side) {
  return made("div", { class: "side-row", id: `today-${side}`, "data-side": side }, [
    made("span", { class: "name" }, side === "left" ? "◀ Left" : "Right ▶"),
    made("span", { class: "bar" }, made("i", {})),
    made("span", { class: "dose" }),
  ]);
}

/** [what, how it stands] */
function facts_of(summary) {
  const grace = summary.grace_left ? count(summary.grace_left, "day") : "no day";
  const week = summary.week;
  const minutes = (seconds) => (seconds / 60).toFixed(1);
  return [
    ["Streak", `${count(summary.streak, "day")}, ${grace} of grace left this week`],
    ["Longest", count(summary.longest_streak, "day")],
    ["This week", `left ${minutes(week.left_s)}, right ${minutes(week.right_s)} of ${Math.round(week.target_s / 60)} min`],
    ["Last session", last_session_words(summary.last_session, summary.date)],
    ["Next reminder", summary.next_reminder ? instant_words(summary.next_reminder, summary.date) : "none"],
    ["Longer holds", progression_words(summary.progression)],
  ].filter((fact) => fact[1] !== "");
}

function progression_words(progression) {
  if (!progression) {
    return "";
  }
  return ["left", "right"]
    .map((side) => {
      const one = progression[side];
      const left = progression.days_needed - one.full_days;
      return one.next_s ? `${side} ${one.next_s} s after ${count(left, "full day")}` : `${side} at its longest`;
    })
    .join(", ");
}

function draw_facts(facts) {
  const names = facts.map((fact) => fact[0]);
  set_children(by_id("facts"), JSON.stringify(names), () =>
    names.map((name) => made("div", {}, [made("dt", {}, name), made("dd", {})])),
  );
  const shown = by_id("facts").querySelectorAll("dd");
  facts.forEach((fact, place) => set_text(shown[place], fact[1]));
}
