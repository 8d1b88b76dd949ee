/** Where the photo lies on the screen: zoom and pan. All functions are pure. */

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Point} Point */

export const SMALLEST = 1 / 256;
export const LARGEST = 64;

/** @param {View} view @param {Point} at @returns {Point} a place on the screen */
export function toScreen(view, [x, y]) {
  return [x * view.scale + view.x, y * view.scale + view.y];
}

/** @param {View} view @param {Point} at @returns {Point} a place in the photo */
export function toPhoto(view, [x, y]) {
  return [(x - view.x) / view.scale, (y - view.y) / view.scale];
}

/**
 * Zoom so that what lies at a place of the screen stays there.
 * @param {View} view @param {number} factor @param {Point} at @returns {View}
 */
export function zoomAt(view, factor, [x, y]) {
  const scale = Math.min(LARGEST, Math.max(SMALLEST, view.scale * factor));
  const by = scale / view.scale;
  return { scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by };
}

/** @param {View} view @param {number} dx @param {number} dy @returns {View} */
export function moved(view, dx, dy) {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/**
 * Show the whole photo, in the middle.
 * @param {{width: number, height: number}} photo @param {{width: number, height: number}} screen
 * @returns {View}
 */
export function fitted(photo, screen) {
  const room = 16;
  const across = Math.max(1, screen.width - room) / photo.width;
  const scale = Math.min(LARGEST, across, Math.max(1, screen.height - room) / photo.height);
  return centred(photo, screen, scale);
}

/**
 * @param {{width: number, height: number}} photo @param {{width: number, height: number}} screen
 * @param {number} scale @returns {View}
 */
export function centred(photo, screen, scale) {
  return {
    scale,
    x: (screen.width - photo.width * scale) / 2,
    y: (screen.height - photo.height * scale) / 2,
  };
}

/**
 * The size of tiles that has at least a pixel for each pixel of the screen.
 * @param {number} scale CSS pixels per pixel of the photo @param {number} ratio device pixels per CSS
 * pixel @param {number} levels @returns {number} 0 is the full size
 */
export function levelFor(scale, ratio, levels) {
  const level = Math.floor(Math.log2(1 / (scale * ratio)) + 1e-9);
  return Math.min(levels - 1, Math.max(0, level));
}
