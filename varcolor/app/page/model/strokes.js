/** Geometry of strokes. All functions are pure; strokes are frozen. */

/** @typedef {import("./types.js").Stroke} Stroke */
/** @typedef {import("./types.js").Point} Point */

/** @param {Stroke} stroke @returns {Stroke} */
export function frozen(stroke) {
  stroke.points.forEach(Object.freeze);
  Object.freeze(stroke.points);
  return Object.freeze(stroke);
}

/**
 * Leave out points that lie within a tolerance of the line through the others (Douglas and Peucker).
 * @param {Point[]} points @param {number} tolerance @returns {Point[]}
 */
export function simplified(points, tolerance) {
  if (points.length < 3) return points.slice();
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const todo = [[0, points.length - 1]];
  while (todo.length) {
    const [first, last] = /** @type {number[]} */ (todo.pop());
    let worst = tolerance;
    let at = -1;
    for (let i = first + 1; i < last; i += 1) {
      const away = distanceToSegment(points[i], points[first], points[last]);
      if (away > worst) [worst, at] = [away, i];
    }
    if (at > 0) {
      keep[at] = 1;
      todo.push([first, at], [at, last]);
    }
  }
  return points.filter((_, i) => keep[i]);
}

/** @param {Point} p @param {Point} a @param {Point} b @returns {number} */
export function distanceToSegment([x, y], [ax, ay], [bx, by]) {
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const t = length2 > 0 ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length2)) : 0;
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** @param {Stroke} stroke @param {Point} at @returns {number} 0 inside of the stroke */
export function distance(stroke, at) {
  const { points, radius } = stroke;
  if (stroke.fill && inside(points, at)) return 0;
  let least = Math.hypot(at[0] - points[0][0], at[1] - points[0][1]);
  for (let i = 1; i < points.length; i += 1) {
    least = Math.min(least, distanceToSegment(at, points[i - 1], points[i]));
  }
  return Math.max(0, least - Math.max(radius, 0.5));
}

/** @param {readonly Point[]} polygon @param {Point} at @returns {boolean} by the even-odd rule */
export function inside(polygon, [x, y]) {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [ax, ay] = polygon[i];
    const [bx, by] = polygon[j];
    if (ay <= y !== by <= y && x > ax + ((y - ay) / (by - ay)) * (bx - ax)) odd = !odd;
  }
  return odd;
}

/**
 * The topmost stroke at a place.
 * @param {readonly Stroke[]} strokes @param {Point} at @param {number} slack in pixels of the photo
 * @returns {number} its index, or -1
 */
export function strokeAt(strokes, at, slack) {
  let best = -1;
  let least = slack;
  for (let i = strokes.length - 1; i >= 0; i -= 1) {
    if (strokes[i].kind === "erase") continue;
    const away = distance(strokes[i], at);
    if (away === 0) return i;
    if (away < least) [best, least] = [i, away];
  }
  return best;
}

/** @param {Stroke} stroke @param {number} dx @param {number} dy @returns {Stroke} */
export function shifted(stroke, dx, dy) {
  const points = stroke.points.map(([x, y]) => /** @type {Point} */ ([x + dx, y + dy]));
  return frozen({ ...stroke, points });
}

/**
 * Whether a stroke has a part in the photo, so that it is worth keeping: a point, or a line that may
 * cross it.
 * @param {Stroke} stroke @param {{width: number, height: number}} photo @returns {boolean}
 */
export function touches(stroke, { width, height }) {
  const { points } = stroke;
  if (points.some(([x, y]) => x >= 0 && y >= 0 && x <= width && y <= height)) return true;
  return points.some((p, i) => i > 0 && crosses(points[i - 1], p, width, height));
}

/** @param {Point} a @param {Point} b @param {number} width @param {number} height */
function crosses([ax, ay], [bx, by], width, height) {
  let low = 0;
  let high = 1;
  for (const [from, way, most] of [[ax, bx - ax, width], [ay, by - ay, height]]) {
    if (way === 0) {
      if (from < 0 || from > most) return false;
      continue;
    }
    const one = (0 - from) / way;
    const two = (most - from) / way;
    low = Math.max(low, Math.min(one, two));
    high = Math.min(high, Math.max(one, two));
  }
  return high - low > 1e-9;
}

/** @param {Stroke} stroke @returns {string} in words, for lists and screen readers */
export function described(stroke) {
  const shape = stroke.fill ? "area" : stroke.points.length === 1 ? "dot" : "stroke";
  const soft = stroke.weight === undefined ? "" : "soft ";
  const word = { paint: "", neutral: "neutral ", keep: "keep ", erase: "eraser ", protect: "protect " };
  return `${soft}${word[stroke.kind]}${shape}`;
}
