"""Energies with norms (TV, GTV, TGV): the alternating direction method of multipliers (ADMM)."""
