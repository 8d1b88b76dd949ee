/** Brush and eraser: the line that the pointer takes. */

import { simplified } from "../model/strokes.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../model/types.js").Point} Point */
/** @typedef {import("../model/types.js").Stroke} Stroke */
/** @typedef {{at: Point, pressure: number, pen: boolean}} Sample */

/** Part of a pixel of the screen that a line may be off by after it is simplified. */
const SLACK = 0.35;
/** A pen's stroke is cut where its width has changed by so much. */
const CUT = 0.18;

/** @param {"brush" | "eraser"} name */
export function drawingTool(name) {
  /** @type {Stroke[]} */
  let done = [];
  /** @type {Point[]} */
  let points = [];
  let width = 1;

  /** @param {App} app @param {boolean} final @returns {Stroke[]} */
  function strokes(app, final) {
    const slack = SLACK / app.stage.view.scale;
    const line = simplified(points, final ? slack : 2 * slack);
    return [...done, strokeOf(app, line, width)];
  }

  /** @param {App} app @param {Point[]} line @param {number} part of the brush's width */
  function strokeOf(app, line, part) {
    /** @type {Partial<Stroke>} */
    const more = name === "eraser" ? { kind: "erase" } : {};
    if (part !== 1) more.radius = Math.round(app.radius * part * 100) / 100;
    return app.stroke(line, more);
  }

  /** @param {App} app @param {Sample} sample */
  function take(app, { at, pressure, pen }) {
    const part = app.prefs.pressure && pen ? Math.max(0.1, 2 * pressure) : 1;
    if (!points.length) width = part;
    else if (Math.abs(part - width) > CUT * width) {
      const last = points[points.length - 1];
      done.push(strokeOf(app, simplified(points, SLACK / app.stage.view.scale), width));
      points = [last];
      width = part;
    }
    const [x, y] = at;
    const last = points[points.length - 1];
    if (!last || Math.hypot(x - last[0], y - last[1]) * app.stage.view.scale >= 0.5) {
      points.push([Math.round(x * 100) / 100, Math.round(y * 100) / 100]);
    }
  }

  return {
    name,
    /** @param {App} app @param {Sample[]} samples */
    down(app, samples) {
      done = [];
      points = [];
      samples.forEach((sample) => take(app, sample));
      app.drawing(strokes(app, false));
    },
    /** @param {App} app @param {Sample[]} samples */
    move(app, samples) {
      samples.forEach((sample) => take(app, sample));
      app.drawing(strokes(app, false));
    },
    /** @param {App} app */
    up(app) {
      if (points.length) app.add(strokes(app, true), name === "eraser" ? "erase" : "stroke");
      points = [];
    },
    /** @param {App} app */
    cancel(app) {
      points = [];
      done = [];
      app.drawing([]);
      app.changed("");
    },
  };
}
