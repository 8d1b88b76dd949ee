"""The same job without the front door: a problem, a solver, and one preparation for many colours.

python examples/03_problem_and_solver.py [FOLDER]
"""

import sys
from pathlib import Path

import numpy as np

import varcolor as vc
from varcolor.energy.problem import Problem
from varcolor.image.color import SPACES
from varcolor.image.luma import luma_of
from varcolor.image.render import render
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.lu import Direct

here = Path(__file__).parent
out = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

photo = vc.read(here / "pictures" / "cat.png")
cues = vc.read_cues(here / "pictures" / "cat-strokes.json", photo)
space = SPACES["yuv"]

# What is minimised: the harmonic energy of the chroma, with the cues as constraints.
luma = luma_of(photo, space)
problem = Problem(
    shape=photo.shape,
    visible=photo.visible,
    terms=vc.Harmonic(affinity="levin-sym").terms(luma, photo.visible),
    at=cues.flat,
    weight=cues.weight.astype(float),
)

# The factorisation depends on where the cues are, not on their colours.
solver = Direct()
state = solver.prepare(problem)
chroma = space.split(cues.color.astype(float))[1]
for name, values in {"warm": chroma, "cold": -chroma, "pale": 0.4 * chroma}.items():
    solution = solver.run(state, values, None, Goal(tolerance=0.1))
    energy = problem.energy(solution.u, values)
    rendering = render(photo, luma, solution.u, space)
    vc.write(rendering.picture, out / f"03-cat-{name}.png")
    print(f"{name}: {solution.status}, energy {energy:.4f}, {rendering.reduced.sum()} reduced")

assert np.array_equal(vc.to_gray(rendering.picture).pixels, photo.pixels)  # luma is untouched
