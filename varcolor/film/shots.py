"""The shots of a film, solved one after the other; what is finished is written down."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.energy.prior import Data
from varcolor.film.expected import expected_of
from varcolor.film.files.store import Store
from varcolor.film.marches import march_all
from varcolor.film.result import ShotResult
from varcolor.film.shot import Shot
from varcolor.film.sweeps import Sweeps, fitting
from varcolor.image.color import Space
from varcolor.methods import Method
from varcolor.options import MAX_STEPS, FilmOptions
from varcolor.solve.result import Status
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal
from varcolor.tiled.field import Field
from varcolor.typing import FloatArray

#: Tolerances in 1/255, as for pictures.
_TOLERANCE, _FINE_TOLERANCE = 0.5, 0.02
#: Below this reach, a pixel's colour is not a key's.
REACHED = 0.5
#: Most iterations of a window in a sweep, unless the options say how many.
_WINDOW_STEPS = 60


@dataclass(slots=True, eq=False)
class Work:
    """All shots of a film, one after the other."""

    store: Store
    space: Space
    method: Method
    options: FilmOptions
    known: dict[int, Data]
    report: Callable[[str, float], None]

    def solve(self, begins: list[int], colour: Field) -> list[ShotResult]:
        """Solve all shots that are not solved yet."""
        ends = [*begins[1:], self.store.count]
        done = self.store.state["shots"]
        for number, (first, last) in enumerate(zip(begins, ends, strict=True)):
            if number < len(done):
                continue
            told = self._shot(first, last, colour)
            colour.flush()
            done.append(told)
            self.store.save(shots=done)
        return [_result(told) for told in done]

    def _shot(self, first: int, last: int, colour: Field) -> dict[str, Any]:
        store, options, count = self.store, self.options, self.store.count
        keys = {t - first: own for t, own in self.known.items() if first <= t < last}
        facts: dict[str, Any] = {"first": first, "frames": last - first, "keys": len(keys)}
        expected = expected_of(options, self.space, {t: self._luma(first + t) for t in keys}, keys)

        def luma(t: int) -> FloatArray:
            return self._luma(first + t)

        def told(part: float) -> None:
            done = (first + part * (last - first)) / count
            self.report("solve", 0.1 + 0.8 * done)

        guess = None if expected is None else (lambda t: expected(luma(t)))
        own = Shot(
            last - first,
            store.shape,
            luma,
            keys,
            self.method,
            store.folder,
            guess,
            CpuBackend(options.threads),
        )
        try:
            status, error, sweeps = Status.CONVERGED, 0.0, 0
            if keys:
                status, error, sweeps = self._run(own, told)
            elif guess is not None:
                for t in range(own.count):
                    own.keep(t, guess(t))
            parts = []
            height = store.shape[0]
            for t in range(own.count):
                rows = slice((first + t) * height, (first + t + 1) * height)
                colour.write(rows, slice(0, store.shape[1]), own.read("chroma", t))
                parts.append(float((own.read("reach", t) < 255 * REACHED).mean()))
        finally:
            own.close()
        worst = int(np.argmax(parts))
        return {
            **facts,
            "status": str(status),
            "error": error if math.isfinite(error) else None,
            "sweeps": sweeps,
            "unreached": parts,
            "worst": first + worst,
        }

    def _run(self, shot: Shot, told: Callable[[float], None]) -> tuple[Status, float, int]:
        options = self.options
        deep = np.dtype(self.store.state["dtype"]) != np.uint8
        tolerance = options.tolerance or (_FINE_TOLERANCE if deep else _TOLERANCE)
        values = np.concatenate([own.values for own in shot.keys.values()])
        values = np.concatenate([values, np.zeros((1, 2))])
        levels = RgbLevels(self.space, shot.luma(0), tolerance)
        slope = np.abs(levels.slope(values)).astype(np.float32)
        steps = _WINDOW_STEPS if options.max_steps == MAX_STEPS else options.max_steps
        goal = Goal(tolerance, options.max_steps)
        share = 0.1 if options.exact else 1.0
        status, error = march_all(shot, goal, slope, lambda part: told(share * part))
        if not options.exact:
            return status, error, 0
        sweeps = Sweeps(
            shot,
            Goal(tolerance, steps),
            slope,
            fitting(options.window, shot.shape),
            options.sweeps,
            lambda part: told(share + (1 - share) * part),
        )
        status, error = sweeps.run()
        return status, error, len(sweeps.changes)

    def _luma(self, t: int) -> FloatArray:
        return self.store.luma(t, self.space)


def _result(told: dict[str, Any]) -> ShotResult:
    parts = told["unreached"]
    return ShotResult(
        told["first"],
        told["frames"],
        told["keys"],
        Status(told["status"]),
        math.inf if told["error"] is None else told["error"],
        told["sweeps"],
        float(np.mean(parts)),
        told["worst"],
    )
