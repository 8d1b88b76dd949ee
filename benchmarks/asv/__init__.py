"""Regressions of speed from commit to commit: ``asv run --config benchmarks/asv/asv.conf.json``."""
