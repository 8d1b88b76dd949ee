"""Quadratic energies of fourth order (biharmonic): the mixed form of Ciarlet and Raviart."""
