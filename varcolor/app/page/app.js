/** The photo that is open, what is painted on it, and who must know when that changes. */

import { History } from "./model/history.js";
import { frozen, touches } from "./model/strokes.js";
import { postJson } from "./net/api.js";
import { Live } from "./net/live.js";

/** @typedef {import("./model/types.js").Doc} Doc */
/** @typedef {import("./model/types.js").Stroke} Stroke */
/** @typedef {import("./model/types.js").Photo} Photo */
/** @typedef {import("./canvas/stage.js").Stage} Stage */

/** How strokes are drawn; kept from photo to photo. */
export const PREFS = {
  tool: "brush",
  kind: /** @type {"paint" | "neutral" | "keep" | "protect"} */ ("paint"),
  color: "#b5793c",
  radius: 8,
  soft: false,
  weight: 1,
  pressure: false,
  screenSize: false,
};

export class App extends EventTarget {
  /** @param {Stage} stage */
  constructor(stage) {
    super();
    this.stage = stage;
    this.prefs = { ...PREFS };
    this.history = new History();
    /** @type {Photo | null} */
    this.photo = null;
    /** @type {Live | null} */
    this.live = null;
    /** @type {(() => Promise<any>) | null} */
    this.source = null;
    /** Index of the chosen stroke, or -1. */
    this.chosen = -1;
    /** Where the luma for the colour plane comes from. */
    this.luma = 0.5;
    /** @type {string[]} */
    this.recent = [];
    /** @type {string[]} */
    this.palette = [];
  }

  get doc() {
    return this.history.doc;
  }

