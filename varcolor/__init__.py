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
    from varcolor.colorization import colorize, recolor
    from varcolor.cues.cues import Cues
    from varcolor.cues.files import read_cues, save_cues
    from varcolor.cues.strokes import Stroke, rasterise
    from varcolor.errors import (
        BackendError,
        Cancelled,
        CueError,
        FileError,
        FormatError,
        InputError,
        MissingExtra,
        VarcolorError,
    )
    from varcolor.image.luma import to_gray
    from varcolor.image.picture import Picture
    from varcolor.image.read import read
    from varcolor.image.write import write
    from varcolor.ir.coding import decode, encode
    from varcolor.ir.representation import IR
    from varcolor.methods.nonsmooth import GTV, TGV, TV
    from varcolor.methods.quadratic import Auto, Bilaplacian, Harmonic, Levin, LevinLS
    from varcolor.metrics.scores import Scores, compare
    from varcolor.session import Session
    from varcolor.solve.result import Result, Status

_PUBLIC = {
    "colorize": "varcolor.colorization",
    "recolor": "varcolor.colorization",
    "Cues": "varcolor.cues.cues",
    "read_cues": "varcolor.cues.files",
    "save_cues": "varcolor.cues.files",
    "Stroke": "varcolor.cues.strokes",
    "rasterise": "varcolor.cues.strokes",
    "to_gray": "varcolor.image.luma",
    "Picture": "varcolor.image.picture",
    "read": "varcolor.image.read",
    "write": "varcolor.image.write",
    "decode": "varcolor.ir.coding",
    "encode": "varcolor.ir.coding",
    "IR": "varcolor.ir.representation",
    "Auto": "varcolor.methods.quadratic",
    "Bilaplacian": "varcolor.methods.quadratic",
    "GTV": "varcolor.methods.nonsmooth",
    "LevinLS": "varcolor.methods.quadratic",
    "TGV": "varcolor.methods.nonsmooth",
    "TV": "varcolor.methods.nonsmooth",
    "Harmonic": "varcolor.methods.quadratic",
    "Levin": "varcolor.methods.quadratic",
    "Scores": "varcolor.metrics.scores",
    "compare": "varcolor.metrics.scores",
    "Result": "varcolor.solve.result",
    "Status": "varcolor.solve.result",
    "Session": "varcolor.session",
    "BackendError": "varcolor.errors",
    "Cancelled": "varcolor.errors",
    "CueError": "varcolor.errors",
    "FileError": "varcolor.errors",
    "FormatError": "varcolor.errors",
    "InputError": "varcolor.errors",
    "MissingExtra": "varcolor.errors",
    "VarcolorError": "varcolor.errors",
}

__all__ = [
    "GTV",
    "IR",
    "TGV",
    "TV",
    "Auto",
    "BackendError",
    "Bilaplacian",
    "Cancelled",
    "CueError",
    "Cues",
    "FileError",
    "FormatError",
    "Harmonic",
    "InputError",
    "Levin",
    "LevinLS",
    "MissingExtra",
    "Picture",
    "Result",
    "Scores",
    "Session",
    "Status",
    "Stroke",
    "VarcolorError",
    "__version__",
    "colorize",
    "compare",
    "decode",
    "encode",
    "metrics",
    "rasterise",
    "read",
    "read_cues",
    "recolor",
    "save_cues",
    "to_gray",
    "write",
]


def __getattr__(name: str) -> Any:
    import importlib

    if name == "metrics":
        return importlib.import_module("varcolor.metrics")
    module = _PUBLIC.get(name)
    if module is None:
        raise AttributeError(f"module 'varcolor' has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
