"""Kernels of recolouring by palettes: Oklab of a picture, the change that is wanted, the result.

Pictures are planes (C, H, W) float32 without a border. The plain forms are in
`varcolor.image.color`, `varcolor.palette.shift` and `varcolor.image.gamut`.
"""
