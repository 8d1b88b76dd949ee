/** The stack of canvases: picture, strokes, cursor; each is drawn anew only when it has changed. */

import { fitted, centred, moved, toPhoto, toScreen, zoomAt } from "../model/view.js";
import { drawChosen, drawRing, drawStroke, drawStrokes } from "./ink.js";
import { drawPicture } from "./picture.js";
import { Tiles } from "./tiles.js";

/** @typedef {import("../model/types.js").Photo} Photo */
/** @typedef {import("../model/types.js").Stroke} Stroke */
/** @typedef {import("../model/types.js").Point} Point */
/** @typedef {import("../model/types.js").View} View */
/** @typedef {"picture" | "ink" | "cursor"} Layer */

export class Stage {
  /** @param {HTMLElement} root which holds three canvases */
  constructor(root) {
    this.root = root;
    const canvases = [...root.querySelectorAll("canvas")];
    /** @type {Record<Layer, HTMLCanvasElement>} */
    this.canvas = { picture: canvases[0], ink: canvases[1], cursor: canvases[2] };
    /** @type {Record<Layer, CanvasRenderingContext2D>} */
    this.ctx = /** @type {any} */ (
      Object.fromEntries(Object.entries(this.canvas).map(([n, c]) => [n, c.getContext("2d")]))
    );
    /** @type {View} */
    this.view = { scale: 1, x: 0, y: 0 };
    /** @type {Set<Layer>} */
    this.dirty = new Set();
    this.size = { width: 1, height: 1 };
    this.ratio = 1;
    this.isFitted = true;
    /** @type {import("./picture.js").Sources | null} */
    this.sources = null;
    /** What is drawn; set by `main.js`. */
    this.scene = {
      /** @type {readonly Stroke[]} */ strokes: [],
      /** @type {readonly Stroke[]} */ drawing: [],
      /** @type {HTMLImageElement[]} */ imports: [],
      /** @type {Stroke | null} */ chosen: null,
      showStrokes: true,
      view: "result",
      compare: "none",
      split: 0.5,
      hold: false,
      /** @type {{at: Point, radius: number, aim: boolean} | null} */ cursor: null,
      /** @type {Point | null} */ mark: null,
    };
    /** Of one pixel, to read what is shown. */
    this.one = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    /** @type {ImageData | null} of the last preview */
    this.pixels = null;
    /** @type {() => void} called when zoom or pan have changed */
    this.onview = () => {};
    /** @type {((at: number) => void) | null} called once the next picture is on the screen */
    this.onpaint = null;
    new ResizeObserver(() => this.resize()).observe(root);
    this.resize();
  }

  resize() {
    const box = this.root.getBoundingClientRect();
    this.ratio = window.devicePixelRatio || 1;
    this.size = { width: Math.max(1, box.width), height: Math.max(1, box.height) };
    for (const canvas of Object.values(this.canvas)) {
      canvas.width = Math.round(this.size.width * this.ratio);
      canvas.height = Math.round(this.size.height * this.ratio);
    }
    if (this.isFitted && this.sources) this.fit();
    this.redraw("picture", "ink", "cursor");
  }

  /** @param {Photo} photo */
  open(photo) {
    this.sources?.tiles.close();
    const tiles = new Tiles(photo, () => this.redraw("picture"));
    this.sources = {
      photo, tiles, preview: null, exactPreview: false, wholePreview: false, version: 0, overlay: null,
      film: null, filmOver: false,
    };
    this.fit();
  }

  fit() {
    if (this.sources) this.look(fitted(this.sources.photo, this.pane()), true);
  }

  actual() {
    if (this.sources) this.look(centred(this.sources.photo, this.pane(), 1 / this.ratio));
  }

  /** The room for one picture: half of the stage side by side. */
  pane() {
    const half = this.scene.compare === "side" ? 0.5 : 1;
    return { width: this.size.width * half, height: this.size.height };
  }

  /** @param {View} view @param {boolean} [isFitted] */
  look(view, isFitted = false) {
    this.view = view;
    this.isFitted = isFitted;
    this.redraw("picture", "ink", "cursor");
    this.onview();
  }

  /** @param {number} factor @param {Point} [at] */
  zoom(factor, at = [this.pane().width / 2, this.size.height / 2]) {
    this.look(zoomAt(this.view, factor, at));
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.look(moved(this.view, dx, dy));
  }

  /** @param {{clientX: number, clientY: number}} event @returns {Point} */
  placeOf(event) {
    const box = this.root.getBoundingClientRect();
    const x = event.clientX - box.left;
    const half = this.scene.compare === "side" ? this.size.width / 2 : this.size.width;
    return [x >= half && half < this.size.width ? x - half : x, event.clientY - box.top];
  }

  /** @param {Point} at on the stage @returns {Point} */
  toPhoto(at) {
    return toPhoto(this.view, at);
  }

  /** @param {Point} at in the photo @returns {Point} */
  toScreen(at) {
    return toScreen(this.view, at);
  }

  /** @param {...Layer} layers */
  redraw(...layers) {
    const waiting = this.dirty.size > 0;
    layers.forEach((layer) => this.dirty.add(layer));
    if (!waiting) requestAnimationFrame(() => this.draw());
  }

