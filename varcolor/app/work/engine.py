"""What solves for the page: a session on the photo and one on a small copy of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from varcolor.app.tiles import block_means
from varcolor.app.work.masks import Masks
from varcolor.cues.cues import Cues
from varcolor.cues.downsample import shrunk_cues
from varcolor.cues.stroke_raster import StrokeRaster
from varcolor.cues.strokes import Stroke
from varcolor.errors import InputError
from varcolor.image.color import as_space
from varcolor.image.downsample import shrunk, step_for
from varcolor.image.luma import luma_of, to_gray
from varcolor.image.picture import Meta, Picture
from varcolor.objects.instance import Instance, scaled
from varcolor.options import RecolorOptions, SolveOptions
from varcolor.options.field import options_of
from varcolor.pipeline.result import Result
from varcolor.project import Settings
from varcolor.session import PREVIEW_TOLERANCE, Session
from varcolor.typing import Progress

#: Pixels of the copy that previews are made of: the chroma of so many is laid over a sharp grey.
PREVIEW_PIXELS = 18_000
#: Methods that, with their own defaults, the multigrid solver takes.
_COMPACT = ("auto", "harmonic", "levin")


class Engine:
    """Solves paintings of one photo with the same settings, again and again.

    Parameters
    ----------
    picture : Picture
        The photo.
    settings : Settings
        How to solve.
    masks : Masks, optional
        What finds the photo's objects.

    Raises
    ------
    InputError
        If the settings do not fit the photo.
    """

    def __init__(self, picture: Picture, settings: Settings, masks: Masks | None = None) -> None:
        if settings.mode == "recolor" and picture.is_gray:
            raise InputError(f"{picture.meta.source}: is grey; recolour mode changes colour photos")
        self.picture, self.settings = picture, settings
        self.step = step_for(picture.shape, PREVIEW_PIXELS)
        self._asked = settings.options()
        own = {o.name: getattr(self._asked, o.name) for o in options_of(SolveOptions)}
        self._options = SolveOptions(**own)
        self._masks = masks or Masks(picture, to_gray(picture))
        self._lock, self._full_lock = threading.Lock(), threading.Lock()
        self._full: Session | None = None
        self._small: tuple[Picture, Session] | None = None
        self._rasters: dict[bool, StrokeRaster] = {}

    def preview(self, strokes: Sequence[Stroke], base: Cues | None, progress: Progress) -> Result:
        """Return the result on the small copy."""
        cues = self.small_cues(strokes, base)
        session = self._copy()[1]
        return self._solved(session, cues, progress)

    def small_cues(self, strokes: Sequence[Stroke], base: Cues | None) -> Cues:
        """Return the cues on the small copy."""
        shape, full = self._copy()[0].shape, self.picture.shape
        if self.step > 1:
            strokes = [s.scaled(shape[1] / full[1], shape[0] / full[0]) for s in strokes]
            base = None if base is None else shrunk_cues(base, self.picture, shape, self.step)
        with self._lock:
            return self._rasters.setdefault(True, StrokeRaster(shape)).cues(strokes, base)

    def full(self, strokes: Sequence[Stroke], base: Cues | None, progress: Progress) -> Result:
        """Return the result at the photo's size, found from the last one."""
        with self._full_lock:  # not the one that previews take: this may be long
            raster = self._rasters.setdefault(False, StrokeRaster(self.picture.shape))
            cues = raster.cues(strokes, base)
            self._full = self._full or Session(
                self.picture, options=self._options.with_objects(self.objects())
            )
        return self._solved(self._full, cues, progress)

    def _solved(self, session: Session, cues: Cues, progress: Progress) -> Result:
        options = self._asked
        if isinstance(options, RecolorOptions) and (~cues.keep).any():
            own = {"keep_outside": options.keep_outside, "whole": options.whole}
            return session.recolor(cues, progress, **own)
        result = session.colorize(cues, progress)
        if self.settings.mode == "recolor":  # nothing is painted: the photo as it is
            return replace(result, picture=session.photo)
        return result

    def warm(self) -> None:
        """Compile what the first stroke will need, while a person still looks at the photo."""
        small, session = self._copy()
        height, width = small.shape
        at = [[height // 3, width // 3], [2 * height // 3, 2 * width // 3]]
        color = [[0.6, 0.4, 0.3], [0.3, 0.4, 0.6]]
        cues = Cues(
            small.shape, np.array(at), np.array(color), np.full(2, np.inf), np.zeros(2, bool)
        )
        if self.settings.mode == "colorize" and min(height, width) > 3:
            session.colorize(cues)
            session.forget()

    def objects(self) -> tuple[Instance, ...] | None:
        """Return the objects at whose borders colours stop; None if none were asked for."""
        return self._masks.of(self._options, self.settings.mode == "recolor")

    def small(self) -> Picture:
        """Return the small copy of the photo."""
        return self._copy()[0]

    def _copy(self) -> tuple[Picture, Session]:
        with self._lock:
            if self._small is None:
                tolerance = max(self._options.tolerance or 0.0, PREVIEW_TOLERANCE)
                small = self._shrunk()
                # So few pixels gain nothing from more threads, which wait for each other.
                options = replace(self._options, tolerance=tolerance, threads=1)
                objects = self.objects()
                if objects is not None:
                    options = options.with_objects(scaled(objects, small.shape))
                if options.solver == "auto" and options.method in _COMPACT:
                    options = replace(options, solver="multigrid")  # warm, it is faster here, too
                self._small = small, Session(small, options=options)
            return self._small

    def _shrunk(self) -> Picture:
        """Return the copy: grey, or in colour where colours are changed."""
        picture = self.picture
        if self.step == 1:
            return picture
        if self.settings.mode == "colorize":
            space = as_space(self._options.space)
            return shrunk(picture, luma_of(picture, space), space, self.step)
        from varcolor.app.frames import eight_bits

        pixels = block_means(eight_bits(picture.pixels), self.step)
        alpha = picture.alpha
        if alpha is not None:
            alpha = np.where(block_means(eight_bits(alpha), self.step) > 0, 255, 0).astype(np.uint8)
        return Picture(pixels, alpha, Meta(source=picture.meta.source))
