"""One run of the front door: inputs made uniform, the problem stated, solved and rendered.

photo ─ luma, visible ─┐
cues ─ chroma ─────────┤
prior ─ chroma, trust ─┤
method ── Problem ── solver ── chroma ── render ── Result
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from varcolor.backend import CPU, Backend, get_backend
from varcolor.checks import whole
from varcolor.cues.cues import Cues
from varcolor.energy.prior import Data, Prior
from varcolor.energy.problem import Problem, ProblemSummary, Term
from varcolor.errors import CueError, InputError
from varcolor.image.color import Space, as_space, oklab
from varcolor.image.luma import luma_of, row_blocks
from varcolor.image.picture import Picture, PictureLike, as_picture
from varcolor.image.render import Rendering, render
from varcolor.lightness import far_colors
from varcolor.methods import Method
from varcolor.pipeline.isolated_cues import drowned
from varcolor.pipeline.object_share import share_of_object
from varcolor.pipeline.recolor_mask import painted_regions
from varcolor.plan import Guess, Plan, check_tolerance
from varcolor.prior.base import Scene
from varcolor.prior.given import chroma_of, source_of
from varcolor.solve.majorize_minimize import solve_robust
from varcolor.solve.result import Result, Solution, Status, nothing_known
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.selection import choose_device, load_kernels
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import Array, BoolArray, FloatArray, Progress

#: Default tolerances in 1/255: no 8-bit level more than one off; 16 bit and float to a fiftieth.
TOLERANCE = {np.dtype(np.uint8): 0.5}
FINE_TOLERANCE = 0.02
_PREVIEW_SIDE = 512
#: Where the losses huber and l1 of a prior begin to forgive, as a part of the chroma's range.
SMALL_ERROR = 0.02


@dataclass(slots=True, eq=False)
class Kept:
    """What is kept from one solve of a photo to the next."""

    terms: tuple[Term, ...] | None = None
    solver: str = ""
    state: Any = None
    chroma: Array | None = None


@dataclass(slots=True, eq=False)
class Job:
    """One run of the front door: inputs made uniform, notes and times collected."""

    photo: Picture
    cues: Cues
    space: Space
    luma: FloatArray
    progress: Progress | None
    notes: list[str]
    kept: Kept | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)
    done: float = 0.0

    @classmethod
    def start(
        cls,
        photo: PictureLike,
        cues: Cues | None,
        space: str | Space,
        progress: Progress | None,
        kept: Kept | None = None,
        luma: FloatArray | None = None,
    ) -> Job:
        picture = as_picture(photo)
        space = as_space(space)
        cues = Cues.none(picture.shape) if cues is None else cues
        if not isinstance(cues, Cues):
            raise CueError(f"cues of type {type(cues).__name__}; expected Cues (see vc.Cues)")
        cues.must_fit(picture)
        if cues.keep.any() and picture.is_gray:
            raise CueError(
                f"{picture.meta.source}: is grey; keep strokes need the colours of a colour photo"
            )
        notes = [*picture.meta.notes, *cues.notes]
        visible = picture.visible
        if visible is not None:
            seen = visible[cues.at[:, 0], cues.at[:, 1]]
            if not seen.all():
                notes.append(f"{(~seen).sum()} cues on transparent pixels are left out")
                cues = cues.select(seen)
        luma = luma_of(picture, space) if luma is None else luma
        return cls(picture, cues, space, luma, progress, notes, kept)

    def note_colour(self) -> None:
        """Say what becomes of a photo that is not stored as grey."""
        if self.photo.is_gray:
            return
        values = self.photo.pixels
        if (values[..., 0] != values[..., 1]).any() or (values[..., 1] != values[..., 2]).any():
            self.notes.append(
                f"a colour photo: only its luma ({self.space.name}) is used; to change some of its "
                "colours and keep the rest, use recolor"
            )

    @contextmanager
    def stage(self, name: str, until: float) -> Iterator[None]:
        """Time a stage and report its end, at this fraction of the whole."""
        self.report(name, self.done)
        begin = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin
        self.report(name, until)

    def report(self, stage: str, fraction: float, preview: Any = None) -> None:
        self.done = max(self.done, min(fraction, 1.0))
        if self.progress is not None:
            self.progress(stage, self.done, preview)

    def find_object(self, plan: Plan) -> FloatArray:
        """Return the share (H, W) of the object under the paint; what is kept is no cue after."""
        height, width = self.photo.shape
        problem = ProblemSummary(height * width)
        solver, _ = replace(plan, solver="auto").choose(problem)
        load_kernels(solver, problem, lambda what: self.report(what, 0.0))
        with self.stage("object", 0.3):
            lab = np.empty((height, width, 3))
            for rows in row_blocks(height, width):
                lab[rows, :, 0], lab[rows, :, 1:] = oklab.split(self.photo.as_float(rows))
            flat, keep = self.cues.flat, self.cues.keep
            share = share_of_object(lab, self.photo.visible, flat[~keep], flat[keep], solver)
        self.cues = self.cues.select(~keep)
        part = (share > 0.5).mean()
        amount = f"{part:.0%}" if part >= 0.01 else f"{part:.2%}"
        self.notes.append(
            f"one thing was recoloured: {amount} of the photo; whole (--whole) colours everything"
        )
        return share

    def run(
        self, plan: Plan, keep_outside: bool = False, share: FloatArray | None = None
    ) -> Result:
        """Solve and render; with a ``share`` (H, W), that much of the photo's own chroma goes."""
        method, backend = plan.make_method(), get_backend(plan.backend)
        goal = self._goal(plan.tolerance, plan.max_steps)
        cues, prior = self._known(method.prior, plan.guess)
        known = len(cues.at) > 0 or prior is not None
        start = None if self.kept is None else self.kept.chroma
        if plan.guess.start is not None:
            start = chroma_of(plan.guess.start, self.photo.shape, self.space, "the start")
        terms, problem = self._terms(method, known)
        held = self.photo.pixels.nbytes + self.luma.nbytes

        def announce(what: str) -> None:
            self.report(what, 0.0)

        def solve(solver: Solver) -> tuple[Solution, BoolArray | None]:
            load_kernels(solver, problem, announce)
            return self._solve(terms, solver, goal, cues, prior, start, keep_outside)

        chosen, reason = choose_device(backend, plan.solver, problem)
        solved = None
        if chosen is not None and known:
            try:
                solved = solve(chosen)
            except MemoryError:
                chosen, reason = None, f"{backend.name}: out of memory, solved on the CPU"
        place = CPU if chosen is None else backend
        if chosen is None:
            self.notes += [reason] if reason else []
            chosen, reason = plan.choose(problem, held)
        if known:
            solution, outside = solve(chosen) if solved is None else solved
            if solution.status is Status.STAGNATED and (
                solved is not None or plan.solver == "auto"
            ):
                other = plan.choose_again(chosen.name, problem, held, not place.on_host)
                if other is not None:
                    self.notes.append(
                        f"{chosen.name}{'' if place.on_host else f' on {place.label}'} lost its "
                        f"way: solved by {other.name}, slower"
                    )
                    chosen, place = other, CPU
                    solution, outside = solve(other)
        else:
            solution, outside = nothing_known(self.photo.shape, self.photo.visible), None
        chroma = solution.u.astype(np.float32, copy=False)
        if self.kept is not None:
            self.kept.chroma = chroma.copy()
        chroma, keep = self._with_own(chroma, outside, share)
        with self.stage("colour", 1.0):
            there = solution.on_device if share is None and plan.luma == "keep" else None
            rendering = self._rendered(place, there, chroma, keep, plan)
        self._note_shape(method, problem, cues, solution)
        if rendering.moved is not None and rendering.moved.any():
            count = int(rendering.moved.sum())
            self.notes.append(
                f"{count} pixels ({count / keep.size:.1%}): luma lowered, so that their colour "
                "can be shown (luma: fit)"
            )
        self.notes += far_colors(self.cues, self.luma, rendering, self.space)
        self._note_outcome(solution.status, solution.unreached & ~keep, rendering.reduced)
        self.seconds["total"] = time.perf_counter() - self.began
        picture = replace(
            rendering.picture, meta=replace(rendering.picture.meta, notes=tuple(self.notes))
        )
        return Result(
            picture,
            chroma,
            self.space.name,
            method.name,
            solution.status,
            solution.steps,
            solution.residual,
            solution.error,
            self.seconds,
            solution.energies,
            chosen.name,
            place.name,
            tuple(self.notes),
            solution.gap,
            keep | solution.unreached | ~self._visible(),
            "" if prior is None else prior.reason,
        )

    def _terms(self, method: Method, known: bool) -> tuple[tuple[Term, ...], ProblemSummary]:
        """Return the terms, whose weights are not computed yet, and what solvers are chosen by."""
        terms = None if self.kept is None else self.kept.terms
        terms = terms or method.terms(self.luma, self.photo.visible)
        count = self.luma.size - int(np.isinf(self.cues.weight).sum()) if known else 0
        return terms, ProblemSummary(count, tuple(term.summary for term in terms))

    def _with_own(
        self, chroma: Array, outside: BoolArray | None, share: FloatArray | None
    ) -> tuple[Array, BoolArray]:
        """Return the chroma with the photo's own where that is kept, and where it is, (H, W)."""
        keep = np.zeros(self.photo.shape, bool) if outside is None else outside
        if share is not None:
            keep = share == 0
        keep.flat[self.cues.flat[self.cues.keep]] = True
        own = keep if share is None else share < 1
        if own.any():
            chroma = chroma.copy()
            there = self.space.split(self.photo.pixels[own] / self.photo.maximum)[1]
            part = 0.0 if share is None else share[own, None]
            chroma[own] = there + part * (chroma[own] - there)
        return chroma, keep

    def _rendered(
        self, place: Backend, there: Any, chroma: Array, keep: BoolArray, plan: Plan
    ) -> Rendering:
        """Return the coloured picture; ``there`` is the chroma on the device that found it."""
        if not place.on_host and there is not None:
            with suppress(MemoryError):
                own = (self.photo, self.luma, there, self.space, keep)
                return render(*own, backend=place)
        fit = plan.luma == "fit"
        return render(self.photo, self.luma, chroma, self.space, keep, plan.threads, fit)

    def _known(self, own: str, guess: Guess) -> tuple[Data, Prior | None]:
        """Return the cues and the prior; ``own`` is the method's, if none is given."""
        cues = Data(self.cues.flat, self.cues.weight.astype(np.float64), self._chroma_of_cues())
        given = own if guess.prior is None else guess.prior
        source = source_of(given, guess.confidence, self.photo.shape, self.space)
        if source is None and guess.loss != "square":
            raise InputError("a loss without a prior: name a prior, too")
        if source is None or (not isinstance(source, Prior) and not len(cues.at)):
            return cues, None
        if not isinstance(source, Prior):
            with self.stage("prior", 0.05):
                source = source.prior(Scene(self.luma, self.photo.visible, self.space, cues))
        if guess.loss == "square":
            return cues, source
        width = SMALL_ERROR * (100.0 if self.space.name == "lab" else 1.0)
        return cues, replace(source, loss=guess.loss, width=width)

    def _solve(
        self,
        terms: tuple[Term, ...],
        solver: Solver,
        goal: Goal,
        cues: Data,
        prior: Prior | None,
        start: FloatArray | None,
        keep_outside: bool,
    ) -> tuple[Solution, BoolArray | None]:
        """Return the chroma of every pixel, and which pixels lie outside of painted regions."""
        kept = Kept() if self.kept is None else self.kept
        with self.stage("weights", 0.1):
            kept.terms = terms
            shape, visible = self.photo.shape, self.photo.visible
            data = cues if prior is None else cues.with_prior(prior, visible)
            problem = Problem(shape, visible, kept.terms, data.at, data.weight)
        with self.stage("prepare", 0.45):
            before = kept.state if kept.solver == solver.name else None
            kept.state = None  # so that nothing is held twice
            state = solver.prepare(problem, before)
            kept.state, kept.solver = state, solver.name
        outside = None
        if keep_outside:
            with self.stage("regions", 0.6):
                # Regions are divided between cues alone: what is expected there has no say.
                alone = Problem(shape, visible, kept.terms, cues.at, cues.weight)
                of_cues = state if prior is None else solver.prepare(alone)
                outside = ~painted_regions(self.cues, solver, of_cues)
        with self.stage("solve", 0.95):
            goal = replace(goal, slope=self._levels(goal.tolerance).slope(data.values))
            if prior is None or prior.loss == "square":
                return solver.run(state, data.values, start, goal), outside

            def solve(now: Data, near: FloatArray | None) -> Solution:
                if near is None:
                    return solver.run(kept.state, now.values, start, goal)
                weights = Problem(shape, visible, terms, now.at, now.weight)
                kept.state = solver.prepare(weights, kept.state)
                return solver.run(kept.state, now.values, near, goal)

            return solve_robust(solve, cues, prior, visible, goal), outside

    def _chroma_of_cues(self) -> FloatArray:
        """Return the chroma (N, 2) of the cues; keep cues have the photo's own."""
        color = self.cues.color.astype(np.float64)
        at = self.cues.at[self.cues.keep]
        if len(at):
            color[self.cues.keep] = self.photo.pixels[at[:, 0], at[:, 1]] / self.photo.maximum
        return self.space.split(color)[1]

    def _goal(self, tolerance: float | None, max_steps: int) -> Goal:
        check_tolerance(tolerance)
        if tolerance is None:
            tolerance = TOLERANCE.get(self.photo.pixels.dtype, FINE_TOLERANCE)
        whole("max_steps", max_steps, 1)

        def report(fraction: float, u: Any = None) -> None:
            self.report(
                "solve", 0.45 + 0.5 * fraction, None if u is None else lambda: self._preview(u())
            )

        return Goal(tolerance, max_steps, self._levels(tolerance), report)

    def _levels(self, tolerance: float) -> RgbLevels:
        return RgbLevels(self.space, self.luma, tolerance)

    def _preview(self, chroma: FloatArray) -> Picture:
        """Return the present state as a picture of at most 512 pixels a side."""
        step = -(-max(self.photo.shape) // _PREVIEW_SIDE)
        part = (slice(None, None, step), slice(None, None, step))
        small = Picture(np.ascontiguousarray(self.photo.pixels[part]), None, self.photo.meta)
        return render(small, self.luma[part], chroma[part], self.space).picture

    def _visible(self) -> BoolArray:
        visible = self.photo.visible
        return np.ones(self.photo.shape, bool) if visible is None else visible

    def _note_shape(
        self, method: Method, problem: ProblemSummary, cues: Data, solution: Solution
    ) -> None:
        """Say where an energy with norms leaves slopes open or gives cues up."""
        if solution.loose is not None:
            self.notes.append(
                f"{solution.loose.sum()} pixels ({solution.loose.mean():.1%}) lie in parts whose "
                "cues are on one line: the slope of colour is free across it, and none was taken; "
                "add a cue beside the line"
            )
        if problem.quadratic or not len(cues.at):
            return
        at = np.stack(np.divmod(cues.at, self.photo.shape[1]), axis=1)
        if lost := drowned(at, cues.values, solution.u):
            row, column = lost[0]
            self.notes.append(
                f"{len(lost)} cues colour nothing but themselves (the first at column {column}, "
                f"row {row}): {method.name} gives isolated points up; draw strokes, or use the "
                "method auto"
            )

    def _note_outcome(self, status: Status, unreached: BoolArray, reduced: BoolArray) -> None:
        count = int(unreached.sum())
        if not len(self.cues) and np.array_equal(unreached, self._visible()):
            self.notes.append("no cues: the picture stays grey; give it some colours")
        elif count:
            self.notes.append(
                f"{count} pixels ({count / unreached.size:.1%}) are reached by no cue: left grey; "
                "put a colour there"
            )
        count = int(reduced.sum())
        if count:
            cued = int(reduced[self.cues.at[:, 0], self.cues.at[:, 1]].sum())
            self.notes.append(
                f"{count} pixels ({count / reduced.size:.1%}), {cued} of them cues: colour "
                "made paler, for sRGB has none so strong at their lightness"
            )
        if status is not Status.CONVERGED:
            self.notes.append(f"{status}: {status.explanation}")