  draw() {
    const layers = [...this.dirty];
    this.dirty.clear();
    for (const layer of layers) {
      const ctx = this.ctx[layer];
      ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      ctx.clearRect(0, 0, this.size.width, this.size.height);
      if (this.sources) this[`${layer}Layer`](ctx, this.sources);
    }
    if (layers.includes("picture") && this.onpaint) {
      const told = this.onpaint;
      this.onpaint = null;
      requestAnimationFrame((at) => told(at));
    }
  }

  /** @param {CanvasRenderingContext2D} ctx @param {import("./picture.js").Sources} from */
  pictureLayer(ctx, from) {
    const { width, height } = this.size;
    const { view, compare, split, hold } = this.scene;
    const before = from.photo.colour && this.scene.view === "photo" ? "photo" : "grey";
    const what = hold ? "grey" : ["result", "grey", "photo", "film"].includes(view) ? view : "overlay";
    const all = { x: 0, y: 0, width, height };
    if (compare === "split" && !hold) {
      const edge = width * split;
      drawPicture(ctx, this.view, { ...all, width: edge }, this.ratio, from, before);
      drawPicture(ctx, this.view, { ...all, x: edge, width: width - edge }, this.ratio, from, what);
      ctx.fillStyle = "#fff";
      ctx.fillRect(edge - 1, 0, 2, height);
      ctx.fillStyle = "#000";
      ctx.fillRect(edge + 1, 0, 1, height);
    } else if (compare === "side") {
      const half = { ...all, width: width / 2 };
      drawPicture(ctx, this.view, half, this.ratio, from, "grey");
      const right = { ...half, x: width / 2 };
      drawPicture(ctx, moved(this.view, width / 2, 0), right, this.ratio, from, what);
    } else drawPicture(ctx, this.view, all, this.ratio, from, what);
  }

  /** @param {CanvasRenderingContext2D} ctx @param {import("./picture.js").Sources} from */
  inkLayer(ctx, from) {
    const { scene, view } = this;
    this.canvas.ink.classList.toggle("faint", !scene.drawing.length && !scene.chosen);
    if (scene.compare === "side") {
      ctx.beginPath();
      ctx.rect(0, 0, this.size.width / 2, this.size.height);
      ctx.save();
      ctx.clip();
    }
    if (scene.showStrokes && !scene.hold) {
      const { width, height } = from.photo;
      ctx.imageSmoothingEnabled = false;
      for (const image of scene.imports) {
        ctx.drawImage(image, view.x, view.y, width * view.scale, height * view.scale);
      }
      drawStrokes(ctx, scene.strokes, view);
    }
    for (const stroke of scene.drawing) {
      if (stroke.kind === "erase") drawStroke(ctx, { ...stroke, kind: "neutral" }, view);
      else drawStroke(ctx, stroke, view);
    }
    if (scene.chosen) drawChosen(ctx, scene.chosen, view);
    if (scene.compare === "side") ctx.restore();
  }

  /** @param {CanvasRenderingContext2D} ctx */
  cursorLayer(ctx) {
    const { cursor, mark } = this.scene;
    if (mark) {
      const at = this.toScreen(mark);
      drawRing(ctx, at, 18, false);
      drawRing(ctx, at, 6, false);
    }
    if (cursor) drawRing(ctx, this.toScreen(cursor.at), cursor.radius * this.view.scale, cursor.aim);
  }

  /** The colour on the screen at a place of the stage: what one sees is what one picks.
   * @param {Point} at @returns {[number, number, number] | null} 0..255 */
  shownAt([x, y]) {
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.one.getContext("2d", { willReadFrequently: true }));
    ctx.clearRect(0, 0, 1, 1);
    const place = /** @type {const} */ ([Math.round(x * this.ratio), Math.round(y * this.ratio)]);
    ctx.drawImage(this.canvas.picture, ...place, 1, 1, 0, 0, 1, 1);
    const [r, g, b, a] = ctx.getImageData(0, 0, 1, 1).data;
    return a ? [r, g, b] : null;
  }

  /** The luma of the photo at a place, from its small copy: at once, without asking the server.
   * @param {Point} at @returns {number | null} 0..1 */
  lumaAt([x, y]) {
    const from = this.sources;
    if (!from || x < 0 || y < 0 || x >= from.photo.width || y >= from.photo.height) return null;
    const data = this.pixels;
    if (!data) return null;
    const column = Math.min(data.width - 1, Math.floor((x / from.photo.width) * data.width));
    const row = Math.min(data.height - 1, Math.floor((y / from.photo.height) * data.height));
    const i = 4 * (row * data.width + column);
    return (0.299 * data.data[i] + 0.587 * data.data[i + 1] + 0.114 * data.data[i + 2]) / 255;
  }

  /** Show a preview. @param {ImageData} data @param {boolean} wholeLuma whether its luma is its own */
  showPreview(data, wholeLuma) {
    const from = this.sources;
    if (!from) return;
    if (from.preview?.width !== data.width || from.preview?.height !== data.height) {
      from.preview = document.createElement("canvas");
      from.preview.width = data.width;
      from.preview.height = data.height;
      from.exactPreview = data.width === from.photo.width && data.height === from.photo.height;
    }
    this.pixels = data;
    from.wholePreview = wholeLuma;
    from.preview.getContext("2d")?.putImageData(data, 0, 0);
    from.version = 0;
    this.redraw("picture");
  }
}
