"""File bytes to raw pixels, one file per format."""
