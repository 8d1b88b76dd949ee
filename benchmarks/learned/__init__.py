"""The prior `learned` against `gp` and the default: gains, old greys, calibration, cost."""
