"""Alternating directions for total variation (tv) and total generalised variation (tgv)."""
