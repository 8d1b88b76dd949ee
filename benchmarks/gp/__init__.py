"""Fit and measure the prior made by Gaussian-process regression."""
