"""Whether the memory that a solver is said to need is what it takes."""
