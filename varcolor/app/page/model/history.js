/** Undo and redo without a limit: every state of the painting, sharing what has not changed. */

/** @typedef {import("./types.js").Doc} Doc */
/** @typedef {import("./types.js").Stroke} Stroke */
import { frozen } from "./strokes.js";

/** @returns {Doc} */
export function blank() {
  return { strokes: [], imports: [], mode: "colorize", options: {} };
}

export class History {
  /** @param {Doc} [first] */
  constructor(first = blank()) {
    /** @type {Doc[]} */
    this.states = [first];
    /** @type {string[]} what led to each state, in words */
    this.words = [""];
    this.at = 0;
  }

  get doc() {
    return this.states[this.at];
  }

  /** @param {Doc} doc @param {string} word */
  push(doc, word) {
    this.states.length = this.words.length = this.at + 1;
    this.states.push(doc);
    this.words.push(word);
    this.at += 1;
  }

  /** @returns {string} what was undone; "" if there is nothing */
  undo() {
    if (this.at === 0) return "";
    this.at -= 1;
    return this.words[this.at + 1];
  }

  /** @returns {string} what was done again */
  redo() {
    if (this.at === this.states.length - 1) return "";
    this.at += 1;
    return this.words[this.at];
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  /** Return a plain object: each stroke once, each state as what differs from the one before. */
  toJSON() {
    /** @type {Map<Stroke, number>} */
    const index = new Map();
    const states = this.states.map((doc, i) => {
      const ids = doc.strokes.map((s) => {
        if (!index.has(s)) index.set(s, index.size);
        return /** @type {number} */ (index.get(s));
      });
      const before = i ? this.states[i - 1] : blank();
      const keep = commonPrefix(before.strokes, doc.strokes);
      /** @type {any} */
      const own = { keep, tail: ids.slice(keep), word: this.words[i] };
      if (!i || before.imports !== doc.imports) own.imports = doc.imports;
      if (!i || before.mode !== doc.mode) own.mode = doc.mode;
      if (!i || before.options !== doc.options) own.options = doc.options;
      return own;
    });
    return { version: 1, at: this.at, table: [...index.keys()], states };
  }

  /** @param {any} json @returns {History} */
  static of(json) {
    if (json?.version !== 1 || !Array.isArray(json.states) || !json.states.length) {
      throw new Error("no history that this program knows");
    }
    const table = json.table.map(frozen);
    const history = new History();
    history.states = [];
    history.words = [];
    let before = blank();
    for (const own of json.states) {
      const tail = own.tail.map((/** @type {number} */ i) => table[i]);
      before = {
        strokes: Object.freeze([...before.strokes.slice(0, own.keep), ...tail]),
        imports: own.imports ?? before.imports,
        mode: own.mode ?? before.mode,
        options: own.options ?? before.options,
      };
      history.states.push(before);
      history.words.push(String(own.word ?? ""));
    }
    history.at = Math.min(Math.max(0, json.at | 0), history.states.length - 1);
    return history;
  }
}

/** @param {readonly Stroke[]} a @param {readonly Stroke[]} b @returns {number} */
export function commonPrefix(a, b) {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n += 1;
  return n;
}
