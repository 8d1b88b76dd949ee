/** Objects by clicks: masks in the options of a painting, each with clicks inside and outside. */

/** @typedef {import("./types.js").Point} Point */
/** @typedef {{inside: Point[], outside: Point[]}} Mask */

/** The masks of a painting's options. @param {Readonly<Record<string, any>>} options @returns {Mask[]} */
export function masksOf(options) {
  const given = options.objects;
  return given?.name === "clicks" ? given.masks : [];
}

/** Options with these masks; without any, those of the painting as it was. @param {Readonly<Record<string, any>>} options
 * @param {Mask[]} masks @returns {Readonly<Record<string, any>>} */
export function withMasks(options, masks) {
  const { objects: _, ...others } = options;
  return Object.freeze(masks.length ? { ...others, objects: { name: "clicks", masks } } : others);
}

/**
 * Masks after a click. The first click of a mask lies inside, whatever it says.
 * @param {Mask[]} masks @param {Point} at @param {"inside" | "outside"} side @param {boolean} another
 * @returns {Mask[]}
 */
export function clicked(masks, at, side, another) {
  if (another || !masks.length) return [...masks, { inside: [at], outside: [] }];
  const last = masks[masks.length - 1];
  return [...masks.slice(0, -1), { ...last, [side]: [...last[side], at] }];
}
