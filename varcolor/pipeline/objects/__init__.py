"""Objects in a run: found once, then in energy and prior."""
