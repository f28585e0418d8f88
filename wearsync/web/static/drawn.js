/* How anything gets onto the page.

   Rule: text goes in as text, whatever it holds; and only what has changed is touched, so that a screen reader
   and an old tablet have nothing to do when nothing happens. */

const SVG = "http://www.w3.org/2000/svg";

export const by_id = (id) => document.getElementById(id);

export function set_text(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function set_attribute(element, name, value) {
  if (value === null) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

export function set_shown(element, shown) {
  if (element.hidden === shown) {
    element.hidden = !shown;
  }
}

/** A new element with text or children. */
export function made(tag, attributes, content) {
  return filled(document.createElement(tag), attributes, content);
}

export function made_svg(tag, attributes) {
  return filled(document.createElementNS(SVG, tag), attributes);
}

function filled(element, attributes, content) {
  Object.keys(attributes || {}).forEach((name) => element.setAttribute(name, attributes[name]));
  [].concat(content === undefined ? [] : content).forEach((part) => element.append(part));
  return element;
}

/** In place of all that was in it; `key` says what they are of: the same key leaves them alone. */
export function set_children(element, key, make) {
  if (element.dataset.key === key) {
    return;
  }
  element.dataset.key = key;
  element.textContent = "";
  make().forEach((child) => element.append(child));
}

/** The options of a choice, and which is chosen; hidden while there is nothing to choose. */
export function set_options(select, label, names, chosen) {
  set_children(select, JSON.stringify(names), () => names.map((name) => made("option", { value: name }, name)));
  if (select.value !== chosen) {
    select.value = chosen;
  }
  set_shown(label, names.length > 1);
}
