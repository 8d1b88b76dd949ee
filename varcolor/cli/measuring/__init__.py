"""The command `metrics` and its work."""
