"""Networks: how far they are trusted, and what a fused answer gains."""
