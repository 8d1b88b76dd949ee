/** The colour panel: plane, numbers, suggestions, recent colours and the palette. */

import { atLuma, hexOf, labOf, luma, parsedHex, rgbOf, rgbOfLab } from "../model/colour.js";
import { nameOf } from "../model/names.js";
import { byId, card, el, icon } from "./dom.js";
import { paletteRow } from "./palette.js";
import { Plane } from "./plane.js";
import { referenceRow } from "./reference.js";

/** @typedef {import("../app.js").App} App */

/** @param {App} app @returns {HTMLElement} */
export function pickerCard(app) {
  const plane = new Plane((color) => app.set({ color, kind: "paint" }));
  const now = el("div", { class: "now", role: "img" });
  const name = el("strong");
  const said = el("div", { class: "fine" });
  const hex = el("input", { "aria-label": "Hex colour", size: 8, spellcheck: "false", autocomplete: "off" });
  const rgb = ["R", "G", "B"].map((c) => number(`${c}, 0 to 255`, 0, 255));
  const lab = ["L*", "a*", "b*"].map((c, i) => number(c, i ? -128 : 0, i ? 128 : 100));
  const lock = el("input", { type: "checkbox", checked: true, id: "follow" });
  const suggestions = el("div", { class: "swatches", role: "group", "aria-label": "Suggested colours" });
  const recent = el("div", { class: "swatches", role: "group", "aria-label": "Recent colours" });
  const where = el("button", { type: "button", title: "Show the place where a colour would tell most (W)",
    onclick: () => app.live?.tell({ type: "next" }) }, icon("target"), "Where next?");

  hex.addEventListener("change", () => {
    const color = parsedHex(hex.value);
    if (color) app.set({ color, kind: "paint" });
    show();
  });
  rgb.forEach((field) => field.addEventListener("change", () => {
    const [r, g, b] = rgb.map((f) => Number(f.value) / 255);
    app.set({ color: hexOf({ r, g, b }), kind: "paint" });
  }));
  lab.forEach((field) => field.addEventListener("change", () => {
    const [l, a, b] = lab.map((f) => Number(f.value));
    app.set({ color: hexOf(rgbOfLab(l, a, b)), kind: "paint" });
  }));

  function show() {
    const { color } = app.prefs;
    const own = rgbOf(color);
    const y = lock.checked ? app.luma : luma(own);
    plane.show(y, color);
    const there = hexOf(atLuma(own, y));
    now.style.background = `linear-gradient(135deg, ${color} 50%, ${there} 50%)`;
    now.setAttribute("aria-label", `chosen colour ${nameOf(own)}`);
    name.textContent = nameOf(own);
    said.textContent = `${color}; at luma ${Math.round(y * 100)} %: ${there}`;
    if (document.activeElement !== hex) hex.value = color;
    const fill = (/** @type {any[]} */ fields, /** @type {number[]} */ values) =>
      fields.forEach((f, i) => document.activeElement !== f && (f.value = String(Math.round(values[i]))));
    fill(rgb, [own.r * 255, own.g * 255, own.b * 255]);
    fill(lab, labOf(own));
  }

  /** @param {string} color @param {string} [words] @returns {HTMLElement} */
  function swatch(color, words) {
    const own = rgbOf(color);
    const text = `${words ? `${words}, ` : ""}${nameOf(own)} ${color}`;
    const button = el("button", { type: "button", class: `swatch${words ? " wide" : ""}`, title: text,
      "aria-label": text, onclick: () => app.set({ color, kind: "paint" }) }, words ?? "");
    button.style.background = color;
    if (words) button.style.color = luma(own) > 0.5 ? "#000" : "#fff";
    return button;
  }

  app.on("prefs", (change) => ("color" in change || "kind" in change) && show());
  app.on("luma", show);
  lock.addEventListener("change", show);
  app.on("recent", () => recent.replaceChildren(...app.recent.map((c) => swatch(c))));
  app.on("message", (facts) => {
    if (facts.type !== "suggestions") return;
    const list = facts.colors.map((/** @type {any} */ s) => swatch(s.color, `${Math.round(s.share * 100)} %`));
    suggestions.replaceChildren(...list);
    if (!list.length) suggestions.append(el("span", { class: "fine" }, "none yet: they come from your own strokes"));
  });
  suggestions.append(el("span", { class: "fine" }, "click the picture with a stroke or point, and colours that fit come here"));
  recent.append(el("span", { class: "fine" }, "colours that you used"));
  show();

  return card("Colour", [
    el("p", { class: "unseen", id: "plane-help" }, "Blue grows to the right, red upwards; with Shift in larger steps."),
    plane.canvas,
    el("div", { class: "row" }, now, el("div", { class: "grow" }, name, said)),
    el("div", { class: "check" }, lock, el("label", { for: "follow" }, "show at the luma under the cursor")),
    el("div", { class: "row tight" }, hex,
      el("button", { type: "button", title: "Pick a colour from the picture (I)",
        onclick: () => app.set({ tool: "pick" }) }, icon("pick"), "Pick")),
    el("details", {}, el("summary", { class: "fine" }, "RGB and L*a*b* numbers"),
      el("div", { class: "numbers" }, ...rgb), el("div", { class: "numbers" }, ...lab)),
    el("div", { class: "field" }, el("span", {}, "Suggested for the place"), suggestions),
    where,
    el("div", { class: "field" }, el("span", {}, "Recent"), recent),
    referenceRow(app),
    paletteRow(app, swatch),
  ]);
}

/** @param {string} label @param {number} min @param {number} max */
function number(label, min, max) {
  return el("input", { type: "number", "aria-label": label, title: label, min: String(min), max: String(max), step: "1" });
}

/** Keep the luma under the cursor. @param {App} app */
export function followLuma(app) {
  app.on("pointer", (at) => {
    const y = app.stage.lumaAt(at);
    const readout = byId("readout");
    readout.textContent = y === null ? "" : `x ${Math.floor(at[0])}  y ${Math.floor(at[1])}  luma ${Math.round(y * 100)} %`;
    if (y === null || Math.abs(y - app.luma) < 0.004) return;
    app.luma = y;
    clearTimeout(waiting);
    waiting = setTimeout(() => app.tell("luma"), 40);
  });
}
/** @type {any} */
let waiting = 0;
