/** The palette: colours of one's own, from and to files. */

import { download, postBytes } from "../net/api.js";
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
      const found = await postBytes(`/api/palette/read?name=${encodeURIComponent(chosen.name)}`, chosen);
      set([...new Set([...app.palette, ...found.colors])]);
    } catch (error) {
      app.tell("failed", /** @type {Error} */ (error).message);
    }
    file.value = "";
  });
  const save = () => {
    /** @param {string} suffix */
    const send = async (suffix) => {
      own.close();
      try {
        const file = await download("/api/palette/write", { colors: app.palette, suffix });
        saveBlob(file.blob, file.name);
      } catch (error) {
        app.tell("failed", /** @type {Error} */ (error).message);
      }
    };
    const kinds = [[".gpl", "GIMP (.gpl)"], [".json", "JSON"], [".ase", "Adobe (.ase)"]];
    const own = dialog("Save the palette", el("div", { class: "row" }, ...kinds.map(([suffix, words]) =>
      el("button", { type: "button", onclick: () => send(suffix) }, words))));
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
