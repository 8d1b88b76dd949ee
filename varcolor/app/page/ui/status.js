/** What the line below says: preview or final, how exact, how far, and what went wrong. */

import { byId, dialog, el } from "./dom.js";

/** @typedef {import("../app.js").App} App */

/** @param {App} app */
export function statusLine(app) {
  const badge = byId("badge");
  const progress = byId("progress");
  const message = byId("message");
  let connected = false;
  /** @type {any} */
  let last = null;
  /** @type {any} */
  let clearing = 0;

  /** @param {string} kind @param {string} words @param {string} [title] */
  function show(kind, words, title = "") {
    badge.className = `badge ${kind}`;
    badge.textContent = words;
    badge.title = title;
  }

  /** @param {string} words @param {boolean} [bad] */
  function say(words, bad = false) {
    message.textContent = words;
    message.title = words;
    message.classList.toggle("bad", bad);
    clearTimeout(clearing);
    if (!bad) clearing = setTimeout(() => (message.textContent = ""), 8000);
  }

  function state() {
    if (!connected) show("off", "no connection", "Trying again; you can go on painting.");
    else if (last) {
      const exact = last.error === null ? (last.gap ? `energy within ${(100 * last.gap).toPrecision(1)} %` : "") : `± ${shortened(last.error)} of 255`;
      const notes = [...new Set(last.notes ?? [])].join("\n");
      show(last.type === "final" ? "final" : "preview",
        `${last.type === "final" ? "final" : "preview"}${exact ? ` · ${exact}` : ""}`,
        [last.choice, `${last.method} by ${last.solver}, ${last.seconds} s, ${last.status}`, notes].filter(Boolean).join("\n"));
    }
  }

  badge.addEventListener("click", () => {
    const lines = (badge.title || badge.textContent).split("\n");
    dialog("This result", el("ul", {}, ...lines.map((/** @type {string} */ line) => el("li", {}, line))));
  });
  app.on("connection", (open) => {
    connected = open;
    state();
  });
  app.on("frame", ({ facts }) => {
    if (facts.type !== "preview") return;
    last = facts;
    state();
  });
  app.on("message", (facts) => {
    if (facts.type === "progress") {
      progress.hidden = facts.fraction >= 1;
      progress.value = facts.fraction;
    }
    if (facts.type === "final" && facts.seq === app.live?.seq) {
      progress.hidden = true;
      last = facts;
      state();
      const unreached = facts.notes?.find((/** @type {string} */ n) => /reached by no cue/.test(n));
      if (unreached && app.doc.strokes.length) say(unreached);
    }
    if (facts.type === "error" || facts.type === "gone") {
      progress.hidden = true;
      say(facts.text, true);
    }
  });
  app.on("doc", (word) => {
    progress.hidden = true;
    if (connected && app.photo) show("preview", "solving …");
    if (word) say(word);
  });
  app.on("said", (words) => say(words));
  app.on("failed", (words) => say(words, true));
  app.on("aim", (words) => (byId("aim").textContent = words));
  app.on("photo", () => {
    last = null;
    message.textContent = "";
  });
}

/** @param {number} error */
function shortened(error) {
  return error < 0.01 ? "< 0.01" : error.toPrecision(2);
}
