/** Another photo to pick colours from; it never leaves the browser. */

import { hexOf } from "../model/colour.js";
import { el } from "./dom.js";
import { fileField } from "./files.js";

/** @typedef {import("../app.js").App} App */

const SIDE = 560;

/** @param {App} app @returns {HTMLElement} */
export function referenceRow(app) {
  const canvas = el("canvas", { class: "reference", tabindex: 0, role: "application", hidden: true,
    "aria-label": "Second photo: click, or move with arrow keys and press Enter, to pick a colour" });
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  /** @type {ImageBitmap | null} */
  let picture = null;
  let at = [0, 0];

  function draw(aim = false) {
    if (!picture) return;
    ctx.drawImage(picture, 0, 0, canvas.width, canvas.height);
    if (!aim) return;
    for (const [style, radius] of /** @type {const} */ ([["#000", 7], ["#fff", 6]])) {
      ctx.strokeStyle = style;
      ctx.beginPath();
      ctx.arc(at[0], at[1], radius, 0, 7);
      ctx.stroke();
    }
  }

  function pick() {
    draw();
    const [r, g, b] = ctx.getImageData(Math.round(at[0]), Math.round(at[1]), 1, 1).data;
    app.set({ color: hexOf({ r: r / 255, g: g / 255, b: b / 255 }), kind: "paint" });
    draw(document.activeElement === canvas);
  }

  canvas.addEventListener("pointerdown", (/** @type {PointerEvent} */ e) => {
    const box = canvas.getBoundingClientRect();
    at = [((e.clientX - box.left) / box.width) * canvas.width, ((e.clientY - box.top) / box.height) * canvas.height];
    pick();
  });
  canvas.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => {
    const way = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    })[e.key];
    if (!way && e.key !== "Enter") return;
    e.preventDefault();
    e.stopPropagation();
    if (!way) return pick();
    const step = e.shiftKey ? 40 : 4;
    at = [Math.min(canvas.width - 1, Math.max(0, at[0] + way[0] * step)),
      Math.min(canvas.height - 1, Math.max(0, at[1] + way[1] * step))];
    draw(true);
  });

  const field = fileField("image/*", async ([file]) => {
    try {
      picture = await createImageBitmap(file);
    } catch {
      app.tell("failed", `${file.name}: this browser cannot show it; use PNG or JPEG`);
      return;
    }
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.hidden = false;
    at = [canvas.width / 2, canvas.height / 2];
    draw();
  });
  return el("details", {}, el("summary", { class: "fine" }, "Colours from another photo"),
    el("div", { class: "row" }, el("button", { type: "button", onclick: () => field.click() }, "Choose a photo …"), field),
    canvas);
}
