"""What a stroke on a colour photo means: which pixels its object has, and how they change."""
