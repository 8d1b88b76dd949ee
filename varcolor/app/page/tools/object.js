/** Clicks that make a mask: inside, with Alt outside, with Shift the first of another object. */

import { clicked, masksOf, withMasks } from "../model/objects.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../model/types.js").Point} Point */
/** @typedef {import("./draw.js").Sample & {alt?: boolean, shift?: boolean}} Sample */

export function objectTool() {
  /** @type {Sample | null} */
  let click = null;
  return {
    name: "object",
    /** @param {App} _app @param {Sample[]} samples */
    down(_app, samples) {
      click = samples[0];
    },
    move() {},
    /** @param {App} app */
    up(app) {
      const { photo } = app;
      if (!click || !photo) return;
      const [x, y] = click.at.map((v) => Math.round(v * 100) / 100);
      const { alt, shift } = click;
      click = null;
      if (x < 0 || y < 0 || x >= photo.width || y >= photo.height) return;
      const masks = clicked(masksOf(app.doc.options), [x, y], alt ? "outside" : "inside", !!shift);
      app.commit({ options: withMasks(app.doc.options, masks) }, alt ? "outside of the object" : "object");
      app.tell("objects");
    },
    cancel() {
      click = null;
    },
  };
}
