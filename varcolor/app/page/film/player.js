/** Coloured frames on the stage: one at a time, or one after the other. */

import { getBlob } from "../net/api.js";

/** Frames that are kept, and that are fetched ahead. */
const MOST = 120;
const AHEAD = 12;

export class Player {
  /** @param {import("../canvas/stage.js").Stage} stage @param {(place: number) => void} told */
  constructor(stage, told) {
    this.stage = stage;
    this.told = told;
    this.version = 0;
    this.count = 0;
    this.rate = 25;
    this.playing = false;
    this.shown = -1;
    /** @type {Map<number, Promise<ImageBitmap | null>>} oldest use first */
    this.frames = new Map();
  }

  /** @param {number} version @param {number} count */
  use(version, count) {
    this.count = count;
    if (version === this.version) return;
    this.version = version;
    this.frames.clear();
  }

  /** @param {number} place @returns {Promise<ImageBitmap | null>} */
  frame(place) {
    const { version } = this;
    let found = this.frames.get(place);
    if (found) this.frames.delete(place);
    else {
      found = getBlob(`/api/film/frame/${version}/${place}`).then((blob) => createImageBitmap(blob)).catch(() => null);
    }
    this.frames.set(place, found);
    for (const old of this.frames.keys()) {
      if (this.frames.size <= MOST) break;
      this.frames.delete(old);
    }
    return found;
  }

  /** Put a frame on the stage. @param {number} place @param {boolean} over whether over the sharp grey,
   * which is that of the frame that is open @returns {Promise<boolean>} */
  async show(place, over) {
    this.shown = place;
    if (!this.version) return false;
    const image = await this.frame(place);
    const from = this.stage.sources;
    if (!image || !from || this.shown !== place) return false;
    from.film = image;
    from.filmOver = over;
    this.stage.redraw("picture");
    return true;
  }

  /** Play from a frame on, around the end to the beginning. @param {number} place */
  async play(place) {
    if (this.playing || !this.version) return;
    this.playing = true;
    let at = place;
    let due = performance.now();
    while (this.playing && this.version) {
      for (let i = 1; i <= AHEAD; i += 1) this.frame((at + i) % this.count);
      await this.show(at, false);
      this.told(at);
      due = Math.max(due + 1000 / this.rate, performance.now() - 500 / this.rate);
      await new Promise((done) => setTimeout(done, Math.max(0, due - performance.now())));
      if (this.playing) at = (at + 1) % this.count;
    }
  }
}
