/** How it is solved: a form made of the options that the program lists, with their own words. */

import { getJson } from "../net/api.js";
import { card, el, segments } from "./dom.js";
import { commandsDialog } from "./files.js";

/** @typedef {import("../app.js").App} App */

/** What is asked for most stands first; the rest is folded away. */
const FIRST = ["method", "space", "prior", "tolerance", "luma"];

/** @param {any} field */
function rank(field) {
  const at = FIRST.indexOf(field.name);
  return at >= 0 ? at : field.mode ? FIRST.length : FIRST.length + 1;
}

/** @param {App} app @returns {HTMLElement} */
export function optionsCard(app) {
  const form = el("div", { class: "options" });
  const modes = segments("What is done", [
    ["colorize", "Colour", "A grey photo gets colour; a colour photo is reduced to its luma"],
    ["recolor", "Recolour", "Colours of a colour photo are changed"],
  ], (mode) => app.photo && app.doc.mode !== mode &&
    app.commit({ mode: /** @type {any} */ (mode) }, mode === "recolor" ? "recolour mode" : "colour mode"));
  /** @type {any} */
  let listed = null;
  let moreOpen = false;

  async function load() {
    try {
      listed = await getJson("/api/options");
    } catch (error) {
      app.tell("failed", /** @type {Error} */ (error).message);
      return;
    }
    show();
  }

  /** @param {string} name @param {any} value undefined: the default */
  function set(name, value) {
    const options = { ...app.doc.options };
    if (value === undefined || value === "") delete options[name];
    else options[name] = value;
    app.commit({ options: Object.freeze(options) }, `option ${name}`);
  }

  function show() {
    const { mode, options } = app.doc;
    modes.show(mode);
    const recolor = /** @type {HTMLButtonElement} */ (modes.root.querySelector("[data-value=recolor]"));
    recolor.disabled = !app.photo?.colour;
    recolor.title = recolor.disabled ? "For colour photos" : "Colours of a colour photo are changed";
    if (!listed) return;
    const open = document.activeElement?.id;
    const rows = listed.fields
      .filter((/** @type {any} */ f) => !f.mode || f.mode === mode)
      .sort((/** @type {any} */ a, /** @type {any} */ b) => rank(a) - rank(b))
      .map((/** @type {any} */ f) => row(f, f.name === "method" && options.method?.name ? options.method.name : options[f.name], (value) => set(f.name, value)));
    const given = options.method;
    const chosen = typeof given === "object" ? given : { name: given ?? "auto" };
    const method = listed.methods.find((/** @type {any} */ m) => m.name === chosen.name);
    const own = (method?.options ?? []).map((/** @type {any} */ f) =>
      row({ ...f, id: `set-${f.name}`, label: `${method.name}: ${f.name}` }, chosen[f.name], (value) => {
        const { [f.name]: _, ...others } = chosen;
        const next = value === undefined || value === "" ? others : { ...others, [f.name]: value };
        set("method", Object.keys(next).length > 1 ? next : next.name === "auto" ? undefined : next.name);
      }));
    const first = FIRST.length + listed.fields.filter((/** @type {any} */ f) => f.mode === mode).length;
    const more = el("details", { open: moreOpen }, el("summary", { class: "fine" }, "More options"),
      el("div", { class: "options" }, ...rows.slice(first)));
    more.addEventListener("toggle", () => (moreOpen = more.open));
    form.replaceChildren(rows[0], ...own, ...rows.slice(1, first), more);
    if (open) document.getElementById(open)?.focus();
  }
  app.on("doc", show);
  app.on("photo", show);
  load();
  return card("How it is solved", [modes.root, form,
    el("button", { type: "button", title: "Copy the command line and Python lines that do the same",
      onclick: () => commandsDialog(app) }, "As command line and Python …")], false);
}

/**
 * @param {any} field @param {any} value undefined: the default stands
 * @param {(value: any) => void} changed
 */
function row(field, value, changed) {
  const id = field.id ?? `option-${field.name}`;
  const given = value ?? field.default;
  /** @type {any} */
  let control;
  if (field.choices) {
    control = el("select", { id }, ...field.choices.map((/** @type {string} */ c) => el("option", { value: c }, c || "as usual")));
    control.value = given ?? "";
    control.addEventListener("change", () => changed(control.value === field.default ? undefined : control.value));
  } else if (field.type === "bool") {
    control = el("input", { type: "checkbox", id, checked: given === true });
    control.addEventListener("change", () => changed(control.checked === field.default ? undefined : control.checked));
  } else {
    const numeric = field.type === "int" || field.type === "float";
    control = el("input", { id, type: numeric ? "number" : "text", step: field.type === "int" ? "1" : "any",
      min: field.low, max: field.high, autocomplete: "off", placeholder: field.default ?? "" });
    control.value = value ?? "";
    control.addEventListener("change", () => {
      if (control.value === "") changed(undefined);
      else changed(numeric ? Number(control.value) : control.value);
    });
  }
  control.setAttribute("aria-describedby", `${id}-help`);
  return el("div", { class: "field" }, el("label", { for: id }, field.label ?? field.name.replaceAll("_", " ")), control,
    el("span", { class: "help", id: `${id}-help` }, field.help ?? ""));
}
