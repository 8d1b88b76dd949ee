"""How near the coloured picture comes to the truth: hint sweeps and strokes."""
