"""A photo that is coloured again and again, stroke by stroke.

Weights and everything else that depends on the photo alone is kept; after a new stroke only the
grids near it are made anew, and the search starts from the last colours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from varcolor.backend import Backend, get_backend
from varcolor.calls import Call, Calls
from varcolor.checks import whole
from varcolor.cues.cues import Cues
from varcolor.energy.prior import Loss, Prior
from varcolor.errors import Cancelled
from varcolor.image.color import Space, as_space
from varcolor.image.luma import luma_of
from varcolor.image.picture import Meta, Picture, PictureLike, as_picture
from varcolor.job import Job, Kept
from varcolor.methods import Method
from varcolor.plan import MAX_STEPS, Guess, LumaLaw, Plan, check_tolerance
from varcolor.prior.given import Confidence, Given, settled
from varcolor.solve.result import Result
from varcolor.solve.solver import Solver
from varcolor.typing import Array, FloatArray, Progress

#: Tolerance of a preview, in 1/255. Most previews are ten times better.
PREVIEW_TOLERANCE = 8.0


class Session:
    """Work on one photo.

    A session may be used from several threads. Its calls of `colorize` run one after the other, in
    the order in which they came, and so do those of `preview`; a preview and a full solve run at
    the same time. In a forked process it goes on as it was.

    Parameters
    ----------
    photo : Picture or ndarray
        Grey photo, or a colour photo that is reduced to its luma.
    method, space, solver, backend, tolerance, max_steps, threads, memory, prior, confidence,
    loss, luma
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
        method: str | Method = "auto",
        *,
        space: str | Space = "yuv",
        solver: str | Solver = "auto",
        backend: str | Backend = "auto",
        tolerance: float | None = None,
        max_steps: int = MAX_STEPS,
        threads: int | None = None,
        memory: float | str | None = None,
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
        own = method, solver, device, tolerance, max_steps, threads, True, guess
        self._plan = Plan(*own, memory, luma)
        self._plan.make_method()
        self._luma = luma_of(self.photo, self._space)
        self._kept = Kept()
        self._small = _Small()
        self._calls = Calls()

    def colorize(
        self, cues: Cues, progress: Progress | None = None, *, latest: bool = False
    ) -> Result:
        """Colour the photo from all cues that there are by now.

        Parameters
        ----------
        cues : Cues
            All cues, not only the new ones.
        progress : Progress, optional
            See `varcolor.typing.Progress`. It may call `cancel`, but not ask this session for more.
        latest : bool
            Whether this makes earlier calls of `colorize` that have not ended pointless: they raise
            Cancelled. That is what a page for painting wants after each stroke.

        Raises
        ------
        Cancelled
            If `cancel` was called meanwhile or just before (see there), or a later call with
            ``latest`` came. The session can be used further.
        InputError
            If it is called by ``progress`` of another call of this session.
        """
        with self._calls.turn(self, latest) as call:
            return self._work(call, cues, progress)

    def preview(
        self,
        cues: Cues,
        max_pixels: int = 250_000,
        progress: Progress | None = None,
        *,
        latest: bool = False,
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
        latest : bool
            As in `colorize`, for earlier previews.

        Returns
        -------
        Result
            Of the smaller size, and with a note that says so.

        Raises
        ------
        Cancelled, InputError
            As in `colorize`.
        """
        whole("max_pixels", max_pixels, 1)
        step = math.ceil(math.sqrt(self._luma.size / max_pixels))
        while _blocks(self.photo.shape[0], step) * _blocks(self.photo.shape[1], step) > max_pixels:
            step += 1
        if step == 1:
            return self.colorize(cues, progress, latest=latest)
        with self._calls.turn(self._small, latest) as call:
            small = self._small.of(self, step)
            fewer = _shrunk_cues(cues, self.photo, small.photo.shape, step)
            return small._work(call, fewer, progress, f"a preview at 1/{step} of the size")

    def cancel(self) -> None:
        """Stop all calls of other threads that have not ended, waiting ones included, soon.

        None of them returns a result any more. If there are none, the next call is stopped: it may
        be on its way in another thread. To replace what is going on by a new call, do not cancel,
        but make the call with ``latest=True``.
        """
        self._calls.cancel()

    def forget(self) -> None:
        """Drop what is kept from solve to solve; it is made anew when it is needed."""
        self._kept = Kept()

    def _work(self, call: Call, cues: Cues, progress: Progress | None, *notes: str) -> Result:
        watched = _watched(call, progress)
        job = Job.start(self.photo, cues, self._space, watched, self._kept, self._luma)
        job.note_colour()
        job.notes += notes
        try:
            result = job.run(self._plan)
            call.check()
        except Cancelled:  # raised between two steps, where all that is kept is right
            raise
        except BaseException:
            self.forget()
            raise
        return result

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
            "memory": plan.memory,
            "luma": plan.luma,
        }


@dataclass(slots=True, eq=False)
class _Small:
    """The smaller copy of a photo that previews are made of."""

    step: int = 0
    session: Session | None = None

    def of(self, session: Session, step: int) -> Session:
        """Return a session on a copy that is ``step`` times smaller."""
        if self.session is None or self.step != step:
            photo = _shrunk(session.photo, session._luma, session._space, step)
            self.session = Session(photo, **session._options(step))
            self.step = step
        return self.session

    def forget(self) -> None:
        """Drop it."""
        self.session = None


def _watched(call: Call, progress: Progress | None) -> Progress:
    """Return what reports the progress of a call, and stops it."""

    def watched(stage: str, fraction: float, preview: Callable[[], Any] | None = None) -> None:
        call.check()
        if progress is not None:
            progress(stage, fraction, preview)
            call.check()

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
    places = places.astype(np.int32)
    return Cues(shape, places, color.astype(np.float32), weight, none, cues.notes)
