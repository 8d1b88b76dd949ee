"""From what a user hands over to a prior: a name, a picture, an array of confidences."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, cast

import numpy as np

from varcolor.cues.parse import HEAVIEST
from varcolor.energy.prior import Data, Prior
from varcolor.errors import InputError
from varcolor.image.accept import is_image, is_path
from varcolor.image.color import Space
from varcolor.image.picture import Picture, PictureLike, as_picture
from varcolor.prior.base import PRIORS, Scene, Source
from varcolor.prior.runs import TRAINED, is_run
from varcolor.typing import FloatArray, Shape

Given: TypeAlias = "str | Source | Prior | PictureLike | None"
Confidence: TypeAlias = "float | PictureLike | None"

#: Confidence of a picture if none is given.
DEFAULT_CONFIDENCE = 0.01
NONE = "none"


def chroma_of(picture: PictureLike, shape: Shape, space: Space, what: str) -> FloatArray:
    """Return the chroma (H, W, 2) of a picture that must have the photo's size.

    Raises
    ------
    InputError
        If it has another size.
    """
    picture = as_picture(picture, what)
    _same_size(picture, shape, what)
    if picture.is_gray:
        return np.zeros((*shape, 2))
    return space.split(picture.as_float())[1]


def source_of(
    given: Given,
    confidence: Confidence,
    shape: Shape,
    space: Space,
    settings: Mapping[str, Any] | None = None,
) -> Source | Prior | None:
    """Return a Source, a Prior or None for what a user gave; everything is checked here.

    Parameters
    ----------
    given : str, Source, Prior, Picture or ndarray, optional
        The name of a source, ``"none"``, the source itself, or a picture (or its path) whose
        chroma is expected. A string is a path if no source has this name, and it has a suffix or
        there is such a file.
    confidence : float, Picture, path or ndarray, optional
        A number: the confidence of a picture, or the strength of a source. A grey picture or an
        array (H, W): the confidence of every pixel, levels 0..1 or floats of any size.
    shape : (int, int)
        The photo's.
    space : Space
        Working space.
    settings : mapping, optional
        Options for sources that have them, by name; those of an instance are replaced.

    Raises
    ------
    InputError
        For unknown names, other sizes, and confidences that are negative or not finite.
    """
    level = _confidence(confidence, shape)
    if isinstance(given, Path) and is_run(given):
        given = str(given)
    if isinstance(given, str) and not names_file(given):
        given = None if given == NONE else _named(given)
    if given is None:
        if confidence is not None:
            raise InputError("a confidence without a prior: name a prior, too")
        return None
    if isinstance(given, Prior):
        if given.shape != shape:
            raise InputError(_other_size("the prior", given.shape, shape))
        return given if level is None else Prior(given.chroma, np.broadcast_to(level, shape))
    if isinstance(given, Picture) or is_path(given) or is_image(given):
        return _of_picture(given, level, shape, space)
    if isinstance(given, type) or not (hasattr(given, "prepare") and hasattr(given, "run")):
        raise InputError(f"prior {given!r}: expected {', '.join(PRIORS)}, none, or a picture")
    source: Any = _with(given, settings or {})
    if isinstance(level, float):
        return cast("Source", dataclasses.replace(source, strength=level))
    return cast("Source", source if level is None else _Replaced(source, level))


def _with(source: Any, settings: Mapping[str, Any]) -> Any:
    """Return a source with those of the settings that it has."""
    if not settings or not dataclasses.is_dataclass(source) or isinstance(source, type):
        return source
    own = {f.name for f in dataclasses.fields(source)}
    if "reference" in settings and "reference" not in own:
        raise InputError("a reference goes with the priors reference and global-hints")
    return dataclasses.replace(source, **{k: v for k, v in settings.items() if k in own})


def _of_picture(
    given: PictureLike, level: float | FloatArray | None, shape: Shape, space: Space
) -> Prior:
    picture = as_picture(given, "the prior")
    chroma = chroma_of(picture, shape, space, "the prior")
    k = np.broadcast_to(DEFAULT_CONFIDENCE if level is None else level, shape)
    return Prior(chroma, k if picture.visible is None else np.where(picture.visible, k, 0.0))


def names_file(text: str) -> bool:
    """Tell whether a string is a path of a picture and no name of a source or trained network."""
    if text == NONE or text in PRIORS or is_run(text):
        return False
    return bool(Path(text).suffix) or Path(text).exists()


def _named(name: str) -> Source:
    """Return the source of this name, or that of a trained network."""
    if name in PRIORS:
        return PRIORS[name]()
    kind: Any = PRIORS[TRAINED]
    found: Source | None = kind.of(name)
    return PRIORS[name]() if found is None else found  # raises: there is none


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Replaced:
    """A source with other confidences than its own."""

    source: Source
    level: FloatArray
    name: ClassVar[str] = "replaced"
    strength: float = 1.0

    @property
    def needs_cues(self) -> bool:
        return self.source.needs_cues

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Replaced) and (self.source, id(self.level)) == (
            other.source,
            id(other.level),
        )

    def __hash__(self) -> int:
        return hash((self.source, id(self.level)))

    def prepare(self, scene: Scene) -> Any:
        return self.source.prepare(scene)

    def run(self, prepared: Any, cues: Data) -> Prior:
        return Prior(self.source.run(prepared, cues).chroma, self.level)


def settled(
    given: Given, confidence: Confidence, shape: Shape, space: Space
) -> tuple[Given, float | FloatArray | None]:
    """Return the same, checked, with pictures made to priors and confidences to numbers.

    Parameters and errors are those of `source_of`.
    """
    source = source_of(given, confidence, shape, space)
    if isinstance(source, Prior):
        return source, None
    return given, _confidence(confidence, shape)


def _confidence(given: Confidence, shape: Shape) -> float | FloatArray | None:
    """Return one number or an array (H, W)."""
    if given is None:
        return None
    if isinstance(given, int | float | np.number):
        value = float(given)
        if not 0 <= value <= HEAVIEST:
            raise InputError(f"confidence {value:g}: expected 0 to {HEAVIEST:g}")
        return value
    if isinstance(given, Picture) or is_path(given) or np.asarray(given).dtype.kind in "ub":
        picture = as_picture(given, "the confidence")
        if not picture.is_gray:
            raise InputError(f"{picture.meta.source}: is in colour; a confidence is a grey picture")
        _same_size(picture, shape, "the confidence")
        return picture.as_float()
    values = np.asarray(given)
    if values.dtype.kind not in "fi":
        raise InputError(f"confidence of type {values.dtype}: expected numbers")
    if values.shape != shape:
        raise InputError(f"confidences of shape {values.shape}; expected {shape}, or one number")
    if not (np.isfinite(values).all() and values.min() >= 0):
        raise InputError("confidences must be finite and not negative")
    return values.astype(np.float64)


def _same_size(picture: Picture, shape: Shape, what: str) -> None:
    if picture.shape != shape:
        name = picture.meta.source if picture.meta.source != "the picture" else what
        raise InputError(_other_size(name, picture.shape, shape))


def _other_size(name: str, own: Shape, shape: Shape) -> str:
    return f"{name}: is {own[1]} x {own[0]}, but the photo is {shape[1]} x {shape[0]}"
