"""Deflation: parts that only weak edges tie to the rest, and exact elimination of them."""
