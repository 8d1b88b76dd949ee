"""Which CUDA kernels do what the kernels of the CPU do, and how many threads they take.

The names of kernels are those of their modules and functions below `varcolor.backend.kernels`. How
a CUDA kernel is called follows from its own declaration (`varcolor.backend.launch`): its parameters
have the names of those of the CPU's kernel. A kernel of the CPU without a row runs on the host, its
arrays go there and back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from varcolor.backend.kernels.admm.block3 import SINGULAR

#: How threads are laid out: one per pixel of a grid; a fixed number that share its pixels, or the
#: elements of a bordered plane; a block per tile of the smoother; one per entry of a list.
Layout: TypeAlias = Literal["pixels", "shared pixels", "shared plane", "tiles", "list"]


@dataclass(frozen=True, slots=True)
class Launch:
    """A CUDA kernel as a part of what a kernel of the CPU does."""

    kernel: str
    """``"FILE:NAME"``, e.g. ``"stencil/matvec:product"``."""
    layout: Layout = "pixels"
    parts: int | str = 0
    """How many sums threads have parts of, or the vector argument whose length that is."""
    extra: int = 0
    """Sums beside those of a vector's entries."""
    per: int = 1
    """Sums per entry; results are then (entries, per)."""
    names: dict[str, Any] = field(default_factory=dict)
    """The CUDA kernel's parameters that are called otherwise, or are always the same."""
    makes: tuple[str, str, str] | None = None
    """A temporary array: its name, the argument whose shape it has, and its type."""
    when: str = ""
    """The argument without which (0, False, or a stand-in (..., 1, 1)) this is left out."""
    few: bool = False
    """Whether there are so many sums that few threads share them."""


@dataclass(frozen=True, slots=True)
class Row:
    """How a kernel runs."""

    launches: tuple[Launch, ...] = ()
    over: str = ""
    """The argument whose grid it runs on; default: the first array."""
    size: str = ""
    """The argument whose height and width CUDA kernels are told; default: the same."""
    bordered: bool = True
    """Whether arrays have a border of one pixel."""
    largest: Literal["", "all", "last"] = ""
    """Which results of strips, or of threads, are joined by their maximum, not their sum."""


def _one(kernel: str, layout: Layout = "pixels", **options: Any) -> Row:
    own = {k: options.pop(k) for k in ("over", "size", "bordered", "largest") if k in options}
    return Row((Launch(kernel, layout, **options),), **own)


_COEFFICIENTS = Launch("admm/tv_residual:flux_coefficients", makes=("held", "rho", "float32"))
_TGV_COEFFICIENTS = Launch("admm/tgv:tgv_flux_coefficients", makes=("held", "rho", "float32"))
_LAPLACIAN = Launch(
    "admm/bilaplacian:write_laplacian",
    makes=("laplacian", "u", "float64"),
    when="laplacian_weights",
)
_MOVE = Launch("admm/tv:move", "shared plane")
_WIDTH = {"width0": 1.0, "width1": 1.0}

