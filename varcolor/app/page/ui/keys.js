/** Shortcuts of the whole page; off while somebody writes into a field. */

import { TOOLS, VIEWS } from "./bars.js";
import { quickSave, saveDialog } from "./files.js";
import { helpDialog } from "./help.js";
import { recolour } from "./strokes.js";

/** @typedef {import("../app.js").App} App */

/**
 * @param {App} app
 * @param {{table: any, formats: string[], look: (name: string) => void, pointers: any, aim: any,
 *   tool: () => any, film: import("../film/film.js").Film | null}} parts
 */
export function shortcuts(app, { table, formats, look, pointers, aim, tool, film }) {
  const { scene } = app.stage;
  const kinds = /** @type {const} */ (["paint", "neutral", "keep", "protect"]);

  /** @param {KeyboardEvent} event @returns {boolean} */
  function control(event) {
    const key = event.key.toLowerCase();
    if (key === "z") event.shiftKey ? app.redo() : app.undo();
    else if (key === "y") app.redo();
    else if (key === "s") event.shiftKey ? saveDialog(app, formats) : quickSave(app, formats);
    else return false;
    return true;
  }

  function escape() {
    if (pointers.drawing) pointers.stop(true);
    else if (tool().begun) tool().cancel(app);
    else if (aim.points.length) aim.back();
    else if (app.chosen >= 0) app.choose(-1);
    else return false;
    return true;
  }

  /** @type {Record<string, () => void>} */
  const plain = {
    "[": () => app.tell("brush", 1 / 1.2), "]": () => app.tell("brush", 1.2),
    "?": () => helpDialog(), "+": () => app.stage.zoom(1.25), "=": () => app.stage.zoom(1.25),
    "-": () => app.stage.zoom(1 / 1.25), 0: () => app.stage.actual(), f: () => app.stage.fit(),
    o: () => table.show(), pageup: () => table.step(-1), pagedown: () => table.step(1),
    k: () => {
      const free = kinds.filter((kind) => kind !== "keep" || app.doc.mode === "recolor");
      app.set({ kind: free[(free.indexOf(app.prefs.kind) + 1) % free.length] });
    },
    q: () => app.set({ soft: !app.prefs.soft }),
    x: () => {
      scene.compare = { none: "split", split: "side", side: "none" }[scene.compare] ?? "none";
      app.tell("look");
    },
    s: () => {
      scene.showStrokes = !scene.showStrokes;
      app.tell("look");
    },
    w: () => app.live?.tell({ type: "next" }),
    j: () => film?.toggle(), ".": () => film?.suggest(),
    c: () => recolour(app), delete: () => app.remove(app.chosen), backspace: () => app.remove(app.chosen),
    ...Object.fromEntries(TOOLS.map(([name, , key]) => [key.toLowerCase(), () => app.set({ tool: name })])),
    ...Object.fromEntries(VIEWS.map(([name], i) => [String(i + 1), () => look(name)])),
  };

  addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest("input:not([type=checkbox], [type=range]), textarea, select, dialog")) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (app.photo && control(event)) event.preventDefault();
      return;
    }
    if (event.altKey) return;
    if (!app.photo || table.shown) {
      if (event.key === "?") helpDialog();
      return;
    }
    const key = event.key.toLowerCase();
    if (key === "escape") escape();
    else if (key === "enter" && tool().begun) tool().finish(app);
    else if (key === " " && !target.closest("button, summary, a")) pointers.space = true;
    else if (key === "h") {
      scene.hold = true;
      app.stage.redraw("picture", "ink");
    } else if (plain[key]) plain[key]();
    else return;
    event.preventDefault();
  });
  const release = () => {
    pointers.space = false;
    if (!scene.hold) return;
    scene.hold = false;
    app.stage.redraw("picture", "ink");
  };
  addEventListener("keyup", (event) => (event.key === " " || event.key.toLowerCase() === "h") && release());
  addEventListener("blur", release);
}
