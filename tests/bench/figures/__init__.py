"""One module a figure, or a family of figures: the workload, and the floor beside it."""
