"""ADMM for total variation (tv) and total generalised variation (tgv)."""
