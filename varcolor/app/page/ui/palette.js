/** The palette: colours of one's own, from and to files. */

import { aseOf, gplOf, jsonOf, parsePalette } from "../model/palette.js";
import { dialog, el, saveBlob } from "./dom.js";

/** @typedef {import("../app.js").App} App */

/** @param {App} app @param {(color: string) => HTMLElement} swatch @returns {HTMLElement} */
export function paletteRow(app, swatch) {
  const list = el("div", { class: "swatches", role: "group", "aria-label": "Palette" });
  const file = el("input", { type: "file", accept: ".gpl,.json,.ase,.txt", class: "unseen", tabindex: -1, "aria-hidden": "true" });
  function show() {
    list.replaceChildren(...app.palette.map(swatch));
    if (!app.palette.length) list.append(el("span", { class: "fine" }, "empty"));
  }
  /** @param {string[]} colors */
  function set(colors) {
    app.palette = colors;
    show();
    app.tell("palette");
  }
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    try {
      const colors = parsePalette(new Uint8Array(await chosen.arrayBuffer()));
      set([...new Set([...app.palette, ...colors])]);
    } catch (error) {
      app.tell("failed", `${chosen.name}: ${/** @type {Error} */ (error).message}`);
    }
    file.value = "";
  });
  const save = () => {
    const name = "palette";
    /** @type {[string, () => BlobPart][]} */
    const kinds = [["gpl", () => gplOf(app.palette, name)], ["json", () => jsonOf(app.palette, name)],
      ["ase", () => aseOf(app.palette)]];
    const own = dialog("Save the palette", el("div", { class: "row" }, ...kinds.map(([kind, make]) =>
      el("button", { type: "button", onclick: () => {
        saveBlob(new Blob([make()]), `${name}.${kind}`);
        own.close();
      } }, { gpl: "GIMP (.gpl)", json: "JSON", ase: "Adobe (.ase)" }[kind]))));
  };
  app.on("photo", show);
  show();
  return el("div", { class: "field" }, el("span", {}, "Palette"), list,
    el("div", { class: "row tight" },
      el("button", { type: "button", title: "Add the chosen colour",
        onclick: () => set([...new Set([...app.palette, app.prefs.color])]) }, "Add"),
      el("button", { type: "button", onclick: () => file.click(), title: "Read a GPL, JSON or ASE file" }, "Load"),
      el("button", { type: "button", onclick: save }, "Save"),
      el("button", { type: "button", onclick: () => set([]) }, "Clear"), file));
}
