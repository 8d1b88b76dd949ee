/** Palettes as files: GIMP (.gpl), JSON, Adobe Swatch Exchange (.ase). */

import { hexOf, parsedHex, rgbOf, rgbOfLab } from "./colour.js";

/**
 * Read a palette, whatever its kind.
 * @param {Uint8Array} data @returns {string[]} colours "#rrggbb"
 */
export function parsePalette(data) {
  if (String.fromCharCode(...data.subarray(0, 4)) === "ASEF") return parseAse(data);
  const text = new TextDecoder().decode(data);
  const colors = /^\s*[[{]/.test(text) ? parseJson(text) : parseGpl(text);
  if (!colors.length) throw new Error("no colour in this palette (GPL, JSON and ASE are read)");
  return colors;
}

/** @param {string} text @returns {string[]} */
function parseGpl(text) {
  const colors = [];
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(\s|$)/.exec(line);
    const hex = parsedHex(line);
    if (found) {
      const [r, g, b] = found.slice(1, 4).map((v) => Math.min(255, Number(v)) / 255);
      colors.push(hexOf({ r, g, b }));
    } else if (hex && /#/.test(line)) colors.push(hex);
  }
  return colors;
}

/** @param {string} text @returns {string[]} */
function parseJson(text) {
  const found = JSON.parse(text);
  const list = Array.isArray(found) ? found : (found.colors ?? found.palette ?? found.swatches ?? []);
  return list
    .map((/** @type {any} */ c) => parsedHex(String(c?.hex ?? c?.color ?? c)))
    .filter((/** @type {string | null} */ c) => c !== null);
}

/** @param {Uint8Array} data @returns {string[]} */
function parseAse(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const colors = [];
  let at = 12;
  for (let left = view.getUint32(8); left > 0 && at + 6 <= data.length; left -= 1) {
    const kind = view.getUint16(at);
    const end = at + 6 + view.getUint32(at + 2);
    if (kind === 1 && end <= data.length) {
      const model = at + 8 + 2 * view.getUint16(at + 6);
      const word = String.fromCharCode(...data.subarray(model, model + 4)).trim();
      const value = (/** @type {number} */ i) => view.getFloat32(model + 4 + 4 * i);
      const color = aseColor(word, value);
      if (color) colors.push(color);
    }
    at = end;
  }
  if (!colors.length) throw new Error("no colour in this swatch file");
  return colors;
}

/** @param {string} model @param {(i: number) => number} value @returns {string | null} */
function aseColor(model, value) {
  if (model === "RGB") return hexOf({ r: value(0), g: value(1), b: value(2) });
  if (model === "Gray") return hexOf({ r: value(0), g: value(0), b: value(0) });
  if (model === "LAB") return hexOf(rgbOfLab(value(0) * 100, value(1), value(2)));
  if (model !== "CMYK") return null;
  const [r, g, b] = [0, 1, 2].map((i) => (1 - value(i)) * (1 - value(3)));
  return hexOf({ r, g, b });
}

/** @param {readonly string[]} colors @param {string} name @returns {string} */
export function gplOf(colors, name) {
  const line = (/** @type {string} */ hex) => {
    const { r, g, b } = rgbOf(hex);
    return `${[r, g, b].map((v) => String(Math.round(v * 255)).padStart(3)).join(" ")}\t${hex}`;
  };
  return ["GIMP Palette", `Name: ${name}`, "Columns: 8", "#", ...colors.map(line), ""].join("\n");
}

/** @param {readonly string[]} colors @param {string} name @returns {string} */
export function jsonOf(colors, name) {
  return JSON.stringify({ name, colors }, null, 1);
}

/** @param {readonly string[]} colors @returns {Uint8Array<ArrayBuffer>} */
export function aseOf(colors) {
  const block = 6 + 2 + 2 * 8 + 4 + 12 + 2;
  const out = new Uint8Array(12 + block * colors.length);
  const view = new DataView(out.buffer);
  out.set([65, 83, 69, 70, 0, 1, 0, 0]);
  view.setUint32(8, colors.length);
  colors.forEach((hex, i) => {
    let at = 12 + i * block;
    view.setUint16(at, 1);
    view.setUint32(at + 2, block - 6);
    view.setUint16(at + 6, 8);
    [...hex].forEach((c, k) => view.setUint16(at + 8 + 2 * k, c.charCodeAt(0)));
    at += 8 + 16;
    out.set([82, 71, 66, 32], at);
    const { r, g, b } = rgbOf(hex);
    [r, g, b].forEach((v, k) => view.setFloat32(at + 4 + 4 * k, v));
  });
  return out;
}
