"""Deflation subspaces from components of strong links, and their sparse factorisation."""
