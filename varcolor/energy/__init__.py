"""What is minimised: terms, weights and the problem they make.

A *term* is a part of the energy bound to a picture. Second-order terms (`harmonic`, `levin`) are a
`Stencil` of weights between neighbours, and make M-matrices; all others are sums of *blocks*

    strength * sum_g phi(|K_g x|),    phi = square or identity,

with a sparse operator K whose rows are grouped (`blocks.py`), and x the chroma, for `tgv` with
unknowns of its own beside it. A method is a weighted sum of terms (`weighted.py`); cues and the
prior are data of the `Problem`: exact values, and weighted squares of distances at single pixels
(`prior.py`), which all solvers take alike.
"""
