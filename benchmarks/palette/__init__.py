"""Palettes and posters: which way finds main colours, what recolouring keeps, schemes of eras."""
