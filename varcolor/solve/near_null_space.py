"""Nearly singular components, held by light soft cues only: solved relative to one pixel each.

Where no exact cue holds a part and its soft cues have next to no weight, A is almost singular on
it: the constant is decided by sums that are a millionth of the matrix's entries, which single
precision does not hold, and neither a residual nor its cycle shows that it is wrong. So one pixel p
of such a part, that of its heaviest cue, is held, which makes a good matrix A_p of it, and the
constant is found from the equation that was left out. With m the weighted mean of the cues' values,

    u = m + v + c (1 - h),    A_p v = E (values - m),  A_p h = E,  v = h = 0 at p,

E the weights of the cues. All parts are solved side by side. For an energy, the sum of the
equations decides c, where whatever joins pixels cancels:

    c sum E (1 - h) = sum E (values - m - v).

Without symmetry it is the equation of p alone,

    c (E_p + sum w_ps h_s) = E_p (value_p - m) + sum w_ps v_s,

whose terms are as small as E. There v and h are found in units of sum E over the largest weight.

Both are linear in what is found, so the errors of v and h bound that of c: by E over the sum on the
left, or by the weights of p over it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from varcolor.energy.problem import Problem
from varcolor.energy.stencil import window
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal, middle
from varcolor.typing import Array, BoolArray, FloatArray

#: Soft cues are light if all those of a part, none counted as more than the largest weight, are
#: less than this times that.
LIGHT = 0.3
#: The part of the tolerance that both solutions get, for energies and for others.
_SHARE, _DIRECTED_SHARE = 0.15, 0.03
#: Of what seems to be needed, the part that a second attempt aims at.
_SAFE = 0.7

Run = Callable[[FloatArray, FloatArray | None, Goal], Solution]
#: Returns the weights (K, 8) of pixels' neighbours, in raster order, and what their rows have been
#: multiplied with (K,), for flat indices (K,).
Rows = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """The parts that light cues hold, and the problem that holds one pixel of each."""

    problem: Problem
    """With an exact cue where the heaviest one of each part is."""
    weight: FloatArray
    """(N,): the cues' own weights."""
    cue: Array
    """(K,): the cue that is held of every part."""
    part: Array
    """(N,): the part of every cue, -1 if it is none of these."""
    label: Array | None
    """(H * W,): the same of every pixel; None if all belong to part 0."""
    largest: float
    """Largest weight between neighbours."""

    @classmethod
    def of(
        cls,
        problem: Problem,
        largest: Callable[[], float],
        parts: Callable[[], Array | None],
        light: float = LIGHT,
    ) -> Anchors | None:
        """Find such parts; None if there are none.

        Parameters
        ----------
        problem : Problem
            The cues.
        largest : callable
            Returns the largest weight.
        parts : callable
            Returns the connected part of every pixel (H * W,), None if there is only one. Asked
            for only where there are soft cues.
        light : float
            Which cues are light, as `LIGHT`.
        """
        soft: BoolArray = ~problem.exact
        if not soft.any():
            return None
        label, most = parts(), largest()
        if label is None and not soft.all():
            return None
        own = np.zeros(len(soft), np.int64) if label is None else label[problem.at]
        count = int(own.max()) + 1
        held = np.bincount(own[~soft], minlength=count) > 0
        weights = np.where(soft, np.minimum(problem.weight, most), 0)
        total = np.bincount(own, weights, minlength=count)
        chosen = (total < light * most) & ~held & (total > 0)
        if not chosen.any():
            return None
        number: Array = np.where(chosen, np.cumsum(chosen) - 1, -1)
        part = number[own]
        order = np.lexsort((-problem.weight, part))
        _, first = np.unique(part[order], return_index=True)
        cue = order[first[-int(chosen.sum()) :]]
        weight = problem.weight.copy()
        weight[cue] = np.inf
        where = None
        if label is not None:
            where = np.full(int(label.max()) + 1, -1)
            where[:count] = number
            where = where[label]
        return cls(replace(problem, weight=weight), problem.weight, cue, part, where, most)

    def solve(
        self,
        run: Run,
        values: FloatArray,
        start: FloatArray | None,
        goal: Goal,
        rows: Rows | None = None,
    ) -> Solution:
        """Return the solution for ``values`` (N, C).

        Parameters
        ----------
        run : callable
            Solves the problem of these anchors for values, a start and a goal.
        values, start, goal
            As of `Solver.run`.
        rows : callable, optional
            The weights, if the matrix is not symmetric.
        """
        tolerance = (_SHARE if rows is None else _DIRECTED_SHARE) * goal.tolerance
        found = self._solve(run, values, start, goal, rows, tolerance)
        if found.status is Status.CONVERGED and found.error > goal.tolerance and rows is None:
            tolerance *= _SAFE * goal.tolerance / found.error
            again = replace(goal, max_steps=max(goal.max_steps - found.steps, 0))
            found = self._solve(run, values, start, again, rows, tolerance)
        if found.status is Status.CONVERGED and not found.error <= goal.tolerance:
            return replace(found, status=Status.STAGNATED)
        return found

    def _solve(
        self,
        run: Run,
        values: FloatArray,
        start: FloatArray | None,
        goal: Goal,
        rows: Rows | None,
        tolerance: float,
    ) -> Solution:
        """Solve for v and h, both within the tolerance."""
        own, count = self.part >= 0, len(self.cue)
        part, weight = self.part[own], self.weight[own]
        total = np.bincount(part, weight, count)
        mean = self._sums(weight[:, None] * values[own]) / total[:, None]
        apart = values[own] - mean[part]
        unit = np.ones(count) if rows is None else total / self.largest
        near, one = values.copy(), np.zeros((len(values), 1))
        near[own] = apart / unit[part, None]
        one[own] = 1 / unit[part, None]
        near[self.cue] = one[self.cue] = 0
        aim = replace(
            goal,
            tolerance=tolerance,
            report=lambda fraction, u=None: goal.report(0.5 * fraction),
        )
        v = run(near, self._start(start, values), aim)
        if rows is None:
            pixels = v.u.reshape(-1, values.shape[1])[self.problem.at[own]]
            gap = self._sums(weight[:, None] * (apart - pixels))
            reach = 2 * np.abs(gap / total[:, None])  # twice, as h is not known yet
        else:
            gap, reach = self._flux(rows, v.u, apart, unit), np.abs(apart)
        farthest = reach.max(axis=0)
        slope = np.abs(goal.slope[:, : values.shape[1]]) @ farthest
        height, width = self.problem.shape
        h = run(
            one,
            np.broadcast_to(np.float32(0), (height, width, 1)),
            replace(
                aim,
                max_steps=max(goal.max_steps - v.steps, 0),
                slope=np.stack([slope, 0 * slope], axis=1),
                report=lambda fraction, u=None: goal.report(0.5 + 0.5 * fraction),
            ),
        )
        if rows is None:
            shown = h.u.reshape(-1)[self.problem.at[own]]
            left: Array = total - np.bincount(part, weight * shown, count)
            spoilt = total / left
        else:
            left = self._flux(rows, h.u, np.ones((len(part), 1)), unit)[:, 0]
            around, scale = rows(self.problem.at[self.cue])
            spoilt = around.sum(axis=1) / scale * unit / left
        level = gap / left[:, None]
        u = self._joined(v.u, h.u, mean + level, level, unit)
        beyond = max(1.0, float((np.abs(level).max(axis=0) / np.maximum(farthest, 1e-300)).max()))
        error = (v.error + beyond * h.error) * float((np.maximum(unit, 1) + spoilt).max())
        status = next((s.status for s in (v, h) if s.status is not Status.CONVERGED), v.status)
        residual = max(v.residual, h.residual)
        found = replace(v, u=u, status=status, steps=v.steps + h.steps, residual=residual)
        return replace(found, error=error, on_device=None)

    def _sums(self, numbers: Array) -> FloatArray:
        """Return the sums (K, C) over parts of numbers (M, C) of their cues."""
        part, count = self.part[self.part >= 0], len(self.cue)
        return np.column_stack([np.bincount(part, own, count) for own in numbers.T])

    def _start(self, start: FloatArray | None, values: FloatArray) -> FloatArray | None:
        """Return where the search for v begins: at zero on these parts."""
        shape = *self.problem.shape, values.shape[1]
        if self.label is None:
            return np.broadcast_to(np.float32(0), shape)
        first = np.broadcast_to(middle(values), shape) if start is None else start
        own: BoolArray = (self.label >= 0).reshape(self.problem.shape)
        return np.asarray(np.where(own[..., None], 0, first))

    def _flux(self, rows: Rows, u: Array, apart: Array, unit: Array) -> FloatArray:
        """Return E_p ``apart`` + unit * sum w_ps u_s of the pixels that are held, (K, C)."""
        height, width = self.problem.shape
        at = self.problem.at[self.cue]
        weights, scale = rows(at)
        place = np.cumsum(self.part >= 0)[self.cue] - 1
        found = self.weight[self.cue, None] * apart[place]
        for k, (down, right) in enumerate(window(1)):
            row, column = at // width + down, at % width + right
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            share = np.where(inside, weights[:, k] / scale * unit, 0)
            found += share[:, None] * u[row % height, column % width]
        return np.asarray(found)

    def _joined(self, v: Array, h: Array, mean: Array, level: Array, unit: Array) -> FloatArray:
        """Return mean + unit (v - level h) on these parts, and v elsewhere."""
        if self.label is None:
            kind = v.dtype.type
            v -= level[0].astype(kind) * h
            v *= kind(unit[0])
            v += mean[0].astype(kind)
            return np.asarray(v)
        own = self.label >= 0
        part = self.label[own]
        flat, other = v.reshape(-1, v.shape[2]), h.reshape(-1, 1)
        flat[own] = mean[part] + unit[part, None] * (flat[own] - level[part] * other[own])
        return np.asarray(flat.reshape(v.shape))
