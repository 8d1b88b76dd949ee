"""Quadratic energies of second order on 3x3 stencils: multigrid as a preconditioner, verified."""
