/** Line, filled polygon and point. */

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../model/types.js").Point} Point */
/** @typedef {import("./draw.js").Sample} Sample */

/** Distance on the screen to the first corner that closes a polygon. */
const NEAR = 10;

/** @param {Point} p @returns {Point} */
const rounded = ([x, y]) => [Math.round(x * 100) / 100, Math.round(y * 100) / 100];

export function lineTool() {
  /** @type {Point | null} */
  let start = null;
  /** @type {Point} */
  let end = [0, 0];
  return {
    name: "line",
    /** @param {App} app @param {Sample[]} samples */
    down(app, samples) {
      start = end = rounded(samples[0].at);
      app.drawing([app.stroke([start])]);
    },
    /** @param {App} app @param {Sample[]} samples */
    move(app, samples) {
      if (!start) return;
      end = rounded(samples[samples.length - 1].at);
      app.drawing([app.stroke([start, end])]);
    },
    /** @param {App} app */
    up(app) {
      if (start) app.add([app.stroke([start, end])], "line");
      start = null;
    },
    /** @param {App} app */
    cancel(app) {
      start = null;
      app.drawing([]);
      app.changed("");
    },
  };
}

/** A click is a corner; a click on the first corner, a double click or Enter closes the polygon. */
export function polygonTool() {
  /** @type {Point[]} */
  let corners = [];
  let pressed = false;

  /** @param {App} app */
  function close(app) {
    const all = corners;
    corners = [];
    if (all.length > 2) app.add([app.stroke(all, { fill: true, radius: 0 })], "filled polygon");
    else if (all.length) app.changed("");
  }

  return {
    name: "polygon",
    /** Whether a polygon is begun, which Escape and Enter then act on. */
    get begun() {
      return corners.length > 0;
    },
    /** @param {App} app @param {Sample[]} samples */
    down(app, samples) {
      pressed = true;
      const at = rounded(samples[0].at);
      const scale = app.stage.view.scale;
      const first = corners[0];
      if (corners.length > 2 && Math.hypot(at[0] - first[0], at[1] - first[1]) * scale < NEAR) {
        pressed = false;
        close(app);
        return;
      }
      corners.push(at);
      app.drawing([app.stroke(corners.slice(), { fill: corners.length > 2, radius: 0 })]);
    },
    /** @param {App} app @param {Sample[]} samples */
    move(app, samples) {
      if (!pressed || !corners.length) return;
      corners[corners.length - 1] = rounded(samples[samples.length - 1].at);
      app.drawing([app.stroke(corners.slice(), { fill: corners.length > 2, radius: 0 })]);
    },
    up() {
      pressed = false;
    },
    finish: close,
    /** Take the last corner back. @param {App} app */
    cancel(app) {
      pressed = false;
      corners.pop();
      if (corners.length) app.drawing([app.stroke(corners.slice(), { radius: 0 })]);
      else {
        app.drawing([]);
        app.changed("");
      }
    },
  };
}

export function pointTool() {
  /** @type {Point | null} */
  let at = null;
  return {
    name: "point",
    /** @param {App} app @param {Sample[]} samples */
    down(app, samples) {
      at = rounded(samples[0].at);
      app.drawing([app.stroke([at])]);
    },
    /** @param {App} app @param {Sample[]} samples */
    move(app, samples) {
      at = rounded(samples[samples.length - 1].at);
      app.drawing([app.stroke([at])]);
    },
    /** @param {App} app */
    up(app) {
      if (at) app.add([app.stroke([at])], "dot");
      at = null;
    },
    /** @param {App} app */
    cancel(app) {
      at = null;
      app.drawing([]);
      app.changed("");
    },
  };
}
