/**
 * Colour: sRGB, BT.601 luma with chroma (Cb, Cr), and CIE L*a*b* (D65). Pure functions, 0..1.
 */

/** @typedef {import("./types.js").Rgb} Rgb */

/** @param {string | readonly number[] | undefined} color @returns {Rgb} */
export function rgbOf(color) {
  if (Array.isArray(color)) return { r: color[0], g: color[1], b: color[2] };
  const n = parseInt(String(color ?? "#808080").slice(1), 16);
  return { r: ((n >> 16) & 255) / 255, g: ((n >> 8) & 255) / 255, b: (n & 255) / 255 };
}

/** @param {number} v */
const level = (v) => Math.round(Math.min(1, Math.max(0, v)) * 255);

/** @param {Rgb} rgb @returns {string} */
export function hexOf({ r, g, b }) {
  return "#" + [r, g, b].map((v) => level(v).toString(16).padStart(2, "0")).join("");
}

/** @param {string} text @returns {string | null} "#rrggbb", or null if the text is no hex colour */
export function parsedHex(text) {
  const found = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(text.trim());
  if (!found) return null;
  const d = found[1].toLowerCase();
  return "#" + (d.length === 3 ? [...d].map((c) => c + c).join("") : d);
}

/** @param {Rgb} rgb */
export function luma({ r, g, b }) {
  return g + 0.299 * (r - g) + 0.114 * (b - g);
}

/** @param {Rgb} rgb @returns {{y: number, cb: number, cr: number}} */
export function yuvOf(rgb) {
  const y = luma(rgb);
  return { y, cb: (rgb.b - y) / 1.772, cr: (rgb.r - y) / 1.402 };
}

/** @param {number} y @param {number} cb @param {number} cr @returns {Rgb} may leave 0..1 */
export function rgbOfYuv(y, cb, cr) {
  const g = y - ((1.772 * 0.114) / 0.587) * cb - ((1.402 * 0.299) / 0.587) * cr;
  return { r: y + 1.402 * cr, g, b: y + 1.772 * cb };
}

/**
 * How much of a chroma sRGB can show at a luma: the largest t with t * chroma inside of the gamut.
 * @param {number} y @param {number} cb @param {number} cr @returns {number} may exceed 1
 */
export function reach(y, cb, cr) {
  const way = rgbOfYuv(0, cb, cr);
  let most = Infinity;
  for (const v of [way.r, way.g, way.b]) {
    if (v > 1e-12) most = Math.min(most, (1 - y) / v);
    if (v < -1e-12) most = Math.min(most, -y / v);
  }
  return Math.max(0, most);
}

/**
 * The edge of the sRGB gamut at a luma, as a closed polygon in the plane of chroma.
 * @param {number} y @param {number} [steps] @returns {[number, number][]} pairs (Cb, Cr)
 */
export function gamutEdge(y, steps = 180) {
  return Array.from({ length: steps }, (_, i) => {
    const angle = (2 * Math.PI * i) / steps;
    const [cb, cr] = [Math.cos(angle), Math.sin(angle)];
    const t = Math.min(reach(y, cb, cr), 2);
    return [t * cb, t * cr];
  });
}

/** The colour with another luma; chroma that does not exist there is scaled towards grey.
 * @param {Rgb} rgb @param {number} y @returns {Rgb} */
export function atLuma(rgb, y) {
  const { cb, cr } = yuvOf(rgb);
  const t = Math.min(1, reach(y, cb, cr));
  const own = rgbOfYuv(y, t * cb, t * cr);
  const clip = (/** @type {number} */ v) => Math.min(1, Math.max(0, v));
  return { r: clip(own.r), g: clip(own.g), b: clip(own.b) };
}

const WHITE = [0.9504559270516716, 1, 1.0890577507598784];
const TO_XYZ = [
  [0.4123907992659595, 0.357584339383878, 0.1804807884018343],
  [0.21263900587151036, 0.715168678767756, 0.07219231536073371],
  [0.01933081871559185, 0.11919477979462598, 0.9505321522496607],
];
const FROM_XYZ = [
  [3.2409699419045213, -1.5373831775700935, -0.4986107602930033],
  [-0.9692436362808798, 1.8759675015077206, 0.04155505740717561],
  [0.05563007969699361, -0.20397695888897657, 1.0569715142428786],
];
/** @param {number} v */
const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
/** @param {number} v */
const encoded = (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);

/** @param {Rgb} rgb @returns {[number, number, number]} L*, a*, b* */
export function labOf({ r, g, b }) {
  const rgb = [linear(r), linear(g), linear(b)];
  const f = TO_XYZ.map((row, i) => {
    const t = row.reduce((sum, m, k) => sum + m * rgb[k], 0) / WHITE[i];
    return t > (6 / 29) ** 3 ? Math.cbrt(t) : (t * 841) / 108 + 4 / 29;
  });
  return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])];
}

/** @param {number} l @param {number} a @param {number} b @returns {Rgb} may leave 0..1 */
export function rgbOfLab(l, a, b) {
  const fy = (l + 16) / 116;
  const xyz = [fy + a / 500, fy, fy - b / 200].map(
    (f, i) => WHITE[i] * (f > 6 / 29 ? f ** 3 : ((f - 4 / 29) * 108) / 841),
  );
  const [r, g, bl] = FROM_XYZ.map((row) => encoded(row.reduce((s, m, k) => s + m * xyz[k], 0)));
  return { r, g, b: bl };
}
