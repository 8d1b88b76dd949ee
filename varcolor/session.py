"""A photo that is coloured again and again, stroke by stroke.

Weights and everything else that depends on the photo alone is kept; after a new stroke only the
grids near it are made anew, and the search starts from the last colours.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from varcolor.backend import Backend, get_backend
from varcolor.checks import whole
from varcolor.cues.cues import Cues
from varcolor.energy.prior import Loss, Prior
from varcolor.errors import Cancelled
from varcolor.image.color import Space, as_space
from varcolor.image.luma import luma_of
from varcolor.image.picture import Meta, Picture, PictureLike, as_picture
from varcolor.job import MAX_STEPS, Guess, Job, Kept, LumaLaw, Plan, check_tolerance
from varcolor.methods import Method
from varcolor.prior.given import Confidence, Given, settled
from varcolor.solve.base import Solver
from varcolor.solve.result import Result
from varcolor.typing import Array, FloatArray, Progress

#: Tolerance of a preview, in 1/255. Most previews are ten times better.
PREVIEW_TOLERANCE = 8.0


class Session:
    """Work on one photo.

    Parameters
    ----------
    photo : Picture or ndarray
        Grey photo, or a colour photo that is reduced to its luma.
    method, space, solver, backend, tolerance, max_steps, threads, prior, confidence, loss, luma
        As in `varcolor.colorize`; they hold for the whole session. ``solver="auto"`` takes the
        multigrid solver for smaller pictures already: its kernels are compiled only once.

    Examples
    --------
    >>> session = vc.Session(photo, "harmonic")                    # doctest: +SKIP
    >>> result = session.colorize(cues)                            # doctest: +SKIP
    >>> result = session.colorize(cues | new_stroke)               # doctest: +SKIP
    """

    def __init__(
        self,
        photo: PictureLike,
        method: str | Method = "levin",
        *,
        space: str | Space = "yuv",
        solver: str | Solver = "auto",
        backend: str | Backend = "auto",
        tolerance: float | None = None,
        max_steps: int = MAX_STEPS,
        threads: int | None = None,
        prior: Given = None,
        confidence: Confidence = None,
        loss: Loss = "square",
        luma: LumaLaw = "keep",
    ) -> None:
        check_tolerance(tolerance)
        self.photo = as_picture(photo)
        self._space = as_space(space)
        guess = Guess(*settled(prior, confidence, self.photo.shape, self._space), loss)
        device = get_backend(backend)
        self._plan = Plan(method, solver, device, tolerance, max_steps, threads, True, guess, luma)
        self._plan.make_method()
        self._luma = luma_of(self.photo, self._space)
        self._kept = Kept()
        self._small: tuple[int, Session] | None = None
        self._stop = threading.Event()

    def colorize(self, cues: Cues, progress: Progress | None = None) -> Result:
        """Colour the photo from all cues that there are by now.

        Parameters
        ----------
        cues : Cues
            All cues, not only the new ones.
        progress : Progress, optional
            See `varcolor.typing.Progress`.

        Raises
        ------
        Cancelled
            If `cancel` was called meanwhile; the session can be used further.
        """
        return self._run(cues, progress)

    def preview(
        self, cues: Cues, max_pixels: int = 250_000, progress: Progress | None = None
    ) -> Result:
        """Do the same on a smaller copy of the photo, by the same code, to 8/255 at most.

        Parameters
        ----------
        cues : Cues
            Cues for the photo at its full size. Cues that fall on one pixel are averaged.
        max_pixels : int
            Largest size of the copy.
        progress : Progress, optional
            See `varcolor.typing.Progress`.

        Returns
        -------
        Result
            Of the smaller size, and with a note that says so.
        """
        whole("max_pixels", max_pixels, 1)
        step = math.ceil(math.sqrt(self._luma.size / max_pixels))
        while _blocks(self.photo.shape[0], step) * _blocks(self.photo.shape[1], step) > max_pixels:
            step += 1
        if step == 1:
            return self.colorize(cues, progress)
        if self._small is None or self._small[0] != step:
            small = Session(
                _shrunk(self.photo, self._luma, self._space, step), **self._options(step)
            )
            self._small = step, small
        small = self._small[1]
        small._stop = self._stop  # one button stops both
        fewer = _shrunk_cues(cues, self.photo, small.photo.shape, step)
        return small._run(fewer, progress, f"a preview at 1/{step} of the size")

    def cancel(self) -> None:
        """Stop the work that another thread does in this session, soon."""
        self._stop.set()

    def _run(self, cues: Cues, progress: Progress | None, *notes: str) -> Result:
        self._stop.clear()
        watched = self._watched(progress)
        job = Job.start(self.photo, cues, self._space, watched, self._kept, self._luma)
        job.note_colour()
        job.notes += notes
        return job.run(self._plan)

    def _options(self, step: int) -> dict[str, Any]:
        """Return the options of a session on a copy that is ``step`` times smaller."""
        plan, guess = self._plan, self._plan.guess
        prior, confidence = guess.prior, guess.confidence
        if isinstance(prior, Prior):
            count = _sums(np.ones(prior.shape), step)
            mean = [_sums(prior.chroma[..., k], step) / count for k in range(2)]
            trust = _sums(prior.confidence, step)
            prior = replace(prior, chroma=np.stack(mean, axis=2), confidence=trust)
        if isinstance(confidence, np.ndarray):
            confidence = _sums(confidence, step)
        return {
            "prior": prior,
            "confidence": confidence,
            "loss": guess.loss,
            "method": plan.method,
            "space": self._space,
            "solver": plan.solver,
            "backend": plan.backend,
            "tolerance": max(plan.tolerance or 0.0, PREVIEW_TOLERANCE),
            "max_steps": plan.max_steps,
            "threads": plan.threads,
            "luma": plan.luma,
        }

    def _watched(self, progress: Progress | None) -> Progress:
        def watched(stage: str, fraction: float, preview: Callable[[], Any] | None = None) -> None:
            if self._stop.is_set():
                raise Cancelled("the work was cancelled")
            if progress is not None:
                progress(stage, fraction, preview)

        return watched


def _blocks(length: int, step: int) -> int:
    return -(-length // step)


def _sums(values: FloatArray, step: int) -> FloatArray:
    """Return sums over blocks of ``step`` pixels a side; the last ones may be smaller."""
    rows = np.add.reduceat(values, np.arange(0, values.shape[0], step), axis=0)
    return np.asarray(np.add.reduceat(rows, np.arange(0, values.shape[1], step), axis=1))


def _shrunk(photo: Picture, luma: FloatArray, space: Space, step: int) -> Picture:
    """Return a grey photo of block means, in the depth of the photo."""
    seen = np.ones(photo.shape) if photo.visible is None else photo.visible.astype(np.float64)
    count = _sums(seen, step)
    mean = _sums(luma * seen, step) / np.maximum(count, 1)
    gray = np.clip(space.gray_of_luma(mean), 0, 1)
    dtype = photo.pixels.dtype
    if dtype.kind == "u":
        gray = np.rint(gray * np.iinfo(dtype).max)
    alpha = None
    if photo.visible is not None:
        most = np.iinfo(dtype).max if dtype.kind == "u" else 1
        alpha = np.where(count > 0, most, 0).astype(dtype)
    return Picture(gray.astype(dtype), alpha, Meta(source=photo.meta.source))


def _shrunk_cues(cues: Cues, photo: Picture, shape: tuple[int, int], step: int) -> Cues:
    """Return the means of the cues on every block; a block with an exact cue is exact."""
    cues.must_fit(photo)
    if not len(cues):
        return Cues.none(shape)
    own = cues.color.astype(np.float64)
    kept = cues.at[cues.keep]
    if len(kept) and not photo.is_gray:
        own[cues.keep] = photo.pixels[kept[:, 0], kept[:, 1]] / photo.maximum
    flat = (cues.at[:, 0] // step) * shape[1] + cues.at[:, 1] // step
    at = np.flatnonzero(np.bincount(flat, minlength=shape[0] * shape[1]))

    def sums(values: Array) -> FloatArray:
        return np.asarray(np.bincount(flat, values, shape[0] * shape[1])[at], np.float64)

    exact = np.isinf(cues.weight)
    share = np.where(exact, 1e12, cues.weight.astype(np.float64))
    color = np.stack([sums(share * own[:, k]) for k in range(3)], axis=1) / sums(share)[:, None]
    weight = sums(np.where(exact, 0, cues.weight)).astype(np.float32)
    weight[sums(exact) > 0] = np.inf
    places = np.stack(np.divmod(at, shape[1]), axis=1)
    none = np.zeros(len(at), bool)
    return Cues(shape, places.astype(np.int32), color.astype(np.float32), weight, none)
