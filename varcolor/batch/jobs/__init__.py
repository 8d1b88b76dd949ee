"""What can be done with every photo of a plan: one job a file."""
