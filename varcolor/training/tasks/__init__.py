"""The tasks: regression, classification, hints, adversarial."""
