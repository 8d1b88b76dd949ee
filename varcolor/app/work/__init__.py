"""Photos at work: what is open, what is painted on it, what is solved, kept and saved."""
