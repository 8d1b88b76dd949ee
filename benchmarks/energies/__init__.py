"""What each energy is good for."""