  /** @param {string} name @param {any} [detail] */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {string} name @param {(detail: any) => void} listener */
  on(name, listener) {
    this.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {Partial<typeof PREFS>} change */
  set(change) {
    Object.assign(this.prefs, change);
    this.tell("prefs", change);
  }

  /** Radius of the brush in pixels of the photo. */
  get radius() {
    return this.prefs.screenSize ? this.prefs.radius / this.stage.view.scale : this.prefs.radius;
  }

  /** A stroke in the chosen ink. @param {import("./model/types.js").Point[]} points
   * @param {Partial<Stroke>} [more] @returns {Stroke} */
  stroke(points, more = {}) {
    const { kind, color, soft, weight } = this.prefs;
    /** @type {Stroke} */
    const stroke = { kind, radius: Math.round(this.radius * 100) / 100, points, ...more };
    if (stroke.kind === "paint") stroke.color ??= color;
    if (soft && (stroke.kind === "paint" || stroke.kind === "neutral")) stroke.weight = weight;
    return stroke;
  }

  /** Show a photo and what is painted on it. @param {any} answer of the server
   * @param {(() => Promise<any>) | null} [source] sends the photo again, if it came from here */
  open(answer, source = null) {
    this.source = source;
    this.live?.close();
    this.photo = answer.photo;
    this.history = historyOf(answer.painting, answer.photo);
    this.palette = answer.painting?.palette ?? this.palette;
    this.chosen = -1;
    this.stage.open(answer.photo);
    this.live = new Live(answer.photo.key, {
      frame: (facts, pixels) => this.tell("frame", { facts, pixels }),
      message: (facts) => (facts.type === "gone" ? this.reopen() : this.tell("message", facts)),
      state: (connected) => this.tell("connection", connected),
    });
    this.tell("photo", answer);
    this.changed("");
  }

  /** The program has been started anew, or has closed the photo: give it the photo again. */
  async reopen() {
    const { photo, source } = this;
    try {
      if (source) await source();
      else if (photo?.path) await postJson("/api/open", { name: photo.path });
      this.live?.retry();
    } catch (error) {
      this.tell("failed", /** @type {Error} */ (error).message);
    }
  }

  /** Make a new state of the painting. @param {Partial<Doc>} change @param {string} word */
  commit(change, word) {
    this.history.push(Object.freeze({ ...this.doc, ...change }), word);
    this.changed(word);
  }

  /** @param {Stroke[]} strokes @param {string} word */
  add(strokes, word) {
    const photo = this.photo;
    if (!photo) return;
    const inside = strokes.filter((s) => touches(s, photo)).map(frozen);
    if (!inside.length) {
      this.drawing([]);
      this.changed("");
      return;
    }
    this.commit({ strokes: Object.freeze([...this.doc.strokes, ...inside]) }, word);
    const color = inside[0].color;
    if (typeof color === "string") this.remember(color);
  }

  /** Show strokes that are not done; @param {Stroke[]} strokes */
  drawing(strokes) {
    this.stage.scene.drawing = strokes;
    this.stage.redraw("ink");
    const photo = this.photo;
    if (!photo || !strokes.length) return;
    const inside = strokes.filter((s) => touches(s, photo));
    if (inside.length) this.live?.draw({ ...this.doc, strokes: [...this.doc.strokes, ...inside] });
  }

  /** @param {string} color */
  remember(color) {
    this.recent = [color, ...this.recent.filter((c) => c !== color)].slice(0, 16);
    this.tell("recent");
  }

  undo() {
    const word = this.history.undo();
    if (word) this.changed(`undone: ${word}`);
  }

  redo() {
    const word = this.history.redo();
    if (word) this.changed(`done again: ${word}`);
  }

  /** @param {number} index */
  choose(index) {
    this.chosen = index >= 0 && index < this.doc.strokes.length ? index : -1;
    this.stage.scene.chosen = this.doc.strokes[this.chosen] ?? null;
    this.stage.redraw("ink");
    this.tell("chosen");
  }

  /** @param {number} index @param {Partial<Stroke>} change @param {string} word */
  replace(index, change, word) {
    const strokes = this.doc.strokes.slice();
    const own = { ...strokes[index], ...change };
    if (own.kind !== "paint") delete own.color;
    if (own.weight === undefined || own.kind === "keep" || own.kind === "protect") delete own.weight;
    strokes[index] = frozen(own);
    this.commit({ strokes: Object.freeze(strokes) }, word);
  }

  /** @param {number} index */
  remove(index) {
    if (!this.doc.strokes[index]) return;
    const strokes = this.doc.strokes.filter((_, i) => i !== index);
    this.chosen = -1;
    this.commit({ strokes: Object.freeze(strokes) }, "delete stroke");
  }

  /** @param {number} index @param {number} by */
  reorder(index, by) {
    const to = index + by;
    const strokes = this.doc.strokes.slice();
    if (to < 0 || to >= strokes.length) return;
    [strokes[index], strokes[to]] = [strokes[to], strokes[index]];
    this.chosen = to;
    this.commit({ strokes: Object.freeze(strokes) }, "reorder strokes");
  }

  /** The painting has changed. @param {string} word */
  changed(word) {
    const { scene } = this.stage;
    scene.drawing = [];
    scene.strokes = this.doc.strokes;
    if (this.chosen >= this.doc.strokes.length) this.chosen = -1;
    scene.chosen = this.doc.strokes[this.chosen] ?? null;
    scene.mark = null;
    this.live?.edit(this.doc);
    this.stage.redraw("ink", "cursor");
    this.tell("doc", word);
  }
}

/** @param {any} painting of the server, or null @param {Photo} photo @returns {History} */
function historyOf(painting, photo) {
  if (!painting) return new History();
  if (painting.history) {
    try {
      return History.of(painting.history);
    } catch {
      // of another version: the painting itself is there all the same
    }
  }
  const strokes = painting.strokes.map((/** @type {Stroke} */ s) => frozen(withHex(s)));
  const mode = photo.colour ? painting.mode : "colorize";
  return new History({ ...painting, strokes, mode, history: undefined, palette: undefined });
}

/** Write colours of eight bits as #rrggbb; others keep their fractions. @param {Stroke} stroke */
function withHex(stroke) {
  const { color } = stroke;
  if (!Array.isArray(color)) return stroke;
  const levels = color.map((v) => Math.round(v * 255));
  if (levels.some((n, i) => n < 0 || n > 255 || n / 255 !== color[i])) return stroke;
  return { ...stroke, color: "#" + levels.map((n) => n.toString(16).padStart(2, "0")).join("") };
}
