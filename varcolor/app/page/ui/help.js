/** All keys in one place. */

import { TOOLS, VIEWS } from "./bars.js";
import { dialog, el } from "./dom.js";

export function helpDialog() {
  /** @type {[string, string][]} */
  const keys = [
    ...TOOLS.map(([, words, key]) => /** @type {[string, string]} */ ([key, words])),
    ["[ ]", "Smaller or larger brush; also Shift or Alt and the wheel"],
    ["N", "Object: click inside, Alt and click outside; Shift and click begins another one"],
    ["K", "Next kind of stroke: colour, grey, keep, protect"],
    ["Q", "Soft strokes on or off"],
    ["Ctrl+Z  Ctrl+Y", "Undo, redo (also Ctrl+Shift+Z)"],
    ["Ctrl+S", "Save the coloured photo"], ["Ctrl+Shift+S", "Save as …"], ["O", "Photos of the folder"],
    ["PageUp PageDown", "Photo before, next photo; of a film, frame"],
    ["J  .", "Of a film: play and pause; the frame to paint next"],
    ["wheel  + -", "Zoom at the pointer; F: whole photo; 0: 100 %"],
    ["Space, middle button", "Hold and drag to move the picture; two fingers on a touch screen"],
    [`1 … ${VIEWS.length}`, VIEWS.map(([, words]) => words).join(", ")],
    ["X", "Compare: split line, side by side, none"], ["H", "Hold: show the grey photo"],
    ["S", "Show or hide strokes"], ["W", "Where would a colour tell most?"],
    ["C  Del", "Recolour or delete the chosen stroke"], ["Esc", "Take back: last corner, stroke, choice"],
  ];
  /** @type {[string, string][]} */
  const painting = [
    ["Arrow keys", "Aim, when the picture has the focus; faster while held, far with Shift"],
    ["Space", "Begin a stroke; again: bend it"], ["Enter", "End the stroke; alone: a dot"],
    ["Escape", "Take the last point back"],
  ];
  const table = (/** @type {[string, string][]} */ rows) =>
    el("table", {}, el("tbody", {}, ...rows.map(([key, words]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, words)))));
  dialog("Keys and help",
    el("p", {}, "Paint a few strokes of colour; the program spreads them up to the edges. Add strokes where it is wrong. What you paint is kept by itself."),
    el("h3", {}, "Painting by keyboard"), table(painting), el("h3", {}, "Everywhere"), table(keys));
}
