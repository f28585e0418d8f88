/* The live stream from the daemon (`api/live`), for as long as the page is open.

   Rule: it comes back by itself, whatever happened; what was known stays known meanwhile, with its age. */

import { sign_in } from "./sign_in.js";

// Three heartbeats: a stream that says nothing for so long is dead, whatever the browser believes.
const SILENT_MAX_MS = 45000;

// Not more often than a person reloads, and not so seldom that anybody would.
const AGAIN_MS = [1000, 2000, 3000, 5000];

export class Stream {
  /** `on`: {hello, state, status, clock: take the event's content; lost: takes a reason or ""}. */
  constructor(on) {
    this.on = on;
    this.source = null;
    this.tries = 0;
    this.heard_ms = 0;
    this.opening = null;
    window.setInterval(() => this.look(), 5000);
    // A phone in a pocket stops its clock: look at once when it is taken out.
    document.addEventListener("visibilitychange", () => this.look());
    window.addEventListener("online", () => this.again(0));
  }

  open() {
    this.close();
    this.heard_ms = performance.now();
    const source = new EventSource("api/live");
    this.source = source;
    ["hello", "state", "status", "clock"].forEach((kind) => {
      source.addEventListener(kind, (event) => this.heard(kind, event.data));
    });
    source.onerror = () => this.failed(source);
  }

  heard(kind, data) {
    this.heard_ms = performance.now();
    this.tries = 0;
    this.on[kind](JSON.parse(data));
  }

  /** The browser tries again by itself after a cut, but not after a refusal: the reason is asked for then. */
  failed(source) {
    if (source !== this.source) {
      return;
    }
    const refused = source.readyState === EventSource.CLOSED;
    this.on.lost("");
    if (refused) {
      this.close();
      this.why();
    }
  }

  why() {
    fetch("api/status", { cache: "no-store" })
      .then((response) => {
        if (response.status === 401) {
          this.on.lost("This page wants its token.");
          return sign_in().then(() => this.again(0));
        }
        if (response.ok) {
          this.on.lost("too many pages are open: close one, then this one goes on");
        }
        return this.again();
      })
      .catch(() => this.again());
  }

  again(wait_ms) {
    window.clearTimeout(this.opening);
    const next_ms = AGAIN_MS[Math.min(this.tries, AGAIN_MS.length - 1)];
    this.tries += 1;
    this.opening = window.setTimeout(() => this.open(), wait_ms === undefined ? next_ms : wait_ms);
  }

  look() {
    if (this.source && !document.hidden && performance.now() - this.heard_ms > SILENT_MAX_MS) {
      this.on.lost("");
      this.open();
    }
  }

  close() {
    if (this.source) {
      this.source.close();
      this.source = null;
    }
  }
}
