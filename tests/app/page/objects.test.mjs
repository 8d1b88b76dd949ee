import assert from "node:assert/strict";
import { test } from "node:test";
import { clicked, masksOf, withMasks } from "../../../varcolor/app/page/model/objects.js";

test("clicks make masks", () => {
  const one = clicked([], [1, 2], "outside", false);
  assert.deepEqual(one, [{ inside: [[1, 2]], outside: [] }]);
  const two = clicked(one, [3, 4], "outside", false);
  assert.deepEqual(two, [{ inside: [[1, 2]], outside: [[3, 4]] }]);
  const three = clicked(two, [5, 6], "inside", true);
  assert.deepEqual(three, [two[0], { inside: [[5, 6]], outside: [] }]);
  assert.deepEqual(one, [{ inside: [[1, 2]], outside: [] }], "nothing is changed in place");
});

test("masks are options", () => {
  const options = withMasks({ method: "harmonic", objects: "slic" }, clicked([], [1, 2], "inside", false));
  assert.deepEqual(masksOf(options), [{ inside: [[1, 2]], outside: [] }]);
  assert.equal(options.method, "harmonic");
  assert.deepEqual(withMasks(options, []), { method: "harmonic" });
  assert.deepEqual(masksOf({ objects: "slic" }), []);
});
