"""Commands that find objects."""
