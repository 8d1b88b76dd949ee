"""What is minimised: terms, weights and the problem they make."""
