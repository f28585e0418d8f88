/* The weeks behind: calendar, minutes a week, both sides.

   Rule: a calendar is a table, and reads as one; a sign's form says it all, its colour only repeats it. */

import { KINDS, bars_of, weeks_of } from "./calendar.js";
import { by_id, made, set_children, set_shown, set_text } from "./drawn.js";
import { symmetry_words } from "./words.js";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

// Half a year stands beside each other on a phone; the other half below.
const BLOCK_WEEKS = 26;
const BARS_MAX = 12;

/** Ask for them and draw them. */
export function draw_weeks(wearer, weeks) {
  const query = `?weeks=${weeks}${wearer ? `&wearer=${encodeURIComponent(wearer)}` : ""}`;
  return fetch(`api/history${query}`, { cache: "no-store" })
    .then((response) => response.json().then((said) => (response.ok ? show(said) : trouble(said.text))))
    .catch(() => trouble("The daemon did not answer; this is what was known before."));
}

function trouble(text) {
  set_shown(by_id("weeks-trouble"), text !== "");
  set_text(by_id("weeks-trouble"), text);
}

function show(history) {
  trouble("");
  draw_legend();
  draw_heat(history);
  draw_bars(history);
  set_text(by_id("symmetry"), symmetry_words(history.summary.symmetry));
  const left = history.summary.symmetry;
  by_id("balance").style.setProperty("--share", left === null ? 0.5 : left);
  set_shown(by_id("weeks-body"), true);
}

function draw_legend() {
  set_children(by_id("legend"), "legend", () =>
    KINDS.map((kind) => made("li", {}, [made("span", { class: "sign", "data-kind": kind[0], "aria-hidden": "true" }), ` ${kind[1]}`])),
  );
}

function draw_heat(history) {
  const weeks = weeks_of(history);
  const blocks = [];
  for (let end = weeks.length; end > 0; end -= BLOCK_WEEKS) {
    blocks.unshift(weeks.slice(Math.max(0, end - BLOCK_WEEKS), end));
  }
  set_children(by_id("heat"), JSON.stringify(weeks), () => blocks.map(table_of));
  // One stop for Tab, today; the arrows do the rest.
  if (!by_id("heat").querySelector("td[tabindex='0']")) {
    by_id("heat").querySelector(`td[data-date="${history.summary.date}"]`).tabIndex = 0;
  }
}

function table_of(weeks) {
  const months = weeks.map((week) => made("th", { scope: "col" }, made("span", {}, week.month)));
  const head = made("thead", {}, made("tr", {}, [made("td", {})].concat(months)));
  const rows = WEEKDAYS.map((name, number) => {
    const cells = weeks.map((week) => cell_of(week.days[number]));
    return made("tr", {}, [made("th", { scope: "row" }, name)].concat(cells));
  });
  const caption = made("caption", { class: "unseen" }, `Days from the week of ${weeks[0].monday}; arrow keys move`);
  return made("table", {}, [caption, head, made("tbody", {}, rows)]);
}

function cell_of(day) {
  if (day === null) {
    return made("td", {});
  }
  const sign = made("span", { class: "sign", "data-kind": day.kind, "aria-hidden": "true" });
  return made("td", { tabindex: "-1", title: day.line, "data-date": day.date }, [sign, made("span", { class: "unseen" }, day.line)]);
}

function draw_bars(history) {
  const bars = bars_of(history, BARS_MAX);
  set_children(by_id("bars"), JSON.stringify(bars), () => {
    const head = made("tr", {}, ["Week of", "Left", "Right", "Days"].map((name) => made("th", { scope: "col" }, name)));
    const rows = bars.map((bar) =>
      made("tr", {}, [
        made("th", { scope: "row" }, bar.name),
        side_cell("left", bar.left, bar.left_min),
        side_cell("right", bar.right, bar.right_min),
        made("td", { class: "days" }, bar.days),
      ]),
    );
    const target = Math.round(history.summary.week.target_s / 60);
    const caption = made("caption", {}, `A whole bar is ${target} minutes a side.`);
    return [made("table", { class: "bars" }, [caption, made("thead", {}, head), made("tbody", {}, rows)])];
  });
}

function side_cell(side, share, minutes) {
  const bar = made("span", { class: "bar" }, made("i", {}));
  bar.style.setProperty("--share", share);
  const dose = made("span", { class: "dose" }, minutes);
  return made("td", { "data-side": side }, made("div", { class: "cell" }, side === "left" ? [dose, bar] : [bar, dose]));
}

/** Arrow keys from day to day, as in a grid; and the day under pointer or keyboard in words. */
export function follow_days() {
  const heat = by_id("heat");
  const tell = (event) => {
    const cell = event.target.closest("td[tabindex]");
    if (cell) {
      set_text(by_id("day"), cell.title);
    }
  };
  heat.addEventListener("focusin", tell);
  heat.addEventListener("pointerover", tell);
  heat.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td[tabindex]");
    const next = cell && neighbour(cell, event.key);
    if (!next) {
      return;
    }
    event.preventDefault();
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

function neighbour(cell, key) {
  const row = cell.parentElement;
  const at = cell.cellIndex;
  const rows = row.parentElement.rows;
  const number = Array.prototype.indexOf.call(rows, row);
  const found = {
    ArrowLeft: () => row.cells[at - 1],
    ArrowRight: () => row.cells[at + 1],
    ArrowUp: () => rows[number - 1] && rows[number - 1].cells[at],
    ArrowDown: () => rows[number + 1] && rows[number + 1].cells[at],
    Home: () => row.cells[1],
    End: () => row.cells[row.cells.length - 1],
  }[key];
  const next = found && found();
  return next && next.hasAttribute("tabindex") ? next : null;
}
