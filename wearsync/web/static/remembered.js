/* What this browser remembers: the watch, the wearer, voice, keys.

   Rule: a convenience only. A browser that keeps nothing (a private window) is as good. */

const PREFIX = "wearsync.";

export function recall(name) {
  try {
    return window.localStorage.getItem(PREFIX + name);
  } catch (error) {
    return null;
  }
}

export function remember(name, value) {
  try {
    window.localStorage.setItem(PREFIX + name, value);
  } catch (error) {
    // Then it is asked again.
  }
}
