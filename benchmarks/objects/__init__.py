"""Objects: what cut edges, clicks and per-object fusion gain, and what they cost."""
