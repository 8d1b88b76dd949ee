/** Tiles of the photo and of results: fetched when they are seen, the nearest size meanwhile. */

import { getBlob } from "../net/api.js";

/** @typedef {import("../model/types.js").Photo} Photo */
/** @typedef {{bitmap: ImageBitmap | null, failed: boolean}} Tile */

const MOST = 160;
const AT_ONCE = 4;

export class Tiles {
  /** @param {Photo} photo @param {() => void} changed */
  constructor(photo, changed) {
    this.photo = photo;
    this.changed = changed;
    /** @type {Map<string, Tile>} oldest use first */
    this.known = new Map();
    /** @type {string[]} newest last */
    this.queue = [];
    this.loading = 0;
  }

  /**
   * @param {string} layer @param {number} version @param {number} level @param {number} column
   * @param {number} row @returns {ImageBitmap | null} null while it is not there
   */
  get(layer, version, level, column, row) {
    const key = `${layer}/${version}/${level}/${column}/${row}`;
    let tile = this.known.get(key);
    if (tile) {
      this.known.delete(key);
    } else {
      tile = { bitmap: null, failed: false };
      this.known.set(key, tile);
      this.queue.push(key);
      this.load();
      return null;
    }
    this.known.set(key, tile);
    return tile.bitmap;
  }

  /** Return a tile only if it is there already.
   * @param {string} layer @param {number} version @param {number} level @param {number} column
   * @param {number} row */
  peek(layer, version, level, column, row) {
    return this.known.get(`${layer}/${version}/${level}/${column}/${row}`)?.bitmap ?? null;
  }

  /** @returns {Promise<void>} */
  async load() {
    if (this.loading >= AT_ONCE) return;
    const key = this.queue.pop();
    if (key === undefined) return;
    const tile = this.known.get(key);
    if (!tile) return this.load();
    this.loading += 1;
    try {
      const blob = await getBlob(`/api/${this.photo.key}/tile/${key}`);
      tile.bitmap = await createImageBitmap(blob);
      this.changed();
    } catch {
      tile.failed = true; // a result that is no longer kept, or no connection: asked again later
      this.known.delete(key);
    }
    this.loading -= 1;
    this.trim();
    this.load();
  }

  /** Forget tiles of one layer, and what was to be loaded of it. @param {string} layer */
  forget(layer) {
    this.queue = this.queue.filter((key) => !key.startsWith(layer));
    for (const [key, tile] of this.known) {
      if (!key.startsWith(layer)) continue;
      tile.bitmap?.close();
      this.known.delete(key);
    }
  }

  trim() {
    for (const [key, tile] of this.known) {
      if (this.known.size <= MOST) return;
      if (!tile.bitmap) continue;
      tile.bitmap.close();
      this.known.delete(key);
    }
  }

  close() {
    this.queue = [];
    for (const tile of this.known.values()) tile.bitmap?.close();
    this.known.clear();
  }
}
