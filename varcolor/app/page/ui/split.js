/** The line between before and after: dragged, or moved by arrow keys. */

import { byId } from "./dom.js";

/** @typedef {import("../app.js").App} App */

/** @param {App} app */
export function splitHandle(app) {
  const handle = byId("split");
  const { stage } = app;
  function show() {
    const { compare, split } = stage.scene;
    handle.hidden = compare !== "split" || !app.photo;
    handle.style.left = `${split * 100}%`;
    handle.setAttribute("aria-valuenow", String(Math.round(split * 100)));
  }
  /** @param {number} split */
  function set(split) {
    stage.scene.split = Math.min(1, Math.max(0, split));
    stage.redraw("picture");
    show();
  }
  handle.addEventListener("pointerdown", (/** @type {PointerEvent} */ e) => {
    e.stopPropagation();
    handle.setPointerCapture(e.pointerId);
  });
  handle.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => {
    e.stopPropagation();
    if (!handle.hasPointerCapture(e.pointerId)) return;
    const box = stage.root.getBoundingClientRect();
    set((e.clientX - box.left) / box.width);
  });
  handle.addEventListener("pointerup", (/** @type {PointerEvent} */ e) => e.stopPropagation());
  handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!way) return;
    e.preventDefault();
    e.stopPropagation();
    set(stage.scene.split + way * (e.shiftKey ? 0.1 : 0.02));
  });
  app.on("look", show);
  app.on("photo", show);
  show();
}
