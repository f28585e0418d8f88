/* The weeks behind, as a calendar: pure.

   Rule: pain first, it is not to be overlooked; the same words and order as `wearsync history` has. */

import { day_words, month } from "./words.js";

const DAY_MS = 86400000;

/** What a day was: [its word, what that means]; the word is also the name of its sign. */
export const KINDS = [
  ["full", "routine done"],
  ["counts", "counts"],
  ["some", "some"],
  ["nothing", "nothing"],
  ["away", "away"],
  ["pain", "it hurt"],
];

export function kind_of(day) {
  if (!day) {
    return "nothing";
  }
  if (day.pain) {
    return "pain";
  }
  if (day.full || day.counts) {
    return day.full ? "full" : "counts";
  }
  if (day.left_s + day.right_s > 0) {
    return "some";
  }
  return day.away ? "away" : "nothing";
}

/** The day in words: for its cell, and for who can't see that. */
export function day_line(date, day) {
  const kind = kind_of(day);
  const means = KINDS.filter((one) => one[0] === kind)[0][1];
  const dose = day && day.left_s + day.right_s > 0 ? `: left ${Math.round(day.left_s)} s, right ${Math.round(day.right_s)} s` : "";
  return `${day_words(date)}${dose}, ${means}`;
}

const plus_days = (date, days) => new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** Weeks of seven cells: {monday, month (named where it begins, or ""), days: [{date, kind, line} or null]};
    null is a day that has not come. `history`: as `api/history` has it. */
export function weeks_of(history) {
  const days = {};
  history.days.forEach((day) => {
    days[day.date] = day;
  });
  let named = "";
  return history.weeks.map((week) => {
    const cells = [];
    for (let number = 0; number < 7; number += 1) {
      const date = plus_days(week.monday, number);
      const day = days[date];
      cells.push(date > history.summary.date ? null : { date, kind: kind_of(day), line: day_line(date, day) });
    }
    const name = month(Number(plus_days(week.monday, 6).slice(5, 7)) - 1);
    const shown = name === named ? "" : name;
    named = name;
    return { monday: week.monday, month: shown, days: cells };
  });
}

/** The newest weeks, newest first, with shares of the week's target for the bars. */
export function bars_of(history, weeks_max) {
  const target_s = history.summary.week.target_s || 600;
  const share = (seconds) => Math.min(1, seconds / target_s);
  return history.weeks
    .slice(-weeks_max)
    .reverse()
    .map((week) => ({
      name: day_words(week.monday).slice(4),
      left: share(week.left_s),
      right: share(week.right_s),
      left_min: (week.left_s / 60).toFixed(1),
      right_min: (week.right_s / 60).toFixed(1),
      days: `${week.counted_days} of 7`,
    }));
}
