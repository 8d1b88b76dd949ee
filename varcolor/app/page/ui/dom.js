/** Elements, icons and small controls. */

/**
 * @param {string} tag @param {Record<string, any>} [attributes] names that begin with "on" are
 * listeners; properties and attributes are told apart by the element
 * @param {...(Node | string | null | undefined)} children @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  const own = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) own.addEventListener(name.slice(2), value);
    else if (name === "class") own.className = value;
    else if (name === "background") own.style.background = value;
    else if (name in own && typeof value !== "string") /** @type {any} */ (own)[name] = value;
    else own.setAttribute(name, value === true ? "" : String(value));
  }
  own.append(...children.filter((c) => c !== null && c !== undefined).map((c) => /** @type {Node} */ (c)));
  return own;
}

/** @param {string} id @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

/** Paths of our icons, in a square of 24. */
const ICONS = /** @type {Record<string, string>} */ ({
  brush: "M4 20c3 0 5-1 5-4 0-1.500-1-2.500-2.500-2.500S4 15 4 17zM9 15 19 4l2 2L10.500 16.500",
  eraser: "M8 20 3 15 14 4l7 7-9 9zM8 10l7 7M8 20h12",
  line: "M5 19 19 5M3 19a2 2 0 1 0 4 0 2 2 0 1 0-4 0M17 5a2 2 0 1 0 4 0 2 2 0 1 0-4 0",
  polygon: "M12 3 21 10 17 20H7L3 10z",
  object: "M8 3c5-2 12 1 12 8s-5 10-10 10-7-5-6-10 1-7 4-8M12 8v8M8 12h8",
  point: "M12 8a4 4 0 1 0 0 8 4 4 0 1 0 0-8",
  select: "M5 3l14 8-6 1.500L10 19z",
  pick: "M4 20l1-4 8-8 3 3-8 8zM12 7l5 5M14 9l3-4a2.100 2.100 0 0 1 3 3l-4 3",
  pan: "M12 3v18M3 12h18M12 3 9 6M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3",
  undo: "M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4",
  redo: "M16 5l4 4-4 4M20 9H10a5 5 0 0 0 0 10h4",
  open: "M3 19V5h6l2 3h10v11z",
  save: "M4 4h13l3 3v13H4zM8 4v5h7V4M7 20v-7h10v7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  help: "M9 9a3 3 0 1 1 4.500 2.500c-1 .7-1.500 1.200-1.500 2.500M12 18v.5",
  panel: "M4 5h16v14H4zM4 13h16",
  up: "M6 14l6-6 6 6",
  down: "M6 10l6 6 6-6",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 9a3 3 0 1 0 0 6 3 3 0 1 0 0-6",
  next: "M9 6l6 6-6 6",
  back: "M15 6l-6 6 6 6",
  close: "M6 6l12 12M18 6 6 18",
  target: "M12 4a8 8 0 1 0 0 16 8 8 0 1 0 0-16M12 1v6M12 17v6M1 12h6M17 12h6",
  play: "M7 4l13 8-13 8z",
  pause: "M8 5v14M16 5v14",
  table: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
});

/** @param {string} name @returns {SVGElement} */
export function icon(name) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", ICONS[name] ?? "");
  for (const [key, value] of Object.entries({
    fill: name === "point" ? "currentColor" : "none", stroke: "currentColor", "stroke-width": "1.8",
    "stroke-linecap": "round", "stroke-linejoin": "round",
  })) path.setAttribute(key, value);
  svg.append(path);
  return svg;
}

/**
 * A button with an icon, whose tooltip names its shortcut.
 * @param {string} image @param {string} name @param {string} key shortcut, or ""
 * @param {() => void} action @param {Record<string, any>} [more]
 */
export function iconButton(image, name, key, action, more = {}) {
  return el("button", {
    type: "button", "aria-label": name, title: key ? `${name} (${key})` : name,
    "aria-keyshortcuts": key ? key.replace("Ctrl+", "Control+") : null, onclick: action, ...more,
  }, icon(image));
}

/**
 * Choices beside each other, of which one holds.
 * @param {string} label @param {[string, string, string?][]} choices value, words, tooltip
 * @param {(value: string) => void} chosen
 */
export function segments(label, choices, chosen) {
  const buttons = choices.map(([value, words, title]) =>
    el("button", { type: "button", role: "radio", title: title ?? words, "data-value": value,
      onclick: () => chosen(value), "aria-checked": "false" }, words));
  const root = el("div", { class: "segments", role: "radiogroup", "aria-label": label }, ...buttons);
  roving(root, "button");
  return {
    root,
    /** @param {string} value */
    show(value) {
      for (const button of buttons) {
        const own = button.dataset.value === value;
        button.setAttribute("aria-checked", String(own));
        button.tabIndex = own ? 0 : -1;
      }
    },
  };
}

/** Let arrow keys move the focus within a group. @param {HTMLElement} root @param {string} selector */
export function roving(root, selector) {
  root.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!way) return;
    const all = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0) return;
    const next = all[(at + way + all.length) % all.length];
    next.focus();
    if (next.getAttribute("role") === "radio") next.click();
    event.preventDefault();
    event.stopPropagation();
  });
}

/** @param {string} title @param {Node[]} body @param {boolean} [open] */
export function card(title, body, open = true) {
  return el("details", { class: "card", open }, el("summary", {}, title), el("div", { class: "body" }, ...body));
}

/**
 * Show a dialog; it goes by its button, by Escape and by a click outside.
 * @param {string} title @param {...(Node | null)} body @returns {HTMLDialogElement}
 */
export function dialog(title, ...body) {
  const heading = el("h2", { id: `title-${Date.now()}` }, title);
  const own = el("dialog", { "aria-labelledby": heading.id });
  const close = iconButton("close", "Close", "Esc", () => own.close(), { class: "quiet" });
  own.append(el("div", { class: "head" }, heading, close), el("div", { class: "body" }, ...body));
  own.addEventListener("click", (/** @type {Event} */ e) => e.target === own && own.close());
  own.addEventListener("close", () => own.remove());
  byId("dialogs").append(own);
  own.showModal();
  return own;
}

/** Give a file to the browser to save. @param {Blob} blob @param {string} name */
export function saveBlob(blob, name) {
  const href = URL.createObjectURL(blob);
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
