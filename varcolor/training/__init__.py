"""Training of colorization networks: one trainer, many configurations.

A configuration (TOML, `config.Config`) names a task, its data and a loop. A task (`task.Task`)
builds the module, makes batches of augmented pictures, returns the loss, and says which weights are
used in the end; `loop.train` does the rest: data in an order that is a function of the seed, exact
resume, moving averages, schedules, checkpoints. PyTorch is imported inside functions only.
"""
