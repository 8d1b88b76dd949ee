"""Objects of a photo: masks from files, regions, clicks and detectors, and what is done with them.

An *instance* is a mask with a score and a label (`instance.py`). Providers make lists of them
(`base.py` has their registry, group ``varcolor.objects``); files are read by `files`. Objects cut
the energy's weights at their borders (`borders.py`, `varcolor.energy.cut`), are coloured by a
network one by one (`fusion.py`), and are drawn (`boxes.py`).
"""
