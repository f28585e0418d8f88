/* The keys.

   Rule: none acts while somebody types, or together with Ctrl, Alt or Meta; and they can be switched off. */

import { by_id, made, set_children } from "./drawn.js";
import { recall, remember } from "./remembered.js";
import { KEYS } from "./verbs.js";

/** `act(key)`: what a key does; true if it did something. */
export function follow_keys(act) {
  const switched = by_id("keys-on");
  switched.checked = recall("keys") !== "off";
  switched.addEventListener("change", () => remember("keys", switched.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    const other = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
    const asking = document.querySelector("dialog[open]") !== null;
    if (!typing && !other && !asking && switched.checked && act(event.key)) {
      event.preventDefault();
    }
  });
}

/** The help's list of them. */
export function draw_keys() {
  set_children(by_id("keys"), "keys", () =>
    KEYS.map((key) => made("div", {}, [made("dt", {}, made("kbd", {}, key[0])), made("dd", {}, key[1])])),
  );
}
