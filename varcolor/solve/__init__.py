"""Solvers, and the error of what they find.

``selection`` asks the solvers (``solver.Solver``) which of them takes a problem. A solver is one
class wherever it runs: arrays and kernels are those of a `varcolor.backend.Backend`.

Glossary: words of this code that are not the field's, or that the field uses in several ways.

anchors, light cues
    Pixels that are fixed in components whose soft cues are too light for single precision to tell
    the constant, which then follows from the sum of the equations; and those cues.
clusters, islands
    Deflation subspaces: indicator functions of connected components of strong links in tiles, and
    of small components that only weak links tie to the rest.
cycle
    Application of the preconditioner, a multigrid V-cycle.
directed
    Of weights: w_rs and w_sr differ, the matrix is not symmetric.
free / fixed
    Unknowns / pixels with exact cues (Dirichlet values), and those that no cue reaches.
gap, complementarity gap
    Relative duality gap, the proven distance of the energy from its minimum; E(u) - Q(u) - <f, K u>
    of ADMM with the flux f.
level (of a search), error_indicator
    The largest RGB change, in 1/255, of z = M^-1 r, and of z / (1 - rho), rho its contraction rate.
nested
    Full multigrid (nested iteration): the initial guess from coarse grids.
proof, certify
    A lower bound of the energy from a nearly feasible dual point.
reaction, target
    Diagonal beside the edge weights (soft cues, priors), and the values of these cues:
    (A u)_r = reaction_r u_r + sum_s w_rs (u_r - u_s), right-hand side reaction * target.
search
    A preconditioned Krylov iteration: CG, GCR or GMRES.
slopes
    The auxiliary vector field v of TGV, |D u - v| + |D v|.

Words that are gone, and the field's in their place. `tests/packaging/test_glossary.py` finds none
of them in this package and in `varcolor.backend`, alone or between the underscores of a name:

    advance                 cg_update
    anew, renew             rebuild, refactor, restart
    bend, bends, bent       second differences, laplacian
    caution                 safety_factor
    couple                  matvec
    excess                  reaction
    excesses                infeasibility (of a dual point)
    gauge                   dot_and_max
    halves                  pair_strips
    imbalance               residual
    joint, joints           separator, separators
    lasting                 error_indicator
    marks                   checkpoints, link_bits
    narrow                  to_bf16
    plate                   laplacian_weights
    prove                   certify
    pull                    target, or reaction where it was the weight
    settle, settled         damped, minimise
    slack                   complementarity gap
    stiffen                 add_bilaplacian
    suits                   target_growth
    tails                   separator_updates
    trail                   ratio_history
    triples                 block3
    turns                   strip_bounds
    weigh                   block_diagonal, to_flux

Words that are gone as names, but that English, Python or other names need:

    cells, patches, seams   seam_diagonals, galerkin_patches, patch_seams; parts of names
    collect, gather         restrict; garbage is collected
    cut, wide               round_bf16, from_bf16; weights are cut, grids and ranges are wide
    flows                   symmetric_part; probability flows in a Markov chain
    given, unknown          fixed, free; a parameter is given, an unknown is solved for
    higher, number, rank    abs_max, from_bits, abs_bits; plain words, a number of rows
    hold                    shift_base; arrays hold numbers
    light, note             set_probe, read_probe; soft cues are light, notes are for users
    look                    evaluate; threads look for work
    moved                   diagonal_to_sides; mass and arrays are moved
    reach                   amplification; pixels that cues reach
    spread                  prolong; colours are spread
    steps                   first_differences; steps of an iteration
    walk                    markov_step; a random walk
"""
