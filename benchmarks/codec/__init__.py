"""The codec: training of its model, and what it is worth against others."""
