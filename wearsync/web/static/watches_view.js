/* The watches: link, trust, battery, last heard.

   Rule: trust is said in words with what it means; a name is text, whatever it is. */

import { button_of } from "./buttons.js";
import { by_id, made, set_attribute, set_children, set_text } from "./drawn.js";
import { ago, link_words, trust_words } from "./words.js";

const LOW_PERCENT = 20;

/** `status`: as `api/status` has it; `states`: by watch; `old_s`: how old that status is. */
export function draw_watches(status, states, old_s) {
  const names = status.watches.map((watch) => watch.name);
  set_children(by_id("watch-cards"), JSON.stringify(names), () => names.map((name) => card_of(name)));
  const cards = by_id("watch-cards").children;
  status.watches.forEach((watch, place) => draw_card(cards[place], watch, states[watch.name], old_s));
  const waiting = status.outbox ? `; ${status.outbox} events wait for it` : "";
  set_text(by_id("daemon"), `wearsync ${status.version}, site ${status.site}. Broker ${status.broker}${waiting}. Radio ${status.radio}.`);
}

function card_of(name) {
  const facts = ["Link", "Trust", "Battery", "Last heard", "Worn by", "Family"];
  return made("article", { class: "card watch" }, [
    made("h2", {}, name),
    made("dl", {}, facts.map((fact) => made("div", {}, [made("dt", {}, fact), made("dd", { "data-fact": fact })]))),
    made("div", { class: "verbs small" }, button_of({ verb: "buzz", words: "Buzz" }, name)),
  ]);
}

function draw_card(card, watch, seen, old_s) {
  const show = (fact, text) => set_text(card.querySelector(`[data-fact="${fact}"]`), text);
  const link = watch.link.split(": ");
  show("Link", [link_words(link[0])].concat(link.slice(1)).join(": "));
  show("Trust", trust_words(watch.trust));
  const charging = seen && seen.state.charging ? ", charging" : "";
  const percent = watch.battery_percent;
  show("Battery", percent === null ? "not known" : `${percent} %${charging}${percent < LOW_PERCENT && !charging ? ", low" : ""}`);
  const heard_s = watch.last_heard_s;
  show("Last heard", watch.link === "connected" ? "just now" : heard_s === null ? "never yet" : ago(heard_s + old_s));
  show("Worn by", watch.wearer);
  show("Family", watch.driver + (seen && seen.state.app_version ? `, our app ${seen.state.app_version}` : ""));
  set_attribute(card, "data-link", link[0]);
}
