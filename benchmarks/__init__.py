"""Benchmarks: each folder is run by one command, ``python -m benchmarks.<name>``."""
