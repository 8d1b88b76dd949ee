/** The WebSocket of one photo: edits go out as differences, previews come back. */

import { commonPrefix } from "../model/history.js";
import { liveAddress } from "./api.js";
import { unpacked } from "./frames.js";

/** @typedef {import("../model/types.js").Doc} Doc */

/** Milliseconds until the first new try after the connection is lost; doubled up to the second. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 4000;

export class Live {
  /**
   * @param {string} key of the photo
   * @param {{frame: (facts: any, pixels: Uint8ClampedArray<ArrayBuffer>) => void,
   *   message: (facts: any) => void, state: (connected: boolean) => void}} handlers
   */
  constructor(key, handlers) {
    this.key = key;
    this.handlers = handlers;
    this.seq = 0;
    /** @type {Doc | null} what the server has */
    this.sent = null;
    /** @type {Doc | null} the newest that it shall have */
    this.wanted = null;
    this.closed = false;
    this.wait = FIRST_WAIT;
    /** Whether a preview of a stroke that is being drawn has not come yet. */
    this.busy = false;
    /** @type {Doc | null} */
    this.liveDoc = null;
    this.connect();
  }

  connect() {
    const socket = new WebSocket(liveAddress(this.key));
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.sent = null;
      this.busy = false;
      this.handlers.state(true);
      if (this.wanted) this.send(this.wanted, false);
    };
    socket.onmessage = (event) => this.take(event.data);
    socket.onclose = () => {
      if (this.closed || this.socket !== socket) return;
      this.handlers.state(false);
      this.timer = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(LONGEST_WAIT, 2 * this.wait);
    };
  }

  /** Connect again at once. */
  retry() {
    clearTimeout(this.timer);
    this.socket?.close();
    this.connect();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Send a painting that is done; @param {Doc} doc */
  edit(doc) {
    this.wanted = doc;
    this.liveDoc = null;
    this.send(doc, false);
  }

  /** Send one that is still being drawn, as soon as the last answer is there; @param {Doc} doc */
  draw(doc) {
    this.liveDoc = doc;
    if (!this.busy) this.send(doc, true);
  }

  /** @param {Doc} doc @param {boolean} live */
  send(doc, live) {
    if (!this.open) return;
    const before = this.sent;
    const keep = before ? commonPrefix(before.strokes, doc.strokes) : 0;
    /** @type {any} */
    const edit = { type: "edit", base: this.seq, seq: this.seq + 1, keep, live };
    edit.strokes = doc.strokes.slice(keep);
    if (!before || before.imports !== doc.imports) edit.imports = doc.imports.map((i) => i.key);
    if (!before || before.mode !== doc.mode) edit.mode = doc.mode;
    if (!before || before.options !== doc.options) edit.options = doc.options;
    this.seq += 1;
    this.sent = doc;
    this.busy = true;
    if (live) this.liveDoc = null;
    this.tell(edit);
  }

  /** @param {any} message */
  tell(message) {
    if (this.open) this.socket?.send(JSON.stringify(message));
  }

  /** @param {string | ArrayBuffer} data */
  take(data) {
    if (typeof data === "string") {
      const facts = JSON.parse(data);
      if (facts.type === "resync" || facts.type === "error") {
        this.busy = false;
        if (facts.type === "resync") {
          this.sent = null;
          if (this.wanted) this.send(this.wanted, false);
        }
      }
      this.handlers.message(facts);
      return;
    }
    const { facts, pixels } = unpacked(data);
    if (facts.type === "preview") {
      this.busy = facts.seq < this.seq;
      if (!this.busy && this.liveDoc) this.send(this.liveDoc, true);
    }
    this.handlers.frame(facts, pixels);
  }
}
