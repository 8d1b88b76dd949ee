"""Domain decomposition: the coarse problem of pictures that are solved tile by tile."""
