"""Masks in files: label maps, one picture an object, COCO JSON, NumPy arrays."""
