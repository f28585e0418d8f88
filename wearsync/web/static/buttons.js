/* Buttons for verbs.

   Rule: a button that stays the same stays the same element: who has it in focus keeps it. */

import { give } from "./commands.js";
import { made, set_children } from "./drawn.js";

/** Draw these; `watch`: for whom. */
export function draw_buttons(group, wishes, watch) {
  set_children(group, JSON.stringify([wishes, watch]), () => wishes.map((wish) => button_of(wish, watch)));
}

/** One verb as a button. */
export function button_of(wish, watch) {
  const button = made("button", { type: "button", "data-verb": wish.verb, class: wish.kind || "" }, wish.words);
  if (wish.label) {
    button.setAttribute("aria-label", wish.label);
  }
  if (wish.key) {
    button.setAttribute("aria-keyshortcuts", wish.key);
  }
  button.addEventListener("click", () => give(wish, watch, button));
  return button;
}
