// Pure modules of the page: `node --test tests/app/page/`.
import assert from "node:assert/strict";
import { test } from "node:test";

const page = new URL("../../../varcolor/app/page/", import.meta.url);
const { History, blank, commonPrefix } = await import(new URL("model/history.js", page));
const view = await import(new URL("model/view.js", page));
const strokes = await import(new URL("model/strokes.js", page));
const colour = await import(new URL("model/colour.js", page));
const { nameOf } = await import(new URL("model/names.js", page));
const { unpacked } = await import(new URL("net/frames.js", page));

const near = (a, b, slack = 1e-9) => assert.ok(Math.abs(a - b) <= slack, `${a} is not ${b}`);

/** Repeatable numbers 0..1. */
function random(seed) {
  let s = seed;
  return () => ((s = (s * 1103515245 + 12345) % 2147483648) / 2147483648);
}

test("zooming keeps the place under the pointer, and pan and zoom can be undone", () => {
  const next = random(1);
  let v = { scale: 0.7, x: 13, y: -5 };
  for (let i = 0; i < 200; i += 1) {
    const at = [next() * 900, next() * 700];
    const before = view.toPhoto(v, at);
    v = view.zoomAt(v, 0.5 + next(), at);
    const after = view.toPhoto(v, at);
    near(before[0], after[0], 1e-6);
    near(before[1], after[1], 1e-6);
    v = view.moved(v, next() * 50 - 25, next() * 50 - 25);
  }
  const place = view.toScreen(v, [31.25, 8.5]);
  const back = view.toPhoto(v, place);
  near(back[0], 31.25, 1e-6);
  assert.ok(view.zoomAt(v, 1e9, [0, 0]).scale <= view.LARGEST);
});

test("the size of tiles has a pixel for each of the screen", () => {
  assert.equal(view.levelFor(1, 1, 5), 0);
  assert.equal(view.levelFor(0.5, 1, 5), 1);
  assert.equal(view.levelFor(0.49, 2, 5), 0);
  assert.equal(view.levelFor(0.001, 1, 5), 4);
});

test("simplified lines stay within the tolerance and keep their ends", () => {
  const next = random(2);
  const points = [[0, 0]];
  for (let i = 0; i < 400; i += 1) {
    const [x, y] = points[i];
    points.push([x + next(), y + next() - 0.5]);
  }
  const line = strokes.simplified(points, 0.5);
  assert.deepEqual([line[0], line.at(-1)], [points[0], points.at(-1)]);
  assert.ok(line.length < points.length / 2);
  for (const p of points) {
    const least = Math.min(...line.slice(1).map((q, i) => strokes.distanceToSegment(p, line[i], q)));
    assert.ok(least <= 0.5 + 1e-9);
  }
});

test("the topmost stroke is hit; erasers are not", () => {
  const at = (points, more) => ({ kind: "paint", radius: 2, points, ...more });
  const list = [at([[0, 0], [10, 0]]), at([[5, -5], [5, 5]]), at([[5, 0]], { kind: "erase" })];
  assert.equal(strokes.strokeAt(list, [5, 0], 1), 1);
  assert.equal(strokes.strokeAt(list, [0, 2.5], 1), 0);
  assert.equal(strokes.strokeAt(list, [50, 50], 1), -1);
  const area = at([[20, 20], [40, 20], [40, 40], [20, 40]], { fill: true, radius: 0 });
  assert.equal(strokes.strokeAt([area], [30, 30], 0), 0);
});

test("a stroke that has no part in the photo is not kept", () => {
  const photo = { width: 20, height: 10 };
  const line = (...points) => strokes.touches({ kind: "paint", radius: 1, points }, photo);
  assert.ok(line([5, 5]));
  assert.ok(line([-5, 5], [25, 5]));
  assert.ok(!line([-5, -5], [25, -5]));
  assert.ok(!line([-1, 5]));
});

