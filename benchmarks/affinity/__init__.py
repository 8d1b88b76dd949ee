"""What each part of the default affinity is worth."""
