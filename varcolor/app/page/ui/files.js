/** Open, save, import and export. */

import { paintingOf } from "../net/autosave.js";
import { download, postBytes, postJson } from "../net/api.js";
import { dialog, el, saveBlob } from "./dom.js";

/** @typedef {import("../app.js").App} App */

/** @param {App} app @param {() => Promise<any>} ask @param {boolean} [again] whether to ask once more
 * if the program has lost the photo */
async function opening(app, ask, again = false) {
  app.tell("said", "opening …");
  try {
    app.open(await ask(), again ? ask : null);
  } catch (error) {
    app.tell("failed", /** @type {Error} */ (error).message);
  }
}

/** @param {App} app @param {string} name of a photo or project of the folder */
export function openNamed(app, name) {
  return opening(app, () => postJson("/api/open", { name }));
}

/** @param {App} app @param {File} file */
export function openFile(app, file) {
  return opening(app, () => postBytes(`/api/upload?name=${encodeURIComponent(file.name)}`, file), true);
}

/** A field for files that is opened by a button. @param {string} accept
 * @param {(files: File[]) => void} chosen @param {boolean} [several] */
export function fileField(accept, chosen, several = false) {
  const field = el("input", { type: "file", accept, multiple: several, class: "unseen", tabindex: -1, "aria-hidden": "true" });
  field.addEventListener("change", () => {
    const files = [...(field.files ?? [])];
    field.value = "";
    if (files.length) chosen(files);
  });
  return field;
}

/** @param {App} app @param {File[]} files @param {string} kind */
async function bring(app, files, kind) {
  const { photo } = app;
  if (!photo) return;
  const listed = JSON.stringify(files.map((f) => [f.name, f.size]));
  try {
    const query = `files=${encodeURIComponent(listed)}&kind=${kind}`;
    const own = await postBytes(`/api/${photo.key}/import?${query}`, new Blob(files));
    const entry = Object.freeze({ key: own.key, name: own.name, count: own.count });
    const others = app.doc.imports.filter((i) => i.key !== own.key);
    app.commit({ imports: Object.freeze([...others, entry]) }, `import ${own.name}`);
    app.tell("said", [`${own.count} pixels from ${own.name}`, ...own.notes].join("; "));
  } catch (error) {
    app.tell("failed", /** @type {Error} */ (error).message);
  }
}

/** @param {App} app */
export function importDialog(app) {
  if (!app.photo) return;
  const kind = el("select", { id: "import-kind" },
    ...[["auto", "find out by itself"], ["marked", "a copy of the photo with colour drawn on it"],
      ["overlay", "a transparent layer with strokes"], ["mask", "a mask of colormaskerapp (black: nothing)"]]
      .map(([value, words]) => el("option", { value }, words)));
  const field = fileField(".png,.jpg,.jpeg,.tif,.tiff,.webp,.bmp,.csv,.txt,.json,.npy,image/*", (files) => {
    own.close();
    bring(app, files, kind.value);
  }, true);
  const own = dialog("Bring in colours",
    el("p", {}, "From another program or an earlier job: a marked copy, an overlay, points (CSV), strokes or cues (JSON), or im_ab.npy and im_mask.npy of ideepcolor together."),
    el("div", { class: "field" }, el("label", { for: "import-kind" }, "A picture is"), kind),
    el("div", { class: "row" }, el("button", { type: "button", class: "main", onclick: () => field.click() }, "Choose files …"), field));
}

const KINDS = /** @type {[string, string][]} */ ([
  ["result", "Coloured photo, full size and depth"], ["layer", "Colour alone, over transparency"],
  ["chroma", "Chroma as an array (.npy)"], ["comparison", "Before and after, side by side"],
  ["strokes", "Strokes (JSON)"], ["strokes-png", "Strokes over transparency (PNG)"],
]);