test("history: a random walk of pushes, undos and redos, saved and loaded", () => {
  const next = random(3);
  let history = new History();
  const reference = [blank()];
  let at = 0;
  for (let i = 0; i < 500; i += 1) {
    const what = next();
    if (what < 0.5) {
      const { doc } = history;
      const own = strokes.frozen({ kind: "paint", color: "#102030", radius: i, points: [[i, i]] });
      const list = next() < 0.7 ? [...doc.strokes, own] : doc.strokes.filter(() => next() < 0.7);
      const changed = { ...doc, strokes: list };
      if (next() < 0.2) changed.options = { tolerance: i };
      reference.length = at + 1;
      reference.push(structuredClone(changed));
      at += 1;
      history.push(changed, "edit");
    } else if (what < 0.75) {
      history.undo();
      at = Math.max(0, at - 1);
    } else {
      history.redo();
      at = Math.min(reference.length - 1, at + 1);
    }
    assert.deepEqual(structuredClone(history.doc), reference[at]);
    if (i % 50 === 49) history = History.of(JSON.parse(JSON.stringify(history)));
  }
  while (history.undo());
  assert.deepEqual(structuredClone(history.doc), blank());
  assert.throws(() => History.of({ version: 2 }));
});

test("edits are differences: the strokes that both lists begin with", () => {
  const [a, b, c] = [{}, {}, {}];
  assert.equal(commonPrefix([a, b, c], [a, b]), 2);
  assert.equal(commonPrefix([a, b], [a, c]), 1);
  assert.equal(commonPrefix([], [a]), 0);
});

test("colours: round trips, and the luma that is asked for", () => {
  const next = random(4);
  for (let i = 0; i < 500; i += 1) {
    const rgb = { r: next(), g: next(), b: next() };
    const { y, cb, cr } = colour.yuvOf(rgb);
    const again = colour.rgbOfYuv(y, cb, cr);
    const lab = colour.rgbOfLab(...colour.labOf(rgb));
    for (const c of ["r", "g", "b"]) {
      near(again[c], rgb[c], 1e-12);
      near(lab[c], rgb[c], 1e-9);
    }
    const level = next();
    const there = colour.atLuma(rgb, level);
    near(colour.luma(there), level, 1e-9);
    assert.ok(Math.min(there.r, there.g, there.b) >= 0 && Math.max(there.r, there.g, there.b) <= 1);
  }
  near(colour.labOf({ r: 1, g: 1, b: 1 })[0], 100, 1e-9);
  near(colour.labOf({ r: 1, g: 0, b: 0 })[1], 80.09, 0.02);
});

test("the edge of the gamut is where a channel ends", () => {
  for (const y of [0.1, 0.5, 0.83]) {
    for (const [cb, cr] of colour.gamutEdge(y, 90)) {
      const { r, g, b } = colour.rgbOfYuv(y, cb, cr);
      const low = Math.min(r, g, b);
      const high = Math.max(r, g, b);
      assert.ok(low >= -1e-9 && high <= 1 + 1e-9);
      assert.ok(low < 1e-9 || high > 1 - 1e-9);
    }
  }
});

test("hex colours", () => {
  assert.equal(colour.parsedHex(" #ABC "), "#aabbcc");
  assert.equal(colour.parsedHex("a1b2c3"), "#a1b2c3");
  assert.equal(colour.parsedHex("red"), null);
  assert.equal(colour.hexOf(colour.rgbOf("#0a80ff")), "#0a80ff");
});

test("names of colours", () => {
  assert.equal(nameOf(colour.rgbOf("#000000")), "black");
  assert.equal(nameOf(colour.rgbOf("#d02020")), "red");
  assert.equal(nameOf(colour.rgbOf("#2040c8")), "blue");
});

test("frames", () => {
  const facts = { type: "preview", width: 2, height: 1 };
  const text = new TextEncoder().encode(JSON.stringify(facts).padEnd(48));
  const buffer = new ArrayBuffer(8 + text.length + 8);
  new Uint8Array(buffer).set([86, 67, 70, 49, text.length, 0, 0, 0, ...text, 1, 2, 3, 4, 5, 6, 7, 8]);
  const found = unpacked(buffer);
  assert.deepEqual(found.facts, facts);
  assert.deepEqual([...found.pixels], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.throws(() => unpacked(buffer.slice(0, -4)));
  assert.throws(() => unpacked(new ArrayBuffer(4)));
});