LAUNCHES: dict[str, Row] = {
    # Matrices of second order.
    "stencil.matvec.product": _one("stencil/matvec:product", "shared pixels", parts=2),
    "stencil.matvec.directed_product": _one(
        "stencil/matvec:directed_product", "shared pixels", parts=2
    ),
    "stencil.matvec.dot": _one("stencil/matvec:dot", "shared plane", parts=2),
    "stencil.matvec.add_scaled": _one("stencil/matvec:add_scaled", "shared plane"),
    "stencil.matvec.scale_and_add": _one("stencil/matvec:scale_and_add", "shared plane"),
    "stencil.matvec.cg_update": _one("stencil/matvec:cg_update", "shared plane", parts=2),
    "stencil.residual.exact_residual": _one(
        "stencil/residual:exact_residual", "shared pixels", parts=2, largest="all"
    ),
    "multigrid.contraction_rate.error_indicator": Row(largest="all"),
    "multigrid.markov_step.markov_step": _one("multigrid/markov_step:markov_step", over="q"),
    # Weights.
    "stencil.edge_weights.levin": _one(
        "stencil/edge_weights:levin", over="w", names={"least": "floor"}
    ),
    "stencil.edge_weights.mean_of_both": _one(
        "stencil/edge_weights:mean_of_both", names={"least": "floor"}
    ),
    "stencil.edge_weights.two_scales": _one(
        "stencil/edge_weights:two_scales", over="w", names={"least": "floor"}
    ),
    "stencil.edge_weights.gaussian": Row(over="w"),
    "stencil.color_edges.add_squares": Row(over="w"),
    "stencil.color_edges.cauchy": Row(over="w"),
    "stencil.color_edges.steep": Row(over="w"),
    "stencil.border_factors.border_factors": _one("stencil/border_factors:border_factors"),
    "stencil.edge_weights.blur": Row(
        (
            Launch(
                "stencil/edge_weights:blur",
                names={"down": 1, "out": "half"},
                makes=("half", "out", "float64"),
            ),
            Launch("stencil/edge_weights:blur", names={"down": 0, "guide": "half"}),
        ),
        over="out",
        bordered=False,
    ),
    # Recolouring by palettes.
    "palette.shift.palette_shift": Row(over="lab", bordered=False),
    "palette.shift.table_shift": Row(over="lab", bordered=False),
    # Total variation.
    "admm.tv.combine": _one("admm/tv:combine", over="rho"),
    "admm.tv.shrink": _one("admm/tv:shrink", over="rho", names={"base": "u", "has_base": 0}),
    "admm.tv.change_penalty": _one("admm/tv:change_penalty", names={"fresh": "new"}),
    "admm.tv.shift_base": _one("admm/tv:shift_base", over="rho"),
    "admm.tv.infeasibility": _one(
        "admm/tv:infeasibility", "shared pixels", parts="levels", few=True, over="rho"
    ),
    "admm.tv.norms": _one("admm/tv:norms", "shared pixels", parts=1, over="out"),
    "admm.tv.move": Row((_MOVE,)),
    "admm.tv_residual.residual": Row(
        (_COEFFICIENTS, _LAPLACIAN, Launch("admm/tv_residual:residual", "shared pixels", parts=5)),
        over="rho",
    ),
    "admm.tv_residual.fused_step": Row(
        (
            Launch(_MOVE.kernel, _MOVE.layout, when="e"),
            Launch("admm/tv:shrink"),
            _COEFFICIENTS,
            _LAPLACIAN,
            Launch("admm/tv_residual:residual", "shared pixels", parts=5, names=_WIDTH),
        ),
        over="rho",
    ),
    "admm.bilaplacian.add_bilaplacian": Row(
        (
            Launch("admm/bilaplacian:write_laplacian_f32", makes=("laplacian", "p", "float32")),
            Launch("admm/bilaplacian:add_bilaplacian", "shared pixels", parts=2),
        ),
        over="p",
    ),
    "admm.bilaplacian.bilaplacian_curvature": _one(
        "admm/bilaplacian:bilaplacian_curvature", "shared pixels", parts=2, over="p"
    ),
    # Total generalised variation.
    "admm.tgv.product": _one("admm/tgv:tgv_product", over="x"),
    "admm.tgv.gradient": Row(
        (
            Launch("admm/tgv:tgv_shrink", when="relaxation"),
            _TGV_COEFFICIENTS,
            Launch("admm/tgv:tgv_gradient", "shared pixels", parts=3, names={"width6": "width"}),
        ),
        over="rho",
    ),
    "admm.tgv.shift_base": Row((_TGV_COEFFICIENTS, Launch("admm/tgv:tgv_shift_base")), over="rho"),
    "admm.tgv_bound.infeasibility": Row(
        (
            _TGV_COEFFICIENTS,
            Launch(
                "admm/tgv:tgv_infeasibility", "shared pixels", parts="levels", extra=2, few=True
            ),
        ),
        over="rho",
    ),
    "admm.tgv_bound.norms": _one("admm/tgv:tgv_norms", "shared pixels", parts=2, over="out"),
    "admm.tgv.change_penalties": _one("admm/tgv:tgv_change_penalties", names={"fresh": "new"}),
    # Grids with three unknowns a pixel.
    "admm.block3.block_diagonal": _one("admm/block3:block3_block_diagonal", "shared plane"),
    "admm.block3.matvec": _one("admm/block3:block3_matvec"),
    "admm.block3.invert": _one(
        "admm/block3:block3_invert", "shared plane", names={"singular": SINGULAR}
    ),
    "admm.block3.restrict": _one("admm/block3:block3_restrict", over="coarse"),
    "admm.block3.prolong": _one("admm/block3:block3_prolong", over="fine"),
    "admm.block3.set_probe": _one("admm/block3:block3_set_probe"),
    "admm.block3.read_probe": _one("admm/block3:block3_read_probe"),
    "admm.block3.dot": _one("admm/block3:block3_dot", "shared plane", parts=2),
    "admm.block3.blend": _one("admm/block3:block3_blend", "shared plane"),
    "admm.block3.move": _one("admm/block3:block3_move", "shared plane"),
    # The mixed form of fourth order.
    "biharmonic.mixed.first_product": _one("biharmonic/mixed:first_product", names={"given": "u"}),
    "biharmonic.mixed.second_product": _one("biharmonic/mixed:second_product"),
    "biharmonic.mixed.fixed_rows": _one("biharmonic/mixed:fixed_rows", names={"right": "r"}),
    "biharmonic.mixed.dots": _one(
        "biharmonic/mixed:dots", "shared plane", parts="count", per=2, few=True
    ),
    "biharmonic.mixed.subtract": _one("biharmonic/mixed:subtract", "shared plane", parts=2),
}

#: Kernels that the GPU's own algorithms take.
GPU_KERNELS: dict[str, Row] = {
    "finish": _one("stencil/matvec:finish", "shared plane", parts=3, largest="last"),
    "mark_cues": _one("stencil/cues:mark_cues", "list", over="free"),
    "set_values": _one("stencil/cues:set_values", "list", over="u"),
    "factor": _one("multigrid/ic_sweep:factor", "tiles", over="reaction"),
    "smooth": _one("multigrid/ic_sweep:smooth", "tiles", over="reaction"),
    "restrict_residual": _one(
        "multigrid/transfer:restrict_residual", over="coarse", size="reaction"
    ),
    "prolong": _one("multigrid/transfer:prolong", over="coarse", size="u"),
    "interpolate_sides": _one(
        "multigrid/interpolation:interpolate_sides", over="p", size="reaction"
    ),
    "interpolate_centres": _one(
        "multigrid/interpolation:interpolate_centres", over="p", size="reaction"
    ),
    "zero_fixed_rows": _one("multigrid/interpolation:zero_fixed_rows", over="p", size="inverse"),
    "galerkin_cells": _one("multigrid/galerkin:galerkin_cells", over="p", size="reaction"),
    "galerkin": _one("multigrid/galerkin:galerkin", over="reaction"),
    "restrict_to_tiles": _one(
        "deflation/tile_components:restrict_to_tiles", "shared plane", over="r"
    ),
    "prolong_from_tiles": _one(
        "deflation/tile_components:prolong_from_tiles", "shared plane", over="z"
    ),
}
