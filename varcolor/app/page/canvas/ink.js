/** Draws strokes: in the photo's coordinates, at any zoom. */

import { hexOf, rgbOf } from "../model/colour.js";

/** @typedef {import("../model/types.js").Stroke} Stroke */
/** @typedef {import("../model/types.js").View} View */

/** @param {CanvasRenderingContext2D} ctx @param {Stroke} stroke @param {View} view */
function trace(ctx, stroke, view) {
  ctx.beginPath();
  stroke.points.forEach(([x, y], i) => {
    const at = /** @type {const} */ ([x * view.scale + view.x, y * view.scale + view.y]);
    if (i) ctx.lineTo(...at);
    else ctx.moveTo(...at);
  });
  if (stroke.points.length === 1) {
    const [x, y] = stroke.points[0];
    ctx.lineTo(x * view.scale + view.x, y * view.scale + view.y);
  }
  if (stroke.fill) ctx.closePath();
}

/** @param {Stroke} stroke @returns {string} */
export function inkColour(stroke) {
  if (stroke.kind === "paint") return hexOf(rgbOf(stroke.color));
  return { neutral: "#8c8c8c", keep: "#1f9d55", protect: "#b0309a", erase: "#000000" }[stroke.kind];
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {Stroke} stroke @param {View} view
 */
export function drawStroke(ctx, stroke, view) {
  ctx.lineCap = ctx.lineJoin = "round";
  ctx.lineWidth = Math.max(1.5, 2 * stroke.radius * view.scale);
  ctx.strokeStyle = ctx.fillStyle = inkColour(stroke);
  ctx.globalCompositeOperation = stroke.kind === "erase" ? "destination-out" : "source-over";
  ctx.globalAlpha = stroke.kind !== "erase" && stroke.weight !== undefined ? 0.6 : 1;
  trace(ctx, stroke, view);
  if (stroke.fill) ctx.fill();
  ctx.stroke();
  ctx.globalCompositeOperation = "source-over";
  ctx.globalAlpha = 1;
  if (stroke.kind === "paint" || stroke.kind === "erase") return;
  // A pattern along the middle tells the kinds apart without colour.
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = "#fff";
  ctx.setLineDash({ neutral: [2, 5], keep: [9, 4], protect: [9, 4, 2, 4] }[stroke.kind]);
  trace(ctx, stroke, view);
  ctx.stroke();
  ctx.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {readonly Stroke[]} strokes @param {View} view
 */
export function drawStrokes(ctx, strokes, view) {
  for (const stroke of strokes) drawStroke(ctx, stroke, view);
}

/** Draw what shows that a stroke is chosen. @param {CanvasRenderingContext2D} ctx
 * @param {Stroke} stroke @param {View} view */
export function drawChosen(ctx, stroke, view) {
  ctx.lineCap = ctx.lineJoin = "round";
  for (const [colour, dash, width] of /** @type {const} */ ([["#000", [], 3], ["#fff", [6, 6], 2]])) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.setLineDash([...dash]);
    trace(ctx, stroke, view);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  for (const [x, y] of [stroke.points[0], stroke.points[stroke.points.length - 1]]) {
    ctx.beginPath();
    ctx.arc(x * view.scale + view.x, y * view.scale + view.y, 5, 0, 7);
    ctx.fillStyle = "#fff";
    ctx.fill();
    ctx.strokeStyle = "#000";
    ctx.lineWidth = 1.5;
    ctx.stroke();
  }
}

/**
 * The ring of the brush, and the cross of the keyboard's aim.
 * @param {CanvasRenderingContext2D} ctx @param {readonly [number, number]} at on the screen
 * @param {number} radius on the screen @param {boolean} aim
 */
export function drawRing(ctx, at, radius, aim) {
  for (const [colour, width] of /** @type {const} */ ([["rgba(0,0,0,.8)", 3], ["#fff", 1.5]])) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.arc(at[0], at[1], Math.max(2, radius), 0, 7);
    if (aim) {
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        ctx.moveTo(at[0] + dx * 4, at[1] + dy * 4);
        ctx.lineTo(at[0] + dx * 16, at[1] + dy * 16);
      }
    }
    ctx.stroke();
  }
}
