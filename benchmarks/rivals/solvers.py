"""The table of the rivals in speed."""

from __future__ import annotations

from benchmarks.rivals import (
    amg,
    cholmod,
    jacobi,
    matting,
    opencv,
    pardiso,
    superlu,
    walker_solver,
)
from benchmarks.rivals.linear import Rival

_OPENCV = ("opencv-contrib-python-headless", "cv2")

SOLVERS: dict[str, Rival] = {
    "pardiso": Rival("direct", "pypardiso", "pypardiso", pardiso.general, note="pypardiso.spsolve"),
    "pardiso-spd": Rival(
        "direct",
        "pypardiso",
        "pypardiso",
        pardiso.definite,
        symmetric_only=True,
        note="told that the matrix is positive definite",
    ),
    "cholmod": Rival(
        "direct",
        "scikit-sparse",
        "sksparse",
        cholmod.cholesky,
        symmetric_only=True,
        requirement="'scikit-sparse<0.5' (needs libsuitesparse-dev)",
    ),
    "superlu": Rival(
        "direct", "scipy", "scipy", superlu.symmetric_mode, note="minimum degree, symmetric mode"
    ),
    "pyamg-sa": Rival("iterative", "pyamg", "pyamg", amg.smoothed_aggregation, note="theta 0.08"),
    "pyamg-sa-1e-6": Rival(
        "iterative",
        "pyamg",
        "pyamg",
        amg.smoothed_aggregation,
        note="the same, stopped as one has to who does not know the solution",
        rtol=1e-6,
    ),
    "pyamg-rs": Rival("iterative", "pyamg", "pyamg", amg.ruge_stuben),
    "pymatting-vcycle": Rival(
        "iterative", "pymatting", "pymatting", matting.vcycle, symmetric_only=True
    ),
    "pymatting-ichol": Rival(
        "iterative", "pymatting", "pymatting", matting.incomplete_cholesky, symmetric_only=True
    ),
    "skimage-cg_mg": Rival(
        "iterative",
        "scikit-image",
        "skimage",
        walker_solver.multigrid_mode,
        symmetric_only=True,
        note="the random walker's solver; at most 30 iterations",
    ),
    "skimage-cg_j": Rival(
        "iterative",
        "scikit-image",
        "skimage",
        walker_solver.jacobi_mode,
        symmetric_only=True,
        note="the random walker's solver",
    ),
    "jacobi-cg": Rival("iterative", "scipy", "scipy", jacobi.jacobi),
    "opencv-fgs": Rival(
        "model", *_OPENCV, opencv.fast_global_spread, note="lambda 1e4, sigma 8, 3 iterations"
    ),
    "opencv-dt": Rival(
        "model", *_OPENCV, opencv.domain_transform_spread, note="space 500, range 100, 3 iterations"
    ),
}
