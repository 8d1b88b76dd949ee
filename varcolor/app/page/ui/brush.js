/** The brush panel: what a stroke means, how wide and how firm it is. */

import { card, el, segments } from "./dom.js";

/** @typedef {import("../app.js").App} App */

const LARGEST = 2000;

/** @param {App} app @returns {HTMLElement} */
export function brushCard(app) {
  const kinds = segments("What a stroke says", [
    ["paint", "Colour", "Here the colour is the chosen one"],
    ["neutral", "Grey", "Here there is no colour"],
    ["keep", "Keep", "Here the photo's own colours stay (colour photos only)"],
    ["protect", "Protect", "Nothing spreads into this part; it stays as it is"],
  ], (kind) => app.set({ kind: /** @type {any} */ (kind) }));
  const size = el("input", { type: "range", min: "0", max: "1", step: "0.001", id: "size" });
  const shown = el("output", { for: "size" });
  const soft = el("input", { type: "checkbox", id: "soft" });
  const weight = el("input", { type: "range", min: "-3", max: "2", step: "0.1", id: "weight", "aria-label": "Weight of soft strokes" });
  const firm = el("output", { for: "weight" });
  const pressure = el("input", { type: "checkbox", id: "pressure" });
  const screen = el("input", { type: "checkbox", id: "screen" });
  const check = (/** @type {any} */ box, /** @type {string} */ words) =>
    el("div", { class: "check" }, box, el("label", { for: box.id }, words));

  size.addEventListener("input", () => app.set({ radius: radiusOf(Number(size.value)) }));
  soft.addEventListener("change", () => app.set({ soft: soft.checked }));
  weight.addEventListener("input", () => app.set({ weight: Number((10 ** Number(weight.value)).toPrecision(2)) }));
  pressure.addEventListener("change", () => app.set({ pressure: pressure.checked }));
  screen.addEventListener("change", () => {
    const scale = app.stage.view.scale;
    app.set({ screenSize: screen.checked, radius: app.prefs.radius * (screen.checked ? scale : 1 / scale) });
  });
  app.on("brush", (factor) => {
    const radius = app.prefs.radius;
    const next = factor > 1 ? Math.max(radius * factor, radius + 0.5) : Math.min(radius * factor, radius - 0.5);
    app.set({ radius: Math.min(LARGEST, Math.max(0, Math.round(next * 2) / 2)) });
  });

  function show() {
    const { kind, radius, soft: isSoft, weight: w } = app.prefs;
    kinds.show(kind);
    size.value = String(partOf(radius));
    shown.textContent = `${Math.round(radius * 20) / 10 || 1} px wide`;
    soft.checked = isSoft;
    weight.value = String(Math.log10(w));
    weight.disabled = !isSoft;
    firm.textContent = isSoft ? `weight ${w}` : "exact";
    pressure.checked = app.prefs.pressure;
    screen.checked = app.prefs.screenSize;
    const { cursor } = app.stage.scene;
    if (cursor) {
      cursor.radius = app.radius;
      app.stage.redraw("cursor");
    }
  }
  app.on("prefs", show);
  app.on("photo", () => {
    const keep = /** @type {HTMLButtonElement} */ (kinds.root.querySelector("[data-value=keep]"));
    keep.disabled = !app.photo?.colour || app.doc.mode !== "recolor";
    if (keep.disabled && app.prefs.kind === "keep") app.set({ kind: "paint" });
  });
  app.on("doc", () => {
    const keep = /** @type {HTMLButtonElement} */ (kinds.root.querySelector("[data-value=keep]"));
    keep.disabled = !app.photo?.colour || app.doc.mode !== "recolor";
  });
  show();
  return card("Brush", [
    kinds.root,
    el("div", { class: "field" }, el("label", { for: "size" }, "Size  [ ]"), size, shown),
    check(soft, "Soft: neighbours may bend the colour"),
    el("div", { class: "row" }, el("div", { class: "grow" }, weight), firm),
    check(pressure, "Pen pressure changes the width"),
    check(screen, "Same size on the screen at any zoom"),
  ]);
}

/** @param {number} part 0..1 of the slider */
function radiusOf(part) {
  return Math.round((LARGEST ** part - 1) * 2) / 2;
}

/** @param {number} radius */
function partOf(radius) {
  return Math.log(Math.min(LARGEST, radius) + 1) / Math.log(LARGEST);
}
