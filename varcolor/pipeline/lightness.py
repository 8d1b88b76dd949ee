"""Painted colours that cannot be had because the photo is much lighter or darker there."""

from __future__ import annotations

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.image.color import Space, lab
from varcolor.image.render import Rendering
from varcolor.typing import FloatArray

#: Difference of L*, 0..1, from which on a painted colour is far from what becomes of it.
FAR = 0.4
#: Most colours that are named.
_NAMED = 3


def far_colors(cues: Cues, luma: FloatArray, rendering: Rendering, space: Space) -> list[str]:
    """Return a note on the painted colours that came out much lighter or darker.

    Cues of one colour count together: by their median difference of L*. Named are the worst three.

    Parameters
    ----------
    cues : Cues
        The colours, those to keep included.
    luma : ndarray, shape (H, W)
        The photo's, in the working space.
    rendering : Rendering
        What became of them.
    space : Space
        Working space.
    """
    painted = cues.select(~cues.keep)
    if not len(painted):
        return []
    levels = np.floor(np.clip(painted.color, 0, 1) * 255 + 0.5).astype(np.uint8)
    code = levels.astype(np.int64) @ np.array([65536, 256, 1])
    at = painted.at[:, 0], painted.at[:, 1]
    became = rendering.picture.pixels[at] / rendering.picture.maximum
    gap = np.abs(lab.luma(became) - lab.luma(levels / 255))
    order = np.lexsort((gap, code))
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    middle = order[starts + sizes // 2]
    middle = middle[np.argsort(-gap[middle], kind="stable")]
    worst = middle[gap[middle] > FAR]
    if not len(worst):
        return []
    gray = np.clip(space.gray_of_luma(luma[at][worst]), 0, 1) * 255
    named = [
        f"{_hex(levels[k])} on level {level:.0f} becomes {_hex(became[k] * 255)}"
        for k, level in zip(worst[:_NAMED], gray, strict=False)
    ]
    more = f", and {len(worst) - _NAMED} more colours" if len(worst) > _NAMED else ""
    lighter = rendering.reduced[at][worst].any() and rendering.moved is None
    advice = "; luma 'fit' (--luma fit) lets bright places take more colour" if lighter else ""
    return [f"{'; '.join(named)}{more}: the lightness of the photo is kept{advice}"]


def _hex(rgb: FloatArray) -> str:
    red, green, blue = (int(value) for value in np.floor(np.asarray(rgb) + 0.5))
    return f"#{red:02x}{green:02x}{blue:02x}"
