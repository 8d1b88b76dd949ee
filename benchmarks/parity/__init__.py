"""Is the answer right? Comparisons with plain reference code on real pictures."""
