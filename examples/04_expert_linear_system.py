"""The same job by hand: the linear system itself, solved with SciPy, and what it means.

Levin's equations say that the chroma u of a pixel r without a cue is the weighted mean of its
neighbours', u_r = sum_s w_rs u_s, and that it is known at the cues. With the unknown pixels F and
the cued pixels C this is the sparse system (I - W)_FF u_F = W_FC u_C, one matrix for both chroma
channels.

python examples/04_expert_linear_system.py [FOLDER]
"""

import sys
from pathlib import Path

import numpy as np
from scipy.sparse.linalg import splu

import varcolor as vc
from varcolor.energy.levin import levin_weights
from varcolor.image.color import SPACES
from varcolor.image.render import render

here = Path(__file__).parent
out = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

photo = vc.read(here / "pictures" / "cat.png")
cues = vc.read_cues(here / "pictures" / "cat-strokes.json", photo)
space = SPACES["yuv"]

luma = photo.pixels / 255.0  # in yuv, a grey's luma is its level
matrix = levin_weights(luma).laplacian()  # I - W, one row per pixel
known = np.zeros(luma.size, bool)
known[cues.flat] = True
u = np.zeros((luma.size, 2))
u[cues.flat] = space.split(cues.color.astype(float))[1]

rows = matrix[~known]
factor = splu(rows[:, ~known].tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0)
u[~known] = factor.solve(-(rows[:, known] @ u[known]))

chroma = u.reshape(*photo.shape, 2)
vc.write(render(photo, luma, chroma, space).picture, out / "04-cat.png")

reference = vc.colorize(photo, cues, method="levin", solver="direct")
difference = np.abs(chroma - reference.chroma).max()
print(f"{matrix.nnz} matrix entries; largest difference to vc.colorize: {difference:.1e}")
assert difference < 1e-6
