/* The page's voice: the browser's own, or a beep where it has none.

   Rule: silent until somebody asks for it, and a new word cuts the old one short: only the newest is of use. */

import { by_id, set_attribute, set_text } from "./drawn.js";
import { recall, remember } from "./remembered.js";

const BEEP_HZ = 660;
const BEEP_S = 0.18;

let on = recall("voice") === "on";
let sound = null;

function has_voice() {
  return "speechSynthesis" in window && window.speechSynthesis.getVoices().length > 0;
}

function beep() {
  const Sound = window.AudioContext || window.webkitAudioContext;
  if (!Sound) {
    return;
  }
  sound = sound || new Sound();
  sound.resume();
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = BEEP_HZ;
  volume.gain.setValueAtTime(0.2, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + BEEP_S);
  tone.connect(volume);
  volume.connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + BEEP_S);
}

/** Say it, if somebody wants to hear it. */
export function say(words) {
  if (!on || words === null) {
    return;
  }
  if (!has_voice()) {
    beep();
    return;
  }
  const spoken = new SpeechSynthesisUtterance(words);
  spoken.lang = "en";
  spoken.onerror = (event) => {
    if (event.error === "not-allowed") {
      set_text(by_id("voice-said"), "The browser lets the page speak only after a tap on it: tap anywhere.");
    }
  };
  window.speechSynthesis.cancel();
  window.speechSynthesis.speak(spoken);
}

/** Show whether it speaks, and how. */
export function show_voice() {
  set_attribute(by_id("voice"), "aria-pressed", on ? "true" : "false");
  const how = has_voice() ? "It speaks the cues." : "This browser has no voice: it beeps at each cue.";
  set_text(by_id("voice-said"), on ? how : "It is silent. The button beside ? makes it speak the cues.");
}

/** Switch it; a try at once, for browsers want a tap before the first sound. */
export function switch_voice() {
  on = !on;
  remember("voice", on ? "on" : "off");
  show_voice();
  if (on) {
    say("Cues are spoken");
  } else if ("speechSynthesis" in window) {
    window.speechSynthesis.cancel();
  }
  return on ? by_id("voice-said").textContent : "Cues are not spoken.";
}
