/* Verbs on their way to the daemon, and what became of them.

   Rule: one at a time; each gets an answer in words, also when there is none. */

import { by_id, set_attribute } from "./drawn.js";
import { sign_in } from "./sign_in.js";
import { command_of } from "./verbs.js";

// A watch that is being connected for it takes some; longer than this is no answer.
const ANSWER_MAX_MS = 20000;

// Long enough to be read twice.
const SHOWN_MS = 8000;

let under_way = false;
let hiding = null;

/** Say it where it is seen and heard. */
export function answer(text, trouble) {
  const shown = by_id("answer");
  window.clearTimeout(hiding);
  // Said again even if it is the same again.
  by_id("answer-text").textContent = "";
  by_id("answer-text").textContent = text;
  shown.dataset.trouble = trouble ? "yes" : "no";
  shown.dataset.shown = "yes";
  hiding = window.setTimeout(() => {
    shown.dataset.shown = "no";
    by_id("answer-text").textContent = "";
  }, SHOWN_MS);
}

/** Carry out one, unless another is on its way. */
export function give(wish, watch, pressed) {
  if (under_way) {
    return Promise.resolve();
  }
  busy(true, pressed);
  const abort = new AbortController();
  const waiting = window.setTimeout(() => abort.abort(), ANSWER_MAX_MS);
  return fetch("api/command", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(command_of(wish, watch)),
    signal: abort.signal,
  })
    .then((response) =>
      response.json().then((said) => {
        answer(said.text || (response.ok ? "Done." : "That did not work."), !response.ok);
        return response.status === 401 ? sign_in() : undefined;
      }),
    )
    .catch(() => answer("The daemon did not answer: is it running? Try again in a moment.", true))
    .then(() => {
      window.clearTimeout(waiting);
      busy(false, pressed);
    });
}

/** Not `disabled`: that would take the keyboard's place on the page away. */
function busy(yes, pressed) {
  under_way = yes;
  document.querySelectorAll("[data-verb]").forEach((one) => set_attribute(one, "aria-disabled", yes ? "true" : null));
  if (pressed) {
    set_attribute(pressed, "aria-busy", yes ? "true" : null);
  }
}
