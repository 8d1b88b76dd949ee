/** Names of colours, for people who do not see them. */

import { labOf, rgbOf } from "./colour.js";

/** @typedef {import("./types.js").Rgb} Rgb */

const NAMES = Object.entries({
  black: "#000000", "dark grey": "#404040", grey: "#808080", "light grey": "#c0c0c0", white: "#ffffff",
  red: "#d01c1c", "dark red": "#7a1010", pink: "#f4a6b8", rose: "#d8607c", salmon: "#f08a70",
  orange: "#ee8020", "dark orange": "#b4560c", brown: "#7a4a20", "dark brown": "#452a14", tan: "#d2b48c",
  beige: "#eadcc0", skin: "#e2b090", gold: "#d4a820", yellow: "#f2e030", "pale yellow": "#f6f0a8",
  olive: "#80801c", lime: "#90d820", green: "#2c8c2c", "dark green": "#145014", "pale green": "#a8d8a0",
  teal: "#1c8080", turquoise: "#40d0c0", "light blue": "#a0d0f0", "sky blue": "#70b4e8", blue: "#2050d0",
  "dark blue": "#14246c", "steel blue": "#4a7aa4", "slate grey": "#708090", violet: "#8040c0",
  purple: "#701c70", lavender: "#c8b8e8", magenta: "#d020b0", plum: "#98608c",
}).map(([name, hex]) => /** @type {const} */ ([name, labOf(rgbOf(hex))]));

/** @param {Rgb} rgb @returns {string} the nearest name, by distance in L*a*b* */
export function nameOf(rgb) {
  const [l, a, b] = labOf(rgb);
  let best = "";
  let least = Infinity;
  for (const [name, [nl, na, nb]] of NAMES) {
    const away = ((l - nl) * 0.6) ** 2 + (a - na) ** 2 + (b - nb) ** 2;
    if (away < least) [best, least] = [name, away];
  }
  return best;
}
