/** The film below the picture: its frames, which are painted on one by one, and the coloured shot. */

import { getJson, postJson } from "../net/api.js";
import { byId, dialog, el, icon, iconButton } from "../ui/dom.js";
import { Player } from "./player.js";
import { Strip } from "./strip.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../model/history.js").History} History */

const ASK_AGAIN = 350;
const SETTLED = 140;

export class Film {
  /** @param {App} app @param {(name: string) => void} look @param {() => Promise<void>} save */
  constructor(app, look, save) {
    this.app = app;
    this.look = look;
    this.save = save;
    /** Place of the chosen frame, and of the one that is open. */
    this.at = 0;
    this.opened = -1;
    /** @type {Map<number, History>} what was painted on each frame, with undo */
    this.histories = new Map();
    /** @type {any} */
    this.facts = null;
    /** @type {any} */
    this.timer = 0;
    /** @type {any} */
    this.opening = 0;
    this.strip = new Strip({ open: (place, now) => this.go(place, now), toggle: () => this.toggle() });
    this.player = new Player(app.stage, (place) => this.playedTo(place));
    this.build();
    app.on("doc", (word) => this.painted(word));
    app.on("kept", () => this.ask());
    app.on("photo", (answer) => {
      if (answer.frame === undefined) this.opened = -1;
    });
    app.on("look", () => {
      if (app.stage.scene.view === "film" && !this.player.playing) this.player.show(this.at, this.at === this.opened);
    });
    byId("stage").addEventListener("pointerdown", (/** @type {Event} */ event) => {
      if (this.opened === this.at && !this.player.playing) return;
      this.pause(); // painting is for the frame that one sees, once it is open
      event.stopPropagation();
    }, true);
  }

