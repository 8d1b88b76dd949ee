"""The network of the prior `learned` in PyTorch: for training; used is `varcolor.prior.learned`."""
