/* Signing in with the page's token: out of the address (`#token=…`, from the QR code), or typed.

   Rule: the token is sent once, kept nowhere here, and taken out of the address bar and the history at once. */

import { by_id, set_text } from "./drawn.js";

/** The token of the address, which is forgotten there; null: none. */
function token_of_address() {
  const found = /(?:^#|&)token=([^&]+)/.exec(window.location.hash);
  if (!found) {
    return null;
  }
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  try {
    return decodeURIComponent(found[1]);
  } catch (error) {
    return found[1];
  }
}

/** Resolves to "", or to why not. */
function present(token) {
  return fetch("api/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  })
    .then((response) => (response.ok ? "" : response.json().then((answer) => answer.text)))
    .catch(() => "The daemon did not answer: is it running? Try again.");
}

/** If the address brings a token, sign in with it; resolves in any case. */
export function sign_in_by_address() {
  const token = token_of_address();
  return token === null ? Promise.resolve() : present(token);
}

/** Ask for the token until it is right. */
export function sign_in() {
  const dialog = by_id("sign-in");
  if (!dialog.open) {
    set_text(by_id("sign-in-trouble"), "");
    dialog.showModal();
  }
  return new Promise((resolve) => {
    dialog.oncancel = (event) => event.preventDefault();
    by_id("sign-in-form").onsubmit = (event) => {
      event.preventDefault();
      const field = by_id("token");
      present(field.value.trim()).then((trouble) => {
        set_text(by_id("sign-in-trouble"), trouble);
        field.value = "";
        if (trouble) {
          field.focus();
          return;
        }
        dialog.close();
        resolve();
      });
    };
  });
}
