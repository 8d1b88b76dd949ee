"""Inner loops of the codec, compiled."""
