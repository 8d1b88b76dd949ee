"""Pictures: reading, writing, colour spaces, gamut, rendering."""
