/** The first view: drop a photo, or choose one of the folder's (the light table). */

import { getBlob, getJson } from "../net/api.js";
import { byId, el } from "./dom.js";
import { fileField, openFile, openNamed } from "./files.js";

/** @typedef {import("../app.js").App} App */

const WORDS = /** @type {Record<string, string>} */ ({ untouched: "○ untouched", painted: "◐ painted", done: "● done" });
const ACCEPT = "image/*,.varcolor,.tif,.tiff,.jxl,.jp2,.pgm,.ppm,.pfm,.heic";

export class Table {
  /** @param {App} app @param {string} folder */
  constructor(app, folder) {
    this.app = app;
    this.folder = folder;
    this.root = byId("empty");
    /** @type {string[]} */
    this.names = [];
    /** @type {Map<string, string>} addresses of thumbnails */
    this.thumbs = new Map();
    app.on("photo", () => this.hide());
    addEventListener("dragover", (e) => {
      e.preventDefault();
      this.root.querySelector(".drop")?.classList.add("over");
    });
    addEventListener("dragleave", () => this.root.querySelector(".drop")?.classList.remove("over"));
    addEventListener("drop", (e) => {
      e.preventDefault();
      const file = e.dataTransfer?.files[0];
      if (file) openFile(app, file);
    });
  }

  get shown() {
    return !this.root.hidden;
  }

  hide() {
    this.root.hidden = true;
    byId("stage").inert = byId("tools").inert = byId("panel").inert = false;
  }

  async show() {
    this.root.hidden = false;
    byId("stage").inert = byId("tools").inert = byId("panel").inert = true;
    const field = fileField(ACCEPT, ([file]) => openFile(this.app, file));
    const list = el("div", { class: "table", id: "table" });
    const back = this.app.photo
      ? el("button", { type: "button", onclick: () => this.hide() }, `Back to ${this.app.photo.name}`) : null;
    this.root.replaceChildren(el("div", { class: "welcome" },
      el("div", { class: "drop" }, el("h2", {}, "Paint a grey photo"),
        el("p", {}, "Drop a photo or project here, or"),
        el("div", { class: "row" }, el("button", { type: "button", class: "main", id: "open-file", onclick: () => field.click() }, "Open a photo …"), back, field),
        el("p", { class: "fine" }, "It stays on this computer.")),
      el("h2", {}, `Photos in ${this.folder}`), list));
    await this.load(list);
  }

  /** @param {HTMLElement} list */
  async load(list) {
    try {
      const { photos, projects, more } = await getJson("/api/folder");
      this.names = photos.map((/** @type {any} */ p) => p.name);
      list.replaceChildren(...photos.map((/** @type {any} */ p) => this.entry(p)),
        ...projects.map((/** @type {string} */ name) => el("button", { type: "button", class: "photo",
          onclick: () => openNamed(this.app, name) }, el("span", { class: "file", title: name }, name), el("span", { class: "state" }, "project"))));
      if (!photos.length && !projects.length) list.append(el("p", { class: "fine" }, "There are no pictures in this folder."));
      if (more) list.append(el("p", { class: "fine" }, `and ${more} more`));
    } catch (error) {
      list.replaceChildren(el("p", {}, /** @type {Error} */ (error).message));
    }
  }

  /** @param {{name: string, state: string}} photo */
  entry({ name, state }) {
    const image = el("img", { alt: "", loading: "lazy", "data-name": name });
    const known = this.thumbs.get(name);
    if (known) image.src = known;
    else this.watcher.observe(image);
    return el("button", { type: "button", class: "photo", onclick: () => openNamed(this.app, name) },
      image, el("span", { class: "file", title: name }, name), el("span", { class: `state ${state}` }, WORDS[state]));
  }

  /** Thumbnails are asked for when they come into view. */
  watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      this.watcher.unobserve(target);
      const image = /** @type {HTMLImageElement} */ (target);
      const name = image.dataset.name ?? "";
      getBlob(`/api/thumbnail?name=${encodeURIComponent(name)}`).then((blob) => {
        image.src = URL.createObjectURL(blob);
        this.thumbs.set(name, image.src);
      }, () => (image.alt = "cannot be read"));
    }
  });

  /** Open the photo before or after the one that is open. @param {number} by */
  async step(by) {
    if (!this.names.length) {
      const { photos } = await getJson("/api/folder");
      this.names = photos.map((/** @type {any} */ p) => p.name);
    }
    const at = this.names.indexOf(this.app.photo?.path ?? "");
    const next = this.names[at + by];
    if (next) await openNamed(this.app, next);
    else this.app.tell("said", by > 0 ? "that was the last photo" : "that was the first photo");
  }
}