/** @param {App} app @param {string[]} formats extensions */
export function saveDialog(app, formats) {
  const { photo } = app;
  if (!photo) return;
  const kind = el("select", { id: "save-kind" }, ...KINDS.map(([value, words]) => el("option", { value }, words)));
  const suffix = el("select", { id: "save-suffix" }, ...formats.map((f) => el("option", { value: f }, f)));
  const own = `.${photo.name.split(".").pop()}`.toLowerCase();
  suffix.value = formats.includes(own) && !/jpe?g|jfif/.test(own) ? own : ".png";
  const quality = el("input", { type: "number", id: "save-quality", min: "1", max: "100", placeholder: "lossless" });
  const state = el("p", { class: "fine", role: "status" });
  const ask = async (/** @type {boolean} */ here) => {
    const body = {
      painting: paintingOf(app), kind: kind.value, suffix: suffix.value,
      quality: quality.value ? Number(quality.value) : null,
    };
    await saved(app, state, `/api/${photo.key}/export`, body, here);
  };
  const embed = el("input", { type: "checkbox", id: "embed", checked: true });
  const askProject = async (/** @type {boolean} */ here) => {
    const body = {
      painting: paintingOf(app), history: app.history.toJSON(), palette: app.palette, embed: embed.checked,
    };
    await saved(app, state, `/api/${photo.key}/project`, body, here);
  };
  const buttons = (/** @type {(here: boolean) => void} */ action, /** @type {string} */ what) => el("div", { class: "row" },
    el("button", { type: "button", class: "main", onclick: () => action(true) }, `Save ${what} in the folder`),
    el("button", { type: "button", onclick: () => action(false) }, "Download"));
  function fields() {
    const picture = ["result", "layer", "comparison"].includes(kind.value);
    suffix.disabled = quality.disabled = !picture;
  }
  kind.addEventListener("change", fields);
  fields();
  dialog("Save",
    el("div", { class: "row" },
      el("div", { class: "field grow" }, el("label", { for: "save-kind" }, "What"), kind),
      el("div", { class: "field" }, el("label", { for: "save-suffix" }, "Format"), suffix),
      el("div", { class: "field" }, el("label", { for: "save-quality" }, "Quality"), quality)),
    buttons(ask, "it"),
    el("hr"),
    el("p", {}, "A project keeps everything: strokes, undo, options and palette."),
    el("div", { class: "check" }, embed, el("label", { for: "embed" }, "with the photo inside")),
    buttons(askProject, "the project"), state);
}

/** @param {App} app @param {HTMLElement} state @param {string} path @param {any} body
 * @param {boolean} here in the folder */
async function saved(app, state, path, body, here) {
  state.textContent = "Working at full size …";
  try {
    if (here) {
      const own = await postJson(path, { ...body, to: "folder" });
      state.textContent = [`Saved as ${own.name}.`, ...own.notes].join(" ");
      app.tell("saved", own.name);
    } else {
      const own = await download(path, body);
      saveBlob(own.blob, own.name);
      state.textContent = [`Sent ${own.name} to the browser.`, ...own.notes].join(" ");
    }
  } catch (error) {
    state.textContent = /** @type {Error} */ (error).message;
  }
}

/** Save the coloured photo at once. @param {App} app @param {string[]} formats */
export async function quickSave(app, formats) {
  const { photo } = app;
  if (!photo) return;
  const own = `.${photo.name.split(".").pop()}`.toLowerCase();
  const suffix = formats.includes(own) && !/jpe?g|jfif/.test(own) ? own : ".png";
  app.tell("said", "saving at full size …");
  try {
    const body = { painting: paintingOf(app), kind: "result", suffix, quality: null, to: "folder" };
    const done = await postJson(`/api/${photo.key}/export`, body);
    app.tell("said", `saved as ${done.name}`);
    app.tell("saved", done.name);
  } catch (error) {
    app.tell("failed", /** @type {Error} */ (error).message);
  }
}

/** Show the same job as commands. @param {App} app */
export async function commandsDialog(app) {
  if (!app.photo) return;
  try {
    const own = await postJson(`/api/${app.photo.key}/commands`, { painting: paintingOf(app) });
    const block = (/** @type {string} */ title, /** @type {string} */ text) => {
      const area = el("textarea", { readonly: true, "aria-label": title, spellcheck: "false" });
      area.value = text;
      return el("div", { class: "field" }, el("span", {}, title), area,
        el("div", {}, el("button", { type: "button", onclick: async (/** @type {any} */ e) => {
          area.select();
          await navigator.clipboard?.writeText(text);
          e.target.textContent = "Copied";
        } }, "Copy")));
    };
    dialog("The same job without this page",
      el("p", { class: "fine" }, "Save the strokes (JSON), or the project, beside the photo first."),
      block("Command line", own.shell), block("Python", own.python));
  } catch (error) {
    app.tell("failed", /** @type {Error} */ (error).message);
  }
}
