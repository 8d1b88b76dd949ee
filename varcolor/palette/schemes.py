"""Colour schemes of eras: palettes with shares that were computed from posters.

`schemes.json` holds statistics only; ``python -m benchmarks.palette schemes`` makes it.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.cues.parse import parse_color
from varcolor.errors import InputError
from varcolor.palette.files import read_palette
from varcolor.palette.palette import Palette
from varcolor.registry import did_you_mean


@cache
def _stored() -> dict[str, Any]:
    text = (files("varcolor.palette") / "schemes.json").read_text(encoding="utf-8")
    stored: dict[str, Any] = json.loads(text)
    return stored


def scheme_names() -> tuple[str, ...]:
    """Return the names of the schemes that come with the package."""
    return tuple(_stored())


def names_scheme_file(text: str) -> bool:
    """Tell whether a text is the path of a palette, and no name of a scheme."""
    return text not in _stored() and (bool(Path(text).suffix) or Path(text).exists())


def scheme_of(text: str) -> Palette:
    """Return a scheme by its name, or from a palette's file.

    Raises
    ------
    InputError
        For unknown names.
    FileError
        For files that hold no palette.
    """
    if names_scheme_file(text):
        return read_palette(text)
    stored = _stored()
    if text not in stored:
        names = ", ".join(stored)
        raise InputError(
            f"scheme {text!r}: expected {names} or a palette's file{did_you_mean(text, stored)}"
        )
    colors = stored[text]["colors"]
    rgb = np.array([parse_color(own["hex"]) for own in colors])
    return Palette.of(rgb, np.array([own["share"] for own in colors]), text)
