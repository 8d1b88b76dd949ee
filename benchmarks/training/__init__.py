"""Short trainings of every configuration, and the questions that they answer."""
