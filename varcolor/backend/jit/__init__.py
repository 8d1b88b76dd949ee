"""Compiled kernels: from a Python function by Numba to machine code, kept from run to run."""
