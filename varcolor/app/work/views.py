"""Pictures of what a result rests on: what changed, what is trusted, what nothing reaches."""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.app.frames import eight_bits
from varcolor.app.work.document import Document, Painting
from varcolor.energy.prior import Data, Prior
from varcolor.errors import InputError
from varcolor.image.color import as_space
from varcolor.image.luma import luma_of
from varcolor.image.picture import Picture
from varcolor.pipeline.result import Result
from varcolor.prior.base import Scene
from varcolor.prior.given import source_of
from varcolor.typing import Array, FloatArray

VIEWS = ("difference", "confidence", "unreached", "objects")
_ORANGE = (255, 140, 0)


class Views:
    """Makes the views of the last previews of one page."""

    def __init__(self) -> None:
        self._now: Result | None = None
        self._before: Array | None = None
        self._painting = Painting()
        self._document: Document | None = None

    def add(self, result: Result, painting: Painting, document: Document) -> None:
        """Take note of a preview."""
        if self._now is not None and self._painting != painting:
            same = self._now.rgb.shape == result.rgb.shape
            self._before = self._now.rgb if same else None
        self._now, self._painting, self._document = result, painting, document

    def view(self, name: str) -> tuple[Picture, dict[str, Any]]:
        """Return a view as a picture of the preview's size, and what its colours mean.

        Raises
        ------
        InputError
            If there is none of this name, or nothing has been solved yet.
        """
        if name not in VIEWS:
            raise InputError(f"view {name!r}: expected {', '.join(VIEWS)}")
        if self._now is None or self._document is None:
            raise InputError("there is no result yet: paint a stroke")
        if name == "difference":
            return _difference(self._now.rgb, self._before)
        if name == "objects":
            return _objects(self._painting, self._document)
        if name == "unreached":
            return _unreached(self._now)
        return _confidence(self._now, self._painting, self._document)


def _difference(now: Array, before: Array | None) -> tuple[Picture, dict[str, Any]]:
    """Return the largest change of a level, so that the strongest is white."""
    if before is None:
        return Picture(np.zeros(now.shape[:2], np.uint8)), {"text": "no earlier result yet"}
    change = np.abs(eight_bits(now).astype(int) - eight_bits(before)).max(axis=2)
    most = int(change.max())
    shown = (change * (255 / max(most, 1))).astype(np.uint8)
    return Picture(shown), {"text": f"brightest: a change of {most} levels of 255"}


def _unreached(result: Result) -> tuple[Picture, dict[str, Any]]:
    """Return stripes where no stroke reaches, transparent elsewhere."""
    height, width = result.picture.shape
    mask = np.zeros((height, width), bool) if result.untouched is None else result.untouched
    stripes = (np.arange(height)[:, None] + np.arange(width)) % 8 < 4
    pixels = np.where(stripes[..., None], np.array(_ORANGE, np.uint8), np.uint8(0))
    share = f"{mask.mean():.1%} of the pixels are reached by no stroke (striped)"
    alpha = np.where(mask, 200, 0).astype(np.uint8)
    return Picture(pixels.astype(np.uint8), alpha), {"text": share}


def _objects(painting: Painting, document: Document) -> tuple[Picture, dict[str, Any]]:
    """Return the objects, each in a colour of its own, transparent elsewhere."""
    from varcolor.objects.boxes import colour_of
    from varcolor.objects.instance import label_map, scaled

    engine = document.engine(painting.settings)
    shape, found = engine.small().shape, engine.objects()
    own = scaled(found or (), shape)
    labels = label_map(own, shape)
    colours = np.array([(0, 0, 0), *map(colour_of, range(len(own)))], np.uint8)
    words = "no objects: choose some among the options, or click with the tool Object"
    text = words if not found else f"{len(found)} objects, at whose borders colours stop"
    return Picture(colours[labels], np.where(labels > 0, 130, 0).astype(np.uint8)), {"text": text}


def _confidence(
    result: Result, painting: Painting, document: Document
) -> tuple[Picture, dict[str, Any]]:
    """Return how far the prior is trusted, the most trusted place white."""
    engine = document.engine(painting.settings)
    photo = engine.small()
    space = as_space(result.space)
    options = painting.settings.options()
    name = options.prior or options.make_method().prior
    cues = engine.small_cues(painting.strokes, document.base(painting.imports))
    chroma = space.split(cues.color.astype(np.float64))[1]
    data = Data(cues.flat, cues.weight.astype(np.float64), chroma)
    source = source_of(name, options.confidence, photo.shape, space)
    if source is None or not len(cues):
        return Picture(np.zeros(photo.shape, np.uint8)), {"text": "no prior is used"}
    if isinstance(source, Prior):
        prior = source
    else:
        prior = source.run(source.prepare(Scene(luma_of(photo, space), photo.visible, space)), data)
    trust: FloatArray = np.broadcast_to(prior.confidence, photo.shape)
    most = float(trust.max())
    shown = np.sqrt(trust / most) * 255 if most > 0 else np.zeros(photo.shape)
    return Picture(shown.astype(np.uint8)), {"text": f"white: confidence {most:.3g}"}