  build() {
    this.playing = iconButton("play", "Play the coloured film", "J", () => this.toggle());
    this.slider = el("input", { type: "range", min: "0", value: "0", step: "1", "aria-label": "Frame", class: "scrub" });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value), false));
    this.where = el("output", { class: "where" });
    this.colour = el("button", { type: "button", class: "main", id: "film-colour", onclick: () => this.start() }, "Colour the film");
    this.progress = el("progress", { max: "1", value: "0", "aria-label": "Colouring the film", hidden: true });
    this.left = el("span", { class: "fine", id: "film-left" });
    this.next = el("button", { type: "button", id: "film-next", title: "Open the frame that a key would help most (.)",
      onclick: () => this.suggest() }, icon("target"), el("span", { class: "words" }, "Next to paint"));
    const how = iconButton("save", "How to colour it in full size", "", () => this.command());
    byId("film-bar").append(iconButton("back", "Frame before", "PageUp", () => this.step(-1)), this.playing,
      iconButton("next", "Next frame", "PageDown", () => this.step(1)), this.slider, this.where,
      this.progress, this.left, this.colour, this.next, how);
    byId("film").hidden = false;
  }

  /** Show the film, and open a frame. @param {number} place */
  async begin(place) {
    await this.ask();
    for (let tries = 0; this.facts.count <= place && !this.facts.complete && tries < 200; tries += 1) {
      await new Promise((done) => setTimeout(done, 100));
      await this.ask();
    }
    if (this.facts.count) await this.open(Math.min(place, this.facts.count - 1));
    else this.app.tell("failed", this.facts.failed || "the film has no frames");
  }

  /** Ask how far reading and colouring are; again while they go on. @returns {Promise<void>} */
  async ask() {
    clearTimeout(this.timer);
    try {
      const before = this.facts;
      this.facts = await getJson("/api/film");
      this.show(before);
    } catch {
      // no connection: asked again with the next key
    }
    if (this.facts && (!this.facts.complete || this.facts.colouring.running)) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), ASK_AGAIN);
    }
  }

  /** @param {any} before facts of the last answer */
  show(before) {
    const { count, first, keys, colouring, rate, notes, failed } = this.facts;
    const { running, version, error, fraction, left, stage } = colouring;
    const painted = new Set(keys);
    if (this.opened >= 0) {
      if (this.app.doc.strokes.length || this.app.doc.imports.length) painted.add(this.opened);
    }
    this.strip.show({ count, first, keys: painted, shots: colouring.shots ?? [], version,
      next: colouring.next.map((/** @type {any} */ own) => own.frame) });
    this.player.use(version, count);
    this.player.rate = rate;
    this.slider.max = String(Math.max(0, count - 1));
    this.playing.disabled = !version;
    this.playing.title = version ? "Play the coloured film (J)" : "Colour the film first, then it plays";
    this.progress.hidden = !running;
    this.progress.value = fraction ?? 0;
    this.left.textContent = running ? `${stage}${left >= 1 ? `, ${Math.ceil(left)} s left` : ""}` : "";
    this.colour.textContent = running ? "Stop" : "Colour the film";
    this.colour.classList.toggle("main", !running);
    this.next.disabled = !count;
    this.told();
    const was = before?.colouring;
    if (failed && !before?.failed) this.app.tell("failed", failed);
    if (!before && notes.length) this.app.tell("said", notes.join("; "));
    if (error && (was?.running || !was)) this.app.tell("failed", error);
    if (version && was && version !== was.version) {
      this.app.tell("said", ["the film is coloured: play it", ...colouring.notes].join("; "));
      this.look("film");
    }
  }

  told() {
    const { count, first, complete } = this.facts;
    this.slider.value = String(this.at);
    this.slider.setAttribute("aria-valuetext", `frame ${first + this.at}`);
    this.where.textContent = `${first + this.at} of ${first + count - 1}${complete ? "" : " …"}`;
  }

  /** Choose a frame; it is opened at once, or when no other one follows.
   * @param {number} place @param {boolean} now */
  go(place, now) {
    this.player.playing = false;
    this.state();
    this.at = place;
    this.strip.choose(place);
    this.told();
    if (this.player.version) {
      if (this.opened !== place) this.bare();
      this.app.stage.scene.view = "film";
      this.player.show(place, false);
    }
    clearTimeout(this.opening);
    this.opening = setTimeout(() => this.open(place), now ? 0 : SETTLED);
  }

  /** Show no strokes: they are another frame's. */
  bare() {
    Object.assign(this.app.stage.scene, { strokes: [], imports: [], chosen: null, mark: null });
    this.app.stage.redraw("ink", "cursor");
  }

  /** @param {number} place @returns {Promise<void>} */
  async open(place) {
    this.at = place;
    this.strip.choose(place);
    this.told();
    if (this.opened === place) {
      this.app.changed("");
      this.settle();
      return;
    }
    const ask = () => postJson("/api/film/open", { frame: place });
    try {
      await this.save();
      const answer = await ask();
      if (this.at !== place || this.player.playing) return; // another one was chosen meanwhile
      this.save();
      if (this.opened >= 0) this.histories.set(this.opened, this.app.history);
      this.opened = place;
      this.app.open(answer, ask);
      const own = this.histories.get(place);
      if (own) {
        this.app.history = own;
        this.app.changed("");
      }
      if (answer.others.length) {
        this.app.tell("said", `${answer.others.join(", ")}: colours of this frame, too; they lie over what you paint`);
      }
      this.settle();
    } catch (error) {
      this.app.tell("failed", /** @type {Error} */ (error).message);
    }
    const query = new URLSearchParams(location.search);
    query.set("frame", String(place));
    history.replaceState(null, "", `?${query}`);
  }

  /** Show the frame as its own strokes colour it, or as the film does where there are none. */
  settle() {
    const { strokes, imports } = this.app.doc;
    this.look(this.player.version && !strokes.length && !imports.length ? "film" : "result");
  }

  /** @param {string} word */
  painted(word) {
    if (!word || this.opened < 0) return;
    if (this.app.stage.scene.view === "film") this.look("result");
    if (this.facts) this.show(this.facts);
  }

  /** @param {number} by */
  step(by) {
    const place = this.at + by;
    if (place >= 0 && place < this.facts.count) this.go(place, true);
    else this.app.tell("said", by > 0 ? "that was the last frame" : "that was the first frame");
  }

  toggle() {
    if (this.player.playing) this.pause();
    else if (this.player.version) {
      this.bare();
      this.app.stage.scene.view = "film";
      this.player.play(this.at);
      this.state();
    } else this.app.tell("said", "colour the film first, then it plays");
  }

  pause() {
    if (this.player.playing) this.go(this.at, true);
  }

  /** @param {number} place */
  playedTo(place) {
    if (!this.player.playing) return;
    this.at = place;
    this.strip.choose(place);
    this.told();
  }

  state() {
    const { playing } = this.player;
    this.playing.replaceChildren(icon(playing ? "pause" : "play"));
    this.playing.setAttribute("aria-label", playing ? "Pause" : "Play the coloured film");
  }

  async start() {
    try {
      if (this.facts.colouring.running) await postJson("/api/film/cancel", {});
      else {
        await this.save();
        await postJson("/api/film/colour", {});
      }
    } catch (error) {
      this.app.tell("failed", /** @type {Error} */ (error).message);
    }
    await this.ask();
  }

  suggest() {
    const { colouring, keys } = this.facts;
    const own = colouring.next.find((/** @type {any} */ one) => !this.strip.keys.has(one.frame));
    if (own) {
      this.go(own.frame, true);
      const part = own.bare ? "its shot has no key" : `no key reaches ${(100 * own.unreached).toFixed(1)} % of it`;
      this.app.tell("said", `frame ${this.facts.first + own.frame}: ${part}`);
    } else if (!keys.length) this.app.tell("said", "paint any frame first, then colour the film");
    else if (!this.player.version) this.app.tell("said", "colour the film first: it shows what no key reaches");
    else this.app.tell("said", "keys reach every frame; colour the film again after painting more");
  }

  command() {
    const { name, folder } = this.facts;
    const area = el("textarea", { readonly: true, "aria-label": "Command line", spellcheck: "false" });
    const quoted = (/** @type {string} */ own) => (/^[\w./-]+$/.test(own) ? own : `'${own.replaceAll("'", "'\\''")}'`);
    area.value = `varcolor film ${quoted(name)} --keys ${quoted(folder)}`;
    dialog("The whole film in full size",
      el("p", {}, `What you paint on frames is kept in ${folder}, beside the film; this command colours the film from it:`), area);
  }
}
