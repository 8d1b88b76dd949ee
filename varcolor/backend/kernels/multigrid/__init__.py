"""Multigrid: interpolation, Galerkin products, incomplete Cholesky, transfer between grids."""
