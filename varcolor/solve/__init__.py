"""Solvers, and the error of what they find.

``selection`` asks the solvers (``solver.Solver``) which of them takes a problem. A solver is one
class wherever it runs: arrays and kernels are those of a `varcolor.backend.Backend`.

Words, and what the field calls them, where this code has kept its own:

clusters, islands
    Deflation subspaces: indicator functions of connected components of strong links in tiles, and
    of small components that only weak links tie to the rest.
cycle, approximate
    Application of the preconditioner, a multigrid V-cycle.
directed
    Of weights: w_rs and w_sr differ, the matrix is not symmetric.
excess, pull
    Diagonal beside the edge weights (reaction term: soft cues, priors), and the values that it
    draws to: (A u)_r = excess_r u_r + sum_s w_rs (u_r - u_s), right-hand side excess * pull.
flows
    Symmetric part of directed weights after rows were scaled.
free, unknown / given
    Free pixels / fixed (Dirichlet) ones: exact cues, and pixels that no cue reaches.
gap
    Relative duality gap: distance of the energy from a proven lower bound.
level (of a search), lasting
    Error indicators: the largest RGB change of z = M^-1 r, and of z / (1 - rho), in 1/255.
light cues, anchors
    Soft cues too weak for single precision to fix a component's constant, and the pixels that are
    held instead while it is found from the sum of the equations.
look, proof
    Evaluation of energy and residual; certification of the gap by a feasible dual point.
nested
    Full multigrid (nested iteration): the initial guess from coarse grids.
plate, bends
    Weights of the Laplacian in a biharmonic term; second differences.
search
    A preconditioned Krylov iteration: CG, GCR or GMRES.
slack
    Complementarity gap E(u) - Q(u) - <f, K u> of alternating directions.
slopes, steps
    The auxiliary field v of TGV; first differences D u - S v.
"""
