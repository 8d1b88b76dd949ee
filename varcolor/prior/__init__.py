"""Chroma that is expected before anything is solved: guesses with a confidence at every pixel."""
