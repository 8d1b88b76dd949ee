"""Assembled matrices in float64: the reference that the other solvers are measured against."""
