/** Draws the photo, its grey or its result, from tiles and previews. */

import { levelFor } from "../model/view.js";

/** @typedef {import("../model/types.js").View} View */
/** @typedef {import("../model/types.js").Photo} Photo */
/** @typedef {import("./tiles.js").Tiles} Tiles */
/** @typedef {{x: number, y: number, width: number, height: number}} Box  CSS pixels */

/**
 * @typedef {object} Sources
 * @property {Photo} photo
 * @property {Tiles} tiles
 * @property {HTMLCanvasElement | null} preview  the last preview
 * @property {boolean} exactPreview  whether it has the photo's size
 * @property {boolean} wholePreview  whether its luma differs from the photo's
 * @property {number} version  of the full-size result; 0 while there is none
 * @property {HTMLCanvasElement | null} overlay  a view that lies over the grey
 * @property {ImageBitmap | null} film  a frame of the coloured film
 * @property {boolean} filmOver  whether its colour goes over the grey, as both are the same frame
 */

/**
 * @param {CanvasRenderingContext2D} ctx in CSS pixels
 * @param {View} view @param {Box} box what is to be covered @param {number} ratio
 * @param {Sources} from @param {string} what "result", "grey", "photo", "film" or "overlay"
 */
export function drawPicture(ctx, view, box, ratio, from, what) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.x, box.y, box.width, box.height);
  ctx.clip();
  const { photo } = from;
  const place = /** @type {const} */ ([view.x, view.y, photo.width * view.scale, photo.height * view.scale]);
  ctx.imageSmoothingEnabled = view.scale * ratio < 2;
  ctx.imageSmoothingQuality = "medium";
  if (photo.alpha) checkered(ctx, place);
  const paint = (/** @type {string} */ layer, /** @type {number} */ version) =>
    drawTiles(ctx, view, box, ratio, from, layer, version);
  if (what === "photo") paint("photo", 0);
  else if (what === "result" && from.preview) {
    drawPreview(ctx, place, from, () => paint("grey", 0));
    if (from.version) paint("result", from.version);
  } else if (what === "film" && from.film) {
    ctx.imageSmoothingEnabled = true;
    if (from.filmOver) drawColour(ctx, place, from.film, () => paint("grey", 0));
    else ctx.drawImage(from.film, ...place);
  } else paint("grey", 0);
  if (what === "overlay" && from.overlay) {
    ctx.imageSmoothingEnabled = false;
    ctx.globalAlpha = 0.85;
    ctx.drawImage(from.overlay, ...place);
  }
  ctx.restore();
}

/**
 * A preview is small: its colour goes over the sharp grey, by the blend mode that keeps luma.
 * @param {CanvasRenderingContext2D} ctx @param {readonly [number, number, number, number]} place
 * @param {Sources} from @param {() => void} grey
 */
function drawPreview(ctx, place, from, grey) {
  const preview = /** @type {HTMLCanvasElement} */ (from.preview);
  if (from.exactPreview || from.wholePreview) {
    ctx.drawImage(preview, ...place);
    return;
  }
  drawColour(ctx, place, preview, grey);
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {readonly [number, number, number, number]} place
 * @param {HTMLCanvasElement | ImageBitmap} small @param {() => void} grey
 */
function drawColour(ctx, place, small, grey) {
  grey();
  const smooth = ctx.imageSmoothingEnabled;
  ctx.imageSmoothingEnabled = true;
  ctx.imageSmoothingQuality = "low"; // bilinear: colour has no sharp edges, and it must be fast
  ctx.globalCompositeOperation = "color";
  ctx.drawImage(small, ...place);
  ctx.globalCompositeOperation = "source-over";
  ctx.imageSmoothingEnabled = smooth;
  ctx.imageSmoothingQuality = "medium";
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {View} view @param {Box} box @param {number} ratio
 * @param {Sources} from @param {string} layer @param {number} version
 */
function drawTiles(ctx, view, box, ratio, { photo, tiles }, layer, version) {
  const level = levelFor(view.scale, ratio, photo.levels);
  const side = photo.tile * 2 ** level;
  const columns = Math.ceil(photo.width / side);
  const rows = Math.ceil(photo.height / side);
  const clamp = (/** @type {number} */ v, /** @type {number} */ most) => Math.min(most, Math.max(0, v));
  const left = clamp(Math.floor((box.x - view.x) / view.scale / side), columns - 1);
  const right = clamp(Math.floor((box.x + box.width - view.x) / view.scale / side), columns - 1);
  const top = clamp(Math.floor((box.y - view.y) / view.scale / side), rows - 1);
  const bottom = clamp(Math.floor((box.y + box.height - view.y) / view.scale / side), rows - 1);
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const tile = tiles.get(layer, version, level, column, row);
      if (tile) drawTile(ctx, view, photo, tile, level, column, row);
      else drawCoarser(ctx, view, photo, tiles, layer, version, level, column, row);
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {View} view @param {Photo} photo
 * @param {ImageBitmap} tile @param {number} level @param {number} column @param {number} row
 */
function drawTile(ctx, view, photo, tile, level, column, row) {
  const side = photo.tile * 2 ** level;
  // Edges fall on the same place for both neighbours, so that no seam shows.
  const x0 = Math.round((column * side * view.scale + view.x) * 64) / 64;
  const y0 = Math.round((row * side * view.scale + view.y) * 64) / 64;
  const width = Math.min(side, photo.width - column * side);
  const height = Math.min(side, photo.height - row * side);
  ctx.drawImage(tile, x0, y0, width * view.scale + 0.02, height * view.scale + 0.02);
}

/**
 * Draw the part of a coarser tile that covers one which has not come yet.
 * @param {CanvasRenderingContext2D} ctx @param {View} view @param {Photo} photo @param {Tiles} tiles
 * @param {string} layer @param {number} version @param {number} level @param {number} column
 * @param {number} row
 */
function drawCoarser(ctx, view, photo, tiles, layer, version, level, column, row) {
  for (let up = 1; level + up < photo.levels; up += 1) {
    const tile = tiles.peek(layer, version, level + up, column >> up, row >> up);
    if (!tile) continue;
    const part = photo.tile / 2 ** up;
    const sx = (column % 2 ** up) * part;
    const sy = (row % 2 ** up) * part;
    const sw = Math.min(part, tile.width - sx);
    const sh = Math.min(part, tile.height - sy);
    const size = 2 ** (level + up) * view.scale;
    const x = column * photo.tile * 2 ** level * view.scale + view.x;
    const y = row * photo.tile * 2 ** level * view.scale + view.y;
    if (sw > 0 && sh > 0) ctx.drawImage(tile, sx, sy, sw, sh, x, y, sw * size, sh * size);
    return;
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {readonly [number, number, number, number]} place */
function checkered(ctx, [x, y, width, height]) {
  const side = 16;
  const tile = document.createElement("canvas");
  tile.width = tile.height = side;
  const own = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  own.fillStyle = "#bbb";
  own.fillRect(0, 0, side, side);
  own.fillStyle = "#999";
  own.fillRect(0, 0, side / 2, side / 2);
  own.fillRect(side / 2, side / 2, side / 2, side / 2);
  ctx.fillStyle = /** @type {CanvasPattern} */ (ctx.createPattern(tile, "repeat"));
  ctx.fillRect(x, y, width, height);
}
