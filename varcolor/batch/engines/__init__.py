"""Who does the work of a plan: this process, processes of this machine, or a cluster."""
