"""The page of a project: what is done, how long it took, what is left."""
