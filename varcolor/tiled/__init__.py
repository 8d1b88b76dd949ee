"""Pictures beyond memory: read, solved and written by windows.

pixels on disk ── coarse problem ── tiles, swept until the error estimate holds ── written

The method is Schwarz's: overlapping tiles are solved one after the other, each with its neighbours'
present values as data, by the solvers of whole pictures; between sweeps a coarse problem, exact for
what is bilinear between nodes, takes out what tiles see too little of. So the number of sweeps does
not grow with the number of tiles.

Reference: B. Smith, P. Bjorstad, W. Gropp, "Domain Decomposition", Cambridge 1996, ch. 2.
"""
