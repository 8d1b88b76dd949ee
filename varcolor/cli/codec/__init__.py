"""Commands of the codec."""
