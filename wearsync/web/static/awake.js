/* Keeps the screen on while a session runs, where the browser lets it.

   Rule: what it can't do it says, in one line, with what to do about it. */

let lock = null;
let wanted = false;
let refusal = "";

/** Why the screen may go dark, or "". */
export function why_dark() {
  if (refusal) {
    return refusal;
  }
  if ("wakeLock" in navigator) {
    return "";
  }
  return window.isSecureContext
    ? "This browser can't keep the screen on: give the display five minutes or more before it goes dark."
    : "The screen may go dark: browsers keep it on over https only. Give the page a certificate, or the display five minutes.";
}

function take() {
  if (!wanted || lock || document.hidden || !("wakeLock" in navigator)) {
    return;
  }
  navigator.wakeLock
    .request("screen")
    .then((held) => {
      refusal = "";
      lock = held;
      held.addEventListener("release", () => {
        lock = null;
      });
      if (!wanted) {
        held.release();
      }
    })
    .catch(() => {
      refusal = "The screen may go dark: the browser refuses to keep it on (its battery saver?).";
    });
}

/** Hold it while `running`, let go of it after. */
export function keep_awake(running) {
  if (running === wanted) {
    return;
  }
  wanted = running;
  if (running) {
    take();
  } else if (lock) {
    lock.release();
    lock = null;
  }
}

// The browser takes it back when the page is out of sight.
document.addEventListener("visibilitychange", take);
