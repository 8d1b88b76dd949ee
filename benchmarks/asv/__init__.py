"""Regressions of speed from commit to commit, on small photos, with asv.

In this folder: ``asv run main..HEAD`` in environments of its own, or ``asv run --quick --dry-run
-E existing`` with what is installed. It measures seconds, peak memory and iterations.
"""
