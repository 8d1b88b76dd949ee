"""All options of a solve, each written once: name, type, default, bounds and what it means.

`SolveOptions` and `PriorOptions` serve the functions of Python (`keywords`), the command line, its
configuration file and environment (`varcolor.cli.options`), and JSON (`serial`).
"""

from __future__ import annotations

from varcolor.options.film import FilmOptions
from varcolor.options.prior import PriorOptions
from varcolor.options.recolor import RecolorOptions
from varcolor.options.solve import MAX_STEPS, SolveOptions

__all__ = ["MAX_STEPS", "FilmOptions", "PriorOptions", "RecolorOptions", "SolveOptions"]
