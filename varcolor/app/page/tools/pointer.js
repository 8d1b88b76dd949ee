/** Mouse, pen and fingers: who draws, who pans, who zooms. */

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../model/types.js").Point} Point */
/** @typedef {{name: string, down: Function, move: Function, up: Function, cancel: Function}} Tool */

export class Pointers {
  /** @param {App} app @param {HTMLElement} root @param {() => Tool} tool the chosen one */
  constructor(app, root, tool) {
    this.app = app;
    this.root = root;
    this.tool = tool;
    /** @type {Map<number, Point>} fingers and buttons that are down, on the screen */
    this.down = new Map();
    /** @type {{tool: Tool, id: number} | null} what is being drawn */
    this.drawing = null;
    /** @type {number | null} the pointer that pans */
    this.panning = null;
    /** A pen has touched: from then on fingers pan, so that a resting hand does not draw. */
    this.penMode = false;
    this.space = false;
    root.addEventListener("pointerdown", (e) => this.start(e));
    root.addEventListener("pointermove", (e) => this.move(e));
    root.addEventListener("pointerup", (e) => this.end(e, false));
    root.addEventListener("pointercancel", (e) => this.end(e, true));
    root.addEventListener("pointerleave", () => this.hide());
    root.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    root.addEventListener("contextmenu", (e) => e.preventDefault());
  }

  /** @param {PointerEvent} event */
  samples(event) {
    const all = event.getCoalescedEvents?.() ?? [];
    return (all.length ? all : [event]).map((e) => ({
      at: this.app.stage.toPhoto(this.app.stage.placeOf(e)),
      pressure: e.pressure,
      pen: e.pointerType === "pen",
      alt: e.altKey,
      shift: e.shiftKey,
    }));
  }

  /** @param {PointerEvent} event */
  start(event) {
    if (!this.app.photo) return;
    this.root.focus({ preventScroll: true });
    const place = this.app.stage.placeOf(event);
    const touch = event.pointerType === "touch";
    if (event.pointerType === "pen" && !this.penMode) {
      this.penMode = true;
      this.app.tell("said", "pen: from now on fingers move the picture");
      this.stop(true); // a palm that came first
    }
    this.down.set(event.pointerId, place);
    this.root.setPointerCapture(event.pointerId);
    if (touch && this.down.size > 1) {
      this.stop(true); // the second finger makes it a pinch
      return;
    }
    const pan = event.button === 1 || this.space || this.tool().name === "pan";
    if (pan || (touch && this.penMode)) {
      this.panning = event.pointerId;
      return;
    }
    if (event.button > 0 || this.drawing) return;
    this.drawing = { tool: this.tool(), id: event.pointerId };
    this.drawing.tool.down(this.app, this.samples(event).slice(-1));
    this.follow(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.down.get(event.pointerId);
    const place = this.app.stage.placeOf(event);
    if (before && this.down.size > 1 && event.pointerType === "touch") {
      this.pinch(event.pointerId, place);
      return;
    }
    if (before && this.panning === event.pointerId) {
      this.app.stage.pan(place[0] - before[0], place[1] - before[1]);
      this.down.set(event.pointerId, place);
      return;
    }
    if (this.drawing?.id === event.pointerId) {
      this.drawing.tool.move(this.app, this.samples(event));
    }
    if (before) this.down.set(event.pointerId, place);
    this.follow(event);
  }

  /** @param {PointerEvent} event @param {boolean} lost */
  end(event, lost) {
    this.down.delete(event.pointerId);
    if (this.panning === event.pointerId) this.panning = null;
    if (this.drawing?.id !== event.pointerId) return;
    const { tool } = this.drawing;
    this.drawing = null;
    if (lost) tool.cancel(this.app);
    else tool.up(this.app);
  }

  /** Drop what is being drawn. @param {boolean} all whether nothing of it is kept */
  stop(all) {
    if (this.drawing && all) this.drawing.tool.cancel(this.app);
    this.drawing = null;
    this.panning = null;
  }

  /** Two fingers: zoom by their distance, pan by their middle. @param {number} id @param {Point} to */
  pinch(id, to) {
    const other = [...this.down.entries()].find(([key]) => key !== id)?.[1];
    const from = this.down.get(id);
    this.down.set(id, to);
    if (!other || !from) return;
    const middle = (/** @type {Point} */ p) => /** @type {Point} */ ([(p[0] + other[0]) / 2, (p[1] + other[1]) / 2]);
    const [was, is] = [middle(from), middle(to)];
    const size = (/** @type {Point} */ p) => Math.max(8, Math.hypot(p[0] - other[0], p[1] - other[1]));
    this.app.stage.pan(is[0] - was[0], is[1] - was[1]);
    this.app.stage.zoom(size(to) / size(from), is);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    if (event.altKey || event.shiftKey) {
      this.app.tell("brush", (event.deltaY || event.deltaX) < 0 ? 1.15 : 1 / 1.15);
      return;
    }
    const unit = event.deltaMode === 1 ? 20 : 1;
    const factor = Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0018));
    this.app.stage.zoom(factor, this.app.stage.placeOf(event));
    this.follow(event);
  }

  /** Let the ring follow. @param {MouseEvent} event */
  follow(event) {
    const { stage } = this.app;
    const at = stage.toPhoto(stage.placeOf(event));
    const { name } = this.tool();
    const radius = ["brush", "eraser", "line", "point"].includes(name) ? this.app.radius : 0;
    stage.scene.cursor = { at, radius, aim: name === "pick" };
    stage.redraw("cursor");
    this.app.tell("pointer", at);
  }

  hide() {
    if (this.drawing) return;
    this.app.stage.scene.cursor = null;
    this.app.stage.redraw("cursor");
  }
}
