"""varcolor spreads a few known colours over a whole picture by minimising an energy.

>>> import varcolor as vc
>>> photo = vc.read("photo.tif")                                   # doctest: +SKIP
>>> result = vc.colorize(photo, vc.read_cues("strokes.json"))      # doctest: +SKIP
>>> vc.write(result.picture, "photo.colour.tif")                   # doctest: +SKIP

The public names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from varcolor import metrics
    from varcolor.batch import batch
    from varcolor.batch.plan import Plan, plan
    from varcolor.batch.task import Outcome, Task
    from varcolor.colorization import colorize, recolor
    from varcolor.cues.cues import Cues
    from varcolor.cues.files import read_cues, save_cues
    from varcolor.cues.sources import CueSources
    from varcolor.cues.strokes import Stroke, rasterise
    from varcolor.energy.prior import Prior
    from varcolor.energy.problem import Problem
    from varcolor.errors import (
        BackendError,
        CacheWarning,
        Cancelled,
        ConvergenceError,
        ConvergenceWarning,
        CueError,
        CueWarning,
        FileError,
        FormatError,
        InputError,
        MissingExtra,
        OutOfMemoryError,
        VarcolorError,
    )
    from varcolor.film.colorize import colorize_film
    from varcolor.film.result import FilmResult
    from varcolor.image.luma import to_gray
    from varcolor.image.picture import Picture
    from varcolor.image.read import read
    from varcolor.image.write import write
    from varcolor.ir.coding import decode, encode
    from varcolor.ir.representation import IR
    from varcolor.methods.base import Sum
    from varcolor.methods.nonsmooth import GTV, TGV, TV
    from varcolor.methods.quadratic import Auto, Bilaplacian, Harmonic, Levin, LevinLS
    from varcolor.metrics.scores import Scores, compare
    from varcolor.neural.suggest import Suggestion, entropy_map, suggest
    from varcolor.objects.clicks import Clicks
    from varcolor.objects.instance import Instance
    from varcolor.objects.segment import segment
    from varcolor.options import FilmOptions, PriorOptions, RecolorOptions, SolveOptions
    from varcolor.palette.extract import main_colors
    from varcolor.palette.files import read_palette
    from varcolor.palette.palette import Palette
    from varcolor.pipeline.result import Result
    from varcolor.prior.agreed import Agreed
    from varcolor.prior.gp import GP
    from varcolor.session import Session
    from varcolor.solve.result import Solution, Status
    from varcolor.solve.solver import Goal
    from varcolor.tiled.colorize import TiledResult, colorize_tiled

_PUBLIC = {
    "Plan": "varcolor.batch.plan",
    "plan": "varcolor.batch.plan",
    "Outcome": "varcolor.batch.task",
    "Task": "varcolor.batch.task",
    "CueSources": "varcolor.cues.sources",
    "colorize": "varcolor.colorization",
    "recolor": "varcolor.colorization",
    "Cues": "varcolor.cues.cues",
    "read_cues": "varcolor.cues.files",
    "save_cues": "varcolor.cues.files",
    "Stroke": "varcolor.cues.strokes",
    "rasterise": "varcolor.cues.strokes",
    "Prior": "varcolor.energy.prior",
    "Problem": "varcolor.energy.problem",
    "BackendError": "varcolor.errors",
    "CacheWarning": "varcolor.errors",
    "Cancelled": "varcolor.errors",
    "ConvergenceError": "varcolor.errors",
    "ConvergenceWarning": "varcolor.errors",
    "CueError": "varcolor.errors",
    "CueWarning": "varcolor.errors",
    "FileError": "varcolor.errors",
    "FormatError": "varcolor.errors",
    "InputError": "varcolor.errors",
    "MissingExtra": "varcolor.errors",
    "OutOfMemoryError": "varcolor.errors",
    "VarcolorError": "varcolor.errors",
    "to_gray": "varcolor.image.luma",
    "Picture": "varcolor.image.picture",
    "read": "varcolor.image.read",
    "write": "varcolor.image.write",
    "decode": "varcolor.ir.coding",
    "encode": "varcolor.ir.coding",
    "IR": "varcolor.ir.representation",
    "Sum": "varcolor.methods.base",
    "GTV": "varcolor.methods.nonsmooth",
    "TGV": "varcolor.methods.nonsmooth",
    "TV": "varcolor.methods.nonsmooth",
    "Auto": "varcolor.methods.quadratic",
    "Bilaplacian": "varcolor.methods.quadratic",
    "Harmonic": "varcolor.methods.quadratic",
    "Levin": "varcolor.methods.quadratic",
    "LevinLS": "varcolor.methods.quadratic",
    "Scores": "varcolor.metrics.scores",
    "compare": "varcolor.metrics.scores",
    "Clicks": "varcolor.objects.clicks",
    "Instance": "varcolor.objects.instance",
    "segment": "varcolor.objects.segment",
    "PriorOptions": "varcolor.options",
    "FilmOptions": "varcolor.options",
    "FilmResult": "varcolor.film.result",
    "colorize_film": "varcolor.film.colorize",
    "RecolorOptions": "varcolor.options",
    "SolveOptions": "varcolor.options",
    "Suggestion": "varcolor.neural.suggest",
    "entropy_map": "varcolor.neural.suggest",
    "suggest": "varcolor.neural.suggest",
    "main_colors": "varcolor.palette.extract",
    "read_palette": "varcolor.palette.files",
    "Palette": "varcolor.palette.palette",
    "Result": "varcolor.pipeline.result",
    "Agreed": "varcolor.prior.agreed",
    "GP": "varcolor.prior.gp",
    "Session": "varcolor.session",
    "Solution": "varcolor.solve.result",
    "Status": "varcolor.solve.result",
    "Goal": "varcolor.solve.solver",
    "TiledResult": "varcolor.tiled.colorize",
    "colorize_tiled": "varcolor.tiled.colorize",
}

__all__ = [
    "GP",
    "GTV",
    "IR",
    "TGV",
    "TV",
    "Agreed",
    "Auto",
    "BackendError",
    "Bilaplacian",
    "CacheWarning",
    "Cancelled",
    "Clicks",
    "ConvergenceError",
    "ConvergenceWarning",
    "CueError",
    "CueSources",
    "CueWarning",
    "Cues",
    "FileError",
    "FilmOptions",
    "FilmResult",
    "FormatError",
    "Goal",
    "Harmonic",
    "InputError",
    "Instance",
    "Levin",
    "LevinLS",
    "MissingExtra",
    "OutOfMemoryError",
    "Outcome",
    "Palette",
    "Picture",
    "Plan",
    "Prior",
    "PriorOptions",
    "Problem",
    "RecolorOptions",
    "Result",
    "Scores",
    "Session",
    "Solution",
    "SolveOptions",
    "Status",
    "Stroke",
    "Suggestion",
    "Sum",
    "Task",
    "TiledResult",
    "VarcolorError",
    "__version__",
    "batch",
    "colorize",
    "colorize_film",
    "colorize_tiled",
    "compare",
    "decode",
    "encode",
    "entropy_map",
    "main_colors",
    "metrics",
    "plan",
    "rasterise",
    "read",
    "read_cues",
    "read_palette",
    "recolor",
    "save_cues",
    "segment",
    "suggest",
    "to_gray",
    "write",
]


def __getattr__(name: str) -> Any:
    import importlib

    if name in ("batch", "metrics"):
        return importlib.import_module(f"varcolor.{name}")
    module = _PUBLIC.get(name)
    if module is None:
        raise AttributeError(f"module 'varcolor' has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
