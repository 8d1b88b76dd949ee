/** The tools at the left and the bar above. */

import { el, byId, icon, iconButton, roving } from "./dom.js";
import { importDialog, quickSave, saveDialog } from "./files.js";
import { helpDialog } from "./help.js";

/** @typedef {import("../app.js").App} App */

/** Name, icon, words and shortcut of every tool. */
export const TOOLS = /** @type {const} */ ([
  ["brush", "Brush", "B"], ["eraser", "Eraser", "E"], ["line", "Line", "L"], ["polygon", "Filled area", "G"],
  ["point", "Point", "P"], ["object", "Object: click inside, Alt and click outside", "N"], ["select", "Choose and move strokes", "V"], ["pick", "Pick a colour", "I"],
  ["pan", "Move the picture", "M"],
]);

export const VIEWS = /** @type {const} */ ([
  ["result", "Result"], ["grey", "Grey"], ["photo", "Photo as it is"], ["difference", "What the last stroke changed"],
  ["confidence", "Trust in the prior"], ["unreached", "Reached by no stroke"], ["objects", "Objects"],
]);

/** @param {App} app */
export function toolBar(app) {
  const root = byId("tools");
  const buttons = TOOLS.map(([name, words, key]) =>
    iconButton(name, words, key, () => app.set({ tool: name }), { "data-tool": name, "aria-pressed": "false" }));
  root.append(...buttons.slice(0, 5), el("hr"), ...buttons.slice(5));
  roving(root, "button");
  const show = () => {
    for (const button of buttons) {
      const own = button.dataset.tool === app.prefs.tool;
      button.setAttribute("aria-pressed", String(own));
      button.tabIndex = own ? 0 : -1;
    }
    byId("stage").className = `stage ${app.prefs.tool}`;
  };
  app.on("prefs", show);
  show();
}

/** @param {App} app @param {import("./table.js").Table} table @param {string[]} formats
 * @param {(name: string) => void} look */
export function upperBar(app, table, formats, look) {
  const withPhoto = /** @type {HTMLButtonElement[]} */ ([]);
  const own = (/** @type {any} */ button) => (withPhoto.push(button), button);
  byId("file-group").append(
    iconButton("table", "Photos: open another one", "O", () => table.show()),
    own(iconButton("back", "Photo before", "PageUp", () => table.step(-1))),
    own(iconButton("next", "Next photo", "PageDown", () => table.step(1))),
    own(iconButton("plus", "Bring in colours from files", "", () => importDialog(app))),
    own(el("button", { type: "button", title: "Save the coloured photo in the folder (Ctrl+S)", "aria-keyshortcuts": "Control+S",
      onclick: () => quickSave(app, formats) }, icon("save"), el("span", { class: "words" }, "Save"))),
    own(el("button", { type: "button", title: "Other formats, strokes, project (Ctrl+Shift+S)", "aria-label": "Save as",
      onclick: () => saveDialog(app, formats) }, "…")));
  const undo = iconButton("undo", "Undo", "Ctrl+Z", () => app.undo());
  const redo = iconButton("redo", "Redo", "Ctrl+Y", () => app.redo());
  byId("history-group").append(undo, redo);

  const view = el("select", { "aria-label": "What is shown", title: "What is shown (1 to 7)" },
    ...VIEWS.map(([value, words]) => el("option", { value }, words)));
  const compare = el("select", { "aria-label": "Compare", title: "Compare (X)" },
    ...[["none", "No comparison"], ["split", "Split line"], ["side", "Side by side"]].map(([value, words]) =>
      el("option", { value }, words)));
  const strokes = iconButton("eye", "Show strokes", "S", () => {
    app.stage.scene.showStrokes = !app.stage.scene.showStrokes;
    app.tell("look");
  }, { "aria-pressed": "true" });
  const zoom = el("button", { type: "button", title: "One pixel of the photo on one of the screen (0)",
    onclick: () => app.stage.actual() }, "100 %");
  view.addEventListener("change", () => look(view.value));
  compare.addEventListener("change", () => {
    app.stage.scene.compare = compare.value;
    app.tell("look");
  });
  byId("view-group").append(own(view), own(compare), own(strokes),
    own(iconButton("minus", "Smaller", "-", () => app.stage.zoom(1 / 1.25))), own(zoom),
    own(iconButton("plus", "Larger", "+", () => app.stage.zoom(1.25))),
    own(iconButton("fit", "Whole photo", "F", () => app.stage.fit())));
  byId("end-group").append(
    iconButton("panel", "Colour and options", "", () => byId("panel").classList.toggle("open"), { id: "panel-toggle" }),
    iconButton("help", "Keys and help", "?", () => helpDialog()));

  const state = () => {
    undo.disabled = !app.history.canUndo;
    redo.disabled = !app.history.canRedo;
    for (const button of withPhoto) button.disabled = !app.photo;
  };
  app.on("doc", state);
  app.on("look", () => {
    if (app.stage.scene.view === "film" && !view.querySelector("[value=film]")) {
      view.append(el("option", { value: "film" }, "Coloured film"));
    }
    view.value = app.stage.scene.view;
    compare.value = app.stage.scene.compare;
    strokes.setAttribute("aria-pressed", String(app.stage.scene.showStrokes));
  });
  app.stage.onview = () => {
    zoom.textContent = `${Math.round(app.stage.view.scale * app.stage.ratio * 100)} %`;
    app.tell("zoom");
  };
  state();
}
