"""How the minimiser is found: linear systems, solvers and their results."""
