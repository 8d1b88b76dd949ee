"""Cues: pixels whose colour is known, from any source."""
