/**
 * Types that the modules share; there is no code here.
 *
 * @typedef {[number, number]} Point  x and y in pixels of the photo, from its upper left corner
 * @typedef {"paint" | "neutral" | "keep" | "erase" | "protect"} Kind
 *
 * @typedef {object} Stroke
 * @property {Kind} kind
 * @property {string | number[]} [color]  "#rrggbb", or three fractions; for paint only
 * @property {number} radius  half the width, in pixels of the photo
 * @property {Point[]} points
 * @property {number} [weight]  of a soft stroke; without it the stroke is exact
 * @property {boolean} [fill]  whether what the line encloses is covered, too
 *
 * @typedef {{key: string, name: string, count: number}} Import
 *
 * @typedef {object} Doc  what is painted on a photo; never changed, only replaced
 * @property {readonly Stroke[]} strokes
 * @property {readonly Import[]} imports
 * @property {"colorize" | "recolor"} mode
 * @property {Readonly<Record<string, any>>} options
 *
 * @typedef {object} Photo
 * @property {string} key
 * @property {string} name
 * @property {string | null} path
 * @property {string} sha256
 * @property {number} width
 * @property {number} height
 * @property {string} depth
 * @property {boolean} colour
 * @property {boolean} alpha
 * @property {number} levels
 * @property {number} tile
 * @property {string[]} notes
 *
 * @typedef {{scale: number, x: number, y: number}} View  screen = photo * scale + (x, y), CSS pixels
 * @typedef {{r: number, g: number, b: number}} Rgb  0..1
 */
export {};
