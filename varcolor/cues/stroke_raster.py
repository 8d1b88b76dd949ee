"""Strokes to cues, again and again for one picture: only strokes that are new are rasterised.

Gives the same cues as `varcolor.cues.strokes.rasterise`, which is the plain reference, in time and
memory proportional to the pixels that strokes cover instead of to the picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.cues.stroke_cover import covered, stroke_lies_inside
from varcolor.cues.strokes import Stroke, cut_off
from varcolor.typing import Array, Shape

_GRAY = (0.5, 0.5, 0.5)
#: Strokes that are remembered at most.
_MOST = 4096


class StrokeRaster:
    """Rasterises lists of strokes that differ in few strokes from list to list.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the picture.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._covered: dict[Stroke, Array] = {}

    def cues(self, strokes: Sequence[Stroke], base: Cues | None = None) -> Cues:
        """Return the cues of some strokes, later ones over earlier ones.

        Parameters
        ----------
        strokes : sequence of Stroke
            In the order in which they were painted.
        base : Cues, optional
            What lies under them all; ``erase`` removes it, too.

        Raises
        ------
        CueError
            As `varcolor.cues.strokes.rasterise`.
        """
        base = Cues.none(self.shape) if base is None else base
        left = [n for n, s in enumerate(strokes, 1) if not stroke_lies_inside(s, n, self.shape)]
        if len(self._covered) > _MOST:
            known = set(strokes)
            self._covered = {s: flat for s, flat in self._covered.items() if s in known}
        parts = [base.flat, *(self._flat(stroke) for stroke in strokes)]
        flat = np.concatenate(parts)
        owner = np.repeat(np.arange(len(parts)), [len(p) for p in parts])
        order = np.argsort(flat, kind="stable")
        last = np.append(np.diff(flat[order]) > 0, True)[: len(order)]
        order = order[last]
        flat, owner = flat[order], owner[order]
        values = np.array([_values(s) for s in strokes], np.float32).reshape(-1, 6)
        color = np.empty((len(flat), 3), np.float32)
        weight = np.empty(len(flat), np.float32)
        keep, protect = np.empty(len(flat), bool), np.zeros(len(flat), bool)
        old = owner == 0
        place = order[old]
        color[old], weight[old], keep[old] = base.color[place], base.weight[place], base.keep[place]
        own = values[owner[~old] - 1]
        color[~old], weight[~old], keep[~old] = own[:, :3], own[:, 3], own[:, 4] > 0
        protect[~old] = own[:, 5] > 0
        protected = flat[protect]
        if len(base.protected):
            still = np.setdiff1d(base.protected, flat)
            protected = np.concatenate([still, protected])
        some = weight > 0
        at = np.stack(np.divmod(flat[some], self.shape[1]), axis=1)
        cues = Cues(self.shape, at, color[some], weight[some], keep[some], base.notes, protected)
        return cues.with_notes(cut_off(left)) if left else cues

    def _flat(self, stroke: Stroke) -> Array:
        """Return the pixels (N,) that a stroke covers, as indices into the flattened picture."""
        found = self._covered.get(stroke)
        if found is None:
            rows, columns, mask = covered(stroke, self.shape)
            row, column = np.nonzero(mask)
            found = (row + rows.start).astype(np.int64) * self.shape[1] + column + columns.start
            self._covered[stroke] = found
        return found


def _values(stroke: Stroke) -> tuple[float, ...]:
    """Return colour, weight (0: none), whether the photo's own colour is kept, or protected."""
    weight = np.inf if stroke.weight is None else stroke.weight
    color = _GRAY if stroke.color is None else stroke.color
    weight = 0.0 if stroke.kind in ("erase", "protect") else weight
    return (*color, weight, float(stroke.kind == "keep"), float(stroke.kind == "protect"))
