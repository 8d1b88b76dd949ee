/** The list of strokes and imported colours: choose, recolour, reorder, delete. */

import { inkColour } from "../canvas/ink.js";
import { rgbOf } from "../model/colour.js";
import { nameOf } from "../model/names.js";
import { described } from "../model/strokes.js";
import { card, el, iconButton } from "./dom.js";

/** @typedef {import("../app.js").App} App */

/** Strokes that are listed at a time: the newest, or those around the chosen one. */
const LISTED = 60;

/** @param {App} app @returns {HTMLElement} */
export function strokesCard(app) {
  const list = el("ul", { class: "list", "aria-label": "Strokes, the newest first" });
  const imports = el("ul", { class: "list", "aria-label": "Imported colours" });
  const count = el("div", { class: "fine" });
  const actions = el("div", { class: "row tight", role: "group", "aria-label": "Chosen stroke" },
    el("button", { type: "button", title: "Give it the chosen colour (C)", onclick: () => recolour(app) }, "Recolour"),
    iconButton("up", "Paint it later", "", () => app.reorder(app.chosen, 1), { class: "small" }),
    iconButton("down", "Paint it earlier", "", () => app.reorder(app.chosen, -1), { class: "small" }),
    iconButton("trash", "Delete stroke", "Del", () => app.remove(app.chosen), { class: "small" }));

  function show() {
    const { strokes } = app.doc;
    const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-index") : null;
    const last = app.chosen < 0 ? strokes.length : Math.min(strokes.length, app.chosen + LISTED / 2);
    const first = Math.max(0, last - LISTED);
    const rows = [];
    for (let i = last - 1; i >= first; i -= 1) {
      const stroke = strokes[i];
      const own = i === app.chosen;
      const mark = el("span", { class: "swatch", "aria-hidden": "true" });
      mark.style.background = inkColour(stroke);
      const words = `${i + 1} ${described(stroke)}${stroke.color ? `, ${nameOf(rgbOf(stroke.color))}` : ""}`;
      rows.push(el("li", { class: own ? "chosen" : "" },
        el("button", { type: "button", class: "pick", "aria-pressed": String(own), "data-index": i,
          onclick: () => app.choose(own ? -1 : i) }, mark, words)));
    }
    list.replaceChildren(...rows);
    if (focused) list.querySelector(`[data-index="${focused}"]`)?.focus();
    const shown = rows.length < strokes.length ? ` (${rows.length} listed)` : "";
    count.textContent = strokes.length ? `${strokes.length} strokes${shown}` : "Nothing painted yet.";
    for (const button of actions.children) button.disabled = app.chosen < 0;
    imports.replaceChildren(...app.doc.imports.map((own, i) => el("li", {},
      el("span", { class: "grow" }, `${own.name}: ${own.count} pixels`),
      iconButton("trash", `Remove ${own.name}`, "", () => {
        const left = app.doc.imports.filter((_, k) => k !== i);
        app.commit({ imports: Object.freeze(left) }, "remove imported colours");
      }, { class: "small" }))));
    imports.hidden = !app.doc.imports.length;
  }
  app.on("doc", show);
  app.on("chosen", show);
  show();
  return card("Strokes", [count, actions, list, imports]);
}

/** Give the chosen stroke the chosen ink. @param {App} app */
export function recolour(app) {
  const own = app.doc.strokes[app.chosen];
  if (!own || own.kind === "erase") return;
  const { kind, color, soft, weight } = app.prefs;
  app.replace(app.chosen, {
    kind, color: kind === "paint" ? color : undefined, weight: soft ? weight : undefined,
  }, "recolour stroke");
}
