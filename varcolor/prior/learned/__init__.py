"""Our own network: what a photo's places have in common, learned from photos in colour.

A small convolutional network (`network`) turns the luma into maps on a coarse grid: learned
features, a mean chroma, an amplitude. Gaussian-process regression (`regression`) with a kernel on
these features and on those of `varcolor.prior.features` (`covariance`) conditions them on the
photo's own cues. Everything here runs on NumPy; training needs PyTorch (`varcolor.neural.learned`).
"""
