"""Palettes: the main colours of a picture, their files, and what becomes of them.

A palette is a list of sRGB colours with shares of the picture. `extract.py` finds one, `files.py`
reads and writes it, `plan.py` says what every colour becomes, `shift.py` where in the picture.
"""
