"""Palettes on the command line."""
