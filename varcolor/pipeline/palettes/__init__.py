"""Recolouring by palettes, and what results say of their colours."""
