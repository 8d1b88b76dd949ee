"""Which parts of a photo are painted over, for recolouring."""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import BoolArray

#: Tolerance, in 1/255, of the share that paint has in a pixel: only its side of 1/2 matters.
_TOLERANCE = 1.0


def painted_regions(cues: Cues, solver: Solver, state: Any) -> BoolArray:
    """Return the mask (H, W) of the painted regions.

    With keep strokes the prepared system is solved for 1 at paint and 0 at keep: the solution is
    the share that painted colours have in a pixel, and the regions are where it is above 1/2.
    Without keep strokes they are the painted pixels and the holes that those enclose.
    """
    if not cues.keep.any():
        from scipy.ndimage import binary_fill_holes

        painted = np.zeros(cues.shape, bool)
        painted[cues.at[:, 0], cues.at[:, 1]] = True
        return np.asarray(binary_fill_holes(painted))
    paint = (~cues.keep)[:, None].astype(np.float64)
    share = solver.run(state, paint, None, Goal(tolerance=_TOLERANCE))
    return np.asarray(share.u[..., 0] > 0.5)
