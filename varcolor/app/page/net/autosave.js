/** Keep the painting while it is made: in the browser at once, on disk a moment later. */

import { postJson } from "./api.js";

/** @typedef {import("../app.js").App} App */

const WAIT = 600;
const STORE = "paintings";

/** @returns {Promise<IDBDatabase | null>} */
function database() {
  return new Promise((done) => {
    const asked = indexedDB.open("varcolor", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => done(null); // private windows: the disk keeps it all the same
  });
}

/** @param {string} key @param {any} value @returns {Promise<void>} */
async function keep(key, value) {
  const db = await database();
  if (!db) return;
  await new Promise((done) => {
    const change = db.transaction(STORE, "readwrite");
    change.objectStore(STORE).put(value, key);
    change.oncomplete = change.onerror = change.onabort = done;
  });
  db.close();
}

/** @param {string} key @returns {Promise<any>} what the browser kept of a photo */
export async function kept(key) {
  const db = await database();
  if (!db) return null;
  const found = await new Promise((done) => {
    const asked = db.transaction(STORE).objectStore(STORE).get(key);
    asked.onsuccess = () => done(asked.result ?? null);
    asked.onerror = () => done(null);
  });
  db.close();
  return found;
}

/** What a request says of the painting. @param {App} app */
export function paintingOf(app) {
  const { strokes, imports, mode, options } = app.doc;
  return { seq: 0, base: 0, strokes, imports: imports.map((i) => i.key), mode, options };
}

/** @param {App} app */
export function autosave(app) {
  /** @type {any} */
  let timer = 0;
  let dirty = false;

  /** What is on its way to the disk. @type {Promise<void>} */
  let pending = Promise.resolve();

  /** Keep what has changed; done once it is on disk, also what was on its way already. */
  async function save() {
    clearTimeout(timer);
    const before = pending;
    const own = write();
    pending = before.then(() => own);
    await pending;
  }

  async function write() {
    const { photo } = app;
    if (!photo || !dirty) return;
    dirty = false;
    const history = app.history.toJSON();
    const body = { painting: paintingOf(app), history, palette: app.palette };
    await keep(photo.key, { at: Date.now(), history, palette: app.palette });
    try {
      await postJson(`/api/${photo.key}/autosave`, body);
      app.tell("kept", photo.key);
    } catch {
      dirty = true; // the browser has it; the disk follows when the program answers again
    }
  }

  const later = () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  };
  app.on("doc", (word) => word && later());
  app.on("palette", later);
  app.on("connection", (open) => open && dirty && later());
  document.addEventListener("visibilitychange", () => document.hidden && save());
  addEventListener("pagehide", save);
  return { save };
}
