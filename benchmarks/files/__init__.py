"""What of every kind of file is read and written, and how exactly."""
