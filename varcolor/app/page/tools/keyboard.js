/** Painting by keyboard: arrows aim, Space sets points, Enter ends a stroke, Escape goes back. */

import { nudge } from "./select.js";
import { hexOf } from "../model/colour.js";
import { nameOf } from "../model/names.js";
import { strokeAt } from "../model/strokes.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../model/types.js").Point} Point */

const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
});
/** Steps on the screen grow while a key is held. */
const STEPS = [1, 1, 2, 2, 4, 4, 8, 8, 16, 24];
const FAR = 32;

export class Aim {
  /** @param {App} app @param {HTMLElement} root @param {() => string} tool name of the chosen one */
  constructor(app, root, tool) {
    this.app = app;
    this.tool = tool;
    /** @type {Point | null} */
    this.at = null;
    /** @type {Point[]} of the stroke that is begun */
    this.points = [];
    this.held = 0;
    /** Whether the keyboard aims: the pointer has not moved since. */
    this.active = false;
    const off = () => (this.active = false);
    root.addEventListener("pointerdown", off);
    root.addEventListener("pointermove", off);
    root.addEventListener("keydown", (e) => this.key(e));
    root.addEventListener("keyup", () => (this.held = 0));
    root.addEventListener("focus", () => {
      if (!root.matches(":focus-visible")) return;
      this.active = true;
      this.show();
    });
    root.addEventListener("blur", () => this.hide());
    app.on("photo", () => ((this.at = null), (this.points = [])));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.app.photo) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.move(arrow, event.shiftKey);
    else if (this.active && (event.key === " " || event.key === "Enter")) this.act(event.key === "Enter");
    else if (event.key === "Escape" && this.points.length) this.back();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {[number, number]} way @param {boolean} far */
  move([dx, dy], far) {
    const { stage, photo } = this.app;
    if (!photo) return;
    const step = (far ? FAR : STEPS[Math.min(this.held, STEPS.length - 1)]) / stage.view.scale;
    this.held += 1;
    this.active = true;
    if (this.tool() === "select" && this.app.chosen >= 0) {
      nudge(this.app, dx * step, dy * step);
      return;
    }
    const from = this.at ?? [photo.width / 2, photo.height / 2];
    const clip = (/** @type {number} */ v, /** @type {number} */ most) => Math.min(most - 0.5, Math.max(0.5, v));
    this.at = [clip(from[0] + dx * step, photo.width), clip(from[1] + dy * step, photo.height)];
    this.show();
    if (this.points.length) this.draw();
  }

  /** Set a point, or end the stroke. @param {boolean} end */
  act(end) {
    const { app } = this;
    if (!this.at) this.show();
    const at = /** @type {Point} */ (this.at).map((v) => Math.round(v * 100) / 100);
    const point = /** @type {Point} */ (at);
    const tool = this.tool();
    if (tool === "pick") {
      const found = app.stage.shownAt(app.stage.toScreen(point));
      if (found) app.set({ color: hexOf({ r: found[0] / 255, g: found[1] / 255, b: found[2] / 255 }) });
      return;
    }
    if (tool === "select") {
      app.choose(strokeAt(app.doc.strokes, point, 8 / app.stage.view.scale));
      app.tell("said", app.chosen < 0 ? "no stroke here" : `stroke ${app.chosen + 1} is chosen; arrows move it`);
      return;
    }
    const last = this.points[this.points.length - 1];
    if (!last || last[0] !== point[0] || last[1] !== point[1]) this.points.push(point);
    if (tool === "point" || end) {
      this.finish();
      return;
    }
    app.tell("said", this.points.length === 1 ? "stroke begun: Space bends it, Enter ends it" : "bend");
    this.draw();
  }

  finish() {
    const points = this.points;
    this.points = [];
    this.app.add([this.stroke(points)], this.tool() === "eraser" ? "erase" : "stroke");
  }

  /** @param {Point[]} points */
  stroke(points) {
    const tool = this.tool();
    if (tool === "eraser") return this.app.stroke(points, { kind: "erase" });
    if (tool === "polygon" && points.length > 2) return this.app.stroke(points, { fill: true, radius: 0 });
    return this.app.stroke(points);
  }

  draw() {
    this.app.drawing([this.stroke([...this.points, /** @type {Point} */ (this.at)])]);
  }

  /** Take the last point back; without points, the stroke is gone. */
  back() {
    this.points.pop();
    if (this.points.length) {
      this.draw();
      this.app.tell("said", "last bend taken back");
      return;
    }
    this.app.drawing([]);
    this.app.changed("");
    this.app.tell("said", "stroke dropped");
  }

  show() {
    const { stage, photo } = this.app;
    if (!photo) return;
    this.at ??= [photo.width / 2, photo.height / 2];
    stage.scene.cursor = { at: this.at, radius: this.app.radius, aim: true };
    stage.redraw("cursor");
    this.app.tell("pointer", this.at);
    const luma = stage.lumaAt(this.at);
    const [x, y] = this.at.map(Math.floor);
    let words = `column ${x}, row ${y}`;
    if (luma !== null) words += `, luma ${Math.round(luma * 100)} %`;
    const shown = stage.shownAt(stage.toScreen(this.at));
    if (shown) words += `, ${nameOf({ r: shown[0] / 255, g: shown[1] / 255, b: shown[2] / 255 })}`;
    this.app.tell("aim", words);
  }

  hide() {
    this.app.stage.scene.cursor = null;
    this.app.stage.redraw("cursor");
  }
}
