/** The plane of chroma at one luma, with the edge of what sRGB can show there. */

import { atLuma, gamutEdge, hexOf, reach, rgbOf, rgbOfYuv, yuvOf } from "../model/colour.js";
import { el } from "./dom.js";

/** Chroma from the middle to the rim of the plane. */
const HALF = 0.52;
/** Pixels of the plane's picture a side. */
const SIDE = 128;
const DRAWN = 280;

export class Plane {
  /** @param {(color: string, done: boolean) => void} picked */
  constructor(picked) {
    this.picked = picked;
    this.y = 0.5;
    this.color = "#808080";
    this.canvas = el("canvas", {
      class: "plane", width: DRAWN, height: DRAWN, tabindex: 0, role: "application",
      "aria-label": "Chroma at the luma under the cursor: arrow keys change it",
      "aria-describedby": "plane-help",
    });
    this.small = document.createElement("canvas");
    this.small.width = this.small.height = SIDE;
    this.canvas.addEventListener("pointerdown", (/** @type {PointerEvent} */ e) => {
      this.canvas.setPointerCapture(e.pointerId);
      this.point(e, false);
    });
    this.canvas.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => {
      if (e.buttons) this.point(e, false);
    });
    this.canvas.addEventListener("pointerup", (/** @type {PointerEvent} */ e) => this.point(e, true));
    this.canvas.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => this.key(e));
    this.planeOf = -1;
  }

  /** @param {number} y luma of the plane @param {string} color the chosen one */
  show(y, color) {
    this.y = Math.min(0.97, Math.max(0.03, y));
    this.color = color;
    this.draw();
  }

  /** @param {PointerEvent} event @param {boolean} done */
  point(event, done) {
    const box = this.canvas.getBoundingClientRect();
    const cb = ((event.clientX - box.left) / box.width) * 2 * HALF - HALF;
    const cr = HALF - ((event.clientY - box.top) / box.height) * 2 * HALF;
    this.pick(cb, cr, done);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const way = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
    })[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? 0.05 : 0.01;
    const { cb, cr } = yuvOf(atLuma(rgbOf(this.color), this.y));
    this.pick(cb + way[0] * step, cr + way[1] * step, true);
  }

  /** @param {number} cb @param {number} cr @param {boolean} done */
  pick(cb, cr, done) {
    const t = Math.min(1, reach(this.y, cb, cr) * 0.999);
    const rgb = rgbOfYuv(this.y, t * cb, t * cr);
    this.picked(hexOf(rgb), done);
  }

  /** @param {number} cb @param {number} cr @returns {[number, number]} */
  place(cb, cr) {
    return [((cb + HALF) / (2 * HALF)) * DRAWN, ((HALF - cr) / (2 * HALF)) * DRAWN];
  }

  fill() {
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.small.getContext("2d"));
    const data = ctx.createImageData(SIDE, SIDE);
    for (let row = 0, i = 0; row < SIDE; row += 1) {
      const cr = HALF - ((row + 0.5) / SIDE) * 2 * HALF;
      for (let column = 0; column < SIDE; column += 1, i += 4) {
        const { r, g, b } = rgbOfYuv(this.y, ((column + 0.5) / SIDE) * 2 * HALF - HALF, cr);
        const low = Math.min(r, g, b);
        const high = Math.max(r, g, b);
        data.data[i] = r * 255;
        data.data[i + 1] = g * 255;
        data.data[i + 2] = b * 255;
        data.data[i + 3] = low < -0.02 || high > 1.02 ? 0 : 255;
      }
    }
    ctx.putImageData(data, 0, 0);
    this.planeOf = this.y;
  }

  draw() {
    if (Math.abs(this.planeOf - this.y) > 0.004) this.fill();
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const grey = Math.round(this.y * 255);
    ctx.fillStyle = `rgb(${grey},${grey},${grey})`;
    ctx.fillRect(0, 0, DRAWN, DRAWN);
    ctx.save();
    ctx.beginPath();
    const edge = gamutEdge(this.y);
    edge.forEach(([cb, cr]) => ctx.lineTo(...this.place(cb, cr)));
    ctx.closePath();
    ctx.save();
    ctx.clip();
    ctx.drawImage(this.small, 0, 0, DRAWN, DRAWN);
    ctx.restore();
    ctx.strokeStyle = this.y > 0.5 ? "#000" : "#fff";
    ctx.lineWidth = 1.5;
    ctx.stroke();
    ctx.restore();
    const { cb, cr } = yuvOf(atLuma(rgbOf(this.color), this.y));
    const at = this.place(cb, cr);
    for (const [style, width] of /** @type {const} */ ([["#000", 4], ["#fff", 2]])) {
      ctx.beginPath();
      ctx.arc(...at, 7, 0, 7);
      ctx.strokeStyle = style;
      ctx.lineWidth = width;
      ctx.stroke();
    }
  }
}
