"""A photo that is coloured again and again, stroke by stroke.

Weights and everything else that depends on the photo alone is kept; after a new stroke only the
grids near it are made anew, and the search starts from the last colours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from varcolor.backend import get_backend
from varcolor.calls import Call, Calls
from varcolor.checks import whole as whole_number
from varcolor.colorization import rerun, run
from varcolor.cues.cues import Cues
from varcolor.cues.downsample import shrunk_cues
from varcolor.energy.prior import Prior
from varcolor.errors import Cancelled
from varcolor.image.color import as_space
from varcolor.image.downsample import block_sums, shrunk, step_for
from varcolor.image.luma import luma_of
from varcolor.image.picture import PictureLike, as_picture
from varcolor.objects.instance import Instance, scaled
from varcolor.options import RecolorOptions, SolveOptions
from varcolor.options.field import options_of
from varcolor.options.keywords import SessionArguments, method_keywords
from varcolor.pipeline.inputs import Inputs, note_colour, read_inputs
from varcolor.pipeline.kept import Kept
from varcolor.pipeline.objects.instances import objects_in
from varcolor.pipeline.outcome import settle_miss
from varcolor.pipeline.progress import Stages
from varcolor.pipeline.result import Result
from varcolor.prior.given import settled
from varcolor.typing import Progress, Shape

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
    method, **options
        As in `varcolor.colorize` (`varcolor.SolveOptions`); they hold for the whole session.
        ``solver="auto"`` takes the multigrid solver for smaller pictures already: its kernels are
        compiled only once. ``start`` is where the first solve begins.

    Examples
    --------
    >>> session = vc.Session(photo, "harmonic")                    # doctest: +SKIP
    >>> result = session.colorize(cues)                            # doctest: +SKIP
    >>> result = session.colorize(cues | new_stroke)               # doctest: +SKIP
    """

    @method_keywords(SessionArguments, SolveOptions, "Session")
    def __init__(self, photo: PictureLike, options: SolveOptions) -> None:
        self.photo = as_picture(photo)
        space = as_space(options.space)
        prior, confidence = settled(options.prior, options.confidence, self.photo.shape, space)
        backend = get_backend(options.backend)
        own: dict[str, Any] = {"prior": prior, "confidence": confidence}
        if options.reference is not None:
            own["reference"] = as_picture(options.reference, "the reference")
        self.options = replace(options, space=space, backend=backend, **own)
        self.options.make_method()
        self._luma = luma_of(self.photo, space)
        self._kept, self._kept_recolored = Kept(reused=True), Kept(reused=True)
        self._protected = Cues.none(self.photo.shape).protected
        self._small = _Small()
        self._calls = Calls()

    def colorize(
        self, cues: Cues | None, progress: Progress | None = None, *, latest: bool = False
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
            result = self._colorized(call, cues, progress)
        return settle_miss(result, self.options.on_miss, 3)

    def recolor(
        self,
        cues: Cues | None,
        progress: Progress | None = None,
        *,
        keep_outside: bool = False,
        whole: bool = False,
        latest: bool = False,
        **palette: Any,
    ) -> Result:
        """Change colours of a colour photo, as `varcolor.recolor` does.

        Parameters
        ----------
        cues : Cues or None
            All cues, not only the new ones; None with a palette.
        progress, latest
            As in `colorize`.
        keep_outside, whole : bool
            As in `varcolor.recolor`.
        **palette
            ``palette``, ``palette_from``, ``scheme``, ``transfer`` and what goes with them, as in
            `varcolor.recolor`.

        Raises
        ------
        InputError
            If the photo is grey, and as in `varcolor.recolor`.
        Cancelled
            As in `colorize`.
        """
        own = {o.name: getattr(self.options, o.name) for o in options_of(SolveOptions)}
        options = RecolorOptions(**own, keep_outside=keep_outside, whole=whole, **palette)
        with self._calls.turn(self, latest) as call:
            stages = Stages(_watched(call, progress))
            inputs = self._read(cues)
            with self._keeping(call):
                result = rerun(inputs, options, stages, self._kept_recolored)
        return settle_miss(result, self.options.on_miss, 3)

    def preview(
        self,
        cues: Cues | None,
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
        whole_number("max_pixels", max_pixels, 1)
        step = step_for(self.photo.shape, int(max_pixels))
        if step == 1:
            return self.colorize(cues, progress, latest=latest)
        with self._calls.turn(self._small, latest) as call:
            small = self._small.of(self, step)
            known = Cues.none(self.photo.shape) if cues is None else cues
            fewer = shrunk_cues(known, self.photo, small.photo.shape, step)
            return small._colorized(call, fewer, progress, f"a preview at 1/{step} of the size")

    def cancel(self) -> None:
        """Stop all calls of other threads that have not ended, waiting ones included, soon.

        None of them returns a result any more. If there are none, the next call is stopped: it may
        be on its way in another thread. To replace what is going on by a new call, do not cancel,
        but make the call with ``latest=True``.
        """
        self._calls.cancel()

    def forget(self) -> None:
        """Drop what is kept from solve to solve; it is made anew when it is needed."""
        self._kept, self._kept_recolored = Kept(reused=True), Kept(reused=True)

    def _colorized(
        self, call: Call, cues: Cues | None, progress: Progress | None, *notes: str
    ) -> Result:
        stages = Stages(_watched(call, progress))
        inputs = self._read(cues)
        note_colour(inputs)
        inputs.notes.extend(notes)
        with self._keeping(call):
            return run(inputs, self.options, stages, self._kept)

    def _read(self, cues: Cues | None) -> Inputs:
        """Return the inputs of a call; for another protected part all weights are made anew."""
        inputs = read_inputs(self.photo, cues, self.options.space, self._luma)
        if not np.array_equal(inputs.cues.protected, self._protected):
            self.forget()
            self._protected = inputs.cues.protected
        return inputs

    @contextmanager
    def _keeping(self, call: Call) -> Iterator[None]:
        """Keep what a call leaves, unless it failed in the middle of something."""
        try:
            yield
            call.check()
        except Cancelled:  # raised between two steps, where all that is kept is right
            raise
        except BaseException:
            self.forget()
            raise

    def _objects_at(self, shape: Shape) -> tuple[Instance, ...] | None:
        """Return the photo's objects in a smaller copy."""
        if self.options.objects is None:
            return None
        if self._kept.instances is None:
            self._kept.instances = tuple(objects_in(self.photo, self.options, colour=False))
        return scaled(self._kept.instances, shape)

    def _smaller(self, step: int) -> SolveOptions:
        """Return the options of a session on a copy that is ``step`` times smaller."""
        prior, confidence = self.options.prior, self.options.confidence
        if isinstance(prior, Prior):
            count = block_sums(np.ones(prior.shape), step)
            mean = [block_sums(prior.chroma[..., k], step) / count for k in range(2)]
            trust = block_sums(prior.confidence, step)
            prior = replace(prior, chroma=np.stack(mean, axis=2), confidence=trust)
        if isinstance(confidence, np.ndarray):
            confidence = block_sums(confidence, step)
        tolerance = max(self.options.tolerance or 0.0, PREVIEW_TOLERANCE)
        own: dict[str, Any] = {"prior": prior, "confidence": confidence}
        return replace(self.options, tolerance=tolerance, start=None, on_miss="ignore", **own)


@dataclass(slots=True, eq=False)
class _Small:
    """The smaller copy of a photo that previews are made of."""

    step: int = 0
    session: Session | None = None

    def of(self, session: Session, step: int) -> Session:
        """Return a session on a copy that is ``step`` times smaller."""
        if self.session is None or self.step != step:
            space = as_space(session.options.space)
            photo = shrunk(session.photo, session._luma, space, step)
            options = session._smaller(step).with_objects(session._objects_at(photo.shape))
            self.session = Session(photo, options=options)
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
