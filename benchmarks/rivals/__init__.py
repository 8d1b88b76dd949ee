"""Other ways to spread colours: each is a callable ``(grey, cues) -> colour``.

``grey`` is (H, W) float64 in 0..1, ``cues`` a `varcolor.Cues`, the result (H, W, 3) float in 0..1.
A rival gets the chroma of the cues in Lab and its answer is merged with the lightness of the grey,
as the protocols ask for, so that only the propagation differs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import varcolor as vc
from varcolor.registry import Registry
from varcolor.typing import FloatArray

Adapter: TypeAlias = Callable[[FloatArray, vc.Cues], FloatArray]

RIVALS: Registry[Adapter] = Registry(
    "rival",
    {
        "nearest": "benchmarks.rivals.nearest:nearest",
        "fgs": "benchmarks.rivals.opencv:fast_global_smoother",
        "domain-transform": "benchmarks.rivals.opencv:domain_transform",
        "random-walker": "benchmarks.rivals.walker:random_walker",
    },
)
