/** Choose a stroke and move it; pick a colour from the picture; move the picture. */

import { hexOf } from "../model/colour.js";
import { frozen, shifted, strokeAt } from "../model/strokes.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../model/types.js").Point} Point */
/** @typedef {import("./draw.js").Sample} Sample */

/** Distance on the screen at which a stroke is still hit. */
const SLACK = 8;

export function selectTool() {
  /** @type {Point | null} */
  let from = null;
  let dx = 0;
  let dy = 0;
  return {
    name: "select",
    /** @param {App} app @param {Sample[]} samples */
    down(app, samples) {
      const at = samples[0].at;
      app.choose(strokeAt(app.doc.strokes, at, SLACK / app.stage.view.scale));
      from = app.chosen < 0 ? null : at;
      dx = dy = 0;
    },
    /** @param {App} app @param {Sample[]} samples */
    move(app, samples) {
      if (!from) return;
      const [x, y] = samples[samples.length - 1].at;
      dx = Math.round((x - from[0]) * 100) / 100;
      dy = Math.round((y - from[1]) * 100) / 100;
      const strokes = app.doc.strokes.slice();
      strokes[app.chosen] = shifted(strokes[app.chosen], dx, dy);
      app.stage.scene.strokes = strokes;
      app.stage.scene.chosen = strokes[app.chosen];
      app.stage.redraw("ink");
      app.live?.draw({ ...app.doc, strokes });
    },
    /** @param {App} app */
    up(app) {
      if (from && (dx || dy)) nudge(app, dx, dy);
      from = null;
    },
    /** @param {App} app */
    cancel(app) {
      from = null;
      app.changed("");
    },
  };
}

/** Move the chosen stroke. @param {App} app @param {number} dx @param {number} dy */
export function nudge(app, dx, dy) {
  const strokes = app.doc.strokes.slice();
  if (!strokes[app.chosen]) return;
  strokes[app.chosen] = frozen(shifted(strokes[app.chosen], dx, dy));
  app.commit({ strokes: Object.freeze(strokes) }, "move stroke");
}

export function pickTool() {
  /** @param {App} app @param {Sample[]} samples */
  function pick(app, samples) {
    const found = app.stage.shownAt(app.stage.toScreen(samples[samples.length - 1].at));
    if (!found) return;
    const [r, g, b] = found.map((v) => v / 255);
    app.set({ color: hexOf({ r, g, b }), kind: "paint" });
  }
  return { name: "pick", down: pick, move: pick, up() {}, cancel() {} };
}

export function panTool() {
  return { name: "pan", down() {}, move() {}, up() {}, cancel() {} };
}
