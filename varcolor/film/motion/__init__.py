"""What moves between frames: flow, the links along it, and cuts."""
