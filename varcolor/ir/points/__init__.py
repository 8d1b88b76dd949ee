"""Codecs that store the colours of a few cells, and leave the rest to a colorize method."""
