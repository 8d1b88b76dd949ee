"""What happens around a solve: masks of objects, and notes on the outcome."""
