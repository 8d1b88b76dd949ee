"""Marked copies: which pixels of a copy of the photo are painted."""
