/** The frames of a film beside each other; only those in sight are elements of the page. */

import { getBlob } from "../net/api.js";
import { byId, el } from "../ui/dom.js";

/** Width of a frame's cell in CSS pixels. */
const CELL = 112;
/** Cells beside those in sight, thumbnails that are kept, and requests at a time. */
const BESIDE = 2;
const MOST = 400;
const AT_ONCE = 4;

export class Strip {
  /** @param {{open: (place: number, now: boolean) => void, toggle: () => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.count = 0;
    this.at = -1;
    this.version = 0;
    /** @type {Set<number>} */
    this.keys = new Set();
    /** @type {Set<number>} places of the first frames of shots */
    this.shots = new Set();
    /** @type {Set<number>} frames to paint next */
    this.next = new Set();
    this.first = 0;
    /** @type {Map<number, any>} cells that are shown */
    this.cells = new Map();
    /** @type {Map<string, string>} addresses of thumbnails, oldest use first */
    this.thumbs = new Map();
    this.loading = 0;
    this.root = byId("strip");
    this.inner = el("div", { class: "reel", role: "presentation" });
    this.root.append(this.inner);
    this.root.addEventListener("scroll", () => this.render());
    this.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => this.key(e));
    this.root.addEventListener("click", (/** @type {Event} */ e) => {
      const cell = /** @type {HTMLElement} */ (e.target).closest(".cell");
      if (cell) actions.open(Number(/** @type {HTMLElement} */ (cell).dataset.frame), true);
    });
    new ResizeObserver(() => this.render()).observe(this.root);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.root.clientWidth / CELL) - 1);
    const by = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1,
      PageUp: -page, PageDown: page, Home: -this.count, End: this.count })[event.key];
    if (by) this.actions.open(Math.min(this.count - 1, Math.max(0, this.at + by)), false);
    else if (event.key === "Enter") byId("stage").focus();
    else if (event.key === " ") this.actions.toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} place */
  choose(place) {
    this.at = place;
    const { scrollLeft, clientWidth } = this.root;
    const left = place * CELL;
    if (left < scrollLeft || left + CELL > scrollLeft + clientWidth) {
      this.root.scrollLeft = left - (clientWidth - CELL) / 2;
    }
    this.root.setAttribute("aria-activedescendant", `frame-${place}`);
    this.render();
  }

  /** @param {{count: number, first: number, keys: Iterable<number>, shots: Iterable<number>,
   * next: Iterable<number>, version: number}} facts */
  show({ count, first, keys, shots, next, version }) {
    if (version !== this.version) {
      for (const cell of this.cells.values()) cell.firstChild.removeAttribute("data-got");
    }
    Object.assign(this, { count, first, version, keys: new Set(keys), shots: new Set(shots), next: new Set(next) });
    this.inner.style.width = `${count * CELL}px`;
    this.render();
  }

  render() {
    const { scrollLeft, clientWidth } = this.root;
    const from = Math.max(0, Math.floor(scrollLeft / CELL) - BESIDE);
    const to = Math.min(this.count, Math.ceil((scrollLeft + clientWidth) / CELL) + BESIDE);
    const wanted = new Set(Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i));
    if (this.at >= 0 && this.at < this.count) wanted.add(this.at);
    for (const [place, cell] of this.cells) {
      if (wanted.has(place)) continue;
      cell.remove();
      this.cells.delete(place);
    }
    for (const place of [...wanted].sort((a, b) => a - b)) {
      const cell = this.cells.get(place) ?? this.made(place);
      this.mark(place, cell);
      this.picture(place, cell.firstChild);
    }
    this.load();
  }

  /** @param {number} place */
  made(place) {
    const cell = el("div", { class: "cell", role: "option", id: `frame-${place}`, "data-frame": String(place) },
      el("img", { alt: "", draggable: "false" }), el("span", { class: "number" }), el("span", { class: "mark" }));
    cell.style.left = `${place * CELL}px`;
    const after = [...this.cells.keys()].filter((p) => p > place).sort((a, b) => a - b)[0];
    this.inner.insertBefore(cell, after === undefined ? null : this.cells.get(after));
    this.cells.set(place, cell);
    return cell;
  }

  /** @param {number} place @param {any} cell */
  mark(place, cell) {
    const key = this.keys.has(place);
    const next = this.next.has(place);
    const shot = this.shots.has(place) && place > 0;
    const number = this.first + place;
    cell.setAttribute("aria-selected", String(place === this.at));
    cell.setAttribute("aria-setsize", String(this.count));
    cell.setAttribute("aria-posinset", String(place + 1));
    cell.setAttribute("aria-label", [`frame ${number}`, key && "painted", next && !key && "to paint next",
      shot && "first of a shot"].filter(Boolean).join(", "));
    cell.classList.toggle("key", key);
    cell.classList.toggle("shot", shot);
    cell.children[1].textContent = String(number);
    cell.children[2].textContent = key ? "◆" : next ? "◇" : "";
  }

  /** @param {number} place @param {HTMLImageElement} image */
  picture(place, image) {
    const name = `${this.version}/${place}`;
    const known = this.thumbs.get(name);
    if (!known) return;
    if (image.dataset.got === name) return;
    image.dataset.got = name;
    image.src = known;
    this.thumbs.delete(name); // used last
    this.thumbs.set(name, known);
  }

  /** Ask for what is in sight and not there yet. @returns {Promise<void>} */
  async load() {
    if (this.loading >= AT_ONCE) return;
    const { version } = this;
    const place = [...this.cells.keys()].find((p) => !this.thumbs.has(`${version}/${p}`));
    if (place === undefined) return;
    const name = `${version}/${place}`;
    this.thumbs.set(name, "");
    this.loading += 1;
    try {
      const blob = await getBlob(`/api/film/thumbnail/${name}`);
      this.thumbs.set(name, URL.createObjectURL(blob));
      const cell = this.cells.get(place);
      if (cell && version === this.version) this.picture(place, cell.firstChild);
    } catch {
      setTimeout(() => this.thumbs.get(name) === "" && this.thumbs.delete(name), 2000); // asked again later
    }
    this.loading -= 1;
    for (const [old, address] of this.thumbs) {
      if (this.thumbs.size <= MOST) break;
      URL.revokeObjectURL(address);
      this.thumbs.delete(old);
    }
    this.load();
    this.load();
  }
}
