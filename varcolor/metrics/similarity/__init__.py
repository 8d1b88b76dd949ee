"""Metrics of structure and features: SSIM and its kin."""
