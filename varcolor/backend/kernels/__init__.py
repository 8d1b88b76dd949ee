"""Kernels: inner loops of the solvers on the pixel grid, most of them on nine-point stencils.

Layout, the same in every module: arrays have a border of one pixel on all sides, so that pixel
(row r, column c) of an H x W grid lies at [r + 1, c + 1] and no loop needs to look where the grid
ends.

``w`` (4, H + 2, W + 2) float32
    Weights of the edges to the right, the lower left, below and the lower right; zero on edges
    that leave the grid. The other four neighbours are found at the pixels there.
``reaction`` (H + 2, W + 2) float32
    What the diagonal of the matrix has beyond the sum of the weights (soft cues, priors; on coarse
    grids what is left of exact cues), so that (A u)_r = reaction_r u_r + sum_s w_rs (u_r - u_s).
``inverse`` (H + 2, W + 2) float32
    Inverse pivots of the smoother; zero at pixels whose value is fixed (and outside).
``p`` (9, h + 2, w + 2) float32
    Interpolation from the coarse grid, stored at the coarse pixel (I, J), which is the fine pixel
    (2I, 2J): two weights (left, right) of the fine pixel to its right, two (above, below) of the
    one below it, four (upper left, upper right, lower left, lower right) of the one at the lower
    right, and 1 or 0 for the pixel itself.
``u, b, z`` (2, H + 2, W + 2) float32
    Pictures of both chroma channels.

``labels`` (H + 2, W + 2) int32
    Connected components of strong links (`deflation.tile_components`), from 1; 0 is none.

Loops run over rows ``top`` to ``bottom`` (border counted, ``bottom`` excluded), so that threads can
share them. The tests compare every kernel with dense matrices.

A function becomes a kernel by `varcolor.backend.jit.kernel`. Numba compiles it when it is first
needed (`object_code`), the machine code is kept (`disk_cache`) and called directly
(`calling_convention`), so that Numba itself, which takes most of a second to import, is not needed
the next time. `precompile` makes all kernels of a solve ready at once.
"""
