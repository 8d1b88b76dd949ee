"""The problem of a run solved: a solver chosen, run, and replaced where it cannot go on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from varcolor.backend import CPU, Backend, get_backend
from varcolor.backend.memory import budget
from varcolor.energy.prior import Data, Prior
from varcolor.energy.problem import Problem, ProblemSummary, Term
from varcolor.energy.stencil import Stencil
from varcolor.energy.weighted import bare_term
from varcolor.image.picture import Picture
from varcolor.image.render import render
from varcolor.methods import Method
from varcolor.objects.instance import Instance
from varcolor.options.network import is_network
from varcolor.options.solve import SolveOptions
from varcolor.pipeline.answered import answered, network_method
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.kept import Kept
from varcolor.pipeline.objects.instances import BORDER_BYTES, scoped_objects, terms_of
from varcolor.pipeline.progress import Stages
from varcolor.pipeline.recoloring.recolor_mask import painted_regions
from varcolor.prior.given import chroma_of
from varcolor.solve.majorize_minimize import solve_robust
from varcolor.solve.result import Solution, Status, nothing_known
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.selection import choose, choose_device, load_kernels, replacement
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import Array, BoolArray, FloatArray

#: Default tolerances in 1/255: no 8-bit level more than one off; 16 bit and float to a fiftieth.
TOLERANCE = {np.dtype(np.uint8): 0.5}
FINE_TOLERANCE = 0.02
_PREVIEW_SIDE = 512
#: Bytes per pixel that a prior takes beside a solver.
PRIOR_BYTES = 68.0


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """What a run found, before it is rendered."""

    solution: Solution
    """Its ``u`` is (H, W, 2) float32."""
    problem: ProblemSummary
    solver: str
    backend: Backend
    outside: BoolArray | None = None
    """(H, W): pixels outside of painted regions; None if that was not asked for."""


def solve(
    inputs: Inputs,
    method: Method,
    cues: Data,
    prior: Prior | None,
    options: SolveOptions,
    kept: Kept,
    stages: Stages,
    instances: tuple[Instance, ...] = (),
    keep_outside: bool = False,
) -> Solved:
    """Return the chroma that minimises the method's energy.

    Parameters
    ----------
    inputs, method, cues, prior
        What is known, and what is minimised.
    options : SolveOptions
        How exactly, and where.
    kept : Kept
        What earlier solves of this photo have left; it is renewed.
    stages : Stages
        Told about the stages ``weights``, ``prepare``, ``regions`` and ``solve``.
    instances : tuple of Instance
        The photo's objects, across whose borders weights are lowered.
    keep_outside : bool
        Whether to find what lies outside of painted regions.

    Raises
    ------
    BackendError
        If the photo does not fit into memory, or there is no GPU where one is asked for.
    """
    if hasattr(method, "answer"):
        solution = answered(method, inputs, cues, stages, options, instances)
        return Solved(_single(solution), ProblemSummary(0), "none", CPU)
    backend = get_backend(options.backend)
    known = len(cues.at) > 0 or prior is not None
    scoped = scoped_objects(inputs, cues, options, instances)
    if scoped != kept.scoped:
        kept.terms = kept.state = None
        kept.scoped = scoped
    make = partial(terms_of, method, inputs, options.cut, instances, scoped)
    kept.terms = kept.terms or make()
    unknowns = inputs.luma.size - int(np.isinf(cues.weight).sum()) if known else 0
    forms, beside = (
        tuple(term.summary for term in kept.terms),
        (0.0 if prior is None else PRIOR_BYTES) + (BORDER_BYTES if instances else 0.0),
    )
    problem = ProblemSummary(unknowns, forms, beside)
    run = _Run(inputs, make, cues, prior, options, kept, stages, keep_outside)
    free = free_bytes(inputs, options, prior)
    loaded = options.threads, kept.reused, free
    if not known:
        chosen, _ = choose(options.solver, problem, *loaded)
        nothing = nothing_known(inputs.shape, inputs.visible)
        return Solved(_single(nothing), problem, chosen.name, CPU)
    on_device, reason = choose_device(backend, options.solver, problem)
    lost = ""
    if on_device is not None:
        try:
            solution, outside = run.solve(on_device, problem)
            if solution.status is not Status.STAGNATED:
                return Solved(_single(solution), problem, on_device.name, backend, outside)
            name = f"{on_device.name} on {backend.label}"
            lost = f"{name} lost its way"
        except MemoryError:
            reason = f"{backend.name}: out of memory, solved on the CPU"
    inputs.notes.extend([reason] if reason else [])
    chosen, reason = choose(options.solver, problem, *loaded)
    inputs.notes.extend([reason] if reason else [])
    if lost:
        inputs.notes.append(f"{lost}: solved by {chosen.name}, slower")
    solution, outside = run.solve(chosen, problem)
    if solution.status is Status.STAGNATED and options.solver == "auto":
        other = replacement(chosen.name, problem, free)
        if other is not None:
            inputs.notes.append(f"{chosen.name} lost its way: solved by {other.name}, slower")
            chosen = other
            solution, outside = run.solve(other, problem)
    return Solved(_single(solution), problem, chosen.name, CPU, outside)


def free_bytes(inputs: Inputs, options: SolveOptions, prior: Prior | None = None) -> float:
    """Return the bytes to plan with, with those that photo and prior take already."""
    if options.memory is not None:
        return budget(options.memory)
    held = inputs.photo.pixels.nbytes + inputs.luma.nbytes
    if prior is not None:
        held += prior.chroma.nbytes + prior.confidence.nbytes
    return budget(None) + held


def _weight_seconds(terms: tuple[Term, ...]) -> float:
    """Return what making the weights of all terms has taken so far."""
    bare = [bare_term(term)[1] for term in terms]
    values = [getattr(term, own.name) for term in bare for own in dataclasses.fields(term)]  # type: ignore[arg-type]
    return sum(value.clock.seconds for value in values if isinstance(value, Stencil))


def _single(solution: Solution) -> Solution:
    return replace(solution, u=solution.u.astype(np.float32, copy=False))


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One problem, to be solved by one solver or another."""

    inputs: Inputs
    make_terms: Callable[[], tuple[Term, ...]]
    cues: Data
    prior: Prior | None
    options: SolveOptions
    kept: Kept
    stages: Stages
    keep_outside: bool = False

    def solve(self, solver: Solver, summary: ProblemSummary) -> tuple[Solution, BoolArray | None]:
        """Return the solution, and which pixels lie outside of painted regions."""
        load_kernels(solver, summary, self.stages.announce)
        inputs, kept, stages = self.inputs, self.kept, self.stages
        shape, visible, prior = inputs.shape, inputs.visible, self.prior
        with stages.stage("weights", 0.1):
            if kept.terms is None:
                kept.terms = self.make_terms()
        terms, made = kept.terms, _weight_seconds(kept.terms)
        data = self.cues if prior is None else self.cues.with_prior(prior, visible)
        with stages.stage("prepare", 0.45):
            before = kept.state if kept.solver == solver.name else None
            kept.state = None  # so that nothing is held twice
            problem = Problem(shape, visible, terms, data.at, data.weight)
            kept.state, kept.solver = solver.prepare(problem, before), solver.name
        # A solver makes the weights when it needs them, in its own form.
        made = _weight_seconds(terms) - made
        stages.took("weights", made)
        stages.took("prepare", -made)
        outside = None
        if self.keep_outside:
            with stages.stage("regions", 0.6):
                # Regions are divided between cues alone: what is expected there has no say.
                alone = Problem(shape, visible, terms, self.cues.at, self.cues.weight)
                state = kept.state if prior is None else solver.prepare(alone)
                outside = ~painted_regions(inputs.cues, solver, state)
        with stages.stage("solve", 0.95):
            goal, start = self._goal(data), self._start()
            if prior is not None and prior.loss != "square":
                solution = self._robust(solver, terms, goal, start)
            else:
                state = kept.state
                if not kept.reused:  # no other cues will come
                    del problem, terms
                    kept.terms = kept.state = None
                    inputs.drop_luma()
                    if hasattr(state, "release"):
                        state.release()
                solution = solver.run(state, data.values, start, goal)
        if not kept.reused:
            kept.terms = kept.state = None  # rendering needs the memory
        return solution, outside

    def _robust(
        self, solver: Solver, terms: tuple[Term, ...], goal: Goal, start: FloatArray | None
    ) -> Solution:
        inputs, kept, prior = self.inputs, self.kept, self.prior
        assert prior is not None

        def solve(now: Data, near: FloatArray | None) -> Solution:
            if near is None:
                return solver.run(kept.state, now.values, start, goal)
            weights = Problem(inputs.shape, inputs.visible, terms, now.at, now.weight)
            kept.state = solver.prepare(weights, kept.state)
            return solver.run(kept.state, now.values, near, goal)

        return solve_robust(solve, self.cues, prior, inputs.visible, goal)

    def _start(self) -> FloatArray | None:
        given, inputs = self.options.start, self.inputs
        if self.kept.chroma is not None or given is None:
            return self.kept.chroma
        if is_network(given):
            method = network_method(str(given), self.options)
            return answered(method, inputs, self.cues, self.stages).u
        return chroma_of(given, inputs.shape, inputs.space, "the start")

    def _goal(self, data: Data) -> Goal:
        tolerance = self.options.tolerance
        if tolerance is None:
            tolerance = TOLERANCE.get(self.inputs.photo.pixels.dtype, FINE_TOLERANCE)
        limit, inputs = tolerance, self.inputs

        def levels(u: Array, bound: Array, at: Array) -> float:
            return RgbLevels(inputs.space, inputs.luma, limit)(u, bound, at)

        slope = RgbLevels(inputs.space, inputs.luma, limit).slope(data.values)
        return Goal(limit, self.options.max_steps, levels, self._reporter(), slope)

    def _reporter(self) -> Callable[..., None]:
        def report(fraction: float, u: Any = None) -> None:
            picture = None if u is None else lambda: self._preview(u())
            self.stages.report("solve", 0.45 + 0.5 * fraction, picture)

        return report

    def _preview(self, chroma: FloatArray) -> Picture:
        """Return the present state as a picture of at most 512 pixels a side."""
        photo, luma, space = self.inputs.photo, self.inputs.luma, self.inputs.space
        step = -(-max(photo.shape) // _PREVIEW_SIDE)
        part = (slice(None, None, step), slice(None, None, step))
        small = Picture(np.ascontiguousarray(photo.pixels[part]), None, photo.meta)
        return render(small, luma[part], chroma[part], space).picture
